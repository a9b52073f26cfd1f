"""Currencies: how an amount is written in each. Messages are written with 元; in a folder in another currency they say that one."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Currency(NamedTuple):
    """A currency: its ISO code, its Chinese name, the words and signs that may stand after a figure, and those before it."""

    code: str
    name: str
    words: tuple[str, ...]
    signs: tuple[str, ...] = ()


_NAMES = {
    "USD": ("美元", "US$", "$"), "EUR": ("欧元", "€"), "GBP": ("英镑", "£"), "JPY": ("日元", "¥", "￥"), "HKD": ("港元", "HK$", "港币"),
    "MOP": ("澳门元",), "TWD": ("新台币", "NT$"), "SGD": ("新加坡元", "S$", "新元"), "KRW": ("韩元", "₩"), "CHF": ("瑞士法郎",),
    "AUD": ("澳元", "A$"), "CAD": ("加元", "C$"), "INR": ("印度卢比", "₹"), "NZD": ("新西兰元",), "SEK": ("瑞典克朗",), "DKK": ("丹麦克朗",),
    "NOK": ("挪威克朗",), "PLN": ("兹罗提",), "THB": ("泰铢", "฿"), "MYR": ("林吉特",), "VND": ("越南盾", "₫"), "IDR": ("印尼盾",), "AED": ("迪拉姆",),
}  # fmt: skip
CNY = Currency("CNY", "元", ("元", "元人民币", "人民币"), ("¥", "￥", "RMB", "人民币"))
KNOWN = {
    "CNY": CNY,
    **{code: Currency(code, name, (name, code, *more), (code, *more)) for code, (name, *more) in _NAMES.items()},
}
_current = CNY


def use(code: str) -> None:
    """Chooses the currency that money is in from now on. Raises ``KeyError`` for a code that is not in ``KNOWN``."""
    global _current
    _current = KNOWN[code]


def currency() -> Currency:
    """The currency in use."""
    return _current


# 元 as the name of the currency: not in words such as 单元格 and 美元
_YUAN = r"(?<![单美港欧日])元(?![素件旦组格])"


@cache
def said_in(template: str, code: str, english: bool) -> str:
    """A message written with 元 as it reads in another currency."""
    own = KNOWN[code]
    if not english:
        return re.sub(_YUAN, own.name, template).replace("人民币", own.name).replace("￥", own.code + " ")
    said = re.sub(rf"(\d[\d,.]*)(万|亿)?{_YUAN}", lambda m: _figure(m[1], m[2], code), template)
    said = re.sub(rf"(?<=\}}) ?{_YUAN}|^{_YUAN}$", f" {code}", said)
    return re.sub(rf"{_YUAN}|\b(?:yuan|CNY)\b", code, said).replace("￥", f"{code} ").replace("万", "10,000 ")


def _figure(digits: str, scale: str | None, code: str) -> str:
    whole, dot, rest = digits.replace(",", "").partition(".")
    places = {"万": 4, "亿": 8}.get(scale or "", 0)
    if places:
        whole, dot, rest = whole + rest.ljust(places, "0"), "", ""
    return f"{int(whole):,}{dot}{rest} {code}"
