"""One project against all schemes at once: what it gets, what it would get, what it just misses, what to ask next.

Answers are plain data in the shape of the output contract: ``now``, ``if``, ``missed``, ``needs``, ``questions``.
Distances are in the unit of the fact, those of dates in days.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.engines.explain.machine import compile_node
from calc.engines.explain.values import Env, Run, Unknown
from calc.errors import InputError
from calc.estimate.benefit import CompiledBenefit, Outcome, evaluate, label, title, validity
from calc.facts import Facts
from calc.language import core
from calc.rates.lpr import LprTable
from calc.units import Number, fen, fen_text, value_text

if TYPE_CHECKING:
    from calc.store.store import Store

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
FEW = 8  # a fact that no more schemes than this ask for says what a project is about
_FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
_OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "!=", "!=": "=="}


def match(catalog: Store, values: dict[str, Any], as_of: dt.date) -> dict[str, Any]:
    """Every benefit of every scheme on one project's facts (plain values by id), ranked.

    Raises ``InputError`` where the facts contradict one another.
    """
    now: list[dict[str, Any]] = []
    likely: list[dict[str, Any]] = []
    missed: list[dict[str, Any]] = []
    needs: list[dict[str, Any]] = []
    questions: dict[str, tuple[int | None, list[str]]] = {}
    telling = _telling(catalog, values)
    chosen = map(catalog.scheme, catalog.in_force_ids(as_of))
    computed = [(scheme, c) for scheme in chosen for c in catalog.compiled(scheme.id) if c.amount is not None]
    outcomes = [evaluate(compiled, values, catalog.lpr) for _, compiled in computed]
    for (scheme, compiled), outcome in zip(computed, outcomes, strict=True):
        benefit = compiled.benefit
        entry = _entry(scheme, benefit, outcome, as_of)
        entry["fits"] = not telling.isdisjoint(benefit.facts)
        if outcome.status == "eligible":
            now.append(entry)
        elif outcome.status == "ineligible":
            near = near_miss(compiled, outcome, values, catalog.lpr, catalog.facts, catalog.runs)
            if near is not None:
                missed.append({**entry, **near})
        else:
            if outcome.status == "conditional":
                likely.append({**entry, "assumed": list(outcome.assumed)})
            else:
                needs.append({**entry, "missing": list(outcome.missing), "assumed": list(outcome.assumed)})
            most = outcome.amount if outcome.amount is not None else None if benefit.most is None else fen(benefit.most)
            for path in (*outcome.missing, *outcome.assumed):
                opens, schemes = questions.get(path) or (None, [])
                if not schemes or schemes[-1] != scheme.id:
                    schemes.append(scheme.id)
                questions[path] = (max(opens or 0, most) if most is not None else opens), schemes
    now.sort(key=lambda e: -_amount(e))
    likely.sort(key=lambda e: (not e["fits"], len(e["assumed"]), -_amount(e)))
    missed.sort(key=lambda e: (any(by["distance"] is None for by in e["by"]), len(e["by"]), -_amount(e)))
    needs.sort(key=lambda e: (not e["fits"], len(e["missing"]) + len(e["assumed"]), -(_most(e))))
    for entry in needs:
        entry["most"] = None if entry["most"] is None else fen_text(entry["most"])
    ranked = sorted(questions.items(), key=lambda q: (-(q[1][0] or 0), -len(q[1][1]), q[0]))
    asked = [
        {"fact": path, "label": catalog.label(path), "opens": None if opens is None else fen_text(opens), "schemes": schemes}
        for path, (opens, schemes) in ranked
        if path.partition(".")[0] in catalog.facts
    ]
    return {"now": now, "if": likely, "missed": missed, "needs": needs, "questions": asked}


def _telling(catalog: Store, values: dict[str, Any]) -> set[str]:
    """The facts given that few schemes ask for: a benefit that reads one of them is about this project."""
    uses = catalog.uses
    return {fact for fact in values if uses[fact] <= FEW and values[fact] not in (False, [])}


def _entry(scheme: core.Scheme, benefit: core.Benefit, outcome: Outcome, as_of: dt.date) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "scheme": scheme.id,
        "benefit": benefit.id,
        "title": title(scheme),
        "label": label(benefit),
        "support": benefit.support,
        "validity": validity(scheme, as_of),
        "status": outcome.status,
        "amount": None if outcome.amount is None else fen_text(outcome.amount),
    }
    if outcome.status == "incomplete":
        entry["most"] = None if benefit.most is None else fen(benefit.most)
    return entry


def _amount(entry: dict[str, Any]) -> int:
    return int(entry["amount"].replace(".", "")) if entry["amount"] else 0


def _most(entry: dict[str, Any]) -> int:
    """What an incomplete benefit can pay at the most, in fen; 0 where nothing bounds it."""
    return entry["most"] or 0


# ---------------------------------------------------------------- near misses


def near_miss(
    compiled: CompiledBenefit, outcome: Outcome, values: dict[str, Any], lpr: LprTable, facts: Facts, runs: dict[core.Node, Run]
) -> dict[str, Any] | None:
    """Why a benefit is missed, and what it would pay: ``by`` (each failed condition with its distance) and ``amount``.

    ``runs`` keeps the parts of formulas it compiles. ``None`` where it is not the project's to get: nothing numeric or
    dated is wrong and other gates are open, or no amount would follow.
    """
    finder = _Finder(values, lpr, facts, runs)
    failed = [c.node for c, gate in zip(compiled.benefit.conditions, outcome.gates, strict=True) if gate is False]
    by = [one for node in failed for one in finder.short(node)]
    if outcome.unfit and compiled.benefit.amount is not None:
        by += finder.unfit(compiled.benefit.amount)
    if not by:
        return None
    open_ = any(type(gate) is Unknown for gate in outcome.gates)
    if open_ and all(one["distance"] is None for one in by):
        return None
    amount = _would_pay(compiled, finder.changes, values, lpr, bool(failed) and not outcome.unfit)
    if not amount:
        return None
    unique = {one["fact"]: one for one in by}
    return {"amount": fen_text(amount), "by": list(unique.values())}


def _would_pay(compiled: CompiledBenefit, changes: dict[str, Any], values: dict[str, Any], lpr: LprTable, gates_only: bool) -> int:
    """The amount (fen) with the failed facts brought to what is needed; failing that, as if the gates held; else 0."""
    try:
        changed = evaluate(compiled, {**values, **changes}, lpr)
        if changed.amount:
            return changed.amount
        if gates_only and compiled.amount is not None:
            value = compiled.amount(Env({**values, **changes}, lpr))
            held = Outcome("eligible", 0, [], Env(values, lpr))
            held.value = value
            whole = sum(value.values()) if type(value) is dict else value
            return max(0, fen(whole)) if isinstance(whole, (int, Fraction)) else 0
    except InputError:
        return 0
    return 0


class _Finder:
    """Finds, for a condition that does not hold, what would have to change; notes the changes to plain facts."""

    def __init__(self, values: dict[str, Any], lpr: LprTable, facts: Facts, runs: dict[core.Node, Run]) -> None:
        self.values = values
        self.lpr = lpr
        self.facts = facts
        self.runs = runs
        self.changes: dict[str, Any] = {}

    def run(self, node: core.Node, record: dict[str, Any] | None = None) -> Any:
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
        field = path.rpartition(".")[2]
        return record.get(field) if record is not None and "." in path else self.values.get(path)

    def compare(self, node: core.Compare, wanted: bool, place: int | None, record: dict[str, Any] | None) -> list[dict[str, Any]]:
        op = node.op if wanted else _OPPOSITE[node.op]
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
        shown = str(distance.days) if kind == "date" else str(value_text(kind, distance))
        plain = isinstance(core.bare(left), (core.Fact, core.Field))
        return [self.entry(path, given, target if plain else None, str(value_text(kind, reached)), shown, place, kind)]

    def entry(self, path: str, given: Any, target: Any, needed: Any, distance: str | None, place: int | None, kind: str = "") -> dict[str, Any]:
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
