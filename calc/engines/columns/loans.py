"""Interest by support year, and the prime rate on the first drawdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from calc.engines.columns.machine import MOST_PERIODS, READINGS, ColumnType, Compiler, Series
from calc.engines.columns.sql import Part, Sql
from calc.engines.columns.values import Entry, Inexact, Number, Value, Warned, guarded, meta, unknown
from calc.language import core
from calc.language.bounds import may_break, most_years
from calc.messages import text
from calc.rates.interest import ACCRUALS, PARTS, DayCount
from calc.units import value_text

DAYS, WIDE = 7, 11  # digits of a number of days, and of one of parts of a year


@READINGS.of(core.LprRate)
def prime_rate(c: Compiler, node: core.LprRate) -> Value:
    """The prime rate on the first drawdown of the record at hand: a search tree over the days it changed."""
    pool, scope, rows = c.pool, c.scope, node.list
    if (node, scope.priced) in scope.indexed:
        return scope.indexed[node, scope.priced]
    no_start, drawn = first_day(c, rows)
    day = drawn if scope.priced is None else scope.priced
    pieces: list[tuple[Sql, Sql]] = []
    term: Sql | None = None
    no_term = pool.false
    if node.term is None:
        by_end = five_years(c, drawn)
        term, no_term = by_end, pool.is_null(field(c, "end"))
        if "lpr_term" in scope.fields:
            own = field(c, "lpr_term")
            term = pool.case([(pool.is_null(own), by_end)], pool("(", own, " = '5Y')"))
            no_term = pool.both(pool.is_null(own), no_term)
    table = c.lpr.named(node.index)
    days, rates = table.days, table.rates
    numbers = [c.math.figure(rate[t]) for rate in rates for t in rate]
    found, unit, width, scale = c.math.together(numbers, False)
    by_term = {t: [d.sql for d in found[place :: len(rates[0])]] for place, t in enumerate(rates[0])}

    def search(steps: list[tuple[Any, Sql]]) -> Sql:
        if len(steps) == 1:
            return steps[0][1]
        middle = len(steps) // 2
        before = pool("(", day, f" < DATE '{steps[middle][0].isoformat()}')")
        return pool.case([(before, search(steps[:middle]))], search(steps[middle:]))

    def changes(values: list[Sql]) -> list[tuple[Any, Sql]]:
        return [(d, v) for n, (d, v) in enumerate(zip(days, values, strict=True)) if not n or v is not values[n - 1]]

    ladders = {t: search(changes(v)) for t, v in by_term.items()}
    if node.term is not None:
        rate = ladders[node.term]
    else:
        assert term is not None
        pieces = [(term, ladders["5Y"]), (pool.negate(term), ladders["1Y"])]
        rate = pool.case(pieces)
    early = pool("(", day, f" < DATE '{days[0].isoformat()}')")
    sql = pool.case([(pool("(", day, f" >= DATE '{days[0].isoformat()}')"), rate)])
    told = pool.both(pool.negate(no_start), pool.negate(no_term))
    entries = (
        Entry(no_start, f"{rows}.start"),
        Entry(pool.both(pool.negate(no_start), no_term), f"{rows}.end"),
        Entry(pool.both(told, early), node.index),
    )
    late = pool("(", day, f" > DATE '{table.verified.isoformat()}')")
    effects = [Warned(pool.both(told, early), said(c, "warn.lpr.before", day, index=node.index, first=days[0]))]
    for t in by_term:
        mine = pool.true if node.term else term if t == "5Y" else pool.negate(term or pool.true)
        if node.term in (None, t):
            words = said(c, "warn.lpr.after", day, index=node.index, verified=table.verified, rate=value_text("percent", rates[-1][t]))
            effects.append(Warned(pool.both(told, mine or pool.true, late), words))
    low, high = min(Fraction(0), *(Fraction(rate[t]) for rate in rates for t in rate)), max(n.high for n in numbers)
    before_table = pool("COALESCE(", early, ", FALSE)")
    nulls = frozenset(n for n in (no_start, no_term, before_table) if n is not pool.false)
    return Number(sql, nulls, None, entries, True, tuple(effects), width, scale, unit, low, high)


def said(c: Compiler, key: str, day: Sql, **words: Any) -> Sql:
    """A message about a day of the row."""
    mark = "\0"
    parts: list[Part] = ["("]
    for place, piece in enumerate(text(key, day=mark, **words).split(mark)):
        if place:
            parts += [" || ", c.pool("CAST(", day, " AS VARCHAR)"), " || "]
        parts.append(c.pool.text(piece))
    return c.pool(*parts, ")")


def field(c: Compiler, id: str) -> Sql:
    """A field of the record at hand, null where no record has it."""
    if id not in c.scope.fields:
        null = {"end": "DATE", "start": "DATE"}.get(id, "VARCHAR")
        return c.pool.atom(f"NULL::{null}")
    return c.pool.atom(f'{c.scope.var}."{id}"', c.scope.var)


def first_day(c: Compiler, rows: str) -> tuple[Sql, Sql]:
    """Whether the day of the first drawdown is lacking, and that day."""
    if c.scope.records != rows:
        raise Inexact("columns.nested")
    if "drawdowns" in c.scope.fields:
        day = c.pool.atom(f"{c.scope.var}._day", c.scope.var)
        if "date" not in c.scope.fields["drawdowns"].fields:
            raise Inexact("columns.loan")
        c.risk(c.any_of(field(c, "drawdowns"), "m", c.pool.atom('(m."date" IS NULL)', "m")))
        return c.pool.is_null(day), day
    day = field(c, "start")
    return (c.pool.is_null(day) if "start" in c.scope.fields else c.pool.true), day


def five_years(c: Compiler, day: Sql) -> Sql:
    """Whether the loan at hand runs for five years or more."""
    return c.pool("(", field(c, "end"), " >= ", stepped(c, day, 5), ")")


def stepped(c: Compiler, day: Sql, years: int) -> Sql:
    """A day moved by whole years."""
    return day if not years else c.pool("CAST(", day, f" + to_years({years}) AS DATE)")


def earlier(c: Compiler, a: Sql, b: Sql) -> Sql:
    """The earlier of two days."""
    return c.pool.case([(c.pool("(", a, " > ", b, ")"), b)], a)


@READINGS.of(core.Interest)
def interest(c: Compiler, node: core.Interest) -> Value:
    """Interest of the record at hand by support year, on what is outstanding.

    Linear in the movements: each drawdown bears interest from its day on, each repayment takes it off from its day on.
    """
    pool, scope, rows = c.pool, c.scope, node.list
    fields = scope.fields
    time = Time(c, node)
    rate = c.number(node.rate)
    span = c.number(node.years) if node.years is not None else None
    principal = c.value(core.Field(rows, "principal", core.MONEY))
    assert isinstance(principal, Number)
    no_start, day = first_day(c, rows)
    end = field(c, "end")
    no_end = pool.is_null(end) if "end" in fields else pool.true
    lacking = (*principal.missing, Entry(no_end, f"{rows}.end"), Entry(no_start, f"{rows}.start"))
    needs = frozenset((*(principal.nulls or ()), no_end, no_start))
    loan = Value(pool.true, needs, None, lacking)
    about = meta(pool, [loan, replace(rate, effects=()), *([span] if span is not None else [])])
    about["effects"] = (*rate.effects, *(span.effects if span is not None else ()))
    if pool.true in needs or (about["nulls"] is not None and pool.true in about["nulls"]):
        null = Number(pool.atom("CAST(NULL AS DECIMAL(1,0))"))
        return Series(null.sql, **about, total=null, parts=lambda: [null])
    c.risk(pool("COALESCE(", end, " <= ", day, ", FALSE)"))
    if rate.slack:
        raise Inexact("columns.quotient")
    moves = movements(c, principal, day, end)
    year = c.math.figure(Fraction(1, time.year))

    def between(first: Sql, stop: Sql, days: int, share: Number) -> Number:
        """Interest at a rate from a day to another, at most so many days."""
        if moves is None:
            count = time.number(day, first, stop, days)
            return c.math.times(c.math.times(c.math.times(principal, share), count), year)
        plain, drawn, scale = moves
        one = time.sql(day, pool("GREATEST(", pool.atom("m.d", "m"), ", ", first, ")"), stop)
        each = pool.each("list_transform", drawn, "m", pool("(", pool.atom("m.a", "m"), " * CAST(", one, f" AS DECIMAL({time.digits},0)))"))
        simple = pool("(", principal.sql, " * CAST(", time.sql(day, first, stop), f" AS DECIMAL({time.digits},0)))")
        sql = pool.case([(plain, pool("CAST(", simple, f" AS DECIMAL(38,{scale}))"))], pool("list_sum(", each, ")"))
        weighted = replace(principal, sql=sql, width=38, scale=scale, high=principal.high * days * time.most)
        return c.math.times(c.math.times(weighted, share), year)

    last, count = support_end(c, node, span, day, end)
    most = 366 * count + 1 if count is not None and count < 1000 else 4_000_000

    def year_of(k: int) -> tuple[Sql, Sql]:
        """The first day of a support year, from 0, and the day that its interest ends."""
        return stepped(c, day, k), last if k + 1 == count else earlier(c, last, stepped(c, day, k + 1))

    if node.repriced:
        years = [year_of(k) for k in range(years_written(node))]
        c.risk(pool("COALESCE(", last, " > ", stepped(c, day, len(years)), ", FALSE)"))
        lacks = [unknown(pool, v) for v in (loan, rate, *([span] if span is not None else []))]
        written = [(first, bearing(c, principal, moves, first, stop), partial(between, first, stop, 366)) for first, stop in years]
        return repriced(c, node, rate, about, pool.negate(pool.either(*lacks, about["nothing"] or pool.false)), written)
    gap = pool.either(no_end, no_start) if about["nulls"] is None else pool.false

    def told(number: Number) -> Number:
        return alone(replace(number, sql=pool.case([(gap, pool.atom("NULL"))], number.sql)))

    def parts() -> list[Number]:
        assert count is not None
        return [told(between(*year_of(k), 366, rate)) for k in range(count)]

    total = told(between(day, last, most, rate))
    return Series(total.sql, **about, total=total, parts=parts if count is not None and 0 < count <= MOST_PERIODS else None)


def support_end(c: Compiler, node: core.Interest, span: Number | None, day: Sql, end: Sql) -> tuple[Sql, int | None]:
    """The day that supported interest ends, of a loan drawn on ``day`` and due on ``end``; how many support years begin before, where the text says."""
    if span is None or node.years is None:
        return end, None
    each = 1 if node.years.type.kind == "months" else 12
    if span.figure is not None:
        months = int(span.figure * each)
        return earlier(c, end, c.pool("CAST(", day, f" + to_months({months}) AS DATE)") if months else day), -(-months // 12)
    if span.low < 0:
        raise Inexact("columns.signed")
    steps = whole_count(c, span, node.years, each)
    whole = c.pool("CAST(FLOOR(", c.pool.case([(c.pool("(", steps, " > 60000)"), c.pool.atom("60000"))], steps), ") AS INTEGER)")
    return earlier(c, end, c.pool("CAST(", day, " + to_months(", whole, ") AS DATE)")), None


def alone(number: Number) -> Number:
    """A number without what is said of the loan as a whole."""
    return replace(number, nulls=None, nothing=None, missing=(), effects=())


def bearing(c: Compiler, principal: Number, moves: tuple[Sql, Sql, int] | None, first: Sql, stop: Sql) -> Sql:
    """Whether anything is owed between two days, never null."""
    pool = c.pool
    simple = pool("(", stop, " > ", first, " AND ", principal.sql, " > 0)")
    if moves is not None:
        plain, drawn, _ = moves
        days = pool("CAST(GREATEST(", stop, " - GREATEST(", pool.atom("m.d", "m"), ", ", first, f"), 0) AS DECIMAL({DAYS},0))")
        owed = pool("list_sum(", pool.each("list_transform", drawn, "m", pool("(", pool.atom("m.a", "m"), " * ", days, ")")), ")")
        simple = pool.case([(plain, simple)], pool("(", owed, " > 0)"))
    return pool("COALESCE(", simple, ", FALSE)")


def repriced(
    c: Compiler, node: core.Interest, rate: Number, about: dict[str, Any], known: Sql, years: Sequence[tuple[Sql, Sql, Callable[[Number], Number]]]
) -> Series:
    """Interest at the rate of each year that bears any; of each year its first day, whether it does, and the interest at a rate.

    ``rate`` is that of the first year, ``known``: whether it and all else of the loan is known. Loans whose rate is not known in a later
    year go to the explainer.
    """
    pool, found = c.pool, [years[0][2](rate)]
    for first, bears, interest_at in years[1:]:
        share = priced(c, node.rate, first)
        if share.slack:
            raise Inexact("columns.quotient")
        reached = pool.both(known, bears)
        c.risk(pool.both(reached, pool.is_null(share.sql)) if share.nulls != frozenset() else pool.false)
        about["effects"] += guarded(pool, reached, share.effects)
        paid = interest_at(share)
        found.append(replace(paid, sql=pool.case([(bears, paid.sql)], c.math.decimal(Fraction(0), paid.width, paid.scale).sql)))
    found = [alone(replace(one, sql=pool.case([(known, one.sql)]))) for one in found]
    total = alone(c.math.plus(found, True))
    return Series(total.sql, **about | {"nulls": None}, total=total, parts=lambda: found)


def years_written(node: core.Interest) -> int:
    """How many years of re-priced interest a query has; loans that go on for longer are the explainer's."""
    most = most_years(node.years) if node.years is not None else None
    return MOST_PERIODS if most is None else min(int(most), MOST_PERIODS)


def index_rates(c: Compiler, node: core.Interest) -> list[tuple[core.LprRate, Sql | None, Number]]:
    """The index rates of re-priced interest in each year, and the days they are looked up on (of the first drawdown, if not told)."""
    days = [stepped(c, first_day(c, node.list)[1], k) if k else None for k in range(years_written(node))] if node.repriced else []
    return [(index, day, priced(c, index, day)) for index in index_nodes(node.rate) for day in days]


def index_nodes(node: core.Node) -> list[core.LprRate]:
    """The index rates that a node reads."""
    return [node] if isinstance(node, core.LprRate) else [index for below in core.children(node) for index in index_nodes(below)]


def priced(c: Compiler, rate: core.Node, day: Sql | None) -> Number:
    """A rate whose index rates are those of a day (of the first drawdown, if not told)."""
    scope, made = c.scope, c.scope.made
    scope.made, scope.priced = {}, day
    try:
        return c.number(rate)
    finally:
        scope.made, scope.priced = made, None


class Time:
    """The time that bears interest, in parts of a year: days, or by another day count, which a loan may name itself."""

    def __init__(self, c: Compiler, node: core.Interest) -> None:
        self.c = c
        self.counts: dict[str | None, DayCount] = {None: DayCount(node.basis, node.accrual)}
        if "basis" in c.scope.fields:
            self.counts |= {said: DayCount(basis, node.accrual) for said, basis in node.own}
        plain = len(self.counts) == 1 and node.accrual == "day"
        self.year = self.counts[None].year if plain else PARTS
        self.digits = DAYS if plain else WIDE
        self.most = 1 if plain else PARTS // 360  # parts that a day may be

    def sql(self, drawn: Sql, first: Sql, last: Sql) -> Sql:
        """Parts of a year from one day up to another, none where it is earlier, of a loan drawn on a day."""
        own = [(said, self._count(count, drawn, first, last)) for said, count in self.counts.items()]
        field_ = field(self.c, "basis")
        cases = [(self.c.pool("(COALESCE(", field_, ", '') = ", self.c.pool.text(str(said)), ")"), sql) for said, sql in own if said is not None]
        return self.c.pool.case(cases, own[0][1]) if cases else own[0][1]

    def number(self, drawn: Sql, first: Sql, last: Sql, days: int) -> Number:
        """The same as a number; it is at most so many days."""
        digits = 4 if self.digits == DAYS and days <= 9999 else self.digits
        return Number(self.c.pool("CAST(", self.sql(drawn, first, last), f" AS DECIMAL({digits},0))"), width=digits, high=Fraction(days * self.most))

    def _count(self, count: DayCount, drawn: Sql, first: Sql, last: Sql) -> Sql:
        pool = self.c.pool
        if count.accrual == "day":
            parts = self._days(count, first, last)
        else:
            parts = pool("(", self._upto(count, drawn, last), " - ", self._upto(count, drawn, first), ")")
        found = pool("GREATEST(", parts, ", 0)")
        return found if self.year == count.year else pool("(", found, f" * {self.year // count.year})")

    def _days(self, count: DayCount, first: Sql, last: Sql) -> Sql:
        pool = self.c.pool
        if count.basis != "30/360":
            return pool("(", last, " - ", first, ")")
        ends = [pool("(360 * year(", day, ") + 30 * month(", day, ") + LEAST(day(", day, "), 30))") for day in (last, first)]
        return pool("(", ends[0], " - ", ends[1], ")")

    def _upto(self, count: DayCount, drawn: Sql, day: Sql) -> Sql:
        """Parts from the first drawdown on: whole months or quarters, and of the days beyond no more than one of them."""
        pool, months, basis = self.c.pool, ACCRUALS[count.accrual], count.year // 12
        whole = whole_months(self.c, drawn, day)
        whole = whole if months == 1 else pool("(", whole, " - ", whole, f" % {months})")
        begun = pool("CAST(", drawn, " + to_months(CAST(", whole, " AS INTEGER)) AS DATE)")
        return pool("(", whole, f" * {basis} + LEAST(12 * ", self._days(count, begun, day), f", {months * basis}))")


def whole_count(c: Compiler, count: Number, span: core.Node, months: int = 1) -> Sql:
    """A number of years or months (of years in ``months`` each); a risk where it is no whole number."""
    sql = c.math.at(c.math.times(count, c.math.figure(months)), Fraction(1)).sql
    if may_break(span):
        c.risk(c.pool("COALESCE(", sql, " <> FLOOR(", sql, "), FALSE)"))
    return sql


def whole_months(c: Compiler, start: Sql, end: Sql) -> Sql:
    """The whole months from one day up to another that is no earlier."""
    count = c.pool("date_diff('month', ", start, ", ", end, ")")
    over = c.pool("(CAST(", start, " + to_months(CAST(", count, " AS INTEGER)) AS DATE) > ", end, ")")
    return c.pool.case([(over, c.pool("(", count, " - 1)"))], count)


def movements(c: Compiler, principal: Number, day: Sql, end: Sql) -> tuple[Sql, Sql, int] | None:
    """Whether the loan at hand is drawn and repaid at once, its movements as days ``d`` and signed amounts ``a``, and
    the scale of these.

    ``None`` where no loan has any. Impossible movements are a risk.
    """
    pool, scope = c.pool, c.scope
    found: dict[str, ColumnType] = {n: scope.fields[n] for n in ("drawdowns", "repayments") if n in scope.fields}
    if not found:
        return None
    scale = max(principal.scale, *(f.fields["amount"].scale for f in found.values() if "amount" in f.fields))
    if any({"date", "amount"} - set(f.fields) for f in found.values()):
        raise Inexact("columns.loan")
    kind = f"DECIMAL(18,{scale})"
    if 18 - scale < principal.width - principal.scale:
        raise Inexact("columns.wide")
    some: list[Sql] = []
    sums: dict[str, Sql] = {}
    for name, sign in (("drawdowns", ""), ("repayments", "-")):
        if name not in found:
            continue
        moves = field(c, name)
        many = pool("COALESCE(len(", moves, ") > 0, FALSE)")
        some.append(many)
        amount = f"CAST({sign}TRY_CAST(m.\"amount\" AS {kind}) AS {kind})"
        pairs = pool.each("list_transform", moves, "m", pool.atom("{'d': m.\"date\", 'a': " + amount + "}", "m"))
        sums[name] = pairs
        wrong = pool(pool.atom('(m."date" IS NULL OR m."amount" IS NULL OR m."date" < ', "m"), day, pool.atom(' OR m."date" > ', "m"), end, ")")
        c.risk(c.any_of(moves, "m", wrong))
        wide = pool.atom(f'(TRY_CAST(m."amount" AS {kind}) IS DISTINCT FROM m."amount")', "m")
        c.risk(c.any_of(moves, "m", wide))
    at_once = pool("[{'d': ", day, ", 'a': CAST(", principal.sql, f" AS {kind})", "}]")
    if "drawdowns" in sums:
        drawn = pool.case([(some[0], sums["drawdowns"])], at_once)
        total = pool("list_sum(", pool.each("list_transform", sums["drawdowns"], "m", pool.atom("m.a", "m")), ")")
        c.risk(pool("COALESCE(", total, " > ", principal.sql, ", FALSE)"))
    else:
        drawn = at_once
    lists: list[Part] = [drawn]
    if "repayments" in sums:
        lists += [", COALESCE(", sums["repayments"], ", [])"]
    everything = pool("list_concat(", *lists, ")") if len(lists) > 1 else drawn
    if "repayments" in sums:
        so_far = pool.each("list_filter", everything, "n", pool.atom("(n.d <= m.d)", "m"))
        left = pool("list_sum(", pool.each("list_transform", so_far, "n", pool.atom("n.a", "n")), ")")
        c.risk(c.any_of(sums["repayments"], "m", pool("COALESCE(", left, " < 0, FALSE)")))
    return pool.negate(pool.either(*some)), everything, scale
