"""A reform as a workbook: figures as numbers, differences and totals as formulas, a chart of the spreadsheet's own."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from calc.characters import visible
from calc.engines.formulas.formula import letters
from calc.messages import text
from calc.report import reform as report

FONT = "等线"
FORMS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top", "border": 1},
    "text": {"text_wrap": True, "valign": "top", "border": 1},
    "money": {"num_format": "#,##0.00", "valign": "top", "border": 1},
    "signed": {"num_format": '+#,##0.00;[Red]-#,##0.00;0.00', "valign": "top", "border": 1},
    "count": {"num_format": "#,##0", "valign": "top", "border": 1},
    "sum": {"bold": True, "bg_color": "#F5F7FA", "border": 1},
    "sum.money": {"bold": True, "num_format": "#,##0.00", "bg_color": "#F5F7FA", "border": 1},
    "sum.signed": {"bold": True, "num_format": '+#,##0.00;[Red]-#,##0.00;0.00', "bg_color": "#F5F7FA", "border": 1},
    "sum.count": {"bold": True, "num_format": "#,##0", "bg_color": "#F5F7FA", "border": 1},
    "note": {"font_color": "#7B8794", "text_wrap": True},
}
WIDE = 21  # characters that show 999,999,999,999.99
DIGITS = 15  # that a spreadsheet keeps of a number


def as_xlsx(answer: Mapping[str, Any]) -> bytes:
    """The workbook."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        forms = {name: book.add_format({"font_name": FONT, "font_size": 11, **form}) for name, form in FORMS.items()}
        page = book.add_worksheet(text("reform.title"))
        schemes = [[one["scheme"], one["benefit"], one["label"], one["clause"]] for one in answer["schemes"]]
        last = _table(page, forms, [text(f"reform.head.{n}") for n in ("scheme", "benefit", "label", "clause")], schemes, answer["schemes"], answer["projects"])
        for row, line in enumerate(report.said(answer), last + 2):
            page.merge_range(row, 0, row, 10, visible(line), forms["note"])
        _bars(book, page, len(schemes), last + 3 + len(report.said(answer)))
        if len(answer["changes"]) > 1:
            _changes(book.add_worksheet(text("reform.sheet.changes")), forms, answer["changes"])
        if answer["by"] is not None:
            groups = answer["by"]["groups"]
            heads = [answer["by"]["column"], text("reform.head.rows")]
            _table(book.add_worksheet(text("reform.sheet.by")), forms, heads, [[g["value"] or "—", g["rows"]] for g in groups], groups, None)
        groups = answer["sizes"]["groups"]
        if groups:
            heads = [text("reform.head.size"), text("reform.head.rows")]
            _table(book.add_worksheet(text("reform.sheet.sizes")), forms, heads, [[report.band(g), g["rows"]] for g in groups], groups, None)
    return out.getvalue()


def _table(
    page: Any, forms: Mapping[str, Any], names: Sequence[str], keys: Sequence[Sequence[Any]], rows: Sequence[Mapping[str, Any]], whole: Mapping[str, Any] | None
) -> int:
    """Keys, before, after, difference and counts, with the sums below; ``whole`` has counts that are no sums. Gives its last row."""
    first = len(names)
    heads = [*names, *(text(f"reform.head.{name}") for name in (*report.MONEY, *report.COUNTS))]
    for column, head in enumerate(heads):
        page.write_string(0, column, visible(head), forms["head"])
        page.set_column(column, column, WIDE if first <= column < first + 3 else 12 if column > first else (34, 24, 18, 20)[min(column, 3)])
    before, after = letters(first), letters(first + 1)
    for row, (said, one) in enumerate(zip(keys, rows, strict=True), 1):
        for column, value in enumerate(said):
            if isinstance(value, int):
                page.write_number(row, column, value, forms["count"])
            else:
                page.write_string(row, column, visible(value), forms["text"])
        for column, name in enumerate(("before", "after"), first):
            _money(page, row, column, one[name], forms["money"])
        page.write_formula(row, first + 2, f"={after}{row + 1}-{before}{row + 1}", forms["signed"], float(one["difference"]))
        for column, name in enumerate(report.COUNTS, first + 3):
            page.write_number(row, column, one[name], forms["count"])
    end = len(rows) + 1
    for column in range(first):
        page.write_string(end, column, text("reform.head.total") if not column else "", forms["sum"])
    for column, name in enumerate(report.MONEY, first):
        total = sum(float(one[name]) for one in rows)
        span = f"{letters(column)}2:{letters(column)}{end}"
        style = forms["sum.signed" if name == "difference" else "sum.money"]
        page.write_formula(end, column, f"={after}{end + 1}-{before}{end + 1}" if name == "difference" else f"=SUM({span})" if rows else "=0", style, total)
    for column, name in enumerate(report.COUNTS, first + 3):
        page.write_number(end, column, whole[name] if whole is not None else sum(one[name] for one in rows), forms["sum.count"])
    page.freeze_panes(1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    return end


def _changes(page: Any, forms: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> None:
    """What each single change comes to."""
    for column, (name, width) in enumerate((("change", 60), ("scheme", 34), ("first", WIDE), ("last", WIDE))):
        page.write_string(0, column, text(f"reform.head.{name}"), forms["head"])
        page.set_column(column, column, width)
    for row, one in enumerate(changes, 1):
        page.write_string(row, 0, visible(one["change"]), forms["text"])
        page.write_string(row, 1, one["scheme"], forms["text"])
        for column, name in ((2, "first"), (3, "last")):
            if one[name] is None:
                page.write_string(row, column, "—", forms["text"])
            else:
                _money(page, row, column, one[name], forms["signed"])


def _money(page: Any, row: int, column: int, amount: str, form: Any) -> None:
    """An amount: a number where a spreadsheet keeps all its digits, else a text."""
    if len(amount.replace(".", "").lstrip("-")) <= DIGITS:
        page.write_number(row, column, float(amount), form)
    else:
        page.write_string(row, column, amount, form)


def _bars(book: Any, page: Any, count: int, row: int) -> None:
    """A chart of before and after by benefit."""
    if not count:
        return
    bars = book.add_chart({"type": "bar"})
    sheet = page.get_name()
    for column in (4, 5):
        bars.add_series({"name": [sheet, 0, column], "categories": [sheet, 1, 2, count, 2], "values": [sheet, 1, column, count, column]})
    bars.set_y_axis({"reverse": True})
    bars.set_title({"name": text("reform.chart.benefits"), "name_font": {"size": 11}})
    bars.set_size({"width": 900, "height": max(240, 60 + 50 * count)})
    page.insert_chart(row, 0, bars)
