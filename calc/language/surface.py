"""The shape of a scheme file, as people write it (TOML). Formulas stay as written here; ``lower`` reads them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Form = str | int | dict[str, Any] | list[Any]
Scope = Literal["item", "group", "project", "year", "enterprise-year", "enterprise", "total"]
Nature = Literal["fixed", "ceiling", "discretionary", "in-kind", "gap"]
Support = Literal[
    "grant", "award", "interest", "lease", "premium", "voucher", "guarantee", "equity", "rent", "fee", "operating", "tax"
]


class Table(BaseModel):
    """A TOML table in which a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", strict=False, populate_by_name=True)


class SourceTable(Table):
    """Where the text stands: card, document number, issuing authority, day of publication."""

    card: str
    document: str
    authority: str
    published: dt.date | None = None


class LimitTable(Table):
    """A cap: ``at_most`` (a form) within ``per``; ``when`` it applies (always, if not said)."""

    at_most: Form
    per: Scope
    when: str | None = None


class GroupCapTable(Table):
    """A cap over the sum of several benefits of the scheme."""

    benefits: list[str] = Field(min_length=1)
    at_most: str
    per: Scope


class WhenTable(Table):
    """A condition with a wording of its own."""

    if_: str = Field(alias="if")
    text: str


class BenefitTable(Table):
    """One amount a scheme offers."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    label: str
    label_en: str = ""
    clause: str = Field(min_length=1)
    nature: Nature
    support: Support
    when: list[str | WhenTable] = []
    require: list[str] = []
    amount: Form | None = None
    schedule: Form | None = None
    limits: list[LimitTable] = []
    disbursement: list[str] = []
    checklist: list[str] = []
    note: str = ""
    warning: str = ""
    reason: str = ""


class SchemeTable(Table):
    """A scheme file."""

    id: str = Field(pattern=r"^[a-z0-9.]+(-[a-z0-9]+)*$")
    title: str
    title_en: str = ""
    combine: Literal["sum", "one-of"] = "sum"
    outcome: Literal["money", "none", "index"] = "money"
    reason: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    later_batch: str = ""
    members: list[str] = []
    note: str = ""
    when: list[str | WhenTable] = []
    let: dict[str, Form] = {}
    source: SourceTable
    group_caps: list[GroupCapTable] = []
    benefits: list[BenefitTable] = []
