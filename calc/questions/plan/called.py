"""What keeps benefits out of a plan, as people call it: rules, caps, costs, assumptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from calc.messages import text
from calc.questions.plan.combination import GROUP_CAP, SHARED
from calc.store.rules import Rule, titles

if TYPE_CHECKING:
    from calc.store.store import Store

# words that stand in ``because`` and ``rules`` beside the ids of rules
ONE_OF, ONCE, EQUITY, EXCLUDED, EDITION = "one-of", "once", "equity", "excluded", "edition"
WORDS = (ONE_OF, GROUP_CAP, ONCE, SHARED, EQUITY, EXCLUDED, EDITION)
ASSUMPTION, COST = "assumption:", "cost:"  # how words begin that name a fact or a cost


def called(catalog: Store, ids: Iterable[str]) -> list[str]:
    """What rules, caps, costs and assumptions are called, each name once: rules first."""
    ids = list(ids)
    rules = _rules(catalog)
    return list(dict.fromkeys([*titles(rules[id] for id in ids if id in rules), *(_word(id) for id in ids if id not in rules)]))


def meanings(catalog: Store, ids: Iterable[str]) -> dict[str, str]:
    """What rules, caps, costs and assumptions say, by id."""
    rules = _rules(catalog)
    found = {}
    for id in ids:
        kind, _, about = id.partition(":")
        if id in rules:
            found[id] = rules[id].wording
        elif id.startswith(ASSUMPTION):
            found[id] = text("plan.because.assumption", fact=catalog.label(about))
        elif id.startswith(COST):
            found[id] = text("plan.because.cost", cost=catalog.rules.costs[about].wording)
        else:
            found[id] = text(f"plan.because.{kind}")
    return found


def _rules(catalog: Store) -> dict[str, Rule]:
    return {rule.id: rule for rule in catalog.rules.rules if rule.id not in WORDS}


def _word(id: str) -> str:
    return text(f"plan.word.{id.partition(':')[0]}")
