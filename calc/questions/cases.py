"""The cases beside the schemes of a folder (``cases/<scheme>.toml``): what each project must give, held against what it gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, read_toml
from calc.errors import InputError, SchemeError, SchemeErrors, nearest_names
from calc.estimate.benefit import estimate
from calc.facts import today
from calc.messages import listed, text
from calc.places import Places
from calc.store.store import CASES, Store

EXPECTED = ("status", "amount", "total", "total_if", "chosen", "schedule", "disbursement", "missing", "assumed", "binding", "validity")
OTHERS = ("benefit", "why", "given", "as_of")
SORTED = ("chosen", "missing", "assumed")


class Cases:
    """What running cases found: how many there are, and what differs, each with its place."""

    def __init__(self, count: int, problems: list[SchemeError]) -> None:
        self.count = count
        self.problems = problems


def run_cases(catalog: Store, folder: Path | None = None) -> Cases:
    """Runs every case of ``folder`` (``cases`` in the catalogue's, if not told) and says what differs, file and line each."""
    problems: list[SchemeError] = []
    count = 0
    for file in sorted((folder or catalog.folder / CASES).glob("*.toml")):
        for found in _file(catalog, file):
            count += found is None
            problems += [found] if found is not None else []
    return Cases(count, problems)


def _file(catalog: Store, file: Path) -> Iterator[SchemeError | None]:
    """For each case of a file ``None``, and before it what is wrong with it."""
    try:
        content = file.read_text(encoding="utf-8-sig")
        document = read_toml(content)
    except (OSError, UnicodeDecodeError) as bad:
        yield SchemeError(str(file), 0, text("facts.unreadable", error=bad))
        return
    except BadDocument as bad:
        yield SchemeError(str(file), bad.line, text("scheme.toml", error=bad.problem))
        return
    places = Places(content)
    cases = document.get("case")
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        yield SchemeError(str(file), 0, text("cases.none"), '[[case]]\ngiven = { … }\namount = "…"')
        return
    for number, case in enumerate(cases):
        line = places.line(("case", number))
        for problem, hint in _case(catalog, file.stem, document.get("base", {}), case):
            yield SchemeError(str(file), line, text("cases.case", number=number + 1, why=case.get("why", ""), problem=problem), hint)
        yield None


def _case(catalog: Store, scheme: str, base: dict[str, Any], case: dict[str, Any]) -> Iterator[tuple[str, str]]:
    known = (*OTHERS, *EXPECTED)
    for key in case:
        if key not in known:
            yield text("cases.key", key=key, known=listed(known)), " / ".join(nearest_names(key, known))
            return
    expected = {key: case[key] for key in EXPECTED if key in case}
    if not expected:
        yield text("cases.nothing"), 'amount = "…"'
        return
    try:
        result = _estimate(catalog, {**base, **case.get("given", {})}, scheme, case.get("as_of"))
    except (InputError, SchemeErrors) as bad:
        yield str(bad), ""
        return
    if "benefit" in case:
        benefits = {one["id"]: one for one in result["benefits"]}
        if case["benefit"] not in benefits:
            yield text("cases.benefit", id=case["benefit"]), " / ".join(nearest_names(str(case["benefit"]), benefits))
            return
        result = benefits[case["benefit"]]
    for key, wanted in expected.items():
        found = _plain(key, result.get(key))
        if found != _plain(key, wanted):
            yield text("cases.differs", key=key, wanted=_said(wanted), found=_said(found)), ""


def _estimate(catalog: Store, facts: dict[str, Any], scheme: str, as_of: dt.date | None) -> dict[str, Any]:
    id = catalog.find(scheme)
    made = estimate(catalog.scheme(id), catalog.compiled(id), catalog.read(facts, [id]), catalog.facts, catalog.lpr, as_of or today())
    found: dict[str, Any] = made.model_dump(mode="json")
    return found


def _plain(key: str, value: Any) -> Any:
    """A value as cases write it: the amounts of a schedule, a limit by its scope, ids in any order."""
    if key == "schedule" and isinstance(value, list):
        return [one["amount"] if isinstance(one, dict) else one for one in value]
    if key == "binding" and isinstance(value, dict):
        return value["scope"]
    if key in SORTED and isinstance(value, list):
        return sorted(value)
    return None if value in ("", "null") else value


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return text("word.nothing") if value is None else str(value)
