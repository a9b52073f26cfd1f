"""The sheet of totals: what each scheme comes to, and whether the sheet agrees with itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from calc.engines.explain.values import Env
from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SAFE
from calc.engines.formulas.formula import Ex
from calc.estimate.benefit import EQUITY, sets_apart
from calc.language import model
from calc.language.names import short
from calc.messages import listed, text
from calc.report.estimate import lapsed
from calc.report.words import cash_words
from calc.report.xlsx.layout import CONDITIONAL, ELIGIBLE, INELIGIBLE, BenefitCells, Layout, SchemeCells, in_yuan, status_words
from calc.report.xlsx.sheet import Sheet

if TYPE_CHECKING:

    pass

SUMMARY_COLUMNS = (30, 26, 14, 18, 18, 18, 26, 18, 18, 16, 16, 16, 8, 16, 16)


(
    S_LABEL, S_ID, S_STATUS, S_AMOUNT, S_KEPT, S_KEPT_IF, S_BINDING, S_THEN, S_MOVED, S_FEN, S_SURE, S_LIKELY, S_CODE,
) = range(13)  # fmt: skip


RANKS = S_CODE + 1 - S_SURE  # columns from what counts to what it is picked by


def write_summary(layout: Layout, project: Mapping[str, Any]) -> None:
    """What each scheme comes to, with its benefits, and the checks."""
    sheet = layout.summary
    page = sheet.page
    sheet.widths(*SUMMARY_COLUMNS)
    sheet.say(0, 0, str(project.get("name") or text("xlsx.title")), "title")
    sheet.say(1, 0, text("xlsx.summary.note"), "note")
    page.set_row(0, 26)
    row = 3
    for one in layout.schemes:
        row = scheme_total(layout, one, row) + 2
    layout.row = write_checks(layout, row)
    page.print_area(0, 0, layout.row, S_MOVED)


def scheme_total(layout: Layout, one: SchemeCells, row: int) -> int:
    """The rows of one scheme from ``row`` on; gives the next free row."""
    sheet, scheme = layout.summary, one.scheme
    sheet.say(row, 0, f"{short(scheme.id)} {one.result.title}", "lead")
    how = text(f"combine.{scheme.combine}") if scheme.outcome == "money" else scheme.reason
    sheet.say(row, S_AMOUNT, text("word.semicolon").join(filter(None, (how, lapsed(scheme, one.result.validity)))), "note")
    row += 1
    heads = ("benefit", "id", "status", "amount", "kept", "kept_if", "binding", "then", "moved", "exact", "sure", "likely", "code")
    for column, key in enumerate(heads):
        sheet.say(row, column, text(f"xlsx.head.{key}"), "head")
    row += 1
    paying = [b for b in one.benefits if b.benefit.amount is not None]
    for cells in one.benefits:
        if cells.benefit.amount is None:
            _line_without(sheet, one, cells, row)
            row += 1
    first = row
    results = {r.id: r for r in one.result.benefits}
    fens: list[Ex] = []
    codes: list[Ex] = []
    for place, cells in enumerate(paying):
        at = first + place
        result = results[cells.benefit.id]
        sheet.link(at, S_LABEL, f"{one.sheet.own}A{cells.row + 1}", result.label)
        sheet.say(at, S_ID, cells.benefit.id, "faint")
        codes.append(sheet.put(at, S_CODE, cells.code, "exact", "whole"))
        fens.append(sheet.put(at, S_FEN, cells.fen, "exact", "whole"))
        sheet.put(at, S_STATUS, f.pick(codes[-1], *map(f.word, status_words())), "mark")
        shown = f.if_(f.is_gap(fens[-1]), f.word(text("xlsx.open")), f.over(fens[-1], f.number(100)))
        sheet.put(at, S_AMOUNT, shown, "cell", "money")
        sheet.put(at, S_BINDING, cells.binding, "cell")
        sheet.say(at, S_THEN, text("xlsx.open"))
        if result.amount is not None:
            then = f.number(int(result.amount.replace(".", "")))
            sheet.put(at, S_THEN, f.over(then, f.number(100)), "cell", "money")
            moved = f.if_(f.is_gap(fens[-1]), f.word(text("xlsx.open")), f.over(f.minus(fens[-1], then), f.number(100)))
            sheet.put(at, S_MOVED, moved, "cell", "money")
        else:
            sheet.say(at, S_MOVED, "")
    row = first + len(paying)
    if not paying:
        one.total = one.total_if = f.word(text("xlsx.open"))
        return row
    _kept(layout, one, paying, first, codes, fens)
    return _cash(sheet, one, scheme_totals(layout, one, paying, row, codes))


def _cash(sheet: Sheet, one: SchemeCells, row: int) -> int:
    """When the total comes, as computed when the workbook was made; gives the last row."""
    for place, (period, amount) in enumerate(cash_words(one.result)):
        row += 1
        sheet.say(row, S_LABEL, text("breakdown.cash") if not place else "")
        sheet.say(row, S_ID, period)
        sheet.page.write_number(row, S_THEN, int(amount.replace(".", "")) / 100, sheet.book.style("cell", "money"))
    return row


def _line_without(sheet: Sheet, one: SchemeCells, cells: BenefitCells, row: int) -> None:
    label = next(r.label for r in one.result.benefits if r.id == cells.benefit.id)
    sheet.link(row, S_LABEL, f"{one.sheet.own}A{cells.row + 1}", label)
    sheet.say(row, S_ID, cells.benefit.id, "faint")
    sheet.say(row, S_STATUS, text("status.no-figure"))
    sheet.say(row, S_AMOUNT, cells.benefit.reason)


def counted(cells: BenefitCells) -> bool:
    """Whether a benefit counts in totals: an equity stake does not."""
    return cells.benefit.support != EQUITY


def _kept(layout: Layout, one: SchemeCells, paying: list[BenefitCells], first: int, codes: list[Ex], fens: list[Ex]) -> None:
    """What of each benefit counts: all of them, or the largest (of equals the first)."""
    sheet = layout.summary
    last = first + len(paying) - 1
    open_ = {r.id for r in one.result.benefits if r.status == "conditional"}
    apart = sets_apart(one.scheme, open_, Env(dict(layout.book.values), layout.book.rates))
    for column, shown, code in ((S_SURE, S_KEPT, ELIGIBLE), (S_LIKELY, S_KEPT_IF, CONDITIONAL)):
        counts = [f.test("<=", c, f.number(code)) if counted(b) else Ex("FALSE", False) for b, c in zip(paying, codes, strict=True)]
        counts = [c if (b.benefit.id,) not in apart else Ex("FALSE", False) for b, c in zip(paying, counts, strict=True)]
        if one.scheme.combine == "one-of":
            helper = column + RANKS
            ranks = [
                sheet.put(first + k, helper, f.if_(counts[k], fens[k], f.number(-1)), "exact", "whole") for k in range(len(paying))
            ]
            span = sheet.span([(first, helper), (last, helper)], ranks)
            best = f.most_of(span)
            for k in range(len(paying)):
                earlier = [f.test("!=", r, best) for r in ranks[:k]]
                counts[k] = f.every(counts[k], f.test("==", ranks[k], best), *earlier)
        sets = model.sets_kept(one.scheme, apart)
        if sets:
            live = [f.if_(counts[k], fens[k], f.ZERO) for k in range(len(paying))]
            sums = [reduce(f.plus, [live[k] for k, cells in enumerate(paying) if cells.benefit.id in kept], f.ZERO) for kept in sets]
            best_of = [f.every(*(f.test(">" if m < n else ">=", own, other) for m, other in enumerate(sums) if m != n)) for n, own in enumerate(sums)]
            for k, cells in enumerate(paying):
                if any(cells.benefit.id in kept for kept in sets):
                    counts[k] = f.every(counts[k], f.some(*(best_of[n] for n, kept in enumerate(sets) if cells.benefit.id in kept)))
        for k, cells in enumerate(paying):
            kept = sheet.put(first + k, column, f.if_(counts[k], fens[k], f.ZERO), "exact", "whole")
            sheet.put(first + k, shown, f.over(kept, f.number(100)), "cell", "money")
            if column == S_SURE:
                one.kept[cells.benefit.id] = kept
            else:
                one.kept["?" + cells.benefit.id] = kept
    if one.scheme.combine == "one-of":
        for column in (S_SURE, S_LIKELY):
            sheet.say(first - 1, column + RANKS, text("xlsx.head.rank"), "head")


def scheme_totals(layout: Layout, one: SchemeCells, paying: list[BenefitCells], row: int, codes: list[Ex]) -> int:
    """The totals of a scheme below its ``paying`` benefits; gives the next free row."""
    sheet = layout.summary
    first = row - len(paying)
    cuts: dict[int, list[Ex]] = {S_SURE: [], S_LIKELY: []}
    for place, cap in enumerate(one.scheme.group_caps):
        inside = [b for b in paying if b.benefit.id in cap.benefits]
        labels = listed(r.label for r in one.result.benefits if r.id in cap.benefits)
        sheet.say(row, S_LABEL, text("xlsx.group.cap"), "total")
        sheet.say(row, S_ID, labels, "total")
        sheet.say(row, S_STATUS, text(f"scope.{cap.scope}"), "total")
        bound = sheet.put(row, S_FEN, one.caps[place], "exact", "whole")
        figure = f.over(bound, f.number(100))
        figure = f.if_(f.test("==", bound, f.number(SAFE)), f.word("—"), figure) if cap.limit is None else figure
        sheet.put(row, S_AMOUNT, figure, "total", "money")
        for column, shown, mark in ((S_SURE, S_KEPT, ""), (S_LIKELY, S_KEPT_IF, "?")):
            whole = f.ZERO
            for cells in inside:
                whole = f.plus(whole, one.kept[mark + cells.benefit.id])
            cut = sheet.put(row, column, f.minus(f.ZERO, f.most(f.ZERO, f.minus(whole, bound))), "exact", "whole")
            sheet.put(row, shown, f.over(cut, f.number(100)), "total", "money")
            cuts[column].append(cut)
        row += 1
    sheet.say(row, S_LABEL, text("xlsx.total"), "total")
    for column in (S_ID, S_STATUS, S_AMOUNT, S_BINDING):
        sheet.say(row, column, "", "total")
    codes = [c for b, c in zip(paying, codes, strict=True) if counted(b)]
    closed = f.every(*(f.test("==", c, f.number(INELIGIBLE)) for c in codes)) if codes else Ex("FALSE", False)
    nothing = f.if_(closed, f.ZERO, f.word(text("xlsx.open")))
    totals: list[Ex] = []
    for column, shown, mark, code in ((S_SURE, S_KEPT, "", ELIGIBLE), (S_LIKELY, S_KEPT_IF, "?", CONDITIONAL)):
        kept = [one.kept[mark + b.benefit.id] for b in paying]
        span = sheet.span([(first, column), (row - 1, column)], [*kept, *cuts[column]])
        some = f.some(*(f.test("<=", c, f.number(code)) for c in codes)) if codes else Ex("FALSE", False)
        totals.append(sheet.put(row, column, f.if_(some, f.add_up(span), nothing), "exact", "whole"))
        sheet.put(row, shown, in_yuan(totals[-1]), "total", "money")
    one.total, one.total_if = totals
    then = one.result.total
    sheet.say(row, S_THEN, text("xlsx.open"), "total")
    sheet.say(row, S_MOVED, "", "total")
    if then is not None:
        was = f.number(int(then.replace(".", "")))
        sheet.put(row, S_THEN, f.over(was, f.number(100)), "total", "money")
        number = not isinstance(one.total.value, str)
        moved = f.over(f.minus(one.total, was), f.number(100)) if number else Ex(f"({one.total.text}-{was.text})/100", 0, False)
        sheet.put(row, S_MOVED, f.if_(Ex(f"ISNUMBER({one.total.text})", number), moved, f.word(text("xlsx.open"))), "total", "money")
    sheet.put(row, S_FEN, totals[0], "exact", "whole")
    return row


def write_checks(layout: Layout, row: int) -> int:
    """The sheets' own checks: figures within what is exact, years within what is laid out."""
    sheet = layout.summary
    sheet.say(row, 0, text("xlsx.checks"), "section")
    computed = [one.sheet for one in layout.schemes if any(b.benefit.amount is not None for b in one.benefits)]
    for one in [*computed, *(t.sheet for t in layout.book.tables)]:
        layout.checks.append((text("xlsx.check.largest", sheet=one.name, most=f"{SAFE:,}"), f.test("<", one.largest(), f.number(SAFE))))
    for said, check in dict.fromkeys(layout.checks):
        row += 1
        sheet.say(row, 0, said, "plain")
        sheet.put(row, S_AMOUNT, f.if_(check, f.word("✓"), f.word(text("xlsx.check.failed"))), "mark", array=True)
    return row + 1
