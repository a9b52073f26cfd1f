"""Every worked example in the guides comes out as the guide says."""

import importlib.util
import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest
import tomli

from calc import Catalog, load_catalog
from tests.command import ROOT

DOCS = ROOT / "docs"
EXAMPLES = [
    pytest.param(tomli.loads(block), id=f"{page.name}-{place}")
    for page in sorted(DOCS.glob("how-amounts*.md"))
    for place, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S), 1)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(catalog: Catalog, example: dict) -> None:
    result = catalog.estimate(example["given"], example["scheme"]).model_dump(mode="json")
    if "benefit" in example:
        result = next(b for b in result["benefits"] if b["id"] == example["benefit"])
    for key in example.keys() - {"scheme", "benefit", "given"}:
        found = [p["amount"] for p in result[key]] if key == "schedule" else result[key]
        assert found == example[key]


def test_both_languages_show_the_same_examples() -> None:
    blocks = {page: [p.values[0] for p in EXAMPLES if p.id.startswith(page + "-")] for page in ("how-amounts.md", "how-amounts.zh-CN.md")}
    assert len(blocks["how-amounts.md"]) >= 12
    assert blocks["how-amounts.md"] == blocks["how-amounts.zh-CN.md"]


@pytest.mark.parametrize("page", ["writing-a-scheme.md", "writing-a-scheme.zh-CN.md"])
def test_the_scheme_of_the_guide_works(catalog: Catalog, tmp_path: Path, page: str) -> None:
    scheme, cases, *_ = re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)
    shutil.copy(catalog.folder / "facts.toml", tmp_path / "facts.toml")
    (tmp_path / "9.01-test-line-grant.toml").write_text(scheme, encoding="utf-8")
    mine = load_catalog(tmp_path)
    for case in tomli.loads(cases)["case"]:
        found = next(b for b in mine.estimate(case["given"], "9.01").benefits if b.id == case["benefit"])
        assert (found.status, found.amount) == (case["status"], case["amount"])
    assert mine.estimate({}, "9.01").benefits[2].reason


@pytest.mark.parametrize("page", ["writing-a-scheme.md", "writing-a-scheme.zh-CN.md"])
def test_every_example_of_the_guide_is_a_scheme(tmp_path: Path, page: str) -> None:
    _, _, *examples = re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)
    assert len(examples) >= 6
    shutil.copy(ROOT / "tests" / "shelf" / "facts.toml", tmp_path / "facts.toml")
    for number, example in enumerate(examples):
        head = f'id = "x{number}-example"\ntitle = "例"\n'
        source = '[source]\ncard = "x"\ndocument = "文"\nauthority = "委"\n'
        (tmp_path / f"x{number}-example.toml").write_text(head + source + example, encoding="utf-8")
    mine = load_catalog(tmp_path)
    assert mine.check() == []
    for id in mine.ids:
        assert mine.estimate({}, id).status in ("incomplete", "conditional") and mine.show(id)["benefits"]


@pytest.mark.parametrize("page", ["writing-a-scheme.md", "writing-a-scheme.zh-CN.md"])
def test_the_facts_of_the_guide_can_be_read(tmp_path: Path, page: str) -> None:
    [facts] = re.findall(r"```toml facts\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)
    (tmp_path / "facts.toml").write_text(facts, encoding="utf-8")
    assert load_catalog(tmp_path).facts.read({"设备投资": "1万元", "fields": ["robots"], "profit": "-1元"})["capex"] == 10_000


@pytest.mark.parametrize("page", ["writing-a-scheme.md", "writing-a-scheme.zh-CN.md"])
def test_the_folder_of_the_guide_works(catalog: Catalog, tmp_path: Path, page: str) -> None:
    said = (DOCS / page).read_text(encoding="utf-8")
    found = {kind: re.findall(rf"```toml {kind}\n(.*?)```", said, re.S) for kind in ("catalog", "rates", "rules")}
    assert {kind: len(blocks) for kind, blocks in found.items()} == {"catalog": 1, "rates": 1, "rules": 1}
    (tmp_path / "rates").mkdir()
    (tmp_path / "rates" / "EURIBOR.toml").write_text(found["rates"][0], encoding="utf-8")
    (tmp_path / "catalog.toml").write_text(found["catalog"][0], encoding="utf-8")
    (tmp_path / "facts.toml").write_text("", encoding="utf-8")
    about = load_catalog(tmp_path).about
    assert (about.currency, about.basis, about.indices, about.part_of("g01-x")) == ("EUR", "30/360", {"EURIBOR": ("3M", "12M")}, "g")
    other = tmp_path / "rules"
    other.mkdir()
    shutil.copy(catalog.folder / "facts.toml", other / "facts.toml")
    (other / "9.01-test-line-grant.toml").write_text(re.findall(r"```toml\n(.*?)```", said, re.S)[0], encoding="utf-8")
    (other / "rules.toml").write_text(found["rules"][0], encoding="utf-8")
    mine = load_catalog(other)
    assert mine.check() == [] and mine.scheme("9.01").one_of == (("construction-grant", "loan-interest"),)


def test_the_recipe_for_a_scheme_leaves_the_check_green(catalog: Catalog, tmp_path: Path) -> None:
    said = (DOCS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    facts, scheme, rules, cases = (dedent(block) for block in re.findall(r"^ *```toml\n(.*?)^ *```", said, re.S | re.M))
    copy = tmp_path / "schemes"
    shutil.copytree(catalog.folder, copy)
    with (copy / "facts.toml").open("a", encoding="utf-8") as file:
        file.write(facts)
    (copy / "3-manufacturing" / "3.99-testing-services.toml").write_text(scheme, encoding="utf-8")
    (copy / "cases").mkdir()
    (copy / "cases" / "3.99-testing-services.toml").write_text(cases, encoding="utf-8")
    table, line = rules.splitlines()[1:3]
    kept = (copy / "rules.toml").read_text(encoding="utf-8")
    assert f"\n{table}\n" in kept
    (copy / "rules.toml").write_text(kept.replace(f"\n{table}\n", f"\n{table}\n{line}\n", 1), encoding="utf-8")
    mine = load_catalog(copy)
    assert mine.check() == [] and mine.cases().problems == [] and mine.cases().count == 3


@pytest.mark.parametrize("page", ["architecture.md", "architecture.zh-CN.md"])
def test_the_house_is_where_the_page_says(page: str) -> None:
    places = re.findall(r"`((?:calc|schemes)/[\w./]*)`", (DOCS / page).read_text(encoding="utf-8"))
    assert len(places) >= 12
    assert [p for p in places if not (DOCS.parent / p).exists()] == []


def test_the_picture_is_that_of_the_code() -> None:
    spec = importlib.util.spec_from_file_location("house", DOCS / "house.py")
    assert spec and spec.loader
    house = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(house)
    assert (DOCS / "house.svg").read_text(encoding="utf-8") == house.picture(), "run: make docs"
