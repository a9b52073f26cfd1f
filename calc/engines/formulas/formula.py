"""Spreadsheet formulas that know what they come to: the text goes into the sheet, the value beside it as its cached result.

Values are exact (``int``, ``Fraction``), yes/no, text or a ``Gap``. A gap is a spreadsheet error and spreads like one:
``#N/A`` stands for a fact not given, ``#DIV/0!`` for "no tier, case or item fits". A *verdict* is 1 (met), 0 (unmet) or 1/2
(unknown): then *and* is MIN, *or* is MAX and *not* is 1 − x, which is Kleene's logic without a special case.

A figure that is no whole number is two: a whole number and a ``rest`` beside it, parts of one. The whole numbers are exact in a
sheet, and the rests are small, so that a sum of them is far nearer to the truth than two different figures can be to each other.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import reduce
from typing import Any

from calc.rates.interest import DayCount, step_months, step_years, whole_months
from calc.units import Number, simple

EPOCH = dt.date(1899, 12, 30)
HALF = Fraction(1, 2)
TINY = "1E-13"  # rests that are this near are the same: hundreds of binary roundings, each at most 1.2E-16, come to less
GRAIN = 2**20  # parts of one in which many rests are added up, so that what is below them is rounded as little as one of them


class Gap(Enum):
    """A spreadsheet error and what it means here."""

    OPEN = "#N/A"
    NONE = "#DIV/0!"


Value = int | Fraction | str | bool | Gap


@dataclass(frozen=True, slots=True)
class Ex:
    """An expression: its ``text``, its ``value`` now, and whether it reads as one operand (``tight``).

    Where there is a ``rest``, text and value are those of the whole number beside it.
    """

    text: str
    value: Any
    tight: bool = True
    rest: Ex | None = None

    @property
    def operand(self) -> str:
        """The text, in brackets where it needs them."""
        return self.text if self.tight else f"({self.text})"

    @property
    def short(self) -> bool:
        """Whether it can be written several times as it is."""
        return all(part.tight and "(" not in part.text for part in (self, self.parts))

    @property
    def main(self) -> Ex:
        """The expression without its rest."""
        return self if self.rest is None else replace(self, rest=None)

    @property
    def parts(self) -> Ex:
        """The rest; 0 where there is none."""
        return ZERO if self.rest is None else self.rest

    @property
    def exact(self) -> Any:
        """The value with that of the rest."""
        return self.value if self.rest is None or isinstance(self.value, Gap) else self.value + self.rest.value


@dataclass(frozen=True, slots=True)
class Span:
    """A row or column of cells; the rests of its cells are another."""

    text: str
    cells: tuple[Ex, ...]
    rest: Span | None = None


def joined(cells: Sequence[Ex]) -> Span:
    """Cells that stand in one row or column, as a range."""
    head, last = cells[0].text, cells[-1].text
    rest = None if cells[0].rest is None else joined([cell.parts for cell in cells])
    return Span(f"{head}:{last.rpartition('!')[2]}", tuple(cells), rest)


OPEN = Ex("NA()", Gap.OPEN)
NONE = Ex("1/0", Gap.NONE, False)
UNKNOWN = Ex("0.5", HALF)


def number(value: Number) -> Ex:
    """A figure; a fraction as a division of whole numbers."""
    if isinstance(value, Fraction) and value.denominator != 1:
        return Ex(f"{value.numerator}/{value.denominator}", value, False)
    return Ex(str(int(value)), int(value), value >= 0)


ZERO, ONE = number(0), number(1)


def word(said: str) -> Ex:
    """A text."""
    return Ex('"' + said.replace('"', '""') + '"', said)


BETWEEN = "；;、，,|｜ "  # what may stand between the words of a cell, and within them


def parted(cell: Ex) -> Ex:
    """The words of a cell, each between two of one sign; a gap where the cell is blank."""
    text = cell.text
    for sign in BETWEEN[1:-1]:
        text = f'SUBSTITUTE({text},"{sign}","；")'
    text = f'SUBSTITUTE({text}," ","")'
    return Ex(f'IF({cell.text}="",NA(),"；"&{text}&"；")', Gap.OPEN if not cell.value else _parted(str(cell.value)))


def _parted(said: str) -> str:
    for sign in BETWEEN[1:-1]:
        said = said.replace(sign, "；")
    return "；" + said.replace(" ", "") + "；"


def holds(words: Ex, said: str) -> Ex:
    """Whether a word is among those that ``parted`` gave."""
    return strict(f"ISNUMBER(FIND({word(_parted(said)).text},{words.text}))", True, lambda all_: _parted(said) in all_, words)


def serial(day: dt.date) -> int:
    """A date as the number spreadsheets keep."""
    return (day - EPOCH).days


def date(day: dt.date) -> Ex:
    """A date."""
    return Ex(f"DATE({day.year},{day.month},{day.day})", serial(day))


def _gap(*args: Ex) -> Gap | None:
    return next((a.value for a in args if isinstance(a.value, Gap)), None)


def strict(text: str, tight: bool, run: Callable[..., Any], *args: Ex) -> Ex:
    """A formula that is a gap where one of ``args`` is, else what ``run`` makes of their values."""
    gap = _gap(*args)
    return Ex(text, run(*(a.value for a in args)) if gap is None else gap, tight)


# ---------------------------------------------------------------- numbers


def _rested(whole: Ex, run: Callable[..., Ex], *args: Ex) -> Ex:
    """A whole number with the rest that ``run`` makes of the rests of ``args``, where one has any."""
    if all(a.rest is None for a in args):
        return whole
    return replace(whole, rest=run(*(a.parts for a in args)))


def plus(a: Ex, b: Ex) -> Ex:
    """a + b."""
    if ZERO in (a, b):
        return b if a == ZERO else a
    return _rested(strict(f"{a.text}+{b.operand}", False, operator.add, a, b), plus, a, b)


def minus(a: Ex, b: Ex) -> Ex:
    """a − b."""
    return a if b == ZERO else _rested(strict(f"{a.text}-{b.operand}", False, operator.sub, a, b), minus, a, b)


def times(a: Ex, b: Ex) -> Ex:
    """a × b, one of them a whole number."""
    if ONE in (a, b):
        return b if a == ONE else a
    found = strict(f"{a.operand}*{b.operand}", False, operator.mul, a, b)
    if a.rest is not None:
        return replace(found, rest=times(a.rest, b.main))
    return found if b.rest is None else replace(found, rest=times(a, b.rest))


def over(a: Ex, b: Ex) -> Ex:
    """a ÷ b, as spreadsheets divide; a rest of a is left out."""
    a = a.main
    if b == ONE:
        return a
    if b.value == 0 and not isinstance(b.value, bool):
        return Ex(f"{a.operand}/{b.operand}", Gap.NONE, False)
    return strict(f"{a.operand}/{b.operand}", False, lambda x, y: simple(Fraction(x) / y), a, b)


def floor(a: Ex) -> Ex:
    """The whole number at or below a."""
    if a.rest is None:
        return strict(f"INT({a.text})", True, lambda x: x.numerator // x.denominator, a)
    return plus(a.main, strict(f"INT({a.rest.text}+{TINY})", True, lambda x: x.numerator // x.denominator, a.rest))


def floor_over(a: Ex, b: Ex) -> Ex:
    """The whole number at or below a ÷ b, for a whole number b."""
    return floor(a) if b == ONE else floor(over(floor(a) if a.rest is not None else a, b))


def normal(a: Ex) -> Ex:
    """a with a rest of 0 or more and below 1."""
    return a if a.rest is None else replace(floor(a), rest=minus(a.rest, floor(replace(ZERO, rest=a.rest))))


def sign(a: Ex) -> Ex:
    """-1, 0 or 1."""
    return strict(f"SIGN({a.text})", True, lambda x: (x > 0) - (x < 0), a)


def size(a: Ex) -> Ex:
    """a without its sign."""
    return strict(f"ABS({a.text})", True, abs, a)


def divided(q: Ex, left: Ex, d: Ex) -> Ex:
    """q + left ÷ d of whole numbers, where ``left`` is not much larger than d."""
    more = floor(over(left, d))
    return replace(plus(q, more), rest=over(minus(left, times(more, d)), d))


def least(*args: Ex) -> Ex:
    """MIN."""
    if any(a.rest is not None for a in args):
        return reduce(lambda a, b: if_(test("<=", a, b), a, b), args)
    return args[0] if len(args) == 1 else strict(f"MIN({','.join(a.text for a in args)})", True, lambda *v: min(v), *args)


def most(*args: Ex) -> Ex:
    """MAX."""
    if any(a.rest is not None for a in args):
        return reduce(lambda a, b: if_(test(">=", a, b), a, b), args)
    return args[0] if len(args) == 1 else strict(f"MAX({','.join(a.text for a in args)})", True, lambda *v: max(v), *args)


def add_up(span: Span) -> Ex:
    """SUM of cells."""
    found = strict(f"SUM({span.text})", True, lambda *v: sum(v), *span.cells)
    return found if span.rest is None else replace(found, rest=add_up(span.rest))


def least_of(span: Span) -> Ex:
    """MIN of cells."""
    found = strict(f"MIN({span.text})", True, lambda *v: min(v), *span.cells)
    return found if span.rest is None else replace(found, rest=minus(ONE, _of_those(found, span, "1-", lambda x: 1 - x)))


def most_of(span: Span) -> Ex:
    """MAX of cells."""
    found = strict(f"MAX({span.text})", True, lambda *v: max(v), *span.cells)
    return found if span.rest is None else replace(found, rest=_of_those(found, span, "", lambda x: x))


def _of_those(found: Ex, span: Span, sign: str, of: Callable[[Any], Any]) -> Ex:
    """The largest of the rests (``sign``, ``of``: or of what they lack) of the cells whose whole number is the one found."""
    assert span.rest is not None
    text = f"SUMPRODUCT(MAX(({span.text}={found.text})*({sign}{span.rest.text})))"
    if isinstance(found.value, Gap):
        return Ex(text, found.value)
    return Ex(text, max(of(rest.value) for cell, rest in zip(span.cells, span.rest.cells, strict=True) if cell.value == found.value))


# ---------------------------------------------------------------- tests, choices, gaps

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_SIGNS = {"==": "=", "!=": "<>"}


_NEAR = {"==": f"<{TINY}", "!=": f">={TINY}", ">=": f">-{TINY}", "<=": f"<{TINY}", ">": f">={TINY}", "<": f"<=-{TINY}"}


def _apart(op: str, whole: str, rest: str) -> str:
    """A comparison by how far two figures are apart."""
    apart = f"({whole})+({rest})"
    return f"ABS({apart}){_NEAR[op]}" if op in ("==", "!=") else f"{apart}{_NEAR[op]}"


def test(op: str, a: Ex, b: Ex) -> Ex:
    """A comparison, TRUE or FALSE."""
    if a.rest is not None or b.rest is not None:
        gap = _gap(a, b)
        text = _apart(op, minus(a.main, b.main).text, minus(a.parts, b.parts).text)
        return Ex(text, _TESTS[op](a.exact, b.exact) if gap is None else gap, False)
    return strict(f"{a.text}{_SIGNS.get(op, op)}{b.text}", False, _TESTS[op], a, b)


def every(*tests: Ex) -> Ex:
    """AND of tests."""
    return tests[0] if len(tests) == 1 else strict(f"AND({','.join(t.text for t in tests)})", True, lambda *v: all(v), *tests)


def some(*tests: Ex) -> Ex:
    """OR of tests."""
    return tests[0] if len(tests) == 1 else strict(f"OR({','.join(t.text for t in tests)})", True, lambda *v: any(v), *tests)


def if_(condition: Ex, then: Ex, otherwise: Ex) -> Ex:
    """IF; the branch not taken is not evaluated."""
    text = f"IF({condition.text},{then.text},{otherwise.text})"
    taken = then if isinstance(condition.value, Gap) or condition.value else otherwise
    found = Ex(text, condition.value if isinstance(condition.value, Gap) else taken.value)
    return _rested(found, lambda a, b: if_(condition, a, b), then, otherwise)


def is_open(a: Ex) -> Ex:
    """Whether a turns on facts not given."""
    return Ex(f"ISNA({a.text})", a.value is Gap.OPEN)


def is_none(a: Ex) -> Ex:
    """Whether nothing fits."""
    return Ex(f"ISERR({a.text})", a.value is Gap.NONE)


def is_gap(a: Ex) -> Ex:
    """Whether a is a gap of either kind."""
    return Ex(f"ISERROR({a.text})", isinstance(a.value, Gap))


def or_else(a: Ex, instead: Ex) -> Ex:
    """a, or ``instead`` where a is a gap."""
    found = Ex(f"IFERROR({a.text},{instead.text})", instead.value if isinstance(a.value, Gap) else a.value)
    if a.rest is None and instead.rest is None:
        return found
    return replace(found, rest=if_(is_gap(a.main), instead.parts, a.parts))


def pick(index: Ex, *words: Ex) -> Ex:
    """CHOOSE: the index-th of several."""
    text = f"CHOOSE({index.text},{','.join(w.text for w in words)})"
    return Ex(text, index.value if isinstance(index.value, Gap) else words[int(index.value) - 1].value)


def verdict(condition: Ex, unsure: Ex = UNKNOWN) -> Ex:
    """A test as a verdict; ``unsure`` where it is a gap."""
    return or_else(if_(condition, ONE, ZERO), unsure)


def opposite(a: Ex) -> Ex:
    """*Not* of a verdict."""
    return minus(ONE, a)


# ---------------------------------------------------------------- dates


def step_date(day: Ex, years: Ex) -> Ex:
    """A date moved by whole years; 29 February steps to 28 February."""

    def run(value: Any, count: Any) -> Value:
        try:
            return serial(step_years(EPOCH + dt.timedelta(int(value)), int(count)))
        except (ValueError, OverflowError):
            return Gap.NONE

    return strict(f"EDATE({day.text},12*{years.operand})", True, run, day, years)


def step_month(day: Ex, months: Ex) -> Ex:
    """A date moved on by whole months; a day that the month does not have is its last."""

    def run(value: Any, count: Any) -> Value:
        try:
            return serial(step_months(EPOCH + dt.timedelta(int(value)), int(count)))
        except (ValueError, OverflowError):
            return Gap.NONE

    return strict(f"EDATE({day.text},{months.text})", True, run, day, months)


def months_between(start: Ex, end: Ex) -> Ex:
    """The whole months from one date up to another; 0 where that is no later."""

    def run(first: Any, last: Any) -> Value:
        return whole_months(EPOCH + dt.timedelta(int(first)), EPOCH + dt.timedelta(int(last)))

    a, b = start.text, end.text
    count = f"((YEAR({b})-YEAR({a}))*12+MONTH({b})-MONTH({a}))"
    return strict(f"IF({b}<={a},0,{count}-IF(EDATE({a},{count})>{b},1,0))", True, run, start, end)


def _thirty(day: str) -> str:
    """The number of a day where every month has 30; of several days at once, too."""
    return f"(360*YEAR({day})+30*MONTH({day})+DAY({day})-(DAY({day})=31))"


def _thirty_days(start: Any, end: Any) -> int:
    first, last = (EPOCH + dt.timedelta(int(day)) for day in (start, end))
    return DayCount("30/360").between(first, first, last)


def thirty_days(start: Ex, end: Ex) -> Ex:
    """The days from one date up to another where every month has 30."""
    return strict(f"({_thirty(end.text)}-{_thirty(start.text)})", True, _thirty_days, start, end)


def year_of(day: Ex) -> Ex:
    """The calendar year of a date."""
    return strict(f"YEAR({day.text})", True, lambda value: (EPOCH + dt.timedelta(int(value))).year, day)


# ---------------------------------------------------------------- several rows at once

Test = tuple[Span, str, Ex]


def _row(span: Span, op: str, ex: Ex) -> str:
    if span.rest is None and ex.rest is None:
        return f"({span.text}{_SIGNS.get(op, op)}{ex.text})"
    rests = "0" if span.rest is None else span.rest.text
    return f"({_apart(op, f'{span.text}-{ex.operand}', f'{rests}-{ex.parts.operand}')})"


def _rows(tests: Sequence[Test]) -> tuple[str, Gap | None, list[int]]:
    text = "*".join(_row(*test) for test in tests)
    gap = next((g for span, _, ex in tests if (g := _gap(*span.cells, ex)) is not None), None)
    if gap is not None:
        return text, gap, []
    length = len(tests[0][0].cells)
    return text, None, [i for i in range(length) if all(_TESTS[op](span.cells[i].exact, ex.exact) for span, op, ex in tests)]


def count_rows(*tests: Test) -> Ex:
    """How many rows pass all ``tests``. (SUMPRODUCT: unlike COUNTIFS it compares figures of 16 digits and never reads wildcards.)"""
    text, gap, rows = _rows(tests)
    return Ex(f"SUMPRODUCT({text}*1)", len(rows) if gap is None else gap)


def sum_rows(span: Span, *tests: Test) -> Ex:
    """The sum of ``span`` over the rows that pass all ``tests``."""
    text, gap, rows = _rows(tests)
    gap = gap if gap is not None else _gap(*span.cells)
    found = Ex(f"SUMPRODUCT({text}*{span.text})", sum(span.cells[i].value for i in rows) if gap is None else gap)
    if span.rest is None:
        return found
    grains = f"INT({span.rest.text}*{GRAIN})"
    rests = [span.rest.cells[i].value for i in rows]
    high = Ex(f"SUMPRODUCT({text}*{grains})", sum(math.floor(rest * GRAIN) for rest in rests) if gap is None else gap)
    left = sum(rest - Fraction(math.floor(rest * GRAIN), GRAIN) for rest in rests)
    low = Ex(f"SUMPRODUCT({text}*({span.rest.text}-{grains}/{GRAIN}))", left if gap is None else gap)
    return plus(divided(found, high, number(GRAIN)), replace(ZERO, rest=low))


def first_day(days: Span, *tests: Test) -> Ex:
    """The earliest of ``days`` over the rows that pass all ``tests``; only for use where one does."""
    text, gap, rows = _rows(tests)
    found = min((days.cells[i].value for i in rows), default=0) if gap is None else gap
    return Ex(f"SUMPRODUCT(MIN((1-{text})*1000000+{days.text}))", found)


def amount_days(amounts: Span, days: Span, of: Test, start: Ex, end: Ex, thirty: bool = False) -> Ex:
    """Amounts moved on ``days``, each times the days from then (or ``start``) up to ``end``, over the rows that pass ``of``.

    ``thirty``: every month has 30 days.
    """
    span, op, which = of
    text = f"({span.text}{_SIGNS.get(op, op)}{which.text})"
    a, b, d = start.operand, end.operand, days.text
    at = _thirty if thirty else str
    formula = f"SUMPRODUCT({text}*{amounts.text}*(({d}<={a})*({at(b)}-{at(a)})+({d}>{a})*({d}<{b})*({at(b)}-{at(d)})))"
    gap = _gap(start, end, which)
    if gap is not None:
        return Ex(formula, gap)
    _, _, rows = _rows((of,))

    def count(first: Any, last: Any) -> int:
        return _thirty_days(first, last) if thirty else int(last - first)

    return Ex(formula, sum(amounts.cells[i].value * max(0, count(max(days.cells[i].value, start.value), end.value)) for i in rows))


def letters(column: int) -> str:
    """The letters of a column, from 0."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
