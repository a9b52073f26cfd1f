"""Batch: what goes in comes out, exact, in order, each row accounted for."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tomli

from calc import Catalog, InputError, load_catalog
from calc.batch import run as run_module
from calc.batch import stage
from calc.batch.decimals import exact_decimal
from calc.batch.originals import Originals
from calc.batch.reading import Reading, Rejected
from calc.batch.sources import text as text_module
from calc.batch.summary import Summary
from calc.batch.values import arrow_type
from calc.errors import FileProblem
from calc.facts import FactDef
from tests.command import ROOT
from tests.generator import as_given, random_facts, together

LONG = ["project", "scheme", "benefit", "status", "amount", "counted", "binding", "missing", "assumed", "warnings", "validity"]
OLD_FACTORY = "1.01-old-factory-renovation"
HEAD = "项目名称,fixed_asset_investment,introduced_industry,occupancy_rate_one_year,energy_saving_rate,renewable_capable"
GOOD = "1.2亿元,高精尖产业,85%,18%,否"


@pytest.fixture(autouse=True)
def by_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables here are small; they are to go the way of large ones."""
    monkeypatch.setattr(run_module, "SMALL", 0)


def rows_of(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def run(catalog: Catalog, source: Path, **options: Any) -> tuple[Summary, list[dict[str, str]], list[dict[str, str]]]:
    """A run over one file into CSV: its summary, result and rejects."""
    output = source.with_name("result.csv")
    summary = catalog.batch(source, output, **options)
    rejects = source.with_name("result.rejects.csv")
    assert summary.rows == summary.written + summary.rejected
    return summary, rows_of(output), rows_of(rejects) if rejects.exists() else []


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def expected(catalog: Catalog, project: str, facts: dict[str, Any], scheme: str) -> list[dict[str, str]]:
    """The rows of the long result for one project, by the estimate of that project."""
    rows = []
    result = catalog.estimate(facts, scheme)
    counted = {b.id: Decimal(b.amount or 0) if b.id in result.chosen and b.status == "eligible" else Decimal(0) for b in result.benefits}
    for cap in result.group_caps:
        room = Decimal(cap.limit)
        for id in [id for id in counted if id in cap.benefits]:
            counted[id] = min(counted[id], room)
            room -= counted[id]
    assert sum(counted.values()) == Decimal(result.total or 0)
    for benefit in result.benefits:
        bound = f"{benefit.binding.scope}:{benefit.binding.limit}" if benefit.binding else ""
        joined = [";".join(x) for x in (benefit.missing, benefit.assumed, benefit.warnings)]
        row = [project, scheme, benefit.id, benefit.status, benefit.amount or "", f"{counted[benefit.id]:.2f}", bound, *joined, result.validity]
        rows.append(dict(zip(LONG, row, strict=True)))
    return rows


# ---------------------------------------------------------------- the same figures as one project alone


def some_projects(catalog: Catalog, schemes: list[str], each: int) -> list[tuple[str, dict[str, Any]]]:
    """Random projects that bear on some schemes, as a file gives them."""
    rng = random.Random(4)
    return [(f"P{len(schemes) * n + place}", as_given(random_facts(catalog, id, rng), catalog.facts)) for n in range(each) for place, id in enumerate(schemes)]


def compare(
    catalog: Catalog, projects: list[tuple[str, dict[str, Any]]], schemes: list[str], result: list[dict[str, str]], rejects: list[dict[str, str]]
) -> None:
    """That a long result has each project as its estimate has it, and rejects those whose estimate is refused."""
    wanted: list[dict[str, str]] = []
    refused = set()
    for name, facts in projects:
        try:
            wanted += [row for id in schemes for row in expected(catalog, name, facts, id)]
        except InputError:
            refused.add(name)
    wanted = [row for row in wanted if row["project"] not in refused]
    assert {row["project"] for row in rejects} == refused
    assert result == wanted


def test_json_lines_give_what_each_project_gives_alone(catalog: Catalog, tmp_path: Path) -> None:
    schemes = catalog.ids[::8]
    projects = some_projects(catalog, schemes, 3)
    lines = [json.dumps({"id": name, "facts": facts}, ensure_ascii=False) for name, facts in projects]
    source = write(tmp_path, "projects.jsonl", "\n".join(lines))
    _, result, rejects = run(catalog, source, schemes=schemes)
    compare(catalog, projects, schemes, result, rejects)


def test_parquet_of_typed_columns_gives_what_each_project_gives_alone(catalog: Catalog, tmp_path: Path) -> None:
    schemes = catalog.ids[3::8]
    rng = random.Random(5)
    plain = [random_facts(catalog, id, rng) for _ in range(3) for id in schemes]
    rows = [{id: stored(catalog.facts[id], value) for id, value in facts.items()} for facts in plain]
    names = sorted({id for row in rows for id in row})
    columns: dict[str, Any] = {"id": [f"P{n}" for n in range(len(rows))]}
    columns.update({id: pa.array([row.get(id) for row in rows], arrow_type(catalog.facts[id])) for id in names})
    source = tmp_path / "projects.parquet"
    pq.write_table(pa.table(columns), source, row_group_size=10)
    _, result, rejects = run(catalog, source, schemes=schemes)
    known = [{id: value for id, value in facts.items() if stored(catalog.facts[id], value) is not None} for facts in plain]
    compare(catalog, [(f"P{n}", as_given(facts, catalog.facts)) for n, facts in enumerate(known)], schemes, result, rejects)


def stored(definition: FactDef, value: Any) -> Any:
    """A plain value as a warehouse keeps it."""
    if definition.type == "list":
        return [{id: stored(definition.fields[id], v) for id, v in record.items()} for record in value]
    return exact_decimal(value) if isinstance(value, (int, Fraction)) and not isinstance(value, bool) else value


def test_csv_with_record_lists_in_files_of_their_own(catalog: Catalog, tmp_path: Path) -> None:
    schemes = [id for id in catalog.ids if "loans" in catalog.scheme(id).facts][:8]
    lists = ("loans",)
    projects = [
        (name, {k: v for k, v in facts.items() if not isinstance(v, list) or k in lists}) for name, facts in some_projects(catalog, schemes, 4)
    ]
    tables: dict[str, list[dict[str, Any]]] = {"projects": [], "loans": [], "loans.drawdowns": [], "loans.repayments": []}
    for name, facts in projects:
        tables["projects"].append({"项目编号": name, **{k: v for k, v in facts.items() if k not in lists}})
        for place, loan in enumerate(facts.get("loans", ()), 1):
            inner = {k: loan[k] for k in ("drawdowns", "repayments") if k in loan}
            tables["loans"].append({"项目编号": name, **{k: v for k, v in loan.items() if k not in inner}})
            for field, moves in inner.items():
                tables[f"loans.{field}"] += [{"项目编号": name, "第几项": place, **move} for move in moves]
    files = {name: write_csv(tmp_path / f"{name}.csv", rows) for name, rows in tables.items()}
    items = {name: str(file) for name, file in files.items() if name != "projects"}
    _, result, rejects = run(catalog, files["projects"], schemes=schemes, items=items)
    whole = [(name, {**facts, "loans": facts.get("loans", [])}) for name, facts in projects]
    compare(catalog, whole, schemes, result, rejects)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, names, restval="")
        writer.writeheader()
        writer.writerows({k: ("是" if v else "否") if isinstance(v, bool) else v for k, v in row.items()} for row in rows)
    return path


# ---------------------------------------------------------------- files as people have them


def test_a_file_as_excel_saves_it(catalog: Catalog, tmp_path: Path) -> None:
    content = (
        "2023年项目汇总表,,,,,\r\n"
        f"{HEAD.replace('fixed_asset_investment', '固定资产投资总额（万元）').replace('renewable_capable', '*是否具备可再生能源利用条件')}\r\n"
        '甲,"12,000",高精尖产业,85%,18%,否\r\n'
        "乙,１２０００,高精尖产业,0.85,18％,否\r\n"
        "\r\n"
        ",,,,,\r\n"
        '丙,"1,200万元",高精尖产业,85%,18%,否\r\n'
        "丁,百来万,高精尖产业,85%,18%,否\r\n"
        "戊,5000,高精尖产业,85%\r\n"
        "己,5000,高精尖产业,85%,18%,否,多出一格\r\n"
        "庚,-5,高精尖,850,18%,也许\r\n"
        "=辛+1,1.2亿元,高精尖产业,85%,18%,否\r\n"
    )
    summary, result, rejects = run(catalog, write(tmp_path, "汇总.csv", content.encode("gbk")), schemes=["1.01"])
    grants = {r["project"]: (r["status"], r["amount"]) for r in result if r["benefit"] == "investment-grant"}
    assert grants == {
        "甲": ("eligible", "36000000.00"),
        "乙": ("eligible", "36000000.00"),
        "丙": ("eligible", "3600000.00"),
        "戊": ("conditional", "15000000.00"),
        "'=辛+1": ("eligible", "36000000.00"),
    }
    assert [(r["line"], r["project"], r["column"], r["value"]) for r in rejects] == [
        ("8", "丁", "固定资产投资总额（万元）", "百来万"),
        ("10", "己", "", "多出一格"),
        ("11", "庚", "固定资产投资总额（万元）", "-5"),
        ("11", "庚", "introduced_industry", "高精尖"),
        ("11", "庚", "occupancy_rate_one_year", "850"),
        ("11", "庚", "*是否具备可再生能源利用条件", "也许"),
    ]
    assert all("可接受" in r["reason"] for r in rejects if r["column"])
    assert "850%" in rejects[4]["reason"] and "高精尖产业" in rejects[3]["reason"]
    assert (summary.rows, summary.written, summary.rejected) == (8, 5, 3)
    assert any("空行 2 行" in note for note in summary.notes)
    assert any("第 9 行" in note for note in summary.notes), "the short row is told"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_found_out(catalog: Catalog, tmp_path: Path, encoding: str) -> None:
    _, result, _ = run(catalog, write(tmp_path, "a.csv", f"{HEAD}\n厂房,{GOOD}\n".encode(encoding)), schemes=["1.01"])
    assert (result[0]["project"], result[0]["amount"]) == ("厂房", "36000000.00")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_an_encoding_that_needs_a_mark_is_refused_without_one(catalog: Catalog, tmp_path: Path, encoding: str) -> None:
    with pytest.raises(FileProblem, match=f"不是 {encoding} 编码的文本.*utf-16-le"):
        run(catalog, write(tmp_path, "a.csv", f"{HEAD}\n厂房,{GOOD}\n".encode()), schemes=["1.01"], encoding=encoding)
    _, result, _ = run(catalog, write(tmp_path, "a.csv", f"{HEAD}\n厂房,{GOOD}\n".encode("utf-16-le")), schemes=["1.01"], encoding="utf-16-le")
    assert result[0]["amount"] == "36000000.00"


def test_chinese_after_a_long_ascii_start(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "READ", 1 << 14)
    rows = "".join(f"P{n},120000000,high_precision,85%,18%,no\n" for n in range(900))
    head = HEAD.replace("项目名称", "name")
    source = write(tmp_path, "a.csv", f"{head}\n{rows}末行,{GOOD}\n".encode("gbk"))
    summary, result, _ = run(catalog, source, schemes=["1.01"], shape="wide")
    assert summary.written == 901
    assert result[-1]["name"] == "末行" and result[-1][OLD_FACTORY] == "36000000.00"


def test_broken_characters_reject_their_row_only(catalog: Catalog, tmp_path: Path) -> None:
    good = "".join(f"厂房{n},{GOOD}\n" for n in range(50))
    content = f"{HEAD}\n{good}".encode() + b"\xff\xfe," + f"{GOOD}\n".encode() + f"末行,{GOOD}\n".encode()
    summary, _, rejects = run(catalog, write(tmp_path, "a.csv", content), schemes=["1.01"], shape="wide")
    assert (summary.written, summary.rejected) == (51, 1)
    assert rejects[0]["line"] == "52" and "--encoding" in rejects[0]["reason"]


def test_told_encoding(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f"{HEAD}\n廠房,120000000,high_precision,85%,18%,no\n".replace("项目名称", "name").encode("big5"))
    _, result, _ = run(catalog, source, schemes=["1.01"], encoding="big5")
    assert result[0]["project"] == "廠房"
    with pytest.raises(FileProblem, match="gb18030"):
        run(catalog, source, encoding="gb18O30")


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters(catalog: Catalog, tmp_path: Path, delimiter: str) -> None:
    source = write(tmp_path, "a.txt", f"{HEAD}\n厂房,{GOOD}\n".replace(",", delimiter))
    assert run(catalog, source, schemes=["1.01"])[1][0]["amount"] == "36000000.00"


def test_cells_with_commas_quotes_and_line_breaks(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f'{HEAD}\n"甲,""一期""\n二期",{GOOD}\n乙,{GOOD.replace("85%", "坏")}\n')
    output = tmp_path / "r.csv"
    summary = catalog.batch(source, output, schemes=["1.01"], rejects=tmp_path / "rejects.csv")
    with output.open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["project"] == '甲,"一期"\n二期'
    assert rows_of(tmp_path / "rejects.csv")[0]["line"] == "4"
    assert summary.rejected == 1


def test_a_quote_that_is_never_closed_costs_its_line_only(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f'{HEAD}\n甲,{GOOD}\n"乙,{GOOD}\n丙,{GOOD}\n5"管,{GOOD}\n')
    summary, result, rejects = run(catalog, source, schemes=["1.01"], shape="wide")
    assert [r["项目名称"] for r in result] == ["甲", "丙", '5"管']
    assert [(r["line"], r["reason"]) for r in rejects] == [("3", "引号没有配对")]
    assert summary.rows == 4


def test_one_row_in_ten_is_bad(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over several blocks of both readers: each good row right and in its place, each bad one with its line."""
    monkeypatch.setattr(text_module, "READ", 1 << 16)
    monkeypatch.setattr(stage, "ROWS", 1000)
    wrong = ("百来万", "-1", "1.2万千元", "12%", "1,20", "2023-01-01", "1e5", "是", "百", "0x10")
    lines = [HEAD, *(f'P{n},{wrong[n // 10 % 10] if n % 10 == 3 else f"{n + 1}万元"},高精尖产业,85%,18%,否' for n in range(6_000))]
    lines[2001:2001] = ["", ",,,,,"]
    summary, result, rejects = run(catalog, write(tmp_path, "a.csv", "\n".join(lines)), schemes=["1.01"], shape="wide")
    assert (summary.rows, summary.written, summary.rejected) == (6_000, 5_400, 600)
    good = [n for n in range(6_000) if n % 10 != 3]
    assert [r["项目名称"] for r in result] == [f"P{n}" for n in good]
    assert [r[OLD_FACTORY] for r in result] == [f"{min((n + 1) * 3000, 50_000_000)}.00" for n in good]
    assert [int(r["line"]) for r in rejects] == [n + 2 + (2 if n >= 2000 else 0) for n in range(6_000) if n % 10 == 3]


def test_headers_merged_downwards_and_no_rows(catalog: Catalog, tmp_path: Path) -> None:
    upper = "项目名称,投资,,introduced_industry,能耗,\n"
    lower = ",fixed_asset_investment,occupancy_rate_one_year,,energy_saving_rate,renewable_capable\n"
    source = write(tmp_path, "a.csv", f"{upper}{lower}甲,1.2亿元,85%,高精尖产业,18%,否\n")
    summary, result, _ = run(catalog, source, schemes=["1.01"])
    assert (result[0]["project"], result[0]["status"], result[0]["amount"]) == ("甲", "eligible", "36000000.00")
    summary, result, _ = run(catalog, write(tmp_path, "b.csv", HEAD), schemes=["1.01"])
    assert (summary.rows, result) == (0, [])
    with pytest.raises(FileProblem, match="文件是空的"):
        run(catalog, write(tmp_path, "c.csv", "\n\n"))


def test_unknown_headers(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f"{HEAD},固定资产头资,联系人\n甲,{GOOD},1,张三\n")
    with pytest.raises(InputError) as caught:
        run(catalog, source, schemes=["1.01"])
    assert caught.value.fact == "固定资产头资" and caught.value.nearest[0] == "fixed_asset_investment"
    assert "联系人" in str(caught.value)
    assert not (tmp_path / "result.csv").exists()
    summary, result, _ = run(catalog, source, schemes=["1.01"], ignore_unknown=True)
    assert result[0]["amount"] == "36000000.00"
    assert any("固定资产头资、联系人" in note for note in summary.notes)


def test_a_fact_given_twice(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f"{HEAD},固定资产投资总额\n甲,{GOOD},1\n")
    with pytest.raises(InputError, match="只写一次"):
        run(catalog, source, schemes=["1.01"])


def test_values_without_a_header(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"第 3 行.*没有表头"):
        run(catalog, write(tmp_path, "a.csv", f"{HEAD.replace('fixed', ',fixed')}\n甲,,{GOOD}\n乙,什么,{GOOD}\n"), schemes=["1.01"])


def test_project_column(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f"企业编号,{HEAD}\nE1,甲,{GOOD}\nE2,,{GOOD}\n")
    assert [r["project"] for r in run(catalog, source, schemes=["1.01"])[1]] == ["甲", "甲", "2", "2"]
    assert [r["project"] for r in run(catalog, source, schemes=["1.01"], id_column="企业编号")[1]] == ["E1", "E1", "E2", "E2"]
    with pytest.raises(InputError, match="企业编号"):
        run(catalog, source, schemes=["1.01"], id_column="企业号")


# ---------------------------------------------------------------- workbooks


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def test_workbook_with_title_and_typed_cells(catalog: Catalog, tmp_path: Path) -> None:
    head = ["项目名称", "固定资产投资总额（万元）", "introduced_industry", "occupancy_rate_one_year", "energy_saving_rate", "renewable_capable"]
    rows = [
        ["项目汇总"],
        head,
        ["甲", 12000, "高精尖产业", 0.85, "18%", False],
        [],
        ["乙", 1100.1 * 3, "高精尖产业", 0.7, 0.15, "否"],  # 3300.2999999999997 in binary, 3300.3 on the screen
        ["丙", "#N/A", "高精尖产业", 0.7, 0.15, "否"],
        ["丁", "=1+1", "高精尖产业", 0.7, 0.15, "否"],  # never computed
    ]
    summary, result, rejects = run(catalog, workbook(tmp_path / "a.xlsx", {"填表": rows}), schemes=["1.01"], shape="wide")
    assert [(r["项目名称"], r[OLD_FACTORY]) for r in result] == [("甲", "36000000.00"), ("乙", "9900900.00")]
    assert [(r["line"], r["value"]) for r in rejects] == [("6", "#N/A"), ("7", "'=")]
    assert {r["column"] for r in rejects} == {"固定资产投资总额（万元）"}
    assert summary.rows == 4


def test_numbers_up_to_1_under_a_percent_header_are_not_guessed(catalog: Catalog, tmp_path: Path) -> None:
    head = ["name", "fixed_asset_investment", "introduced_industry", "occupancy_rate_one_year（%）", "energy_saving_rate", "renewable_capable"]
    rows = [head, *([name, 100, "high_precision", rate, 0.18, "no"] for name, rate in (("a", 85), ("b", 0.85), ("c", "0.85%")))]
    _, result, rejects = run(catalog, workbook(tmp_path / "a.xlsx", {"s": rows}), schemes=["1.01"], shape="wide")
    assert [(r["name"], r[f"{OLD_FACTORY}.status"]) for r in result] == [("a", "eligible"), ("c", "ineligible")]
    assert rejects[0]["line"] == "3" and "85%" in rejects[0]["reason"]


def test_sheets_of_the_workbook_that_are_record_lists(catalog: Catalog, tmp_path: Path) -> None:
    main = [HEAD.split(","), *(["甲 乙 丙"[2 * n], *GOOD.split(",")] for n in range(3))]
    loans = [["项目名称", "principal", "rate", "start", "end"], ["甲", "8000万元", 0.038, "2023-03-01", "2026-03-01"]]
    loans.append(["丙", "1000万元", "3.8%", "2023-03-01", "2026-03-01"])
    book = workbook(tmp_path / "a.xlsx", {"项目": main, "贷款表": loans, "其他": [["随便"]]})
    plain = run(catalog, book, schemes=["1.01"])[1]
    assert {r["status"] for r in plain if r["benefit"] == "loan-interest"} == {"incomplete"}, "a list without a file is not given"
    _, result, _ = run(catalog, book, schemes=["1.01"], items={"loans": f"{book}#贷款表"})
    interest = {r["project"]: (r["status"], r["amount"]) for r in result if r["benefit"] == "loan-interest"}
    assert interest["甲"][0] == "eligible" and interest["乙"] == ("ineligible", "0.00")
    assert float(interest["甲"][1]) == pytest.approx(8 * float(interest["丙"][1]), abs=0.08)
    with pytest.raises(FileProblem, match="贷款表"):
        run(catalog, book, schemes=["1.01"], items={"loans": f"{book}#贷款"})
    named = workbook(tmp_path / "b.xlsx", {"项目": main, catalog.facts["loans"].label: loans})
    summary, result, _ = run(catalog, named, schemes=["1.01"])
    assert next(r["amount"] for r in result if r["benefit"] == "loan-interest") == interest["甲"][1]
    assert any("贷款" in note for note in summary.notes)


def test_a_template_filled_in(catalog: Catalog, tmp_path: Path) -> None:
    """What ``subsidy template`` makes, its remarks and hidden ids included, reads back as the projects put in."""
    facts = {"fixed_asset_investment": "1.2亿元", "introduced_industry": "高精尖产业", "occupancy_rate_one_year": "85%", "energy_saving_rate": "18%"}
    facts |= {"renewable_capable": "否"}
    loan = {"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}
    projects = [{"name": "甲", "facts": {**facts, "loans": [loan]}}, {"name": "乙", "facts": facts}]
    for suffix in (".xlsx", ".csv"):
        source = tmp_path / f"filled{suffix}"
        files = catalog.template(["1.01"], source, projects)
        items = {file.name.split(".")[1]: str(file) for file in files if file.name.count(".") == 2}
        _, result, rejects = run(catalog, source, schemes=["1.01"], items=items)
        wanted = [row for p in projects for row in expected(catalog, p["name"], {"loans": [], **p["facts"]}, OLD_FACTORY)]
        assert (result, rejects) == (wanted, [])


# ---------------------------------------------------------------- records in files of their own


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return write(tmp_path, "projects.csv", f"{HEAD}\n甲,{GOOD}\n乙,{GOOD}\n甲,{GOOD}\n")


LOANS = "项目名称,principal,rate,start,end\n"
LOAN = "8000万元,3.8%,2023-03-01,2026-03-01"


def test_projects_of_one_name_cannot_both_own_records(catalog: Catalog, three: Path, tmp_path: Path) -> None:
    loans = write(tmp_path, "loans.csv", f"{LOANS}甲,{LOAN}\n")
    summary, result, rejects = run(catalog, three, schemes=["1.01"], items={"loans": str(loans)})
    assert [r["project"] for r in result] == ["甲", "甲", "乙", "乙"]
    assert [(r["line"], r["value"]) for r in rejects] == [("4", "甲")] and "第 2 行" in rejects[0]["reason"]
    assert summary.rows == 3


def test_a_bad_record_rejects_its_project_with_its_own_line(catalog: Catalog, three: Path, tmp_path: Path) -> None:
    loans = write(tmp_path, "loans.csv", f"{LOANS}乙,{LOAN}\n乙,{LOAN.replace('3.8%', '3.8')}\n丁,{LOAN}\n")
    _, result, rejects = run(catalog, three, schemes=["1.01"], items={"loans": str(loans)})
    assert {r["project"] for r in result} == {"甲"}
    told = {(r["file"], r["line"], r["project"], r["column"], r["value"]) for r in rejects}
    assert told == {
        ("projects.csv", "4", "甲", "项目名称", "甲"),
        ("loans.csv", "3", "乙", "rate", "3.8"),
        ("loans.csv", "4", "丁", "项目名称", "丁"),
    }


def test_contradicting_facts_reject_their_row(catalog: Catalog, three: Path, tmp_path: Path) -> None:
    loans = write(tmp_path, "loans.csv", f"{LOANS}乙,{LOAN.replace('2026', '2022')}\n")
    summary, result, rejects = run(catalog, three, schemes=["1.01"], items={"loans": str(loans)})
    assert {r["project"] for r in result} == {"甲"}
    assert [(r["project"], r["column"], r["value"]) for r in rejects] == [("乙", "loans[1].end", "2022-03-01"), ("甲", "项目名称", "甲")]
    assert any("贷款（逐笔）[1] · 到期日（loans[1].end）" in said for said in summary.reasons)  # as it is told on the screen


def test_months_that_are_no_decimal_years(catalog: Catalog, tmp_path: Path) -> None:
    """7个月 is 7/12 of a year, which no decimal column holds; it counts exactly, in lists and out of them."""
    scheme = next(id for id in catalog.ids if any(catalog.facts[f].type == "years" for f in catalog.scheme(id).facts if f in catalog.facts))
    fact = next(f for f in catalog.scheme(scheme).facts if f in catalog.facts and catalog.facts[f].type == "years")
    rng = random.Random(7)
    given = [{**as_given(random_facts(catalog, scheme, rng), catalog.facts), fact: f"{n * 7}个月"} for n in range(1, 12)]
    projects = [(f"P{n}", facts) for n, facts in enumerate(given)]
    source = write(tmp_path, "a.jsonl", "\n".join(json.dumps({"id": name, **facts}, ensure_ascii=False) for name, facts in projects))
    _, result, rejects = run(catalog, source, schemes=[scheme])
    compare(catalog, projects, [catalog.find(scheme)], result, rejects)


def test_the_list_of_records_must_be_one(catalog: Catalog, three: Path, tmp_path: Path) -> None:
    loans = write(tmp_path, "loans.csv", f"{LOANS}乙,{LOAN}\n")
    for wrong in ("loan", "loans.rate", "fixed_asset_investment"):
        with pytest.raises(InputError):
            run(catalog, three, items={wrong: str(loans)})
    with pytest.raises(InputError, match="loans"):
        run(catalog, three, items={"loans.repayments": str(loans)})
    with pytest.raises(InputError, match="rate"):
        run(catalog, three, items={"loans": str(write(tmp_path, "l.csv", LOANS.replace("rate", "rte") + f"乙,{LOAN}\n"))})
    with pytest.raises(FileProblem, match="--id-column"):
        run(catalog, three, items={"loans": str(write(tmp_path, "l.csv", LOANS.replace("项目名称,", "")))})
    with pytest.raises(InputError, match="--items loans"):
        run(catalog, write(tmp_path, "p.csv", f"{HEAD},loans\n甲,{GOOD},[]\n"))


# ---------------------------------------------------------------- JSON lines


def test_json_lines_that_are_wrong(catalog: Catalog, tmp_path: Path) -> None:
    good = {"id": "a", "fixed_asset_investment": 120000000, "introduced_industry": "high_precision", "occupancy_rate_one_year": 0.85}
    good |= {"energy_saving_rate": "18%", "renewable_capable": False, "loans": [{"principal": 1, "rate": 0.03, "start": "2023-03-01", "end": "2026-03-01"}]}
    lines: list[Any] = [good, "", "{", "[1]", {**good, "loans": {}}, {**good, "loans": [3]}, {**good, "loans": [{"rent": 1}]}, {**good, "loans": None}]
    lines += [{**good, "fixed_asset_investment": [1]}, {**good, "energy_saving_rate": True}, '{"id": "a", "id": "b"}', {**good, "fixed_asset_investment": 1e30}]
    source = write(tmp_path, "a.jsonl", "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
    summary, result, rejects = run(catalog, source, schemes=["1.01"])
    assert [r["amount"] for r in result if r["benefit"] == "investment-grant"] == ["36000000.00"] * 2
    assert [r["status"] for r in result if r["benefit"] == "loan-interest"] == ["eligible", "incomplete"]
    assert [(r["line"], r["column"]) for r in rejects] == [
        ("3", ""),
        ("4", ""),
        ("5", "loans[1]"),
        ("6", "loans[1]"),
        ("7", "loans[1].rent"),
        ("9", "fixed_asset_investment"),
        ("10", "energy_saving_rate"),
        ("11", ""),
        ("12", "fixed_asset_investment"),
    ]
    assert summary.rows == 11


def test_json_with_an_unknown_name(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.jsonl", '{"id": "a"}\n{"id": "b", "fixed_asset_inwestment": 1}\n')
    with pytest.raises(InputError, match="fixed_asset_investment"):
        run(catalog, source)


# ---------------------------------------------------------------- outputs


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write(tmp_path, "two.csv", f"{HEAD}\n甲,{GOOD}\n=1+1,{GOOD.replace('85%', '60%')}\n@x,{GOOD.replace('1.2亿元', '')}\n")


def test_wide_has_the_columns_of_the_input_then_total_and_status(catalog: Catalog, two: Path) -> None:
    g07 = catalog.find("g07")
    _, result, _ = run(catalog, two, schemes=["1.01", "g07"], shape="wide")
    assert list(result[0]) == [*HEAD.split(","), OLD_FACTORY, f"{OLD_FACTORY}.status", g07, f"{g07}.status"]
    assert result[0]["fixed_asset_investment"] == "1.2亿元", "as it was given"
    assert [(r["项目名称"], r[OLD_FACTORY], r[f"{OLD_FACTORY}.status"]) for r in result] == [
        ("甲", "36000000.00", "eligible"),
        ("'=1+1", "0.00", "ineligible"),
        ("'@x", "", "incomplete"),
    ]


@pytest.mark.parametrize(("name", "state"), [("1.01", "not-yet"), ("g07", "expired")])
def test_a_scheme_not_in_force_says_so_in_every_result(catalog: Catalog, two: Path, name: str, state: str) -> None:
    scheme = catalog.scheme(catalog.find(name))
    edge, out = (scheme.valid_from, -1) if state == "not-yet" else (scheme.valid_to, 1)
    assert edge is not None
    said = {"not-yet": "尚未生效", "expired": "已过有效期"}[state]
    for day in (edge, edge + dt.timedelta(out)):
        lapsed = day != edge
        summary, _, _ = run(catalog, two, schemes=[name], shape="wide", as_of=day)
        assert any(said in note and scheme.title in note for note in summary.notes) == lapsed
        assert ({"not-yet": "未生效", "expired": "已失效"}[state] in summary.names[scheme.id]) == lapsed
        _, long, _ = run(catalog, two, schemes=[name], as_of=day)
        assert {row["validity"] for row in long} == {state if lapsed else "in-force"}


def test_a_batch_of_today_says_what_has_expired(catalog: Catalog, two: Path) -> None:
    summary, _, _ = run(catalog, two, schemes=["g07"], shape="wide")
    assert any("已过有效期" in note and "g07" in note for note in summary.notes)


def test_totals_are_those_of_the_estimate(catalog: Catalog, tmp_path: Path) -> None:
    """Of every scheme with group caps or alternatives, on random projects."""
    schemes = [id for id in catalog.ids if catalog.scheme(id).group_caps or catalog.scheme(id).combine == "one-of"]
    projects = some_projects(catalog, schemes, 3)
    source = write(tmp_path, "a.jsonl", "\n".join(json.dumps({"id": n, "facts": f}, ensure_ascii=False) for n, f in projects))
    _, result, _ = run(catalog, source, schemes=schemes, shape="wide", benefits=True)
    facts_of = dict(projects)
    assert len(result) > 20
    for row in result:
        for id in schemes:
            one = catalog.estimate(facts_of[row["id"]], id)
            assert (row[id], row[f"{id}.status"], row[f"{id}.chosen"]) == (one.total or "", one.status, ";".join(one.chosen)), (row["id"], id)
            for benefit in one.benefits:
                assert (row[f"{id}.{benefit.id}"], row[f"{id}.{benefit.id}.status"]) == (benefit.amount or "", benefit.status)


def test_rejects_are_in_order_of_rows_however_many_parts_they_are_kept_in(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.batch import rejects as module

    rng = random.Random(3)
    found = [Rejected(rng.randrange(40) or None, rng.choice([None, "loans.csv"]), rng.randrange(9), f"P{n}", "c", "v", "r") for n in range(200)]
    monkeypatch.setattr(module, "HELD", 3)
    monkeypatch.setattr(module, "RUNS", 4)
    kept = module.Rejects(tmp_path, catalog.facts)
    for one in [*sorted(found[:100], key=lambda r: r.row or 99), *found[100:]]:
        kept.add(one)
    con = duckdb.connect()
    with kept.output(str(tmp_path / "r.csv"), con, "table.csv", Originals(con, Reading(catalog, []), False)) as out:
        out.keep()
    told = [(r["file"], int(r["line"]), r["project"]) for r in rows_of(tmp_path / "r.csv")]
    key = {r.project: (r.row or 99, r.file is not None, r.line) for r in found}
    assert sorted(p for _, _, p in told) == sorted(key)
    assert [key[p] for _, _, p in told] == sorted(key.values())
    assert {(file == "loans.csv") for file, _, p in told if key[p][1]} == {True}
    assert len(list(tmp_path.glob("rejects-*"))) < 100, "parts that were merged are gone"


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_few_rows_go_one_by_one_to_the_same_result(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    schemes = catalog.ids[::6]
    lines = [json.dumps({"id": n, "facts": f}, ensure_ascii=False) for n, f in some_projects(catalog, schemes, 2)]
    source = write(tmp_path, "a.jsonl", "\n".join([*lines, '{"id": "bad", "facts": {"fixed_asset_investment": "many"}}']))
    monkeypatch.setattr(run_module, "SMALL", len(lines) - 1)
    found = {}
    for engine in ("auto", "columns", "explainer"):
        summary, result, rejects = run(catalog, source, schemes=schemes, shape=shape, engine=engine)
        found[engine] = result, rejects, summary.schemes
        assert ("全部逐行精算" in summary.notes) is (engine == "explainer")
    assert found["auto"] == found["columns"] == found["explainer"]
    monkeypatch.setattr(run_module, "SMALL", len(lines))
    assert "全部逐行精算" in run(catalog, source, schemes=schemes, shape=shape)[0].notes
    with pytest.raises(InputError, match="columns"):
        catalog.batch(source, tmp_path / "b.csv", engine="colums")


@pytest.mark.parametrize("schemes", [(), ("g07", "g09", "g10", "3.16", "4.36", "1.08")])
def test_the_best_total_is_that_of_the_plan(catalog: Catalog, tmp_path: Path, schemes: tuple[str, ...]) -> None:
    """On random projects that several schemes pay, some of which exclude one another or share a cap."""
    rng = random.Random(12)
    ids = [catalog.find(name) for name in schemes] or catalog.in_force_ids(dt.date.today())
    projects = []
    for n in range(25):
        facts = [random_facts(catalog, id, rng) for id in rng.sample(ids, min(len(ids), 12))]
        projects.append((f"P{n}", as_given(together(facts, catalog.facts), catalog.facts)))
    for file in ("chip-design-house", "bookshop-theatre", "vegetable-cooperative"):
        document = tomli.loads((ROOT / "examples" / f"{file}.toml").read_text(encoding="utf-8"))
        projects.append((file, json.loads(json.dumps(document["facts"], default=str))))
    source = write(tmp_path, "a.jsonl", "\n".join(json.dumps({"id": n, "facts": f}, ensure_ascii=False) for n, f in projects))
    summary, result, _ = run(catalog, source, schemes=schemes, shape="wide", plan=True)
    facts_of = dict(projects)
    told = {row["id"]: row["best_total"] for row in result}
    assert list(result[0])[-2:] == ["best_total", "prudent_total"] and len(told) > 15
    assert told == {name: catalog.plan(facts_of[name], schemes=schemes or None)["total"] for name in told}
    assert summary.best_total == str(sum(map(Decimal, told.values())))
    sums = {row["id"]: sum(Decimal(row[id] or 0) for id in ids) for row in result}
    assert any(0 < Decimal(told[name]) < sums[name] for name in told), "some rule costs something"


def test_the_best_total_asks_for_single_projects_in_wide_form(catalog: Catalog, two: Path) -> None:
    with pytest.raises(InputError, match="--wide"):
        catalog.batch(two, two.with_name("r.csv"), plan=True)
    with pytest.raises(InputError, match="subsidy plan"):
        catalog.batch(two, two.with_name("r.csv"), plan=True, shape="wide", enterprise_column="项目名称")
    assert not two.with_name("r.csv").exists()


def test_every_format_says_the_same(catalog: Catalog, two: Path, tmp_path: Path) -> None:
    import python_calamine

    csv_rows = run(catalog, two, schemes=["1.01"])[1]
    for suffix in ("xlsx", "jsonl", "parquet"):
        catalog.batch(two, tmp_path / f"r.{suffix}", schemes=["1.01"])
    table = pq.read_table(tmp_path / "r.parquet")
    assert table.column_names == LONG and pa.types.is_decimal(table.schema.field("amount").type)
    parquet = [{k: "" if v is None else str(v) for k, v in row.items()} for row in table.to_pylist()]
    lines = [{k: v or "" for k, v in json.loads(line).items()} for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]
    harmless = [{**row, "project": row["project"].lstrip("'")} for row in csv_rows]
    assert parquet == lines == harmless
    head, *cells = python_calamine.load_workbook(tmp_path / "r.xlsx").get_sheet_by_index(0).to_python()
    assert head == LONG
    assert [(row[0], row[3], row[4] if row[4] == "" else f"{row[4]:.2f}") for row in cells] == [(r["project"], r["status"], r["amount"]) for r in harmless]


def test_a_workbook_that_would_be_too_long_is_refused_before_the_run(catalog: Catalog, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "SHEET_ROWS", 7)
    assert catalog.batch(two, two.with_name("r.xlsx"), schemes=["1.01"]).written == 3
    monkeypatch.setattr(run_module, "SHEET_ROWS", 6)
    with pytest.raises(FileProblem, match="Parquet"):
        catalog.batch(two, two.with_name("s.xlsx"), schemes=["1.01"])
    assert not two.with_name("s.xlsx").exists()
    assert catalog.batch(two, two.with_name("s.xlsx"), schemes=["1.01"], shape="wide").written == 3


def test_standard_input_and_output(catalog: Catalog, two: Path) -> None:
    import io

    from calc.batch.options import Options
    from calc.batch.run import run as run_batch

    out = io.BytesIO()
    summary = run_batch(catalog, "-", Options(schemes=["1.01"], stdin=io.BytesIO(two.read_bytes()), stdout=out))
    assert out.getvalue().startswith(b"project,scheme,")
    assert (summary.written, summary.output) == (3, None)
    run(catalog, two, schemes=["1.01"])
    assert b"\xef\xbb\xbf" + out.getvalue() == two.with_name("result.csv").read_bytes()


def test_places_that_cannot_be_written(catalog: Catalog, two: Path, tmp_path: Path) -> None:
    for output in (tmp_path / "no" / "r.csv", tmp_path, two, tmp_path / "r.doc"):
        with pytest.raises(FileProblem):
            catalog.batch(two, output, schemes=["1.01"])
    assert two.read_text(encoding="utf-8").startswith(HEAD)


def test_a_stale_list_of_rejects_is_emptied(catalog: Catalog, two: Path, tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.csv", f"{HEAD}\n甲,{GOOD.replace('85%', '850')}\n")
    assert len(run(catalog, bad, schemes=["1.01"])[2]) == 1
    assert run(catalog, two, schemes=["1.01"])[2] == []


# ---------------------------------------------------------------- limits of an enterprise over its rows


SCHEME = """
id = "t1-test"
title = "测试"
combine = "{combine}"
[source]
card = "1.01"
document = "测试"
authority = "测试"
published = 2023-01-01
{caps}
"""
BENEFIT = """
[[benefits]]
id = "{id}"
label = "{id}"
clause = "1"
nature = "ceiling"
support = "grant"
{rest}
"""
FACTS = """
[cost]
type = "money"
label = "费用"
[other]
type = "money"
label = "其他费用"
[large]
type = "bool"
label = "大型"
[sure]
type = "bool"
label = "确定"
[spending]
type = "list"
label = "支出"
[spending.fields.year]
type = "number"
label = "年"
[spending.fields.sum]
type = "money"
label = "额"
"""


def made(folder: Path, benefits: dict[str, str], combine: str = "sum", caps: str = "") -> Catalog:
    """A catalogue of one scheme."""
    (folder / "schemes").mkdir()
    (folder / "schemes" / "facts.toml").write_text(FACTS, encoding="utf-8")
    scheme = SCHEME.format(combine=combine, caps=caps) + "".join(BENEFIT.format(id=id, rest=rest) for id, rest in benefits.items())
    (folder / "schemes" / "t1-test.toml").write_text(scheme, encoding="utf-8")
    return load_catalog(folder / "schemes")


def shared(catalog: Catalog, folder: Path, rows: list[dict[str, Any]], **options: Any) -> tuple[Summary, list[dict[str, str]]]:
    source = write(folder, "a.jsonl", "\n".join(json.dumps({"id": str(n), **row}, ensure_ascii=False) for n, row in enumerate(rows)))
    summary, result, rejects = run(catalog, source, enterprise_column="企业", **options)
    assert not rejects
    return summary, result


A, B = {"企业": "甲公司"}, {"企业": "乙公司"}


def test_rows_of_one_enterprise_share_its_limit_in_row_order(tmp_path: Path) -> None:
    rule = 'amount = { percent = "50%", of = "cost" }\nlimits = [{ at_most = "60元", per = "project" }, { at_most = "100元", per = "enterprise-year" }]'
    catalog = made(tmp_path, {"grant": rule})
    rows = [{**A, "cost": 100}, {**B, "cost": 200}, {**A, "cost": "80.01元"}, {"cost": 200}, {**A, "cost": 100}, {**A, "cost": 1}]
    rows += [{**B, "cost": 20}, {"企业": "丙", "cost": 20}]
    summary, result = shared(catalog, tmp_path, rows)
    assert [r["amount"] for r in result] == ["50.00", "60.00", "40.00", "60.00", "10.00", "0.00", "10.00", "10.00"]
    assert [r["binding"] for r in result][4:6] == ["enterprise-year:100.00"] * 2
    assert result[3]["binding"] == "project:60.00", "a row without an enterprise stands alone"
    assert "40.00" in result[4]["warnings"]
    assert summary.cuts == [{"scheme": "t1-test", "benefit": "grant", "rows": 2, "cut": "40.50"}]
    assert summary.schemes[0]["total"] == "240.00"
    _, plain, _ = run(catalog, tmp_path / "a.jsonl", ignore_unknown=True)
    assert [r["amount"] for r in plain][4:6] == ["50.00", "0.50"], "without the option each row stands alone"


def test_of_alternatives_only_the_one_kept_uses_up_its_limit(tmp_path: Path) -> None:
    limit = 'limits = [{ at_most = "100元", per = "enterprise" }]'
    catalog = made(tmp_path, {"one": f'amount = "cost"\n{limit}', "two": f'amount = "other"\n{limit}'}, combine="one-of")
    rows = [{**A, "cost": 80, "other": 70}, {**A, "cost": 80, "other": 70}, {**A, "cost": 80, "other": 70}]
    _, result = shared(catalog, tmp_path, rows, shape="wide", benefits=True)
    assert [(r["t1-test.one"], r["t1-test.two"], r["t1-test"], r["t1-test.chosen"]) for r in result] == [
        ("80.00", "70.00", "80.00", "one"),
        ("20.00", "70.00", "70.00", "two"),
        ("20.00", "30.00", "30.00", "two"),
    ]


def test_conditional_amounts_take_their_place_in_the_order(tmp_path: Path) -> None:
    rule = 'when = ["sure"]\namount = "cost"\nlimits = [{ at_most = "100元", per = "enterprise" }]'
    rows = [{**A, "cost": 80}, {**A, "cost": 80, "sure": True}, {**A, "cost": 80, "sure": False}]
    _, result = shared(made(tmp_path, {"grant": rule}), tmp_path, rows)
    assert [(r["status"], r["amount"]) for r in result] == [("conditional", "80.00"), ("eligible", "20.00"), ("ineligible", "0.00")]


def test_a_limit_that_varies(tmp_path: Path) -> None:
    """Each row has the limit of its own facts, less what the rows before it used."""
    limit = '{ at_most = { cases = [{ when = "large", value = "200元" }, { otherwise = "100元" }] }, per = "enterprise" }'
    catalog = made(tmp_path, {"grant": f'amount = "cost"\nlimits = [{limit}]'})
    rows = [{**A, "cost": 90, "large": False}, {**A, "cost": 90, "large": False}, {**A, "cost": 150, "large": True}, {**A, "cost": 9, "large": False}]
    assert [r["amount"] for r in shared(catalog, tmp_path, rows)[1]] == ["90.00", "10.00", "100.00", "0.00"]


def test_a_yearly_limit_on_yearly_amounts_holds_year_by_year(tmp_path: Path) -> None:
    rule = 'amount = { each = "spending", year = "year", amount = "sum" }\nlimits = [{ at_most = "100元", per = "enterprise-year" }]'
    catalog = made(tmp_path, {"grant": rule})

    def spends(*sums: int) -> dict[str, Any]:
        return {**A, "spending": [{"year": 2020 + n, "sum": amount} for n, amount in enumerate(sums)]}

    _, result = shared(catalog, tmp_path, [spends(80, 10, 0), spends(80, 80, 0), spends(1, 80, 150)])
    assert [r["amount"] for r in result] == ["90.00", "100.00", "110.00"]  # 80+10; 20+80; 0+10+100


def test_a_group_cap_of_the_enterprise_cuts_totals(tmp_path: Path) -> None:
    caps = '[[group_caps]]\nbenefits = ["one", "two"]\nat_most = "100元"\nper = "enterprise-year"'
    catalog = made(tmp_path, {"one": 'amount = "cost"', "two": 'amount = "other"'}, caps=caps)
    rows = [{**A, "cost": 40, "other": 30}, {**A, "cost": 40, "other": 30}, {**A, "cost": 1, "other": 0}, {**B, "cost": 90, "other": 90}]
    summary, result = shared(catalog, tmp_path, rows, shape="wide")
    assert [r["t1-test"] for r in result] == ["70.00", "30.00", "0.00", "100.00"]
    assert summary.cuts == [{"scheme": "t1-test", "benefit": "one;two", "rows": 2, "cut": "41.00"}]
    assert summary.schemes[0]["total"] == "200.00"


def test_rows_of_an_enterprise_never_pass_its_limits(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every shipped benefit with a constant limit of an enterprise: the sum over its rows, chunk by chunk, keeps it."""
    from calc.batch.engine import slots
    from calc.batch.enterprise import held_limit

    monkeypatch.setattr(stage, "ROWS", 40)
    schemes = [catalog.scheme(id) for id in catalog.ids]
    held = [h for h in map(held_limit, slots(schemes)) if h is not None and h.limit is not None and not h.yearly]
    assert len(held) > 30
    ids = list(dict.fromkeys(h.slot.scheme.id for h in held))[::4]
    rows = [{"企业": f"E{n % 3}", **facts} for n, (_, facts) in enumerate(some_projects(catalog, ids, 10))]
    source = write(tmp_path, "a.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    summary, result, _ = run(catalog, source, enterprise_column="企业", schemes=ids)
    assert summary.cuts
    places = {row["project"]: rows[int(row["project"]) - 1]["企业"] for row in result}
    for one in held:
        if catalog.scheme(one.slot.scheme.id).combine == "sum":
            sums: dict[str, float] = {}
            for row in result:
                if (row["scheme"], row["benefit"]) == (one.slot.scheme.id, one.slot.benefit.id) and row["amount"]:
                    sums[places[row["project"]]] = sums.get(places[row["project"]], 0) + round(float(row["amount"]) * 100)
            assert all(total <= (one.limit or 0) for total in sums.values()), one.slot


# ---------------------------------------------------------------- whole or not at all


KILLED = """
import os, signal, sys, threading, time
from calc import load_catalog
from calc.batch import output
wait = float(sys.argv[3])
slow = output.Output.write
def write(self, table):
    slow(self, table)
    time.sleep(0.02)
output.Output.write = write
print("go", flush=True)
load_catalog().batch(sys.argv[1], sys.argv[2], schemes=["1.01"])
"""


@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGKILL"])
def test_a_run_that_is_stopped_leaves_the_old_file(tmp_path: Path, signal_name: str) -> None:
    import signal
    import subprocess
    import sys
    import time

    source = write(tmp_path, "a.csv", f"{HEAD}\n" + f"甲,{GOOD}\n" * 3000)
    output = write(tmp_path, "r.csv", "the old result")
    for wait in (0.3, 0.8, 1.4):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(source), str(output), "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        done = child.poll() is not None
        child.send_signal(getattr(signal, signal_name))
        child.communicate(timeout=30)
        if done:
            break
        assert output.read_text() == "the old result" or len(rows_of(output)) == 6000
        if signal_name == "SIGINT":
            whole = ["r.csv.audit.json"] if output.read_text() != "the old result" else []  # it ended before it was told to
            assert sorted(p.name for p in tmp_path.iterdir() if p.name not in whole) == ["a.csv", "r.csv"]


def test_a_run_in_the_background_stops_when_told(tmp_path: Path) -> None:
    """Shells start background jobs with SIGINT ignored; SIGTERM still ends them, and they tidy up."""
    import signal
    import subprocess
    import sys
    import time

    source = write(tmp_path, "a.csv", f"{HEAD}\n" + f"甲,{GOOD}\n" * 1_000_000)
    output = write(tmp_path, "r.csv", "the old result")
    command = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from calc.cli import main; main()"
    child = subprocess.Popen([sys.executable, "-c", command, "batch", str(source), "-s", "1.01", "-o", str(output)], stderr=subprocess.PIPE)
    while not list(tmp_path.glob(".subsidy-*.part")) and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=30)
    assert child.returncode == 130
    assert output.read_text() == "the old result"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "r.csv"]


def test_a_full_disk_leaves_the_old_file(catalog: Catalog, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    output = write(two.parent, "result.csv", "the old result")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("calc.batch.output.os.fsync", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        catalog.batch(two, output, schemes=["1.01"])
    assert output.read_text() == "the old result"
    assert sorted(p.name for p in two.parent.iterdir()) == ["result.csv", "two.csv"]


@pytest.mark.parametrize(
    ("title", "header", "amount"),
    [
        ("单位：万元", "固定资产投资总额", "36000000.00"),
        ("某区项目表（金额单位：人民币万元）", "固定资产投资总额", "36000000.00"),
        ("单位：万元", "固定资产投资总额（万元）", "36000000.00"),
        ("填报单位：某公司", "固定资产投资总额", "3600.00"),
        ("单位：元", "固定资产投资总额（万元）", None),
    ],
)
def test_a_unit_stated_above_a_table_is_applied_or_contradicts(catalog: Catalog, tmp_path: Path, title: str, header: str, amount: str | None) -> None:
    head = HEAD.replace(HEAD.split(",")[1], header)
    path = write(tmp_path, "a.csv", f"{title},,,,,\n{head}\n甲,12000,高精尖产业,85%,18%,否\n")
    if amount is None:
        with pytest.raises(InputError):
            run(catalog, path, schemes=["1.01"])
        return
    _, result, _ = run(catalog, path, schemes=["1.01"])
    assert amount in str(result)
