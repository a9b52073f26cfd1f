"""What is applied for twice: projects, enterprises, invoices, and schemes that exclude one another."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from calc import Catalog, InputError
from tests.command import run

TABLE = """项目名称,企业名称,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额（万元）,发票
甲,A公司,高精尖产业,85%,18%,否,12000,"123、456 456"
 甲 ,Ａ公司,高精尖产业,72%,15%,否,860,789
丙,B 公司,高精尖产业,69%,15%,否,坏,456
丁,B公司,高精尖产业,90%,20%,否,20000,
戊,,高精尖产业,90%,20%,否,20000,/
,—,高精尖产业,90%,20%,否,20000,1234
,—,高精尖产业,90%,20%,否,20000,／
"""
HEADS = "introduced_industry,occupancy_rate_one_year,energy_saving_rate,renewable_capable,fixed_asset_investment,id"


@pytest.fixture
def table(tmp_path: Path, both_engines: str) -> Path:
    file = tmp_path / "projects.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_what_is_there_twice(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    summary = catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], duplicates=tmp_path / "twice.csv", invoices=["发票"])
    # 456 is on lines 2 (there twice) and 4, whose investment is no amount
    found = [(one["kind"], one["value"], one["line"]) for one in rows(tmp_path / "twice.csv")]
    assert found == [
        ("project", "甲", "2"), ("project", "甲", "3"), ("enterprise", "A公司", "2"), ("enterprise", "A公司", "3"),
        ("enterprise", "B 公司", "4"), ("enterprise", "B 公司", "5"), ("invoice", "456", "2"), ("invoice", "456", "4"),
    ]  # fmt: skip
    assert summary.duplicates is not None and summary.duplicates["groups"] == {"project": 1, "enterprise": 2, "invoice": 1, "schemes": 0}
    assert {one["file"] for one in rows(tmp_path / "twice.csv")} == {"projects.csv"}


def test_nothing_twice_leaves_an_empty_list(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    table.write_text("\n".join(TABLE.splitlines()[:2]) + "\n", encoding="utf-8")
    summary = catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], duplicates=tmp_path / "twice.csv", ignore_unknown=True)
    assert rows(tmp_path / "twice.csv") == [] and summary.duplicates is not None and not any(summary.duplicates["groups"].values())


@pytest.mark.usefixtures("table")
def test_schemes_that_exclude_one_another(catalog: Catalog, tmp_path: Path) -> None:
    # 1.01 and 1.02 are for the same renovation: 30% of the investment or 10%
    table = tmp_path / "both.csv"
    table.write_text(f"{HEADS}\n高精尖产业,85%,18%,否,1.2亿元,甲\n高精尖产业,10%,18%,否,1.2亿元,乙\n", encoding="utf-8")
    both = catalog.batch(table, tmp_path / "out.csv", schemes=["1.01", "1.02"], duplicates=tmp_path / "twice.csv")
    (one,) = rows(tmp_path / "twice.csv")
    assert (one["kind"], one["project"], one["line"]) == ("schemes", "甲", "2")
    assert "1.01 投资补助 36,000,000.00" in one["value"] and "老旧厂房与低效楼宇只属一类" in one["note"]
    assert both.duplicates is not None and both.duplicates["groups"]["schemes"] == 1
    alone = catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], duplicates=tmp_path / "twice.csv")
    assert alone.duplicates is not None and alone.duplicates["groups"]["schemes"] == 0


def test_many_rows_of_one_enterprise(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    lines = [f"P{n},一家,高精尖产业,90%,20%,否,20000,{n}" for n in range(300)]
    table.write_text(TABLE.splitlines()[0] + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    summary = catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], duplicates=tmp_path / "twice.xlsx", invoices=["发票"])
    assert summary.duplicates is not None and summary.duplicates["groups"] == {"project": 0, "enterprise": 1, "invoice": 0, "schemes": 0}
    import openpyxl

    assert openpyxl.load_workbook(tmp_path / "twice.xlsx").worksheets[0].max_row == 301


def test_what_cannot_be(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], invoices=["发票"])
    with pytest.raises(InputError):
        catalog.batch(table, tmp_path / "out.csv", schemes=["1.01"], invoices=["票据"], duplicates=tmp_path / "twice.csv", ignore_unknown=True)
    assert not (tmp_path / "out.csv").exists() and not (tmp_path / "twice.csv").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command(table: Path, tmp_path: Path, lang: str) -> None:
    words = ["--lang", lang, "batch", str(table), "-s", "1.01", "-o", str(tmp_path / "out.csv"), "--invoices", "发票"]
    done = run([*words, "--duplicates", str(tmp_path / "twice.csv")])
    assert done.code == 1 and "456" in done.err and str(tmp_path / "twice.csv") in done.err  # one row is rejected
    assert run([*words, "--duplicates", str(table)]).code == 2 and table.read_text(encoding="utf-8") == TABLE
    assert run([*words, "--duplicates", str(tmp_path / "out.csv")]).code == 2
    assert run([*words, "--duplicates", str(tmp_path / "twice.docx")]).code == 2
    assert run(words).code == 2


def test_a_folder_is_looked_through_anyway(tmp_path: Path) -> None:
    folder = tmp_path / "forms"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.toml").write_text('name = "甲"\nenterprise = "A"\n[facts]\nfixed_asset_investment = 1\n"发票" = "7, 8"\n', encoding="utf-8")
    done = run(["batch", str(folder), "-s", "1.01", "--invoices", "发票"])
    assert done.code == 0 and "同一项目 甲：a.toml、b.toml" in done.err and "同一发票 8：a.toml、b.toml" in done.err
