"""Laws that hold for every scheme and every project, tried on random projects that seek the boundaries of each scheme."""

import json
import random
import zlib
from decimal import Decimal

import pytest

from calc import Catalog, InputError, load_catalog
from calc.language import core
from calc.language.bounds import bounds
from tests.generator import as_given, random_facts

DRAWS = 8
SCHEMES = [s.id for s in load_catalog().schemes() if s.outcome == "money"]
RANK = {"eligible": 0, "conditional": 1, "incomplete": 2, "ineligible": 3, "no-figure": 4}


def projects(catalog: Catalog, scheme: str, law: str) -> list[dict]:
    rng = random.Random(zlib.crc32(f"{law} {scheme}".encode()))
    return [random_facts(catalog, scheme, rng) for _ in range(DRAWS)]


def whole(amounts: list[str]) -> Decimal:
    return sum(map(Decimal, amounts), Decimal(0))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_amounts_keep_their_limits_and_add_up(catalog: Catalog, scheme: str) -> None:
    lowered = {b.id: b for b in catalog.scheme(scheme).benefits}
    for facts in projects(catalog, scheme, "limits"):
        result = catalog.estimate(as_given(facts), scheme).model_dump(mode="json")
        assert json.loads(json.dumps(result)) == result
        for benefit in result["benefits"]:
            if benefit["amount"] is None:
                assert benefit["status"] in ("incomplete", "no-figure")
                continue
            amount = Decimal(benefit["amount"])
            assert amount >= 0 and amount.as_tuple().exponent == -2
            assert benefit["status"] != "ineligible" or amount == 0
            for limit in limits(lowered[benefit["id"]].amount):
                assert amount <= limit
            if benefit["schedule"] is not None:
                assert whole([p["amount"] for p in benefit["schedule"]]) == amount
                assert all(Decimal(p["amount"]) >= 0 for p in benefit["schedule"])
            if benefit["disbursement"] is not None:
                assert whole(benefit["disbursement"]) == amount
        amounts = {b["id"]: b["amount"] for b in result["benefits"]}
        if result["total"] is not None:
            assert Decimal(result["total"]) <= whole([amounts[id] for id in result["chosen"]])
            assert Decimal(result["total"]) <= Decimal(result["total_if"])


def limits(node: core.Node | None) -> list[Decimal]:
    """The figures that cap a whole amount: those of its outermost limits that are not per year of a series."""
    found = []
    while isinstance(node, (core.Step, core.Cap)):
        if isinstance(node, core.Cap) and node.scope not in ("year", "enterprise-year"):
            _, most = bounds(node.limit)
            if most is not None:
                found.append(Decimal(most.numerator) / Decimal(most.denominator))
        node = node.node if isinstance(node, core.Step) else node.value
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_statuses_follow_the_conditions(catalog: Catalog, scheme: str) -> None:
    for facts in projects(catalog, scheme, "statuses"):
        result = catalog.estimate(as_given(facts), scheme)
        assert result.status == min((b.status for b in result.benefits if b.status != "no-figure"), key=RANK.__getitem__)
        for benefit in result.benefits:
            results = {c.result for c in benefit.conditions}
            if benefit.status == "no-figure":
                assert benefit.reason and benefit.amount is None
            elif benefit.status == "ineligible":
                assert "unmet" in results and not benefit.missing and not benefit.assumed
            elif benefit.status == "incomplete":
                assert "unmet" not in results and benefit.missing
            else:
                assert "unmet" not in results and not benefit.missing
                assert (benefit.status == "conditional") == bool(benefit.assumed)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_fact_more_never_opens_what_was_shut(catalog: Catalog, scheme: str) -> None:
    rng = random.Random(zlib.crc32(scheme.encode()))
    for facts in projects(catalog, scheme, "facts"):
        if not facts:
            continue
        dropped = rng.choice(sorted(facts))
        without = {k: v for k, v in facts.items() if k != dropped}
        before = {b.id: b.status for b in catalog.estimate(as_given(without), scheme).benefits}
        after = {b.id: b.status for b in catalog.estimate(as_given(facts), scheme).benefits}
        for id, status in before.items():
            assert status != "ineligible" or after[id] == "ineligible"
            assert status != "eligible" or after[id] == "eligible"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_more_investment_never_pays_less_within_a_tier(catalog: Catalog, scheme: str) -> None:
    for facts in projects(catalog, scheme, "investment"):
        for id in [f for f in facts if "investment" in f and catalog.facts[f].type == "money"]:
            before = catalog.estimate(as_given(facts), scheme)
            try:
                after = catalog.estimate(as_given({**facts, id: facts[id] + 1234567}), scheme)
            except InputError:
                continue  # a part would pass its whole
            for one, two in zip(before.benefits, after.benefits, strict=True):
                if one.status == two.status == "eligible" and tiers(one) == tiers(two):
                    assert Decimal(one.amount or 0) <= Decimal(two.amount or 0)


def tiers(benefit) -> list[str]:
    return [s.expression for s in benefit.trace if s.label in ("适用档次", "适用情形")]
