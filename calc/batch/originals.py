"""The rows of a table as they are written, for those that cannot be used: read a second time, kept by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.sources.again import cell_texts
from calc.messages import text

if TYPE_CHECKING:
    import duckdb

    from calc.batch.reading import Reading
    from calc.batch.sources.block import Block, Source

Cells = list[str | None]


class Originals:
    """``names`` are the headers, with the units that stood beside them; ``cells`` gives the rows that were ``read``, in their order."""

    def __init__(self, con: duckdb.DuckDBPyConnection, reading: Reading, keep_headless: bool) -> None:
        self.con = con
        self.matched = list(reading.columns.values())
        self.columns = [name for name, column in reading.columns.items() if keep_headless or not column.headless]
        stated = {name: column.unit for name, column in reading.columns.items() if column.stated and column.unit}
        self.names = [f"{name}（{stated[name]}）" if name in stated else name for name in self.columns]
        self.surplus = False  # whether some row has more cells than there are headers
        con.execute("CREATE OR REPLACE TABLE originals (_row BIGINT, cells VARCHAR[])")

    def read(self, source: Source, rows: Collection[int]) -> None:
        """The rows wanted of a table that is opened once more."""
        if source.headed:
            source.use(self.matched)
        wanted = pa.array(sorted(rows), pa.int64())
        left = len(wanted)
        for block in source.blocks():
            found = dict(self._of_block(block, wanted))
            if found:
                table = pa.table({"_row": pa.array(found, pa.int64()), "cells": pa.array(found.values(), pa.list_(pa.string()))})
                self.con.register("originals_now", table)
                self.con.execute("INSERT INTO originals SELECT _row, cells FROM originals_now")
                self.con.unregister("originals_now")
            left -= len(found)
            if not left:
                break

    def _of_block(self, block: Block, wanted: pa.Array) -> Iterator[tuple[int, Cells]]:
        kept = pc.is_in(block.rows, wanted)
        rows = block.rows.filter(kept).to_pylist()
        if rows:
            columns = [cell_texts(block.columns[name].filter(kept)) if name in block.columns else [None] * len(rows) for name in self.columns]
            yield from zip(rows, ([*cells, ""] for cells in zip(*columns, strict=True)), strict=True)
        names = list(block.columns)
        for fault in block.faults:
            said = dict(zip(names, fault.cells, strict=False))
            more = [cell for cell in fault.cells[len(names) :] if cell and cell.strip()]
            self.surplus = self.surplus or bool(more)
            yield fault.row, [*(said.get(name) for name in self.columns), text("word.semicolon").join(more)]

    def cells(self) -> Iterator[tuple[int, Cells]]:
        """The rows, by number, each with its cells in the order of ``names``, and those it has more."""
        found = self.con.cursor().execute("SELECT _row, cells FROM originals ORDER BY _row")
        while some := found.fetchmany(2_000):
            yield from some
