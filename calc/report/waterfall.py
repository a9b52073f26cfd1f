"""Charts of a report as inline SVG: from the base over rate and limits to the amount, bar by bar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from calc.messages import text
from calc.report.words import words_of
from calc.units import fen_text

if TYPE_CHECKING:
    from calc.estimate.results import BenefitResult, TraceStep

MONEY = re.compile(r"-?\d+\.\d\d")
MOST_PARTS = 8  # items shown one by one in a chart; the rest together
CHART, NAMES, FIGURES, ROW = 680, 190, 150, 30


@dataclass(slots=True)
class Bar:
    """A bar from ``start`` to ``end`` (fen): a sum that stands, a part ``added``, what is taken off (``cut``), the ``amount``."""

    kind: str
    label: str
    start: int
    end: int


def waterfall(result: BenefitResult) -> str:
    """Base → rate → limit → amount, as horizontal bars."""
    bars = bars_of(result)
    if not bars:
        return ""
    most = max(max(b.start, b.end) for b in bars) or 1
    space = CHART - NAMES - FIGURES
    lines = []
    for place, bar in enumerate(bars):
        low, high = sorted((bar.start, bar.end))
        left = NAMES + space * low / most
        width = max(1.5, space * (high - low) / most)
        top = place * ROW + 6
        middle = top + 13
        kind = bar.kind
        if kind == "cut":
            kind, figure = ("cut", "−" + fen_words(high - low)) if high > low else ("untouched", text("html.untouched"))
        else:
            figure = ("+" if bar.kind == "added" else "") + fen_words(high - low if bar.kind == "added" else bar.end)
        lines.append(f"<text class='name' x='{NAMES - 10}' y='{middle}' text-anchor='end'>{escape(_clipped(bar.label))}</text>")
        lines.append(f"<rect class='{kind}' x='{left:.1f}' y='{top}' width='{width:.1f}' height='18'/>")
        lines.append(f"<text class='{kind}' x='{CHART - 2}' y='{middle}' text-anchor='end'>{escape(figure)}</text>")
        if place + 1 < len(bars):
            x = NAMES + space * bar.end / most
            lines.append(f"<line class='link' x1='{x:.1f}' y1='{top + 18}' x2='{x:.1f}' y2='{top + ROW}'/>")
    height = len(bars) * ROW + 8
    said = text("word.semicolon").join(f"{b.label} {fen_words(b.end)}" for b in bars)
    return figure_of(text("html.waterfall"), said, height, lines)


def figure_of(title: str, said: str, height: int, lines: Iterable[str], width: int = CHART) -> str:
    """A chart below its title; ``said`` is what those hear who do not see it."""
    return (
        f"<figure><figcaption>{escape(title)}</figcaption><svg viewBox='0 0 {width} {height}' role='img' "
        f"aria-label='{escape(title)}{escape(text('word.brackets', said=said))}'>{''.join(lines)}</svg></figure>"
    )


def fen_of(value: str) -> int | None:
    """An amount of money in fen; none where a value is something else."""
    return int(value.replace(".", "")) if MONEY.fullmatch(value) else None


def bars_of(result: BenefitResult) -> list[Bar]:
    """The bars of a benefit's waterfall, from its steps; none where there is nothing between standard and amount."""
    amount = fen_of(result.amount or "")
    if amount is None:
        return []
    bars = _chain(_lone_item(result.trace))
    if len(bars) < 2:
        return []
    if bars[-1].end != amount:  # the finished amount is cut to the fen, never more than a fen below its last step
        bars[-1].end = amount if abs(bars[-1].end - amount) <= 1 else bars[-1].end
    return [*bars, Bar("amount", text("html.amount"), 0, amount)]


def _lone_item(trace: Sequence[TraceStep]) -> list[TraceStep]:
    """The steps without the heading and sum of an item that is alone; what it comes to where it repeats stays."""
    if sum(s.step == "item" for s in trace) != 1:
        return list(trace)
    return [s for s in trace if s.step not in ("item", "items") and (s.step != "item.end" or s.expression)]


def _chain(steps: Sequence[TraceStep]) -> list[Bar]:
    """Steps one after another: a base, what a rate leaves of it, parts that add up, limits that cut."""
    bars: list[Bar] = []
    parts: list[tuple[str, int]] = []  # sums that may turn out to be parts of the next one
    item: str | None = None
    rate = ""
    base: int | None = None
    for step in steps:
        value = fen_of(step.value)
        if step.step == "item":
            item, base = (f"{step.label} {step.expression}".strip() if step.expression else step.label), None
            bars.clear()
            parts.append((item, value or 0))
        elif value is None:
            rate = f"{step.label} {step.value}" if step.step in ("rate", "quantity", "count") else rate
        elif step.step in ("items", "sum"):
            item = None
            if len(parts) > 1 and abs(sum(v for _, v in parts) - value) <= len(parts):  # each part is shown cut to the fen
                bars = _parts(parts)
                bars[-1].end = value
            else:
                bars = [Bar("sum", step.label, 0, value)]
            parts = []
        elif item is not None:
            parts[-1] = (item, value)
        elif step.step == "base":
            bars, base = [Bar("sum", step.label, 0, value)], value
        elif step.step.startswith("limit.") or step.step == "fill":
            if bars:
                if step.step != "fill" and not step.cuts:  # the figure it leaves alone is that of the step before, which may be shown a fen apart
                    bars[-1].end = value
                bars.append(Bar("cut", step.label, bars[-1].end, value))
                parts[-1:] = [(step.label, value)]
        elif step.step == "item.end":
            if bars and value > bars[-1].end:
                bars.append(Bar("added", step.expression, bars[-1].end, value))
                parts[-1:] = [(step.expression, value)]
        elif step.step == "interest":
            bars.append(Bar("added", step.label, bars[-1].end if bars else 0, (bars[-1].end if bars else 0) + value))
            parts[:] = [(step.label, bars[-1].end)]
        elif step.step != "unit-rate":
            if base is not None and bars and value <= base:
                bars.append(Bar("cut", rate or step.label, base, value))
            else:
                bars = [Bar("sum", step.label, 0, value)]
            base = None
            parts.append((step.expression or step.label, value))
    return bars


def _parts(parts: Sequence[tuple[str, int]]) -> list[Bar]:
    """Parts on top of one another; the smallest of many together."""
    shown = list(parts)
    if len(shown) > MOST_PARTS:
        rest = sorted(shown, key=lambda p: -p[1])[MOST_PARTS - 1 :]
        shown = [p for p in shown if p not in rest][: MOST_PARTS - 1]
        shown.append((text("html.rest", count=len(parts) - len(shown)), sum(v for _, v in parts) - sum(v for _, v in shown)))
    bars: list[Bar] = []
    so_far = 0
    for label, value in shown:
        bars.append(Bar("added", label, so_far, so_far + value))
        so_far += value
    return bars


def fen_words(fen: int) -> str:
    """Fen in words."""
    return words_of(fen_text(fen))


def _clipped(label: str, most: int = 14) -> str:
    width = 0.0
    for place, letter in enumerate(label):
        width += 1 if ord(letter) > 255 else 0.6
        if width > most:
            return label[:place] + "…"
    return label
