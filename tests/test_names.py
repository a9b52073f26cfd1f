"""How schemes are called: the shortest prefix that names one, in any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc.language.names import is_fund, short, use
from tests.command import run
from tests.three import folder_of, scheme_of

IDS = ["sz-equipment-grant", "sz-equipment-loan", "sz-rent", "n1-award", "1.21-equipment", "1.21-equipment@2025", "g04-pharma", "green", "green-plus"]


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("sz-equipment-grant", "sz-equipment-grant"),
        ("sz-equipment-loan", "sz-equipment-loan"),
        ("sz-rent", "sz-rent"),
        ("n1-award", "n1"),
        ("1.21-equipment", "1.21"),
        ("1.21-equipment@2025", "1.21@2025"),
        ("g04-pharma", "g04"),
        ("green", "green"),
        ("green-plus", "green-plus"),
    ],
)
def test_the_shortest_that_names_one(id: str, said: str) -> None:
    use(IDS)
    assert short(id) == said


def test_a_name_of_a_user_that_begins_with_g_is_no_direction_of_the_fund() -> None:
    assert is_fund("g04-pharma") and is_fund("g04") and not is_fund("green-plus") and not is_fund("gz01-x")


def test_the_list_tells_schemes_apart_by_names_that_find_them(tmp_path: Path) -> None:
    body = 'amount = { percent = "10%", of = "a" }\n'
    catalog = folder_of(tmp_path, *(scheme_of(body, id=id) for id in ("sz-one", "sz-two", "gz-three")))
    page = run(["list", "--schemes", str(tmp_path)]).out
    assert all(name in page for name in ("sz-one", "sz-two", "gz "))
    assert [catalog.find(short(id)) for id in catalog.ids] == catalog.ids
