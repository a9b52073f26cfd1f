"""The profile: who asks, in which field, for what; and whom a benefit is meant for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calc.facts import Facts
from calc.language import model

PROFILE = ("applicant_kinds", "fields", "matters")
# matters that anybody may tick: a benefit for them is meant for nobody in particular
BROAD = frozenset(("investment", "rd", "platform", "loan", "operation", "event", "digital", "store", "creation", "certification", "equipment", "talent"))
Audience = Mapping[str, Sequence[str]]


def counted_as(values: dict[str, Any], facts: Facts) -> dict[str, set[str]]:
    """What the profile counts as: for each of its facts given, the values of a benefit's ``for`` that concern it.

    A value counts as the wider ones it stands within; in ``fields`` whoever ticks a wider one alone may also mean a narrower.
    """
    found: dict[str, set[str]] = {}
    for path in PROFILE:
        given = values.get(path)
        if not given or path not in facts:
            continue
        definition = facts[path]
        found[path] = {wide for one in given for wide in definition.wider(one)}
        if path == "fields":
            alone = {one for one in given if not any(one in definition.wider(other) for other in given if other != one)}
            found[path].update(one for one in definition.values if alone & definition.wider(one))
    return found


def against(audience: Audience, profile: dict[str, set[str]]) -> str | None:
    """The fact of a profile (see ``counted_as``) that rules out what is meant for ``audience``, ``None`` where none does."""
    for path, counted in profile.items():
        meant = audience.get(path)
        if meant and counted.isdisjoint(meant):
            return path
    return None


def ruled_out(benefit: model.Benefit, values: dict[str, Any], facts: Facts) -> str | None:
    """The fact of the profile among ``values`` that rules a benefit out, ``None`` where none does."""
    return against(benefit.audience, counted_as(values, facts))


def aimed(audience: Audience, values: Mapping[str, Any]) -> bool:
    """Whether a benefit is meant for just such applicants as the profile among ``values`` says: for their field, for their kind by
    name, or for a matter of theirs that is not everybody's."""
    if audience.get("fields") and values.get("fields"):
        return True
    kinds = set(audience.get("applicant_kinds", ()))
    if kinds and ("enterprise" not in kinds or (kinds - {"enterprise"}) & set(values.get("applicant_kinds") or ())):
        return True
    matters = set(audience.get("matters", ()))
    return bool((matters & set(values.get("matters") or matters)) - BROAD)
