"""Support years and interest on the outstanding principal, days counted [start, end): Actual/360, or by another day count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from calc.errors import InputError
from calc.messages import text
from calc.units import Number, decimal_text, money_words

ACCRUALS = {"day": 0, "month": 1, "quarter": 3}  # interest accrues by the day, or by whole months or quarters and days beyond
PARTS = 360 * 73 * 12  # of a year, in which every day count is whole


@dataclass(frozen=True, slots=True)
class DayCount:
    """How the time that bears interest is counted: ``basis`` is ``360``, ``365`` (actual days over so many) or ``30/360``.

    ``accrual``: a key of ``ACCRUALS``; of a broken month or quarter no more counts than of a whole one.
    """

    basis: str = "360"
    accrual: str = "day"

    @property
    def year(self) -> int:
        """The parts of a year that ``between`` counts in."""
        return (365 if self.basis == "365" else 360) * (12 if self.accrual != "day" else 1)

    def between(self, first: dt.date, start: dt.date, end: dt.date) -> int:
        """The parts of a year from ``start`` to ``end``, of a loan drawn on ``first``."""
        return self._upto(first, end) - self._upto(first, start)

    def _upto(self, first: dt.date, day: dt.date) -> int:
        months = ACCRUALS[self.accrual]
        if not months:
            return self._days(first, day)
        whole = whole_months(first, day) // months * months
        rest = self._days(step_months(first, whole), day)
        basis = self.year // 12
        return whole * basis + min(12 * rest, months * basis)

    def _days(self, start: dt.date, end: dt.date) -> int:
        if self.basis != "30/360":
            return (end - start).days
        return 360 * (end.year - start.year) + 30 * (end.month - start.month) + min(end.day, 30) - min(start.day, 30)


def step_years(day: dt.date, years: int) -> dt.date:
    """``day`` moved by whole years; 29 February steps to 28 February where the year has none."""
    year = day.year + years
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def step_months(day: dt.date, months: int) -> dt.date:
    """``day`` moved by whole months; a day that the month does not have is its last. Raises ``ValueError`` beyond the calendar."""
    if months % 12 == 0:
        return step_years(day, months // 12)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = 31 if month == 11 else (dt.date(year, month + 2, 1) - dt.timedelta(1)).day
    return dt.date(year, month + 1, min(day.day, last))


def _ends(day: dt.date, months: int) -> dt.date:
    """``day`` moved by whole months; beyond the calendar its last day, since no loan ends later."""
    try:
        return step_months(day, months)
    except (ValueError, OverflowError):
        return dt.date.max


def whole_months(start: dt.date, end: dt.date) -> int:
    """The most whole months that ``start`` can be moved on without passing ``end``; 0 where ``end`` is no later."""
    if end <= start:
        return 0
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if step_months(start, months) <= end else months - 1


@dataclass(frozen=True, slots=True)
class Segment:
    """``principal`` (yuan) outstanding from ``start`` up to, not including, ``end``, in support year ``year`` (from 1)."""

    year: int
    start: dt.date
    end: dt.date
    principal: Number

    @property
    def days(self) -> int:
        """Days counted, [start, end)."""
        return (self.end - self.start).days


def first_day(loan: Mapping[str, Any], path: str) -> dt.date:
    """The day of the first drawdown: the earliest of ``drawdowns``, else ``start``. Raises ``InputError`` for one without date."""
    drawn: Sequence[Mapping[str, Any]] = loan.get("drawdowns") or ()
    for move in drawn:
        if "date" not in move:
            raise InputError(f"{path}.drawdowns.date", "", text("accepted.date"))
    start: dt.date = min(move["date"] for move in drawn) if drawn else loan["start"]
    return start


def segments(loan: Mapping[str, Any], months: int | None, path: str) -> Iterator[Segment]:
    """The stretches of constant outstanding principal within the first ``months`` of support (``None``: the whole term).

    ``loan`` has ``principal``, ``start`` and ``end``, and may have ``drawdowns`` and ``repayments`` (date and amount each).
    Raises ``InputError`` (naming ``path``) where dates or amounts contradict one another.
    """
    start, end, principal = first_day(loan, path), loan["end"], loan["principal"]
    if end <= start:
        raise InputError(f"{path}.end", end, text("accepted.after", other=start))
    moves: list[tuple[dt.date, Number]] = []
    drawn = loan.get("drawdowns")
    total: Number = 0
    for move in drawn or ({"date": start, "amount": principal},):
        total += _move(moves, move, 1, start, end, f"{path}.drawdowns")
    if drawn and total > principal:
        raise InputError(f"{path}.drawdowns", decimal_text(total), text("accepted.at_most", limit=_said(principal)))
    for move in loan.get("repayments") or ():
        _move(moves, move, -1, start, end, f"{path}.repayments")
    moves.sort(key=lambda move: move[0])  # on one day, drawdowns stay before repayments
    outstanding: Number = 0
    year = 1
    stop = end if months is None else min(end, _ends(start, months))
    for (day, amount), (following, _) in pairwise([*moves, (end, 0)]):
        outstanding += amount
        if outstanding < 0:
            raise InputError(f"{path}.repayments", day.isoformat(), text("accepted.at_most", limit=_said(outstanding - amount)))
        until = min(following, stop)
        while day < until:
            while day >= _ends(start, 12 * year):
                year += 1
            upto = min(until, _ends(start, 12 * year))
            if outstanding:
                yield Segment(year, day, upto, outstanding)
            day = upto


def _said(amount: Number) -> str:
    """A sum in a message; where it is varied, it is no figure yet."""
    return money_words(amount) if isinstance(amount, (int, Fraction)) else decimal_text(amount)


def _move(
    moves: list[tuple[dt.date, Number]], move: Mapping[str, Any], sign: int, first: dt.date, last: dt.date, path: str
) -> Number:
    for name in ("date", "amount"):
        if name not in move:
            raise InputError(f"{path}.{name}", "", text("accepted.date" if name == "date" else "accepted.money"))
    day: dt.date = move["date"]
    amount: Number = move["amount"]
    if not first <= day <= last:
        raise InputError(f"{path}.date", day, text("accepted.within", first=first, last=last))
    moves.append((day, sign * amount))
    return amount
