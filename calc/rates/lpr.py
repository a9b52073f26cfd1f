"""The dated table of loan prime rates."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, read_toml
from calc.errors import SchemeError, nearest_names
from calc.messages import text
from calc.units import BadValue, Number, parse_date, parse_number, value_text

TERMS = ("1Y", "5Y")
KEYS = ("verified", "rates")


@dataclass(slots=True)
class LprTable:
    """Rates (ratios) by the day they came into force, ascending; ``verified`` is the last day known to be covered."""

    days: list[dt.date]
    rates: list[dict[str, Number]]
    verified: dt.date
    source: str = ""

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


def load_lpr(path: Path | str | None = None) -> LprTable:
    """The table in ``path``, or the one shipped. Raises ``SchemeError`` for a file that cannot be used."""
    file = Path(path) if path else Path(__file__).with_name("lpr.toml")
    name = str(path or file.name)
    try:
        document = read_toml(file.read_text(encoding="utf-8-sig"))
    except BadDocument as bad:
        raise SchemeError(name, bad.line, text("lpr.unreadable", error=bad.problem), text("lpr.form")) from None
    except UnicodeDecodeError:
        raise SchemeError(name, 0, text("lpr.unreadable", error=text("document.encoding")), text("lpr.form")) from None
    except OSError as error:
        raise SchemeError(name, 0, text("lpr.unreadable", error=error.strerror or error), text("lpr.form")) from None
    for key in document:
        if key not in KEYS:
            raise SchemeError(name, 0, text("scheme.key", where=key), " / ".join(nearest_names(key, KEYS)) or text("lpr.form"))
    entries = document.get("rates")
    if not isinstance(entries, list) or not entries:
        raise SchemeError(name, 0, text("lpr.empty"), text("lpr.form"))
    days: list[dt.date] = []
    rates: list[dict[str, Number]] = []
    for number, entry in enumerate(entries, 1):
        where = f"[[rates]] {number}"
        try:
            day = parse_date(entry.get("from"))
            row = {term: parse_number("percent", entry.get(term)) for term in TERMS}
        except (AttributeError, BadValue):
            raise SchemeError(name, 0, text("lpr.entry", where=where, entry=_said(entry)), text("lpr.form")) from None
        if set(entry) != {"from", *TERMS}:
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


def _said(entry: Any) -> str:
    return ", ".join(f"{key} = {value}" for key, value in entry.items()) if isinstance(entry, dict) else str(entry)
