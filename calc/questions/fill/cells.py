"""The sheets of a workbook as rows of cells, with what its file says of them beside their values: formats, flaws, merged ranges."""

from __future__ import annotations

import datetime as dt
import io
import re
import xml.etree.ElementTree as tree
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Context, Decimal
from typing import IO, Any

from calc import stopping
from calc.errors import FileProblem
from calc.messages import text
from calc.questions.fill.formats import BUILT_IN, says
from calc.questions.fill.parts import READ, column_number, is_plain, parsed
from calc.questions.fill.workbook import check_workbook, sound

DIGITS = Context(prec=15)  # what a spreadsheet keeps of a number
LONGEST = 255  # signs of a number format
MENDED = 256 << 20  # bytes of all parts up to which errors are made such as the library knows
# a cell with an error, or with a formula but no value (one whose value is an empty text is blank)
_FLAW = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"'
    rb'(?:[^>]*\bt="e"[^>]*>[^<]*(?:<(?!/?c[ >]|v>)[^<]*)*<v>([^<]*)</v>'
    rb'|(?![^>]*\bt="str")[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>)',
    re.DOTALL,
)
_STYLED = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?:[^>]*?\ss="([0-9]+)")?[^>]*(?<!/)>')  # what has no value needs no format
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):[A-Z]+([0-9]+)"')


# what stands before the value of a cell with an error, and the value
_ERROR = re.compile(rb"""(<(?:\w+:)?c\s(?:[^>]*\s)?t=["']e["'][^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>)[^<]*(?=<)""", re.DOTALL)


class Workbook:
    """A workbook held in memory. ``sheets`` are those that a user sees, in their order, ``names`` all of them.

    Raises ``FileProblem`` for a file that is none, or none of bounded size.
    """

    def __init__(self, name: object, raw: bytes) -> None:
        import python_calamine

        check_workbook(name, raw)
        self.name = name
        self.usual = False  # whether all errors in cells are such as the library knows
        with sound(name):
            self.book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
            self.parts = zipfile.ZipFile(io.BytesIO(raw))
            self.codes = _codes(self.parts)
            self.files = _sheet_files(self.parts)
        self.names: list[str] = list(self.book.sheet_names)
        pages = [sheet for sheet in self.book.sheets_metadata if str(sheet.typ).endswith("WorkSheet")]
        self.sheets = [sheet.name for sheet in pages if str(sheet.visible).endswith("Visible")]
        self.hidden = [sheet.name for sheet in pages if sheet.name not in self.sheets]

    def rows(self, sheet: str) -> Iterator[list[Any]]:
        """The cells of a sheet, row by row, and nothing else of it. Raises ``FileProblem`` for a damaged one."""
        with sound(self.name):
            yield from self.sheet(sheet).iter_rows()

    def sheet(self, title: str) -> Any:
        """A sheet as the library has it, which knows the errors of old only: what newer ones there are stands there as one of these."""
        import python_calamine

        try:
            return self.book.get_sheet_by_name(title)
        except Exception:
            if self.usual or sum(one.file_size for one in self.parts.infolist()) > MENDED:
                raise
        self.usual = True
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
            for one in self.parts.infolist():
                content = self.parts.read(one)
                parts.writestr(one.filename, _ERROR.sub(rb"\1#VALUE!", content) if one.filename in self.files.values() else content)
        made.seek(0)
        self.book = python_calamine.CalamineWorkbook.from_filelike(made)
        return self.book.get_sheet_by_name(title)

    def page(self, sheet: str) -> Page:
        """A sheet by its name. Raises ``FileProblem`` for a damaged one."""
        with sound(self.name):
            return Page(self, sheet)


class Page:
    """One sheet: ``left`` is how many blank columns stand before its cells, ``height`` how many rows have any.

    ``flaws`` are its cells that hold an error or a formula never computed, by row: the column (from 1) and what stands there
    (``=`` for a formula). ``merged`` are its ranges of several rows, by the place of their first column: first and last row.
    """

    def __init__(self, book: Workbook, sheet: str) -> None:
        self.title = sheet
        self.book = book
        self.page = book.sheet(sheet)
        self.left, self.height = (self.page.start or (0, 0))[1], self.page.height
        self.flaws: dict[int, list[tuple[int, str]]] = {}
        self.merged: dict[int, list[tuple[int, int]]] = {}
        self.codes: dict[int, tuple[list[int], list[str]]] = {}
        self._held: dict[int, Any] = {}
        if self.height:
            self._scan()

    def rows(self) -> Iterator[list[Any]]:
        """The cells, row by row from the first of the sheet to the last that has any, be they but flawed. Raises ``FileProblem``
        where they are damaged."""
        line, blank = 0, [""]
        with sound(self.book.name):
            for row in self.page.iter_rows():
                line, blank = line + 1, [""] * len(row)
                yield row
        for _ in range(line, max(self.flaws, default=0)):
            yield blank.copy()

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

    def _scan(self) -> None:
        """Notes flaws, merged ranges, and each column's formats as the lines from which they hold."""
        with self.book.parts.open(self.book.files[self.title]) as content:
            plain = self._match(content)
        if not plain:
            self.flaws, self.merged, self.codes = {}, {}, {}
            with self.book.parts.open(self.book.files[self.title]) as content:
                self._parse(content)

    def _match(self, content: IO[bytes]) -> bool:
        """Notes them by patterns; whether that could be done."""
        rest = b""
        while part := content.read(READ):
            data = rest + part
            cut = data.rfind(b"</row>") + 6
            if cut < 6:
                rest = data
                continue
            body, rest = data[:cut], data[cut:]
            if not is_plain(body):
                return False
            if b't="e"' in body or b"<f" in body:
                for flaw in _FLAW.finditer(body):
                    self._flawed(int(flaw[2]), column_number(flaw[1]), flaw[3].decode() if flaw[3] is not None else "=")
            if self.book.codes:
                for letters, row, style in _STYLED.findall(body):
                    self._styled(int(row), column_number(letters), self.book.codes.get(style, ""))
        for left, top, bottom in _MERGED.findall(rest):
            self._merge(column_number(left), int(top), int(bottom))
        return is_plain(rest)

    def _parse(self, content: IO[bytes]) -> None:
        """Notes them by the parser."""
        for found in parsed(content):
            for cell in found.cells:
                if cell.kind == "e" and cell.value is not None:
                    self._flawed(cell.row, cell.column, cell.value)
                elif cell.formula and not cell.value and cell.kind != "str":
                    self._flawed(cell.row, cell.column, "=")
                self._styled(cell.row, cell.column, self.book.codes.get(cell.style.encode(), ""))
            for name, left, top, _, bottom in found.ranges:
                if name == "mergeCell":
                    self._merge(left, top, bottom)

    def _flawed(self, row: int, column: int, said: str) -> None:
        self.flaws.setdefault(row, []).append((column, said))

    def _merge(self, left: int, top: int, bottom: int) -> None:
        if bottom > top:
            self.merged.setdefault(left - 1 - self.left, []).append((top, bottom))

    def _styled(self, row: int, column: int, code: str) -> None:
        known = self.codes.get(column)
        if known is None:
            if not code:
                return
            known = self.codes[column] = ([0], [""])
        if known[1][-1] != code:
            known[0].append(row)
            known[1].append(code)


@contextmanager
def whole_parquet(name: object) -> Iterator[None]:
    """What fails within does so because a Parquet file is damaged. Raises ``FileProblem``, which says so."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as bad:
        stopping.check(bad)
        raise FileProblem([text("kind.parquet", file=name)]) from None


def of_calendar(column: Any) -> Any:
    """A column of Arrow as it is, but days and moments as texts where some are none that a date can be (after the year 9999)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        try:
            pc.min_max(column).as_py()
        except (OverflowError, ValueError):
            return column.cast(pa.string())
    return column


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


def _codes(parts: zipfile.ZipFile) -> dict[bytes, str]:
    """The number formats that say more than digits, by the number (as cells write it) of the style that has them."""
    if "xl/styles.xml" not in parts.namelist():
        return {}
    root = tree.fromstring(parts.read("xl/styles.xml"))
    written = {one.get("numFmtId", ""): one.get("formatCode", "") for one in root.iter() if one.tag.endswith("}numFmt")}
    codes = {**{str(number): code for number, code in BUILT_IN.items()}, **written}
    styles = next((one for one in root if one.tag.endswith("}cellXfs")), ())
    found = {str(place).encode(): codes.get(style.get("numFmtId", "0"), "") for place, style in enumerate(styles)}
    return {place: code for place, code in found.items() if code and len(code) <= LONGEST and says(code)}


def _sheet_files(parts: zipfile.ZipFile) -> dict[str, str]:
    """The parts of a workbook that hold its sheets; of two with one name the first."""
    book = tree.fromstring(parts.read("xl/workbook.xml"))
    links = {one.get("Id"): one.get("Target", "") for one in tree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))}
    names = {name.lower(): name for name in parts.namelist()}
    found: dict[str, str] = {}
    for one in book.iter():
        if one.tag.endswith("}sheet"):
            target = links[next(value for key, value in one.items() if key.endswith("}id"))]
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found.setdefault(one.get("name", ""), names.get(path.lower(), path))
    return found
