"""Which benefits exclude one another by the rules, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from calc.store.rules import Rule, Rules, printed

if TYPE_CHECKING:
    from calc.store.store import Store

def rules_touching(catalog: Store, scheme: str) -> list[Rule]:
    """The rules that name a scheme (by id) or one of its benefits, in the order of the file."""
    return [rule for rule in catalog.rules.rules if any(name.partition("/")[0] == scheme for name in rule.names())]


@dataclass(frozen=True, slots=True)
class Item:
    """A benefit of a project: the project's place, the scheme's id, the benefit as ``scheme/benefit``."""

    project: int
    scheme: str
    benefit: str


@dataclass
class Conflicts:
    """``pairs``: items that cannot both be had (i < j) and the ids of the rules that say so; ``open``: rules that might fall
    away, by the fact that decides it, and the projects for which it is not given."""

    pairs: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    open: dict[str, dict[str, set[int]]] = field(default_factory=dict)

    @cached_property
    def by_rule(self) -> dict[str, list[tuple[int, int]]]:
        """The pairs that each rule keeps apart."""
        found: dict[str, list[tuple[int, int]]] = {}
        for pair, rules in self.pairs.items():
            for rule in rules:
                found.setdefault(rule, []).append(pair)
        return found


def conflicts(catalog: Store, items: Sequence[Item], facts: Sequence[Mapping[str, Any]]) -> Conflicts:
    """What keeps items apart, by the projects' facts (plain values by id).

    The ids are those of rules, and ``one-of`` (the scheme pays one of its benefits) and ``once`` (what supports the enterprise
    itself is had for one of its projects).
    """
    rules = catalog.rules
    found = Conflicts()
    enterprise = [rules.object(item.scheme, item.benefit) == "enterprise" for item in items]

    def forbid(id: str, i: int, j: int, unless: str = "") -> None:
        if unless:
            projects = {items[i].project, items[j].project}
            if any(facts[p].get(unless) is True for p in projects):
                return
            if unknown := {p for p in projects if unless not in facts[p]}:
                found.open.setdefault(unless, {}).setdefault(id, set()).update(unknown)
        said = found.pairs.setdefault((min(i, j), max(i, j)), [])
        if id not in said:
            said.append(id)

    schemes: dict[str, list[int]] = {}
    families: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        schemes.setdefault(item.scheme, []).append(place)
        families.setdefault(printed(item.scheme), []).append(place)
    for places in families.values():
        for i in places:
            for j in places:
                if i < j and items[i].scheme != items[j].scheme and items[i].project == items[j].project:
                    forbid("edition", i, j)
    every = range(len(items))
    for rule in rules.of("exclusive", "same_measure", "no_double_funding"):
        if not rule.enforced or not any(printed(scheme) in families for scheme in rule.schemes):
            continue
        own = [i for scheme in dict.fromkeys(map(printed, rule.schemes)) for i in families.get(scheme, ()) if rule.covers(items[i].scheme, items[i].benefit)]
        double = rule.kind == "no_double_funding"
        for i in own:
            for j in every if double else own:
                if printed(items[i].scheme) == printed(items[j].scheme) or (not double and j < i):
                    continue
                across = items[i].project != items[j].project
                if rule.kind == "exclusive":
                    applies = not across or rule.per == "enterprise"
                elif rule.kind == "same_measure":
                    applies = not across or (enterprise[i] and enterprise[j])
                else:
                    same = not (across or enterprise[i] or enterprise[j])
                    applies = (same or rule.scope == "enterprise") and _against(rules, rule, items[j])
                if applies:
                    forbid(rule.id, i, j, rule.unless)
    inside = rules.of("one_of")
    for scheme, places in schemes.items():
        whole = catalog.scheme(scheme).combine == "one-of"
        mine = [rule for rule in inside if rule.schemes[0] in (scheme, printed(scheme))]
        for i in places:
            for j in places:
                if j <= i:
                    continue
                across, same = items[i].project != items[j].project, items[i].benefit == items[j].benefit
                both = [r for r in mine if r.covers(scheme, items[i].benefit) and r.covers(scheme, items[j].benefit)]
                if same and enterprise[i]:
                    forbid("once", i, j)
                elif not same and (whole or both):
                    wide = any(rule.per == "enterprise" for rule in both) or (enterprise[i] and enterprise[j])
                    if not across or wide:
                        forbid("one-of", i, j)
    return found


def _against(rules: Rules, rule: Rule, other: Item) -> bool:
    """Whether a rule against double funding minds another scheme's benefit."""
    fund = rules.fund(other.scheme, other.benefit)
    if fund in ("tax", "district") or (fund == "central" and rule.against == "municipal"):
        return False
    names = {other.scheme, other.benefit, printed(other.scheme), printed(other.benefit)}
    return rule.limited_to is None or not names.isdisjoint(rule.limited_to)
