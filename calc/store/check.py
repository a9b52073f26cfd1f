"""All problems of a scheme folder at once: the dictionary of facts, each scheme file, and what files say of one another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, read_shown
from calc.errors import SchemeError, SchemeErrors, nearest_names, system_error
from calc.facts import Facts
from calc.facts.load import load_facts, own_units
from calc.files import plain_file
from calc.folder import Folder
from calc.language import model
from calc.language.scheme import load_scheme
from calc.messages import text
from calc.places import line_of
from calc.store.store import BESIDE, OTHERS, folder_of
from calc.twins import problems_of

FACTS = "facts.toml"
RULES = "rules.toml"


class Report:
    """What a check found: its ``problems`` in the order of files and lines, and how many schemes and facts it read."""

    def __init__(self, problems: list[SchemeError], schemes: int, facts: int) -> None:
        self.problems = problems
        self.schemes = schemes
        self.facts = facts


def scheme_files(folder: Path) -> list[Path]:
    """The scheme files of a folder and the folders in it."""
    return sorted(path for path in folder.rglob("*.toml") if path.name not in OTHERS and path.parent.name not in BESIDE)


def check(folder: Path, files: Sequence[Path] = ()) -> Report:
    """Checks ``files`` (all of the folder, if none is told) by the facts and schemes of ``folder``."""
    problems: list[SchemeError] = []
    wanted = [Path(f) for f in files]
    facts_file = folder / FACTS
    try:
        about, _ = folder_of(folder)
    except SchemeError as bad:
        return Report([bad], 0, 0)
    facts, found = _facts(facts_file, about)
    if not wanted or any(_same(f, facts_file) for f in wanted):
        problems += found
    everything = scheme_files(folder)
    chosen = [f for f in wanted if f.name not in OTHERS] if wanted else everything
    schemes: list[tuple[model.Scheme, Path, str]] = []
    for path in chosen:
        try:
            content = plain_file(path).decode("utf-8-sig")
            schemes.append((load_scheme(content, facts, str(path)), path, content))
        except SchemeErrors as bad:
            problems += bad.problems
        except (OSError, UnicodeDecodeError) as bad:
            problems.append(_unreadable(path, bad))
    ids = {path.stem for path in everything} | {path.stem for path in chosen}
    problems += _references(schemes, ids, facts)
    problems += _columns(schemes)
    problems += _twice(chosen, [*everything, *(f for f in chosen if all(not _same(f, other) for other in everything))])
    if not wanted or any(_same(f, folder / RULES) for f in wanted):
        problems += _rules(folder, schemes if not wanted else _readable(everything, facts), ids, facts)
    order = {str(path): place for place, path in enumerate([facts_file, folder / RULES, *chosen])}
    problems.sort(key=lambda p: (order.get(p.file, len(order)), p.line))
    return Report(problems, len(chosen), len(facts.by_id))


def _rules(folder: Path, schemes: Iterable[tuple[model.Scheme, Path, str]], ids: set[str], facts: Facts) -> list[SchemeError]:
    from calc.store.rule_check import rule_problems

    readable = [scheme for scheme, _, _ in schemes]
    return rule_problems(folder, readable, facts, ids - {scheme.id for scheme in readable})


def _readable(files: Iterable[Path], facts: Facts) -> Iterator[tuple[model.Scheme, Path, str]]:
    """The schemes of the files that can be read."""
    for path in files:
        try:
            content = plain_file(path).decode("utf-8-sig")
            yield load_scheme(content, facts, str(path)), path, content
        except (SchemeErrors, OSError, UnicodeDecodeError):
            continue


def _unreadable(file: Path, bad: OSError | UnicodeDecodeError, hint: str = "") -> SchemeError:
    error = text("document.encoding") if isinstance(bad, UnicodeDecodeError) else system_error(bad)
    return SchemeError(str(file), 0, text("facts.unreadable", error=error), hint)


def changes(folder: Path, files: Sequence[Path] = (), pause: float = 0.3) -> Iterator[list[Path]]:
    """Waits for files of ``folder`` (or ``files``) to change, and gives those that did, time after time; ``pause`` in seconds."""

    def stamps() -> dict[Path, tuple[int, int]]:
        found = {}
        for path in {*folder.rglob("*.toml"), *map(Path, files)}:
            with suppress(OSError):  # it may vanish while an editor saves it
                kept = path.stat()
                found[path] = (kept.st_mtime_ns, kept.st_size)
        return found

    before = stamps()
    while True:
        time.sleep(pause)
        now = stamps()
        if now != before:
            yield sorted(path for path in {*before, *now} if before.get(path) != now.get(path))
            before = now


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _facts(file: Path, about: Folder) -> tuple[Facts, list[SchemeError]]:
    """The dictionary without the definitions that cannot be used, and what is wrong with those."""
    try:
        content = plain_file(file).decode("utf-8-sig")
        document = read_shown(content)
    except (OSError, UnicodeDecodeError) as bad:
        return load_facts({}, str(file)), [_unreadable(file, bad, text("catalog.missing.hint"))]
    except BadDocument as bad:
        return load_facts({}, str(file)), [SchemeError(str(file), bad.line, text("scheme.toml", error=bad.problem))]
    good: dict[str, Any] = {}
    problems: list[SchemeError] = []
    units: dict[str, Any] = {}
    with suppress(SchemeError):
        own = own_units(document)
        units = {"units": own} if own else {}
    for id, table in document.items():
        try:
            load_facts({**units, id: table}, str(file), strict=False)
            good[id] = table
        except SchemeError as bad:
            problems.append(SchemeError(bad.file, line_of(content, id), bad.problem, bad.hint))
    facts = load_facts(good, str(file), folder=about, strict=False)
    for id, definition in facts.by_id.items():
        problems += [SchemeError(str(file), line_of(content, id), *told) for told in problems_of(id, definition, facts.by_id)]
        for slug in set(definition.values_en) - set(definition.values):
            near = " / ".join(nearest_names(slug, definition.values))
            problems.append(SchemeError(str(file), line_of(content, id), text("check.value", id=id, slug=slug), near))
        for name in (definition.label, *definition.aliases):
            if name != id and name in facts.by_id:
                problems.append(SchemeError(str(file), line_of(content, id), text("check.name", id=id, name=name)))
    return facts, problems


def _line(content: str, fragment: str) -> int:
    return next((n for n, line in enumerate(content.splitlines(), 1) if fragment in line), 1)


def _references(schemes: Sequence[tuple[model.Scheme, Path, str]], ids: set[str], facts: Facts) -> Iterator[SchemeError]:
    """What a scheme says of itself and of others: its file's name, later batches, members, labels that do not tell its facts apart."""
    benefits = {scheme.id: [b.id for b in scheme.benefits] for scheme, _, _ in schemes}
    for scheme, path, content in schemes:
        if scheme.id != path.stem:
            yield SchemeError(str(path), _line(content, scheme.id), text("scheme.file.name", id=scheme.id, file=path.name), f"{scheme.id}.toml")
        named = (("later_batch", (scheme.later_batch,)), ("members", scheme.members), ("edition_of", (scheme.edition_of,)))
        for key, names in named:
            for name in names:
                if name and name not in ids:
                    near = " / ".join(nearest_names(name, ids))
                    yield SchemeError(str(path), _line(content, f'"{name}"'), text("check.reference", key=key, name=name), near)
        for one in (see for benefit in scheme.benefits for see in benefit.see):
            head, _, id = one.partition("/")
            known = ids if head not in benefits else [f"{head}/{b}" for b in benefits[head]]
            if head not in ids or (head in benefits and id not in benefits[head]):
                near = " / ".join(nearest_names(one if head in benefits else head, known))
                yield SchemeError(str(path), _line(content, f'"{one}"'), text("check.reference", key="see", name=one), near)
        if scheme.later_batch == scheme.id:
            yield SchemeError(str(path), _line(content, "later_batch"), text("check.reference.self"))
        yield from _labels(scheme, path, facts)


def _labels(scheme: model.Scheme, path: Path, facts: Facts) -> Iterator[SchemeError]:
    called: dict[str, str] = {}
    for id in dict.fromkeys(f.partition(".")[0] for f in scheme.facts):
        for name in {facts[id].label, *facts[id].aliases}:
            if called.setdefault(name, id) != id:
                yield SchemeError(str(path), 1, text("check.label", label=name, one=called[name], other=id), FACTS)


def _columns(schemes: Sequence[tuple[model.Scheme, Path, str]]) -> Iterator[SchemeError]:
    """Schemes that would have one column of a wide result: ``a`` with its benefit ``x`` and ``a.x``, ``a`` and ``a.status``."""
    owners: dict[str, str] = {}
    for scheme, path, content in sorted(schemes, key=lambda one: len(one[0].id)):
        heads = ["", *(f".{benefit.id}" for benefit in scheme.benefits)]
        columns = [f"{scheme.id}{head}{tail}" for head in heads for tail in ("", ".status")] + [f"{scheme.id}.chosen"]
        taken = next((name for name in columns if owners.get(name, scheme.id) != scheme.id), None)
        if taken is not None:
            yield SchemeError(str(path), _line(content, f'"{scheme.id}"'), text("check.columns", id=scheme.id, other=owners[taken], column=taken))
        owners.update(dict.fromkeys(columns, scheme.id))


def _twice(chosen: Iterable[Path], everything: Sequence[Path]) -> Iterator[SchemeError]:
    """The same id in two folders."""
    for path in chosen:
        for other in everything:
            if other.stem == path.stem and not _same(other, path):
                yield SchemeError(str(path), 1, text("check.twice", id=path.stem, other=other))
