"""Limits and payments over the years as SQL."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.engines.columns.machine import MOST_RECORDS, READINGS, YEARLY, Compiler, Listed, Series
from calc.engines.columns.sql import Sql
from calc.engines.columns.values import Inexact, Number, Value, guarded, meta, missing, unknown
from calc.language import core
from calc.language.bounds import least_open


@READINGS.of(core.Years)
def _years(c: Compiler, node: core.Years) -> Value:
    values = [c.number(v) for v in node.values]
    total = c.math.plus(values, True)
    return Series(total.sql, **meta(c.pool, values), total=total, parts=lambda: values, names=node.periods)


@READINGS.of(core.Fill)
def _fill(c: Compiler, node: core.Fill) -> Value:
    whole, years = c.number(node.value), c.value(node.years)
    if not isinstance(years, Series) or years.parts is None or whole.low < 0:
        raise Inexact("columns.series")
    room = c.total(years)
    about = meta(c.pool, (whole, years))
    total = c.math.extreme("min", (whole, room), True)
    effects = (*about.pop("effects"), c.bound(node, "year", whole, room))
    caps = years.parts
    return Series(total.sql, **about, effects=effects, total=total, parts=lambda: filled_up(c, whole, caps()), names=years.names)


def filled_up(c: Compiler, whole: Number, caps: list[Number]) -> list[Number]:
    """``whole`` spread over periods in time order, each up to its figure."""
    found = []
    before: list[Number] = []
    for cap in caps:
        left = whole if not before else c.math.minus(whole, c.math.plus(before, True), True)
        left = c.math.extreme("max", (left, c.math.figure(0)), True) if before else left
        found.append(c.math.extreme("min", (left, cap), True))
        before.append(cap)
    return found


@READINGS.of(core.Cap)
def _cap(c: Compiler, node: core.Cap) -> Value:
    whole, limit = c.value(node.value), c.number(node.limit)
    if isinstance(whole, Series):
        return capped_series(c, node, whole, limit)
    number = c.total(whole)
    about = cap_meta(c, node, number, limit, number)
    kept = least(c, node, number, limit)
    return replace(kept, **about)


def least(c: Compiler, node: core.Cap, number: Number, limit: Number, whole: Number | None = None) -> Number:
    """A number (one period of ``whole``) up to a limit; as it is where the limit is open but cannot matter."""
    money = node.type.kind == "money"
    floor = lowest(c, node)
    if floor is None:
        return c.math.extreme("min", (number, limit), money)
    pool = c.pool
    (own, most), unit, width, scale = c.math.together((number, limit), money)
    below = c.math.compare("<=", whole or number, c.math.figure(floor))
    cases = [(pool.both(unknown(pool, limit), below), own.sql)]
    cases.append((pool("(", own.sql, " > ", most.sql, ")"), most.sql))
    cases.append((pool.not_null(most.sql), own.sql))
    high = max(min(number.high, limit.high), min(number.high, floor))
    slack = max(number.slack, limit.slack)
    return Number(pool.case(cases), width=width, scale=scale, unit=unit, low=min(number.low, limit.low), high=high, slack=slack)


def lowest(c: Compiler, node: core.Cap) -> Fraction | None:
    """The least figure of a limit that is chosen among several and may be open."""
    least = least_open(node.limit)
    if least is None:
        return None
    return Fraction(least) if c.number(node.limit).nulls != frozenset() else None


def cap_meta(c: Compiler, node: core.Cap, whole: Value, limit: Number, number: Number) -> dict[str, Any]:
    """What a capped value lacks and does."""
    pool = c.pool
    fits = pool.true if whole.nothing is None else pool.negate(whole.nothing)
    floor = lowest(c, node)
    neither = pool.either(*(v.nothing for v in (whole, limit) if v.nothing is not None))
    nulls: frozenset[Sql] | None = None
    if limit.nothing is None and limit.nulls == frozenset():
        nulls = whole.nulls
    elif neither is pool.false and floor is None and whole.nulls is not None and limit.nulls is not None:
        nulls = whole.nulls | limit.nulls
    entries = (*missing(pool, whole), *missing(pool, limit))
    effects = (*whole.effects, *guarded(pool, fits, limit.effects))
    if node.type.kind == "money" and not node.base:
        effects = (*effects, c.bound(node, node.scope, number, limit))
    nothing = None if neither is pool.false else neither
    return {"nulls": nulls, "nothing": nothing, "missing": entries, "tight": nothing is None and floor is None, "effects": effects}


def capped_series(c: Compiler, node: core.Cap, whole: Series, limit: Number) -> Series:
    """A series up to a limit: each period, or the running total."""
    yearly = node.scope in YEARLY
    if whole.total.low < 0 or limit.low < 0:
        raise Inexact("columns.signed")
    if not yearly:
        total = least(c, node, whole.total, limit)
        about = cap_meta(c, node, whole, limit, whole.total)
        parts = whole.parts
        spread = None if parts is None else lambda: run_down(c, parts(), limit)
        listed = whole.listed
        running = None if listed is None else lambda: run_down_list(c, listed(), limit)
        return Series(total.sql, **about, total=total, parts=spread, listed=running, names=whole.names)
    if whole.parts is not None:
        kept = [least(c, node, part, limit, whole.total) for part in whole.parts()]
        total = c.math.plus(kept, True)
        series = Series(total.sql, total=total, parts=lambda: kept, names=whole.names)
    elif whole.listed is not None:
        capped = cap_list(c, node, whole, limit)
        total = c.list_total(capped)
        none = c.pool("(len(", capped.sql, ") = 0)")
        total = replace(total, sql=c.pool.case([(none, c.math.decimal(Fraction(0)).sql)], total.sql))
        series = Series(total.sql, total=total, listed=lambda: capped)
    else:
        raise Inexact("columns.series")
    about = cap_meta(c, node, whole, limit, whole.total)
    if node.type.kind == "money":
        effects = about["effects"][:-1]
        took = c.bound(node, node.scope, whole.total, total)
        own = c.bound(node, node.scope, whole.total, limit)
        about["effects"] = (*effects, took._replace(said=own.said))
    return replace(series, **about)


def run_down(c: Compiler, parts: list[Number], limit: Number) -> list[Number]:
    """Periods whose total in time order does not pass a limit."""
    found: list[Number] = []
    for place, part in enumerate(parts):
        left = limit if not place else c.math.minus(limit, c.math.plus(parts[:place], True), True)
        left = c.math.extreme("max", (left, c.math.figure(0)), True) if place else left
        found.append(c.math.extreme("min", (part, left), True))
    return found


def cap_list(c: Compiler, node: core.Cap, whole: Series, limit: Number) -> Listed:
    """Each period up to a limit."""
    assert whole.listed is not None
    listed, var = whole.listed(), c.variable()
    kept = least(c, node, c.element(listed, var), limit, whole.total)
    return Listed(c.pool.each("list_transform", listed.sql, var, kept.sql), kept.width, kept.scale, kept.unit, kept.high, kept.slack)


def run_down_list(c: Compiler, listed: Listed, limit: Number) -> Listed:
    """Periods whose total in time order does not pass a limit."""
    var = c.variable()
    place = var + "i"
    before = c.pool("COALESCE(list_sum(list_slice(", listed.sql, ", 1, ", c.pool.atom(place, place), " - 1)), 0)")
    spent = Number(before, width=38, scale=listed.scale, unit=listed.unit, high=listed.high * MOST_RECORDS)
    left = c.math.extreme("max", (c.math.minus(limit, spent, True), c.math.figure(0)), True)
    kept = c.math.extreme("min", (c.element(listed, var), left), True)
    return Listed(c.pool.each("list_transform", listed.sql, f"{var}, {place}", kept.sql), kept.width, kept.scale, kept.unit, kept.high, kept.slack)
