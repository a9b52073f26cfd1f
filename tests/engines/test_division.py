"""Divisions in cells, computed as a spreadsheet does, in binary numbers of 53 bits: exact, whatever the size of what is divided."""

import math
import re
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from calc.engines.formulas import formula as f
from calc.engines.formulas.division import portion, quotient, remainder, share
from calc.engines.formulas.formula import Ex


class Cells:
    """A place that keeps the formula of every helper cell as a number."""

    def hold(self, ex: Ex, label: str = "") -> Ex:
        found = int(computed(ex.text))
        assert abs(found - ex.value) <= 8  # a quotient near the right one will do
        return Ex(str(found) if found >= 0 else f"({found})", found)


def computed(text: str) -> float:
    """What a formula comes to in binary numbers."""
    numbers = re.sub(r"(?<![\w.])(?<!E-)\d+(?![\w.])", lambda one: f"{one[0]}.0", text)
    return eval(numbers, {"INT": lambda x: float(math.floor(x))})


def fen(ex: Ex) -> int:
    """The whole number of a formula with its rest, as the last cell cuts it."""
    return math.floor(computed(f.floor(ex).text))


AMOUNT = st.integers(0, 10**13)
NEAR = st.sampled_from((0, 1, -1))


@settings(max_examples=200, deadline=None)
@given(whole=AMOUNT, near=NEAR, b=st.integers(1, 10**9), d=st.integers(1, 10**9))
def test_a_part_of_an_amount_is_cut_to_the_last_digit(whole: int, near: int, b: int, d: int) -> None:
    # a × b just at, above or below a multiple of d
    a = whole // d * d + (pow(b, -1, d) * near % d if math.gcd(b, d) == 1 else 0)
    if a * b // d >= 10**14:
        return
    found = portion(f.number(a), f.number(b), f.number(d), Cells())  # type: ignore[arg-type]
    assert fen(found) == a * b // d
    assert found.exact == Fraction(a * b, d)


@settings(max_examples=200, deadline=None)
@given(a=AMOUNT, b=st.integers(0, 10**6), d=st.integers(1, 10**7))
def test_a_share_of_an_amount(a: int, b: int, d: int) -> None:
    if a * b // d >= 10**14:
        return
    found = share(f.number(a), f.number(b), f.number(d))
    assert (fen(found), found.exact) == (a * b // d, Fraction(a * b, d))


@settings(max_examples=200, deadline=None)
@given(a=st.integers(-(10**13), 10**13), b=st.integers(-(10**13), 10**13), d=st.integers(1, 10**13))
def test_a_remainder_of_large_numbers(a: int, b: int, d: int) -> None:
    if abs(a * b // d) >= 10**14:
        return
    cells = Cells()
    near = cells.hold(quotient(*map(cells.hold, map(f.number, (a, b, d)))))
    held = [Ex(f"({n})", n) for n in (a, b, d)]
    assert computed(remainder(*held, near).text) == a * b - near.value * d


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(st.tuples(AMOUNT, st.integers(1, 10**6)), min_size=1, max_size=8), limit=AMOUNT)
def test_sums_and_limits_of_parts(parts: list[tuple[int, int]], limit: int) -> None:
    d = 360 * 10**6
    whole, exact = f.ZERO, Fraction(0)
    for a, b in parts:
        whole, exact = f.plus(whole, portion(f.number(a), f.number(b), f.number(d), Cells())), exact + Fraction(a * b, d)  # type: ignore[arg-type]
    assert fen(whole) == math.floor(exact)
    assert (f.test(">=", whole, f.number(limit)).value, f.least(whole, f.number(limit)).exact) == (exact >= limit, min(exact, limit))
    assert computed(f.test(">=", whole, f.number(math.floor(exact))).text)
    assert not computed(f.test(">", whole, f.number(math.ceil(exact))).text)


def test_many_rests_add_up_to_the_last_digit() -> None:
    for many, d in ((900, 3), (700, 7), (1000, 360 * 10**6)):
        rests = [Fraction(k % d, d) for k in range(1, many + 1)]
        cells = tuple(Ex(f"A{k}", 0, rest=Ex(f"B{k}", rest)) for k, rest in enumerate(rests))
        found = f.sum_rows(f.joined(cells), (f.joined([cell.main for cell in cells]), "==", f.ZERO))
        assert found.exact == sum(rests)
        assert 0 <= found.parts.value < 2
