"""A calendar as people read it: a table for the terminal, Markdown, CSV, and a file for Outlook and the like."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from calc.characters import CsvRows, plain_markdown
from calc.language.names import short
from calc.messages import text
from calc.report.blocks import row
from calc.units import grouped

HEADS = ("calendar.window", "match.scheme", "match.benefit", "match.amount", "calendar.office")


def rows(entries: list[dict[str, Any]]) -> list[list[str]]:
    """Window, scheme, benefit, amount, office and telephone of each entry."""
    found = []
    for one in entries:
        office = " ".join(word for word in (one["contact"]["office"], one["contact"]["phone"]) if word)
        amount = text("calendar.open.amount") if one["amount"] is None else grouped(one["amount"])
        label = one["label"] if one["status"] != "conditional" else text("calendar.if", label=one["label"])
        found.append([when(one), short(one["scheme"]), label, amount, office])
    return found


def warnings(entries: list[dict[str, Any]]) -> list[str]:
    """What is said of the project, each once."""
    return list(dict.fromkeys(warning for one in entries for warning in one["warnings"]))


def when(entry: dict[str, Any]) -> str:
    """A window in words: open until when, from when to when, what the text says where it names no day."""
    window = entry["window"]
    if entry["state"] == "unknown":
        return str(window["words"])
    key = "calendar." + entry["state"] + (".until" if window["until"] else "") + (".from" if entry["state"] == "later" else "")
    return text(key, first=window["from"], last=window["until"])


def as_table(entries: list[dict[str, Any]], width: int, color: bool) -> str:
    """The entries below their windows, in ``width`` columns (at most ``WIDEST``); words wrap, amounts are never cut."""
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, Entry, entry_table, print_to_text, wrap

    width = min(width, WIDEST)
    windows: dict[str, list[Entry]] = {}
    for entry, (window, number, label, amount, office) in zip(entries, rows(entries), strict=True):
        windows.setdefault(window, []).append((number, [*dict.fromkeys((label, entry["title"])), office], [amount]))
    every = [one for several in windows.values() for one in several]
    content: list[Any] = [Text(text("calendar.title", count=len(entries)))]
    for window, several in windows.items():
        content += [Text(), Text(wrap(window, width), "bold"), entry_table([text("match.amount")], several, width, every)]
    content += [Text(wrap(text("breakdown.said", warning=warning), width), "yellow") for warning in warnings(entries)]
    return print_to_text(Group(*content), width, color)


def as_markdown(entries: list[dict[str, Any]]) -> str:
    """The entries as a Markdown table."""
    lines = ["| " + " | ".join(map(text, HEADS)) + " |", "|" + "---|" * len(HEADS)]
    lines += map(row, rows(entries))
    if said := warnings(entries):
        lines += ["", *(f"> {plain_markdown(text('breakdown.said', warning=warning))}" for warning in said)]
    return "\n".join(lines) + "\n"


def as_csv(entries: list[dict[str, Any]]) -> str:
    """The entries as a CSV table."""
    out = io.StringIO()
    rows = CsvRows(out)
    rows.add(["scheme", "benefit", "label", "state", "from", "until", "words", "office", "phone", "status", "amount"])
    for one in entries:
        window, contact = one["window"], one["contact"]
        figures = [one["state"], window["from"] or "", window["until"] or "", window["words"], contact["office"], contact["phone"] or ""]
        rows.add([one["scheme"], one["benefit"], one["label"], *figures, one["status"], one["amount"] or ""])
    return out.getvalue()


def as_ics(entries: list[dict[str, Any]], as_of: dt.date) -> bytes:
    """The windows that have days, open ones and later ones, as an iCalendar file: one event a benefit, whole days."""
    from icalendar import Calendar, Event

    book = Calendar()
    book.add("prodid", "-//subsidy-calc//calendar//")
    book.add("version", "2.0")
    for one in entries:
        window = one["window"]
        if one["state"] not in ("open", "later") or window["from"] is None:
            continue
        first = dt.date.fromisoformat(window["from"])
        last = dt.date.fromisoformat(window["until"]) if window["until"] else first
        event = Event()
        event.add("uid", f"{one['scheme']}/{one['benefit']}@subsidy-calc")
        event.add("dtstamp", dt.datetime.combine(as_of, dt.time(), dt.UTC))
        event.add("dtstart", first)
        event.add("dtend", last + dt.timedelta(days=1))  # the day after the last
        event.add("summary", f"{short(one['scheme'])} {one['label']}")
        event.add("description", "\n".join(filter(None, (window["words"], *rows([one])[0][3:]))))
        event.add("location", one["contact"]["office"])
        book.add_component(event)
    content: bytes = book.to_ical()
    return content
