"""Rejects carry the rows they are from; mended they are read again, alone or joined to the result."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook, load_workbook

from calc import Catalog, InputError
from calc.batch import prior as prior_module
from calc.batch import run as run_module
from calc.errors import FileProblem
from tests.command import run as command

SCHEME = "1.01-old-factory-renovation"
ADDED = ["file", "line", "project", "column", "value", "reason", "row"]
HEAD = "项目编号,固定资产投资总额,项目交付后1年内入驻率,renewable_capable,energy_saving_rate,introduced_industry,备注,project"
GOOD = "85%,否,18%,高精尖产业"
TITLES = ["2023年汇总,,,,,,,", "单位：万元,,,,,,,"]
ROWS = [
    f"P1,5000,{GOOD},好,a",
    f'P2,很多,{GOOD},"=1+1, ""甲""",b',
    "P3,7000,九成,否,十八,高精尖产业,,c",
    f"P4,6000,{GOOD},x,d,多出一格",
    f"P5,9000,{GOOD},y,e",
    f"P6,-3,{GOOD},z,f",
]
MENDED = {"很多": "8000", "九成": "90%", "十八": "18%", "多出一格": "", "-3": "300"}


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rejects(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def mend(path: Path, into: Path, mended: dict[str, str], order: Callable[[list[list[str]]], list[list[str]]] = lambda rows: rows) -> Path:
    """A list of rejects with some cells of its rows (not what is told beside them) mended."""
    head, *rows = rejects(path)
    rows = [[cell if place < len(ADDED) else mended.get(cell, cell) for place, cell in enumerate(row)] for row in rows]
    with into.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([head, *order(rows)])
    return into


def content(path: Path) -> Any:
    """All that a result holds."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        return [(cell.coordinate, cell.value or "") for sheet in book for row in sheet for cell in row]
    return path.read_bytes()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "表.csv", *TITLES, HEAD, *ROWS)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """The table as it would be without mistakes."""
    rows = ROWS
    for bad, good in MENDED.items():
        rows = [row.replace(f",{bad}", f",{good}" if good else "") for row in rows]
    return write(tmp_path / "全.csv", *TITLES, HEAD, *rows)


def test_rejects_carry_their_rows_with_the_units_that_stood_beside_the_headers(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    catalog.batch(table, tmp_path / "r.csv", schemes=["1.01"])
    head, *rows = rejects(tmp_path / "r.rejects.csv")
    assert head[: len(ADDED)] == ADDED
    named = [*HEAD.replace("投资总额", "投资总额（万元）").split(",")[:-1], "project (2)", "surplus"]
    assert head[len(ADDED) :] == named
    own = {(row[1], row[3]): row[len(ADDED) :] for row in rows}
    assert own["5", "固定资产投资总额"] == ["P2", "很多", "85%", "否", "18%", "高精尖产业", '\'=1+1, "甲"', "b", ""]
    several = [row for row in rows if row[6] == "3"]
    assert len(several) == 2 and several[0][7:10] == ["P3", "7000", "九成"] and not any(several[1][7:]), "cells beside the first reason"
    assert own["7", ""][-1] == "多出一格" and own["7", ""][1] == "6000"
    assert [row[6] for row in rows] == ["2", "3", "3", "4", "6"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "jsonl"])
def test_rejects_are_read_again_as_they_are(catalog: Catalog, table: Path, tmp_path: Path, suffix: str) -> None:
    """In every form, as often as one likes: the same rows with the same reasons, none of them taken without being mended."""
    places = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    catalog.batch(table, tmp_path / "r.csv", schemes=["1.01"], rejects=places[0])
    again = catalog.batch(places[0], tmp_path / "s.csv", schemes=["1.01"], shape="wide", rejects=places[1])
    assert (again.rows, again.written, again.rejected) == (4, 0, 4)
    assert catalog.batch(places[1], tmp_path / "t.csv", schemes=["1.01"], shape="wide").rejected == 4
    with (tmp_path / "t.csv").open(encoding="utf-8-sig") as lines:
        assert next(csv.reader(lines))[:2] == ["项目编号", "固定资产投资总额（万元）"], "what was added is no column of the result"


def test_the_units_of_the_table_hold_for_mended_rows(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    catalog.batch(table, tmp_path / "r.csv", schemes=["1.01"])
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", MENDED)
    summary = catalog.batch(mended, tmp_path / "m.wide.csv", schemes=["1.01"], shape="wide")
    assert summary.rejected == 0 and not summary.notes[1:]
    with (tmp_path / "m.wide.csv").open(encoding="utf-8-sig", newline="") as lines:
        found = {row["项目编号"]: row[SCHEME] for row in csv.DictReader(lines)}
    assert found == {"P2": "24000000.00", "P3": "21000000.00", "P4": "18000000.00", "P6": "900000.00"}, "30% of 8000, 7000, 6000, 300 万元"


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("options", [{}, {"shape": "wide", "benefits": True, "plan": True}], ids=["long", "wide"])
def test_mended_rows_are_joined_where_they_stood(
    catalog: Catalog, table: Path, whole: Path, tmp_path: Path, suffix: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is that of the table without mistakes, in two turns; rows still bad stay among the rejects, and nothing counts twice."""
    monkeypatch.setattr(prior_module, "ROWS", 2)
    result, wanted = tmp_path / f"r.{suffix}", tmp_path / f"w.{suffix}"
    expected = catalog.batch(whole, wanted, schemes=["1.01", "1.02"], **options)
    catalog.batch(table, result, schemes=["1.01", "1.02"], **options)
    first = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", {"很多": "8000", "九成": "90%", "多出一格": ""}, lambda rows: rows[::-1])
    summary = catalog.batch(first, result, only_rejects=True)
    assert summary.joined == {"written": 4, "left": 2, "known": 0}
    assert [(row[0], row[6], row[4]) for row in rejects(tmp_path / "r.rejects.2.csv")[1:]] == [("m.csv", "3", "十八"), ("m.csv", "6", "-3")]
    assert rejects(tmp_path / "r.rejects.csv")[1:], "the first list stays as it was"
    second = mend(tmp_path / "r.rejects.2.csv", tmp_path / "m2.csv", MENDED)
    summary = catalog.batch(second, result, only_rejects=True)
    assert summary.joined == {"written": 6, "left": 0, "known": 0}
    assert content(result) == content(wanted)
    assert summary.schemes == expected.schemes and summary.best_total == expected.best_total, "sums are those of the whole"
    again = catalog.batch(second, result, only_rejects=True)
    assert again.joined == {"written": 6, "left": 0, "known": 2}
    assert content(result) == content(wanted)
    assert catalog.verify(result)["same"]


def test_many_rows_are_joined_by_queries_as_well(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "SMALL", 0)
    monkeypatch.setattr(prior_module, "ROWS", 100)
    lines = [f"P{n},{n + 1},{GOOD},,p{n}" for n in range(500)]
    bad = [line.replace(f",{n + 1},", f",坏{n + 1},") if n % 7 < 2 else line for n, line in enumerate(lines)]
    catalog.batch(write(tmp_path / "w.csv", *TITLES, HEAD, *lines), tmp_path / "wanted.csv", schemes=["1.01"])
    catalog.batch(write(tmp_path / "b.csv", *TITLES, HEAD, *bad), tmp_path / "r.csv", schemes=["1.01"])
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", {f"坏{n + 1}": str(n + 1) for n in range(500)})
    assert catalog.batch(mended, tmp_path / "r.csv", only_rejects=True).joined == {"written": 500, "left": 0, "known": 0}
    assert content(tmp_path / "r.csv") == content(tmp_path / "wanted.csv")


def test_a_bad_record_is_mended_in_its_own_file(catalog: Catalog, tmp_path: Path) -> None:
    """Its project is among the rejects with its cells; records of the other projects are no orphans then."""
    table = write(tmp_path / "p.csv", "项目名称,项目交付后1年内入驻率", "甲,85%", "乙,85%")
    loans = write(tmp_path / "loans.csv", "项目名称,principal,rate,start,end", "甲,100万元,3%,2023-03-01,2024-03-01", "乙,百万,3%,2023-03-01,2024-03-01")
    catalog.batch(table, tmp_path / "r.csv", schemes=["1.01"], items={"loans": str(loans)})
    head, row = rejects(tmp_path / "r.rejects.csv")
    assert dict(zip(head, row, strict=True)) | {"reason": ""} == dict(
        zip([*ADDED, "项目名称", "项目交付后1年内入驻率"], ["loans.csv", "3", "乙", "principal", "百万", "", "2", "乙", "85%"], strict=True)
    )
    loans.write_text(loans.read_text(encoding="utf-8").replace("百万", "100万元"), encoding="utf-8")
    summary = catalog.batch(tmp_path / "r.rejects.csv", tmp_path / "r.csv", only_rejects=True)
    assert summary.joined == {"written": 2, "left": 0, "known": 0} and not summary.rejected
    assert catalog.verify(tmp_path / "r.csv")["same"]


def test_records_within_a_row_come_back_from_the_rejects(catalog: Catalog, tmp_path: Path) -> None:
    loan = {"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2024-03-01"}
    facts = {"fixed_asset_investment": "很多", "occupancy_rate_one_year": "85%", "loans": [loan]}
    source = write(tmp_path / "a.jsonl", json.dumps({"id": "甲", "facts": facts}, ensure_ascii=False))
    catalog.batch(source, tmp_path / "r.csv", schemes=["1.01"])
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", {"很多": "1.2亿元"})
    catalog.batch(mended, tmp_path / "r.csv", only_rejects=True)
    source = write(tmp_path / "b.jsonl", json.dumps({"id": "甲", "facts": {**facts, "fixed_asset_investment": "1.2亿元"}}, ensure_ascii=False))
    catalog.batch(source, tmp_path / "w.csv", schemes=["1.01"])
    assert content(tmp_path / "r.csv") == content(tmp_path / "w.csv")


def test_the_rejects_of_a_folder_are_joined_too(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "申报"
    folder.mkdir()
    write(folder / "a.csv", "项目名称,固定资产投资总额（万元）", "甲,5000")
    write(folder / "b.toml", 'name = "乙"', "[facts]", 'fixed_asset_investment = "很多"')
    (folder / "c.toml").write_text("no toml", encoding="utf-8")
    catalog.batch(folder, tmp_path / "r.csv", schemes=["1.01"], shape="wide")
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", {"很多": "8000万元"})
    summary = catalog.batch(mended, tmp_path / "r.csv", only_rejects=True)
    assert summary.joined == {"written": 2, "left": 1, "known": 0}, "a file that cannot be read has no row to mend"
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert [(row["file"], row[f"{SCHEME}.status"]) for row in csv.DictReader(lines)] == [("a.csv", "conditional"), ("b.toml", "conditional")]


def test_a_table_from_a_workbook_keeps_what_its_cells_show(catalog: Catalog, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["项目名称", "固定资产投资总额", "项目交付后1年内入驻率"])
    sheet.append(["甲", 5000, "九成"])
    sheet["B2"].number_format = '0"万元"'
    book.save(tmp_path / "a.xlsx")
    catalog.batch(tmp_path / "a.xlsx", tmp_path / "r.csv", schemes=["1.01"])
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", {"九成": "90%"})
    catalog.batch(mended, tmp_path / "r.csv", only_rejects=True)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert next(csv.DictReader(lines))["amount"] == "15000000.00"


def test_what_cannot_be_joined_is_refused_and_leaves_all_as_it_was(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    result = tmp_path / "r.csv"
    catalog.batch(table, result, schemes=["1.01"], shape="wide")
    before, audit = result.read_bytes(), (tmp_path / "r.csv.audit.json").read_bytes()
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", MENDED)
    head, *rows = rejects(mended)

    def fed(name: str, *lines: list[str]) -> Path:
        with (tmp_path / name).open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows(lines)
        return tmp_path / name

    new = [*rows[0]]
    new[6] = ""
    wrong: list[tuple[Any, dict[str, Any], str]] = [
        (table, {}, "line、reason、row"),
        (fed("new.csv", head, *rows, new), {}, "新增的项目"),
        (fed("twice.csv", head, rows[0], rows[0]), {}, "重复"),
        (fed("less.csv", [*head[:13], *head[14:]], *[[*row[:13], *row[14:]] for row in rows]), {}, "备注"),
        (mended, {"schemes": ["1.02"]}, "--scheme"),
        (mended, {"list": tmp_path / "l.xlsx"}, "--list"),
        (mended, {"rejects": table}, "输入文件"),
        (mended, {"rejects": mended}, "输入文件"),
    ]
    for source, options, said in wrong:
        with pytest.raises((FileProblem, InputError), match=said):
            catalog.batch(source, result, only_rejects=True, **options)
        assert (result.read_bytes(), (tmp_path / "r.csv.audit.json").read_bytes()) == (before, audit), said
    with pytest.raises(InputError, match="-o"):
        catalog.batch(mended, None, only_rejects=True)
    result.write_bytes(before + b"P9,1,1,1,1,1,1,1,1.00,eligible\n")
    with pytest.raises(FileProblem, match="改动过"):
        catalog.batch(mended, result, only_rejects=True)


def test_amounts_that_depend_on_all_rows_are_not_joined(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    catalog.batch(table, tmp_path / "r.csv", schemes=["1.01"], budget="1亿元", cut="pro-rata")
    with pytest.raises(FileProblem, match="全部行"):
        catalog.batch(tmp_path / "r.rejects.csv", tmp_path / "r.csv", only_rejects=True)


def test_standard_input_has_its_rows_among_the_rejects_too(table: Path, tmp_path: Path) -> None:
    assert command(["batch", "-", "-s", "1.01", "-o", str(tmp_path / "r.csv")], table.read_bytes()).code == 1
    assert [row[7] for row in rejects(tmp_path / "r.rejects.csv")[1:]] == ["P2", "P3", "", "P4", "P6"]
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", MENDED)
    done = command(["batch", str(mended), "-o", str(tmp_path / "r.csv"), "--only-rejects"])
    assert done.code == 0 and "仍缺 0 行" in done.err


def test_rows_are_joined_as_of_the_day_of_the_result(table: Path, tmp_path: Path) -> None:
    """The day that is not told is the result's, not today."""
    result = tmp_path / "r.csv"
    assert command(["batch", str(table), "-s", "1.01", "--as-of", "2023-09-25", "-o", str(result)]).code == 1
    mended = mend(tmp_path / "r.rejects.csv", tmp_path / "m.csv", MENDED)
    other = command(["batch", str(mended), "--only-rejects", "--as-of", "2023-09-26", "-o", str(result)])
    assert (other.code, other.err[:7]) == (2, "--as-of")
    done = command(["batch", str(mended), "--only-rejects", "-o", str(result)])
    assert done.code == 0 and "仍缺 0 行" in done.err
    assert {row[-1] for row in rejects(result)[1:]} == {"not-yet"}  # in force from 2023-09-26
