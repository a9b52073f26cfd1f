"""What the records of a list come to: top → best of each group → sums by group and year → limits of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from calc.engines.formulas import formula as f
from calc.engines.formulas.arithmetic import whole
from calc.engines.formulas.cells import (
    OPEN_YEARS,
    SAFE,
    NoFormula,
    Place,
    Table,
    Val,
    joined_of,
    joint,
    state_of_row,
    sum_of,
)
from calc.engines.formulas.division import settled
from calc.engines.formulas.formula import Ex, Span
from calc.engines.formulas.machine import READINGS, Translator
from calc.language import core
from calc.language.bounds import bounds
from calc.language.render import render
from calc.messages import text

if TYPE_CHECKING:
    from calc.engines.formulas.machine import Translator


class Gather:
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
        """A column with ``cells`` where the record counts, else ``instead``."""
        return self.table.column(label, lambda i: f.if_(f.test("==", self.alive.cells[i], f.ONE), cells[i], instead))

    def counts(self, i: int) -> Ex:
        """Whether the record in row i counts."""
        return f.test("==", self.alive.cells[i], f.ONE)

    def run(self) -> tuple[tuple[Ex, ...] | None, tuple[Ex, ...], Ex]:
        """The years with their names (``None`` where the sum is not dated) and the sum. Raises ``NoFormula``."""
        node = self.node
        value = self.clean(text("xlsx.column.counts"), [v.ex for v in self.vals], f.ZERO)
        if node.top is not None:
            self.keep_best(value, None, node.top)
        if node.top_each is not None:
            self.keep_best(value, self.groups if self.groups is not None else self.spans, node.top_each)
        if node.take == "max":
            self.keep_best(value, self.groups, 1)
        series = self.vals[0].years is not None
        if node.own_caps:
            raise NoFormula
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
                kept.append(f.if_(f.test("<", sum_of(paying), f.number(self.node.first_years)), year, f.ZERO))
                paying.append(f.if_(f.test("!=", year, f.ZERO), f.ONE, f.ZERO))
            years = kept
        return tuple(years), tuple(f.number(k) for k in range(1, len(years) + 1)), f.ZERO

    def by_group_and_year(self, value: Span) -> tuple[tuple[Ex, ...] | None, tuple[Ex, ...], Ex]:
        """Sums by group and year under their limits, as ``run`` gives them."""
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


@READINGS.of(core.Fold)
def _fold(made: Translator, node: core.Fold, at: Place | None, steps: Place) -> Val:
    if id(node) in made._known:
        return made._known[id(node)]
    table = made.book.table(node.list, render(node, made.book.names))
    passes: list[Ex] = []
    vals: list[Val] = []
    for line in table.lines():
        where = made.verdict(node.where, line, steps) if node.where is not None else f.ONE
        passes.append(line.put(text("xlsx.column.where"), "", Val(where, core.BOOL)).ex)
        if node.where is not None:
            line.passed(passes)
        val = made.run(node.value, line, steps) if node.value is not None else Val(f.ONE, core.COUNT)
        vals.append(line.put(text("xlsx.column.value"), "", val))
    given = made.book.listed(node.list)
    if node.op in ("any", "all"):
        spare = f.ZERO if node.op == "any" else f.ONE

        def deciding(i: int) -> Ex:
            value = f.if_(f.test("==", passes[i], f.UNKNOWN), f.UNKNOWN, vals[i].ex)
            return f.if_(f.every(f.test("==", table.exists.cells[i], f.ONE), f.test(">", passes[i], f.ZERO)), value, spare)

        column = table.column(text("xlsx.column.counts"), deciding, "verdict")
        found = f.most_of(column) if node.op == "any" else f.least_of(column)
        return keep(made, node, Val(table.below(text("xlsx.below.result"), f.if_(f.test("==", given, f.ONE), found, f.UNKNOWN)), node.type))
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
    return keep(made, node, replace(vals[0], ex=table.below(text("xlsx.below.result"), ex), type=node.type, none=none))


def keep(made: Translator, node: core.Node, val: Val) -> Val:
    """A value in a cell of its own, once a node."""
    made._known[id(node)] = val
    return val


@READINGS.of(core.Items)
def _items(made: Translator, node: core.Items, at: Place | None, steps: Place) -> Val:
    if id(node) in made._known:
        return made._known[id(node)]
    names = made.book.names
    table = made.book.table(node.list, render(node, names))
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
            held = f.least(*(made.verdict(r.condition, line, steps) for r in node.requires))
            rules.append(line.put(text("xlsx.column.rule"), "", Val(held, core.BOOL)).ex)
        where = made.verdict(node.where, line, steps) if node.where is not None else f.ONE
        passes.append(line.put(text("xlsx.column.where"), "", Val(where, core.BOOL)).ex)
        if node.where is not None:
            line.passed(passes)
        vals.append(line.put(text("xlsx.column.value"), "", settled(made.loose_value(node.value, line, steps), line)))
        if node.group_by is not None:
            groups.append(line.put(text("xlsx.column.group"), "", made.run(node.group_by, line, steps)).ex)
        span = node.year or node.years
        if span is not None:
            found = made.run(span, line, steps)
            span_ex = whole(made, span, found, checked=node.year is None)
            spans.append(line.hold(span_ex, text("xlsx.column.years" if node.year is None else "xlsx.column.year")))
    if rules:
        broken = table.span(rules)
        made.broken.append(f.count_rows((broken, "==", f.ZERO), (table.exists, "==", f.ONE)))

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
    made.counted.append((node, rows, counted, undecided))
    joined = joined_of(node.type, vals[0].scale, *vals)
    joined.undecided = joint([undecided, *(v.undecided for v in vals)])
    joined.none = True
    years, periods, total = Gather(node, table, state, vals, groups, spans, made, steps).run()
    given = made.book.listed(node.list)
    missing = f.some(f.test("==", given, f.ZERO), f.test(">", open_, f.ZERO), *table.unmerged)
    joined.ex = f.if_(missing, f.OPEN, f.if_(f.test("==", counted, f.ZERO), f.NONE, total))
    joined.years, joined.periods, joined.loose = years, periods, years is not None
    return keep(made, node, joined)
