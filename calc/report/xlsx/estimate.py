"""A workbook an auditor can follow: inputs, every step as a live formula, totals and limits of groups, sources.

Change an input in the workbook and base, limit, schedule and total follow, without the program.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SAFE, NoFormula, Val
from calc.engines.formulas.formula import Ex, Span
from calc.engines.formulas.machine import Translator
from calc.estimate.benefit import EQUITY
from calc.estimate.results import ORDER
from calc.files import write_whole
from calc.language import core
from calc.language.bounds import least_open
from calc.language.names import short
from calc.language.render import render, supplement_words, wording
from calc.messages import text
from calc.report.estimate import span
from calc.report.quotes import quote_lines
from calc.report.xlsx.book import Book, ListSheet, Sheet, form_of, kind_of, scale_for, unit
from calc.units import fen, fen_text, value_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from calc.estimate.results import BenefitResult, SchemeResult
    from calc.facts import FactDef
    from calc.store.store import Store

# the codes a benefit's status has in the sheets
STATUSES = (*ORDER, "wrong-input")
ELIGIBLE, CONDITIONAL, INCOMPLETE, INELIGIBLE, NO_FIGURE, WRONG = range(1, 7)
LOAN_FIELDS = ("lpr_term", "drawdowns", "repayments")
LABEL, SAID, VALUE, UNIT, CLAUSE, EXACT, SCALE, FIRST_YEAR = range(8)


@dataclass(slots=True)
class Steps:
    """Where a benefit's steps go, one row each: label, wording, value, unit, clause, and the whole number behind the value."""

    sheet: Sheet
    clause: str
    row: int = 0
    periods: tuple[str, ...] = ()

    def line(self, label: str, said: str, style: str = "cell") -> int:
        """A new row with its label and wording."""
        self.sheet.say(self.row, LABEL, label, style)
        self.sheet.say(self.row, SAID, said, style)
        for column in (VALUE, UNIT):
            self.sheet.say(self.row, column, "", style)
        self.sheet.say(self.row, CLAUSE, self.clause, style)
        self.row += 1
        return self.row - 1

    def put(self, label: str, said: str, val: Val) -> Val:
        """A step; a loose series has its years to the right."""
        if val.loose:
            self.head_years(val.periods)
        row = self.line(label, said)
        ex, years = val.ex, val.years
        if val.loose:
            assert years is not None
            years = tuple(self.sheet.put(row, FIRST_YEAR + k, y, "exact", "whole") for k, y in enumerate(years))
            span = self.sheet.span([(row, FIRST_YEAR), (row, FIRST_YEAR + len(years) - 1)], years)
            ex = f.add_up(span) if ex == f.ZERO else f.if_(f.is_gap(ex), ex, f.add_up(span))
        numeric = val.type.kind in core.BASE or val.type.kind == "rate"
        cell = self.sheet.put(row, EXACT, ex, "exact", "whole" if numeric else form_of(val.type))
        if val.type.kind == "bool":
            self.mark(row, cell)
        else:
            shown = f.over(cell, f.number(val.scale)) if numeric else cell
            self.sheet.put(row, VALUE, f.if_(f.is_gap(cell), gap_word(cell), shown), "cell", form_of(val.type))
            self.sheet.say(row, UNIT, unit(val.type))
        if numeric:
            self.sheet.put(row, SCALE, f.number(val.scale), "exact", "whole")
        return replace(val, ex=cell, years=years, loose=False)

    def head_years(self, periods: tuple[Ex, ...]) -> None:
        """The years of the series that follow, where they are not the same as those above."""
        names = tuple(p.text for p in periods)
        if names == self.periods:
            return
        self.periods = names
        self.sheet.say(self.row, LABEL, text("xlsx.step.periods"), "faint")
        for k, period in enumerate(periods):
            self.sheet.put(self.row, FIRST_YEAR + k, period, "exact")
        self.row += 1

    def mark(self, row: int, verdict: Ex) -> None:
        """A verdict as ✓ ✗ ?."""
        index = f.plus(f.times(verdict, f.number(2)), f.ONE)
        self.sheet.put(row, VALUE, f.pick(index, f.word("✗"), f.word("?"), f.word("✓")), "mark")

    def hold(self, ex: Ex, label: str = "") -> Ex:
        """A helper row."""
        if ex.tight and "(" not in ex.text:
            return ex
        row = self.line(label or text("xlsx.column.helper"), "", "faint")
        return self.sheet.put(row, EXACT, ex, "exact", "whole")

    def case(self, said: str, verdict: Ex) -> Ex:
        """The condition of a case."""
        return self.condition(text("xlsx.step.case"), said, verdict)

    def condition(self, label: str, said: str, verdict: Ex, given: str = "") -> Ex:
        """A condition, ✓ ✗ ?."""
        row = self.line(label, said)
        cell = self.sheet.put(row, EXACT, verdict, "exact", "verdict")
        self.mark(row, cell)
        self.sheet.say(row, UNIT, given)
        return cell

    def field(self, id: str) -> Val:
        """No record is at hand."""
        raise NoFormula

    def stated(self, id: str) -> Ex:
        """No record is at hand."""
        raise NoFormula

    def passed(self, passes: Sequence[Ex]) -> None:
        """No record is at hand."""
        raise NoFormula

    @property
    def position(self) -> Ex:
        """No record is at hand."""
        raise NoFormula

    @property
    def number(self) -> Ex:
        """No record is at hand."""
        raise NoFormula


def status_words() -> list[str]:
    """The statuses of ``STATUSES`` in words."""
    return [*(text(f"status.{s}") for s in ORDER), text("xlsx.status.wrong-input")]


def gap_word(cell: Ex) -> Ex:
    """A gap in words."""
    return f.if_(f.is_open(cell), f.word(text("word.unknown")), f.word(text("word.nothing")))


@dataclass(slots=True)
class BenefitCells:
    """Where a benefit's results stand: ``code`` (a place in ``STATUSES``), ``fen`` (a gap where open), the limit that binds."""

    benefit: core.Benefit
    row: int
    code: Ex
    fen: Ex
    binding: Ex
    live: bool = True


@dataclass(slots=True)
class SchemeCells:
    """A scheme's sheets: its steps, its benefits, its totals in fen (text where open)."""

    scheme: core.Scheme
    result: SchemeResult
    sheet: Sheet
    benefits: list[BenefitCells] = field(default_factory=list)
    total: Ex = f.ZERO
    total_if: Ex = f.ZERO
    kept: dict[str, Ex] = field(default_factory=dict)
    caps: list[Ex] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """All that is laid out, for sheets that build on it."""

    book: Book
    inputs: Sheet
    summary: Sheet
    schemes: list[SchemeCells]
    checks: list[tuple[str, Ex]]
    row: int = 0


def write_estimate(
    path: Path | str, catalog: Store, project: Mapping[str, Any], results: Sequence[SchemeResult], values: Mapping[str, Any],
    quotes: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:  # fmt: skip
    """The workbook of an estimate, whole or not at all.

    ``project`` has a ``name`` or not; ``results`` are the schemes estimated; ``values`` the project's plain facts, as
    ``catalog.read`` gives them; ``quotes`` what the user's texts say, by scheme and benefit. Raises ``OSError``.
    """
    save(path, lambda file: lay_out(file, catalog, project, results, values, quotes))


def save(path: Path | str, fill: Callable[[Workbook], Any]) -> None:
    """A workbook that ``fill`` lays out, put in its place only when it is complete. Raises ``OSError``."""
    from xlsxwriter import Workbook

    kept = io.BytesIO()
    file = Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    file.set_properties({"title": text("xlsx.title")})
    fill(file)
    file.close()
    write_whole(Path(path), kept.getvalue())


def lay_out(
    file: Workbook, catalog: Store, project: Mapping[str, Any], results: Sequence[SchemeResult], values: Mapping[str, Any],
    quotes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Layout:  # fmt: skip
    """All sheets of an estimate in ``file``."""
    schemes = [catalog.scheme(r.id) for r in results]
    book = Book(file, catalog.facts, catalog.lpr, values)
    inputs, summary = Sheet(book, text("xlsx.sheet.inputs")), Sheet(book, text("xlsx.sheet.summary"))
    used = dict.fromkeys(name for s in schemes for name in s.facts)
    for name in used:
        id = name.partition(".")[0]
        if catalog.facts[id].type == "list" and id not in book.lists:
            book.lists[id] = ListSheet(book, id, _fields(catalog.facts[id], used, values.get(id) or ()))
    _inputs(book, inputs, project, schemes, [n for n in used if "." not in n])
    cells = []
    for scheme, result in zip(schemes, results, strict=True):
        head = short(scheme.id)
        name = text("xlsx.sheet.steps") if len(schemes) == 1 else text("xlsx.sheet.steps.of", scheme=head)
        cells.append(SchemeCells(scheme, result, Sheet(book, name)))
    layout = Layout(book, inputs, summary, cells, [check for one in book.lists.values() for check in one.room])
    notes = Sheet(book, text("xlsx.sheet.sources"))
    for one in cells:
        _steps(layout, one)
    _summary(layout, project)
    _top(layout)
    _sources(notes, catalog, cells, quotes or {})
    for sheet in book.sheets:
        sheet.fit()
    layout.inputs.page.activate()
    return layout


def _fields(definition: FactDef, used: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The fields of a record list to show: those the schemes read, those given; of a loan also what interest may turn on."""
    asked = {name.partition(".")[2] for name in used if name.startswith(definition.id + ".")}
    asked.update(name for row in rows for name in row)
    if "start" in asked:
        asked.update(LOAN_FIELDS)
    return [name for name in definition.fields if name in asked] or list(definition.fields)


# ---------------------------------------------------------------- inputs

ENTRY_COLUMNS = (34, 22, 12, 18, 22, 44, 18, 28)


def _inputs(book: Book, sheet: Sheet, project: Mapping[str, Any], schemes: Sequence[core.Scheme], used: Sequence[str]) -> None:
    page = sheet.page
    sheet.widths(*ENTRY_COLUMNS)
    sheet.say(0, 0, str(project.get("name") or text("xlsx.title")), "title")
    sheet.say(1, 0, text("xlsx.inputs.note"), "note")
    page.set_row(0, 26)
    row = 4 + len(schemes)
    heads = ("fact", "entry", "unit", "wan", "check", "help", "exact", "id")
    for column, key in enumerate(heads):
        sheet.say(row, column, text(f"xlsx.head.{key}"), "head")
    page.freeze_panes(row + 1, 1)
    page.repeat_rows(row)
    row += 1
    for id in used:
        definition = book.names[id]
        if definition.type == "list":
            target = book.lists[id].sheet
            sheet.say(row, 0, definition.name)
            sheet.link(row, 1, f"{target.own}A1", text("xlsx.see", sheet=target.name))
            for column in (2, 3, 4, 6):
                sheet.say(row, column, "")
            sheet.say(row, 5, definition.hint if definition.hint != definition.name else "", "faint")
        else:
            _input(book, sheet, row, id)
        sheet.say(row, 7, id, "faint")
        row += 1
    spare = [id for id in book.values if id not in used and id not in book.lists]
    if spare:
        row += 1
        sheet.say(row, 0, text("xlsx.inputs.unused"), "section")
        for id in spare:
            row += 1
            definition = book.names[id]
            value = book.values[id]
            if isinstance(value, list):
                said = text("word.records", count=len(value))
            elif definition.type == "enum":
                said = definition.value_name(value)
            elif definition.type == "set":
                said = definition.shown(value)
            elif definition.type == "bool":
                said = text("word.yes" if value else "word.no")
            else:
                said = str(value_text(definition.type, value))
            sheet.say(row, 0, definition.name)
            sheet.say(row, 1, said)
            sheet.say(row, 2, unit(kind_of(definition)))
            sheet.say(row, 7, id, "faint")
    page.print_area(0, 0, row, 5)


def _input(book: Book, sheet: Sheet, row: int, id: str) -> None:
    definition = book.names[id]
    value = book.values.get(id)
    type = kind_of(definition)
    scale = scale_for(definition, [value])
    sheet.say(row, 0, definition.name)
    cell = sheet.enter(row, 1, value, definition)
    sheet.say(row, 2, unit(type))
    val = book.read(cell, definition, value, scale)
    exact = sheet.put(row, 6, val.ex, "exact", "whole" if type.kind in core.BASE else form_of(type))
    book.facts[id] = (Val(exact, type, val.scale), cell)
    blank = f.word("")
    empty = Ex(f'{cell.text}=""', value is None, False)
    if type.kind in ("money", "usd"):
        shown = Ex(f"{cell.text}/10000", "" if value is None else Fraction(value) / 10_000, False)
        sheet.put(row, 3, f.if_(Ex(f"ISNUMBER({cell.text})", value is not None), shown, blank), "cell", "wan")
    else:
        sheet.say(row, 3, "")
    missing = f.word(text("xlsx.check.blank"))
    if type.kind in core.BASE:
        typed = Ex(f"ISNUMBER({cell.text})", value is not None)
        fine = Ex(f"ABS({cell.text}*{scale}-{exact.text})>0.000001", False, False)
        wrong = f.word(text("xlsx.check.number"))
        coarse = f.word(text("xlsx.check.fine", step=_step(scale, type)))
        check = f.if_(empty, missing, f.if_(typed, f.if_(fine, coarse, blank), wrong))
    elif type.kind == "bool":
        check = f.if_(empty, missing, f.if_(f.test("==", exact, f.UNKNOWN), f.word(text("xlsx.pick")), blank))
    else:
        check = f.if_(empty, missing, f.if_(f.is_open(exact), f.word(text("xlsx.pick") if type.kind == "enum" else text("accepted.date")), blank))
    sheet.put(row, 4, check, "faint")
    sheet.say(row, 5, definition.hint if definition.hint != definition.name else "", "faint")


def _step(scale: int, type: core.Type) -> str:
    """The finest step of a figure at a scale, as text."""
    return str(value_text("percent" if type.kind == "percent" else "number", Fraction(1, scale))) + unit(type)


def _top(layout: Layout) -> None:
    """The totals at the top of the inputs, so that they can be watched while a figure is changed."""
    sheet = layout.inputs
    for row, one in enumerate(layout.schemes, 2):
        sheet.say(row, 0, f"{short(one.scheme.id)} {one.result.title}", "name")
        sheet.put(row, 1, _yuan(one.total), "total", "money")
        sheet.say(row, 2, unit(core.MONEY), "total")
        differs = f.test("!=", one.total, one.total_if)
        label = f.if_(differs, f.word(text("xlsx.head.total_if")), f.word(""))
        sheet.put(row, 3, label, "faint")
        sheet.put(row, 4, f.if_(differs, _yuan(one.total_if), f.word("")), "faint", "money")


def _yuan(cell: Ex) -> Ex:
    """Fen as yuan; a text stays."""
    number = not isinstance(cell.value, str)
    shown = f.over(cell, f.number(100)) if number else Ex(f"{cell.text}/100", cell.value, False)
    return f.if_(Ex(f"ISNUMBER({cell.text})", number), shown, cell)


# ---------------------------------------------------------------- steps

STEP_COLUMNS = (20, 64, 20, 14, 18, 20, 12)


def _steps(layout: Layout, one: SchemeCells) -> None:
    sheet, scheme, book = one.sheet, one.scheme, layout.book
    page = sheet.page
    sheet.widths(*STEP_COLUMNS)
    sheet.widths(*[16] * 30, first=FIRST_YEAR)
    sheet.say(0, 0, f"{short(scheme.id)} {one.result.title}", "title")
    sheet.say(1, 0, text("xlsx.steps.note"), "note")
    page.set_row(0, 26)
    for column, key in enumerate(("step", "said", "value", "unit", "clause", "exact", "scale")):
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


def _benefit(layout: Layout, steps: Steps, benefit: core.Benefit, result: BenefitResult, known: dict[int, Ex]) -> BenefitCells:
    sheet, book = steps.sheet, layout.book
    top = steps.row
    nature = text(f"nature.{benefit.nature}")
    for column in range(SCALE + 1):
        sheet.say(top, column, (result.label, nature, "", "", benefit.clause, "", "")[column], "section")
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


def _group_cap(layout: Layout, steps: Steps, one: SchemeCells, cap: core.GroupCap) -> Ex:
    """The figure of a cap over several benefits in fen, beyond every sum where it does not hold; the program's where there is no formula."""
    if cap.limit is not None:
        return f.number(fen(cap.limit))
    labels = "、".join(r.label for r in one.result.benefits if r.id in cap.benefits)
    steps.line(text("xlsx.group.cap"), labels, "section")
    translator = Translator(layout.book)
    none = f.number(SAFE)
    try:
        val = translator.run(cap.node, None, steps)
        whole = f.floor(f.over(val.ex, f.number(val.scale // 100)))
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
    cells = "、".join(c.replace("$", "").replace("'", "") for c in facts[:3])
    return steps.condition(label or text("xlsx.step.condition"), said, translator.verdict(node, None, steps), cells)


def _fixed(steps: Steps, benefit: core.Benefit, result: BenefitResult, top: int) -> BenefitCells:
    """A benefit whose formula is not laid out: the program's figures, and a word that they do not move."""
    row = steps.line(text("xlsx.step.amount"), text("xlsx.fixed"), "total")
    code = steps.sheet.put(row, EXACT, f.number(STATUSES.index(result.status) + 1), "exact", "whole")
    row = steps.line(text("xlsx.step.amount"), "", "total")
    amount = f.OPEN if result.amount is None else f.number(int(result.amount.replace(".", "")))
    cell = steps.sheet.put(row, EXACT, amount, "exact", "whole")
    return BenefitCells(benefit, top, code, cell, f.word(""), live=False)


def _result(
    steps: Steps, benefit: core.Benefit, amount: Val, head: Ex, gates: list[Ex], rules: list[Ex], translator: Translator, top: int
) -> BenefitCells:
    sheet = steps.sheet
    falling = _parts(benefit.amount)
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
    row = steps.line(text("xlsx.step.amount"), text("xlsx.said.floor") if amount.exact else text("xlsx.said.near"), "total")
    cut = f.most(f.ZERO, f.floor(f.over(head, per_fen), fuzzy=not amount.exact))
    cell = sheet.put(row, EXACT, f.if_(pays, cut, f.if_(f.test("==", code, f.number(INELIGIBLE)), f.ZERO, f.OPEN)), "exact", "whole")
    shown = f.over(cell, f.number(100))
    sheet.put(row, VALUE, f.if_(f.is_gap(cell), f.word(text("xlsx.open")), shown), "total", "money")
    sheet.say(row, UNIT, unit(core.MONEY), "total")
    sheet.put(row, SCALE, f.number(100), "exact", "whole")
    binding = _binding(steps, translator, pays)
    if amount.years is not None:
        _schedule(steps, amount, pays)
    if benefit.disbursement:
        _stages(steps, benefit, cell, pays)
    return BenefitCells(benefit, top, code, cell, binding)


def _parts(node: core.Node | None, within: bool = False) -> set[core.Node]:
    """The lists within sums, whose items need not be there for the rest to be paid."""
    if node is None:
        return set()
    found = {node} if within and isinstance(node, core.Items) else set()
    inside = within or isinstance(node, core.Total) or (isinstance(node, core.Extreme) and node.fitting)
    return found.union(*(_parts(child, inside) for child in core.children(node)))


def _binding(steps: Steps, translator: Translator, pays: Ex) -> Ex:
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
        part = Span(f"{amount.years[0].text}:{amount.years[k].text.removeprefix(sheet.own)}", amount.years[: k + 1])
        upto = f.or_else(f.floor(f.over(f.add_up(part), per_fen), fuzzy=not amount.exact), f.ZERO)
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
    """A period with its word around it: 第1年, 2025年; blank where there is none."""
    label = text("xlsx.period", period="\0").split("\0")
    joined = f'"{label[0]}"&{period.text}&"{label[1]}"'
    value = period.value if isinstance(period.value, f.Gap) else "" if period.value == "" else f"{label[0]}{period.value}{label[1]}"
    if period.text.startswith('"') or period.text.isdigit():
        return f.word(str(value))
    return f.if_(f.test("==", period, f.word("")), f.word(""), Ex(joined, value, False))


def _stages(steps: Steps, benefit: core.Benefit, amount: Ex, pays: Ex) -> None:
    """Payout stages, each the cut share so far less what was paid before."""
    share = Fraction(0)
    before = f.ZERO
    for place, part in enumerate(benefit.disbursement, 1):
        share += part
        paid = f.floor(f.over(f.times(amount, f.number(share.numerator)), f.number(share.denominator)))
        row = steps.line(text("xlsx.step.stage", place=place), text("xlsx.said.stage", share=value_text("percent", part)))
        so_far = steps.sheet.put(row, FIRST_YEAR, f.if_(pays, paid, f.ZERO), "exact", "whole")
        steps.sheet.put(row, SCALE, f.number(100), "exact", "whole")
        cell = steps.sheet.put(row, EXACT, f.minus(so_far, before), "exact", "whole")
        steps.sheet.put(row, VALUE, f.over(cell, f.number(100)), "cell", "money")
        steps.sheet.say(row, UNIT, unit(core.MONEY))
        before = so_far


# ---------------------------------------------------------------- totals

SUMMARY_COLUMNS = (30, 26, 14, 18, 18, 18, 26, 18, 18, 16, 16, 16, 8, 16, 16)
(
    S_LABEL, S_ID, S_STATUS, S_AMOUNT, S_KEPT, S_KEPT_IF, S_BINDING, S_THEN, S_MOVED, S_FEN, S_SURE, S_LIKELY, S_CODE,
) = range(13)  # fmt: skip
RANKS = S_CODE + 1 - S_SURE  # columns from what counts to what it is picked by


def _summary(layout: Layout, project: Mapping[str, Any]) -> None:
    sheet = layout.summary
    page = sheet.page
    sheet.widths(*SUMMARY_COLUMNS)
    sheet.say(0, 0, str(project.get("name") or text("xlsx.title")), "title")
    sheet.say(1, 0, text("xlsx.summary.note"), "note")
    page.set_row(0, 26)
    row = 3
    for one in layout.schemes:
        row = _scheme_total(layout, one, row) + 2
    layout.row = _checks(layout, row)
    page.print_area(0, 0, layout.row, S_MOVED)


def _scheme_total(layout: Layout, one: SchemeCells, row: int) -> int:
    sheet, scheme = layout.summary, one.scheme
    sheet.say(row, 0, f"{short(scheme.id)} {one.result.title}", "lead")
    sheet.say(row, S_AMOUNT, text(f"combine.{scheme.combine}") if scheme.outcome == "money" else scheme.reason, "note")
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
    return _totals(layout, one, paying, row, codes)


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
    for column, shown, code in ((S_SURE, S_KEPT, ELIGIBLE), (S_LIKELY, S_KEPT_IF, CONDITIONAL)):
        counts = [f.test("<=", c, f.number(code)) if counted(b) else Ex("FALSE", False) for b, c in zip(paying, codes, strict=True)]
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
        sets = core.sets_kept(one.scheme) if one.scheme.one_of else []
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


def _totals(layout: Layout, one: SchemeCells, paying: list[BenefitCells], row: int, codes: list[Ex]) -> int:
    sheet = layout.summary
    first = row - len(paying)
    cuts: dict[int, list[Ex]] = {S_SURE: [], S_LIKELY: []}
    for place, cap in enumerate(one.scheme.group_caps):
        inside = [b for b in paying if b.benefit.id in cap.benefits]
        labels = "、".join(r.label for r in one.result.benefits if r.id in cap.benefits)
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
        sheet.put(row, shown, _yuan(totals[-1]), "total", "money")
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


def _checks(layout: Layout, row: int) -> int:
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


# ---------------------------------------------------------------- sources


def _sources(sheet: Sheet, catalog: Store, schemes: Iterable[SchemeCells], quotes: Mapping[str, Mapping[str, Any]]) -> None:
    sheet.widths(22, 90, 16)
    sheet.say(0, 0, text("xlsx.sheet.sources"), "title")
    row = 2
    for one in schemes:
        scheme, result = one.scheme, one.result
        sheet.say(row, 0, f"{short(scheme.id)} {result.title}", "lead")
        row += 1
        source = result.source
        validity = text(f"validity.{result.validity}") + text("word.brackets", said=span(scheme))
        for key, said in (
            ("document", source.document), ("authority", source.authority), ("published", str(source.published or "")),
            ("card", short(scheme.id)), ("validity", validity), ("reason", result.reason or ""),
        ):  # fmt: skip
            if said:
                row = _fact(sheet, row, text(f"xlsx.source.{key}"), said)
        for warning in result.warnings:
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
