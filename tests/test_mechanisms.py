"""What the language can say, each on both sides of its boundary, through explainer, column engine and workbook."""

from pathlib import Path

import pytest

from tests.three import outcomes

YES, NO, OPEN = ("eligible", "7.00"), ("ineligible", "0.00"), ("conditional", "7.00")
SEVEN = 'when = ["{gate}"]\namount = "7元"\n'


@pytest.mark.parametrize(
    ("gate", "cases"),
    [
        ("fields has robots", [("机器人", YES), (["robots", "art"], YES), ("art", NO), ("wide", NO), (None, OPEN)]),
        ("fields has wide", [("ic", YES), ("先进制造、高新技术（药品、器械）", YES), ("文化，机器人", YES), ("art", NO), (None, OPEN)]),
        ("fields has_any [art, ic]", [("ic", YES), (["art"], YES), ("robots", NO), ("wide", NO), (None, OPEN)]),
        ("not fields has ic", [("ic", NO), ("wide", YES), (None, OPEN)]),
    ],
)
def test_sets(tmp_path: Path, gate: str, cases: list) -> None:
    found = outcomes(tmp_path, SEVEN.format(gate=gate), [{"fields": given} for given, _ in cases])
    assert found == [expected for _, expected in cases]


def test_sets_within_records(tmp_path: Path) -> None:
    body = 'amount = { each = "rows", where = "tags has two", amount = "sum" }\n'
    rows = [{"sum": 1, "tags": ["one"]}, {"sum": 10, "tags": ["one", "two"]}, {"sum": 100, "tags": "二"}]
    assert outcomes(tmp_path, body, [{"rows": rows}, {"rows": rows[:1]}, {"rows": [{"sum": 5}]}]) == [("eligible", "110.00"), NO, ("conditional", "5.00")]


@pytest.mark.parametrize(
    ("gate", "cases"),
    [
        ("given(kind)", [({"kind": "x"}, YES), ({}, NO)]),
        ("not given(kind) or kind == x", [({"kind": "x"}, YES), ({"kind": "y"}, NO), ({}, YES)]),
        ("given(rows) and p", [({"rows": [], "p": True}, YES), ({"p": True}, NO), ({"rows": []}, OPEN)]),
        ("not given(fields) or fields has art", [({"fields": "文化"}, YES), ({"fields": "ic"}, NO), ({}, YES)]),
    ],
)
def test_a_condition_may_ask_whether_a_fact_was_given(tmp_path: Path, gate: str, cases: list) -> None:
    assert outcomes(tmp_path, SEVEN.format(gate=gate), [given for given, _ in cases]) == [expected for _, expected in cases]


def test_an_item_counts_where_its_kind_was_not_given(tmp_path: Path) -> None:
    body = 'amount = { each = "rows", where = "not given(kind) or kind == x", amount = "sum" }\n'
    projects = [{"rows": [{"sum": 1, "kind": "x"}, {"sum": 10}, {"sum": 100, "kind": "y"}]}, {"rows": [{"sum": 100, "kind": "y"}]}, {"rows": [{"sum": 3}]}]
    assert outcomes(tmp_path, body, projects) == [("eligible", "11.00"), NO, ("eligible", "3.00")]
