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
    is smaller or larger than is usual."""
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
