"""Long tables for a screen, as lines of text: each cell is measured once, so that ten thousand rows take no longer than to compute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from calc.report.screen import columns, wrap

GAP = "   "
EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its cells, whether they stand on the right, the columns of the screen that it needs at least and at best."""

    head: str
    cells: Sequence[str]
    right: bool
    least: int
    longest: int


@dataclass(frozen=True, slots=True)
class SheetOfLines:
    """A table with a head and a rule; columns that may be narrower than is best fold their cells."""

    title: str
    columns: Sequence[Column]

    @property
    def least(self) -> int:
        """The width that it needs."""
        return sum(column.least + len(GAP) for column in self.columns)

    def lines(self, width: int, color: bool) -> Iterator[str]:
        """The lines, in ``width`` columns of a screen, an empty one before and after."""
        widths = self.widths(width - 2)
        if self.title:
            yield f"\x1b[3m{self.title}\x1b[0m" if color else self.title
        yield ""
        for line in self._row([column.head for column in self.columns], widths, low=True):
            yield f"\x1b[1m{line}\x1b[0m" if color else line
        yield " " + "─" * (sum(widths) + len(GAP) * (len(widths) - 1))
        for row in zip(*(zip(column.cells, map(columns, column.cells), strict=True) for column in self.columns), strict=True):
            if all(size <= width and "\n" not in cell for (cell, size), width in zip(row, widths, strict=True)):
                yield self._line(row, widths)
            else:
                yield from self._row([cell for cell, _ in row], widths)
        yield ""

    def widths(self, width: int) -> list[int]:
        """What each column gets: what is best, and where that is too much, those that fold give up room, the widest first."""
        found = [column.longest for column in self.columns]
        over = sum(found) + len(GAP) * (len(found) - 1) - width
        while over > 0:
            place = max(range(len(found)), key=lambda n: (found[n] > self.columns[n].least, found[n]))
            if found[place] <= self.columns[place].least:
                break
            found[place] -= 1
            over -= 1
        return found

    def _row(self, cells: Sequence[str], widths: Sequence[int], low: bool = False) -> Iterator[str]:
        """The lines of one row; most have one. ``low``: cells of fewer lines stand at the foot."""
        folded = [cell.split("\n") if columns(cell) <= width else wrap(cell, width).split("\n") for cell, width in zip(cells, widths, strict=True)]
        if low:
            folded = [[""] * (max(map(len, folded)) - len(one)) + one for one in folded]
        for parts in zip_longest(*folded, fillvalue=""):
            yield self._line([(part, columns(part)) for part in parts], widths)

    def _line(self, row: Sequence[tuple[str, int]], widths: Sequence[int]) -> str:
        """A line of parts, each with the columns of the screen that it takes."""
        set_in = [
            " " * (width - size) + part if column.right else part + " " * (width - size)
            for (part, size), width, column in zip(row, widths, self.columns, strict=True)
        ]
        return (" " + GAP.join(set_in)).rstrip()


def bar(value: int, most: int, width: int) -> str:
    """A bar as long as ``value`` is of ``most``, which fills ``width``; to the eighth of a column."""
    whole, part = divmod(width * 8 * value // most, 8)
    return "█" * whole + EIGHTHS[part].strip()
