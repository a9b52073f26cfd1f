"""Exact functions of one value: any computation run with a variable says, stretch by stretch, what it says of plain numbers."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.questions.whatif.pieces import bends, join, tile
from calc.questions.whatif.rational import ONE, CurvedError, TooManyError, value
from calc.questions.whatif.varied import Probe, Stretch, Varied
from calc.rates.interest import segments, step_years

WHOLE_LINE = Stretch()
FROM_ZERO = Stretch(0, True)


def formula(found):
    if isinstance(found, Varied):
        return found.formula
    return ((found,) if found else ()), ONE


def pieces_of(run, within=FROM_ZERO, whole=False, most=500):
    found = [(stretch, formula(result), result) for stretch, result in tile(lambda p: run(p.number), within, whole, most)]
    return join(found, whole)


def at(pieces, x):
    inside = [
        p
        for p in pieces
        if (p.stretch.low is None or p.stretch.low < x or (p.stretch.low == x and p.stretch.low_in))
        and (p.stretch.high is None or x < p.stretch.high or (x == p.stretch.high and p.stretch.high_in))
    ]
    assert len(inside) == 1, "every value lies in one piece"
    return value(inside[0].formula, x)


def turns(run, within=FROM_ZERO, whole=False):
    return [(b.at, b.inside, b.kind, b.before, b.after) for b in bends(pieces_of(run, within, whole), whole)]


def test_a_cap_is_a_saturation():
    assert turns(lambda x: min(x * Fraction(3, 10), 50)) == [(Fraction(500, 3), False, "saturation", 50, 50)]


def test_a_threshold_says_whether_its_value_is_inside():
    assert turns(lambda x: 7 if x >= 10 else 2) == [(10, True, "threshold", 2, 7)]
    assert turns(lambda x: 7 if x > 10 else 2) == [(10, False, "threshold", 2, 7)]


def test_one_value_of_its_own_is_two_thresholds():
    assert turns(lambda x: 7 if x == 10 else 2) == [(10, True, "threshold", 2, 7), (10, False, "threshold", 7, 2)]


def test_a_change_of_rate_is_a_kink():
    assert turns(lambda x: x + max(0, x - 4)) == [(4, False, "kink", 4, 4)]


def test_comparisons_that_change_nothing_are_no_turning_points():
    assert turns(lambda x: x * 2 if x > 3 else x + x) == []
    assert turns(lambda x: x if x != 3 else 3) == []


def test_a_ratio_is_exact():
    # c/x falls to the limit of 2 at x = 50; the slope just before is -1/25
    (bend,) = bends(pieces_of(lambda x: max(100 / x, 2), Stretch(1, True)), False)
    assert (bend.at, bend.kind, bend.slope_before, bend.slope_after) == (50, "kink", Fraction(-1, 25), 0)


def test_a_curve_that_meets_a_limit_at_a_rational_place():
    assert turns(lambda x: min(x * x, 9)) == [(3, False, "saturation", 9, 9)]


def test_an_irrational_place_is_refused_not_rounded():
    with pytest.raises(CurvedError):
        pieces_of(lambda x: min(x * x, 2))


def test_whole_numbers_turn_at_whole_numbers():
    # 1200 at 4, and 1300 instead of 1500 at 5
    assert turns(lambda n: min(n * 300, 1300), whole=True) == [(5, True, "saturation", 1200, 1300)]
    assert turns(lambda n: 5 if n > 3 else 0, whole=True) == [(4, True, "threshold", 0, 5)]


def test_whole_numbers_that_are_counted_out_lie_on_a_line():
    # int() asks for every value by itself: 0, 100, 200, 300 and then no more
    assert turns(lambda n: sum([100] * int(min(n, 3))), whole=True) == [(3, True, "saturation", 300, 300)]


def test_values_used_as_keys_are_looked_at_one_by_one():
    assert turns(lambda n: {2020: 5}.get(n, 0), Stretch(2018, True, 2023, True), True) == [
        (2020, True, "threshold", 0, 5),
        (2021, True, "threshold", 5, 0),
    ]


def test_too_many_stretches_are_refused():
    with pytest.raises(TooManyError):
        list(tile(lambda p: hash(p.number), FROM_ZERO, True, 50))


EXPRESSIONS = st.recursive(
    st.one_of(st.just(("x",)), st.tuples(st.just("c"), st.integers(-6, 30))),
    lambda below: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "min", "max"]), below, below),
        st.tuples(st.just("k"), st.fractions(-2, 3, max_denominator=5), below),
        st.tuples(st.just("if"), st.sampled_from(["<", "<=", "==", "!="]), below, below, below, below),
    ),
    max_leaves=14,
)


def evaluate(tree, x):
    kind = tree[0]
    if kind == "x":
        return x
    if kind == "c":
        return tree[1]
    if kind == "k":
        return tree[1] * evaluate(tree[2], x)
    if kind == "if":
        left, right = evaluate(tree[2], x), evaluate(tree[3], x)
        holds = {"<": left < right, "<=": left <= right, "==": left == right, "!=": left != right}[tree[1]]
        return evaluate(tree[4] if holds else tree[5], x)
    left, right = evaluate(tree[1], x), evaluate(tree[2], x)
    if kind in ("min", "max"):
        return min(left, right) if kind == "min" else max(left, right)
    return left + right if kind == "+" else left - right


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, st.lists(st.fractions(-40, 40, max_denominator=60), max_size=8))
def test_pieces_say_what_plain_numbers_say(tree, places):
    pieces = pieces_of(lambda x: evaluate(tree, x), WHOLE_LINE)
    ends = [end for p in pieces for end in (p.stretch.low, p.stretch.high) if end is not None]
    for x in [*places, *ends, *(end + d for end in ends for d in (-1, 1, Fraction(-1, 997), Fraction(1, 997)))]:
        assert at(pieces, x) == evaluate(tree, x)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS)
def test_every_turning_point_is_real_and_none_is_missing(tree):
    pieces = pieces_of(lambda x: evaluate(tree, x), WHOLE_LINE)
    found = {b.at for b in bends(pieces, False)}
    near = Fraction(1, 10**9)
    for p in pieces:
        end = p.stretch.high
        if end is None:
            continue
        left, here, right = (evaluate(tree, end + d) for d in (-near, 0, near))
        straight = here - left == right - here
        assert straight != (end in found)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS)
def test_whole_numbers_say_what_plain_numbers_say(tree):
    pieces = pieces_of(lambda n: evaluate(tree, n), Stretch(0, True, 60, True), True)
    for n in range(61):
        assert at(pieces, n) == evaluate(tree, n)


# ---------------------------------------------------------------- dates

FIRST, LAST = dt.date(2019, 11, 1), dt.date(2025, 3, 31)


def days_of(run):
    within = Stretch(FIRST.toordinal(), True, LAST.toordinal(), True)
    return join([(s, formula(r), r) for s, r in tile(lambda p: run(p.day), within, True, 2000)], True)


def check_days(run):
    pieces = days_of(run)
    for ordinal in range(FIRST.toordinal(), LAST.toordinal() + 1):
        assert at(pieces, ordinal) == run(dt.date.fromordinal(ordinal)), dt.date.fromordinal(ordinal)
    return pieces


def test_steps_of_years_from_every_day():
    end = dt.date(2026, 2, 28)
    check_days(lambda day: (step_years(day, 3) - day).days)
    check_days(lambda day: (min(end, step_years(day, 2)) - day).days)
    check_days(lambda day: (end - step_years(day, -1)).days)


def test_calendar_years_and_limits_on_days():
    assert len(check_days(lambda day: day.year)) == 7
    assert len(check_days(lambda day: 1 if dt.date(2023, 1, 1) <= day <= dt.date(2023, 11, 30) else 0)) == 3


def test_interest_by_the_first_day_of_the_loan():
    def interest(day):
        loan = {
            "principal": 360,
            "start": day,
            "end": dt.date(2026, 4, 30),
            "repayments": [{"date": dt.date(2025, 6, 30), "amount": 100}, {"date": dt.date(2026, 1, 1), "amount": 60}],
        }
        return sum(part.principal * part.days for part in segments(loan, 36, "loan"))

    check_days(interest)


def test_interest_by_the_day_of_a_repayment():
    def interest(day):
        loan = {
            "principal": 360,
            "start": FIRST,
            "end": LAST,
            "repayments": [{"date": dt.date(2021, 6, 30), "amount": 100}, {"date": day, "amount": 200}],
        }
        return sum(part.principal * part.days for part in segments(loan, None, "loan"))

    check_days(interest)


def test_a_varied_number_shows_its_value_in_texts():
    number = Probe(Fraction(5, 2)).number
    assert str(number * 2 + 1) == "6"
    assert abs(-number) == Fraction(5, 2)
