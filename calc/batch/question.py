"""A question about the rules, a reform or a sweep: what is asked, its answer, and what stands beside the files that tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.batch import audit
from calc.batch.budget import money
from calc.batch.options import Options
from calc.batch.reform import reform
from calc.batch.sweep import sweep
from calc.facts import today
from calc.store.changed import Changed
from calc.store.sweeps import read_sweep

if TYPE_CHECKING:
    from calc.store.store import Store

PASSING = ("seconds", "rows", "rejects", "notes", "reasons")  # of an answer, what says nothing of the money


@dataclass(slots=True, kw_only=True)
class Question:
    """What would the table ``source`` cost under changed rules: those ``against`` today's with single ``changes``; with ``vary``, as one
    figure takes value after value, and which of them keeps a ``budget``. ``by`` and ``size`` split the answer."""

    source: str
    options: Options
    against: Sequence[Path | str] = ()
    changes: Sequence[str] = ()
    vary: str | None = None
    budget: Any = None
    by: str | None = None
    size: str | None = None

    def answer(self, store: Store) -> dict[str, Any]:
        """The answer of ``Catalog.reform`` or ``Catalog.sweep``; what a file of rows rests on is kept beside it. Raises as they do."""
        if self.vary is not None:
            swept = read_sweep(self.vary)
            changed = self._changed(store, [*self.changes, swept.edit.said])
            return sweep(store, self.source, changed, swept, self.options, None if self.budget is None else money("--budget", self.budget))
        found = reform(store, self.source, self._changed(store, self.changes), self.options, self.by, self.size)
        if self.options.output is not None:
            self.keep(store, self.options.output, found, "reform-rows")
        return found

    def _changed(self, store: Store, changes: Sequence[str]) -> Changed:
        return Changed(store, [Path(place) for place in self.against], changes, self.options.as_of or today())

    def keep(self, store: Store, file: Path | str, answer: Mapping[str, Any], kind: str = "") -> None:
        """Writes what a finished file rests on beside it, with the answer it tells. Raises ``OSError``."""
        told = self.sources(store, file)
        audit.keep(file, kind or ("sweep" if self.vary is not None else "reform"), {**told, "answer": plain(answer)})

    def sources(self, store: Store, file: Path | str) -> dict[str, Any]:
        """What a file that tells the answer rests on: what a result of a batch does, and what is asked."""
        told = audit.sources(store, self.source, list(self.options.schemes), self.options, file)
        asked = {"changes": list(self.changes), "vary": self.vary, "budget": self.budget, "by": self.by, "size": self.size}
        return {**told, "against": [audit.traced(place, file) for place in self.against], "asked": asked}


def plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without what passes: how long it took, where it was written."""
    return {name: value for name, value in answer.items() if name not in PASSING}
