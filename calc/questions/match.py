"""One project against all schemes at once: what it gets, what it would get, what it just misses, what to ask next.

Answers are plain data in the shape of the output contract. What the profile (who asks, in which field, for what) rules out
stands apart and asks nothing; a profile not given rules nothing out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.engines.explain.values import Unknown
from calc.estimate.benefit import CompiledBenefit, Outcome, evaluate, label, title, validity
from calc.facts import Facts
from calc.language import core
from calc.language.render import render
from calc.questions.near import Finder, near_miss
from calc.units import fen, fen_text, value_text

if TYPE_CHECKING:
    from calc.store.store import Store

PROFILE = ("applicant_kinds", "fields", "matters")
# matters that anybody may tick: a benefit for them is meant for nobody in particular
BROAD = frozenset(("investment", "rd", "platform", "loan", "operation", "event", "digital", "store", "creation", "certification", "equipment", "talent"))
FEW = 8  # a fact that no more schemes than this ask for says what a project is about


@dataclass(slots=True)
class Question:
    """A fact to ask: the benefits that turn on it, the most one of them could pay (fen), their schemes."""

    decides: int = 0
    opens: int | None = None
    schemes: list[str] = field(default_factory=list)

    def add(self, scheme: str, most: int | None) -> None:
        """One more benefit of ``scheme`` that could pay ``most``."""
        self.decides += 1
        if scheme not in self.schemes:
            self.schemes.append(scheme)
        if most is not None:
            self.opens = max(self.opens or 0, most)


def match(catalog: Store, values: dict[str, Any], as_of: dt.date) -> dict[str, Any]:
    """Every benefit of every scheme on one project's facts (plain values by id), ranked.

    Raises ``InputError`` where the facts contradict one another.
    """
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("now", "if", "missed", "needs", "outside", "expired")}
    questions: dict[str, Question] = {}
    telling = _telling(catalog, values)
    profile = counted_as(values, catalog.facts)
    given = set(values)
    profiled = any(values.get(path) for path in ("fields", "matters"))
    for scheme in map(catalog.scheme, catalog.in_force_ids(as_of)):
        state = validity(scheme, as_of)
        for compiled in catalog.compiled(scheme.id):
            if compiled.amount is None:
                continue
            benefit = compiled.benefit
            inputs = compiled.inputs  # a project that gives a benefit's own figures is concerned, whatever the profile says
            stated = bool(inputs) and inputs <= given and not telling.isdisjoint(inputs)
            why = None if stated else against(benefit, profile)
            if why is not None:
                found["outside"].append({**_about(scheme, benefit, state), "status": "ineligible", "amount": "0.00", "why": why})
                continue
            outcome = evaluate(compiled, values, catalog.lpr)
            section, entry = _answer(catalog, scheme, compiled, outcome, state, values, stated)
            if section is None:
                continue
            entry["fits"] = not telling.isdisjoint(benefit.facts)
            if state != "in-force":
                found["expired"].append(entry)
                continue
            if entry["fits"] or not profiled or aimed(benefit, values):
                found[section].append(entry)
            if section in ("if", "needs"):
                most = outcome.amount if outcome.amount is not None else None if benefit.most is None else fen(benefit.most)
                for path in dict.fromkeys((*outcome.missing, *outcome.assumed)):
                    questions.setdefault(path, Question()).add(scheme.id, most)
                for path in PROFILE:
                    if path in benefit.audience and path in catalog.facts and not values.get(path):
                        questions.setdefault(path, Question()).add(scheme.id, most)
    found["now"].sort(key=lambda e: (not e["fits"], -_amount(e)))
    found["if"].sort(key=lambda e: (not e["fits"], len(e["assumed"]), -_amount(e)))
    found["missed"].sort(key=lambda e: (not e["fits"], any(by["distance"] is None for by in e["by"]), len(e["by"]), -_amount(e)))
    found["needs"].sort(key=lambda e: (not e["fits"], len(e["missing"]) + len(e["assumed"]), -_most(e)))
    found["expired"].sort(key=lambda e: (not e["fits"], -_amount(e)))
    for entry in (*found["needs"], *found["expired"]):
        if entry.get("most") is not None:
            entry["most"] = fen_text(entry["most"])
    return {**found, "questions": _asked(catalog, questions)}


def counted_as(values: dict[str, Any], facts: Facts) -> dict[str, set[str]]:
    """What the profile counts as: for each of its facts given, the values of a benefit's ``for`` that concern it.

    A value counts as the wider ones it stands within; in ``fields`` whoever ticks a wider one alone may also mean a narrower.
    """
    found: dict[str, set[str]] = {}
    for path in PROFILE:
        given = values.get(path)
        if not given or path not in facts:
            continue
        definition = facts[path]
        found[path] = {wide for one in given for wide in definition.wider(one)}
        if path == "fields":
            alone = {one for one in given if not any(one in definition.wider(other) for other in given if other != one)}
            found[path].update(one for one in definition.values if alone & definition.wider(one))
    return found


def against(benefit: core.Benefit, profile: dict[str, set[str]]) -> str | None:
    """The fact of a profile (see ``counted_as``) that rules a benefit out, ``None`` where none does."""
    audience = benefit.audience
    for path, counted in profile.items():
        if audience.get(path) and counted.isdisjoint(audience[path]):
            return path
    return None


def ruled_out(benefit: core.Benefit, values: dict[str, Any], facts: Facts) -> str | None:
    """The fact of the profile among ``values`` that rules a benefit out, ``None`` where none does."""
    return against(benefit, counted_as(values, facts))


def aimed(benefit: core.Benefit, values: dict[str, Any]) -> bool:
    """Whether a benefit is meant for just such applicants: for their field, their kind, or a matter that is not everybody's."""
    if benefit.audience.get("fields") and values.get("fields"):
        return True
    kinds = benefit.audience.get("applicant_kinds", ())
    if kinds and "enterprise" not in kinds:
        return True
    matters = set(benefit.audience.get("matters", ()))
    return bool(matters) and not matters & BROAD


def _answer(
    catalog: Store, scheme: core.Scheme, compiled: CompiledBenefit, outcome: Outcome, state: str, values: dict[str, Any], stated: bool
) -> tuple[str | None, dict[str, Any]]:
    """The section a benefit belongs to and what is said of it there; no section where it is neither paid nor near."""
    benefit = compiled.benefit
    entry = {**_about(scheme, benefit, state), "status": outcome.status, "amount": None if outcome.amount is None else fen_text(outcome.amount)}
    if outcome.status == "eligible":
        return "now", entry
    if outcome.status == "conditional":
        assumed = list(outcome.assumed)
        return "if", {**entry, "assumed": assumed, "assuming": _assuming(catalog, compiled, outcome, assumed, values)}
    if outcome.status == "incomplete":
        most = None if benefit.most is None else fen(benefit.most)
        return "needs", {**entry, "most": most, "missing": list(outcome.missing), "assumed": list(outcome.assumed)}
    if not stated and any(gate is False and set(core.facts_in(c.node)) & set(PROFILE) for c, gate in zip(benefit.conditions, outcome.gates, strict=True)):
        return None, entry
    near = near_miss(compiled, outcome, values, catalog.lpr, catalog.facts, catalog.runs, compiled.inputs <= set(values))
    return (None, entry) if near is None else ("missed", {**entry, **near})


def _assuming(catalog: Store, compiled: CompiledBenefit, outcome: Outcome, assumed: Sequence[str], values: dict[str, Any]) -> list[dict[str, Any]]:
    """What must hold of each fact assumed: the value needed, and the condition it stands in, in words."""
    finder = Finder(values, catalog.lpr, catalog.facts, catalog.runs)
    found: dict[str, dict[str, Any]] = {}
    for condition, gate in zip(compiled.benefit.conditions, outcome.gates, strict=True):
        if type(gate) is Unknown:
            for one in needed(finder, condition.node, True, catalog.facts):
                found.setdefault(one["fact"], one)
    for path in assumed:
        found.setdefault(path, {"fact": path, "label": catalog.label(path), "needed": None, "words": catalog.label(path)})
    return list(found.values())


def needed(finder: Finder, node: core.Node, wanted: bool, facts: Facts) -> list[dict[str, Any]]:
    """What open parts of a condition ask for, so that it comes out as ``wanted``; of alternatives, the first that is open."""
    if type(finder.run(node)) is not Unknown:
        return []
    if isinstance(node, core.Not):
        return needed(finder, node.arg, not wanted, facts)
    if isinstance(node, (core.AllOf, core.AnyOf)):
        options = [needed(finder, arg, wanted, facts) for arg in node.args]
        options = [option for option in options if option]
        return [one for option in options for one in option] if isinstance(node, core.AllOf) is wanted else options[0] if options else []
    paths = core.facts_in(node)
    if not paths:
        return []
    value: Any = wanted
    words = render(node if wanted else core.Not(node), facts)
    if isinstance(node, core.Member):
        value = "、".join(node.values if node.negated is not wanted else [v for v in node.item.type.values if v not in node.values])
    elif isinstance(node, core.Has):
        value = "、".join(node.values)
    elif isinstance(node, core.Compare):
        bound = finder.run(node.right)
        if type(bound) is Unknown:
            value = None
        else:
            op = node.op if wanted else OPPOSITE[node.op]
            shown = str(value_text(node.left.type.kind, bound))
            value = shown if op == "==" else f"{op} {shown}"
    return [{"fact": paths[0], "label": facts.name_of(paths[0]), "needed": value, "words": words}]


OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "!=", "!=": "=="}


def _asked(catalog: Store, questions: dict[str, Question]) -> list[dict[str, Any]]:
    """The questions, those that settle most first, the profile before all others."""
    ranked = sorted(questions.items(), key=lambda q: (q[0] not in PROFILE, -q[1].decides, -(q[1].opens or 0), q[0]))
    return [
        {
            "fact": path,
            "label": catalog.label(path),
            "decides": one.decides,
            "opens": None if one.opens is None else fen_text(one.opens),
            "schemes": one.schemes,
        }
        for path, one in ranked
        if path.partition(".")[0] in catalog.facts
    ]


def _telling(catalog: Store, values: dict[str, Any]) -> set[str]:
    """The facts given that few schemes ask for: a benefit that reads one of them is about this project."""
    uses = catalog.uses
    return {fact for fact in values if uses[fact] <= FEW and values[fact] not in (False, [])}


def _about(scheme: core.Scheme, benefit: core.Benefit, state: str) -> dict[str, Any]:
    return {
        "scheme": scheme.id,
        "benefit": benefit.id,
        "title": title(scheme),
        "label": label(benefit),
        "support": benefit.support,
        "validity": state,
        "for": {name: list(slugs) for name, slugs in benefit.audience.items()},
    }


def _amount(entry: dict[str, Any]) -> int:
    return int(entry["amount"].replace(".", "")) if entry["amount"] else 0


def _most(entry: dict[str, Any]) -> int:
    """What an incomplete benefit can pay at the most, in fen; 0 where nothing bounds it."""
    return entry["most"] or 0
