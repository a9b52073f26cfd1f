"""Record lists: the items that count, and what they come to."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from calc.engines.explain.machine import READINGS, Compiler, best_of_each
from calc.engines.explain.values import NO_MATCH, Cut, Entry, Env, Run, Unknown, add_series, capped, earliest, merge, total, whole
from calc.errors import InputError
from calc.language import core
from calc.language.render import render
from calc.messages import text
from calc.units import decimal_text


class _ItemsRun:
    """The pipeline of an ``Items`` node: merge → where → value → top → group → years."""

    def __init__(self, node: core.Items, compiler: Compiler) -> None:
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
        limits: dict[Any, list[Any]] = {}  # of each group: a year's and that of all
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
                if node.own_caps and group not in limits:
                    limits[group] = self.limits(env)
                if env.trace is not None and self.heads:
                    repeated = text("trace.repeated", years=len(dated)) if self.years is not None else ""
                    env.trace.append(Entry("step.item.end", repeated, total(dated), node.type.kind))
        env.record, env.place, env.rank, env.cuts = outer
        env.items.append((node, len(rows), counted, undecided))
        if open_:
            return merge(*open_)
        if not items:
            return NO_MATCH
        return self.gather(items, limits, env)

    def limits(self, env: Env) -> list[Any]:
        """What a group may have in a year, and in all; ``None`` where the scheme says neither."""
        return [None if cap is None else cap(env) for cap in (self.group_year_cap, self.group_cap)]

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
        assert self.node.years is not None
        return dict.fromkeys(range(1, whole(period, self.node.years, env.place) + 1), value)

    def gather(self, items: list[tuple[Any, Any, dict[Any, Cut]]], limits: dict[Any, list[Any]], env: Env) -> Any:
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
        sums = {group: earliest(add_series(v), node.first_years) if self.dated else sum(v) for group, v in groups.items()}
        general = None if node.own_caps else self.limits(env)
        for place, yearly in enumerate((True, False)):
            found = {group: (general or limits[group])[place] for group in sums}
            if None in found.values():
                continue
            unknown = [limit for limit in found.values() if type(limit) is Unknown]
            if unknown:
                return merge(*unknown)
            uncut, sums = sums, {group: capped(s, found[group], yearly) for group, s in sums.items() if found[group] is not NO_MATCH}
            if not sums:
                return NO_MATCH
            took = {group: total(uncut[group]) - total(s) for group, s in sums.items()}
            limit = next((found[group] for group, cut in took.items() if cut), next(iter(found.values())))
            env.cuts[id(node), yearly] = Cut("group", limit, sum(took.values()))
        return add_series(list(sums.values())) if self.dated else sum(sums.values())


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


@READINGS.of(core.Fold)
def _fold(compiler: Compiler, node: core.Fold) -> Run:
    rows_id, op = node.list, node.op
    value = compiler.run(node.value) if node.value is not None else None
    where = compiler.run(node.where) if node.where is not None else None
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


@READINGS.of(core.Items)
def _items(compiler: Compiler, node: core.Items) -> Run:
    return _ItemsRun(node, compiler)
