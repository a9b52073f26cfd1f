"""What a name may carry: escapes of a terminal, formulas of a spreadsheet, headings and pictures of Markdown, names of SQL."""

import csv
import io
import itertools
import json
import re
import shutil
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from calc.characters import harmless, plain_markdown, visible
from calc.errors import SchemeError
from calc.facts.load import load_facts
from tests.command import ROOT, run

HIDDEN = ("\u200b", "\u200d", "\u00ad", "\u2063", "\u3164", "\U000e0041", "\u2028", "\u2060", "\ufeff", "\u061c")
ESCAPES = ("\x1b]52;c;ZWNobw==\x07", "\x1b]8;;http://x.cn\x1b\\x\x1b]8;;\x1b\\", "\x1b]0;title\x07", "\x1b[2J", "\x9b2J", "a\rb", "\u202ecod.exe", *HIDDEN)
FORMULAS = ("=1+1", "@SUM(A1)", "+1+cmd|'/c calc'!A1", "-1+cmd", "\t=1", "\r=1", "\n=1", "＝1+1", "＋A1", "－A1", "＠x")
FACTS = "fixed_asset_investment = 120000000\nintroduced_industry = '高精尖产业'\noccupancy_rate_one_year = '85%'\n"


def named(folder: Path, name: str) -> str:
    place = folder / "project.json"
    facts = {"fixed_asset_investment": "1.2亿元"}
    place.write_text(json.dumps({"name": name, "facts": facts}), encoding="utf-8")
    return str(place)


def commands(said: str) -> list[str]:
    return [c for c in said if (ord(c) < 32 and c not in "\n\r\t") or 127 <= ord(c) < 160 or c in "\u202e\u2066" or c in HIDDEN]


@pytest.mark.parametrize("escape", ESCAPES)
def test_no_name_commands_a_terminal(tmp_path: Path, escape: str) -> None:
    place = named(tmp_path, f"甲{escape}厂")
    for words in (
        ["estimate", place, "-s", "1.01"], ["estimate", place, "-s", "1.01", "--format", "json"], ["estimate", place, "-s", "1.01", "--format", "csv"],
        ["estimate", place, "-s", "1.01", "--format", "markdown"], ["plan", place, "-s", "1.01"], ["estimate", place, "-s", escape],
        ["estimate", f"{escape}.toml"], ["estimate", place, "-s", "1.01", "--set", f"{escape}=1"],
        ["estimate", place, "--set", f"introduced_industry={escape}"],
    ):  # fmt: skip
        done = run(words)
        assert not commands(done.out + done.err), words
        assert "a\rb" not in done.out + done.err


def test_what_is_made_visible_is_the_same_json(tmp_path: Path) -> None:
    done = run(["estimate", named(tmp_path, "甲\x9b2J\x1b[0m"), "-s", "1.01", "--format", "json"])
    assert json.loads(done.out)["project"]["name"] == "甲\x9b2J\x1b[0m"


def test_colours_of_the_program_stay_and_lines_end_as_they_do() -> None:
    assert visible("\x1b[1m合计\x1b[0m\x1b]0;x\x07\r\nb\tc", colours=True) == "\x1b[1m合计\x1b[0m\\u001b]0;x\\u0007\r\nb\tc"


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_a_spreadsheet_would_run_is_text(tmp_path: Path, formula: str) -> None:
    place = named(tmp_path, formula)
    for words in (["estimate", place, "-s", "1.01", "--format", "csv"], ["plan", place, "-s", "1.01", "--format", "csv"]):
        assert harmless(formula).startswith("'")
        cells = [cell for row in csv.reader(io.StringIO(run(words).out, newline="")) for cell in row]
        assert formula not in cells
    table = tmp_path / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["project", "fixed_asset_investment"], [formula, "1000万元"]])
    done = run(["batch", str(table), "-s", "1.01", "-o", str(tmp_path / "out.csv")])
    assert done.code == 0, done.err
    cells = [cell for row in csv.reader((tmp_path / "out.csv").open(encoding="utf-8-sig", newline="")) for cell in row]
    assert all(harmless(cell) == cell for cell in cells)


@pytest.mark.parametrize("plain", ["+86 138 0000 0000", "-5", "+5", "-1,234.50", "-3.5%", "-", "甲=乙", "", "5-3"])
def test_numbers_and_telephones_stay_as_they_are(plain: str) -> None:
    assert harmless(plain) == plain


def test_a_project_named_like_a_formula_is_text_in_every_workbook(tmp_path: Path) -> None:
    place = named(tmp_path, "=1+1")
    table = tmp_path / "table.csv"
    table.write_text("project,fixed_asset_investment\n=1+1,1000万元\n", encoding="utf-8")
    made = {
        "estimate": ["estimate", place, "-s", "1.01"], "plan": ["plan", place, "-s", "1.01"], "batch": ["batch", str(table), "-s", "1.01"],
    }  # fmt: skip
    for name, words in made.items():
        book = tmp_path / f"{name}.xlsx"
        done = run([*words, "-o", str(book)])
        if done.code == 2 and ".xlsx" in done.err:
            continue
        assert done.code == 0, done.err
        cells = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row if cell.value is not None]
        named_so = [cell for cell in cells if "=1+1" in str(cell.value)]
        assert named_so and all(cell.data_type == "s" for cell in named_so), name


def test_a_name_forges_no_heading_and_no_picture(tmp_path: Path) -> None:
    name = "甲厂\n# 批准\n![](http://x.cn/p.png)<img src=x>"
    assert plain_markdown(name) == "甲厂 \\# 批准 \\!\\[\\](http://x.cn/p.png)\\<img src=x\\>"
    for command in ("estimate", "plan"):
        said = run([command, named(tmp_path, name), "-s", "1.01", "--format", "markdown"]).out
        assert "\n# 批准" not in said and "![](" not in said and "<img" not in said.replace("\\<", "")


@pytest.mark.parametrize("id", ["a b", "A", "1a", "a-b", 'a" ; drop table x; --', "a'b", "", "甲", "a\n"])
def test_ids_of_facts_are_plain(id: str) -> None:
    plain = {"type": "money", "label": "甲"}
    for document in ({id: plain}, {"rows": {"type": "list", "label": "表", "fields": {id: plain}}}):
        with pytest.raises(SchemeError):
            load_facts(document)
    if id not in ("A", "1a", "a-b"):
        with pytest.raises(SchemeError):
            load_facts({"kind": {"type": "enum", "label": "类", "values": {id: "甲"}}})


def test_ids_of_schemes_and_benefits_are_plain(tmp_path: Path) -> None:
    for file in ("facts.toml",):
        (tmp_path / file).write_bytes((ROOT / "schemes" / file).read_bytes())
    source = next((ROOT / "schemes").rglob("1.01-*.toml"))
    content = source.read_text(encoding="utf-8").replace('id = "investment-grant"', "id = \"a' or 1=1 --\"")
    (tmp_path / source.name).write_text(content, encoding="utf-8")
    done = run(["check", "--schemes", str(tmp_path)])
    assert done.code == 1 and "or 1=1" in done.out + done.err


def hostile_city(folder: Path, said: str) -> Path:
    """A folder of schemes whose every name for people is ``said``, a number after it."""
    city = folder / "city"
    shutil.copytree(ROOT / "tests" / "other_city", city)
    number = itertools.count()
    for file in city.glob("*.toml"):
        keys = r'(?m)^(title|label|authority|document|clause) = ".*"$'
        words = re.sub(keys, lambda m: f"{m[1]} = {json.dumps(f'{said}{next(number)}')}", file.read_text("utf-8"))
        file.write_text(words, "utf-8")
    return city


IN_MARKDOWN = [
    "list", "show n1", "estimate p.json -s n1 -s n2", "match p.json --all", "plan p.json", "plan p.json q.json", "calendar p.json",
    "whatif p.json -s n1 --vary sector=chips|drugs", "whatif p.json --plan --vary sector=chips|drugs",
    "reform t.csv --change 'n1/grant: limits[0].at_most = \"700万元\"'",
]  # fmt: skip


@pytest.mark.parametrize("command", IN_MARKDOWN)
def test_no_name_forges_anything_in_markdown(tmp_path: Path, command: str) -> None:
    said = "甲\n# 伪标题\n![图](http://x.cn)|<script>a()</script>[链](javascript:a())"
    hostile_city(tmp_path, said)
    facts = {"equipment_cost": "1000万元", "sector": "chips", "new_jobs": 30, "revenue": "1亿元", "first_year": True}
    for file in ("p.json", "q.json"):
        (tmp_path / file).write_text(json.dumps({"name": said + file, "facts": facts}), "utf-8")
    (tmp_path / "t.csv").write_text("项目,equipment_cost,sector,new_jobs\n甲,1000万元,chips,30\n", "utf-8")
    done = run(f"{command} --schemes city --format markdown", cwd=tmp_path)
    assert done.code == 0, done.err
    bare = re.sub(r"\\[\\`*\[\]<>#!|]", "", done.out)
    assert "伪标题" in bare and not re.search(r"^# 伪|!\[|<script|\]\(", bare, re.M), bare
    for table in re.findall(r"(?:^\|.*\n)+", bare, re.M):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


@pytest.mark.parametrize("suffix", ["svg", "png", "html"])
def test_no_name_is_read_as_a_formula_of_a_chart(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "s.toml").write_text("[[scenario]]\nname = 'a $\\frac{x$ b'\nset = { fixed_asset_investment = '2亿元' }\n", "utf-8")
    done = run(f"whatif examples/old-factory.toml -s 1.01 --scenarios {tmp_path}/s.toml --chart {tmp_path}/a.{suffix}")
    assert done.code == 0 and (tmp_path / f"a.{suffix}").stat().st_size


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("suffix", ["svg", "html", "png"])
def test_no_character_hides_in_a_picture(tmp_path: Path, suffix: str, lang: str) -> None:
    said = "甲\u200b\u202e\u2066\ufeff\x1b]0;x\x07乙"
    city = hostile_city(tmp_path, said)
    facts = (city / "facts.toml").read_text("utf-8")
    (city / "facts.toml").write_text(facts.replace('"芯片"', json.dumps(said)), "utf-8")
    values = {"equipment_cost": "1000万元", "sector": "chips", "new_jobs": 30, "revenue": "1亿元", "first_year": True}
    (tmp_path / "p.json").write_text(json.dumps({"name": said, "facts": values}), "utf-8")
    (tmp_path / "t.csv").write_text(f"项目,equipment_cost,sector,new_jobs,{said}\n甲,1000万元,chips,30,9万元\n", "utf-8")
    set_to = "[[scenario]]\nname = %s\nset = { equipment_cost = '%d000万元' }\n"
    (tmp_path / "s.toml").write_text("".join(set_to % (json.dumps(f"{said}{number}"), number) for number in (1, 2)), "utf-8")
    change = ["--change", "n1/grant: limits[0].at_most = \"700万元\"", "--ignore-unknown"]
    for place, words in enumerate((
        ["whatif", "p.json", "-s", "n1", "--scenarios", "s.toml"], ["whatif", "p.json", "-s", "n1", "--vary", "sector=chips|drugs"],
        ["whatif", "p.json", "-s", "n1", "--vary", "equipment_cost=100万元..900万元:100万元"],
        ["reform", "t.csv", *change, "--size", said], ["reform", "t.csv", "--vary", "n1/grant.limits[0].at_most=600万元..800万元:100万元", "--ignore-unknown"],
    )):  # fmt: skip
        file = tmp_path / f"{place}.{suffix}"
        done = run(["--lang", lang, *words, "--schemes", "city", "--chart", str(file)], cwd=tmp_path)
        assert done.code == 0 and not commands(done.out + done.err), done.err
        content = file.read_bytes()
        assert content[:4] == b"\x89PNG" if suffix == "png" else not commands(content.decode("utf-8")), words


@pytest.mark.parametrize("said", ["甲\x1b]52;c;eA==\x07\x9b2J\u202e", "甲\r\nBEGIN:VEVENT\r\nSUMMARY:forged\r\n"])
def test_no_name_of_a_folder_of_schemes_damages_a_file(tmp_path: Path, said: str) -> None:
    city = hostile_city(tmp_path, said)
    facts = (city / "facts.toml").read_text("utf-8")
    (city / "facts.toml").write_text(facts.replace('"芯片"', json.dumps(said)), "utf-8")
    scheme = city / "n1-equipment-grant.toml"
    asked = f"apply = {{ from = '2026-01-01', words = {json.dumps(said)} }}\ncontact = {{ office = {json.dumps(said)}, phone = {json.dumps(said)} }}\n"
    scheme.write_text(scheme.read_text("utf-8").replace("\n[source]", f"{asked}\n[source]", 1), "utf-8")
    values = {"equipment_cost": "1000万元", "sector": "chips", "new_jobs": 30, "revenue": "1亿元", "first_year": True}
    (tmp_path / "p.json").write_text(json.dumps({"name": "甲", "facts": values}), "utf-8")
    (tmp_path / "q.json").write_text(json.dumps({"name": said, "facts": values}), "utf-8")
    for command in (
        "estimate q.json -s n1 -o a.xlsx", "plan q.json -o b.xlsx", "template n1 n3 --project p.json -o c.xlsx",
        "template n1 n3 -o d.csv", "template n1 n3 --project p.json -o e.toml", "calendar p.json -s n1 --as-of 2026-02-01 -o f.ics",
    ):  # fmt: skip
        done = run(f"{command} --schemes city", cwd=tmp_path)
        assert done.code == 0, done.err
        content = (tmp_path / command.split()[-1]).read_bytes()
        if command.endswith("xlsx"):
            openpyxl.load_workbook(io.BytesIO(content))
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                for part in (one for one in book.namelist() if one.endswith((".xml", ".rels", ".vml"))):
                    assert not commands("".join(ElementTree.fromstring(book.read(part)).itertext())), part
                assert not re.search(rb'<sheet name="[^"]*\n', book.read("xl/workbook.xml"))
            continue
        told = content.decode("utf-8-sig")
        assert not commands(told), command
        if command.endswith("toml"):
            assert tomllib.loads(told)["name"] == "甲"
        if command.endswith("ics"):
            assert told.count("SUMMARY") > 0 and not re.search("^SUMMARY:forged", told, re.M)


def test_what_is_read_by_people_or_beside_a_result_has_no_character_that_hides(tmp_path: Path) -> None:
    """The file with the sources, the list of payments, the workbook of a reform; the rows of a result stay as they were given."""
    said = "甲\u202e\u2066乙\u200b丙\u061c"
    (tmp_path / f"{said}.csv").write_text(
        f"项目名称,项目交付后1年内入驻率,固定资产投资总额,区{said}\n{said},90%,1亿元,{said}\n", encoding="utf-8"
    )
    own = ["-s", "1.01", "-o", f"{said}.out.csv", "--list", "list.xlsx", "--by", f"区{said}", "--carry", f"区{said}", "--ignore-unknown"]
    assert run(["batch", f"{said}.csv", *own], cwd=tmp_path).code == 0
    change = ["--change", '1.01/investment-grant: limits[0].at_most = "700万元"', "--by", f"区{said}", "-o", "reform.xlsx"]
    done = run(["reform", f"{said}.csv", *change, "--ignore-unknown"], cwd=tmp_path)
    assert done.code == 0, done.err
    sources = (tmp_path / f"{said}.out.csv.audit.json").read_text(encoding="utf-8")
    assert json.loads(sources)["input"]["file"] == f"{said}.csv"
    assert said in (tmp_path / f"{said}.out.csv").read_text(encoding="utf-8-sig")
    assert run(["verify", f"{said}.out.csv"], cwd=tmp_path).code == 0
    books = [zipfile.ZipFile(tmp_path / name) for name in ("list.xlsx", "reform.xlsx")]
    for content in (sources, *(book.read(name).decode() for book in books for name in book.namelist())):
        assert not commands(content)
    assert all("甲\\u202e" in book.read("xl/sharedStrings.xml").decode() for book in books)
