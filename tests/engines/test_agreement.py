"""A sample of ``benchmarks/agreement.py``: the two engines through ``batch``, row by row in the order of the table."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import agreement as bench
from benchmarks.agreement import Tally, agreement, compare
from calc import Catalog


@pytest.mark.parametrize("scheme", ["1.01", "g10", "4.72", "2.01"])
def test_whole_tables_agree(catalog: Catalog, scheme: str) -> None:
    tally = agreement(catalog, 1, 600, 20, scheme)
    assert (tally.apart, tally.differences) == (0, [])
    assert (tally.tables, tally.projects) == (1, 600)
    assert tally.evaluations == (600 - tally.rejected) * len(catalog.scheme(catalog.find(scheme)).benefits) >= 500
    assert tally.amounts > 50


def rows(*amounts: str | None) -> list[dict[str, str | None]]:
    return [{"project": f"P{n}", "amount": amount, "status": "eligible" if amount else "incomplete"} for n, amount in enumerate(amounts)]


@pytest.mark.parametrize(
    ("found", "apart"),
    [
        (rows("1.00", None, "3.00"), 0),
        (rows("3.00", None, "1.00"), 2),  # the same amounts, of other rows
        (list(reversed(rows("1.00", None, "3.00"))), 2),  # the same rows in another order
        (rows("1.00", None), 1),
        (rows("1.00", None, "3.00", "4.00"), 1),
        (rows("1.00", None, "3.01"), 1),
    ],
)
def test_a_row_out_of_place_is_apart(found: list[dict[str, str | None]], apart: int) -> None:
    tally = Tally()
    compare(found, rows("1.00", None, "3.00"), "1.01", tally)
    assert (tally.apart, tally.evaluations, tally.amounts) == (apart, 3, 2)


def test_it_says_what_it_compared() -> None:
    """As a command: evaluations, amounts, 0 apart; a table of no rows is no comparison."""
    command = [sys.executable, bench.__file__, "--scheme", "g10", "--evaluations", "1", "--seed", "3", "--rows"]
    done = subprocess.run([*command, "200"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "evaluations in tables of 200 rows (1), " in done.stdout and " amounts: 0 apart (seed 3," in done.stdout
    assert subprocess.run([*command, "0"], capture_output=True, text=True, check=False).returncode == 2
