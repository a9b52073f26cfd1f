"""The house: every import goes down or stays in its room, no module imports itself in a circle, heavy things load late.

Imports inside functions and those for types alone count like any other. What is wrong is named with the rule it breaks.
"""

from __future__ import annotations

import ast
import symtable
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from calc.language import core
from tests.command import ROOT

FLOORS = (
    ("characters", "places", "stopping"),
    ("messages",),
    ("errors",),
    ("files",),
    ("documents",),
    ("kinds",),
    ("units",),
    ("folder", "twins"),
    ("facts", "rates"),
    ("language",),
    ("engines",),
    ("estimate",),
    ("store",),
    ("texts",),
    ("questions",),
    ("batch",),
    ("report",),
    ("catalog",),
    ("__init__",),
    ("cli", "spark"),
    ("start",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = {"duckdb", "pyarrow", "xlsxwriter", "openpyxl", "python_calamine", "highspy", "matplotlib", "pyspark", "pandas", "numpy", "pypdf", "icalendar"}
LONGEST = 500  # lines; messages are data, a file a room
LIGHT_ROOMS = {room for rooms in FLOORS for room in rooms} - {"batch", "engines", "spark", "texts"}


def modules() -> dict[str, Path]:
    """All modules of ``calc`` by dotted name."""
    found = {}
    for path in sorted((ROOT / "calc").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__") if name != "calc.__init__" else name] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imported(name: str) -> set[str]:
    """The modules of ``calc`` that a module names in any import of its own."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "calc":
            base = "calc.__init__" if node.module == "calc" else node.module
            found |= {f"{node.module}.{one.name}" if f"{node.module}.{one.name}" in MODULES else base for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names if one.name in MODULES}
    return {one for one in found if one in MODULES and one != name}


def room(name: str) -> str:
    """The room a module stands in: the first name below ``calc``."""
    return name.split(".")[1]


def test_every_room_has_its_floor() -> None:
    assert {room(name) for name in MODULES} <= set(FLOOR), "a room without a floor: say in FLOORS where it stands"


def test_every_test_stands_in_the_folder_of_its_room() -> None:
    folders = {path: path.parent.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    lost = [path.name for path, folder in folders.items() if folder != "house" and folder not in FLOOR]
    assert not lost, f"{', '.join(lost)}: a test stands in tests/<room>/, what concerns the whole in tests/house/"


def test_no_two_tests_share_a_file_name() -> None:
    """They would be taken for one another: folders of tests are no packages."""
    names = [file.name for file in (ROOT / "tests").rglob("*.py") if file.name != "__init__.py"]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down_or_stay_in_their_room(name: str) -> None:
    up = [one for one in imported(name) if room(one) != room(name) and FLOOR[room(one)] >= FLOOR[room(name)]]
    assert not up, f"{name} imports {', '.join(up)}: imports go down, from {room(name)} that is up or across"


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) != "messages"])
def test_a_file_has_one_purpose(name: str) -> None:
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{name} has {lines} lines: past {LONGEST} a file has a second purpose, split it there"


def test_no_circles() -> None:
    """Depth first over all imports; a module met again on the way is a circle, told whole."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> None:
        if name in way:
            raise AssertionError("a circle: " + " → ".join([*way[way.index(name) :], name]))
        if name not in done:
            for one in sorted(imported(name)):
                walk(one, [*way, name])
            done.add(name)

    for name in MODULES:
        walk(name, [])


@pytest.mark.parametrize("name", MODULES)
def test_the_terminal_is_known_to_cli_and_report_only(name: str) -> None:
    used = {n.name.partition(".")[0] for node in ast.walk(TREES[name]) if isinstance(node, ast.Import) for n in node.names}
    used |= {(node.module or "").partition(".")[0] for node in ast.walk(TREES[name]) if isinstance(node, ast.ImportFrom)}
    if room(name) not in ("cli", "report"):
        assert not used & {"typer", "rich"}, f"{name} uses {used & {'typer', 'rich'}}: the terminal stays in cli and report"


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in LIGHT_ROOMS])
def test_heavy_libraries_load_where_they_are_needed(name: str) -> None:
    at_the_top = defaultdict(list)
    for node in TREES[name].body:
        if isinstance(node, ast.Import):
            at_the_top[name] += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            at_the_top[name].append(node.module or "")
    heavy = {one.partition(".")[0] for one in at_the_top[name]} & HEAVY
    assert not heavy, f"{name} imports {heavy} at its top: every command would pay for it"


NODES = [kind for kind in vars(core).values() if isinstance(kind, type) and issubclass(kind, core.Node) and kind is not core.Node]
NOT_READ = {"columns": {core.Step}}  # the column engine keeps no steps: it reads what a step holds


@pytest.mark.parametrize("engine", ["explain", "columns", "formulas"])
def test_every_engine_reads_every_node(engine: str) -> None:
    machine = import_module(f"calc.engines.{engine}.machine")
    known = set(machine.READINGS.by_class) | NOT_READ.get(engine, set())
    forgotten = [kind.__name__ for kind in NODES if kind not in known]
    assert not forgotten, f"{engine} has no reading of {', '.join(forgotten)}: write one below @READINGS.of(…), or say in NOT_READ that it has none"


def _within(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """The comprehensions of a function, those within others too."""
    for child in table.get_children():
        if child.get_name() in ("listcomp", "setcomp", "dictcomp"):
            yield child
            yield from _within(child)


def _functions(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _functions(child)


@pytest.mark.parametrize("name", MODULES)
def test_no_two_comprehensions_of_a_function_mean_different_things_by_a_name(name: str) -> None:
    """Python 3.12.0 to 3.12.3 take a name that one binds for a local of the other (gh-118513)."""
    found = []
    for function in _functions(symtable.symtable(MODULES[name].read_text(encoding="utf-8"), name, "exec")):
        parts = list(_within(function))
        bound = {symbol.get_name() for part in parts for symbol in part.get_symbols() if symbol.is_local()}
        found += [f"{name}:{p.get_lineno()} {s.get_name()}" for p in parts for s in p.get_symbols() if s.is_global() and s.get_name() in bound]
    assert not found, f"{', '.join(found)}: bound in another comprehension of the function; give one another name"
