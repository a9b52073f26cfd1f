"""``subsidy estimate``: what chosen schemes pay for one project, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc.messages import listed, text

if TYPE_CHECKING:
    import datetime as dt

    from calc.catalog import Catalog
    from calc.report.estimate import Estimate

FORMATS = ("table", "json", "csv", "markdown", "html", "xlsx")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("estimate.help"))
    def estimate(
        project: str = typer.Argument(..., metavar="PROJECT", help=text("cli.project.help")),
        schemes: list[str] = typer.Option(None, "--scheme", "-s", metavar="SCHEME", help=text("estimate.schemes.help")),
        settings: list[str] = typer.Option(None, "--set", metavar="FACT=VALUE", help=text("cli.set.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        folder: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
    ) -> None:
        from calc.cli.common import Refusal, catalog, complain, day, dump, emit, override, pasted, quotes, read_project, require_format, screen

        form = require_format(format, FORMATS, output)
        if not schemes:
            raise Refusal(text("estimate.choose", command=pasted("match", project, *(["--schemes", folder] if folder else []))))
        if form == "xlsx" and output is None:
            raise Refusal(text("estimate.xlsx"))
        loaded = catalog(folder, lpr)
        ids = loaded.find_all(schemes)
        used = {f.partition(".")[0] for id in ids for f in loaded.scheme(id).facts}
        document = read_project(project, loaded.facts, used)
        facts = override(document["facts"], settings, loaded.facts, used)
        values = loaded.read(facts, ids)
        found = make(loaded, str(document.get("name") or ""), values, ids, day(as_of))
        found.quotes = quotes(loaded, ids)
        if form == "xlsx":
            from calc.report.xlsx import write_estimate

            assert output is not None
            write_estimate(output, loaded, {"name": document.get("name")}, found.results, values, found.quotes)
        elif form == "html":
            from calc.report.html import render_html

            emit(render_html(loaded, {"name": document.get("name"), "facts": facts}, found.results, found.as_of, found.quotes), output)
        else:
            from calc.report import estimate as report

            width, color = screen(output)
            if form == "json":
                emit(dump(report.as_json(found)), output)
            elif form == "csv":
                emit(report.as_csv(found), output)
            elif form == "markdown":
                emit(report.as_markdown(found), output)
            else:
                emit(report.as_table(found, width, color), output)
        if form in ("csv", "html", "xlsx"):
            for warning in found.warnings:
                complain(warning)


def make(catalog: Catalog, name: str, values: dict[str, Any], ids: list[str], as_of: dt.date | None) -> Estimate:
    """The schemes ``ids`` on a project's facts (plain values by id), with what is said of the whole. Raises ``InputError``."""
    from calc.facts import today
    from calc.report.estimate import Estimate
    from calc.report.words import plain_facts

    when = as_of or today()
    results = [catalog.result(id, values, when) for id in ids]
    project = {"name": name or None, "as_of": when.isoformat(), "facts": plain_facts(values, catalog.facts)}
    return Estimate(catalog, project, results, when, list(unused(catalog, values, ids)))


def unused(catalog: Catalog, values: dict[str, Any], ids: Iterable[str]) -> Iterable[str]:
    """A warning that names the facts and record fields given that none of the schemes ``ids`` uses."""
    from calc.language.core import LOAN_EXTRAS

    used = {f for id in ids for f in catalog.scheme(id).facts}
    lists = {f.partition(".")[0] for f in used}
    names = []
    for id, value in values.items():
        if id not in lists:
            names.append(id)
        elif isinstance(value, list):
            fields = dict.fromkeys(f"{id}.{f}" for row in value for f in row)
            extras = {f"{id}.{f}" for f in LOAN_EXTRAS} if f"{id}.principal" in used else set()
            names += [f for f in fields if f not in used and f not in extras]
    if names:
        yield text("estimate.unused", facts=listed(catalog.facts.name_of(id) + text("word.brackets", said=id) for id in names))
