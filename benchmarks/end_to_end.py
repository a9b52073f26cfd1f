"""A batch from file to file, against DuckDB SQL written by hand on the same file; and where the time goes.

    python benchmarks/end_to_end.py --rows 1000000

The CSV has one scheme's facts (1.01, the investment grant); both write every column of the input with status and amount.
Printed are the shortest of several runs of each, interleaved, their ratio (target at most 2.5), the same in processor time
(load on the machine changes it less), and the seconds each step took: reading, typing, keeping, computing, laying out, writing.
Steps run side by side, so that they add up to more than the whole.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import duckdb

from calc import Catalog, load_catalog
from calc.batch.engine import Columns
from calc.batch.output import Output
from calc.batch.reading import Reading
from calc.batch.result import Shape
from calc.batch.sources.block import Source
from calc.batch.stage import Stage

HAND = """
COPY (
  SELECT *,
    CASE WHEN holds THEN CAST(LEAST(fixed_asset_investment * 0.30, 50000000) AS DECIMAL(20, 2)) ELSE 0.00 END AS amount,
    CASE WHEN holds THEN 'eligible' ELSE 'ineligible' END AS status
  FROM (SELECT *, occupancy_rate_one_year >= 0.7 AND energy_saving_rate >= 0.15 AND renewable_capable = '否' AS holds FROM read_csv('{source}',
    columns = {{'project': 'VARCHAR', 'fixed_asset_investment': 'DECIMAL(18, 2)', 'introduced_industry': 'VARCHAR',
      'occupancy_rate_one_year': 'DECIMAL(6, 4)', 'energy_saving_rate': 'DECIMAL(6, 4)', 'renewable_capable': 'VARCHAR'}}))
) TO '{target}' (FORMAT csv, HEADER)
"""
STEPS: list[tuple[str, type, str]] = [
    ("typing", Reading, "typed"), ("keeping", Stage, "add"), ("keeping", Stage, "part"), ("computing", Columns, "run"),
    ("laying out", Shape, "table"), ("writing", Output, "write"),
]  # fmt: skip


def build(rows: int, path: Path) -> None:
    """Writes the table: every row its own investment."""
    duckdb.execute(f"""
        COPY (
          SELECT 'P' || lpad(range::VARCHAR, 8, '0') AS project, CAST(1000000 + range * 137.11 AS DECIMAL(18, 2)) AS fixed_asset_investment,
            '高精尖产业' AS introduced_industry, CAST(0.5 + (range % 50) / 100.0 AS DECIMAL(6, 4)) AS occupancy_rate_one_year,
            CAST(0.1 + (range % 20) / 100.0 AS DECIMAL(6, 4)) AS energy_saving_rate, CASE WHEN range % 3 = 0 THEN '是' ELSE '否' END AS renewable_capable
          FROM range({rows})) TO '{path}' (FORMAT csv, HEADER)""")


def timed(spent: dict[str, float], step: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """``work`` with its time added to a step."""

    @wraps(work)
    def watched(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            spent[step] += time.perf_counter() - start

    return watched


def blocks_of(spent: dict[str, float], source: type[Source]) -> Callable[[Source], Iterator[Any]]:
    """A source's blocks, with the time that making each took."""
    made = source.blocks

    def blocks(self: Source) -> Iterator[Any]:
        items = made(self)
        while (one := timed(spent, "reading", next)(items, None)) is not None:
            yield one

    return blocks


def watch(spent: dict[str, float]) -> None:
    """Adds the time of each step of every batch to ``spent`` from here on."""
    for step, owner, name in STEPS:
        setattr(owner, name, timed(spent, step, getattr(owner, name)))
    for source in Source.__subclasses__():
        source.blocks = blocks_of(spent, source)  # type: ignore[method-assign]


def ours(catalog: Catalog, source: Path, target: Path) -> None:
    """The command's own work."""
    catalog.batch(source, target, schemes=["1.01"], shape="wide", engine="columns")


def by_hand(_: Catalog, source: Path, target: Path) -> None:
    """The same by hand."""
    connection = duckdb.connect()
    connection.execute(HAND.format(source=source, target=target))


def main() -> int:
    """Runs both, prints times, ratios and shares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    catalog = load_catalog()
    spent: dict[str, float] = defaultdict(float)
    watch(spent)
    wall: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "projects.csv"
        build(1000, source)
        ours(catalog, source, Path(folder) / "first.csv")  # imports and caches
        build(asked.rows, source)
        steps: list[dict[str, float]] = []
        for number in range(asked.runs):
            for run in (by_hand, ours):
                spent.clear()
                start, worked = time.perf_counter(), time.process_time()
                run(catalog, source, Path(folder) / f"{run.__name__}-{number}.csv")
                wall[run.__name__].append(time.perf_counter() - start)
                cpu[run.__name__].append(time.process_time() - worked)
            steps.append(dict(spent))
    for name, seconds in wall.items():
        print(f"{name:8} {min(seconds):6.2f} s, processor {min(cpu[name]):6.2f} s")
    print(f"ratio    {min(wall['ours']) / min(wall['by_hand']):6.2f}, processor {min(cpu['ours']) / min(cpu['by_hand']):6.2f} (target 2.5)")
    best = steps[wall["ours"].index(min(wall["ours"]))]
    for step, seconds in sorted(best.items(), key=lambda one: -one[1]):
        print(f"  {step:10} {seconds:6.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
