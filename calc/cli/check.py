"""``subsidy check``: every problem of the scheme files, where it stands and what would help."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from calc.messages import listed, text

if TYPE_CHECKING:
    from calc.errors import SchemeError

FORMATS = ("table", "json")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("check.help"))
    def check(
        files: list[Path] = typer.Argument(None, metavar="FILE…", help=text("check.files.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        watch: bool = typer.Option(False, "--watch", help=text("check.watch.help")),
        cases: bool = typer.Option(False, "--cases", help=text("check.cases.help")),
        rounds: int = typer.Option(0, "--rounds", min=0, hidden=True),
    ) -> None:
        from calc.catalog import load_catalog
        from calc.cli.common import DONE, PROBLEMS, Refusal, complain, dump, emit, require_format
        from calc.files import check_place
        from calc.store.check import changes
        from calc.store.check import check as look
        from calc.store.store import scheme_folder

        form = require_format(format, FORMATS, output)
        if schemes is None and files and len(files) == 1 and files[0].is_dir():  # a folder as it stands
            schemes, files = files[0], []
        for file in files or ():
            if not file.is_file():
                raise Refusal(text("cli.unreadable", file=file, error=text("cli.no.file")))
        folder = scheme_folder(schemes or _around(files))
        if output is not None:
            check_place(output, [folder])

        def once() -> int:
            report = look(folder, files or ())
            ran = None
            if cases and not report.problems:
                ran = load_catalog(folder).cases()
                report.problems += ran.problems
            if form == "json":
                emit(dump([{"file": p.file, "line": p.line, "problem": p.problem, "hint": p.hint} for p in report.problems]), output)
            elif report.problems:
                emit("\n".join(map(_said, report.problems)), output)
            if report.problems:
                count = len(report.problems)
                complain(text("cases.found", count=ran.count, problems=count) if ran else text("check.found", count=count, schemes=report.schemes))
                return PROBLEMS
            said = text("check.clean", schemes=report.schemes, facts=report.facts)
            if ran is not None:
                said += text("word.semicolon") + text("cases.agree", count=ran.count)
            if form == "json":
                complain(said)
            else:
                emit(said, output)
            return DONE

        found = once()
        if watch:
            with suppress(KeyboardInterrupt):  # Ctrl-C is how watching ends
                complain(text("check.watching", folder=folder))
                for number, changed in enumerate(changes(folder, files or ()), 2):
                    complain(text("check.round", number=number, time=time.strftime("%H:%M:%S"), files=listed(map(str, changed))))
                    found = once()
                    if number == rounds:
                        break
        raise typer.Exit(found)


def _said(problem: SchemeError) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    return f"{place}: {problem.problem}" + (f"\n    {text('check.hint', hint=problem.hint)}" if problem.hint else "")


def _around(files: list[Path] | None) -> Path | None:
    """The scheme folder the first file stands in: the nearest one above it with a dictionary of facts."""
    if not files:
        return None
    return next((above for above in files[0].parents if (above / "facts.toml").is_file()), None)
