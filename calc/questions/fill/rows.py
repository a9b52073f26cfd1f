"""Rows of a table that are no projects: sums, foot notes, what templates write under their headers. Told, never counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from calc.facts import FactDef, counted_in
from calc.messages import listed, text
from calc.questions.fill.heads import REMARK, title_units, worth_of

# both Python and the column parser read these; spaces may stand between the signs
_SUM = (
    r"(?:其\s*中|本\s*页|本\s*表|以\s*上|各\s*项|项\s*目|全\s*部|全\s*年|年\s*度)?\s*[:：]?\s*[合总小共累]\s*计\s*(?:数|金\s*额|金额)?\s*(?:[(（][^()（）]*[)）])?\s*[:：]?\s*"
    r"|(?i:(?:grand|sub)?[\s-]*total|sum)\s*[:：]?\s*"
)
_NOTE = (
    r"(?:[备附]?\s*注|(?:(?:金\s*额|货\s*币|计\s*量)\s*)?单\s*位|填\s*表\s*说\s*明|说\s*明|资料来源|数据来源|(?:填\s*[表报]|制\s*表|审\s*核|复\s*核|经\s*办|联\s*系|负\s*责)\s*(?:人|单位|日期|时间|电话)?"
    r"|(?:单位|财务|部门)负责人|法定代表人|(?i:notes?|sources?|remarks?))\s*[(（]?\d*[)）]?\s*[:：]"
)
_MARK = r"#\s*(?:编号|单位|说明|示例|(?i:id|units?|help|example))|示\s*例(?:$|[（(])|(?i:example)(?:$|\s*[（(])"
SUSPECT = rf"^\s*(?:(?:{_SUM})$|{_NOTE}|{_MARK}|#)"  # a first cell that may begin such a row
# what such a cell never begins with, by bytes: digits, and the letters that no word of it begins with
SURE = frozenset(b"0123456789ABCDFHIJKLMOPQUVWXYZabcdfhijklmopquvwxyz")
_SUMS, _NOTES, _MARKS = (re.compile(one) for one in (rf"\s*(?:{_SUM})", rf"\s*(?:{_NOTE})", rf"\s*(?:{_MARK})"))
KINDS = ("sum", "note", "remark")


class Aside:
    """Tells which rows of a table are no projects, and keeps their lines. ``remarks``: every row that begins with ``#`` is one, as
    in templates; else those that templates have, and those with nothing else in them. ``keys`` are the places of project names,
    ``beside`` those of columns that are not of the table."""

    def __init__(self, remarks: bool = False, keys: Sequence[int] = ()) -> None:
        self.remarks = remarks
        self.keys = keys
        self.beside: frozenset[int] = frozenset()
        self.lines: dict[str, list[int]] = {kind: [] for kind in KINDS}
        self.units: list[tuple[int, str]] = []  # that notes state, each with its line
        self._noted = False

    def is_one(self, cells: Sequence[object], line: int) -> bool:
        """Whether a row (its cells, blank ones ``None`` or empty) is no project; its line is then kept."""
        kind = self._kind([str(cell).strip() if cell is not None else "" for cell in cells])
        self._noted = kind == "note"
        if kind:
            self.lines[kind].append(line)
        if kind == "note":
            self.units += [(line, unit) for unit in title_units(" ".join(str(cell) for cell in cells if cell), note=True)]
        return bool(kind)

    def _kind(self, cells: Sequence[str]) -> str:
        said = [cell for place, cell in enumerate(cells) if cell and place not in self.beside]
        if not said:
            return ""
        if _MARKS.match(said[0]) or (said[0][0] == REMARK and (self.remarks or len(said) == 1)):
            return "remark"
        if _SUMS.fullmatch(said[0]) or any(_SUMS.fullmatch(cells[place]) for place in self.keys if place < len(cells)):
            return "sum"
        if (_NOTES.match(said[0]) and all(":" in cell or "：" in cell for cell in said)) or (self._noted and len(said) == 1):
            return "note"
        return ""

    def contradicted(self, file: str, columns: Iterable[tuple[str, FactDef, str]]) -> list[str]:
        """What is wrong with the units of columns (header, what it holds, the unit of its plain numbers) by what notes say of all amounts."""
        return [
            text("rows.unit", file=file, line=line, unit=unit, column=name)
            for name, definition, own in columns
            for line, unit in self.units
            if definition.type in ("money", "usd", "area") and counted_in(definition, unit) and worth_of(definition, unit) != worth_of(definition, own)
        ][:1]

    def told(self) -> list[str]:
        """What is said of the rows left out: how many, and which. Of remarks nothing: they say themselves what they are."""
        return [
            text(f"rows.{kind}", count=f"{len(lines):,}", lines=listed(lines, 20)) for kind, lines in self.lines.items() if lines and kind != "remark"
        ]


