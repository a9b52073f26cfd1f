"""A folder of applications as one table: filled templates, workbooks, CSV, TOML and JSON, each file one project or several, whatever its name.

A file that cannot be used is one row that is rejected, with all that is wrong in it; what is no application (a scan, an
archive) is passed over and told.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.sources.block import ROWS, Block, Fault, Source
from calc.batch.sources.json import json_column
from calc.batch.values import reason
from calc.characters import visible
from calc.documents import Written
from calc.errors import FileProblem, InputError, shown, system_error
from calc.facts.stated import in_unit
from calc.kinds import BEGINNING, kind_of
from calc.messages import listed, text
from calc.questions.fill.heads import KEYS
from calc.questions.fill.project import read_projects
from calc.questions.fill.sheets import list_named
from calc.units import normal

if TYPE_CHECKING:
    from calc.batch.header import Header
    from calc.facts import Facts

FILE = "file"  # the column that says which file a row is from
READ = (".toml", ".json", ".xlsx", ".csv", ".parquet")  # the usual names; what a file is its content tells
SCANS = (
    ".pdf", ".ofd", ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".zip", ".rar", ".7z", ".mp4", ".mov", ".eml", ".md",
)  # fmt: skip
HIDDEN = (".", "~$", "Thumbs.db", "desktop.ini", "__MACOSX")


class FolderSource(Source):
    """The files of a folder and of those in it, by name. Each row has the column ``file`` and, where it says no other, its file as its id."""

    headed = False

    def __init__(self, folder: str, header: Header, asked: list[str], ignore_unknown: bool) -> None:
        super().__init__(folder)
        self.folder = Path(folder)
        self.header = header
        self.asked = asked
        self.ignore_unknown = ignore_unknown
        self.files = applications(self.folder, header.facts)
        self.notes.scans = [one for one in self.files if Path(one).suffix.lower() in SCANS]
        self.files = [one for one in self.files if one not in set(self.notes.scans)]
        if not self.files:
            raise FileProblem([text("batch.folder.empty", folder=folder, known=listed(READ))])
        self.of_row: list[str] = []
        self.written: dict[int, tuple[Written, dict[str, str]]] = {}  # by row: its facts as they stand in a file, and the name of each column there
        self.own = {key: name for name in asked for key in ("name", "enterprise", "note") if normal(name).casefold() in KEYS[key]}

    def file_of(self, row: int) -> str:
        """The file that a row is from."""
        return self.of_row[row - 1]

    def line_of(self, row: int, column: str) -> int:
        """The line of the file on which a value stands."""
        facts, names = self.written.get(row, (None, {}))
        head = re.split(r"[.\[]", column)[0]
        return facts.line(names.get(head, head), column) if facts is not None else 0

    def blocks(self) -> Iterator[Block]:
        """The rows, some at a time."""
        records: list[tuple[int, dict[str, Any]]] = []
        faults: list[Fault] = []
        for number, file in enumerate(self.files, 1):
            for one in self._projects(file):
                self.row += 1
                self.of_row.append(visible(file))
                if isinstance(one, dict):
                    records.append((self.row, one))
                else:
                    faults.append(Fault(self.row, one.line, one.value, one.reason, one.column))
            if len(records) >= ROWS or len(faults) >= ROWS:
                self.done = number / len(self.files)
                yield self._block(records, faults)
                records, faults = [], []
        if records or faults:
            yield self._block(records, faults)

    def _block(self, records: list[tuple[int, dict[str, Any]]], faults: list[Fault]) -> Block:
        names = dict.fromkeys([FILE, *(name for _, one in records for name in one)])
        columns = {name: json_column([one.get(name) for _, one in records], self.header.definition(name)) for name in names}
        rows = pa.array([row for row, _ in records], pa.int64())
        return Block(columns, rows, pa.array([1] * len(records), pa.int64()), faults)

    def _projects(self, file: str) -> Iterator[dict[str, Any] | Fault]:
        """The projects of a file, each its values by column; or what is wrong with it."""
        try:
            projects = read_projects(self.folder / file, self.header.facts, self.asked, self.ignore_unknown)
        except FileProblem as bad:
            yield Fault(0, 1, "", text("word.semicolon").join(one.replace(str(self.folder / file), file) for one in bad.problems))
            return
        except OSError as bad:
            yield Fault(0, 1, "", text("batch.unreadable", file=file, error=system_error(bad)))
            return
        for number, project in enumerate(projects, 1):
            try:
                yield self._row(visible(file), number if len(projects) > 1 else 0, project, self.row + 1)
            except InputError as bad:
                facts = project["facts"]
                line = facts.line(bad.fact, bad.fact) if isinstance(facts, Written) else 0
                yield Fault(0, line or 1, shown(bad.value), reason(bad), bad.fact) if bad.value else Fault(0, line or 1, "", str(bad))

    def _row(self, file: str, number: int, project: dict[str, Any], row: int) -> dict[str, Any]:
        """The values by column of a project that becomes the ``row``. Raises ``InputError`` for a name that is unknown, or given twice."""
        name = str(project.get("name") or "").strip()
        if name == str(number or 1):  # a table numbers rows that have no name
            name = ""
        found: dict[str, Any] = {FILE: file}
        found[self.own.get("name", "id")] = str(project.get("id") or "").strip() or name or (f"{file}#{number}" if number else file)
        beside = {self.own.get(key, key): value for key, value in project.items() if key not in ("facts", "id", "name")}
        given: dict[str, str] = {}
        unknown = []
        for said, value in [*beside.items(), *project["facts"].items()]:
            column = self.header.column(said)
            if column.unknown:
                unknown.append(said)
                continue
            key = column.fact or column.amount or said
            if key in given:
                raise InputError(said, key, text("accepted.once", other=given[key]))
            given[key] = said
            found[key] = in_unit(value, column.unit)
        if unknown and not self.ignore_unknown:
            raise self.header.unknown(unknown)
        if isinstance(project["facts"], Written):
            self.written[row] = (project["facts"], given)
        return found


def applications(folder: Path, facts: Facts) -> list[str]:
    """The files of a folder and of those in it, by name; not what is hidden, nor the record lists that stand beside a CSV file
    (``form.loans.csv`` beside ``form.csv``)."""
    whole = set(_files(folder))

    def beside(path: Path) -> bool:
        dots = [place for place, sign in enumerate(path.stem) if sign == "."]
        names = [(path.stem[:dot] + path.suffix, path.stem[dot + 1 :]) for dot in dots] + [(path.stem, path.suffix[1:])]
        return any(path.with_name(table) in whole and list_named(list, facts) and _is_csv(path.with_name(table)) for table, list in names)

    return sorted(one.relative_to(folder).as_posix() for one in whole if not beside(one))


def _is_csv(path: Path) -> bool:
    """Whether a file holds separated values."""
    try:
        with open(path, "rb") as content:
            return kind_of(path, content.read(BEGINNING)) == "csv"
    except (FileProblem, OSError):
        return False


def digest(folder: Path) -> str:
    """The SHA-256 of a folder: of the names and contents of its files."""
    whole = hashlib.sha256()
    for path in sorted(_files(folder)):
        with open(path, "rb") as content:
            whole.update(f"{path.relative_to(folder).as_posix()} {hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """What is in a folder and not hidden."""
    return (one for one in folder.rglob("*") if one.is_file() and not any(name.startswith(HIDDEN) for name in one.relative_to(folder).parts))
