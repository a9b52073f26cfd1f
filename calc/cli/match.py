"""``subsidy match``: one project against all schemes."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text

FORMATS = ("table", "json", "csv", "markdown", "html")
TOP = 8  # rows of a section, where no other number is told


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("match.help"))
    def match(
        project: str = typer.Argument(..., metavar="PROJECT", help=text("cli.project.help")),
        settings: list[str] = typer.Option(None, "--set", metavar="FACT=VALUE", help=text("cli.set.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        top: int = typer.Option(None, "--top", min=0, metavar="N", help=text("match.top", most=TOP)),
        all_: bool = typer.Option(False, "--all", help=text("match.all")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import Refusal, catalog, complain, day, dump, emit, override, read_project, require_format, screen

        form = require_format(format, FORMATS, output)
        if top is not None and all_:
            raise Refusal(text("cli.option.alone", one="top", other="all"))
        if top is not None and form in ("json", "csv"):
            complain(text("cli.option.idle", format=form, option="--top"))
        rows = 0 if all_ else TOP if top is None else top
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
            for warning in answer["warnings"]:
                complain(warning)
        elif form == "html":
            from calc.facts import today
            from calc.report.pages import match_page

            values = loaded.read(facts, loaded.ids)
            page = match_page(answer, str(document.get("name") or ""), loaded.facts, values, loaded, rows, day(as_of) or today())
            emit(page, output)
        elif form == "markdown":
            emit(report.as_markdown(answer, loaded.facts, rows), output)
        else:
            width, color = screen(output)
            emit(report.as_table(answer, loaded.facts, rows, width, color, all_), output)
