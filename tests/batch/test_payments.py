"""The payment list: every amount of the batch on one line, sums that add up, printed on A4 as it is handed in."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_batch import made

from calc import Catalog, InputError
from calc.errors import FileProblem
from calc.units import capital, parse_number
from tests.command import run

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
TABLE = """项目名称,区,企业名称,开户行,账号,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额（万元）
东坝,朝阳区,甲公司,工行,6222020200112233445,高精尖产业,85%,18%,否,12000
首钢,石景山区,乙公司,北京银行,01090312345678901,高精尖产业,72%,15%,否,860.55
远郊,朝阳区,丙公司,建行,11050,高精尖产业,69%,15%,否,1000
酒仙桥,朝阳区,丁公司,招行,110907654321,高精尖产业,90%,20%,否,210000
亦庄,,=cmd()戊,中行,3456,战略性新兴产业,90%,20%,否,4500
"""
LOANS = "项目名称,principal,rate,start,end\n首钢,5000万元,3.65%,2023-05-10,2028-05-10\n"


@pytest.fixture
def table(tmp_path: Path, both_engines: str) -> Path:
    file = tmp_path / "projects.csv"
    file.write_text(TABLE, encoding="utf-8")
    (tmp_path / "loans.csv").write_text(LOANS, encoding="utf-8")
    return file


def listed(catalog: Catalog, table: Path, schemes: Sequence[str] = ("1.01",), **options: Any) -> list[tuple[Any, ...]]:
    """The rows of the list written for a table."""
    items = {"loans": str(table.with_name("loans.csv"))}
    catalog.batch(table, table.with_name("out.csv"), schemes=schemes, items=items, list=table.with_name("list.xlsx"), **options)
    return list(openpyxl.load_workbook(table.with_name("list.xlsx"), data_only=True).worksheets[0].iter_rows(values_only=True))


def lines(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The payments among the rows."""
    head = [str(cell) for cell in rows[2]]
    return [dict(zip(head, row, strict=True)) for row in rows[3:] if isinstance(row[0], int)]


def test_a_line_for_each_payment(catalog: Catalog, table: Path) -> None:
    rows = listed(catalog, table)
    found = lines(rows)
    assert [(one["序号"], one["申报单位"], one["项目"], one["区"], one["金额（元）"]) for one in found] == [
        (1, "甲公司", "东坝", "朝阳区", 36000000), (2, "丁公司", "酒仙桥", "朝阳区", 50000000),
        # 首钢: 30% of 860.55万 is 258.165万; two years of interest on 5000万 are more: 3.65% × 731/360
        (3, "乙公司", "首钢", "石景山区", 3705763.88), (4, "=cmd()戊", "亦庄", "", 13500000),
    ]  # fmt: skip
    assert [(one["基数（元）"], one["比例"], one["上限"]) for one in found[:2]] == [(120000000, "30%", "5000万元"), (2100000000, "30%", "5000万元")]
    assert found[0]["政策"].startswith("1.01 ") and found[0]["支持项和条款"] == "投资补助 服务内容 2（1）"
    assert (found[0]["开户行"], found[0]["账号"]) == ("工行", "6222020200112233445") and found[2]["账号"] == "01090312345678901"
    assert found[0]["金额大写"] == "叁仟陆佰万元整" and found[2]["金额大写"] == "叁佰柒拾万伍仟柒佰陆拾叁元捌角捌分"
    assert all(parse_number("money", one["金额大写"]) == parse_number("money", str(one["金额（元）"])) for one in found)


def test_subtotals_and_the_total(catalog: Catalog, table: Path) -> None:
    rows = listed(catalog, table, ["1.01", "1.02"])
    place = [str(cell) for cell in rows[2]].index("金额（元）")
    paid = {(one["区"] or "—", one["政策"][:4]): 0.0 for one in lines(rows)}
    for one in lines(rows):
        paid[one["区"] or "—", one["政策"][:4]] += one["金额（元）"]
    sums = [(row[0], row[place]) for row in rows[3:] if isinstance(row[0], str) and row[place] is not None]
    assert [(said.split("  ")[1][:4] if "  " in said else said, round(amount, 2)) for said, amount in sums if said.startswith("小计  1.")] == [
        (scheme, round(amount, 2)) for (_, scheme), amount in paid.items()
    ]
    assert sums[-1] == ("合计", pytest.approx(sum(paid.values()), abs=0.001))
    with table.with_name("out.csv").open(encoding="utf-8-sig") as file:
        assert round(sum(paid.values()) * 100) == sum(round(float(row["counted"]) * 100) for row in csv.DictReader(file))
    formulas = openpyxl.load_workbook(table.with_name("list.xlsx"))
    assert all(cell.value.startswith("=SUBTOTAL(9,") for cell in next(formulas.worksheets[0].iter_cols(place + 1, place + 1, 4)) if isinstance(cell.value, str))


def test_it_prints_on_a4_with_the_header_on_every_page(catalog: Catalog, table: Path) -> None:
    listed(catalog, table)
    book = openpyxl.load_workbook(table.with_name("list.xlsx"))
    page = book.worksheets[0]
    assert book.sheetnames == ["拨付清单", "按区和政策汇总", "依据"]
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.print_title_rows) == ("landscape", 9, "$3:$3")
    assert page.sheet_properties.pageSetUpPr.fitToPage and page.page_setup.fitToHeight == 0  # one page wide, as many as it takes
    said = "".join(str(cell.value or "") for row in page.iter_rows() for cell in row)
    assert all(word in said for word in ("制表人：", "复核人：", "财务负责人：", "单位负责人：", "公章"))
    widths = [page.column_dimensions[letter].width for letter in "GJ"]
    assert min(widths) > len("103,205,763.88 ")


@pytest.mark.parametrize("cut", ["pro-rata", "rank"])
@pytest.mark.parametrize("shape", ["long", "wide"])
def test_under_a_budget_it_lists_what_is_paid(catalog: Catalog, table: Path, cut: str, shape: str) -> None:
    ranked = TABLE.replace("区,", "区,名次,", 1).replace("朝阳区,", "朝阳区,2,").replace("石景山区,", "石景山区,1,").replace("亦庄,,", "亦庄,,3,")
    table.write_text(ranked if cut == "rank" else TABLE, encoding="utf-8")
    rows = listed(catalog, table, shape=shape, budget="5000万元", **({"rank": "名次"} if cut == "rank" else {}))
    found = lines(rows)
    assert round(sum(one["金额（元）"] for one in found), 2) == 50_000_000
    if cut == "rank":  # 首钢 in full, 东坝 in full, 酒仙桥 what is left, 亦庄 nothing
        assert {one["项目"]: one["金额（元）"] for one in found} == {"首钢": 3705763.88, "东坝": 36000000, "酒仙桥": 10294236.12}
        assert [one["备注"] for one in found if one["项目"] == "酒仙桥"] == ["应得 50,000,000.00，资金不足"]
    else:
        assert len(found) == 4 and all(one["备注"] for one in found)


def test_columns_told_are_carried_and_another_splits(catalog: Catalog, table: Path) -> None:
    table.write_text(TABLE.replace("开户行", "批次"), encoding="utf-8")
    rows = listed(catalog, table, by="批次", carry=["区"])
    assert "批次" in rows[2] and rows[2].index("区") > rows[2].index("金额大写")
    assert any(str(row[0]).startswith("小计  工行") for row in rows)
    table.write_text(TABLE.replace("区,", "片,", 1), encoding="utf-8")
    with pytest.raises(InputError):
        listed(catalog, table, by="区")
    plain = listed(catalog, table, ignore_unknown=True)
    assert "区" not in plain[2] and plain[-1] and not any(str(row[0]).startswith("小计  朝") for row in plain)


def test_limits_of_an_enterprise_over_rows_come_off_the_list(tmp_path: Path) -> None:
    caps = '[[group_caps]]\nbenefits = ["one", "two"]\nat_most = "100元"\nper = "enterprise-year"'
    catalog = made(tmp_path, {"one": 'amount = "cost"', "two": 'amount = "other"'}, caps=caps)
    table = tmp_path / "t.csv"
    table.write_text("id,企业,cost,other\n1,A,40,30\n2,A,40,30\n3,A,1,0\n4,B,90,90\n", encoding="utf-8")
    catalog.batch(table, tmp_path / "out.csv", enterprise_column="企业", list=tmp_path / "list.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "list.xlsx", data_only=True).worksheets[0].iter_rows(values_only=True))
    # 70 of 100 are used by the first row, so the second has 30 left, off its last benefit first; the third none
    assert [(one["项目"], one["金额（元）"]) for one in lines(rows)] == [("1", 40), ("2", 30), ("4", 90), ("1", 30), ("4", 10)]
    assert [one["备注"] for one in lines(rows)] == ["", "本项 40.00，按合并上限核减", "", "", "本项 90.00，按合并上限核减"]


def test_what_a_rule_excludes_beside_a_line_is_said_on_it(catalog: Catalog, table: Path) -> None:
    """东坝, 首钢, 酒仙桥 and 亦庄 are paid for one renovation under 1.01 and 1.02: old factory or inefficient building, not both."""
    summary = catalog.batch(table, table.with_name("out.csv"), schemes=["1.01", "1.02"], list=table.with_name("list.xlsx"))
    rows = list(openpyxl.load_workbook(table.with_name("list.xlsx"), data_only=True).worksheets[0].iter_rows(values_only=True))
    found = {(one["项目"], one["政策"][:4]): one["备注"] for one in lines(rows)}
    assert found["东坝", "1.01"] == "与同时拨付的 1.02 投资补助 不能兼得：老旧厂房与低效楼宇只属一类"
    assert found["东坝", "1.02"] == "与同时拨付的 1.01 投资补助 不能兼得：老旧厂房与低效楼宇只属一类"
    marked = sum(bool(note) for note in found.values())
    assert summary.payments is not None and summary.payments["excluded"] == marked > 2
    assert f"{marked} 笔" in summary.said() and "东坝" not in {project for (project, _), note in found.items() if not note}
    # one scheme alone, or a budget that pays one of the two only: nothing to say
    assert "备注" not in listed(catalog, table)[2]
    rows = listed(catalog, table, ["1.01", "1.02"], per={"1.02": "0元"})
    assert {one["政策"][:4] for one in lines(rows)} == {"1.01"} and "备注" not in rows[2]


def test_nobody_is_paid(catalog: Catalog, table: Path) -> None:
    table.write_text(TABLE.splitlines()[0] + "\n" + TABLE.splitlines()[3] + "\n", encoding="utf-8")
    rows = listed(catalog, table)
    assert lines(rows) == [] and any(row[0] == "合计" for row in rows)


def test_what_cannot_be(catalog: Catalog, table: Path) -> None:
    with pytest.raises(FileProblem):
        catalog.batch(table, table.with_name("out.csv"), schemes=["1.01"], list=table.with_name("list.csv"))
    with pytest.raises(InputError):
        catalog.batch(table, table.with_name("out.csv"), schemes=["1.01"], by="区")
    with pytest.raises(InputError):
        listed(catalog, table, carry=["电话"])
    assert not list(table.parent.glob("*list*"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command(table: Path, tmp_path: Path, lang: str) -> None:
    words = ["--lang", lang, "batch", str(table), "-s", "1.01", "-o", str(tmp_path / "out.csv")]
    done = run([*words, "--list", str(tmp_path / "list.xlsx")])
    assert done.code == 0 and "102,081,650.00" in done.err  # 3600万 + 5000万 + 258.165万 + 1350万
    assert run([*words, "--list", str(tmp_path / "out.csv")]).code == 2
    assert run([*words, "--list", str(table)]).code == 2 and table.read_text(encoding="utf-8") == TABLE
    assert run([*words, "--carry", "账号"]).code == 2


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_comes_to_the_same_sums(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    rows = listed(catalog, table, ["1.01", "1.02"])
    assert OFFICE is not None
    command = [OFFICE, "--headless", f"-env:UserInstallation=file://{tmp_path}/office", "--convert-to"]
    subprocess.run([*command, "ods", "--outdir", str(tmp_path), str(tmp_path / "list.xlsx")], check=True, capture_output=True)
    subprocess.run([*command, "xlsx", "--outdir", str(tmp_path / "again"), str(tmp_path / "list.ods")], check=True, capture_output=True)
    again = openpyxl.load_workbook(tmp_path / "again" / "list.xlsx", data_only=True)
    place = [str(cell) for cell in rows[2]].index("金额（元）")
    for row, other in zip(rows[3:], again.worksheets[0].iter_rows(min_row=4, values_only=True), strict=False):
        if row[place] is not None:
            assert other[place] == pytest.approx(row[place], abs=0.001)
    sums = list(again.worksheets[1].iter_rows(values_only=True))
    assert sums[-1][3] == pytest.approx(sum(one["金额（元）"] for one in lines(rows)), abs=0.001) and sums[-1][2] == len(lines(rows))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "零元整"), ("0.05", "伍分"), ("0.50", "伍角整"), ("1.00", "壹元整"), ("10.01", "壹拾元零壹分"), ("105.30", "壹佰零伍元叁角整"),
        ("10000.00", "壹万元整"), ("10500.00", "壹万零伍佰元整"), ("100005000.00", "壹亿零伍仟元整"), ("120000000.00", "壹亿贰仟万元整"),
        ("1000000000000.00", "壹万亿元整"), ("20648743.92", "贰仟零陆拾肆万捌仟柒佰肆拾叁元玖角贰分"),
    ],
)  # fmt: skip
def test_amounts_in_words(amount: str, words: str) -> None:
    assert capital(amount) == words
    assert parse_number("money", words) == parse_number("money", amount)
