"""Interest by support year, and the prime rate on the first drawdown, in cells."""

from __future__ import annotations

from collections.abc import Callable
from math import lcm

from calc.engines.formulas import formula as f
from calc.engines.formulas.arithmetic import whole
from calc.engines.formulas.cells import (
    OPEN_YEARS,
    SCALES,
    Place,
    Val,
    at_hand,
    scaled,
)
from calc.engines.formulas.division import portion
from calc.engines.formulas.formula import Ex, Span
from calc.engines.formulas.machine import READINGS, Translator
from calc.folder import LPR
from calc.language import core
from calc.language.bounds import may_break, most_years
from calc.messages import text
from calc.rates.interest import ACCRUALS, DayCount


@READINGS.of(core.LprRate)
def _lprrate(made: Translator, node: core.LprRate, at: Place | None, steps: Place) -> Val:
    record = at_hand(at)
    start = first_drawdown(made, node.list, record)
    if node.term is not None:
        long = f.ONE if node.term == "5Y" else f.ZERO
    else:
        fields = made.book.names[node.list].fields
        by_end = f.if_(f.test(">=", record.field("end").ex, f.step_date(start, f.number(5))), f.ONE, f.ZERO)
        long = by_end
        if "lpr_term" in fields:
            named = record.field("lpr_term").ex
            long = f.if_(f.is_open(named), by_end, f.if_(f.test("==", named, f.word(fields["lpr_term"].value_name("5Y"))), f.ONE, f.ZERO))
    day = start if made.priced is None else made.priced
    if node.index != LPR:
        assert node.term is not None
        return record.put(f"{node.index} {node.term}", "", Val(made.book.index(node.index, day, node.term), node.type, SCALES["percent"]))
    rate = Val(made.book.lpr(day, record.hold(long, text("xlsx.column.long"))), node.type, SCALES["percent"])
    return record.put("LPR", "", rate)


def first_drawdown(made: Translator, list: str, record: Place) -> Ex:
    """The day of the first drawdown."""
    key = record.number.text
    if key in made._starts:
        return made._starts[key]
    start = record.field("start").ex if "start" in made.book.names[list].fields else f.OPEN
    moves = made.book.moves(list, "drawdowns")
    if moves is None:
        return start
    which, days, _ = moves
    drawn = f.count_rows((which, "==", record.number))
    first = f.if_(f.test(">", drawn, f.ZERO), f.first_day(days, (which, "==", record.number)), start)
    made._starts[key] = record.put(text("xlsx.column.start"), "", Val(first, core.DATE)).ex
    return made._starts[key]


@READINGS.of(core.Interest)
def _interest(made: Translator, node: core.Interest, at: Place | None, steps: Place) -> Val:
    record = at_hand(at)
    rate = made.undivided(node.rate, at, steps)
    time = Time(made, node, record)
    start, end, principal = first_drawdown(made, node.list, record), record.field("end").ex, record.field("principal")
    count: Ex | None = None
    length, months = OPEN_YEARS, False
    if node.years is not None:
        span = made.run(node.years, at, steps)
        length = most_years(node.years) or length
        if not isinstance(node.years, core.Lit):
            months = may_break(node.years) or node.years.type.kind == "months"
            count = record.hold(whole(made, node.years, span, 12 if months and node.years.type.kind != "months" else 1), text("xlsx.column.years"))
    edge = start
    years: list[Ex] = []
    for k in range(1, length + 1):
        upto = f.least(end, f.step_date(start, f.number(k)))
        if months or (node.years is not None and node.years.type.kind == "months"):
            assert node.years is not None
            fixed = f.number(int(node.years.value)) if isinstance(node.years, core.Lit) else count
            assert fixed is not None
            upto = f.least(upto, f.step_month(start, fixed))
        elif count is not None:
            upto = f.if_(f.test("<=", f.number(k), count), upto, edge)
        until = record.put(text("xlsx.step.until", year=k), "", Val(f.most(edge, upto), core.DATE)).ex
        owed, parts = time.weighted(principal.ex, start, edge, until)
        owed, parts = record.hold(owed, text("xlsx.column.owed", year=k)), record.hold(parts, text("xlsx.column.days", year=k))
        if node.repriced and k > 1:
            made.priced = edge
            rate = made.undivided(node.rate, at, steps)
            made.priced = None
        per_year = record.hold(scaled(rate.den, time.year * rate.scale * principal.scale // 100))
        interest = portion(owed, f.times(parts, rate.ex), per_year, record)
        years.append(f.if_(f.test("==", f.times(owed, parts), f.ZERO), f.ZERO, interest) if node.repriced and k > 1 else interest)
        edge = until
    if node.years is None:
        made.checks.append(f.or_else(f.test("<=", end, edge), Ex("TRUE", True)))
    periods = tuple(f.number(k) for k in range(1, length + 1))
    guard = f.if_(f.is_open(principal.ex), f.OPEN, years[0])
    return Val(guard, node.type, 100, rate.none, tuple(f.or_else(y, f.ZERO) for y in years), periods, loose=True)


class Time:
    """The time that bears interest in cells, in parts of a year: days, or by another day count, which a loan may name itself."""

    def __init__(self, made: Translator, node: core.Interest, record: Place) -> None:
        self.made, self.list, self.record = made, node.list, record
        self.counts: dict[str | None, DayCount] = {None: DayCount(node.basis, node.accrual)}
        if "basis" in made.book.names[node.list].fields:
            field = made.book.names[node.list].fields["basis"]
            self.counts |= {field.value_name(said): DayCount(basis, node.accrual) for said, basis in node.own}
        self.year = lcm(*(count.year for count in self.counts.values()))
        self.uptos: dict[tuple[str, str], Ex] = {}

    def weighted(self, principal: Ex, drawn: Ex, start: Ex, end: Ex) -> tuple[Ex, Ex]:
        """What is owed and for how many parts of a year, from ``start`` up to ``end``, of a loan drawn on a day.

        Of a loan that is drawn or repaid in between: the sum of each amount times its own parts, for one part.
        """
        found: tuple[Ex, Ex] | None = None
        for said, count in self.counts.items():
            owed, parts = self._weighted(count, principal, drawn, start, end)
            own = owed, f.times(parts, f.number(self.year // count.year))
            if found is None:
                found = own
            else:
                assert said is not None
                named = f.or_else(f.test("==", self.record.field("basis").ex, f.word(said)), Ex("FALSE", False))
                found = f.if_(named, own[0], found[0]), f.if_(named, own[1], found[1])
        assert found is not None
        return found

    def _weighted(self, count: DayCount, principal: Ex, drawn: Ex, start: Ex, end: Ex) -> tuple[Ex, Ex]:
        parts = self._parts(count, drawn, start, end)
        moved: dict[str, tuple[Ex, Ex]] = {}
        for name in ("drawdowns", "repayments"):
            moves = self.made.book.moves(self.list, name)
            if moves is None:
                continue
            which, day, amount = moves
            own: f.Test = (which, "==", self.record.number)
            if count.accrual == "day":
                borne = f.amount_days(amount, day, own, start, end, thirty=count.basis == "30/360")
            else:
                borne = f.amount_days(amount, self._moved(count, name), own, self._upto(count, drawn, start), self._upto(count, drawn, end))
            moved[name] = f.count_rows(own), borne
        if not moved:
            return principal, parts
        none = (f.ZERO, f.ZERO)
        (draws, lent), (payments, repaid) = moved.get("drawdowns", none), moved.get("repayments", none)
        bullet = f.test("==", f.plus(draws, payments), f.ZERO)
        lent = f.if_(f.test(">", draws, f.ZERO), lent, f.times(principal, parts))
        return f.if_(bullet, principal, f.minus(lent, repaid)), f.if_(bullet, parts, f.ONE)

    def _parts(self, count: DayCount, drawn: Ex, start: Ex, end: Ex) -> Ex:
        if count.accrual == "day":
            return self._days(count, start, end)
        return f.minus(self._upto(count, drawn, end), self._upto(count, drawn, start))

    def _days(self, count: DayCount, start: Ex, end: Ex) -> Ex:
        return f.thirty_days(start, end) if count.basis == "30/360" else f.minus(end, start)

    def _upto(self, count: DayCount, drawn: Ex, day: Ex) -> Ex:
        """Parts from the first drawdown on: whole months or quarters, and of the days beyond no more than one of them."""
        key = count.basis, day.text
        if key not in self.uptos:
            whole = self.record.hold(self._whole(count, drawn, day))
            self.uptos[key] = self.record.hold(self._broken(count, whole, drawn, day))
        return self.uptos[key]

    def _whole(self, count: DayCount, drawn: Ex, day: Ex) -> Ex:
        """The months of the whole months or quarters up to a day."""
        months = f.number(ACCRUALS[count.accrual])
        return f.times(f.floor_over(f.months_between(drawn, day), months), months)

    def _broken(self, count: DayCount, whole: Ex, drawn: Ex, day: Ex) -> Ex:
        """The parts of the whole months or quarters, and of the days beyond them."""
        basis = count.year // 12
        rest = f.times(f.number(12), self._days(count, f.step_month(drawn, whole), day))
        return f.plus(f.times(whole, f.number(basis)), f.least(rest, f.number(ACCRUALS[count.accrual] * basis)))

    def _moved(self, count: DayCount, name: str) -> Span:
        """For each drawdown or repayment of any loan: the parts from that loan's first drawdown to its day."""
        book = self.made.book
        moves, draws = book.moves(self.list, name), book.moves(self.list, "drawdowns")
        assert moves is not None
        which, days, _ = moves

        def first(i: int) -> Ex:
            start = book.entered(self.list, "start", which.cells[i])
            if draws is None:
                return start
            own: f.Test = (draws[0], "==", which.cells[i])
            return f.if_(f.test(">", f.count_rows(own), f.ZERO), f.first_day(draws[1], own), start)

        def of_moves(i: int, found: Callable[[Ex, Ex], Ex]) -> Ex:
            return f.if_(f.test("==", which.cells[i], f.ZERO), f.ZERO, found(starts.cells[i], days.cells[i]))

        starts = book.beside(self.list, name, text("xlsx.column.start"), lambda i: f.if_(f.test("==", which.cells[i], f.ZERO), f.ZERO, first(i)), "date")
        said = {"accrual": text(f"xlsx.accrual.{count.accrual}"), "basis": count.basis}
        wholes = book.beside(self.list, name, text("xlsx.column.months", **said), lambda i: of_moves(i, lambda drawn, day: self._whole(count, drawn, day)))
        return book.beside(
            self.list, name, text("xlsx.column.parts", **said), lambda i: of_moves(i, lambda drawn, day: self._broken(count, wholes.cells[i], drawn, day))
        )
