"""Core nodes → SQL values, as the explainer evaluates them: lazily, in three values, with what is missing in the same order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

from calc.engines.columns.sql import Part, Pool, Sql
from calc.engines.columns.values import (
    FEN,
    Arithmetic,
    Bound,
    Effect,
    Entry,
    Inexact,
    Number,
    Value,
    decimals,
    guarded,
    meta,
    missing,
    unknown,
)
from calc.facts import Facts
from calc.language import core
from calc.language.bounds import least_open
from calc.rates.lpr import LprTable
from calc.units import NUMERIC

YEARLY = ("year", "enterprise-year")
MOST_RECORDS = 10_000  # a row with longer lists goes to the explainer
MOST_PERIODS = 12  # periods written out one by one
# digits before and after the point that a column is computed with; rows with more go to the explainer
ROOM: dict[str, tuple[int, int]] = {"money": (14, 4), "usd": (12, 4), "percent": (4, 8), "count": (12, 0), "number": (9, 4)}
ROOMY = (10, 6)


@dataclass(slots=True)
class ColumnType:
    """The type of a fact's column: the fact's ``kind`` and its SQL type; digits in all and after the point for numbers
    (``DECIMAL(width,scale)``), the types of the fields for record lists."""

    kind: str
    sql: str
    width: int = 0
    scale: int = 0
    fields: dict[str, ColumnType] = field(default_factory=dict)


@dataclass(slots=True)
class Listed:
    """A series whose periods only the row knows: a list of decimals in time order."""

    sql: Sql
    width: int
    scale: int
    unit: Fraction
    high: Fraction
    slack: Fraction = Fraction(0)


_NO_TOTAL = Number(Sql(("NULL",), frozenset(), True))


@dataclass(slots=True)
class Series(Value):
    """One number a period. ``total`` is their sum; ``parts`` gives each period written out, ``listed`` them as a list."""

    total: Number = field(default_factory=lambda: _NO_TOTAL)
    parts: Callable[[], list[Number]] | None = None
    listed: Callable[[], Listed] | None = None
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Scope:
    """Where a node stands: at the row, or at a record of ``records`` that the lambda variable ``var`` holds."""

    records: str = ""
    var: str = ""
    fields: dict[str, ColumnType] = field(default_factory=dict)
    place: Sql | None = None
    risks: list[Sql] = field(default_factory=list)
    made: dict[core.Node, tuple[Value, list[Sql]]] = field(default_factory=dict)


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


class Compiler:
    """Makes SQL of core nodes for rows with the given columns."""

    def __init__(self, facts: Facts, lpr: LprTable, columns: dict[str, ColumnType]) -> None:
        self.facts = facts
        self.lpr = lpr
        self.columns = columns
        self.pool = Pool()
        self.scope = Scope()
        self.math = Arithmetic(self.pool, self.risk)
        self.depth = 0

    def risk(self, when: Sql) -> None:
        """Notes where the row has to go to the explainer."""
        if when is not self.pool.false:
            self.scope.risks.append(when)

    def value(self, node: core.Node) -> Value:
        """A node at the place at hand."""
        if isinstance(node, core.Step):
            return self.value(node.node)
        scope = self.scope
        if node in scope.made:
            found, risks = scope.made[node]
            scope.risks += risks
            return found
        before = len(scope.risks)
        method: Callable[[Any], Value] = getattr(self, "_" + type(node).__name__.lower())
        found = self.settled(method(node), node)
        scope.made[node] = found, scope.risks[before:]
        return found

    def risky(self, when: Sql, before: int) -> None:
        """What became risky since there were ``before`` risks is so only where ``when`` holds."""
        risks = self.scope.risks[before:]
        self.scope.risks[before:] = [self.pool.both(when, risk) for risk in risks]

    def settled(self, value: Value, node: core.Node) -> Value:
        """A value that is never known as plain null."""
        if value.nulls is None or self.pool.true not in value.nulls or value.nothing is not None:
            return value
        if isinstance(value, Series):
            return value
        if isinstance(value, Number):
            return replace(value, sql=self.pool.atom("CAST(NULL AS DECIMAL(1,0))"), width=1, scale=0, figure=None, slack=Fraction(0))
        return replace(value, sql=self.pool.atom("NULL::" + {"bool": "BOOLEAN", "date": "DATE", "set": "VARCHAR[]"}.get(node.type.kind, "VARCHAR")))

    def number(self, node: core.Node) -> Number:
        """A node as a number; the total of a series."""
        return self.total(self.value(node))

    def total(self, value: Value) -> Number:
        """A number, or the total of a series."""
        if isinstance(value, Series):
            about = {name: getattr(value, name) for name in ("nulls", "nothing", "missing", "tight", "effects")}
            return replace(value.total, **about)
        if not isinstance(value, Number):
            raise Inexact("columns.kind")
        return value

    # ---------------------------------------------------------------- leaves

    def _lit(self, node: core.Lit) -> Value:
        kind = node.type.kind
        if kind == "bool":
            return Value(self.pool.true if node.value else self.pool.false)
        if kind == "date":
            return Value(self.pool.atom(f"DATE '{node.value.isoformat()}'"))
        if kind in NUMERIC or kind == "rate":
            return self.math.figure(node.value)
        return Value(self.pool.text(str(node.value)))

    def _fact(self, node: core.Fact) -> Value:
        return self.leaf(self.columns.get(node.id), self.pool.atom(f'"{node.id}"'), node.type.kind, self.facts[node.id].signed, node.id)

    def _field(self, node: core.Field) -> Value:
        scope = self.scope
        if scope.records != node.list:
            raise Inexact("columns.nested")
        sql = self.pool.atom(f'{scope.var}."{node.id}"', scope.var)
        signed = self.facts[node.list].fields[node.id].signed
        return self.leaf(scope.fields.get(node.id), sql, node.type.kind, signed, f"{node.list}.{node.id}")

    def leaf(self, column: ColumnType | None, sql: Sql, kind: str, signed: bool, key: str) -> Value:
        """A fact or field; never known where there is no column for it."""
        if column is None:
            about: dict[str, Any] = {"nulls": frozenset((self.pool.true,)), "missing": (Entry(self.pool.true, key),)}
            null = self.pool.atom("NULL")
            return Number(null, **about) if kind in NUMERIC else Value(null, **about)
        none = self.pool.is_null(sql)
        about = {"nulls": frozenset((none,)), "missing": (Entry(none, key),)}
        if kind not in NUMERIC:
            return Value(sql, **about)
        width, scale = column.width, column.scale
        whole, after = ROOM.get(kind, ROOMY)
        if width - scale > whole or scale > after:
            whole, after = min(whole, width - scale), min(after, scale)
            narrow = self.pool("TRY_CAST(", sql, f" AS DECIMAL({whole + after},{after}))")
            self.risk(self.pool("(", narrow, " IS DISTINCT FROM ", sql, ")"))
            sql, width, scale = narrow, whole + after, after
        high = Fraction(10) ** (width - scale) - Fraction(1, 10**scale)
        return Number(sql, **about, width=width, scale=scale, low=-high if signed else Fraction(0), high=high)

    def _position(self, node: core.Position) -> Value:
        if self.scope.place is None:
            raise Inexact("columns.nested")
        return Number(self.pool("CAST(", self.scope.place, " AS DECIMAL(9,0))"), width=9, low=Fraction(1), high=Fraction(10**9 - 1))

    def _given(self, node: core.Given) -> Value:
        value = self.value(node.arg)
        assert value.nulls is not None
        return Value(self.pool.negate(next(iter(value.nulls))) if self.pool.true in value.nulls else self.pool.not_null(value.sql))

    # ---------------------------------------------------------------- numbers

    def _arith(self, node: core.Arith) -> Value:
        quotient = core.bare(node.right)
        if node.op == "*" and isinstance(quotient, core.Arith) and quotient.op == "/":
            # x × (a / b) as (x × a) / b: the quotient, which may have no end, is cut last
            whole = [self.value(n) for n in (node.left, quotient.left, quotient.right)]
            if not any(isinstance(v, Series) for v in whole):
                x, a, b = (self.total(v) for v in whole)
                return self.math.divided(self.math.times(x, a), b)
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, Series) or isinstance(right, Series):
            return self.scaled(node, left, right)
        return self.apply(node, self.total(left), self.total(right))

    def apply(self, node: core.Arith, a: Number, b: Number) -> Number:
        """``a op b``."""
        if node.op == "*":
            return self.math.times(a, b)
        if node.op == "/":
            return self.math.divided(a, b)
        money = node.type.kind == "money"
        return self.math.plus((a, b), money) if node.op == "+" else self.math.minus(a, b, money)

    def scaled(self, node: core.Arith, left: Value, right: Value) -> Series:
        """A series whose every period is multiplied or divided by one number."""
        factor = right if isinstance(left, Series) else left
        series = left if isinstance(left, Series) else right
        if not isinstance(factor, Number) or not isinstance(series, Series) or node.op not in ("*", "/") or (node.op == "/" and series is right):
            raise Inexact("columns.series")
        parts = series.parts
        about = meta(self.pool, (left, right))

        def ours(part: Number) -> Number:
            return self.apply(node, part, factor) if series is left else self.apply(node, factor, part)

        total = ours(series.total)
        return Series(total.sql, **about, total=total, parts=None if parts is None else lambda: [ours(p) for p in parts()], names=series.names)

    def _extreme(self, node: core.Extreme) -> Value:
        if node.type.kind == "date":
            return self.extreme_day(node)
        if node.fitting:
            return self.fitting([self.value(a) for a in node.args], lambda numbers: self.math.extreme(node.op, numbers, node.type.kind == "money"))
        return self.math.extreme(node.op, [self.number(a) for a in node.args], node.type.kind == "money")

    def extreme_day(self, node: core.Extreme) -> Value:
        """The earlier or later of several days."""
        days = [self.value(a) for a in node.args]
        kept, sign = days[0].sql, ">" if node.op == "min" else "<"
        for day in days[1:]:
            kept = self.pool.case([(self.pool("(", kept, f" {sign} ", day.sql, ")"), day.sql), (self.pool.not_null(day.sql), kept)])
        return Value(kept, **meta(self.pool, days))

    def _total(self, node: core.Total) -> Value:
        values = [self.value(p) for p in node.parts]
        found = self.fitting(values, lambda numbers: self.math.plus(numbers, node.type.kind == "money"))
        if not any(isinstance(v, Series) for v in values):
            return found
        about = {name: getattr(found, name) for name in ("nulls", "nothing", "missing", "tight", "effects")}
        return Series(found.sql, **about, total=found)

    def fitting(self, values: Sequence[Value], join: Callable[[list[Number]], Number]) -> Number:
        """What ``join`` makes of numbers, those that do not fit counting as 0; where none fits, nothing does."""
        pool = self.pool
        numbers = [self.total(v) for v in values]
        unfit = [n.nothing for n in numbers if n.nothing is not None]
        if not unfit:
            return join(numbers)
        entries = tuple(entry for n in numbers for entry in missing(pool, n))
        effects = tuple(effect for n in numbers for effect in n.effects)
        found = join([self.or_zero(n) for n in numbers])
        nothing = pool.both(*unfit) if len(unfit) == len(numbers) else None
        return replace(found, nulls=None, nothing=nothing, missing=entries, tight=True, effects=effects)

    def or_zero(self, number: Number) -> Number:
        """A number, 0 where nothing fits."""
        if number.nothing is None:
            return number
        if number.figure is not None or number.low < 0:
            raise Inexact("columns.kind")
        zero = self.math.decimal(Fraction(0), number.width, number.scale)
        sql = self.pool.case([(number.nothing, zero.sql)], number.sql)
        return replace(number, sql=sql, nothing=None, nulls=None, low=Fraction(0))

    def _threshold(self, node: core.Threshold) -> Value:
        pool = self.pool
        value, least = self.value(node.value), self.number(node.least)
        about = meta(pool, (value, least))
        below = pool("COALESCE(", self.math.compare("<", self.total(value), least), ", FALSE)")
        fits = pool.true if about["nothing"] is None else pool.negate(about["nothing"])
        about["nothing"] = pool.either(*([about["nothing"]] if about["nothing"] is not None else []), pool.both(fits, below))
        about["missing"] = (*missing(pool, value), *missing(pool, least))
        about["tight"] = False
        about["nulls"] = None if None in (value.nulls, least.nulls) else (value.nulls or frozenset()) | (least.nulls or frozenset())
        return replace(value, **about)

    # ---------------------------------------------------------------- yes/no

    def _compare(self, node: core.Compare) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        about = meta(self.pool, (left, right))
        nothing = about.pop("nothing")
        if isinstance(left, (Number, Series)) and isinstance(right, (Number, Series)):
            a, b = self.total(left), self.total(right)
            sql = self.math.compare(node.op, a, b)
        else:
            sql = self.pool("(", left.sql, f" {node.op} ", right.sql, ")")
        if nothing is not None:
            either = self.pool.either(unknown(self.pool, left), unknown(self.pool, right))
            sql = self.pool.case([(self.pool.both(nothing, self.pool.negate(either)), self.pool.false)], sql)
            about["nulls"] = None if None in (left.nulls, right.nulls) else frozenset((left.nulls or frozenset()) | (right.nulls or frozenset()))
            about["missing"] = (*missing(self.pool, left), *missing(self.pool, right))
            about["tight"] = True
        return Value(sql, **about)

    def _member(self, node: core.Member) -> Value:
        item = self.value(node.item)
        values = [self.pool.text(v) for v in node.values]
        if len(values) == 1:
            sql = self.pool("(", item.sql, " <> " if node.negated else " = ", values[0], ")")
        else:
            listed: list[Part] = []
            for place, value in enumerate(values):
                listed += ([", "] if place else []) + [value]
            sql = self.pool("(", item.sql, " NOT IN (" if node.negated else " IN (", *listed, "))")
        if item.nothing is None:
            return replace(item, sql=sql)
        sql = self.pool.case([(item.nothing, self.pool.false)], sql)
        return replace(item, sql=sql, nothing=None, missing=missing(self.pool, item), tight=True)

    def _has(self, node: core.Has) -> Value:
        item = self.value(node.item)
        wanted: list[Part] = []
        for place, value in enumerate(node.counting):
            wanted += ([", "] if place else []) + [self.pool.text(value)]
        return replace(item, sql=self.pool("list_has_any(", item.sql, ", [", *wanted, "])"))

    def _not(self, node: core.Not) -> Value:
        arg = self.value(node.arg)
        if arg.nothing is not None:
            raise Inexact("columns.kind")
        return replace(arg, sql=self.pool.negate(arg.sql))

    def _allof(self, node: core.AllOf) -> Value:
        return self.kleene(node.args, False)

    def _anyof(self, node: core.AnyOf) -> Value:
        return self.kleene(node.args, True)

    def kleene(self, args: Sequence[core.Node], decides: bool) -> Value:
        """Conjunction, or disjunction where true ``decides``."""
        pool = self.pool
        values: list[Value] = []
        effects: list[Effect] = []
        for arg in args:
            one = self.value(arg)
            if one.nothing is not None:
                raise Inexact("columns.kind")
            if one.effects:
                before = pool.both(*(pool("(", v.sql, " IS NOT ", "TRUE" if decides else "FALSE", ")") for v in values))
                effects += guarded(pool, before, one.effects)
            values.append(one)
            if one.sql is (pool.true if decides else pool.false):
                break
        sql = (pool.either if decides else pool.both)(*(v.sql for v in values))
        if sql in (pool.true, pool.false):
            return Value(sql, effects=tuple(effects))
        open_ = [v for v in values if v.sql not in (pool.true, pool.false)]
        alike = {v.nulls for v in open_}
        nulls = next(iter(alike)) if len(alike) == 1 else None
        if nulls is not None and len(nulls) > 1 and len(open_) > 1:
            nulls = None
        if nulls is not None and pool.true in nulls:
            sql = pool.atom("NULL::BOOLEAN")
        entries = tuple(entry for v in open_ for entry in missing(pool, v))
        return Value(sql, nulls, None, entries, nulls is not None, tuple(effects))

    # ---------------------------------------------------------------- dates

    def _stepyears(self, node: core.StepYears) -> Value:
        day, years = self.value(node.date), self.number(node.years)
        if years.figure is not None:
            count = self.pool.atom(str(max(-10_000, min(10_000, node.sign * int(years.figure)))))
        else:
            if years.low < 0:
                raise Inexact("columns.signed")
            one = self.math.at(years, Fraction(1)).sql
            capped = self.pool.case([(self.pool("(", one, " > 10000)"), self.pool.atom("10000"))], one)
            count = self.pool("CAST(", "-" if node.sign < 0 else "", "FLOOR(", capped, ") AS INTEGER)")
        stepped = self.pool("CAST(", day.sql, " + to_years(", count, ") AS DATE)")
        edge = ("> DATE '9999-12-31'", "DATE '9999-12-31'") if node.sign > 0 else ("< DATE '0001-01-01'", "DATE '0001-01-01'")
        sql = self.pool.case([(self.pool("(", stepped, f" {edge[0]})"), self.pool.atom(edge[1]))], stepped)
        return Value(sql, **meta(self.pool, (day, years)))

    def _stepmonths(self, node: core.StepMonths) -> Value:
        day, months = self.value(node.date), self.number(node.months)
        if months.figure is not None:
            count = self.pool.atom(str(max(-100_000, min(100_000, node.sign * int(months.figure)))))
        else:
            if months.low < 0:
                raise Inexact("columns.signed")
            one = self.math.at(months, Fraction(1)).sql
            capped = self.pool.case([(self.pool("(", one, " > 100000)"), self.pool.atom("100000"))], one)
            count = self.pool("CAST(", "-" if node.sign < 0 else "", "FLOOR(", capped, ") AS INTEGER)")
        stepped = self.pool("CAST(", day.sql, " + to_months(", count, ") AS DATE)")
        edge = ("> DATE '9999-12-31'", "DATE '9999-12-31'") if node.sign > 0 else ("< DATE '0001-01-01'", "DATE '0001-01-01'")
        sql = self.pool.case([(self.pool("(", stepped, f" {edge[0]})"), self.pool.atom(edge[1]))], stepped)
        return Value(sql, **meta(self.pool, (day, months)))

    def _between(self, node: core.Between) -> Value:
        pool, start, end = self.pool, self.value(node.start), self.value(node.end)
        if node.unit == "days":
            count = pool("date_diff('day', ", start.sql, ", ", end.sql, ")")
        else:
            count = pool("date_diff('month', ", start.sql, ", ", end.sql, ")")
            over = pool("(CAST(", start.sql, " + to_months(CAST(", count, " AS INTEGER)) AS DATE) > ", end.sql, ")")
            count = pool.case([(over, pool("(", count, " - 1)"))], count)
        sql = pool("CAST(", pool.case([(pool("(", end.sql, " <= ", start.sql, ")"), pool.atom("0"))], count), " AS DECIMAL(7,0))")
        return Number(sql, **meta(pool, (start, end)), width=7, high=Fraction(10**7 - 1))

    def _yearof(self, node: core.YearOf) -> Value:
        day = self.value(node.date)
        sql = self.pool("CAST(year(", day.sql, ") AS DECIMAL(4,0))")
        return Number(sql, **meta(self.pool, (day,)), width=4, low=Fraction(1), high=Fraction(9999))

    # ---------------------------------------------------------------- choice

    def _choose(self, node: core.Choose) -> Value:
        taken, otherwise, about = self.branches(node)
        values = [v for _, v in taken] + ([otherwise] if otherwise is not None else [])
        if any(isinstance(v, Series) for v in values):
            return self.chosen_series(taken, otherwise, about)
        if not all(isinstance(v, Number) for v in values):
            return Value(self.pick([(c, v.sql) for c, v in taken], otherwise.sql if otherwise else None), **about)
        numbers = [self.total(v) for v in values]
        ladder = self.ladder(node, taken) if len(taken) == len(node.branches) else None
        if ladder is not None and otherwise is None:
            about["nothing"] = self.outside(ladder, numbers, about["nothing"])
        return self.chosen_number([c for c, _ in taken], numbers, otherwise is not None, about, node.type.kind == "money", ladder)

    def ladder(self, node: core.Choose, taken: list[tuple[Value, Value]]) -> Ladder | None:
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
        value = self.value(subject)
        if not isinstance(value, Number) or value.figure is not None or value.nulls is None or value.slack or len(steps) != len(taken):
            return None
        below = pool_false = self.pool.false
        first, closed = steps[0][0], steps[0][1]
        if first is not None and (value.low < first or (value.low == first and not closed)):
            below = self.math.compare("<" if closed else "<=", value, self.math.figure(first))
        tops = [self.math.compare("<=" if s[3] else "<", value, self.math.figure(s[2])) if s[2] is not None else pool_false for s in steps]
        last = steps[-1][2]
        above = pool_false if last is None else self.math.compare(">" if steps[-1][3] else ">=", value, self.math.figure(last))
        return Ladder(value, below, tops, above)

    def outside(self, ladder: Ladder, numbers: list[Number], nothing: Sql | None) -> Sql | None:
        """Where a bracket table has no bracket."""
        if any(n.nothing is not None for n in numbers):
            return nothing
        beyond = self.pool.either(ladder.below, ladder.above)
        return None if beyond is self.pool.false else self.pool("COALESCE(", beyond, ", FALSE)")

    def branches(self, node: core.Choose) -> tuple[list[tuple[Value, Value]], Value | None, dict[str, Any]]:
        """The branches that can be taken, what stands otherwise, and what the choice lacks and does."""
        pool = self.pool
        taken: list[tuple[Value, Value]] = []
        otherwise: Value | None = None
        entries: list[Entry] = []
        effects: list[Effect] = []
        path = pool.true
        ends = False
        for condition, value in node.branches:
            before = len(self.scope.risks)
            holds = self.value(condition)
            self.risky(path, before)
            if holds.nothing is not None:
                raise Inexact("columns.kind")
            effects += guarded(pool, path, holds.effects)
            if holds.sql is pool.false:
                continue
            entries += guarded(pool, path, missing(pool, holds))
            here = pool.both(path, holds.sql)
            before = len(self.scope.risks)
            found = self.value(value)
            self.risky(here, before)
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
            before = len(self.scope.risks)
            otherwise = self.value(node.otherwise)
            self.risky(path, before)
            entries += guarded(pool, path, missing(pool, otherwise))
            effects += guarded(pool, path, otherwise.effects)
        about: dict[str, Any] = {"missing": tuple(entries), "effects": tuple(effects), "tight": True}
        about["nulls"], about["nothing"] = self.fit(taken, otherwise, _exhaustive(node))
        return taken, otherwise, about

    def fit(self, taken: list[tuple[Value, Value]], otherwise: Value | None, exhaustive: bool) -> tuple[frozenset[Sql] | None, Sql | None]:
        """Where a choice is unknown (None: where its value is null), and where nothing fits."""
        pool = self.pool
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
        return nulls, pool("COALESCE(", self.pick(pairs, last), ", FALSE)")

    def pick(self, branches: Sequence[tuple[Value, Sql]], otherwise: Sql | None) -> Sql:
        """The value of the first branch that holds; null from the first that is unknown."""
        pool = self.pool
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

    def chosen_number(
        self, conditions: list[Value], numbers: list[Number], other: bool, about: dict[str, Any], money: bool, ladder: Ladder | None = None
    ) -> Number:
        """The number of the branch taken."""
        if not numbers:
            return Number(self.pool.atom("CAST(NULL AS DECIMAL(1,0))"), **about)
        if not conditions:
            return replace(numbers[0], **about)
        if not money and all(n.figure is not None for n in numbers):
            # rates as whole hundredths (or finer), so that what they multiply stays short
            finest = max(2, *(decimals(n.figure or Fraction(0)) or 0 for n in numbers))
            numbers = [replace(n, figure=(n.figure or 0) * 10**finest) for n in numbers]
            found, unit, width, scale = self.math.together(numbers, money)
            numbers = [replace(n, figure=(n.figure or 0) / 10**finest) for n in numbers]
            unit /= 10**finest
        else:
            found, unit, width, scale = self.math.together(numbers, money)
        pairs = [(c, d.sql) for c, d in zip(conditions, found, strict=False)]
        last = found[-1].sql if other else None
        sql = self.pick(pairs, last) if ladder is None else self.climb(ladder, [d.sql for d in found[: len(conditions)]], last)
        low, high = min(n.low for n in numbers), max(n.high for n in numbers)
        return Number(sql, **about, width=width, scale=scale, unit=unit, low=low, high=high, slack=max(n.slack for n in numbers))

    def climb(self, ladder: Ladder, values: list[Sql], otherwise: Sql | None) -> Sql:
        """The value of a bracket table's bracket."""
        pool = self.pool
        none = pool.atom("NULL")
        cases = [(ladder.below, otherwise or none), *zip(ladder.tops, values, strict=True)]
        known = pool.negate(unknown(pool, ladder.value)) if otherwise is not None or ladder.above is pool.false else pool.false
        return pool.case([*cases, (known, values[-1] if ladder.above is pool.false else otherwise or none)])

    def chosen_series(self, taken: list[tuple[Value, Value]], otherwise: Value | None, about: dict[str, Any]) -> Series:
        """The series of the branch taken, its periods padded with nothing to the longest."""
        conditions = [c for c, _ in taken]
        values = [v for _, v in taken] + ([otherwise] if otherwise is not None else [])
        plain = {**about, "missing": (), "effects": (), "nothing": None, "nulls": None}
        totals = [v.total if isinstance(v, Series) else self.total(v) for v in values]
        total = self.chosen_number(conditions, totals, otherwise is not None, plain, True)
        names = max((v.names for v in values if isinstance(v, Series)), key=len)

        def parts() -> list[Number]:
            found = []
            for value in values:
                if not isinstance(value, Series) or value.parts is None:
                    raise Inexact("columns.series")
                found.append(value.parts())
            zero = self.math.figure(0)
            longest = max(map(len, found))
            padded = [[*p, *[zero] * (longest - len(p))] for p in found]
            return [self.chosen_number(conditions, list(one), otherwise is not None, plain, True) for one in zip(*padded, strict=True)]

        return Series(total.sql, **about, total=total, parts=parts, names=names)

    # ---------------------------------------------------------------- series

    def _years(self, node: core.Years) -> Value:
        values = [self.number(v) for v in node.values]
        total = self.math.plus(values, True)
        return Series(total.sql, **meta(self.pool, values), total=total, parts=lambda: values, names=node.periods)

    def _fill(self, node: core.Fill) -> Value:
        whole, years = self.number(node.value), self.value(node.years)
        if not isinstance(years, Series) or years.parts is None or whole.low < 0:
            raise Inexact("columns.series")
        room = self.total(years)
        about = meta(self.pool, (whole, years))
        total = self.math.extreme("min", (whole, room), True)
        effects = (*about.pop("effects"), self.bound(node, "year", whole, room))
        caps = years.parts
        return Series(total.sql, **about, effects=effects, total=total, parts=lambda: self.filled(whole, caps()), names=years.names)

    def filled(self, whole: Number, caps: list[Number]) -> list[Number]:
        """``whole`` spread over periods in time order, each up to its figure."""
        found = []
        before: list[Number] = []
        for cap in caps:
            left = whole if not before else self.math.minus(whole, self.math.plus(before, True), True)
            left = self.math.extreme("max", (left, self.math.figure(0)), True) if before else left
            found.append(self.math.extreme("min", (left, cap), True))
            before.append(cap)
        return found

    def _cap(self, node: core.Cap) -> Value:
        whole, limit = self.value(node.value), self.number(node.limit)
        if isinstance(whole, Series):
            return self.capped_series(node, whole, limit)
        number = self.total(whole)
        about = self.cap_meta(node, number, limit, number)
        kept = self.least(node, number, limit)
        return replace(kept, **about)

    def least(self, node: core.Cap, number: Number, limit: Number, whole: Number | None = None) -> Number:
        """A number (one period of ``whole``) up to a limit; as it is where the limit is open but cannot matter."""
        money = node.type.kind == "money"
        floor = self.floor(node)
        if floor is None:
            return self.math.extreme("min", (number, limit), money)
        pool = self.pool
        (own, most), unit, width, scale = self.math.together((number, limit), money)
        below = self.math.compare("<=", whole or number, self.math.figure(floor))
        cases = [(pool.both(unknown(pool, limit), below), own.sql)]
        cases.append((pool("(", own.sql, " > ", most.sql, ")"), most.sql))
        cases.append((pool.not_null(most.sql), own.sql))
        high = max(min(number.high, limit.high), min(number.high, floor))
        slack = max(number.slack, limit.slack)
        return Number(pool.case(cases), width=width, scale=scale, unit=unit, low=min(number.low, limit.low), high=high, slack=slack)

    def floor(self, node: core.Cap) -> Fraction | None:
        """The least figure of a limit that is chosen among several and may be open."""
        least = least_open(node.limit)
        if least is None:
            return None
        return Fraction(least) if self.number(node.limit).nulls != frozenset() else None

    def cap_meta(self, node: core.Cap, whole: Value, limit: Number, number: Number) -> dict[str, Any]:
        """What a capped value lacks and does."""
        pool = self.pool
        fits = pool.true if whole.nothing is None else pool.negate(whole.nothing)
        floor = self.floor(node)
        neither = pool.either(*(v.nothing for v in (whole, limit) if v.nothing is not None))
        nulls: frozenset[Sql] | None = None
        if limit.nothing is None and limit.nulls == frozenset():
            nulls = whole.nulls
        elif neither is pool.false and floor is None and whole.nulls is not None and limit.nulls is not None:
            nulls = whole.nulls | limit.nulls
        entries = (*missing(pool, whole), *missing(pool, limit))
        effects = (*whole.effects, *guarded(pool, fits, limit.effects))
        if node.type.kind == "money" and not node.base:
            effects = (*effects, self.bound(node, node.scope, number, limit))
        nothing = None if neither is pool.false else neither
        return {"nulls": nulls, "nothing": nothing, "missing": entries, "tight": nothing is None and floor is None, "effects": effects}

    def bound(self, key: Any, scope: str, whole: Number, limit: Number) -> Bound:
        """The limit as what bound, where it took a fen or more; within records, how much it took."""
        pool = self.pool
        over = replace(whole, slack=Fraction(0)), replace(limit, slack=Fraction(0))
        if whole.slack or limit.slack:
            return Bound(self.math.compare(">", *over), key, pool.atom("NULL"))
        if limit.figure is not None:
            said = pool.atom(f"'{scope}:{self.math.yuan_text(limit).parts[0][1:]}")
        else:
            said = pool("(", pool.text(f"{scope}:"), " || ", self.math.yuan_text(limit), ")")
        if self.scope.var:
            took = self.math.extreme("max", (self.math.minus(whole, limit, True), self.math.figure(0)), True)
            unit = self.math.common((took,), True)
            if unit != FEN:
                return Bound(self.math.compare(">", *over), key, pool.atom("NULL"))
            count = pool("CAST(", self.math.at(took, unit).sql, " AS DECIMAL(38,12))")
            known = pool.both(*(pool.not_null(n.sql) for n in (whole, limit) if n.figure is None))
            return Bound(known, key, said, count)
        more = self.math.plus((replace(limit, effects=(), missing=()), self.math.figure(FEN)), True)
        return Bound(self.math.compare(">=", whole, more), key, said)

    def capped_series(self, node: core.Cap, whole: Series, limit: Number) -> Series:
        """A series up to a limit: each period, or the running total."""
        yearly = node.scope in YEARLY
        if whole.total.low < 0 or limit.low < 0:
            raise Inexact("columns.signed")
        if not yearly:
            total = self.least(node, whole.total, limit)
            about = self.cap_meta(node, whole, limit, whole.total)
            parts = whole.parts
            spread = None if parts is None else lambda: self.run_down(parts(), limit)
            listed = whole.listed
            running = None if listed is None else lambda: self.run_down_list(listed(), limit)
            return Series(total.sql, **about, total=total, parts=spread, listed=running, names=whole.names)
        if whole.parts is not None:
            kept = [self.least(node, part, limit, whole.total) for part in whole.parts()]
            total = self.math.plus(kept, True)
            series = Series(total.sql, total=total, parts=lambda: kept, names=whole.names)
        elif whole.listed is not None:
            capped = self.cap_list(node, whole, limit)
            total = self.list_total(capped)
            none = self.pool("(len(", capped.sql, ") = 0)")
            total = replace(total, sql=self.pool.case([(none, self.math.decimal(Fraction(0)).sql)], total.sql))
            series = Series(total.sql, total=total, listed=lambda: capped)
        else:
            raise Inexact("columns.series")
        about = self.cap_meta(node, whole, limit, whole.total)
        if node.type.kind == "money":
            effects = about["effects"][:-1]
            took = self.bound(node, node.scope, whole.total, total)
            own = self.bound(node, node.scope, whole.total, limit)
            about["effects"] = (*effects, took._replace(said=own.said))
        return replace(series, **about)

    def run_down(self, parts: list[Number], limit: Number) -> list[Number]:
        """Periods whose total in time order does not pass a limit."""
        found: list[Number] = []
        for place, part in enumerate(parts):
            left = limit if not place else self.math.minus(limit, self.math.plus(parts[:place], True), True)
            left = self.math.extreme("max", (left, self.math.figure(0)), True) if place else left
            found.append(self.math.extreme("min", (part, left), True))
        return found

    # ---------------------------------------------------------------- lists of periods

    def variable(self) -> str:
        """A fresh lambda variable."""
        self.depth += 1
        return f"v{self.depth}"

    def any_of(self, rows: Sql, var: str, body: Sql) -> Sql:
        """Whether something holds for one of some records; never null."""
        pool = self.pool
        if body is pool.false:
            return body
        if var not in body.free:
            return pool.both(body, pool("COALESCE(len(", rows, ") > 0, FALSE)"))
        return pool("COALESCE(list_contains(", pool.each("list_transform", rows, var, body), ", TRUE), FALSE)")

    def element(self, listed: Listed, var: str) -> Number:
        """One period of a listed series, held by a lambda variable."""
        sql = self.pool.atom(var, var)
        return Number(sql, width=listed.width, scale=listed.scale, unit=listed.unit, high=listed.high, slack=listed.slack)

    def cap_list(self, node: core.Cap, whole: Series, limit: Number) -> Listed:
        """Each period up to a limit."""
        assert whole.listed is not None
        listed, var = whole.listed(), self.variable()
        kept = self.least(node, self.element(listed, var), limit, whole.total)
        return Listed(self.pool.each("list_transform", listed.sql, var, kept.sql), kept.width, kept.scale, kept.unit, kept.high, kept.slack)

    def run_down_list(self, listed: Listed, limit: Number) -> Listed:
        """Periods whose total in time order does not pass a limit."""
        var = self.variable()
        place = var + "i"
        before = self.pool("COALESCE(list_sum(list_slice(", listed.sql, ", 1, ", self.pool.atom(place, place), " - 1)), 0)")
        spent = Number(before, width=38, scale=listed.scale, unit=listed.unit, high=listed.high * MOST_RECORDS)
        left = self.math.extreme("max", (self.math.minus(limit, spent, True), self.math.figure(0)), True)
        kept = self.math.extreme("min", (self.element(listed, var), left), True)
        return Listed(self.pool.each("list_transform", listed.sql, f"{var}, {place}", kept.sql), kept.width, kept.scale, kept.unit, kept.high, kept.slack)

    def list_total(self, listed: Listed) -> Number:
        """The total of a list of numbers; null where it is empty."""
        sql = self.pool("list_sum(", listed.sql, ")")
        high = listed.high * MOST_RECORDS
        return Number(sql, width=38, scale=listed.scale, unit=listed.unit, high=high, slack=listed.slack * MOST_RECORDS)

    # ---------------------------------------------------------------- record lists

    def _items(self, node: core.Items) -> Value:
        from calc.engines.columns.records import items

        return items(self, node)

    def _fold(self, node: core.Fold) -> Value:
        from calc.engines.columns.records import fold

        return fold(self, node)

    def _interest(self, node: core.Interest) -> Value:
        from calc.engines.columns.loans import interest

        return interest(self, node)

    def _lprrate(self, node: core.LprRate) -> Value:
        from calc.engines.columns.loans import prime_rate

        return prime_rate(self, node)
