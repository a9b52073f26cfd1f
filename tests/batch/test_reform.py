"""A reform: a table under two sets of rules, equal to two batches, told by benefit, change and project."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from calc import Catalog, InputError
from calc.errors import FileProblem, SchemeErrors
from calc.store.changed import Changed
from tests.command import run
from tests.generator import as_given, random_facts

FACTORY = "1.01-old-factory-renovation"
TABLE = """项目名称,区,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额
甲,朝阳,高精尖产业,85%,18%,否,1.2亿元
乙,海淀,高精尖产业,72%,15%,否,860万元
丙,朝阳,高精尖产业,69%,15%,否,1000万元
丁,海淀,高精尖产业,90%,20%,否,2亿元
"""

pytestmark = pytest.mark.usefixtures("both_engines")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "projects.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def draft(catalog: Catalog, folder: Path, id: str, **words: str) -> Path:
    """A scheme file with some of its words replaced."""
    content = catalog.files[id].read_text(encoding="utf-8")
    for old, new in words.items():
        assert old in content
        content = content.replace(old, new)
    file = folder / "draft.toml"
    file.write_text(content, encoding="utf-8")
    return file


def test_one_figure_changed(catalog: Catalog, table: Path) -> None:
    # 30% → 25%: 1.2亿 3600万 → 3000万; 860万 258万 → 215万; 丙 is not eligible; 2亿 5000万 (the limit) → 5000万
    answer = catalog.reform(table, ignore_unknown=True, changes=['1.01/investment-grant: percent = "25%"'])
    assert (answer["before"], answer["after"], answer["difference"]) == ("88580000.00", "82150000.00", "-6430000.00")
    assert answer["projects"] == {"rows": 4, "winners": 0, "losers": 2, "enter": 0, "leave": 0, "paid_before": 3, "paid_after": 3}
    grant, loan = answer["schemes"]
    assert (grant["scheme"], grant["benefit"], grant["before"], grant["after"]) == (FACTORY, "investment-grant", "88580000.00", "82150000.00")
    assert (grant["winners"], grant["losers"], loan["before"], loan["after"]) == (0, 2, "0.00", "0.00")


def test_who_enters_and_who_leaves(catalog: Catalog, table: Path) -> None:
    easier = catalog.reform(table, ignore_unknown=True, changes=['1.01: when[0] = "occupancy_rate_one_year >= 60%"'])
    assert (easier["difference"], easier["projects"]["winners"], easier["projects"]["enter"]) == ("3000000.00", 1, 1)
    harder = catalog.reform(table, ignore_unknown=True, changes=['1.01: when[0] = "occupancy_rate_one_year >= 86%"'])
    assert (harder["after"], harder["projects"]["losers"], harder["projects"]["leave"]) == ("50000000.00", 2, 2)


def test_a_file_beside_the_old_one_under_any_name(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    file = draft(catalog, tmp_path, FACTORY, **{'at_most = "5000万元"': 'at_most = "3000万元"'})
    assert catalog.reform(table, file, ignore_unknown=True)["after"] == "62580000.00"  # 3000万 + 258万 + 3000万
    folder = tmp_path / "changed"
    folder.mkdir()
    file.rename(folder / f"{FACTORY}.toml")
    assert catalog.reform(table, folder, ignore_unknown=True)["after"] == "62580000.00"


def test_a_folder_that_changes_nothing_makes_no_difference(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    (folder / f"{FACTORY}.toml").write_bytes(catalog.files[FACTORY].read_bytes())
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    answer = catalog.reform(tmp_path / "t.csv", folder, ignore_unknown=True)
    assert (answer["before"], answer["difference"]) == ("88580000.00", "0.00")


def test_a_new_scheme_was_paid_nothing_before(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    file = draft(catalog, tmp_path, FACTORY, **{f'id = "{FACTORY}"': 'id = "1.99-another"', "30%": "10%"})
    answer = catalog.reform(table, file, ignore_unknown=True)
    assert (answer["before"], answer["after"]) == ("0.00", "32860000.00")  # 1200万 + 86万 + 2000万
    assert answer["schemes"][0]["scheme"] == "1.99-another" and answer["projects"]["enter"] == 3


def test_a_later_edition_takes_the_place_of_the_printed_one(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    words = {f'id = "{FACTORY}"': f'id = "{FACTORY}@2030"\nedition_of = "{FACTORY}"', "30%": "10%"}
    answer = catalog.reform(table, draft(catalog, tmp_path, FACTORY, **words), ignore_unknown=True)
    assert (answer["before"], answer["after"]) == ("88580000.00", "32860000.00")
    assert [one["scheme"] for one in answer["schemes"]] == [FACTORY, FACTORY]


def test_changes_that_bear_on_one_another_are_told_in_both_orders(catalog: Catalog, table: Path) -> None:
    lower = '1.01/investment-grant: percent = "25%"'
    answer = catalog.reform(table, ignore_unknown=True, changes=[lower, 'limits[0].at_most = "3000万元"'])
    # together: 3000万 + 215万 + 3000万 = 6215万. Cap alone: 3000万 + 258万 + 3000万 = 6258万
    assert answer["after"] == "62150000.00"
    assert [(one["first"], one["last"]) for one in answer["changes"]] == [("-6430000.00", "-430000.00"), ("-26000000.00", "-20000000.00")]


def test_changes_of_two_schemes_add_up(catalog: Catalog, table: Path) -> None:
    answer = catalog.reform(table, ignore_unknown=True, changes=['1.01/investment-grant: percent = "25%"', '1.02/investment-grant: percent = "1%"'])
    assert sum(float(one["first"]) for one in answer["changes"]) == float(answer["difference"])
    assert all(one["first"] == one["last"] for one in answer["changes"])


def test_split_by_a_column(catalog: Catalog, table: Path) -> None:
    answer = catalog.reform(table, changes=['1.01/investment-grant: percent = "25%"'], by="区")
    assert answer["by"]["column"] == "区"
    assert [(g["value"], g["rows"], g["before"], g["after"]) for g in answer["by"]["groups"]] == [
        ("朝阳", 2, "36000000.00", "30000000.00"),
        ("海淀", 2, "52580000.00", "52150000.00"),
    ]


def test_each_project_with_the_reason(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    answer = catalog.reform(table, ignore_unknown=True, changes=['1.01: when[0] = "occupancy_rate_one_year >= 86%"'], rows=rows)
    assert answer["rows"] == str(rows)
    found = list(csv.DictReader(rows.read_text(encoding="utf-8-sig").splitlines()))
    assert [(one["project"], one["before"], one["after"], one["difference"]) for one in found] == [
        ("甲", "36000000.00", "0.00", "-36000000.00"), ("乙", "2580000.00", "0.00", "-2580000.00"),
        ("丙", "0.00", "0.00", "0.00"), ("丁", "50000000.00", "50000000.00", "0.00"),
    ]  # fmt: skip
    assert "可享受 → 不符合" in found[0]["reason"] and not found[2]["reason"] and not found[3]["reason"]


def test_the_sums_are_those_of_two_batches(catalog: Catalog, tmp_path: Path) -> None:
    rng = random.Random(16)
    ids = [id for id in catalog.ids if "@" not in id and 'percent = "' in catalog.files[id].read_text(encoding="utf-8")][:12]
    folder = tmp_path / "changed"
    folder.mkdir()
    for id in ids:
        content = catalog.files[id].read_text(encoding="utf-8")
        (folder / f"{id}.toml").write_text(content.replace('"30%"', '"25%"').replace('"20%"', '"23%"').replace('"50%"', '"45%"'), encoding="utf-8")
    lines = []
    for number in range(120):
        facts = as_given(random_facts(catalog, ids[number % len(ids)], rng), catalog.facts)
        lines.append(json.dumps({"project": f"P{number}", **facts}, ensure_ascii=False, default=str))
    table = tmp_path / "t.jsonl"
    table.write_text("\n".join(lines), encoding="utf-8")
    answer = catalog.reform(table, folder)
    touched = list(dict.fromkeys(one["scheme"] for one in answer["schemes"]))
    changed = Changed(catalog, [folder], (), answer_day())
    after = changed.with_schemes([one.after for one in changed.schemes])
    from calc.batch.options import Options
    from calc.batch.run import run as batch

    for store, side in ((catalog, "before"), (after, "after")):
        alone = batch(store, str(table), Options(output=str(tmp_path / "out.csv"), schemes=touched, engine="explainer"))
        assert alone.rejected == answer["rejected"]
        assert fen(answer[side]) == sum(fen(one["total"]) for one in alone.schemes)
        for one in alone.schemes:
            assert fen(one["total"]) == sum(fen(b[side]) for b in answer["schemes"] if b["scheme"] == one["scheme"])
    assert answer["before"] != answer["after"] != "0.00"


def fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def answer_day() -> Any:
    from calc.facts import today

    return today()


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ("percent = 25%", "1.01/investment-grant: percent"),
        ("1.01/investment-grants: percent = 25%", "investment-grant"),
        ("1.01/investment-grant: percemt = 25%", "amount.percent"),
        ("1.01: at_most = 1元", "benefits[0].limits[0].at_most"),
        ("1.01: benefits = []", "1.01"),
    ],
)
def test_a_change_that_has_no_place_says_where_it_could_be(catalog: Catalog, table: Path, change: str, accepted: str) -> None:
    with pytest.raises(InputError) as bad:
        catalog.reform(table, ignore_unknown=True, changes=[change])
    assert accepted in str(bad.value)


def test_a_change_that_makes_no_scheme_is_told_with_its_line(catalog: Catalog, table: Path) -> None:
    with pytest.raises(SchemeErrors) as bad:
        catalog.reform(table, ignore_unknown=True, changes=['1.01/investment-grant: percent = "20元"'])
    assert bad.value.problems[0].line and "percent" in bad.value.problems[0].file


def test_a_key_that_is_not_there_yet(catalog: Catalog, table: Path) -> None:
    answer = catalog.reform(table, ignore_unknown=True, changes=['1.01/investment-grant: pays_from = "300万元"'])
    assert answer["difference"] == "-2580000.00" and answer["projects"]["leave"] == 1


def test_nothing_changed_is_asked_for(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        catalog.reform(table)
    with pytest.raises(FileProblem):
        catalog.reform(table, tmp_path / "none.toml")


def test_the_command_in_every_form(table: Path, tmp_path: Path) -> None:
    words = ["reform", str(table), "--change", '1.01/investment-grant: percent = "25%"', "--ignore-unknown"]
    shown = run([*words, "--by", "区"])
    assert shown.code == 0 and "88,580,000.00" in shown.out and "-6,430,000.00" in shown.out and "朝阳" in shown.out
    assert max(len(line) for line in shown.out.splitlines()) <= 80
    assert json.loads(run([*words, "--format", "json"]).out)["difference"] == "-6430000.00"
    assert run([*words, "--format", "csv"]).out.startswith("scheme,benefit,before,after,difference,winners,losers,enter,leave,label,")
    assert "| 1.01 投资补助 | 88,580,000.00 |" in run([*words, "--format", "markdown"]).out
    refused = run([*words, "--rows", str(table)])
    assert refused.code == 2 and table.read_text(encoding="utf-8") == TABLE


LOWER = '1.01/investment-grant: percent = "25%"'


def test_who_gains_by_the_size_of_the_project(catalog: Catalog, table: Path) -> None:
    # without a column by what is paid: 甲 3600万, 丁 5000万 (the limit of both), 乙 258万
    answer = catalog.reform(table, ignore_unknown=True, changes=[LOWER])
    assert [(g["from"], g["below"], g["rows"], g["losers"]) for g in answer["sizes"]["groups"]] == [
        ("1000000.00", "5000000.00", 1, 1), ("10000000.00", "50000000.00", 1, 1), ("50000000.00", "100000000.00", 1, 0),
    ]  # fmt: skip
    by_investment = catalog.reform(table, ignore_unknown=True, changes=[LOWER], size="固定资产投资总额")
    assert [(g["from"], g["rows"], g["losers"]) for g in by_investment["sizes"]["groups"]] == [
        ("5000000.00", 1, 1), ("10000000.00", 1, 0), ("100000000.00", 2, 1)  # 860万; 1000万, not paid; 1.2亿 and 2亿
    ]  # fmt: skip
    with pytest.raises(InputError):
        catalog.reform(table, ignore_unknown=True, changes=[LOWER], size="改造后综合节能率")


def test_a_column_of_money_beside_the_facts_tells_the_size(catalog: Catalog, table: Path) -> None:
    table.write_text(TABLE.replace("区,", "营业收入规模（万元）,").replace("朝阳", "30").replace("海淀", "200"), encoding="utf-8")
    answer = catalog.reform(table, changes=[LOWER], size="营业收入规模")
    assert [(g["from"], g["rows"]) for g in answer["sizes"]["groups"]] == [("100000.00", 2), ("1000000.00", 2)]


def test_the_workbook_has_live_totals(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    import openpyxl

    words = ["reform", str(table), "--change", LOWER, "--change", 'limits[0].at_most = "3000万元"', "--by", "区"]
    assert run([*words, "-o", str(tmp_path / "r.xlsx"), "--rows", str(tmp_path / "rows.xlsx")]).code == 0
    shown = openpyxl.load_workbook(tmp_path / "r.xlsx", data_only=True)
    formulas = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert shown.sheetnames == ["修改前后", "各处修改", "分组", "按项目大小"]
    rows = [list(row) for row in shown["修改前后"].iter_rows(min_row=2, max_row=4, values_only=True)]
    assert [row[4:7] for row in rows] == [[88580000, 62150000, -26430000], [0, 0, 0], [88580000, 62150000, -26430000]]
    assert [str(cell.value) for cell in formulas["修改前后"][4]][4:7] == ["=SUM(E2:E3)", "=SUM(F2:F3)", "=F4-E4"]
    assert formulas["修改前后"]["G2"].value == "=F2-E2" and rows[2][8] == 3  # three lose
    sums = openpyxl.load_workbook(tmp_path / "rows.xlsx", data_only=True)["合计"]
    assert [cell.value for cell in sums[4]] == [88580000, 62150000, -26430000, 0, 3]
    assert openpyxl.load_workbook(tmp_path / "rows.xlsx")["合计"]["A4"].value.startswith("=SUM('逐个项目'!")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_and_the_charts(table: Path, tmp_path: Path, lang: str) -> None:
    words = ["--lang", lang, "reform", str(table), "--change", LOWER, "--ignore-unknown"]
    assert run([*words, "-o", str(tmp_path / "r.html")]).code == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 and "-6,430,000.00" in page and "<script" not in page and "<link" not in page and "<img" not in page
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".html", b"<!doctype")):
        done = run([*words, "--chart", str(tmp_path / f"c{suffix}")])
        assert done.code == 0 and (tmp_path / f"c{suffix}").read_bytes().startswith(start)
    assert run([*words, "--chart", str(tmp_path / "c.gif")]).code == 2
    assert run([*words, "--format", "xlsx"]).code == 2
    assert run([*words, "-o", str(table)]).code == 2 and table.read_text(encoding="utf-8") == TABLE
    assert run([*words, "--chart", str(tmp_path / "same.svg"), "-o", str(tmp_path / "same.svg"), "--format", "html"]).code == 2


WORDS = ["--change", 'g07/major-project-interest: rate = "min(actual, 3%)"', "--ignore-unknown"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("day", "late"), [("2023-04-15", False), ("2023-04-16", True)])
def test_every_form_says_what_is_out_of_force(table: Path, tmp_path: Path, day: str, late: bool, lang: str) -> None:
    """g07 is in force until 2023-04-15: of the day after, each form of the answer says that both sides have expired."""
    said = {"zh": "修改前、修改后：g07 重点投资项目贷款贴息：政策已于 2023-04-15 失效", "en": "before, after: g07 Loan interest subsidy for key"}
    for what in (WORDS, ["--vary", "g07/major-project-interest.limits[0].at_most=1000万元,2000万元", "--ignore-unknown"]):
        words = ["reform", "--lang", lang, str(table), *what, "--as-of", day]
        for form in ("table", "json", "markdown"):
            assert (said[lang] in " ".join(run([*words, "--format", form]).out.split())) == late, form
        assert (said[lang] in run([*words, "--format", "csv"]).err) == late
        for name in ("page.html", "book.xlsx", "chart.svg"):
            done = run([*words, "--chart" if name == "chart.svg" else "-o", str(tmp_path / name)])
            shown = book_text(tmp_path / name) if name == "book.xlsx" else done.err if name == "chart.svg" else (tmp_path / name).read_text(encoding="utf-8")
            assert (said[lang] in shown) == late, name
    states = list(csv.DictReader(io.StringIO(run(["reform", str(table), *WORDS, "--as-of", day, "--format", "csv"]).out)))
    assert {(one["validity_before"], one["validity_after"]) for one in states} == {("expired", "expired") if late else ("in-force", "in-force")}


def book_text(file: Path) -> str:
    book = openpyxl.load_workbook(file)
    return "\n".join(str(cell) for sheet in book for cells in sheet.iter_rows(values_only=True) for cell in cells if cell is not None)


def test_people_read_numbers_and_labels_not_ids(table: Path, tmp_path: Path) -> None:
    """Ids are for joining tables; a page, a summary and a reason name a scheme by number and title, a benefit by its label."""
    rows = tmp_path / "rows.csv"
    words = ["reform", str(table), "--change", LOWER, "--ignore-unknown"]
    shown = [run([*words, "--format", form]).out for form in ("table", "markdown")]
    assert run([*words, "-o", str(tmp_path / "page.html"), "--rows", str(rows)]).code == 0
    shown += [(tmp_path / "page.html").read_text(encoding="utf-8"), rows.read_text(encoding="utf-8")]
    told = run(["batch", str(table), "-s", "1.01", "--ignore-unknown", "-o", str(tmp_path / "result.csv"), "--budget", "1亿元"])
    for one in [*shown, told.err]:
        assert "1.01" in one and "old-factory-renovation" not in one and "investment-grant" not in one
