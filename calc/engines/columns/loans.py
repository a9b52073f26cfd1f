"""Interest by support year, and the prime rate on the first drawdown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.engines.columns.machine import MOST_PERIODS, READINGS, ColumnType, Compiler, Series
from calc.engines.columns.sql import Part, Sql
from calc.engines.columns.values import Entry, Inexact, Number, Value, Warned, meta
from calc.language import core
from calc.messages import text
from calc.rates.interest import DAYS_A_YEAR
from calc.units import value_text

DAYS = 7  # digits of a number of days


@READINGS.of(core.LprRate)
def prime_rate(c: Compiler, node: core.LprRate) -> Value:
    """The prime rate on the first drawdown of the record at hand: a search tree over the days it changed."""
    pool, scope, rows = c.pool, c.scope, node.list
    no_start, day = first_day(c, rows)
    pieces: list[tuple[Sql, Sql]] = []
    term: Sql | None = None
    no_term = pool.false
    if node.term is None:
        by_end = five_years(c, day)
        term, no_term = by_end, pool.is_null(field(c, "end"))
        if "lpr_term" in scope.fields:
            own = field(c, "lpr_term")
            term = pool.case([(pool.is_null(own), by_end)], pool("(", own, " = '5Y')"))
            no_term = pool.both(pool.is_null(own), no_term)
    days, rates = c.lpr.days, c.lpr.rates
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
        Entry(pool.both(told, early), "LPR"),
    )
    late = pool("(", day, f" > DATE '{c.lpr.verified.isoformat()}')")
    effects = [Warned(pool.both(told, early), said(c, "warn.lpr.before", day, first=days[0]))]
    for t in by_term:
        mine = pool.true if node.term else term if t == "5Y" else pool.negate(term or pool.true)
        if node.term in (None, t):
            words = said(c, "warn.lpr.after", day, verified=c.lpr.verified, rate=value_text("percent", rates[-1][t]))
            effects.append(Warned(pool.both(told, mine or pool.true, late), words))
    high = max(n.high for n in numbers)
    before_table = pool("COALESCE(", early, ", FALSE)")
    nulls = frozenset(n for n in (no_start, no_term, before_table) if n is not pool.false)
    return Number(sql, nulls, None, entries, True, tuple(effects), width, scale, unit, Fraction(0), high)


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
    """Interest of the record at hand by support year, Actual/360 on what is outstanding.

    Linear in the movements: each drawdown bears interest from its day on, each repayment takes it off from its day on.
    """
    pool, scope, rows = c.pool, c.scope, node.list
    fields = scope.fields
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
    if rate.slack or rate.low < 0:
        raise Inexact("columns.quotient")
    moves = movements(c, principal, day, end)
    year = c.math.figure(Fraction(1, DAYS_A_YEAR))

    def between(first: Sql, last: Sql | None, days: int) -> Number:
        """Interest from a day to another (the end, if not told), at most so many days."""
        stop = end if last is None else earlier(c, end, last)
        if moves is None:
            count = elapsed(c, first, stop, days)
            return c.math.times(c.math.times(c.math.times(principal, rate), count), year)
        plain, drawn, scale = moves
        one = elapsed_sql(c, pool("GREATEST(", pool.atom("m.d", "m"), ", ", first, ")"), stop)
        each = pool.each("list_transform", drawn, "m", pool("(", pool.atom("m.a", "m"), " * CAST(", one, f" AS DECIMAL({DAYS},0)))"))
        simple = pool("(", principal.sql, " * CAST(", elapsed_sql(c, first, stop), f" AS DECIMAL({DAYS},0)))")
        sql = pool.case([(plain, pool("CAST(", simple, f" AS DECIMAL(38,{scale}))"))], pool("list_sum(", each, ")"))
        weighted = replace(principal, sql=sql, width=38, scale=scale, high=principal.high * days)
        return c.math.times(c.math.times(weighted, rate), year)

    months = node.years is not None and node.years.type.kind == "months"
    fixed = int(span.figure) if span is not None and span.figure is not None else None
    count = -(-fixed // 12) if months and fixed is not None else fixed
    if span is not None and count is None:
        if span.low < 0:
            raise Inexact("columns.signed")
        steps = c.math.at(span, Fraction(1)).sql
        whole = pool("CAST(FLOOR(", pool.case([(pool("(", steps, " > 5000)"), pool.atom("5000"))], steps), ") AS INTEGER)")
        last: Sql | None = pool("CAST(", day, " + to_months(" if months else " + to_years(", whole, ") AS DATE)")
    else:
        last = None if count is None else stepped(c, day, count)
        if months and fixed is not None:
            last = c.pool("CAST(", day, f" + to_months({fixed}) AS DATE)")
    most = 366 * count + 1 if count is not None and count < 1000 else 4_000_000
    total = between(day, last, most)
    if about["nulls"] is None:
        total = replace(total, sql=pool.case([(pool.either(no_end, no_start), pool.atom("NULL"))], total.sql))
    total = replace(total, nulls=None, nothing=None, missing=(), effects=())
    strip: dict[str, Any] = {"nulls": None, "nothing": None, "missing": (), "effects": ()}

    def parts() -> list[Number]:
        assert count is not None
        ends = [*(stepped(c, day, k + 1) for k in range(count - 1)), last]
        return [replace(between(stepped(c, day, k), ends[k], 366), **strip) for k in range(count)]

    written = count is not None and 0 < count <= MOST_PERIODS
    return Series(total.sql, **about, total=total, parts=parts if written else None)


def elapsed_sql(c: Compiler, first: Sql, last: Sql) -> Sql:
    """Days from one day up to another, none where it is earlier."""
    days = c.pool("(", last, " - ", first, ")")
    return c.pool("GREATEST(", days, ", 0)")


def elapsed(c: Compiler, first: Sql, last: Sql, most: int) -> Number:
    """The same as a number."""
    sql = c.pool("CAST(", elapsed_sql(c, first, last), f" AS DECIMAL({DAYS if most > 9999 else 4},0))")
    return Number(sql, width=DAYS if most > 9999 else 4, high=Fraction(most))


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
