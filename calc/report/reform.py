"""A reform as people read it: tables for the terminal, Markdown, CSV."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from calc.characters import CsvRows, plain_markdown
from calc.language import names
from calc.messages import language, text
from calc.report.blocks import row
from calc.report.screen import figure_table, print_to_text
from calc.units import grouped, money_words

MONEY = ("before", "after", "difference")
COUNTS = ("winners", "losers", "enter", "leave")
Rows = tuple[list[str], list[list[str]]]  # heads, and cells; the last row may be the sum


def as_table(answer: Mapping[str, Any], width: int, color: bool) -> str:
    """For the terminal, ``width`` columns wide."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Any] = []
    for heads, rows in tables(answer, short=True):
        parts += [figure_table(heads, rows, width, range(1, len(heads)), text("reform.head.total")), Text("")]
    parts += [Text(line) for line in said(answer)]
    return print_to_text(Group(*parts), width, color)


def as_markdown(answer: Mapping[str, Any]) -> str:
    """As Markdown."""
    lines = [f"# {text('reform.title')}"]
    for heads, rows in tables(answer):
        lines += ["", row(heads), "|" + "---|" * len(heads), *map(row, rows)]
    return "\n".join([*lines, "", *(f"- {plain_markdown(line)}" for line in said(answer))]) + "\n"


def as_csv(answer: Mapping[str, Any]) -> str:
    """As CSV: a row a benefit, plain figures."""
    out = io.StringIO()
    rows = CsvRows(out, "\n")
    heads = ["scheme", "benefit", *MONEY, *COUNTS, "label", "validity_before", "validity_after"]
    rows.add(heads)
    rows.add_all(["" if one[name] is None else one[name] for name in heads] for one in answer["schemes"])
    return out.getvalue()


def tables(answer: Mapping[str, Any], short: bool = False) -> list[Rows]:
    """By scheme and benefit, by single change where there are several, by group where asked for, by size of project (on a screen,
    ``short``, where a column tells it)."""
    counts = COUNTS[:2] if short else COUNTS
    rows = [[f"{names.short(one['scheme'])} {one['label']}", *_figures(one, counts)] for one in answer["schemes"]]
    rows.append([text("reform.head.total"), *_figures({**answer, **answer["projects"]}, counts)])
    found: list[Rows] = [([text(f"reform.head.{name}") for name in ("benefit", *MONEY, *counts)], rows)]
    if len(answer["changes"]) > 1:
        cells = [[one["change"], *(_signed(one[name]) for name in ("first", "last"))] for one in answer["changes"]]
        found.append(([text(f"reform.head.{name}") for name in ("change", "first", "last")], cells))
    if answer["by"] is not None:
        heads = [answer["by"]["column"], *(text(f"reform.head.{name}") for name in ("rows", *MONEY, *counts))]
        found.append((heads, [[g["value"] or "—", f"{g['rows']:,}", *_figures(g, counts)] for g in answer["by"]["groups"]]))
    sizes = answer["sizes"]
    if sizes["groups"] and (sizes["column"] or not short):
        heads = [sizes["column"] or text("reform.head.size"), *(text(f"reform.head.{name}") for name in ("rows", *MONEY, *counts))]
        found.append((heads, [[band(g), f"{g['rows']:,}", *_figures(g, counts)] for g in sizes["groups"]]))
    return found


def titles(answer: Mapping[str, Any]) -> list[str]:
    """What each of the ``tables`` holds."""
    found = [text("reform.chart.benefits")]
    if len(answer["changes"]) > 1:
        found.append(text("reform.sheet.changes"))
    if answer["by"] is not None:
        found.append(text("reform.sheet.by"))
    return [*found, *([text("reform.sheet.sizes")] if answer["sizes"]["groups"] else [])]


def headline(answer: Mapping[str, Any]) -> list[str]:
    """The whole in one line."""
    return [text("reform.said.whole", before=grouped(answer["before"]), after=grouped(answer["after"]), difference=_signed(answer["difference"]))]


def band(group: Mapping[str, Any]) -> str:
    """A size of projects in words."""
    ends = {name: group[name] and text("reform.yuan", amount=_words(group[name])) for name in ("from", "below")}
    return text("reform.band" if all(ends.values()) else "reform.band.below" if ends["below"] else "reform.band.from", **ends)


def _words(amount: str) -> str:
    return money_words(int(amount[:-3])) if language() == "zh" else grouped(amount[:-3])


def short_amount(amount: str, by: float) -> str:
    """An amount as a chart labels it, in the unit of its axis."""
    return f"{float(amount) / by:,.2f}".removesuffix(".00")


def said(answer: Mapping[str, Any]) -> list[str]:
    """What is said below the tables."""
    counts = {key: f"{answer['projects'][key]:,}" for key in ("rows", *COUNTS)}
    lines = [text("reform.said.projects", **counts)]
    if any(one["first"] != one["last"] for one in answer["changes"]):
        lines.append(text("reform.said.interact"))
    return [*lines, *answer["out_of_force"]]


def _figures(one: Mapping[str, Any], counts: Sequence[str]) -> list[str]:
    return [grouped(one["before"]), grouped(one["after"]), _signed(one["difference"]), *(f"{one[name]:,}" for name in counts)]


def _signed(amount: str | None) -> str:
    if amount is None:
        return "—"
    return grouped(amount) if amount.startswith("-") or not amount.strip("0.") else f"+{grouped(amount)}"
