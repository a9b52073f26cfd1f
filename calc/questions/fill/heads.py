"""The head of a table as people make it: which row it is, what its columns are called, and in what units their numbers are.

A unit may stand in the header (``投资额（万元）``), in a row of units above or below it, or for the whole table in a title
(``单位：万元``). What is stated is applied; statements that contradict each other are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from calc.errors import InputError
from calc.facts import FactDef, counted_in
from calc.facts.scales import is_currency
from calc.facts.stated import parted, unit_of, units_in, without_counter, worth_in
from calc.messages import text
from calc.units import Number, is_blank, normal

REMARK = "#"
# headers of columns that are no facts
KEYS = {
    "name": ("项目", "项目名称", "项目编号", "project", "name", "id"),
    "record": ("第几项", "record"),
    "enterprise": ("企业", "企业名称", "enterprise"),
    "note": ("备注", "note"),
}
# headers that name the project, the best first; the others of a file just stay with the row
PROJECT = ("id", "project", "project id", "项目编号", "编号", "项目", "name", "project name", "项目名称", "名称")
BESIDE = (*KEYS["enterprise"], *KEYS["note"], *KEYS["record"], "序号", "no.", "no", "企业编号", "单位名称", "申报单位", "备注说明")
LONGEST = 500  # signs of a header
HEAD_ROWS = 30  # rows among which the header is looked for
IDS = re.compile(r"#\s*(?:编号|id)\s*([\w.]*)", re.IGNORECASE)
_ROW = re.compile(r"#?\s*(?:计量|金额|货币)?单位\s*[:：]?|#?\s*units?\s*:?", re.IGNORECASE)
_UNIT = r"(?:人民币)?[十百千万亿]*(?:元|美元|平方米|平米|亩|公顷|吨|公斤|千克)"
_SAID = r"((?:(?!单位|金额|\bunits?\b)[^()（）\[\]【】。])+)"  # up to where another is said
_TITLE = re.compile(
    rf"(?:单位|金额|\bunits?)\s*(?:[:：]|(?:[均都]|一律|统一)?\s*[为是])\s*{_SAID}"  # 单位：万元, 金额均为万元
    rf"|[以按用]\s*({_UNIT})\s*(?:为单位|计|填|列|表示)",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"[(（\[【]([^()（）\[\]【】]+)[)）\]】]")

Definition = Callable[[str], FactDef | None]


def folded(name: str) -> str:
    """A header as it is compared: half-width, no spaces, no marks of required columns."""
    return normal(name).casefold().strip("*:")


def worth_of(definition: FactDef, unit: str) -> Number:
    """What one of a unit is worth in the base unit of a fact, of which its own (天, /平方米/月) may stand behind it. Raises ``BadValue``."""
    return worth_in(definition.type, definition.counter, definition.own_unit, unit)


def unit_behind(name: str, definition: Definition) -> tuple[str, str]:
    """The name and the unit that a header is made of; the header and no unit where it is not."""
    for one, unit in parted(name):
        if unit and counted_in(definition(one), unit):
            return one, unit
    return name, ""


def column_unit(definition: FactDef, name: str, own: str, stated: Iterable[str] = (), titles: Iterable[str] = ()) -> str:
    """The unit of the plain numbers in a column: its header's own, or as ``stated`` by rows of units and ``titles``.

    Raises ``InputError`` where two of them contradict each other.
    """
    scales = ("万", "亿", "千", "百")  # alone they say a scale for amounts of money only
    said = [unit for unit in (own, *stated) if counted_in(definition, unit)]
    said += [unit for unit in titles if counted_in(definition, unit) and (unit not in scales or definition.type in ("money", "usd"))]
    foreign = [unit for unit in titles if is_currency(unit)] if definition.type in ("money", "usd") and not said else []
    if foreign:
        raise InputError(name, foreign[0], text(f"accepted.{definition.type}"), message="batch.unit.not")
    worth = {unit: worth_of(definition, unit) for unit in said}
    if len(set(worth.values())) > 1:
        raise InputError(name, " / ".join(worth), text("batch.unit.one"), message="batch.unit.two")
    unit = said[0] if said else ""
    return without_counter(unit, definition.counter, definition.own_unit) if own or not unit or definition.type == "percent" or worth[unit] != 1 else ""


@dataclass(slots=True)
class Head:
    """The header of a table: names (empty where a column has none), its place among the rows, the first row of data, and
    whether rows that begin with ``#`` are remarks (as in templates), and how many were ``passed`` over; the units that are
    ``stated`` for each column beside its name, and those that ``titles`` state for all."""

    names: list[str]
    row: int
    data: int
    remarks: bool
    stated: list[list[str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    passed: int = 0


def find_head(rows: Sequence[Sequence[Any]], known: Callable[[Any], bool], definition: Definition = lambda name: None) -> Head | None:
    """The header among the first rows of a table: the row with the most cells that ``known`` knows.

    Titles above it are passed over, but for the units they state; a column whose cell there is blank takes its name from the
    rows above (cells merged downwards); a row of ids, as templates have it, overrides labels. ``definition`` tells what a
    header gives. ``None`` where no row has anything in it.
    """
    best, hits = None, 0
    for place, row in enumerate(rows):
        score = sum(known(said_in(cell)) for cell in row)
        if score > hits:
            best, hits = place, score
    if best is None:
        best = next((p for p, row in enumerate(rows) if any(said_in(cell) for cell in row)), None)
        if best is None:
            return None
    names = [said_in(cell) for cell in rows[best]]
    for place, name in enumerate(names):
        for above in reversed(rows[:best]):
            if not name and place < len(above) and known(said_in(above[place])):
                names[place] = name = said_in(above[place])
    while names and not names[-1]:
        names.pop()
    head = Head(names, best, best + 1, False, [[] for _ in names])
    first = next((said_in(cell) for cell in rows[best] if said_in(cell)), "")
    if first.startswith(REMARK) and IDS.match(first):  # a template whose labels nobody knows
        head.remarks = True
    _below(head, rows, known, definition)
    for row in rows[:best]:
        cells = [said_in(cell) for cell in row]
        if not _unit_row(head, cells, definition):
            head.titles += title_units(" ".join(cell for cell in cells if cell))
    return head


def _below(head: Head, rows: Sequence[Sequence[Any]], known: Callable[[Any], bool], definition: Definition) -> None:
    """The rows under the header that are no data: ids, units, remarks."""
    units: list[list[str]] = []
    data = head.data
    for place in range(head.row + 1, len(rows)):
        cells = [said_in(cell) for cell in rows[place]]
        if not cells or not cells[0].startswith(REMARK):
            break
        if IDS.match(cells[0]):
            head.remarks = True
            for n, cell in enumerate(cells[: len(head.names)]):
                if n and cell and known(cell):
                    given = definition(cell)
                    label = given.name if given is not None else ""
                    head.stated[n] += [unit for name, unit in parted(head.names[n]) if folded(name) == folded(label) and counted_in(given, unit)][:1]
                    head.names[n] = cell
        elif _ROW.fullmatch(cells[0]):
            units.append(cells)
        data = place + 1
    if head.remarks:
        head.data = data
    for cells in units:
        for n, cell in enumerate(cells[: len(head.names)]):
            unit = unit_of(cell)
            if n and unit != "%" and counted_in(definition(head.names[n]), unit):  # a template's own %: its cells are formatted so
                head.stated[n].append(unit)
    head.passed = head.data - head.row - 1
    if head.data < len(rows) and _unit_row(head, [said_in(cell) for cell in rows[head.data]], definition):
        head.data += 1


def _unit_row(head: Head, cells: Sequence[str], definition: Definition) -> bool:
    """Whether a row says the units of the columns, which are then taken down."""
    found: dict[int, str] = {}
    for place, cell in enumerate(cells):
        if is_blank(cell) or (_ROW.fullmatch(cell) and not found):
            continue
        unit = unit_of(cell.strip("()（）[]【】"))
        if place >= len(head.names) or not counted_in(definition(head.names[place]), unit):
            return False
        found[place] = unit
    for place, unit in found.items():
        head.stated[place].append(unit)
    return bool(found)


def title_units(title: str, note: bool = False) -> list[str]:
    """The units that a title states: ``单位：万元、%``, ``以万元计``, and if it is no ``note``, in brackets, or with nothing else."""
    said = [] if note else [*([title] if re.fullmatch(_UNIT, title) else []), *_WITHIN.findall(title)]
    for found in _TITLE.finditer(title):
        several = re.split(r"[、，;；|]|,(?! ?\d{3})", found[1] or found[2])
        said += [part for one in several for part in units_in(one)]
    return [unit for unit in map(unit_of, said) if unit]


def said_in(cell: Any) -> str:
    """A cell's text in one line; of one that is too long for a header the beginning."""
    return " ".join(str(cell)[:LONGEST].split()) if cell is not None else ""
