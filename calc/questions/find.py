"""Which facts there are for a word: the answer of ``facts``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.facts import FactDef
from calc.questions.fill.template import accepted

if TYPE_CHECKING:
    from calc.store.store import Store


def find_facts(catalog: Store, words: str) -> list[dict[str, Any]]:
    """The facts, and fields of record lists, in which every one of ``words`` stands; those that are called so first, then those asked for most.

    Each with ``fact`` (``loans.rate``), ``label``, ``type``, ``accepted``, ``help``, ``schemes`` (how many ask for it), ``answered_by`` (the
    facts from which it follows). Without words: all.
    """
    wanted = words.casefold().split()
    found: list[tuple[bool, int, str, dict[str, Any]]] = []
    for id, definition in catalog.facts.by_id.items():
        for path, one in ((id, definition), *((f"{id}.{name}", field) for name, field in definition.fields.items())):
            called = " ".join((path, one.label, one.label_en, *one.aliases)).casefold()
            said = " ".join((called, one.help, one.help_en, *one.values, *one.values.values(), *one.values_en.values())).casefold()
            if all(word in said for word in wanted):
                entry = _entry(catalog, path, one)
                found.append((not all(word in called for word in wanted), -entry["schemes"], path, entry))
    return [entry for *_, entry in sorted(found, key=lambda one: one[:3])]


def _entry(catalog: Store, path: str, definition: FactDef) -> dict[str, Any]:
    fact = path.partition(".")[0]
    readers = sum(fact in scheme.facts or any(fact in benefit.audience for benefit in scheme.benefits) for scheme in catalog.schemes())
    return {
        "fact": path,
        "label": catalog.facts.name_of(path),
        "type": definition.type,
        "accepted": accepted(definition),
        "help": definition.hint,
        "schemes": readers,
        "answered_by": [twin.source for twin in catalog.facts.twins if twin.target == path],
    }
