"""What a folder of schemes says of itself in ``catalog.toml``: its name, currency and parts, the index rate and the day count of loans."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calc.errors import SchemeError, nearest_names, shown
from calc.messages import language, listed, text
from calc.messages.currency import KNOWN

KEYS = ("name", "name_en", "currency", "index", "basis", "parts")
BASES = ("360", "365", "30/360")  # day counts: actual days over 360 or 365, months of 30 days over 360
LPR = "LPR"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of schemes; ``parts`` are the labels (Chinese, English) of its parts by how the ids in them begin.

    ``indices``: the index rates it has beside LPR (tables in ``rates/``), each with its terms; ``index`` is the one that loans go by
    where nothing else is said.
    """

    name: str = ""
    name_en: str = ""
    currency: str = "CNY"
    index: str = LPR
    basis: str = "360"
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    indices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name in the language in use."""
        return self.name if language() == "zh" else (self.name_en or self.name)

    def part_of(self, id: str) -> str:
        """The part that a scheme stands in, by how its id begins; empty where the folder has none for it."""
        return max((part for part in self.parts if _begins(id, part)), key=len, default="")

    def place_of(self, id: str) -> int:
        """The place of its part, from 0; after all others where it has none."""
        return list(self.parts).index(part) if (part := self.part_of(id)) else len(self.parts)

    def part_name(self, part: str) -> str:
        """The label of a part in the language in use."""
        return self.parts[part][language() == "en"]


def _begins(id: str, part: str) -> bool:
    """Whether an id begins with a part: ``1`` begins ``1.02-x`` and not ``10.1-x``, ``g`` begins ``g07-x`` and not ``grant-x``."""
    after = id[len(part) : len(part) + 1]
    return id.startswith(part) and not (after and (after.isdigit() if part[-1].isdigit() else after.isalpha()))


def read_folder(document: Mapping[str, Any], indices: Mapping[str, tuple[str, ...]], file: str = "catalog.toml", content: str = "") -> Folder:
    """The folder from its parsed ``catalog.toml``, whose ``content`` tells the lines, and the terms of its index rates. Raises ``SchemeError``."""

    def wrong(key: str, problem: str, hint: str = "", *within: str) -> SchemeError:
        from calc.places import line_of  # where something is wrong only

        return SchemeError(file, line_of(content, key, *within), problem, hint)

    for key, value in document.items():
        if key not in KEYS:
            hint = text("catalog.units") if key == "units" else " / ".join(nearest_names(key, KEYS)) or listed(KEYS)
            raise wrong(key, text("scheme.key", where=key), hint)
        if key != "parts" and (isinstance(value, bool) or not isinstance(value, (str, int) if key == "basis" else str)):
            raise wrong(key, text("scheme.value", where=key, value=shown(value), expected=text("scheme.shape.string")))
    currency = str(document.get("currency", "CNY")).upper()
    if currency not in KNOWN:
        raise wrong("currency", text("scheme.value", where="currency", value=shown(currency), expected=listed(KNOWN)), 'currency = "EUR"')
    index = str(document.get("index", LPR))
    if index != LPR and index not in indices:
        known = [LPR, *indices]
        raise wrong("index", text("scheme.value", where="index", value=shown(index), expected=listed(known)), text("catalog.index", name=index))
    basis = basis_of(document.get("basis", "360"))
    if basis is None:
        raise wrong("basis", text("scheme.value", where="basis", value=shown(document["basis"]), expected=listed(BASES)))
    parts = document.get("parts", {})
    if not isinstance(parts, Mapping) or not all(re.fullmatch(r"[a-z0-9]+", part) for part in parts):
        raise wrong("parts", text("scheme.value", where="parts", value=shown(parts), expected=text("catalog.parts")), '[parts]\n1 = "…"')
    labels = {}
    for id, one in parts.items():
        found = _labels(one)
        if found is None:
            raise wrong("parts", text("scheme.value", where=f"parts.{id}", value=shown(one), expected=text("catalog.parts")), f'{id} = "…"', id)
        labels[id] = found
    return Folder(str(document.get("name", "")), str(document.get("name_en", "")), currency, index, basis, labels, indices)


def basis_of(raw: object) -> str | None:
    """A day count as one of ``BASES``, however it is written; ``None`` for anything else."""
    said = str(raw).strip().lower().replace("actual/", "").replace("act/", "").replace(" ", "").replace("30e/360", "30/360")
    return said if said in BASES else None


def _labels(said: Any) -> tuple[str, str] | None:
    label = said.get("label") if isinstance(said, Mapping) else said
    english = said.get("label_en", label) if isinstance(said, Mapping) else said
    return (label, english) if isinstance(label, str) and isinstance(english, str) else None
