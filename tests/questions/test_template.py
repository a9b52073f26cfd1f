"""Templates: what is filled in comes back, cell by cell, and says the same as a project file."""

import csv
import datetime as dt
import json
import random
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import tomli
from openpyxl.worksheet.worksheet import Worksheet

from calc import Catalog
from calc.errors import FileProblem, InputError
from calc.facts import FactDef, read_value
from calc.messages import use
from calc.questions.fill.project import read_projects
from calc.questions.fill.sheets import FORBIDDEN_IN_TITLES, list_named
from calc.questions.fill.template import layout, project_toml, written
from calc.twins import completed
from tests.command import ROOT, run
from tests.generator import random_facts

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
FIRST = 6  # the first row to fill in
FACTORY = {
    "occupancy_rate_one_year": 0.85,
    "energy_saving_rate": "18%",
    "renewable_capable": "否",
    "introduced_industry": "高精尖产业",
    "fixed_asset_investment": "1.2亿元",
}
LOANS = [
    {"principal": 80_000_000, "rate": 0.038, "start": dt.datetime(2023, 3, 1), "end": dt.datetime(2026, 3, 1)},
    {"principal": "1000万", "rate": "3.5%", "start": "2023年5月1日", "end": "2024/5/1", "lpr_term": "1年期"},
]
TOML = """
name = "老厂房"
[facts]
occupancy_rate_one_year = "85%"
energy_saving_rate = "18%"
renewable_capable = "否"
introduced_industry = "高精尖产业"
fixed_asset_investment = "1.2亿元"
[[facts.loans]]
principal = "8000万元"
rate = "3.8%"
start = 2023-03-01
end = 2026-03-01
[[facts.loans.repayments]]
date = 2024-03-01
amount = "4000万元"
[[facts.loans]]
principal = "1000万元"
rate = "3.5%"
start = 2023-05-01
end = 2024-05-01
lpr_term = "1年期"
"""


@pytest.fixture(autouse=True)
def chinese() -> Any:
    yield
    use("zh")


def put(sheet: Worksheet, row: int, *owner: Any, **values: Any) -> None:
    """Types values into a row, under the columns of their ids; a cell has the format of its column, as when typed."""
    columns = {cell.value: cell.column for cell in sheet[2]}
    for column, value in [*enumerate(owner, 1), *((columns[id], value) for id, value in values.items())]:
        cell = sheet.cell(row, column, value)
        kept = cell.number_format
        cell.number_format = sheet.column_dimensions[cell.column_letter].number_format if kept == "General" else kept


def fill(path: Path, edit: Any) -> Path:
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


def factory(path: Path, catalog: Catalog) -> Path:
    """The template of 1.01 filled in by hand: one project, two loans, one of them repaid in part."""
    catalog.template(["1.01"], path)

    def edit(book: openpyxl.Workbook) -> None:
        put(book.worksheets[0], FIRST, "老厂房", **FACTORY)
        put(book.worksheets[1], FIRST, "老厂房", **LOANS[0])
        put(book.worksheets[1], FIRST + 1, "老厂房", **LOANS[1])
        put(book.worksheets[3], FIRST, "老厂房", 1, date="2024-03-01", amount=40_000_000)

    return fill(path, edit)


# ---------------------------------------------------------------- the way round


def test_a_filled_workbook_says_what_the_toml_file_says(catalog: Catalog, tmp_path: Path) -> None:
    projects = read_projects(factory(tmp_path / "填报.xlsx", catalog), catalog.facts)
    document = tomli.loads(TOML)
    assert [p["name"] for p in projects] == ["老厂房"]
    assert catalog.read(projects[0]["facts"]) == catalog.read(document)
    assert catalog.estimate(projects[0], "1.01") == catalog.estimate(document, "1.01")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".toml"])
@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "examples").glob("*.toml")))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_example_filled_in_comes_back(catalog: Catalog, tmp_path: Path, name: str, suffix: str, language: str) -> None:
    use(language)
    document = tomli.loads((ROOT / "examples" / f"{name}.toml").read_text(encoding="utf-8"))
    path = tmp_path / f"a{suffix}"
    catalog.template(["1.01", "4.36"], path, [document])
    back = tomli.loads(path.read_text(encoding="utf-8")) if suffix == ".toml" else read_projects(path, catalog.facts)[0]
    assert back["name"] == document["name"]
    assert catalog.read(back) == catalog.read(document)


@pytest.mark.parametrize("part", ["1.", "2.", "3.", "4.0", "4.1", "4.2", "4.3", "4.5", "4.6", "4.7", "4.8", "5.", "6.", "g"])
def test_random_projects_come_back(catalog: Catalog, tmp_path: Path, part: str) -> None:
    schemes = [id for id in catalog.ids if id.startswith(part) and catalog.scheme(id).facts]
    rng = random.Random(f"template {part}")
    values = [completed(random_facts(catalog, id, rng), catalog.facts.twins, catalog.facts.by_id) for id in schemes]
    projects = [{"name": f"项目{n}", "facts": {}} for n in range(len(values))]
    for project, known in zip(projects, values, strict=True):
        project["facts"] = tomli.loads(project_toml("", {i: raw(catalog.facts[i], v) for i, v in known.items()}, catalog.facts))["facts"]
        assert catalog.read(project) == known
    for suffix in (".xlsx", ".csv"):
        catalog.template(schemes, tmp_path / f"a{suffix}", projects)
        back = read_projects(tmp_path / f"a{suffix}", catalog.facts)
        lists = {id for known in values for id in known if catalog.facts[id].type == "list"}
        for project, known in zip(back, values, strict=True):
            # who has no row in a list that others have rows in has the empty list; an empty list within a record is none
            bare = {i: [without_empty(r) for r in v] if isinstance(v, list) else v for i, v in known.items()}
            assert {i: [without_empty(r) for r in v] if isinstance(v, list) else v for i, v in catalog.read(project).items()} == {
                **{id: [] for id in lists}, **bare
            }


def raw(definition: FactDef, value: Any) -> Any:
    if definition.type == "list":
        return [{id: raw(definition.fields[id], v) for id, v in record.items()} for record in value]
    return written(definition, value)


def without_empty(record: dict[str, Any]) -> dict[str, Any]:
    return {id: value for id, value in record.items() if value != []}


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("fixed_asset_investment", Fraction(123456789012345678, 1000)),  # finer than a fen, more digits than a spreadsheet keeps
        ("fixed_asset_investment", 0),
        ("energy_saving_rate", Fraction("0.0385123456789012345678")),
        ("energy_saving_rate", Fraction(3, 2)),
        ("construction_years", Fraction(1, 12)),
        ("construction_years", Fraction(5, 2)),
        ("completion_date", dt.date(2024, 2, 29)),
        ("renewable_capable", False),
    ],
)
def test_a_value_is_written_as_it_is_read(catalog: Catalog, tmp_path: Path, id: str, value: Any) -> None:
    definition = catalog.facts[id]
    said = written(definition, value)
    assert read_value(definition, said, id) == value
    catalog.template(["1.01"], tmp_path / "a.xlsx", [{"name": "", "facts": {id: said}}])
    (project,) = read_projects(tmp_path / "a.xlsx", catalog.facts)
    assert project["name"] == "1"
    assert catalog.read(project) == {id: value}


def test_no_loan_is_not_the_same_as_loans_not_given(catalog: Catalog, tmp_path: Path) -> None:
    for name, facts in (("none", {"loans": []}), ("open", {})):
        catalog.template(["1.01"], tmp_path / f"{name}.xlsx", [{"name": "a", "facts": facts}])
        assert catalog.read(read_projects(tmp_path / f"{name}.xlsx", catalog.facts)[0]) == facts
        status = {b.id: b.status for b in catalog.estimate(read_projects(tmp_path / f"{name}.xlsx", catalog.facts)[0], "1.01").benefits}
        assert status["loan-interest"] == {"none": "ineligible", "open": "incomplete"}[name]


# ---------------------------------------------------------------- the workbook


def test_the_workbook_guides_the_hand(catalog: Catalog, tmp_path: Path) -> None:
    catalog.template(["1.01"], tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [s.title for s in book] == ["项目", "贷款", "贷款·提款", "贷款·还本", "填写说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column_letter for cell in sheet[2]}
    assert sheet.row_dimensions[2].hidden
    head = columns["fixed_asset_investment"]
    assert sheet[f"{head}1"].value == "固定资产投资总额"
    assert sheet[f"{head}3"].value == "元，也可写 5000万元"
    assert sheet[f"{head}4"].value == catalog.facts["fixed_asset_investment"].help
    assert "5000万元" in sheet[f"{head}1"].comment.text
    assert sheet["A5"].value == "#示例（不计入）"
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert rules[f"{columns['renewable_capable']}{FIRST}"].formula1 == '"是,否"'
    choices = rules[f"{columns['introduced_industry']}{FIRST}"]
    assert choices.type == "list"
    column, last = choices.formula1.split("!$")[1].split("$")[0], int(choices.formula1.rsplit("$", 1)[1])
    values = [book["选项"][f"{column}{n}"].value for n in range(1, last + 1)]
    assert values == list(catalog.facts["introduced_industry"].values.values())
    assert rules[f"{columns['energy_saving_rate']}{FIRST}"].type == "decimal"
    assert rules[f"{head}{FIRST}"].type == "custom"
    loans = {str(rule.sqref).split(":")[0]: rule.type for rule in book.worksheets[1].data_validations.dataValidation}
    assert loans[f"D{FIRST}"] == "date"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_fact_has_its_column_and_a_rule_that_excel_takes(catalog: Catalog, tmp_path: Path, language: str) -> None:
    use(language)
    schemes = [id for id in catalog.ids if catalog.scheme(id).facts]
    catalog.template(schemes, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    titles = [sheet.title for sheet in book]
    assert len({title.casefold() for title in titles}) == len(titles)
    assert all(len(title) <= 31 and not FORBIDDEN_IN_TITLES.search(title) for title in titles)
    found = set()
    for sheet, made in zip(book.worksheets, layout(catalog, schemes), strict=False):
        ids = [cell.value for cell in sheet[2]][len(made.keys) :]
        assert ids == list(made.columns)
        assert len(sheet.data_validations.dataValidation) == len(ids)
        for rule in sheet.data_validations.dataValidation:
            if rule.type is None:  # several values in one cell: Excel has no list for those, the cell says what is accepted
                column = ids[next(iter(rule.sqref.ranges)).min_col - 1 - len(made.keys)]
                assert catalog.facts[f"{made.records}.{column}" if made.records else column].type == "set" and rule.prompt
                continue
            assert rule.formula1
            assert len(rule.formula1) <= 255 or rule.type == "custom"
        found |= {f"{made.records}.{id}" if made.records else id for id in ids}
        assert all(cell.value for cell in sheet[5])
    found |= {twin.target for twin in catalog.facts.twins if twin.answers is None and twin.source in found}  # by its other name
    asked = {path for id in schemes for path in catalog.scheme(id).facts}
    assert {path for path in asked if "." in path or catalog.facts[path].type != "list"} <= found


def test_the_example_row_is_one_that_could_be_given(catalog: Catalog) -> None:
    from calc.questions.fill.template import example

    for definition in catalog.facts.by_id.values():
        for one in [definition, *definition.fields.values()]:
            if one.type != "list":
                assert read_value(one, example(one), one.id) is not None


def test_remarks_may_go_and_labels_are_understood(catalog: Catalog, tmp_path: Path) -> None:
    for language in ("zh", "en"):
        use(language)
        path = tmp_path / f"{language}.xlsx"
        factory(path, catalog)
        fill(path, lambda book: [sheet.delete_rows(2, 4) for sheet in book.worksheets[:4]])
        assert catalog.read(read_projects(path, catalog.facts)[0]) == catalog.read(tomli.loads(TOML))


def test_a_changed_header_is_known_by_its_id(catalog: Catalog, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for cell in book.worksheets[0][1][1:]:
            cell.value = f"我的表头{cell.column}"
        book.worksheets[1].title = "借款"

    path = fill(factory(tmp_path / "a.xlsx", catalog), edit)
    assert catalog.read(read_projects(path, catalog.facts)[0]) == catalog.read(tomli.loads(TOML))


def test_every_list_is_known_by_its_sheet(catalog: Catalog) -> None:
    for language in ("zh", "en"):
        use(language)
        for sheet in layout(catalog, [id for id in catalog.ids if catalog.scheme(id).facts])[1:]:
            assert list_named(sheet.title, catalog.facts) == sheet.records


def test_several_projects_keep_their_records_apart(catalog: Catalog, tmp_path: Path) -> None:
    catalog.template(["1.01"], tmp_path / "a.xlsx")

    def edit(book: openpyxl.Workbook) -> None:
        for row, name in enumerate(("甲", 7, "丙"), FIRST):
            put(book.worksheets[0], row, name, fixed_asset_investment=row)
        for row, (name, principal) in enumerate((("丙", 1), (7, 2), ("丙", 3)), FIRST):
            put(book.worksheets[1], row, name, principal=principal)

    projects = read_projects(fill(tmp_path / "a.xlsx", edit), catalog.facts)
    assert {p["name"]: [loan["principal"] for loan in p["facts"]["loans"]] for p in projects} == {"甲": [], "7": [2], "丙": [1, 3]}


def test_formulas_count_by_their_value(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    catalog.template(["1.01"], path)
    fill(path, lambda book: put(book.worksheets[0], FIRST, "甲", fixed_asset_investment="=6*20000000"))
    with pytest.raises(FileProblem, match=r"项目!G6：公式还没有算出值"):
        read_projects(path, catalog.facts)


@pytest.mark.parametrize(("cell", "said"), [(0.1 + 0.2, "30%"), (1.5, "150%"), (0.7000000000000001, "70%")])
def test_a_percent_cell_is_what_it_shows(catalog: Catalog, tmp_path: Path, cell: float, said: str) -> None:
    catalog.template(["1.01"], tmp_path / "a.xlsx")
    path = fill(tmp_path / "a.xlsx", lambda book: put(book.worksheets[0], FIRST, "甲", energy_saving_rate=cell))
    assert read_projects(path, catalog.facts)[0]["facts"] == {"energy_saving_rate": said}


# ---------------------------------------------------------------- what is wrong


def test_everything_wrong_is_told_at_once_with_its_cell(catalog: Catalog, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        main, loans, _, repayments = book.worksheets[:4]
        put(main, FIRST, "甲", fixed_asset_investment="很多", introduced_industry="高精尖")
        put(main, FIRST + 1, "甲", energy_saving_rate=-0.1)
        main.cell(FIRST, 20, "无头")
        main.cell(1, 9, "固定资产投资额外")
        put(loans, FIRST, "丁", principal=1)
        put(loans, FIRST + 1, "甲", start="2023-02-30")
        put(repayments, FIRST, "甲", 3, amount=1)
        book.create_sheet("贷款情况").append(["项目", "本金"])

    catalog.template(["1.01"], tmp_path / "a.xlsx")
    with pytest.raises(FileProblem) as caught:
        read_projects(fill(tmp_path / "a.xlsx", edit), catalog.facts)
    told = caught.value.problems
    for start, part in (
        ("项目!G6: ", "“很多”"),
        ("项目!F6: ", "高精尖产业"),
        ("项目!C7: ", "-10%"),
        ("项目!T6：", "无头"),
        ("项目!I1: ", "固定资产投资总额"),
        ("项目!A7：", "出现两次"),
        ("贷款!A6：", "丁"),
        ("贷款!D7: ", "2023-02-30"),
        ("贷款·还本!B6：", "“3”"),
        ("“贷款情况”表", "不是任何明细"),
    ):
        assert any(one.startswith(start) and part in one for one in told), (start, told)
    assert len(told) == 10


def test_a_csv_problem_names_line_and_column(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("项目,综合节能率\n甲,18%\n乙,很高\n".encode("gb18030"))
    with pytest.raises(FileProblem, match=r"a\.csv 第3行 B列: .*很高"):
        read_projects(tmp_path / "a.csv", catalog.facts)


def test_records_stand_in_csv_files_beside(catalog: Catalog, tmp_path: Path) -> None:
    files = catalog.template(["1.01"], tmp_path / "a.csv")
    assert [f.name for f in files] == ["a.csv", "a.loans.csv", "a.loans.drawdowns.csv", "a.loans.repayments.csv"]
    with files[0].open("a", encoding="utf-8", newline="") as out:
        csv.writer(out).writerow(["甲", "85%", "18%", "否", "", "高精尖产业", "1.2亿元"])
    with files[1].open("a", encoding="utf-8", newline="") as out:
        csv.writer(out).writerow(["甲", "8000万元", "3.8%", "2023-03-01", "2026-03-01"])
    (project,) = read_projects(files[0], catalog.facts)
    assert project["facts"]["loans"] == [{"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}]
    assert catalog.estimate(project, "1.01").total == "36000000.00"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"no workbook", "读不了"),
        ("a.csv", b"\xff\xfe\x00\x00", "不是文本"),
        ("a.csv", b"\xff\x80,\xff", "编码"),
        ("a.csv", b"", "文件是空的"),
        ("a.csv", "项目,综合节能率\n".encode(), "没有填写任何项目"),
        ("a.csv", '项目,综合节能率\n甲,"18%\n'.encode(), "读不了"),
    ],
)
def test_a_file_that_is_none_is_told(catalog: Catalog, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileProblem, match=said):
        read_projects(tmp_path / name, catalog.facts)


def test_a_project_name_is_never_taken_for_a_remark(catalog: Catalog, tmp_path: Path) -> None:
    catalog.template(["1.01"], tmp_path / "a.csv", [{"name": "#1 厂房", "facts": {"renewable_capable": "否"}}])
    assert [p["name"] for p in read_projects(tmp_path / "a.csv", catalog.facts)] == ["＃1 厂房"]


def test_nothing_is_overwritten_unless_asked(catalog: Catalog, tmp_path: Path) -> None:
    path = factory(tmp_path / "a.xlsx", catalog)
    kept = path.read_bytes()
    with pytest.raises(FileProblem, match="--force"):
        catalog.template(["1.01"], path)
    assert path.read_bytes() == kept
    catalog.template(["1.01"], path, force=True)
    assert path.read_bytes() != kept


@pytest.mark.parametrize(("schemes", "name"), [(["1.01"], "a.docx"), (["3.01"], "a.xlsx")])
def test_what_cannot_be_made_is_refused(catalog: Catalog, tmp_path: Path, schemes: list[str], name: str) -> None:
    with pytest.raises(FileProblem):
        catalog.template(schemes, tmp_path / name)
    with pytest.raises(InputError):
        catalog.template(["9.99"], tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- the commands


def test_the_workbook_goes_straight_into_the_commands(catalog: Catalog, tmp_path: Path) -> None:
    book = tmp_path / "填报.xlsx"
    assert run(["template", "1.01", "-o", str(book)]).code == 0
    empty = run(["estimate", str(book), "-s", "1.01"])
    assert (empty.code, empty.out) == (2, "")
    assert "没有填写任何项目" in empty.err
    book.unlink()
    factory(book, catalog)
    toml = tmp_path / "填报.toml"
    toml.write_text(TOML, encoding="utf-8")
    for command in (["estimate", "-s", "1.01", "--format", "json"], ["match", "--format", "json"]):
        done = [run([command[0], str(file), *command[1:], "--as-of", "2023-10-01"]) for file in (book, toml)]
        assert [d.code for d in done] == [0, 0]
        assert done[0].out == done[1].out
    assert run(["batch", str(book), "-s", "1.01", "-o", str(tmp_path / "out.csv")]).code == 0
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()))
    result = catalog.estimate(tomli.loads(TOML), "1.01")
    assert [(r["project"], r["benefit"], r["amount"]) for r in rows] == [("老厂房", b.id, b.amount) for b in result.benefits]


def test_several_rows_are_no_single_project(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("项目,综合节能率\n甲,18%\n乙,19%\n", encoding="utf-8")
    done = run(["estimate", str(path), "-s", "1.01"])
    assert (done.code, done.out) == (2, "")
    assert "2 个项目" in done.err


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_keeps_it_all(catalog: Catalog, tmp_path: Path) -> None:
    path = factory(tmp_path / "a.xlsx", catalog)
    fill(path, lambda book: put(book.worksheets[0], FIRST, "老厂房", fixed_asset_investment="=6*20000000"))
    there = tmp_path / "there"
    command = [str(OFFICE), "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(there), str(path)], check=True, capture_output=True, timeout=120)
    assert catalog.read(read_projects(there / "a.xlsx", catalog.facts)[0]) == catalog.read(tomli.loads(TOML))
    before, after = (openpyxl.load_workbook(p) for p in (path, there / "a.xlsx"))
    for one, other in zip(before.worksheets, after.worksheets, strict=True):
        rules = [{(str(r.sqref), r.type) for r in sheet.data_validations.dataValidation} for sheet in (one, other)]
        assert rules[0] == rules[1]
        assert other.sheet_state == one.sheet_state


def test_several_rows_are_planned_together(catalog: Catalog, tmp_path: Path) -> None:
    rows = [tomli.loads(TOML), {"name": "书店", "facts": {"fixed_asset_investment": "3000万元"}}]
    catalog.template(["1.01"], tmp_path / "a.xlsx", rows)
    plain = tomli.loads(TOML)["facts"]
    one = run(["plan", str(factory(tmp_path / "one.xlsx", catalog)), "-s", "1.01", "--format", "json", "--as-of", "2023-10-01"])
    assert json.loads(one.out)["total"] == catalog.plan(plain, ["1.01"])["total"] == "36000000.00"
    both = run(["plan", str(tmp_path / "a.xlsx"), "-s", "1.01", "--format", "json", "--as-of", "2023-10-01"])
    assert (both.code, json.loads(both.out)["total"]) == (0, "36000000.00")


def test_the_lists_of_an_older_template_go_with_it(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    catalog.template(["1.01"], path, [{"name": "甲", "facts": {"loans": [{"principal": "1000万元"}]}}])
    loans = tmp_path / "a.loans.csv"
    assert loans.exists()
    with pytest.raises(FileProblem, match=r"a\.loans\.csv"):
        catalog.template(["6.01"], path)
    catalog.template(["6.01"], path, force=True)
    assert not loans.exists() and list(tmp_path.glob("a.loans*")) == []
    path.unlink()
    loans.write_text("项目,本金\n甲,1000万元\n", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(FileProblem, match=r"a\.loans\.csv"):
            catalog.template(["6.01"], path, force=force)
    assert loans.read_text(encoding="utf-8").startswith("项目") and not path.exists()
