"""Units of money as heads of tables state them in English and in any currency: ``SGD thousand``, ``€ million``, ``RMB'000``."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from calc.messages.currency import CNY, KNOWN, currency

# a scale as numbers take it → how it is written
SCALES = {
    "千": ("thousands", "thousand", "'000s", "'000", "000s", "000", "tsd", "k"),
    "万": ("ten thousands", "ten thousand", "10,000", "10000"),
    "十万": ("lakhs", "lakh", "100,000", "100000"),
    "百万": ("millions", "million", "mln", "mio", "mn", "1,000,000", "m"),
    "千万": ("crores", "crore", "ten million", "10 million"),
    "亿": ("hundred million", "100 million"),
    "十亿": ("billions", "billion", "bln", "bn"),
}  # fmt: skip
ENGLISH = {"rmb": "CNY", "yuan": "CNY", "renminbi": "CNY", "euros": "EUR", "euro": "EUR", "yen": "JPY", "won": "KRW", "baht": "THB"}
_HARMLESS = re.compile(r"(?:only|net|gross|excl|incl|before|after|with|or|and)\w*\b", re.IGNORECASE)


@cache
def _signs() -> dict[str, str]:
    """How currencies are written, in small letters → their codes; ``¥`` is that of the folder."""
    found = {word.casefold(): code for code, one in KNOWN.items() if one is not CNY for word in (*one.words, *one.signs) if word not in "¥￥"}
    return found | {word.casefold(): "CNY" for word in CNY.words} | {"cny": "CNY"} | ENGLISH


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    written = sorted((word for words in SCALES.values() for word in words), key=len, reverse=True)
    scale = "(?P<scale>" + "|".join(map(re.escape, written)) + ")"
    money = "(?P<money>[¥￥]|" + "|".join(map(re.escape, sorted(_signs(), key=len, reverse=True))) + ")"
    return tuple(re.compile(form) for form in (rf"(?:in )?{scale}\.?(?: of)? ?{money}", rf"(?:in )?{money} ?[,/]? ?(?:in )?{scale}\.?", rf"in {money}"))


def money_unit(said: str) -> str:
    """A unit of money as numbers take it (``千新加坡元``), of what a head says in English; empty where it says none.

    A scale alone (``million``, ``'000``) is one of the folder's own currency.
    """
    body = re.sub(r"[‘’`´]", "'", unicodedata.normalize("NFKC", said)).strip().casefold()
    body = re.sub(r"\s+", " ", body)
    for form in _forms():
        found = form.fullmatch(body)
        if found:
            parts = found.groupdict()
            code = _signs().get(parts["money"], currency().code)
            return _scale(parts.get("scale", "")) + (KNOWN[code].words[0])
    alone = body.removeprefix("in ")
    return _scale(alone) + currency().words[0] if len(alone) > 1 and _scale(alone) and not alone[0].isdigit() else ""


def _scale(written: str) -> str:
    return next((scale for scale, words in SCALES.items() if written in words), "")


def is_currency(unit: str) -> bool:
    """Whether a unit is one of money, in whatever currency: its word or sign stands at the end, or its code at the beginning."""
    body = unicodedata.normalize("NFKC", unit).strip().casefold()
    return body.endswith(("元", "美金", "英镑", "日币", "港币")) or any(body.endswith(word) for word in _signs()) or leads(body)


def leads(said: str) -> bool:
    """Whether a currency is followed by a word that nobody knows, so that what it is counted in is open: ``SGD dozen``."""
    first, _, rest = unicodedata.normalize("NFKC", said).strip().partition(" ")
    return first.strip(",").casefold() in _signs() and rest[:1].isascii() and rest[:1].isalnum() and not _HARMLESS.match(rest)
