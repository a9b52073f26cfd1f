"""A formula in lines, as one reads it beside the card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from calc.language import core
from calc.language.render import item_notes, render, source_of
from calc.messages import text

if TYPE_CHECKING:
    from calc.facts import Facts


def peel(node: core.Node | None) -> tuple[core.Node | None, list[tuple[core.Cap, core.Node | None]], core.Node | None]:
    """A formula without the limits around it, the limits (first to apply first) with the condition of those that have one, and how it is
    paid over the years."""
    limits: list[tuple[core.Cap, core.Node | None]] = []
    years: core.Node | None = None
    while node is not None:
        inner = node.node if isinstance(node, core.Step) else node
        if isinstance(inner, core.Cap):
            limits.insert(0, (inner, None))
            node = inner.value
        elif isinstance(inner, core.Choose) and (capped := _limited(inner)) is not None:
            limits.insert(0, (capped, inner.branches[0][0]))
            node = capped.value
        elif isinstance(inner, core.Years) and (whole := core.shared_amount(inner)) is not None:
            years, node = inner, whole
        elif isinstance(inner, core.Fill):
            years, node = inner.years, inner.value
        else:
            break
    return node, limits, years


def _limited(node: core.Choose) -> core.Cap | None:
    """The limit of a choice between an amount up to it and the amount itself; ``None`` for any other choice."""
    step = node.branches[0][1]
    inner = step.node if isinstance(step, core.Step) else step
    return inner if len(node.branches) == 1 and isinstance(inner, core.Cap) and inner.value is node.otherwise else None


def limit_words(limit: core.Cap, when: core.Node | None, facts: Facts) -> str:
    """A limit in words, after the condition under which it holds."""
    said = render(limit.limit, facts)
    return said if when is None else text("render.limit.when", when=render(when, facts), limit=said)


def formula(node: core.Node, facts: Facts) -> Iterator[str]:
    """A formula in lines, those that belong to the line above set in; what its names stand for follows, each once."""
    named: dict[str, core.Node] = {}
    yield from _lines(node, facts, named, 0)
    told = 0
    while told < len(named):
        name, what = list(named.items())[told]
        yield from _titled(text("show.where", name=name), what, facts, named, 0)
        told += 1


def _lines(node: core.Node, facts: Facts, named: dict[str, core.Node], depth: int) -> Iterator[str]:
    inner, indent = node.node if isinstance(node, core.Step) and node.label != "named" else node, "　" * depth
    if isinstance(inner, core.Choose):
        yield from _cases(inner, facts, named, depth)
    elif isinstance(inner, core.Items) and inner.type.kind != "count":
        yield indent + text("show.each", list=facts[inner.list].name, notes=item_notes(inner, facts, named=named))
        yield from _lines(inner.value, facts, named, depth + 1)
    elif isinstance(inner, core.Total) or (isinstance(inner, core.Extreme) and inner.fitting):
        yield indent + text("show.sum" if isinstance(inner, core.Total) else "show.best")
        for part in inner.parts if isinstance(inner, core.Total) else inner.args:
            yield from _lines(part, facts, named, depth + 1)
    elif isinstance(inner, core.Threshold):
        yield from _lines(inner.value, facts, named, depth)
        yield from _titled(indent + text("show.pays.from"), inner.least, facts, named, depth)
    elif isinstance(inner, core.Cap):
        yield from _lines(inner.value, facts, named, depth)
        yield from _titled(indent + text("show.at_most", scope=text(f"step.limit.{inner.scope}")), inner.limit, facts, named, depth)
    elif isinstance(inner, core.Arith) and inner.op == "*" and any(_branches(side) for side in (inner.left, inner.right)):
        yield indent + render(inner, facts, brief=True, named=named)
        for side in (inner.left, inner.right):
            if isinstance(side, core.Step) and side.label != "named" and not isinstance(side.node, (core.Lit, core.Fact, core.Field)):
                yield from _titled(indent + text("show.where", name=text(f"step.{side.label}")), side, facts, named, depth)
    else:
        yield indent + render(inner, facts, named=named)


def _titled(title: str, node: core.Node, facts: Facts, named: dict[str, core.Node], depth: int) -> Iterator[str]:
    if _branches(node):
        yield title
        yield from _lines(node, facts, named, depth + 1)
    else:
        yield f"{title}{render(node, facts, named=named)}"


def _cases(node: core.Choose, facts: Facts, named: dict[str, core.Node], depth: int) -> Iterator[str]:
    indent = "　" * depth
    for condition, value in _together(node):
        yield from _titled(indent + text("show.when", when=render(condition, facts, brief=True, named=named)), value, facts, named, depth)
    if node.otherwise is not None and not (isinstance(node.otherwise, core.Lit) and not node.otherwise.value):
        yield from _titled(indent + text("show.otherwise"), node.otherwise, facts, named, depth)
    for number in _counts([condition for condition, _ in node.branches]):  # the conditions only name the number of items
        yield from _titled(indent + text("show.where", name=text("step.count")), number, facts, named, depth)


def _together(node: core.Choose) -> list[tuple[core.Node, core.Node]]:
    """The branches of a choice, categories of one fact with the same value in one."""
    tests = [test for test, _ in node.branches if isinstance(test, core.Member) and not test.negated]
    if len(tests) < len(node.branches) or len({source_of(test.item) for test in tests}) != 1:
        return list(node.branches)
    found: dict[str, tuple[core.Member, core.Node]] = {}
    for test, (_, value) in zip(tests, node.branches, strict=True):
        same = found.get(source_of(value))
        values = test.values if same is None else (*same[0].values, *test.values)
        found[source_of(value)] = (replace(test, values=tuple(values)), value if same is None else same[1])
    return list(found.values())


def _counts(nodes: Iterable[core.Node]) -> list[core.Node]:
    """The numbers of items that nodes turn on, each once."""
    found: dict[int, core.Node] = {}
    for node in nodes:
        own = [node.node] if isinstance(node, core.Step) and node.label == "count" else _counts(core.children(node))
        found.update((id(one), one) for one in own)
    return list(found.values())


def _branches(node: core.Node) -> bool:
    """Whether a node is better told in several lines."""
    bare = core.bare(node)
    several = isinstance(bare, core.Extreme) and bare.fitting
    return several or isinstance(bare, (core.Choose, core.Items, core.Total, core.Threshold)) or any(_branches(child) for child in core.children(bare))
