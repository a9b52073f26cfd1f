"""Amounts in whole steps: 不足1万元的部分舍去."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc import load_catalog
from tests.three import folder_of, outcomes, scheme_of


@pytest.mark.parametrize(
    ("round", "expected"),
    [
        ('{ to = "1万元" }', ["20000.00", "20000.00", "30000.00", "0.00", "40000.00"]),
        ('{ to = "1万元", way = "down" }', ["20000.00", "20000.00", "30000.00", "0.00", "40000.00"]),
        ('{ to = "1万元", way = "up" }', ["20000.00", "30000.00", "30000.00", "10000.00", "45000.00"]),
        ('{ to = "1万元", way = "nearest" }', ["20000.00", "30000.00", "30000.00", "0.00", "45000.00"]),
    ],
)
def test_the_finished_amount(tmp_path: Path, round: str, expected: list[str]) -> None:
    """10% of 20万, 25万, 30万, 4.99万 and 100万元; a limit of 4.5万元 is never passed, and below it rounding down still holds."""
    body = f'amount = {{ percent = "10%", of = "a" }}\nround = {round}\nlimits = [{{ at_most = "4.5万元", per = "project" }}]\n'
    projects = [{"a": f"{a}万元"} for a in ("20", "25", "30", "4.99", "100")]
    found = outcomes(tmp_path, body, projects)
    assert found == [("eligible", amount) for amount in expected]


def test_each_full_thousand(tmp_path: Path) -> None:
    """So much for each full 10万元, within a formula, and for each item."""
    body = 'amount = { per_unit = "500元", quantity = { value = "a / 10万元", round = { to = "1" } } }'
    assert outcomes(tmp_path, body, [{"a": "9.99万元"}, {"a": "10万元"}, {"a": "35万元"}, {}]) == [
        ("eligible", "0.00"), ("eligible", "500.00"), ("eligible", "1500.00"), ("incomplete", None),
    ]  # fmt: skip
    items = 'amount = { each = "rows", percent = "1/3", of = "sum", round = { to = "100元", way = "nearest" } }'.replace('"1/3"', '"30%"')
    rows = [{"sum": "1500元"}, {"sum": "1490元"}]  # 450 → 500, 447 → 400
    assert outcomes(tmp_path, items, [{"rows": rows}]) == [("eligible", "900.00")]


def test_a_quotient_on_the_edge(tmp_path: Path) -> None:
    """What no decimal holds is rounded as the fraction it is."""
    body = 'require = ["b > 0元"]\namount = { value = "a * (a / b)", round = { to = "1元", way = "up" } }'
    assert outcomes(tmp_path, body, [{"a": 5, "b": 3}, {"a": 2, "b": 3}]) == [("eligible", "9.00"), ("eligible", "2.00")]
    catalog = load_catalog(tmp_path)
    assert [catalog.estimate({"a": 3, "b": 3}, "t1").total, catalog.estimate({"a": 6, "b": 3}, "t1").total] == ["3.00", "12.00"]


def test_what_if_sees_every_step(tmp_path: Path) -> None:
    catalog = folder_of(tmp_path, scheme_of('amount = { percent = "10%", of = "a" }\nround = { to = "1万元" }\n'))
    found = catalog.whatif({"a": "15万元"}, "t1", {"a": ("5万元", "35万元", "10万元")})
    assert [point["total"] for point in found["points"]] == ["0.00", "10000.00", "20000.00", "30000.00"]
    assert [turn["at"] for turn in found["turning_points"]] == ["100000.00", "200000.00", "300000.00"]


def test_in_words(tmp_path: Path) -> None:
    catalog = folder_of(tmp_path, scheme_of('amount = { percent = "10%", of = "a" }\nround = { to = "1万元" }\n'))
    assert "不足 1万元 的部分舍去" in "".join(catalog.show("t1")["benefits"][0]["formula"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('amount = "1万元"\nround = { to = "1" }', "数字"),
        ('amount = "1万元"\nround = { way = "down" }', "to"),
        ('amount = "1万元"\nround = { to = "1万元", way = "off" }', "nearest"),
        ('amount = "1万元"\nround = { to = "0元" }', "大于零"),
        ('amount = { percent = "10%", of = "a", round = "1万元" }', "round"),
        ('amount = { interest_on = "loans", rate = "actual" }', "loans"),
        ('amount = { each = "rows", year = "year(day)", percent = "10%", of = "sum" }\nround = { to = "1元" }', "按年"),
    ],
)
def test_what_is_refused(tmp_path: Path, body: str, said: str) -> None:
    assert said in str(folder_of(tmp_path, scheme_of(body + "\n")).check()[0])
