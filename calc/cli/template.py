"""``subsidy template``: a file to fill in for chosen schemes."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("template.help"))
    def template(
        names: list[str] = typer.Argument(..., metavar="SCHEME…", help=text("template.schemes.help")),
        output: Path = typer.Option(..., "--output", "-o", metavar="FILE", help=text("template.output.help")),
        project: str = typer.Option(None, "--project", metavar="PROJECT", help=text("template.project.help")),
        force: bool = typer.Option(False, "--force", help=text("template.force.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import catalog, complain, read_project

        loaded = catalog(schemes)
        known = [read_project(project, loaded.facts)] if project is not None else []
        for file in loaded.template(names, output, known, force):
            complain(text("template.wrote", file=file))
