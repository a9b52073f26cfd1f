"""What to apply for: the benefits that bring most together and break no rule between schemes, for one project or several of
one enterprise.

What is chosen among: every benefit that is eligible (conditional ones if asked for) and pays something. Equity stakes are
left out unless asked for. Amounts are in fen. Over several projects a rule per project binds what concerns the same project,
a rule per enterprise all of them; what supports the enterprise itself is had for one of them; limits per enterprise and per
enterprise and year are shared, year by year of support, and apply to what each project would get alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from calc.errors import InputError, nearest_names
from calc.estimate.benefit import CompiledBenefit, by_year, evaluate, label, lapse_said, validity
from calc.estimate.cash import gathered
from calc.estimate.plausible import Odd, above_whole, odd_in, told
from calc.facts.rows import project
from calc.language.masks import bits
from calc.language.names import short
from calc.language.render import later_words, warnings_of
from calc.messages import listed, text
from calc.questions.plan.assumed import Assumed
from calc.questions.plan.called import EQUITY, EXCLUDED, called
from calc.questions.plan.caps import Cap
from calc.questions.plan.combination import GROUP_CAP, SHARED, caps_over, clash_masks, freed, needs, problem_of
from calc.questions.plan.costs import Drawing, drawn, once
from calc.questions.plan.optimum import best
from calc.questions.plan.paid import Candidate
from calc.questions.plan.problem import Best, Problem
from calc.store.conflicts import Conflicts, Item, conflicts
from calc.store.rules import Rule
from calc.units import fen_text

if TYPE_CHECKING:
    from calc.store.store import Store

ALTERNATIVES = 3


@dataclass(slots=True)
class Plan:
    """The best combination and what was found on the way; ``answer`` is the output contract. ``losses``: by how much the total falls
    where an item left out is taken all the same; none for one that cannot be had."""

    catalog: Store
    names: list[str]
    facts: list[dict[str, Any]]
    several: bool
    items: list[Candidate]
    aside: list[tuple[Candidate, str]]
    conflicts: Conflicts
    needs: list[tuple[str, int, int]]
    problem: Problem
    best: Best
    prudent: Best
    drawing: list[Drawing]
    assumed: Assumed
    ties: list[tuple[list[str], int, int]]
    as_of: dt.date
    odd: list[Odd] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alternatives: list[Best] = field(default_factory=list)
    losses: dict[int, int] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What is hardly meant in the projects, and what else is to be minded."""
        return [*told(self.odd), *self.notes]

    @property
    def chosen(self) -> list[Candidate]:
        """The benefits chosen."""
        return [self.items[i] for i in bits(self.best.chosen)]

    def left_out(self) -> list[tuple[Candidate, list[str]]]:
        """The benefits not chosen, each with the rules or caps that shut it out."""
        found = [(item, self.because(i)) for i, item in enumerate(self.items) if not self.best.chosen >> i & 1]
        return found + [(item, [why]) for item, why in self.aside]

    def because(self, i: int) -> list[str]:
        """The rules and caps that shut out an item."""
        chosen = self.best.chosen
        said = dict.fromkeys(r for j in bits(chosen) for r in self.conflicts.pairs.get((min(i, j), max(i, j)), ()))
        beside = chosen & ~self.problem.clashes[i]
        said.update(dict.fromkeys(id for id, item, mask in self.needs if item == i and not mask & chosen))
        said.update(dict.fromkeys(self.assumed.against(chosen, i)[0]))
        said.update(dict.fromkeys(cap.name for cap in self._tight(i, beside)))
        return list(said)

    def _tight(self, i: int, beside: int) -> list[Cap]:
        """The caps that keep an item from being paid in full beside others: those without which more of it would be, else (where
        several do alike) all that would be exceeded."""
        problem, with_it = self.problem, beside | 1 << i
        paid = problem.value(with_it)
        if paid - problem.value(beside) == self.items[i].amount:
            return []
        over = [cap for cap in problem.caps if self._masked(cap) >> i & 1 and self._whole(cap, with_it) > cap.limit]
        felt = [cap for cap in over if replace(problem, caps=[c for c in problem.caps if c is not cap], known=None).value(with_it) > paid]
        return felt or over

    def _masked(self, cap: Cap) -> int:
        return sum(1 << i for i in {self.problem.pieces[part].item for part in cap.parts})

    def _whole(self, cap: Cap, chosen: int) -> int:
        pieces = self.problem.pieces
        return sum(pieces[part].most for part in cap.parts if chosen >> pieces[part].item & 1)

    def blocked_by(self, i: int) -> list[str]:
        """The chosen benefits that shut out an item: those it clashes with, and those with which it shares a cap or cost that is
        used up."""
        chosen = self.best.chosen
        mask = self.problem.clashes[i] & chosen | self.assumed.against(chosen, i)[1]
        for cap in self._tight(i, chosen & ~self.problem.clashes[i]):
            mask |= self._masked(cap) & chosen
        return list(dict.fromkeys(self.items[j].key for j in bits(mask)))

    def blocking(self, item: Candidate) -> list[str]:
        """The chosen benefits that shut out one that is left out."""
        return next((self.blocked_by(i) for i, other in enumerate(self.items) if other is item), [])

    def loss(self, item: Candidate) -> int | None:
        """By how much the total falls where a benefit left out is taken all the same; ``None`` where it cannot be had."""
        return next((self.losses.get(i) for i, other in enumerate(self.items) if other is item), None)

    def assumptions(self) -> list[tuple[str, list[Candidate]]]:
        """What is taken to hold, each fact once, in words, with the chosen benefits that rest on it."""
        return self.assumed.told(self.best.chosen)

    def basis(self, item: Candidate) -> str:
        """How sure an amount is: ``formula`` (the text fixes it), ``ceiling`` (only an upper bound), ``assumed`` (conditional)."""
        if item.outcome.status == "conditional":
            return "assumed"
        return "ceiling" if item.benefit.nature == "ceiling" else "formula"

    def answer(self) -> dict[str, Any]:
        """The plan as plain data: the shape of the output contract, with ``questions``, ``notices`` and ``warnings``."""
        return {
            "total": fen_text(self.best.value),
            "chosen": [{**self._entry(item), "basis": self.basis(item)} for item in self.chosen],
            "left_out": [self._left(item, because) for item, because in self.left_out()],
            "bound": fen_text(self.best.bound),
            "proved": self.best.proved,
            "alternatives": [
                {"total": fen_text(other.value), "chosen": [self._entry(self.items[i]) for i in bits(other.chosen)]} for other in self.alternatives
            ],
            "rules": [{"id": id, "cost": fen_text(cost)} for id, cost in self.costs.items()],
            "prudent": {
                "total": fen_text(self.prudent.value),
                "chosen": [{**self._entry(self.items[i]), "basis": self.basis(self.items[i])} for i in bits(self.prudent.chosen)],
                "bound": fen_text(self.prudent.bound),
                "proved": self.prudent.proved,
            },
            "cash": cash(self),
            "assumptions": [{"says": said, "benefits": list(dict.fromkeys(item.key for item in on))} for said, on in self.assumptions()],
            "questions": self.questions,
            "notices": [{"id": r.id, "says": r.wording, "source": r.source} for r in self.notices()],
            "warnings": self.warnings,
        }

    def _entry(self, item: Candidate) -> dict[str, Any]:
        entry: dict[str, Any] = {"project": self.names[item.project]} if self.several else {}
        return {**entry, "scheme": item.scheme.id, "benefit": item.benefit.id, "amount": fen_text(item.amount)}

    def _left(self, item: Candidate, because: list[str]) -> dict[str, Any]:
        loss = self.loss(item)
        said = {"because": because, "blocked_by": self.blocking(item), "loss": None if loss is None else fen_text(loss)}
        return {**self._entry(item), **said}

    def notices(self) -> list[Rule]:
        """The rules that are not enforced and touch what is chosen: how often, before what, what else to mind."""
        told = [r for r in self.catalog.rules.of("frequency", "prerequisite", "notice") if not r.enforced and r.topic not in ("equity", "may_combine")]
        return [rule for rule in told if any(rule.covers(item.scheme.id, item.key) for item in self.chosen)]


# ---------------------------------------------------------------- making a plan


def plan(
    catalog: Store,
    projects: Sequence[tuple[str, dict[str, Any]]],
    schemes: Iterable[str] | None = None,
    *,
    exclude: Iterable[str] = (),
    require: Iterable[str] = (),
    allow_conditional: bool = False,
    include_equity: bool = False,
    several: bool = False,
    as_of: dt.date,
) -> Plan:
    """The best combination for ``projects``, pairs of name and facts (plain values by id), of one enterprise.

    ``schemes`` (ids; all if not told) are those to choose among; ``exclude`` and ``require`` name schemes or
    ``scheme/benefit``. ``several`` lets every entry name its project. Raises ``InputError`` for facts that contradict one
    another, an unknown name, and a requirement that cannot be had.
    """
    ids = list(dict.fromkeys(schemes)) if schemes is not None else catalog.in_force_ids(as_of)
    unwanted = [named(catalog, name) for name in _names(exclude)]
    wanted = [named(catalog, name) for name in _names(require)]
    found, open_ = candidates(catalog, projects, ids, several)
    items: list[Candidate] = []
    aside: list[tuple[Candidate, str]] = []
    for item in found:
        if any(_is(item, *name) for name in unwanted):
            aside.append((item, EXCLUDED))
        elif item.outcome.status == "conditional" and not allow_conditional:
            open_.append(item)
        elif item.benefit.support == "equity" and not include_equity:
            aside.append((item, EQUITY))
        else:
            items.append(item)
    values = [facts for _, facts in projects]
    assumed = Assumed(catalog, items, values)
    if assumed.never:
        aside += [(items[i], said[0]) for i, said in assumed.never.items()]
        items = [item for i, item in enumerate(items) if i not in assumed.never]
        assumed = Assumed(catalog, items, values)
    clashing = conflicts(catalog, [Item(i.project, i.scheme.id, i.key) for i in items], values)
    for pair, said in assumed.pairs.items():
        clashing.pairs.setdefault(pair, []).extend(said)
    drawing = drawn(catalog, items, values)
    problem = problem_of(catalog, items, clash_masks(len(items), clashing.pairs), caps_over(items, several, drawing))
    ties = assumed.ties(problem)
    problem.needs += [(item, mask) for _, item, mask in ties]
    problem.late = sum(1 << i for i, item in enumerate(items) if validity(item.scheme, as_of) != "in-force")
    for scheme, benefit in wanted:
        problem.musts.append(_must(catalog, items, scheme, benefit, [*(i for i, _ in aside), *open_]))
    answer = best(problem)
    if answer is None:
        raise _impossible(catalog, items, clashing, wanted)
    careful = best(replace(problem, clashes=once(items, problem.clashes, drawing))) or answer
    names, needed = [name for name, _ in projects], needs(catalog, items)
    made = Plan(catalog, names, values, several, items, aside, clashing, needed, problem, answer, careful, drawing, assumed, ties, as_of)
    made.alternatives = _alternatives(made)
    made.costs = _costs(made)
    made.questions = _questions(made)
    paths = None if schemes is None else [path for id in ids for path in catalog.scheme(id).facts]
    owners = names if several else [""] * len(names)
    made.odd = [one for owner, facts in zip(owners, values, strict=True) for one in odd_in(facts, catalog.facts, paths, owner)]
    for item in made.chosen:
        amount = [(_called(made, item), fen_text(item.amount))]
        made.odd += above_whole(amount, item.scheme.facts, values[item.project], catalog.facts, owners[item.project])
    made.notes = list(_notes(made, open_, schemes is not None))
    return made


def read_projects(
    catalog: Store, projects: Sequence[Mapping[str, Any]], ids: Sequence[str] | None, several: bool
) -> list[tuple[str, dict[str, Any]]]:
    """Projects as they come out of files as pairs of name and facts (plain values by id); one without a name goes by its number.

    Raises ``InputError``, which says which of ``several`` it is about.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    for number, said in enumerate(projects, 1):
        name = project(said)[0] or str(number)
        name = f"{name} ({number})" if name in {other for other, _ in found} else name
        try:
            found.append((name, catalog.read(said, ids if ids is not None else catalog.ids)))
        except InputError as bad:
            if several:
                bad.args = (text("plan.in", project=name, error=bad),)
            raise
    return found


def candidates(
    catalog: Store, projects: Sequence[tuple[str, dict[str, Any]]], ids: Sequence[str], several: bool
) -> tuple[list[Candidate], list[Candidate]]:
    """What the schemes ``ids`` pay the projects: benefits that pay something if their conditions hold, and those whose amount
    cannot be computed for want of facts."""
    found: list[Candidate] = []
    unknown: list[Candidate] = []
    for place, (name, values) in enumerate(projects):
        try:
            for id in ids:
                scheme = catalog.scheme(id)
                for compiled in catalog.compiled(id):
                    if compiled.amount is None:
                        continue
                    outcome = evaluate(compiled, values, catalog.lpr)
                    item = Candidate(place, scheme, compiled.benefit, outcome.amount or 0, outcome)
                    if outcome.status == "incomplete":
                        unknown.append(item)
                    elif item.amount > 0:
                        found.append(item)
        except InputError as bad:
            if several:
                bad.args = (text("plan.in", project=name, error=bad),)
            raise
    return found, unknown


def _names(names: Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def named(catalog: Store, name: str) -> tuple[str, str]:
    """A scheme and, after a ``/``, one of its benefits, by id or prefix; the benefit is empty for the whole scheme.

    Raises ``InputError``.
    """
    head, slash, tail = str(name).partition("/")
    id = catalog.find(head)
    if not slash:
        return id, ""
    known = [b.id for b in catalog.scheme(id).benefits]
    hits = [b for b in known if b == tail.strip()] or [b for b in known if tail.strip() and b.startswith(tail.strip())]
    if len(hits) != 1:
        called = [b.id + text("word.brackets", said=label(b)) for b in catalog.scheme(id).benefits]
        accepted = text("plan.accepted.benefit", scheme=id, known=listed(called))
        raise InputError(name, tail, accepted, nearest_names(tail, known), message="plan.error.benefit")
    return id, hits[0]


def _is(item: Candidate, scheme: str, benefit: str) -> bool:
    return item.scheme.id == scheme and benefit in ("", item.benefit.id)


# ---------------------------------------------------------------- requirements


def _must(catalog: Store, items: Sequence[Candidate], scheme: str, benefit: str, others: Sequence[Candidate]) -> int:
    """The items one of which a requirement asks for. Raises ``InputError`` where there is none, saying why."""
    mask = sum(1 << i for i, item in enumerate(items) if _is(item, scheme, benefit))
    if mask:
        return mask
    name = f"{scheme}/{benefit}" if benefit else scheme
    for item in others:
        if _is(item, scheme, benefit):
            open_ = [*item.outcome.missing, *item.outcome.assumed]
            if item.outcome.status == "incomplete":
                raise InputError(name, name, text("plan.must.incomplete", facts=listed(open_)), message="plan.error.must")
            if item.outcome.status == "conditional":
                raise InputError(name, name, text("plan.must.conditional", facts=listed(open_)), message="plan.error.must")
            key = "plan.must.equity" if item.benefit.support == "equity" else "plan.must.excluded"
            raise InputError(name, name, text(key), message="plan.error.must")
    raise InputError(name, name, text("plan.must.ineligible"), message="plan.error.must")


def _impossible(catalog: Store, items: Sequence[Candidate], clashing: Conflicts, wanted: Sequence[tuple[str, str]]) -> InputError:
    """What to say of requirements that cannot be met together: the rules between them."""
    asked = [i for i, item in enumerate(items) if any(_is(item, *name) for name in wanted)]
    rules = dict.fromkeys(r for (i, j), ids in clashing.pairs.items() if i in asked and j in asked for r in ids)
    said = listed(f"{scheme}/{benefit}" if benefit else scheme for scheme, benefit in wanted)
    return InputError("require", said, text("plan.must.together", rules=listed(called(catalog, rules)) or "—"), message="plan.error.must")


# ---------------------------------------------------------------- what else there is to say


def _alternatives(made: Plan) -> list[Best]:
    """The next best combinations: of those that hold some benefit left out, the best for each, a few of different totals; and what each
    such change costs (``losses``).

    Any other combination to which nothing could be added holds a benefit left out, so the first of these is the next best.
    """
    problem, chosen = made.problem, made.best.chosen
    found: dict[int, int] = {}
    alike: dict[int, Best | None] = {}
    for i in range(len(made.items)):
        if chosen >> i & 1:
            continue
        free = not (problem.under.mask | problem.held) >> i & 1
        if free and problem.clashes[i] in alike:  # whoever has the same rivals comes with it
            other = alike[problem.clashes[i]]
        else:
            other = best(problem, inside=1 << i, ties=False)
            if free:
                alike[problem.clashes[i]] = other
        if other is None:
            continue
        made.losses[i] = max(0, made.best.value - other.value)
        if other.value < made.best.value and problem.value(other.chosen & ~(1 << i)) < other.value:
            found.setdefault(other.value, i)
    return [one for value in sorted(found, reverse=True)[:ALTERNATIVES] if (one := best(problem, inside=1 << found[value]))]


def _costs(made: Plan) -> dict[str, int]:
    """What each rule costs: by how much the best total would rise without it (fen), the dearest first."""
    pairs = made.conflicts.pairs.values()
    costs = {id: 0 for rules in pairs for id in rules}
    alone = {rules[0] for rules in pairs if len(rules) == 1} | {id for id, _, _ in made.needs}
    alone |= {cap.name for cap in made.problem.caps} & {SHARED, GROUP_CAP}
    alone |= {said[0] for said, _, _ in made.ties if len(said) == 1}
    costs.update({id: _without(made, [id]) for id in alone})
    order = {rule.id: place for place, rule in enumerate(made.catalog.rules.rules)}
    return dict(sorted(costs.items(), key=lambda cost: (-cost[1], order.get(cost[0], len(order)), cost[0])))


def _without(made: Plan, ids: Iterable[str]) -> int:
    """By how much the best total would rise without some rules."""
    ids = set(ids)
    caps = [cap for cap in made.problem.caps if cap.name not in ids]
    left = [(item, mask) for id, item, mask in made.needs if id not in ids]
    left += [(item, mask) for said, item, mask in made.ties if not ids.issuperset(said)]
    clashes = freed(made.problem.clashes, made.conflicts, ids)
    known = made.problem.known if len(caps) == len(made.problem.caps) else None
    other = best(replace(made.problem, clashes=clashes, caps=caps, needs=left, known=known), ties=False)
    return 0 if other is None else max(0, other.value - made.best.value)


def _questions(made: Plan) -> list[dict[str, Any]]:
    """What to ask: facts not given that would lift rules, with what that would add; and what the chosen benefits assume."""
    found = []
    for fact, rules in made.conflicts.open.items():
        places = {i for pair, ids in made.conflicts.pairs.items() if not rules.keys().isdisjoint(ids) for i in pair}
        schemes = dict.fromkeys(made.items[i].scheme.id for i in sorted(places))
        found.append((_without(made, rules), fact, list(schemes), list(rules)))
    assumed: dict[str, list[Candidate]] = {}
    for item in made.chosen:
        for path in item.outcome.assumed:
            assumed.setdefault(path, []).append(item)
    for path, items in assumed.items():
        found.append((sum(item.amount for item in items), path, list(dict.fromkeys(item.scheme.id for item in items)), []))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [
        {"fact": fact, "label": made.catalog.facts.name_of(fact), "opens": fen_text(opens), "schemes": schemes, "rules": rules}
        for opens, fact, schemes, rules in found
    ]


# ---------------------------------------------------------------- warnings


def _notes(made: Plan, open_: Sequence[Candidate], each: bool) -> Iterator[str]:
    facts = made.catalog.facts
    if not made.best.proved:
        yield text("plan.warn.unproved", bound=fen_text(made.best.bound))
    if each:
        for item in open_:
            status = item.outcome.status
            paths = (*item.outcome.missing, *item.outcome.assumed) if status == "incomplete" else item.outcome.assumed
            yield text(f"plan.warn.{status}", benefit=_called(made, item), facts=listed(facts.name_of(path) for path in paths))
    elif open_:
        likely = sum(item.outcome.status == "conditional" for item in open_)
        yield text("plan.warn.open", likely=likely, missing=len(open_) - likely)
    for rule in made.catalog.rules.of("same_measure"):
        twice = [item for item in made.chosen if item.key in rule.benefits] if not rule.certain else []
        if len({item.scheme.id for item in twice}) > 1:
            yield text("plan.warn.same", benefits=listed(_called(made, i) for i in twice), says=rule.wording)
    for scheme in {item.scheme.id: item.scheme for item in made.chosen}.values():
        if late := lapse_said(scheme, made.as_of):
            yield _said(short(scheme.id), late)
        if scheme.later_batch:
            yield _said(short(scheme.id), text("warn.later", scheme=short(scheme.later_batch)))
        yield from (_said(short(scheme.id), one) for one in later_words(scheme, made.as_of.isoformat()))
    for item in made.chosen:
        said = dict.fromkeys((*item.outcome.env.warnings, *warnings_of(item.benefit)))
        yield from (_said(_called(made, item), one) for one in said)


def _said(what: str, said: str) -> str:
    return text("plan.said", what=what, said=said)


def _called(made: Plan, item: Candidate) -> str:
    """A benefit as warnings name it: card and label, with the project where there are several."""
    name = f"{item.scheme.id.partition('-')[0]} {label(item.benefit)}"
    return f"{made.names[item.project]} {name}" if made.several else name


# ---------------------------------------------------------------- cash


def cash(made: Plan) -> list[dict[str, str]]:
    """When the money of a plan comes; the parts add up to the total."""
    parts = [by_year(_compiled(made.catalog, item), item.outcome, made.facts[item.project], made.catalog.lpr) for item in made.chosen]
    place = {i: k for k, i in enumerate(bits(made.best.chosen))}
    pieces = made.problem.pieces
    caps = []
    for cap in made.problem.caps:  # those over benefits as a whole; what others take off comes off all that stand under caps
        inside = {pieces[part].item for part in cap.parts if pieces[part].item in place}
        if not any(pieces[part].way for part in cap.parts):
            caps.append(([place[i] for i in sorted(inside)], cap.limit))
    under = [place[i] for i in bits(made.best.chosen & made.problem.under.mask)]
    caps.append((under, made.problem.value(made.best.chosen & made.problem.under.mask)))
    return [{"period": period, "amount": fen_text(amount)} for period, amount in gathered(parts, caps, made.best.value)]


def _compiled(catalog: Store, item: Candidate) -> CompiledBenefit:
    found: CompiledBenefit = next(one for one in catalog.compiled(item.scheme.id) if one.benefit.id == item.benefit.id)
    return found
