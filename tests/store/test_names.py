"""How schemes are called: the shortest prefix that names one, in any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc import InputError, load_catalog
from calc.language.names import short, use
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


def test_parts_are_what_the_folder_says(tmp_path: Path) -> None:
    ids = ("g04-pharma", "green-plus", "10.1-x", "1.02-y", "1.10-y")
    catalog = folder_of(tmp_path, *(scheme_of('amount = "1元"\n', id=id) for id in ids))
    assert {entry["part"] for entry in catalog.listing()} == {None}
    with pytest.raises(InputError, match=r"catalog\.toml"):
        catalog.listing(part="g")
    (tmp_path / "catalog.toml").write_text('[parts]\ng = "基金"\n1 = { label = "综合", label_en = "General" }\n', encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert [(entry["id"], entry["part"]) for entry in catalog.listing()] == [
        ("g04-pharma", "g"), ("1.02-y", "1"), ("1.10-y", "1"), ("10.1-x", None), ("green-plus", None),
    ]  # fmt: skip
    assert [entry["id"] for entry in catalog.listing(part="General")] == ["1.02-y", "1.10-y"]
    with pytest.raises(InputError, match="基金"):
        catalog.listing(part="2")


def test_the_list_tells_schemes_apart_by_names_that_find_them(tmp_path: Path) -> None:
    body = 'amount = { percent = "10%", of = "a" }\n'
    catalog = folder_of(tmp_path, *(scheme_of(body, id=id) for id in ("sz-one", "sz-two", "gz-three")))
    page = run(["list", "--schemes", str(tmp_path)]).out
    assert all(name in page for name in ("sz-one", "sz-two", "gz "))
    assert [catalog.find(short(id)) for id in catalog.ids] == catalog.ids
