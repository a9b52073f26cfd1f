"""What can be had together, as a problem for ``calc.questions.plan.optimum``: benefits that pay, what keeps them apart, caps they share, what
they need.

``calc.questions.plan.plan`` asks it of one project, or several of one enterprise, with all that was found on the way; ``Combinations`` of many
projects, each by itself, whose amounts are known already. Amounts are in fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from calc.estimate.benefit import cap_limit
from calc.language import core
from calc.language.exclusive import apart, needed
from calc.questions.plan.costs import drawn, once
from calc.questions.plan.optimum import best
from calc.questions.plan.paid import Candidate, Paid
from calc.questions.plan.problem import Best, Cap, Problem, bits
from calc.store.conflicts import Conflicts, Item, conflicts
from calc.store.rules import ENTERPRISE_WIDE, Cost
from calc.units import fen

if TYPE_CHECKING:
    from calc.store.store import Store

def problem_of(catalog: Store, items: Sequence[Paid], clashes: list[int], caps: list[Cap]) -> Problem:
    """Items, clashes, caps and prerequisites as a problem."""
    return Problem([item.amount for item in items], clashes, caps, [(item, mask) for _, item, mask in needs(catalog, items)])


def caps_over(
    items: Sequence[Candidate], shared: bool, groups: bool = True, costs: Sequence[tuple[Cost, int | None, list[int]]] = ()
) -> tuple[list[Cap], int]:
    """The caps over items: first those (so many) that several projects have in common, if ``shared``, then those of ``groups``,
    then the ``costs`` on which items draw (cost, what it comes to, items)."""
    found = Caps(items, {i: item.years or [] for i, item in enumerate(items)} if shared else {})
    if shared:
        found.limits(items, "enterprise-year")
        found.limits(items, "enterprise")
    count = len(found.caps)
    if groups:
        found.groups()
    found.costs(costs)
    return found.caps, count


def assume(clashing: Conflicts, items: Sequence[Candidate]) -> None:
    """Adds to what keeps items apart: conditions, assumed to hold, that need different values of one fact of a project. What is
    eligible never does, since its conditions hold."""
    open_ = {i: needed(c.node for c in item.benefit.conditions) for i, item in enumerate(items)}
    likely = [i for i, item in enumerate(items) if item.outcome.status == "conditional"]
    for i in likely:
        for j, other in enumerate(items):
            if j == i or (j in likely and j < i) or items[i].project != other.project:
                continue
            path = apart(open_[i], open_[j])
            if path is not None:
                said = clashing.pairs.setdefault((min(i, j), max(i, j)), [])
                said.append(f"assumption:{path}")


def clash_masks(count: int, clashing: Conflicts) -> list[int]:
    """The mask of what clashes with each item."""
    masks = [0] * count
    for i, j in clashing.pairs:
        masks[i] |= 1 << j
        masks[j] |= 1 << i
    return masks


def freed(clashes: Sequence[int], clashing: Conflicts, without: set[str]) -> list[int]:
    """The masks of what clashes when some rules do not hold."""
    masks = list(clashes)
    for (i, j), rules in clashing.pairs.items():
        if rules[0] in without and without.issuperset(rules):
            masks[i] &= ~(1 << j)
            masks[j] &= ~(1 << i)
    return masks


def needs(catalog: Store, items: Sequence[Paid]) -> list[tuple[str, int, int]]:
    """The prerequisites among items: rule, item, and the items of the same project one of which it needs."""
    found = []
    for rule in catalog.rules.of("prerequisite"):
        if not rule.any_of:
            continue
        for i, item in enumerate(items):
            if rule.covers(item.scheme.id, item.key):
                mask = sum(1 << j for j, other in enumerate(items) if other.project == item.project and other.key in rule.any_of)
                found.append((rule.id, i, mask))
    return found


class Caps:
    """Caps over items as a forest. What counts under a cap is an item's amount in one period (in its only one, for a single
    project). A cap that would cross another takes in all that is under that one, so that no more than allowed is ever told."""

    def __init__(self, items: Sequence[Paid], years: Mapping[int, list[tuple[str, int]]]) -> None:
        self.items = items
        self.caps: list[Cap] = []
        self.figures: Mapping[int, int] = {}
        self.pieces: dict[tuple[int, str], int] = {}
        for i, item in enumerate(items):
            for period, amount in years.get(i) or [("1", item.amount)]:
                self.pieces[i, period] = amount
        self.top: dict[tuple[int, str], int] = {}

    def add(self, limit: int, pieces: Iterable[tuple[int, str]]) -> None:
        """A cap over pieces, unless they cannot exceed it."""
        wanted = set(pieces)
        inside = {self.top[piece] for piece in wanted if piece in self.top}
        wanted |= {piece for piece, top in self.top.items() if top in inside}
        if sum(self.pieces[piece] for piece in wanted) <= limit:
            return
        direct: dict[int, int] = {}
        for i, period in sorted(wanted):
            if (i, period) not in self.top:
                direct[i] = direct.get(i, 0) + self.pieces[i, period]
        self.caps.append(Cap(limit, tuple(direct.items()), tuple(sorted(inside))))
        self.top.update(dict.fromkeys(wanted, len(self.caps) - 1))

    def limits(self, items: Sequence[Candidate], scope: str) -> None:
        """The limits of ``scope`` within single benefits, over the projects; one that is lower for some projects binds those
        together, the next those and the next."""
        told: dict[str, dict[int, int]] = {}
        for i, item in enumerate(items):
            for cut in item.outcome.env.cuts.values():
                if cut.scope == scope:
                    told.setdefault(item.key, {})[i] = fen(cut.limit)
        for by_item in told.values():
            for limit in sorted(set(by_item.values())):
                members = {i for i, own in by_item.items() if own <= limit}
                if len(members) < 2:
                    continue
                pieces = [piece for piece in self.pieces if piece[0] in members]
                for period in dict.fromkeys(period for _, period in pieces) if scope == "enterprise-year" else ("",):
                    self.add(limit, [piece for piece in pieces if period in ("", piece[1])])

    def groups(self) -> None:
        """The caps that schemes set over several of their benefits, in each project or over all of them."""
        projects = sorted({item.project for item in self.items})
        for scheme in {item.scheme.id: item.scheme for item in self.items}.values():
            for cap in scheme.group_caps:
                members = [i for i, item in enumerate(self.items) if item.scheme is scheme and item.benefit.id in cap.benefits]
                limits = {i: self.figure(cap, i) for i in members}
                for project in (None,) if cap.scope in ENTERPRISE_WIDE else projects:
                    own = {i for i in members if project in (None, self.items[i].project)}
                    figures = [limit for i, limit in limits.items() if i in own and limit is not None]
                    if figures:
                        self.add(min(figures), [piece for piece in self.pieces if piece[0] in own])

    def costs(self, drawing: Sequence[tuple[Cost, int | None, list[int]]]) -> None:
        """The caps of the costs on which items draw, where the facts tell what a cost comes to."""
        for _, limit, places in drawing:
            if limit is not None:
                self.add(limit, [piece for piece in self.pieces if piece[0] in places])

    def figure(self, cap: core.GroupCap, item: int) -> int | None:
        """The figure of a group cap for the project of an item, in fen."""
        paid = self.items[item]
        if isinstance(paid, Candidate):
            limit = cap_limit(cap, paid.outcome.env)
            return None if limit is None else fen(limit)
        return self.figures.get(id(cap)) if cap.limit is None else fen(cap.limit)


class Combinations:
    """The best combinations of many projects, each by itself, among ``benefits`` (pairs of scheme and benefit) whose amounts
    are known. Equity stakes are never among them."""

    def __init__(self, catalog: Store, benefits: Sequence[tuple[core.Scheme, core.Benefit]]) -> None:
        self.catalog = catalog
        self.benefits = benefits
        self.places = [n for n, (_, b) in enumerate(benefits) if b.amount is not None and b.support != "equity"]
        self.unless = sorted({rule.unless for rule in catalog.rules.rules if rule.unless})
        self.masks = cache(self._masks)

    def best(
        self,
        amounts: Mapping[int, int],
        lifted: frozenset[str],
        figures: Mapping[int, int] | None = None,
        prudent: bool = False,
        facts: Mapping[str, Any] | None = None,
    ) -> Best:
        """The best combination of the benefits at some of ``places`` that pay a project ``amounts`` (above 0); ``lifted`` are
        those of the ``unless`` facts that are true of it, ``figures`` (fen) what group caps that no text fixes come to for it, by
        their ``id()``, ``facts`` (plain values by id) what its costs are told by. ``prudent``: each cost is supported once."""
        items = [Paid(0, *self.benefits[n], amount) for n, amount in amounts.items()]
        local = {n: i for i, n in enumerate(amounts)}
        masks = self.masks(lifted)
        present = sum(1 << n for n in amounts)
        clashes = [sum(1 << local[m] for m in bits(masks[n] & present)) for n in amounts]
        drawing = drawn(self.catalog, items, [facts or {}])
        if prudent:
            clashes = once(items, clashes, drawing)
        caps = Caps(items, {})
        caps.figures = figures or {}
        caps.groups()
        caps.costs(drawing)
        found = best(problem_of(self.catalog, items, clashes, caps.caps))
        assert found is not None  # nothing is required
        return found

    def _masks(self, lifted: frozenset[str]) -> list[int]:
        """The mask of what clashes with each benefit, for a project of which ``lifted`` is true."""
        every = [Item(0, scheme.id, f"{scheme.id}/{benefit.id}") for scheme, benefit in self.benefits]
        return clash_masks(len(every), conflicts(self.catalog, every, [dict.fromkeys(lifted, True)]))
