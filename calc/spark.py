"""Batch past one machine: the kernel of ``calc.batch`` over the Arrow batches of a Spark table (extra ``spark``).

Each task reads, types and computes its own rows as a run on one machine does, with the same figures. What needs all rows
together is put together from the tasks' parts: the claims of a budget (then each task computes its rows again, with what is paid),
the sums of a reform. Limits of an enterprise over rows, and record lists in files of their own, are left to ``Catalog.batch``;
record lists stand in nested columns.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.budget import Budget, Claim, allocate, claims_of, paid_schema, ranked, read_budget, require_schemes, with_paid
from calc.batch.engine import Columns
from calc.batch.header import project_column
from calc.batch.ordered import counting
from calc.batch.output import require_apart
from calc.batch.reading import Reading, fractional_in
from calc.batch.reform import merged
from calc.batch.result import Shape, require_wide, without
from calc.batch.sources.block import Block
from calc.batch.stage import Types
from calc.catalog import Catalog, load_catalog
from calc.errors import InputError
from calc.facts import today
from calc.messages import language, listed, text, use

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS = 100_000  # rows a task computes together
REJECTS = pa.schema([("project", pa.string()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())])
CLAIMS = pa.schema([("row", pa.int64()), ("scheme", pa.int32()), ("amount", pa.int64()), ("rank", pa.string())])
MARK = "__reject_"
ANSWER = "__answer"


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
    budget: Budget | None = None

    def load(self) -> Catalog:
        """The catalogue."""
        use(self.language)
        return load_catalog(self.catalog, self.lpr)

    def reading(self, catalog: Catalog) -> Reading:
        """What reads the columns of the table. Raises ``InputError`` for those that mean nothing."""
        chosen = [catalog.scheme(id) for id in self.schemes]
        rank = self.budget.rank if self.budget is not None else None
        keep = self.shape == "wide" or rank is not None
        reading = Reading(
            catalog, chosen, id_column=self.id_column, ignore_unknown=self.ignore_unknown, keep=keep, asked=[rank] if rank is not None else []
        )
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
    budget: Any = None,
    per: Mapping[str, Any] | None = None,
    cut: str | None = None,
    rank: str | None = None,
    last: str | None = None,
    catalog: Path | str | None = None,
    lpr: Path | str | None = None,
) -> tuple[DataFrame, DataFrame]:
    """A Spark table of projects against ``schemes`` (all, if none is named): the result and the rejects, both lazy.

    Columns are facts by id, label or alias, as in ``Catalog.batch``; ``id_column`` names the project. The rejects have
    ``project``, ``column``, ``value`` and ``reason``. Where both are used, cache ``frame`` or write the result first. Every
    worker needs this package, and ``catalog`` and ``lpr`` at the same paths. With a ``budget`` (and ``per``, ``cut``, ``rank``, ``last`` as
    in ``Catalog.batch``) the claims are computed first and shared out here, rows of equal right in the order of ``frame``, which must
    then give its rows in the same partitions each time. Raises ``InputError``.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    require_wide(shape, benefits=benefits, plan=plan)
    loaded = load_catalog(catalog, lpr)
    ids = tuple(loaded.find_all(schemes)) or tuple(loaded.in_force_ids(today()))
    schema = to_arrow_schema(frame.schema)
    money = read_budget(loaded, budget, per or {}, cut, rank, last)
    job = Job(ids, shape, benefits, plan, id_column, ignore_unknown, _path(catalog), _path(lpr), language(), schema, money)
    reading = job.reading(loaded)
    if reading.id_name is None:
        raise InputError("id_column", "", text("batch.column.accepted", columns=listed(schema.names)), message="batch.spark.id")
    shaped = job.shaped(loaded, reading)
    result = shaped.schema
    paid: dict[tuple[int, int], int] | None = None
    if money is not None:
        require_schemes(money, ids)
        if money.rank is not None:
            reading.name_of(money.rank, "--rank")
        result = paid_schema(result, shaped)
        paid = _paid(frame.mapInArrow(task(job, CLAIMS, claims=True), from_arrow_schema(CLAIMS)).toArrow(), money, ids)
    require_apart(result)
    both = pa.schema([*result, *(field.with_name(MARK + field.name) for field in REJECTS)])
    computed = frame.mapInArrow(task(job, both, paid), from_arrow_schema(both))
    reason = MARK + "reason"
    quoted = ["`" + name.replace("`", "``") + "`" for name in result.names]
    good = computed.where(f"{reason} IS NULL").selectExpr(*quoted)
    return good, computed.where(f"{reason} IS NOT NULL").selectExpr(*(f"{MARK}{name} AS {name}" for name in REJECTS.names))


@dataclass(frozen=True, slots=True)
class ReformJob:
    """What every task of a reform needs to know."""

    against: tuple[str, ...]
    changes: tuple[str, ...]
    by: str | None
    size: str | None
    id_column: str | None
    ignore_unknown: bool
    as_of: dt.date
    catalog: str | None
    lpr: str | None
    language: str
    schema: pa.Schema

    def run(self, batches: Iterable[pa.RecordBatch]) -> tuple[dict[str, Any], pa.Table, pa.Table]:
        """The answer for some rows, what each of them comes to, and the rejects."""
        import pyarrow.parquet as pq

        use(self.language)
        with tempfile.TemporaryDirectory(prefix="subsidy-spark-") as name:
            source, rows, rejects = (Path(name) / f"{part}.parquet" for part in ("source", "rows", "rejects"))
            with pq.ParquetWriter(source, self.schema) as file:
                for one in batches:
                    file.write_table(pa.Table.from_batches([one]).cast(self.schema))
            answer = load_catalog(self.catalog, self.lpr).reform(
                source, self.against, changes=self.changes, by=self.by, size=self.size, rows=rows, rejects=rejects, id_column=self.id_column,
                ignore_unknown=self.ignore_unknown, engine="columns", as_of=self.as_of,
            )  # fmt: skip
            return answer, pq.read_table(rows), pq.read_table(rejects).select(REJECTS.names)


def reform(
    frame: DataFrame,
    against: Sequence[Path | str] = (),
    *,
    changes: Sequence[str] = (),
    by: str | None = None,
    size: str | None = None,
    id_column: str | None = None,
    ignore_unknown: bool = False,
    as_of: dt.date | None = None,
    catalog: Path | str | None = None,
    lpr: Path | str | None = None,
) -> tuple[dict[str, Any], DataFrame, DataFrame]:
    """A Spark table of projects under today's schemes and under changed ones: the answer of ``Catalog.reform``, what each project comes
    to, and the rejects, the last two lazy. Every worker needs the files of ``against`` at the same paths. Raises as ``Catalog.reform``.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    schema = to_arrow_schema(frame.schema)
    if project_column(schema.names, id_column) is None:
        raise InputError("id_column", "", text("batch.column.accepted", columns=listed(schema.names)), message="batch.spark.id")
    places = tuple(str(Path(place).resolve()) for place in against)
    job = ReformJob(
        places, tuple(changes), by, size, id_column, ignore_unknown, as_of or today(), _path(catalog), _path(lpr), language(), schema
    )
    nothing, rows, _ = job.run([])
    both = pa.schema([*rows.schema, *(field.with_name(MARK + field.name) for field in REJECTS), pa.field(ANSWER, pa.string())])

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        answer, found, rejected = job.run(batches)
        told = pa.table({ANSWER: [json.dumps(answer)]})
        for table in (found, rejected.rename_columns([MARK + name for name in REJECTS.names]), told):
            yield from padded(table, both).to_batches()

    computed = frame.mapInArrow(run, from_arrow_schema(both))
    answers = computed.where(f"{ANSWER} IS NOT NULL").select(ANSWER).toArrow()[ANSWER].to_pylist()
    left = computed.where(f"{ANSWER} IS NULL")
    quoted = ["`" + name.replace("`", "``") + "`" for name in rows.column_names]
    refused = left.where(f"{MARK}reason IS NOT NULL").selectExpr(*(f"{MARK}{name} AS {name}" for name in REJECTS.names))
    return merged([nothing, *map(json.loads, answers)]), left.where(f"{MARK}reason IS NULL").selectExpr(*quoted), refused


def _path(path: Path | str | None) -> str | None:
    return None if path is None else str(Path(path).resolve())


def _paid(table: pa.Table, budget: Budget, schemes: Sequence[str]) -> dict[tuple[int, int], int]:
    """What each claim of all tasks is paid, by row and place of the scheme."""
    found = sorted(zip(*(table[name].to_pylist() for name in CLAIMS.names), strict=True), key=lambda one: one[:2])
    claims = [Claim(row, scheme, amount) for row, scheme, amount, _ in found]
    order = ranked(claims, [rank for *_, rank in found], budget) if budget.cut == "rank" else ()
    amounts = allocate(claims, budget, schemes, order)
    return {(claim.row, claim.scheme): amount for claim, amount in zip(claims, amounts, strict=True)}


def task(
    job: Job, schema: pa.Schema, paid: Mapping[tuple[int, int], int] | None = None, claims: bool = False
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What one Spark task does with its batches; ``schema`` is that of results and rejects together, or of ``claims`` alone. ``paid`` is
    what is paid of each claim, where there is a budget."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        catalog = job.load()
        reading = job.reading(catalog)
        shape = job.shaped(catalog, reading)
        engine = Columns(catalog, shape.slots, shape.long)
        types = Types()
        first = _first_row()
        for table in together(batches):
            result, rejected, kept = compute(table, reading, shape, engine, types)
            rows = [first + row for row in kept["_row"].to_pylist()] if kept is not None else []
            first += table.num_rows
            if claims:
                found = claims_of(result, shape)
                ranks = _ranks(job, reading, kept) if kept is not None else []
                yield from pa.table(
                    [[rows[c.row] for c in found], [c.scheme for c in found], [c.amount for c in found], [ranks[c.row] for c in found]], schema=CLAIMS
                ).to_batches()
                continue
            if paid is not None and rows:
                result = with_paid(result, shape, {(c.row, c.scheme): paid[rows[c.row], c.scheme] for c in claims_of(result, shape)})
            yield from padded(result, schema).to_batches()
            yield from padded(rejected, schema).to_batches()

    return run


def _first_row() -> int:
    """The number before those of a task's rows: they are in the order of partitions, then of rows."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return (context.partitionId() if context is not None else 0) << 40


def _ranks(job: Job, reading: Reading, kept: pa.Table) -> list[str | None]:
    """What ranks the rows of a result, as texts."""
    if job.budget is None or job.budget.rank is None:
        return [None] * kept.num_rows
    name = reading.name_of(job.budget.rank)
    fact = reading.columns[name].fact
    return [None if one is None else str(one) for one in kept[fact or f"in {name}"].to_pylist()]


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


def compute(table: pa.Table, reading: Reading, shape: Shape, engine: Columns, types: Types) -> tuple[pa.Table, pa.Table, pa.Table | None]:
    """The result and the rejects of some raw rows, and the typed rows of the result (``None`` where there are none)."""
    numbers = counting(table.num_rows, 1)
    columns = dict(zip(reading.columns, (column.combine_chunks() for column in table.columns), strict=True))
    rows, rejected = reading.typed(Block(columns, numbers, numbers))
    told: list[tuple[Any, ...]] = [(one.project, one.column, one.value, one.reason) for one in rejected]
    rows = types.add(rows)
    chunk = types.conform(rows)
    if not chunk.num_rows:
        return shape.schema.empty_table(), _rejects(told), None
    fractional = fractional_in(chunk)
    results = engine.run(chunk, fractional, shape.asked)
    told += [(chunk["_id"][one.place].as_py(), reading.named(one.path), one.value, one.reason) for one in results.refused]
    kept, _ = without(chunk, results, fractional)
    return shape.table(kept, results, {}), _rejects(told), kept


def _rejects(told: list[tuple[Any, ...]]) -> pa.Table:
    names = [MARK + name for name in REJECTS.names]
    return pa.table([pa.array([row[n] for row in told], pa.string()) for n in range(len(names))], names=names)


def padded(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table in a wider schema."""
    columns = [table[field.name] if field.name in table.column_names else pa.nulls(table.num_rows, field.type) for field in schema]
    return pa.table(columns, schema=schema)
