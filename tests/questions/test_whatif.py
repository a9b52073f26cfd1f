"""What if: sweeps, turning points, marginal amounts, targets and scenarios, by hand-checked figures and against brute force."""

import csv
import datetime as dt
import io
import json
import random
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog, InputError
from calc.cli import main
from calc.messages import use
from calc.questions.whatif.axis import axis, sweep
from calc.questions.whatif.curve import Curve, Project
from calc.questions.whatif.rational import value
from calc.questions.whatif.target import Target
from calc.report import whatif as report
from calc.units import NUMERIC
from tests.generator import random_facts

FACTORY: dict[str, Any] = {
    "fixed_asset_investment": "1.2亿元",
    "introduced_industry": "高精尖产业",
    "occupancy_rate_one_year": "85%",
    "energy_saving_rate": "18%",
    "renewable_capable": "否",
}
LOAN = {"principal": "8000万元", "rate": "3.8%", "start": dt.date(2023, 3, 1), "end": dt.date(2026, 3, 1)}
BOTH = {**FACTORY, "loans": [LOAN]}
LOANS = {**FACTORY, "fixed_asset_investment": "", "loans": [LOAN]}
SWEEP = {"fixed_asset_investment": ("1000万元", "3亿元", "500万元")}
FUND = {
    "funder_type": "social_security", "fund_type": "venture", "fund_registered_in_beijing": True, "fund_amac_filed": True,
    "annual_contributions": [{"year": 1, "contributed_amount": "4亿元"}], "deals": [], "share_transfers": [],
}  # fmt: skip


def turns(answer: dict, *keys: str) -> list[tuple]:
    return [tuple(point[key] for key in keys) for point in answer["turning_points"]]


# ---------------------------------------------------------------- sweeps


def test_points_are_what_estimates_say(catalog: Catalog) -> None:
    answer = catalog.whatif(BOTH, "1.01", SWEEP)
    assert len(answer["points"]) == 59
    assert answer["points"][0]["given"] == {"fixed_asset_investment": "10000000.00"}
    assert answer["points"][-1]["given"] == {"fixed_asset_investment": "300000000.00"}
    for point in answer["points"]:
        result = catalog.estimate({**BOTH, **point["given"]}, scheme="1.01")
        assert point["total"] == result.total
        assert point["chosen"] == result.chosen
        assert point["benefits"] == {b.id: b.amount for b in result.benefits}


def test_turning_points_of_grant_and_loan(catalog: Catalog) -> None:
    # the loan's interest is 5,929,222.22; 30% of the investment passes it from 19,764,074.08 and reaches 5000万元 at 1.666…亿元
    answer = catalog.whatif(BOTH, "1.01", SWEEP)
    assert turns(answer, "at", "kind", "before", "after", "rate_before", "rate_after") == [
        ("19764074.08", "kink", "5929222.22", "5929222.22", "0.00", "0.30"),
        ("166666666.67", "saturation", "50000000.00", "50000000.00", "0.30", "0.00"),
    ]
    assert turns(answer, "fact", "clause", "cause") == [
        ("fixed_asset_investment", "服务内容 2（1）", "改选“投资补助”"),
        ("fixed_asset_investment", "服务内容 2（1）", "上限 5,000万元（单个项目）开始起作用"),
    ]


def test_marginal_amount_and_what_comes_next(catalog: Catalog) -> None:
    answer = catalog.whatif(BOTH, "1.01", SWEEP)
    assert answer["marginal"] == "0.30"
    (current,) = answer["current"]
    assert (current["at"], current["total"], current["distance"]) == ("120000000.00", "36000000.00", "46666666.67")
    assert current["next"] == answer["turning_points"][1]
    assert current["text"] == "固定资产投资总额现为 12,000万元：每多 1 元，多得 0.30 元；再多 4,666.67 万元到上限"


def test_the_next_turning_point_may_lie_beyond_the_sweep(catalog: Catalog) -> None:
    answer = catalog.whatif(FACTORY, "1.01", {"fixed_asset_investment": ("1000万元", "2000万元", "500万元")})
    assert answer["turning_points"] == []
    assert answer["current"][0]["next"]["at"] == "166666666.67"


def test_where_the_fact_is_not_given_the_first_value_stands_for_it(catalog: Catalog) -> None:
    facts = {k: v for k, v in FACTORY.items() if k != "fixed_asset_investment"}
    answer = catalog.whatif(facts, "1.01", SWEEP)
    assert (answer["current"][0]["given"], answer["current"][0]["at"], answer["marginal"]) == (False, "10000000.00", "0.30")


def test_at_the_cap_more_adds_nothing(catalog: Catalog) -> None:
    answer = catalog.whatif({**FACTORY, "fixed_asset_investment": "2亿元"}, "1.01", SWEEP)
    assert answer["marginal"] == "0.00"
    assert answer["current"][0]["next"] is None


def test_a_gate_is_a_threshold(catalog: Catalog) -> None:
    answer = catalog.whatif(FACTORY, "1.01", {"occupancy_rate_one_year": ("60%", "90%", "5%")})
    assert turns(answer, "at", "inclusive", "kind", "before", "after") == [("70%", True, "threshold", "0.00", "36000000.00")]
    assert answer["turning_points"][0]["cause"] == "开始满足“项目交付后1年内入驻率 ≥ 70%”"
    assert [p["given"]["occupancy_rate_one_year"] for p in answer["points"]] == ["60%", "65%", "70%", "75%", "80%", "85%", "90%"]


def test_open_conditions_count_as_if_they_held(catalog: Catalog) -> None:
    facts = {k: v for k, v in FACTORY.items() if k != "energy_saving_rate"}
    answer = catalog.whatif(facts, "1.01", SWEEP)
    assert answer["basis"] == "total_if"
    assert {p["total"] for p in answer["points"]} == {None}
    assert turns(answer, "at", "kind") == [("166666666.67", "saturation")]
    assert any("total_if" in warning for warning in answer["warnings"])


def test_brackets_keep_their_marks(catalog: Catalog) -> None:
    # 4.05: from 3亿元 500万元, over 5亿元 800万元, over 10亿元 1000万元
    answer = catalog.whatif(FUND, "4.05", {"annual_contributions.contributed_amount": ("1亿元", "12亿元", "1亿元")})
    assert turns(answer, "at", "inclusive", "before", "after") == [
        ("300000000.00", True, "0.00", "5000000.00"),
        ("500000000.00", False, "5000000.00", "8000000.00"),
        ("1000000000.00", False, "8000000.00", "10000000.00"),
    ]
    assert {t["clause"] for t in answer["turning_points"]} == {"服务内容 1；条件 1"}


def test_a_record_list_is_varied_as_a_whole_or_by_record(catalog: Catalog) -> None:
    facts = {**LOANS, "loans": [LOAN, {**LOAN, "principal": "1000万元"}]}
    # 5,929,222.22 for 8000万元, so 0.0741152777… a yuan; twice that where both loans grow together
    one = catalog.whatif(facts, "1.01", {"loans[1].principal": ("1000万元", "1亿元", "1000万元")})
    both = catalog.whatif(facts, "1.01", {"loans.principal": ("1000万元", "1亿元", "1000万元")})
    assert (one["marginal"], one["current"][0]["at"]) == ("0.074115277777", "80000000.00")
    # two records that differ have no one value: the first of the sweep stands for it
    assert (both["marginal"], both["current"][0]["given"], both["current"][0]["at"]) == ("0.148230555555", False, "10000000.00")
    assert both["points"][7]["given"] == {"loans.principal": "80000000.00"}
    assert both["points"][7]["total"] == "11858444.44"


def test_dates_turn_where_the_lpr_does(catalog: Catalog) -> None:
    answer = catalog.whatif(LOANS, "1.01", {"loans[1].start": "2023-03-01..2023-12-31:1个月"})
    assert turns(answer, "at", "kind", "before", "after") == [
        ("2023-06-20", "threshold", "5929222.22", "5766777.77"),
        ("2023-08-21", "threshold", "5766777.77", "5604333.33"),
    ]
    assert "3.65%" in answer["turning_points"][0]["cause"] and "3.55%" in answer["turning_points"][0]["cause"]
    assert [p["given"]["loans[1].start"] for p in answer["points"]][:3] == ["2023-03-01", "2023-04-01", "2023-05-01"]


def test_a_shorter_loan_pays_by_the_day(catalog: Catalog) -> None:
    # from the second year's end on, days no longer count: 8000万元 × 3.65% / 360 = 8,111.11 a day until 2025-03-01
    answer = catalog.whatif(LOANS, "1.01", {"loans[1].end": ("2024-01-01", "2026-03-01", "1日")})
    assert turns(answer, "at", "kind") == [("2025-03-01", "saturation")]
    early = catalog.whatif({**LOANS, "loans": [{**LOAN, "end": "2024-06-01"}]}, "1.01", {"loans.end": ("2024-01-01", "2026-03-01", "1日")})
    assert early["marginal"] == "8111.111111111111"
    assert early["current"][0]["distance"] == "273"


def test_counts_turn_at_whole_numbers(catalog: Catalog) -> None:
    facts = {"rd_floor_area": "1500平方米", "foreign_rd_center_kind": "rd_innovation_center", "rd_investment_prior_year": "2亿元"}
    facts |= {"registered_in_beijing": True, "is_new_or_expanded": True, "signed_rd_projects": 12}
    answer = catalog.whatif(facts, "4.39", {"rd_investment_prior_year": ("1亿元", "6亿元", "1亿元")})
    assert ("500000000.00", "saturation", "10000000.00") in turns(answer, "at", "kind", "after")
    answer = catalog.whatif(facts | {"foreign_rd_center_kind": "open_innovation_platform"}, "4.39", {"signed_rd_projects": (1, 20, 1)})
    for point in answer["turning_points"]:
        assert re.fullmatch(r"\d+", point["at"]) and point["inclusive"]


def test_two_facts_make_a_grid(catalog: Catalog) -> None:
    vary = {"fixed_asset_investment": ("5000万元", "2亿元", "5000万元"), "occupancy_rate_one_year": ("60%", "80%", "10%")}
    answer = catalog.whatif(FACTORY, "1.01", vary)
    grid = {(p["given"]["fixed_asset_investment"], p["given"]["occupancy_rate_one_year"]): p["total"] for p in answer["points"]}
    assert len(grid) == len(answer["points"]) == 12
    assert grid["50000000.00", "60%"] == "0.00"
    assert grid["50000000.00", "70%"] == "15000000.00"
    assert grid["200000000.00", "80%"] == "50000000.00"
    assert {t["fact"] for t in answer["turning_points"]} == {"fixed_asset_investment", "occupancy_rate_one_year"}


def test_categories_and_yes_no_are_listed(catalog: Catalog) -> None:
    answer = catalog.whatif(FACTORY, "1.01", {"introduced_industry": ["高精尖产业", "其他"]})
    assert [p["total"] for p in answer["points"]] == ["36000000.00", "0.00"]
    assert answer["turning_points"] == [] and answer["marginal"] is None
    answer = catalog.whatif({**FACTORY, "pv_roof_share": "50%"}, "1.01", {"renewable_capable": "是|否"})
    assert [p["given"]["renewable_capable"] for p in answer["points"]] == [True, False]


def test_points_that_contradict_the_rest_are_told(catalog: Catalog) -> None:
    answer = catalog.whatif(LOANS, "1.01", {"loans[1].end": ("2023-01-01", "2023-06-01", "1个月")})
    assert [p["status"] for p in answer["points"]] == ["invalid"] * 3 + ["eligible"] * 3
    assert "2023-01-01" in answer["points"][0]["error"]
    with pytest.raises(InputError, match=r"2022-01-01|2022-02-01"):
        catalog.whatif(LOANS, "1.01", {"loans[1].end": ("2022-01-01", "2022-02-01", "1个月")})


def test_what_is_handed_in_stays_as_it_was(catalog: Catalog) -> None:
    facts = {**BOTH, "loans": [dict(LOAN)]}
    before = json.dumps(facts, default=str)
    catalog.whatif(facts, "1.01", {"loans.principal": ("1000万元", "1亿元", "1000万元")}, target="100万元")
    assert json.dumps(facts, default=str) == before


@pytest.mark.parametrize(
    ("vary", "fact"),
    [
        ({"no_such_fact": ("1", "2", "1")}, "no_such_fact"),
        ({"registered_capital": ("1", "2", "1")}, "registered_capital"),
        ({"fixed_asset_investment": ("3亿元", "1亿元", "1万元")}, "fixed_asset_investment"),
        ({"fixed_asset_investment": ("1亿元", "3亿元", "0元")}, "fixed_asset_investment"),
        ({"fixed_asset_investment": ("1亿元", "3亿元", "5%")}, "fixed_asset_investment"),
        ({"fixed_asset_investment": ("1亿元", "3亿元")}, "fixed_asset_investment"),
        ({"fixed_asset_investment": "1亿元..3亿元"}, "fixed_asset_investment"),
        ({"fixed_asset_investment": ("1元", "3亿元", "1元")}, "fixed_asset_investment"),
        ({"loans": ("1", "2", "1")}, "loans"),
        ({"loans[2].principal": ("1", "2", "1")}, "loans"),
        ({"loans.no_such_field": ("1", "2", "1")}, "loans.no_such_field"),
        ({"loans.start": ("2023-01-01", "2023-12-31", "一点")}, "loans.start"),
        ({"introduced_industry": ("高精尖产业", "采矿")}, "introduced_industry"),
        ({}, "vary"),
        ({"occupancy_rate_one_year": ("1%", "2%", "1%"), "energy_saving_rate": ("1%", "2%", "1%"), "loans.rate": ("1%", "2%", "1%")}, "vary"),
    ],
)
def test_what_cannot_be_varied_is_refused(catalog: Catalog, vary: dict, fact: str) -> None:
    with pytest.raises(InputError) as bad:
        catalog.whatif(BOTH, "1.01", vary)
    assert bad.value.fact == fact
    assert bad.value.accepted


def test_steps_of_months_keep_the_day(catalog: Catalog) -> None:
    one = axis("loans.start", catalog.read(BOTH), catalog.facts)
    assert sweep("2024-01-31..2024-05-01:1个月", one) == [dt.date(2024, m, d) for m, d in ((1, 31), (2, 29), (3, 31), (4, 30))]
    assert sweep(("2023-02-01", "2025-02-01", "1年"), one) == [dt.date(y, 2, 1) for y in (2023, 2024, 2025)]
    assert len(sweep(("2023-01-01", "2023-01-31", "7日"), one)) == 5


# ---------------------------------------------------------------- targets


def test_the_least_investment_that_reaches_a_target(catalog: Catalog) -> None:
    # 2000万元 / 30% = 66,666,666.666…
    target = catalog.whatif(FACTORY, "1.01", {"fixed_asset_investment": None}, target="2000万元")["target"]
    assert (target["at"], target["total"], target["below"]) == ("66666666.67", "20000000.00", "19999999.99")


def test_a_target_beyond_the_limit_says_why(catalog: Catalog) -> None:
    target = catalog.whatif(FACTORY, "1.01", {"fixed_asset_investment": None}, target="6000万元")["target"]
    assert target["at"] is None
    assert (target["most"], target["most_at"]) == ("50000000.00", "166666666.67")
    assert "5,000万元" in target["because"]


def test_a_target_out_of_reach_names_the_failed_gate(catalog: Catalog) -> None:
    target = catalog.whatif({**FACTORY, "energy_saving_rate": "10%"}, "1.01", {"fixed_asset_investment": None}, target="1元")["target"]
    assert (target["at"], target["most"]) == (None, "0.00")
    assert "节能" in target["because"]


def test_targets_on_dates_are_days(catalog: Catalog) -> None:
    # 8,111.11… a day: 500万元 takes 617 days from 2023-03-01 (616 pay 4,996,444.44)
    vary = {"loans.end": ("2023-03-02", "2026-03-01", "1日")}
    target = catalog.whatif(LOANS, "1.01", vary, target="500万元")["target"]
    assert (target["at"], target["total"], target["below"]) == ("2024-11-07", "5004555.55", "4996444.44")
    with pytest.raises(InputError):
        catalog.whatif(LOANS, "1.01", {"loans.end": None}, target="500万元")


def test_a_target_keeps_within_the_range_given(catalog: Catalog) -> None:
    target = catalog.whatif(FACTORY, "1.01", {"fixed_asset_investment": ("1000万元", "5000万元", "1000万元")}, target="2000万元")["target"]
    assert (target["at"], target["most"], target["most_at"]) == (None, "15000000.00", "50000000.00")


@pytest.mark.parametrize("vary", [{"introduced_industry": ["高精尖产业"]}, {"fixed_asset_investment": None, "energy_saving_rate": None}])
def test_a_target_takes_one_numeric_fact(catalog: Catalog, vary: dict) -> None:
    with pytest.raises(InputError) as bad:
        catalog.whatif(FACTORY, "1.01", vary, target="1元")
    assert bad.value.fact == "target"


# ---------------------------------------------------------------- scenarios

SCENARIOS = [
    {"name": "只贷款", "set": {"fixed_asset_investment": ""}},
    {"name": "只补助", "set": {"loans": []}},
    {"name": "都多", "set": {"固定资产投资总额": "1.5亿元", "loans[1].principal": "9亿元"}},
]


def test_scenarios_change_the_project_one_by_one(catalog: Catalog) -> None:
    answer = catalog.whatif(BOTH, "1.01", scenarios=SCENARIOS)
    assert answer["base"]["total"] == "36000000.00"
    assert [(p["name"], p["total"], p["difference"]) for p in answer["points"]] == [
        ("只贷款", "5929222.22", "-30070777.78"),
        ("只补助", "36000000.00", "0.00"),
        ("都多", "50000000.00", "14000000.00"),
    ]
    assert answer["points"][2]["given"] == {"fixed_asset_investment": "150000000.00", "loans[1].principal": "900000000.00"}
    assert answer["points"][0]["given"] == {"fixed_asset_investment": None}


def test_two_scenarios_side_by_side(catalog: Catalog) -> None:
    compared = catalog.whatif(BOTH, "1.01", scenarios=SCENARIOS, compare=["只补助", "都多"])["compare"]
    assert compared["total"] == ["36000000.00", "50000000.00"]
    assert compared["differences"]["total"] == ["14000000.00"]
    assert compared["benefits"]["investment-grant"] == ["36000000.00", "45000000.00"]
    # facts that one of the two changes, as they stand in each
    assert compared["given"] == {
        "loans": ["0 项", "1 项"], "fixed_asset_investment": ["120000000.00", "150000000.00"], "loans[1].principal": [None, "900000000.00"],
    }  # fmt: skip
    assert compared["chosen"] == [["investment-grant"], ["loan-interest"]]


@pytest.mark.parametrize(
    ("scenarios", "compare", "fact"),
    [
        ([{"name": "a"}, {"name": "a"}], None, "scenario[2].name"),
        ([{"set": {}}], None, "scenario[1].name"),
        ([{"name": "a", "sets": {}}], None, "scenario[1]"),
        ([{"name": "a", "set": {"no_such": 1}}], None, "no_such"),
        ([{"name": "a", "set": {"fixed_asset_investment": 1, "固定资产投资总额": 2}}], None, "scenario[1].set.固定资产投资总额"),
        ([], None, "scenario"),
        ([{"name": "a"}, {"name": "b"}], ["a", "c"], "compare"),
    ],
)
def test_scenarios_that_cannot_be_read_are_refused(catalog: Catalog, scenarios: list, compare: Any, fact: str) -> None:
    with pytest.raises(InputError) as bad:
        catalog.whatif(BOTH, "1.01", scenarios=scenarios, compare=compare)
    assert bad.value.fact == fact


# ---------------------------------------------------------------- against brute force


def paths(catalog: Catalog, values: dict[str, Any], used: set[str], rng: random.Random) -> list[str]:
    """The numeric and dated facts of a project, and fields of its records."""
    found = []
    for id, given in values.items():
        definition = catalog.facts[id]
        if id in used and (definition.type in NUMERIC or definition.type == "date"):
            found.append(id)
        elif id in used and definition.type == "list" and given:
            for field, own in definition.fields.items():
                if (own.type in NUMERIC or own.type == "date") and any(field in record for record in given):
                    found += [f"{id}.{field}", f"{id}[{rng.randint(1, len(given))}].{field}"]
    return found


def curves(catalog: Catalog, seed: int, most: int) -> Any:
    """Random projects of every scheme that pays, each along a few of its facts."""
    rng = random.Random(seed)
    for scheme in catalog.schemes():
        if scheme.outcome != "money":
            continue
        used = {f.partition(".")[0] for f in scheme.facts}
        values = random_facts(catalog, scheme, rng)
        names = paths(catalog, values, used, rng)
        for name in rng.sample(names, min(most, len(names))):
            one = axis(name, values, catalog.facts, used)
            now = one.read(values)
            if not now:
                continue
            here = one.number(now[0])
            if one.kind == "date":
                span = [one.value(here - rng.randint(1, 700)), one.value(here + rng.randint(1, 700))]
            elif one.kind in ("count", "number"):
                span = [max(0, int(here) - 25), int(here) + 25]
            else:
                span = [0, max(1, here * 2)]
            try:
                yield scheme.id, Curve(Project(catalog, scheme.id, values, {one.head}), one, values, span), span, rng
            except InputError:  # benefits that do not turn on the fact refuse the project
                continue


def places(curve: Curve, span: list[Any], rng: random.Random) -> list[Any]:
    """Values beside every end of every piece, and between."""
    low, high = (curve.axis.number(v) for v in span)
    near = [1] if curve.whole else [1, Fraction(1, 1000)]
    ends = [end for p in curve.pieces("total_if") for end in (p.stretch.low, p.stretch.high) if end is not None]
    found = {low, high, *ends, *(end + sign * d for end in ends for d in near for sign in (1, -1))}
    drawn = [low + (high - low) * Fraction(rng.randint(0, 10**6), 10**6) for _ in range(5)]
    found |= {int(x) if curve.whole else x for x in drawn}
    return sorted(x for x in found if low <= x <= high)


def direct(curve: Curve, x: Any) -> Any:
    """What the benefits come to at a value, computed by itself."""
    return curve.project.at(curve.axis.put(curve.values, curve.axis.value(x)))


def test_no_jump_and_no_change_of_rate_is_missed(catalog: Catalog) -> None:
    tried = turned = 0
    for scheme, curve, span, rng in curves(catalog, 20, 5):
        for basis in ("total", "total_if"):
            pieces = curve.pieces(basis)
            for x in places(curve, span, rng):
                (piece,) = (
                    p
                    for p in pieces
                    if (p.stretch.low is None or p.stretch.low < x or (p.stretch.low == x and p.stretch.low_in))
                    and (p.stretch.high is None or x < p.stretch.high or (x == p.stretch.high and p.stretch.high_in))
                )
                alone = direct(curve, x).total(basis)
                exact = None if piece.formula is None else value(piece.formula, x)
                # the exact sum; the total adds up benefits that are cut to the fen each
                assert (alone is None) == (exact is None), (scheme, curve.axis.path, x)
                assert alone is None or 0 <= exact - alone < len(curve.project.compiled), (scheme, curve.axis.path, x)
                tried += 1
            turned += sum(1 for _ in curve.bends(basis))
    assert tried > 4000 and turned > 150


def test_every_turning_point_is_real(catalog: Catalog) -> None:
    seen = dict.fromkeys(("threshold", "saturation", "kink"), 0)
    for scheme, curve, _, _ in curves(catalog, 21, 6):
        step = 1 if curve.whole else Fraction(1, 10**7)
        for bend in curve.bends("total_if"):
            where = (scheme, curve.axis.path, bend)
            seen[bend.kind] += 1
            told = curve.told(bend, "total_if")
            assert told["clause"] and told["cause"] and told["benefits"], where
            first = bend.at if bend.inside else bend.at + step
            after, before = (exactly(curve, x) for x in (first, first - step if curve.whole or bend.inside else bend.at))
            if bend.kind == "threshold":
                assert bend.before != bend.after, where
                assert before != after or curve.whole, where
            else:
                left, here, right = (exactly(curve, bend.at + d) for d in (-step, 0, step))
                assert here - left != right - here or curve.whole, where
                assert (bend.kind == "saturation") == (bend.slope_after == 0 and bend.slope_before > 0), where
    assert min(seen.values()) >= 1


def exactly(curve: Curve, x: Any) -> Any:
    """The total at a value before any cut to the fen."""
    from calc.estimate.benefit import Combined
    from calc.questions.whatif.curve import hundredfold

    outcomes = curve.project.outcomes(curve.axis.put(curve.values, curve.axis.value(x)), hundredfold)
    return Combined(curve.project.scheme, outcomes).total_if


def test_sweeps_read_off_the_formulas_what_estimates_compute(catalog: Catalog) -> None:
    for scheme, curve, span, rng in curves(catalog, 22, 3):
        for x in places(curve, span, rng):
            read, computed = curve.at(curve.axis.value(x)), direct(curve, x)
            assert read.error == computed.error
            assert read.total("total") == computed.total("total"), (scheme, curve.axis.path, x)
            assert [(o.status, o.amount) for o in read.outcomes] == [(o.status, o.amount) for o in computed.outcomes]
            assert read.combined is None or read.combined.chosen == computed.combined.chosen


def test_targets_are_the_least_values(catalog: Catalog) -> None:
    reached = refused = 0
    for scheme, curve, span, rng in curves(catalog, 23, 2):
        ends = [direct(curve, curve.axis.number(v)).total("total_if") or 0 for v in span]
        target = Target(curve.project, curve, Fraction(rng.randint(0, max(ends)) + 1, 100), span, "total_if")
        found = target.answer()
        tries = sorted({(x // target.step) * target.step for x in places(curve, span, rng)})
        if curve.whole:
            tries = list(range(curve.axis.number(span[0]), curve.axis.number(span[1]) + 1))[:200]
        at = target.reach(target.wanted)
        for x in tries:
            if x < curve.axis.number(span[0]):
                continue
            paid = direct(curve, x).total(target.basis) or 0
            assert paid < target.wanted or (at is not None and x >= at), (scheme, curve.axis.path, found, x)
        if at is None:
            refused += 1
            assert found["because"]
        else:
            reached += 1
            assert (direct(curve, at).total(target.basis) or 0) >= target.wanted, (scheme, curve.axis.path, found)
    assert reached > 50 and refused > 20


# ---------------------------------------------------------------- the command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    file = tmp_path / "factory.toml"
    lines = ['name = "某厂房"', "[facts]", *(f'{k} = "{v}"' for k, v in FACTORY.items()), "[[facts.loans]]"]
    lines += ['principal = "8000万元"', 'rate = "3.8%"', "start = 2023-03-01", "end = 2026-03-01"]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    file = tmp_path / "scenarios.toml"
    file.write_text(
        '[[scenario]]\nname = "loan only"\nset = { fixed_asset_investment = "" }\n'
        '[[scenario]]\nname = "grant only"\nset = { loans = [], fixed_asset_investment = "2亿元" }\n',
        encoding="utf-8",
    )
    return file


@pytest.fixture(autouse=True)
def _chinese() -> Any:
    yield
    use("zh")


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as done:
        main(["whatif", *map(str, words)])
    return int(done.value.code or 0)


VARY = "fixed_asset_investment=1000万元..3亿元:1000万元"


def test_the_table_shows_points_turning_points_and_the_marginal_amount(project: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(project, "-s", "1.01", "--vary", VARY) == 0
    shown = capsys.readouterr().out
    assert "12,000万元    36,000,000.00" in shown
    assert "166,666,666.67元" in shown and "到上限" in shown
    assert "每多 1 元，多得 0.30 元；再多 4,666.67" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("columns", ["40", "60", "100"])
def test_no_figure_is_cut_off_on_a_narrow_screen(project: Path, capsys: pytest.CaptureFixture, monkeypatch: Any, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run(project, "-s", "1.01", "--vary", VARY) == 0
    shown = capsys.readouterr().out
    assert shown.count("50,000,000.00") >= 14 + 1
    assert "5,929,222.22" in shown


def test_csv_has_one_row_a_point(project: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(project, "-s", "1.01", "--vary", VARY, "--format", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 30
    assert rows[11]["fixed_asset_investment"] == "120000000.00"
    assert (rows[11]["total"], rows[11]["investment-grant"], rows[11]["chosen"]) == ("36000000.00", "36000000.00", "investment-grant")


def test_json_is_what_python_gives(catalog: Catalog, project: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(project, "-s", "1.01", "--vary", VARY, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == catalog.whatif(BOTH, "1.01", {"fixed_asset_investment": VARY.partition("=")[2]})


def test_a_target_on_the_command_line(project: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(project, "-s", "1.01", "--target", "2000万元", "--vary", "fixed_asset_investment") == 0
    assert "66,666,666.67元" in capsys.readouterr().out
    assert run(project, "-s", "1.01", "--target", "6000万元", "--vary", "固定资产投资总额") == 0
    assert "达不到目标 60,000,000.00元" in capsys.readouterr().out


def test_scenarios_and_comparison_on_the_command_line(project: Path, scenarios: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(project, "-s", "1.01", "--scenarios", scenarios) == 0
    shown = capsys.readouterr().out
    assert "loan only" in shown and "-30,070,777.78" in shown
    assert run(project, "-s", "1.01", "--scenarios", scenarios, "--compare", "loan only", "grant only") == 0
    assert "44,070,777.78" in capsys.readouterr().out


def test_markdown_has_the_same_tables(catalog: Catalog) -> None:
    said = report.as_markdown(catalog.whatif(BOTH, "1.01", SWEEP))
    assert "| 12,000万元 | 36,000,000.00 | 投资补助 |" in said
    assert "## 转折点" in said


def test_english(catalog: Catalog, project: Path, capsys: pytest.CaptureFixture) -> None:
    assert run("--lang", "en", project, "-s", "1.01", "--vary", VARY) == 0
    shown = capsys.readouterr().out
    assert "saturation" in shown and "0.30 元 more for each 元 more; the limit is 46,666,666.67 元 more" in shown.replace("\n", " ")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--vary", "fixed_asset_investment"),
        ("--vary", VARY, "--vary", VARY),
        ("--vary", VARY, "--chart", "picture.pdf"),
        ("--target", "1元", "--vary", "fixed_asset_investment", "--chart", "picture.png"),
        ("--compare", "a", "b"),
        ("--scenarios", "missing.toml"),
        ("--vary", VARY, "--format", "xlsx"),
    ],
)
def test_wrong_usage_is_said_not_thrown(project: Path, capsys: pytest.CaptureFixture, words: tuple) -> None:
    assert run(project, "-s", "1.01", *words) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err and "Traceback" not in shown.err


# ---------------------------------------------------------------- charts

GRID = {"fixed_asset_investment": ("5000万元", "2亿元", "5000万元"), "occupancy_rate_one_year": ("60%", "80%", "10%")}
DATES = {"loans[1].start": ("2023-01-01", "2023-12-31", "1个月")}
CATEGORIES = {"introduced_industry": ["高精尖产业", "其他"]}


@pytest.mark.parametrize("vary", [SWEEP, GRID, DATES, CATEGORIES])
@pytest.mark.parametrize("kind", [".png", ".svg", ".html"])
def test_charts_are_whole_and_need_nothing_else(catalog: Catalog, vary: dict, kind: str) -> None:
    from calc.report.chart import chart, chinese_font

    answer = catalog.whatif(BOTH, "1.01", vary)
    picture, warnings = chart(answer, Path("picture" + kind), lambda: answer)
    assert warnings == [] or (chinese_font() is None and len(warnings) == 1)
    if kind == ".png":
        assert picture[:8] == b"\x89PNG\r\n\x1a\n" and len(picture) > 5000
        return
    said = picture.decode("utf-8")
    body = said if kind == ".svg" else said[said.index("<svg") : said.index("</svg>") + 6]
    assert ET.fromstring(body).tag.endswith("svg")
    assert not re.search(r'(?:src|href)="(?!#|data:)|@import|url\((?!#)', said)
    if kind == ".html":
        assert said.startswith("<!doctype html>") and "老旧厂房" in said and "<script" not in said


def test_one_answer_gives_one_picture(catalog: Catalog) -> None:
    from calc.report.chart import chart

    answer = catalog.whatif(BOTH, "1.01", SWEEP)
    pictures = {chart(answer, Path("a.svg"), lambda: answer)[0] for _ in range(2)}
    assert len(pictures) == 1


def test_without_a_chinese_font_a_png_is_in_english_and_says_so(catalog: Catalog, project: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    from calc.report import chart

    drawn: list[str] = []
    draw = chart._figure
    monkeypatch.setattr(chart, "chinese_font", lambda: None)
    monkeypatch.setattr(chart, "_figure", lambda answer, *rest: drawn.append(answer["title"]) or draw(answer, *rest))
    assert run(project, "-s", "1.01", "--vary", VARY, "--chart", tmp_path / "a.png") == 0
    shown = capsys.readouterr()
    assert "没有找到中文字体，图中改用英文" in shown.err and "Noto Sans CJK SC" in shown.err
    assert "每多 1 元" in shown.out
    assert drawn == ["Renovation of old factory buildings"]


@pytest.mark.parametrize("kind", ["svg", "html"])
def test_without_a_chinese_font_other_charts_keep_text_and_say_so(project: Path, tmp_path: Path, monkeypatch: Any, capsys: Any, kind: str) -> None:
    from calc.report import chart

    monkeypatch.setattr(chart, "chinese_font", lambda: None)
    assert run(project, "-s", "1.01", "--vary", VARY, "--chart", tmp_path / f"a.{kind}") == 0
    assert "固定资产投资总额" in (tmp_path / f"a.{kind}").read_text(encoding="utf-8")
    said = [line for line in capsys.readouterr().err.splitlines() if "没有找到中文字体" in line]
    assert len(said) == 1 and "Noto Sans CJK SC" in said[0]


def test_a_chart_is_written_whole_or_not_at_all(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(project, "-s", "1.01", "--vary", VARY, "--chart", tmp_path / "missing" / "a.png") == 2
    assert run(project, "-s", "1.01", "--vary", VARY, "--chart", tmp_path / "a.png") == 0
    assert [f.name for f in tmp_path.iterdir() if "png" in f.name] == ["a.png"]


def test_more_values_than_can_be_told_are_refused_before_anything_is_computed() -> None:
    from command import run

    done = run("whatif examples/old-factory.toml -s 1.01 --vary fixed_asset_investment=0..10001元:1元")
    assert done.code == 2 and "10,002" in done.err.replace("10002", "10,002") and "10,000" in done.err.replace("10000", "10,000")
