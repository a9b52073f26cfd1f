"""A sheet of a workbook → blocks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.sources.block import ROWS, Block, Fault, Source
from calc.errors import FileProblem, nearest_names
from calc.messages import listed, text
from calc.questions.fill.cells import Workbook, cell_number, cell_text
from calc.questions.fill.formats import as_shown
from calc.questions.fill.heads import HEAD_ROWS, REMARK, Definition, find_head, said_in
from calc.units import NUMERIC, BadValue

if TYPE_CHECKING:
    from calc.batch.header import Column
    from calc.facts import FactDef


class SheetSource(Source):
    """A sheet of a workbook: the one named, else the first that is not hidden and has something in it."""

    def __init__(self, name: str, book: Workbook, known: Callable[[Any], bool], sheet: str | None, definition: Definition) -> None:
        super().__init__(name)
        self.book = book
        self.sheets = book.sheets
        if sheet is not None and sheet not in book.names:
            near = nearest_names(sheet, book.names)
            raise FileProblem([text("batch.sheet.missing", file=name, sheet=sheet, nearest=" / ".join(near) or listed(book.sheets))])
        pages = map(book.page, [sheet] if sheet is not None else book.sheets)
        page = next((page for page in pages if page.height), None)
        if page is None:
            raise FileProblem([text("batch.empty", file=name) + (text("template.hidden", sheets=listed(book.hidden, 5)) if book.hidden else "")])
        self.page = page
        self.sheet = page.title
        self.cells = page.rows()
        self.definition = definition
        self.columns: dict[int, tuple[FactDef, str]] = {}
        rows = list(itertools.islice(self.cells, HEAD_ROWS))
        head = find_head(rows, known, definition)
        if head is None:
            raise FileProblem([text("batch.empty", file=name)])
        self.names, self.stated, self.titles = head.names, head.stated, head.titles
        self.aside.remarks = head.remarks
        self.header_line = head.row + 1
        self.notes.titles = sum(any(map(said_in, row)) for row in rows[: head.row])
        self.notes.remarks = head.passed
        self.ahead = rows[head.data :]
        self.line = head.data + 1

    def use(self, columns: Sequence[Column]) -> None:
        """The columns by name; what they give and in what unit decides how the numbers of their cells are read."""
        super().use(columns)
        for place, column in enumerate(columns):
            given = self.definition(column.fact) if column.fact else None
            if given is not None:
                self.columns[place] = given, column.unit

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        rows: list[list[str | None]] = []
        places: list[int] = []
        lines: list[int] = []
        faults: list[Fault] = []
        width = len(self.names)
        formed = {place: said for place, said in self.columns.items() if said[1] == "%" or self.page.formed(place)}
        for line, raw in enumerate(itertools.chain(self.ahead, self.cells), self.line):
            shared = self.page.merged_in(line, raw) if self.page.merged else ()
            row = [cell_text(cell) for cell in raw]
            flawed = self.page.flaws.get(line)
            if not (flawed and not any(row)) and self.passed(row, line):
                continue
            self.row += 1
            extra = [cell for cell in row[width:] if cell]
            wrong = [Fault(self.row, line, value, self.page.reason(value), self._column(column)) for column, value in flawed or ()]
            if extra and not wrong:
                wrong.append(Fault(self.row, line, extra[0][:60], text("batch.row.long", cells=len(row), width=width)))
            numbers = [place for place in shared if place in self.columns and self.columns[place][0].type in NUMERIC]
            wrong += [Fault(self.row, line, str(row[place]), text("cell.merged"), self.names[place]) for place in numbers]
            plain = not wrong
            for place, (given, unit) in formed.items():
                cell = raw[place] if place < len(raw) else None
                if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                    try:
                        said = as_shown(cell_number(cell), self.page.code(line, place), given, unit)
                    except BadValue as bad:
                        if plain:
                            wrong.append(Fault(self.row, line, str(row[place]), bad.accepted, self.names[place]))
                    else:
                        row[place] = said if isinstance(said, str) else format(said, "f")
            if wrong:
                faults += [one._replace(project=self.project_in(row), cells=tuple(row)) for one in wrong]
                continue
            rows.append(row[:width] + [None] * (width - len(row)))
            places.append(self.row)
            lines.append(line)
            if len(rows) == ROWS:
                self.done = line / max(1, self.page.height)
                yield self._block(rows, places, lines, faults)
                rows, places, lines, faults = [], [], [], []
        if rows or faults:
            yield self._block(rows, places, lines, faults)

    def beginning(self, sheet: str) -> list[list[Any]]:
        """The first rows of another sheet that are neither blank nor remarks."""
        rows = ([cell for cell in row if cell not in (None, "")] for row in self.book.rows(sheet))
        return list(itertools.islice((row for row in rows if row and not said_in(row[0]).startswith(REMARK)), HEAD_ROWS))

    def _column(self, column: int) -> str:
        place = column - self.page.left - 1
        return self.names[place] if 0 <= place < len(self.names) else ""

    def _block(self, rows: list[list[str | None]], places: list[int], lines: list[int], faults: list[Fault]) -> Block:
        width = len(self.names)
        columns = [pa.array(c, pa.string()) for c in zip(*rows, strict=True)] if rows else [pa.array([], pa.string())] * width
        named = dict(zip(self.names, columns, strict=True))
        return Block(named, pa.array(places, pa.int64()), pa.array(lines, pa.int64()), faults)
