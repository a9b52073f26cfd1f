"""Records whose project is written another way than in the table: told with the project that is meant, which is not computed without them."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calc.batch.likely import form_free
from tests.command import Done, run

HEAD = ["项目编号", "项目交付后1年内入驻率", "改造后综合节能率", "是否具备可再生能源利用条件", "光伏面积占全部屋面水平投影比例"]
HEAD += ["改造后引入业态", "固定资产投资总额"]
GOOD = ["85%", "85%", "是", "85%", "战略性新兴产业", "1000万元"]
LOANS = ["项目编号", "principal", "rate", "start", "end"]
LOAN = ["100万元", "3.8%", "2023-03-01", "2026-03-01"]
INTEREST = "74115.27"  # 3.65% of 100万元 over the 731 days from 2023-03-01 to 2025-03-01, by 360


def write(file: Path, *rows: list[str]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows)


def tables(folder: Path, projects: list[str], loans: list[str]) -> None:
    write(folder / "t.csv", HEAD, *([name, *GOOD] for name in projects))
    write(folder / "t.loans.csv", LOANS, *([name, *LOAN] for name in loans))


def batch(folder: Path, *words: str) -> Done:
    return run(["batch", *(words or ("t.csv", "-s", "1.01")), "-o", "out.csv"], cwd=folder)


def interest(folder: Path) -> dict[str, str]:
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as lines:
        return {row["project"]: row["amount"] for row in csv.DictReader(lines) if row["benefit"] == "loan-interest"}


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ("124", "124.0"), ("125.0", "125"), ("126", "１２６"), ("00127", "127"), ("P007", "P7"), ("a129", "A129"), ("13 0", "130"), ("131", "1\u00a031"),
        ("132\u200b", "132"), ("133", "'133"), ("B-134", "B－134"), ("B-135", "B–135"), ("京-136号", "京—136号"),
    ],
)  # fmt: skip
def test_a_number_in_another_form_is_told_and_its_project_not_computed_without_it(tmp_path: Path, project: str, said: str) -> None:
    tables(tmp_path, [project, "X"], [said, "X"])
    done = batch(tmp_path)
    assert done.code == 1 and "t.loans.csv 第 2 行" in done.err and "没有这个项目，也许是“" in done.err, done.err
    assert interest(tmp_path) == {"X": INTEREST}
    with (tmp_path / "out.rejects.csv").open(encoding="utf-8-sig", newline="") as lines:
        [reject] = csv.DictReader(lines)
    assert (reject["row"], reject["固定资产投资总额"]) == ("1", "1000万元"), "with the cells of its project"


@pytest.mark.parametrize(("one", "other"), [("1.1", "1.01"), ("P-12", "P12"), ("1-23", "12-3"), ("A", "B"), ("1.10", "1.1"), ("10", "1")])
def test_what_is_another_number_is_no_other_form(one: str, other: str) -> None:
    assert form_free(one) != form_free(other)


def test_a_name_that_only_looks_alike_costs_no_project_its_result(tmp_path: Path) -> None:
    tables(tmp_path, ["P137", "X"], ["P173", "X"])
    done = batch(tmp_path)
    assert done.code == 1 and "项目编号“P173”：没有这个项目；最接近的是：P137" in done.err
    assert interest(tmp_path) == {"P137": "0.00", "X": INTEREST}


def test_all_projects_that_may_be_meant_are_told(tmp_path: Path) -> None:
    tables(tmp_path, ["p1", "P01", "X"], ["Ｐ1"])
    done = batch(tmp_path)
    assert "也许是“p1；P01”" in done.err and interest(tmp_path) == {"X": "0.00"}


def test_a_number_is_one_whatever_holds_it(tmp_path: Path) -> None:
    """Of a workbook's cell, of a column of floats in which some are blank, of decimals."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("贷款")
    for cells in (HEAD, [124, *GOOD], ["125", *GOOD]):
        book.active.append(cells)
    for cells in (LOANS, ["124", *LOAN], [125, *LOAN]):
        sheet.append(cells)
    book.save(tmp_path / "t.xlsx")
    assert batch(tmp_path, "t.xlsx", "-s", "1.01").code == 0
    assert interest(tmp_path) == {"124": INTEREST, "125": INTEREST}
    decimals = pa.array([Decimal("124.00"), None, Decimal("0.50")], pa.decimal128(20, 2))
    for numbers in (pa.array([124, float("nan"), 1e300, 0.5]), pa.array([124.0, None]), decimals):
        columns = {name: pa.array([value] * len(numbers)) for name, value in zip(HEAD[1:], GOOD, strict=True)}
        pq.write_table(pa.table({"项目编号": numbers, **columns}), tmp_path / "t.parquet")
        write(tmp_path / "l.csv", LOANS, ["124", *LOAN])
        done = batch(tmp_path, "t.parquet", "-s", "1.01", "--items", "loans=l.csv")
        assert done.code == 0 and interest(tmp_path)["124"] == INTEREST, done.err


def test_a_loan_is_named_by_a_whole_number(tmp_path: Path) -> None:
    """A repayment of loan 1.5 is none of loan 2."""
    tables(tmp_path, ["甲"], ["甲", "甲"])
    write(tmp_path / "t.loans.repayments.csv", ["项目编号", "第几项", "date", "amount"], ["甲", "1.5", "2024-01-01", "10万元"])
    done = batch(tmp_path)
    assert done.code == 1 and "第几项“1.5”：“贷款（逐笔）”里没有这一项" in done.err
    write(tmp_path / "t.loans.repayments.csv", ["项目编号", "第几项", "date", "amount"], ["甲", "2.0", "2023-03-01", "100万元"])
    assert batch(tmp_path).code in (0, 1) and "没有这一项" not in batch(tmp_path).err


def test_mended_forms_are_joined(tmp_path: Path) -> None:
    """As from a table that was right at once; a form that is not mended is told again."""
    tables(tmp_path, ["P1", "P2", "P3"], ["P1", "P2", "P3"])
    assert batch(tmp_path).code == 0
    wanted = (tmp_path / "out.csv").read_bytes()
    tables(tmp_path, ["P1", "P2", "P3"], ["P1", "ｐ2", "P03"])
    assert batch(tmp_path).code == 1 and interest(tmp_path) == {"P1": INTEREST}
    tables(tmp_path, ["P1", "P2", "P3"], ["P1", "P2", "P03"])
    again = batch(tmp_path, "out.rejects.csv", "--only-rejects")
    assert again.code == 1 and "“P03”：没有这个项目，也许是“P3”" in again.err and interest(tmp_path) == {"P1": INTEREST, "P2": INTEREST}
    tables(tmp_path, ["P1", "P2", "P3"], ["P1", "P2", "P3"])
    assert batch(tmp_path, "out.rejects.2.csv", "--only-rejects").code == 0
    assert (tmp_path / "out.csv").read_bytes() == wanted


def test_records_that_may_be_those_of_joined_rows_now_are_told(tmp_path: Path) -> None:
    tables(tmp_path, ["甲", "乙"], ["丙", "乙"])
    loans = tmp_path / "t.loans.csv"
    loans.write_text(loans.read_text("utf-8-sig").replace("乙,100万元", "乙,很多"), encoding="utf-8-sig")
    assert batch(tmp_path).code == 1 and interest(tmp_path) == {"甲": "0.00"}
    assert json.loads((tmp_path / "out.csv.audit.json").read_text("utf-8"))["result"]["orphans"] == 1
    tables(tmp_path, ["甲", "乙"], ["甲", "乙"])
    done = batch(tmp_path, "out.rejects.csv", "--only-rejects")
    assert done.code == 1 and "out.csv：写出时有 1 行明细找不到项目，此后明细改动过" in done.err
