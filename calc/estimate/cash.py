"""When money comes: by calendar year where dates are known, else ``year 1``, ``year 2``. Amounts are in fen; parts add up to the whole.

A clause that counts calendar years says so itself. A support year of loans counts as the calendar year in which it begins; where
loans begin in different years, what each would bring alone tells how a support year is shared among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from calc.errors import InputError
from calc.language import core
from calc.rates.interest import first_day

CALENDAR = 1900  # from this number on a period is a calendar year
Year = tuple[int, int]  # 0 and a year of support, or 1 and a calendar year, so that they stand in this order


Periods = list[tuple[str, int]]


def years_of(
    formula: core.Node | None, told: Periods | None, amount: int | None, facts: Mapping[str, Any], alone: Callable[[dict[str, Any]], Periods | None]
) -> dict[Year, int]:
    """What a benefit pays by year: ``told`` by period, else its ``amount``; ``alone`` gives its periods for other facts."""
    found: dict[Year, int] = {}
    if told is None:
        return {(0, 1): amount} if amount else {}
    shares = _starts(formula, told, facts, alone)
    for place, (period, paying) in enumerate(told):
        number = _number(period, place)
        if number >= CALENDAR or not shares:
            _add(found, (int(number >= CALENDAR), number), paying)
            continue
        whole = sum(parts.get(number, 0) for parts in shares.values())
        so_far = paid = 0
        for start, parts in sorted(shares.items()):
            so_far += parts.get(number, 0)
            upto = paying * so_far // whole if whole else paying
            _add(found, (1, start + number - 1), upto - paid)
            paid = upto
    return found


def _number(period: str, place: int) -> int:
    first = period.partition("-")[0]
    return int(first) if first.isdigit() else place + 1


def _add(found: dict[Year, int], year: Year, amount: int) -> None:
    if amount:
        found[year] = found.get(year, 0) + amount


def _starts(
    formula: core.Node | None, told: Periods, facts: Mapping[str, Any], alone: Callable[[dict[str, Any]], Periods | None]
) -> dict[int, dict[int, int]]:
    """Of each year in which loans begin, what these would pay alone by support year; empty where it is not known."""
    lists = set(_interest(formula)) if formula is not None else set()
    if len(lists) != 1:
        return {}
    name = lists.pop()
    by_start: dict[int, list[Any]] = {}
    try:
        for place, loan in enumerate(facts.get(name) or (), 1):
            if "start" not in loan and not loan.get("drawdowns"):
                return {}
            by_start.setdefault(first_day(loan, f"{name}[{place}]").year, []).append(loan)
        if len(by_start) == 1:
            return {start: {_number(period, place): amount for place, (period, amount) in enumerate(told)} for start in by_start}
        shares = {}
        for start, loans in by_start.items():
            own = alone({**facts, name: loans})
            shares[start] = {_number(period, place): amount for place, (period, amount) in enumerate(own or ())}
    except InputError:
        return {}
    covered = all(any(_number(period, place) in parts for parts in shares.values()) for place, (period, amount) in enumerate(told) if amount)
    return shares if covered else {}


def _interest(node: core.Node) -> Iterator[str]:
    """The lists of loans whose interest a formula turns on."""
    if isinstance(node, core.Interest):
        yield node.list
    for below in core.children(node):
        yield from _interest(below)


def gathered(parts: Sequence[Mapping[Year, int]], cuts: Iterable[tuple[Iterable[int], int]], total: int) -> list[tuple[str, int]]:
    """Several benefits together, as (year, fen). ``cuts``: what caps over some of them (their places) leave; what these take off, and
    what else it takes to come to ``total``, comes off the last payments of those under the cap."""
    left = [dict(part) for part in parts]
    over = sum(sum(part.values()) for part in left) - total
    for places, limit in [*cuts, (range(len(left)), total)]:
        inside = [left[place] for place in places]
        excess = min(over, sum(sum(part.values()) for part in inside) - limit)
        for year, own in sorted(((year, one) for one in inside for year in one), key=lambda pair: pair[0], reverse=True):
            cut = max(0, min(excess, own[year]))
            own[year] -= cut
            excess -= cut
            over -= cut
    found: dict[Year, int] = {}
    for part in left:
        for year, amount in part.items():
            _add(found, year, amount)
    return [(str(number) if calendar else f"year {number}", amount) for (calendar, number), amount in sorted(found.items())]
