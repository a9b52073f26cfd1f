"""HiGHS on one part of a choice: a good set from the integer program, and bounds from its linear relaxation.

The program: one column an item (taken or not), one for what is paid of an item under caps and one for each of its pieces; rows
for sets of items that clash, for what is paid, caps, needs and musts. What HiGHS says is used in two ways only: as a set to try,
and as row multipliers. For multipliers y ≥ 0 no point of the box has more than y·b + Σ max over the box of (c − y·A)x, computed
here in whole numbers.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple, Protocol

from calc.questions.plan.problem import Problem, bits

OPTIONS = {"output_flag": False, "threads": 1, "random_seed": 0, "mip_rel_gap": 0.0, "mip_max_nodes": 200}
FINE = 40  # multipliers are taken as whole numbers of 2**-40, and once more as whole numbers


class Bound(NamedTuple):
    """No set of a branch weighs more than ``most``; one that weighs more than the best so far has all of ``must`` and none of ``out``;
    ``pick`` is the item to decide next."""

    most: int
    pick: int
    must: int = 0
    out: int = 0


class Searched(Protocol):
    """What is asked of the search whose part is relaxed."""

    problem: Problem
    part: int
    rivals: list[int]
    weight: list[int]
    scale: int
    needs: list[tuple[int, int]]
    musts: list[int]

    @property
    def reached(self) -> int:
        """What a set must weigh more than to be better than the best so far."""

    def offer(self, chosen: int) -> None:
        """A set to try."""


class Relaxation:
    """The program of one part, kept in HiGHS between bounds."""

    def __init__(self, search: Searched) -> None:
        self.search = search
        self.items = list(bits(search.part))
        self.place = place = {item: column for column, item in enumerate(self.items)}
        self.owner = list(self.items)  # the item that each column turns on
        self.costs = [search.weight[i] for i in self.items]
        self.most = [1] * len(self.items)
        self.rows: list[tuple[list[tuple[int, int]], int, int]] = [
            ([(place[i], 1) for i in clique], 1, 1) for clique in cliques(search.part, search.rivals)
        ]
        for i, mask in search.needs:
            self.rows.append(([(place[i], 1), *((place[j], -1) for j in bits(mask) if j != i)], 0, 1))
        self.rows += [([(place[j], -1) for j in bits(mask)], -1, 1) for mask in search.musts]
        self._pay(search, place)
        self.unit = [_unit(m) for m in self.most]
        self.solver = self._load()

    def _pay(self, search: Searched, place: dict[int, int]) -> None:
        """The columns and rows of what is paid under caps: no more of an item than it is worth, or than its pieces come to."""
        problem = search.problem
        columns: dict[int, int] = {}
        for i in bits(search.part & problem.under.mask):
            amount = min(problem.amounts[i], *(limit for mask, limit in problem.under.wholes if mask >> i & 1))
            self.costs[place[i]] -= problem.amounts[i] * search.scale
            paid = self._column(i, amount, search.scale)
            self.rows.append(([(paid, 1), (place[i], -amount)], 0, _unit(amount)))
            for pieces in problem.under.ways[i].values():
                if len(pieces) == 1 and problem.pieces[pieces[0]].most >= amount:
                    columns[pieces[0]] = paid
                    continue
                columns.update((p, self._column(i, problem.pieces[p].most, 0)) for p in pieces)
                self.rows.append(([(paid, 1), *((columns[p], -1) for p in pieces)], 0, _unit(amount)))
        for cap in problem.caps:
            if inside := [columns[p] for p in cap.parts if p in columns]:
                self.rows.append(([(column, 1) for column in inside], cap.limit, _unit(cap.limit)))

    def _column(self, item: int, most: int, cost: int) -> int:
        self.owner.append(item)
        self.costs.append(cost)
        self.most.append(most)
        return len(self.costs) - 1

    def _load(self) -> Any:
        import highspy
        import numpy as np

        largest = max(abs(cost) * unit for cost, unit in zip(self.costs, self.unit, strict=True))
        self.objective = 1 << max(0, largest.bit_length() - 20)
        solver = _silent(highspy.Highs)
        for option, value in OPTIONS.items():
            solver.setOptionValue(option, value)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.costs), len(self.rows)
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_ = np.array([c * u / self.objective for c, u in zip(self.costs, self.unit, strict=True)])
        program.col_lower_ = np.zeros(len(self.costs))
        program.col_upper_ = np.array([m / u for m, u in zip(self.most, self.unit, strict=True)])
        program.row_lower_ = np.full(len(self.rows), -np.inf)
        program.row_upper_ = np.array([limit / unit for _, limit, unit in self.rows])
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        start: list[int] = [0]
        index: list[int] = []
        coefficients: list[float] = []
        for entries, _, unit in self.rows:
            index += [column for column, _ in entries]
            coefficients += [a * self.unit[column] / unit for column, a in entries]
            start.append(len(index))
        program.a_matrix_.start_, program.a_matrix_.index_ = np.array(start), np.array(index)
        program.a_matrix_.value_ = np.array(coefficients)
        solver.passModel(program)
        return solver

    def guess(self, inside: int, free: int) -> int:
        """The best set HiGHS finds as an integer program."""
        import highspy
        import numpy as np

        columns = np.arange(len(self.items), dtype=np.int32)
        self._box(inside, free)
        self.solver.changeColsIntegrality(len(columns), columns, np.full(len(columns), highspy.HighsVarType.kInteger))
        self.solver.run()
        found = list(self.solver.getSolution().col_value)
        self.solver.changeColsIntegrality(len(columns), columns, np.full(len(columns), highspy.HighsVarType.kContinuous))
        return sum(1 << i for i, x in zip(self.items, found, strict=False) if x > 0.5)

    def bound(self, taken: int, free: int) -> Bound:
        """A true bound on the weight of sets with ``taken`` and any of ``free``; the item to decide next; and, of the items of ``free``,
        those without which nothing heavier than the best so far is left, and those with which nothing is."""
        self._box(taken, free)
        self.solver.run()
        solution = self.solver.getSolution()
        point, multipliers = list(solution.col_value), list(solution.row_dual)
        if len(point) != len(self.costs) or len(multipliers) != len(self.rows):
            point, multipliers = [0.5] * len(self.costs), [0.0] * len(self.rows)
        self.search.offer(self._rounded(point, taken, free))
        most, must, out = self._exact(multipliers, taken, free, 0)
        if most > self.search.reached:
            finer = self._exact(multipliers, taken, free, FINE)
            most, must, out = min(most, finer[0]), must | finer[1], out | finer[2]
        pick = min(bits(free & ~must & ~out), key=lambda i: (abs(point[self.place[i]] - 0.5), i), default=-1)
        return Bound(most, pick, must, out)

    def _box(self, taken: int, free: int) -> None:
        import numpy as np

        columns = np.arange(len(self.items), dtype=np.int32)
        low = np.array([float(taken >> i & 1) for i in self.items])
        high = np.array([float((taken | free) >> i & 1) for i in self.items])
        self.solver.changeColsBounds(len(columns), columns, low, high)

    def _rounded(self, point: list[float], taken: int, free: int) -> int:
        chosen = taken
        for x, i in sorted(zip(point, self.items, strict=False), key=lambda pair: (-pair[0], pair[1])):
            if x > 0.4 and free >> i & 1 and not self.search.rivals[i] & chosen:
                chosen |= 1 << i
        return chosen

    def _exact(self, multipliers: list[float], taken: int, free: int, fine: int) -> tuple[int, int, int]:
        """The bound that multipliers prove, as whole numbers of 2**-``fine``; and the items that it decides: what the bound loses where
        an item is left out, or taken, may leave no more than the best so far."""
        rest = [cost << fine for cost in self.costs]
        most = 0
        for (entries, limit, unit), multiplier in zip(self.rows, multipliers, strict=True):
            weight = round(multiplier * self.objective * (1 << fine) / unit)
            if weight > 0:
                most += weight * limit
                for column, a in entries:
                    rest[column] -= weight * a
        gains = [0] * len(self.items)  # what is lost without each item
        for column, (left, upper, item) in enumerate(zip(rest, self.most, self.owner, strict=True)):
            if column < len(self.items) and taken >> item & 1:
                most += left
            elif left > 0 and (taken | free) >> item & 1:
                most += left * upper
                gains[self.place[item]] += left * upper
        must = out = 0
        spare = most - ((self.search.reached + 1) << fine)
        for i in bits(free) if spare >= 0 else ():
            column = self.place[i]
            if gains[column] > spare:
                must |= 1 << i
            if -rest[column] > spare:
                out |= 1 << i
        return most >> fine, must, out


def _silent(make: Any) -> Any:
    """What ``make`` makes; HiGHS greets on standard output before it can be told not to, where results stand."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:
        return make()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        return make()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _unit(most: int) -> int:
    """A power of two near to an amount, by which figures are scaled for HiGHS."""
    return 1 << max(most, 1).bit_length() - 1


def cliques(part: int, rivals: list[int]) -> list[list[int]]:
    """Sets of items that all clash with one another, such that every clash of ``part`` is in one."""
    found: list[list[int]] = []
    seen = dict.fromkeys(bits(part), 0)
    for i in bits(part):
        while new := rivals[i] & part & ~seen[i] & ~((1 << i) - 1):
            clique = [i, (new & -new).bit_length() - 1]
            common = rivals[clique[0]] & rivals[clique[1]] & part
            while common:
                j = max(bits(common), key=lambda k: ((rivals[k] & common).bit_count(), -k))
                clique.append(j)
                common &= rivals[j]
            mask = sum(1 << j for j in clique)
            for j in clique:
                seen[j] |= mask
            found.append(sorted(clique))
    return found
