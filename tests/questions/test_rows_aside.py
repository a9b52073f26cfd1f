"""Rows that are no projects (sums, notes, a template's example) are left out and told, by every command; merged cells lose nothing."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from calc import Catalog
from calc.batch.summary import Summary
from calc.errors import FileProblem
from calc.questions.fill.project import read_projects
from calc.questions.fill.rows import SURE, SUSPECT
from tests.command import run

HEAD = ["序号", "项目名称", "fixed_asset_investment", "introduced_industry", "occupancy_rate_one_year", "energy_saving_rate", "renewable_capable"]
ONE = ["1", "甲", "1000万元", "高精尖产业", "85%", "18%", "否"]
TWO = ["2", "乙", "2000万元", "高精尖产业", "85%", "18%", "否"]


def write(path: Path, rows: Sequence[Sequence[str | None]], delimiter: str = ",") -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out, delimiter=delimiter).writerows(rows)
    return path


def batched(catalog: Catalog, path: Path) -> tuple[Summary, list[dict[str, str]]]:
    out = path.with_name("out.csv")
    summary = catalog.batch(path, out, schemes=["1.01"], benefits=False)
    with out.open(encoding="utf-8-sig") as file:
        return summary, [row for row in csv.DictReader(file) if row["benefit"] == "investment-grant"]


ASIDE: dict[str, tuple[list[list[str | None]], str]] = {
    "sum in the first cell": ([["合计", "", "3000万元"]], "合计、小计 1 行不是项目，未计入（第 4 行）"),
    "sum beside a number": ([["3", " 合 计 ", "3000万元"]], "合计、小计 1 行不是项目，未计入（第 4 行）"),
    "sums": ([["本页小计：", "", "3000万元"], ["", "总计（元）", "3000万元"]], "合计、小计 2 行不是项目，未计入（第 4、5 行）"),
    "Total": ([["Total", "", "3000万元"]], "合计、小计 1 行不是项目，未计入（第 4 行）"),
    "note": ([["注：数据为2023年预计数"]], "表注、签章 1 行不是项目，未计入（第 4 行）"),
    "notes that go on": ([["注：1. 数据为预计数"], ["2. 不含税"]], "表注、签章 2 行不是项目，未计入（第 4、5 行）"),
    "signatures": ([["填表人：张三", "", "", "审核人：李四", "联系电话：010-12345678"]], "表注、签章 1 行不是项目，未计入（第 4 行）"),
}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("case", ASIDE)
def test_rows_that_are_no_projects_are_left_out_and_told(catalog: Catalog, tmp_path: Path, case: str, suffix: str) -> None:
    rows, said = ASIDE[case]
    path = write(tmp_path / f"a{suffix}", [HEAD, ONE, TWO, *rows])
    summary, found = batched(catalog, path)
    assert (summary.rows, summary.written, summary.rejected) == (2, 2, 0)
    assert [row["amount"] for row in found] == ["3000000.00", "6000000.00"]
    assert said in summary.notes
    told: list[str] = []
    assert [project["name"] for project in read_projects(path, catalog.facts, told=told)] == ["甲", "乙"]
    assert [one.partition("：")[2] for one in told] == [said]
    done = run(["plan", str(path), "-s", "1.01"])
    assert done.code == 0 and said in done.err


@pytest.mark.parametrize("name", ["合计科技有限公司", "累计光学", "注册资本增资项目", "说明书数字化", "负责任农业", "Totally Green", "Sumitomo"])
def test_projects_with_such_names_stay(catalog: Catalog, tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.csv", [HEAD, ONE, ["2", name, *TWO[2:]]])
    _summary, found = batched(catalog, path)
    assert [row["project"] for row in found] == ["甲", name]
    assert [project["name"] for project in read_projects(path, catalog.facts)] == ["甲", name]


def test_a_sum_between_rows_of_a_large_table(catalog: Catalog, tmp_path: Path) -> None:
    rows = [["", f"P{n}", *ONE[2:]] for n in range(3000)]
    rows[1000:1000] = [["小计", "", "3000万元", "", "", "", ""]]
    summary, found = batched(catalog, write(tmp_path / "a.csv", [HEAD, *rows]))
    assert (summary.rows, len(found)) == (3000, 3000) and any("第 1002 行" in note for note in summary.notes)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_example_of_a_template_whose_ids_are_gone_is_no_project(catalog: Catalog, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    catalog.template(["1.01"], path, [{"name": "甲", "facts": {"fixed_asset_investment": "1000万元", "introduced_industry": "高精尖产业"}}])
    if suffix == ".csv":
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith("#编号")), encoding="utf-8")
    else:
        book = openpyxl.load_workbook(path)
        page = book.worksheets[0]
        assert str(page["A2"].value).startswith("#编号")
        page.delete_rows(2)
        book.save(path)
    assert [project["name"] for project in read_projects(path, catalog.facts)] == ["甲"]
    summary, found = batched(catalog, path)
    assert (summary.rows, [row["project"] for row in found]) == (1, ["甲"])


def test_a_number_sign_begins_a_remark_only_where_nothing_else_stands(catalog: Catalog, tmp_path: Path) -> None:
    head, one = HEAD[1:], ONE[1:]
    path = write(tmp_path / "a.csv", [head, one, ["#2厂房", *TWO[2:]], ["# 以下待定"]])
    summary, found = batched(catalog, path)
    assert [row["project"] for row in found] == ["甲", "#2厂房"] and summary.rejected == 0
    assert [project["name"] for project in read_projects(path, catalog.facts)] == ["甲", "#2厂房"]


# ---------------------------------------------------------------- whatever one command reads, all read


@pytest.mark.parametrize(("suffix", "delimiter"), [(".csv", ";"), (".csv", "\t"), (".tsv", "\t"), (".txt", "|"), (".csv", ",")])
def test_every_separator_is_read_by_every_command(catalog: Catalog, tmp_path: Path, suffix: str, delimiter: str) -> None:
    path = write(tmp_path / f"a{suffix}", [["某区项目表"], HEAD, ONE, TWO], delimiter)
    assert [row["amount"] for row in batched(catalog, path)[1]] == ["3000000.00", "6000000.00"]
    assert [project["facts"]["fixed_asset_investment"] for project in read_projects(path, catalog.facts)] == ["1000万元", "2000万元"]


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_every_encoding_is_read_by_every_command(catalog: Catalog, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(["sep=;", ";".join(HEAD), ";".join(ONE)]).encode(encoding))
    assert [row["amount"] for row in batched(catalog, path)[1]] == ["3000000.00"]
    done = run(["estimate", str(path), "-s", "1.01", "--format", "json"])
    assert done.code == 0 and "3000000.00" in done.out, done.err


def test_lines_of_json_and_parquet_are_read_by_every_command(catalog: Catalog, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    table = {name: [one, two] for name, one, two in zip(HEAD, ONE, TWO, strict=True)}
    pyarrow.parquet.write_table(pa.table(table), tmp_path / "a.parquet")
    lines = [f'{{"name": "{one[1]}", "fixed_asset_investment": "{one[2]}", "renewable_capable": false}}' for one in (ONE, TWO)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "a.json").write_text(f"[{','.join(lines)}]", encoding="utf-8")
    for name in ("a.parquet", "a.jsonl", "a.json"):
        projects = read_projects(tmp_path / name, catalog.facts)
        assert [(p["name"], p["facts"]["fixed_asset_investment"]) for p in projects] == [("甲", "1000万元"), ("乙", "2000万元")]
        assert run(["plan", str(tmp_path / name)]).code == 0
        assert "2 个项目" in run(["estimate", str(tmp_path / name), "-s", "1.01"]).err


def test_plan_leaves_out_the_rows_that_batch_rejects(catalog: Catalog, tmp_path: Path) -> None:
    bad = ["3", "丙", "很多", *TWO[3:]]
    path = write(tmp_path / "a.csv", [HEAD, ONE, bad, TWO])
    assert [row["project"] for row in batched(catalog, path)[1]] == ["甲", "乙"]
    done = run(["plan", str(path), "-s", "1.01", "--format", "json"])
    assert done.code == 1 and "9000000.00" in done.out
    assert "第3行" in done.err and "很多" in done.err
    alone = run(["plan", str(write(tmp_path / "b.csv", [HEAD, bad])), "-s", "1.01"])
    assert alone.code == 2 and "很多" in alone.err


def test_a_bad_record_costs_its_project_only(catalog: Catalog, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [HEAD, ONE, TWO])
    write(tmp_path / "a.loans.csv", [["项目名称", "principal", "rate", "start", "end"], ["甲", "很多", "3.8%", "2023-03-01", "2026-03-01"]])
    refused: list[str] = []
    assert [p["name"] for p in read_projects(path, catalog.facts, refused=refused)] == ["乙"]
    assert len(refused) == 1 and "很多" in refused[0]
    with pytest.raises(FileProblem):
        read_projects(path, catalog.facts)


def test_other_sheets_are_told_by_every_command(catalog: Catalog, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [HEAD, ONE])
    book = openpyxl.load_workbook(path)
    book.create_sheet("政策摘录").append(["第一条", "……"])
    book.save(path)
    summary, _ = batched(catalog, path)
    assert any("政策摘录" in note for note in summary.notes)
    done = run(["estimate", str(path), "-s", "1.01"])
    assert done.code == 0 and "政策摘录" in done.err
    book.create_sheet("贷款明细表二").append(["项目名称", "贷款本金", "rate"])
    book.save(path)
    done = run(["estimate", str(path), "-s", "1.01"])
    assert done.code == 2 and "贷款明细表二" in done.err
    assert any("贷款明细表二" in note for note in batched(catalog, path)[0].notes)


# ---------------------------------------------------------------- merged cells


def merged(path: Path, rows: Sequence[Sequence[object]], *ranges: str) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    for one in ranges:
        book.worksheets[0].merge_cells(one)
    book.save(path)
    return path


def test_a_name_merged_over_its_records_is_that_of_each(catalog: Catalog, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [HEAD, ONE, TWO])
    loans = merged(
        tmp_path / "loans.xlsx",
        [["项目名称", "principal", "rate", "start", "end"], ["甲", 10_000_000, "3.8%", "2023-03-01", "2026-03-01"],
         [None, 20_000_000, "3.8%", None, "2026-03-01"], ["乙", 10_000_000, "3.8%", "2023-03-01", "2026-03-01"]],
        "A2:A3", "D2:D3",
    )  # fmt: skip
    out = tmp_path / "out.csv"
    summary = catalog.batch(path, out, schemes=["1.01"], items={"loans": str(loans)})
    assert summary.rejected == 0
    with out.open(encoding="utf-8-sig") as file:
        found = {row["project"]: row["amount"] for row in csv.DictReader(file) if row["benefit"] == "loan-interest"}
    assert float(found["甲"]) == pytest.approx(3 * float(found["乙"]), abs=0.03)


def test_a_number_merged_over_several_rows_is_refused_with_them(catalog: Catalog, tmp_path: Path) -> None:
    rows = [HEAD, [*ONE[:2], 30_000_000, *ONE[3:]], [*TWO[:2], None, *TWO[3:]], ["3", "丙", *ONE[2:]]]
    path = merged(tmp_path / "a.xlsx", rows, "C2:C3", "D2:D3")
    summary, found = batched(catalog, path)
    assert (summary.rows, summary.rejected, [row["project"] for row in found]) == (3, 2, ["丙"])
    assert all("合并" in reason for reason in summary.reasons)
    with pytest.raises(FileProblem, match="合并"):
        read_projects(path, catalog.facts)


def test_rows_merged_as_a_whole_are_one_row(catalog: Catalog, tmp_path: Path) -> None:
    rows = [HEAD, ONE, [None] * 7, TWO]
    path = merged(tmp_path / "a.xlsx", rows, *(f"{letter}2:{letter}3" for letter in "ABCDEFG"))
    summary, found = batched(catalog, path)
    assert (summary.rows, summary.rejected, [row["amount"] for row in found]) == (2, 0, ["3000000.00", "6000000.00"])
    assert [p["name"] for p in read_projects(path, catalog.facts)] == ["甲", "乙"]


# ---------------------------------------------------------------- files of records

LOANS = ["项目名称", "principal", "rate", "start", "end"]
LOAN = ["1000万元", "3.8%", "2023-03-01", "2026-03-01"]


def with_loans(catalog: Catalog, tmp_path: Path, projects: Sequence[Sequence[str]], loans: Path) -> tuple[Summary, dict[str, str], list[dict[str, str]]]:
    """A batch with a file of loans: the summary, the interest of each project in the result, the rejects."""
    path, out = write(tmp_path / "a.csv", [HEAD, *projects]), tmp_path / "out.csv"
    rejects = tmp_path / "out.rejects.csv"
    rejects.unlink(missing_ok=True)
    summary = catalog.batch(path, out, schemes=["1.01"], items={"loans": str(loans)})
    with out.open(encoding="utf-8-sig") as file:
        found = {row["project"]: row["amount"] for row in csv.DictReader(file) if row["benefit"] == "loan-interest"}
    if not rejects.exists():
        return summary, found, []
    with rejects.open(encoding="utf-8-sig") as file:
        return summary, found, list(csv.DictReader(file))


@pytest.mark.parametrize("bad", ['乙,1000万元,3.8%,2023-03-01,2026-03-01,多出,的', '乙,"1000万元,3.8%,2023-03-01,2026-03-01'])
def test_a_record_that_cannot_be_read_costs_its_project_not_the_run(catalog: Catalog, tmp_path: Path, bad: str) -> None:
    loans = tmp_path / "loans.csv"
    loans.write_text("\n".join([",".join(LOANS), ",".join(["甲", *LOAN]), bad]) + "\n", encoding="utf-8")
    summary, found, rejects = with_loans(catalog, tmp_path, [ONE, TWO], loans)
    assert (summary.rows, summary.written, summary.rejected) == (2, 1, 1)
    assert list(found) == ["甲"] and float(found["甲"]) > 0
    assert [(row["file"], row["line"], row["project"]) for row in rejects] == [("loans.csv", "3", "乙")]


def test_a_flawed_cell_among_records_costs_its_project(catalog: Catalog, tmp_path: Path) -> None:
    path = merged(tmp_path / "loans.xlsx", [LOANS, ["甲", *LOAN], ["乙", "=1/0", *LOAN[1:]]])
    summary, found, rejects = with_loans(catalog, tmp_path, [ONE, TWO], path)
    assert list(found) == ["甲"] and summary.rejected == 1
    assert [(row["line"], row["project"], row["column"]) for row in rejects] == [("3", "乙", "principal")]


def test_a_record_that_names_no_project_is_listed(catalog: Catalog, tmp_path: Path) -> None:
    loans = write(tmp_path / "loans.csv", [LOANS, ["甲", *LOAN], ["", *LOAN], ["丁", *LOAN], ["合计", "2000万元", "", "", ""]])
    summary, found, rejects = with_loans(catalog, tmp_path, [ONE, TWO], loans)
    assert (summary.written, summary.rejected, set(found)) == (2, 0, {"甲", "乙"})
    assert [(row["line"], row["project"]) for row in rejects] == [("3", ""), ("4", "丁")]
    assert any("合计" in note and "第 5 行" in note and "loans.csv" in note for note in summary.notes)


@pytest.mark.parametrize("broken", [["2", "乙", "很多", *TWO[3:]], [*TWO, "多出"]])
def test_records_of_a_rejected_project_are_no_orphans(catalog: Catalog, tmp_path: Path, broken: list[str]) -> None:
    loans = write(tmp_path / "loans.csv", [LOANS, ["甲", *LOAN], ["乙", *LOAN], ["乙", "很多", *LOAN[1:]]])
    summary, found, rejects = with_loans(catalog, tmp_path, [ONE, broken], loans)
    assert (summary.rows, summary.written, summary.rejected, set(found)) == (2, 1, 1, {"甲"})
    assert [(row["file"], row["project"]) for row in rejects] == [("a.csv", "乙")]
    assert not any("loans.csv" in note for note in summary.notes)


SAID = ["合计", " 其中：小计", "total", "Grand Total：", "subtotal", "sum:", "SUM", "注：", "Note:", "sources:", "REMARKS：", "#说明", "示例", "Example"]


@pytest.mark.parametrize("said", SAID)
def test_what_surely_begins_a_project_begins_nothing_else(said: str) -> None:
    """Columns whose cells all begin so are not looked through."""
    if re.match(SUSPECT, said):
        assert said.encode()[0] not in SURE
    for byte in SURE:
        assert not re.match(SUSPECT, chr(byte) + said)
        assert not re.match(SUSPECT, chr(byte) + said[1:])


@pytest.mark.parametrize("said", ["合计", "Total", "sum："])
@pytest.mark.parametrize("rows", [3, 9000])
def test_a_sum_is_found_among_few_rows_and_many(catalog: Catalog, tmp_path: Path, said: str, rows: int) -> None:
    """In columns that repeat their values and in those that do not."""
    lines = [[str(n), f"项目{n}", *ONE[2:]] for n in range(rows)]
    for place in (0, 1):
        total = ["", "", "9亿元", "", "", "", ""]
        total[place] = said
        summary, kept = batched(catalog, write(tmp_path / "t.csv", [HEAD, *lines, total]))
        assert (summary.rows, len(kept)) == (rows, rows)
        assert any("合计" in note for note in summary.notes)
