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
    assert catalog.verify(result) == {"same": True, "changes": [], "rows": 0, "first": [], "lists": []}


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "parquet"])
@pytest.mark.parametrize("name", ["result", "result.dat", "result.csv", "result.xlsx", "result.jsonl"])
def test_a_result_is_read_for_what_it_is_whatever_it_is_called(catalog: Catalog, table: Path, suffix: str, name: str) -> None:
    made, renamed = table.with_name(f"made.{suffix}"), table.with_name(name)
    catalog.batch(table, made, schemes=["1.01"], shape="wide")
    for end in ("", ".audit.json"):
        made.with_name(f"{made.name}{end}").rename(f"{renamed}{end}")
    assert catalog.verify(renamed) == {"same": True, "changes": [], "rows": 0, "first": [], "lists": []}
    done = run(f"batch {table} --only-rejects -o {renamed}", cwd=table.parent)  # none of its rows is left to join
    if suffix == "jsonl":
        assert done.code == 2 and "只能接到" in done.err
    elif renamed.suffix in (f".{suffix}", "", ".dat"):
        assert "名字却不以" not in done.err and done.code in (1, 2)
    else:
        assert done.code == 2 and f"里面是 {suffix}，名字却不以 .{suffix} 结尾" in done.err


def test_rows_are_joined_to_a_result_without_a_suffix(catalog: Catalog, table: Path) -> None:
    table.write_text(TABLE.replace("860万元", "很多"), encoding="utf-8")
    result = table.with_name("result")
    catalog.batch(table, result, schemes=["1.01"], output_format="xlsx", rejects=table.with_name("rejects.csv"))
    rejects = table.with_name("rejects.csv")
    rejects.write_text(rejects.read_text(encoding="utf-8-sig").replace("很多", "860万元"), encoding="utf-8")
    done = run(f"batch {rejects} --only-rejects -o {result}", cwd=table.parent)
    assert done.code == 0, done.err
    assert catalog.verify(result)["rows"] == 0


def test_a_result_saved_in_another_encoding_is_compared(catalog: Catalog, table: Path) -> None:
    result = table.with_name("result.csv")
    catalog.batch(table, result, schemes=["1.01"])
    result.write_bytes(result.read_text(encoding="utf-8-sig").encode("gb18030"))
    found = catalog.verify(result)
    assert found["rows"] == 0 and [one["what"] for one in found["changes"]] == ["result"]


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


HEADS, *ROWS = TABLE.splitlines()
LISTED = "\n".join(["申报单位,所在区,发票号码,账号," + HEADS, "甲公司,东城区,A1,001," + ROWS[0], "乙公司,西城区,A1,002," + ROWS[1], ""])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_payment_lists_and_duplicates_come_out_again(catalog: Catalog, table: Path, tmp_path: Path, language: str) -> None:
    table.write_text(LISTED, encoding="utf-8")
    result, paid, twice = (tmp_path / name for name in ("result.csv", "拨付清单.xlsx", "重复.csv"))
    done = run([
        "batch", str(table), "-s", "1.01", "-s", "1.02", "-o", str(result), "--list", str(paid), "--by", "所在区", "--carry", "发票号码",
        "--duplicates", str(twice), "--invoices", "发票号码", "--budget", "1000万元", "--ignore-unknown", "--lang", language,
    ])  # fmt: skip
    assert done.code == 0, done.err
    # a list is told in the language it was made in, whoever verifies it
    everything = catalog.verify(result)
    assert everything["same"] and [(one["file"], one["rows"]) for one in everything["lists"]] == [("拨付清单.xlsx", 0), ("重复.csv", 0)]
    for file in (paid, twice):
        assert catalog.verify(file) == {"same": True, "changes": [], "rows": 0, "first": [], "lists": []}
    twice.write_text(twice.read_text(encoding="utf-8-sig").replace("A1", "A2"), encoding="utf-8-sig")
    found = catalog.verify(result)
    assert not found["same"] and found["rows"] == 0 and [one["rows"] for one in found["lists"]] == [0, 2]
    assert [one["what"] for one in catalog.verify(twice)["changes"]] == ["result"]
    said = run(["verify", str(result)])
    assert said.code == 1 and "重复.csv：再算一遍，有 2 行不同" in said.out and "拨付清单.xlsx：再算一遍，一字不差" in said.out
    told = json.loads(Path(f"{paid}.audit.json").read_text(encoding="utf-8"))
    assert told["kind"] == "payments" and told["result"]["sha256"] == hashlib.sha256(paid.read_bytes()).hexdigest()


CHANGE = '1.01/investment-grant: percent = "25%"'


def test_a_reform_says_what_it_rests_on_and_comes_out_again(table: Path, tmp_path: Path, catalog: Catalog) -> None:
    table.write_text(LISTED, encoding="utf-8")
    shutil.copytree(catalog.folder, tmp_path / "today")
    changed = tmp_path / "1.02.toml"
    changed.write_text(catalog.files["1.02-inefficient-building-renovation"].read_text(encoding="utf-8").replace("10%", "12%"), encoding="utf-8")
    report, rows, chart = (tmp_path / name for name in ("reform.html", "rows.csv", "reform.svg"))
    words = ["reform", str(table), "--against", str(changed), "--change", CHANGE, "--by", "所在区", "--rows", str(rows)]
    done = run([*words, "-o", str(report), "--chart", str(chart), "--ignore-unknown", "--schemes", str(tmp_path / "today")])
    assert done.code == 0 and "audit.json" in done.err, done.err
    mine = load_catalog(tmp_path / "today")
    for file in (report, rows, chart):
        told = json.loads(Path(f"{file}.audit.json").read_text(encoding="utf-8"))
        assert [one["id"] for one in told["schemes"]] == ["1.02-inefficient-building-renovation", "1.01-old-factory-renovation"]
        assert told["input"]["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest() and told["program"] and told["lpr"]["verified"]
        assert told["against"] == [{"file": "1.02.toml", "sha256": hashlib.sha256(changed.read_bytes()).hexdigest()}]
        assert told["asked"]["changes"] == [CHANGE] and told["answer"]["before"] == "50580000.00"  # 3600 + 258 + 1200 万元
        assert mine.verify(file) == {"same": True, "changes": [], "rows": 0, "first": [], "lists": []}
    changed.write_text(changed.read_text(encoding="utf-8").replace("12%", "8%"), encoding="utf-8")
    for file in (report, rows):
        found = mine.verify(file)
        assert [one["what"] for one in found["changes"]] == ["against"] and not found["same"]
    changed.write_text(changed.read_text(encoding="utf-8").replace("8%", "12%"), encoding="utf-8")
    table.write_text(LISTED.replace("860万元", "870万元"), encoding="utf-8")
    found = mine.verify(report)
    assert not found["same"] and {"row": None, "column": "before", "result": "50580000.00", "again": "50610000.00"} in found["first"]
    assert mine.verify(rows)["rows"] == 1
    table.write_text(LISTED, encoding="utf-8")
    report.write_text("", encoding="utf-8")
    assert not mine.verify(report)["same"] and mine.verify(report)["rows"] == 0


def test_a_sweep_says_what_it_rests_on_and_comes_out_again(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    report = tmp_path / "sweep.xlsx"
    done = run(["reform", str(table), "--vary", "1.01/investment-grant.percent=20%..30%:5%", "--budget", "3000万元", "-o", str(report)])
    assert done.code == 0, done.err
    told = json.loads(Path(f"{report}.audit.json").read_text(encoding="utf-8"))
    assert told["kind"] == "sweep" and told["asked"]["vary"].startswith("1.01") and told["asked"]["budget"] == "3000万元"
    assert catalog.verify(report)["same"]
    table.write_text(TABLE.replace("860万元", "870万元"), encoding="utf-8")
    found = catalog.verify(report)
    assert not found["same"] and [one["what"] for one in found["changes"]] == ["input"]
    shown = run(["verify", str(report), "--lang", "en"])
    assert shown.code == 1 and "points[1].cost: " in shown.out and "figures differ" in shown.out


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
