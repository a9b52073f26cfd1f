"""What authors write: understood where it can mean one thing only, else refused with the right spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.three import folder_of, scheme_of

GIVEN = {"a": "600万元", "b": "100万元", "p": True, "kind": "x", "count": 3, "day": "2024-05-05", "until": "2024-12-31", "fields": "ic"}


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("a ≥ 500 万元 且 p", True), ("a>=500万元 且 p", True), ("a ＞ 6百万元", False), ("a >= 5千万元", False), ("甲 >= 500万元", True),
        ("kind == 子", True), ("类别 == 丑", False), ("类别 in [子, 丑]", True), ("kind = x", True), ("p = 是", True), ("p == 否", False), ("!p", False),
        ("a => 6,000,000元 && p", True), ("a =< 1元 || p", True), ("a <> b", True), ("day >= 2024-5-5", True), ("day > 2024/5/5", False),
        ("day == 2024.5.5", True), ("day == 2024年5月5日", True), ("count ≥ 3 个", True), ("fields has 集成电路 AND NOT p", False), ("b × 6 == a", True),
        ("kind 为 子", True), ("类别 等于 丑", False), ("fields 包含 集成电路", True), ("不 p", False), ("kind in [子、丑]", True), ("kind in 【y，z】", False),
    ],
)  # fmt: skip
def test_what_is_understood(tmp_path: Path, written: str, holds: bool) -> None:
    catalog = folder_of(tmp_path, scheme_of(f"when = ['{written}']\namount = '1万元'\n"))
    assert catalog.check() == []
    assert catalog.estimate(GIVEN, "t1").status == ("eligible" if holds else "ineligible")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("a>=500万元且p", "前后要空格"), ("a >= 500万", "（500万元）"), ("months(day, until) >= 6", "（6个月）"), ("year(day) == 2024年", "（2024）"),
        ("a >= 5w", "5万元"), ("a >= 500万元以上", "以上 → >="), ("甲超过100万元", "超过 → >"), ("a >= '500万元'", "去掉引号"),
        ("day >= '2024-01-01'", "去掉引号"),
        ("fields == ic", "has_any"), ("fields has [ic, robots]", "has_any"), ("kind has x", "kind == x"), ("p is true", "=="), ("a >= 500欧元", "货币是元"),
        ("sum(rows, sum) > 1元", "sum("), ("a >= b >= 3", "and"), ("甲乙 >= 1元", "a（甲）"), ("a / b >= 20%", "require"),
        ("a > 1万元 or 2万元", "a > 1元 or a > 2元"), ("kind in 子、丑", "[子, 丑]"), ("kind in x and p", "[x]"), ("a >= 一百万元", "100万元"),
    ],
)  # fmt: skip
def test_hints_of_conditions(tmp_path: Path, written: str, hint: str) -> None:
    [problem] = folder_of(tmp_path, scheme_of(f'when = ["{written}"]\namount = "1万元"\n')).check()
    assert hint in str(problem) and "t1-test.toml:" in str(problem)


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ('amount = { percent = "2成", of = "a" }', "20%"), ('amount = { percent = "百分之二十", of = "a" }', "20%"),
        ('amount = { percent = "千分之五", of = "a" }', "5‰"), ('amount = { by = "count", tiers = [{ from = 1, amount = 3 }] }', "3元"),
        ('amount = "10% * a"\nlimits = [{ at_most = 20000, per = "project" }]', "20000元"),
        ('amount = "10% * a"\nlimits = [{ at_most = "1元", per = "年" }]', "year"),
        ("amount = 10000", "10000元"), ('amount = "1万"', "1万元"), ('amount = { percent = "20%", of = "a", max = "5万元" }', "（at_most）"),
        ('amount = { percent = "20%", of = "a", atmost = "5万元" }', "at_most"),
        ('amount = "1万元"\nlimits = [{ at_least = "1元", per = "project" }]', "[[benefits]]"),
        ('amount = "1万元"\nlimits = [{ at_most = "1元" }]', 'per = "project"'), ('amount = "1万元"\nlimits = { at_most = "1元" }', "[ … ]"),
        ('amount = { by = "year(day)", tiers = [{ up_to = 2022, amount = "1元" }, { from = 2024, amount = "2元" }] }', "空档"),
    ],
)  # fmt: skip
def test_hints_of_tables(tmp_path: Path, body: str, hint: str) -> None:
    problems = folder_of(tmp_path, scheme_of(body + "\n")).check()
    assert any(hint in str(problem) for problem in problems), problems
    assert not any("{'" in str(problem) for problem in problems)


def test_a_name_is_told_once_with_what_is_near(tmp_path: Path) -> None:
    [problem] = folder_of(tmp_path, scheme_of('amount = { each = "rows", amount = "q" }\n', '[let.q]\nlabel = "额"\nvalue = "10% * summ"\n')).check()
    assert "let.q" in problem.problem and problem.hint == "sum"
