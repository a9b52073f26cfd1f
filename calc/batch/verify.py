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

from calc import stopping
from calc.batch.audit import KEPT, READING, beside, changes, digest, items_of, read, sources
from calc.batch.budget import Budget
from calc.batch.options import Options
from calc.batch.output import form_of
from calc.batch.question import Question, plain
from calc.batch.run import run
from calc.errors import FileProblem
from calc.files import scratch
from calc.kinds import BEGINNING, encoding_of
from calc.messages import language, text, use

if TYPE_CHECKING:
    from calc.store.store import Store

TOLD = 10  # rows that differ which are told


def verify(store: Store, result: str | Path) -> dict[str, Any]:
    """The answer of ``Catalog.verify``. Raises ``FileProblem`` where there is no result, or nothing beside it to tell its sources."""
    path, told = Path(result), read(result)
    folder = Path(os.path.realpath(path)).parent
    if told["input"]["file"] == "-":
        raise FileProblem([text("verify.stdin", file=path)])
    for one in (told["input"], *told["items"].values(), *told.get("against", ())):
        if not (folder / one["file"]).exists():
            raise FileProblem([text("verify.input", file=folder / one["file"])])
    before = language()
    use(told["language"])  # texts of a result are in the language it was made in
    try:
        with scratch() as place:
            found = (_batch if "answer" not in told else _question)(store, path, folder, told, place)
    finally:
        use(before)
    if digest(path) != told["result"]["sha256"]:
        found["changes"].append({"what": "result", "name": path.name, "then": told["result"]["sha256"], "now": digest(path)})
        found["same"] = found["same"] and "answer" not in told  # of a report only the figures are known
    return found


def _options(store: Store, folder: Path, told: dict[str, Any]) -> Options:
    """The options of the run that made a result."""
    kept = told["options"]
    budget = Budget(**kept["budget"]) if kept["budget"] is not None else None
    return Options(
        items=items_of(told, folder), budget=budget,
        asked=[budget.rank] if budget is not None and budget.rank is not None else [],
        as_of=dt.date.fromisoformat(told["as_of"]) if told["as_of"] else None, **{name: kept[name] for name in KEPT},
    )  # fmt: skip


def _batch(store: Store, path: Path, folder: Path, told: dict[str, Any], place: Path) -> dict[str, Any]:
    """A batch again: the file at ``path``, its result or one of its lists; with a result all of its lists."""
    source = str(folder / told["input"]["file"])
    options = _options(store, folder, told)
    ids = [one["id"] for one in told["schemes"] if one["id"] in store.files]
    found = changes(told, sources(store, source, ids, options, path))
    kind = told["kind"]
    files = {kind: path} | {one: folder / name for one, name in told["lists"].items() if name is not None and one != kind}
    again = {one: str(place / f"{one}.{form_of(file)}") for one, file in files.items() if file.exists()}
    options.schemes, options.output_format = ids, None
    options.output = again.get("batch", str(place / "batch.csv"))
    options.payments, options.duplicates = again.get("payments"), again.get("duplicates")
    run(store, source, options)
    stopping.resume()
    for one in told["joined"] if kind == "batch" else ():
        found += _joined(store, folder, one, Options(output=options.output, items=options.items, only_rejects=True))
    rows, first = _compared(path, Path(again[kind]))
    lists = []
    for one, file in files.items() if kind == "batch" else ():
        if one != kind and one in again and beside(file).is_file() and read(file)["input"] == told["input"]:  # not one of a table joined later
            count, some = _compared(file, Path(again[one]))
            lists.append({"file": told["lists"][one], "rows": count, "first": some})
    return {"same": not rows and not any(one["rows"] for one in lists), "changes": found, "rows": rows, "first": first, "lists": lists}


def _question(store: Store, path: Path, folder: Path, told: dict[str, Any], place: Path) -> dict[str, Any]:
    """A reform or a sweep again: the figures of its answer, and of its file of projects each row."""
    options = _options(store, folder, told)
    options.rejects = str(place / "rejects.csv")
    by_project = told["kind"] == "reform-rows"
    if by_project:
        again = place / f"rows.{form_of(path)}"
        options.output, options.output_format = str(again), None
    source = str(folder / told["input"]["file"])
    asked = Question(source=source, options=options, against=[folder / one["file"] for one in told["against"]], **told["asked"])
    answer = asked.answer(store)
    found = changes(told, asked.sources(store, path))
    if by_project:
        rows, first = _compared(path, again)
    else:
        then, now = dict(_leaves(told["answer"])), dict(_leaves(json.loads(json.dumps(plain(answer)))))
        apart = [name for name in {**then, **now} if then.get(name) != now.get(name)]
        rows = len(apart)
        first = [{"row": None, "column": name, "result": then.get(name), "again": now.get(name)} for name in apart[:TOLD]]
    return {"same": not rows, "changes": found, "rows": rows, "first": first, "lists": []}


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The figures of an answer, each by the way to it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for place, one in enumerate(value, 1):
            yield from _leaves(one, f"{name}[{place}]")
    else:
        yield name, value


def _joined(store: Store, folder: Path, told: dict[str, Any], options: Options) -> list[dict[str, Any]]:
    """Joins what was joined once more; what has changed of it."""
    file = folder / told["file"]
    if told["file"] == "-":
        raise FileProblem([text("verify.stdin", file=options.output)])
    if not file.exists():
        raise FileProblem([text("verify.input", file=file)])
    run(store, str(file), replace(options, **{name: told[name] for name in READING}))
    stopping.resume()
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
    """The rows of a result as texts, its header first. Raises ``FileProblem`` where it is none."""
    import csv

    from python_calamine import CalamineError

    form = form_of(file)
    try:
        yield from _read_rows(file, form)
    except (ValueError, AttributeError, csv.Error, CalamineError) as bad:
        if isinstance(bad, FileProblem):
            raise
        raise FileProblem([text("verify.unreadable", file=file, kind=form)]) from None


def _read_rows(file: Path, form: str) -> Iterator[list[str]]:
    if form == "xlsx":
        from calc.questions.fill.cells import Workbook

        book = Workbook(file, file.read_bytes())
        for name in book.names:
            if name != text("xlsx.sheet.sources"):  # that says where files stand
                yield from ([str(cell) for cell in row] for row in book.rows(name))
    elif form == "parquet":
        import pyarrow.parquet as pq

        with open(file, "rb") as content, pq.ParquetFile(content) as table:
            yield list(table.schema_arrow.names)
            for batch in table.iter_batches(10_000):
                yield from ([str(value) for value in row] for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    elif form == "jsonl":
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield [f"{name}={value}" for name, value in row.items()]
    else:
        import csv

        with open(file, "rb") as content:
            encoding = encoding_of(content.read(BEGINNING))
        with open(file, encoding=encoding, newline="") as lines:
            yield from csv.reader(lines)
