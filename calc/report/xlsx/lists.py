"""The sheet of a record list, to be filled in: one row a record, some to spare."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import SCALES, Val
from calc.engines.formulas.formula import Ex, Gap, Span, letters
from calc.facts import FactDef
from calc.language import core
from calc.messages import text
from calc.report.xlsx.sheet import Pages, Sheet, kind_of, scale_for, unit

SPARE_ROWS = 10  # empty rows a record list offers beyond those given
BEYOND = 500  # rows below them that are watched
LEAST_ROWS = 15
MOVED = 7  # the column from which on formulas stand beside the moves of records


class ListSheet:
    """The sheet of a record list: one row a record, some rows to spare."""

    def __init__(self, book: Pages, definition: FactDef, given: Sequence[Mapping[str, Any]] | None, fields: Sequence[str]) -> None:
        self.book = book
        self.definition = definition
        self.rows: list[Mapping[str, Any]] = list(given or ())
        self.capacity = max(LEAST_ROWS, len(self.rows) + SPARE_ROWS)
        nested = [n for n in fields if self.definition.fields[n].type == "list"]
        self.fields = [n for n in fields if n not in nested]
        self.sheet = Sheet(book, self.definition.name)
        self.cells: dict[str, list[Ex]] = {}
        self.scales = {n: scale_for(self.definition.fields[n], [r.get(n) for r in self.rows]) for n in self.fields}
        self.first = 4
        self._write()
        self.given = self._given(given is not None)
        self.room = [self._room(self.sheet, self.capacity, len(self.fields))]
        self.sheets: dict[str, Sheet] = {}
        self.columns: dict[tuple[str, str], Span] = {}
        self.moves = {n: self._moves(n) for n in nested}

    def _write(self) -> None:
        sheet, page = self.sheet, self.sheet.page
        sheet.widths(12, *[20] * max(4, len(self.fields)))
        sheet.say(0, 0, self.definition.name, "title")
        sheet.say(1, 0, text("xlsx.list.note", rows=self.capacity), "note")
        sheet.say(self.first - 1, 0, text("xlsx.head.number"), "head")
        page.freeze_panes(self.first, 1)
        for row in range(self.capacity):
            page.write_number(self.first + row, 0, row + 1, self.book.style("exact", "whole"))
        for column, name in enumerate(self.fields, 1):
            definition = self.definition.fields[name]
            mark = unit(kind_of(definition))
            sheet.say(self.first - 1, column, definition.name + (text("word.brackets", said=mark) if mark else ""), "head")
            self.cells[name] = [
                sheet.enter(self.first + row, column, self.rows[row].get(name) if row < len(self.rows) else None, definition)
                for row in range(self.capacity)
            ]

    def _given(self, listed: bool) -> Ex:
        """Whether the list counts as given: with records, or empty by declaration."""
        sheet = self.sheet
        nothing, empty = text("xlsx.list.open"), text("xlsx.list.empty")
        words = self.book.options_of([nothing, empty])
        sheet.say(2, 0, text("xlsx.list.when.empty"), "text")
        sheet.page.write_string(2, 1, empty if listed else nothing, self.book.style("entry"))
        sheet.page.data_validation(2, 1, 2, 1, {"validate": "list", "source": "=" + words.text})
        cell = Ex(sheet.address(2, 1), empty if listed else nothing)
        sheet.say(2, 3, text("xlsx.list.given"), "note")
        any_ = Ex(f"COUNTA({sheet.address(self.first, 1)}:${letters(len(self.fields))}${self.first + self.capacity})", len(self.rows))
        stands = f.some(f.test(">", any_, f.ZERO), f.test("==", cell, f.word(empty)))
        return sheet.put(2, 4, f.if_(stands, f.ONE, f.ZERO), "exact", "verdict")

    def _room(self, sheet: Sheet, capacity: int, width: int) -> tuple[str, Ex]:
        """A check that nothing stands below the rows that count."""
        top = self.first + capacity
        beyond = Ex(f"COUNTA({sheet.address(top, 0)}:${letters(width)}${top + BEYOND})", 0)
        return text("xlsx.check.rows", sheet=sheet.name, rows=capacity), f.test("==", beyond, f.ZERO)

    def exists(self, row: int) -> Ex:
        """Whether a row holds a record."""
        at = self.first + row
        held = Ex(f"COUNTA({self.sheet.address(at, 1)}:${letters(len(self.fields))}${at + 1})", 1 if row < len(self.rows) else 0)
        return f.if_(f.test(">", held, f.ZERO), f.ONE, f.ZERO)

    def field(self, id: str, row: int) -> Val:
        """A field of the record in a row."""
        if id not in self.cells:
            raise KeyError(id)
        value = self.rows[row].get(id) if row < len(self.rows) else None
        return self.book.read(self.cells[id][row], self.definition.fields[id], value, self.scales[id])

    def _moves(self, name: str) -> tuple[Span, Span, Span]:
        """The sheet of a list within the records: record number, date, amount; beside them as formulas use them."""
        definition = self.definition.fields[name]
        sheet = Sheet(self.book, f"{self.definition.name} {re.split('[（(]', definition.name)[0]}")
        self.sheets[name] = sheet
        given = [(place, move) for place, row in enumerate(self.rows, 1) for move in row.get(name) or ()]
        capacity = max(LEAST_ROWS, len(given) + SPARE_ROWS)
        sheet.say(0, 0, f"{self.definition.name} · {definition.name}", "title")
        sheet.say(1, 0, text("xlsx.moves.note", list=self.definition.name), "note")
        parts = [definition.fields["date"], definition.fields["amount"]]
        heads = [text("xlsx.head.record", list=self.definition.name), parts[0].name, parts[1].name + text("word.brackets", said=unit(core.MONEY))]
        for column, said in enumerate((*heads, "", text("xlsx.head.exact"), "", "")):
            if said:
                sheet.say(self.first - 1, column, said, "head")
        sheet.widths(*[18] * 7)
        self.room.append(self._room(sheet, capacity, 2))
        number = FactDef("record", "count", heads[0])
        cells: list[list[Ex]] = [[], [], []]
        for row in range(capacity):
            place, move = given[row] if row < len(given) else (None, {})
            at = self.first + row
            entered = (
                sheet.enter(at, 0, place, number),
                sheet.enter(at, 1, move.get("date"), parts[0]),
                sheet.enter(at, 2, move.get("amount"), parts[1]),
            )
            scales = (1, 1, SCALES["money"])
            for column, (cell, scale) in enumerate(zip(entered, scales, strict=True)):
                value = 0 if cell.value is None else int(cell.value * scale)
                clean = Ex(f"IF(ISNUMBER({cell.text}),ROUND({cell.text}*{scale},0),0)", value)
                cells[column].append(sheet.put(at, 4 + column, clean, "exact", "whole"))
        last = self.first + capacity - 1
        which, days, amounts = (sheet.span([(self.first, 4 + c), (last, 4 + c)], cells[c]) for c in range(3))
        return which, days, amounts

    def beside(self, name: str, label: str, cell: Callable[[int], Ex], form: str) -> Span:
        """A column of formulas beside a list within the records, made once."""
        if (name, label) not in self.columns:
            sheet, at = self.sheets[name], MOVED + sum(of == name for of, _ in self.columns)
            sheet.say(self.first - 1, at, label, "head")
            sheet.widths(18, first=at)
            rows = len(self.moves[name][0].cells)
            self.columns[name, label] = f.joined([sheet.put(self.first + i, at, cell(i), "exact", form) for i in range(rows)])
        return self.columns[name, label]

    def entered(self, field: str, number: Ex) -> Ex:
        """What is entered in a field of the record with a number, from 1; 0 where that is blank."""
        cells = self.cells[field]
        last = self.first + self.capacity - 1
        span = self.sheet.span([(self.first, 1 + self.fields.index(field)), (last, 1 + self.fields.index(field))], cells)
        value = number.value if isinstance(number.value, Gap) or not 0 < number.value <= len(cells) else cells[number.value - 1].value
        return Ex(f"N(INDEX({span.text},{number.text}))", 0 if value is None else value)
