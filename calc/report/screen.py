"""How wide the screen is, whether it has colours, and rich output as text."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NARROWEST, PLAIN, WIDEST = 40, 80, 120


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
    """Entries below one another in ``width`` columns: number, what is said, figures on the right. Texts wrap, figures never do.

    ``heads`` stand above the figures; the columns are wide enough for those of ``among``, too.
    """
    from rich.table import Table
    from rich.text import Text

    rows = [["", "", *heads], *([number, "", *figures] for number, _, figures in (*entries, *among))]
    widths = [max(columns(row[place]) for row in rows) for place in range(len(rows[0]))]
    widths[1] = max(10, width - sum(widths) - 2 * (len(widths) - 1) + widths[1])
    table = Table.grid(padding=(0, 2, 0, 0))
    for place, column in enumerate(widths):
        table.add_column(width=column, justify="right" if place > 1 else "left", no_wrap=place != 1)
    table.add_row(*(Text(cell, "dim") for cell in rows[0]))
    for number, lines, figures in entries:
        said = "\n".join(wrap(line, widths[1]) for line in lines if line)
        table.add_row(number, Text(said), *figures)
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
