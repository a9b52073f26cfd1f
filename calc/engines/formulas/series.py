"""Sums, limits and payments over the years in cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import lcm

from calc.engines.formulas import formula as f
from calc.engines.formulas.arithmetic import product
from calc.engines.formulas.cells import (
    NoFormula,
    Place,
    Val,
    atom,
    joined_of,
    padded,
    running,
    strict,
    sum_of,
)
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import READINGS, Cut, Translator
from calc.language import core
from calc.language.bounds import least_open
from calc.language.render import render
from calc.messages import language, text
from calc.units import simple


@READINGS.of(core.Step)
def _step(made: Translator, node: core.Step, at: Place | None, steps: Place) -> Val:
    if isinstance(node.node, core.Cap):
        return _cap(made, node.node, at, steps)
    said = render(node.node, made.book.names, brief=True)
    label = node.names[language() == "en"] or text(f"step.{node.label}")
    return (at or steps).put(label, said, made.loose_value(node.node, at, steps))


@READINGS.of(core.Cap)
def _cap(made: Translator, node: core.Cap, at: Place | None, steps: Place) -> Val:
    place = at or steps
    whole = made.run(node.value, at, steps)
    if whole.years is None:
        whole = replace(whole, ex=atom(whole.ex, place))
    label = text(f"step.limit.{node.scope}")
    limit = place.put(label, render(node.limit, made.book.names, brief=True), made.run(node.limit, at, steps))
    joined = joined_of(node.type, lcm(whole.scale, limit.scale), whole, limit)
    scale = joined.scale
    bound = limit.at(scale)
    least = least_open(node.limit)
    if least is not None:  # still open between several figures: below the least of them it cannot bind
        low = f.number(int(least * scale))
        bound = place.hold(f.if_(f.is_open(bound), f.if_(f.test("<=", whole.at(scale), low), low, f.OPEN), bound))
    if whole.years is None:
        kept = replace(joined, ex=strict(f.least(whole.at(scale), bound), whole, limit))
    else:
        parts = whole.years_at(scale)
        yearly = node.scope in ("year", "enterprise-year")
        years = tuple(f.least(y, bound) for y in parts) if yearly else running(whole, scale, bound)
        kept = replace(joined, ex=strict(whole.ex, whole, limit), years=years, periods=whole.periods, loose=True)
    kept = place.put(text("xlsx.step.capped"), text("xlsx.said.capped", limit=label), kept)
    if at is None and node.type.kind == "money" and not node.base:
        fen = f.number(scale // 100)
        made.cuts.append(Cut(node.scope, f.floor_over(bound, fen), f.floor_over(f.minus(whole.at(scale), kept.ex), fen)))
    return kept


@READINGS.of(core.Total)
def _total(made: Translator, node: core.Total, at: Place | None, steps: Place) -> Val:
    vals = [made.run(p, at, steps) for p in node.parts]
    joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
    if joined.none:
        vals = [replace(v, ex=atom(v.ex, at or steps)) for v in vals]
    joined = fitting(made, joined, vals, sum_of)
    dated = [v for v in vals if v.years is not None]
    if not dated:
        return joined
    joined.ex = joined.ex if len(vals) > 1 else vals[0].ex
    length = max(len(v.years or ()) for v in dated)
    counted = [str(k) for k in range(1, length + 1)]
    if len(vals) > 1 and any(p.text.strip('"') != k for v in dated for p, k in zip(v.periods, counted, strict=False)):
        raise NoFormula
    columns = [padded(v.years_at(joined.scale), length, f.ZERO) for v in vals]
    years = tuple(sum_of([c[k] for c in columns]) for k in range(length))
    longest = max(dated, key=lambda v: len(v.periods))
    return replace(joined, years=years, periods=longest.periods, loose=True)


def fitting(made: Translator, joined: Val, vals: list[Val], join: Callable[[list[Ex]], Ex]) -> Val:
    """What ``join`` makes of values, those that do not fit counting as 0; where none fits, nothing does."""
    parts = [f.if_(f.is_none(v.ex), f.ZERO, v.at(joined.scale)) if v.none else v.at(joined.scale) for v in vals]
    none = all(v.none for v in vals)
    ex = join(parts)
    return replace(joined, none=none, ex=f.if_(f.every(*(f.is_none(v.ex) for v in vals)), f.NONE, ex) if none else ex)


@READINGS.of(core.Years)
def _years(made: Translator, node: core.Years, at: Place | None, steps: Place) -> Val:
    whole = core.shared_amount(node)
    if whole is not None:
        return _shares(made, node, whole, at, steps)
    vals = [made.run(v, at, steps) for v in node.values]
    joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
    years = tuple(v.at(joined.scale) for v in vals)
    return replace(joined, ex=f.ZERO, years=years, periods=tuple(f.word(p) for p in node.periods), loose=True)


def _shares(made: Translator, node: core.Years, whole: core.Node, at: Place | None, steps: Place) -> Val:
    """Exact shares of one amount: each year what has been paid up to it less what was paid before; the last brings it to the whole."""
    amount = made.run(whole, at, steps)
    amount = replace(amount, ex=atom(amount.ex, at or steps))
    paid: list[Val] = []
    share = Fraction(0)
    for value in node.values[:-1]:
        assert isinstance(value, core.Arith) and isinstance(value.left, core.Lit)
        share += value.left.value
        part = made.run(core.Lit(simple(share), core.PERCENT), at, steps)
        paid.append(product(made, value, part, amount, at, steps))
    paid.append(amount)
    joined = joined_of(node.type, lcm(*(v.scale for v in paid)), *paid)
    ends = [(at or steps).hold(v.at(joined.scale)) for v in paid]
    years = tuple(end if not k else f.minus(end, ends[k - 1]) for k, end in enumerate(ends))
    return replace(joined, ex=f.ZERO, years=years, periods=tuple(f.word(p) for p in node.periods), loose=True)


@READINGS.of(core.Fill)
def _fill(made: Translator, node: core.Fill, at: Place | None, steps: Place) -> Val:
    value, caps = made.run(node.value, at, steps), made.loose_value(node.years, at, steps)
    place = at or steps
    if caps.loose:
        caps = place.put(text("step.years"), render(node.years, made.book.names), caps)
    value = replace(value, ex=atom(value.ex, place))
    joined = joined_of(node.type, lcm(value.scale, caps.scale), value, caps)
    years = running(caps, joined.scale, value.at(joined.scale))
    return replace(joined, ex=strict(f.plus(value.ex, caps.ex), value, caps), years=years, periods=caps.periods, loose=True)
