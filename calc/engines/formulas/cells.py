"""What a node of the core becomes in a workbook, and the places its formulas are put.

Figures are kept as whole numbers: a value stands in its cell times a fixed ``scale`` (100 for money: fen), so that
percentages, limits, tiers and sums are exact as long as they stay below 2^48, where spreadsheets compare exactly.
What a division leaves is a rest beside the whole number; a ratio that is no money keeps what it is divided by (``den``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from calc.engines.formulas import formula as f
from calc.engines.formulas.formula import Ex, Span
from calc.facts import Facts
from calc.language import core

# a cell's whole number is the value times this; a finer figure given raises it
SCALES = {
    "money": 100, "usd": 100, "percent": 10**6, "area": 100, "mu": 100, "tonne": 1000, "kg": 1000, "years": 1200, "months": 100,
    "count": 1, "number": 10**4,
}  # fmt: skip
SAFE = 2**48
FINEST = 10  # parts of a fen that whole numbers may stand for; what is finer is a rest
OPEN_YEARS = 10  # years laid out where the term is open
LONG = 1500  # formulas beyond this many characters are split over helper cells
DEEP = 20  # and choices beyond this many branches


class NoFormula(Exception):
    """A formula of a form that is not laid out; the amount then stands in the workbook as a figure."""


@dataclass(slots=True)
class Val:
    """What a node became. ``ex`` is a whole number at ``scale``, a verdict, a date or a label; for a series its total,
    with one cell a period in ``years`` (as long as it is ``loose``, not yet put anywhere, ``ex`` only says whether there is
    a total: a gap if not). ``none``: it may turn out that nothing fits. ``undecided``: items counted on the way although
    their gate is unknown. ``den``: what ``ex`` is yet to be divided by, a whole number above 0."""

    ex: Ex
    type: core.Type
    scale: int = 1
    none: bool = False
    years: tuple[Ex, ...] | None = None
    periods: tuple[Ex, ...] = ()
    undecided: Ex = f.ZERO
    loose: bool = False
    den: Ex = f.ONE

    @property
    def rested(self) -> bool:
        """Whether it has a rest."""
        return any(ex.rest is not None for ex in (self.ex, *(self.years or ())))

    def at(self, scale: int) -> Ex:
        """``ex`` at a multiple of its own scale."""
        return scaled(self.ex, scale // self.scale)

    def years_at(self, scale: int) -> tuple[Ex, ...]:
        """``years`` at a multiple of the scale; a plain number counts as year 1."""
        return tuple(scaled(y, scale // self.scale) for y in self.years) if self.years is not None else (self.at(scale),)


def scaled(ex: Ex, factor: int) -> Ex:
    """An expression times a whole number; a figure stays a figure."""
    return f.number(ex.value * factor) if ex.text.lstrip("-").isdigit() else f.times(ex, f.number(factor))


class Place(Protocol):
    """Where formulas are put: the steps of a benefit, or one record's row of a table."""

    def put(self, label: str, said: str, val: Val) -> Val:
        """A labelled step; gives the value with its cells. A loose series gets one cell a year and one for its total."""

    def hold(self, ex: Ex, label: str = "") -> Ex:
        """A helper cell."""

    def case(self, said: str, verdict: Ex) -> Ex:
        """The condition of a case."""

    def field(self, id: str) -> Val:
        """A field of the record at hand."""

    def stated(self, id: str) -> Ex:
        """Whether a field of the record at hand was stated, a verdict."""

    def passed(self, passes: Sequence[Ex]) -> None:
        """From here on its position is that among those that pass: ``passes`` says so of it and the records before it."""

    @property
    def position(self) -> Ex:
        """The place of the record among those given, or among those that pass."""

    @property
    def number(self) -> Ex:
        """The number of the record in its sheet, from 1."""


class Table(Protocol):
    """A table of formulas, one row a record of a list; ``unmerged`` tests whether records lack what they are merged by."""

    exists: Span
    row: Span
    unmerged: list[Ex]

    def lines(self) -> Iterable[Place]:
        """Its rows; each must be used in the same way."""

    def column(self, label: str, cell: Callable[[int], Ex], form: str = "whole") -> Span:
        """A column with ``cell(i)`` in row i (from 0)."""

    def below(self, label: str, ex: Ex) -> Ex:
        """A labelled figure under the table."""

    def span(self, cells: Sequence[Ex]) -> Span:
        """Cells that stand in one column, top to bottom."""

    def merge(self, by: str, summed: Sequence[str]) -> None:
        """Records with the same ``by`` become one, their ``summed`` fields added up."""


class Book(Protocol):
    """The sheets formulas refer to."""

    names: Facts

    def fact(self, id: str) -> Val:
        """A fact of the project."""

    def stated(self, id: str) -> Ex:
        """Whether a fact was stated, a verdict."""

    def listed(self, list: str) -> Ex:
        """Whether a record list was given at all, a verdict."""

    def table(self, list: str, title: str) -> Table:
        """A new table of formulas over the records of a list."""

    def lpr(self, day: Ex, term: Ex) -> Ex:
        """The loan prime rate in force on a day, at the scale of percentages; ``term`` is a verdict: 5Y, else 1Y."""

    def index(self, name: str, day: Ex, term: str) -> Ex:
        """An index rate of the folder's own in force on a day, at the scale of percentages."""

    def moves(self, list: str, field: str) -> tuple[Span, Span, Span] | None:
        """Record numbers, dates and amounts (fen) of a nested list, where the list has it."""

    def beside(self, list: str, field: str, label: str, cell: Callable[[int], Ex], form: str = "whole") -> Span:
        """A column beside a nested list, with ``cell(i)`` in row i (from 0); the same ``label`` is the same column."""

    def entered(self, list: str, field: str, number: Ex) -> Ex:
        """What is entered in a field of the record with a number, from 1; 0 where that is blank."""


def at_hand(at: Place | None) -> Place:
    """The record at hand. Raises ``NoFormula`` outside of records."""
    if at is None:
        raise NoFormula
    return at


def atom(ex: Ex, place: Place) -> Ex:
    """An expression short enough to be written several times."""
    return ex if ex.short else place.hold(ex)


def strict(ex: Ex, *vals: Val) -> Ex:
    """``ex``, where a part that fits nothing outweighs one that is open."""
    unfit = [v for v in vals if v.none]
    if not unfit or len(vals) < 2:
        return ex
    return f.if_(f.some(*(f.is_none(v.ex) for v in unfit)), f.NONE, ex)


def joined_of(type: core.Type, scale: int, *vals: Val) -> Val:
    """A value made of several, its ``ex`` still to be told: unfit where one may be."""
    return Val(f.ZERO, type, scale, any(v.none for v in vals), undecided=joint(v.undecided for v in vals))


def joint(undecided: Iterable[Ex]) -> Ex:
    """What is undecided in several parts, the same items counted once."""
    return sum_of(list(dict.fromkeys(one for one in undecided if one != f.ZERO)))


def sum_of(parts: Sequence[Ex]) -> Ex:
    """Several expressions added up."""
    found = f.ZERO
    for part in parts:
        found = f.plus(found, part)
    return found


def padded(cells: tuple[Ex, ...], length: int, filler: Ex) -> tuple[Ex, ...]:
    """``cells`` with ``filler`` behind them, ``length`` in all."""
    return cells + (filler,) * (length - len(cells))


def chosen(verdicts: list[Ex], values: list[Ex], otherwise: bool, none: Ex, unsure: Ex, place: Place) -> Ex:
    """The value of the first branch that holds, ``unsure`` where one before it is unknown, ``none`` where none holds."""
    if all(v == values[0] for v in values) and values[0] == none == unsure:
        return none
    rest = values[-1] if otherwise else none
    for depth, (verdict, value) in enumerate(reversed(list(zip(verdicts, values, strict=False))), 1):
        rest = f.if_(f.test("==", verdict, f.ONE), value, f.if_(f.test("==", verdict, f.ZERO), rest, unsure))
        if depth % DEEP == 0 or len(rest.text) > LONG or len(rest.parts.text) > LONG:
            rest = place.hold(rest)
    return rest


def running(series: Val, scale: int, limit: Ex) -> tuple[Ex, ...]:
    """A series whose total in time order does not pass ``limit``."""
    years: list[Ex] = []
    so_far = f.ZERO
    for year in series.years_at(scale):
        upto = f.plus(so_far, year)
        years.append(f.minus(f.least(upto, limit), f.least(so_far, limit)) if so_far != f.ZERO else f.least(upto, limit))
        so_far = upto
    return tuple(years)


def state_of_row(exists: Ex, passes: Ex, unsure: Ex, value: Ex) -> Ex:
    """A record that does not count 0, that counts 1, that counts but cannot be computed 2."""
    counts = f.if_(f.is_none(value), f.ZERO, f.if_(unsure, f.number(2), f.ONE))
    return f.if_(f.some(f.test("==", exists, f.ZERO), f.test("==", passes, f.ZERO)), f.ZERO, counts)
