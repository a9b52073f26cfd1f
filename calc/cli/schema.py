"""``subsidy schema``: what the files people write must look like, as JSON Schema."""

from __future__ import annotations

from pathlib import Path

import typer

from calc.messages import listed, text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("schema.help"))
    def schema(
        name: str = typer.Argument("scheme", metavar="scheme|facts|rules|catalog|project", help=text("schema.name.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import Refusal, catalog, emit, require_format
        from calc.errors import nearest_names
        from calc.questions.schema import NAMES, dump

        require_format(None, ("json",), output)
        if name not in NAMES:
            near = nearest_names(name, NAMES)
            said = text("schema.unknown", name=name, known=listed(NAMES))
            raise Refusal(said + (text("error.nearest", nearest=" / ".join(near)) if near else ""))
        emit(dump(catalog(schemes).schema(name)), output)
