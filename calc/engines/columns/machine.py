"""Core nodes → SQL values, as the explainer evaluates them: lazily, in three values, with what is missing in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from calc.engines.columns.arithmetic import Arithmetic
from calc.engines.columns.sql import Pool, Sql
from calc.engines.columns.values import FEN, Bound, Inexact, Number, Value
from calc.engines.table import Readings
from calc.facts import Facts
from calc.language import core
from calc.rates.lpr import LprTable

YEARLY = ("year", "enterprise-year")
MOST_RECORDS = 10_000  # a row with longer lists goes to the explainer
MOST_PERIODS = 12  # periods written out one by one


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
    """Where a node stands: at the row, or at a record of ``records`` that the lambda variable ``var`` holds; ``priced``: the day
    index rates are looked up on, where it is not that of the first drawdown; ``indexed``: those that records carry, by that day."""

    records: str = ""
    var: str = ""
    fields: dict[str, ColumnType] = field(default_factory=dict)
    place: Sql | None = None
    priced: Sql | None = None
    risks: list[Sql] = field(default_factory=list)
    made: dict[core.Node, tuple[Value, list[Sql]]] = field(default_factory=dict)
    indexed: dict[tuple[core.Node, Sql | None], Number] = field(default_factory=dict)






READINGS = Readings()


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
        reading = READINGS.by_class.get(type(node))
        if reading is None:
            raise Inexact("columns.node")
        found = self.settled(reading(self, node), node)
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



    def list_total(self, listed: Listed) -> Number:
        """The total of a list of numbers; null where it is empty."""
        sql = self.pool("list_sum(", listed.sql, ")")
        high = listed.high * MOST_RECORDS
        return Number(sql, width=38, scale=listed.scale, unit=listed.unit, high=high, slack=listed.slack * MOST_RECORDS)
