"""What a file is: told by its content, and by its name only where the content leaves it open."""

from __future__ import annotations

import codecs
import csv
import itertools
import json
import re
from pathlib import PurePath

from calc.documents import OLD, ZIP
from calc.errors import FileProblem
from calc.messages import text

TABLES = ("csv", "xlsx", "parquet")  # kinds of tables; the others (toml, json, jsonl) are documents
DELIMITERS = ",\t;|"
SEPARATOR = re.compile(r"\ufeff?sep=(.)\s*?(?:\r\n|\n|\r|\Z)", re.IGNORECASE)  # a first line that tells the separator
_NAMED = {
    ".toml": "toml", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_BINARY = {ZIP: "xlsx", OLD: "xlsx", b"PAR1": "parquet"}  # an old workbook, and an archive that is none, are told when it is opened
# how files begin that are neither tables nor texts → the message that says so, and what they are called
_FOREIGN = {
    b"ARROW1": ("arrow", "Arrow"), b"FEA1": ("arrow", "Feather"), b"%PDF": ("document", "PDF"), b"{\\rtf": ("document", "RTF"),
    b"\x89PNG": ("picture", "PNG"), b"\xff\xd8\xff": ("picture", "JPEG"), b"GIF8": ("picture", "GIF"), b"II*\0": ("picture", "TIFF"),
    b"MM\0*": ("picture", "TIFF"), b"\x1f\x8b": ("packed", "gzip"), b"BZh": ("packed", "bzip2"), b"\xfd7zXZ": ("packed", "xz"),
    b"7z\xbc\xaf": ("packed", "7z"), b"Rar!": ("packed", "RAR"), b"\x28\xb5\x2f\xfd": ("packed", "zstd"),
}  # fmt: skip
BEGINNING = 64 << 10  # bytes of a file that tell what it is
_SAMPLE, _LINES = 4096, 20  # characters of a text, and lines, that do
_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_TOML = re.compile(rf"""\[\[?\s*{_KEY}(?:\s*\.\s*{_KEY})*\s*\]\]?\s*(?:#.*)?|{_KEY}(?:\s*\.\s*{_KEY})*\s*=\s*["'\[{{0-9+\-tfin].*""", re.DOTALL)
_CHINESE = "[\u2e80-\u9fff\uff00-\uffef]"  # compiled where a text needs it: that takes milliseconds
_EQUATED = re.compile(r"""[^=,;\t|"]+=""")  # what may be meant for TOML


def kind_of(name: object, start: bytes, encoding: str | None = None) -> str:
    """What the file ``name`` is that begins with ``start``: ``csv``, ``xlsx``, ``parquet``, ``toml``, ``json`` or ``jsonl`` (one document
    a line); ``encoding`` is that of a text, where it is told.

    Raises ``FileProblem``, which says what it is and what to do, for all others, and for one that is empty.
    """
    binary = require_known(name, start)
    if binary is not None:
        return binary
    said = _text(start, encoding).removeprefix("\ufeff").lstrip()
    if not said.strip("\0"):
        raise FileProblem([text("cli.empty" if not said else "kind.binary", file=name)])
    lines = [line for line in re.split(r"[\r\n]+", said[:BEGINNING]) if line.strip()][:_LINES]
    if said[:_SAMPLE].count("\0") * 50 > len(said[:_SAMPLE]):
        raise FileProblem([text("kind.binary", file=name)])
    if said[0] == "<":
        raise FileProblem([text("kind.markup", file=name)])
    named = _NAMED.get(PurePath(str(name)).suffix.lower())
    if said[0] == "{" or (said[0] == "[" and (named in ("json", "jsonl") or re.match(r"\[\s*[{\]]", said))):
        return _json(said)
    require_whole(name, lines[0], encoding or encoding_of(start))
    found = "csv" if SEPARATOR.match(said) else _toml_or_table(lines, named)
    if found in ("xlsx", "parquet"):
        raise FileProblem([text("kind.said", file=name, kind=named)])
    return found


def require_known(name: object, start: bytes) -> str | None:
    """The kind of a file that is no text, ``None`` for a text. Raises ``FileProblem`` for one of a kind that is not read."""
    for begins, (said, kind) in _FOREIGN.items():
        if start.startswith(begins):
            raise FileProblem([text(f"kind.{said}", file=name, kind=kind)])
    if start.startswith(b"\xff\xff\xff\xff") and b"\0" in start[4:8]:
        raise FileProblem([text("kind.arrow", file=name, kind="Arrow")])
    return _BINARY.get(start[:4])


def document_text(name: object, raw: bytes) -> str:
    """The text of a file that is to be TOML. Raises ``FileProblem``, which says what it is instead."""
    if require_known(name, raw) is not None:
        raise FileProblem([text("kind.table", file=name)])
    content = text_of(raw)
    if "\0" in content:
        raise FileProblem([text("kind.binary", file=name)])
    require_whole(name, content, encoding_of(raw))
    return content


def text_of(raw: bytes) -> str:
    """The text of a file, in UTF-8, GB18030 or marked UTF-16; what is none of them in it is U+FFFD."""
    return raw.decode(encoding_of(raw), "replace")


def require_whole(name: object, content: str, encoding: str, line: int = 1) -> None:
    """That nothing was lost of a text that begins on a ``line`` of a file. Raises ``FileProblem`` with the place of the first sign that was."""
    before, lost, _ = content.partition("\ufffd")
    if lost:
        *above, left = re.split(r"\r\n?|\n", before)
        raise FileProblem([text("kind.lost", file=f"{name}:{len(above) + line}:{len(left) + 1}", encoding=encoding.removesuffix("-sig"))])


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its first bytes: marked, else UTF-8 where it is that (but for rare broken places), else GB18030."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if start.startswith(mark):
            return name
    if start.isascii():
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    said = decoder.decode(start)
    lost = said.count("\ufffd")
    foreign = len(said) - len(said.encode("ascii", "ignore"))
    # of GB18030 hardly anything is a Chinese character in UTF-8
    return "utf-8-sig" if lost * 20 <= foreign or lost <= len(re.findall(_CHINESE, said)) else "gb18030"


def _text(start: bytes, encoding: str | None) -> str:
    """The beginning of a text, whatever is broken in it replaced."""
    try:
        whole = len(start) < BEGINNING  # else the last sign may go on behind it
        return codecs.getincrementaldecoder(encoding or encoding_of(start))("replace").decode(start, whole)
    except (UnicodeError, LookupError, TypeError, AssertionError):  # an encoding that is none is told by who decodes the whole
        return start.decode("latin-1")


def _json(said: str) -> str:
    """Whether JSON is one document or one a line."""
    first, *rest = re.split(r"[\r\n]+", said.rstrip(), maxsplit=1)
    if not rest or said[0] == "[":
        return "json"
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return "jsonl" if rest[0].lstrip()[:1] == "{" and first.rstrip()[-1] not in "[{,:" else "json"
    return "jsonl"


def _toml_or_table(lines: list[str], named: str | None) -> str:
    """Whether a text, of which these are the first lines, is TOML or separated values; ``named`` is what its name says."""
    lines = [line.strip() for line in lines if not line.lstrip().startswith("#")]
    if not lines:
        return "csv" if named == "csv" else "toml"
    if _TOML.fullmatch(lines[0]):
        return "toml"
    if _EQUATED.match(lines[0]):
        return named or "toml"
    named = named or ("toml" if lines[0][0] == "[" else "csv")
    return named if named != "csv" and not _is_table(lines) else "csv"


def _is_table(lines: list[str]) -> bool:
    """Whether lines that follow each other have as many cells each, and several."""
    for delimiter in DELIMITERS:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        if any(one == other > 1 for one, other in itertools.pairwise(counts)):
            return True
    return False
