"""Which benefits can never be had together, since no project fulfils the conditions of all of them.

What conditions leave open is a list of clauses, all of which must hold; a clause is a choice between claims, each of one fact (yes/no,
categories, numbers, days; whether a set has a value). What two clauses compute in the same way counts as one fact; what is computed
otherwise, and fields of records, which may differ from record to record, are taken to be free.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calc.language import core, model
from calc.language.masks import bits
from calc.language.render import source_of

_FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
_OPPOSITE = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "==": "!=", "!=": "=="}
MOST = 256  # clauses of one condition, and sets of benefits; what would come to more is taken to be free


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of ``node``: that it is one of ``values``, or (an order) how it compares, by ``op``, to a figure ``at``."""

    key: str
    node: core.Node
    values: frozenset[Any] = frozenset()
    op: str = ""
    at: core.Lit | None = None


Clause = tuple[Claim, ...]
Decided = Callable[[core.Node], bool | None]


def claims(conditions: Iterable[core.Node], decided: Decided = lambda _: None) -> list[Clause]:
    """What must hold for all of some conditions to be met, as far as ``decided`` does not know it."""
    return [clause for condition in conditions for clause in _claims(condition, True, decided)]


def _claims(node: core.Node, wanted: bool, decided: Decided) -> list[Clause]:
    """The clauses of a condition that is to come out as ``wanted``: none where it does, an empty one where it cannot."""
    node = core.bare(node)
    known = decided(node)
    if known is not None:
        return [] if known is wanted else [()]
    if isinstance(node, core.Not):
        return _claims(node.arg, not wanted, decided)
    if isinstance(node, (core.AllOf, core.AnyOf)):
        parts = [_claims(arg, wanted, decided) for arg in node.args]
        if isinstance(node, core.AllOf) is wanted:
            return [clause for part in parts for clause in part]
        chosen: list[Clause] = [()]
        for part in parts:
            chosen = [a + b for a in chosen for b in part]
            if len(chosen) > MOST:
                return []
        return chosen
    if isinstance(node, core.Member):
        inside = frozenset(node.values)
        return [(Claim(source_of(node.item), node.item, inside if node.negated is not wanted else frozenset(node.item.type.values) - inside),)]
    if isinstance(node, core.Has):
        each = [core.Has(node.item, (one,), (one,)) for one in node.counting]
        found = [Claim(source_of(one), one, frozenset((wanted,))) for one in each]
        return [tuple(found)] if wanted else [(claim,) for claim in found]
    if isinstance(node, core.Compare):
        return [(_compared(node, wanted),)]
    return [(Claim(source_of(node), node, frozenset((wanted,))),)]


def _compared(node: core.Compare, wanted: bool) -> Claim:
    left, right, op = node.left, node.right, node.op
    if isinstance(core.bare(left), core.Lit):
        left, right, op = right, left, _FLIPPED[op]
    figure = core.bare(right)
    op = op if wanted else _OPPOSITE[op]
    if not isinstance(figure, core.Lit):  # two values, neither of them fixed: yes or no
        op, said = (op, True) if op in (">=", ">", "==") else (_OPPOSITE[op], False)
        return Claim(f"{source_of(left)} {op} {source_of(right)}", core.Compare(op, left, right), frozenset((said,)))
    if left.type.kind in ("enum", "bool"):
        every = frozenset(left.type.values) if left.type.kind == "enum" else frozenset((True, False))
        return Claim(source_of(left), left, frozenset((figure.value,)) if op == "==" else every - {figure.value})
    return Claim(source_of(left), left, op=op, at=figure)


class _Values:
    """The values of one fact, as far as claims tell them apart: categories, or figures and the stretches between them, in order."""

    def __init__(self, told: Sequence[Claim]) -> None:
        self.node = told[0].node
        self.figures = {claim.at.value: claim.at for claim in told if claim.at is not None}
        self.cells: list[Any] = sorted({*(v for claim in told for v in claim.values), *self.node.type.values, *((True, False) if self._flag else ())}, key=str)
        self.ends = sorted(self.figures)
        self.place = {value: k for k, value in enumerate(self.ends or self.cells)}
        self.all = (1 << (2 * len(self.ends) + 1)) - 1 if self.ends else (1 << len(self.cells)) - 1
        for k, end in enumerate(self.ends):
            before = self.ends[k - 1] if k else None
            if before is None:
                fact = core.bare(self.node)
                nothing = isinstance(fact, core.Fact) and not fact.signed and not isinstance(end, dt.date) and end <= 0
            else:
                step = dt.timedelta(1) if isinstance(end, dt.date) else 1
                nothing = self.node.type.kind in ("count", "date") and end - before <= step
            if nothing:
                self.all &= ~(1 << 2 * k)

    @property
    def _flag(self) -> bool:
        return self.node.type.kind == "bool"

    def mask(self, claim: Claim) -> int:
        """The cells in which a claim holds."""
        if claim.at is None:
            return sum(1 << self.place[value] for value in claim.values)
        k = self.place[claim.at.value]
        upto = {"<": (2 << 2 * k) - 1, "<=": (4 << 2 * k) - 1, "==": 2 << 2 * k}
        return self.all & (upto[claim.op] if claim.op in upto else ~upto[_OPPOSITE[claim.op]])

    def said(self, mask: int) -> core.Node | None:
        """That it is in one of some cells, as a condition; ``None`` where that is no single stretch."""
        if not self.ends:
            chosen = [self.cells[k] for k in bits(mask)]
            if self._flag:
                return self.node if chosen == [True] else core.Not(self.node)
            return core.Member(self.node, tuple(v for v in self.node.type.values if v in chosen))
        places = list(bits(mask))
        first, last = places[0], places[-1]
        if any(self.all >> k & 1 and not mask >> k & 1 for k in range(first, last)):
            return None
        parts: list[core.Node] = []
        if first == last and first % 2:
            return core.Compare("==", self.node, self.figures[self.ends[first // 2]])
        if (1 << first) - 1 & self.all:
            parts.append(core.Compare(">=" if first % 2 else ">", self.node, self.figures[self.ends[(first - 1) // 2]]))
        if self.all >> last + 1:
            parts.append(core.Compare("<=" if last % 2 else "<", self.node, self.figures[self.ends[last // 2]]))
        return parts[0] if len(parts) == 1 else core.AllOf(tuple(parts))


Masks = dict[int, int]  # a clause: of each fact, by its number, the cells that will do


class Joint:
    """What several benefits need of the facts of a project at once: ``needs[i]`` are the clauses of the i-th, whose project is
    ``homes[i]``.

    ``keys`` name the facts (with the project), ``values`` have what is told apart of them, ``clauses`` are made of these; of ``tight``,
    facts of which one value suits all clauses are left out.
    """

    def __init__(self, needs: Sequence[Sequence[Clause]], homes: Sequence[int] | None = None) -> None:
        homes = homes if homes is not None else [0] * len(needs)
        told: dict[tuple[int, str], list[Claim]] = {}
        for home, clauses in zip(homes, needs, strict=True):
            for claim in itertools.chain(*clauses):
                told.setdefault((home, claim.key), []).append(claim)
        number = {key: k for k, key in enumerate(told)}
        self.keys = list(told)
        self.values = [_Values(claims) for claims in told.values()]
        self.clauses: list[list[Masks]] = []
        for home, clauses in zip(homes, needs, strict=True):
            found = []
            for clause in clauses:
                masks: Masks = {}
                for claim in clause:
                    k = number[home, claim.key]
                    masks[k] = masks.get(k, 0) | self.values[k].mask(claim)
                if not any(mask == self.values[k].all for k, mask in masks.items()):
                    found.append({k: mask for k, mask in masks.items() if mask})
            self.clauses.append(found)
        self.domains = [one.all for one in self.values]
        self.tight = self._tightened()

    def _tightened(self) -> list[list[Masks]]:
        """The clauses without the facts of which one value suits all; of others only values that no other outdoes (``domains``)."""
        left = [list(clauses) for clauses in self.clauses]
        while True:
            masks: dict[int, set[int]] = {}
            for clause in itertools.chain(*left):
                for k, mask in clause.items():
                    masks.setdefault(k, set()).add(mask)
            free = set()
            for k, wanted in masks.items():
                suits = {cell: frozenset(mask for mask in wanted if mask >> cell & 1) for cell in bits(self.domains[k])}
                best = {mine: cell for cell, mine in reversed(suits.items()) if not any(mine < other for other in suits.values())}
                self.domains[k] = sum(1 << cell for cell in best.values())
                if len(best) == 1:
                    free.add(k)
            met = [[clause for clause in clauses if not any(k in free and mask & self.domains[k] for k, mask in clause.items())] for clauses in left]
            if met == left:
                return left
            left = met

    def possible(self, items: Iterable[int], without: Iterable[int] = ()) -> bool:
        """Whether all clauses of some items can hold at once; those that name a fact of ``without`` are left aside."""
        aside = set(without)
        clauses = [clause for i in items for clause in self.tight[i] if aside.isdisjoint(clause)]
        return _holds({k: self.domains[k] for clause in clauses for k in clause}, clauses)

    def core(self, items: Sequence[int], of: int) -> list[int]:
        """Of items that cannot hold at once, as few as cannot hold with ``of`` still; it is the first."""
        return [of, *self._fewest([i for i in items if i != of and self.tight[i]], of)]

    def _fewest(self, items: Iterable[int], *kept: int) -> list[int]:
        """Of items that cannot hold at once with those ``kept``, as few as cannot still."""
        left = list(items)
        for i in list(left):
            if not self.possible([*kept, *(j for j in left if j != i)]):
                left.remove(i)
        return left

    def facts(self, items: Sequence[int]) -> list[str]:
        """The facts over which items that cannot hold at once fall out, by path."""
        open_ = list(dict.fromkeys(k for i in items for clause in self.tight[i] for k in clause))
        aside: list[int] = []
        for k in open_:
            if not self.possible(items, [*aside, k]):
                aside.append(k)
        return list(dict.fromkeys(core.facts_in(self.values[k].node)[0] for k in open_ if k not in aside))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The pairs of items that cannot both hold, though each of them can."""
        heads = [{k for clause in clauses for k in clause} for clauses in self.tight]
        alone = [self.possible([i]) for i in range(len(heads))]
        for i, j in itertools.combinations(range(len(heads)), 2):
            if alone[i] and alone[j] and not heads[i].isdisjoint(heads[j]) and not self.possible([i, j]):
                yield i, j

    def tied(self) -> set[int]:
        """The facts for which it is not enough that each two items can hold."""
        together: dict[int, set[int]] = {}
        several: set[int] = set()
        for clause in itertools.chain(*self.tight):
            for k, mask in clause.items():
                together.setdefault(k, set()).add(mask & self.domains[k])
            if len(clause) > 1:
                several.update(clause)
        return {k for k, masks in together.items() if k in several or not _by_two(masks, self.domains[k])}

    def apart(self) -> list[tuple[int, ...]]:
        """All smallest sets of items that cannot hold at once: of the largest that those known let stand, each that cannot hold has one more."""
        found: list[tuple[int, ...]] = list(self.pairs())
        tied = self.tied()
        among = [i for i, clauses in enumerate(self.tight) if any(not tied.isdisjoint(clause) for clause in clauses) and self.possible([i])]
        most = len(found) + MOST
        while len(found) < most and (worse := [some for some in model.largest(among, found) if not self.possible(some)]):
            for some in worse:
                if not any(some.issuperset(known) for known in found):
                    found.append(tuple(self._fewest(sorted(some))))
        return found


def _by_two(masks: Iterable[int], domain: int) -> bool:
    """Whether sets of cells any two of which meet have a cell in common: of each three cells, the sets with two of them do."""
    for three in itertools.combinations(bits(domain), 3):
        inside = [mask for mask in masks if sum(mask >> cell & 1 for cell in three) > 1]
        common = domain
        for mask in inside:
            common &= mask
        if not common:
            return False
    return True


def _holds(domains: Mapping[int, int], clauses: Sequence[Masks]) -> bool:
    """Whether values of ``domains`` fulfil all clauses."""
    domains = dict(domains)
    left = list(clauses)
    before = None
    while before != (len(left), domains):
        before = len(left), dict(domains)
        still = []
        for clause in left:
            if any(domains[k] & ~mask == 0 for k, mask in clause.items()):
                continue
            clause = {k: mask for k, mask in clause.items() if domains[k] & mask}
            if not clause:
                return False
            if len(clause) == 1:
                ((k, mask),) = clause.items()
                domains[k] &= mask
            else:
                still.append(clause)
        left = still
    if not left:
        return True
    k, mask = next(iter(left[0].items()))
    return any(_holds({**domains, k: domain}, left) for domain in (domains[k] & mask, domains[k] & ~mask) if domain)


def sets_apart(benefits: Iterable[model.Benefit], decided: Decided = lambda _: None) -> tuple[tuple[str, ...], ...]:
    """The smallest sets of paying benefits that can never be had together, by id, in the order of the file, as far as ``decided``
    leaves their conditions open; one alone where its own cannot all hold."""
    paying = [b for b in benefits if b.amount is not None]
    joint = Joint([claims((c.node for c in b.conditions), decided) for b in paying])
    never = [(i,) for i in range(len(paying)) if not joint.possible([i])]
    return tuple(tuple(paying[i].id for i in some) for some in (*never, *joint.apart()))


def narrows(benefits: Iterable[model.Benefit]) -> bool:
    """Whether facts that are given may set more benefits apart than ``sets_apart``: they can leave of a clause that names a choice
    only what another clause is against."""
    needs = [claims(c.node for c in b.conditions) for b in benefits if b.amount is not None]
    told = {frozenset((claim.key, claim.values, claim.op, claim.at.value if claim.at else None) for claim in clause) for clause in itertools.chain(*needs)}
    named: dict[str, list[int]] = {}
    for clause in told:
        keys = {claim[0] for claim in clause}
        for key in keys:
            named.setdefault(key, []).append(len(keys))
    return any(len(sizes) > 1 and max(sizes) > 1 for sizes in named.values())
