"""A reform as pictures: the budget by benefit before and after, who gains and who loses by the size of the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from calc.language import names
from calc.messages import language, text
from calc.report import reform as report
from calc.report.chart import ACCENT, INK, page, pictured, thousands, unit

KINDS = (".png", ".svg", ".html")
BEFORE = "#a8b8c8"
MOST = 14  # benefits that a picture shows, those that change most


def chart(answer: Mapping[str, Any], file: Path) -> tuple[bytes, list[str]]:
    """The picture of a reform in the format ``file`` ends in, and what there is to warn of. Raises ``ImportError`` without matplotlib."""
    if file.suffix.lower() == ".html":
        made, said = as_html(answer)
        return made.encode("utf-8"), said

    def draw() -> Any:
        return _figure([_benefits, _sizes], answer)

    return pictured(draw, draw, file.suffix.lower())


def as_html(answer: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A page with the pictures and all tables that needs nothing else, and what there is to warn of."""
    drawn = [pictured(draw, draw, ".svg") for draw in (lambda: _figure([_benefits], answer), lambda: _figure([_sizes], answer))]
    pictures = [picture.decode("utf-8") for picture, _ in drawn]
    tables = [(title, (heads, rows)) for title, (heads, rows) in zip(report.titles(answer), report.tables(answer), strict=True)]
    return page(text("reform.title"), pictures, [*report.headline(answer), *report.said(answer)], tables), drawn[0][1]


def _figure(parts: Sequence[Callable[[Any, Mapping[str, Any]], None]], answer: Mapping[str, Any]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2 * len(parts)), layout="constrained")
    for place, part in enumerate(parts, 1):
        part(figure.add_subplot(len(parts), 1, place), answer)
    return figure


def _benefits(axes: Any, answer: Mapping[str, Any]) -> None:
    """Two bars a benefit: before and after."""
    paid = [one for one in answer["schemes"] if one["before"] != "0.00" or one["after"] != "0.00"] or answer["schemes"]
    shown = sorted(sorted(paid, key=lambda one: -abs(float(one["difference"])))[:MOST], key=paid.index)
    by, name = unit(max((float(one[side]) for one in shown for side in ("before", "after")), default=0))
    for offset, side, colour in ((-0.2, "before", BEFORE), (0.2, "after", INK)):
        places, amounts = [n + offset for n in range(len(shown))], [float(one[side]) / by for one in shown]
        bars = axes.barh(places, amounts, 0.38, color=colour, label=text(f"reform.head.{side}"))
        axes.bar_label(bars, [report.short_amount(one[side], by) for one in shown], padding=3, fontsize=8)
    axes.set_yticks(range(len(shown)), [f"{names.short(one['scheme'])} {_drawn(one['label'], one['benefit'])}" for one in shown])
    axes.invert_yaxis()
    axes.set_title(text("reform.chart.benefits"), loc="left", fontsize=11)
    axes.set_xlabel(_axis(name))
    axes.margins(x=0.15)
    axes.legend(frameon=False, fontsize=9)
    thousands(axes.xaxis)


def _sizes(axes: Any, answer: Mapping[str, Any]) -> None:
    """How many gain (to the right) and lose (to the left) of each size of project."""
    from matplotlib.ticker import MaxNLocator

    groups = answer["sizes"]["groups"]
    for key, sign, colour in (("winners", 1, INK), ("losers", -1, ACCENT)):
        bars = axes.barh(range(len(groups)), [sign * g[key] for g in groups], color=colour, label=text(f"reform.head.{key}"))
        axes.bar_label(bars, [f"{g[key]:,}" if g[key] else "" for g in groups], padding=3, fontsize=8)
    axes.set_yticks(range(len(groups)), [report.band(g) for g in groups])
    axes.axvline(0, color="#888", linewidth=0.8)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    column = _drawn(answer["sizes"]["column"] or "", "")
    axes.set_title(text("reform.chart.sizes", column=column) if column else text("reform.chart.sizes.paid"), loc="left", fontsize=11)
    axes.set_xlabel(text("reform.head.rows"))
    axes.margins(x=0.15)
    if groups:
        axes.legend(frameon=False, fontsize=9)
    axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):,.10g}")


def _drawn(said: str, instead: str) -> str:
    """A text, or in an English picture, for which there may be no Chinese font, another one."""
    return said if language() == "zh" or said.isascii() else instead


def _axis(name: str) -> str:
    return name if language() == "en" else name.replace(text("reform.chart.support"), text("reform.chart.paid"))
