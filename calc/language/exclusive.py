"""Which benefits can never be had together, since their conditions need different values of one fact.

What a condition needs of a fact is a set of values (yes/no, categories) or a stretch (numbers, days). Only what every way to
fulfil the condition needs counts; fields of records, which may differ from record to record, and sets of values do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from calc.language import core, model

_FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
_OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Numbers or days from ``low`` to ``high`` (``None``: without end); ``low_in``, ``high_in``: the end itself counts."""

    low: Any = None
    high: Any = None
    low_in: bool = True
    high_in: bool = True

    def meets(self, other: Stretch) -> bool:
        """Whether some value lies in both."""
        return _below(self, other) and _below(other, self)

    def both(self, other: Stretch) -> Stretch:
        """What lies in both; of two equal ends the one that does not count."""
        low, low_in = max(((s.low, s.low_in) for s in (self, other) if s.low is not None), key=lambda e: (e[0], not e[1]), default=(None, True))
        high, high_in = min(((s.high, s.high_in) for s in (self, other) if s.high is not None), key=lambda e: (e[0], e[1]), default=(None, True))
        return Stretch(low, high, low_in, high_in)


def _below(a: Stretch, b: Stretch) -> bool:
    """Whether ``a`` begins before ``b`` has ended."""
    if a.low is None or b.high is None:
        return True
    return bool(a.low < b.high) or (a.low == b.high and a.low_in and b.high_in)


Needed = frozenset[Any] | Stretch


def needed(conditions: Iterable[core.Node]) -> dict[str, Needed]:
    """What conditions that must all hold need of each fact."""
    found: dict[str, Needed] = {}
    for condition in conditions:
        _narrow(found, _needs(condition, True))
    return found


def apart(a: dict[str, Needed], b: dict[str, Needed]) -> str | None:
    """The fact of which two benefits need values that no project has at once; ``None`` where there is none."""
    return next((path for path, values in a.items() if path in b and not _meet(values, b[path])), None)


def pairs(benefits: Iterable[model.Benefit]) -> tuple[tuple[str, str], ...]:
    """The pairs of paying benefits that can never be had together, by id, in the order of the file."""
    all_ = [(b.id, needed(c.node for c in b.conditions)) for b in benefits if b.amount is not None]
    return tuple((a, b) for n, (a, mine) in enumerate(all_) for b, other in all_[n + 1 :] if apart(mine, other) is not None)


def _meet(a: Needed, b: Needed) -> bool:
    if isinstance(a, Stretch):
        return not isinstance(b, Stretch) or a.meets(b)
    return isinstance(b, Stretch) or bool(a & b)


def _narrow(found: dict[str, Needed], more: dict[str, Needed]) -> None:
    for path, values in more.items():
        known = found.get(path)
        if known is None:
            found[path] = values
        elif isinstance(known, Stretch):
            found[path] = known.both(values) if isinstance(values, Stretch) else known
        elif not isinstance(values, Stretch):
            found[path] = known & values


def _needs(node: core.Node, wanted: bool) -> dict[str, Needed]:
    """What a condition needs of each fact to come out as ``wanted``."""
    node = core.bare(node)
    if isinstance(node, core.Not):
        return _needs(node.arg, not wanted)
    if isinstance(node, (core.AllOf, core.AnyOf)):
        parts = [_needs(arg, wanted) for arg in node.args]
        found: dict[str, Needed] = {}
        if isinstance(node, core.AllOf) is wanted:
            for part in parts:
                _narrow(found, part)
            return found
        for path in parts[0] if parts else ():  # of alternatives, what each of them needs
            sets = [part.get(path) for part in parts]
            if all(isinstance(one, frozenset) for one in sets):
                found[path] = frozenset().union(*(one for one in sets if isinstance(one, frozenset)))
        return found
    if isinstance(node, core.Fact) and node.type.kind == "bool":
        return {node.id: frozenset((wanted,))}
    if isinstance(node, core.Member):
        item = core.bare(node.item)
        if isinstance(item, core.Fact):
            inside = frozenset(node.values)
            return {item.id: inside if node.negated is not wanted else frozenset(item.type.values) - inside}
    if isinstance(node, core.Compare):
        return _compared(node, wanted)
    return {}


def _compared(node: core.Compare, wanted: bool) -> dict[str, Needed]:
    left, right, op = core.bare(node.left), core.bare(node.right), node.op
    if isinstance(left, core.Lit):
        left, right, op = right, left, _FLIPPED[op]
    if not isinstance(left, core.Fact) or not isinstance(right, core.Lit):
        return {}
    op = op if wanted else _OPPOSITE[op]
    value = right.value
    if left.type.kind in ("enum", "bool"):
        every = frozenset(left.type.values) if left.type.kind == "enum" else frozenset((True, False))
        return {left.id: frozenset((value,)) if op == "==" else every - {value}} if op in ("==", "!=") else {}
    ends = {
        ">=": Stretch(value), ">": Stretch(value, low_in=False), "<=": Stretch(None, value), "<": Stretch(None, value, high_in=False),
        "==": Stretch(value, value),
    }  # fmt: skip
    return {left.id: ends[op]} if op in ends else {}
