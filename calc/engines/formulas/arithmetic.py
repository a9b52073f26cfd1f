"""Products and whole numbers in cells, kept as whole numbers at a scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import lcm

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import FINEST, NoFormula, Place, Val, atom, joined_of, scaled, strict
from calc.engines.formulas.division import RATIO, portion
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import Translator
from calc.language import core
from calc.language.bounds import bounds, may_break


def product(made: Translator, node: core.Arith, left: Val, right: Val, at: Place | None, steps: Place) -> Val:
    """A product in whole numbers, its scale the product of both; what of money is finer than some parts of a fen is a rest."""
    place = at or steps
    money = node.type.kind == "money"
    scale, den = left.scale * right.scale, f.times(left.den, right.den)
    whole_numbers = not left.rested and not right.rested
    if whole_numbers and not money:
        return replace(each_year(made, node, left, right, scale, f.times, at, steps), den=den)
    if whole_numbers and den == f.ONE and scale <= 100 * FINEST:
        whole = lcm(scale, 100)
        return each_year(made, node, left, right, whole, lambda a, b: scaled(f.times(a, b), whole // scale), at, steps)
    first = left.type.kind == "money" or (right.type.kind != "money" and left.rested)  # the amount, of which the other is a part
    big, small = (left, right) if first else (right, left)
    target = lcm(big.scale, 100) if money else RATIO
    up, down = Fraction(target, scale).as_integer_ratio()
    den = scaled(den, down)
    if big.years is None:
        big = replace(big, ex=atom(big.ex, place))
    small = replace(small, ex=atom(scaled(small.ex, up), place)) if small.years is None else small

    def part(a: Ex, b: Ex) -> Ex:
        return portion(a, b, den, place) if first else portion(b, a, den, place)

    left, right = (big, small) if first else (small, big)
    return each_year(made, node, left, right, target, part, at, steps)


def ratio(made: Translator, node: core.Arith, left: Val, right: Val, at: Place | None, steps: Place) -> Val:
    """A quotient: of money with its rest, any other as what is divided and what it is divided by."""
    place = at or steps
    if right.rested or right.years is not None:
        raise NoFormula
    divisor = right.ex
    if not divisor.text.isdigit():
        divisor = atom(divisor, place)
        divisor = place.hold(f.if_(f.test("==", divisor, f.ZERO), f.NONE, divisor))
    money = node.type.kind == "money"
    kept = not money and left.years is None and not left.rested
    target = 100 if money else 1 if kept else RATIO
    up, down = Fraction(right.scale * target, left.scale).as_integer_ratio()
    times, den = scaled(right.den, up), f.times(scaled(left.den, down), divisor)
    if not kept:
        return each_year(made, node, left, replace(right, ex=times), target, lambda a, b: portion(a, b, den, place), at, steps)
    low = bounds(node.right)[0]
    if low is None or low < 0:
        den = atom(den, place)
        times, den = f.times(times, f.sign(den)), f.size(den)
    joined = joined_of(node.type, 1, left, right)
    return replace(joined, ex=strict(f.times(left.ex, times), left, right), den=place.hold(den))


def each_year(made: Translator, node: core.Node, left: Val, right: Val, scale: int, run: Callable[[Ex, Ex], Ex], at: Place | None, steps: Place
) -> Val:
    """Two values as one; a series year by year."""
    joined = joined_of(node.type, scale, left, right)
    if left.years is None and right.years is None:
        place = at or steps
        if joined.none:
            left, right = replace(left, ex=atom(left.ex, place)), replace(right, ex=atom(right.ex, place))
        return replace(joined, ex=strict(run(left.ex, right.ex), left, right))
    dated, plain = (left, right) if left.years is not None else (right, left)
    assert dated.years is not None
    factor = atom(plain.ex, at or steps)
    years = tuple(run(y, factor) if dated is left else run(factor, y) for y in dated.years)
    return replace(joined, ex=dated.ex, years=years, periods=dated.periods, loose=True)


def whole(made: Translator, span: core.Node, count: Val, unit: int = 1, *, checked: bool = True) -> Ex:
    """``unit`` times a number of years or months, a whole number; what is none is input that breaks a rule (where ``checked``)."""
    many = f.times(count.ex, f.number(unit)) if unit != 1 else count.ex
    found = f.floor_over(many, f.number(count.scale)) if count.scale != 1 else many
    if checked and may_break(span) and count.scale != 1:
        made.broken.append(f.or_else(f.if_(f.test("==", f.times(found, f.number(count.scale)), many), f.ZERO, f.ONE), f.ZERO))
    return found
