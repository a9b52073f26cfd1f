"""Record lists that stand in a file or sheet of their own, joined to their projects.

``loans`` is a list of the project; ``loans.repayments`` one within each loan, whose rows also say which loan (第几项). A
project without a row there has the empty list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.header import Column, fields_named, named_column, project_column
from calc.batch.output import quoted
from calc.batch.plausible import Plausible
from calc.batch.reading import texts
from calc.batch.sources.block import Source
from calc.batch.sources.open import open_source
from calc.batch.stage import Stage
from calc.batch.values import Found, reader
from calc.errors import FileProblem, InputError, nearest_names
from calc.facts import FactDef, Facts, field_named
from calc.messages import text
from calc.questions.fill.heads import BESIDE, KEYS, PROJECT, folded, unit_behind
from calc.questions.fill.sheets import NONE
from calc.units import Number, normal, simple

if TYPE_CHECKING:
    import duckdb

    from calc.questions.fill.cells import Workbook


_RECORD = "CASE WHEN regexp_full_match(_record, '[0-9]+([.]0+)?') THEN TRY_CAST(_record AS BIGINT) END"  # which record is meant, if any


@dataclass(slots=True)
class Wrong:
    """Something in a file of records that cannot be used: whose it is (``None``: nobody's), where it stands, and whether its record
    is kept among those that are read."""

    project: str | None
    file: str
    line: int
    column: str
    value: str
    reason: str
    kept: bool = True


def list_path(name: str, facts: Facts) -> tuple[str, FactDef]:
    """The record list an option names (``loans``, its label, or ``loans.repayments``). Raises ``InputError``."""
    head, _, inner = name.partition(".")
    id = facts.resolve(head)
    definition = facts[id]
    if inner and definition.type == "list":
        field = field_named(inner, definition.fields)
        if field and definition.fields[field].type == "list":
            return f"{id}.{field}", definition.fields[field]
    if inner or definition.type != "list":
        lists = [f.id for f in facts.by_id.values() if f.type == "list"]
        raise InputError("--items", name, text("batch.items.accepted"), nearest_names(name, lists))
    return id, definition


class Items:
    """One file of records: read and typed, then sorted by project on disk."""

    def __init__(self, path: str, definition: FactDef, folder: Path) -> None:
        self.path = path
        self.definition = definition
        self.table = quoted("items " + path)
        self.stage = Stage(folder, "items-" + path)
        self.file = ""
        self.plausible = Plausible()
        self.given = 0
        self.source: Source | None = None

    @property
    def nested(self) -> bool:
        """Whether the records stand within those of another list."""
        return "." in self.path

    def open(
        self, file: str, encoding: str | None, sheet: str | None, id_column: str | None, ignore_unknown: bool, book: Workbook | None = None
    ) -> None:
        """Opens the file (or the ``book`` that it is, if it has been read) and matches its headers. Raises ``FileProblem``, ``InputError``, ``OSError``."""
        fields = self.definition.fields
        keys = {folded(name) for name in (*KEYS["name"], *KEYS["record"], "编号", "名称", *([id_column] if id_column else []))}

        def called(name: str) -> FactDef | None:
            return fields.get(field_named(name, fields))

        def given(name: str) -> FactDef | None:
            return called(name.strip()) or called(unit_behind(name, called)[0])

        def known(name: object) -> bool:
            return isinstance(name, str) and (folded(name) in keys or given(name) is not None)

        self.source = open_source(file, known, None, encoding, sheet, definition=given, book=book)
        self.file = f"{Path(file).name}#{sheet}" if sheet else Path(file).name
        self.source.name = f"{file}#{sheet}" if sheet else file
        self.ignore_unknown = ignore_unknown
        self.id_column = id_column
        try:
            if self.source.headed:
                self._match(self.source.names)
        except InputError as bad:
            raise bad.at(self.source.place()) from None

    def _match(self, names: Sequence[str]) -> None:
        asked = self.id_column if self.id_column and folded(self.id_column) in map(folded, names) else None
        beside = [n for n in names if not field_named(n, self.definition.fields)]
        kind = self.source.document_kind() if self.source else ""
        if kind and len(beside) == len(names):  # a project
            raise FileProblem([text("batch.items.document", file=self._header(), kind=kind)])
        project = named_column(names, asked, "--id-column") if asked else project_column(beside, None)
        if project is None:
            raise FileProblem([text("batch.items.project", file=self._header())])
        self.project = project
        self.record = next((n for n in names if folded(n) in KEYS["record"]), None) if self.nested else None
        if self.nested and self.record is None:
            raise FileProblem([text("batch.items.record", file=self._header(), column=KEYS["record"][0])])
        rest = [n for n in names if n not in (project, self.record)]
        passed = {folded(n) for n in (*PROJECT, *BESIDE)}
        rest = [n for n in rest if n and (field_named(n, self.definition.fields) or folded(n) not in passed)]
        source = self.source
        stated = dict(zip(names, source.stated, strict=False)) if source else {}
        self.columns = fields_named(rest, self.definition, self.ignore_unknown, stated, source.titles if source else ())
        self.readers = {name: reader(self.definition.fields[f], f, unit) for name, (f, unit) in self.columns.items()}
        if source and source.headed:
            source.use([Column(name, *self.columns.get(name, ())) for name in names])

    def contradicted(self) -> list[str]:
        """What notes under the table say of its units that its columns do not."""
        used = [(name, self.definition.fields[field], unit) for name, (field, unit) in self.columns.items()]
        return self.source.aside.contradicted(self.file, used) if self.source else []

    def _header(self) -> str:
        """Where the headers stand."""
        return self.source.place() if self.source else self.file

    def read(self) -> Iterator[Wrong]:
        """Reads all rows; gives what cannot be used."""
        assert self.source is not None
        for block in self.source.blocks():
            if not self.source.headed and not set(block.columns) <= set(self.source.names):
                self.source.names = list(dict.fromkeys([*self.source.names, *block.columns]))
                self._match(self.source.names)
            for fault in block.faults:
                yield Wrong(fault.project, self.file, fault.line, fault.column, fault.value, fault.reason, kept=False)
            yield from self._block(block.columns, block.lines)

    def _block(self, columns: dict[str, pa.Array], lines: pa.Array) -> Iterator[Wrong]:
        projects = texts(columns.get(self.project, pa.nulls(len(lines), pa.string())))
        found = Found()
        typed: dict[str, pa.Array] = {}
        none = self._none(columns, len(lines))
        if none is not None:
            keep = pc.invert(none)
            columns = {name: column.filter(keep) for name, column in columns.items()}
            lines, projects = lines.filter(keep), projects.filter(keep)
        for name, (field, _) in self.columns.items():
            if name in columns:
                typed[field] = self.readers[name].read(columns[name], found)
                self.plausible.look(name, self.definition.fields[field], typed[field], lines, self.columns[name][1])
        headers = {field: name for name, (field, _) in self.columns.items()}
        for bad in found.bad:
            project = projects[bad.place].as_py()
            yield Wrong(project, self.file, lines[bad.place].as_py(), headers[bad.path.partition("[")[0]], bad.value, bad.reason)
        odd: dict[int, dict[str, str]] = {}
        for one in found.fractional:
            if self.nested:
                project = projects[one.place].as_py()
                yield Wrong(project, self.file, lines[one.place].as_py(), headers[one.path], str(one.value), text("batch.items.fraction"))
            odd.setdefault(one.place, {})[one.path] = str(one.value)
        kept = [json.dumps(odd[place]) if place in odd else None for place in range(len(lines))] if odd else None
        table = {"_id": projects, "_line": lines, "_odd": pa.array(kept, pa.string()) if kept else pa.nulls(len(lines), pa.string())}
        if self.record is not None:
            table["_record"] = texts(columns[self.record])
        absent = {f: pa.nulls(len(lines), reader(d, f).type) for f, d in self.definition.fields.items() if f not in typed}
        self.stage.add(pa.table({**table, **{f: typed.get(f, absent.get(f)) for f in self.definition.fields}}))
        self.given += len(lines)

    def _none(self, columns: dict[str, pa.Array], count: int) -> pa.Array | None:
        """A mask of rows that say in so many words that there are no records, as templates let one write."""
        found = None
        for name in self.columns:
            column = columns.get(name)
            if column is not None and pa.types.is_string(column.type):
                said = pc.fill_null(pc.is_in(column, pa.array([*NONE, *map(normal, NONE), "（无）"])), False)
                if pc.any(said, min_count=0).as_py():
                    found = said if found is None else pc.or_(found, said)
        return found

    # ------------------------------------------------------------ joining

    def load(self, con: duckdb.DuckDBPyConnection) -> None:
        """The records as a table, each with the row of its project (from the table ``owners``), sorted by it; those of projects that
        there are not (neither in ``owners`` nor in ``refused``) are orphans."""
        self.stage.flush()
        raw = quoted("raw " + self.path)
        for number in range(len(self.stage.parts)):
            part = self.stage.part(number)
            con.register("items_part", part)
            con.execute(f"INSERT INTO {raw} SELECT * FROM items_part" if number else f"CREATE TABLE {raw} AS SELECT * FROM items_part")
            con.unregister("items_part")
        if not self.stage.parts:
            fields = ", ".join(f"NULL::INTEGER AS {quoted(f)}" for f in self.definition.fields)
            keys = "NULL::VARCHAR AS _id, NULL::BIGINT AS _line, NULL::VARCHAR AS _odd, NULL::VARCHAR AS _record"
            con.execute(f"CREATE TABLE {raw} AS SELECT {keys}, {fields} LIMIT 0")
        con.execute(
            f"CREATE TABLE {self.table} AS SELECT o._row, row_number() OVER (PARTITION BY o._row ORDER BY i._line) AS _place, i.* "
            f"FROM {raw} i JOIN owners o ON o._id = i._id ORDER BY o._row, i._line"
        )
        loose = f"(SELECT i._id, i._line FROM {raw} i ANTI JOIN owners o ON o._id = i._id)"
        self.orphans = con.execute(f"SELECT i._id, i._line FROM {loose} i ANTI JOIN refused r ON r._id = i._id ORDER BY i._line").fetchall()
        con.execute(f"DROP TABLE {raw}")

    def strays(self, con: duckdb.DuckDBPyConnection, above: Items) -> list[tuple[int, str, int, str]]:
        """Records within records that name none of those there are: the row, project, line, what they name."""
        found: list[tuple[int, str, int, str]] = con.execute(
            f"SELECT i._row, i._id, i._line, COALESCE(i._record, '') FROM {self.table} i "
            f"ANTI JOIN {above.table} a ON a._row = i._row AND a._place = {_RECORD} ORDER BY i._row, i._line"
        ).fetchall()
        return found

    def fractional(self, con: duckdb.DuckDBPyConnection, first: int, last: int) -> Iterator[tuple[int, str, Number]]:
        """Numbers of the records that no column holds, for some rows: the row, the path (``leases[2].years``), the number."""
        rows = con.execute(
            f"SELECT _row, _place, _odd FROM {self.table} WHERE _row BETWEEN {first} AND {last} AND _odd IS NOT NULL ORDER BY _row, _place"
        ).fetchall()
        for row, place, odd in rows:
            for field, value in json.loads(odd).items():
                yield row, f"{self.path}[{place}].{field}", simple(Fraction(value))

    def joined(self, inner: Sequence[Items], first: int, last: int) -> str:
        """SQL of the lists by row (``_row``, ``list``) for the rows ``first`` to ``last``."""
        pieces, joins = [], ""
        within = {one.path.partition(".")[2]: one for one in inner}
        for field in self.definition.fields:
            if field in within:
                one = within[field]
                fields = ", ".join(f"{quoted(f)} := {quoted(f)}" for f in one.definition.fields)
                joins += (
                    f" LEFT JOIN (SELECT _row, {_RECORD} AS _place, list(struct_pack({fields}) ORDER BY _line) AS list "
                    f"FROM {one.table} WHERE _row BETWEEN {first} AND {last} GROUP BY ALL) {quoted(field + ' in')} USING (_row, _place)"
                )
                pieces.append(f"{quoted(field)} := {quoted(field + ' in')}.list")
            else:
                pieces.append(f"{quoted(field)} := i.{quoted(field)}")
        return (
            f"SELECT i._row, list(struct_pack({', '.join(pieces)}) ORDER BY i._line) AS list "
            f"FROM (SELECT * FROM {self.table} WHERE _row BETWEEN {first} AND {last}) i{joins} GROUP BY i._row"
        )

