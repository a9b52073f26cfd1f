"""One project against all schemes at once: what it gets, what it would get, what it just misses, what to ask next.

Answers are plain data in the shape of the output contract; entries share parts with later answers and are for reading. What the
profile rules out stands apart and asks nothing; a profile not given rules nothing out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from calc.engines.explain.values import Unknown
from calc.estimate.benefit import CompiledBenefit, Outcome, evaluate, label, title, validity, verdict
from calc.language import core, model
from calc.language.render import render, wording
from calc.messages import language
from calc.questions.near import OPPOSITE, Finder, near_miss
from calc.questions.profile import PROFILE, Audience, against, aimed, counted_as
from calc.twins import asked_instead
from calc.units import fen, fen_text, value_text

if TYPE_CHECKING:
    from calc.store.store import Store

SECTIONS = ("now", "if", "missed", "needs", "outside", "expired", "recognition")
FEW = 8  # a fact that no more schemes than this ask for says what a project is about
OWN = 2  # one that no more than this ask for is given for their sake
VERDICTS = ("met", "unknown", "unmet")  # of titles, in the order they are told


@dataclass(slots=True)
class Answer:
    """What is said of a benefit: its ``section`` (none where it is neither paid nor near) and its place there by ``rank``, the
    ``entry``, the facts it still turns on, and the most it could pay then (fen)."""

    section: str | None
    entry: dict[str, Any]
    rank: tuple[Any, ...] = ()
    open: tuple[str, ...] = ()
    most: int | None = None


@dataclass(slots=True)
class Candidate:
    """A benefit (none where a scheme as a whole is a title) as every match needs it.

    ``about`` is what each entry of it says, ``paid`` whether it pays an amount, ``facts`` what it reads, ``profile`` the facts of
    the profile by which it is meant for some only, ``barred`` which of its conditions ask for one of them, ``most`` what it can
    pay at the most (fen), ``blank`` what is said of it while none of its facts is given.
    """

    scheme: model.Scheme
    compiled: CompiledBenefit | None
    audience: Audience
    about: dict[str, Any]
    paid: bool
    facts: frozenset[str]
    profile: tuple[str, ...]
    barred: tuple[bool, ...]
    most: int | None
    blank: Answer | None = None


def match(catalog: Store, values: dict[str, Any], as_of: dt.date) -> dict[str, Any]:
    """Every benefit of every scheme on one project's facts (plain values by id), ranked.

    Raises ``InputError`` where the facts contradict one another.
    """
    found: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {name: [] for name in SECTIONS}
    questions: dict[str, list[Any]] = {}
    telling = _telling(catalog, values, FEW)
    own = _telling(catalog, values, OWN)
    profile = counted_as(values, catalog.facts)
    unsaid = [path for path in PROFILE if path not in profile and path in catalog.facts]
    given = values.keys()
    profiled = "fields" in profile or "matters" in profile
    finder = Finder(values, catalog.lpr, catalog.facts, catalog.runs)
    for place, candidate in enumerate(candidates(catalog, as_of)):
        # a project that gives a benefit's own figures is concerned, whatever the profile says
        inputs = candidate.compiled.inputs if candidate.compiled is not None else frozenset()
        stated = not candidate.facts.isdisjoint(own) or (bool(inputs) and inputs <= given and not telling.isdisjoint(inputs))
        why = None if stated else against(candidate.audience, profile)
        if why is not None:
            if candidate.paid:
                found["outside"].append(((), {**candidate.about, "status": "ineligible", "amount": "0.00", "why": why}))
            continue
        if not given.isdisjoint(candidate.facts):
            answer = _answer(catalog, candidate, values, stated, finder)
        elif candidate.blank is not None:
            answer = candidate.blank
        else:
            answer = candidate.blank = _answer(catalog, candidate, {}, False, Finder({}, catalog.lpr, catalog.facts, catalog.runs))
        section = answer.section
        if section is None:
            continue
        fits = not candidate.facts.isdisjoint(telling)
        entry = {**answer.entry, "fits": fits}
        if section == "recognition":
            found[section].append(((not fits, *answer.rank), entry))
            continue
        if entry["validity"] != "in-force":
            found["expired"].append(((not fits, answer.rank[-1]), entry))
            continue
        if fits or not profiled or aimed(candidate.audience, values):
            found[section].append(((not fits, *answer.rank), entry))
        if answer.open:
            for path in chain(answer.open, (path for path in unsaid if path in candidate.profile)):
                asked = questions.get(path)
                if asked is None:
                    asked = questions[path] = [[], -1, {}]
                asked[0].append(place)
                asked[2][candidate.scheme.id] = None
                if answer.most is not None and answer.most > asked[1]:
                    asked[1] = answer.most
    for entries in found.values():
        entries.sort(key=lambda one: one[0])
    return {**{name: [entry for _, entry in entries] for name, entries in found.items()}, "questions": _asked(catalog, questions, given)}


def candidates(catalog: Store, as_of: dt.date) -> list[Candidate]:
    """The benefits a match goes through on a day, in the order of the cards; kept for the next match."""
    key = language(), as_of
    if catalog.kept.get("candidates", (None,))[0] != key:
        catalog.kept["candidates"] = key, list(_candidates(catalog, as_of))
    found: list[Candidate] = catalog.kept["candidates"][1]
    return found


def _candidates(catalog: Store, as_of: dt.date) -> Iterator[Candidate]:
    for scheme in map(catalog.scheme, catalog.in_force_ids(as_of)):
        state = validity(scheme, as_of)
        if not scheme.benefits and "certification" in scheme.audience.get("matters", ()):
            about = _about(scheme, None, scheme.audience, state)
            yield Candidate(scheme, None, scheme.audience, about, False, frozenset(), (), (), None)
        for compiled in catalog.compiled(scheme.id):
            benefit = compiled.benefit
            if compiled.amount is None and not is_title(benefit):
                continue
            barred = tuple(not set(PROFILE).isdisjoint(core.facts_in(c.node)) for c in benefit.conditions)
            meant = tuple(path for path in PROFILE if path in benefit.audience)
            most = None if benefit.most is None else fen(benefit.most)
            about = _about(scheme, benefit, benefit.audience, state)
            yield Candidate(scheme, compiled, benefit.audience, about, compiled.amount is not None, frozenset(benefit.facts), meant, barred, most)


def is_title(benefit: model.Benefit) -> bool:
    """Whether a benefit is a certification, or the like: it pays nothing, and its conditions decide it."""
    return benefit.nature == "in-kind" and (bool(benefit.conditions) or "certification" in benefit.audience.get("matters", ()))


def _answer(catalog: Store, candidate: Candidate, values: dict[str, Any], stated: bool, finder: Finder) -> Answer:
    """What is said of a benefit on a project's facts."""
    compiled = candidate.compiled
    if compiled is None:
        return Answer("recognition", _title(catalog, candidate, None), (VERDICTS.index("unknown"),))
    outcome = evaluate(compiled, values, catalog.lpr)
    if compiled.amount is None:
        entry = _title(catalog, candidate, outcome)
        barred = any(gate is False and asks for gate, asks in zip(outcome.gates, candidate.barred, strict=True))
        return Answer(None if barred else "recognition", entry, (VERDICTS.index(entry["verdict"]),))
    amount = outcome.amount
    entry = {**candidate.about, "status": outcome.status, "amount": None if amount is None else fen_text(amount)}
    if outcome.status == "eligible":
        return Answer("now", entry, (-(amount or 0),))
    if outcome.status == "conditional":
        entry["assumed"] = list(outcome.assumed)
        entry["assuming"] = _assuming(catalog, compiled, outcome, finder)
        return Answer("if", entry, (len(outcome.assumed), -(amount or 0)), outcome.assumed, amount)
    if outcome.status == "incomplete":
        most = candidate.most
        entry["most"] = None if most is None else fen_text(most)
        entry["missing"], entry["assumed"] = list(outcome.missing), list(outcome.assumed)
        asks = tuple(dict.fromkeys((*outcome.missing, *outcome.assumed)))
        return Answer("needs", entry, (len(asks), -(most or 0)), asks, most)
    if not stated and any(gate is False and asks for gate, asks in zip(outcome.gates, candidate.barred, strict=True)):
        return Answer(None, entry)
    given = compiled.inputs <= values.keys()
    near = near_miss(compiled, outcome, values, catalog.lpr, catalog.facts, catalog.runs, given)
    if near is None:
        return Answer(None, entry)
    amount, by = near
    entry["amount"], entry["by"] = None if amount is None else fen_text(amount), by
    if amount is None:
        entry["most"] = None if candidate.most is None else fen_text(candidate.most)
    return Answer("missed", entry, (any(one["distance"] is None for one in by), len(by), -(amount or 0)))


def _title(catalog: Store, candidate: Candidate, outcome: Outcome | None) -> dict[str, Any]:
    """What is said of a title: its verdict, its conditions with theirs, the facts it still turns on, what a person must judge."""
    benefit = None if candidate.compiled is None else candidate.compiled.benefit
    found = {**candidate.about, "status": "no-figure", "amount": None, "verdict": "unknown", "conditions": [], "missing": [], "checklist": []}
    if benefit is None or outcome is None:
        return found
    results = [verdict(gate) for gate in outcome.gates]
    if results:
        found["verdict"] = max(results, key=VERDICTS.index)
    found["conditions"] = [{"text": wording(c, catalog.facts), "result": result} for c, result in zip(benefit.conditions, results, strict=True)]
    if found["verdict"] == "unknown":
        found["missing"] = list(dict.fromkeys(path for gate in outcome.gates if type(gate) is Unknown for path in gate.missing))
    found["checklist"] = list(benefit.checklist)
    return found


def _assuming(catalog: Store, compiled: CompiledBenefit, outcome: Outcome, finder: Finder) -> list[dict[str, Any]]:
    """What must hold of each fact assumed: the value needed, and the condition it stands in, in words."""
    found: dict[str, dict[str, Any]] = {}
    spared: set[str] = set()  # of alternatives the first is told, the others need not hold
    for place, gate in enumerate(outcome.gates):
        if type(gate) is Unknown:
            spared.update(gate.missing)
            node = compiled.benefit.conditions[place].node
            for one in _needed_blank(catalog, finder, node) if compiled.is_blank(place, gate) else _needed(catalog, finder, node, True):
                found.setdefault(one["fact"], one)
    for where in {id(item[0]): item[0].where for item in outcome.env.items}.values():
        if where is not None:  # of records that count though it is open whether they do
            spared.update(core.facts_in(where))
            for part in where.args if isinstance(where, core.AllOf) else (where,):
                found.update((one["fact"], one) for one in _needed(catalog, finder, part, True) if one["fact"] in outcome.assumed)
    for path in outcome.assumed:
        if path not in found and path not in spared:
            name = catalog.label(path)
            found[path] = {"fact": path, "label": name, "needed": None, "words": name}
    return list(found.values())


def _needed_blank(catalog: Store, finder: Finder, node: core.Node) -> list[dict[str, Any]]:
    """What a condition of whose facts none is given asks for: the same for every project."""
    key = "blank", node, language()
    found: list[dict[str, Any]] | None = catalog.kept.get(key)
    if found is None:
        found = catalog.kept[key] = _needed(catalog, finder, node, True)
    return found


def _needed(catalog: Store, finder: Finder, node: core.Node, wanted: bool) -> list[dict[str, Any]]:
    """What an open condition asks for, so that it comes out as ``wanted``; of alternatives, the first that is open."""
    if isinstance(node, core.Not):
        return _needed(catalog, finder, node.arg, not wanted)
    if isinstance(node, (core.AllOf, core.AnyOf)):
        options = [_needed(catalog, finder, arg, wanted) for arg in node.args if type(finder.run(arg)) is Unknown]
        options = [option for option in options if option]
        return [one for option in options for one in option] if isinstance(node, core.AllOf) is wanted else options[0] if options else []
    key = "needed", node, wanted, language()
    one = catalog.kept.get(key)
    if one is None:
        one = _said(catalog, finder, node, wanted)
        if not isinstance(node, core.Compare) or isinstance(core.bare(node.right), core.Lit):  # the bound turns on no fact
            catalog.kept[key] = one
    return [one] if one else []


def _said(catalog: Store, finder: Finder, node: core.Node, wanted: bool) -> dict[str, Any]:
    """What a single condition asks for: the fact, the value it needs, and the condition in words; empty where it reads no fact."""
    paths = core.facts_in(node)
    if not paths:
        return {}
    value: Any = wanted
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
    words = render(node if wanted else core.Not(node), catalog.facts)
    return {"fact": paths[0], "label": catalog.label(paths[0]), "needed": value, "words": words}


def _asked(catalog: Store, questions: dict[str, list[Any]], given: Iterable[str]) -> list[dict[str, Any]]:
    """The questions, those that settle most first, the profile before all others; of twins one."""
    spared = asked_instead(questions, given, catalog.facts.twins)
    for path, asked in spared.items():
        decides, opens, schemes = questions[path]
        into = questions[asked]
        into[0], into[1] = list({*into[0], *decides}), max(into[1], opens)
        into[2].update(schemes)
    questions = {path: one for path, one in questions.items() if path not in spared}
    ranked = sorted(questions.items(), key=lambda q: (q[0] not in PROFILE, -len(q[1][0]), -q[1][1], q[0]))
    return [
        {"fact": path, "label": catalog.label(path), "decides": len(decides), "opens": None if opens < 0 else fen_text(opens), "schemes": list(schemes)}
        for path, (decides, opens, schemes) in ranked
        if path.partition(".")[0] in catalog.facts
    ]


def _telling(catalog: Store, values: dict[str, Any], few: int) -> set[str]:
    """The facts given that ``few`` schemes ask for: a benefit that reads one of them is about this project."""
    uses = catalog.uses
    return {fact for fact in values if uses[fact] <= few and values[fact] not in (False, [])}


def _about(scheme: model.Scheme, benefit: model.Benefit | None, audience: Audience, state: str) -> dict[str, Any]:
    paid = benefit is not None and benefit.amount is not None
    return {
        "scheme": scheme.id,
        "benefit": None if benefit is None else benefit.id,
        "title": title(scheme),
        "label": title(scheme) if benefit is None else label(benefit),
        "support": benefit.support if benefit is not None and paid else None,
        "validity": state,
        "for": {name: list(slugs) for name, slugs in audience.items()},
    }
