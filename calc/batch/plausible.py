"""Columns in which figures stand that are hardly meant: told once a column, with the line of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import exact_decimal
from calc.batch.values import plain_value
from calc.estimate.plausible import HIGH, LATER, LOW, contradictions, dated, mixed, said_value, warning
from calc.facts import FactDef, Facts
from calc.messages import text
from calc.units import Number, simple

Where = Callable[[int, int, str], str]  # the place of a value in words, by the number of its row, its line and its path


@dataclass(slots=True)
class Odd:
    """What is odd in a column: how many values, the first of them and where it stands."""

    count: int
    row: int
    line: int
    path: str
    value: Number


def on_line(row: int, line: int, path: str) -> str:
    """A place by its line alone."""
    return text("batch.line", line=line)


class Plausible:
    """Looks through typed columns as they come, each by the name it has in its file."""

    def __init__(self) -> None:
        self.definitions: dict[str, FactDef] = {}
        self.odd: dict[tuple[str, str], Odd] = {}

    def look(self, name: str, definition: FactDef, values: pa.Array, lines: pa.Array, unit: str = "", rows: pa.Array | None = None) -> None:
        """Takes note of what is odd in some rows of a column; ``unit`` is what its header states, ``rows`` their numbers."""
        self.definitions[name] = definition
        rows = lines if rows is None else rows
        if definition.type == "list":
            self._records(name, definition, values, lines, rows)
            return
        self._look(name, definition, values, unit, lambda place: (rows[place].as_py(), lines[place].as_py(), definition.id))

    def _look(self, name: str, definition: FactDef, values: pa.Array, unit: str, at: Callable[[int], tuple[int, int, str]]) -> None:
        self.definitions[name] = definition
        if not pa.types.is_decimal(values.type) or not len(values) or values.null_count == len(values):
            return
        zero = pa.scalar(Decimal(0), values.type)
        if definition.usual_from is not None:
            self._note(name, "small", pc.and_(pc.greater(values, zero), _below(values, definition.usual_from)), values, at)
        if definition.usual_to is not None:
            self._note(name, "large", _above(values, definition.usual_to), values, at)
        if definition.type == "percent" and unit == "%":
            self._note(name, "low", pc.and_(pc.greater(values, zero), _below(values, Fraction(LOW))), values, at)
            self._note(name, "high", pc.invert(_below(values, Fraction(HIGH))), values, at)

    def _records(self, name: str, definition: FactDef, values: pa.Array, lines: pa.Array, rows: pa.Array) -> None:
        parents, records = pc.list_parent_indices(values), pc.list_flatten(values)

        def at(place: int, field: str) -> tuple[int, int, str]:
            owner = parents[place]
            number = place - pc.index(parents, owner).as_py() + 1
            return rows[owner.as_py()].as_py(), lines[owner.as_py()].as_py(), f"{definition.id}[{number}].{field}"

        for field, inner in definition.fields.items():
            if inner.usual_from is not None or inner.usual_to is not None:
                self._look(f"{name} · {inner.name}", inner, pc.struct_field(records, field), "", partial(at, field=field))

    def _note(self, name: str, kind: str, mask: pa.Array, values: pa.Array, at: Callable[[int], tuple[int, int, str]]) -> None:
        hits = pc.indices_nonzero(pc.fill_null(mask, False))
        if not len(hits):
            return
        known = self.odd.get((name, kind))
        if known is not None:
            known.count += len(hits)
            return
        place = hits[0].as_py()
        self.odd[name, kind] = Odd(len(hits), *at(place), simple(Fraction(values[place].as_py())))

    def told(self, where: Where = on_line) -> Iterator[str]:
        """One line a column and kind; ``where`` says a place."""
        for (name, kind), one in self.odd.items():
            definition = self.definitions[name]
            at = where(one.row, one.line, one.path)
            if kind in ("small", "large"):
                yield text("batch.note.odd", column=name, at=at, count=f"{one.count:,}", said=warning(definition, kind, one.value))
            elif kind == "low" and (name, "high") in self.odd:
                other = self.odd[name, "high"]
                high = where(other.row, other.line, other.path), said_value(definition, other.value)
                yield mixed(name, at, said_value(definition, one.value), *high)


def _below(values: pa.Array, bound: Number) -> pa.Array:
    return _compared("less", values, bound)


def _above(values: pa.Array, bound: Number) -> pa.Array:
    return _compared("greater", values, bound)


def _compared(how: str, values: pa.Array, bound: Number) -> pa.Array:
    """A mask of the values ``less`` or ``greater`` than a bound; one by one where both together have more digits than a column holds."""
    try:
        return pc.call_function(how, [values, pa.scalar(exact_decimal(bound))])
    except pa.ArrowInvalid:
        sign = -1 if how == "less" else 1
        return pa.array([None if one is None else sign * (Fraction(one) - bound) > 0 for one in values.to_pylist()], pa.bool_())


class Contradictions:
    """Loans, and other records with a first day, that contradict themselves: told once a field, with the line of the first."""

    def __init__(self, facts: Facts) -> None:
        self.lists = {id: one for id, one in facts.by_id.items() if dated(one)}
        self.known: set[tuple[str, str]] = set()

    def told(self, chunk: pa.Table, where: Where = on_line) -> list[str]:
        """What is said of more typed rows; ``where`` says a place."""
        found = []
        for id in [name for name in chunk.column_names if name in self.lists]:
            definition, lists = self.lists[id], chunk[id].combine_chunks()
            doubtful = {field for field in _doubtful(definition, pc.list_flatten(lists)) if (id, field) not in self.known}
            if not doubtful:
                continue
            for row, line, records in zip(chunk["_row"].to_pylist(), chunk["_line"].to_pylist(), lists.to_pylist(), strict=True):
                for number, field, said in contradictions(definition, plain_value(definition, records or [])):
                    if field in doubtful:
                        doubtful.remove(field)
                        self.known.add((id, field))
                        found.append(text("batch.note.loan", at=where(row, line, f"{id}[{number}].{field}"), said=said))
                if not doubtful:
                    break
        return found


def _doubtful(definition: FactDef, records: pa.Array) -> Iterator[str]:
    """The fields of records that may contradict others."""
    columns = {field: pc.struct_field(records, field) for field in ("start", "drawdowns", *LATER) if field in definition.fields}
    drawn = "drawdowns" in columns and pa.types.is_list(columns["drawdowns"].type)
    some = drawn and pc.any(pc.greater(pc.list_value_length(columns["drawdowns"]), 0), min_count=0).as_py()
    yield from ("start", "principal") if some else ()
    for field, order in LATER.items():
        if field not in columns or any(pa.types.is_null(columns[one].type) for one in (field, "start")):
            if some and field in columns:
                yield field
            continue
        compare = pc.greater if order > 0 else pc.less
        if some or pc.any(compare(columns[field], columns["start"]), min_count=0).as_py():
            yield field
