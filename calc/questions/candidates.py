"""The benefits a match goes through, with what every match needs of them: whom they are for, what they read, what is said of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.estimate.benefit import CompiledBenefit, label, title, validity
from calc.language import core, model
from calc.messages import language
from calc.questions.profile import PROFILE, Audience
from calc.units import fen

if TYPE_CHECKING:
    from calc.store.store import Store

CHOICES = frozenset(("bool", "enum", "set"))  # types of facts that have few values
KEPT = 64  # answers kept of a candidate
Places = frozenset[int]


@dataclass(slots=True)
class Answer:
    """What is said of a benefit: its ``section`` (none where it is neither paid nor near) and its place there by ``rank``, the
    ``entry``, the facts it still turns on, and the most it could pay then (fen)."""

    section: str | None
    entry: dict[str, Any]
    rank: tuple[Any, ...] = ()
    open: tuple[str, ...] = ()
    most: int | None = None
    _told: dict[bool, dict[str, Any]] = field(default_factory=dict)

    def told(self, fits: bool) -> dict[str, Any]:
        """The entry, with whether the project is about such a benefit."""
        entry = self._told.get(fits)
        if entry is None:
            entry = self._told[fits] = {**self.entry, "fits": fits}
        return entry


@dataclass(slots=True)
class Candidate:
    """A benefit (none where a scheme as a whole is a title) as every match needs it.

    ``about`` is what each entry of it says, ``paid`` whether it pays an amount, ``inputs`` what that is computed from, ``choices`` and
    ``figures`` the facts it reads, those of few values and the others, ``profile`` the facts of the profile by which it is meant for
    some only, ``barred`` which of its conditions ask for one of them, ``most`` what it can pay at the most (fen), ``blank`` what is said
    of it while none of its facts is given, ``kept`` what was said of it where only choices were.
    """

    scheme: model.Scheme
    compiled: CompiledBenefit | None
    audience: Audience
    about: dict[str, Any]
    paid: bool = False
    inputs: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    figures: frozenset[str] = frozenset()
    profile: tuple[str, ...] = ()
    barred: tuple[bool, ...] = ()
    most: int | None = None
    blank: Answer | None = None
    kept: dict[tuple[Any, ...], Answer] = field(default_factory=dict)
    _outside: dict[str, dict[str, Any]] = field(default_factory=dict)

    def against(self, why: str) -> dict[str, Any]:
        """What is said of it where a fact of the profile rules it out."""
        if why not in self._outside:
            self._outside[why] = {**self.about, "status": "ineligible", "amount": "0.00", "why": why}
        return self._outside[why]


class Table:
    """All ``candidates`` on a day, in the order of the cards, and by what they read and whom they are for: their places."""

    def __init__(self, candidates: list[Candidate]) -> None:
        self.candidates = candidates
        self.questions: dict[tuple[Any, ...], dict[str, Any]] = {}  # as they were told: by fact, most and places
        self._reads: dict[str, set[int]] = {}
        self._inputs: dict[str, set[int]] = {}
        self._meant: dict[str, dict[str, set[int]]] = {path: {} for path in PROFILE}  # of those meant for some only
        self._some: dict[str, set[int]] = {path: set() for path in PROFILE}
        for place, one in enumerate(candidates):
            for fact in (*one.choices, *one.figures):
                self._reads.setdefault(fact, set()).add(place)
            for fact in one.inputs:
                self._inputs.setdefault(fact, set()).add(place)
            for path in PROFILE:
                for slug in one.audience.get(path, ()):
                    self._meant[path].setdefault(slug, set()).add(place)
                    self._some[path].add(place)

    def reading(self, facts: Iterable[str]) -> set[int]:
        """The places of those that read one of some facts."""
        return set().union(*(self._reads[fact] for fact in facts if fact in self._reads))

    def computing(self, facts: Iterable[str]) -> set[int]:
        """The places of those whose amount is computed from one of some facts."""
        return set().union(*(self._inputs[fact] for fact in facts if fact in self._inputs))

    def ruled_out(self, profile: dict[str, set[str]], stated: set[int]) -> dict[int, str]:
        """The places that a profile (see ``counted_as``) rules out, but for those ``stated``, each with the fact that does."""
        found: dict[int, str] = {}
        for path, counted in profile.items():
            meant = self._meant[path]
            fits = stated.union(*(meant[slug] for slug in counted if slug in meant))
            for place in self._some[path] - fits:
                found.setdefault(place, path)
        return found


def tabled(catalog: Store, as_of: dt.date) -> Table:
    """The benefits a match goes through on a day; kept for the next match."""
    key = language(), as_of
    if catalog.kept.get("candidates", (None,))[0] != key:
        catalog.kept["candidates"] = key, Table(list(_candidates(catalog, as_of)))
    found: Table = catalog.kept["candidates"][1]
    return found


def _candidates(catalog: Store, as_of: dt.date) -> Iterator[Candidate]:
    for scheme in map(catalog.scheme, catalog.in_force_ids(as_of)):
        state = validity(scheme, as_of)
        if not scheme.benefits and "certification" in scheme.audience.get("matters", ()):
            yield Candidate(scheme, None, scheme.audience, _about(scheme, None, scheme.audience, state))
        for compiled in catalog.compiled(scheme.id):
            benefit = compiled.benefit
            if compiled.amount is None and not is_title(benefit) and not is_judged(benefit):
                continue
            choices = tuple(fact for fact in benefit.facts if fact in catalog.facts and catalog.facts[fact].type in CHOICES)
            yield Candidate(
                scheme,
                compiled,
                benefit.audience,
                _about(scheme, benefit, benefit.audience, state),
                compiled.amount is not None,
                compiled.inputs,
                choices,
                frozenset(benefit.facts).difference(choices),
                tuple(path for path in PROFILE if path in benefit.audience),
                tuple(not set(PROFILE).isdisjoint(core.facts_in(c.node)) for c in benefit.conditions),
                None if benefit.most is None else fen(benefit.most),
            )


def is_title(benefit: model.Benefit) -> bool:
    """Whether a benefit is a certification, or the like: it pays nothing, and its conditions decide it."""
    return benefit.nature == "in-kind" and (bool(benefit.conditions) or "certification" in benefit.audience.get("matters", ()))


def is_judged(benefit: model.Benefit) -> bool:
    """Whether a benefit is money whose figure an office decides, or the text has lost."""
    return benefit.nature in ("discretionary", "gap")


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
