"""Who is which column: facts by id, label or alias, and the columns that say whose row it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from calc.errors import InputError, nearest_names
from calc.facts import FactDef, Facts, field_named
from calc.facts.stated import parted
from calc.messages import listed, text
from calc.questions.fill.heads import BESIDE, PROJECT, column_unit, folded, unit_behind
from calc.units import NUMERIC, normal


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the input: its header, and what it is.

    ``fact`` is the fact it gives (else empty), ``unit`` what plain numbers in it are in, ``unknown`` whether its header
    means nothing, ``headless`` whether it has none, ``stated`` whether the unit stands beside the header, not in it, ``amount``
    the name under which an option asks for it as a column of money beside the facts.
    """

    name: str
    fact: str = ""
    unit: str = ""
    unknown: bool = False
    headless: bool = False
    stated: bool = False
    amount: str = ""


MONEY = FactDef("amount", "money", "金额", "amount")  # a column of money beside the facts


class Header:
    """Matches headers; ``within`` are the facts that the chosen schemes use, which decide where several share a label; ``asked``
    the columns that an option names, whatever they are, ``amounts`` those of them that hold money."""

    def __init__(
        self,
        facts: Facts,
        within: Iterable[str],
        id_column: str | None = None,
        enterprise_column: str | None = None,
        asked: Iterable[str] = (),
        amounts: Iterable[str] = (),
    ) -> None:
        self.facts = facts
        self.within = frozenset(within)
        self.own = {folded(name) for name in (id_column, enterprise_column) if name}
        self.asked = {folded(name) for name in asked}
        self.amounts = {folded(name): name for name in amounts}
        self.beside = {folded(name) for name in (*PROJECT, *BESIDE)}

    def column(self, name: str) -> Column:
        """What a header stands for. Raises ``InputError`` where several facts share it."""
        for candidate in (name, name.strip().strip("*＊:：").strip()):
            if candidate in self.facts or normal(candidate).casefold() in self.facts.names:
                return Column(name, self.facts.resolve(candidate, self.within))
        if folded(name) in self.own | self.beside:
            return Column(name)
        bare, unit = unit_behind(name, self._called)
        if self._called(bare) is MONEY:
            return Column(name, unit=unit, amount=self.amounts[folded(bare)])
        return Column(name, self.facts.resolve(bare, self.within), unit) if unit else Column(name, unknown=folded(name) not in self.asked)

    def _called(self, name: str) -> FactDef | None:
        """The fact of a name without a unit, or what an amount is, if it is one. Raises ``InputError`` where several share it."""
        if name in self.facts or normal(name).casefold() in self.facts.names:
            return self.facts[self.facts.resolve(name, self.within)]
        return MONEY if folded(name) in self.amounts else None

    def definition(self, name: str) -> FactDef | None:
        """The fact a header stands for, if it is one."""
        try:
            fact = self.column(name).fact
        except InputError:
            return None
        return self.facts[fact] if fact else None

    def knows(self, name: Any) -> bool:
        """Whether a header stands for something."""
        if not isinstance(name, str) or not name.strip():
            return False
        try:
            return not self.column(name).unknown
        except InputError:
            return True

    def match(self, names: Sequence[str], ignore_unknown: bool, stated: Sequence[Sequence[str]] = (), titles: Sequence[str] = ()) -> list[Column]:
        """All columns of a file; ``stated`` are the units said of each beside its header, ``titles`` those said of all.

        Raises ``InputError`` for headers that are unknown (unless ignored), shared, given twice, or whose units contradict.
        """
        columns = [self.column(name) if name else Column("", headless=True) for name in names]
        for place, column in enumerate(columns):
            if column.fact or column.amount:
                said = stated[place] if place < len(stated) else ()
                unit = column_unit(self.facts[column.fact] if column.fact else MONEY, column.name, column.unit, said, titles)
                columns[place] = replace(column, unit=unit, stated=unit != column.unit)
        unknown = [c.name for c in columns if c.unknown]
        if unknown and not ignore_unknown:
            raise self.unknown(unknown)
        given: dict[str, str] = {}
        for column in columns:
            if column.fact and column.fact in given:
                raise InputError(column.name, column.fact, text("accepted.once", other=given[column.fact]))
            given[column.fact] = column.name
        named = once([name or text("batch.column.place", place=place) for place, name in enumerate(names, 1)])
        return [replace(column, name=name) for column, name in zip(columns, named, strict=True)]

    def unknown(self, names: Sequence[str]) -> InputError:
        """The error for headers that mean nothing: each with the nearest names."""
        first = names[0]
        for one, unit in parted(first) if normal(first).rstrip("*:").endswith(")") else ():
            meant = self._called(one)
            if meant is not None and meant.type in NUMERIC:
                return InputError(first, unit, text(f"accepted.{meant.type}"), message="batch.unit.head")
        beside = nearest_names(first, [*PROJECT, *BESIDE], 1)
        near = dict(list({**self.facts.nearest(first), **{name: name for name in beside}}.items())[:3])
        accepted = text("batch.header.accepted")
        if len(names) > 1:
            others = listed((f"{n} → {next(iter(self.facts.nearest(n).values()), '?')}" for n in names[1:]), 7)
            accepted += text("batch.header.others", count=len(names) - 1, others=others)
        return InputError(first, "", accepted, near, message="batch.header.unknown")


def project_column(names: Sequence[str], asked: str | None) -> str | None:
    """The header of the column that names the project. Raises ``InputError`` for one asked for that is not there."""
    by_name = {folded(name): name for name in names}
    if asked is not None:
        return named_column(names, asked, "--id-column")
    return next((by_name[name] for name in map(folded, PROJECT) if name in by_name), None)


def named_column(names: Sequence[str], asked: str, option: str) -> str:
    """The header that an option asks for. Raises ``InputError``."""
    if asked in names:  # another may differ from it in case only
        return asked
    bare = {folded(parted(name)[0][0]): name for name in names if normal(name).rstrip("*:").endswith(")")}  # without the unit in brackets
    by_name = {**bare, **{folded(name): name for name in names}}
    if folded(asked) not in by_name:
        accepted = text("batch.column.accepted", columns=listed(names))
        raise InputError(option, asked, accepted, nearest_names(asked, names), message="batch.column.missing")
    return by_name[folded(asked)]


def fields_named(
    names: Sequence[str], definition: FactDef, ignore_unknown: bool, stated: Mapping[str, Sequence[str]], titles: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """The columns of a file of records, by header: the field each gives and the unit of its plain numbers. Raises ``InputError``."""
    found: dict[str, tuple[str, str]] = {}
    for name in names:
        bare = name.strip().strip("*＊:：").strip()
        field, unit = field_named(bare, definition.fields), ""
        if not field:
            bare, unit = unit_behind(name, lambda one: definition.fields.get(field_named(one, definition.fields)))
            field = field_named(bare, definition.fields) if unit else ""
        if not field:
            if ignore_unknown:
                continue
            fields = definition.fields
            accepted = text("accepted.field", list=definition.name, fields=definition.fields_told)
            near = nearest_names(name, [*fields, *(f.label for f in fields.values())])
            raise InputError(name, "", accepted, near, message="batch.header.unknown")
        if field in (f for f, _ in found.values()):
            raise InputError(name, field, text("accepted.once", other=next(n for n, (f, _) in found.items() if f == field)))
        found[name] = (field, column_unit(definition.fields[field], name, unit, stated.get(name, ()), titles))
    return found


def once(names: Sequence[str]) -> list[str]:
    """Names made different where columns share one."""
    found: list[str] = []
    for name in names:
        number, one = 2, name
        while one in found:
            one, number = f"{name} ({number})", number + 1
        found.append(one)
    return found
