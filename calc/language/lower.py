"""Surface mechanisms → core: names are resolved, types and units checked, each figure keeps its label and clause.

A *form* is what stands in a value slot: an expression, or a table with one mechanism (``MECHANISMS``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from calc.errors import nearest_names
from calc.facts import FactDef, Facts
from calc.language import core
from calc.language.bounds import is_dated
from calc.language.core import BOOL, COUNT, DATE, MONEY, PERCENT, Node, Type
from calc.language.render import source_of
from calc.language.syntax import Binary, Call, Date, Has, In, Name, Quantity, SyntaxProblem, Unary, parse
from calc.language.syntax import Node as Tree
from calc.messages import text
from calc.units import decimal_text, simple

SCOPES = ("item", "group", "project", "year", "enterprise-year", "enterprise", "total")
YEARLY = ("year", "enterprise-year")
ITEM_KEYS = {
    "where", "top", "top_each", "group_by", "take", "group_at_most", "group_year_at_most", "merge_by", "year", "years", "first_years", "require",
}  # fmt: skip
# mechanism → the keys that go with it; the first key names it
MECHANISMS: dict[str, set[str]] = {
    "each": {"each"} | ITEM_KEYS,
    "count": {"count", "where", "tiers", "per_unit", "otherwise"},
    "interest_on": {"interest_on", "where", "rate", "years", "require"},
    "sum": {"sum"},
    "best": {"best"},
    "cases": {"cases"},
    "by": {"by", "tiers", "otherwise", "marginal"},
    "percent": {"percent", "of"},
    "per_unit": {"per_unit", "quantity"},
    "amount": {"amount"},
    "value": {"value"},
}
COMMON = {"at_most", "per", "at_least", "pays_from"}
ADDITIVE = frozenset(("money", "usd", "count", "area", "mu", "tonne", "kg"))  # fields that add up when records are merged
BOUNDS = {"from": ">=", "over": ">", "below": "<", "up_to": "<="}
AGGREGATES = ("sum", "count", "any", "all", "largest", "smallest")
FUNCTIONS = (
    "min", "max", "year", "years_after", "years_before", "months_after", "days", "months", "overlap_days", "given", *AGGREGATES,
)  # fmt: skip
LOAN_FIELDS = ("principal", "start", "end")


MOST_NODES = 20_000  # of one scheme's expressions, ``let`` names written out
MOST_DEPTH = 200  # of one expression within its forms, ``let`` names written out


T = TypeVar("T")


class LowerProblem(ValueError):
    """A form that cannot be lowered: what is wrong, a hint, and where: the keys that lead there from the form it began with
    (or from the ``let`` name it stands in) and the ``fragment`` of the file."""

    def __init__(self, problem: str, hint: str = "", fragment: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.fragment = fragment
        self.path: tuple[str | int, ...] = ()
        self.let = ""


@contextmanager
def within(*keys: str | int) -> Iterator[None]:
    """Notes on a problem found inside that it stands under ``keys``."""
    try:
        yield
    except LowerProblem as bad:
        if not bad.let:
            bad.path = (*keys, *bad.path)
        raise


class Budget:
    """How much a scheme may still spend on core nodes, and how deep it stands."""

    __slots__ = ("depth", "nodes", "sizes")

    def __init__(self) -> None:
        self.nodes = MOST_NODES
        self.depth = 0
        self.sizes: dict[Node, int] = {}

    def weigh(self, node: Node) -> int:
        """The nodes of a formula, what it shares counted each time. Raises ``LowerProblem`` where they are too many."""
        if node not in self.sizes:
            self.sizes[node] = 1 + sum(map(self.weigh, core.children(node)))
            if self.sizes[node] > MOST_NODES:
                raise LowerProblem(text("lower.large", most=MOST_NODES))
        return self.sizes[node]

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One node, one step down. Raises ``LowerProblem`` where there is too much."""
        self.nodes -= 1
        if self.nodes < 0:
            raise LowerProblem(text("lower.large", most=MOST_NODES))
        if self.depth >= MOST_DEPTH:
            raise LowerProblem(text("document.deep"))
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


@dataclass(slots=True)
class Scope:
    """What names mean at one place: all facts, the record list at hand, the scheme's own ``let`` names."""

    facts: Facts
    let: Mapping[str, Any] = field(default_factory=dict)
    list: str | None = None
    busy: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)

    def inside(self, list: str) -> Scope:
        """The same place within the records of ``list``."""
        return replace(self, list=list)

    @property
    def fields(self) -> dict[str, FactDef]:
        """Fields of the record at hand."""
        return self.facts[self.list].fields if self.list else {}


# ---------------------------------------------------------------- expressions


def expression(source: Any, scope: Scope) -> Node:
    """An expression as core. Raises ``LowerProblem``."""
    if isinstance(source, bool) or not isinstance(source, (str, int, dt.date)):
        raise LowerProblem(text("lower.expression", value=source), text("lower.expression.hint"), str(source))
    if isinstance(source, dt.date):
        return core.Lit(source, DATE, source.isoformat())
    try:
        tree = parse(str(source))
    except SyntaxProblem as bad:
        pointer = f"{source[: bad.at]}⟨{source[bad.at :]}⟩" if isinstance(source, str) else str(source)
        raise LowerProblem(bad.problem, pointer, str(source)) from None
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


def kind_name(node: Node) -> str:
    """What a node is, in words; a compound unit by its base units."""
    kind = node.type.kind
    if kind == "rate":
        return "·".join(f"{base}{power if power != 1 else ''}" for base, power in node.type.dims)
    return text(f"kind.{kind}")


def _lower(tree: Tree, scope: Scope) -> Node:
    with scope.budget.deeper():
        return _core(tree, scope)


def _core(tree: Tree, scope: Scope) -> Node:
    if isinstance(tree, Quantity):
        dims = _times(core.BASE.get(tree.kind, ()), tuple(d for unit in tree.per for d in _inverse(core.BASE[unit])))
        return core.Lit(tree.value, _typed(dims, tree.kind), tree.source)
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
            _need(arg, "bool", "not")
            return core.Not(arg)
        if arg.type.kind not in core.BASE and arg.type.kind != "rate":
            raise LowerProblem(text("lower.minus", kind=kind_name(arg)))
        if isinstance(arg, core.Lit):
            return core.Lit(-arg.value, arg.type, f"-{arg.source}")
        return core.Arith("-", core.Lit(0, arg.type, "0"), arg, arg.type)
    return _binary(tree, scope)


def _need(node: Node, kind: str, where: str) -> Node:
    if node.type.kind != kind:
        raise LowerProblem(text("lower.kind", where=where, kind=kind_name(node), wanted=text(f"kind.{kind}")))
    return node


def _binary(tree: Binary, scope: Scope) -> Node:
    if tree.op in ("and", "or"):
        parts: list[Node] = []
        kind = core.AllOf if tree.op == "and" else core.AnyOf
        for side in (tree.left, tree.right):
            node = _need(_lower(side, scope), "bool", tree.op)
            parts.extend(node.args if isinstance(node, kind) else (node,))
        return kind(tuple(parts))
    if tree.op in ("==", "!="):
        for enum, slug in ((tree.left, tree.right), (tree.right, tree.left)):
            if isinstance(slug, Name) and not isinstance(enum, Quantity):
                item = _lower(enum, scope) if not (isinstance(enum, Name) and _unknown(enum, scope)) else None
                if item is not None and item.type.kind == "enum":
                    return core.Member(item, (_slug(slug, item),), tree.op == "!=")
    left, right = _lower(tree.left, scope), _lower(tree.right, scope)
    if tree.op in ("+", "-", "*", "/"):
        return _arith(tree.op, left, right)
    return compare(tree.op, left, right)


def compare(op: str, left: Node, right: Node) -> Node:
    """``left op right``, refused where the two are not of one type and unit."""
    kinds = {left.type.kind, right.type.kind}
    same = left.type.dims == right.type.dims and (
        len(kinds) == 1 or kinds <= {"number", "count"} or kinds <= {"number", "percent"}
    )
    if not same or kinds & {"list", "enum", "set"} or ("bool" in kinds and op not in ("==", "!=")):
        raise LowerProblem(text("lower.compare", left=kind_name(left), op=op, right=kind_name(right)), text("lower.compare.hint"))
    for side in (left, right):
        if "percent" in kinds and isinstance(side, core.Lit) and side.type.kind == "number" and abs(side.value) > 1:
            raise LowerProblem(text("lower.percent", value=side.source), f"{side.source}%", side.source)
    return core.Compare(op, left, right)


def _times(a: tuple[tuple[str, int], ...], b: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    powers: dict[str, int] = {}
    for base, power in (*a, *b):
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def _inverse(dims: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    return tuple((base, -power) for base, power in dims)


def _typed(dims: tuple[tuple[str, int], ...], plain: str = "number") -> Type:
    if not dims:
        return Type(plain if plain in ("percent", "count", "number") else "number")
    for kind, base in core.BASE.items():
        if base and tuple(sorted(base)) == dims:
            return Type(kind, base)
    return Type("rate", dims)


def _arith(op: str, left: Node, right: Node) -> Node:
    for side in (left, right):
        if side.type.kind not in core.BASE and side.type.kind != "rate":
            raise LowerProblem(text("lower.arith", op=op, kind=kind_name(side)))
    kinds = {left.type.kind, right.type.kind}
    if op in ("+", "-"):
        flexible = kinds <= {"number", "count"} or kinds <= {"number", "percent"}
        for side in (left, right):
            if kinds == {"percent", "number"} and isinstance(side, core.Lit) and abs(side.value) > 1:
                raise LowerProblem(text("lower.percent.bare", value=side.source), f"{side.source}%", side.source)
        if left.type.dims != right.type.dims or not (len(kinds) == 1 or flexible):
            raise LowerProblem(text("lower.add", left=kind_name(left), op=op, right=kind_name(right)), text("lower.compare.hint"))
        kind: str | None = next((k for k in ("percent", "count") if k in kinds), None)
        if kind == "count" and "number" in kinds:
            kind = "number"
        return core.Arith(op, left, right, Type(kind) if kind else left.type)
    if op == "*":
        dims = _times(left.type.dims, right.type.dims)
        plain = "count" if kinds == {"count"} else "percent" if "percent" in kinds and kinds <= {"percent", "number"} else "number"
    else:
        dims = _times(left.type.dims, _inverse(right.type.dims))
        plain = "percent" if left.type.kind == "percent" and right.type.kind == "number" else "number"
    return core.Arith(op, left, right, _typed(dims, plain))


def _unknown(name: Name, scope: Scope) -> bool:
    """Whether a bare name is neither a field, a fact, a ``let`` name nor a reserved word (so perhaps an enum value)."""
    return name.quoted or not (
        name.id in scope.fields
        or name.id in scope.facts
        or name.id in scope.let
        or "." in name.id
        or name.id in ("true", "false", "LPR", "LPR_1Y", "LPR_5Y", "actual", "position")
    )


def _slug(name: Name, enum: Node) -> str:
    if name.id not in enum.type.values:
        near = nearest_names(name.id, enum.type.values)
        raise LowerProblem(text("lower.slug", slug=name.id, values="、".join(enum.type.values)), " / ".join(near), name.id)
    return name.id


def _member(tree: In, scope: Scope) -> Node:
    item = _need(_lower(tree.item, scope), "enum", "in")
    return core.Member(item, tuple(_slug(v, item) for v in tree.values), tree.negated)


def _has(tree: Has, scope: Scope) -> Node:
    item = _need(_lower(tree.item, scope), "set", "has")
    if not isinstance(item, (core.Fact, core.Field)):
        raise LowerProblem(text("lower.given"))
    values = tuple(_slug(v, item) for v in tree.values)
    definition = scope.facts[item.id] if isinstance(item, core.Fact) else scope.facts[item.list].fields[item.id]
    return core.Has(item, values, definition.counting_as(values))


def _field(list: str, id: str, facts: Facts) -> core.Field:
    fields = facts[list].fields
    if id not in fields:
        raise LowerProblem(
            text("lower.field", list=list, field=id, fields="、".join(fields)), " / ".join(nearest_names(id, fields)), id
        )
    definition = fields[id]
    return core.Field(list, id, core.type_named(definition.type, tuple(definition.values)), definition.signed)


def _name(tree: Name, scope: Scope) -> Node:
    id = tree.id
    if tree.quoted:
        raise LowerProblem(text("lower.quoted", name=id), text("lower.quoted.hint"), id)
    if id in ("true", "false"):
        return core.Lit(id == "true", BOOL, id)
    if scope.list:
        if id in scope.fields:
            return _field(scope.list, id, scope.facts)
        if id == "position":
            return core.Position()
        if id == "actual":
            return _field(scope.list, "rate", scope.facts)
        if id in ("LPR", "LPR_1Y", "LPR_5Y"):
            _field(scope.list, "start", scope.facts)
            return core.LprRate(scope.list, id[4:] or None)
        if id.startswith(scope.list + "."):
            return _field(scope.list, id.partition(".")[2], scope.facts)
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
        return core.Fact(id, core.type_named(definition.type, tuple(definition.values)), definition.signed)
    head = id.partition(".")[0]
    if head in scope.facts and scope.facts[head].type == "list":
        raise LowerProblem(text("lower.bare.field", name=id), text("lower.bare.field.hint", name=id), id)
    known = [*scope.fields, *scope.let, *scope.facts.by_id, "LPR", "actual", "position"]
    raise LowerProblem(text("lower.name", name=id), " / ".join(nearest_names(id, known)), id)


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
            if place.list and (bad.problem, bad.fragment) != (first.problem, first.fragment) and near is None:
                near = bad  # within this list it came further
    return near or first


def _call(tree: Call, scope: Scope) -> Node:
    name = tree.function
    if name in AGGREGATES:
        return _aggregate(tree, scope)
    if name not in FUNCTIONS:
        raise LowerProblem(text("lower.function", name=name, known="、".join(FUNCTIONS)), " / ".join(nearest_names(name, FUNCTIONS)), name)
    if tree.where is not None:
        raise LowerProblem(text("lower.where", name=name), "、".join(AGGREGATES))
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
    _need(args[0], "date", name)
    if name == "year":
        return core.YearOf(args[0])
    if name in ("days", "months", "overlap_days"):
        for arg in args:
            _need(arg, "date", name)
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
    span, sign = _span(args[1], name), 1 if name == "years_after" else -1
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
        raise LowerProblem(text("lower.arguments", name=name, wanted=1, found=len(tree.args)))
    lists = _lists(tree.args[0], scope)
    if len(lists) != 1:
        raise LowerProblem(text("lower.aggregate", name=name), text("lower.aggregate.hint"))
    list = lists.pop()
    inner = scope.inside(list)
    where = _need(_lower(tree.where, inner), "bool", "where") if tree.where is not None else None
    bare = isinstance(tree.args[0], Name) and "." not in tree.args[0].id
    if name in ("count", "any", "all") and bare:
        if name == "count":
            return core.Fold("count", list, None, where, COUNT)
        if where is None:
            raise LowerProblem(text("lower.aggregate.where", name=name), f"{name}({list} where …)")
        return core.Fold(name, list, where, None, BOOL)
    value = _lower(tree.args[0], inner)
    if name in ("any", "all"):
        return core.Fold(name, list, _need(value, "bool", name), where, BOOL)
    if name == "count":
        return core.Fold("count", list, None, _need(value, "bool", name), COUNT)
    if value.type.kind not in core.BASE and value.type.kind != "rate" and not (name != "sum" and value.type.kind == "date"):
        raise LowerProblem(text("lower.arith", op=name, kind=kind_name(value)))
    return core.Fold(name, list, value, where, value.type)


# ---------------------------------------------------------------- forms


def form(source: Any, scope: Scope) -> Node:
    """A form as core: an expression or one mechanism. Raises ``LowerProblem``."""
    if not isinstance(source, Mapping):
        return expression(source, scope)
    mechanism = next((m for m in MECHANISMS if m in source), None)
    if mechanism is None:
        near = [hit for key in source for hit in nearest_names(key, MECHANISMS)]
        raise LowerProblem(
            text("lower.mechanism", keys="、".join(source), known="、".join(MECHANISMS)), " / ".join(near), next(iter(source), "")
        )
    with scope.budget.deeper():
        node = _LOWER[mechanism](source, scope)
    if mechanism in ("each", "interest_on"):
        return node
    return _limited(node, source, "item" if scope.list else "project", scope)


def _limited(node: Node, source: Mapping[str, Any], per: str, scope: Scope) -> Node:
    """A form's figure within what its table says: paid from a figure on, at least so much, at most so much."""
    node = floored(node, source, scope)
    return cap(node, source["at_most"], source.get("per", per), scope) if "at_most" in source else node


def floored(node: Node, source: Mapping[str, Any], scope: Scope) -> Node:
    """``node``, nothing where it is below ``pays_from``, and at least ``at_least``."""
    for key in ("pays_from", "at_least"):
        if source.get(key) is None:
            continue
        with within(key):
            bound = form(source[key], scope)
            if bound.type.dims != node.type.dims or bound.type.kind not in (*core.BASE, "rate"):
                raise LowerProblem(text("lower.kind", where=key, kind=kind_name(bound), wanted=kind_name(node)), "", fragment(source[key]))
            if node.type.kind == "percent":
                no_bare_number(bound)
            if key == "pays_from":
                node = core.Step("pays-from", core.Threshold(node, bound, node.type))
            elif is_dated(node):
                raise LowerProblem(text("lower.floor.dated"), "", fragment(source[key]))
            else:
                node = core.Step("floor", core.Extreme("max", (node, bound), node.type))
    return node


def _keys(source: Mapping[str, Any], mechanism: str, more: set[str] | frozenset[str] = frozenset()) -> None:
    allowed = MECHANISMS[mechanism] | COMMON | more
    for key in source:
        if key not in allowed:
            raise LowerProblem(
                text("lower.key", mechanism=mechanism, key=key, known="、".join(sorted(allowed))),
                " / ".join(nearest_names(key, allowed | ITEM_KEYS)),
                key,
            )


def _numbers(node: Node) -> Iterator[core.Lit]:
    """Plain figures other than 0 that a node may come to."""
    if isinstance(node, core.Lit):
        if node.type.kind in ("number", "count") and node.value:
            yield node
    elif isinstance(node, (core.Step, core.Choose, core.Extreme, core.Cap, core.Threshold)):
        for part in core.values_in(node):
            yield from _numbers(part)
    elif isinstance(node, core.Arith) and node.type.kind == "number" and not core.facts_in(node):
        yield from (leaf for side in (node.left, node.right) for leaf in _numbers(side))


def no_bare_number(node: Node) -> None:
    """Refuses a bare 20 where a percentage is meant. Raises ``LowerProblem``."""
    for bare in _numbers(node):
        percent = decimal_text(simple(bare.value if abs(bare.value) > 1 else bare.value * 100)) + "%"
        raise LowerProblem(text("lower.percent.bare", value=bare.source), f'"{percent}"', bare.source)


def _typed_form(source: Any, scope: Scope, wanted: Type, where: str) -> Node:
    node = form(source, scope)
    if wanted.kind == "percent":
        no_bare_number(node)
    flexible = wanted.kind == "percent" and node.type.kind == "number" and not node.type.dims
    if node.type.kind != wanted.kind and not flexible:
        raise LowerProblem(
            text("lower.kind", where=where, kind=kind_name(node), wanted=text(f"kind.{wanted.kind}")), "", fragment(source)
        )
    return node


def fragment(source: Any) -> str:
    """A piece of a form as it stands in the file, by which its line is found."""
    if isinstance(source, Mapping):
        return next((fragment(v) for v in source.values()), "")
    if isinstance(source, list):
        return next((fragment(v) for v in source), "")
    return str(source)


def cap(node: Node, limit: Any, scope_name: str, scope: Scope, when: Any = None) -> Node:
    """``node`` up to ``limit`` (a form), labelled with the limit's scope."""
    if scope_name not in SCOPES:
        raise LowerProblem(text("lower.scope", scope=scope_name, known="、".join(SCOPES)), " / ".join(nearest_names(scope_name, SCOPES)), scope_name)
    with within("at_most"):
        bound = form(limit, scope)
    if bound.type.dims != node.type.dims or bound.type.kind not in (*core.BASE, "rate"):
        raise LowerProblem(text("lower.kind", where="at_most", kind=kind_name(bound), wanted=kind_name(node)), "", fragment(limit))
    if node.type.kind == "percent":
        with within("at_most"):
            no_bare_number(bound)
    capped = core.Step(f"limit.{scope_name}", core.Cap(node, bound, scope_name, node.type))
    if when is None:
        return capped
    with within("when"):
        either = core.Choose(((condition(when, scope), capped),), node, node.type)
    scope.budget.weigh(either)
    return either


def _percent(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "percent")
    if "of" not in source:
        raise LowerProblem(text("lower.lacks", mechanism="percent", key="of"), "{ percent = …, of = … }", fragment(source))
    with within("percent"):
        share = core.Step("rate", _typed_form(source["percent"], scope, PERCENT, "percent"))
    with within("of"):
        base = form(source["of"], scope)
    return core.Step("product", _arith("*", share, core.Step("base", base)))


def _per_unit(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "per_unit")
    if "quantity" not in source:
        raise LowerProblem(text("lower.lacks", mechanism="per_unit", key="quantity"), "{ per_unit = …, quantity = … }", fragment(source))
    with within("per_unit"):
        rate = core.Step("unit-rate", form(source["per_unit"], scope))
    with within("quantity"):
        quantity = core.Step("quantity", form(source["quantity"], scope))
    return core.Step("units", _arith("*", rate, quantity))


def _branch(entry: Mapping[str, Any], scope: Scope, taken: set[str]) -> Node:
    """What a case or tier pays: its keys without those that select it."""
    rest = {key: value for key, value in entry.items() if key not in taken}
    if not rest:
        raise LowerProblem(text("lower.branch"), "amount = … / value = … / percent = …, of = …", fragment(entry))
    return form(rest, scope)


def _alike(nodes: list[Node], place: str) -> Type:
    first = nodes[0].type
    for other in nodes[1:]:
        if other.type.dims != first.dims or (other.type.kind in ("bool", "date", "enum")) != (first.kind in ("bool", "date", "enum")):
            raise LowerProblem(text("lower.alike", first=kind_name(nodes[0]), other=kind_name(other)), "", place)
    return next((n.type for n in nodes if n.type.kind != "number"), first)


def _choose(branches: list[tuple[Node, Node]], otherwise: Node | None, place: str) -> Node:
    values = [value for _, value in branches] + ([otherwise] if otherwise is not None else [])
    type_ = _alike(values, place)
    if type_.kind == "percent":
        for value in values:
            no_bare_number(value)
    return core.Choose(tuple(branches), otherwise, type_)


def _cases(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "cases")
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
                branches.append((test, _branch(entry, scope, {"when"})))
            else:
                raise LowerProblem(text("lower.case"), "{ when = …, value = … }", fragment(entry))
    if not branches:
        raise LowerProblem(text("lower.case"), "{ when = …, value = … }", fragment(source))
    return _choose(branches, otherwise, fragment(source))


def _by(source: Mapping[str, Any], scope: Scope) -> Node:
    with within("by"):
        subject = expression(source["by"], scope)
    otherwise = _at(source, "otherwise", scope, form)
    if "tiers" in source:
        _keys(source, "by")
        marginal = source.get("marginal", False)
        if not isinstance(marginal, bool):
            raise LowerProblem(text("lower.marginal.flag", value=marginal), "marginal = true", str(marginal))
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
                branches.append((core.Member(subject, (_slug(Name(key, 0), subject),)), form(value, scope)))
    if not branches:
        raise LowerProblem(text("lower.by.empty"), "、".join(subject.type.values), str(source["by"]))
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
            value = _slice(entry, scope) if marginal else _branch(entry, scope, set(BOUNDS))
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
            return core.Step("rate", _typed_form(rest["percent"], scope, PERCENT, "percent"))
    share = _branch(entry, scope, set(BOUNDS))
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
        parts.append(core.Step("units" if units else "product", _arith("*", value, core.Step("quantity" if units else "base", part))))
    return core.Total(tuple(parts), _alike(parts, fragment(entries)))


def _sum(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "sum")
    entries = source["sum"]
    if not isinstance(entries, list) or not entries:
        raise LowerProblem(text("lower.list", key="sum"), "[ …, { when = …, amount = … } ]", "sum")
    parts: list[Node] = []
    for place, entry in enumerate(entries):
        with within("sum", place):
            if isinstance(entry, Mapping) and "when" in entry:
                value = _branch(entry, scope, {"when"})
                zero = core.Lit(0, value.type, "0")
                with within("when"):
                    parts.append(core.Choose(((condition(entry["when"], scope), value),), zero, value.type))
            else:
                parts.append(form(entry, scope))
    return core.Step("sum", core.Total(tuple(parts), _alike(parts, fragment(source))))


def _best(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "best")
    entries = source["best"]
    if not isinstance(entries, list) or len(entries) < 2:
        raise LowerProblem(text("lower.list", key="best"), "[ { … }, { … } ]", "best")
    parts: list[Node] = []
    for place, entry in enumerate(entries):
        with within("best", place):
            if isinstance(entry, Mapping) and "when" in entry:
                value = _branch(entry, scope, {"when"})
                with within("when"):
                    parts.append(core.Choose(((condition(entry["when"], scope), value),), None, value.type))
            else:
                parts.append(form(entry, scope))
    return core.Step("best", core.Extreme("max", tuple(parts), _alike(parts, fragment(source)), True))


def _list(source: Mapping[str, Any], key: str, scope: Scope) -> str:
    name = source[key]
    if not isinstance(name, str) or name not in scope.facts or scope.facts[name].type != "list":
        lists = [i for i, f in scope.facts.by_id.items() if f.type == "list"]
        raise LowerProblem(text("lower.not.list", name=name), " / ".join(nearest_names(str(name), lists)), str(name))
    if scope.list:
        raise LowerProblem(text("lower.nested", name=name, outer=scope.list), text("lower.bare.field.hint", name=f"{name}.…"), str(name))
    return name


def _whole(source: Mapping[str, Any], key: str) -> int | None:
    value = source.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise LowerProblem(text("lower.whole", key=key, value=value), f"{key} = 3", str(value))
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


def _each(source: Mapping[str, Any], scope: Scope) -> Node:
    name = _list(source, "each", scope)
    inner = scope.inside(name)
    rest = {key: value for key, value in source.items() if key not in MECHANISMS["each"] and key not in COMMON}
    if not rest:
        raise LowerProblem(text("lower.branch"), "percent = …, of = … / amount = …", name)
    value = form(rest, inner)
    value = _limited(value, source, "item", inner)
    take = source.get("take", "sum")
    if take not in ("sum", "max"):
        raise LowerProblem(text("lower.take", take=take), "sum / max", str(take))
    for key in ("take", "group_at_most", "group_year_at_most"):
        if key in source and "group_by" not in source:
            raise LowerProblem(text("lower.lacks", mechanism=key, key="group_by"), "group_by = …", str(source[key]))
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
            _field(name, str(merge), scope.facts)
        merged = tuple(i for i, f in scope.facts[name].fields.items() if f.type in ADDITIVE and i != merge)
    return core.Step(
        "items",
        core.Items(
            name,
            value,
            where=_at(source, "where", inner, condition),
            merge_by=merge,
            merged=merged,
            top=_whole(source, "top"),
            top_each=_whole(source, "top_each"),
            group_by=_at(source, "group_by", inner, expression),
            take=take,
            group_year_cap=_at(source, "group_year_at_most", scope, form),
            group_cap=_at(source, "group_at_most", scope, form),
            year=_at(source, "year", inner, _period),
            years=_at(source, "years", inner, _whole_years),
            first_years=_whole(source, "first_years"),
            requires=_at(source, "require", inner, requires) or (),
            type=value.type,
        ),
    )


def _at(source: Mapping[str, Any], key: str, scope: Scope, read: Callable[[Any, Scope], T]) -> T | None:
    """What stands under ``key``, read; ``None`` if nothing does."""
    if key not in source:
        return None
    with within(key):
        return read(source[key], scope)


def _period(source: Any, scope: Scope) -> Node:
    node = form(source, scope)
    if node.type.kind not in ("number", "count", "years"):
        raise LowerProblem(text("lower.kind", where="year", kind=kind_name(node), wanted=text("kind.count")), "", fragment(source))
    return node


def _whole_years(source: Any, scope: Scope) -> Node:
    """How many years an item is paid; a fixed number must be whole."""
    node = form(source, scope)
    span = _span(node, "years")
    if span.type.kind == "months":
        raise LowerProblem(text("lower.years.whole"), "years = 3", fragment(source))
    return span


def _span(node: Node, where: str) -> Node:
    """A span as whole years where it is known to be such, else in months. Raises ``LowerProblem``."""
    kind = node.type.kind
    if kind not in ("number", "count", "years", "months"):
        raise LowerProblem(text("lower.kind", where=where, kind=kind_name(node), wanted=text("kind.years")))
    if not isinstance(node, core.Lit):
        return node
    months = node.value if kind == "months" else node.value * 12
    if months % 12 == 0:
        return core.Lit(simple(Fraction(months, 12)), core.YEARS, node.source) if kind == "months" else node
    if Fraction(months).denominator != 1:
        raise LowerProblem(text("lower.span", value=node.source), "18个月", node.source)
    return core.Lit(simple(Fraction(months)), core.MONTHS, f"{months}个月")


def _count(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "count")
    name = _list(source, "count", scope)
    where = _at(source, "where", scope.inside(name), condition)
    number = core.Step("count", core.Items(name, core.Lit(1, COUNT, "1"), where=where, type=COUNT))
    if "tiers" in source:
        return tiers(source["tiers"], number, _at(source, "otherwise", scope, form), scope)
    if "per_unit" in source:
        with within("per_unit"):
            rate = core.Step("unit-rate", form(source["per_unit"], scope))
        return core.Step("units", _arith("*", rate, number))
    raise LowerProblem(text("lower.lacks", mechanism="count", key="tiers / per_unit"), "", name)


def _interest(source: Mapping[str, Any], scope: Scope) -> Node:
    _keys(source, "interest_on")
    name = _list(source, "interest_on", scope)
    inner = scope.inside(name)
    for id in LOAN_FIELDS:
        _field(name, id, scope.facts)
    if "rate" not in source:
        raise LowerProblem(text("lower.lacks", mechanism="interest_on", key="rate"), 'rate = "min(LPR, actual)"', name)
    with within("rate"):
        rate = core.Step("interest-rate", _typed_form(source["rate"], inner, PERCENT, "rate"))
    years = _at(source, "years", inner, lambda given, at: _span(form(given, at), "years"))
    value: Node = core.Interest(name, rate, years)
    value = _limited(value, source, "item", inner)
    where = _at(source, "where", inner, condition)
    return core.Step("items", core.Items(name, value, where=where, requires=_at(source, "require", inner, requires) or ()))


def _inner(source: Mapping[str, Any], scope: Scope) -> Node:
    key = "amount" if "amount" in source else "value"
    _keys(source, key)
    with within(key):
        return form(source[key], scope)


_LOWER = {
    "each": _each,
    "count": _count,
    "interest_on": _interest,
    "sum": _sum,
    "best": _best,
    "cases": _cases,
    "by": _by,
    "percent": _percent,
    "per_unit": _per_unit,
    "amount": _inner,
    "value": _inner,
}


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
    whole = sum(Fraction(one.value) for one in figures)
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
                found.append(_typed_form(entry, scope, MONEY, "years"))
        return core.Years(tuple(found), tuple(map(str, periods)))
    if "by" in source:
        subject = _need(expression(source["by"], scope), "enum", "by")
        pairs = [(core.Member(subject, (_slug(Name(k, 0), subject),)), _years(v, scope)) for k, v in source.items() if k not in ("by", "otherwise")]
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
