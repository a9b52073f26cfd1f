"""A Parquet file → blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from calc.batch.header import once
from calc.batch.sources.block import ROWS, Block, Source
from calc.questions.fill.cells import of_calendar, whole_parquet


class ParquetSource(Source):
    """A Parquet file; the line of a row is its number."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        super().__init__(name)
        import pyarrow.parquet as pq

        with whole_parquet(name):
            self.file = pq.ParquetFile(stream)
        schema = self.file.schema_arrow
        self.names = list(schema.names)
        self.types = {field.name: field.type for field in schema}
        self.count = self.file.metadata.num_rows

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        batches = self.file.iter_batches(batch_size=ROWS * 2)
        while (batch := self._next(batches)) is not None:
            columns = dict(zip(once(self.names), map(of_calendar, batch.columns), strict=True))
            rows = self.numbered(batch.num_rows)
            self.done = self.row / max(1, self.count)
            yield Block(columns, rows, rows)

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        with whole_parquet(self.name):
            return next(batches, None)
