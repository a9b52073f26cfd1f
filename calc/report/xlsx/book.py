"""The workbook as formulas see it: facts, record lists, tables over records and the LPR."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SCALES, Val
from calc.engines.formulas.formula import Ex, Gap, Span
from calc.facts import Facts
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
        self.rates_at: tuple[Span, dict[str, Span]] | None = None
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
