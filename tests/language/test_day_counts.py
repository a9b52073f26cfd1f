"""Interest as banks do it elsewhere: day counts, whole months and quarters, index rates of the folder's own, re-pricing."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from calc import Catalog, load_catalog
from tests.blocks import Tally, block
from tests.three import held, scheme_of

FIELDS = """
[loans]
type = "list"
label = "贷款"
[loans.fields]
principal = { type = "money", label = "本金" }
rate = { type = "percent", label = "利率" }
start = { type = "date", label = "放款日" }
end = { type = "date", label = "到期日" }
"""
MOVES = """
[loans.fields.repayments]
type = "list"
label = "还款"
[loans.fields.repayments.fields]
date = { type = "date", label = "日期" }
amount = { type = "money", label = "金额" }
"""
OWN = 'basis = { type = "enum", label = "计息天数", values = { 360 = "实际/360", 365 = "实际/365", 30_360 = "30/360" } }\n'
EURIBOR = """
verified = 2026-06-30
[[rates]]
from = 2024-01-01
3M = "3.9%"
12M = "3.6%"
[[rates]]
from = 2025-01-01
3M = "2.7%"
12M = "2.4%"
"""


def folder(path: Path, amount: str, facts: str = FIELDS, about: str = "", index: str = "") -> Catalog:
    (path / "facts.toml").write_text(facts, encoding="utf-8")
    (path / "t1-test.toml").write_text(scheme_of(f"amount = {amount}\n"), encoding="utf-8")
    if about:
        (path / "catalog.toml").write_text(about, encoding="utf-8")
    if index:
        (path / "rates").mkdir(exist_ok=True)
        (path / "rates" / "EURIBOR.toml").write_text(index, encoding="utf-8")
    return load_catalog(path)


def loan(start: str, end: str, **more: object) -> dict:
    return {"loans": [{"principal": "3600万元", "rate": "3.65%", "start": start, "end": end, **more}]}


def paid(catalog: Catalog, project: dict) -> list[str]:
    [benefit] = catalog.estimate(project, "t1").benefits
    assert benefit.status == "eligible", benefit
    return [period.amount for period in benefit.schedule or []]


LOANS = [loan("2024-01-31", "2024-03-01"), loan("2024-01-15", "2026-04-20"), loan("2023-11-30", "2024-02-29")]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        # 30 days in January and February (leap): 1 + 29 = 30 days
        ("", [["109500.00"], ["1335900.00", "1332250.00", "346750.00"], ["332150.00"]]),  # × 366, 365, 95 and 91 days of 3650元
        (", basis = 365", [["108000.00"], ["1317600.00", "1314000.00", "342000.00"], ["327600.00"]]),  # days of 3600元
        # 30/360: 31 January counts as the 30th; 3600万 × 3.65% = 131.4万 a year, 3650元 a day
        (', basis = "30/360"', [["113150.00"], ["1314000.00", "1314000.00", "346750.00"], ["324850.00"]]),  # 31, 360, 360, 95, 89 days
        # whole months, and days beyond: 1 month (to 29 February) 1 day; 12, 12, 3 months 5 days; 3 months (to the last of February)
        (', per = "month"', [["113150.00"], ["1314000.00", "1314000.00", "346750.00"], ["328500.00"]]),
        (', per = "quarter"', [["109500.00"], ["1314000.00", "1314000.00", "346750.00"], ["328500.00"]]),
    ],
)
def test_day_counts(tmp_path: Path, keys: str, expected: list[list[str]]) -> None:
    catalog = folder(tmp_path, f'{{ interest_on = "loans", rate = "actual", years = 3{keys} }}')
    assert catalog.check() == []
    assert [paid(catalog, one) for one in LOANS] == expected
    held(catalog, "t1-test", LOANS, tmp_path)


@pytest.mark.parametrize("keys", [", basis = 365", ', basis = "30/360"', ', per = "month"', ', per = "quarter", basis = 365'])
def test_repayments_on_any_count(tmp_path: Path, keys: str) -> None:
    catalog = folder(tmp_path, f'{{ interest_on = "loans", rate = "actual", years = 2{keys} }}', FIELDS + MOVES)
    project = loan("2024-01-15", "2025-07-20", repayments=[{"date": "2024-08-31", "amount": "1600万元"}])
    held(catalog, "t1-test", [project, *LOANS], tmp_path)
    if keys == ', basis = "30/360"':  # to 31 August: 7 months 15 days = 225 of 3600万; 135 days to the year, 185 after, of 2000万
        assert paid(catalog, project) == ["1095000.00", "375138.88"]


def test_a_loan_names_its_own_count(tmp_path: Path) -> None:
    catalog = folder(tmp_path, '{ interest_on = "loans", rate = "actual", years = 1 }', FIELDS + OWN, 'basis = "30/360"')
    projects = [loan("2024-01-15", "2025-01-15", **({"basis": basis} if basis else {})) for basis in ("", "360", "365", "30_360")]
    assert [paid(catalog, one) for one in projects] == [["1314000.00"], ["1335900.00"], ["1317600.00"], ["1314000.00"]]
    held(catalog, "t1-test", projects, tmp_path)
    [told] = catalog.show("t1")["benefits"]
    assert "从其约定" in "".join(told["formula"])


@pytest.mark.parametrize("rate", ["actual / 3", "min(LPR, actual) * 1/3", "min(actual / 7, 0.5%)", "max(0%, LPR - actual / 3)"])
@pytest.mark.parametrize("more", ["", ', repriced = "year"'])
def test_a_part_of_a_rate(tmp_path: Path, rate: str, more: str) -> None:
    if more and "LPR" not in rate:
        return
    catalog = folder(tmp_path, f'{{ interest_on = "loans", rate = "{rate}", years = 3{more} }}')
    assert catalog.check() == []
    assert any(period != "0.00" for one in LOANS for period in paid(catalog, one))
    held(catalog, "t1-test", LOANS, tmp_path)


def test_an_index_of_the_folders_own(tmp_path: Path) -> None:
    body = '{ interest_on = "loans", rate = "min(index, actual)", years = 2 }'
    catalog = folder(tmp_path, body, about='index = "EURIBOR"', index=EURIBOR)
    [problem] = catalog.check()
    assert "EURIBOR_3M、EURIBOR_12M" in problem.problem
    catalog = folder(tmp_path, body.replace("years", 'index = "EURIBOR_12M", years'), about='index = "EURIBOR"', index=EURIBOR)
    assert catalog.check() == []
    project = loan("2024-07-01", "2026-07-01")  # 3.6% below 3.65%
    assert paid(catalog, project) == ["1314000.00", "1314000.00"]
    held(catalog, "t1-test", [project, loan("2023-07-01", "2024-07-01"), loan("2025-07-01", "2026-07-01")], tmp_path)
    early = catalog.estimate(loan("2023-12-31", "2024-12-31"), "t1").benefits[0]
    assert early.status == "incomplete" and early.missing == ["EURIBOR"] and "EURIBOR" in early.warnings[0]


def test_repriced_each_year(tmp_path: Path) -> None:
    catalog = folder(tmp_path, '{ interest_on = "loans", rate = "EURIBOR_12M", repriced = "year", basis = 365 }', index=EURIBOR)
    assert catalog.check() == []
    project = loan("2024-07-01", "2026-07-01")
    assert paid(catalog, project) == ["1296000.00", "864000.00"]  # 3.6%, then 2.4%
    held(catalog, "t1-test", [project, loan("2024-07-01", "2024-10-01"), loan("2023-07-01", "2025-10-01")], tmp_path)
    assert "每年重定" in "".join(catalog.show("t1")["benefits"][0]["formula"])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (', basis = "364"', "30/360"),
        (', repriced = "month"', "year"),
        (', repriced = "year"', "没有基准利率"),
        (', index = "SOFR"', "SOFR"),
    ],
)
def test_what_is_refused(tmp_path: Path, keys: str, said: str) -> None:
    rate = "index" if "index" in keys else "actual"
    [problem] = folder(tmp_path, f'{{ interest_on = "loans", rate = "{rate}"{keys} }}').check()
    assert said in str(problem)


def test_a_field_basis_that_is_none(tmp_path: Path) -> None:
    wrong = OWN.replace("30_360", "other")
    [problem] = folder(tmp_path, '{ interest_on = "loans", rate = "actual" }', FIELDS + wrong).check()
    assert "30_360" in str(problem)


TERMED = """
[term]
type = "years"
label = "支持年限"
"""
DRAWN = MOVES.replace("repayments", "drawdowns").replace("还款", "提款")
NEGATIVE = EURIBOR.replace('"3.9%"', '"-0.3%"').replace('"3.6%"', '"-0.5%"')
RANDOM = [
    ('rate = "min(LPR, actual)", repriced = "year", years = 3', MOVES + DRAWN, EURIBOR),
    ('rate = "EURIBOR_12M", repriced = "year", basis = 365, at_most = "30万元", per = "year"', MOVES, EURIBOR),
    ('rate = "max(0%, actual - EURIBOR_3M)", repriced = "year", years = "18个月", basis = "30/360"', DRAWN, EURIBOR),
    ('rate = "EURIBOR_12M", repriced = "year", years = 2', MOVES, NEGATIVE),
    ('rate = { cases = [{ when = "LPR < 3.5%", value = "actual" }, { when = "LPR < 4%", value = "2%" }] }, repriced = "year", years = 4', "", EURIBOR),
    ('rate = "min(LPR, 4%)", repriced = "year", years = "term", at_most = "100万元"', TERMED, EURIBOR),
    ('rate = "actual", years = "term", per = "quarter"', MOVES + TERMED, EURIBOR),
    ('rate = "min(LPR, actual)", where = "end >= years_after(start, term)"', TERMED, EURIBOR),
]


@pytest.mark.parametrize(("keys", "facts", "index"), RANDOM, ids=range(len(RANDOM)))
def test_tables_are_computed_by_query_as_one_project_is(tmp_path: Path, keys: str, facts: str, index: str) -> None:
    catalog = folder(tmp_path, f'{{ interest_on = "loans", {keys} }}', FIELDS + facts, index=index)
    assert catalog.check() == []
    tally, connection = Tally(), duckdb.connect()
    block(catalog, catalog.scheme("t1-test"), random.Random(3), 150, tally, connection)
    assert not tally.fallbacks
    assert not tally.apart, tally.apart[0]
    assert tally.handed < tally.evaluations / 5 and tally.statuses["eligible"] + tally.statuses["conditional"] > 5, tally
