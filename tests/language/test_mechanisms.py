"""What the language can say, each on both sides of its boundary, through explainer, column engine and workbook."""

from pathlib import Path

import pytest

from tests.three import BENEFIT, folder_of, held, outcomes, scheme_of

YES, NO, OPEN = ("eligible", "7.00"), ("ineligible", "0.00"), ("conditional", "7.00")
SEVEN = 'when = ["{gate}"]\namount = "7元"\n'


@pytest.mark.parametrize(
    ("gate", "cases"),
    [
        ("fields has robots", [("机器人", YES), (["robots", "art"], YES), ("art", NO), ("wide", NO), (None, OPEN)]),
        ("fields has wide", [("ic", YES), ("先进制造、高新技术（药品、器械）", YES), ("文化，机器人", YES), ("art", NO), (None, OPEN)]),
        ("fields has_any [art, ic]", [("ic", YES), (["art"], YES), ("robots", NO), ("wide", NO), (None, OPEN)]),
        ("not fields has ic", [("ic", NO), ("wide", YES), (None, OPEN)]),
    ],
)
def test_sets(tmp_path: Path, gate: str, cases: list) -> None:
    found = outcomes(tmp_path, SEVEN.format(gate=gate), [{"fields": given} for given, _ in cases])
    assert found == [expected for _, expected in cases]


def test_sets_within_records(tmp_path: Path) -> None:
    body = 'amount = { each = "rows", where = "tags has two", amount = "sum" }\n'
    rows = [{"sum": 1, "tags": ["one"]}, {"sum": 10, "tags": ["one", "two"]}, {"sum": 100, "tags": "二"}]
    assert outcomes(tmp_path, body, [{"rows": rows}, {"rows": rows[:1]}, {"rows": [{"sum": 5}]}]) == [("eligible", "110.00"), NO, ("conditional", "5.00")]


@pytest.mark.parametrize(
    ("gate", "cases"),
    [
        ("given(kind)", [({"kind": "x"}, YES), ({}, NO)]),
        ("not given(kind) or kind == x", [({"kind": "x"}, YES), ({"kind": "y"}, NO), ({}, YES)]),
        ("given(rows) and p", [({"rows": [], "p": True}, YES), ({"p": True}, NO), ({"rows": []}, OPEN)]),
        ("not given(fields) or fields has art", [({"fields": "文化"}, YES), ({"fields": "ic"}, NO), ({}, YES)]),
    ],
)
def test_a_condition_may_ask_whether_a_fact_was_given(tmp_path: Path, gate: str, cases: list) -> None:
    assert outcomes(tmp_path, SEVEN.format(gate=gate), [given for given, _ in cases]) == [expected for _, expected in cases]


def test_an_item_counts_where_its_kind_was_not_given(tmp_path: Path) -> None:
    body = 'amount = { each = "rows", where = "not given(kind) or kind == x", amount = "sum" }\n'
    projects = [{"rows": [{"sum": 1, "kind": "x"}, {"sum": 10}, {"sum": 100, "kind": "y"}]}, {"rows": [{"sum": 100, "kind": "y"}]}, {"rows": [{"sum": 3}]}]
    assert outcomes(tmp_path, body, projects) == [("eligible", "11.00"), NO, ("eligible", "3.00")]


# ---------------------------------------------------------------- parts that fall away, the best that fits


def rows(*sums: int, kind: str = "x") -> dict:
    return {"rows": [{"sum": one, "kind": kind} for one in sums]}


X = '{ each = "rows", where = "kind == x", amount = "sum" }'


def test_a_part_of_a_sum_that_nothing_fits_falls_away(tmp_path: Path) -> None:
    body = f'amount = {{ sum = [ {X}, {{ by = "kind", x = "100元", y = "200元" }} ] }}\n'
    cases = [
        ({**rows(1, 2), "kind": "x"}, ("eligible", "103.00")),
        ({**rows(1, 2), "kind": "z"}, ("eligible", "3.00")),  # no branch
        ({**rows(1, 2, kind="y"), "kind": "y"}, ("eligible", "200.00")),  # no record
        ({**rows(1, 2, kind="y"), "kind": "z"}, NO),
        ({"rows": [], "kind": "z"}, NO),
        ({"rows": [], "kind": "x"}, ("eligible", "100.00")),
        ({"kind": "x"}, ("incomplete", None)),
        ({"rows": []}, ("incomplete", None)),
        (rows(5), ("incomplete", None)),
        ({"rows": [{"sum": 5}], "kind": "z"}, ("conditional", "5.00")),
    ]
    assert outcomes(tmp_path, body, [given for given, _ in cases]) == [expected for _, expected in cases]


def test_a_part_that_fell_away_is_no_condition(tmp_path: Path) -> None:
    catalog = folder_of(tmp_path, scheme_of(f'amount = {{ sum = [ {X}, "100元" ] }}\n'))
    [benefit] = catalog.estimate(rows(1, kind="y"), "t1").benefits
    assert (benefit.amount, benefit.conditions) == ("100.00", [])


def test_the_best_that_fits(tmp_path: Path) -> None:
    body = f'amount = {{ best = [ {X}, {{ by = "kind", x = "100元", y = "200元" }}, {{ when = "p", amount = "300元" }} ] }}\n'
    no = {"p": False}
    cases = [
        ({**rows(150), "kind": "x", **no}, ("eligible", "150.00")),
        ({**rows(150), "kind": "y", **no}, ("eligible", "200.00")),
        ({**rows(150), "kind": "z", **no}, ("eligible", "150.00")),
        ({**rows(150), "kind": "z", "p": True}, ("eligible", "300.00")),
        ({**rows(150, kind="y"), "kind": "z", **no}, NO),
        ({**rows(150), "kind": "z"}, ("incomplete", None)),
    ]
    assert outcomes(tmp_path, body, [given for given, _ in cases]) == [expected for _, expected in cases]


# ---------------------------------------------------------------- floors


@pytest.mark.parametrize(
    ("rule", "cases"),
    [
        ('amount = { percent = "50%", of = "a" }\npays_from = "1元"', [("1.99", NO), ("2", ("eligible", "1.00")), ("9", ("eligible", "4.50"))]),
        ('amount = { percent = "50%", of = "a" }\nat_least = "1元"', [("0", ("eligible", "1.00")), ("2", ("eligible", "1.00")), ("3", ("eligible", "1.50"))]),
        (
            'amount = { percent = "50%", of = "a" }\nat_least = "5元"\npays_from = "1元"\nlimits = [{ at_most = "6元", per = "project" }]',
            [("1.99", NO), ("2", ("eligible", "5.00")), ("11", ("eligible", "5.50")), ("13", ("eligible", "6.00"))],
        ),
        ('amount = { percent = "50%", of = "a", at_least = "b" }', [("2", ("eligible", "3.00")), ("8", ("eligible", "4.00"))]),
        ('amount = { sum = [ { percent = "50%", of = "a", pays_from = "2元" }, "10元" ] }', [("3.99", ("eligible", "10.00")), ("4", ("eligible", "12.00"))]),
    ],
)
def test_floors(tmp_path: Path, rule: str, cases: list) -> None:
    found = outcomes(tmp_path, rule + "\n", [{"a": a, "b": 3} for a, _ in cases] + [{}])
    unknown = ("incomplete", None)
    assert found == [*(expected for _, expected in cases), unknown]


def test_items_below_a_figure_do_not_count(tmp_path: Path) -> None:
    body = 'amount = { each = "rows", percent = "50%", of = "sum", pays_from = "10元", at_least = "20元", at_most = "30元" }\n'
    cases = [(rows(19, 20, 50, 100), ("eligible", "75.00")), (rows(19), NO), (rows(), NO)]  # 20, 25 and 30
    assert outcomes(tmp_path, body, [given for given, _ in cases]) == [expected for _, expected in cases]


# ---------------------------------------------------------------- exact values, dates


def test_tables_of_exact_values(tmp_path: Path) -> None:
    body = 'amount = { percent = { by = "year(day)", 2023 = "20%", 2024 = "15%", otherwise = "1%" }, of = "a" }\n'
    days = [("2023-01-01", "20.00"), ("2023-12-31", "20.00"), ("2024-01-01", "15.00"), ("2025-01-01", "1.00")]
    assert outcomes(tmp_path, body, [{"a": 100, "day": day} for day, _ in days]) == [("eligible", paid) for _, paid in days]
    body = 'amount = { by = "count", 1 = "10元", 3 = "50元" }\n'
    assert outcomes(tmp_path, body, [{"count": n} for n in (1, 2, 3)]) == [("eligible", "10.00"), NO, ("eligible", "50.00")]


def test_days_and_years_that_follow_one_another_leave_no_gap(tmp_path: Path) -> None:
    body = """
[benefits.amount]
by = "day"
tiers = [ { up_to = 2022-03-31, amount = "1元" }, { from = 2022-04-01, up_to = 2022-04-30, amount = "2元" }, { over = 2022-04-30, amount = "3元" } ]
"""
    days = ["2022-03-31", "2022-04-01", "2022-04-30", "2022-05-01"]
    assert [paid for _, paid in outcomes(tmp_path, body, [{"day": day} for day in days])] == ["1.00", "2.00", "2.00", "3.00"]
    body = '[benefits.amount]\nby = "year(day)"\ntiers = [ { up_to = 2022, amount = "1元" }, { from = 2023, amount = "2元" } ]\n'
    assert [paid for _, paid in outcomes(tmp_path, body, [{"day": "2022-12-31"}, {"day": "2023-01-01"}])] == ["1.00", "2.00"]


@pytest.mark.parametrize(
    ("amount", "cases"),
    [
        (
            "1元 * days(day, until)",
            [("2024-02-28", "2024-03-01", 2), ("2023-02-28", "2023-03-01", 1), ("2024-01-02", "2024-01-02", 0), ("2024-01-02", "2024-01-01", 0)],
        ),
        (
            "1元/月 * months(day, until)",
            [
                ("2022-07-01", "2023-04-01", 9), ("2022-07-01", "2023-03-31", 8), ("2024-01-31", "2024-02-28", 0), ("2024-01-31", "2024-02-29", 1),
                ("2023-01-31", "2023-02-28", 1), ("2024-01-31", "2024-03-30", 1), ("2024-03-01", "2024-02-01", 0), ("2020-02-29", "2021-02-28", 12),
            ],
        ),
        ("1元 * days(day, months_after(day, 1))", [("2024-01-31", "2024-02-01", 29), ("2023-01-31", "2024-02-01", 28), ("2023-12-15", "2024-01-01", 31)]),
        (
            "1元 * overlap_days(day, until, 2024-01-01, 2024-02-01)",
            [("2023-12-01", "2024-01-11", 10), ("2024-01-31", "2024-12-31", 1), ("2024-02-01", "2024-03-01", 0), ("2023-01-01", "2025-01-01", 31)],
        ),
    ],
)  # fmt: skip
def test_days_and_months(tmp_path: Path, amount: str, cases: list) -> None:
    found = outcomes(tmp_path, f'amount = "{amount}"\n', [{"day": day, "until": until} for day, until, _ in cases] + [{"until": "2024-01-01"}])
    assert found == [*(("eligible", f"{count}.00") for _, _, count in cases), ("incomplete", None)]


# ---------------------------------------------------------------- equity


@pytest.mark.parametrize("combine", ["sum", "one-of"])
def test_equity_is_shown_but_in_no_total(tmp_path: Path, combine: str) -> None:
    stake = BENEFIT.replace('"grant"', '"equity"') + 'amount = "a"\n'
    grant = BENEFIT.replace('"b"', '"c"') + 'when = ["p"]\namount = "7元"\n'
    projects = [{"a": 100, "p": True}, {"a": 100, "p": False}, {"a": 100}, {"p": True}]
    found = outcomes(tmp_path, stake + grant, projects, f'combine = "{combine}"')
    assert found == [("eligible", "100.00"), ("eligible", "100.00"), ("eligible", "100.00"), ("incomplete", None)]
    catalog = folder_of(tmp_path, scheme_of(stake + grant, f'combine = "{combine}"'))
    results = [catalog.estimate(p, "t1") for p in projects]
    assert [(r.status, r.total, r.total_if, r.chosen) for r in results] == [
        ("eligible", "7.00", "7.00", ["c"]), ("eligible", "0.00", "0.00", []), ("eligible", None, "7.00", ["c"]), ("eligible", "7.00", "7.00", ["c"]),
    ]  # fmt: skip


def test_the_words_say_the_best_and_where_payment_begins(tmp_path: Path) -> None:
    body = 'amount = { best = [ "a", { percent = "50%", of = "b" } ] }\npays_from = "5元"\n'
    [benefit] = folder_of(tmp_path, scheme_of(body)).show("t1")["benefits"]
    assert benefit["formula"] == ["以下能适用的各项中最高的一项：", "　甲", "　50% × 乙", "不到这个数不支付：5元"]
# ---------------------------------------------------------------- caps over several benefits

TWO = BENEFIT + 'amount = "a"\n' + BENEFIT.replace('"b"', '"c"') + 'amount = "b"\n'


@pytest.mark.parametrize(
    ("cap", "cases"),
    [
        (
            'at_most = { cases = [ { when = "p", amount = "15元" }, { otherwise = "10元" } ] }',
            [({"p": True}, "15.00"), ({"p": False}, "10.00"), ({}, "10.00")],  # not known: the least that it can be
        ),
        ('at_most = "50% * a + 1元"', [({"a": 20, "b": 4}, "11.00"), ({"a": 20, "b": 0}, "11.00"), ({"a": 2, "b": 1}, "2.00")]),
        ('at_most = "10元"\nwhen = "p"', [({"p": True}, "10.00"), ({"p": False}, "20.00"), ({}, "10.00")]),
        ('at_most = { by = "kind", x = "10元" }', [({"kind": "x"}, "10.00"), ({"kind": "y"}, "20.00")]),
        ('at_most = "10元"\nderived = true', [({}, "10.00"), ({"a": 3}, "10.00"), ({"a": 2}, "10.00"), ({"a": 1}, "9.00")]),
    ],
)
def test_group_caps_by_expression(tmp_path: Path, cap: str, cases: list) -> None:
    body = TWO + f'[[group_caps]]\nbenefits = ["b", "c"]\nper = "project"\n{cap}\n'
    given = [{"a": 12, "b": 8, **project} for project, _ in cases]
    outcomes(tmp_path, body, given)
    catalog = folder_of(tmp_path, scheme_of(body))
    assert [catalog.estimate(project, "t1").total for project in given] == [total for _, total in cases]
    for project, (_, total) in zip(given, cases, strict=True):
        assert catalog.plan(project)["total"] == total
    assert catalog.check() == []
    [said] = catalog.show("t1")["group_caps"]
    assert said["says"] and (said["limit"] is None) is ("p" in cap or "%" in cap or "by" in cap)


@pytest.mark.parametrize(
    ("cap", "given", "amount"),
    [
        ('at_most = "10元"', {}, "10.00"),
        ('at_most = "12元"', {}, "12.00"),
        ('at_most = "50% * b"', {}, "4.00"),
        ('at_most = "10元"\nwhen = "p"', {"p": True}, "10.00"),
        ('at_most = "10元"\nwhen = "p"', {"p": False}, "12.00"),
        ('at_most = "10元"\nwhen = "p"', {}, "12.00"),  # not known whether it holds: it cuts the total
        ('at_most = { by = "kind", x = "10元" }', {"kind": "x"}, "10.00"),
        ('at_most = { by = "kind", x = "10元" }', {"kind": "y"}, "12.00"),  # no figure for this kind
        ('at_most = { cases = [ { when = "p", amount = "11元" }, { otherwise = "9元" } ] }', {"p": False}, "9.00"),
        ('at_most = "sum(rows.sum)"', {"rows": [{"sum": 3}, {"sum": 4}]}, "7.00"),
    ],
)
def test_no_amount_is_above_a_cap_that_covers_it(tmp_path: Path, cap: str, given: dict, amount: str) -> None:
    body = TWO + f'[[group_caps]]\nbenefits = ["b", "c"]\nper = "project"\n{cap}\n'
    assert outcomes(tmp_path, body, [{"a": 12, "b": 8, **given}]) == [("eligible", amount)]
    [found, _] = folder_of(tmp_path, scheme_of(body)).estimate({"a": 12, "b": 8, **given}, "t1").benefits
    assert (found.binding.limit if found.binding else "12.00") == amount


def test_a_cap_that_covers_what_is_paid_over_years_is_used_up_in_time_order(tmp_path: Path) -> None:
    years = BENEFIT + 'schedule = { years = ["8元", "8元", "8元"] }\n' + BENEFIT.replace('"b"', '"c"') + 'amount = "b"\n'
    body = years + '[[group_caps]]\nbenefits = ["b", "c"]\nper = "project"\nat_most = "10元"\n'
    assert outcomes(tmp_path, body, [{"b": 1}]) == [("eligible", "10.00")]
    [found, _] = folder_of(tmp_path, scheme_of(body)).estimate({"b": 1}, "t1").benefits
    assert [period.amount for period in found.schedule] == ["8.00", "2.00"]


def test_the_best_of_a_table_keeps_to_caps_by_expression(tmp_path: Path) -> None:
    body = TWO + '[[group_caps]]\nbenefits = ["b", "c"]\nper = "project"\nat_most = { cases = [ { when = "p", amount = "15元" }, { otherwise = "10元" } ] }\n'
    catalog = folder_of(tmp_path, scheme_of(body))
    rows = tmp_path / "p.csv"
    rows.write_text("project,a,b,p\n1,12,8,是\n2,12,8,否\n3,2,3,否\n", encoding="utf-8")
    catalog.batch(rows, tmp_path / "out.csv", id_column="project", shape="wide", plan=True)
    assert [line.split(",")[-1] for line in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:]] == ["15.00", "10.00", "5.00"]


def test_a_group_has_the_limit_of_its_category(tmp_path: Path) -> None:
    """A tenth of each sum; groups x and y have limits of their own, and the fields that make the group tell which."""
    body = 'amount = {{ each = "rows", group_by = "kind", percent = "10%", of = "sum", group_at_most = {} }}\n'
    both, some = '{ by = "kind", x = "15元", y = "4元" }', '{ by = "kind", x = "15元" }'
    rows = [{"kind": "x", "sum": 100}, {"kind": "x", "sum": 51}, {"kind": "y", "sum": 50}]
    catalog = folder_of(tmp_path, scheme_of(body.format(both)))
    given = [{"rows": rows}, {"rows": rows[2:]}, {"rows": rows[:1], "kind": "z"}, {"rows": [{"sum": 50}]}]
    found = held(catalog, "t1-test", given, tmp_path, live=None, alone=True)
    assert found == [("eligible", "19.00"), ("eligible", "4.00"), ("eligible", "10.00"), ("incomplete", None)]
    result = catalog.estimate({"rows": rows}, "t1").benefits[0].binding
    assert result is not None and (result.scope, result.cut) == ("group", "1.10")
    assert "15元" in str(catalog.show("t1")["benefits"][0]["formula"])
    catalog = folder_of(tmp_path, scheme_of(body.format(some)))  # of y the text gives no figure: it does not count
    assert held(catalog, "t1-test", [{"rows": rows}, {"rows": rows[2:]}], tmp_path, live=None, alone=True) == [("eligible", "15.00"), ("ineligible", "0.00")]
    [problem] = folder_of(tmp_path, scheme_of(body.format('"50% * sum"'))).check()
    assert "kind" in problem.problem and "sum" in problem.problem
