"""Products and whole numbers in cells, kept as whole numbers at a scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import FINEST, Place, Val, atom, joined_of, strict
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import Translator
from calc.language import core
from calc.language.bounds import may_break


def product(made: Translator, node: core.Arith, left: Val, right: Val, at: Place | None, steps: Place) -> Val:
    """A product in whole numbers, its scale the sum of both."""
    scale = left.scale * right.scale
    spare = scale // (100 * FINEST) if node.type.kind == "money" and scale % (100 * FINEST) == 0 else 1
    if spare == 1 or not (left.exact and right.exact):
        return each_year(made, node, left, right, scale, f.times, at, steps)
    # too fine to multiply out: the larger factor is split, and what is below a thousandth of a fen is cut
    big, small = (left, right) if left.type.kind == "money" else (right, left)
    divisor = f.number(spare)

    def split(a: Ex, b: Ex) -> Ex:
        big, small = (a, b) if left.type.kind == "money" else (b, a)
        whole = f.floor(f.over(big, divisor))
        rest = f.minus(big, f.times(whole, divisor))
        return f.plus(f.times(whole, small), f.floor(f.over(f.times(rest, small), divisor)))

    place = at or steps
    if big.years is None:
        big = replace(big, ex=atom(big.ex, place))
    small = replace(small, ex=atom(small.ex, place)) if small.years is None else small
    left, right = (big, small) if left.type.kind == "money" else (small, big)
    return each_year(made, node, left, right, scale // spare, split, at, steps)


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
    found = f.floor(f.over(many, f.number(count.scale))) if count.scale != 1 else many
    if checked and may_break(span) and count.scale != 1:
        made.broken.append(f.or_else(f.if_(f.test("==", f.times(found, f.number(count.scale)), many), f.ZERO, f.ONE), f.ZERO))
    return found
