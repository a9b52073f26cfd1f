"""What the records of a list come to: top → best of each group → sums by group and year → limits of groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import OPEN_YEARS, NoFormula, Place, Table, Val, sum_of
from calc.engines.formulas.formula import Ex, Span
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
