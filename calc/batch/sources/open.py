"""Which kind of table a file is, and its source."""

from __future__ import annotations

import codecs
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
from calc.documents import OLD
from calc.errors import FileProblem
from calc.files import opened
from calc.messages import text
from calc.questions.fill.workbook import check_workbook

if TYPE_CHECKING:
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


def open_source(
    path: str,
    known: Callable[[Any], bool],
    format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    content: IO[bytes] | None = None,
    definition: Callable[[str], FactDef | None] = lambda name: None,
) -> Source:
    """The table in ``path`` (``-``: standard input), of which ``content`` is what stands there, if it is open already; the file is closed
    when the table is no longer used.

    A list of rejects is read as the rows of the table they are from.
    ``known`` tells headers that mean something, ``definition`` what a name in JSON stands for (fact or field, if any).

    Raises ``FileProblem`` for a file that cannot be read, ``OSError`` for one that cannot be opened.
    """
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
    kind = format or SUFFIXES.get(Path(path).suffix.lower()) or _kind(start)
    if path != "-" and format is None:
        kind = _kind(start) if _kind(start) in ("xlsx", "parquet") else kind
    if sheet is not None and kind != "xlsx":
        raise FileProblem([text("batch.sheet.none", file=name)])
    if start[:4] == OLD:
        check_workbook(name, start + stream.read())
    if kind == "parquet":
        file = _seekable(stream, start)
        source = ParquetSource(name, file)
        if file is not stream:
            weakref.finalize(source, file.close)
        return source
    if kind == "xlsx":
        return SheetSource(name, start + stream.read(), known, sheet, definition)
    lines = Decoded(name, stream, start, size, encoding)
    if kind == "jsonl":
        return JsonSource(name, lines, definition)
    return CsvSource(name, lines, known, "\t" if kind == "tsv" else None, definition)


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

    kept = tempfile.TemporaryFile()  # noqa: SIM115 - read block by block
    kept.write(start)
    shutil.copyfileobj(stream, kept)
    kept.seek(0)
    return kept
