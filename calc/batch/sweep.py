"""What each value of a figure in the rules would cost, and the value at which a budget is just kept.

Every cost is that of the whole table, computed as a batch computes it. Between two values of which one keeps the budget and
one does not, the last that does is searched, down to the finest step of its kind, and shown with its neighbour that does not.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import sum_of
from calc.batch.engine import Refused
from calc.batch.options import Options
from calc.batch.reform import Side, out_of_force
from calc.batch.run import SMALL, Run
from calc.batch.work import in_scratch
from calc.units import fen_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.language import model
    from calc.store.changed import Changed
    from calc.store.store import Store
    from calc.store.sweeps import Sweep


def sweep(store: Store, source: str, changed: Changed, swept: Sweep, options: Options, budget: int | None) -> dict[str, Any]:
    """The answer of ``Catalog.sweep``. The last change of ``changed`` is the one swept. Raises ``InputError``, ``FileProblem``, ``OSError``."""
    return in_scratch(lambda folder: _Sweep(store, source, changed, swept, options, budget, folder).answer())


class _Sweep(Run):
    again = True  # the table is gone through more than once

    def __init__(self, store: Store, source: str, changed: Changed, swept: Sweep, options: Options, budget: int | None, folder: Path) -> None:
        self.changed = changed
        self.swept = swept
        self.budget = budget
        options.schemes = [one.before.id for one in changed.schemes if one.before is not None]
        super().__init__(changed.with_schemes([]), source, options, folder)
        self.schemes = [s for one in changed.schemes for s in (one.before, one.after) if s is not None]
        self.one = next(one for one in changed.schemes if any(change.edit is not None and change.edit.said == swept.edit.said for change in one.changes))
        self.costs: dict[Fraction, int] = {}
        self.before = 0
        self.just: list[tuple[Fraction, Fraction]] = []  # the last values that keep the budget, and those beside them that do not

    def answer(self) -> dict[str, Any]:
        """Runs, and tells."""
        self.run()
        shown = self.swept.shown
        points = [
            {
                "value": shown(value),
                "cost": fen_text(self.costs[value]),
                "difference": fen_text(self.costs[value] - self.before),
                "fits": None if self.budget is None else self.costs[value] <= self.budget,
            }
            for value in self.swept.values
        ]
        return {
            "scheme": self.one.id,
            "figure": self.swept.edit.said.partition("=")[0].strip(),
            "kind": self.swept.kind,
            "before": fen_text(self.before),
            "points": points,
            "budget": None if self.budget is None else fen_text(self.budget),
            "fits": [
                {"value": shown(fit), "cost": fen_text(self.costs[fit]), "next": shown(over), "next_cost": fen_text(self.costs[over])}
                for fit, over in self.just
            ],
            "rejected": self.summary.rejected,
            "rejects": self.summary.rejects,
            "reasons": self.summary.reasons,
            "notes": self.summary.notes,
            "out_of_force": out_of_force(self.changed),
            "seconds": round(self.summary.seconds, 1),
        }

    def lay_out(self) -> None:
        """All sides but those of the search."""
        by_row = self.options.engine == "explainer" or (self.options.engine == "auto" and self.stage.count <= SMALL)
        self.by_row = by_row
        today = [one.before for one in self.changed.schemes if one.before is not None]
        others = [one.after for one in self.changed.schemes if one is not self.one]
        self.sides = [Side(self.catalog, today, by_row, False), Side(self.changed.with_schemes(others), others, by_row, False)]
        self.varied = {value: self.side(value) for value in self.swept.values}

    def side(self, value: Fraction) -> Side:
        """The scheme with one value."""
        made = [
            change if change.edit is None or change.edit.said != self.swept.edit.said else type(change)(change.said, edit=self.swept.edited(value))
            for change in self.one.changes
        ]
        scheme: model.Scheme = self.changed.scheme(self.one.before, made)
        return Side(self.changed.with_schemes([scheme]), [scheme], self.by_row, False)

    def compute(self) -> None:
        """All values in one pass; then the search, one pass a value."""
        self.before, self.others, *costs = self.passed([*self.sides, *self.varied.values()], first=True)
        self.costs = dict(zip(self.varied, (self.others + cost for cost in costs), strict=True))
        self.varied.clear()
        self.just = [self.searched(one, two) for one, two in self.crossings()]
        self.summary.rejected = len(self.rejects.rows)
        self.summary.rejects = self.rejects_path()
        self.summary.reasons = self.rejects.first
        with self.rejects_output() as rejected:
            if rejected is not None:
                rejected.keep()

    def passed(self, sides: Sequence[Side], first: bool = False) -> list[int]:
        """What is paid of each side over the whole table (fen); rows that cannot be computed on one count on none."""
        sums = [0] * len(sides)
        done = 0
        for chunk, fractional in self.chunks():
            found: list[dict[int, pa.Array]] = []
            refused: dict[int, Refused] = {}
            for side in sides:
                paid, wrong = side.paid(chunk, fractional)
                found.append(paid)
                refused.update({one.place: one for one in wrong})
            if first and refused:
                self.refuse(chunk, refused.values())
                self.barred |= {chunk["_row"][place].as_py() for place in refused}
            keep = pc.invert(pc.is_in(pa.array(range(chunk.num_rows), pa.int64()), pa.array(list(refused), pa.int64())))
            for place, paid in enumerate(found):
                columns = [column.filter(keep) if refused else column for column in paid.values()]
                sums[place] += sum(map(sum_of, columns))
            done += chunk.num_rows
            self.tell("compute", done / max(1, self.stage.count), done)
        return sums

    def crossings(self) -> list[tuple[Fraction, Fraction]]:
        """Neighbouring values of which one keeps the budget and one does not: that which does first."""
        if self.budget is None:
            return []
        fits = {value: cost <= self.budget for value, cost in self.costs.items()}
        pairs = zip(self.swept.values, self.swept.values[1:], strict=False)
        return [(one, two) if fits[one] else (two, one) for one, two in pairs if fits[one] != fits[two]]

    def searched(self, fit: Fraction, over: Fraction) -> tuple[Fraction, Fraction]:
        """The last value that keeps the budget, and the one beside it that does not: in turn by the straight line between the two,
        one step beside the last value found, and by halves."""
        assert self.budget is not None
        finest = self.swept.finest if over > fit else -self.swept.finest
        turn, last = 0, fit
        while abs(over - fit) > self.swept.finest:
            span = int((over - fit) / finest)
            if turn % 3 == 0:
                line = Fraction(self.budget - self.costs[fit], self.costs[over] - self.costs[fit])
                count = int((over - fit) * line / finest)
            else:
                count = (1 if last == fit else span - 1) if turn % 3 == 1 else span // 2
            value = fit + max(1, min(count, span - 1)) * finest
            self.costs[value] = self.others + self.passed([self.side(value)])[0]
            if self.costs[value] <= self.budget:
                fit = last = value
            else:
                over = last = value
            turn += 1
        return fit, over
