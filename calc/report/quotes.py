"""The words of the law as people read them: the figures of a sentence marked, the page beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from calc.messages import text

_LEFT, _RIGHT = "【", "】"


def marked(said: str, marks: Iterable[Sequence[int]], left: str = _LEFT, right: str = _RIGHT) -> str:
    """A sentence with its figures between two signs; without them it is the text, letter by letter."""
    out, place = [], 0
    for first, last in marks:
        out += [said[place:first], left, said[first:last], right]
        place = last
    return "".join([*out, said[place:]])


def marked_html(said: str, marks: Iterable[Sequence[int]]) -> str:
    """The same for a page."""
    from html import escape

    out, place = [], 0
    for first, last in marks:
        out += [escape(said[place:first]), "<mark>", escape(said[first:last]), "</mark>"]
        place = last
    return "".join([*out, escape(said[place:])])


def where(quote: Mapping[str, Any], page: int | None) -> str:
    """Where a sentence stands: the file and, where it has pages, the page."""
    return f"{quote['file']} {text('texts.page', page=page)}" if page else str(quote["file"])


def _placed(quote: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """The sentences of a quote, the last of each page with its place."""
    told = quote["passages"]
    following = [*(one["page"] for one in told[1:]), -1]
    return [(one, where(quote, one["page"]) if one["page"] != after else "") for one, after in zip(told, following, strict=True)]


def quote_lines(quote: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """A quote as lines: what stands at the left, the sentence with its place; that the clause is missing, where it is."""
    if quote is None:
        return []
    if not quote["passages"]:
        return [(text("texts.quote.head"), str(quote["reason"]) + text("word.brackets", said=quote["file"]))]
    lines = []
    for place, (one, at) in enumerate(_placed(quote)):
        said = marked(one["text"], one["marks"]) + (text("word.brackets", said=at) if at else "")
        lines.append(("" if place else text("texts.quote.head"), said))
    return lines


def quote_html(quote: Mapping[str, Any] | None) -> str:
    """A quote as it stands in the report."""
    from html import escape

    if quote is None:
        return ""
    if not quote["passages"]:
        return f"<p class='soft quote-missing'>{escape(str(quote['reason']))}{escape(text('word.brackets', said=quote['file']))}</p>"
    said = "".join(f"<p>{marked_html(one['text'], one['marks'])}<span class='soft'>{escape(at)}</span></p>" for one, at in _placed(quote))
    return f"<blockquote class='law'><h4>{escape(text('texts.quote.head'))}</h4>{said}</blockquote>"


def hits_table(hits: Sequence[Mapping[str, Any]], width: int, color: bool) -> str:
    """What a search found: where, and the clause with the words found marked, cut to what stands around them."""
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, print_to_text, wrap

    width = min(width, WIDEST)
    parts: list[Any] = []
    for hit in hits:
        at = f"{hit['file']} {text('texts.page', page=hit['page'])}" if hit["page"] else hit["file"]
        parts.append(Text(wrap(f"{hit['title']}  {hit['clause']}", width), "bold"))
        parts.append(Text(f"  {at}", "dim"))
        said = marked(*_around(hit["text"], hit["marks"]))
        parts.append(Text("\n".join("  " + line for line in wrap(said, width - 2).split("\n"))))
    return print_to_text(Group(*parts), width, color).rstrip("\n")


def _around(said: str, marks: Sequence[Sequence[int]], before: int = 60, most: int = 240) -> tuple[str, list[tuple[int, int]]]:
    """As much of a long clause as stands around the first word found."""
    if len(said) <= most:
        return said, [(a, b) for a, b in marks]
    first = max((marks[0][0] if marks else 0) - before, 0)
    last = min(first + most, len(said))
    head, tail = "…" if first else "", "…" if last < len(said) else ""
    shift = len(head) - first
    return head + said[first:last] + tail, [(a + shift, b + shift) for a, b in marks if first <= a and b <= last]
