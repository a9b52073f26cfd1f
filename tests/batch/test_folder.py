"""A folder of applications read as one table: each file a row, what cannot be used among the rejects."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from calc import Catalog
from calc.errors import FileProblem
from tests.command import run

GATES = 'introduced_industry = "高精尖产业"\noccupancy_rate_one_year = "85%"\nenergy_saving_rate = "18%"\nrenewable_capable = "否"\n'
LOAN = '[[facts.loans]]\nprincipal = "8000万元"\nrate = "3.8%"\nstart = 2023-03-01\nend = 2026-03-01\n'
GIVEN = '"occupancy_rate_one_year": "72%", "energy_saving_rate": 0.15, "renewable_capable": false'
FACTS = f'"固定资产投资总额": "860万元", "改造后引入业态": "高精尖产业", {GIVEN}'
JSON = f'{{"id": "B1", "facts": {{{FACTS}}}}}'


@pytest.fixture
def folder(tmp_path: Path, catalog: Catalog, both_engines: str) -> Path:
    """Four forms of application, and a scan."""
    found = tmp_path / "申报材料"
    (found / "second").mkdir(parents=True)
    (found / "a.toml").write_text(f'name = "甲"\nenterprise = "甲公司"\n[facts]\n"固定资产投资总额（万元）" = 12000\n{GATES}{LOAN}', encoding="utf-8")
    (found / "b.json").write_text(JSON, encoding="utf-8")
    (found / "second" / "c.toml").write_bytes(f"fixed_asset_investment = 20000000\n{GATES}".encode("gb18030"))
    catalog.template(["1.01"], found / "d.xlsx", [{"name": "丁", "facts": {"fixed_asset_investment": "3000万元", "introduced_industry": "高精尖产业",
        "occupancy_rate_one_year": "85%", "energy_saving_rate": "18%", "renewable_capable": "否"}}])  # fmt: skip
    (found / "scan.pdf").write_bytes(b"%PDF")
    (found / ".hidden.toml").write_text("=", encoding="utf-8")
    (found / "~$d.xlsx").write_bytes(b"locked")
    return found


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_each_file_is_a_row(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    summary = catalog.batch(folder, tmp_path / "out.csv", schemes=["1.01"], shape="wide", benefits=True)
    found = {one["file"]: one for one in rows(tmp_path / "out.csv")}
    # 30% of 1.2亿, of 860万, of 2000万, of 3000万; a file that names no project is told by itself
    grant = "1.01-old-factory-renovation.investment-grant"
    assert [(file, one["id"], one[grant]) for file, one in found.items()] == [
        ("a.toml", "甲", "36000000.00"), ("b.json", "B1", "2580000.00"), ("d.xlsx", "丁", "9000000.00"), ("second/c.toml", "second/c.toml", "6000000.00"),
    ]  # fmt: skip
    assert found["a.toml"]["enterprise"] == "甲公司" and found["a.toml"]["1.01-old-factory-renovation.loan-interest"] == "5929222.22"
    assert (summary.rows, summary.written, summary.rejected) == (4, 4, 0)
    assert any("scan.pdf" in note for note in summary.notes)
    alone = catalog.estimate({"fixed_asset_investment": "1.2亿元"}, "1.01")
    assert alone.benefits[0].amount == found["a.toml"][grant]


def test_bad_files_are_rejected_with_the_reason(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    (folder / "e.toml").write_text("name = ", encoding="utf-8")
    (folder / "f.docx").write_bytes(b"{\\rtf1 }")
    (folder / "g.json").write_text('{"facts": {"fixed_investment": 1}}', encoding="utf-8")
    (folder / "h.toml").write_text('fixed_asset_investment = "一大笔"', encoding="utf-8")
    (folder / "i.toml").write_text("fixed_asset_investment = 1\n\"固定资产投资总额\" = 1", encoding="utf-8")
    (folder / "j.xlsx").write_bytes(b"no workbook")
    summary = catalog.batch(folder, tmp_path / "out.csv", schemes=["1.01"])
    assert (summary.rows, summary.written, summary.rejected) == (10, 4, 6)
    said = {one["file"]: one for one in rows(tmp_path / "out.rejects.csv")}
    assert sorted(said) == ["e.toml", "f.docx", "g.json", "h.toml", "i.toml", "j.xlsx"]
    assert "e.toml:1:" in said["e.toml"]["reason"] and "RTF" in said["f.docx"]["reason"]
    assert "fixed_asset_investment" in said["g.json"]["reason"]
    assert (said["h.toml"]["column"], said["h.toml"]["value"]) == ("fixed_asset_investment", "一大笔")
    assert "fixed_asset_investment" in said["i.toml"]["reason"]


def test_columns_that_an_option_names_are_kept_in_every_form(catalog: Catalog, folder: Path, tmp_path: Path) -> None:
    for file in (folder / "a.toml", folder / "second" / "c.toml"):
        text = file.read_bytes().decode("utf-8" if file.name == "a.toml" else "gb18030")
        file.write_text(text.replace("energy_saving_rate", '"名次" = "1"\nenergy_saving_rate'), encoding="utf-8")
    (folder / "b.json").write_text(JSON.replace('"facts"', '"名次": 3, "facts"'), encoding="utf-8")
    book = openpyxl.load_workbook(folder / "d.xlsx")
    sheet = book.worksheets[0]
    place = sheet.max_column + 1
    head = next(row for row in range(1, 9) if not str(sheet.cell(row, 1).value or "#").startswith("#"))
    sheet.cell(head, place, "名次")
    data = next(row for row in range(head + 1, 30) if sheet.cell(row, 1).value == "丁")
    sheet.cell(data, place, 2)
    book.save(folder / "d.xlsx")
    summary = catalog.batch(folder, tmp_path / "out.csv", schemes=["1.01"], shape="wide", budget="4500万元", rank="名次")
    assert summary.rejected == 0
    # 甲 3600万 and c 600万 first, then 丁 of what is left, nothing for B1
    paid = {one["id"]: one["paid"] for one in rows(tmp_path / "out.csv")}
    assert paid == {"甲": "36000000.00", "second/c.toml": "6000000.00", "丁": "3000000.00", "B1": "0.00"}


def test_several_projects_in_one_file_and_lists_beside_a_csv(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    heads = "项目名称,固定资产投资总额,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件\n"
    (folder / "x.csv").write_text(heads + "甲,1000万元,高精尖产业,85%,18%,否\n乙,2000万元,高精尖产业,85%,18%,否\n", encoding="utf-8")
    (folder / "x.loans.csv").write_text("项目名称,principal,rate,start,end\n甲,8000万元,3.8%,2023-03-01,2026-03-01\n", encoding="utf-8")
    (folder / "x.2024.csv").write_text(heads + ",3000万元,高精尖产业,85%,18%,否\n", encoding="utf-8")
    summary = catalog.batch(folder, tmp_path / "out.csv", schemes=["1.01"])
    found = {(one["project"], one["benefit"]): one["amount"] for one in rows(tmp_path / "out.csv")}
    assert summary.rejected == 0
    assert found["甲", "loan-interest"] == "5929222.22" and found["乙", "investment-grant"] == "6000000.00"
    assert found["x.2024.csv", "investment-grant"] == "9000000.00"


def test_a_result_within_the_folder_would_be_read_as_an_application(catalog: Catalog, folder: Path) -> None:
    with pytest.raises(FileProblem):
        catalog.batch(folder, folder / "out.csv", schemes=["1.01"])
    assert not list(folder.glob("out*"))


def test_a_folder_without_applications(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "scan.pdf").write_bytes(b"%PDF")
    with pytest.raises(FileProblem):
        catalog.batch(tmp_path / "none", tmp_path / "out.csv")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_and_the_audit(folder: Path, tmp_path: Path, lang: str) -> None:
    out = tmp_path / "out.csv"
    assert run(["--lang", lang, "batch", str(folder), "-s", "1.01", "-o", str(out)]).code == 0
    assert run(["--lang", lang, "verify", str(out)]).code == 0
    (folder / "b.json").write_text(JSON.replace("860", "960"), encoding="utf-8")
    changed = run(["--lang", lang, "verify", str(out)])
    assert changed.code == 1 and "申报材料" in changed.out
    assert run(["--lang", lang, "reform", str(folder), "--change", '1.01/investment-grant: percent = "25%"', "--format", "csv"]).code == 0


def test_no_file_holds_its_neighbours_back(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    wanted: dict[str, Any] = {}
    for number in range(60):
        name = f"{number:03d}.toml"
        bad = number % 7 == 3
        (folder / name).write_text("facts = 3" if bad else f'"固定资产投资总额" = "{number}万元"\n{GATES}', encoding="utf-8")
        if not bad:
            wanted[name] = f"{number * 3000}.00"
    summary = catalog.batch(folder, tmp_path / "out.csv", schemes=["1.01"])
    found = {one["project"]: one["amount"] for one in rows(tmp_path / "out.csv") if one["benefit"] == "investment-grant"}
    assert found == wanted and summary.rows == 60 and summary.written == len(wanted)


def test_what_is_refused_names_its_file_once_and_the_line_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "申报"
    folder.mkdir()
    loans = '[[facts.loans]]\nprincipal = "1万元"\n[[facts.loans]]\nprincipal = "很多"\n'
    (folder / "a.toml").write_text(f'[facts]\n"固定资产投资总额" = "大约"\n\n{loans}', encoding="utf-8")
    (folder / "b.json").write_text('{"facts":\n {"fixed_asset_investment": "1亿元",\n "loans": [{"principal": 5},\n {"principal": "x"}]}}', encoding="utf-8")
    (folder / "c.toml").write_text('区 = "东城"\n', encoding="utf-8")
    (folder / "d.toml").write_text('"区" = "东城"\n[facts]\nfixed_asset_investment = 1\n', encoding="utf-8")
    done = run(["batch", str(folder), "-s", "1.01", "-o", str(tmp_path / "o.csv")])
    told = [line.strip() for line in done.err.splitlines() if line.startswith("  ") and line.strip()[1:2] == "."]
    assert done.code == 1 and [line.partition("“")[0] for line in told[:3]] == [
        "a.toml 第 2 行 固定资产投资总额（fixed_asset_investment）",
        *(f"{file} 行 贷款（逐笔）[2] · 贷款本金（loans[2].principal）" for file in ("a.toml 第 7", "b.json 第 4")),
    ]  # fmt: skip
    assert told[3].startswith("c.toml:1:") and told[4].startswith("d.toml:1：[facts] 外面只能写")
    assert [one["line"] for one in rows(tmp_path / "o.rejects.csv")][:3] == ["2", "7", "4"]


def test_a_column_that_no_file_could_give_is_told_by_what_is_wrong_with_the_files() -> None:
    """The examples name a district and an account, which nothing asks for here: that is the fault, not that no column is claimed."""
    done = run("batch examples/applications -s 1.01 --claimed 申报金额")
    assert done.code == 2 and done.out == "" and "--claimed" not in done.err
    assert [line.partition("：")[0] for line in done.err.splitlines()] == ["dongba.toml:3", "jiuxianqiao.toml:3", "shougang.json:4", "yizhuang.toml:2"]
    assert run("batch examples/applications -s 1.01 --claimed 申报金额 --ignore-unknown").code == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_to_check_is_told_with_the_file_and_its_line(catalog: Catalog, tmp_path: Path, lang: str) -> None:
    """A row number says nothing where every file is a row: notes on implausible figures name the file, its line and the label."""
    forms = tmp_path / "forms"
    forms.mkdir()
    (forms / "a.toml").write_text('name = "甲"\n[facts]\nfixed_asset_investment = "3亿元"\n', encoding="utf-8")
    loan = '[[facts.loans]]\nprincipal = {0}\nrate = "{1}"\nstart = 2023-01-01\nend = 2026-01-01\n'
    drawn = 'drawdowns = [{ date = 2023-03-01, amount = "8000万元" }]\n'
    (forms / "b.toml").write_text('name = "乙"\n[facts]\nfixed_asset_investment = 18000\n' + loan.format('"8000万元"', "3.8%") + drawn, encoding="utf-8")
    (forms / "c.toml").write_text('name = "丙"\n[facts]\n' + loan.format('"8000万元"', "3.8%") + loan.format("3000", "3.8%"), encoding="utf-8")
    (forms / "d.csv").write_text("项目名称,occupancy_rate_one_year（%）\n丁,0.8\n戊,85\n", encoding="utf-8")
    done = run(["batch", "--lang", lang, str(forms), "-s", "1.01", "-o", str(tmp_path / "r.csv")])
    names = {"zh": ("固定资产投资总额", "贷款本金"), "en": ("Total fixed-asset investment", "Principal")}[lang]
    said = [line for line in done.err.splitlines() if line.startswith(("请核对", "please check"))]
    assert len(said) == 3 and not any("fixed_asset_investment" in line for line in said)
    for name, file, line in ((names[0], "b.toml", 3), (names[1], "c.toml", 9), ("", "b.toml", 7)):
        place = {"zh": f"“{file}”第 {line} 行", "en": f"{file} line {line}"}[lang]
        assert any(name in one and place in one for one in said), (name, said)
