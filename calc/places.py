"""Where things stand in a TOML file: from the path of a value to its line. For text that is known to be valid TOML."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+')
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\n#]*")
_COMMENT = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(?P<comment>#[^\n]*)', re.DOTALL)


class Places:
    """The spans of all values of a TOML text, by their path: ``("benefits", 0, "limits", 1, "at_most")``."""

    def __init__(self, content: str) -> None:
        self.text = content.replace("\r\n", "\n")
        self.starts = [0, *accumulate(len(line) for line in self.text.splitlines(keepends=True))]
        self.spans: dict[Path, tuple[int, int]] = {}
        self._counts: dict[Path, int] = {}
        self._scan()
        self._said = _COMMENT.sub(lambda m: " " * len(m[0]) if m["comment"] else m[0], self.text)

    def line(self, path: Path = (), fragment: str = "") -> int:
        """The line (from 1) on which ``fragment`` stands within the value at ``path``, or else where that value begins.

        A path that is not there gives the line of the nearest table around it; a fragment is found whatever its spaces.
        """
        while path and path not in self.spans:
            path = path[:-1]
        first, last = self.spans.get(path, (0, len(self.text)))
        at = self._find(fragment, first, last) if fragment else None
        return bisect_right(self.starts, first if at is None else at)

    def has(self, path: Path, fragment: str) -> bool:
        """Whether ``fragment`` stands within the value at ``path``."""
        return path in self.spans and self._find(fragment, *self.spans[path]) is not None

    def _find(self, fragment: str, first: int, last: int) -> int | None:
        parts = [re.escape(c) for c in fragment if not c.isspace()]
        found = re.compile(r"\s*".join(parts)).search(self._said, first, last) if parts else None
        return found.start() if found else None

    # ---------------------------------------------------------------- reading

    def _scan(self) -> None:
        at, table = _after(_BLANK, self.text, 0), Path()
        open_: list[Path] = []
        while at < len(self.text):
            start = at
            if self.text[at] == "[":
                several = self.text.startswith("[[", at)
                keys, at = self._keys(at + 1 + several)
                at = self.text.find("\n", at) % (len(self.text) + 1)
                table = self._heading(keys, several)
                while open_ and table[: len(open_[-1])] != open_[-1]:
                    self._close(open_.pop(), start)
                for size in range(1, len(table) + 1):  # a heading stands for the tables around it, too
                    if table[:size] not in self.spans:
                        self.spans[table[:size]] = start, len(self.text)
                        open_.append(table[:size])
            else:
                keys, at = self._keys(at)
                path = (*table, *keys)
                at = self._value(_after(_SPACE, self.text, at + 1), path)
                self.spans[path] = start, at
            at = _after(_BLANK, self.text, at)
        for left in open_:
            self._close(left, len(self.text))

    def _close(self, table: Path, end: int) -> None:
        self.spans[table] = self.spans[table][0], len(self.text[:end].rstrip())

    def _keys(self, at: int) -> tuple[Path, int]:
        """A dotted key and the place behind it."""
        found: list[str] = []
        while True:
            at = _after(_SPACE, self.text, at)
            key = _KEY.match(self.text, at)
            if key is None:
                return tuple(found), at
            found.append(key[0].strip("\"'"))
            at = _after(_SPACE, self.text, key.end())
            if self.text[at : at + 1] != ".":
                return tuple(found), at
            at += 1

    def _heading(self, keys: Path, several: bool) -> Path:
        """The path of a heading: within a list of tables, its last one."""
        path = Path()
        for key in keys[:-1]:
            path += (key,)
            if path in self._counts:
                path += (self._counts[path] - 1,)
        path += keys[-1:]
        if not several:
            return (*path, self._counts[path] - 1) if path in self._counts else path
        self._counts[path] = self._counts.get(path, 0) + 1
        return (*path, self._counts[path] - 1)

    def _value(self, at: int, path: Path) -> int:
        """Notes the value that begins at ``at``, and those within it; the place behind it."""
        start, sign = at, self.text[at : at + 1]
        if sign == "[":
            at, place = _after(_BLANK, self.text, at + 1), 0
            while self.text[at : at + 1] not in ("]", ""):
                at = _after(_BLANK, self.text, self._value(at, (*path, place)))
                at, place = _after(_BLANK, self.text, at + (self.text[at : at + 1] == ",")), place + 1
            at += 1
        elif sign == "{":
            at = _after(_BLANK, self.text, at + 1)
            while self.text[at : at + 1] not in ("}", ""):
                first = at
                keys, at = self._keys(at)
                at = self._value(_after(_SPACE, self.text, at + 1), (*path, *keys))
                self.spans[(*path, *keys)] = first, at
                at = _after(_BLANK, self.text, at)
                at = _after(_BLANK, self.text, at + (self.text[at : at + 1] == ","))
            at += 1
        else:
            at = _after(_STRING if sign in ("'", '"') else _PLAIN, self.text, at)
        self.spans[path] = start, at
        return at


def line_of(content: str, *path: str | int, fragments: Sequence[str] = ()) -> int:
    """The line (from 1) on which the value at ``path`` stands in a text of TOML (or the first of ``fragments`` that stands in it), or the
    nearest table around it; 0 where neither does."""
    places = _places(content)
    if path[:1] not in places.spans and path[:2] not in places.spans:
        return 0
    return places.line(path, next((one for one in fragments if places.has(path, one)), ""))


@lru_cache(maxsize=1)
def _places(content: str) -> Places:
    return Places(content)


def _after(pattern: re.Pattern[str], content: str, at: int) -> int:
    """The place behind what ``pattern`` matches at ``at``."""
    found = pattern.match(content, at)
    return found.end() if found else at + 1
