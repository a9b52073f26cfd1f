"""Which benefits of a scheme ``combine`` keeps, as SQL over the columns of an engine (``s{k}``, ``a{k}``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.engine import Slot, rows_of
from calc.batch.ordered import only
from calc.engines.columns import scheme_columns
from calc.engines.columns.benefit import exclusive, when_likely, when_sure
from calc.engines.explain.values import Env
from calc.engines.statuses import CODE
from calc.estimate.benefit import EQUITY, Apart, cap_limit, combine, sets_apart
from calc.language import model
from calc.language.core import facts_in
from calc.units import fen

if TYPE_CHECKING:
    from calc.store.store import Store


def total_columns(scheme: model.Scheme, slots: Sequence[Slot]) -> tuple[str, str, str]:
    """SQL of a scheme's total (fen), status, and the ids of the benefits chosen (joined by ``;``); ``slots`` are all its benefits."""
    caps = [str(fen(cap.limit)) if cap.limit is not None else f'"{cap_column(scheme, n)}"' for n, cap in enumerate(scheme.group_caps)]
    total, status = scheme_columns(scheme, [(f"s{slot.number}", f"a{slot.number}") for slot in slots], caps)
    counted = [slot for slot in slots if slot.benefit.amount is not None and slot.benefit.support != EQUITY]
    if not counted:
        return total, status, "NULL::VARCHAR"
    sure = {slot.benefit.id: f"CASE WHEN {when_sure(f's{slot.number}')} THEN a{slot.number} END" for slot in counted}
    likely = {slot.benefit.id: f"CASE WHEN {when_likely(f's{slot.number}')} THEN a{slot.number} END" for slot in counted}
    some = f"COALESCE({', '.join(sure.values())}) IS NOT NULL"
    return total, status, f"NULLIF(CASE WHEN {some} THEN {_kept(scheme, sure)} ELSE {_kept(scheme, likely)} END, '')"


def counted_columns(scheme: model.Scheme, slots: Sequence[Slot]) -> dict[int, str]:
    """SQL (fen) of what the total counts of each benefit, by the number of its slot: nothing of what is not eligible or not kept;
    what a group cap cuts comes off the last of its benefits."""
    paying = [slot for slot in slots if slot.benefit.amount is not None and slot.benefit.support != EQUITY]
    own = {slot.benefit.id: f"CASE WHEN {when_sure(f's{slot.number}')} THEN a{slot.number} END" for slot in paying}
    kept = exclusive(scheme, own)
    if scheme.combine == "one-of":
        ids = list(own)
        for place, id in enumerate(ids):
            rest = [f"COALESCE({own[o]} {'<' if n < place else '<='} {own[id]}, TRUE)" for n, o in enumerate(ids) if n != place]
            kept[id] = f"CASE WHEN {' AND '.join(['TRUE', *rest])} THEN {own[id]} END"
    found = {id: f"COALESCE({sql}, 0)" for id, sql in kept.items()}
    for place, cap in enumerate(scheme.group_caps):
        limit = str(fen(cap.limit)) if cap.limit is not None else f'"{cap_column(scheme, place)}"'
        before = "0"
        for id in [id for id in kept if id in cap.benefits]:
            amount = found[id]
            found[id] = f"LEAST({amount}, COALESCE(GREATEST(0, {limit} - ({before})), {amount}))"
            before += f" + COALESCE({kept[id]}, 0)"
    return {slot.number: found.get(slot.benefit.id, "0") for slot in slots}


def cap_column(scheme: model.Scheme, place: int) -> str:
    """The name of the column that has the figure of a group cap which no text fixes."""
    return f"g {scheme.id} {place}"


def cap_columns(catalog: Store, scheme: model.Scheme, chunk: pa.Table) -> dict[str, pa.Array]:
    """The figures (fen, null where they do not hold) of a scheme's group caps that no text fixes, for the rows of a chunk."""
    open_ = [(place, cap) for place, cap in enumerate(scheme.group_caps) if cap.limit is None]
    if not open_:
        return {}
    wanted = {path.partition(".")[0] for _, cap in open_ for path in model.facts_of_cap(cap)}
    rows = rows_of(chunk, catalog, None, {}, wanted)
    found: dict[str, pa.Array] = {}
    for place, cap in open_:
        known: dict[str, int | None] = {}
        figures = []
        for facts in rows:
            key = repr(facts)
            if key not in known:
                limit = cap_limit(cap, Env(facts, catalog.lpr))
                known[key] = None if limit is None else fen(limit)
            figures.append(known[key])
        found[cap_column(scheme, place)] = pa.array(figures, pa.int64())
    return found


def chosen_apart(catalog: Store, scheme: model.Scheme, slots: Sequence[Slot], chunk: pa.Table, columns: Mapping[str, pa.Array], chosen: pa.Array) -> pa.Array:
    """The ids of the benefits chosen, put right where the facts of a row set more conditional benefits apart than the query knows."""
    if not scheme.narrows:
        return chosen
    counted = [slot for slot in slots if slot.benefit.amount is not None and slot.benefit.support != EQUITY]
    open_ = pc.is_valid(chosen)
    for slot in counted:
        open_ = pc.and_(open_, pc.not_equal(columns[f"s{slot.number}"], CODE["eligible"]))
    places = pc.indices_nonzero(open_).to_pylist()
    if not places:
        return chosen
    wanted = {path.partition(".")[0] for slot in counted for condition in slot.benefit.conditions for path in facts_in(condition.node)}
    taken = {slot.benefit.id: tuple(columns[f"{letter}{slot.number}"].take(places).to_pylist() for letter in "sa") for slot in counted}
    known: dict[str, Apart] = {}
    found = []
    for n, facts in enumerate(rows_of(chunk, catalog, places, {}, wanted)):
        likely = {id: amounts[n] for id, (states, amounts) in taken.items() if states[n] == CODE["conditional"]}
        key = f"{list(likely)} {facts}"
        if key not in known:
            known[key] = sets_apart(scheme, likely, Env(facts, catalog.lpr))
        kept = combine(scheme, likely, [], known[key])[1]
        found.append(";".join(id for id in kept if likely[id] > 0) or None)
    return pc.replace_with_mask(chosen, only(len(chosen), places), pa.array(found, pa.string()))


def _kept(scheme: model.Scheme, amounts: dict[str, str]) -> str:
    """The ids of the benefits above 0 that are kept: of alternatives the first of the largest."""
    best = f"GREATEST({', '.join(amounts.values())})"
    if scheme.combine == "one-of":
        cases = " ".join(f"WHEN ({sql}) = {best} AND ({sql}) > 0 THEN '{id}'" for id, sql in amounts.items())
        return f"CASE {cases} ELSE '' END"
    amounts = exclusive(scheme, amounts)
    return "CONCAT_WS(';', " + ", ".join(f"CASE WHEN ({sql}) > 0 THEN '{id}' END" for id, sql in amounts.items()) + ")"
