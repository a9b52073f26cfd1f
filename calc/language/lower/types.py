"""Types and units of what is computed."""

from __future__ import annotations

import re
from fractions import Fraction

from calc.errors import nearest_names
from calc.facts import Facts
from calc.language import core
from calc.language.core import Node, Type
from calc.language.lower.scope import LowerProblem
from calc.language.syntax import Name
from calc.messages import listed, text
from calc.messages.currency import currency
from calc.units import simple

_UNIT_NAMES = {"CNY": "元", "USD": "美元", "m2": "平方米", "mu": "亩", "t": "吨", "kg": "公斤", "year": "年", "month": "月"}


def _powered(base: str, power: int) -> str:
    return _UNIT_NAMES.get(base, base) + ("²³"[power - 2] if power in (2, 3) else "" if power == 1 else f"^{power}")


def kind_name(node: Node) -> str:
    """What a node is, in words; a compound unit by its base units."""
    kind = node.type.kind
    if kind == "rate":
        over = "·".join(_powered(base, power) for base, power in node.type.dims if power > 0)
        under = "".join("/" + _powered(base, -power) for base, power in node.type.dims if power < 0)
        return (over or "1") + under
    return text(f"kind.{kind}")


def need(node: Node, kind: str, where: str) -> Node:
    """``node``, which must be of a kind. Raises ``LowerProblem``."""
    if node.type.kind != kind:
        hint = ""
        if where == "has" and node.type.kind == "enum":
            hint = text("lower.has.enum")
        elif where == "in" and node.type.kind == "set":
            hint = text("lower.in.set")
        elif where in ("and", "or"):
            hint = text("lower.each.side", op=where)
        raise LowerProblem(text("lower.kind", where=where, kind=kind_name(node), wanted=text(f"kind.{kind}")), hint)
    return node


_WRITTEN = {"money": "", "usd": "美元", "percent": "%", "area": "平方米", "mu": "亩", "tonne": "吨", "kg": "公斤", "years": "年", "months": "个月"}


def with_unit(figure: Node, kind: str) -> str:
    """A figure that was written without its unit, with that of a kind; empty where nothing was left out."""
    figure = core.bare(figure)
    if isinstance(figure, core.Choose):
        return next(filter(None, (with_unit(value, kind) for value in core.values_in(figure))), "")
    bare = isinstance(figure, core.Lit) and re.fullmatch(r"-?[\d.,]+[百千]?[万亿]?", figure.source)
    if not isinstance(figure, core.Lit) or not bare or kind not in _WRITTEN:
        return ""
    return figure.source + (_WRITTEN[kind] or currency().words[0])


def _alike(left: Node, right: Node) -> str:
    """How two that do not go together may have been meant: the unit that one lacks, or has too much."""
    for one, other in ((left, right), (right, left)):
        said = with_unit(one, other.type.kind)
        bare = core.bare(one)
        if not said and isinstance(bare, core.Lit) and bare.type.kind == "years" and isinstance(core.bare(other), core.YearOf):
            said = bare.source.rstrip("年")
        if said:
            return said
    kinds = {left.type.kind, right.type.kind}
    return text("lower.in.set") if "set" in kinds else text("lower.compare.hint")


def compare(op: str, left: Node, right: Node) -> Node:
    """``left op right``, refused where the two are not of one type and unit."""
    left, right = spans_alike(left, right)
    kinds = {left.type.kind, right.type.kind}
    same = left.type.dims == right.type.dims and (
        len(kinds) == 1 or kinds <= {"number", "count"} or kinds <= {"number", "percent"}
    )
    if not same or kinds & {"list", "enum", "set"} or ("bool" in kinds and op not in ("==", "!=")):
        raise LowerProblem(text("lower.compare", left=kind_name(left), op=op, right=kind_name(right)), _alike(left, right))
    for side in (left, right):
        if "percent" in kinds and isinstance(side, core.Lit) and side.type.kind == "number" and abs(side.value) > 1:
            raise LowerProblem(text("lower.percent", value=side.source), f"{side.source}%", side.source)
    return core.Compare(op, left, right)


def spans_alike(left: Node, right: Node) -> tuple[Node, Node]:
    """Two times as both in years or both in months, where one is in either; anything else as it is."""
    if {left.type.kind, right.type.kind} != {"years", "months"}:
        return left, right
    for one, other in ((left, right), (right, left)):
        if isinstance(one, core.Lit):
            value = Fraction(one.value, 12) if one.type.kind == "months" else one.value * 12
            said = core.Lit(simple(Fraction(value)), other.type, one.source)
            return (said, right) if one is left else (left, said)
    twelve = core.Lit(12, core.NUMBER)
    months = [core.Arith("*", side, twelve, core.MONTHS) if side.type.kind == "years" else side for side in (left, right)]
    return months[0], months[1]


def multiplied(a: tuple[tuple[str, int], ...], b: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """Dimensions of a product."""
    powers: dict[str, int] = {}
    for base, power in (*a, *b):
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def inverse(dims: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """Dimensions of one over a value."""
    return tuple((base, -power) for base, power in dims)


def arithmetic(op: str, left: Node, right: Node) -> Node:
    """``left op right``, with the type that follows. Raises ``LowerProblem``."""
    for side in (left, right):
        if side.type.kind not in core.BASE and side.type.kind != "rate":
            raise LowerProblem(text("lower.arith", op=op, kind=kind_name(side)))
    left, right = spans_alike(left, right) if op in ("+", "-") else (left, right)
    kinds = {left.type.kind, right.type.kind}
    if op in ("+", "-"):
        flexible = kinds <= {"number", "count"} or kinds <= {"number", "percent"}
        for side in (left, right):
            if kinds == {"percent", "number"} and isinstance(side, core.Lit) and abs(side.value) > 1:
                raise LowerProblem(text("lower.percent.bare", value=side.source), f"{side.source}%", side.source)
        if left.type.dims != right.type.dims or not (len(kinds) == 1 or flexible):
            raise LowerProblem(text("lower.add", left=kind_name(left), op=op, right=kind_name(right)), _alike(left, right))
        kind: str | None = next((k for k in ("percent", "count") if k in kinds), None)
        if kind == "count" and "number" in kinds:
            kind = "number"
        return core.Arith(op, left, right, Type(kind) if kind else left.type)
    if op == "*":
        dims = multiplied(left.type.dims, right.type.dims)
        plain = "count" if kinds == {"count"} else "percent" if "percent" in kinds and kinds <= {"percent", "number"} else "number"
    else:
        dims = multiplied(left.type.dims, inverse(right.type.dims))
        plain = "percent" if left.type.kind == "percent" and right.type.kind == "number" else "number"
    return core.Arith(op, left, right, core.type_with(dims, plain))


def category(name: Name, enum: Node, facts: Facts) -> str:
    """The slug that a name, or a label that is only one's, stands for among the categories of ``enum``."""
    item = core.bare(enum)
    definition = facts[item.id] if isinstance(item, core.Fact) else facts[item.list].fields[item.id] if isinstance(item, core.Field) else None
    slugs = [slug for slug, label in definition.values.items() if label == name.id] if definition is not None else []
    if len(slugs) == 1 and name.id not in enum.type.values:
        return slugs[0]
    if name.id not in enum.type.values:
        near = nearest_names(name.id, enum.type.values)
        raise LowerProblem(text("lower.slug", slug=name.id, values=listed(enum.type.values)), " / ".join(near), name.id)
    return name.id


def record_field(list: str, id: str, facts: Facts) -> core.Field:
    """A field of a record list as core."""
    fields = facts[list].fields
    if id not in fields:
        raise LowerProblem(
            text("lower.field", list=list, field=id, fields=listed(fields)), " / ".join(nearest_names(id, fields)), id
        )
    definition = fields[id]
    return core.Field(list, id, core.type_of(definition), definition.signed)


def time_span(node: Node, where: str) -> Node:
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
