"""What spending comes to that several benefits reimburse, and who draws on it (``[costs]`` of the rules).

What is drawn on one cost never exceeds it; a prudent plan has each cost supported once. A cost that the facts do not tell
limits nothing. Amounts are in fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.rates.interest import segments
from calc.store.rules import Cost
from calc.units import fen

if TYPE_CHECKING:
    from calc.questions.plan.paid import Paid
    from calc.store.store import Store

YEAR = 360


def measured(cost: Cost, facts: Mapping[str, Any]) -> int | None:
    """What a cost comes to by the facts (plain values by id), in fen; ``None`` where they do not tell."""
    if cost.interest:
        return _interest(facts.get(cost.interest))
    plain = [fen(facts[fact]) for fact in cost.facts if "." not in fact and fact in facts]
    if plain:
        return max(plain)
    for list_ in dict.fromkeys(fact.partition(".")[0] for fact in cost.facts if "." in fact):
        fields = [fact.partition(".")[2] for fact in cost.facts if fact.startswith(f"{list_}.")]
        told = [next((record[f] for f in fields if f in record), None) for record in facts.get(list_, ())]
        if told and None not in told:
            return sum(fen(amount) for amount in told if amount is not None)
    return None


def _interest(loans: Any) -> int | None:
    """The interest of loans over their whole terms at their own rates, rounded up to a whole fen; the interest said to be paid
    where no dates are told."""
    whole = Fraction(0)
    for place, loan in enumerate(loans or (), 1):
        if {"principal", "rate", "end"} <= loan.keys() and ("start" in loan or loan.get("drawdowns")):
            due = sum((Fraction(s.principal) * s.days for s in segments(loan, None, f"loans[{place}]")), Fraction(0))
            whole += due * Fraction(loan["rate"]) / YEAR
        elif "interest_paid" in loan:
            whole += Fraction(loan["interest_paid"])
        else:
            return None
    return -(-whole.numerator * 100 // whole.denominator) if loans else None


def drawn(catalog: Store, items: Sequence[Paid], facts: Sequence[Mapping[str, Any]]) -> list[tuple[Cost, int | None, list[int]]]:
    """The costs on which items draw: cost, what it comes to, and the items, project by project."""
    found = []
    for cost in catalog.rules.costs.values():
        by_project: dict[int, list[int]] = {}
        for i, item in enumerate(items):
            if cost.covers(item.key):
                by_project.setdefault(item.project, []).append(i)
        found += [(cost, measured(cost, facts[project]), places) for project, places in by_project.items()]
    return found


def once(items: Sequence[Paid], clashes: Sequence[int], drawing: Sequence[tuple[Cost, int | None, list[int]]]) -> list[int]:
    """``clashes`` when each cost is supported once. Benefits of one scheme that share out the records of a list among
    themselves do not support the same record twice."""
    masks = list(clashes)
    for cost, _, places in drawing:
        records = bool(cost.interest) or any("." in fact for fact in cost.facts)
        for i in places:
            for j in places:
                if i != j and not (records and items[i].scheme is items[j].scheme):
                    masks[i] |= 1 << j
    return masks
