"""Limits of an enterprise held over all rows of one enterprise, in row order.

A limit whose scope is the enterprise (or the enterprise and year) already caps each row by itself. Here each row of an
enterprise gets what the rows before it left of the limit. A benefit paid over years uses up a yearly limit year by year
(year k of every row counts as one year); everything else uses up the limit as a whole: all rows are taken as
applications of one year. Every amount stated, eligible or conditional, counts as used; of alternatives (``one-of``) only
the one that is kept. A limit over several benefits cuts the scheme's total, as within one row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.engine import Explainer, Results, Slot, rows_of
from calc.batch.ordered import only
from calc.engines.explain.values import Env
from calc.engines.statuses import CODE
from calc.estimate.benefit import EQUITY, cap_limit, combine, evaluate, periods, sets_apart
from calc.language import core
from calc.language.bounds import is_dated
from calc.messages import text
from calc.units import fen, fen_text

if TYPE_CHECKING:
    from calc.batch.values import Fractional

SCOPES = ("enterprise", "enterprise-year")


@dataclass(slots=True)
class Held:
    """A limit of one benefit that holds over rows: its node, its figure in fen (``None``: it varies), whether year by year."""

    slot: Slot
    cap: core.Cap
    limit: int | None
    yearly: bool


@dataclass(slots=True)
class Share:
    """What one row would get of a benefit: fen in all, by period where a yearly limit asks for it, and the limit."""

    amount: int
    limit: int
    years: dict[str, int] | None = None


@dataclass(slots=True)
class Shared:
    """What limits over rows took off: rows cut and fen, by benefit number and by (scheme, place of the group cap)."""

    rows: Counter[Any] = field(default_factory=Counter)
    cut: Counter[Any] = field(default_factory=Counter)


def held_limit(slot: Slot) -> Held | None:
    """The enterprise limit of a benefit, where it has one as its last."""
    node = slot.benefit.amount
    while isinstance(node, core.Step):
        node = node.node
    if not isinstance(node, core.Cap) or node.scope not in SCOPES:
        return None
    bare = core.bare(node.limit)
    limit = fen(bare.value) if isinstance(bare, core.Lit) else None
    return Held(slot, node, limit, node.scope == "enterprise-year" and is_dated(node))


def unheld(slot: Slot) -> bool:
    """Whether a benefit has an enterprise limit that is not its last, and so cannot be held over rows."""
    last = held_limit(slot)

    def visit(node: core.Node) -> bool:
        inside = isinstance(node, core.Cap) and node.scope in SCOPES and (last is None or node is not last.cap)
        return inside or any(visit(below) for below in core.children(node))

    return slot.benefit.amount is not None and visit(slot.benefit.amount)


class Enterprises:
    """The state of all enterprises that have several rows."""

    def __init__(self, explainer: Explainer, several: frozenset[str]) -> None:
        self.explainer = explainer
        self.several = several
        self.used: dict[Any, Any] = {}
        self.found = Shared()
        self.schemes: dict[str, list[Slot]] = {}
        self.held: dict[int, Held] = {}
        for slot in explainer.slots:
            held = held_limit(slot)
            if held is not None:
                self.held[slot.number] = held
            if held is not None or any(cap.scope in SCOPES for cap in slot.scheme.group_caps):
                self.schemes[slot.scheme.id] = [s for s in explainer.slots if s.scheme.id == slot.scheme.id and s.benefit.amount is not None]

    def apply(self, chunk: pa.Table, keys: pa.Array, results: Results, fractional: dict[int, list[Fractional]]) -> dict[str, pa.Array]:
        """Cuts the amounts of a chunk (in ``results``); gives what group caps take off totals beyond their own, by scheme."""
        shared = pc.fill_null(pc.is_in(keys, pa.array(self.several, pa.string())), False) if self.several else None
        extra: dict[str, pa.Array] = {}
        if shared is None or not pc.any(shared, min_count=0).as_py():
            return extra
        for id, slots in self.schemes.items():
            paying = shared
            some = None
            for slot in slots:
                positive = pc.fill_null(pc.greater(results.columns[f"a{slot.number}"], 0), False)
                some = positive if some is None else pc.or_(some, positive)
            places = pc.indices_nonzero(pc.and_(paying, some)).to_pylist()
            if places:
                beyond = _Scheme(self, slots, chunk, results, fractional, places).run(keys)
                if beyond is not None:
                    extra[id] = beyond
        return extra


class _Scheme:
    """One scheme on the rows (``places``) of a chunk that share an enterprise and get something."""

    def __init__(
        self,
        state: Enterprises,
        slots: list[Slot],
        chunk: pa.Table,
        results: Results,
        fractional: dict[int, list[Fractional]],
        places: list[int],
    ) -> None:
        self.state = state
        self.slots = slots
        self.results = results
        self.places = places
        self.scheme = slots[0].scheme
        self.caps = [(n, cap) for n, cap in enumerate(self.scheme.group_caps) if cap.scope in SCOPES]
        self.statuses = {s.number: self._taken(f"s{s.number}") for s in slots}
        self.amounts = {s.number: self._taken(f"a{s.number}") for s in slots}
        self.facts: dict[int, dict[str, Any]] = {}
        wanted = [
            place
            for n, place in enumerate(places)
            if any(cap.limit is None for _, cap in self.caps) or self.scheme.narrows or any(self._positive(s.number, n) and self._asks(s.number) for s in slots)
        ]
        if wanted:
            self.facts = dict(zip(wanted, rows_of(chunk, state.explainer.catalog, wanted, fractional), strict=True))

    def _taken(self, name: str) -> list[Any]:
        values: list[Any] = self.results.columns[name].take(pa.array(self.places, pa.int64())).to_pylist()
        return values

    def _positive(self, number: int, n: int) -> bool:
        return (self.amounts[number][n] or 0) > 0 and self.statuses[number][n] <= CODE["conditional"]

    def _asks(self, number: int) -> bool:
        held = self.state.held.get(number)
        return held is not None and (held.yearly or held.limit is None)

    def run(self, keys: pa.Array) -> pa.Array | None:
        """Row by row; gives what group caps take off the total beyond their own, where there is such a cap."""
        names = keys.take(pa.array(self.places, pa.int64())).to_pylist()
        cuts: dict[int, dict[int, tuple[int, Held, int, int]]] = {s.number: {} for s in self.slots}
        beyond: dict[int, int] = {}
        for n, key in enumerate(names):
            left: dict[int, Share] = {}
            for slot in self.slots:
                number = slot.number
                if not self._positive(number, n):
                    continue
                held = self.state.held.get(number)
                if held is None:
                    left[number] = Share(self.amounts[number][n], 0)
                    continue
                share = self._share(held, n)
                kept = self._room(held, key, share)
                if kept.amount < share.amount:
                    cuts[number][self.places[n]] = (kept.amount, held, share.limit, share.amount)
                left[number] = kept
            self._use(key, n, left, beyond)
        for number, rows in cuts.items():
            if rows:
                self._write(number, rows)
        if not beyond:
            return None
        size = len(keys)
        mask = only(size, beyond)
        return pc.replace_with_mask(pa.array([0] * size, pa.int64()), mask, pa.array([beyond[p] for p in sorted(beyond)], pa.int64()))

    def _share(self, held: Held, n: int) -> Share:
        amount = self.amounts[held.slot.number][n]
        if held.limit is not None and not held.yearly:
            return Share(amount, held.limit)
        explainer = self.state.explainer
        explainer.evaluations[held.slot.number] += 1
        outcome = evaluate(explainer.compiled[held.slot.number], self.facts[self.places[n]], explainer.catalog.lpr)
        cut = outcome.env.cuts.get(id(held.cap))
        limit = held.limit if held.limit is not None else fen(cut.limit) if cut is not None else amount
        years = dict(periods(outcome.value) or []) if held.yearly else None
        return Share(amount, limit, years)

    def _room(self, held: Held, key: str, share: Share) -> Share:
        """What is left of the limit for a row."""
        used = self.state.used.get((held.slot.number, key))
        if share.years is not None:
            years = {p: min(v, max(0, share.limit - (used or {}).get(p, 0))) for p, v in share.years.items()}
            return Share(sum(years.values()), share.limit, years)
        return Share(min(share.amount, max(0, share.limit - (used or 0))), share.limit)

    def _use(self, key: str, n: int, left: dict[int, Share], beyond: dict[int, int]) -> None:
        """What the row gets is used up, for the rows that come after."""
        sure = {k: v for k, v in left.items() if self.statuses[k][n] == CODE["eligible"]}
        counted = left
        if self.scheme.combine == "one-of" and left:
            stakes = {s.number for s in self.slots if s.benefit.support == EQUITY}
            grants = {k: v for k, v in left.items() if k not in stakes}
            best = max({k: v for k, v in sure.items() if k in grants} or grants, key=lambda k: left[k].amount, default=None)
            counted = {k: v for k, v in left.items() if k == best or k in stakes}
        elif (self.scheme.one_of or self.scheme.apart or self.scheme.narrows) and left:
            amounts = {s.benefit.id: left[s.number].amount for s in self.slots if s.number in (sure or left)}
            open_ = {s.benefit.id for s in self.slots if s.number in left and s.number not in sure}
            facts = self.facts.get(self.places[n], {})
            kept = combine(self.scheme, amounts, [], sets_apart(self.scheme, open_, Env(facts, self.state.explainer.catalog.lpr)))[1]
            counted = {s.number: left[s.number] for s in self.slots if s.number in left and s.benefit.id in kept}
        used = self.state.used
        for number, share in counted.items():
            if number not in self.state.held:
                continue
            if share.years is not None:
                years = used.setdefault((number, key), {})
                for period, amount in share.years.items():
                    years[period] = years.get(period, 0) + amount
            else:
                used[number, key] = used.get((number, key), 0) + share.amount
        for place, cap in self.caps:
            inside = [s.number for s in self.slots if s.benefit.id in cap.benefits and s.number in counted]
            held = cap.limit if cap.limit is not None else cap_limit(cap, Env(self.facts[self.places[n]], self.state.explainer.catalog.lpr))
            if held is None:
                continue
            limit = fen(held)
            room = max(0, limit - used.get((self.scheme.id, place, key), 0))
            asked = sum(counted[k].amount for k in inside)
            certain = sum(counted[k].amount for k in inside if k in sure)
            more = min(certain, limit) - min(certain, room)
            if more > 0:
                beyond[self.places[n]] = beyond.get(self.places[n], 0) + more
                self.state.found.rows[self.scheme.id, place] += 1
                self.state.found.cut[self.scheme.id, place] += more
            used[self.scheme.id, place, key] = used.get((self.scheme.id, place, key), 0) + min(asked, room)

    def _write(self, number: int, rows: dict[int, tuple[int, Held, int, int]]) -> None:
        columns = self.results.columns
        places = sorted(rows)
        size = len(columns[f"a{number}"])
        mask = only(size, places)
        for letter in ("a", "b", "w"):
            if isinstance(columns.get(f"{letter}{number}"), pa.ChunkedArray):
                columns[f"{letter}{number}"] = columns[f"{letter}{number}"].combine_chunks()
        before = columns[f"a{number}"]
        columns[f"a{number}"] = pc.replace_with_mask(before, mask, pa.array([rows[p][0] for p in places], before.type))
        for place in places:
            self.state.found.rows[number] += 1
            self.state.found.cut[number] += rows[place][3] - rows[place][0]
        if f"b{number}" in columns:
            bound = [f"{rows[p][1].cap.scope}:{fen_text(rows[p][2])}" for p in places]
            columns[f"b{number}"] = pc.replace_with_mask(columns[f"b{number}"], mask, pa.array(bound, pa.string()))
            taken = columns[f"w{number}"].filter(mask).to_pylist()
            said = [_told(w, rows[p]) for w, p in zip(taken, places, strict=True)]
            columns[f"w{number}"] = pc.replace_with_mask(columns[f"w{number}"], mask, pa.array(said, pa.string()))


def _told(warnings: str | None, cut: tuple[int, Held, int, int]) -> str:
    """The warnings of a row, and what the rows before it left."""
    said = text("batch.enterprise.left", cut=fen_text(cut[3] - cut[0]))
    return f"{warnings};{said}" if warnings else said


def shown_cuts(found: Shared, slots: Sequence[Slot]) -> list[dict[str, Any]]:
    """What limits over rows took off, for the summary."""
    told = []
    for key, rows in found.rows.items():
        if isinstance(key, int):
            slot = slots[key]
            told.append({"scheme": slot.scheme.id, "benefit": slot.benefit.id, "rows": rows, "cut": fen_text(found.cut[key])})
        else:
            scheme = next(s.scheme for s in slots if s.scheme.id == key[0])
            inside = ";".join(scheme.group_caps[key[1]].benefits)
            told.append({"scheme": key[0], "benefit": inside, "rows": rows, "cut": fen_text(found.cut[key])})
    return told
