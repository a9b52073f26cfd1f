"""Queries of the column engine and the explainer on the same random projects, block by block: to the fen, and in every word beside it.

One evaluation is one benefit on one project. Projects seek the boundaries of their scheme (``generator.py``); each block of
them lacks some columns altogether. ``benchmarks/agreement.py`` compares whole tables, through ``batch``.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pyarrow as pa

from calc import Catalog, load_catalog
from calc.engines.columns import ColumnType, compile_scheme, select
from calc.engines.statuses import ORDER
from calc.errors import InputError
from calc.estimate.benefit import evaluate
from calc.facts import FactDef
from calc.language import model
from calc.language.render import warnings_of
from calc.units import NUMERIC, fen, fen_text, simple
from tests.generator import random_facts

WORDS = ("status", "amount", "binding", "missing", "assumed", "warnings")
PLACES = 6  # a number with no end is rounded to so many places before either engine sees it
PLAIN = {"bool": ("BOOLEAN", pa.bool_()), "date": ("DATE", pa.date32()), "enum": ("VARCHAR", pa.string()), "set": ("VARCHAR[]", pa.list_(pa.string()))}


@dataclass
class Tally:
    """What was compared."""

    evaluations: int = 0
    handed: int = 0
    doubtful: int = 0
    refused: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    fallbacks: dict[str, str] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)


def decimal(value: Any) -> Any:
    """A number as one with an end."""
    if isinstance(value, Fraction):
        return simple(Fraction(round(value * 10**PLACES), 10**PLACES))
    if isinstance(value, list):
        return [{id: decimal(v) for id, v in row.items()} for row in value]
    return value


def places(value: Any) -> int:
    """Digits after the point."""
    found = 0
    while isinstance(value, Fraction) and (value * 10**found).denominator != 1:
        found += 1
    return found


def column_type(definition: FactDef, values: Sequence[Any]) -> tuple[ColumnType, pa.DataType]:
    """The narrowest type that holds some values of a fact."""
    kind = definition.type
    if kind in PLAIN:
        return ColumnType(kind, PLAIN[kind][0]), PLAIN[kind][1]
    if kind in NUMERIC:
        scale = max(map(places, values), default=0)
        width = scale + max((len(str(int(abs(v)))) for v in values), default=1)
        return ColumnType(kind, f"DECIMAL({width},{scale})", width, scale), pa.decimal128(width, scale)
    rows = [row for value in values for row in value]
    fields = {id: column_type(inner, [row[id] for row in rows if id in row]) for id, inner in definition.fields.items()}
    fields = {id: made for id, made in fields.items() if any(id in row for row in rows)} or dict(list(fields.items())[:1])
    sql = "STRUCT(" + ", ".join(f'"{id}" {made.sql}' for id, (made, _) in fields.items()) + ")[]"
    arrow = pa.list_(pa.struct([pa.field(id, type_) for id, (_, type_) in fields.items()]))
    return ColumnType(kind, sql, fields={id: made for id, (made, _) in fields.items()}), arrow


def stored(value: Any) -> Any:
    """A plain value as Arrow takes it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, Fraction)):
        exact = Fraction(value)
        return Decimal(exact.numerator) / Decimal(exact.denominator)
    if isinstance(value, list):
        return [{id: stored(v) for id, v in row.items()} for row in value]
    return value


def expected(benefit: model.Benefit, compiled: Any, facts: dict[str, Any], catalog: Catalog) -> tuple[Any, ...] | None:
    """What the explainer says, ``None`` where it refuses the facts."""
    try:
        outcome = evaluate(compiled, facts, catalog.lpr)
    except InputError:
        return None
    bound = outcome.binding
    warnings = dict(outcome.env.warnings)
    if outcome.status != "ineligible":
        warnings.update(dict.fromkeys(warnings_of(benefit)))
    return (
        outcome.status,
        outcome.amount,
        f"{bound[0]}:{fen_text(fen(bound[1]))}" if bound else None,
        ";".join(outcome.missing) or None,
        ";".join(outcome.assumed) or None,
        ";".join(warnings) or None,
    )


def block(catalog: Catalog, scheme: model.Scheme, rng: random.Random, count: int, tally: Tally, connection: Any) -> None:
    """Compares the two on ``count`` random projects of a scheme."""
    projects = [{id: decimal(v) for id, v in random_facts(catalog, scheme, rng).items()} for _ in range(count)]
    ids = sorted({id for project in projects for id in project})
    absent = set(rng.sample(ids, rng.randrange(0, len(ids) // 3 + 1))) if rng.random() < 0.3 else set()
    projects = [{id: v for id, v in project.items() if id not in absent} for project in projects]
    types = {id: column_type(catalog.facts[id], [p[id] for p in projects if id in p]) for id in ids if id not in absent}
    table = pa.table(
        {"_row": pa.array(range(count), pa.int32())}
        | {id: pa.array([stored(p.get(id)) for p in projects], arrow) for id, (_, arrow) in types.items()}
    )
    made = compile_scheme(scheme, catalog.facts, catalog.lpr, {id: type_ for id, (type_, _) in types.items()})
    outputs = {}
    for place, columns in enumerate(made):
        if columns.fallback is None:
            outputs |= {f"{word}{place}": getattr(columns, word) for word in (*WORDS, "error", "unsure")}
    connection.register("projects", table)
    lets = {name: let for columns in made for name, let in columns.lets.items()}
    rows = connection.execute(select("projects", outputs, lets, keep="_row")).fetchall()
    found = [dict(zip(("_row", *outputs), row, strict=True)) for row in sorted(rows, key=lambda row: row[0])]
    compiled = catalog.compiled(scheme.id)
    for place, benefit in enumerate(scheme.benefits):
        if made[place].fallback is not None:
            tally.fallbacks[f"{scheme.id} {benefit.id}"] = made[place].fallback or ""
            continue
        for facts, row in zip(projects, found, strict=True):
            wanted = expected(benefit, compiled[place], facts, catalog)
            tally.evaluations += 1
            if wanted is None:
                tally.refused += 1
            if row[f"error{place}"]:
                tally.handed += wanted is not None
                continue
            got = tuple(row[f"{word}{place}"] for word in WORDS)
            got = (None if got[0] is None else ORDER[got[0]], None if got[1] is None else int(got[1]), *got[2:])
            if wanted is not None:
                tally.statuses[wanted[0]] += 1
            if row[f"unsure{place}"] and wanted is not None:
                tally.doubtful += 1
                got, wanted = got[:2], wanted[:2]
            if got != wanted:
                tally.apart.append(f"{scheme.id} {benefit.id}\n  explainer {wanted}\n  columns   {got}\n  facts     {facts}")


def rounds(catalog: Catalog, rng: random.Random, size: int) -> Iterator[tuple[model.Scheme, int]]:
    """All schemes, again and again."""
    schemes = [scheme for scheme in catalog.schemes() if scheme.benefits]
    while True:
        for scheme in rng.sample(schemes, len(schemes)):
            yield scheme, size


def compare(evaluations: int, seed: int, size: int, only: str = "") -> Tally:
    """Compares until so many evaluations are done; ``only``: those of one scheme."""
    catalog = load_catalog()
    rng = random.Random(seed)
    tally = Tally()
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for scheme, count in rounds(catalog, rng, size):
        if only and scheme.id != catalog.find(only):
            continue
        block(catalog, scheme, rng, count, tally, connection)
        if tally.evaluations >= evaluations or len(tally.apart) > 20:
            return tally
    return tally
