"""A table of projects through a catalogue: read → typed rows on disk → benefits, chunk by chunk → output and rejects.

No step holds more than a chunk of rows, so memory does not grow with the table.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.engine import Columns, Explainer, Refused, Results, slots
from calc.batch.enterprise import Enterprises, shown_cuts, unheld
from calc.batch.header import Column, Header, folded, named_column, project_column
from calc.batch.items import Items, Wrong, list_path
from calc.batch.output import SHEET_COLUMNS, SHEET_ROWS, Output, format_of, quoted
from calc.batch.source import Block, Fault, Notes, open_source
from calc.batch.stage import Stage
from calc.batch.summary import Progress, Summary
from calc.batch.totals import total_columns
from calc.batch.values import Found, Fractional, is_records, reader
from calc.errors import FileProblem, InputError
from calc.estimate import validity
from calc.messages import text
from calc.sheets import list_named
from calc.units import fen_text, simple

if TYPE_CHECKING:
    import datetime as dt

    from calc.catalog import Catalog

SHAPES = ("long", "wide")
ENGINES = ("auto", "explainer")
MEMORY = 2 << 30  # bytes the query engine may hold
SHOWN = 10  # reasons the summary repeats
LONG = ("project", "scheme", "benefit", "status", "amount", "binding", "missing", "assumed", "warnings")
AMOUNT = pa.decimal128(20, 2)
REJECTS = pa.schema(
    [("file", pa.string()), ("line", pa.int64()), ("project", pa.string()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())]
)


@dataclass(slots=True)
class Options:
    """How a table is read and what is written; see ``Catalog.batch``."""

    output: str | None = None
    schemes: Sequence[str] = ()
    shape: str = "long"
    benefits: bool = False
    input_format: str | None = None
    output_format: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    id_column: str | None = None
    enterprise_column: str | None = None
    items: Mapping[str, str] = field(default_factory=dict)
    ignore_unknown: bool = False
    rejects: str | None = None
    engine: str = "auto"
    as_of: dt.date | None = None
    progress: bool = False
    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None


def run(catalog: Catalog, source: str, options: Options) -> Summary:
    """Runs a batch. Raises ``InputError``, ``FileProblem`` or ``OSError``; then nothing is written."""
    try:
        with tempfile.TemporaryDirectory(prefix="subsidy-batch-") as folder:
            return _Run(catalog, source, options, Path(folder)).run()
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as bad:
        raise FileProblem([text("batch.failed", error=str(bad).splitlines()[0])]) from None


class _Run:
    def __init__(self, catalog: Catalog, source: str, options: Options, folder: Path) -> None:
        self.catalog = catalog
        self.path = source
        self.options = options
        self.folder = folder
        self.begun = time.monotonic()
        self.ids = list(dict.fromkeys(catalog.find(name) for name in options.schemes)) or catalog.ids
        if not options.schemes:
            catalog.schemes()
        self.schemes = [catalog.scheme(id) for id in self.ids]
        self.slots = slots(self.schemes)
        self.summary = Summary(output=options.output)
        self.progress = Progress() if options.progress else None
        self.con = duckdb.connect(str(folder / "work.duckdb"))
        self.con.execute(f"SET memory_limit = '{MEMORY}B'; SET temp_directory = '{folder / 'spill'}'; SET enable_progress_bar = false")
        self.rejects = _Rejects(folder)
        self.format = format_of(options.output or "-", options.output_format)
        self.items: list[Items] = []

    def run(self) -> Summary:
        try:
            self.check_places()
            self.read()
            self.join()
            self.check_size()
            self.compute()
        finally:
            self.con.close()
        if self.progress is not None:
            self.progress.end()
        self.summary.seconds = time.monotonic() - self.begun
        return self.summary

    def tell(self, phase: str, done: float, rows: int) -> None:
        if self.progress is not None:
            self.progress.show(phase, done, rows)

    def check_places(self) -> None:
        """That the outputs can be written where they are wanted, and over none of the inputs."""
        inputs = [self.path, *(file.partition("#")[0] for file in self.options.items.values())]
        for place in filter(None, (self.options.output, self.options.rejects)):
            if place == "-":
                continue
            folder = Path(place).parent
            if not folder.is_dir() or not os.access(folder, os.W_OK):
                raise FileProblem([text("batch.output.folder", file=place, folder=folder)])
            if Path(place).is_dir():
                raise FileProblem([text("batch.output.is.folder", file=place)])
            if any(one != "-" and Path(one).exists() and Path(place).exists() and os.path.samefile(one, place) for one in inputs):
                raise FileProblem([text("batch.output.input", file=place)])

    # ------------------------------------------------------------ reading

    def read(self) -> None:
        """The table, typed, in parts on disk; rows that cannot be used among the rejects."""
        options = self.options
        used = {path.partition(".")[0] for scheme in self.schemes for path in scheme.facts}
        self.header = Header(self.catalog.facts, used, options.id_column, options.enterprise_column)
        self.source = open_source(
            self.path, self.header.knows, options.input_format, options.encoding, options.sheet, options.stdin, self.header.definition
        )
        self.file = self.source.name if self.path == "-" else Path(self.path).name
        self.columns: dict[str, Column] = {}
        self.readers: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self.id_name: str | None = None
        self.enterprise_name: str | None = None
        self.stage = Stage(self.folder, "rows")
        self.open_items()
        if self.source.headed:
            self.match(self.source.names)
        for block in self.source.blocks():
            self.match([name for name in block.columns if name not in self.columns])
            self.block(block)
            self.tell("read", self.source.done, self.source.row)
        if not self.columns:
            raise FileProblem([text("batch.empty", file=self.source.name)])
        if options.id_column and not self.id_name:
            named_column(list(self.columns), options.id_column, "--id-column")
        if options.enterprise_column and not self.enterprise_name:
            named_column(list(self.columns), options.enterprise_column, "--enterprise-column")
        self.stage.flush()
        self.summary.rows = self.source.row
        self.note(self.source.notes)

    def match(self, names: list[str]) -> None:
        """What new columns of the table are."""
        if not names:
            return
        options = self.options
        matched = self.header.match(names, options.ignore_unknown)
        if self.source.headed:
            self.source.use(matched)
        for column in matched:
            if column.fact and column.fact in self.places:
                raise InputError(column.name, column.fact, text("accepted.once", other=self.places[column.fact]))
            self.columns[column.name] = column
            if column.fact:
                self.places[column.fact] = column.name
                self.readers[column.fact] = self.reader(column)
        self.ignored = [c.name for c in self.columns.values() if c.unknown]
        if self.source.headed:
            self.id_name = self.column_for(options.id_column, "--id-column", names) or self.id_name
            self.enterprise_name = self.column_for(options.enterprise_column, "--enterprise-column", names)

    def column_for(self, asked: str | None, option: str, names: Sequence[str]) -> str | None:
        """The column that an option asks for; without it, the one whose header is a name of projects."""
        if asked is not None:
            return named_column(names, asked, option)
        if option == "--enterprise-column":
            return None
        return project_column([n for n in names if n in self.columns and not self.columns[n].fact and self.shown(n)], None)

    def reader(self, column: Column) -> Any:
        definition = self.catalog.facts[column.fact]
        if definition.type == "list":
            type_ = self.source.types.get(column.name)
            if self.source.headed and (type_ is None or not is_records(type_)):
                raise InputError(column.name, "", text("batch.items.how", list=column.fact), message="batch.header.list")
            if column.fact in (item.path for item in self.items):
                raise InputError("--items", column.fact, text("accepted.once", other=column.name))
        return reader(definition, column.fact, column.unit)

    def block(self, block: Block) -> None:
        """Types a block and stages its good rows."""
        found = Found()
        count = len(block.rows)
        if not self.source.headed:
            self.name_keys(list(block.columns))
        ids = _texts(block.columns[self.id_name]) if self.id_name in block.columns else pa.nulls(count, pa.string())
        enterprise = block.columns.get(self.enterprise_name or "")
        typed = {}
        for name, raw in block.columns.items():
            column = self.columns[name]
            if column.fact:
                typed[column.fact] = self.readers[column.fact].read(raw, found)
            elif column.headless:
                self.headless(raw, block)
        bad = self.refused(block, found, ids)
        odd: list[str | None] = [None] * count if found.fractional else []
        for two in found.fractional:
            kept = json.loads(odd[two.place] or "{}")
            odd[two.place] = json.dumps({**kept, two.path: str(two.value)})
        table = {"_row": block.rows, "_line": block.lines, "_id": ids, "_odd": pa.array(odd, pa.string()) if odd else pa.nulls(count, pa.string())}
        if enterprise is not None:
            table["_enterprise"] = _texts(enterprise)
        table.update(typed)
        if self.options.shape == "wide":
            table.update({f"in {name}": _kept(raw) for name, raw in block.columns.items() if self.shown(name)})
        staged = pa.table(table)
        if bad:
            mask = pc.is_in(pa.array(range(count), pa.int64()), pa.array(bad, pa.int64()))
            staged = staged.filter(pc.invert(mask))
        self.stage.add(staged)

    def shown(self, name: str) -> bool:
        """Whether the wide result has a column of the input."""
        return not self.columns[name].unknown and not self.columns[name].headless

    def refused(self, block: Block, found: Found, ids: pa.Array) -> list[int]:
        """The rejects of a block, in the order of its rows; gives the places of the rows that are not to be used."""
        told: list[tuple[int, Any]] = [(fault.row, fault) for fault in block.faults]
        told += [(block.rows[one.place].as_py(), one) for one in found.bad]
        for row, one in sorted(told, key=lambda pair: pair[0]):
            if isinstance(one, Fault):
                self.rejects.add(row, None, one.line, None, one.column, one.value, one.reason)
            else:
                line, project = block.lines[one.place].as_py(), ids[one.place].as_py()
                self.rejects.add(row, None, line, project, self.named(one.path), one.value, one.reason)
        return sorted({one.place for one in found.bad})

    def name_keys(self, names: list[str]) -> None:
        """The columns of project and enterprise in a block whose columns are its own; those asked for may be in other blocks."""
        known = {folded(name): name for name in names}
        options = self.options
        if options.id_column is not None:
            self.id_name = known.get(folded(options.id_column), self.id_name)
        else:
            self.id_name = self.column_for(None, "--id-column", names) or self.id_name
        if options.enterprise_column is not None:
            self.enterprise_name = known.get(folded(options.enterprise_column), self.enterprise_name)

    def named(self, path: str) -> str:
        """A fact's path as the table names it."""
        fact, bracket, rest = path.partition("[")
        return self.places.get(fact, fact) + bracket + rest

    def headless(self, raw: pa.Array, block: Block) -> None:
        """Values in a column that has no header are an error."""
        said = _texts(raw)
        places = pc.indices_nonzero(pc.is_valid(said)).to_pylist()
        if places and not self.options.ignore_unknown:
            line = block.lines[places[0]].as_py()
            raise FileProblem([text("batch.headless", file=self.source.name, line=line, value=said[places[0]].as_py()[:40])])

    def note(self, notes: Notes) -> None:
        said = self.summary.notes
        if notes.titles:
            said.append(text("batch.note.titles", count=notes.titles, line=self.source.header_line))
        if notes.blank:
            said.append(text("batch.note.blank", count=f"{notes.blank:,}"))
        if notes.remarks:
            said.append(text("batch.note.remarks", count=f"{notes.remarks:,}"))
        if notes.short:
            lines = "、".join(map(str, notes.short_lines)) + ("…" if notes.short > len(notes.short_lines) else "")
            said.append(text("batch.note.short", count=f"{notes.short:,}", lines=lines))
        if self.ignored:
            said.append(text("batch.note.ignored", columns="、".join(self.ignored)))

    # ------------------------------------------------------------ records in files of their own

    def open_items(self) -> None:
        """Opens the files of records: those named, and sheets of the same workbook that are named after a record list."""
        wanted: dict[str, tuple[str, str | None]] = {}
        for name, place in self.options.items.items():
            file, sign, sheet = place.partition("#")
            wanted[name] = (file, sheet if sign else None)
        paths = {list_path(name, self.catalog.facts)[0] for name in wanted}
        sheets = getattr(self.source, "sheets", [])
        found: list[str] = []
        if self.path != "-":
            for sheet in sheets:
                named = list_named(sheet, self.catalog.facts)
                if sheet != getattr(self.source, "sheet", "") and named and named not in paths:
                    wanted[named] = (self.path, sheet)
                    found.append(named)
        for name, (file, sheet_name) in wanted.items():
            path, definition = list_path(name, self.catalog.facts)
            if path in (one.path for one in self.items):
                raise InputError("--items", name, text("accepted.once", other=path))
            head = path.partition(".")[0]
            if "." in path and all(list_path(other, self.catalog.facts)[0] != head for other in wanted):
                raise InputError("--items", path, text("batch.items.above", list=head))
            one = Items(path, definition, self.folder)
            try:
                one.open(file, self.options.encoding, sheet_name, self.options.id_column, self.options.ignore_unknown)
            except FileProblem:
                if name in found:  # a sheet with nothing in it
                    continue
                raise
            self.items.append(one)
            if name in found:
                self.summary.notes.append(text("batch.note.sheet", sheet=sheet_name, list=path))
        self.found = found

    def join(self) -> None:
        """Records joined to their projects; projects with records that cannot be used are rejected."""
        self.barred: set[int] = set()
        if not self.items:
            return
        wrong: list[Wrong] = []
        for one in self.items:
            for bad in one.read():
                wrong.append(bad)
        self.items = [one for one in self.items if one.given or one.path not in self.found]
        self.owners()
        for one in self.items:
            one.load(self.con)
            for project, line in one.orphans:
                self.rejects.add(None, one.file, line, project, one.project, project or "", text("batch.items.orphan"))
            if one.orphans:
                self.summary.notes.append(text("batch.note.orphans", file=one.file, count=f"{len(one.orphans):,}"))
        for one in self.items:
            above = next((other for other in self.items if other.path == one.path.partition(".")[0] and one.nested), None)
            if above is not None:
                for row, project, line, value in one.strays(self.con, above):
                    self.barred.add(row)
                    self.rejects.add(row, one.file, line, project, one.record or "", value, text("batch.items.stray", list=above.path))
        rows = self.rows_named({w.project for w in wrong if w.project is not None})
        for bad in wrong:
            if bad.project not in rows:
                continue  # told as belonging to no project
            row = rows[bad.project]
            self.barred.add(row)
            self.rejects.add(row, bad.file, bad.line, bad.project, bad.column, bad.value, bad.reason)

    def owners(self) -> None:
        """The table of project ids (``owners``); of rows with one id, only the first can own records."""
        if self.id_name is None:
            raise FileProblem([text("batch.items.no.id", file=self.source.name)])
        self.con.execute("CREATE TABLE named (_id VARCHAR, _row BIGINT, _line BIGINT)")
        for number in range(len(self.stage.parts)):
            part = self.stage.part(number, ["_id", "_row", "_line"])
            self.con.register("part", part)
            self.con.execute("INSERT INTO named SELECT _id, _row, _line FROM part WHERE _id IS NOT NULL")
            self.con.unregister("part")
        self.con.execute("CREATE TABLE owners AS SELECT _id, min(_row) AS _row, min(_line) AS _line FROM named GROUP BY _id")
        again = self.con.execute(
            "SELECT n._row, n._line, n._id, o._line FROM named n JOIN owners o ON n._id = o._id WHERE n._row <> o._row ORDER BY n._row"
        ).fetchall()
        for row, line, project, first in again:
            self.barred.add(row)
            self.rejects.add(row, None, line, project, self.id_name, project, text("batch.items.twice", line=first))

    def rows_named(self, projects: set[str]) -> dict[str, int]:
        """The rows of some projects."""
        if not projects:
            return {}
        self.con.register("wanted", pa.table({"_id": pa.array(sorted(projects), pa.string())}))
        found = dict(self.con.execute("SELECT o._id, o._row FROM owners o JOIN wanted w ON o._id = w._id").fetchall())
        self.con.unregister("wanted")
        return found

    # ------------------------------------------------------------ computing

    def check_size(self) -> None:
        """That a workbook can hold the result."""
        if self.format != "xlsx":
            return
        rows = self.stage.count * (len(self.slots) if self.options.shape == "long" else 1)
        if rows + 1 > SHEET_ROWS:
            raise FileProblem([text("batch.output.rows", rows=f"{rows:,}", most=f"{SHEET_ROWS:,}")])
        width = len(self.output_schema())
        if width > SHEET_COLUMNS:
            raise FileProblem([text("batch.output.columns", columns=f"{width:,}", most=f"{SHEET_COLUMNS:,}")])

    def chunks(self) -> Iterator[tuple[pa.Table, dict[int, list[Fractional]]]]:
        """The typed rows, chunk by chunk, with the numbers that no column holds by place."""
        for number in range(len(self.stage.parts)):
            chunk = self.stage.part(number)
            self.stage.parts[number].unlink()
            if self.barred:
                rows = pc.is_in(chunk["_row"], pa.array(sorted(self.barred), pa.int64()))
                chunk = chunk.filter(pc.invert(rows))
            if not chunk.num_rows:
                continue
            fractional: dict[int, list[Fractional]] = {}
            for place in pc.indices_nonzero(pc.is_valid(chunk["_odd"])).to_pylist():
                for path, value in json.loads(chunk["_odd"][place].as_py()).items():
                    fractional.setdefault(place, []).append(Fractional(place, path, simple(Fraction(value))))
            yield self.with_items(chunk, fractional), fractional

    def with_items(self, chunk: pa.Table, fractional: dict[int, list[Fractional]]) -> pa.Table:
        """A chunk with the record lists of files of their own."""
        outer = [one for one in self.items if not one.nested]
        if not outer:
            return chunk
        first, last = chunk["_row"][0].as_py(), chunk["_row"][-1].as_py()
        for one in outer:
            inner = [other for other in self.items if other.path.startswith(one.path + ".")]
            lists = self.con.sql(one.joined(inner, first, last)).to_arrow_table()
            self.con.register("chunk_rows", chunk.select(["_row"]))
            self.con.register("chunk_lists", lists)
            joined = self.con.sql(
                "SELECT COALESCE(l.list, []) AS list FROM chunk_rows c LEFT JOIN chunk_lists l USING (_row) ORDER BY c._row"
            ).to_arrow_table()
            self.con.unregister("chunk_rows")
            self.con.unregister("chunk_lists")
            chunk = chunk.append_column(one.path, joined["list"].combine_chunks())
            places = {row: place for place, row in enumerate(chunk["_row"].to_pylist())} if one.stage.count else {}
            for row, path, value in one.fractional(self.con, first, last):
                if row in places:
                    fractional.setdefault(places[row], []).append(Fractional(places[row], path, value))
        return chunk

    def compute(self) -> None:
        """Benefits, limits over rows, totals, output; then both files go to their places."""
        options = self.options
        details = options.shape == "long"
        engine = (Explainer if options.engine == "explainer" else Columns)(self.catalog, self.slots, details)
        over = Enterprises(engine.explainer, self.several()) if options.enterprise_column else None
        totals = {scheme.id: total_columns(scheme, [s for s in self.slots if s.scheme.id == scheme.id]) for scheme in self.schemes}
        sums: Counter[str] = Counter()
        eligible: Counter[str] = Counter()
        done = 0
        with Output(options.output or "-", self.format, self.con, options.stdout) as out:
            out.start(self.output_schema())
            for chunk, fractional in self.chunks():
                results = engine.run(chunk, fractional)
                extra = over.apply(chunk, chunk["_enterprise"].combine_chunks(), results, fractional) if over is not None else {}
                chunk = self.refuse(chunk, results)
                table = self.table(chunk, results, totals, extra, sums, eligible)
                out.write(table)
                self.summary.written += chunk.num_rows
                done += chunk.num_rows
                self.tell("compute", done / max(1, self.stage.count), done)
            out.finish()
            self.finish(engine, over, sums, eligible)
            with self.rejects.output(self.rejects_path(), self.con, self.file) as rejected:
                if rejected is not None:
                    rejected.keep()
                out.keep()

    def several(self) -> frozenset[str]:
        """The enterprises that have more than one row."""
        self.con.execute("CREATE TABLE enterprises (name VARCHAR)")
        for number in range(len(self.stage.parts)):
            part = self.stage.part(number, ["_enterprise"])
            self.con.register("part", part)
            self.con.execute("INSERT INTO enterprises SELECT _enterprise FROM part WHERE _enterprise IS NOT NULL")
            self.con.unregister("part")
        rows = self.con.execute("SELECT name FROM enterprises GROUP BY name HAVING count(*) > 1").fetchall()
        return frozenset(name for (name,) in rows)

    def refuse(self, chunk: pa.Table, results: Results) -> pa.Table:
        """A chunk, and the results, without the rows whose facts contradict one another."""
        if not results.refused:
            return chunk
        for one in results.refused:
            self.reject(chunk, one)
        places = pa.array(sorted({one.place for one in results.refused}), pa.int64())
        keep = pc.invert(pc.is_in(pa.array(range(chunk.num_rows), pa.int64()), places))
        results.columns = {name: column.filter(keep) for name, column in results.columns.items()}
        return chunk.filter(keep)

    def reject(self, chunk: pa.Table, one: Refused) -> None:
        row, line, project = (chunk[name][one.place].as_py() for name in ("_row", "_line", "_id"))
        self.rejects.add(row, None, line, project, self.named(one.path), one.value, one.reason)

    # ------------------------------------------------------------ the result

    def output_schema(self) -> pa.Schema:
        """The columns of the result."""
        if self.options.shape == "long":
            return pa.schema([(name, AMOUNT if name == "amount" else pa.string()) for name in LONG])
        fields = [(name.removeprefix("in "), type_) for name, type_ in self.stage.types.items() if name.startswith("in ")]
        for scheme in self.schemes:
            fields += [(scheme.id, AMOUNT), (f"{scheme.id}.status", pa.string())]
            if self.options.benefits:
                fields.append((f"{scheme.id}.chosen", pa.string()))
                for benefit in scheme.benefits:
                    fields += [(f"{scheme.id}.{benefit.id}", AMOUNT), (f"{scheme.id}.{benefit.id}.status", pa.string())]
        return pa.schema(fields)

    def table(
        self,
        chunk: pa.Table,
        results: Results,
        totals: Mapping[str, tuple[str, str, str]],
        extra: Mapping[str, pa.Array],
        sums: Counter[str],
        eligible: Counter[str],
    ) -> pa.Table:
        """The rows of the result for a chunk; adds to the sums of the summary."""
        data = pa.table({**results.columns, **{f"x {id}": column for id, column in extra.items()}, "_row": chunk["_row"], "_id": chunk["_id"]})
        self.con.register("results", data)
        schemes = []
        for scheme in self.schemes:
            total, status, chosen = totals[scheme.id]
            if scheme.id in extra:
                total = f"({total}) - {quoted('x ' + scheme.id)}"
            schemes += [f"{total} AS {quoted('t ' + scheme.id)}", f"{status} AS {quoted('s ' + scheme.id)}", f"{chosen} AS {quoted('c ' + scheme.id)}"]
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE totals AS SELECT *, {', '.join(schemes)} FROM results")
        counted = ", ".join(
            f"sum({quoted('t ' + s.id)})::HUGEINT, count(*) FILTER ({quoted('s ' + s.id)} = 'eligible')" for s in self.schemes
        )
        found = self.con.execute(f"SELECT {counted} FROM totals").fetchall()[0]
        for place, scheme in enumerate(self.schemes):
            sums[scheme.id] += int(found[2 * place] or 0)
            eligible[scheme.id] += int(found[2 * place + 1])
        table = self.con.sql(self.long_sql() if self.options.shape == "long" else self.wide_sql()).to_arrow_table()
        self.con.unregister("results")
        if self.options.shape == "wide":
            names = [name for name in self.stage.types if name.startswith("in ")]
            columns = [chunk[name] for name in names] + table.columns
            return pa.table(columns, schema=self.output_schema())
        return table.cast(self.output_schema())

    def long_sql(self) -> str:
        entries = [
            f"{{'scheme': '{s.scheme.id}', 'benefit': '{s.benefit.id}', 'status': s{s.number}, 'amount': {_yuan(f'a{s.number}')}, "
            f"'binding': b{s.number}, 'missing': m{s.number}, 'assumed': u{s.number}, 'warnings': w{s.number}}}"
            for s in self.slots
        ]
        if not entries:
            return "SELECT NULL::VARCHAR AS " + ", NULL::VARCHAR AS ".join(LONG) + " LIMIT 0"
        return f"SELECT COALESCE(_id, _row::VARCHAR) AS project, unnest([{', '.join(entries)}], recursive := true) FROM totals"

    def wide_sql(self) -> str:
        parts = []
        for scheme in self.schemes:
            parts += [_yuan(quoted("t " + scheme.id)), quoted("s " + scheme.id)]
            if self.options.benefits:
                parts.append(quoted("c " + scheme.id))
                for slot in self.slots:
                    if slot.scheme.id == scheme.id:
                        parts += [_yuan(f"a{slot.number}"), f"s{slot.number}"]
        return f"SELECT {', '.join(f'{part} AS c{n}' for n, part in enumerate(parts))} FROM totals"

    # ------------------------------------------------------------ the end

    def rejects_path(self) -> str | None:
        """Where the rejects go: where told, else beside the output."""
        if self.options.rejects is not None:
            return self.options.rejects
        if self.options.output in (None, "-"):
            return None
        output = Path(self.options.output)
        beside = output.with_name(f"{output.stem}.rejects.csv")
        return str(beside) if self.rejects.count or beside.exists() else None

    def finish(self, engine: Explainer | Columns, over: Enterprises | None, sums: Counter[str], eligible: Counter[str]) -> None:
        """Fills in the summary."""
        summary = self.summary
        summary.rejected = len(self.rejects.rows)
        summary.rejects = self.rejects_path()
        summary.lines = self.rejects.count
        summary.reasons = self.rejects.first
        summary.schemes = [{"scheme": s.id, "total": fen_text(sums[s.id]), "eligible": eligible[s.id]} for s in self.schemes]
        if over is not None:
            summary.cuts = shown_cuts(over.found, self.slots)
            if self.enterprise_name:
                loose = [f"{s.scheme.id} {s.benefit.id}" for s in self.slots if unheld(s)]
                if loose:
                    summary.notes.append(text("batch.note.unheld", benefits="、".join(loose)))
        for slot in self.slots:
            if engine.evaluations[slot.number]:
                why = engine.reasons.get(slot.number, "" if isinstance(engine, Explainer) else text("batch.engine.rows"))
                summary.fallbacks.append(
                    {"scheme": slot.scheme.id, "benefit": slot.benefit.id, "evaluations": engine.evaluations[slot.number], "reason": why}
                )
        if self.options.as_of is not None:
            for state in ("not-yet", "expired"):
                ids = [s.id for s in self.schemes if validity(s, self.options.as_of) == state]
                if ids:
                    summary.notes.append(text(f"batch.note.{state}", as_of=self.options.as_of, schemes="、".join(ids)))


class _Rejects:
    """What could not be used: kept in order of rows, the bulk on disk."""

    MOST = 50_000

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: set[int] = set()
        self.count = 0
        self.first: list[str] = []
        self._waiting: list[tuple[Any, ...]] = []
        self._parts: list[Path] = []

    def add(self, row: int | None, file: str | None, line: int, project: str | None, column: str, value: str, reason: str) -> None:
        """A value, row or record that cannot be used; ``row`` is the row of the table that is rejected for it, if one is."""
        if row is not None:
            self.rows.add(row)
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(text("batch.reject", line=line, file=f"{file} " if file else "", column=column, value=value, reason=reason))
        self._waiting.append((row if row is not None else 1 << 62, file, line, project, column, value, reason))
        if len(self._waiting) >= self.MOST:
            self._flush()

    def _flush(self) -> None:
        import pyarrow.parquet as pq

        if self._waiting:
            path = self.folder / f"rejects-{len(self._parts):06d}.parquet"
            names = ["row", *REJECTS.names]
            types = [pa.int64(), *REJECTS.types]
            columns = [pa.array(values, type_) for values, type_ in zip(zip(*self._waiting, strict=True), types, strict=True)]
            pq.write_table(pa.table(columns, names=names), path)
            self._parts.append(path)
            self._waiting = []

    def output(self, path: str | None, con: duckdb.DuckDBPyConnection, name: str) -> Any:
        """The file of rejects, finished but not yet in its place (``None`` where there is to be none)."""
        import contextlib

        if path is None:
            return contextlib.nullcontext(None)
        return self._written(path, con, name)

    def _written(self, path: str, con: duckdb.DuckDBPyConnection, name: str) -> Output:
        self._flush()
        out = Output(path, format_of(path, None), con)
        try:
            out.start(REJECTS)
            if self._parts:
                files = ", ".join(f"'{part}'" for part in self._parts)
                con.execute(
                    "CREATE OR REPLACE TABLE rejects AS SELECT * REPLACE (COALESCE(file, $1) AS file) "
                    f"FROM read_parquet([{files}]) ORDER BY row, file IS NOT NULL, line",
                    [name],
                )
                reader = con.sql(f"SELECT {', '.join(map(quoted, REJECTS.names))} FROM rejects").to_arrow_reader(100_000)
                for batch in reader:
                    out.write(pa.Table.from_batches([batch]))
            out.finish()
        except BaseException:
            out.__exit__(None, None, None)
            raise
        return out


def _texts(column: pa.Array) -> pa.Array:
    """A column of keys as text, trimmed; blank ones null."""
    if pa.types.is_floating(column.type) and pc.all(pc.equal(column, pc.floor(column)), min_count=0).as_py():
        column = column.cast(pa.int64())
    said = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(said, ""), None, said)


def _kept(raw: pa.Array) -> pa.Array:
    """An input column as the wide result shows it."""
    if pa.types.is_dictionary(raw.type):
        return raw.cast(raw.type.value_type)
    if pa.types.is_null(raw.type):
        return raw.cast(pa.string())
    return raw


def _yuan(column: str) -> str:
    """SQL of an amount in fen as yuan."""
    return f"CAST(CAST({column} AS DECIMAL(19, 0)) * 0.01::DECIMAL(3, 2) AS DECIMAL(20, 2))"
