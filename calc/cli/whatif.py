"""``subsidy whatif``: how a scheme's amount moves with the project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from calc.messages import text

FORMATS = ("table", "json", "csv", "markdown", "xlsx")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("whatif.help"))
    def whatif(
        project: str = typer.Argument(..., metavar="PROJECT", help=text("cli.project.help")),
        scheme: list[str] = typer.Option(None, "--scheme", "-s", metavar="SCHEME", help=text("whatif.scheme.help")),
        plan: bool = typer.Option(False, "--plan", help=text("whatif.plan.help")),
        allow_conditional: bool = typer.Option(False, "--allow-conditional", help=text("plan.conditional.help")),
        include_equity: bool = typer.Option(False, "--include-equity", help=text("plan.equity.help")),
        vary: list[str] = typer.Option(None, "--vary", metavar="FACT=A..B:STEP", help=text("whatif.vary.help")),
        target: str = typer.Option(None, "--target", metavar="AMOUNT", help=text("whatif.target.help")),
        scenarios: Path = typer.Option(None, "--scenarios", metavar="FILE", help=text("whatif.scenarios.help")),
        compare: tuple[str, str] = typer.Option(None, "--compare", metavar="NAME NAME", help=text("whatif.compare.help")),
        chart: Path = typer.Option(None, "--chart", metavar="FILE", help=text("whatif.chart.help")),
        settings: list[str] = typer.Option(None, "--set", metavar="FACT=VALUE", help=text("cli.set.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.characters import all_visible
        from calc.cli.common import Refusal, catalog, complain, day, dump, emit, override, read_project, require_format, screen, write_whole

        form = require_format(format, FORMATS, output)
        loaded = catalog(schemes, lpr)
        if not plan and len(scheme or ()) != 1:
            raise Refusal(text("whatif.one"))
        for option, told in (("--allow-conditional", allow_conditional), ("--include-equity", include_equity)):
            if told and not plan:
                raise Refusal(text("whatif.plan.only", option=option))
        if not vary and scenarios is None:
            raise Refusal(text("whatif.nothing"))
        if compare and scenarios is None:
            raise Refusal(text("whatif.compare.file"))
        if chart is not None:
            _drawable(chart)
        if form == "xlsx" and output is None:
            raise Refusal(text("estimate.xlsx"))
        ids = [loaded.find(name) for name in scheme or ()]
        used = {f.partition(".")[0] for id in ids for f in loaded.scheme(id).facts} if ids else None
        document = read_project(project, loaded.facts, used)
        facts = override(document["facts"], settings, loaded.facts, used)
        entries = None if scenarios is None else read_scenarios(scenarios)
        when = day(as_of)

        def ask() -> dict[str, Any]:
            return loaded.whatif(
                facts, "plan" if plan else ids[0], _spans(vary, target) or None, target=target, scenarios=entries, compare=compare or None,
                schemes=ids or None, allow_conditional=allow_conditional, include_equity=include_equity, as_of=when,
            )  # fmt: skip

        answer = ask()
        if chart is not None:
            from calc.report import chart as drawing

            if not answer["points"]:
                raise Refusal(text("whatif.chart.none"))
            picture, warnings = drawing.chart(all_visible(answer), chart, lambda: all_visible(ask()))
            write_whole(chart, picture)
            for warning in warnings:
                complain(warning)
            complain(text("whatif.chart.done", file=chart))
        from calc.report import whatif as report

        if form == "json":
            emit(dump(answer), output)
        elif form == "csv":
            emit(report.as_csv(answer), output)
        elif form == "markdown":
            emit(report.as_markdown(answer), output)
        elif form == "xlsx":
            from calc.report.xlsx import write_whatif

            assert output is not None
            live = list(dict.fromkeys(key.partition("/")[0] for key in answer["labels"])) if plan else ids
            values = loaded.read(facts, live or loaded.ids)
            write_whatif(output, loaded, {"name": document.get("name")}, answer, [loaded.estimate(facts, id, when) for id in live], values)
        else:
            width, color = screen(output)
            emit(report.as_table(answer, width, color), output)
        for warning in [*(answer["warnings"] if form == "csv" else ()), *_invalid(answer)]:
            complain(warning)


def _drawable(file: Path) -> None:
    """Raises ``Refusal`` where a chart cannot be written to ``file``."""
    from calc.cli.common import Refusal
    from calc.report.chart import KINDS

    if file.suffix.lower() not in KINDS:
        raise Refusal(text("whatif.chart.kind", file=file))


def _spans(vary: list[str] | None, target: str | None) -> dict[str, Any]:
    """What ``--vary`` says, by fact; with a target, a bare name means any value."""
    from calc.cli.common import Refusal

    found: dict[str, Any] = {}
    for said in vary or ():
        name, sign, span = (part.strip() for part in said.partition("="))
        if not name or not (span or (target is not None and not sign)):
            raise Refusal(text("whatif.vary.form", vary=said))
        if name in found:
            raise Refusal(text("whatif.vary.twice", fact=name))
        found[name] = span or None
    return found


def _invalid(answer: Mapping[str, Any]) -> list[str]:
    bad = [p["error"] for p in answer["points"] if p["status"] == "invalid"]
    return [text("whatif.warn.invalid", count=len(bad), error=bad[0])] if bad else []


def read_scenarios(file: Path) -> list[dict[str, Any]]:
    """The ``[[scenario]]`` tables of a TOML file. Raises ``Refusal``."""
    from calc.cli.common import Refusal
    from calc.documents import BadDocument, read_toml
    from calc.errors import system_error
    from calc.files import whole_file
    from calc.kinds import document_text

    try:
        document = read_toml(document_text(file, whole_file(file)))
    except OSError as bad:
        raise Refusal(text("cli.unreadable", file=file, error=system_error(bad))) from None
    except BadDocument as bad:
        raise Refusal(text("cli.toml", at=bad.at(str(file)), problem=bad.problem)) from None
    entries = document.get("scenario")
    if set(document) != {"scenario"} or not isinstance(entries, list) or not entries:
        raise Refusal(text("whatif.scenarios.file", file=file, problem=text("whatif.scenarios.form")))
    return entries
