"""Facts that are one thing under two names, or of which one answers the other: what is given of one fills the other.

``same_as`` names another fact with the same value; ``answers`` says for values of a yes-or-no fact or an enum what they make of
other facts. Both are data in ``facts.toml``; nothing else knows which facts these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from calc.errors import InputError, nearest_names, shown
from calc.messages import text


class Definition(Protocol):
    """What is known here of a fact."""

    id: str
    type: str
    values: dict[str, str]
    counter: str
    dims: tuple[tuple[str, int], ...] | None
    same_as: str
    answers: dict[str, dict[str, Any]]

    @property
    def name(self) -> str:
        """The label."""

    def shown(self, value: Any) -> str:
        """A value in words."""


@dataclass(frozen=True, slots=True)
class Twin:
    """``source`` fills ``target``: by the same value, or by what ``answers`` makes of each value (of those it names)."""

    source: str
    target: str
    answers: Mapping[Any, Any] | None = None

    def said(self, value: Any) -> Any:
        """The value of the target that a value of the source means; ``None`` where it means none."""
        return value if self.answers is None else self.answers.get(value)


def slug_value(word: str, kind: str) -> Any:
    """A value as the keys of ``answers`` write it: slugs of an enum, ``true`` and ``false``."""
    return {"true": True, "false": False}.get(word, word) if kind == "bool" else word


def twins_of(by_id: Mapping[str, Definition]) -> tuple[Twin, ...]:
    """All pairs that a dictionary of facts declares, each in the direction in which it fills; those that cannot be are left out."""
    found: list[Twin] = []
    for id, definition in by_id.items():
        if not definition.same_as and not definition.answers:
            continue
        if any(True for _ in problems_of(id, definition, by_id)):
            continue
        if definition.same_as:
            found += [Twin(definition.same_as, id), Twin(id, definition.same_as)]
        for target, by in definition.answers.items():
            found.append(Twin(id, target, {slug_value(word, definition.type): value for word, value in by.items()}))
    return tuple(found)


def problems_of(id: str, definition: Definition, by_id: Mapping[str, Definition]) -> Iterator[tuple[str, str]]:
    """What is wrong with the twins that a fact declares: the problem, and what would be right."""
    kinds = {"bool": ("true", "false"), "enum": tuple(definition.values)}
    other = by_id.get(definition.same_as)
    if definition.same_as and (other is None or definition.same_as == id):
        yield f"{id}: same_as = {shown(definition.same_as)}", " / ".join(nearest_names(definition.same_as, [one for one in by_id if one != id]))
    elif other is not None and (_nature(other) != _nature(definition) or definition.type in ("list", "set")):
        yield f"{id}: same_as = {definition.same_as}", text("facts.same_as", one=definition.type, other=other.type)
    for target, by in definition.answers.items():
        answered = by_id.get(target)
        if answered is None or target == id:
            yield f"{id}: answers.{shown(target)}", " / ".join(nearest_names(target, [one for one in by_id if one != id]))
            continue
        if definition.type not in kinds or answered.type not in kinds:
            yield f"{id}: answers.{target}", text("facts.answers")
            continue
        for word, value in by.items():
            if word not in kinds[definition.type]:
                yield f"{id}: answers.{target}.{shown(word)}", " / ".join(nearest_names(word, kinds[definition.type]) or kinds[definition.type])
            elif type(value) is not bool if answered.type == "bool" else value not in answered.values:
                accepted = kinds["bool"] if answered.type == "bool" else tuple(answered.values)
                yield f"{id}: answers.{target}.{word} = {shown(value)}", " / ".join(nearest_names(str(value), accepted) or accepted)


def _nature(definition: Definition) -> tuple[Any, ...]:
    return definition.type, definition.values, definition.counter, definition.dims


def completed(values: dict[str, Any], twins: Sequence[Twin], by_id: Mapping[str, Definition]) -> dict[str, Any]:
    """Plain values by id, with what they say of facts that are not given. Raises ``InputError`` where two contradict one another."""
    more = True
    while more:
        more = False
        for twin in twins:
            said = twin.said(values[twin.source]) if twin.source in values else None
            if said is None:
                continue
            if twin.target not in values:
                values[twin.target], more = said, True
            elif values[twin.target] != said:
                raise contradiction(twin, values[twin.source], values[twin.target], by_id)
    return values


def contradiction(twin: Twin, source: Any, target: Any, by_id: Mapping[str, Definition]) -> InputError:
    """The error where the ``source`` given means another value than the ``target`` given."""
    one, other = by_id[twin.source], by_id[twin.target]
    accepted = text("accepted.twin", fact=one.name, id=one.id, value=one.shown(source), needed=other.shown(twin.said(source)))
    return InputError(twin.target, other.shown(target), accepted)


def asked_instead(open_: Iterable[str], given: Iterable[str], twins: Sequence[Twin]) -> dict[str, str]:
    """Of the facts that are open those that need not be asked, each with the open one that is asked instead."""
    paths, known = set(open_), set(given)
    found: dict[str, str] = {}
    for twin in sorted(twins, key=lambda one: -len(one.answers or ())):  # of two that answer each other, that which says more
        source = found.get(twin.source, twin.source)
        if {twin.source, twin.target} <= paths and twin.source not in known and twin.target not in found and source != twin.target:
            found[twin.target] = source
    return found


def said_by_others(values: Mapping[str, Any], twins: Sequence[Twin]) -> set[str]:
    """Of plain values by id the facts that need not be given, since others among them say the same."""
    found: set[str] = set()
    for twin in twins:
        if twin.target in values and twin.source in values and twin.source not in found and twin.said(values[twin.source]) == values[twin.target]:
            found.add(twin.target)
    return found
