"""The formula language on small schemes of its own: three-valued logic, items, limits, and what a check refuses, with its line."""

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from calc.errors import InputError, SchemeErrors
from calc.estimate.benefit import CompiledBenefit, estimate
from calc.estimate.results import BenefitResult, SchemeResult
from calc.facts.load import load_facts
from calc.language import core
from calc.language.bounds import bounds
from calc.language.lower import Scope, expression
from calc.language.scheme import load_scheme
from calc.places import Places
from calc.rates.lpr import load_lpr

RECORD = {"sum": "money", "part": "money", "kind": "enum", "year": "number", "key": "number", "day": "date", "open": "bool", "count": "count"}


def fact(kind: str, **more: Any) -> dict[str, Any]:
    values = {"values": {"red": "红", "green": "绿", "blue": "蓝"}} if kind == "enum" else {}
    return {"type": kind, "label": kind, **values, **more}


NAMES = load_facts(
    {
        **{name: fact("money", label=name) for name in ("a", "b", "c")},
        **{name: fact("bool", label=name) for name in ("p", "q", "r")},
        "debt": fact("money", label="debt", signed=True),
        "colour": fact("enum"),
        "fields": {
            "type": "set",
            "label": "领域",
            "values": {"ic": "集成电路", "robots": "机器人", "wide": "先进制造、高新技术（药品、器械）", "art": "文化", "film": "电影"},
            "within": {"ic": ["wide"], "robots": ["wide"], "film": ["art"]},
        },
        "day": fact("date"),
        "rate": fact("percent"),
        "number": fact("number"),
        "count": fact("count"),
        "area": fact("area"),
        "rows": fact("list", fields={name: fact(kind, label=name) for name, kind in RECORD.items()}),
        "loans": fact("list", fields={n: fact(k) for n, k in {"principal": "money", "rate": "percent", "start": "date", "end": "date"}.items()}),
    }
)
HEAD = 'id = "t1-test"\ntitle = "试"\n[source]\ncard = "t"\ndocument = "t"\nauthority = "t"\n'
BENEFIT = '[[benefits]]\nid = "{id}"\nlabel = "{id}"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\n{rule}\n'
FIRST = 13  # the line of a file on which the rule of its only benefit begins


def text_of(*rules: str, head: str = "") -> str:
    return head + HEAD + "".join(BENEFIT.format(id=f"b{n}", rule=rule) for n, rule in enumerate(rules, 1))


def run(facts: dict[str, Any], *rules: str, head: str = "") -> SchemeResult:
    scheme = load_scheme(text_of(*rules, head=head), NAMES, "t1-test.toml")
    compiled = [CompiledBenefit(b, NAMES) for b in scheme.benefits]
    return estimate(scheme, compiled, NAMES.read(facts), NAMES, load_lpr(), dt.date(2024, 1, 1))


def first(facts: dict[str, Any], rule: str) -> BenefitResult:
    return run(facts, rule).benefits[0]


def paid(facts: dict[str, Any], rule: str) -> tuple[str, str | None]:
    found = first(facts, rule)
    return found.status, found.amount


def years(facts: dict[str, Any], rule: str) -> list[tuple[str, str]]:
    return [(p.period, p.amount) for p in first(facts, rule).schedule or ()]


def each(rule: str) -> str:
    return f"amount = {{ each = \"rows\", {rule} }}"


# ---------------------------------------------------------------- three-valued logic


@pytest.mark.parametrize(
    ("gate", "given", "status"),
    [
        ("p and q", {"p": True, "q": True}, "eligible"),
        ("p and q", {"p": True}, "conditional"),
        ("p and q", {"q": False}, "ineligible"),  # decided by the one that is known
        ("q and p", {"q": False}, "ineligible"),
        ("p or q", {"q": True}, "eligible"),
        ("p or q", {"q": False}, "conditional"),
        ("p or q", {"p": False, "q": False}, "ineligible"),
        ("not p", {}, "conditional"),
        ("not (p and q)", {"q": False}, "eligible"),
        ("not (p or q)", {"q": True}, "ineligible"),
        ("p and (q or r)", {"p": True, "r": True}, "eligible"),
        ("a >= 5元", {"a": 5}, "eligible"),
        ("a > 5元", {"a": 5}, "ineligible"),
        ("a > 5元", {"a": "5.01"}, "eligible"),
        ("a >= b", {"a": 5}, "conditional"),
        ("colour in [red, green]", {"colour": "蓝"}, "ineligible"),
        ("colour not in [red, green]", {"colour": "蓝"}, "eligible"),
        ("colour == red", {}, "conditional"),
        ("p == q", {"p": False, "q": False}, "eligible"),
        ("fields has ic", {"fields": ["ic"]}, "eligible"),
        ("fields has ic", {"fields": "电影；集成电路"}, "eligible"),
        ("fields has ic", {"fields": ["wide"]}, "ineligible"),  # who says the wider one has not said the narrower
        ("fields has wide", {"fields": ["机器人"]}, "eligible"),
        ("fields has wide", {"fields": "电影"}, "ineligible"),
        ("fields has wide", {}, "conditional"),
        ("fields has_any [art, ic]", {"fields": "film"}, "eligible"),
        ("not fields has_any [art, ic]", {"fields": "robots"}, "eligible"),
        ("fields has ic and p", {"p": False}, "ineligible"),
        ("any(rows where open)", {"rows": [{"open": False}, {}]}, "conditional"),
        ("any(rows where open)", {"rows": [{"open": True}, {}]}, "eligible"),
        ("all(rows where open)", {"rows": [{"open": False}, {}]}, "ineligible"),
        ("all(rows where open)", {"rows": [{"open": True}, {}]}, "conditional"),
        ("all(rows where open)", {"rows": []}, "eligible"),
        ("any(rows where open)", {"rows": []}, "ineligible"),
        ("any(rows where open)", {}, "conditional"),
        ("count(rows where open) >= 1", {"rows": [{"open": True}, {}]}, "conditional"),
        ("sum(rows.sum where open) > 3元", {"rows": [{"open": True, "sum": 2}, {"open": True, "sum": 2}, {"open": False}]}, "eligible"),
        ("largest(rows.sum) >= 2元", {"rows": []}, "ineligible"),  # of nothing there is no largest
        ("year(smallest(rows.day)) <= 2023", {"rows": []}, "ineligible"),
        ("years_after(largest(rows.day), 1) >= 2023-01-01", {"rows": []}, "ineligible"),
        ("years_after(day, 1) > 2025-02-28", {"day": "2024-02-29"}, "ineligible"),
        ("year(day) == 2024", {"day": "2024-12-31"}, "eligible"),
    ],
)
def test_gates(gate: str, given: dict, status: str) -> None:
    found = first(given, f'when = ["{gate}"]\namount = "7元"')
    assert found.status == status
    assert found.amount == ("0.00" if status == "ineligible" else "7.00")
    assert found.missing == [] and bool(found.assumed) == (status == "conditional")


@pytest.mark.parametrize(
    ("gates", "given", "status", "missing", "assumed"),
    [
        (["p", "q"], {}, "conditional", [], ["p", "q"]),
        (["p", "a > 1元"], {}, "incomplete", ["a"], ["p"]),  # a gates and feeds: its absence is more than an assumption
        (["p", "q"], {"q": False, "a": 1}, "ineligible", [], []),  # ineligible beats all
        (["p"], {"p": True}, "incomplete", ["a"], []),
    ],
)
def test_statuses(gates: list, given: dict, status: str, missing: list, assumed: list) -> None:
    rule = 'amount = "a"' if status == "incomplete" else 'amount = "1元"'
    found = first(given, f"when = {gates!r}\n{rule}")
    assert (found.status, found.missing, found.assumed) == (status, missing, assumed)


def test_a_branch_not_taken_needs_no_facts() -> None:
    rule = 'amount = { cases = [{ when = "p", amount = "a" }, { when = "q", amount = "b" }, { otherwise = "c" }] }'
    assert paid({"p": True, "a": 1}, rule) == ("eligible", "1.00")
    assert first({"p": False}, rule).missing == ["q"]
    assert first({"p": False, "q": False}, rule).missing == ["c"]


def test_what_fits_no_tier_is_ineligible_unless_there_is_otherwise() -> None:
    tiers = '{ by = "a", tiers = [{ from = "10元", below = "20元", amount = "1元" }, { from = "20元", up_to = "30元", amount = "2元" }]'
    for given, amount in (("9.99", "0.00"), ("10", "1.00"), ("19.99", "1.00"), ("20", "2.00"), ("30", "2.00"), ("30.01", "0.00")):
        assert paid({"a": given}, f"amount = {tiers} }}") == ("ineligible" if amount == "0.00" else "eligible", amount)
    assert paid({"a": 9}, f'amount = {tiers}, otherwise = "5元" }}') == ("eligible", "5.00")


def test_a_limit_table_that_nothing_fits_makes_ineligible() -> None:
    rule = 'amount = "a"\nlimits = [{ at_most = { by = "colour", red = "5元", green = "9元" }, per = "project" }]'
    assert paid({"a": 7, "colour": "red"}, rule) == ("eligible", "5.00")
    assert paid({"a": 7, "colour": "green"}, rule) == ("eligible", "7.00")
    assert paid({"a": 7, "colour": "blue"}, rule) == ("ineligible", "0.00")
    assert paid({"a": 7}, rule) == ("incomplete", None)
    assert paid({"a": 5}, rule) == ("incomplete", None)  # a blue one would get nothing


def test_a_limit_with_a_condition() -> None:
    rule = 'amount = "a"\nlimits = [{ at_most = "5元", per = "project", when = "p" }]'
    assert paid({"a": 7, "p": True}, rule) == ("eligible", "5.00")
    assert paid({"a": 7, "p": False}, rule) == ("eligible", "7.00")


def test_a_named_condition_that_no_case_decides_does_not_hold() -> None:
    head = '[let]\nkept = { cases = [{ when = "colour == red", value = "p" }, { when = "colour == green", value = "q" }] }\n'
    rule = 'when = ["kept or r"]\namount = "1元"'
    head = HEAD.replace("[source]", head + "[source]")
    content = head + BENEFIT.format(id="b1", rule=rule)
    scheme = load_scheme(content, NAMES, "t1-test.toml")
    compiled = [CompiledBenefit(b, NAMES) for b in scheme.benefits]
    for given, status in (
        ({"colour": "blue", "r": False}, "ineligible"),
        ({"colour": "blue", "r": True}, "eligible"),
        ({"colour": "red", "p": True}, "eligible"),
    ):
        found = estimate(scheme, compiled, NAMES.read(given), NAMES, load_lpr(), dt.date(2024, 1, 1))
        assert found.status == status


# ---------------------------------------------------------------- items


def rows(*sums: int, **more: list) -> dict[str, Any]:
    return {"rows": [{"sum": s, **{k: v[n] for k, v in more.items()}} for n, s in enumerate(sums)]}


def test_items_that_fail_their_gate_do_not_count() -> None:
    rule = each('where = "open", amount = "sum"')
    assert paid(rows(1, 2, open=[True, False]), rule) == ("eligible", "1.00")
    assert paid(rows(1, 2, open=[False, False]), rule) == ("ineligible", "0.00")
    assert paid({"rows": []}, rule) == ("ineligible", "0.00")
    found = first(rows(1, 2, open=[True, None]), rule)  # cannot be decided: counts, conditionally
    assert (found.status, found.amount, found.assumed) == ("conditional", "3.00", ["rows.open"])
    assert first({}, rule).missing == ["rows"]
    assert first({"rows": [{"open": True}]}, rule).missing == ["rows.sum"]
    assert paid({"rows": [{"open": False}]}, rule) == ("ineligible", "0.00")  # what does not count needs no sum


def test_an_item_that_fits_no_tier_does_not_count() -> None:
    rule = each('by = "kind", red = "5元", green = "3元"')
    assert paid({"rows": [{"kind": "red"}, {"kind": "blue"}, {"kind": "green"}]}, rule) == ("eligible", "8.00")
    assert paid({"rows": [{"kind": "blue"}]}, rule) == ("ineligible", "0.00")


def test_only_so_many_items_count_the_most_valuable() -> None:
    rule = each('top = 2, at_most = "50元", amount = "sum"')
    assert paid(rows(10, 90, 30, 20), rule) == ("eligible", "80.00")
    assert paid(rows(10), rule) == ("eligible", "10.00")


def test_the_best_of_each_group_and_group_limits() -> None:
    assert paid(rows(5, 7, 4, key=[1, 1, 2]), each('group_by = "key", take = "max", amount = "sum"')) == ("eligible", "11.00")
    found = first(rows(5, 7, 4, key=[1, 1, 2]), each('group_by = "key", group_at_most = "6元", amount = "sum"'))
    assert found.amount == "10.00"
    assert found.binding is not None and (found.binding.scope, found.binding.limit, found.binding.cut) == ("group", "6.00", "6.00")


def test_group_limits_by_year_then_in_all() -> None:
    given = rows(5, 7, 9, 4, key=[1, 1, 1, 2], year=[2022, 2020, 2021, 2021])
    rule = each('group_by = "key", year = "year", group_year_at_most = "6元", group_at_most = "14元", amount = "sum"')
    assert years(given, rule) == [("2020", "6.00"), ("2021", "10.00"), ("2022", "2.00")]  # 6 + 6 + 2 of group 1, and 4


def test_the_earliest_years_that_pay() -> None:
    given = rows(0, 5, 6, 7, year=[2019, 2020, 2021, 2022])
    assert years(given, each('year = "year", first_years = 2, amount = "sum"')) == [("2020", "5.00"), ("2021", "6.00")]
    grouped = {"rows": [{"sum": 1, "year": y, "key": k} for k, y in ((1, 2020), (1, 2021), (2, 2021), (2, 2022))]}
    rule = each('group_by = "key", year = "year", first_years = 1, amount = "sum"')
    assert years(grouped, rule) == [("2020", "1.00"), ("2021", "1.00")]


def test_the_same_sum_every_year() -> None:
    rule = each('years = "min(count, 3)", amount = "sum"') + '\nlimits = [{ at_most = "15元", per = "year" }, { at_most = "38元", per = "total" }]'
    assert years(rows(10, 10, count=[5, 2]), rule) == [("1", "15.00"), ("2", "15.00"), ("3", "8.00")]


def test_merged_records() -> None:
    rule = each('merge_by = "key", by = "sum", tiers = [{ from = "10元", below = "20元", amount = "1元" }, { from = "20元", amount = "3元" }]')
    assert paid(rows(6, 6, 15, key=[1, 1, 2]), rule) == ("eligible", "2.00")
    assert paid(rows(6, 6, 15, key=[1, 2, 2]), rule) == ("eligible", "3.00")
    assert paid(rows(6, 6, key=[1, 2]), rule) == ("ineligible", "0.00")
    found = first({"rows": [{"sum": 6, "key": 1}, {"sum": 6}]}, rule)  # the same as the first, or not?
    assert (found.status, found.missing) == ("incomplete", ["rows.key"])
    assert paid({"rows": [{"sum": 12}]}, rule) == ("eligible", "1.00")
    assert first({"rows": [{"sum": 12, "key": 1}, {"key": 1}, {"sum": 9, "key": 1}]}, rule).missing == ["rows.sum"]


def test_how_many_items_count() -> None:
    rule = 'amount = { count = "rows", where = "open", tiers = [{ from = 2, up_to = 3, amount = "5元" }, { from = 4, amount = "9元" }] }'
    for count, amount in ((1, "0.00"), (2, "5.00"), (3, "5.00"), (4, "9.00")):
        assert paid({"rows": [{"open": True}] * count + [{"open": False}]}, rule)[1] == amount
    assert paid({"rows": [{}] * 2}, rule) == ("conditional", "5.00")
    assert paid({"rows": [{}] * 3}, 'amount = { count = "rows", per_unit = "2元" }') == ("eligible", "6.00")


# ---------------------------------------------------------------- limits, years, stages


def test_what_a_limit_of_items_cut_is_told_once() -> None:
    rule = 'amount = { sum = [{ each = "rows", at_most = "5元", amount = "sum" }, "1元"] }'
    found = first(rows(7, 9), rule)
    assert found.binding is not None and (found.binding.scope, found.binding.cut) == ("item", "6.00")


def test_the_last_limit_that_cut_is_the_binding_one() -> None:
    rule = each('at_most = "5元", amount = "sum"') + '\nlimits = [{ at_most = "8元", per = "project" }, { at_most = "9元", per = "enterprise" }]'
    found = first(rows(7, 9), rule)
    assert found.binding is not None and (found.binding.scope, found.binding.limit, found.binding.cut) == ("project", "8.00", "2.00")
    found = first(rows(7, 1), rule)
    assert found.binding is not None and (found.binding.scope, found.binding.cut) == ("item", "2.00")
    assert first(rows(5, 1), rule).binding is None


def test_parts_of_a_schedule_add_up_to_the_fen() -> None:
    rule = each('years = "3", amount = "sum / 3"')
    assert years({"rows": [{"sum": 1}]}, rule) == [("1", "0.33"), ("2", "0.33"), ("3", "0.34")]
    found = first({"a": "0.05"}, 'amount = "a"\ndisbursement = ["50%", "30%", "20%"]')
    assert found.disbursement == ["0.02", "0.02", "0.01"]


def test_an_amount_paid_out_over_years() -> None:
    rule = 'amount = "a"\nschedule = { years = ["20元", "15元", "15元"], periods = ["1", "2-3", "4"] }'
    assert years({"a": 30}, rule) == [("1", "20.00"), ("2-3", "10.00")]
    assert years({"a": 99}, rule) == [("1", "20.00"), ("2-3", "15.00"), ("4", "15.00")]
    assert years({}, 'schedule = { by = "colour", red = ["1元", "2元"], green = ["3元"] }') == []
    assert years({"colour": "red"}, 'schedule = { by = "colour", red = ["1元", "2元"], green = ["3元"] }') == [("1", "1.00"), ("2", "2.00")]
    assert paid({"colour": "blue"}, 'schedule = { by = "colour", red = ["1元", "2元"], green = ["3元"] }') == ("ineligible", "0.00")


def test_slices_of_a_marginal_table() -> None:
    rule = 'amount = { by = "a", marginal = true, tiers = [{ from = "0元", up_to = "100元", value = "10%" }, { over = "100元", value = "5%" }] }'
    for given, amount in ((50, "5.00"), (100, "10.00"), (300, "20.00")):
        assert paid({"a": given}, rule) == ("eligible", amount)


def test_additive_parts_with_conditions() -> None:
    rule = 'amount = { sum = ["a", { when = "p", amount = "5元" }, { when = "q", percent = "10%", of = "a" }] }'
    assert paid({"a": 10, "p": True, "q": False}, rule) == ("eligible", "15.00")
    assert paid({"a": 10, "p": False, "q": True}, rule) == ("eligible", "11.00")
    assert first({"a": 10, "p": False}, rule).missing == ["q"]


def test_of_one_of_the_largest_counts_and_group_caps_cut_sums() -> None:
    one = run({"a": 5, "b": 7}, 'amount = "a"', 'amount = "b"', head='combine = "one-of"\n')
    assert (one.total, one.chosen) == ("7.00", ["b2"])
    tie = run({"a": 7, "b": 7}, 'amount = "a"', 'amount = "b"', head='combine = "one-of"\n')
    assert tie.chosen == ["b1"]
    caps = '[[group_caps]]\nbenefits = ["b1", "b2"]\nat_most = "10元"\nper = "project"'
    capped = run({"a": 5, "b": 7, "c": 1}, 'amount = "a"', 'amount = "b"', f'amount = "c"\n{caps}')
    assert capped.total == "11.00" and [b.amount for b in capped.benefits] == ["5.00", "7.00", "1.00"]
    assert [c.cut for c in capped.group_caps] == ["2.00"]
    alone = run({"a": 5, "c": 1}, 'amount = "a"', 'amount = "b"', f'amount = "c"\n{caps}')
    assert (alone.status, alone.total, [c.cut for c in alone.group_caps]) == ("eligible", "6.00", ["0.00"])


def test_totals_without_an_eligible_benefit() -> None:
    gates = 'when = ["p"]\namount = "5元"', 'when = ["q"]\namount = "3元"'
    assert (run({"p": False, "q": False}, *gates).total, run({"p": False, "q": False}, *gates).total_if) == ("0.00", "0.00")
    half = run({"p": False}, *gates)
    assert (half.status, half.total, half.total_if, half.chosen) == ("conditional", None, "3.00", ["b2"])
    both = run({"p": True}, *gates)
    assert (both.status, both.total, both.total_if, both.chosen) == ("eligible", "5.00", "8.00", ["b1"])


# ---------------------------------------------------------------- what a check refuses, and on which line


REFUSED = [
    # gates
    ('when = [\n  "p",\n  "a / b > 2",\n]\namount = "1元"', 2, "除数没有保护，可能为零：a / b"),
    ('when = ["a > 0元", "b / a > 2"]\namount = "1元"', 0, "除数没有保护"),  # every gate is shown, so each must be sound by itself
    ('when = ["p",\n "q", "zz"]\namount = "1元"', 1, "没有“zz”这个事实或名称"),
    ('when = [{ if = "p" }]\namount = "1元"', 0, "缺少 benefits[1].when[1].text"),
    ("when = [7]\namount = '1元'", 0, "benefits[1].when[1] 的值“7”不可用，应为 文字（加引号）"),
    ('require = ["p",\n"a <= area"]\namount = "1元"', 1, "require: 金额 与 面积 不能用 <= 比较"),
    # amounts that may turn negative, or fail
    ('amount = "a - b"', 0, "相减没有保护，可能为负：a - b"),
    ('amount = "debt"', 0, "debt 可为负，金额也就可能为负"),
    ('amount = { percent = "50%", of = "debt" }', 0, "debt 可为负"),
    ('when = ["debt > -5元"]\namount = "debt"', 1, "debt 可为负"),
    ('amount = "-5元"', 0, "金额可能为负"),
    ('amount = "max(0元, a - (b - c))"', 0, "相减没有保护，可能为负：b - c"),  # below zero it would add to the amount
    ('amount = "max(0元, 5元 - debt)"', 0, "debt 可为负"),
    ('amount = "max(0元, a + (a - b) / number)"', 0, "除数没有保护"),
    ('amount = "max(0元, a) + debt"', 0, "debt 可为负"),
    ('amount = "a * (rate / number)"', 0, "除数没有保护，可能为零：rate / number"),
    ('amount = { cases = [{ when = "a / b > 2", amount = "1元" }, { otherwise = "2元" }] }', 0, "除数没有保护"),
    ('amount = "sum(rows.sum - rows.part)"', 0, "相减没有保护，可能为负：sum - part"),
    # tables
    ('amount = { cases = [\n  { when = "p", amount = "1元" },\n  { when = "p", amount = "2元" },\n] }', 2, "这一档永远轮不到（前面已有同样的条件：p）"),
    ('amount = { by = "colour", red = "1元", green = "2元", blue = "3元", otherwise = "4元" }', 0, "这一档永远轮不到（各类别都已列出，用不着 otherwise）"),
    ('[benefits.amount]\nby = "colour"\nred = "1元"\nreed = "2元"', 3, "没有“reed”这个类别"),
    ('[benefits.amount]\nby = "a"\ntiers = [\n  { from = "1元", below = "5元", amount = "1元" },\n  { from = "5元", amount = "x" },\n]', 4, "没有“x”"),
    ('[benefits.amount]\nby = "a"\ntiers = [\n  { below = "5元", amount = "1元" },\n  { from = "6元", amount = "5元" },\n]', 4, "5元 与 6元 之间有空档"),
    ('amount = { count = "rows", tiers = [\n  { from = 1, up_to = 3, amount = "1元" },\n  { from = 5, amount = "2元" },\n] }', 2, "3 与 5 之间有空档"),
    ('amount = { by = "a", tiers = [{ below = 5, amount = "1元" }] }', 0, "金额 与 数字 不能用 < 比较"),
    # items
    (each('amount = "sum", wher = "open"'), 0, "不能写 wher；可写：amount、at_least、at_most、pays_from、per、round（where / per）"),
    (each('first_years = 2, amount = "sum"'), 0, "first_years"),
    (each('merge_by = "nokey", amount = "sum"'), 0, "nokey"),
    (each('group_by = "kind", amount = "sum", group_at_most = 2020-01-01'), 0, "group_at_most 应为金额，却是日期"),
    (each('group_by = "kind", amount = "sum", group_year_at_most = "30%"'), 0, "group_year_at_most 应为金额，却是百分比"),
    # limits
    ('amount = "5元"\nlimits = [\n  { at_most = "9元", per = "item" },\n  { at_most = "9元", per = "project" },\n]', 2, "上限 9元（item）永远不会起作用"),
    ('schedule = { years = ["5元", "3元"] }\nlimits = [{ at_most = "5元", per = "year" }]', 1, "上限 5元（year）永远不会起作用"),
    ('amount = "a"\nlimits = [\n  { at_most = "30%", per = "project" } ]', 2, "at_most 应为金额，却是百分比"),
    ('amount = "a"\nlimits = [{ at_most = "5元", per = "project" },\n  { at_most = "9元", per = "project" }]', 2, "上限 9元（project）永远不会起作用"),
    # size
    (f'amount = "{" + ".join(["a"] * 120)}"', 0, "表达式太长，运算超过 100 次"),
    (f'amount = "{"(" * 70}a{")" * 70}"', 0, "表达式嵌套太深"),
]


@pytest.mark.parametrize(("rule", "offset", "said"), REFUSED)
def test_refusals(rule: str, offset: int, said: str) -> None:
    with pytest.raises(SchemeErrors) as refusal:
        load_scheme(text_of(rule), NAMES, "t1-test.toml")
    assert said in str(refusal.value)
    assert f"t1-test.toml:{FIRST + offset}: " in str(next(p for p in refusal.value.problems if said in str(p)))


@pytest.mark.parametrize(
    "rule",
    [
        'amount = "max(0元, a - b)"',
        'amount = "a - min(b, a)"',
        'amount = "5元 - min(5元, a)"',
        'require = ["b <= a"]\namount = "a - b"',
        'when = ["a >= b"]\namount = "a - b"',
        'amount = { cases = [{ when = "a > b", amount = "a - b" }, { otherwise = "0元" }] }',
        'amount = "max(0元, debt)"',
        'amount = "max(0元, a + debt)"',
        'amount = "max(0元, a - b + 5元)"',
        'amount = "max(0元, 50% * (a - b))"',
        'require = ["number > 0"]\namount = "max(0元, (a - b) / number + debt * 2)"',
        'when = ["debt >= 0元"]\namount = "debt"',
        'when = ["number > 0"]\namount = "a / number"',
        'when = ["b > 0元 and a / b > 2"]\namount = "1元"',
        'require = ["b > 0元"]\nwhen = ["a / b > 2"]\namount = "1元"',
        'when = ["a - b > 5元"]\namount = "1元"',  # a gate may subtract
        each('where = "part <= sum", amount = "sum - part"'),
        'amount = "sum(rows.sum - rows.part where part <= sum)"',
        'amount = { count = "rows", tiers = [{ from = 1, up_to = 3, amount = "1元" }, { from = 4, amount = "2元" }] }',
        'amount = { percent = "50%", of = "a" }\nlimits = [{ at_most = "9元", per = "project" }, { at_most = "50元", per = "enterprise" }]',
    ],
)
def test_guarded(rule: str) -> None:
    load_scheme(text_of(rule), NAMES, "t1-test.toml")


def test_a_guard_on_a_field_is_no_guard_on_a_fact_of_that_name() -> None:
    rule = 'require = ["count >= 1"]\n' + each('amount = "sum * (1 / count)"')
    with pytest.raises(SchemeErrors, match="除数没有保护"):
        load_scheme(text_of(rule), NAMES, "t1-test.toml")


def test_all_problems_of_a_file_are_told_together() -> None:
    with pytest.raises(SchemeErrors) as refusal:
        load_scheme(text_of('when = ["zz"]\namount = "yy"\ndisbursement = ["50%"]', 'amount = "xx"'), NAMES, "t1-test.toml")
    assert [p.line for p in refusal.value.problems] == [13, 14, 15, 22]


def test_a_problem_of_a_name_is_told_where_that_stands_and_once() -> None:
    head = HEAD.replace("[source]", '[let]\nbig = "a + area"\n[source]')
    content = head + BENEFIT.format(id="b1", rule='when = ["big > 1元"]\namount = "big"')
    with pytest.raises(SchemeErrors) as refusal:
        load_scheme(content, NAMES, "t1-test.toml")
    assert [(p.line, p.problem) for p in refusal.value.problems] == [(4, "let.big: 金额 + 面积：单位不同，不能相加减")]


def test_names_that_double_are_refused_before_they_fill_memory() -> None:
    doubling = "".join(f'n{i} = "n{i + 1} + n{i + 1}"\n' for i in range(40)) + 'n40 = "a"\n'
    head = HEAD.replace("[source]", f"[let]\n{doubling}[source]")
    with pytest.raises(SchemeErrors, match="展开后太大"):
        load_scheme(head + BENEFIT.format(id="b1", rule='amount = "n0"'), NAMES, "t1-test.toml")


def test_a_group_cap_that_never_binds() -> None:
    caps = '[[group_caps]]\nbenefits = ["b1", "b2"]\nat_most = "8元"\nper = "project"'
    with pytest.raises(SchemeErrors, match=r"上限 8元（project）永远不会起作用"):
        load_scheme(text_of('amount = "5元"', f'amount = "3元"\n{caps}'), NAMES, "t1-test.toml")
    load_scheme(text_of('amount = "5元"', f'amount = "4元"\n{caps}'), NAMES, "t1-test.toml")


# ---------------------------------------------------------------- bounds and places


@pytest.mark.parametrize(
    ("source", "low", "high"),
    [
        ("a", 0, None),
        ("debt", None, None),
        ("min(a, 5元)", 0, 5),
        ("max(2元, min(a, 5元))", 2, 5),
        ("max(2元, debt)", 2, None),
        ("min(debt, 5元)", None, 5),
        ("5元 - min(a, 5元)", 0, 5),
        ("a - b", None, None),
        ("rate * 5元", 0, None),
        ("min(rate, 50%) * 5元", 0, Fraction(5, 2)),
        ("debt * 2", None, None),
        ("sum(rows.sum)", 0, None),
        ("sum(rows.sum - rows.part)", None, None),
        ("largest(rows.sum)", 0, None),
        ("count(rows where open)", 0, None),
    ],
)
def test_bounds(source: str, low: Any, high: Any) -> None:
    assert bounds(expression(source, Scope(NAMES))) == (low, high)


def test_bounds_of_a_limit_below_its_value() -> None:
    five, fact = expression("5元", Scope(NAMES)), expression("a", Scope(NAMES))
    assert bounds(core.Cap(five, fact, "project")) == (0, 5)
    assert bounds(core.Cap(fact, five, "project")) == (0, 5)


def test_places_in_a_file() -> None:
    content = (
        'id = "x" # a [comment "\nwhen = [\n  "a",  # one\n  { if = """\n   b\n   >= 2""", text = \'}\' },\n]\n[let]\n"n 1" = "1 + 2"\n'
        '[[benefits]]\namount = { percent = "3%", of = { by = "k", x = "1元" } } # x = 9\n[benefits.more.x]\nz = 1\n[[benefits]]\n'
        'limits = [{ at_most = "5元", per = 1 },\n  { at_most = "5元", per = 2 }]\n[[benefits.list]]\n[[benefits.list]]\np = 2\n'
    )
    places = Places(content)
    for path, fragment, line in [
        (("id",), "", 1),
        (("when", 1, "if"), "b>=2", 5),
        (("when", 1, "text"), "", 6),
        (("let", "n 1"), "1+2", 9),
        (("benefits", 0), "", 10),
        (("benefits", 0, "amount", "of", "x"), "", 11),
        (("benefits", 0, "more"), "", 12),
        (("benefits", 0, "more", "x", "z"), "", 13),
        (("benefits", 1), "", 14),
        (("benefits", 1, "limits", 0), "5元", 15),
        (("benefits", 1, "limits", 1), "5元", 16),
        (("benefits", 1, "list", 1, "p"), "", 19),
        (("benefits", 1, "nowhere", "to", "be", "found"), "", 14),
        ((), "z = 1", 13),
    ]:
        assert places.line(path, fragment) == line, path
    assert not places.has(("benefits", 0, "amount"), "9")  # comments do not count
    assert Places(content.replace("\n", "\r\n")).line(("benefits", 1, "limits", 1)) == 16


# ---------------------------------------------------------------- limits that turn on an open fact

TABLE = 'amount = "a"\nlimits = [{{ at_most = {{ by = "colour", {table} }}, per = "project" }}]'


@pytest.mark.parametrize(
    ("table", "amount", "expected"),
    [
        ('red = "100元", green = "200元", blue = "300元"', "100元", ("eligible", "100.00")),  # below the least, whatever the colour
        ('red = "100元", green = "200元", blue = "300元"', "100.01元", ("incomplete", None)),
        ('red = "100元", otherwise = "200元"', "100元", ("eligible", "100.00")),
        ('red = "100元", green = "200元"', "100元", ("incomplete", None)),  # blue has no limit, so it pays nothing
    ],
)
def test_an_open_limit_matters_only_where_it_can(table: str, amount: str, expected: tuple[str, str | None]) -> None:
    assert paid({"a": amount}, TABLE.format(table=table)) == expected


def test_a_percentage_is_not_compared_with_a_bare_number() -> None:
    assert paid({"a": "1元", "rate": "15%"}, 'when = ["rate >= 15%", "rate <= 1"]\namount = "a"') == ("eligible", "1.00")
    with pytest.raises(SchemeErrors, match="15%"):
        run({}, 'when = ["rate >= 15"]\namount = "a"')


# ---------------------------------------------------------------- sets


@pytest.mark.parametrize(
    ("given", "slugs"),
    [
        (["ic", "机器人"], ("ic", "robots")),
        ("ic", ("ic",)),
        ("集成电路、机器人", ("ic", "robots")),
        ("集成电路,机器人", ("ic", "robots")),
        ("集成电路|电影；", ("ic", "film")),
        ("集成电路｜电影", ("ic", "film")),  # full-width
        ("先进制造、高新技术（药品、器械）", ("wide",)),  # a name with separators within
        ("电影、先进制造、高新技术（药品、器械）；ic", ("film", "wide", "ic")),
        ("ic；集成电路", ("ic",)),
    ],
)
def test_a_set_is_read_by_slug_or_label(given: Any, slugs: tuple) -> None:
    assert NAMES.read({"fields": given}) == {"fields": slugs}


@pytest.mark.parametrize("blank", ["", [], "、", None])
def test_a_blank_set_is_not_given(blank: Any) -> None:
    assert NAMES.read({"fields": blank}) == {}


def test_an_unknown_value_of_a_set_names_the_nearest() -> None:
    with pytest.raises(InputError) as bad:
        NAMES.read({"fields": "机器；电影"})
    assert bad.value.fact == "fields" and bad.value.nearest[0] == "机器人"


def test_a_set_stands_in_results_as_a_list() -> None:
    [condition] = first({"fields": "电影；ic"}, 'when = ["fields has ic"]\namount = "7元"').conditions
    assert (condition.text, condition.given) == ("领域含集成电路", {"fields": ["film", "ic"]})
