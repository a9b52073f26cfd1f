"""Project files: TOML or JSON as written by hand, workbooks and CSV files as filled in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, decoded, read_json, read_toml
from calc.errors import FileProblem
from calc.facts import Facts
from calc.messages import text

TABLES = (".xlsx", ".xlsm", ".csv")
KEYS = ("name", "facts", "id", "enterprise", "note")


def read_projects(file: str | Path, facts: Facts, asked: Collection[str] = (), ignore_unknown: bool = False) -> list[dict[str, Any]]:
    """The projects in a file, each ``{"name": …, "facts": {…}}`` and what else is said of it (``id``, ``enterprise``, ``note``).

    ``facts`` is the dictionary by which a table is read; ``asked`` are names beside facts that stand with the project, and
    ``ignore_unknown`` passes columns over that mean nothing. Raises ``FileProblem`` with all that is wrong, ``OSError``.
    """
    if str(file).lower().endswith(TABLES):
        from calc.questions.fill.sheets import read_workbook

        return read_workbook(file, facts, asked, ignore_unknown)
    return [document_of(str(file), Path(file).read_bytes(), asked)]


def document_of(name: str, raw: bytes, asked: Collection[str] = ()) -> dict[str, Any]:
    """The project in the TOML or JSON text of a file called ``name``. Raises ``FileProblem``."""
    from calc.questions.fill.workbook import OLD, ZIP, check_workbook

    if raw[:4] in (OLD, ZIP):
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
    if not isinstance(document, dict):
        raise FileProblem([text("cli.project", file=name)])
    if "facts" not in document:
        document = {"name": document.pop("name", ""), "facts": document}
    extra = [key for key in document if key not in KEYS and key not in asked]
    if extra:
        raise FileProblem([text("cli.project.keys", file=name, keys="、".join(extra), known="、".join(KEYS))])
    if not isinstance(document["facts"], dict):
        raise FileProblem([text("cli.project.facts", file=name)])
    return document
