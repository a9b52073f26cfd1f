"""The command line: thin. Each command parses, calls its Python twin, prints; one file a command."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer

from calc import stopping
from calc.cli import complete
from calc.cli.help import Command, Group
from calc.messages import LANGUAGES, text, use

# command → its module in this package, in the order help shows them; only the module of the command asked for is loaded
COMMANDS = {
    "list": "list_",
    "show": "show",
    "estimate": "estimate",
    "match": "match",
    "plan": "plan",
    "whatif": "whatif",
    "calendar": "calendar",
    "batch": "batch",
    "reform": "reform",
    "facts": "facts",
    "verify": "verify",
    "template": "template",
    "ask": "ask",
    "check": "check",
    "schema": "schema",
    "new": "new",
    "texts": "texts",
    "lpr": "lpr",
    "doctor": "doctor",
}


def build(names: list[str] | None = None) -> typer.Typer:
    """The application with the commands ``names`` (all, and shell completion, if not told), in the language in use."""
    app = typer.Typer(
        name="subsidy", cls=Group, help=text("cli.help"), add_completion=names is None, pretty_exceptions_enable=False, rich_markup_mode=None
    )

    @app.callback()
    def options(
        lang: str = typer.Option(None, "--lang", help=text("cli.lang"), metavar="zh|en"),
        version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help=text("cli.version")),
    ) -> None:
        pass

    for name in COMMANDS if names is None else names:
        import_module(f"calc.cli.{COMMANDS[name]}").register(app)
    for command in app.registered_commands:
        command.cls = Command
    if os.environ.get(complete.ASKED):
        complete.attach(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        from calc import __version__

        print(f"subsidy {__version__}")
        raise typer.Exit


def _language(argv: list[str]) -> tuple[list[str], str]:
    """``argv`` without ``--lang``, which may stand anywhere, and the language asked for there or in SUBSIDY_LANG."""
    asked = os.environ.get("SUBSIDY_LANG", "")[:2]
    kept: list[str] = []
    words = iter(argv)
    told = False
    for word in words:
        if word == "--":
            kept.append(word)
            break
        if told and word.partition("=")[0] == "--lang":
            from calc.cli.common import Refusal

            raise Refusal(text("cli.option.twice", option="--lang"))
        if word == "--lang":
            asked = next(words, "")
        elif word.startswith("--lang="):
            asked = word.partition("=")[2]
        else:
            kept.append(word)
            continue
        if asked not in LANGUAGES:
            from calc.cli.common import Refusal

            raise Refusal(text("cli.lang.unknown", value=asked))
        told = True
    return [*kept, *words], asked


def main(argv: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 problems found in the data, 2 wrong usage or input, 130 told to stop."""
    from calc.cli.common import guarded

    stopping.listen()
    sys.exit(guarded(lambda: _run(sys.argv[1:] if argv is None else argv)))


def _run(argv: list[str]) -> int:
    from calc.cli.common import INTERRUPTED, complain, unknown_command

    argv, asked = _language(argv)
    use(asked if asked in LANGUAGES else LANGUAGES[0])
    completion = argv[:1] and argv[0] in complete.SWITCHES
    command = next((word for word in argv if not word.startswith("-")), None) if not completion else None
    if command is not None and command not in COMMANDS:
        raise unknown_command(command, COMMANDS)
    app = build(None if command is None else [command])
    try:
        code = typer.main.get_command(app).main(args=argv or ["--help"], prog_name="subsidy", standalone_mode=False)
    except SystemExit:  # how typer ends an installation, told in English only
        if argv[:1] == ["--install-completion"]:
            complain(text("completion.installed"))
        raise
    if code == INTERRUPTED:  # how the parser ends what was interrupted: without a word
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0
