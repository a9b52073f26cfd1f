"""Workbooks of plans: the answer on the first sheet, then the reasons, then the live sheets of the schemes chosen.

The plan of one project has live amounts, so that a changed input moves them; of several projects or enterprises the workbook has one
result table, what is chosen and what is left out, as computed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calc.engines.formulas import formula as f
from calc.engines.formulas.formula import Ex
from calc.estimate.benefit import label, scheme_name
from calc.language.names import short
from calc.messages import listed, text
from calc.questions.plan.plan import Plan, cash
from calc.report import plan as planned
from calc.report.words import period_words
from calc.report.xlsx.book import Book
from calc.report.xlsx.estimate import lay_out, save
from calc.report.xlsx.layout import Layout
from calc.report.xlsx.sheet import Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from calc.estimate.results import SchemeResult
    from calc.questions.plan.paid import Candidate
    from calc.store.store import Store

SCHEME, BENEFIT, AMOUNT, BASIS, PAYER, WINDOW, THEN, MOVED = range(8)
WIDTHS = (34, 28, 18, 12, 26, 30, 18, 16)


def write_plan(path: Path | str, catalog: Store, made: tuple[str, Plan], results: Sequence[SchemeResult], as_of: dt.date) -> None:
    """The workbook of the plan of one project: first its answer with live amounts, then the reasons, then the live sheets of the
    schemes chosen (``results``). Raises ``OSError``."""
    save(path, lambda file: _plan(file, catalog, made, results, as_of))


def write_plans(path: Path | str, catalog: Store, made: Sequence[tuple[str, Plan]], as_of: dt.date) -> None:
    """The workbook of the plans of several projects or enterprises: one row an enterprise with its totals, then what is chosen and
    what is left out. Raises ``OSError``."""
    save(path, lambda file: _plans(file, catalog, made, as_of))


def _yuan(sheet: Sheet, row: int, column: int, fen: int, style: str = "cell") -> None:
    sheet.page.write_number(row, column, fen / 100, sheet.book.style(style, "money"))


def _heads(sheet: Sheet, row: int, keys: Sequence[str]) -> int:
    for column, key in enumerate(keys):
        sheet.say(row, column, text(key) if key else "", "head")
    return row + 1


# ---------------------------------------------------------------- one project


def _plan(file: Workbook, catalog: Store, made: tuple[str, Plan], results: Sequence[SchemeResult], as_of: dt.date) -> None:
    name, plan = made
    layout = lay_out(file, catalog, {"name": name}, results, plan.facts[0], None, text("xlsx.sheet.answer"), plan.warnings)
    sheet = layout.front
    assert sheet is not None
    sheet.widths(*WIDTHS)
    sheet.page.set_row(0, 26)
    sheet.say(0, 0, name or text("xlsx.title"), "title")
    sheet.say(1, 0, text("html.as_of", day=as_of), "note")
    sheet.say(2, 0, text("xlsx.plan.note"), "note")
    total, row = _chosen(layout, sheet, plan, 8)
    _totals(sheet, plan, total, 4)
    row = _cash(sheet, plan, row + 1)
    row = _held(sheet, plan, row + 1)
    for said in plan.warnings:
        sheet.say(row, 0, said, "plain")
        row += 1
    reasons = Sheet(layout.book, text("xlsx.sheet.reasons"))
    reasons.widths(34, 28, 18, 90)
    _reasons(reasons, plan)
    for one in (sheet, reasons):
        one.fit()
    sheet.page.set_first_sheet()
    sheet.page.activate()


def _totals(sheet: Sheet, plan: Plan, total: Ex, row: int) -> None:
    """The two totals and how sure they are."""
    sheet.say(row, 0, text("plan.head.total"), "total")
    sheet.say(row, 1, text("plan.most.said"), "total")
    sheet.put(row, AMOUNT, total, "total", "money")
    sheet.say(row + 1, 0, text("plan.head.prudent"), "total")
    sheet.say(row + 1, 1, planned.apart(plan), "total")
    _yuan(sheet, row + 1, AMOUNT, plan.prudent.value, "total")
    sheet.say(row + 2, 0, planned.proof(plan), "note")


def _chosen(layout: Layout, sheet: Sheet, plan: Plan, row: int) -> tuple[Ex, int]:
    """The benefits chosen with what they come to now, what limits over several of them take off, and the live total; gives its cell."""
    head = ("html.scheme", "xlsx.head.benefit", "xlsx.head.amount", "pages.basis", "pages.payer", "xlsx.source.apply", "xlsx.head.then", "xlsx.head.moved")
    first = _heads(sheet, row, head)
    found = {(one.scheme.id, cells.benefit.id): (one, cells) for one in layout.schemes for cells in one.benefits}
    live: dict[tuple[str, str], Ex] = {}
    parts: list[Ex] = []
    whole = 0
    for at, item in enumerate(plan.chosen, first):
        chosen = item.scheme.id, item.benefit.id
        one, cells = found[chosen]
        sheet.link(at, SCHEME, f"{one.sheet.own}A{cells.row + 1}", f"{short(one.scheme.id)} {one.result.title}")
        sheet.say(at, BENEFIT, planned.marked(plan, item, label(item.benefit)))
        for column, said in enumerate(planned.particulars(plan, item), BASIS):
            sheet.say(at, column, said)
        live[chosen] = f.or_else(cells.fen, f.ZERO)
        whole += item.amount
        parts.append(_row(sheet, at, live[chosen], item.amount))
    row = first + len(parts)
    for one in layout.schemes:
        for cap, bound in zip(one.scheme.group_caps, one.caps, strict=True):
            inside = [item for item in plan.chosen if item.scheme.id == one.scheme.id and item.benefit.id in cap.benefits]
            if not inside:
                continue
            over, over_then = f.ZERO, -int(bound.value)
            for item in inside:
                over = f.plus(over, live[item.scheme.id, item.benefit.id])
                over_then += item.amount
            sheet.say(row, SCHEME, f"{text('xlsx.group.cap')} {short(one.scheme.id)}")
            sheet.say(row, BENEFIT, listed(r.label for r in one.result.benefits if r.id in cap.benefits))
            parts.append(_row(sheet, row, f.minus(f.ZERO, f.most(f.ZERO, f.minus(over, bound))), -max(0, over_then)))
            whole -= max(0, over_then)
            row += 1
    if other := plan.best.value - whole:
        sheet.say(row, SCHEME, text("xlsx.plan.other"))
        sheet.say(row, BENEFIT, "")
        parts.append(_row(sheet, row, f.number(other), other))
        row += 1
    sheet.say(row, SCHEME, text("xlsx.total"), "total")
    for column in (BENEFIT, BASIS, PAYER, WINDOW):
        sheet.say(row, column, "", "total")
    total = f.add_up(sheet.span([(first, AMOUNT), (row - 1, AMOUNT)], parts)) if parts else f.ZERO
    cell = sheet.put(row, AMOUNT, total, "total", "money")
    then = f.over(f.number(plan.best.value), f.number(100))
    sheet.put(row, THEN, then, "total", "money")
    sheet.put(row, MOVED, f.minus(cell, then), "total", "money")
    return cell, row + 1


def _row(sheet: Sheet, row: int, fen_now: Ex, then: int) -> Ex:
    """Now, when the plan was made, and the change, in yuan; gives the cell of now."""
    hundred = f.number(100)
    now = sheet.put(row, AMOUNT, f.over(fen_now, hundred), "cell", "money")
    was = sheet.put(row, THEN, f.over(f.number(then), hundred), "cell", "money")
    sheet.put(row, MOVED, f.minus(now, was), "cell", "money")
    return now


def _cash(sheet: Sheet, plan: Plan, row: int) -> int:
    """When the money comes, as computed; gives the next free row."""
    parts = cash(plan)
    if not parts:
        return row
    sheet.say(row, 0, text("plan.cash.title"), "lead")
    row += 1
    for part in parts:
        sheet.say(row, 0, period_words(part["period"]))
        _yuan(sheet, row, 1, int(part["amount"].replace(".", "")))
        row += 1
    sheet.say(row, 0, text("xlsx.total"), "total")
    _yuan(sheet, row, 1, plan.best.value, "total")
    return row + 1


def _held(sheet: Sheet, plan: Plan, row: int) -> int:
    held = plan.assumptions()
    if not held:
        return row
    sheet.say(row, 0, text("plan.assumptions"), "lead")
    row += 1
    for said, on in held:
        sheet.say(row, 0, listed(dict.fromkeys(short(item.scheme.id) for item in on)))
        sheet.say(row, 1, said)
        row += 1
    return row + 1


def _reasons(sheet: Sheet, plan: Plan) -> None:
    """What is left out and why, what the rules say and cost, other combinations."""
    row = _left(sheet, [("", plan)], 0)
    ids = dict.fromkeys([*plan.costs, *(id for _, why in plan.left_out() for id in why)])
    rules = planned.costly(plan, ids)
    rules += [(listed(cards), f"{rule.wording}{text('word.brackets', said=rule.source)}", None) for rule, cards in planned.noticed(plan)]
    if rules:
        sheet.say(row, 0, text("xlsx.plan.rules"), "lead")
        row = _heads(sheet, row + 1, ("xlsx.head.rule", "", "xlsx.head.cost", "xlsx.head.help"))
        for name, said, cost in rules:
            sheet.say(row, 0, name)
            sheet.say(row, 1, "")
            if cost is None:
                sheet.say(row, 2, "—")
            else:
                _yuan(sheet, row, 2, cost)
            sheet.say(row, 3, said)
            row += 1
        row += 1
    if plan.alternatives:
        sheet.say(row, 0, text("xlsx.plan.alternatives"), "lead")
        for at, other in enumerate(plan.alternatives, row + 1):
            sheet.say(at, 0, "")
            sheet.say(at, 1, "")
            _yuan(sheet, at, 2, other.value)
            sheet.say(at, 3, planned.changed(plan, other))


def _left(sheet: Sheet, made: Sequence[tuple[str, Plan]], row: int) -> int:
    """What is left out of plans, and why; gives the next free row."""
    if not any(plan.left_out() for _, plan in made):
        return row
    whose = len(made) > 1 or made[0][1].several
    sheet.say(row, 0, text("xlsx.plan.left"), "lead")
    row = _heads(sheet, row + 1, ("html.scheme", "xlsx.head.benefit", "xlsx.head.amount", "xlsx.head.because", *(("xlsx.head.whose",) if whose else ())))
    for name, plan in made:
        for item, because in plan.left_out():
            sheet.say(row, 0, scheme_name(item.scheme))
            sheet.say(row, 1, planned.marked(plan, item, label(item.benefit)))
            _yuan(sheet, row, 2, item.amount)
            sheet.say(row, 3, planned.why_not(plan, item, because))
            if whose:
                sheet.say(row, 4, _whose(name, plan, item))
            row += 1
    return row + 1


def _whose(name: str, plan: Plan, item: Candidate) -> str:
    return f"{name} {plan.names[item.project]}" if plan.several else name


# ---------------------------------------------------------------- several projects or enterprises


def _plans(file: Workbook, catalog: Store, made: Sequence[tuple[str, Plan]], as_of: dt.date) -> None:
    book = Book(file, catalog.facts, catalog.lpr, {})
    sheet = Sheet(book, text("xlsx.sheet.answer"))
    sheet.widths(30, 10, 18, 18, 70, 40)
    sheet.page.set_row(0, 26)
    sheet.say(0, 0, text("pages.plan"), "title")
    sheet.say(1, 0, text("html.as_of", day=as_of), "note")
    row = first = _heads(sheet, 3, (*planned.RESULTS, "plan.head.apart"))
    for (name, plan), shown in zip(made, planned.results(made), strict=True):
        sheet.say(row, 0, name)
        sheet.page.write_number(row, 1, len(plan.names), book.style("cell", "count"))
        _yuan(sheet, row, 2, plan.best.value)
        _yuan(sheet, row, 3, plan.prudent.value)
        sheet.say(row, 4, shown[4])
        sheet.say(row, 5, planned.apart(plan))
        row += 1
    for column in (0, 1, 4, 5):
        sheet.say(row, column, text("xlsx.total") if not column else "", "total")
    for column, sums in ((2, [plan.best.value for _, plan in made]), (3, [plan.prudent.value for _, plan in made])):
        cells = [Ex(sheet.address(first + k, column), one / 100) for k, one in enumerate(sums)]
        sheet.put(row, column, f.add_up(sheet.span([(first, column), (row - 1, column)], cells)), "total", "money")
    sheet.page.freeze_panes(first, 1)
    chosen = Sheet(book, text("plan.chosen"))
    chosen.widths(28, 34, 28, 18, 12, 26, 30)
    keys = ("xlsx.head.whose", "html.scheme", "xlsx.head.benefit", "xlsx.head.amount", "pages.basis", "pages.payer", "xlsx.source.apply")
    row = _heads(chosen, 0, keys)
    for name, plan in made:
        for item in plan.chosen:
            chosen.say(row, 0, _whose(name, plan, item))
            chosen.say(row, 1, scheme_name(item.scheme))
            chosen.say(row, 2, planned.marked(plan, item, label(item.benefit)))
            _yuan(chosen, row, 3, item.amount)
            for column, said in enumerate(planned.particulars(plan, item), 4):
                chosen.say(row, column, said)
            row += 1
    reasons = Sheet(book, text("xlsx.sheet.reasons"))
    reasons.widths(34, 28, 18, 90, 28)
    row = _left(reasons, made, 0)
    for name, plan in made:
        for said in plan.warnings:
            reasons.say(row, 0, f"{name}：{said}", "plain")
            row += 1
    for one in book.sheets:
        one.fit()
    sheet.page.activate()

