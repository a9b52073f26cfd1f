"""A record list as rows of one query: where it comes from, its records numbered and named, how they are gone through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from calc.engines.columns.machine import ColumnType, Compiler, Scope, Series
from calc.engines.columns.sql import Part, Pool, Sql, fact
from calc.engines.columns.values import Entry, Inexact, Number, Value
from calc.language import core


def absent(c: Compiler, node: core.Items | core.Fold) -> Value:
    """What a list that no row has comes to."""
    always = c.pool.true
    about: dict[str, Any] = {"nulls": frozenset((always,)), "missing": (Entry(always, node.list),)}
    if node.type.kind == "bool":
        return Value(c.pool.atom("NULL::BOOLEAN"), **about)
    null = Number(c.pool.atom("CAST(NULL AS DECIMAL(1,0))"))
    if isinstance(node, core.Items) and node.dated:
        return Series(null.sql, **about, total=null, parts=lambda: [null])
    return replace(null, **about)


def records(c: Compiler, name: str) -> tuple[Sql, dict[str, ColumnType]]:
    """A record list with the types of its fields; loans drawn in parts know their first day as ``_day``."""
    rows, fields = c.pool.atom(fact(name)), c.columns[name].fields
    if "drawdowns" in fields:
        start = 'r."start"' if "start" in fields else "NULL::DATE"
        drawn = 'list_min(list_transform(r."drawdowns", lambda d: d."date"))'
        first = c.pool.atom(f"struct_insert(r, _day := COALESCE({drawn}, {start}))", "r")
        rows = c.pool.each("list_transform", rows, "r", first)
    return rows, fields


def numbered(c: Compiler, rows: Sql) -> Sql:
    """Records that know their place in the list as ``_place``."""
    return c.pool.each("list_transform", rows, "r, i", c.pool.atom("struct_insert(r, _place := i)", "r"))


def ranked(c: Compiler, rows: Sql, var: str, passes: Sql) -> Sql:
    """The records that pass, that know their place among them as ``_rank``."""
    return c.pool.each("list_transform", c.pool.each("list_filter", rows, var, passes), "r, i", c.pool.atom("struct_insert(r, _rank := i)", "r"))


def uses_place(node: core.Node) -> bool:
    """Whether a node reads the place of its record."""
    return isinstance(node, core.Position) or any(uses_place(below) for below in core.children(node))


@contextmanager
def within(c: Compiler, scope: Scope, rows: Sql) -> Iterator[None]:
    """Compiles at a record; what is risky there is risky for the row."""
    outer, c.scope = c.scope, scope
    before = len(scope.risks)
    try:
        yield
    finally:
        c.scope = outer
    if scope.risks[before:]:
        c.risk(c.any_of(rows, scope.var, c.pool.either(*scope.risks[before:])))


def enter(c: Compiler, name: str, fields: dict[str, ColumnType], placed: bool) -> Scope:
    """The place at a record of a list."""
    var = c.scope.var + "r"
    return Scope(name, var, fields, c.pool.atom(f"{var}._place", var) if placed else None)


def texts(pool: Pool, pairs: Sequence[tuple[Sql, Sql]]) -> Sql:
    """A list of the texts whose condition holds, null for the others."""
    parts: list[Part] = ["["]
    for place, (when, said) in enumerate(pairs):
        parts += ([", "] if place else []) + [pool.case([(when, said)])]
    return pool(*parts, "]")


def spread(pool: Pool, rows: Sql, var: str, pairs: Sequence[tuple[Sql, Sql]]) -> Sql:
    """The texts that hold of all records, in order; null for those that do not."""
    return pool("flatten(", pool.each("list_transform", rows, var, texts(pool, pairs)), ")")


def named(pool: Pool, entries: Sequence[Entry]) -> list[tuple[Sql, Sql]]:
    """Entries of a record as texts."""
    if any(e.many is not None for e in entries):
        raise Inexact("columns.nested")
    return [(e.when, pool.text(e.key)) for e in entries]
