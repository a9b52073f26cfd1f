"""A result that rows are joined to which were rejected when it was made: what it rests on, and its rows again."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch import audit
from calc.batch.output import SUFFIXES, Output, form_of
from calc.characters import harmless
from calc.errors import FileProblem, InputError
from calc.messages import listed, text

if TYPE_CHECKING:
    from calc.batch.options import Options
    from calc.batch.summary import Summary
    from calc.store.store import Store

JOINED = ("csv", "xlsx", "parquet")  # forms of a result that rows can be joined to
ROWS = 10_000  # of a result read at a time
BYTES = 16 << 20  # and of a text
FIXED = ("schemes", "shape", "benefits", "plan", "id_column", "enterprise_column", "claimed", "budget", "as_of")  # options that the result decides
APART = ("duplicates", "invoices", "payments", "by", "carry")  # and those that look at all rows


@dataclass(slots=True)
class Prior:
    """``told`` is what the file beside the result at ``path`` says; ``left`` are the rows of its table that it lacks."""

    path: Path
    told: dict[str, Any]
    left: set[int]
    doubt: str = ""  # where rows that it has may have other records now, the words for it

    @property
    def source(self) -> str:
        """The table that it was made of."""
        return str(Path(os.path.realpath(self.path)).parent / self.told["input"]["file"])

    def add_to(self, summary: Summary, left: Sequence[int] | set[int], known: int) -> None:
        """Tells in the summary of a run what the whole comes to, and what is ``left``; ``known`` rows were passed over."""
        result = self.told["result"]
        summary.joined = {"written": self.written + summary.written, "left": len(left), "known": known}
        summary.schemes = added(result["schemes"], summary.schemes)
        summary.claimed = added(result["claimed"], summary.claimed)
        if summary.best_total is not None:
            summary.best_total = f"{Decimal(result['best_total']) + Decimal(summary.best_total):.2f}"

    @property
    def written(self) -> int:
        """The rows of the table that it has."""
        return int(self.told["result"]["written"])

    def before(self, row: int, left: Sequence[int]) -> int:
        """How many rows it has that come before ``row`` of its table, of which it lacks ``left`` (in order)."""
        return row - 1 - bisect_left(left, row)


def open_prior(store: Store, options: Options) -> tuple[Prior, Options]:
    """The result that ``options`` name as output, and options that make rows like its own.

    Raises ``InputError`` for options that make others, ``FileProblem`` where the result, or what it rests on, is no longer what it was.
    """
    if not options.output or options.output == "-":
        raise InputError("--only-rejects", "", text("join.output"), message="join.only")
    path = Path(options.output)
    told = audit.read(path)
    result = told["result"]
    form = form_of(path)
    if form not in JOINED:
        raise FileProblem([text("join.format", file=path, known=listed(JOINED))])
    if SUFFIXES.get(path.suffix.lower(), form) != form:
        raise FileProblem([text("join.named", file=path, kind=form)])
    if audit.digest(path) != result["sha256"] or "left" not in result:
        raise FileProblem([text("join.changed", file=path)])
    if told["options"]["budget"] or told["options"]["enterprise_column"]:
        raise FileProblem([text("join.whole", file=path)])
    _agree(store, told, options)
    prior = Prior(path, told, {row for first, last in result["left"] for row in range(first, last + 1)})
    if result.get("orphans") and _relisted(told, prior):
        prior.doubt = text("join.orphans", file=path, count=f"{result['orphans']:,}")
    items = audit.items_of(told, Path(os.path.realpath(path)).parent)
    items.update({name: f"{prior.source}#{sheet}" for name, sheet in told["found"].items()})
    kept = {name: told["options"][name] for name in ("shape", "benefits", "plan", "id_column", "claimed")}
    options = replace(
        options, schemes=[one["id"] for one in told["schemes"]], items={**items, **options.items},
        ignore_unknown=options.ignore_unknown or told["options"]["ignore_unknown"],
        as_of=dt.date.fromisoformat(told["as_of"]) if told["as_of"] else None, output_format=form, **kept,
    )  # fmt: skip
    found = audit.changes(told, audit.sources(store, prior.source, list(options.schemes), options, path), inputs=False)
    if found:
        raise FileProblem([text("join.basis", file=path, changes=listed(sorted({one["name"] or text(f"join.{one['what']}") for one in found})))])
    return prior, options


def _relisted(told: Mapping[str, Any], prior: Prior) -> bool:
    """Whether the files of records have changed since a result was made of them."""
    folder = Path(os.path.realpath(prior.path)).parent
    files = [*told["items"].values(), *([told["input"]] if told["found"] else [])]
    return any(audit.digest(folder / one["file"]) != one["sha256"] for one in files)


def _agree(store: Store, told: Mapping[str, Any], options: Options) -> None:
    """That options are those of the result, where they are given. Raises ``InputError``."""
    plain = type(options)()
    then = {**told["options"], "as_of": dt.date.fromisoformat(told["as_of"]) if told["as_of"] else None, "schemes": [one["id"] for one in told["schemes"]]}
    for name in (*FIXED, *APART):
        given = getattr(options, name)
        if name == "schemes":
            given = [store.find(one) for one in given]
        if given and given != getattr(plain, name) and (name in APART or given != then[name]):
            option = "--" + {"shape": "wide", "payments": "list", "schemes": "scheme"}.get(name, name.replace("_", "-"))
            raise InputError(option, "", text("join.leave"), message="join.option")


class Joined:
    """A result with rows joined to it, each at the number it has in its table."""

    def __init__(self, out: Output, prior: Prior, each: int) -> None:
        """``each`` is how many rows of the result a row of the table has."""
        self.out = out
        self.prior = prior
        self.each = each
        self.left = sorted(prior.left)
        self.taken = 0  # rows of the table, of the result so far
        self.waiting: list[pa.Table] = []

    def start(self, schema: pa.Schema) -> None:
        """The columns of the rows that are joined. Raises ``FileProblem`` where they are not those of the result."""
        self.old = Old(self.out, self.prior.path, schema)
        self.out.start(self.old.schema)

    def add(self, rows: Sequence[int], table: pa.Table) -> None:
        """Rows by their numbers, in order of them."""
        table = self.old.like(table)
        for place, row in enumerate(rows):
            self._take(self.prior.before(row, self.left) - self.taken)
            self.waiting.append(table.slice(place * self.each, self.each))
            if len(self.waiting) >= ROWS:
                self._write()

    def finish(self) -> None:
        """All that is left of the result. Raises ``FileProblem`` where it has other rows than it should."""
        self._take(self.prior.written - self.taken)
        self._write()
        if self.old.take(1) is not None:
            raise FileProblem([text("join.changed", file=self.prior.path)])

    def _take(self, count: int) -> None:
        """The next rows of the table from the result."""
        self.taken += count
        left = count * self.each
        while left:
            table = self.old.take(left)
            if table is None:
                raise FileProblem([text("join.changed", file=self.prior.path)])
            left -= table.num_rows
            self.waiting.append(table)
            if sum(one.num_rows for one in self.waiting[-2:]) >= ROWS:
                self._write()

    def _write(self) -> None:
        if self.waiting:
            self.out.write(pa.concat_tables(self.waiting))
            self.waiting = []


class Old:
    """The rows of a result again, in tables of one ``schema``, which rows that are new are brought to: of a CSV file all texts, which
    stay as they stand."""

    def __init__(self, out: Output, path: Path, schema: pa.Schema) -> None:
        """``schema`` is that of new rows. Raises ``FileProblem`` where their columns are not those of the result."""
        self.out = out
        self.path = path
        self.new = schema
        self.rest: pa.Table | None = None
        self.tables = {"csv": self._csv, "xlsx": self._xlsx, "parquet": self._parquet}[out.format]()
        self.schema: pa.Schema = next(self.tables)

    def take(self, most: int) -> pa.Table | None:
        """The next rows; ``None`` where there are no more."""
        table = self.rest if self.rest is not None else next(self.tables, None)
        if table is None:
            return None
        self.rest = table.slice(most) if table.num_rows > most else None
        return table.slice(0, most)

    def like(self, table: pa.Table) -> pa.Table:
        """New rows as those of the result are. Raises ``FileProblem`` for a value that its columns do not hold."""
        columns = []
        for field, new in zip(self.schema, self.order, strict=True):
            column = table[new].combine_chunks()
            if pa.types.is_string(field.type) and not pa.types.is_string(column.type):
                column = self.out.said(column)
            try:
                columns.append(column.cast(field.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise self._unlike(field) from None
        return pa.table(columns, schema=self.schema)

    def _unlike(self, field: pa.Field) -> FileProblem:
        return FileProblem([text("join.value", file=self.path, column=field.name, type=field.type)])

    def _match(self, names: Sequence[str]) -> None:
        """Which new column is which of the result: by name, behind which a unit may stand now. Raises ``FileProblem``."""
        left = {harmless(name): name for name in self.new.names}
        self.order: list[str] = []
        for name in map(harmless, names):
            found = next((one for one in left if one == name or (one.startswith(f"{name}（") and one.endswith("）"))), None)
            if found is None:
                raise FileProblem([text("join.columns", file=self.path, column=name)])
            self.order.append(left.pop(found))
        if left:
            raise FileProblem([text("join.columns.more", file=self.path, columns=listed(left.values()))])

    def _csv(self) -> Iterator[Any]:
        import csv

        import pyarrow.csv as pacsv

        with open(self.path, encoding="utf-8-sig", newline="") as lines:
            header = csv.reader(lines)
            names = next(header)
            skipped = header.line_num
        self._match(names)
        yield pa.schema([(name, pa.string()) for name in names])
        places = [str(place) for place in range(len(names))]
        reader = pacsv.open_csv(
            self.path,
            pacsv.ReadOptions(column_names=places, skip_rows=skipped, block_size=BYTES),
            pacsv.ParseOptions(newlines_in_values=True),
            pacsv.ConvertOptions(column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False),
        )
        for batch in reader:
            yield pa.table(batch.columns, names=names)

    def _parquet(self) -> Iterator[Any]:
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            self._match(file.schema_arrow.names)
            yield file.schema_arrow.remove_metadata()
            for batch in file.iter_batches(ROWS):
                yield pa.Table.from_batches([batch]).replace_schema_metadata()

    def _xlsx(self) -> Iterator[Any]:
        from calc.questions.fill.cells import Workbook

        book = Workbook(self.path, self.path.read_bytes())
        rows = book.rows(book.names[0])
        names = list(map(str, next(rows)))
        self._match(names)
        types = [self.new.field(name).type for name in self.order]
        schema = pa.schema([(name, type_ if as_number(type_) or pa.types.is_date(type_) else pa.string()) for name, type_ in zip(names, types, strict=True)])
        yield schema
        while some := list(itertools.islice(rows, ROWS)):
            columns = [self._cells(field, column) for field, column in zip(schema, zip(*some, strict=True), strict=True)]
            yield pa.table(columns, schema=schema)

    def _cells(self, field: pa.Field, cells: Sequence[Any]) -> pa.Array:
        """The cells of a column as values of its type."""
        try:
            if pa.types.is_string(field.type):
                return pa.array([cell if cell != "" else None for cell in cells], pa.string())
            return pa.array([None if cell == "" else _value(cell, field.type) for cell in cells], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, ArithmeticError):
            raise self._unlike(field) from None


def as_number(type_: pa.DataType) -> bool:
    """Whether a workbook has values of a type as numbers, or as true and false."""
    return bool(pa.types.is_decimal(type_) or pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_boolean(type_))


def _value(cell: Any, type_: pa.DataType) -> Any:
    """A cell as a value: numbers at their shortest decimal, or as the digits that a sheet would not keep."""
    if pa.types.is_decimal(type_):
        return Decimal(str(cell))
    return int(cell) if pa.types.is_integer(type_) else cell


def added(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sums by scheme, those of two runs together: amounts as they are written, and counts."""
    found = [dict(row) for row in one]
    for row, more in zip(found, other, strict=True):
        for key, value in more.items():
            if key != "scheme":
                row[key] = row[key] + value if isinstance(value, int) else f"{Decimal(row[key]) + Decimal(value):.2f}"
    return found
