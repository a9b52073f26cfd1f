"""The figures of a text and of a scheme file, made comparable: 5000万元, 30%, 百分之三十, 两年, 24个月, 2022年6月1日."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from calc.places import Path, Places
from calc.texts.numbers import CHINESE, whole

MONEY, PERCENT, MONTHS, COUNT, DATE, FOREIGN = "money", "percent", "months", "count", "date", "foreign"
PLAIN = "plain"  # a number that has no unit where it stands; fits any kind but money

_SCALE = {"万亿": 10**12, "千亿": 10**11, "百亿": 10**10, "十亿": 10**9, "亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4,
          "千": 1000, "百": 100}  # fmt: skip
_NUMBER = r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT = (
    r"(?P<unit>%|‰|个百分点|百分点|美元|欧元|港元|元|年|周年|个月|平方公里|平方米|公顷|㎡|亩|"
    r"[家项个次吨件人名台套倍天日周辆种类批场部集分秒张条位级度米]|公斤|千克|千瓦时|千瓦|公里)?"
)
_FIGURE = re.compile(rf"(?<![A-Za-z_\d.])(?P<number>{_NUMBER})(?:（不?含）)?(?P<scale>{'|'.join(_SCALE)})?[余多]?{_UNIT}")
_WORDS = re.compile(
    rf"(?P<per>百分之|千分之)(?P<share>[{CHINESE}点]+)|(?P<of>[{CHINESE}]{{1,3}})分之(?P<parts>[{CHINESE}]{{1,3}})"
    rf"|(?P<half>半)年|(?P<whole>[{CHINESE}]{{1,6}})(?P<scale>万亿|亿|万)?(?P<unit>周?年(?!度)|个月|元|家|项|个百分点|平方米|亩|个|次|倍|名|位|人|届|类)"
    rf"|第?(?P<low>[{CHINESE}]{{1,3}})[至到、](?=第?[{CHINESE}]{{1,3}}[名位家项个年次类])"
)
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?!\d)")
_MONTH_DAY = re.compile(r"(?<![\d年-])(\d{1,2})月(\d{1,2})日")
_SPAN = re.compile(r"(?:（不?含）|以上|元)?[-~至到、，或和及]{1,2}(?:不超过|超过|最高)?")


@dataclass(frozen=True)
class Figure:
    """One figure: its kind, its exact value (money in yuan, shares as 0.3, time in months, dates as a day number), where it stands."""

    kind: str
    value: Fraction
    first: int
    last: int

    def fits(self, other: Figure) -> bool:
        """Whether two figures say the same."""
        if self.kind == other.kind:
            return self.value == other.value
        kinds = {self.kind, other.kind}
        if PLAIN not in kinds:
            return False
        plain, told = (self, other) if self.kind == PLAIN else (other, self)
        if told.kind == MONTHS:
            return plain.value in (told.value, told.value / 12)
        return told.kind in (COUNT, PERCENT) and plain.value == told.value


def figures(said: str) -> list[Figure]:
    """All figures of a text in its searched form, in order; a number in a list takes the unit that ends the list."""
    found: list[Figure] = []
    taken: list[tuple[int, int]] = []
    for hit in _DATE.finditer(said):
        day = _day(int(hit[1]), int(hit[2]), int(hit[3]))
        if day is not None:
            found.append(Figure(DATE, day, hit.start(), hit.end()))
            taken.append(hit.span())
    plain: list[re.Match[str]] = []
    for hit in _FIGURE.finditer(said):
        if any(a < hit.end() and hit.start() < b for a, b in taken):
            continue
        if hit["unit"] is None and hit["scale"] is None:
            plain.append(hit)
            found.append(_figure(hit["number"], None, None, *hit.span()))
            continue
        last = _figure(hit["number"], hit["scale"], hit["unit"], *hit.span())
        following = hit.start()
        for before in reversed(plain):  # 100、50万元; 3-5亿元
            if not _SPAN.fullmatch(said[before.end() : following]):
                break
            following = before.start()
            found.append(_figure(before["number"], hit["scale"], hit["unit"], *before.span()))
        if hit["scale"] is not None and hit["unit"] is None:  # 500万, the currency left out
            found.append(Figure(MONEY, last.value, last.first, last.last))
        plain.clear()
        found.append(last)
    found.extend(_in_words(said))
    return sorted(found, key=lambda f: (f.first, f.last))


def _in_words(said: str) -> Iterator[Figure]:
    for hit in _WORDS.finditer(said):
        try:
            if hit["per"]:
                ones, point, tenths = hit["share"].partition("点")
                value = Fraction(whole(ones)) + (Fraction(int("".join(str(whole(c)) for c in tenths)), 10 ** len(tenths)) if point else 0)
                yield Figure(PERCENT, value / (100 if hit["per"] == "百分之" else 1000), *hit.span())
            elif hit["of"]:
                yield Figure(PERCENT, Fraction(whole(hit["parts"]), whole(hit["of"])), *hit.span())
            elif hit["low"]:  # 第四至六名
                yield Figure(COUNT, Fraction(whole(hit["low"])), *hit.span())
            elif hit["half"]:
                yield Figure(MONTHS, Fraction(6), *hit.span())
            else:
                yield _figure(str(whole(hit["whole"])), hit["scale"], hit["unit"], *hit.span())
        except (ValueError, ZeroDivisionError):
            continue


def _figure(number: str, scale: str | None, unit: str | None, first: int, last: int) -> Figure:
    value = Fraction(number.replace(",", "").replace("，", "")) * _SCALE.get(scale or "", 1)
    if unit is None:
        return Figure(COUNT if scale else PLAIN, value, first, last)
    if unit == "元":
        return Figure(MONEY, value, first, last)
    if unit in ("美元", "欧元", "港元"):
        return Figure(FOREIGN, value, first, last)
    if unit in ("%", "个百分点", "百分点"):
        return Figure(PERCENT, value / 100, first, last)
    if unit == "‰":
        return Figure(PERCENT, value / 1000, first, last)
    if unit in ("年", "周年"):
        return Figure(MONTHS, value * 12, first, last)
    if unit == "个月":
        return Figure(MONTHS, value, first, last)
    if unit == "公顷":
        return Figure(COUNT, value * 10000, first, last)
    return Figure(COUNT, value, first, last)


def _day(year: int, month: int, day: int) -> Fraction | None:
    import datetime as dt

    try:
        return Fraction(dt.date(year, month, day).toordinal())
    except ValueError:
        return None


# ---------------------------------------------------------------- figures of a scheme file

# keys whose values are names and words, or stand in no clause
_WORDED = frozenset(
    """id label label_en title title_en clause note note_en checklist supplement apply contact for see source text document reason nature support
    valid_from valid_to edition_of later later_batch combine benefits per scope where_text words kind unit currency derived facts""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Stated:
    """A figure that a scheme file states: as written, comparable, on which line, where in the file, and the remark on its line."""

    said: str
    figure: Figure
    line: int
    path: Path
    remark: str

    @property
    def counts(self) -> bool:
        """Whether it feeds the amount, and does not only gate it."""
        return not {"when", "where", "if"} & set(self.path)

    @property
    def threshold(self) -> bool:
        """Whether it says from where or up to where a row of a table holds."""
        return bool({"from", "over", "below", "up_to", "pays_from"} & set(self.path))


def stated(document: dict[str, Any], places: Places, path: Path) -> list[Stated]:
    """The figures of the table at ``path`` of a scheme file, in the order of the file."""
    value: Any = document
    for step in path:
        value = value[step]
    lines = places.text.split("\n")
    return list(_walk(value, path, places, lines))


def _walk(value: Any, path: Path, places: Places, lines: list[str]) -> Iterator[Stated]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _WORDED:
                continue
            if re.fullmatch(r"(?:19|20)\d\d", key):  # a table by year: the years are figures, too
                yield from _leaf(f"{key}年", (*path, key), places, lines)
            yield from _walk(inner, (*path, key), places, lines)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walk(inner, (*path, place), places, lines)
    elif isinstance(value, bool) or value is None:
        return
    else:
        yield from _leaf(value, path, places, lines)


def _leaf(value: Any, path: Path, places: Places, lines: list[str]) -> Iterator[Stated]:
    from calc.texts.pages import Text

    said = value if isinstance(value, str) else str(value)
    searched = Text(said)
    seen: set[tuple[int, int]] = set()
    for figure in figures(searched.s):
        if (figure.first, figure.last) in seen:
            continue
        seen.add((figure.first, figure.last))
        if figure.value == 0 or (figure.kind in (PLAIN, COUNT) and figure.value == 1 and isinstance(value, str)):
            continue  # nothing, and "at least one", are said without a figure
        if figure.kind == PLAIN and path[-1] in ("years", "first_years"):
            figure = Figure(MONTHS, figure.value * 12, figure.first, figure.last)
        shown, _ = searched.literal(figure.first, figure.last)
        line = places.line(path, shown if isinstance(value, str) else "")
        content = lines[line - 1] if 0 < line <= len(lines) else ""
        yield Stated(shown, figure, line, path, _remark(content))


def _remark(line: str) -> str:
    outside = re.sub(r'"(?:\\.|[^"\\])*"|\'[^\']*\'', lambda m: " " * len(m[0]), line)
    at = outside.find("#")
    return line[at + 1 :].strip() if at >= 0 else ""


