"""How small and how large a core node can get, from its own text alone: intervals, ``None`` for unbounded."""

from __future__ import annotations

import math
from fractions import Fraction

from calc.language import core
from calc.units import Number

Interval = tuple[Number | None, Number | None]


def least_open(limit: core.Node) -> Number | None:
    """The least figure that a limit chosen among several can be while it is open: what stays below it is not cut either way.

    ``None`` for a plain limit, and for one that may turn out to have no figure that fits.
    """
    return bounds(limit)[0] if isinstance(core.bare(limit), core.Choose) and _decided(limit) else None


def _decided(node: core.Node) -> bool:
    """Whether every choice in a node has a branch for every case."""
    if isinstance(node, core.Choose) and node.otherwise is None:
        members = [test for test, _ in node.branches if isinstance(test, core.Member) and not test.negated]
        if len(members) < len(node.branches) or any(member.item is not members[0].item for member in members):
            return False
        if {value for member in members for value in member.values} < set(members[0].item.type.values):
            return False
    return all(map(_decided, core.children(node)))


def bounds(node: core.Node) -> Interval:
    """The interval a numeric node must lie in (the total, for a series)."""
    if isinstance(node, core.Lit) and not isinstance(node.value, bool) and isinstance(node.value, (int, Fraction)):
        return node.value, node.value
    if isinstance(node, core.Step):
        return bounds(node.node)
    if isinstance(node, (core.Fact, core.Field)):
        return (None, None) if node.signed else (0, None)
    if isinstance(node, core.LprRate):
        return (0, 1)
    if isinstance(node, core.Position):
        return (1, None)
    if isinstance(node, core.Extreme):
        parts = [bounds(a) for a in node.args]
        lows, highs = [p[0] for p in parts], [p[1] for p in parts]
        if node.op == "min":
            return _least(lows, None), _least([h for h in highs if h is not None], None)
        return _most([x for x in lows if x is not None], None), _most(highs, None)
    if isinstance(node, core.Arith):
        return _arith(node.op, bounds(node.left), bounds(node.right))
    if isinstance(node, core.Choose):
        parts = [bounds(value) for value in values_of(node)]
        return _least([p[0] for p in parts], None), _most([p[1] for p in parts], None)
    if isinstance(node, core.Cap):
        (low, high), (least, limit) = bounds(node.value), bounds(node.limit)
        periods = periods_of(node.value) if node.scope in ("year", "enterprise-year") and is_dated(node.value) else 1
        if limit is not None and periods is not None:
            high = limit * periods if high is None else min(high, limit * periods)
        return None if low is None or least is None else min(low, least), high
    if isinstance(node, core.Total):
        parts = [bounds(p) for p in node.parts]
        low = _add([min(p[0], 0) if p[0] is not None else None for p in parts]) if any(map(_may_fall, node.parts)) else _add([p[0] for p in parts])
        return low, _add([p[1] for p in parts])
    if isinstance(node, core.Round):
        low, high = bounds(node.value)
        return None if low is None else rounded(low, node.step.value, node.way), None if high is None else rounded(high, node.step.value, node.way)
    if isinstance(node, core.Threshold):
        (low, high), (least, _) = bounds(node.value), bounds(node.least)
        return _most([x for x in (low, least) if x is not None], None), high
    if isinstance(node, core.Years):
        parts = [bounds(p) for p in node.values]
        return _add([p[0] for p in parts]), _add([p[1] for p in parts])
    if isinstance(node, core.Fill):
        low, high = bounds(node.value)
        _, years = bounds(node.years)
        return 0, high if years is None else years if high is None else min(high, years)
    if isinstance(node, core.Items):
        return _items(node)
    if isinstance(node, core.Fold) and node.op in ("largest", "smallest", "sum") and node.value is not None:
        low, high = bounds(node.value)
        return (low, high) if node.op != "sum" else (0 if low is not None and low >= 0 else None, None)
    if isinstance(node, core.Interest):
        low, _ = bounds(node.rate)
        return 0 if low is not None and low >= 0 else None, None
    return (0, None) if node.type.kind in core.BASE or node.type.kind == "rate" else (None, None)


def rounded(value: Number, step: Number, way: str) -> Number:
    """A number in whole steps, ``down``, ``up`` or to the ``nearest`` (halves up)."""
    count = value * (Fraction(1) / step)
    whole = -math.floor(-count) if way == "up" else math.floor(count + Fraction(1, 2) if way == "nearest" else count)
    return whole * step


def _may_fall(part: core.Node) -> bool:
    """Whether a part of a sum may turn out not to fit."""
    return isinstance(part, (core.Items, core.Choose, core.Threshold, core.Fold)) or any(map(_may_fall, core.children(part)))


def _items(node: core.Items) -> Interval:
    low, high = bounds(node.value)
    most: Number | None = None
    if high is not None and node.top is not None and node.group_by is None:
        most = high * node.top
        if node.years is not None:
            _, years = bounds(node.years)
            most = None if years is None else most * years
    return (0 if low is not None and low >= 0 else None), most


def is_dated(node: core.Node) -> bool:
    """Whether an amount comes as a series of years."""
    node = core.bare(node)
    if isinstance(node, core.Threshold):
        return is_dated(node.value)
    if isinstance(node, core.Items):
        return node.dated
    if isinstance(node, (core.Years, core.Fill)):
        return True
    if isinstance(node, core.Choose):
        return any(is_dated(value) for value in values_of(node))
    if isinstance(node, core.Total):
        return any(is_dated(part) for part in node.parts)
    if isinstance(node, core.Arith):
        return is_dated(node.left) or is_dated(node.right)
    return False


def periods_of(node: core.Node) -> int | None:
    """How many periods a series can have at the most, where its text says so."""
    node = core.bare(node)
    if isinstance(node, core.Items):
        if node.first_years is not None and node.group_by is None:
            return node.first_years
        inner = core.bare(node.value)
        years = inner.years if isinstance(inner, core.Interest) else node.years
        if years is not None:
            return most_years(years)
    if isinstance(node, core.Years):
        return len(node.values)
    if isinstance(node, core.Fill):
        return periods_of(node.years)
    if isinstance(node, core.Choose):
        counts = [periods_of(value) for value in values_of(node)]
        return None if None in counts else max(c for c in counts if c is not None)
    return None


def may_break(span: core.Node) -> bool:
    """Whether a number of years or months may turn out to be no whole number."""
    return span.type.kind != "count" and not isinstance(core.bare(span), (core.Lit, core.Between, core.YearOf))


def most_years(span: core.Node) -> int | None:
    """The most years that a span, in years or months, reaches into."""
    _, high = bounds(span)
    return None if high is None else -int(-high // 12) if span.type.kind == "months" else int(high)


def values_of(node: core.Choose) -> list[core.Node]:
    """What a choice may come to."""
    return [value for _, value in node.branches] + ([node.otherwise] if node.otherwise is not None else [])


def _least(values: list[Number | None], unbounded: None) -> Number | None:
    known = [v for v in values if v is not None]
    return min(known) if known and len(known) == len(values) else unbounded


def _most(values: list[Number | None], unbounded: None) -> Number | None:
    known = [v for v in values if v is not None]
    return max(known) if known and len(known) == len(values) else unbounded


def _add(values: list[Number | None]) -> Number | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _arith(op: str, a: Interval, b: Interval) -> Interval:
    (al, ah), (bl, bh) = a, b
    if op == "+":
        return (None if al is None or bl is None else al + bl), (None if ah is None or bh is None else ah + bh)
    if op == "-":
        return (None if al is None or bh is None else al - bh), (None if ah is None or bl is None else ah - bl)
    if al is None or bl is None or al < 0 or bl < 0:
        return None, None
    if op == "*":
        return al * bl, 0 if ah == 0 or bh == 0 else None if ah is None or bh is None else ah * bh
    return (Fraction(al) / bh if bh else 0), (None if ah is None or not bl else Fraction(ah) / bl)
