"""A list of rejects read again, mended: the rows as the table had them, without what the list wrote beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.header import Column, once
from calc.batch.sources.block import Block, Fault, Source
from calc.batch.sources.json import json_column
from calc.batch.values import is_records
from calc.characters import RUNS
from calc.documents import BadDocument, read_json
from calc.errors import FileProblem
from calc.messages import text

if TYPE_CHECKING:
    from calc.facts import FactDef

ADDED = ("file", "line", "project", "column", "value", "reason", "row")  # what a list of rejects writes beside the columns of the table
SURPLUS = "surplus"  # and, where there are any, cells of a row that has more than the header
_TELLING = {"line", "reason", "row"}  # no table of projects has all of these
_TAKEN = {*ADDED, SURPLUS}
_SECOND = " (2)"  # behind a column of the table that is called like one of those
RECORDS = pa.list_(pa.struct([]))


def beside_added(names: Sequence[str]) -> list[str]:
    """The columns of a table as they are called in a list of rejects."""
    return once([f"{name}{_SECOND}" if name.casefold() in _TAKEN else name for name in names])


def is_rejects(names: Collection[str], definition: Callable[[str], FactDef | None]) -> bool:
    """Whether headers are those of a list of rejects; where facts are called so, all that it has must be there."""
    return set(names) >= (set(ADDED) if all(map(definition, _TELLING)) else _TELLING)


class Again(Source):
    """The rows of a list of rejects, each once (further reasons of a row have no cells of it); of any other table with no header of
    its own, all as they are.

    ``joining`` rows have the numbers they had in their table.
    """

    def __init__(self, inner: Source, definition: Callable[[str], FactDef | None]) -> None:
        super().__init__(inner.name)
        self.inner = inner
        self.definition = definition
        self.headed, self.encoded = inner.headed, inner.encoded
        self.notes, self.aside, self.header_line = inner.notes, inner.aside, inner.header_line
        self.rejects = inner.headed
        self.ascending = True
        self.known = 0  # rows that are in the result already
        self.left: Collection[int] | None = None
        self._last = 0
        self._lines: dict[int, int] = {}  # of the numbers of rows
        if inner.headed:
            self._places(inner.names)
            self.aside.beside = frozenset(self.added.values())
            self.stated = [units for place, units in enumerate(inner.stated) if place not in self.aside.beside]
            self.titles = inner.titles

    def _places(self, names: Sequence[str]) -> None:
        """Which columns are added, and what those of the table are called."""
        self.added = {name: names.index(name) for name in (*ADDED, SURPLUS) if name in names}
        own = [name for place, name in enumerate(names) if place not in self.added.values()]
        self.names = [name.removesuffix(_SECOND) if name.removesuffix(_SECOND).casefold() in _TAKEN else name for name in own]
        self.types = {new: self._type(new, self.inner.types.get(old)) for old, new in zip(own, self.names, strict=True)}
        self.own = dict(zip(own, self.names, strict=True))

    def _type(self, name: str, type_: pa.DataType | None) -> pa.DataType:
        given = self.definition(name) if name else None
        if given is not None and given.type == "list" and not (type_ is not None and is_records(type_)):
            return RECORDS
        return pa.string() if type_ is None else type_

    def document_kind(self) -> str:
        """TOML or JSON, of a file that is one project."""
        return self.inner.document_kind()

    def line_of(self, row: int, column: str) -> int:
        """The line on which a value stands, as the table knows it."""
        return self.inner.line_of(row, column)

    def use(self, columns: Sequence[Column]) -> None:
        """The columns by the names they have from here on."""
        given = iter(columns)
        places = {place: name for name, place in self.added.items()}
        self.inner.use([Column(f"\0{places[n]}") if n in places else next(given) for n in range(len(self.inner.names))])
        self.names = [column.name for column in columns]
        self.own = {name: name for name in self.names}

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time. Raises ``FileProblem`` for numbers that say no row, or one twice."""
        for block in self.inner.blocks():
            if not self.headed and not self.row:
                self.rejects = is_rejects(block.columns, self.definition)
            if not self.rejects:
                if self.left is not None:
                    raise FileProblem([text("join.no.rejects", file=self.name)])
                self.row, self.done = self.inner.row, self.inner.done
                yield block
                continue
            if not self.headed:
                self._places(list(block.columns))
            self.done = self.inner.done
            yield self._block(block)

    def _block(self, block: Block) -> Block:
        """A block without the columns that were added, and without the rows that have none of the others."""
        columns = {new: _plain(block.columns[old]) for old, new in self.own.items() if old in block.columns}
        filled = pa.array([False] * len(block.rows))
        for column in columns.values():
            said = pc.is_valid(column) if not pa.types.is_string(column.type) else pc.fill_null(pc.not_equal(pc.utf8_trim(column, " \t"), ""), False)
            filled = pc.or_(filled, said)
        number, project, surplus = (self._added(block, name) for name in ("row", "project", SURPLUS))
        faults = [fault for fault in block.faults if any(cell for place, cell in enumerate(fault.cells) if place not in self.added.values())]
        numbers = self._numbers(block, filled, number, faults)
        again = [f._replace(row=numbers[f.row], cells=self._cells(f)) for f in faults if f.row in numbers]
        kept = pc.and_(filled, pc.is_in(block.rows, pa.array(sorted(numbers), pa.int64())))
        for place in pc.indices_nonzero(pc.and_(kept, pc.fill_null(pc.not_equal(surplus, ""), False))).to_pylist():
            row, line, said = block.rows[place].as_py(), block.lines[place].as_py(), surplus[place].as_py()
            cells = (*(cell_texts(column.slice(place, 1))[0].as_py() for column in columns.values()), said)
            again.append(Fault(numbers[row], line, said, text("batch.row.surplus"), SURPLUS, project[place].as_py() or None, cells))
        kept = pc.and_(kept, pc.fill_null(pc.equal(surplus, ""), True))
        found = {name: self._records(name, column.filter(kept)) for name, column in columns.items()}
        rows = pa.array([numbers[one] for one in block.rows.filter(kept).to_pylist()], pa.int64())
        return Block(found, rows, block.lines.filter(kept), again)

    def _added(self, block: Block, name: str) -> pa.Array:
        """A column that was added, as texts."""
        said = block.columns.get(f"\0{name}", block.columns.get(name))
        return said.cast(pa.string()) if said is not None else pa.nulls(len(block.rows), pa.string())

    def _numbers(self, block: Block, filled: pa.Array, number: pa.Array, faults: Sequence[Fault]) -> dict[int, int]:
        """The numbers that rows are given, by those they have here."""
        rows = zip(*(column.filter(filled).to_pylist() for column in (block.rows, block.lines, number)), strict=True)
        place = self.added.get("row", -1)
        said = sorted([*rows, *((f.row, f.line, f.cells[place] if 0 <= place < len(f.cells) else None) for f in faults)])
        found: dict[int, int] = {}
        for row, line, one in said:
            if self.left is None:
                self.row += 1
                found[row] = self.row
                continue
            old = int(one.strip().removesuffix(".0")) if one and one.strip().removesuffix(".0").isdecimal() else 0
            if not old:
                raise FileProblem([text("join.number", file=self.name, line=line, value=one or "")])
            if old in self._lines:
                raise FileProblem([text("join.twice", file=self.name, line=line, other=self._lines[old], row=old)])
            self._lines[old] = line
            if old not in self.left:
                self.known += 1
                continue
            self.row += 1
            self.ascending = self.ascending and old > self._last
            self._last = found[row] = old
        return found

    def _cells(self, fault: Fault) -> tuple[str | None, ...]:
        return tuple(cell for place, cell in enumerate(fault.cells) if place not in self.added.values())

    def _records(self, name: str, column: pa.Array) -> pa.Array:
        """A column; records that stand in it as JSON are lists again."""
        given = self.definition(name)
        if given is None or given.type != "list" or not pa.types.is_string(column.type):
            return column
        return json_column([_parsed(one) for one in column.to_pylist()], given)


def joining(source: Source, left: Collection[int]) -> Again:
    """A list of rejects whose rows are given the numbers they had, if those are among ``left``; others are passed over and counted.

    Raises ``FileProblem`` for a table that is none.
    """
    if not isinstance(source, Again):
        raise FileProblem([text("join.no.rejects", file=source.name)])
    source.left = left
    return source


def _parsed(said: str | None) -> Any:
    """JSON, or a text that is none as it is."""
    try:
        return read_json(said) if said and said.strip() else None
    except BadDocument:
        return said


def _plain(column: pa.Array) -> pa.Array:
    """Texts without the apostrophe that keeps a spreadsheet from running them."""
    if not pa.types.is_string(column.type):
        return column
    marked = pc.and_(pc.starts_with(column, "'"), pc.is_in(pc.utf8_slice_codeunits(column, 1, 2), pa.array(list(RUNS))))
    return pc.if_else(marked, pc.utf8_slice_codeunits(column, 1), column) if pc.any(marked, min_count=0).as_py() else column


def cell_texts(column: pa.Array) -> pa.Array:
    """The values of a column of a table as a list of rejects has them."""
    if pa.types.is_nested(column.type):
        said = [None if one is None else json.dumps(one, ensure_ascii=False, default=str) for one in column.to_pylist()]
        return pa.array(said, pa.string())
    return column.cast(pa.string())
