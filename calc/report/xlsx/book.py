"""The workbook as formulas see it: sheets for facts, record lists, tables over records and the LPR, each cell knowing its value."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SCALES, Val
from calc.engines.formulas.formula import Ex, Gap, Span, letters
from calc.facts import FactDef, Facts
from calc.language import core
from calc.messages import text
from calc.rates.lpr import LprTable
from calc.units import NUMERIC

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SPARE_ROWS = 10  # empty rows a record list offers beyond those given
BEYOND = 500  # rows below them that are watched
LEAST_ROWS = 15
FIRST_DAY, LAST_DAY = dt.date(1949, 10, 1), dt.date(2199, 12, 31)
FONT = "Microsoft YaHei"
LINE, DEFAULT_WIDTH = 13.5, 8.43
INK, FAINT, RULE, PAPER, ACCENT, ENTRY = "#1F2933", "#9AA5B1", "#CBD2D9", "#F5F7FA", "#1D4E6B", "#FFF8DC"
NUMBER_FORMS = {
    "money": "#,##0.00", "usd": "#,##0.00", "percent": "0.00####%", "count": "#,##0", "date": "yyyy-mm-dd", "whole": "0",
    "verdict": '[=1]"✓";[=0]"✗";"?"', "wan": '#,##0.######"万元"',
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
    return core.type_named(definition.type, tuple(definition.values))


def unit(type: core.Type) -> str:
    """The unit a value of a type is shown in; compound units from their parts."""
    if type.kind != "rate":
        return text("word.yuan") if type.kind == "money" else text(f"suffix.{type.kind}").strip() if type.kind in SCALES and type.kind != "percent" else ""
    above = "·".join(text(f"xlsx.base.{base}") for base, power in type.dims if power > 0)
    return above + "".join("/" + text(f"xlsx.base.{base}") for base, power in type.dims if power < 0)


def form_of(type: core.Type) -> str:
    """The number format for values of a type."""
    return type.kind if type.kind in NUMBER_FORMS else "verdict" if type.kind == "bool" else "number" if type.kind in NUMERIC else ""


class Sheet:
    """One sheet: what is written can be referred to, with its value."""

    def __init__(self, book: Book, name: str) -> None:
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
            self.page.write_string(row, column, said, self.book.style(style))
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


class Book:
    """A workbook being written, for a project's plain ``values``."""

    def __init__(self, file: Workbook, names: Facts, lpr: LprTable, values: Mapping[str, Any]) -> None:
        self.file = file
        self.names = names
        self.rates = lpr
        self.values = values
        self.sheets: list[Sheet] = []
        self.titles: set[str] = set()
        self.formats: dict[tuple[str, str], Format] = {}
        self.facts: dict[str, tuple[Val, Ex]] = {}
        self.lists: dict[str, ListSheet] = {}
        self.choices: dict[tuple[str, ...], Span] = {}
        self.options: Sheet | None = None
        self.rates_at: tuple[Span, dict[str, Span]] | None = None
        self.tables: list[Table] = []

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
                look["num_format"] = NUMBER_FORMS.get(form, "#,##0.######")
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

    # ---------------------------------------------------------------- what formulas ask for

    def fact(self, id: str) -> Val:
        """A fact of the project."""
        return self.facts[id][0]

    def stated(self, id: str) -> Ex:
        """Whether a fact was stated, a verdict."""
        if id in self.lists:
            return self.listed(id)
        return stated(self.facts[id][1])

    def listed(self, list: str) -> Ex:
        """Whether a record list was given at all, a verdict."""
        return self.lists[list].given

    def moves(self, list: str, field: str) -> tuple[Span, Span, Span] | None:
        """Record numbers, dates and amounts (fen) of a nested list, where the list has it."""
        return self.lists[list].moves.get(field)

    def table(self, list: str, title: str) -> Table:
        """A new table of formulas over the records of a list."""
        self.tables.append(Table(self, self.lists[list], len(self.tables) + 1, title))
        return self.tables[-1]

    def lpr(self, day: Ex, term: Ex) -> Ex:
        """The loan prime rate in force on a day, at the scale of percentages; ``term`` is a verdict: 5Y, else 1Y."""
        if self.rates_at is None:
            self.rates_at = self._rates()
        days, terms = self.rates_at
        scale = SCALES["percent"]

        def at(name: str) -> Ex:
            span = terms[name]
            formula = f"ROUND(INDEX({span.text},MATCH({day.text},{days.text},1))*{scale},0)"
            if isinstance(day.value, Gap):
                return Ex(formula, day.value)
            rate = self.rates.at(f.EPOCH + dt.timedelta(int(day.value)), name)
            return Ex(formula, Gap.OPEN if rate is None else int(rate * scale))

        if term.text in ("0", "1"):
            return at("5Y" if term.text == "1" else "1Y")
        return f.if_(f.test("==", term, f.ONE), at("5Y"), at("1Y"))

    def _rates(self) -> tuple[Span, dict[str, Span]]:
        sheet = Sheet(self, "LPR")
        sheet.widths(16, 16, 16)
        sheet.say(0, 0, text("xlsx.lpr.title", verified=self.rates.verified), "lead")
        top = 3
        for column, said in enumerate((text("xlsx.lpr.from"), "LPR 1Y", "LPR 5Y")):
            sheet.say(top - 1, column, said, "head")
        days = [f.serial(day) for day in self.rates.days]
        for row, (day, rates) in enumerate(zip(days, self.rates.rates, strict=True), top):
            sheet.page.write_number(row, 0, day, self.style("cell", "date"))
            for column, term in enumerate(("1Y", "5Y"), 1):
                sheet.page.write_number(row, column, float(rates[term]), self.style("entry", "percent"))
        last = top + len(days) - 1
        spans = [sheet.span([(top, column), (last, column)], ()) for column in range(3)]
        return spans[0], {"1Y": spans[1], "5Y": spans[2]}


def stated(cell: Ex) -> Ex:
    """Whether an input cell holds anything, a verdict."""
    return Ex(f'IF({cell.text}="",0,1)', 0 if cell.value is None else 1)


def scale_for(definition: FactDef, values: Sequence[Any]) -> int:
    """The scale of a fact's cells: its type's, finer where a given figure needs it."""
    if definition.type not in SCALES:
        return 1
    return lcm(SCALES[definition.type], *(Fraction(v).denominator for v in values if v is not None))


class ListSheet:
    """The sheet of a record list: one row a record, some rows to spare."""

    def __init__(self, book: Book, id: str, fields: Sequence[str]) -> None:
        self.book = book
        self.id = id
        self.definition = book.names[id]
        given = book.values.get(id)
        self.rows: list[dict[str, Any]] = list(given or ())
        self.capacity = max(LEAST_ROWS, len(self.rows) + SPARE_ROWS)
        nested = [n for n in fields if self.definition.fields[n].type == "list"]
        self.fields = [n for n in fields if n not in nested]
        self.sheet = Sheet(book, self.definition.name)
        self.cells: dict[str, list[Ex]] = {}
        self.scales = {n: scale_for(self.definition.fields[n], [r.get(n) for r in self.rows]) for n in self.fields}
        self.first = 4
        self._write()
        self.given = self._given(given is not None)
        self.room = [self._room(self.sheet, self.capacity, len(self.fields))]
        self.moves = {n: self._moves(n) for n in nested}

    def _write(self) -> None:
        sheet, page = self.sheet, self.sheet.page
        sheet.widths(12, *[20] * max(4, len(self.fields)))
        sheet.say(0, 0, self.definition.name, "title")
        sheet.say(1, 0, text("xlsx.list.note", rows=self.capacity), "note")
        sheet.say(self.first - 1, 0, text("xlsx.head.number"), "head")
        page.freeze_panes(self.first, 1)
        for row in range(self.capacity):
            page.write_number(self.first + row, 0, row + 1, self.book.style("exact", "whole"))
        for column, name in enumerate(self.fields, 1):
            definition = self.definition.fields[name]
            mark = unit(kind_of(definition))
            sheet.say(self.first - 1, column, definition.name + (f"（{mark}）" if mark else ""), "head")
            self.cells[name] = [
                sheet.enter(self.first + row, column, self.rows[row].get(name) if row < len(self.rows) else None, definition)
                for row in range(self.capacity)
            ]

    def _given(self, listed: bool) -> Ex:
        """Whether the list counts as given: with records, or empty by declaration."""
        sheet = self.sheet
        nothing, empty = text("xlsx.list.open"), text("xlsx.list.empty")
        words = self.book.options_of([nothing, empty])
        sheet.say(2, 0, text("xlsx.list.when.empty"), "text")
        sheet.page.write_string(2, 1, empty if listed else nothing, self.book.style("entry"))
        sheet.page.data_validation(2, 1, 2, 1, {"validate": "list", "source": "=" + words.text})
        cell = Ex(sheet.address(2, 1), empty if listed else nothing)
        sheet.say(2, 3, text("xlsx.list.given"), "note")
        any_ = Ex(f"COUNTA({sheet.address(self.first, 1)}:${letters(len(self.fields))}${self.first + self.capacity})", len(self.rows))
        stands = f.some(f.test(">", any_, f.ZERO), f.test("==", cell, f.word(empty)))
        return sheet.put(2, 4, f.if_(stands, f.ONE, f.ZERO), "exact", "verdict")

    def _room(self, sheet: Sheet, capacity: int, width: int) -> tuple[str, Ex]:
        """A check that nothing stands below the rows that count."""
        top = self.first + capacity
        beyond = Ex(f"COUNTA({sheet.address(top, 0)}:${letters(width)}${top + BEYOND})", 0)
        return text("xlsx.check.rows", sheet=sheet.name, rows=capacity), f.test("==", beyond, f.ZERO)

    def exists(self, row: int) -> Ex:
        """Whether a row holds a record."""
        at = self.first + row
        held = Ex(f"COUNTA({self.sheet.address(at, 1)}:${letters(len(self.fields))}${at + 1})", 1 if row < len(self.rows) else 0)
        return f.if_(f.test(">", held, f.ZERO), f.ONE, f.ZERO)

    def field(self, id: str, row: int) -> Val:
        """A field of the record in a row."""
        if id not in self.cells:
            raise KeyError(id)
        value = self.rows[row].get(id) if row < len(self.rows) else None
        return self.book.read(self.cells[id][row], self.definition.fields[id], value, self.scales[id])

    def _moves(self, name: str) -> tuple[Span, Span, Span]:
        """The sheet of a list within the records: record number, date, amount; beside them as formulas use them."""
        definition = self.definition.fields[name]
        sheet = Sheet(self.book, f"{self.definition.name} {re.split('[（(]', definition.name)[0]}")
        given = [(place, move) for place, row in enumerate(self.rows, 1) for move in row.get(name) or ()]
        capacity = max(LEAST_ROWS, len(given) + SPARE_ROWS)
        sheet.say(0, 0, f"{self.definition.name} · {definition.name}", "title")
        sheet.say(1, 0, text("xlsx.moves.note", list=self.definition.name), "note")
        parts = [definition.fields["date"], definition.fields["amount"]]
        heads = [text("xlsx.head.record", list=self.definition.name), parts[0].name, f"{parts[1].name}（{unit(core.MONEY)}）"]
        for column, said in enumerate((*heads, "", text("xlsx.head.exact"), "", "")):
            if said:
                sheet.say(self.first - 1, column, said, "head")
        sheet.widths(*[18] * 7)
        self.room.append(self._room(sheet, capacity, 2))
        number = FactDef("record", "count", heads[0])
        cells: list[list[Ex]] = [[], [], []]
        for row in range(capacity):
            place, move = given[row] if row < len(given) else (None, {})
            at = self.first + row
            entered = (
                sheet.enter(at, 0, place, number),
                sheet.enter(at, 1, move.get("date"), parts[0]),
                sheet.enter(at, 2, move.get("amount"), parts[1]),
            )
            scales = (1, 1, SCALES["money"])
            for column, (cell, scale) in enumerate(zip(entered, scales, strict=True)):
                value = 0 if cell.value is None else int(cell.value * scale)
                clean = Ex(f"IF(ISNUMBER({cell.text}),ROUND({cell.text}*{scale},0),0)", value)
                cells[column].append(sheet.put(at, 4 + column, clean, "exact", "whole"))
        last = self.first + capacity - 1
        which, days, amounts = (sheet.span([(self.first, 4 + c), (last, 4 + c)], cells[c]) for c in range(3))
        return which, days, amounts


@dataclass(slots=True)
class Line:
    """One record's row in a table; takes columns from left to right."""

    table: Table
    index: int
    at: int = 0
    known: dict[str, Val] = field(default_factory=dict)
    passing: list[Ex] = field(default_factory=list)

    def _next(self, label: str, ex: Ex, form: str) -> Ex:
        cell = self.table.write(self.index, self.at, label, ex, form)
        self.at += 1
        return cell

    def put(self, label: str, said: str, val: Val) -> Val:
        """A labelled step in the next column; a loose series takes one a year before its total."""
        scaled = f" ×{val.scale}" if val.scale != 1 else ""
        if not val.loose:
            form = form_of(val.type) if val.type.kind in ("bool", "date") else "whole"
            return replace(val, ex=self._next(label + scaled, val.ex, form))
        assert val.years is not None
        at = self.at
        years = tuple(self._next(f"{label} {named(p)}{scaled}", y, "whole") for y, p in zip(val.years, val.periods, strict=True))
        sheet = self.table.sheet
        row = self.table.first + self.index
        span = sheet.span([(row, at), (row, self.at - 1)], years)
        total = self._next(label + scaled, f.if_(f.is_gap(val.ex), val.ex, f.add_up(span)), "whole")
        return replace(val, ex=total, years=years, loose=False)

    def hold(self, ex: Ex, label: str = "") -> Ex:
        """A helper column."""
        if ex.tight and "(" not in ex.text:
            return ex
        return self._next(label or text("xlsx.column.helper"), ex, "whole")

    def case(self, said: str, verdict: Ex) -> Ex:
        """The condition of a case, in a column of its own."""
        return self._next(said, verdict, "verdict")

    def field(self, id: str) -> Val:
        """A field of the record."""
        if id not in self.known:
            merged = self.table.merged.get(id)
            val = merged[self.index] if merged is not None else self.table.list.field(id, self.index)
            if merged is None:
                val = self.put(self.table.list.definition.fields[id].name, "", val)
            self.known[id] = val
        return self.known[id]

    def stated(self, id: str) -> Ex:
        """Whether a field was stated, a verdict."""
        return stated(self.table.list.cells[id][self.index])

    def passed(self, passes: Sequence[Ex]) -> None:
        """From here on its position is that among those that pass: ``passes`` says so of it and the records before it."""
        self.known.pop("", None)
        self.passing = list(passes)

    @property
    def position(self) -> Ex:
        """The place of the record among those given, or among those that pass."""
        if "" not in self.known and self.passing:
            here = f.count_rows((self.table.span(self.passing), ">", f.ZERO), (self.table.exists_upto(self.index), "==", f.ONE))
            self.known[""] = self.put(text("render.position"), "", Val(here, core.NUMBER))
        if "" not in self.known:
            self.known[""] = self.put(text("render.position"), "", Val(f.add_up(self.table.exists_upto(self.index)), core.NUMBER))
        return self.known[""].ex

    @property
    def number(self) -> Ex:
        """The number of the record in its sheet, from 1."""
        return self.table.row.cells[self.index]


class Table:
    """A sheet of formulas over the records of a list, one row a record."""

    def __init__(self, book: Book, records: ListSheet, number: int, title: str) -> None:
        self.book = book
        self.list = records
        self.sheet = Sheet(book, text("xlsx.sheet.items", number=number, list=records.definition.name))
        self.first = 4
        self.size = records.capacity
        self.used = 0
        self.merged: dict[str, tuple[Val, ...]] = {}
        self.unmerged: list[Ex] = []
        self.bottom = self.first + self.size + 1
        self.sheet.say(0, 0, text("xlsx.items.title", list=records.definition.name), "title")
        self.sheet.say(1, 0, title, "plain")
        self.sheet.say(2, 0, text("xlsx.items.note"), "note")
        self.sheet.page.freeze_panes(self.first, 1)
        self.sheet.widths(*[15] * 150)
        self.row = self.column(text("xlsx.head.number"), lambda i: f.number(i + 1))
        self.exists_at = 1
        self.exists = self.column(text("xlsx.column.exists"), records.exists, "verdict")
        last = self.first + self.size - 1
        for rule in ({"type": "errors"}, {"type": "formula", "criteria": f"=$B{self.first + 1}=0"}):
            self.sheet.page.conditional_format(self.first, 0, last, 200, {**rule, "format": book.file.add_format({"font_color": RULE})})

    def write(self, index: int, column: int, label: str, ex: Ex, form: str) -> Ex:
        """One cell; the first row also names its column."""
        if column >= self.used:
            self.sheet.say(self.first - 1, column, label, "head")
            self.used = column + 1
        return self.sheet.put(self.first + index, column, ex, "cell", form)

    def lines(self) -> Iterator[Line]:
        """The rows, each starting at the same column."""
        at = self.used
        for index in range(self.size):
            yield Line(self, index, at)

    def column(self, label: str, cell: Callable[[int], Ex], form: str = "whole") -> Span:
        """A column with ``cell(i)`` in row i (from 0)."""
        at = self.used
        return self.span([self.write(i, at, label, cell(i), form) for i in range(self.size)])

    def exists_upto(self, index: int) -> Span:
        """Whether there is a record, in the rows up to one."""
        cells = [(self.first, self.exists_at), (self.first + index, self.exists_at)]
        return self.sheet.span(cells, self.exists.cells[: index + 1])

    def span(self, cells: Sequence[Ex]) -> Span:
        """Cells that stand in one column, top to bottom."""
        if not cells[0].text.startswith(self.sheet.own):  # the same constant or outside cell in every row: give it a column
            return self.column(text("xlsx.column.helper"), lambda i: cells[i])
        head, last = cells[0].text, cells[-1].text
        return Span(f"{head}:{last.removeprefix(self.sheet.own)}", tuple(cells))

    def below(self, label: str, ex: Ex) -> Ex:
        """A labelled figure under the table."""
        self.sheet.say(self.bottom, 0, label, "total")
        cell = self.sheet.put(self.bottom, 1, ex, "total", "whole")
        self.bottom += 1
        return cell

    def merge(self, by: str, summed: Sequence[str]) -> None:
        """Records with the same ``by`` become one, their ``summed`` fields added up; one that a record lacks is lacking."""
        cells, exists, row = self.list.cells[by], self.exists, self.row

        def key(i: int) -> Ex:
            own = f.word(f"#{i + 1}")
            lacking = f.some(f.test("==", exists.cells[i], f.ZERO), f.test("==", stated(cells[i]), f.ZERO))
            return f.if_(lacking, own, cells[i])

        keys = self.column(text("xlsx.column.key"), key)
        lacks = self.column(
            text("xlsx.column.stated", field=self.list.definition.fields[by].name), lambda i: stated(cells[i]), "verdict"
        )
        lacking = self.below(text("xlsx.below.unmerged"), f.count_rows((exists, "==", f.ONE), (lacks, "==", f.ZERO)))
        records = self.below(text("xlsx.below.rows"), f.add_up(exists))
        self.unmerged.append(f.every(f.test(">", lacking, f.ZERO), f.test(">", records, f.ONE)))

        def leads(i: int) -> Ex:
            before = f.count_rows((exists, "==", f.ONE), (keys, "==", keys.cells[i]), (row, "<", row.cells[i]))
            return f.if_(f.every(f.test("==", exists.cells[i], f.ONE), f.test("==", before, f.ZERO)), f.ONE, f.ZERO)

        for name in summed:
            definition = self.list.definition.fields[name]
            entered = [stated(cell) for cell in self.list.cells[name]]
            given = self.column(text("xlsx.column.stated", field=definition.name), entered.__getitem__, "verdict")
            numbers = [f.or_else(self.list.field(name, i).ex, f.ZERO) for i in range(self.size)]
            raw = self.column(definition.name, numbers.__getitem__)

            def joined(i: int, given: Span = given, raw: Span = raw) -> Ex:
                same: tuple[f.Test, ...] = ((exists, "==", f.ONE), (keys, "==", keys.cells[i]))
                lacking = f.count_rows(*same, (given, "==", f.ZERO))
                return f.if_(f.test(">", lacking, f.ZERO), f.OPEN, f.sum_rows(raw, *same))

            column = self.column(text("xlsx.column.merged", field=definition.name), joined)
            type = kind_of(definition)
            self.merged[name] = tuple(Val(c, type, self.list.scales[name]) for c in column.cells)
        self.exists_at = self.used
        self.exists = self.column(text("xlsx.column.first"), leads, "verdict")


def named(period: Ex) -> str:
    """A period in a heading."""
    return str(period.value) if not isinstance(period.value, Gap) else ""
