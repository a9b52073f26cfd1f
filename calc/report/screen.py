"""How wide the screen is, whether it has colours, and rich output as text."""

from __future__ import annotations

import os
import sys
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
