"""The best set of items, exactly: what is worth most together where items clash, share caps and need one another.

Sets are bit masks (bit i is item i), amounts whole numbers (fen). Three steps, each losing nothing: reductions (an item
worth more than all its rivals together is taken, one that a rival replaces at no loss is dropped, items with the same
rivals count as one), a split into independent parts, and branch and bound on each part in whole numbers. In larger parts
HiGHS finds a good set as an integer program and proposes the multipliers of each bound; the bound itself is computed from
them in whole numbers, where any multipliers give a true one. Floating point can thus cost time, never the truth.

Among sets worth the same the one with fewer late items wins, then the one of fewer items, then the one with the earlier items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from calc.questions.plan.problem import Best, Problem, bits
from calc.questions.plan.relaxation import Bound, Relaxation

SMALL = 14  # parts of up to so many items are searched without HiGHS


BUDGET = 20_000  # steps of one search before it gives up the proof; of one with HiGHS, a twentieth


NOTHING = -(1 << 256)  # less than any set weighs


class _Spent(Exception):
    """A search has used up its steps."""


def best(problem: Problem, inside: int = 0, outside: int = 0, ties: bool = True) -> Best | None:
    """The best set with all of ``inside`` and none of ``outside``; ``None`` where there is none. Without ``ties`` any of the sets
    worth the same will do, which takes less time to prove."""
    work = _Work(problem, inside, outside, ties)
    if not work.open():
        return None
    taken = work.reduce()
    bound = sum(work.weight[i] for i in bits(taken))
    for part in work.parts():
        found = work.solved(part)
        if found is None:
            return None
        taken |= found[0]
        bound += found[1]
    chosen = sum(work.stands[i] for i in bits(taken)) & ~problem.values
    return Best(chosen, problem.value(chosen), max(problem.value(chosen), -(-bound // work.scale)))


class _Work:
    """One problem on its way to a solution. An item's ``weight`` is its amount times ``scale`` less a penalty (1, more for a
    late item, 0 for a value), all penalties together below ``scale``, so that of two sets worth the same the one to prefer weighs more;
    ``stands[i]`` are the items that i stands for."""

    def __init__(self, problem: Problem, inside: int, outside: int, ties: bool) -> None:
        count = len(problem.amounts)
        self.problem = problem
        self.ties = ties
        more = count + 1 if problem.late else 0
        self.penalty = [0 if problem.values >> i & 1 else 1 + more * (problem.late >> i & 1) for i in range(count)]
        self.scale = 1 + sum(self.penalty)
        self.inside = inside
        self.alive = ((1 << count) - 1) & ~outside
        self.rivals = list(problem.clashes)
        self.weight = [amount * self.scale - penalty for amount, penalty in zip(problem.amounts, self.penalty, strict=True)]
        self.stands = [1 << i for i in range(count)]
        self.capped = problem.under.mask
        self.held = inside | problem.held

    def open(self) -> bool:
        """Drop what cannot be chosen; whether anything is left to look at."""
        for i in bits(self.inside):
            self.alive &= ~self.rivals[i]
        before = -1
        while before != self.alive:
            before = self.alive
            for item, mask in self.problem.needs:
                if not mask & self.alive:
                    self.alive &= ~(1 << item)
        return not self.inside & ~self.alive and all(mask & self.alive for mask in self.problem.musts)

    def reduce(self) -> int:
        """Join, drop and take items while that loses nothing; the items taken."""
        taken = 0
        before = -1
        while before != self.alive:
            before = self.alive
            self._join()
            self._drop()
            taken |= self._take()
        return taken

    def _take(self) -> int:
        taken = 0
        for i in bits(self.alive & ~self.held & ~self.capped):
            rivals = self.rivals[i] & self.alive
            if self.alive >> i & 1 and not rivals & self.held and self._outweighs(i, rivals):
                taken |= 1 << i
                self.alive &= ~(rivals | 1 << i)
        return taken

    def _outweighs(self, i: int, rivals: int) -> bool:
        left = self.weight[i]
        while rivals and left >= 0:
            low = rivals & -rivals
            left -= self.weight[low.bit_length() - 1]
            rivals ^= low
        return left >= 0

    def _drop(self) -> None:
        for i in bits(self.alive & ~self.held):
            mine = self.rivals[i] | 1 << i
            for j in bits(self.rivals[i] & self.alive & ~self.held & ~self.capped):
                better = self.weight[j] > self.weight[i] or (self.weight[j] == self.weight[i] and j < i)
                if better and not self.rivals[j] & self.alive & ~mine:
                    self.alive &= ~(1 << i)
                    break

    def _join(self) -> None:
        first: dict[int, int] = {}
        for i in bits(self.alive & ~self.held & ~self.capped):
            j = first.setdefault(self.rivals[i] & self.alive, i)
            if i != j:
                self.weight[j] += self.weight[i]
                self.stands[j] |= self.stands[i]
                self.alive &= ~(1 << i)

    def parts(self) -> list[int]:
        """The independent parts of what is left."""
        ties = [mask | 1 << item for item, mask in self.problem.needs] + self.problem.musts
        ties = [tie & self.alive for tie in ties + [group.mask for group in self.problem.under.groups]]
        found = []
        left = self.alive
        while left:
            part = edge = left & -left
            while edge:
                reached = 0
                for i in bits(edge):
                    reached |= self.rivals[i] & self.alive
                for tie in ties:
                    if tie & edge:
                        reached |= tie
                edge = reached & ~part
                part |= edge
            found.append(part)
            left &= ~part
        return found


    def solved(self, part: int) -> tuple[int, int] | None:
        """The best set of a part and its bound, looked at once: problems that differ in some rule have most parts in common."""
        ties = tuple((i, mask & part) for i, mask in self.problem.needs if part >> i & 1), tuple(mask & part for mask in self.problem.musts if mask & part)
        key = part, self.inside & part, self.scale, self.ties, ties, tuple((self.rivals[i] & part, self.weight[i]) for i in bits(part))
        known = self.problem.under.solved
        if key not in known:
            known[key] = _Search(self, part).run()
        return known[key]


class _Search:
    """Branch and bound on one part. Weights of sets are kept in the scaled unit of ``_Work``."""

    def __init__(self, work: _Work, part: int) -> None:
        self.work = work
        self.problem = work.problem
        self.part = part
        self.rivals = work.rivals
        self.weight = work.weight
        self.scale = work.scale
        self.groups = [group for group in work.problem.under.groups if group.mask & part]
        self.needs = [(i, mask & part) for i, mask in work.problem.needs if part >> i & 1]
        self.musts = [mask & part for mask in work.problem.musts if mask & part]
        self.found: tuple[int, int] | None = None
        self.steps = 0
        self.budget = BUDGET
        self.bound: Callable[[int, int], Bound] = self._bounded
        self.homes = list(self._homes())

    def run(self) -> tuple[int, int] | None:
        """The best set and a bound on the weight of all; ``None`` where no set will do."""
        inside = self.work.inside & self.part
        free = self.part & ~inside
        top = sum(self.weight[i] for i in bits(self.part))
        if self.part.bit_count() > SMALL:
            relaxation = Relaxation(self)
            self.offer(relaxation.guess(inside, free))
            self.bound = relaxation.bound
            self.budget = BUDGET // 20
            top = relaxation.bound(inside, free).most
        else:
            self._greedy(inside, free)
        try:
            self._visit(inside, free)
        except _Spent:
            assert self.found is not None
            return self.found[1], max(top, self.found[0])
        return None if self.found is None else (self.found[1], self.found[0])

    @property
    def reached(self) -> int:
        """What a set must weigh more than to be better than the best so far; where ties do not matter, by a fen."""
        if self.found is None:
            return NOTHING
        return self.found[0] if self.work.ties else -(-self.found[0] // self.scale) * self.scale

    def _homes(self) -> Iterator[tuple[int, int]]:
        """Caps that wholly hold items, the tightest first: a mask of items, each in one only, and the limit."""
        left = self.part
        for mask, limit in self.problem.under.wholes:
            if mask & left:
                yield mask & left, limit
                left &= ~mask

    def _greedy(self, taken: int, free: int) -> None:
        """A set to begin with; one of the same weight that comes earlier still replaces it."""
        for i in sorted(bits(free), key=lambda i: -self.weight[i]):
            if free >> i & 1:
                taken |= 1 << i
                free &= ~self.rivals[i]
        self.offer(taken)
        if self.found is not None:
            self.found = self.found[0] - 1, self.found[1]

    def offer(self, chosen: int) -> None:
        """Keep a set if it will do and weighs more than the best so far."""
        if any(self.rivals[i] & chosen for i in bits(chosen)):
            return
        if any(chosen >> i & 1 and not mask & chosen for i, mask in self.needs) or not all(mask & chosen for mask in self.musts):
            return
        weight = self.weigh(chosen)
        if self.found is None or weight > self.found[0]:
            self.found = weight, chosen

    def weigh(self, chosen: int) -> int:
        """What a set weighs, caps applied."""
        whole = sum(self.weight[i] for i in bits(chosen))
        return whole - self.scale * sum(group.cut(chosen & group.mask) for group in self.groups)

    def _visit(self, taken: int, free: int) -> None:
        self.steps += 1
        if self.steps > self.budget and self.found is not None:
            raise _Spent
        for i, mask in self.needs:
            if not mask & (taken | free):
                if taken >> i & 1:
                    return
                free &= ~(1 << i)
        if not all(mask & (taken | free) for mask in self.musts):
            return
        if not free:
            self.offer(taken)
            return
        found = self.bound(taken, free)
        if found.most <= self.reached:
            return
        if found.must | found.out:
            taken |= found.must
            free &= ~(found.must | found.out)
            for i in bits(found.must):
                free &= ~self.rivals[i]
            if not found.must & found.out and not any(self.rivals[i] & taken for i in bits(found.must)):
                self._visit(taken, free)
            return
        pick = found.pick
        self._visit(taken | 1 << pick, free & ~(1 << pick) & ~self.rivals[pick])
        self._visit(taken, free & ~(1 << pick))

    def _bounded(self, taken: int, free: int) -> Bound:
        """A bound from sets of items that all clash, of each of which one at the most is chosen, and from caps; and the item to decide
        next. What costs more to find is looked at where less does not rule the branch out."""
        pick = (free & -free).bit_length() - 1
        most = self.weigh(taken) + sum(self.weight[i] for i in self._heads(free))
        for better in (self._under_caps, self._all_of) if self.groups else ():
            if most <= self.reached:
                break
            most = min(most, better(taken, free))
        return Bound(most, pick)

    def _heads(self, free: int) -> list[int]:
        """The heaviest of each of the sets that ``free`` is cut into, within which all clash; the heaviest first."""
        found: list[int] = []
        left = free
        for i in sorted(bits(free), key=lambda i: -self.weight[i]):
            if not left >> i & 1:
                continue
            found.append(i)
            common = self.rivals[i] & left
            left &= ~(1 << i)
            while common:
                j = common & -common
                left &= ~j
                common &= self.rivals[j.bit_length() - 1]
        return found

    def _upto(self, limit: int, so_far: int, free: int) -> int:
        """What can be reached from ``so_far`` up to a ``limit`` (in fen) with items of ``free``, as a weight: no more items than it takes."""
        count = 0
        for i in self._heads(free):
            if so_far >= limit:
                break
            so_far -= -self.weight[i] // self.scale
            count += 1
        return min(so_far, limit) * self.scale - count

    def _under_caps(self, taken: int, free: int) -> int:
        """Each item under one cap at the most: what is under a cap comes to no more than its limit."""
        most, rest = 0, taken | free
        for mask, limit in self.homes:
            amount = sum(self.problem.amounts[i] for i in bits(taken & mask))
            most += self._upto(limit, amount, free & mask) - sum(self.work.penalty[i] for i in bits(taken & mask))
            rest &= ~mask
        return most + sum(self.weight[i] for i in (*bits(rest & taken), *self._heads(rest & free)))

    def _all_of(self, taken: int, free: int) -> int:
        """All that is open is taken, clashes or not."""
        cuts = [sum(group.cut(chosen & group.mask) for group in self.groups) for chosen in (taken, taken | free)]
        amounts = [-(-self.weight[i] // self.scale) for i in bits(taken)]
        whole = sum(amounts) + sum(-(-self.weight[i] // self.scale) for i in bits(free)) - cuts[1]
        return self._upto(whole, sum(amounts) - cuts[0], free) - sum(self.work.penalty[i] for i in bits(taken))
