"""What if on the plan: every point is the plan there, every turning point exact, between them straight lines."""

import datetime as dt
import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest
import tomli

from calc import Catalog, InputError
from tests.command import ROOT, run

BIG = "examples/big-plant.toml"
OLD = "examples/old-factory.toml"
DAY = dt.date(2023, 3, 1)
AMONG = ["g07", "g13", "1.21", "5.04"]


def facts(file: str) -> dict:
    return tomli.loads((ROOT / file).read_text(encoding="utf-8"))


def total(catalog: Catalog, given: dict, schemes: list[str]) -> Decimal:
    return Decimal(catalog.plan(given, schemes=schemes, as_of=DAY)["total"])


def test_every_point_is_the_plan_there(catalog: Catalog) -> None:
    """20% of the eligible investment in g09 or 25% in g10, never both."""
    given = {"eligible_investment": "1000万元", **_two(catalog)}
    answer = catalog.whatif(given, "plan", {"eligible_investment": ("500万元", "2亿元", "3900万元")}, schemes=["g09", "g10"], as_of=DAY)
    assert (answer["scheme"], len(answer["points"])) == ("plan", 6)
    for point in answer["points"]:
        plan = catalog.plan({**given, **point["given"]}, schemes=["g09", "g10"], as_of=DAY)
        assert point["total"] == plan["total"]
        assert point["prudent"] == plan["prudent"]["total"]
        assert point["chosen"] == [f"{e['scheme']}/{e['benefit']}" for e in plan["chosen"]]


def _two(catalog: Catalog) -> dict:
    base: dict = {}
    for card in ("g09", "g10"):
        path = next(p for p in sorted((ROOT / "tests/cases").glob(f"{card}-*.toml")) if "@" not in p.stem)
        base.update(tomli.loads(path.read_text(encoding="utf-8")).get("base", {}))
    return {**base, "is_digital_workshop_or_smart_factory": True}


def test_turning_points_are_exact_and_between_them_totals_are_straight(catalog: Catalog) -> None:
    """At each turning point the total is the one told; between two the plan lies on the line, to the fen."""
    document = facts(BIG)
    answer = catalog.whatif(document["facts"], "plan", {"loans[1].principal": ("1000万元", "12亿元", "5000万元")}, schemes=AMONG, as_of=DAY)
    turns = answer["turning_points"]
    assert turns

    def at(value: Decimal) -> Decimal:
        loans = [dict(loan) for loan in document["facts"]["loans"]]
        loans[0]["principal"] = f"{value}元"
        return total(catalog, {**document["facts"], "loans": loans}, AMONG)

    for turn in turns:
        place = Decimal(turn["at"])
        assert abs(at(place) - Decimal(turn["after"])) <= Decimal("0.05")
        assert abs(at(place - Decimal("0.02")) - Decimal(turn["before"])) <= Decimal("0.10")
    ends = [Decimal(10_000_000), *(Decimal(turn["at"]) for turn in turns), Decimal(1_200_000_000)]
    for low, high in itertools.pairwise(ends):
        first, last = low + Decimal("0.01"), high - Decimal("0.01")
        if last - first < 1000:
            continue
        for share in (Decimal("0.25"), Decimal("0.5"), Decimal("0.75")):
            middle = (first + (last - first) * share).quantize(Decimal("0.01"))
            line = at(first) + (at(last) - at(first)) * (middle - first) / (last - first)
            assert abs(at(middle) - line) <= Decimal("0.06"), (low, high, share)


def test_where_the_choice_itself_changes(catalog: Catalog) -> None:
    """1.01 pays 30% of the investment, or the interest of the loans: 5,929,222.22 here, which is 30% of 19,764,074.06…"""
    document = facts(OLD)
    answer = catalog.whatif(document["facts"], "plan", {"fixed_asset_investment": ("1000万元", "1亿元", "1000万元")}, schemes=["1.01"], as_of=DAY)
    [turn] = [t for t in answer["turning_points"] if t["kind"] == "kink"]
    assert turn["at"] == "19764074.08"  # the first yuan and fen from which the grant pays more
    assert turn["benefits"] == ["1.01-old-factory-renovation/investment-grant", "1.01-old-factory-renovation/loan-interest"]
    assert "改选" in turn["cause"] and "投资补助" in turn["cause"]
    assert answer["marginal"] == "0.30"


def test_a_day_and_a_count_vary_too(catalog: Catalog) -> None:
    document = facts(OLD)
    answer = catalog.whatif(document["facts"], "plan", {"loans[1].end": ("2023-06-01", "2026-06-01", "6个月")}, schemes=["1.01"], as_of=DAY)
    for point in answer["points"]:
        loans = [{**document["facts"]["loans"][0], "end": point["given"]["loans[1].end"]}]
        assert Decimal(point["total"]) == total(catalog, {**document["facts"], "loans": loans}, ["1.01"])


def test_the_least_investment_for_a_total(catalog: Catalog) -> None:
    """1800万元 is 30% of 6000万元."""
    document = facts(OLD)
    answer = catalog.whatif(document["facts"], "plan", {"fixed_asset_investment": None}, target="1800万元", schemes=["1.01"], as_of=DAY)
    assert (answer["target"]["at"], answer["target"]["total"], answer["target"]["below"]) == ("60000000.00", "18000000.00", "17999999.99")
    never = catalog.whatif(document["facts"], "plan", {"fixed_asset_investment": None}, target="9000万元", schemes=["1.01"], as_of=DAY)
    assert (never["target"]["at"], never["target"]["most"]) == (None, "50000000.00")
    assert "5,000万元" in never["target"]["because"]


def test_scenarios_of_a_plan(catalog: Catalog) -> None:
    document = facts(OLD)
    entries = [{"name": "大", "set": {"fixed_asset_investment": "1.5亿元"}}, {"name": "小", "set": {"fixed_asset_investment": "1000万元"}}]
    answer = catalog.whatif(document["facts"], "plan", scenarios=entries, schemes=["1.01"], as_of=DAY)
    assert answer["base"]["total"] == "36000000.00"
    assert [(p["name"], p["total"], p["difference"]) for p in answer["points"]] == [
        ("大", "45000000.00", "9000000.00"), ("小", "5929222.22", "-30070777.78"),
    ]  # fmt: skip


def test_the_command(tmp_path: Path) -> None:
    words = f"whatif {OLD} --plan -s 1.01 -s g07 --vary fixed_asset_investment=1000万元..1亿元:1000万元 --as-of 2023-10-01"
    shown = run(words)
    assert shown.code == 0 and "最好的组合" in shown.out and "转折点" in shown.out
    answer = json.loads(run(f"{words} --format json").out)
    assert answer["scheme"] == "plan" and answer["turning_points"]
    assert run(f"{words} --lang en").out.startswith("The best combination")
    for suffix in ("csv", "md", "xlsx"):
        assert run(f"{words} -o {tmp_path / 'a'}.{suffix}").code == 0
    aimed = run(f"whatif {OLD} --plan -s 1.01 --vary fixed_asset_investment --target 1800万元 --as-of 2023-10-01")
    assert "6,000万元" in aimed.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"whatif {OLD} --vary fixed_asset_investment=1..2:1", "--plan"),
        (f"whatif {OLD} -s 1.01 -s g07 --vary fixed_asset_investment=1..2:1", "--plan"),
        (f"whatif {OLD} -s 1.01 --allow-conditional --vary fixed_asset_investment=1..2:1", "--allow-conditional"),
        (f"whatif {OLD} --plan -s 1.01 --vary no_such_fact=1..2:1", "no_such_fact"),
        (f"whatif {OLD} --plan", "--vary"),
    ],
)
def test_wrong_use_is_told(words: str, said: str) -> None:
    done = run(words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_all_schemes_at_once(catalog: Catalog) -> None:
    """Without -s among all in force; points are the plan's."""
    document = facts(BIG)
    answer = catalog.whatif(document["facts"], "plan", {"total_investment": ("10亿元", "20亿元", "5亿元")}, as_of=DAY)
    for point in answer["points"]:
        assert point["total"] == catalog.plan({**document["facts"], **point["given"]}, as_of=DAY)["total"]
    with pytest.raises(InputError):
        catalog.whatif(document["facts"], "plan", {"shoe_size": (1, 2, 1)})
