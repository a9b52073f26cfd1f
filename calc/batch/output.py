"""Results as files: CSV, workbook, JSON lines or Parquet; whole or not at all."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.ordered import AT, in_order, numbered
from calc.characters import RUNS, SIGNED, harmless, visible
from calc.errors import FileProblem
from calc.files import Patient, beside, put, telling
from calc.kinds import BEGINNING, kind_of
from calc.messages import listed, text

if TYPE_CHECKING:
    import duckdb

    from calc.batch.sums import Sums

FORMATS = ("csv", "xlsx", "jsonl", "parquet")
SUFFIXES = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"}
SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
MONEY_WIDTH = 21  # characters that show 999,999,999,999.99
WIDTHS = {"scheme": 36, "benefit": 26, "reason": 60, "note": 40, "value": 30, "parts_at": 60, "missing": 30, "assumed": 30, "warnings": 30}
CELL = 32_767  # characters of a cell of a workbook
LINES, DOCUMENTS = 50_000, 5_000  # rows made into lines at a time
_RUNS = pa.array(list(RUNS))
_MARKS: dict[bytes, list[bytes]] = {}  # by their first byte, which is quick to look for: texts without any stand in a cell as they are
for _mark in sorted({*RUNS, '"', ",", "\r", "\n"}):
    _MARKS.setdefault(_mark.encode()[:1], []).append(_mark.encode())
_BLANK: dict[str, Any] = {"null_handling": "replace", "null_replacement": ""}


def format_of(path: str, format: str | None) -> str:
    """The format of an output. Raises ``FileProblem`` for one that cannot be written."""
    found = format or (SUFFIXES.get(Path(path).suffix.lower()) if path != "-" else "csv")
    suffix = Path(path).suffix.lower()
    if format is not None and path != "-" and SUFFIXES.get(suffix, format) != format:
        raise FileProblem([text("file.suffix.other", file=path, suffix=suffix, format=format)])
    if found not in FORMATS:
        raise FileProblem([text("batch.output.format", file=path, known=listed(dict.fromkeys(SUFFIXES)))])
    if path == "-" and found == "xlsx":
        raise FileProblem([text("batch.output.stdout")])
    return found


def form_of(path: Path) -> str:
    """The format of a result that is there, by its content, whatever it is called. Raises ``FileProblem`` for a file that is none, ``OSError``."""
    with open(path, "rb") as content:
        kind = kind_of(path, content.read(BEGINNING))
    return "jsonl" if kind == "json" else kind  # a single line


def _telling(step: Callable[..., None]) -> Callable[..., None]:
    """A step of writing an output, whose failure is told of its file."""

    @functools.wraps(step)
    def told(self: Output, *more: Any) -> None:
        with telling(self.path if self.path != "-" else text("system.stream")):
            step(self, *more)

    return told


def require_apart(schema: pa.Schema) -> None:
    """That no two columns of a result have one name. Raises ``FileProblem``."""
    name, count = Counter(schema.names).most_common(1)[0] if schema.names else ("", 0)
    if count > 1:
        raise FileProblem([text("batch.output.twice", column=name)])


class Output:
    """A file being written beside its place; ``keep`` moves it there, leaving without it leaves nothing."""

    def __init__(
        self, path: str, format: str, con: duckdb.DuckDBPyConnection, folder: Path, stdout: IO[bytes] | None = None, title: str = "rows"
    ) -> None:
        """``folder`` is for what is there while this is written; ``title`` is that of the sheet of a workbook."""
        self.path = path
        self.title = title
        self.format = format
        self.con = con.cursor()
        self.folder = folder
        self.stdout = stdout
        self.handle: int | None
        self.handle, self.temporary = beside(None if path == "-" else path)
        self.schema: pa.Schema | None = None
        self.file: IO[bytes] | Patient | None = None
        self.parquet: Any = None
        self.book: Any = None
        self.sheet: Any = None
        self.sums: Sums | None = None
        self.row = 0

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.book = None  # a workbook that is not finished is not written
        try:
            with contextlib.suppress(*([OSError] if error is not None else [])):  # a disk that is full is told already
                self.close()
        finally:
            self.temporary.unlink(missing_ok=True)

    def close(self) -> None:
        """Closes what is open; harmless when done twice."""
        if self.handle is not None:
            os.close(self.handle)
        parquet, file, book = self.parquet, self.file, self.book
        self.handle = self.parquet = self.file = self.book = None
        if parquet is not None:
            parquet.close()
        if book is not None:
            book.close()
        if file is not None:
            file.close()

    @_telling
    def start(self, schema: pa.Schema) -> None:
        """The columns of the result, before its first rows. Raises ``FileProblem`` where two have one name."""
        require_apart(schema)
        self.schema = schema
        if self.format == "parquet":
            import pyarrow.parquet as pq

            texts = [field.name for field in schema if pa.types.is_string(field.type)]
            self.file = open(self.temporary, "wb")  # noqa: SIM115 - closed by close()
            self.parquet = pq.ParquetWriter(self.file, schema, compression="snappy", use_dictionary=texts, write_statistics=False)
        elif self.format == "xlsx":
            import xlsxwriter

            from calc.batch.sums import Sums

            self.sums = Sums(schema.names)
            self.file = Patient(open(self.temporary, "wb"))  # noqa: SIM115 - closed by close()
            self.book = xlsxwriter.Workbook(self.file, {"constant_memory": True, "tmpdir": str(self.folder)})
            self.sheet = self.book.add_worksheet(text(f"xlsx.sheet.{self.title}"))
            self.styles = _styles(self.book)
            for place, name in enumerate(schema.names):
                self.sheet.write_string(0, place, name, self.styles["head"])
                usual = WIDTHS.get(name, MONEY_WIDTH if pa.types.is_decimal(schema.field(place).type) else 14)
                self.sheet.set_column(place, place, max(usual, min(len(name) + 2, 40)))
            self.sheet.freeze_panes(1, 0)
        else:
            self.file = open(self.temporary, "wb")  # noqa: SIM115 - closed by close()
            if self.format == "csv":
                self.file.write((b"" if self.path == "-" else b"\xef\xbb\xbf") + csv_line(list(map(harmless, schema.names))).encode())

    @_telling
    def write(self, table: pa.Table) -> None:
        """More rows, in the schema told at the start."""
        if self.parquet is not None:
            self.parquet.write_table(table)
        elif self.sheet is not None:
            self._write_sheet(table)
        elif self.format == "csv":
            self._write_lines(table)
        elif self.file is not None:
            self._write_documents(table)

    def _write_lines(self, table: pa.Table) -> None:
        assert self.file is not None
        for first in range(0, table.num_rows, LINES):
            cells = [self._csv_cells(column.combine_chunks()) for column in table.slice(first, LINES).columns]
            cells[-1] = pc.binary_join_element_wise(cells[-1], pa.scalar("\n"), "", **_BLANK)
            self.file.write(_content(pc.binary_join_element_wise(*cells, ",", **_BLANK)))

    def _csv_cells(self, column: pa.Array) -> pa.Array:
        """A column as the cells of a CSV file, quoted where they must be; nothing where it is null."""
        if not (_is_text(column.type) or _said_plainly(column.type)):
            column = self.said(column)
        if not _is_text(column.type):
            return column.cast(pa.string())
        column = column.cast(pa.string())
        content = bytes(_content(column))
        if not any(first in content and any(mark in content for mark in marks) for first, marks in _MARKS.items()):
            return column
        several = column.dictionary_encode()
        return _csv_texts(several.dictionary).take(several.indices)

    def said(self, column: pa.Array) -> pa.Array:
        """A column of numbers, days, times or records as text."""
        if _said_plainly(column.type):
            return column.cast(pa.string())
        self.con.register("output_rows", numbered(pa.table({"said": column})))
        said = "to_json(said)" if pa.types.is_nested(column.type) else "said"
        found = self.con.sql(f"SELECT CAST({said} AS VARCHAR) AS said, {AT} FROM output_rows").to_arrow_table()
        self.con.unregister("output_rows")
        return in_order(found, len(column))["said"].combine_chunks()

    def _write_documents(self, table: pa.Table) -> None:
        assert self.file is not None
        # by number: a column of the user's may be called as the numbers of rows are, or as another but for the case
        values = ", ".join(f"{_said_in_json(field.name)}, {_json_value(f'c{place}', field)}" for place, field in enumerate(table.schema))
        for first in range(0, table.num_rows, DOCUMENTS):
            part = table.slice(first, DOCUMENTS)
            self.con.register("output_rows", numbered(part.rename_columns([f"c{place}" for place in range(part.num_columns)])))
            found = self.con.sql(f"SELECT CAST(json_object({values}) AS VARCHAR) AS said, {AT} FROM output_rows").to_arrow_table()
            self.con.unregister("output_rows")
            self.file.write(_content(pc.binary_join_element_wise(in_order(found, part.num_rows)["said"].combine_chunks(), "\n", "")))

    def _write_sheet(self, table: pa.Table) -> None:
        if self.sums is not None:
            self.sums.add(table)
        writers = [_cell_writer(self.sheet, field.type, self.styles) for field in table.schema]
        for batch in table.to_batches(max_chunksize=10_000):
            columns = [_cells(column) for column in batch.columns]
            for place in range(batch.num_rows):
                self.row += 1
                for number, (column, writer) in enumerate(zip(columns, writers, strict=True)):
                    value = column[place]
                    if value is not None and writer(self.row, number, value):
                        raise FileProblem([text("batch.output.cell", row=self.row + 1, most=CELL)])

    @_telling
    def finish(self) -> None:
        """All rows are written: the file is complete and on disk, though not yet in its place."""
        if self.sums is not None:
            self.sums.write(self.book, self.sheet.get_name(), self.row + 1)
        self.close()
        with open(self.temporary, "rb+") as done:
            os.fsync(done.fileno())

    def keep(self) -> None:
        """Moves the finished file to its place (or to standard output)."""
        if self.path == "-":
            out = self.stdout or sys.stdout.buffer
            with open(self.temporary, "rb") as done:
                if self.format != "parquet" and out.isatty():
                    out.writelines(visible(line.decode()).encode() for line in done)
                else:
                    shutil.copyfileobj(done, out, 1 << 20)
            out.flush()
            return
        put(self.temporary, self.path)


def csv_line(cells: Sequence[str]) -> str:
    """A line of CSV."""
    return ",".join('"' + cell.replace('"', '""') + '"' if set(cell) & set('",\r\n') else cell for cell in cells) + "\n"


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _said_plainly(type_: pa.DataType) -> bool:
    """Whether the text of every value of a type is the one wanted: digits, a word, a day."""
    few = pa.types.is_decimal(type_) and type_.scale <= 6  # smaller ones would be said as 1E-8
    return bool(few or pa.types.is_integer(type_) or pa.types.is_boolean(type_) or pa.types.is_date32(type_) or pa.types.is_null(type_))


def _content(column: pa.StringArray) -> memoryview:
    """The bytes of all values of a column, one behind the other."""
    _, offsets, content = column.buffers()
    if content is None or not len(column):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    return memoryview(content)[ends[column.offset] : ends[column.offset + len(column)]]


def _csv_texts(column: pa.Array) -> pa.Array:
    """Texts as cells: without what a spreadsheet would run, quoted where they must be."""
    runs = pc.is_in(pc.utf8_slice_codeunits(column, 0, 1), _RUNS)
    if pc.any(runs).as_py():
        runs = pc.and_not(runs, pc.match_substring_regex(column, SIGNED))
        column = pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)
    marks = pc.match_substring_regex(column, '[",\r\n]')
    if pc.any(marks).as_py():
        within = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
        column = pc.if_else(marks, within, column)
    return column


def _json_value(column: str, field: pa.Field) -> str:
    """A column as JSON lines take it: exact numbers as text."""
    return f"CAST({column} AS VARCHAR)" if pa.types.is_decimal(field.type) else column


def _said_in_json(name: str) -> str:
    """A name as SQL writes a text."""
    return "'" + name.replace("'", "''") + "'"


def _styles(book: Any) -> dict[str, Any]:
    plain = {"font_name": "等线", "font_size": 11}
    return {
        "head": book.add_format({**plain, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF"}),
        "text": book.add_format(plain),
        "money": book.add_format({**plain, "num_format": "#,##0.00"}),
        "date": book.add_format({**plain, "num_format": "yyyy-mm-dd"}),
    }


def _cells(column: pa.Array) -> list[Any]:
    """The values of a column for a sheet."""
    if pa.types.is_nested(column.type):
        import json

        return [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()]
    values: list[Any] = column.to_pylist()
    return values


def _cell_writer(sheet: Any, type_: pa.DataType, styles: dict[str, Any]) -> Any:
    """What writes a value into a cell: numbers as numbers where a spreadsheet keeps all their digits, else as text."""
    if pa.types.is_decimal(type_):
        style = styles["money"]

        def number(row: int, column: int, value: Any) -> Any:
            if len(value.as_tuple().digits) <= 15:
                return sheet.write_number(row, column, float(value), style)
            return sheet.write_string(row, column, format(value, "f"), styles["text"])

        return number
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return lambda row, column, value: sheet.write_number(row, column, value, styles["text"])
    if pa.types.is_boolean(type_):
        return lambda row, column, value: sheet.write_boolean(row, column, value, styles["text"])
    if pa.types.is_date(type_):
        return lambda row, column, value: sheet.write_datetime(row, column, value, styles["date"])
    return lambda row, column, value: sheet.write_string(row, column, str(value), styles["text"])
