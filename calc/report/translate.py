"""The core as spreadsheet formulas: every node has its formula, no scheme has its own.

Figures are kept as whole numbers: a value stands in its cell times a fixed ``scale`` (100 for money: fen), so that
percentages, limits, tiers and sums are exact as long as they stay below 2^48, where spreadsheets compare exactly.
Interest and ratios are divisions and may be off by a fen; ``Val.exact`` says which is which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Any, Protocol

from calc.facts import Facts
from calc.language import core
from calc.language.bounds import bounds
from calc.language.render import render
from calc.messages import text
from calc.report import formula as f
from calc.report.formula import Ex, Span
from calc.units import Number

# a cell's whole number is the value times this; a finer figure given raises it
SCALES = {
    "money": 100, "usd": 100, "percent": 10**6, "area": 100, "mu": 100, "tonne": 1000, "kg": 1000, "years": 1200, "months": 100,
    "count": 1, "number": 10**4,
}  # fmt: skip
SAFE = 2**48
FINEST = 1000  # parts of a fen a product may keep before it is cut
OPEN_YEARS = 10  # years laid out where the term is open
LONG = 1500  # formulas beyond this many characters are split over helper cells
DEEP = 20  # and choices beyond this many branches
DAYS_A_YEAR = 360


class NoFormula(Exception):
    """A formula of a form that is not laid out; the amount then stands in the workbook as a figure."""


@dataclass(slots=True)
class Val:
    """What a node became. ``ex`` is a whole number at ``scale``, a verdict, a date or a label; for a series its total,
    with one cell a period in ``years`` (as long as it is ``loose``, not yet put anywhere, ``ex`` only says whether there is
    a total: a gap if not). ``none``: it may turn out that nothing fits. ``undecided``: items counted on the way although
    their gate is unknown."""

    ex: Ex
    type: core.Type
    scale: int = 1
    exact: bool = True
    none: bool = False
    years: tuple[Ex, ...] | None = None
    periods: tuple[Ex, ...] = ()
    undecided: Ex = f.ZERO
    loose: bool = False

    def at(self, scale: int) -> Ex:
        """``ex`` at a multiple of its own scale."""
        return _scaled(self.ex, scale // self.scale)

    def years_at(self, scale: int) -> tuple[Ex, ...]:
        """``years`` at a multiple of the scale; a plain number counts as year 1."""
        return tuple(_scaled(y, scale // self.scale) for y in self.years) if self.years is not None else (self.at(scale),)


def _scaled(ex: Ex, factor: int) -> Ex:
    return f.number(ex.value * factor) if ex.text.lstrip("-").isdigit() else f.times(ex, f.number(factor))


class Place(Protocol):
    """Where formulas are put: the steps of a benefit, or one record's row of a table."""

    def put(self, label: str, said: str, val: Val) -> Val:
        """A labelled step; gives the value with its cells. A loose series gets one cell a year and one for its total."""

    def hold(self, ex: Ex, label: str = "") -> Ex:
        """A helper cell."""

    def case(self, said: str, verdict: Ex) -> Ex:
        """The condition of a case."""

    def field(self, id: str) -> Val:
        """A field of the record at hand."""

    def stated(self, id: str) -> Ex:
        """Whether a field of the record at hand was stated, a verdict."""

    @property
    def position(self) -> Ex:
        """The place of the record among those given."""

    @property
    def number(self) -> Ex:
        """The number of the record in its sheet, from 1."""


class Table(Protocol):
    """A table of formulas, one row a record of a list."""

    exists: Span
    row: Span

    def lines(self) -> Iterable[Place]:
        """Its rows; each must be used in the same way."""

    def column(self, label: str, cell: Callable[[int], Ex], form: str = "whole") -> Span:
        """A column with ``cell(i)`` in row i (from 0)."""

    def below(self, label: str, ex: Ex) -> Ex:
        """A labelled figure under the table."""

    def span(self, cells: Sequence[Ex]) -> Span:
        """Cells that stand in one column, top to bottom."""

    def merge(self, by: str, summed: Sequence[str]) -> None:
        """Records with the same ``by`` become one, their ``summed`` fields added up."""


class Book(Protocol):
    """The sheets formulas refer to."""

    names: Facts

    def fact(self, id: str) -> Val:
        """A fact of the project."""

    def stated(self, id: str) -> Ex:
        """Whether a fact was stated, a verdict."""

    def listed(self, list: str) -> Ex:
        """Whether a record list was given at all, a verdict."""

    def table(self, list: str, title: str) -> Table:
        """A new table of formulas over the records of a list."""

    def lpr(self, day: Ex, term: Ex) -> Ex:
        """The loan prime rate in force on a day, at the scale of percentages; ``term`` is a verdict: 5Y, else 1Y."""

    def moves(self, list: str, field: str) -> tuple[Span, Span, Span] | None:
        """Record numbers, dates and amounts (fen) of a nested list, where the list has it."""


@dataclass(slots=True)
class Cut:
    """A limit and what it took off, both in fen, for the line that names the limit which binds."""

    scope: str
    limit: Ex
    cut: Ex


@dataclass(slots=True)
class Translator:
    """Translates the nodes of one benefit; what it meets on the way is kept for the benefit's result."""

    book: Book
    cuts: list[Cut] = field(default_factory=list)
    broken: list[Ex] = field(default_factory=list)
    counted: list[tuple[core.Items, Ex, Ex, Ex]] = field(default_factory=list)
    checks: list[Ex] = field(default_factory=list)
    _known: dict[int, Val] = field(default_factory=dict)
    _starts: dict[str, Ex] = field(default_factory=dict)

    def run(self, node: core.Node, at: Place | None, steps: Place) -> Val:
        """A node as a value. ``at`` is the record at hand, None outside of records; ``steps`` takes the benefit's steps."""
        val = self._loose(node, at, steps)
        return (at or steps).put(text("xlsx.step.years"), "", val) if val.loose else val

    def _loose(self, node: core.Node, at: Place | None, steps: Place) -> Val:
        method: Callable[[Any, Place | None, Place], Val] = getattr(self, "_" + type(node).__name__.lower())
        val = method(node, at, steps)
        if len(val.ex.text) > LONG:
            val = replace(val, ex=(at or steps).hold(val.ex))
        return val

    def verdict(self, node: core.Node, at: Place | None, steps: Place) -> Ex:
        """A yes/no node as a verdict."""
        return self.run(node, at, steps).ex

    # ---------------------------------------------------------------- leaves

    def _lit(self, node: core.Lit, at: Place | None, steps: Place) -> Val:
        value, kind = node.value, node.type.kind
        if kind == "bool":
            return Val(f.ONE if value else f.ZERO, node.type)
        if kind == "date":
            return Val(f.date(value), node.type)
        scale = lcm(Fraction(value).denominator, 100 if kind == "money" else 1)
        return Val(f.number(int(value * scale)), node.type, scale)

    def _fact(self, node: core.Fact, at: Place | None, steps: Place) -> Val:
        return self.book.fact(node.id)

    def _field(self, node: core.Field, at: Place | None, steps: Place) -> Val:
        return _record(at).field(node.id)

    def _position(self, node: core.Position, at: Place | None, steps: Place) -> Val:
        return Val(_record(at).position, node.type)

    def _given(self, node: core.Given, at: Place | None, steps: Place) -> Val:
        stated = self.book.stated(node.arg.id) if isinstance(node.arg, core.Fact) else _record(at).stated(node.arg.id)
        return Val(stated, node.type)

    def _lprrate(self, node: core.LprRate, at: Place | None, steps: Place) -> Val:
        record = _record(at)
        start = self.start(node.list, record)
        if node.term is not None:
            long = f.ONE if node.term == "5Y" else f.ZERO
        else:
            fields = self.book.names[node.list].fields
            by_end = f.if_(f.test(">=", record.field("end").ex, f.step_date(start, f.number(5))), f.ONE, f.ZERO)
            long = by_end
            if "lpr_term" in fields:
                named = record.field("lpr_term").ex
                long = f.if_(f.is_open(named), by_end, f.if_(f.test("==", named, f.word(fields["lpr_term"].value_name("5Y"))), f.ONE, f.ZERO))
        rate = Val(self.book.lpr(start, record.hold(long, text("xlsx.column.long"))), node.type, SCALES["percent"])
        return record.put("LPR", "", rate)

    def start(self, list: str, record: Place) -> Ex:
        """The day of the first drawdown."""
        key = record.number.text
        if key in self._starts:
            return self._starts[key]
        start = record.field("start").ex if "start" in self.book.names[list].fields else f.OPEN
        moves = self.book.moves(list, "drawdowns")
        if moves is None:
            return start
        which, days, _ = moves
        drawn = f.count_rows((which, "==", record.number))
        first = f.if_(f.test(">", drawn, f.ZERO), f.first_day(days, (which, "==", record.number)), start)
        self._starts[key] = record.put(text("xlsx.column.start"), "", Val(first, core.DATE)).ex
        return self._starts[key]

    # ---------------------------------------------------------------- arithmetic and tests

    def _arith(self, node: core.Arith, at: Place | None, steps: Place) -> Val:
        left, right = self.run(node.left, at, steps), self.run(node.right, at, steps)
        if left.years is not None and right.years is not None:
            raise NoFormula
        if node.op in "+-":
            scale = lcm(left.scale, right.scale)
            run = f.plus if node.op == "+" else f.minus
            return self._each_year(node, left, right, scale, lambda a, b: run(_scaled(a, scale // left.scale), _scaled(b, scale // right.scale)), at, steps)
        if node.op == "*":
            return self._product(node, left, right, at, steps)
        fen = 100 if node.type.kind == "money" else 1
        up, down = Fraction(right.scale * fen, left.scale).as_integer_ratio()
        val = self._each_year(
            node, left, right, fen, lambda a, b: f.over(_scaled(a, up), _scaled(b, down)), at, steps
        )
        return replace(val, exact=False)

    def _product(self, node: core.Arith, left: Val, right: Val, at: Place | None, steps: Place) -> Val:
        scale = left.scale * right.scale
        spare = scale // (100 * FINEST) if node.type.kind == "money" and scale % (100 * FINEST) == 0 else 1
        if spare == 1 or not (left.exact and right.exact):
            return self._each_year(node, left, right, scale, f.times, at, steps)
        # too fine to multiply out: the larger factor is split, and what is below a thousandth of a fen is cut
        big, small = (left, right) if left.type.kind == "money" else (right, left)
        divisor = f.number(spare)

        def split(a: Ex, b: Ex) -> Ex:
            big, small = (a, b) if left.type.kind == "money" else (b, a)
            whole = f.floor(f.over(big, divisor))
            rest = f.minus(big, f.times(whole, divisor))
            return f.plus(f.times(whole, small), f.floor(f.over(f.times(rest, small), divisor)))

        place = at or steps
        if big.years is None:
            big = replace(big, ex=_atom(big.ex, place))
        small = replace(small, ex=_atom(small.ex, place)) if small.years is None else small
        left, right = (big, small) if left.type.kind == "money" else (small, big)
        return self._each_year(node, left, right, scale // spare, split, at, steps)

    def _each_year(
        self, node: core.Node, left: Val, right: Val, scale: int, run: Callable[[Ex, Ex], Ex], at: Place | None, steps: Place
    ) -> Val:
        """Two values as one; a series year by year."""
        joined = _joined(node.type, scale, left, right)
        if left.years is None and right.years is None:
            place = at or steps
            if joined.none:
                left, right = replace(left, ex=_atom(left.ex, place)), replace(right, ex=_atom(right.ex, place))
            return replace(joined, ex=_strict(run(left.ex, right.ex), left, right))
        dated, plain = (left, right) if left.years is not None else (right, left)
        assert dated.years is not None
        factor = _atom(plain.ex, at or steps)
        years = tuple(run(y, factor) if dated is left else run(factor, y) for y in dated.years)
        return replace(joined, ex=dated.ex, years=years, periods=dated.periods, loose=True)

    def _extreme(self, node: core.Extreme, at: Place | None, steps: Place) -> Val:
        vals = [self.run(a, at, steps) for a in node.args]
        joined = _joined(node.type, lcm(*(v.scale for v in vals)), *vals)
        if joined.none:
            vals = [replace(v, ex=_atom(v.ex, at or steps)) for v in vals]
        run = f.least if node.op == "min" else f.most
        return replace(joined, ex=_strict(run(*(v.at(joined.scale) for v in vals)), *vals))

    def _compare(self, node: core.Compare, at: Place | None, steps: Place) -> Val:
        left, right = self.run(node.left, at, steps), self.run(node.right, at, steps)
        joined = _joined(node.type, lcm(left.scale, right.scale), left, right)
        place = at or steps
        if left.type.kind == "bool":
            a, b = _atom(left.ex, place), _atom(right.ex, place)
            same = f.if_(f.test("==", a, b), f.ONE, f.ZERO)
            unsure = f.some(f.test("==", a, f.UNKNOWN), f.test("==", b, f.UNKNOWN))
            return replace(joined, scale=1, ex=f.if_(unsure, f.UNKNOWN, same if node.op == "==" else f.opposite(same)))
        if joined.none:
            left, right = (replace(v, ex=_atom(v.ex, place)) for v in (left, right))
            met = f.verdict(f.test(node.op, left.at(joined.scale), right.at(joined.scale)), f.ZERO)
            ex = f.if_(f.some(f.is_open(left.ex), f.is_open(right.ex)), f.UNKNOWN, met)
        else:
            ex = f.verdict(f.test(node.op, left.at(joined.scale), right.at(joined.scale)))
        return replace(joined, scale=1, none=False, exact=True, ex=ex)

    def _member(self, node: core.Member, at: Place | None, steps: Place) -> Val:
        item = self.run(node.item, at, steps)
        if isinstance(node.item, core.Fact):
            definition = self.book.names[node.item.id]
        elif isinstance(node.item, core.Field):
            definition = self.book.names[node.item.list].fields[node.item.id]
        else:
            raise NoFormula
        hits = f.some(*(f.test("==", item.ex, f.word(definition.value_name(v))) for v in node.values))
        found = f.verdict(hits)
        return Val(f.opposite(found) if node.negated else found, node.type)

    def _not(self, node: core.Not, at: Place | None, steps: Place) -> Val:
        arg = self.run(node.arg, at, steps)
        return replace(arg, ex=f.opposite(arg.ex))

    def _allof(self, node: core.AllOf, at: Place | None, steps: Place) -> Val:
        vals = [self.run(a, at, steps) for a in node.args]
        return replace(_joined(node.type, 1, *vals), ex=f.least(*(v.ex for v in vals)))

    def _anyof(self, node: core.AnyOf, at: Place | None, steps: Place) -> Val:
        vals = [self.run(a, at, steps) for a in node.args]
        return replace(_joined(node.type, 1, *vals), ex=f.most(*(v.ex for v in vals)))

    def _stepyears(self, node: core.StepYears, at: Place | None, steps: Place) -> Val:
        day, years = self.run(node.date, at, steps), self.run(node.years, at, steps)
        count = f.floor(f.over(years.ex, f.number(years.scale))) if years.scale != 1 else years.ex
        count = count if node.sign > 0 else f.minus(f.ZERO, count)
        return replace(_joined(node.type, 1, day, years), ex=f.step_date(day.ex, count))

    def _yearof(self, node: core.YearOf, at: Place | None, steps: Place) -> Val:
        day = self.run(node.date, at, steps)
        return replace(_joined(node.type, 1, day), ex=f.year_of(day.ex))

    # ---------------------------------------------------------------- choices

    def _choose(self, node: core.Choose, at: Place | None, steps: Place) -> Val:
        place = at or steps
        verdicts: list[Ex] = []
        vals: list[Val] = []
        for condition, value in node.branches:
            verdicts.append(_atom(place.case(render(condition, self.book.names), self.verdict(condition, at, steps)), place))
            vals.append(self.run(value, at, steps))
        if node.otherwise is not None:
            if not isinstance(node.otherwise, core.Lit):
                place.case(text("render.other"), f.least(*(f.opposite(v) for v in verdicts)))
            vals.append(self.run(node.otherwise, at, steps))
        joined = _joined(node.type, lcm(*(v.scale for v in vals)), *vals)
        otherwise = node.otherwise is not None
        joined.none = joined.none or not otherwise
        joined.undecided = _chosen(verdicts, [v.undecided for v in vals], otherwise, f.ZERO, f.ZERO, place)
        joined.ex = _chosen(verdicts, [v.at(joined.scale) for v in vals], otherwise, f.NONE, f.OPEN, place)
        if all(v.years is None for v in vals):
            return joined
        length = max(len(v.years_at(1)) if v.years is not None else 1 for v in vals)
        columns = [_padded(v.years_at(joined.scale), length, f.ZERO) for v in vals]
        named = [_padded(v.periods if v.years is not None else (f.word("1"),), length, f.word("")) for v in vals]
        years = tuple(_chosen(verdicts, [c[k] for c in columns], otherwise, f.ZERO, f.ZERO, place) for k in range(length))
        periods = tuple(_chosen(verdicts, [n[k] for n in named], otherwise, f.word(""), f.word(""), place) for k in range(length))
        return replace(joined, years=years, periods=periods, loose=True)

    # ---------------------------------------------------------------- amounts

    def _step(self, node: core.Step, at: Place | None, steps: Place) -> Val:
        if isinstance(node.node, core.Cap):
            return self._cap(node.node, at, steps)
        said = render(node.node, self.book.names, brief=True)
        return (at or steps).put(text(f"step.{node.label}"), said, self._loose(node.node, at, steps))

    def _cap(self, node: core.Cap, at: Place | None, steps: Place) -> Val:
        place = at or steps
        whole = self.run(node.value, at, steps)
        if whole.years is None:
            whole = replace(whole, ex=_atom(whole.ex, place))
        label = text(f"step.limit.{node.scope}")
        limit = place.put(label, render(node.limit, self.book.names, brief=True), self.run(node.limit, at, steps))
        joined = _joined(node.type, lcm(whole.scale, limit.scale), whole, limit)
        joined.none = whole.none
        scale = joined.scale
        bound = limit.at(scale)
        if limit.none:  # no limit fits: none applies
            bound = place.hold(f.if_(f.is_none(limit.ex), f.number(SAFE), bound))
        least = bounds(node.limit)[0] if isinstance(core.bare(node.limit), core.Choose) else None
        if least is not None:  # still open between several figures: below the least of them it cannot bind
            low = f.number(int(least * scale))
            bound = place.hold(f.if_(f.is_open(bound), f.if_(f.test("<=", whole.at(scale), low), low, f.OPEN), bound))
        if whole.years is None:
            kept = replace(joined, ex=_strict(f.least(whole.at(scale), bound), whole, replace(limit, none=False)))
        else:
            parts = whole.years_at(scale)
            yearly = node.scope in ("year", "enterprise-year")
            years = tuple(f.least(y, bound) for y in parts) if yearly else _running(whole, scale, bound)
            kept = replace(joined, ex=whole.ex, years=years, periods=whole.periods, loose=True)
        kept = place.put(text("xlsx.step.capped"), text("xlsx.said.capped", limit=label), kept)
        if at is None and node.type.kind == "money":
            fen = f.number(scale // 100)
            self.cuts.append(Cut(node.scope, f.over(bound, fen), f.over(f.minus(whole.at(scale), kept.ex), fen)))
        return kept

    def _total(self, node: core.Total, at: Place | None, steps: Place) -> Val:
        vals = [self.run(p, at, steps) for p in node.parts]
        joined = _joined(node.type, lcm(*(v.scale for v in vals)), *vals)
        if joined.none:
            vals = [replace(v, ex=_atom(v.ex, at or steps)) for v in vals]
        joined.ex = _strict(_sum([v.at(joined.scale) for v in vals]), *vals)
        dated = [v for v in vals if v.years is not None]
        if not dated:
            return joined
        joined.ex = joined.ex if len(vals) > 1 else vals[0].ex
        length = max(len(v.years or ()) for v in dated)
        counted = [str(k) for k in range(1, length + 1)]
        if len(vals) > 1 and any(p.text.strip('"') != k for v in dated for p, k in zip(v.periods, counted, strict=False)):
            raise NoFormula
        columns = [_padded(v.years_at(joined.scale), length, f.ZERO) for v in vals]
        years = tuple(_sum([c[k] for c in columns]) for k in range(length))
        longest = max(dated, key=lambda v: len(v.periods))
        return replace(joined, years=years, periods=longest.periods, loose=True)

    def _years(self, node: core.Years, at: Place | None, steps: Place) -> Val:
        vals = [self.run(v, at, steps) for v in node.values]
        joined = _joined(node.type, lcm(*(v.scale for v in vals)), *vals)
        years = tuple(v.at(joined.scale) for v in vals)
        return replace(joined, ex=f.ZERO, years=years, periods=tuple(f.word(p) for p in node.periods), loose=True)

    def _fill(self, node: core.Fill, at: Place | None, steps: Place) -> Val:
        value, caps = self.run(node.value, at, steps), self._loose(node.years, at, steps)
        place = at or steps
        if caps.loose:
            caps = place.put(text("step.years"), render(node.years, self.book.names), caps)
        value = replace(value, ex=_atom(value.ex, place))
        joined = _joined(node.type, lcm(value.scale, caps.scale), value, caps)
        years = _running(caps, joined.scale, value.at(joined.scale))
        return replace(joined, ex=_strict(f.plus(value.ex, caps.ex), value, caps), years=years, periods=caps.periods, loose=True)

    def _interest(self, node: core.Interest, at: Place | None, steps: Place) -> Val:
        record = _record(at)
        rate = self.run(node.rate, at, steps)
        start, end, principal = self.start(node.list, record), record.field("end").ex, record.field("principal")
        count: Ex | None = None
        length = OPEN_YEARS
        if node.years is not None:
            span = self.run(node.years, at, steps)
            high = bounds(node.years)[1]
            length = int(high) if high is not None else length
            if not isinstance(node.years, core.Lit):
                count = record.hold(f.floor(f.over(span.ex, f.number(span.scale))), text("xlsx.column.years"))
        per_year = f.number(DAYS_A_YEAR * rate.scale * principal.scale // 100)
        edge = start
        years: list[Ex] = []
        for k in range(1, length + 1):
            upto = f.least(end, f.step_date(start, f.number(k)))
            if count is not None:
                upto = f.if_(f.test("<=", f.number(k), count), upto, edge)
            until = record.put(text("xlsx.step.until", year=k), "", Val(f.most(edge, upto), core.DATE)).ex
            days = record.hold(self._fen_days(node.list, principal.ex, edge, until, record), text("xlsx.column.days", year=k))
            years.append(f.over(f.times(days, rate.ex), per_year))
            edge = until
        if node.years is None:
            self.checks.append(f.or_else(f.test("<=", end, edge), Ex("TRUE", True)))
        periods = tuple(f.number(k) for k in range(1, length + 1))
        guard = f.if_(f.is_open(principal.ex), f.OPEN, years[0])
        return Val(guard, node.type, 100, False, rate.none, tuple(f.or_else(y, f.ZERO) for y in years), periods, loose=True)

    def _fen_days(self, list: str, principal: Ex, start: Ex, end: Ex, record: Place) -> Ex:
        """Principal outstanding times days, from ``start`` up to ``end``."""
        days = f.times(principal, f.minus(end, start))
        for name in ("drawdowns", "repayments"):
            moves = self.book.moves(list, name)
            if moves is None:
                continue
            which, day, amount = moves
            own: f.Test = (which, "==", record.number)
            moved = f.amount_days(amount, day, own, start, end)
            drawn = name == "drawdowns"
            days = f.if_(f.test(">", f.count_rows(own), f.ZERO), moved, days) if drawn else f.minus(days, moved)
        return days

    # ---------------------------------------------------------------- records

    def _fold(self, node: core.Fold, at: Place | None, steps: Place) -> Val:
        if id(node) in self._known:
            return self._known[id(node)]
        table = self.book.table(node.list, render(node, self.book.names))
        passes: list[Ex] = []
        vals: list[Val] = []
        for line in table.lines():
            where = self.verdict(node.where, line, steps) if node.where is not None else f.ONE
            passes.append(line.put(text("xlsx.column.where"), "", Val(where, core.BOOL)).ex)
            val = self.run(node.value, line, steps) if node.value is not None else Val(f.ONE, core.COUNT)
            vals.append(line.put(text("xlsx.column.value"), "", val))
        given = self.book.listed(node.list)
        if node.op in ("any", "all"):
            spare = f.ZERO if node.op == "any" else f.ONE

            def deciding(i: int) -> Ex:
                value = f.if_(f.test("==", passes[i], f.UNKNOWN), f.UNKNOWN, vals[i].ex)
                return f.if_(f.every(f.test("==", table.exists.cells[i], f.ONE), f.test(">", passes[i], f.ZERO)), value, spare)

            column = table.column(text("xlsx.column.counts"), deciding, "verdict")
            found = f.most_of(column) if node.op == "any" else f.least_of(column)
            return self._keep(node, Val(table.below(text("xlsx.below.result"), f.if_(f.test("==", given, f.ONE), found, f.UNKNOWN)), node.type))
        state = table.column(
            text("xlsx.column.state"),
            lambda i: _state(table.exists.cells[i], passes[i], f.test("==", passes[i], f.UNKNOWN), vals[i].ex),
        )
        filler = {"largest": f.number(-SAFE), "smallest": f.number(SAFE)}.get(node.op, f.ZERO)
        clean = table.column(text("xlsx.column.counts"), lambda i: f.if_(f.test("==", state.cells[i], f.ONE), vals[i].ex, filler))
        found = {"largest": f.most_of, "smallest": f.least_of}.get(node.op, f.add_up)(clean)
        none = node.op in ("largest", "smallest")
        if none:
            found = f.if_(f.test("==", f.count_rows((state, "==", f.ONE)), f.ZERO), f.NONE, found)
        open_ = table.below(text("xlsx.below.open"), f.count_rows((state, "==", f.number(2))))
        ex = f.if_(f.some(f.test("==", given, f.ZERO), f.test(">", open_, f.ZERO)), f.OPEN, found)
        return self._keep(node, replace(vals[0], ex=table.below(text("xlsx.below.result"), ex), type=node.type, none=none))

    def _keep(self, node: core.Node, val: Val) -> Val:
        self._known[id(node)] = val
        return val

    def _items(self, node: core.Items, at: Place | None, steps: Place) -> Val:
        if id(node) in self._known:
            return self._known[id(node)]
        names = self.book.names
        table = self.book.table(node.list, render(node, names))
        if node.merge_by is not None:
            used = core.facts_in(node)
            table.merge(node.merge_by, [n for n in node.merged if f"{node.list}.{n}" in used])
        passes: list[Ex] = []
        vals: list[Val] = []
        groups: list[Ex] = []
        spans: list[Ex] = []
        rules: list[Ex] = []
        for line in table.lines():
            if node.requires:
                held = f.least(*(self.verdict(r.condition, line, steps) for r in node.requires))
                rules.append(line.put(text("xlsx.column.rule"), "", Val(held, core.BOOL)).ex)
            where = self.verdict(node.where, line, steps) if node.where is not None else f.ONE
            passes.append(line.put(text("xlsx.column.where"), "", Val(where, core.BOOL)).ex)
            vals.append(line.put(text("xlsx.column.value"), "", self._loose(node.value, line, steps)))
            if node.group_by is not None:
                groups.append(line.put(text("xlsx.column.group"), "", self.run(node.group_by, line, steps)).ex)
            span = node.year or node.years
            if span is not None:
                found = self.run(span, line, steps)
                span_ex = f.floor(f.over(found.ex, f.number(found.scale))) if found.scale != 1 else found.ex
                spans.append(line.hold(span_ex, text("xlsx.column.years" if node.year is None else "xlsx.column.year")))
        if rules:
            broken = table.span(rules)
            self.broken.append(f.count_rows((broken, "==", f.ZERO), (table.exists, "==", f.ONE)))

        def state_of(i: int) -> Ex:
            unsure = [f.is_gap(one[i]) for one in (groups, spans) if one]
            return _state(table.exists.cells[i], passes[i], f.some(f.is_open(vals[i].ex), *unsure), vals[i].ex)

        state = table.column(text("xlsx.column.state"), state_of)
        rows = table.below(text("xlsx.below.rows"), f.add_up(table.exists))
        counted = table.below(text("xlsx.below.counted"), f.count_rows((state, ">", f.ZERO)))
        open_ = table.below(text("xlsx.below.open"), f.count_rows((state, "==", f.number(2))))
        undecided = f.ZERO
        if node.where is not None:
            undecided = f.count_rows((state, ">", f.ZERO), (table.span(passes), "==", f.UNKNOWN))
            undecided = table.below(text("xlsx.below.undecided"), undecided)
        self.counted.append((node, rows, counted, undecided))
        joined = _joined(node.type, vals[0].scale, *vals)
        joined.undecided = _sum([undecided, *dict.fromkeys(v.undecided for v in vals if v.undecided != f.ZERO)])
        joined.none = True
        years, periods, total = _Gather(node, table, state, vals, groups, spans, self, steps).run()
        given = self.book.listed(node.list)
        missing = f.some(f.test("==", given, f.ZERO), f.test(">", open_, f.ZERO))
        joined.ex = f.if_(missing, f.OPEN, f.if_(f.test("==", counted, f.ZERO), f.NONE, total))
        joined.years, joined.periods, joined.loose = years, periods, years is not None
        return self._keep(node, joined)


class _Gather:
    """What the rows of a table come to: top → best of each group → sums by group and year → limits of groups."""

    def __init__(
        self, node: core.Items, table: Table, state: Span, vals: list[Val], groups: list[Ex], spans: list[Ex], run: Translator, steps: Place
    ) -> None:
        self.node = node
        self.table = table
        self.alive = state
        self.vals = vals
        self.run_ = run
        self.steps = steps
        self.order = table.row
        self.groups = self.clean(text("xlsx.column.group"), groups, f.word("")) if groups else None
        self.spans = self.clean(text("xlsx.column.year"), spans, f.ZERO) if spans else None

    def clean(self, label: str, cells: Sequence[Ex], instead: Ex) -> Span:
        return self.table.column(label, lambda i: f.if_(f.test("==", self.alive.cells[i], f.ONE), cells[i], instead))

    def counts(self, i: int) -> Ex:
        return f.test("==", self.alive.cells[i], f.ONE)

    def run(self) -> tuple[tuple[Ex, ...] | None, tuple[Ex, ...], Ex]:
        node = self.node
        value = self.clean(text("xlsx.column.counts"), [v.ex for v in self.vals], f.ZERO)
        if node.top is not None:
            self.keep_best(value, None, node.top)
        if node.take == "max":
            self.keep_best(value, self.groups, 1)
        series = self.vals[0].years is not None
        if (series or node.years is not None) and (self.groups is not None and (node.group_cap or node.group_year_cap or node.first_years)):
            raise NoFormula
        if series and (node.year is not None or node.years is not None):
            raise NoFormula
        if series:
            columns = [self.table.span([(v.years or ())[k] for v in self.vals]) for k in range(len(self.vals[0].years or ()))]
            return self.earliest([f.sum_rows(c, (self.alive, "==", f.ONE)) for c in columns])
        if node.years is not None:
            assert self.spans is not None
            high = bounds(node.years)[1]
            length = int(high) if high is not None else OPEN_YEARS
            if high is None:
                beyond = f.count_rows((self.spans, ">", f.number(length)))
                self.run_.checks.append(f.test("==", beyond, f.ZERO))
            return self.earliest([f.sum_rows(value, (self.alive, "==", f.ONE), (self.spans, ">=", f.number(k))) for k in range(1, length + 1)])
        if node.year is None and self.groups is None:
            return None, (), f.sum_rows(value, (self.alive, "==", f.ONE))
        return self.by_group_and_year(value)

    def keep_best(self, value: Span, groups: Span | None, count: int) -> None:
        """Only the ``count`` most valuable rows (of each group) stay; of equals the first."""
        alive, order = self.alive, self.order

        def stays(i: int) -> Ex:
            same: list[f.Test] = [(alive, "==", f.ONE)] + ([(groups, "==", groups.cells[i])] if groups is not None else [])
            above = f.count_rows(*same, (value, ">", value.cells[i]))
            before = f.count_rows(*same, (value, "==", value.cells[i]), (order, "<", order.cells[i]))
            return f.if_(f.every(f.test("==", alive.cells[i], f.ONE), f.test("<", f.plus(above, before), f.number(count))), f.ONE, f.ZERO)

        self.alive = self.table.column(text("xlsx.column.kept"), stays, "verdict")

    def earliest(self, sums: list[Ex]) -> tuple[tuple[Ex, ...], tuple[Ex, ...], Ex]:
        """Years 1, 2, …; of these only the first that pay where the scheme says so."""
        years = [self.table.below(text("xlsx.below.year", year=k), s) for k, s in enumerate(sums, 1)]
        if self.node.first_years is not None:
            kept: list[Ex] = []
            paying: list[Ex] = []
            for year in years:
                kept.append(f.if_(f.test("<", _sum(paying), f.number(self.node.first_years)), year, f.ZERO))
                paying.append(f.if_(f.test("!=", year, f.ZERO), f.ONE, f.ZERO))
            years = kept
        return tuple(years), tuple(f.number(k) for k in range(1, len(years) + 1)), f.ZERO

    def by_group_and_year(self, value: Span) -> tuple[tuple[Ex, ...] | None, tuple[Ex, ...], Ex]:
        node, table, alive, order = self.node, self.table, self.alive, self.order
        groups, spans = self.groups, self.spans

        def same(i: int, *more: f.Test) -> list[f.Test]:
            tests: list[f.Test] = [(alive, "==", f.ONE)]
            if groups is not None:
                tests.append((groups, "==", groups.cells[i]))
            return [*tests, *more]

        def year(i: int, op: str = "==") -> list[f.Test]:
            return [(spans, op, spans.cells[i])] if spans is not None else []

        def leads(i: int) -> Ex:
            before = f.count_rows(*same(i), *year(i), (order, "<", order.cells[i]))
            return f.if_(f.every(self.counts(i), f.test("==", before, f.ZERO)), f.ONE, f.ZERO)

        first = table.column(text("xlsx.column.first"), leads, "verdict")
        sums = table.column(
            text("xlsx.column.sum"), lambda i: f.if_(f.test("==", first.cells[i], f.ONE), f.sum_rows(value, *same(i), *year(i)), f.ZERO)
        )
        if node.first_years is not None and spans is not None:
            most = f.number(node.first_years)
            before = sums

            def pays(i: int) -> Ex:
                earlier = f.count_rows((first, "==", f.ONE), *same(i), *year(i, "<"), (before, "!=", f.ZERO))
                return f.if_(f.every(f.test("!=", before.cells[i], f.ZERO), f.test("<", earlier, most)), f.ONE, f.ZERO)

            first = table.column(text("xlsx.column.kept"), pays, "verdict")
            kept = first
            sums = table.column(text("xlsx.column.sum"), lambda i: f.times(before.cells[i], kept.cells[i]))
        for cap, yearly in ((node.group_year_cap, True), (node.group_cap, False)):
            if cap is None:
                continue
            limit = self.run_.run(cap, None, self.steps)
            scale = self.vals[0].scale
            if scale % limit.scale:
                raise NoFormula
            bound = self.steps.put(text("step.limit.group"), render(cap, self.run_.book.names), limit).at(scale)
            whole, leading = sums, first

            def capped(i: int, whole: Span = whole, leading: Span = leading, bound: Ex = bound, yearly: bool = yearly) -> Ex:
                if yearly or spans is None:
                    return f.least(whole.cells[i], bound)
                so_far = f.sum_rows(whole, (leading, "==", f.ONE), *same(i), *year(i, "<"))
                return f.minus(f.least(f.plus(so_far, whole.cells[i]), bound), f.least(so_far, bound))

            sums = table.column(text("xlsx.column.capped"), capped)
        total = f.add_up(sums)
        if spans is None:
            return None, (), total
        return (*self.by_year(first, sums), total)

    def by_year(self, first: Span, sums: Span) -> tuple[tuple[Ex, ...], tuple[Ex, ...]]:
        """The sums of all groups, one cell a year, years ascending."""
        table, order, spans = self.table, self.order, self.spans
        assert spans is not None

        def opens(i: int) -> Ex:
            before = f.count_rows((first, "==", f.ONE), (spans, "==", spans.cells[i]), (order, "<", order.cells[i]))
            return f.if_(f.every(f.test("==", first.cells[i], f.ONE), f.test("==", before, f.ZERO)), f.ONE, f.ZERO)

        opening = table.column(text("xlsx.column.opens"), opens, "verdict")

        def place(i: int) -> Ex:
            earlier = f.count_rows((opening, "==", f.ONE), (spans, "<", spans.cells[i]))
            return f.if_(f.test("==", first.cells[i], f.ONE), f.plus(earlier, f.ONE), f.ZERO)

        places = table.column(text("xlsx.column.place"), place)
        now = sum(1 for c in opening.cells if c.value == 1)
        length = min(len(spans.cells), max(OPEN_YEARS, now + 2))
        self.run_.checks.append(f.test("==", f.count_rows((places, ">", f.number(length))), f.ZERO))
        years: list[Ex] = []
        periods: list[Ex] = []
        for k in range(1, length + 1):
            here = f.number(k)
            named = f.sum_rows(spans, (opening, "==", f.ONE), (places, "==", here))
            periods.append(f.if_(f.test("==", f.count_rows((places, "==", here)), f.ZERO), f.word(""), named))
            years.append(table.below(text("xlsx.below.place", place=k), f.sum_rows(sums, (places, "==", here))))
        return tuple(years), tuple(periods)


# ---------------------------------------------------------------- small parts


def _record(at: Place | None) -> Place:
    if at is None:
        raise NoFormula
    return at


def _atom(ex: Ex, place: Place) -> Ex:
    """An expression short enough to be written several times."""
    return ex if ex.tight and "(" not in ex.text else place.hold(ex)


def _strict(ex: Ex, *vals: Val) -> Ex:
    """``ex``, where a part that fits nothing outweighs one that is open."""
    unfit = [v for v in vals if v.none]
    if not unfit or len(vals) < 2:
        return ex
    return f.if_(f.some(*(f.is_none(v.ex) for v in unfit)), f.NONE, ex)


def _joined(type: core.Type, scale: int, *vals: Val) -> Val:
    undecided = _sum(list(dict.fromkeys(v.undecided for v in vals if v.undecided != f.ZERO)))
    return Val(f.ZERO, type, scale, all(v.exact for v in vals), any(v.none for v in vals), undecided=undecided)


def _sum(parts: Sequence[Ex]) -> Ex:
    found = f.ZERO
    for part in parts:
        found = f.plus(found, part)
    return found


def _padded(cells: tuple[Ex, ...], length: int, filler: Ex) -> tuple[Ex, ...]:
    return cells + (filler,) * (length - len(cells))


def _chosen(verdicts: list[Ex], values: list[Ex], otherwise: bool, none: Ex, unsure: Ex, place: Place) -> Ex:
    """The value of the first branch that holds, ``unsure`` where one before it is unknown, ``none`` where none holds."""
    if all(v == values[0] for v in values) and values[0] == none == unsure:
        return none
    rest = values[-1] if otherwise else none
    for depth, (verdict, value) in enumerate(reversed(list(zip(verdicts, values, strict=False))), 1):
        rest = f.if_(f.test("==", verdict, f.ONE), value, f.if_(f.test("==", verdict, f.ZERO), rest, unsure))
        if depth % DEEP == 0 or len(rest.text) > LONG:
            rest = place.hold(rest)
    return rest


def _running(series: Val, scale: int, limit: Ex) -> tuple[Ex, ...]:
    """A series whose total in time order does not pass ``limit``."""
    years: list[Ex] = []
    so_far = f.ZERO
    for year in series.years_at(scale):
        upto = f.plus(so_far, year)
        years.append(f.minus(f.least(upto, limit), f.least(so_far, limit)) if so_far != f.ZERO else f.least(upto, limit))
        so_far = upto
    return tuple(years)


def _state(exists: Ex, passes: Ex, unsure: Ex, value: Ex) -> Ex:
    """A record that does not count 0, that counts 1, that counts but cannot be computed 2."""
    counts = f.if_(f.is_none(value), f.ZERO, f.if_(unsure, f.number(2), f.ONE))
    return f.if_(f.some(f.test("==", exists, f.ZERO), f.test("==", passes, f.ZERO)), f.ZERO, counts)


def whole(value: Number, scale: int) -> int:
    """A value as the whole number that stands in a cell."""
    return int(value * scale)
