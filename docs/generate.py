"""Writes what is made from schemes and code: docs/coverage.md, docs/coverage.zh-CN.md, docs/schemas, docs/house.svg. Run by `make docs`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import tomli
from house import picture

from calc import load_catalog
from calc.estimate.benefit import label, title
from calc.messages import text, use
from calc.questions.schema import write_schemas

DOCS = Path(__file__).parent
CASES = DOCS.parent / "tests" / "cases"
PAGES = {"en": "coverage.md", "zh": "coverage.zh-CN.md"}


def coverage(language: str) -> str:
    """The coverage page: one row an entry with its benefits, their nature, facts and test cases."""
    use(language)
    try:
        return _page()
    finally:
        use("zh")


def _page() -> str:
    catalog = load_catalog()
    schemes = catalog.schemes()
    paying = [s for s in schemes if s.outcome == "money"]
    benefits = [b for s in schemes for b in s.benefits]
    computed = [b for b in benefits if b.amount is not None]
    cases = {s.id: _cases(s.id) for s in schemes}
    lines = [
        f"# {text('coverage.title')}",
        "",
        text("coverage.intro"),
        "",
        text(
            "coverage.counts",
            entries=len(schemes),
            paying=len(paying),
            others=len(schemes) - len(paying),
            benefits=len(benefits),
            computed=len(computed),
            cases=sum(sum(c.values()) for c in cases.values()),
        ),
        "",
        "| " + " | ".join(text(f"coverage.{c}") for c in ("entry", "scheme", "benefit", "nature", "support", "facts", "cases")) + " |",
        "|---|---|---|---|---|---|---|",
    ]
    for scheme in schemes:
        head = [scheme.id.partition("-")[0], title(scheme)]
        if not scheme.benefits:
            lines.append(_row([*head, f"— {scheme.reason}", text(f"outcome.{scheme.outcome}"), "", "", ""]))
        for place, benefit in enumerate(scheme.benefits):
            name = label(benefit) + (f" — {benefit.reason}" if benefit.reason else "")
            facts = ", ".join(f"`{f}`" for f in dict.fromkeys(f.partition(".")[0] for f in benefit.facts))
            tried = cases[scheme.id].get(benefit.id, 0)
            lines.append(
                _row(
                    [
                        *(head if not place else ["", ""]),
                        name,
                        text(f"nature.{benefit.nature}"),
                        text(f"support.{benefit.support}"),
                        facts,
                        str(tried or ""),
                    ]
                )
            )
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cases(id: str) -> Counter[str]:
    path = CASES / f"{id}.toml"
    if not path.exists():
        return Counter()
    return Counter(case.get("benefit", "") for case in tomli.loads(path.read_text(encoding="utf-8"))["case"])


def main() -> None:
    """Writes all pages."""
    for language, page in PAGES.items():
        (DOCS / page).write_text(coverage(language), encoding="utf-8")
    write_schemas(load_catalog(), DOCS / "schemas")
    (DOCS / "house.svg").write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
