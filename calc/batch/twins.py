"""Twins in columns: row by row, what is given of one fact fills the other; rows where they contradict one another cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import same_scale
from calc.batch.values import Bad, Found, Fractional, arrow_type, plain_value, reason
from calc.twins import Twin, contradiction

if TYPE_CHECKING:
    from calc.facts import FactDef, Facts


def complete(columns: dict[str, pa.Array], found: Found, facts: Facts) -> None:
    """Fills the typed ``columns`` of facts, adding those that only a twin gives, and notes in ``found`` what contradicts.

    Numbers that no column holds stand in ``found.fractional`` and fill their twin there.
    """
    refused = {one.place for one in found.bad}
    state: list[Any] = []
    while state != (state := [len(found.fractional), *((id, column.null_count) for id, column in columns.items())]):
        for twin in facts.twins:  # until none fills another any more
            if twin.source in columns:
                _fill(columns, found, refused, twin, facts.by_id)


def _fill(columns: dict[str, pa.Array], found: Found, refused: set[int], twin: Twin, by_id: Mapping[str, FactDef]) -> None:
    source = columns[twin.source]
    said = source if twin.answers is None else _said(source, twin, arrow_type(by_id[twin.target]))
    target = columns.get(twin.target)
    if target is None:
        if said.null_count == len(said) and not any(one.path == twin.source for one in found.fractional):
            return
        target = pa.nulls(len(said), said.type)
    if pa.types.is_decimal(said.type):
        said, target = same_scale(said, target)
    odd = {one.place: one.value for one in found.fractional if one.path == twin.target}
    if twin.answers is None:
        for one in [one for one in found.fractional if one.path == twin.source]:
            given = odd.get(one.place, None if target[one.place].as_py() is None else plain_value(by_id[twin.target], target[one.place].as_py()))
            if given is None:
                found.fractional.append(Fractional(one.place, twin.target, one.value))
            elif given != one.value:
                _refuse(found, refused, one.place, twin, one.value, given, by_id)
    for place, value in odd.items():
        if said[place].is_valid:
            _refuse(found, refused, place, twin, plain_value(by_id[twin.source], source[place].as_py()), value, by_id)
    for place in pc.indices_nonzero(pc.fill_null(pc.not_equal(said, target), False)).to_pylist():
        one, other = (plain_value(by_id[id], column[place].as_py()) for id, column in ((twin.source, source), (twin.target, target)))
        _refuse(found, refused, place, twin, one, other, by_id)
    columns[twin.target] = pc.coalesce(target, said)


def _said(source: pa.Array, twin: Twin, type_: pa.DataType) -> pa.Array:
    """What each value of a column means for the target."""
    answers = twin.answers or {}
    place = pc.index_in(source, value_set=pa.array(list(answers), source.type))
    return pa.array(list(answers.values()), type_).take(place)


def _refuse(found: Found, refused: set[int], place: int, twin: Twin, source: Any, target: Any, by_id: Mapping[str, FactDef]) -> None:
    """Notes a contradiction where the row is not ``refused`` yet."""
    if place not in refused:
        refused.add(place)
        error = contradiction(twin, source, target, by_id)
        found.bad.append(Bad(place, twin.target, str(error.value), reason(error)))
