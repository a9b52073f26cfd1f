"""Money that is short: parts add up, nobody gets more than is due, and who ranks first is paid first."""

from __future__ import annotations

import csv
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog, InputError
from calc.batch.budget import Budget, Claim, allocate, pro_rata
from tests.command import run

TABLE = """项目名称,区,评分,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额
甲,朝阳,80,高精尖产业,85%,18%,否,1.2亿元
乙,海淀,95,高精尖产业,72%,15%,否,860万元
丙,朝阳,99,高精尖产业,69%,15%,否,1000万元
丁,海淀,90,高精尖产业,90%,20%,否,2亿元
"""  # 甲 3600万, 乙 258万, 丙 nothing, 丁 5000万


def claims(amounts: list[int], schemes: int = 1) -> list[Claim]:
    return [Claim(n // schemes, n % schemes, amount) for n, amount in enumerate(amounts)]


def by_hand(amounts: list[int], budget: int) -> list[int]:
    """Pro rata from the definition: of all ways to give each its share cut down, or a fen more, the one that favours the largest
    remainders, the first of equal ones."""
    whole = sum(amounts)
    if whole <= budget:
        return amounts
    exact = [Fraction(amount * budget, whole) for amount in amounts]
    paid = [int(share) for share in exact]
    while sum(paid) < budget:
        open_ = [n for n in range(len(paid)) if paid[n] == int(exact[n])]
        best = max(open_, key=lambda n: (exact[n] - int(exact[n]), -n))
        paid[best] += 1
    return paid


def test_pro_rata_against_the_definition_on_random_instances() -> None:
    rng = random.Random(161)
    for _ in range(1500):
        amounts = [rng.choice([rng.randint(1, 9), rng.randint(1, 400), rng.randint(1, 10**9)]) for _ in range(rng.randint(1, 9))]
        budget = rng.choice([rng.randint(0, sum(amounts) + 3), rng.randint(0, 12)])
        paid = pro_rata(amounts, budget)
        assert paid == by_hand(amounts, budget)
        assert sum(paid) == min(budget, sum(amounts))
        more = pro_rata(amounts, budget + 1)
        assert sum(more) >= sum(paid)
        for amount, had, has in zip(amounts, paid, more, strict=True):
            assert 0 <= had <= amount and has >= had - 1
            assert abs(had - Fraction(amount * min(budget, sum(amounts)), sum(amounts))) < 1


def test_two_limits_hold_together_on_random_instances() -> None:
    rng = random.Random(162)
    names = ["x", "y", "z"]
    for _ in range(800):
        given = claims([rng.randint(1, 500) for _ in range(3 * rng.randint(1, 5))], 3)
        per = {name: rng.randint(0, 900) for name in names if rng.random() < 0.6}
        total = rng.choice([None, rng.randint(0, 2500)])
        order = sorted(range(len(given)), key=lambda n: (rng.random(), n))
        room = {name: min(sum(c.amount for c in given if names[c.scheme] == name), per.get(name, 10**9)) for name in names}
        for cut, last in (("pro-rata", "cut"), ("rank", "cut"), ("rank", "leave-out")):
            budget = Budget(total, per, cut, last=last)
            paid = allocate(given, budget, names, order)
            assert all(0 <= amount <= claim.amount for claim, amount in zip(given, paid, strict=True))
            for place, name in enumerate(names):
                assert sum(p for c, p in zip(given, paid, strict=True) if c.scheme == place) <= room[name]
            if last == "cut":  # what there is, is paid
                assert sum(paid) == min(sum(room.values()), 10**9 if total is None else total)
            if total is not None:
                more = allocate(given, Budget(total + 7, per, cut, last=last), names, order)
                assert sum(more) >= sum(paid)
                assert all(has >= had - (cut == "pro-rata") for had, has in zip(paid, more, strict=True))


def test_by_rank_on_random_instances() -> None:
    rng = random.Random(163)
    for _ in range(600):
        amounts = [rng.randint(1, 50) for _ in range(rng.randint(1, 8))]
        budget = rng.randint(0, sum(amounts) + 5)
        order = rng.sample(range(len(amounts)), len(amounts))
        cut = allocate(claims(amounts), Budget(budget, {}, "rank", last="cut"), ["x"], order)
        out = allocate(claims(amounts), Budget(budget, {}, "rank", last="leave-out"), ["x"], order)
        left = budget
        for place in order:
            assert cut[place] == min(amounts[place], left)
            left -= cut[place]
        full = [n for n in range(len(order) + 1) if sum(amounts[p] for p in order[:n]) <= budget][-1]
        assert [out[p] for p in order] == [amounts[p] for p in order[:full]] + [0] * (len(order) - full)


@pytest.fixture
def table(tmp_path: Path, both_engines: str) -> Path:
    file = tmp_path / "projects.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def paid(catalog: Catalog, table: Path, **options: Any) -> dict[str, str]:
    output = table.with_name("out.csv")
    catalog.batch(table, output, schemes=["1.01"], shape="wide", ignore_unknown=True, **options)
    return {row["项目名称"]: row["paid"] for row in csv.DictReader(output.read_text(encoding="utf-8-sig").splitlines())}


def test_each_way_on_a_table(catalog: Catalog, table: Path) -> None:
    assert paid(catalog, table, budget="8858万元") == {"甲": "36000000.00", "乙": "2580000.00", "丙": "0.00", "丁": "50000000.00"}
    assert paid(catalog, table, budget="4429万元") == {"甲": "18000000.00", "乙": "1290000.00", "丙": "0.00", "丁": "25000000.00"}
    assert paid(catalog, table, budget="6000万元", rank="评分:down") == {"甲": "7420000.00", "乙": "2580000.00", "丙": "0.00", "丁": "50000000.00"}
    assert paid(catalog, table, budget="6000万元", rank="评分:down", last="leave-out")["甲"] == "0.00"
    assert paid(catalog, table, budget="6000万元", rank="评分") == {"甲": "36000000.00", "乙": "0.00", "丙": "0.00", "丁": "24000000.00"}
    assert paid(catalog, table, per={"1.01": "1000元"}, rank="固定资产投资总额") == {"甲": "0.00", "乙": "1000.00", "丙": "0.00", "丁": "0.00"}


def test_the_long_result_is_paid_the_same(catalog: Catalog, table: Path) -> None:
    output = table.with_name("long.csv")
    summary = catalog.batch(table, output, schemes=["1.01"], budget="4429万元", ignore_unknown=True)
    rows = list(csv.DictReader(output.read_text(encoding="utf-8-sig").splitlines()))
    found = {row["project"]: row["paid"] for row in rows if row["scheme"].startswith("1.01") and row["benefit"] == "investment-grant"}
    assert found == {"甲": "18000000.00", "乙": "1290000.00", "丙": "0.00", "丁": "25000000.00"}
    told = summary.budget
    assert told is not None
    assert (told["claimed"], told["paid"], told["cut"], told["projects_cut"]) == ("88580000.00", "44290000.00", "44290000.00", 3)
    assert told["most_cut"][0] == {"project": "丁", "cut": "25000000.00"}
    assert [one["scheme"] for one in told["schemes"]] == ["1.01-old-factory-renovation"]


@pytest.mark.parametrize(
    "options",
    [{"budget": "若干"}, {"budget": "1亿元", "cut": "half"}, {"budget": "1亿元", "cut": "rank"}, {"budget": "1亿元", "rank": "名次"}, {"rank": "评分"},
     {"budget": "1亿元", "cut": "pro-rata", "rank": "评分"}, {"budget": "1亿元", "last": "cut"}, {"per": {"1.02": "1亿元"}}, {"budget": "1亿元", "rank": "区"}],
)  # fmt: skip
def test_what_makes_no_budget_is_refused(catalog: Catalog, table: Path, options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        paid(catalog, table, **options)
    assert not table.with_name("out.csv").exists()


def test_the_command(table: Path) -> None:
    shown = run(["batch", str(table), "-s", "1.01", "--wide", "--budget", "4429万元", "--per", "1.01=1亿元", "--cut", "pro-rata", "--ignore-unknown"])
    assert shown.code == 0 and ",25000000.00\n" in shown.out
    assert "按比例" in shown.err and "少 25,000,000.00 元" in shown.err
    assert run(["batch", str(table), "--per", "3亿元", "--ignore-unknown"]).code == 2
