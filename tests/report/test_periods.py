"""Periods in words: each limit of a period says which, and a calendar year is no ordinal."""

import pytest

from calc import Catalog
from calc.engines.formulas.formula import Ex
from calc.report.xlsx.steps import _period


@pytest.mark.parametrize(("value", "said"), [(1, "第1年"), ("2-3", "第2-3年"), ("2024", "2024年"), (2024, "2024年"), ("", "")])
def test_a_period_in_a_workbook(value: int | str, said: str) -> None:
    told = _period(Ex("B7", value))
    assert told.value == said
    assert '"第"&B7&"年"' in told.text and 'B7&"年"' in told.text.replace('"第"&B7', "")
    assert _period(Ex(f'"{value}"', value)).text == f'"{said}"'


def test_limits_above_a_schedule_say_their_period(catalog: Catalog) -> None:
    facts = {
        "is_specialized_sme": True, "is_little_giant": False, "rd_project_kind": "frontier_tech",
        "first_year_project_cost": "300万元", "later_years_project_cost": "400万元",
    }  # fmt: skip
    benefit = catalog.estimate(facts, "1.08").benefits[0]
    said = [step.expression for step in benefit.trace if step.label == "单个项目上限"]
    assert said == ["第1年 200万元；减去 1,000,000.00元", "第2-3年 500万元；未触及"]
