"""Values as SQL; ``arithmetic`` puts them together.

A number stands for ``sql × unit``: ``sql`` a decimal of known width and scale, ``unit`` an exact constant, so that rates and
day counts cost nothing until two numbers meet. Its bounds say how many digits it can need; what needs more than a
decimal has is ``Inexact``. Where a quotient had to be cut, the true number lies between ``sql × unit`` and ``slack`` above it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from calc.engines.columns.sql import Pool, Sql

MOST_DIGITS = 38
FAST_DIGITS = 18  # a decimal of so many digits is a machine word
FEN = Fraction(1, 100)
LARGE = Fraction(10**14)  # quotients beyond it go to the explainer


class Inexact(Exception):
    """What no exact query can be made for; the message key of the reason."""


class Entry(NamedTuple):
    """A fact that is missing where ``when`` holds: its id, or (``many``) an expression that lists several."""

    when: Sql
    key: str
    many: Sql | None = None


class Warned(NamedTuple):
    """A warning given where ``when`` holds: its text, or (``many``) an expression that lists several."""

    when: Sql
    said: Sql
    many: bool = False


class Assumed(NamedTuple):
    """A record that counts although its gate is open."""

    when: Sql
    entry: Entry


class Bound(NamedTuple):
    """A limit that took at least a fen where ``when`` holds: ``said`` is ``scope:limit``; ``took`` how much, in fen, for items."""

    when: Sql
    key: Any
    said: Sql
    took: Sql | None = None


class ItemBound(NamedTuple):
    """The limit that bound last within the records of a list, where ``when`` holds: text or null."""

    when: Sql
    said: Sql


Effect = Warned | Assumed | Bound | ItemBound


@dataclass(slots=True)
class Value:
    """A yes/no, date or slug: null where unknown or where nothing fits.

    ``nulls``: it is unknown just where one of these holds (None: see ``sql``); ``nothing``: where nothing fits, never null.
    ``missing`` says what it lacks where it is unknown; ``tight``: each entry alone makes it so. ``effects`` happen on the way.
    """

    sql: Sql
    nulls: frozenset[Sql] | None = frozenset()
    nothing: Sql | None = None
    missing: tuple[Entry, ...] = ()
    tight: bool = True
    effects: tuple[Effect, ...] = ()


@dataclass(slots=True)
class Number(Value):
    """A number. ``figure`` is its value where that is constant (``sql`` then means nothing)."""

    width: int = 1
    scale: int = 0
    unit: Fraction = Fraction(1)
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    slack: Fraction = Fraction(0)
    figure: Fraction | None = None


class Decimal(NamedTuple):
    """A number in one agreed unit: an expression of type ``DECIMAL(width, scale)``."""

    sql: Sql
    width: int
    scale: int


def meta(pool: Pool, values: Sequence[Value]) -> dict[str, Any]:
    """What a value made of several others lacks and does: nothing fits where one does not, else all that is missing."""
    nothing = pool.either(*(v.nothing for v in values if v.nothing is not None))
    fits = nothing is pool.false
    nulls: frozenset[Sql] | None = None
    if fits and all(v.nulls is not None for v in values):
        nulls = frozenset[Sql]().union(*(v.nulls or () for v in values))
    return {
        "nulls": nulls,
        "nothing": None if fits else nothing,
        "missing": tuple(entry for v in values for entry in missing(pool, v)),
        "tight": fits,
        "effects": tuple(effect for v in values for effect in v.effects),
    }


def unknown(pool: Pool, value: Value) -> Sql:
    """Whether a value is unknown, never null."""
    if value.nulls is not None:
        return pool.either(*sorted(value.nulls, key=id))
    if value.nothing is None:
        return pool.is_null(value.sql)
    return pool.both(pool.is_null(value.sql), pool.negate(value.nothing))


def missing(pool: Pool, value: Value) -> tuple[Entry, ...]:
    """What a value lacks, each entry true only where the value is unknown."""
    if value.tight or not value.missing:
        return value.missing
    return guarded(pool, unknown(pool, value), value.missing)


def guarded(pool: Pool, when: Sql, entries: Sequence[Any]) -> tuple[Any, ...]:
    """Entries or effects that hold only where ``when`` does."""
    if when is pool.true or not entries:
        return tuple(entries)
    return tuple(e._replace(when=pool.both(when, e.when)) for e in entries)


def digits(value: Fraction) -> int:
    """Digits before the point of numbers up to ``value``."""
    whole = math.floor(abs(value))
    return len(str(whole)) if whole else 0


def decimals(value: Fraction) -> int | None:
    """Digits after the point of a number; ``None`` where they do not end."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def stubborn(value: Fraction) -> int:
    """The part of the denominator that no decimal has."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest
