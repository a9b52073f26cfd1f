"""The coverage pages say what the schemes say today."""

import importlib.util
import sys

import pytest

from tests.command import ROOT

DOCS = ROOT / "docs"
_spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
assert _spec and _spec.loader
generate = importlib.util.module_from_spec(_spec)
sys.path.insert(0, str(DOCS))  # it has a neighbour
_spec.loader.exec_module(generate)


@pytest.mark.parametrize("language", list(generate.PAGES))
def test_coverage_is_up_to_date(language: str) -> None:
    page = DOCS / generate.PAGES[language]
    assert page.read_text(encoding="utf-8") == generate.coverage(language), "run: make docs"


def test_the_catalogue_is_whole(catalog) -> None:
    schemes = [s for s in catalog.schemes() if not s.edition_of]
    assert (len(schemes), len(catalog.schemes())) == (165, 179)
    assert sum(s.outcome == "money" for s in schemes) == 125
    assert sum(s.outcome == "none" for s in schemes) == 39
    assert [s.id for s in schemes if s.outcome == "index"] == ["3.01-high-end-industry-fund"]
    assert all(s.reason for s in schemes if s.outcome != "money")
    assert all(b.reason for s in schemes for b in s.benefits if b.amount is None)
