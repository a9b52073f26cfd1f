"""Formulas of one variable: the quotient of two polynomials with exact coefficients, their values, slopes and roots."""

from __future__ import annotations

import math
from fractions import Fraction

from calc.units import Number, simple

Poly = tuple[Number, ...]  # coefficients, lowest power first, the last one not 0


Formula = tuple[Poly, Poly]  # a ratio: numerator, denominator


ONE: Poly = (1,)


class CurvedError(ArithmeticError):
    """A turning point that is no rational number (a curve meets a limit)."""


class TooManyError(ArithmeticError):
    """More stretches than ``tile`` may look at."""


def trimmed(coefficients: list[Number]) -> Poly:
    """Coefficients without zeros at the end."""
    while coefficients and not coefficients[-1]:
        coefficients.pop()
    return tuple(coefficients)


def plus(a: Poly, b: Poly, sign: int = 1) -> Poly:
    """``a + sign · b``."""
    size = max(len(a), len(b))
    return trimmed([(a[i] if i < len(a) else 0) + sign * (b[i] if i < len(b) else 0) for i in range(size)])


def product(a: Poly, b: Poly) -> Poly:
    """``a · b``."""
    if ONE in (a, b):
        return a if b == ONE else b
    product: list[Number] = [0] * max(0, len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            product[i + j] += x * y
    return trimmed(product)


def evaluated(poly: Poly, x: Number) -> Number:
    """The value of a polynomial at ``x``."""
    found: Number = 0
    for coefficient in reversed(poly):
        found = found * x + coefficient
    return found


def roots(poly: Poly) -> list[Number]:
    """The rational roots of a polynomial, ascending. Raises ``CurvedError`` where one is not rational."""
    if len(poly) < 2:
        return []
    if len(poly) == 2:
        return [-Fraction(poly[0]) / poly[1]]
    if not poly[0]:
        return sorted({0, *roots(poly[1:])})
    if len(poly) > 3:
        raise CurvedError
    c, b, a = map(Fraction, poly)
    square = b * b - 4 * a * c
    if square < 0:
        return []
    root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    if root * root != square:
        raise CurvedError
    return sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)})


def value(formula: Formula, x: Number) -> Number | None:
    """What a formula comes to at ``x``; ``None`` where it has a pole."""
    above, below = formula
    under = evaluated(below, x)
    return simple(Fraction(evaluated(above, x)) / under) if under else None


def slope(formula: Formula, x: Number) -> Number | None:
    """How fast a formula grows at ``x``, per unit; ``None`` where it has a pole."""
    above, below = formula
    under = evaluated(below, x)
    if not under:
        return None
    rise = evaluated(_derivative(above), x) * under - evaluated(above, x) * evaluated(_derivative(below), x)
    return simple(Fraction(rise) / under**2)


def _derivative(poly: Poly) -> Poly:
    return tuple(power * coefficient for power, coefficient in enumerate(poly))[1:]


def same(a: Formula, b: Formula) -> bool:
    """Whether two formulas are one function."""
    return product(a[0], b[1]) == product(b[0], a[1])


def reaches(formula: Formula, target: Number) -> list[Number]:
    """Where a formula comes to ``target``."""
    return roots(plus(formula[0], product((target,) if target else (), formula[1]), -1))
