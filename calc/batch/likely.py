"""Which project a record means that names none: one whose number differs from it only in form, else those that look most like it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from calc.characters import unseen
from calc.errors import nearest_names
from calc.units import normal

FEW = 2_000  # projects among which those are looked for that only look alike
ASKED = 100  # and names for which they are
_DASHES = re.compile("[‐-―−~〜ー]")
_WHOLE = re.compile(r"'?0*(\d+)(?:\.0+)?")
_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")


def form_free(name: str) -> str:
    """A project's number without what makes no other project of it: width, case, spaces, unseen characters, the kind of dash, an
    apostrophe before it, noughts before a number or behind its point."""
    said = _DASHES.sub("-", normal(unseen(name)).casefold())
    whole = _WHOLE.fullmatch(said)
    return whole[1] if whole else _ZEROS.sub("", said.removeprefix("'"))


class Likely:
    """``alike`` gives the projects whose numbers differ from a name only in form, ``near`` those that look like it."""

    def __init__(self, names: Collection[str], projects: Iterable[str]) -> None:
        """``names`` name no project; of the ``projects``, which may be many, only those that are needed are kept."""
        forms = {name: form_free(name) for name in names}
        wanted = set(forms.values())
        found: dict[str, list[str]] = {}
        self._few: list[str] = []
        for project in projects if names else ():
            form = form_free(project)
            if form in wanted:
                found.setdefault(form, []).append(project)
            if len(self._few) <= FEW:
                self._few.append(project)
        self._alike = {name: found[form] for name, form in forms.items() if form in found}
        self._near: dict[str, list[str]] = {}

    def alike(self, name: str) -> list[str]:
        """Those that differ only in form."""
        return self._alike.get(name, [])

    def near(self, name: str) -> list[str]:
        """The same, else, where projects are few, those that look alike, best first."""
        if name in self._alike:
            return self._alike[name]
        if len(self._few) > FEW or (name not in self._near and len(self._near) >= ASKED):
            return []
        if name not in self._near:
            self._near[name] = nearest_names(name, self._few)
        return self._near[name]
