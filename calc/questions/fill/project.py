"""Project files: TOML or JSON as written by hand, workbooks and CSV files as filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, Written, read_json, read_toml
from calc.errors import FileProblem, shown
from calc.facts import Facts
from calc.files import whole_file
from calc.kinds import TABLES, encoding_of, kind_of, require_whole, text_of
from calc.messages import listed, text

BESIDE = ("name", "id", "enterprise", "note")  # what a document says of a project beside its facts
KEYS = ("name", "facts", *BESIDE[1:])


def read_projects(
    file: str | Path,
    facts: Facts,
    asked: Collection[str] = (),
    ignore_unknown: bool = False,
    within: Collection[str] | None = None,
    told: list[str] | None = None,
    refused: list[str] | None = None,
    content: bytes | None = None,
) -> list[dict[str, Any]]:
    """The projects in a file, each ``{"name": …, "facts": {…}}`` and what else is said of it (``id``, ``enterprise``, ``note``).

    ``facts`` is the dictionary by which a table is read, ``within`` those that decide what a shared label means; ``asked`` are
    names beside facts that stand with the project, and ``ignore_unknown`` passes columns over that mean nothing. ``told`` takes
    what was passed over, ``refused`` what is wrong in single rows, which are then left out. ``content`` is that of what is no file, and
    goes by the name ``file``. Raises ``FileProblem`` with all that is wrong, ``OSError``.
    """
    name = str(file)
    raw = whole_file(file) if content is None else content
    kind = kind_of(name, raw)
    if kind in TABLES:
        from calc.questions.fill.sheets import read_table

        return read_table(name, raw, kind, Path(file) if content is None else None, facts, asked, ignore_unknown, within, told, refused)
    said, encoding = text_of(raw), encoding_of(raw)
    if kind != "jsonl":
        require_whole(name, said, encoding)
        return documents_of(name, said, kind, asked, ignore_unknown)
    found: list[dict[str, Any]] = []
    for number, line in enumerate(re.split(r"\r\n?|\n", said), 1):
        try:
            require_whole(name, line, encoding, number)
            found += documents_of(f"{name}:{number}", line, kind, asked, ignore_unknown) if line.strip() else ()
        except FileProblem as bad:
            if refused is None:
                raise
            refused += bad.problems
    return found


def documents_of(name: str, content: str, form: str, asked: Collection[str] = (), ignore_unknown: bool = False) -> list[dict[str, Any]]:
    """The projects in the text of a file called ``name``, TOML or JSON (or a line of it): one, or those of a JSON array. Raises
    ``FileProblem``."""
    try:
        document = read_toml(content) if form == "toml" else read_json(content)
    except BadDocument as bad:
        raise FileProblem([text("cli.toml" if form == "toml" else "cli.json", at=bad.at(name), problem=bad.problem)]) from None
    if isinstance(document, list) and document:
        return [_project(f"{name}[{number}]", one, asked, ignore_unknown) for number, one in enumerate(document, 1)]
    line = partial(document_line, content, form) if form != "jsonl" else lambda name, path: 0
    return [_project(name, document, asked, ignore_unknown, line)]


def document_line(content: str, form: str, name: str, path: str) -> int:
    """The line of a fact (by the ``name`` it has there) in a text, or of the place of ``path`` in its value; 0 where it is not found."""
    inner = [int(part) - 1 if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", path)[1:]]
    if form == "json":
        at = 0
        for key in [name, *(one for one in inner if isinstance(one, str))]:
            number = next((one for one in inner if isinstance(one, int)), 0) if key != name else 0
            found = [match.start() for match in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", content[at:])]
            at += found[min(number, len(found) - 1)] if found else 0
        return content.count("\n", 0, at) + 1 if at else 0
    from calc.places import Places  # a place is looked for where something is wrong only

    places = Places(content)
    top = next((one for one in (("facts", name), (name,)) if one in places.spans), None)
    return places.line((*top, *inner)) if top is not None else 0


def _project(
    name: str, document: Any, asked: Collection[str], ignore_unknown: bool, line: Callable[[str, str], int] = lambda name, path: 0
) -> dict[str, Any]:
    """A project as it was written, its facts apart from its name; ``line`` tells where a name stands. Raises ``FileProblem``."""
    if not isinstance(document, dict):
        raise FileProblem([text("cli.project", file=name)])
    named = {key: found for key in document if (found := beside_facts(key))}
    if "facts" not in document:
        document = {"facts": {key: value for key, value in document.items() if key not in named}, **{key: document[key] for key in named}}
    extra = [key for key in document if key != "facts" and key not in named and key not in asked]
    if ignore_unknown:
        document = {key: value for key, value in document.items() if key not in extra}
    elif extra:
        at = line(extra[0], extra[0])
        raise FileProblem([text("cli.project.keys", file=f"{name}:{at}" if at else name, keys=listed(extra), known=listed(KEYS))])
    if not isinstance(document["facts"], dict):
        raise FileProblem([text("cli.project.facts", file=name)])
    for key in named:
        if isinstance(document[key], dict | list):
            at = line(key, key)
            raise FileProblem([text("error.at", place=f"{name}:{at}" if at else name, said=text("cli.project.name", key=key, value=shown(document[key])))])
    beside = {named.get(key, key): value if key not in named else named_value(value) for key, value in document.items()}
    return {"name": "", **beside, "facts": Written(document["facts"], name, line)}


def beside_facts(key: str) -> str:
    """Which of ``BESIDE`` a name stands for, if any."""
    if key in BESIDE or key.isascii():
        return key if key in BESIDE else ""
    from calc.questions.fill.heads import KEYS as NAMES
    from calc.questions.fill.heads import folded

    return next((one for one in BESIDE if folded(key) in NAMES.get(one, ())), "")


def named_value(value: Any) -> str:
    """A name, or what else is said of a project, as it is written in a file."""
    return "" if value is None else shown(value) if isinstance(value, bool) else str(value)
