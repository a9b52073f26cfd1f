"""What list and show say of the schemes."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest

from calc import Catalog, InputError
from tests.command import run

DAY = dt.date(2023, 6, 1)


def ids(catalog: Catalog, **filters: str) -> list[str]:
    return [e["id"].partition("-")[0] for e in catalog.listing(as_of=DAY, **filters)]  # type: ignore[arg-type]


def test_all_schemes_in_the_order_of_the_cards(catalog: Catalog) -> None:
    found = ids(catalog)
    assert len(found) == 179
    assert found[:3] == ["1.01", "1.02", "1.03"]
    assert found.index("4.09") < found.index("4.10") < found.index("6.04") < found.index("g01") < found.index("g10")


def test_parts(catalog: Catalog) -> None:
    assert [len(ids(catalog, part=part)) for part in ("1", "2", "3", "4", "5", "6", "g")] == [24, 3, 16, 99, 5, 4, 28]


def test_filters_hold_together(catalog: Catalog) -> None:
    assert ids(catalog, part="g", support="interest") == ["g07", "g15"]
    assert ids(catalog, part="g", support="贴息", validity="expired") == ["g07"]
    assert ids(catalog, outcome="index") == ["3.01"]
    assert len(ids(catalog, outcome="none")) == 39
    assert set(ids(catalog, nature="gap")) == {s.id.partition("-")[0] for s in catalog.schemes() if any(b.nature == "gap" for b in s.benefits)}
    assert ids(catalog, authority="农业农村局") == ["6.01", "6.02", "6.03"]


def test_words_may_be_slugs_or_labels_in_either_language(catalog: Catalog) -> None:
    assert ids(catalog, nature="ceiling") == ids(catalog, nature="最高额") == ids(catalog, nature=" Ceiling ")
    with pytest.raises(InputError) as bad:
        catalog.listing(support="grnat")
    assert (bad.value.fact, bad.value.value, bad.value.nearest[0]) == ("--support", "grnat", "grant")


def test_search_looks_into_titles_benefits_and_clauses(catalog: Catalog) -> None:
    assert "1.01" in ids(catalog, search="贴息")  # a benefit's label
    assert ids(catalog, search="房租通") == ["4.53"]  # a title
    assert ids(catalog, search="方向13") == ["g13"]  # a clause
    assert ids(catalog, search="robot first trial") == ids(catalog, search="FIRST robot trial")
    assert ids(catalog, search="no such words") == []


def test_validity_includes_both_ends(catalog: Catalog) -> None:
    def state(day: dt.date) -> str:
        return next(e["validity"] for e in catalog.listing(part="g", as_of=day) if e["id"].startswith("g07"))

    assert [state(dt.date(2023, m, d)) for m, d in ((2, 23), (2, 24), (4, 15), (4, 16))] == ["not-yet", "in-force", "in-force", "expired"]


@pytest.mark.parametrize(
    ("scheme", "most"),
    [
        ("1.01", "50000000.00"),  # one of two, each at most 5000万元
        ("g07", "100000000.00"),  # two that share 1000万元 a year for one year, and 3000万元 in each of three years
        ("g13", "100000000.00"),  # 1亿元 for a maker of whole vehicles
        ("6.01", None),  # so much a tonne: nothing bounds it
        ("4.77", "200000.00"),  # 5万元 and 20万元 that share 20万元
        ("1.03", None),  # pays no money
        ("3.01", None),  # the index
    ],
)
def test_the_most_a_scheme_can_pay(catalog: Catalog, scheme: str, most: str | None) -> None:
    assert catalog.show(scheme)["most"] == most


def test_no_case_pays_more_than_the_most(catalog: Catalog) -> None:
    from decimal import Decimal

    from tests.estimate.test_cases import ALL

    bounds = {e["id"]: e["most"] for e in catalog.listing()}
    for param in ALL[::7]:
        scheme, base, case = getattr(param, "values", param)
        total = catalog.estimate({**base, **case.get("given", {})}, scheme).total_if
        assert total is None or bounds[scheme] is None or Decimal(total) <= Decimal(bounds[scheme])


def test_show_says_everything_of_a_scheme(catalog: Catalog) -> None:
    found = catalog.show("g07", DAY)
    first = found["benefits"][0]
    assert first["formula"] == [
        "贷款（逐笔），逐项计算再相加（只计：贷款类别属于：固定资产投资贷款、研发贷款、其他中长期贷款"
        " 或 （贷款类别为（建设类重大）项目贷款 且 够不上建设类重大项目））：",
        "　按 年化实际利率 与 2% 中较低者 计息（实际天数/360），最多1年",
        "其中够不上建设类重大项目：已填写项目总投资额 且 已填写具有全局性、战略性的建设类重大项目"
        " 且 项目总投资额 < 10亿元 且 不是具有全局性、战略性的建设类重大项目",
    ]
    assert first["limits"] == [{"limit": "1000万元", "scope": "enterprise-year"}]
    assert first["conditions"] == ["所属产业属于：工业重点产业、软件信息服务业", "2022年在京固定资产投资纳统额 ≥ 500万元"]
    assert first["figures"] == ["500万元", "2%", "1年", "10亿元", "1000万元"]
    assert (found["conditions"], found["later_batch"], found["validity"]) == (["在北京市注册或登记"], "g15-investment-loan-interest-2", "expired")
    assert found["group_caps"][0]["limit"] == "10000000.00"
    asked = {fact["id"]: fact for fact in found["facts"]}
    assert [f["id"] for f in asked["loans"]["fields"]] == ["principal", "start", "end", "rate", "kind"]
    assert asked["industry"]["values"] == {"key_industrial": "工业重点产业", "software_info": "软件信息服务业", "other": "其他"}


def test_show_gives_the_reason_where_there_is_no_figure() -> None:
    assert "没有金额" in run("show 1.03").out + run("show 1.04").out
    assert "原文没有" in run("show 1.03").out or "没有任何补助标准" in run("show 1.03").out
    assert "g20 数据要素市场示范奖励" in run("show 3.01").out and "g20-data-market" not in run("show 3.01").out


def test_cases_are_told_one_a_line(catalog: Catalog) -> None:
    formula = catalog.show("g10")["benefits"][0]["formula"]
    assert formula[0] == "比例 × 纳入奖励范围的投资额"
    assert formula[1] == "其中比例："
    assert formula[2].endswith("时：30%")
    assert formula[-1].endswith("：20%")


def test_list_as_json_csv_and_markdown() -> None:
    entries = json.loads(run("list --part g --format json").out)
    rows = list(csv.DictReader(io.StringIO(run("list --part g --format csv").out)))
    assert [e["id"] for e in entries] == [r["id"] for r in rows]
    assert [e["most"] or "" for e in entries] == [r["most"] for r in rows]
    assert next(r for r in rows if r["id"].startswith("g07"))["support"] == "interest"
    lines = run("list --part g --format markdown").out.splitlines()
    assert lines[0] == "| 编号 | 政策 | 支持方式 | 最高（元） | 效力 |"
    assert len(lines) == 30


def test_an_empty_list_says_so_and_is_no_error() -> None:
    done = run("list --search 没有这样的政策")
    assert (done.code, done.out, done.err) == (0, "", "没有符合条件的政策\n")
    assert json.loads(run("list --search 没有这样的政策 --format json").out) == []


def test_a_supplement_is_named_beside_the_figure_and_where_the_same_money_stands(catalog: Catalog) -> None:
    """2.02 leaves the rate to the fund's direction 13: seen; 3.12 the same, but the original was not seen; 3.02 computes nothing itself."""
    shown = {s: {b["id"]: b for b in catalog.show(s)["benefits"]} for s in ("2.02", "3.12", "3.02")}
    seen = shown["2.02"]["chain-coordination-award"]
    assert seen["basis"] == "g方向13，2023年高精尖资金实施指南（第一批）（2023-02-24 发布）"
    assert seen["elsewhere"] == "同一笔钱又见 g13"
    assert shown["3.12"]["supply-chain-award"]["basis"].endswith("（2023-02-24 发布；未见到原件）")
    assert shown["3.02"]["new-infrastructure-support"]["elsewhere"] == "金额见 5.02、5.03"
    page = run("show 2.02").out
    assert "和补充依据" in page and "补充依据 g方向13" in page


def test_services_in_kind_carry_no_word_of_money(catalog: Catalog) -> None:
    for entry in (catalog.show("1.14"), catalog.show("1.17")):
        assert entry["support"] == []
    assert "1.14" not in ids(catalog, support="operating")
    page = run("show 1.14").out
    assert "\n非资金；条款" in page and "运营补贴" not in page


def test_what_pays_nothing_says_how_far_it_is_met(tmp_path) -> None:
    """The training base needs 2 years, 20 teachers, 10 senior ones, 3 years of its head: one unmet decides."""
    facts = {"training_experience_years": 2, "teachers": 20, "senior_teachers": 10, "lead_training_years": 3}
    for given, verdict in ((facts, "满足"), ({**facts, "teachers": 19}, "不满足"), ({k: v for k, v in facts.items() if k != "teachers"}, "未说明")):
        path = tmp_path / "project.toml"
        path.write_text("[facts]\n" + "".join(f"{k} = {v}\n" for k, v in given.items()), encoding="utf-8")
        head = next(line for line in run(f"estimate {path} -s 1.14").out.splitlines() if line.startswith("示范基地认定授牌"))
        assert head.split() == ["示范基地认定授牌", verdict]


def test_a_denial_reads_as_people_say_it(catalog: Catalog, tmp_path) -> None:
    """That a project has no other funds is said so, with no "no" beside it that turns the sense round; unmet says the same condition."""
    said = "申报项目（同一建设内容）未获中央或其他市级财政资金"
    [benefit] = catalog.show("5.05")["benefits"]
    assert said in benefit["conditions"]
    for given, mark in (("false", "✓ 满足"), ("true", "✗ 不满足")):
        path = tmp_path / "project.toml"
        path.write_text(f"[facts]\nhas_other_central_or_municipal_funds = {given}\n", encoding="utf-8")
        [line] = [line for line in run(f"estimate {path} -s 5.05", width=120).out.splitlines() if said in line]
        assert line.startswith(mark) and line.rstrip().endswith("资金")


def test_when_and_where_to_apply_is_told() -> None:
    lines = [line.split() for line in run("show 4.21").out.splitlines()]
    assert ["申报时间", "分周期定期在指定网站发放，每周期的总额度发完即止"] in lines
    assert ["咨询", "北京市科学技术委员会", "55577777"] in lines


def test_a_later_document_is_told_of_from_its_day_on(catalog: Catalog) -> None:
    """京科发〔2022〕5号 was replaced on 26 August 2024 by a document whose figures were not seen: an estimate says so, and so does a plan."""
    [later] = catalog.show("4.24")["later"]
    assert later["published"] == "2024-08-26" and later["document"].startswith("京科发〔2024〕13号")
    assert any(line.startswith("后续文件") and "京科发〔2024〕13号" in line for line in run("show 4.24", width=120).out.splitlines())
    facts = {"registered_in_beijing": True, "contract_amount": "1000万元", "project_in_beijing": True}
    for day, told in ((dt.date(2024, 8, 25), False), (dt.date(2024, 8, 26), True)):
        warnings = catalog.estimate(facts, "4.33", as_of=day).warnings
        assert any("京科发〔2024〕13号" in said and "申报前请核对" in said for said in warnings) is told
        assert any("京科发〔2024〕13号" in said for said in catalog.plan(facts, schemes=["4.33"], as_of=day)["warnings"]) is told
    assert any("（2024-10）" in said for said in catalog.estimate({}, "1.18", as_of=dt.date(2024, 10, 1)).warnings)  # of that month
    assert not any("（2024-10）" in said for said in catalog.estimate({}, "1.18", as_of=dt.date(2024, 9, 30)).warnings)


def test_a_number_of_items_says_which_count(catalog: Catalog) -> None:
    """Projects brought in count from a revenue of 1000万元 on, those going out from 5000万元 on."""
    transfers = next(b for b in catalog.show("4.39")["benefits"] if b["id"] == "cross-border-tech-transfer")
    at = transfers["formula"].index("其中符合条件项数：")
    assert "达标的引进项目 或 达标的走出去项目" in transfers["formula"][at + 1]
    inbound, outbound = transfers["formula"][at + 2 :]
    assert inbound.startswith("其中达标的引进项目：") and "1000万元" in inbound
    assert outbound.startswith("其中达标的走出去项目：") and "5000万元" in outbound
    assert transfers["figures"] == ["1000万元", "5000万元", "5个", "200万元", "3个", "100万元", "1个", "50万元"]  # and no 1 that each item counts as


def test_conditions_of_a_single_benefit_are_its_own(catalog: Catalog) -> None:
    """They stand beside its clause, not under a head for all benefits; of several benefits, what all ask stands once."""
    single, several = catalog.show("4.07"), catalog.show("4.05")
    assert single["conditions"] == [] and "年营业收入 ≤ 2亿元" in single["benefits"][0]["conditions"]
    assert several["conditions"] == ["在北京市注册或登记"]


def test_what_is_stated_in_words(catalog: Catalog) -> None:
    """Loans for a major project: those that say so, those that do not, and those that say nothing of their kind."""
    formulas = {b["id"]: "".join(b["formula"]) for s in ("3.12", "3.16") for b in catalog.show(s)["benefits"]}
    assert "注明“用于重大项目" in formulas["major-loan-interest"] and "已填写" not in formulas["major-loan-interest"]
    assert "没有注明“用于重大项目" in formulas["general-loan-interest"]
    assert "没有填贷款类别 或 贷款类别属于" in formulas["loan-interest"]


# ---------------------------------------------------------------- by profile, and the facts


def test_a_profile_leaves_out_what_is_for_others_only(catalog: Catalog) -> None:
    robots = ids(catalog, fields="机器人")
    assert "3.05" in robots and "3.12" not in robots  # the robot cluster, not the hydrogen industry
    assert "1.01" in robots  # a text that names no field is for every field
    assert robots == ids(catalog, fields="robotics")
    assert set(ids(catalog, fields="robotics", matters="loan")) < set(robots)


def test_of_several_values_one_is_enough(catalog: Catalog) -> None:
    both = catalog.listing(as_of=DAY, fields=["robotics", "hydrogen"])
    assert {"3.05", "3.12"} <= {e["id"].partition("-")[0] for e in both}


def test_a_profile_word_that_is_unknown_is_refused(catalog: Catalog) -> None:
    with pytest.raises(InputError) as bad:
        catalog.listing(matters="贷")
    assert "贷款" in str(bad.value)


def test_list_and_template_by_profile(tmp_path: Path) -> None:
    shown = run("subsidy list --field 机器人 --matter 贷款 --for 企业 --format json")
    schemes = [e["id"] for e in json.loads(shown.out)]
    assert any(id.startswith("3.05") for id in schemes) and not any(id.startswith("3.12") for id in schemes)
    file = tmp_path / "form.toml"
    assert run(["template", "--field", "机器人", "--matter", "贷款", "-o", str(file)]).code == 0
    written = file.read_text("utf-8")
    assert "loans" in written and "hydrogen" not in written
    refused = run(["template", "-o", str(tmp_path / "none.toml")])
    assert refused.code == 2 and "--field" in refused.err


def test_facts_are_found_by_name_help_and_choice(catalog: Catalog) -> None:
    loans = catalog.find_facts("贷款 本金")
    assert loans[0]["fact"] == "loans.principal"  # called so; the others only say it in their help
    assert catalog.find_facts("LOANS.principal")[0] == loans[0]
    assert any(one["fact"] == "fields" for one in catalog.find_facts("机器人"))  # a choice of it
    assert catalog.find_facts("没有这样的字") == []
    everything = [one["fact"] for one in catalog.find_facts()]
    assert {id for id in everything if "." not in id} == set(catalog.facts.by_id)
    assert len(everything) == len(set(everything))


def test_facts_by_what_they_say_who_asks(catalog: Catalog) -> None:
    asking = [s.id for s in catalog.schemes() if "loans" in s.facts]
    assert next(one for one in catalog.find_facts("loans") if one["fact"] == "loans")["schemes"] == len(asking) > 0


def test_the_facts_on_the_screen_fit_it() -> None:
    from calc.report.screen import columns

    for lang in ("zh", "en"):
        done = run(["facts", "loan", "--lang", lang], COLUMNS="60")
        assert done.code == 0 and max(map(columns, done.out.splitlines())) <= 60
    assert run("subsidy facts 没有这样的字").code == 0
    rows = list(csv.DictReader(io.StringIO(run("subsidy facts 贷款 --format csv").out)))
    assert {"fact", "label", "accepted"} <= set(rows[0])


def test_what_changed_between_editions_is_told_from_the_data(catalog: Catalog) -> None:
    """Card 1.21: the edition of 2024 pays for what was bought from December 2023, in other fields; that of 2025 for eight fields instead of nine."""
    first = catalog.show("1.21@2024", as_of=dt.date(2026, 1, 1))["changed"]
    assert first["since"] == "1.21-equipment-loan-interest"
    told = {one["what"]: (one["before"], one["after"]) for one in first["changes"]}
    assert told["validity"] == ("2022-12-14/2023-11-30", "2024-04-19/2024-12-31")
    assert "节能降碳与环保" in told["conditions"][0] and "节能降碳与环保" not in told["conditions"][1]
    assert "2023年12月1日" in told["conditions"][1] and "战略性新兴产业" in told["conditions"][1]
    assert told["formula"][1] == "贷款（逐笔），逐项计算再相加"  # what it announces is as before, and is not told
    second = catalog.show("1.21@2025", as_of=dt.date(2026, 1, 1))["changed"]
    told = {one["what"]: (one["before"], one["after"]) for one in second["changes"]}
    assert "9大领域" in told["conditions"][0] and "8大领域" in told["conditions"][1] and "formula" not in told
    assert catalog.show("1.21")["changed"] is None and catalog.show("1.01")["editions"] == []


def test_a_cap_and_a_benefit_that_fall_away_are_told(catalog: Catalog) -> None:
    """Card g05: of three insurances the edition of 2024 has one, whose cap is no longer of each year."""
    told = catalog.show("g05@2024")["changed"]["changes"]
    assert [one["benefit"] for one in told if one["what"] == "dropped"] == ["chip-insurance", "connected-vehicle-insurance"]
    (cap,) = [one for one in told if one["what"] == "limits"]
    assert "每年" in cap["before"] and "每年" not in cap["after"]
    assert [one["benefit"] for one in catalog.show("4.75@2024")["changed"]["changes"] if one["what"] == "added"]
    shown = run(["show", "g05@2024", "--as-of", "2024-06-01"]).out
    assert "与上一版 g05 相比" in shown and "不再有的支持项" in shown
    assert "Changes since g05" in run(["--lang", "en", "show", "g05@2024", "--format", "markdown"]).out


def test_editions_stand_below_their_scheme(catalog: Catalog) -> None:
    lines = run(["list", "--part", "g", "--as-of", "2024-06-01"], width=160).out.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("g01 "))
    assert lines[place + 1].startswith("└ g01@2023b2")
    found = {e["id"]: e["edition_of"] for e in catalog.listing(part="g")}
    assert found["g01-ic-first-tapeout@2023b2"] == "g01-ic-first-tapeout" and found["g01-ic-first-tapeout"] is None


def test_the_edition_for_the_day_is_marked_only_where_it_is_in_force(catalog: Catalog) -> None:
    current = [e["id"] for e in catalog.show("1.21", as_of=dt.date(2026, 1, 1))["editions"] if e["current"]]
    assert current == ["1.21-equipment-loan-interest@2025"]
    assert not any(e["current"] for e in catalog.show("1.21", as_of=dt.date(2025, 2, 1))["editions"])
    shown = run(["estimate", "examples/big-plant.toml", "-s", "1.21", "--as-of", "2026-01-01"]).out
    assert "1.21@2025" in shown  # which edition is in force is said where the printed one is asked for


def test_a_day_that_the_card_does_not_give_is_said_to_be_so() -> None:
    assert "2023-09-26 起，截止日卡片未载" in run(["show", "1.01"]).out


def test_categories_of_the_same_amount_stand_in_one_line(catalog: Catalog) -> None:
    [large, *_] = catalog.show("4.58", as_of=DAY)["benefits"]
    assert large["formula"][0] == "大型作品门类属于：歌剧、舞剧、音乐剧（歌舞剧）时：400万元"
    assert len(large["formula"]) == 7  # seven amounts for fourteen kinds


def test_what_a_name_stands_for_is_told_once_below_the_formula(catalog: Catalog) -> None:
    [outlets, *_] = catalog.show("4.95", as_of=DAY)["benefits"]
    assert outlets["formula"][-1].startswith("其中营业收入和门店数达到该类网点的要求：")
    [bank] = [b for b in catalog.show("4.52", as_of=DAY)["benefits"] if b["id"] == "bank-award"]
    assert [line for line in bank["formula"] if "其中按1%计奖的规模" in line] == ["其中按1%计奖的规模：其中信用贷、无形资产抵押贷 与 3000万元 中较低者"]


def test_figures_are_those_of_the_text(catalog: Catalog) -> None:
    [online] = [b for b in catalog.show("4.57", as_of=DAY)["benefits"] if b["id"] == "online-performance"]
    assert "5000万" in online["figures"]
    [shop, *_] = catalog.show("4.65", as_of=DAY)["benefits"]  # the year before the application is no figure
    assert shop["figures"] == ["50%", "20%", "100万元", "50万元"]


def test_the_most_is_held_by_a_shared_cap_that_turns_on_a_fact(catalog: Catalog) -> None:
    assert catalog.show("4.72", as_of=DAY)["most"] == "15000000.00"
