"""A table of projects through a catalogue: read → typed rows on disk → benefits, chunk by chunk → output and rejects.

No step holds more than a chunk of rows, so memory does not grow with the table.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from calc import stopping
from calc.batch import audit
from calc.batch.ahead import Behind, ahead
from calc.batch.budget import Budgeted
from calc.batch.claimed import Claimed, read_claimed
from calc.batch.duplicates import Duplicates
from calc.batch.engine import NOTHING, Columns, Explainer, Refused
from calc.batch.enterprise import Enterprises, shown_cuts, unheld
from calc.batch.folder import FILE, FolderSource
from calc.batch.options import Options
from calc.batch.originals import Originals
from calc.batch.output import SHEET_COLUMNS, SHEET_ROWS, Output, format_of
from calc.batch.payment_sheet import PaymentSheet
from calc.batch.payments import Payments, asked_for, check_list
from calc.batch.plausible import Contradictions
from calc.batch.prior import Joined, Prior, open_prior
from calc.batch.reading import Reading, Rejected, amount_column, fractional_in, texts
from calc.batch.records import Records
from calc.batch.rejects import Rejects
from calc.batch.result import Shape, require_wide, without
from calc.batch.sources.again import Again, joining
from calc.batch.sources.block import Notes, Source
from calc.batch.sources.open import open_source
from calc.batch.stage import Stage
from calc.batch.summary import Progress, Summary, names_of, out_of_force
from calc.batch.values import Fractional
from calc.batch.work import in_scratch
from calc.errors import FileProblem, InputError, nearest_names
from calc.estimate.benefit import benefit_name
from calc.facts import today
from calc.files import check_outside, check_place, opened
from calc.messages import listed, text
from calc.questions.fill.sheets import lists_beside
from calc.units import fen_text

if TYPE_CHECKING:
    from calc.store.store import Store

MEMORY = 2 << 30  # bytes the query engine may hold
SMALL = 500  # rows up to which the explainer is done before the queries are made
T = TypeVar("T")
ENGINES = ("auto", "columns", "explainer")


def run(catalog: Store, source: str, options: Options) -> Summary:
    """Runs a batch. Raises ``InputError``, ``FileProblem`` or ``OSError``; then nothing is written."""
    require_wide(options.shape, benefits=options.benefits, plan=options.plan)
    if options.invoices and options.duplicates is None and not Path(source).is_dir():
        raise InputError("--invoices", listed(options.invoices), "--duplicates", message="batch.invoices.only")
    if options.payments is None:
        for option, value in (("--by", options.by), ("--carry", listed(options.carry))):
            if value:
                raise InputError(option, value, "--list", message="payments.only")
    if options.plan and options.enterprise_column:
        raise InputError("--plan", options.enterprise_column, "subsidy plan P1 P2 …", message="batch.plan.enterprise")
    prior = None
    if options.only_rejects:
        prior, options = open_prior(catalog, options)
    return in_scratch(lambda folder: Run(catalog, source, options, folder, prior).run())


class Run:
    """One table: ``read``, its records joined, then ``chunks`` of typed rows; what is made of them is for ``lay_out`` and ``compute``."""

    again = False  # whether the rows are gone through more than once

    def __init__(self, catalog: Store, source: str, options: Options, folder: Path, prior: Prior | None = None) -> None:
        """``folder`` is for what is there while this runs; ``prior`` the result that the rows are joined to."""
        if options.engine not in ENGINES:
            raise InputError("--engine", options.engine, listed(ENGINES), nearest_names(options.engine, ENGINES))
        self.prior = prior
        self.catalog = catalog
        self.path = source
        self.options = options
        self.folder = folder
        self.folder_given = source != "-" and Path(source).is_dir()
        if self.folder_given:
            options.asked = [*options.asked, FILE]
        self.begun = time.monotonic()
        self.ids = catalog.find_all(options.schemes) or catalog.in_force_ids(options.as_of or today())
        if not options.schemes:
            catalog.schemes()
        self.schemes = [catalog.scheme(id) for id in self.ids]
        self.claims = read_claimed(catalog, self.ids, options.claimed)
        self.summary = Summary(output=options.output, names=names_of(self.schemes, options.as_of or today()))
        self.progress = Progress() if options.progress else None
        self.con = duckdb.connect(str(folder / "work.duckdb"))
        self.con.execute(f"SET memory_limit = '{MEMORY}B'; SET temp_directory = '{folder / 'spill'}'; SET enable_progress_bar = false")
        self.rejects = Rejects(folder, catalog.facts)
        self.format = format_of(options.output or "-", options.output_format)
        if options.duplicates is not None:
            format_of(options.duplicates, None)
        if options.payments is not None:
            check_list(options.payments)
        self.records = Records(catalog.facts, options, self.con, folder, self.rejects, self.summary.notes)
        self.loans = Contradictions(catalog.facts)
        self.joined: set[int] = set()  # the rows that a prior result has now
        self.refused: set[str] = set()  # the projects of rows that cannot be read
        self.duplicates: Duplicates | None = None

    def run(self) -> Summary:
        """All steps in their order."""
        try:
            self.check_places()
            self.read()
            self.barred = self.records.join(self.reading, self.stage, self.source.name, self.refused, apart=self.prior is not None)
            self.summary.orphans = self.records.orphans
            if self.prior is not None and self.prior.doubt:
                self.reject(Rejected(None, str(self.prior.path), 0, None, "", "", self.prior.doubt))
            self.lay_out()
            self.compute()
        finally:
            self.con.close()
        if self.progress is not None:
            self.progress.end()
        self.summary.seconds = time.monotonic() - self.begun
        return self.summary

    def asked(self) -> list[str]:
        """The columns that options name."""
        taken = asked_for(self.options.by, self.options.carry) if self.options.payments else []
        return [*self.options.asked, *self.claims.values(), *self.options.invoices, *taken]

    def keeps(self) -> bool:
        """Whether the columns of the input are kept as they are given."""
        return self.options.shape == "wide" or self.options.payments is not None or bool(self.options.budget and self.options.budget.rank)

    def tell(self, phase: str, done: float, rows: int) -> None:
        """Tells how far a phase is; stops here, if told to."""
        stopping.check()
        if self.progress is not None:
            self.progress.show(phase, done, rows)

    def check_places(self) -> None:
        """That the outputs can be written where they are wanted, and over none of the inputs."""
        inputs = [self.path, str(self.catalog.folder), *map(str, lists_beside(Path(self.path), self.catalog.facts))]
        inputs += [file.partition("#")[0] for file in self.options.items.values()] + ([self.prior.source] if self.prior is not None else [])
        files = audit.written(self.options).values()
        for place in (*files, *map(str, map(audit.beside, files)), self.options.rejects or self.rejects_beside()):
            if place is None or place == "-":
                continue
            check_place(place, inputs)
            if self.folder_given:
                check_outside(place, self.path)
            inputs.append(place)

    # ------------------------------------------------------------ reading

    def opened(self) -> Source:
        """The table, from its beginning; what can be read only once is kept first. Raises ``FileProblem``, ``InputError``, ``OSError``."""
        options, header = self.options, self.reading.header
        if self.folder_given:
            if options.sheet is not None:
                raise FileProblem([text("batch.sheet.none", file=self.path)])
            if options.input_format is not None:
                raise FileProblem([text("batch.folder.format.option", folder=self.path)])
            return FolderSource(self.path, header, self.asked(), options.ignore_unknown)
        copy = self.folder / "input"
        if not copy.exists() and (self.path == "-" or not Path(self.path).is_file()):
            with opened(self.path) if self.path != "-" else contextlib.nullcontext(options.stdin or sys.stdin.buffer) as once, open(copy, "wb") as out:
                shutil.copyfileobj(once, out, 1 << 20)
        content = open(copy, "rb") if copy.exists() else None  # noqa: SIM115 - read block by block
        source = open_source(self.path, header.knows, options.input_format, options.encoding, options.sheet, content, header.definition)
        if self.prior is not None:
            source = joining(source, self.prior.left)
        if isinstance(source, Again):
            header.asked.add(FILE)  # of a folder's rejects
        return source

    def read(self) -> None:
        """The table, typed, in parts on disk; rows that cannot be used among the rejects."""
        options = self.options
        reading = self.reading = Reading(
            self.catalog,
            self.schemes,
            id_column=options.id_column,
            enterprise_column=options.enterprise_column,
            ignore_unknown=options.ignore_unknown,
            keep=self.keeps(),
            asked=self.asked(),
            amounts=[*self.claims.values(), *options.amounts],
        )
        self.source = self.opened()
        self.file = self.source.name if self.path == "-" else Path(self.path).name
        self.stage = Stage(self.folder, "rows")
        if options.duplicates is not None or self.folder_given:
            self.duplicates = Duplicates(self.catalog, self.con, self.folder, options.invoices, self.source.file_of)
        self.records.open(self.source, self.path)
        if options.encoding is not None and not any(one.encoded for one in (self.source, *self.records.sources())):
            raise FileProblem([text("batch.encoding.none", file=self.source.name)])
        reading.headed = self.source.headed
        if reading.headed:
            try:
                self.source.use(reading.match(self.source.names, self.source.types, self.source.stated, self.source.titles))
            except InputError as bad:
                raise bad.at(self.source.place()) from None
        for block in ahead(self.source.blocks()):
            reading.meet(block, self.source.place)
            rows, rejected = reading.typed(block)
            if self.duplicates is not None:
                self.duplicates.add(block, reading)
            for one in rejected:
                self.reject(one)
            self.stage.add(rows)
            self.tell("read", self.source.done, self.source.row)
        if not reading.columns:  # no row could be read
            raise FileProblem(self.rejects.first or [text("batch.empty", file=self.source.name)])
        if len(self.rejects.rows) == self.source.row and not reading.headed and set(self.asked()) - set(reading.columns):
            raise FileProblem(self.rejects.first)  # why no row has the columns asked for
        reading.require_keys()
        if self.duplicates is not None:
            self.duplicates.require(reading)
        for item in self.records.items:
            if item.path in reading.places:
                raise InputError("--items", item.path, text("accepted.once", other=reading.places[item.path]))
        self.stage.flush()
        if isinstance(self.source, Again) and not self.source.ascending:
            self.stage.sort("_row")
        self.summary.rows = self.source.row
        used = [(one.name, self.catalog.facts[one.fact], one.unit) for one in reading.columns.values() if one.fact in self.catalog.facts.by_id]
        wrong = self.source.aside.contradicted(self.source.name, used)
        if wrong:
            raise FileProblem(wrong)
        self.note(self.source.notes)

    def reject(self, one: Rejected) -> None:
        """Notes something that cannot be used, with the file it is from."""
        if one.project is not None:
            self.refused.add(one.project)
        if one.file is None and one.row is not None:
            one = one._replace(file=self.source.file_of(one.row), line=self.source.line_of(one.row, one.column) or one.line)
        self.rejects.add(one)

    def note(self, notes: Notes) -> None:
        """Tells what was passed over while reading."""
        said = self.summary.notes
        if notes.titles:
            said.append(text("batch.note.titles", count=notes.titles, line=self.source.header_line))
        stated = [text("batch.note.unit", column=one.name, unit=one.unit) for one in self.reading.columns.values() if one.stated]
        if stated:
            said.append(text("batch.note.units", columns=listed(stated)))
        if notes.blank:
            said.append(text("batch.note.blank", count=f"{notes.blank:,}"))
        remarks = notes.remarks + len(self.source.aside.lines["remark"])
        if remarks:
            said.append(text("batch.note.remarks", count=f"{remarks:,}"))
        said += self.source.aside.told()
        said += self.reading.plausible.told(self.source.where)
        if notes.scans:
            said.append(text("batch.note.scans", count=f"{len(notes.scans):,}", files=listed(notes.scans, 10)))
        if notes.short:
            lines = listed(notes.short_lines) + ("…" if notes.short > len(notes.short_lines) else "")
            said.append(text("batch.note.short", count=f"{notes.short:,}", lines=lines))
        if self.reading.ignored:
            said.append(text("batch.note.ignored", columns=listed(self.reading.ignored)))

    # ------------------------------------------------------------ computing

    def lay_out(self) -> None:
        """The shape of the result. Raises ``FileProblem`` where a workbook cannot hold it."""
        reading = self.reading
        inputs = {name: self.stage.types.known.get("in " + name, type_) for name, type_ in reading.inputs.items()}
        options = self.options
        if options.budget is not None and options.budget.rank is not None:
            reading.name_of(options.budget.rank, "--rank")
        self.shape = Shape(self.catalog, self.schemes, options.shape, options.benefits, options.plan, inputs, reading.echoed, options.as_of)
        if self.format != "xlsx":
            return
        rows = self.stage.count * (len(self.shape.slots) if self.shape.long else 1)
        if rows + 1 > SHEET_ROWS:
            raise FileProblem([text("batch.output.rows", rows=f"{rows:,}", most=f"{SHEET_ROWS:,}")])
        width = len(self.shape.schema)
        if width > SHEET_COLUMNS:
            raise FileProblem([text("batch.output.columns", columns=f"{width:,}", most=f"{SHEET_COLUMNS:,}")])

    def chunks(self) -> Iterator[tuple[pa.Table, dict[int, list[Fractional]]]]:
        """The typed rows, chunk by chunk, with the numbers that no column holds by place."""
        for number in range(len(self.stage.parts)):
            chunk = self.stage.part(number)
            if not self.again:
                self.stage.drop(number)
            if self.barred:
                rows = pc.is_in(chunk["_row"], pa.array(sorted(self.barred), pa.int64()))
                chunk = chunk.filter(pc.invert(rows))
            if not chunk.num_rows:
                continue
            fractional = fractional_in(chunk)
            chunk = self.records.joined(chunk, fractional)
            self.summary.notes += self.loans.told(chunk, self.source.where)
            yield chunk, fractional

    def compute(self) -> None:
        """Benefits, limits over rows, totals, output; then both files go to their places."""
        options, shape = self.options, self.shape
        by_row = options.engine == "explainer" or (options.engine == "auto" and self.stage.count <= SMALL)
        engine = (Explainer if by_row else Columns)(self.catalog, shape.slots, shape.long)
        over = Enterprises(engine.explainer, self.several()) if options.enterprise_column else None
        with Output(options.output or "-", self.format, self.con, self.folder, options.stdout) as out, Behind() as writer:
            sink = Budgeted(out, options.budget, shape, self.folder) if options.budget is not None else None
            joined = Joined(out, self.prior, len(shape.slots) if shape.long else 1) if self.prior is not None else None
            claims = {id: self.amount_of(name, "--claimed") for id, name in self.claims.items()}
            claimed = Claimed(self.catalog, claims, options.as_of or today()) if claims else None
            gathered = Payments(self.catalog, shape.slots, self.reading, options.by, options.carry) if options.payments is not None else None
            (sink or joined or out).start(claimed.schema(shape.schema) if claimed is not None else shape.schema)
            asked = shape.asked if over is None else NOTHING
            for chunk, fractional in self.chunks():
                results = engine.run(chunk, fractional, asked)
                self.refuse(chunk, results.refused)
                kept, odd = without(chunk, results, fractional)
                beyond: dict[str, pa.Array] = {}
                if over is not None:
                    beyond = over.apply(kept, kept["_enterprise"].combine_chunks(), results, odd)
                table = shape.table(kept, results, beyond, self.computed)
                if self.duplicates is not None:
                    self.duplicates.exclusive(kept, results, shape.slots)
                if gathered is not None:
                    gathered.add(kept, results, odd, shape.counted(kept, results), beyond, self.column_of)
                if claimed is not None:
                    table = claimed.add(table, kept, odd)
                if sink is not None:
                    sink.add(kept, table, self.ranks(kept))
                elif joined is not None:
                    writer.do(partial(joined.add, kept["_row"].to_pylist(), table))
                else:
                    writer.do(partial(out.write, table))
                if self.prior is not None:
                    self.joined.update(kept["_row"].to_pylist())
                self.summary.written += kept.num_rows
                self.computed(0)
            writer.wait()
            if sink is not None:
                self.summary.budget = sink.finish()
                if gathered is not None:
                    gathered.pay(sink.paid, sink.schemes)
            if joined is not None:
                joined.finish()
            out.finish()
            self.summary.claimed = claimed.told() if claimed is not None else []
            self.finish(engine, over)
            with contextlib.ExitStack() as stack:
                beside = [stack.enter_context(self.rejects_output())]
                if self.duplicates is not None:
                    self.summary.duplicates = self.duplicates.told(options.duplicates)
                    beside.append(stack.enter_context(self.duplicates.output(options.duplicates, self.file)))
                if gathered is not None:
                    assert options.payments is not None
                    as_of = options.as_of or today()
                    beside.append(stack.enter_context(PaymentSheet(options.payments, gathered, as_of, self.sources(), self.folder)))
                    self.summary.payments = gathered.told(options.payments)
                if options.output and options.output != "-":
                    stack.enter_context(stopping.whole())
                for one in beside:
                    if one is not None:
                        one.keep()
                out.keep()
                told = self.prior.told if self.prior is not None else None
                traces = audit.keep_batch(self.catalog, self.path, self.ids, options, self.summary, self.records.found, self.left(), told)
                self.summary.audit = next(iter(traces), None)

    def amount_of(self, asked: str, option: str) -> str:
        """The typed column of an amount that an option asks for. Raises ``InputError`` where it is none."""
        if asked in self.reading.amounts:
            return amount_column(asked)
        fact = self.reading.columns[self.reading.name_of(asked, option)].fact
        if not fact or self.catalog.facts[fact].type != "money":
            raise InputError(option, asked, text("batch.amount"))
        return fact

    def refuse(self, chunk: pa.Table, refused: Iterable[Refused]) -> None:
        """Rows of a chunk whose facts contradict one another, among the rejects."""
        for one in sorted(refused):
            row, line, project = (chunk[name][one.place].as_py() for name in ("_row", "_line", "_id"))
            self.reject(Rejected(row, None, line, project, self.reading.named(one.path), one.value, one.reason))

    def sources(self) -> list[tuple[str, str]]:
        """What a result rests on, as a list tells it."""
        told = audit.sources(self.catalog, self.path, self.ids, self.options, self.options.payments or ".")
        found = [(text("payments.source.program"), told["program"]), (text("payments.source.as_of"), told["as_of"] or "")]
        for one in (told["input"], *told["items"].values()):
            found.append((text("payments.source.input"), f"{one['file']}  SHA-256 {one['sha256'] or '—'}"))
        found.append((text("payments.source.lpr"), told["lpr"]["verified"]))
        if self.options.budget is not None:
            found.append((text("payments.source.budget"), self.options.budget.said()))
        return found + [(text("payments.source.scheme", id=one["id"]), f"{one['document'] or ''}  SHA-256 {one['sha256']}") for one in told["schemes"]]

    def column_of(self, chunk: pa.Table, asked: str) -> pa.Array:
        """A column of the input, as texts, for the rows of a chunk."""
        name = self.reading.name_of(asked)
        column = chunk["in " + name] if "in " + name in chunk.column_names else chunk[self.reading.echoed[name]]
        return texts(column.combine_chunks())

    def ranks(self, chunk: pa.Table) -> pa.Array | None:
        """What ranks the rows of a chunk, where a budget asks for it: the values of a fact, or a column as it is."""
        budget = self.options.budget
        if budget is None or budget.rank is None:
            return None
        fact = self.reading.columns[self.reading.name_of(budget.rank)].fact
        return chunk[fact].combine_chunks() if fact else self.column_of(chunk, budget.rank)

    def computed(self, more: int) -> None:
        """Tells that ``more`` rows than those written are computed."""
        rows = self.summary.written + more
        self.tell("compute", rows / max(1, self.stage.count), rows)

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

    # ------------------------------------------------------------ the end

    def rejects_output(self) -> Any:
        """The file of rejects, finished but not yet in its place (``None`` where there is to be none)."""
        path = self.rejects_path()
        originals = Originals(self.con, self.reading, self.options.ignore_unknown)
        if path is not None and self.rejects.rows:
            originals.read(self.opened(), self.rejects.rows)
        return self.rejects.output(path, self.con, self.file, originals)

    def rejects_path(self) -> str | None:
        """Where the rejects go: where told, else beside the output."""
        if self.options.rejects is not None:
            return self.options.rejects
        beside = self.rejects_beside()
        return beside if beside is not None and (self.rejects.count or Path(beside).exists()) else None

    def rejects_beside(self) -> str | None:
        """Where rejects go that no place is told for."""
        if not self.options.output or self.options.output == "-":
            return None
        output = Path(self.options.output)
        numbers = [""] if self.prior is None else map(".{}".format, itertools.count(2))  # what is not mended yet stays as it is
        places = (output.with_name(f"{output.stem}.rejects{number}.csv") for number in numbers)
        return str(next(place for place in places if self.prior is None or not place.exists()))

    def left(self) -> set[int]:
        """The rows of the table that the result lacks."""
        return self.rejects.rows if self.prior is None else self.prior.left - self.joined

    def finish(self, engine: Explainer | Columns, over: Enterprises | None) -> None:
        """Fills in the summary."""
        summary = self.summary
        summary.rejected = len(self.rejects.rows)
        summary.rejects = self.rejects_path()
        summary.lines = self.rejects.count
        summary.reasons = self.rejects.first
        summary.schemes = [{"scheme": s.id, "total": fen_text(self.shape.sums[s.id]), "eligible": self.shape.eligible[s.id]} for s in self.schemes]
        if self.shape.best is not None:
            summary.best_total = fen_text(self.shape.best.total)
            if self.shape.best.unproved:
                summary.notes.append(text("batch.note.unproved", count=f"{self.shape.best.unproved:,}"))
        if self.prior is not None:
            self.prior.add_to(summary, self.left(), self.source.known if isinstance(self.source, Again) else 0)
        if over is not None:
            summary.cuts = shown_cuts(over.found, self.shape.slots)
            loose = [benefit_name(s.scheme, s.benefit) for s in self.shape.slots if unheld(s)]
            if loose:
                summary.notes.append(text("batch.note.unheld", benefits=listed(loose)))
        if isinstance(engine, Columns):
            for slot in self.shape.slots:
                if engine.evaluations[slot.number]:
                    why = engine.reasons.get(slot.number, text("batch.engine.rows"))
                    summary.fallbacks.append(
                        {"scheme": slot.scheme.id, "benefit": slot.benefit.id, "evaluations": engine.evaluations[slot.number], "reason": why}
                    )
        else:
            summary.notes.append(text("batch.note.explainer"))
        summary.notes += out_of_force(self.schemes, self.options.as_of or today())
