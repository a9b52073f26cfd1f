"""Expressions as written in scheme files: text → syntax tree. Knows nothing of facts or types."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from calc.messages import text
from calc.messages.currency import KNOWN
from calc.units import COUNTERS, Number, decimal_text, exact, in_words, normal, simple

MOST_CHARACTERS = 2000
MOST_DEPTH = 60
MOST_TERMS = 100

# unit as written → (type, worth in the type's base unit), beside the currency of the folder and units of its own
UNITS: dict[str, tuple[str, Number]] = {
    "美元": ("usd", 1),
    "%": ("percent", Fraction(1, 100)),
    "‰": ("percent", Fraction(1, 1000)),
    "平方米": ("area", 1),
    "㎡": ("area", 1),
    "m2": ("area", 1),
    "公顷": ("area", 10_000),
    "亩": ("mu", 1),
    "吨": ("tonne", 1),
    "公斤": ("kg", 1),
    "千克": ("kg", 1),
    "个月": ("months", 1),
    "月": ("months", 1),
    "年": ("years", 1),
    **dict.fromkeys(COUNTERS, ("count", 1)),
}
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}


class Lexicon(NamedTuple):
    """How expressions are written in one folder: its units, the pattern of a token, that of a space before a unit."""

    units: dict[str, tuple[str, Number]]
    token: re.Pattern[str]
    apart: re.Pattern[str]


@cache
def lexicon(currency: str = "CNY", own: tuple[tuple[str, str], ...] = ()) -> Lexicon:
    """The words of a folder whose money is in ``currency``, with units of its ``own`` (id and word)."""
    units = {**UNITS, **dict.fromkeys(KNOWN[currency].words, ("money", 1)), **{word: (said, 1) for id, said in own for word in (said, id)}}
    unit = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    token = re.compile(
        rf"""\s*(?:
        (?P<date>\d{{4}}-\d{{2}}-\d{{2}}) |
        (?P<number>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(?P<scale>[百千]?万|亿|[百千](?={unit}))?(?P<unit>{unit})?(?P<per>(?:/(?:{unit}))*)(?![\w.]) |
        (?P<quoted>'[^']*'|"[^"]*") |
        (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*) |
        (?P<sign>==|!=|>=|<=|[-+*/()<>,\[\]])
        )""",
        re.VERBOSE,
    )
    return Lexicon(units, token, re.compile(rf"(?<=[\d万亿])[ \t]+(?=[百千]?[万亿]?(?:{unit})(?![\w]))|(?<=\d)[ \t]+(?=[万亿](?![\w]))"))


class SyntaxProblem(ValueError):
    """An expression that cannot be read: what is wrong, ``at`` which character (0-based), and how it may have been meant."""

    def __init__(self, problem: str, at: int, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Quantity:
    """A literal with its unit: ``value`` in base units; ``kind`` a type name; ``per`` the units it is divided by."""

    value: Number
    kind: str
    per: tuple[str, ...]
    source: str
    at: int


@dataclass(frozen=True, slots=True)
class Date:
    """A date literal."""

    value: dt.date
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A bare or dotted name; ``quoted`` marks an enum value written in quotes."""

    id: str
    at: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Unary:
    """``not x`` or ``-x``."""

    op: str
    arg: Node
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and an operator: arithmetic, comparison, ``and``, ``or``."""

    op: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class In:
    """``item in [a, b]`` or ``item not in [a, b]``."""

    item: Node
    values: tuple[Name, ...]
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Has:
    """``item has a`` or ``item has_any [a, b]``."""

    item: Node
    values: tuple[Name, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an aggregate, with its optional ``where``."""

    function: str
    args: tuple[Node, ...]
    where: Node | None
    at: int


Node = Quantity | Date | Name | Unary | Binary | In | Has | Call

_BINDING = {"or": 1, "and": 2, "==": 4, "!=": 4, ">=": 4, "<=": 4, ">": 4, "<": 4, "in": 4, "has": 4, "has_any": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_NOT = 3
_MINUS = 7


# what people write for the signs and words of the language; 且 and 或 only as words of their own
_SPELT = {
    "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "（": "(", "）": ")", "，": ",", "％": "%", "＞": ">", "＜": "<", "＝": "=", "＋": "+", "－": "-",
    "【": "[", "】": "]", "、": ",", "&&": " and ", "||": " or ", "<>": "!=", "=>": ">=", "=<": "<=",
}  # fmt: skip
_WORDS = {
    "且": "and", "并且": "and", "或": "or", "或者": "or", "非": "not", "不是": "not", "不": "not", "属于": "in", "包含": "has", "为": "==", "等于": "==",
    "AND": "and", "OR": "or", "NOT": "not",
}  # fmt: skip
_WORD = re.compile(r"(?:(?<=[\s()\]%])|(?<=\d[元年月亩吨家人项个])|^)(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?=[\s(])")
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_BANG = re.compile(r"!(?!=)")
_SHORT_DATE = re.compile(r"(?<![\d./-])(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)(?![\d./-])")
_QUOTED = re.compile(r"('[^']*'|\"[^\"]*\")")
# what is written in other places: words of texts, signs of other languages
HINTS = (
    ("以上", ">="), ("不低于", ">="), ("不少于", ">="), ("达到", ">="), ("超过", ">"), ("大于", ">"), ("以下", "<="), ("不超过", "<="), ("不高于", "<="),
    ("低于", "<"), ("少于", "<"), ("小于", "<"), ("等于", "=="),
)  # fmt: skip


def spelt(source: str, words: Lexicon) -> str:
    """``source`` in the spelling of the language: ``≥``, ``且``, ``500 万元``, ``2024/1/1`` and ``=`` as people write them."""
    pieces = _QUOTED.split(source)
    return "".join(piece if place % 2 else _spelt(piece, words) for place, piece in enumerate(pieces))


def _spelt(source: str, words: Lexicon) -> str:
    for sign, plain in _SPELT.items():
        source = source.replace(sign, plain)
    source = words.apart.sub("", _WORD.sub(lambda m: f" {_WORDS[m[1]]} ", source))
    source = _SHORT_DATE.sub(lambda m: f"{m[1]}-{int(m[3] or m[5]):02}-{int(m[4] or m[6]):02}", source)
    return _BANG.sub(" not ", _EQUALS.sub("==", source))


def meant(token: str, words: Lexicon) -> str:
    """How a piece that cannot be read is written in the language, where that can be told; else empty."""
    said = next((f"{word} → {sign}" for word, sign in sorted(HINTS, key=lambda one: -len(one[0])) if word in token), "")
    joined = next((word for word in ("并且", "或者", "且", "或") if word in token), "")
    foreign = re.match(r"[\d.,]+[百千万亿]*([^\W\d]+)", token)
    if said or not (joined or foreign):
        return said
    if joined:
        return text("syntax.joined", word=joined)
    assert foreign is not None
    if foreign[1] == "成":
        return figure_meant(token)
    if foreign[1].lower() in ("w", "k"):
        return token.replace(foreign[1], "万元" if foreign[1].lower() == "w" else "000元")
    elsewhere = any(foreign[1] in one.words for one in KNOWN.values())
    return text("syntax.currency", currency=next(word for word, (kind, _) in words.units.items() if kind == "money")) if elsewhere else ""


def figure_meant(name: str) -> str:
    """A figure in words as the language writes it: ``百分之二十`` and ``2成`` are ``20%``, ``一百万元`` is ``100万元``; empty where it is none."""
    tenths = re.fullmatch(r"([\d.]+)成", name)
    if tenths:
        return decimal_text(simple(Fraction(tenths[1]) * 10)) + "%"
    share = re.fullmatch(r"([百千])分之(.+)", name)
    worth = in_words(share[2] if share else name)
    if worth is None:
        return ""
    if share:
        return decimal_text(simple(worth)) + ("%" if share[1] == "百" else "‰")
    scale, word = next(((scale, word) for scale, word in ((10**8, "亿"), (10**4, "万"), (1, "")) if worth % scale == 0), (1, ""))
    return f"{decimal_text(simple(worth / scale))}{word}元"


def parse(source: str, words: Lexicon | None = None) -> Node:
    """The syntax tree of an expression, in the ``words`` of a folder. Raises ``SyntaxProblem``."""
    if len(source) > MOST_CHARACTERS:
        raise SyntaxProblem(text("syntax.long", most=MOST_CHARACTERS), 0)
    parser = _Parser(source, words or lexicon())
    node = parser.expression(0, 0)
    if parser.kind:
        hint = {"is": "==", "是": "==", "=": "=="}.get(parser.token, meant(parser.token, parser.words))
        raise SyntaxProblem(text("syntax.extra", token=parser.token), parser.at, hint)
    return node


class _Parser:
    def __init__(self, source: str, words: Lexicon) -> None:
        self.source = source
        self.words = words
        self.end = 0
        self.advance()

    def advance(self) -> None:
        rest = self.source[self.end :]
        if not rest.strip():
            self.kind, self.token, self.at = "", "", len(self.source)
            return
        found = self.words.token.match(self.source, self.end)
        if not found:
            at = self.end + len(rest) - len(rest.lstrip())
            token = rest.split()[0]
            raise SyntaxProblem(text("syntax.unreadable", token=token), at, meant(token, self.words))
        self.match = found
        self.kind = found.lastgroup or ""
        if found["number"]:
            self.kind = "number"
        self.at = found.start() + len(found[0]) - len(found[0].lstrip())
        self.token = found[0].strip()
        self.end = found.end()

    def take(self, token: str) -> None:
        if self.token != token or self.kind == "quoted":
            raise SyntaxProblem(text("syntax.expected", token=token, found=self.token or text("syntax.end")), self.at)
        self.advance()

    def expression(self, binding: int, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise SyntaxProblem(text("syntax.deep", most=MOST_DEPTH), self.at)
        left = self.operand(depth)
        for _ in range(MOST_TERMS):
            op, at = self.token, self.at
            negated = op == "not" and self.kind == "name" and bool(re.match(r"\s*in\b", self.source[self.end :]))
            power = _BINDING["in"] if negated else _BINDING.get(op, 0) if self.kind in ("sign", "name") else 0
            if not power or power <= binding:
                return left
            self.advance()
            if negated or op == "in":
                if negated:
                    self.advance()
                left = In(left, self.values(), negated, at)
                continue
            if op in ("has", "has_any"):
                left = Has(left, self.values() if op == "has_any" else (self.one_value(),), at)
                continue
            right = self.expression(power, depth + 1)
            if power == 4 and self.token in _BINDING and _BINDING[self.token] == 4 and self.kind == "sign":
                raise SyntaxProblem(text("syntax.chained"), self.at)
            left = Binary(op, left, right, at)
        raise SyntaxProblem(text("syntax.terms", most=MOST_TERMS), self.at)

    def operand(self, depth: int) -> Node:
        kind, token, at, match = self.kind, self.token, self.at, self.match if self.kind else None
        if kind == "sign" and token == "(":
            self.advance()
            node = self.expression(0, depth + 1)
            self.take(")")
            return node
        if token == "-" and kind == "sign":
            self.advance()
            return Unary("-", self.expression(_MINUS, depth + 1), at)
        if token == "not" and kind == "name":
            self.advance()
            return Unary("not", self.expression(_NOT, depth + 1), at)
        if kind == "number" and match is not None:
            self.advance()
            return _quantity(match, token, at, self.words.units)
        if kind == "date":
            self.advance()
            try:
                return Date(dt.date.fromisoformat(token), at)
            except ValueError:
                raise SyntaxProblem(text("syntax.date", token=token), at) from None
        if kind == "quoted":
            self.advance()
            return Name(token[1:-1], at, quoted=True)
        if kind == "name" and token not in ("and", "or", "in", "has", "has_any", "where"):
            self.advance()
            if self.kind == "sign" and self.token == "(" and "." not in token:
                return self.call(token, at, depth)
            return Name(token, at)
        raise SyntaxProblem(text("syntax.operand", found=token or text("syntax.end")), at)

    def call(self, function: str, at: int, depth: int) -> Call:
        self.take("(")
        args: list[Node] = []
        where: Node | None = None
        while not (self.kind == "sign" and self.token == ")"):
            args.append(self.expression(0, depth + 1))
            if self.kind == "name" and self.token == "where":
                self.advance()
                where = self.expression(0, depth + 1)
            elif self.token == "," and self.kind == "sign":
                self.advance()
        self.take(")")
        return Call(function, tuple(args), where, at)

    def values(self) -> tuple[Name, ...]:
        if self.token != "[":
            listed = re.split(r"[,\s]+", re.split(r"\s(?:and|or)\s|\)", self.source[self.at :])[0].strip())
            raise SyntaxProblem(text("syntax.expected", token="[", found=self.token or text("syntax.end")), self.at, f"[{', '.join(listed)}]")
        self.take("[")
        found: list[Name] = []
        while not (self.kind == "sign" and self.token == "]"):
            found.append(self.one_value())
            if self.token == "," and self.kind == "sign":
                self.advance()
        self.take("]")
        return tuple(found)

    def one_value(self) -> Name:
        if self.kind not in ("name", "quoted"):
            hint = "has_any [ … ]" if self.token == "[" else ""
            raise SyntaxProblem(text("syntax.value", found=self.token or text("syntax.end")), self.at, hint)
        quoted = self.kind == "quoted"
        found = Name(self.token[1:-1] if quoted else self.token, self.at, quoted)
        self.advance()
        return found


def _quantity(match: re.Match[str], token: str, at: int, units: dict[str, tuple[str, Number]]) -> Quantity:
    scale = _SCALES[match["scale"] or ""]
    kind, worth = units[match["unit"]] if match["unit"] else ("number", 1)
    per: list[str] = []
    value: Number = exact(normal(match["number"])) * scale * worth
    for unit in (match["per"] or "").split("/")[1:]:
        below, worth_below = units[unit]
        value = value / Fraction(worth_below)
        if below != "count":
            per.append(below)
    return Quantity(simple(Fraction(value)), kind, tuple(per), token, at)
