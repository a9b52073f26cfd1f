"""The rows of a table as they are written, for those that cannot be used: read a second time, kept by row."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.sources.again import cell_texts
from calc.messages import text

if TYPE_CHECKING:
    import duckdb

    from calc.batch.reading import Reading
    from calc.batch.sources.block import Block, Source

class Originals:
    """``names`` are the headers, with the units that stood beside them; ``of`` gives the cells of rows that were ``read``."""

    def __init__(self, con: duckdb.DuckDBPyConnection, reading: Reading, keep_headless: bool) -> None:
        self.con = con
        self.matched = list(reading.columns.values())
        self.columns = [name for name, column in reading.columns.items() if keep_headless or not column.headless]
        stated = {name: column.unit for name, column in reading.columns.items() if column.stated and column.unit}
        self.names = [f"{name}（{stated[name]}）" if name in stated else name for name in self.columns]
        self.surplus = False  # whether some row has more cells than there are headers
        self.kept = pa.schema([("_row", pa.int64()), *((f"c{place}", pa.string()) for place in range(len(self.columns) + 1))])
        con.execute(f"CREATE OR REPLACE TABLE originals (_row BIGINT, {', '.join(f'{name} VARCHAR' for name in self.kept.names[1:])})")

    def read(self, source: Source, rows: Collection[int]) -> None:
        """The rows wanted of a table that is opened once more."""
        if source.headed:
            source.use(self.matched)
        wanted = pa.array(sorted(rows), pa.int64())
        left = len(wanted)
        for block in source.blocks():
            for table in (self._of_rows(block, wanted), self._of_faults(block)):
                if table.num_rows:
                    self.con.register("originals_now", table)
                    self.con.execute("INSERT INTO originals SELECT * FROM originals_now")
                    self.con.unregister("originals_now")
                    left -= table.num_rows
            if not left:
                break

    def _of_rows(self, block: Block, wanted: pa.Array) -> pa.Table:
        kept = pc.is_in(block.rows, wanted)
        rows = block.rows.filter(kept)
        none = pa.nulls(len(rows), pa.string())
        cells = [cell_texts(block.columns[name].filter(kept)) if name in block.columns else none for name in self.columns] if len(rows) else []
        return pa.table([rows, *cells, none], schema=self.kept) if len(rows) else self.kept.empty_table()

    def _of_faults(self, block: Block) -> pa.Table:
        found = []
        names = list(block.columns)
        for fault in block.faults:
            said = dict(zip(names, fault.cells, strict=False))
            more = [cell for cell in fault.cells[len(names) :] if cell and cell.strip()]
            self.surplus = self.surplus or bool(more)
            found.append([fault.row, *(said.get(name) for name in self.columns), text("word.semicolon").join(more)])
        columns = zip(*found, strict=True) if found else [[] for _ in self.kept]
        return pa.table([pa.array(column, type_) for column, type_ in zip(columns, self.kept.types, strict=True)], schema=self.kept)

    def of(self, rows: pa.Array) -> list[pa.ChunkedArray]:
        """The columns of ``names``, and what rows have more of cells where one does, for some rows by number; null where a number
        is, or where its row was not read."""
        ends = pc.min_max(pc.fill_null(rows, -1)).as_py()
        found = self.con.sql(f"SELECT * FROM originals WHERE _row BETWEEN {ends['min']} AND {ends['max']}").to_arrow_table()
        places = pc.index_in(rows, value_set=found["_row"].combine_chunks())
        cells = found.select(self.kept.names[1 : len(self.kept) - (not self.surplus)])
        return list(cells.take(places).columns)
