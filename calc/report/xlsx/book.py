"""The workbook as formulas see it: facts, record lists, tables over records and the LPR."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SCALES, Val
from calc.engines.formulas.formula import Ex, Gap, Span
from calc.facts import Facts
from calc.folder import LPR
from calc.messages import text
from calc.rates.lpr import LprTable
from calc.report.xlsx.lists import ListSheet
from calc.report.xlsx.sheet import Pages, Sheet, stated
from calc.report.xlsx.table import Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook


class Book(Pages):
    """A workbook being written, for a project's plain ``values``."""

    def __init__(self, file: Workbook, names: Facts, lpr: LprTable, values: Mapping[str, Any]) -> None:
        super().__init__(file)
        self.names = names
        self.rates = lpr
        self.values = values
        self.facts: dict[str, tuple[Val, Ex]] = {}
        self.lists: dict[str, ListSheet] = {}
        self.indices_at: dict[str, tuple[Span, dict[str, Span]]] = {}
        self.tables: list[Table] = []

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

    def beside(self, list: str, field: str, label: str, cell: Callable[[int], Ex], form: str = "whole") -> Span:
        """A column beside a nested list, with ``cell(i)`` in row i (from 0); the same ``label`` is the same column."""
        return self.lists[list].beside(field, label, cell, form)

    def entered(self, list: str, field: str, number: Ex) -> Ex:
        """What is entered in a field of the record with a number, from 1; 0 where that is blank."""
        return self.lists[list].entered(field, number)

    def table(self, list: str, title: str) -> Table:
        """A new table of formulas over the records of a list."""
        self.tables.append(Table(self, self.lists[list], len(self.tables) + 1, title))
        return self.tables[-1]

    def lpr(self, day: Ex, term: Ex) -> Ex:
        """The loan prime rate in force on a day, at the scale of percentages; ``term`` is a verdict: 5Y, else 1Y."""
        one, five = self.index(LPR, day, "1Y"), self.index(LPR, day, "5Y")
        if term.text in ("0", "1"):
            return five if term.text == "1" else one
        return f.if_(f.test("==", term, f.ONE), five, one)

    def index(self, name: str, day: Ex, term: str) -> Ex:
        """An index rate of the folder's own in force on a day, at the scale of percentages."""
        table = self.rates.named(name)
        if name not in self.indices_at:
            self.indices_at[name] = self._rates(name, table)
        days, terms = self.indices_at[name]
        return self._rate(table, day, days, terms[term], term)

    def _rate(self, table: LprTable, day: Ex, days: Span, rates: Span, term: str) -> Ex:
        scale = SCALES["percent"]
        formula = f"ROUND(INDEX({rates.text},MATCH({day.text},{days.text},1))*{scale},0)"
        if isinstance(day.value, Gap):
            return Ex(formula, day.value)
        rate = table.at(f.EPOCH + dt.timedelta(int(day.value)), term)
        return Ex(formula, Gap.OPEN if rate is None else int(rate * scale))

    def _rates(self, name: str, table: LprTable) -> tuple[Span, dict[str, Span]]:
        sheet = Sheet(self, name)
        sheet.widths(16, 16, 16)
        sheet.say(0, 0, text("xlsx.lpr.title" if name == LPR else "xlsx.index.title", name=name, verified=table.verified), "lead")
        top = 3
        for column, said in enumerate((text("xlsx.lpr.from"), *(f"{name} {term}" for term in table.terms))):
            sheet.say(top - 1, column, said, "head")
        days = [f.serial(day) for day in table.days]
        for row, (day, rates) in enumerate(zip(days, table.rates, strict=True), top):
            sheet.page.write_number(row, 0, day, self.style("cell", "date"))
            for column, term in enumerate(table.terms, 1):
                sheet.page.write_number(row, column, float(rates[term]), self.style("entry", "percent"))
        last = top + len(days) - 1
        spans = [sheet.span([(top, column), (last, column)], ()) for column in range(len(table.terms) + 1)]
        return spans[0], dict(zip(table.terms, spans[1:], strict=True))
