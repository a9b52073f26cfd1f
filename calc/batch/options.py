"""What a run over a table is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, TypedDict, Unpack

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from calc.batch.budget import Budget


@dataclass(slots=True)
class Options:
    """How a table is read and what is written; see ``Catalog.batch``."""

    output: str | None = None
    schemes: Sequence[str] = ()
    shape: str = "long"
    benefits: bool = False
    plan: bool = False
    input_format: str | None = None
    output_format: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    id_column: str | None = None
    enterprise_column: str | None = None
    budget: Budget | None = None
    asked: Sequence[str] = ()  # columns that an option names
    amounts: Sequence[str] = ()  # those of them that hold money
    claimed: Mapping[str, str] = field(default_factory=dict)  # the column of claims by scheme
    items: Mapping[str, str] = field(default_factory=dict)
    ignore_unknown: bool = False
    duplicates: str | None = None
    invoices: Sequence[str] = ()
    payments: str | None = None  # the payment list
    by: str | None = None
    carry: Sequence[str] = ()
    rejects: str | None = None
    only_rejects: bool = False  # the table is a list of rejects, mended; its rows are joined to the result at ``output``
    engine: str = "auto"
    as_of: dt.date | None = None
    progress: bool = False
    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None


class TableOptions(TypedDict, total=False):
    """How ``reform`` and ``sweep`` read a table; see ``Catalog.batch``."""

    items: Mapping[str, str] | None
    id_column: str | None
    rejects: Path | str | None
    ignore_unknown: bool
    encoding: str | None
    sheet: str | None
    input_format: str | None
    engine: str
    progress: bool


def table_options(as_of: dt.date, **told: Unpack[TableOptions]) -> Options:
    """The options of a run that is told only how its table is read."""
    plain: dict[str, Any] = {**told, "items": told.get("items") or {}}
    if plain.get("rejects") is not None:
        plain["rejects"] = str(plain["rejects"])
    return Options(as_of=as_of, **plain)
