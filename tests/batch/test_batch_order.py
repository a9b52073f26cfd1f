"""Every row keeps its own amount: the column engine against the explainer, row by row in the order of the table.

Nothing here is sorted before it is compared, and no two neighbouring rows have the same amount, so that a row with the figure
of another shows. The sizes stand around the number of rows that a query takes at a time.
"""

from __future__ import annotations

import weakref
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calc import Catalog
from calc.batch import stage
from calc.batch.engine import Columns, slots
from calc.batch.feed import FEEDS, PLANS, Feeds
from calc.batch.ordered import AT, in_order, numbered

ROWS = 50_000
SIZES = (8_191, 8_192, 8_193, ROWS)
TIMES = 10
SCHEMES = ("1.01", "g10", "g13")


def projects() -> pa.Table:
    """Projects of which each has figures of its own: row n invests n × 100 yuan more than the first."""
    numbers = range(ROWS)
    suppliers = [[{"fulfilled_amount": 3_000_000 + n, "first_contract_date": "2022-03-01"}] * (n % 3) for n in numbers]
    return pa.table(
        {
            "项目编号": [f"P{n}" for n in numbers],
            "fixed_asset_investment": pa.array([10_000_000 + n * 100 for n in numbers], pa.int64()),
            "introduced_industry": ["高精尖产业"] * ROWS,
            "occupancy_rate_one_year": ["85%" if n % 7 else "69%" for n in numbers],
            "energy_saving_rate": ["18%"] * ROWS,
            "renewable_capable": ["否"] * ROWS,
            "eligible_investment": pa.array([2_000_000 + n * 37 for n in numbers], pa.int64()),
            "is_lighthouse_or_benchmark": ["是" if n % 2 else "否" for n in numbers],
            "suppliers": suppliers,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("order")


@pytest.fixture(scope="module")
def explained(catalog: Catalog, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the explainer says of the rows, in their order, long and wide."""
    table = projects()
    for size in SIZES:
        pq.write_table(table.slice(0, size), folder / f"{size}.parquet")
    return {shape: computed(catalog, folder, ROWS, shape, "explainer") for shape in ("long", "wide")}


def computed(catalog: Catalog, folder: Path, size: int, shape: str, engine: str) -> list[dict[str, Any]]:
    output = folder / f"{size}-{shape}-{engine}.parquet"
    summary = catalog.batch(folder / f"{size}.parquet", output, schemes=SCHEMES, shape=shape, engine=engine, ignore_unknown=True)
    assert (summary.written, summary.rejected) == (size, 0)
    rows: list[dict[str, Any]] = pq.read_table(output).to_pylist()
    return rows


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("size", SIZES)
def test_every_row_keeps_its_own_amount(catalog: Catalog, folder: Path, explained: dict[str, list[dict[str, Any]]], size: int, shape: str) -> None:
    wanted = explained[shape][: size * len(explained[shape]) // ROWS]
    for _ in range(TIMES):
        found = computed(catalog, folder, size, shape, "columns")
        if found != wanted:
            apart = [(n, f, w) for n, (f, w) in enumerate(zip(found, wanted, strict=True)) if f != w]
            raise AssertionError(f"{len(apart)} of {len(wanted)} rows differ, the first: {apart[0]}")


def test_the_amounts_are_those_of_the_rows(explained: dict[str, list[dict[str, Any]]]) -> None:
    """30% of row n's own investment, by hand: the two engines could be wrong alike."""
    for n, row in enumerate(explained["wide"]):
        expected = Decimal("0.3") * (10_000_000 + n * 100) if n % 7 else Decimal(0)
        assert row["1.01-old-factory-renovation"] == expected, n


@pytest.mark.parametrize("held", [0, 1 << 20], ids=["on disk", "some in memory"])
def test_parts_in_memory_and_on_disk_come_in_their_order(
    catalog: Catalog, folder: Path, explained: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(stage, "ROWS", 1000)
    monkeypatch.setattr(stage, "HELD", held)
    assert computed(catalog, folder, ROWS, "wide", "columns") == explained["wide"]


def test_a_part_in_memory_is_narrowed_as_one_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later part widens, the earlier ones have too; a part that is dropped makes room for the next."""
    monkeypatch.setattr(stage, "ROWS", 2)
    monkeypatch.setattr(stage, "HELD", 40)  # bytes: two decimals and what says whether they are there
    kept = stage.Stage(tmp_path, "rows")
    for values in ((Decimal("1"), Decimal("2")), (Decimal("1.5"), None), (Decimal("12345.678"), Decimal("3"))):
        kept.add(pa.table({"a": pa.array(values, pa.decimal128(38, 18))}))
    assert [isinstance(part, Path) for part in kept.parts] == [False, True, True]
    assert [kept.part(n).to_pydict()["a"] for n in range(3)] == [[1, 2], [Decimal("1.5"), None], [Decimal("12345.678"), 3]]
    assert len({str(kept.part(n).schema) for n in range(3)}) == 1
    for number in range(3):
        kept.drop(number)
    kept.add(pa.table({"a": pa.array([Decimal(7), Decimal(8)], pa.decimal128(38, 18))}))
    assert not isinstance(kept.parts[3], Path)
    assert not list(tmp_path.iterdir())


def test_rows_of_a_query_in_any_order_find_their_place() -> None:
    table = numbered(pa.table({"a": ["x", "y", "z"]}))
    assert in_order(table.take([2, 0, 1]), 3).to_pydict() == {"a": ["x", "y", "z"]}


@pytest.mark.parametrize("rows", [[0, 1], [0, 1, 1], [0, 1, 2, 2], [0, 2, 3]])
def test_a_row_lost_or_doubled_is_no_result(rows: list[int]) -> None:
    table = pa.table({"a": rows, AT: pa.array(rows, pa.int64())})
    with pytest.raises(AssertionError, match="rows for 3"):
        in_order(table, 3)


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_schemes_that_no_row_says_anything_of_are_as_the_explainer_says(catalog: Catalog, tmp_path: Path, shape: str) -> None:
    """They are computed once a chunk; every scheme in force, most of them without a fact in the table."""
    table = {"项目编号": ["甲", "乙", "丙"], "fixed_asset_investment": ["1亿元", None, "2亿元"], "registered_in_beijing": ["是", "否", None]}
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    rows = []
    for engine in ("columns", "explainer"):
        output = tmp_path / f"{engine}.parquet"
        catalog.batch(tmp_path / "t.parquet", output, shape=shape, engine=engine, benefits=shape == "wide")
        rows.append(pq.read_table(output).to_pylist())
    assert rows[0] == rows[1]
    assert {row["status"] for row in rows[0]} >= {"incomplete", "conditional"} if shape == "long" else len(rows[0]) == 3


def test_queries_are_planned_once_and_read_each_table_anew() -> None:
    feeds = Feeds("t")
    found, plans = [], set()
    for values in ([1, 2, 3], [4, 5, 6], [7], []):
        with feeds.over(pa.table({"a": pa.array(values, pa.int64())})) as feed:
            for key in ("twice", "thrice"):
                found.append(feed.run(key, lambda name, by=2 + (key == "thrice"): f"SELECT a * {by} AS b, {AT} FROM {name}")["b"].to_pylist())  # type: ignore[misc]
            plans.add(id(feed.plans))
            assert len(feed.plans) == 2
    assert found == [[2, 4, 6], [3, 6, 9], [8, 10, 12], [12, 15, 18], [14], [21], [], []]
    assert len(plans) == 1


def test_tables_of_other_columns_have_plans_of_their_own_and_old_ones_go() -> None:
    feeds = Feeds("t")
    for number in range(2 * FEEDS):
        table = pa.table({f"a{number % (FEEDS + 1)}": pa.array([number], pa.int64())})
        with feeds.over(table) as feed:
            [name] = table.column_names
            assert feed.run("same", lambda source, name=name: f"SELECT {name}, {AT} FROM {source}")[name].to_pylist() == [number]  # type: ignore[misc]
    assert len(feeds.by_schema) == FEEDS


def test_plans_do_not_pile_up() -> None:
    feeds = Feeds("t")
    with feeds.over(pa.table({"a": [5]})) as feed:
        for by in range(2 * PLANS):
            assert feed.run(by, lambda name, by=by: f"SELECT a * {by} AS b, {AT} FROM {name}")["b"].to_pylist() == [5 * by]  # type: ignore[misc]
            assert len(feed.plans) <= PLANS
        [(kept,)] = feed.con.execute("SELECT count(*) FROM duckdb_prepared_statements()").fetchall()
        assert kept <= PLANS


def test_chunks_that_give_facts_of_other_schemes_are_of_one_schema(catalog: Catalog) -> None:
    """So that what is compiled for one is not compiled again for the next."""
    schemes = [catalog.scheme(catalog.find(name)) for name in ("1.01", "g10")]
    engine = Columns(catalog, slots(schemes), False)
    one, other = "fixed_asset_investment", "eligible_investment"
    money = pa.decimal128(12, 2)
    for given in ((10, None), (None, 20), (30, None)):
        engine.run(pa.table({name: pa.array([value], money) for name, value in zip((one, other), given, strict=True)}), {})
    assert all(len(feeds.by_schema) <= 1 for feeds in engine.lanes.feeds)


def test_rows_of_the_table_before_are_no_result() -> None:
    """Of as many rows, numbered as its own are, they would pass."""
    feeds = Feeds("t")
    first, second = (pa.table({"a": pa.array(values, pa.int64())}) for values in ([1, 2], [3, 4]))
    with feeds.over(first) as feed:
        feed.run("a", lambda name: f"SELECT a, {AT} FROM {name}")
        old = feed.read.table
    with feeds.over(second) as feed:
        feed.read.table = old
        with pytest.raises(AssertionError, match="rows for 2"):
            feed.run("a", lambda name: f"SELECT a, {AT} FROM {name}")


def test_nothing_of_a_feed_outlives_it() -> None:
    feeds = Feeds("t")
    with feeds.over(pa.table({"a": [1]})) as feed:
        feed.run("a", lambda name: f"SELECT a, {AT} FROM {name}")
        gone = weakref.ref(feed.read)
    del feed, feeds
    assert gone() is None
