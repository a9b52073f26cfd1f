"""Which kind of table a file is, and its source."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from calc.batch.sources.again import Again, is_rejects
from calc.batch.sources.block import Source
from calc.batch.sources.csv import CsvSource
from calc.batch.sources.json import JsonSource
from calc.batch.sources.parquet import ParquetSource
from calc.batch.sources.sheet import SheetSource
from calc.batch.sources.text import Decoded, peek
from calc.errors import FileProblem
from calc.files import opened
from calc.kinds import kind_of, require_known
from calc.messages import text
from calc.questions.fill.cells import Workbook

if TYPE_CHECKING:
    from calc.facts import FactDef

FORMATS = ("csv", "tsv", "xlsx", "jsonl", "parquet")


def open_source(
    path: str,
    known: Callable[[Any], bool],
    format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    content: IO[bytes] | None = None,
    definition: Callable[[str], FactDef | None] = lambda name: None,
    book: Workbook | None = None,
) -> Source:
    """The table in ``path`` (``-``: standard input), of which ``content`` is what stands there, if it is open already, or ``book`` the
    workbook, if it has been read; the file is closed when the table is no longer used.

    A list of rejects is read as the rows of the table they are from.
    ``known`` tells headers that mean something, ``definition`` what a name in JSON stands for (fact or field, if any).

    Raises ``FileProblem`` for a file that cannot be read, ``OSError`` for one that cannot be opened.
    """
    if book is not None:
        return _again(SheetSource(path, book, known, sheet, definition), definition)
    if path == "-" and content is None:
        return _again(_source(path, sys.stdin.buffer, known, format, encoding, sheet, definition), definition)
    stream = content or opened(path)
    try:
        source = _again(_source(path, stream, known, format, encoding, sheet, definition), definition)
    except BaseException:
        stream.close()
        raise
    weakref.finalize(source, stream.close)
    return source


def _again(source: Source, definition: Callable[[str], FactDef | None]) -> Source:
    """A table, or that of which it is the list of rejects; of JSON lines the first tells which."""
    return Again(source, definition) if is_rejects(source.names, definition) or not source.headed else source


def _source(
    path: str,
    stream: IO[bytes],
    known: Callable[[Any], bool],
    format: str | None,
    encoding: str | None,
    sheet: str | None,
    definition: Callable[[str], FactDef | None],
) -> Source:
    """The table that a stream holds; ``path`` is where it is from."""
    name = text("batch.stdin") if path == "-" else path
    size = 0 if path == "-" else Path(path).stat().st_size
    start = peek(stream)
    kind = kind_of(name, start, encoding) if format is None else _told(name, start, format)
    if sheet is not None and kind != "xlsx":
        raise FileProblem([text("batch.sheet.none", file=name)])
    if kind == "parquet":
        file = _seekable(stream, start)
        source = ParquetSource(name, file)
        if file is not stream:
            weakref.finalize(source, file.close)
        return source
    if kind == "xlsx":
        return SheetSource(name, Workbook(name, start + stream.read()), known, sheet, definition)
    lines = Decoded(name, stream, start, size, encoding)
    if kind in ("csv", "tsv"):
        return CsvSource(name, lines, known, "\t" if kind == "tsv" else None, definition)
    return JsonSource(name, lines, kind, definition)


def _told(name: str, start: bytes, format: str) -> str:
    """The kind of a table of which the user says that it is of a ``format``. Raises ``FileProblem`` where it is not."""
    found = require_known(name, start)
    binary = format if format in ("xlsx", "parquet") else None
    if start and found != binary:
        raise FileProblem([text("kind.told", file=name, format=format, kind=found or text("kind.text"))])
    return format


def _seekable(stream: IO[bytes], start: bytes) -> IO[bytes]:
    """A stream from its beginning; what cannot be rewound is kept on disk."""
    if stream.seekable():
        stream.seek(0)
        return stream
    import shutil
    import tempfile

    kept = tempfile.TemporaryFile()  # noqa: SIM115 - read block by block
    kept.write(start)
    shutil.copyfileobj(stream, kept)
    kept.seek(0)
    return kept
