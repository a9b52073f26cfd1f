"""A file that is a table as sheets of rows of raw values, whichever kind it is of."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from calc.kinds import DELIMITERS, SEPARATOR, encoding_of, text_of
from calc.messages import text
from calc.questions.fill.cells import Page, Workbook, cell_number, cell_text, of_calendar, whole_parquet

Rows = list[tuple[int, list[Any]]]


@dataclass(slots=True)
class Sheet:
    """A sheet, or a file that is one: ``readings`` are its rows, each with its number in the file, in every way in which they may be
    separated, and what ends them before the file does; of a workbook the ``page``, and the cells of rows that are ``shared`` with others;
    of a text in which signs are lost its ``encoding``."""

    title: str
    readings: list[tuple[Rows, str]]
    page: Page | None = None
    shared: dict[int, list[int]] = field(default_factory=dict)
    encoding: str = ""


def sheets_of(name: str, title: str, raw: bytes, kind: str) -> tuple[list[Sheet], list[str]]:
    """The sheets of a table called ``name``, and the names of those that are hidden; ``title`` is that of a file that is one sheet.

    Raises ``FileProblem``.
    """
    if kind == "xlsx":
        return _workbook(name, raw)
    if kind == "parquet":
        return [Sheet(title, [(_parquet(name, raw), "")])], []
    content = text_of(raw)
    return [Sheet(title, _separated(name, content), encoding=encoding_of(raw).removesuffix("-sig") if "\ufffd" in content else "")], []


def _separated(name: str, content: str) -> list[tuple[Rows, str]]:
    told = SEPARATOR.match(content)
    found = []
    for delimiter in told[1] if told else DELIMITERS:
        reader = csv.reader(io.StringIO(content[told.end() :] if told else content, newline=""), delimiter=delimiter, strict=True)
        rows: Rows = []
        before = start = 1 + bool(told)
        wrong = ""
        try:
            for row in reader:
                rows.append((start, [cell.strip() or None for cell in row]))
                start = reader.line_num + before
        except csv.Error as bad:
            wrong = text("template.unreadable", file=name, error=f"{reader.line_num}: {bad}")
        found.append((rows, wrong))
    return found


def _workbook(name: str, raw: bytes) -> tuple[list[Sheet], list[str]]:
    book = Workbook(name, raw)
    found = []
    for page in map(book.page, book.sheets):
        rows: Rows = []
        shared: dict[int, list[int]] = {}
        for number, cells in enumerate(page.rows(), 1):
            shared[number] = page.merged_in(number, cells) if page.merged else []
            rows.append((number, [_raw(cell) for cell in cells]))
        found.append(Sheet(page.title, [(rows, "")], page, shared))
    return found, book.hidden


def _parquet(name: str, raw: bytes) -> Rows:
    import pyarrow
    import pyarrow.parquet

    with whole_parquet(name):
        held = pyarrow.parquet.read_table(pyarrow.BufferReader(raw))
    columns = [of_calendar(column).to_pylist() for column in held.columns]
    return [(0, list(held.column_names)), *enumerate(map(list, zip(*columns, strict=True)), 1)]


def _raw(cell: Any) -> Any:
    """A cell as a raw value: text, yes/no, a whole or decimal number, an ISO date."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, (int, float)):
        number = cell_number(cell)
        return number if not number.is_finite() or number != number.to_integral_value() else int(number)
    return cell_text(cell)
