"""10,000 scenarios of one project, each with status, total and every benefit: the target is under 2 s.

Swept along one fact, as a grid over two, and as named sets of overrides of the example project; and along the loans that
three benefits of one scheme read.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli

from calc import load_catalog

TARGET = 2.0
ROOT = Path(__file__).parent.parent
LOANS = "g07-investment-loan-interest"


def main() -> int:
    catalog = load_catalog()
    factory = tomli.loads((ROOT / "examples" / "old-factory.toml").read_text(encoding="utf-8"))["facts"]
    document = tomli.loads((ROOT / "tests" / "cases" / f"{LOANS}.toml").read_text(encoding="utf-8"))
    loans = next({**document.get("base", {}), **case["given"]} for case in document["case"] if "loans" in case.get("given", {}))
    named = [{"name": str(n), "set": {"fixed_asset_investment": f"{n}万元", "energy_saving_rate": "16%"}} for n in range(1, 10_001)]
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "1.01 along the investment": lambda: catalog.whatif(factory, "1.01", {"fixed_asset_investment": ("1万元", "1亿元", "1万元")}),
        "1.01 along a loan": lambda: catalog.whatif(factory, "1.01", {"loans.principal": ("1万元", "1亿元", "1万元")}),
        "1.01 as a grid of 100 × 100": lambda: catalog.whatif(
            factory, "1.01", {"fixed_asset_investment": ("100万元", "1亿元", "100万元"), "loans.principal": ("100万元", "1亿元", "100万元")}
        ),
        "1.01 as named scenarios": lambda: catalog.whatif(factory, "1.01", scenarios=named),
        "g07 along its loans": lambda: catalog.whatif(loans, LOANS, {"loans.principal": ("1万元", "1亿元", "1万元")}),
    }
    slow = 0
    for name, run in runs.items():
        took = []
        for _ in range(3):
            start = time.perf_counter()
            assert len(run()["points"]) == 10_000
            took.append(time.perf_counter() - start)
        slow += min(took) > TARGET
        print(f"{name:36s} {min(took):6.2f} s")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
