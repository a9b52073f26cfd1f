"""A what-if as a picture: PNG, SVG, or an HTML page that needs nothing else. Drawn with matplotlib."""

from __future__ import annotations

import datetime as dt
import html
import io
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from calc.messages import language, text, use
from calc.report import whatif as report
from calc.units import figure

KINDS = (".png", ".svg", ".html")
# fonts with Chinese characters, as Linux, Windows and macOS name them; the first that is installed is used
FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Heiti SC", "STHeiti", "Arial Unicode MS", "Droid Sans Fallback",
    "Noto Serif CJK SC", "Noto Serif CJK JP", "SimSun", "Songti SC",
)  # fmt: skip
INK, ACCENT = "#1f4e79", "#c0504d"
LABEL = 0.13  # of the width of the chart that a label takes


def chart(answer: Mapping[str, Any], file: Path, again: Callable[[], Mapping[str, Any]]) -> tuple[bytes, list[str]]:
    """The picture of ``answer`` in the format ``file`` ends in, and what there is to warn of.

    ``answer`` has points. ``again`` gives the same answer in the language in use: without a Chinese font, a PNG is drawn in
    English. Raises ``ImportError`` where matplotlib is missing.
    """
    picture, said = pictured(lambda: _figure(answer), lambda: _figure(again()), file.suffix.lower())
    return (picture if file.suffix.lower() != ".html" else _page(answer, picture.decode("utf-8")).encode("utf-8")), said


def pictured(draw: Callable[[], Any], again: Callable[[], Any], kind: str) -> tuple[bytes, list[str]]:
    """What ``draw`` makes, as a PNG (``kind`` ``.png``) or else SVG, and what there is to warn of; ``again`` draws in the language then in use."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    font = chinese_font()
    if kind == ".png" and font is None and language() == "zh":
        warning = text("whatif.warn.font")
        use("en")
        try:
            return _saved(again, "png", None), [warning]
        finally:
            use("zh")
    drawn_elsewhere = font is None and language() == "zh"
    return _saved(draw, "png" if kind == ".png" else "svg", font), [text("whatif.warn.font.elsewhere")] if drawn_elsewhere else []


def chinese_font() -> str | None:
    """An installed font that has Chinese characters; one installed since matplotlib last made its list of fonts is found, too."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    named = _named()
    if named is not None:
        return named
    listed = {font.fname for font in fontManager.ttflist}
    found = []
    for file in sorted(findSystemFonts()):
        family = _draws(file)
        if family is not None:
            found.append(family)
            if file not in listed:
                fontManager.addfont(file)
    return _named() or next(iter(found), None)


def _named() -> str | None:
    """The first of the fonts named above that matplotlib knows and that draws Chinese characters."""
    from matplotlib.font_manager import fontManager

    files = {font.name: font.fname for font in fontManager.ttflist}
    return next((name for name in FONTS if name in files and _draws(files[name]) is not None), None)


def _draws(file: str) -> str | None:
    """The family of a font file that has Chinese characters; one that is gone or no font has none."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(file)
        return font.family_name if font.get_char_index(ord("额")) else None
    except (OSError, RuntimeError):
        return None


def _saved(draw: Callable[[], Any], kind: str, font: str | None) -> bytes:
    """A figure as a file, in a font that has its characters."""
    import matplotlib

    # without a font here, SVG text stays text: the reader's machine has one
    families = [font, "DejaVu Sans"] if font else ["DejaVu Sans"] if kind == "png" else [*FONTS[:7], "sans-serif"]
    style: dict[Any, Any] = {"font.family": families, "axes.unicode_minus": False, "svg.hashsalt": "subsidy", "text.parse_math": False}
    style["svg.fonttype"] = "path" if font else "none"
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # said already; they are drawn where the picture is looked at
        out = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        draw().savefig(out, format=kind, dpi=150, metadata=metadata)
    return out.getvalue()


def _figure(answer: Mapping[str, Any]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(f"{answer['scheme'].partition('-')[0]}  {answer['title']}", loc="left", fontsize=12)
    if "base" in answer:
        _bars(axes, [p["name"] for p in answer["points"]], answer)
    elif len(answer["facts"]) == 2:
        _grid(figure, axes, answer)
    elif answer["current"]:
        _line(axes, answer)
    else:
        (fact,) = answer["facts"]
        _bars(axes, [report.named(answer, fact, p["given"][fact]) for p in answer["points"]], answer)
    return figure


def unit(most: float) -> tuple[float, str]:
    """What a yuan is divided by on an axis, and the axis's name."""
    if language() == "zh" and most >= 10_000:
        return 10_000, text("whatif.chart.wan")
    return 1, text("whatif.chart.yuan")


def _number(kind: str, said: Any) -> Any:
    """A given value as a place on an axis."""
    if kind == "date":
        return dt.date.fromisoformat(said)
    return float(str(said).rstrip("%"))


def _amount(said: str | None) -> float:
    return float("nan") if said is None else float(said)


def _scaled(axis: Any, kind: str, label: str, most: float) -> float:
    """Names an axis and writes its figures with separators; what its values are divided by."""
    from matplotlib.ticker import FuncFormatter

    by, unit = 1, ""
    if kind == "money":
        by, unit = (10_000, "万" + text("word.yuan")) if language() == "zh" and most >= 10_000 else (1, text("whatif.chart.unit"))
    elif kind == "percent":
        unit = "%"
    axis.set_label_text(f"{label}（{unit}）" if unit and language() == "zh" else f"{label} ({unit})" if unit else label)
    if kind != "date":
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    return by


def _line(axes: Any, answer: Mapping[str, Any]) -> None:
    """One fact: the total as a line, broken where it jumps, the turning points marked."""
    ((fact, definition),) = answer["facts"].items()
    kind, basis = definition["type"], answer["basis"]
    # the order along the line: a point before what changes there, then the turning points, each as before and after
    path: list[tuple[Any, int, float]] = [(_number(kind, p["given"][fact]), 1, _amount(p[basis])) for p in answer["points"]]
    marks = [(_number(kind, t["at"]), t) for t in answer["turning_points"]]
    for at, turn in marks:
        path = [p for p in path if p[0] != at] + [(at, 0, _amount(turn["before"])), (at, 2, _amount(turn["after"]))]
    path.sort(key=lambda step: (step[0], step[1]))
    heights = [y for *_, y in path if not isnan(y)]
    by, name = unit(max(heights, default=0))
    across = _scaled(axes.xaxis, kind, definition["label"], 0 if kind == "date" else max(x for x, *_ in path))
    axes.set_ylabel(name)
    thousands(axes.yaxis)

    def place(x: Any) -> Any:
        return x if kind == "date" else x / across

    axes.plot([place(x) for x, *_ in path], [y / by for *_, y in path], color=INK, linewidth=2, zorder=3)
    if len(answer["points"]) <= 60:
        dots = [(place(_number(kind, p["given"][fact])), _amount(p[basis]) / by) for p in answer["points"]]
        axes.plot(*zip(*dots, strict=True), ".", color=INK)
    ends = sorted(x for x, *_ in path)
    labelled: list[Any] = []
    for at, turn in marks:
        height = _amount(turn["after"]) / by
        axes.plot([place(at)], [height], "o", color=ACCENT, zorder=4)
        if any(at - before < (ends[-1] - ends[0]) * LABEL for before in labelled):
            continue  # too close to be read; the tables list them all
        labelled.append(at)
        said = f"{text('whatif.kind.' + turn['kind'])} {_short(kind, turn['at'], across)}"
        axes.annotate(said, (place(at), height), textcoords="offset points", xytext=(6, -14), fontsize=9, color=ACCENT)
    current = answer["current"][0]
    if current["given"] and current["total"] is not None:
        here = place(_number(kind, current["at"])), _amount(current["total"]) / by
        axes.plot(*here, "D", color=ACCENT, markerfacecolor="white", zorder=5)
    axes.set_ylim(bottom=min(0, *heights) / by if heights else 0)
    axes.margins(y=0.12)
    axes.grid(color="#e5e5e5")


def _short(kind: str, said: str, by: float) -> str:
    if kind == "money":
        return f"{float(said) / by:,.2f}".removesuffix(".00")
    return figure(said)


def thousands(axis: Any) -> None:
    """Figures along an axis with separators."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))


def _bars(axes: Any, names: list[str], answer: Mapping[str, Any]) -> None:
    """Scenarios or categories: one bar each."""
    amounts = [0.0 if p[answer["basis"]] is None else float(p[answer["basis"]]) for p in answer["points"]]
    by, name = unit(max(amounts, default=0))
    bars = axes.barh(range(len(names)), [a / by for a in amounts], color=INK)
    axes.bar_label(bars, [report.amount(p[answer["basis"]]) for p in answer["points"]], padding=4, fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(name)
    axes.margins(x=0.18)
    thousands(axes.xaxis)


def _grid(figure: Any, axes: Any, answer: Mapping[str, Any]) -> None:
    """Two facts: the total as a colour."""
    (down, first), (across, second) = answer["facts"].items()
    columns = list(dict.fromkeys(p["given"][across] for p in answer["points"]))
    rows = list(dict.fromkeys(p["given"][down] for p in answer["points"]))
    sums = {(p["given"][down], p["given"][across]): _amount(p[answer["basis"]]) for p in answer["points"]}
    by, name = unit(max((s for s in sums.values() if not isnan(s)), default=0))
    image = axes.pcolormesh([[sums[r, c] / by for c in columns] for r in rows], cmap="Blues")
    bar = figure.colorbar(image, ax=axes, label=name)
    thousands(bar.ax.yaxis)
    for fact, definition, values, ticks, label in (
        (across, second, columns, axes.set_xticks, axes.set_xlabel),
        (down, first, rows, axes.set_yticks, axes.set_ylabel),
    ):
        every = max(1, -(-len(values) // 8))
        middles = [place + 0.5 for place in range(0, len(values), every)]
        ticks(middles, [_cell(answer, fact, definition["type"], v) for v in values[::every]])
        label(definition["label"])


def _cell(answer: Mapping[str, Any], fact: str, kind: str, said: Any) -> str:
    if kind == "money":
        return f"{float(said) / 10_000:,.10g}万" if language() == "zh" else f"{float(said):,.10g}"
    return report.named(answer, fact, said)


def _page(answer: Mapping[str, Any], picture: str) -> str:
    """A page with the picture and the tables, nothing fetched from elsewhere."""
    return page(answer["title"], [picture], [*report.lines(answer), *answer["warnings"]], report.tables(answer)[::-1])


def page(title: str, pictures: Sequence[str], lines: Sequence[str], tables: Sequence[tuple[str, tuple[Sequence[str], Sequence[Sequence[str]]]]]) -> str:
    """A page that needs nothing else: pictures (SVG), lines, and tables (title, heads, rows)."""
    body = [f"<h1>{html.escape(title)}</h1>", *(one[one.index("<svg") :] for one in pictures)]
    body += [f"<p>{html.escape(line)}</p>" for line in lines]
    for name, (heads, rows) in tables:
        body += [f"<h2>{html.escape(name)}</h2>"] if name else []
        cells = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
        found = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        body.append(f"<table><thead><tr>{cells}</tr></thead><tbody>{found}</tbody></table>")
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="{language()}"><head>{head}</head><body>{"".join(body)}</body></html>\n'


STYLE = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}svg{width:100%;height:auto}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{border-bottom:1px solid #ddd;padding:.3rem .7rem;text-align:left}"
    "td{font-variant-numeric:tabular-nums}h1{font-size:1.3rem}h2{font-size:1.1rem}"
)
