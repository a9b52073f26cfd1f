"""Mechanisms that choose: cases, categories, bracket tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from calc.errors import shown
from calc.language import core
from calc.language.core import COUNT, PERCENT, Node, Type
from calc.language.lower.form import condition, expression, form, no_bare_number, typed_form
from calc.language.lower.keys import COMMON, check_keys, fragment, mechanism, read_at
from calc.language.lower.scope import LowerProblem, Scope, within
from calc.language.lower.types import arithmetic, category, compare, kind_name
from calc.language.render import source_of
from calc.language.syntax import Name
from calc.messages import listed, text

BOUNDS = {"from": ">=", "over": ">", "below": "<", "up_to": "<="}


def branch(entry: Mapping[str, Any], scope: Scope, taken: set[str]) -> Node:
    """What a case or tier pays: its keys without those that select it."""
    rest = {key: value for key, value in entry.items() if key not in taken}
    if not rest:
        raise LowerProblem(text("lower.branch"), "amount = … / value = … / percent = …, of = …", fragment(entry))
    return form(rest, scope)


def common_type(nodes: list[Node], place: str) -> Type:
    """The type that all of some branches have. Raises ``LowerProblem``."""
    first = nodes[0].type
    for other in nodes[1:]:
        if other.type.dims != first.dims or (other.type.kind in ("bool", "date", "enum")) != (first.kind in ("bool", "date", "enum")):
            raise LowerProblem(text("lower.alike", first=kind_name(nodes[0]), other=kind_name(other)), "", place)
    return next((n.type for n in nodes if n.type.kind != "number"), first)


def _choose(branches: list[tuple[Node, Node]], otherwise: Node | None, place: str) -> Node:
    values = [value for _, value in branches] + ([otherwise] if otherwise is not None else [])
    type_ = common_type(values, place)
    if type_.kind == "percent":
        for value in values:
            no_bare_number(value)
    return core.Choose(tuple(branches), otherwise, type_)


@mechanism("cases")
def _cases(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "cases")
    entries = source["cases"]
    if not isinstance(entries, list) or not entries:
        raise LowerProblem(text("lower.list", key="cases"), "[ { when = …, value = … }, { otherwise = … } ]", "cases")
    branches: list[tuple[Node, Node]] = []
    otherwise: Node | None = None
    seen: dict[str, None] = {}
    for place, entry in enumerate(entries):
        with within("cases", place):
            if otherwise is not None:
                raise LowerProblem(text("lower.unreachable"), text("lower.otherwise.last"), fragment(entry))
            if isinstance(entry, Mapping) and "otherwise" in entry:
                if len(entry) > 1:
                    raise LowerProblem(text("lower.otherwise.alone"), "{ otherwise = … }", fragment(entry))
                with within("otherwise"):
                    otherwise = form(entry["otherwise"], scope)
            elif isinstance(entry, Mapping) and "when" in entry:
                with within("when"):
                    test = condition(entry["when"], scope)
                said = source_of(test)
                if said in seen:
                    raise LowerProblem(text("lower.unreachable"), text("lower.case.before", when=said), fragment(entry))
                seen[said] = None
                branches.append((test, branch(entry, scope, {"when"})))
            else:
                raise LowerProblem(text("lower.case"), "{ when = …, value = … }", fragment(entry))
    if not branches:
        raise LowerProblem(text("lower.case"), "{ when = …, value = … }", fragment(source))
    return _choose(branches, otherwise, fragment(source))


@mechanism("by", {"tiers", "otherwise", "marginal"})
def _by(source: Mapping[str, Any], scope: Scope) -> Node:
    with within("by"):
        subject = expression(source["by"], scope)
    otherwise = read_at(source, "otherwise", scope, form)
    if "tiers" in source:
        check_keys(source, "by")
        marginal = source.get("marginal", False)
        if not isinstance(marginal, bool):
            raise LowerProblem(text("lower.marginal.flag", value=shown(marginal)), "marginal = true", str(marginal))
        if marginal and otherwise is not None:
            raise LowerProblem(text("lower.marginal.otherwise"), "{ over = … } / { from = 0, … }", "otherwise")
        return tiers(source["tiers"], subject, otherwise, scope, marginal)
    exact = subject.type.kind in core.BASE or subject.type.kind == "date"
    if subject.type.kind != "enum" and not exact:
        raise LowerProblem(text("lower.by", kind=kind_name(subject)), text("lower.by.hint"), str(source["by"]))
    branches: list[tuple[Node, Node]] = []
    for key, value in source.items():
        if key in ("by", "otherwise") or key in COMMON:
            continue
        with within(key):
            if exact:
                figure = expression(key, scope)
                if not isinstance(figure, core.Lit):
                    raise LowerProblem(text("lower.by.figure", key=key), '{ by = "year(…)", 2023 = "…", 2024 = "…" }', key)
                branches.append((compare("==", subject, figure), form(value, scope)))
            else:
                branches.append((core.Member(subject, (category(Name(key, 0), subject, scope.facts),)), form(value, scope)))
    if not branches:
        raise LowerProblem(text("lower.by.empty"), listed(subject.type.values), str(source["by"]))
    if otherwise is not None and not exact and len(branches) == len(subject.type.values):
        with within("otherwise"):
            raise LowerProblem(text("lower.unreachable"), text("lower.by.all"))
    return _choose(branches, otherwise, str(source["by"]))


def tiers(entries: Any, subject: Node, otherwise: Node | None, scope: Scope, marginal: bool = False) -> Node:
    """A bracket table over ``subject``; gaps, overlaps and tiers out of order are refused."""
    if not isinstance(entries, list) or not entries:
        raise LowerProblem(text("lower.list", key="tiers"), "[ { from = …, below = …, amount = … } ]", "tiers")
    brackets: list[tuple[core.Lit | None, bool, core.Lit | None, bool, Node]] = []
    branches: list[tuple[Node, Node]] = []
    slices: list[tuple[Node | None, Node | None, Node]] = []
    for place, entry in enumerate(entries):
        with within("tiers", place):
            if not isinstance(entry, Mapping) or not set(entry) & set(BOUNDS):
                raise LowerProblem(text("lower.tier"), " / ".join(BOUNDS), fragment(entry))
            if {"from", "over"} <= set(entry) or {"below", "up_to"} <= set(entry):
                raise LowerProblem(text("lower.tier.both"), " / ".join(BOUNDS), fragment(entry))
            tests: list[Node] = []
            ends: dict[str, Node] = {}
            for key, op in BOUNDS.items():
                if key in entry:
                    with within(key):
                        bound = expression(entry[key], scope)
                        ends[key] = bound
                        tests.append(compare(op, subject, bound))
            value = _slice(entry, scope) if marginal else branch(entry, scope, set(BOUNDS))
            low, high = ends.get("from", ends.get("over")), ends.get("up_to", ends.get("below"))
            if all(e is None or isinstance(e, core.Lit) for e in (low, high)):
                brackets.append((low, "from" in ends, high, "up_to" in ends, value))  # type: ignore[arg-type]
            branches.append((tests[0] if len(tests) == 1 else core.AllOf(tuple(tests)), value))
            if subject.type.kind == "count":  # of whole numbers, from 3 is the third on, below 3 is up to the second
                low, high = (_one_less(end) if key in ends else end for end, key in ((low, "from"), (high, "below")))
            slices.append((low, high, value))
    _contiguous(brackets, entries, subject.type.kind in ("count", "date") or isinstance(core.bare(subject), core.YearOf))
    if marginal:
        return _marginal(slices, subject, entries)
    return _choose(branches, otherwise, fragment(entries))


def _contiguous(brackets: list[tuple[core.Lit | None, bool, core.Lit | None, bool, Node]], entries: list[Any], counted: bool) -> None:
    if len(brackets) != len(entries):
        return
    places = sorted(range(len(brackets)), key=lambda i: (brackets[i][0] is not None, getattr(brackets[i][0], "value", 0)))
    for place in places:
        low, closed_low, high, closed_high, _ = brackets[place]
        if low is not None and high is not None and (high.value < low.value or (high.value == low.value and not (closed_low and closed_high))):
            with within("tiers", place):
                raise LowerProblem(text("lower.tier.empty", low=low.source, high=high.source), "", high.source)
    for before, after in pairwise(places):
        _, _, high, closed_high, _ = brackets[before]
        low, closed_low, *_ = brackets[after]
        with within("tiers", after):
            if high is None or low is None:
                raise LowerProblem(text("lower.unreachable"), "", fragment(entries[after]))
            if high.value == low.value and closed_high != closed_low:
                continue
            step = dt.timedelta(1) if isinstance(high.value, dt.date) else 1
            if counted and closed_high and closed_low and high.value + step == low.value:
                continue  # between whole numbers, or days, that follow one another there is nothing
            gap = high.value < low.value or (high.value == low.value and not closed_high)
            key = "lower.tier.gap" if gap else "lower.tier.overlap"
            raise LowerProblem(text(key, high=high.source, low=low.source), text("lower.tier.hint"), low.source)


def _slice(entry: Mapping[str, Any], scope: Scope) -> Node:
    """What a slice of a marginal table pays: a percentage of what falls within it, or so much for each unit."""
    rest = {key: value for key, value in entry.items() if key not in BOUNDS}
    if set(rest) == {"per_unit"}:
        with within("per_unit"):
            return core.Step("unit-rate", form(rest["per_unit"], scope))
    if set(rest) == {"percent"}:
        with within("percent"):
            return core.Step("rate", typed_form(rest["percent"], scope, PERCENT, "percent"))
    share = branch(entry, scope, set(BOUNDS))
    if share.type.kind not in ("percent", "number") or share.type.dims:
        raise LowerProblem(text("lower.marginal"), "{ from = …, value = \"5%\" } / { up_to = 1, per_unit = \"300元\" }", fragment(entry))
    no_bare_number(share)
    return core.Step("rate", share)


def _one_less(bound: Node | None) -> Node | None:
    if isinstance(bound, core.Lit):
        return core.Lit(max(0, bound.value - 1), bound.type, str(max(0, bound.value - 1)))
    if bound is None:
        return None
    return core.Extreme("max", (core.Lit(0, COUNT, "0"), core.Arith("-", bound, core.Lit(1, COUNT, "1"), COUNT)), COUNT)


def _marginal(slices: list[tuple[Node | None, Node | None, Node]], subject: Node, entries: list[Any]) -> Node:
    """Each slice of ``subject`` at its own rate, added up."""
    parts: list[Node] = []
    zero = core.Lit(0, subject.type, "0")
    for low, high, value in slices:
        top: Node = subject if high is None else core.Extreme("min", (subject, high), subject.type)
        part = top if low is None else core.Extreme("max", (zero, core.Arith("-", top, low, subject.type)), subject.type)
        units = isinstance(value, core.Step) and value.label == "unit-rate"
        parts.append(core.Step("units" if units else "product", arithmetic("*", value, core.Step("quantity" if units else "base", part))))
    return core.Total(tuple(parts), common_type(parts, fragment(entries)))
