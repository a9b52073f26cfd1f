"""All schemes on a million projects: status and amount of every benefit, and for each scheme whether the row contradicts itself or
needs the explainer, as one wide Parquet file. The target is 40 s on two cores.

    python benchmarks/all_schemes.py --rows 1000000
    python benchmarks/all_schemes.py --rows 200000 --command

With ``--command`` it is ``batch`` that runs, Parquet to Parquet, over those rows that contradict nothing: the time of all of it against
that of its queries (target at most 1.5), and what each other step took, one after the other.

Input mix: a column for every fact any scheme asks for. A row gives each single fact with probability ``--given`` (0.6), and each
record list with ``--lists`` (0.15), of 0 to 3 records whose fields are given nine times in ten; nothing ends before it starts.
Amounts reach 2亿元, dates 2019 to 2026, categories and yes/no evenly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from end_to_end import watch

from calc import Catalog, load_catalog
from calc.engines.columns import ColumnType, compile_scheme, select
from calc.facts import FactDef

GROUP = 6  # schemes a query: more at once no longer fit the processor's caches
ROW_GROUP = 122_880
TYPES = {
    "bool": ("BOOLEAN", "{r} < 0.5"),
    "date": ("DATE", "DATE '2019-01-01' + CAST({r} * 2900 AS INTEGER)"),
    "money": ("DECIMAL(15,2)", "CAST({r} * 2e8 AS DECIMAL(15,2))"),
    "usd": ("DECIMAL(15,2)", "CAST({r} * 2e7 AS DECIMAL(15,2))"),
    "percent": ("DECIMAL(6,4)", "CAST({r} AS DECIMAL(6,4))"),
    "area": ("DECIMAL(12,2)", "CAST({r} * 1e5 AS DECIMAL(12,2))"),
    "mu": ("DECIMAL(10,2)", "CAST({r} * 1e3 AS DECIMAL(10,2))"),
    "tonne": ("DECIMAL(10,3)", "CAST({r} * 1e3 AS DECIMAL(10,3))"),
    "kg": ("DECIMAL(10,2)", "CAST({r} * 1e5 AS DECIMAL(10,2))"),
    "years": ("DECIMAL(5,2)", "CAST({r} * 12 AS DECIMAL(5,2))"),
    "months": ("DECIMAL(4,0)", "CAST({r} * 60 AS DECIMAL(4,0))"),
    "count": ("DECIMAL(9,0)", "CAST({r} * 200 AS DECIMAL(9,0))"),
    "number": ("DECIMAL(9,0)", "CAST({r} * 8 AS DECIMAL(9,0))"),
}


def column_type(definition: FactDef) -> ColumnType:
    """The type a fact has in the input."""
    kind = definition.type
    if kind == "list":
        fields = {id: column_type(inner) for id, inner in definition.fields.items() if inner.type != "list"}
        return ColumnType(kind, "STRUCT(" + ", ".join(f'"{id}" {t.sql}' for id, t in fields.items()) + ")[]", fields=fields)
    sql = {"enum": "VARCHAR", "set": "VARCHAR[]"}.get(kind) or TYPES[kind][0]
    width, scale = map(int, sql[8:-1].split(",")) if sql.startswith("DECIMAL") else (0, 0)
    return ColumnType(kind, sql, width, scale)


def random_value(definition: FactDef, given: float, lists: float) -> str:
    """SQL of a random value of a fact."""
    kind = definition.type
    if kind == "list":
        inner = {id: random_value(f, 0.9, 0) for id, f in definition.fields.items() if f.type != "list"}
        value = f"list_transform(range(CAST(random() * 3 AS INTEGER)), lambda n: {struct(inner)})"
        if {"start", "end"} <= inner.keys():  # nothing ends before it starts
            later = {id: f'x."{id}"' for id in inner} | {"end": "x.start + 1 + CAST(random() * 1500 AS INTEGER)"}
            value = f"list_transform({value}, lambda x: {struct(later)})"
        return f"CASE WHEN random() < {lists} THEN {value} END"
    if kind == "enum":
        slugs = ", ".join("'" + slug + "'" for slug in definition.values)
        value = f"([{slugs}])[1 + CAST(FLOOR(random() * {len(definition.values)}) AS INTEGER)]"
    elif kind == "set":
        value = "[" + ", ".join("'" + slug + "'" for slug in definition.values) + "]"
        value = f"list_filter({value}, lambda s: random() < 0.15)"
    else:
        value = TYPES[kind][1].format(r="random()")
    return f"CASE WHEN random() < {given} THEN {value} END"


def struct(fields: dict[str, str]) -> str:
    """A record in SQL."""
    return "{" + ", ".join(f"'{id}': {sql}" for id, sql in fields.items()) + "}"


def build(catalog: Catalog, ids: list[str], rows: int, given: float, lists: float, path: Path) -> None:
    """Writes the input."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2; SELECT setseed(0.42)")
    columns = ", ".join(f'{random_value(catalog.facts[id], given, lists)} AS "{id}"' for id in ids)
    connection.execute(f"COPY (SELECT range AS _row, {columns} FROM range({rows})) TO '{path}' (FORMAT parquet, COMPRESSION lz4)")


def command(catalog: Catalog, path: Path, folder: Path) -> int:
    """Runs ``batch`` over the rows that contradict nothing, prints the time of its steps."""
    source, target, good = folder / "given.parquet", folder / "wide.parquet", folder / "good.parquet"
    derived = ", ".join(sorted({twin.source for twin in catalog.facts.twins}))  # said by other facts: at random they would contradict them
    duckdb.execute(f"COPY (SELECT 'P' || _row AS project, * EXCLUDE (_row, {derived}) FROM '{path}') TO '{source}'")
    asked: dict[str, Any] = {"schemes": [scheme.id for scheme in catalog.schemes()], "shape": "wide", "engine": "columns"}
    first = catalog.batch(source, target, **asked)
    duckdb.execute(f"CREATE TABLE bad AS SELECT project FROM read_csv('{first.rejects}', all_varchar = true)")
    duckdb.execute(f"COPY (SELECT * FROM '{source}' WHERE project NOT IN (FROM bad)) TO '{good}'")
    spent: dict[str, float] = defaultdict(float)
    watch(spent)
    start, worked = time.perf_counter(), time.process_time()
    summary = catalog.batch(good, target, **asked)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    computing = spent["computing"]
    print(f"{summary.written:,} rows, {seconds:.1f} s, processor {worked:.1f} s; computing {computing:.1f} s: {seconds / computing:.2f} (target 1.5)")
    for step, one in sorted(spent.items(), key=lambda one: -one[1]):
        print(f"  {step:10} {one:6.2f} s")
    return 0


def main() -> int:
    """Builds the input, runs the query, prints the time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--given", type=float, default=0.6)
    parser.add_argument("--lists", type=float, default=0.15)
    parser.add_argument("--input", type=Path, help="a file built before; it is written where it does not exist")
    parser.add_argument("--command", action="store_true", help="the whole command, from file to file")
    asked = parser.parse_args()
    catalog = load_catalog()
    schemes = catalog.schemes()
    ids = sorted({f.partition(".")[0] for scheme in schemes for f in scheme.facts} & set(catalog.facts.by_id))
    with tempfile.TemporaryDirectory() as folder:
        path = asked.input or Path(folder) / "projects.parquet"
        if not path.exists():
            build(catalog, ids, asked.rows, asked.given, asked.lists, path)
        if asked.command:
            return command(catalog, path, Path(folder))
        start = time.perf_counter()
        types = {id: column_type(catalog.facts[id]) for id in ids}
        connection = duckdb.connect()
        connection.execute("SET threads = 2")
        benefits, fallbacks, columns = 0, 0, {}
        for first in range(0, len(schemes), GROUP):
            outputs, lets = {}, {}
            for scheme in schemes[first : first + GROUP]:
                used, risks = {f.partition(".")[0] for f in scheme.facts}, dict[str, None]()
                for made in compile_scheme(scheme, catalog.facts, catalog.lpr, {id: types[id] for id in ids if id in used}):
                    benefits += 1
                    fallbacks += made.fallback is not None
                    lets |= made.lets
                    outputs[f"{scheme.id}/{made.id}.status"] = made.status
                    outputs[f"{scheme.id}/{made.id}"] = f"CAST({made.amount} AS BIGINT)"
                    risks[made.error] = None
                if risks:
                    outputs[f"{scheme.id}.refused"] = " OR ".join(risks)
            if outputs:
                table = connection.sql(select(f"'{path}'", outputs, lets)).to_arrow_table()
                columns |= dict(zip(table.column_names, table.columns, strict=True))
        computed = time.perf_counter()
        how = {"compression": "lz4", "use_dictionary": False, "row_group_size": ROW_GROUP, "write_statistics": False}
        pq.write_table(pa.table(columns), f"{folder}/results.parquet", **how)
        seconds = time.perf_counter() - start
        size = Path(folder, "results.parquet").stat().st_size / 2**20
        amounts = '"1.01-old-factory-renovation/investment-grant"'
        [(count, given)] = duckdb.execute(f"SELECT count(*), count({amounts}) FROM '{folder}/results.parquet'").fetchall()
    print(f"{count:,} projects x {benefits} benefits of {len(schemes)} schemes, {len(ids)} columns: {seconds:.1f} s")
    print(f"  computed in {computed - start:.1f} s, written: {size:.0f} MiB; fallbacks {fallbacks}; 1.01 gives an amount to {given:,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
