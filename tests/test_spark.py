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


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_spark_gives_the_bytes_of_one_machine(spark: Any, catalog: Catalog, tmp_path: Path, shape: str) -> None:
    import duckdb

    from calc.batch.output import Output
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
    with Output(str(tmp_path / "spark.csv"), "csv", duckdb.connect()) as file:
        table = result.toArrow()
        file.start(table.schema)
        file.write(table)
        file.finish()
        file.keep()
    assert (tmp_path / "spark.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()
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
