"""The steps of a benefit as live formulas: conditions, amount, limits, schedule, stages."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SAFE, NoFormula, Val
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import Translator
from calc.language import core, model
from calc.language.bounds import least_open
from calc.language.names import short
from calc.language.render import render, wording
from calc.messages import listed, text
from calc.report.words import support_year
from calc.report.xlsx.layout import (
    CONDITIONAL,
    ELIGIBLE,
    EXACT,
    FIRST_YEAR,
    INCOMPLETE,
    INELIGIBLE,
    LABEL,
    NO_FIGURE,
    SAID,
    SCALE,
    STATUSES,
    UNIT,
    VALUE,
    WRONG,
    BenefitCells,
    Layout,
    SchemeCells,
    Steps,
    status_words,
)
from calc.report.xlsx.sheet import unit
from calc.units import fen, fen_text, value_text

if TYPE_CHECKING:

    from calc.estimate.results import BenefitResult

STEP_COLUMNS = (20, 64, 20, 14, 18, 20, 12, 12)


def write_steps(layout: Layout, one: SchemeCells) -> None:
    """A sheet of steps for one scheme, a block a benefit."""
    sheet, scheme, book = one.sheet, one.scheme, layout.book
    page = sheet.page
    sheet.widths(*STEP_COLUMNS)
    sheet.widths(*[16] * 30, first=FIRST_YEAR)
    sheet.say(0, 0, f"{short(scheme.id)} {one.result.title}", "title")
    sheet.say(1, 0, text("xlsx.steps.note"), "note")
    page.set_row(0, 26)
    for column, key in enumerate(("step", "said", "value", "unit", "clause", "exact", "rest", "scale")):
        sheet.say(2, column, text(f"xlsx.head.{key}"), "head")
    page.freeze_panes(3, 1)
    page.repeat_rows(2)
    known: dict[int, Ex] = {}
    row = 3
    for benefit, result in zip(scheme.benefits, one.result.benefits, strict=True):
        steps = Steps(sheet, benefit.clause, row)
        one.benefits.append(_benefit(layout, steps, benefit, result, known))
        row = steps.row + 1
    for cap in scheme.group_caps:
        steps = Steps(sheet, "", row)
        one.caps.append(_group_cap(layout, steps, one, cap))
        row = steps.row + 1 if cap.limit is None else row
    last = max(row, 4)
    for mark, colour in (("✓", "#1B7F3B"), ("✗", "#B42318"), ("?", "#B54708")):
        look = book.file.add_format({"font_color": colour})
        page.conditional_format(3, VALUE, last, VALUE, {"type": "cell", "criteria": "==", "value": f'"{mark}"', "format": look})
    faint = book.file.add_format({"font_color": "#FFFFFF"})
    page.conditional_format(3, EXACT, last, EXACT, {"type": "errors", "format": faint})


def _benefit(layout: Layout, steps: Steps, benefit: model.Benefit, result: BenefitResult, known: dict[int, Ex]) -> BenefitCells:
    sheet, book = steps.sheet, layout.book
    top = steps.row
    nature = text(f"nature.{benefit.nature}")
    for column in range(SCALE + 1):
        sheet.say(top, column, (result.label, nature, "", "", benefit.clause, "", "", "")[column], "section")
    steps.row += 1
    translator = Translator(book)
    gates: list[Ex] = []
    for condition in benefit.conditions:
        if id(condition) not in known:
            said = wording(condition, book.names)
            known[id(condition)] = _condition(layout, steps, translator, said, condition.node)
        gates.append(known[id(condition)])
    if benefit.amount is None:
        row = steps.line(text("xlsx.step.reason"), benefit.reason)
        code = sheet.put(row, EXACT, f.number(NO_FIGURE), "exact", "whole")
        return BenefitCells(benefit, top, code, f.OPEN, f.word(""))
    rules = [
        _condition(layout, steps, translator, render(rule.condition, book.names), rule.condition, text("xlsx.step.rule"))
        for rule in benefit.requires
    ]
    try:
        amount = translator.run(benefit.amount, None, steps)
        if amount.ex.text.startswith(("'", "$")):
            head = amount.ex
        else:
            amount = steps.put(text("xlsx.step.amount"), "", amount)
            head = amount.ex
    except NoFormula:
        return _fixed(steps, benefit, result, top)
    layout.checks.extend((text("xlsx.check.years", benefit=result.label), check) for check in translator.checks)
    return _result(steps, benefit, amount, head, gates, rules, translator, top)


def _group_cap(layout: Layout, steps: Steps, one: SchemeCells, cap: model.GroupCap) -> Ex:
    """The figure of a cap over several benefits in fen, beyond every sum where it does not hold; the program's where there is no formula."""
    if cap.limit is not None:
        return f.number(fen(cap.limit))
    labels = listed(r.label for r in one.result.benefits if r.id in cap.benefits)
    steps.line(text("xlsx.group.cap"), labels, "section")
    translator = Translator(layout.book)
    none = f.number(SAFE)
    try:
        val = translator.run(cap.node, None, steps)
        whole = f.floor_over(val.ex, f.number(val.scale // 100))
        least = least_open(cap.node)
        figure = f.if_(f.is_open(val.ex), none if least is None else f.number(fen(least)), f.if_(f.is_none(val.ex), none, whole))
        if cap.when is not None:
            holds = _condition(layout, steps, translator, render(cap.when, layout.book.names), cap.when)
            figure = f.if_(f.test("==", holds, f.ZERO), none, figure)
    except NoFormula:
        told = next((c for c in one.result.group_caps if c.benefits == list(cap.benefits) and c.scope == cap.scope), None)
        figure = none if told is None else f.number(int(told.limit.replace(".", "")))
    row = steps.line(text(f"step.limit.{cap.scope}"), render(cap.node, layout.book.names))
    return steps.sheet.put(row, EXACT, figure, "exact", "whole")


def _condition(
    layout: Layout, steps: Steps, translator: Translator, said: str, node: core.Node, label: str | None = None
) -> Ex:
    facts = [layout.book.facts[id][1].text for id in core.facts_in(node) if id in layout.book.facts]
    cells = listed(c.replace("$", "").replace("'", "") for c in facts[:3])
    holds = translator.verdict(node, None, steps)
    spared = [translator.verdict(one, None, steps) for one in core.guards(node)]
    return steps.condition(label or text("xlsx.step.condition"), said, holds, cells, spared)


def _fixed(steps: Steps, benefit: model.Benefit, result: BenefitResult, top: int) -> BenefitCells:
    """A benefit whose formula is not laid out: the program's figures, and a word that they do not move."""
    row = steps.line(text("xlsx.step.amount"), text("xlsx.fixed"), "total")
    code = steps.sheet.put(row, EXACT, f.number(STATUSES.index(result.status) + 1), "exact", "whole")
    row = steps.line(text("xlsx.step.amount"), "", "total")
    amount = f.OPEN if result.amount is None else f.number(int(result.amount.replace(".", "")))
    cell = steps.sheet.put(row, EXACT, amount, "exact", "whole")
    return BenefitCells(benefit, top, code, cell, f.word(""), live=False)


def _result(
    steps: Steps, benefit: model.Benefit, amount: Val, head: Ex, gates: list[Ex], rules: list[Ex], translator: Translator, top: int
) -> BenefitCells:
    sheet = steps.sheet
    falling = parts_of(benefit.amount)
    for node, rows, counted, undecided in translator.counted:
        if node.where is not None and node not in falling:
            open_ = f.if_(f.every(f.test(">", undecided, f.ZERO), f.test("==", undecided, counted)), f.UNKNOWN, f.ONE)
            label = text("xlsx.items", list=translator.book.names[node.list].name, where=render(node.where, translator.book.names))
            steps.condition(text("xlsx.step.condition"), label, f.if_(f.test("==", counted, f.ZERO), f.ZERO, open_))
            of = f'{counted.text}&" / "&{rows.text}'
            sheet.put(steps.row - 1, UNIT, Ex(of, f"{counted.value} / {rows.value}"), "cell")
    if amount.none:
        fits = f.if_(f.is_none(head), f.ZERO, f.if_(f.is_open(head), f.UNKNOWN, f.ONE))
        steps.condition(text("xlsx.step.condition"), text("condition.fits"), fits)
    held = f.least(*rules) if rules else f.ONE
    wrong = [f.test("==", held, f.ZERO)] if rules else []
    wrong += [f.test(">", b, f.ZERO) for b in translator.broken]
    gate = f.least(*gates) if gates else f.ONE
    unsure = [f.test("==", gate, f.UNKNOWN)]
    if amount.undecided != f.ZERO:
        unsure.append(f.test(">", amount.undecided, f.ZERO))
    computed = f.if_(f.some(*unsure), f.number(CONDITIONAL), f.number(ELIGIBLE))
    code = f.if_(f.is_none(head), f.number(INELIGIBLE), f.if_(f.is_open(head), f.number(INCOMPLETE), computed))
    if gates:
        code = f.if_(f.test("==", gate, f.ZERO), f.number(INELIGIBLE), code)
    if wrong:
        code = f.if_(f.some(*wrong), f.number(WRONG), code)
    row = steps.line(text("xlsx.step.status"), "")
    code = sheet.put(row, EXACT, code, "exact", "whole")
    sheet.put(row, VALUE, f.pick(code, *map(f.word, status_words())), "mark")
    pays = f.test("<=", code, f.number(CONDITIONAL))
    per_fen = f.number(amount.scale // 100)
    row = steps.line(text("xlsx.step.amount"), text("xlsx.said.floor"), "total")
    cut = f.most(f.ZERO, f.floor_over(head, per_fen))
    cell = sheet.put(row, EXACT, f.if_(pays, cut, f.if_(f.test("==", code, f.number(INELIGIBLE)), f.ZERO, f.OPEN)), "exact", "whole")
    shown = f.over(cell, f.number(100))
    sheet.put(row, VALUE, f.if_(f.is_gap(cell), f.word(text("xlsx.open")), shown), "total", "money")
    sheet.say(row, UNIT, unit(core.MONEY), "total")
    sheet.put(row, SCALE, f.number(100), "exact", "whole")
    binding = binding_limit(steps, translator, pays)
    if amount.years is not None:
        _schedule(steps, amount, pays)
    if benefit.disbursement:
        _stages(steps, benefit, cell, pays)
    return BenefitCells(benefit, top, code, cell, binding)


def parts_of(node: core.Node | None, within: bool = False) -> set[core.Node]:
    """The lists within sums, whose items need not be there for the rest to be paid."""
    if node is None:
        return set()
    found = {node} if within and isinstance(node, core.Items) else set()
    inside = within or isinstance(node, core.Total) or (isinstance(node, core.Extreme) and node.fitting)
    return found.union(*(parts_of(child, inside) for child in core.children(node)))


def binding_limit(steps: Steps, translator: Translator, pays: Ex) -> Ex:
    """The last limit that took off a fen or more."""
    if not translator.cuts:
        return f.word("")
    found = f.word(text("xlsx.binding.none"))
    for cut in translator.cuts:
        reached = f.or_else(f.test(">=", cut.cut, f.ONE), Ex("FALSE", False))
        label = text(f"step.limit.{cut.scope}")
        limit = Ex(f'"{label} "&TEXT({f.over(cut.limit, f.number(100)).text},"#,##0.00")', _limit_text(label, cut.limit), False)
        found = f.if_(reached, limit, found)
    row = steps.line(text("xlsx.step.binding"), "")
    return steps.sheet.put(row, VALUE, f.if_(pays, found, f.word("")), "cell")


def _limit_text(label: str, limit: Ex) -> Any:
    if isinstance(limit.value, f.Gap):
        return limit.value
    from calc.units import grouped

    return f"{label} {grouped(fen_text(int(limit.value)))}"


def _schedule(steps: Steps, amount: Val, pays: Ex) -> None:
    """What each period pays: the cut sum so far less the cut sum before."""
    assert amount.years is not None
    sheet = steps.sheet
    per_fen = f.number(amount.scale // 100)
    before = f.ZERO
    for k, period in enumerate(amount.periods):
        upto = f.or_else(f.floor_over(f.add_up(f.joined(amount.years[: k + 1])), per_fen), f.ZERO)
        row = steps.line("", "")
        sheet.put(row, LABEL, _period(period), "cell")
        sheet.say(row, SAID, text("xlsx.said.period"))
        so_far = sheet.put(row, FIRST_YEAR, upto, "exact", "whole")
        sheet.put(row, SCALE, f.number(100), "exact", "whole")
        cell = sheet.put(row, EXACT, f.if_(pays, f.minus(so_far, before), f.ZERO), "exact", "whole")
        sheet.put(row, VALUE, f.over(cell, f.number(100)), "cell", "money")
        sheet.say(row, UNIT, unit(core.MONEY))
        before = so_far


def _period(period: Ex) -> Ex:
    """A period with its word around it: 第1年, a calendar year as 2025年; blank where there is none."""
    said = "" if isinstance(period.value, f.Gap) else str(period.value)
    if period.text.startswith('"') or period.text.isdigit():
        return f.word(said and support_year(said))
    year = Ex(f'AND(LEN({period.text})=4,ISERROR(FIND("-",{period.text})))', said.isdigit() and len(said) == 4, False)
    worded = f.if_(year, _around(period, text("html.calendar", year="\0")), _around(period, text("xlsx.period", period="\0")))
    return f.if_(f.test("==", period, f.word("")), f.word(""), worded)


def _around(period: Ex, said: str) -> Ex:
    """A period in a wording, in which a null sign stands for it."""
    before, after = said.split("\0")
    value = period.value if isinstance(period.value, f.Gap) else f"{before}{period.value}{after}"
    return Ex("&".join([*([f'"{before}"'] if before else []), period.text, *([f'"{after}"'] if after else [])]), value, False)


def _stages(steps: Steps, benefit: model.Benefit, amount: Ex, pays: Ex) -> None:
    """Payout stages, each the cut share so far less what was paid before."""
    share = Fraction(0)
    before = f.ZERO
    for place, part in enumerate(benefit.disbursement, 1):
        share += part
        paid = f.floor_over(f.times(amount, f.number(share.numerator)), f.number(share.denominator))
        row = steps.line(text("xlsx.step.stage", place=place), text("xlsx.said.stage", share=value_text("percent", part)))
        so_far = steps.sheet.put(row, FIRST_YEAR, f.if_(pays, paid, f.ZERO), "exact", "whole")
        steps.sheet.put(row, SCALE, f.number(100), "exact", "whole")
        cell = steps.sheet.put(row, EXACT, f.minus(so_far, before), "exact", "whole")
        steps.sheet.put(row, VALUE, f.over(cell, f.number(100)), "cell", "money")
        steps.sheet.say(row, UNIT, unit(core.MONEY))
        before = so_far
