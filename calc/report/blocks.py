"""Titled blocks of lines (label, what is said, a figure), printed for the terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from calc.characters import plain_markdown
from calc.messages import text

# how lines and statuses are set off on a terminal with colours
MOODS = {
    "": "", "sum": "bold", "total": "bold", "limit": "", "faint": "dim", "open": "yellow", "met": "", "unmet": "red", "unknown": "yellow", "spared": "dim",
    "eligible": "bold green", "conditional": "yellow", "incomplete": "yellow", "ineligible": "red", "no-figure": "dim",
    "in-force": "green", "not-yet": "yellow", "expired": "yellow",
}  # fmt: skip


@dataclass(slots=True)
class Line:
    """One line of a block: ``label``, what is ``said``, the ``value`` to its right; ``mood`` is a key of ``MOODS``."""

    label: str
    said: str = ""
    value: str = ""
    mood: str = ""


@dataclass(slots=True)
class Block:
    """A titled part of a report; ``state`` stands at the right of the title, set off by ``mood``."""

    title: str
    said: str = ""
    state: str = ""
    mood: str = ""
    lines: list[Line] = field(default_factory=list)


def printed(blocks: Sequence[Block], width: int) -> list[Any]:
    """Blocks as what rich prints in ``width`` columns, labels and figures aligned through all of them."""
    from rich.text import Text

    from calc.report.screen import columns

    lines = [line for block in blocks for line in block.lines]
    labels = min(max((columns(line.label) for line in lines), default=0), width * 3 // 10)
    values = max((columns(line.value) for line in lines), default=0)
    said = width - labels - 1 - (values + 1 if values else 0)
    parts: list[Any] = []
    for block in blocks:
        parts += [Text("─" * width), *_block(block, width, (labels, said, values))]
    return parts


def ends(left: Any, right: Any) -> Any:
    """Two texts at the two ends of a line."""
    from rich.table import Table

    table = Table.grid(expand=True, padding=(0, 1, 0, 0))
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_row(left, right)
    return table


def _block(block: Block, width: int, widths: tuple[int, int, int]) -> list[Any]:
    from rich.table import Table
    from rich.text import Text

    from calc.report.screen import columns, wrap

    title = wrap(block.title, width - columns(block.state) - 1)
    parts: list[Any] = [ends(Text(title, "bold"), Text(block.state, MOODS[block.mood]))] if block.title else []
    if block.said:
        parts.append(Text(wrap(block.said, width), "dim"))
    table = Table.grid(padding=(0, 1, 0, 0))
    used = widths if widths[2] else widths[:2]
    for place, columns_ in enumerate(used):
        table.add_column(width=columns_, justify="right" if place == 2 else "left")
    for line in block.lines:
        cells = (line.label, line.said, line.value)
        table.add_row(*(Text(wrap(cell, w), MOODS[line.mood]) for cell, w in zip(cells, used, strict=False)))
    return [*parts, table] if block.lines else parts


def markdown(blocks: Sequence[Block], level: int) -> list[str]:
    """Blocks as Markdown: a heading of ``level`` and a table each."""
    found: list[str] = []
    for block in blocks:
        valued = any(line.value for line in block.lines)
        state = text("word.brackets", said=block.state) if block.state else ""
        found += ["", f"{'#' * level} {plain_markdown(block.title)}{state}", ""] if block.title else [""]
        if block.said:
            found += [plain_markdown(block.said), ""]
        if block.lines:
            found.append(row([text("head.label"), text("head.said"), *([text("head.value")] if valued else [])]))
            found.append("|---|---|---:|" if valued else "|---|---|")
        for line in block.lines:
            cells = (line.label.replace("  ", "　"), line.said, line.value)[: 3 if valued else 2]
            found.append(row(cells, strong=line.mood in ("sum", "total")))
    return found


def row(cells: Sequence[str], strong: bool = False) -> str:
    """One row of a Markdown table, ``strong`` in bold; what its cells hold is shown as it stands."""
    mark = "**" if strong else ""
    shown = ("<br>".join(map(plain_markdown, cell.split("\n"))) for cell in cells)
    return "| " + " | ".join(f"{mark}{cell}{mark}" if cell else "" for cell in shown) + " |"
