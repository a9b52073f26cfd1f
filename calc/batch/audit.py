"""Where a result comes from, kept beside it: ``result.csv.audit.json``. Payment lists, duplicates and reports have the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.batch import folder
from calc.characters import visible
from calc.documents import BadDocument, read_json
from calc.errors import FileProblem
from calc.files import write_whole
from calc.messages import language, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.batch.options import Options
    from calc.batch.summary import Summary
    from calc.store.store import Store

SUFFIX = ".audit.json"
KEPT = (
    "schemes", "shape", "benefits", "plan", "input_format", "output_format", "encoding", "sheet", "id_column", "enterprise_column", "ignore_unknown", "claimed",
    "by", "carry", "invoices",
)  # the options that a result depends on
READING = ("input_format", "encoding", "sheet", "ignore_unknown")  # and a table that is joined
LISTS = ("payments", "duplicates")  # what a run writes beside its result


def beside(result: str | Path) -> Path:
    """The file with the sources of a result."""
    return Path(f"{result}{SUFFIX}")


def digest(file: str | Path) -> str | None:
    """The SHA-256 of a file, or of all that is in a folder; ``None`` where it cannot be read."""
    try:
        if Path(file).is_dir():
            return folder.digest(Path(file))
        if not Path(file).is_file():  # a pipe: what came out of it is gone
            return None
        with open(file, "rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return None


def read(result: str | Path) -> dict[str, Any]:
    """What is kept beside a result. Raises ``FileProblem`` where there is no result, or nothing beside it to tell its sources."""
    place = beside(result)
    for file in (Path(result), place):
        if not file.is_file():
            raise FileProblem([text("verify.missing", file=file)])
    try:
        told = read_json(place.read_bytes().decode("utf-8-sig"), names=True)
        # what files written earlier do not tell
        told = {"kind": "batch", "language": language(), "lists": {}, "joined": [], "found": {}, **told}
        told["options"] = {"claimed": {}, "by": None, "carry": [], "invoices": [], **told.get("options", {})}
        if {"input", "items", "schemes", "options", "result"} <= set(told) and set(KEPT) <= set(told["options"]):
            return dict(told)
    except (BadDocument, UnicodeDecodeError, TypeError, AttributeError):
        pass
    raise FileProblem([text("verify.broken", file=place)])


def items_of(told: dict[str, Any], folder: Path) -> dict[str, str]:
    """The files of records that a result rests on, as an option names them; ``folder`` is that of the result."""
    return {name: str(folder / one["file"]) + (f"#{one['sheet']}" if one["sheet"] else "") for name, one in told["items"].items()}


def changes(then: dict[str, Any], now: dict[str, Any], *, inputs: bool = True) -> list[dict[str, Any]]:
    """What a result rests on that is not what it was; ``inputs``: the tables too."""
    pairs: list[tuple[str, str, Any, Any]] = [("program", "", then["program"], now["program"])]
    if inputs:
        pairs.append(("input", then["input"]["file"], then["input"]["sha256"], now["input"]["sha256"]))
        pairs += [("input", one["file"], one["sha256"], now["items"][name]["sha256"]) for name, one in then["items"].items()]
    pairs.append(("lpr", then["lpr"]["verified"], then["lpr"]["sha256"], now["lpr"]["sha256"]))
    pairs += [(key, f"{key}.toml", then[key], now[key]) for key in ("facts", "rules")]
    today = {one["id"]: one["sha256"] for one in now["schemes"]}
    pairs += [("scheme", one["id"], one["sha256"], today.get(one["id"])) for one in then["schemes"]]
    pairs += [("against", one["file"], one["sha256"], other["sha256"]) for one, other in zip(then.get("against", ()), now.get("against", ()), strict=True)]
    return [{"what": what, "name": name, "then": was, "now": is_} for what, name, was, is_ in pairs if was != is_]


def spans(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers in order as the first and last of those that follow one another."""
    found: list[list[int]] = []
    for one in numbers:
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return found


def version() -> str:
    """The version of the program; empty where it is not installed."""
    try:
        return metadata.version("subsidy-calc")
    except metadata.PackageNotFoundError:
        return ""


def traced(place: str | Path, beside: str | Path) -> dict[str, Any]:
    """A file by its way from a result, with its SHA-256."""
    return {"file": os.path.relpath(os.path.realpath(place), Path(os.path.realpath(beside)).parent), "sha256": digest(place)}


def sources(store: Store, source: str, ids: Sequence[str], options: Options, result: str | Path) -> dict[str, Any]:
    """What a ``result`` rests on: program, language, LPR table, schemes and their editions, facts, rules, input (all with their
    SHA-256), options."""

    def file(place: str | Path) -> dict[str, Any]:
        return traced(place, result)

    return {
        "program": version(),
        "language": language(),
        "as_of": options.as_of.isoformat() if options.as_of is not None else None,
        "input": file(source) if source != "-" else {"file": "-", "sha256": None},
        "items": {name: {**file(place.partition("#")[0]), "sheet": place.partition("#")[2] or None} for name, place in options.items.items()},
        "lpr": {"verified": store.lpr.verified.isoformat(), "sha256": hashlib.sha256(repr((store.lpr.days, store.lpr.rates)).encode()).hexdigest()},
        "facts": digest(store.folder / "facts.toml"),
        "rules": digest(store.folder / "rules.toml"),
        "schemes": [
            {"id": id, "edition": id.partition("@")[2] or None, "document": store.scheme(id).source.get("document"), "sha256": digest(store.files[id])}
            for id in ids
        ],
        "options": {name: getattr(options, name) for name in KEPT} | {"budget": None if options.budget is None else asdict(options.budget)},
    }


def written(options: Options) -> dict[str, str]:
    """The files that a run writes, by kind: the result of a ``batch``, ``payments``, ``duplicates``."""
    found = {"batch": options.output, "payments": options.payments, "duplicates": options.duplicates}
    return {kind: place for kind, place in found.items() if place and place != "-"}


def keep_batch(
    store: Store, source: str, ids: list[str], options: Options, summary: Summary, found: Mapping[str, str], left: Iterable[int], prior: dict[str, Any] | None
) -> list[str]:
    """Writes the sources of all finished files of a run beside them; gives their files.

    ``found`` are the sheets that were read as record lists unnamed, ``left`` the rows that the result lacks; where they were joined
    to a ``prior`` one (what is kept beside it), its own sources stay, and the table joined is told with them.
    """
    files = written(options)
    lacking = sorted(left)
    for kind, place in files.items():
        told = sources(store, source, ids, options, place) | {"found": dict(found), "joined": []}
        told["lists"] = {one: traced(files[one], place)["file"] if one in files else None for one in LISTS}
        rows, written_, orphans = summary.rows, summary.written, summary.orphans
        if prior is not None and kind == "batch":
            joined = {**told["input"], **{name: getattr(options, name) for name in READING}}
            told = {**prior, "items": told["items"], "joined": [*prior["joined"], joined]}
            rows, written_ = told["result"]["rows"], told["result"]["written"] + written_
            orphans = told["result"].get("orphans", 0)
        more = {"rows": rows, "written": written_, "rejected": len(lacking), "left": spans(lacking), "orphans": orphans}
        keep(place, kind, told, {**more, "schemes": summary.schemes, "best_total": summary.best_total, "claimed": summary.claimed})
    return [str(beside(place)) for place in files.values()]


def keep(result: str | Path, kind: str, told: dict[str, Any], more: Mapping[str, Any] | None = None) -> None:
    """Writes what a finished file of some kind rests on beside it; ``more`` is told of the file itself."""
    told = {"kind": kind, **told, "result": {"file": Path(result).name, "sha256": digest(result), **(more or {})}}
    write_whole(beside(result), (visible(json.dumps(told, ensure_ascii=False, indent=1, default=list)) + "\n").encode())
