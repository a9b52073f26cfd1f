"""What computes the benefits of a chunk of typed rows. Two engines give the same columns: the explainer, row by row, and
the column engine, as queries, which hands single rows or whole benefits to the explainer where it cannot be exact.

The result has, for benefit number ``k``, the columns ``s{k}`` (status) and ``a{k}`` (amount in fen), and where details are
asked for ``b{k}`` (binding, ``scope:limit``), ``m{k}``, ``u{k}``, ``w{k}`` (missing, assumed, warnings, joined by ``;``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from calc.batch.values import plain_value, reason
from calc.errors import InputError, shown
from calc.estimate import CompiledBenefit, Outcome, evaluate
from calc.units import fen, fen_text

if TYPE_CHECKING:
    from calc.batch.values import Fractional
    from calc.catalog import Catalog
    from calc.language import core

DETAILS = "bmuw"


class Slot(NamedTuple):
    """One benefit of one of the chosen schemes, with its number among all."""

    number: int
    scheme: core.Scheme
    benefit: core.Benefit


class Refused(NamedTuple):
    """A row of a chunk whose facts contradict one another: its place, the fact, its value, why."""

    place: int
    path: str
    value: str
    reason: str


@dataclass(slots=True)
class Results:
    """The columns of a chunk, and the rows that cannot be computed."""

    columns: dict[str, pa.Array]
    refused: list[Refused] = field(default_factory=list)


def slots(schemes: Iterable[core.Scheme]) -> list[Slot]:
    """All benefits of some schemes, numbered."""
    found: list[Slot] = []
    for scheme in schemes:
        for benefit in scheme.benefits:
            found.append(Slot(len(found), scheme, benefit))
    return found


def rows_of(chunk: pa.Table, catalog: Catalog, places: Sequence[int] | None, fractional: dict[int, list[Fractional]]) -> list[dict[str, Any]]:
    """The facts of some rows of a chunk as plain values by id."""
    names = [name for name in chunk.column_names if name in catalog.facts]
    taken = chunk.select(names)
    if places is not None:
        taken = taken.take(pa.array(places, pa.int64()))
    columns = {name: taken.column(name).to_pylist() for name in names}
    found = []
    for place in range(taken.num_rows):
        facts = {name: plain_value(catalog.facts[name], values[place]) for name, values in columns.items() if values[place] is not None}
        for one in fractional.get(places[place] if places is not None else place, ()):
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


def cell(benefit: core.Benefit, outcome: Outcome) -> Cell:
    """What the explainer found, as it stands in a table."""
    bound = outcome.binding
    warnings = dict(outcome.env.warnings)
    if benefit.warning and outcome.status != "ineligible":
        warnings[benefit.warning] = None
    return Cell(
        outcome.status,
        outcome.amount,
        f"{bound[0]}:{fen_text(fen(bound[1]))}" if bound else None,
        ";".join(outcome.missing) or None,
        ";".join(outcome.assumed) or None,
        ";".join(warnings) or None,
    )


class Explainer:
    """Benefits computed row by row."""

    def __init__(self, catalog: Catalog, slots: Sequence[Slot], details: bool) -> None:
        self.catalog = catalog
        self.slots = slots
        self.details = details
        self.compiled: dict[int, CompiledBenefit] = {}
        for scheme in dict.fromkeys(slot.scheme.id for slot in slots):
            inside = [slot for slot in slots if slot.scheme.id == scheme]
            self.compiled.update({s.number: c for s, c in zip(inside, catalog.compiled(scheme), strict=True)})
        self.evaluations: Counter[int] = Counter()

    def run(self, chunk: pa.Table, fractional: dict[int, list[Fractional]]) -> Results:
        """All benefits of all rows."""
        rows = rows_of(chunk, self.catalog, None, fractional)
        cells: list[list[Cell]] = [[] for _ in self.slots]
        refused: list[Refused] = []
        empty = Cell("ineligible", None, None, None, None, None)
        for place, facts in enumerate(rows):
            wrong: InputError | None = None
            for slot in self.slots:
                found = empty
                if wrong is None:
                    try:
                        found = self.one(slot, facts)
                    except InputError as bad:
                        wrong = bad
                        refused.append(refusal(place, bad))
                cells[slot.number].append(found)
        return Results({name: column for slot in self.slots for name, column in columns(slot.number, cells[slot.number], self.details)}, refused)

    def one(self, slot: Slot, facts: dict[str, Any]) -> Cell:
        """One benefit on one row. Raises ``InputError`` where the facts contradict one another."""
        self.evaluations[slot.number] += 1
        return cell(slot.benefit, evaluate(self.compiled[slot.number], facts, self.catalog.lpr))


def refusal(place: int, bad: InputError) -> Refused:
    """A row the explainer refused."""
    return Refused(place, bad.fact, shown(bad.value), reason(bad))


def columns(number: int, cells: Sequence[Cell], details: bool) -> list[tuple[str, pa.Array]]:
    """Cells of one benefit as columns."""
    found = [
        (f"s{number}", pa.array([c.status for c in cells], pa.string())),
        (f"a{number}", amounts([c.amount for c in cells])),
    ]
    if details:
        for place, letter in enumerate(DETAILS, 2):
            found.append((f"{letter}{number}", pa.array([c[place] for c in cells], pa.string())))
    return found


def amounts(values: Sequence[int | None]) -> pa.Array:
    """Amounts in fen as a column: 64 bits, or decimals where one is larger."""
    try:
        return pa.array(values, pa.int64())
    except (OverflowError, pa.ArrowInvalid):
        return pa.array(values, pa.decimal128(38, 0))
