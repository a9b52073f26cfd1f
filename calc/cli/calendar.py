"""``subsidy calendar``: what to apply for and when."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("calendar.help"))
    def calendar(
        project: str = typer.Argument(..., metavar="PROJECT", help=text("cli.project.help")),
        names: list[str] = typer.Option(None, "--scheme", "-s", metavar="SCHEME", help=text("calendar.schemes.help")),
        settings: list[str] = typer.Option(None, "--set", metavar="FACT=VALUE", help=text("cli.set.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        format: str = typer.Option(None, "--format", metavar="table|json|csv|markdown|ics", help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("calendar.output.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import FORMATS, catalog, complain, day, deliver, dump, emit, override, read_project, require_format, screen

        form = require_format(format, (*FORMATS, "ics"), output)
        loaded = catalog(schemes, lpr)
        facts = override(read_project(project, loaded.facts)["facts"], settings, loaded.facts)
        entries = loaded.calendar(facts, schemes=names or None, as_of=day(as_of))
        if not entries:
            complain(text("calendar.none"))
        from calc.report import calendar as report

        if form == "json":
            emit(dump(entries), output)
        elif form == "csv":
            emit(report.as_csv(entries), output)
        elif form == "markdown":
            emit(report.as_markdown(entries), output)
        elif form == "ics":
            from calc.facts import today

            content = report.as_ics(entries, day(as_of) or today())
            if output is None:
                emit(content.decode(), None)
            else:
                deliver(content, output)
        elif entries or output is not None:  # a file that is asked for is written
            width, color = screen(output)
            emit(report.as_table(entries, width, color), output)
        for warning in report.warnings(entries) if form in ("csv", "ics") else ():
            complain(warning)
