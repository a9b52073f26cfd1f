"""Tables of formulas over the records of a list: a row a record, a column a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import Val
from calc.engines.formulas.formula import Ex, Gap, Span
from calc.language import core
from calc.messages import text
from calc.report.xlsx.lists import ListSheet
from calc.report.xlsx.sheet import RULE, Pages, Sheet, form_of, kind_of, stated


@dataclass(slots=True)
class Line:
    """One record's row in a table; takes columns from left to right."""

    table: Table
    index: int
    at: int = 0
    known: dict[str, Val] = field(default_factory=dict)
    passing: list[Ex] = field(default_factory=list)

    def _next(self, label: str, ex: Ex, form: str) -> Ex:
        ex = f.normal(ex)
        cell = self._cell(label, ex.main, form)
        return cell if ex.rest is None else replace(cell, rest=self._cell(text("xlsx.column.rest", column=label), ex.rest, "rest"))

    def _cell(self, label: str, ex: Ex, form: str) -> Ex:
        cell = self.table.write(self.index, self.at, label, ex, form)
        self.at += 1
        return cell

    def put(self, label: str, said: str, val: Val) -> Val:
        """A labelled step in the next column; a loose series takes one a year before its total."""
        scaled = f" ×{val.scale}" if val.scale != 1 else ""
        if not val.loose:
            form = form_of(val.type) if val.type.kind in ("bool", "date") else "whole"
            ex = self._next(label + scaled, val.ex, form)
            return replace(val, ex=ex, den=self.hold(val.den))
        assert val.years is not None
        wholes = [f.normal(year) for year in val.years]
        heads = [f"{label} {named(period)}{scaled}" for period in val.periods]
        years = [self._cell(head, year.main, "whole") for year, head in zip(wholes, heads, strict=True)]
        if any(year.rest is not None for year in wholes):
            rests = [self._cell(text("xlsx.column.rest", column=head), year.parts, "rest") for year, head in zip(wholes, heads, strict=True)]
            years = [replace(year, rest=rest) for year, rest in zip(years, rests, strict=True)]
        total = self._next(label + scaled, f.if_(f.is_gap(val.ex), val.ex, f.add_up(f.joined(years))), "whole")
        return replace(val, ex=total, years=tuple(years), loose=False)

    def hold(self, ex: Ex, label: str = "") -> Ex:
        """A helper column."""
        if ex.short:
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

    def __init__(self, book: Pages, records: ListSheet, number: int, title: str) -> None:
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
        made = [f.normal(cell(i)) for i in range(self.size)]
        cells = [self.write(i, at, label, one.main, form) for i, one in enumerate(made)]
        if all(one.rest is None for one in made):
            return self.span(cells)
        rests = [self.write(i, at + 1, text("xlsx.column.rest", column=label), one.parts, "rest") for i, one in enumerate(made)]
        return self.span([replace(one, rest=rest) for one, rest in zip(cells, rests, strict=True)])

    def exists_upto(self, index: int) -> Span:
        """Whether there is a record, in the rows up to one."""
        cells = [(self.first, self.exists_at), (self.first + index, self.exists_at)]
        return self.sheet.span(cells, self.exists.cells[: index + 1])

    def span(self, cells: Sequence[Ex]) -> Span:
        """Cells that stand in one column, top to bottom."""
        if not cells[0].text.startswith(self.sheet.own):  # the same constant or outside cell in every row: give it a column
            return self.column(text("xlsx.column.helper"), lambda i: cells[i])
        return f.joined(cells)

    def below(self, label: str, ex: Ex) -> Ex:
        """A labelled figure under the table."""
        ex = f.normal(ex)
        self.sheet.say(self.bottom, 0, label, "total")
        cell = self.sheet.put(self.bottom, 1, ex.main, "total", "whole")
        if ex.rest is not None:
            cell = replace(cell, rest=self.sheet.put(self.bottom, 2, ex.rest, "total", "rest"))
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
