"""``catalog.texts``: what the commands of ``subsidy texts`` do, for Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from calc.errors import FileProblem
from calc.messages import text
from calc.texts import checking
from calc.texts.library import Library, recognised
from calc.texts.place import library_file
from calc.texts.quotes import Kept, Quote, card_of, quote
from calc.texts.reading import read_text

LIMIT = 20

Entries = list[dict[str, Any]]


class Texts:
    """The user's texts, and what they say of the schemes of one catalogue.

    ``files``: the scheme files by id; ``find``: from what a user calls a scheme to its id. Every method raises
    ``FileProblem`` for a file that cannot be used.
    """

    def __init__(self, files: Mapping[str, Path], find: Callable[[str], str], library: Path | None = None) -> None:
        self.files = files
        self.find = find
        self._told = library
        self._kept: tuple[Path, int, Sequence[Kept]] | None = None  # the file, when it was written, its cards
        self._read: dict[str, checking.SchemeFile] = {}

    @property
    def library(self) -> Library:
        """The library. Raises ``FileProblem`` where there is no place for one."""
        place = self._told or library_file()
        if place is None:
            raise FileProblem([text("texts.off")])
        return Library(place)

    def __bool__(self) -> bool:
        place = self._told or library_file()
        return place is not None and Library(place).exists

    def add(self, *files: Path | str) -> Entries:
        """Reads files in: ``file, title, cards, clauses, pages, numbers`` each."""
        return [self.library.add(Path(file)) for file in files]

    def list(self) -> Entries:
        """The texts there are: ``file, title, cards, pages, added, path`` each."""
        return self.library.documents()

    def remove(self, *names: str) -> Sequence[str]:
        """Takes texts out by file name or its beginning. Raises ``InputError`` for one that is not there."""
        return [self.library.remove(name) for name in names]

    def search(self, *words: str, limit: int = LIMIT) -> Entries:
        """The clauses that hold all ``words``: ``file, title, clause, page, text, marks`` each, the best first."""
        return self.library.search(words, limit)

    def check(self, *schemes: str) -> Entries:
        """Each figure of ``schemes`` (ids, prefixes or files; all, if none is named) against the text; see ``checking.check``."""
        kept = self._cards()
        asked = [self._file(scheme) for scheme in schemes] if schemes else self._all()
        return [found for one in asked for found in checking.check(one, kept, partial(self._twins, one))]

    def diff(self, old: Path | str, new: Path | str) -> dict[str, Any]:
        """What changed between two editions of a text; see ``checking.diff``."""
        before, after = (recognised(read_text(Path(file)), str(file)) for file in (old, new))
        return checking.diff(before, after, self._all())

    def quote(self, scheme: str, benefit: str) -> Quote | None:
        """What the text says of a benefit (its id) of ``scheme`` (an id); ``None`` where the library has no text of the scheme."""
        one = self._file(scheme)
        home = card_of(one.table, self._cards(), partial(self._twins, one))
        if home is None:
            return None
        place = next((n for n, b in enumerate(one.benefits) if b.get("id") == benefit), None)
        if place is None:
            return None
        table = one.benefits[place]
        return quote(home, str(table.get("clause", "")), str(table.get("label", "")), one.told(place), text("texts.quote.missing"))

    def quotes(self, scheme: str) -> dict[str, dict[str, Any]]:
        """The quotes of all benefits of ``scheme`` (an id), by benefit; empty where there is no text of it."""
        found = {str(b.get("id")): self.quote(scheme, str(b.get("id"))) for b in self._file(scheme).benefits} if self else {}
        return {id: one.dump() for id, one in found.items() if one is not None}

    # ---------------------------------------------------------------- what is behind

    def _cards(self) -> Sequence[Kept]:
        library = self.library
        written = library.file.stat().st_mtime_ns if library.exists else 0
        if self._kept is None or self._kept[:2] != (library.file, written):
            self._kept = library.file, written, library.kept()
        return self._kept[2]

    def _file(self, scheme: str) -> checking.SchemeFile:
        path = Path(scheme) if scheme.endswith(".toml") else self.files[self.find(scheme)]
        if str(path) not in self._read:
            self._read[str(path)] = checking.read_scheme_file(path)
        return self._read[str(path)]

    def _all(self) -> Sequence[checking.SchemeFile]:
        return [self._file(str(path)) for path in self.files.values()]

    def _twins(self, one: checking.SchemeFile) -> Sequence[str]:
        return checking.twins(one, self._all())
