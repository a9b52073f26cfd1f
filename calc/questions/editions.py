"""The editions of a scheme, and what changed from one to the next: rates, limits, conditions, windows, from the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from calc.estimate.benefit import label, validity
from calc.language import model
from calc.language.render import wording
from calc.messages import text
from calc.questions.formulas import formula, limit_words, peel
from calc.units import fen, fen_text

if TYPE_CHECKING:
    from calc.facts import Facts
    from calc.store.store import Store

Change = tuple[str, str | None, str | None]  # what, before, after


def editions(catalog: Store, id: str, as_of: dt.date) -> list[dict[str, Any]]:
    """The editions of the scheme that ``id`` is one of, the printed one first, and which is in force on a day; none where there is one only."""
    ids = [one for one in catalog.editions(id) if catalog.usable(one) is not None]
    current = catalog.edition_in_force(id.partition("@")[0], as_of)
    found = []
    for scheme in map(catalog.scheme, ids if len(ids) > 1 else []):
        first, last = (None if day is None else day.isoformat() for day in (scheme.valid_from, scheme.valid_to))
        found.append({"id": scheme.id, "valid_from": first, "valid_to": last, "current": scheme.id == current and validity(scheme, as_of) == "in-force"})
    return found


def changes(catalog: Store, scheme: model.Scheme) -> dict[str, Any] | None:
    """What changed from the edition before: ``since`` names it, ``changes`` are of a ``benefit`` (``None``: of all): ``what``, ``before``,
    ``after``. ``None`` for a printed edition."""
    ids = [one for one in catalog.editions(scheme.id) if catalog.usable(one) is not None]
    place = ids.index(scheme.id)
    if not place:
        return None
    earlier = catalog.scheme(ids[place - 1])
    old, new = ({b.id: b for b in one.benefits} for one in (earlier, scheme))
    both = {id: list(_changed(old[id], new[id], catalog.facts)) for id in new if id in old}
    shared = [one for one in next(iter(both.values()), []) if len(both) > 1 and all(one in others for others in both.values())]
    said: list[tuple[model.Benefit | None, Change]] = [(None, one) for one in (*_valid(earlier, scheme), *shared)]
    said += [(new[id], one) for id, found in both.items() for one in found if one not in shared]
    said += [(benefit, ("added", None, None)) for id, benefit in new.items() if id not in old]
    said += [(benefit, ("dropped", None, None)) for id, benefit in old.items() if id not in new]
    told = [
        {"benefit": None if b is None else b.id, "label": None if b is None else label(b), "what": what, "before": before, "after": after}
        for b, (what, before, after) in said
    ]
    return {"since": earlier.id, "changes": told}


def _valid(old: model.Scheme, new: model.Scheme) -> Iterator[Change]:
    spans = [tuple(None if day is None else day.isoformat() for day in (one.valid_from, one.valid_to)) for one in (old, new)]
    if spans[0] != spans[1]:
        before, after = ("/".join(day or "…" for day in span) for span in spans)
        yield "validity", before, after


def _changed(old: model.Benefit, new: model.Benefit, facts: Facts) -> Iterator[Change]:
    """What is different in a benefit of two editions."""
    for told, what in ((_formula, "formula"), (_limits, "limits"), (_conditions, "conditions")):
        was, now = told(old, facts), told(new, facts)
        gone, come = ([one for one in lines if one not in others] for lines, others in ((was, now), (now, was)))
        if gone or come:
            yield what, _joined(gone), _joined(come)
    most = [None if one.most is None else fen_text(fen(one.most)) for one in (old, new)]
    if most[0] != most[1]:
        yield "most", most[0], most[1]
    if old.window is not None and new.window is not None and old.window.words != new.window.words:
        yield "window", old.window.words, new.window.words


def _joined(lines: list[str]) -> str | None:
    """Lines as one; after a line that announces the next no sign stands, and none at the end that announces what is not told."""
    said = ""
    for line in lines:
        said += (text("word.semicolon") if said and said.rstrip()[-1] not in ":：" else "") + line
    return said.rstrip(":：") or None


def _formula(benefit: model.Benefit, facts: Facts) -> list[str]:
    node = peel(benefit.amount)[0]
    return [] if node is None else [line.strip("　") for line in formula(node, facts)]


def _limits(benefit: model.Benefit, facts: Facts) -> list[str]:
    return [text("show.limit.said", limit=limit_words(c, when, facts), scope=text(f"scope.{c.scope}")) for c, when in peel(benefit.amount)[1]]


def _conditions(benefit: model.Benefit, facts: Facts) -> list[str]:
    return [wording(c, facts) for c in benefit.conditions]
