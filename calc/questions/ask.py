"""An interview about one project: it asks only what can still change an amount; of chosen schemes what opens the most first, of
all schemes what settles the most.

``Interview`` keeps what was said and knows what to ask next; it neither prints nor reads. A question is about a *place*:
``("energy_saving_rate",)`` a fact, ``("loans", 0, "rate")`` a field of the first loan, ``("loans", 1)`` whether there is a
second one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from calc.errors import InputError
from calc.estimate.benefit import Combined, Outcome, evaluate, title
from calc.estimate.plausible import Odd, odd_in
from calc.facts import FactDef, field_headed, read_value, today
from calc.facts.rows import project, record
from calc.facts.stated import in_unit
from calc.language.core import LOAN_EXTRAS
from calc.questions.fill.template import accepted, list_fields, written
from calc.questions.profile import PROFILE, aimed, ruled_out
from calc.twins import asked_instead
from calc.units import BadValue, fen, is_blank, native, parse_bool

if TYPE_CHECKING:
    from calc.language import model
    from calc.store.store import Store

_IN_FILES = (str, int, float, bool, dt.date)  # what a value in a project file is
Place = tuple[str | int, ...]
DOUBTFUL = 0.25  # what settling a benefit is worth that is not meant for just such applicants
FAMILIAR = 4  # with so many benefits of a scheme settled, another of it is worth half as much as the first of a new one


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``definition`` says of what type; ``opens`` is the largest amount (fen) that turns on it, where bounded."""

    place: Place
    definition: FactDef
    opens: int | None
    schemes: tuple[str, ...]

    @property
    def is_record(self) -> bool:
        """Whether it asks if there is one more record."""
        return isinstance(self.place[-1], int)

    @property
    def accepted(self) -> str:
        """What may be answered."""
        from calc.messages import text

        return text("accepted.bool") if self.is_record else accepted(self.definition)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a scheme comes to so far, in fen: ``total`` sure, ``total_if`` as if what is still open held."""

    scheme: str
    title: str
    status: str
    total: int | None
    total_if: int | None


@dataclass(slots=True)
class _Stake:
    """What turns on a fact: the most it ``opens`` (fen), for which ``schemes``, and how much it ``settles`` (in benefits)."""

    opens: int | None = None
    schemes: list[str] = field(default_factory=list)
    settles: float = 0

    def add(self, scheme: str, most: int | None, settles: float) -> None:
        """One more benefit of ``scheme`` that could pay ``most``."""
        if scheme not in self.schemes:
            self.schemes.append(scheme)
        if most is not None:
            self.opens = max(self.opens or 0, most)
        self.settles += settles

    def join(self, other: _Stake) -> None:
        """All that turns on another fact as well."""
        self.schemes += [scheme for scheme in other.schemes if scheme not in self.schemes]
        if other.opens is not None:
            self.opens = max(self.opens or 0, other.opens)
        self.settles += other.settles


@dataclass(frozen=True, slots=True)
class _State:
    given: dict[str, Any]
    skipped: frozenset[Place]
    queue: tuple[Place, ...]


class Interview:
    """An interview for ``schemes`` (ids or prefixes; all, where none is named), starting from ``facts`` as in a project file.

    Raises ``InputError`` for a scheme or value that cannot be used.
    """

    def __init__(self, catalog: Store, schemes: Sequence[str] = (), facts: Mapping[str, Any] | None = None) -> None:
        self.catalog = catalog
        self.chosen = catalog.find_all(schemes)
        self._schemes: list[model.Scheme] = [catalog.scheme(id) for id in self.chosen] or [catalog.scheme(id) for id in catalog.in_force_ids(today())]
        self._profiled = not self.chosen  # without a scheme the profile comes first, and cuts what is asked
        _, told = project({} if facts is None else facts)
        catalog.read(told, [s.id for s in self._schemes])
        given: dict[str, Any] = {}
        used = {path.partition(".")[0] for s in self._schemes for path in s.facts}
        for name, raw in told.items():
            id, unit = catalog.facts.headed(str(name), used, raw)
            said = None if is_blank(native(raw)) else _stated(catalog.facts[id], raw, unit, id)
            given.update({id: said} if said is not None else {})
        self._state = _State(given, frozenset(), ())
        self._before: list[_State] = []
        self._outcomes = self._evaluate()

    @property
    def given(self) -> dict[str, Any]:
        """The facts by id, as they stand in a project file; of lists within a record only what is complete."""
        facts = self.catalog.facts
        return {i: [_complete(r, facts[i].fields) for r in v] if facts[i].type == "list" else v for i, v in self._state.given.items()}

    @property
    def odd(self) -> list[Odd]:
        """What is hardly meant of what was said so far."""
        return list(odd_in(self._values, self.catalog.facts))

    def standings(self) -> list[Standing]:
        """What each scheme comes to so far."""
        found = []
        for scheme, outcomes in self._outcomes:
            combined = Combined(scheme, outcomes)
            found.append(Standing(scheme.id, title(scheme), combined.status, combined.total, combined.total_if))
        return found

    def question(self) -> Question | None:
        """What to ask next; ``None`` when nothing can change an amount any more."""
        opened = self._open()
        if self._state.queue:
            place = self._state.queue[0]
            near = [stake for path, stake in opened.items() if path.partition(".")[0] == place[0]]
            stake = opened.get(str(place[0])) or (near[0] if near else _Stake())
            return Question(place, self._definition(place), stake.opens, tuple(stake.schemes))
        order = {path: number for number, path in enumerate(opened)}
        first = {path: PROFILE.index(path) - len(PROFILE) for path in opened if path in PROFILE}  # the profile before all others

        def rank(path: str) -> tuple[Any, ...]:
            stake = opened[path]
            return first.get(path, 0), -stake.settles, -(stake.opens or 0), -len(stake.schemes), order[path]

        for path in sorted(opened, key=rank):
            place_or_none = self._place(path)
            if place_or_none is not None:
                return Question(place_or_none, self._definition(place_or_none), opened[path].opens, tuple(opened[path].schemes))
        return None

    def left(self) -> int:
        """How many questions there can still be, where each record list has one record at the most."""
        open_facts = {path.partition(".")[0] for path in self._open()}
        skipped = {place[0] for place in self._state.skipped}
        found = set(self._state.queue)
        for scheme, outcomes in self._outcomes:
            for benefit, outcome in zip(scheme.benefits, outcomes, strict=True):
                if outcome.status in ("conditional", "incomplete") and not open_facts.isdisjoint(benefit.facts) and not self._shut(benefit):
                    found |= {place for fact in benefit.facts for place in self._places(fact, scheme)}
        found |= {(path,) for path in open_facts if path in PROFILE}
        found -= {(path,) for path in self._instead(str(place[0]) for place in found)}
        return len({place for place in found if place in self._state.queue or place[0] not in skipped})

    def _places(self, fact: str, scheme: model.Scheme) -> list[Place]:
        """What there can be to ask about a fact that is not given."""
        if fact in self._values or fact not in self.catalog.facts:
            return []
        if self.catalog.facts[fact].type != "list":
            return [(fact,)]
        return [(fact, 0), (fact, 1), *((fact, 0, name) for name in list_fields(self.catalog, fact, (scheme.id,)))]

    def _shut(self, benefit: model.Benefit) -> bool:
        """Whether the profile keeps a benefit from being asked about."""
        return self._profiled and ruled_out(benefit, self._values, self.catalog.facts) is not None

    def answer(self, question: Question, raw: str) -> None:
        """Takes the answer to ``question``. Raises ``InputError`` for a value that cannot be used, or contradicts another."""
        state = deepcopy(self._state)
        place, definition = question.place, question.definition
        holder = self._holder(state.given, place)
        if question.is_record:
            try:
                more = parse_bool(raw)
            except BadValue as bad:
                raise InputError(path_text(place), raw, bad.accepted) from None
            state = replace(state, queue=state.queue[1:])
            if more:
                holder.append({})
                state = replace(state, queue=(*self._fields(question), (*place[:-1], int(place[-1]) + 1), *state.queue))
        else:
            value = read_value(definition, raw, path_text(place))
            if value is None:  # a sign that means: not known
                self.skip(question)
                return
            kept = written(definition, value) if definition.type in ("bool", "enum", "set") else value if definition.type == "date" else raw.strip()
            holder[place[-1]] = kept
            state = replace(state, queue=state.queue[1:])
        before, self._state = self._state, state
        try:
            self._outcomes = self._evaluate()
        except InputError:
            self._state = before
            raise
        self._before.append(before)

    def skip(self, question: Question) -> None:
        """``question`` cannot be answered: it is not asked again."""
        self._before.append(self._state)
        given, skipped, queue = deepcopy(self._state.given), self._state.skipped | {question.place}, self._state.queue[1:]
        if len(question.place) > 4:  # a repayment without a day or an amount is none
            inner = question.place[:3]
            self._holder(given, question.place[:4]).pop()
            queue = tuple(place for place in queue if place[:3] != inner)
        self._state = _State(given, skipped, queue)

    def back(self) -> bool:
        """Takes back the last answer, so that it is asked again; ``False`` where there is none."""
        if not self._before:
            return False
        self._state = self._before.pop()
        self._outcomes = self._evaluate()
        return True

    # ------------------------------------------------------------ what is open

    def _evaluate(self) -> list[tuple[model.Scheme, list[Outcome]]]:
        values = self._values = self.catalog.facts.read(self.given)
        return [(s, [evaluate(c, values, self.catalog.lpr) for c in self.catalog.compiled(s.id)]) for s in self._schemes]

    def _open(self) -> dict[str, _Stake]:
        """Each fact (or ``list.field``) that an amount still turns on, with what turns on it."""
        found: dict[str, _Stake] = {}
        skipped = {".".join(step for step in place if isinstance(step, str)) for place in self._state.skipped}
        for scheme, outcomes in self._outcomes:
            sure = max((o.amount or 0 for o in outcomes if o.status == "eligible"), default=0)
            known = sum(o.status in ("eligible", "ineligible") or not skipped.isdisjoint(o.missing) for o in outcomes)
            for benefit, outcome in zip(scheme.benefits, outcomes, strict=True):
                most = outcome.amount if outcome.amount is not None else None if benefit.most is None else fen(benefit.most)
                if outcome.status not in ("conditional", "incomplete") or self._shut(benefit):
                    continue
                if scheme.combine == "one-of" and most is not None and most <= sure:
                    continue  # it can no longer be the one that is taken
                gates = list(dict.fromkeys(path for gate in outcome.gates if type(gate) is not bool for path in gate.missing))
                paths = list(dict.fromkeys((*gates, *outcome.missing, *outcome.assumed)))
                weights: dict[str, float] = {}
                if self._profiled:
                    if not skipped.isdisjoint(outcome.missing):
                        continue  # its amount cannot be known
                    worth = self._worth(benefit) / (1 + len(skipped.intersection(gates))) / (1 + known / FAMILIAR)
                    weights = self._weights(scheme, gates, [path for path in paths if path not in skipped], worth)
                    paths += [path for path in PROFILE if path in benefit.audience and path not in self._values and path not in paths]
                for path in paths:
                    found.setdefault(path, _Stake()).add(scheme.id, most, weights.get(path, 0))
        for path, asked in self._instead(found).items():
            found[asked].join(found.pop(path))
        return found

    def _instead(self, paths: Iterable[str]) -> dict[str, str]:
        """Of twins that are open those that need not be asked. One skipped is not asked by its other name; where it would only have
        answered another, that is asked."""
        skipped = {str(place[0]) for place in self._state.skipped}
        twins = [twin for twin in self.catalog.facts.twins if twin.answers is None or twin.source not in skipped]
        return asked_instead(paths, self._values, twins)

    def _worth(self, benefit: model.Benefit) -> float:
        """What settling a benefit is worth: less where it is not meant for just such applicants."""
        return 1 if aimed(benefit.audience, self._values) else DOUBTFUL

    def _weights(self, scheme: model.Scheme, gates: list[str], paths: list[str], worth: float) -> dict[str, float]:
        """How much of a benefit each fact it still turns on settles: a condition can do so by itself, and so can that there is no
        loan at all; what its amount is computed from only together with all the rest."""
        costs = {path: self._cost(path, scheme) for path in paths}
        whole = sum(costs.values())
        return {path: worth * (1 / 2 + 1 / (2 * whole) if path in gates or cost > 1 else 1 / whole) for path, cost in costs.items()}

    def _cost(self, path: str, scheme: model.Scheme) -> int:
        """How many questions a fact takes."""
        definition = self.catalog.facts.by_id.get(path)
        return 1 if definition is None or definition.type != "list" else 2 + len(list_fields(self.catalog, path, (scheme.id,)))

    def _place(self, path: str) -> Place | None:
        """Where the answer to an open path goes; ``None`` where it was skipped, or is nothing to ask for."""
        head, _, field = path.partition(".")
        definition = self.catalog.facts.by_id.get(head)
        if definition is None:
            return None
        places: list[Place] = []
        if definition.type != "list":
            places = [(head,)]
        elif head not in self.given:
            places = [(head, 0)]
        elif field in definition.fields and definition.fields[field].type != "list":
            places = [(head, n, field) for n, record in enumerate(self.given[head]) if field not in record]
        return next((place for place in places if place not in self._state.skipped), None)

    def _definition(self, place: Place) -> FactDef:
        definition = self.catalog.facts[str(place[0])]
        for step in place[1:]:
            if isinstance(step, str):
                definition = definition.fields[step]
        return definition

    def _fields(self, question: Question) -> list[Place]:
        """What is asked about a new record."""
        place, definition = question.place, question.definition
        if len(place) > 2:
            names = list(definition.fields)
        else:
            schemes = question.schemes or tuple(s.id for s in self._schemes)
            names = list_fields(self.catalog, str(place[0]), schemes)
            if self._profiled:  # of a first interview about everything, how a loan is drawn and repaid is no part
                names = [name for name in names if name not in LOAN_EXTRAS]
        return [(*place, name, 0) if definition.fields[name].type == "list" else (*place, name) for name in names]

    @staticmethod
    def _holder(given: dict[str, Any], place: Place) -> Any:
        """The mapping or list that ``place`` points into, made where it is not there yet."""
        holder: Any = given
        for step, after in pairwise(place):
            holder = holder[step] if isinstance(step, int) else holder.setdefault(step, [] if isinstance(after, int) else {})
        return holder


def _stated(definition: FactDef, raw: Any, unit: str, path: str) -> Any:
    """A value that can be read, as it stands in a project file; ``None`` for a blank, of records what is given by the ids of fields."""
    said = in_unit(native(raw), unit)
    if definition.type != "list":
        value = read_value(definition, said, path)
        return None if value is None else [*value] if type(said) is list else said if type(said) in _IN_FILES else written(definition, value)
    rows: list[dict[str, Any]] = []
    for one in said:
        row = [(*field_headed(str(name), definition.fields), value) for name, value in record(one).items() if not is_blank(native(value))]
        rows.append({id: _stated(definition.fields[id], value, own, path) for id, own, value in row})
    return rows


def _complete(record: Mapping[str, Any], fields: Mapping[str, FactDef]) -> dict[str, Any]:
    """A record without the entries of its own lists that are still being given."""
    return {i: [one for one in v if len(one) == len(fields[i].fields)] if isinstance(v, list) else v for i, v in record.items()}


def path_text(place: Place) -> str:
    """A place as errors name it: ``loans[1].rate``."""
    said = ""
    for step in place:
        said += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if said else step
    return said


def place_name(place: Place, catalog: Store) -> str:
    """A place in words."""
    from calc.messages import text

    definition = catalog.facts[str(place[0])]
    words = [definition.name]
    for step in place[1:]:
        if isinstance(step, int):
            words.append(text("ask.record", number=step + 1))
        else:
            definition = definition.fields[step]
            words.append(definition.name)
    return " · ".join(words)
