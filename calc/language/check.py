"""What a scheme may not do even where every part is well formed: limits that cannot bind, subtractions and divisions that
nothing guards, amounts that may turn negative."""

from __future__ import annotations

from collections.abc import Iterator

from calc.language import core
from calc.language.bounds import bounds
from calc.language.render import source_of
from calc.messages import text

Problem = tuple[str, str, str]


def check_benefit(amount: core.Node, conditions: tuple[core.Condition, ...], rules: tuple[core.Require, ...]) -> Iterator[Problem]:
    """Problems of one benefit's formula as (problem, hint, fragment of the file)."""
    known = [c.node for c in conditions] + [r.condition for r in rules]
    yield from _guards(amount, _facts_of(known))
    yield from _dead(amount)
    low, _ = bounds(amount)
    if low is not None and low < 0:
        yield text("check.negative"), "max(0元, …)", ""


def _facts_of(conditions: list[core.Node]) -> set[str]:
    """What is known to hold: each conjunct as written."""
    found: set[str] = set()
    for node in conditions:
        parts = node.args if isinstance(node, core.AllOf) else (node,)
        for part in parts:
            if isinstance(part, core.Compare):
                found.update(_orders(part))
    return found


def _orders(part: core.Compare) -> Iterator[str]:
    """``a >= b`` (and stricter) as ``b<=a``; ``x > 0`` as ``0<x``."""
    left, right = source_of(part.left), source_of(part.right)
    low, high = (right, left) if part.op in (">=", ">", "==") else (left, right)
    if part.op == "==":
        yield f"{left}<={right}"
    if part.op != "!=":
        yield f"{low}<={high}"
    for side, op in ((part.left, part.op), (part.right, {">": "<", ">=": "<=", "<": ">", "<=": ">="}.get(part.op, ""))):
        other = part.right if side is part.left else part.left
        if op in (">", ">="):
            least, _ = bounds(other)
            if least is not None and (least > 0 or (least == 0 and op == ">")):
                yield f"0<{source_of(side)}"


def _guards(node: core.Node, known: set[str]) -> Iterator[Problem]:
    if isinstance(node, (core.Compare, core.Fold)):
        return
    if isinstance(node, core.Extreme) and node.op == "max" and any(_floor(a) for a in node.args):
        for arg in node.args:
            inner = core.bare(arg)
            if isinstance(inner, core.Arith) and inner.op == "-":
                yield from _guards(inner.left, known)
                yield from _guards(inner.right, known)
            else:
                yield from _guards(arg, known)
        return
    if isinstance(node, core.Choose):
        for condition, value in node.branches:
            yield from _guards(value, known | _facts_of([condition]))
        if node.otherwise is not None:
            yield from _guards(node.otherwise, known)
        return
    if isinstance(node, core.Items):
        inside = known | _facts_of([r.condition for r in node.requires] + ([node.where] if node.where is not None else []))
        for child in core.children(node):
            if child is not node.where and all(child is not r.condition for r in node.requires):
                yield from _guards(child, inside)
        return
    if isinstance(node, core.Arith):
        left, right = core.bare(node.left), core.bare(node.right)
        if node.op == "-" and not _never_below(left, right, known):
            yield text("check.subtraction", expression=source_of(node)), "max(0元, a - b) / require = [\"b <= a\"]", source_of(node)
        if node.op == "/":
            low, _ = bounds(right)
            if (low is None or low <= 0) and f"0<{source_of(right)}" not in known:
                yield text("check.division", expression=source_of(node)), f'require = ["{source_of(right)} > 0"]', source_of(node)
    for child in core.children(node):
        yield from _guards(child, known)


def _never_below(left: core.Node, right: core.Node, known: set[str]) -> bool:
    low, _ = bounds(left)
    _, high = bounds(right)
    if low is not None and high is not None and high <= low:
        return True
    if isinstance(right, core.Extreme) and right.op == "min" and any(source_of(a) == source_of(left) for a in right.args):
        return True
    return f"{source_of(right)}<={source_of(left)}" in known


def _dead(node: core.Node) -> Iterator[Problem]:
    if isinstance(node, core.Cap):
        _, high = bounds(node.value)
        least, _ = bounds(node.limit)
        if isinstance(core.bare(node.limit), core.Choose):
            least = None
        if high is not None and least is not None and high <= least and node.scope not in ("year", "enterprise-year"):
            yield text("check.dead", limit=source_of(node.limit), scope=node.scope), text("check.dead.hint"), source_of(node.limit)
    for child in core.children(node):
        yield from _dead(child)


def _floor(node: core.Node) -> bool:
    """Whether a node is known never to be negative (not a subtraction itself)."""
    low, _ = bounds(node)
    return low is not None and low >= 0
