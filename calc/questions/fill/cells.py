"""The sheets of a workbook as rows of cells, with what its file says of them beside their values: formats, flaws, merged ranges."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any

from calc.errors import FileProblem
from calc.messages import text
from calc.questions.fill.formats import BUILT_IN, says
from calc.questions.fill.workbook import check_workbook

DIGITS = Context(prec=15)  # what a spreadsheet keeps of a number
READ = 8 << 20  # bytes read at a time
# a cell with an error, or with a formula but no value (one whose value is an empty text is blank)
_FLAW = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"'
    rb'(?:[^>]*\bt="e"[^>]*>[^<]*(?:<(?!/?c[ >]|v>)[^<]*)*<v>([^<]*)</v>'
    rb'|(?![^>]*\bt="str")[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>)',
    re.DOTALL,
)
_STYLED = re.compile(rb'<(?:\w+:)?c\s+r="([A-Z]+)([0-9]+)"[^>]*?\ss="([0-9]+)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]+)([0-9]+):[A-Z]+([0-9]+)"')


class Workbook:
    """A workbook held in memory. ``sheets`` are those that a user sees, in their order, ``names`` all of them.

    Raises ``FileProblem`` for a file that is none, or none of bounded size.
    """

    def __init__(self, name: object, raw: bytes) -> None:
        import python_calamine

        check_workbook(name, raw)
        try:
            self.book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        except Exception as bad:  # a damaged or foreign file fails in many ways
            raise FileProblem([text("batch.unreadable", file=name, error=bad)]) from None
        self.raw = raw
        self.names: list[str] = list(self.book.sheet_names)
        self.sheets = [s.name for s in self.book.sheets_metadata if str(s.visible).endswith("Visible") and str(s.typ).endswith("WorkSheet")]

    def rows(self, sheet: str) -> Iterator[list[Any]]:
        """The cells of a sheet, row by row, and nothing else of it."""
        return iter(self.book.get_sheet_by_name(sheet).iter_rows())

    def page(self, sheet: str) -> Page:
        """A sheet by its name."""
        return Page(self, sheet)


class Page:
    """One sheet: ``left`` is how many blank columns stand before its cells, ``height`` how many rows have any.

    ``flaws`` are its cells that hold an error or a formula never computed, by row: the column (from 1) and what stands there
    (``=`` for a formula). ``merged`` are its ranges of several rows, by the place of their first column: first and last row.
    """

    def __init__(self, book: Workbook, sheet: str) -> None:
        self.title = sheet
        self.page = book.book.get_sheet_by_name(sheet)
        self.left, self.height = (self.page.start or (0, 0))[1], self.page.height
        self.flaws: dict[int, list[tuple[int, str]]] = {}
        self.merged: dict[int, list[tuple[int, int]]] = {}
        self.codes: dict[int, tuple[list[int], list[str]]] = {}
        self._held: dict[int, Any] = {}
        if self.height:
            self._scan(book.raw)

    def rows(self) -> Iterator[list[Any]]:
        """The cells, row by row from the first of the sheet."""
        return iter(self.page.iter_rows())

    def code(self, line: int, place: int) -> str:
        """The number format of a cell, where it says more than how many digits to show; ``place`` is its place in the row."""
        column = self.codes.get(place + self.left + 1)
        if column is None:
            return ""
        found = bisect_right(column[0], line) - 1
        return column[1][found] if found >= 0 else ""

    def formed(self, place: int) -> bool:
        """Whether any cell of a column has such a format."""
        return place + self.left + 1 in self.codes

    def merged_in(self, line: int, row: list[Any]) -> list[int]:
        """Writes into a row what ranges merged over several rows hold, and gives the places of those that it shares with other
        rows; rows merged as a whole, or with nothing else in them, share nothing."""
        within = ((place, ends) for place, ranges in self.merged.items() if place < len(row) for ends in ranges)
        found = {place: (top, bottom) for place, (top, bottom) in within if top <= line <= bottom}
        self._held.update({place: row[place] for place, (top, _) in found.items() if line == top})
        own = [place for place, cell in enumerate(row) if cell not in (None, "") and (place not in found or line == found[place][0])]
        if not own or (len(set(found.values())) == 1 and set(own) <= set(found)):
            return []
        for place in found:
            row[place] = self._held.get(place)
        return [place for place in found if row[place] not in (None, "")]

    def reason(self, value: str) -> str:
        """Why a flawed cell cannot be used."""
        return text("cell.formula" if value == "=" else "cell.error")

    def _scan(self, raw: bytes) -> None:
        """Notes flaws, merged ranges, and each column's formats as the lines from which they hold."""
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            told = _codes(parts)
            with parts.open(_sheet_file(parts, self.title)) as content:
                rest = b""
                while part := content.read(READ):
                    data = rest + part
                    cut = data.rfind(b"</row>") + 6
                    if cut < 6:
                        rest = data
                        continue
                    body, rest = data[:cut], data[cut:]
                    if b't="e"' in body or b"<f" in body:
                        for flaw in _FLAW.finditer(body):
                            said = flaw[3].decode() if flaw[3] is not None else "="
                            self.flaws.setdefault(int(flaw[2]), []).append((_number(flaw[1]), said))
                    if told:
                        self._formats(body, told)
        for left, top, bottom in _MERGED.findall(rest):
            if int(bottom) > int(top):
                self.merged.setdefault(_number(left) - 1 - self.left, []).append((int(top), int(bottom)))

    def _formats(self, body: bytes, told: dict[int, str]) -> None:
        for letters, row, style in _STYLED.findall(body):
            code = told.get(int(style), "")
            column = self.codes.get(_number(letters))
            if column is None:
                if not code:
                    continue
                column = self.codes[_number(letters)] = ([0], [""])
            if column[1][-1] != code:
                column[0].append(int(row))
                column[1].append(code)


def cell_number(value: float) -> Decimal:
    """A number of a cell with the digits that a spreadsheet keeps."""
    return DIGITS.create_decimal(repr(value)).normalize()


def cell_text(cell: Any) -> str | None:
    """A cell of a workbook as text: days in ISO form; ``None`` where blank."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (float, int)):
        return format(cell_number(cell), "f")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return None if cell is None else str(cell)


def _codes(parts: zipfile.ZipFile) -> dict[int, str]:
    """The number formats that say more than digits, by the style that has them."""
    import xml.etree.ElementTree as tree

    if "xl/styles.xml" not in parts.namelist():
        return {}
    root = tree.fromstring(parts.read("xl/styles.xml"))
    written = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in root.iter() if one.tag.endswith("}numFmt")}
    codes = {**BUILT_IN, **written}
    styles = next((one for one in root if one.tag.endswith("}cellXfs")), ())
    found = {place: codes.get(int(style.get("numFmtId", 0)), "") for place, style in enumerate(styles)}
    return {place: code for place, code in found.items() if code and says(code)}


def _sheet_file(parts: zipfile.ZipFile, sheet: str) -> str:
    """The part of a workbook that holds a sheet."""
    import xml.etree.ElementTree as tree

    book = tree.fromstring(parts.read("xl/workbook.xml"))
    links = {one.get("Id"): one.get("Target", "") for one in tree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))}
    for one in book.iter():
        if one.tag.endswith("}sheet") and one.get("name") == sheet:
            link = next(value for key, value in one.items() if key.endswith("}id"))
            return str(links[link]).lstrip("/") if links[link].startswith("/") else f"xl/{links[link]}"
    raise KeyError(sheet)


def _number(letters: bytes) -> int:
    """The number of a column, from 1."""
    found = 0
    for letter in letters:
        found = 26 * found + letter - 64
    return found
