"""What items come to together under caps that several of them share, exactly.

A cap holds over pieces of items: an item as a whole, its years, or what it draws on each record of a cost. The most that can be
paid is a small linear program. Where no two caps cross (each lies within another, or apart from it) cutting from the inside out
solves it; else the simplex method does, in whole numbers and fractions. Amounts are in fen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from calc.language.masks import bits
from calc.units import Number, simple


@dataclass(frozen=True, slots=True)
class Piece:
    """Up to ``most`` of an item. The pieces of one ``way`` (by year, by record) are the whole item divided in that way."""

    item: int
    most: int
    way: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``limit`` for ``parts``, places in a list of pieces; ``name`` is what it is called where it shuts something out."""

    limit: int
    parts: tuple[int, ...]
    name: str = ""


OWN = "own"  # the name of the cap that an item is over its own pieces


class Under:
    """What caps leave of sets of items. ``groups``: independent groups of caps, each with the mask of the items under it; ``solved``:
    the best sets found under them, for those who search."""

    def __init__(self, amounts: Sequence[int], pieces: Sequence[Piece], caps: Sequence[Cap]) -> None:
        self.amounts, self.pieces = amounts, pieces
        self.solved: dict[Any, tuple[int, int] | None] = {}
        self.ways: dict[int, dict[str, list[int]]] = {}
        for place, piece in enumerate(pieces):
            self.ways.setdefault(piece.item, {}).setdefault(piece.way, []).append(place)
        held = list(caps)
        for item, ways in self.ways.items():  # pieces that come to more than their item are no more than it together
            held += [Cap(amounts[item], tuple(own), OWN) for own in ways.values() if sum(pieces[p].most for p in own) > amounts[item]]
        self.groups = [_Group(self, mask, [held[c] for c in inside]) for mask, inside in self._apart(held)]
        self.mask = 0
        for group in self.groups:
            self.mask |= group.mask

    def _apart(self, caps: Sequence[Cap]) -> list[tuple[int, list[int]]]:
        found: list[tuple[int, list[int]]] = []
        for c, cap in enumerate(caps):
            mask = 0
            for place in cap.parts:
                mask |= 1 << self.pieces[place].item
            inside = [c]
            for other in [one for one in found if one[0] & mask]:
                found.remove(other)
                mask |= other[0]
                inside += other[1]
            found.append((mask, inside))
        return found

    @cached_property
    def wholes(self) -> list[tuple[int, int]]:
        """Of each cap the mask of the items that lie wholly under it, and its limit; the tightest first."""
        found = [(group.whole(cap), cap.limit) for group in self.groups for cap in group.caps]
        return sorted(found, key=lambda one: Fraction(one[1], 1 + sum(self.amounts[i] for i in bits(one[0]))))

    def cut(self, chosen: int) -> int:
        """What the caps take off a set of items."""
        return sum(group.cut(chosen & group.mask) for group in self.groups if chosen & group.mask)


class _Group:
    """Caps that hang together. ``nested``: they lie within one another or apart, over items divided in one way only."""

    def __init__(self, under: Under, mask: int, caps: list[Cap]) -> None:
        self.under = under
        self.mask = mask
        self.caps = sorted(caps, key=lambda cap: len(set(cap.parts)))
        sets = [frozenset(cap.parts) for cap in self.caps]
        self.nested = all(len(under.ways[i]) == 1 for i in bits(mask))
        inside: list[list[int]] = []
        top: dict[int, int] = {}
        for c, parts in enumerate(sets):
            inner = list(dict.fromkeys(top[p] for p in sorted(parts) if p in top))
            self.nested = self.nested and all(sets[k] <= parts for k in inner)
            inside.append(inner)
            top.update(dict.fromkeys(parts, c))
        covered = [frozenset().union(*(sets[k] for k in inner)) for inner in inside]
        self.direct = [sorted(parts - inner) for parts, inner in zip(sets, covered, strict=True)]
        self.inside = inside
        self.known: dict[int, int] = {}

    def cut(self, chosen: int) -> int:
        """What the caps take off a set of the items under them."""
        if chosen not in self.known:
            self.known[chosen] = self._nested(chosen) if self.nested else self._crossing(chosen)
        return self.known[chosen]

    def whole(self, cap: Cap) -> int:
        """The mask of the items that lie wholly under a cap."""
        parts = set(cap.parts)
        return sum(1 << i for i in bits(self.mask) if any(parts.issuperset(own) for own in self.under.ways[i].values()))

    def _nested(self, chosen: int) -> int:
        pieces = self.under.pieces
        left: list[int] = []
        cut = 0
        for cap, inside, direct in zip(self.caps, self.inside, self.direct, strict=True):
            whole = sum(left[c] for c in inside) + sum(pieces[p].most for p in direct if chosen >> pieces[p].item & 1)
            left.append(min(whole, cap.limit))
            cut += whole - left[-1]
        return cut - self._over(chosen)

    def _over(self, chosen: int) -> int:
        """By how much the pieces of items come to more than the items."""
        amounts, pieces = self.under.amounts, self.under.pieces
        return sum(sum(pieces[p].most for own in self.under.ways[i].values() for p in own) - amounts[i] for i in bits(chosen))

    def _crossing(self, chosen: int) -> int:
        """The same as a linear program: what is paid of each item, and of each piece of it that a cap may cut."""
        amounts, pieces = self.under.amounts, self.under.pieces
        felt = [c for c in self.caps if c.name != OWN and sum(pieces[p].most for p in c.parts if chosen >> pieces[p].item & 1) > c.limit]
        touched = {p for cap in felt for p in cap.parts if chosen >> pieces[p].item & 1}
        rows: list[tuple[dict[int, Number], int]] = []
        columns: dict[int, int] = {}
        objective: dict[int, Number] = {}
        whole = 0
        for i in sorted({pieces[p].item for p in touched}):
            paid = 1 + max((*objective, *columns.values()), default=-1)
            objective[paid] = 1
            whole += amounts[i]
            rows.append(({paid: 1}, amounts[i]))
            for own in self.under.ways[i].values():
                if touched.isdisjoint(own):
                    continue
                if len(own) == 1:  # the piece is the item
                    rows.append(({paid: 1}, pieces[own[0]].most))
                    columns[own[0]] = paid
                    continue
                first = 1 + max((*objective, *columns.values()))
                columns.update({p: first + k for k, p in enumerate(own)})
                rows += [({columns[p]: 1}, pieces[p].most) for p in own]
                rows.append(({paid: 1, **{columns[p]: -1 for p in own}}, 0))
        rows += [({columns[p]: 1 for p in cap.parts if p in columns}, cap.limit) for cap in felt]
        return whole - math.floor(largest(objective, rows)) if felt else 0


def largest(objective: Mapping[int, Number], rows: Sequence[tuple[Mapping[int, Number], int]]) -> Number:
    """The most that ``objective`` (coefficients by column) comes to with no column below 0 and no row (coefficients, limit of at
    least 0) above its limit: the simplex method, with the rule of Bland, so that it ends."""
    first = 1 + max((c for row, _ in rows for c in row), default=0)
    table: list[dict[int, Number]] = [{**row, first + k: 1} for k, (row, _) in enumerate(rows)]
    limits: list[Number] = [limit for _, limit in rows]
    basis = [first + k for k in range(len(rows))]
    gains = dict(objective)
    found: Number = 0
    while (enter := min((c for c, gain in gains.items() if gain > 0), default=None)) is not None:
        out = -1
        for k, row in enumerate(table):
            a = row.get(enter, 0)
            if a > 0:
                gap = limits[k] * table[out][enter] - limits[out] * a if out >= 0 else -1
                out = k if gap < 0 or (gap == 0 and basis[k] < basis[out]) else out
        scale = table[out][enter]
        pivot = {c: simple(Fraction(a) / scale) if scale != 1 else a for c, a in table[out].items()}
        limit = simple(Fraction(limits[out]) / scale)
        table[out], limits[out], basis[out] = pivot, limit, enter
        for k, row in enumerate(table):
            if k != out and row.get(enter):
                limits[k] -= row[enter] * limit
                _less(row, row[enter], pivot)
        found += gains[enter] * limit
        _less(gains, gains[enter], pivot)
    return found


def _less(row: dict[int, Number], times: Number, pivot: Mapping[int, Number]) -> None:
    for column, a in pivot.items():
        left = row.get(column, 0) - times * a
        if left:
            row[column] = left
        else:
            row.pop(column, None)
