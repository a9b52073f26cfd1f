"""Every worked example in the guides comes out as the guide says."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest
import tomli

from calc import Catalog, load_catalog

DOCS = Path(__file__).parent.parent / "docs"
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
    shutil.copy(Path(__file__).parent / "shelf" / "facts.toml", tmp_path / "facts.toml")
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
