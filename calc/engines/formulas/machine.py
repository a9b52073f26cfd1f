"""The core as spreadsheet formulas: every node has its formula, no scheme has its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import (
    DAYS_A_YEAR,
    FINEST,
    LONG,
    OPEN_YEARS,
    SAFE,
    SCALES,
    Book,
    NoFormula,
    Place,
    Val,
    at_hand,
    atom,
    chosen,
    joined_of,
    joint,
    padded,
    running,
    scaled,
    state_of_row,
    strict,
    sum_of,
)
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.records import Gather
from calc.language import core
from calc.language.bounds import least_open, most_years
from calc.language.render import render
from calc.messages import text


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
        return at_hand(at).field(node.id)

    def _position(self, node: core.Position, at: Place | None, steps: Place) -> Val:
        return Val(at_hand(at).position, node.type)

    def _given(self, node: core.Given, at: Place | None, steps: Place) -> Val:
        stated = self.book.stated(node.arg.id) if isinstance(node.arg, core.Fact) else at_hand(at).stated(node.arg.id)
        return Val(stated, node.type)

    def _lprrate(self, node: core.LprRate, at: Place | None, steps: Place) -> Val:
        record = at_hand(at)
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
            return self._each_year(node, left, right, scale, lambda a, b: run(scaled(a, scale // left.scale), scaled(b, scale // right.scale)), at, steps)
        if node.op == "*":
            return self._product(node, left, right, at, steps)
        fen = 100 if node.type.kind == "money" else 1
        up, down = Fraction(right.scale * fen, left.scale).as_integer_ratio()
        val = self._each_year(
            node, left, right, fen, lambda a, b: f.over(scaled(a, up), scaled(b, down)), at, steps
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
            big = replace(big, ex=atom(big.ex, place))
        small = replace(small, ex=atom(small.ex, place)) if small.years is None else small
        left, right = (big, small) if left.type.kind == "money" else (small, big)
        return self._each_year(node, left, right, scale // spare, split, at, steps)

    def _each_year(
        self, node: core.Node, left: Val, right: Val, scale: int, run: Callable[[Ex, Ex], Ex], at: Place | None, steps: Place
    ) -> Val:
        """Two values as one; a series year by year."""
        joined = joined_of(node.type, scale, left, right)
        if left.years is None and right.years is None:
            place = at or steps
            if joined.none:
                left, right = replace(left, ex=atom(left.ex, place)), replace(right, ex=atom(right.ex, place))
            return replace(joined, ex=strict(run(left.ex, right.ex), left, right))
        dated, plain = (left, right) if left.years is not None else (right, left)
        assert dated.years is not None
        factor = atom(plain.ex, at or steps)
        years = tuple(run(y, factor) if dated is left else run(factor, y) for y in dated.years)
        return replace(joined, ex=dated.ex, years=years, periods=dated.periods, loose=True)

    def _extreme(self, node: core.Extreme, at: Place | None, steps: Place) -> Val:
        vals = [self.run(a, at, steps) for a in node.args]
        joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
        if joined.none:
            vals = [replace(v, ex=atom(v.ex, at or steps)) for v in vals]
        run = f.least if node.op == "min" else f.most
        if node.fitting:
            return self._fitting(joined, vals, lambda parts: run(*parts))
        return replace(joined, ex=strict(run(*(v.at(joined.scale) for v in vals)), *vals))

    def _compare(self, node: core.Compare, at: Place | None, steps: Place) -> Val:
        left, right = self.run(node.left, at, steps), self.run(node.right, at, steps)
        joined = joined_of(node.type, lcm(left.scale, right.scale), left, right)
        place = at or steps
        if left.type.kind == "bool":
            a, b = atom(left.ex, place), atom(right.ex, place)
            same = f.if_(f.test("==", a, b), f.ONE, f.ZERO)
            unsure = f.some(f.test("==", a, f.UNKNOWN), f.test("==", b, f.UNKNOWN))
            return replace(joined, scale=1, ex=f.if_(unsure, f.UNKNOWN, same if node.op == "==" else f.opposite(same)))
        if joined.none:
            left, right = (replace(v, ex=atom(v.ex, place)) for v in (left, right))
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
        if item.none:
            found = f.if_(f.is_none(item.ex), f.ZERO, found)
            return Val(f.if_(f.is_none(item.ex), f.ZERO, f.opposite(found)) if node.negated else found, node.type)
        return Val(f.opposite(found) if node.negated else found, node.type)

    def _has(self, node: core.Has, at: Place | None, steps: Place) -> Val:
        names = self.book.names
        definition = names[node.item.id] if isinstance(node.item, core.Fact) else names[node.item.list].fields[node.item.id]
        given = self.run(node.item, at, steps).ex
        hits = f.some(*(f.holds(given, definition.value_name(v)) for v in node.counting))
        return Val(f.if_(f.is_open(given), f.UNKNOWN, f.if_(hits, f.ONE, f.ZERO)), node.type)

    def _not(self, node: core.Not, at: Place | None, steps: Place) -> Val:
        arg = self.run(node.arg, at, steps)
        return replace(arg, ex=f.opposite(arg.ex))

    def _allof(self, node: core.AllOf, at: Place | None, steps: Place) -> Val:
        vals = [self.run(a, at, steps) for a in node.args]
        return replace(joined_of(node.type, 1, *vals), ex=f.least(*(v.ex for v in vals)))

    def _anyof(self, node: core.AnyOf, at: Place | None, steps: Place) -> Val:
        vals = [self.run(a, at, steps) for a in node.args]
        return replace(joined_of(node.type, 1, *vals), ex=f.most(*(v.ex for v in vals)))

    def _stepyears(self, node: core.StepYears, at: Place | None, steps: Place) -> Val:
        day, years = self.run(node.date, at, steps), self.run(node.years, at, steps)
        count = f.floor(f.over(years.ex, f.number(years.scale))) if years.scale != 1 else years.ex
        count = count if node.sign > 0 else f.minus(f.ZERO, count)
        return replace(joined_of(node.type, 1, day, years), ex=f.step_date(day.ex, count))

    def _stepmonths(self, node: core.StepMonths, at: Place | None, steps: Place) -> Val:
        day, months = self.run(node.date, at, steps), self.run(node.months, at, steps)
        count = f.floor(f.over(months.ex, f.number(months.scale))) if months.scale != 1 else months.ex
        count = count if node.sign > 0 else f.minus(f.ZERO, count)
        return replace(joined_of(node.type, 1, day, months), ex=f.step_month(day.ex, count))

    def _between(self, node: core.Between, at: Place | None, steps: Place) -> Val:
        start, end = (replace(v, ex=atom(v.ex, at or steps)) for v in (self.run(node.start, at, steps), self.run(node.end, at, steps)))
        days = f.most(f.ZERO, f.minus(end.ex, start.ex))
        scale = SCALES[node.type.kind]
        found = days if node.unit == "days" else f.months_between(start.ex, end.ex)
        return replace(joined_of(node.type, scale, start, end), ex=scaled(found, scale))

    def _threshold(self, node: core.Threshold, at: Place | None, steps: Place) -> Val:
        place = at or steps
        whole, least = self.run(node.value, at, steps), self.run(node.least, at, steps)
        whole, least = replace(whole, ex=atom(whole.ex, place)), replace(least, ex=atom(least.ex, place))
        joined = joined_of(node.type, lcm(whole.scale, least.scale), whole, least)
        below = f.test("<", whole.at(joined.scale), least.at(joined.scale))
        found = place.hold(strict(f.if_(below, f.NONE, whole.at(joined.scale)), whole, least))
        years = None if whole.years is None else tuple(f.if_(f.is_gap(found), f.ZERO, y) for y in whole.years_at(joined.scale))
        return replace(joined, ex=found, none=True, years=years, periods=whole.periods)

    def _yearof(self, node: core.YearOf, at: Place | None, steps: Place) -> Val:
        day = self.run(node.date, at, steps)
        return replace(joined_of(node.type, 1, day), ex=f.year_of(day.ex))

    # ---------------------------------------------------------------- choices

    def _choose(self, node: core.Choose, at: Place | None, steps: Place) -> Val:
        place = at or steps
        verdicts: list[Ex] = []
        vals: list[Val] = []
        asked: list[Ex] = []  # what is undecided in the conditions so far
        undecided: list[Ex] = []
        for condition, value in node.branches:
            holds = self.run(condition, at, steps)
            verdicts.append(atom(place.case(render(condition, self.book.names), holds.ex), place))
            vals.append(self.run(value, at, steps))
            asked.append(holds.undecided)
            undecided.append(joint([*asked, vals[-1].undecided]))
        if node.otherwise is not None:
            if not isinstance(node.otherwise, core.Lit):
                place.case(text("render.other"), f.least(*(f.opposite(v) for v in verdicts)))
            vals.append(self.run(node.otherwise, at, steps))
            undecided.append(joint([*asked, vals[-1].undecided]))
        joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
        otherwise = node.otherwise is not None
        joined.none = joined.none or not otherwise
        joined.undecided = chosen(verdicts, undecided, otherwise, f.ZERO, f.ZERO, place)
        if node.type.kind == "bool":
            return replace(joined, none=False, ex=chosen(verdicts, [v.ex for v in vals], otherwise, f.ZERO, f.UNKNOWN, place))
        joined.ex = chosen(verdicts, [v.at(joined.scale) for v in vals], otherwise, f.NONE, f.OPEN, place)
        if all(v.years is None for v in vals):
            return joined
        length = max(len(v.years_at(1)) if v.years is not None else 1 for v in vals)
        columns = [padded(v.years_at(joined.scale), length, f.ZERO) for v in vals]
        named = [padded(v.periods if v.years is not None else (f.word("1"),), length, f.word("")) for v in vals]
        years = tuple(chosen(verdicts, [c[k] for c in columns], otherwise, f.ZERO, f.ZERO, place) for k in range(length))
        periods = tuple(chosen(verdicts, [n[k] for n in named], otherwise, f.word(""), f.word(""), place) for k in range(length))
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
            whole = replace(whole, ex=atom(whole.ex, place))
        label = text(f"step.limit.{node.scope}")
        limit = place.put(label, render(node.limit, self.book.names, brief=True), self.run(node.limit, at, steps))
        joined = joined_of(node.type, lcm(whole.scale, limit.scale), whole, limit)
        scale = joined.scale
        bound = limit.at(scale)
        least = least_open(node.limit)
        if least is not None:  # still open between several figures: below the least of them it cannot bind
            low = f.number(int(least * scale))
            bound = place.hold(f.if_(f.is_open(bound), f.if_(f.test("<=", whole.at(scale), low), low, f.OPEN), bound))
        if whole.years is None:
            kept = replace(joined, ex=strict(f.least(whole.at(scale), bound), whole, limit))
        else:
            parts = whole.years_at(scale)
            yearly = node.scope in ("year", "enterprise-year")
            years = tuple(f.least(y, bound) for y in parts) if yearly else running(whole, scale, bound)
            kept = replace(joined, ex=strict(whole.ex, whole, limit), years=years, periods=whole.periods, loose=True)
        kept = place.put(text("xlsx.step.capped"), text("xlsx.said.capped", limit=label), kept)
        if at is None and node.type.kind == "money" and not node.base:
            fen = f.number(scale // 100)
            self.cuts.append(Cut(node.scope, f.over(bound, fen), f.over(f.minus(whole.at(scale), kept.ex), fen)))
        return kept

    def _total(self, node: core.Total, at: Place | None, steps: Place) -> Val:
        vals = [self.run(p, at, steps) for p in node.parts]
        joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
        if joined.none:
            vals = [replace(v, ex=atom(v.ex, at or steps)) for v in vals]
        joined = self._fitting(joined, vals, sum_of)
        dated = [v for v in vals if v.years is not None]
        if not dated:
            return joined
        joined.ex = joined.ex if len(vals) > 1 else vals[0].ex
        length = max(len(v.years or ()) for v in dated)
        counted = [str(k) for k in range(1, length + 1)]
        if len(vals) > 1 and any(p.text.strip('"') != k for v in dated for p, k in zip(v.periods, counted, strict=False)):
            raise NoFormula
        columns = [padded(v.years_at(joined.scale), length, f.ZERO) for v in vals]
        years = tuple(sum_of([c[k] for c in columns]) for k in range(length))
        longest = max(dated, key=lambda v: len(v.periods))
        return replace(joined, years=years, periods=longest.periods, loose=True)

    def _fitting(self, joined: Val, vals: list[Val], join: Callable[[list[Ex]], Ex]) -> Val:
        """What ``join`` makes of values, those that do not fit counting as 0; where none fits, nothing does."""
        parts = [f.if_(f.is_none(v.ex), f.ZERO, v.at(joined.scale)) if v.none else v.at(joined.scale) for v in vals]
        none = all(v.none for v in vals)
        ex = join(parts)
        return replace(joined, none=none, ex=f.if_(f.every(*(f.is_none(v.ex) for v in vals)), f.NONE, ex) if none else ex)

    def _years(self, node: core.Years, at: Place | None, steps: Place) -> Val:
        vals = [self.run(v, at, steps) for v in node.values]
        joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
        years = tuple(v.at(joined.scale) for v in vals)
        return replace(joined, ex=f.ZERO, years=years, periods=tuple(f.word(p) for p in node.periods), loose=True)

    def _fill(self, node: core.Fill, at: Place | None, steps: Place) -> Val:
        value, caps = self.run(node.value, at, steps), self._loose(node.years, at, steps)
        place = at or steps
        if caps.loose:
            caps = place.put(text("step.years"), render(node.years, self.book.names), caps)
        value = replace(value, ex=atom(value.ex, place))
        joined = joined_of(node.type, lcm(value.scale, caps.scale), value, caps)
        years = running(caps, joined.scale, value.at(joined.scale))
        return replace(joined, ex=strict(f.plus(value.ex, caps.ex), value, caps), years=years, periods=caps.periods, loose=True)

    def _interest(self, node: core.Interest, at: Place | None, steps: Place) -> Val:
        record = at_hand(at)
        rate = self.run(node.rate, at, steps)
        start, end, principal = self.start(node.list, record), record.field("end").ex, record.field("principal")
        count: Ex | None = None
        length = OPEN_YEARS
        if node.years is not None:
            span = self.run(node.years, at, steps)
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
            if node.where is not None:
                line.passed(passes)
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
            lambda i: state_of_row(table.exists.cells[i], passes[i], f.test("==", passes[i], f.UNKNOWN), vals[i].ex),
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
            if node.where is not None:
                line.passed(passes)
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
            unsure = f.some(f.is_open(vals[i].ex), *(f.is_open(one[i]) for one in (groups, spans) if one))
            counts = state_of_row(table.exists.cells[i], passes[i], unsure, vals[i].ex)
            return f.if_(f.is_none(spans[i]), f.ZERO, counts) if spans else counts

        state = table.column(text("xlsx.column.state"), state_of)
        rows = table.below(text("xlsx.below.rows"), f.add_up(table.exists))
        counted = table.below(text("xlsx.below.counted"), f.count_rows((state, ">", f.ZERO)))
        open_ = table.below(text("xlsx.below.open"), f.count_rows((state, "==", f.number(2))))
        undecided = f.ZERO
        if node.where is not None:
            undecided = f.count_rows((state, ">", f.ZERO), (table.span(passes), "==", f.UNKNOWN))
            undecided = table.below(text("xlsx.below.undecided"), undecided)
        self.counted.append((node, rows, counted, undecided))
        joined = joined_of(node.type, vals[0].scale, *vals)
        joined.undecided = joint([undecided, *(v.undecided for v in vals)])
        joined.none = True
        years, periods, total = Gather(node, table, state, vals, groups, spans, self, steps).run()
        given = self.book.listed(node.list)
        missing = f.some(f.test("==", given, f.ZERO), f.test(">", open_, f.ZERO), *table.unmerged)
        joined.ex = f.if_(missing, f.OPEN, f.if_(f.test("==", counted, f.ZERO), f.NONE, total))
        joined.years, joined.periods, joined.loose = years, periods, years is not None
        return self._keep(node, joined)
