"""The variable: a number or a day that notes, at each comparison, how far the answer stays the same."""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from calc.questions.whatif.rational import ONE, Formula, Poly, evaluated, plus, product, roots
from calc.units import Number, decimal_text, simple


@dataclass(slots=True)
class Stretch:
    """The values from ``low`` to ``high`` (``None``: without end), with or without the ends themselves."""

    low: Number | None = None
    low_in: bool = False
    high: Number | None = None
    high_in: bool = False

    def narrow(self, low: Number | None, low_in: bool, high: Number | None, high_in: bool) -> None:
        """Keep only what lies between ``low`` and ``high`` too."""
        if low is not None and (self.low is None or low > self.low or (low == self.low and not low_in)):
            self.low, self.low_in = low, low_in
        if high is not None and (self.high is None or high < self.high or (high == self.high and not high_in)):
            self.high, self.high_in = high, high_in

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))

    @property
    def single(self) -> bool:
        """Whether it is one value only."""
        return self.low is not None and self.low == self.high


class Probe:
    """One run of a computation with its value at ``at``; ``stretch`` is where every decision so far comes out the same."""

    __slots__ = ("at", "stretch")

    def __init__(self, at: Number) -> None:
        self.at = at
        self.stretch = Stretch()

    @property
    def number(self) -> Varied:
        """The variable."""
        return Varied(self, (0, 1), ONE)

    @property
    def day(self) -> VariedDay:
        """The variable as a date; its number is the day's ordinal."""
        return VariedDay(self, 0)

    def decide(self, above: Poly, below: Poly, test: Callable[[Any, Any], bool]) -> bool:
        """``test(above / below, 0)`` at the value at hand, remembering how far that holds on both sides."""
        x = self.at
        answer = test(evaluated(above, x) * evaluated(below, x), 0)
        marks = sorted({*roots(above), *roots(below)})
        if not marks:
            return answer

        def end(beyond: list[Number], sign: int) -> tuple[Number | None, bool]:
            here: Number = x
            for place, mark in enumerate([*beyond, None]):
                between = here + sign if mark is None else Fraction(here + mark) / 2
                if test(evaluated(above, between) * evaluated(below, between), 0) is not answer:
                    return here, True
                if mark is None:
                    return None, False
                if test(evaluated(above, mark) * evaluated(below, mark), 0) is not answer:
                    return beyond[place], False
                here = mark
            raise AssertionError

        high, high_in = end([m for m in marks if m > x], 1)
        low, low_in = end([m for m in reversed(marks) if m < x], -1)
        self.stretch.narrow(low, low_in, high, high_in)
        return answer


class _Compared:
    """What is compared by ``_test``, each comparison kept."""

    __slots__ = ()

    def _test(self, other: Any, test: Callable[[Any, Any], bool]) -> bool:
        raise NotImplementedError

    def __lt__(self, other: Any) -> bool:
        return self._test(other, operator.lt)

    def __le__(self, other: Any) -> bool:
        return self._test(other, operator.le)

    def __gt__(self, other: Any) -> bool:
        return self._test(other, operator.gt)

    def __ge__(self, other: Any) -> bool:
        return self._test(other, operator.ge)

    def __eq__(self, other: object) -> bool:
        return self._test(other, operator.eq)

    def __ne__(self, other: object) -> bool:
        return self._test(other, operator.ne)

    def __hash__(self) -> int:
        raise NotImplementedError


class Varied(_Compared):
    """A number that turns on the variable: a ratio of polynomials in it."""

    __slots__ = ("above", "below", "probe")

    def __init__(self, probe: Probe, above: Poly, below: Poly) -> None:
        self.probe = probe
        self.above = above
        self.below = below

    @property
    def here(self) -> Number:
        """Its value in the run at hand."""
        return simple(Fraction(evaluated(self.above, self.probe.at)) / evaluated(self.below, self.probe.at))

    @property
    def formula(self) -> Formula:
        """It as a function of the variable."""
        return self.above, self.below

    def _ratio(self, other: Any) -> Formula | None:
        if isinstance(other, Varied):
            return other.above, other.below
        if isinstance(other, (int, Fraction)):
            return ((other,) if other else ()), ONE
        return None

    def _sum(self, other: Any, sign: int) -> Any:
        ratio = self._ratio(other)
        if ratio is None:
            return NotImplemented
        above, below = ratio
        if below == self.below:
            return Varied(self.probe, plus(self.above, above, sign), below)
        crossed = plus(product(self.above, below), product(above, self.below), sign)
        return Varied(self.probe, crossed, product(self.below, below))

    def __add__(self, other: Any) -> Any:
        return self._sum(other, 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._sum(other, -1)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> Varied:
        return Varied(self.probe, tuple(-c for c in self.above), self.below)

    def __mul__(self, other: Any) -> Any:
        ratio = self._ratio(other)
        if ratio is None:
            return NotImplemented
        return Varied(self.probe, product(self.above, ratio[0]), product(self.below, ratio[1]))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        ratio = self._ratio(other)
        if ratio is None:
            return NotImplemented
        above, below = product(self.above, ratio[1]), product(self.below, ratio[0])
        if len(below) == 1:
            above, below = tuple(Fraction(c) / below[0] for c in above), ONE
        return Varied(self.probe, above, below)

    def __rtruediv__(self, other: Any) -> Any:
        ratio = self._ratio(other)
        return NotImplemented if ratio is None else Varied(self.probe, *ratio) / self

    def _test(self, other: Any, test: Callable[[Any, Any], bool]) -> bool:
        difference = self - other if self._ratio(other) is not None else None
        return NotImplemented if difference is None else self.probe.decide(difference.above, difference.below, test)

    def __bool__(self) -> bool:
        return self != 0

    def __hash__(self) -> int:
        here = self.here
        _ = self == here
        return hash(here)

    def __int__(self) -> int:
        whole = int(self.here)
        _ = self > whole - 1 if whole <= 0 else self >= whole
        _ = self < whole + 1 if whole >= 0 else self <= whole
        return whole

    def __floor__(self) -> int:
        whole = math.floor(self.here)
        _ = self >= whole
        _ = self < whole + 1
        return whole

    def __abs__(self) -> Number:
        here = self.here  # formulas know no absolute value; texts take it of figures they show
        return here if here >= 0 else -here

    def __str__(self) -> str:
        return decimal_text(self.here)

    @property
    def numerator(self) -> Varied:
        """Itself: only finished amounts are cut to whole numbers."""
        return self

    @property
    def denominator(self) -> int:
        """None to speak of; ``simple`` leaves it as it is."""
        return 0


class VariedDay(_Compared, dt.date):
    """A date that turns on the variable: its ordinal is the variable plus ``shift``."""

    probe: Probe
    shift: int

    def __new__(cls, probe: Probe, shift: int) -> VariedDay:
        """The day ``shift`` days after the variable."""
        plain = dt.date.fromordinal(int(probe.at) + shift)
        self = super().__new__(cls, plain.year, plain.month, plain.day)
        self.probe = probe
        self.shift = shift
        return self

    @property
    def plain(self) -> dt.date:
        """The day in the run at hand."""
        return dt.date.fromordinal(self.toordinal())

    def _ordinal(self) -> Varied:
        return self.probe.number + self.shift  # type: ignore[no-any-return]

    def _number(self, other: Any) -> Any:
        if isinstance(other, VariedDay):
            return other._ordinal()
        return other.toordinal() if isinstance(other, dt.date) else None

    def _within(self, first: dt.date, last: dt.date) -> None:
        _ = self._ordinal() >= first.toordinal()
        _ = self._ordinal() <= last.toordinal()

    def __sub__(self, other: Any) -> Any:
        ordinal = self._number(other)
        return NotImplemented if ordinal is None else Span(self._ordinal() - ordinal)

    def __rsub__(self, other: Any) -> Any:
        ordinal = self._number(other)
        return NotImplemented if ordinal is None else Span(ordinal - self._ordinal())

    @property
    def year(self) -> int:
        """The calendar year."""
        year = self.plain.year
        self._within(dt.date(year, 1, 1), dt.date(year, 12, 31))
        return year

    def replace(self, year: Any = None, month: Any = None, day: Any = None) -> VariedDay:
        """The same day of another year; 29 February stands alone, and parts the days before it from those after."""
        plain = self.plain
        march = dt.date(plain.year, 3, 1)
        if plain >= march:
            self._within(march, dt.date(plain.year, 12, 31))
        elif (plain.month, plain.day) == (2, 29):
            self._within(plain, plain)
        else:
            self._within(dt.date(plain.year, 1, 1), dt.date(plain.year, 2, 28))
        moved = plain.replace(year, month or plain.month, day or plain.day)
        return VariedDay(self.probe, self.shift + moved.toordinal() - plain.toordinal())

    def _test(self, other: Any, test: Callable[[Any, Any], bool]) -> bool:
        ordinal = self._number(other)
        return NotImplemented if ordinal is None else test(self._ordinal(), ordinal)

    def __hash__(self) -> int:
        hash(self._ordinal())
        return hash(self.plain)


class Span:
    """The time between two dates of which one turns on the variable."""

    __slots__ = ("days",)

    def __init__(self, days: Any) -> None:
        self.days = days
