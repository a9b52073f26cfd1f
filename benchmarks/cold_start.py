"""How long a cold command takes against the bare import of what it stands on: minimum of N runs each, interleaved.

Usage: python benchmarks/cold_start.py [--runs 10]. Prints a ratio a command and exits with 1 where one passes its target.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BARE = [sys.executable, "-c", "import typer, rich.table, pydantic, tomli"]
SUBSIDY = [sys.executable, "-c", "from calc.cli import main; main()"]
# command → its arguments, and how many times the bare import it may take
COMMANDS = {
    "estimate": (["estimate", "examples/old-factory.toml", "-s", "1.01"], 1.6),
    "match": (["match", "examples/chip-design-house.toml"], 3.0),
}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(runs: int) -> dict[str, float]:
    """The least time of each command, the bare import under the name ``bare``."""
    commands = {"bare": BARE, **{name: [*SUBSIDY, *arguments] for name, (arguments, _) in COMMANDS.items()}}
    for command in commands.values():
        seconds(command)  # the first run writes byte code and the cache of schemes
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(runs):
        for name, command in commands.items():
            best[name] = min(best[name], seconds(command))
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as cache:
        os.environ["SUBSIDY_CACHE"] = cache
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its byte code
        best = measure(runs)
    print(f"bare import   {best['bare'] * 1000:6.0f} ms")
    over = False
    for name, (_, target) in COMMANDS.items():
        ratio = best[name] / best["bare"]
        over = over or ratio > target
        print(f"{name:12}  {best[name] * 1000:6.0f} ms  {ratio:.2f}× (target {target:.1f}×)")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
