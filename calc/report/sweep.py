"""A sweep over a figure of the rules as people read it: tables, pages, pictures, a workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calc.characters import CsvRows, visible
from calc.messages import text
from calc.report.blocks import row
from calc.report.screen import figure_table, print_to_text
from calc.units import grouped

NAMES = ("value", "cost", "difference", "fits")


def as_table(answer: Mapping[str, Any], width: int, color: bool) -> str:
    """For the terminal, ``width`` columns wide."""
    from rich.console import Group
    from rich.text import Text

    heads, rows = cells(answer)
    table = figure_table(heads, rows, width, range(len(heads)))
    return print_to_text(Group(Text(title(answer)), Text(""), table, Text(""), *map(Text, said(answer))), width, color)


def as_markdown(answer: Mapping[str, Any]) -> str:
    """As Markdown."""
    heads, rows = cells(answer)
    return "\n".join([f"# {title(answer)}", "", row(heads), "|" + "---:|" * len(heads), *map(row, rows), "", *(f"- {line}" for line in said(answer))]) + "\n"


def as_csv(answer: Mapping[str, Any]) -> str:
    """As CSV: a row a value, plain figures."""
    out = io.StringIO()
    rows = CsvRows(out, "\n")
    names = [name for name in NAMES if name != "fits" or answer["budget"] is not None]
    rows.add(names)
    rows.add_all([str(one[name]).lower() if name == "fits" else one[name] for name in names] for one in answer["points"])
    return out.getvalue()


def as_html(answer: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A page with the picture and the table that needs nothing else, and what there is to warn of."""
    from calc.report.chart import page, pictured

    picture, warnings = pictured(lambda: _figure(answer), lambda: _figure(answer), ".svg")
    return page(title(answer), [picture.decode("utf-8")], said(answer), [("", cells(answer))]), warnings


def chart(answer: Mapping[str, Any], file: Path) -> tuple[bytes, list[str]]:
    """The picture in the format ``file`` ends in, and what there is to warn of. Raises ``ImportError`` without matplotlib."""
    from calc.report.chart import pictured

    if file.suffix.lower() == ".html":
        made, warnings = as_html(answer)
        return made.encode("utf-8"), warnings
    return pictured(lambda: _figure(answer), lambda: _figure(answer), file.suffix.lower())


def as_xlsx(answer: Mapping[str, Any]) -> bytes:
    """A workbook: figures as numbers, differences as formulas, a chart of the spreadsheet's own."""
    import xlsxwriter

    from calc.report.reform_book import FONT, FORMS, WIDE

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        forms = {name: book.add_format({"font_name": FONT, "font_size": 11, **form}) for name, form in FORMS.items()}
        page = book.add_worksheet(text("sweep.sheet"))
        page.write_string(0, 0, visible(title(answer)), forms["title"])
        for at, line in enumerate(said(answer), 1):
            page.write_string(at, 0, visible(line), forms["note"])
        today = 2 + len(said(answer))
        page.write_string(today, 0, text("sweep.chart.today"), forms["text"])
        page.write_number(today, 1, float(answer["before"]), forms["money"])
        heads = today + 2
        names = [name for name in NAMES if name != "fits" or answer["budget"] is not None]
        for column, name in enumerate(names):
            page.write_string(heads, column, text(f"sweep.head.{name}"), forms["head"])
            page.set_column(column, column, WIDE)
        for at, one in enumerate(answer["points"], heads + 1):
            page.write_string(at, 0, visible(one["value"]), forms["text"])
            page.write_number(at, 1, float(one["cost"]), forms["money"])
            page.write_formula(at, 2, f"=B{at + 1}-$B${today + 1}", forms["signed"], float(one["difference"]))
            if len(names) > 3:
                page.write_string(at, 3, text("word.yes" if one["fits"] else "word.no"), forms["text"])
        sheet, last = page.get_name(), heads + len(answer["points"])
        line = book.add_chart({"type": "line"})
        line.add_series({"name": [sheet, heads, 1], "categories": [sheet, heads + 1, 0, last, 0], "values": [sheet, heads + 1, 1, last, 1]})
        line.set_size({"width": 760, "height": 380})
        page.insert_chart(last + 2, 0, line)
        page.freeze_panes(heads + 1, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
    return out.getvalue()


def title(answer: Mapping[str, Any]) -> str:
    """What is swept."""
    return text("sweep.title", figure=answer["figure"])


def cells(answer: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Heads and rows."""
    names = [name for name in NAMES if name != "fits" or answer["budget"] is not None]
    rows = []
    for one in answer["points"]:
        sign = "" if one["difference"].startswith("-") or not one["difference"].strip("0.") else "+"
        line = [one["value"], grouped(one["cost"]), sign + grouped(one["difference"])]
        rows.append([*line, *([text("word.yes" if one["fits"] else "word.no")] if len(names) > 3 else [])])
    return [text(f"sweep.head.{name}") for name in names], rows


def said(answer: Mapping[str, Any]) -> list[str]:
    """Today's cost, and the values that just keep the budget."""
    lines = [text("sweep.said.before", before=grouped(answer["before"]))]
    if answer["budget"] is None:
        return [*lines, *answer["out_of_force"]]
    budget = grouped(answer["budget"])
    for one in answer["fits"]:
        costs = {key: grouped(one[key]) for key in ("cost", "next_cost")}
        lines.append(text("sweep.said.fits", budget=budget, value=one["value"], next=one["next"], **costs))
    if not answer["fits"]:
        lines.append(text("sweep.said.all" if answer["points"][0]["fits"] else "sweep.said.none", budget=budget))
    return [*lines, *answer["out_of_force"]]


def _figure(answer: Mapping[str, Any]) -> Any:
    from matplotlib.figure import Figure

    from calc.report.chart import ACCENT, INK, thousands, unit

    figure = Figure(figsize=(9, 4.6), layout="constrained")
    axes = figure.add_subplot()
    values, costs = [_number(one["value"]) for one in answer["points"]], [float(one["cost"]) for one in answer["points"]]
    lines = [(float(answer["before"]), "sweep.chart.today", "#888")]
    if answer["budget"] is not None:
        lines.append((float(answer["budget"]), "sweep.chart.budget", ACCENT))
    by, _ = unit(max([*costs, *(amount for amount, _, _ in lines)]))
    axes.plot(values, [cost / by for cost in costs], "-o" if len(values) <= 60 else "-", color=INK, linewidth=2, markersize=4)
    for amount, key, colour in lines:
        axes.axhline(amount / by, color=colour, linewidth=1, linestyle="--")
        axes.annotate(text(key), (values[0], amount / by), textcoords="offset points", xytext=(2, 3), fontsize=9, color=colour)
    for one in answer["fits"]:
        axes.plot([_number(one["value"])], [float(one["cost"]) / by], "o", color=ACCENT, zorder=4)
        axes.annotate(one["value"], (_number(one["value"]), float(one["cost"]) / by), textcoords="offset points", xytext=(6, -14), fontsize=9, color=ACCENT)
    axes.set_title(title(answer), loc="left", fontsize=11)
    axes.set_ylabel(text("sweep.head.cost") if by == 1 else text("sweep.chart.wan"))
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.10g}" + ("%" if answer["kind"] == "percent" else ""))
    thousands(axes.yaxis)
    axes.grid(color="#e5e5e5")
    axes.margins(y=0.15)
    return figure


def _number(value: str) -> float:
    """A value as a place on an axis."""
    kept = "".join(sign for sign in value if sign.isdecimal() or sign in ".-")
    return float(kept)
