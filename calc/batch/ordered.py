"""Rows back in their order: a query may give them in any, so each carries its number, and by that alone it finds its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

AT = "_at"  # the column of row numbers: 0, 1, 2, …


def counting(count: int, first: int = 0) -> pa.Array:
    """The whole numbers from ``first`` on, as many as ``count``, as int64."""
    ones = pa.repeat(pa.scalar(1, pa.int64()), count)
    return pc.cumulative_sum(ones, start=first - 1)


def numbered(table: pa.Table, first: int = 0) -> pa.Table:
    """``table`` with the number of each row, from ``first`` on, in the column ``_at``."""
    return table.append_column(AT, counting(table.num_rows, first))


def in_order(found: pa.Table, count: int, first: int = 0) -> pa.Table:
    """What a query found for ``count`` rows (or parts of them) numbered from ``first`` on, by number, without the column of numbers.

    Raises ``AssertionError`` where a number is missing or there twice.
    """
    numbers = found[AT].combine_chunks()
    whole = counting(count, first)
    if not numbers.equals(whole):
        found = found.take(pc.sort_indices(numbers))
        if not found[AT].combine_chunks().equals(whole):
            raise AssertionError(f"a query gave {len(numbers)} rows for {count}, or one of them twice")
    return found.drop_columns([AT])


def interleaved(columns: Sequence[pa.Array], order: pa.Array) -> pa.Array:
    """Columns of one length and type as one: the first values of all, then their second values, … ``order`` is ``turns``."""
    if all(column.null_count == len(column) for column in columns):
        return pa.nulls(len(order), columns[0].type)
    return pa.concat_arrays(columns).take(order)


def turns(rows: int, columns: int) -> pa.Array:
    """Where the values of ``interleaved`` stand in the columns put one behind the other."""
    numbers = counting(rows * columns)
    row = pc.divide(numbers, columns)
    return pc.add(pc.multiply(pc.subtract(numbers, pc.multiply(row, columns)), rows), row)


def only(count: int, places: Iterable[int]) -> pa.Array:
    """A mask of ``count`` rows, true at ``places``."""
    return pc.is_in(counting(count), pa.array(list(places), pa.int64()))


def all_but(count: int, places: Iterable[int]) -> pa.Array:
    """A mask of ``count`` rows, false at ``places``."""
    return pc.invert(only(count, places))
