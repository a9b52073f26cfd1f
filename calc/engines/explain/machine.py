"""The explainer: the core on one project, exactly, with every step kept when asked.

A node is compiled once into a function of an ``Env``. Values are ints, Fractions, dates, bools, slugs and lists; besides
these a function may give ``Unknown`` (facts not given), ``NO_MATCH`` (no tier, case or item fits) or, for a series, a dict
from period to number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from calc.errors import InputError
from calc.facts import Facts
from calc.language import core
from calc.language.bounds import least_open
from calc.language.render import item_notes, render
from calc.messages import text
from calc.rates.interest import DAYS_A_YEAR, first_day, segments, step_months, step_years, whole_months
from calc.rates.lpr import LprTable
from calc.units import Number, decimal_text, fen, fen_text, grouped, money_words, simple, value_text

Series = dict[Any, Number]
Run = Callable[["Env"], Any]


class Unknown:
    """A value that turns on facts not given: ``missing`` are their ids (``list.field`` for record fields)."""

    __slots__ = ("missing",)

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing


class _NoMatch:
    __slots__ = ()


NO_MATCH = _NoMatch()


class Cut:
    """What one limit took off: ``limit`` and ``cut`` in yuan; ``limit`` is the latest where it varies."""

    __slots__ = ("cut", "limit", "scope")

    def __init__(self, scope: str, limit: Number, cut: Number) -> None:
        self.scope = scope
        self.limit = limit
        self.cut = cut


class Entry(NamedTuple):
    """One step found on the way: ``key`` names its message; ``value`` in yuan or the unit of ``kind``, ``None`` for a heading.

    ``said`` is how it reads; ``more`` what a case gives or a limit took; ``chosen``: a case just before decided it.
    """

    key: str
    said: str
    value: Any
    kind: str = "money"
    more: str = ""
    chosen: bool = False


class Env:
    """One evaluation: the facts, the record at hand, and what is found on the way."""

    __slots__ = ("assumed", "cuts", "facts", "items", "kept", "lpr", "place", "rank", "record", "trace", "warnings")

    def __init__(self, facts: dict[str, Any], lpr: LprTable, trace: list[Entry] | None = None) -> None:
        self.facts = facts
        self.lpr = lpr
        self.record: dict[str, Any] = {}
        self.place = 0
        self.rank = 0
        self.kept: dict[int, int] = {}
        self.cuts: dict[Any, Cut] = {}
        self.warnings: dict[str, None] = {}
        self.assumed: dict[str, None] = {}
        self.trace = trace
        self.items: list[tuple[core.Items, int, int, int]] = []


def merge(*values: Any) -> Unknown:
    """All that is missing in several values."""
    unknown = [v for v in values if type(v) is Unknown]
    if len(unknown) == 1:
        return unknown[0]
    return Unknown(tuple(dict.fromkeys(m for v in unknown for m in v.missing)))


def total(value: Any) -> Any:
    """The sum of a series; anything else as it is."""
    return sum(value.values()) if type(value) is dict else value


def compile_node(node: core.Node, facts: Facts, traced: bool = False) -> Run:
    """A node as a function of an ``Env``; ``traced`` keeps every labelled step in ``Env.trace``."""
    return _Compiler(facts, traced).run(node)


class _Compiler:
    def __init__(self, facts: Facts, traced: bool) -> None:
        self.facts = facts
        self.traced = traced

    def run(self, node: core.Node) -> Run:
        method: Callable[[Any], Run] = getattr(self, "_" + type(node).__name__.lower())
        return method(node)

    def _lit(self, node: core.Lit) -> Run:
        value = node.value
        return lambda env: value

    def _fact(self, node: core.Fact) -> Run:
        id = node.id
        unknown = Unknown((id,))
        return lambda env: env.facts.get(id, unknown)

    def _field(self, node: core.Field) -> Run:
        id = node.id
        unknown = Unknown((f"{node.list}.{id}",))
        return lambda env: env.record.get(id, unknown)

    def _position(self, node: core.Position) -> Run:
        return lambda env: env.rank

    def _lprrate(self, node: core.LprRate) -> Run:
        rows_id, fixed = node.list, node.term
        unknown = Unknown(("LPR",))

        def run(env: Env) -> Any:
            record = env.record
            if "start" not in record and not record.get("drawdowns"):
                return Unknown((f"{rows_id}.start",))
            start = first_day(record, f"{rows_id}[{env.place}]")
            term = fixed or record.get("lpr_term")
            if term is None:
                end = record.get("end")
                if end is None:
                    return Unknown((f"{rows_id}.end",))
                term = "5Y" if end >= step_years(start, 5) else "1Y"
            rate = env.lpr.at(start, term)
            if rate is None:
                env.warnings[text("warn.lpr.before", day=start, first=env.lpr.days[0])] = None
                return unknown
            if start > env.lpr.verified:
                env.warnings[text("warn.lpr.after", day=start, verified=env.lpr.verified, rate=value_text("percent", rate))] = None
            if env.trace is not None:
                env.trace.append(Entry("step.lpr", text("trace.lpr", term=text(f"render.lpr.{term}"), day=start), rate, "percent"))
            return rate

        return run

    def _given(self, node: core.Given) -> Run:
        id = node.arg.id
        if isinstance(node.arg, core.Fact):
            return lambda env: id in env.facts
        return lambda env: id in env.record

    def _arith(self, node: core.Arith) -> Run:
        left, right, op = self.run(node.left), self.run(node.right), node.op
        divisor = (core.facts_in(node.right) or ["?"])[0]

        def one(a: Number, b: Number, place: int) -> Number:
            if op == "*":
                return a * b
            if op == "+":
                return a + b
            if op == "-":
                return a - b
            if not b:
                list, dot, field = divisor.partition(".")
                raise InputError(f"{list}[{place}].{field}" if dot and place else divisor, "0", text("accepted.nonzero"))
            return simple(a * (Fraction(1) / b))

        def run(env: Env) -> Any:
            a, b = left(env), right(env)
            if type(a) is Unknown or type(b) is Unknown:
                return NO_MATCH if a is NO_MATCH or b is NO_MATCH else merge(a, b)
            if a is NO_MATCH or b is NO_MATCH:
                return NO_MATCH
            if type(a) is dict:
                return {period: one(value, b, env.place) for period, value in a.items()}
            if type(b) is dict:
                return {period: one(a, value, env.place) for period, value in b.items()}
            return one(a, b, env.place)

        return run

    def _extreme(self, node: core.Extreme) -> Run:
        args = tuple(self.run(a) for a in node.args)
        pick, fitting = min if node.op == "min" else max, node.fitting

        def run(env: Env) -> Any:
            values = [total(a(env)) for a in args]
            if fitting:
                values = [value for value in values if value is not NO_MATCH]
                if not values:
                    return NO_MATCH
            for value in values:
                if value is NO_MATCH:
                    return NO_MATCH
            for value in values:
                if type(value) is Unknown:
                    return merge(*values)
            return pick(values)

        return run

    def _compare(self, node: core.Compare) -> Run:
        left, right = self.run(node.left), self.run(node.right)
        test = _TESTS[node.op]

        def run(env: Env) -> Any:
            a, b = left(env), right(env)
            if type(a) is Unknown or type(b) is Unknown:
                return merge(a, b)
            if a is NO_MATCH or b is NO_MATCH:
                return False
            return test(total(a), total(b))

        return run

    def _member(self, node: core.Member) -> Run:
        item, values, negated = self.run(node.item), frozenset(node.values), node.negated

        def run(env: Env) -> Any:
            value = item(env)
            if value is NO_MATCH:
                return False
            return value if type(value) is Unknown else (value in values) is not negated

        return run

    def _has(self, node: core.Has) -> Run:
        item, counting = self.run(node.item), frozenset(node.counting)

        def run(env: Env) -> Any:
            value = item(env)
            return value if type(value) is Unknown else not counting.isdisjoint(value)

        return run

    def _not(self, node: core.Not) -> Run:
        arg = self.run(node.arg)

        def run(env: Env) -> Any:
            value = arg(env)
            return value if type(value) is Unknown else not value

        return run

    def _allof(self, node: core.AllOf) -> Run:
        return self._kleene(node.args, False)

    def _anyof(self, node: core.AnyOf) -> Run:
        return self._kleene(node.args, True)

    def _kleene(self, args: tuple[core.Node, ...], decides: bool) -> Run:
        runs = tuple(self.run(a) for a in args)

        def run(env: Env) -> Any:
            open_: list[Unknown] = []
            for one in runs:
                value = one(env)
                if type(value) is Unknown:
                    open_.append(value)
                elif value is decides:
                    return decides
            return merge(*open_) if open_ else not decides

        return run

    def _stepyears(self, node: core.StepYears) -> Run:
        date, years, sign = self.run(node.date), self.run(node.years), node.sign

        def run(env: Env) -> Any:
            day, count = date(env), years(env)
            if day is NO_MATCH or count is NO_MATCH:
                return NO_MATCH
            if type(day) is Unknown or type(count) is Unknown:
                return merge(day, count)
            try:
                return step_years(day, sign * int(count))
            except ValueError:
                return dt.date.max if sign > 0 else dt.date.min

        return run

    def _stepmonths(self, node: core.StepMonths) -> Run:
        date, months, sign = self.run(node.date), self.run(node.months), node.sign

        def run(env: Env) -> Any:
            day, count = date(env), months(env)
            if day is NO_MATCH or count is NO_MATCH:
                return NO_MATCH
            if type(day) is Unknown or type(count) is Unknown:
                return merge(day, count)
            try:
                return step_months(day, sign * int(count))
            except (ValueError, OverflowError):
                return dt.date.max if sign > 0 else dt.date.min

        return run

    def _between(self, node: core.Between) -> Run:
        start, end, months = self.run(node.start), self.run(node.end), node.unit == "months"

        def run(env: Env) -> Any:
            first, last = start(env), end(env)
            if first is NO_MATCH or last is NO_MATCH:
                return NO_MATCH
            if type(first) is Unknown or type(last) is Unknown:
                return merge(first, last)
            return whole_months(first, last) if months else max(0, (last - first).days)

        return run

    def _threshold(self, node: core.Threshold) -> Run:
        value, least = self.run(node.value), self.run(node.least)

        def run(env: Env) -> Any:
            whole, floor = value(env), total(least(env))
            if whole is NO_MATCH or floor is NO_MATCH:
                return NO_MATCH
            if type(whole) is Unknown or type(floor) is Unknown:
                return merge(whole, floor)
            return whole if total(whole) >= floor else NO_MATCH

        return run

    def _yearof(self, node: core.YearOf) -> Run:
        date = self.run(node.date)

        def run(env: Env) -> Any:
            day = date(env)
            return day if type(day) is Unknown or day is NO_MATCH else day.year

        return run

    def _fold(self, node: core.Fold) -> Run:
        rows_id, op = node.list, node.op
        value = self.run(node.value) if node.value is not None else None
        where = self.run(node.where) if node.where is not None else None
        unknown = Unknown((rows_id,))

        def run(env: Env) -> Any:
            rows = env.facts.get(rows_id)
            if rows is None:
                return unknown
            outer = env.record, env.place, env.rank
            passed = 0
            found: list[Any] = []
            open_: list[Unknown] = []
            for place, record in enumerate(rows, 1):
                env.record, env.place, env.rank = record, place, place
                passes = where(env) if where is not None else True
                passed += passes is not False
                env.rank = passed
                if type(passes) is Unknown:
                    open_.append(passes)
                elif passes:
                    one = value(env) if value is not None else 1
                    if type(one) is Unknown:
                        open_.append(one)
                    elif one is not NO_MATCH:
                        found.append(one)
            env.record, env.place, env.rank = outer
            if op in ("any", "all"):
                if any(v is (op == "any") for v in found):
                    return op == "any"
                return merge(*open_) if open_ else op != "any"
            if open_:
                return merge(*open_)
            if op in ("sum", "count"):
                return sum(found)
            if not found:
                return NO_MATCH
            return max(found) if op == "largest" else min(found)

        return run

    def _choose(self, node: core.Choose) -> Run:
        branches = tuple((self.run(c), self.run(v)) for c, v in node.branches)
        otherwise = self.run(node.otherwise) if node.otherwise is not None else None
        nothing = False if node.type.kind == "bool" else NO_MATCH
        if self.traced:
            return self._traced_choose(node, branches, otherwise, nothing)

        def run(env: Env) -> Any:
            for condition, value in branches:
                holds = condition(env)
                if type(holds) is Unknown:
                    return holds
                if holds:
                    return value(env)
            return nothing if otherwise is None else otherwise(env)

        return run

    def _traced_choose(
        self, node: core.Choose, branches: tuple[tuple[Run, Run], ...], otherwise: Run | None, nothing: Any
    ) -> Run:
        """The same, keeping which branch was taken and, where no step of its own says so, what it gives."""
        kind = node.type.kind
        said = [(render(c, self.facts, brief=True), render(v, self.facts, brief=True)) for c, v in node.branches]
        only = isinstance(node.otherwise, core.Lit) and not node.otherwise.value and len(said) == 1
        other = (text("trace.not.counted", when=said[0][0]), "") if only else (text("render.other"), "")
        if node.otherwise is not None and not only:
            other = (other[0], render(node.otherwise, self.facts, brief=True))

        def taken(env: Env, value: Run, wording: tuple[str, str]) -> Any:
            if env.trace is None:
                return value(env)
            place = len(env.trace)
            env.trace.append(Entry("step.case", wording[0], None))
            found = value(env)
            if len(env.trace) == place + 1 and type(found) is not Unknown and found is not NO_MATCH:
                env.trace[place] = Entry("step.case", wording[0], found, kind, wording[1])
            return found

        def run(env: Env) -> Any:
            for (condition, value), wording in zip(branches, said, strict=True):
                holds = condition(env)
                if type(holds) is Unknown:
                    return holds
                if holds:
                    return taken(env, value, wording)
            return nothing if otherwise is None else taken(env, otherwise, other)

        return run

    def _interest(self, node: core.Interest) -> Run:
        rate, years = self.run(node.rate), self.run(node.years) if node.years is not None else None
        rows_id = node.list
        unit = 1 if node.years is not None and node.years.type.kind == "months" else 12

        def run(env: Env) -> Any:
            record = env.record
            needs = ["principal", "end"] + ([] if record.get("drawdowns") else ["start"])
            lacking = Unknown(tuple(f"{rows_id}.{f}" for f in needs if f not in record))
            share = rate(env)
            span = years(env) if years is not None else None
            if lacking.missing or type(share) is Unknown or type(span) is Unknown:
                return merge(lacking, share, span)
            if share is NO_MATCH or span is NO_MATCH:
                return NO_MATCH
            path = f"{rows_id}[{env.place}]"
            sums: dict[int, Number] = {}
            for part in segments(record, None if span is None else int(span) * unit, path):
                amount = part.principal * share * part.days
                sums[part.year] = sums.get(part.year, 0) + amount
                if env.trace is not None:
                    said = text(
                        "trace.interest",
                        start=part.start,
                        end=part.end,
                        principal=grouped(decimal_text(part.principal)),
                        rate=value_text("percent", share),
                        days=part.days,
                    )
                    env.trace.append(Entry("step.interest", said, simple(Fraction(amount) / DAYS_A_YEAR), more=str(part.year)))
            last = max(sums, default=0)
            return {year: simple(sums.get(year, 0) * Fraction(1, DAYS_A_YEAR)) for year in range(1, last + 1)}

        return run

    def _items(self, node: core.Items) -> Run:
        return _ItemsRun(node, self)

    def _total(self, node: core.Total) -> Run:
        parts = tuple(self.run(p) for p in node.parts)

        def run(env: Env) -> Any:
            values = [value for value in (p(env) for p in parts) if value is not NO_MATCH]
            if not values:
                return NO_MATCH
            for value in values:
                if type(value) is Unknown:
                    return merge(*values)
            if any(type(v) is dict for v in values):
                return add_series([v if type(v) is dict else {1: v} for v in values])
            return sum(values)

        return run

    def _years(self, node: core.Years) -> Run:
        values = tuple(self.run(v) for v in node.values)
        periods = node.periods

        def run(env: Env) -> Any:
            found = [v(env) for v in values]
            for value in found:
                if value is NO_MATCH:
                    return NO_MATCH
            for value in found:
                if type(value) is Unknown:
                    return merge(*found)
            return dict(zip(periods, found, strict=True))

        return run

    def _fill(self, node: core.Fill) -> Run:
        value, years, key = self.run(node.value), self.run(node.years), id(node)

        def run(env: Env) -> Any:
            whole, caps = total(value(env)), years(env)
            if whole is NO_MATCH or caps is NO_MATCH:
                return NO_MATCH
            if type(whole) is Unknown or type(caps) is Unknown:
                return merge(whole, caps)
            paid = running(dict(caps), whole)
            room = sum(caps.values())
            env.cuts[key] = Cut("year", room, max(0, whole - room))
            return paid

        return run

    def _cap(self, node: core.Cap) -> Run:
        value, limit, scope, key = self.run(node.value), self.run(node.limit), node.scope, id(node)
        yearly = scope in ("year", "enterprise-year")
        money, based = node.type.kind == "money", node.base
        # a limit that is open between several figures cannot bind on what stays below the least of them
        least = least_open(node.limit)

        def run(env: Env) -> Any:
            whole = value(env)
            if whole is NO_MATCH:
                return NO_MATCH
            most = total(limit(env))
            if most is NO_MATCH:
                return NO_MATCH
            if type(most) is Unknown and least is not None and type(whole) is not Unknown and total(whole) <= least:
                return whole
            if type(whole) is Unknown or type(most) is Unknown:
                return merge(whole, most)
            if type(whole) is dict:
                kept: Any = {p: min(v, most) for p, v in whole.items()} if yearly else running(whole, most)
                cut = total(whole) - total(kept)
            else:
                kept = min(whole, most)
                cut = whole - kept
            if money:
                env.cuts[key] = Cut("base" if based else scope, most, cut)
            return kept

        return run

    def _step(self, node: core.Step) -> Run:
        run = self.run(node.node)
        if not self.traced:
            return run
        key, kind, inner = f"step.{node.label}", node.type.kind, node.node
        chosen = isinstance(core.bare(inner.limit) if isinstance(inner, core.Cap) else inner, core.Choose)
        said = self._wording(inner)

        def traced(env: Env) -> Any:
            value = run(env)
            if env.trace is not None and value is not NO_MATCH:
                took = _took(inner, env, type(value) is dict) if isinstance(inner, core.Cap) else ""
                env.trace.append(Entry(key, said(env), value, kind, took, chosen))
            return value

        return traced

    def _wording(self, node: core.Node) -> Callable[[Env], str]:
        """How a step reads: a choice, sum or product with what its parts come to, a limit by its figure, items by how many count."""
        if isinstance(node, (core.Extreme, core.Total)) or (isinstance(node, core.Arith) and node.op == "*"):
            return self._parts(node)
        if isinstance(node, core.Items) and node.type.kind != "count":
            name, notes = self.facts[node.list].name, item_notes(node, self.facts, brief=True)
            each = render(node.value, self.facts, brief=True) if isinstance(core.bare(node.value), core.Lit) else ""

            def counted(env: Env) -> str:
                count = env.kept.get(id(node), 0)
                return text("trace.items", list=name, count=count) + (text("trace.each", value=each) if each else "") + notes

            return counted
        shown = node.limit if isinstance(node, core.Cap) else node.years if isinstance(node, core.Fill) else node
        wording = render(shown, self.facts, brief=True)
        if isinstance(node, core.Cap) and not isinstance(core.bare(node.limit), (core.Lit, core.Choose)):
            key, kind = id(node), node.type.kind
            return lambda env: text("trace.limit", said=wording, limit=_amount(env.cuts[key].limit, kind)) if key in env.cuts else wording
        return lambda env: wording

    def _parts(self, node: core.Extreme | core.Total | core.Arith) -> Callable[[Env], str]:
        nodes = node.args if isinstance(node, core.Extreme) else node.parts if isinstance(node, core.Total) else (node.left, node.right)
        product = isinstance(node, core.Arith)
        fitting = isinstance(node, core.Total) or (isinstance(node, core.Extreme) and node.fitting)
        parts = []
        for part in nodes:
            plain = isinstance(core.bare(part), core.Lit) or (product and isinstance(core.bare(part), (core.Fact, core.Field)))
            parts.append((self.run(part), render(part, self.facts, brief=True), part.type.kind, plain or part.type.kind == "rate"))

        def said(env: Env) -> str:
            kept = env.trace, env.cuts
            env.trace, env.cuts = None, dict(env.cuts)  # the parts are run once more, only to say what they come to
            found = [(total(run(env)), name, kind, plain) for run, name, kind, plain in parts]
            env.trace, env.cuts = kept
            if fitting:
                found = [one for one in found if one[0] is not NO_MATCH]
            if product:
                return " × ".join(name if plain or type(value) is Unknown else _amount(value, kind) for value, name, kind, plain in found)
            if isinstance(node, core.Total):
                return " + ".join(_amount(value, kind) for value, _, kind, _ in found)
            spoken = [name if plain else f"{name} {_amount(value, kind)}" for value, name, kind, plain in found]
            key = f"render.{node.op}" + (".two" if len(spoken) == 2 else "")
            return text(key, first=spoken[0], last=spoken[-1], args=text("word.comma").join(spoken))

        return said


class _ItemsRun:
    """The pipeline of an ``Items`` node: merge → where → value → top → group → years."""

    def __init__(self, node: core.Items, compiler: _Compiler) -> None:
        self.node = node
        self.unknown = Unknown((node.list,))
        self.value = compiler.run(node.value)
        self.where = compiler.run(node.where) if node.where is not None else None
        self.group_by = compiler.run(node.group_by) if node.group_by is not None else None
        self.group_year_cap = compiler.run(node.group_year_cap) if node.group_year_cap is not None else None
        self.group_cap = compiler.run(node.group_cap) if node.group_cap is not None else None
        self.year = compiler.run(node.year) if node.year is not None else None
        self.years = compiler.run(node.years) if node.years is not None else None
        self.rules = [(compiler.run(r.condition), r, render(r.condition, compiler.facts)) for r in node.requires]
        self.dated = node.dated
        self.facts = compiler.facts
        self.heads = compiler.traced and not isinstance(core.bare(node.value), core.Lit)
        self.named = [f.partition(".")[2] for f in core.facts_in(node.value) if f.startswith(f"{node.list}.")]

    def heading(self, record: dict[str, Any]) -> str:
        """What tells an item apart: its own fields that the formula reads, and its categories."""
        fields = self.facts[self.node.list].fields
        names = [f for f in fields if fields[f].type == "enum" and f not in self.named] + self.named
        told = [(fields[f], record[f]) for f in names if f in record and f in fields and fields[f].type != "list"]
        return text("word.comma").join(f"{field.name} {field.shown(value)}" for field, value in told[:4])

    def __call__(self, env: Env) -> Any:
        node = self.node
        rows = env.facts.get(node.list)
        if rows is None:
            return self.unknown
        if node.merge_by and len(rows) > 1 and any(node.merge_by not in row for row in rows):
            return Unknown((f"{node.list}.{node.merge_by}",))
        outer = env.record, env.place, env.rank, env.cuts
        passed = 0
        items: list[tuple[Any, Any, dict[Any, Cut]]] = []
        open_: list[Unknown] = []
        counted = undecided = 0
        for place, record in enumerate(merged(rows, node.merge_by, node.merged) if node.merge_by else rows, 1):
            env.record, env.place, env.rank, env.cuts = record, place, place, {}
            check_rules(self.rules, env, f"{node.list}[{place}].")
            kept = len(env.trace) if env.trace is not None else 0
            passes = self.where(env) if self.where is not None else True
            if env.trace is not None:
                del env.trace[kept:]  # what decides whether an item counts stands among the conditions
            if passes is False:
                continue
            passed += 1
            env.rank = passed
            if env.trace is not None and self.heads:
                env.trace.append(Entry("step.item", self.heading(record), None, more=str(place)))
            value, group = self.value(env), self.group_by(env) if self.group_by is not None else None
            dated = self.dated_value(value, env)
            if dated is NO_MATCH:
                if env.trace is not None:
                    del env.trace[kept:]
                continue
            counted += 1
            if type(passes) is Unknown:
                undecided += 1
                env.assumed.update(dict.fromkeys(passes.missing))
            if type(dated) is Unknown or type(group) is Unknown:
                open_.append(merge(dated, group))
            else:
                items.append((group, dated, env.cuts))
                if env.trace is not None and self.heads:
                    repeated = text("trace.repeated", years=len(dated)) if self.years is not None else ""
                    env.trace.append(Entry("step.item.end", repeated, total(dated), node.type.kind))
        env.record, env.place, env.rank, env.cuts = outer
        env.items.append((node, len(rows), counted, undecided))
        if open_:
            return merge(*open_)
        if not items:
            return NO_MATCH
        return self.gather(items, env)

    def dated_value(self, value: Any, env: Env) -> Any:
        """An item's value as a series where the items are dated."""
        if value is NO_MATCH or (self.year is None and self.years is None):
            return value
        period = self.year(env) if self.year is not None else self.years(env)  # type: ignore[misc]
        if period is NO_MATCH:
            return NO_MATCH
        if type(period) is Unknown or type(value) is Unknown:
            return merge(value, period)
        if self.year is not None:
            return {period: value}
        return dict.fromkeys(range(1, int(period) + 1), value)

    def gather(self, items: list[tuple[Any, Any, dict[Any, Cut]]], env: Env) -> Any:
        node = self.node
        if node.top is not None:
            items = sorted(items, key=lambda item: -total(item[1]))[: node.top]
        if node.top_each is not None:
            items = best_of_each(items, node.top_each, self.group_by is None)
        if node.take == "max":
            best: dict[Any, tuple[Any, Any, dict[Any, Cut]]] = {}
            for item in items:
                if item[0] not in best or total(item[1]) > total(best[item[0]][1]):
                    best[item[0]] = item
            items = list(best.values())
        env.kept[id(node)] = len(items)
        for _, _, cuts in items:
            for key, cut in cuts.items():
                if key in env.cuts:
                    before = env.cuts[key]
                    env.cuts[key] = Cut(cut.scope, cut.limit if cut.cut else before.limit, before.cut + cut.cut)
                else:
                    env.cuts[key] = cut
        if self.group_by is None:
            if not self.dated:
                return sum(value for _, value, _ in items)
            return earliest(add_series([value for _, value, _ in items]), node.first_years)
        groups: dict[Any, list[Any]] = {}
        for group, value, _ in items:
            groups.setdefault(group, []).append(value)
        sums = [earliest(add_series(v), node.first_years) if self.dated else sum(v) for v in groups.values()]
        for cap, yearly in ((self.group_year_cap, True), (self.group_cap, False)):
            if cap is not None:
                limit = cap(env)
                if type(limit) is Unknown or limit is NO_MATCH:
                    return limit
                before = sum(total(s) for s in sums)
                sums = [capped(s, limit, yearly) for s in sums]
                env.cuts[id(node), yearly] = Cut("group", limit, before - sum(total(s) for s in sums))
        return add_series(sums) if self.dated else sum(sums)


def best_of_each(items: list[Any], count: int, by_year: bool) -> list[Any]:
    """Of the items of each group (or year) the ``count`` most valuable; of equals the first."""
    taken: dict[Any, int] = {}
    kept: set[int] = set()
    for place in sorted(range(len(items)), key=lambda i: -total(items[i][1])):
        key = next(iter(items[place][1]), None) if by_year else items[place][0]
        if taken.setdefault(key, 0) < count:
            taken[key] += 1
            kept.add(place)
    return [item for place, item in enumerate(items) if place in kept]


def capped(value: Any, limit: Number, yearly: bool) -> Any:
    """A number or series up to ``limit``: each period, or the running total."""
    if type(value) is not dict:
        return min(value, limit)
    return {p: min(v, limit) for p, v in value.items()} if yearly else running(value, limit)


def running(series: Series, limit: Number) -> Series:
    """A series whose total in time order does not pass ``limit``."""
    kept: Series = {}
    left = limit
    for period, value in series.items():
        kept[period] = min(value, left)
        left -= kept[period]
    return kept


def add_series(parts: list[Series]) -> Series:
    """Several series added period by period, in time order."""
    sums: Series = {}
    for part in parts:
        for period, value in part.items():
            sums[period] = sums.get(period, 0) + value
    try:
        return {period: sums[period] for period in sorted(sums)}
    except TypeError:
        return sums


def earliest(series: Series, count: int | None) -> Series:
    """Only the earliest ``count`` periods that pay."""
    if count is None:
        return series
    paying = [period for period, value in series.items() if value][:count]
    return {period: series[period] for period in paying}


def merged(rows: list[dict[str, Any]], key: str, summed: tuple[str, ...]) -> list[dict[str, Any]]:
    """Records with the same ``key`` as one, the fields in ``summed`` added up; one that a record lacks is lacking."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        group = row.get(key)
        if group not in found:
            found[group] = dict(row)
            continue
        into = found[group]
        for field in summed:
            if field in into and field in row:
                into[field] += row[field]
            else:
                into.pop(field, None)
    return list(found.values())


def check_rules(rules: list[tuple[Run, core.Require, str]], env: Env, prefix: str = "") -> None:
    """Raises ``InputError`` where a consistency rule is known to be broken."""
    for run, rule, said in rules:
        if run(env) is False:
            fact = rule.fact.rpartition(".")[2] if prefix else rule.fact
            source = env.record if prefix else env.facts
            value = source.get(fact, "")
            shown = decimal_text(value) if isinstance(value, (int, Fraction)) and not isinstance(value, bool) else value
            raise InputError(prefix + fact, shown, text("accepted.rule", rule=said))


def _amount(value: Any, kind: str) -> str:
    """A value within a wording."""
    if type(value) is Unknown:
        return text("word.unknown")
    if value is NO_MATCH:
        return text("word.nothing")
    return money_words(value) if kind == "money" else str(value_text(kind, value))


def _took(node: core.Cap, env: Env, dated: bool) -> str:
    """What a limit cut, in words."""
    cut = env.cuts.get(id(node))
    if cut is None:
        return ""
    if cut.cut:
        return text("trace.cut", cut=grouped(fen_text(fen(cut.cut))))
    return text("trace.uncut.yearly" if dated and node.scope in ("year", "enterprise-year") else "trace.uncut")


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
