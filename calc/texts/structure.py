"""The structure of a policy text: cards or one document, its title and number, and the tree of its headings.

Only headings are read (一、（一）1．（1）① 第三条 方向7 服务内容), never the layout, so that broken lines, lost spaces and
stray page numbers do no harm. What looks like a heading counts where it continues a numbering.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from calc.texts.numbers import CHINESE, whole
from calc.texts.pages import Text

Step = tuple[str, str]  # a kind of heading and its number or name: ("num", "2"), ("section", "服务内容")

SECTIONS = ("服务内容", "条件要求", "办理流程", "时间/频度", "联系方式", "联系电话", "咨询电话")
_CARD_ROWS = ("依据文件", "发文机构", "发文字号", "发布日期", "发布时间", "发文时间", "发文日期", "工具分类")
# kind → how its heading reads in the searched form of a text
KINDS = {
    "chapter": rf"第([{CHINESE}]{{1,4}}|\d{{1,2}})[章编]",
    "division": rf"第([{CHINESE}]{{1,4}}|\d{{1,2}})节",
    "article": rf"第([{CHINESE}]{{1,6}}|\d{{1,3}})条(?![件例款])",
    "cn": r"([一二三四五六七八九十]{1,3})、",
    "cn-bracket": r"（([一二三四五六七八九十]{1,3})）",
    "direction": r"(?:方向|专题|类别)(\d{1,2}|[一二三四五六七八九十]{1,3})(?![、的和及可与至-])",
    "num": r"(\d{1,2})[.、](?!\d)|(?<!\d)(\d{1,2})\.(?=20\d\d年)",
    "bracket": r"（(\d{1,2})）",
    "half-bracket": r"(?<![（\d])(\d{1,2})）",
    "ring": r"([①-⑳])",
}
_ANY = re.compile("|".join(f"(?P<{kind.replace('-', '_')}>{pattern})" for kind, pattern in KINDS.items()))
_LONG = 15  # characters of a line that may be one of a paragraph broken to fit a page
_ENDS = "。；：！？”）…"
_FREE = ("chapter", "division", "article", "direction")  # their numbers run on through the whole text
NUMBER = re.compile(
    r"[\u4e00-\u9fff]{1,10}〔(?:19|20)\d\d〕\d{1,4}号|〔(?:19|20)\d\d〕[\u4e00-\u9fff]{2,10}\d{1,4}号|"
    r"[\u4e00-\u9fff]{2,8}公告(?:19|20)\d\d年第\d{1,4}号"
)
_ANNEX = re.compile(r"附件(\d{0,2})(?![中）])")
_DATE = re.compile(r"(20\d\d)[-年.](\d{1,2})[-月.](\d{1,2})")
_ORDER = re.compile(r"(\d{1,3})[.、](?!\d)")


@dataclass(frozen=True)
class Clause:
    """One headed piece of a card: where its heading stands in the tree, and its first and last place in the searched text."""

    path: tuple[Step, ...]
    first: int
    last: int
    heading: int  # where its own words begin, after the number


@dataclass
class Card:
    """One card of a guide, or one whole document."""

    title: str
    numbers: tuple[str, ...]
    authority: str
    published: str | None  # ISO date
    head: str  # the searched form of what stands before the clauses
    text: Text
    whole: bool = False  # a document of its own, not a card
    _clauses: list[Clause] | None = field(default=None, repr=False)

    @property
    def clauses(self) -> list[Clause]:
        """The headed pieces, in order."""
        if self._clauses is None:
            self._clauses = clauses(self.text, cards=not self.whole)
        return self._clauses


def cards(found: Text) -> list[Card]:
    """The cards of a guide, or the whole text as one document; empty where no title, number or heading is recognised."""
    tops = _card_tops(found)
    if not tops:
        one = _document(found)
        return [one] if one.numbers or one.clauses or one.title else []
    bounds = [*tops, len(found.s)]
    return [_card(found.part(bounds[n], bounds[n + 1])) for n in range(len(tops))]


def _lines(found: Text) -> list[int]:
    return sorted(b for b in found.breaks if b < len(found.s))


def _card_tops(found: Text) -> list[int]:
    """Where cards begin: at the numbered title above each row 依据文件 that a row of the card's own table follows."""
    lines = _lines(found)
    tops: list[int] = []
    for row in re.finditer("依据文件", found.s):
        if row.start() not in found.breaks or not any(name in found.s[row.end() : row.end() + 700] for name in ("发文机构", "发文字号", "工具分类")):
            continue
        place = bisect_right(lines, row.start()) - 1
        top = lines[max(place - 1, 0)]
        for back in range(1, 9):
            if place - back < 0 or (tops and lines[place - back] <= tops[-1]):
                break
            line = lines[place - back]
            if back > 1 and found.s[lines[place - back + 1] - 1] in "。；":
                break
            if _ORDER.match(found.s, line) or re.match(r"〔[\dg][.\d]*〕", found.s[line : line + 8]):
                top = line
                break
        tops.append(top)
    return tops


def _row(said: str, name: str) -> str:
    """What a card's table says beside ``name``."""
    at = said.find(name)
    if at < 0:
        return ""
    rest = said[at + len(name) :]
    ends = [end for other in (*_CARD_ROWS, "服务对象", *SECTIONS[:2]) if other != name and (end := rest.find(other)) >= 0]
    return rest[: min(ends)] if ends else rest[:80]


def _card(part: Text) -> Card:
    said = part.s
    rows = said.find("依据文件")
    body = said.find("服务内容", rows)
    head = said[: body if body >= 0 else min(len(said), rows + 1200)]
    title = re.sub(r"^〔[\dg][.\d]*〕", "", said[:rows])
    order = _ORDER.match(title)
    plain = title[order.end() :] if order else title
    half = next((n for n in range(len(plain) // 2, 3, -1) if plain[n:] == plain[:n]), len(plain))  # above its table and in it
    dates = _DATE.findall(_row(head, "发布日期") or _row(head, "发文时间") or _row(head, "发布时间") or _row(head, "发文日期"))
    return Card(
        title=plain[:half],
        numbers=tuple(dict.fromkeys(NUMBER.findall(_row(head, "发文字号")))) or tuple(dict.fromkeys(NUMBER.findall(head))),
        authority=_row(head, "发文机构"),
        published=_iso(dates[0]) if dates else None,
        head=_row(head, "依据文件"),
        text=part,
    )


def _numbers(found: Text, until: int) -> tuple[str, ...]:
    """The document numbers in the first ``until`` characters; what stands on the line above does not belong to one."""
    numbers = []
    for hit in NUMBER.finditer(found.s[:until]):
        bracket = max(found.s.find("〔", hit.start()), hit.start())
        first = max((b for b in found.breaks if hit.start() <= b < bracket), default=hit.start())
        numbers.append(found.s[first : hit.end()])
    return tuple(dict.fromkeys(numbers))


def _iso(parts: tuple[str, str, str]) -> str:
    return f"{parts[0]}-{int(parts[1]):02}-{int(parts[2]):02}"


def _document(found: Text) -> Card:
    head = found.s[:600]
    tree = clauses(found, cards=False)
    until = min([tree[0].first if tree else 600, 600, *(at for at in (head.find("："),) if at > 0)])
    title = head[:until]
    numbers = _numbers(found, len(head))
    for number in numbers:
        title = title.replace(number, "")
    named = re.search(r"关于.{2,90}?的(?:通知|公告|意见|函|决定)", title) or re.search(
        r".{2,80}?(?:办法|细则|方案|指南|措施|意见|规定|政策|公告|条例|通知)(?:（[^）]{1,12}）)?", title
    )
    dates = _DATE.findall(head) or _DATE.findall(found.s[-300:])
    whole_document = Card(named[0] if named else "", numbers, "", _iso(dates[0]) if dates else None, head, found, whole=True)
    whole_document._clauses = tree
    return whole_document


@dataclass
class _Open:
    path: tuple[Step, ...]
    first: int
    heading: int


def clauses(found: Text, cards: bool) -> list[Clause]:
    """The tree of headings of a text, each piece reaching up to the next heading of its own or a higher rank."""
    reader = _Reader(found, cards)
    return reader.read()


def paragraphs(found: Text) -> set[int]:
    """The line starts that begin a paragraph, whatever the sign before: all, where lines are not broken to fit a page; else those
    after a line that is not full."""
    starts = sorted(b for b in found.breaks if b < len(found.s))
    lines = list(zip(starts, [*starts[1:], len(found.s)][: len(starts)], strict=True))
    long = [(a, b) for a, b in lines if b - a >= _LONG]
    if sum(found.s[b - 1] in _ENDS for _, b in long) * 2 >= len(long):
        return set(starts)
    full = sorted(b - a for a, b in long)[len(long) // 2] * 0.9
    return {b for a, b in lines if b - a < full} | {0}


class _Reader:
    def __init__(self, found: Text, cards: bool) -> None:
        self.found, self.s, self.guide = found, found.s, cards
        self.stack: list[_Open] = []
        self.done: list[Clause] = []
        self.last: dict[str, int] = {}
        self.sections = self._sections() if cards else {}  # by their place
        self.paragraphs = paragraphs(found)
        self.opened = -1  # where the heading opened last has its first word

    def read(self) -> list[Clause]:
        marks = sorted(self.sections)
        place = marks[0] if marks and self.guide else 0  # what stands above is the card's table
        while True:
            hit = _ANY.search(self.s, place)
            following = marks[0] if marks else len(self.s)
            if marks and (hit is None or following <= hit.start()):
                name = self.sections[marks.pop(0)]
                self._close(following, 0)
                self.last = {}
                self._push(("section", name), following, following + len(name))
                place = following + len(name)
                continue
            if hit is None:
                break
            kind = (hit.lastgroup or "").replace("_", "-")
            place = hit.end() if self._heading(kind, hit) else hit.start() + 1
        self._close(len(self.s), 0)
        return sorted(self.done, key=lambda c: (c.first, -c.last))

    def _sections(self) -> dict[int, str]:
        """Where the parts of a card begin; the first place of each after the one before."""
        found: dict[int, str] = {}
        place = max(self.s.find("依据文件"), 0)
        for name in SECTIONS:
            for hit in re.finditer(name, self.s[place:]):
                at = place + hit.start()
                if at in self.found.breaks or (name != "服务内容" and self.s[at - 1] in "。；") or (name == "时间/频度"):
                    found[at] = name
                    place = at + len(name)
                    break
        for hit in _ANNEX.finditer(self.s):
            if hit.start() in self.found.breaks and self.s[hit.start() - 1 : hit.start()] in ("", *"。；）"):
                found[hit.start()] = hit[0]
        return found

    def _heading(self, kind: str, hit: re.Match[str]) -> bool:
        try:
            number = whole(next(g for g in hit.groups()[1:] if g is not None and g != hit[0]) if kind != "ring" else hit[0])
        except (ValueError, StopIteration):
            return False
        at = hit.start()
        before = self.s[at - 1] if at else "。"
        fresh = at in self.found.breaks or at == self.opened
        ended = before in _ENDS or at in self.paragraphs or (before.isdigit() and at in self.found.breaks) or at in (self.opened, 0)
        depth = next((n for n, one in enumerate(self.stack) if one.path[-1][0] == kind), None)
        last = self.last.get(kind)
        expected = last is not None and number == last + 1
        if depth is None:
            expected = expected or number == 1
        if kind in _FREE:
            wanted = fresh and (ended or expected or self._headline(at)) and (last is None or number > last)
            wanted = wanted or (expected and before in "。；")
        elif expected:
            wanted = ended or (fresh and self._headline(at)) or self._headline(at, 40)
        elif number == 1 and depth is not None:
            wanted = fresh and ended  # a list begun anew
        else:
            gap = number - (last or 0)  # a heading or two may be lost, where a sentence ended before
            wanted = fresh and before in _ENDS and 1 < gap <= (3 if depth is not None else 2) and kind != "half-bracket"
        if not wanted:
            return False
        if depth is not None:
            self._close(at, depth)
        for below in [k for k in self.last if k not in _FREE and k != kind and k not in {o.path[-1][0] for o in self.stack}]:
            if not self._runs_on(below):
                del self.last[below]
        self.last[kind] = number
        self._push((kind, str(number)), at, hit.end())
        return True

    def _runs_on(self, kind: str) -> bool:
        return kind in ("bracket", "cn-bracket")  # numbered through by some texts: 4（20）、5（21）

    def _headline(self, at: int, most: int = 60) -> bool:
        """Whether all that stands between the heading opened last and ``at`` may be its title: short, no sentence ended."""
        return 0 <= self.opened <= at <= self.opened + most and not any(c in "。；，" for c in self.s[self.opened : at])

    def _push(self, step: Step, first: int, heading: int) -> None:
        above = self.stack[-1].path if self.stack else ()
        self.stack.append(_Open((*above, step), first, heading))
        self.opened = heading

    def _close(self, at: int, depth: int) -> None:
        while len(self.stack) > depth:
            one = self.stack.pop()
            self.done.append(Clause(one.path, one.first, at, one.heading))
