"""A scheme as the rest of the program reads it: benefits with their conditions and amounts, limits over several, where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any, TypeVar

from calc.language.core import Node, Require, facts_in, node
from calc.units import Number

T = TypeVar("T")


@node
class Condition:
    """A gate of a benefit, with the wording a scheme gives it (else it is rendered)."""

    node: Node
    text: str = ""


@dataclass(frozen=True, slots=True)
class Supplement:
    """The document that gives a figure which the text leaves open: ``sure`` is ``confirmed``, or ``probable`` where its
    original was not seen; ``published`` an ISO date."""

    document: str
    published: str | None
    sure: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """A later document that bears on a scheme; ``published`` is an ISO day, month or year, ``note`` what of it is known."""

    document: str
    published: str
    note: str


@dataclass(frozen=True, slots=True)
class Window:
    """When to apply, as the text prints it; ``start`` and ``until`` are an ISO day or month, ``months`` those of the year."""

    words: str
    frequency: str | None = None
    months: tuple[int, ...] = ()
    start: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The office to ask and its telephone."""

    office: str
    phone: str | None = None


@dataclass(slots=True)
class Benefit:
    """One amount a scheme offers, lowered; ``amount`` None where no figure can be computed.

    ``audience``: the values of the profile's facts it is for (a fact left out: any); ``see``: the benefits, as
    ``scheme/benefit``, that compute the money this one only mentions. What a benefit does not say itself is the scheme's.
    """

    id: str
    label: str
    label_en: str
    clause: str
    nature: str
    support: str
    conditions: tuple[Condition, ...]
    requires: tuple[Require, ...]
    amount: Node | None
    disbursement: tuple[Number, ...] = ()
    checklist: tuple[str, ...] = ()
    note: str = ""
    warning: str = ""
    reason: str = ""
    facts: tuple[str, ...] = ()
    most: Number | None = None
    audience: dict[str, tuple[str, ...]] = field(default_factory=dict)
    supplement: Supplement | None = None
    window: Window | None = None
    contact: Contact | None = None
    see: tuple[str, ...] = ()


@dataclass(slots=True)
class GroupCap:
    """A cap over the sum of several benefits: ``limit`` where the text fixes it, else None and the expression ``node``; it
    holds where ``when`` does. ``derived``: not said by the text, but following from it."""

    benefits: tuple[str, ...]
    limit: Number | None
    scope: str
    node: Node
    when: Node | None = None
    derived: bool = False


@dataclass(slots=True)
class Scheme:
    """One card or direction, lowered."""

    id: str
    title: str
    title_en: str
    combine: str
    outcome: str
    reason: str
    source: dict[str, Any]
    valid_from: Any
    valid_to: Any
    benefits: list[Benefit]
    group_caps: list[GroupCap] = field(default_factory=list)
    members: tuple[str, ...] = ()
    later_batch: str = ""
    facts: tuple[str, ...] = ()
    file: str = ""
    edition_of: str = ""
    audience: dict[str, tuple[str, ...]] = field(default_factory=dict)
    supplement: Supplement | None = None
    window: Window | None = None
    contact: Contact | None = None
    one_of: tuple[tuple[str, ...], ...] = ()  # benefits of which one is paid; not told where combine or a group cap sees to it
    later: tuple[Later, ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()  # sets of benefits whose conditions no project fulfils all at once
    narrows: bool = False  # whether facts that are given may set more benefits apart


def sets_kept(scheme: Scheme, apart: Sequence[tuple[str, ...]] | None = None) -> list[frozenset[str]]:
    """The largest sets of benefits that the scheme's ``one_of`` groups and the sets ``apart`` (those of any project, if not told) let
    stand together, of those named in them; in the order of the file. None where there are no groups."""
    pairs = dict.fromkeys(pair for group in scheme.one_of for pair in combinations(group, 2))
    return _sets_kept(tuple(b.id for b in scheme.benefits), (*pairs, *(some for some in (scheme.apart if apart is None else apart) if len(some) > 1)))


@lru_cache(maxsize=4096)
def _sets_kept(benefits: tuple[str, ...], groups: tuple[tuple[str, ...], ...]) -> list[frozenset[str]]:
    named = [id for id in benefits if any(id in group for group in groups)]
    return largest(named, groups) if named else []


def largest(items: Sequence[T], never: Iterable[Iterable[T]]) -> list[frozenset[T]]:
    """The largest sets of items that hold none of the sets ``never`` whole, those with the first items first."""
    barred = [frozenset(group) for group in never]

    def grown(chosen: frozenset[T], left: Sequence[T]) -> Iterator[frozenset[T]]:
        if not left:
            yield chosen
            return
        one, *others = left
        with_it = chosen | {one}
        yield from grown(with_it, [other for other in others if not any(other in group and group <= with_it | {other} for group in barred)])
        if any(one in group and group <= with_it.union(others) for group in barred):  # else it can be added to any of them
            yield from grown(chosen, others)

    fits = list(dict.fromkeys(grown(frozenset(), items)))
    return [one for one in fits if not any(one < other for other in fits)]


def facts_of_cap(cap: GroupCap) -> list[str]:
    """Ids of the facts that a group cap turns on."""
    return [fact for node in (cap.when, cap.node) if node is not None for fact in facts_in(node)]
