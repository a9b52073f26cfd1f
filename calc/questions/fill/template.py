"""Files to fill in (workbook, CSV, TOML) for the facts that schemes ask for, and how they are read back.

One column a fact, one sheet a record list. A row whose first cell begins with ``#`` is a remark and never data: such are
the rows with ids, units, help and the example. The row ``#id`` ties columns to facts whatever the labels say; without
it labels, aliases and ids are understood. A sheet in which nothing is filled in means: that list is not given.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.characters import CsvRows
from calc.documents import decoded
from calc.errors import FileProblem
from calc.facts import FactDef, Facts
from calc.facts.rows import project
from calc.facts.rows import projects as listed_projects
from calc.files import check_place, write_whole
from calc.language.core import LOAN_EXTRAS
from calc.messages import listed, text
from calc.questions.fill.cells import DIGITS
from calc.questions.fill.heads import IDS, REMARK
from calc.questions.fill.sheets import NONE, lists_beside, sheet_title
from calc.twins import asked_instead, said_by_others
from calc.units import NUMERIC, decimal_text, simple

if TYPE_CHECKING:
    from calc.store.store import Store

ROWS = 500  # rows of a sheet that have drop-downs and validation
SUFFIXES = (".xlsx", ".csv", ".toml")
_EXAMPLES: dict[str, str] = {
    "money": "1.2亿元",
    "usd": "500万美元",
    "percent": "85%",
    "area": "3万平方米",
    "mu": "1.5亩",
    "tonne": "12吨",
    "kg": "500公斤",
    "years": "3年",
    "months": "36个月",
    "count": "12",
    "number": "5",
    "date": "2023-03-01",
}
_LIKELY = {"rate": "3.8%", "end": "2026-03-01"}  # fields for which those would be odd


@dataclass(slots=True)
class Sheet:
    """A sheet to fill in: the projects (``records`` empty), a record list (``loans``), or one within it (``loans.repayments``)."""

    records: str
    title: str
    columns: dict[str, FactDef]

    @property
    def keys(self) -> list[str]:
        """Headers of the columns that say whose row it is."""
        return [text("template.project")] + ([text("template.record")] if "." in self.records else [])


# ---------------------------------------------------------------- what is asked for


def list_fields(catalog: Store, list: str, schemes: Iterable[str]) -> list[str]:
    """The fields of a record list that schemes (ids) read, in the order of the dictionary; all, where none is named."""
    fields = catalog.facts[list].fields
    used = {path.partition(".")[2] for id in schemes for path in catalog.scheme(id).facts if path.startswith(f"{list}.")}
    if not used:
        return [id for id, definition in fields.items() if definition.type != "list"]
    if {"principal", "end"} <= used:
        used.update(LOAN_EXTRAS)
    return [id for id in fields if id in used]


def layout(catalog: Store, schemes: Sequence[str], projects: Sequence[Mapping[str, Any]] = ()) -> list[Sheet]:
    """The sheets for the facts that ``schemes`` (ids) ask for, and those that ``projects`` (facts as plain values) have."""
    facts = catalog.facts
    asked = [path.partition(".")[0] for id in schemes for path in catalog.scheme(id).facts]
    stated = [fact for project in projects for said in (said_by_others(project, facts.twins),) for fact in project if fact not in said]
    used = [id for id in dict.fromkeys([*asked, *stated]) if id in facts]
    instead = asked_instead(used, (), facts.twins)
    same = {twin.target for twin in facts.twins if twin.answers is None and twin.target in instead}
    plain = (id for id in used if facts[id].type != "list" and id not in same)
    sheets = [Sheet("", text("template.projects"), {id: _hinted(facts[id], facts[instead[id]]) if id in instead else facts[id] for id in plain})]
    for id in (id for id in used if facts[id].type == "list"):
        given = {name for project in projects for record in project.get(id, ()) for name in record}
        wanted = {*(list_fields(catalog, id, schemes) if id in asked else ()), *given}
        fields = {name: definition for name, definition in facts[id].fields.items() if name in wanted}
        sheets.append(Sheet(id, facts[id].name, {n: d for n, d in fields.items() if d.type != "list"}))
        for name, definition in fields.items():
            if definition.type == "list":
                sheets.append(Sheet(f"{id}.{name}", f"{facts[id].name}·{definition.name}", dict(definition.fields)))
    lists = [d for d in facts.by_id.values() if d.type == "list"]
    names = {name.casefold(): d.id for d in lists for name in (d.id, d.label, d.label_en)}
    taken: set[str] = set()
    for sheet in sheets:
        sheet.title = sheet_title(sheet.title, taken | {name for name, id in names.items() if id != sheet.records})
        taken.add(sheet.title.casefold())
    return sheets


def _hinted(definition: FactDef, other: FactDef) -> FactDef:
    """A fact that another one of the form may answer, as its help says."""
    said = "；".join(filter(None, (definition.hint, text("template.twin", fact=other.name))))
    return replace(definition, help=said, help_en=said)


def write(
    catalog: Store, schemes: Sequence[str], path: Path, projects: Sequence[Mapping[str, Any]] = (), force: bool = False
) -> list[Path]:
    """A file to fill in for ``schemes`` (ids or prefixes), with what ``projects`` (``{"name", "facts"}``) already say.

    The suffix of ``path`` says which kind; CSV puts each record list beside it as ``NAME.LIST.csv``. Returns the files
    written. Raises ``InputError`` for a name or value that cannot be used; ``FileProblem`` where a file exists (unless
    ``force``), for another suffix, several projects in TOML, or schemes that ask for nothing. Record lists of an older template
    beside it count as existing, and go with it; one that is no template's is never touched.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FileProblem([text("template.suffix", file=path, known=listed(SUFFIXES))])
    ids = catalog.find_all(schemes)
    named = [(project(one)[0], catalog.read(one, ids)) for one in listed_projects(projects)[0]]
    if suffix == ".toml" and len(named) > 1:
        raise FileProblem([text("template.one", count=len(named))])
    sheets = layout(catalog, ids, [values for _, values in named])
    if len(sheets) == 1 and not sheets[0].columns:
        raise FileProblem([text("template.nothing", schemes=listed(ids))])
    if suffix == ".xlsx":
        files = {path: as_xlsx(sheets, named, guide(catalog, ids))}
    elif suffix == ".csv":
        files = {_beside(path, sheet.records): _as_csv(sheet, named) for sheet in sheets}
    else:
        files = {path: _as_toml(sheets, named[0] if named else ("", {}), ids).encode()}
    older = [file for file in lists_beside(path, catalog.facts) if file not in files] if suffix == ".csv" else []
    there = [text("template.exists", file=file) for file in (*files, *older) if file.exists()]
    if there and not force:
        raise FileProblem(there)
    for file in (*files, *older):
        check_place(file)
    strange = [text("template.list", file=file) for file in older if not _is_template(file)]
    if strange:
        raise FileProblem(strange)
    for file, content in files.items():
        write_whole(file, content)
    for file in older:  # of the template that is written over: they would be read along
        file.unlink()
    return list(files)


def _is_template(file: Path) -> bool:
    """Whether a CSV file is one that ``write`` made: its second line ties columns to ids."""
    return any(IDS.match(line) for line in (decoded(file.read_bytes()) or "").splitlines()[1:2])


def _beside(path: Path, list: str) -> Path:
    return path.with_name(f"{path.stem}.{list}{path.suffix}") if list else path


def guide(catalog: Store, schemes: Sequence[str]) -> list[str]:
    """How the workbook is filled in, and for which schemes it is."""
    from calc.estimate.benefit import title

    lines = [text("template.guide.title"), *text("template.guide").split("\n"), text("template.guide.for")]
    return [*lines, *(f"    {id}  {title(catalog.scheme(id))}" for id in schemes)]


def unit(definition: FactDef) -> str:
    """The unit of a fact as it heads a column."""
    return text(f"unit.{definition.type}")


def accepted(definition: FactDef) -> str:
    """What may be written for a fact."""
    if definition.type == "enum":
        return text("accepted.enum", values=definition.choices)
    if definition.type == "set":
        return text("accepted.set", values="；".join(map(definition.value_name, definition.values)))
    if definition.type == "list":
        return text("accepted.list", fields=listed(f.name for f in definition.fields.values()))
    signed = definition.signed and definition.type in ("money", "percent", "number")
    return text(f"accepted.{definition.type}" + (".signed" if signed else ""))


def example(definition: FactDef) -> str:
    """A value that shows how a fact is written."""
    if definition.type in ("enum", "set"):
        return definition.value_name(next(iter(definition.values)))
    if definition.type == "bool":
        return text("word.yes")
    return ("-" if definition.signed and definition.type == "money" else "") + _LIKELY.get(definition.id, _EXAMPLES[definition.type])


def written(definition: FactDef, value: Any) -> str:
    """A plain value as people write it, so that it reads back the same."""
    if definition.type == "enum":
        return definition.value_name(value)
    if definition.type == "set":
        return "；".join(map(definition.value_name, value))
    if definition.type == "bool":
        return text("word.yes" if value else "word.no")
    if definition.type == "years" and Fraction(value * 12).denominator == 1 != Fraction(value).denominator:
        return decimal_text(simple(Fraction(value) * 12)) + "个月"
    if definition.type == "date":
        return str(value.isoformat())
    return decimal_text(simple(Fraction(value) * 100), 60) + "%" if definition.type == "percent" else decimal_text(value, 60)


def _remarks(sheet: Sheet) -> Iterator[tuple[str, list[str]]]:
    """The rows under the header that are not data: what each is, and its cells."""
    pad = [""] * (len(sheet.keys) - 1)
    definitions = sheet.columns.values()
    yield "id", [f"{text('template.row.id')} {sheet.records}".rstrip(), *pad, *sheet.columns]
    yield "unit", [text("template.row.unit"), *pad, *map(unit, definitions)]
    yield "help", [text("template.row.help"), *pad, *(d.hint or d.name for d in definitions)]
    yield "example", [text("template.row.example"), *(["1"] * len(pad)), *map(example, definitions)]


def _records(sheet: Sheet, projects: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[list[str], Mapping[str, Any] | None]]:
    """The data rows of a sheet: whose they are, and their values by column; ``None`` for a list that is given empty."""
    head, _, inner = sheet.records.partition(".")
    for place, (name, facts) in enumerate(projects, 1):
        owner = "＃" + name[1:] if name.startswith(REMARK) else name or str(place)
        if not head:
            yield [owner], facts
            continue
        for number, record in enumerate(facts.get(head, ()), 1):
            if not inner:
                yield [owner], record
                continue
            yield from (([owner, str(number)], one) for one in record.get(inner, ()))
            if record.get(inner) == []:
                yield [owner, str(number)], None
        if facts.get(head) == [] and not inner:
            yield [owner], None


# ---------------------------------------------------------------- writing


def _as_csv(sheet: Sheet, projects: Sequence[tuple[str, Mapping[str, Any]]]) -> bytes:
    out = io.StringIO()
    rows = CsvRows(out)
    rows.add([*sheet.keys, *(d.name for d in sheet.columns.values())])
    for kind, cells in _remarks(sheet):
        if kind == "unit":
            own = [" / ".join(map(d.value_name, d.values)) if d.type == "enum" else unit(d) for d in sheet.columns.values()]
            cells = [*cells[: len(sheet.keys)], *own]
        rows.add(cells)
    for owner, record in _records(sheet, projects):
        row = [written(d, record[id]) if id in record else "" for id, d in sheet.columns.items()] if record is not None else [NONE[0]]
        rows.add([*owner, *row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _as_toml(sheets: list[Sheet], project: tuple[str, Mapping[str, Any]], schemes: Sequence[str]) -> str:
    name, facts = project
    lines = [f"# {line}" for line in text("template.toml", schemes=" ".join(f"-s {id}" for id in schemes)).split("\n")]
    lines += [f"name = {quoted(name)}", "", "[facts]"]
    for id, definition in sheets[0].columns.items():
        lines += ["", *_comments(definition)]
        lines.append(f"{id} = {quoted(written(definition, facts[id]) if id in facts else '')}")
    for sheet in sheets[1:]:
        head, _, inner = sheet.records.partition(".")
        if inner:
            continue
        nested = [s for s in sheets if s.records.startswith(f"{head}.")]
        if facts.get(head) == []:
            lines[lines.index("[facts]") + 1 : lines.index("[facts]") + 1] = [f"{head} = []"]
        lines += ["", f"# ── {sheet.title} ──  {text('template.toml.list')}"]
        for record in facts.get(head, ()):
            lines += ["", *_toml_record(f"facts.{head}", sheet, record)]
            for inside in nested:
                for one in record.get(inside.records.partition(".")[2], ()):
                    lines += ["", *_toml_record(f"facts.{inside.records}", inside, one)]
        if not facts.get(head):
            for part in (sheet, *nested):
                lines += ["#", f"# [[facts.{part.records}]]"]
                lines += [f"# {id} = {quoted(example(d))}  # {d.name}：{accepted(d)}" for id, d in part.columns.items()]
    return "\n".join(lines) + "\n"


def _toml_record(table: str, sheet: Sheet, record: Mapping[str, Any]) -> list[str]:
    return [f"[[{table}]]", *(f"{id} = {quoted(written(d, record[id]))}  # {d.name}" for id, d in sheet.columns.items() if id in record)]


def _comments(definition: FactDef) -> list[str]:
    lines = ["# " + definition.name + text("word.brackets", said=accepted(definition))]
    return lines + ([f"# {definition.hint}"] if definition.hint and definition.hint != definition.name else [])


def quoted(value: str) -> str:
    """A string as TOML writes it."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def project_toml(name: str, facts: Mapping[str, Any], definitions: Facts) -> str:
    """A project file of ``facts`` (by id, as given: text, numbers, dates, lists of records), each with its label."""
    lines = [f"name = {quoted(name)}", "", "[facts]"]
    tables: list[str] = []

    def table(path: str, record: Mapping[str, Any], known: Mapping[str, FactDef], into: list[str]) -> None:
        below: list[tuple[str, Any]] = []
        for id, value in record.items():
            if isinstance(value, list) and value:
                below.append((id, value))
            else:
                into.append(f"{id} = {_toml_value(value)}  # {known[id].name}")
        for id, records in below:
            for one in records:
                tables.extend(["", f"[[{path}.{id}]]  # {known[id].name}"])
                table(f"{path}.{id}", one, known[id].fields, tables)

    table("facts", facts, definitions.by_id, lines)
    return "\n".join([*lines, *tables]) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[]"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, (int, Decimal)) else quoted(str(value))


# ---------------------------------------------------------------- the workbook


_FORMATS = {"money": "#,##0.00", "usd": "#,##0.00", "percent": "0.00%", "date": "yyyy-mm-dd", "count": "0", "area": "#,##0.00"}
# the signs of a value written with its unit, which validation lets pass beside numbers
_SIGNS = {
    "money": "元万亿￥¥",
    "usd": "美万亿$",
    "area": "平㎡顷万",
    "mu": "亩",
    "tonne": "吨斤克",
    "kg": "吨斤克",
    "years": "年月",
    "months": "年月",
}


def as_xlsx(sheets: list[Sheet], projects: Sequence[tuple[str, Mapping[str, Any]]], guide: Sequence[str]) -> bytes:
    """The workbook: a sheet for the projects, one a record list, one that explains, a hidden one with the choices."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    plain: dict[str, Any] = {"font_name": "等线", "font_size": 11, "valign": "top"}
    styles: dict[str, dict[str, Any]] = {
        "head": {"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter", "border": 1},
        "id": {"font_color": "#808080"},
        "unit": {"bg_color": "#DDEBF7", "font_color": "#1F4E79"},
        "help": {"bg_color": "#F2F2F2", "font_color": "#595959", "text_wrap": True, "font_size": 9},
        "example": {"bg_color": "#FFF2CC", "font_color": "#7F6000", "italic": True, "bottom": 2},
        "text": {},
        "guide": {"text_wrap": True},
    }
    formats = {name: book.add_format({**plain, **style}) for name, style in styles.items()}
    for kind, pattern in _FORMATS.items():
        formats[kind] = book.add_format({**plain, "num_format": pattern})
    choices = _Choices(book, text("template.choices"))
    for sheet in sheets:
        _write_sheet(book.add_worksheet(sheet.title), sheet, projects, formats, choices)
    explained = book.add_worksheet(text("template.guide.sheet"))
    explained.set_column(0, 0, 3)
    explained.set_column(1, 1, 110, formats["guide"])
    explained.set_paper(9)
    explained.fit_to_pages(1, 0)
    for number, line in enumerate(guide):
        explained.write_string(number, 0, REMARK, formats["id"])
        explained.write_string(number, 1, line, formats["head" if not number else "guide"])
    explained.hide_gridlines(2)
    choices.finish()
    book.close()
    return out.getvalue()


class _Choices:
    """The hidden sheet that drop-downs point at; made last, so that it stands last."""

    def __init__(self, book: Any, title: str) -> None:
        self.book = book
        self.title = title
        self.columns: dict[tuple[str, ...], int] = {}

    def of(self, definition: FactDef) -> str:
        """The range that holds the values of an enum."""
        import xlsxwriter.utility as cells

        values = tuple(map(definition.value_name, definition.values))
        column = self.columns.setdefault(values, len(self.columns) + 1)
        letters = cells.xl_col_to_name(column)
        return f"='{self.title}'!${letters}$1:${letters}${len(values)}"

    def finish(self) -> None:
        if not self.columns:
            return
        sheet = self.book.add_worksheet(self.title)
        sheet.hide()
        for row in range(max(map(len, self.columns))):
            sheet.write_string(row, 0, REMARK)
        for values, column in self.columns.items():
            for row, value in enumerate(values):
                sheet.write_string(row, column, value)


def _write_sheet(
    page: Any, sheet: Sheet, projects: Sequence[tuple[str, Mapping[str, Any]]], formats: Mapping[str, Any], choices: _Choices
) -> None:
    first = len(sheet.keys)
    page.write_row(0, 0, [*sheet.keys, *(d.name for d in sheet.columns.values())], formats["head"])
    page.set_row(0, 48)
    for row, (kind, cells) in enumerate(_remarks(sheet), 1):
        for column, cell in enumerate(cells):
            page.write_string(row, column, cell, formats[kind])
        page.set_row(row, {"help": 64, "id": 15}.get(kind, 18), None, {"hidden": kind == "id"})
    start = 5
    page.set_column(0, 0, 22, formats["text"])
    if first > 1:
        page.set_column(1, 1, 9, formats["text"])
    for column, definition in enumerate(sheet.columns.values(), first):
        wide = max(16, min(28, _width(definition.name) + 2), _width(unit(definition)) + 2)
        page.set_column(column, column, wide, formats.get(definition.type, formats["text"]))
        page.write_comment(0, column, "\n".join(filter(None, (definition.hint, accepted(definition)))), {"x_scale": 2})
        page.data_validation(start, column, start + ROWS - 1, column, _validation(definition, start, column, choices))
    page.freeze_panes(start, first)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{start + ROWS}"})
    for row, (owner, record) in enumerate(_records(sheet, projects), start):
        page.write_row(row, 0, owner, formats["text"])
        if record is None:
            page.write_string(row, first, NONE[0], formats["text"])
            continue
        for column, (id, definition) in enumerate(sheet.columns.items(), first):
            if id in record:
                _write_cell(page, row, column, definition, record[id], formats.get(definition.type, formats["text"]))


def _width(said: str) -> int:
    """How wide a text is, in characters of which a Chinese one takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in said)


def _write_cell(page: Any, row: int, column: int, definition: FactDef, value: Any, style: Any) -> None:
    if definition.type == "date":
        page.write_datetime(row, column, dt.datetime.combine(value, dt.time()), style)
        return
    if definition.type in NUMERIC:
        number = float(value)
        if Fraction(DIGITS.create_decimal(repr(number))) == value:
            page.write_number(row, column, number, style)
            return
    page.write_string(row, column, written(definition, value), style)


def _validation(definition: FactDef, row: int, column: int, choices: _Choices) -> dict[str, Any]:
    import xlsxwriter.utility as cells

    kind = definition.type
    said = accepted(definition)
    rule: dict[str, Any] = {"error_title": definition.name[:32], "error_message": said[:255], "ignore_blank": True}
    if kind in ("bool", "enum"):
        source: Any = [text("word.yes"), text("word.no")] if kind == "bool" else choices.of(definition)
        return {**rule, "validate": "list", "source": source}
    rule |= {"input_title": definition.name[:32], "input_message": said[:255]}
    if kind == "set":
        return {**rule, "validate": "any"}
    if kind == "date":
        return {**rule, "validate": "date", "criteria": "between", "minimum": dt.date(1950, 1, 1), "maximum": dt.date(2100, 12, 31)}
    least = -(10**15) if definition.signed else 0
    if kind in _SIGNS:
        cell = cells.xl_rowcol_to_cell(row, column)
        signs = ",".join(f'ISNUMBER(SEARCH("{sign}",{cell}))' for sign in _SIGNS[kind])
        return {**rule, "validate": "custom", "value": f"=OR(AND(ISNUMBER({cell}),{cell}>={least}),AND(ISTEXT({cell}),OR({signs})))"}
    if kind == "percent":
        return {**rule, "validate": "decimal", "criteria": "between", "minimum": -100 if definition.signed else 0, "maximum": 100}
    return {**rule, "validate": "integer" if kind == "count" else "decimal", "criteria": ">=", "value": least}
