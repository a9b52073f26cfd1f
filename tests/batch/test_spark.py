"""The kernel on Spark gives the bytes of a run on one machine."""

from __future__ import annotations

import csv
import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog, InputError
from tests.generator import as_given, random_facts

pytest.importorskip("pyspark", reason="pyspark is not installed (pip install '.[spark]')")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java, which is not on this machine", allow_module_level=True)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def as_csv(frame: Any, folder: Path) -> bytes:
    """A Spark table as the CSV file that a batch would write."""
    import duckdb

    from calc.batch.output import Output

    place = folder / "spark.csv"
    with Output(str(place), "csv", duckdb.connect(), folder) as file:
        table = frame.toArrow()
        file.start(table.schema)
        file.write(table)
        file.finish()
        file.keep()
    return place.read_bytes()


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_spark_gives_the_bytes_of_one_machine(spark: Any, catalog: Catalog, tmp_path: Path, shape: str) -> None:
    from calc.spark import batch

    schemes = catalog.ids[5::45]
    rng = random.Random(9)
    rows = [{"id": f"P{n}", **as_given(random_facts(catalog, id, rng), catalog.facts)} for n, id in enumerate(schemes * 8)]
    lists = {key for row in rows for key, value in row.items() if isinstance(value, list)}
    plain = [{key: str(value) for key, value in row.items() if key not in lists} for row in rows]
    plain[3]["id"] = "=P3"
    names = sorted({key for row in plain for key in row})
    frame = spark.createDataFrame([[row.get(name) for name in names] for row in plain], ", ".join(f"`{name}` string" for name in names))
    source = tmp_path / "rows.csv"
    with source.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([names, *([row.get(name, "") for name in names] for row in plain)])
    summary = catalog.batch(source, tmp_path / "local.csv", schemes=schemes, shape=shape, plan=shape == "wide")

    result, rejects = batch(frame, schemes=schemes, shape=shape, plan=shape == "wide")
    assert as_csv(result, tmp_path) == (tmp_path / "local.csv").read_bytes()
    told = {(row.project, row.column, row.value, row.reason) for row in rejects.collect()}
    if summary.rejected:
        with (tmp_path / "local.rejects.csv").open(encoding="utf-8-sig") as file_:
            assert told == {(r["project"], r["column"], r["value"], r["reason"]) for r in csv.DictReader(file_)}
    else:
        assert not told


def test_spark_refuses_what_it_cannot_read(spark: Any) -> None:
    from calc.spark import batch

    frame = spark.createDataFrame([["P1", "1"]], "id string, fixed_asset_inwestment string")
    with pytest.raises(InputError, match="fixed_asset_investment"):
        batch(frame, schemes=["1.01"])
    with pytest.raises(InputError, match="--wide"):
        batch(frame, schemes=["1.01"], plan=True)
    with pytest.raises(InputError, match="id_column"):
        batch(frame.drop("id"), schemes=["1.01"], ignore_unknown=True)


HEADS = ["项目名称", "区", "评分", "改造后引入业态", "项目交付后1年内入驻率", "改造后综合节能率", "是否具备可再生能源利用条件", "固定资产投资总额"]


@pytest.fixture(scope="module")
def factories(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A table in several partitions, and the same as a file."""
    rng = random.Random(3)
    rows = [
        [f"P{n}", rng.choice(["朝阳", "海淀", "通州"]), str(rng.randint(1, 30)), rng.choice(["高精尖产业", "制造业" if n % 40 == 7 else "现代服务业"]),
         f"{rng.randint(60, 95)}%", f"{rng.randint(10, 25)}%", "否", f"{rng.randint(100, 30_000)}.{n % 7}万元"]
        for n in range(240)
    ]  # fmt: skip
    source = tmp_path_factory.mktemp("factories") / "rows.csv"
    with source.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([HEADS, *rows])
    frame = spark.createDataFrame(rows, ", ".join(f"`{name}` string" for name in HEADS)).coalesce(1)
    return spark.createDataFrame(spark.sparkContext.parallelize(rows, 5), frame.schema), source


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("options", [{"budget": "7亿元"}, {"budget": "9亿元", "per": {"1.01": "3.3333亿元"}}, {"budget": "5亿元", "rank": "评分:down"}])
def test_a_budget_on_spark_gives_the_bytes_of_one_machine(
    factories: tuple[Any, Path], catalog: Catalog, tmp_path: Path, shape: str, options: dict[str, Any]
) -> None:
    from calc.spark import batch

    frame, source = factories
    catalog.batch(source, tmp_path / "local.csv", schemes=["1.01", "1.02"], shape=shape, ignore_unknown=True, **options)
    result, _ = batch(frame, schemes=["1.01", "1.02"], shape=shape, ignore_unknown=True, **options)
    assert as_csv(result, tmp_path) == (tmp_path / "local.csv").read_bytes()
    assert b"paid" in (tmp_path / "local.csv").read_bytes()


def test_a_reform_on_spark_gives_the_answer_of_one_machine(factories: tuple[Any, Path], catalog: Catalog, tmp_path: Path) -> None:
    import json

    from calc.spark import reform

    frame, source = factories
    changes = ['1.01/investment-grant: percent = "25%"', 'limits[0].at_most = "3000万元"', '1.02/investment-grant: percent = "12%"']
    local = catalog.reform(source, changes=changes, by="区", size="固定资产投资总额", rows=tmp_path / "local.csv", ignore_unknown=True)
    answer, rows, rejects = reform(frame, changes=changes, by="区", size="固定资产投资总额", ignore_unknown=True)
    same = ("before", "after", "difference", "projects", "schemes", "changes", "by", "sizes", "rejected")
    assert json.dumps({name: answer[name] for name in same}) == json.dumps({name: local[name] for name in same})
    assert answer["rejected"] > 0 and answer["difference"] != "0.00"
    assert as_csv(rows, tmp_path) == (tmp_path / "local.csv").read_bytes()
    assert len(rejects.collect()) == local["rejected"]


def test_spark_refuses_a_reform_or_budget_it_cannot_make(factories: tuple[Any, Path]) -> None:
    from calc.spark import batch, reform

    frame, _ = factories
    with pytest.raises(InputError):
        reform(frame, changes=['1.01/investment-grant: percemt = "25%"'], ignore_unknown=True)
    with pytest.raises(InputError, match="id_column"):
        reform(frame.drop("项目名称"), changes=['1.01/investment-grant: percent = "25%"'], ignore_unknown=True)
    with pytest.raises(InputError):
        batch(frame, schemes=["1.01"], budget="1亿元", rank="名次", ignore_unknown=True)
    with pytest.raises(InputError):
        batch(frame, schemes=["1.01"], budget="1亿元", per={"1.02": "1元"}, ignore_unknown=True)
