"""All record lists of a batch that stand in files or sheets of their own: opened with the table, joined to its projects, then added
chunk by chunk."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from calc.batch.items import Items, Wrong, list_path
from calc.batch.likely import Likely
from calc.batch.ordered import AT, in_order, numbered
from calc.batch.reading import Reading, Rejected
from calc.batch.sources.csv import CsvSource
from calc.batch.sources.sheet import SheetSource
from calc.batch.values import Fractional
from calc.errors import FileProblem, InputError
from calc.messages import text
from calc.questions.fill.sheets import list_named, lists_beside, unread

if TYPE_CHECKING:
    import duckdb

    from calc.batch.options import Options
    from calc.batch.rejects import Rejects
    from calc.batch.sources.block import Source
    from calc.batch.stage import Stage
    from calc.facts import Facts
    from calc.questions.fill.cells import Workbook

_NAMES = 10_000  # names of projects that are gone through at a time


class Records:
    """``open``, ``join``, then ``joined`` for each chunk; what is passed over goes to ``notes``, what cannot be used to ``rejects``."""

    def __init__(self, facts: Facts, options: Options, con: duckdb.DuckDBPyConnection, folder: Path, rejects: Rejects, notes: list[str]) -> None:
        self.facts = facts
        self.options = options
        self.con = con
        self.folder = folder
        self.rejects = rejects
        self.notes = notes
        self.items: list[Items] = []
        self.orphans = 0  # records that name no project, and cost none its result
        self.found: dict[str, str] = {}  # the sheets of lists that were found, not named
        self.beside: dict[str, str] = {}  # and the files

    def open(self, source: Source, path: str) -> None:
        """Opens the files of records: those named, and sheets of the same workbook, or files beside the table, that are named after
        a record list.

        Raises ``InputError``, ``FileProblem`` or ``OSError``."""
        wanted: dict[str, tuple[str, str | None]] = {}
        for name, place in self.options.items.items():
            file, sign, sheet = place.partition("#")
            wanted[name] = (file, sheet if sign else None)
        if isinstance(source, SheetSource) and path != "-":
            paths = {list_path(name, self.facts)[0] for name in wanted}
            for sheet in source.sheets:
                named = list_named(sheet, self.facts)
                if sheet != source.sheet and named and named not in paths and source.beginning(sheet):
                    wanted[named] = (path, sheet)
                    self.found[named] = sheet
        if isinstance(source, CsvSource) and path != "-":
            paths = {list_path(name, self.facts)[0] for name in wanted}
            self.beside = {named: str(file) for file, named in lists_beside(Path(path), self.facts).items() if named not in paths}
            wanted.update({named: (file, None) for named, file in self.beside.items()})
        book = source.book if isinstance(source, SheetSource) else None
        for name in wanted:
            self._open_one(name, wanted, book if wanted[name][0] == path else None)
        if isinstance(source, SheetSource) and self.options.sheet is None:
            read = {source.sheet, *(sheet for file, sheet in wanted.values() if file == path)}
            for sheet in source.sheets:
                rows = source.beginning(sheet) if sheet not in read else []
                if rows:
                    self.notes.append(unread(sheet, rows, self.facts)[0])

    def sources(self) -> list[Source]:
        """The tables of records that are open."""
        return [one.source for one in self.items if one.source is not None]

    def _open_one(self, name: str, wanted: dict[str, tuple[str, str | None]], book: Workbook | None) -> None:
        file, sheet = wanted[name]
        path, definition = list_path(name, self.facts)
        if path in (one.path for one in self.items):
            raise InputError("--items", name, text("accepted.once", other=path))
        head = path.partition(".")[0]
        if "." in path and all(list_path(other, self.facts)[0] != head for other in wanted):
            raise InputError("--items", path, text("batch.items.above", list=head))
        one = Items(path, definition, self.folder)
        one.open(file, self.options.encoding, sheet, self.options.id_column, self.options.ignore_unknown, book)
        self.items.append(one)
        if name in self.found:
            self.notes.append(text("batch.note.sheet", sheet=sheet, list=self.facts.name_of(path)))

    def join(self, reading: Reading, stage: Stage, source: str, refused: set[str], apart: bool = False) -> set[int]:
        """Records joined to their projects, the typed rows of ``stage``; ``source`` is what the table is called, ``refused`` are the
        projects that are rejected already. The rows that now must be rejected as well. ``apart``: there are other projects, so that
        records of none of these are not told. Raises ``FileProblem``."""
        barred: set[int] = set()
        if not self.items:
            return barred
        wrong: list[Wrong] = []
        for one in self.items:
            wrong += one.read()
            odd = one.contradicted()
            if odd:
                raise FileProblem(odd)
            if one.source is not None:
                self.notes += [text("rows.of", file=one.file, said=said) for said in [*one.source.aside.told(), *one.plausible.told()]]
        self.items = [one for one in self.items if one.given or one.path not in self.found | self.beside]
        beside = {one.path: self.beside[one.path] for one in self.items if one.path in self.beside}
        self.notes += [text("batch.note.beside", file=Path(file).name, list=self.facts.name_of(path)) for path, file in beside.items()]
        self.options.items = {**self.options.items, **beside}  # the result rests on them as on those named
        if not self.items:
            return barred
        if reading.id_name is None:
            raise FileProblem([text("batch.items.no.id", file=source)])
        self._reject(self._owners(stage, reading.id_name), barred)
        self.con.register("refused", pa.table({"_id": pa.array(sorted(refused), pa.string())}))
        for one in self.items:
            one.load(self.con)
        known = self._rows_named({w.project for w in wrong if w.project is not None})
        lost = {who for one in self.items for who, _ in one.orphans if who is not None}
        lost |= {w.project for w in wrong if w.project is not None and w.project not in known and w.project not in refused}
        self.likely = Likely(lost, itertools.chain(self._projects(), sorted(refused)))
        rows = self._rows_named({project for name in lost for project in self.likely.alike(name)})
        for one in self.items:
            told = [found for who, line in one.orphans for found in self._orphan(one.file, line, who, one.project, rows, apart)]
            self._reject(told, barred)
            self.orphans += sum(reject.row is None for reject in told)
            if one.orphans and not apart:
                self.notes.append(text("batch.note.orphans", file=one.file, count=f"{len(one.orphans):,}"))
        for one in self.items:
            above = next((other for other in self.items if other.path == one.path.partition(".")[0] and one.nested), None)
            if above is not None:
                said = text("batch.items.stray", list=self.facts.name_of(above.path))
                strays = one.strays(self.con, above)
                self._reject([Rejected(row, one.file, line, who, one.record or "", value, said) for row, who, line, value in strays], barred)
        for bad in wrong:
            owner = known.get(bad.project or "")
            if owner is None and (apart or bad.kept or bad.project in refused):
                continue  # told as belonging to no project, or to one that is rejected itself
            self._reject([Rejected(owner, bad.file, bad.line, bad.project, bad.column, bad.value, bad.reason)], barred)
        return barred

    def _projects(self) -> Iterator[str]:
        """The projects that can own records."""
        names = self.con.cursor().execute("SELECT _id FROM owners ORDER BY _row")
        while some := names.fetchmany(_NAMES):
            yield from (name for (name,) in some)

    def _orphan(self, file: str, line: int, who: str | None, column: str, rows: Mapping[str, int], apart: bool) -> Iterator[Rejected]:
        """What is told of a record that names no project: those that are meant, if only the form of their number differs, are without
        it not what they are, and so not computed (``rows``); ``apart``: only these are told."""
        alike = self.likely.alike(who or "")
        named = text("word.semicolon").join(alike)
        for row in [rows[project] for project in alike if project in rows]:
            yield Rejected(row, file, line, who, column, who or "", text("batch.items.alike", projects=named))
        if not apart and not any(project in rows for project in alike):
            near = self.likely.near(who or "")
            said = text("error.nearest", nearest=" / ".join(near)) if near else ""
            yield Rejected(None, file, line, who, column, who or "", text("batch.items.orphan") + said)

    def _reject(self, found: list[Rejected], barred: set[int]) -> None:
        for one in found:
            if one.row is not None:
                barred.add(one.row)
            self.rejects.add(one)

    def _owners(self, stage: Stage, id_name: str) -> list[Rejected]:
        """Makes the table of project ids (``owners``); of rows with one id only the first can own records, the others are given."""
        self.con.execute("CREATE TABLE named (_id VARCHAR, _row BIGINT, _line BIGINT)")
        for number in range(len(stage.parts)):
            part = stage.part(number, ["_id", "_row", "_line"])
            self.con.register("part", part)
            self.con.execute("INSERT INTO named SELECT _id, _row, _line FROM part WHERE _id IS NOT NULL")
            self.con.unregister("part")
        self.con.execute("CREATE TABLE owners AS SELECT _id, min(_row) AS _row, min(_line) AS _line FROM named GROUP BY _id")
        again = self.con.execute(
            "SELECT n._row, n._line, n._id, o._line FROM named n JOIN owners o ON n._id = o._id WHERE n._row <> o._row ORDER BY n._row"
        ).fetchall()
        return [Rejected(row, None, line, who, id_name, who, text("batch.items.twice", line=first)) for row, line, who, first in again]

    def _rows_named(self, projects: set[str]) -> dict[str, int]:
        """The rows of some projects."""
        if not projects:
            return {}
        self.con.register("wanted", pa.table({"_id": pa.array(sorted(projects), pa.string())}))
        found = dict(self.con.execute("SELECT o._id, o._row FROM owners o JOIN wanted w ON o._id = w._id").fetchall())
        self.con.unregister("wanted")
        return found

    def joined(self, chunk: pa.Table, fractional: dict[int, list[Fractional]]) -> pa.Table:
        """A chunk with its records; numbers of theirs that no column holds are added to ``fractional``, by place."""
        outer = [one for one in self.items if not one.nested]
        if not outer:
            return chunk
        first, last = chunk["_row"][0].as_py(), chunk["_row"][-1].as_py()
        for one in outer:
            inner = [other for other in self.items if other.path.startswith(one.path + ".")]
            lists = self.con.sql(one.joined(inner, first, last)).to_arrow_table()
            self.con.register("chunk_rows", numbered(chunk.select(["_row"])))
            self.con.register("chunk_lists", lists)
            joined = self.con.sql(
                f"SELECT c.{AT}, COALESCE(l.list, []) AS list FROM chunk_rows c LEFT JOIN chunk_lists l USING (_row)"
            ).to_arrow_table()
            self.con.unregister("chunk_rows")
            self.con.unregister("chunk_lists")
            chunk = chunk.append_column(one.path, in_order(joined, chunk.num_rows)["list"].combine_chunks())
            places = {row: place for place, row in enumerate(chunk["_row"].to_pylist())} if one.stage.count else {}
            for row, path, value in one.fractional(self.con, first, last):
                if row in places:
                    fractional.setdefault(places[row], []).append(Fractional(places[row], path, value))
        return chunk
