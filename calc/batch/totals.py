"""Which benefits of a scheme ``combine`` keeps, as SQL over the columns of an engine (``s{k}``, ``a{k}``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calc.columns import scheme_columns

if TYPE_CHECKING:
    from calc.batch.engine import Slot
    from calc.language import core


def total_columns(scheme: core.Scheme, slots: Sequence[Slot]) -> tuple[str, str, str]:
    """SQL of a scheme's total (fen), status, and the ids of the benefits chosen (joined by ``;``); ``slots`` are all its benefits."""
    total, _, status = scheme_columns(scheme, [(f"s{slot.number}", f"a{slot.number}") for slot in slots])
    counted = [slot for slot in slots if slot.benefit.amount is not None and slot.benefit.support != "equity"]
    if not counted:
        return total, status, "NULL::VARCHAR"
    sure = {slot.benefit.id: f"CASE WHEN s{slot.number} = 'eligible' THEN a{slot.number} END" for slot in counted}
    likely = {slot.benefit.id: f"CASE WHEN s{slot.number} IN ('eligible', 'conditional') THEN a{slot.number} END" for slot in counted}
    some = f"COALESCE({', '.join(sure.values())}) IS NOT NULL"
    return total, status, f"NULLIF(CASE WHEN {some} THEN {_kept(scheme, sure)} ELSE {_kept(scheme, likely)} END, '')"


def _kept(scheme: core.Scheme, amounts: dict[str, str]) -> str:
    """The ids of the benefits above 0 that are kept: of alternatives the first of the largest."""
    best = f"GREATEST({', '.join(amounts.values())})"
    if scheme.combine == "one-of":
        cases = " ".join(f"WHEN ({sql}) = {best} AND ({sql}) > 0 THEN '{id}'" for id, sql in amounts.items())
        return f"CASE {cases} ELSE '' END"
    return "CONCAT_WS(';', " + ", ".join(f"CASE WHEN ({sql}) > 0 THEN '{id}' END" for id, sql in amounts.items()) + ")"
