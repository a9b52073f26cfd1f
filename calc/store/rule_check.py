"""What is wrong with the rules between schemes: names that do not exist, circles, benefits without an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calc.errors import SchemeError, SchemeErrors, nearest_names
from calc.messages import text
from calc.places import Path as Place
from calc.places import line_of
from calc.store.rules import Rules, printed, read_rules

if TYPE_CHECKING:
    from calc.facts import Facts
    from calc.language import model
    from calc.store.store import Store

def check_rules(catalog: Store) -> list[SchemeError]:
    """What is wrong with the rules of a catalogue: their form, and what they say of its schemes, benefits and facts."""
    return rule_problems(catalog.folder, catalog.schemes(), catalog.facts)


def rule_problems(folder: Path, schemes: Iterable[model.Scheme], facts: Facts, broken: Iterable[str] = ()) -> list[SchemeError]:
    """What is wrong with the rules in ``folder``, by its schemes and facts; ``broken`` are ids of schemes that cannot be read."""
    try:
        rules = read_rules(folder)
    except SchemeErrors as bad:
        return bad.problems
    return list(_problems(rules, {s.id: s for s in schemes}, facts, set(broken))) if rules.file else []


def _problems(rules: Rules, schemes: Mapping[str, model.Scheme], facts: Facts, broken: set[str]) -> Iterator[SchemeError]:
    def problem(said: str, place: Place, hint: str = "", fragments: Sequence[str] = ()) -> SchemeError:
        return SchemeError(rules.file, line_of(rules.content, *place, fragments=fragments), said, hint)

    benefits = {f"{s.id}/{b.id}": b for s in schemes.values() for b in s.benefits}

    def unknown(names: Iterable[str], where: str, place: Place) -> Iterator[SchemeError]:
        for name in names:
            pool: Iterable[str] = benefits if "/" in name else schemes
            if name not in pool and name.partition("/")[0] not in broken:
                said = [f'"{one}"' for one in (name, name.partition("/")[2])]
                yield problem(text("rules.unknown", where=where, id=name), place, " / ".join(nearest_names(name, pool)), said)

    def wrong_fact(fact: str, where: str, place: Place, types: Sequence[str]) -> Iterator[SchemeError]:
        head, _, part = fact.partition(".")
        if head not in facts or (part and part not in facts[head].fields):
            yield problem(text("rules.fact", where=where, fact=fact), place, " / ".join(facts.nearest(fact).values()))
            return
        kind = facts[head].fields[part].type if part else facts[head].type
        if kind not in types:
            yield problem(text("rules.fact.type", where=where, fact=fact, type=kind, types=" / ".join(types)), place)

    seen: set[str] = set()
    for rule in rules.rules:
        if rule.id in seen:
            yield problem(text("rules.twice", where=rule.kind, id=rule.id), rule.place)
        seen.add(rule.id)
        yield from unknown(rule.names(), rule.id, rule.place)
        if rule.unless:
            yield from wrong_fact(rule.unless, rule.id, rule.place, ("bool",))
        few = {"exclusive": len(set(rule.schemes)), "same_measure": len({b.partition("/")[0] for b in rule.benefits})}.get(rule.kind, 2)
        if few < 2 or (rule.kind == "one_of" and len(rule.benefits) == 1):
            yield problem(text("rules.few", where=rule.id), rule.place)
        for name in set(rule.excepted) - set(rule.schemes):
            yield problem(text("rules.except", where=rule.id, id=name), rule.place)
        if rule.kind == "one_of" and not rule.benefits and rule.schemes[0] in schemes and schemes[rule.schemes[0]].combine != "one-of":
            yield problem(text("rules.combine", where=rule.id, id=rule.schemes[0]), rule.place, 'combine = "one-of"')
        if rule.topic == "equity":
            for name in rule.benefits:
                if name in benefits and benefits[name].support != "equity":
                    yield problem(text("rules.equity", where=rule.id, id=name), rule.place, 'support = "equity"')
    yield from (problem(text("rules.cycle", path=" → ".join(path)), _needing(rules, path[0])) for path in _cycles(rules))
    for table, names in (("objects", rules.objects), ("funds", rules.funds)):
        yield from unknown(names, table, (table,))
    for key, benefit in benefits.items():
        entries = [name for name in (key, key.partition("/")[0]) if name in rules.objects] or [
            name for name in (printed(key), printed(key.partition("/")[0])) if name in rules.objects
        ][:1]
        at: Place = ("objects",)
        if benefit.amount is not None and not entries:
            yield problem(text("rules.object", id=key), at, 'project = ["…"] / enterprise = ["…"]')
        elif len(entries) == 2:
            yield problem(text("rules.twice", where="objects", id=key), at)
        elif entries == [key] and benefit.amount is None:
            yield problem(text("rules.object.pays", id=key), at)
    for cost in rules.costs.values():
        at = ("costs", cost.id)
        yield from unknown(cost.benefits, f"costs.{cost.id}", at)
        for fact in cost.facts:
            yield from wrong_fact(fact, f"costs.{cost.id}", at, ("money",))
        if cost.interest:
            yield from wrong_fact(cost.interest, f"costs.{cost.id}", at, ("list",))
    yield from unknown(rules.prior_funding, "prior_funding", ("prior_funding",))
    for key, fact in rules.prior_funding.items():
        yield from wrong_fact(fact, "prior_funding", ("prior_funding", key), ("bool",))


def _needing(rules: Rules, benefit: str) -> Place:
    """The place of the prerequisite a benefit has."""
    return next((r.place for r in rules.of("prerequisite") if r.any_of and r.covers(benefit.partition("/")[0], benefit)), ())


def _cycles(rules: Rules) -> Iterator[list[str]]:
    """Benefits that, by their prerequisites, in the end need themselves; each cycle once, as a path that closes."""
    needs: dict[str, list[str]] = {}
    for rule in rules.of("prerequisite"):
        for benefit in rule.benefits if rule.any_of else ():
            needs.setdefault(benefit, []).extend(rule.any_of)
    done: set[str] = set()

    def walk(benefit: str, path: list[str]) -> Iterator[list[str]]:
        if benefit in path:
            yield [*path[path.index(benefit) :], benefit]
        elif benefit not in done:
            for needed in needs.get(benefit, ()):
                yield from walk(needed, [*path, benefit])
            done.add(benefit)

    for benefit in needs:
        yield from walk(benefit, [])
