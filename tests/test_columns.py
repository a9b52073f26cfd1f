"""The column engine says what the explainer says: to the fen, on random projects of every scheme (a sample of benchmarks/agreement.py)."""

import importlib.util
import sys
from pathlib import Path

import pytest

from calc import Catalog

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

_spec = importlib.util.spec_from_file_location("agreement", Path(__file__).parent.parent / "benchmarks" / "agreement.py")
assert _spec and _spec.loader
agreement = sys.modules["agreement"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(agreement)


def test_both_readers_of_the_core_agree(catalog: Catalog) -> None:
    tally = agreement.compare(6000, 20240401, 24)
    assert tally.apart == []
    assert tally.evaluations >= 6000
    assert tally.statuses["eligible"] and tally.statuses["conditional"] and tally.statuses["incomplete"] and tally.statuses["ineligible"]


def test_few_benefits_need_the_explainer(catalog: Catalog) -> None:
    tally = agreement.compare(300, 7, 2)
    computed = sum(b.amount is not None for s in catalog.schemes() for b in s.benefits)
    assert len(tally.fallbacks) * 20 <= computed, tally.fallbacks
