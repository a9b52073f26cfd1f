"""What a batch cannot use: noted as it is found, kept on disk, given back in order of rows."""

from __future__ import annotations

import contextlib
import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.output import Output, format_of
from calc.batch.reading import Rejected
from calc.batch.sources.again import ADDED, SURPLUS, beside_added
from calc.characters import visible
from calc.messages import text

if TYPE_CHECKING:
    import duckdb

    from calc.batch.originals import Originals
    from calc.facts import Facts

SHOWN = 10  # reasons the summary repeats
HELD = 20_000  # rejects held at a time
CELLS = 2_000_000  # and cells of their rows
READ = 2_000  # and of each run when all are put in order
RUNS = 100  # runs kept apart, each an open file then
NO_ROW = 1 << 62  # what belongs to no row comes last
SCHEMA = pa.schema([(name, pa.int64() if name in ("line", "row") else pa.string()) for name in ADDED])
KEPT = pa.schema([("row", pa.int64()), *SCHEMA.remove(SCHEMA.get_field_index("row"))])  # as a reject is told


def _said(one: Rejected, facts: Facts) -> str:
    """A reject in one line; a column that is called by the id of a fact also by its label."""
    if one.file and not one.column and not one.value:  # a whole file
        return one.reason if one.reason.startswith(one.file) else text("batch.reject.file", file=one.file, reason=one.reason)
    file = f"{one.file} " if one.file else ""
    label = facts.label_of(one.column)
    column = label + text("word.brackets", said=one.column) if label not in ("", one.column) else one.column
    return text("batch.reject", line=one.line, file=file, column=column, value=one.value, reason=one.reason)


def _place(one: Rejected) -> tuple[int, bool, int]:
    """Where a reject stands among all: by row, the table's own before those of its records."""
    return NO_ROW if one.row is None else one.row, one.file is not None, one.line


def _table(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table."""
    return pa.table([pa.array(values, type_) for values, type_ in zip(zip(*rows, strict=True), schema.types, strict=True)], schema=schema)


class Rejects:
    """``rows`` are those that cannot be used, ``count`` the things noted, ``first`` the reasons of the first few.

    On disk they are runs, each in order of rows, of parts of bounded size; as most are found in that order, runs are few.
    """

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.folder = folder
        self.facts = facts
        self.rows: set[int] = set()
        self.count = 0
        self.first: list[str] = []
        self._waiting: list[Rejected] = []
        self._runs: list[list[Path]] = []
        self._last = (-1, False, 0)
        self._parts = 0

    def add(self, one: Rejected) -> None:
        """Notes something that cannot be used."""
        one = one._replace(reason=visible(one.reason))  # it may name a file whose name is no text
        if one.row is not None:
            self.rows.add(one.row)
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(_said(one, self.facts))
        self._waiting.append(one)
        if len(self._waiting) >= HELD:
            self._flush()

    def _flush(self) -> None:
        self._keep(sorted(self._waiting, key=_place))
        self._waiting = []
        if len(self._runs) > RUNS:
            merged, old, self._runs = self._merged(), self._runs, []
            while some := list(itertools.islice(merged, HELD)):
                self._keep(some)
            for path in itertools.chain.from_iterable(old):
                path.unlink()

    def _keep(self, rejects: list[Rejected]) -> None:
        """Writes a part: the next of the last run, or, where it begins before that one's end, the first of a new one."""
        import pyarrow.parquet as pq

        if not rejects:
            return
        path = self.folder / f"rejects-{self._parts:06d}.parquet"
        self._parts += 1
        pq.write_table(_table(rejects, KEPT), path, row_group_size=READ)
        if self._runs and self._last <= _place(rejects[0]):
            self._runs[-1].append(path)
        else:
            self._runs.append([path])
        self._last = _place(rejects[-1])

    def _merged(self) -> Iterator[Rejected]:
        """All that is on disk by row; of one row, as they were found."""
        return heapq.merge(*map(_read, self._runs), key=_place)

    def output(self, path: str | None, con: duckdb.DuckDBPyConnection, name: str, originals: Originals) -> Any:
        """The file of rejects, finished but not yet in its place (``None`` where there is to be none); ``name`` is the table's.

        Beside the first reason of a row stand its cells, as ``originals`` has them.
        """
        if path is None:
            return contextlib.nullcontext(None)
        return self._written(path, con, name, originals)

    def _written(self, path: str, con: duckdb.DuckDBPyConnection, name: str, originals: Originals) -> Output:
        self._flush()
        out = Output(path, format_of(path, None), con, self.folder, title="rejects")
        schema = pa.schema([*SCHEMA, *((one, pa.string()) for one in beside_added(originals.names)), *([(SURPLUS, pa.string())] if originals.surplus else [])])
        try:
            out.start(schema)
            lines = self._merged()
            last: int | None = None
            while some := list(itertools.islice(lines, max(1, min(HELD, CELLS // len(schema))))):
                rows = [row if row != before else None for before, row in itertools.pairwise([last, *(one.row for one in some)])]
                told = _table([(visible(one.file or name), *one[2:], one.row) for one in some], SCHEMA)
                out.write(pa.table([*told.columns, *originals.of(pa.array(rows, pa.int64()))], schema=schema))
                last = some[-1].row
            out.finish()
        except BaseException:
            out.__exit__(None, None, None)
            raise
        return out


def _read(paths: Iterable[Path]) -> Iterator[Rejected]:
    """The rejects of a run, of whose parts one at a time is open."""
    import pyarrow.parquet as pq

    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(READ):
                yield from map(Rejected._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))
