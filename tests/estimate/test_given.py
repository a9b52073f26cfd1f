"""What a condition says of the facts given: of a record list what the condition asks of it, not how long it is."""

from pathlib import Path

import pytest

from calc import Catalog, load_catalog
from tests.command import run

FACTS = """
[contracts]
type = "list"
label = "合同"
[contracts.fields.amount]
type = "money"
label = "合同额"
[contracts.fields.city]
type = "bool"
label = "在京"
"""
SCHEME = """
id = "9.01-s"
title = "s"
combine = "sum"
[source]
card = "9.01"
document = "文"
authority = "局"
[[benefits]]
id = "x"
label = "x"
clause = "一"
nature = "fixed"
support = "grant"
when = ["%s"]
amount = "3元"
"""
THREE = [{"amount": "300万元", "city": True}, {"amount": "400.5万元", "city": True}, {"amount": "900万元", "city": False}]


def made(folder: Path, when: str) -> Catalog:
    (folder / "facts.toml").write_text(FACTS, encoding="utf-8")
    (folder / "rules.toml").write_text('[objects]\nproject = ["9.01-s"]', encoding="utf-8")
    (folder / "9.01-s.toml").write_text(SCHEME % when, encoding="utf-8")
    return load_catalog(folder)


@pytest.mark.parametrize(
    ("when", "given", "shown"),
    [
        ("sum(contracts.amount) >= 1000万元", {"contracts.amount": "16005000.00"}, "1,600.5万元"),
        ("sum(contracts.amount where city) >= 1000万元", {"contracts.amount": "7005000.00"}, "700.5万元"),
        ("count(contracts where city) >= 3", {"contracts": "2 项"}, "2 项"),
        ("any(contracts.amount >= 1000万元)", {"contracts": "3 项"}, "3 项"),
    ],
)
def test_a_gate_on_a_list_says_what_it_asks_of_it(tmp_path: Path, when: str, given: dict[str, str], shown: str) -> None:
    catalog = made(tmp_path, when)
    (condition,) = catalog.estimate({"contracts": THREE}, "9.01").benefits[0].conditions
    assert condition.given == given
    (tmp_path / "p.json").write_text('{"facts": {"contracts": ' + str(THREE).replace("'", '"').replace("True", "true").replace("False", "false") + "}}")
    assert shown in run(["estimate", str(tmp_path / "p.json"), "-s", "9.01", "--schemes", str(tmp_path)]).out


def test_what_a_field_that_lacks_leaves_open_is_told_by_the_list(tmp_path: Path) -> None:
    catalog = made(tmp_path, "sum(contracts.amount) >= 1000万元")
    (condition,) = catalog.estimate({"contracts": [{"city": True}]}, "9.01").benefits[0].conditions
    assert (condition.result, condition.given) == ("unknown", {"contracts": "1 项"})
