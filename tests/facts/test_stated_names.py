"""A unit stated beside the name of a fact or field, wherever facts are given: project files, Python, ``--set``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomli

from calc import Catalog, InputError, load_catalog
from calc.facts.load import load_facts
from tests.command import run
from tests.three import scheme_of

GATES = {"introduced_industry": "高精尖产业", "occupancy_rate_one_year": "85%", "energy_saving_rate": "18%", "renewable_capable": "否"}
INVESTMENT = "固定资产投资总额"
WHOLE = 120_000_000


@pytest.mark.parametrize(
    ("name", "value", "yuan"),
    [
        (f"{INVESTMENT}（万元）", 12000, WHOLE),
        (f"{INVESTMENT}(万元)", "12,000", WHOLE),
        (f"{INVESTMENT}（单位：亿元）", 1.2, WHOLE),
        ("fixed_asset_investment（万元）", "壹佰", 1_000_000),
        (f"{INVESTMENT}（万元）", "1.2亿元", WHOLE),  # a value with a unit of its own keeps it
        (f"{INVESTMENT}（元）", WHOLE, WHOLE),
        (f"{INVESTMENT}\n（万元）", 12000, WHOLE),  # a header over two lines
        ("固定资产\r\n投资总额 \n (单位：万元)", 12000, WHOLE),
        (f"{INVESTMENT}（万元）", None, None),
    ],
)
def test_plain_numbers_are_in_the_unit_of_their_name(catalog: Catalog, name: str, value: Any, yuan: int | None) -> None:
    assert catalog.read({name: value}, catalog.ids).get("fixed_asset_investment") == yuan


@pytest.mark.parametrize("name", [f"{INVESTMENT}（平方米）", f"{INVESTMENT}（%）", f"{INVESTMENT}（含税）", "没有的事实（万元）"])
def test_what_is_no_unit_of_the_fact_is_no_name(catalog: Catalog, name: str) -> None:
    with pytest.raises(InputError) as refusal:
        catalog.read({name: 1}, catalog.ids)
    assert refusal.value.fact == name


def test_a_name_over_several_lines_is_told_on_one(catalog: Catalog) -> None:
    with pytest.raises(InputError) as refusal:
        catalog.read({"没有的\n事实": 1}, catalog.ids)
    assert "没有的 事实" in str(refusal.value).splitlines()[0]


def test_a_fact_is_given_once_whatever_unit_its_name_states(catalog: Catalog) -> None:
    with pytest.raises(InputError):
        catalog.read({INVESTMENT: "1亿元", f"{INVESTMENT}（万元）": 12000}, catalog.ids)


def test_fields_of_records_state_units_too(catalog: Catalog) -> None:
    loan = {"贷款本金（万元）": 8000, "年化实际利率（%）": 3.8, "start": "2023-03-01", "end": "2026-03-01"}
    [read] = catalog.read({"loans": [loan]}, catalog.ids)["loans"]
    assert (read["principal"], read["rate"] * 1000) == (80_000_000, 38)


def test_every_way_of_giving_facts_on_the_command_line(tmp_path: Path) -> None:
    stated = {**GATES, f"{INVESTMENT}（万元）": 12000}
    lines = [f'"{name}" = {json.dumps(value, ensure_ascii=False)}' for name, value in stated.items()]
    (tmp_path / "a.toml").write_text("[facts]\n" + "\n".join(lines), encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps({"facts": stated}, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"facts": {**GATES, f"{INVESTMENT}（亿元）": 9}}, ensure_ascii=False), encoding="utf-8")
    for given in (["a.toml"], ["a.json"], ["b.json", "--set", f"{INVESTMENT}（万元）=12000"], ["b.json", "--set", "fixed_asset_investment=120000000"]):
        done = run(["estimate", str(tmp_path / given[0]), *given[1:], "-s", "1.01", "--format", "json"])
        assert json.loads(done.out)["schemes"][0]["benefits"][0]["amount"] == "36000000.00", given


FACTS = """
[units]
kwh = "千瓦时"
[floor]
type = "area"
label = "面积"
[saved]
type = "kwh"
label = "节电量"
[rent]
type = "money"
per = "平方米/月"
label = "租金单价"
[stay]
type = "count"
counter = "天"
label = "天数"
"""
NAMES = load_facts(tomli.loads(FACTS))


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("面积（㎡）", 3, 3), ("面积（万㎡）", "3", 30_000), ("面积(m²)", 3, 3), ("面积（万m2）", 3, 30_000), ("面积㎡", 3, 3),  # a figure that is none
        ("saved", "1000千瓦时", 1000), ("saved", "1万kWh", 10_000), ("节电量（kWh）", 7, 7), ("节电量（万千瓦时）", 7, 70_000),
        ("rent", "30元/平方米/月", 30), ("rent", "30元/㎡/月", 30), ("rent", "30元／平米／个月", 30), ("租金单价（元/㎡/月）", 3, 3),
        ("租金单价（万元/平方米/月）", 3, 30_000), ("stay", "3天", 3),
    ],
)  # fmt: skip
def test_units_are_known_however_they_are_written(tmp_path: Path, name: str, value: Any, read: int) -> None:
    assert list(NAMES.read({name: value}).values()) == [read]
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    for fact, amount in (("floor", "1元/平方米 * floor"), ("saved", "1元/千瓦时 * saved"), ("rent", "rent * 1平方米 * 1月"), ("stay", "1元 * stay")):
        (tmp_path / f"{fact}.toml").write_text(scheme_of(f'amount = "{amount}"\n', id=fact), encoding="utf-8")
    [fact] = NAMES.read({name: value})
    (tmp_path / "p.csv").write_text(f'project,{name}\n1,"{value}"\n', encoding="utf-8")
    load_catalog(tmp_path).batch(tmp_path / "p.csv", tmp_path / "out.csv", schemes=[fact], id_column="project")
    assert f",{read}.00," in (tmp_path / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value"), [("面积（3㎡）", 1), ("rent", "30元/㎡"), ("rent", "30元/㎡/年"), ("saved", "5吨"), ("stay", "3月"), ("租金单价（元/年）", 1)]
)
def test_other_units_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError):
        NAMES.read({name: value})
