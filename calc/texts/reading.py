"""A file of the user's, whatever its kind, as a text with pages: PDF, Word (docx), HTML, plain text."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

from calc.errors import FileProblem, system_error
from calc.files import whole_file
from calc.messages import text
from calc.texts import word
from calc.texts.pages import Text, joined

_LARGEST = 100 * 2**20  # bytes of a file
_MOST_PAGES = 5000
_BLOCKS = frozenset("p div br li tr table h1 h2 h3 h4 h5 h6 section article ul ol dl dt dd blockquote hr title".split())  # noqa: SIM905
_HIDDEN = frozenset("script style head noscript template".split())  # noqa: SIM905


def read_text(path: Path) -> Text:
    """The text of a file. Raises ``FileProblem`` for one that cannot be read or holds no text."""
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise FileProblem([text("texts.large", file=path, most=_LARGEST // 2**20)])
        raw = whole_file(path)
    except OSError as bad:
        raise FileProblem([text("texts.unreadable", file=path, error=system_error(bad))]) from None
    if raw.startswith(b"%PDF") or path.suffix.lower() == ".pdf":
        found = _pdf(path, raw)
    elif raw.startswith(b"PK\x03\x04"):
        found = _docx(path, raw)
    elif raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileProblem([text("texts.old.word", file=path)])
    else:
        said = _decoded(path, raw)
        markup = path.suffix.lower() in (".html", ".htm") or re.match(r"\s*(?:<!doctype html|<html)", said, re.IGNORECASE)
        found = _html(said) if markup else _plain(said)
    if not found.s:
        raise FileProblem([text("texts.scanned" if raw.startswith(b"%PDF") else "texts.empty", file=path)])
    return found


def _decoded(path: Path, raw: bytes) -> str:
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            said = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in said:
            return said
    raise FileProblem([text("texts.encoding", file=path)])


def _plain(said: str) -> Text:
    pages = [page.splitlines() for page in said.replace("\r\n", "\n").split("\f")]
    while len(pages) > 1 and not any(line.strip() for line in pages[-1]):
        pages.pop()
    return joined(pages, numbered=len(pages) > 1)


def _pdf(path: Path, raw: bytes) -> Text:
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it finds odd in a file is no news to the user
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise FileProblem([text("texts.locked", file=path)])
        if len(reader.pages) > _MOST_PAGES:
            raise FileProblem([text("texts.pages", file=path, most=_MOST_PAGES)])
        pages = [(page.extract_text() or "").splitlines() for page in reader.pages]
    except FileProblem:
        raise
    except Exception as bad:  # a broken PDF can fail in any way the parser knows
        raise FileProblem([text("texts.broken", file=path, error=str(bad)[:200] or type(bad).__name__)]) from None
    return joined(pages, numbered=True)


def _docx(path: Path, raw: bytes) -> Text:
    try:
        return joined([word.paragraphs(raw)], numbered=False)
    except word.TooLarge:
        raise FileProblem([text("texts.large", file=path, most=word.LARGEST // 2**20)]) from None
    except word.BadWord as bad:
        raise FileProblem([text("texts.broken", file=path, error=bad)]) from None


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(self.hidden - (tag in _HIDDEN), 0)
        if tag in _BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.said.append(re.sub(r"\s+", " ", data))


def _html(said: str) -> Text:
    parser = _Lines()
    parser.feed(said)
    parser.close()
    return joined(["".join(parser.said).split("\n")], numbered=False)
