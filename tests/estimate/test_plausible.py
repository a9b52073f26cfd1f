"""Figures that are possible but hardly meant are computed and warned of: in an estimate, and in a table once a column, with the line."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog
from calc.estimate.plausible import contradictions

FACTORY = {
    "fixed_asset_investment": "1.2亿元", "introduced_industry": "高精尖产业", "occupancy_rate_one_year": "85%", "energy_saving_rate": "18%",
    "renewable_capable": "否",
}  # fmt: skip
LOAN = {"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}


def warned(catalog: Catalog, facts: dict[str, Any]) -> list[str]:
    found = catalog.estimate(facts, "1.01").warnings
    return [warning for warning in found if "常见" in warning or "还多" in warning]


def test_what_is_usual_is_not_warned_of(catalog: Catalog) -> None:
    assert warned(catalog, {**FACTORY, "loans": [LOAN]}) == []


@pytest.mark.parametrize(
    ("principal", "rate", "said"),
    [
        ("3000元", "3.8%", ["贷款本金", "3,000", "万元"]),
        ("9999.99", "3.8%", ["贷款本金"]),
        ("8000万元", "365%", ["利率", "365%", "24%"]),
        ("8000万元", "24.01%", ["利率"]),
    ],
)
def test_a_loan_that_is_hardly_meant(catalog: Catalog, principal: str, rate: str, said: list[str]) -> None:
    (warning,) = warned(catalog, {**FACTORY, "loans": [{**LOAN, "principal": principal, "rate": rate}]})
    assert all(part in warning for part in said)


@pytest.mark.parametrize(("principal", "rate"), [("10000元", "3.8%"), ("8000万元", "24%")])
def test_the_bounds_are_usual_themselves(catalog: Catalog, principal: str, rate: str) -> None:
    assert warned(catalog, {**FACTORY, "loans": [{**LOAN, "principal": principal, "rate": rate}]}) == []


def test_an_investment_without_its_unit(catalog: Catalog) -> None:
    found = warned(catalog, {**FACTORY, "fixed_asset_investment": 18000})
    assert len(found) == 1 and "固定资产投资总额" in found[0] and "1.8万元" in found[0] and "单位" in found[0]
    assert catalog.estimate({**FACTORY, "fixed_asset_investment": 18000}, "1.01").total == "5400.00"


def test_support_above_the_whole_investment(catalog: Catalog) -> None:
    found = warned(catalog, {**FACTORY, "fixed_asset_investment": "100万元", "loans": [LOAN]})
    assert len(found) == 1 and "贷款贴息" in found[0] and "100万元" in found[0]


HEAD = "项目名称,fixed_asset_investment,introduced_industry,occupancy_rate_one_year,energy_saving_rate（%）,renewable_capable"


def notes(catalog: Catalog, tmp_path: Path, rows: list[str], head: str = HEAD, **more: Any) -> list[str]:
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    summary = catalog.batch(tmp_path / "a.csv", tmp_path / "out.csv", schemes=["1.01"], **more)
    assert summary.rejected == 0
    return [note for note in summary.notes if note.startswith("请核对")]


def test_a_column_is_told_once_with_the_line_of_the_first(catalog: Catalog, tmp_path: Path) -> None:
    rows = ["甲,1.2亿元,高精尖产业,85%,18,否", "乙,18000,高精尖产业,85%,18,否", "丙,25000,高精尖产业,85%,18,否"]
    (one,) = notes(catalog, tmp_path, rows)
    assert "fixed_asset_investment" in one and "第 3 行" in one and "共 2 处" in one and "1.8万元" in one
    assert notes(catalog, tmp_path, rows[:1]) == []


def test_percentages_of_two_kinds_in_one_column(catalog: Catalog, tmp_path: Path) -> None:
    (one,) = notes(catalog, tmp_path, ["甲,1.2亿元,高精尖产业,85%,18,否", "乙,1亿元,高精尖产业,85%,0.9,否"])
    assert "energy_saving_rate" in one and "0.9%" in one and "18%" in one and "第 3 行" in one
    assert notes(catalog, tmp_path, ["甲,1.2亿元,高精尖产业,85%,18,否", "乙,1亿元,高精尖产业,85%,1,否"]) == []


def test_a_file_of_loans_too(catalog: Catalog, tmp_path: Path) -> None:
    loans = tmp_path / "loans.csv"
    with loans.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["项目名称", *LOAN], ["甲", *LOAN.values()], ["甲", "3000元", "365%", LOAN["start"], LOAN["end"]]])
    (tmp_path / "a.csv").write_text(f"{HEAD}\n甲,1.2亿元,高精尖产业,85%,18,否", encoding="utf-8")
    summary = catalog.batch(tmp_path / "a.csv", tmp_path / "out.csv", schemes=["1.01"], items={"loans": str(loans)})
    found = [note for note in summary.notes if "loans.csv" in note]
    assert len(found) == 2 and "第 3 行" in found[0] and "3,000" in found[0] and "365%" in found[1]


def test_lists_within_lines_of_json(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"name": "甲"}\n{"name": "乙", "loans": [{"principal": 3000, "rate": "3.8%"}]}\n', encoding="utf-8")
    summary = catalog.batch(tmp_path / "a.jsonl", tmp_path / "out.csv", schemes=["1.01"])
    assert [note for note in summary.notes if note.startswith("请核对") and "第 2 行" in note and "贷款本金" in note]


DRAWN = [{"date": "2023-04-01", "amount": "3000万元"}, {"date": "2023-05-01", "amount": "5000万元"}]


def test_a_start_before_the_first_drawdown_is_said(catalog: Catalog) -> None:
    one = catalog.estimate({**FACTORY, "loans": [LOAN, {**LOAN, "drawdowns": DRAWN}]}, "1.01")
    (said,) = [warning for warning in one.warnings if "提款" in warning]
    assert "[2]" in said and "2023-03-01" in said and "2023-04-01" in said
    other = catalog.estimate({**FACTORY, "loans": [{**LOAN, "start": "2023-04-01", "drawdowns": DRAWN}]}, "1.01")
    assert not [warning for warning in other.warnings if "提款" in warning]


def test_drawdowns_that_are_less_than_the_principal_are_said(catalog: Catalog) -> None:
    loan = {**LOAN, "start": "2023-04-01", "drawdowns": DRAWN[:1]}
    (said,) = [warning for warning in catalog.estimate({**FACTORY, "loans": [loan]}, "1.01").warnings if "提款" in warning]
    assert "3,000万元" in said and "8,000万元" in said


def test_a_table_says_the_first_with_its_line(catalog: Catalog, tmp_path: Path) -> None:
    lines = [json.dumps({"name": str(n), "loans": [{**LOAN, **more}]}) for n, more in enumerate([{}, {"drawdowns": DRAWN}, {"drawdowns": DRAWN}])]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for engine in ("explainer", "columns"):
        summary = catalog.batch(tmp_path / "a.jsonl", tmp_path / "out.csv", schemes=["1.01"], engine=engine)
        (said,) = [note for note in summary.notes if "提款" in note]
        assert "第 2 行" in said and "2023-04-01" in said


LATE = {"contract_date": "2023-03-02"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"contract_date": "2023-03-02"}, True), ({"contract_date": "2023-03-01"}, False), ({"contract_date": "2023-02-28"}, False),
        ({"contract_date": "2023-04-01", "start": "2023-04-01", "drawdowns": DRAWN}, False),
        ({"contract_date": "2023-04-02", "start": "2023-04-01", "drawdowns": DRAWN}, True),
    ],
)  # fmt: skip
def test_a_contract_signed_after_the_first_drawdown_is_said(catalog: Catalog, more: dict[str, Any], said: bool) -> None:
    warnings = catalog.estimate({**FACTORY, "loans": [{**LOAN, **more}]}, "1.01").warnings
    assert [("贷款合同签订日期" in one and more["contract_date"] in one and "晚于首笔放款日" in one) for one in warnings] == [True] * said


def test_a_record_that_ends_before_it_begins_is_said_where_nothing_is_computed_of_it(catalog: Catalog) -> None:
    for end, said in (("2023-02-28", True), ("2023-03-01", False)):
        values = catalog.read({"ip_pledge_loans": [{"principal": "80万元", "start": "2023-03-01", "end": end}]})
        assert [(number, field) for number, field, _ in contradictions(catalog.facts["ip_pledge_loans"], values["ip_pledge_loans"])] == [(1, "end")] * said


@pytest.mark.parametrize("engine", ["explainer", "columns"])
def test_each_kind_of_contradiction_of_a_table_is_told_once(catalog: Catalog, tmp_path: Path, engine: str) -> None:
    several: list[dict[str, Any]] = [{}, LATE, {"drawdowns": DRAWN}, LATE, {"contract_date": "2023-01-01"}]
    lines = [json.dumps({"name": str(n), "loans": [{**LOAN, **more}]}) for n, more in enumerate(several)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    summary = catalog.batch(tmp_path / "a.jsonl", tmp_path / "out.csv", schemes=["1.01"], engine=engine)
    found = [note for note in summary.notes if "首笔放款日" in note]
    assert len(found) == 2 and sum("第 2 行" in one and "合同签订日期" in one for one in found) == 1 and sum("第 3 行" in one for one in found) == 1
