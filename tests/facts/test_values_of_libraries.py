"""What NumPy, pandas and Arrow call a number, a yes or no, a date or a table is one, at its shortest decimal."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

from calc import Catalog
from calc.facts.load import load_facts
from calc.units import parse_bool, parse_date, parse_number

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

NAMES = load_facts(
    {
        "land": {"type": "area", "label": "面积"},
        "kind": {"type": "enum", "label": "类别", "values": {"one": "第一类"}},
        "loans": {"type": "list", "label": "贷款", "fields": {"rate": {"type": "percent", "label": "利率"}, "paid": {"type": "money", "label": "利息"}}},
    }
)


@pytest.mark.parametrize(
    ("kind", "held", "value"),
    [
        ("money", np.float64(1.2e8), 120_000_000), ("money", np.float32(0.1), Fraction(1, 10)), ("money", np.int64(7), 7), ("money", np.uint8(7), 7),
        ("percent", np.float64(0.038), Fraction(38, 1000)), ("money", pa.scalar(3.5), Fraction(7, 2)), ("money", pa.scalar(Decimal("1.10")), Fraction(11, 10)),
        ("count", np.float64(3), 3), ("money", np.str_("5000万元"), 50_000_000), ("money", pd.Series([0.1]).iloc[0], Fraction(1, 10)),
        ("money", np.array(0.1), Fraction(1, 10)),
    ],
)  # fmt: skip
def test_numbers_of_other_libraries(kind: str, held: object, value: object) -> None:
    assert parse_number(kind, held) == value


@pytest.mark.parametrize(("held", "value"), [(np.bool_(True), True), (np.bool_(False), False), (pa.scalar(True), True), (np.int8(0), False)])
def test_yes_and_no_of_other_libraries(held: object, value: bool) -> None:
    assert parse_bool(held) is value


def test_a_row_of_a_data_frame_is_a_project() -> None:
    row = pd.DataFrame({"land": [1.5], "类别": ["第一类"], "loans": [None]}).iloc[0]
    assert NAMES.read(row) == NAMES.read(row.to_dict()) == {"land": Fraction(3, 2), "kind": "one"}
    loans = pd.DataFrame({"rate": [0.03], "paid": [np.int64(5)]})
    wanted = {"loans": [{"rate": Fraction(3, 100), "paid": 5}]}
    assert NAMES.read({"loans": loans}) == NAMES.read({"loans": loans.to_dict("records")}) == wanted
    assert NAMES.read({"loans": pa.array([{"rate": 0.03, "paid": 5}])}) == wanted


@pytest.mark.parametrize("nothing", [np.float64("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), pa.scalar(None), pa.scalar(float("nan"))])
def test_what_holds_nothing_is_not_given(nothing: object) -> None:
    assert NAMES.read({"land": nothing, "kind": nothing, "loans": nothing}) == {}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (pd.Timestamp("2022-08-21T16:00Z"), 22), (pd.Timestamp("2022-08-21T23:00"), 21), (np.datetime64("2022-08-21T23:00", "ns"), 21),
        (pa.scalar(dt.datetime(2022, 8, 21, 16, tzinfo=dt.UTC)), 22), (pa.scalar(dt.date(2022, 8, 21)), 21),
    ],
)  # fmt: skip
def test_moments_of_other_libraries(written: object, day: int) -> None:
    assert parse_date(written) == dt.date(2022, 8, day)


FACTS = {
    "fixed_asset_investment": 1.2e8, "introduced_industry": "高精尖产业", "occupancy_rate_one_year": 0.85, "energy_saving_rate": 0.18,
    "renewable_capable": False,
}  # fmt: skip


def _held(value: object) -> object:
    return np.float64(value) if isinstance(value, float) else np.bool_(value) if isinstance(value, bool) else value


def test_every_question_takes_them(catalog: Catalog) -> None:
    held = {fact: _held(value) for fact, value in FACTS.items()}
    row = pd.DataFrame([FACTS]).iloc[0]
    day = dt.date(2024, 3, 1)
    for given in (held, row):
        assert repr(catalog.estimate(given, "1.01", as_of=day)) == repr(catalog.estimate(FACTS, "1.01", as_of=day))
        assert catalog.match(given, as_of=day) == catalog.match(FACTS, as_of=day)
    assert catalog.plan(held, as_of=day) == catalog.plan(FACTS, as_of=day)
    vary = {"fixed_asset_investment": (np.float64(1e7), np.int64(30_000_000), np.float32(1e7))}
    plain = {"fixed_asset_investment": (10_000_000, 30_000_000, 10_000_000)}
    assert catalog.whatif(held, "1.01", vary=vary, as_of=day) == catalog.whatif(FACTS, "1.01", vary=plain, as_of=day)
