"""Whole numbers as documents write them: 12, 十二, ⑫."""

from __future__ import annotations

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_SCALES = {"十": 10, "百": 100, "千": 1000}
CHINESE = "零一二三四五六七八九十百千两"


def whole(said: str) -> int:
    """The number ``said`` in digits, in Chinese figures up to 9999, or as a ringed digit. Raises ``ValueError``."""
    if said.isascii() and said.isdigit():
        return int(said)
    if len(said) == 1 and said in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳":
        return "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳".index(said) + 1
    total, digit, seen = 0, 0, False
    for character in said:
        if character in _DIGITS:
            digit, seen = _DIGITS[character], True
        elif character in _SCALES:
            total += (digit if seen else 1) * _SCALES[character]
            digit, seen = 0, False
        else:
            raise ValueError(said)
    if not said:
        raise ValueError(said)
    return total + digit


def chinese(number: int) -> str:
    """A whole number below 1000 in Chinese figures, as headings count."""
    ones = "零一二三四五六七八九"
    if not 0 <= number < 1000:
        return str(number)
    if number < 10:
        return ones[number]
    if number < 100:
        return (ones[number // 10] if number >= 20 else "") + "十" + (ones[number % 10] if number % 10 else "")
    rest = number % 100
    tail = "" if not rest else "零" + ones[rest] if rest < 10 else ("一" if rest < 20 else "") + chinese(rest)
    return ones[number // 100] + "百" + tail
