"""Surface mechanisms → core: names are resolved, types and units checked, each figure keeps its label and clause.

A *form* is what stands in a value slot: an expression, or a table with one mechanism (``MECHANISMS``, filled by the files that lower them).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.errors import nearest_names, shown
from calc.folder import LPR
from calc.language import core
from calc.language.bounds import is_dated
from calc.language.core import BOOL, COUNT, DATE, Node, Type
from calc.language.lower.keys import MECHANISMS, ORDER, ROUND_KEYS, SCOPES, WAYS, fragment
from calc.language.lower.scope import LowerProblem, Scope, within
from calc.language.lower.types import arithmetic, category, compare, inverse, kind_name, multiplied, need, record_field, time_span, with_unit
from calc.language.syntax import Binary, Call, Date, Has, In, Name, Quantity, SyntaxProblem, Unary, figure_meant, lexicon, meant, parse, spelt
from calc.language.syntax import Node as Tree
from calc.messages import listed, text
from calc.rates.lpr import TERMS
from calc.units import decimal_text, simple

AGGREGATES = ("sum", "count", "any", "all", "largest", "smallest")


FUNCTIONS = (
    "min", "max", "year", "years_after", "years_before", "months_after", "days", "months", "overlap_days", "given", *AGGREGATES,
)  # fmt: skip


def expression(source: Any, scope: Scope) -> Node:
    """An expression as core. Raises ``LowerProblem``."""
    if isinstance(source, bool) or not isinstance(source, (str, int, dt.date)):
        raise LowerProblem(text("lower.expression", value=shown(source)), text("lower.expression.hint"), str(source))
    if isinstance(source, dt.date):
        return core.Lit(source, DATE, source.isoformat())
    words = lexicon(scope.facts.folder.currency, tuple(scope.facts.units.items()))
    said = spelt(str(source), words)
    try:
        tree = parse(said, words)
    except SyntaxProblem as bad:
        pointer = f"{said[: bad.at]}⟨{said[bad.at :]}⟩" if isinstance(source, str) else said
        raise LowerProblem(bad.problem, "；".join(filter(None, (bad.hint, pointer))), str(source)) from None
    try:
        return _lower(tree, scope)
    except LowerProblem as bad:
        bad.fragment = bad.fragment or str(source)
        raise


def condition(source: Any, scope: Scope) -> Node:
    """A yes/no expression as core."""
    node = expression(source, scope)
    if node.type.kind != "bool":
        raise LowerProblem(text("lower.condition", kind=kind_name(node)), "", str(source))
    return node


def _lower(tree: Tree, scope: Scope) -> Node:
    with scope.budget.deeper():
        return _core(tree, scope)


def _core(tree: Tree, scope: Scope) -> Node:
    if isinstance(tree, Quantity):
        above, *below = (core.BASE.get(unit, ((unit, 1),)) for unit in (tree.kind, *tree.per))
        dims = multiplied(above, tuple(base for unit in below for base in inverse(unit)))
        return core.Lit(tree.value, core.type_with(dims, tree.kind), tree.source)
    if isinstance(tree, Date):
        return core.Lit(tree.value, DATE, tree.value.isoformat())
    if isinstance(tree, Name):
        return _name(tree, scope)
    if isinstance(tree, In):
        return _member(tree, scope)
    if isinstance(tree, Has):
        return _has(tree, scope)
    if isinstance(tree, Call):
        return _call(tree, scope)
    if isinstance(tree, Unary):
        arg = _lower(tree.arg, scope)
        if tree.op == "not":
            need(arg, "bool", "not")
            return core.Not(arg)
        if arg.type.kind not in core.BASE and arg.type.kind != "rate":
            raise LowerProblem(text("lower.minus", kind=kind_name(arg)))
        if isinstance(arg, core.Lit):
            return core.Lit(-arg.value, arg.type, f"-{arg.source}")
        return core.Arith("-", core.Lit(0, arg.type, "0"), arg, arg.type)
    return _binary(tree, scope)


def _binary(tree: Binary, scope: Scope) -> Node:
    if tree.op in ("and", "or"):
        parts: list[Node] = []
        kind = core.AllOf if tree.op == "and" else core.AnyOf
        for side in (tree.left, tree.right):
            node = need(_lower(side, scope), "bool", tree.op)
            parts.extend(node.args if isinstance(node, kind) else (node,))
        return kind(tuple(parts))
    if tree.op in ("==", "!="):
        for enum, slug in ((tree.left, tree.right), (tree.right, tree.left)):
            if isinstance(slug, Name) and not isinstance(enum, Quantity):
                item = _lower(enum, scope) if not (isinstance(enum, Name) and _unknown(enum, scope)) else None
                if item is not None and item.type.kind == "enum":
                    return core.Member(item, (category(slug, item, scope.facts),), tree.op == "!=")
                if item is not None and item.type.kind == "set":
                    raise LowerProblem(text("lower.kind", where=tree.op, kind=kind_name(item), wanted=text("kind.enum")), text("lower.in.set"))
    left, right = _lower(tree.left, scope), _lower(tree.right, scope)
    if tree.op in ("+", "-", "*", "/"):
        return arithmetic(tree.op, left, right)
    return compare(tree.op, left, right)


def _unknown(name: Name, scope: Scope) -> bool:
    """Whether a bare name is neither a field, a fact, a ``let`` name nor a reserved word (so perhaps an enum value)."""
    return name.quoted or not (
        name.id in scope.fields
        or name.id in scope.facts
        or _labelled(name.id, scope)
        or name.id in YES_NO
        or name.id in scope.let
        or "." in name.id
        or name.id in ("true", "false", "LPR", "LPR_1Y", "LPR_5Y", "actual", "index", "position")
    )


YES_NO = {"true": True, "false": False, "是": True, "否": False}


def _labelled(id: str, scope: Scope) -> list[str]:
    """The fields of the record at hand, else the facts, that have a name as their label."""
    return [one.id for one in scope.fields.values() if one.label == id] or [one.id for one in scope.facts.by_id.values() if one.label == id]


def _member(tree: In, scope: Scope) -> Node:
    item = need(_lower(tree.item, scope), "enum", "in")
    return core.Member(item, tuple(category(v, item, scope.facts) for v in tree.values), tree.negated)


def _has(tree: Has, scope: Scope) -> Node:
    item = need(_lower(tree.item, scope), "set", "has")
    if not isinstance(item, (core.Fact, core.Field)):
        raise LowerProblem(text("lower.given"))
    values = tuple(category(v, item, scope.facts) for v in tree.values)
    definition = scope.facts[item.id] if isinstance(item, core.Fact) else scope.facts[item.list].fields[item.id]
    return core.Has(item, values, definition.counting_as(values))


def _index_rate(id: str, scope: Scope) -> Node | None:
    """An index rate, where a name is one: ``index`` is the one the loan goes by, ``LPR_5Y`` names a term. Raises ``LowerProblem``."""
    assert scope.list
    said = (scope.index or scope.facts.folder.index) if id == "index" else id
    known = {LPR: TERMS, **scope.facts.folder.indices}
    name = next((one for one in known if said == one or said.startswith(one + "_")), None)
    if name is None:
        if id == "index":
            raise LowerProblem(text("lower.index", name=said, known=listed(known)), " / ".join(nearest_names(said, known)), said)
        return None
    terms, term = known[name], said[len(name) + 1 :] or None
    if term is None and len(terms) == 1:
        term = terms[0]
    if term not in terms and not (term is None and {"1Y", "5Y"} <= set(terms)):
        raise LowerProblem(text("lower.index.term", name=name, known=listed(f"{name}_{one}" for one in terms)), f"{name}_{terms[0]}", said)
    record_field(scope.list, "start", scope.facts)
    return core.LprRate(scope.list, term, name)


def _name(tree: Name, scope: Scope) -> Node:
    id = tree.id
    if tree.quoted:
        figure = bool(re.fullmatch(r"[\d.,]+\s*\S*|\d{4}-\d{1,2}-\d{1,2}", id))
        raise LowerProblem(text("lower.quoted", name=id), text("lower.quoted.figure", figure=id) if figure else text("lower.quoted.hint"), id)
    if id in ("true", "false"):
        return core.Lit(id == "true", BOOL, id)
    if scope.list:
        if id in scope.fields:
            return record_field(scope.list, id, scope.facts)
        if id == "position":
            return core.Position()
        if id == "actual":
            return record_field(scope.list, "rate", scope.facts)
        rate = _index_rate(id, scope) if id not in scope.let and id not in scope.facts else None
        if rate is not None:
            return rate
        if id.startswith(scope.list + "."):
            return record_field(scope.list, id.partition(".")[2], scope.facts)
    if id in scope.let:
        if id in scope.busy:
            raise LowerProblem(text("lower.let.circle", name=id), " → ".join((*scope.busy, id)), id)
        try:
            return _let(scope.let[id], id, replace(scope, busy=(*scope.busy, id)))
        except LowerProblem as bad:
            bad.let = bad.let or id
            raise
    if id in scope.facts:
        definition = scope.facts[id]
        return core.Fact(id, core.type_of(definition), definition.signed)
    labelled = _labelled(id, scope)
    if len(labelled) == 1:
        return _name(Name(labelled[0], tree.at), scope)
    if id in YES_NO:
        return core.Lit(YES_NO[id], BOOL, "true" if YES_NO[id] else "false")
    if labelled:
        raise LowerProblem(text("lower.name", name=id), " / ".join(labelled), id)
    head = id.partition(".")[0]
    if head in scope.facts and scope.facts[head].type == "list":
        raise LowerProblem(text("lower.bare.field", name=id), text("lower.bare.field.hint", name=id), id)
    known = [*scope.fields, *scope.let, *scope.facts.by_id, "LPR", "actual", "position"]
    near = nearest_names(id, known)
    if not id.isascii():
        labels = {one.label: one.id for one in (*scope.fields.values(), *scope.facts.by_id.values())}
        near = [labels[hit] + text("word.brackets", said=hit) for hit in nearest_names(id, labels)] or near
    raise LowerProblem(text("lower.name", name=id), meant(id, lexicon()) or figure_meant(id) or " / ".join(near), id)


LET_KEYS = {"label", "label_en"}


def _let(source: Any, id: str, scope: Scope) -> Node:
    """What a ``let`` name stands for; with a ``label`` it is a step of its own."""
    if not isinstance(source, Mapping) or not LET_KEYS & set(source):
        return form(source, scope)
    label, english = source.get("label", id), source.get("label_en", source.get("label", id))
    if not isinstance(label, str) or not isinstance(english, str):
        raise LowerProblem(text("lower.let.label", name=id), '[let.growth] label = "增速" value = "…"', str(label))
    node = form({key: value for key, value in source.items() if key not in LET_KEYS}, scope)
    return core.Step("named", node, (label, english))


def let_problem(name: str, scope: Scope) -> LowerProblem | None:
    """What is wrong with a ``let`` name, which may stand outside records or, by their fields, within those of one list."""
    first: LowerProblem | None = None
    near: LowerProblem | None = None
    for place in (scope, *(scope.inside(id) for id, fact in scope.facts.by_id.items() if fact.type == "list")):
        try:
            expression(name, place)
            return None
        except LowerProblem as bad:
            first = first or bad
            further = (bad.problem, bad.fragment) != (first.problem, first.fragment) or (bad.hint and not first.hint)
            if place.list and further and near is None:
                near = bad  # within this list it came further
    return near or first


def _call(tree: Call, scope: Scope) -> Node:
    name = tree.function
    if name in AGGREGATES:
        return _aggregate(tree, scope)
    if name not in FUNCTIONS:
        raise LowerProblem(text("lower.function", name=name, known=listed(FUNCTIONS)), " / ".join(nearest_names(name, FUNCTIONS)), name)
    if tree.where is not None:
        raise LowerProblem(text("lower.where", name=name), listed(AGGREGATES))
    args = [_lower(arg, scope) for arg in tree.args]
    counts = {"year": 1, "years_after": 2, "years_before": 2, "months_after": 2, "days": 2, "months": 2, "overlap_days": 4, "given": 1}
    wanted = counts.get(name)
    if (wanted is not None and len(args) != wanted) or (wanted is None and len(args) < 2):
        raise LowerProblem(text("lower.arguments", name=name, wanted=wanted or "2+", found=len(args)))
    if name in ("min", "max"):
        first = args[0]
        for other in args[1:]:
            compare("<=", first, other)
        typed = next((a.type for a in args if a.type.kind not in ("number",)), first.type)
        return core.Extreme(name, tuple(args), typed)
    if name == "given":
        if not isinstance(args[0], (core.Fact, core.Field)):
            raise LowerProblem(text("lower.given"))
        return core.Given(args[0])
    need(args[0], "date", name)
    if name == "year":
        return core.YearOf(args[0])
    if name in ("days", "months", "overlap_days"):
        for arg in args:
            need(arg, "date", name)
        if name == "overlap_days":
            a, b, c, d = args
            return core.Between("days", core.Extreme("max", (a, c), DATE), core.Extreme("min", (b, d), DATE), COUNT)
        return core.Between(name, args[0], args[1], COUNT if name == "days" else core.MONTHS)
    if name == "months_after":
        if args[1].type.kind not in ("number", "count", "months"):
            raise LowerProblem(text("lower.kind", where=name, kind=kind_name(args[1]), wanted=text("kind.months")))
        if isinstance(args[1], core.Lit) and Fraction(args[1].value).denominator != 1:
            raise LowerProblem(text("lower.span", value=args[1].source), "months_after(…, 3)", args[1].source)
        return core.StepMonths(args[0], args[1])
    span, sign = time_span(args[1], name), 1 if name == "years_after" else -1
    return core.StepMonths(args[0], span, sign) if span.type.kind == "months" else core.StepYears(args[0], span, sign)


def _lists(tree: Tree | None, scope: Scope) -> set[str]:
    """The record lists a tree names by ``list.field`` or as a bare name."""
    if isinstance(tree, Name):
        head = tree.id.partition(".")[0]
        return {head} if head in scope.facts and scope.facts[head].type == "list" else set()
    if isinstance(tree, Unary):
        return _lists(tree.arg, scope)
    if isinstance(tree, Binary):
        return _lists(tree.left, scope) | _lists(tree.right, scope)
    if isinstance(tree, (In, Has)):
        return _lists(tree.item, scope)
    if isinstance(tree, Call):
        found: set[str] = set()
        for arg in tree.args:
            found |= _lists(arg, scope)
        return found
    return set()


def _aggregate(tree: Call, scope: Scope) -> Node:
    name = tree.function
    if len(tree.args) != 1:
        raise LowerProblem(text("lower.arguments", name=name, wanted=1, found=len(tree.args)), text("lower.aggregate.hint"))
    lists = _lists(tree.args[0], scope)
    if len(lists) != 1:
        raise LowerProblem(text("lower.aggregate", name=name), text("lower.aggregate.hint"))
    list = lists.pop()
    inner = scope.inside(list)
    where = need(_lower(tree.where, inner), "bool", "where") if tree.where is not None else None
    bare = isinstance(tree.args[0], Name) and "." not in tree.args[0].id
    if name in ("count", "any", "all") and bare:
        if name == "count":
            return core.Fold("count", list, None, where, COUNT)
        if where is None:
            raise LowerProblem(text("lower.aggregate.where", name=name), f"{name}({list} where …)")
        return core.Fold(name, list, where, None, BOOL)
    value = _lower(tree.args[0], inner)
    if name in ("any", "all"):
        return core.Fold(name, list, need(value, "bool", name), where, BOOL)
    if name == "count":
        return core.Fold("count", list, None, need(value, "bool", name), COUNT)
    if value.type.kind not in core.BASE and value.type.kind != "rate" and not (name != "sum" and value.type.kind == "date"):
        raise LowerProblem(text("lower.arith", op=name, kind=kind_name(value)))
    return core.Fold(name, list, value, where, value.type)


def form(source: Any, scope: Scope) -> Node:
    """A form as core: an expression or one mechanism. Raises ``LowerProblem``."""
    if not isinstance(source, Mapping):
        return expression(source, scope)
    mechanism = next((m for m in ORDER if m in source), None)
    if mechanism is None:
        near = [hit for key in source for hit in nearest_names(key, ORDER)]
        raise LowerProblem(
            text("lower.mechanism", keys=listed(source), known=listed(ORDER)), " / ".join(near), next(iter(source), "")
        )
    with scope.budget.deeper():
        node = MECHANISMS[mechanism].lower(source, scope)
    if not MECHANISMS[mechanism].limited:
        return node
    return limited_form(node, source, "item" if scope.list else "project", scope)


def limited_form(node: Node, source: Mapping[str, Any], per: str, scope: Scope) -> Node:
    """A form's figure within what its table says: paid from a figure on, at least so much, in whole steps, at most so much."""
    node = rounded(floored(node, source, scope), source, scope)
    if "at_most" not in source:
        return node
    return rounded(cap(node, source["at_most"], source.get("per", per), scope), source, scope, again=True)


def rounded(node: Node, source: Mapping[str, Any], scope: Scope, again: bool = False) -> Node:
    """``node`` in whole steps, as ``round`` says; ``again``: after a limit, which only rounding down may follow."""
    said = source.get("round")
    if said is None or (again and isinstance(said, Mapping) and said.get("way", "down") != "down"):
        return node
    with within("round"):
        way = said.get("way", "down") if isinstance(said, Mapping) else None
        if not isinstance(said, Mapping) or "to" not in said or set(said) - ROUND_KEYS or way not in WAYS:
            raise LowerProblem(text("lower.round"), 'round = { to = "1万元", way = "down" }', fragment(said))
        if is_dated(node):
            raise LowerProblem(text("lower.round.dated"), "", fragment(said["to"]))
        with within("to"):
            step = expression(said["to"], scope)
            if step.type.dims != node.type.dims or step.type.kind not in (*core.BASE, "rate"):
                raise LowerProblem(text("lower.kind", where="to", kind=kind_name(step), wanted=kind_name(node)), "", fragment(said["to"]))
            if node.type.kind == "percent":
                no_bare_number(step)
            if not isinstance(step, core.Lit) or step.value <= 0:
                raise LowerProblem(text("lower.round.to"), 'to = "1万元"', fragment(said["to"]))
    return core.Step("round", core.Round(node, step, str(way), node.type))


def floored(node: Node, source: Mapping[str, Any], scope: Scope) -> Node:
    """``node``, nothing where it is below ``pays_from``, and at least ``at_least``."""
    for key in ("pays_from", "at_least"):
        if source.get(key) is None:
            continue
        bound = bound_of(node, source[key], scope, key)
        with within(key):
            if key == "pays_from":
                node = core.Step("pays-from", core.Threshold(node, bound, node.type))
            elif is_dated(node):
                raise LowerProblem(text("lower.floor.dated"), "", fragment(source[key]))
            else:
                node = core.Step("floor", core.Extreme("max", (node, bound), node.type))
    return node


def _numbers(node: Node) -> Iterator[core.Lit]:
    """Plain figures other than 0 that a node may come to."""
    if isinstance(node, core.Lit):
        if node.type.kind in ("number", "count") and node.value:
            yield node
    elif isinstance(node, (core.Step, core.Choose, core.Extreme, core.Cap, core.Threshold, core.Round)):
        for part in core.values_in(node):
            yield from _numbers(part)
    elif isinstance(node, core.Arith) and node.type.kind == "number" and not core.facts_in(node):
        yield from (leaf for side in (node.left, node.right) for leaf in _numbers(side))


def no_bare_number(node: Node) -> None:
    """Refuses a bare 20 where a percentage is meant. Raises ``LowerProblem``."""
    for bare in _numbers(node):
        percent = decimal_text(simple(bare.value if abs(bare.value) > 1 else bare.value * 100)) + "%"
        raise LowerProblem(text("lower.percent.bare", value=bare.source), f'"{percent}"', bare.source)


def typed_form(source: Any, scope: Scope, wanted: Type, where: str) -> Node:
    """A form that must be of one type. Raises ``LowerProblem``."""
    node = form(source, scope)
    if wanted.kind == "percent":
        no_bare_number(node)
    flexible = wanted.kind == "percent" and node.type.kind == "number" and not node.type.dims
    if node.type.kind != wanted.kind and not flexible:
        raise LowerProblem(
            text("lower.kind", where=where, kind=kind_name(node), wanted=text(f"kind.{wanted.kind}")), with_unit(node, wanted.kind), fragment(source)
        )
    return node


def bound_of(node: Node, source: Any, scope: Scope, key: str) -> Node:
    """The form under ``key`` that bounds ``node``: of its type. Raises ``LowerProblem``."""
    with within(key):
        bound = form(source, scope)
        if bound.type.dims != node.type.dims or bound.type.kind not in (*core.BASE, "rate"):
            said = text("lower.kind", where=key, kind=kind_name(bound), wanted=kind_name(node))
            raise LowerProblem(said, with_unit(bound, node.type.kind), fragment(source))
        if node.type.kind == "percent":
            no_bare_number(bound)
    return bound


def cap(node: Node, limit: Any, scope_name: str, scope: Scope, when: Any = None) -> Node:
    """``node`` up to ``limit`` (a form), labelled with the limit's scope."""
    if scope_name not in SCOPES:
        raise LowerProblem(text("lower.scope", scope=shown(scope_name), known=listed(SCOPES)), " / ".join(nearest_names(scope_name, SCOPES)), scope_name)
    bound = bound_of(node, limit, scope, "at_most")
    capped = core.Step(f"limit.{scope_name}", core.Cap(node, bound, scope_name, node.type))
    if when is None:
        return capped
    with within("when"):
        either = core.Choose(((condition(when, scope), capped),), node, node.type)
    scope.budget.weigh(either)
    return either
