"""``subsidy plan``: what to apply for, for one project or several of one enterprise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc.messages import text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from calc.catalog import Catalog
    from calc.facts import Facts
    from calc.questions.plan.plan import Plan

FORMATS = ("table", "json", "csv", "markdown", "html", "xlsx")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("plan.help"))
    def plan(
        projects: list[str] = typer.Argument(..., metavar="PROJECT…", help=text("plan.projects.help")),
        schemes: list[str] = typer.Option(None, "--scheme", "-s", metavar="SCHEME", help=text("plan.schemes.help")),
        exclude: list[str] = typer.Option(None, "--exclude", metavar="SCHEME[/BENEFIT]", help=text("plan.exclude.help")),
        require: list[str] = typer.Option(None, "--require", metavar="SCHEME[/BENEFIT]", help=text("plan.require.help")),
        allow_conditional: bool = typer.Option(False, "--allow-conditional", help=text("plan.conditional.help")),
        include_equity: bool = typer.Option(False, "--include-equity", help=text("plan.equity.help")),
        settings: list[str] = typer.Option(None, "--set", metavar="FACT=VALUE", help=text("cli.set.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        folder: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import PROBLEMS, Refusal, catalog, complain, day, dump, emit, override, require_format, screen
        from calc.errors import FileProblem
        from calc.estimate.plausible import told
        from calc.facts import today
        from calc.files import same
        from calc.questions.plan.plan import plan as make
        from calc.questions.plan.plan import read_projects

        form = require_format(format, FORMATS, output)
        if form == "xlsx" and output is None:
            raise Refusal(text("plan.xlsx"))
        for number, source in enumerate(projects):
            if any(same(source, other) for other in projects[:number]):
                raise Refusal(text("plan.file.twice", file=source))
        loaded = catalog(folder, lpr)
        ids = loaded.find_all(schemes) if schemes else None
        when = day(as_of) or today()
        used = {path.partition(".")[0] for id in ids for path in loaded.scheme(id).facts} if ids is not None else None
        refused: list[str] = []
        found = [project for source in projects for project in _read(source, loaded.facts, used, refused)]
        if refused and not found:
            raise FileProblem(refused)
        if refused:
            complain(str(FileProblem(refused)))
        several = len(found) > 1
        if settings and several:
            raise Refusal(text("plan.set.one", count=len(found)))
        if settings:
            found[0]["facts"] = override(found[0]["facts"], settings, loaded.facts)
        made = []
        groups = _by_enterprise(found)
        for name, own in groups:
            pairs = read_projects(loaded, own, ids, several)
            one = make(
                loaded, pairs, ids, exclude=exclude or (), require=require or (), allow_conditional=allow_conditional,
                include_equity=include_equity, several=several, as_of=when,
            )  # fmt: skip
            made.append((name, one))
        if form == "json":
            if len(groups) > 1:
                emit(dump({"enterprises": [{"enterprise": name, **plan.answer()} for name, plan in made]}), output)
            else:
                emit(dump(made[0][1].answer()), output)
        elif form == "xlsx":
            assert output is not None
            _workbook(output, loaded, made, several, when)
        else:
            from calc.report import plan as report

            if form == "csv":
                emit(report.as_csv(made), output)
            elif form == "markdown":
                emit(report.as_markdown(made), output)
            elif form == "html":
                from calc.report.pages import plan_page

                emit(plan_page(made, when), output)
            else:
                width, color = screen(output)
                emit(report.as_table(made, width, color), output)
        if form in ("csv", "xlsx"):
            odd = told(one for _, plan in made for one in plan.odd)
            for warning in dict.fromkeys([*odd, *(note for _, plan in made for note in plan.notes)]):
                complain(warning)
        if refused:
            raise typer.Exit(PROBLEMS)


def _read(source: str, facts: Facts, within: Collection[str] | None, refused: list[str]) -> list[dict[str, Any]]:
    """The projects of one file: one, or the rows of a table; rows that cannot be used are ``refused``."""
    from calc.cli.common import read_projects

    found = read_projects(source, facts, within, refused)
    if len(found) == 1 and source != "-":
        found[0]["name"] = found[0].get("name") or Path(source).stem
    return found


def _by_enterprise(projects: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The projects of each enterprise under its name; where none is told they are taken to be of one. Raises ``Refusal``."""
    from calc.cli.common import Refusal

    owners = [str(project.get("enterprise") or "").strip() for project in projects]
    if any(owners) and not all(owners):
        raise Refusal(text("plan.owner", name=projects[owners.index("")]["name"]))
    groups: dict[str, list[dict[str, Any]]] = {}
    for owner, project in zip(owners, projects, strict=True):
        groups.setdefault(owner, []).append(project)
    if len(projects) == 1:
        return [(str(projects[0]["name"] or owners[0] or text("breakdown.unnamed")), projects)]
    return [(owner or text("plan.enterprise", count=len(own)), own) for owner, own in groups.items()]


def _workbook(output: Path, catalog: Catalog, made: list[tuple[str, Plan]], several: bool, when: dt.date) -> None:
    """The plan of one project as a workbook with the live sheets of the schemes chosen; of several one table of results."""
    from calc.estimate.benefit import estimate
    from calc.report.xlsx import write_plan, write_plans

    if several:
        write_plans(output, catalog, made, when)
        return
    _, plan = made[0]
    ids = dict.fromkeys(item.scheme.id for item in plan.chosen)
    results = [estimate(catalog.scheme(id), catalog.compiled(id), plan.facts[0], catalog.facts, catalog.lpr, when) for id in ids]
    write_plan(output, catalog, made[0], results, when)
