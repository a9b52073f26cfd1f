"""The result of a chunk: long (a row a benefit) or wide (a row a project), and what it comes to."""

from __future__ import annotations

import datetime as dt
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.best import BEST, PRUDENT, BestTotals
from calc.batch.decimals import FEN, fitted, sum_of
from calc.batch.engine import Asked, Results, slots, statuses, whole
from calc.batch.figures import CHOSEN, COUNTED, STATUS, TOTAL, Figures
from calc.batch.ordered import all_but, counting, interleaved, turns
from calc.engines.statuses import CODE
from calc.errors import InputError
from calc.estimate.benefit import validity

if TYPE_CHECKING:
    from calc.batch.values import Fractional
    from calc.language import model
    from calc.store.store import Store

SHAPES = ("long", "wide")
LONG = ("project", "scheme", "benefit", "status", "amount", "counted", "binding", "missing", "assumed", "warnings", "validity")
AMOUNT = pa.decimal128(20, 2)


def require_wide(shape: str, **options: bool) -> None:
    """That options which only a wide result knows are not asked of another. Raises ``InputError``."""
    for option, wanted in options.items():
        if wanted and shape != "wide":
            raise InputError(f"--{option}", shape, "--wide", message="batch.wide.only")


class Shape:
    """How results are laid out, and the sums over all of them: totals in fen and eligible rows, by scheme.

    ``inputs`` are the columns of the input in a wide result; ``echoed`` the facts that stand for those not kept as given;
    ``plan`` asks for the best total as the last column of a wide one.
    """

    def __init__(
        self,
        catalog: Store,
        schemes: Sequence[model.Scheme],
        shape: str,
        benefits: bool,
        plan: bool,
        inputs: Mapping[str, pa.DataType],
        echoed: Mapping[str, str],
        as_of: dt.date | None = None,
    ) -> None:
        self.validity = {scheme.id: validity(scheme, as_of or dt.date.today()) for scheme in schemes}
        self.schemes = schemes
        self.slots = slots(schemes)
        self.long = shape == "long"
        self.benefits = benefits
        self.inputs = inputs
        self.echoed = echoed
        self.best = BestTotals(catalog, self.slots) if plan else None
        self.catalog = catalog
        self.figures = Figures(catalog, schemes, self.slots)
        self.inside = {scheme.id: [slot for slot in self.slots if slot.scheme.id == scheme.id] for scheme in schemes}
        self.parts = (TOTAL, STATUS, COUNTED) if self.long else (TOTAL, STATUS, CHOSEN) if benefits else (TOTAL, STATUS)
        self.sums: Counter[str] = Counter()
        self.eligible: Counter[str] = Counter()

    @property
    def schema(self) -> pa.Schema:
        """The columns of the result."""
        if self.long:
            return pa.schema([(name, AMOUNT if name in ("amount", "counted") else pa.string()) for name in LONG])
        fields = list(self.inputs.items())
        for scheme in self.schemes:
            fields += [(scheme.id, AMOUNT), (f"{scheme.id}.status", pa.string())]
            if self.benefits:
                fields.append((f"{scheme.id}.chosen", pa.string()))
                for benefit in scheme.benefits:
                    fields += [(f"{scheme.id}.{benefit.id}", AMOUNT), (f"{scheme.id}.{benefit.id}.status", pa.string())]
        if self.best is not None:
            fields += [(BEST, AMOUNT), (PRUDENT, AMOUNT)]
        return pa.schema(fields)

    def table(self, chunk: pa.Table, results: Results, beyond: Mapping[str, pa.Array], tell: Callable[[int], None] = lambda _: None) -> pa.Table:
        """The rows of a chunk; ``beyond`` is what group caps over rows take off totals (fen), by scheme. ``tell`` hears how
        many rows have their best total."""
        found = self.figures.of(chunk, results, self.parts, beyond)
        if chunk.num_rows:
            self._add_up(found)
        if self.long:
            return self._long(chunk, results, found)
        best = [] if self.best is None else [yuan(column) for column in self.best.column(chunk, results, tell)]
        if not chunk.num_rows:
            return self.schema.empty_table()
        return pa.table([*self._inputs(chunk), *self._outputs(found, results), *best], schema=self.schema)

    @property
    def asked(self) -> Asked:
        """What an engine can tell together with the benefits, where nothing changes their amounts afterwards."""
        return self.figures.asked(self.parts)

    def counted(self, chunk: pa.Table, results: Results) -> dict[int, pa.Array]:
        """What ``combine`` and the group caps count of each benefit (fen), by its number, for the rows of a chunk."""
        found = self.figures.of(chunk, results, [COUNTED])
        return {slot.number: found[f"{COUNTED} {slot.number}"] for slot in self.slots}

    def _add_up(self, found: dict[str, pa.Array]) -> None:
        """Adds the totals (fen) and statuses of schemes to the sums."""
        for scheme in self.schemes:
            found[f"{TOTAL} {scheme.id}"] = whole(fitted(found[f"{TOTAL} {scheme.id}"], FEN))
            self.sums[scheme.id] += sum_of(found[f"{TOTAL} {scheme.id}"])
            self.eligible[scheme.id] += pc.sum(pc.equal(found[f"{STATUS} {scheme.id}"], CODE["eligible"])).as_py() or 0

    def _inputs(self, chunk: pa.Table) -> Iterator[pa.ChunkedArray]:
        """The columns of the input, as they were given."""
        kept = dict(zip(chunk.column_names, chunk.columns, strict=True))
        for name, type_ in self.inputs.items():
            yield kept["in " + name] if "in " + name in kept else fitted(kept[self.echoed[name]], type_)

    def _outputs(self, found: Mapping[str, pa.Array], results: Results) -> Iterator[Any]:
        """The columns of schemes and benefits."""
        for scheme in self.schemes:
            yield yuan(found[f"{TOTAL} {scheme.id}"])
            yield statuses(found[f"{STATUS} {scheme.id}"])
            if self.benefits:
                yield found[f"{CHOSEN} {scheme.id}"]
                for slot in self.inside[scheme.id]:
                    yield yuan(results.columns[f"a{slot.number}"])
                    yield statuses(whole(results.columns[f"s{slot.number}"]))

    def _long(self, chunk: pa.Table, results: Results, found: Mapping[str, pa.Array]) -> pa.Table:
        """A row a benefit: those of the first project, then those of the second, …"""
        rows, each = chunk.num_rows, len(self.slots)
        if not rows or not each:
            return self.schema.empty_table()
        order = turns(rows, each)
        row = pc.divide(counting(rows * each), each)
        slot = pc.subtract(counting(rows * each), pc.multiply(row, each))

        def of_slot(values: Sequence[str]) -> pa.Array:
            return pa.DictionaryArray.from_arrays(slot.cast(pa.int32()), pa.array(values, pa.string())).cast(pa.string())

        def of_benefit(letter: str) -> pa.Array:
            return interleaved([whole(results.columns[f"{letter}{number}"]) for number in range(each)], order)

        project = pc.coalesce(whole(chunk["_id"]), whole(chunk["_row"]).cast(pa.string()))
        columns = {
            "project": project.take(row),
            "scheme": of_slot([one.scheme.id for one in self.slots]),
            "benefit": of_slot([one.benefit.id for one in self.slots]),
            "status": statuses(of_benefit("s")),
            "amount": yuan(of_benefit("a")),
            "counted": yuan(interleaved([found[f"{COUNTED} {number}"] for number in range(each)], order)),
            "binding": of_benefit("b"),
            "missing": of_benefit("m"),
            "assumed": of_benefit("u"),
            "warnings": of_benefit("w"),
            "validity": of_slot([self.validity[one.scheme.id] for one in self.slots]),
        }
        return pa.table(columns, schema=self.schema)


def yuan(amounts: Any) -> pa.Array:
    """Amounts in fen (whole) as yuan: the same digits, two of them behind the point."""
    wide = whole(fitted(amounts, FEN))
    return pa.Array.from_buffers(AMOUNT, len(wide), wide.buffers(), wide.null_count, wide.offset)


def without(
    chunk: pa.Table, results: Results, fractional: dict[int, list[Fractional]]
) -> tuple[pa.Table, dict[int, list[Fractional]]]:
    """A chunk (and its numbers that no column holds) without the rows that were refused; its results likewise."""
    if not results.refused:
        return chunk, fractional
    gone = sorted({one.place for one in results.refused})
    keep = all_but(chunk.num_rows, gone)
    results.columns = {name: column.filter(keep) for name, column in results.columns.items()}
    results.figures = {name: column.filter(keep) for name, column in results.figures.items()}
    left = {place - bisect(gone, place): found for place, found in fractional.items() if place not in gone}
    return chunk.filter(keep), left
