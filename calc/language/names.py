"""How schemes are called on a page: by the shortest prefix that names them in the folder in use."""

from __future__ import annotations

from collections.abc import Iterable

_siblings: dict[str, list[str]] = {}


def use(ids: Iterable[str]) -> None:
    """Tells the ids of the folder in use, editions among them."""
    _siblings.clear()
    for id in {one.partition("@")[0]: None for one in ids}:
        _siblings.setdefault(id.partition("-")[0], []).append(id)


def short(id: str) -> str:
    """The shortest beginning of ``id``, in whole words, that names no other scheme; an edition keeps its name."""
    printed, at, edition = id.partition("@")
    words = printed.split("-")
    others = [one for one in _siblings.get(words[0], ()) if one != printed]
    for count in range(1, len(words)):
        begun = "-".join(words[:count])
        if not any(one == begun or one.startswith(begun + "-") for one in others):
            return begun + at + edition
    return printed + at + edition
