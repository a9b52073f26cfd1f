"""What the shell completes: scheme ids and facts. Fast: no scheme is loaded, only names are read from the files."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import typer

ASKED = "_SUBSIDY_COMPLETE"  # what the completion scripts set
SWITCHES = ("--install-completion", "--show-completion")
_TITLE = re.compile(r'^title = "(.*)"', re.MULTILINE)
_FACT = re.compile(r'^\[([a-z][a-z0-9_]*)\]\n((?:(?!\[).*\n)*)', re.MULTILINE)
_LABEL = re.compile(r'^label = "(.*)"', re.MULTILINE)
_VALUES = re.compile(r"^values = \{(.*)\}", re.MULTILINE)
_VALUE = re.compile(r'([\w"\'.-]+) = "([^"]*)"')


def attach(app: typer.Typer) -> None:
    """Gives every parameter that takes schemes or facts its completion; which they are their metavar says."""
    below = [one for group in app.registered_groups if group.typer_instance for one in group.typer_instance.registered_commands]
    for command in [*app.registered_commands, *below]:
        assert command.callback is not None
        for parameter in inspect.signature(command.callback).parameters.values():
            metavar = str(getattr(parameter.default, "metavar", None) or "")
            if metavar.startswith("SCHEME"):
                parameter.default.autocompletion = schemes
            elif metavar.startswith("FACT"):
                parameter.default.autocompletion = facts


def folder(ctx: typer.Context) -> Path:
    """The scheme folder the command line names, else the one shipped."""
    from calc.store.store import scheme_folder

    told = next((value for value in ctx.params.values() if isinstance(value, Path) and (value / "facts.toml").is_file()), None)
    return scheme_folder(told)


def schemes(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids that begin so, with their titles."""
    from calc.store.store import BESIDE, OTHERS

    paths = sorted(path for path in folder(ctx).rglob("*.toml") if path.name not in OTHERS and path.parent.name not in BESIDE)
    return [(path.stem, _title(path)) for path in paths if path.stem.startswith(incomplete)]


def _title(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        found = _TITLE.search(file.read(500))
    return found[1] if found else ""


def facts(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Facts that begin so (by id, or by label), with their labels; after ``=`` the values of a category or a yes/no."""
    content = (folder(ctx) / "facts.toml").read_text(encoding="utf-8", errors="replace")
    name, sign, begun = incomplete.partition("=")
    if not sign:
        return [(id, label) for id, label, _ in _facts(content) if id.startswith(name) or (name and label.startswith(name))]
    table = next((table for id, label, table in _facts(content) if name in (id, label)), "")
    values = _VALUES.search(table)
    choices = [("是", ""), ("否", "")] if 'type = "bool"' in table else _VALUE.findall(values[1]) if values else []
    return [(f"{name}={slug.strip(chr(34))}", label) for slug, label in choices if slug.strip('"').startswith(begun)]


def _facts(content: str) -> Iterator[tuple[str, str, str]]:
    for found in _FACT.finditer(content):
        label = _LABEL.search(found[2])
        yield found[1], label[1] if label else "", found[2]
