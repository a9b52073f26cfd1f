"""Workbooks and CSV files of projects, read back: one row a project, one sheet (or CSV file beside) a record list.

A row whose first cell begins with ``#`` is a remark and never data. The remark ``#id`` ties columns to facts whatever the
labels say; without it labels, aliases and ids are understood. A record list in which nothing is filled in is not given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from calc.documents import Written
from calc.errors import TOLD, FileProblem, InputError, nearest_names
from calc.estimate.plausible import Mixed
from calc.facts import FactDef, Facts, field_named, read_value
from calc.facts.stated import in_unit, parted
from calc.files import whole_file
from calc.kinds import kind_of
from calc.messages import listed, text
from calc.questions.fill.cells import Page
from calc.questions.fill.formats import as_shown
from calc.questions.fill.heads import (
    BESIDE,
    HEAD_ROWS,
    IDS,
    KEYS,
    PROJECT,
    REMARK,
    Head,
    column_unit,
    find_head,
    folded,
    said_in,
    unit_behind,
)  # fmt: skip
from calc.questions.fill.rows import Aside
from calc.questions.fill.tables import Rows, Sheet, sheets_of
from calc.units import NUMERIC, BadValue, normal

NONE = ("(无)", "(none)")  # written alone in a row of a record list: there are none
LONGEST_TITLE = 31
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")


def sheet_title(label: str, taken: Collection[str] = ()) -> str:
    """A sheet name Excel takes: the label up to its first remark, no forbidden sign, 31 characters, each once."""
    whole = FORBIDDEN_IN_TITLES.sub(" ", label).strip()
    inner = re.sub(r"[（(][^（）()·]*[）)](?=·)", "", whole)  # of a list within a list, the remark of the outer one
    short = re.split(r"[（(；;，,]", inner)[0].strip() or whole
    plain = short if short[:LONGEST_TITLE].casefold() not in taken else whole
    title = plain[:LONGEST_TITLE]
    number = 2
    while title.casefold() in taken:
        title = f"{plain[: LONGEST_TITLE - 2]}~{number}"
        number += 1
    return title


@dataclass(slots=True)
class Table:
    """A sheet or CSV file: the record list it is (empty: the projects), its header and where it stands, and rows with their
    number in the file."""

    title: str
    records: str
    head: Head
    head_row: int
    rows: Rows
    known: Callable[[Any], bool]
    page: Page | None = None
    shared: dict[int, list[int]] = field(default_factory=dict)
    encoding: str = ""
    aside: Aside = field(default_factory=Aside)
    mixed: Mixed = field(default_factory=Mixed)

    def at(self, row: int, column: int) -> str:
        """Where a cell stands, as people say it."""
        letters = ""
        column += 1 + (self.page.left if self.page is not None else 0)
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return text("template.at.csv", file=self.title, line=row, column=letters) if self.page is None else f"{self.title}!{letters}{row}"


def read_table(
    name: str,
    raw: bytes,
    kind: str,
    path: Path | None,
    facts: Facts,
    asked: Iterable[str] = (),
    ignore_unknown: bool = False,
    within: Iterable[str] | None = None,
    told: list[str] | None = None,
    refused: list[str] | None = None,
) -> list[dict[str, Any]]:
    """The projects in a table of some ``kind`` called ``name``, each ``{"name": …, "facts": {…}}`` with facts by id as plain text and
    numbers; record lists stand beside its ``path``, if it has one.

    ``facts`` is the dictionary, ``within`` are the facts that decide what a shared label means; columns that are ``asked`` for
    stand beside the facts, as texts; ``ignore_unknown`` passes columns over that mean nothing. ``told`` takes what was passed
    over. Where ``refused`` takes what is wrong in rows, their projects are left out; else, and for what is wrong with the
    file, raises ``FileProblem`` with everything that is wrong. ``OSError`` for a file that cannot be opened.
    """
    reading = _Reading(facts, asked, ignore_unknown, within, refused)
    found = reading.projects(name, raw, kind, path)
    if told is not None:
        told += reading.told
    return found


def list_named(title: str, facts: Facts) -> str:
    """The record list (``loans``, ``loans.repayments``) that a sheet or file is named after; empty when it is none."""
    folded = normal(title).casefold()
    exact: list[str] = []
    short: list[str] = []
    for id, definition in facts.by_id.items():
        if definition.type != "list":
            continue
        own = [name for name in (id, definition.label, definition.label_en, *definition.aliases) if name]
        paths = {id: own}
        for name, below in definition.fields.items():
            if below.type == "list":
                paths[f"{id}.{name}"] = [f"{a}{dot}{b}" for a in own for b in (name, below.label, below.label_en) for dot in ".·"]
        for path, names in paths.items():
            if folded in (normal(name).casefold() for name in names):
                exact.append(path)
            elif folded in (normal(sheet_title(name)).casefold() for name in names):
                short.append(path)
    hits = exact or short
    return hits[0] if len(hits) == 1 else ""


def lists_beside(path: Path, facts: Facts) -> dict[Path, str]:
    """The files beside a CSV file that hold its record lists (``form.loans.csv``), and which."""
    there = sorted(path.parent.glob(f"{_plain(path.stem)}.*{_plain(path.suffix)}"))
    named = {other: list_named(other.name[len(path.stem) + 1 :].removesuffix(path.suffix), facts) for other in there}
    return {other: list for other, list in named.items() if list}


def unread(title: str, rows: Iterable[Sequence[Any]], facts: Facts) -> tuple[str, bool]:
    """What is said of a sheet that is no record list by its name, and whether its first ``rows`` look like one: a project and fields
    of a list."""
    keys = {folded(name) for name in PROJECT}
    for row in rows:
        names = [said_in(cell) for cell in row if said_in(cell)]
        bare = {one for name in names if folded(name) not in keys for one in (name, *(part for part, _ in parted(name)[:1]))}
        fits = [d.name for d in facts.by_id.values() if d.type == "list" and any(field_named(name, d.fields) for name in bare)]
        if fits and any(folded(name) in keys for name in names):
            return text("template.sheet", sheet=title, nearest=" / ".join(nearest_names(title, fits) or fits[:3])), True
    return text("template.sheet.unread", sheet=title), False


class _Reading:
    """A file being read; every problem is kept, with its place."""

    def __init__(
        self, facts: Facts, asked: Iterable[str], ignore_unknown: bool, within: Iterable[str] | None, refused: list[str] | None
    ) -> None:
        self.facts = facts
        self.within = None if within is None else set(within)
        self.asked = {folded(name): name for name in asked}
        self.ignore_unknown = ignore_unknown
        self.problems: list[str] = []
        self.told: list[str] = []
        self.refused = refused
        self.barred: set[str] = set()
        self.hidden: list[str] = []

    def projects(self, name: str, raw: bytes, kind: str, path: Path | None) -> list[dict[str, Any]]:
        tables = self.tables(name, Path(name).name, raw, kind, None if kind == "xlsx" else "")
        hidden = self.hidden
        tables += self.beside(path) if kind == "csv" and path is not None else ()
        main = next((t for t in tables if not t.records), None)
        if main is None or not main.rows:
            self.problems.append(text("template.empty", file=name) + (text("template.hidden", sheets=listed(hidden, 5)) if hidden else ""))
            raise FileProblem(self.problems)
        found = self.main(main)
        lists = sorted((t for t in tables if t.records), key=lambda t: "." in t.records)
        if lists:
            self.once(main, found)
        for table in lists:
            self.records(table, found)
        for table in tables:
            if table is not main and not table.records:
                said, wrong = unread(table.title, [table.head.names], self.facts)
                (self.problems if wrong else self.told).append(said)
        if self.problems:
            raise FileProblem(self.problems)
        self.told += [said for table in tables for said in table.mixed.told()]
        return [project for project in found if project["name"] not in self.barred]

    def bar(self, before: int, name: str) -> bool:
        """Whether a row of a project has problems, those from ``before`` on, and so costs the project where rows may be refused."""
        if len(self.problems) == before or self.refused is None:
            return False
        self.refused += self.problems[before:]
        del self.problems[before:]
        self.barred.add(name)
        return True

    # ------------------------------------------------------------ from file to tables

    def tables(self, name: str, title: str, raw: bytes, kind: str, records: str | None) -> list[Table]:
        """The tables in a file; ``records`` is the record list that it is (empty: the projects), where its sheets do not say so."""
        sheets, self.hidden = sheets_of(name, title, raw, kind)
        return [table for sheet in sheets if (table := self.best(sheet, records)) is not None]

    def beside(self, path: Path) -> Iterator[Table]:
        """The record lists that stand beside a file of separated values."""
        for other, list in lists_beside(path, self.facts).items():
            raw = whole_file(other)
            yield from self.tables(str(other), other.name, raw, kind_of(other, raw), list)[:1]

    def best(self, sheet: Sheet, records: str | None) -> Table | None:
        """The table of the reading whose header says most. Raises ``FileProblem`` where that one breaks off."""
        made = [(table, wrong) for rows, wrong in sheet.readings if (table := self.table(sheet.title, rows, records, sheet.page)) is not None]
        table, wrong = max(made, key=lambda one: (sum(map(one[0].known, one[0].head.names)), len(one[0].head.names)), default=(None, ""))
        if wrong:
            raise FileProblem([wrong])
        if table is not None:
            table.shared, table.encoding = sheet.shared, sheet.encoding
        return table

    def table(self, title: str, rows: Rows, records: str | None = None, page: Page | None = None) -> Table | None:
        """Header (ids, where the file has them) and data rows; ``None`` for a sheet of remarks only.

        ``records`` is the record list it is (empty: the projects), where that is not found out from the table.
        """
        flaws = page.flaws if page is not None else {}
        rows = [(number, cells) for number, cells in rows if any(cell is not None for cell in cells) or number in flaws]
        named = next((found for _, cells in rows[:HEAD_ROWS] if (found := IDS.match(said_in(cells[0])))), None)
        if all(_is_remark(cells) for _, cells in rows):
            return None
        if records is None:
            records = named[1] if named and named[1] else list_named(title, self.facts) if named is None else ""
        fields = self.fields(records)
        keys = {folded(name) for name in (*PROJECT, *BESIDE, *self.asked)}

        def given(name: str) -> FactDef | None:
            return self.called(name, fields) or self.called(unit_behind(name, lambda one: self.called(one, fields))[0], fields)

        def known(name: Any) -> bool:
            return bool(name) and (folded(name) in keys or given(name) is not None)

        head = find_head([cells for _, cells in rows[:HEAD_ROWS]], known, given)
        assert head is not None
        if _is_remark(rows[head.row][1]):  # the labels are gone, the ids are there
            head.names[0] = KEYS["name"][0]
        return Table(title, records, head, rows[head.row][0], rows[head.data :], known, page)

    def data(self, table: Table) -> Iterator[tuple[int, list[Any]]]:
        """The rows that are data; what is left out is told, but for remarks."""
        aside = Aside(table.head.remarks, [place for place, name in enumerate(table.head.names) if folded(name) in map(folded, PROJECT)])
        for number, cells in table.rows:
            if not aside.is_one(cells, number):
                yield number, cells
        self.told += [text("rows.of", file=table.title, said=said) for said in aside.told()]
        table.aside = aside

    def fields(self, records: str) -> Mapping[str, FactDef]:
        """The facts of a table of projects, the fields of a record list; none for a list that there is not."""
        head, _, inner = records.partition(".")
        if not records:
            return self.facts.by_id
        known = self.facts.by_id[head].fields if head in self.facts.by_id else {}
        return (known[inner].fields if inner in known else {}) if inner else known

    def called(self, name: str, fields: Mapping[str, FactDef]) -> FactDef | None:
        """The fact or field of a name without a unit, if it is one."""
        if fields is not self.facts.by_id:
            return fields.get(field_named(name, fields))
        if name not in self.facts and normal(name).casefold() not in self.facts.names:  # without looking for the nearest
            return None
        try:
            return self.facts[self.facts.resolve(name, self.within)]
        except InputError:
            return None

    # ------------------------------------------------------------ from tables to projects

    def main(self, table: Table) -> list[dict[str, Any]]:
        columns = self.columns(table, self.facts.by_id)
        if self.problems and self.refused is not None:
            raise FileProblem(self.problems)
        found: list[dict[str, Any]] = []
        self.lines: list[int] = []
        for number, cells in self.data(table):
            before = len(self.problems)
            keys, values, places = self.row(table, number, cells, columns, self.facts.by_id)
            name = keys.get("name", "") or str(len(found) + 1)
            self.bar(before, name)
            if len(self.problems) > TOLD:
                break
            found.append({**keys, "name": name, "facts": Written(values, table.title, cells=places)})
            self.lines.append(number)
        self.problems += self.contradicted(table, columns, self.facts.by_id)
        return found

    def contradicted(self, table: Table, columns: Mapping[int, tuple[str, bool, str]], known: Mapping[str, FactDef]) -> list[str]:
        """What notes under a table say of its units that its columns do not."""
        return table.aside.contradicted(
            table.title, [(table.head.names[place], known[id], unit) for place, (id, is_value, unit) in columns.items() if is_value and id in known]
        )

    def once(self, table: Table, projects: list[dict[str, Any]]) -> None:
        """That no two projects have one name, where record lists go by it."""
        seen: set[str] = set()
        for number, project in zip(self.lines, projects, strict=True):
            if project["name"] in seen:
                self.problems.append(text("template.twice", at=table.at(number, 0), name=project["name"]))
            seen.add(project["name"])

    def columns(self, table: Table, known: Mapping[str, FactDef]) -> dict[int, tuple[str, bool, str]]:
        """What each column holds, as (fact or field id, True, the unit of its plain numbers) or (key of the row, False, "")."""
        found: dict[int, tuple[str, bool, str]] = {}
        taken: dict[str, str] = {}
        names = {folded(name): name for name in table.head.names if name and self.called(name, known) is None}
        project = next((names[name] for name in map(folded, PROJECT) if name in names), None)
        for place, name in enumerate(table.head.names):
            if not name:
                continue
            at = table.at(table.head_row, place)
            try:
                found[place] = self.column(table, place, name, project, known)
            except InputError as bad:
                if not self.ignore_unknown or bad.value:  # one that several facts share stays wrong
                    self.problems.append(f"{at}: {bad}")
                found[place] = ("", False, "")
            if len(self.problems) > TOLD:
                raise FileProblem(self.problems)
            id = found[place][0]
            if id and id in taken:
                self.problems.append(text("template.column.twice", at=at, name=name))
            taken[id] = name
        return found

    def column(self, table: Table, place: int, name: str, project: str | None, known: Mapping[str, FactDef]) -> tuple[str, bool, str]:
        """What one column holds. Raises ``InputError``."""
        bare = name.strip("*＊:：").strip()
        beside = [(one, unit) for one, unit in [(bare, ""), *parted(bare)] if folded(one) in self.asked]
        if beside and self.called(bare, known) is None:
            return self.asked[folded(beside[0][0])], False, beside[0][1]
        if self.called(bare, known) is None and folded(name) in map(folded, (*PROJECT, *BESIDE)):
            key = next((key for key, names in KEYS.items() if key != "name" and normal(name).casefold() in names), "")
            return ("name" if name == project else key), False, ""
        bare, unit = (bare, "") if self.called(bare, known) else unit_behind(bare, lambda one: self.called(one, known))
        id = self.facts.resolve(bare, self.within) if known is self.facts.by_id else self.field(bare, known)
        return id, True, column_unit(known[id], name, unit, table.head.stated[place], table.head.titles)

    def field(self, name: str, known: Mapping[str, FactDef]) -> str:
        id = field_named(name, known)
        if not id:
            said = listed(d.told for d in known.values())
            near = nearest_names(name, [*known, *(d.label for d in known.values())])
            raise InputError(name, name, text("template.field", fields=said), near, message="error.unknown")
        return id

    def row(
        self, table: Table, number: int, cells: list[Any], columns: Mapping[int, tuple[str, bool, str]], known: Mapping[str, FactDef]
    ) -> tuple[dict[str, str], dict[str, Any], dict[str, str]]:
        """The keys and the values of a row, each value tried as its type says, and where each stands."""
        keys: dict[str, str] = {}
        values: dict[str, Any] = {}
        places: dict[str, str] = {}
        if table.page is not None:
            flaws = table.page.flaws.get(number, ())
            self.problems += [f"{table.at(number, column - 1 - table.page.left)}：{table.page.reason(said)}" for column, said in flaws]
        for place in table.shared.get(number, ()):
            if place in columns and columns[place][1] and known[columns[place][0]].type in NUMERIC:
                self.problems.append(f"{table.at(number, place)}：{text('cell.merged')}")
        if table.encoding:
            lost = {place for place, cell in enumerate(cells) if isinstance(cell, str) and "\ufffd" in cell}
            self.problems += [text("kind.lost", file=table.at(number, place), encoding=table.encoding) for place in sorted(lost)]
            cells = [None if place in lost else cell for place, cell in enumerate(cells)]
        for place, cell in enumerate(cells):
            if cell is None:
                continue
            if place not in columns:
                self.problems.append(text("template.headless", at=table.at(number, place), value=cell))
                continue
            id, is_value, unit = columns[place]
            if not is_value:
                if id:
                    keys[id] = str(in_unit(cell, unit))
                continue
            places[id] = table.at(number, place)
            try:
                cell = values[id] = in_unit(self.shown(table, number, place, cell, known[id], unit), unit)
                if normal(str(cell)) not in NONE:
                    table.mixed.look(table.head.names[place], known[id], unit, places[id], read_value(known[id], cell, id))
            except InputError as bad:
                self.problems.append(f"{table.at(number, place)}: {bad.called(known[id].name)}")
        return keys, values, places

    def shown(self, table: Table, number: int, place: int, cell: Any, definition: FactDef, unit: str) -> Any:
        """A number of a workbook as its cell shows it. Raises ``InputError``."""
        if table.page is None or isinstance(cell, bool) or not isinstance(cell, (int, Decimal)):
            return cell
        try:
            said = as_shown(Decimal(cell), table.page.code(number, place), definition, unit)
        except BadValue as bad:
            raise InputError(definition.id, cell, bad.accepted) from None
        return said if isinstance(said, str) else cell

    def records(self, table: Table, projects: list[dict[str, Any]]) -> None:
        """The rows of a record list, given to their projects; who has none there has the empty list."""
        head, _, inner = table.records.partition(".")
        known = self.fields(table.records)
        if not known:
            self.problems.append(text("template.sheet", sheet=table.title, nearest=table.records))
            return
        columns = self.columns(table, known)
        by_name = {project["name"]: project["facts"] for project in projects}
        if table.rows and not inner:
            for facts in by_name.values():
                facts.setdefault(head, [])
        for number, cells in self.data(table):
            before = len(self.problems)
            keys, values, places = self.row(table, number, cells, columns, known)
            name = keys.get("name") or (projects[0]["name"] if len(projects) == 1 else "")
            if name in by_name and self.bar(before, name):
                continue
            if name not in by_name:
                near = " / ".join(nearest_names(name, by_name) or list(by_name)[:3])
                self.problems.append(text("template.owner", at=table.at(number, 0), name=name, nearest=near))
                continue
            owner = by_name[name]
            path, rows = head, owner.get(head, [])
            if not isinstance(rows, list):
                continue  # the project says something else of the list, which is told there
            if inner:
                place = keys.get("record") or ("1" if len(rows) == 1 else "")
                if not place.isdecimal() or not 0 < int(place) <= len(rows):
                    self.problems.append(text("template.record.number", at=table.at(number, 1), value=place, count=len(rows)))
                    continue
                path, rows = f"{head}[{place}].{inner}", rows[int(place) - 1].setdefault(inner, [])
            if [normal(str(value)) for value in values.values()] not in ([n] for n in NONE):
                rows.append(values)
                owner.cells.update({f"{path}[{len(rows)}].{id}": at for id, at in places.items()})
        self.problems += self.contradicted(table, columns, known)


def _is_remark(cells: list[Any]) -> bool:
    return said_in(cells[0]).startswith(REMARK)


def _plain(name: str) -> str:
    """A file name in which the signs of a search pattern stand for themselves."""
    return re.sub(r"([\[*?])", r"[\1]", name)
