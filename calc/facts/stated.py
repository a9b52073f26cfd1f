"""Units stated beside a name: ``投资额（万元）`` is a fact and the unit its plain numbers are in."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

from calc.facts.scales import leads, money_unit
from calc.units import NUMERIC, UNITS, WORDS, BadValue, Number, is_blank, normal, parse_number, plain

_BRACKETS = re.compile(r"(.+?)[(（\[【〔]\s*(?:单位\s*[:：]?\s*)?([^()（）\[\]【】〔〕]+)[)）\]】〕]")
_SEVERAL = re.compile(r"[、，,;；|\s]|或|和")


def unit_of(said: str) -> str:
    """A unit as numbers take it: ``人民币万元`` and ``万元，也可写 5000万元`` are ``万元``, ``RMB million`` is ``百万元``."""
    if leads(said) or money_unit(said):
        return money_unit(said) or said.strip()
    return re.sub(r"^(?:人民币|RMB|CNY)(?=.)", "", normal(_SEVERAL.split(said.strip(), maxsplit=1)[0]), flags=re.IGNORECASE)


def units_in(said: str) -> list[str]:
    """The units that a text names side by side, as they are written."""
    return [said] if leads(said) or money_unit(said) else _SEVERAL.split(said)


def parted(name: str) -> list[tuple[str, str]]:
    """What a header may be made of: a name and the unit in brackets or behind it, the likeliest first."""
    bare = " ".join(name.split()).strip("*＊:：").strip()
    found = _BRACKETS.fullmatch(bare)
    if found:
        return [(found[1].rstrip(), unit_of(found[2]))]
    return [(bare[:cut].rstrip(" /,，_·:：-"), unit_of(bare[cut:].lstrip(" /,，_·:："))) for cut in range(len(bare) - 1, max(0, len(bare) - 8), -1)]


@cache
def _behind(counter: str, own: str) -> re.Pattern[str]:
    """How a counter may be written: ``/平方米/月`` also as ``/㎡/月``, a unit of one's own by its id, too."""
    words: list[str] = []
    for word in counter.split("/"):
        same = {word, own if own and not words else word}
        same.update(one for units in UNITS.values() if units.get(word) == 1 for one, worth in units.items() if worth == 1)
        words.append("(?:" + "|".join(map(re.escape, sorted(same, key=len, reverse=True))) + ")")
    return re.compile("[/／]".join(words) + r"\s*\Z", re.IGNORECASE)


def without_counter(said: str, counter: str, own: str) -> str:
    """What is said without the ``counter`` (天, /平方米/月) that may stand behind it; ``own``: the id of its unit of one's own."""
    return _behind(counter, own).sub("", said) if counter else said


def worth_in(kind: str, counter: str, own: str, unit: str) -> Number:
    """What one of a unit, perhaps with its counter behind it, is worth in the base unit of a type. Raises ``BadValue``."""
    return parse_number(kind, "1" + without_counter(unit, counter, own))


def counts_in(kind: str, counter: str, own: str, unit: str) -> bool:
    """Whether ``unit``, perhaps with its counter behind it, is one that numbers of a type can be in."""
    bare = without_counter(unit, counter, own)
    if kind not in NUMERIC or not unit or (any(c.isdecimal() for c in bare) and bare.lstrip("十百千万亿") not in UNITS[kind]):
        return False  # figures of its own; those of m2 are none
    try:
        return worth_in(kind, counter, own, unit) > 0
    except BadValue:
        return False


def in_unit(raw: Any, unit: str) -> Any:
    """A plain number in the ``unit`` its name states; what has a unit of its own, and what is no number, as it is."""
    if not unit or is_blank(raw) or isinstance(raw, (bool, list, tuple, dict)):
        return raw
    bare = plain(format(Decimal(repr(raw)) if isinstance(raw, float) else raw, "f") if isinstance(raw, (float, Decimal)) else str(raw))
    figures = bare.lstrip("+-−¥￥").replace(",", "").replace(".", "", 1)
    return bare + unit if figures.isdecimal() or (figures and set(figures) <= WORDS) else raw
