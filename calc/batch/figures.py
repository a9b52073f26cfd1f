"""What schemes come to on the rows of a chunk: totals, statuses, the benefits chosen, and what is counted of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.decimals import FEN
from calc.batch.engine import Asked, Results, Slot, by_scheme, whole
from calc.batch.feed import Feeds
from calc.batch.ordered import AT
from calc.batch.totals import cap_columns, chosen_apart, counted_columns, total_columns
from calc.engines.statuses import CODE
from calc.estimate.benefit import Combined

if TYPE_CHECKING:
    from calc.language import model
    from calc.store.store import Store

TOTAL, STATUS, CHOSEN, COUNTED = "total", "status", "chosen", "counted"
# what is said on every row of a scheme of which nothing is certain
_ONCE: dict[str, tuple[Callable[[Combined], Any], pa.DataType]] = {
    TOTAL: (lambda one: one.total, FEN),
    STATUS: (lambda one: CODE[one.status], pa.uint8()),
    CHOSEN: (lambda one: ";".join(one.chosen) or None, pa.string()),
    COUNTED: (lambda one: 0, pa.int64()),
}


class Figures:
    """The figures of some schemes, as queries over the columns of an engine. ``slots`` are all their benefits.

    ``of`` gives them by name: ``total ID`` (fen), ``status ID`` (a ``CODE``), ``chosen ID`` (ids of benefits joined by ``;``) by scheme,
    and ``counted N`` (fen) by number of the benefit.
    """

    def __init__(self, catalog: Store, schemes: Sequence[model.Scheme], slots: Sequence[Slot]) -> None:
        self.catalog = catalog
        self.schemes = schemes
        self.feeds = Feeds("results")
        self.inside = {scheme.id: own for scheme, own in by_scheme(slots)}
        self.sql: dict[str, dict[str, dict[str, str]]] = {}  # by scheme, by part, by name
        for scheme in schemes:
            own = self.inside.get(scheme.id, [])
            total, status, chosen = total_columns(scheme, own)
            counted = counted_columns(scheme, own)
            self.sql[scheme.id] = {
                TOTAL: {f"{TOTAL} {scheme.id}": total},
                STATUS: {f"{STATUS} {scheme.id}": status},
                CHOSEN: {f"{CHOSEN} {scheme.id}": chosen},
                COUNTED: {f"{COUNTED} {slot.number}": f"CAST({counted[slot.number]} AS BIGINT)" for slot in own},
            }

    def asked(self, parts: Sequence[str]) -> Asked:
        """What an engine can tell together with the benefits: nothing where a figure of a group cap has to be known first."""
        fixed = [s for s in self.schemes if all(cap.limit is not None for cap in s.group_caps)]
        return {s.id: {name: sql for part in parts for name, sql in self.sql[s.id][part].items()} for s in fixed}

    def of(self, chunk: pa.Table, results: Results, parts: Sequence[str], beyond: Mapping[str, pa.Array] | None = None) -> dict[str, pa.Array]:
        """The figures of all rows, in their order; ``beyond`` is what group caps over rows take off totals (fen), by scheme.

        What comes to the same on every row (``results.same``), and what the engine told (``results.figures``), is not computed again.
        """
        for scheme in self.schemes:
            if scheme.id not in results.same:
                results.columns.update(cap_columns(self.catalog, scheme, chunk))
        known = {s.id: {name for part in parts for name in self.sql[s.id][part]} <= results.figures.keys() for s in self.schemes}
        found = self._query([s for s in self.schemes if s.id not in results.same and not known[s.id]], chunk, results, parts, beyond or {})
        for scheme in self.schemes:
            if known[scheme.id]:
                found.update({name: whole(results.figures[name]) for part in parts for name in self.sql[scheme.id][part]})
        for scheme in self.schemes if CHOSEN in parts else ():
            name = f"{CHOSEN} {scheme.id}"
            if name in found:
                found[name] = chosen_apart(self.catalog, scheme, self.inside.get(scheme.id, []), chunk, results.columns, found[name])
        for id, combined in results.same.items():
            for part in parts:
                value, type_ = _ONCE[part]
                found.update({name: pa.repeat(pa.scalar(value(combined), type_), chunk.num_rows) for name in self.sql[id][part]})
        return found

    def _query(
        self, schemes: Sequence[model.Scheme], chunk: pa.Table, results: Results, parts: Sequence[str], beyond: Mapping[str, pa.Array]
    ) -> dict[str, pa.Array]:
        outputs: dict[str, str] = {}
        columns: dict[str, Any] = dict(results.columns)
        for scheme in schemes:
            for part in parts:
                outputs.update(self.sql[scheme.id][part])
            if scheme.id in beyond and TOTAL in parts:
                columns[f"beyond {scheme.id}"] = beyond[scheme.id]
                name = f"{TOTAL} {scheme.id}"
                outputs[name] = f'{outputs[name]} - "beyond {scheme.id}"'
        if not outputs:
            return {}
        names = list(outputs)
        said = ", ".join(f"{sql} AS c{place}" for place, sql in enumerate(outputs.values()))
        with self.feeds.over(pa.table({**columns, "_row": chunk["_row"]})) as feed:
            table = feed.run(said, lambda name: f"SELECT {said}, {AT} FROM {name}")
        return {name: table[f"c{place}"].combine_chunks() for place, name in enumerate(names)}
