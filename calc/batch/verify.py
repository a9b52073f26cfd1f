"""Whether a result comes out again, by the sources kept beside it."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.batch.audit import KEPT, READING, changes, digest, items_of, read, sources
from calc.batch.budget import Budget
from calc.batch.options import Options
from calc.batch.run import run
from calc.errors import FileProblem
from calc.files import scratch
from calc.messages import text

if TYPE_CHECKING:
    from calc.store.store import Store

TOLD = 10  # rows that differ which are told


def verify(store: Store, result: str | Path) -> dict[str, Any]:
    """The answer of ``Catalog.verify``. Raises ``FileProblem`` where there is no result, or nothing beside it to tell its sources."""
    path, told = Path(result), read(result)
    folder = Path(os.path.realpath(path)).parent
    kept = told["options"]
    if told["input"]["file"] == "-":
        raise FileProblem([text("verify.stdin", file=path)])
    source = folder / told["input"]["file"]
    items = items_of(told, folder)
    budget = Budget(**kept["budget"]) if kept["budget"] is not None else None
    with scratch() as place:
        again = place / path.name
        options = Options(
            output=str(again), items=items, budget=budget, asked=[budget.rank] if budget is not None and budget.rank is not None else [],
            as_of=dt.date.fromisoformat(told["as_of"]) if told["as_of"] else None, **{name: kept[name] for name in KEPT},
        )  # fmt: skip
        found = changes(told, sources(store, str(source), [one["id"] for one in told["schemes"] if one["id"] in store.files], options))
        if digest(path) != told["result"]["sha256"]:
            found.append({"what": "result", "name": path.name, "then": told["result"]["sha256"], "now": digest(path)})
        if not source.exists():
            raise FileProblem([text("verify.input", file=source)])
        options.schemes = [one["id"] for one in told["schemes"] if one["id"] in store.files]
        run(store, str(source), options)
        for one in told["joined"]:
            found += _joined(store, folder, one, Options(output=str(again), items=items, only_rejects=True))
        rows, first = _compared(path, again)
    return {"same": not rows, "changes": found, "rows": rows, "first": first}


def _joined(store: Store, folder: Path, told: dict[str, Any], options: Options) -> list[dict[str, Any]]:
    """Joins what was joined once more; what has changed of it."""
    file = folder / told["file"]
    if told["file"] == "-":
        raise FileProblem([text("verify.stdin", file=options.output)])
    if not file.exists():
        raise FileProblem([text("verify.input", file=file)])
    run(store, str(file), replace(options, **{name: told[name] for name in READING}))
    now = digest(file)
    return [{"what": "input", "name": told["file"], "then": told["sha256"], "now": now}] if now != told["sha256"] else []


def _compared(result: Path, again: Path) -> tuple[int, list[dict[str, Any]]]:
    """How many rows of two results differ, and the first of them: row (from 1, the header being 0), column, both values."""
    heads: list[str] = []
    count = 0
    first: list[dict[str, Any]] = []
    for number, (one, other) in enumerate(zip_longest(_rows(result), _rows(again))):
        heads = heads or other or one or []
        if one == other:
            continue
        count += 1
        if len(first) < TOLD:
            pairs = list(zip_longest(one or [], other or []))
            place = next((n for n, (a, b) in enumerate(pairs) if a != b), 0)
            was, is_ = pairs[place] if pairs else (None, None)
            first.append({"row": number, "column": heads[place] if place < len(heads) else "", "result": was, "again": is_})
    return count, first


def _rows(file: Path) -> Iterator[list[str]]:
    """The rows of a result as texts, its header first."""
    suffix = file.suffix.lower()
    if suffix == ".xlsx":
        from python_calamine import CalamineWorkbook

        with open(file, "rb") as content:
            sheet = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0)
        yield from ([str(cell) for cell in row] for row in sheet.to_python())
    elif suffix in (".parquet", ".pq"):
        import pyarrow.parquet as pq

        with open(file, "rb") as content, pq.ParquetFile(content) as table:
            yield list(table.schema_arrow.names)
            for batch in table.iter_batches(10_000):
                yield from ([str(value) for value in row] for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    elif suffix in (".jsonl", ".ndjson"):
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield [f"{name}={value}" for name, value in row.items()]
    else:
        import csv

        with open(file, encoding="utf-8-sig", newline="") as lines:
            yield from csv.reader(lines)
