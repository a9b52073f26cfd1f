"""What a scheme may not do even where every part is well formed: limits that cannot bind, subtractions and divisions that
nothing guards, amounts that may turn negative."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calc.language import core, model
from calc.language.bounds import bounds, is_dated
from calc.language.render import source_of
from calc.messages import text
from calc.units import Number

Problem = tuple[str, str, str]


def check_benefit(amount: core.Node, conditions: tuple[model.Condition, ...], rules: tuple[core.Require, ...]) -> Iterator[Problem]:
    """Problems of one benefit's formula as (problem, hint, fragment of the file)."""
    known = _facts_of([c.node for c in conditions] + [r.condition for r in rules])
    yield from dict.fromkeys(_guards(amount, known))
    yield from _dead(amount)
    low, _ = bounds(amount)
    if low is not None and low < 0:
        yield text("check.negative"), "max(0元, …)", ""


def check_condition(condition: core.Node, rules: tuple[core.Require, ...]) -> Iterator[Problem]:
    """Problems of one gate: it may subtract, but a division must be guarded by a rule or within it."""
    yield from _divisions(condition, _facts_of([r.condition for r in rules]))


def _facts_of(conditions: Iterable[core.Node]) -> frozenset[str]:
    """What is known to hold: each conjunct as written."""
    found: set[str] = set()
    for node in conditions:
        for part in node.args if isinstance(node, core.AllOf) else (node,):
            if isinstance(part, core.Compare):
                found.update(_orders(part))
    return frozenset(found)


def _orders(part: core.Compare) -> Iterator[str]:
    """``a >= b`` (and stricter) as ``b<=a``; ``x > 0`` as ``0<x``."""
    left, right = key_of(part.left), key_of(part.right)
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
                yield f"0<{key_of(side)}"
            if least is not None and least >= 0:
                yield f"0<={key_of(side)}"


def key_of(node: core.Node) -> str:
    """A text that two nodes share only where they always have the same value."""
    if isinstance(node, core.Step):
        return key_of(node.node)
    if isinstance(node, core.Lit):
        return f"{node.value}:{node.type.dims}"
    parts = []
    for name in getattr(type(node), "__slots__", ()):
        part = getattr(node, name)
        if isinstance(part, core.Node):
            parts.append(key_of(part))
        elif isinstance(part, tuple):
            parts.append(f"[{','.join(_key(one) for one in part)}]")
        elif not isinstance(part, core.Type):
            parts.append(str(part))
    return f"{type(node).__name__}({','.join(parts)})"


def _key(part: object) -> str:
    if isinstance(part, core.Node):
        return key_of(part)
    if isinstance(part, core.Require):
        return key_of(part.condition)
    return f"[{','.join(map(_key, part))}]" if isinstance(part, tuple) else str(part)


def _guards(node: core.Node, known: frozenset[str]) -> Iterator[Problem]:
    """Subtractions, divisions and signed facts that may make an amount negative or fail."""
    if isinstance(node, core.Compare):
        yield from _divisions(node, known)
        return
    if isinstance(node, core.Fold):
        if node.where is not None:
            yield from _divisions(node.where, known)
        if node.value is not None:
            yield from _guards(node.value, known | _facts_of([node.where] if node.where is not None else []))
        return
    if isinstance(node, core.Extreme) and node.op == "max" and any(_floor(a) for a in node.args):
        for arg in node.args:
            yield from _floored(arg, known)
        return
    if isinstance(node, core.Choose):
        for condition, value in node.branches:
            yield from _divisions(condition, known)
            yield from _guards(value, known | _facts_of([condition]))
        if node.otherwise is not None:
            yield from _guards(node.otherwise, known)
        return
    if isinstance(node, core.Items):
        rules = _facts_of(r.condition for r in node.requires)
        if node.where is not None:
            yield from _divisions(node.where, known | rules)
        inside = known | rules | _facts_of([node.where] if node.where is not None else [])
        for child in core.children(node):
            if child is not node.where and all(child is not r.condition for r in node.requires):
                yield from _guards(child, inside)
        return
    if _signed(node) and f"0<={key_of(node)}" not in known:
        yield text("check.signed", name=source_of(node)), f"max(0, {source_of(node)})", source_of(node)
    if isinstance(node, core.Arith):
        left, right = core.bare(node.left), core.bare(node.right)
        if node.op == "-" and not _never_below(left, right, known):
            yield text("check.subtraction", expression=source_of(node)), "max(0元, a - b) / require = [\"b <= a\"]", source_of(node)
        yield from _division(node, known)
    for child in core.children(node):
        yield from _guards(child, known)


def _floored(node: core.Node, known: frozenset[str]) -> Iterator[Problem]:
    """The same of what a floor keeps from being negative: it, and what is added up or scaled to it, may come below zero."""
    inner = core.bare(node)
    if isinstance(inner, core.Arith) and inner.op in "+-":
        yield from _floored(inner.left, known)
        yield from (_floored if inner.op == "+" else _guards)(inner.right, known)
    elif isinstance(inner, core.Arith) and (inner.op == "/" or _floor(inner.left) or _floor(inner.right)):
        first, second = (inner.right, inner.left) if inner.op == "*" and _floor(inner.left) else (inner.left, inner.right)
        yield from _division(inner, known)
        yield from _floored(first, known)
        yield from _guards(second, known)
    elif not _signed(inner):
        yield from _guards(node, known)


def _divisions(node: core.Node, known: frozenset[str]) -> Iterator[Problem]:
    """Divisions by what may be zero; within a conjunction, what stands before guards."""
    if isinstance(node, core.AllOf):
        for arg in node.args:
            yield from _divisions(arg, known)
            known |= _facts_of([arg])
        return
    if isinstance(node, core.Arith):
        yield from _division(node, known)
    if isinstance(node, core.Fold) and node.where is not None and node.value is not None:
        yield from _divisions(node.where, known)
        yield from _divisions(node.value, known | _facts_of([node.where]))
        return
    for child in core.children(node):
        yield from _divisions(child, known)


def _division(node: core.Arith, known: frozenset[str]) -> Iterator[Problem]:
    if node.op == "/":
        right = core.bare(node.right)
        low, _ = bounds(right)
        if (low is None or low <= 0) and f"0<{key_of(right)}" not in known:
            yield text("check.division", expression=source_of(node)), f'require = ["{source_of(right)} > 0"]', source_of(node)


def _never_below(left: core.Node, right: core.Node, known: frozenset[str]) -> bool:
    low, _ = bounds(left)
    _, high = bounds(right)
    if low is not None and high is not None and high <= low:
        return True
    if isinstance(right, core.Extreme) and right.op == "min" and any(key_of(a) == key_of(left) for a in right.args):
        return True
    return f"{key_of(right)}<={key_of(left)}" in known


def _dead(node: core.Node) -> Iterator[Problem]:
    if isinstance(node, core.Cap) and not node.scope.startswith("enterprise"):  # an enterprise may have several projects
        high = _highest_year(node.value) if node.scope == "year" and is_dated(node.value) else bounds(node.value)[1]
        least, _ = bounds(node.limit)
        if high is not None and least is not None and high <= least:
            yield text("check.dead", limit=source_of(node.limit), scope=node.scope), text("check.dead.hint"), source_of(node.limit)
    for child in core.children(node):
        yield from _dead(child)


def _highest_year(node: core.Node) -> Number | None:
    """The most that one period of a schedule can be, where its text says so."""
    node = core.bare(node)
    if isinstance(node, core.Fill):
        return _highest_year(node.years)
    if isinstance(node, core.Years):
        highs = [bounds(value)[1] for value in node.values]
        return None if None in highs else max(high for high in highs if high is not None)
    return None


def _signed(node: core.Node) -> bool:
    return isinstance(node, (core.Fact, core.Field)) and node.signed


def _floor(node: core.Node) -> bool:
    """Whether a node is known never to be negative (not a subtraction itself)."""
    low, _ = bounds(node)
    return low is not None and low >= 0
