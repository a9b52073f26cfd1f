"""A unit that a title, a header or a row of units states is applied, in every kind of file and by every command; two that differ are refused."""

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from calc import Catalog
from calc.errors import FileProblem, InputError
from calc.facts.load import load_facts
from calc.questions.fill.project import read_projects
from calc.units import parse_number

LABELS = ["项目名称", "改造后引入业态", "项目交付后1年内入驻率", "改造后综合节能率", "是否具备可再生能源利用条件", "固定资产投资总额"]
ROW = ["甲", "高精尖产业", "85%", "18%", "否", "12000"]


def with_unit(header: str) -> list[str]:
    return [*LABELS[:-1], header]


# 12000 万元 of investment → 30% is 3,600 万元; in yuan it would be 3,600 元
STATED: dict[str, list[list[str]]] = {
    "title": [["某区项目表"], ["单位：万元"], LABELS, ROW],
    "title in brackets": [["某区项目表（金额单位：人民币万元）"], LABELS, ROW],
    "title of two cells": [["某区项目表", "", "", "单位：", "万元"], LABELS, ROW],
    "title with several": [["单位：万元、%"], LABELS, ROW],
    "brackets alone": [["2023年项目表（万元）"], LABELS, ROW],
    "title of a unit": [["万元"], LABELS, ROW],
    "title of amounts": [["金额：万元"], LABELS, ROW],
    "title, all amounts": [["注：表中金额单位均为万元。"], LABELS, ROW],
    "title, counted in": [["本表金额以人民币万元计"], LABELS, ROW],
    "title, filled in": [["各项按万元填报，保留两位小数"], LABELS, ROW],
    "title beside who fills it in": [["填报单位：某公司", "", "", "", "", "单位:万元"], LABELS, ROW],
    "header in brackets": [with_unit("固定资产投资总额（万元）"), ROW],
    "header and prefix": [with_unit("固定资产投资总额（人民币万元）"), ROW],
    "header, slash": [with_unit("固定资产投资总额/万元"), ROW],
    "header, comma": [with_unit("固定资产投资总额，万元"), ROW],
    "header, behind": [with_unit("固定资产投资总额万元"), ROW],
    "row below": [LABELS, ["单位", "", "", "", "", "万元"], ROW],
    "row below, no label": [LABELS, ["", "", "%", "%", "", "（万元）"], ROW],
    "row above": [["", "", "", "", "", "万元"], LABELS, ROW],
    "template": [LABELS, ["#编号", "introduced_industry", "occupancy_rate_one_year", "energy_saving_rate", "renewable_capable",
                          "fixed_asset_investment"], ["#单位", "选一项", "%", "%", "是/否", "万元，也可写 5000万元"], ROW],
    "template, header changed": [with_unit("固定资产投资总额（万元）"),
                                 ["#编号", "introduced_industry", "occupancy_rate_one_year", "energy_saving_rate", "renewable_capable",
                                  "fixed_asset_investment"], ROW],
    "said twice alike": [["单位：万元"], with_unit("固定资产投资总额（万元）"), ["单位", "", "", "", "", "万元"], ROW],
}  # fmt: skip
DIFFER: dict[str, list[list[str]]] = {
    "title and header": [["单位：元"], with_unit("固定资产投资总额（万元）"), ROW],
    "row and header": [with_unit("固定资产投资总额（万元）"), ["单位", "", "", "", "", "亿元"], ROW],
    "two titles": [["单位：万元"], ["（亿元）"], LABELS, ROW],
    "template": [with_unit("固定资产投资总额（万元）"), ["#编号", "", "", "", "", "fixed_asset_investment"],
                 ["#单位", "", "", "", "", "元，也可写 5000万元"], ROW],
}  # fmt: skip


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
    else:
        import xlsxwriter

        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet("项目")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [int(cell) if cell.isdecimal() else cell for cell in row])
        book.close()
    return path


def batched(catalog: Catalog, path: Path) -> str:
    out = path.with_name("out.csv")
    catalog.batch(path, out, schemes=["1.01"])
    with out.open(encoding="utf-8-sig") as file:
        return next(row["amount"] for row in csv.DictReader(file) if row["benefit"] == "investment-grant")


NOTES = ["注：金额单位为万元", "单位：万元", "说明：本表金额以万元计", "备注：以上金额单位均为亿元。"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("note", NOTES)
def test_a_unit_under_the_table_is_refused_where_the_columns_are_not_in_it(catalog: Catalog, tmp_path: Path, note: str, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", [LABELS, ROW, [note]])
    for read in (lambda: read_projects(path, catalog.facts), lambda: batched(catalog, path)):
        with pytest.raises(FileProblem, match=r"第 3 行的表注写明单位是 .*固定资产投资总额"):
            read()
    if "万元" in note:
        assert batched(catalog, write(path, [with_unit("固定资产投资总额（万元）"), ROW, [note]])) == "36000000.00"
        assert batched(catalog, write(path, [["单位：万元"], LABELS, ROW, [note]])) == "36000000.00"


@pytest.mark.parametrize("note", ["注：研发投入（万元）见附件", "注：单笔不超过500万元", "单位：元", "单位：某公司", "填报单位：某公司"])
def test_notes_that_state_no_unit_change_nothing(catalog: Catalog, tmp_path: Path, note: str) -> None:
    assert batched(catalog, write(tmp_path / "a.csv", [LABELS, [*ROW[:-1], "120000000"], [note]])) == "36000000.00"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("how", STATED)
def test_a_stated_unit_is_applied(catalog: Catalog, tmp_path: Path, how: str, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", STATED[how])
    (project,) = read_projects(path, catalog.facts)
    assert project["name"] == "甲"
    assert parse_number("money", project["facts"]["fixed_asset_investment"]) == 120_000_000
    assert parse_number("percent", project["facts"]["occupancy_rate_one_year"]) * 100 == 85
    assert batched(catalog, path) == "36000000.00"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("how", DIFFER)
def test_units_that_differ_are_refused(catalog: Catalog, tmp_path: Path, how: str, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", DIFFER[how])
    with pytest.raises(FileProblem, match="单位说法不一"):
        read_projects(path, catalog.facts)
    with pytest.raises((InputError, FileProblem), match="单位说法不一"):
        batched(catalog, path)


@pytest.mark.parametrize(
    "title",
    ["填报单位：某某公司", "单位：元", "2023年项目表", "单位：%",
     "金额合计：12000万元", "投资额不低于500万元的项目", "支持金额为500万元以内", "金额：以合同为准", "厂房单元", "外汇项目表",
     "以上级文件为准", "金额以5万元计"],
)  # fmt: skip
def test_titles_that_state_no_other_unit_change_nothing(catalog: Catalog, tmp_path: Path, title: str) -> None:
    path = write(tmp_path / "a.csv", [[title], LABELS, [*ROW[:-1], "120000000"]])
    (project,) = read_projects(path, catalog.facts)
    assert parse_number("money", project["facts"]["fixed_asset_investment"]) == 120_000_000
    assert batched(catalog, path) == "36000000.00"


def test_a_value_with_its_own_unit_keeps_it(catalog: Catalog, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["单位：万元"], LABELS, [*ROW[:-1], "1.2亿元"]])
    assert batched(catalog, path) == "36000000.00"
    assert read_projects(path, catalog.facts)[0]["facts"]["fixed_asset_investment"] == "1.2亿元"


@pytest.mark.parametrize("rows", [[["单位：万元"], ["项目名称", "贷款本金", "利率"]], [["项目名称", "本金（万元）", "利率"]]])
def test_sheets_of_records_too(tmp_path: Path, rows: list[list[str]]) -> None:
    fields = {"principal": {"type": "money", "label": "贷款本金", "aliases": ["本金"]}, "rate": {"type": "percent", "label": "利率"}}
    facts = load_facts({"land": {"type": "area", "label": "面积"}, "loans": {"type": "list", "label": "贷款", "fields": fields}})
    write(tmp_path / "a.csv", [["项目名称", "面积"], ["甲", "1"]])
    write(tmp_path / "a.loans.csv", [*rows, ["甲", "8000", "3.8%"]])
    (project,) = read_projects(tmp_path / "a.csv", facts)
    assert parse_number("money", project["facts"]["loans"][0]["principal"]) == 80_000_000
    write(tmp_path / "a.loans.csv", [["项目名称", "贷款本金", "利率"], ["甲", "8000", "3.8%"], ["注：金额单位为万元"]])
    with pytest.raises(FileProblem, match="贷款本金"):
        read_projects(tmp_path / "a.csv", facts)


def formatted(path: Path, header: str, code: str, value: float, label: str = "固定资产投资总额") -> Path:
    """A workbook of one project with one number in a cell of its own format."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append([header if one == label else one for one in LABELS])
    page.append(["甲", "高精尖产业", "85%", "18%", "否", 120_000_000])
    cell = page.cell(2, LABELS.index(label) + 1, value)
    cell.number_format = code
    book.save(path)
    return path


# what the format shows is what is read: 12000万元 in all of them
SHOWN = {
    '#,##0.00"万元"': 12000,
    "0.00\\万\\元": 12000,
    '"约"0"万元";-0"万元";"—"': 12000,
    'G/通用格式"万元"': 12000,
    '0!.0,"万元"': 120_000_000,
    '0"."0,"万"': 120_000_000,
    '#,##0,"千元"': 120_000_000,
    '[>=100000000]0!.00,,"亿元";[>=10000]0!.0,"万元";0"元"': 120_000_000,
    '"￥"#,##0.00': 120_000_000,
    '[$¥-804]#,##0.00;[Red]-[$¥-804]#,##0.00': 120_000_000,
    '#,##0.00_);(#,##0.00)': 120_000_000,
    '#,##0,': 120_000_000,
}  # fmt: skip


@pytest.mark.parametrize("code", SHOWN)
def test_a_unit_in_the_format_of_a_cell_is_applied(catalog: Catalog, tmp_path: Path, code: str) -> None:
    path = formatted(tmp_path / "a.xlsx", LABELS[-1], code, SHOWN[code])
    (project,) = read_projects(path, catalog.facts)
    assert parse_number("money", project["facts"]["fixed_asset_investment"]) == 120_000_000
    assert batched(catalog, path) == "36000000.00"


@pytest.mark.parametrize(("code", "value"), [('0!.0,', 120_000_000), ('#,##0.00"万元"', 12000), ("#,##0.00", 12000), ('0!.00,,"亿元"', 120_000_000)])
def test_under_a_header_with_its_unit_a_cell_is_what_it_shows(catalog: Catalog, tmp_path: Path, code: str, value: float) -> None:
    if "亿元" in code:  # another unit than the header's
        assert_refused(catalog, formatted(tmp_path / "a.xlsx", "固定资产投资总额（万元）", code, value))
        return
    path = formatted(tmp_path / "a.xlsx", "固定资产投资总额（万元）", code, value)
    (project,) = read_projects(path, catalog.facts)
    assert parse_number("money", project["facts"]["fixed_asset_investment"]) == 120_000_000
    assert batched(catalog, path) == "36000000.00"


def assert_refused(catalog: Catalog, path: Path) -> None:
    """Both readers refuse, and name both units."""
    with pytest.raises(FileProblem, match=r"亿元.*万元|10,000.*元|1,000.*元"):
        read_projects(path, catalog.facts)
    summary = catalog.batch(path, path.with_name("out.csv"), schemes=["1.01"])
    assert (summary.rows, summary.rejected) == (1, 1) and "F" not in summary.reasons[0]


@pytest.mark.parametrize(
    ("header", "code"), [("固定资产投资总额（元）", "0!.0,"), ("固定资产投资总额（万元）", "#,##0,"), ("固定资产投资总额（万元）", '0"亿元"')]
)
def test_a_format_that_contradicts_its_column_is_refused(catalog: Catalog, tmp_path: Path, header: str, code: str) -> None:
    assert_refused(catalog, formatted(tmp_path / "a.xlsx", header, code, 120_000_000))


@pytest.mark.parametrize(("code", "value"), [("0.00%", 0.85), ('0.00"%"', 85), ("0\\%", 85), ("0%;-0%", 0.85), ("General", 0.85), ('0"‰"', 850)])
@pytest.mark.parametrize("header", ["项目交付后1年内入驻率", "项目交付后1年内入驻率（%）"])
def test_percent_formats_are_what_the_file_format_says(catalog: Catalog, tmp_path: Path, code: str, value: float, header: str) -> None:
    path = formatted(tmp_path / "a.xlsx", header, code, value, LABELS[2])
    if "（" in header and code in ("General", '0"‰"'):  # 0.85 under a % may be either; ‰ contradicts it
        with pytest.raises(FileProblem):
            read_projects(path, catalog.facts)
        assert catalog.batch(path, tmp_path / "out.csv", schemes=["1.01"]).rejected == 1
        return
    (project,) = read_projects(path, catalog.facts)
    assert parse_number("percent", project["facts"]["occupancy_rate_one_year"]) * 100 == 85
    assert batched(catalog, path) == "36000000.00"


def test_two_percent_in_a_literal_format_is_two_percent(catalog: Catalog, tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", LABELS[2], '0.00"%"', 2, LABELS[2])
    (project,) = read_projects(path, catalog.facts)
    assert parse_number("percent", project["facts"]["occupancy_rate_one_year"]) * 100 == 2


def test_lists_in_a_workbook_of_projects_read_formats_too(catalog: Catalog, tmp_path: Path) -> None:
    path = formatted(tmp_path / "a.xlsx", LABELS[-1], "0", 120_000_000)
    book = openpyxl.load_workbook(path)
    page = book.create_sheet("loans")
    page.append(["项目名称", "principal", "rate", "start", "end"])
    page.append(["甲", 8000, 3.8, dt.date(2023, 3, 1), dt.date(2026, 3, 1)])
    page["B2"].number_format, page["C2"].number_format = '0"万元"', '0.0"%"'
    book.save(path)
    (project,) = read_projects(path, catalog.facts)
    alone = catalog.estimate(project, "1.01").benefits[1].amount
    assert alone is not None and float(alone) > 1_000_000
    catalog.batch(path, tmp_path / "out.csv", schemes=["1.01"])
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as file:
        assert next(row["amount"] for row in csv.DictReader(file) if row["benefit"] == "loan-interest") == alone


@pytest.mark.parametrize(("unit", "value"), [("千元", "120000"), ("百万元", "120"), ("百元", "1200000")])
def test_thousands_and_millions_are_units(catalog: Catalog, tmp_path: Path, unit: str, value: str) -> None:
    path = write(tmp_path / "a.csv", [[f"单位：{unit}"], LABELS, [*ROW[:-1], value]])
    assert batched(catalog, path) == "36000000.00"
    assert parse_number("money", read_projects(path, catalog.facts)[0]["facts"]["fixed_asset_investment"]) == 120_000_000


@pytest.mark.parametrize("unit", ["万美元", "欧元", "万元港币"])
def test_a_title_in_another_currency_is_refused(catalog: Catalog, tmp_path: Path, unit: str) -> None:
    path = write(tmp_path / "a.csv", [[f"单位：{unit}"], LABELS, ROW])
    with pytest.raises(FileProblem, match=unit):
        read_projects(path, catalog.facts)
    with pytest.raises((InputError, FileProblem), match=unit):
        batched(catalog, path)


def test_a_table_that_begins_further_down_names_its_own_lines(catalog: Catalog, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for place, cell in enumerate(LABELS):
        book.worksheets[0].cell(5, place + 3, cell)
    for place, cell in enumerate([*ROW[:2], "不知道", *ROW[3:]]):
        book.worksheets[0].cell(6, place + 3, cell)
    book.save(tmp_path / "a.xlsx")
    summary = catalog.batch(tmp_path / "a.xlsx", tmp_path / "out.csv", schemes=["1.01"])
    assert "6" in summary.reasons[0] and "10" not in summary.reasons[0]
    with pytest.raises(FileProblem, match="!E6"):
        read_projects(tmp_path / "a.xlsx", catalog.facts)
