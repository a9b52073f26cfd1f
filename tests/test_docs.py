"""Every worked example in the guides comes out as the guide says."""

import re
from pathlib import Path

import pytest
import tomli

from calc import Catalog

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
