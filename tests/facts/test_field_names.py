"""A field of a record has one set of names, which every way of giving a project knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc import Catalog
from calc.cli.common import override
from calc.errors import InputError
from calc.questions.fill.project import read_projects
from calc.questions.whatif.axis import axis

NAMES = ("principal", "贷款本金", "Principal", "ＰＲＩＮＣＩＰＡＬ")


@pytest.mark.parametrize("name", NAMES)
def test_one_field_in_a_project_a_table_and_a_what_if(catalog: Catalog, tmp_path: Path, name: str) -> None:
    assert catalog.read({"loans": [{name: "8000万元"}]}) == {"loans": [{"principal": 80_000_000}]}
    (tmp_path / "p.csv").write_text("项目,fixed_asset_investment\n甲,1亿元\n", encoding="utf-8")
    (tmp_path / "p.loans.csv").write_text(f"项目,{name}\n甲,8000万元\n", encoding="utf-8")
    (project,) = read_projects(tmp_path / "p.csv", catalog.facts)
    assert catalog.read(project)["loans"] == [{"principal": 80_000_000}]
    assert axis(f"loans[1].{name}", {"loans": [{"principal": 1}]}, catalog.facts).path == "loans[1].principal"
    for old in NAMES:  # whatever the project calls it, --set replaces it
        assert override({"loans": [{old: "1元"}]}, [f"loans[1].{name}=8000万元"], catalog.facts) == {"loans": [{"principal": "8000万元"}]}


@pytest.mark.parametrize("name", ["principle", "Princpal"])
def test_one_that_is_none_is_told_the_nearest(catalog: Catalog, name: str) -> None:
    with pytest.raises(InputError, match="principal") as told:
        catalog.read({"loans": [{name: "8000万元"}]})
    assert told.value.fact == f"loans[1].{name}"
