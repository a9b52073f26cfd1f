"""Where things stand in the workbook of an estimate: the lines of a benefit, the cells of its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import NoFormula, Val
from calc.engines.formulas.formula import Ex
from calc.engines.statuses import ORDER
from calc.language import core, model
from calc.messages import text
from calc.report.xlsx.book import Book
from calc.report.xlsx.sheet import Sheet, form_of, unit

if TYPE_CHECKING:

    from calc.estimate.results import SchemeResult

# the codes a benefit's status has in the sheets
STATUSES = (*ORDER, "wrong-input")


ELIGIBLE, CONDITIONAL, INCOMPLETE, INELIGIBLE, NO_FIGURE, WRONG = range(1, 7)


LABEL, SAID, VALUE, UNIT, CLAUSE, EXACT, REST, SCALE, FIRST_YEAR = range(9)


@dataclass(slots=True)
class Steps:
    """Where a benefit's steps go, one row each: label, wording, value, unit, clause, and the whole number behind the value."""

    sheet: Sheet
    clause: str
    row: int = 0
    periods: tuple[str, ...] = ()

    def line(self, label: str, said: str, style: str = "cell") -> int:
        """A new row with its label and wording."""
        self.sheet.say(self.row, LABEL, label, style)
        self.sheet.say(self.row, SAID, said, style)
        for column in (VALUE, UNIT):
            self.sheet.say(self.row, column, "", style)
        self.sheet.say(self.row, CLAUSE, self.clause, style)
        self.row += 1
        return self.row - 1

    def put(self, label: str, said: str, val: Val) -> Val:
        """A step; a loose series has its years to the right."""
        if val.loose:
            self.head_years(val.periods)
        row = self.line(label, said)
        ex, years = val.ex, val.years
        if val.loose:
            assert years is not None
            years = self.years(row, years)
            ex = f.add_up(f.joined(years)) if ex == f.ZERO else f.if_(f.is_gap(ex), ex, f.add_up(f.joined(years)))
        numeric = val.type.kind in core.BASE or val.type.kind == "rate"
        cell = self.exact(row, ex, "whole" if numeric else form_of(val.type))
        if val.type.kind == "bool":
            self.mark(row, cell)
            return replace(val, ex=cell, years=years, loose=False)
        scale = f.number(val.scale)
        if numeric:
            scale = self.sheet.put(row, SCALE, f.times(scale, val.den), "exact", "whole")
            val = val if val.den == f.ONE else replace(val, scale=1, den=scale)
        shown = f.over(cell, scale if val.den != f.ONE else f.number(val.scale)) if numeric else cell
        self.sheet.put(row, VALUE, f.if_(f.is_gap(cell), gap_word(cell), shown), "cell", form_of(val.type))
        self.sheet.say(row, UNIT, unit(val.type))
        return replace(val, ex=cell, years=years, loose=False)

    def exact(self, row: int, ex: Ex, form: str = "whole") -> Ex:
        """The whole number of a row, its rest beside it."""
        ex = f.normal(ex)
        cell = self.sheet.put(row, EXACT, ex.main, "exact", form)
        return cell if ex.rest is None else replace(cell, rest=self.sheet.put(row, REST, ex.rest, "exact", "rest"))

    def years(self, row: int, years: tuple[Ex, ...]) -> tuple[Ex, ...]:
        """The periods of a series to the right of a row, their rests in a row below."""
        wholes = [f.normal(year) for year in years]
        cells = tuple(self.sheet.put(row, FIRST_YEAR + k, year.main, "exact", "whole") for k, year in enumerate(wholes))
        if all(year.rest is None for year in wholes):
            return cells
        below = self.line(text("xlsx.step.rests"), "", "faint")
        rests = [self.sheet.put(below, FIRST_YEAR + k, year.parts, "exact", "rest") for k, year in enumerate(wholes)]
        return tuple(replace(cell, rest=rest) for cell, rest in zip(cells, rests, strict=True))

    def head_years(self, periods: tuple[Ex, ...]) -> None:
        """The years of the series that follow, where they are not the same as those above."""
        names = tuple(p.text for p in periods)
        if names == self.periods:
            return
        self.periods = names
        self.sheet.say(self.row, LABEL, text("xlsx.step.periods"), "faint")
        for k, period in enumerate(periods):
            self.sheet.put(self.row, FIRST_YEAR + k, period, "exact")
        self.row += 1

    def mark(self, row: int, verdict: Ex, spared: Sequence[Ex] = ()) -> None:
        """A verdict as ✓ ✗ ?, in words where one of ``spared`` holds: the condition is for others then."""
        index = f.plus(f.times(verdict, f.number(2)), f.ONE)
        shown = f.pick(index, f.word("✗"), f.word("?"), f.word("✓"))
        if spared:
            shown = f.if_(f.some(*(f.test("==", one, f.ONE) for one in spared)), f.word(text("breakdown.spared")), shown)
        self.sheet.put(row, VALUE, shown, "mark")

    def hold(self, ex: Ex, label: str = "") -> Ex:
        """A helper row."""
        if ex.short:
            return ex
        return self.exact(self.line(label or text("xlsx.column.helper"), "", "faint"), ex)

    def case(self, said: str, verdict: Ex) -> Ex:
        """The condition of a case."""
        return self.condition(text("xlsx.step.case"), said, verdict)

    def condition(self, label: str, said: str, verdict: Ex, given: str = "", spared: Sequence[Ex] = ()) -> Ex:
        """A condition, ✓ ✗ ?, or that it does not apply (see ``mark``)."""
        row = self.line(label, said)
        cell = self.sheet.put(row, EXACT, verdict, "exact", "verdict")
        self.mark(row, cell, spared)
        self.sheet.say(row, UNIT, given)
        return cell

    def field(self, id: str) -> Val:
        """No record is at hand."""
        raise NoFormula

    def stated(self, id: str) -> Ex:
        """No record is at hand."""
        raise NoFormula

    def passed(self, passes: Sequence[Ex]) -> None:
        """No record is at hand."""
        raise NoFormula

    @property
    def position(self) -> Ex:
        """No record is at hand."""
        raise NoFormula

    @property
    def number(self) -> Ex:
        """No record is at hand."""
        raise NoFormula


def status_words() -> list[str]:
    """The statuses of ``STATUSES`` in words."""
    return [*(text(f"status.{s}") for s in ORDER), text("xlsx.status.wrong-input")]


def gap_word(cell: Ex) -> Ex:
    """A gap in words."""
    return f.if_(f.is_open(cell), f.word(text("word.unknown")), f.word(text("word.nothing")))


@dataclass(slots=True)
class BenefitCells:
    """Where a benefit's results stand: ``code`` (a place in ``STATUSES``), ``fen`` (a gap where open), the limit that binds."""

    benefit: model.Benefit
    row: int
    code: Ex
    fen: Ex
    binding: Ex
    live: bool = True


@dataclass(slots=True)
class SchemeCells:
    """A scheme's sheets: its steps, its benefits, its totals in fen (text where open)."""

    scheme: model.Scheme
    result: SchemeResult
    sheet: Sheet
    benefits: list[BenefitCells] = field(default_factory=list)
    total: Ex = f.ZERO
    total_if: Ex = f.ZERO
    kept: dict[str, Ex] = field(default_factory=dict)
    caps: list[Ex] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """All that is laid out, for sheets that build on it."""

    book: Book
    inputs: Sheet
    summary: Sheet
    schemes: list[SchemeCells]
    checks: list[tuple[str, Ex]]
    row: int = 0
    front: Sheet | None = None


def in_yuan(cell: Ex) -> Ex:
    """Fen as yuan; a text stays."""
    number = not isinstance(cell.value, str)
    shown = f.over(cell, f.number(100)) if number else Ex(f"{cell.text}/100", cell.value, False)
    return f.if_(Ex(f"ISNUMBER({cell.text})", number), shown, cell)
