"""The dated table of loan prime rates."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, read_toml
from calc.errors import FileProblem, InputError, SchemeError, nearest_names, system_error
from calc.files import check_place, whole_file, write_whole
from calc.kinds import document_text
from calc.messages import text
from calc.units import BadValue, Number, parse_date, parse_number, value_text

TERMS = ("1Y", "5Y")
KEYS = ("verified", "rates")
HIGHEST = Fraction(1, 5)  # a rate above a fifth is a slip of the pen


@dataclass(slots=True)
class LprTable:
    """Rates (ratios) by the day they came into force, ascending; ``verified`` is the last day known to be covered."""

    days: list[dt.date]
    rates: list[dict[str, Number]]
    verified: dt.date
    source: str = ""
    others: dict[str, LprTable] = field(default_factory=dict)  # the index rates of the folder, by name

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms there are rates of."""
        return tuple(self.rates[0])

    def named(self, index: str) -> LprTable:
        """The table of an index rate."""
        return self.others.get(index, self)

    def at(self, day: dt.date, term: str) -> Number | None:
        """The rate of ``term`` (``1Y``, ``5Y``) in force on ``day``; ``None`` before the table starts."""
        place = bisect.bisect_right(self.days, day)
        return self.rates[place - 1][term] if place else None

    def since(self, day: dt.date) -> dt.date | None:
        """The day the rates in force on ``day`` came into force; ``None`` before the table starts."""
        place = bisect.bisect_right(self.days, day)
        return self.days[place - 1] if place else None

    def on(self, day: dt.date) -> dict[str, Any]:
        """Both rates in force on ``day`` (``None`` before the table starts), since when, up to when the table is verified,
        and what is to be said of a day outside it."""
        warnings = []
        since = self.since(day)
        if since is None:
            warnings.append(text("lpr.before", day=day, first=self.days[0]))
        elif day > self.verified:
            warnings.append(text("lpr.after", day=day, verified=self.verified))
        rates = {term: self.at(day, term) for term in TERMS}
        return {
            "date": day.isoformat(),
            **{term: None if rate is None else value_text("percent", rate) for term, rate in rates.items()},
            "since": None if since is None else since.isoformat(),
            "verified": self.verified.isoformat(),
            "warnings": warnings,
        }


def load_lpr(path: Path | str | None = None, terms: tuple[str, ...] | None = TERMS) -> LprTable:
    """The table in ``path``, or the one shipped; ``terms`` None: of whatever terms it has. Raises ``SchemeError`` for a file that cannot be used."""
    file = Path(path) if path else Path(__file__).with_name("lpr.toml")
    name = str(path or file.name)
    try:
        document = read_toml(document_text(name, whole_file(file)))
    except BadDocument as bad:
        raise SchemeError(name, bad.line, text("lpr.unreadable", error=bad.problem), text("lpr.form")) from None
    except FileProblem as bad:
        raise SchemeError(name, 0, text("lpr.unreadable", error=str(bad).removeprefix(name).lstrip("：: ")), text("lpr.form")) from None
    except OSError as error:
        raise SchemeError(name, 0, text("lpr.unreadable", error=system_error(error)), text("lpr.form")) from None
    for key in document:
        if key not in KEYS:
            raise SchemeError(name, 0, text("scheme.key", where=key), " / ".join(nearest_names(key, KEYS)) or text("lpr.form"))
    entries = document.get("rates")
    if not isinstance(entries, list) or not entries:
        raise SchemeError(name, 0, text("lpr.empty"), text("lpr.form"))
    if terms is None:
        terms = tuple(key for key in entries[0] if key != "from") if isinstance(entries[0], dict) else ()
    days: list[dt.date] = []
    rates: list[dict[str, Number]] = []
    for number, entry in enumerate(entries, 1):
        where = f"[[rates]] {number}"
        try:
            day = parse_date(entry.get("from"))
            row = {term: parse_number("percent", entry.get(term), signed=terms != TERMS) for term in terms}
        except (AttributeError, BadValue):
            raise SchemeError(name, 0, text("lpr.entry", where=where, entry=_said(entry)), text("lpr.form")) from None
        if set(entry) != {"from", *terms} or not terms:
            raise SchemeError(name, 0, text("lpr.entry", where=where, entry=_said(entry)), text("lpr.form"))
        if days and day <= days[-1]:
            raise SchemeError(name, 0, text("lpr.order", day=day, before=days[-1]), text("lpr.form"))
        days.append(day)
        rates.append(row)
    try:
        verified = parse_date(document.get("verified", days[-1]))
    except BadValue:
        raise SchemeError(name, 0, text("lpr.verified", value=document.get("verified")), text("lpr.form")) from None
    return LprTable(days, rates, max(verified, days[-1]), name)


def add(path: Path, day: str, one: str, five: str) -> LprTable:
    """Notes in the table of ``path`` (made from the one shipped, where there is none) what was published on ``day``; the new table.

    A day whose rates are those already in force only moves the day verified. Raises ``InputError`` for a day or rate that cannot be
    used, or a day within the table; ``SchemeError`` for a table that cannot be used, ``FileProblem`` or ``OSError`` for a place that takes no file.
    """
    if str(path) == "-":
        raise FileProblem([text("file.dash")])
    check_place(path)
    if path.suffix.lower() != ".toml":
        raise FileProblem([text("file.suffix", file=path, suffix=path.suffix, known=".toml")])
    table = load_lpr(path if path.exists() else None)
    try:
        when = parse_date(day)
    except BadValue as bad:
        raise InputError("--add DATE", day, bad.accepted) from None
    rates: dict[str, Number] = {}
    for term, raw in zip(TERMS, (one, five), strict=True):
        try:
            rates[term] = parse_number("percent", raw)
        except BadValue as bad:
            raise InputError(f"--add {term}", raw, bad.accepted) from None
        if not 0 < rates[term] <= HIGHEST:
            raise InputError(f"--add {term}", raw, text("lpr.add.rate"))
    if when <= table.days[-1] and rates != (table.rates[table.days.index(when)] if when in table.days else None):
        raise InputError("--add DATE", day, text("lpr.add.after", day=table.days[-1]))
    if rates != table.rates[-1]:
        table.days.append(when)
        table.rates.append(rates)
    table.verified = max(table.verified, when)
    body = [f"verified = {table.verified}"]
    for start, row in zip(table.days, table.rates, strict=True):
        body += ["", "[[rates]]", f"from = {start}", *(f'{term} = "{value_text("percent", row[term])}"' for term in TERMS)]
    write_whole(path, ("\n".join(body) + "\n").encode())
    return table


def _said(entry: Any) -> str:
    return ", ".join(f"{key} = {value}" for key, value in entry.items()) if isinstance(entry, dict) else str(entry)
