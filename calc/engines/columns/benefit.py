"""A benefit as columns: status, amount, what bound it, what is missing; and what a scheme's benefits come to together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from calc.engines.columns.machine import ColumnType, Compiler, Scope, Series
from calc.engines.columns.sql import Let, Part, Sql, render
from calc.engines.columns.values import Assumed, Bound, Effect, Entry, Inexact, ItemBound, Value, Warned, missing, unknown
from calc.engines.statuses import CODE
from calc.facts import Facts
from calc.language import model
from calc.language.render import warnings_of
from calc.messages import text
from calc.rates.lpr import LprTable
from calc.units import fen

NULL_TEXT = "NULL::VARCHAR"
NULL_STATUS = "NULL::UTINYINT"
MOST_IN_64 = 9  # amounts below 10**18 of which 64 bits hold the sum
COLUMNS = ("status", "amount", "error", "binding", "missing", "assumed", "warnings", "unsure")


@dataclass(slots=True)
class BenefitColumns:
    """A benefit as SQL expressions over the input's columns and the staged columns ``lets``.

    ``status`` a UTINYINT, its ``CODE``; ``amount`` whole fen, a ``DECIMAL`` of at most 18 digits and scale 0, null when there is none;
    ``binding`` ``scope:limit`` or null;
    ``missing``, ``assumed``, ``warnings`` joined by ``;`` or null; ``error``: this row is the explainer's; ``unsure``: so is it where
    more than status and amount is wanted. ``fallback``: why the explainer computes the whole benefit (the other fields are then void).
    """

    id: str
    status: str = NULL_STATUS
    amount: str = "NULL::DECIMAL(18,0)"
    binding: str = NULL_TEXT
    missing: str = NULL_TEXT
    assumed: str = NULL_TEXT
    warnings: str = NULL_TEXT
    error: str = "FALSE"
    unsure: str = "FALSE"
    fallback: str | None = None
    lets: dict[str, Let] = field(default_factory=dict)


def compile_scheme(scheme: model.Scheme, facts: Facts, lpr: LprTable, columns: dict[str, ColumnType]) -> list[BenefitColumns]:
    """The benefits of a scheme, in its order, over a relation with ``columns``."""
    c = Compiler(facts, lpr, columns)
    made: list[dict[str, Sql] | str] = []
    for benefit in scheme.benefits:
        c.scope = Scope()
        try:
            made.append(_Benefit(c, benefit).columns())
        except Inexact as reason:
            made.append(text(str(reason)))
    roots = [one[name] for one in made if isinstance(one, dict) for name in COLUMNS]
    texts, lets = render(roots)
    told = iter(texts)
    found = []
    for benefit, one in zip(scheme.benefits, made, strict=True):
        if isinstance(one, str):
            found.append(BenefitColumns(benefit.id, fallback=one))
        else:
            found.append(BenefitColumns(benefit.id, **{name: next(told) for name in COLUMNS}, lets=lets))
    return found


def _code(status: str) -> str:
    return f"{CODE[status]}::UTINYINT"


class _Benefit:
    def __init__(self, c: Compiler, benefit: model.Benefit) -> None:
        self.c = c
        self.pool = c.pool
        self.benefit = benefit

    def columns(self) -> dict[str, Sql]:
        c, pool, benefit = self.c, self.pool, self.benefit
        rules = [c.value(rule.condition) for rule in benefit.requires]
        for rule in rules:
            c.risk(pool("COALESCE(NOT ", rule.sql, ", FALSE)"))
        gates = [c.value(condition.node) for condition in benefit.conditions]
        if any(gate.nothing is not None for gate in gates):
            raise Inexact("columns.kind")
        null = pool.atom(NULL_TEXT)
        if benefit.amount is None:
            found = dict.fromkeys(COLUMNS, null)
            found["status"] = pool.atom(_code("no-figure"))
            found["amount"] = pool.atom("NULL::DECIMAL(18,0)")
            found["warnings"] = self.warnings([e for g in gates for e in g.effects], pool.true)
        else:
            found = self.money(gates, c.value(benefit.amount))
        found["error"] = pool.is_true(pool.either(*c.scope.risks))
        found["unsure"] = self.unsure
        return found

    unsure: Sql

    def money(self, gates: list[Value], value: Value) -> dict[str, Sql]:
        """The columns of a benefit that has an amount."""
        c, pool = self.c, self.pool
        holds = pool.both(*(g.sql for g in gates))
        refused = pool.negate(holds)
        fails = refused if value.nothing is None else pool.either(refused, value.nothing)
        open_ = unknown(pool, value)
        before = [e for g in gates for e in g.effects]
        assumed = [e for e in (*before, *value.effects) if isinstance(e, Assumed)]
        if all(g.nulls == frozenset() for g in gates):
            undecided = pool.false
        else:
            nulls = {n for g in gates for n in (g.nulls or ())}
            simple = all(g.nulls is not None for g in gates) and len(nulls) == 1
            undecided = next(iter(nulls)) if simple else pool.is_null(holds)
        conditional = pool.either(undecided, *(a.when for a in assumed))
        cases = [(fails, "ineligible"), (open_, "incomplete"), (conditional, "conditional")]
        status = pool.case([(when, pool.atom(_code(said))) for when, said in cases], pool.atom(_code("eligible")))
        total = c.total(value)
        zero = pool.atom("CAST(0 AS DECIMAL(18,0))")
        null = pool.atom("NULL::DECIMAL(18,0)")
        if total.nulls is not None and pool.true in total.nulls:
            amount = pool.case([(fails, zero)], null)
        else:
            sql, width = c.math.fen(total)
            zero = c.math.decimal(Fraction(0), width).sql
            amount = pool.case([(fails, zero)], sql)
            if isinstance(value, Series) and value.nulls is not None and open_ is not pool.false:
                amount = pool.case([(fails, zero), (open_, null)], sql)
        lacks = missing(pool, value)
        gaps = [e for g in gates for e in missing(pool, g)]
        supposed = [*gaps, *(a.entry._replace(when=pool.both(a.when, a.entry.when)) for a in assumed)]
        fits = pool.negate(pool("COALESCE(", fails, ", FALSE)"))
        is_open = pool.both(fits, open_)
        is_sure = pool.both(fits, pool.negate(open_))
        effects = [*before, *value.effects]
        reached = pool("(", holds, " IS NOT FALSE)") if holds not in (pool.true, pool.false) else holds
        told = [*before, *(e._replace(when=pool.both(reached, e.when)) for e in value.effects)]
        return {
            "status": status,
            "amount": amount,
            "binding": self.binding([e for e in effects if isinstance(e, (Bound, ItemBound))], is_sure),
            "missing": self.joined(lacks, [], is_open),
            "assumed": self.assumed(supposed, lacks, is_open, pool.both(is_sure, conditional)),
            "warnings": self.warnings(told, fits),
        }

    def binding(self, limits: Sequence[Bound | ItemBound], when: Sql) -> Sql:
        """The last limit that bound, as text."""
        pool = self.pool
        null = pool.atom(NULL_TEXT)
        doubtful = [pool.both(when, x.when) for x in limits if x.said.parts == ("NULL",)]
        self.unsure = pool("COALESCE(", pool.either(*doubtful), ", FALSE)") if doubtful else pool.false
        cases: list[tuple[Sql, Sql]] = []
        for limit in reversed(limits):
            if limit.said.parts == ("NULL",):
                continue
            cases.append((limit.when if isinstance(limit, Bound) else pool.not_null(limit.said), limit.said))
        return pool.case([(when, pool.case(cases, null))], null) if cases else null

    def joined(self, entries: Sequence[Entry], without: Sequence[Entry], when: Sql) -> Sql:
        """The ids of entries that hold, each once, in order, less those of ``without``; null where there are none."""
        pool = self.pool
        null = pool.atom(NULL_TEXT)
        if not entries or when is pool.false:
            return null
        if all(e.many is None for e in (*entries, *without)):
            parts: list[Part] = []
            before: dict[str, list[Sql]] = {}
            for entry in without:
                before.setdefault(entry.key, []).append(entry.when)
            for entry in entries:
                earlier = before.setdefault(entry.key, [])
                holds = pool.both(entry.when, *(pool("(", e, " IS NOT TRUE)") for e in dict.fromkeys(earlier)))
                earlier.append(entry.when)
                if pool.true in earlier[:-1]:
                    continue
                parts += [", ", pool.case([(holds, pool.text(entry.key))])]
            if not parts:
                return null
            return pool.case([(when, pool("NULLIF(CONCAT_WS(';'", *parts, "), '')"))], null)
        found = self.distinct(self.listed(entries))
        if without:
            found = pool.each("list_filter", found, "x", pool("(NOT list_contains(", self.listed(without), ", ", pool.atom("x", "x"), "))"))
        return pool.case([(when, pool("NULLIF(array_to_string(", found, ", ';'), '')"))], null)

    def listed(self, entries: Sequence[Entry]) -> Sql:
        """Entries as a list of texts, null for those that do not hold."""
        pool = self.pool
        parts: list[Part] = ["list_concat([]::VARCHAR[]"]
        for entry in entries:
            one = pool("[", pool.text(entry.key), "]") if entry.many is None else entry.many
            parts += [", ", pool.case([(entry.when, one)], pool.atom("[]::VARCHAR[]"))]
        return pool(*parts, ")")

    def distinct(self, texts: Sql) -> Sql:
        """The texts of a list, each once, in the order of their first."""
        pool = self.pool
        x, i = pool.atom("x", "x"), pool.atom("i", "i")
        return pool.each("list_filter", texts, "x, i", pool("(", x, " IS NOT NULL AND list_position(", texts, ", ", x, ") = ", i, ")"))

    def assumed(self, entries: Sequence[Entry], lacks: Sequence[Entry], is_open: Sql, is_conditional: Sql) -> Sql:
        """What is assumed: all that is undecided where the amount is known, else what is not missing anyway."""
        pool = self.pool
        null = pool.atom(NULL_TEXT)
        if not entries:
            return null
        plain = self.joined(entries, [], pool.true)
        rest = self.joined(entries, lacks, pool.true)
        return pool.case([(is_conditional, plain), (is_open, rest)], null)

    def warnings(self, effects: Sequence[Effect], fits: Sql) -> Sql:
        """Warnings joined, each once."""
        pool = self.pool
        told = [e for e in effects if isinstance(e, Warned)]
        own = warnings_of(self.benefit)
        null = pool.atom(NULL_TEXT)
        if not hasattr(self, "unsure"):
            self.unsure = pool.false
        if not told:
            return pool.case([(fits, pool.text(";".join(own)))], null) if own else null
        entries = [Entry(e.when, "", e.said if e.many else pool("[", e.said, "]")) for e in told]
        entries += [Entry(fits, said) for said in own]
        return pool("NULLIF(array_to_string(", self.distinct(self.listed(entries)), ", ';'), '')")


def when_sure(status: str) -> str:
    """SQL of whether an amount is certain."""
    return f"{status} = {CODE['eligible']}"


def when_likely(status: str) -> str:
    """SQL of whether an amount is certain, or is if conditions hold."""
    return f"{status} <= {CODE['conditional']}"


def scheme_columns(scheme: model.Scheme, benefits: Sequence[tuple[str, str]], caps: Sequence[str] = ()) -> tuple[str, str]:
    """SQL of a scheme's total (fen: a BIGINT, a DECIMAL where a sum may be larger) and of its status, from the (status, amount)
    expressions of its benefits. ``caps``: SQL of the figure (fen, null where it does not hold) of each group cap; those the text
    fixes, if not told.
    """
    counted = [(b.id, s, a) for b, (s, a) in zip(scheme.benefits, benefits, strict=True) if b.amount is not None]
    if not counted:
        return "NULL::BIGINT", _code("no-figure")
    # the query engine compares INTEGERs, not UTINYINTs, as they are
    status = f"CAST(LEAST({', '.join(f'CAST({s} AS INTEGER)' for _, s, _ in counted)}) AS UTINYINT)" if len(counted) > 1 else counted[0][1]
    counted = [(b.id, s, a) for b, (s, a) in zip(scheme.benefits, benefits, strict=True) if b.amount is not None and b.support != "equity"]
    if not counted:
        return "NULL::BIGINT", status
    if len(counted) > MOST_IN_64:
        counted = [(id, s, f"CAST({a} AS DECIMAL(20,0))") for id, s, a in counted]
    some = " OR ".join(when_sure(s) for _, s, _ in counted)
    closed = " AND ".join(f"{s} = {CODE['ineligible']}" for _, s, _ in counted)
    if len(counted) == 1 and not scheme.group_caps:
        return f"CASE WHEN {some} THEN {counted[0][2]} WHEN {closed} THEN 0 END", status
    sure = {id: f"CASE WHEN {when_sure(s)} THEN {a} END" for id, s, a in counted}
    return f"CASE WHEN {some} THEN {_combined(scheme, sure, caps)} WHEN {closed} THEN 0 END", status


def _combined(scheme: model.Scheme, amounts: dict[str, str], caps: Sequence[str]) -> str:
    """The sum of what ``combine`` keeps, less what group caps cut; of equal ones the first is kept."""
    if scheme.combine == "one-of" and len(amounts) > 1:
        if not scheme.group_caps:
            return f"GREATEST({', '.join(amounts.values())})"
        kept = {}
        ids = list(amounts)
        for place, id in enumerate(ids):
            rest = [f"COALESCE({amounts[o]} {'<' if n < place else '<='} {amounts[id]}, TRUE)" for n, o in enumerate(ids) if n != place]
            kept[id] = f"CASE WHEN {' AND '.join(rest)} THEN {amounts[id]} END"
        amounts = kept
    amounts = exclusive(scheme, amounts)
    whole = " + ".join(f"COALESCE({sql}, 0)" for sql in amounts.values())
    for place, cap in enumerate(scheme.group_caps):
        inside = " + ".join(f"COALESCE({amounts[id]}, 0)" for id in cap.benefits if id in amounts)
        if inside and (caps or cap.limit is not None):
            limit = caps[place] if caps else str(fen(Fraction(cap.limit or 0)))
            whole += f" - GREATEST(0, COALESCE({inside} - {limit}, 0))"
    return f"({whole})"


def exclusive(scheme: model.Scheme, amounts: dict[str, str]) -> dict[str, str]:
    """SQL of the amounts with those dropped that the scheme's ``one_of`` groups do not pay: the set that comes to most is kept, of
    equal ones the first."""
    sets = model.sets_kept(scheme)
    sums = ["(" + " + ".join(["0", *(f"COALESCE({amounts[id]}, 0)" for id in sorted(one) if id in amounts)]) + ")" for one in sets]
    best = [" AND ".join(["TRUE", *(f"{own} {'>' if m < n else '>='} {other}" for m, other in enumerate(sums) if m != n)]) for n, own in enumerate(sums)]
    found = dict(amounts)
    for id, sql in amounts.items():
        if any(id in one for one in sets):
            kept = " OR ".join(f"({best[n]})" for n, one in enumerate(sets) if id in one)
            found[id] = f"CASE WHEN {kept} THEN {sql} END"
    return found
