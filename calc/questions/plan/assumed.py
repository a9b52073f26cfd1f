"""What benefits whose conditions are open assume of the facts that are not given, and which of them can hold together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calc.engines.explain.values import Env, Unknown
from calc.estimate.benefit import holds
from calc.language import core
from calc.language.exclusive import Joint, claims
from calc.language.masks import bits
from calc.language.render import render, wording
from calc.messages import text
from calc.questions.plan.called import ASSUMPTION
from calc.questions.plan.problem import Problem

if TYPE_CHECKING:
    from calc.questions.plan.paid import Candidate
    from calc.store.store import Store


class Assumed:
    """The open conditions of ``items``, as far as the facts of their projects (plain values by id) leave them open. ``never``: items
    whose own conditions cannot all hold; ``pairs``: items that cannot both be had, with the facts they fall out over."""

    def __init__(self, catalog: Store, items: Sequence[Candidate], facts: Sequence[Mapping[str, Any]]) -> None:
        self.catalog, self.items = catalog, items
        self.envs = [Env(dict(values), catalog.lpr) for values in facts]
        open_ = [item.outcome.status == "conditional" for item in items]
        needs = [claims((c.node for c in item.benefit.conditions), self._decided(item.project)) if one else [] for item, one in zip(items, open_, strict=True)]
        self.joint = Joint(needs, [item.project for item in items])
        likely = [i for i, one in enumerate(open_) if one]
        self.never = {i: self._words([i]) for i in likely if not self.joint.possible([i])}
        self.pairs = {pair: self._words(pair) for pair in self.joint.pairs()}
        self.tied = self.joint.tied()

    def _decided(self, project: int) -> Callable[[core.Node], bool | None]:
        def decided(node: core.Node) -> bool | None:
            return holds(node, self.envs[project])

        return decided

    def _words(self, items: Sequence[int]) -> list[str]:
        return [ASSUMPTION + path for path in self.joint.facts(items)]

    def ties(self, problem: Problem) -> list[tuple[list[str], int, int]]:
        """What ``problem`` is to keep to where it is not enough that each two items can hold: the values of the facts at stake become
        items worth nothing that exclude one another, and each clause needs one of its values. The clauses, each with the words for its
        facts, the item and the mask of its values."""
        joint, place = self.joint, {}
        for k in sorted(self.tied):
            first = len(problem.amounts)
            cells = list(bits(joint.domains[k]))
            every = ((1 << len(cells)) - 1) << first
            for n, cell in enumerate(cells):
                place[k, cell] = first + n
                problem.amounts.append(0)
                problem.clashes.append(every & ~(1 << first + n))
            problem.values |= every
        found = []
        for i, clauses in enumerate(joint.tight):
            for clause in clauses:
                if not self.tied.isdisjoint(clause):
                    mask = sum(1 << place[k, cell] for k, cells in clause.items() for cell in bits(cells & joint.domains[k]))
                    paths = dict.fromkeys(core.facts_in(joint.values[k].node)[0] for k in clause)
                    found.append(([ASSUMPTION + path for path in paths], i, mask))
        return found

    def against(self, chosen: int, item: int) -> tuple[list[str], int]:
        """What keeps an item from holding beside those chosen, where no two of them fall out: the words for the facts, and the mask of
        as few of those chosen as are in its way."""
        beside = [i for i in bits(chosen) if (min(i, item), max(i, item)) not in self.pairs]
        if not self.tied or item in self.never or self.joint.possible([item, *beside]):
            return [], 0
        core_ = self.joint.core(beside, item)
        return self._words(core_), sum(1 << i for i in core_ if i != item)

    def told(self, chosen: int) -> list[tuple[str, list[Candidate]]]:
        """What is taken to hold, in words, with the chosen items that rest on it: each fact once, as what all of them need of it
        together; conditions that leave a choice between facts, as they stand."""
        facts = self.catalog.facts
        found: dict[str, list[Candidate]] = {}
        by_fact: dict[tuple[int, str], dict[str, list[int]]] = {}
        for i in bits(chosen):
            item = self.items[i]
            known: set[str] = set()
            for condition, gate in zip(item.benefit.conditions, item.outcome.gates, strict=True):
                if type(gate) is not Unknown:
                    continue
                known.update(gate.missing)
                words = wording(condition, facts)
                keys = {claim.key for clause in claims([condition.node], self._decided(item.project)) for claim in clause}
                key = (item.project, keys.pop()) if len(keys) == 1 else (item.project, f"= {words}")
                by_fact.setdefault(key, {}).setdefault(words, []).append(i)
            for path in item.outcome.assumed:
                if path not in known:
                    by_fact.setdefault((item.project, f"= {path}"), {}).setdefault(facts.name_of(path), []).append(i)
        for (home, fact), said in by_fact.items():
            on = list(dict.fromkeys(i for items in said.values() for i in items))
            merged = self._together(home, fact, on) if len(said) > 1 else None
            words = render(merged, facts) if merged is not None else text("word.semicolon").join(said)
            found.setdefault(words, []).extend(self.items[i] for i in on)
        return list(found.items())

    def _together(self, home: int, key: str, items: Sequence[int]) -> core.Node | None:
        """What items need of one fact together, as a condition; ``None`` where that cannot be said in one."""
        k = self.joint.keys.index((home, key))
        mask = self.joint.values[k].all
        for i in items:
            for clause in self.joint.clauses[i]:
                if set(clause) == {k}:
                    mask &= clause[k]
        return self.joint.values[k].said(mask)

