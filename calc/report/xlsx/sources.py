"""The sheet of sources: card, document, clause, supplement, and the words of the text where there is one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from calc.engines.formulas.cells import SAFE
from calc.language.names import short
from calc.language.render import applying, supplement_words
from calc.messages import text
from calc.report.estimate import validity_said
from calc.report.quotes import quote_lines
from calc.report.xlsx.layout import SchemeCells
from calc.report.xlsx.sheet import Sheet

if TYPE_CHECKING:

    from calc.store.store import Store

def write_sources(sheet: Sheet, catalog: Store, schemes: Iterable[SchemeCells], quotes: Mapping[str, Mapping[str, Any]], told: Collection[str]) -> None:
    """Each scheme and benefit with its document, clause and supplement; warnings ``told`` on another sheet are left out."""
    sheet.widths(22, 90, 16)
    sheet.say(0, 0, text("xlsx.sheet.sources"), "title")
    row = 2
    for one in schemes:
        scheme, result = one.scheme, one.result
        sheet.say(row, 0, f"{short(scheme.id)} {result.title}", "lead")
        row += 1
        source = result.source
        for key, said in (
            ("document", source.document), ("authority", source.authority), ("published", str(source.published or "")),
            ("card", short(scheme.id)), ("validity", validity_said(scheme, result.validity)), *applying(scheme).items(), ("reason", result.reason or ""),
        ):  # fmt: skip
            if said:
                row = _fact(sheet, row, text(f"xlsx.source.{key}"), said)
        for warning in (one for one in result.warnings if one not in told):
            row = _fact(sheet, row, text("xlsx.source.warning"), warning)
        for benefit, done in zip(scheme.benefits, result.benefits, strict=True):
            sheet.say(row, 0, done.label, "section")
            sheet.say(row, 1, benefit.clause, "section")
            sheet.say(row, 2, text("xlsx.head.verified"), "section")
            row += 1
            for label, said in quote_lines(quotes.get(scheme.id, {}).get(done.id)):
                row = _fact(sheet, row, label, said)
            basis = supplement_words(benefit, scheme.source["document"])
            for key, said in (("supplement", basis), ("note", benefit.note), ("warning", benefit.warning), ("reason", benefit.reason)):
                if said:
                    row = _fact(sheet, row, text(f"xlsx.source.{key}"), said)
            for said in benefit.checklist:
                sheet.say(row, 2, "☐", "entry")
                row = _fact(sheet, row, text("xlsx.source.checklist"), said)
        row += 1
    sheet.say(row, 0, text("xlsx.how"), "lead")
    row += 1
    for place in range(1, 7):
        row = _fact(sheet, row, str(place), text(f"xlsx.how.{place}", verified=catalog.lpr.verified, most=f"{SAFE:,}"))


def _fact(sheet: Sheet, row: int, label: str, said: str) -> int:
    sheet.say(row, 0, label)
    sheet.say(row, 1, said)
    return row + 1
