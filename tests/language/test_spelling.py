"""What authors write in expressions: signs, words, units and dates as people write them, labels where they are unambiguous."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc.language import lower
from calc.language.render import source_of
from tests.three import folder_of

SAME = {
    "a ≥ 500 万元 且 p": "a >= 500万元 and p",
    "a ＞ 1 亿元 或 p": "a > 1亿元 or p",
    "非 p": "not p",
    "20 % * a": "20% * a",
    "a × 2 ÷ 3": "a * 2 / 3",
    "（a + b）× 5％": "(a + b) * 5%",
    "day <= 2024-1-1": "day <= 2024-01-01",
    "day < 2024年3月5日": "day < 2024-03-05",
    "kind == 子": "kind == x",
    "kind in [子, 丑]": "kind in [x, y]",
    "fields has 机器人": "fields has robots",
    "甲 > 乙": "a > b",
    "min(甲，乙)": "min(a, b)",
}


@pytest.mark.parametrize(("written", "plain"), SAME.items())
def test_as_people_write_it(tmp_path: Path, written: str, plain: str) -> None:
    facts = folder_of(tmp_path).facts
    assert source_of(lower.expression(written, lower.Scope(facts))) == source_of(lower.expression(plain, lower.Scope(facts)))


@pytest.mark.parametrize(("wrong", "said"), [("kind == 卯", "卯"), ("丙 > 1元", "丙"), ("a / b + 1元", "金额"), ("a * b + a", "元²"), ("a ≥ ", "")])
def test_what_is_not_clear_is_said(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(lower.LowerProblem) as bad:
        lower.expression(wrong, lower.Scope(folder_of(tmp_path).facts))
    assert said in f"{bad.value.problem} {bad.value.hint}" and "CNY" not in bad.value.problem
