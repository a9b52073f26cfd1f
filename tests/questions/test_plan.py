"""The best combination: every rule between schemes on and off (tests/plans), against brute force, over several projects."""

import datetime as dt
import itertools
import random
import re
import time
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from calc import Catalog, InputError, load_catalog
from calc.engines.columns.benefit import exclusive
from calc.estimate.benefit import combine
from calc.language.model import Scheme
from calc.questions.listing import most_of
from calc.questions.plan import costs, optimum
from calc.questions.plan.optimum import best
from calc.questions.plan.paid import Paid
from calc.questions.plan.problem import Cap, Piece, Problem, bits
from calc.store.conflicts import Item, conflicts, rules_touching
from calc.store.rule_check import check_rules
from tests.command import ROOT, run

HERE = ROOT / "tests"
EXAMPLES = HERE.parent / "examples"
DAY = dt.date(2023, 4, 1)
CASES = [
    pytest.param(case, id=f"{path.stem}-{place}")
    for path in sorted((HERE / "plans").glob("*.toml"))
    for place, case in enumerate(tomli.loads(path.read_text(encoding="utf-8"))["case"], 1)
]


def like(*cards: str, **given: object) -> dict[str, object]:
    """The facts that the cases of some schemes rest on."""
    facts: dict[str, object] = {}
    for card in cards:
        path = next(p for p in sorted((HERE / "cases").glob(f"{card}-*.toml")) if "@" not in p.stem)
        facts.update(tomli.loads(path.read_text(encoding="utf-8")).get("base", {}))
    return {**facts, **given}


def short(entry: dict) -> str:
    return f"{entry['scheme'].partition('-')[0]}/{entry['benefit']}"


# ---------------------------------------------------------------- every kind of rule, on and off


@pytest.mark.parametrize("case", CASES)
def test_case(catalog: Catalog, case: dict) -> None:
    facts = like(*case.get("like", ()), **case.get("given", {}))
    options = {key: case[key] for key in ("require", "exclude", "allow_conditional", "include_equity") if key in case}
    answer = catalog.plan(facts, schemes=case["schemes"], as_of=DAY, **options)
    left_out = {short(e): e["because"] for e in answer["left_out"] if e["because"] != ["excluded"]}
    found = {
        "total": answer["total"],
        "chosen": sorted(map(short, answer["chosen"])),
        "left_out": left_out,
        "rules": {rule["id"]: rule["cost"] for rule in answer["rules"]},
        "questions": {question["fact"]: question["opens"] for question in answer["questions"]},
        "alternatives": [other["total"] for other in answer["alternatives"]],
    }
    expected = {key: sorted(case[key]) if key == "chosen" else case[key] for key in found if key in case}
    assert {key: found[key] for key in expected} == expected, case["why"]
    assert answer["proved"] is True
    assert answer["bound"] == answer["total"]
    for word in case.get("warns", ()):
        assert any(word in warning for warning in answer["warnings"])


def test_the_shape_is_that_of_the_contract(catalog: Catalog) -> None:
    answer = catalog.plan(like("g09", "g10", eligible_investment="1000万元", is_digital_workshop_or_smart_factory=True), schemes=["g09", "g10"])
    keys = ["total", "chosen", "left_out", "bound", "proved", "alternatives", "rules", "prudent", "cash", "assumptions", "questions", "notices", "warnings"]
    assert list(answer) == keys
    assert [list(e) for e in answer["chosen"]] == [["scheme", "benefit", "amount", "basis"]]
    assert [list(e) for e in answer["left_out"]] == [["scheme", "benefit", "amount", "because", "blocked_by", "loss"]]
    assert [list(e) for e in answer["alternatives"]] == [["total", "chosen"]]
    assert all(list(e) == ["id", "cost"] for e in answer["rules"]) and answer["rules"]


def test_nothing_to_be_had(catalog: Catalog) -> None:
    answer = catalog.plan({}, schemes=["g01"])
    assert (answer["total"], answer["chosen"], answer["bound"], answer["proved"]) == ("0.00", [], "0.00", True)


def test_one_scheme_alone_is_its_estimate(catalog: Catalog) -> None:
    """Where no rule within the scheme says otherwise, a plan among one scheme comes to what its estimate comes to."""
    within = {rule.schemes[0] for rule in catalog.rules.of("one_of", "prerequisite") if rule.benefits}
    tried = 0
    for path in sorted((HERE / "cases").glob("*.toml")):
        document = tomli.loads(path.read_text(encoding="utf-8"))
        for case in [] if path.stem in within else document["case"][:4]:
            facts = {**document.get("base", {}), **case.get("given", {})}
            total = catalog.estimate(facts, path.stem).total
            assert catalog.plan(facts, schemes=[path.stem])["total"] == (total or "0.00"), (path.stem, case["why"])
            tried += 1
    assert tried > 300


# ---------------------------------------------------------------- how a plan is steered


def test_exclude_and_require(catalog: Catalog) -> None:
    facts = like("g09", "g10", eligible_investment="1000万元", is_digital_workshop_or_smart_factory=True)
    without = catalog.plan(facts, schemes=["g09", "g10"], exclude=["g10"])
    assert [short(e) for e in without["chosen"]] == ["g09/old-factory-award"]
    assert [(short(e), e["because"]) for e in without["left_out"]] == [("g10/smart-project-award", ["excluded"])]
    forced = catalog.plan(facts, schemes=["g09", "g10"], require=["g09/old-factory-award"])
    assert forced["total"] == "2000000.00"
    assert [short(e) for e in forced["chosen"]] == ["g09/old-factory-award"]


@pytest.mark.parametrize(
    ("require", "exclude", "said"),
    [
        (["g09", "g10"], [], "高精尖资金一家企业只报一个方向"),  # they cannot stand together
        (["g13"], [], "g13"),  # the project does not get it
        (["g09"], ["g09"], "g09"),
        (["g09/no-such-award"], [], "old-factory-award"),
        (["g99"], [], "g99"),
    ],
)
def test_a_requirement_that_cannot_be_had_says_why(catalog: Catalog, require: list, exclude: list, said: str) -> None:
    facts = like("g09", "g10", eligible_investment="1000万元")
    with pytest.raises(InputError) as bad:
        catalog.plan(facts, schemes=["g09", "g10", "g13"], require=require, exclude=exclude)
    assert said in str(bad.value)


def test_a_required_benefit_stays_though_it_adds_nothing(catalog: Catalog) -> None:
    facts = like("4.18", domestic_invention_grants=2000, hk_macao_taiwan_grants=10)
    answer = catalog.plan(facts, schemes=["4.18"], require=["4.18/hk-macao-taiwan-grant"])
    assert answer["total"] == "2000000.00"
    assert "4.18/hk-macao-taiwan-grant" in map(short, answer["chosen"])


def test_open_conditions_count_only_if_asked_for(catalog: Catalog) -> None:
    facts = {key: value for key, value in like("g09", eligible_investment="1000万元").items() if key != "in_project_library"}
    careful = catalog.plan(facts, schemes=["g09"], as_of=DAY)
    assert careful["total"] == "0.00"
    assert any("老旧厂房更新利用奖励" in warning for warning in careful["warnings"])
    hopeful = catalog.plan(facts, schemes=["g09"], allow_conditional=True, as_of=DAY)
    assert hopeful["total"] == "2000000.00"
    assert [(q["fact"], q["opens"]) for q in hopeful["questions"]] == [("in_project_library", "2000000.00")]


def test_equity_is_support_but_no_subsidy(catalog: Catalog) -> None:
    facts = like("4.25")
    assert [(short(e), e["because"]) for e in catalog.plan(facts, schemes=["4.25"])["left_out"]] == [("4.25/equity-follow-on", ["equity"])]
    assert catalog.plan(facts, schemes=["4.25"])["total"] == "5000000.00"  # 200 + 300
    assert catalog.plan(facts, schemes=["4.25"], include_equity=True)["total"] == "20000000.00"  # and 1500


def test_what_is_drawn_on_one_cost_never_exceeds_it(catalog: Catalog) -> None:
    """One loan of 8000万元 at 3.8% from 2023-03-01 to 2026-03-01: 1,096 days, 925.51万元 of interest in all. Two subsidies pay at
    most that; a careful office pays the larger alone."""
    loan = {"principal": "8000万元", "rate": "3.8%", "start": "2023-03-01", "end": "2026-03-01", "contract_date": "2023-03-01"}
    facts = like("1.21", "5.04", loans=[loan])
    answer = catalog.plan(facts, schemes=["1.21", "5.04"], as_of=DAY)
    amounts = [Decimal(e["amount"]) for e in (*answer["chosen"], *answer["left_out"])]
    interest = Decimal("9255111.11")  # 80,000,000 × 3.8% × 1096 / 360 = 9,255,111.11…
    assert len(amounts) == 2
    assert Decimal(answer["total"]) == min(sum(amounts), interest)
    assert Decimal(answer["prudent"]["total"]) == max(amounts)
    assert answer["proved"] and answer["prudent"]["proved"]
    assert sum(Decimal(part["amount"]) for part in answer["cash"]) == Decimal(answer["total"])


def test_benefits_that_draw_on_one_cost_are_found(catalog: Catalog) -> None:
    """Two benefits of one scheme on the same investment of 1元: both draw on it, and a careful office pays one."""
    items = [Paid(0, catalog.scheme("g09-old-factory-reuse"), catalog.scheme("g09-old-factory-reuse").benefits[0], amount) for amount in (60, 50)]
    drawing = costs.drawn(catalog, items, [{"fixed_asset_investment": Fraction(1)}])
    assert [(one.cost.id, one.limit, one.items) for one in drawing] == [("project-investment", 100, {0: None, 1: None})]
    assert costs.once(items, [0, 0], drawing) == [0b10, 0b01]


def test_rules_hold_for_later_editions_and_only_one_edition_pays(catalog: Catalog) -> None:
    items = [Item(0, s, f"{s}/equipment-loan-interest") for s in ("1.21-equipment-loan-interest@2025", "1.21-equipment-loan-interest")]
    items.append(Item(0, "g10-smart-manufacturing-100", "g10-smart-manufacturing-100/smart-project-award"))
    pairs = conflicts(catalog, items, [{}]).pairs
    assert pairs[0, 1] == ["edition"]
    assert pairs[0, 2] == pairs[1, 2] != []


def test_next_best_are_legal_and_fall(catalog: Catalog) -> None:
    document = tomli.loads((EXAMPLES / "chip-design-house.toml").read_text(encoding="utf-8"))
    answer = catalog.plan(document)
    totals = [answer["total"], *(other["total"] for other in answer["alternatives"])]
    assert len(totals) > 2
    assert [float(t) for t in totals] == sorted(map(float, totals), reverse=True)
    assert len(set(totals)) == len(totals)
    best_set = {short(e) for e in answer["chosen"]}
    assert all({short(e) for e in other["chosen"]} - best_set for other in answer["alternatives"])


# ---------------------------------------------------------------- several projects of one enterprise


def lease(amount: str) -> dict:
    contract = {"contract_amount": amount, "months_in_window": 9, "window_cost": amount, "lease_kind": "direct"}
    return {"registered_in_beijing": True, "is_advanced_manufacturing": True, "leases": [contract]}


def factory(**more: object) -> dict:
    return like("g09", fixed_asset_investment="3000万元", eligible_investment="1000万元", **more)


def retrofit(**more: object) -> dict:
    return like("g10", fixed_asset_investment="3000万元", eligible_investment="1000万元", is_digital_workshop_or_smart_factory=True, **more)


def chosen(answer: dict) -> list[tuple[str, str]]:
    return [(e["project"], short(e)) for e in answer["chosen"]]


DIRECTIONS = ["gjj-one-direction", "gjj-scale-up-is-a-direction", "gjj-chain-award-is-a-direction"]


def test_a_direction_is_chosen_for_all_projects(catalog: Catalog) -> None:
    """20% of 1000万元 for the factory or 25% for the retrofit, though they are two projects."""
    projects = [{"name": "一厂", "facts": factory()}, {"name": "二厂", "facts": retrofit()}]
    answer = catalog.plan(projects, schemes=["g09", "g10"])
    assert chosen(answer) == [("二厂", "g10/smart-project-award")]
    assert answer["total"] == "2500000.00"
    assert [(e["project"], e["because"]) for e in answer["left_out"]] == [("一厂", DIRECTIONS)]
    twice = catalog.plan([factory(), factory()], schemes=["g09", "g10"])
    assert chosen(twice) == [("1", "g09/old-factory-award"), ("2", "g09/old-factory-award")]  # one direction, two projects


def test_a_major_project_is_free_of_the_limit(catalog: Catalog) -> None:
    projects = [factory(), retrofit(is_municipal_major_project_or_key_institution=True)]
    assert catalog.plan(projects, schemes=["g09", "g10"])["total"] == "4500000.00"


def test_a_rule_for_the_project_ends_with_it(catalog: Catalog) -> None:
    """Direction 10 and the equipment loan do not go together for one project, for two they do."""
    loan = {
        "registered_in_beijing": True, "equipment_purchase_amount": "1500万元", "project_field": "advanced_manufacturing", "forms_fixed_asset": True,
        "loans": [{"principal": "2000万元", "rate": "3.2%", "start": "2023-03-20", "end": "2026-03-20", "contract_date": "2023-03-15"}],
    }  # fmt: skip
    assert catalog.plan([{**retrofit(), **loan}], schemes=["g10", "1.21"])["total"] == "2500000.00"
    assert catalog.plan([retrofit(), loan], schemes=["g10", "1.21"])["total"] == "3515277.77"


def test_a_limit_of_the_enterprise_is_shared(catalog: Catalog) -> None:
    """5% of 1.6亿元 for 9 of 12 months is 600万元: two such leases meet 1000万元 a year."""
    alone = catalog.plan([lease("1.6亿元")], schemes=["g08"])
    assert alone["total"] == "6000000.00"
    both = catalog.plan([lease("1.6亿元"), lease("1.6亿元")], schemes=["g08"])
    assert both["total"] == "10000000.00"
    assert [e["amount"] for e in both["chosen"]] == ["6000000.00", "6000000.00"]  # before what they share
    assert {rule["id"]: rule["cost"] for rule in both["rules"]} == {"shared-limit": "2000000.00"}
    third = catalog.plan([lease("3亿元"), lease("1.6亿元")], schemes=["g08"])
    assert third["total"] == "10000000.00"
    assert chosen(third) == [("1", "g08/lease-subsidy")]  # the first fills the year
    assert [(e["project"], e["because"]) for e in third["left_out"]] == [("2", ["shared-limit"])]


def test_what_supports_the_enterprise_is_had_once(catalog: Catalog) -> None:
    answer = catalog.plan([like("4.26"), like("4.26")], schemes=["4.26"])
    assert answer["total"] == "200000.00"
    assert [e["because"] for e in answer["left_out"]] == [["once"]]


def test_a_group_cap_of_the_enterprise_holds_over_projects(catalog: Catalog) -> None:
    drug = {"drug_class": "class_1", "clinical_stage": "phase_2", "stage_entry_date": "2022-06-01", "industrialized_in_beijing": True}
    one = {"registered_in_beijing": True, "drugs": [drug]}
    assert catalog.plan([one, one], schemes=["g04"])["total"] == "10000000.00"
    assert catalog.plan([one, one, one], schemes=["g04"])["total"] == "10000000.00"  # 3 × 500 under 1000万元


def test_one_kind_of_money_for_all_projects_of_an_enterprise(catalog: Catalog) -> None:
    """4.52 pays an enterprise one kind of money; the same kind for two projects is one kind."""
    base = {
        "culture_finance_applicant_kind": "culture_enterprise", "registered_in_beijing": True, "operating_years": 2, "pays_tax_in_beijing": True,
        "is_culture_enterprise": True, "is_listed_company": False, "culture_prior_support_years": 0,
    }  # fmt: skip
    loan = {**base, "loans": [{"interest_paid": "400万元"}]}
    lease_ = {**base, "leases": [{"financing_cost": "100万元"}]}
    assert catalog.plan([loan, lease_], schemes=["4.52"])["total"] == "1600000.00"
    assert catalog.plan([loan, loan], schemes=["4.52"])["total"] == "3000000.00"  # 160 + 160 under 300万元 a year


def test_a_bad_value_names_its_project(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="二厂"):
        catalog.plan([{"name": "一厂", "facts": factory()}, {"name": "二厂", "facts": {"eligible_investment": "很多"}}])


# ---------------------------------------------------------------- the solver


def drawn(rnd: random.Random, count: int, clash: float, most: int) -> Problem:
    """A random problem with clashes, caps one in another, needs and musts."""
    amounts = [rnd.choice((rnd.randrange(1, most), rnd.randrange(1, 6) * most // 5 or 1)) for _ in range(count)]
    clashes = [0] * count
    for i in range(count):
        for j in range(i):
            if rnd.random() < clash:
                clashes[i] |= 1 << j
                clashes[j] |= 1 << i
    pieces = [Piece(i, amount) for i, amount in enumerate(amounts)]
    caps: list[Cap] = []
    order = rnd.sample(range(count), count)
    while order and rnd.random() < 0.6:
        members = [order.pop() for _ in range(min(len(order), rnd.randrange(1, 4)))]
        whole = sum(amounts[i] for i in members)
        if rnd.random() < 0.5:
            caps.append(Cap(whole * rnd.randrange(3, 11) // 10, tuple(members)))
        else:  # a year's limit within the limit over all years
            for i in members:
                pieces[i] = Piece(i, amounts[i] // 2)
            second = range(len(pieces), len(pieces) + len(members))
            pieces += [Piece(i, amounts[i] - amounts[i] // 2) for i in members]
            caps.append(Cap(whole * rnd.randrange(1, 6) // 10, tuple(members)))
            caps.append(Cap(whole * rnd.randrange(3, 11) // 10, (*members, *second)))
    some = [sum(1 << j for j in rnd.sample(range(count), min(count, rnd.randrange(1, 3)))) for _ in range(2)]
    needs = [(i := rnd.randrange(count), some[0] & ~(1 << i))] if rnd.random() < 0.3 else []
    musts = [some[1]] if rnd.random() < 0.2 else []
    return Problem(amounts, clashes, pieces, caps, needs, musts, rnd.choice((0, rnd.randrange(1 << count))))


def rank(problem: Problem, chosen: int) -> tuple[int, int, int]:
    """What makes one set better than another: its value, then fewer late items, then fewer items."""
    return problem.value(chosen), -(chosen & problem.late).bit_count(), -chosen.bit_count()


def brute(problem: Problem) -> tuple[int, int, int] | None:
    """The rank of the best legal set; by trying all."""
    found = None
    for mask in range(1 << len(problem.amounts)):
        legal = not any(problem.clashes[i] & mask for i in bits(mask)) and all(m & mask for m in problem.musts)
        if legal and all(m & mask for i, m in problem.needs if mask >> i & 1):
            found = max(found or (-1, 0, 0), rank(problem, mask))
    return found


@pytest.mark.parametrize("small", [optimum.SMALL, 0], ids=["search", "HiGHS"])
def test_equal_to_brute_force(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 random problems between the two ways of solving: the same total, as few late items, the same number of items, always proved."""
    monkeypatch.setattr(optimum, "SMALL", small)
    for seed in range(1000):
        rnd = random.Random(f"{seed} {small}")
        problem = drawn(rnd, rnd.randrange(1, 10), rnd.choice((0.1, 0.3, 0.6)), rnd.choice((10, 10**9, 10**13)))
        found, expected = best(problem), brute(problem)
        assert (found and rank(problem, found.chosen)) == expected, seed
        assert found is None or (found.proved and problem.value(found.chosen) == found.value == found.bound), seed
        any_of = best(problem, ties=False)
        assert (any_of and (any_of.value, any_of.proved)) == (found and (found.value, True)), seed


@pytest.mark.parametrize("seed", range(6))
def test_larger_problems_are_solved_alike_in_both_ways(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tens of items, amounts of a trillion fen that floating point cannot add up to the fen."""
    problem = drawn(random.Random(seed), 26, 0.15, 10**13)
    found = []
    for small in (0, 40):
        monkeypatch.setattr(optimum, "SMALL", small)
        found.append(best(problem))
    assert found[0] and found[1] and found[0].proved and found[1].proved
    assert rank(problem, found[0].chosen) == rank(problem, found[1].chosen)


def test_one_fen_decides() -> None:
    """A trillion and one fen against two halves that come to a trillion: no rounding hides the fen."""
    half = 10**14 // 2
    for small, large in ((half, 2 * half + 1), (half + 1, 2 * half + 1)):
        found = best(Problem([small, small, large], [0b100, 0b100, 0b011]))
        assert found and found.value == max(2 * small, large)


def test_ties_take_fewer_items_then_the_earlier() -> None:
    assert best(Problem([5, 5, 10], [0b100, 0b100, 0b011])).chosen == 0b100
    assert best(Problem([7, 7], [0b10, 0b01])).chosen == 0b01
    assert best(Problem([5, 10, 10], [0, 0, 0], [Piece(0, 5), Piece(1, 10), Piece(2, 10)], [Cap(10, (0, 1, 2))])).chosen == 0b010


def test_ties_avoid_what_is_not_in_force() -> None:
    """Two benefits in force are taken rather than one, worth the same, that is not; a fen more decides first."""
    assert best(Problem([5, 5, 10], [0b100, 0b100, 0b011], late=0b100)).chosen == 0b011
    assert best(Problem([7, 7], [0b10, 0b01], late=0b01)).chosen == 0b10
    assert best(Problem([8, 7], [0b10, 0b01], late=0b01)).chosen == 0b01


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_more_rules_never_bring_more(rnd: random.Random) -> None:
    problem = drawn(rnd, 8, 0.2, 10**6)
    problem.musts = []
    found = best(problem)
    assert found
    i, j = rnd.sample(range(8), 2)
    stricter = Problem(problem.amounts, list(problem.clashes), problem.pieces, problem.caps, problem.needs)
    stricter.clashes[i] |= 1 << j
    stricter.clashes[j] |= 1 << i
    assert best(stricter).value <= found.value
    assert best(Problem(problem.amounts, problem.clashes, [], [])).value >= found.value


def test_two_hundred_candidates_take_less_than_a_second(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the next best combinations and what each rule costs."""
    monkeypatch.syspath_prepend(str(HERE.parent))
    from benchmarks.plan import crowd

    for seed in range(4):
        run_plan = crowd(catalog, 200, seed)
        took = []
        for _ in range(2):
            started = time.process_time()
            made = run_plan()
            took.append(time.process_time() - started)
            assert len(made.items) == 200 and made.best.proved and made.prudent.proved
        assert min(took) < 1, (seed, took)


# ---------------------------------------------------------------- a catalogue of its own


FACTS = """
[cost]
type = "money"
label = "成本"
[major]
type = "bool"
label = "重大项目"
"""
SCHEME = """
id = "{id}"
title = "{id}"
combine = "sum"
[source]
card = "{card}"
document = "文"
authority = "局"
"""
BENEFIT = """
[[benefits]]
id = "{id}"
label = "{id}"
clause = "一"
nature = "fixed"
support = "grant"
amount = "{amount}"
"""
OBJECTS = '[objects]\nproject = ["1.01-base", "1.02-other"]\n'


@pytest.fixture
def own(tmp_path: Path):
    """A folder of two schemes, 1.01-base (``first`` 100万元, ``extra`` 50万元) and 1.02-other (``grant`` 120万元), with rules."""

    def make(rules: str, objects: str = OBJECTS) -> Catalog:
        (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
        first = SCHEME.format(id="1.01-base", card="1.01") + BENEFIT.format(id="first", amount="100万元") + BENEFIT.format(id="extra", amount="50万元")
        (tmp_path / "1.01-base.toml").write_text(first, encoding="utf-8")
        other = SCHEME.format(id="1.02-other", card="1.02") + BENEFIT.format(id="grant", amount="120万元")
        (tmp_path / "1.02-other.toml").write_text(other, encoding="utf-8")
        (tmp_path / "rules.toml").write_text(objects + rules, encoding="utf-8")
        return load_catalog(tmp_path)

    return make


def rule(kind: str, /, **keys: object) -> str:
    from json import dumps

    body = {"id": "r", "source": "卡", "says": "话", **keys}
    return f"\n[[{kind}]]\n" + "\n".join(f"{key} = {dumps(value, ensure_ascii=False)}" for key, value in body.items())


def test_without_rules_everything_adds_up(own) -> None:
    catalog = own("")
    assert check_rules(catalog) == []
    assert catalog.plan({})["total"] == "2700000.00"


def test_a_catalogue_without_rules_has_none(own) -> None:
    catalog = own("")
    (catalog.folder / "rules.toml").unlink()
    assert load_catalog(catalog.folder).plan({})["total"] == "2700000.00"


def test_a_prerequisite_must_be_chosen_too(own) -> None:
    """The extra needs the first; where the other grant shuts the first out, 100 + 50 still beat 120."""
    needs = rule("prerequisite", scheme="1.01-base", benefits=["extra"], any_of=["1.01-base/first"])
    assert own(needs).plan({})["total"] == "2700000.00"
    apart = rule("same_measure", id="s", benefits=["1.01-base/first", "1.02-other/grant"])
    answer = own(needs + apart).plan({})
    assert (answer["total"], [short(e) for e in answer["chosen"]]) == ("1500000.00", ["1.01/first", "1.01/extra"])
    assert {r["id"]: r["cost"] for r in answer["rules"]} == {"s": "1200000.00", "r": "200000.00"}  # without r: 120 + 50
    without = own(needs).plan({}, exclude=["1.01/first"])
    assert [(short(e), e["because"]) for e in without["left_out"]] == [("1.01/extra", ["r"]), ("1.01/first", ["excluded"])]
    assert without["total"] == "1200000.00"


def test_a_prerequisite_without_alternatives_is_only_told(own) -> None:
    answer = own(rule("prerequisite", scheme="1.01-base", benefits=["extra"])).plan({})
    assert answer["total"] == "2700000.00"
    assert [n["id"] for n in answer["notices"]] == ["r"]


def test_an_exclusion_falls_with_its_fact(own) -> None:
    catalog = own(rule("exclusive", schemes=["1.01-base", "1.02-other"], per="project", unless="major"))
    assert catalog.plan({})["total"] == "1500000.00"
    assert [(q["fact"], q["opens"], q["rules"]) for q in catalog.plan({})["questions"]] == [("major", "1200000.00", ["r"])]
    assert catalog.plan({"major": False})["questions"] == []
    assert catalog.plan({"major": True})["total"] == "2700000.00"
    assert catalog.plan([{}, {}])["total"] == "3000000.00"  # in each project the better
    wide = own(rule("exclusive", schemes=["1.01-base", "1.02-other"], per="enterprise"))
    assert {e["scheme"] for e in wide.plan([{}, {}])["chosen"]} == {"1.01-base"}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (rule("exclusive", schemes=["1.01-base", "1.03-none"], per="project"), "1.03-none"),
        (rule("same_measure", benefits=["1.01-base/first", "1.02-other/grnat"]), "1.02-other/grnat"),
        (rule("same_measure", benefits=["1.01-base/first", "1.01-base/extra"]), "r"),  # one scheme: it can never apply
        (rule("same_measure", benefits=[]), "r"),
        (rule("exclusive", schemes=["1.01-base", "1.02-other"], per="project", unless="majr"), "majr"),
        (rule("exclusive", schemes=["1.01-base", "1.02-other"], per="project", unless="cost"), "cost"),
        (rule("exclusive", schemes=["1.01-base", "1.02-other"], per="year"), "year"),
        (rule("exclusive", schemes=["1.01-base", "1.02-other"], per="project", excpet=[]), "excpet"),
        (rule("exclusive", per="project"), "schemes"),
        (rule("frequency", scheme="1.01-base", at_most=0, per="project"), "at_most"),
        (rule("no_double_funding", scope="project", against="municipal"), "scheme"),
        (rule("one_of", scheme="1.01-base"), "combine"),
        (rule("notice", kind="equity", schemes=["1.01-base"], benefits=["1.01-base/first"]), "1.01-base/first"),
        (rule("notice", kind="quota", schemes=["1.01-base"]) + rule("notice", kind="quota", schemes=["1.02-other"]), "r"),
        (
            rule("prerequisite", scheme="1.01-base", benefits=["extra"], any_of=["1.01-base/first"])
            + rule("prerequisite", id="q", scheme="1.01-base", benefits=["first"], any_of=["1.01-base/extra"]),
            "1.01-base/extra → 1.01-base/first → 1.01-base/extra",
        ),
        ("\n[[exclusives]]\nid = 1", "exclusives"),
        ("\n[[exclusive]\n", ""),
        ('\n[costs.one]\nlabel = "x"\nfacts = ["major"]\nbenefits = []', "major"),
        ('\n[funds]\ncentral = ["1.07-none"]', "1.07-none"),
    ],
)
def test_check_finds_what_is_wrong_with_rules(own, rules: str, said: str) -> None:
    problems = check_rules(own(rules))
    assert problems
    assert any(said in problem.problem for problem in problems)
    assert all(problem.file.endswith("rules.toml") for problem in problems)
    assert any(problem.line for problem in problems)


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ('[objects]\nproject = ["1.01-base"]\n', "1.02-other/grant"),  # not told
        ('[objects]\nproject = ["1.01-base", "1.02-other"]\nenterprise = ["1.02-other/grant"]\n', "1.02-other/grant"),  # told twice
        ('[objects]\nproject = ["1.01-base", "1.02-other", "1.02-othr"]\n', "1.02-othr"),
        ('[objects]\nprojects = ["1.01-base", "1.02-other"]\n', "projects"),
    ],
)
def test_check_wants_every_object_told_once(own, objects: str, said: str) -> None:
    assert any(said in problem.problem for problem in check_rules(own("", objects)))


# ---------------------------------------------------------------- the rules shipped, and the command


def test_the_rules_shipped_are_sound(catalog: Catalog) -> None:
    assert check_rules(catalog) == []
    kinds = {kind: len(catalog.rules.of(kind)) for kind in ("exclusive", "no_double_funding", "same_measure", "one_of", "prerequisite", "frequency")}
    assert kinds == {"exclusive": 11, "no_double_funding": 44, "same_measure": 41, "one_of": 12, "prerequisite": 33, "frequency": 36}
    assert all(rule.says and rule.says_en and rule.source for rule in catalog.rules.rules)
    assert sum(1 for rule in catalog.rules.of("same_measure") if not rule.certain) == 6


def test_rules_that_touch_a_scheme(catalog: Catalog) -> None:
    found = [rule.id for rule in rules_touching(catalog, "g16-old-factory-reuse-2")]
    assert {"gjj-one-direction", "no-double-g16", "same-measure-3", "prerequisite-g16"} <= set(found)
    assert "no-double-g09" not in found


def test_what_was_had_before_is_a_fact_of_its_scheme(catalog: Catalog) -> None:
    """The facts on funds had earlier are read by the schemes themselves; a combination does not change them."""
    for scheme, fact in catalog.rules.prior_funding.items():
        assert fact in catalog.scheme(scheme).facts


def test_the_command_says_it_all() -> None:
    done = run("plan examples/chip-design-house.toml --as-of 2023-04-01")
    assert done.code == 0
    for said in ("8,352,000.00", "已证明最优", "g02", "高精尖资金一家企业只报一个方向", "次优的组合", "值得问的", "+4,473,333.33"):
        assert said in done.out
    english = run("plan examples/chip-design-house.toml --as-of 2023-04-01 --lang en")
    assert "Proved to be the best" in english.out


def test_every_sheet_and_page_tells_what_is_not_in_force(tmp_path: Path) -> None:
    """g07 ended on 2023-04-15; the patents of the design house are still paid."""
    words = "plan examples/chip-design-house.toml -s g07 -s 4.17 --as-of 2023-10-01"
    span = "已失效（2023-02-24 至 2023-04-15）"
    for form in ("table", "markdown", "html"):
        assert run(f"{words} --format {form}").out.count(span) == 1, form
    assert run(f"{words} -o {tmp_path / 'one.xlsx'}").code == 0
    one = load_workbook(tmp_path / "one.xlsx")
    said = {page.title: [str(cell.value) for row in page.iter_rows() for cell in row] for page in one}
    assert "中长期贷款普惠性贴息（已失效）" in said["答案"] and "国外发明专利授权资助" in said["答案"]
    assert sum(span in cell for cell in said["汇总"]) == 1
    assert run(f"{words} examples/bookshop-theatre.toml -o {tmp_path / 'two.xlsx'}").code == 0
    two = load_workbook(tmp_path / "two.xlsx")
    assert "g07 中长期贷款普惠性贴息（已失效）" in str(two["答案"]["E5"].value)
    assert any(row[2].value == "中长期贷款普惠性贴息（已失效）" for row in two["选取"].iter_rows())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_what_a_rule_says_not_its_id(catalog: Catalog, lang: str, tmp_path: Path) -> None:
    words = f"plan examples/big-plant.toml -s g07 -s g13 -s g15 --as-of 2023-04-01 --lang {lang}"
    said = [run(f"{words} --format {form}").out for form in ("table", "markdown", "html")]
    said.append(run(f"{words} --require g13 --require g15").err)
    said += [run(f"show {card} --lang {lang}").out for card in ("1.01", "g13")]
    assert run(f"{words} -o {tmp_path / 'plan.xlsx'}").code == 0
    for page in load_workbook(tmp_path / "plan.xlsx"):
        said += [str(cell.value) for row in page.iter_rows() for cell in row]
    ids = [rule.id for rule in catalog.rules.rules]
    assert [id for id in ids for one in said if re.search(rf"\b{re.escape(id)}\b", one)] == []
    title = {"zh": "不得与其他市级资金重复（g07、g13）", "en": "no double funding from the city (g07, g13)"}[lang]
    assert title in said[1]


def test_the_command_prints_what_python_answers(catalog: Catalog) -> None:
    import json

    done = run("plan examples/chip-design-house.toml -s g01 -s g02 --format json --as-of 2023-04-01")
    document = tomli.loads((EXAMPLES / "chip-design-house.toml").read_text(encoding="utf-8"))
    assert json.loads(done.out) == catalog.plan(document, schemes=["g01", "g02"], as_of=DAY)


def test_every_format(tmp_path: Path) -> None:
    table = run("plan examples/chip-design-house.toml --format csv").out.splitlines()
    assert table[0] == "enterprise,part,project,scheme,benefit,title,label,amount,detail"
    assert any(line.startswith("某集成电路设计企业,total,") for line in table)
    assert run("plan examples/chip-design-house.toml --format markdown").out.startswith("# 某集成电路设计企业")
    assert run(f"plan examples/chip-design-house.toml -o {tmp_path / 'plan.xlsx'}").code == 0
    assert (tmp_path / "plan.xlsx").stat().st_size > 10_000
    both = run(f"plan examples/chip-design-house.toml examples/bookshop-theatre.toml -o {tmp_path / 'both.xlsx'}")
    assert (both.code, both.out) == (0, "")


def test_a_table_with_a_column_of_enterprises(tmp_path: Path) -> None:
    import json

    head = "企业,项目,registered_in_beijing,is_high_tech,in_gaojingjian_industry,newly_on_scale_up_list,meets_field_indicators,has_bad_credit_record\n"
    rows = [f"{owner},{name},是,是,是,是,是,否\n" for owner, name in (("甲", "一"), ("甲", "二"), ("乙", "三"))]
    file = tmp_path / "projects.csv"
    file.write_text(head + "".join(rows), encoding="utf-8")
    answer = json.loads(run(f"plan {file} -s 4.26 --format json").out)
    assert [(e["enterprise"], e["total"]) for e in answer["enterprises"]] == [("甲", "200000.00"), ("乙", "200000.00")]
    file.write_text(head + rows[0] + rows[1][1:], encoding="utf-8")
    refused = run(f"plan {file} -s 4.26")
    assert refused.code == 2 and "二" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("plan nowhere.toml", "nowhere.toml"),
        ("plan examples/chip-design-house.toml --require g01 --require g02", "高精尖资金一家企业只报一个方向"),
        ("plan examples/chip-design-house.toml --exclude g77", "g77"),
        ("plan examples/chip-design-house.toml examples/bookshop-theatre.toml --set registered_in_beijing=是", "--set"),
        ("plan examples/chip-design-house.toml --format pdf", "pdf"),
    ],
)
def test_wrong_use_is_told(words: str, said: str) -> None:
    done = run(words)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


# ---------------------------------------------------------------- alternatives within one scheme


def pools(catalog: Catalog) -> Scheme:
    """4.36: a patent pool has its grant or its interest."""
    scheme = catalog.scheme("4.36")
    assert scheme.one_of == (("patent-pool-grant", "patent-pool-interest"),)
    return scheme


def test_an_estimate_adds_no_benefits_that_exclude_one_another(catalog: Catalog) -> None:
    scheme = pools(catalog)
    assert combine(scheme, {"patent-pool-grant": 30, "patent-pool-interest": 60}, [])[:2] == (60, ["patent-pool-interest"])
    assert combine(scheme, {"patent-pool-grant": 60, "patent-pool-interest": 60}, [])[:2] == (60, ["patent-pool-grant"])
    assert combine(scheme, {"patent-pool-grant": 60, "zgc-new-standards": 5}, [])[0] == 65
    ways = replace(scheme, one_of=(("patent-pool-grant", "zgc-new-standards"), ("patent-pool-interest", "zgc-new-standards")), apart=())
    assert combine(ways, {"patent-pool-grant": 30, "patent-pool-interest": 20, "zgc-new-standards": 40}, [])[0] == 50


def test_what_a_group_cap_already_keeps_from_adding_up_stays(catalog: Catalog) -> None:
    """3.14: 30万元 and 50万元 under a cap of 50万元 are not added, and both are named."""
    assert catalog.scheme("3.14").one_of == ()
    assert most_of(catalog.scheme("4.09")) == 130_000_000  # 1,000,000 for the tiers and 300,000
    assert most_of(catalog.scheme("4.36")) == 2_750_000_000


def test_the_column_engine_drops_the_same_alternatives(catalog: Catalog) -> None:
    scheme = pools(catalog)
    for grant, interest in itertools.product((0, 30, 50, 60), repeat=2):
        amounts = {"patent-pool-grant": grant, "patent-pool-interest": interest}
        sql = exclusive(scheme, {id: str(amount) for id, amount in amounts.items()})
        [row] = duckdb.sql("SELECT " + ", ".join(sql.values())).fetchall()
        kept = [id for id, paid in zip(sql, row, strict=True) if paid is not None]
        assert (sum(amounts[id] for id in kept), kept) == combine(scheme, amounts, [])[:2]
