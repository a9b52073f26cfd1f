"""Workbooks with live formulas: they say what the program says, and follow when an input is changed."""

import csv
import datetime as dt
import io
import random
import re
import shutil
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from benchmarks.workbook import FORMS, apart, parts_apart
from calc import Catalog, load_catalog
from calc.engines.formulas import formula as f
from calc.estimate.benefit import estimate
from calc.language.names import short
from calc.messages import text, use
from calc.questions.plan.plan import plan
from calc.report.xlsx import estimate as xlsx
from calc.report.xlsx import write_plan, write_plans, write_whatif
from calc.report.xlsx.layout import STATUSES, Layout, status_words
from calc.report.xlsx.sheet import kind_of, unit
from tests.command import ROOT, run
from tests.generator import random_facts

CASES = ROOT / "tests" / "cases"
DAY = dt.date(2023, 10, 1)
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
FACTORY = {
    "occupancy_rate_one_year": "85%",
    "energy_saving_rate": "18%",
    "renewable_capable": "否",
    "introduced_industry": "高精尖产业",
    "fixed_asset_investment": "1.2亿元",
    "loans": [{"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}],
}


def fen(amount: str | None) -> int | None:
    return None if amount is None else int(amount.replace(".", ""))


def laid_out(catalog: Catalog, facts: dict, *schemes: str) -> Layout:
    results = [catalog.estimate(facts, scheme=s) for s in schemes]
    file = Workbook(io.BytesIO(), {"in_memory": True})
    return xlsx.lay_out(file, catalog, {"name": "试算"}, results, catalog.read(facts, [r.id for r in results]))


def written(path: Path, catalog: Catalog, facts: dict, *schemes: str) -> Path:
    results = [catalog.estimate(facts, scheme=s) for s in schemes]
    xlsx.write_estimate(path, catalog, {"name": "试算"}, results, catalog.read(facts, [r.id for r in results]))
    return path


def agree(layout: Layout) -> int:
    """Every benefit's status and amount, every total, as the program has them; gives the number of amounts above zero."""
    paying = 0
    for one in layout.schemes:
        for cells, result in zip(one.benefits, one.result.benefits, strict=True):
            where = (one.scheme.id, result.id)
            assert cells.live, where
            assert (where, STATUSES[cells.code.value - 1]) == (where, result.status)
            assert (where, None if isinstance(cells.fen.value, f.Gap) else cells.fen.value) == (where, fen(result.amount))
            paying += bool(fen(result.amount))
        for cell, total in ((one.total, one.result.total), (one.total_if, one.result.total_if)):
            found = None if isinstance(cell.value, str) else cell.value
            assert (one.scheme.id, found) == (one.scheme.id, fen(total))
    return paying


@pytest.fixture(scope="module")
def everything(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Layout]:
    """The workbook of one project that gets something from nearly every scheme: an eligible case of each, first come first kept."""
    facts: dict[str, Any] = {}
    ids = []
    for path in sorted(CASES.glob("*.toml")):
        document = tomli.loads(path.read_text(encoding="utf-8"))
        case = next((c for c in document["case"] if c.get("status") == "eligible"), document["case"][0])
        for id, value in {**document.get("base", {}), **case.get("given", {})}.items():
            facts.setdefault(id, value)
        ids.append(path.stem)
    results = [catalog.estimate(facts, scheme=s) for s in ids]
    path = tmp_path_factory.mktemp("everything") / "all.xlsx"
    layouts = []
    xlsx.save(path, lambda file: layouts.append(xlsx.lay_out(file, catalog, {}, results, catalog.read(facts, ids))))
    return path, layouts[0]


# ---------------------------------------------------------------- what stands in the file


def test_every_scheme_says_what_the_program_says(everything: tuple[Path, Layout]) -> None:
    assert agree(everything[1]) > 150


@pytest.mark.parametrize(
    "change",
    [
        {"fixed_asset_investment": "1.6666666666亿元"},
        {"fixed_asset_investment": "1.6666666667亿元"},
        {"fixed_asset_investment": "0.07元"},
        {"fixed_asset_investment": ""},
        {"energy_saving_rate": "14.9999%"},
        {"energy_saving_rate": ""},
        {"renewable_capable": "是"},
        {"renewable_capable": "是", "pv_roof_share": "40%"},
        {"loans": []},
        {"loans": ""},
        {"loans": [{"principal": "8000万元", "start": "2023-03-01", "end": "2026-03-01"}]},
        {"loans": [{"principal": "8000万元", "rate": "3.8%", "start": "2016-03-01", "end": "2026-03-01"}]},
        {"loans": [{"principal": "8000万元", "rate": "4.9%", "start": "2024-02-29", "end": "2034-02-28"}]},
        {"loans": [{"principal": "300万元", "rate": "3.123456%", "start": "2023-03-01", "end": "2023-09-01"}] * 3},
        {
            "loans": [
                {
                    "principal": "100万元",
                    "rate": "3%",
                    "end": "2025-07-01",
                    "drawdowns": [{"date": "2023-03-01", "amount": "60万元"}, {"date": "2023-09-01", "amount": "40万元"}],
                    "repayments": [{"date": "2024-01-31", "amount": "25万元"}, {"date": "2024-12-31", "amount": "75万元"}],
                }
            ]
        },
    ],
)
def test_factory_says_what_the_program_says(catalog: Catalog, change: dict) -> None:
    agree(laid_out(catalog, {**FACTORY, **change}, "1.01"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    investment=st.integers(0, 10**11).map(lambda n: f"{n // 100}.{n % 100:02d}元"),
    rate=st.integers(1, 99999).map(lambda n: f"{n // 10000}.{n % 10000:04d}%"),
    start=st.dates(dt.date(2019, 8, 20), dt.date(2025, 12, 31)),
    days=st.integers(1, 4000),
)
def test_any_factory(catalog: Catalog, investment: str, rate: str, start: dt.date, days: int) -> None:
    loans = [{"principal": investment, "rate": rate, "start": start, "end": start + dt.timedelta(days)}] if investment != "0.00元" else []
    agree(laid_out(catalog, {**FACTORY, "fixed_asset_investment": investment, "loans": loans}, "1.01"))


def test_random_projects_at_the_boundaries(catalog: Catalog) -> None:
    tried = 0
    for place, scheme in enumerate(catalog.schemes()):
        if scheme.outcome == "money" and place % 3 == 0:
            values = random_facts(catalog, scheme, random.Random(scheme.id))
            result = estimate(scheme, catalog.compiled(scheme.id), values, catalog.facts, catalog.lpr, dt.date(2023, 10, 1))
            agree(xlsx.lay_out(Workbook(io.BytesIO(), {"in_memory": True}), catalog, {}, [result], values))
            tried += 1
    assert tried > 30


def test_every_amount_is_a_formula_back_to_the_inputs(catalog: Catalog, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", catalog, FACTORY, "1.01"))
    steps = [row for row in book["测算"].iter_rows(min_row=4) if row[0].value == "金额"]
    assert [row[5].value.startswith("=IF(") for row in steps] == [True, True]
    formulas = [str(c.value) for row in book["测算"].iter_rows() for c in row if str(c.value).startswith("=")]
    assert any("'输入'!" in one for one in formulas), "steps refer to the inputs"
    assert all(len(c.value) < 8192 for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str))


def test_a_reader_that_does_not_compute_sees_the_figures(catalog: Catalog, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", catalog, FACTORY, "1.01"), data_only=True)
    total = next(row for row in book["汇总"].iter_rows(values_only=True) if row[0] == "合计")
    assert total[4] == 36_000_000
    marks = [row[2] for row in book["测算"].iter_rows(values_only=True) if row[0] == "条件"]
    assert marks == ["✓", "✓", "不适用", "✓", "✓"]


@pytest.mark.parametrize("renewable, share, mark", [("否", "", "不适用"), ("否", "50%", "不适用"), ("是", "", "?"), ("是", "40%", "✓"), ("是", "39%", "✗")])
def test_a_condition_for_others_does_not_apply(catalog: Catalog, tmp_path: Path, renewable: str, share: str, mark: str) -> None:
    path = written(tmp_path / "a.xlsx", catalog, {**FACTORY, "renewable_capable": renewable, "pv_roof_share": share}, "1.01")
    rows = [row for row in openpyxl.load_workbook(path, data_only=True)["测算"].iter_rows(values_only=True) if row[0] == "条件"]
    assert {row[1]: row[2] for row in rows}[rows[2][1]] == mark and "光伏" in rows[2][1]
    (formula,) = [row[2].value for row in openpyxl.load_workbook(path)["测算"].iter_rows() if row[1].value == rows[2][1]]
    assert "不适用" in formula and "输入" in formula, "it moves with the inputs"


def test_texts_are_never_formulas(catalog: Catalog, tmp_path: Path) -> None:
    result = catalog.estimate(FACTORY, scheme="1.01")
    xlsx.write_estimate(tmp_path / "a.xlsx", catalog, {"name": "=1+1"}, [result], catalog.read(FACTORY))
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx")["输入"]["A1"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_nothing_is_left_behind_when_it_cannot_be_written(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("before")

    def fail(file: Workbook) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        xlsx.save(tmp_path / "a.xlsx", fail)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.xlsx", "before")]


def test_facts_the_schemes_do_not_use_are_shown(catalog: Catalog, tmp_path: Path) -> None:
    facts = {**FACTORY, "annual_shows": 186}
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", catalog, facts, "1.01"))
    ids = [row[7] for row in book["输入"].iter_rows(values_only=True)]
    assert set(facts) <= set(ids)


def test_a_scheme_not_in_force_says_so_on_the_first_sheet(catalog: Catalog, tmp_path: Path) -> None:
    def first(name: str, day: dt.date) -> str:
        result = catalog.estimate(FACTORY, scheme=name, as_of=day)
        path = tmp_path / f"{name} {day}.xlsx"
        xlsx.write_estimate(path, catalog, {"name": "试算"}, [result], catalog.read(FACTORY, [result.id]))
        rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(max_row=4, values_only=True)
        return " ".join(str(cell) for row in rows for cell in row if cell)

    begins, ends = catalog.scheme(catalog.find("1.01")).valid_from, catalog.scheme(catalog.find("g07")).valid_to
    assert begins and ends
    for name, day, said in (("1.01", begins, "未生效"), ("g07", ends, "已失效")):
        assert said not in first(name, day)
        assert f"{said}（" in first(name, day + dt.timedelta(-1 if day == begins else 1))


def test_english(catalog: Catalog, tmp_path: Path) -> None:
    use("en")
    try:
        book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", catalog, FACTORY, "1.01"), data_only=True)
    finally:
        use("zh")
    assert {"Inputs", "Summary", "Steps", "Sources"} <= set(book.sheetnames)
    status = [row[2] for row in book["Summary"].iter_rows(values_only=True) if row[1] == "investment-grant"]
    assert status == ["eligible"]


def test_a_formula_without_layout_stands_as_a_figure(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "schemes"
    folder.mkdir()
    shutil.copy(catalog.folder / "facts.toml", folder)
    (folder / "9.99-grouped-years.toml").write_text(
        'id = "9.99-grouped-years"\ntitle = "分组分年"\n[source]\ncard = "9.99"\ndocument = "试"\nauthority = "试"\n'
        '[[benefits]]\nid = "interest"\nlabel = "贴息"\nclause = "一"\nnature = "ceiling"\nsupport = "interest"\n'
        'amount = { each = "loans", group_by = "kind", group_at_most = "150万元", years = 2, percent = "10%", of = "principal" }\n',
        encoding="utf-8",
    )
    mine = load_catalog(folder)
    kind = next(iter(mine.facts["loans"].fields["kind"].values))
    facts = {"loans": [{"principal": "1000万元", "kind": kind}]}
    result = mine.estimate(facts, scheme="9.99")
    assert result.total == "1500000.00"
    file = Workbook(io.BytesIO(), {"in_memory": True})
    layout = xlsx.lay_out(file, mine, {}, [result], mine.read(facts))
    cells = layout.schemes[0].benefits[0]
    assert not cells.live
    assert cells.fen.value == 150_000_000


def test_records_beyond_the_rows_laid_out_are_told(catalog: Catalog, tmp_path: Path) -> None:
    layout = laid_out(catalog, FACTORY, "1.01")
    rooms = [check for said, check in layout.checks if "行内" in said]
    assert len(rooms) == 3, "loans, drawdowns, repayments"
    assert all(check.value is True and "COUNTA" in check.text for check in rooms)


def test_from_the_command_line(tmp_path: Path) -> None:
    done = run(["estimate", "examples/old-factory.toml", "-s", "1.01", "--format", "xlsx", "-o", str(tmp_path / "a.xlsx")])
    assert (done.code, done.out) == (0, "")
    assert "汇总" in openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    refused = run("estimate examples/old-factory.toml -s 1.01 --format xlsx")
    assert (refused.code, refused.out) == (2, "")


# ---------------------------------------------------------------- what-if and plan


def answered(path: Path, sheet: str) -> list[tuple]:
    return list(openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True))


def test_whatif_has_points_differences_and_a_chart(catalog: Catalog, tmp_path: Path) -> None:
    answer = catalog.whatif(FACTORY, "1.01", {"fixed_asset_investment": ("1亿元", "2亿元", "5000万元")})
    write_whatif(tmp_path / "a.xlsx", catalog, {}, answer, [catalog.estimate(FACTORY, scheme="1.01")], catalog.read(FACTORY))
    rows = answered(tmp_path / "a.xlsx", "试算结果")
    at = next(n for n, row in enumerate(rows) if row[0] == "固定资产投资总额")
    assert [row[:3] for row in rows[at + 1 : at + 4]] == [(1e8, 3e7, 3e7), (1.5e8, 4.5e7, 4.5e7), (2e8, 5e7, 5e7)]
    assert [row[4] for row in rows[at + 1 : at + 4]] == [None, 1.5e7, 5e6]
    formulas = openpyxl.load_workbook(tmp_path / "a.xlsx")["试算结果"]
    assert formulas.cell(at + 3, 5).value.startswith("=")
    assert any("166,666,666.67" in str(cell) for row in rows for cell in row), "the turning point"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert any(name.startswith("xl/charts/") for name in book.namelist())


def test_whatif_grid_refers_to_its_points(catalog: Catalog, tmp_path: Path) -> None:
    vary = {"fixed_asset_investment": ("1亿元", "2亿元", "1亿元"), "energy_saving_rate": ("10%", "20%", "10%")}
    answer = catalog.whatif(FACTORY, "1.01", vary)
    write_whatif(tmp_path / "a.xlsx", catalog, {}, answer, [catalog.estimate(FACTORY, scheme="1.01")], catalog.read(FACTORY))
    rows = answered(tmp_path / "a.xlsx", "试算结果")
    at = next(n for n, row in enumerate(rows) if "↓" in str(row[0]))
    assert [row[:3] for row in rows[at + 1 : at + 3]] == [(1e8, 0, 3e7), (2e8, 0, 5e7)]


def test_whatif_of_scenarios(catalog: Catalog, tmp_path: Path) -> None:
    scenarios = [{"name": "投资加倍", "set": {"fixed_asset_investment": "2.4亿元"}}, {"name": "入驻不足", "set": {"occupancy_rate_one_year": "60%"}}]
    answer = catalog.whatif(FACTORY, "1.01", scenarios=scenarios)
    write_whatif(tmp_path / "a.xlsx", catalog, {}, answer, [catalog.estimate(FACTORY, scheme="1.01")], catalog.read(FACTORY))
    found = {row[0]: row[2:4] for row in answered(tmp_path / "a.xlsx", "试算结果")}
    assert found["投资加倍"] == (5e7, 1.4e7)
    assert found["入驻不足"] == (0, -3.6e7)


def test_plan_adds_up_and_cuts_live(catalog: Catalog, tmp_path: Path) -> None:
    scheme = next(s for s in catalog.schemes() if s.group_caps and s.combine == "sum")
    document = tomli.loads((CASES / f"{scheme.id}.toml").read_text(encoding="utf-8"))
    # the case in which the most of the benefits under the limit pay
    facts: dict[str, Any] = {}
    results = []
    for case in document["case"]:
        given = {**document.get("base", {}), **case.get("given", {})}
        result = catalog.estimate(given, scheme=scheme.id)
        if not results or len(result.chosen) > len(results[0].chosen):
            facts, results = given, [result]
    values = catalog.read(facts, [scheme.id])
    made = plan(catalog, [("某企业", values)], [scheme.id], as_of=DAY)
    write_plan(tmp_path / "a.xlsx", catalog, ("某企业", made), results, DAY)
    rows = answered(tmp_path / "a.xlsx", "答案")
    totals = [row for row in rows if row[0] in ("合计（元）", "合计") and row[2] is not None]
    assert len(totals) == 2  # at the top and below what is chosen
    assert {row[2] for row in totals} == {made.best.value / 100}
    assert totals[1][6] == made.best.value / 100 and totals[1][7] == 0
    cash = [row[1] for row in rows if row[0] == "第 1 年"]
    assert cash == [made.best.value / 100]
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[:2] == ["答案", "输入"] and "汇总" in book.sheetnames and "理由" in book.sheetnames
    assert str(book["答案"].cell(rows.index(totals[1]) + 1, 3).value).startswith("=SUM(")


def test_the_workbook_of_many_plans_is_one_table(catalog: Catalog, tmp_path: Path) -> None:
    """Two enterprises: a row each with total and prudent total, summed; what is chosen, and what is left out and why."""
    base = tomli.loads((CASES / "1.01-old-factory-renovation.toml").read_text(encoding="utf-8"))["base"]
    loan = {"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}
    ids = ["1.01-old-factory-renovation"]
    made = []
    for name, investment in (("甲", "1亿元"), ("乙", "2000万元")):
        values = catalog.read({**base, "fixed_asset_investment": investment, "loans": [loan]}, ids)
        made.append((name, plan(catalog, [(name, values)], ids, as_of=DAY)))
    write_plans(tmp_path / "a.xlsx", catalog, made, DAY)
    rows = answered(tmp_path / "a.xlsx", "答案")
    found = {row[0]: row[2:4] for row in rows if row[0] in ("甲", "乙", "合计")}
    # 30% of the investment, or (乙) the interest of two years at the LPR of March 2023, 3.65%: 80,000,000 × 731 / 360 × 3.65%
    assert found["甲"] == (30_000_000, 30_000_000)
    assert found["乙"] == (made[1][1].best.value / 100,) * 2
    assert found["合计"][0] == found["甲"][0] + found["乙"][0]
    left = answered(tmp_path / "a.xlsx", "理由")
    assert any("择一" in str(row[3]) for row in left)


# ---------------------------------------------------------------- sums of a batch

PROJECTS = """项目编号,固定资产投资总额,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,改造后引入业态
a,1.2亿元,85%,18%,否,高精尖产业
b,5000万元,85%,18%,否,高精尖产业
c,5000万元,60%,18%,否,高精尖产业
d,5000万元,,18%,否,高精尖产业
"""


@pytest.mark.parametrize(
    ("shape", "sums"),
    [
        ([], [("1.01-old-factory-renovation", "investment-grant", 4, 2, 1, 5.1e7, 1.5e7), ("1.01-old-factory-renovation", "loan-interest", 4, 0, 0, 0, 0)]),
        (["--wide"], [("1.01-old-factory-renovation", 4, 2, 1, 5.1e7)]),
        (["--wide", "--plan"], [("1.01-old-factory-renovation", 4, 2, 1, 5.1e7), ("best_total", 4, None, None, 5.1e7)]),
    ],
)
def test_a_batch_adds_up_live(tmp_path: Path, shape: list[str], sums: list[tuple]) -> None:
    (tmp_path / "projects.csv").write_text(PROJECTS, encoding="utf-8")
    done = run(["batch", str(tmp_path / "projects.csv"), "-s", "1.01", "-o", str(tmp_path / "a.xlsx"), *shape])
    assert done.code == 0, done.err
    assert answered(tmp_path / "a.xlsx", "合计")[3:] == sums
    formulas = openpyxl.load_workbook(tmp_path / "a.xlsx")["合计"]
    assert all(str(cell.value).startswith("=") for row in formulas.iter_rows(min_row=4, min_col=3) for cell in row if cell.value is not None)


# ---------------------------------------------------------------- formulas


def test_verdicts_are_kleene() -> None:
    yes, no, open_ = f.ONE, f.ZERO, f.UNKNOWN
    assert f.least(yes, open_).value == open_.value
    assert f.least(no, open_).value == 0
    assert f.most(yes, open_).value == 1
    assert f.most(no, open_).value == open_.value
    assert f.opposite(open_).value == open_.value


def test_gaps_spread_but_a_branch_not_taken_needs_nothing() -> None:
    assert f.plus(f.ONE, f.OPEN).value is f.Gap.OPEN
    assert f.if_(f.test(">", f.ONE, f.ZERO), f.ONE, f.OPEN).value == 1
    assert f.if_(f.test(">", f.OPEN, f.ZERO), f.ONE, f.ONE).value is f.Gap.OPEN
    assert f.or_else(f.NONE, f.ZERO).value == 0
    assert f.verdict(f.test(">", f.OPEN, f.ZERO)).value == Fraction(1, 2)


def test_brackets() -> None:
    a, b = f.Ex("A1", 7), f.Ex("B1", 2)
    assert f.times(f.plus(a, b), f.number(3)).text == "(A1+B1)*3"
    assert f.minus(a, f.minus(b, f.ONE)).text == "A1-(B1-1)"
    assert f.over(a, f.times(b, b)).text == "A1/(B1*B1)"
    assert f.minus(a, f.number(-3)).value == 10
    assert f.minus(a, f.number(-3)).text == "A1-(-3)"


# ---------------------------------------------------------------- LibreOffice

PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""
# field and text delimiter, UTF-8, all cells quoted as they are stored, only the second sheet: the summary
SUMMARY = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,2"


def recalculated(folder: Path) -> dict[str, list[list[str]]]:
    """The summaries of all workbooks in ``folder``, after LibreOffice has computed every formula anew."""
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(PROFILE)
    files = sorted(folder.glob("*.xlsx"))
    command = [str(OFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", SUMMARY]
    done = subprocess.run([*command, "--outdir", str(folder), *map(str, files)], capture_output=True, text=True, timeout=300, check=False)
    found = {path.name.split("-汇总")[0]: list(csv.reader(path.read_text(encoding="utf-8").splitlines())) for path in folder.glob("*.csv")}
    assert len(found) == len(files), done.stderr
    return found


def forget(path: Path, copy: Path) -> None:
    """A copy of a workbook without the values kept beside its formulas, so that only computing can bring them back."""
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as out:
        for name in book.namelist():
            part = book.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb"</f><v>[^<]*</v>", b"</f>", part)
            out.writestr(name, part)


def compare(rows: list[list[str]], results: list, near: tuple[str, ...] = ()) -> int:
    """A recalculated summary against results; gives the number of amounts above zero."""
    words = dict(zip(status_words(), STATUSES, strict=True))
    blocks: dict[str, dict[str, list[str]]] = {}
    block: dict[str, list[str]] = {}
    heading = ""
    for row in rows:
        if row[1] == "编号":
            block = blocks[heading] = {}
        elif row[0] == "合计":
            block["合计"] = row
        elif row[1]:
            block[row[1]] = row
        heading = row[0]
    paying = 0
    for result in results:
        block = blocks[f"{short(result.id)} {result.title}"]
        for benefit in result.benefits:
            if benefit.status == "no-figure":
                continue
            row = block[benefit.id]
            where = (result.id, benefit.id)
            assert (where, words[row[2]]) == (where, benefit.status)
            wanted = fen(benefit.amount)
            if wanted is None:
                assert (where, row[3]) == (where, "待定")
                continue
            assert abs(int(row[9]) - wanted) <= (1 if benefit.id in near else 0), (where, row[9], wanted)
            paying += wanted > 0
        if "合计" in block:
            total = block["合计"][10]
            assert (result.id, total) == (result.id, "待定" if result.total is None else str(fen(result.total)))
    return paying


def entered(definition: Any, value: Any) -> Any:
    if value is None:
        return None
    if definition.type == "bool":
        return text("word.yes" if value else "word.no")
    if definition.type == "enum":
        return definition.value_name(value)
    if definition.type == "set":
        return "、".join(map(definition.value_name, value))
    return float(value) if isinstance(value, Fraction) else value


def edit(path: Path, catalog: Catalog, facts: dict) -> None:
    """Type the values of ``facts`` into the input cells of a workbook; formulas are left as they are, without cached values."""
    book = openpyxl.load_workbook(path)
    values = catalog.read(facts)
    for row in book["输入"].iter_rows(min_row=4):
        id = row[7].value
        if id in catalog.facts and catalog.facts[id].type != "list":
            row[1].value = entered(catalog.facts[id], values.get(id))
    for sheet in book:
        definition = next((d for d in catalog.facts.by_id.values() if d.type == "list" and d.name == sheet["A1"].value), None)
        if definition is None:
            continue
        records = values.get(definition.id)
        sheet["B3"] = text("xlsx.list.open" if records is None else "xlsx.list.empty")
        heads = {f"{d.name}（{unit(kind_of(d))}）" if unit(kind_of(d)) else d.name: d for d in definition.fields.values()}
        for column, head in enumerate([c.value for c in sheet[4]], 1):
            for row in range(15) if head in heads else ():
                record = records[row] if records and row < len(records) else {}
                sheet.cell(5 + row, column).value = entered(heads[head], record.get(heads[head].id))
    book.save(path)


# scheme and the places, among its cases, of the one the workbook is made for and the one it is changed to
CHANGES = [
    ("4.05-angel-venture-investment-subsidy", "eligible", "conditional"),  # records merged by year, tiers, the earliest three years
    ("4.08-ip-pledge-interest-and-risk", "eligible", "eligible"),  # limits of groups and years
    ("4.36-ip-and-standards", "eligible", "eligible"),  # the best post of each organisation
    ("4.07-finance-lease-subsidy", "ineligible", "eligible"),  # the earliest years of each lease
    ("4.69-outbound-labour-training", "eligible", "incomplete"),  # so much a head
    ("g13-", "eligible", "eligible"),  # a limit on each supplier, one on their sum
]


@needs_office
def test_libreoffice_finds_the_same_figures(catalog: Catalog, everything: tuple[Path, Layout], tmp_path: Path) -> None:
    forget(everything[0], tmp_path / "all.xlsx")
    wanted: dict[str, list] = {"all": [one.result for one in everything[1].schemes]}
    changed = {
        "fixed_asset_investment": "1.6666666667亿元",
        "energy_saving_rate": "14.99%",
        "loans": [
            {"principal": "3000万元", "rate": "3.05%", "start": "2024-02-29", "end": "2031-02-28"},
            {"principal": "1234.56万元", "rate": "3.3%", "start": "2022-07-01", "end": "2023-01-15"},
        ],
    }
    for name, value in changed.items():
        facts_after = {**FACTORY, name: value}
        edit(written(tmp_path / f"{name}.xlsx", catalog, FACTORY, "1.01"), catalog, facts_after)
        wanted[name] = [catalog.estimate(facts_after, scheme="1.01")]
    for scheme, before, after in CHANGES:
        path = next(CASES.glob(f"{scheme.partition('-')[0]}-*.toml"))
        document = tomli.loads(path.read_text(encoding="utf-8"))
        first, last = (
            {**document.get("base", {}), **next(c for c in order if c.get("status") == status).get("given", {})}
            for order, status in ((document["case"], before), (document["case"][::-1], after))
        )
        edit(written(tmp_path / f"{path.stem.partition('-')[0]}.xlsx", catalog, first, path.stem), catalog, last)
        wanted[path.stem.partition("-")[0]] = [catalog.estimate(last, scheme=path.stem)]
    found = recalculated(tmp_path)
    near = tuple(b.id for s in catalog.schemes() for b in s.benefits if "interest" in b.id)
    paying = {name: compare(found[name], results, near) for name, results in wanted.items()}
    assert paying["all"] > 150
    assert paying["fixed_asset_investment"] == 2
    assert paying["energy_saving_rate"] == 0
    checks = [row for rows in found.values() for row in rows if row[0].startswith(("测算", "逐项")) and re.search("核算整数", row[0])]
    assert checks, "each sheet checks its own figures"
    assert {row[3] for row in checks} == {"✓"}


@needs_office
def test_cents_of_interest_are_the_programs() -> None:
    assert apart(120, seed=7, shares=("100%", "12.5%")) == []


@needs_office
def test_cents_of_parts_of_amounts_are_the_programs() -> None:
    assert parts_apart(9 * len(FORMS), seed=7) == []
