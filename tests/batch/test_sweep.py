"""A figure of the rules takes one value after another: each cost is that of a reform, and the value found is the last that fits."""

from __future__ import annotations

import csv
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from calc import Catalog, InputError
from calc.store.sweeps import read_sweep
from tests.command import run

HEADS = "项目名称,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额\n"
PERCENT = "1.01/investment-grant.percent"


@pytest.fixture
def table(tmp_path: Path, both_engines: str) -> Path:
    file = tmp_path / "projects.csv"
    amounts = ["1.2亿元", "860万元", "2亿元", "333.33万元"]
    file.write_text(HEADS + "".join(f"P{n},高精尖产业,85%,18%,否,{amount}\n" for n, amount in enumerate(amounts)), encoding="utf-8")
    return file


def cost(percent: Fraction, cap: int = 50_000_000) -> int:
    """The cost in fen by hand: each project's share cut to the fen, up to the limit."""
    return sum(min(int(Fraction(base) * 100 * percent), cap * 100) for base in (120_000_000, 8_600_000, 200_000_000, 3_333_300))


def test_the_cost_of_each_value(catalog: Catalog, table: Path) -> None:
    answer = catalog.sweep(table, f"{PERCENT}=20%..35%:5%")
    assert [(p["value"], int(p["cost"].replace(".", ""))) for p in answer["points"]] == [(f"{p}%", cost(Fraction(p, 100))) for p in (20, 25, 30, 35)]
    assert (answer["before"], answer["points"][2]["difference"], answer["fits"]) == ("89579990.00", "0.00", [])
    for point in answer["points"]:
        reformed = catalog.reform(table, changes=[f'1.01/investment-grant: percent = "{point["value"]}"'])
        assert reformed["after"] == point["cost"] and reformed["difference"] == point["difference"]


def test_the_value_that_just_keeps_a_budget(catalog: Catalog, table: Path) -> None:
    rng = random.Random(7)
    finest = Fraction(1, 10**10)
    for _ in range(6):
        budget = rng.randint(cost(Fraction(20, 100)), cost(Fraction(35, 100)) - 1)
        answer = catalog.sweep(table, f"{PERCENT}=20%..35%:5%", budget=f"{budget / 100:.2f}元")
        (found,) = answer["fits"]
        value, after = (Fraction(found[key].rstrip("%")) / 100 for key in ("value", "next"))
        assert after - value == finest
        assert cost(value) <= budget < cost(after)
        assert (int(found["cost"].replace(".", "")), int(found["next_cost"].replace(".", ""))) == (cost(value), cost(after))


def test_an_amount_to_the_fen(catalog: Catalog, table: Path) -> None:
    answer = catalog.sweep(table, "1.01/investment-grant: limits[0].at_most=1000万元..9000万元:2000万元", budget="6000万元")
    # with 30%: 258万 and 99.999万 are below any limit here, the two others take the limit each
    assert [(one["value"], one["cost"]) for one in answer["fits"]] == [("28,210,005元", "60000000.00")]
    assert answer["fits"][0]["next"] == "28,210,005.01元"


def test_years_are_whole(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("项目名称,principal,rate,start,end\nP1,10000万元,3.65%,2023-05-10,2028-05-10\n", encoding="utf-8")
    answer = catalog.sweep(table, "1.01/loan-interest.years=1..4:1", items={"loans": str(tmp_path / "loans.csv")}, budget="9600万元")
    costs = [int(p["cost"].replace(".", "")) for p in answer["points"]]
    assert costs == sorted(costs) and len(set(costs)) == 4
    (found,) = answer["fits"]
    assert int(found["next"]) - int(found["value"]) == 1


def test_a_cost_that_falls(catalog: Catalog, table: Path) -> None:
    answer = catalog.sweep(table, '1.01/investment-grant: pays_from=100万元..6000万元:5900万元', budget="8000万元")
    (found,) = answer["fits"]  # from 3600万元 and a fen on P0 is paid nothing
    assert (found["value"], found["next"]) == ("36,000,000.01元", "36,000,000元")


def test_with_other_changes_and_a_list_of_values(catalog: Catalog, table: Path) -> None:
    answer = catalog.sweep(table, f"{PERCENT}=35%,20%，30%", changes=['1.01/investment-grant: limits[0].at_most = "3000万元"'])
    assert [(p["value"], int(p["cost"].replace(".", ""))) for p in answer["points"]] == [
        (f"{p}%", cost(Fraction(p, 100), 30_000_000)) for p in (20, 30, 35)
    ]
    both = catalog.sweep(table, f"{PERCENT}=20%,30%", changes=['1.02/investment-grant: percent = "1%"'], ignore_unknown=True)
    alone = catalog.reform(table, changes=['1.02/investment-grant: percent = "1%"'], ignore_unknown=True)
    assert int(both["points"][1]["cost"].replace(".", "")) == cost(Fraction(30, 100)) + int(alone["after"].replace(".", ""))


def test_all_fit_or_none(catalog: Catalog, table: Path) -> None:
    for budget, fits in (("10亿元", True), ("1元", False)):
        answer = catalog.sweep(table, f"{PERCENT}=20%..30%:10%", budget=budget)
        assert answer["fits"] == [] and [p["fits"] for p in answer["points"]] == [fits, fits]


@pytest.mark.parametrize(
    "said",
    [
        "percent=20%..35%:1%", f"{PERCENT}", f"{PERCENT}=20%", f"{PERCENT}=35%..20%:1%", f"{PERCENT}=20%..35%:0%", f"{PERCENT}=20%..35%:0.001%",
        f"{PERCENT}=x..y:z", "9.99/investment-grant.percent=1%..2%:1%", "1.01/grant.percent=1%..2%:1%", "1.01/investment-grant.percemt=1%..2%:1%",
    ],
)  # fmt: skip
def test_what_cannot_be_varied(catalog: Catalog, table: Path, said: str) -> None:
    with pytest.raises(InputError):
        catalog.sweep(table, said)


def test_how_a_sweep_is_written() -> None:
    swept = read_sweep(" 1.01/investment-grant.limits[0].at_most = 1亿元..3亿元：1亿元 ")
    assert (swept.kind, [int(v) for v in swept.values]) == ("money", [10**8, 2 * 10**8, 3 * 10**8])
    assert swept.edited(swept.values[1]).value == '"200000000元"'
    assert read_sweep("1.21: when[0] = 1,2").edit.benefit == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_in_every_form(table: Path, tmp_path: Path, lang: str) -> None:
    words: list[Any] = ["--lang", lang, "reform", str(table), "--vary", f"{PERCENT}=20%..35%:5%", "--budget", "8000万元"]
    shown = run(words)
    assert shown.code == 0 and "89,579,990.00" in shown.out and "%" in shown.out.splitlines()[-1]
    assert max(len(line) for line in shown.out.splitlines()[:-1]) <= 80
    rows = list(csv.DictReader(run([*words, "--format", "csv"]).out.splitlines()))
    assert [(row["value"], row["fits"]) for row in rows] == [("20%", "true"), ("25%", "false"), ("30%", "false"), ("35%", "false")]
    assert "| 25% |" in run([*words, "--format", "markdown"]).out
    for suffix, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".html", b"<!doctype")):
        assert run([*words, "--chart", str(tmp_path / f"c{suffix}")]).code == 0
        assert (tmp_path / f"c{suffix}").read_bytes().startswith(start)
    assert run([*words, "-o", str(tmp_path / "c.xlsx")]).code == 0
    page = openpyxl.load_workbook(tmp_path / "c.xlsx").worksheets[0]
    assert page["C8"].value == "=B8-$B$5" and page["B8"].value == pytest.approx(cost(Fraction(1, 5)) / 100)
    for extra in (["--by", "改造后引入业态"], ["--rows", str(tmp_path / "r.csv")], ["--size", "固定资产投资总额"]):
        assert run([*words, *extra]).code == 2
    assert run(["reform", str(table), "--change", '1.01/investment-grant: percent = "25%"', "--budget", "1元"]).code == 2
