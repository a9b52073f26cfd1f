"""``subsidy doctor``: whether everything that the program uses is there, and which."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from calc.messages import language, text

FORMATS = ("table", "json")
# package → what needs it
PACKAGES = {
    "duckdb": "batch",
    "pyarrow": "batch",
    "python-calamine": "batch",
    "xlsxwriter": "office",
    "openpyxl": "office",
    "highspy": "plan",
    "matplotlib": "chart",
    "pyspark": "spark",
}
TOOLS = {"libreoffice": ("soffice", "libreoffice"), "chromium": ("chromium", "chromium-browser", "google-chrome"), "java": ("java",)}
STALE = 45  # days after which an LPR table is old: rates are published every month
MARKS = {"ok": "✓", "absent": "–", "wrong": "✗"}


class Row(NamedTuple):
    """One finding: what was looked at, how it stands (``ok``, ``absent``, ``wrong``), what was found."""

    what: str
    state: str
    found: str


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("doctor.help"))
    def doctor(
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        format: str = typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help")),
    ) -> None:
        from calc.cli.common import DONE, PROBLEMS, dump, emit, require_format, screen
        from calc.report.screen import wrap

        form = require_format(format, FORMATS, output)
        rows = [*program(), *data(schemes, lpr), *cache(schemes), *surroundings()]
        if form == "json":
            emit(dump([row._asdict() for row in rows]), output)
        else:
            width = screen(output)[0]
            lines = []
            for row in rows:
                said = text("doctor.row", what=row.what, found=row.found)
                room = max(width - 2, *map(len, re.findall("[!-~]+", said)))  # the name of a file is not cut
                lines.append(f"{MARKS[row.state]} " + wrap(said, room).replace("\n", "\n  "))
            emit("\n".join(lines), output)
        raise typer.Exit(PROBLEMS if any(row.state == "wrong" for row in rows) else DONE)


def program() -> Iterator[Row]:
    """The program and what runs it."""
    from calc import __version__

    yield Row(text("doctor.program"), "ok", text("doctor.with", one=f"subsidy-calc {__version__}", other=Path(__file__).parents[1]))
    yield Row("Python", "ok", text("doctor.with", one=platform.python_version(), other=sys.executable))
    yield Row(text("doctor.system"), "ok", f"{platform.system()} {platform.release()} {platform.machine()}")
    encoding = sys.stdout.encoding or ""
    yield Row(text("doctor.language"), "ok", text("doctor.language.found", language=language(), encoding=encoding))


def data(schemes: Path | None, lpr: Path | None) -> Iterator[Row]:
    """Where the schemes come from, whether they can be used, and how old the LPR table is."""
    from calc.catalog import load_catalog
    from calc.errors import SchemeError, SchemeErrors
    from calc.facts import today
    from calc.rates.lpr import load_lpr
    from calc.store.store import scheme_folder

    try:
        folder = scheme_folder(schemes)
        catalog = load_catalog(folder)
        count = len(catalog.schemes())
        for bad in catalog.damaged.values():
            raise bad
        where = text("doctor.own") if schemes is not None else text("doctor.shipped")
        name = text("doctor.schemes.name", name=catalog.about.title) if catalog.about.title else ""
        found = text("doctor.schemes.found", name=name, folder=folder, where=where, schemes=count, facts=len(catalog.facts.by_id))
        yield Row(text("doctor.schemes"), "ok", found)
    except (SchemeError, SchemeErrors) as bad:
        yield Row(text("doctor.schemes"), "wrong", text("doctor.schemes.wrong", problem=str(bad).partition("\n")[0]))
    try:
        table = load_lpr(lpr)
    except (SchemeError, SchemeErrors) as bad:
        yield Row("LPR", "wrong", str(bad).partition("\n")[0])
        return
    age = (today() - table.verified).days
    found = text("doctor.lpr", first=table.days[0], verified=table.verified, file=lpr or text("doctor.shipped"))
    yield Row("LPR", "ok" if age <= STALE else "absent", found + (text("doctor.lpr.old", days=age) if age > STALE else ""))


def cache(schemes: Path | None) -> Iterator[Row]:
    """Whether lowered schemes are kept between runs."""
    from calc.errors import SchemeError
    from calc.store.cache import Cache, folder
    from calc.store.store import scheme_folder

    if folder() is None:
        yield Row(text("doctor.cache"), "absent", text("doctor.cache.off"))
        return
    try:
        kept = Cache(scheme_folder(schemes))
    except SchemeError:
        return
    if kept.file is not None and kept.file.is_file():
        size = kept.file.stat().st_size
        yield Row(text("doctor.cache"), "ok", text("doctor.cache.found", file=kept.file, entries=len(kept.entries), size=f"{size // 1024:,}"))
    else:
        yield Row(text("doctor.cache"), "absent", text("doctor.cache.none", file=kept.file))


def surroundings() -> Iterator[Row]:
    """The packages that come with the program, the one that does not, and the programs and fonts of the machine."""
    from importlib.metadata import PackageNotFoundError, version

    for package, use in PACKAGES.items():
        try:
            yield Row(package, "ok", text("doctor.with", one=version(package), other=text(f"doctor.use.{use}")))
        except PackageNotFoundError:
            if use == "spark":
                yield Row(package, "absent", text("doctor.package.spark"))
            else:
                yield Row(package, "wrong", text("doctor.package", use=text(f"doctor.use.{use}")))
    for tool, names in TOOLS.items():
        place = next((found for found in map(shutil.which, names) if found), None)
        yield Row(text(f"doctor.{tool}"), "ok" if place else "absent", place or text("doctor.tool", use=text(f"doctor.{tool}.use")))
    yield from fonts()


def fonts() -> Iterator[Row]:
    """The font in which charts are drawn; nothing where there are no charts."""
    from calc.report.chart import chinese_font

    try:
        font = chinese_font()
    except ModuleNotFoundError:
        return
    yield Row(text("doctor.fonts"), "ok" if font else "absent", font or text("doctor.fonts.none"))
