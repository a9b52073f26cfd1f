"""Whether a workbook can be read at all, before a library takes it into memory: what it is, how large it becomes, how far it reaches."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from calc.documents import OLD
from calc.errors import FileProblem
from calc.messages import text
from calc.questions.fill.parts import READ, Found, column_number, is_plain, parsed

OTHERS = ("xl/workbook.bin", "Index/Document.iwa")  # parts of .xlsb and .numbers
DOCUMENTS = {"word/": "Word", "ppt/": "PowerPoint", "OFD.xml": "OFD"}  # how their parts begin → what they are
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
LARGEST = 4 << 30  # bytes of all parts
SMALL, TIMES = 64 << 20, 400  # from this size on, parts that are so many times what the file has are a bomb
SPREAD, PER_CELL = 20_000_000, 50  # cells a sheet may span, in all or for each that is there
MERGED = 5_000_000  # cells that merged ranges and links may span
WHOLE = 16 << 20  # bytes of a part that is held as a whole: the list of sheets, the formats
SHEETS = 2_000
PARTS = 20_000  # parts that are looked into: ten for each sheet that there may be
HELD = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml")
_CELL = re.compile(rb'<c r="([A-Za-z]+)([0-9]+)"')
_ROW = re.compile(rb'<row r="([0-9]+)"')
_RANGE = re.compile(rb"<(?:mergeCell|hyperlink)\s[^>]*?\bref=[\"']([A-Za-z]+)([0-9]+):([A-Za-z]+)([0-9]+)[\"']")
_SHEET = re.compile(rb"<(?:\w+:)?sheet[\s/>]")


def check_workbook(name: object, raw: bytes) -> None:
    """That ``raw`` (a file called ``name``) is a workbook of bounded size. Raises ``FileProblem``, in one line."""
    if raw[:4] == OLD:
        locked = "EncryptedPackage".encode("utf-16-le") in raw
        raise FileProblem([text("workbook.locked" if locked else "workbook.old", file=name)])
    with sound(name), zipfile.ZipFile(io.BytesIO(raw)) as parts:
        _check_parts(name, parts, len(raw))


@contextmanager
def sound(name: object) -> Iterator[None]:
    """What fails within, in whichever of many ways, does so because a workbook is damaged. Raises ``FileProblem``, which says so."""
    try:
        yield
    except (FileProblem, MemoryError, OSError):
        raise
    except Exception as bad:
        locked = isinstance(bad, RuntimeError) and "encrypted" in str(bad)
        raise FileProblem([text("workbook.locked" if locked else "workbook.damaged", file=name)]) from None


def _check_parts(name: object, parts: zipfile.ZipFile, size: int) -> None:
    names = parts.namelist()
    if ("mimetype" in names and b"opendocument" in parts.open("mimetype").read(100)) or any(one.endswith(OTHERS) for one in names):
        raise FileProblem([text("workbook.old", file=name)])
    if "xl/workbook.xml" not in names:
        for begins, kind in DOCUMENTS.items():
            if any(one.startswith(begins) for one in names):
                raise FileProblem([text("kind.document", file=name, kind=kind)])
        raise FileProblem([text("workbook.none", file=name)])
    count = sum(one.endswith((".xml", ".rels")) for one in names)
    if count > PARTS:
        raise FileProblem([text("workbook.parts", file=name, count=f"{count:,}", most=f"{PARTS:,}")])
    whole = sum(part.file_size for part in parts.infolist())
    if whole > LARGEST or whole > max(SMALL, TIMES * size):
        raise _too_much(name, whole)
    for part in parts.infolist():
        if part.filename in HELD and part.file_size > WHOLE:
            raise _too_much(name, part.file_size)
        if part.filename.endswith((".xml", ".rels")):
            _check_reach(name, parts, part)
    count = len(_SHEET.findall(parts.read("xl/workbook.xml")))
    if count > SHEETS:
        raise FileProblem([text("workbook.sheets", file=name, count=f"{count:,}", most=f"{SHEETS:,}")])


def _too_much(name: object, size: int) -> FileProblem:
    return FileProblem([text("workbook.bomb", file=name, size=f"{size / (1 << 20):,.0f} MB")])


def _check_reach(name: object, parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Reads one part to its end (a part that is not as long as it says is damaged) and measures what a sheet spans."""
    reach = _Reach()
    with parts.open(part) as content:
        plain = _measure(content, reach)
    if not plain:
        reach = _Reach()
        with parts.open(part) as content:
            for found in parsed(content):
                reach.add(found)
    if not reach.rows and not reach.columns and not reach.merged:
        return
    rows, columns = reach.rows or {1}, reach.columns or {1}
    if max(columns) > LAST_COLUMN or max(rows) > LAST_ROW:
        raise FileProblem([text("workbook.past", file=name)])
    area = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
    if area > max(SPREAD, PER_CELL * reach.cells) or reach.merged > MERGED:
        raise FileProblem([text("workbook.far", file=name, rows=max(rows), columns=max(columns))])


class _Reach:
    """The rows and columns that a part names (of many the first and last), how many cells, and how many its ranges span."""

    def __init__(self) -> None:
        self.rows: set[int] = set()
        self.columns: set[int] = set()
        self.cells = 0
        self.merged = 0

    def span(self, rows: Iterable[int]) -> None:
        """Adds rows, of which only the ends are kept."""
        ends = {*self.rows, *rows}
        if ends:
            self.rows = {min(ends), max(ends)}

    def add(self, found: Found) -> None:
        """Adds what the parser has found."""
        self.span({*found.rows, *(cell.row for cell in found.cells)})
        self.columns |= {cell.column for cell in found.cells}
        self.cells += len(found.cells)
        self.merged += sum((abs(right - left) + 1) * (abs(bottom - top) + 1) for _, left, top, right, bottom in found.ranges)


def _measure(content: IO[bytes], reach: _Reach) -> bool:
    """Measures a part by patterns; whether that could be done. A part that could not is not read to its end."""
    rest = b""
    while part := content.read(READ):
        cut = part.rfind(b"<")
        if cut < 0:
            return False
        data, rest = rest + part[:cut], part[cut:]
        if not is_plain(data):
            return False
        _add(data, reach)
    _add(rest, reach)
    return is_plain(rest)


def _add(data: bytes, reach: _Reach) -> None:
    found = _CELL.findall(data)
    reach.columns |= set(map(column_number, {column for column, _ in found}))
    reach.span({int(row[:12]) for row in {row for _, row in found}})
    reach.span({int(row[:12]) for row in _ROW.findall(data)})
    reach.cells += len(found)
    for left, top, right, bottom in _RANGE.findall(data):
        reach.merged += (abs(column_number(right) - column_number(left)) + 1) * (abs(int(bottom[:12]) - int(top[:12])) + 1)
