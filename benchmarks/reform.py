"""A reform of three schemes against one batch of the same three over the same table: time, and sums to the fen.

Usage: python benchmarks/reform.py [--rows 200000] [--format csv|parquet] [--runs 3]. The batch is long, into CSV. Runs interleave,
each in a process of its own, and the fastest of each counts. Prints both times and exits with 1 where the reform takes over 2.2
times the batch, or where its sums are not those of two batches.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from memory import SCHEMES, TABLE

MOST = 2.2  # times one batch
CHANGES = ('1.01/investment-grant: percent = "25%"', 'g10/smart-project-award: limits[0].at_most = "2000万元"', 'g12/scale-up-award: pays_from = "40万元"')
BATCH = """
import json, sys, time
from calc import load_catalog
from calc.batch.options import Options
from calc.batch.run import run
from calc.store.changed import Changed
begun = time.perf_counter()
store, schemes = load_catalog(), json.loads(sys.argv[3])
if len(sys.argv) > 4:
    changed = Changed(store, [], json.loads(sys.argv[4]), __import__("calc.facts").facts.today())
    store, schemes = changed.with_schemes([one.after for one in changed.schemes]), [one.id for one in changed.schemes]
summary = run(store, sys.argv[1], Options(output=sys.argv[2], schemes=schemes))
print(json.dumps([time.perf_counter() - begun, {one["scheme"]: one["total"] for one in summary.schemes}]))
"""
REFORM = """
import json, sys, time
from calc import load_catalog
begun = time.perf_counter()
answer = load_catalog().reform(sys.argv[1], changes=json.loads(sys.argv[2]))
print(json.dumps([time.perf_counter() - begun, answer["before"], answer["after"], answer["schemes"]]))
"""


def measured(code: str, *words: str) -> Any:
    """What a process of its own prints."""
    return json.loads(subprocess.run([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True, check=True).stdout)


def fen(amounts: Any) -> int:
    """The sum of amounts in yuan, in fen."""
    return sum(int(amount.replace(".", "")) for amount in amounts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--runs", type=int, default=3)
    told = parser.parse_args()
    changes = json.dumps(CHANGES)
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / f"projects.{told.format}", str(Path(folder) / "result.csv")
        duckdb.execute(f"COPY ({TABLE.format(rows=told.rows)}) TO '{source}' ({'HEADER' if told.format == 'csv' else 'FORMAT parquet'})")
        batches, reforms = [], []
        for _ in range(told.runs):
            batches.append(measured(BATCH, str(source), output, json.dumps(SCHEMES)))
            reforms.append(measured(REFORM, str(source), changes))
        after = measured(BATCH, str(source), output, json.dumps(SCHEMES), changes)
    one, both = min(batches)[0], min(reforms)[0]
    same = fen([reforms[0][1]]) == fen(batches[0][1].values()) and fen([reforms[0][2]]) == fen(after[1].values())
    print(f"{told.rows:,} rows: batch {one:.2f} s, reform {both:.2f} s, {both / one:.2f}× (target {MOST}×); sums {'the same' if same else 'DIFFER'} to the fen")
    return int(both / one > MOST or not same)


if __name__ == "__main__":
    sys.exit(main())
