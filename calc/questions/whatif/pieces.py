"""A computation as an exact function of one value, found from the computation itself.

The explainer is run with a variable in place of the value: a ``Varied`` number (a ratio of polynomials) or a ``VariedDay``.
Arithmetic keeps the formula. Each comparison is decided at one place, and narrows the stretch around it to the values that
decide it the same way; the formula holds on what is left. ``tile`` covers a range with such stretches, so that no decision
goes unseen and nothing is sampled.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from calc.units import Number, decimal_text, simple

Poly = tuple[Number, ...]  # coefficients, lowest power first, the last one not 0
Formula = tuple[Poly, Poly]  # a ratio: numerator, denominator
T = TypeVar("T")

ONE: Poly = (1,)


class CurvedError(ArithmeticError):
    """A turning point that is no rational number (a curve meets a limit)."""


class TooManyError(ArithmeticError):
    """More stretches than ``tile`` may look at."""


# ---------------------------------------------------------------- formulas


def _trim(coefficients: list[Number]) -> Poly:
    while coefficients and not coefficients[-1]:
        coefficients.pop()
    return tuple(coefficients)


def _add(a: Poly, b: Poly, sign: int = 1) -> Poly:
    size = max(len(a), len(b))
    return _trim([(a[i] if i < len(a) else 0) + sign * (b[i] if i < len(b) else 0) for i in range(size)])


def _times(a: Poly, b: Poly) -> Poly:
    if ONE in (a, b):
        return a if b == ONE else b
    product: list[Number] = [0] * max(0, len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            product[i + j] += x * y
    return _trim(product)


def _at(poly: Poly, x: Number) -> Number:
    found: Number = 0
    for coefficient in reversed(poly):
        found = found * x + coefficient
    return found


def _roots(poly: Poly) -> list[Number]:
    if len(poly) < 2:
        return []
    if len(poly) == 2:
        return [-Fraction(poly[0]) / poly[1]]
    if not poly[0]:
        return sorted({0, *_roots(poly[1:])})
    if len(poly) > 3:
        raise CurvedError
    c, b, a = map(Fraction, poly)
    square = b * b - 4 * a * c
    if square < 0:
        return []
    root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    if root * root != square:
        raise CurvedError
    return sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)})


def value(formula: Formula, x: Number) -> Number | None:
    """What a formula comes to at ``x``; ``None`` where it has a pole."""
    above, below = formula
    under = _at(below, x)
    return simple(Fraction(_at(above, x)) / under) if under else None


def slope(formula: Formula, x: Number) -> Number | None:
    """How fast a formula grows at ``x``, per unit; ``None`` where it has a pole."""
    above, below = formula
    under = _at(below, x)
    if not under:
        return None
    rise = _at(_derivative(above), x) * under - _at(above, x) * _at(_derivative(below), x)
    return simple(Fraction(rise) / under**2)


def _derivative(poly: Poly) -> Poly:
    return tuple(power * coefficient for power, coefficient in enumerate(poly))[1:]


def same(a: Formula, b: Formula) -> bool:
    """Whether two formulas are one function."""
    return _times(a[0], b[1]) == _times(b[0], a[1])


def reaches(formula: Formula, target: Number) -> list[Number]:
    """Where a formula comes to ``target``."""
    return _roots(_add(formula[0], _times((target,) if target else (), formula[1]), -1))


# ---------------------------------------------------------------- the variable


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
        answer = test(_at(above, x) * _at(below, x), 0)
        marks = sorted({*_roots(above), *_roots(below)})
        if not marks:
            return answer

        def end(beyond: list[Number], sign: int) -> tuple[Number | None, bool]:
            here: Number = x
            for place, mark in enumerate([*beyond, None]):
                between = here + sign if mark is None else Fraction(here + mark) / 2
                if test(_at(above, between) * _at(below, between), 0) is not answer:
                    return here, True
                if mark is None:
                    return None, False
                if test(_at(above, mark) * _at(below, mark), 0) is not answer:
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
        return simple(Fraction(_at(self.above, self.probe.at)) / _at(self.below, self.probe.at))

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
            return Varied(self.probe, _add(self.above, above, sign), below)
        crossed = _add(_times(self.above, below), _times(above, self.below), sign)
        return Varied(self.probe, crossed, _times(self.below, below))

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
        return Varied(self.probe, _times(self.above, ratio[0]), _times(self.below, ratio[1]))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        ratio = self._ratio(other)
        if ratio is None:
            return NotImplemented
        above, below = _times(self.above, ratio[1]), _times(self.below, ratio[0])
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


# ---------------------------------------------------------------- tiling


def tile(run: Callable[[Probe], T], within: Stretch, whole: bool, most: int) -> Iterator[tuple[Stretch, T]]:
    """The stretches that cover ``within``, in rising order, each with what ``run`` gave there; ``whole``: whole numbers only.

    Raises ``TooManyError`` past ``most`` runs, ``CurvedError`` where an end is no rational number.
    """
    ahead: list[Stretch | tuple[Stretch, T]] = [_whole(within) if whole else within]
    runs = 0
    while ahead:
        left = ahead.pop()
        if isinstance(left, tuple):
            yield left
            continue
        if left.empty:
            continue
        runs += 1
        if runs > most:
            raise TooManyError
        probe = Probe(_inside(left, whole))
        found = run(probe)
        here = probe.stretch
        here.narrow(left.low, left.low_in, left.high, left.high_in)
        if whole:
            here = _whole(here)
        if here.high is not None:
            ahead.append(_after(here, left, whole))
        ahead.append((here, found))
        if here.low is not None:
            ahead.append(_before(here, left, whole))


def _whole(stretch: Stretch) -> Stretch:
    """The whole numbers of a stretch, both ends included."""
    low, high = stretch.low, stretch.high
    if low is not None:
        low = math.ceil(low) if stretch.low_in else math.floor(low) + 1
    if high is not None:
        high = math.floor(high) if stretch.high_in else math.ceil(high) - 1
    return Stretch(low, low is not None, high, high is not None)


def _after(here: Stretch, left: Stretch, whole: bool) -> Stretch:
    assert here.high is not None
    if whole:
        return Stretch(here.high + 1, True, left.high, left.high_in)
    return Stretch(here.high, not here.high_in, left.high, left.high_in)


def _before(here: Stretch, left: Stretch, whole: bool) -> Stretch:
    assert here.low is not None
    if whole:
        return Stretch(left.low, left.low_in, here.low - 1, True)
    return Stretch(left.low, left.low_in, here.low, not here.low_in)


def _inside(stretch: Stretch, whole: bool) -> Number:
    """A value well inside a stretch."""
    low, high = stretch.low, stretch.high
    if low is None:
        return 0 if high is None else min(2 * high, -high) - 1
    if high is None:
        return max(2 * low, -low) + 1
    middle = Fraction(low + high, 2)
    return math.floor(middle) if whole else simple(middle)


# ---------------------------------------------------------------- pieces and turning points


@dataclass(slots=True)
class Piece:
    """Where one formula holds (``None``: nothing can be computed); ``first`` and ``last``: what the runs at its ends gave."""

    stretch: Stretch
    formula: Formula | None
    first: Any
    last: Any


@dataclass(slots=True)
class Bend:
    """A turning point: ``threshold`` (the value jumps), ``saturation`` (it stops growing) or ``kink`` (it grows otherwise).

    ``inside``: whether the value at ``at`` is already the one ``after``. ``left`` and ``right``: what the runs there gave.
    """

    at: Number
    inside: bool
    kind: str
    before: Number | None
    after: Number | None
    slope_before: Number | None
    slope_after: Number | None
    left: Any
    right: Any


def join(found: Iterable[tuple[Stretch, Formula | None, Any]], whole: bool) -> list[Piece]:
    """Neighbouring stretches with one formula as one piece; a single value joins the neighbour whose formula it fits."""
    pieces: list[Piece] = []
    for stretch, formula, payload in found:
        last = pieces[-1] if pieces else None
        if last is not None and _fits(last, stretch, formula):
            last.stretch.high, last.stretch.high_in = stretch.high, stretch.high_in
            if not stretch.single:  # a single value may have come about in another way
                last.last = payload
        elif last is not None and last.stretch.single and _fits(Piece(stretch, formula, 0, 0), last.stretch, last.formula):
            pieces[-1] = Piece(Stretch(last.stretch.low, True, stretch.high, stretch.high_in), formula, payload, payload)
        else:
            pieces.append(Piece(replace(stretch), formula, payload, payload))
    return _lines(pieces) if whole else pieces


def _fits(piece: Piece, stretch: Stretch, formula: Formula | None) -> bool:
    """Whether ``formula`` on ``stretch`` is what the piece says too."""
    if piece.formula is None or formula is None:
        return piece.formula is formula
    if same(piece.formula, formula):
        return True
    return stretch.single and value(piece.formula, stretch.low or 0) == value(formula, stretch.low or 0)


def _lines(pieces: list[Piece]) -> list[Piece]:
    """Whole numbers only: three or more single values in a line as one piece."""
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        run = [pieces[place]]
        line: Formula | None = None
        while place + len(run) < len(pieces):
            following = pieces[place + len(run)]
            if not all(p.stretch.single and p.formula is not None for p in (run[0], following)):
                break
            if line is None:
                line = _line(run[0], following)
            elif value(line, following.stretch.low or 0) != value(following.formula, following.stretch.low or 0):  # type: ignore[arg-type]
                break
            run.append(following)
        if len(run) < 3:
            run = run[:1]
        else:
            run[0] = Piece(Stretch(run[0].stretch.low, True, run[-1].stretch.high, True), line, run[0].first, run[-1].last)
        found.append(run[0])
        place += len(run)
    return found


def _line(a: Piece, b: Piece) -> Formula:
    assert a.formula and b.formula and a.stretch.low is not None and b.stretch.low is not None
    start, end = value(a.formula, a.stretch.low), value(b.formula, b.stretch.low)
    assert start is not None and end is not None
    rise = Fraction(end - start) / (b.stretch.low - a.stretch.low)
    return _trim([start - rise * a.stretch.low, rise]), ONE


def bends(pieces: list[Piece], whole: bool) -> Iterator[Bend]:
    """The turning points between pieces that follow one another."""
    for left, right in pairwise(pieces):
        start, end = left.stretch.high, right.stretch.low
        assert start is not None and end is not None
        if left.formula is None or right.formula is None:
            before = None if left.formula is None else value(left.formula, start)
            after = None if right.formula is None else value(right.formula, end)
            yield Bend(end, right.stretch.low_in, "threshold", before, after, None, None, left.last, right.first)
            continue
        at, meet = _meeting(left, right) if whole else (end, value(left.formula, end) == value(right.formula, end))
        before, after = value(left.formula, at), value(right.formula, at)
        if before != after:  # whole numbers: no value lies where the lines meet
            before = value(left.formula, start)
        slopes = slope(left.formula, at), slope(right.formula, at)
        if meet and slopes[0] == slopes[1]:
            continue
        kind = "threshold" if not meet else "saturation" if slopes[1] == 0 and (slopes[0] or 0) > 0 else "kink"
        yield Bend(at, whole or right.stretch.low_in, kind, before, after, *slopes, left.last, right.first)


def _meeting(left: Piece, right: Piece) -> tuple[Number, bool]:
    """Of two pieces of whole numbers: where the second begins to hold, and whether the two lines meet on the way there."""
    assert left.formula and right.formula and left.stretch.high is not None and right.stretch.low is not None
    gaps = []
    for x in (left.stretch.high, right.stretch.low):
        one, other = value(left.formula, x), value(right.formula, x)
        gaps.append(None if one is None or other is None else one - other)
    if None in gaps or left.stretch.single or right.stretch.single:
        return right.stretch.low, value(left.formula, left.stretch.high) == value(right.formula, right.stretch.low)
    if gaps[0] == 0:
        return left.stretch.high, True
    return right.stretch.low, gaps[0] * gaps[1] <= 0  # type: ignore[operator]
