"""``subsidy lpr``: the loan prime rates in force on a day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from calc.messages import text

FORMATS = ("table", "json")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("lpr.help"))
    def lpr(
        date: str = typer.Argument(None, metavar="DATE", help=text("lpr.date.help")),
        table: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        new: tuple[str, str, str] = typer.Option(None, "--add", metavar="DATE 1Y 5Y", help=text("lpr.add.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
    ) -> None:
        from calc.cli.common import Refusal, complain, day, dump, emit, require_format
        from calc.rates.lpr import add, load_lpr

        if new and any(new):  # typer gives an option left out as blanks
            if table is None:
                raise Refusal(text("lpr.add.where"))
            for option, value in ((text("lpr.date.name"), date), ("--format", format), ("-o", output)):
                if value is not None:
                    raise Refusal(text("lpr.add.only", option=option))
            entry = add(table, *new)
            complain(text("lpr.added", file=table, day=entry.verified, rates=_both(entry.on(entry.verified))))
            return
        form = require_format(format, FORMATS, output)
        rates = load_lpr(table)
        when = day(date)
        answers = [rates.on(when)] if when is not None else [rates.on(start) for start in rates.days]
        if form == "json":
            emit(dump(answers[0] if when is not None else answers), output)
        else:
            emit(_table(answers, rates.verified.isoformat(), when is None), output)
        for warning in answers[0]["warnings"] if when is not None else ():
            complain(warning)


def _table(answers: list[dict[str, Any]], verified: str, all_: bool) -> str:
    lines = [] if all_ else [text("lpr.head", day=answers[0]["date"])]
    for answer in answers:
        rates = _both(answer)
        lines.append(f"{answer['date']}  {rates}" if all_ else rates)
    if not all_ and answers[0]["since"]:
        lines.append(text("lpr.since", day=answers[0]["since"]))
    return "\n".join([*lines, text("lpr.verified.on", day=verified)])


def _both(answer: dict[str, Any]) -> str:
    return text("lpr.rates", one=_rate(answer["1Y"]), five=_rate(answer["5Y"]))


def _rate(rate: str | None) -> str:
    """A rate with two decimals, as it is published."""
    if rate is None:
        return "—"
    whole, _, rest = rate.rstrip("%").partition(".")
    return f"{whole}.{rest:0<2}%"
