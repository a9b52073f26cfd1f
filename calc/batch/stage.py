"""Typed rows kept on disk between reading and computing, in parts of bounded size, all given back with one schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from calc.batch.values import narrow_type, wider

ROWS = 200_000  # rows of a part
BYTES = 256 << 20  # and its size


class Stage:
    """Tables added one by one; columns may come and go from table to table. Decimals get the narrowest type that holds all."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.types: dict[str, pa.DataType] = {}
        self.parts: list[Path] = []
        self.count = 0
        self._waiting: list[pa.Table] = []
        self._size = 0

    def add(self, table: pa.Table) -> None:
        """Adds rows."""
        columns = []
        for name in table.column_names:
            column = table.column(name).combine_chunks() if table.column(name).num_chunks != 1 else table.column(name).chunk(0)
            type_ = narrow_type(column)
            column = column.cast(type_)
            self.types[name] = wider(self.types[name], type_) if name in self.types else type_
            columns.append(column)
        table = pa.table(columns, names=table.column_names)
        self._waiting.append(table)
        self._size += table.nbytes
        self.count += table.num_rows
        if sum(t.num_rows for t in self._waiting) >= ROWS or self._size >= BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what waits as one part."""
        if not self._waiting:
            return
        table = pa.concat_tables([self.conform(table) for table in self._waiting])
        self._waiting, self._size = [], 0
        for start in range(0, table.num_rows, 2 * ROWS):
            path = self.folder / f"{self.name}-{len(self.parts):06d}.parquet"
            pq.write_table(table.slice(start, 2 * ROWS), path, compression="lz4", store_decimal_as_integer=True)
            self.parts.append(path)

    def conform(self, table: pa.Table, names: Sequence[str] | None = None) -> pa.Table:
        """A table with all columns seen so far (or those named), in their common types."""
        columns = []
        wanted = {name: self.types[name] for name in (self.types if names is None else names)}
        for name, type_ in wanted.items():
            if name in table.column_names:
                column = table.column(name)
                columns.append(column if column.type == type_ else column.cast(type_))
            else:
                columns.append(pa.nulls(table.num_rows, type_))
        return pa.table(columns, names=list(wanted))

    def part(self, number: int, names: Sequence[str] | None = None) -> pa.Table:
        """A part (or the columns named), with the schema of all."""
        file = pq.ParquetFile(self.parts[number])
        kept = file.schema_arrow.names if names is None else [name for name in names if name in file.schema_arrow.names]
        return self.conform(file.read(kept), names)
