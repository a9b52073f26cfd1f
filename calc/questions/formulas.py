"""A formula in lines, as one reads it beside the card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from calc.language import core
from calc.language.render import item_notes, render
from calc.messages import text

if TYPE_CHECKING:
    from calc.facts import Facts


def peel(node: core.Node | None) -> tuple[core.Node | None, list[core.Cap], core.Node | None]:
    """A formula without the limits around it, the limits (first to apply first), and how it is paid over the years."""
    limits: list[core.Cap] = []
    years: core.Node | None = None
    while node is not None:
        inner = node.node if isinstance(node, core.Step) else node
        if isinstance(inner, core.Cap):
            limits.insert(0, inner)
            node = inner.value
        elif isinstance(inner, core.Fill):
            years, node = inner.years, inner.value
        else:
            break
    return node, limits, years


def formula(node: core.Node, facts: Facts, depth: int = 0) -> Iterator[str]:
    """A formula in lines, those that belong to the line above set in."""
    inner, indent = node.node if isinstance(node, core.Step) else node, "　" * depth
    if isinstance(inner, core.Choose):
        yield from _cases(inner, facts, depth)
    elif isinstance(inner, core.Items) and inner.type.kind != "count":
        yield indent + text("show.each", list=facts[inner.list].name, notes=item_notes(inner, facts))
        yield from formula(inner.value, facts, depth + 1)
    elif isinstance(inner, core.Total) or (isinstance(inner, core.Extreme) and inner.fitting):
        yield indent + text("show.sum" if isinstance(inner, core.Total) else "show.best")
        for part in inner.parts if isinstance(inner, core.Total) else inner.args:
            yield from formula(part, facts, depth + 1)
    elif isinstance(inner, core.Threshold):
        yield from formula(inner.value, facts, depth)
        yield from _named(indent + text("show.pays.from"), inner.least, facts, depth)
    elif isinstance(inner, core.Cap):
        yield from formula(inner.value, facts, depth)
        yield from _named(indent + text("show.at_most", scope=text(f"step.limit.{inner.scope}")), inner.limit, facts, depth)
    elif isinstance(inner, core.Arith) and inner.op == "*" and any(_branches(side) for side in (inner.left, inner.right)):
        yield indent + render(inner, facts, brief=True)
        for side in (inner.left, inner.right):
            if isinstance(side, core.Step) and not isinstance(side.node, (core.Lit, core.Fact, core.Field)):
                yield from _named(indent + text("show.where", name=text(f"step.{side.label}")), side, facts, depth)
    else:
        yield indent + render(inner, facts)


def _named(name: str, node: core.Node, facts: Facts, depth: int) -> Iterator[str]:
    if _branches(node):
        yield name
        yield from formula(node, facts, depth + 1)
    else:
        yield f"{name}{render(node, facts)}"


def _cases(node: core.Choose, facts: Facts, depth: int) -> Iterator[str]:
    indent = "　" * depth
    for condition, value in node.branches:
        yield from _named(indent + text("show.when", when=render(condition, facts, brief=True)), value, facts, depth)
    if node.otherwise is not None and not (isinstance(node.otherwise, core.Lit) and not node.otherwise.value):
        yield from _named(indent + text("show.otherwise"), node.otherwise, facts, depth)
    for number in _counts([condition for condition, _ in node.branches]):  # the conditions only name the number of items
        yield from _named(indent + text("show.where", name=text("step.count")), number, facts, depth)


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
