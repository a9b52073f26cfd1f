"""What spending comes to that several benefits reimburse, and who draws on it (``[costs]`` of the rules).

What is drawn on one cost never exceeds it, record by record where records are the cost (each loan, each lease); a prudent plan has
each cost supported once. A cost that the facts do not tell limits nothing. Amounts are in fen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.errors import InputError
from calc.estimate.benefit import evaluate
from calc.rates.interest import DayCount, first_day, segments
from calc.store.rules import Cost
from calc.units import Number, fen

if TYPE_CHECKING:
    from calc.questions.plan.paid import Paid
    from calc.store.store import Store


Cut = Callable[[Any], Any]


@dataclass(slots=True)
class Drawing:
    """A cost of one project: what it comes to (``limit``; ``None``: not told), what each of its ``records`` in the list ``source``
    does (up to the next fen, since amounts are cut once, not record by record), and the ``items`` that draw on it, each with the most
    of it on each record (``None``: not known, or there are no records)."""

    cost: Cost
    limit: int | None = None
    source: str = ""
    records: list[int] = field(default_factory=list)
    items: dict[int, list[int] | None] = field(default_factory=dict)


def measured(cost: Cost, facts: Mapping[str, Any], count: DayCount, cut: Cut = fen) -> Drawing:
    """What a cost comes to by the facts (plain values by id); ``count``: how interest counts days; ``cut`` makes fen of yuan."""
    plain = [cut(facts[fact]) for fact in cost.facts if "." not in fact and fact in facts]
    if plain:
        return Drawing(cost, max(plain))
    for name in [cost.interest] if cost.interest else dict.fromkeys(fact.partition(".")[0] for fact in cost.facts if "." in fact):
        fields = [fact.partition(".")[2] for fact in cost.facts if fact.startswith(f"{name}.")]
        told = [
            _interest(record, f"{name}[{place}]", count) if cost.interest else next((record[f] for f in fields if f in record), None)
            for place, record in enumerate(facts.get(name) or (), 1)
        ]
        known = [amount for amount in told if amount is not None]
        if told and len(known) == len(told):
            return Drawing(cost, cut(sum(known)), name, [_record(cut)(amount) for amount in known])
    return Drawing(cost)


def _record(cut: Cut) -> Cut:
    """How what a record comes to is cut: up to the next fen where amounts are cut at all."""
    return _up if cut is fen else cut


def _up(amount: Number) -> int:
    """Yuan as fen, rounded up."""
    whole = Fraction(amount)
    return -(-whole.numerator * 100 // whole.denominator)


def _interest(loan: Mapping[str, Any], path: str, count: DayCount) -> Number | None:
    """The interest of a loan over its whole term at its own rate, by the day count of the folder; that said to be paid where no dates are told."""
    if {"principal", "rate", "end"} <= loan.keys() and ("start" in loan or loan.get("drawdowns")):
        first = first_day(loan, path)
        lent = sum((Fraction(s.principal) * count.between(first, s.start, s.end) for s in segments(loan, None, path)), Fraction(0))
        return lent * Fraction(loan["rate"]) / count.year
    paid: Number | None = loan.get("interest_paid")
    return paid


def drawn(catalog: Store, items: Sequence[Paid], facts: Sequence[Mapping[str, Any]], cut: Cut = fen) -> list[Drawing]:
    """The costs on which items draw, project by project; ``cut`` makes fen of yuan."""
    found: list[Drawing] = []
    for cost in catalog.rules.costs.values():
        by_project: dict[int, Drawing] = {}
        for i, item in enumerate(items):
            if cost.covers(item.key):
                if item.project not in by_project:
                    by_project[item.project] = measured(cost, facts[item.project], DayCount(catalog.about.basis), cut)
                drawing = by_project[item.project]
                drawing.items[i] = _draws(catalog, item, drawing, facts[item.project], cut)
        found += by_project.values()
    return found


def _draws(catalog: Store, item: Paid, drawing: Drawing, facts: Mapping[str, Any], cut: Cut) -> list[int] | None:
    """The most that a benefit draws on each record: what it would pay for that one alone. ``None`` where that does not come to all
    that it pays (where only many together pay), or it does not turn on the list."""
    if not drawing.records or drawing.source not in {path.partition(".")[0] for path in item.benefit.facts}:
        return None
    if len(drawing.records) == 1:
        return [item.amount]
    compiled = next(one for one in catalog.compiled(item.scheme.id) if one.benefit.id == item.benefit.id)
    found: list[int] = []
    for record in facts[drawing.source]:
        try:
            paid = evaluate(compiled, {**facts, drawing.source: [record]}, catalog.lpr, cut=_record(cut)).amount or 0
        except InputError:
            return None
        found.append(min(paid, item.amount))
    return found if sum(found) >= item.amount else None


def once(items: Sequence[Paid], clashes: Sequence[int], drawing: Sequence[Drawing]) -> list[int]:
    """``clashes`` when each cost is supported once: no two benefits draw on the same record. Where it is not known what they draw on,
    benefits of one scheme are taken to share out the records among themselves."""
    masks = list(clashes)
    for cost in drawing:
        for i, one in cost.items.items():
            for j, other in cost.items.items():
                if i == j:
                    continue
                if one is not None and other is not None:
                    apart = not any(a and b for a, b in zip(one, other, strict=True))
                else:
                    apart = bool(cost.source) and items[i].scheme is items[j].scheme
                if not apart:
                    masks[i] |= 1 << j
    return masks
