"""Expressions as written in scheme files: text → syntax tree. Knows nothing of facts or types."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction

from calc.messages import text
from calc.units import COUNTERS, MULTIPLIERS, Number, exact, normal, simple

MOST_CHARACTERS = 2000
MOST_DEPTH = 60
MOST_TERMS = 100

# unit as written → (type, worth in the type's base unit)
UNITS: dict[str, tuple[str, Number]] = {
    "元": ("money", 1),
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
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<date>\d{{4}}-\d{{2}}-\d{{2}}) |
    (?P<number>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)(?P<scale>万|亿)?(?P<unit>{_UNIT})?(?P<per>(?:/(?:{_UNIT}))*)(?![\w.]) |
    (?P<quoted>'[^']*'|"[^"]*") |
    (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*) |
    (?P<sign>==|!=|>=|<=|[-+*/()<>,\[\]])
    )""",
    re.VERBOSE,
)


class SyntaxProblem(ValueError):
    """An expression that cannot be read: what is wrong, and ``at`` which character (0-based)."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at


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
_SPELT = {"≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "（": "(", "）": ")", "，": ",", "％": "%", "＞": ">", "＜": "<", "＋": "+", "－": "-"}
_WORDS = {"且": "and", "并且": "and", "或": "or", "或者": "or", "非": "not", "不是": "not", "属于": "in"}
_WORD = re.compile(r"(?:(?<=\s)|^)(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?=\s)")
_APART = re.compile(r"(?<=\d)[ \t]+(?=[万亿]?(?:元|美元|%|‰|平方米|公顷|吨|公斤|亩|年|个月|月|家|人|件|项|个)(?![\w]))|(?<=\d)[ \t]+(?=[万亿](?![\w]))")
_SHORT_DATE = re.compile(r"(?<![\d-])(\d{4})(?:-(\d{1,2})-(\d{1,2})|年(\d{1,2})月(\d{1,2})日)(?![\d-])")


def spelt(source: str) -> str:
    """``source`` in the spelling of the language: ``≥``, ``且``, ``500 万元`` and ``2024-1-1`` as people write them."""
    for sign, plain in _SPELT.items():
        source = source.replace(sign, plain)
    source = _APART.sub("", _WORD.sub(lambda m: _WORDS[m[1]], source))
    return _SHORT_DATE.sub(lambda m: f"{m[1]}-{int(m[2] or m[4]):02}-{int(m[3] or m[5]):02}", source)


def parse(source: str) -> Node:
    """The syntax tree of an expression. Raises ``SyntaxProblem``."""
    if len(source) > MOST_CHARACTERS:
        raise SyntaxProblem(text("syntax.long", most=MOST_CHARACTERS), 0)
    parser = _Parser(source)
    node = parser.expression(0, 0)
    if parser.kind:
        raise SyntaxProblem(text("syntax.extra", token=parser.token), parser.at)
    return node


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.end = 0
        self.advance()

    def advance(self) -> None:
        rest = self.source[self.end :]
        if not rest.strip():
            self.kind, self.token, self.at = "", "", len(self.source)
            return
        found = _TOKEN.match(self.source, self.end)
        if not found:
            at = self.end + len(rest) - len(rest.lstrip())
            raise SyntaxProblem(text("syntax.unreadable", token=rest.split()[0]), at)
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
            return _quantity(match, token, at)
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
            raise SyntaxProblem(text("syntax.value", found=self.token or text("syntax.end")), self.at)
        quoted = self.kind == "quoted"
        found = Name(self.token[1:-1] if quoted else self.token, self.at, quoted)
        self.advance()
        return found


def _quantity(match: re.Match[str], token: str, at: int) -> Quantity:
    scale = MULTIPLIERS[match["scale"] or ""]
    kind, worth = UNITS[match["unit"]] if match["unit"] else ("number", 1)
    per: list[str] = []
    value: Number = exact(normal(match["number"])) * scale * worth
    for unit in (match["per"] or "").split("/")[1:]:
        below, worth_below = UNITS[unit]
        value = value / Fraction(worth_below)
        if below != "count":
            per.append(below)
    return Quantity(simple(Fraction(value)), kind, tuple(per), token, at)
