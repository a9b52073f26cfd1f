"""Rows back in their order: a query may give them in any, so each carries its number, and by that alone it finds its place."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

AT = "_at"  # the column of row numbers: 0, 1, 2, …


def numbered(table: pa.Table) -> pa.Table:
    """``table`` with the number of each row in the column ``_at``."""
    return table.append_column(AT, pa.array(range(table.num_rows), pa.int64()))


def in_order(found: pa.Table, count: int) -> pa.Table:
    """What a query found for ``count`` rows (or parts of them, numbered on), by number, without the column of numbers.

    Raises ``AssertionError`` where a number is missing or there twice.
    """
    numbers = found[AT].combine_chunks()
    whole = pa.array(range(count), pa.int64())
    if not numbers.equals(whole):
        found = found.take(pc.sort_indices(numbers))
        if not found[AT].combine_chunks().equals(whole):
            raise AssertionError(f"a query gave {len(numbers)} rows for {count}, or one of them twice")
    return found.drop_columns([AT])
