"""What commands share: reading a project, choosing schemes, writing results, turning errors into messages and exit codes."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc import stopping
from calc.characters import visible
from calc.documents import Written
from calc.errors import FileProblem, InputError, SchemeError, SchemeErrors, nearest_names, system_error, together
from calc.facts import field_headed, require_field
from calc.facts.stated import in_unit
from calc.files import write_whole
from calc.messages import listed, text
from calc.report.screen import screen

if TYPE_CHECKING:
    from calc.catalog import Catalog
    from calc.facts import Facts

DONE, PROBLEMS, WRONG, INTERRUPTED = 0, 1, 2, 130
FORMATS = ("table", "json", "csv", "markdown")
_SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown", ".html": "html", ".xlsx": "xlsx", ".ics": "ics"}
_ELSEWHERE = (".pdf", ".doc", ".docx", ".xls", ".xlsm", ".ods", ".parquet", ".jsonl", ".png", ".svg")  # what no text or workbook is named
# errors of the argument parser; typer may bring its own copy of click, so they are known by what BadParameter is
_ParserError: Any = typer.BadParameter.__mro__[2]


class Refusal(Exception):
    """Wrong usage or input, in the user's words; exit code 2 unless told otherwise."""

    def __init__(self, message: str, code: int = WRONG) -> None:
        super().__init__(message)
        self.code = code


def guarded(work: Callable[[], int]) -> int:
    """The exit code of ``work``; every error becomes a message on standard error, never a traceback."""
    _speak_utf8()
    code = _told(work)
    try:
        _done_with(sys.stdout)
    except OSError as bad:
        if code != WRONG and not isinstance(bad, BrokenPipeError):
            complain(text("system.of", file=_named_file(bad), error=system_error(bad)))
            code = WRONG
    with suppress(OSError):
        _done_with(sys.stderr)
    return code


def _done_with(stream: Any) -> None:
    """Writes what is left of a stream; what cannot be written is not tried again as the program ends. Raises ``OSError``."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def _told(work: Callable[[], int]) -> int:
    """The exit code of ``work``, and its error in words."""
    _READ.clear()
    try:
        code = work()
        _name_damaged()
        return code
    except typer.Exit as done:
        _name_damaged()
        return done.exit_code
    except (typer.Abort, KeyboardInterrupt):
        complain(text("cli.interrupted"))
        return INTERRUPTED
    except Refusal as bad:
        complain(str(bad))
        return bad.code
    except (InputError, SchemeError, SchemeErrors, FileProblem) as bad:
        complain(str(_placed(bad) if isinstance(bad, InputError) else bad))
        return WRONG
    except OSError as bad:
        complain(text("system.of", file=_named_file(bad), error=system_error(bad)))
        return WRONG
    except ModuleNotFoundError as lack:
        complain(text("package.missing", package=lack.name))
        return WRONG
    except RecursionError:
        complain(text("cli.deep"))
        return WRONG
    except _ParserError as bad:
        complain(_usage(bad))
        return WRONG
    except Exception as bug:
        if stopping.told():
            complain(text("cli.interrupted"))
            return INTERRUPTED
        if os.environ.get("SUBSIDY_TRACEBACK"):
            raise
        complain(text("cli.bug", error=f"{type(bug).__name__}: {bug}"))
        return WRONG


_READ: list[Written] = []  # the facts that the command has read, each as far as options change them


def _placed(bad: InputError) -> InputError:
    """A value that is refused once it is computed with, by its label and with the place where it stands."""
    names = _opened[-1].facts if _opened else None
    head = re.split(r"[.\[]", bad.fact)[0]
    if names is not None:
        names.named(bad)
    for facts in reversed(_READ):
        name = next((k for k in facts if k == head or (names is not None and _named(names, k, None)[0] == head)), None)
        if name is not None and (head != bad.fact or str(facts[name]) == str(bad.value)):  # an option may give another value
            return bad.at(facts.place(name, bad.fact))
    return bad


def _named_file(bad: OSError) -> str:
    """Which file an error of the system is about, as the user knows it."""
    name = bad.filename
    if name is None:
        return text("system.stream")
    return os.fsdecode(name) if isinstance(name, str | bytes) and name else text("system.nameless")


def _speak_utf8() -> None:
    """Standard output as UTF-8 where it is no terminal, and no character that a terminal lacks an error.

    A stream that was closed is opened: nothing stands at standard input then, and nothing can be written to standard output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                while os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY) < number:  # else the next file took its number
                    pass
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _usage(bad: Any) -> str:
    """What is wrong with the command line, and where help is."""
    kind = type(bad).__name__
    option = getattr(bad, "option_name", "")
    param = getattr(bad, "param", None)
    if kind == "NoSuchOption":
        near = list(getattr(bad, "possibilities", None) or ())
        said = text("cli.no.option", option=option) + (text("error.nearest", nearest=" / ".join(near)) if near else "")
    elif kind == "MissingParameter" and param is not None:
        name = param.metavar or param.name
        said = text("cli.missing", name=name) if param.param_type_name == "argument" else text("cli.missing.option", option=f"{param.opts[-1]} {name}")
    elif kind == "BadParameter" and param is not None:
        whole = getattr(getattr(param, "type_descriptor", None), "annotation", None) is int
        said = text("cli.bad.value", name=" / ".join(param.opts), error=text("cli.whole", **_ends(param)) if whole else bad.message)
    elif str(getattr(bad, "message", "")).startswith("No such command"):
        known = list(getattr(getattr(bad.ctx, "command", None), "commands", ()))
        name = str(bad.message).partition("'")[2].partition("'")[0]
        said = str(unknown_command(name, known))
    elif kind == "BadOptionUsage":
        said = text("cli.option.value", option=option)
    elif kind == "NoArgsIsHelpError":
        return str(bad.message).rstrip()
    else:
        extra = str(bad.message).partition("unexpected extra argument")[2]
        said = text("cli.extra", words=extra.rpartition("(")[2].rstrip(").")) if extra else str(bad.format_message())
    context = getattr(bad, "ctx", None)
    return said + ("\n" + text("cli.try", command=context.command_path) if context is not None else "")


def _ends(param: Any) -> dict[str, int]:
    """The least and the most that a whole number may be."""
    return {"least": getattr(param, "min", None) or 0, "most": getattr(param, "max", None) or 10**9}


def pasted(*words: object) -> str:
    """A command as it can be pasted into a shell; a file whose name begins like an option is named from its folder, ``None`` is nothing."""
    return " ".join(_pasted(str(word)) for word in words if word is not None)


def _pasted(word: str) -> str:
    said = f"./{word}" if word.startswith("-") and "." in word else word
    return said if _PLAIN.fullmatch(said) else "'" + said.replace("'", "'\"'\"'") + "'"


_PLAIN = re.compile(r"[\w@%+=:,./\-（）【】《》、。，；：·—]+")  # what a shell takes as it stands


def unknown_command(name: str, known: Iterable[str]) -> Refusal:
    """The refusal of a command that does not exist."""
    known = list(known)
    near = nearest_names(name, known)
    said = text("cli.no.command", name=name, known=listed(known))
    return Refusal(said + (text("error.nearest", nearest=" / ".join(near)) if near else ""))


def complain(message: str) -> None:
    """A message to the user, on standard error; lost where nothing can be written there."""
    with suppress(OSError):
        print(visible(message), file=sys.stderr)


def catalog(schemes: Path | None = None, lpr: Path | None = None) -> Catalog:
    """The catalogue a command works on."""
    from calc.catalog import load_catalog

    _opened.append(load_catalog(schemes, lpr))
    return _opened[-1]


_opened: list[Catalog] = []


def _name_damaged() -> None:
    """One line for each scheme file that was left out of the answer."""
    while _opened:
        for bad in _opened.pop().damaged.values():
            first = bad.problems[0]
            complain(text("scheme.damaged", file=f"{first.file}:{first.line}" if first.line else first.file, problem=first.problem))


def quotes(loaded: Catalog, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the user's texts say of the benefits of the schemes ``ids``, by scheme and benefit; empty without a library, which
    costs one look at the disk. A library that cannot be used is told, and stops nothing."""
    from calc.texts.place import library_file

    place = library_file()
    if place is None or not place.is_file():
        return {}
    desk = loaded.texts
    try:
        return {id: desk.quotes(id) for id in ids}
    except FileProblem as bad:
        complain(str(bad))
        return {}


def read_project(source: str, facts: Facts, within: Collection[str] | None = None) -> dict[str, Any]:
    """A project file (``read_projects``) that holds one. Raises ``Refusal``, ``FileProblem``."""
    projects = read_projects(source, facts, within)
    if len(projects) != 1:
        raise Refusal(text("template.count", file=text("cli.stdin") if source == "-" else source, count=len(projects)))
    return projects[0]


def read_projects(source: str, facts: Facts, within: Collection[str] | None = None, refused: list[str] | None = None) -> list[dict[str, Any]]:
    """The projects in a file of any kind (``-`` standard input): ``{"name": …, "facts": {…}}`` each.

    ``facts`` is the dictionary by which a table is read, ``within`` those that decide what a shared label means; ``refused`` takes what
    is wrong in single rows, which are left out. What was passed over is told on standard error. Raises ``Refusal``, ``FileProblem``.
    """
    from calc.questions.fill.project import read_projects as read

    if not source:
        raise Refusal(text("file.nameless"))
    told: list[str] = []
    content = sys.stdin.buffer.read() if source == "-" else None
    try:
        found = read(text("cli.stdin") if source == "-" else source, facts, within=within, told=told, refused=refused, content=content)
    except OSError as bad:
        raise Refusal(text("cli.unreadable", file=source, error=system_error(bad))) from None
    for said in told:
        complain(said)
    _READ.extend(one["facts"] for one in found if isinstance(one["facts"], Written))
    return found


def lines_of_input() -> Iterator[str]:
    """The lines of standard input, for a conversation: UTF-8 or, where it is no terminal, GB18030. Raises ``Refusal``."""
    from calc.documents import decoded

    if sys.stdin.isatty():
        with suppress(OSError):  # a terminal that is gone has no more lines
            print("> ", end="", file=sys.stderr, flush=True)
            while line := _typed():
                yield line.rstrip("\n")
                print("> ", end="", file=sys.stderr, flush=True)
        return
    for raw in sys.stdin.buffer:
        said = decoded(raw)
        if said is None:
            raise Refusal(text("cli.encoding", file=text("cli.stdin")))
        yield said.rstrip("\r\n")


def _typed() -> str:
    """A line of a terminal. It is waited for half a second at a time: a signal that comes just before a read would wait with it."""
    import select

    while os.name == "posix" and not select.select([sys.stdin], [], [], 0.5)[0]:
        pass
    return sys.stdin.readline()


def override(facts: dict[str, Any], settings: Sequence[str] | None, names: Facts, within: Iterable[str] | None = None) -> dict[str, Any]:
    """``facts`` with each ``fact=value`` of ``--set`` in place, whichever of its names a fact goes by.

    ``loans[1].rate=3.5%`` sets a field of a record; a whole list may be given as JSON. ``within``: facts that decide what a
    shared label means. Raises ``Refusal`` or ``InputError``.
    """
    found = copy(facts)
    used = set(within) if within is not None else None
    wrong: list[InputError] = []
    told: set[str] = set()
    for setting in settings or ():
        name, sign, value = (part.strip() for part in setting.partition("="))
        if not sign or not name:
            raise Refusal(text("cli.set", setting=setting))
        field = re.fullmatch(r"(.+)\[(\d+)\]\.(.+)", name)
        try:
            id, unit = names.headed(field[1] if field else name, used, value)
            inner, unit = field_headed(field[3], names[id].fields) if field else ("", unit)
            inner = inner or (require_field(field[3], names[id], name, value) if field else "")
        except InputError as bad:
            wrong.append(bad.at("--set"))
            continue
        path = f"{id}[{field[2]}].{inner}" if field else id
        if path in told:
            raise Refusal(text("cli.pair.twice", option="--set", name=name))
        told.add(path)
        known, stated = next(((k, _named(names, k, used)[1]) for k in found if k == id or _named(names, k, used)[0] == id), (id, ""))
        if stated and field is None:  # the unit beside the name is that of the value replaced
            del found[known]
            known = id
        if field is None:
            found[known] = _json_list(setting, value) if value.startswith("[") else in_unit(value, unit)
            if isinstance(found, Written):
                found.given.add(known)
                _READ.append(found)
            continue
        rows = list(found.get(known) or ()) if isinstance(found.get(known), (list, type(None))) else []
        place = int(field[2])
        if not 1 <= place <= len(rows) + 1:
            raise Refusal(text("cli.set.place", setting=setting, count=len(rows)))
        fields = names[id].fields
        kept = {k: v for k, v in (rows[place - 1] if place <= len(rows) else {}).items() if field_headed(k, fields)[0] != inner}
        rows[place - 1 : place] = [{**kept, inner: in_unit(value, unit)}]
        found[known] = rows
        if isinstance(found, Written):
            found.given.add(path)
            _READ.append(found)
    if wrong:
        raise together(wrong)
    return found


def _named(names: Facts, name: str, within: set[str] | None) -> tuple[str, str]:
    try:
        return names.headed(name, within)
    except InputError:
        return "", ""


def _json_list(setting: str, value: str) -> Any:
    from calc.documents import BadDocument, read_json

    try:
        return read_json(value)
    except BadDocument:
        raise Refusal(text("cli.set.json", setting=setting)) from None


def day(raw: str | None) -> dt.date | None:
    """A date option. Raises ``Refusal``."""
    from calc.units import BadValue, parse_date

    if raw is None:
        return None
    try:
        return parse_date(raw)
    except BadValue as bad:
        raise Refusal(text("cli.as_of", value=raw, accepted=bad.accepted)) from None


def require_format(format: str | None, known: Sequence[str], output: Path | None = None) -> str:
    """The format asked for, else the one the output file's name ends in, else the first. Raises ``Refusal``, also where the two differ."""
    suffix = output.suffix.lower() if output is not None else ""
    if format is None:
        told = _SUFFIXES.get(suffix, "")
        if suffix not in ("", ".txt") and told not in known:
            forms = listed([end for end, form in _SUFFIXES.items() if form in known] + [".txt"])
            raise Refusal(text("file.suffix", file=output, suffix=suffix, known=forms))
        return told if told in known else known[0]
    if format not in known:
        near = nearest_names(format, known)
        said = text("cli.format.unknown", format=format, known=listed(known))
        raise Refusal(said + (text("error.nearest", nearest=" / ".join(near)) if near else ""))
    if suffix in _ELSEWHERE or _SUFFIXES.get(suffix, format) != format:
        raise Refusal(text("file.suffix.other", file=output, suffix=suffix, format=format))
    return format


def dump(value: Any) -> str:
    """A result as JSON text, Chinese kept readable."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def emit(content: str, output: Path | None) -> None:
    """A result to standard output or, whole or not at all, to a file; a CSV file says it is UTF-8, so that Excel reads it."""
    content = visible(content, colours=output is None and sys.stdout.isatty())
    content += "" if content.endswith("\n") else "\n"
    if output is None:
        sys.stdout.write(content)
        sys.stdout.flush()
        return
    deliver(content.encode("utf-8-sig" if output.suffix.lower() == ".csv" else "utf-8"), output)


def deliver(content: bytes, output: Path) -> None:
    """A finished result to its file, whole or not at all: who is told that the run was stopped finds the old one. Raises ``OSError``."""
    with stopping.whole():
        write_whole(output, content)


__all__ = [
    "DONE", "FORMATS", "PROBLEMS", "WRONG", "Refusal", "catalog", "complain", "day", "deliver", "dump", "emit", "guarded", "lines_of_input", "override",
    "pasted", "quotes", "read_project", "read_projects", "require_format", "screen", "unknown_command", "write_whole",
]  # fmt: skip
