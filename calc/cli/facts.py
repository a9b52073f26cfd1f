"""``subsidy facts``: which facts there are, searched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc.messages import text

if TYPE_CHECKING:
    from calc.facts import Facts


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("facts.help"))
    def facts(
        words: list[str] = typer.Argument(None, metavar="WORD…", help=text("facts.words.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
        format: str = typer.Option(None, "--format", metavar="table|json|csv", help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
    ) -> None:
        from calc.cli.common import catalog, complain, dump, emit, require_format
        from calc.report.screen import screen

        form = require_format(format, ("table", "json", "csv"), output)
        folder = catalog(schemes)
        found = folder.find_facts(" ".join(words or ()))
        if not found:
            complain(text("facts.none"))
        if form == "json":
            emit(dump(found), output)
        elif form == "csv":
            emit(_csv(found), output)
        elif found or output is not None:  # a file that is asked for is written
            emit(_table(found, folder.facts, screen(output)[0]), output)


def _table(found: list[dict[str, Any]], names: Facts, width: int) -> str:
    """Two lines and more a fact: what it is called and what may be given; how it is meant."""
    from calc.report.screen import wrap

    rows = []
    for one in found:
        others = [text("facts.twin", label=names.name_of(other), fact=other) for other in one["answered_by"]]
        rows.append(wrap(f"{one['label']}  {one['fact']}", width))
        rows += ["    " + line for said in (one["accepted"], one["help"], *others) if said for line in wrap(said, width - 4).splitlines()]
        rows.append("    " + text("facts.schemes", count=one["schemes"]))
    return "\n".join([*rows, text("facts.count", count=len(found))]) + "\n"


def _csv(found: list[dict[str, Any]]) -> str:
    import io

    from calc.characters import CsvRows

    out = io.StringIO()
    rows = CsvRows(out)
    rows.add(found[0] if found else ["fact"])
    rows.add_all({**one, "answered_by": ";".join(one["answered_by"])}.values() for one in found)
    return out.getvalue()
