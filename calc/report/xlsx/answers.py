"""The workbook of a what-if: its tables and charts beside the live sheets of the schemes it turns on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.formula import Ex
from calc.messages import text
from calc.report.xlsx.estimate import lay_out, save
from calc.report.xlsx.layout import Layout
from calc.report.xlsx.sheet import Sheet

if TYPE_CHECKING:

    from calc.estimate.results import SchemeResult
    from calc.store.store import Store

SERIES = ("#1D4E6B", "#C8553D", "#588B8B", "#D9A441", "#6B4E71", "#8FB3C9")


def write_whatif(
    path: Path | str,
    catalog: Store,
    project: Mapping[str, Any],
    answer: Mapping[str, Any],
    results: Sequence[SchemeResult],
    values: Mapping[str, Any],
) -> None:
    """The workbook of a what-if: its points with differences as formulas, a native chart, its turning points, and the live
    estimate (``results``, ``values``) to try further values in. Raises ``OSError``."""
    save(path, lambda file: _whatif(lay_out(file, catalog, project, results, values, said=answer["warnings"]), answer))


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def _amount(sheet: Sheet, row: int, column: int, amount: str | None, style: str = "cell") -> None:
    """A figure in yuan; what is open as a dash."""
    if amount is None:
        sheet.say(row, column, "—", style)
    else:
        sheet.page.write_number(row, column, _fen(amount) / 100, sheet.book.style(style, "money"))


# ---------------------------------------------------------------- what-if


def _whatif(layout: Layout, answer: Mapping[str, Any]) -> None:
    book = layout.book
    sheet = Sheet(book, text("xlsx.sheet.whatif"))
    sheet.widths(*[24] * 10)
    sheet.say(0, 0, f"{answer['scheme'].partition('-')[0]} {answer['title']}", "title")
    sheet.say(1, 0, text("xlsx.whatif.note"), "note")
    row = _scenarios(sheet, answer, 3) if "base" in answer else _points(sheet, answer, 3)
    row = _turning(sheet, answer, row + 1)
    for line in [*(c["text"] for c in answer["current"] if c["text"]), *answer["warnings"]]:
        sheet.say(row, 0, line, "plain")
        row += 1
    sheet.fit()
    sheet.page.activate()


def _value(kind: str, said: Any) -> float | int | str:
    """A varied value as a cell keeps it."""
    if kind == "date":
        return f.serial(dt.date.fromisoformat(said))
    body = str(said)
    if kind == "percent":
        return float(body.removesuffix("%")) / 100
    return float(body) if body.lstrip("-").replace(".", "", 1).isdigit() else body


def _given(sheet: Sheet, row: int, column: int, fact: Mapping[str, Any], said: Any) -> None:
    kind = fact["type"]
    if said is None or isinstance(said, bool) or kind == "enum":
        word = "—" if said is None else text("word.yes" if said else "word.no") if isinstance(said, bool) else fact.get("values", {}).get(said, said)
        sheet.say(row, column, str(word))
        return
    value = _value(kind, said)
    if isinstance(value, str):
        sheet.say(row, column, value)
    else:
        sheet.page.write_number(row, column, value, sheet.book.style("cell", kind if kind != "bool" else ""))


def _points(sheet: Sheet, answer: Mapping[str, Any], row: int) -> int:
    """One row a point: what varies, the total and each benefit, and the difference to the point before."""
    facts = answer["facts"]
    points = answer["points"]
    if not points:
        return row
    heads = [f"{d['label']}" for d in facts.values()] + [text("whatif.col.total"), *answer["labels"].values()]
    steady = len(facts) == 1
    if steady:
        heads += [text("xlsx.whatif.step")]
    for column, head in enumerate(heads):
        sheet.say(row, column, head, "head")
    first = row + 1
    total = len(facts)
    for place, point in enumerate(points):
        at = first + place
        for column, (fact, said) in enumerate(point["given"].items()):
            _given(sheet, at, column, facts[fact], said)
        _amount(sheet, at, total, point[answer["basis"]])
        for column, id in enumerate(answer["labels"], total + 1):
            _amount(sheet, at, column, point["benefits"].get(id))
        if steady:
            _difference(sheet, at, total, len(heads) - 1, answer, points, place)
    last = first + len(points) - 1
    if not steady:
        return _grid(sheet, answer, first, last + 2)
    kind = next(iter(facts.values()))["type"]
    _chart(sheet, answer, kind, row, first, last, len(heads) + 1)
    return max(last, first + 16) + 1


def _difference(sheet: Sheet, row: int, total: int, column: int, answer: Mapping[str, Any], points: Sequence[Mapping[str, Any]], place: int) -> None:
    """The total less that of the point before, as a formula."""
    pair = [p[answer["basis"]] for p in points[max(0, place - 1) : place + 1]]
    if len(pair) < 2 or None in pair:
        sheet.say(row, column, "")
        return
    here, before = (Ex(sheet.address(r, total), Fraction(_fen(a), 100)) for r, a in ((row, pair[1]), (row - 1, pair[0])))
    sheet.put(row, column, f.minus(here, before), "cell", "money")


def _chart(sheet: Sheet, answer: Mapping[str, Any], kind: str, head: int, first: int, last: int, column: int) -> None:
    """Totals and benefits over what varies: lines over figures and dates, columns over categories."""
    words = kind in ("enum", "bool")
    chart = sheet.book.file.add_chart({"type": "column"} if words else {"type": "scatter", "subtype": "straight_with_markers"})
    shown = [0, *(k for k, id in enumerate(answer["labels"], 1) if len(answer["labels"]) > 1 and any(p["benefits"].get(id) for p in answer["points"]))]
    for place, offset in enumerate(shown):
        colour = SERIES[place % len(SERIES)]
        chart.add_series(
            {
                "name": [sheet.name, head, 1 + offset],
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, 1 + offset, last, 1 + offset],
                "line": {"color": colour, "width": 2.25 if not offset else 1.25, "dash_type": "solid" if not offset else "dash"},
                "marker": {"type": "circle", "size": 4, "fill": {"color": colour}, "border": {"color": colour}},
                **({"fill": {"color": colour}} if words else {}),
            }
        )
    _dress(chart, next(iter(answer["facts"].values()))["label"], kind)
    sheet.page.insert_chart(head, column, chart)


def _dress(chart: Any, label: str, kind: str) -> None:
    form = {"percent": "0%", "date": "yyyy-mm-dd"}.get(kind, "#,##0")
    chart.set_title({"none": True})
    chart.set_legend({"position": "bottom"})
    chart.set_x_axis({"name": label, "num_format": form, "major_gridlines": {"visible": False}})
    chart.set_y_axis({"name": text("whatif.col.total"), "num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#CBD2D9"}}})
    chart.set_size({"width": 760, "height": 400})


def _grid(sheet: Sheet, answer: Mapping[str, Any], first: int, row: int) -> int:
    """Two varied facts: the points laid out as a grid of references, and a line for each value of the second fact."""
    (down, one), (across, other) = answer["facts"].items()
    points = answer["points"]
    rows = list(dict.fromkeys(p["given"][down] for p in points))
    columns = list(dict.fromkeys(p["given"][across] for p in points))
    sheet.say(row, 0, f"{one['label']} ↓ {other['label']} →", "head")
    for place, said in enumerate(columns, 1):
        _given(sheet, row, place, other, said)
    for place, said in enumerate(rows, 1):
        _given(sheet, row + place, 0, one, said)
    for place, point in enumerate(points):
        at = (row + 1 + rows.index(point["given"][down]), 1 + columns.index(point["given"][across]))
        amount = point[answer["basis"]]
        if amount is None:
            sheet.say(*at, "—")
        else:
            sheet.put(*at, Ex(sheet.address(first + place, 2), Fraction(_fen(amount), 100)), "cell", "money")
    words = one["type"] in ("enum", "bool")
    chart = sheet.book.file.add_chart({"type": "column"} if words else {"type": "scatter", "subtype": "straight_with_markers"})
    for place in range(len(columns)):
        colour = SERIES[place % len(SERIES)]
        chart.add_series(
            {
                "name": [sheet.name, row, place + 1],
                "categories": [sheet.name, row + 1, 0, row + len(rows), 0],
                "values": [sheet.name, row + 1, place + 1, row + len(rows), place + 1],
                "line": {"color": colour},
            }
        )
    _dress(chart, one["label"], one["type"])
    sheet.page.insert_chart(row + len(rows) + 2, 0, chart)
    return row + len(rows) + 24


def _scenarios(sheet: Sheet, answer: Mapping[str, Any], row: int) -> int:
    """One row a scenario: what it changes, its total and, as a formula, the difference to the project as it is."""
    from calc.report.whatif import chosen, settings

    heads = [text(f"whatif.col.{h}") for h in ("scenario", "set", "total", "difference", "chosen")]
    for column, head in enumerate(heads):
        sheet.say(row, column, head, "head")
    base = answer["base"][answer["basis"]]
    entries = [{"name": text("whatif.base"), **answer["base"]}, *answer["points"]]
    for place, point in enumerate(entries, 1):
        at = row + place
        amount = point[answer["basis"]]
        sheet.say(at, 0, point["name"])
        sheet.say(at, 1, settings(answer, point))
        _amount(sheet, at, 2, amount)
        if None in (base, amount):
            sheet.say(at, 3, "—")
        else:
            here = Ex(sheet.address(at, 2), Fraction(_fen(amount), 100))
            sheet.put(at, 3, f.minus(here, Ex(sheet.address(row + 1, 2), Fraction(_fen(base), 100))), "cell", "money")
        sheet.say(at, 4, chosen(answer, point))
    last = row + len(entries)
    chart = sheet.book.file.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": [sheet.name, row, 2],
            "categories": [sheet.name, row + 1, 0, last, 0],
            "values": [sheet.name, row + 1, 2, last, 2],
            "fill": {"color": SERIES[0]},
        }
    )
    chart.set_title({"none": True})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 760, "height": 60 + 40 * len(entries)})
    sheet.page.insert_chart(last + 2, 0, chart)
    return last + 6 + 2 * len(entries)


def _turning(sheet: Sheet, answer: Mapping[str, Any], row: int) -> int:
    from calc.report.whatif import turning

    if not answer["turning_points"]:
        return row
    heads, rows = turning(answer)
    sheet.say(row, 0, text("whatif.turning"), "lead")
    for at, cells in enumerate([heads, *rows], row + 1):
        for column, cell in enumerate(cells):
            sheet.say(at, column, cell, "head" if at == row + 1 else "cell")
    return row + len(rows) + 3
