"""Separated values → blocks: what is regular by a column parser, the rest row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.ordered import counting
from calc.batch.sources.block import Block, Fault, Source
from calc.batch.sources.text import Decoded
from calc.batch.values import repeats
from calc.errors import FileProblem
from calc.kinds import DELIMITERS, SEPARATOR
from calc.messages import text
from calc.questions.fill.heads import HEAD_ROWS, Definition, Head, find_head, said_in
from calc.questions.fill.rows import SURE, SUSPECT

PARSED = 1 << 20  # and parsed at a time, side by side
LONGEST = 64 << 20  # bytes a quoted cell may keep a block waiting for its end
SPAN = 200  # lines a quoted cell may run over
FIRST = 4  # columns among which the first cell of a row that is no project is looked for


class CsvSource(Source):
    """Separated values. Blocks that are regular go through a column parser, all others row by row; both give the same."""

    def __init__(self, name: str, lines: Decoded, known: Callable[[Any], bool], delimiter: str | None, definition: Definition) -> None:
        super().__init__(name)
        self.text = lines
        self.encoded = True
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
        best: tuple[tuple[int, int], str, Head, list[list[str]], list[int]] | None = None
        for candidate in delimiter or DELIMITERS:
            rows, ends = _first_rows(lines, candidate)
            head = find_head(rows, known, definition)
            if head is not None:
                score = sum(map(known, head.names)), len(head.names)
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
                pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False),
            )
        except pa.ArrowInvalid:
            return None
        lines = body.count(b"\n") + (not body.endswith(b"\n"))
        if irregular or table.num_rows != lines or (b"\r" in body and body.count(b"\r") != body.count(b"\r\n")):
            return None
        columns = [column.combine_chunks() if column.num_chunks != 1 else column.chunk(0) for column in table.columns]
        first = [place for place in range(len(names)) if place not in self.aside.beside][:FIRST]
        if any(_suspect(columns[place]) for place in {*first, *self.aside.keys}):
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
                faults.append(Fault(self.row, line, (extra or row or [""])[0][:60], fault, project=named, cells=tuple(cells)))
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


def _suspect(column: pa.Array) -> bool:
    """Whether a cell may begin a row that is no project."""
    begins = pc.unique(pc.binary_slice(column.cast(pa.binary()), 0, 1)).to_pylist()
    if SURE.issuperset(b"".join(begins)):
        return False
    values = column.unique() if repeats(column) else column
    return bool(pc.any(pc.match_substring_regex(values, SUSPECT), min_count=0).as_py())


def _blank(columns: Sequence[pa.Array]) -> pa.Array | None:
    """A mask of the rows in which every cell is blank; ``None`` where there is none."""
    blank = None
    for column in columns:
        empty = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank, min_count=0).as_py():
            return None
    return blank
