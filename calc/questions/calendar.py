"""What to apply for and when: the windows that the texts print, soonest first, with the office and its telephone."""

from __future__ import annotations

import calendar as months_of_a_year
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calc.estimate.plausible import odd_in, told
from calc.language import model
from calc.messages import text
from calc.questions.match import above, match

if TYPE_CHECKING:
    from calc.store.store import Store

STATES = ("open", "later", "unknown", "past")  # in the order they are told
SECTIONS = ("now", "if", "needs")
AGAIN = ("yearly", "half-yearly", "quarterly")  # windows that come again in the months the text names


def calendar(catalog: Store, values: dict[str, Any], schemes: Sequence[str] | None, as_of: dt.date) -> list[dict[str, Any]]:
    """What a project (plain values by id) can get or may get of ``schemes`` (ids; what ``match`` shows, if not told), by its window.

    ``window`` has ISO days ``from`` and ``until`` (``None`` where no day is told) and the ``words`` of the text; ``state`` says
    whether it is open on ``as_of``, opens later, is past, or is not told; ``warnings`` tell what its scheme reads and is hardly
    meant. Raises ``InputError`` where the facts contradict
    one another.
    """
    answer = match(catalog, values, as_of)
    shown = [entry for section in SECTIONS for entry in answer[section]]
    if schemes is not None:
        shown = [e for e in (*shown, *answer["expired"]) if {e["scheme"], e["scheme"].partition("@")[0]} & set(schemes)]
    found = []
    odd = any(True for _ in odd_in(values, catalog.facts))
    for entry in shown:
        scheme = catalog.scheme(entry["scheme"])
        benefit = next(b for b in scheme.benefits if b.id == entry["benefit"])
        first, last = opening(benefit.window, scheme, as_of)
        contact = benefit.contact
        sure = [entry] if entry["status"] == "eligible" else []
        found.append(
            {
                "scheme": entry["scheme"],
                "benefit": entry["benefit"],
                "title": entry["title"],
                "label": entry["label"],
                "window": {
                    "from": None if first is None else first.isoformat(),
                    "until": None if last is None else last.isoformat(),
                    "words": benefit.window.words if benefit.window is not None else text("calendar.silent"),
                },
                "contact": {"office": contact.office, "phone": contact.phone} if contact is not None else {"office": scheme.source["authority"], "phone": None},
                "state": state(first, last, as_of),
                "status": entry["status"],
                "amount": entry["amount"],
                "warnings": told((*(odd_in(values, catalog.facts, scheme.facts) if odd else ()), *above(catalog, values, sure))),
            }
        )
    return sorted(found, key=_soonest)


def _soonest(entry: dict[str, Any]) -> tuple[int, str, str]:
    """Open windows by the day they close, later ones by the day they open."""
    window = entry["window"]
    day = window["until"] if entry["state"] == "open" else window["from"]
    return STATES.index(entry["state"]), day or "9999", entry["scheme"]


def state(first: dt.date | None, last: dt.date | None, as_of: dt.date) -> str:
    """Whether a window is ``open`` on a day, opens ``later``, is ``past``, or is ``unknown``."""
    if first is None and last is None:
        return "unknown"
    if last is not None and last < as_of:
        return "past"
    return "later" if first is not None and first > as_of else "open"


def opening(window: model.Window | None, scheme: model.Scheme, as_of: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The first and last day of the window at hand on ``as_of``, or else of the next (of the last, where none follows).

    One that comes again every year is that of the months the text names, those that adjoin being one (11月 to 次年1月, too);
    without months no day is told. ``None``: the text does not say.
    """
    if window is None:
        return None, None
    start = None if window.start is None else _day(window.start, False)
    until = None if window.until is None else _day(window.until, True)
    end = min((day for day in (until, scheme.valid_to) if day is not None), default=None)
    if window.frequency not in AGAIN or (window.frequency != "yearly" and not window.months):
        return start, end if start is not None or until is not None else None
    if not window.months:
        return None, None
    years = range(as_of.year - 1, as_of.year + 3)
    spans = [(_month(year, first, False), _month(year + (last < first), last, True)) for year in years for first, last in _runs(window.months)]
    spans = [span for span in spans if (start is None or span[1] >= start) and (end is None or span[0] <= end)]
    if not spans:
        return start, end
    return next((span for span in spans if span[1] >= as_of), spans[-1])


def _runs(months: Sequence[int]) -> list[tuple[int, int]]:
    """The months that adjoin, as first and last, in the order in which they begin; December and January adjoin."""
    named = sorted(set(months))
    starts = [month for month in named if (month - 2) % 12 + 1 not in named] or [1]
    found = []
    for first in starts:
        last = first
        while last % 12 + 1 in named and last % 12 + 1 != first:
            last = last % 12 + 1
        found.append((first, last))
    return found


def _day(raw: str, last: bool) -> dt.date:
    """An ISO day, or the first or last day of an ISO month."""
    if len(raw) == 7:
        return _month(int(raw[:4]), int(raw[5:]), last)
    return dt.date.fromisoformat(raw)


def _month(year: int, month: int, last: bool) -> dt.date:
    return dt.date(year, month, months_of_a_year.monthrange(year, month)[1] if last else 1)
