"""``subsidy template``: a file to fill in for chosen schemes."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("template.help"))
    def template(
        names: list[str] = typer.Argument(None, metavar="SCHEME…", help=text("template.schemes.help")),
        output: Path = typer.Option(..., "--output", "-o", metavar="FILE", help=text("template.output.help")),
        project: str = typer.Option(None, "--project", metavar="PROJECT", help=text("template.project.help")),
        force: bool = typer.Option(False, "--force", help=text("template.force.help")),
        kinds: list[str] = typer.Option(None, "--for", metavar="APPLICANT", help=text("profile.for.help")),
        fields: list[str] = typer.Option(None, "--field", metavar="FIELD", help=text("profile.field.help")),
        matters: list[str] = typer.Option(None, "--matter", metavar="MATTER", help=text("profile.matter.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import Refusal, catalog, complain, read_project
        from calc.estimate.plausible import odd_in, told
        from calc.questions.fill.sheets import lists_beside

        loaded = catalog(schemes)
        if kinds or fields or matters:
            meant = loaded.listing(validity="in-force", outcome="money", applicant_kinds=kinds, fields=fields, matters=matters)
            names = list(dict.fromkeys([*(names or ()), *(entry["id"] for entry in meant)]))
        if not names:
            raise Refusal(text("list.none" if kinds or fields or matters else "template.for"))
        known = [read_project(project, loaded.facts)] if project is not None else []
        before = list(lists_beside(output, loaded.facts)) if output.suffix.lower() == ".csv" else []
        files = loaded.template(names, output, known, force)
        for file in files:
            complain(text("template.wrote", file=file))
        for warning in told(one for project_ in known for one in odd_in(loaded.read(project_), loaded.facts)):
            complain(warning)
        for file in before:
            if file not in files and not file.exists():
                complain(text("template.removed", file=file))
