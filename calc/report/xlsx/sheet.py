"""Sheets on which each cell knows its value, in the styles that all share; input cells, and how formulas read them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

from calc.characters import visible
from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SCALES, Val
from calc.engines.formulas.formula import Ex, Gap, Span, letters
from calc.facts import FactDef
from calc.language import core
from calc.messages import text
from calc.units import BASES, NUMERIC

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FIRST_DAY, LAST_DAY = dt.date(1949, 10, 1), dt.date(2199, 12, 31)
FONT = "Microsoft YaHei"
LINE, DEFAULT_WIDTH = 13.5, 8.43
INK, FAINT, RULE, PAPER, ACCENT, ENTRY = "#1F2933", "#9AA5B1", "#CBD2D9", "#F5F7FA", "#1D4E6B", "#FFF8DC"
NUMBER_FORMS = {
    "money": "#,##0.00", "usd": "#,##0.00", "percent": "0.00####%", "count": "#,##0", "date": "yyyy-mm-dd", "whole": "0", "rest": "0.000000000000",
    "verdict": '[=1]"✓";[=0]"✗";"?"', "wan": '#,##0.######"万元"',
    "number": "[>=10000]#,##0.######;[<=-10000]-#,##0.######;General",  # years have four digits and no sign between
}  # fmt: skip
STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "text": {"text_wrap": True},
    "faint": {"font_color": FAINT, "text_wrap": True},
    "note": {"font_color": FAINT},
    "title": {"bold": True, "font_size": 16, "font_color": ACCENT},
    "lead": {"bold": True, "font_size": 12},
    "name": {"bold": True, "text_wrap": True, "border": 1, "border_color": RULE},
    "head": {"bold": True, "bg_color": ACCENT, "font_color": "#FFFFFF", "text_wrap": True, "border": 1, "border_color": RULE},
    "section": {"bold": True, "bg_color": "#DCE7EE", "font_color": ACCENT},
    "cell": {"border": 1, "border_color": RULE, "text_wrap": True},
    "mark": {"border": 1, "border_color": RULE, "align": "center", "bold": True},
    "entry": {"border": 1, "border_color": RULE, "bg_color": ENTRY, "locked": False},
    "exact": {"border": 1, "border_color": RULE, "font_color": "#7B8794", "font_size": 9},
    "total": {"border": 1, "border_color": RULE, "bold": True, "bg_color": PAPER, "text_wrap": True},
    "link": {"font_color": "#0B6FA4", "underline": 1, "text_wrap": True},
}


def kind_of(definition: FactDef) -> core.Type:
    """The type of a fact or field."""
    return core.type_of(definition)


def unit(type: core.Type) -> str:
    """The unit a value of a type is shown in; compound units from their parts."""
    if type.kind != "rate":
        return text("word.yuan") if type.kind == "money" else text(f"suffix.{type.kind}").strip() if type.kind in SCALES and type.kind != "percent" else ""
    names = {base: text(f"xlsx.base.{base}") if base in BASES.values() else base for base, _ in type.dims}
    above = "·".join(names[base] for base, power in type.dims if power > 0)
    return above + "".join("/" + names[base] for base, power in type.dims if power < 0)


def form_of(type: core.Type) -> str:
    """The number format for values of a type."""
    return type.kind if type.kind in NUMBER_FORMS else "verdict" if type.kind == "bool" else "number" if type.kind in NUMERIC else ""


def stated(cell: Ex) -> Ex:
    """Whether an input cell holds anything, a verdict."""
    return Ex(f'IF({cell.text}="",0,1)', 0 if cell.value is None else 1)


def scale_for(definition: FactDef, values: Sequence[Any]) -> int:
    """The scale of a fact's cells: its type's, finer where a given figure needs it."""
    if definition.type not in SCALES:
        return 1
    return lcm(SCALES[definition.type], *(Fraction(v).denominator for v in values if v is not None))


class Pages:
    """The sheets of a workbook being written: their names and styles, drop-downs, and what input cells accept."""

    def __init__(self, file: Workbook) -> None:
        self.file = file
        self.sheets: list[Sheet] = []
        self.titles: set[str] = set()
        self.formats: dict[tuple[str, str], Format] = {}
        self.choices: dict[tuple[str, ...], Span] = {}
        self.options: Sheet | None = None

    def free_name(self, name: str) -> str:
        """A sheet name the file formats allow and no other sheet has."""
        plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:28] or "Sheet"
        found, count = plain, 1
        while found.lower() in self.titles:
            count += 1
            found = f"{plain} {count}"
        self.titles.add(found.lower())
        return found

    def style(self, name: str, form: str = "") -> Format:
        """A cell format: a named style with a number format."""
        if (name, form) not in self.formats:
            look = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter", **STYLES[name]}
            if form:
                look["num_format"] = NUMBER_FORMS.get(form, NUMBER_FORMS["number"]).replace("万元", text("xlsx.wan"))
                look["align"] = "center" if form in ("verdict", "date") else "right"
            self.formats[name, form] = self.file.add_format(look)
        return self.formats[name, form]

    def options_of(self, words: Sequence[str]) -> Span:
        """A range that holds ``words``, for drop-downs and look-ups."""
        key = tuple(words)
        if key not in self.choices:
            if self.options is None:
                self.options = Sheet(self, text("xlsx.sheet.options"))
                self.options.page.hide()
            column = len(self.choices)
            for row, one in enumerate(key):
                self.options.say(row, column, one)
            self.choices[key] = self.options.span([(0, column), (len(key) - 1, column)], [f.word(w) for w in key])
        return self.choices[key]

    def rule(self, definition: FactDef) -> dict[str, Any]:
        """What a cell for a fact accepts."""
        kind = definition.type
        said = {"input_title": definition.name[:32], "input_message": (definition.hint or definition.name)[:255]}
        refusal = {"error_title": text("xlsx.refused"), "error_message": text(f"accepted.{kind}" if kind not in ("enum", "set") else "xlsx.pick")[:255]}
        if kind == "set":
            return {"validate": "any", **said}
        if kind in ("bool", "enum"):
            words = [definition.value_name(v) for v in definition.values] if kind == "enum" else [text("word.yes"), text("word.no")]
            return {"validate": "list", "source": "=" + self.options_of(words).text, **said, **refusal}
        if kind == "date":
            return {"validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY, **said, **refusal}
        if definition.signed:
            return {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15, **said, **refusal}
        return {"validate": "integer" if kind == "count" else "decimal", "criteria": ">=", "value": 0, **said, **refusal}

    def read(self, cell: Ex, definition: FactDef, value: Any, scale: int) -> Val:
        """An input cell as formulas use it: a whole number at ``scale``, a verdict, a date or a label; a gap where blank."""
        type = kind_of(definition)
        kind = definition.type
        if kind == "bool":
            yes, no = f.word(text("word.yes")), f.word(text("word.no"))
            read = f.if_(f.test("==", cell, yes), f.ONE, f.if_(f.test("==", cell, no), f.ZERO, f.UNKNOWN))
            return Val(read if value is not None else Ex(read.text, f.HALF), type)
        if kind == "enum":
            span = self.options_of([definition.value_name(v) for v in definition.values])
            return Val(Ex(f"IF(ISNUMBER(MATCH({cell.text},{span.text},0)),{cell.text},NA())", Gap.OPEN if value is None else cell.value), type)
        if kind == "set":
            return Val(f.parted(cell), type)
        if kind == "date":
            # beyond the last day, date functions of some spreadsheets never return
            test = f"IF(ISNUMBER({cell.text}),IF({cell.text}<={f.serial(LAST_DAY)},INT({cell.text}),NA()),NA())"
            return Val(Ex(test, Gap.OPEN if value is None else cell.value), type)
        whole = Gap.OPEN if value is None else int(value * scale)
        return Val(Ex(f"IF(ISNUMBER({cell.text}),ROUND({cell.text}*{scale},0),NA())", whole), type, scale)


class Sheet:
    """One sheet: what is written can be referred to, with its value."""

    def __init__(self, book: Pages, name: str) -> None:
        self.book = book
        self.name = book.free_name(name)
        self.page: Worksheet = book.file.add_worksheet(self.name)
        self.own = f"'{self.name}'!"
        self.columns: dict[int, float] = {}
        self.lines: dict[int, int] = {}
        book.sheets.append(self)
        self.wholes: tuple[int, int, int, float] = (10**4, 0, 0, 0)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.fit_to_pages(1, 0)
        self.page.set_margins(0.5, 0.5, 0.6, 0.6)
        self.page.set_footer(f"&L&9{text('xlsx.title')}&C&9&A&R&9&P / &N")
        self.page.hide_gridlines(2)

    def widths(self, *widths: float, first: int = 0) -> None:
        """Column widths from column ``first`` on, in characters."""
        for column, width in enumerate(widths, first):
            self.page.set_column(column, column, width)
            self.columns[column] = width

    def fit(self) -> None:
        """Rows as high as their wrapped texts need; not every program does so itself on opening."""
        for row, lines in self.lines.items():
            if lines > 1:
                self.page.set_row(row, LINE * lines + 3)

    def address(self, row: int, column: int) -> str:
        """Absolute reference to a cell (row and column from 0)."""
        return f"{self.own}${letters(column)}${row + 1}"

    def put(self, row: int, column: int, ex: Ex, style: str = "cell", form: str = "", array: bool = False) -> Ex:
        """A formula in a cell (``array``: one that works on a whole range); gives the reference to it."""
        formula = ex.text.replace(self.own, "")
        value = ex.value
        if isinstance(value, Gap):
            value = value.value
        elif isinstance(value, Fraction):
            value = float(value)
        if array:
            self.page.write_array_formula(row, column, row, column, "{=" + formula + "}", self.book.style(style, form), value)
        else:
            self.page.write_formula(row, column, "=" + formula, self.book.style(style, form), value)
        if form == "whole" and isinstance(value, (int, float)):
            left, right, bottom, most = self.wholes
            self.wholes = min(left, column), max(right, column), max(bottom, row), max(most, abs(value))
        return Ex(self.address(row, column), ex.value)

    def largest(self) -> Ex:
        """The largest whole number on the sheet, whatever its sign; for use in an array formula."""
        left, right, bottom, most = self.wholes
        return Ex(f"MAX(IFERROR(ABS({self.own}${letters(left)}$4:${letters(right)}${bottom + 1}),0))", most)

    def say(self, row: int, column: int, said: str, style: str = "cell") -> None:
        """A text in a cell; never read as a formula."""
        if said and STYLES[style].get("text_wrap"):
            wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in said)
            self.lines[row] = max(self.lines.get(row, 1), math.ceil(wide / self.columns.get(column, DEFAULT_WIDTH)))
        if said:
            self.page.write_string(row, column, visible(said), self.book.style(style))
        else:
            self.page.write_blank(row, column, None, self.book.style(style))

    def enter(self, row: int, column: int, value: Any, definition: FactDef) -> Ex:
        """A value given, in a cell to be edited, with the choices or limits of its type; gives the reference to it."""
        kind = definition.type
        form = self.book.style("entry", form_of(kind_of(definition)) if kind != "bool" else "")
        shown: Any = None
        if value is None:
            self.page.write_blank(row, column, None, form)
        elif kind == "date":
            shown = f.serial(value)
            self.page.write_number(row, column, shown, form)
        elif kind in ("bool", "enum"):
            shown = definition.value_name(value) if kind == "enum" else text("word.yes" if value else "word.no")
            self.page.write_string(row, column, shown, form)
        elif kind == "set":
            shown = "；".join(map(definition.value_name, value))
            self.page.write_string(row, column, shown, form)
        else:
            shown = value
            self.page.write_number(row, column, float(value) if isinstance(value, Fraction) else value, form)
        self.page.data_validation(row, column, row, column, self.book.rule(definition))
        return Ex(self.address(row, column), shown)

    def link(self, row: int, column: int, to: str, said: str) -> None:
        """A link to another place of the workbook."""
        self.page.write_url(row, column, f"internal:{to}", self.book.style("link"), said)

    def span(self, cells: Sequence[tuple[int, int]], values: Sequence[Ex]) -> Span:
        """Cells in one row or column as a range."""
        (top, left), (bottom, right) = cells[0], cells[-1]
        return Span(f"{self.address(top, left)}:${letters(right)}${bottom + 1}", tuple(values))
