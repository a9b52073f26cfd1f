"""Interest by support year, and the prime rate on the first drawdown, in cells."""

from __future__ import annotations

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import (
    DAYS_A_YEAR,
    OPEN_YEARS,
    SCALES,
    Place,
    Val,
    at_hand,
)
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import READINGS, Translator
from calc.language import core
from calc.language.bounds import most_years
from calc.messages import text


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
    rate = Val(made.book.lpr(start, record.hold(long, text("xlsx.column.long"))), node.type, SCALES["percent"])
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
    rate = made.run(node.rate, at, steps)
    start, end, principal = first_drawdown(made, node.list, record), record.field("end").ex, record.field("principal")
    count: Ex | None = None
    length = OPEN_YEARS
    if node.years is not None:
        span = made.run(node.years, at, steps)
        length = most_years(node.years) or length
        if not isinstance(node.years, core.Lit):
            count = record.hold(f.floor(f.over(span.ex, f.number(span.scale))), text("xlsx.column.years"))
    per_year = f.number(DAYS_A_YEAR * rate.scale * principal.scale // 100)
    edge = start
    years: list[Ex] = []
    for k in range(1, length + 1):
        upto = f.least(end, f.step_date(start, f.number(k)))
        if node.years is not None and node.years.type.kind == "months":
            fixed = f.number(int(node.years.value)) if isinstance(node.years, core.Lit) else count
            assert fixed is not None
            upto = f.least(upto, f.step_month(start, fixed))
        elif count is not None:
            upto = f.if_(f.test("<=", f.number(k), count), upto, edge)
        until = record.put(text("xlsx.step.until", year=k), "", Val(f.most(edge, upto), core.DATE)).ex
        days = record.hold(fen_days(made, node.list, principal.ex, edge, until, record), text("xlsx.column.days", year=k))
        years.append(f.over(f.times(days, rate.ex), per_year))
        edge = until
    if node.years is None:
        made.checks.append(f.or_else(f.test("<=", end, edge), Ex("TRUE", True)))
    periods = tuple(f.number(k) for k in range(1, length + 1))
    guard = f.if_(f.is_open(principal.ex), f.OPEN, years[0])
    return Val(guard, node.type, 100, False, rate.none, tuple(f.or_else(y, f.ZERO) for y in years), periods, loose=True)


def fen_days(made: Translator, list: str, principal: Ex, start: Ex, end: Ex, record: Place) -> Ex:
    """Principal outstanding times days, from ``start`` up to ``end``."""
    days = f.times(principal, f.minus(end, start))
    for name in ("drawdowns", "repayments"):
        moves = made.book.moves(list, name)
        if moves is None:
            continue
        which, day, amount = moves
        own: f.Test = (which, "==", record.number)
        moved = f.amount_days(amount, day, own, start, end)
        drawn = name == "drawdowns"
        days = f.if_(f.test(">", f.count_rows(own), f.ZERO), moved, days) if drawn else f.minus(days, moved)
    return days
