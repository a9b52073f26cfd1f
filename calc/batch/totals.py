"""What the benefits of a scheme come to together, as SQL over the columns of an engine (``s{k}``, ``a{k}``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc.units import fen

if TYPE_CHECKING:
    from calc.batch.engine import Slot
    from calc.language import core

ORDER = ("eligible", "conditional", "incomplete", "ineligible")


def total_columns(scheme: core.Scheme, slots: Sequence[Slot]) -> tuple[str, str, str]:
    """SQL of a scheme's total (fen), status, and the ids of the benefits chosen (joined by ``;``)."""
    open_ = [slot for slot in slots if slot.benefit.amount is not None]
    if not open_:
        return "NULL::BIGINT", "'no-figure'", "NULL::VARCHAR"
    states = [f"s{slot.number}" for slot in open_]
    status = "CASE " + " ".join(f"WHEN '{state}' IN ({', '.join(states)}) THEN '{state}'" for state in ORDER[:-1]) + f" ELSE '{ORDER[-1]}' END"
    sure = {slot.benefit.id: f"CASE WHEN s{slot.number} = 'eligible' THEN a{slot.number} END" for slot in open_}
    likely = {slot.benefit.id: f"CASE WHEN s{slot.number} IN ('eligible', 'conditional') THEN a{slot.number} END" for slot in open_}
    any_sure = f"'eligible' IN ({', '.join(states)})"
    none_open = f"({status}) = 'ineligible'"
    total = f"CASE WHEN {any_sure} THEN {_sum(scheme, sure)} WHEN {none_open} THEN 0 END"
    chosen = f"CASE WHEN {any_sure} THEN {_kept(scheme, sure)} ELSE {_kept(scheme, likely)} END"
    return total, status, f"NULLIF({chosen}, '')"


def _sum(scheme: core.Scheme, amounts: dict[str, str]) -> str:
    """The sum of what ``combine`` keeps, less what group caps cut."""
    if scheme.combine == "one-of":
        amounts = {id: f"CASE WHEN {_first(id, amounts)} THEN {sql} END" for id, sql in amounts.items()}
    whole = " + ".join(f"COALESCE({sql}, 0)" for sql in amounts.values())
    for cap in scheme.group_caps:
        inside = " + ".join(f"COALESCE({amounts[id]}, 0)" for id in cap.benefits if id in amounts)
        whole += f" - GREATEST(0, {inside} - {fen(cap.limit)})"
    return f"({whole})"


def _first(id: str, amounts: dict[str, str]) -> str:
    """Whether a benefit is the first of the largest."""
    place = list(amounts).index(id)
    others = [f"COALESCE({amounts[id]} {'>' if n < place else '>='} ({sql}), TRUE)" for n, sql in enumerate(amounts.values()) if n != place]
    return " AND ".join([f"({amounts[id]}) IS NOT NULL", *others])


def _kept(scheme: core.Scheme, amounts: dict[str, str]) -> str:
    """The ids of the benefits above 0 that ``combine`` keeps."""
    parts = []
    for id, sql in amounts.items():
        counts = f"({sql}) > 0" + (f" AND {_first(id, amounts)}" if scheme.combine == "one-of" else "")
        parts.append(f"CASE WHEN {counts} THEN '{id}' END")
    return f"CONCAT_WS(';', {', '.join(parts)})"
