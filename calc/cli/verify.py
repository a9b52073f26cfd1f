"""``subsidy verify``: whether a result of a batch comes out again."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text

FORMATS = ("table", "json")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("verify.help"))
    def verify(
        result: Path = typer.Argument(..., metavar="RESULT", help=text("verify.result.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import PROBLEMS, catalog, dump, emit, require_format
        from calc.report.words import verified

        form = require_format(format, FORMATS, output)
        answer = catalog(schemes, lpr).verify(result)
        emit(dump(answer) if form == "json" else verified(answer, str(result)), output)
        if not answer["same"]:
            raise typer.Exit(PROBLEMS)
