"""The best total of each row (``best_total``): what ``calc.questions.plan.plan`` gives for the row's project by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import FEN
from calc.batch.engine import rows_of
from calc.batch.totals import cap_column
from calc.engines.statuses import CODE
from calc.questions.plan.combination import Combinations

if TYPE_CHECKING:
    from calc.batch.engine import Results, Slot
    from calc.store.store import Store

BEST, PRUDENT = "best_total", "prudent_total"  # the columns
SLICE = 10_000  # rows whose amounts are held as Python numbers at a time


class BestTotals:
    """Best totals chunk by chunk; ``total`` (fen) is their sum, ``unproved`` the rows whose best could not be proved to be it."""

    def __init__(self, catalog: Store, slots: Sequence[Slot]) -> None:
        self.combinations = Combinations(catalog, [(slot.scheme, slot.benefit) for slot in slots])
        schemes = {slot.scheme.id: slot.scheme for slot in slots}.values()
        self.open = {id(cap): cap_column(s, n) for s in schemes for n, cap in enumerate(s.group_caps) if cap.limit is None}
        costs = catalog.rules.costs.values()
        self.spending = {fact.partition(".")[0] for cost in costs for fact in (*cost.facts, cost.interest) if fact}
        # what benefits draw on each record is computed from their own facts
        self.spending |= {
            fact.partition(".")[0]
            for cost in costs
            if cost.interest or any("." in fact for fact in cost.facts)
            for slot in slots
            if cost.covers(f"{slot.scheme.id}/{slot.benefit.id}")
            for fact in slot.benefit.facts
        }
        self.catalog = catalog
        self.total = 0
        self.unproved = 0

    def column(self, chunk: pa.Table, results: Results, tell: Callable[[int], None]) -> tuple[pa.Array, pa.Array]:
        """The totals and the prudent totals of a chunk in fen; ``tell`` hears of every so many rows that are done."""
        found: list[int] = []
        careful: list[int] = []
        for start in range(0, chunk.num_rows, SLICE):
            part = chunk.slice(start, SLICE)
            amounts = self._amounts(results, start, part.num_rows)
            several = [row for row, paid in amounts.items() if len(paid) > 1]  # one benefit alone overdraws nothing
            facts = dict(zip(several, rows_of(part, self.catalog, several, {}, self.spending), strict=True))
            for row, lifted in enumerate(self._lifted(part)):
                figures = self._figures(results, start + row)
                best = self.combinations.best(amounts.get(row, {}), lifted, figures, facts=facts.get(row))
                careful.append(self.combinations.best(amounts.get(row, {}), lifted, figures, prudent=True, facts=facts.get(row)).value)
                self.unproved += not best.proved
                found.append(best.value)
            tell(len(found))
        self.total += sum(found)
        return pa.array(found, FEN), pa.array(careful, FEN)

    def _amounts(self, results: Results, start: int, count: int) -> dict[int, dict[int, int]]:
        """What each row is eligible for above 0: fen by place of the benefit."""
        found: dict[int, dict[int, int]] = {}
        for number in self.combinations.places:
            amount = results.columns[f"a{number}"].slice(start, count)
            pays = pc.and_(pc.equal(results.columns[f"s{number}"].slice(start, count), CODE["eligible"]), pc.greater(amount, 0))
            for row, fen in zip(pc.indices_nonzero(pays).to_pylist(), amount.filter(pays).to_pylist(), strict=True):
                found.setdefault(row, {})[number] = fen
        return found

    def _figures(self, results: Results, row: int) -> dict[int, int]:
        """What the group caps that no text fixes come to for a row (fen), by their ``id()``."""
        found = {key: results.columns[name][row].as_py() for key, name in self.open.items() if name in results.columns}
        return {key: figure for key, figure in found.items() if figure is not None}

    def _lifted(self, chunk: pa.Table) -> list[frozenset[str]]:
        """Of each row, the facts that lift a rule and are true."""
        given = {name: chunk[name].to_pylist() for name in self.combinations.unless if name in chunk.column_names}
        return [frozenset(name for name, values in given.items() if values[row]) for row in range(chunk.num_rows)]
