"""Which of the benefits that one row is paid exclude one another, by the rules between schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calc.messages import listed, text
from calc.store.conflicts import Item, conflicts
from calc.store.rules import titles

if TYPE_CHECKING:
    from calc.batch.engine import Slot
    from calc.store.store import Store

Pair = tuple[int, int, tuple[str, ...]]


class Excluded:
    """``pairs`` finds them; rows that are paid the same by the same facts are looked at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.unless = sorted({rule.unless for rule in store.rules.rules if rule.unless})  # the facts that a rule may turn on
        self.known: dict[Any, list[Pair]] = {}

    def pairs(self, slots: Sequence[Slot], facts: Mapping[str, Any]) -> list[Pair]:
        """The benefits of different schemes that exclude one another, by their places in ``slots``, and the ids of the rules that say so."""
        key = (tuple(slot.number for slot in slots), tuple(facts.get(name) for name in self.unless))
        if key not in self.known:
            items = [Item(0, slot.scheme.id, f"{slot.scheme.id}/{slot.benefit.id}") for slot in slots]
            found = conflicts(self.store, items, [facts]).pairs
            self.known[key] = [(i, j, tuple(rules)) for (i, j), rules in sorted(found.items()) if items[i].scheme != items[j].scheme]
        return self.known[key]

    def words(self, rules: Sequence[str], whole: bool = True) -> str:
        """What rules are called, and (if ``whole``) what they say."""
        return listed(self._rule(id, whole) for id in rules)

    def _rule(self, id: str, whole: bool) -> str:
        rule = next((rule for rule in self.store.rules.rules if rule.id == id), None)
        if rule is None:
            return text(f"plan.word.{id}")
        (title,) = titles([rule])
        return title if not whole or title == rule.wording else title + text("word.brackets", said=rule.wording)
