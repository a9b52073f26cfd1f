"""From the steps found on the way to the steps a person reads: choices beside what they decide, base before rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from calc.engines.explain.values import NO_MATCH, Entry, Unknown, total
from calc.estimate.results import TraceStep
from calc.messages import text
from calc.units import Number, fen, fen_text, value_text


def steps(entries: Iterable[Entry], clause: str) -> list[TraceStep]:
    """The steps of one benefit in reading order, each with ``clause``."""
    found: list[Entry] = []
    for entry in entries:
        if entry.chosen and found and found[-1].key == "step.case" and found[-1].more:
            case = found.pop()
            entry = entry._replace(said=text("render.case", when=case.said, value=case.more))
        if entry.key == "step.base" and found and found[-1].key == "step.rate":
            found.insert(len(found) - 1, entry)
        elif not (entry.key in ("step.count", "step.lpr", "step.index") and entry in found) and not _repeats(entry, found):
            found.append(entry)
    return [_step(entry, clause) for entry in _cut_together(_items(found))]


def _repeats(entry: Entry, found: list[Entry]) -> bool:
    """Whether a value with a name of its own was told before, of the same item."""
    if entry.key != "step.named":
        return False
    for before in reversed(found):
        if before.key == "step.item":
            break
        if before == entry:
            return True
    return False


def _cut_together(entries: list[Entry]) -> Iterator[Entry]:
    """The interest of each period of an item as what it adds to the sum so far, cut to the fen: so its schedule pays it, and so it adds up."""
    so_far: Number = 0
    for entry in entries:
        if entry.key == "step.item":
            so_far = 0
        elif entry.key == "step.interest":
            before, so_far = so_far, so_far + entry.value
            entry = entry._replace(value=Fraction(fen(so_far) - fen(before), 100))
        yield entry


def _items(entries: list[Entry]) -> list[Entry]:
    """A heading with no steps below it takes the item's sum; an item that is alone or ends on its sum needs none of its own."""
    lone = sum(e.key == "step.item" for e in entries) == 1
    found: list[Entry] = []
    for entry in entries:
        if entry.key == "step.item.end":
            last = found[-1]
            if last.key == "step.item":
                found[-1] = last._replace(value=entry.value, kind=entry.kind)
                continue
            if not entry.said and (lone or _value(total(last.value), last.kind) == _value(entry.value, entry.kind)):
                continue
        found.append(entry)
    return found


def _step(entry: Entry, clause: str) -> TraceStep:
    said = entry.said
    if entry.key == "step.case" and entry.more:
        said = text("render.case", when=said, value=entry.more)
    elif entry.key.startswith("step.limit.") and entry.more:
        said = said + text("word.semicolon") + entry.more
    label = text(entry.key, place=entry.more, year=entry.more)
    return TraceStep(label=label, expression=said, value=_value(total(entry.value), entry.kind), clause=clause, step=entry.key[5:], cuts=entry.cuts)


def _value(value: Any, kind: str) -> str:
    if type(value) is Unknown:
        return text("word.unknown")
    if value is NO_MATCH:
        return text("word.nothing")
    if value is None:
        return ""
    if kind == "bool":
        return text("word.yes" if value else "word.no")
    return fen_text(fen(value)) if kind == "money" else str(value_text(kind, value))
