"""Caps over several benefits, as each of these keeps to them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from calc.language import core, model
from calc.language.bounds import bounds
from calc.language.check import key_of
from calc.language.core import Node


def keeping_to(benefit: model.Benefit, caps: list[model.GroupCap]) -> model.Benefit:
    """A benefit whose own amount is never above a cap over several that covers it."""
    amount = benefit.amount
    if amount is None:
        return benefit
    for cap in caps:
        if benefit.id in cap.benefits and not _binds_already(amount, cap):
            amount = _held_to(amount, cap)
    if amount is benefit.amount:
        return benefit
    core.mark_bases(amount)
    return replace(benefit, amount=amount, most=bounds(amount)[1], facts=tuple(dict.fromkeys((*benefit.facts, *core.facts_in(amount)))))


def _binds_already(amount: Node, cap: model.GroupCap) -> bool:
    """Whether an amount cannot pass a cap, by its own figures or since one of its limits is the same."""
    most, limit = bounds(amount)[1], bounds(cap.node)[0]
    if most is not None and limit is not None and most <= limit:
        return True
    while isinstance(amount, (core.Step, core.Cap)):
        if isinstance(amount, core.Cap) and key_of(amount.limit) == key_of(cap.node):
            return True
        amount = amount.node if isinstance(amount, core.Step) else amount.value
    return False


def _held_to(amount: Node, cap: model.GroupCap) -> Node:
    """``amount`` up to the figure of a cap. One that turns on facts not given, or on a table that nothing fits, cuts no single amount."""
    capped = core.Step(f"limit.{cap.scope}", core.Cap(amount, cap.node, cap.scope, amount.type))
    reads = {fact.id: fact for node in (cap.node, cap.when) if node is not None for fact in _facts(node)}
    tests: list[Node] = [core.Given(fact) for fact in reads.values()]
    tests += [cap.when] if cap.when is not None else []
    table = core.bare(cap.node)
    if isinstance(table, core.Choose) and table.otherwise is None:
        tests.append(core.AnyOf(tuple(test for test, _ in table.branches)))
    if not tests:
        return capped
    return core.Choose(((tests[0] if len(tests) == 1 else core.AllOf(tuple(tests)), capped),), amount, amount.type)


def _facts(node: Node) -> Iterator[core.Fact]:
    if isinstance(node, core.Fact):
        yield node
    for below in core.children(node):
        yield from _facts(below)
