"""Where a result comes from, kept beside it: ``result.csv.audit.json``."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.batch import folder
from calc.files import write_whole

if TYPE_CHECKING:
    from calc.batch.options import Options
    from calc.batch.summary import Summary
    from calc.store.store import Store

SUFFIX = ".audit.json"
KEPT = (
    "schemes", "shape", "benefits", "plan", "input_format", "output_format", "encoding", "sheet", "id_column", "enterprise_column", "ignore_unknown", "claimed",
)  # the options that a result depends on


def beside(result: str | Path) -> Path:
    """The file with the sources of a result."""
    return Path(f"{result}{SUFFIX}")


def digest(file: str | Path) -> str | None:
    """The SHA-256 of a file, or of all that is in a folder; ``None`` where it cannot be read."""
    try:
        if Path(file).is_dir():
            return folder.digest(Path(file))
        with open(file, "rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return None


def version() -> str:
    """The version of the program; empty where it is not installed."""
    try:
        return metadata.version("subsidy-calc")
    except metadata.PackageNotFoundError:
        return ""


def sources(store: Store, source: str, ids: list[str], options: Options) -> dict[str, Any]:
    """What a run rests on: program, LPR table, schemes and their editions, facts, rules, input (all with their SHA-256), options."""
    beside = Path(os.path.realpath(options.output or ".")).parent

    def file(place: str | Path) -> dict[str, Any]:
        return {"file": os.path.relpath(os.path.realpath(place), beside), "sha256": digest(place)}

    return {
        "program": version(),
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


def keep(store: Store, source: str, ids: list[str], options: Options, summary: Summary) -> Path:
    """Writes the sources of a finished result beside it; gives their file."""
    assert options.output is not None
    told = sources(store, source, ids, options)
    told["result"] = {
        "file": Path(options.output).name, "sha256": digest(options.output), "rows": summary.rows, "written": summary.written, "rejected": summary.rejected,
    }  # fmt: skip
    place = beside(options.output)
    write_whole(place, (json.dumps(told, ensure_ascii=False, indent=1, default=list) + "\n").encode("utf-8", "backslashreplace"))
    return place
