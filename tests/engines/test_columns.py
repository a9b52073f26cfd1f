"""The column engine gives what the explainer gives: on random projects of all schemes, and on figures checked by hand."""

import datetime as dt
import random

import duckdb
import pytest

from calc.engines.columns import ColumnType, compile_scheme, scheme_columns, select
from calc.engines.statuses import ORDER
from calc.facts.load import load_facts
from calc.language.scheme import load_scheme
from calc.rates.lpr import load_lpr
from tests.blocks import Tally, block, compare

FACTS = {
    "investment": {"type": "money", "label": "投资"},
    "revenue": {"type": "money", "label": "收入", "signed": True},
    "share": {"type": "percent", "label": "比例"},
    "area": {"type": "area", "label": "面积"},
    "people": {"type": "count", "label": "人数"},
    "is_new": {"type": "bool", "label": "新设"},
    "is_high_tech": {"type": "bool", "label": "高新"},
    "opened": {"type": "date", "label": "开业日"},
    "grade": {"type": "enum", "label": "级别", "values": {"a": "甲", "b": "乙", "c": "丙"}},
    "deals": {
        "type": "list",
        "label": "合同",
        "fields": {
            "amount": {"type": "money", "label": "金额"},
            "party": {"type": "number", "label": "对方"},
            "year": {"type": "number", "label": "年度"},
            "years": {"type": "count", "label": "年限"},
            "signed_on": {"type": "date", "label": "签订日"},
            "is_domestic": {"type": "bool", "label": "境内"},
        },
    },
    "loans": {
        "type": "list",
        "label": "贷款",
        "fields": {
            "principal": {"type": "money", "label": "本金"},
            "rate": {"type": "percent", "label": "利率"},
            "start": {"type": "date", "label": "放款日"},
            "end": {"type": "date", "label": "到期日"},
            "lpr_term": {"type": "enum", "label": "期限品种", "values": {"1Y": "1年", "5Y": "5年"}},
            "drawdowns": {"type": "list", "label": "提款", "fields": {"date": {"type": "date", "label": "日"}, "amount": {"type": "money", "label": "额"}}},
            "repayments": {"type": "list", "label": "还款", "fields": {"date": {"type": "date", "label": "日"}, "amount": {"type": "money", "label": "额"}}},
        },
    },
}
NAMES = load_facts(FACTS)
MONEY, PERCENT, COUNT = "DECIMAL(15,2)", "DECIMAL(6,4)", "DECIMAL(9,0)"
SQL = {"money": MONEY, "percent": PERCENT, "area": MONEY, "count": COUNT, "number": COUNT, "bool": "BOOLEAN", "date": "DATE", "enum": "VARCHAR"}
BENEFIT = """
[[benefits]]
id = "{id}"
label = "支持"
clause = "一"
nature = "ceiling"
support = "grant"
"""
HEAD = """
id = "test"
title = "测试"
{top}
[source]
card = "1.01"
document = "文"
authority = "委"
"""


def column(definition):
    if definition.type == "list":
        fields = {id: column(inner) for id, inner in definition.fields.items()}
        return ColumnType("list", "STRUCT(" + ", ".join(f'"{id}" {t.sql}' for id, t in fields.items()) + ")[]", fields=fields)
    sql = SQL[definition.type]
    width, scale = map(int, sql[8:-1].split(",")) if sql.startswith("DECIMAL") else (0, 0)
    return ColumnType(definition.type, sql, width, scale)


def literal(definition, value):
    if value is None:
        return "NULL"
    if definition.type == "list":
        rows = []
        for row in value:
            rows.append("{" + ", ".join(f"'{id}': {literal(f, row.get(id))}::{column(f).sql}" for id, f in definition.fields.items()) + "}")
        return "[" + ", ".join(rows) + "]"
    return f"'{value}'"


def run(body, *projects, top="", names=None):
    """Each project's (status, fen, binding, missing, assumed) for one benefit, or its error."""
    scheme = load_scheme(HEAD.format(top=top) + BENEFIT.format(id="b") + body, NAMES, "test.toml")
    ids = names if names is not None else list(FACTS)
    types = {id: column(NAMES[id]) for id in ids}
    [made] = compile_scheme(scheme, NAMES, load_lpr(), types)
    assert made.fallback is None, made.fallback
    rows = [
        "SELECT " + ", ".join([f"{n} AS _row"] + [f'CAST({literal(NAMES[id], project.get(id))} AS {types[id].sql}) AS "{id}"' for id in ids])
        for n, project in enumerate(projects)
    ]
    words = ("status", "amount", "binding", "missing", "assumed", "error")
    outputs = {word: getattr(made, word) for word in words}
    found = duckdb.execute(select("(" + " UNION ALL ".join(rows) + ")", outputs, made.lets, keep="_row")).fetchall()
    return [("error",) if row[6] else (ORDER[row[1]], None if row[2] is None else int(row[2]), *row[3:6]) for row in sorted(found)]


def test_the_two_engines_agree_on_random_projects_of_every_scheme(catalog):
    rng = random.Random(2024)
    tally = Tally()
    connection = duckdb.connect()
    for scheme in catalog.schemes():
        block(catalog, scheme, rng, 16, tally, connection)
    assert tally.evaluations > 7000
    assert not tally.apart, tally.apart[0]
    assert not tally.fallbacks
    assert tally.handed < tally.evaluations / 50
    assert min(tally.statuses[s] for s in ("eligible", "conditional", "incomplete", "ineligible")) > 100


def test_a_share_of_the_investment_is_cut_to_the_fen_and_capped_exactly_at_the_limit():
    body = """
amount = { percent = "3.85%", of = "investment" }
limits = [{ at_most = "1万元", per = "project" }]
"""
    found = run(body, {"investment": "0.99"}, {"investment": "259740.25"}, {"investment": "259740.26"}, {"investment": "259740.51"}, {})
    assert found == [
        ("eligible", 3, None, None, None),
        ("eligible", 999999, None, None, None),
        ("eligible", 1000000, None, None, None),
        ("eligible", 1000000, None, None, None),
        ("incomplete", None, None, "investment", None),
    ]
    # 1 fen over: 259740.52 x 3.85% = 10000.0100… is the first amount of which a fen is cut
    assert run(body, {"investment": "259740.52"}) == [("eligible", 1000000, "project:10000.00", None, None)]


def test_an_unmet_gate_beats_a_missing_amount_and_an_unknown_one_makes_it_conditional():
    body = 'when = ["is_new", "share >= 15% or is_high_tech"]\namount = { percent = "30%", of = "investment" }\n'
    full = {"is_new": True, "share": "0.15", "is_high_tech": False, "investment": "100"}
    found = run(
        body,
        full,
        {**full, "share": "0.1499"},
        {**full, "share": "0.1499", "investment": None},
        {**full, "is_new": None},
        {**full, "share": None},
        {**full, "share": None, "is_high_tech": True},
        {**full, "is_new": None, "investment": None},
    )
    assert found == [
        ("eligible", 3000, None, None, None),
        ("ineligible", 0, None, None, None),
        ("ineligible", 0, None, None, None),
        ("conditional", 3000, None, None, "is_new"),
        ("conditional", 3000, None, None, "share"),
        ("eligible", 3000, None, None, None),
        ("incomplete", None, None, "investment", "is_new"),
    ]


def test_a_fact_without_a_column_is_not_given():
    body = 'when = ["is_new"]\namount = "50万元"\n'
    assert run(body, {}, names=["investment"]) == [("conditional", 50000000, None, None, "is_new")]
    assert run('amount = "investment"\n', {}, names=["is_new"]) == [("incomplete", None, None, "investment", None)]


def test_tiers_hold_on_both_sides_of_each_boundary():
    body = """
[benefits.amount]
by = "investment"
tiers = [
  { from = "3亿元", up_to = "5亿元", amount = "500万元" },
  { over = "5亿元", below = "10亿元", amount = "800万元" } ]
"""
    given = ["299999999.99", "300000000", "500000000", "500000000.01", "999999999.99", "1000000000"]
    found = run(body, *({"investment": one} for one in given))
    assert [row[1] for row in found] == [0, 500000000, 500000000, 800000000, 800000000, 0]
    assert [row[0] for row in found] == ["ineligible", *["eligible"] * 4, "ineligible"]


def test_items_that_fail_do_not_count_and_open_ones_are_assumed():
    body = """
amount = { each = "deals", where = "is_domestic", percent = "5%", of = "amount", at_most = "300元" }
limits = [{ at_most = "500元", per = "enterprise-year" }]
"""
    row = {"amount": "4000", "is_domestic": True}
    found = run(
        body,
        {"deals": [row, {**row, "is_domestic": False}]},
        {"deals": [row, {**row, "amount": "6000.20"}]},
        {"deals": [row, {**row, "amount": "7000"}, {"amount": "100"}]},
        {"deals": [{**row, "is_domestic": False}]},
        {"deals": []},
        {},
        {"deals": [row, {"is_domestic": True}]},
    )
    assert found == [
        ("eligible", 20000, None, None, None),
        ("eligible", 50000, "item:300.00", None, None),
        ("conditional", 50000, "enterprise-year:500.00", None, "deals.is_domestic"),
        ("ineligible", 0, None, None, None),
        ("ineligible", 0, None, None, None),
        ("incomplete", None, None, "deals", None),
        ("incomplete", None, None, "deals.amount", None),
    ]


def test_years_are_capped_one_by_one_and_groups_in_time_order():
    yearly = """
amount = { each = "deals", year = "year", percent = "50%", of = "amount" }
limits = [{ at_most = "100元", per = "year" }, { at_most = "150元", per = "project" }]
"""
    deals = [{"amount": "300", "year": 2}, {"amount": "60", "year": 1}, {"amount": "20", "year": 1}]
    assert run(yearly, {"deals": deals}) == [("eligible", 14000, "year:100.00", None, None)]
    grouped = """
amount = { each = "deals", group_by = "party", year = "year", amount = "amount", group_year_at_most = "100元", group_at_most = "150元" }
"""
    deals = [{"amount": "120", "party": 1, "year": y} for y in (1, 2)] + [{"amount": "40", "party": 2, "year": 1}]
    assert run(grouped, {"deals": deals}) == [("eligible", 19000, "group:150.00", None, None)]
    first = 'amount = { each = "deals", year = "year", first_years = 1, amount = "amount" }\n'
    assert run(first, {"deals": [{"amount": "5", "year": 3}, {"amount": "0", "year": 1}, {"amount": "7", "year": 2}]})[0][:2] == ("eligible", 700)


def test_only_the_most_valuable_items_count_and_leases_pay_each_year():
    assert run('amount = { each = "deals", top = 2, amount = "amount" }\n', {"deals": [{"amount": a} for a in (3, 9, 5)]})[0][1] == 1400
    lease = 'amount = { each = "deals", percent = "5%", of = "amount", years = "min(years, 3)" }\nlimits = [{ at_most = "8元", per = "year" }]\n'
    deals = [{"amount": "100", "years": 2}, {"amount": "100", "years": 9}]
    # years 1 and 2 pay 10 元 each, cut to 8; year 3 pays 5
    assert run(lease, {"deals": deals}) == [("eligible", 2100, "year:8.00", None, None)]


LOAN = {"principal": "1000000", "rate": "0.05", "start": dt.date(2020, 2, 29), "end": dt.date(2023, 3, 1)}


def test_interest_steps_over_29_february_and_takes_the_lower_rate():
    plain = 'amount = { interest_on = "loans", rate = "actual", years = 2 }\n'
    # 29 Feb 2020 to 28 Feb 2022: 730 days
    assert run(plain, {"loans": [LOAN]})[0][1] == 1000000 * 100 * 5 * 730 // (100 * 360)
    lower = 'amount = { interest_on = "loans", rate = "min(LPR, actual)", years = 1 }\n'
    # 1Y LPR of 2020-02-20 is 4.05%; 365 days
    assert run(lower, {"loans": [LOAN]})[0][1] == 1000000 * 100 * 405 * 365 // (10000 * 360)
    assert run(lower, {"loans": [{**LOAN, "start": dt.date(2019, 8, 19)}]}) == [("incomplete", None, None, "LPR", None)]
    assert run(lower, {"loans": [{**LOAN, "rate": None, "start": None}]}) == [("incomplete", None, None, "loans.start;loans.rate", None)]


def test_interest_follows_what_is_outstanding():
    body = 'amount = { interest_on = "loans", rate = "3.6%" }\n'
    loan = {"principal": "1000000", "rate": "0.05", "start": dt.date(2023, 1, 1), "end": dt.date(2023, 4, 11)}
    drawn = {**loan, "drawdowns": [{"date": dt.date(2023, 1, 1), "amount": "400000"}, {"date": dt.date(2023, 1, 11), "amount": "600000"}]}
    paid = {**drawn, "repayments": [{"date": dt.date(2023, 4, 1), "amount": "1000000"}]}
    # 1 元 at 3.6% bears a hundredth of a fen a day: 100 days; 400,000 x 10 + 1,000,000 x 90; … x 80
    assert [row[1] for row in run(body, {"loans": [loan]}, {"loans": [drawn]}, {"loans": [paid]})] == [1000000, 940000, 840000]


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": LOAN["start"]},
        {"repayments": [{"date": dt.date(2021, 1, 1), "amount": "1000000.01"}]},
        {"drawdowns": [{"date": dt.date(2021, 1, 1), "amount": "1000000.01"}]},
        {"repayments": [{"date": dt.date(2024, 1, 1), "amount": "1"}]},
        {"repayments": [{"amount": "1"}]},
    ],
)
def test_a_loan_that_cannot_be_is_left_to_the_explainer(wrong):
    body = 'amount = { interest_on = "loans", rate = "actual", years = 2 }\n'
    assert run(body, {"loans": [{**LOAN, **wrong}]}) == [("error",)]


def test_quotients_without_end_are_exact_or_left_to_the_explainer():
    body = 'when = ["area > 0平方米"]\namount = "investment * (500平方米 / area)"\n'
    found = run(body, {"investment": "100", "area": "700"}, {"investment": "300", "area": "600"}, {"investment": "100", "area": "0"})
    assert [row[:2] for row in found] == [("eligible", 7142), ("eligible", 25000), ("error",)]


def test_a_broken_consistency_rule_is_left_to_the_explainer():
    body = 'require = ["revenue <= investment"]\namount = "investment"\n'
    assert run(body, {"revenue": "2", "investment": "1"}, {"revenue": "1", "investment": "1"}) == [("error",), ("eligible", 100, None, None, None)]


def test_numbers_of_any_size_are_exact_or_left_to_the_explainer():
    body = 'amount = { percent = "100%", of = "investment" }\n'
    assert run(body, {"investment": "9999999999999.99"})[0][1] == 999999999999999
    scheme = load_scheme(HEAD.format(top="") + BENEFIT.format(id="b") + body, NAMES, "test.toml")
    [made] = compile_scheme(scheme, NAMES, load_lpr(), {"investment": ColumnType("money", "DECIMAL(38,18)", 38, 18)})
    query = select("(SELECT v::DECIMAL(38,18) AS investment FROM (VALUES ('1.005'), ('0.0000000000001'), ('99999999999999999')) t(v))",
                   {"error": made.error, "amount": made.amount}, made.lets)  # fmt: skip
    rows = duckdb.execute(query).fetchall()
    assert [row[0] for row in rows] == [False, True, True]
    assert int(rows[0][1]) == 100


def test_no_binary_float_takes_part(catalog):
    for id in ("1.01", "4.53", "4.08", "g07"):
        scheme = catalog.scheme(id)
        for made in compile_scheme(scheme, catalog.facts, catalog.lpr, {}):
            assert made.fallback is None
            assert "DOUBLE" not in made.amount
    body = 'amount = "investment * (500平方米 / area)"\nrequire = ["area > 0平方米"]\nlimits = [{ at_most = "30% * investment", per = "project" }]\n'
    scheme = load_scheme(HEAD.format(top="") + BENEFIT.format(id="b") + body, NAMES, "test.toml")
    types = {id: column(NAMES[id]) for id in ("investment", "area")}
    [made] = compile_scheme(scheme, NAMES, load_lpr(), types)
    duckdb.execute(f'CREATE OR REPLACE TEMP TABLE empty_ (investment {MONEY}, area {MONEY})')
    outputs = {name: name for name in made.lets} | {"amount": made.amount}
    kinds = {row[0]: row[1] for row in duckdb.execute("DESCRIBE " + select("empty_", outputs, made.lets)).fetchall()}
    assert not {"DOUBLE", "FLOAT"} & set(kinds.values())
    assert kinds["amount"].endswith(",0)")


def test_benefits_combine_under_group_caps():
    two = HEAD.format(top='combine = "{combine}"') + '[[group_caps]]\nbenefits = ["a", "b"]\nat_most = "100元"\nper = "project"\n'
    two += BENEFIT.format(id="a") + 'amount = "investment"\n' + BENEFIT.format(id="b") + 'when = ["is_new"]\namount = "max(0元, revenue)"\n'
    for combine, wanted in (("sum", [10000, 10000, 3000]), ("one-of", [9000, 10000, 3000])):
        scheme = load_scheme(two.replace("{combine}", combine), NAMES, "test.toml")
        made = compile_scheme(scheme, NAMES, load_lpr(), {id: column(NAMES[id]) for id in ("investment", "revenue", "is_new")})
        total, status = scheme_columns(scheme, [(m.status, m.amount) for m in made])
        lets = {name: let for m in made for name, let in m.lets.items()}
        given = "(VALUES (90, 50, TRUE), (120, 30, TRUE), (30, 90, FALSE)) t(i, r, n)"
        rows = f"(SELECT i::{MONEY} investment, r::{MONEY} revenue, n::BOOLEAN is_new FROM {given})"
        found = duckdb.execute(select(rows, {"total": total, "status": status}, lets)).fetchall()
        assert [int(row[0]) for row in found] == wanted
        assert [ORDER[row[1]] for row in found] == ["eligible"] * 3


@pytest.mark.parametrize("scheme", ["4.21", "4.72", "4.76", "4.86", "g13"])
def test_limits_that_turn_on_an_open_fact(scheme: str) -> None:
    tally = compare(800, 11, 100, scheme)
    assert tally.apart == []
    assert tally.statuses["incomplete"]
