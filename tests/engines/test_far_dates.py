"""Loans up to the last day of the calendar: interest and support years as for any other, in both engines and every form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog
from tests.command import run

GIVEN: dict[str, Any] = {"introduced_industry": "高精尖产业", "occupancy_rate_one_year": "85%", "energy_saving_rate": "18%", "renewable_capable": False}
# 1000万元 at 2%, which is below the LPR: the days of the first two years count
LOANS = {
    ("9999-12-30", "9999-12-31"): 1,
    ("9998-12-31", "9999-12-31"): 365,
    ("9999-01-31", "9999-12-31"): 334,
    ("9996-02-29", "9999-12-31"): 730,
}


def project(start: str, end: str) -> dict[str, Any]:
    return {**GIVEN, "loans": [{"principal": "1000万元", "rate": "2%", "start": start, "end": end}]}


@pytest.mark.parametrize("dates", [*LOANS, ("0001-01-01", "9999-12-31")])
def test_loans_at_the_end_of_the_calendar_in_both_engines(catalog: Catalog, tmp_path: Path, dates: tuple[str, str]) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(project(*dates), ensure_ascii=False), encoding="utf-8")
    for engine in ("explainer", "columns"):
        summary = catalog.batch(tmp_path / "in.jsonl", tmp_path / f"{engine}.csv", engine=engine, schemes=["1.01", "1.21", "g07"])
        assert (summary.rows, summary.rejected) == (1, 0)
    assert (tmp_path / "explainer.csv").read_text(encoding="utf-8-sig") == (tmp_path / "columns.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("words", ["estimate -s 1.01 --format json", "estimate -s 1.01 -o o.xlsx", "estimate -s 1.01 -o o.html", "plan", "calendar", "match"])
@pytest.mark.parametrize("dates", [("9999-12-30", "9999-12-31"), ("0001-01-01", "9999-12-31")])
def test_every_command_takes_them(tmp_path: Path, words: str, dates: tuple[str, str]) -> None:
    (tmp_path / "p.json").write_text(json.dumps({"facts": project(*dates)}), encoding="utf-8")
    command, *options = words.replace("o.", f"{tmp_path}/o.").split()
    done = run([command, str(tmp_path / "p.json"), *options])
    assert done.code == 0, done.err


@pytest.mark.parametrize(("dates", "days"), LOANS.items())
def test_their_interest(catalog: Catalog, dates: tuple[str, str], days: int) -> None:
    [interest] = [one for one in catalog.estimate(project(*dates), "1.01").benefits if one.id == "loan-interest"]
    fen = 1_000_000_000 * 2 * days // (100 * 360)
    assert interest.amount == f"{fen // 100}.{fen % 100:02d}"
