"""Batch past one machine: the kernel of ``calc.batch`` over the Arrow batches of a Spark table (extra ``spark``).

Each task reads, types and computes its own rows as a run on one machine does, with the same figures. Limits of an
enterprise over rows, and record lists in files of their own, need all rows together and are left to ``Catalog.batch``; record
lists stand in nested columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.engine import Columns
from calc.batch.ordered import counting
from calc.batch.reading import Reading, fractional_in
from calc.batch.result import Shape, require_wide, without
from calc.batch.sources.block import Block
from calc.batch.stage import Types
from calc.catalog import Catalog, load_catalog
from calc.errors import InputError
from calc.facts import today
from calc.messages import language, text, use

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS = 100_000  # rows a task computes together
REJECTS = pa.schema([("project", pa.string()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())])
MARK = "__reject_"


@dataclass(frozen=True, slots=True)
class Job:
    """What every task needs to know."""

    schemes: tuple[str, ...]
    shape: str
    benefits: bool
    plan: bool
    id_column: str | None
    ignore_unknown: bool
    catalog: str | None
    lpr: str | None
    language: str
    schema: pa.Schema

    def load(self) -> Catalog:
        """The catalogue."""
        use(self.language)
        return load_catalog(self.catalog, self.lpr)

    def reading(self, catalog: Catalog) -> Reading:
        """What reads the columns of the table. Raises ``InputError`` for those that mean nothing."""
        chosen = [catalog.scheme(id) for id in self.schemes]
        reading = Reading(catalog, chosen, id_column=self.id_column, ignore_unknown=self.ignore_unknown, keep=self.shape == "wide")
        reading.match(self.schema.names, {field.name: field.type for field in self.schema})
        return reading

    def shaped(self, catalog: Catalog, reading: Reading) -> Shape:
        """How results are laid out."""
        chosen = [catalog.scheme(id) for id in self.schemes]
        return Shape(catalog, chosen, self.shape, self.benefits, self.plan, reading.inputs, reading.echoed)


def batch(
    frame: DataFrame,
    *,
    schemes: Sequence[str] = (),
    shape: str = "long",
    benefits: bool = False,
    plan: bool = False,
    id_column: str | None = None,
    ignore_unknown: bool = False,
    catalog: Path | str | None = None,
    lpr: Path | str | None = None,
) -> tuple[DataFrame, DataFrame]:
    """A Spark table of projects against ``schemes`` (all, if none is named): the result and the rejects, both lazy.

    Columns are facts by id, label or alias, as in ``Catalog.batch``; ``id_column`` names the project. The rejects have
    ``project``, ``column``, ``value`` and ``reason``. Where both are used, cache ``frame`` or write the result first. Every
    worker needs this package, and ``catalog`` and ``lpr`` at the same paths. Raises ``InputError``.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    require_wide(shape, benefits=benefits, plan=plan)
    loaded = load_catalog(catalog, lpr)
    ids = tuple(dict.fromkeys(loaded.find(name) for name in schemes)) or tuple(loaded.in_force_ids(today()))
    schema = to_arrow_schema(frame.schema)
    job = Job(ids, shape, benefits, plan, id_column, ignore_unknown, _path(catalog), _path(lpr), language(), schema)
    reading = job.reading(loaded)
    if reading.id_name is None:
        raise InputError("id_column", "", text("batch.column.accepted", columns="、".join(schema.names)), message="batch.spark.id")
    result = job.shaped(loaded, reading).schema
    both = pa.schema([*result, *(field.with_name(MARK + field.name) for field in REJECTS)])
    computed = frame.mapInArrow(task(job, both), from_arrow_schema(both))
    reason = MARK + "reason"
    quoted = ["`" + name.replace("`", "``") + "`" for name in result.names]
    good = computed.where(f"{reason} IS NULL").selectExpr(*quoted)
    return good, computed.where(f"{reason} IS NOT NULL").selectExpr(*(f"{MARK}{name} AS {name}" for name in REJECTS.names))


def _path(path: Path | str | None) -> str | None:
    return None if path is None else str(Path(path).resolve())


def task(job: Job, schema: pa.Schema) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What one Spark task does with its batches; ``schema`` is that of results and rejects together."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        catalog = job.load()
        reading = job.reading(catalog)
        shape = job.shaped(catalog, reading)
        engine = Columns(catalog, shape.slots, shape.long)
        types = Types()
        for table in together(batches):
            result, rejected = compute(table, reading, shape, engine, types)
            yield from padded(result, schema).to_batches()
            yield from padded(rejected, schema).to_batches()

    return run


def together(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches as tables of some size."""
    waiting: list[pa.RecordBatch] = []
    for one in batches:
        waiting.append(one)
        if sum(b.num_rows for b in waiting) >= ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def compute(table: pa.Table, reading: Reading, shape: Shape, engine: Columns, types: Types) -> tuple[pa.Table, pa.Table]:
    """The result and the rejects of some raw rows."""
    numbers = counting(table.num_rows, 1)
    columns = dict(zip(reading.columns, (column.combine_chunks() for column in table.columns), strict=True))
    rows, rejected = reading.typed(Block(columns, numbers, numbers))
    told: list[tuple[Any, ...]] = [(one.project, one.column, one.value, one.reason) for one in rejected]
    rows = types.add(rows)
    chunk = types.conform(rows)
    if not chunk.num_rows:
        return shape.schema.empty_table(), _rejects(told)
    fractional = fractional_in(chunk)
    results = engine.run(chunk, fractional)
    told += [(chunk["_id"][one.place].as_py(), reading.named(one.path), one.value, one.reason) for one in results.refused]
    kept, _ = without(chunk, results, fractional)
    return shape.table(kept, results, {}), _rejects(told)


def _rejects(told: list[tuple[Any, ...]]) -> pa.Table:
    names = [MARK + name for name in REJECTS.names]
    return pa.table([pa.array([row[n] for row in told], pa.string()) for n in range(len(names))], names=names)


def padded(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table in a wider schema."""
    columns = [table[field.name] if field.name in table.column_names else pa.nulls(table.num_rows, field.type) for field in schema]
    return pa.table(columns, schema=schema)
