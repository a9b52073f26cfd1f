"""``subsidy match``: one project against all schemes."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text

FORMATS = ("table", "json", "csv", "markdown", "html")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("match.help"))
    def match(
        project: str = typer.Argument(..., metavar="PROJECT", help=text("cli.project.help")),
        settings: list[str] = typer.Option(None, "--set", metavar="FACT=VALUE", help=text("cli.set.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        top: int = typer.Option(8, "--top", min=0, help=text("match.top")),
        all_: bool = typer.Option(False, "--all", help=text("match.all")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", help=text("cli.output.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import catalog, day, dump, emit, override, read_project, require_format, screen

        form = require_format(format, FORMATS, output)
        loaded = catalog(schemes, lpr)
        document = read_project(project, loaded.facts)
        facts = override(document["facts"], settings, loaded.facts)
        answer = loaded.match(facts, as_of=day(as_of))
        if form == "json":
            emit(dump(answer), output)
            return
        from calc.report import match as report

        if form == "csv":
            emit(report.as_csv(answer, loaded.facts), output)
        elif form == "html":
            from calc.facts import today
            from calc.report.pages import match_page

            values = loaded.read(facts, loaded.ids)
            page = match_page(answer, str(document.get("name") or ""), loaded.facts, values, loaded, 0 if all_ else top, day(as_of) or today())
            emit(page, output)
        elif form == "markdown":
            emit(report.as_markdown(answer, loaded.facts, 0 if all_ else top), output)
        else:
            width, color = screen(output)
            emit(report.as_table(answer, loaded.facts, top, width, color, all_), output)
