"""Record lists: merge → where → value → top → group → years, as list functions of one row."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.engines.columns.lists import absent, enter, named, numbered, ranked, records, spread, uses_place, within
from calc.engines.columns.loans import index_rates, whole_count
from calc.engines.columns.machine import MOST_PERIODS, MOST_RECORDS, READINGS, ColumnType, Compiler, Listed, Series
from calc.engines.columns.sql import Part, Sql, fact
from calc.engines.columns.values import Assumed, Bound, Effect, Entry, Inexact, ItemBound, Number, Value, Warned, guarded, meta, missing, unknown
from calc.language import core
from calc.language.bounds import bounds


@READINGS.of(core.Items)
def items(c: Compiler, node: core.Items) -> Value:
    """One value a record, added up."""
    return _Items(c, node).run() if node.list in c.columns else absent(c, node)


class _Items:
    def __init__(self, c: Compiler, node: core.Items) -> None:
        self.c = c
        self.pool = c.pool
        self.node = node
        self.none = c.pool.is_null(c.pool.atom(fact(node.list)))

    def run(self) -> Value:
        c, node, pool = self.c, self.node, self.pool
        rows, fields = records(c, node.list)
        self.keyless = pool.false
        if node.merge_by is not None:
            some = pool.true if node.merge_by not in fields else c.any_of(rows, "x", pool.atom(f'(x."{node.merge_by}" IS NULL)', "x"))
            self.keyless = pool.both(some, pool("COALESCE(len(", rows, ") > 1, FALSE)"))
            rows, fields = merged(c, rows, fields, node)
        placed = uses_place(node)
        rows = numbered(c, rows) if placed else rows
        self.scope = enter(c, node.list, fields, placed)
        self.var = self.scope.var
        rows = self.shared_rate(rows)
        self.rows = rows
        c.risk(pool("COALESCE(len(", rows, f") > {MOST_RECORDS}, FALSE)"))
        with within(c, self.scope, rows):
            for rule in node.requires:
                holds = c.value(rule.condition)
                c.risk(pool("COALESCE(NOT ", holds.sql, ", FALSE)"))
            self.where = c.value(node.where) if node.where is not None else Value(pool.true)
            passes = self.where.sql
            if passes is not pool.true and self.where.nulls != frozenset():
                passes = pool("(", passes, " IS NOT FALSE)")
            self.passes = passes
        if placed and passes is not pool.true:  # what follows counts only those that pass
            rows = self.rows = ranked(c, rows, self.var, passes)
            self.scope.place = pool.atom(f"{self.var}._rank", self.var)
            self.scope.made.clear()
            self.passes = passes = pool.true
        with within(c, self.scope, rows):
            before = len(self.scope.risks)
            self.value = c.value(node.value)
            self.group = self.key(node.group_by)
            when = node.year if node.year is not None else node.years
            self.period = c.number(when) if when is not None else None
            if node.years is not None and self.period is not None and self.period.figure is None:
                whole_count(c, self.period, node.years)
            c.risky(passes, before)
        dated = [v for v in (self.value, self.period) if v is not None]
        about = meta(pool, dated)
        self.inner = [*dated, *([self.group] if self.group is not None else [])]
        nothing: Sql | None = about["nothing"]
        counts = pool.both(passes, pool.negate(nothing)) if nothing is not None else passes
        self.kept = rows if counts is pool.true else pool.each("list_filter", rows, self.var, counts)
        self.lacks = self.lacking()
        self.open = pool.either(self.keyless, self.lacks)
        result = self.gather()
        return replace(result, **self.about(result))

    def shared_rate(self, rows: Sql) -> Sql:
        """Records that know the rate of their interest, which every support year reads, and where it is re-priced the index rates."""
        inner = core.bare(self.node.value)
        if not isinstance(inner, core.Interest):
            return rows
        with within(self.c, self.scope, rows):
            indexed = {f"_index{place}": one for place, one in enumerate(index_rates(self.c, inner))}
        rows = self.carrying(rows, {name: number for name, (_, _, number) in indexed.items()})
        self.scope.indexed = {(index, day): self.carried(name, number) for name, (index, day, number) in indexed.items()}
        node = inner.rate
        while isinstance(node, core.Step):
            node = node.node
        with within(self.c, self.scope, rows):
            rate = self.c.value(node)
        if not isinstance(rate, Number) or rate.sql.plain:
            return rows
        self.scope.made[node] = self.carried("_share", rate), []
        return self.carrying(rows, {"_share": rate})

    def carrying(self, rows: Sql, numbers: dict[str, Number]) -> Sql:
        """Records with fields more."""
        if not numbers:
            return rows
        more = [part for name, number in numbers.items() for part in (f", {name} := ", number.sql)]
        return self.pool.each("list_transform", rows, self.var, self.pool("struct_insert(", self.pool.atom(self.var, self.var), *more, ")"))

    def carried(self, name: str, number: Number) -> Number:
        """A number that records carry as a field."""
        return replace(number, sql=self.pool.atom(f"{self.var}.{name}", self.var))

    def key(self, node: core.Node | None) -> Value | None:
        """The group of a record."""
        if node is None:
            return None
        value = self.c.value(node)
        if isinstance(value, Number):
            value = replace(value, sql=self.c.math.at(value, value.unit).sql)
        if value.nothing is not None:
            raise Inexact("columns.kind")
        return value

    def lacking(self) -> Sql:
        """Whether a record that counts lacks something its value needs.

        Where that is no matter of single fields, the values themselves tell: they are computed anyway.
        """
        pool, value = self.pool, self.value
        alone = pool.either(*(unknown(pool, v) for v in self.inner))
        if all(v.nulls is not None for v in self.inner) or not isinstance(value, Number):
            return self.c.any_of(self.kept, self.var, alone)
        if self.group is None and (self.period is None or self.place_is_year):
            values = pool.each("list_transform", self.kept, self.var, self.concrete(value).sql)
            return self.c.any_of(values, "x", pool.atom("(x IS NULL)", "x"))
        if self.node.years is not None:
            return self.c.any_of(self.kept, self.var, alone)
        parts = [f"e.{key} IS NULL" for key, part in (("g", self.group), ("p", self.period), ("v", value)) if part is not None]
        return self.c.any_of(self.entries(self.concrete(value)), "e", pool.atom("(" + " OR ".join(parts) + ")", "e"))

    @property
    def place_is_year(self) -> bool:
        """Whether each record is a year of its own."""
        return self.node.year is not None and isinstance(core.bare(self.node.year), core.Position)

    # ---------------------------------------------------------------- what is missing, and what happens

    def about(self, result: Value) -> dict[str, Any]:
        """What the items lack and do."""
        pool = self.pool
        entries = [Entry(self.none, self.node.list)]
        nulls = {self.none}
        if self.keyless is not pool.false:
            entries.append(Entry(self.keyless, f"{self.node.list}.{self.node.merge_by}"))
            nulls.add(self.keyless)
        keyed = pool.negate(self.keyless)
        if self.lacks is not pool.false:
            inner = [entry for v in self.inner for entry in missing(pool, v)]
            entries.append(Entry(pool.both(keyed, self.lacks), "", spread(pool, self.kept, self.var, named(pool, inner))))
            nulls.add(self.lacks)
        nothing = pool.both(keyed, pool("COALESCE(len(", self.kept, ") = 0, FALSE)"))
        entries += result.missing
        known = frozenset(nulls) | (result.nulls or frozenset()) if result.nulls is not None else None
        effects = (*guarded(pool, keyed, self.effects()), *result.effects)
        return {"nulls": known, "nothing": nothing, "missing": tuple(entries), "tight": True, "effects": effects}

    def effects(self) -> list[Effect]:
        """Warnings, records assumed to count, limits within records."""
        pool, var = self.pool, self.var
        found: list[Effect] = []
        inner = [*self.where.effects, *guarded(pool, self.passes, [e for v in self.inner for e in v.effects])]
        warned = [(e.when, e.said) for e in inner if isinstance(e, Warned)]
        if warned:
            found.append(Warned(pool.true, spread(pool, self.rows, var, warned), many=True))
        if any(isinstance(e, (Assumed, ItemBound)) for e in inner):
            raise Inexact("columns.nested")
        undecided = unknown(pool, self.where)
        if undecided is not pool.false:
            entries = guarded(pool, undecided, missing(pool, self.where))
            when = self.c.any_of(self.kept, var, undecided)
            found.append(Assumed(when, Entry(when, "", spread(pool, self.kept, var, named(pool, entries)))))
        limits = [e for e in inner if isinstance(e, Bound)]
        if limits:
            found.append(self.bound(limits))
        return found

    def bound(self, limits: list[Bound]) -> Effect:
        """The last of the limits within records that took a fen or more of all records together."""
        pool, var, kept = self.pool, self.var, self.kept
        if any(x.took is None for x in limits) or self.node.top is not None or self.node.top_each is not None or self.node.take == "max":
            over = [x.when if x.took is None else pool.both(x.when, pool("(", x.took, " > 0)")) for x in limits]
            return Bound(self.c.any_of(kept, var, pool.either(*over)), id(self), pool.atom("NULL"))
        if len(limits) == 1 and "||" not in "".join(p for p in limits[0].said.parts if isinstance(p, str)):
            [limit] = limits
            took = pool.each("list_transform", kept, var, pool.case([(limit.when, limit.took or pool.true)]))
            return ItemBound(pool.true, pool.case([(pool("(list_sum(", took, ") >= 1)"), limit.said)]))
        parts: list[Part] = ["["]
        for place, limit in enumerate(limits):
            row = pool("{'k': ", str(place), ", 't': ", limit.took, ", 's': ", limit.said, "}")
            parts += ([", "] if place else []) + [pool.case([(limit.when, row)])]
        each = pool("flatten(", pool.each("list_transform", kept, var, pool(*parts, "]")), ")")
        found = pool.each("list_filter", each, "x", pool.atom("x IS NOT NULL", "x"))
        keys = pool.each("list_transform", found, "x", pool.atom("x.k", "x"))
        first = pool.each("list_filter", keys, "x, i", pool("(list_position(", keys, ", ", pool.atom("x", "x"), ") = ", pool.atom("i", "i"), ")"))
        mine = pool.each("list_filter", found, "y", pool.atom("(y.k = x)", "x"))
        sums = pool("(list_sum(", pool.each("list_transform", mine, "y", pool.atom("y.t", "y")), ") >= 1)")
        last = pool("list_extract(", pool.each("list_filter", first, "x", sums), ", -1)")
        cut = pool.each("list_filter", found, "x", pool("(", pool.atom("x.t > 0 AND x.k", "x"), " = ", last, ")"))
        return ItemBound(pool.true, pool("struct_extract(list_extract(", cut, ", -1), 's')"))

    # ---------------------------------------------------------------- the sum

    def known(self, total: Number, empty: bool = False) -> Number:
        """A total that is null where a record lacks something, and 0 where nothing is left of records that count."""
        pool = self.pool
        sql = total.sql
        if empty:
            zero = self.c.math.decimal(Fraction(0))
            sql = pool.case([(pool("(len(", self.kept, ") > 0)"), pool("COALESCE(", sql, ", ", zero.sql, ")"))])
        if self.open is not pool.false:
            sql = pool.case([(self.open, pool.atom("NULL"))], sql)
        return replace(total, sql=sql, nulls=frozenset(), nothing=None, missing=(), effects=())

    def listed(self, number: Number, body: Sql | None = None, rows: Sql | None = None, var: str = "") -> Listed:
        """A number of each record that counts."""
        sql = self.pool.each("list_transform", self.kept if rows is None else rows, var or self.var, number.sql if body is None else body)
        return Listed(sql, number.width, number.scale, number.unit, max(abs(number.low), abs(number.high)), number.slack)

    def summed(self, number: Number) -> Number:
        """The sum of a number over the records that count."""
        c = self.c
        if number.figure is not None:
            count = Number(self.pool("CAST(len(", self.kept, ") AS DECIMAL(9,0))"), width=9, high=Fraction(MOST_RECORDS))
            return c.math.times(count, number)
        total = c.list_total(self.listed(number))
        return replace(total, low=min(number.low, Fraction(0)) * MOST_RECORDS)

    def gather(self) -> Value:
        node = self.node
        if isinstance(self.value, Series):
            return self.series(self.value)
        value = self.c.total(self.value)
        if node.years is not None:
            return self.repeated(value)
        if node.top_each is not None or (node.top is not None and (self.group is not None or self.period is not None)):
            raise Inexact("columns.top")
        if self.group is not None:
            return self.grouped(value)
        if self.period is not None:
            return self.dated(value)
        if node.top is None:
            return self.known(self.summed(value))
        value = self.concrete(value)
        listed = self.listed(value)
        best = replace(listed, sql=self.pool("list_slice(list_reverse_sort(", listed.sql, f"), 1, {node.top})"))
        return self.known(self.c.list_total(best))

    def concrete(self, value: Number) -> Number:
        """A number that has an expression."""
        if value.figure is None:
            return value
        found = self.c.math.decimal(value.figure)
        return replace(value, sql=found.sql, width=found.width, scale=found.scale, unit=Fraction(1), figure=None)

    def series(self, value: Series) -> Series:
        """Items that are series themselves, added period by period."""
        node = self.node
        if self.group is not None or self.period is not None or node.top is not None or node.top_each is not None or node.first_years is not None:
            raise Inexact("columns.series")
        total = self.known(self.summed(value.total))
        inner = value.parts

        def parts() -> list[Number]:
            assert inner is not None
            with within(self.c, self.scope, self.rows):
                found = inner()
            return [self.known(self.summed(part)) for part in found]

        return Series(total.sql, total=total, parts=None if inner is None else parts)

    def repeated(self, value: Number) -> Series:
        """Items that pay the same in each of their years."""
        c, node, pool = self.c, self.node, self.pool
        assert node.years is not None and self.period is not None
        _, most = bounds(node.years)
        if most is None or most > MOST_PERIODS or self.group is not None or node.top is not None or node.first_years is not None:
            raise Inexact("columns.series")
        value = self.concrete(value)
        found = []
        for year in range(1, int(most) + 1):
            pays = c.math.compare(">=", self.period, c.math.figure(year))
            body = pool.case([(pays, value.sql)], c.math.decimal(Fraction(0), value.width, value.scale).sql)
            found.append(self.known(c.list_total(self.listed(value, body))))
        total = c.math.plus(found, True)
        return Series(total.sql, total=total, parts=lambda: found)

    # ---------------------------------------------------------------- periods and groups

    def entries(self, value: Number) -> Sql:
        """The records that count as group ``g``, period ``p`` and value ``v``."""
        c, pool = self.c, self.pool
        parts: list[Part] = ["{"]
        if self.group is not None:
            parts += ["'g': ", self.group.sql, ", "]
        if self.period is not None:
            parts += ["'p': ", c.math.at(self.period, Fraction(1)).sql, ", "]
        return pool.each("list_transform", self.kept, self.var, pool(*parts, "'v': ", value.sql, "}"))

    def by_period(self, entries: Sql, among: str = "") -> Sql:
        """Sums by period in time order as ``p`` and ``v``; ``among``: a test of the entries ``e`` with its variable ``g``."""
        pool = self.pool
        mine = pool.each("list_filter", entries, "e", pool.atom(among, "g")) if among else entries
        periods = pool("list_sort(list_distinct(", pool.each("list_transform", mine, "e", pool.atom("e.p", "e")), "))")
        of_period = pool.each("list_filter", mine, "e", pool.atom("(e.p = p)", "p"))
        total = pool("list_sum(", pool.each("list_transform", of_period, "e", pool.atom("e.v", "e")), ")")
        return pool.each("list_transform", periods, "p", pool("{'p': ", pool.atom("p", "p"), ", 'v': ", total, "}"))

    def dated(self, value: Number) -> Series:
        """Items of their own years, added year by year."""
        c, node, pool = self.c, self.node, self.pool
        value = self.concrete(value)
        if value.low < 0:
            raise Inexact("columns.signed")

        def listed() -> Listed:
            if self.place_is_year:
                found = self.listed(value)
            else:
                sums = pool.each("list_transform", self.by_period(self.entries(value)), "e", pool.atom("e.v", "e"))
                found = Listed(sums, 38, value.scale, value.unit, value.high * MOST_RECORDS, value.slack * MOST_RECORDS)
            if node.first_years is not None:
                paying = pool.each("list_filter", found.sql, "x", pool.atom("(x <> 0)", "x"))
                found = replace(found, sql=pool("list_slice(", paying, f", 1, {node.first_years})"))
            return found

        all_years = node.first_years is None
        total = self.known(self.summed(value)) if all_years else self.known(c.list_total(listed()), empty=True)
        return Series(total.sql, total=total, listed=lambda: self.guard(listed()))

    def guard(self, listed: Listed) -> Listed:
        """A list that is null where a record lacks something."""
        if self.open is self.pool.false:
            return listed
        return replace(listed, sql=self.pool.case([(self.open, self.pool.atom("NULL"))], listed.sql))

    def grouped(self, value: Number) -> Value:
        """Items added up group by group, each group up to its limits."""
        c, node, pool = self.c, self.node, self.pool
        if value.low < 0:
            raise Inexact("columns.signed")
        value = self.concrete(value)
        if node.own_caps or (node.take == "max" and self.period is not None):
            raise Inexact("columns.series")
        limits = [(c.number(cap), yearly) for cap, yearly in ((node.group_year_cap, True), (node.group_cap, False)) if cap is not None]
        entries = self.entries(value)
        groups = pool("list_distinct(", pool.each("list_transform", entries, "e", pool.atom("e.g", "e")), ")")
        mine = "(e.g = g)"
        if self.period is not None:
            body = self.by_period(entries, mine)
            if node.first_years is not None:
                paying = pool.each("list_filter", body, "x", pool.atom("(x.v <> 0)", "x"))
                body = pool("list_slice(", paying, f", 1, {node.first_years})")
        else:
            values = pool.each("list_transform", pool.each("list_filter", entries, "e", pool.atom(mine, "g")), "e", pool.atom("e.v", "e"))
            one = pool("list_max(" if node.take == "max" else "list_sum(", values, ")")
            body = pool("[{'p': 1, 'v': ", one, "}]")
        shape = Listed(body, 38, value.scale, value.unit, value.high * MOST_RECORDS, value.slack * MOST_RECORDS)
        total = self.all_groups(groups, shape)
        effects: list[Effect] = []
        entries_: list[Entry] = []
        nulls: frozenset[Sql] | None = frozenset()
        for limit, yearly in limits:
            if limit.nothing is not None or limit.low < 0:
                raise Inexact("columns.series")
            before = total
            shape = self.limited(shape, limit, yearly)
            total = self.all_groups(groups, shape)
            entries_ += guarded(pool, pool.negate(self.open), missing(pool, limit))
            nulls = None if nulls is None or limit.nulls is None else nulls | limit.nulls
            took = c.bound((node, yearly), "group", before, total)
            effects += [*limit.effects, took._replace(said=c.bound(node, "group", before, limit).said)]
        about: dict[str, Any] = {"nulls": nulls, "missing": tuple(entries_), "effects": tuple(effects)}
        known = replace(self.known(total, empty=True), **about)
        if self.period is None:
            return known
        last = shape

        def listed() -> Listed:
            together = pool("flatten(", pool.each("list_transform", groups, "g", last.sql), ")")
            sums = pool.each("list_transform", self.by_period(together), "e", pool.atom("e.v", "e"))
            return self.guard(replace(last, sql=sums, width=38))

        return Series(known.sql, **about, total=known, listed=listed)

    def all_groups(self, groups: Sql, shape: Listed) -> Number:
        """The total over all groups of what ``shape`` says of group ``g``."""
        pool = self.pool
        together = pool("flatten(", pool.each("list_transform", groups, "g", shape.sql), ")")
        values = pool.each("list_transform", together, "x", pool.atom("x.v", "x"))
        return self.c.list_total(replace(shape, sql=values, high=shape.high))

    def limited(self, shape: Listed, limit: Number, yearly: bool) -> Listed:
        """A group's periods, each or their running total up to a limit."""
        c, pool = self.c, self.pool
        one = Number(pool.atom("x.v", "x"), width=shape.width, scale=shape.scale, unit=shape.unit, high=shape.high, slack=shape.slack)
        names = "x"
        if not yearly:
            names = "x, i"
            before = pool("list_slice(", shape.sql, ", 1, ", pool.atom("i", "i"), " - 1)")
            values = pool.each("list_transform", before, "y", pool.atom("y.v", "y"))
            spent = Number(pool("COALESCE(list_sum(", values, "), 0)"), width=38, scale=shape.scale, unit=shape.unit, high=shape.high)
            limit = c.math.extreme("max", (c.math.minus(limit, spent, True), c.math.figure(0)), True)
        kept = c.math.extreme("min", (one, limit), True)
        body = pool("{'p': ", pool.atom("x.p", "x"), ", 'v': ", kept.sql, "}")
        sql = pool.each("list_transform", shape.sql, names, body)
        return Listed(sql, kept.width, kept.scale, kept.unit, kept.high, kept.slack)


def merged(c: Compiler, rows: Sql, fields: dict[str, ColumnType], node: core.Items) -> tuple[Sql, dict[str, ColumnType]]:
    """Records with the same key as one, their sums added up; a field that one of them lacks is lacking."""
    pool, key = c.pool, node.merge_by
    if key not in fields:
        return rows, fields
    keys = pool.each("list_transform", rows, "x", pool.atom(f'x."{key}"', "x"))
    is_first = pool(pool.atom(f'(r."{key}" IS NULL OR list_position(', "r"), keys, ", ", pool.atom(f'r."{key}"', "r"), ") = ", pool.atom("i", "i"), ")")
    first = pool.each("list_filter", rows, "r, i", is_first)
    peers = pool.each("list_filter", rows, "x", pool.atom(f'(x."{key}" = r."{key}")', "r"))
    parts: list[Part] = [pool.atom("struct_update(r", "r")]
    found = dict(fields)
    for name in node.merged:
        if name not in fields:
            continue
        values = pool.each("list_transform", peers, "x", pool.atom(f'x."{name}"', "x"))
        own = pool.atom(f'r."{name}"', "r")
        all_ = pool("(list_count(", values, ") = len(", values, "))")
        total = pool("list_sum(", values, ")")
        cases = [(pool.atom(f'r."{key}" IS NULL', "r"), own), (all_, total)]
        parts += [f', "{name}" := ', pool.case(cases)]
        kept = fields[name]
        width = min(38, max(19, kept.width + 4))
        found[name] = ColumnType(kept.kind, f"DECIMAL(38,{kept.scale})", width, kept.scale)
    return pool.each("list_transform", first, "r", pool(*parts, ")")), found


@READINGS.of(core.Fold)
def fold(c: Compiler, node: core.Fold) -> Value:
    """An aggregate over the records that pass."""
    if node.list not in c.columns:
        return absent(c, node)
    pool = c.pool
    rows, fields = records(c, node.list)
    placed = uses_place(node)
    rows = numbered(c, rows) if placed else rows
    none = pool.is_null(pool.atom(fact(node.list)))
    scope = enter(c, node.list, fields, placed)
    var = scope.var
    c.risk(pool("COALESCE(len(", rows, f") > {MOST_RECORDS}, FALSE)"))
    with within(c, scope, rows):
        where = c.value(node.where) if node.where is not None else Value(pool.true)
        value = c.value(node.value) if node.value is not None else None
    if placed and node.value is not None and uses_place(node.value) and node.where is not None:
        raise Inexact("columns.nested")
    if where.effects or (value is not None and value.effects) or where.nothing is not None:
        raise Inexact("columns.nested")
    fits = pool.true if value is None or value.nothing is None else pool.negate(value.nothing)
    undecided = unknown(pool, where)
    lacks = pool.false if value is None else pool.both(pool.is_true(where.sql), unknown(pool, value))
    open_ = c.any_of(rows, var, pool.either(undecided, lacks))
    pairs = named(pool, guarded(pool, undecided, missing(pool, where)))
    if value is not None:
        pairs += named(pool, guarded(pool, pool.is_true(where.sql), missing(pool, value)))
    entries = [Entry(none, node.list)]
    if open_ is not pool.false:
        entries.append(Entry(open_, "", spread(pool, rows, var, pairs)))
    counts = pool.both(pool.is_true(where.sql), fits)
    kept = rows if counts is pool.true else pool.each("list_filter", rows, var, counts)
    nulls = frozenset((none, open_)) if open_ is not pool.false else frozenset((none,))
    if node.op in ("any", "all"):
        assert value is not None
        test = value.sql if node.op == "any" else pool.negate(value.sql)
        decided = c.any_of(rows, var, pool.both(pool.is_true(where.sql), test))
        answer = pool.true if node.op == "any" else pool.false
        sql = pool.case([(none, pool.atom("NULL")), (decided, answer), (open_, pool.atom("NULL"))], pool.negate(answer))
        return Value(sql, None, None, tuple(entries), False)
    about: dict[str, Any] = {"nulls": nulls, "missing": tuple(entries), "tight": True}
    if node.op == "count" or value is None:
        found = Number(pool("CAST(len(", kept, ") AS DECIMAL(9,0))"), width=9, high=Fraction(MOST_RECORDS))
        return replace(found, sql=pool.case([(open_, pool.atom("NULL"))], found.sql), **about)
    if not isinstance(value, Number) or value.figure is not None:
        raise Inexact("columns.kind")
    listed = Listed(pool.each("list_transform", kept, var, value.sql), value.width, value.scale, value.unit, max(abs(value.low), value.high), value.slack)
    if node.op == "sum":
        total = c.list_total(listed)
        zero = c.math.decimal(Fraction(0))
        sql = pool.case([(pool.either(none, open_), pool.atom("NULL"))], pool("COALESCE(", total.sql, ", ", zero.sql, ")"))
        return replace(total, sql=sql, low=min(value.low, Fraction(0)) * MOST_RECORDS, **about)
    best = pool("list_max(" if node.op == "largest" else "list_min(", listed.sql, ")")
    about["nothing"] = pool.both(pool.negate(none), pool.negate(open_), pool("COALESCE(len(", kept, ") = 0, FALSE)"))
    return replace(value, sql=pool.case([(open_, pool.atom("NULL"))], best), effects=(), **about)
