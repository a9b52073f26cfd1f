"""The picture of the house, drawn from the imports in the code: rooms by floor, an arrow for what a room stands on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

CODE = Path(__file__).parent.parent / "calc"
WIDTH, HIGH, GAP, BOX = 760, 34, 26, 104  # of the picture, a box, the space between floors, the least width of a box
INK, PAPER, RULE = "#1F2933", "#F4F6F8", "#7B8794"


def rooms() -> dict[str, set[str]]:
    """The rooms, each with those it imports, in whatever import of whatever file."""
    found: dict[str, set[str]] = {}
    there = {path.name.removesuffix(".py") for path in CODE.iterdir()}
    for path in sorted(CODE.rglob("*.py")):
        room = path.relative_to(CODE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if names == ["calc"] and isinstance(node, ast.ImportFrom):  # from calc import a room, or what the package gives
                names = [f"calc.{a.name}" if a.name in there else "calc" for a in node.names]
            for name in names:
                head, *rest = name.split(".")
                if head == "calc":
                    found.setdefault(room, set()).add(rest[0] if rest else "__init__")
        found.setdefault(room, set())
    return {room: {to for to in below if to != room and to in found} for room, below in found.items()}


def floors(below: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """How high each room stands: one above the highest it imports. Raises ``RecursionError`` where rooms go in a circle."""
    high: dict[str, int] = {}

    def height(room: str) -> int:
        if room not in high:
            high[room] = max((height(one) + 1 for one in below[room]), default=0)
        return high[room]

    for room in below:
        height(room)
    return high


def direct(below: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no other arrows imply."""

    def reach(room: str) -> set[str]:
        return {found for one in below[room] for found in ({one} | reach(one))}

    return {room: {one for one in to if not any(one in reach(other) for other in to - {one})} for room, to in below.items()}


def picture() -> str:
    """The house as SVG."""
    below = rooms()
    high = floors(below)
    top = max(high.values())
    by_floor = [[room for room in sorted(below) if high[room] == floor] for floor in range(top, -1, -1)]
    at: dict[str, tuple[float, int]] = {}
    boxes = []
    for row, names in enumerate(by_floor):
        y = 10 + row * (HIGH + GAP)
        for place, room in enumerate(names):
            x = WIDTH * (place + 1) / (len(names) + 1)
            at[room] = (x, y)
            said = "calc" if room == "__init__" else room
            boxes.append(
                f'<rect x="{x - BOX / 2:.0f}" y="{y}" width="{BOX}" height="{HIGH}" rx="6" fill="{PAPER}" stroke="{RULE}"/>'
                f'<text x="{x:.0f}" y="{y + 22}" text-anchor="middle" fill="{INK}">{said}</text>'
            )
    lines = []
    for room, to in sorted(direct(below).items()):
        x, y = at[room]
        for one in sorted(to):
            left, under = at[one]
            if x == left and high[room] - high[one] > 1:  # around the floors between, not through them
                side, out = x - BOX / 2, x - 2 * BOX
                way = f"M{side:.0f} {y + HIGH // 2} C{out:.0f} {y + 2 * HIGH} {out:.0f} {under - HIGH} {side:.0f} {under + HIGH // 2}"
            else:
                way = f"M{x:.0f} {y + HIGH} L{left:.0f} {under - 3}"
            lines.append(f'<path d="{way}" fill="none" stroke="{RULE}" stroke-opacity="0.7" marker-end="url(#a)"/>')
    marker = f'<defs><marker id="a" markerWidth="8" markerHeight="8" refX="6" refY="4" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{RULE}"/></marker></defs>'
    height = 20 + (top + 1) * (HIGH + GAP) - GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14">'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>'
    return "\n".join([head, marker, ground, *lines, *boxes, "</svg>"]) + "\n"
