"""The shape of a scheme file, as people write it (TOML). Formulas stay as written here; ``lower`` reads them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Form = str | int | dict[str, Any] | list[Any]
Scope = Literal["item", "group", "project", "year", "enterprise-year", "enterprise", "total"]
Nature = Literal["fixed", "ceiling", "discretionary", "in-kind", "gap"]
Support = Literal[
    "grant", "award", "interest", "lease", "premium", "voucher", "guarantee", "equity", "rent", "fee", "operating", "tax"
]

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
MONTH_OR_YEAR = r"^\d{4}(-(0[1-9]|1[0-2]))?$"


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


class ForTable(Table):
    """Who and what for, by the facts of the profile; a key left out means any."""

    applicant_kinds: list[str] | None = None
    fields: list[str] | None = None
    matters: list[str] | None = None


class SupplementTable(Table):
    """The document that gives a figure which the text itself leaves open; ``probable``: its original was not seen."""

    document: str = Field(min_length=1)
    published: dt.date | None = None
    sure: Literal["confirmed", "probable"]
    text: str = ""


class ApplyTable(Table):
    """When to apply, as the text prints it: ``months`` of the year (1 to 12), or a window whose ends are a day or a month."""

    frequency: Literal["yearly", "half-yearly", "quarterly", "once", "rolling", "irregular"] | None = None
    months: list[Annotated[int, Field(ge=1, le=12)]] = []
    from_: dt.date | Annotated[str, Field(pattern=MONTH)] | None = Field(alias="from", default=None)
    until: dt.date | Annotated[str, Field(pattern=MONTH)] | None = None
    words: str = Field(min_length=1)


class ContactTable(Table):
    """The office to ask and its telephone."""

    office: str = Field(min_length=1)
    phone: str | None = None


class LaterTable(Table):
    """A later document that bears on the scheme and whose figures are not in the folder, of a day, a month or a year."""

    document: str = Field(min_length=1)
    published: dt.date | Annotated[str, Field(pattern=MONTH_OR_YEAR)]
    note: str = Field(min_length=1)


class GroupCapTable(Table):
    """A cap over the sum of several benefits of the scheme."""

    benefits: list[str] = Field(min_length=1)
    at_most: Form
    per: Scope
    when: str | None = None
    derived: bool = False


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
    pays_from: Form | None = None
    at_least: Form | None = None
    round: dict[str, Any] | None = None
    limits: list[LimitTable] = []
    disbursement: list[str] = []
    checklist: list[str] = []
    note: str = ""
    warning: str = ""
    reason: str = ""
    for_: ForTable = Field(alias="for", default=ForTable())
    supplement: SupplementTable | None = None
    apply: ApplyTable | None = None
    contact: ContactTable | None = None
    see: list[Annotated[str, Field(pattern=r"^[^/]+/[^/]+$")]] = []

    @model_validator(mode="before")
    @classmethod
    def _total(cls, table: Any) -> Any:
        """``schedule = { years = […], total = … }``: the total is the amount that the years pay."""
        schedule = table.get("schedule") if isinstance(table, dict) else None
        if not isinstance(schedule, dict) or "total" not in schedule or "amount" in table:
            return table
        return {**table, "amount": schedule["total"], "schedule": {key: value for key, value in schedule.items() if key != "total"}}


class SchemeTable(Table):
    """A scheme file."""

    id: str = Field(pattern=r"^[a-z0-9.]+(-[a-z0-9]+)*(@[a-z0-9]+)?$")
    edition_of: str = ""
    title: str
    title_en: str = ""
    combine: Literal["sum", "one-of"] = "sum"
    outcome: Literal["money", "none", "index"] = "money"
    reason: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    later_batch: str = ""
    later: list[LaterTable] = []
    members: list[str] = []
    note: str = ""
    when: list[str | WhenTable] = []
    let: dict[str, Form] = {}
    for_: ForTable = Field(alias="for", default=ForTable())
    supplement: SupplementTable | None = None
    apply: ApplyTable | None = None
    contact: ContactTable | None = None
    source: SourceTable
    group_caps: list[GroupCapTable] = []
    benefits: list[BenefitTable] = []
