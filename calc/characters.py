"""Characters that make a reader do something: a terminal its commands, a spreadsheet its formulas."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

# a text that begins so is run by a spreadsheet, but for plain signed numbers and telephone numbers
RUNS = "=@+-\t\r\n＝＠＋－"
SIGNED = r"^[+\-]([0-9][0-9 .,]*%?)?$"
_SIGNED = re.compile(SIGNED)
# what moves a cursor, names a window, fills a clipboard, turns the direction of writing, breaks a line or hides in it, or is half a
# character; colours alone may stay
_COMMANDS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_COLOURS = re.compile(r"(\x1b\[[0-9;]*m)")


def visible(said: str, colours: bool = False) -> str:
    """A text in which a terminal finds nothing to carry out: each such character as ``\\u001b``, which JSON reads as the same.

    ``colours``: those that the program itself has set stay. The end of a line stays, also as Windows writes it.
    """
    if colours:
        return "".join(part if _COLOURS.fullmatch(part) else visible(part) for part in _COLOURS.split(said))
    return _COMMANDS.sub(_spelt, said)


def all_visible(answer: Any) -> Any:
    """An answer whose texts are such, for a picture: what is drawn is no text any more."""
    if isinstance(answer, Mapping):
        return {key: all_visible(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [all_visible(value) for value in answer]
    return visible(answer) if isinstance(answer, str) else answer


def unseen(said: str) -> str:
    """A text without such characters."""
    return _COMMANDS.sub("", said)


def _spelt(found: re.Match[str]) -> str:
    line_end = found[0] == "\r" and found.string[found.end() : found.end() + 1] == "\n"
    if line_end:
        return found[0]
    code = ord(found[0])
    halves = (code,) if code <= 0xFFFF else (0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF))  # as JSON writes what lies beyond
    return "".join(f"\\u{half:04x}" for half in halves)


def harmless(said: str) -> str:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it."""
    return f"'{said}" if said[:1] and said[:1] in RUNS and not _SIGNED.match(said) else said


def plain_markdown(said: str) -> str:
    """A name as Markdown shows it, on one line: no heading, picture, link or tag of its own."""
    return re.sub(r"([\\`*\[\]<>#!|])", r"\\\1", re.sub(r"[\t-\r]+", " ", said).strip(" "))


class CsvRows:
    """A CSV file being written, whose texts a spreadsheet only shows."""

    def __init__(self, out: IO[str], end: str = "\r\n") -> None:
        self.rows = csv.writer(out, lineterminator=end)

    def add(self, cells: Iterable[Any]) -> None:
        """One row; numbers and what is empty as they are."""
        self.rows.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])

    def add_all(self, rows: Iterable[Iterable[Any]]) -> None:
        """Several rows."""
        for cells in rows:
            self.add(cells)
