"""A fact, or a field of a record list, that a what-if varies: its name, the values it is to take, how one is put in."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from calc.errors import InputError
from calc.facts import FactDef, Facts, read_value, require_field
from calc.messages import listed, text
from calc.questions.near import STEPS
from calc.questions.whatif.varied import Probe, Stretch
from calc.twins import Twin
from calc.units import NUMERIC, BadValue, Number, normal, parse_number, simple, value_text

MOST_VALUES = 10_000
_STEP = re.compile(r"(.*?)(?:\[(\d+)\])?")
_DAYS = re.compile(r"(\d+)(天|日|个月|月|年|days?|months?|years?)?")


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """``path`` names it as results do (``loans[1].principal``; ``loans.principal`` is that of every record)."""

    path: str
    steps: tuple[tuple[str, int | None], ...]
    definition: FactDef
    label: str
    twins: tuple[Twin, ...] = ()  # what its value says of other facts

    @property
    def kind(self) -> str:
        """The type of the value."""
        return self.definition.type

    @property
    def head(self) -> str:
        """The fact it stands in."""
        return self.steps[0][0]

    @property
    def heads(self) -> set[str]:
        """The facts that vary with it: the one it stands in, and those that this answers."""
        return {self.head, *(twin.target for twin in self.twins)}

    @property
    def scaled(self) -> bool:
        """Whether its values are numbers or dates, so that there is a next one."""
        return self.kind in NUMERIC or self.kind == "date"

    def whole(self, values: Iterable[Any]) -> bool:
        """Whether only whole numbers (days) are values: of plain numbers, where ``values`` are (years, places in a list)."""
        return self.kind in ("count", "date") or (self.kind == "number" and all(isinstance(v, int) for v in values))

    @property
    def smallest(self) -> Number:
        """The smallest step of the type, in its base unit (a day for dates)."""
        return 1 if self.kind == "date" else STEPS[self.kind]

    @property
    def range(self) -> Stretch:
        """All values it may take, as numbers."""
        if self.kind == "date":
            return Stretch(dt.date.min.toordinal(), True, dt.date.max.toordinal(), True)
        return Stretch() if self.definition.signed else Stretch(0, True)

    def number(self, value: Any) -> Number:
        """A value as a number: dates by their ordinal."""
        if isinstance(value, dt.date):
            return value.toordinal()
        found: Number = value
        return found

    def value(self, number: Number) -> Any:
        """A number as a value."""
        return dt.date.fromordinal(int(number)) if self.kind == "date" else number

    def variable(self, probe: Probe) -> Any:
        """A probe's variable as a value."""
        return probe.day if self.kind == "date" else probe.number

    def said(self, value: Any) -> str | bool:
        """A value as results write it."""
        return value_text(self.kind, value)

    def put(self, values: dict[str, Any], value: Any) -> dict[str, Any]:
        """``values`` with this one in place (``None``: no longer given); what was handed in stays as it was."""
        found = _put(values, self.steps, value)
        for twin in self.twins:
            said = None if value is None else twin.said(value)
            if said is not None:
                found[twin.target] = said
            elif self.head in values and twin.said(values[self.head]) == values.get(twin.target):
                found.pop(twin.target, None)  # it was said by the value that is replaced
        return found

    def read(self, values: dict[str, Any]) -> list[Any]:
        """Its value in the project, in each record; nothing for a record that does not give it."""
        rows: list[Any] = [values]
        for id, place in self.steps[:-1]:
            lists = [parent.get(id) or [] for parent in rows]
            rows = [row for records in lists for row in (records if place is None else records[place - 1 : place])]
        return [row[self.steps[-1][0]] for row in rows if self.steps[-1][0] in row]

    def now(self, values: dict[str, Any]) -> Any:
        """Its one value in the project; ``None`` where it is not given or records differ."""
        found = self.read(values)
        return found[0] if found and all(one == found[0] for one in found) else None


def _put(values: dict[str, Any], steps: tuple[tuple[str, int | None], ...], value: Any) -> dict[str, Any]:
    (id, place), rest = steps[0], steps[1:]
    if not rest:
        return {**values, id: value} if value is not None else {key: kept for key, kept in values.items() if key != id}
    if id not in values:
        return values
    rows = [_put(row, rest, value) if place is None or number == place else row for number, row in enumerate(values[id], 1)]
    return {**values, id: rows}


def axis(name: str, values: dict[str, Any], facts: Facts, within: Iterable[str] = (), lists: bool = False) -> Axis:
    """The axis a name stands for: a fact, ``list.field`` or ``list[2].field``, by ids, labels or aliases.

    ``values`` is the project (its records must be there to be varied); ``within`` are the facts labels may mean; ``lists``:
    it may be a whole list. Raises ``InputError``.
    """
    within = list(within)
    parts = normal(name).split(".") if set(name) & set(".[") else [name]
    steps: list[tuple[str, int | None]] = []
    definition: FactDef | None = None
    rows: list[Any] = [values]
    label = ""
    for number, part in enumerate(parts, 1):
        found = _STEP.fullmatch(part)
        assert found
        word, place = found[1], int(found[2]) if found[2] else None
        definition = facts[facts.resolve(word, within)] if definition is None else definition.fields[require_field(word, definition, name, word)]
        path = ".".join([*(_step(*s) for s in steps), definition.id])
        label = f"{label} · {definition.name}" if label else definition.name
        if definition.type == "list" and not (lists and number == len(parts) and place is None):
            rows = [record for row in rows for record in (row.get(definition.id) or [])]
            if not rows or (place is not None and not 1 <= place <= len(rows)):
                raise InputError(path, part, text("whatif.accepted.records", count=len(rows)))
            rows = rows if place is None else rows[place - 1 : place]
            label += f" {place}" if place else ""
        elif place is not None:
            raise InputError(path, part, text("whatif.accepted.single"))
        steps.append((definition.id, place))
    assert definition is not None
    path = ".".join(_step(*s) for s in steps)
    if definition.type == "list" and (not lists or steps[-1][1] is not None):
        fields = listed(f"{path}.{f.told}" for f in definition.fields.values())
        raise InputError(path, name, text("whatif.accepted.field", fields=fields))
    twins = tuple(twin for twin in facts.twins if [(twin.source, None)] == steps)
    return Axis(path, tuple(steps), definition, label, twins)


def _step(id: str, place: int | None) -> str:
    return id if place is None else f"{id}[{place}]"


def sweep(spec: Any, axis: Axis) -> list[Any]:
    """The values an axis is to take: ``(first, last, step)`` or ``first..last:step``; or ``a|b|c``, ``{"values": […]}``,
    for yes/no and categories any sequence. Raises ``InputError``."""
    if isinstance(spec, str):
        first, dots, rest = spec.partition("..")
        if not dots:
            return _values(spec.split("|"), axis)
        last, colon, step = rest.replace("：", ":").partition(":")
        if not colon:
            raise _refuse(spec, axis)
        spec = (first, last, step)
    if isinstance(spec, Mapping) and set(spec) == {"values"} and isinstance(spec["values"], Sequence):
        return _values(spec["values"], axis)
    if isinstance(spec, Mapping) or not isinstance(spec, Sequence) or not spec:
        raise _refuse(spec, axis)
    if not axis.scaled:
        return _values(spec, axis)
    if len(spec) != 3:
        raise _refuse(spec, axis)
    first, last, step = spec
    return _range(first, last, step, axis)


def _refuse(spec: Any, axis: Axis) -> InputError:
    return InputError(axis.path, spec, text("whatif.accepted.range" if axis.scaled else "whatif.accepted.values"))


def _values(raws: Sequence[Any], axis: Axis) -> list[Any]:
    found = [read_value(axis.definition, raw, axis.path) for raw in raws]
    if None in found:
        raise _refuse("|".join(map(str, raws)), axis)
    return found


def _range(first: Any, last: Any, step: Any, axis: Axis) -> list[Any]:
    start, end = (read_value(axis.definition, raw, axis.path) for raw in (first, last))
    if start is None or end is None or start > end:
        raise _refuse(f"{first}..{last}:{step}", axis)
    if axis.kind == "date":
        return _dates(start, end, step, axis)
    try:
        by = parse_number(axis.kind, step)
    except BadValue as bad:
        raise InputError(axis.path, step, bad.accepted) from None
    if by <= 0:
        raise _refuse(f"{first}..{last}:{step}", axis)
    count = int((end - start) / Fraction(by)) + 1
    if count > MOST_VALUES:
        raise InputError(axis.path, f"{first}..{last}:{step}", text("whatif.accepted.count", count=count, most=MOST_VALUES))
    return [simple(Fraction(start + place * by)) for place in range(count)]


def _dates(start: dt.date, end: dt.date, step: Any, axis: Axis) -> list[dt.date]:
    found = _DAYS.fullmatch(normal(str(step)).lower())
    if found is None or not int(found[1]):
        raise InputError(axis.path, step, text("whatif.accepted.days"))
    by, unit = int(found[1]), found[2] or "日"
    if unit[0] in "天日d":
        return [start + dt.timedelta(days) for days in range(0, (end - start).days + 1, by)]
    by *= 12 if unit[0] in "年y" else 1
    days: list[dt.date] = []
    while not days or days[-1] <= end:
        year, month = divmod(start.year * 12 + start.month - 1 + len(days) * by, 12)
        if year > dt.MAXYEAR:
            return days
        days.append(dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1])))
    return days[:-1]
