"""What NumPy, pandas and Arrow call a number, a yes or no, a date or a table is one, at its shortest decimal."""

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from calc import Catalog, InputError
from calc.facts.load import load_facts
from calc.facts.rows import project
from calc.questions.fill.project import read_projects
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


DAY = dt.date(2024, 3, 1)
LOANS = [{"principal": 8e7, "rate": 0.038, "start": dt.date(2023, 3, 1), "end": dt.date(2026, 3, 1)}]
PROJECT = {**FACTS, "fields": ["ic", "software"], "loans": LOANS}


def answers(catalog: Catalog, given: Any, folder: Path) -> dict[str, Any]:
    """What every method that takes a project says of one."""
    interview = catalog.ask(given, "1.01")
    assert interview.question() == catalog.ask(PROJECT, "1.01").question()
    catalog.template("1.01", folder / "form.csv", given, force=True)
    vary = {"fixed_asset_investment": (10_000_000, 30_000_000, 10_000_000)}
    return {
        "estimate": repr(catalog.estimate(given, "1.01", as_of=DAY)),
        "match": catalog.match(given, as_of=DAY),
        "plan": catalog.plan(given, ["1.01", "g07"], as_of=DAY),
        "whatif": catalog.whatif(given, "1.01", vary, as_of=DAY),
        "scenario": catalog.whatif(PROJECT, "1.01", scenarios=[{"name": "all", "set": project(given)[1]}], as_of=DAY)["points"][0]["total"],
        "calendar": catalog.calendar(given, ["1.01"], as_of=DAY),
        "ask": catalog.read(json.loads(json.dumps(interview.given, default=str))),
        "form": [catalog.read(one) for one in read_projects(folder / "form.csv", catalog.facts)],
    }


ROWS: dict[str, Any] = {
    "a row of a data frame": lambda: pd.DataFrame([PROJECT]).iloc[0],
    "a row with what is not given": lambda: pd.Series({**PROJECT, "total_investment": np.nan, "filed_loan_limit": pd.NA}),
    "a row as a tuple with names": lambda: next(pd.DataFrame([PROJECT]).itertuples(index=False)),
    "a row of a table": lambda: pa.scalar(PROJECT),
    "a row of an array with names": lambda: np.array([tuple(PROJECT.values())], dtype=[(name, object) for name in PROJECT])[0],
    "named, its facts a row": lambda: {"name": np.nan, "facts": pd.Series(PROJECT)},
    "a row of names and facts": lambda: pd.Series({"name": None, "facts": PROJECT}),
    "numbers of an array": lambda: {fact: _held(value) for fact, value in PROJECT.items()},
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_every_question_takes_a_row(catalog: Catalog, tmp_path: Path, kind: str) -> None:
    assert answers(catalog, ROWS[kind](), tmp_path) == answers(catalog, PROJECT, tmp_path)


VALUES: list[tuple[str, Any]] = [
    *(("fixed_asset_investment", held) for held in (np.float64(1.2e8), Decimal("1.2e8"), pa.scalar(Decimal("120000000.00")), np.array(1.2e8))),
    *(("renewable_capable", held) for held in (np.bool_(False), 0.0, Decimal(0), Fraction(0), pa.scalar(False))),
    *(("introduced_industry", held) for held in (np.str_("高精尖产业"), pa.scalar("高精尖产业"), pd.Categorical(["高精尖产业"])[0])),
    *(("fields", held) for held in ({"software", "ic"}, np.array(["ic", "software"]), pd.Series(["ic", "software"]), pa.array(["ic", "software"]))),
    ("fields", [pa.scalar("ic"), np.str_("software")]),
    *(("loans", held) for held in (pd.DataFrame(LOANS), pa.Table.from_pylist(LOANS), pd.DataFrame(LOANS).to_records(index=False), [pd.Series(LOANS[0])])),
    ("loans", list(pd.DataFrame(LOANS).itertuples(index=False))),
    ("loans", [{**LOANS[0], "start": pd.Timestamp("2023-03-01"), "end": np.datetime64("2026-03-01"), "rate": Decimal("0.038"), "repayments": np.nan}]),
]


@pytest.mark.parametrize(("fact", "held"), VALUES, ids=[f"{fact}-{type(held).__name__}-{n}" for n, (fact, held) in enumerate(VALUES)])
def test_every_question_takes_a_value(catalog: Catalog, tmp_path: Path, fact: str, held: Any) -> None:
    assert answers(catalog, {**PROJECT, fact: held}, tmp_path) == answers(catalog, PROJECT, tmp_path)


@pytest.mark.parametrize("nothing", [np.nan, pd.NA, pd.NaT, None, "", [], set(), np.array([], dtype=object), pa.array([], pa.string())])
def test_every_question_takes_nothing_for_nothing(catalog: Catalog, tmp_path: Path, nothing: Any) -> None:
    bare = {fact: value for fact, value in PROJECT.items() if fact != "fields"}
    assert answers(catalog, {**bare, "fields": nothing}, tmp_path) == answers(catalog, bare, tmp_path)


def test_several_projects_are_a_data_frame_or_a_table_too(catalog: Catalog) -> None:
    wanted = catalog.plan([PROJECT, PROJECT], ["1.01", "g07"], as_of=DAY)
    for held in (pd.DataFrame([PROJECT] * 2), pa.Table.from_pylist([PROJECT] * 2), [pd.Series(PROJECT), next(pd.DataFrame([PROJECT]).itertuples(index=False))]):
        assert catalog.plan(held, ["1.01", "g07"], as_of=DAY) == wanted


WRONG = ("abc", 5, None, b"x", pd.DataFrame([FACTS] * 2), np.array([1.0, 2.0]), pd.Series([1, 2], index=["fixed_asset_investment"] * 2), {"facts": "abc"})


@pytest.mark.parametrize("held", WRONG, ids=[type(one).__name__ for one in WRONG])
def test_what_is_no_project_is_refused(catalog: Catalog, tmp_path: Path, held: Any) -> None:
    with pytest.raises(InputError):
        catalog.estimate(held, "1.01")
    with pytest.raises(InputError):
        catalog.whatif(held, "1.01", {"fixed_asset_investment": (1, 2, 1)})
    with pytest.raises(InputError):
        catalog.plan([held])
    with pytest.raises(InputError):
        catalog.template("1.01", tmp_path / "form.csv", [held])
    if held is not None:  # no facts yet
        with pytest.raises(InputError):
            catalog.ask(held)


@pytest.mark.parametrize("day", [pd.Timestamp("2024-03-01"), np.datetime64("2024-03-01"), pa.scalar(DAY), dt.datetime(2024, 3, 1, 9), "2024年3月1日"])
def test_the_day_is_a_date_of_any_library(catalog: Catalog, day: Any) -> None:
    assert catalog.estimate(FACTS, "1.01", as_of=day) == catalog.estimate(FACTS, "1.01", as_of=DAY)
    with pytest.raises(InputError):
        catalog.match(FACTS, as_of=str(day) + "?")  # type: ignore[arg-type]
