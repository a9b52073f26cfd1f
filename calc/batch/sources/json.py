"""Documents (JSON lines, JSON, TOML) → blocks; their values as columns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.sources.block import ROWS, Block, Fault, Source
from calc.batch.sources.text import Decoded
from calc.batch.values import words
from calc.documents import BadDocument, read_json, read_toml
from calc.errors import FileProblem, shown
from calc.facts import field_named
from calc.kinds import require_whole
from calc.messages import text
from calc.questions.fill.project import beside_facts, document_line
from calc.units import is_blank

if TYPE_CHECKING:
    from calc.facts import FactDef


class JsonSource(Source):
    """Projects as documents, one a line (``kind`` jsonl), or one document of one or of an array: facts by name, or
    ``{"id", "name", "facts": {…}}``."""

    headed = False

    def __init__(self, name: str, lines: Decoded, kind: str, definition: Callable[[str], FactDef | None]) -> None:
        super().__init__(name)
        self.kind = kind
        self.document = ""  # the whole of a file that is one project
        self.text = lines
        self.encoded = True
        self.definition = definition

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        records: list[tuple[int, int, dict[str, Any]]] = []
        faults: list[Fault] = []
        for line, content in self._lines():
            if not content.strip():
                self.notes.blank += 1
                continue
            for one in self._parsed(content, line):
                self.row += 1
                if isinstance(one, str):
                    faults.append(Fault(self.row, line, content.strip().split("\n")[0][:60], one))
                else:
                    records.append((self.row, line, one))
            if len(records) >= ROWS or len(faults) >= ROWS:
                self.done = self.text.done
                yield self._block(records, faults)
                records, faults = [], []
        if records or faults:
            yield self._block(records, faults)

    def _block(self, records: list[tuple[int, int, dict[str, Any]]], faults: list[Fault]) -> Block:
        names = dict.fromkeys(name for _, _, one in records for name in one)
        columns = {name: json_column([one.get(name) for _, _, one in records], self.definition(name)) for name in names}
        return Block(columns, pa.array([r for r, _, _ in records], pa.int64()), pa.array([n for _, n, _ in records], pa.int64()), faults)

    def _parsed(self, content: str, line: int) -> Iterator[dict[str, Any] | str]:
        """The projects of a line or file: each its values by name, or what is wrong with it. Raises ``FileProblem`` for a file that is
        one document, and none."""
        if self.text.broken:
            try:
                require_whole(self.name, content, self.text.encoding, line)
            except FileProblem as bad:
                if self.kind != "jsonl":
                    raise
                yield str(bad)
                return
        try:
            found = read_toml(content) if self.kind == "toml" else read_json(content)
        except BadDocument as bad:
            if self.kind != "jsonl":
                raise FileProblem([text(f"cli.{self.kind}", at=bad.at(self.name), problem=bad.problem)]) from None
            yield text("batch.json", column=bad.column, error=bad.problem) if bad.column else bad.problem
            return
        if isinstance(found, dict) and self.kind != "jsonl":
            self.document = content
        for one in found if isinstance(found, list) else [found]:
            yield _values(one)

    def document_kind(self) -> str:
        """TOML or JSON, of a file that is one project."""
        return self.kind.upper() if self.document else ""

    def line_of(self, row: int, column: str) -> int:
        """The line of the document on which a value stands."""
        return document_line(self.document, self.kind, re.split(r"[.\[]", column)[0], column) if self.document else 0

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines; of a file that is one document, all of it."""
        carried = b""
        line = 1
        whole = False
        for place, part in enumerate(self.text.content()):
            data = carried + part
            whole = whole or self.kind != "jsonl" or (place == 0 and data.lstrip()[:1] == b"[")
            if whole:
                carried = data
                continue
            *ready, carried = data.split(b"\n")
            for one in ready:
                yield line, one.decode()
                line += 1
        if carried:
            yield line, carried.decode()


def _values(project: Any) -> dict[str, Any] | str:
    """The values of a project by name, or what is wrong with it."""
    if not isinstance(project, dict):
        return text("batch.json.object")
    for key, value in project.items():
        if isinstance(value, dict | list) and beside_facts(key):
            return text("cli.project.name", key=key, value=shown(value))
    if not isinstance(project.get("facts"), dict):
        return project
    beside = {key: value for key, value in project.items() if key != "facts"}
    twice = [key for key in project["facts"] if key in beside]
    return text("batch.json.twice", name=twice[0]) if twice else {**beside, **project["facts"]}


def json_column(values: Sequence[Any], definition: FactDef | None) -> pa.Array:
    """JSON values as a column: of texts, or for a record list of lists of records; what is none there is a list with a null
    record, to be refused."""
    if definition is not None and definition.type == "set":
        return pa.array([words(value) or json_text(value) for value in values], pa.string())
    if definition is None or definition.type != "list":
        return pa.array([json_text(value) for value in values], pa.string())
    lists = [value if isinstance(value, list) else None if is_blank(value) else [None] for value in values]
    records = [record if isinstance(record, dict) else None for rows in lists for record in rows or ()]
    fields = dict.fromkeys(name for record in records if record for name in record)
    offsets = [0]
    for rows in lists:
        offsets.append(offsets[-1] + len(rows or ()))
    broken = [record is None for record in records]
    inner = {name: definition.fields.get(field_named(name, definition.fields)) for name in fields}
    columns = [json_column([(record or {}).get(name) for record in records], inner[name]) for name in fields]
    named = pa.StructArray.from_arrays(columns, names=list(fields), mask=pa.array(broken, pa.bool_())) if columns else None
    structs = named if named is not None else pa.array(records, pa.struct([]))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs, mask=pa.array([rows is None for rows in lists], pa.bool_()))


def json_text(value: Any) -> str | None:
    """A JSON value as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 100 else str(value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (dict, list)) else str(value)
