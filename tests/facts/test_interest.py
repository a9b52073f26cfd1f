"""Interest by support year: Actual/360 on what is outstanding, days counted from the first up to, not including, the last."""

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import Catalog, InputError
from calc.rates.interest import Segment, segments, step_years


def day(written: str) -> dt.date:
    return dt.date.fromisoformat(written)


def loan(start: str, end: str, principal: int = 360, drawdowns: list | None = None, repayments: list | None = None) -> dict[str, Any]:
    """A loan of 360 yuan: at 100 % a day, it bears a yuan a day."""
    made: dict[str, Any] = {"principal": principal, "start": day(start), "end": day(end)}
    for name, moves in (("drawdowns", drawdowns), ("repayments", repayments)):
        if moves is not None:
            made[name] = [{"date": day(d), "amount": a} for d, a in moves]
    return made


def by_year(made: dict[str, Any], years: int | None = None) -> dict[int, Fraction]:
    """Principal × days / 360 of each support year."""
    found: dict[int, Fraction] = {}
    for part in segments(made, years and 12 * years, "loans[1]"):
        found[part.year] = found.get(part.year, Fraction(0)) + Fraction(part.principal) * part.days / 360
    return found


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2023-03-01", "2023-03-02", [1]),  # the last day does not count
        ("2023-03-01", "2024-03-01", [366]),  # over 29 February 2024
        ("2022-03-01", "2023-03-01", [365]),
        ("2022-03-01", "2023-03-02", [365, 1]),
        ("2023-03-01", "2026-03-01", [366, 365, 365]),
        ("2023-12-31", "2024-12-31", [366]),
        ("2024-02-29", "2025-02-28", [365]),  # 29 February steps to 28 February
        ("2024-02-29", "2025-03-01", [365, 1]),
        ("2024-02-29", "2028-02-29", [365, 365, 365, 366]),  # and back to the 29th where there is one
        ("2020-02-28", "2021-02-28", [366]),
    ],
)
def test_days_of_each_support_year(start: str, end: str, days: list[int]) -> None:
    assert list(by_year(loan(start, end)).values()) == days


@pytest.mark.parametrize(("years", "days"), [(1, [366]), (2, [366, 365]), (3, [366, 365, 30]), (9, [366, 365, 30]), (None, [366, 365, 30])])
def test_only_so_many_support_years(years: int | None, days: list[int]) -> None:
    assert list(by_year(loan("2023-03-01", "2025-03-31"), years).values()) == days


def test_repayments_lower_what_bears_interest_from_their_day_on() -> None:
    made = loan("2023-01-01", "2023-01-31", repayments=[("2023-01-11", 180), ("2023-01-21", 180)])
    assert by_year(made) == {1: 10 + 5}
    assert list(segments(made, None, "")) == [
        Segment(1, day("2023-01-01"), day("2023-01-11"), 360),
        Segment(1, day("2023-01-11"), day("2023-01-21"), 180),
    ]


def test_drawdowns_raise_it_and_the_first_begins_the_support_years() -> None:
    made = loan("2022-01-01", "2024-01-31", drawdowns=[("2023-01-31", 180), ("2023-01-01", 180)])  # in any order
    assert by_year(made) == {1: Fraction(30, 2) + 335, 2: 30}


def test_a_drawdown_and_a_repayment_of_one_day() -> None:
    made = loan("2023-01-01", "2023-01-31", drawdowns=[("2023-01-01", 120), ("2023-01-11", 240)], repayments=[("2023-01-11", 360)])
    assert by_year(made) == {1: Fraction(10, 3)}


def test_what_is_not_drawn_bears_nothing() -> None:
    assert by_year(loan("2023-01-01", "2023-01-31", drawdowns=[("2023-01-21", 36)])) == {1: 1}


def test_a_gap_without_debt() -> None:
    made = loan("2023-01-01", "2025-01-01", drawdowns=[("2023-01-01", 180), ("2024-12-31", 180)], repayments=[("2023-01-03", 180)])
    assert by_year(made) == {1: 1, 2: Fraction(1, 2)}


def test_empty_lists_are_a_bullet_loan() -> None:
    assert by_year(loan("2023-01-01", "2023-01-31", drawdowns=[], repayments=[])) == {1: 30}


@pytest.mark.parametrize(
    ("made", "fact"),
    [
        (loan("2023-03-01", "2023-03-01"), "loans[1].end"),
        (loan("2023-03-01", "2022-03-01"), "loans[1].end"),
        (loan("2023-01-01", "2023-12-31", drawdowns=[("2023-01-01", 200), ("2023-02-01", 161)]), "loans[1].drawdowns"),
        (loan("2023-01-01", "2023-12-31", drawdowns=[("2024-01-01", 1)]), "loans[1].end"),
        (loan("2023-01-01", "2023-12-31", repayments=[("2022-12-31", 1)]), "loans[1].repayments.date"),
        (loan("2023-01-01", "2023-12-31", repayments=[("2024-01-01", 1)]), "loans[1].repayments.date"),
        (loan("2023-01-01", "2023-12-31", repayments=[("2023-02-01", 200), ("2023-03-01", 161)]), "loans[1].repayments"),
        (loan("2023-01-01", "2023-12-31", drawdowns=[("2023-02-01", 9)], repayments=[("2023-03-01", 10)]), "loans[1].repayments"),
    ],
)
def test_what_contradicts_itself_is_an_input_error(made: dict[str, Any], fact: str) -> None:
    with pytest.raises(InputError) as refusal:
        by_year(made)
    assert refusal.value.fact == fact and refusal.value.accepted


@pytest.mark.parametrize(
    ("list", "fact"),
    [
        ({"drawdowns": [{"amount": 5}]}, "loans[1].drawdowns.date"),
        ({"drawdowns": [{"date": "2023-06-20"}]}, "loans[1].drawdowns.amount"),
        ({"repayments": [{"amount": 5}]}, "loans[1].repayments.date"),
        ({"repayments": [{"date": "2023-06-20"}]}, "loans[1].repayments.amount"),
    ],
)
def test_a_move_needs_date_and_amount(catalog: Catalog, list: dict, fact: str) -> None:
    gates = {"occupancy_rate_one_year": 1, "energy_saving_rate": 1, "renewable_capable": False, "introduced_industry": "high_precision"}
    made = {"principal": 360, "rate": "3%", "start": "2023-06-20", "end": "2024-06-20", **list}
    with pytest.raises(InputError) as refusal:
        catalog.estimate({**gates, "loans": [made]}, "1.01")
    assert refusal.value.fact == fact


@pytest.mark.parametrize(
    ("start", "years", "stepped"),
    [("2024-02-29", 1, "2025-02-28"), ("2024-02-29", 4, "2028-02-29"), ("2024-03-01", -1, "2023-03-01"), ("2024-02-29", -1, "2023-02-28")],
)
def test_steps_of_whole_years(start: str, years: int, stepped: str) -> None:
    assert step_years(day(start), years) == day(stepped)


moves = st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 60)), max_size=4)


@given(st.dates(day("2019-01-01"), day("2030-01-01")), st.integers(1, 1500), moves, moves, st.sampled_from([1, 2, 3, None]))
@settings(max_examples=150, deadline=None)
def test_segments_are_the_debt_of_each_day(start: dt.date, term: int, drawn: list, paid: list, years: int | None) -> None:
    """Against the definition itself: the debt of each single day, added up."""
    made: dict[str, Any] = {"principal": 240, "start": start, "end": start + dt.timedelta(term)}
    drawdowns = [{"date": start, "amount": 60}, *({"date": start + dt.timedelta(d % term), "amount": a} for d, a in drawn if sum(x for _, x in drawn) <= 180)]
    if drawn:
        made["drawdowns"] = drawdowns
    debts = [sum(d["amount"] for d in made.get("drawdowns", [{"date": start, "amount": 240}]) if d["date"] <= start + dt.timedelta(n)) for n in range(term)]
    made["repayments"] = []
    for d, a in paid:
        if min(debts[d % term :]) >= a:
            made["repayments"].append({"date": start + dt.timedelta(d % term), "amount": a})
            debts = [debt - a * (n >= d % term) for n, debt in enumerate(debts)]
    wanted: dict[int, Fraction] = {}
    for n, debt in enumerate(debts):
        year = next(k for k in range(1, 8) if start + dt.timedelta(n) < step_years(start, k))
        if (years is None or year <= years) and debt:
            wanted[year] = wanted.get(year, Fraction(0)) + Fraction(debt, 360)
    assert by_year(made, years) == wanted
