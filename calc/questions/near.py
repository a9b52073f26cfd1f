"""Just missed: what would have to change for a benefit, by how much, and what it would then pay.

Distances are in the unit of the fact, those of dates in days.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from calc.engines.explain.machine import compile_node
from calc.engines.explain.values import Env, Run, Unknown, total
from calc.errors import InputError
from calc.estimate.benefit import CompiledBenefit, Outcome, evaluate
from calc.facts import Facts
from calc.language import core
from calc.rates.lpr import LprTable
from calc.units import Number, fen, value_text

# the smallest step of a type, in its base unit: by it a strict bound is passed
STEPS: dict[str, Number] = {
    "money": Fraction(1, 100),
    "usd": Fraction(1, 100),
    "percent": Fraction(1, 10_000),
    "count": 1,
    "number": 1,
    "months": 1,
    "years": Fraction(1, 100),
    "area": Fraction(1, 100),
    "mu": Fraction(1, 100),
    "tonne": Fraction(1, 1000),
    "kg": Fraction(1, 100),
}
FAR_DAYS = dt.timedelta(days=366)  # a date further away than a year is not just missed
MOST_MISSED = 2  # conditions that may fail together
_FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "!=", "!=": "=="}


def near_miss(
    compiled: CompiledBenefit, outcome: Outcome, values: dict[str, Any], lpr: LprTable, facts: Facts, runs: dict[core.Node, Run], stated: bool = False
) -> tuple[int | None, list[dict[str, Any]]] | None:
    """What a benefit just missed would pay (fen), and why it is missed: each failed condition with its distance.

    ``stated``: the project gives the benefit's own figures, so a category alone may be what is wrong, and the amount may be open
    (``None``). ``runs`` keeps the parts of formulas it compiles. ``None`` where it is not near: a distance is more than half of
    what is needed, too much is wrong at once, nothing numeric or dated is wrong and other gates are open, or nothing would be paid.
    """
    finder = Finder(values, lpr, facts, runs)
    failed = [c.node for c, gate in zip(compiled.benefit.conditions, outcome.gates, strict=True) if gate is False]
    by = [one for node in failed for one in finder.short(node)]
    if outcome.unfit and compiled.benefit.amount is not None:
        by += finder.unfit(compiled.benefit.amount)
    if not by or finder.far or len(by) > MOST_MISSED:
        return None
    open_ = any(type(gate) is Unknown for gate in outcome.gates)
    if open_ and not stated and all(one["distance"] is None for one in by):
        return None
    amount = _would_pay(compiled, {**values, **finder.changes}, lpr, bool(outcome.unfit))
    if not amount and not (stated and amount is None):
        return None
    unique = {one["fact"]: one for one in by}
    return amount, list(unique.values())


def _would_pay(compiled: CompiledBenefit, changed: dict[str, Any], lpr: LprTable, unfit: bool) -> int | None:
    """The amount (fen) with the failed facts brought to what is needed: as if the conditions held, unless the change is to the
    amount (``unfit``); 0 where there is none, ``None`` where it turns on what is not given."""
    try:
        if unfit:
            return evaluate(compiled, changed, lpr).amount or 0
        value = total(compiled.value(Env(changed, lpr)))
    except InputError:
        return 0
    if type(value) is Unknown:
        return None
    return max(0, fen(value)) if isinstance(value, (int, Fraction)) else 0


class Finder:
    """Finds, for a condition that does not hold, what would have to change; notes the changes to plain facts."""

    def __init__(self, values: dict[str, Any], lpr: LprTable, facts: Facts, runs: dict[core.Node, Run]) -> None:
        self.values = values
        self.lpr = lpr
        self.facts = facts
        self.runs = runs
        self.changes: dict[str, Any] = {}
        self.far = False  # whether a distance is beyond what is just missed

    def run(self, node: core.Node, record: dict[str, Any] | None = None) -> Any:
        """The value of a node on the project, or on one of its records."""
        env = Env(self.values, self.lpr)
        env.record = record or {}
        if node not in self.runs:
            self.runs[node] = compile_node(node, self.facts)
        return self.runs[node](env)

    def short(self, node: core.Node, wanted: bool = True, place: int | None = None, record: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The changes that make ``node`` come out as ``wanted``: all of a conjunction's failed parts, the least of a disjunction's."""
        if self.run(node, record) is wanted:
            return []
        if isinstance(node, core.Not):
            return self.short(node.arg, not wanted, place, record)
        if isinstance(node, (core.AllOf, core.AnyOf)):
            options = [self.short(arg, wanted, place, record) for arg in node.args]
            if isinstance(node, core.AllOf) is wanted:
                return [one for option in options for one in option]
            options = [option for option in options if option]
            return min(options, key=lambda o: (any(x["distance"] is None for x in o), len(o))) if options else []
        if isinstance(node, core.Given):  # what is given stays given
            return []
        if isinstance(node, core.Compare):
            return self.compare(node, wanted, place, record)
        paths = core.facts_in(node)
        if not paths:
            return []
        needed: Any = wanted
        if isinstance(node, core.Member):
            allowed = node.values if node.negated is not wanted else [v for v in node.item.type.values if v not in node.values]
            needed = allowed[0] if allowed else None
            shown = "、".join(allowed)
        elif isinstance(node, core.Has):
            needed = (*(self.given(paths[0], record) or ()), node.values[0]) if wanted else None
            shown = "、".join(node.values)
        else:
            shown = value_text("bool", wanted)  # type: ignore[assignment]
        return [self.entry(paths[0], self.given(paths[0], record), needed, shown, None, place)]

    def given(self, path: str, record: dict[str, Any] | None) -> Any:
        """What was given for a fact, or for a field of the record at hand."""
        field = path.rpartition(".")[2]
        return record.get(field) if record is not None and "." in path else self.values.get(path)

    def compare(self, node: core.Compare, wanted: bool, place: int | None, record: dict[str, Any] | None) -> list[dict[str, Any]]:
        """What a comparison that does not hold would need."""
        op = node.op if wanted else OPPOSITE[node.op]
        left, right = node.left, node.right
        if not isinstance(core.bare(left), (core.Fact, core.Field, core.Fold)) and isinstance(core.bare(right), (core.Fact, core.Field, core.Fold)):
            left, right, op = right, left, _FLIPPED[op]
        paths = core.facts_in(left)
        given, bound = self.run(left, record), self.run(right, record)
        if not paths or isinstance(given, Unknown) or isinstance(bound, Unknown):
            return []
        kind = left.type.kind
        path = paths[0] if len(paths) == 1 or "." not in paths[-1] else paths[-1]
        if kind == "date":
            step: Any = dt.timedelta(days=1)
        elif kind in STEPS:
            step = STEPS[kind]
        else:
            return [self.entry(path, given, bound, str(value_text(kind, bound)), None, place)]
        target = bound + step if op == ">" else bound - step if op == "<" else bound
        if op == "!=":
            target = bound + step
        reached = bound if op in (">=", "<=", "==") or given != bound else target
        distance = reached - given if reached >= given else given - reached
        if kind == "date":
            self.far = self.far or distance > FAR_DAYS
        elif distance > step:
            self.far = self.far or 2 * distance > abs(reached)
        shown = str(distance.days) if kind == "date" else str(value_text(kind, distance))
        plain = isinstance(core.bare(left), (core.Fact, core.Field))
        return [self.entry(path, given, target if plain else None, str(value_text(kind, reached)), shown, place, kind)]

    def entry(self, path: str, given: Any, target: Any, needed: Any, distance: str | None, place: int | None, kind: str = "") -> dict[str, Any]:
        """One failed condition; notes the change that would mend it."""
        head, _, field = path.partition(".")
        if target is not None:
            if field and place is not None and isinstance(self.values.get(head), list):
                rows = [dict(row) for row in self.changes.get(head, self.values[head])]
                rows[place][field] = target
                self.changes[head] = rows
            elif not field:
                self.changes[head] = target
        definition = self.facts[head].fields.get(field) if field else self.facts[head]
        kind = kind or (definition.type if definition is not None else "")
        shown = None if given is None or isinstance(given, list) else value_text(kind, given)
        return {"fact": path, "label": self.facts.name_of(path), "given": shown, "needed": needed, "distance": distance}

    def unfit(self, node: core.Node, record: dict[str, Any] | None = None, place: int | None = None) -> list[dict[str, Any]]:
        """What keeps an amount from having any tier, case or item that fits."""
        if isinstance(node, core.Items):
            rows = self.values.get(node.list) or []
            options = []
            for number, row in enumerate(rows):
                before = dict(self.changes)
                found = self.short(node.where, True, number, row) if node.where is not None else []
                found = found or self.unfit(node.value, row, number)
                options.append((found, self.changes))
                self.changes = before
            options = [option for option in options if option[0]]
            if not options:
                return []
            best, self.changes = min(options, key=lambda o: (any(x["distance"] is None for x in o[0]), len(o[0])))
            return best
        if isinstance(node, core.Choose) and node.otherwise is None:
            if any(self.run(condition, record) is True for condition, _ in node.branches):
                return [one for c, v in node.branches if self.run(c, record) is True for one in self.unfit(v, record, place)]
            before = dict(self.changes)
            choices = []
            for condition, _ in node.branches:
                self.changes = dict(before)
                choices.append((self.short(condition, True, place, record), self.changes))
            self.changes = before
            choices = [choice for choice in choices if choice[0]]
            if not choices:
                return []
            best, self.changes = min(choices, key=lambda o: (any(x["distance"] is None for x in o[0]), len(o[0])))
            return best
        for child in core.children(node):
            found = self.unfit(child, record, place)
            if found:
                return found
        return []
