"""Leaves, arithmetic, days and yes/no in cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import lcm

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import (
    FINEST,
    SCALES,
    NoFormula,
    Place,
    Val,
    at_hand,
    atom,
    joined_of,
    scaled,
    strict,
)
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import READINGS, Translator
from calc.engines.formulas.series import fitting
from calc.language import core


@READINGS.of(core.Lit)
def _lit(made: Translator, node: core.Lit, at: Place | None, steps: Place) -> Val:
    value, kind = node.value, node.type.kind
    if kind == "bool":
        return Val(f.ONE if value else f.ZERO, node.type)
    if kind == "date":
        return Val(f.date(value), node.type)
    scale = lcm(Fraction(value).denominator, 100 if kind == "money" else 1)
    return Val(f.number(int(value * scale)), node.type, scale)


@READINGS.of(core.Fact)
def _fact(made: Translator, node: core.Fact, at: Place | None, steps: Place) -> Val:
    return made.book.fact(node.id)


@READINGS.of(core.Field)
def _field(made: Translator, node: core.Field, at: Place | None, steps: Place) -> Val:
    return at_hand(at).field(node.id)


@READINGS.of(core.Position)
def _position(made: Translator, node: core.Position, at: Place | None, steps: Place) -> Val:
    return Val(at_hand(at).position, node.type)


@READINGS.of(core.Given)
def _given(made: Translator, node: core.Given, at: Place | None, steps: Place) -> Val:
    stated = made.book.stated(node.arg.id) if isinstance(node.arg, core.Fact) else at_hand(at).stated(node.arg.id)
    return Val(stated, node.type)


@READINGS.of(core.Arith)
def _arith(made: Translator, node: core.Arith, at: Place | None, steps: Place) -> Val:
    left, right = made.run(node.left, at, steps), made.run(node.right, at, steps)
    if left.years is not None and right.years is not None:
        raise NoFormula
    if node.op in "+-":
        scale = lcm(left.scale, right.scale)
        run = f.plus if node.op == "+" else f.minus
        return each_year(made, node, left, right, scale, lambda a, b: run(scaled(a, scale // left.scale), scaled(b, scale // right.scale)), at, steps)
    if node.op == "*":
        return product(made, node, left, right, at, steps)
    fen = 100 if node.type.kind == "money" else 1
    up, down = Fraction(right.scale * fen, left.scale).as_integer_ratio()
    val = each_year(made,
        node, left, right, fen, lambda a, b: f.over(scaled(a, up), scaled(b, down)), at, steps
    )
    return replace(val, exact=False)


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


@READINGS.of(core.Extreme)
def _extreme(made: Translator, node: core.Extreme, at: Place | None, steps: Place) -> Val:
    vals = [made.run(a, at, steps) for a in node.args]
    joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
    if joined.none:
        vals = [replace(v, ex=atom(v.ex, at or steps)) for v in vals]
    run = f.least if node.op == "min" else f.most
    if node.fitting:
        return fitting(made, joined, vals, lambda parts: run(*parts))
    return replace(joined, ex=strict(run(*(v.at(joined.scale) for v in vals)), *vals))


@READINGS.of(core.Compare)
def _compare(made: Translator, node: core.Compare, at: Place | None, steps: Place) -> Val:
    left, right = made.run(node.left, at, steps), made.run(node.right, at, steps)
    joined = joined_of(node.type, lcm(left.scale, right.scale), left, right)
    place = at or steps
    if left.type.kind == "bool":
        a, b = atom(left.ex, place), atom(right.ex, place)
        same = f.if_(f.test("==", a, b), f.ONE, f.ZERO)
        unsure = f.some(f.test("==", a, f.UNKNOWN), f.test("==", b, f.UNKNOWN))
        return replace(joined, scale=1, ex=f.if_(unsure, f.UNKNOWN, same if node.op == "==" else f.opposite(same)))
    if joined.none:
        left, right = (replace(v, ex=atom(v.ex, place)) for v in (left, right))
        met = f.verdict(f.test(node.op, left.at(joined.scale), right.at(joined.scale)), f.ZERO)
        ex = f.if_(f.some(f.is_open(left.ex), f.is_open(right.ex)), f.UNKNOWN, met)
    else:
        ex = f.verdict(f.test(node.op, left.at(joined.scale), right.at(joined.scale)))
    return replace(joined, scale=1, none=False, exact=True, ex=ex)


@READINGS.of(core.Member)
def _member(made: Translator, node: core.Member, at: Place | None, steps: Place) -> Val:
    item = made.run(node.item, at, steps)
    if isinstance(node.item, core.Fact):
        definition = made.book.names[node.item.id]
    elif isinstance(node.item, core.Field):
        definition = made.book.names[node.item.list].fields[node.item.id]
    else:
        raise NoFormula
    hits = f.some(*(f.test("==", item.ex, f.word(definition.value_name(v))) for v in node.values))
    found = f.verdict(hits)
    if item.none:
        found = f.if_(f.is_none(item.ex), f.ZERO, found)
        return Val(f.if_(f.is_none(item.ex), f.ZERO, f.opposite(found)) if node.negated else found, node.type)
    return Val(f.opposite(found) if node.negated else found, node.type)


@READINGS.of(core.Has)
def _has(made: Translator, node: core.Has, at: Place | None, steps: Place) -> Val:
    names = made.book.names
    definition = names[node.item.id] if isinstance(node.item, core.Fact) else names[node.item.list].fields[node.item.id]
    given = made.run(node.item, at, steps).ex
    hits = f.some(*(f.holds(given, definition.value_name(v)) for v in node.counting))
    return Val(f.if_(f.is_open(given), f.UNKNOWN, f.if_(hits, f.ONE, f.ZERO)), node.type)


@READINGS.of(core.Not)
def _not(made: Translator, node: core.Not, at: Place | None, steps: Place) -> Val:
    arg = made.run(node.arg, at, steps)
    return replace(arg, ex=f.opposite(arg.ex))


@READINGS.of(core.AllOf)
def _allof(made: Translator, node: core.AllOf, at: Place | None, steps: Place) -> Val:
    vals = [made.run(a, at, steps) for a in node.args]
    return replace(joined_of(node.type, 1, *vals), ex=f.least(*(v.ex for v in vals)))


@READINGS.of(core.AnyOf)
def _anyof(made: Translator, node: core.AnyOf, at: Place | None, steps: Place) -> Val:
    vals = [made.run(a, at, steps) for a in node.args]
    return replace(joined_of(node.type, 1, *vals), ex=f.most(*(v.ex for v in vals)))


@READINGS.of(core.StepYears)
def _stepyears(made: Translator, node: core.StepYears, at: Place | None, steps: Place) -> Val:
    day, years = made.run(node.date, at, steps), made.run(node.years, at, steps)
    count = f.floor(f.over(years.ex, f.number(years.scale))) if years.scale != 1 else years.ex
    count = count if node.sign > 0 else f.minus(f.ZERO, count)
    return replace(joined_of(node.type, 1, day, years), ex=f.step_date(day.ex, count))


@READINGS.of(core.StepMonths)
def _stepmonths(made: Translator, node: core.StepMonths, at: Place | None, steps: Place) -> Val:
    day, months = made.run(node.date, at, steps), made.run(node.months, at, steps)
    count = f.floor(f.over(months.ex, f.number(months.scale))) if months.scale != 1 else months.ex
    count = count if node.sign > 0 else f.minus(f.ZERO, count)
    return replace(joined_of(node.type, 1, day, months), ex=f.step_month(day.ex, count))


@READINGS.of(core.Between)
def _between(made: Translator, node: core.Between, at: Place | None, steps: Place) -> Val:
    start, end = (replace(v, ex=atom(v.ex, at or steps)) for v in (made.run(node.start, at, steps), made.run(node.end, at, steps)))
    days = f.most(f.ZERO, f.minus(end.ex, start.ex))
    scale = SCALES[node.type.kind]
    found = days if node.unit == "days" else f.months_between(start.ex, end.ex)
    return replace(joined_of(node.type, scale, start, end), ex=scaled(found, scale))


@READINGS.of(core.Threshold)
def _threshold(made: Translator, node: core.Threshold, at: Place | None, steps: Place) -> Val:
    place = at or steps
    whole, least = made.run(node.value, at, steps), made.run(node.least, at, steps)
    whole, least = replace(whole, ex=atom(whole.ex, place)), replace(least, ex=atom(least.ex, place))
    joined = joined_of(node.type, lcm(whole.scale, least.scale), whole, least)
    below = f.test("<", whole.at(joined.scale), least.at(joined.scale))
    found = place.hold(strict(f.if_(below, f.NONE, whole.at(joined.scale)), whole, least))
    years = None if whole.years is None else tuple(f.if_(f.is_gap(found), f.ZERO, y) for y in whole.years_at(joined.scale))
    return replace(joined, ex=found, none=True, years=years, periods=whole.periods)


@READINGS.of(core.YearOf)
def _yearof(made: Translator, node: core.YearOf, at: Place | None, steps: Place) -> Val:
    day = made.run(node.date, at, steps)
    return replace(joined_of(node.type, 1, day), ex=f.year_of(day.ex))
