"""Mechanisms over record lists: each, count, interest on loans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from calc.errors import nearest_names, shown
from calc.folder import BASES, basis_of
from calc.language import core
from calc.language.core import COUNT, PERCENT, Node
from calc.language.lower.choices import tiers
from calc.language.lower.form import bound_of, condition, expression, form, limited_form, typed_form
from calc.language.lower.keys import COMMON, ITEM_KEYS, MECHANISMS, check_keys, fragment, mechanism, read_at
from calc.language.lower.scope import LowerProblem, Scope, within
from calc.language.lower.types import arithmetic, kind_name, record_field, time_span
from calc.messages import listed, text
from calc.rates.interest import ACCRUALS

ADDITIVE = frozenset(("money", "usd", "count", "area", "mu", "tonne", "kg"))  # fields that add up when records are merged


LOAN_FIELDS = ("principal", "start", "end")


def _list(source: Mapping[str, Any], key: str, scope: Scope) -> str:
    name = source[key]
    if not isinstance(name, str) or name not in scope.facts or scope.facts[name].type != "list":
        lists = [i for i, f in scope.facts.by_id.items() if f.type == "list"]
        raise LowerProblem(text("lower.not.list", name=shown(name)), " / ".join(nearest_names(str(name), lists)), str(name))
    if scope.list:
        raise LowerProblem(text("lower.nested", name=name, outer=scope.list), text("lower.bare.field.hint", name=f"{name}.…"), str(name))
    return name


def _whole(source: Mapping[str, Any], key: str) -> int | None:
    value = source.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise LowerProblem(text("lower.whole", key=key, value=shown(value)), f"{key} = 3", str(value))
    return value


def requires(entries: Any, scope: Scope) -> tuple[core.Require, ...]:
    """Consistency rules as core; each names the fact it reads first."""
    if not isinstance(entries, list):
        raise LowerProblem(text("lower.list", key="require"), '["… <= …"]', fragment(entries))
    found: list[core.Require] = []
    for place, entry in enumerate(entries):
        with within(place):
            node = condition(entry, scope)
            found.append(core.Require(node, (core.facts_in(node) or ["?"])[0]))
    return tuple(found)


@mechanism("each", ITEM_KEYS, limited=False)
def _each(source: Mapping[str, Any], scope: Scope) -> Node:
    name = _list(source, "each", scope)
    inner = scope.inside(name)
    rest = {key: value for key, value in source.items() if key not in MECHANISMS["each"].keys and key not in COMMON}
    if not rest:
        raise LowerProblem(text("lower.branch"), "percent = …, of = … / amount = …", name)
    value = form(rest, inner)
    value = limited_form(value, source, "item", inner)
    take = source.get("take", "sum")
    if take not in ("sum", "max"):
        raise LowerProblem(text("lower.take", take=shown(take)), "sum / max", str(take))
    for key in ("take", "group_at_most", "group_year_at_most"):
        if key in source and "group_by" not in source:
            raise LowerProblem(text("lower.lacks", mechanism=key, key="group_by"), "group_by = …", str(source[key]))
    group = read_at(source, "group_by", inner, expression)
    caps = [_group_cap(source, key, value, group, inner) for key in ("group_year_at_most", "group_at_most")]
    if "top_each" in source and not {"group_by", "year"} & set(source):
        raise LowerProblem(text("lower.lacks", mechanism="top_each", key="group_by / year"), "group_by = …", "top_each")
    if "top_each" in source and "top" in source:
        raise LowerProblem(text("lower.top.both"), "", "top")
    if "first_years" in source and not {"year", "years"} & set(source):
        raise LowerProblem(text("lower.lacks", mechanism="first_years", key="year / years"), "year = …", "first_years")
    if "year" in source and "years" in source:
        raise LowerProblem(text("lower.year.both"), "", str(source["year"]))
    merge = source.get("merge_by")
    merged: tuple[str, ...] = ()
    if merge is not None:
        with within("merge_by"):
            record_field(name, str(merge), scope.facts)
        merged = tuple(i for i, f in scope.facts[name].fields.items() if f.type in ADDITIVE and i != merge)
    return core.Step(
        "items",
        core.Items(
            name,
            value,
            where=read_at(source, "where", inner, condition),
            merge_by=merge,
            merged=merged,
            top=_whole(source, "top"),
            top_each=_whole(source, "top_each"),
            group_by=group,
            take=take,
            group_year_cap=caps[0],
            group_cap=caps[1],
            own_caps=any(any(_own_fields(cap)) for cap in caps if cap is not None),
            year=read_at(source, "year", inner, _period),
            years=read_at(source, "years", inner, _whole_years),
            first_years=_whole(source, "first_years"),
            requires=read_at(source, "require", inner, requires) or (),
            type=value.type,
        ),
    )


def _group_cap(source: Mapping[str, Any], key: str, value: Node, group: Node | None, scope: Scope) -> Node | None:
    """The limit of a group: of the fields of its records it may read those that make the group. Raises ``LowerProblem``."""
    if key not in source:
        return None
    limit = bound_of(value, source[key], scope, key)
    shared = list(_own_fields(group)) if group is not None else []
    for field in _own_fields(limit):
        if field not in shared:
            with within(key):
                raise LowerProblem(text("lower.group.field", field=field, by=listed(shared)), " / ".join(shared), fragment(source[key]))
    return limit


def _own_fields(node: Node) -> Iterator[str]:
    """The fields of the record at hand that a node reads."""
    if isinstance(node, core.Field):
        yield node.id
    elif not isinstance(node, core.Fold):
        for below in core.children(node):
            yield from _own_fields(below)


def _indexed(node: Node) -> bool:
    """Whether a rate reads an index."""
    return isinstance(node, core.LprRate) or any(map(_indexed, core.children(node)))


def _own_basis(name: str, scope: Scope) -> tuple[tuple[str, str], ...]:
    """What the values of the field ``basis`` of a list stand for: a loan's own day count. Raises ``LowerProblem``."""
    field = scope.facts[name].fields.get("basis")
    if field is None:
        return ()
    found = {slug: basis_of(slug.replace("_", "/").replace("-", "/")) for slug in field.values}
    known = {slug: basis for slug, basis in found.items() if basis is not None}
    if field.type != "enum" or known.keys() != found.keys():
        raise LowerProblem(text("lower.basis.field", list=name), "basis = { type = \"enum\", values = { 360 = \"…\", 365 = \"…\", 30_360 = \"…\" } }", name)
    return tuple(known.items())


def _period(source: Any, scope: Scope) -> Node:
    node = form(source, scope)
    if node.type.kind not in ("number", "count", "years"):
        raise LowerProblem(text("lower.kind", where="year", kind=kind_name(node), wanted=text("kind.count")), "", fragment(source))
    return node


def _whole_years(source: Any, scope: Scope) -> Node:
    """How many years an item is paid; a fixed number must be whole."""
    node = form(source, scope)
    span = time_span(node, "years")
    if span.type.kind == "months":
        raise LowerProblem(text("lower.years.whole"), "years = 3", fragment(source))
    return span


@mechanism("count", {"where", "tiers", "per_unit", "otherwise"})
def _count(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "count")
    name = _list(source, "count", scope)
    where = read_at(source, "where", scope.inside(name), condition)
    number = core.Step("count", core.Items(name, core.Lit(1, COUNT, "1"), where=where, type=COUNT))
    if "tiers" in source:
        return tiers(source["tiers"], number, read_at(source, "otherwise", scope, form), scope)
    if "per_unit" in source:
        with within("per_unit"):
            rate = core.Step("unit-rate", form(source["per_unit"], scope))
        return core.Step("units", arithmetic("*", rate, number))
    raise LowerProblem(text("lower.lacks", mechanism="count", key="tiers / per_unit"), "", name)


@mechanism("interest_on", {"where", "rate", "years", "require", "basis", "index", "repriced"}, limited=False)
def _interest(source: Mapping[str, Any], scope: Scope) -> Node:
    check_keys(source, "interest_on")
    name = _list(source, "interest_on", scope)
    inner = scope.inside(name)
    for id in LOAN_FIELDS:
        record_field(name, id, scope.facts)
    if "rate" not in source:
        raise LowerProblem(text("lower.lacks", mechanism="interest_on", key="rate"), 'rate = "min(LPR, actual)"', name)
    with within("rate"):
        at_hand = replace(inner, index=str(source.get("index", "")))
        rate = core.Step("interest-rate", typed_form(source["rate"], at_hand, PERCENT, "rate"))
    years = read_at(source, "years", inner, lambda given, at: time_span(form(given, at), "years"))
    accrual = source["per"] if source.get("per") in ACCRUALS else "day"
    basis = scope.facts.folder.basis if "basis" not in source else basis_of(source["basis"])
    if basis is None:
        with within("basis"):
            raise LowerProblem(text("lower.basis", value=shown(source["basis"]), known=listed(BASES)), "basis = 365", str(source["basis"]))
    if "repriced" in source and source["repriced"] != "year":
        with within("repriced"):
            raise LowerProblem(text("lower.repriced", value=shown(source["repriced"])), 'repriced = "year"', str(source["repriced"]))
    if "repriced" in source and not _indexed(rate):
        with within("repriced"):
            raise LowerProblem(text("lower.repriced.rate"), 'rate = "min(LPR, actual)"', "repriced")
    own = () if "basis" in source else _own_basis(name, scope)
    value: Node = core.Interest(name, rate, years, basis, accrual, own, "repriced" in source)
    limits = source if accrual == "day" else {key: said for key, said in source.items() if key != "per"}
    value = limited_form(value, limits, "item", inner)
    where = read_at(source, "where", inner, condition)
    return core.Step("items", core.Items(name, value, where=where, requires=read_at(source, "require", inner, requires) or ()))
