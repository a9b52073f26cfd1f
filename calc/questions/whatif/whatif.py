"""What if: how a scheme's total moves with the project. Sweeps of one fact or two, exact turning points, the marginal amount,
the smallest value that reaches a target, named scenarios side by side.

Answers are plain data in the shape of the output contract; amounts are yuan with two decimals.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from calc.errors import InputError, nearest_names
from calc.estimate.benefit import estimate, label, title, validity
from calc.estimate.plausible import Odd, above_whole, odd_in, told
from calc.facts import read_value
from calc.facts.rows import record
from calc.language.names import short
from calc.messages import listed, text
from calc.questions.whatif.axis import MOST_VALUES, Axis, axis, sweep
from calc.questions.whatif.curve import Curve, Project
from calc.questions.whatif.target import Target
from calc.units import fen_text

if TYPE_CHECKING:
    from calc.store.store import Store


def whatif(
    catalog: Store,
    id: str,
    values: dict[str, Any],
    vary: Mapping[str, Any] | None,
    target: Any,
    scenarios: Sequence[Mapping[str, Any]] | None,
    compare: Sequence[str] | None,
    as_of: dt.date,
) -> dict[str, Any]:
    """Answers for the scheme ``id`` on a project's facts (plain values by id), see ``Catalog.whatif``. Raises ``InputError``."""
    scheme = catalog.scheme(id)
    subject = Subject(id, {f.partition(".")[0] for f in scheme.facts}, lambda heads: Project(catalog, id, values, heads), Curve, scheme.facts)
    answer: dict[str, Any] = {"scheme": id, "title": title(scheme), "validity": validity(scheme, as_of), "basis": "total"}
    answer["labels"] = {b.id: label(b) for b in scheme.benefits if b.amount is not None}
    answer.update(facts={}, points=[], turning_points=[], marginal=None, current=[], warnings=[])
    _answer(answer, catalog, subject, values, vary, target, scenarios, compare)
    try:
        known = estimate(scheme, catalog.compiled(id), values, catalog.facts, catalog.lpr, as_of).warnings
    except InputError:
        known = []
    answer["warnings"] = list(dict.fromkeys([*known, *answer["warnings"]]))
    return answer


def whatif_plan(
    catalog: Store,
    ids: list[str],
    values: dict[str, Any],
    vary: Mapping[str, Any] | None,
    target: Any,
    scenarios: Sequence[Mapping[str, Any]] | None,
    compare: Sequence[str] | None,
    conditional: bool = False,
    equity: bool = False,
) -> dict[str, Any]:
    """The same for the best combination of the schemes ``ids``, see ``Catalog.whatif``. Raises ``InputError``."""
    from calc.questions.whatif.together import PlanCurve, Together

    made: list[Together] = []

    def make(heads: set[str]) -> Any:
        made.append(Together(catalog, ids, values, heads, conditional, equity))
        return made[-1]

    used = {f.partition(".")[0] for id in ids for f in catalog.scheme(id).facts}
    used |= {rule.unless for rule in catalog.rules.rules if rule.unless}
    answer: dict[str, Any] = {"scheme": PLAN, "title": text("whatif.plan.title"), "basis": "total", "labels": {}}
    answer.update(facts={}, points=[], turning_points=[], marginal=None, current=[], warnings=[])
    _answer(answer, catalog, Subject(PLAN, used, make, PlanCurve), values, vary, target, scenarios, compare)
    told = [*answer["points"], *([answer["base"]] if "base" in answer else [])]
    keys = dict.fromkeys(key for point in told for key in point["chosen"])
    keys.update(dict.fromkeys(key for turn in answer["turning_points"] for key in turn["benefits"]))
    answer["labels"] = made[-1].labels(list(keys))
    return answer


PLAN = "plan"  # the scheme whose what-if is that of the best combination


@dataclass(frozen=True, slots=True)
class Subject:
    """What moves: its name, the facts it turns on, how to make its project (told which facts vary) and its curve along a fact."""

    name: str
    used: set[str]
    make: Callable[[set[str]], Any]
    curve: Callable[..., Any]
    paths: Sequence[str] | None = None  # what a value is looked at for that is hardly meant; all that is given, if not told


@dataclass(slots=True)
class _Doubts:
    """What is hardly meant in the project, and in what varies of it (told apart from the first)."""

    catalog: Store
    subject: Subject
    values: dict[str, Any]
    labels: Mapping[str, str]
    heads: set[str]
    odd: list[Odd] = field(default_factory=list)

    def look(self, owner: str, values: Mapping[str, Any], point: Mapping[str, Any]) -> None:
        """Takes note of what is odd where the facts are ``values``, and the answer is ``point``."""
        names, paths = self.catalog.facts, self.subject.paths
        self.odd += odd_in({head: values[head] for head in self.heads if head in values}, names, paths, owner)
        if paths is not None:
            self.odd += above_whole(((self.labels[id], amount) for id, amount in point["benefits"].items()), paths, values, names, owner)
            return
        for key, amount in point["benefits"].items():  # of several schemes, each by its own facts
            scheme, _, id = key.partition("/")
            one = self.catalog.scheme(scheme)
            said = f"{short(scheme)} {next(label(benefit) for benefit in one.benefits if benefit.id == id)}"
            self.odd += above_whole([(said, amount)], one.facts, values, names, owner)

    def told(self) -> list[str]:
        """What is said, each once."""
        known = list(odd_in(self.values, self.catalog.facts, self.subject.paths))
        said = {one.said for one in known}
        return [*told(known), *told(one for one in dict.fromkeys(self.odd) if one.said not in said)]


def _answer(
    answer: dict[str, Any], catalog: Store, subject: Subject, values: dict[str, Any], vary: Mapping[str, Any] | None, target: Any,
    scenarios: Sequence[Mapping[str, Any]] | None, compare: Sequence[str] | None,
) -> None:  # fmt: skip
    if scenarios is None:
        _sweeps(answer, catalog, subject, values, vary or {}, target)
        return
    if vary:
        raise InputError("vary", listed(vary), text("whatif.accepted.either"), message="error.option")
    if target is not None:
        raise InputError("target", target, text("whatif.accepted.target.vary"), message="error.option")
    _scenarios(answer, catalog, Scenarios(catalog, subject, values, scenarios), compare)


# ---------------------------------------------------------------- sweeps


def _sweeps(answer: dict[str, Any], catalog: Store, subject: Subject, values: dict[str, Any], vary: Mapping[str, Any], target: Any) -> None:
    used = subject.used
    axes = [axis(name, values, catalog.facts, used) for name in vary]
    if not 1 <= len(axes) <= 2 or len({a.path for a in axes}) < len(axes):
        raise InputError("vary", listed(vary), text("whatif.accepted.axes"), message="error.option")
    if target is not None and (len(axes) > 1 or not axes[0].scaled):
        raise InputError("target", target, text("whatif.accepted.target"), message="error.option")
    for one in axes:
        if one.heads.isdisjoint(used):
            near = nearest_names(one.head, used)
            raise InputError(one.path, one.label, text("whatif.accepted.used", scheme=subject.name, facts=listed(sorted(used))), near)
    answer["facts"] = {one.path: _described(one) for one in axes}
    spans = [[] if spec is None and target is not None else sweep(spec, one) for one, spec in zip(axes, vary.values(), strict=True)]
    count = math.prod(map(len, spans))
    if count > MOST_VALUES:
        raise InputError("vary", listed(vary), text("whatif.accepted.count", count=count, most=MOST_VALUES), message="error.option")
    heads = {head for a in axes for head in a.heads}
    project = subject.make(heads)
    curves = []
    for one, span in zip(axes, spans, strict=True):
        held = values
        for other, their in zip(axes, spans, strict=True):
            if other is not one and not other.read(values):
                held = other.put(held, their[0])
        if one.scaled:
            curves.append(subject.curve(project, one, held, span))

    def put(picked: Sequence[Any]) -> dict[str, Any]:
        found = values
        for one, each in zip(axes, picked, strict=True):
            found = one.put(found, each)
        return found

    varied = text("whatif.varied")
    doubts = _Doubts(catalog, subject, values, answer["labels"], heads)
    for picked in product(*spans):
        if len(axes) == 1 and curves:
            look = curves[0].at(picked[0])
        else:
            here = put(picked)
            look = project.at(here, dict(zip(axes, picked, strict=True)))
        answer["points"].append(project.point({a.path: a.said(v) for a, v in zip(axes, picked, strict=True)}, look))
        doubts.look(varied, put(picked), answer["points"][-1])
    if project.refusal is not None and all(p["status"] == "invalid" for p in answer["points"]):
        raise project.refusal
    if any(c.open for c in curves) or any(p["total"] is None and p["total_if"] is not None for p in answer["points"]):
        answer["basis"] = "total_if"
        project.warnings[text("whatif.warn.basis")] = None
    for curve in curves:
        answer["turning_points"] += curve.turning_points(answer["basis"])
        answer["current"].append(curve.current(answer["basis"]))
    if curves:
        answer["marginal"] = answer["current"][0]["marginal"]
    if target is not None:
        answer["target"] = Target(project, curves[0], target, spans[0], answer["basis"]).answer()
    answer["warnings"] = [*doubts.told(), *project.warnings]


def _described(axis: Axis) -> dict[str, Any]:
    """What a reader needs to know of a varied fact."""
    definition = axis.definition
    found: dict[str, Any] = {"label": axis.label, "type": axis.kind}
    if definition.values:
        found["values"] = {slug: definition.value_name(slug) for slug in definition.values}
    return found


# ---------------------------------------------------------------- scenarios


class Scenarios:
    """Named sets of overrides on one project."""

    def __init__(self, catalog: Store, subject: Subject, values: dict[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        used = subject.used
        self.found: dict[str, tuple[dict[str, Any], dict[Axis, Any]]] = {}
        self.axes: dict[str, Axis] = {}
        for place, entry in enumerate(entries, 1):
            where = f"scenario[{place}]"
            entry = record(entry)
            told = record(entry.get("set", {})) if isinstance(entry, Mapping) else None
            if set(entry) - {"name", "set"} or not isinstance(told, Mapping):
                raise InputError(where, entry, text("whatif.accepted.scenario"))
            name = str(entry.get("name") or "").strip()
            if not name or name in self.found:
                raise InputError(f"{where}.name", name, text("whatif.accepted.name"))
            found = values
            changes: dict[Axis, Any] = {}
            for fact, raw in told.items():
                # a field of a record takes its record to be there, in this scenario
                one = axis(fact, found, catalog.facts, used, lists=True) if fact not in self.axes or "." in fact else self.axes[fact]
                if any(other.path == one.path for other in changes):
                    raise InputError(f"{where}.set.{fact}", raw, text("accepted.once", other=one.path))
                changes[one] = read_value(one.definition, raw, one.path)
                found = one.put(found, changes[one])
                self.axes[one.path] = one
            self.found[name] = found, changes
        if not self.found:
            raise InputError("scenario", "", text("whatif.accepted.scenario"))
        self.heads = {head for one in self.axes.values() for head in one.heads}
        self.project = subject.make(self.heads)
        self.subject = subject
        self.values = values

    def compared(self, names: Sequence[str]) -> list[str]:
        """The names to put side by side. Raises ``InputError`` for one that no scenario has."""
        names = [name.strip() for name in names]  # as those of the scenarios are read
        for name in names:
            if name not in self.found:
                raise InputError("compare", name, listed(self.found), nearest_names(name, self.found), message="error.option")
        if len(names) < 2:
            raise InputError("compare", listed(names), text("whatif.accepted.compare"), message="error.option")
        return list(names)


def _scenarios(answer: dict[str, Any], catalog: Store, scenarios: Scenarios, compare: Sequence[str] | None) -> None:
    project = scenarios.project
    doubts = _Doubts(catalog, scenarios.subject, scenarios.values, answer["labels"], scenarios.heads)
    answer["facts"] = {path: _described(one) for path, one in scenarios.axes.items()}
    answer["base"] = project.point({}, project.at(scenarios.values))
    for name, (values, changes) in scenarios.found.items():
        point = {"name": name, **project.point({one.path: _given(one, put) for one, put in changes.items()}, project.at(values, changes))}
        point["difference"] = _difference(answer["base"]["total"], point["total"])
        doubts.look(text("whatif.in", name=name), values, point)
        answer["points"].append(point)
    answer["warnings"] = [*doubts.told(), *project.warnings]
    if compare:
        names = scenarios.compared(compare)
        points = {p["name"]: p for p in answer["points"]}
        columns = [points[name] for name in names]
        changed = {path: one for path, one in scenarios.axes.items() if any(path in c["given"] for c in columns)}
        ids = list(dict.fromkeys(id for point in columns for id in point["benefits"]))
        answer["compare"] = {
            "names": names,
            "given": {path: [_stands(one, scenarios.found[name][0]) for name in names] for path, one in changed.items()},
            "total": [c["total"] for c in columns],
            "benefits": {id: [c["benefits"].get(id) for c in columns] for id in ids},
            "chosen": [c["chosen"] for c in columns],
            "differences": {
                "total": [_difference(columns[0]["total"], c["total"]) for c in columns[1:]],
                "benefits": {id: [_difference(columns[0]["benefits"].get(id), c["benefits"].get(id)) for c in columns[1:]] for id in ids},
            },
        }


def _given(axis: Axis, put: Any) -> Any:
    """A scenario's setting as results write it."""
    if put is None:
        return None
    return text("word.records", count=len(put)) if axis.kind == "list" else axis.said(put)


def _stands(axis: Axis, values: dict[str, Any]) -> Any:
    """How a fact stands in a scenario, changed there or not."""
    found = [_given(axis, put) for put in axis.read(values)]
    return found[0] if len(set(found)) == 1 else "、".join(map(str, found)) or None


def _difference(before: str | None, after: str | None) -> str | None:
    if before is None or after is None:
        return None
    return fen_text(int(after.replace(".", "")) - int(before.replace(".", "")))
