"""Claims beside what is computed: the difference, and the step behind which the two part."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog, InputError
from tests.command import run

HEADS = "项目名称,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额（万元）,申报金额（万元）\n"
pytestmark = pytest.mark.usefixtures("both_engines")


def claimed(catalog: Catalog, folder: Path, lines: list[str], **options: Any) -> list[dict[str, str]]:
    """The rows of the result for the rows ``lines`` (after the name)."""
    table = folder / "claims.csv"
    table.write_text(HEADS + "".join(f"P{n},{line}\n" for n, line in enumerate(lines)), encoding="utf-8")
    catalog.batch(table, folder / "out.csv", schemes=["1.01"], claimed="申报金额", **options)
    return list(csv.DictReader((folder / "out.csv").read_text(encoding="utf-8-sig").splitlines()))


@pytest.mark.parametrize(
    ("line", "computed", "difference", "said"),
    [
        ("高精尖产业,85%,18%,否,12000,3600", "36000000.00", "0.00", ""),
        ("高精尖产业,90%,20%,否,20000,6000", "50000000.00", "10000000.00", "5000万元"),  # 30% of 2亿 is 6000万; the limit was left out
        ("高精尖产业,90%,20%,否,1000,350", "3000000.00", "500000.00", "35%"),  # 350 / 1000
        ("高精尖产业,90%,20%,否,1000,1000", "3000000.00", "7000000.00", "固定资产投资总额"),  # the base itself
        ("高精尖产业,72%,15%,否,860,300", "2580000.00", "420000.00", "10,000,000.00"),  # 300 / 30% = 1000, not 860
        ("高精尖产业,69%,15%,否,1000,300", "0.00", "3000000.00", "69%"),
        ("高精尖产业,90%,20%,否,1000,0.03", "3000000.00", "-2999700.00", "10,000"),  # 300 written as yuan
        ("高精尖产业,90%,20%,否,,300", "", "", "固定资产投资总额"),
        ("高精尖产业,90%,20%,,1000,300", "", "", "3,000,000.00"),
        ("高精尖产业,90%,20%,否,1000,", "3000000.00", "", ""),
        ("高精尖产业,90%,20%,否,1000,271.8281", "3000000.00", "-281719.00", "3,000,000.00"),
    ],
)
def test_where_they_part(catalog: Catalog, tmp_path: Path, line: str, computed: str, difference: str, said: str) -> None:
    (row,) = claimed(catalog, tmp_path, [line])
    assert (row["computed"], row["difference"]) == (computed, difference)
    assert said in row["parts_at"] and bool(said) == bool(row["parts_at"])


def test_alternatives_and_sums(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("项目名称,principal,rate,start,end\nP0,8000万元,3.8%,2023-03-01,2026-03-01\n", encoding="utf-8")
    for claim, word in (("5929222.22元", "贷款贴息"), ("41929222.22元", "之和")):  # 3600万 or 592.92万: one of the two
        (row,) = claimed(catalog, tmp_path, [f"高精尖产业,85%,18%,否,12000,{claim}"], items={"loans": str(tmp_path / "loans.csv")})
        assert row["computed"] == "36000000.00" and word in row["parts_at"]


def test_a_claim_that_is_no_amount_is_rejected(catalog: Catalog, tmp_path: Path) -> None:
    rows = claimed(catalog, tmp_path, ["高精尖产业,90%,20%,否,1000,很多", "高精尖产业,90%,20%,否,1000,300", "高精尖产业,90%,20%,否,1000,-3"])
    assert [row["项目名称"] for row in rows] == ["P1"]
    rejects = (tmp_path / "out.rejects.csv").read_text(encoding="utf-8-sig")
    assert "很多" in rejects and rejects.count("申报金额（万元）") == 3, "two rows, and the header of their cells"


def test_the_summary_adds_up(catalog: Catalog, tmp_path: Path) -> None:
    table = tmp_path / "claims.csv"
    table.write_text(HEADS + "甲,高精尖产业,85%,18%,否,12000,3600\n乙,高精尖产业,72%,15%,否,860,300\n丙,高精尖产业,72%,15%,否,860,\n", encoding="utf-8")
    summary = catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], claimed="申报金额")
    wanted = {"rows": 2, "claimed": "39000000.00", "computed": "38580000.00", "differ": 1}
    assert summary.claimed == [{"scheme": "1.01-old-factory-renovation", **wanted}]
    assert catalog.verify(tmp_path / "out.csv")["same"]


def test_several_schemes_each_with_a_column(catalog: Catalog, tmp_path: Path) -> None:
    table = tmp_path / "claims.csv"
    table.write_text(HEADS.strip() + ",另报\n甲,高精尖产业,85%,18%,否,12000,3600,1万元\n", encoding="utf-8")
    with pytest.raises(InputError):
        catalog.batch(table, tmp_path / "out.csv", schemes=["1.01", "1.02"], claimed="申报金额", ignore_unknown=True)
    with pytest.raises(InputError):
        catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], claimed={"1.02": "申报金额"}, ignore_unknown=True)
    with pytest.raises(InputError):
        catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], claimed="固定资产", ignore_unknown=True)
    with pytest.raises(InputError):
        catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], claimed="改造后综合节能率", ignore_unknown=True)
    assert not (tmp_path / "out.csv").exists()
    catalog.batch(table, tmp_path / "out.csv", schemes=["1.01", "1.02"], claimed={"1.01": "申报金额", "1.02": "另报"})
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    assert row["1.01-old-factory-renovation.difference"] == "0.00" and row["1.02-inefficient-building-renovation.claimed"] == "10000.00"


def test_a_fact_may_be_what_is_claimed(catalog: Catalog, tmp_path: Path) -> None:
    table = tmp_path / "claims.csv"
    table.write_text(HEADS.replace(",申报金额（万元）", "") + "甲,高精尖产业,85%,18%,否,12000\n", encoding="utf-8")
    catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], claimed="固定资产投资总额（万元）")
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (row["claimed"], row["computed"]) == ("120000000.00", "36000000.00")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command(tmp_path: Path, lang: str) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    facts = 'introduced_industry = "高精尖产业"\noccupancy_rate_one_year = "85%"\nenergy_saving_rate = "18%"\nrenewable_capable = "否"\n'
    (folder / "a.toml").write_text(f'"申报金额（万元）" = 350\nfixed_asset_investment = "1000万元"\n{facts}', encoding="utf-8")
    (folder / "b.toml").write_text(f'"申报金额" = "300万元"\n[facts]\nfixed_asset_investment = "1000万元"\n{facts}', encoding="utf-8")
    (folder / "c.csv").write_text(HEADS + ",高精尖产业,85%,18%,否,1000,400\n", encoding="utf-8")
    done = run(["--lang", lang, "batch", str(folder), "-s", "1.01", "--claimed", "申报金额", "-o", str(tmp_path / "out.csv")])
    assert done.code == 0 and "10,500,000.00" in done.err
    found = {row["file"]: row for row in csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())}
    assert {file: row["difference"] for file, row in found.items()} == {"a.toml": "500000.00", "b.toml": "0.00", "c.csv": "1000000.00"}
    assert "35%" in found["a.toml"]["parts_at"] and "40%" in found["c.csv"]["parts_at"]
    assert run(["batch", str(folder), "--claimed", "申报金额"]).code == 2
