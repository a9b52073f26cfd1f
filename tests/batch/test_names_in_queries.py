"""Facts, lists, fields, benefits and schemes called by words of the query language or by names that queries use of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from calc import InputError, SchemeError, load_catalog
from calc.errors import SchemeErrors
from tests.command import run

WORDS = ("select", "x", "order", "s0", "case", "v0", "end", "r", "rowid", "i", "total", "null", "at", "a0", "group", "e", "m", "table")
FACTS = """
[{cost}]
type = "money"
label = "投资"

[{done}]
type = "bool"
label = "已投产"

[{list}]
type = "list"
label = "专利"

[{list}.fields.{kept}]
type = "date"
label = "授权日"

[{list}.fields.{value}]
type = "money"
label = "评估值"
"""
SCHEME = """id = "{scheme}"
title = "题"
[source]
card = "1"
document = "某市〔2025〕1号"
authority = "某市工信局"
[[benefits]]
id = "{share}"
label = "按投资"
clause = "第一条"
nature = "ceiling"
support = "grant"
when = ["{done}"]
amount = {{ percent = "10%", of = "{cost}" }}
[[benefits]]
id = "{each}"
label = "按专利"
clause = "第二条"
nature = "ceiling"
support = "grant"
amount = {{ each = "{list}", where = "{kept} >= 2024-01-01", percent = "50%", of = "{value}" }}
limits = [{{ at_most = "{cost}", per = "project" }}]
"""
PLACES = ("cost", "done", "list", "kept", "value", "scheme", "share", "each")


def of_names(folder: Path, names: dict[str, str]) -> list[list[str]]:
    """What the column engine and the explainer write of two projects, wide and long, without the names; by columns alone."""
    (folder / "facts.toml").write_text(FACTS.format(**names), encoding="utf-8")
    (folder / f"{names['scheme']}.toml").write_text(SCHEME.format(**names), encoding="utf-8")
    (folder / "p.csv").write_text("项目编号,{cost},{done}\np1,1000万元,是\np2,20万元,否\n".format(**names), encoding="utf-8")
    items = "项目编号,{kept},{value}\np1,2024-05-01,10万元\np1,2023-05-01,70万元\np2,2025-05-01,90万元\n"
    (folder / "l.csv").write_text(items.format(**names), encoding="utf-8")
    found = []
    for engine in ("columns", "explainer"):
        for form in (["--wide", "--benefits"], []):
            done = run(["batch", "p.csv", "--schemes", ".", "--items", f"{names['list']}=l.csv", "--engine", engine, *form], cwd=folder)
            assert done.code == 0 and ("逐行精算的支持项" not in done.err), done.err
            found.append([",".join(re.findall(r"\b\d+\.\d\d\b|\b(?:in)?eligible\b", line)) for line in done.out.splitlines()])
    return found


@pytest.mark.parametrize("turn", range(0, len(WORDS), 2))
def test_any_name_is_computed_by_columns(tmp_path: Path, turn: int) -> None:
    names = {place: WORDS[(turn + 5 * n) % len(WORDS)] for n, place in enumerate(PLACES)}
    assert len(set(names.values())) == len(PLACES)
    wide = ["", "1050000.00,eligible,1000000.00,eligible,50000.00,eligible", "200000.00,eligible,0.00,ineligible,200000.00,eligible"]
    long = ["", "eligible,1000000.00,1000000.00", "eligible,50000.00,50000.00", "ineligible,0.00,0.00", "eligible,200000.00,200000.00,200000.00"]
    assert of_names(tmp_path, names) == [wide, long, wide, long]


@pytest.mark.parametrize("word", ["and", "or", "not", "in", "has", "has_any", "where", "true", "false"])
def test_a_word_of_expressions_is_no_id(tmp_path: Path, word: str) -> None:
    for place in ("cost", "kept"):
        names = {name: word if name == place else f"n{n}" for n, name in enumerate(PLACES)}
        (tmp_path / "facts.toml").write_text(FACTS.format(**names), encoding="utf-8")
        with pytest.raises((SchemeError, InputError), match=f"{word}.*表达式里的词"):
            load_catalog(tmp_path)


@pytest.mark.parametrize("word", ["status", "chosen"])
def test_no_benefit_takes_a_column_of_its_scheme(tmp_path: Path, word: str) -> None:
    names = {name: f"n{n}" for n, name in enumerate(PLACES)} | {"share": word}
    (tmp_path / "facts.toml").write_text(FACTS.format(**names), encoding="utf-8")
    (tmp_path / f"{names['scheme']}.toml").write_text(SCHEME.format(**names), encoding="utf-8")
    with pytest.raises(SchemeErrors, match=f"不能叫 {word}"):
        load_catalog(tmp_path).scheme(names["scheme"])


@pytest.mark.parametrize("engine", ["columns", "explainer"])
def test_a_column_called_as_the_numbers_of_rows_leaves_them_in_order(tmp_path: Path, engine: str) -> None:
    (tmp_path / "p.csv").write_text("_at,固定资产投资总额（万元）\n5,1200\n2,800\n1,700\n", encoding="utf-8")
    done = run(["batch", "p.csv", "-s", "1.01", "--wide", "--id-column", "_at", "--engine", engine, "--format", "jsonl", "-o", "o.jsonl"], cwd=tmp_path)
    assert done.code == 0, done.err
    assert [json.loads(line)["_at"] for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()] == ["5", "2", "1"]


@pytest.mark.parametrize("second", ["a.status", "a.x", "a.x.status", "a.chosen"])
def test_no_two_columns_of_a_result_have_one_name(tmp_path: Path, second: str) -> None:
    """Columns of schemes and benefits: found by check, refused by a wide batch in every form, apart in a long one."""
    names = {name: f"n{n}" for n, name in enumerate(PLACES)}
    (tmp_path / "facts.toml").write_text(FACTS.format(**names), encoding="utf-8")
    for id in ("a", second):
        (tmp_path / f"{id}.toml").write_text(SCHEME.format(**{**names, "scheme": id, "share": "x"}), encoding="utf-8")
    (tmp_path / "p.csv").write_text("项目编号,n0,n1\np1,1000万元,是\n", encoding="utf-8")
    checked = run(["check", "--schemes", "."], cwd=tmp_path)
    assert checked.code == 1 and f"{second} 与 a 在宽表里有同名的列“{second}”" in checked.out
    for form in ("csv", "xlsx", "parquet", "jsonl"):
        done = run(["batch", "p.csv", "--schemes", ".", "--wide", "--benefits", "-o", f"out.{form}"], cwd=tmp_path)
        assert done.code == 2 and f"结果会有两列都叫“{second}”" in done.err and not (tmp_path / f"out.{form}").exists(), done.err
    assert run(["batch", "p.csv", "--schemes", "."], cwd=tmp_path).out.count("eligible") == 2


@pytest.mark.parametrize(("column", "scheme", "words"), [("best_total", "a", ["--plan"]), ("a", "a", []), ("total", "total", [])])
def test_no_column_of_the_input_is_called_like_one_of_the_result(tmp_path: Path, column: str, scheme: str, words: list[str]) -> None:
    names = {name: f"n{n}" for n, name in enumerate(PLACES)} | {"cost": column, "scheme": scheme}
    (tmp_path / "facts.toml").write_text(FACTS.format(**names), encoding="utf-8")
    (tmp_path / f"{scheme}.toml").write_text(SCHEME.format(**names), encoding="utf-8")
    table = tmp_path / "p.csv"
    for head, code in ((column, 2), ("投资", 0)):
        table.write_text(f"项目编号,{head},n1\np1,1000万元,是\n", encoding="utf-8")
        done = run(["batch", "p.csv", "--schemes", ".", "--wide", "-o", "out.xlsx", *words], cwd=tmp_path)
        assert done.code == code and (f"两列都叫“{column}”" in done.err) is bool(code), done.err


def test_facts_called_like_the_columns_of_a_list_of_rejects_are_read(tmp_path: Path) -> None:
    names = {name: f"n{n}" for n, name in enumerate(PLACES)} | {"cost": "line", "done": "row", "scheme": "a"}
    facts = FACTS.format(**names) + '\n[reason]\ntype = "count"\nlabel = "理由"\n'
    (tmp_path / "facts.toml").write_text(facts, encoding="utf-8")
    (tmp_path / "a.toml").write_text(SCHEME.format(**names), encoding="utf-8")
    (tmp_path / "p.csv").write_text("项目编号,line,row,reason\np1,1000万元,是,1\np2,很多,是,1\n", encoding="utf-8")
    done = run(["batch", "p.csv", "--schemes", ".", "-o", "out.csv"], cwd=tmp_path)
    assert done.code == 1 and "eligible,1000000.00" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    rejects = tmp_path / "out.rejects.csv"
    rejects.write_text(rejects.read_text(encoding="utf-8-sig").replace(",很多,是", ",20万元,是"), encoding="utf-8")
    again = run(["batch", "out.rejects.csv", "--only-rejects", "-o", "out.csv", "--schemes", "."], cwd=tmp_path)
    assert again.code == 0 and "eligible,20000.00" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig"), again.err


def test_a_fact_may_be_called_units(tmp_path: Path) -> None:
    names = {name: f"n{n}" for n, name in enumerate(PLACES)} | {"cost": "units", "scheme": "a"}
    (tmp_path / "facts.toml").write_text(FACTS.format(**names), encoding="utf-8")
    (tmp_path / "a.toml").write_text(SCHEME.format(**names), encoding="utf-8")
    assert run(["check", "--schemes", "."], cwd=tmp_path).code == 0
