"""The sheet of inputs: every fact in a cell of its own, checked as it is typed; the result in sight above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import Val
from calc.engines.formulas.formula import Ex
from calc.language import core, model
from calc.language.names import short
from calc.messages import text
from calc.report.estimate import lapsed
from calc.report.xlsx.book import Book
from calc.report.xlsx.layout import Layout, in_yuan
from calc.report.xlsx.sheet import Sheet, form_of, kind_of, scale_for, unit
from calc.units import value_text

if TYPE_CHECKING:

    pass

ENTRY_COLUMNS = (34, 22, 12, 18, 22, 44, 18, 28)


def write_inputs(book: Book, sheet: Sheet, project: Mapping[str, Any], schemes: Sequence[model.Scheme], used: Sequence[str]) -> None:
    """The sheet of inputs of a project, for what ``schemes`` read."""
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
            write_input(book, sheet, row, id)
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


def write_input(book: Book, sheet: Sheet, row: int, id: str) -> None:
    """One fact in a row: its label, its cell, its unit, what it means."""
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
        coarse = f.word(text("xlsx.check.fine", step=input_step(scale, type)))
        check = f.if_(empty, missing, f.if_(typed, f.if_(fine, coarse, blank), wrong))
    elif type.kind == "bool":
        check = f.if_(empty, missing, f.if_(f.test("==", exact, f.UNKNOWN), f.word(text("xlsx.pick")), blank))
    else:
        check = f.if_(empty, missing, f.if_(f.is_open(exact), f.word(text("xlsx.pick") if type.kind == "enum" else text("accepted.date")), blank))
    sheet.put(row, 4, check, "faint")
    sheet.say(row, 5, definition.hint if definition.hint != definition.name else "", "faint")


def input_step(scale: int, type: core.Type) -> str:
    """The finest step of a figure at a scale, as text."""
    return str(value_text("percent" if type.kind == "percent" else "number", Fraction(1, scale))) + unit(type)


def write_result(layout: Layout) -> None:
    """The totals at the top of the inputs, so that they can be watched while a figure is changed."""
    sheet = layout.inputs
    for row, one in enumerate(layout.schemes, 2):
        sheet.say(row, 0, f"{short(one.scheme.id)} {one.result.title}", "name")
        sheet.put(row, 1, in_yuan(one.total), "total", "money")
        sheet.say(row, 2, unit(core.MONEY), "total")
        differs = f.test("!=", one.total, one.total_if)
        label = f.if_(differs, f.word(text("xlsx.head.total_if")), f.word(""))
        sheet.put(row, 3, label, "faint")
        sheet.put(row, 4, f.if_(differs, in_yuan(one.total_if), f.word("")), "faint", "money")
        if said := lapsed(one.scheme, one.result.validity):
            sheet.say(row, 5, said, "name")
