"""Another city's rules, made up: three schemes added as TOML alone, their amounts worked out by hand."""


import pytest

from calc import Catalog, load_catalog
from tests.command import ROOT

CITY = ROOT / "tests" / "other_city"
JOBS = {"new_jobs": 50, "sector": "chips"}


@pytest.fixture(scope="module")
def city() -> Catalog:
    return load_catalog(CITY)


def amount(city: Catalog, scheme: str, benefit: str, facts: dict) -> tuple[str, str | None]:
    found = next(b for b in city.estimate(facts, scheme).benefits if b.id == benefit)
    return found.status, found.amount


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"equipment_cost": "1000万元"}, ("eligible", "2500000.00")),  # 25%
        ({"equipment_cost": "1000万元", "sector": "医药"}, ("eligible", "1500000.00")),  # 15%
        ({"equipment_cost": "3200万元"}, ("eligible", "8000000.00")),  # exactly at the cap
        ({"equipment_cost": "3200.0001万元"}, ("eligible", "8000000.00")),  # just above
        ({"equipment_cost": "1600万元", "new_jobs": 50}, ("eligible", "4000000.00")),
        ({"equipment_cost": "1600万元", "new_jobs": 49}, ("eligible", "3000000.00")),  # the lower limit of smaller employers
        ({"equipment_cost": "1000万元", "new_jobs": 20}, ("eligible", "2500000.00")),
        ({"equipment_cost": "1000万元", "new_jobs": 19}, ("ineligible", "0.00")),
        ({"equipment_cost": "1000万元", "sector": "other"}, ("ineligible", "0.00")),  # no rate for this sector
        ({"equipment_cost": "1000万元", "new_jobs": ""}, ("incomplete", None)),  # it decides a limit
        ({}, ("incomplete", None)),
    ],
)
def test_percentage_by_sector(city: Catalog, change: dict, expected: tuple) -> None:
    assert amount(city, "n1", "grant", {**JOBS, **change}) == expected


def test_half_the_interest_year_by_year(city: Catalog) -> None:
    loan = {"principal": "3600万元", "rate": "3%", "start": "2024-11-01", "end": "2027-11-01"}  # LPR 3.10% that day, so 1.5%
    result = city.estimate({**JOBS, "equipment_cost": "1000万元", "loans": [loan]}, "n1")
    interest = result.benefits[1]
    assert [p.amount for p in interest.schedule or ()] == ["547500.00", "547500.00"]  # 3600万元 × 1.5% × 365/360
    assert result.chosen == ["grant"] and result.total == "2500000.00"
    assert result.benefits[0].disbursement == ["1500000.00", "1000000.00"]


def test_a_yearly_limit_on_interest(city: Catalog) -> None:
    loan = {"principal": "1亿元", "rate": "4%", "start": "2024-11-01", "end": "2026-05-01"}  # 1.55%: 157万元 the first year
    interest = city.estimate({"loans": [loan]}, "n1").benefits[1]
    assert [p.amount for p in interest.schedule or ()] == ["1000000.00", "779305.55"]  # 181 days: 779,305.555…
    assert interest.binding is not None and interest.binding.scope == "year"


@pytest.mark.parametrize(
    ("revenue", "first", "expected"),
    [
        ("1999.99万元", False, ("eligible", "0.00")),
        ("2000万元", False, ("eligible", "200000.00")),
        ("9999.99万元", True, ("eligible", "250000.00")),
        ("1亿元", True, ("eligible", "550000.00")),
    ],
)
def test_brackets_and_an_extra(city: Catalog, revenue: str, first: bool, expected: tuple) -> None:
    assert amount(city, "n2", "award", {"sector": "drugs", "revenue": revenue, "first_year": first}) == expected


def test_items_in_groups(city: Catalog) -> None:
    patents = [
        {"family": 1, "country": "us", "granted": "2024-01-01"},
        {"family": 1, "country": "jp", "granted": "2024-05-01"},  # family 1: 9万元, capped at 8万元
        {"family": 2, "country": "us", "granted": "2024-05-01"},
        {"family": 3, "country": "other", "granted": "2023-12-31"},  # too early
    ]
    assert amount(city, "n3", "patents", {"patents": patents}) == ("eligible", "130000.00")
    more = [{"family": n, "country": "us", "granted": "2024-05-01"} for n in range(5)]
    assert amount(city, "n3", "patents", {"patents": more}) == ("eligible", "200000.00")
    assert amount(city, "n3", "patents", {"patents": []}) == ("ineligible", "0.00")


def test_the_files_are_sound(city: Catalog) -> None:
    assert {s.id for s in city.schemes()} == {"n1-equipment-grant", "n2-growth-award", "n3-patent-award"}
