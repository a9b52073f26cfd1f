"""Writes what is made from schemes and code: docs/coverage.md, docs/coverage.zh-CN.md, docs/schemas, docs/house.svg. Run by `make docs`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import tomli
from house import picture

from calc import load_catalog
from calc.estimate.benefit import label, title
from calc.language.model import Contact, Window
from calc.language.names import short
from calc.language.render import supplement_words
from calc.messages import text, use
from calc.questions.schema import write_schemas

DOCS = Path(__file__).parent
CASES = DOCS.parent / "tests" / "cases"
COLUMNS = ("entry", "scheme", "benefit", "nature", "support", "facts", "cases", "basis", "window", "office")
PAGES = {"en": "coverage.md", "zh": "coverage.zh-CN.md"}


def coverage(language: str) -> str:
    """The coverage page: one row a benefit of each entry and edition: its nature, facts, test cases, supplement, window and office."""
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
        "| " + " | ".join(text(f"coverage.{c}") for c in COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
    ]
    for scheme in schemes:
        head = [short(scheme.id), title(scheme)]  # an edition by its own id, below its scheme
        if not scheme.benefits:
            lines.append(_row([*head, f"— {scheme.reason}", text(f"outcome.{scheme.outcome}"), "", "", "", "", *_applying(scheme.window, scheme.contact)]))
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
                        "" if benefit.nature == "in-kind" else text(f"support.{benefit.support}"),  # a service is no money
                        facts,
                        str(tried or ""),
                        supplement_words(benefit, scheme.source["document"]),
                        *_applying(benefit.window, benefit.contact),
                    ]
                )
            )
    return "\n".join(lines) + "\n"


def _applying(window: Window | None, contact: Contact | None) -> tuple[str, str]:
    """When to apply and where, as the text prints them."""
    return "" if window is None else window.words, "" if contact is None else " ".join(filter(None, (contact.office, contact.phone)))


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
