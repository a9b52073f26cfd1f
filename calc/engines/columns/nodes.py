"""Leaves, arithmetic, days and yes/no as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.engines.columns.loans import whole_count, whole_months
from calc.engines.columns.machine import READINGS, ColumnType, Compiler, Series
from calc.engines.columns.sql import Part, Sql, fact
from calc.engines.columns.values import Effect, Entry, Inexact, Number, Value, guarded, meta, missing, unknown
from calc.language import core
from calc.units import NUMERIC

NUMBERS = NUMERIC | {"rate"}

# digits before and after the point that a column is computed with; rows with more go to the explainer
ROOM: dict[str, tuple[int, int]] = {"money": (14, 4), "usd": (12, 4), "percent": (4, 8), "count": (12, 0), "number": (9, 4)}


ROOMY = (10, 6)


@READINGS.of(core.Lit)
def _lit(c: Compiler, node: core.Lit) -> Value:
    kind = node.type.kind
    if kind == "bool":
        return Value(c.pool.true if node.value else c.pool.false)
    if kind == "date":
        return Value(c.pool.atom(f"DATE '{node.value.isoformat()}'"))
    if kind in NUMBERS:
        return c.math.figure(node.value)
    return Value(c.pool.text(str(node.value)))


@READINGS.of(core.Fact)
def _fact(c: Compiler, node: core.Fact) -> Value:
    return leaf(c, c.columns.get(node.id), c.pool.atom(fact(node.id)), node.type.kind, c.facts[node.id].signed, node.id)


@READINGS.of(core.Field)
def _field(c: Compiler, node: core.Field) -> Value:
    scope = c.scope
    if scope.records != node.list:
        raise Inexact("columns.nested")
    sql = c.pool.atom(f'{scope.var}."{node.id}"', scope.var)
    signed = c.facts[node.list].fields[node.id].signed
    return leaf(c, scope.fields.get(node.id), sql, node.type.kind, signed, f"{node.list}.{node.id}")


def leaf(c: Compiler, column: ColumnType | None, sql: Sql, kind: str, signed: bool, key: str) -> Value:
    """A fact or field; never known where there is no column for it."""
    if column is None:
        about: dict[str, Any] = {"nulls": frozenset((c.pool.true,)), "missing": (Entry(c.pool.true, key),)}
        null = c.pool.atom("NULL")
        return Number(null, **about) if kind in NUMBERS else Value(null, **about)
    none = c.pool.is_null(sql)
    about = {"nulls": frozenset((none,)), "missing": (Entry(none, key),)}
    if kind not in NUMBERS:
        return Value(sql, **about)
    width, scale = column.width, column.scale
    whole, after = ROOM.get(kind, ROOMY)
    if width - scale > whole or scale > after:
        whole, after = min(whole, width - scale), min(after, scale)
        narrow = c.pool("TRY_CAST(", sql, f" AS DECIMAL({whole + after},{after}))")
        c.risk(c.pool("(", narrow, " IS DISTINCT FROM ", sql, ")"))
        sql, width, scale = narrow, whole + after, after
    high = Fraction(10) ** (width - scale) - Fraction(1, 10**scale)
    return Number(sql, **about, width=width, scale=scale, low=-high if signed else Fraction(0), high=high)


@READINGS.of(core.Position)
def _position(c: Compiler, node: core.Position) -> Value:
    if c.scope.place is None:
        raise Inexact("columns.nested")
    return Number(c.pool("CAST(", c.scope.place, " AS DECIMAL(9,0))"), width=9, low=Fraction(1), high=Fraction(10**9 - 1))


@READINGS.of(core.Given)
def _given(c: Compiler, node: core.Given) -> Value:
    value = c.value(node.arg)
    assert value.nulls is not None
    return Value(c.pool.negate(next(iter(value.nulls))) if c.pool.true in value.nulls else c.pool.not_null(value.sql))


@READINGS.of(core.Arith)
def _arith(c: Compiler, node: core.Arith) -> Value:
    quotient = core.bare(node.right)
    if node.op == "*" and isinstance(quotient, core.Arith) and quotient.op == "/":
        # x × (a / b) as (x × a) / b: the quotient, which may have no end, is cut last
        whole = [c.value(n) for n in (node.left, quotient.left, quotient.right)]
        if not any(isinstance(v, Series) for v in whole):
            x, a, b = (c.total(v) for v in whole)
            return c.math.divided(c.math.times(x, a), b)
    left, right = c.value(node.left), c.value(node.right)
    if isinstance(left, Series) or isinstance(right, Series):
        return scaled(c, node, left, right)
    return apply(c, node, c.total(left), c.total(right))


def apply(c: Compiler, node: core.Arith, a: Number, b: Number) -> Number:
    """``a op b``."""
    if node.op == "*":
        return c.math.times(a, b)
    if node.op == "/":
        return c.math.divided(a, b)
    money = node.type.kind == "money"
    return c.math.plus((a, b), money) if node.op == "+" else c.math.minus(a, b, money)


def scaled(c: Compiler, node: core.Arith, left: Value, right: Value) -> Series:
    """A series whose every period is multiplied or divided by one number."""
    factor = right if isinstance(left, Series) else left
    series = left if isinstance(left, Series) else right
    if not isinstance(factor, Number) or not isinstance(series, Series) or node.op not in ("*", "/") or (node.op == "/" and series is right):
        raise Inexact("columns.series")
    parts = series.parts
    about = meta(c.pool, (left, right))

    def ours(part: Number) -> Number:
        return apply(c, node, part, factor) if series is left else apply(c, node, factor, part)

    total = ours(series.total)
    return Series(total.sql, **about, total=total, parts=None if parts is None else lambda: [ours(p) for p in parts()], names=series.names)


@READINGS.of(core.Extreme)
def _extreme(c: Compiler, node: core.Extreme) -> Value:
    if node.type.kind == "date":
        return extreme_day(c, node)
    if node.fitting:
        return fitting(c, [c.value(a) for a in node.args], lambda numbers: c.math.extreme(node.op, numbers, node.type.kind == "money"))
    return c.math.extreme(node.op, [c.number(a) for a in node.args], node.type.kind == "money")


def extreme_day(c: Compiler, node: core.Extreme) -> Value:
    """The earlier or later of several days."""
    days = [c.value(a) for a in node.args]
    kept, sign = days[0].sql, ">" if node.op == "min" else "<"
    for day in days[1:]:
        kept = c.pool.case([(c.pool("(", kept, f" {sign} ", day.sql, ")"), day.sql), (c.pool.not_null(day.sql), kept)])
    return Value(kept, **meta(c.pool, days))


@READINGS.of(core.Total)
def _total(c: Compiler, node: core.Total) -> Value:
    values = [c.value(p) for p in node.parts]
    found = fitting(c, values, lambda numbers: c.math.plus(numbers, node.type.kind == "money"))
    if not any(isinstance(v, Series) for v in values):
        return found
    about = {name: getattr(found, name) for name in ("nulls", "nothing", "missing", "tight", "effects")}
    return Series(found.sql, **about, total=found)


def fitting(c: Compiler, values: Sequence[Value], join: Callable[[list[Number]], Number]) -> Number:
    """What ``join`` makes of numbers, those that do not fit counting as 0; where none fits, nothing does."""
    pool = c.pool
    numbers = [c.total(v) for v in values]
    unfit = [n.nothing for n in numbers if n.nothing is not None]
    if not unfit:
        return join(numbers)
    entries = tuple(entry for n in numbers for entry in missing(pool, n))
    effects = tuple(effect for n in numbers for effect in n.effects)
    found = join([or_zero(c, n) for n in numbers])
    nothing = pool.both(*unfit) if len(unfit) == len(numbers) else None
    return replace(found, nulls=None, nothing=nothing, missing=entries, tight=True, effects=effects)


def or_zero(c: Compiler, number: Number) -> Number:
    """A number, 0 where nothing fits."""
    if number.nothing is None:
        return number
    if number.figure is not None or number.low < 0:
        raise Inexact("columns.kind")
    zero = c.math.decimal(Fraction(0), number.width, number.scale)
    sql = c.pool.case([(number.nothing, zero.sql)], number.sql)
    return replace(number, sql=sql, nothing=None, nulls=None, low=Fraction(0))


@READINGS.of(core.Threshold)
def _threshold(c: Compiler, node: core.Threshold) -> Value:
    pool = c.pool
    value, least = c.value(node.value), c.number(node.least)
    about = meta(pool, (value, least))
    below = pool("COALESCE(", c.math.compare("<", c.total(value), least), ", FALSE)")
    fits = pool.true if about["nothing"] is None else pool.negate(about["nothing"])
    about["nothing"] = pool.either(*([about["nothing"]] if about["nothing"] is not None else []), pool.both(fits, below))
    about["missing"] = (*missing(pool, value), *missing(pool, least))
    about["tight"] = False
    about["nulls"] = None if None in (value.nulls, least.nulls) else (value.nulls or frozenset()) | (least.nulls or frozenset())
    return replace(value, **about)


@READINGS.of(core.Round)
def _round(c: Compiler, node: core.Round) -> Value:
    return c.math.rounded(c.number(node.value), Fraction(node.step.value), node.way)


@READINGS.of(core.Compare)
def _compare(c: Compiler, node: core.Compare) -> Value:
    left, right = c.value(node.left), c.value(node.right)
    about = meta(c.pool, (left, right))
    nothing = about.pop("nothing")
    if isinstance(left, (Number, Series)) and isinstance(right, (Number, Series)):
        a, b = c.total(left), c.total(right)
        sql = c.math.compare(node.op, a, b)
    else:
        sql = c.pool("(", left.sql, f" {node.op} ", right.sql, ")")
    if nothing is not None:
        either = c.pool.either(unknown(c.pool, left), unknown(c.pool, right))
        sql = c.pool.case([(c.pool.both(nothing, c.pool.negate(either)), c.pool.false)], sql)
        about["nulls"] = None if None in (left.nulls, right.nulls) else frozenset((left.nulls or frozenset()) | (right.nulls or frozenset()))
        about["missing"] = (*missing(c.pool, left), *missing(c.pool, right))
        about["tight"] = True
    return Value(sql, **about)


@READINGS.of(core.Member)
def _member(c: Compiler, node: core.Member) -> Value:
    item = c.value(node.item)
    values = [c.pool.text(v) for v in node.values]
    if len(values) == 1:
        sql = c.pool("(", item.sql, " <> " if node.negated else " = ", values[0], ")")
    else:
        listed: list[Part] = []
        for place, value in enumerate(values):
            listed += ([", "] if place else []) + [value]
        sql = c.pool("(", item.sql, " NOT IN (" if node.negated else " IN (", *listed, "))")
    if item.nothing is None:
        return replace(item, sql=sql)
    sql = c.pool.case([(item.nothing, c.pool.false)], sql)
    return replace(item, sql=sql, nothing=None, missing=missing(c.pool, item), tight=True)


@READINGS.of(core.Has)
def _has(c: Compiler, node: core.Has) -> Value:
    item = c.value(node.item)
    found: list[Part] = []
    for place, value in enumerate(node.counting):  # twice as quick as list_has_any
        found += [*([" OR "] if place else []), "list_contains(", item.sql, ", ", c.pool.text(value), ")"]
    return replace(item, sql=c.pool("(", *found, ")"))


@READINGS.of(core.Not)
def _not(c: Compiler, node: core.Not) -> Value:
    arg = c.value(node.arg)
    if arg.nothing is not None:
        raise Inexact("columns.kind")
    return replace(arg, sql=c.pool.negate(arg.sql))


@READINGS.of(core.AllOf)
def _allof(c: Compiler, node: core.AllOf) -> Value:
    return kleene(c, node.args, False)


@READINGS.of(core.AnyOf)
def _anyof(c: Compiler, node: core.AnyOf) -> Value:
    return kleene(c, node.args, True)


def kleene(c: Compiler, args: Sequence[core.Node], decides: bool) -> Value:
    """Conjunction, or disjunction where true ``decides``."""
    pool = c.pool
    values: list[Value] = []
    effects: list[Effect] = []
    for arg in args:
        one = c.value(arg)
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


@READINGS.of(core.StepYears)
def _stepyears(c: Compiler, node: core.StepYears) -> Value:
    return moved(c, node.date, node.years, 12 * node.sign)


@READINGS.of(core.StepMonths)
def _stepmonths(c: Compiler, node: core.StepMonths) -> Value:
    return moved(c, node.date, node.months, node.sign)


def moved(c: Compiler, date: core.Node, span: core.Node, months: int) -> Value:
    """A date moved by a number of so many ``months`` each, within the calendar."""
    day, steps = c.value(date), c.number(span)
    if steps.figure is not None:
        count = c.pool.atom(str(max(-120_000, min(120_000, int(steps.figure * months)))))
    else:
        if steps.low < 0:
            raise Inexact("columns.signed")
        one = whole_count(c, steps, span, abs(months))
        capped = c.pool.case([(c.pool("(", one, " > 120000)"), c.pool.atom("120000"))], one)
        count = c.pool("CAST(", "-" if months < 0 else "", "FLOOR(", capped, ") AS INTEGER)")
    stepped = c.pool("CAST(", day.sql, " + to_months(", count, ") AS DATE)")
    edge = ("> DATE '9999-12-31'", "DATE '9999-12-31'") if months > 0 else ("< DATE '0001-01-01'", "DATE '0001-01-01'")
    sql = c.pool.case([(c.pool("(", stepped, f" {edge[0]})"), c.pool.atom(edge[1]))], stepped)
    return Value(sql, **meta(c.pool, (day, steps)))


@READINGS.of(core.Between)
def _between(c: Compiler, node: core.Between) -> Value:
    pool, start, end = c.pool, c.value(node.start), c.value(node.end)
    count = pool("date_diff('day', ", start.sql, ", ", end.sql, ")") if node.unit == "days" else whole_months(c, start.sql, end.sql)
    sql = pool("CAST(", pool.case([(pool("(", end.sql, " <= ", start.sql, ")"), pool.atom("0"))], count), " AS DECIMAL(7,0))")
    return Number(sql, **meta(pool, (start, end)), width=7, high=Fraction(10**7 - 1))


@READINGS.of(core.YearOf)
def _yearof(c: Compiler, node: core.YearOf) -> Value:
    day = c.value(node.date)
    sql = c.pool("CAST(year(", day.sql, ") AS DECIMAL(4,0))")
    return Number(sql, **meta(c.pool, (day,)), width=4, low=Fraction(1), high=Fraction(9999))
