"""A result says what it rests on, and comes out again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from calc import Catalog, load_catalog
from calc.errors import FileProblem
from tests.command import run

TABLE = """项目名称,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额
甲,高精尖产业,85%,18%,否,1.2亿元
乙,高精尖产业,72%,15%,否,860万元
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "projects.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "parquet"])
@pytest.mark.parametrize("shape", ["long", "wide"])
def test_a_result_comes_out_again(catalog: Catalog, table: Path, suffix: str, shape: str) -> None:
    result = table.with_name(f"result.{suffix}")
    summary = catalog.batch(table, result, schemes=["1.01", "1.02"], shape=shape, budget="1000万元")
    assert summary.audit == f"{result}.audit.json"
    assert catalog.verify(result) == {"same": True, "changes": [], "rows": 0, "first": []}


def test_what_it_rests_on(catalog: Catalog, table: Path) -> None:
    result = table.with_name("result.csv")
    catalog.batch(table, result, schemes=["1.21@2025", "1.01"])
    told = json.loads(Path(f"{result}.audit.json").read_text(encoding="utf-8"))
    assert told["input"] == {"file": "projects.csv", "sha256": hashlib.sha256(table.read_bytes()).hexdigest()}
    assert told["result"]["sha256"] == hashlib.sha256(result.read_bytes()).hexdigest()
    assert [(one["id"], one["edition"]) for one in told["schemes"]] == [(catalog.find("1.21@2025"), "2025"), ("1.01-old-factory-renovation", None)]
    assert told["schemes"][1]["document"] == "京发改规〔2023〕12号" and told["program"] and told["lpr"]["verified"]


def test_what_has_changed_is_told(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    result = table.with_name("result.csv")
    catalog.batch(table, result, schemes=["1.01"], shape="wide")
    result.write_text(result.read_text(encoding="utf-8-sig").replace("2580000.00", "2580000.01"), encoding="utf-8-sig")
    found = catalog.verify(result)
    assert [one["what"] for one in found["changes"]] == ["result"] and found["rows"] == 1
    assert found["first"] == [{"row": 2, "column": "1.01-old-factory-renovation", "result": "2580000.01", "again": "2580000.00"}]

    catalog.batch(table, result, schemes=["1.01"], shape="wide")
    table.write_text(TABLE.replace("860万元", "870万元"), encoding="utf-8")
    found = catalog.verify(result)
    assert [one["what"] for one in found["changes"]] == ["input"] and found["first"][0]["again"] == "870万元"
    table.write_text(TABLE, encoding="utf-8")

    shutil.copytree(catalog.folder, tmp_path / "schemes")
    mine = load_catalog(tmp_path / "schemes")
    file = mine.files["1.01-old-factory-renovation"]
    file.write_text(file.read_text(encoding="utf-8").replace("30%", "25%"), encoding="utf-8")
    found = load_catalog(tmp_path / "schemes").verify(result)
    assert not found["same"] and found["rows"] == 2
    assert [(one["what"], one["name"]) for one in found["changes"]] == [("scheme", "1.01-old-factory-renovation")]


def test_what_cannot_be_verified_says_so(catalog: Catalog, table: Path) -> None:
    result = table.with_name("result.csv")
    with pytest.raises(FileProblem):
        catalog.verify(result)
    catalog.batch(table, result, schemes=["1.01"])
    table.unlink()
    with pytest.raises(FileProblem, match="projects"):
        catalog.verify(result)
    Path(f"{result}.audit.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FileProblem, match="audit"):
        catalog.verify(result)


def test_the_command(table: Path) -> None:
    result = table.with_name("result.csv")
    assert "audit.json" in run(["batch", str(table), "-s", "1.01", "-o", str(result)]).err
    shown = run(["verify", str(result)])
    assert shown.code == 0 and "一字不差" in shown.out
    result.write_text("a\n", encoding="utf-8")
    again = run(["verify", str(result), "--lang", "en"])
    assert again.code == 1 and "rows differ" in again.out
    assert json.loads(run(["verify", str(result), "--format", "json"]).out)["same"] is False
