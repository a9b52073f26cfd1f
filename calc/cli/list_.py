"""``subsidy list``: what schemes there are."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command("list", help=text("list.help"))
    def list_(
        part: str = typer.Option(None, "--part", metavar="PART", help=text("list.part.help")),
        authority: str = typer.Option(None, "--authority", metavar="TEXT", help=text("list.authority.help")),
        support: str = typer.Option(None, "--support", metavar="KIND", help=text("list.support.help")),
        nature: str = typer.Option(None, "--nature", metavar="NATURE", help=text("list.nature.help")),
        validity: str = typer.Option(None, "--validity", metavar="STATE", help=text("list.validity.help")),
        outcome: str = typer.Option(None, "--outcome", metavar="OUTCOME", help=text("list.outcome.help")),
        kinds: list[str] = typer.Option(None, "--for", metavar="APPLICANT", help=text("profile.for.help")),
        fields: list[str] = typer.Option(None, "--field", metavar="FIELD", help=text("profile.field.help")),
        matters: list[str] = typer.Option(None, "--matter", metavar="MATTER", help=text("profile.matter.help")),
        search: str = typer.Option(None, "--search", metavar="TEXT", help=text("list.search.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
        format: str = typer.Option(None, "--format", metavar="table|json|csv|markdown", help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
    ) -> None:
        from calc.cli.common import FORMATS, catalog, complain, day, dump, emit, require_format, screen

        form = require_format(format, FORMATS, output)
        folder = catalog(schemes)
        entries = folder.listing(
            part=part,
            authority=authority,
            support=support,
            nature=nature,
            validity=validity,
            outcome=outcome,
            search=search,
            as_of=day(as_of),
            applicant_kinds=kinds,
            fields=fields,
            matters=matters,
        )
        if not entries:
            complain(text("list.none"))
        if form == "json":
            emit(dump(entries), output)
            return
        from calc.report import schemes as report

        if form == "csv":
            emit(report.list_csv(entries), output)
        elif form == "markdown":
            emit(report.list_markdown(entries), output)
        elif entries or output is not None:  # a file that is asked for is written
            width, color = screen(output)
            emit(report.list_table(entries, width, color, folder.about.title), output)
