"""Figures that are possible but hardly meant: computed, and warned of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calc.facts import FactDef, Facts, unusual
from calc.messages import text
from calc.units import Number, grouped, money_words, value_text


def implausible(paths: Iterable[str], facts: Mapping[str, Any], names: Facts) -> Iterator[str]:
    """A warning for each fact of a project (plain values by id) among ``paths`` (``total_investment``, ``loans.rate``) whose value
    is smaller or larger than is usual, and for what its records contradict."""
    for id in dict.fromkeys(path.partition(".")[0] for path in paths):
        if id in names and {"drawdowns", "start", "principal"} <= set(names[id].fields):
            yield from (said for _, said in contradictions(names[id], facts.get(id) or ()))
    for path in dict.fromkeys(paths):
        id, _, field = path.partition(".")
        value = facts.get(id)
        if value is None or id not in names:
            continue
        definition = names[id].fields.get(field) if field else names[id]
        rows = [row.get(field) for row in value] if field and isinstance(value, list) else [value]
        odd = [(said, one) for one in rows if definition is not None and (said := unusual(definition, one))]
        if odd and definition is not None:
            yield warning(definition, *odd[0])


def contradictions(definition: FactDef, records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """What the records of a list (plain values) say twice and differently, where that decides nothing but is hardly meant: the number
    of the record, and a warning. Of a loan, its drawdowns decide; its first day and its principal are told where they differ."""
    for number, record in enumerate(records, 1):
        drawn = [move for move in record.get("drawdowns") or () if "date" in move and "amount" in move]
        if not drawn:
            continue
        where = f"{definition.name}[{number}]"
        first, total = min(move["date"] for move in drawn), sum(move["amount"] for move in drawn)
        start, principal = record.get("start"), record.get("principal")
        if start is not None and start != first:
            yield number, text("warn.loan.start", loan=where, field=definition.fields["start"].name, start=start, first=first)
        if principal is not None and total < principal:
            drawn_words, whole = money_words(total), money_words(principal)
            yield number, text("warn.loan.drawn", loan=where, field=definition.fields["principal"].name, total=drawn_words, principal=whole)


def above_whole(amounts: Iterable[tuple[str, str | None]], paths: Iterable[str], facts: Mapping[str, Any], names: Facts) -> Iterator[str]:
    """A warning for each amount (label, yuan) that is more than all a project costs."""
    costs = [(facts[id], names[id]) for id in dict.fromkeys(paths) if id in facts and id in names and names[id].whole]
    if not costs:
        return
    most, definition = max(costs, key=lambda one: Fraction(one[0]))
    for label, amount in amounts:
        if amount is not None and Decimal(amount) > most:
            yield text("warn.whole", benefit=label, amount=grouped(amount), fact=definition.name, whole=money_words(most))


def warning(definition: FactDef, said: str, value: Number) -> str:
    """What is said of an unusual value of a fact."""
    bound = definition.usual_from if said == "small" else definition.usual_to
    assert bound is not None
    return text(f"warn.{said}", fact=definition.name, value=said_value(definition, value), bound=said_value(definition, bound))


def said_value(definition: FactDef, value: Number) -> str:
    """A number with its unit."""
    return money_words(value) if definition.type == "money" else str(value_text(definition.type, value))
