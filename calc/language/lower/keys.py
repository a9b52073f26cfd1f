"""Which keys the tables of a form may have: the mechanisms, what stands beside them, and what people call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from calc.errors import nearest_names
from calc.language.core import Node
from calc.language.lower.scope import LowerProblem, Scope, within
from calc.messages import listed, text

SCOPES = ("item", "group", "project", "year", "enterprise-year", "enterprise", "total")

YEARLY = ("year", "enterprise-year")

ITEM_KEYS: set[str] = {
    "where", "top", "top_each", "group_by", "take", "group_at_most", "group_year_at_most", "merge_by", "year", "years", "first_years", "require",
}  # fmt: skip

COMMON = {"at_most", "per", "at_least", "pays_from", "round"}

# what other languages, and people, call the keys
SYNONYMS = {
    **dict.fromkeys(("max", "maximum", "cap", "limit", "upper", "上限"), "at_most"), **dict.fromkeys(("min", "minimum", "floor", "lower", "下限"), "at_least"),
    **dict.fromkeys(("if", "condition", "conditions"), "when"),
    **dict.fromkeys(("else", "default"), "otherwise"), "base": "of", "scope": "per", "filter": "where",
}  # fmt: skip
ROUND_KEYS = {"to", "way"}
WAYS = ("down", "up", "nearest")

T = TypeVar("T")
Lowering = TypeVar("Lowering", bound=Callable[..., Node])

# of several mechanisms in one table the first of these says what it is, the others are its parts
ORDER = ("each", "count", "interest_on", "sum", "best", "cases", "by", "percent", "per_unit", "amount", "value")


class Mechanism(NamedTuple):
    """A mechanism of the language: the keys that go with it, how it is lowered, whether the limits in its table are put on here."""

    keys: set[str]
    lower: Callable[[Mapping[str, Any], Scope], Node]
    limited: bool


MECHANISMS: dict[str, Mechanism] = {}


def mechanism(name: str, keys: Iterable[str] = (), limited: bool = True) -> Callable[[Lowering], Lowering]:
    """Makes the function below it what lowers tables with the key ``name``; ``keys`` may stand beside it."""

    def keep(lowering: Lowering) -> Lowering:
        MECHANISMS[name] = Mechanism({name, *keys}, lowering, limited)
        return lowering

    return keep


def check_keys(source: Mapping[str, Any], mechanism: str, more: set[str] | frozenset[str] = frozenset()) -> None:
    """That a table has only keys its mechanism knows. Raises ``LowerProblem``."""
    allowed = MECHANISMS[mechanism].keys | COMMON | more
    for key in source:
        if key not in allowed:
            raise LowerProblem(
                text("lower.key", mechanism=mechanism, key=key, known=listed(sorted(allowed))),
                SYNONYMS[key] if SYNONYMS.get(key) in allowed else " / ".join(_near(key, allowed)),
                key,
            )


def _near(key: str, allowed: set[str]) -> list[str]:
    """The keys that a wrong one looks like, without those that say more than one of these."""
    hits = nearest_names(key, allowed | ITEM_KEYS)
    return [hit for hit in hits if not any(other in hit for other in hits if other != hit)]


def fragment(source: Any) -> str:
    """A piece of a form as it stands in the file, by which its line is found."""
    if isinstance(source, Mapping):
        return next((fragment(v) for v in source.values()), "")
    if isinstance(source, list):
        return next((fragment(v) for v in source), "")
    return str(source)


def read_at(source: Mapping[str, Any], key: str, scope: Scope, read: Callable[[Any, Scope], T]) -> T | None:
    """What stands under ``key``, read; ``None`` if nothing does."""
    if key not in source:
        return None
    with within(key):
        return read(source[key], scope)
