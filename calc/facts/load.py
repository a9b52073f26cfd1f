"""``facts.toml`` → the dictionary of facts, each definition checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from calc.errors import SchemeError, nearest_names, shown
from calc.facts import TYPES, FactDef, Facts, named
from calc.folder import Folder
from calc.messages import listed, text
from calc.twins import problems_of
from calc.units import BASES, COUNTERS, NUMERIC, UNITS, BadValue, Number, parse_number


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _answers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(by, Mapping) and all(isinstance(one, (str, bool)) for one in by.values()) for by in value.values())


def _table(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())


_SHAPES: dict[str, tuple[Callable[[Any], bool], str]] = {  # what a key may hold, and how that is written
    **dict.fromkeys(("label", "label_en", "denied", "denied_en", "help", "help_en", "counter", "per"), (lambda value: isinstance(value, str), '"…"')),
    **dict.fromkeys(("values", "values_en"), (_table, '{ slug = "…" }')),
    "aliases": (_texts, '["…"]'),
    **dict.fromkeys(("usual_from", "usual_to"), (lambda value: isinstance(value, str), '"10万元"')),
    **dict.fromkeys(("signed", "whole"), (lambda value: isinstance(value, bool), "true / false")),
    "within": (lambda value: isinstance(value, Mapping) and all(map(_texts, value.values())), '{ slug = ["…"] }'),
    "fields": (lambda value: isinstance(value, Mapping), "[….fields.…]"),
    "same_as": (lambda value: isinstance(value, str) and bool(value), 'same_as = "other_fact"'),
    "answers": (_answers, "answers = { other_fact = { slug = true } }"),
}
_KEYS = {"type", *_SHAPES}
KEYWORDS = {"and", "or", "not", "in", "has", "has_any", "where", "true", "false"}  # of expressions: no fact is called so
_ID, _SLUG = r"[a-z][a-z0-9_]*", r"[A-Za-z0-9][A-Za-z0-9_.-]*"


def load_facts(document: Mapping[str, Any], file: str = "facts.toml", content: str = "", folder: Folder | None = None, strict: bool = True) -> Facts:
    """The dictionary from the parsed ``facts.toml`` of a ``folder``, whose ``content`` tells the lines. Raises ``SchemeError`` for a
    definition that cannot be used, or (where it is ``strict``) that names a twin it cannot have."""

    def line(id: str) -> int:
        from calc.places import line_of  # where something is wrong only

        return line_of(content, id)

    try:
        units = own_units(document, file)
    except SchemeError as bad:
        raise SchemeError(file, line("units"), bad.problem, bad.hint) from None
    found = {}
    for id, table in document.items():
        if id == "units" and units:
            continue
        try:
            found[id] = _definition(id, table, file, units)
        except SchemeError as bad:
            raise SchemeError(file, line(id), bad.problem, bad.hint) from None
    if strict:
        for id, definition in found.items():
            for problem, hint in problems_of(id, definition, found):
                raise SchemeError(file, line(id), problem, hint)
    return named(found, units, folder)


def own_units(document: Mapping[str, Any], file: str = "facts.toml") -> dict[str, str]:
    """The units of one's own in ``facts.toml``: ``[units] kwh = "千瓦时"``. Raises ``SchemeError`` for one that is not free."""
    table = document.get("units")
    if not isinstance(table, Mapping) or "type" in table:
        return {}
    taken = {*COUNTERS, *(word for words in UNITS.values() for word in words)}
    for id, word in table.items():
        if not re.fullmatch(_ID, id) or id in TYPES:
            raise SchemeError(file, 0, f"units.{shown(id)}", text("facts.id"))
        if not isinstance(word, str) or not re.fullmatch(r"[^\W\d]+", word) or word in taken:
            raise SchemeError(file, 0, f"units.{id} = {shown(word)}", text("facts.unit"))
    return dict(table)


def _dims(per: str, kind: str, units: Mapping[str, str]) -> tuple[tuple[str, int], ...] | None:
    """The base units of a fact of type ``kind`` (perhaps a unit of one's own) per the units in ``per``; ``None`` where one is none."""
    powers = {units.get(kind) or BASES.get(kind, ""): 1}
    for word in filter(None, per.split("/")):
        base = next((said for own, said in units.items() if word in (own, said)), None)
        base = base or next((BASES[one] for one in BASES if UNITS[one].get(word) == 1), "" if word in COUNTERS else None)
        if base is None:
            return None
        powers[base] = powers.get(base, 0) - 1
    return tuple(sorted((base, power) for base, power in powers.items() if base and power))


def _definition(id: str, table: Any, file: str, units: Mapping[str, str]) -> FactDef:
    if not re.fullmatch(_ID, id):
        raise SchemeError(file, 0, f"{shown(id)}", text("facts.id"))
    if id in KEYWORDS:
        raise SchemeError(file, 0, id, text("facts.keyword", words=listed(sorted(KEYWORDS))))
    kind = table.get("type") if isinstance(table, Mapping) else table
    if not isinstance(table, Mapping) or not isinstance(kind, str) or (kind not in TYPES and kind not in units):
        near = nearest_names(str(kind), [*TYPES, *units])
        raise SchemeError(file, 0, f"{id}: type" + ("" if kind is None else f" = {shown(kind)}"), " / ".join(near) or listed([*sorted(TYPES), *units]))
    per = str(table.get("per", "")).strip("/")
    dims = _dims(per, str(kind), units) if per or kind in units else None
    if per and (dims is None or (kind not in NUMERIC and kind not in units) or kind == "percent"):
        raise SchemeError(file, 0, f"{id}: per = {shown(table['per'])}", text("facts.per"))
    counter = "/".join(filter(None, (units.get(str(kind), ""), *per.split("/")))) if kind in units else "/" + per if per else table.get("counter", "")
    for key in table:
        if key not in _KEYS:
            raise SchemeError(file, 0, f"{id}: {key}", " / ".join(nearest_names(key, _KEYS)) or listed(sorted(_KEYS)))
    for key, value in table.items():
        if key in _SHAPES and not _SHAPES[key][0](value):
            raise SchemeError(file, 0, f"{id}: {key} = {shown(value)}", _SHAPES[key][1])
    if not table.get("label"):
        raise SchemeError(file, 0, f"{id}: label", "label = \"…\"")
    if table["type"] in ("enum", "set") and not table.get("values"):
        raise SchemeError(file, 0, f"{id}: values", "values = { slug = \"…\" }")
    values = table.get("values", {})
    for slug in values:
        if not re.fullmatch(_SLUG, slug):
            raise SchemeError(file, 0, f"{id}: values.{shown(slug)}", text("facts.slug"))
    for slug, wider in table.get("within", {}).items():
        unknown = [one for one in (slug, *wider) if one not in values] or ([] if table["type"] == "set" else [slug])
        if unknown:
            raise SchemeError(file, 0, f"{id}: within {unknown[0]}", " / ".join(nearest_names(unknown[0], values)) or listed(values))
    fields = {name: _definition(f"{name}", inner, file, units) for name, inner in table.get("fields", {}).items()}
    return FactDef(
        id,
        "number" if kind in units else str(kind),
        table["label"],
        table.get("label_en", ""),
        table.get("help", ""),
        table.get("help_en", ""),
        tuple(table.get("aliases", ())),
        table.get("signed", False),
        dict(table.get("values", {})),
        dict(table.get("values_en", {})),
        fields,
        {slug: tuple(wider) for slug, wider in table.get("within", {}).items()},
        table.get("denied", ""),
        table.get("denied_en", ""),
        counter,
        dims,
        _usual(id, table, "usual_from", file),
        _usual(id, table, "usual_to", file),
        table.get("whole", False),
        table.get("same_as", ""),
        {target: dict(by) for target, by in table.get("answers", {}).items()},
        str(kind) if kind in units else "",
    )


def _usual(id: str, table: Mapping[str, Any], key: str, file: str) -> Number | None:
    """An end of what is usual, as a number. Raises ``SchemeError``."""
    if key not in table:
        return None
    try:
        return parse_number(table["type"], table[key], signed=True)
    except (BadValue, KeyError):
        raise SchemeError(file, 0, f"{id}: {key} = {shown(table[key])}", '"10万元"') from None
