"""The breakdown of an estimate: whole pages as snapshots, and what holds of every page."""

import datetime as dt
import os
from pathlib import Path

import pytest
import tomli
from rich.cells import cell_len

from calc import Catalog
from calc.cli.estimate import make
from calc.messages import use
from calc.report import estimate as report
from calc.report.screen import wrap
from tests.command import ROOT, run

SNAPSHOTS = ROOT / "tests" / "snapshots"
OLD = "estimate examples/old-factory.toml -s 1.01 --as-of 2023-10-01"
BIG = "estimate examples/big-plant.toml -s g07 -s g13 --as-of 2023-03-01"
OPEN = f"{OLD} --set energy_saving_rate= --set fixed_asset_investment="
PAGES = {
    "old-factory-80": (OLD, 80),
    "old-factory-120": (OLD, 120),
    "old-factory-en-80": (f"{OLD} --lang en", 80),
    "old-factory-missing-80": (OPEN, 80),
    "old-factory-unmet-80": (f"{OLD} --set occupancy_rate_one_year=69.9%", 80),
    "old-factory-capped-80": (f"{OLD} --set fixed_asset_investment=2亿元", 80),
    "old-factory-markdown": (f"{OLD} --format markdown", 80),
    "big-plant-80": (BIG, 80),
    "big-plant-120": (BIG, 120),
    "big-plant-expired-en-120": (f"{BIG.replace('2023-03-01', '2024-03-01')} --lang en", 120),
    "vegetables-6.01-80": ("estimate examples/vegetable-cooperative.toml -s 6.01 -s 6.03 --as-of 2023-06-01", 80),
    "bookshop-4.53-80": ("estimate examples/bookshop-theatre.toml -s 4.53 -s 4.57 --as-of 2023-06-01", 80),
    "index-3.01-80": ("estimate examples/big-plant.toml -s 3.01 --as-of 2023-06-01", 80),
    "show-g07-80": ("show g07 --as-of 2023-03-01", 80),
    "show-4.05-120": ("show 4.05 --as-of 2023-03-01", 120),
    "list-3-80": ("list --part 3 --as-of 2023-12-01", 80),
    "list-g-en-120": ("list --part g --as-of 2023-03-01 --lang en", 120),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str) -> None:
    """The page is what was looked at and found good. UPDATE_SNAPSHOTS=1 writes it anew, to be looked at again."""
    command, width = PAGES[name]
    done = run(command, width=width)
    assert done.code == 0
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(done.out, encoding="utf-8")
    assert done.out == file.read_text(encoding="utf-8")
    if "markdown" not in name:
        assert max(cell_len(line) for line in done.out.splitlines()) <= width


def test_no_snapshot_is_left_over() -> None:
    assert {f.stem for f in SNAPSHOTS.iterdir()} == set(PAGES)


def test_a_pipe_gets_no_colour_and_a_terminal_gets_it_unless_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    from calc.report.screen import screen

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert "\x1b" not in run(OLD).out
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert screen(None) == (100, True)
    assert screen(Path("out.txt")) == (100, False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert screen(None) == (100, False)


def test_colour_changes_nothing_but_colour(catalog: Catalog) -> None:
    import re

    found = _first(catalog, "1.01-old-factory-renovation")
    plain, colored = report.as_table(found, 80, False), report.as_table(found, 80, True)
    assert "\x1b[" in colored
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", colored).splitlines()] == plain.splitlines()


# ---------------------------------------------------------------- every scheme


def _first(catalog: Catalog, id: str, status: str = "eligible") -> report.Estimate:
    """The first of a scheme's hand-made cases with that status, estimated."""
    document = tomli.loads((ROOT / "tests" / "cases" / f"{id}.toml").read_text(encoding="utf-8"))
    cases = [c for c in document["case"] if c.get("status") == status] or document["case"]
    values = catalog.read({**document.get("base", {}), **cases[0].get("given", {})}, [id])
    return make(catalog, "某项目", values, [id], dt.date(2023, 6, 1))


CASES = sorted(path.stem for path in (ROOT / "tests" / "cases").glob("*.toml"))


@pytest.mark.parametrize("id", CASES)
def test_every_scheme_reads_within_its_width(catalog: Catalog, id: str) -> None:
    for status, width in (("eligible", 80), ("incomplete", 120)):
        found = _first(catalog, id, status)
        page = report.as_table(found, width, False)
        assert max(cell_len(line) for line in page.splitlines()) <= width
        for amount in (b.amount for r in found.results for b in r.benefits if b.amount):
            assert report.figure(amount) in page


@pytest.mark.parametrize("id", CASES)
def test_the_steps_end_on_the_amount(catalog: Catalog, id: str) -> None:
    """What the steps show is how the amount came about: the last figure in money is the amount, before a payout cap of the years."""
    for benefit in _first(catalog, id).results[0].benefits:
        if benefit.status in ("eligible", "conditional"):
            money = [step for step in benefit.trace if "." in step.value and "%" not in step.value]
            assert money, benefit.id
            assert money[-1].value == benefit.amount


def test_every_scheme_is_told_in_both_languages(catalog: Catalog) -> None:
    from calc.report import schemes

    try:
        for language in ("zh", "en"):
            use(language)
            for id in catalog.ids[:: 2 if language == "zh" else 5]:
                page = schemes.show_table(catalog.show(id, dt.date(2023, 6, 1)), 80, False)
                assert max(cell_len(line) for line in page.splitlines()) <= 80
                for benefit in catalog.scheme(id).benefits:
                    assert benefit.amount is None or benefit.clause.partition("；")[0][:10] in page.replace("\n", "")
    finally:
        use("zh")


# ---------------------------------------------------------------- what a page says


def test_what_is_missing_and_assumed_stands_by_label(catalog: Catalog) -> None:
    page = run(OPEN).out
    assert "缺少事实     固定资产投资总额\n" in page
    assert "? 未说明     改造后综合节能率 ≥ 15%\n" in page
    assert "待定         投资补助：缺少事实" in page


def test_a_condition_not_met_says_what_was_given() -> None:
    page = run(f"{OLD} --set occupancy_rate_one_year=69.9%").out
    assert "✗ 不满足" in page
    assert "69.9%" in page
    assert "0.00 元" in page
    assert "基数" not in page


def test_a_limit_says_what_it_cut() -> None:
    page = run(f"{OLD} --set fixed_asset_investment=2亿元").out
    assert "5000万元；减去 10,000,000.00元" in page
    assert "受单个项目上限 5,000万元 限制" in page


def test_payout_stages_are_lines_of_their_own() -> None:
    page = run("estimate examples/vegetable-cooperative.toml -s 6.03").out
    assert "第1次，70%" in page
    assert "第3次，10%" in page


def test_many_items_take_a_line_each() -> None:
    suppliers = ",".join('{"first_contract_date":"2022-01-01","fulfilled_amount":"400万元"}' for _ in range(30))
    page = run(["estimate", "examples/big-plant.toml", "-s", "g13", "--set", f"suppliers=[{suppliers}]"]).out
    assert page.count("200,000.00") == 30
    assert "供应链配套企业：30 项计入" in page
    assert "基数 × 比例" not in page


def test_a_loan_tells_the_rate_of_its_day() -> None:
    page = run(OLD).out
    assert "一年期LPR，2023-03-01 执行值" in page
    assert "LPR 3.65% 与 年化实际利率 3.8% 中较低者" in page


@pytest.mark.parametrize(
    ("said", "width", "lines"),
    [
        ("一二三四五", 6, ["一二三", "四五"]),
        ("一二三，四五", 6, ["一二", "三，四", "五"]),
        ("一二（三）四", 6, ["一二", "（三）", "四"]),
        ("到 2023-03-01 止", 14, ["到 2023-03-01", "止"]),
        ("共 12月", 5, ["共", "12月"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("一\n二", 6, ["一", "二"]),
        ("", 6, [""]),
        ("□ 甲乙　□ 丙丁", 9, ["□ 甲乙", "□ 丙丁"]),
    ],
)
def test_chinese_is_wrapped_as_it_is_set(said: str, width: int, lines: list[str]) -> None:
    assert wrap(said, width).split("\n") == lines


def test_a_condition_for_others_does_not_apply(catalog: Catalog) -> None:
    """Card 1.01 asks for 40% photovoltaics only of those who can have renewable energy."""
    said = "光伏面积占屋面水平投影 ≥ 40%"
    for facts, mark in (("renewable_capable=否", "– 不适用"), ("renewable_capable=是", "? 未说明"), ("pv_roof_share=40%", "✓ 满足")):
        for form in ("table", "markdown"):
            others = ["--set", "renewable_capable=是"] if mark.startswith("✓") else []
            shown = run(["estimate", "examples/old-factory.toml", "-s", "1.01", "--format", form, *others, "--set", facts], width=120).out
            line = next(one for one in shown.splitlines() if said in one)
            assert mark in line, form
    result = catalog.estimate({"renewable_capable": "否"}, "1.01")
    spared = [c for c in result.benefits[0].conditions if not c.applies]
    assert [c.result for c in spared] == ["met"] and "applies" not in result.model_dump()["benefits"][0]["conditions"][0]


def test_a_stake_is_shown_and_not_called_nothing() -> None:
    """Card 4.28 prefers a stake to a grant: it is no alternative that the total left out for a larger one."""
    sets = ["registered_in_beijing=是", "in_gaojingjian_industry=是", "applicant_role=领军企业", "leads_innovation_consortium=是",
            "weak_link_kind=关键核心部件", "platform_share=20%", "platform_is_largest_shareholder=否", "total_investment=2000万元"]  # fmt: skip
    given = [part for one in sets for part in ("--set", one)]
    lines = run(["estimate", "examples/old-factory.toml", "-s", "4.28", *given], width=120).out.splitlines()
    [stake] = [line for line in lines if "优先股权投资：" in line]
    assert stake.split() == ["只列示", "优先股权投资：入股不是补助，不计入合计", "6,000,000.00"]


def test_what_all_years_may_pay_is_no_yearly_limit() -> None:
    """Card 4.27 pays up to 200万元 and 500万元: 700万元 is what both years come to, not a limit for a year."""
    fields = ["registered_in_beijing=是", "industry_field=新材料", "commercialised_in_beijing=是", "has_core_patent=是", "has_ip_dispute=否",
              "basic_theory_done=是", "project_stage=技术概念验证", "senior_expert_recommenders=2", "project_budget=1800万元"]  # fmt: skip
    given = [part for one in fields for part in ("--set", one)]
    lines = run(["estimate", "examples/old-factory.toml", "-s", "4.27", *given], width=120).out.splitlines()
    assert ["支持金额", "受各年上限合计", "700万元", "限制", "7,000,000.00"] in [line.split() for line in lines]


def test_an_alternative_that_is_met_applies(catalog: Catalog) -> None:
    """Card 4.72: a “double independent” exporter qualifies as such, whatever it trades."""
    result = catalog.estimate({"trade_enterprise_kind": "dual_independent"}, "4.72")
    found = [c for b in result.benefits for c in b.conditions if "双自主" in c.text]
    assert found and all(c.applies and c.result == "met" for c in found)


def test_money_without_a_figure_has_its_verdict_and_its_checklist(catalog: Catalog) -> None:
    facts = {"registered_in_beijing": "是", "project_start_date": "2019-12-31"}  # card 4.49: begun from January 2020
    for form in ("table", "markdown"):
        sets = [part for fact, value in facts.items() for part in ("--set", f"{fact}={value}")]
        shown = run(["estimate", "examples/big-plant.toml", "-s", "4.49", "--format", form, *sets], width=120).out
        assert "✗ 不满足" in shown and "项目启动建设日期 ≥ 2020-01-01" in shown and "自主知识产权" in shown
    judged = run(["estimate", "examples/big-plant.toml", "-s", "4.22"], width=120).out  # nothing but what a person must judge
    assert "须核对" in judged and "拥有自主知识产权" in judged


def test_a_year_is_no_sum_and_an_edition_keeps_its_name(tmp_path: Path) -> None:
    project = tmp_path / "p.toml"
    project.write_text(
        '[facts]\napplication_year = 2023\nis_time_honored_brand = "是"\nproject_direction = "旗舰店、创新概念店"\nstore_license_date = 2022-05-18\n',
        encoding="utf-8",
    )
    assert "申报年度 2023年" in run(f"estimate {project} -s 4.65", width=120).out.replace("\n", "")
    assert "\n4.75@2024  " in run(f"estimate {project} -s 4.75@2024", width=120).out
