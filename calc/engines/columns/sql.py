"""SQL as a graph of shared parts: what is used more than once, and is not trivial, becomes a staged column of its own."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Part = Any  # a str, or an Sql


class Sql:
    """An expression: text and other expressions in turn; ``free`` are the lambda variables it needs, ``plain``: not worth staging."""

    __slots__ = ("binds", "free", "parts", "plain")

    def __init__(self, parts: tuple[Part, ...], free: frozenset[str], plain: bool, binds: str = "") -> None:
        self.parts = parts
        self.free = free
        self.plain = plain
        self.binds = binds


@dataclass(frozen=True, slots=True)
class Let:
    """A staged column: ``sql`` over the columns of lower levels (the input relation is level 0).

    ``fixed``: it stays a column even where it is read once, since a list function would compute it for every record.
    """

    name: str
    sql: str
    level: int
    fixed: bool = False


class Pool:
    """Makes expressions, each distinct one once."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Sql] = {}
        self.true = self.atom("TRUE")
        self.false = self.atom("FALSE")

    def _keep(self, parts: tuple[Part, ...], free: frozenset[str], plain: bool, binds: str = "") -> Sql:
        key = (parts, plain, binds)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Sql(parts, free, plain, binds)
        return found

    def atom(self, text: str, free: str = "") -> Sql:
        """A column, literal or lambda variable."""
        return self._keep((text,), frozenset((free,) if free else ()), True)

    def __call__(self, *parts: Part) -> Sql:
        """An expression of several parts."""
        return self._keep(parts, frozenset[str]().union(*(p.free for p in parts if isinstance(p, Sql))), False)

    def cheap(self, *parts: Part) -> Sql:
        """The same, never staged where all its parts are trivial."""
        inner = [p for p in parts if isinstance(p, Sql)]
        return self._keep(parts, frozenset[str]().union(*(p.free for p in inner)), all(p.plain for p in inner))

    def each(self, function: str, rows: Sql, var: str, body: Sql) -> Sql:
        """``function`` (``list_transform``, ``list_filter``) of ``rows`` with a lambda over ``var``."""
        parts = (f"{function}(", rows, f", lambda {var}: ", body, ")")
        names = frozenset(name.strip() for name in var.split(","))
        return self._keep(parts, rows.free | (body.free - names), False, var)

    def text(self, value: str) -> Sql:
        """A string literal."""
        return self.atom("'" + value.replace("'", "''") + "'")

    # ---------------------------------------------------------------- yes/no

    def both(self, *args: Sql) -> Sql:
        """Conjunction."""
        kept = [a for a in dict.fromkeys(args) if a is not self.true]
        if self.false in kept:
            return self.false
        return self._joined(kept, " AND ", self.true)

    def either(self, *args: Sql) -> Sql:
        """Disjunction."""
        kept = [a for a in dict.fromkeys(args) if a is not self.false]
        if self.true in kept:
            return self.true
        return self._joined(kept, " OR ", self.false)

    def _joined(self, args: list[Sql], word: str, empty: Sql) -> Sql:
        if len(args) < 2:
            return args[0] if args else empty
        parts: list[Part] = ["("]
        for place, arg in enumerate(args):
            parts += ([word] if place else []) + [arg]
        return self(*parts, ")")

    def negate(self, arg: Sql) -> Sql:
        """Negation."""
        if arg is self.true:
            return self.false
        return self.true if arg is self.false else self("(NOT ", arg, ")")

    def is_null(self, arg: Sql) -> Sql:
        """Whether a value is null."""
        return self.cheap("(", arg, " IS NULL)")

    def not_null(self, arg: Sql) -> Sql:
        """Whether a value is not null."""
        return self.cheap("(", arg, " IS NOT NULL)")

    def is_true(self, arg: Sql) -> Sql:
        """Whether a yes/no value is known to be true."""
        return arg if arg in (self.true, self.false) else self("(", arg, " IS TRUE)")

    def case(self, branches: Iterable[tuple[Sql, Sql]], otherwise: Sql | None = None) -> Sql:
        """``CASE WHEN … THEN … ELSE … END``."""
        parts: list[Part] = ["CASE"]
        for condition, value in branches:
            if condition is self.false:
                continue
            if condition is self.true:
                otherwise = value
                break
            parts += [" WHEN ", condition, " THEN ", value]
        if len(parts) == 1:
            return otherwise if otherwise is not None else self.atom("NULL")
        return self(*parts, *((" ELSE ", otherwise) if otherwise is not None else ()), " END")


def render(roots: Sequence[Sql]) -> tuple[list[str], dict[str, Let]]:
    """The texts of some expressions and the staged columns they use, by name."""
    return _Renderer(roots).run()


class _Renderer:
    def __init__(self, roots: Sequence[Sql]) -> None:
        self.roots = roots
        self.uses: Counter[Sql] = Counter()
        self.hoisted: set[Sql] = set()
        self.done: dict[Sql, tuple[str, int]] = {}
        self.lets: dict[str, Let] = {}

    def run(self) -> tuple[list[str], dict[str, Let]]:
        for root in self.roots:
            self.count(root, False)
        texts = [self.write(root)[0] for root in self.roots]
        return texts, self.lets

    def count(self, node: Sql, inside: bool) -> None:
        """Counts uses; what a lambda reads from outside is computed once a row, before it."""
        if inside and not node.free and not node.plain:
            self.hoisted.add(node)
        self.uses[node] += 1
        if self.uses[node] > 1:
            return
        names = {name.strip() for name in node.binds.split(",")} if node.binds else set()
        for part in node.parts:
            if isinstance(part, Sql):
                self.count(part, bool(node.free) or bool(names & part.free))

    def write(self, node: Sql) -> tuple[str, int]:
        """Text of a node and the level of the highest staged column in it."""
        found = self.done.get(node)
        if found is not None:
            return found
        level = 0
        pieces = []
        for part in node.parts:
            if isinstance(part, Sql):
                text, inner = self.write(part)
                pieces.append(text)
                level = max(level, inner)
            else:
                pieces.append(part)
        text = "".join(pieces)
        if not node.plain and not node.free and (self.uses[node] > 1 or node in self.hoisted):
            name = "_" + hashlib.sha1(text.encode()).hexdigest()[:12]
            level += 1
            self.lets[name] = Let(name, text, level, node in self.hoisted)
            text = name
        self.done[node] = text, level
        return text, level


_NAME = re.compile(r"\b_[0-9a-f]{12}\b")
_COLUMN = re.compile(r"(?<![.\w])\"(\w+)_\"(?! :=)")


def fact(id: str) -> str:
    """The column of a fact as queries read it: under a name that no variable, no key word and no staged column has."""
    return f'"{id}_"'


def select(relation: str, outputs: dict[str, str], lets: dict[str, Let], keep: str = "") -> str:
    """A query over ``relation`` that gives the column ``keep`` (if told) and ``outputs`` (alias → expression).

    Each level of staged columns is a subquery that passes on only what later ones read; the first gives the facts, which the
    relation has by their ids, the names that expressions read (``fact``).
    """
    needed: dict[str, Let] = {}
    waiting = [name for text in outputs.values() for name in _NAME.findall(text)]
    while waiting:
        name = waiting.pop()
        if name not in needed and name in lets:
            needed[name] = lets[name]
            waiting += _NAME.findall(lets[name].sql)
    outputs, needed = _lean(outputs, needed)
    highest = max((let.level for let in needed.values()), default=0)
    # from the outputs down: what each level has to hand on
    wanted: dict[str, None] = {}
    for text in outputs.values():
        wanted.update(dict.fromkeys(_read(text)))
    handed: list[dict[str, None]] = [wanted]
    for level in range(highest, 0, -1):
        below = {name: None for name in handed[-1] if name not in needed or needed[name].level < level}
        for let in needed.values():
            if let.level == level:
                below.update(dict.fromkeys(_read(let.sql)))
        handed.append(below)
    read = [f'"{name}" AS {fact(name)}' for one in handed[-1] for name in _COLUMN.findall(one)]
    source = f"(SELECT {', '.join([*([keep] if keep else []), *read])} FROM {relation})" if read else relation
    for level in range(1, highest + 1):
        passed = [name for name in handed[highest - level] if name not in needed or needed[name].level < level]
        made = [f"{let.sql} AS {let.name}" for let in needed.values() if let.level == level]
        source = f"(SELECT {', '.join([*([keep] if keep else []), *passed, *made])}\nFROM {source})"
    columns = [keep] if keep else []
    columns += [f'{sql} AS "{alias}"' for alias, sql in outputs.items()]
    return f"SELECT {', '.join(columns)}\nFROM {source}"


def _lean(outputs: dict[str, str], needed: dict[str, Let]) -> tuple[dict[str, str], dict[str, Let]]:
    """The same with what is read only once put where it is read, and the levels that remain."""
    uses = Counter(name for text in (*outputs.values(), *(let.sql for let in needed.values())) for name in _NAME.findall(text))
    texts: dict[str, str] = {}
    levels: dict[str, int] = {}
    kept: dict[str, Let] = {}

    def written(text: str) -> str:
        return _NAME.sub(lambda found: texts.get(found[0], found[0]), text)

    for let in sorted(needed.values(), key=lambda let: let.level):
        sql = written(let.sql)
        if uses[let.name] == 1 and not let.fixed:
            texts[let.name] = sql
            continue
        levels[let.name] = 1 + max((levels[name] for name in _NAME.findall(sql) if name in levels), default=0)
        kept[let.name] = Let(let.name, sql, levels[let.name], let.fixed)
    return {alias: written(text) for alias, text in outputs.items()}, kept


def _read(text: str) -> list[str]:
    """The columns an expression reads, staged ones by name, those of the input in quotes."""
    return _NAME.findall(text) + [fact(name) for name in _COLUMN.findall(text)]
