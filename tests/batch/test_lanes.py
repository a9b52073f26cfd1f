"""Queries side by side, and queries without what no row gives: every row keeps its own result all the same."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calc import Catalog
from calc.batch import engine, feed, stage
from calc.batch.engine import Columns, slots, unsaid_in
from calc.batch.feed import Feed, Lanes
from calc.batch.ordered import AT
from tests.generator import as_given, random_facts

NAMES = ("1.01", "1.21", "3.12", "5.04", "g07", "g13")
CHUNK = 25


def times(by: int) -> Any:
    return lambda table: f"SELECT a * {by} AS b, {AT} FROM {table}"


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of four processors."""
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


@pytest.mark.usefixtures("four")
def test_what_is_found_stands_in_the_order_of_the_items() -> None:
    lanes = Lanes("t")
    assert len(lanes.feeds) == 4
    for values in ([1, 2, 3], [4, 5]):  # the second table by the plans of the first
        table = pa.table({"a": pa.array(values, pa.int64())})
        for count in (0, 1, 2, 3, 4, 5, 11):
            found = lanes.each(table, range(count), lambda feed, by: feed.run(by, times(by))["b"].to_pylist())
            assert found == [[value * by for value in values] for by in range(count)]


@pytest.mark.usefixtures("four")
def test_what_goes_wrong_in_a_lane_is_raised_and_the_others_stop() -> None:
    lanes, begun, go = Lanes("t"), list[int](), threading.Event()

    def work(feed: Feed, item: int) -> int:
        begun.append(item)
        if item == 0:
            raise ValueError("the first")
        go.wait(10)
        return item

    threading.Timer(0.3, go.set).start()
    with pytest.raises(ValueError, match="the first"):
        lanes.each(pa.table({"a": [1]}), range(400), work)
    assert len(begun) < 10
    assert lanes.each(pa.table({"a": [1]}), range(9), lambda feed, item: item) == list(range(9))


@pytest.mark.usefixtures("four")
def test_long_queries_beside_each_other_keep_the_order_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SHORT", 0)  # all of them planned before
    lanes, count = Lanes("t"), 30_000
    for first in (0, count):
        table = pa.table({"a": pa.array(range(first, first + count), pa.int64())})
        for by, found in enumerate(lanes.each(table, range(8), lambda feed, by: feed.run(by, times(by))["b"])):
            assert found.to_pylist() == [value * by for value in range(first, first + count)]


@pytest.mark.usefixtures("four")
def test_queries_are_written_side_by_side(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the threads take turns at every step."""
    monkeypatch.setattr(engine, "GROUP", 1)
    schemes = catalog.schemes()
    table = pa.table({"fixed_asset_investment": pa.array([1, 2], pa.decimal128(12, 2)), "registered_in_beijing": [True, False]})
    turn = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(4):
            columns = Columns(catalog, slots(schemes), False)
            columns.run(table, {})
            assert len(columns.made) > 100
    finally:
        sys.setswitchinterval(turn)


def projects(catalog: Catalog, left_out: tuple[tuple[str, ...], ...]) -> list[dict[str, Any]]:
    """A chunk of random projects for each of ``left_out``: facts and fields (of any list) that its projects do not give."""
    rng = random.Random(20)
    rows: list[dict[str, Any]] = []
    for gone in left_out:
        for _ in range(CHUNK):
            facts = as_given(random_facts(catalog, catalog.find(rng.choice(NAMES)), rng), catalog.facts)
            kept = {name: value for name, value in facts.items() if name not in gone}
            for name, value in kept.items():
                if isinstance(value, list) and value and isinstance(value[0], dict):
                    kept[name] = [{field: one for field, one in record.items() if field not in gone} for record in value]
            rows.append({"项目编号": f"P{len(rows)}", **kept})
    return rows


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    "left_out",
    [
        ((), ("loans", "leases"), ()),
        (("drawdowns", "repayments"), (), ("drawdowns",)),
        (("loans", "fixed_asset_investment", "eligible_investment", "suppliers"), ("drawdowns", "rate"), ()),
    ],
)
def test_facts_and_fields_that_only_some_chunks_give(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: tuple[tuple[str, ...], ...]
) -> None:
    monkeypatch.setattr(stage, "ROWS", CHUNK)
    monkeypatch.setattr(engine, "GROUP", 1)
    monkeypatch.setattr("calc.batch.sources.block.ROWS", CHUNK)
    monkeypatch.setattr("calc.batch.sources.json.ROWS", CHUNK, raising=False)
    table = tmp_path / "t.jsonl"
    table.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in projects(catalog, left_out)), encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = {}
    for name in ("columns", "explainer"):
        output = tmp_path / f"{name}.parquet"
        catalog.batch(table, output, schemes=NAMES, engine=name, rejects=tmp_path / f"{name}.csv")
        found[name] = pq.read_table(output).to_pylist()
    assert len(found["columns"]) == len(found["explainer"]) > CHUNK * len(NAMES)
    for ours, wanted in zip(found["columns"], found["explainer"], strict=True):
        assert ours == wanted


def test_what_no_row_gives_is_left_out_of_queries_until_one_does(catalog: Catalog) -> None:
    schemes = [catalog.scheme(catalog.find(name)) for name in ("1.01", "1.21")]
    columns = Columns(catalog, slots(schemes), False)
    record = pa.struct([("principal", pa.decimal128(12, 2)), ("rate", pa.decimal128(6, 4))])
    types = pa.schema([("fixed_asset_investment", pa.decimal128(12, 2)), ("loans", pa.list_(record))])

    def chunk(investment: int | None, loans: list[dict[str, Any]] | None) -> pa.Table:
        return pa.table({"fixed_asset_investment": [investment], "loans": [loans]}, types)

    assert unsaid_in(chunk(None, None)) == {"fixed_asset_investment", "loans"}
    assert unsaid_in(chunk(1, [{"principal": 1, "rate": None}])) == {"loans.rate"}
    assert unsaid_in(chunk(1, [{"principal": 1, "rate": None}]), ["fixed_asset_investment"]) == set()
    given = [(1, None, {"loans"}), (1, [{"principal": 5}], set()), (None, None, set()), (2, [{"principal": 5, "rate": 0}], set())]
    for investment, loans, unsaid in given:
        columns.run(chunk(investment, loans), {})
        assert set(columns.unsaid or ()) == unsaid
    kept = dict(columns.made)
    columns.run(chunk(None, [{"principal": 7}]), {})
    assert columns.made == kept  # nothing new is said: no query is written again
