"""Columns of values mean what single values mean: every text read by column equals the same text read alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.batch import values
from calc.batch.values import Found, reader
from calc.errors import InputError
from calc.facts import FactDef, read_value
from calc.units import UNITS

SIGNS = ["", "", "", "-", "+", "－", "¥", "￥", "$", "人民币", " ", "=", "("]
DIGITS = st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?|[0-9]{1,3}(,[0-9]{3}){1,2}(\.[0-9]{1,2})?|0|1|1\.0|00|[0-9]{17,20}", fullmatch=True)
UNIT_TEXTS = sorted({m + u for units in UNITS.values() for u in ["", *units] for m in ("", "万", "亿")} | {"㎡", "％", " 万元", "家", "5%", ",", "."})
ENDS = st.sampled_from(["", "", " ", "5000万元"])
NUMBERS = st.builds("".join, st.tuples(st.sampled_from(SIGNS), DIGITS, st.sampled_from(UNIT_TEXTS), ENDS))
OTHERS = st.sampled_from(["", " ", "\u3000", "是", "abc", "1e5", "１２３", "1_000", ".5", "5.", "--1", "NaN", "1 000", "1,00", "١٢"])
KINDS = sorted(UNITS)


def alone(definition: FactDef, raw: Any) -> Any:
    try:
        return read_value(definition, raw, "x")
    except InputError:
        return "refused"


def by_column(definition: FactDef, raws: list[Any], type_: pa.DataType | None = None, unit: str = "") -> list[Any]:
    """What the column reader makes of each value, every path of it in use."""
    found = values.Found()
    column = values.reader(definition, "x", unit).read(pa.array(raws, type_), found)
    read: list[Any] = [Fraction(v) if isinstance(v, Decimal) else v for v in column.to_pylist()]
    for bad in found.bad:
        read[bad.place] = "refused"
    for one in found.fractional:
        read[one.place] = one.value
    return read


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("sample", [0, 10_000])
@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(KINDS), signed=st.booleans(), raws=st.lists(NUMBERS | OTHERS, min_size=1, max_size=30))
def test_numbers_by_column_equal_numbers_alone(few: int, sample: int, kind: str, signed: bool, raws: list[str]) -> None:
    definition = FactDef("x", kind, "x", signed=signed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "FEW", few)
        patch.setattr(values, "SAMPLE", sample)
        assert by_column(definition, raws) == [alone(definition, raw) for raw in raws]


def test_a_number_in_words_takes_the_unit_of_its_header() -> None:
    found = Found()
    read = reader(FactDef("m", "money", "金额"), "m", "万元").read(pa.array(["一百", "一百万元", "壹佰元整", "①5000", "—"]), found)
    assert read.to_pylist()[:3] == [1_000_000, 1_000_000, 100] and read[4].as_py() is None
    assert [(bad.place, bad.value) for bad in found.bad] == [(3, "①5000")]


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_columns_of_floats_are_read_by_their_shortest_decimal(kind: pa.DataType) -> None:
    found = Found()
    column = pa.array([0.1, None, float("nan"), 2.5], kind)
    read = reader(FactDef("m", "money", "金额"), "m").read(column, found)
    assert read.to_pylist() == [Decimal("0.1"), None, None, Decimal("2.5")] and not found.bad


def test_a_column_of_moments_is_of_days_in_beijing() -> None:
    moments = [dt.datetime(2022, 8, 21, 16, tzinfo=dt.UTC), dt.datetime(2022, 8, 21, 15, 59, tzinfo=dt.UTC), None]
    for unit in ("s", "ms", "us", "ns"):
        read = reader(FactDef("d", "date", "日期"), "d").read(pa.array(moments, pa.timestamp(unit, "UTC")), Found())
        assert read.to_pylist() == [dt.date(2022, 8, 22), dt.date(2022, 8, 21), None]
