"""Values with units: read what people write, print what people read. Exact throughout.

Numbers are ``int`` or ``fractions.Fraction`` in the base unit of their type: money in yuan, usd in US dollars, percent as a
ratio, area in square metres, mu, tonnes, kilograms, years and months in themselves. Dates are ``datetime.date``.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from calc.messages import language, text
from calc.messages.currency import CNY, Currency, currency

Number = int | Fraction

# what may stand before a unit of money, beside 万 and 亿
SCALES: dict[str, Number] = {"百": 100, "千": 1000, "十万": 10**5, "百万": 10**6, "千万": 10**7, "十亿": 10**9}
# What one unit is worth in the base unit of its type; the multipliers 万 and 亿 may stand before each.
UNITS: dict[str, dict[str, Number]] = {
    "money": {"元": 1, "元人民币": 1, "人民币": 1, **{scale + "元": worth for scale, worth in SCALES.items()}, "百万": 10**6, "千万": 10**7},
    "usd": {"美元": 1, "USD": 1, **{scale + "美元": worth for scale, worth in SCALES.items()}},
    "percent": {"%": Fraction(1, 100), "‰": Fraction(1, 1000)},
    "area": {"平方米": 1, "平米": 1, "m2": 1, "m²": 1, "㎡": 1, "公顷": 10_000},
    "mu": {"亩": 1},
    "tonne": {"吨": 1, "t": 1, "公斤": Fraction(1, 1000), "千克": Fraction(1, 1000), "kg": Fraction(1, 1000)},
    "kg": {"公斤": 1, "千克": 1, "kg": 1, "吨": 1000, "t": 1000},
    "years": {"年": 1, "个月": Fraction(1, 12), "月": Fraction(1, 12), "个季度": Fraction(1, 4), "季度": Fraction(1, 4)},
    "months": {"个月": 1, "月": 1, "年": 12, "个季度": 3, "季度": 3},
    "count": {},
    "number": {},
}
# the base unit of each type that has one
BASES = {"money": "CNY", "usd": "USD", "area": "m2", "mu": "mu", "tonne": "t", "kg": "kg", "years": "year", "months": "month"}
DURATIONS = frozenset(("年", "月", "个月", "周", "天", "日"))  # no counters: of what they count, a number says nothing
COUNTERS = "家项件个人次台套床名所种场部届天日分位张期种户批处辆颗单笔款册篇条周岁"
MULTIPLIERS: dict[str, int] = {"": 1, "万": 10**4, "亿": 10**8}
NUMERIC = frozenset(UNITS)
MOST = 10**18  # no number is as large as this, in the base unit of its type
MOST_PLACES = 40  # digits after the point that are read

BLANKS = frozenset(("", "-", "--", "—", "——", "–", "―", "−", "/", "n/a"))  # what people write in a cell for: not given
NONE = "无"  # not known, or none at all? whoever writes it must say

_PLAIN = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)
_PART = re.compile(rf"({_PLAIN.pattern})(亿|万)?", re.ASCII)
_GAP = re.compile(r"\d\s+\d")  # figures with a space between: thousands as some write them, or two numbers
_SPACED = re.compile(r"\D*\d{1,3}(?:[ \u00a0\u2009\u202f\u3000]\d{3})+(?!\d)(?:\D*|\.\d+\D*)")
_DAY = r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))"
_DATE = re.compile(_DAY, re.ASCII)
_TIME = re.compile(r"(?<=\d)[T ]+(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?$", re.ASCII)  # of a day, without a zone
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]?\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII | re.IGNORECASE)
_OWN = frozenset((str, int, float, bool, Decimal, Fraction, dt.date, dt.datetime, list, tuple, dict, type(None)))
BEIJING = dt.timezone(dt.timedelta(hours=8))
_YES = {"true", "是", "1", "yes", "y", "有", "√", "t"}
_NO = {"false", "否", "0", "no", "n", "×", "f"}

# amounts in words: the figures, and how a number below ten thousand is put together (compiled where one is met: that takes milliseconds)
_FIGURES = {c: n for n, all_ in enumerate(("零〇", "一壹壱", "二贰貳两", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")) for c in all_}
WORDS = frozenset((*_FIGURES, *"十拾百佰千仟"))  # what numbers below ten thousand are written with
_FIGURE = "[" + "".join(c for c, n in _FIGURES.items() if n) + "]"
_BELOW_WAN = rf"(?:({_FIGURE})[千仟])?(?:(?:[零〇])?({_FIGURE})[百佰])?(?:(?:[零〇])?({_FIGURE}?)([十拾]))?(?:([零〇])?({_FIGURE}))?"
_IN_WORDS = rf"(?:(.+?)[元圆圓])?(?:[零〇]?({_FIGURE})角)?(?:[零〇]?({_FIGURE})分)?"


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
    """Full-width signs and digits as half-width ones, no spaces: names as they are compared (values: ``plain``)."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw))


def plain(raw: str) -> str:
    """A written value in half-width signs and without spaces, no number in it changed.

    A sign that would only become a figure (``①``, ``½``, ``⁵``) stays as it is, and so is no number; where figures with a space
    between are not thousands (``1 000``), the space stays.
    """
    said = raw.strip()
    if not said.isascii():
        said = "".join(_half_width(c) for c in said)
    if _GAP.search(said) and not _SPACED.fullmatch(said):
        return said
    return "".join(said.split())


def _half_width(sign: str) -> str:
    folded = unicodedata.normalize("NFKC", sign)
    return sign if not sign.isdecimal() and any(c.isdecimal() for c in folded) else folded


def is_blank(raw: object) -> bool:
    """Whether a raw value means: not given (nothing, a dash, a stroke, ``N/A``; what data frames hold where nothing is)."""
    if isinstance(raw, str):
        said = raw.strip()
        return not said or (len(said) <= 4 and normal(said).lower() in BLANKS)
    return raw is None or (isinstance(raw, float) and math.isnan(raw)) or type(raw).__name__ in ("NAType", "NaTType")


def native(raw: Any) -> Any:
    """A value of a data frame, an array or a column (NumPy, pandas, Arrow) as Python's own; numbers at their shortest decimal.

    What is Python's own already, or of a library nobody knows, is given back as it is.
    """
    if type(raw) in _OWN:
        return raw
    library = type(raw).__module__.partition(".")[0]
    if library == "pyarrow" and hasattr(raw, "as_py"):
        return native(raw.as_py())
    if library == "pyarrow" and hasattr(raw, "to_pylist"):
        return raw.to_pylist()
    if library == "pandas" and hasattr(raw, "columns"):
        return [raw.iloc[place] for place in range(len(raw))] if not raw.columns.is_unique else raw.to_dict("records")
    if library in ("numpy", "pandas") and getattr(raw, "ndim", None):
        return raw.tolist() if getattr(raw.dtype, "names", None) is None else list(raw)
    if library == "numpy" and hasattr(raw, "dtype"):
        kind = raw.dtype.kind
        if kind == "f":
            return None if math.isnan(raw) else Decimal(str(raw))
        if kind == "M":
            return None if str(raw) == "NaT" else raw.astype("datetime64[us]").item()
        return raw.item()
    return raw


def _refuse(kind: str, signed: bool) -> BadValue:
    key = f"accepted.{kind}"
    return BadValue(text(key + ".signed" if signed and kind in ("money", "percent", "number") else key))


def parse_number(kind: str, raw: Any, signed: bool = False) -> Number:
    """A number of type ``kind`` (a key of ``UNITS``) from a str, int, float, Decimal or Fraction, in its base unit.

    Raises ``BadValue`` for another type or unit, a number too large, a negative where ``signed`` is not set, or a
    percentage above 1 without its sign.
    """
    raw = native(raw)
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal, Fraction)):
        raise _refuse(kind, signed)
    bare = True
    value: Number
    if isinstance(raw, str):
        refuse_none(raw)
        value, bare = _read(kind, raw, signed)
    elif isinstance(raw, (int, Fraction)):
        value = simple(Fraction(raw))
    else:
        decimal = Decimal(float.__repr__(raw)) if isinstance(raw, float) else raw
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


def refuse_none(raw: object) -> None:
    """Raises ``BadValue`` for 无, which may mean not known, or none at all."""
    if isinstance(raw, str) and raw.strip() == NONE:
        raise BadValue(text("accepted.none"))


def _too_large() -> BadValue:
    return BadValue(text("accepted.smaller"))


def _read(kind: str, raw: str, signed: bool) -> tuple[Number, bool]:
    body = plain(raw).replace("−", "-")
    if len(body) > 3 * MOST_PLACES:
        raise _refuse(kind, signed)
    sign = 1
    if body[:1] in "+-" and body:
        sign = -1 if body[0] == "-" else 1
        body = body[1:]
    own = currency()
    if kind == "money" and own is not CNY:
        body = body.removeprefix(next((sign for sign in own.signs if body.startswith(sign)), "")).strip()
    elif kind == "money":
        body = re.sub(r"^(?:人民币)?(?:\(?大写\)?)?:?", "", body).lstrip("¥￥").removeprefix("RMB")
        body = body[:-1] if body[-2:] in ("元整", "元正", "圆整", "圆正", "角整", "角正") else body
        said = in_words(body) if body[:1] in _FIGURES or body[:1] in ("十", "拾") else None
        if said is not None:
            return simple(said * sign), False
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
    worths = UNITS[kind] if kind != "money" or own is CNY else _worths(own)
    worth = worths.get(unit, worths.get(unit.lower(), worths.get(unit.upper())))
    if worth is None and kind in ("count", "number") and len(unit) <= 2 and unit not in DURATIONS and all(c in COUNTERS for c in unit):
        worth = 1
    if worth is None and kind == "usd" and unit.upper() in ("USD", "美金"):
        worth = 1
    if worth is None or (kind in ("money", "usd") and unit[0] in "十百千" and (last != 1 or above < 10**9)):  # 5万千元
        raise _refuse(kind, signed)
    return simple(Fraction(total * sign * worth)), False


@cache
def _worths(own: Currency) -> dict[str, Number]:
    """What one of each unit that money in a currency is written in is worth."""
    return {scale + word: worth for scale, worth in (("", 1), *SCALES.items()) for word in own.words} | {"百万": 10**6, "千万": 10**7}


def in_words(raw: str) -> Fraction | None:
    """The yuan of an amount in Chinese words (``壹佰万元``, ``一亿二千万``, ``伍拾元零叁分``); ``None`` where it is none."""
    parts = re.fullmatch(_IN_WORDS, raw)
    yuan, tenths, cents = parts.groups() if parts else (raw, None, None)
    if parts and yuan is None and not (tenths or cents):
        return None
    whole = _whole(yuan) if yuan else 0
    if whole is None:
        return None
    return Fraction(whole * 100 + _FIGURES.get(tenths or "", 0) * 10 + _FIGURES.get(cents or "", 0), 100)


def _whole(words: str) -> int | None:
    """A whole number in words. A last figure without its place (一百二, 三万五) is open: 零 or the place must say it."""
    for sign, worth in (("亿億", 10**8), ("万萬", 10**4)):
        places = [n for n, c in enumerate(words) if c in sign]
        if places:
            above, below = _whole(words[: places[-1]]), words[places[-1] + 1 :]
            rest = _whole(below) if below else 0
            if not above or rest is None or rest >= worth or (below and below[0] not in "零〇" and len(below) == 1):
                return None
            return above * worth + rest
    if words in ("零", "〇"):
        return 0
    found = re.fullmatch(_BELOW_WAN, words.lstrip("零〇"))
    if not found or not found[0]:
        return None
    thousand, hundred, ten, has_ten, gap, one = found.groups()
    if one and not gap and not has_ten and (thousand or hundred):
        return None
    tens = _FIGURES[ten] if ten else int(bool(has_ten))
    return _FIGURES.get(thousand, 0) * 1000 + _FIGURES.get(hundred, 0) * 100 + tens * 10 + _FIGURES.get(one, 0)


def parse_date(raw: Any) -> dt.date:
    """A date from ``datetime.date``, ISO, slashes, dots or 年月日; a moment is its day, with a zone that in Beijing. Raises ``BadValue``."""
    raw = native(raw)
    if isinstance(raw, dt.datetime):
        return _day(raw)
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, str):
        refuse_none(raw)
        body = "".join(_half_width(c) for c in raw.strip())
        if _ZONED.fullmatch(body):
            try:
                return _day(dt.datetime.fromisoformat(body.upper().replace("Z", "+00:00")))
            except ValueError:
                raise BadValue(text("accepted.date")) from None
        body = _TIME.sub("", body)
        found = _DATE.fullmatch(body if _GAP.search(body) else re.sub(r"\s+", "", body))
        if found:
            year, month, day = (int(g) for g in found.groups() if g)
            try:
                return dt.date(year, month, day)
            except ValueError:
                pass
    raise BadValue(text("accepted.date"))


def _day(moment: dt.datetime) -> dt.date:
    """The day of a moment, in Beijing where it has a zone."""
    try:
        return (moment.astimezone(BEIJING) if moment.tzinfo is not None else moment).date()
    except OverflowError:
        raise BadValue(text("accepted.date")) from None


def parse_bool(raw: Any) -> bool:
    """Yes or no from true/false, 是/否, 1/0. Raises ``BadValue``."""
    raw = native(raw)
    if isinstance(raw, (int, float, Decimal, Fraction)) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str):
        word = plain(raw).lower()
        refuse_none(raw)
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


def figure(value: str) -> str:
    """A value of a result with thousands separators, where it is a plain number; one of four digits, which may be a year, as it is."""
    plain = value.removeprefix("-")
    return grouped(value) if plain.replace(".", "", 1).isdecimal() and not (len(plain) == 4 and plain.isdecimal()) else value


def wan(amount: int) -> str:
    """Fen as 万元, exact, with thousands separators: ``3600000000`` → ``3,600万元``; in English and another currency, plain."""
    if language() == "en" and currency() is not CNY:
        return grouped(decimal_text(Fraction(amount, 100))) + text("word.yuan")
    return grouped(decimal_text(Fraction(amount, 10**6))) + "万" + text("word.yuan")


def money_words(value: Number) -> str:
    """Yuan as people of each language read it in a sentence: in Chinese 亿元 or 万元 where that is exact to two decimals."""
    for unit, word in ((10**8, "亿"), (10**4, "万")):
        scaled = Fraction(value) / unit
        if language() == "zh" and abs(scaled) >= 1 and (scaled * 100).denominator == 1:
            return grouped(decimal_text(simple(scaled))) + word + text("word.yuan")
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


_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_TENS = ("", "拾", "佰", "仟")


def capital(amount: str) -> str:
    """An amount (``36000000.00``) in the capital numerals of Chinese finance: 叁仟陆佰万元整."""
    whole, _, rest = amount.partition(".")
    said = _capital_whole(int(whole))
    jiao, fen = int(rest[0]), int(rest[1])
    said = f"{said}元" if said else ""
    if not jiao and not fen:
        return (said or "零元") + "整"
    if jiao:
        said += _CAPITALS[jiao] + "角"
    elif said:
        said += "零"
    return said + (_CAPITALS[fen] + "分" if fen else "整")


def _capital_whole(number: int) -> str:
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            return _capital_whole(high) + name + ("零" if 0 < low < unit // 10 else "") + _capital_whole(low)
    return _capital_group(number)


def _capital_group(part: int) -> str:
    said = ""
    zero = False
    for place in (3, 2, 1, 0):
        digit = part // 10**place % 10
        if digit:
            said += ("零" if zero and said else "") + _CAPITALS[digit] + _TENS[place]
            zero = False
        else:
            zero = True
    return said
