"""``subsidy show``: one scheme in plain words."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text

FORMATS = ("table", "json", "markdown")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("show.help"))
    def show(
        scheme: str = typer.Argument(..., metavar="SCHEME", help=text("show.scheme.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
    ) -> None:
        from calc.cli.common import catalog, day, dump, emit, quotes, require_format, screen

        form = require_format(format, FORMATS, output)
        loaded = catalog(schemes)
        answer = loaded.show(scheme, as_of=day(as_of))
        said = quotes(loaded, [answer["id"]]).get(answer["id"], {})
        for benefit in answer["benefits"]:
            if benefit["id"] in said:
                benefit["quote"] = said[benefit["id"]]
        if form == "json":
            emit(dump(answer), output)
            return
        from calc.report import schemes as report

        if form == "markdown":
            emit(report.show_markdown(answer), output)
        else:
            width, color = screen(output)
            emit(report.show_table(answer, width, color), output)
