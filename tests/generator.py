"""Random projects that seek a scheme's boundaries: the figures of its own conditions, tiers and limits, and the smallest step beside them.

Seeded: the same ``random.Random`` gives the same project. ``random_facts`` makes plain values as the catalogue keeps them,
``as_given`` writes them as a TOML or JSON file would.
"""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from functools import lru_cache
from typing import Any

from calc import Catalog, load_catalog
from calc.engines.explain.machine import compile_node
from calc.engines.explain.values import Env, Unknown
from calc.errors import InputError
from calc.facts import FactDef, Facts
from calc.language import core, model
from calc.rates.interest import step_years
from calc.twins import completed
from calc.units import decimal_text, simple

STEPS = {  # the smallest step between two values a person writes
    "money": Fraction(1, 100),
    "usd": Fraction(1, 100),
    "percent": Fraction(1, 10_000),
    "area": Fraction(1, 100),
    "mu": Fraction(1, 100),
    "tonne": Fraction(1, 1000),
    "kg": Fraction(1, 1000),
    "years": Fraction(1, 12),
    "months": Fraction(1),
    "count": Fraction(1),
    "number": Fraction(1),
}
ORDINARY = {  # what a value is drawn from when no boundary is near, in steps
    "money": 10**10,
    "usd": 10**9,
    "percent": 10_000,
    "area": 5 * 10**6,
    "mu": 10**5,
    "tonne": 10**5,
    "kg": 10**6,
    "years": 15 * 12,
    "months": 60,
    "count": 200,
    "number": 8,
}
LOAN = {"start", "end", "principal"}
FIRST_DAY, LAST_DAY = dt.date(2018, 6, 1), dt.date(2026, 12, 31)
LEAP_DAYS = (dt.date(2020, 2, 29), dt.date(2024, 2, 29))
BLANK = 0.06  # how often a fact, or a field of a record, is not given


def random_facts(catalog: Catalog, scheme: str | model.Scheme, rng: random.Random) -> dict[str, Any]:
    """Facts (plain values by id) for ``scheme``, most of which meet the conditions of one of its benefits or all but one.

    The result keeps the scheme's consistency rules, and its loans are possible ones.
    """
    id = scheme if isinstance(scheme, str) else scheme.id
    return _seeker(catalog, catalog.find(id)).draw(rng)


def as_given(facts: dict[str, Any], names: Facts | None = None) -> dict[str, Any]:
    """``facts`` as they stand in a TOML or JSON file: texts with units, yes/no, whole numbers, lists of records.

    ``names`` is the dictionary of facts (the one shipped, if not told).
    """
    names = names or _shipped()
    return {id: _written(names[id], value) for id, value in facts.items()}


def together(projects: list[dict[str, Any]], names: Facts) -> dict[str, Any]:
    """The facts of several projects as those of one; of twins that contradict one another the later is left out."""
    found: dict[str, Any] = {}
    for id, value in ((id, value) for project in projects for id, value in project.items()):
        try:
            completed({**found, id: value}, names.twins, names.by_id)
        except InputError:
            continue
        found[id] = value
    return found


@lru_cache(maxsize=1)
def _shipped() -> Facts:
    return load_catalog().facts


def _written(definition: FactDef, value: Any) -> Any:
    if definition.type == "list":
        return [{id: _written(definition.fields[id], v) for id, v in record.items()} for record in value]
    if definition.type == "date":
        return value.isoformat()
    if definition.type == "set":
        return list(value)
    if definition.type in ("bool", "enum"):
        return value
    if definition.type == "years" and isinstance(value, Fraction):
        return f"{value * 12}个月"
    if definition.type in ("count", "number") and isinstance(value, int):
        return value
    scale, unit = {"money": (1, "元"), "percent": (100, "%"), "usd": (1, "美元")}.get(definition.type, (1, ""))
    said = decimal_text(simple(Fraction(value) * scale), 30)
    assert Fraction(said) == value * scale, f"{definition.id}: {value} has no finite decimal"
    return said + unit


@lru_cache(maxsize=400)
def _seeker(catalog: Catalog, id: str) -> _Seeker:
    return _Seeker(catalog, catalog.scheme(id))


class _Seeker:
    """Draws projects for one scheme."""

    def __init__(self, catalog: Catalog, scheme: model.Scheme) -> None:
        self.names = catalog.facts
        self.lpr = catalog.lpr
        self.scheme = scheme
        self.compiled: dict[core.Node, Any] = {}
        self.near: dict[str, set[Any]] = {}
        self.figures: dict[str, set[Any]] = {}
        for benefit in scheme.benefits:
            for node in [c.node for c in benefit.conditions] + [r.condition for r in benefit.requires]:
                self.visit(node)
            if benefit.amount is not None:
                self.visit(benefit.amount)
        self.ids = sorted({f.partition(".")[0] for f in scheme.facts})

    def visit(self, node: core.Node) -> None:
        """Notes which figures each fact meets: what it is compared with, and where a percentage of it reaches a limit."""
        if isinstance(node, core.Lit):
            self.figures.setdefault(node.type.kind, set()).add(node.value)
        if isinstance(node, core.Compare):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                for figure in _figures(other):
                    self.note(core.facts_in(one), figure.type.kind, figure.value)
        if isinstance(node, core.Cap):
            rates = [Fraction(r.value) for r in _figures(node.value) if r.type.kind == "percent" and r.value > 0] or [Fraction(1)]
            for limit in _figures(node.limit):
                for rate in rates:
                    self.note(core.facts_in(node.value), limit.type.kind, limit.value / rate if limit.type.kind == "money" else limit.value)
        for below in core.children(node):
            self.visit(below)

    def note(self, facts: list[str], kind: str, figure: Any) -> None:
        for path in facts:
            list, _, field = path.partition(".")
            own = (self.names[list].fields[field] if field else self.names[list]).type if list in self.names else ""
            if own == kind or {own, kind} <= {"number", "count", "percent"}:
                self.near.setdefault(path, set()).add(figure)

    def draw(self, rng: random.Random) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for id in self.ids:
            if rng.random() >= BLANK:
                facts[id] = self.value(self.names[id], id, rng)
        payable = [b for b in self.scheme.benefits if b.amount is not None]
        if payable and rng.random() < 0.8:
            benefit = rng.choice(payable)
            for condition in benefit.conditions:
                self.satisfy(condition.node, True, facts, facts, rng)
            assert benefit.amount is not None
            self.fit_items(benefit.amount, facts, rng)
        if facts and rng.random() < 0.4:
            for id in rng.sample(sorted(facts), min(len(facts), rng.choice((1, 1, 2)))):
                del facts[id]
                if rng.random() < 0.4:
                    facts[id] = self.value(self.names[id], id, rng)
        for benefit in self.scheme.benefits:
            self.repair(benefit.requires, facts, facts)
            if benefit.amount is not None:
                self.repair_items(benefit.amount, facts)
        return facts

    # ---------------------------------------------------------------- values

    def value(self, definition: FactDef, path: str, rng: random.Random) -> Any:
        kind = definition.type
        if kind == "bool":
            return rng.random() < 0.5
        if kind == "enum":
            return rng.choice(list(definition.values))
        if kind == "set":
            return tuple(rng.sample(list(definition.values), rng.choice((1, 1, 2, 3))))
        if kind == "list":
            return [self.record(definition, path, rng) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 7)))]
        near = sorted(self.near.get(path, ()))
        if kind == "date":
            return self.day(near, rng)
        return self.number(definition, near, rng)

    def day(self, near: list[Any], rng: random.Random) -> dt.date:
        near = near or sorted(self.figures.get("date", ()))
        if near and rng.random() < 0.6:
            return rng.choice(near) + dt.timedelta(rng.choice((-1, 0, 0, 1)))
        if rng.random() < 0.1:
            return rng.choice(LEAP_DAYS)
        return FIRST_DAY + dt.timedelta(rng.randrange((LAST_DAY - FIRST_DAY).days))

    def number(self, definition: FactDef, near: list[Any], rng: random.Random) -> Any:
        kind = definition.type
        step = STEPS[kind]
        chance = rng.random()
        near = near if chance < 0.55 else sorted(self.figures.get(kind, ()))
        if near and chance < 0.7:
            value = (rng.choice(near) // step + rng.choice((-1, 0, 0, 1))) * step
        elif chance < 0.76:
            value = Fraction(0)
        elif kind in ("money", "usd") and chance < 0.8:
            value = Fraction(rng.randrange(10 ** rng.randrange(4, 13)), 1000)  # finer than a fen, or very large
        else:
            value = rng.randrange(1, max(2, ORDINARY[kind] // 10 ** rng.randrange(0, 4))) * step
        value = max(Fraction(0), value)
        if definition.signed and rng.random() < 0.25:
            value = -value
        if kind == "years" and rng.random() < 0.5:
            value = Fraction(int(value))
        return simple(value)

    def record(self, definition: FactDef, path: str, rng: random.Random) -> dict[str, Any]:
        plain = {id: field for id, field in definition.fields.items() if field.type != "list"}
        row = {id: self.value(field, f"{path}.{id}", rng) for id, field in plain.items() if rng.random() >= BLANK}
        if set(row) >= LOAN:
            self.loan(row, definition, rng)
        return row

    def loan(self, row: dict[str, Any], definition: FactDef, rng: random.Random) -> None:
        """Makes a loan possible: it ends after it starts, and is drawn and paid back in between, in that order."""
        start = row["start"]
        years = step_years(start, rng.randrange(0, 7)) + dt.timedelta(rng.choice((-1, 0, 0, 1)))
        row["end"] = max(start + dt.timedelta(1), rng.choice((years, start + dt.timedelta(rng.randrange(1, 2600)))))
        days = (row["end"] - start).days
        for list, share in (("drawdowns", (0, 0.5)), ("repayments", (0.5, 1))):
            if list in definition.fields and rng.random() < 0.3:
                dates = sorted(start + dt.timedelta(int(days * rng.uniform(*share))) for _ in range(rng.randrange(1, 4)))
                left = Fraction(row["principal"])
                row[list] = []
                for date in dates:
                    part = left if rng.random() < 0.3 else left * rng.randrange(0, 100) / 100 // STEPS["money"] * STEPS["money"]
                    row[list].append({"date": date, "amount": simple(part)})
                    left -= part
        drawn = sum(d["amount"] for d in row.get("drawdowns", [{"amount": row["principal"]}]))
        if sum(r["amount"] for r in row.get("repayments", ())) > drawn:
            del row["repayments"]

    # ---------------------------------------------------------------- conditions

    def run(self, node: core.Node, facts: dict[str, Any], record: dict[str, Any]) -> Any:
        if node not in self.compiled:
            self.compiled[node] = compile_node(node, self.names)
        env = Env(facts, self.lpr)
        if record is not facts:
            env.record = record
        return self.compiled[node](env)

    def satisfy(self, node: core.Node, wanted: bool, facts: dict[str, Any], record: dict[str, Any], rng: random.Random) -> None:
        """Changes the facts, or the record at hand, so that ``node`` mostly comes out as ``wanted``."""
        if isinstance(node, core.Not):
            self.satisfy(node.arg, not wanted, facts, record, rng)
        elif isinstance(node, (core.AllOf, core.AnyOf)):
            every = isinstance(node, core.AllOf) is wanted
            for part in node.args if every else (rng.choice(node.args),):
                self.satisfy(part, wanted, facts, record, rng)
        elif isinstance(node, core.Member):
            fits = [v for v in node.item.type.values if (v in node.values) is (wanted is not node.negated)]
            if fits:
                self.put(node.item, rng.choice(fits), facts, record)
        elif isinstance(node, core.Has):
            fits = [v for v in node.item.type.values if (v in node.counting) is wanted]
            if fits:
                self.put(node.item, (rng.choice(fits),), facts, record)
        elif isinstance(node, core.Compare):
            self.order(node, wanted, facts, record, rng)
        elif isinstance(node, core.Fold) and node.where is not None:
            for row in facts.get(node.list, ()):
                self.satisfy(node.where, rng.random() < 0.8, facts, row, rng)
        elif node.type.kind == "bool":
            self.put(node, wanted, facts, record)

    def order(self, node: core.Compare, wanted: bool, facts: dict[str, Any], record: dict[str, Any], rng: random.Random) -> None:
        if self.run(node, facts, record) is wanted and rng.random() < 0.5:
            return
        back = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
        for one, other, op in ((node.left, node.right, node.op), (node.right, node.left, back.get(node.op, node.op))):
            if isinstance(one, (core.Fact, core.Field)):
                figure = self.run(other, facts, record)
                if isinstance(figure, Unknown) or not isinstance(figure, (int, Fraction, dt.date)) or isinstance(figure, bool):
                    continue
                if not wanted:
                    op = {">": "<=", "<=": ">", ">=": "<", "<": ">=", "==": "!=", "!=": "=="}[op]
                away = {">": 1, ">=": 0, "<": -1, "<=": 0, "==": 0, "!=": 1}[op]
                further = rng.choice((0, 0, 1, 300)) * {">": 1, ">=": 1, "<": -1, "<=": -1}.get(op, 0)
                if isinstance(figure, dt.date):
                    self.put(one, figure + dt.timedelta(away + further), facts, record)
                else:
                    step = STEPS[one.type.kind]
                    steps = figure // step + away + (1 if op in (">", ">=") and figure % step else 0) + further
                    self.put(one, simple(Fraction(max(0, steps) * step)), facts, record)
                return

    def put(self, place: core.Node, value: Any, facts: dict[str, Any], record: dict[str, Any]) -> None:
        if isinstance(place, core.Fact):
            facts[place.id] = value
        elif isinstance(place, core.Field) and record is not facts:
            if place.id == "end" and record.get("start", value) >= value:
                return
            record[place.id] = value
            if place.id in LOAN:
                record.pop("drawdowns", None)
                record.pop("repayments", None)

    def fit_items(self, node: core.Node, facts: dict[str, Any], rng: random.Random) -> None:
        """Lets most records of the lists that are paid by item pass their gate."""
        if isinstance(node, core.Items) and node.where is not None:
            for row in facts.get(node.list, ()):
                if rng.random() < 0.7:
                    self.satisfy(node.where, True, facts, row, rng)
        for below in core.children(node):
            self.fit_items(below, facts, rng)

    # ---------------------------------------------------------------- consistency

    def repair(self, rules: tuple[core.Require, ...], facts: dict[str, Any], record: dict[str, Any]) -> None:
        """Swaps two values that stand in the wrong order; drops one that still contradicts the rest."""
        for rule in rules:
            node = rule.condition
            if self.run(node, facts, record) is not False:
                continue
            if isinstance(node, core.Compare) and all(isinstance(s, (core.Fact, core.Field)) for s in (node.left, node.right)):
                left, right = self.run(node.left, facts, record), self.run(node.right, facts, record)
                self.put(node.left, right, facts, record)
                self.put(node.right, left, facts, record)
            if self.run(node, facts, record) is False:
                record.pop(rule.fact.rpartition(".")[2], None)

    def repair_items(self, node: core.Node, facts: dict[str, Any]) -> None:
        if isinstance(node, core.Items):
            for row in facts.get(node.list, ()):
                self.repair(node.requires, facts, row)
        for below in core.children(node):
            self.repair_items(below, facts)


def _figures(node: core.Node) -> list[core.Lit]:
    """The figures within a node, without those that only decide between them."""
    if isinstance(node, core.Lit):
        return [node] if node.type.kind not in ("bool", "rate") else []
    if isinstance(node, core.Compare):
        return []
    return [figure for below in core.children(node) for figure in _figures(below)]
