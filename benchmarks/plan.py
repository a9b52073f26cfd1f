"""How long a plan takes among many candidates: python benchmarks/plan.py [candidates …].

The candidates are benefits of the schemes shipped, with random amounts, so that the rules between them are the real ones.
"""

import datetime as dt
import random
import statistics
import sys
import time
from collections.abc import Callable

from calc import Catalog, load_catalog
from calc.engines.explain.values import Env
from calc.estimate.benefit import Outcome
from calc.questions.plan import plan
from calc.questions.plan.paid import Candidate

# what the costs come to on which candidates draw
LOAN = {"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01"}
COSTS = {
    "total_investment": "2000万元", "project_budget": "1000万元", "challenge_project_investment": "1800万元", "platform_construction_cost": "800万元",
    "loans": [LOAN, {**LOAN, "principal": "3000万元"}],
}  # fmt: skip


def crowd(catalog: Catalog, count: int, seed: int = 0) -> Callable[[], "plan.Plan"]:
    """A plan to be made among ``count`` random benefits that all pay something, many of them for the same costs."""
    rnd = random.Random(seed)
    every = [(s, b) for s in catalog.schemes() for b in s.benefits if b.amount is not None and b.support != "equity"]
    found = []
    for scheme, benefit in sorted(rnd.sample(every, count), key=every.index):
        amount = rnd.randrange(10**6, 5 * 10**9)
        outcome = Outcome("eligible", amount, [], Env({}, catalog.lpr))
        outcome.value = amount // 100
        found.append(Candidate(0, scheme, benefit, amount, outcome))
    assert catalog.rules.rules
    facts = catalog.read(COSTS, catalog.ids)

    def run() -> "plan.Plan":
        kept = plan.candidates
        plan.candidates = lambda *_: (list(found), [])
        try:
            return plan.plan(catalog, [("", facts)], as_of=dt.date(2023, 4, 1))
        finally:
            plan.candidates = kept

    return run


def main() -> None:
    catalog = load_catalog()
    for count in [int(word) for word in sys.argv[1:]] or [50, 100, 200, 290]:
        took = []
        for seed in range(5):
            run = crowd(catalog, count, seed)
            started = time.perf_counter()
            made = run()
            took.append(time.perf_counter() - started)
            assert made.best.proved
        print(f"{count} candidates: {statistics.median(took):.2f} s (median of 5), largest {max(took):.2f} s")


if __name__ == "__main__":
    main()
