"""A workbook an auditor can follow: inputs, every step as a live formula, totals and limits of groups, sources.

Change an input in the workbook and base, limit, schedule and total follow, without the program.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc import stopping
from calc.files import write_whole
from calc.language.core import LOAN_EXTRAS
from calc.language.names import short
from calc.messages import text
from calc.report.xlsx.book import Book
from calc.report.xlsx.inputs import write_inputs, write_result
from calc.report.xlsx.layout import Layout, SchemeCells
from calc.report.xlsx.lists import ListSheet
from calc.report.xlsx.sheet import Sheet
from calc.report.xlsx.sources import write_sources
from calc.report.xlsx.steps import write_steps
from calc.report.xlsx.summary import write_summary

if TYPE_CHECKING:
    from xlsxwriter import Workbook

    from calc.estimate.results import SchemeResult
    from calc.facts import FactDef
    from calc.store.store import Store



def write_estimate(
    path: Path | str, catalog: Store, project: Mapping[str, Any], results: Sequence[SchemeResult], values: Mapping[str, Any],
    quotes: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:  # fmt: skip
    """The workbook of an estimate, whole or not at all.

    ``project`` has a ``name`` or not; ``results`` are the schemes estimated; ``values`` the project's plain facts, as
    ``catalog.read`` gives them; ``quotes`` what the user's texts say, by scheme and benefit. Raises ``OSError``.
    """
    save(path, lambda file: lay_out(file, catalog, project, results, values, quotes))


def save(path: Path | str, fill: Callable[[Workbook], Any]) -> None:
    """A workbook that ``fill`` lays out, put in its place only when it is complete. Raises ``OSError``."""
    from xlsxwriter import Workbook

    kept = io.BytesIO()
    file = Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    file.set_properties({"title": text("xlsx.title")})
    fill(file)
    file.close()
    with stopping.whole():  # who is told that it was stopped finds the old file
        write_whole(Path(path), kept.getvalue())


def lay_out(
    file: Workbook, catalog: Store, project: Mapping[str, Any], results: Sequence[SchemeResult], values: Mapping[str, Any],
    quotes: Mapping[str, Mapping[str, Any]] | None = None, front: str = "", said: Collection[str] = (),
) -> Layout:  # fmt: skip
    """All sheets of an estimate in ``file``, behind an empty one called ``front``, if told; warnings ``said`` elsewhere are not repeated."""
    schemes = [catalog.scheme(r.id) for r in results]
    book = Book(file, catalog.facts, catalog.lpr, values)
    first = Sheet(book, front) if front else None
    inputs, summary = Sheet(book, text("xlsx.sheet.inputs")), Sheet(book, text("xlsx.sheet.summary"))
    used = dict.fromkeys(name for s in schemes for name in s.facts)
    for name in used:
        id = name.partition(".")[0]
        definition = catalog.facts[id]
        if definition.type == "list" and id not in book.lists:
            given = values.get(id)
            book.lists[id] = ListSheet(book, definition, given, fields_used(definition, used, given or ()))
    write_inputs(book, inputs, project, schemes, [n for n in used if "." not in n])
    cells = []
    for scheme, result in zip(schemes, results, strict=True):
        head = short(scheme.id)
        name = text("xlsx.sheet.steps") if len(schemes) == 1 else text("xlsx.sheet.steps.of", scheme=head)
        cells.append(SchemeCells(scheme, result, Sheet(book, name)))
    layout = Layout(book, inputs, summary, cells, [check for one in book.lists.values() for check in one.room], front=first)
    notes = Sheet(book, text("xlsx.sheet.sources"))
    for one in cells:
        write_steps(layout, one)
    write_summary(layout, project)
    write_result(layout)
    write_sources(notes, catalog, cells, quotes or {}, said)
    for sheet in book.sheets:
        sheet.fit()
    layout.inputs.page.activate()
    return layout


def fields_used(definition: FactDef, used: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The fields of a record list to show: those the schemes read, those given; of a loan also what interest may turn on."""
    asked = {name.partition(".")[2] for name in used if name.startswith(definition.id + ".")}
    asked.update(name for row in rows for name in row)
    if "start" in asked:
        asked.update(LOAN_EXTRAS)
    return [name for name in definition.fields if name in asked] or list(definition.fields)
