"""What every kind of table gives: blocks of raw columns with the line of each row, what was passed over, what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from calc.batch.ordered import counting
from calc.messages import text
from calc.questions.fill.heads import PROJECT, folded
from calc.questions.fill.rows import Aside

if TYPE_CHECKING:
    from calc.batch.header import Column

ROWS = 50_000  # rows of a block where rows are read one by one
_PROJECT = list(map(folded, PROJECT))


class Fault(NamedTuple):
    """A row that cannot be read: its number among the rows, its line, what stands there, why not, in which column if in one, the
    project that it names and its cells, as far as can be told."""

    row: int
    line: int
    value: str
    reason: str
    column: str = ""
    project: str | None = None
    cells: tuple[str | None, ...] = ()


@dataclass(slots=True)
class Block:
    """Raw columns by header, the number of each row among the rows of the file (from 1), the line it stands on, and faults."""

    columns: dict[str, pa.Array]
    rows: pa.Array
    lines: pa.Array
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Notes:
    """What a reader passed over or filled in: blank rows, remarks, title rows, lines of rows with fewer cells than the header, files
    of a folder that are no applications."""

    blank: int = 0
    remarks: int = 0
    titles: int = 0
    short: int = 0
    short_lines: list[int] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)


class Source:
    """A table to be read once. ``names`` are its headers, where it is ``headed``; else each block has its own.

    ``stated`` are the units that rows of units say of each column, ``titles`` those that titles say of all.
    """

    headed = True
    encoded = False  # whether it is text, in an encoding that may be told

    def __init__(self, name: str) -> None:
        self.name = name
        self.names: list[str] = []
        self.types: dict[str, pa.DataType] = {}
        self.stated: list[list[str]] = []
        self.titles: list[str] = []
        self.header_line = 0
        self.notes = Notes()
        self.aside = Aside()
        self.row = 0
        self.done = 0.0

    def use(self, columns: Sequence[Column]) -> None:
        """The columns by the names they have from here on, in the order of ``names``."""
        names = {folded(column.name): place for place, column in enumerate(columns) if not column.fact}
        self.aside.keys = [names[name] for name in _PROJECT if name in names]
        self.names = [column.name for column in columns]

    def project_in(self, cells: Sequence[str | None]) -> str | None:
        """The project that a row names."""
        return next((cells[place] for place in self.aside.keys if place < len(cells) and cells[place]), None)

    def passed(self, cells: Sequence[str | None], line: int) -> bool:
        """Whether a row is blank or no project, and so passed over."""
        if not any(cells):
            self.notes.blank += 1
            return True
        return self.aside.is_one(cells, line)

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        raise NotImplementedError

    def place(self, line: int = 0) -> str:
        """Where a line of the table stands (or its header), as editors and terminals write it."""
        return f"{self.name}:{line or self.header_line}" if line or self.header_line else self.name

    def file_of(self, row: int) -> str | None:
        """The file that a row is from, where it is not that of the table."""
        return None

    def document_kind(self) -> str:
        """What a file is that is one document of one project; empty for all others."""
        return ""

    def line_of(self, row: int, column: str) -> int:
        """The line on which a value of a row stands, where rows stand on several (0: not known, or all on that of the row)."""
        return 0

    def where(self, row: int, line: int, path: str) -> str:
        """The place of a value as messages name it: by its line, of a row that is from another file by that too."""
        file = self.file_of(row)
        line = self.line_of(row, path) if file else line
        return text("batch.line.of", file=file, line=line) if file and line else file or text("batch.line", line=line)

    def numbered(self, count: int) -> pa.Array:
        """Numbers for the next ``count`` rows."""
        first = self.row + 1
        self.row += count
        return counting(count, first)
