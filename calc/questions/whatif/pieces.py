"""A computation as an exact function of one value, found from the computation itself.

The explainer is run with a variable in place of the value: a ``Varied`` number (a ratio of polynomials) or a ``VariedDay``.
Arithmetic keeps the formula. Each comparison is decided at one place, and narrows the stretch around it to the values that
decide it the same way; the formula holds on what is left. ``tile`` covers a range with such stretches, so that no decision
goes unseen and nothing is sampled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from calc.questions.whatif.rational import ONE, Formula, TooManyError, same, slope, trimmed, value
from calc.questions.whatif.varied import Probe, Stretch
from calc.units import Number, simple

T = TypeVar("T")


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
    return trimmed([start - rise * a.stretch.low, rise]), ONE


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
