"""Columns of raw values → typed columns, with the meaning ``facts.read_value`` gives each single value, at the speed of columns.

Every distinct value is read once. Where a column of numbers has many, those written plainly (``1234.5``, ``1,200万元``) are
read by column operations; what is not plain is read one by one. Money, percentages and so on become exact decimals in the
base unit of their type, yes/no booleans, dates days, categories slugs, record lists lists of structs. A number that is
no decimal (``7个月`` in years) is left out of the column and kept beside it as a fraction.
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import DIGITS, decimal, exact_decimal, same_scale, scaled
from calc.errors import InputError, nearest_names, shown
from calc.facts import FactDef, field_named, read_value
from calc.facts.stated import in_unit
from calc.messages import text
from calc.units import MOST, NUMERIC, BadValue, Number, is_blank, normal, parse_number, simple

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = 256  # so many distinct values are read one by one
SPELLINGS = 64  # so many different units in a column are worth a column operation each
SAMPLE = 4096  # rows that show whether a column repeats its values
REMEMBERED = 50_000  # values a column remembers from block to block

_DIGITS = rf"[0-9]{{1,{DIGITS}}}"
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3}){1,5}"
_PLAIN = rf"^-?{_DIGITS}(\.{_DIGITS})?$"
_SPELLED = rf"^(?P<prefix>[¥￥$]?)(?P<digits>(?:{_GROUPED}|{_DIGITS})(?:\.{_DIGITS})?)(?P<unit>[^0-9.,]*)$"
_PREFIXES = {"money": ("¥", "￥"), "usd": ("$",)}


class Bad(NamedTuple):
    """A value that cannot be used: the row's place in the block, what it was given for, the value, why."""

    place: int
    path: str
    value: str
    reason: str


class Fractional(NamedTuple):
    """A number no decimal column can hold: the row's place in the block, its path (``loans[2].years``), its value."""

    place: int
    path: str
    value: Number


@dataclass(slots=True)
class Found:
    """What reading a block came upon."""

    bad: list[Bad] = field(default_factory=list)
    fractional: list[Fractional] = field(default_factory=list)


def arrow_type(definition: FactDef) -> pa.DataType:
    """The type of a fact's column, numbers with all digits a column may hold."""
    kind = definition.type
    if kind == "list":
        return pa.list_(pa.struct([pa.field(id, arrow_type(inner)) for id, inner in definition.fields.items()]))
    if kind in NUMERIC:
        return pa.decimal128(38, DIGITS)
    return {"bool": pa.bool_(), "date": pa.date32(), "set": pa.list_(pa.string())}.get(kind, pa.string())


def repeats(column: pa.Array) -> bool:
    """Whether a column is short or repeats its values, as far as its first rows show."""
    return bool(pc.count_distinct(column.slice(0, SAMPLE)).as_py() * 2 <= SAMPLE)

def reader(definition: FactDef, path: str, unit: str = "") -> ValueReader | ListReader:
    """Reads the column of a fact or field; ``unit`` is what its header says plain numbers are in."""
    return ListReader(definition, path) if definition.type == "list" else ValueReader(definition, path, unit)


class ValueReader:
    """Reads a column of single values. ``path`` names it in errors."""

    def __init__(self, definition: FactDef, path: str, unit: str = "") -> None:
        self.definition = definition
        self.path = path
        self.unit = unit
        self.type = arrow_type(definition)
        self.known: dict[Any, Any] = {}

    def read(self, raw: pa.Array, found: Found) -> pa.Array:
        """The typed column; what cannot be used is null in it and told in ``found``."""
        kind = self.definition.type
        if pa.types.is_dictionary(raw.type):
            raw = raw.cast(raw.type.value_type)
        if pa.types.is_null(raw.type):
            return pa.nulls(len(raw), self.type)
        if pa.types.is_nested(raw.type):
            if kind == "set" and self._slugs(raw):
                return pc.if_else(pc.equal(pc.list_value_length(raw), 0), None, raw)
            several = words if kind == "set" else lambda _: None
            raw = pa.array(
                [None if v is None else several(v) or json.dumps(v, ensure_ascii=False, default=str) for v in raw.to_pylist()], pa.string()
            )
        if kind == "bool" and pa.types.is_boolean(raw.type):
            return raw
        if kind == "date" and pa.types.is_date32(raw.type):
            return raw
        original: Callable[[Any], Any] = lambda value: value  # noqa: E731
        if kind in NUMERIC and not pa.types.is_boolean(raw.type):
            if pa.types.is_floating(raw.type):
                raw, original = pc.cast(raw.cast(pa.float32()) if pa.types.is_float16(raw.type) else raw, pa.string()), _float
            elif pa.types.is_integer(raw.type) or pa.types.is_decimal(raw.type):
                typed = self._typed_numbers(raw, found)
                if typed is not None:
                    return typed
        if pa.types.is_large_string(raw.type) or pa.types.is_string_view(raw.type):
            raw = raw.cast(pa.string())
        return self._distinct(raw, original, found)

    def _slugs(self, raw: pa.Array) -> bool:
        """Whether every list of a column holds values of the set by their own names, so that there is nothing to read."""
        if raw.type != self.type:
            return False
        return set(pc.unique(raw.flatten()).to_pylist()) <= self.definition.values.keys()

    # ------------------------------------------------------------ distinct values

    def _distinct(self, raw: pa.Array, original: Callable[[Any], Any], found: Found) -> pa.Array:
        numeric = self.definition.type in NUMERIC
        plain = numeric and pa.types.is_string(raw.type)
        if plain and not repeats(raw):
            values, odd = self._plain(raw)
            return self._one_by_one(None, raw, odd, values, original, found)
        encoded = raw.dictionary_encode()
        distinct = encoded.dictionary
        if plain and len(distinct) > FEW:
            values, odd = self._plain(distinct)
        else:
            values, odd = pa.nulls(len(distinct), decimal(0) if numeric else self.type), pc.is_valid(distinct)
        return self._one_by_one(encoded.indices, distinct, odd, values, original, found).take(encoded.indices)

    def _one_by_one(
        self, rows: pa.Array | None, raw: pa.Array, odd: pa.Array, values: pa.Array, original: Callable[[Any], Any], found: Found
    ) -> pa.Array:
        """Reads the ``odd`` of the raw values into ``values``; ``rows`` are the places at which rows have theirs (``None``: their own)."""
        places = pc.indices_nonzero(odd)
        if not len(places):
            return values
        typed: list[Any] = []
        wrong: dict[int, InputError | Number] = {}
        for place, one in zip(places.to_pylist(), raw.take(places).to_pylist(), strict=True):
            value = self.value(original(one))
            if isinstance(value, InputError):
                wrong[place] = value
                value = None
            elif value is not None and self.definition.type in NUMERIC:
                exact = exact_decimal(value)
                if exact is None:
                    wrong[place] = value
                value = exact
            typed.append(value)
        if wrong:
            self._tell(wrong, raw, rows, found)
        if self.definition.type not in NUMERIC:
            chosen = pa.array(typed, self.type)
        else:
            scale = max((-int(v.as_tuple().exponent) for v in typed if v is not None), default=0)
            scale = max(scale, values.type.scale)
            chosen, values = pa.array(typed, decimal(scale)), values.cast(decimal(scale))
        return chosen if len(places) == len(raw) else pc.replace_with_mask(values, odd, chosen)

    def _tell(self, wrong: dict[int, InputError | Number], raw: pa.Array, rows: pa.Array | None, found: Found) -> None:
        """What is wrong with the raw values at some places, told of every row that has them."""
        if rows is None:
            affected = [(place, place) for place in wrong]
        else:
            hits = pc.indices_nonzero(pc.is_in(rows, pa.array(list(wrong), rows.type)))
            affected = list(zip(hits.to_pylist(), rows.take(hits).to_pylist(), strict=True))
        for row, place in affected:
            one = wrong[place]
            if isinstance(one, InputError):
                found.bad.append(Bad(row, self.path, shown(raw[place].as_py()), reason(one)))
            else:
                found.fractional.append(Fractional(row, self.path, one))

    def value(self, raw: Any) -> Any:
        """One raw value: the plain value, ``None`` where blank, or the ``InputError`` it meets."""
        try:
            return self.known[raw]
        except KeyError:
            pass
        if len(self.known) >= REMEMBERED:
            self.known.clear()
        try:
            value: Any = read_value(self.definition, in_unit(raw, self.unit), self.path)
        except InputError as bad:
            value = bad
        self.known[raw] = value
        return value

    # ------------------------------------------------------------ numbers by column

    def _plain(self, raw: pa.Array) -> tuple[pa.Array, pa.Array]:
        """The values that are plainly written numbers, and a mask of those still to be read."""
        given = pc.fill_null(pc.greater(pc.binary_length(raw), 0), False)
        plain = pc.fill_null(pc.match_substring_regex(raw, _PLAIN), False)
        factor = self._factor(self.unit)
        values = pa.nulls(len(raw), decimal(0)) if factor is None else scaled(pc.if_else(plain, raw, None), factor)
        done = self._allowed(values, bare=None if self.unit else plain)
        rest = pc.and_not(given, plain)
        if (pc.sum(rest).as_py() or 0) > FEW:
            spelled = self._spelled(pc.if_else(rest, raw, None))
            done = pc.or_(done, self._allowed(spelled, bare=None))
            values = pc.coalesce(*same_scale(values, spelled))
        return pc.if_else(done, values, None), pc.and_not(given, done)

    def _spelled(self, raw: pa.Array) -> pa.Array:
        """Numbers with thousands separators and units, where the column has few ways to write the unit."""
        parts = pc.extract_regex(raw, _SPELLED)
        prefix, digits, unit = (pc.struct_field(parts, name) for name in ("prefix", "digits", "unit"))
        digits = pc.replace_substring(digits, ",", "")
        known = pc.is_in(prefix, pa.array(["", *_PREFIXES.get(self.definition.type, ())]))
        values = pa.nulls(len(raw), decimal(0))
        for spelling in pc.unique(unit).drop_null().to_pylist()[:SPELLINGS]:
            factor = self._factor(spelling or self.unit)
            if factor is None or (self.definition.type == "percent" and not (spelling or self.unit)):
                continue  # a bare number where a percentage is wanted may be refused: one by one says how
            mask = pc.fill_null(pc.and_(known, pc.equal(unit, spelling)), False)
            values = pc.coalesce(*same_scale(values, scaled(pc.if_else(mask, digits, None), factor)))
        return values

    def _factor(self, spelling: str) -> Number | None:
        """What one of a unit, as written after a number, is worth; ``None`` where it is none, or not to be trusted here."""
        if any(c.isdecimal() or c in ".,-" for c in normal(spelling)) or normal(spelling) != spelling:
            return None
        try:
            return parse_number(self.definition.type, "1" + spelling) if spelling else 1
        except BadValue:
            return None

    def _allowed(self, values: pa.Array, bare: pa.Array | None) -> pa.Array:
        """A mask of the numbers that sign and type allow; the others are read one by one, to say why not."""
        allowed = pc.fill_null(pc.less(pc.abs(values), pa.scalar(Decimal(MOST), values.type)), False)
        kind = self.definition.type
        if not self.definition.signed:
            allowed = pc.and_(allowed, pc.fill_null(pc.greater_equal(values, pa.scalar(Decimal(0), values.type)), False))
        if kind == "percent" and bare is not None:
            within = pc.less_equal(pc.abs(values), pa.scalar(Decimal(1), values.type))
            allowed = pc.and_(allowed, pc.or_(pc.invert(bare), pc.fill_null(within, False)))
        if kind == "count" and values.type.scale:
            allowed = pc.and_(allowed, pc.fill_null(pc.equal(values, pc.floor(values)), False))
        return allowed

    def _typed_numbers(self, raw: pa.Array, found: Found) -> pa.Array | None:
        """A column that holds integers or decimals already; ``None`` where they must be read as texts are."""
        scale = raw.type.scale if pa.types.is_decimal(raw.type) else 0
        kind = self.definition.type
        if self.unit or not 0 <= scale <= DIGITS:
            return None
        try:
            values = raw if pa.types.is_decimal128(raw.type) else raw.cast(decimal(scale))
        except pa.ArrowInvalid:
            return None
        ends = pc.min_max(values)
        least, most = ends["min"].as_py(), ends["max"].as_py()
        if least is None:
            return pa.nulls(len(raw), decimal(0))
        most = max(most, -least)
        if (least >= 0 or self.definition.signed) and (most <= 1 if kind == "percent" else most < MOST) and not (scale and kind == "count"):
            return values
        values = values.cast(decimal(scale))
        odd = pc.and_(pc.is_valid(values), pc.invert(self._allowed(values, pc.is_valid(values))))
        return self._one_by_one(None, raw, odd, pc.if_else(odd, None, values), lambda value: value, found)


class ListReader:
    """Reads a column of record lists (Arrow lists of structs)."""

    def __init__(self, definition: FactDef, path: str) -> None:
        self.definition = definition
        self.path = path
        self.fields = {id: reader(inner, id) for id, inner in definition.fields.items()}
        self.type = arrow_type(definition)

    def read(self, raw: pa.Array, found: Found) -> pa.Array:
        """The typed column. A record with a value that cannot be used makes its whole row bad."""
        if pa.types.is_null(raw.type):
            return pa.nulls(len(raw), self.type)
        if not is_records(raw.type):
            self._refuse(raw, found)
            return pa.nulls(len(raw), self.type)
        ends = pc.cumulative_sum(pc.fill_null(pc.list_value_length(raw), 0).cast(pa.int32()))
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
        records = self.records(pc.list_flatten(raw), offsets, found)
        return pa.ListArray.from_arrays(offsets, records, mask=pc.is_null(raw) if raw.null_count else None)

    def _refuse(self, raw: pa.Array, found: Found) -> None:
        said = text("batch.accepted", accepted=text("accepted.list", fields=self.definition.fields_told))
        for place, value in enumerate(raw.to_pylist()):
            if not is_blank(value):
                found.bad.append(Bad(place, self.path, shown(value), said))

    def records(self, records: pa.Array, offsets: pa.Array, found: Found) -> pa.Array:
        """Typed records, those of row ``i`` being ``offsets[i]`` to ``offsets[i + 1]``."""
        inner = Found()
        for place in pc.indices_nonzero(pc.is_null(records)).to_pylist():
            inner.bad.append(Bad(place, "", "", text("batch.accepted", accepted=text("accepted.record", field=next(iter(self.fields))))))
        given: dict[str, pa.Array] = {}
        for number in range(records.type.num_fields):
            name = records.type.field(number).name
            self._take(name, pc.struct_field(records, [number]), given, inner)
        columns = [
            self.fields[id].read(given[id], inner) if id in given else pa.nulls(len(records), self.fields[id].type) for id in self.fields
        ]
        self.place(inner, offsets, found)
        return pa.StructArray.from_arrays(columns, names=list(self.fields))

    def _take(self, name: str, column: pa.Array, given: dict[str, pa.Array], inner: Found) -> None:
        """A field of the records by the name it has there; values under a name that is unknown or used twice are refused."""
        id = field_named(name, self.definition.fields)
        if id and id not in given:
            given[id] = column
            return
        if id:
            said = text("batch.accepted", accepted=text("accepted.once", other=id))
        else:
            fields = self.definition.fields
            near = nearest_names(name, [*fields, *(f.label for f in fields.values())])
            said = reason(InputError(name, "", text("accepted.field", list=self.definition.name, fields=self.definition.fields_told), near))
        for place in pc.indices_nonzero(pc.is_valid(column)).to_pylist():
            inner.bad.append(Bad(place, name, shown(column[place].as_py()), said))

    def place(self, inner: Found, offsets: pa.Array, found: Found) -> None:
        """What was found in the records, told of the rows they belong to."""
        if not (inner.bad or inner.fractional):
            return
        starts = offsets.to_pylist()

        def put(place: int, path: str) -> tuple[int, str]:
            row = bisect_right(starts, place) - 1
            return row, f"{self.path}[{place - starts[row] + 1}]" + (f".{path}" if path else "")

        found.bad.extend(Bad(*put(one.place, one.path), one.value, one.reason) for one in inner.bad)
        found.fractional.extend(Fractional(*put(one.place, one.path), one.value) for one in inner.fractional)


def is_records(type: pa.DataType) -> bool:
    """Whether a column holds lists of records."""
    return bool((pa.types.is_list(type) or pa.types.is_large_list(type)) and pa.types.is_struct(type.value_type))


def reason(bad: InputError) -> str:
    """Why a value cannot be used: what would be accepted, and the nearest."""
    said = text("batch.accepted", accepted=bad.accepted)
    return said + text("error.nearest", nearest=" / ".join(bad.nearest)) if bad.nearest else said


def _float(raw: str) -> float:
    return float(raw)


def words(value: Any) -> str | None:
    """A list of texts as one text; ``None`` for anything else."""
    return "；".join(value) or " " if isinstance(value, list) and all(isinstance(one, str) for one in value) else None


def plain_value(definition: FactDef, value: Any) -> Any:
    """A value of a typed column (as Arrow gives it) as a plain value for the explainer; nulls of a record are left out."""
    if definition.type == "list":
        return [
            {id: plain_value(inner, row[id]) for id, inner in definition.fields.items() if row.get(id) is not None} for row in value
        ]
    if isinstance(value, Decimal):
        return simple(Fraction(value))
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dt.datetime):
        return value.date()
    return value
