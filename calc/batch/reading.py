"""Blocks of raw columns → typed rows: who is which column, what each value is, and which rows cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import DIGITS
from calc.batch.header import MONEY, Column, Header, named_column, project_column
from calc.batch.ordered import all_but
from calc.batch.plausible import Plausible
from calc.batch.sources.block import Block, Fault
from calc.batch.twins import complete
from calc.batch.values import Found, Fractional, is_records, reader
from calc.errors import FileProblem, InputError
from calc.messages import text
from calc.questions.fill.heads import folded
from calc.units import NUMERIC, simple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calc.facts import FactDef
    from calc.language import model
    from calc.store.store import Store


class Rejected(NamedTuple):
    """Something that cannot be used: the row of the table it costs (``None``: none), the file if not the table's, where, why."""

    row: int | None
    file: str | None
    line: int
    project: str | None
    column: str
    value: str
    reason: str


class Reading:
    """The columns of a table as they become known, and the reader of each.

    ``headed``: all are known before the first block. A typed row has ``_row``, ``_line``, ``_id``, ``_odd`` (numbers that no
    column holds, by path), ``_enterprise`` where asked for, its facts by id, the ``amounts`` beside them as ``amount NAME``, and
    where ``keep`` is set each column of the input as ``in NAME``.
    """

    def __init__(
        self,
        catalog: Store,
        schemes: Iterable[model.Scheme],
        *,
        id_column: str | None = None,
        enterprise_column: str | None = None,
        ignore_unknown: bool = False,
        keep: bool = False,
        asked: Iterable[str] = (),
        amounts: Iterable[str] = (),
    ) -> None:
        self.catalog = catalog
        self.id_column = id_column
        self.enterprise_column = enterprise_column
        self.ignore_unknown = ignore_unknown
        self.keep = keep
        used = {path.partition(".")[0] for scheme in schemes for path in scheme.facts}
        self.header = Header(catalog.facts, used, id_column, enterprise_column, asked, amounts)
        self.headed = True
        self.plausible = Plausible()
        self.filled = {twin.target for twin in catalog.facts.twins}
        self.columns: dict[str, Column] = {}
        self.readers: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self.inputs: dict[str, pa.DataType] = {}
        self.echoed: dict[str, str] = {}
        self.amounts: dict[str, str] = {}
        self.id_name: str | None = None
        self.enterprise_name: str | None = None

    def match(
        self, names: Sequence[str], types: Mapping[str, pa.DataType], stated: Sequence[Sequence[str]] = (), titles: Sequence[str] = ()
    ) -> list[Column]:
        """What new columns are; ``types`` are those of columns that have one, ``stated`` and ``titles`` the units said beside
        their headers. Raises ``InputError``."""
        matched = self.header.match(names, self.ignore_unknown, stated, titles)
        for column in matched:
            if column.fact in self.places:
                raise InputError(column.name, column.fact, text("accepted.once", other=self.places[column.fact]))
            self.columns[column.name] = column
            if column.amount:
                if column.amount in self.amounts:
                    raise InputError(column.name, column.amount, text("accepted.once", other=self.amounts[column.amount]))
                self.amounts[column.amount] = column.name
                self.readers[amount_column(column.amount)] = reader(MONEY, column.name, column.unit)
            if column.fact:
                definition = self.catalog.facts[column.fact]
                if definition.type == "list" and self.headed and not is_records(types.get(column.name, pa.null())):
                    raise InputError(column.name, "", text("batch.items.how", list=column.fact), message="batch.header.list")
                self.places[column.fact] = column.name
                self.readers[column.fact] = reader(definition, column.fact, column.unit)
            if self.keep and self.shown(column.name):
                type_ = types.get(column.name, pa.string())
                self.inputs[column.name] = _kept_type(type_)
                # what a twin fills was blank in the input
                if column.fact and column.fact not in self.filled and not column.unit and same_values(self.catalog.facts[column.fact], type_):
                    self.echoed[column.name] = column.fact
        if self.headed:
            self.keys(list(self.columns))
            self.require_keys()
        return matched

    def meet(self, block: Block, place: Callable[[int], str]) -> None:
        """The columns of a block that are new; ``place`` says where a line stands. Raises ``InputError``."""
        fresh = [name for name in block.columns if name not in self.columns]
        try:
            if fresh:
                self.match(fresh, {})
        except InputError as bad:
            rows = pc.indices_nonzero(pc.is_valid(block.columns[bad.fact])).to_pylist() if bad.fact in block.columns else []
            raise bad.at(place(block.lines[rows[0]].as_py() if rows else 0)) from None

    def keys(self, names: Sequence[str]) -> None:
        """The columns of project and enterprise among those of a block; those asked for may be in other blocks."""
        known = {folded(name): name for name in names}
        if self.id_column is not None:
            self.id_name = known.get(folded(self.id_column), self.id_name)
        else:
            self.id_name = project_column([n for n in names if self.shown(n) and not self.columns[n].fact], None) or self.id_name
        if self.enterprise_column is not None:
            self.enterprise_name = known.get(folded(self.enterprise_column), self.enterprise_name)

    def require_keys(self) -> None:
        """That the columns asked for are there. Raises ``InputError``."""
        if self.id_column is not None and self.id_name is None:
            named_column(list(self.columns), self.id_column, "--id-column")
        if self.enterprise_column is not None and self.enterprise_name is None:
            named_column(list(self.columns), self.enterprise_column, "--enterprise-column")

    def name_of(self, asked: str, option: str = "") -> str:
        """The header of a column that an option asks for. Raises ``InputError``."""
        return named_column([name for name in self.columns if self.shown(name)], asked, option)

    def shown(self, name: str) -> bool:
        """Whether a column of the input stands in a wide result."""
        return not self.columns[name].unknown and not self.columns[name].headless

    @property
    def ignored(self) -> list[str]:
        """The columns that mean nothing."""
        return [column.name for column in self.columns.values() if column.unknown]

    def named(self, path: str) -> str:
        """A fact's path as the table names it."""
        fact, bracket, rest = path.partition("[")
        return self.places.get(fact, fact) + bracket + rest

    def typed(self, block: Block) -> tuple[pa.Table, list[Rejected]]:
        """The rows of a block that can be used, typed, and the rest. Raises ``FileProblem`` for values in a column without a header."""
        found = Found()
        count = len(block.rows)
        if not self.headed:
            self.keys(list(block.columns))
        ids = texts(block.columns[self.id_name]) if self.id_name in block.columns else pa.nulls(count, pa.string())
        facts: dict[str, pa.Array] = {}
        for name, raw in block.columns.items():
            column = self.columns[name]
            if column.fact or column.amount:
                key = column.fact or amount_column(column.amount)
                facts[key] = self.readers[key].read(raw, found)
                if column.fact:
                    shown = name if self.headed else self.catalog.facts[key].name  # a header as it is written; ids that no header says, by label
                    self.plausible.look(shown, self.catalog.facts[key], facts[key], block.lines, column.unit, block.rows)
            elif column.headless and not self.ignore_unknown:
                _headless(raw, block)
        complete(facts, found, self.catalog.facts)
        table = {"_row": block.rows, "_line": block.lines, "_id": ids, "_odd": _odd(found.fractional, count)}
        if self.enterprise_name in block.columns:
            table["_enterprise"] = texts(block.columns[self.enterprise_name])
        table.update(facts)
        if self.keep:
            table.update({f"in {name}": _kept(raw) for name, raw in block.columns.items() if self.shown(name) and name not in self.echoed})
        rows = pa.table(table)
        if found.bad:
            rows = rows.filter(all_but(count, {one.place for one in found.bad}))
        return rows, self._rejected(block, found, ids)

    def _rejected(self, block: Block, found: Found, ids: pa.Array) -> list[Rejected]:
        """What cannot be used of a block, in the order of its rows."""
        told = [Rejected(f.row, None, f.line, f.project, f.column, f.value, f.reason) for f in block.faults if isinstance(f, Fault)]
        for one in found.bad:
            row, line, project = block.rows[one.place].as_py(), block.lines[one.place].as_py(), ids[one.place].as_py()
            told.append(Rejected(row, None, line, project, self.named(one.path), one.value, one.reason))
        return sorted(told, key=lambda one: one.row or 0)


def amount_column(name: str) -> str:
    """The column of typed rows that holds an amount beside the facts."""
    return f"amount {name}"


def fractional_in(table: pa.Table) -> dict[int, list[Fractional]]:
    """The numbers that no column of some typed rows holds, by place."""
    found: dict[int, list[Fractional]] = {}
    for place in pc.indices_nonzero(pc.is_valid(table["_odd"])).to_pylist():
        for path, value in json.loads(table["_odd"][place].as_py()).items():
            found.setdefault(place, []).append(Fractional(place, path, simple(Fraction(value))))
    return found


_EXACT = 2.0**53  # below it a float holds every whole number


def texts(column: pa.Array) -> pa.Array:
    """A column of keys as text, trimmed; blank ones null, numbers that are whole without a point."""
    said = column.cast(pa.string())
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), _EXACT))
        said = pc.if_else(whole, pc.if_else(whole, column, 0.0).cast(pa.int64()).cast(pa.string()), pc.if_else(pc.is_nan(column), None, said))
    elif pa.types.is_decimal(column.type):
        said = pc.replace_substring_regex(said, r"\.0+$", "")
    said = pc.utf8_trim_whitespace(said)
    return pc.if_else(pc.equal(said, ""), None, said)


def _odd(fractional: Sequence[Fractional], count: int) -> pa.Array:
    if not fractional:
        return pa.nulls(count, pa.string())
    said: list[str | None] = [None] * count
    for one in fractional:
        said[one.place] = json.dumps({**json.loads(said[one.place] or "{}"), one.path: str(one.value)})
    return pa.array(said, pa.string())


def _headless(raw: pa.Array, block: Block) -> None:
    """Values in a column that has no header are an error."""
    said = texts(raw)
    places = pc.indices_nonzero(pc.is_valid(said)).to_pylist()
    if places:
        raise FileProblem([text("batch.headless", line=block.lines[places[0]].as_py(), value=said[places[0]].as_py()[:40])])


def same_values(definition: FactDef, type_: pa.DataType) -> bool:
    """Whether a typed column gives back every value of a column of ``type_`` as it was."""
    if definition.type in NUMERIC:
        return bool(pa.types.is_decimal128(type_) and 0 <= type_.scale <= DIGITS)
    return bool(definition.type == "bool" and pa.types.is_boolean(type_)) or bool(definition.type == "date" and pa.types.is_date32(type_))


def _kept_type(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(type_):
        return type_.value_type
    return pa.string() if pa.types.is_null(type_) else type_


def _kept(raw: pa.Array) -> pa.Array:
    """An input column as the wide result shows it."""
    type_ = _kept_type(raw.type)
    return raw if raw.type == type_ else raw.cast(type_)
