"""The cells in the XML of a sheet, whichever way a program wrote it.

Nearly all programs write a cell as ``<c r="B2" …>``, which patterns find fast. What is written in another way (a prefix before names,
places left out or behind other attributes, single quotes) goes through a parser, and comes to the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

READ = 4 << 20  # bytes read at a time
_PLACE = re.compile(r"\$?([A-Za-z]{1,8})\$?([0-9]{1,12})")
_PREFIXED = (b":c ", b":c>", b":c/", b":row", b":sheetData", b":mergeCell")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


@dataclass(slots=True)
class Cell:
    """A cell: its place (from 1), the number of its style, its kind, whether it has a formula, its value as written."""

    row: int
    column: int
    style: str = ""
    kind: str = ""
    formula: bool = False
    value: str | None = None


@dataclass(slots=True)
class Found:
    """What a part holds: its cells since they were last taken, the rows it names, and its ranges merged or linked."""

    cells: list[Cell] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    ranges: list[tuple[str, int, int, int, int]] = field(default_factory=list)


def is_plain(data: bytes) -> bool:
    """Whether all cells and rows in a piece of a part are written in the usual way."""
    if data[:2] in _UTF16 or any(one in data for one in _PREFIXED):
        return False
    for usual, name in ((b'<c r="', b"<c"), (b'<row r="', b"<row"), (b'<mergeCell ref="', b"<mergeCell")):
        if data.count(usual) != sum(data.count(name + end) for end in (b" ", b">", b"/", b"\n", b"\r", b"\t")):
            return False
    return True


def parsed(content: IO[bytes]) -> Iterator[Found]:
    """A part read by the parser, some of it at a time. Raises ``expat.ExpatError``, ``ValueError`` for a place that is none."""
    found = Found()
    row = column = 0
    open_: Cell | None = None
    text: list[str] | None = None

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal row, column, open_, text
        name = name.rpartition(":")[2]
        if name == "row":
            row, column = int(given.get("r", row + 1)), 0
            found.rows.add(row)
        elif name == "c":
            column, row = _place(given["r"]) if "r" in given else (column + 1, row)
            open_ = Cell(row, column, given.get("s", ""), given.get("t", ""))
        elif name == "f" and open_ is not None:
            open_.formula = True
        elif name == "v" and open_ is not None:
            text = []
        elif name in ("mergeCell", "hyperlink") and ":" in given.get("ref", ""):
            first, _, last = given["ref"].partition(":")
            found.ranges.append((name, *_place(first), *_place(last)))

    def end(name: str) -> None:
        nonlocal open_, text
        name = name.rpartition(":")[2]
        if name == "v" and open_ is not None and text is not None:
            open_.value, text = "".join(text), None
        elif name == "c" and open_ is not None:
            found.cells.append(open_)
            open_ = None

    def said(data: str) -> None:
        if text is not None:
            text.append(data)

    parser: Any = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, said
    while part := content.read(READ):
        parser.Parse(part, False)
        yield found
        found.cells, found.rows, found.ranges = [], set(), []
    parser.Parse(b"", True)
    yield found


def _place(said: str) -> tuple[int, int]:
    """The column and the row of a place such as ``B2``."""
    place = _PLACE.fullmatch(said)
    if place is None:
        raise ValueError(said)
    return column_number(place[1].encode()), int(place[2])


@lru_cache(20_000)
def column_number(letters: bytes) -> int:
    """The number of a column, from 1; of a name too long one that no sheet has."""
    found = 0
    for letter in letters[:8].upper():
        found = 26 * found + letter - 64
    return found
