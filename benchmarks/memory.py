"""Peak memory of a batch run from one to ten million rows: it must not grow with the table.

Usage: python benchmarks/memory.py [--format csv|parquet] [--millions 1 2 5 10]. Each size runs in a process of its own, over
three schemes into wide Parquet. Prints a line a size and exits with 1 where the largest takes over 1.3 times the memory of
the smallest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

SCHEMES = ("1.01", "g10", "g12")
MOST = 1.3  # times the memory of the smallest
RUN = """
import resource, sys
from calc import load_catalog
summary = load_catalog().batch(sys.argv[1], sys.argv[2], schemes=sys.argv[3:], shape="wide")
assert summary.rows == summary.written + summary.rejected
print(summary.seconds, summary.rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
TABLE = """
SELECT 'P' || n AS id, n * 7919 % 300000000 AS fixed_asset_investment, n % 101 || '%' AS occupancy_rate_one_year,
  ['高精尖产业', 'other', '现代服务业'][1 + n % 3] AS introduced_industry, (n % 40)::DECIMAL(4, 2) / 100 AS energy_saving_rate,
  CASE WHEN n % 7 > 0 THEN '否' ELSE '是' END AS renewable_capable, '是' AS registered_in_beijing, '是' AS in_project_library,
  DATE '2020-01-01' + (n % 2000)::INTEGER AS completion_date, n % 5 || '年' AS construction_years, n % 2 = 0 AS is_chain_leader,
  CASE WHEN n % 50 = 0 THEN '1,200万元' ELSE (n * 31 % 90000000)::VARCHAR END AS eligible_investment,
  n * 104729 % 500000000 AS annual_output_2022, n * 1299709 % 500000000 AS revenue_2022
FROM range(1, {rows} + 1) t(n)
"""


def measured(rows: int, form: str) -> tuple[float, int, float]:
    """Seconds, rows a second and peak memory in MB of a run over so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / f"projects.{form}", Path(folder) / "result.parquet"
        duckdb.execute(f"COPY ({TABLE.format(rows=rows)}) TO '{source}' ({'HEADER' if form == 'csv' else 'FORMAT parquet'})")
        run = subprocess.run([sys.executable, "-c", RUN, str(source), str(output), *SCHEMES], stdout=subprocess.PIPE, text=True, check=True)
    seconds, rate, peak = run.stdout.split()
    return float(seconds), int(rate), int(peak) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 2, 5, 10])
    told = parser.parse_args()
    peaks = []
    for millions in told.millions:
        seconds, rate, peak = measured(millions * 10**6, told.format)
        peaks.append(peak)
        print(f"{millions:3} million rows  {seconds:7.1f} s  {rate:9,} rows/s  {peak:7.0f} MB", flush=True)
    ratio = peaks[-1] / peaks[0]
    print(f"largest to smallest: {ratio:.2f}× (target {MOST:.1f}×)")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
