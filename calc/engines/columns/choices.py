"""Tiers, cases and categories as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from calc.engines.columns.machine import READINGS, Compiler, Series
from calc.engines.columns.sql import Sql
from calc.engines.columns.values import Effect, Entry, Inexact, Number, Value, decimals, guarded, missing, unknown
from calc.language import core


class Ladder(NamedTuple):
    """A bracket table: the number it goes by, whether that is below or above all brackets, or within each bracket's top."""

    value: Number
    below: Sql
    tops: list[Sql]
    above: Sql


def _exhaustive(node: core.Choose) -> bool:
    """Whether the cases of a choice by category name every category."""
    named: set[str] = set()
    item: core.Node | None = None
    for condition, _ in node.branches:
        if not isinstance(condition, core.Member) or condition.negated or (item is not None and condition.item is not item):
            return False
        item = condition.item
        named.update(condition.values)
    return isinstance(item, (core.Fact, core.Field)) and named >= set(item.type.values)


@READINGS.of(core.Choose)
def _choose(c: Compiler, node: core.Choose) -> Value:
    taken, otherwise, about = branches(c, node)
    values = [v for _, v in taken] + ([otherwise] if otherwise is not None else [])
    if any(isinstance(v, Series) for v in values):
        return chosen_series(c, taken, otherwise, about)
    if not all(isinstance(v, Number) for v in values):
        return Value(pick(c, [(c, v.sql) for c, v in taken], otherwise.sql if otherwise else None), **about)
    numbers = [c.total(v) for v in values]
    ladder = bracket_ladder(c, node, taken) if len(taken) == len(node.branches) else None
    if ladder is not None and otherwise is None:
        about["nothing"] = outside(c, ladder, numbers, about["nothing"])
    return chosen_number(c, [c for c, _ in taken], numbers, otherwise is not None, about, node.type.kind == "money", ladder)


def bracket_ladder(c: Compiler, node: core.Choose, taken: list[tuple[Value, Value]]) -> Ladder | None:
    """The conditions of a bracket table in rising order without gaps; ``None`` for any other choice."""
    steps: list[tuple[Any, bool, Any, bool]] = []
    subject: core.Node | None = None
    for condition, _ in node.branches:
        low: tuple[Any, bool] = (None, False)
        high: tuple[Any, bool] = (None, False)
        for test in condition.args if isinstance(condition, core.AllOf) else (condition,):
            if not isinstance(test, core.Compare) or not isinstance(test.right, core.Lit) or test.op in ("==", "!="):
                return None
            if subject is not None and test.left is not subject:
                return None
            subject = test.left
            if test.op in (">=", ">"):
                low = test.right.value, test.op == ">="
            else:
                high = test.right.value, test.op == "<="
        if steps and (low[0] is None or steps[-1][2] != low[0] or steps[-1][3] is low[1]):
            return None
        steps.append((*low, *high))
    if subject is None or any(step[2] is None for step in steps[:-1]):
        return None
    value = c.value(subject)
    if not isinstance(value, Number) or value.figure is not None or value.nulls is None or value.slack or len(steps) != len(taken):
        return None
    below = pool_false = c.pool.false
    first, closed = steps[0][0], steps[0][1]
    if first is not None and (value.low < first or (value.low == first and not closed)):
        below = c.math.compare("<" if closed else "<=", value, c.math.figure(first))
    tops = [c.math.compare("<=" if s[3] else "<", value, c.math.figure(s[2])) if s[2] is not None else pool_false for s in steps]
    last = steps[-1][2]
    above = pool_false if last is None else c.math.compare(">" if steps[-1][3] else ">=", value, c.math.figure(last))
    return Ladder(value, below, tops, above)


def outside(c: Compiler, ladder: Ladder, numbers: list[Number], nothing: Sql | None) -> Sql | None:
    """Where a bracket table has no bracket."""
    if any(n.nothing is not None for n in numbers):
        return nothing
    beyond = c.pool.either(ladder.below, ladder.above)
    return None if beyond is c.pool.false else c.pool("COALESCE(", beyond, ", FALSE)")


def branches(c: Compiler, node: core.Choose) -> tuple[list[tuple[Value, Value]], Value | None, dict[str, Any]]:
    """The branches that can be taken, what stands otherwise, and what the choice lacks and does."""
    pool = c.pool
    taken: list[tuple[Value, Value]] = []
    otherwise: Value | None = None
    entries: list[Entry] = []
    effects: list[Effect] = []
    path = pool.true
    ends = False
    for condition, value in node.branches:
        before = len(c.scope.risks)
        holds = c.value(condition)
        c.risky(path, before)
        if holds.nothing is not None:
            raise Inexact("columns.kind")
        effects += guarded(pool, path, holds.effects)
        if holds.sql is pool.false:
            continue
        entries += guarded(pool, path, missing(pool, holds))
        here = pool.both(path, holds.sql)
        before = len(c.scope.risks)
        found = c.value(value)
        c.risky(here, before)
        entries += guarded(pool, here, missing(pool, found))
        effects += guarded(pool, here, found.effects)
        if holds.sql is pool.true:
            otherwise, ends = found, True
            break
        taken.append((holds, found))
        path = pool.both(path, pool.negate(holds.sql))
        if holds.nulls is not None and pool.true in holds.nulls:
            ends = True
            break
    if not ends and node.otherwise is None and node.type.kind == "bool":
        otherwise = Value(pool.false)
    elif not ends and node.otherwise is not None:
        before = len(c.scope.risks)
        otherwise = c.value(node.otherwise)
        c.risky(path, before)
        entries += guarded(pool, path, missing(pool, otherwise))
        effects += guarded(pool, path, otherwise.effects)
    about: dict[str, Any] = {"missing": tuple(entries), "effects": tuple(effects), "tight": True}
    about["nulls"], about["nothing"] = fit(c, taken, otherwise, _exhaustive(node))
    return taken, otherwise, about


def fit(c: Compiler, taken: list[tuple[Value, Value]], otherwise: Value | None, exhaustive: bool) -> tuple[frozenset[Sql] | None, Sql | None]:
    """Where a choice is unknown (None: where its value is null), and where nothing fits."""
    pool = c.pool
    values = [v for _, v in taken] + ([otherwise] if otherwise is not None else [])
    first = taken[0][0].nulls if taken else frozenset[Sql]()
    simple = first is not None and all(c.nulls is not None and c.nulls <= first for c, _ in taken)
    nulls = first if simple and all(v.nulls == frozenset() for v in values) else None
    if all(v.nothing is None for v in values):
        if otherwise is not None or (first is not None and pool.true in first) or exhaustive:
            return nulls, None
        return nulls, pool.negate(pool("COALESCE(", pool.either(*(c.sql for c, _ in taken)), ", TRUE)")) if taken else pool.true
    pairs = [(c, v.nothing or pool.false) for c, v in taken]
    last = pool.true if otherwise is None else otherwise.nothing or pool.false
    return nulls, pool("COALESCE(", pick(c, pairs, last), ", FALSE)")


def pick(c: Compiler, branches: Sequence[tuple[Value, Sql]], otherwise: Sql | None) -> Sql:
    """The value of the first branch that holds; null from the first that is unknown."""
    pool = c.pool
    known: set[Sql] = set()
    cases: list[tuple[Sql, Sql]] = []
    for place, (condition, value) in enumerate(branches):
        cases.append((condition.sql, value))
        if otherwise is None and all(later.nulls == condition.nulls for later, _ in branches[place:]) and len(condition.nulls or ()) == 1:
            cases += [(later.sql, one) for later, one in branches[place + 1 :]]
            break
        if otherwise is None and place == len(branches) - 1:
            break
        if condition.nulls is None:
            cases.append((pool.is_null(condition.sql), pool.atom("NULL")))
        else:
            open_ = [n for n in condition.nulls if n not in known]
            if open_:
                cases.append((pool.either(*sorted(open_, key=id)), pool.atom("NULL")))
                known.update(open_)
    return pool.case(cases, otherwise)


def chosen_number(c: Compiler, conditions: list[Value], numbers: list[Number], other: bool, about: dict[str, Any], money: bool, ladder: Ladder | None = None
) -> Number:
    """The number of the branch taken."""
    if not numbers:
        return Number(c.pool.atom("CAST(NULL AS DECIMAL(1,0))"), **about)
    if not conditions:
        return replace(numbers[0], **about)
    if not money and all(n.figure is not None for n in numbers):
        # rates as whole hundredths (or finer), so that what they multiply stays short
        finest = max(2, *(decimals(n.figure or Fraction(0)) or 0 for n in numbers))
        numbers = [replace(n, figure=(n.figure or 0) * 10**finest) for n in numbers]
        found, unit, width, scale = c.math.together(numbers, money)
        numbers = [replace(n, figure=(n.figure or 0) / 10**finest) for n in numbers]
        unit /= 10**finest
    else:
        found, unit, width, scale = c.math.together(numbers, money)
    pairs = [(c, d.sql) for c, d in zip(conditions, found, strict=False)]
    last = found[-1].sql if other else None
    sql = pick(c, pairs, last) if ladder is None else climb(c, ladder, [d.sql for d in found[: len(conditions)]], last)
    low, high = min(n.low for n in numbers), max(n.high for n in numbers)
    return Number(sql, **about, width=width, scale=scale, unit=unit, low=low, high=high, slack=max(n.slack for n in numbers))


def climb(c: Compiler, ladder: Ladder, values: list[Sql], otherwise: Sql | None) -> Sql:
    """The value of a bracket table's bracket."""
    pool = c.pool
    none = pool.atom("NULL")
    cases = [(ladder.below, otherwise or none), *zip(ladder.tops, values, strict=True)]
    known = pool.negate(unknown(pool, ladder.value)) if otherwise is not None or ladder.above is pool.false else pool.false
    return pool.case([*cases, (known, values[-1] if ladder.above is pool.false else otherwise or none)])


def chosen_series(c: Compiler, taken: list[tuple[Value, Value]], otherwise: Value | None, about: dict[str, Any]) -> Series:
    """The series of the branch taken, its periods padded with nothing to the longest."""
    conditions = [c for c, _ in taken]
    values = [v for _, v in taken] + ([otherwise] if otherwise is not None else [])
    plain = {**about, "missing": (), "effects": (), "nothing": None, "nulls": None}
    totals = [v.total if isinstance(v, Series) else c.total(v) for v in values]
    total = chosen_number(c, conditions, totals, otherwise is not None, plain, True)
    names = max((v.names for v in values if isinstance(v, Series)), key=len)

    def parts() -> list[Number]:
        found = []
        for value in values:
            if not isinstance(value, Series) or value.parts is None:
                raise Inexact("columns.series")
            found.append(value.parts())
        zero = c.math.figure(0)
        longest = max(map(len, found))
        padded = [[*p, *[zero] * (longest - len(p))] for p in found]
        return [chosen_number(c, conditions, list(one), otherwise is not None, plain, True) for one in zip(*padded, strict=True)]

    return Series(total.sql, **about, total=total, parts=parts, names=names)
