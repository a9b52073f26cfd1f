"""Today's schemes beside changed ones: which schemes a reform touches, and the store as it would be."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from calc.documents import BadDocument, read_toml
from calc.errors import FileProblem, InputError, SchemeError, SchemeErrors, system_error
from calc.facts import named
from calc.facts.load import load_facts
from calc.files import plain_file
from calc.language import model
from calc.language.scheme import load_scheme
from calc.messages import listed, text
from calc.store.check import scheme_files
from calc.store.edits import Edit, edited, read_edit
from calc.store.rules import read_rules
from calc.store.store import Store


@dataclass(frozen=True, slots=True)
class Change:
    """One single change: a file that stands for a scheme's, or one edit of it; ``said`` as it was told."""

    said: str
    file: Path | None = None
    edit: Edit | None = None


@dataclass(slots=True)
class Reformed:
    """A scheme that changes: as it is today (``None``: a new one), its changes, and the scheme with all of them."""

    before: model.Scheme | None
    changes: list[Change]
    after: model.Scheme

    @property
    def id(self) -> str:
        """The id it is told by."""
        return self.before.id if self.before is not None else self.after.id


class Changed:
    """What ``against`` (scheme files, folders of them) and ``changes`` make of the schemes of ``store`` that are in force on ``as_of``.

    ``facts`` are today's with those that a folder adds. ``schemes``: those that change; where the folders hold nothing but what
    is so today, all that they hold. Raises ``InputError``, ``FileProblem``, ``SchemeErrors``.
    """

    def __init__(self, store: Store, against: Sequence[Path], changes: Sequence[str], as_of: dt.date) -> None:
        self.store = store
        self.as_of = as_of
        self.rules: Path | None = None
        files: list[tuple[Path, bool]] = []
        self.facts = store.facts
        for place in against:
            if place.is_dir():
                files += [(file, False) for file in scheme_files(place)]
                self._folder(place)
            else:
                files.append((place, True))
        found: dict[str, list[Change]] = {}
        same: dict[str, list[Change]] = {}
        self.today: dict[str, str | None] = {}
        for file, told in files:
            id = _id(file)
            key = self._stands_for(id)
            kept = found if told or self._differs(id, file) else same
            if key in found and kept is found:
                raise InputError("--against", str(file), text("reform.against.twice", scheme=key, other=found[key][0].said))
            kept[key] = [Change(str(file), file)]
        if not found and not changes:
            found = {key: one for key, one in same.items() if self._in_force(one[0])}
        edit: Edit | None = None
        taken: dict[tuple[object, ...], str] = {}
        for said in changes:
            edit = read_edit(said, edit)
            key = self._edited(edit, found)
            spot = (key, edit.benefit, edit.path)
            if spot in taken:
                raise InputError("--change", edit.said, text("reform.change.twice", other=taken[spot]))
            taken[spot] = edit.said
            found.setdefault(key, []).append(Change(edit.said, edit=edit))
        if not found:
            raise InputError("--against", listed(map(str, against)), text("reform.nothing"))
        self.schemes = [self._reformed(key, made) for key, made in found.items()]

    def _folder(self, place: Path) -> None:
        """The facts and rules of a folder, where it has its own."""
        if (place / "rules.toml").is_file():
            self.rules = place
        file = place / "facts.toml"
        if not file.is_file():
            return
        theirs = load_facts(_read(file), str(file))
        for id, definition in theirs.by_id.items():
            if id in self.facts.by_id and self.facts.by_id[id].type != definition.type:
                raise SchemeError(str(file), 0, text("reform.facts", fact=id, today=self.facts.by_id[id].type, changed=definition.type))
        if theirs.by_id != self.facts.by_id:
            self.facts = named({**self.facts.by_id, **theirs.by_id})

    def _stands_for(self, id: str) -> str:
        """The id by which a scheme of a file is told: its own, or for an edition that is not there today the one in force."""
        if id in self.store.files:
            self.today[id] = id
            return id
        printed = id.partition("@")[0]
        if "@" in id and printed in self.store.files:
            now = next(one for one in self.store.in_force_ids(self.as_of) if one.partition("@")[0] == printed)
            self.today[now] = now
            return now
        self.today[id] = None
        return id

    def _differs(self, id: str, file: Path) -> bool:
        """Whether a file of a folder says anything else than today's of that scheme."""
        kept = self.store.files.get(id)
        return kept is None or _content(file) != _content(kept)

    def _in_force(self, change: Change) -> bool:
        assert change.file is not None
        return _id(change.file) in self.store.in_force_ids(self.as_of)

    def _edited(self, edit: Edit, found: dict[str, list[Change]]) -> str:
        """The scheme that an edit is of: a new one of a file, else one of today's."""
        if edit.scheme in found:
            return edit.scheme
        key = self.store.find(edit.scheme)
        self.today[key] = key
        return key

    def _reformed(self, key: str, changes: list[Change]) -> Reformed:
        now = self.today[key]
        before = self.store.scheme(now) if now is not None else None
        return Reformed(before, changes, self.scheme(before, changes))

    def scheme(self, before: model.Scheme | None, changes: Iterable[Change]) -> model.Scheme:
        """A scheme with some of its changes. Raises ``InputError`` for an edit that has no place, ``SchemeErrors`` for what comes of it."""
        made = list(changes)
        file = next((one.file for one in made if one.file is not None), None)
        if file is None:
            assert before is not None
            file = self.store.files[before.id]
        content = _content(file)
        said = [one.edit.said for one in made if one.edit is not None]
        for one in made:
            if one.edit is not None:
                content = edited(content, one.edit)
        scheme = load_scheme(content, self.facts, str(file) + (text("word.brackets", said=text("word.semicolon").join(said)) if said else ""))
        return replace(scheme, one_of=self._ruled().groups_of(scheme))

    def _ruled(self) -> Store:
        """Today's store under the rules of the change."""
        if self.rules is None:
            return self.store
        found = copy.copy(self.store)
        found._rules = read_rules(self.rules)
        return found

    def with_schemes(self, schemes: Iterable[model.Scheme]) -> Store:
        """Today's store with some schemes in place of its own."""
        found = copy.copy(self._ruled())
        found.facts = self.facts
        found.files, found._schemes = dict(self.store.files), dict(self.store._schemes)
        found._compiled, found.runs, found.kept, found._uses = {}, {}, {}, None
        for scheme in schemes:
            found.files[scheme.id] = Path(scheme.file)
            found._schemes[scheme.id] = scheme
        return found


def _content(file: Path) -> str:
    try:
        return plain_file(file).decode("utf-8-sig")
    except OSError as bad:
        raise FileProblem([text("batch.unreadable", file=file, error=system_error(bad))]) from None
    except UnicodeDecodeError:
        raise SchemeErrors([SchemeError(str(file), 0, text("facts.unreadable", error=text("document.encoding")))]) from None


def _read(file: Path) -> dict[str, object]:
    try:
        return read_toml(_content(file))
    except BadDocument as bad:
        raise SchemeErrors([SchemeError(str(file), bad.line, text("scheme.toml", error=bad.problem))]) from None


def _id(file: Path) -> str:
    """The id a scheme file says it has."""
    id = _read(file).get("id")
    if not isinstance(id, str):
        raise SchemeErrors([SchemeError(str(file), 1, text("scheme.lacks", where="id"))])
    return id
