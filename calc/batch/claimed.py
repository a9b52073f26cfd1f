"""What applicants claim beside what is computed, and the step where the two part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from calc.batch.decimals import FEN
from calc.batch.engine import rows_of
from calc.batch.result import AMOUNT, yuan
from calc.errors import InputError
from calc.estimate.benefit import estimate
from calc.messages import listed, text
from calc.units import fen_text, grouped, value_text

if TYPE_CHECKING:
    from calc.batch.values import Fractional
    from calc.estimate.results import BenefitResult, SchemeResult, TraceStep
    from calc.store.store import Store

NAMES = ("claimed", "computed", "difference", "parts_at")
SCALES = (10_000, 100_000_000, 1_000, 100)  # how far a claim in another unit is off
RATES = ("rate", "interest-rate")


def read_claimed(store: Store, ids: Sequence[str], told: Mapping[str, str]) -> dict[str, str]:
    """The column of claims by scheme; ``told`` has the schemes as they are named, or none where there is but one. Raises ``InputError``."""
    found: dict[str, str] = {}
    for name, column in told.items():
        if not name and len(ids) != 1:
            raise InputError("--claimed", column, text("batch.claimed.form", column=column))
        id = store.find(name) if name else ids[0]
        if id not in ids:
            raise InputError("--claimed", name, listed(ids[:20]))
        if id in found:
            raise InputError("--claimed", name or column, text("batch.claimed.once", other=found[id]))
        found[id] = column
    return found


class Claimed:
    """Adds to a wide result the columns ``claimed``, ``computed``, ``difference`` (claimed less computed) and ``parts_at``, with
    the scheme before them where several are asked for."""

    def __init__(self, store: Store, columns: Mapping[str, str], as_of: dt.date) -> None:
        self.store = store
        self.as_of = as_of
        self.columns = columns  # typed ones, by scheme
        self.sums = {id: [0, 0, 0, 0] for id in columns}  # rows with a claim, fen claimed, fen computed for them, rows that differ

    def schema(self, before: pa.Schema) -> pa.Schema:
        """The columns of the result with those added."""
        for id in self.columns:
            for name in NAMES:
                before = before.append(pa.field(self._named(id, name), AMOUNT if name != "parts_at" else pa.string()))
        return before

    def _named(self, id: str, name: str) -> str:
        return name if len(self.columns) == 1 else f"{id}.{name}"

    def add(self, table: pa.Table, chunk: pa.Table, fractional: dict[int, list[Fractional]]) -> pa.Table:
        """The rows of a result with the columns added."""
        for id, column in self.columns.items():
            said = chunk[column].to_pylist() if column in chunk.column_names else [None] * chunk.num_rows
            claims = [None if one is None else int(one * 100) for one in said]
            totals = [None if one is None else int(one * 100) for one in table[id].to_pylist()]
            places = [place for place, (claim, total) in enumerate(zip(claims, totals, strict=True)) if claim is not None and claim != total]
            parts: list[str | None] = [None] * len(claims)
            for place, facts in zip(places, rows_of(chunk, self.store, places, fractional, self._wanted(id)), strict=True):
                claim = claims[place]
                assert claim is not None
                parts[place] = self._parts(id, claim, facts)
            self._count(id, claims, totals, len(places))
            differences = [None if c is None or t is None else c - t for c, t in zip(claims, totals, strict=True)]
            for name, values in zip(NAMES, (claims, totals, differences), strict=False):
                table = table.append_column(pa.field(self._named(id, name), AMOUNT), yuan(pa.array(values, FEN)))
            table = table.append_column(self._named(id, "parts_at"), pa.array(parts, pa.string()))
        return table

    def _wanted(self, id: str) -> set[str]:
        return {path.partition(".")[0] for path in self.store.scheme(id).facts}

    def _count(self, id: str, claims: Sequence[int | None], totals: Sequence[int | None], differ: int) -> None:
        sums = self.sums[id]
        for claim, total in zip(claims, totals, strict=True):
            if claim is not None:
                sums[0] += 1
                sums[1] += claim
                sums[2] += total or 0
        sums[3] += differ

    def _parts(self, id: str, claim: int, facts: dict[str, Any]) -> str:
        found = estimate(self.store.scheme(id), self.store.compiled(id), facts, self.store.facts, self.store.lpr, self.as_of)
        return parts_at(found, claim, self.store)

    def told(self) -> list[dict[str, Any]]:
        """The sums for the summary, by scheme."""
        return [
            {"scheme": id, "rows": rows, "claimed": fen_text(claimed), "computed": fen_text(computed), "differ": differ}
            for id, (rows, claimed, computed, differ) in self.sums.items()
        ]


def parts_at(result: SchemeResult, claim: int, store: Store) -> str:
    """Where a claim (fen) and what was computed part, in words: a condition, a fact that is missing, or the step behind which the claim
    no longer follows."""
    said = next(_found(result, claim, store), None)
    return said if said is not None else text("claimed.none")


def _found(result: SchemeResult, claim: int, store: Store) -> Iterator[str]:
    """What can be said, the plainest first."""
    if result.status == "no-figure":
        yield text("claimed.no-figure")
    if result.status in ("ineligible", "incomplete"):
        yield from _closed(result, store)
    computed = [one for one in result.benefits if one.amount is not None and one.status in ("eligible", "conditional")]
    total = _fen(result.total if result.total is not None else result.total_if or "0.00")
    if result.status == "conditional":
        assumed = listed(dict.fromkeys(store.facts.name_of(fact) for one in computed for fact in one.assumed))
        yield text("claimed.conditional", facts=assumed, total=grouped(result.total_if or "0.00"))
    chosen = [one for one in computed if one.id in result.chosen]
    for times in SCALES:
        if total and (claim == total * times or claim * times == total):
            yield text("claimed.unit", times=f"{times:,}")
    for one in computed:
        if _fen(one.amount or "0.00") == claim and one not in chosen and chosen:
            yield text("claimed.alternative", benefit=one.label, chosen=listed(c.label for c in chosen))
    if len(computed) > 1 and sum(_fen(one.amount or "0.00") for one in computed) == claim:
        cut = next((cap for cap in result.group_caps if cap.cut != "0.00"), None)
        yield text("claimed.sum.cap", limit=grouped(cut.limit)) if cut is not None else text("claimed.sum", chosen=listed(c.label for c in chosen))
    for one in chosen or computed:
        yield from _by_steps(one, claim)
    for one in chosen or computed:
        if one.trace:
            yield text("claimed.last", step=_step(one.trace[-1]))


def _closed(result: SchemeResult, store: Store) -> Iterator[str]:
    """Why there is no amount."""
    for one in result.benefits:
        for condition in one.conditions:
            if condition.result == "unmet":
                given = listed(f"{store.facts.name_of(fact)} {value}" for fact, value in condition.given.items())
                yield text("claimed.unmet", condition=condition.text, given=text("word.brackets", said=given) if given else "")
        if one.missing:
            yield text("claimed.missing", facts=listed(store.facts.name_of(fact) for fact in one.missing))
    yield text("claimed.unfit")


def _by_steps(benefit: BenefitResult, claim: int) -> Iterator[str]:
    """The last step that comes to the claim and the one behind it; else the rate or the base that the claim would need."""
    amounts = [(place, _fen(step.value)) for place, step in enumerate(benefit.trace) if _is_amount(step.value)]
    for place, amount in reversed(amounts):
        later = next((n for n, other in amounts if n > place and other != amount), None)
        if amount == claim and later is not None:
            yield text("claimed.step", step=_step(benefit.trace[place]), next=_step(benefit.trace[later]))
    base = next((step for step in benefit.trace if step.step == "base" and _is_amount(step.value)), None)
    rate = next((step for step in benefit.trace if step.step in RATES and step.value.endswith("%")), None)
    if base is None or rate is None or not _fen(base.value) or not claim:
        return
    share = Fraction(claim, _fen(base.value))
    if (share * 10_000).denominator == 1:
        yield text("claimed.rate", base=grouped(base.value), share=value_text("percent", share), rate=rate.value)
    whole = Fraction(claim) / (Fraction(rate.value.rstrip("%")) / 100)
    if (whole / 100).denominator == 1:
        yield text("claimed.base", rate=rate.value, needed=grouped(fen_text(int(whole))), base=grouped(base.value))


def _step(step: TraceStep) -> str:
    """A step in a few words."""
    value = grouped(step.value) if _is_amount(step.value) else step.value
    return text("claimed.one", label=step.label, expression=step.expression, value=value)


def _is_amount(said: str) -> bool:
    whole, point, cents = said.partition(".")
    return bool(point) and whole.isdecimal() and len(cents) == 2 and cents.isdecimal()


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))
