"""What is applied for twice: one project, enterprise or invoice on several rows, and projects that are paid under schemes which
exclude one another.

Values are compared as people mean them: full-width and half-width, capitals and spaces alike. Rows that are rejected count too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.engine import Results, Slot, rows_of
from calc.batch.excluded import Excluded
from calc.batch.header import named_column
from calc.batch.output import Output, format_of
from calc.batch.reading import texts
from calc.engines.statuses import CODE
from calc.estimate.benefit import benefit_name
from calc.messages import listed, text
from calc.questions.fill.heads import KEYS, PROJECT, folded
from calc.units import BLANKS, fen_text, grouped

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from calc.batch.reading import Reading
    from calc.batch.sources.block import Block
    from calc.store.store import Store

KINDS = ("project", "enterprise", "invoice", "schemes")
SCHEMA = pa.schema(
    [("kind", pa.string()), ("value", pa.string()), ("file", pa.string()), ("line", pa.int64()), ("project", pa.string()), ("note", pa.string())]
)
SHOWN = 10  # that the summary names
LINES = 10  # of a group that each of its rows names
ROWS = 20_000  # written at a time
ENTERPRISES = {folded(name) for name in (*KEYS["enterprise"], "单位名称", "申报单位", "企业编号")}
_NOTHING = pa.array([None, *BLANKS, "无"])
_BETWEEN = r"[;；,，、|\s]+"  # what stands between the numbers of several invoices


class Duplicates:
    """Notes all rows as they are read (``add``), then what each is paid (``exclusive``)."""

    def __init__(
        self, store: Store, con: duckdb.DuckDBPyConnection, folder: Path, invoices: Sequence[str], file_of: Callable[[int], str | None]
    ) -> None:
        self.store = store
        self.con = con
        self.folder = folder
        self.invoices = invoices
        self.file_of = file_of
        self.rules = Excluded(store)
        con.execute("CREATE TABLE seen (kind VARCHAR, said VARCHAR, key VARCHAR, _row BIGINT, _line BIGINT, project VARCHAR)")
        con.execute("CREATE TABLE excluded (value VARCHAR, _row BIGINT, _line BIGINT, project VARCHAR, note VARCHAR)")

    def add(self, block: Block, reading: Reading) -> None:
        """The rows of a block."""
        projects = texts(block.columns[reading.id_name]) if reading.id_name in block.columns else pa.nulls(len(block.rows), pa.string())
        for kind, name in self._columns(list(block.columns), reading):
            said = texts(block.columns[name])
            plain = pc.replace_substring_regex(pc.utf8_normalize(said, "NFKC"), r"\s+", "" if kind != "invoice" else " ")
            key = pc.utf8_lower(plain)
            table = pa.table({"said": said, "plain": plain, "key": key, "_row": block.rows, "_line": block.lines, "project": projects})
            self.con.register("seen_now", table.filter(pc.invert(pc.is_in(key, _NOTHING))))
            if kind == "invoice":
                split = f"(SELECT unnest(list_distinct(regexp_split_to_array(plain, '{_BETWEEN}'))) AS one, * FROM seen_now)"
                self.con.execute(f"INSERT INTO seen SELECT 'invoice', one, lower(one), _row, _line, project FROM {split} WHERE one <> ''")
            else:
                self.con.execute(f"INSERT INTO seen SELECT '{kind}', said, key, _row, _line, project FROM seen_now")
            self.con.unregister("seen_now")

    def _columns(self, names: list[str], reading: Reading) -> Iterator[tuple[str, str]]:
        """The columns that are compared, each with its kind."""
        told = {folded(name) for name in (reading.enterprise_column, reading.id_column) if name}
        for name in names:
            if folded(name) in {folded(one) for one in self.invoices}:
                yield "invoice", name
            elif reading.columns[name].fact:
                continue
            elif name == reading.enterprise_name or folded(name) in ENTERPRISES - told:
                yield "enterprise", name
            elif name == reading.id_name or folded(name) in {folded(one) for one in PROJECT} - told:
                yield "project", name

    def require(self, reading: Reading) -> None:
        """That the columns of invoices are there. Raises ``InputError``."""
        for name in self.invoices:
            named_column(list(reading.columns), name, "--invoices")

    def exclusive(self, chunk: pa.Table, results: Results, slots: Sequence[Slot]) -> None:
        """The rows of a chunk that are paid under schemes which exclude one another."""
        paid: dict[int, list[tuple[Slot, int]]] = {}
        for slot in slots:
            amounts = results.columns[f"a{slot.number}"]
            pays = pc.fill_null(pc.and_(pc.equal(results.columns[f"s{slot.number}"], CODE["eligible"]), pc.greater(amounts, 0)), False)
            for row, fen in zip(pc.indices_nonzero(pays).to_pylist(), amounts.filter(pays).to_pylist(), strict=True):
                paid.setdefault(row, []).append((slot, fen))
        several = [row for row, found in sorted(paid.items()) if len({slot.scheme.id for slot, _ in found}) > 1]
        if not several:
            return
        table: list[tuple[str, int, int, str | None, str]] = []
        for row, facts in zip(several, rows_of(chunk, self.store, several, {}, self.rules.unless), strict=True):
            number, line, project = (chunk[name][row].as_py() for name in ("_row", "_line", "_id"))
            most: dict[tuple[str, str], tuple[int, str, tuple[str, ...]]] = {}  # of each two schemes, the two largest benefits
            for one, other, rules in self.rules.pairs([slot for slot, _ in paid[row]], facts):
                pair = (paid[row][one], paid[row][other])
                said = text("word.semicolon").join(f"{benefit_name(slot.scheme, slot.benefit)} {grouped(fen_text(fen))}" for slot, fen in pair)
                names = (pair[0][0].scheme.id, pair[1][0].scheme.id)
                most[names] = max(most.get(names, (0, "", ())), (pair[0][1] + pair[1][1], said, rules), key=lambda two: two[0])
            table += [(said, number, line, project, self.rules.words(rules)) for _, said, rules in most.values()]
        if table:
            self.con.executemany("INSERT INTO excluded VALUES (?, ?, ?, ?, ?)", table)

    def told(self, file: str | None) -> dict[str, Any]:
        """What was found, for the summary: groups by kind, the first of them, and the file that has all."""
        several = "SELECT kind, key FROM seen GROUP BY kind, key HAVING count(DISTINCT _row) > 1"
        counts = dict(self.con.execute(f"SELECT kind, count(*) FROM ({several}) GROUP BY kind").fetchall())
        counts["schemes"] = self.con.execute("SELECT count(DISTINCT _row) FROM excluded").fetchall()[0][0]
        shown = []
        for kind, value, lines in self._groups(SHOWN):
            shown.append(text("batch.said.duplicate", kind=text(f"duplicate.{kind}"), value=value, rows=lines))
        for value, row, line, project, note in self.con.execute(f"SELECT * FROM excluded ORDER BY _row LIMIT {SHOWN - len(shown)}").fetchall():
            rows = self._where(row, line) if project is None else project
            shown.append(text("batch.said.excluded", value=value, rows=rows, note=note))
        return {"groups": {kind: counts.get(kind, 0) for kind in KINDS}, "first": shown, "file": file}

    def _groups(self, most: int) -> Iterator[tuple[str, str, str]]:
        """The first groups of rows that are alike: kind, value, where the rows are."""
        found = self.con.execute(
            "SELECT kind, first(said ORDER BY _row), list(DISTINCT (_row, _line) ORDER BY (_row, _line)) FROM seen GROUP BY kind, key "
            f"HAVING count(DISTINCT _row) > 1 ORDER BY list_position({list(KINDS)}, kind), min(_row) LIMIT {most}"
        ).fetchall()
        for kind, said, rows in found:
            yield kind, said, self._places([(row, line) for row, line in rows])

    def _places(self, rows: Sequence[tuple[int, int]]) -> str:
        return listed((self._where(*one) for one in rows), LINES)

    def _where(self, row: int, line: int) -> str:
        return self.file_of(row) or text("batch.line", line=line)

    def output(self, path: str | None, name: str) -> Any:
        """The list of all, finished but not yet in its place (``None`` where there is to be none); ``name`` is the table's."""
        return contextlib.nullcontext(None) if path is None else self._written(path, name)

    def _written(self, path: str, name: str) -> Output:
        out = Output(path, format_of(path, None), self.con, self.folder, title="duplicates")
        try:
            out.start(SCHEMA)
            for rows in _some(self._rows(name)):
                out.write(pa.Table.from_pylist(rows, SCHEMA))
            out.finish()
        except BaseException:
            out.__exit__(None, None, None)
            raise
        return out

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        """All that is there twice, group by group, then what excludes one another."""
        found = self.con.cursor().execute(
            "SELECT s.kind, g.said, s._row, s._line, s.project, g.rows FROM (SELECT DISTINCT kind, key, _row, _line, project FROM seen) s JOIN ("
            "SELECT kind, key, first(said ORDER BY _row) AS said, min(_row) AS first, count(DISTINCT _row) AS rows FROM seen GROUP BY kind, key "
            f"HAVING count(DISTINCT _row) > 1) g USING (kind, key) ORDER BY list_position({list(KINDS)}, s.kind), g.first, s.key, s._row"
        )
        while some := found.fetchmany(ROWS):
            for kind, said, row, line, project, count in some:
                note = text("duplicate.note", kind=text(f"duplicate.{kind}"), count=f"{count:,}")
                yield {"kind": kind, "value": said, "file": self.file_of(row) or name, "line": line, "project": project, "note": note}
        found = self.con.cursor().execute("SELECT * FROM excluded ORDER BY _row")
        while some := found.fetchmany(ROWS):
            for value, row, line, project, rules in some:
                note = text("duplicate.rules", rules=rules)
                yield {"kind": "schemes", "value": value, "file": self.file_of(row) or name, "line": line, "project": project, "note": note}


def _some(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting: list[dict[str, Any]] = []
    for one in rows:
        waiting.append(one)
        if len(waiting) == ROWS:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
