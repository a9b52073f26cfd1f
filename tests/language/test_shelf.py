"""A shelf of schemes from elsewhere, TOML alone: their hand-checked cases, and three engines that agree to the fen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomli
from jsonschema import Draft202012Validator

from calc import Catalog, load_catalog
from tests.command import ROOT
from tests.three import held

SHELF = ROOT / "tests" / "shelf"
IDS = sorted(path.stem for path in SHELF.glob("s*.toml"))
ALONE = {"s03-growth", "s11-fairs", "s22-each-country"}  # quotients compared, ranks within groups: project by project


@pytest.fixture(scope="module")
def shelf() -> Catalog:
    return load_catalog(SHELF)


def test_the_shelf_is_clean_and_its_cases_agree(shelf: Catalog) -> None:
    assert shelf.check() == []
    cases = shelf.cases()
    assert cases.problems == [] and cases.count >= 100
    assert len(IDS) >= 24 and {path.stem for path in (SHELF / "cases").glob("*.toml")} == set(IDS)


@pytest.mark.parametrize("id", IDS)
def test_three_engines_agree(shelf: Catalog, id: str, tmp_path: Path) -> None:
    document = tomli.loads((SHELF / "cases" / f"{id}.toml").read_text(encoding="utf-8"))
    projects = [{**document.get("base", {}), **case["given"]} for case in document["case"]]
    held(shelf, id, projects, tmp_path, alone=id in ALONE)


@pytest.mark.parametrize("id", IDS)
def test_editors_accept_each(shelf: Catalog, id: str) -> None:
    document = json.loads(json.dumps(tomli.loads((SHELF / f"{id}.toml").read_text(encoding="utf-8")), default=str))
    assert [error.message for error in Draft202012Validator(shelf.schema()).iter_errors(document)] == []


@pytest.mark.parametrize("id", IDS)
def test_each_reads(shelf: Catalog, id: str) -> None:
    for benefit in shelf.show(id)["benefits"]:
        said = "\n".join(benefit["formula"])
        assert said and "None" not in said and "{" not in said
