"""What nodes come to: known, unknown with what is missing, or nothing that fits; series by period; and one evaluation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from calc.errors import InputError
from calc.language import core
from calc.messages import text
from calc.rates.lpr import LprTable
from calc.units import Number, decimal_text, simple

Series = dict[Any, Number]


Run = Callable[["Env"], Any]


class Unknown:
    """A value that turns on facts not given: ``missing`` are their ids (``list.field`` for record fields)."""

    __slots__ = ("missing",)

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing


class _NoMatch:
    __slots__ = ()


NO_MATCH = _NoMatch()


class Cut:
    """What one limit took off: ``limit`` and ``cut`` in yuan; ``limit`` is the latest where it varies."""

    __slots__ = ("cut", "limit", "scope")

    def __init__(self, scope: str, limit: Number, cut: Number) -> None:
        self.scope = scope
        self.limit = limit
        self.cut = cut


class Entry(NamedTuple):
    """One step found on the way: ``key`` names its message; ``value`` in yuan or the unit of ``kind``, ``None`` for a heading.

    ``said`` is how it reads; ``more`` what a case gives or a limit took, in words; ``chosen``: a case just before decided it;
    ``cuts``: it is a limit that took something off.
    """

    key: str
    said: str
    value: Any
    kind: str = "money"
    more: str = ""
    chosen: bool = False
    cuts: bool = False


class Env:
    """One evaluation: the facts, the record at hand, and what is found on the way."""

    __slots__ = ("assumed", "cuts", "facts", "items", "kept", "lpr", "place", "priced", "rank", "record", "trace", "warnings")

    def __init__(self, facts: dict[str, Any], lpr: LprTable, trace: list[Entry] | None = None) -> None:
        self.facts = facts
        self.lpr = lpr
        self.record: dict[str, Any] = {}
        self.place = 0
        self.priced: dt.date | None = None  # the day index rates are looked up on, where it is not that of the first drawdown
        self.rank = 0
        self.kept: dict[int, int] = {}
        self.cuts: dict[Any, Cut] = {}
        self.warnings: dict[str, None] = {}
        self.assumed: dict[str, None] = {}
        self.trace = trace
        self.items: list[tuple[core.Items, int, int, int]] = []


def merge(*values: Any) -> Unknown:
    """All that is missing in several values."""
    unknown = [v for v in values if type(v) is Unknown]
    if len(unknown) == 1:
        return unknown[0]
    return Unknown(tuple(dict.fromkeys(m for v in unknown for m in v.missing)))


def total(value: Any) -> Any:
    """The sum of a series; anything else as it is."""
    return sum(value.values()) if type(value) is dict else value


def whole(count: Any, span: core.Node, place: int, unit: int = 1) -> int:
    """``unit`` times a number of years or months as a whole number. Raises ``InputError`` naming the fact where it is none."""
    found = count * unit
    if isinstance(found, Fraction) and found.denominator != 1:
        list, dot, field = (core.facts_in(span) or ["?"])[0].partition(".")
        key = "accepted.span" if unit == 12 or span.type.kind == "months" else "accepted.span.years"
        raise InputError(f"{list}[{place}].{field}" if dot and place else list + dot + field, decimal_text(simple(Fraction(count))), text(key))
    return int(found)


def capped(value: Any, limit: Number, yearly: bool) -> Any:
    """A number or series up to ``limit``: each period, or the running total."""
    if type(value) is not dict:
        return min(value, limit)
    return {p: min(v, limit) for p, v in value.items()} if yearly else running(value, limit)


def running(series: Series, limit: Number) -> Series:
    """A series whose total in time order does not pass ``limit``."""
    kept: Series = {}
    left = limit
    for period, value in series.items():
        kept[period] = min(value, left)
        left -= kept[period]
    return kept


def add_series(parts: list[Series]) -> Series:
    """Several series added period by period, in time order."""
    sums: Series = {}
    for part in parts:
        for period, value in part.items():
            sums[period] = sums.get(period, 0) + value
    try:
        return {period: sums[period] for period in sorted(sums)}
    except TypeError:
        return sums


def earliest(series: Series, count: int | None) -> Series:
    """Only the earliest ``count`` periods that pay."""
    if count is None:
        return series
    paying = [period for period, value in series.items() if value][:count]
    return {period: series[period] for period in paying}
