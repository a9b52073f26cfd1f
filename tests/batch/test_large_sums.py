"""Sums of amounts that 64 bits do not hold: exact in every command, on both engines."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from calc import Catalog, load_catalog
from calc.report.screen import figure_table, print_to_text
from calc.units import capital

pytestmark = pytest.mark.usefixtures("both_engines")
ROWS = 30
INVESTED = [9 * 10**15 - 1000 * row for row in range(ROWS)]  # yuan: ten of them are more fen than 64 bits hold
SUM = Decimal(sum(INVESTED))


@pytest.fixture
def rules(tmp_path: Path) -> Catalog:
    """One scheme of one benefit, one of two, and one of twelve, each of which pays the whole investment."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "facts.toml").write_text('[investment]\ntype = "money"\nlabel = "投资"\n', encoding="utf-8")
    for id, count in (("one", 1), ("two", 2), ("twelve", 12)):
        head = f'id = "{id}"\ntitle = "{id}"\n[source]\ncard = "0"\ndocument = "d"\nauthority = "a"\n'
        body = '[[benefits]]\nid = "b{}"\nlabel = "支持"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\namount = "100% * investment"\n'
        (folder / f"{id}.toml").write_text(head + "".join(body.format(number) for number in range(count)), encoding="utf-8")
    return load_catalog(folder)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "projects.csv"
    lines = [f"P{row},{amount}元,企业{row % 3},{9 * 10**17}元" for row, amount in enumerate(INVESTED)]
    file.write_text("项目名称,投资,企业,申报\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("options", [{}, {"plan": True}, {"enterprise_column": "企业"}, {"claimed": {"one": "申报"}}], ids=str)
def test_totals(rules: Catalog, table: Path, tmp_path: Path, options: dict[str, object]) -> None:
    output = tmp_path / "result.csv"
    summary = rules.batch(table, output, shape="wide", ignore_unknown=True, **options)
    rows = list(csv.DictReader(output.open(encoding="utf-8-sig")))
    for id, count in (("one", 1), ("two", 2), ("twelve", 12)):
        assert [Decimal(row[id]) for row in rows] == [count * amount for amount in INVESTED]
        assert [one["total"] for one in summary.schemes if one["scheme"] == id] == [f"{count * SUM}.00"]
    if "plan" in options:
        assert [Decimal(row["best_total"]) for row in rows] == [15 * amount for amount in INVESTED]
        assert summary.best_total == f"{15 * SUM}.00"
    if "claimed" in options:
        assert [Decimal(row["difference"]) for row in rows] == [9 * 10**17 - amount for amount in INVESTED]


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_budget(rules: Catalog, table: Path, tmp_path: Path, shape: str) -> None:
    output = tmp_path / "result.csv"
    summary = rules.batch(table, output, shape=shape, ignore_unknown=True, budget=f"{SUM}元", cut="pro-rata")
    assert summary.budget is not None
    assert (summary.budget["claimed"], summary.budget["paid"]) == (f"{15 * SUM}.00", f"{SUM}.00")
    assert sum(Decimal(row["paid"]) for row in csv.DictReader(output.open(encoding="utf-8-sig"))) == SUM


def test_reform(rules: Catalog, table: Path) -> None:
    changes = ['one/b0: amount = "50% * investment"', 'twelve/b3: amount = "0% * investment"']
    answer = rules.reform(table, changes=changes, ignore_unknown=True, schemes=["one", "twelve"])
    assert (answer["before"], answer["after"]) == (f"{13 * SUM}.00", f"{SUM / 2 + 11 * SUM:.2f}")
    assert [one["before"] for one in answer["schemes"]] == [f"{SUM}.00"] * 13
    assert sum(one["rows"] for one in answer["sizes"]["groups"]) == ROWS


def test_figures_are_never_cut_off() -> None:
    heads, row = ["支持项", "修改前", "修改后", "差额", "增加"], ["支持", "359,999,999,999,220,000.01", "0.02", "-359,999,999,999,219,999.99", "40"]
    for width in (40, 60, 80, 120):
        lines = print_to_text(figure_table(heads, [row], width, range(1, 5)), width, False).splitlines()
        shown = "".join("".join(lines[1:]).split())
        assert sorted(shown) == sorted("".join(row)), width


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("5300000000000.00", "伍万叁仟亿元整"), ("10000000000000000.10", "壹亿亿元壹角整"), ("100000000000000050.00", "壹拾亿亿零伍拾元整"),
        ("999999999999999999.99", "玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)  # fmt: skip
def test_large_amounts_in_capitals(amount: str, said: str) -> None:
    assert capital(amount) == said


def test_payment_list(rules: Catalog, table: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    rules.batch(table, tmp_path / "result.csv", shape="wide", ignore_unknown=True, list=file)
    book = openpyxl.load_workbook(file)
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert capital(f"{15 * SUM}.00") in cells
