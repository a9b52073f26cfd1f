"""Percentages without %, terms in months, slices, ranks within a group, places among what counts, limits on the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc import Catalog, InputError, load_catalog
from calc.errors import SchemeErrors
from tests.three import folder_of, held, outcomes, scheme_of

ROWS = [{"sum": "100元", "kind": "x"}, {"sum": "300元", "kind": "x"}, {"sum": "200元", "kind": "y"}, {"sum": "400元", "kind": "x"}]


def problem(path: Path, body: str) -> str:
    """What ``check`` says first of a benefit."""
    catalog = folder_of(path, scheme_of(body))
    found = catalog.check()
    return "\n".join(map(str, found))


@pytest.mark.parametrize(
    "amount",
    [
        '{ percent = 20, of = "a" }',
        '{ percent = "20", of = "a" }',
        '{ percent = "0.2", of = "a" }',
        '{ percent = "min(20%, 20)", of = "a" }',
        '{ percent = { cases = [{ when = "p", value = "20%" }, { otherwise = 10 }] }, of = "a" }',
        '{ percent = { value = "20%", at_most = 30 }, of = "a" }',
        '{ percent = "2 + 1%", of = "a" }',
        '{ by = "a", marginal = true, tiers = [{ up_to = "100元", value = 10 }, { over = "100元", value = "5%" }] }',
        '{ by = "a", marginal = true, tiers = [{ up_to = "100元", percent = "10" }, { over = "100元", value = "5%" }] }',
    ],
)
def test_a_bare_number_is_no_percentage(tmp_path: Path, amount: str) -> None:
    assert "漏了 %？" in problem(tmp_path, f"amount = {amount}\n")


def test_figures_that_are_no_percentages_stay(tmp_path: Path) -> None:
    assert problem(tmp_path, 'amount = { percent = "max(0, 1 - b / a)", of = "a" }\nwhen = ["a > 0元"]\n') == ""
    assert problem(tmp_path, 'amount = { cases = [{ when = "p", percent = "30%", of = "a" }, { otherwise = "0元" }] }\n') == ""


def test_slices_with_bounds_that_are_facts(tmp_path: Path) -> None:
    body = 'amount = { by = "a", marginal = true, tiers = [{ up_to = "b", value = "10%" }, { over = "b", value = "5%" }] }\n'
    rows = [{"a": f"{a}元", "b": "1000000元"} for a in (0, 999_999, 1_000_000, 1_000_001, 3_000_000)]
    assert [amount for _, amount in outcomes(tmp_path, body, rows)] == ["0.00", "99999.90", "100000.00", "100000.05", "200000.00"]


def test_slices_mixing_figures_and_facts(tmp_path: Path) -> None:
    body = """amount = { by = "a", marginal = true, tiers = [
      { below = "100万元", percent = "10%" }, { from = "100万元", up_to = "b", value = "5%" }, { over = "b", value = "1%" }] }
    """
    rows = [{"a": f"{a}元", "b": "2000000元"} for a in (1_000_000, 2_000_000, 3_000_000)]
    assert [amount for _, amount in outcomes(tmp_path, body, rows)] == ["100000.00", "150000.00", "160000.00"]


def test_slices_of_so_much_a_unit(tmp_path: Path) -> None:
    """The first at 30000, the second to fifth at 10000 each, none beyond."""
    body = """amount = { by = "count", marginal = true, tiers = [
      { up_to = 1, per_unit = "30000元" }, { from = 2, up_to = 5, per_unit = "10000元" }, { from = 6, per_unit = "0元" }] }
    """
    rows = [{"count": n} for n in (0, 1, 2, 5, 6, 100)]
    assert [amount for _, amount in outcomes(tmp_path, body, rows)] == ["0.00", "30000.00", "40000.00", "70000.00", "70000.00", "70000.00"]


@pytest.mark.parametrize("more", ['marginal = "false"', "marginal = 1", 'marginal = true, otherwise = "1元"'])
def test_what_has_no_meaning_beside_slices(tmp_path: Path, more: str) -> None:
    assert "marginal" in problem(tmp_path, f'amount = {{ by = "a", {more}, tiers = [{{ up_to = "b", value = "10%" }}, {{ over = "b", value = "5%" }}] }}\n')


def test_a_limit_on_the_base_is_not_what_cut_the_amount(tmp_path: Path) -> None:
    capped = 'of = { value = "a", at_most = "100元" } }\n'
    both = capped + 'limits = [{ at_most = "50元", per = "total" }]\n'
    catalog = folder_of(tmp_path, scheme_of('amount = { percent = "10%", ' + both))
    assert [str(p) for p in catalog.check()] != []  # 10% of at most 100 is never above 50
    catalog = folder_of(tmp_path, scheme_of('amount = { percent = "60%", ' + both))
    assert catalog.check() == []
    [cut] = catalog.estimate({"a": "90元"}, "t1").benefits
    assert (cut.amount, cut.binding.scope if cut.binding else None) == ("50.00", "total")
    [low] = catalog.estimate({"a": "80元"}, "t1").benefits
    assert (low.amount, low.binding) == ("48.00", None)
    only_base = folder_of(tmp_path, scheme_of('amount = { percent = "60%", of = { value = "a", at_most = "100元" } }\n'))
    [benefit] = only_base.estimate({"a": "500元"}, "t1").benefits
    assert (benefit.amount, benefit.binding) == ("60.00", None)
    body = 'amount = { percent = "60%", of = { value = "a", at_most = "100元" } }\n'
    assert outcomes(tmp_path / "three", body, [{"a": "500元"}, {"a": "100元"}, {"a": "99元"}]) == [("eligible", "60.00")] * 2 + [("eligible", "59.40")]


def test_ranks_within_a_group_and_over_all(tmp_path: Path) -> None:
    each = folder_of(tmp_path, scheme_of('amount = { each = "rows", group_by = "kind", top_each = 2, value = "sum" }\n'))
    [benefit] = each.estimate({"rows": ROWS}, "t1").benefits
    assert benefit.amount == "900.00"  # 400 + 300 of x, 200 of y
    assert any("3 项计入" in step.expression for step in benefit.trace)
    whole = folder_of(tmp_path, scheme_of('amount = { each = "rows", group_by = "kind", top = 2, value = "sum" }\n'))
    [benefit] = whole.estimate({"rows": ROWS}, "t1").benefits
    assert benefit.amount == "700.00"
    assert any("2 项计入" in step.expression for step in benefit.trace)
    dated = [{"sum": f"{s}元", "day": d} for s, d in ((1, "2023-01-01"), (5, "2023-06-01"), (3, "2024-01-01"), (9, "2024-12-31"))]
    yearly = folder_of(tmp_path, scheme_of('amount = { each = "rows", year = "year(day)", top_each = 1, value = "sum" }\n'))
    [benefit] = yearly.estimate({"rows": dated}, "t1").benefits
    assert [(p.period, p.amount) for p in benefit.schedule or []] == [("2023", "5.00"), ("2024", "9.00")]


def test_the_place_is_among_those_that_count(tmp_path: Path) -> None:
    body = 'amount = { each = "rows", where = "kind == x", value = "min(sum, 1000元 * position)" }\n'
    rows = [{"rows": [{"sum": "9000元", "kind": k} for k in kinds]} for kinds in ("xyx", "yyx", "x", "xxx")]
    assert [amount for _, amount in outcomes(tmp_path, body, rows)] == ["3000.00", "1000.00", "1000.00", "6000.00"]
    in_where = 'amount = { each = "rows", where = "position <= 2 and kind == x", value = "sum" }\n'
    assert [amount for _, amount in outcomes(tmp_path / "w", in_where, rows)] == ["9000.00", "0.00", "9000.00", "18000.00"]


LOANS = """
[loans]
type = "list"
label = "贷款"
[loans.fields]
principal = { type = "money", label = "本金" }
rate = { type = "percent", label = "利率" }
start = { type = "date", label = "起" }
end = { type = "date", label = "止" }
"""


@pytest.mark.parametrize(
    ("years", "days"),
    [("1.5年", 546), ("18个月", 546), ("0.5年", 181), ("6个月", 181), ("12个月", 365), ("1年", 365), ("30个月", 365 + 365 + 182)],
)
def test_interest_for_part_of_a_year(tmp_path: Path, years: str, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 2022-01-01: 365 days to 2023-01-01, 181 more to July (182 in 2024), which pays to the day."""
    from tests import three

    monkeypatch.setattr(three, "FACTS", three.FACTS + LOANS)
    loan = {"principal": "3600000元", "rate": "10%", "start": "2022-01-01", "end": "2030-01-01"}
    body = f'amount = {{ interest_on = "loans", rate = "actual", years = "{years}" }}\n'
    assert outcomes(tmp_path, body, [{"loans": [loan]}]) == [("eligible", f"{days * 1000}.00")]


def test_dates_moved_by_parts_of_a_year(tmp_path: Path) -> None:
    for move in ("years_after(until, 1.5年)", "years_after(until, 18个月)"):
        body = f'amount = "1元"\nwhen = ["day <= {move}"]\n'
        found = outcomes(tmp_path, body, [{"until": "2022-02-28", "day": d} for d in ("2023-08-28", "2023-08-29")])
        assert [status for status, _ in found] == ["eligible", "ineligible"], move
    body = 'amount = "1元"\nwhen = ["day >= years_before(until, 6个月)"]\n'
    found = outcomes(tmp_path, body, [{"until": "2022-08-31", "day": d} for d in ("2022-02-28", "2022-02-27")])
    assert [status for status, _ in found] == ["eligible", "ineligible"]


@pytest.mark.parametrize("when", ["day <= years_after(until, 1.3年)", "day <= months_after(until, 1.5)"])
def test_spans_that_are_no_whole_months_are_refused(tmp_path: Path, when: str) -> None:
    assert "整月数" in problem(tmp_path, f'amount = "1元"\nwhen = ["{when}"]\n')


def test_items_are_paid_for_whole_years(tmp_path: Path) -> None:
    assert "整数" in problem(tmp_path, 'amount = { each = "rows", years = "1.5年", value = "sum" }\n')


def test_a_scheme_that_cannot_be_loaded_says_so(tmp_path: Path) -> None:
    catalog = folder_of(tmp_path, scheme_of('amount = { percent = 20, of = "a" }\n'))
    with pytest.raises(SchemeErrors):
        catalog.scheme("t1-test")


def test_an_amount_in_exact_shares(tmp_path: Path) -> None:
    """A third each of 100.00 is 33.33, 33.33 and 33.34 in time order: the parts add up."""
    body = 'amount = "a"\nlimits = [{ at_most = "100元", per = "project" }]\nschedule = { shares = ["1/3", "1/3", "1/3"] }\n'
    found = outcomes(tmp_path, body, [{"a": "120元"}, {"a": "100元"}, {"a": "0.02元"}, {"a": "99元"}])
    assert found == [("eligible", amount) for amount in ("100.00", "100.00", "0.02", "99.00")]
    [benefit] = folder_of(tmp_path / "one", scheme_of(body)).estimate({"a": "120元"}, "t1").benefits
    assert [p.amount for p in benefit.schedule or []] == ["33.33", "33.33", "33.34"]
    assert benefit.binding is not None and (benefit.binding.scope, benefit.binding.limit, benefit.binding.cut) == ("project", "100.00", "20.00")


@pytest.mark.parametrize("shares", ['["1/3", "1/3"]', '["1/2", "0.5", "1%"]', '["a / b", "1/2"]', "[]"])
def test_shares_that_are_no_whole(tmp_path: Path, shares: str) -> None:
    assert problem(tmp_path, f'amount = "a"\nschedule = {{ shares = {shares} }}\n')


@pytest.mark.parametrize(
    "amount", ['amount = "min(50% * a, 12元)"\nschedule = {{ years = [{0}] }}\n', 'schedule = {{ years = [{0}], total = "min(50% * a, 12元)" }}\n']
)
def test_a_total_is_paid_in_time_order_each_year_up_to_its_figure(tmp_path: Path, amount: str) -> None:
    body = amount.format('"5元", "4元", "4元"')
    found = outcomes(tmp_path, body, [{"a": 40}, {"a": 14}, {"a": 10}, {}])
    assert found == [("eligible", "12.00"), ("eligible", "7.00"), ("eligible", "5.00"), ("incomplete", None)]
    catalog = folder_of(tmp_path, scheme_of(body))
    paid = [[p.amount for p in catalog.estimate({"a": a}, "t1").benefits[0].schedule or []] for a in (40, 14, 10)]
    assert paid == [["5.00", "4.00", "3.00"], ["5.00", "2.00"], ["5.00"]]


def test_an_amount_is_said_once(tmp_path: Path) -> None:
    assert problem(tmp_path, 'amount = "a"\nschedule = { years = ["5元"], total = "b" }\n')


@pytest.mark.parametrize(("term", "paid"), [("1年", "1335900.00"), ("18个月", "1996550.00"), ("1.5年", "1996550.00"), ("2年", "2668150.00")])
def test_a_term_that_is_a_fact_pays_to_the_day(tmp_path: Path, term: str, paid: str) -> None:
    """3600万元 at 3.65% is 3650元 a day; 366 days in the first year, 181 to the middle of the second."""
    loan = [{"principal": "3600万元", "rate": "3.65%", "start": "2024-01-01", "end": "2028-01-01"}]
    catalog = _terms(tmp_path, 'amount = { interest_on = "loans", rate = "actual", years = "term" }')
    assert held(catalog, "t1-test", [{"term": term, "loans": loan}, {"loans": loan}], tmp_path) == [("eligible", paid), ("incomplete", None)]
    with pytest.raises(InputError, match="整月数"):
        catalog.estimate({"term": "1.3年", "loans": loan}, "t1")


def test_dates_move_by_the_months_of_a_fact(tmp_path: Path) -> None:
    catalog = _terms(tmp_path, 'when = ["years_after(day, term) >= 2024-07-01"]\namount = "1万元"')
    days = [{"term": "1.5年", "day": "2023-01-01"}, {"term": "1.5年", "day": "2022-12-31"}, {"term": "2年", "day": "2022-07-01"}]
    assert [status for status, _ in held(catalog, "t1-test", days, tmp_path)] == ["eligible", "ineligible", "eligible"]


def test_a_yearly_sum_for_part_of_a_year_is_refused(tmp_path: Path) -> None:
    catalog = _terms(tmp_path, 'amount = { each = "loans", amount = "10% * principal", years = "term" }')
    loan = [{"principal": "1万元"}]
    assert held(catalog, "t1-test", [{"term": "2年", "loans": loan}], tmp_path, alone=True) == [("eligible", "2000.00")]
    with pytest.raises(InputError, match="整年数"):
        catalog.estimate({"term": "1.5年", "loans": loan}, "t1")
    rejects = _rejected(catalog, tmp_path)
    assert "整年数" in rejects and "term" in rejects


def _terms(path: Path, body: str) -> Catalog:
    fields = "principal = { type = \"money\", label = \"本金\" }\nrate = { type = \"percent\", label = \"利率\" }\n"
    fields += "start = { type = \"date\", label = \"起\" }\nend = { type = \"date\", label = \"止\" }\n"
    facts = '[term]\ntype = "years"\nlabel = "年限"\n[day]\ntype = "date"\nlabel = "日"\n[loans]\ntype = "list"\nlabel = "贷款"\n[loans.fields]\n'
    (path / "facts.toml").write_text(facts + fields, encoding="utf-8")
    (path / "t1-test.toml").write_text(scheme_of(body + "\n"), encoding="utf-8")
    return load_catalog(path)


def _rejected(catalog: Catalog, path: Path) -> str:
    (path / "in.jsonl").write_text('{"term": "1.5年", "loans": [{"principal": 1}]}\n', encoding="utf-8")
    catalog.batch(path / "in.jsonl", path / "out.csv", schemes=["t1"])
    return (path / "out.rejects.csv").read_text(encoding="utf-8-sig")


SPANS = """
[held]
type = "years"
label = "年限"
[wait]
type = "months"
label = "工期"
"""


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("held >= 18个月", True), ("held > 1.5年", False), ("wait <= 2年", True), ("wait < 24个月", False), ("held + 6个月 >= 2年", True),
        ("wait - 1年 > 12个月", False), ("held < wait", True), ("wait - 6个月 == held", True),
    ],
)  # fmt: skip
def test_years_and_months_are_one_measure(tmp_path: Path, when: str, holds: bool) -> None:
    (tmp_path / "facts.toml").write_text(SPANS, encoding="utf-8")
    (tmp_path / "t1-test.toml").write_text(scheme_of(f'when = ["{when}"]\namount = "1元"\n'), encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert catalog.check() == []
    found = held(catalog, "t1-test", [{"held": "1.5年", "wait": "24个月"}, {"held": "18个月", "wait": 24}, {}], tmp_path)
    assert [status for status, _ in found] == ["eligible" if holds else "ineligible"] * 2 + ["conditional"]
