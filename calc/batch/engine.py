"""What computes the benefits of a chunk of typed rows. Two engines give the same columns: the explainer, row by row, and
the column engine, as queries, which hands single rows or whole benefits to the explainer where it cannot be exact.

The result has, for benefit number ``k``, the columns ``s{k}`` (the ``CODE`` of the status) and ``a{k}`` (amount in fen), and where details are
asked for ``b{k}`` (binding, ``scope:limit``), ``m{k}``, ``u{k}``, ``w{k}`` (missing, assumed, warnings, joined by ``;``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from calc import stopping
from calc.batch.feed import Feed, Lanes
from calc.batch.ordered import AT, only
from calc.batch.values import plain_value, reason
from calc.engines.columns import BenefitColumns, ColumnType, compile_scheme, select
from calc.engines.statuses import CODE, ORDER
from calc.errors import InputError, shown
from calc.estimate.benefit import Combined, CompiledBenefit, Outcome, evaluate
from calc.language.render import warnings_of
from calc.messages import text
from calc.units import fen, fen_text

if TYPE_CHECKING:
    from calc.batch.values import Fractional
    from calc.facts import FactDef
    from calc.language import model
    from calc.store.store import Store

DETAILS = "bmuw"
LARGEST = 10**18  # fen: no amount of a table is as large
GROUP = 12  # schemes computed by one query


Asked = Mapping[str, Mapping[str, str]]  # by scheme, SQL by name over the columns of all its benefits
NOTHING: Asked = {}


class Slot(NamedTuple):
    """One benefit of one of the chosen schemes, with its number among all."""

    number: int
    scheme: model.Scheme
    benefit: model.Benefit


class Refused(NamedTuple):
    """A row of a chunk whose facts contradict one another: its place, the fact, its value, why."""

    place: int
    path: str
    value: str
    reason: str


@dataclass(slots=True)
class Results:
    """The columns of a chunk, the rows that cannot be computed, and what the schemes come to of whose facts no row gives any:
    the same on every row, nothing of it certain. ``figures``: what was asked for over the columns, where the queries gave it."""

    columns: dict[str, pa.Array]
    refused: list[Refused] = field(default_factory=list)
    same: Mapping[str, Combined] = field(default_factory=dict)
    figures: dict[str, pa.Array] = field(default_factory=dict)


def slots(schemes: Iterable[model.Scheme]) -> list[Slot]:
    """All benefits of some schemes, numbered."""
    found: list[Slot] = []
    for scheme in schemes:
        for benefit in scheme.benefits:
            found.append(Slot(len(found), scheme, benefit))
    return found


def rows_of(
    chunk: pa.Table, catalog: Store, places: Sequence[int] | None, fractional: dict[int, list[Fractional]], wanted: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """The facts (those ``wanted``, if told) of some rows of a chunk (all, if not told which) as plain values by id."""
    kept = None if wanted is None else set(wanted)
    names = [name for name in chunk.column_names if name in catalog.facts and (kept is None or name in kept)]
    taken = chunk.select(names)
    if places is not None:
        taken = taken.combine_chunks().take(pa.array(places, pa.int64()))
    columns = {name: taken.column(name).to_pylist() for name in names}
    found = []
    for place in range(chunk.num_rows if places is None else len(places)):  # a table without columns has no rows
        facts = {name: plain_value(catalog.facts[name], values[place]) for name, values in columns.items() if values[place] is not None}
        for one in fractional.get(places[place] if places is not None else place, ()):
            if kept is None or one.path.partition("[")[0] in kept:
                put_fraction(facts, one)
        found.append(facts)
    return found


def put_fraction(facts: dict[str, Any], one: Fractional) -> None:
    """Puts a number that no column holds where it belongs: ``years``, ``loans[2].years``."""
    into: dict[str, Any] = facts
    *lists, last = one.path.split(".")
    for step in lists:
        name, _, number = step.rstrip("]").partition("[")
        into = into[name][int(number) - 1]
    into[last] = one.value


class Cell(NamedTuple):
    """One benefit on one row."""

    status: str
    amount: int | None
    binding: str | None
    missing: str | None
    assumed: str | None
    warnings: str | None


def cell(benefit: model.Benefit, outcome: Outcome) -> Cell:
    """What the explainer found, as it stands in a table."""
    bound = outcome.binding
    warnings = dict(outcome.env.warnings)
    if outcome.status != "ineligible":
        warnings.update(dict.fromkeys(warnings_of(benefit)))
    return Cell(
        outcome.status,
        outcome.amount,
        f"{bound[0]}:{fen_text(fen(bound[1]))}" if bound else None,
        ";".join(outcome.missing) or None,
        ";".join(outcome.assumed) or None,
        ";".join(warnings) or None,
    )


EMPTY = Cell("ineligible", None, None, None, None, None)  # where a row is refused


class Explainer:
    """Benefits computed row by row."""

    def __init__(self, catalog: Store, slots: Sequence[Slot], details: bool) -> None:
        self.catalog = catalog
        self.slots = slots
        self.details = details
        self.compiled: dict[int, CompiledBenefit] = {}
        for scheme in dict.fromkeys(slot.scheme.id for slot in slots):
            inside = [slot for slot in slots if slot.scheme.id == scheme]
            self.compiled.update({s.number: c for s, c in zip(inside, catalog.compiled(scheme), strict=True)})
        self.evaluations: Counter[int] = Counter()

    @property
    def explainer(self) -> Explainer:
        """What evaluates single rows: itself."""
        return self

    def run(self, chunk: pa.Table, fractional: dict[int, list[Fractional]], asked: Asked = NOTHING) -> Results:
        """All benefits of all rows; nothing of what is ``asked`` for over them."""
        rows = rows_of(chunk, self.catalog, None, fractional)
        cells: list[list[Cell]] = [[] for _ in self.slots]
        refused: list[Refused] = []
        for place, facts in enumerate(rows):
            wrong: InputError | None = None
            for slot in self.slots:
                found = EMPTY
                if wrong is None:
                    try:
                        found = self.one(slot, facts)
                    except InputError as bad:
                        wrong = bad
                        refused.append(refusal(place, bad))
                cells[slot.number].append(found)
        return Results({name: column for slot in self.slots for name, column in explained(slot.number, cells[slot.number], self.details)}, refused)

    def one(self, slot: Slot, facts: dict[str, Any]) -> Cell:
        """One benefit on one row. Raises ``InputError`` where the facts contradict one another."""
        self.evaluations[slot.number] += 1
        outcome = evaluate(self.compiled[slot.number], facts, self.catalog.lpr)
        if outcome.amount is not None and outcome.amount >= LARGEST:
            raise InputError(slot.benefit.id, fen_text(outcome.amount), text("accepted.smaller"))
        return cell(slot.benefit, outcome)


def refusal(place: int, bad: InputError) -> Refused:
    """A row the explainer refused."""
    return Refused(place, bad.fact, shown(bad.value), reason(bad))


def explained(number: int, cells: Sequence[Cell], details: bool) -> list[tuple[str, pa.Array]]:
    """Cells of one benefit as columns."""
    found = [
        (f"s{number}", pa.array([CODE[c.status] for c in cells], pa.uint8())),
        (f"a{number}", pa.array([c.amount for c in cells], pa.int64())),
    ]
    if details:
        for place, letter in enumerate(DETAILS, 2):
            found.append((f"{letter}{number}", pa.array([c[place] for c in cells], pa.string())))
    return found


def whole(column: Any) -> pa.Array:
    """A column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def statuses(codes: pa.Array) -> pa.Array:
    """Statuses by name."""
    return pa.DictionaryArray.from_arrays(codes, pa.array(ORDER, pa.string())).cast(pa.string())


def repeated(number: int, one: Cell, rows: int, details: bool) -> dict[str, pa.Array]:
    """One cell as the columns of a benefit in all ``rows``."""
    return {name: pa.repeat(column[0], rows) for name, column in explained(number, [one], details)}


class Columns:
    """Benefits computed as queries; what a query cannot do exactly, by the explainer."""

    def __init__(self, catalog: Store, slots: Sequence[Slot], details: bool) -> None:
        self.catalog = catalog
        self.slots = slots
        self.details = details
        self.explainer = Explainer(catalog, slots, details)
        self.lanes = Lanes("chunk")
        self.used = {slot.scheme.id: {path.partition(".")[0] for path in slot.scheme.facts} for slot in slots}
        self.asked = frozenset[str]().union(*self.used.values())
        self.blanks: dict[str, tuple[Combined, list[Cell]]] = {}
        self.made: dict[int, BenefitColumns] = {}
        self.types: pa.Schema | None = None
        self.unsaid: frozenset[str] | None = None
        self.reasons: dict[int, str] = {}

    @property
    def evaluations(self) -> Counter[int]:
        """How often the explainer computed each benefit."""
        return self.explainer.evaluations

    def compile(self, schema: pa.Schema, slots: Sequence[Slot]) -> None:
        """Makes the queries of some benefits for chunks of a schema, where they are not made yet."""
        unsaid = self.unsaid or frozenset()
        facts = self.catalog.facts
        columns = {one.name: column_type(facts[one.name], one.type, unsaid) for one in schema if one.name in facts and one.name not in unsaid}
        for scheme, inside in by_scheme(slots):
            if inside[0].number in self.made:
                continue
            made = compile_scheme(scheme, self.catalog.facts, self.catalog.lpr, {n: c for n, c in columns.items() if n in self.used[scheme.id]})
            self.made.update({slot.number: one for slot, one in zip(inside, made, strict=True)})
        own = {slot.number: self.made[slot.number].fallback for slot in slots}  # not all: others are being made beside these
        self.reasons.update({number: why for number, why in own.items() if why is not None})

    def meet(self, facts: pa.Table) -> None:
        """Forgets the queries that do not fit a chunk: those of other types, and those of columns and fields that no row gave before."""
        if self.types is None or not facts.schema.equals(self.types):
            self.types, self.made, self.unsaid = facts.schema, {}, None
        unsaid = unsaid_in(facts) if self.unsaid is None else self.unsaid & unsaid_in(facts, self.unsaid)
        said = {path.partition(".")[0] for path in (self.unsaid or frozenset()) - unsaid}
        self.unsaid = unsaid
        if said:
            self.made = {slot.number: self.made[slot.number] for slot in self.slots if slot.number in self.made and not said & self.used[slot.scheme.id]}

    def blank(self, scheme: model.Scheme, slots: Sequence[Slot]) -> tuple[Combined, list[Cell]]:
        """A scheme on a row that gives none of its facts."""
        if scheme.id not in self.blanks:
            outcomes = [evaluate(self.explainer.compiled[slot.number], {}, self.catalog.lpr) for slot in slots]
            cells = [cell(slot.benefit, outcome) for slot, outcome in zip(slots, outcomes, strict=True)]
            self.blanks[scheme.id] = Combined(scheme, outcomes), cells
        return self.blanks[scheme.id]

    def run(self, chunk: pa.Table, fractional: dict[int, list[Fractional]], asked: Asked = NOTHING) -> Results:
        """All benefits of all rows. A scheme of whose facts the chunk gives none says the same of every row, once.

        What is ``asked`` for over a scheme's columns is told too where no row of it is the explainer's.
        """
        odd = {place: {one.path.partition("[")[0] for one in found} for place, found in fractional.items()}
        given = {name for name in chunk.column_names if chunk[name].null_count < chunk.num_rows}.union(*odd.values())
        columns: dict[str, pa.Array] = {}
        same: dict[str, Combined] = {}
        live: list[Slot] = []
        for scheme, inside in by_scheme(self.slots):
            if self.used[scheme.id] & given or any(one.status == "eligible" for one in self.blank(scheme, inside)[1]):
                live += inside
                continue
            same[scheme.id], cells = self.blank(scheme, inside)
            for slot, one in zip(inside, cells, strict=True):
                columns.update(repeated(slot.number, one, chunk.num_rows, self.details))
        facts = chunk.select([name for name in chunk.column_names if name in self.asked])
        self.meet(facts)

        def found_by(feed: Feed, group: Sequence[Slot]) -> dict[str, pa.ChunkedArray]:
            self.compile(facts.schema, group)
            return self.query(feed, [slot for slot in group if slot.number not in self.reasons], asked)

        wrong: dict[int, pa.Array | None] = {}
        schemes = [inside for _, inside in by_scheme(live)]
        groups = [list(chain.from_iterable(schemes[first : first + GROUP])) for first in range(0, len(schemes), GROUP)]
        for found in self.lanes.each(facts, groups, found_by):
            columns.update(found)
        for slot in self.slots:
            flagged = columns.pop(f"e{slot.number}", None)
            used = {path.partition(".")[0] for path in slot.benefit.facts}
            places = sorted({*(pc.indices_nonzero(flagged).to_pylist() if flagged is not None else ()), *(p for p, facts in odd.items() if facts & used)})
            wrong[slot.number] = None if f"s{slot.number}" not in columns else pa.array(places, pa.int64())
        figures = {name: columns.pop(name) for own in asked.values() for name in own if name in columns}
        for scheme, inside in by_scheme(live):
            if any(places is None or len(places) for places in (wrong[slot.number] for slot in inside)):
                for name in asked.get(scheme.id, ()):
                    figures.pop(name, None)
        refused = self.explain(chunk, fractional, columns, wrong)
        return Results(columns, refused, same, figures)

    def query(self, feed: Feed, slots: Sequence[Slot], asked: Asked) -> dict[str, pa.ChunkedArray]:
        """The columns of some benefits on all rows of the chunk, in its order. Where a query fails, its parts are tried alone;
        what fails alone is left out."""
        if not slots:
            return {}
        try:
            used = frozenset[str]().union(*(self.used[slot.scheme.id] for slot in slots))
            unsaid = frozenset(path for path in self.unsaid or () if path.partition(".")[0] in used)
            return feed.run((tuple(slot.number for slot in slots), bool(asked), unsaid), lambda table: self.sql(table, slots, asked))
        except duckdb.InterruptException:
            raise
        except duckdb.Error as bad:
            stopping.check(bad)
            if len(slots) > 1:
                half = len(slots) // 2
                return {**self.query(feed, slots[:half], NOTHING), **self.query(feed, slots[half:], NOTHING)}
            said = str(bad).partition("\n")[0]
            self.reasons[slots[0].number] = text("batch.engine.failed") if isinstance(bad, duckdb.DataError) else text("batch.engine.refused", error=said)
            return {}

    def sql(self, table: str, slots: Sequence[Slot], asked: Asked) -> str:
        """The query for the columns of some benefits over a table of facts, and for what is asked of those whose scheme is whole."""
        outputs: dict[str, str] = {}
        lets = {}
        for slot in slots:
            made = self.made[slot.number]
            lets.update(made.lets)
            outputs[f"s{slot.number}"], outputs[f"a{slot.number}"] = made.status, f"CAST({made.amount} AS BIGINT)"
            error = f"{made.error} OR {made.unsure}" if self.details else made.error
            if error not in ("FALSE", "FALSE OR FALSE"):
                outputs[f"e{slot.number}"] = error
            if self.details:
                texts = (made.binding, made.missing, made.assumed, made.warnings)
                outputs.update({f"{letter}{slot.number}": sql for letter, sql in zip(DETAILS, texts, strict=True)})
        query = select(table, outputs, lets, AT)
        complete = [scheme for scheme, inside in by_scheme(slots) if len(inside) == len(scheme.benefits)]
        told = [f'{sql} AS "{name}"' for scheme in complete for name, sql in asked.get(scheme.id, {}).items()]
        return f"SELECT *, {', '.join(told)} FROM ({query})" if told else query

    def explain(
        self, chunk: pa.Table, fractional: dict[int, list[Fractional]], columns: dict[str, pa.Array], wrong: dict[int, pa.Array | None]
    ) -> list[Refused]:
        """Puts the explainer's results in ``columns``: for whole benefits (``None``), or for the rows that ``wrong`` has."""
        refused: dict[int, Refused] = {}
        for slot in self.slots:
            where = wrong[slot.number]
            if where is not None and not len(where):
                continue
            places = [place for place in (range(chunk.num_rows) if where is None else where.to_pylist()) if place not in refused]
            wanted = {path.partition(".")[0] for path in slot.benefit.facts}
            cells = []
            for place, facts in zip(places, rows_of(chunk, self.catalog, places, fractional, wanted), strict=True):
                try:
                    cells.append(self.explainer.one(slot, facts))
                except InputError as bad:
                    refused.setdefault(place, refusal(place, bad))
                    cells.append(EMPTY)
            mask = only(chunk.num_rows, places)
            for name, column in explained(slot.number, cells, self.details):
                before = columns[name].combine_chunks() if name in columns else pa.nulls(chunk.num_rows, column.type)
                columns[name] = pc.replace_with_mask(before, mask, column)
        return list(refused.values())


def by_scheme(slots: Sequence[Slot]) -> list[tuple[model.Scheme, list[Slot]]]:
    """Benefits by their schemes."""
    found: dict[str, tuple[model.Scheme, list[Slot]]] = {}
    for slot in slots:
        found.setdefault(slot.scheme.id, (slot.scheme, []))[1].append(slot)
    return list(found.values())


def unsaid_in(facts: pa.Table, among: Iterable[str] | None = None) -> frozenset[str]:
    """The columns, and the fields of records, that no row of a table gives (of those ``among``, if told): ``rent``, ``loans.basis``."""
    wanted = None if among is None else {path.partition(".")[0] for path in among}
    found: set[str] = set()
    for name, column in zip(facts.column_names, facts.columns, strict=True):
        if wanted is not None and name not in wanted:
            continue
        if column.null_count == len(column):
            found.add(name)
        elif pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type):
            records = [chunk.values for chunk in column.chunks]
            found.update(
                f"{name}.{field.name}" for place, field in enumerate(column.type.value_type) if all(r.field(place).null_count == len(r) for r in records)
            )
    return frozenset(found)


def column_type(definition: FactDef, type_: pa.DataType, unsaid: Collection[str] = ()) -> ColumnType:
    """The type of a typed column, for the column engine, without the fields that no record gives."""
    if definition.type == "list":
        given = [field for field in type_.value_type if f"{definition.id}.{field.name}" not in unsaid]
        fields = {field.name: column_type(definition.fields[field.name], field.type) for field in given}
        inside = ", ".join(f'"{name}" {field.sql}' for name, field in fields.items())
        return ColumnType("list", f"STRUCT({inside})[]", fields=fields)
    if pa.types.is_decimal(type_):
        return ColumnType(definition.type, f"DECIMAL({type_.precision},{type_.scale})", type_.precision, type_.scale)
    return ColumnType(definition.type, {"bool": "BOOLEAN", "date": "DATE", "set": "VARCHAR[]"}.get(definition.type, "VARCHAR"))
