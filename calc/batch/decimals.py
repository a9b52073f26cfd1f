"""Columns of exact decimals: what number fits in one, and columns at another scale or of another width."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.units import Number

DIGITS = 18  # digits before the point, and after it, that a typed column holds
FEN = pa.decimal128(20, 0)  # sums of amounts: more than 64 bits hold


def exact_decimal(value: Number) -> Decimal | None:
    """A number as a decimal, where it is one of at most ``DIGITS`` digits before and after the point."""
    if abs(value) >= 10**DIGITS:
        return None
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    scale = 0
    while 10**scale % value.denominator:
        scale += 1
    if scale > DIGITS:
        return None
    unscaled = value.numerator * 10**scale // value.denominator
    return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


def decimal(scale: int) -> pa.DataType:
    """The widest decimal type of a scale."""
    return pa.decimal128(38, scale)


def same_scale(*columns: pa.Array) -> list[pa.Array]:
    """Decimal columns, all at the largest scale among them."""
    scale = max(column.type.scale for column in columns)
    return [column.cast(decimal(scale)) for column in columns]


def scaled(digits: pa.Array, factor: Number) -> pa.Array:
    """Plain decimal texts times ``factor``, as exact decimals; null where that has more digits than a column holds."""
    share = exact_decimal(factor)
    if share is None:
        return pa.nulls(len(digits), decimal(0))
    point = pc.find_substring(digits, ".")
    broken = pc.fill_null(pc.greater(point, 0), False)
    scale = 0
    if pc.any(broken).as_py():
        length = pc.binary_length(pc.ascii_rtrim(pc.if_else(broken, digits, None), "0"))
        scale = pc.max(pc.subtract(pc.subtract(length, point), 1)).as_py()
        digits = pc.if_else(broken, pc.ascii_rtrim(digits, "0"), digits)
    values = digits.cast(decimal(scale))
    if factor == 1:
        return values
    figures, exponent = share.as_tuple()[1:]
    worth = pa.decimal256(max(len(figures), -int(exponent)), -int(exponent))
    product = pc.multiply(values.cast(pa.decimal256(38, scale)), pa.scalar(share, worth))
    scale = min(product.type.scale, DIGITS)
    shortened = pc.round(product, scale)
    fits = pc.and_(pc.equal(shortened, product), pc.less(pc.abs(product), pa.scalar(Decimal(10**DIGITS), product.type)))
    values = pc.if_else(fits, shortened, None).cast(decimal(scale))
    return least_scale(values)


def least_scale(values: pa.Array) -> pa.Array:
    """The same decimals at the least scale that holds them."""
    for scale in range(values.type.scale):
        if pc.all(pc.equal(pc.round(values, scale), values), min_count=0).as_py():
            return values.cast(decimal(scale))
    return values


def whole_digits(values: pa.Array) -> int:
    """The most digits a column of decimals has before the point."""
    ends = pc.min_max(values).as_py()
    return max((len(str(int(abs(end)))) for end in ends.values() if end), default=0)


def narrow_type(values: pa.Array) -> pa.DataType:
    """The type of a typed column with decimals as narrow as its values allow."""
    if pa.types.is_decimal(values.type):
        scale = values.type.scale if values.null_count < len(values) else 0
        return pa.decimal128(max(1, whole_digits(values) + scale), scale)
    if pa.types.is_list(values.type):
        return pa.list_(narrow_type(pc.list_flatten(values)))
    if pa.types.is_struct(values.type):
        names = [field.name for field in values.type]
        return pa.struct([pa.field(name, narrow_type(pc.struct_field(values, name))) for name in names])
    return values.type


def wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds the values of two narrowed columns of one fact."""
    if pa.types.is_decimal(one):
        scale = max(one.scale, other.scale)
        return pa.decimal128(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)
    if pa.types.is_list(one):
        return pa.list_(wider(one.value_type, other.value_type))
    if pa.types.is_struct(one):
        return pa.struct([pa.field(a.name, wider(a.type, b.type)) for a, b in zip(one, other, strict=True)])
    return one


def added(columns: Iterable[pa.Array], rows: int) -> pa.Array:
    """Columns of amounts (fen) of so many ``rows``, added up row by row."""
    found = pa.repeat(pa.scalar(0, FEN), rows)
    for column in columns:
        found = fitted(pc.add(found, column.cast(FEN)), FEN).combine_chunks()
    return found


def sum_of(amounts: Any) -> int:
    """What a column of amounts (fen) comes to; a sum in 64 bits would go round without a word."""
    return int(pc.sum(amounts.cast(FEN)).as_py() or 0)


def fitted(column: Any, type_: pa.DataType) -> pa.ChunkedArray:
    """A column (array or chunked) in a type that holds its values. Decimals of one scale have the same bytes however many digits are allowed."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if pa.types.is_decimal128(column.type) and pa.types.is_decimal128(type_) and column.type.scale == type_.scale:
        chunks = [pa.Array.from_buffers(type_, len(one), one.buffers(), one.null_count, one.offset) for one in chunks]
    elif column.type != type_:
        chunks = [one.cast(type_) for one in chunks]
    return pa.chunked_array(chunks, type_)
