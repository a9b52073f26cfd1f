"""One project against all schemes at once: what it gets, what it would get, what it just misses, what to ask next.

Answers are plain data in the shape of the output contract; entries share parts with later answers and are for reading. What the
profile rules out stands apart and asks nothing; a profile not given rules nothing out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from calc.engines.explain.values import Unknown
from calc.estimate.benefit import CompiledBenefit, Outcome, evaluate, verdict
from calc.estimate.plausible import Odd, above_whole, odd_in, told
from calc.language import core
from calc.language.names import short
from calc.language.render import render, wording
from calc.messages import language
from calc.questions.candidates import KEPT, Answer, Candidate, Table, is_judged, tabled
from calc.questions.near import OPPOSITE, Finder, near_miss
from calc.questions.profile import PROFILE, aimed, counted_as
from calc.twins import asked_instead
from calc.units import fen_text, value_text

if TYPE_CHECKING:
    from calc.store.store import Store

SECTIONS = ("now", "if", "missed", "needs", "outside", "expired", "discretionary", "recognition")
FEW = 8  # a fact that no more schemes than this ask for says what a project is about
OWN = 2  # one that no more than this ask for is given for their sake
VERDICTS = ("met", "unknown", "unmet")  # of titles, in the order they are told


def match(catalog: Store, values: dict[str, Any], as_of: dt.date) -> dict[str, Any]:
    """Every benefit of every scheme on one project's facts (plain values by id), ranked.

    Raises ``InputError`` where the facts contradict one another.
    """
    table = tabled(catalog, as_of)
    found: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {name: [] for name in SECTIONS if name != "outside"}
    asked: dict[str, list[int]] = defaultdict(list)
    given = values.keys()
    telling = _telling(catalog, values, FEW)
    fitting = table.reading(telling)
    # a project that gives a benefit's own figures is concerned, whatever the profile says
    stated = {place for place in table.computing(telling) if table.candidates[place].inputs <= given} | table.reading(_telling(catalog, values, OWN))
    profile = counted_as(values, catalog.facts)
    why = table.ruled_out(profile, stated)
    unsaid = [path for path in PROFILE if path not in profile and path in catalog.facts]
    profiled = "fields" in profile or "matters" in profile
    concerned = table.reading(given)
    finder, bare = (Finder(known, catalog.lpr, catalog.facts, catalog.runs) for known in (values, {}))
    most: dict[int, int] = {}
    unlisted: set[int] = set()  # the places of those that may be meant for anybody
    for place, candidate in enumerate(table.candidates):
        if place in why:
            continue
        if place in concerned:
            answer = _known(catalog, candidate, values, place in stated, finder)
        else:
            answer = candidate.blank = candidate.blank or _answer(catalog, candidate, {}, False, bare)
        section = answer.section
        if section is None:
            continue
        fits = place in fitting
        entry = answer.told(fits).copy()
        if section == "recognition":
            found[section].append(((not fits, *answer.rank), entry))
            continue
        if entry["validity"] != "in-force":
            found["expired"].append(((not fits, answer.rank[-1]), entry))
            continue
        if fits or not profiled or aimed(candidate.audience, values):
            found[section].append(((not fits, *answer.rank), entry))
        else:
            unlisted.add(place)
        if answer.open:
            most[place] = -1 if answer.most is None else answer.most
            for path in answer.open:
                asked[path].append(place)
            for path in unsaid:
                if path in candidate.profile and path not in answer.open:
                    asked[path].append(place)
    ranked = {name: [entry for _, entry in sorted(entries, key=_rank)] for name, entries in found.items()}
    outside = [table.candidates[place].against(path).copy() for place, path in sorted(why.items()) if table.candidates[place].paid]
    listed = {name: outside if name == "outside" else ranked[name] for name in SECTIONS}
    warnings = told((*odd_in(values, catalog.facts), *above(catalog, values, listed["now"])))
    return {**listed, "questions": _asked(catalog, table, asked, most, unlisted, given), "warnings": warnings}


def above(catalog: Store, values: dict[str, Any], entries: Iterable[dict[str, Any]]) -> Iterator[Odd]:
    """The amounts that are more than all the project costs."""
    whole = {id for id in values if id in catalog.facts and catalog.facts[id].whole}
    for entry in entries if whole else ():
        scheme = catalog.scheme(entry["scheme"])
        yield from above_whole([(f"{short(scheme.id)} {entry['label']}", entry["amount"])], whole.intersection(scheme.facts), values, catalog.facts)


def _rank(ranked: tuple[tuple[Any, ...], dict[str, Any]]) -> tuple[Any, ...]:
    return ranked[0]


def _known(catalog: Store, candidate: Candidate, values: dict[str, Any], stated: bool, finder: Finder) -> Answer:
    """What is said of a benefit on a project's facts. Where it reads nothing but yes, no and categories of them, it was mostly said before."""
    if not candidate.figures.isdisjoint(values):
        return _answer(catalog, candidate, values, stated, finder)
    key = stated, *map(values.get, candidate.choices)
    answer = candidate.kept.get(key)
    if answer is None:
        if len(candidate.kept) >= KEPT:
            candidate.kept.clear()
        answer = candidate.kept[key] = _answer(catalog, candidate, values, stated, finder)
    return answer


def _answer(catalog: Store, candidate: Candidate, values: dict[str, Any], stated: bool, finder: Finder) -> Answer:
    """What is said of a benefit on a project's facts."""
    compiled = candidate.compiled
    if compiled is None:
        return Answer("recognition", _title(catalog, candidate, None), (VERDICTS.index("unknown"),))
    outcome = evaluate(compiled, values, catalog.lpr)
    if compiled.amount is None:
        entry = _title(catalog, candidate, outcome)
        rank = (VERDICTS.index(entry["verdict"]),)
        if is_judged(compiled.benefit):
            return Answer(None if entry["verdict"] == "unmet" else "discretionary", entry, rank)
        barred = any(gate is False and asks for gate, asks in zip(outcome.gates, candidate.barred, strict=True))
        return Answer(None if barred else "recognition", entry, rank)
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
    """What is said of a title, or of money without a figure: its verdict, its conditions with theirs, the facts it still turns on, what a person must judge."""
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


def _asked(
    catalog: Store, table: Table, asked: dict[str, list[int]], most: dict[int, int], unlisted: set[int], given: Iterable[str]
) -> list[dict[str, Any]]:
    """The questions, each with the places of the candidates that turn on it: the profile before all others, then those that settle most of
    what is listed; of twins one."""
    asked = {path: places for path, places in asked.items() if path.partition(".")[0] in catalog.facts}
    for path, other in asked_instead(asked, given, catalog.facts.twins).items():
        asked[other] = sorted({*asked[other], *asked.pop(path)})
    weighed = [(path not in PROFILE, unlisted.issuperset(places), -len(places), -max(map(most.__getitem__, places)), path) for path, places in asked.items()]
    weighed.sort()
    kept = table.questions
    if len(kept) > KEPT * len(table.candidates):
        kept.clear()
    found = []
    for _, _, decides, opens, path in weighed:
        key = path, opens, *asked[path]
        question = kept.get(key)
        if question is None:
            schemes = list(dict.fromkeys(table.candidates[place].scheme.id for place in asked[path]))
            most_of = None if opens > 0 else fen_text(-opens)
            question = kept[key] = {"fact": path, "label": catalog.label(path), "decides": -decides, "opens": most_of, "schemes": schemes}
        found.append(question.copy())
    return found


def _telling(catalog: Store, values: dict[str, Any], few: int) -> set[str]:
    """The facts given that ``few`` schemes ask for: a benefit that reads one of them is about this project."""
    uses = catalog.uses
    return {fact for fact in values if uses[fact] <= few and values[fact] not in (False, [])}
