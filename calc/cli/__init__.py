"""The command line: thin. Each command parses, calls its Python twin, prints; one file a command."""

from __future__ import annotations

import os
import sys

import typer

from calc.messages import LANGUAGES, text, use


def _language(argv: list[str]) -> str:
    """The language asked for on the command line or in SUBSIDY_LANG; help texts need it before options are parsed."""
    for place, word in enumerate(argv):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and place + 1 < len(argv):
            return argv[place + 1]
    return os.environ.get("SUBSIDY_LANG", "")[:2]


def build() -> typer.Typer:
    """The application with all its commands, in the language in use."""
    app = typer.Typer(
        name="subsidy", help=text("cli.help"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )

    @app.callback()
    def options(
        lang: str = typer.Option(None, "--lang", help=text("cli.lang"), metavar="zh|en", show_default=False),
        version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help=text("cli.version")),
    ) -> None:
        pass

    from calc.cli import check, estimate, list_, lpr, show

    for module in (list_, show, estimate, check, lpr):
        module.register(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        from calc import __version__

        print(f"subsidy {__version__}")
        raise typer.Exit


def main(argv: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 problems found in the data, 2 wrong usage or input."""
    from calc.cli.common import run

    argv = sys.argv[1:] if argv is None else argv
    asked = _language(argv)
    if asked in LANGUAGES:
        use(asked)
    sys.exit(run(build(), argv))
