"""The explainer: the core on one project, exactly, with every step kept when asked.

A node is compiled once into a function of an ``Env``. Values are ints, Fractions, dates, bools, slugs and lists; besides
these a function may give ``Unknown`` (facts not given), ``NO_MATCH`` (no tier, case or item fits) or, for a series, a dict
from period to number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calc.engines.explain.values import Env, Run, Unknown, merge, total
from calc.engines.table import Readings
from calc.facts import Facts
from calc.language import core


def compile_node(node: core.Node, facts: Facts, traced: bool = False) -> Run:
    """A node as a function of an ``Env``; ``traced`` keeps every labelled step in ``Env.trace``."""
    return Compiler(facts, traced).run(node)


READINGS = Readings()


class Compiler:
    """Makes functions of nodes, by the table of readings."""

    def __init__(self, facts: Facts, traced: bool) -> None:
        self.facts = facts
        self.traced = traced
        self.made: dict[core.Node, Run] = {}  # a node that several wordings and branches share is compiled once

    def run(self, node: core.Node) -> Run:
        """A node as a function of an ``Env``."""
        found = self.made.get(node)
        if found is None:
            found = self.made[node] = READINGS.by_class[type(node)](self, node)
        return found

    def _kleene(self, args: tuple[core.Node, ...], decides: bool) -> Run:
        runs = tuple(self.run(a) for a in args)

        def run(env: Env) -> Any:
            open_: list[Unknown] = []
            for one in runs:
                value = one(env)
                if type(value) is Unknown:
                    open_.append(value)
                elif value is decides:
                    return decides
            return merge(*open_) if open_ else not decides

        return run

def best_of_each(items: list[Any], count: int, by_year: bool) -> list[Any]:
    """Of the items of each group (or year) the ``count`` most valuable; of equals the first."""
    taken: dict[Any, int] = {}
    kept: set[int] = set()
    for place in sorted(range(len(items)), key=lambda i: -total(items[i][1])):
        key = next(iter(items[place][1]), None) if by_year else items[place][0]
        if taken.setdefault(key, 0) < count:
            taken[key] += 1
            kept.add(place)
    return [item for place, item in enumerate(items) if place in kept]

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
