"""The dictionary of facts: what a project can be described with, and how a description is read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from calc.documents import Written
from calc.errors import InputError, nearest_names, shown, together
from calc.facts.rows import record
from calc.facts.stated import counts_in, in_unit, parted, without_counter
from calc.folder import Folder
from calc.messages import language, listed, text
from calc.twins import Twin, completed, twins_of
from calc.units import (
    DURATIONS,
    NUMERIC,
    BadValue,
    Number,
    grouped,
    is_blank,
    money_words,
    native,
    normal,
    parse_bool,
    parse_date,
    parse_number,
    refuse_none,
    value_text,
)

LONGEST = 10_000  # signs of a value
TYPES = NUMERIC | {"date", "bool", "enum", "set", "list"}
_BETWEEN = "；;、，,|｜"  # what stands between the values of a set in a text


@dataclass(slots=True)
class FactDef:
    """One fact, or one field of a record list (then ``id`` is the bare field name)."""

    id: str
    type: str
    label: str
    label_en: str = ""
    help: str = ""
    help_en: str = ""
    aliases: tuple[str, ...] = ()
    signed: bool = False
    values: dict[str, str] = field(default_factory=dict)
    values_en: dict[str, str] = field(default_factory=dict)
    fields: dict[str, FactDef] = field(default_factory=dict)
    within: dict[str, tuple[str, ...]] = field(default_factory=dict)
    denied: str = ""  # how a yes-or-no fact reads where it is not so
    denied_en: str = ""
    counter: str = ""  # what may stand after a figure beside the units of its type: the duration it is of (天), a unit of one's own, /平方米/月
    dims: tuple[tuple[str, int], ...] | None = None  # base units with their powers, where they are not those of its type
    usual_from: Number | None = None  # what is smaller, or larger, is computed but warned of: a unit may be missing
    usual_to: Number | None = None
    whole: bool = False  # all that a project costs: support above it is warned of
    same_as: str = ""  # another fact that is the same thing
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)  # what its values make of other facts
    own_unit: str = ""  # the id of its unit, where that is one of the folder's own
    called: dict[str, str] = field(default_factory=dict, repr=False, compare=False)  # see ``_names``; made when first asked for

    @property
    def name(self) -> str:
        """The label in the language in use."""
        if language() == "zh":
            return self.label
        return self.label_en or self.id.replace("_", " ")

    @property
    def told(self) -> str:
        """What it may be given by: its id, and its label in the language in use."""
        return self.id + text("word.brackets", said=self.name)

    @property
    def fields_told(self) -> str:
        """What the fields of a record list may be given by."""
        return listed(field.told for field in self.fields.values())

    @property
    def choices(self) -> str:
        """The values of an enum or set, by their labels in the language in use."""
        return listed(map(self.value_name, self.values))

    @property
    def denial(self) -> str:
        """What is said where a yes-or-no fact does not hold, in the language in use; empty where nothing better than “not …” is known."""
        return self.denied if language() == "zh" else self.denied_en

    @property
    def hint(self) -> str:
        """The one-line help in the language in use."""
        return self.help if language() == "zh" else (self.help_en or self.name)

    def shown(self, value: Any) -> str:
        """A plain value as people write it: labels, yes/no, large sums of yuan in 万元 (in Chinese), units."""
        if self.type == "list":
            return text("word.records", count=len(value))
        if self.type == "bool":
            return text("word.yes" if value else "word.no")
        if self.type == "enum":
            return self.value_name(value)
        if self.type == "set":
            return text("word.semicolon").join(map(self.value_name, value))
        if self.type == "money":
            return money_words(value) + self.counter
        said = str(value_text(self.type, value))
        return said if self.type in ("date", "percent") else self.counted(said)

    def counted(self, said: str) -> str:
        """A plain number with thousands separators and its unit; a number of years stands as it is, 2023年."""
        unit = "" if language() == "en" and self.counter in DURATIONS else self.counter
        return (said if self.counter == "年" else grouped(said)) + text(f"suffix.{self.type}") + unit

    def value_name(self, slug: str) -> str:
        """The label of a value of an enum or set."""
        if language() == "zh":
            return self.values.get(slug, slug)
        return self.values_en.get(slug) or slug.replace("_", " ")

    def counting_as(self, slugs: Iterable[str]) -> tuple[str, ...]:
        """The values of a set that count as one of ``slugs``: these, and all that stand within them, in the order declared."""
        wanted = set(slugs)
        return tuple(slug for slug in self.values if wanted & self.wider(slug))

    def wider(self, slug: str) -> set[str]:
        """A value of a set with all that it stands within, however far."""
        found = {slug}
        open_ = [slug]
        while open_:
            for one in self.within.get(open_.pop(), ()):
                if one not in found:
                    found.add(one)
                    open_.append(one)
        return found


class Values(dict[str, Any]):
    """A project's facts as plain values by id, which know where a file gives them: ``place`` says it of a path (``loans[1].rate``)."""

    def __init__(self, values: Mapping[str, Any], place: Callable[[str], str]) -> None:
        super().__init__(values)
        self.place = place


@dataclass(slots=True)
class Facts:
    """All facts by id, and who is called what."""

    by_id: dict[str, FactDef]
    names: dict[str, tuple[str, ...]]
    units: dict[str, str] = field(default_factory=dict)  # units of the folder's own, with what they are called
    folder: Folder = field(default_factory=Folder)
    twins: tuple[Twin, ...] = ()  # which fact fills which

    def __getitem__(self, id: str) -> FactDef:
        return self.by_id[id]

    def __contains__(self, id: object) -> bool:
        return id in self.by_id

    def resolve(self, name: str, within: Iterable[str] | None = None, value: object = "") -> str:
        """The id a name (id, label or alias) stands for; ``within`` are the facts the chosen schemes use.

        Raises ``InputError`` with the ``value`` given for an unknown name, or one that several facts share.
        """
        if name in self.by_id:
            return name
        ids = self.names.get(normal(name).casefold(), ())
        if len(ids) > 1 and within is not None:
            used = set(within)
            ids = tuple(i for i in ids if i in used) or ids
        if len(ids) == 1:
            return ids[0]
        if ids:
            said = listed(self.by_id[i].told for i in ids)
            raise InputError(name, value, text("accepted.fact.candidates", candidates=said), ids, message="error.unknown")
        raise InputError(name, value, text("accepted.fact"), self.nearest(name), message="error.unknown")

    def headed(self, name: str, within: Iterable[str] | None = None, value: object = "") -> tuple[str, str]:
        """The id that a name stands for and the unit stated beside it (``投资额（万元）``), empty where none is. Raises ``InputError``."""
        try:
            return self.resolve(name, within, value), ""
        except InputError:
            for bare, unit in parted(name):
                if (bare in self.by_id or normal(bare).casefold() in self.names) and counted_in(self[self.resolve(bare, within, value)], unit):
                    return self.resolve(bare, within, value), unit
            raise

    def nearest(self, name: str) -> dict[str, str]:
        """The facts whose id, label or alias looks most like ``name``: their ids, each as ``told``."""
        pool = {**{i.casefold(): (i,) for i in self.by_id}, **self.names}
        ids = [i for hit in nearest_names(normal(name).casefold(), pool) for i in pool[hit]]
        return {i: self.by_id[i].told for i in list(dict.fromkeys(ids))[:3]}

    def definition(self, path: str) -> FactDef:
        """A fact, or a field of a record list as ``list.field``."""
        head, _, field = path.partition(".")
        return self[head].fields[field] if field else self[head]

    def name_of(self, path: str) -> str:
        """The label of a fact, or of a record field (``loans.rate``) as ``list · field``; what is no fact (``LPR``) as it is."""
        head, _, field = path.partition(".")
        definition = self.by_id.get(head)
        if definition is None:
            return path
        return f"{definition.name} · {definition.fields[field].name}" if field in definition.fields else definition.name

    def read(self, given: Mapping[str, Any], within: Iterable[str] | None = None) -> dict[str, Any]:
        """A project's facts as plain values by id, with those that their twins say; what is blank is left out.

        ``given`` is a mapping as it comes out of TOML or JSON; where it is ``Written`` in a file, errors name the place, and the
        ``Values`` know theirs. Raises ``InputError`` with all that is wrong.
        """
        given = record(given)
        if not isinstance(given, Mapping):
            raise InputError("facts", given, text("accepted.record", field="fixed_asset_investment"))
        found: dict[str, Any] = {}
        written: dict[str, str] = {}
        wrong: list[InputError] = []
        for name, raw in given.items():
            try:
                id, unit = (name, "") if name in self.by_id else self.headed(str(name), within, raw)
                if id in written:
                    raise InputError(str(name), raw, text("accepted.once", other=written[id]))
                written[id] = str(name)
                value = self._value(id, raw, unit)
                found.update({id: value} if value is not None else {})
            except InputError as bad:
                wrong.append(bad.at(given.place(str(name), self._as_written(given, str(name), bad.fact))) if isinstance(given, Written) else bad)
        if wrong:
            raise together(wrong)
        found = completed(found, self.twins, self.by_id)
        if not isinstance(given, Written):
            return found

        source: Written = given

        def place(path: str) -> str:
            name = written.get(re.split(r"[.\[]", path)[0])
            return source.place(name, self._as_written(source, name, path)) if name is not None else ""

        return Values(found, place)

    def _as_written(self, given: Mapping[str, Any], name: str, path: str) -> str:
        """A path by ids (``loans[1].rate``) by the names that its records have where it is ``given`` (``loans[1].利率``)."""
        parts: list[str] = re.findall(r"\[\d+\]|[^.\[\]]+", path)
        head, steps = parts[0], parts[1:]
        definition, held = self.by_id.get(head), given.get(name)
        for place, step in enumerate(steps):
            if step.startswith("["):
                number = int(step[1:-1]) - 1
                held = held[number] if isinstance(held, (list, tuple)) and number < len(held) else None
                continue
            if definition is not None and isinstance(held, Mapping) and step not in held:
                steps[place] = next((one for one in held if field_headed(str(one), definition.fields)[0] == step), step)
            held = held.get(steps[place]) if isinstance(held, Mapping) else None
            definition = definition.fields.get(step) if definition is not None else None
        return head + "".join(step if step.startswith("[") else f".{step}" for step in steps)

    def _value(self, id: str, raw: Any, unit: str) -> Any:
        """A value of a fact, a plain number in the ``unit`` stated beside its name; an error names it by its label as well."""
        try:
            return read_value(self.by_id[id], in_unit(native(raw), unit), id)
        except InputError as bad:
            raise self.named(bad) from None

    def named(self, bad: InputError) -> InputError:
        """An error that names its fact, or the field of a record of it (``loans[1].drawdowns[2].date``), by its label as well."""
        said = self.label_of(bad.fact)
        return bad.called(said) if said and not bad.placed else bad

    def label_of(self, path: str) -> str:
        """What a fact, or the field of a record of it, is called; empty where there is none such."""
        id, *inner = re.split(r"[.\[]", path)
        definition = self.by_id.get(id)
        said = definition.name if definition is not None else ""
        for part in inner:
            if part.endswith("]"):
                said += f"[{part}"
                continue
            definition = definition.fields.get(part) if definition is not None else None
            said += f" · {definition.name}" if definition is not None else ""
        return said if definition is not None else ""


def counted_in(definition: FactDef | None, unit: str) -> bool:
    """Whether ``unit`` is one that numbers of a fact can be in."""
    return definition is not None and counts_in(definition.type, definition.counter, definition.own_unit, unit)


def read_value(definition: FactDef, raw: Any, path: str) -> Any:
    """One raw value as its type says, ``None`` when blank. Raises ``InputError`` naming ``path``."""
    raw = native(raw)
    if is_blank(raw):
        return None
    kind = definition.type
    if kind == "list":
        return _read_list(definition, raw, path)
    try:
        if isinstance(raw, str) and len(raw) > LONGEST:
            raise BadValue(text("accepted.shorter", most=f"{LONGEST:,}"))
        if kind == "bool":
            return parse_bool(raw)
        if kind == "date":
            return parse_date(raw)
        if kind == "enum":
            return _read_enum(definition, raw, path)
        if kind == "set":
            return _read_set(definition, raw, path) or None
        if definition.counter and isinstance(raw, str):
            raw = without_counter(raw, definition.counter, definition.own_unit)
        return parse_number(kind, raw, definition.signed)
    except BadValue as bad:
        unit = text("accepted.unit", unit=definition.counter) if definition.dims is not None else ""
        raise InputError(path, raw, bad.accepted + unit) from None


def _read_enum(definition: FactDef, raw: Any, path: str) -> str:
    if isinstance(raw, (str, int)) and not isinstance(raw, bool):
        word = shown(raw) if isinstance(raw, int) else raw.strip()
        if word in definition.values:
            return word
        found = _names(definition).get(_fold(word))
        if found is not None:
            return found
    refuse_none(raw)
    near = nearest_names(shown(raw), dict.fromkeys([*definition.values, *map(definition.value_name, definition.values), *definition.values.values()]))
    near = list({_names(definition)[_fold(one)]: one for one in reversed(near)}.values())[::-1]  # each value by one of its names
    raise InputError(path, raw, text("accepted.enum", values=definition.choices), near)


def _names(definition: FactDef) -> dict[str, str]:
    """What the values of an enum or set are called, folded, with their slugs; of equal names the first counts."""
    if not definition.called:
        names = [(_fold(n), slug) for slug, label in definition.values.items() for n in (slug, label, definition.values_en.get(slug) or slug.replace("_", " "))]
        definition.called.update(reversed(names))
    return definition.called


def _read_set(definition: FactDef, raw: Any, path: str) -> tuple[str, ...]:
    """The values of a set, each once: a list of them, or a text with separators between (some names have such signs within)."""
    if isinstance(raw, (list, tuple, set, frozenset)):
        words = [native(one) for one in raw if not is_blank(one)]
    elif isinstance(raw, str):
        words = _split(raw, _names(definition))
    else:
        words = [raw]
    found = tuple(dict.fromkeys(_read_enum(definition, word, path) for word in words))
    return tuple(slug for slug in definition.values if slug in found) if isinstance(raw, (set, frozenset)) else found


def _split(raw: str, names: Mapping[str, str]) -> list[str]:
    """The values named in a text: at each place the longest name that fits, else what stands before the next separator."""
    if _fold(raw.strip()) in names:
        return [raw]
    found: list[str] = []
    rest = raw.strip()
    while rest:
        ends = [n for n, sign in enumerate(rest) if sign in _BETWEEN] + [len(rest)]
        end = next((n for n in reversed(ends) if _fold(rest[:n].strip()) in names), ends[0])
        if rest[:end].strip():
            found.append(rest[:end].strip())
        rest = rest[end + 1 :].strip()
    return found


def _fold(word: str) -> str:
    return normal(word).casefold().translate({ord(c): None for c in "“”\"'‘’"})


def field_named(name: str, fields: Mapping[str, FactDef]) -> str:
    """The field of a record that an id, label or alias in either language stands for; empty when there is none, or several."""
    if name in fields:
        return name
    folded = _fold(name)
    hits = [id for id, one in fields.items() if folded in map(_fold, (id, one.label, one.label_en, *one.aliases)) and folded]
    return hits[0] if len(hits) == 1 else ""


def require_field(name: str, definition: FactDef, path: str, value: Any) -> str:
    """The field of a record list that ``name`` stands for. Raises ``InputError`` naming ``path`` with the ``value`` given there."""
    fields = definition.fields
    found = field_named(name, fields)
    if not found:
        said = text("accepted.field", list=definition.name, fields=definition.fields_told)
        raise InputError(path, value, said, nearest_names(name, [*fields, *(f.label for f in fields.values())]), message="error.unknown")
    return found


def field_headed(name: str, fields: Mapping[str, FactDef]) -> tuple[str, str]:
    """The field of a record that a name stands for, and the unit stated beside it; empty where there is none."""
    if name in fields:
        return name, ""
    for bare, unit in [(name, ""), *parted(name)]:
        id = field_named(bare, fields)
        if id and (not unit or counted_in(fields[id], unit)):
            return id, unit
    return "", ""


def _read_list(definition: FactDef, raw: Any, path: str) -> list[dict[str, Any]]:
    fields = definition.fields
    if not isinstance(raw, (list, tuple)):
        raise InputError(path, raw, text("accepted.list", fields=definition.fields_told))
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(raw, 1):
        where = f"{path}[{number}]"
        given = record(one)
        if not isinstance(given, Mapping):
            raise InputError(where, given, text("accepted.record", field=next(iter(fields), "…")))
        row: dict[str, Any] = {}
        for name, value in given.items():
            id, unit = field_headed(str(name), fields)
            id = id or require_field(str(name), definition, f"{where}.{name}", value)
            if id in row:
                raise InputError(f"{where}.{name}", value, text("accepted.once", other=id))
            read = read_value(fields[id], in_unit(native(value), unit), f"{where}.{id}")
            if read is not None:
                row[id] = read
        rows.append(row)
    return rows


def named(by_id: dict[str, FactDef], units: dict[str, str] | None = None, folder: Folder | None = None) -> Facts:
    """A dictionary of facts by id, with who is called what."""
    names: dict[str, list[str]] = {}
    for id, definition in by_id.items():
        for name in (definition.label, definition.label_en, *definition.aliases):
            if name:
                ids = names.setdefault(normal(name).casefold(), [])
                if id not in ids:
                    ids.append(id)
    return Facts(by_id, {name: tuple(ids) for name, ids in names.items()}, units or {}, folder or Folder(), twins_of(by_id))


def unusual(definition: FactDef, value: Any) -> str:
    """Whether a number is ``small`` or ``large`` beyond what is usual for a fact; empty where it is neither, or no number."""
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        if definition.usual_from is not None and 0 < value < definition.usual_from:
            return "small"
        if definition.usual_to is not None and value > definition.usual_to:
            return "large"
    return ""


def today() -> dt.date:
    """The day estimates are made as of, unless told otherwise."""
    return dt.date.today()


def day_of(as_of: Any) -> dt.date:
    """The day that is told, today where none is. Raises ``InputError``."""
    try:
        return today() if is_blank(native(as_of)) else parse_date(as_of)
    except BadValue as bad:
        raise InputError("as-of", as_of, bad.accepted, message="error.option") from None
