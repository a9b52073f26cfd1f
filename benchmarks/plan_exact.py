"""Plans against brute force over rules, costs and assumptions: python benchmarks/plan_exact.py [catalogues [projects each]].

The catalogues and projects are random (``tests/questions/test_plan_costs.py``); total and prudent total must be equal in each.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.questions.test_plan_costs import compare


def main() -> None:
    told = [int(word) for word in sys.argv[1:3]]
    catalogues, projects = told + [100, 200][len(told) :]
    started = time.perf_counter()
    for seed in range(1000, 1000 + catalogues):
        with tempfile.TemporaryDirectory() as folder:
            compare(seed, Path(folder), projects)
    print(f"{catalogues * projects:,} instances, both totals equal, in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
