"""Where an expression stands: the facts and names it may use, and how much may still be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from calc.facts import FactDef, Facts
from calc.language import core
from calc.language.core import Node
from calc.messages import text

MOST_NODES = 20_000  # of one scheme's expressions, ``let`` names written out


MOST_DEPTH = 200  # of one expression within its forms, ``let`` names written out


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
    index: str = ""  # the index rate that ``index`` stands for, where it is not the folder's
    budget: Budget = field(default_factory=Budget)

    def inside(self, list: str) -> Scope:
        """The same place within the records of ``list``."""
        return replace(self, list=list)

    @property
    def fields(self) -> dict[str, FactDef]:
        """Fields of the record at hand."""
        return self.facts[self.list].fields if self.list else {}
