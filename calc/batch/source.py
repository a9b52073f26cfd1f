"""Tables as people have them (CSV, TSV, workbooks, JSON lines, Parquet, standard input) → blocks of columns, streamed.

A block has the raw columns of some rows with the line each row stands on. What cannot be read as a row (cells beyond the
header, an open quote, broken text) is a fault and counts as a row; blank rows do not count.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.header import once
from calc.batch.ordered import counting
from calc.batch.values import words
from calc.documents import BadDocument, read_json
from calc.errors import FileProblem, nearest_names
from calc.facts import field_named
from calc.messages import text
from calc.questions.fill.cells import Workbook, cell_number, cell_text
from calc.questions.fill.formats import as_shown
from calc.questions.fill.heads import DELIMITERS, HEAD_ROWS, PROJECT, REMARK, SEPARATOR, Definition, Head, find_head, folded, said_in
from calc.questions.fill.rows import SUSPECT, Aside
from calc.questions.fill.workbook import OLD, check_workbook
from calc.units import NUMERIC, BadValue, is_blank

if TYPE_CHECKING:
    from calc.batch.header import Column
    from calc.facts import FactDef

FORMATS = ("csv", "tsv", "xlsx", "jsonl", "parquet")
SUFFIXES = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
READ = 8 << 20  # bytes read at a time
PARSED = 1 << 20  # and parsed at a time, side by side
LONGEST = 64 << 20  # bytes a quoted cell may keep a block waiting for its end
SPAN = 200  # lines a quoted cell may run over
FIRST = 4  # columns among which the first cell of a row that is no project is looked for
ROWS = 50_000  # rows of a block where rows are read one by one
_PROJECT = list(map(folded, PROJECT))


class Fault(NamedTuple):
    """A row that cannot be read: its number among the rows, its line, what stands there, why not, in which column if in one, and the
    project that it names, as far as can be told."""

    row: int
    line: int
    value: str
    reason: str
    column: str = ""
    project: str | None = None


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

    def file_of(self, row: int) -> str | None:
        """The file that a row is from, where it is not that of the table."""
        return None

    def numbered(self, count: int) -> pa.Array:
        """Numbers for the next ``count`` rows."""
        first = self.row + 1
        self.row += count
        return counting(count, first)


def open_source(
    path: str,
    known: Callable[[Any], bool],
    format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    stdin: IO[bytes] | None = None,
    definition: Callable[[str], FactDef | None] = lambda name: None,
) -> Source:
    """The table in ``path`` (``-``: standard input).

    ``known`` tells headers that mean something, ``definition`` what a name in JSON stands for (fact or field, if any).

    Raises ``FileProblem`` for a file that cannot be read, ``OSError`` for one that cannot be opened.
    """
    name = text("batch.stdin") if path == "-" else path
    stream: IO[bytes] = (stdin or sys.stdin.buffer) if path == "-" else open(path, "rb")  # noqa: SIM115 - read block by block
    size = 0 if path == "-" else Path(path).stat().st_size
    start = _peek(stream)
    kind = format or SUFFIXES.get(Path(path).suffix.lower()) or _kind(start)
    if path != "-" and format is None:
        kind = _kind(start) if _kind(start) in ("xlsx", "parquet") else kind
    if sheet is not None and kind != "xlsx":
        raise FileProblem([text("batch.sheet.none", file=name)])
    if start[:4] == OLD:
        check_workbook(name, _seekable(stream, start).read())
    if kind == "parquet":
        return ParquetSource(name, _seekable(stream, start))
    if kind == "xlsx":
        return SheetSource(name, _seekable(stream, start).read(), known, sheet, definition)
    lines = _Text(name, stream, start, size, encoding)
    if kind == "jsonl":
        return JsonSource(name, lines, definition)
    return CsvSource(name, lines, known, "\t" if kind == "tsv" else None, definition)


def _peek(stream: IO[bytes]) -> bytes:
    """The first bytes of a stream."""
    found = b""
    while len(found) < READ // 8:
        more = stream.read(READ // 8 - len(found))
        if not more:
            break
        found += more
    return found


def _kind(start: bytes) -> str:
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:4] == b"PK\x03\x04":
        return "xlsx"
    return "jsonl" if start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[") else "csv"


def _seekable(stream: IO[bytes], start: bytes) -> IO[bytes]:
    """A stream from its beginning; what cannot be rewound is kept on disk."""
    if stream.seekable():
        stream.seek(0)
        return stream
    import shutil
    import tempfile

    kept = tempfile.TemporaryFile()  # noqa: SIM115 - read until the process ends
    kept.write(start)
    shutil.copyfileobj(stream, kept)
    kept.seek(0)
    return kept


# ---------------------------------------------------------------- text


class _Text:
    """A text file as UTF-8 bytes, some at a time; the encoding is told, marked, or found out."""

    def __init__(self, name: str, stream: IO[bytes], start: bytes, size: int, encoding: str | None) -> None:
        self.name = name
        self.stream = stream
        self.start = start
        self.size = size
        self.read_so_far = 0
        self.broken = False
        if encoding is not None:
            try:
                self.encoding = codecs.lookup(encoding).name
                codecs.getincrementaldecoder(self.encoding)("replace").decode(b"a").encode()
            except (LookupError, ValueError, TypeError, AttributeError, AssertionError):  # there is none, or it is none of texts
                near = nearest_names(encoding, ("utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16"))
                raise FileProblem([text("batch.encoding.unknown", encoding=encoding, nearest=" / ".join(near) or "utf-8 / gb18030")]) from None
            if self.encoding == "utf-8":
                self.encoding = "utf-8-sig"
            if self.encoding in ("gbk", "gb2312"):
                self.encoding = "gb18030"
        else:
            self.encoding = _encoding(start)
        self.decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        self.undecided = encoding is None and start.isascii()
        self.mac = b"\r" in start and b"\n" not in start
        self.plain = self.encoding == "utf-8-sig" and not self.mac  # UTF-8 so far: nothing to decode
        self.cut = b""
        if self.plain:
            self.start = start.removeprefix(codecs.BOM_UTF8)

    def content(self) -> Iterator[bytes]:
        """The content as UTF-8; ``broken`` is set once something in it was no text."""
        raw = self.start
        while raw:
            self.read_so_far += len(raw)
            yield self._decode(raw, False)
            raw = self.stream.read(READ)
        tail = self._decode(b"", True)
        if tail:
            yield tail

    def _decode(self, raw: bytes, final: bool) -> bytes:
        if self.plain:
            raw = self.cut + raw
            end = len(raw) if final else _whole_characters(raw)
            if _is_utf8(raw[:end]):
                self.cut = raw[end:]
                self.undecided = self.undecided and raw.isascii()
                return raw[:end]
            self.plain, self.cut = False, b""
        if self.undecided and not raw.isascii():
            self.encoding = _encoding(raw)
            self.decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            self.undecided = False
        content = self.decoder.decode(raw, final)
        if not self.broken and "\ufffd" in content:
            self.broken = True
        if self.mac:
            content = content.replace("\r", "\n")
        return content.encode("utf-8", "replace")

    @property
    def done(self) -> float:
        """The share read so far, 0 where the size is not known."""
        return self.read_so_far / self.size if self.size else 0.0


def _encoding(start: bytes) -> str:
    """The encoding of a text by its first bytes: marked, else UTF-8 where it is that (but for rare broken places), else GB18030."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if start.startswith(mark):
            return name
    if start.isascii():
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    said = decoder.decode(start)
    foreign = sum(c > "\x7f" for c in said)
    return "utf-8-sig" if said.count("\ufffd") * 20 <= foreign else "gb18030"


def _whole_characters(raw: bytes) -> int:
    """Where the last whole UTF-8 character of some bytes ends."""
    for back in range(1, min(4, len(raw) + 1)):
        byte = raw[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(raw) - back if back < length else len(raw)
    return len(raw)


def _is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 in which nothing was lost before."""
    if raw.isascii():
        return True
    try:
        pa.array([raw], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return b"\xef\xbf\xbd" not in raw


class CsvSource(Source):
    """Separated values. Blocks that are regular go through a column parser, all others row by row; both give the same."""

    def __init__(self, name: str, lines: _Text, known: Callable[[Any], bool], delimiter: str | None, definition: Definition) -> None:
        super().__init__(name)
        self.text = lines
        self.parts = lines.content()
        self.rest = next(self.parts, b"")
        self.line = 1
        self._head(known, delimiter, definition)

    def _head(self, known: Callable[[Any], bool], delimiter: str | None, definition: Definition) -> None:
        sample = io.StringIO(self.rest.decode("utf-8", "replace"), newline="")
        first = sample.readline()
        told = SEPARATOR.match(first)
        skipped = 0
        if told:
            delimiter, skipped = told[1], 1
        else:
            sample.seek(0)
        lines = list(sample)
        best: tuple[int, str, Head, list[list[str]], list[int]] | None = None
        for candidate in delimiter or DELIMITERS:
            rows, ends = _first_rows(lines, candidate)
            head = find_head(rows, known, definition)
            if head is not None:
                score = sum(map(known, head.names))
                if best is None or score > best[0]:
                    best = score, candidate, head, rows, ends
        if best is None:
            raise FileProblem([text("batch.empty", file=self.name)])
        _, self.delimiter, head, rows, ends = best
        mark = re.escape(self.delimiter).encode()
        self.stray = re.compile(rb'[^"\n' + mark + rb']"[^"\r\n' + mark + rb"]")  # a quote within or behind a cell
        self.names, self.stated, self.titles = head.names, head.stated, head.titles
        self.aside.remarks = head.remarks
        self.notes.titles = sum(any(map(said_in, row)) for row in rows[: head.row])
        self.notes.remarks = head.passed
        self.header_line = (ends[head.row - 1] if head.row else 0) + 1 + skipped
        used = ends[head.data - 1]
        self.line = used + 1 + skipped
        size = sum(len(line.encode()) for line in lines[:used]) + (len(first.encode()) if told else 0)
        self.rest = self.rest[size:]

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        carried = self.rest
        for part in self.parts:
            data = carried + part
            cut = _end_of_rows(data)
            if cut:
                yield self._block(data[:cut])
            carried = data[cut:]
            self.done = self.text.done
        if carried:
            yield self._block(carried)

    def _block(self, body: bytes) -> Block:
        return self._regular(body) or self._row_by_row(body)

    def _regular(self, body: bytes) -> Block | None:
        """A block in which every line is one row with all its cells; ``None`` where that is not so."""
        import pyarrow.csv as pacsv

        quoted = b'"' in body
        if self.text.broken or b"\0" in body or (quoted and self._stray(body)):
            return None
        names = [str(place) for place in range(len(self.names))]
        irregular = False

        def other(row: Any) -> str:
            nonlocal irregular
            irregular = True
            return "skip"

        try:
            table = pacsv.read_csv(
                pa.BufferReader(body),
                pacsv.ReadOptions(column_names=names, block_size=PARSED if not quoted else max(len(body) + 1, PARSED)),
                pacsv.ParseOptions(delimiter=self.delimiter, newlines_in_values=quoted, invalid_row_handler=other, quote_char='"' if quoted else False),
                pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
            )
        except pa.ArrowInvalid:
            return None
        lines = body.count(b"\n") + (not body.endswith(b"\n"))
        if irregular or table.num_rows != lines or body.count(b"\r") not in (0, body.count(b"\r\n")):
            return None
        columns = [column.combine_chunks() if column.num_chunks != 1 else column.chunk(0) for column in table.columns]
        if any(pc.any(pc.match_substring_regex(columns[place], SUSPECT), min_count=0).as_py() for place in {*range(min(FIRST, len(names))), *self.aside.keys}):
            return None
        blank = _blank(columns)
        numbers = counting(lines, self.line)
        self.line += lines
        if blank is not None:
            self.notes.blank += pc.sum(blank).as_py()
            kept = pc.invert(blank)
            columns, numbers = [column.filter(kept) for column in columns], numbers.filter(kept)
        return Block(self._named(columns), self.numbered(len(numbers)), numbers)

    def _stray(self, body: bytes) -> bool:
        """Whether there is a quote within or behind a cell, which readers take differently."""
        mark = self.delimiter.encode()
        opening = body.count(mark + b'"') + body.count(b'\n"') + body.startswith(b'"')
        closing = body.count(b'"' + mark) + body.count(b'"\n') + body.count(b'"\r') + body.endswith(b'"')
        if opening == closing and 2 * opening == body.count(b'"'):
            return False
        return self.stray.search(body) is not None

    def _named(self, columns: Iterable[pa.Array]) -> dict[str, pa.Array]:
        return dict(zip(self.names, columns, strict=True))

    def _row_by_row(self, body: bytes) -> Block:
        rows: list[list[str]] = []
        places: list[int] = []
        lines: list[int] = []
        faults: list[Fault] = []
        width = len(self.names)
        for line, row, fault in _rows(body.decode("utf-8", "replace"), self.delimiter, self.line):
            if fault is None and self.passed([cell.strip() for cell in row], line):
                continue
            self.row += 1
            extra = [cell for cell in row[width:] if cell.strip()]
            if fault is None and extra:
                fault = text("batch.row.long", cells=len(row), width=width)
            if fault is None and self.text.broken and any("\ufffd" in cell for cell in row):
                fault = text("batch.row.broken", encoding=self.text.encoding.removesuffix("-sig"))
            if fault is not None:
                cells = row if len(row) > 1 else row[0].split(self.delimiter) if row else []
                named = self.project_in([cell.strip(' "') for cell in cells])
                faults.append(Fault(self.row, line, (extra or row or [""])[0][:60], fault, project=named))
                continue
            if len(row) < width:
                self.notes.short += 1
                if len(self.notes.short_lines) < 10:
                    self.notes.short_lines.append(line)
                row = row + [""] * (width - len(row))
            rows.append(row[:width])
            places.append(self.row)
            lines.append(line)
        self.line += body.count(b"\n") + (not body.endswith(b"\n"))
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)] if rows else [pa.array([], pa.string())] * width
        return Block(self._named(columns), pa.array(places, pa.int64()), pa.array(lines, pa.int64()), faults)


def _first_rows(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first rows of a text, and the number of lines up to the end of each."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    rows: list[list[str]] = []
    ends: list[int] = []
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) == HEAD_ROWS:
                break
    except csv.Error:
        pass
    return rows, ends


def _rows(content: str, delimiter: str, line: int) -> Iterator[tuple[int, list[str], str | None]]:
    """The rows of a text that starts on ``line``: the line, the cells, and what is wrong with it. A quote that is never
    closed costs its own line only."""
    lines = list(io.StringIO(content, newline=""))
    place = 0
    while place < len(lines):
        reader = csv.reader(iter(lines[place:] if place else lines), delimiter=delimiter, strict=True)
        start = first = place
        try:
            for row in reader:
                place = first + reader.line_num
                run = place - start
                if run > SPAN:
                    raise csv.Error
                yield line + start, row, None
                start = place
        except csv.Error:
            yield line + start, [lines[start].strip()], text("batch.row.quote")
            place = start + 1


def _end_of_rows(data: bytes) -> int:
    """Where the last whole row of a text ends: behind its last line break outside quotes; 0 where more must be read."""
    place = data.rfind(b"\n")
    if place < 0:
        return len(data) if len(data) > LONGEST else 0
    odd = data.count(b'"', 0, place) % 2
    cut = place
    while odd and cut > 0:
        before = data.rfind(b"\n", 0, cut)
        if before < 0:
            break
        odd ^= data.count(b'"', before, cut) % 2
        cut = before
    if odd:
        return place + 1 if len(data) > LONGEST else 0
    return cut + 1


def _blank(columns: Sequence[pa.Array]) -> pa.Array | None:
    """A mask of the rows in which every cell is blank; ``None`` where there is none."""
    blank = None
    for column in columns:
        empty = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank, min_count=0).as_py():
            return None
    return blank


# ---------------------------------------------------------------- workbooks


class SheetSource(Source):
    """A sheet of a workbook: the one named, else the first that is not hidden and has something in it."""

    def __init__(self, name: str, raw: bytes, known: Callable[[Any], bool], sheet: str | None, definition: Definition) -> None:
        super().__init__(name)
        book = self.book = Workbook(name, raw)
        self.sheets = book.sheets
        if sheet is not None and sheet not in book.names:
            near = nearest_names(sheet, book.names)
            raise FileProblem([text("batch.sheet.missing", file=name, sheet=sheet, nearest=" / ".join(near) or "、".join(book.sheets))])
        pages = map(book.page, [sheet] if sheet is not None else book.sheets)
        page = next((page for page in pages if page.height), None)
        if page is None:
            raise FileProblem([text("batch.empty", file=name)])
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
            for place, (given, unit) in formed.items() if not wrong else ():
                cell = raw[place] if place < len(raw) else None
                if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                    try:
                        said = as_shown(cell_number(cell), self.page.code(line, place), given, unit)
                    except BadValue as bad:
                        wrong.append(Fault(self.row, line, str(row[place]), bad.accepted, self.names[place]))
                    else:
                        row[place] = said if isinstance(said, str) else format(said, "f")
            if wrong:
                faults += [one._replace(project=self.project_in(row)) for one in wrong]
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


# ---------------------------------------------------------------- JSON


class JsonSource(Source):
    """JSON lines, one project a line (or one array of projects): facts by name, or ``{"id", "name", "facts": {…}}``."""

    headed = False

    def __init__(self, name: str, lines: _Text, definition: Callable[[str], FactDef | None]) -> None:
        super().__init__(name)
        self.text = lines
        self.definition = definition

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        records: list[tuple[int, int, dict[str, Any]]] = []
        faults: list[Fault] = []
        for line, content in self._lines():
            if not content.strip():
                self.notes.blank += 1
                continue
            for one in _parsed(content):
                self.row += 1
                if isinstance(one, str):
                    faults.append(Fault(self.row, line, content.strip()[:60], one))
                else:
                    records.append((self.row, line, one))
            if len(records) >= ROWS or len(faults) >= ROWS:
                self.done = self.text.done
                yield self._block(records, faults)
                records, faults = [], []
        if records or faults:
            yield self._block(records, faults)

    def _block(self, records: list[tuple[int, int, dict[str, Any]]], faults: list[Fault]) -> Block:
        names = dict.fromkeys(name for _, _, one in records for name in one)
        columns = {name: json_column([one.get(name) for _, _, one in records], self.definition(name)) for name in names}
        return Block(columns, pa.array([r for r, _, _ in records], pa.int64()), pa.array([n for _, n, _ in records], pa.int64()), faults)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines; of a file that is one array, all of it."""
        carried = b""
        line = 1
        whole = False
        for place, part in enumerate(self.text.content()):
            data = carried + part
            whole = whole or (place == 0 and data.lstrip()[:1] == b"[")
            if whole:
                carried = data
                continue
            *ready, carried = data.split(b"\n")
            for one in ready:
                yield line, one.decode()
                line += 1
        if carried:
            yield line, carried.decode()


def _parsed(content: str) -> Iterator[dict[str, Any] | str]:
    """The projects of a line: each its values by name, or what is wrong with it."""
    try:
        found = read_json(content)
    except BadDocument as bad:
        yield text("batch.json", column=bad.column, error=bad.problem) if bad.column else bad.problem
        return
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            yield text("batch.json.object")
        elif isinstance(one.get("facts"), dict):
            beside = {key: value for key, value in one.items() if key != "facts"}
            twice = [key for key in one["facts"] if key in beside]
            yield text("batch.json.twice", name=twice[0]) if twice else {**beside, **one["facts"]}
        else:
            yield one


def json_column(values: Sequence[Any], definition: FactDef | None) -> pa.Array:
    """JSON values as a column: of texts, or for a record list of lists of records; what is none there is a list with a null
    record, to be refused."""
    if definition is not None and definition.type == "set":
        return pa.array([words(value) or json_text(value) for value in values], pa.string())
    if definition is None or definition.type != "list":
        return pa.array([json_text(value) for value in values], pa.string())
    lists = [value if isinstance(value, list) else None if is_blank(value) else [None] for value in values]
    records = [record if isinstance(record, dict) else None for rows in lists for record in rows or ()]
    fields = dict.fromkeys(name for record in records if record for name in record)
    offsets = [0]
    for rows in lists:
        offsets.append(offsets[-1] + len(rows or ()))
    broken = [record is None for record in records]
    inner = {name: definition.fields.get(field_named(name, definition.fields)) for name in fields}
    columns = [json_column([(record or {}).get(name) for record in records], inner[name]) for name in fields]
    named = pa.StructArray.from_arrays(columns, names=list(fields), mask=pa.array(broken, pa.bool_())) if columns else None
    structs = named if named is not None else pa.array(records, pa.struct([]))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs, mask=pa.array([rows is None for rows in lists], pa.bool_()))


def json_text(value: Any) -> str | None:
    """A JSON value as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 100 else str(value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (dict, list)) else str(value)


# ---------------------------------------------------------------- Parquet


class ParquetSource(Source):
    """A Parquet file; the line of a row is its number."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        super().__init__(name)
        import pyarrow.parquet as pq

        try:
            self.file = pq.ParquetFile(stream)
        except (pa.ArrowInvalid, OSError) as bad:
            raise FileProblem([text("batch.unreadable", file=name, error=bad)]) from None
        schema = self.file.schema_arrow
        self.names = list(schema.names)
        self.types = {field.name: field.type for field in schema}
        self.count = self.file.metadata.num_rows

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        for batch in self.file.iter_batches(batch_size=ROWS * 2):
            columns = dict(zip(once(self.names), batch.columns, strict=True))
            rows = self.numbered(batch.num_rows)
            self.done = self.row / max(1, self.count)
            yield Block(columns, rows, rows)
