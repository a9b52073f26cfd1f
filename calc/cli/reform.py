"""``subsidy reform``: what a change of the rules costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from calc.messages import text

FORMATS = ("table", "json", "csv", "markdown", "xlsx", "html")


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("reform.help"))
    def reform(
        source: str = typer.Argument(..., metavar="TABLE", help=text("batch.source.help")),
        against: list[Path] = typer.Option(None, "--against", metavar="FILE|FOLDER", help=text("reform.against.help")),
        change: list[str] = typer.Option(None, "--change", metavar="CHANGE", help=text("reform.change.help")),
        by: str = typer.Option(None, "--by", metavar="COLUMN", help=text("reform.by.help")),
        size: str = typer.Option(None, "--size", metavar="COLUMN", help=text("reform.size.help")),
        chart: Path = typer.Option(None, "--chart", metavar="FILE", help=text("reform.chart.help")),
        vary: str = typer.Option(None, "--vary", metavar="FIGURE=VALUES", help=text("sweep.vary.help")),
        budget: str = typer.Option(None, "--budget", metavar="AMOUNT", help=text("sweep.budget.help")),
        rows: Path = typer.Option(None, "--rows", metavar="FILE", help=text("reform.rows.help")),
        items: list[str] = typer.Option(None, "--items", metavar="LIST=FILE", help=text("batch.items.help")),
        id_column: str = typer.Option(None, "--id-column", metavar="COLUMN", help=text("batch.id.help")),
        rejects: str = typer.Option(None, "--rejects", metavar="FILE", help=text("batch.rejects.help")),
        ignore_unknown: bool = typer.Option(False, "--ignore-unknown", help=text("batch.ignore.help")),
        encoding: str = typer.Option(None, "--encoding", metavar="NAME", help=text("batch.encoding.help")),
        sheet: str = typer.Option(None, "--sheet", metavar="NAME", help=text("batch.sheet.help")),
        input_format: str = typer.Option(None, "--input-format", metavar="csv|tsv|xlsx|jsonl|parquet", help=text("batch.input.format.help")),
        engine: str = typer.Option("auto", "--engine", metavar="auto|columns|explainer", help=text("batch.engine.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
        as_of: str = typer.Option(None, "--as-of", metavar="DATE", help=text("cli.as_of.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.batch.audit import beside
        from calc.batch.options import table_options
        from calc.batch.question import Question
        from calc.characters import all_visible
        from calc.cli.batch import pairs
        from calc.cli.common import PROBLEMS, Refusal, catalog, complain, day, deliver, dump, emit, require_format, screen, write_whole
        from calc.facts import today
        from calc.files import check_outside, check_place

        form = require_format(format, FORMATS, output)
        if form == "xlsx" and output is None:
            raise Refusal(text("batch.output.stdout"))
        if chart is not None and chart.suffix.lower() not in (".png", ".svg", ".html"):
            raise Refusal(text("whatif.chart.kind", file=chart))
        inputs = [source, *(against or ()), *(item.partition("=")[2].partition("#")[0] for item in items or ()), *([schemes] if schemes else [])]
        for place in (rows, output, chart):
            for file in (place, beside(place)) if place is not None else ():
                check_place(file, inputs)
                if Path(source).is_dir():
                    check_outside(file, source)
                inputs.append(file)
        if input_format is not None:
            require_format(input_format, ("csv", "tsv", "xlsx", "jsonl", "parquet"))
        options = table_options(
            day(as_of) or today(), items=pairs("--items", items), id_column=id_column, rejects=rejects, ignore_unknown=ignore_unknown,
            encoding=encoding, sheet=sheet, input_format=input_format, engine=engine, progress=True,
        )  # fmt: skip
        options.output = None if rows is None else str(rows)
        asked = Question(
            source=source, against=against or (), changes=change or (), by=by, size=size, vary=vary, budget=budget, options=options
        )
        loaded = catalog(schemes, lpr)
        words: Any
        pictures: Any
        book: Any
        if vary is not None:
            for option, value in (("--by", by), ("--size", size), ("--rows", rows)):
                if value is not None:
                    raise Refusal(text("sweep.only", fact=option))
            from calc.report import sweep as words

            pictures = book = words
        else:
            if budget is not None:
                raise Refusal(text("sweep.budget.only", fact="--budget", accepted="--vary"))
            from calc.report import reform as words
            from calc.report import reform_book as book
            from calc.report import reform_chart as pictures
        answer = asked.answer(loaded)
        warnings: list[str] = []
        if form == "json":
            emit(dump(answer), output)
        elif form == "xlsx":
            assert output is not None
            deliver(book.as_xlsx(answer), output)
        elif form == "table":
            emit(words.as_table(answer, *screen(output)), output)
        elif form == "html":
            made, warnings = pictures.as_html(all_visible(answer))
            emit(made, output)
        else:
            emit({"csv": words.as_csv, "markdown": words.as_markdown}[form](answer), output)
        if chart is not None:
            picture, warned = pictures.chart(all_visible(answer), chart)
            warnings += warned
            write_whole(chart, picture)
        for file in (output, chart):
            if file is not None:
                asked.keep(loaded, file, answer)
        for warning in dict.fromkeys(warnings):
            complain(warning)
        if chart is not None:
            complain(text("reform.chart.done", file=chart))
        if chart is not None or form == "csv":  # which have no room for it
            for said in answer["out_of_force"]:
                complain(said)
        for note in answer["notes"]:
            complain(note)
        if answer.get("rows"):
            complain(text("reform.said.rows", file=answer["rows"]))
        for file in (output, rows, chart):
            if file is not None:
                complain(text("batch.said.audit", file=beside(file)))
                break
        if answer["rejected"]:
            complain(text("reform.said.rejected", count=f"{answer['rejected']:,}"))
            for reason in answer["reasons"]:
                complain(f"  {reason}")
            if answer["rejects"]:
                complain(text("reform.said.file", file=answer["rejects"]))
            raise typer.Exit(PROBLEMS)
