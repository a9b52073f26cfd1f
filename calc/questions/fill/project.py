"""Project files: TOML or JSON as written by hand, workbooks and CSV files as filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from calc.documents import OLD, ZIP, BadDocument, Written, decoded, read_json, read_toml
from calc.errors import FileProblem
from calc.facts import Facts
from calc.files import whole_file
from calc.messages import listed, text

TABLES = (".xlsx", ".xlsm", ".csv", ".tsv", ".tab", ".txt", ".parquet", ".pq")
LINES = (".jsonl", ".ndjson")
KEYS = ("name", "facts", "id", "enterprise", "note")


def read_projects(
    file: str | Path,
    facts: Facts,
    asked: Collection[str] = (),
    ignore_unknown: bool = False,
    within: Collection[str] | None = None,
    told: list[str] | None = None,
    refused: list[str] | None = None,
) -> list[dict[str, Any]]:
    """The projects in a file, each ``{"name": …, "facts": {…}}`` and what else is said of it (``id``, ``enterprise``, ``note``).

    ``facts`` is the dictionary by which a table is read, ``within`` those that decide what a shared label means; ``asked`` are
    names beside facts that stand with the project, and ``ignore_unknown`` passes columns over that mean nothing. ``told`` takes
    what was passed over, ``refused`` what is wrong in single rows, which are then left out. Raises ``FileProblem`` with all that
    is wrong, ``OSError``.
    """
    name = str(file)
    if name.lower().endswith(TABLES):
        from calc.questions.fill.sheets import read_workbook

        return read_workbook(file, facts, asked, ignore_unknown, within, told, refused)
    raw = whole_file(file)
    if name.lower().endswith(LINES):
        lines = enumerate((decoded(raw) or "").split("\n"), 1)
        found = [document_of(f"{name}:{number}", line.encode(), asked, ignore_unknown) for number, line in lines if line.strip()]
        return [{**one, "facts": Written(one["facts"], one["facts"].file)} for one in found]  # a project has one line, which is named
    return documents_of(name, raw, asked, ignore_unknown)


def document_of(name: str, raw: bytes, asked: Collection[str] = (), ignore_unknown: bool = False) -> dict[str, Any]:
    """The project in the TOML or JSON text of a file called ``name``. Raises ``FileProblem``."""
    found = documents_of(name, raw, asked, ignore_unknown)
    if len(found) != 1:
        raise FileProblem([text("template.count", file=name, count=len(found))])
    return found[0]


def documents_of(name: str, raw: bytes, asked: Collection[str] = (), ignore_unknown: bool = False) -> list[dict[str, Any]]:
    """The projects in the text of a file called ``name``: one, or those of a JSON array. Raises ``FileProblem``."""
    if raw[:4] in (OLD, ZIP):
        from calc.questions.fill.workbook import check_workbook

        check_workbook(name, raw)
        raise FileProblem([text("workbook.project", file=name)])
    content = decoded(raw)
    if content is None:
        raise FileProblem([text("cli.encoding", file=name)])
    if not content.strip():
        raise FileProblem([text("cli.empty", file=name)])
    form = "json" if name.lower().endswith(".json") or content.lstrip()[:1] == "{" else "toml"
    try:
        document = read_json(content) if form == "json" else read_toml(content)
    except BadDocument as bad:
        raise FileProblem([text(f"cli.{form}", at=bad.at(name), problem=bad.problem)]) from None
    if isinstance(document, list) and document:
        return [_project(f"{name}[{number}]", one, asked, ignore_unknown) for number, one in enumerate(document, 1)]
    line = partial(_line, content, form)
    return [_project(name, document, asked, ignore_unknown, line)]


def _line(content: str, form: str, name: str, path: str) -> int:
    """The line of a fact (by the ``name`` it has there) in a text, or of the place of ``path`` in its value; 0 where it is not found."""
    inner = [int(part) - 1 if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", path)[1:]]
    if form == "json":
        at = 0
        for key in [name, *(one for one in inner if isinstance(one, str))]:
            number = next((one for one in inner if isinstance(one, int)), 0) if key != name else 0
            found = [match.start() for match in re.finditer(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", content[at:])]
            at += found[min(number, len(found) - 1)] if found else 0
        return content.count("\n", 0, at) + 1 if at else 0
    from calc.language.places import Places  # a place is looked for where something is wrong only

    places = Places(content)
    top = next((one for one in (("facts", name), (name,)) if one in places.spans), None)
    return places.line((*top, *inner)) if top is not None else 0


def _project(
    name: str, document: Any, asked: Collection[str], ignore_unknown: bool, line: Callable[[str, str], int] = lambda name, path: 0
) -> dict[str, Any]:
    """A project as it was written, its facts apart from its name; ``line`` tells where a name stands. Raises ``FileProblem``."""
    if not isinstance(document, dict):
        raise FileProblem([text("cli.project", file=name)])
    if "facts" not in document:
        document = {"name": document.pop("name", ""), "facts": document}
    extra = [key for key in document if key not in KEYS and key not in asked]
    if ignore_unknown:
        document = {key: value for key, value in document.items() if key not in extra}
    elif extra:
        at = line(extra[0], extra[0])
        raise FileProblem([text("cli.project.keys", file=f"{name}:{at}" if at else name, keys=listed(extra), known=listed(KEYS))])
    if not isinstance(document["facts"], dict):
        raise FileProblem([text("cli.project.facts", file=name)])
    return {**document, "facts": Written(document["facts"], name, line)}
