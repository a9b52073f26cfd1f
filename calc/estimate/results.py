"""What an estimate answers: the records the commands print and the Python API returns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from calc.engines.statuses import Status


class Result:
    """Base of all answers; values are strings, money in yuan with two decimals. Plain records: a pydantic model here would
    take longer to import than an estimate takes to make."""

    __slots__ = ()

    def model_dump(self, *, mode: Literal["json", "python"] = "python") -> dict[str, Any]:
        """The answer as plain dicts and lists; both modes give the same, all values being strings already."""
        named = [f.name for f in fields(self) if not f.metadata.get("private")]  # type: ignore[arg-type]
        return {name: _plain(getattr(self, name)) for name in named}

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """The answer as JSON text, Chinese kept readable."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=indent)


def _plain(value: Any) -> Any:
    if isinstance(value, Result):
        return value.model_dump()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionResult(Result):
    """A gate: its wording, ``met``/``unmet``/``unknown``, and the facts given that it turned on. One that is met since it is for
    others does not apply (``applies``, not part of the answer)."""

    text: str
    result: Literal["met", "unmet", "unknown"]
    given: dict[str, Any]
    applies: bool = field(default=True, metadata={"private": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitResult(Result):
    """A limit: ``limit`` and what it ``cut`` in yuan; ``scope`` as in the scheme file."""

    limit: str
    scope: str
    cut: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodResult(Result):
    """What one support year (or calendar year, or span of years) pays."""

    period: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep(Result):
    """One step of the computation: what it is, how it reads, what it came to, where it stands; ``step`` is its kind and ``cuts``
    whether it is a limit that took something off, for those who lay it out (neither is part of the answer)."""

    label: str
    expression: str
    value: str
    clause: str
    step: str = field(default="", metadata={"private": True})
    cuts: bool = field(default=False, metadata={"private": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitResult(Result):
    """One benefit on one project."""

    id: str
    label: str
    clause: str
    nature: str
    support: str
    status: Status
    amount: str | None
    binding: LimitResult | None
    schedule: list[PeriodResult] | None
    disbursement: list[str] | None
    conditions: list[ConditionResult]
    missing: list[str]
    assumed: list[str]
    checklist: list[str]
    reason: str | None
    warnings: list[str]
    supplement: dict[str, Any] | None
    trace: list[TraceStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCapResult(Result):
    """A cap over several benefits and what it cut from their sum."""

    benefits: list[str]
    limit: str
    scope: str
    cut: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResult(Result):
    """Where the scheme's text stands; ``published`` is an ISO date."""

    card: str
    document: str
    authority: str
    published: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeResult(Result):
    """One scheme on one project; ``cash``: when its total comes (not part of the answer)."""

    id: str
    title: str
    validity: Literal["in-force", "not-yet", "expired"]
    status: Status
    total: str | None
    total_if: str | None
    combine: str
    chosen: list[str]
    group_caps: list[GroupCapResult]
    reason: str | None
    source: SourceResult
    benefits: list[BenefitResult]
    warnings: list[str]
    cash: list[PeriodResult] = field(default_factory=list, metadata={"private": True})
