"""Two facts that are one thing: what is given of one is given of both, and a contradiction is refused."""

import json
import time
from pathlib import Path

import pytest
import tomli

from calc import Catalog, InputError, SchemeError, load_catalog
from calc.questions.ask import Interview
from calc.questions.fill.project import read_projects
from calc.questions.fill.template import layout
from tests.command import run

FILLS = [
    ("pct_applications_last_year", "100", "prior_year_pct_applications", 100),
    ("prior_year_pct_applications", "100", "pct_applications_last_year", 100),
    ("foreign_parent_assets", "2亿美元", "parent_total_assets", 200_000_000),
    ("parent_total_assets", "2亿美元", "foreign_parent_assets", 200_000_000),
    ("listing_venue", "A股", "is_listed_company", True),
    ("listing_venue", "未上市", "is_listed_company", False),
    ("trade_enterprise_kind", "“双自主”企业", "is_dual_autonomous", True),
    ("trade_enterprise_kind", "一般外贸企业", "is_trade_service_enterprise", False),
    ("is_trade_service_enterprise", "是", "trade_enterprise_kind", "trade_service"),
    ("voucher_applicant_kind", "小微企业", "voucher_applicant_type", "enterprise"),
    ("voucher_applicant_kind", "创业团队", "voucher_applicant_type", "team"),
    ("voucher_applicant_type", "创业团队", "voucher_applicant_kind", "startup_team"),
]


@pytest.mark.parametrize(("fact", "value", "twin", "said"), FILLS)
def test_one_fills_the_other(catalog: Catalog, fact: str, value: str, twin: str, said: object) -> None:
    assert catalog.facts.read({fact: value})[twin] == said


@pytest.mark.parametrize(
    ("fact", "value", "twin"),
    [
        ("voucher_applicant_type", "enterprise", "voucher_applicant_kind"),  # a medium-sized firm is one, too
        ("voucher_applicant_kind", "other", "voucher_applicant_type"),
        ("trade_enterprise_kind", "trade_service", "is_dual_autonomous"),  # it may have marks of its own
        ("is_listed_company", "是", "listing_venue"),
        ("is_dual_autonomous", "是", "trade_enterprise_kind"),  # it may be a service firm, too
        ("listing_venue", "新三板挂牌", "is_listed_company"),  # quoted there, not listed: what a card means by it is for the applicant to say
    ],
)
def test_what_is_not_said_stays_open(catalog: Catalog, fact: str, value: str, twin: str) -> None:
    assert twin not in catalog.facts.read({fact: value})


def test_a_contradiction_names_both_facts_and_both_values(catalog: Catalog) -> None:
    with pytest.raises(InputError) as caught:
        catalog.estimate({"listing_venue": "A股", "is_listed_company": "否"}, "4.52")
    for said in ("is_listed_company", "否", "listing_venue", "上市地", "A股"):
        assert said in str(caught.value)
    assert catalog.facts.read({"listing_venue": "A股", "is_listed_company": "是"})["is_listed_company"] is True


def test_an_estimate_takes_the_fact_by_its_other_name(catalog: Catalog) -> None:
    def result(given: dict[str, str]) -> list[str]:
        conditions = catalog.estimate(given, "4.88").benefits[0].conditions
        return [one.result for one in conditions if "foreign_parent_assets" in one.given]

    assert result({"parent_total_assets": "2亿美元"}) == ["met"]
    assert result({"parent_total_assets": "1.9999亿美元"}) == ["unmet"]


def test_both_engines_fill_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "project,parent_total_assets,foreign_parent_assets,listing_venue,is_listed_company,is_dual_autonomous,trade_enterprise_kind\n"
        "a,2亿美元,,A股,,,\nb,,2亿美元,,否,,\nc,1亿美元,2亿美元,,,,\nd,,,未上市,是,,\ne,,,A股,是,否,“双自主”企业\nf,,,,,,一般外贸企业\n"
        "g,2亿美元,20000万美元,新三板挂牌,否,,\nh,,,,,,\n",
        encoding="utf-8",
    )
    answers = []
    for engine in ("columns", "explainer"):
        names = "4.52", "4.86", "4.88", "4.73"
        schemes = [word for name in names for word in ("--scheme", name)]
        out = run(["subsidy", "batch", "rows.csv", *schemes, "--engine", engine, "-o", f"{engine}.csv", "--rejects", f"{engine}-no.csv"], cwd=tmp_path)
        assert out.code in (0, 1), out.err
        answers.append(((tmp_path / f"{engine}.csv").read_bytes(), (tmp_path / f"{engine}-no.csv").read_text(encoding="utf-8-sig")))
    assert answers[0] == answers[1]
    refused = {line.split(",")[2]: line for line in answers[0][1].splitlines()[1:]}
    assert sorted(refused) == ["c", "d", "e"]
    assert "foreign_parent_assets" in refused["c"] and "parent_total_assets" in refused["c"]
    assert "A股" not in refused["d"] and "未上市" in refused["d"] and "是" in refused["d"]


def test_eight_times_the_rows_that_contradict_take_eight_times_as_long(catalog: Catalog, tmp_path: Path) -> None:
    """Not sixty-four times: every row of a long table may contradict itself."""

    def took(rows: int) -> float:
        table = tmp_path / f"{rows}.csv"
        table.write_text("project,parent_total_assets,foreign_parent_assets\n" + "".join(f"{n},1亿美元,2亿美元\n" for n in range(rows)), encoding="utf-8")
        begun = time.process_time()
        summary = catalog.batch(table, tmp_path / "out.csv", schemes=["4.88"])
        assert (summary.written, summary.rejected) == (0, rows)
        return time.process_time() - begun

    few = took(2_000)
    assert took(16_000) < 24 * few + 1


def test_a_table_says_what_the_projects_alone_say(catalog: Catalog, tmp_path: Path) -> None:
    rows = [{fact: value, "project": str(n)} for n, (fact, value, *_) in enumerate(FILLS)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    out = run(["subsidy", "batch", "rows.jsonl", "--scheme", "4.86", "--scheme", "4.52", "--scheme", "4.88", "--scheme", "4.21", "-o", "out.csv"], cwd=tmp_path)
    assert out.code == 0, out.err
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    head = lines[0].split(",")
    for line in lines[1:]:
        said = dict(zip(head, line.split(","), strict=False))
        given = {key: value for key, value in rows[int(said["project"])].items() if key != "project"}
        benefit = next(b for b in catalog.estimate(given, said["scheme"]).benefits if b.id == said["benefit"])
        assert said["status"] == benefit.status


def test_a_match_asks_one_of_them(catalog: Catalog) -> None:
    asked = [one["fact"] for one in catalog.match({})["questions"]]
    for one, other in {frozenset((fact, twin)) for fact, _, twin, _ in FILLS if fact != "voucher_applicant_type"}:
        assert not {one, other} <= set(asked)
    assert "trade_enterprise_kind" in asked
    after = [one["fact"] for one in catalog.match({"trade_enterprise_kind": "dual_independent"})["questions"]]
    assert "is_dual_autonomous" not in after


def test_a_benefit_that_reads_two_facts_answered_by_one_is_decided_once(catalog: Catalog) -> None:
    found = catalog.match({"registered_in_beijing": True, "has_trade_qualification": True})
    (kind,) = [one for one in found["questions"] if one["fact"] == "trade_enterprise_kind"]
    benefits = [one for name in ("if", "needs") for one in found[name] if one["scheme"][:4] in ("4.72", "4.86")]
    assert 0 < kind["decides"] <= len(benefits)


def test_an_interview_asks_one_of_them(catalog: Catalog) -> None:
    interview = Interview(catalog, ["4.72", "4.86"])
    asked = []
    while (question := interview.question()) is not None:
        asked.append(question.place[0])
        if question.place == ("trade_enterprise_kind",):
            interview.answer(question, "一般外贸企业")
        else:
            interview.skip(question)
    assert "trade_enterprise_kind" in asked
    assert not {"is_dual_autonomous", "is_trade_service_enterprise"} & set(asked)


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "toml"])
def test_a_form_asks_for_one_of_them(catalog: Catalog, tmp_path: Path, suffix: str) -> None:
    given = {"parent_total_assets": "2亿美元", "trade_enterprise_kind": "外贸综合服务企业", "listing_venue": "A股"}
    path = tmp_path / f"form.{suffix}"
    catalog.template(["4.88", "4.73", "4.72", "4.86"], path, [{"name": "甲", "facts": given}])
    (columns,) = [sheet.columns for sheet in layout(catalog, [catalog.find(name) for name in ("4.88", "4.73", "4.72", "4.86")]) if not sheet.records]
    assert "foreign_parent_assets" in columns and "parent_total_assets" not in columns
    assert "“外贸企业类型”" in columns["is_trade_service_enterprise"].help and "“" not in columns["trade_enterprise_kind"].help
    if suffix == "toml":
        back = tomli.loads(path.read_text(encoding="utf-8"))
        assert "is_listed_company" not in back["facts"]  # no scheme of the form asks for it, and the venue says it
    else:
        (back,) = read_projects(path, catalog.facts)
    assert catalog.read(back) == catalog.facts.read(given)


def test_the_list_of_facts_says_which_need_not_be_given(catalog: Catalog) -> None:
    (one,) = [one for one in catalog.find_facts("已上市") if one["fact"] == "is_listed_company"]
    assert one["answered_by"] == ["listing_venue"]
    assert "填了“上市地”（listing_venue）就不必再填" in run(["subsidy", "facts", "已上市"]).out
    table = run(["subsidy", "facts", "外贸企业类型", "--format", "csv"]).out
    assert table.splitlines()[1].rstrip().endswith(",is_trade_service_enterprise")


def test_the_schema_knows_them(catalog: Catalog) -> None:
    said = catalog.schema("facts")["$defs"]
    assert "#/$defs/known" in json.dumps(said["fact"]["properties"]["same_as"]) and "listing_venue" in said["known"]["enum"]


def test_what_is_varied_takes_its_twin_along(catalog: Catalog) -> None:
    def results(vary: str) -> list[object]:
        found = catalog.whatif({"foreign_parent_assets": "1亿美元"}, "4.88", vary={vary: "1亿美元..3亿美元:1亿美元"})
        return [[benefit["status"] for benefit in point["benefits"]] for point in found["points"]]

    assert results("parent_total_assets") == results("foreign_parent_assets")


WRONG = [
    ('[a]\ntype = "bool"\nlabel = "甲"\nsame_as = "bb"\n', "same_as"),
    ('[a]\ntype = "bool"\nlabel = "甲"\nsame_as = "a"\n', "same_as"),
    ('[a]\ntype = "money"\nlabel = "甲"\nsame_as = "b"\n', "same_as"),
    ('[a]\ntype = "bool"\nlabel = "甲"\nanswers = { c = { true = true } }\n', "answers.c"),
    ('[a]\ntype = "bool"\nlabel = "甲"\nanswers = { b = { yes = true } }\n', "answers.b.yes"),
    ('[a]\ntype = "bool"\nlabel = "甲"\nanswers = { b = { true = "是" } }\n', "answers.b.true"),
    ('[a]\ntype = "money"\nlabel = "甲"\nanswers = { b = { true = true } }\n', "answers.b"),
    ('[a]\ntype = "bool"\nlabel = "甲"\nanswers = { b = true }\n', "answers"),
]


@pytest.mark.parametrize(("wrong", "named"), WRONG)
def test_a_wrong_declaration_is_refused(tmp_path: Path, wrong: str, named: str) -> None:
    (tmp_path / "facts.toml").write_text('[b]\ntype = "bool"\nlabel = "乙"\n\n' + wrong, encoding="utf-8")
    out = run(["subsidy", "check", "--schemes", str(tmp_path)], cwd=tmp_path)
    assert out.code != 0 and named in out.out + out.err and ":5" in out.out + out.err
    with pytest.raises(SchemeError, match=named):
        load_catalog(tmp_path)
