"""A unit stated beside the name of a fact or field, wherever facts are given: project files, Python, ``--set``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from calc import Catalog, InputError
from tests.command import run

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
