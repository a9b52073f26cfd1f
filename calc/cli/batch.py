"""``subsidy batch``: a table of projects against schemes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from calc.messages import text


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("batch.help"))
    def batch(
        source: str = typer.Argument(..., metavar="TABLE", help=text("batch.source.help")),
        output: str = typer.Option(None, "--output", "-o", metavar="FILE", help=text("batch.output.help")),
        scheme: list[str] = typer.Option(None, "--scheme", "-s", metavar="SCHEME", help=text("batch.scheme.help")),
        wide: bool = typer.Option(False, "--wide", help=text("batch.wide.help")),
        benefits: bool = typer.Option(False, "--benefits", help=text("batch.benefits.help")),
        plan: bool = typer.Option(False, "--plan", help=text("batch.plan.help")),
        items: list[str] = typer.Option(None, "--items", metavar="LIST=FILE", help=text("batch.items.help")),
        id_column: str = typer.Option(None, "--id-column", metavar="COLUMN", help=text("batch.id.help")),
        enterprise_column: str = typer.Option(None, "--enterprise-column", metavar="COLUMN", help=text("batch.enterprise.help")),
        rejects: str = typer.Option(None, "--rejects", metavar="FILE", help=text("batch.rejects.help")),
        only_rejects: bool = typer.Option(False, "--only-rejects", help=text("batch.only.rejects.help")),
        ignore_unknown: bool = typer.Option(False, "--ignore-unknown", help=text("batch.ignore.help")),
        encoding: str = typer.Option(None, "--encoding", metavar="NAME", help=text("batch.encoding.help")),
        sheet: str = typer.Option(None, "--sheet", metavar="NAME", help=text("batch.sheet.help")),
        input_format: str = typer.Option(None, "--input-format", metavar="csv|tsv|xlsx|jsonl|parquet", help=text("batch.input.format.help")),
        format: str = typer.Option(None, "--format", metavar="csv|xlsx|jsonl|parquet", help=text("batch.format.help")),
        budget: str = typer.Option(None, "--budget", metavar="AMOUNT", help=text("batch.budget.help")),
        per: list[str] = typer.Option(None, "--per", metavar="SCHEME=AMOUNT", help=text("batch.per.help")),
        cut: str = typer.Option(None, "--cut", metavar="pro-rata|rank", help=text("batch.cut.help")),
        rank: str = typer.Option(None, "--rank", metavar="COLUMN", help=text("batch.rank.help")),
        last: str = typer.Option(None, "--last", metavar="cut|leave-out", help=text("batch.last.help")),
        claimed: list[str] = typer.Option(None, "--claimed", metavar="[SCHEME=]COLUMN", help=text("batch.claimed.help")),
        duplicates: str = typer.Option(None, "--duplicates", metavar="FILE", help=text("batch.duplicates.help")),
        invoices: list[str] = typer.Option(None, "--invoices", metavar="COLUMN", help=text("batch.invoices.help")),
        list_: str = typer.Option(None, "--list", metavar="FILE", help=text("batch.list.help")),
        by: str = typer.Option(None, "--by", metavar="COLUMN", help=text("batch.by.help")),
        carry: list[str] = typer.Option(None, "--carry", metavar="COLUMN", help=text("batch.carry.help")),
        engine: str = typer.Option("auto", "--engine", metavar="auto|columns|explainer", help=text("batch.engine.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import PROBLEMS, catalog, complain, day, require_format

        for given, known in ((input_format, ("csv", "tsv", "xlsx", "jsonl", "parquet")), (format, ("csv", "xlsx", "jsonl", "parquet"))):
            if given is not None:
                require_format(given, known)
        summary = catalog(schemes, lpr).batch(
            source,
            output,
            schemes=scheme or (),
            shape="wide" if wide else "long",
            benefits=benefits,
            plan=plan,
            items=pairs("--items", items),
            id_column=id_column,
            enterprise_column=enterprise_column,
            rejects=rejects,
            only_rejects=only_rejects,
            ignore_unknown=ignore_unknown,
            encoding=encoding,
            sheet=sheet,
            input_format=input_format,
            output_format=format,
            budget=budget,
            per=pairs("--per", per, "batch.per.form"),
            cut=cut,
            rank=rank,
            last=last,
            duplicates=duplicates,
            invoices=invoices or (),
            list=list_,
            by=by,
            carry=carry or (),
            claimed=pairs("--claimed", claimed, alone=True),
            engine=engine,
            as_of=day(as_of),
            progress=True,
        )
        complain(summary.said())
        if summary.lines:
            raise typer.Exit(PROBLEMS)


def pairs(option: str, items: Iterable[str] | None, form: str = "batch.items.form", alone: bool = False) -> dict[str, str]:
    """What an option that may be repeated says, by name; ``alone``: a value may stand without one. Raises ``Refusal``, also for a name told twice."""
    from calc.cli.common import Refusal

    found: dict[str, str] = {}
    for item in items or ():
        name, value = ("", item) if alone and "=" not in item else pair(item, form)
        if name in found:
            raise Refusal(text("cli.pair.twice", option=option, name=name or item))
        found[name] = value
    return found


def pair(item: str, form: str = "batch.items.form") -> tuple[str, str]:
    """``NAME=VALUE`` taken apart; ``form`` is the message that says how it is written. Raises ``Refusal``."""
    from calc.cli.common import Refusal

    name, sign, file = item.partition("=")
    if not sign or not name.strip() or not file.strip():
        raise Refusal(text(form))
    return name.strip(), file.strip()
