"""Values with units: read what people write, print what people read. Exact throughout.

Numbers are ``int`` or ``fractions.Fraction`` in the base unit of their type: money in yuan, usd in US dollars, percent as a
ratio, area in square metres, mu, tonnes, kilograms, years and months in themselves. Dates are ``datetime.date``.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calc.messages import language, text

Number = int | Fraction

# What one unit is worth in the base unit of its type; the multipliers 万 and 亿 may stand before each.
UNITS: dict[str, dict[str, Number]] = {
    "money": {"元": 1, "元人民币": 1, "人民币": 1},
    "usd": {"美元": 1, "USD": 1},
    "percent": {"%": Fraction(1, 100), "‰": Fraction(1, 1000)},
    "area": {"平方米": 1, "平米": 1, "m2": 1, "公顷": 10_000},
    "mu": {"亩": 1},
    "tonne": {"吨": 1, "t": 1, "公斤": Fraction(1, 1000), "千克": Fraction(1, 1000), "kg": Fraction(1, 1000)},
    "kg": {"公斤": 1, "千克": 1, "kg": 1, "吨": 1000, "t": 1000},
    "years": {"年": 1, "个月": Fraction(1, 12), "月": Fraction(1, 12)},
    "months": {"个月": 1, "月": 1, "年": 12},
    "count": {},
    "number": {},
}
COUNTERS = "家项件个人次台套床名所种场部届天日分位张期种户批处辆颗单笔款册篇条周岁"
MULTIPLIERS: dict[str, int] = {"": 1, "万": 10**4, "亿": 10**8}
NUMERIC = frozenset(UNITS)
MOST = 10**18  # no number is as large as this, in the base unit of its type
MOST_PLACES = 40  # digits after the point that are read

_PLAIN = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_PART = re.compile(rf"({_PLAIN.pattern})(亿|万)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))")
_YES = {"true", "是", "1", "yes", "y", "有", "√", "t"}
_NO = {"false", "否", "0", "no", "n", "无", "×", "f"}


class BadValue(ValueError):
    """A value that does not fit its type; ``accepted`` says what would."""

    def __init__(self, accepted: str) -> None:
        super().__init__(accepted)
        self.accepted = accepted


def simple(value: Fraction) -> Number:
    """An ``int`` where the fraction is whole, else the fraction."""
    return value.numerator if value.denominator == 1 else value


def exact(number: str) -> Number:
    """The exact value of a plain decimal such as ``1,234.5``."""
    digits = number.replace(",", "")
    return int(digits) if "." not in digits else simple(Fraction(digits))


def normal(raw: str) -> str:
    """Full-width signs and digits as half-width ones, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw))


def is_blank(raw: object) -> bool:
    """Whether a raw value means: not given."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _refuse(kind: str, signed: bool) -> BadValue:
    key = f"accepted.{kind}"
    return BadValue(text(key + ".signed" if signed and kind in ("money", "percent", "number") else key))


def parse_number(kind: str, raw: Any, signed: bool = False) -> Number:
    """A number of type ``kind`` (a key of ``UNITS``) from a str, int, float, Decimal or Fraction, in its base unit.

    Raises ``BadValue`` for another type or unit, a number too large, a negative where ``signed`` is not set, or a
    percentage above 1 without its sign.
    """
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal, Fraction)):
        raise _refuse(kind, signed)
    bare = True
    value: Number
    if isinstance(raw, str):
        value, bare = _read(kind, raw, signed)
    elif isinstance(raw, (int, Fraction)):
        value = simple(Fraction(raw))
    else:
        decimal = Decimal(repr(raw)) if isinstance(raw, float) else raw
        if not decimal.is_finite():
            raise _refuse(kind, signed)
        if decimal.adjusted() > len(str(MOST)):
            raise _too_large()
        if -decimal.adjusted() > MOST_PLACES or len(decimal.as_tuple().digits) > 2 * MOST_PLACES:
            raise _refuse(kind, signed)
        value = simple(Fraction(decimal))
    if not -MOST < value < MOST:
        raise _too_large()
    if value < 0 and not signed:
        raise _refuse(kind, signed)
    if kind == "percent" and bare and not -1 <= value <= 1:
        raise BadValue(text("accepted.percent.form", offer=f"{decimal_text(value)}%"))
    if kind == "count" and not isinstance(value, int):
        raise _refuse(kind, signed)
    return value


def _too_large() -> BadValue:
    return BadValue(text("accepted.smaller"))


def _read(kind: str, raw: str, signed: bool) -> tuple[Number, bool]:
    body = normal(raw).replace("−", "-")
    if len(body) > 3 * MOST_PLACES:
        raise _refuse(kind, signed)
    sign = 1
    if body[:1] in "+-" and body:
        sign = -1 if body[0] == "-" else 1
        body = body[1:]
    if kind == "money":
        body = body.removeprefix("人民币").lstrip("¥￥").removeprefix("RMB")
    elif kind == "usd":
        body = body.removeprefix("USD").removeprefix("US").lstrip("$")
    total: Number = 0
    last = above = 10**9
    position = 0
    digits = ""
    for part in _PART.finditer(body):
        scale = MULTIPLIERS[part[2] or ""]
        if part.start() != position or scale >= last:
            break
        total += exact(part[1]) * scale
        last, position, above, digits = scale, part.end(), last, part[1]
    unit = body[position:]
    if not position:
        raise _refuse(kind, signed)
    if not unit:
        if last == 1 and above < 10**9 and len(digits) < len(str(above)) - 1:
            raise _refuse(kind, signed)  # 1万2 may be meant as 12000 or as 10002
        return simple(Fraction(total * sign)), True
    worth = UNITS[kind].get(unit)
    if worth is None:
        worth = UNITS[kind].get(unit.lower())
    if worth is None and kind in ("count", "number") and len(unit) <= 2 and all(c in COUNTERS + "月年" for c in unit):
        worth = 1
    if worth is None and kind == "usd" and unit.upper() in ("USD", "美金"):
        worth = 1
    if worth is None:
        raise _refuse(kind, signed)
    return simple(Fraction(total * sign * worth)), False


def parse_date(raw: Any) -> dt.date:
    """A date from ``datetime.date``, ISO, slashes, dots or 年月日. Raises ``BadValue``."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, str):
        body = unicodedata.normalize("NFKC", raw).strip()
        body = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", body)
        found = _DATE.fullmatch(re.sub(r"\s+", "", body))
        if found:
            year, month, day = (int(g) for g in found.groups() if g)
            try:
                return dt.date(year, month, day)
            except ValueError:
                pass
    raise BadValue(text("accepted.date"))


def parse_bool(raw: Any) -> bool:
    """Yes or no from true/false, 是/否, 1/0. Raises ``BadValue``."""
    if isinstance(raw, int) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str):
        word = normal(raw).lower()
        if word in _YES:
            return True
        if word in _NO:
            return False
    raise BadValue(text("accepted.bool"))


def decimal_text(value: Number, most: int = 12) -> str:
    """A number as plain decimal, without trailing zeros; a repeating one is cut after ``most`` places."""
    if isinstance(value, int):
        return str(value)
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 1)
    scaled = rest * 10**most
    digits = f"{int(scaled):0{most}d}".rstrip("0")
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def fen(value: Number) -> int:
    """An amount in yuan cut down to whole fen, as a number of fen."""
    return (value.numerator * 100) // value.denominator


def fen_text(amount: int) -> str:
    """A number of fen as yuan with two decimals: ``3600000000`` → ``36000000.00``."""
    sign = "-" if amount < 0 else ""
    yuan, rest = divmod(abs(amount), 100)
    return f"{sign}{yuan}.{rest:02d}"


def grouped(amount: str) -> str:
    """A plain decimal with thousands separators."""
    sign = "-" if amount.startswith("-") else ""
    whole, dot, rest = amount.lstrip("-").partition(".")
    return f"{sign}{int(whole):,}{dot}{rest}"


def wan(amount: int) -> str:
    """Fen as 万元, exact, with thousands separators: ``3600000000`` → ``3,600万元``."""
    return grouped(decimal_text(Fraction(amount, 10**6))) + "万元"


def money_words(value: Number) -> str:
    """Yuan as people of each language read it in a sentence: in Chinese 亿元 or 万元 where that is exact to two decimals."""
    for unit, word in ((10**8, "亿元"), (10**4, "万元")):
        scaled = Fraction(value) / unit
        if language() == "zh" and abs(scaled) >= 1 and (scaled * 100).denominator == 1:
            return grouped(decimal_text(simple(scaled))) + word
    whole, _, rest = decimal_text(value).partition(".")
    return grouped(f"{whole}.{rest:0<2}" if rest else whole) + text("word.yuan")


def value_text(kind: str, value: Any) -> str | bool:
    """A value as it stands in results: money with two decimals (more where given), ``85%``, ISO dates, enums by slug."""
    if kind in ("money", "usd"):
        body = decimal_text(value)
        whole, _, rest = body.partition(".")
        return f"{whole}.{rest:0<2}"
    if kind == "percent":
        return decimal_text(simple(Fraction(value) * 100)) + "%"
    if kind == "date":
        return str(value.isoformat())
    if kind == "bool":
        return bool(value)
    if kind in NUMERIC or kind == "rate":
        return decimal_text(value)
    return "；".join(value) if kind == "set" else str(value)
