"""Leaves, arithmetic, days and yes/no in cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import lcm

from calc.engines.formulas import formula as f
from calc.engines.formulas.arithmetic import each_year, product, ratio, whole
from calc.engines.formulas.cells import (
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
from calc.language.bounds import may_break


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
    left, right = made.undivided(node.left, at, steps), made.undivided(node.right, at, steps)
    if left.years is not None and right.years is not None:
        raise NoFormula
    if node.op in "*/":
        return (product if node.op == "*" else ratio)(made, node, left, right, at, steps)
    run = f.plus if node.op == "+" else f.minus
    scale = lcm(left.scale, right.scale)
    if left.den != f.ONE or right.den != f.ONE:
        joined = joined_of(node.type, scale, left, right)
        return replace(joined, ex=strict(run(*together((left, right), scale)), left, right), den=(at or steps).hold(over_all((left, right))))
    return each_year(made, node, left, right, scale, lambda a, b: run(scaled(a, scale // left.scale), scaled(b, scale // right.scale)), at, steps)


@READINGS.of(core.Extreme)
def _extreme(made: Translator, node: core.Extreme, at: Place | None, steps: Place) -> Val:
    place = at or steps
    vals = [made.run(a, at, steps) if node.fitting else made.undivided(a, at, steps) for a in node.args]
    joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
    joined.den = place.hold(over_all(vals))
    if joined.none or any(v.rested for v in vals):
        vals = [replace(v, ex=atom(v.ex, place)) for v in vals]
    run = f.least if node.op == "min" else f.most
    if node.fitting:
        return fitting(made, joined, vals, lambda parts: run(*parts))
    return replace(joined, ex=strict(run(*together(vals, joined.scale)), *vals))


def over_all(vals: Sequence[Val]) -> Ex:
    """What all of several values can be divided by."""
    return reduce(f.times, dict.fromkeys(v.den for v in vals))


def together(vals: Sequence[Val], scale: int) -> list[Ex]:
    """Values at one scale, times what all of them are divided by."""
    dens = list(dict.fromkeys(v.den for v in vals))
    return [reduce(f.times, (d for d in dens if d != v.den), v.at(scale)) for v in vals]


@READINGS.of(core.Compare)
def _compare(made: Translator, node: core.Compare, at: Place | None, steps: Place) -> Val:
    left, right = made.undivided(node.left, at, steps), made.undivided(node.right, at, steps)
    joined = joined_of(node.type, lcm(left.scale, right.scale), left, right)
    place = at or steps
    if left.type.kind == "bool":
        a, b = atom(left.ex, place), atom(right.ex, place)
        same = f.if_(f.test("==", a, b), f.ONE, f.ZERO)
        unsure = f.some(f.test("==", a, f.UNKNOWN), f.test("==", b, f.UNKNOWN))
        return replace(joined, scale=1, ex=f.if_(unsure, f.UNKNOWN, same if node.op == "==" else f.opposite(same)))
    if joined.none:
        left, right = (replace(v, ex=atom(v.ex, place)) for v in (left, right))
    a, b = together((left, right), joined.scale)
    if joined.none:
        met = f.verdict(f.test(node.op, a, b), f.ZERO)
        ex = f.if_(f.some(f.is_open(left.ex), f.is_open(right.ex)), f.UNKNOWN, met)
    else:
        ex = f.verdict(f.test(node.op, a, b))
    return replace(joined, scale=1, none=False, ex=ex)


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
    count = whole(made, node.years, years, 12) if may_break(node.years) else f.over(years.ex, f.number(years.scale))
    count = count if node.sign > 0 else f.minus(f.ZERO, count)
    step = f.step_month if may_break(node.years) else f.step_date
    return replace(joined_of(node.type, 1, day, years), ex=step(day.ex, count))


@READINGS.of(core.StepMonths)
def _stepmonths(made: Translator, node: core.StepMonths, at: Place | None, steps: Place) -> Val:
    day, months = made.run(node.date, at, steps), made.run(node.months, at, steps)
    count = whole(made, node.months, months)
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


@READINGS.of(core.Round)
def _round(made: Translator, node: core.Round, at: Place | None, steps: Place) -> Val:
    whole = made.run(node.value, at, steps)
    whole = replace(whole, ex=atom(whole.ex, at or steps)) if whole.rested else whole
    step = Fraction(node.step.value)
    scale = lcm(whole.scale, step.denominator)
    count, own = whole.at(scale), f.number(int(step * scale))
    if node.way == "up":
        steps_ = f.minus(f.ZERO, f.floor_over(f.minus(f.ZERO, count), own))
    elif node.way == "nearest":
        steps_ = f.floor_over(f.plus(f.times(count, f.number(2)), own), f.times(f.number(2), own))
    else:
        steps_ = f.floor_over(count, own)
    return replace(whole, ex=f.times(steps_, own), scale=scale, loose=False)


@READINGS.of(core.YearOf)
def _yearof(made: Translator, node: core.YearOf, at: Place | None, steps: Place) -> Val:
    day = made.run(node.date, at, steps)
    return replace(joined_of(node.type, 1, day), ex=f.year_of(day.ex))
