"""The result of a chunk: long (a row a benefit) or wide (a row a project), and what it comes to."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.engine import Results, by_scheme, slots
from calc.batch.output import quoted
from calc.batch.totals import total_columns

if TYPE_CHECKING:
    from calc.batch.values import Fractional
    from calc.language import core

SHAPES = ("long", "wide")
LONG = ("project", "scheme", "benefit", "status", "amount", "binding", "missing", "assumed", "warnings")
AMOUNT = pa.decimal128(20, 2)


class Shape:
    """How results are laid out, and the sums over all of them: totals in fen and eligible rows, by scheme."""

    def __init__(self, schemes: Sequence[core.Scheme], shape: str, benefits: bool, inputs: Mapping[str, pa.DataType]) -> None:
        self.schemes = schemes
        self.slots = slots(schemes)
        self.long = shape == "long"
        self.benefits = benefits
        self.inputs = inputs
        self.con = duckdb.connect()
        self.totals = {scheme.id: total_columns(scheme, inside) for scheme, inside in by_scheme(self.slots)}
        self.totals.update({s.id: total_columns(s, []) for s in schemes if s.id not in self.totals})
        self.sums: Counter[str] = Counter()
        self.eligible: Counter[str] = Counter()

    @property
    def schema(self) -> pa.Schema:
        """The columns of the result."""
        if self.long:
            return pa.schema([(name, AMOUNT if name == "amount" else pa.string()) for name in LONG])
        fields = list(self.inputs.items())
        for scheme in self.schemes:
            fields += [(scheme.id, AMOUNT), (f"{scheme.id}.status", pa.string())]
            if self.benefits:
                fields.append((f"{scheme.id}.chosen", pa.string()))
                for benefit in scheme.benefits:
                    fields += [(f"{scheme.id}.{benefit.id}", AMOUNT), (f"{scheme.id}.{benefit.id}.status", pa.string())]
        return pa.schema(fields)

    def table(self, chunk: pa.Table, results: Results, beyond: Mapping[str, pa.Array]) -> pa.Table:
        """The rows of a chunk; ``beyond`` is what group caps over rows take off totals (fen), by scheme."""
        extra = {f"x {id}": column for id, column in beyond.items()}
        self.con.register("results", pa.table({**results.columns, **extra, "_row": chunk["_row"], "_id": chunk["_id"]}))
        totals = {}
        for scheme in self.schemes:
            total, status, chosen = self.totals[scheme.id]
            totals[scheme.id] = (f"({total}) - {quoted('x ' + scheme.id)}" if scheme.id in beyond else total, status, chosen)
        self._add_up(totals)
        table = self.con.sql(self._long() if self.long else self._wide(totals)).to_arrow_table()
        self.con.unregister("results")
        if self.long:
            return table.cast(self.schema)
        return pa.table([*(chunk["in " + name] for name in self.inputs), *table.columns], schema=self.schema)

    def _add_up(self, totals: Mapping[str, tuple[str, str, str]]) -> None:
        counted = [f"sum({total})::HUGEINT, count(*) FILTER (({status}) = 'eligible')" for total, status, _ in totals.values()]
        found = self.con.execute(f"SELECT {', '.join(counted)} FROM results").fetchall()[0]
        for place, id in enumerate(totals):
            self.sums[id] += int(found[2 * place] or 0)
            self.eligible[id] += int(found[2 * place + 1])

    def _long(self) -> str:
        entries = [
            f"{{'scheme': '{s.scheme.id}', 'benefit': '{s.benefit.id}', 'status': s{s.number}, 'amount': {_yuan(f'a{s.number}')}, "
            f"'binding': b{s.number}, 'missing': m{s.number}, 'assumed': u{s.number}, 'warnings': w{s.number}}}"
            for s in self.slots
        ]
        if not entries:
            return "SELECT NULL::VARCHAR AS " + ", NULL::VARCHAR AS ".join(LONG) + " LIMIT 0"
        return f"SELECT COALESCE(_id, _row::VARCHAR) AS project, unnest([{', '.join(entries)}], recursive := true) FROM results"

    def _wide(self, totals: Mapping[str, tuple[str, str, str]]) -> str:
        parts = []
        for scheme in self.schemes:
            total, status, chosen = totals[scheme.id]
            parts += [_yuan(total), status]
            if self.benefits:
                parts.append(chosen)
                for slot in self.slots:
                    if slot.scheme.id == scheme.id:
                        parts += [_yuan(f"a{slot.number}"), f"s{slot.number}"]
        return f"SELECT {', '.join(f'{part} AS c{n}' for n, part in enumerate(parts))} FROM results"


def without(
    chunk: pa.Table, results: Results, fractional: dict[int, list[Fractional]]
) -> tuple[pa.Table, dict[int, list[Fractional]]]:
    """A chunk (and its numbers that no column holds) without the rows that were refused; its results likewise."""
    if not results.refused:
        return chunk, fractional
    gone = sorted({one.place for one in results.refused})
    keep = pc.invert(pc.is_in(pa.array(range(chunk.num_rows), pa.int64()), pa.array(gone, pa.int64())))
    results.columns = {name: column.filter(keep) for name, column in results.columns.items()}
    left = {place - bisect(gone, place): found for place, found in fractional.items() if place not in gone}
    return chunk.filter(keep), left


def _yuan(column: str) -> str:
    """SQL of an amount in fen as yuan."""
    return f"CAST(CAST({column} AS DECIMAL(19, 0)) * 0.01::DECIMAL(3, 2) AS DECIMAL(20, 2))"
