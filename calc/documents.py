"""TOML and JSON as people write them: read exactly, nothing dropped, and what is wrong said in the language in use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import tomli

from calc.characters import visible
from calc.messages import text

OLD, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"  # how a workbook begins, which is no text: of .xls, of .xlsx
# names that stand on one line: in a heading, a sheet's title, a remark of a file
_NAMES = frozenset(("title", "label", "authority", "document", "clause", "office", "phone", "values"))
# how the parsers begin what they have to say → the message that says it; the first that fits
_TOML = {
    "Invalid statement": "statement",
    "Invalid initial character": "statement",
    "Expected '=' after": "equals",
    "Expected ']' at": "heading",
    "Expected ']]' at": "heading",
    "Expected newline or end": "extra",
    "Invalid date": "date",
    "Cannot overwrite": "twice",
    "Cannot declare": "twice",
    "Duplicate inline": "twice",
    "Cannot mutate": "twice",
    "Cannot redefine": "twice",
    "Unterminated string": "string",
    "Illegal character '\\n'": "string",
    "Illegal character": "character",
    "Found invalid character": "character",
    "Unescaped": "escape",
    "Invalid hex": "escape",
    "Escaped character": "escape",
    "Unclosed array": "array",
    "Unclosed inline table": "table",
    "Invalid value": "value",
}
_JSON = {
    "Expecting value": "json.value",
    "Expecting property name": "json.name",
    "Illegal trailing comma": "json.comma",
    "Expecting ':'": "json.colon",
    "Expecting ','": "json.delimiter",
    "Unterminated string": "string",
    "Invalid control character": "character",
    "Invalid \\": "escape",
    "Extra data": "json.extra",
}
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # what writes one half of a character; whether the other half stands beside it is seen later


class BadDocument(ValueError):
    """A text that cannot be read: ``problem``, and where it stands (``line`` and ``column`` from 1; 0 where unknown)."""

    def __init__(self, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column

    def at(self, file: str) -> str:
        """The place within ``file``, as editors and terminals write it."""
        return f"{file}:{self.line}:{self.column}" if self.line else file


class Written(dict[str, Any]):
    """Facts by the names they have in a file; ``line`` tells the line of a name, or of what stands deeper in its value (``loans[1].rate``).
    Of a table ``cells`` tell where they stand, in words, by such paths."""

    def __init__(
        self, facts: Mapping[str, Any], file: str, line: Callable[[str, str], int] = lambda name, path: 0, cells: dict[str, str] | None = None
    ) -> None:
        super().__init__(facts)
        self.file = file
        self.line = line
        self.cells = cells or {}
        self.given: set[str] = set()  # the names, and places in lists, that ``--set`` gives

    def place(self, name: str, path: str) -> str:
        """Where a fact stands, as editors and terminals write it."""
        if name in self.given or path in self.given:
            return "--set"
        if self.cells:
            return self.cells.get(path) or self.cells.get(name) or self.file
        line = self.line(name, path)
        return f"{self.file}:{line}" if line else self.file


def decoded(raw: bytes) -> str | None:
    """Text in UTF-8, GB18030 or marked UTF-16; ``None`` where it is none of them."""
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_toml(content: str) -> dict[str, Any]:
    """A TOML document, numbers with a point as ``Decimal``. Raises ``BadDocument``."""
    try:
        return tomli.loads(content, parse_float=Decimal)
    except tomli.TOMLDecodeError as bad:
        ended = bad.msg == "Invalid value" and not content[bad.pos :].strip()
        raise BadDocument(text("document.end") if ended else _said(bad.msg, _TOML), bad.lineno, bad.colno) from None
    except RecursionError:
        raise BadDocument(text("document.deep")) from None
    except ValueError:  # a whole number of thousands of digits
        raise BadDocument(text("document.digits")) from None


def read_shown(content: str) -> dict[str, Any]:
    """A TOML document of a folder of schemes, whose texts go into every report and workbook: what would command a terminal or damage a
    file is made visible (``visible``), and a name stands on one line. Raises ``BadDocument``."""
    document: dict[str, Any] = _shown(read_toml(content), False)
    return document


def _shown(value: Any, name: bool) -> Any:
    if isinstance(value, str):
        return visible(" ".join(value.split()) if name and re.search(r"[\t-\r]", value) else value)
    if isinstance(value, list):
        return [_shown(one, name) for one in value]
    if isinstance(value, dict):
        inner = {key: name or key.removesuffix("_en") in _NAMES for key in value}
        return {key: _shown(one, inner[key]) for key, one in value.items()}
    return value


def read_json(content: str, names: bool = False) -> Any:
    """A JSON document, numbers with a point as ``Decimal``. A name given twice, ``NaN`` and half a character are errors; the last is
    none in a document of the program's own, which has ``names`` of files.

    Raises ``BadDocument``.
    """
    try:
        found = json.loads(content, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_object)
        if not names and _HALF.search(content):
            json.dumps(found, ensure_ascii=False, default=str).encode()
        return found
    except UnicodeEncodeError:
        raise BadDocument(text("document.half")) from None
    except json.JSONDecodeError as bad:
        raise BadDocument(_said(bad.msg, _JSON), bad.lineno, bad.colno) from None
    except BadDocument:
        raise
    except RecursionError:
        raise BadDocument(text("document.deep")) from None
    except ValueError:
        raise BadDocument(text("document.digits")) from None


def _constant(name: str) -> Any:
    raise BadDocument(text("document.constant", name=name))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise BadDocument(text("document.name.twice", name=next(n for n in names if names.count(n) > 1)))
    return found


def _said(message: str, table: dict[str, str]) -> str:
    key = next((key for start, key in table.items() if message.startswith(start)), "other")
    return text(f"document.{key}")
