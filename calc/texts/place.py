"""Where the library stands; apart from all else, so that a command can ask whether there is one at no cost."""

from __future__ import annotations

import os
from pathlib import Path

from calc.store.cache import folder


def library_file() -> Path | None:
    """The file of the library: ``SUBSIDY_TEXTS``, else beside the cache; ``None`` where the cache is switched off."""
    told = os.environ.get("SUBSIDY_TEXTS", "")
    if told:
        return Path(told)
    place = folder()
    return place / "texts.sqlite" if place is not None else None
