"""Every hand-made case of every scheme (tests/cases/<scheme>.toml): figures a finance officer can check with the card at hand."""


import pytest
import tomli

from calc import Catalog
from tests.command import ROOT

CASES = ROOT / "tests" / "cases"
DOCUMENTS = {path.stem: tomli.loads(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("*.toml"))}
ALL = [
    pytest.param(scheme, document.get("base", {}), case, id=f"{scheme}-{place}")
    for scheme, document in DOCUMENTS.items()
    for place, case in enumerate(document["case"], 1)
]


@pytest.mark.parametrize(("scheme", "base", "case"), ALL)
def test_case(catalog: Catalog, scheme: str, base: dict, case: dict) -> None:
    result = catalog.estimate({**base, **case.get("given", {})}, scheme=scheme).model_dump(mode="json")
    if "benefit" in case:
        result = next(b for b in result["benefits"] if b["id"] == case["benefit"])
    expected = {key: case[key] for key in case if key not in ("benefit", "why", "given")}
    found = {key: result[key] for key in expected}
    if result.get("schedule") and "schedule" in expected:
        found["schedule"] = [p["amount"] for p in result["schedule"]]
    for key in ("chosen", "missing", "assumed"):
        if key in expected:
            expected[key], found[key] = sorted(expected[key]), sorted(found[key])
    assert found == expected, case.get("why")
    assert expected, "a case states what it expects"


def test_every_paying_scheme_has_cases(catalog: Catalog) -> None:
    assert {s.id for s in catalog.schemes() if s.outcome == "money"} == set(DOCUMENTS)


def test_every_benefit_has_cases(catalog: Catalog) -> None:
    tried = {(scheme, case.get("benefit")) for scheme, document in DOCUMENTS.items() for case in document["case"]}
    amounts = {(s.id, b.id) for s in catalog.schemes() for b in s.benefits if b.amount is not None}
    assert amounts <= tried
