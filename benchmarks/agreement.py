"""``batch`` by the column engine and by the explainer on the same tables: row by row, in the order of the table, every column.

    python benchmarks/agreement.py --evaluations 1000000 --rows 50000 --seed 7

A table has ``rows`` random projects of one scheme, which seek its boundaries (``tests/generator.py``). One evaluation is one
benefit on one project. Nothing is sorted before it is compared; rejects are compared as they stand. Exit code 1 where the two
differ anywhere.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))

from calc import Catalog, load_catalog
from tests.generator import as_given, random_facts

ENGINES = ("columns", "explainer")
SHOWN = 10  # differences that are printed


@dataclass
class Tally:
    """What was compared."""

    tables: int = 0
    projects: int = 0
    rejected: int = 0
    evaluations: int = 0
    amounts: int = 0
    by_hand: int = 0
    apart: int = 0
    differences: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def differs(self, said: str) -> None:
        """Counts a difference, and keeps the first of them."""
        self.apart += 1
        if len(self.differences) < SHOWN:
            self.differences.append(said)


def written(catalog: Catalog, scheme: str, rows: int, rng: random.Random, file: Path) -> None:
    """A table of ``rows`` random projects of a scheme."""
    with open(file, "w", encoding="utf-8") as out:
        for number in range(rows):
            facts = as_given(random_facts(catalog, scheme, rng), catalog.facts)
            out.write(json.dumps({"项目编号": f"P{number}", **facts}, ensure_ascii=False) + "\n")


def computed(catalog: Catalog, scheme: str, table: Path, engine: str, tally: Tally) -> tuple[pq.ParquetFile, list[str]]:
    """What ``batch`` gives for a table by one engine: the result and the lines of rejects."""
    output, rejects = table.with_name(f"{engine}.parquet"), table.with_name(f"{engine}.rejects.csv")
    rejects.unlink(missing_ok=True)
    summary = catalog.batch(table, output, schemes=[scheme], engine=engine, rejects=rejects)
    if engine == "columns":
        tally.projects += summary.rows
        tally.rejected += summary.rejected
        tally.by_hand += sum(one["evaluations"] for one in summary.fallbacks)
    return pq.ParquetFile(output), rejects.read_text(encoding="utf-8").splitlines() if rejects.exists() else []


def rows_of(file: pq.ParquetFile) -> Iterator[dict[str, Any]]:
    """The rows of a result, in its order."""
    for batch in file.iter_batches():
        yield from batch.to_pylist()


def compare(found: Iterable[dict[str, Any]], wanted: Iterable[dict[str, Any]], name: str, tally: Tally) -> None:
    """Rows of the two results as they stand: nothing is sorted."""
    for row, other in zip_longest(found, wanted):
        if row != other:
            tally.differs(f"{name}\n  columns   {row}\n  explainer {other}")
        if other is not None:
            tally.evaluations += 1
            tally.amounts += other["amount"] is not None
            tally.statuses[other["status"]] += 1


def agree(catalog: Catalog, scheme: str, rows: int, rng: random.Random, tally: Tally) -> None:
    """Compares the two engines on a table of a scheme."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "projects.jsonl")
        written(catalog, scheme, rows, rng, table)
        (found, left), (wanted, refused) = (computed(catalog, scheme, table, engine, tally) for engine in ENGINES)
        with found, wanted:
            compare(rows_of(found), rows_of(wanted), scheme, tally)
        for line, said in zip_longest(left, refused):
            if line != said:
                tally.differs(f"{scheme}, rejects\n  columns   {line}\n  explainer {said}")
    tally.tables += 1


def agreement(catalog: Catalog, evaluations: int, rows: int, seed: int, only: str = "") -> Tally:
    """Compares tables of all schemes, in random order, until so many evaluations are done; ``only``: those of one scheme."""
    rng = random.Random(seed)
    tally = Tally()
    ids = [catalog.find(only)] if only else [scheme.id for scheme in catalog.schemes() if scheme.benefits]
    while True:
        for id in rng.sample(ids, len(ids)):
            agree(catalog, id, rows, rng, tally)
            if tally.evaluations >= evaluations or tally.apart:
                return tally


def main() -> int:
    """Runs the comparison and prints what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--evaluations", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=50_000, help="projects of a table")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scheme", default="", help="only this scheme")
    asked = parser.parse_args()
    if min(asked.rows, asked.evaluations) < 1:
        parser.error("--rows and --evaluations are at least 1")
    start = time.perf_counter()
    tally = agreement(load_catalog(), asked.evaluations, asked.rows, asked.seed, asked.scheme)
    print(
        f"{tally.evaluations:,} evaluations in tables of {asked.rows:,} rows ({tally.tables}), {tally.amounts:,} amounts: {tally.apart:,} apart"
        f" (seed {asked.seed}, {time.perf_counter() - start:.0f} s)"
    )
    print("  " + ", ".join(f"{status} {count:,}" for status, count in tally.statuses.most_common()))
    print(f"  rows rejected by both {tally.rejected:,} of {tally.projects:,}; handed to the explainer {tally.by_hand:,}")
    for difference in tally.differences:
        print(difference)
    return 1 if tally.apart else 0


if __name__ == "__main__":
    sys.exit(main())
