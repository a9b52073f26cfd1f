"""How wide the screen is, whether it has colours, and rich output as text."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NARROWEST, PLAIN, WIDEST = 40, 80, 120
LABEL = 10  # columns that what stands beside figures has at least


def screen(output: Path | None) -> tuple[int, bool]:
    """The width to print in and whether to use colour: the terminal's, else COLUMNS or 80, no colour in a file or a pipe."""
    terminal = output is None and sys.stdout.isatty()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    told = os.environ.get("COLUMNS", "")
    width = int(told) if told.isdigit() else PLAIN
    if terminal and not told.isdigit():
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            width = PLAIN
    return max(NARROWEST, width), color


def print_to_text(content: Any, width: int, color: bool) -> str:
    """Anything rich can print, as text ``width`` columns wide, no line with blanks at its end."""
    import io

    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="standard" if color else None, no_color=not color, highlight=False, emoji=False,
        markup=False, legacy_windows=False,
    )  # fmt: skip
    console.print(content)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


Entry = tuple[str, list[str], list[str]]  # number, lines of text, figures


def entry_table(heads: Sequence[str], entries: Sequence[Entry], width: int, among: Sequence[Entry] = ()) -> Any:
    """Entries below one another in ``width`` columns: number, what is said, figures on the right. Texts wrap, figures only where
    there is no room for them: none is cut off.

    ``heads`` stand above the figures; the columns are wide enough for those of ``among``, too.
    """
    from rich.table import Table
    from rich.text import Text

    rows = [["", "", *heads], *([number, "", *figures] for number, _, figures in (*entries, *among))]
    widths = [max(columns(row[place]) for row in rows) for place in range(len(rows[0]))]
    widths[1] = max(LABEL, width - sum(widths) - 2 * (len(widths) - 1) + widths[1])
    fits = sum(widths) + 2 * (len(widths) - 1) <= width
    table = Table.grid(padding=(0, 2, 0, 0))
    for place, column in enumerate(widths):
        table.add_column(width=column, justify="right" if place > 1 else "left", no_wrap=fits and place != 1, overflow="fold")
    table.add_row(*(Text(cell, "dim") for cell in rows[0]))
    for number, lines, figures in entries:
        said = "\n".join(wrap(line, widths[1]) for line in lines if line)
        table.add_row(number, Text(said), *figures)
    return table


def figure_table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, figures: Sequence[int], total: str | None = None, **style: Any) -> Any:
    """A table of which the columns at ``figures`` hold figures, in ``width`` columns: texts wrap, figures only where there is no room
    for them. The row that begins with ``total`` is set off; ``style`` is the table's own.
    """
    from rich.table import Table
    from rich.text import Text

    widths = [max(columns(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    least = [one if place in figures else min(one, LABEL) for place, one in enumerate(widths)]
    fits = sum(least) + 2 * (len(least) - 1) <= width
    table = Table(pad_edge=False, **{"box": None, "padding": (0, 2, 0, 0), "header_style": "bold", **style})
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place in figures else "left", overflow="fold", no_wrap=fits and place in figures)
    for row in rows:
        table.add_row(*map(Text, row), style="bold" if row[0] == total else "")
    return table


_UNIT = re.compile(r"□ \S|[!-~]+|\s+|[^!-~\s]")
_NO_START = "，。；：、！？）》】”’％%,.;:!?)…　"
_NO_END = "（《【“‘("
_COUNTERS = "年月日元万亿个家项次人吨亩"


def wrap(said: str, width: int) -> str:
    """A text in lines of at most ``width`` columns, as Chinese is set: a line may end after any character, but none begins
    with a closing mark or ends with an opening one, and figures, dates and words stay whole where they fit."""
    lines: list[str] = []
    for paragraph in said.split("\n"):
        line = ""
        for unit in _units(paragraph):
            if columns(line + unit.rstrip()) <= width:
                line += unit
                continue
            if line.strip():
                lines.append(line.rstrip())
            line = unit.lstrip()
            while columns(line) > width:
                place = max(1, next(i for i in range(len(line), 0, -1) if columns(line[:i]) <= max(width, 2)))
                lines.append(line[:place])
                line = line[place:]
        lines.append(line.rstrip())
    return "\n".join(lines)


def _units(said: str) -> list[str]:
    """What no line break may divide."""
    units: list[str] = []
    for unit in _UNIT.findall(said):
        if units and (unit[0] in _NO_START or units[-1][-1] in _NO_END or (unit in _COUNTERS and units[-1][-1].isdigit())):
            units[-1] += unit
        else:
            units.append(unit)
    return units


def columns(said: str) -> int:
    """How many columns of a screen a text takes; a Chinese character takes two."""
    if said.isascii():
        return len(said)
    from rich.cells import cell_len

    return cell_len(said)
