"""What an estimate answers: the models the commands print and the Python API returns (DESIGN: output contract)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["eligible", "conditional", "incomplete", "ineligible", "no-figure"]
ORDER: tuple[Status, ...] = ("eligible", "conditional", "incomplete", "ineligible", "no-figure")


class Result(BaseModel):
    """Base of all answers; values are strings, money in yuan with two decimals."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class ConditionResult(Result):
    """A gate: its wording, ``met``/``unmet``/``unknown``, and the facts given that it turned on."""

    text: str
    result: Literal["met", "unmet", "unknown"]
    given: dict[str, Any]


class LimitResult(Result):
    """A limit: ``limit`` and what it ``cut`` in yuan; ``scope`` as in the scheme file."""

    limit: str
    scope: str
    cut: str


class PeriodResult(Result):
    """What one support year (or calendar year, or span of years) pays."""

    period: str
    amount: str


class TraceStep(Result):
    """One step of the computation: what it is, how it reads, what it came to, where it stands."""

    label: str
    expression: str
    value: str
    clause: str


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
    trace: list[TraceStep]


class GroupCapResult(Result):
    """A cap over several benefits and what it cut from their sum."""

    benefits: list[str]
    limit: str
    scope: str
    cut: str


class SourceResult(Result):
    """Where the scheme's text stands."""

    card: str
    document: str
    authority: str
    published: dt.date | None


class SchemeResult(Result):
    """One scheme on one project."""

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
