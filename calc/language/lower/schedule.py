"""Payments over the years and in stages."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from calc.language import core
from calc.language.bounds import is_dated
from calc.language.core import MONEY, PERCENT, Node
from calc.language.lower.form import condition, expression, typed_form
from calc.language.lower.keys import fragment
from calc.language.lower.scope import LowerProblem, Scope, within
from calc.language.lower.types import category, need
from calc.language.syntax import Name
from calc.messages import text
from calc.units import decimal_text, simple


def schedule(source: Any, amount: Node | None, scope: Scope) -> Node:
    """A yearly schedule: the years themselves, or, over an ``amount``, what each year may pay of it."""
    if isinstance(source, Mapping) and "shares" in source:
        return _shares_of(source, amount, scope)
    years = _years(source, scope)
    if amount is None:
        return core.Step("years", years)
    return core.Step("fill", core.Fill(amount, years))


def _shares_of(source: Mapping[str, Any], amount: Node | None, scope: Scope) -> Node:
    """An amount paid in exact shares over the years: ``{ shares = ["1/3", "1/3", "1/3"] }``."""
    entries = source["shares"]
    if set(source) - {"shares", "periods"} or not isinstance(entries, list) or not entries or amount is None or is_dated(amount):
        raise LowerProblem(text("lower.shares.of"), 'amount = …, schedule = { shares = ["1/3", "1/3", "1/3"] }', fragment(source))
    figures: list[core.Lit] = []
    for place, entry in enumerate(entries):
        with within("shares", place):
            share = _constant(expression(entry, scope))
            if share is None or share <= 0:
                raise LowerProblem(text("lower.share"), '"1/3" / "30%"', str(entry))
            figures.append(core.Lit(simple(share), PERCENT, str(entry)))
    whole = sum((Fraction(one.value) for one in figures), Fraction(0))
    if whole != 1:
        raise LowerProblem(text("lower.shares", sum=decimal_text(simple(whole * 100)) + "%"), '["1/3", "1/3", "1/3"]', fragment(entries))
    periods = source.get("periods") or [str(n) for n in range(1, len(figures) + 1)]
    if not isinstance(periods, list) or len(periods) != len(figures):
        raise LowerProblem(text("lower.periods", periods=len(periods), years=len(figures)), "", fragment(periods))
    return core.Step("years", core.Years(tuple(core.Arith("*", one, amount, amount.type) for one in figures), tuple(map(str, periods))))


def _constant(node: Node) -> Fraction | None:
    """The figure that a formula without facts comes to, of those that shares are written in."""
    if isinstance(node, core.Lit) and node.type.kind in ("number", "percent", "count"):
        return Fraction(node.value)
    if isinstance(node, core.Arith) and node.op == "/":
        left, right = _constant(node.left), _constant(node.right)
        return left / right if left is not None and right else None
    return None


def _years(source: Any, scope: Scope) -> Node:
    if isinstance(source, list):
        source = {"years": source}
    if not isinstance(source, Mapping):
        raise LowerProblem(text("lower.list", key="schedule"), '{ years = ["…", "…"] }', str(source))
    if "years" in source:
        extra = set(source) - {"years", "periods"}
        entries = source["years"]
        if extra or not isinstance(entries, list) or not entries:
            raise LowerProblem(text("lower.list", key="years"), '{ years = ["…", "…"], periods = ["1", "2-3"] }', fragment(source))
        periods = source.get("periods") or [str(i) for i in range(1, len(entries) + 1)]
        if not isinstance(periods, list):
            raise LowerProblem(text("lower.list", key="periods"), 'periods = ["1", "2-3"]', str(periods))
        if len(periods) != len(entries):
            raise LowerProblem(text("lower.periods", periods=len(periods), years=len(entries)), "", fragment(periods))
        found: list[Node] = []
        for place, entry in enumerate(entries):
            with within("years", place):
                found.append(typed_form(entry, scope, MONEY, "years"))
        return core.Years(tuple(found), tuple(map(str, periods)))
    if "by" in source:
        subject = need(expression(source["by"], scope), "enum", "by")
        listed = {k: v for k, v in source.items() if k not in ("by", "otherwise")}
        pairs = [(core.Member(subject, (category(Name(k, 0), subject, scope.facts),)), _years(v, scope)) for k, v in listed.items()]
        other = _years(source["otherwise"], scope) if "otherwise" in source else None
        return core.Choose(tuple(pairs), other, MONEY)
    if isinstance(source.get("cases"), list):
        branches: list[tuple[Node, Node]] = []
        otherwise: Node | None = None
        for place, entry in enumerate(source["cases"]):
            with within("cases", place):
                if not isinstance(entry, Mapping) or not {"when", "otherwise"} & set(entry):
                    raise LowerProblem(text("lower.case"), '{ when = …, years = ["…"] }', fragment(entry))
                if "otherwise" in entry:
                    otherwise = _years(entry["otherwise"], scope)
                    continue
                rest = {k: v for k, v in entry.items() if k != "when"}
                branches.append((condition(entry["when"], scope), _years(rest, scope)))
        return core.Choose(tuple(branches), otherwise, MONEY)
    raise LowerProblem(text("lower.list", key="schedule"), '{ years = ["…", "…"] }', fragment(source))


def shares(source: Any, scope: Scope) -> tuple[Any, ...]:
    """Payout stages as ratios; they must add up to 100%."""
    found = []
    for entry in source:
        node = expression(entry, scope)
        if not isinstance(node, core.Lit) or node.type.kind != "percent":
            raise LowerProblem(text("lower.share"), '["70%", "30%"]', str(entry))
        found.append(node.value)
    if sum(found) != 1:
        raise LowerProblem(text("lower.shares", sum=decimal_text(simple(sum(found) * 100)) + "%"), '["70%", "30%"]', fragment(source))
    return tuple(found)
