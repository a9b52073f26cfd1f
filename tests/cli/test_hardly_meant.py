"""Figures that are hardly meant are warned of by every command that reads a project, in every form and language, once, with file and line."""

import json
import re
from pathlib import Path

import pytest
import typer

from calc import Catalog
from calc.cli import COMMANDS, build
from tests.command import ROOT, Done, run

PROJECT = """\
name = "甲"
[facts]
fixed_asset_investment = 18000
introduced_industry = "高精尖产业"
occupancy_rate_one_year = "85%"
energy_saving_rate = "18%"
renewable_capable = false
[[facts.loans]]
principal = 3000
"年化实际利率" = "365%"
start = 2024-03-01
end = 2025-03-01
[[facts.loans]]
principal = "1000万元"
rate = "400%"
start = 2024-01-01
end = 2025-03-01
drawdowns = [{ date = 2024-06-01, amount = "1000万元" }]
"""
SAID = {  # by language: what is said, and the lines in the file
    "zh": {"固定资产投资总额是1.8万元，小于": 3, "贷款本金是3,000元，小于": 9, "年化实际利率是365%，大于": 10, "首笔放款日写的是2024-01-01": 16},
    "en": {"investmentis18,000元,less": 3, "Principalis3,000元,less": 9, "Interestrateayearis365%,more": 10, "drawdowndateis2024-01-01": 16},
}
VARY = ["--vary", "occupancy_rate_one_year=70%..90%:10%"]
READS = {  # each command that reads a project, as it is given, and its forms
    "estimate": (["-s", "1.01"], ("table", "json", "csv", "markdown", "html", "xlsx")),
    "match": ([], ("table", "json", "csv", "markdown", "html")),
    "plan": ([], ("table", "json", "csv", "markdown", "html", "xlsx")),
    "whatif": (["-s", "1.01", *VARY], ("table", "json", "csv", "markdown", "xlsx")),
    "calendar": (["-s", "1.01"], ("table", "json", "csv", "markdown", "ics")),
    "template": (["1.01", "-o", "t.csv", "--force", "--project"], ("",)),
    "ask": (["1.01", "--project"], ("",)),
}
TABLES = {"batch": ["-s", "1.01", "-o", "out.csv"], "reform": ["--change", '1.01/investment-grant: percent = "25%"']}
RUNS = [(name, form) for name, (_, forms) in READS.items() for form in forms]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "p.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def words(folder: Path, name: str, form: str, language: str, *more: str) -> str:
    """All that a command says of the project, on both streams and in its file, without spaces and signs of Markdown."""
    options = READS[name][0]
    project = [*options, "p.toml"] if options[-1:] == ["--project"] else ["p.toml", *options]
    file = [] if form != "xlsx" else ["-o", "out.xlsx"]
    done = run(["--lang", language, name, *project, *(["--format", form] if form and not file else []), *file, *more], cwd=folder)
    assert done.code == 0, done.err
    return plain(done, folder / "out.xlsx" if file else None)


def plain(done: Done, book: Path | None = None) -> str:
    from openpyxl import load_workbook

    said = done.out + "\n" + done.err
    if book is not None:
        said += "\n".join(str(cell.value) for sheet in load_workbook(book) for row in sheet for cell in row)
    return re.sub(r"[\s\\]|&nbsp;", "", said)


def reads_projects(name: str) -> bool:
    """Whether a command is given a project, or a table of them."""
    params, open_ = [], [typer.main.get_command(build([name]))]
    while open_:
        one = open_.pop()
        params += one.params
        open_ += getattr(one, "commands", {}).values()
    return any(str(one.metavar).rstrip("…") in ("PROJECT", "TABLE") or "--set" in one.opts for one in params)


def test_every_command_that_reads_a_project_is_tried_here() -> None:
    assert {name for name in COMMANDS if reads_projects(name)} == READS.keys() | TABLES.keys()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("name", "form"), RUNS)
def test_every_command_in_every_form(place: Path, name: str, form: str, language: str) -> None:
    said = words(place, name, form, language)
    times = {one: said.count(one) for one in SAID[language]}
    assert all(times.values()), said
    for one, line in SAID[language].items():
        assert re.search(rf"p\.toml:{line}[：:]([^：:]*[：:])?[^：:]*{re.escape(one)}", said), one
    if form != "xlsx" and (name, form) != ("calendar", "json"):  # there each sheet tells, and each entry those of its scheme
        assert set(times.values()) == {1}


@pytest.mark.parametrize("name", ["estimate", "match", "plan", "whatif", "calendar"])
def test_what_options_give(place: Path, name: str) -> None:
    said = words(place, name, "csv", "zh", "--set", "fixed_asset_investment=20000", "--set", "loans[1].principal=3000万元", "--set", "loans[2].rate=3%")
    assert "--set：固定资产投资总额是2万元" in said and "贷款本金是" not in said and "p.toml:10：年化实际利率是365%" in said


def test_python_says_the_same(catalog: Catalog) -> None:
    facts = {"fixed_asset_investment": 18000, "introduced_industry": "高精尖产业", "loans": [{"principal": 3000, "rate": "365%"}]}
    answers = [catalog.estimate(facts, "1.01").warnings, catalog.match(facts)["warnings"], catalog.plan(facts)["warnings"]]
    answers += [catalog.whatif(facts, one, {"energy_saving_rate": ("15%", "20%", "5%")})["warnings"] for one in ("1.01", "plan")]
    answers += [one["warnings"] for one in catalog.calendar(facts, ["1.01"])]
    expected = [said for said in answers[0] if "常见" in said]
    assert len(expected) == 3 and all([said for said in answer if "常见" in said] == expected for answer in answers)


@pytest.mark.parametrize("name", ["estimate", "match", "plan", "whatif", "calendar"])
def test_support_above_the_whole_investment(place: Path, name: str) -> None:
    said = words(place, name, "csv", "zh", "--set", "fixed_asset_investment=10万元", "--set", "loans[1].principal=9000万元")
    assert "贷款贴息算得" in said and "比固定资产投资总额（10万元）还多" in said


def test_scenarios_are_named(place: Path) -> None:
    (place / "s.toml").write_text(
        '[[scenario]]\nname = "低"\nset = { fixed_asset_investment = 18000 }\n[[scenario]]\nname = "更低"\n'
        'set = { fixed_asset_investment = 15000, "loans[1].rate" = "50%" }\n[[scenario]]\nname = "好"\nset = { fixed_asset_investment = "2亿元" }\n',
        encoding="utf-8",
    )
    good = PROJECT.replace("= 18000", '= "1.8亿元"').replace("= 3000", '= "3000万元"').replace("365%", "3%").replace("400%", "4%").replace("2024-01", "2024-06")
    (place / "p.toml").write_text(good, encoding="utf-8")
    for asked in (["-s", "1.01"], ["--plan"]):
        done = run(["whatif", "p.toml", *asked, "--scenarios", "s.toml", "--format", "csv"], cwd=place)
        found = [line for line in done.err.splitlines() if "常见" in line]
        assert len(found) == 2 and "好" not in done.err
        assert found[0].startswith("情景“低”、情景“更低”：固定资产投资总额是 1.8万元") and found[1].startswith("情景“更低”：年化实际利率是 50%")


def test_values_varied_are_told_once(place: Path) -> None:
    done = run(["whatif", "p.toml", "-s", "1.01", "--vary", "fixed_asset_investment=2万元..52万元:5万元", "--format", "csv"], cwd=place)
    (said,) = [line for line in done.err.splitlines() if "所变的取值" in line and "常见" in line]
    assert "2万元" in said and "共 2 处" in said  # 20,000 and 70,000; 120,000 is usual


HEAD = "项目名称,企业名称,fixed_asset_investment,introduced_industry,occupancy_rate_one_year,energy_saving_rate（%）,renewable_capable"
ROWS = ["甲,A,1.2亿元,高精尖产业,85%,18,否", "乙,A,18000,高精尖产业,85%,18,否", "丙,B,25000,高精尖产业,85%,0.9,否"]


@pytest.mark.parametrize("name", ["plan", *TABLES])
def test_a_table_once_a_column_with_the_line(place: Path, name: str) -> None:
    (place / "t.csv").write_text("\n".join([HEAD, *ROWS]), encoding="utf-8")
    options = TABLES.get(name, ["-s", "1.01", "--format", "csv"])
    done = run([name, "t.csv", *options], cwd=place)
    (small,) = [line for line in done.err.splitlines() if "常见" in line]
    assert "1.8万元" in small and re.search(r"第 ?3 ?行", small) and "共 2 处" in small
    assert name != "plan" or small.startswith("乙、丙：")
    (mixed,) = [line for line in done.err.splitlines() if "不像同一种写法" in line]
    assert "0.9%" in mixed and "18%" in mixed and re.search(r"第 ?4 ?行", mixed)


def test_a_form_filled_in_names_the_cell(place: Path) -> None:
    for file, cells in (("t.csv", ("t.csv 第6行 G列", "t.loans.csv 第6行 B列")), ("t.xlsx", ("项目!G6", "贷款!B6"))):
        assert run(["template", "1.01", "--project", "p.toml", "-o", file], cwd=place).code == 0
        said = run(["match", file, "--format", "csv"], cwd=place).err
        assert all(f"{cell}：" in said for cell in cells)


def test_an_interview_says_it_when_it_is_answered() -> None:
    answers = {"固定资产投资总额": "18000", "利率": "365%", "贷款本金": "3000", "业态": "高精尖产业", "到期": "2026-03-01", "放款日": "2024-03-01"}
    answers |= {"再": "否", "是/否": "是"}
    given: list[str] = []
    for _ in range(20):  # each question is answered as it comes
        said = run(["ask", "1.01"], "\n".join([*given, "完", ""]).encode(), width=200).err
        asked = re.findall(r"^\d+\. (.*)$", said, re.M)[len(given) :]
        if not asked:
            break
        given.append(next((answer for word, answer in answers.items() if word in asked[0]), "-"))
    assert said.count("固定资产投资总额是 1.8万元，小于常见的") == 1
    assert said.count("年化实际利率是 365%，大于常见的") == 1 and said.count("贷款本金是 3,000元，小于常见的") == 1


@pytest.mark.parametrize("file", sorted((ROOT / "examples").glob("*.toml")), ids=lambda one: one.stem)
def test_nothing_is_said_of_what_is_usual(file: Path) -> None:
    for asked in (["match", str(file), "--format", "csv"], ["plan", str(file), "--format", "csv"]):
        done = run(asked)
        assert "常见" not in done.err and "请核对" not in done.err and "还多" not in done.err


@pytest.mark.parametrize("name", ["plan", "whatif"])
def test_a_workbook_says_a_warning_once(place: Path, name: str) -> None:
    words(place, name, "xlsx", "zh")
    said = plain(Done(0, "", ""), place / "out.xlsx")
    assert {warning: said.count(warning) for warning in SAID["zh"]} == dict.fromkeys(SAID["zh"], 1)


def test_support_above_the_whole_investment_is_said_of_a_plan_that_is_varied(place: Path) -> None:
    facts = "fixed_asset_investment = '100万元'\nintroduced_industry = '高精尖产业'\noccupancy_rate_one_year = '85%'\n"
    facts += "energy_saving_rate = '18%'\nrenewable_capable = '否'\n"
    loan = "[[loans]]\nprincipal = '8000万元'\nrate = '3.8%'\nstart = 2023-03-01\nend = 2026-03-01\n"
    (place / "q.toml").write_text(facts + loan, encoding="utf-8")
    for spend, count in (("100万元|1亿元", 1), ("1亿元|2亿元", 0)):
        done = run(["whatif", "q.toml", "--plan", "-s", "1.01", "--vary", f"fixed_asset_investment={spend}", "--format", "json"], cwd=place)
        assert done.code == 0, done.err
        found = [one for one in json.loads(done.out)["warnings"] if "1.01 贷款贴息" in one and "100万元" in one]
        assert len(found) == count, done.out
