"""What schemes there are, and one of them in plain terms: the answers of ``list`` and ``show``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from calc.errors import InputError, nearest_names
from calc.estimate.benefit import EQUITY, combine, label, title, validity
from calc.language import core, model
from calc.language.bounds import bounds as bounds_of
from calc.language.render import applying, render, see_words, supplement_words, warnings_of, wording, years_words
from calc.messages import text, translations
from calc.questions.editions import changes, editions
from calc.questions.formulas import formula, limit_words, peel
from calc.questions.profile import against, counted_as
from calc.store.conflicts import rules_touching
from calc.store.rules import titles
from calc.units import fen, fen_text, value_text

if TYPE_CHECKING:
    from calc.facts import FactDef, Facts
    from calc.folder import Folder
    from calc.store.store import Store

VALIDITIES = ("in-force", "not-yet", "expired")
OUTCOMES = ("money", "none", "index")
NATURES = ("fixed", "ceiling", "discretionary", "in-kind", "gap")
SUPPORTS = ("grant", "award", "interest", "lease", "premium", "voucher", "guarantee", "equity", "rent", "fee", "operating", "tax")


def listing(
    catalog: Store,
    as_of: dt.date,
    part: str | None = None,
    authority: str | None = None,
    support: str | None = None,
    nature: str | None = None,
    state: str | None = None,
    outcome: str | None = None,
    search: str | None = None,
    profile: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The schemes for which every filter given holds, in the order of the cards. Raises ``InputError`` for an unknown word.

    Of a ``profile`` (who asks, in which field, for what) those stay that have a benefit it does not rule out.
    """
    who = counted_as(catalog.facts.read({path: value for path, value in (profile or {}).items() if value}), catalog.facts)
    part = _part(catalog.about, part)
    support = _word("support", support, SUPPORTS)
    nature = _word("nature", nature, NATURES)
    state = _word("validity", state, VALIDITIES)
    outcome = _word("outcome", outcome, OUTCOMES)
    found = []
    for scheme in catalog.schemes():
        if part and catalog.about.part_of(scheme.id) != part:
            continue
        if who and all(against(benefit.audience, who) for benefit in scheme.benefits):
            continue
        if authority and authority.casefold() not in scheme.source["authority"].casefold():
            continue
        if support and support not in _supports(scheme):
            continue
        if nature and all(b.nature != nature for b in scheme.benefits):
            continue
        if (state and validity(scheme, as_of) != state) or (outcome and scheme.outcome != outcome):
            continue
        if search and not all(word in _searched(scheme) for word in search.casefold().split()):
            continue
        found.append(entry(scheme, as_of, catalog.about))
    return found


def entry(scheme: model.Scheme, as_of: dt.date, folder: Folder) -> dict[str, Any]:
    """One scheme of a folder in a list: ``most`` is what it can pay at the most (yuan), ``None`` where nothing bounds it or nothing is paid."""
    most = most_of(scheme)
    return {
        "id": scheme.id,
        "title": title(scheme),
        "edition_of": scheme.edition_of or None,
        "part": folder.part_of(scheme.id) or None,
        "authority": scheme.source["authority"],
        "outcome": scheme.outcome,
        "support": _supports(scheme),
        "nature": list(dict.fromkeys(b.nature for b in scheme.benefits)),
        "most": None if most is None else fen_text(most),
        "validity": validity(scheme, as_of),
        "valid_from": _iso(scheme.valid_from),
        "valid_to": _iso(scheme.valid_to),
    }


def _supports(scheme: model.Scheme) -> list[str]:
    """How a scheme pays: services in kind are no money and carry no such word."""
    return list(dict.fromkeys(b.support for b in scheme.benefits if b.nature != "in-kind"))


def most_of(scheme: model.Scheme) -> int | None:
    """The most a scheme can pay under ``combine`` and its group caps, in fen; ``None`` where nothing bounds it or nothing is paid."""
    amounts: dict[str, int] = {}
    caps = [(cap, limit) for cap in scheme.group_caps if cap.when is None and (limit := bounds_of(cap.node)[1]) is not None]
    for benefit in scheme.benefits:
        if benefit.amount is None or benefit.support == EQUITY:
            continue
        bounds = [benefit.most, *(limit for cap, limit in caps if benefit.id in cap.benefits)]
        known = [fen(bound) for bound in bounds if bound is not None]
        if not known:
            return None
        amounts[benefit.id] = min(known)
    return combine(scheme, amounts, caps)[0] if amounts else None


def _part(folder: Folder, given: str | None) -> str | None:
    """A part by how its ids begin, or by its label in either language."""
    if given is None:
        return None
    if not folder.parts:
        raise InputError("--part", given, text("list.part.none"))
    wanted = given.strip().casefold()
    found = next((part for part, labels in folder.parts.items() if wanted in (part, *(label.casefold() for label in labels))), None)
    if found is None:
        words = [part + text("word.brackets", said=folder.part_name(part)) for part in folder.parts]
        raise InputError("--part", given, text("accepted.enum", values=text("word.comma").join(words)))
    return found


def _word(option: str, given: str | None, known: tuple[str, ...]) -> str | None:
    """A filter's word by slug or by its label in either language."""
    if given is None:
        return None
    wanted = given.strip().casefold()
    names = {slug: [slug, *translations(f"{option}.{slug}")] for slug in known}
    for slug, labels in names.items():
        if wanted in (name.casefold() for name in labels):
            return slug
    words = [slug + text("word.brackets", said=text(f"{option}.{slug}")) for slug in names]
    near = nearest_names(given, [name for labels in names.values() for name in labels])
    raise InputError(f"--{option}", given, text("accepted.enum", values=text("word.comma").join(words)), near)


def _searched(scheme: model.Scheme) -> str:
    said = [scheme.id, scheme.title, scheme.title_en, scheme.source["document"]]
    for benefit in scheme.benefits:
        said += [benefit.label, benefit.label_en, benefit.clause]
    return "\n".join(said).casefold()


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


# ---------------------------------------------------------------- one scheme


def describe(catalog: Store, scheme: model.Scheme, as_of: dt.date) -> dict[str, Any]:
    """One scheme in plain terms: each benefit's formula, limits and conditions in words, and the facts it asks for."""
    facts = catalog.facts
    shared = _common(scheme.benefits)
    return {
        **entry(scheme, as_of, catalog.about),
        "combine": scheme.combine,
        "reason": scheme.reason or None,
        "source": dict(scheme.source),
        "later_batch": scheme.later_batch or None,
        "titles": {id: title(catalog.scheme(id)) for id in (*scheme.members, scheme.later_batch) if id in catalog.ids},
        "applying": applying(scheme),
        "later": [asdict(one) for one in scheme.later],
        "editions": editions(catalog, scheme.id, as_of),
        "changed": changes(catalog, scheme),
        "members": list(scheme.members),
        "conditions": [wording(c, facts) for c in shared],
        "figures": _figures([c.node for c in shared]),
        "group_caps": [_group_cap(cap, facts) for cap in scheme.group_caps],
        "benefits": [_benefit(b, shared, facts, scheme.source["document"]) for b in scheme.benefits],
        "facts": [_fact(id, fields, facts) for id, fields in asked(scheme).items()],
        "rules": [
            {"id": rule.id, "title": titles([rule])[0], "says": rule.wording, "source": rule.source, "enforced": rule.enforced}
            for rule in rules_touching(catalog, scheme.id)
        ],
    }


def _group_cap(cap: model.GroupCap, facts: Facts) -> dict[str, Any]:
    """A cap over several benefits: its figure, or in words what it turns on."""
    limit = None if cap.limit is None else fen_text(fen(cap.limit))
    when = None if cap.when is None else render(cap.when, facts)
    return {"benefits": list(cap.benefits), "limit": limit, "scope": cap.scope, "says": render(cap.node, facts), "when": when, "derived": cap.derived}


def asked(scheme: model.Scheme) -> dict[str, list[str]]:
    """The facts a scheme asks for, in order of use, record lists with the fields used."""
    found: dict[str, list[str]] = {}
    for path in scheme.facts:
        id, _, field = path.partition(".")
        fields = found.setdefault(id, [])
        if field and field not in fields:
            fields.append(field)
    return found


def _common(benefits: list[model.Benefit]) -> list[model.Condition]:
    """The gates that several benefits share (the very same ones, written once in the file)."""
    if len(benefits) < 2:
        return []
    return [c for c in benefits[0].conditions if all(any(c is other for other in b.conditions) for b in benefits[1:])]


def _benefit(benefit: model.Benefit, shared: list[model.Condition], facts: Facts, source: str) -> dict[str, Any]:
    own = [c for c in benefit.conditions if all(c is not other for other in shared)]
    node, limits, years = peel(benefit.amount)
    nodes = [c.node for c in own] + ([benefit.amount] if benefit.amount is not None else [])
    return {
        "id": benefit.id,
        "label": label(benefit),
        "clause": benefit.clause,
        "nature": benefit.nature,
        "support": benefit.support,
        "formula": list(formula(node, facts)) if node is not None else [],
        "limits": [{"limit": limit_words(c, when, facts), "scope": c.scope} for c, when in limits],
        "schedule": years_words(years, facts) if years is not None else None,
        "disbursement": [str(value_text("percent", share)) for share in benefit.disbursement],
        "conditions": [wording(c, facts) for c in own],
        "figures": _figures(nodes),
        "most": None if benefit.most is None else fen_text(fen(benefit.most)),
        "checklist": list(benefit.checklist),
        "note": benefit.note or None,
        "warning": text("word.semicolon").join(warnings_of(benefit)) or None,
        "reason": benefit.reason or None,
        "supplement": asdict(benefit.supplement) if benefit.supplement is not None else None,
        "for": {key: list(values) for key, values in benefit.audience.items()},
        "apply": asdict(benefit.window) if benefit.window is not None else None,
        "contact": asdict(benefit.contact) if benefit.contact is not None else None,
        "see": list(benefit.see),
        "basis": supplement_words(benefit, source) or None,
        "elsewhere": see_words(benefit) or None,
    }


def _figures(nodes: Iterable[core.Node]) -> list[str]:
    """The figures of several formulas as the scheme file writes them, each once; a 1 (“the year before”, an item counted) is none."""
    found: dict[str, None] = {}

    def visit(node: core.Node, years: bool = False) -> None:
        if isinstance(node, core.Lit) and node.value and any(c.isdigit() for c in node.source):
            if years and node.source.isdigit():
                found[text("render.years", years=node.source)] = None
            elif node.source != "1":
                found[_written(node)] = None
        for child in core.children(node):
            visit(child, years or child is getattr(node, "years", None))

    for node in nodes:
        visit(node)
    return list(found)


def _written(figure: core.Lit) -> str:
    """A figure as the scheme file writes it; a bare number of many noughts in 万."""
    many = figure.source.isdigit() and len(figure.source) > 4 and figure.source.endswith("0000")
    return figure.source[:-4] + "万" if many else figure.source


def _fact(id: str, fields: list[str], facts: Facts) -> dict[str, Any]:
    definition = facts[id]
    return {**_definition(definition), "fields": [_definition(definition.fields[f]) for f in fields if f in definition.fields]}


def _definition(definition: FactDef) -> dict[str, Any]:
    return {
        "id": definition.id,
        "label": definition.name,
        "type": definition.type,
        "help": definition.hint,
        "values": {slug: definition.value_name(slug) for slug in definition.values},
    }
