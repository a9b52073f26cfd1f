"""A filled CSV template is read by ``batch`` as by ``estimate``: with the lists in the files beside it."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from tests.command import run

PROJECT = "{},85%,85%,是,85%,战略性新兴产业,1.2亿元\n"
LOAN = "{},1亿元,3.8%,2023-03-01,2026-03-01,1年期\n"
LIST = "同目录的 form.loans.csv 读作明细“贷款（逐笔）”"


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """The template of 1.01 with two projects, 甲 with a loan."""
    assert run(["subsidy", "template", "1.01", "-o", "form.csv"], cwd=tmp_path).code == 0
    form = tmp_path / "form.csv"
    for path, rows in ((form, PROJECT.format("甲") + PROJECT.format("乙")), (form.with_name("form.loans.csv"), LOAN.format("甲"))):
        path.write_text(path.read_text(encoding="utf-8-sig").rstrip("\n") + "\n" + rows, encoding="utf-8")
    return form


def results(form: Path, *words: str) -> tuple[dict[str, tuple[str, str]], str]:
    """Status and amount of the loan interest by project, and what is said."""
    out = run(["subsidy", "batch", form.name, "-s", "1.01", "-o", "out.csv", *words], cwd=form.parent)
    assert out.code == 0, out.err
    with (form.parent / "out.csv").open(encoding="utf-8-sig") as file:
        return {row["project"]: (row["status"], row["amount"]) for row in csv.DictReader(file) if row["benefit"] == "loan-interest"}, out.err


@pytest.mark.parametrize("engine", ["columns", "explainer"])
def test_the_lists_beside_are_read(form: Path, engine: str) -> None:
    found, said = results(form, "--engine", engine)
    # min(3.65%, 3.8%) of 1亿元 over the 731 days from 2023-03-01 to 2025-03-01
    assert found == {"甲": ("eligible", "7411527.77"), "乙": ("ineligible", "0.00")}
    assert LIST in said


def test_estimate_says_the_same(form: Path) -> None:
    form.write_text(form.read_text(encoding="utf-8").replace(PROJECT.format("乙"), ""), encoding="utf-8")
    single = run(["subsidy", "estimate", "form.csv", "-s", "1.01", "--format", "json"], cwd=form.parent)
    [result] = json.loads(single.out)["schemes"]
    [interest] = [one for one in result["benefits"] if one["id"] == "loan-interest"]
    assert results(form)[0] == {"甲": (interest["status"], interest["amount"])}


def test_a_list_that_is_not_filled_in_is_not_given(form: Path) -> None:
    loans = form.with_name("form.loans.csv")
    loans.write_text("".join(loans.read_text(encoding="utf-8-sig").splitlines(keepends=True)[:-1]), encoding="utf-8")
    found, said = results(form)
    assert found == {"甲": ("incomplete", ""), "乙": ("incomplete", "")}
    assert LIST not in said


def test_a_list_that_is_named_is_the_one_read(form: Path) -> None:
    form.with_name("other.csv").write_text("项目,贷款本金,年化实际利率,首笔放款日,到期日\n乙,1亿元,3.8%,2023-03-01,2026-03-01\n", encoding="utf-8")
    found, said = results(form, "--items", "loans=other.csv")
    assert found == {"甲": ("ineligible", "0.00"), "乙": ("eligible", "7411527.77")}
    assert LIST not in said


def test_the_audit_names_the_list_and_verify_reads_it_again(form: Path) -> None:
    results(form)
    assert json.loads((form.parent / "out.csv.audit.json").read_text())["items"]["loans"]["file"] == "form.loans.csv"
    assert run(["subsidy", "verify", "out.csv"], cwd=form.parent).code == 0
    loans = form.with_name("form.loans.csv")
    loans.write_text(loans.read_text(encoding="utf-8").replace("1亿元", "2亿元"), encoding="utf-8")
    changed = run(["subsidy", "verify", "out.csv"], cwd=form.parent)
    assert changed.code == 1 and "form.loans.csv" in changed.out


LOANS = ["项目", "贷款本金", "年化实际利率", "首笔放款日", "到期日"]
ROW = ["1亿元", "3.8%", "2023-03-01", "2026-03-01"]


def workbook(file: Path, rows: list[list[str]]) -> Path:
    """Two projects, and what stands on the sheet of loans."""
    book = openpyxl.Workbook()
    head = ["项目", "项目交付后1年内入驻率", "改造后综合节能率", "是否具备可再生能源利用条件", "光伏面积占全部屋面水平投影比例"]
    head += ["改造后引入业态", "固定资产投资总额"]
    for cells in (head, *(PROJECT.format(name).strip().split(",") for name in ("甲", "乙"))):
        book.active.append(cells)
    sheet = book.create_sheet("贷款")
    for cells in rows:
        sheet.append(cells)
    book.save(file)
    return file


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([LOANS[1:], ROW], "没有项目编号列"),
        ([["贷款明细表"]], "没有项目编号列"),
        ([["贷款明细表"], LOANS[1:], ROW], "没有项目编号列"),
        ([[*LOANS, "不认识"], ["甲", *ROW, "1"]], "“不认识”"),
    ],
)
def test_a_sheet_of_a_list_that_cannot_be_matched_is_refused(tmp_path: Path, rows: list[list[str]], said: str) -> None:
    """What stands on a sheet named after a list is read, or said to be unreadable with sheet and line; it is never passed over."""
    done = run(["batch", str(workbook(tmp_path / "a.xlsx", rows)), "-s", "1.01", "-o", str(tmp_path / "out.csv")])
    assert done.code == 2 and said in done.err and "a.xlsx#贷款:" in done.err and not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("rows", [[], [[]], [["# 没有贷款"]], [LOANS]])
def test_a_sheet_of_a_list_with_nothing_in_it_is_not_given(tmp_path: Path, rows: list[list[str]]) -> None:
    done = run(["batch", str(workbook(tmp_path / "a.xlsx", rows)), "-s", "1.01", "-o", str(tmp_path / "out.csv")])
    assert done.code == 0 and "loan-interest,incomplete,,0.00,,loans" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_records_of_no_project_are_told_with_their_place(tmp_path: Path) -> None:
    """Also where no row of the table is rejected and nothing is written to a file."""
    done = run(["batch", str(workbook(tmp_path / "a.xlsx", [LOANS, ["甲", *ROW], ["", *ROW], ["丙", *ROW]])), "-s", "1.01"])
    assert done.code == 1 and "a.xlsx#贷款 有 2 行找不到项目" in done.err
    assert "a.xlsx#贷款 第 3 行 项目“”：没有这个项目" in done.err and "a.xlsx#贷款 第 4 行 项目“丙”：没有这个项目" in done.err
