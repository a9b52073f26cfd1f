"""Who is which column: facts by id, label or alias, and the columns that say whose row it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from calc.errors import InputError, nearest_names
from calc.facts import FactDef, Facts
from calc.messages import text
from calc.questions.fill.sheets import KEYS, REMARK, field_named
from calc.units import NUMERIC, BadValue, normal, parse_number

# headers that name the project, the best first; the others of a file just stay with the row
PROJECT = ("id", "project", "project id", "项目编号", "编号", "项目", "name", "project name", "项目名称", "名称")
BESIDE = (*KEYS["enterprise"], *KEYS["note"], *KEYS["record"], "序号", "no.", "no", "企业编号", "单位名称", "申报单位", "备注说明")
HEAD_ROWS = 30  # rows among which the header is looked for
_UNIT = re.compile(r"(.+?)[(（\[【〔]\s*(?:单位\s*[:：]?\s*)?([^()（）\[\]【】〔〕]+)[)）\]】〕]")
_STATED = re.compile(r"单位\s*[:：]\s*(?:人民币)?([^\s;；()（）\[\]]+)")  # above a table: what its figures are in
_UNIT_ROW = re.compile(r"#\s*(?:单位|unit)\s*", re.IGNORECASE)
_IDS = re.compile(r"#\s*(?:编号|id)\s*[\w.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the input: its header, and what it is.

    ``fact`` is the fact it gives (else empty), ``unit`` what plain numbers in it are in, ``unknown`` whether its header
    means nothing, ``headless`` whether it has none.
    """

    name: str
    fact: str = ""
    unit: str = ""
    unknown: bool = False
    headless: bool = False


def folded(name: str) -> str:
    """A header as it is compared: half-width, no spaces, no marks of required columns."""
    return normal(name).casefold().strip("*:")


class Header:
    """Matches headers; ``within`` are the facts that the chosen schemes use, which decide where several share a label; ``asked``
    the columns that an option names, whatever they are."""

    def __init__(
        self, facts: Facts, within: Iterable[str], id_column: str | None = None, enterprise_column: str | None = None, asked: Iterable[str] = ()
    ) -> None:
        self.facts = facts
        self.within = frozenset(within)
        self.own = {folded(name) for name in (id_column, enterprise_column) if name}
        self.asked = {folded(name) for name in asked}
        self.beside = {folded(name) for name in (*PROJECT, *BESIDE)}

    def column(self, name: str) -> Column:
        """What a header stands for. Raises ``InputError`` where several facts share it."""
        for candidate in (name, name.strip().strip("*＊:：").strip()):
            if candidate in self.facts or normal(candidate).casefold() in self.facts.names:
                return Column(name, self.facts.resolve(candidate, self.within))
        if folded(name) in self.own | self.beside:
            return Column(name)
        found = _UNIT.fullmatch(name.strip().strip("*＊:：").strip())
        if found:
            unit = normal(found[2])
            column = self.column(found[1])
            if column.unit and column.unit != unit:
                return Column(name, unknown=True)  # two units that contradict each other
            if column.fact and is_unit(self.facts[column.fact], unit):
                return Column(name, column.fact, unit)
        return Column(name, unknown=folded(name) not in self.asked)

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

    def match(self, names: Sequence[str], ignore_unknown: bool) -> list[Column]:
        """All columns of a file. Raises ``InputError`` for headers that are unknown (unless ignored), shared, or given twice."""
        columns = [self.column(name) if name else Column("", headless=True) for name in names]
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
        beside = nearest_names(first, [*PROJECT, *BESIDE], 1)
        near = list(dict.fromkeys([*self.facts.nearest(first), *beside]))[:3]
        accepted = text("batch.header.accepted")
        if len(names) > 1:
            others = "；".join(f"{n} → {(self.facts.nearest(n) or ['?'])[0]}" for n in names[1:8]) + ("…" if len(names) > 8 else "")
            accepted += text("batch.header.others", count=len(names) - 1, others=others)
        return InputError(first, "", accepted, near, message="batch.header.unknown")


def is_unit(definition: FactDef, unit: str) -> bool:
    """Whether ``unit`` is one that numbers of a fact can be in."""
    if definition.type not in NUMERIC or not unit or any(c.isdecimal() for c in unit):
        return False
    if definition.counter and unit == definition.counter:
        return True
    try:
        return parse_number(definition.type, "1" + unit) > 0
    except BadValue:
        return False


def project_column(names: Sequence[str], asked: str | None) -> str | None:
    """The header of the column that names the project. Raises ``InputError`` for one asked for that is not there."""
    by_name = {folded(name): name for name in names}
    if asked is not None:
        return named_column(names, asked, "--id-column")
    return next((by_name[name] for name in map(folded, PROJECT) if name in by_name), None)


def named_column(names: Sequence[str], asked: str, option: str) -> str:
    """The header that an option asks for. Raises ``InputError``."""
    by_name = {folded(name): name for name in names}
    if folded(asked) not in by_name:
        accepted = text("batch.column.accepted", columns="、".join(names))
        raise InputError(option, asked, accepted, nearest_names(asked, names), message="batch.column.missing")
    return by_name[folded(asked)]


def fields_named(names: Sequence[str], definition: FactDef, ignore_unknown: bool) -> dict[str, tuple[str, str]]:
    """The columns of a file of records, by header: the field each gives and the unit of its plain numbers. Raises ``InputError``."""
    found: dict[str, tuple[str, str]] = {}
    for name in names:
        bare = name.strip().strip("*＊:：").strip()
        field, unit = field_named(bare, definition.fields), ""
        parts = _UNIT.fullmatch(bare)
        if not field and parts:
            field = field_named(parts[1], definition.fields)
            unit = normal(parts[2])
            if field and not is_unit(definition.fields[field], unit):
                field = ""
        if not field:
            if ignore_unknown:
                continue
            fields = definition.fields
            accepted = text("accepted.field", list=definition.name, fields="、".join(f"{i}（{f.label}）" for i, f in fields.items()))
            near = nearest_names(name, [*fields, *(f.label for f in fields.values())])
            raise InputError(name, "", accepted, near, message="batch.header.unknown")
        if field in (f for f, _ in found.values()):
            raise InputError(name, field, text("accepted.once", other=next(n for n, (f, _) in found.items() if f == field)))
        found[name] = (field, unit)
    return found


@dataclass(slots=True)
class Head:
    """The header of a table: names (empty where a column has none), its place among the rows, the first row of data, and
    whether rows that begin with ``#`` are remarks (as in templates)."""

    names: list[str]
    row: int
    data: int
    remarks: bool


def find_head(rows: Sequence[Sequence[Any]], known: Any) -> Head | None:
    """The header among the first rows of a table: the row with the most cells that ``known`` knows.

    Titles above it are passed over; a column whose cell there is blank takes its name from the rows above (cells merged
    downwards); a row of ids, as templates have it, overrides labels. ``None`` where no row has anything in it.
    """
    best, hits = None, 0
    for place, row in enumerate(rows):
        score = sum(known(_said(cell)) for cell in row)
        if score > hits:
            best, hits = place, score
    if best is None:
        best = next((p for p, row in enumerate(rows) if any(_said(cell) for cell in row)), None)
        if best is None:
            return None
    names = [_said(cell) for cell in rows[best]]
    for place, name in enumerate(names):
        for above in reversed(rows[:best]):
            if not name and place < len(above) and known(_said(above[place])):
                names[place] = name = _said(above[place])
    while names and not names[-1]:
        names.pop()
    data, remarks = best + 1, False
    first = next((_said(cell) for cell in rows[best] if _said(cell)), "")
    if first.startswith(REMARK) and _IDS.match(first):  # a template whose labels nobody knows
        remarks = True
    for place in range(best + 1, len(rows)):
        cells = [_said(cell) for cell in rows[place]]
        if not cells or not cells[0].startswith(REMARK):
            break
        if _IDS.match(cells[0]):
            remarks = True
            names = [c if n and c and known(c) else names[n] if n < len(names) else c for n, c in enumerate(cells)]
        data = place + 1
    if not remarks:
        data = best + 1
    stated = [unit for row in rows[:best] for cell in row for said in _STATED.findall(_said(cell)) for unit in re.split("[、/，,]", said)]
    for place, name in enumerate(names):
        below = [_said(row[place]) for row in rows[best + 1 : data] if place < len(row) and _UNIT_ROW.fullmatch(_said(row[0]))]
        for unit in [*stated, *(one for one in below if place and one != "%")]:
            if name and known(name) and known(f"{names[place]}（{unit}）"):
                names[place] = f"{names[place]}（{unit}）"
            elif name and names[place] == name and known(name) and _UNIT.fullmatch(name) and known(f"{_bare(name)}（{unit}）"):
                names[place] = f"{name}（{unit}）"  # contradicts the header: known to nobody, and so refused
    return Head(names, best, data, remarks)


def _bare(name: str) -> str:
    found = _UNIT.fullmatch(name)
    return found[1] if found else name


def once(names: Sequence[str]) -> list[str]:
    """Names made different where columns share one."""
    found: list[str] = []
    for name in names:
        number, one = 2, name
        while one in found:
            one, number = f"{name} ({number})", number + 1
        found.append(one)
    return found


def _said(cell: Any) -> str:
    return " ".join(str(cell).split()) if cell is not None else ""
