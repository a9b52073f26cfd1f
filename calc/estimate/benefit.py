"""One scheme on one project: conditions, amount, limits, how benefits combine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Literal

from calc.engines.explain.machine import compile_node
from calc.engines.explain.records import check_rules
from calc.engines.explain.values import NO_MATCH, Env, Run, Unknown, total
from calc.engines.statuses import ORDER, Status
from calc.estimate.cash import Year, gathered, years_of
from calc.estimate.plausible import above_whole, odd_in, told
from calc.estimate.results import (
    BenefitResult,
    ConditionResult,
    GroupCapResult,
    LimitResult,
    PeriodResult,
    SchemeResult,
    SourceResult,
)
from calc.estimate.trace import steps
from calc.facts import Facts
from calc.language import core, exclusive, model
from calc.language.bounds import least_open
from calc.language.names import short
from calc.language.render import later_words, render, warnings_of, wording
from calc.messages import language, text
from calc.rates.lpr import LprTable
from calc.units import Number, fen, fen_text, value_text


class CompiledBenefit:
    """A benefit ready to run; explanations are compiled when first asked for."""

    __slots__ = ("_blank", "_blanks", "_traced", "amount", "benefit", "conditions", "facts", "inputs", "reads", "rules")

    def __init__(self, benefit: model.Benefit, facts: Facts) -> None:
        self.benefit = benefit
        self.facts = facts
        self.conditions = [compile_node(c.node, facts) for c in benefit.conditions]
        self.rules = [(compile_node(r.condition, facts), r, render(r.condition, facts)) for r in benefit.requires]
        self.amount: Run | None = compile_node(benefit.amount, facts) if benefit.amount is not None else None
        self._traced: Run | None = None
        # the facts that the amount is computed from, and those that each condition turns on
        self.inputs = _read_by(benefit.amount) if benefit.amount is not None else frozenset()
        self.reads = [_read_by(c.node) for c in benefit.conditions]
        self._blank: tuple[Any, Env] | None = None
        self._blanks: list[Any] = [None] * len(self.conditions)

    def gates(self, env: Env) -> list[Any]:
        """What the conditions come to; one of whose facts none is given comes to the same for every project."""
        given, found = env.facts.keys(), []
        for place, run in enumerate(self.conditions):
            if given.isdisjoint(self.reads[place]):
                gate = self._blanks[place]
                if gate is None:
                    gate = self._blanks[place] = run(env)
            else:
                gate = run(env)
            found.append(gate)
        return found

    def is_blank(self, place: int, gate: Any) -> bool:
        """Whether the condition at ``place`` came to ``gate`` with none of its facts given."""
        return gate is not None and gate is self._blanks[place]

    def value(self, env: Env) -> Any:
        """What the amount comes to; where none of its facts is given, the same for every project."""
        assert self.amount is not None
        if not env.facts.keys().isdisjoint(self.inputs):
            return self.amount(env)
        if self._blank is None:
            bare = Env({}, env.lpr)
            self._blank = self.amount(bare), bare
        value, bare = self._blank
        env.assumed, env.cuts, env.items, env.kept, env.warnings = bare.assumed, bare.cuts, bare.items, bare.kept, bare.warnings
        return value

    @property
    def traced(self) -> Run | None:
        """The amount with every step kept."""
        if self._traced is None and self.benefit.amount is not None:
            self._traced = compile_node(self.benefit.amount, self.facts, traced=True)
        return self._traced


def _read_by(node: core.Node) -> frozenset[str]:
    return frozenset(path.partition(".")[0] for path in core.facts_in(node))


class Outcome:
    """What a benefit comes to: ``amount`` in fen (0 when ineligible, None when not computable), and what it turned on."""

    __slots__ = ("amount", "assumed", "env", "gates", "missing", "status", "unfit", "value")

    def __init__(self, status: Status, amount: int | None, gates: list[Any], env: Env) -> None:
        self.status: Status = status
        self.amount = amount
        self.gates = gates
        self.env = env
        self.value: Any = None
        self.missing: tuple[str, ...] = ()
        self.assumed: tuple[str, ...] = ()
        self.unfit = False

    @property
    def binding(self) -> tuple[str, Number, Number] | None:
        """The last limit that cut the amount: scope, limit, cut (yuan)."""
        if self.status not in ("eligible", "conditional"):
            return None
        for cut in reversed(list(self.env.cuts.values())):
            if fen(cut.cut) > 0 and cut.scope != "base":
                return cut.scope, cut.limit, cut.cut
        return None


def evaluate(
    compiled: CompiledBenefit, facts: dict[str, Any], lpr: LprTable, traced: bool = False, cut: Callable[[Any], Any] = fen
) -> Outcome:
    """One benefit on one project's facts (plain values by id); ``cut`` turns its amount in yuan into fen.

    Raises ``InputError`` for inconsistent input.
    """
    env = Env(facts, lpr, [] if traced else None)
    benefit = compiled.benefit
    if compiled.rules:
        check_rules(compiled.rules, env)
    gates = [run(env) for run in compiled.conditions] if traced else compiled.gates(env)
    if compiled.amount is None:
        return Outcome("no-figure", None, gates, env)
    open_: dict[str, None] = {}
    for gate in gates:
        if gate is False:
            return Outcome("ineligible", 0, gates, env)
        if gate is not True:
            for missing in gate.missing:
                open_[missing] = None
    value = compiled.traced(env) if traced and compiled.traced is not None else compiled.value(env)
    if value is NO_MATCH:
        outcome = Outcome("ineligible", 0, gates, env)
        outcome.unfit = True
        return outcome
    open_.update(env.assumed)
    if type(value) is Unknown:
        outcome = Outcome("incomplete", None, gates, env)
        outcome.missing = value.missing
        outcome.assumed = tuple(a for a in open_ if a not in value.missing)
        return outcome
    amount = max(0, cut(total(value)))
    outcome = Outcome("conditional" if open_ else "eligible", amount, gates, env)
    outcome.value = value
    outcome.assumed = tuple(open_)
    assert benefit.amount is not None
    return outcome


def periods(value: Any) -> list[tuple[str, int]] | None:
    """A series as (period, fen): each the cut sum so far less the cut sum before, those after the last payment omitted."""
    if type(value) is not dict:
        return None
    found: list[tuple[str, int]] = []
    so_far: Number = 0
    paid = 0
    for period, amount in value.items():
        so_far += amount
        found.append((str(period), fen(so_far) - paid))
        paid = fen(so_far)
    while found and found[-1][1] == 0:
        found.pop()
    return found


def by_year(compiled: CompiledBenefit, outcome: Outcome, facts: dict[str, Any], lpr: LprTable) -> dict[Year, int]:
    """What a benefit pays by year, see ``calc.estimate.cash``."""
    return years_of(compiled.benefit.amount, periods(outcome.value), outcome.amount, facts, lambda other: periods(evaluate(compiled, other, lpr).value))


def stages(amount: int, shares: tuple[Number, ...]) -> list[int]:
    """An amount (fen) in payout stages: each the cut share so far less what was paid before."""
    found: list[int] = []
    share: Number = 0
    paid = 0
    for one in shares:
        share += one
        upto = int(amount * share)
        found.append(upto - paid)
        paid = upto
    return found


EQUITY = "equity"  # stakes are shown but counted in no total


class Combined:
    """What a scheme's benefits come to together, in fen; equity stakes are not among them."""

    __slots__ = ("apart", "chosen", "cuts", "status", "total", "total_if")

    def __init__(self, scheme: model.Scheme, outcomes: list[Outcome], env: Env | None = None) -> None:
        """``env`` has the facts of the project, where those of the first outcome are not all."""
        pairs = [(b.id, o) for b, o in zip(scheme.benefits, outcomes, strict=True) if o.status != "no-figure"]
        found = {o.status for _, o in pairs} or {"no-figure"}
        self.status: Status = next(s for s in ORDER if s in found)
        stakes = {b.id for b in scheme.benefits if b.support == EQUITY}
        pairs = [(id, o) for id, o in pairs if id not in stakes]
        sure = {id: o.amount or 0 for id, o in pairs if o.status == "eligible"}
        likely = {id: o.amount or 0 for id, o in pairs if o.status in ("eligible", "conditional")}
        nothing = 0 if pairs and all(o.status == "ineligible" for _, o in pairs) else None
        env = env or (outcomes[0].env if outcomes else None)
        caps = caps_of(scheme, env)
        self.apart = sets_apart(scheme, likely.keys() - sure, env) if env is not None else None
        self.total = combine(scheme, sure, caps)[0] if sure else nothing
        self.total_if = combine(scheme, likely, caps, self.apart)[0] if likely else nothing
        counted = sure or likely
        _, kept, self.cuts = combine(scheme, counted, caps, self.apart)
        self.chosen = [id for id in kept if counted[id] > 0]


Held = tuple[model.GroupCap, Number]


def caps_of(scheme: model.Scheme, env: Env | None = None) -> list[Held]:
    """The group caps that hold, with their figures (yuan), for the facts of ``env``; without it, those that the text fixes.

    A condition that is not known counts as met, a figure that is not known as the least it can be: the total is never more
    than the text allows.
    """
    found: list[Held] = []
    for cap in scheme.group_caps:
        limit = cap_limit(cap, env)
        if limit is not None:
            found.append((cap, limit))
    return found


def cap_limit(cap: model.GroupCap, env: Env | None) -> Number | None:
    """The figure of a group cap; ``None`` where it does not hold, or has none."""
    if cap.limit is not None or env is None:
        return cap.limit
    own = Env(env.facts, env.lpr)
    if cap.when is not None and _run_of(cap.when)(own) is False:
        return None
    value = total(_run_of(cap.node)(own))
    if type(value) is Unknown:
        return least_open(cap.node)
    return None if value is NO_MATCH else value


def holds(node: core.Node, env: Env) -> bool | None:
    """Whether a condition holds by the facts of ``env``; ``None`` where they do not tell."""
    found = _run_of(node)(env)
    return found if type(found) is bool else None


@lru_cache(maxsize=8192)
def _run_of(node: core.Node) -> Run:
    return compile_node(node, Facts({}, {}))


Apart = tuple[tuple[str, ...], ...]


def sets_apart(scheme: model.Scheme, open_: Collection[str], env: Env) -> Apart:
    """The sets of benefits whose conditions cannot hold at once: those of any project, and those that the facts of ``env`` leave of the
    benefits ``open_``, whose conditions are not known; one that stands alone cannot hold itself."""
    if not scheme.narrows or not open_:
        return scheme.apart
    own = Env(env.facts, env.lpr)
    found = exclusive.sets_apart((b for b in scheme.benefits if b.id in open_), lambda node: holds(node, own))
    return tuple(dict.fromkeys((*scheme.apart, *found)))


def combine(
    scheme: model.Scheme, amounts: dict[str, int], caps: list[Held] | None = None, apart: Apart | None = None
) -> tuple[int, list[str], list[tuple[Held, int]]]:
    """Amounts (fen) under the scheme's ``combine``, the group ``caps`` that hold (those the text fixes, if not told) and the sets
    ``apart`` (those of any project, if not told): (total, benefits kept, what each cap that applies cut)."""
    apart = scheme.apart if apart is None else apart
    amounts = {id: amount for id, amount in amounts.items() if (id,) not in apart}
    if scheme.combine == "one-of" and amounts:
        best = max(amounts, key=lambda id: amounts[id])
        amounts = {best: amounts[best]}
    elif amounts and (scheme.one_of or apart) and (sets := model.sets_kept(scheme, apart)):
        kept = max(sets, key=lambda one: sum(amounts.get(id, 0) for id in one))
        amounts = {id: amount for id, amount in amounts.items() if id in kept or not any(id in one for one in sets)}
    whole = sum(amounts.values())
    cuts: list[tuple[Held, int]] = []
    for cap, limit in caps_of(scheme) if caps is None else caps:
        inside = [id for id in cap.benefits if id in amounts]
        if inside:
            cut = max(0, sum(amounts[id] for id in inside) - fen(limit))
            cuts.append(((cap, limit), cut))
            whole -= cut
    return whole, list(amounts), cuts


def validity(scheme: model.Scheme, as_of: dt.date) -> Literal["in-force", "not-yet", "expired"]:
    """Whether the scheme is in force on a day, both ends inclusive."""
    if scheme.valid_from and as_of < scheme.valid_from:
        return "not-yet"
    if scheme.valid_to and as_of > scheme.valid_to:
        return "expired"
    return "in-force"


def lapse_said(scheme: model.Scheme, as_of: dt.date) -> str:
    """That a scheme is not in force on a day, in words; empty where it is."""
    state = validity(scheme, as_of)
    return "" if state == "in-force" else text(f"warn.{state}", as_of=as_of, valid_from=scheme.valid_from or "", valid_to=scheme.valid_to or "")


def estimate(
    scheme: model.Scheme, compiled: list[CompiledBenefit], facts: dict[str, Any], names: Facts, lpr: LprTable, as_of: dt.date
) -> SchemeResult:
    """A scheme on a project, with everything a reader can ask about the figure."""
    outcomes = [evaluate(c, facts, lpr, traced=True) for c in compiled]
    combined = Combined(scheme, outcomes)
    benefits = [_benefit_result(b, o, facts, names) for b, o in zip(scheme.benefits, outcomes, strict=True)]
    state = validity(scheme, as_of)
    warnings = dict.fromkeys(w for b in benefits for w in b.warnings)
    if state != "in-force":
        warnings[lapse_said(scheme, as_of)] = None
    if scheme.later_batch:
        warnings[text("warn.later", scheme=short(scheme.later_batch))] = None
    warnings.update(dict.fromkeys(later_words(scheme, as_of.isoformat())))
    above = above_whole(((b.label, b.amount) for b in benefits), scheme.facts, facts, names)
    warnings.update(dict.fromkeys(told((*odd_in(facts, names, scheme.facts), *above))))
    return SchemeResult(
        id=scheme.id,
        title=title(scheme),
        validity=state,
        status=combined.status,
        total=_fen(combined.total),
        total_if=_fen(combined.total_if),
        combine=scheme.combine,
        chosen=combined.chosen,
        group_caps=[
            GroupCapResult(benefits=list(c.benefits), limit=fen_text(fen(limit)), scope=c.scope, cut=fen_text(cut))
            for (c, limit), cut in combined.cuts
        ],
        reason=scheme.reason or None,
        source=SourceResult(**scheme.source),
        benefits=benefits,
        warnings=list(warnings),
        cash=[PeriodResult(period=p, amount=fen_text(a)) for p, a in _cash(compiled, outcomes, combined, facts, lpr)],
    )


def _cash(compiled: list[CompiledBenefit], outcomes: list[Outcome], combined: Combined, facts: dict[str, Any], lpr: LprTable) -> list[tuple[str, int]]:
    """When the benefits chosen pay."""
    chosen = combined.chosen
    paid = {c.benefit.id: by_year(c, o, facts, lpr) for c, o in zip(compiled, outcomes, strict=True) if c.benefit.id in chosen}
    caps = [([place for place, id in enumerate(chosen) if id in cap.benefits], fen(limit)) for (cap, limit), _ in combined.cuts]
    return gathered([paid[id] for id in chosen], caps, (combined.total if combined.status == "eligible" else combined.total_if) or 0)


def title(scheme: model.Scheme) -> str:
    """The scheme's title in the language in use."""
    return scheme.title if language() == "zh" or not scheme.title_en else scheme.title_en


def label(benefit: model.Benefit) -> str:
    """The benefit's label in the language in use."""
    return benefit.label if language() == "zh" or not benefit.label_en else benefit.label_en


def scheme_name(scheme: model.Scheme) -> str:
    """A scheme as people read it: its number and title."""
    return f"{short(scheme.id)} {title(scheme)}"


def benefit_name(scheme: model.Scheme, benefit: model.Benefit) -> str:
    """A benefit as people read it: the number of its scheme and its label."""
    return f"{short(scheme.id)} {label(benefit)}"


def _fen(amount: int | None) -> str | None:
    return None if amount is None else fen_text(amount)


def _benefit_result(benefit: model.Benefit, outcome: Outcome, facts: dict[str, Any], names: Facts) -> BenefitResult:
    computed = outcome.status in ("eligible", "conditional")
    bound = outcome.binding
    dated = periods(outcome.value) if computed else None
    warnings = dict(outcome.env.warnings)
    if outcome.status != "ineligible":
        warnings.update(dict.fromkeys(warnings_of(benefit)))
    return BenefitResult(
        id=benefit.id,
        label=label(benefit),
        clause=benefit.clause,
        nature=benefit.nature,
        support=benefit.support,
        status=outcome.status,
        amount=_fen(outcome.amount),
        binding=LimitResult(scope=bound[0], limit=fen_text(fen(bound[1])), cut=fen_text(fen(bound[2]))) if bound else None,
        schedule=None if dated is None else [PeriodResult(period=p, amount=fen_text(a)) for p, a in dated],
        disbursement=[fen_text(a) for a in stages(outcome.amount or 0, benefit.disbursement)] if computed and benefit.disbursement else None,
        conditions=conditions(benefit, outcome, facts, names),
        missing=list(outcome.missing),
        assumed=list(outcome.assumed),
        checklist=list(benefit.checklist),
        reason=benefit.reason or None,
        warnings=list(warnings),
        supplement=asdict(benefit.supplement) if benefit.supplement is not None else None,
        trace=steps(outcome.env.trace or (), benefit.clause),
    )


def conditions(benefit: model.Benefit, outcome: Outcome, facts: dict[str, Any], names: Facts) -> list[ConditionResult]:
    """The gates with their results; gates on items and tables that nothing fits come last."""
    found: list[ConditionResult] = []
    for condition, gate in zip(benefit.conditions, outcome.gates, strict=True):
        given = _given(condition.node, facts, names, outcome.env.lpr)
        spared = gate is True and any(_run_of(one)(outcome.env) is True for one in core.guards(condition.node))
        found.append(ConditionResult(text=wording(condition, names), result=verdict(gate), given=given, applies=not spared))
    for node, rows, counted, undecided in {id(item[0]): item for item in outcome.env.items}.values():
        if not counted and outcome.status != "ineligible":
            continue  # a part of a sum that falls away
        if node.where is not None or not counted:
            gate_said = render(node.where, names) if node.where is not None else text("condition.any")
            said = text("condition.items", list=names[node.list].name, where=gate_said, rows=rows, counted=counted)
            result: Literal["met", "unmet", "unknown"] = "unmet" if not counted else "unknown" if undecided == counted else "met"
            found.append(ConditionResult(text=said, result=result, given={}))
    if outcome.unfit and all(c.result != "unmet" for c in found):
        assert benefit.amount is not None
        used = {path: given_text(path, facts, names) for path in core.facts_in(benefit.amount) if path in facts}
        found.append(ConditionResult(text=text("condition.fits"), result="unmet", given=used))
    return found


def _folds(node: core.Node) -> list[core.Fold]:
    """The aggregates over record lists in a condition."""
    return [node] if isinstance(node, core.Fold) else [fold for below in core.children(node) for fold in _folds(below)]


def _given(node: core.Node, facts: dict[str, Any], names: Facts, lpr: LprTable) -> dict[str, Any]:
    """The facts given that a condition turned on; of a record list what the condition asks of it, such as the sum of a field."""
    asked: dict[str, dict[str, Any]] = {}
    for one in _folds(node):
        if one.list in facts and one.op in ("sum", "count", "largest", "smallest"):
            value = _run_of(one)(Env(facts, lpr))
            field = core.bare(one.value) if one.value is not None else None
            if one.op == "count" and type(value) is int:
                asked.setdefault(one.list, {})[one.list] = text("word.records", count=value)
            elif isinstance(field, core.Field) and type(value) is not Unknown and value is not NO_MATCH:
                path = f"{one.list}.{field.id}"
                asked.setdefault(one.list, {})[path] = value_text(names[one.list].fields[field.id].type, value)
    given: dict[str, Any] = {}
    for path in core.facts_in(node):
        if path in facts:
            given.update(asked.get(path) or {path: given_text(path, facts, names)})
    return given


def given_text(id: str, facts: dict[str, Any], names: Facts) -> Any:
    """A given fact as it stands in results; a record list by its number of records."""
    value = facts[id]
    if isinstance(value, list):
        return text("word.records", count=len(value))
    if isinstance(value, tuple):
        return list(value)
    return value_text(names[id].type, value)


def verdict(gate: Any) -> Literal["met", "unmet", "unknown"]:
    """What a condition came to, in a word."""
    return "unknown" if type(gate) is Unknown else "met" if gate else "unmet"
