"""Typed rows kept between reading and computing, in parts of bounded size, the first in memory, the rest on disk; all given back with one schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from calc.batch.decimals import fitted, narrow_type, wider

ROWS = 200_000  # rows of a part
BYTES = 256 << 20  # and its size
HELD = 128 << 20  # bytes of parts kept in memory


class Types:
    """The types of the columns of tables that come one by one; decimals get the narrowest type that holds all so far."""

    def __init__(self) -> None:
        self.known: dict[str, pa.DataType] = {}

    def add(self, table: pa.Table) -> pa.Table:
        """Takes note of a table; gives it in one piece."""
        table = table.combine_chunks()
        for name, column in zip(table.column_names, table.columns, strict=True):
            type_ = narrow_type(column.chunk(0)) if column.num_chunks else narrow_type(pa.nulls(0, column.type))
            self.known[name] = wider(self.known[name], type_) if name in self.known else type_
        return table

    def conform(self, table: pa.Table, names: Sequence[str] | None = None) -> pa.Table:
        """A table with all columns seen so far (or those named), in their common types."""
        given = dict(zip(table.column_names, table.columns, strict=True))
        columns = []
        wanted = list(self.known) if names is None else names
        for name in wanted:
            type_ = self.known.get(name, pa.string())
            column = given.get(name)
            columns.append(pa.nulls(table.num_rows, type_) if column is None else fitted(column, type_))
        return pa.table(columns, names=wanted)


class Stage:
    """Tables added one by one; columns may come and go from table to table."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.types = Types()
        self.parts: list[pa.Table | Path] = []
        self.count = 0
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._bytes = 0
        self._held = 0

    def add(self, table: pa.Table) -> None:
        """Adds rows."""
        table = self.types.add(table)
        self._waiting.append(table)
        self._rows += table.num_rows
        self._bytes += table.nbytes
        self.count += table.num_rows
        if self._rows >= ROWS or self._bytes >= BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what waits, in parts."""
        if not self._waiting:
            return
        table = pa.concat_tables([self.types.conform(table) for table in self._waiting])
        self._waiting, self._rows, self._bytes = [], 0, 0
        for start in range(0, table.num_rows, 2 * ROWS):
            part = table.slice(start, 2 * ROWS)
            if self._held + part.nbytes <= HELD:
                self._held += part.nbytes
                self.parts.append(part)
                continue
            path = self.folder / f"{self.name}-{len(self.parts):06d}.arrow"
            with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as out:
                out.write_table(part)
            self.parts.append(path)

    def sort(self, name: str) -> None:
        """Puts all rows in order of a column."""
        self.flush()
        whole = pa.concat_tables([self.part(number) for number in range(len(self.parts))])
        for number in range(len(self.parts)):
            self.drop(number)
        self.parts, self.count = [], 0
        self.add(whole.sort_by(name))
        self.flush()

    def part(self, number: int, names: Sequence[str] | None = None) -> pa.Table:
        """A part (or the columns named), with the schema of all."""
        kept_in = self.parts[number]
        if isinstance(kept_in, pa.Table):
            return self.types.conform(kept_in, names)
        with pa.ipc.open_file(kept_in) as file:
            kept = [place for place, name in enumerate(file.schema.names) if names is None or name in names]
        with pa.ipc.open_file(kept_in, options=pa.ipc.IpcReadOptions(included_fields=kept)) as file:
            return self.types.conform(file.read_all(), names)

    def drop(self, number: int) -> None:
        """Forgets a part: it is not asked for again."""
        part = self.parts[number]
        if isinstance(part, Path):
            part.unlink()
        else:
            self._held -= part.nbytes
            self.parts[number] = part.slice(0, 0)
