"""Figures that are possible but hardly meant: computed, and warned of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calc.facts import FactDef, Facts, Values, unusual
from calc.messages import listed, text
from calc.units import Number, grouped, money_words, value_text

LOW, HIGH = Decimal("0.01"), Decimal("0.1")  # percentages in one column that are below the one and above the other are of two kinds
OWNERS = 5  # projects or scenarios of which one thing is said, named one by one
LATER = {"contract_date": 1, "end": -1}  # days of a record that are hardly meant after (1), or before (-1), its first


@dataclass(frozen=True, slots=True)
class Odd:
    """What is hardly meant in a project: where it stands (``loans[1].rate``), of what ``kind``, in words, the ``place`` in a file that
    gives it, and whose it is, where there are several projects (or scenarios)."""

    path: str
    kind: str
    said: str
    place: str = ""
    owner: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What is told once: the fact, or field of a list, and the kind."""
        return _NUMBERS.sub("", self.path), self.kind


_NUMBERS = re.compile(r"\[\d+\]")


def odd_in(facts: Mapping[str, Any], names: Facts, paths: Iterable[str] | None = None, owner: str = "") -> Iterator[Odd]:
    """What is hardly meant among the facts of a project (plain values by id): values smaller or larger than is usual, and what its
    records contradict. ``paths`` (``total_investment``, ``loans.rate``) are those looked at; all that are given, if not told."""
    asked = _paths(facts, names) if paths is None else [path for path in dict.fromkeys(paths) if path.partition(".")[0] in facts]
    for id in dict.fromkeys(path.partition(".")[0] for path in asked):
        if id in names and dated(names[id]):
            for number, field, said in contradictions(names[id], facts[id] or ()):
                yield _odd(facts, f"{id}[{number}].{field}", field, said, owner)
    for path in asked:
        id, _, field = path.partition(".")
        definition = names[id].fields.get(field) if field and id in names else names.by_id.get(id)
        if definition is None or (definition.usual_from is None and definition.usual_to is None):
            continue
        value = facts[id]
        rows = [(f"{id}[{number}].{field}", row.get(field)) for number, row in enumerate(value, 1)] if field and isinstance(value, list) else [(path, value)]
        for at, one in rows:
            if kind := unusual(definition, one):
                yield _odd(facts, at, kind, warning(definition, kind, one), owner)


def _paths(facts: Mapping[str, Any], names: Facts) -> list[str]:
    """The facts that are given, and the fields of lists."""
    given = [(id, names[id]) for id in facts if id in names]
    return [path for id, one in given for path in ([f"{id}.{field}" for field in one.fields] if one.type == "list" else [id])]


def _odd(facts: Mapping[str, Any], path: str, kind: str, said: str, owner: str) -> Odd:
    return Odd(path, kind, said, facts.place(path) if isinstance(facts, Values) else "", owner)


def told(odd: Iterable[Odd]) -> list[str]:
    """What is said of values that are hardly meant, each kind once a fact: the first with its place, whose they are, and how many."""
    groups: dict[tuple[str, str], list[Odd]] = {}
    for one in odd:
        groups.setdefault(one.key, []).append(one)
    found = []
    for same in groups.values():
        said = same[0].said
        if same[0].place:
            said = text("error.at", place=same[0].place, said=said)
        if owners := dict.fromkeys(one.owner for one in same if one.owner):
            said = text("error.at", place=listed(owners, OWNERS), said=said)
        found.append(text("warn.count", said=said, count=len(same)) if len(same) > 1 else said)
    return found


class Mixed:
    """Columns whose header says %, with percentages of two kinds: told once a column, with the places of the first of each."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, tuple[str, str]]] = {}

    def look(self, column: str, definition: FactDef, unit: str, place: str, value: Any) -> None:
        """Takes note of a value (``None``: blank) of a ``column`` whose header states ``unit``."""
        if definition.type == "percent" and unit == "%" and value:
            kind = "low" if 0 < value < Fraction(LOW) else "high" if value >= Fraction(HIGH) else ""
            self.found.setdefault(column, {}).setdefault(kind, (place, said_value(definition, value)))

    def told(self) -> list[str]:
        """What is said of each column."""
        return [mixed(column, *one["low"], *one["high"]) for column, one in self.found.items() if {"low", "high"} <= one.keys()]


def mixed(column: str, at: str, low: str, other: str, high: str) -> str:
    """What is said of a column with a percentage that is ``low``, and another that is ``high``."""
    return text("warn.mixed", column=column, at=at, low=low, other=other, high=high)


def dated(definition: FactDef) -> bool:
    """Whether the records of a list begin on a day, so that they can contradict it."""
    return definition.type == "list" and "start" in definition.fields and definition.fields["start"].type == "date"


def contradictions(definition: FactDef, records: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """What the records of a ``dated`` list (plain values) say twice and differently, where that decides nothing but is hardly meant: the
    number of the record, its field, and a warning. Of a loan, its drawdowns decide; its first day and its principal are told where they
    differ, and so is a contract signed after the first day, or an end before it."""
    for number, record in enumerate(records, 1):
        drawn = [move for move in record.get("drawdowns") or () if "date" in move and "amount" in move]
        where = f"{definition.name}[{number}]"
        start, principal = record.get("start"), record.get("principal")
        first = min((move["date"] for move in drawn), default=start)
        total = sum(move["amount"] for move in drawn)
        if drawn and start is not None and start != first:
            yield number, "start", text("warn.loan.start", loan=where, field=definition.fields["start"].name, start=start, first=first)
        if drawn and principal is not None and total < principal:
            drawn_words, whole = money_words(total), money_words(principal)
            said = text("warn.loan.drawn", loan=where, field=definition.fields["principal"].name, total=drawn_words, principal=whole)
            yield number, "principal", said
        for field, order in LATER.items():
            day = record.get(field)
            if first is not None and isinstance(day, dt.date) and (day > first if order > 0 else day < first):
                names = definition.fields[field].name, definition.fields["start"].name
                key = "warn.record.after" if order > 0 else "warn.record.before"
                yield number, field, text(key, record=where, field=names[0], day=day, other=names[1], first=first)


def above_whole(
    amounts: Iterable[tuple[str, str | None]], paths: Iterable[str], facts: Mapping[str, Any], names: Facts, owner: str = ""
) -> Iterator[Odd]:
    """The amounts (label, yuan) that are more than all a project costs, as far as ``paths`` tell it."""
    costs = [(facts[id], names[id]) for id in dict.fromkeys(paths) if id in facts and id in names and names[id].whole]
    if not costs:
        return
    most, definition = max(costs, key=lambda one: Fraction(one[0]))
    for label, amount in amounts:
        if amount is not None and Decimal(amount) > most:
            said = text("warn.whole", benefit=label, amount=grouped(amount), fact=definition.name, whole=money_words(most))
            yield _odd(facts, definition.id, label, said, owner)


def warning(definition: FactDef, said: str, value: Number) -> str:
    """What is said of an unusual value of a fact."""
    bound = definition.usual_from if said == "small" else definition.usual_to
    assert bound is not None
    return text(f"warn.{said}", fact=definition.name, value=said_value(definition, value), bound=said_value(definition, bound))


def said_value(definition: FactDef, value: Number) -> str:
    """A number with its unit."""
    return money_words(value) if definition.type == "money" else str(value_text(definition.type, value))
