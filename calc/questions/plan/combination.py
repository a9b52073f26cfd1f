"""What can be had together, as a problem for ``calc.questions.plan.optimum``: benefits that pay, what keeps them apart, caps they share, what
they need.

``calc.questions.plan.plan`` asks it of one project, or several of one enterprise, with all that was found on the way; ``Combinations`` of many
projects, each by itself, whose amounts are known already. Amounts are in fen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from calc.estimate.benefit import cap_limit
from calc.language import model
from calc.language.masks import bits
from calc.questions.plan.caps import Cap, Piece
from calc.questions.plan.costs import Drawing, drawn, once
from calc.questions.plan.optimum import best
from calc.questions.plan.paid import Candidate, Paid
from calc.questions.plan.problem import Best, Problem
from calc.store.conflicts import Conflicts, Item, conflicts
from calc.store.rules import ENTERPRISE_WIDE
from calc.units import fen

if TYPE_CHECKING:
    from calc.store.store import Store

SHARED, GROUP_CAP = "shared-limit", "group-cap"  # what caps are called beside ``cost:<id>``


def problem_of(catalog: Store, items: Sequence[Paid], clashes: list[int], caps: Caps) -> Problem:
    """Items, clashes, caps and prerequisites as a problem."""
    return Problem([item.amount for item in items], clashes, caps.pieces, caps.caps, [(item, mask) for _, item, mask in needs(catalog, items)])


def caps_over(items: Sequence[Candidate], shared: bool, drawing: Sequence[Drawing] = ()) -> Caps:
    """The caps over items: those that several projects have in common, if ``shared``, those of groups, and the costs on which items
    draw."""
    found = Caps(items)
    if shared:
        found.limits(items, "enterprise-year")
        found.limits(items, "enterprise")
    found.groups()
    found.costs(drawing)
    return found


def clash_masks(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The mask of what clashes with each item."""
    masks = [0] * count
    for i, j in pairs:
        masks[i] |= 1 << j
        masks[j] |= 1 << i
    return masks


def freed(clashes: Sequence[int], clashing: Conflicts, without: set[str]) -> list[int]:
    """The masks of what clashes when some rules do not hold."""
    masks = list(clashes)
    for pair in dict.fromkeys(pair for rule in without for pair in clashing.by_rule.get(rule, ())):
        if without.issuperset(clashing.pairs[pair]):
            i, j = pair
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
    """Caps over pieces of items (``calc.questions.plan.caps``); those of what supports share by law, of groups, of costs."""

    def __init__(self, items: Sequence[Paid]) -> None:
        self.items = items
        self.pieces: list[Piece] = []
        self.caps: list[Cap] = []
        self.figures: Mapping[int, int] = {}
        self.cut: Callable[[Any], Any] = fen
        self.years: dict[int, dict[str, int]] = {}  # of items divided by year, the place of each year's piece
        self.wholes: dict[int, int] = {}

    def add(self, limit: int, parts: Iterable[int], name: str) -> None:
        """A cap over pieces, unless they cannot exceed it."""
        parts = tuple(dict.fromkeys(parts))
        if sum(self.pieces[part].most for part in parts) > limit:
            self.caps.append(Cap(limit, parts, name))

    def piece(self, item: int, most: int, way: str) -> int:
        """The place of a new piece."""
        self.pieces.append(Piece(item, most, way))
        return len(self.pieces) - 1

    def whole(self, item: int) -> list[int]:
        """All of an item: its years, where it is divided so, else one piece."""
        if item in self.years:
            return list(self.years[item].values())
        if item not in self.wholes:
            self.wholes[item] = self.piece(item, self.items[item].amount, "")
        return [self.wholes[item]]

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
                members = [i for i, own in by_item.items() if own <= limit]
                if len(members) < 2:
                    continue
                if scope != "enterprise-year":
                    self.add(limit, [piece for i in members for piece in self.whole(i)], SHARED)
                    continue
                for i in members:
                    if i not in self.years:
                        self.years[i] = {period: self.piece(i, paid, "years") for period, paid in items[i].years or [("1", items[i].amount)]}
                for period in dict.fromkeys(period for i in members for period in self.years[i]):
                    self.add(limit, [self.years[i][period] for i in members if period in self.years[i]], SHARED)

    def groups(self) -> None:
        """The caps that schemes set over several of their benefits, in each project or over all of them."""
        projects = sorted({item.project for item in self.items})
        for scheme in {item.scheme.id: item.scheme for item in self.items}.values():
            for cap in scheme.group_caps:
                members = [i for i, item in enumerate(self.items) if item.scheme is scheme and item.benefit.id in cap.benefits]
                limits = {i: self.figure(cap, i) for i in members}
                for project in (None,) if cap.scope in ENTERPRISE_WIDE else projects:
                    own = [i for i in members if project in (None, self.items[i].project)]
                    figures = [limit for i, limit in limits.items() if i in own and limit is not None]
                    if figures:
                        self.add(min(figures), [piece for i in own for piece in self.whole(i)], GROUP_CAP)

    def costs(self, drawing: Sequence[Drawing]) -> None:
        """The caps of the costs on which items draw, where the facts tell what a cost comes to: over all, and record by record."""
        for cost in drawing:
            if cost.limit is None:
                continue
            name = f"cost:{cost.cost.id}"
            records: list[list[int]] = [[] for _ in cost.records]
            every: list[int] = []
            for i, draws in cost.items.items():
                if draws is None:
                    every += self.whole(i)
                    continue
                for place, most in enumerate(draws):
                    if most:
                        records[place].append(self.piece(i, most, name))
                        every.append(records[place][-1])
            for limit, parts in zip(cost.records, records, strict=True):
                self.add(limit, parts, name)
            self.add(cost.limit, every, name)

    def figure(self, cap: model.GroupCap, item: int) -> int | None:
        """The figure of a group cap for the project of an item, in fen."""
        paid = self.items[item]
        if isinstance(paid, Candidate):
            limit = cap_limit(cap, paid.outcome.env)
            return None if limit is None else self.cut(limit)
        return self.figures.get(id(cap)) if cap.limit is None else fen(cap.limit)


class Combinations:
    """The best combinations of many projects, each by itself, among ``benefits`` (pairs of scheme and benefit) whose amounts
    are known. Equity stakes are never among them."""

    def __init__(self, catalog: Store, benefits: Sequence[tuple[model.Scheme, model.Benefit]]) -> None:
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
        caps = Caps(items)
        caps.figures = figures or {}
        caps.groups()
        caps.costs(drawing)
        found = best(problem_of(self.catalog, items, clashes, caps))
        assert found is not None  # nothing is required
        return found

    def _masks(self, lifted: frozenset[str]) -> list[int]:
        """The mask of what clashes with each benefit, for a project of which ``lifted`` is true."""
        every = [Item(0, scheme.id, f"{scheme.id}/{benefit.id}") for scheme, benefit in self.benefits]
        return clash_masks(len(every), conflicts(self.catalog, every, [dict.fromkeys(lifted, True)]).pairs)
