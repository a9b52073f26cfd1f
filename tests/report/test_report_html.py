"""The printed report: what it says, how its charts come about, and that it reads and prints without network or script."""

import datetime as dt
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import tomli

from calc import Catalog, InputError
from calc.estimate.results import BenefitResult
from calc.messages import use
from calc.report import html, waterfall
from tests.command import ROOT, run

CASES = ROOT / "tests" / "cases"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
DAY = dt.date(2023, 10, 1)
FACTORY: dict[str, Any] = {
    "occupancy_rate_one_year": "85%",
    "energy_saving_rate": "18%",
    "renewable_capable": "否",
    "introduced_industry": "高精尖产业",
    "fixed_asset_investment": "2.2亿元",
    "loans": [{"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}],
}


def report(catalog: Catalog, facts: dict, *schemes: str, name: str = "某厂房改造") -> str:
    results = [catalog.estimate(facts, scheme=s, as_of=DAY) for s in schemes]
    return html.render_html(catalog, {"name": name, "facts": facts}, results, DAY)


def words(page: str) -> str:
    """What a reader sees, without the marks between."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<(style|title).*?</\1>|<[^>]+>", " ", page, flags=re.S)))


@pytest.fixture(scope="module")
def factory(catalog: Catalog) -> str:
    return report(catalog, FACTORY, "1.01")


def test_the_report_says_how_much_and_why(factory: str) -> None:
    said = words(factory)
    for part in (
        "政策资金测算报告", "某厂房改造", "测算基准日：2023年10月1日", "北京市老旧厂房改造项目促进产业高质量发展", "京发改规〔2023〕12号",
        "50,000,000.00", "人民币伍仟万元整", "220,000,000.00", "66,000,000.00", "受单个项目上限 5,000万元 限制，减去 16,000,000.00 元",
        "✓ 改造后综合节能率 ≥ 15% 18%", "产权清晰", "有效（2023-09-26 起，截止日卡片未载）", "编制：", "审核：", "日期：",
    ):  # fmt: skip
        assert part in said, part


def test_interest_by_year_stands_as_chart_and_table(factory: str) -> None:
    # 80,000,000 × 3.65% × 366 / 360 and × 365 / 360
    assert "第1年 2,968,666.66 第2年 2,960,555.56 合计 5,929,222.22" in words(factory)
    assert len(re.findall("<rect class='year'", factory)) == 2


def test_conditions_unmet_and_unknown(catalog: Catalog) -> None:
    said = words(report(catalog, {**FACTORY, "energy_saving_rate": "14%", "occupancy_rate_one_year": ""}, "1.01"))
    assert "✗ 改造后综合节能率 ≥ 15% 14%" in said
    assert "? 项目交付后1年内入驻率 ≥ 70%" in said
    assert "不符合" in said
    assert "金额如何得出" not in said


def test_missing_facts_are_named(catalog: Catalog) -> None:
    said = words(report(catalog, {**FACTORY, "fixed_asset_investment": ""}, "1.01"))
    assert "尚缺： 固定资产投资总额" in said.replace("尚缺：", "尚缺： ").replace("  ", " ")


def test_an_expired_scheme_says_so(catalog: Catalog) -> None:
    scheme = next(s for s in catalog.schemes() if s.valid_to is not None and s.valid_to < DAY and s.outcome == "money")
    page = report(catalog, {}, scheme.id)
    first = words(page[page.index("class='overview'") : page.index("</section>")])
    assert f"已失效（{scheme.valid_from or ''}" in first and str(scheme.valid_to) in first
    first = words(report(catalog, FACTORY, "1.01").partition("</section>")[0])
    assert "已失效" not in first and "未生效" not in first


def test_a_scheme_without_money_says_why(catalog: Catalog) -> None:
    scheme = next(s for s in catalog.schemes() if s.outcome == "none")
    assert scheme.reason in words(report(catalog, {}, scheme.id))


def test_what_a_user_wrote_is_never_markup(catalog: Catalog) -> None:
    page = report(catalog, FACTORY, "1.01", name="<script>alert(1)</script>&'\"")
    assert "<script" not in page
    assert "<script>alert(1)</script>&'\"" in words(page.replace("<title>", "<p>").replace("</title>", "</p>"))


def test_one_file_that_asks_for_nothing_else(factory: str) -> None:
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\b(src|srcset|action)=|href='(?!#)", factory)
    assert "default-src 'none'" in factory


def test_english(catalog: Catalog) -> None:
    use("en")
    try:
        page = report(catalog, FACTORY, "1.01", name="Factory")
    finally:
        use("zh")
    said = words(page)
    for part in ("Subsidy estimate report", "As of 2023-10-01", "Renovation of old factory buildings", "Investment grant", "eligible", "Prepared by:"):
        assert part in said, part
    assert "lang='en'" in page


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("36000000.00", "叁仟陆佰万元整"),
        ("0.05", "伍分"),
        ("10.50", "壹拾元伍角整"),
        ("100.05", "壹佰元零伍分"),
        ("1001.00", "壹仟零壹元整"),
        ("10010.00", "壹万零壹拾元整"),
        ("100000001.23", "壹亿零壹元贰角叁分"),
        ("120304500.00", "壹亿贰仟零叁拾万肆仟伍佰元整"),
        ("0.00", "零元整"),
    ],
)
def test_capital_numerals(amount: str, said: str) -> None:
    assert html.capital(amount) == said


def test_every_chart_ends_at_the_amount(catalog: Catalog) -> None:
    charts = 0
    for path in sorted(CASES.glob("*.toml")):
        document = tomli.loads(path.read_text(encoding="utf-8"))
        case = next((c for c in document["case"] if c.get("status") == "eligible"), document["case"][0])
        facts = {**document.get("base", {}), **case.get("given", {})}
        result = catalog.estimate(facts, scheme=path.stem, as_of=DAY)
        page = html.render_html(catalog, {"facts": facts}, [result], DAY)
        for benefit in result.benefits:
            if benefit.amount is not None:
                assert f"{int(benefit.amount[:-3]):,}{benefit.amount[-3:]}" in page, (path.stem, benefit.id)
            if benefit.status not in ("eligible", "conditional"):
                continue
            bars = waterfall.bars_of(benefit)
            for before, after in pairwise(bars):
                assert after.kind == "amount" or after.start == before.end, (path.stem, benefit.id, bars)
            if bars:
                charts += 1
                assert bars[-1].end == bars[-2].end == int(benefit.amount.replace(".", "")), (path.stem, benefit.id, bars)
    assert charts > 80


def computed_cases(catalog: Catalog) -> Iterator[tuple[str, BenefitResult]]:
    """Every benefit with an amount, of every case."""
    for path in sorted(CASES.glob("*.toml")):
        document = tomli.loads(path.read_text(encoding="utf-8"))
        for case in document["case"]:
            try:
                result = catalog.estimate({**document.get("base", {}), **case.get("given", {})}, scheme=path.stem, as_of=DAY)
            except InputError:
                continue
            yield from ((path.stem, one) for one in result.benefits if one.status in ("eligible", "conditional"))


def test_only_a_limit_that_was_reached_cuts_a_bar_and_all_parts_add_up(catalog: Catalog) -> None:
    cutting = 0
    for scheme, benefit in computed_cases(catalog):
        limits = [step for step in benefit.trace if step.step.startswith("limit.") or step.step == "fill"]
        reached = {step.label for step in limits if step.cuts}
        for bar in waterfall.bars_of(benefit):
            if bar.kind != "cut":
                continue
            assert bar.end <= bar.start, (scheme, benefit.id, bar)
            assert bar.start == bar.end or bar.label in reached or bar.label not in {step.label for step in limits}, (scheme, benefit.id, bar)
            cutting += bar.label in reached
        for parts in (benefit.schedule and [part.amount for part in benefit.schedule], benefit.disbursement):
            assert not parts or sum(map(Fraction, parts)) == Fraction(benefit.amount), (scheme, benefit.id)
    assert cutting > 100


@pytest.mark.parametrize("principal", ["8000万元", "1234567.89元", "7654321.01元", "3333333.33元", "700000元"])
def test_interest_steps_and_schedule_are_the_same_cents(catalog: Catalog, principal: str) -> None:
    facts = {**FACTORY, "loans": [{**FACTORY["loans"][0], "principal": principal}]}
    (benefit,) = (b for b in catalog.estimate(facts, scheme="1.01", as_of=DAY).benefits if b.id == "loan-interest")
    steps = [step.value for step in benefit.trace if step.step == "interest"]
    assert steps == [part.amount for part in benefit.schedule]
    assert sum(map(Fraction, steps)) == Fraction(benefit.amount)
    assert [bar.kind for bar in waterfall.bars_of(benefit)] == ["added", "added", "cut", "amount"]
    chart = waterfall.waterfall(benefit)
    assert "未触及" in words(chart) and "−" not in words(chart)
    assert "利息按累计数舍到分" in words(html._breakdown(benefit))


def test_what_repeats_adds_a_bar(catalog: Catalog) -> None:
    repeated = [b for scheme, b in computed_cases(catalog) if scheme.startswith("3.02") and b.id == "equipment-lease-subsidy" and len(b.schedule) == 2]
    kinds = [[bar.kind for bar in waterfall.bars_of(b)] for b in repeated]
    assert ["sum", "cut", "added", "cut", "amount"] in kinds


def test_many_items_are_few_bars() -> None:
    bars = waterfall._parts([(f"第{k}项", 100 + k) for k in range(30)])
    assert len(bars) == waterfall.MOST_PARTS
    assert bars[-1].end == sum(100 + k for k in range(30))
    assert "22" in bars[-1].label or "23" in bars[-1].label


def test_from_the_command_line(tmp_path: Path) -> None:
    done = run(["estimate", "examples/old-factory.toml", "-s", "1.01", "-o", str(tmp_path / "a.html")])
    assert (done.code, done.out) == (0, "")
    assert "36,000,000.00" in words((tmp_path / "a.html").read_text(encoding="utf-8"))


# ---------------------------------------------------------------- in a browser


def browse(folder: Path, page: str, *options: str) -> str:
    """Open a page in headless Chromium, nothing of it reaching the network; gives what it prints."""
    (folder / "report.html").write_text(page, encoding="utf-8")
    flags = (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
    )  # fmt: skip
    command = [str(CHROMIUM), *flags, *options, (folder / "report.html").as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@needs_chromium
def test_it_renders_and_asks_for_nothing(factory: str, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    page = browse(tmp_path, factory, "--dump-dom", f"--log-net-log={log}")
    assert "50,000,000.00" in words(page)
    assert page.count("<svg") == factory.count("<svg") > 1
    events = json.loads(log.read_text())["events"]
    asked = {urlsplit(e["params"]["url"]) for e in events if isinstance(e.get("params"), dict) and "url" in e["params"]}
    # what the browser asks for on its own account, whatever page is open
    own = re.compile(r"(^|\.)(google|googleapis|gstatic)\.com$")
    assert {u.geturl() for u in asked if u.scheme in ("http", "https") and not own.search(u.hostname or "")} == set()


@needs_chromium
@needs_poppler
def test_it_prints_without_a_cut_off_table(catalog: Catalog, tmp_path: Path) -> None:
    loans = [{"principal": f"{1000 + k}万元", "rate": "3.05%", "start": "2023-03-01", "end": "2026-03-01"} for k in range(70)]
    page = report(catalog, {**FACTORY, "loans": loans}, "1.01", "4.36")
    browse(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}")
    said = subprocess.run(["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True).stdout
    pages = said.split("\f")[:-1]
    assert len(pages) > 3
    assert [f"第 {n} 页，共 {len(pages)} 页" in one for n, one in enumerate(pages, 1)] == [True] * len(pages)
    for k in range(70):
        assert f"{1000 + k:,}万元" in said
    listing = [one for one in pages if re.search(r"1,0\d\d万元 +3.05%", one)]
    assert len(listing) > 1, "the list of loans is longer than a page"
    assert all(re.search("序号 +贷款本金", one) for one in listing), "the head of the table stands on each page"
    boxes = subprocess.run(["pdftotext", "-bbox", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True).stdout
    assert re.search(r'page width="59[45]\.\d+" height="84[12]\.\d+"', boxes), "A4"
    edges = [(float(a), float(b)) for a, b in re.findall(r'<word xMin="([\d.]+)" yMin="[\d.-]+" xMax="([\d.]+)"', boxes)]
    assert min(a for a, _ in edges) >= 44, "nothing runs into the left margin (16 mm)"
    assert max(b for _, b in edges) <= 596 - 44, "nothing runs into the right margin"
