"""One project against all schemes: what it gets, would get, just misses, needs; and the questions worth asking."""

import csv
import datetime as dt
import io
import json
import shutil
from pathlib import Path

import pytest
import tomli

from calc import Catalog, InputError, load_catalog
from tests.command import ROOT, run

EXAMPLES = ROOT / "examples"
DAY = dt.date(2023, 4, 1)
FACTORY = {  # a finished retrofit in the ledger of old factories, in the project library
    "registered_in_beijing": True,
    "in_project_library": True,
    "in_old_factory_ledger": True,
    "is_advanced_manufacturing_project": True,
    "industrial_land_use_kept": True,
    "fixed_asset_investment": "500万元",
    "eligible_investment": "450万元",
    "completion_date": "2023-04-15",
}


def entry(answer: dict, part: str, scheme: str, benefit: str | None = None) -> dict | None:
    return next((e for e in answer[part] if e["scheme"].startswith(scheme) and benefit in (None, e["benefit"])), None)


def test_what_is_met_can_be_had_now(catalog: Catalog) -> None:
    found = entry(catalog.match(FACTORY, as_of=DAY), "now", "g09")
    assert found and found["amount"] == "900000.00" and found["status"] == "eligible"  # 20% of 450万元


def test_an_open_gate_is_an_assumption(catalog: Catalog) -> None:
    facts = {k: v for k, v in FACTORY.items() if k != "in_old_factory_ledger"}
    answer = catalog.match(facts, as_of=DAY)
    found = entry(answer, "if", "g09")
    assert found and found["amount"] == "900000.00" and found["assumed"] == ["in_old_factory_ledger"]
    assert any(q["fact"] == "in_old_factory_ledger" and "g09-old-factory-reuse" in q["schemes"] for q in answer["questions"])


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"fixed_asset_investment": "4876543.21元"}, {"given": "4876543.21", "needed": "5000000.00", "distance": "123456.79"}),
        ({"completion_date": "2023-04-24"}, {"given": "2023-04-24", "needed": "2023-04-15", "distance": "9"}),
        ({"in_old_factory_ledger": False}, {"given": False, "needed": True, "distance": None}),
    ],
)
def test_a_near_miss_says_by_how_much(catalog: Catalog, change: dict, by: dict) -> None:
    found = entry(catalog.match({**FACTORY, **change}, as_of=DAY), "missed", "g09")
    assert found and found["amount"] == "900000.00"
    assert len(found["by"]) == 1
    assert {key: found["by"][0][key] for key in by} == by
    assert found["by"][0]["fact"] == next(iter(change))


def test_a_strict_bound_met_exactly_is_one_step_short(catalog: Catalog) -> None:
    facts = {
        "in_old_factory_ledger": True,
        "specialized_sme_area_share": "20%",
        "platform_kind": "shared_manufacturing",
        "platform_construction_cost": "300万元",
    }
    found = entry(catalog.match(facts, as_of=dt.date(2023, 10, 15)), "missed", "3.02", "specialized-park-construction")  # 超20%
    assert found and found["by"][0]["distance"] == "0.01%" and found["amount"] == "3000000.00"


def test_a_missed_tier_names_the_nearest(catalog: Catalog) -> None:
    facts = {
        "registered_in_beijing": True,
        "funder_type": "insurance",
        "fund_type": "venture",
        "fund_registered_in_beijing": True,
        "fund_amac_filed": True,
        "annual_contributions": [{"year": 1, "contributed_amount": "2.9亿元"}],
    }
    found = entry(catalog.match(facts), "missed", "4.05", "long-term-capital")
    assert found and found["amount"] == "5000000.00"
    assert found["by"] == [
        {
            "fact": "annual_contributions.contributed_amount",
            "label": found["by"][0]["label"],
            "given": "290000000.00",
            "needed": "300000000.00",
            "distance": "10000000.00",
        }
    ]


def test_a_missing_base_is_a_need(catalog: Catalog) -> None:
    facts = {k: v for k, v in FACTORY.items() if k != "eligible_investment"}
    found = entry(catalog.match(facts, as_of=DAY), "needs", "g09")
    assert found and found["missing"] == ["eligible_investment"] and found["most"] == "30000000.00"


def test_an_excluded_scheme_asks_nothing(catalog: Catalog) -> None:
    answer = catalog.match({"is_ic_design_enterprise": False})
    assert all("g01-ic-first-tapeout" not in q["schemes"] for q in answer["questions"])


def test_questions_come_best_first(catalog: Catalog) -> None:
    asked = catalog.match({})["questions"]
    assert {q["fact"] for q in asked[:3]} == {"applicant_kinds", "fields", "matters"}  # the profile before all others
    decides = [q["decides"] for q in asked[3:]]
    assert decides and decides == sorted(decides, reverse=True)


@pytest.mark.parametrize("name", ["chip-design-house", "bookshop-theatre", "vegetable-cooperative"])
def test_match_says_what_estimates_say(catalog: Catalog, name: str) -> None:
    project = tomli.loads((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    answer = catalog.match(project, as_of=DAY)
    seen = {(e["scheme"], e["benefit"]): e for part in ("now", "if", "needs", "expired") for e in answer[part] if e["status"] != "ineligible"}
    assert seen
    for id in catalog.in_force_ids(DAY):
        for benefit in catalog.estimate(project, id, as_of=DAY).benefits:
            found = seen.pop((id, benefit.id), None)
            if found is not None:
                assert (found["status"], found["amount"]) == (benefit.status, benefit.amount)
    assert not seen


def test_a_typo_is_refused_with_the_nearest_name(catalog: Catalog) -> None:
    with pytest.raises(InputError) as bad:
        catalog.match({"fixed_asset_investmnt": "1亿元"})
    assert "fixed_asset_investment" in bad.value.nearest


def test_the_command_in_every_form() -> None:
    project = str(EXAMPLES / "vegetable-cooperative.toml")
    shown = run(["match", project, "--as-of", "2023-08-01", "--top", "3"])
    assert shown.code == 0 and "设施农业市级奖补" in shown.out and "4,300,000.00" in shown.out
    answer = json.loads(run(["match", project, "--format", "json"]).out)
    assert list(answer) == ["now", "if", "missed", "needs", "outside", "expired", "discretionary", "recognition", "questions", "warnings"]
    rows = list(csv.DictReader(io.StringIO(run(["match", project, "--format", "csv"]).out)))
    assert len(rows) == sum(map(len, answer.values()))
    assert "| 6.03 |" in run(["match", project, "--format", "markdown"]).out
    english = run(["--lang", "en", "match", project, "--top", "1"])
    assert english.code == 0 and "Can get now" in english.out


def test_the_command_refuses_in_words() -> None:
    wrong = run(["match", "nowhere.toml"])
    assert wrong.code == 2 and "nowhere.toml" in wrong.err and not wrong.out
    typo = run(["match", str(EXAMPLES / "vegetable-cooperative.toml"), "--set", "anual_revenue=1万元"])
    assert typo.code == 2 and "annual_revenue" in typo.err


ROBOTS = {"applicant_kinds": ["enterprise"], "fields": ["robotics"], "matters": ["rd", "first_product"]}


def test_the_profile_rules_out_what_is_for_others(catalog: Catalog) -> None:
    answer = catalog.match({**ROBOTS, "registered_in_beijing": True}, as_of=dt.date(2023, 10, 15))
    assert {e["why"] for e in answer["outside"]} == {"applicant_kinds", "fields", "matters"}
    shown = {e["scheme"] for part in ("now", "if", "missed", "needs") for e in answer[part]}
    assert "3.07-robot-plus-first-trial" in shown
    assert not any(id.startswith(("4.54", "4.61", "6.0")) for id in shown)  # bookshops, cinemas, farms
    assert not any(q["fact"].startswith(("plots", "bookshop")) for q in answer["questions"])


def test_a_wider_field_alone_may_mean_a_narrower(catalog: Catalog) -> None:
    def outside(fields: list[str]) -> bool:
        answer = catalog.match({"fields": fields}, as_of=dt.date(2023, 10, 15))
        return any(e["scheme"].startswith("3.07") for e in answer["outside"])

    assert not outside(["manufacturing"]) and not outside(["robotics"]) and outside(["hydrogen"]) and outside(["hydrogen", "manufacturing"])


def test_what_was_said_before_is_what_a_new_catalogue_says(catalog: Catalog) -> None:
    choices = [{"registered_in_beijing": said, "is_high_tech": other, "fields": ["robotics"]} for said in (True, False) for other in (True, False)]
    projects = [{}, FACTORY, *choices, {"annual_revenue": "3000万元", **choices[0]}, {"matters": ["loan"]}]
    for facts in (*projects, *projects):  # the second time most answers are there
        catalog.match(facts, as_of=DAY)
    for entries in catalog.match(choices[0], as_of=DAY).values():
        for one in entries:
            one.clear()  # an answer is the caller's
    for facts in projects:
        assert catalog.match(facts, as_of=DAY) == load_catalog().match(facts, as_of=DAY)


def test_a_profile_not_given_rules_nothing_out(catalog: Catalog) -> None:
    assert catalog.match({"registered_in_beijing": True})["outside"] == []


def test_an_assumption_says_the_value_that_must_hold(catalog: Catalog) -> None:
    facts = {k: v for k, v in FACTORY.items() if k not in ("in_old_factory_ledger", "fixed_asset_investment")}
    found = entry(catalog.match(facts, as_of=DAY), "if", "g09")
    assert found
    needed = {one["fact"]: one["needed"] for one in found["assuming"]}
    assert needed["in_old_factory_ledger"] is True and needed["fixed_asset_investment"] == ">= 5000000.00"


def test_of_alternatives_one_is_assumed_and_records_are_told_in_words(catalog: Catalog) -> None:
    found = entry(catalog.match({"fields": ["manufacturing"], "annual_revenue": "1亿元"}, as_of=dt.date(2023, 10, 15)), "if", "3.14", "specialized-sme-extra")
    assert found and len(found["assuming"]) < len(found["assumed"])
    for facts in ({}, {"registered_in_beijing": True}):
        for one in catalog.match(facts, as_of=dt.date(2023, 10, 15))["if"]:
            assert one["assuming"] and all(told["needed"] is not None for told in one["assuming"]), one["scheme"]
            assert all(told["needed"] is True or told["words"] != told["label"] for told in one["assuming"]), one["scheme"]


def test_what_is_far_away_is_not_just_missed(catalog: Catalog) -> None:
    half, less = ({**FACTORY, "fixed_asset_investment": amount} for amount in ("250万元", "249万元"))  # of 500万元
    assert entry(catalog.match(half, as_of=DAY), "missed", "g09") and not entry(catalog.match(less, as_of=DAY), "missed", "g09")


def test_what_is_not_in_force_stands_apart(catalog: Catalog) -> None:
    answer = catalog.match(FACTORY, as_of=dt.date(2026, 11, 28))
    assert entry(answer, "expired", "g09") and not entry(answer, "now", "g09")


def test_editions_stay_one_each_however_they_are_looked_up(catalog: Catalog) -> None:
    for day in (dt.date(2022, 12, 1), dt.date(2024, 6, 1), dt.date(2025, 6, 1)):
        ids = catalog.in_force_ids(day)
        printed = [id.partition("@")[0] for id in ids]
        assert len(printed) == len(set(printed)) == len([id for id in catalog.ids if "@" not in id])
        assert ids == [catalog.edition_in_force(id, day) for id in printed]


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_screen_wraps_and_never_cuts_an_amount(width: int, lang: str) -> None:
    from calc.report.screen import columns
    from calc.units import grouped

    asked = ["match", str(EXAMPLES / "chip-design-house.toml"), "--as-of", "2023-04-01", "--set", "fields=ic", "--all"]
    answer = json.loads(run([*asked, "--format", "json"]).out)
    lines = run([*asked, "--lang", lang], COLUMNS=str(width)).out.splitlines()
    assert max(map(columns, lines)) <= width
    ends = [line.split()[-1] for line in lines if line.split()]
    for part in ("now", "if", "missed", "expired"):
        for found in answer[part]:
            assert found["amount"] is None or grouped(found["amount"]) in ends


def test_the_screen_says_what_scheme_it_is_and_whom_it_is_for() -> None:
    asked = ["match", str(EXAMPLES / "vegetable-cooperative.toml"), "--as-of", "2023-08-01"]
    first = next(e for e in json.loads(run([*asked, "--format", "json"]).out)["now"])
    shown = "".join(line.strip() for line in run([*asked, "--top", "1"], COLUMNS="160").out.splitlines())
    assert first["title"] in shown and "面向：" in shown and "农业经营主体" in shown


def test_all_lists_what_is_outside_the_profile_with_what_differs() -> None:
    asked = ["match", str(EXAMPLES / "chip-design-house.toml"), "--as-of", "2023-04-01", "--set", "fields=ic"]
    answer = json.loads(run([*asked, "--format", "json"]).out)
    everything, brief = run([*asked, "--all"]).out, run(asked).out
    assert f"与所填画像无关（{len(answer['outside'])}）" in everything and "不符：所属领域" in everything
    assert "不符：" not in brief and "--all" in brief


def test_a_missed_category_is_never_that_something_was_said(catalog: Catalog) -> None:
    """``not given(kind) or kind == x``: what would mend it is the kind x, not to leave the kind out."""
    loan = {"principal": "1亿元", "rate": "4%", "start": "2023-03-01", "end": "2024-03-01", "kind": "working_capital"}
    answer = catalog.match({"registered_in_beijing": True, "loans": [loan], "fields": ["robotics"]}, as_of=dt.date(2023, 10, 15))
    kinds = [by for part in answer["missed"] for by in part["by"] if by["fact"] == "loans.kind"]
    assert kinds and {by["needed"] for by in kinds} <= {"project", "fixed_asset"}  # the kinds the two texts pay for


INCUBATOR = {  # every figure of card 1.16 exactly at its threshold
    "applicant_kinds": ["carrier"],
    "matters": ["certification"],
    "incubator_operating_years": "2年",
    "space_utilisation_rate": "70%",
    "tenants": 20,
    "jobs_provided": 150,
    "incubation_success_rate": "60%",
    "tenant_renewal_rate": "15%",
}


@pytest.mark.parametrize(
    ("change", "verdict", "said"),
    [
        ({}, "met", "还须核对"),
        ({"jobs_provided": 149}, "unmet", "差在：近2年每年提供岗位"),
        ({"jobs_provided": ""}, "unknown", "还要看：近2年每年提供岗位"),
        ({"jobs_provided": "", "tenants": 19}, "unmet", "差在：近2年每年在孵实体"),
    ],
)
def test_a_title_has_its_verdict(catalog: Catalog, tmp_path: Path, change: dict, verdict: str, said: str) -> None:
    facts = {**INCUBATOR, **change}
    answer = catalog.match(facts, as_of=DAY)
    found = entry(answer, "recognition", "1.16")
    assert found and found["verdict"] == verdict and found["amount"] is None and found["support"] is None
    assert {c["result"] for c in found["conditions"]} >= {verdict} and "以孵化为主业" in found["checklist"][0]
    assert found["missing"] == (["jobs_provided"] if verdict == "unknown" else [])
    assert not entry(answer, "recognition", "1.16", "fund-support")  # money without a figure is no title
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"facts": facts}), encoding="utf-8")
    shown = run(["match", str(file), "--as-of", "2023-04-01", "--all"], COLUMNS="160").out
    assert "资质" in shown and {"met": "符合", "unmet": "不符合", "unknown": "待定"}[verdict] in shown
    assert said in shown


def test_titles_are_for_those_who_ask_for_them(catalog: Catalog) -> None:
    carrier = catalog.match({"applicant_kinds": ["carrier"], "matters": ["loan"]}, as_of=DAY)
    assert not entry(carrier, "recognition", "1.16")
    lessor = catalog.match({"applicant_kinds": ["lessor"], "fields": ["finance"], "matters": ["certification"]}, as_of=dt.date(2023, 10, 15))
    found = entry(lessor, "recognition", "4.01")
    assert found and found["verdict"] == "unknown" and any("注册资本不低于2亿元" in point for point in found["checklist"])
    assert not entry(lessor, "recognition", "1.16")
    assert all(q["schemes"] for q in lessor["questions"])


def test_a_title_may_have_no_benefit_of_its_own(tmp_path: Path) -> None:
    shutil.copy(ROOT / "schemes" / "facts.toml", tmp_path)
    whole = (ROOT / "schemes" / "4-services" / "4.01-leasing-company-admission.toml").read_text(encoding="utf-8")
    (tmp_path / "4.01-leasing-company-admission.toml").write_text(whole.partition("[[benefits]]")[0], encoding="utf-8")
    answer = load_catalog(tmp_path).match({"applicant_kinds": ["lessor"], "fields": ["finance"], "matters": ["certification"]}, as_of=dt.date(2023, 10, 15))
    assert [(one["scheme"], one["benefit"], one["verdict"]) for one in answer["recognition"]] == [("4.01-leasing-company-admission", None, "unknown")]


def test_money_without_a_figure_is_told_apart(catalog: Catalog, tmp_path: Path) -> None:
    cinema = {"applicant_kinds": ["enterprise"], "fields": ["film"], "matters": ["operation"], "registered_in_beijing": True}
    answer = catalog.match(cinema, as_of=dt.date(2023, 10, 15))
    found = [one for one in answer["discretionary"] if one["scheme"].startswith("4.61")]
    assert found and all(one["amount"] is None and one["status"] == "no-figure" and one["verdict"] != "unmet" for one in found)
    assert not [one for one in answer["discretionary"] if one["scheme"].startswith("4.75")]  # outside the profile
    abroad = catalog.match({**cinema, "registered_in_beijing": False}, as_of=dt.date(2023, 10, 15))
    assert not [one for one in abroad["discretionary"] if one["scheme"].startswith("4.61")]
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"facts": cinema}), encoding="utf-8")
    shown = run(["match", str(file), "--as-of", "2023-10-15"]).out
    assert "金额由主管部门评定" in shown and "4.61" in shown


def sections_of(answer: dict, scheme: str, benefit: str) -> list[str]:
    return [part for part in ("now", "if", "missed", "needs", "outside", "expired") if entry(answer, part, scheme, benefit)]


def test_a_kind_that_the_text_names_is_meant(catalog: Catalog) -> None:
    """Card 1.18 is for those who build and run parks; a shop's investment is not what it is about."""
    day = dt.date(2023, 10, 15)
    park = catalog.match({"applicant_kinds": ["carrier"], "matters": ["platform"], "registered_in_beijing": True}, as_of=day)
    assert sections_of(park, "1.18", "quality-space-construction") == ["needs"]
    shop = catalog.match({"applicant_kinds": ["enterprise"], "matters": ["platform"], "fields": ["commerce"], "registered_in_beijing": True}, as_of=day)
    assert sections_of(shop, "1.18", "quality-space-construction") == []


def test_a_matter_that_is_not_everybodys_is_meant_where_it_is_ticked(catalog: Catalog) -> None:
    day = dt.date(2023, 10, 15)
    facts = {"applicant_kinds": ["enterprise"], "fields": ["pharma"], "registered_in_beijing": True}
    for matters, shown in ((["headquarters", "rd"], True), (["rd"], False)):
        answer = catalog.match({**facts, "matters": matters}, as_of=day)
        assert bool(sections_of(answer, "4.39", "rd-innovation-center")) is shown


def test_figures_given_for_one_scheme_alone_are_about_it(catalog: Catalog) -> None:
    """A bookshop that tells of its new shop is told that card 4.81 wants a trading firm, though the investment approved is not known."""
    shop = {"sector": "零售", "store_type": "旗舰店", "opening_date": "2023-04-22", "fitout_and_rent": "180万元"}
    facts = {"applicant_kinds": ["enterprise"], "fields": ["publishing"], "matters": ["rent"], "registered_in_beijing": True}
    answer = catalog.match({**facts, "first_stores": [shop]}, as_of=dt.date(2023, 10, 15))
    found = entry(answer, "missed", "4.81", "first-store-grant")
    assert found and found["amount"] is None and found["by"][0]["fact"] == "fields"
    without = catalog.match(facts, as_of=dt.date(2023, 10, 15))
    assert sections_of(without, "4.81", "first-store-grant") == ["outside"]
