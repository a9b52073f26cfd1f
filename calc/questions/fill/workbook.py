"""Whether a workbook can be read at all, before a library takes it into memory: what it is, how large it becomes, how far it reaches."""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO

from calc.errors import FileProblem
from calc.messages import text

OLD, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
LARGEST = 4 << 30  # bytes of all parts
SMALL, TIMES = 64 << 20, 400  # from this size on, parts that are so many times what the file has are a bomb
SPREAD, PER_CELL = 20_000_000, 50  # cells a sheet may span, in all or for each that is there
MERGED = 5_000_000  # cells that merged ranges and links may span
READ = 4 << 20
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Za-z]+)([0-9]+)[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"']([0-9]+)[\"']")
_RANGE = re.compile(rb"<(?:\w+:)?(?:mergeCell|hyperlink)\s[^>]*?\bref=[\"']([A-Za-z]+)([0-9]+):([A-Za-z]+)([0-9]+)[\"']")


def check_workbook(name: object, raw: bytes) -> None:
    """That ``raw`` (a file called ``name``) is a workbook of bounded size. Raises ``FileProblem``, in one line."""
    if raw[:4] == OLD:
        locked = "EncryptedPackage".encode("utf-16-le") in raw
        raise FileProblem([text("workbook.locked" if locked else "workbook.old", file=name)])
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            _check_parts(name, parts, len(raw))
    except FileProblem:
        raise
    except Exception as bad:  # a damaged archive fails in many ways
        locked = isinstance(bad, RuntimeError) and "encrypted" in str(bad)
        raise FileProblem([text("workbook.locked" if locked else "workbook.damaged", file=name)]) from None


def _check_parts(name: object, parts: zipfile.ZipFile, size: int) -> None:
    names = parts.namelist()
    if "mimetype" in names and b"opendocument" in parts.read("mimetype")[:100]:
        raise FileProblem([text("workbook.old", file=name)])
    if "xl/workbook.xml" not in names:
        raise FileProblem([text("workbook.none", file=name)])
    whole = sum(part.file_size for part in parts.infolist())
    if whole > LARGEST or whole > max(SMALL, TIMES * size):
        raise FileProblem([text("workbook.bomb", file=name, size=f"{whole / (1 << 20):,.0f} MB")])
    for part in parts.infolist():
        if part.filename.endswith((".xml", ".rels")):
            with parts.open(part) as content:
                _check_reach(name, content)


def _check_reach(name: object, content: IO[bytes]) -> None:
    """Reads one part to its end (a part that is not as long as it says is damaged) and measures what a sheet spans."""
    rows: set[int] = set()
    columns: set[bytes] = set()
    cells = merged = 0
    rest = b""
    while part := content.read(READ):
        cut = part.rfind(b"<")
        if cut < 0:
            rest = (rest + part)[-1000:]
            continue
        data, rest = rest + part[:cut], part[cut:]
        cells, merged = _measure(data, rows, columns, cells, merged)
    cells, merged = _measure(rest, rows, columns, cells, merged)
    if not rows and not columns and not merged:
        return
    places = [_number(column) for column in columns] or [1]
    if max(places) > LAST_COLUMN or max(rows, default=1) > LAST_ROW:
        raise FileProblem([text("workbook.past", file=name)])
    area = (max(rows, default=1) - min(rows, default=1) + 1) * (max(places) - min(places) + 1)
    if area > max(SPREAD, PER_CELL * cells) or merged > MERGED:
        raise FileProblem([text("workbook.far", file=name, rows=max(rows, default=1), columns=max(places))])


def _measure(data: bytes, rows: set[int], columns: set[bytes], cells: int, merged: int) -> tuple[int, int]:
    """Adds the rows and columns named in ``data``; gives the cells seen so far and the cells that ranges span."""
    found = _CELL.findall(data)
    columns.update({column for column, _ in found})
    for numbers in ({row for _, row in found}, set(_ROW.findall(data))):
        if numbers:
            ends = [int(number[:12]) for number in numbers]
            rows.update((min(ends), max(ends)))
    for left, top, right, bottom in _RANGE.findall(data):
        merged += abs(_number(right) - _number(left) + 1) * abs(int(bottom[:12]) - int(top[:12]) + 1)
    return cells + len(found), merged


def _number(letters: bytes) -> int:
    """The number of a column, from 1; of a name too long one that no sheet has."""
    found = 0
    for letter in letters[:8].upper():
        found = 26 * found + letter - 64
    return found
