"""JSON Schemas of the files people write: scheme, facts, rules, catalog, project. Editors complete and check by them.

Made from what reads the files: the models of ``language.surface``, the mechanisms of ``language.lower``, the kinds of
``rules``, and the dictionary of facts. A schema is what the form of a file must be; ``subsidy check`` knows the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.facts import TYPES, FactDef, Facts
from calc.files import write_whole
from calc.folder import BASES
from calc.messages import text
from calc.messages.currency import KNOWN

if TYPE_CHECKING:
    from calc.store.store import Store

NAMES = ("scheme", "facts", "rules", "catalog", "project")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
WIDTH = 140
Schema = dict[str, Any]

_FORM: Schema = {"$ref": "#/$defs/form"}
_EXPRESSION: Schema = {"$ref": "#/$defs/expression"}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_FACT_ID = "^[a-z][a-z0-9_]*$"
_NUMBER = r"^\s*$|[0-9０-９]"  # blank, or with a figure in it: units and 万/亿 are read by the program
_YES_OR_NO = ("是", "否", True, False, 1, 0, "", "有", "无", "true", "false", "yes", "no", "y", "n", "1", "0", "√", "×")
_DAY = r"^\s*$|[0-9０-９]{4}"


def schema(catalog: Store, name: str) -> Schema:
    """The JSON Schema of the files called ``name`` (one of ``NAMES``), for the facts and lists of ``catalog``."""
    made = {
        "scheme": scheme_schema, "facts": facts_schema, "rules": lambda _: rules_schema(), "catalog": lambda _: catalog_schema(), "project": project_schema,
    }  # fmt: skip
    return {"$schema": DIALECT, "title": text(f"schema.{name}"), **made[name](catalog.facts)}


def write_schemas(catalog: Store, folder: Path) -> list[Path]:
    """All schemas as ``NAME.json`` in ``folder``. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in NAMES:
        path = folder / f"{name}.json"
        write_whole(path, dump(schema(catalog, name)).encode())
        files.append(path)
    return files


def dump(schema: Schema) -> str:
    """A schema as text: what fits stands on one line."""
    return _lines(schema, "") + "\n"


def _lines(value: Any, indent: str) -> str:
    whole = json.dumps(value, ensure_ascii=False)
    if len(whole) + len(indent) <= WIDTH or not value or not isinstance(value, (dict, list)):
        return whole
    inner = indent + " "
    if isinstance(value, dict):
        rows = [f"{json.dumps(key, ensure_ascii=False)}: {_lines(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _lines(one, inner) for one in value) + f"\n{indent}]"


def _table(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A table with these keys and no others."""
    return {"type": "object", "additionalProperties": False, "properties": dict(properties), "required": list(required)}


# ---------------------------------------------------------------- schemes


def scheme_schema(facts: Facts) -> Schema:
    """Of a scheme file; ``facts`` say which record lists there are."""
    from calc.language.surface import SchemeTable

    found: Schema = _said(SchemeTable.model_json_schema(by_alias=True))
    defs = found["$defs"]
    for place in (defs["BenefitTable"], defs["LimitTable"]):
        for key in ("amount", "at_most"):
            if key in place["properties"]:
                place["properties"][key] = _described(_FORM, key)
    defs["BenefitTable"]["properties"]["round"] = _described({"$ref": "#/$defs/round"}, "round")
    defs["BenefitTable"]["properties"]["schedule"] = _described({"$ref": "#/$defs/schedule"}, "schedule")
    titled: Schema = {"type": "object", "required": ["label"], "properties": {key: _described({"type": "string"}, key) for key in ("label", "label_en")}}
    found["properties"]["let"] = _described({"type": "object", "additionalProperties": {"anyOf": [_FORM, titled]}}, "let")
    defs.update(_forms(facts))
    return found


def _said(node: Any) -> Any:
    """A model's schema in the words of the program: its keys described, defaults and null left out."""
    if isinstance(node, list):
        return [_said(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _said(value) for key, value in node.items() if key not in ("title", "default", "description")}
    if isinstance(found.get("properties"), dict):
        found["properties"] = {key: _described(_said(value), key) for key, value in node["properties"].items()}
    if "anyOf" in found:
        options = [one for one in found.pop("anyOf") if one != {"type": "null"}]
        found |= options[0] if len(options) == 1 else {"anyOf": options}
    return found


def _described(schema: Schema, key: str) -> Schema:
    """A schema with what its key means; editors read nothing that stands beside a reference."""
    about = {"description": text(f"schema.key.{key}")}
    return {**about, "anyOf": [schema]} if "$ref" in schema else {**about, **schema}


def _forms(facts: Facts) -> Schema:
    """What may stand where an amount, a percentage or a limit is said: an expression, or one mechanism."""
    from calc.language.lower import BOUNDS, COMMON, ITEM_KEYS, MECHANISMS, SCOPES
    from calc.language.lower.keys import WAYS
    from calc.rates.interest import ACCRUALS

    lists: Schema = {"$ref": "#/$defs/list"}
    whole: Schema = {"type": "integer", "minimum": 1}
    keys: dict[str, Schema] = {
        "each": lists,
        "count": lists,
        "interest_on": lists,
        "where": _EXPRESSION,
        "by": _EXPRESSION,
        "group_by": _EXPRESSION,
        "merge_by": _EXPRESSION,
        "take": {"enum": ["sum", "max"]},
        "top": whole,
        "top_each": whole,
        "first_years": whole,
        "require": _TEXTS,
        "per": {"enum": list(SCOPES)},
        "marginal": {"type": "boolean"},
        "tiers": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/tier"}},
        "cases": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/case"}},
        "sum": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/part"}},
        "round": {"$ref": "#/$defs/round"},
        "basis": {"enum": [*BASES, *(int(one) for one in BASES if one.isdecimal())]},
        "index": {"type": "string"},
        "repriced": {"const": "year"},
        "best": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/part"}},
    }
    needs = {"percent": ("of",), "per_unit": ("quantity",), "interest_on": ("rate",)}

    def table(names: Iterable[str], required: Iterable[str]) -> Schema:
        return _table({name: _described(keys.get(name, _FORM), name) for name in sorted(names)}, required)

    def mechanisms(more: Iterable[str] = (), required: Iterable[str] = ()) -> list[Schema]:
        """A table for each mechanism, with the keys ``more`` beside its own."""
        found = []
        for name, own in ((name, one.keys) for name, one in MECHANISMS.items()):
            allowed = {*own, *COMMON, *more}
            if name == "each":
                inner = {key for other, also in MECHANISMS.items() if other != "each" for key in also.keys}
                found.append(table(allowed | inner, ["each", *required]))
            elif name == "by":
                slugs = table({"by", "otherwise", *COMMON, *more}, ["by", *required])
                slugs["properties"]["tiers"] = False
                found += [table(allowed, ["by", "tiers", *required]), {**slugs, "additionalProperties": _FORM}]
            else:
                found.append(table(allowed, [name, *needs.get(name, ()), *required]))
            if name == "interest_on":  # its ``per`` says how interest accrues, too
                found[-1]["properties"]["per"] = _described({"enum": [*SCOPES, *(one for one in ACCRUALS if one != "day")]}, "interest.per")
        return found

    bound = {"anyOf": [{"required": [key]} for key in BOUNDS]}
    keys |= dict.fromkeys((*BOUNDS, "when"), _EXPRESSION)
    otherwise = table(["otherwise"], ["otherwise"])
    years = {"type": "array", "minItems": 1, "items": _FORM}
    yearly = {"years": _described(years, "schedule.years"), "periods": _described(_TEXTS, "periods")}
    again = {"$ref": "#/$defs/schedule"}
    cases = [_table({**yearly, "when": _described(_EXPRESSION, "when")}, ["when", "years"]), _table({"otherwise": again}, ["otherwise"])]
    assert {key for own in MECHANISMS.values() for key in own.keys} >= ITEM_KEYS
    return {
        "round": _table({"to": _described(_EXPRESSION, "round.to"), "way": _described({"enum": list(WAYS)}, "round.way")}, ["to"]),
        "list": {"enum": [id for id, definition in facts.by_id.items() if definition.type == "list"]},
        "expression": {"type": ["string", "integer"], "description": text("schema.expression")},
        "form": {"anyOf": [{"type": ["string", "integer"]}, *mechanisms()], "description": text("schema.form")},
        "tier": {"allOf": [bound], "anyOf": [*mechanisms(BOUNDS), *(table({*BOUNDS, key}, [key]) for key in ("percent", "per_unit"))]},
        "case": {"anyOf": [otherwise, *mechanisms(["when"], ["when"])]},
        "part": {"anyOf": [_FORM, *mechanisms(["when"], ["when"])]},
        "schedule": {
            "anyOf": [
                years,
                _table({**yearly, "total": _described(_FORM, "schedule.total")}, ["years"]),
                _table({"shares": _described({"type": "array", "minItems": 1, "items": _EXPRESSION}, "shares"), "periods": yearly["periods"]}, ["shares"]),
                {"type": "object", "properties": {"by": _EXPRESSION}, "required": ["by"], "additionalProperties": again},
                _table({"cases": {"type": "array", "minItems": 1, "items": {"anyOf": cases}}}, ["cases"]),
            ]
        },
    }


# ---------------------------------------------------------------- the dictionary of facts, and the rules


def catalog_schema() -> Schema:
    """Of what a folder says of itself."""
    label = _table({"label": {"type": "string"}, "label_en": {"type": "string"}}, ["label"])
    parts = {"type": "object", "patternProperties": {"^[a-z0-9]+$": {"anyOf": [{"type": "string"}, label]}}, "additionalProperties": False}
    found: dict[str, Schema] = {"name": {"type": "string"}, "name_en": {"type": "string"}, "currency": {"enum": list(KNOWN)}}
    found |= {"index": {"type": "string"}, "basis": {"enum": [*BASES, *(int(one) for one in BASES if one.isdecimal())]}, "parts": parts}
    return _table({key: _described(one, f"catalog.{key}") for key, one in found.items()})


def facts_schema(facts: Facts) -> Schema:
    """Of the dictionary of facts, with the units of one's own that there are."""
    words: Schema = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}
    plain = ("label_en", "denied", "denied_en", "counter", "per", "usual_from", "usual_to", "help", "help_en")
    said: dict[str, Schema] = {key: {"type": "string"} for key in plain}
    said |= {"label": {"type": "string", "minLength": 1}, "type": {"enum": sorted([*TYPES, *facts.units])}, "aliases": _TEXTS, "signed": {"type": "boolean"}}
    other: Schema = {"$ref": "#/$defs/known"}
    answered: Schema = {"type": "object", "additionalProperties": {"type": ["boolean", "string"]}}
    said |= {"whole": {"type": "boolean"}, "same_as": other, "answers": {"type": "object", "propertyNames": other, "additionalProperties": answered}}
    wider: Schema = {"type": "object", "additionalProperties": _TEXTS}
    said |= {"values": words, "values_en": words, "within": wider, "fields": {"$ref": "#/$defs/facts"}}
    fact = _table({key: _described(one, f"fact.{key}") for key, one in said.items()}, ["type", "label"])
    is_type = {kind: {"properties": {"type": {"const": kind}}} for kind in ("enum", "set", "list")}
    bare = {"properties": {"values": False, "values_en": False, "within": False, "fields": False}}
    records = {"if": is_type["list"], "then": {"required": ["fields"], "properties": {"values": False, "within": False}}, "else": bare}
    several_values = {"if": is_type["set"], "then": {"required": ["values"], "properties": {"fields": False}}, "else": records}
    one_value = {"required": ["values"], "properties": {"fields": False, "within": False}}
    fact |= {"if": is_type["enum"], "then": one_value, "else": several_values}
    several: Schema = {"type": "object", "patternProperties": {_FACT_ID: {"$ref": "#/$defs/fact"}}, "additionalProperties": False}
    units = _described({"type": "object", "patternProperties": {_FACT_ID: {"type": "string"}}, "additionalProperties": False}, "units")
    one: Schema = {"$ref": "#/$defs/fact"}
    top = {**several, "properties": {"units": {"anyOf": [units, one]}}, "patternProperties": {"^(?!units$)" + _FACT_ID[1:]: one}}
    return {**top, "$defs": {"facts": several, "fact": fact, "known": {"enum": list(facts.by_id)}}}


def rules_schema() -> Schema:
    """Of the rules between schemes."""
    from calc.store.rules import CHOICES, COMMON, COST_KEYS, COUNTS, FUNDS, KINDS, LISTS, OBJECTS, SWITCHES

    def key(kind: str, name: str) -> Schema:
        if name == "per" and kind in ("exclusive", "one_of"):
            return {"enum": list(OBJECTS)}
        if name in CHOICES:
            return {"enum": list(CHOICES[name])}
        if name in LISTS:
            return _TEXTS
        if name in SWITCHES:
            return {"type": "boolean"}
        return {"type": "integer", "minimum": 1} if name in COUNTS else {"type": "string", "minLength": 1}

    found: dict[str, Schema] = {}
    for kind, (must, may) in KINDS.items():
        # whom a rule of no_double_funding is about is said once, by scheme or by schemes
        entry = _table({name: key(kind, name) for name in (*COMMON, *must, *may)}, ["id", "source", "says", *must])
        if kind == "no_double_funding":
            entry["oneOf"] = [{"required": ["scheme"]}, {"required": ["schemes"]}]
        found[kind] = {"type": "array", "items": entry, "description": text(f"schema.rule.{kind}")}
    for name, known in (("objects", OBJECTS), ("funds", FUNDS)):
        found[name] = {**_table(dict.fromkeys(known, _TEXTS)), "description": text(f"schema.rule.{name}")}
    cost = _table({name: key("costs", name) for name in COST_KEYS}, ["label", "benefits"])
    found["costs"] = {"type": "object", "additionalProperties": cost, "description": text("schema.rule.costs")}
    words: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
    found["prior_funding"] = {**words, "description": text("schema.rule.prior_funding")}
    return _table(found)


# ---------------------------------------------------------------- projects


def project_schema(facts: Facts) -> Schema:
    """Of a project file: each fact by id, label or alias."""
    string: Schema = {"type": "string"}
    named = _table({"name": string, "id": string, "enterprise": string, "note": string, "facts": {"$ref": "#/$defs/facts"}}, ["facts"])
    named["properties"] = {key: _described(one, f"project.{key}") for key, one in named["properties"].items()}
    defs: dict[str, Schema] = {f"fact.{id}": _fact_value(definition) for id, definition in facts.by_id.items()}
    names = {id: {"$ref": f"#/$defs/fact.{id}"} for id in facts.by_id}
    defs["facts"] = _table(names | {name: names[id] for name, id in _other_names(facts.by_id).items()})
    # a file may be the facts alone, with the project's name among them
    bare = {**defs["facts"], "properties": {"name": string, **defs["facts"]["properties"]}}
    return {"properties": named["properties"], "if": {"required": ["facts"]}, "then": named, "else": bare, "$defs": defs}


def _other_names(definitions: Mapping[str, FactDef]) -> dict[str, str]:
    """Labels and aliases, where they are one fact's alone, with the id they stand for."""
    called: dict[str, list[str]] = {}
    for id, definition in definitions.items():
        for name in dict.fromkeys((definition.label, definition.label_en, *definition.aliases)):
            if name and name not in definitions:
                called.setdefault(name, []).append(id)
    return {name: ids[0] for name, ids in called.items() if len(ids) == 1}


def _fact_value(definition: FactDef) -> Schema:
    from calc.questions.fill.template import accepted

    listed = definition.type in ("enum", "bool", "list")  # what is accepted stands in the schema itself
    said = [definition.hint, "" if listed else text("ask.accepted", accepted=accepted(definition))]
    about: Schema = {"title": definition.name, "description": "\n".join(filter(None, said))}
    if definition.type == "enum":
        names = [n for slug, label in definition.values.items() for n in (label, definition.values_en.get(slug), slug) if n]
        numbers = [int(slug) for slug in definition.values if slug.isdecimal()]
        return {**about, "enum": ["", *dict.fromkeys(names), *numbers]}
    if definition.type == "set":
        known = [n for slug, label in definition.values.items() for n in (label, definition.values_en.get(slug), slug) if n]
        return {**about, "type": ["array", "string"], "items": {"enum": list(dict.fromkeys(known))}}
    if definition.type == "list":
        fields = {id: _fact_value(one) for id, one in definition.fields.items()}
        fields |= {name: {"$ref": f"#/$defs/fact.{definition.id}/items/properties/{id}"} for name, id in _other_names(definition.fields).items()}
        return {**about, "type": ["array", "string"], "maxLength": 0, "items": _table(fields)}
    if definition.type == "bool":
        return {**about, "enum": list(_YES_OR_NO)}
    if definition.type == "date":
        return {**about, "type": "string", "pattern": _DAY}
    return {**about, "type": ["number", "string"], "pattern": _NUMBER}
