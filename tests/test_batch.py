"""Batch: what goes in comes out, exact, in order, each row accounted for."""

from __future__ import annotations

import csv
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from calc import Catalog, InputError, load_catalog
from calc.batch.summary import Summary
from calc.batch.values import arrow_type, exact_decimal
from calc.errors import FileProblem
from calc.facts import FactDef
from tests.generator import as_given, random_facts

LONG = ["project", "scheme", "benefit", "status", "amount", "binding", "missing", "assumed", "warnings"]
OLD_FACTORY = "1.01-old-factory-renovation"
HEAD = "项目名称,fixed_asset_investment,introduced_industry,occupancy_rate_one_year,energy_saving_rate,renewable_capable"
GOOD = "1.2亿元,高精尖产业,85%,18%,否"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


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
    for benefit in catalog.estimate(facts, scheme).benefits:
        bound = f"{benefit.binding.scope}:{benefit.binding.limit}" if benefit.binding else ""
        joined = [";".join(x) for x in (benefit.missing, benefit.assumed, benefit.warnings)]
        rows.append(dict(zip(LONG, [project, scheme, benefit.id, benefit.status, benefit.amount or "", bound, *joined], strict=True)))
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
        "丁,一百万,高精尖产业,85%,18%,否\r\n"
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
        ("8", "丁", "固定资产投资总额（万元）", "一百万"),
        ("10", "", "", "多出一格"),
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


def test_chinese_after_a_long_ascii_start(catalog: Catalog, tmp_path: Path) -> None:
    rows = "".join(f"P{n},120000000,high_precision,85%,18%,no\n" for n in range(60_000))
    head = HEAD.replace("项目名称", "name")
    source = write(tmp_path, "a.csv", f"{head}\n{rows}末行,{GOOD}\n".encode("gbk"))
    summary, result, _ = run(catalog, source, schemes=["1.01"], shape="wide")
    assert summary.written == 60_001
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


def test_one_row_in_ten_is_bad(catalog: Catalog, tmp_path: Path) -> None:
    """Over several blocks of both readers: each good row right and in its place, each bad one with its line."""
    wrong = ("一百万", "-1", "1.2千元", "12%", "1,20", "2023-01-01", "1e5", "是", "百", "0x10")
    lines = [HEAD, *(f'P{n},{wrong[n // 10 % 10] if n % 10 == 3 else f"{n + 1}万元"},高精尖产业,85%,18%,否' for n in range(20_000))]
    lines[7001:7001] = ["", ",,,,,"]
    summary, result, rejects = run(catalog, write(tmp_path, "a.csv", "\n".join(lines)), schemes=["1.01"], shape="wide")
    assert (summary.rows, summary.written, summary.rejected) == (20_000, 18_000, 2_000)
    good = [n for n in range(20_000) if n % 10 != 3]
    assert [r["项目名称"] for r in result] == [f"P{n}" for n in good]
    assert [r[OLD_FACTORY] for r in result] == [f"{min((n + 1) * 3000, 50_000_000)}.00" for n in good]
    assert [int(r["line"]) for r in rejects] == [n + 2 + (2 if n >= 7000 else 0) for n in range(20_000) if n % 10 == 3]


def test_headers_merged_downwards_and_no_rows(catalog: Catalog, tmp_path: Path) -> None:
    upper = "项目名称,投资,,introduced_industry,能耗,\n"
    lower = ",fixed_asset_investment,occupancy_rate_one_year,,energy_saving_rate,renewable_capable\n"
    source = write(tmp_path, "a.csv", f"{upper}{lower}甲,1.2亿元,85%,高精尖产业,18%,否\n")
    summary, result, _ = run(catalog, source, schemes=["1.01"])
    assert (result[0]["project"], result[0]["status"], result[0]["amount"]) == ("甲", "eligible", "36000000.00")
    summary, result, _ = run(catalog, write(tmp_path, "b.csv", HEAD), schemes=["1.01"])
    assert (summary.rows, result) == (0, [])
    with pytest.raises(FileProblem, match="空表"):
        run(catalog, write(tmp_path, "c.csv", "\n\n"))


def test_unknown_headers(catalog: Catalog, tmp_path: Path) -> None:
    source = write(tmp_path, "a.csv", f"{HEAD},固定资产头资,联系人\n甲,{GOOD},1,张三\n")
    with pytest.raises(InputError) as caught:
        run(catalog, source, schemes=["1.01"])
    assert caught.value.fact == "固定资产头资" and "fixed_asset_investment" in caught.value.nearest[0]
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
