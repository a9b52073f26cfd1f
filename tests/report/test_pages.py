"""A plan and a match as pages: self-contained, the answer first, every figure on it; and what the screen says of a plan."""

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from tests.command import run

CHIP = "examples/chip-design-house.toml"
BIG = "examples/big-plant.toml"


def page(words: str, file: Path) -> str:
    done = run(f"{words} -o {file}")
    assert done.code == 0, done.err
    return file.read_text(encoding="utf-8")


def in_order(said: str, *parts: str) -> None:
    places = [said.index(part) for part in parts]
    assert places == sorted(places), parts


def test_a_plan_as_a_page_opens_with_the_answer(tmp_path: Path) -> None:
    html = page(f"plan {BIG} --as-of 2023-04-01", tmp_path / "a.html")
    in_order(html, "某智能装备制造基地", "合计", "100,000,000.00", "稳妥", "已证明最优", "选取", "逐年到账", "2022年", "没有选的", "次优的组合")
    for said in ("人民币壹亿元整", "只是上限", "北京市经济和信息化局规划处", "敞口申报，发布之日起至2023年4月15日", "改选它少得"):
        assert said in html
    for outside in ("<script", "http://", "https://", "<link", "<img"):
        assert outside not in html
    english = page(f"plan {BIG} --as-of 2023-04-01 --lang en", tmp_path / "b.html")
    in_order(english, "Total", "prudent", "Chosen", "Cash by year", "Left out")
    assert "an upper bound only" in english


def test_a_match_as_a_page(tmp_path: Path) -> None:
    html = page(f"match {CHIP} --as-of 2023-04-01", tmp_path / "a.html")
    for said in ("政策匹配清单", "首轮流片奖励", "7,950,000.00", "现在能拿", "差一点"):
        assert said in html
    whole = page(f"match {CHIP} --as-of 2023-04-01 --all", tmp_path / "b.html")
    assert len(whole) > len(html)
    assert run(f"match {CHIP} --format html --as-of 2023-04-01").out.startswith("<!DOCTYPE html>")


def test_text_of_a_project_is_text_on_the_page(tmp_path: Path) -> None:
    project = tmp_path / "p.toml"
    project.write_text('name = "<b>甲&乙</b>"\n[facts]\nregistered_in_beijing = true\n', encoding="utf-8")
    for command in ("plan", "match"):
        html = page(f"{command} {project}", tmp_path / f"{command}.html")
        assert "&lt;b&gt;甲&amp;乙&lt;/b&gt;" in html and "<b>甲" not in html


def test_each_thing_assumed_is_said_once(tmp_path: Path) -> None:
    said = run(f"plan {CHIP} --as-of 2023-04-01 --allow-conditional").out
    head, _, rest = said.partition("当作成立的条件")
    held = rest.partition("没有选的")[0]
    lines = ["".join(line.split()) for line in held.splitlines() if line.strip()]
    assert "待确认" in head
    assert any("共性技术平台建设运营主体" in line for line in lines)
    assert said.count("共性技术平台建设运营主体") == 1


def test_what_a_change_would_cost_is_told() -> None:
    """g01 pays 795万元, g02 386.5万元 for the same firm: g02 instead costs 408.5万元."""
    answer = json.loads(run(f"plan {CHIP} -s g01 -s g02 --as-of 2023-04-01 --format json").out)
    [left] = answer["left_out"]
    assert (left["blocked_by"], left["loss"]) == (["g01-ic-first-tapeout/tapeout-award"], "4085000.00")
    table = "".join(run(f"plan {CHIP} -s g01 -s g02 --as-of 2023-04-01").out.split())
    assert "挡住它的是g01首轮流片奖励；改选它少得4,085,000.00" in table


def test_equity_that_is_not_settled_is_not_shut_out() -> None:
    """What the chip designer might get as a stake turns on facts not given: it is open, not left out."""
    open_ = json.loads(run(f"plan {CHIP} --as-of 2023-04-01 --format json").out)
    assert not any("equity" in entry["because"] for entry in open_["left_out"])
    assert "不计：股权投资" in run(f"plan {BIG} --as-of 2023-04-01 --allow-conditional").out


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two enterprises, one of them with two projects."""
    head = "企业,项目,fixed_asset_investment,occupancy_rate_one_year,energy_saving_rate,renewable_capable,introduced_industry\n"
    given = (("甲", "一", "1亿元"), ("甲", "二", "2000万元"), ("乙", "三", "3000万元"))
    rows = [f"{owner},{name},{amount},85%,18%,否,高精尖产业\n" for owner, name, amount in given]
    file = tmp_path / "projects.csv"
    file.write_text(head + "".join(rows), encoding="utf-8")
    return file


def test_enterprises_of_a_table_stand_in_one_result_table(table: Path, tmp_path: Path) -> None:
    """30% of each investment: 甲 has two projects, 3000万元 and 600万元, 乙 one of 900万元."""
    rows = list(csv.DictReader(io.StringIO(run(f"plan {table} -s 1.01 --as-of 2023-10-01 --format csv").out)))
    assert [(row["enterprise"], row["projects"], row["total"], row["prudent_total"], row["proved"]) for row in rows] == [
        ("甲", "2", "36000000.00", "36000000.00", "true"),
        ("乙", "1", "9000000.00", "9000000.00", "true"),
    ]
    assert "1.01-old-factory-renovation/investment-grant=9000000.00" in rows[1]["chosen"]
    shown = run(f"plan {table} -s 1.01 --as-of 2023-10-01").out
    in_order(shown, "企业", "甲", "36,000,000.00", "乙", "9,000,000.00", "已证明最优")
    assert page(f"plan {table} -s 1.01 --as-of 2023-10-01", tmp_path / "a.html").count("<h1 class='next'>") == 2
    assert "| 甲 | 2 | 36,000,000.00 | 36,000,000.00 |" in run(f"plan {table} -s 1.01 --as-of 2023-10-01 --format markdown").out
    assert run(f"plan {table} -s 1.01 --as-of 2023-10-01 -o {tmp_path / 'a.xlsx'}").code == 0
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True).worksheets[0]
    assert [tuple(cell.value for cell in row[:4]) for row in sheet.iter_rows(min_row=5, max_row=7)] == [
        ("甲", 2, 36_000_000, 36_000_000), ("乙", 1, 9_000_000, 9_000_000), ("合计", None, 45_000_000, 45_000_000),
    ]  # fmt: skip


def test_a_workbook_wants_a_file() -> None:
    done = run(f"plan {BIG} --format xlsx")
    assert (done.code, done.out) == (2, "") and "-o plan.xlsx" in done.err
    english = run(f"plan {BIG} --format xlsx --lang en")
    assert "a workbook needs a file" in english.err
