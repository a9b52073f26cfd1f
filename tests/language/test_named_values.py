"""Values that a scheme names (``let``): with a label of their own, also over the fields of records."""

from __future__ import annotations

from pathlib import Path

from tests.three import BENEFIT, SOURCE, folder_of, outcomes

GROWTH = '[let.growth]\nlabel = "增速"\nlabel_en = "growth"\nvalue = "(a - b) / b"\n'


def scheme(let: str, body: str) -> str:
    return f'id = "t1-test"\ntitle = "试"\n{let}{SOURCE}{BENEFIT}{body}'


def test_a_label_stands_for_the_formula_and_is_told(tmp_path: Path) -> None:
    body = 'require = ["b > 0元"]\nwhen = ["growth >= 20%"]\n'
    body += 'amount = { percent = { cases = [{ when = "growth >= 50%", value = "10%" }, { otherwise = "5%" }] }, of = "a" }\n'
    catalog = folder_of(tmp_path, scheme(GROWTH, body))
    assert catalog.check() == []
    shown = catalog.show("t1")["benefits"][0]
    assert any("增速 ≥ 20%" in said and "其中增速 = （甲 − 乙） ÷ 乙" in said for said in [*shown["conditions"], *catalog.show("t1")["conditions"]])
    [benefit] = catalog.estimate({"a": "150元", "b": "100元"}, "t1").benefits
    assert benefit.amount == "15.00"
    cases = [{"a": f"{a}元", "b": "100元"} for a in ("119.99", "120", "149.99", "150")]
    results = [catalog.estimate(case, "t1").benefits[0] for case in cases]
    assert [(one.status, one.amount) for one in results] == [("ineligible", "0.00"), ("eligible", "6.00"), ("eligible", "7.49"), ("eligible", "15.00")]


def test_a_labelled_value_is_a_step(tmp_path: Path) -> None:
    let = '[let.rise]\nlabel = "增量"\nvalue = "max(0元, a - b)"\n'
    [benefit] = folder_of(tmp_path, scheme(let, 'amount = { percent = "10%", of = "rise" }\n')).estimate({"a": "150元", "b": "100元"}, "t1").benefits
    assert ("增量", "50.00") in [(step.label, step.value) for step in benefit.trace]
    [step] = [step for step in benefit.trace if step.label == "增量"]
    assert step.expression == "甲 150元 超过 乙 100元 的部分"  # as show says it, with what both come to


def test_a_labelled_value_is_told_once_of_each_item(tmp_path: Path) -> None:
    let = '[let.half]\nlabel = "半"\nvalue = "sum / 2"\n'
    body = 'amount = { each = "rows", sum = [{ percent = "10%", of = "half" }, { percent = "20%", of = "half" }] }\n'
    catalog = folder_of(tmp_path, scheme(let, body))
    [benefit] = catalog.estimate({"rows": [{"sum": "100元"}, {"sum": "100元"}]}, "t1").benefits
    assert benefit.amount == "30.00" and [step.value for step in benefit.trace if step.label == "半"] == ["50.00", "50.00"]


def test_a_labelled_condition_is_answered_yes_or_no(tmp_path: Path) -> None:
    let = '[let.large]\nlabel = "规模大"\nvalue = "a >= 100元"\n'
    body = 'amount = { cases = [{ when = "large", amount = "20元" }, { otherwise = "10元" }] }\n'
    catalog = folder_of(tmp_path, scheme(let, body))
    for a, said in (("99元", "否"), ("100元", "是")):
        [benefit] = catalog.estimate({"a": a}, "t1").benefits
        assert [step.value for step in benefit.trace if step.label == "规模大"] == [said]


def test_over_the_fields_of_records(tmp_path: Path) -> None:
    let = '[let]\nhalf = "sum / 2"\nlong = "day < until"\n'
    body = 'amount = { each = "rows", where = "long", value = "half" }\n'
    rows = [{"sum": "100元", "day": "2024-01-01", "until": "2024-01-02"}, {"sum": "10元", "day": "2024-01-02", "until": "2024-01-02"}]
    assert outcomes(tmp_path, body, [{"rows": rows}], let) == [("eligible", "50.00")]


def test_what_is_wrong_in_one_is_named(tmp_path: Path) -> None:
    let = '[let]\nhalf = "sum / until"\n'
    [problem] = [p for p in folder_of(tmp_path, scheme(let, 'amount = { each = "rows", value = "half" }\n')).check() if "let.half" in p.problem]
    assert "日期" in problem.problem and problem.line == 4
