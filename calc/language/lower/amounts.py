"""Plain mechanisms: percentages, so much a unit, sums, the best of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calc.language import core
from calc.language.core import PERCENT, Node
from calc.language.lower.choices import branch, common_type
from calc.language.lower.form import condition, form, typed_form
from calc.language.lower.keys import check_keys, fragment, mechanism
from calc.language.lower.scope import LowerProblem, Scope, within
from calc.language.lower.types import arithmetic
from calc.messages import text


@mechanism("percent", {"of"})
def _percent(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "percent")
    if "of" not in source:
        raise LowerProblem(text("lower.lacks", mechanism="percent", key="of"), "{ percent = …, of = … }", fragment(source))
    with within("percent"):
        share = core.Step("rate", typed_form(source["percent"], scope, PERCENT, "percent"))
    with within("of"):
        base = form(source["of"], scope)
    return core.Step("product", arithmetic("*", share, core.Step("base", base)))


@mechanism("per_unit", {"quantity"})
def _per_unit(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "per_unit")
    if "quantity" not in source:
        raise LowerProblem(text("lower.lacks", mechanism="per_unit", key="quantity"), "{ per_unit = …, quantity = … }", fragment(source))
    with within("per_unit"):
        rate = core.Step("unit-rate", form(source["per_unit"], scope))
    with within("quantity"):
        quantity = core.Step("quantity", form(source["quantity"], scope))
    return core.Step("units", arithmetic("*", rate, quantity))


@mechanism("sum")
def _sum(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "sum")
    entries = source["sum"]
    if not isinstance(entries, list) or not entries:
        raise LowerProblem(text("lower.list", key="sum"), "[ …, { when = …, amount = … } ]", "sum")
    parts: list[Node] = []
    for place, entry in enumerate(entries):
        with within("sum", place):
            if isinstance(entry, Mapping) and "when" in entry:
                value = branch(entry, scope, {"when"})
                zero = core.Lit(0, value.type, "0")
                with within("when"):
                    parts.append(core.Choose(((condition(entry["when"], scope), value),), zero, value.type))
            else:
                parts.append(form(entry, scope))
    return core.Step("sum", core.Total(tuple(parts), common_type(parts, fragment(source))))


@mechanism("best")
def _best(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "best")
    entries = source["best"]
    if not isinstance(entries, list) or len(entries) < 2:
        raise LowerProblem(text("lower.list", key="best"), "[ { … }, { … } ]", "best")
    parts: list[Node] = []
    for place, entry in enumerate(entries):
        with within("best", place):
            if isinstance(entry, Mapping) and "when" in entry:
                value = branch(entry, scope, {"when"})
                with within("when"):
                    parts.append(core.Choose(((condition(entry["when"], scope), value),), None, value.type))
            else:
                parts.append(form(entry, scope))
    return core.Step("best", core.Extreme("max", tuple(parts), common_type(parts, fragment(source)), True))


@mechanism("amount")
@mechanism("value")
def _inner(source: Mapping[str, Any], scope: Scope) -> Node:
    key = "amount" if "amount" in source else "value"
    check_keys(source, key)
    with within(key):
        return form(source[key], scope)
