"""The loan prime rate by day: every change on its day and the day before, and what happens outside the table."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from calc import Catalog, load_catalog
from calc.errors import SchemeError
from calc.rates.lpr import load_lpr
from tests.command import run

CHANGES = [  # as published: from, 1Y and 5Y in percent
    ("2019-08-20", "4.25", "4.85"),
    ("2019-09-20", "4.20", "4.85"),
    ("2019-11-20", "4.15", "4.80"),
    ("2020-02-20", "4.05", "4.75"),
    ("2020-04-20", "3.85", "4.65"),
    ("2021-12-20", "3.80", "4.65"),
    ("2022-01-20", "3.70", "4.60"),
    ("2022-05-20", "3.70", "4.45"),
    ("2022-08-22", "3.65", "4.30"),
    ("2023-06-20", "3.55", "4.20"),
    ("2023-08-21", "3.45", "4.20"),
    ("2024-02-20", "3.45", "3.95"),
    ("2024-07-22", "3.35", "3.85"),
    ("2024-10-21", "3.10", "3.60"),
    ("2025-05-20", "3.00", "3.50"),
]
DAY = dt.timedelta(1)
TABLE = load_lpr()


def percent(figure: str) -> Fraction:
    return Fraction(figure) / 100


@pytest.mark.parametrize(("before", "change"), list(zip([None, *CHANGES[:-1]], CHANGES, strict=True)))
def test_both_sides_of_every_change(before: tuple | None, change: tuple) -> None:
    first = dt.date.fromisoformat(change[0])
    assert (TABLE.at(first, "1Y"), TABLE.at(first, "5Y")) == (percent(change[1]), percent(change[2]))
    assert TABLE.since(first) == first
    if before is None:
        assert TABLE.at(first - DAY, "1Y") is None and TABLE.since(first - DAY) is None
    else:
        assert (TABLE.at(first - DAY, "1Y"), TABLE.at(first - DAY, "5Y")) == (percent(before[1]), percent(before[2]))
        assert TABLE.since(first - DAY) == dt.date.fromisoformat(before[0])


def test_the_table_has_these_changes_and_no_others() -> None:
    assert [day.isoformat() for day in TABLE.days] == [change[0] for change in CHANGES]
    assert TABLE.verified == dt.date(2026, 9, 20)
    assert TABLE.at(TABLE.verified, "1Y") == TABLE.at(TABLE.verified + 365 * DAY, "1Y") == percent("3.00")


# ---------------------------------------------------------------- in an estimate

FACTORY = {
    "occupancy_rate_one_year": "80%",
    "energy_saving_rate": "20%",
    "renewable_capable": False,
    "introduced_industry": "high_precision",
    "fixed_asset_investment": "1亿元",
}


def interest(catalog: Catalog, start: str, end: str, rate: str = "9%", **more: object):
    loan = {"principal": "3600万元", "rate": rate, "start": start, "end": end, **more}  # 1 % of a day's interest is 1000 yuan
    return next(b for b in catalog.estimate({**FACTORY, "loans": [loan]}, "1.01").benefits if b.id == "loan-interest")


@pytest.mark.parametrize(
    ("start", "end", "more", "rate"),
    [
        ("2023-06-19", "2023-06-29", {}, "3.65"),  # the day before a change, kept although it changes on the second day
        ("2023-06-20", "2023-06-30", {}, "3.55"),
        ("2022-08-21", "2022-08-31", {}, "3.70"),
        ("2022-08-22", "2022-09-01", {}, "3.65"),
        ("2023-06-20", "2023-06-30", {"lpr_term": "5Y"}, "4.20"),  # a loan may name its term
        ("2023-06-20", "2023-06-30", {"rate": "3.4%"}, "3.40"),  # the actual rate where lower
        ("2023-06-20", "2023-06-30", {"drawdowns": [{"date": "2023-06-20", "amount": "3600万元"}]}, "3.55"),
    ],
)
def test_the_rate_of_the_first_drawdown(catalog: Catalog, start: str, end: str, more: dict, rate: str) -> None:
    amount = interest(catalog, start, end, **more).amount
    assert amount and Fraction(amount) == Fraction(rate) * 10_000  # 3600万元 × rate × 10/360


@pytest.mark.parametrize(("end", "rate"), [("2028-06-19", "3.55"), ("2028-06-20", "4.20"), ("2028-06-21", "4.20")])
def test_five_years_are_the_longer_term(catalog: Catalog, end: str, rate: str) -> None:
    found = interest(catalog, "2023-06-20", end)
    years = [Fraction(p.amount) for p in found.schedule or ()]
    assert years[0] == Fraction(rate) * 1000 * 366  # 2023-06-20 to 2024-06-20 has a 29 February


@pytest.mark.parametrize(("end", "rate"), [("2025-02-27", "4.05"), ("2025-02-28", "4.75"), ("2025-03-01", "4.75")])
def test_five_years_from_29_february_end_on_the_28th(catalog: Catalog, end: str, rate: str) -> None:
    found = interest(catalog, "2020-02-29", end)
    assert Fraction((found.schedule or ())[0].amount) == Fraction(rate) * 1000 * 365  # 2020-02-29 to 2021-02-28


def test_before_the_table_a_benefit_that_reads_it_is_incomplete(catalog: Catalog) -> None:
    found = interest(catalog, "2019-08-19", "2020-08-19")
    assert (found.status, found.amount, found.missing) == ("incomplete", None, ["LPR"])
    assert any("2019-08-19" in warning and "2019-08-20" in warning for warning in found.warnings)
    assert interest(catalog, "2019-08-20", "2020-08-19").status == "eligible"


def test_after_the_table_the_last_rate_is_used_and_said(catalog: Catalog) -> None:
    assert interest(catalog, "2026-09-20", "2026-09-30").warnings == []
    found = interest(catalog, "2026-09-21", "2026-10-01")
    assert found.amount == "30000.00" and found.status == "eligible"
    assert any("2026-09-20" in warning and "3%" in warning for warning in found.warnings)


# ---------------------------------------------------------------- a user's own table


def own(tmp_path: Path, content: str) -> Path:
    file = tmp_path / "my-lpr.toml"
    file.write_text(content, encoding="utf-8")
    return file


def test_a_table_of_ones_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    file = own(tmp_path, '﻿[[rates]]\nfrom = 2018-01-01\n1Y = "2%"\n5Y = 0.03\n[[rates]]\nfrom = "2023年7月1日"\n1Y = "1%"\n5Y = "2.5%"\n')
    catalog = load_catalog(lpr=file)
    assert interest(catalog, "2018-01-01", "2018-01-11").amount == "20000.00"
    assert interest(catalog, "2023-06-30", "2023-07-10", lpr_term="5Y").amount == "30000.00"
    assert catalog.lpr.verified == dt.date(2023, 7, 1)  # the last day it tells of, where it does not say
    assert interest(catalog, "2023-07-02", "2023-07-12").warnings


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "LPR 表里没有 [[rates]]"),
        ("rates = []", "LPR 表里没有 [[rates]]"),
        ("rates = [3]", "[[rates]] 1 不完整或有误：3"),
        ('[[rates]]\nfrom = 2024-01-01\n1Y = "3%"', "[[rates]] 1 不完整或有误：from = 2024-01-01, 1Y = 3%"),
        ('[[rates]]\nfrom = 2024-01-01\n1Y = "3%"\n5Y = 3.5', "[[rates]] 1 不完整或有误：from = 2024-01-01, 1Y = 3%, 5Y = 3.5"),
        ('[[rates]]\nfrom = 2024-01-01\n1Y = "3%"\n5Y = "4%"\n10Y = "5%"', "10Y = 5%"),
        (
            '[[rates]]\nfrom = 2024-01-01\n1Y = "3%"\n5Y = "4%"\n[[rates]]\nfrom = 2024-01-01\n1Y = "3%"\n5Y = "4%"',
            "日期须递增：2024-01-01 在 2024-01-01 之后",
        ),
        ('verifed = 2024-01-01\n[[rates]]\nfrom = 2024-01-01\n1Y = "3%"\n5Y = "4%"', "不认识的键 verifed（verified）"),
        ('verified = 3\n[[rates]]\nfrom = 2024-01-01\n1Y = "3%"\n5Y = "4%"', "verified 应为日期，却是 3"),
        ("[[rates]\n", "my-lpr.toml:1: LPR 表读不了：表头没有收尾"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(SchemeError) as refusal:
        load_lpr(own(tmp_path, content))
    assert said in str(refusal.value) and "my-lpr.toml" in str(refusal.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match=r"none\.toml: LPR 表读不了"):
        load_lpr(tmp_path / "none.toml")
    (tmp_path / "other.toml").write_bytes(b"\xff\x80")
    with pytest.raises(SchemeError, match="不是 gb18030 编码"):
        load_lpr(tmp_path / "other.toml")


# ---------------------------------------------------------------- a table of one's own, kept current


def test_a_published_rate_is_added_to_a_table_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "lpr.toml"
    done = run(["lpr", "--lpr", str(file), "--add", "2026-10-20", "2.9%", "3.45%"])
    assert (done.code, done.out) == (0, "") and "2.90%" in done.err
    table = load_lpr(file)
    assert table.days[:-1] == TABLE.days and table.rates[:-1] == TABLE.rates
    assert (table.at(dt.date(2026, 10, 19), "1Y"), table.at(dt.date(2026, 10, 20), "1Y")) == (percent("3.00"), percent("2.90"))
    assert table.at(dt.date(2026, 10, 20), "5Y") == percent("3.45")
    assert table.verified == dt.date(2026, 10, 20)


def test_a_month_without_a_change_moves_the_day_verified_only(tmp_path: Path) -> None:
    file = tmp_path / "lpr.toml"
    for _ in range(2):
        assert run(["lpr", "--lpr", str(file), "--add", "2026-10-20", "3%", "3.5%"]).code == 0
    assert load_lpr(file).days == TABLE.days and load_lpr(file).verified == dt.date(2026, 10, 20)


@pytest.mark.parametrize(
    "entry",
    [["2025-05-19", "3%", "3.5%"], ["2025-05-20", "3.1%", "3.5%"], ["2026-10-20", "30%", "3.5%"], ["2026-10-20", "3%", "零"], ["明天", "3%", "3%"]],
)
def test_what_cannot_be_is_not_added(tmp_path: Path, entry: list[str]) -> None:
    file = tmp_path / "lpr.toml"
    done = run(["lpr", "--lpr", str(file), "--add", *entry])
    assert done.code == 2 and not file.exists()
    assert any(word in done.err for word in entry)
    assert run(["lpr", "--add", "2026-10-20", "3%", "3.5%"]).code == 2


def test_a_day_is_told_without_a_table_of_ones_own() -> None:
    done = run(["lpr", "2023-03-01"])
    assert done.code == 0 and "3.65%" in done.out and not done.err
