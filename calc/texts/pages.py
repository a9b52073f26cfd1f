"""A text with its lines and pages, and the same text as it is searched: without spaces and breaks, characters alike."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# written differently, meant alike; one character for one, so that places stay what they are
_ALIKE = str.maketrans(
    {
        **{chr(ord("０") + n): str(n) for n in range(10)},
        **dict.fromkeys("％﹪", "%"), **dict.fromkeys("(﹙", "（"), **dict.fromkeys(")﹚", "）"),
        **dict.fromkeys("[［【﹝", "〔"), **dict.fromkeys("]］】﹞", "〕"), **dict.fromkeys("−–—", "-"),
        "．": ".", ":": "：", ";": "；", ",": "，", "〇": "零", "Ｏ": "O", "～": "~",
    }
)  # fmt: skip
_OCR = (
    (re.compile(r"(?<=\d)[Oo](?=[\d万亿元%年个])"), "0"),
    (re.compile(r"(?<=\d)[lI](?=[\d万亿元%年个])"), "1"),
    (re.compile(r"(?<![A-Za-z\d])[lI](?=\d*[\d.]+(?:万|亿|%|个百分点))"), "1"),
)
_FULL = 20  # characters of a line that was broken because it was full
_WORD = re.compile(r"[A-Za-z0-9]")
_NUMBERED = re.compile(r"\s*(?:[-—–·•]\s*\d{1,4}\s*[-—–·•]|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}|\d{1,4})\s*")
_UNITS = "万亿元%％‰年月日个家项吨亩平倍次台套人天件辆倍"


def squeezed(said: str) -> str:
    """``said`` without spaces and breaks, characters that mean the same made one; for comparing, not for showing."""
    return Text(said).s


@dataclass
class Text:
    """A text as the user has it (``raw``, lines broken by ``\\n``) and as it is searched (``s``).

    ``pages``: the places in ``raw`` at which pages begin, with their numbers; empty where the file has no fixed pages.
    """

    raw: str
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def s(self) -> str:
        """The text as it is searched."""
        return self._searched[0]

    @property
    def at(self) -> list[int]:
        """The place in ``raw`` of each character of ``s``."""
        return self._searched[1]

    @property
    def breaks(self) -> frozenset[int]:
        """The places in ``s`` at which a line begins."""
        return self._searched[2]

    @cached_property
    def _searched(self) -> tuple[str, list[int], frozenset[int]]:
        kept: list[str] = []
        at: list[int] = []
        breaks: set[int] = {0}
        gap, line = False, 0
        for place, character in enumerate(self.raw):
            if character.isspace() or character in "\u200b\ufeff\u00ad":
                if character in "\n\r\f":
                    breaks.add(len(kept))
                gap = True
                continue
            broken = len(kept) in breaks
            if gap and kept and _WORD.match(kept[-1]) and _WORD.match(character):
                # a space keeps two words or figures apart; where a full line was broken within a figure, there was none
                if not (broken and kept[-1].isdigit() and character.isdigit() and len(kept) - line >= _FULL):
                    breaks.discard(len(kept))
                    kept.append(" ")
                    at.append(place - 1)
                if broken:
                    breaks.add(len(kept))
            if broken:
                line = len(kept)
            kept.append(character)
            at.append(place)
            gap = False
        searched = "".join(kept).translate(_ALIKE)
        for pattern, right in _OCR:
            searched = pattern.sub(right, searched)
        return searched, at, frozenset(breaks)

    def page(self, place: int) -> int | None:
        """The number of the page on which the character at ``place`` of ``s`` stands, where pages are known."""
        if not self.pages or not self.at:
            return None
        raw = self.at[min(place, len(self.at) - 1)]
        found = bisect_right([start for start, _ in self.pages], raw) - 1
        return self.pages[max(found, 0)][1]

    def literal(self, first: int, last: int, marks: Iterable[tuple[int, int]] = ()) -> tuple[str, list[tuple[int, int]]]:
        """What stands between two places of ``s``, as the user's text has it but on one line; and where ``marks`` fall in it."""
        while last > first and self.s[last - 1] == " ":
            last -= 1
        if last <= first:
            return "", []
        begin, end = self.at[first], self.at[last - 1] + 1
        spaces = {self.at[n] for n in range(first, last) if self.s[n] == " "}
        shown: list[str] = []
        places: dict[int, int] = {}
        place = begin
        while place < end:
            character = self.raw[place]
            places[place] = len(shown)
            if character in "\n\r\f":
                after = place
                while after < end and self.raw[after].isspace():
                    places[after] = len(shown)
                    after += 1
                while shown and shown[-1] == " ":
                    shown.pop()
                if after - 1 in spaces:
                    shown.append(" ")
                place = after
                continue
            shown.append(character)
            place += 1
        found = [(places[self.at[a]], places[self.at[b - 1]] + 1) for a, b in marks if first <= a < b <= last]
        return "".join(shown), found

    def part(self, first: int, last: int) -> Text:
        """The text between two places of ``s``, with its own pages."""
        if not self.at:
            return Text("")
        begin = self.at[first] if first < len(self.at) else len(self.raw)
        end = self.at[last] if last < len(self.at) else len(self.raw)
        inside = [(max(start - begin, 0), number) for start, number in self.pages if start < end]
        before = [one for one in inside if one[0] == 0]
        return Text(self.raw[begin:end].rstrip(), (*before[-1:], *(one for one in inside if one[0] > 0)))


def joined(pages: list[list[str]], numbered: bool) -> Text:
    """The lines of all pages as one text, page numbers and running heads left out; ``numbered``: the file has fixed pages."""
    heads = _running(pages) if numbered else set()
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    length = 0
    for number, page in enumerate(pages, 1):
        kept = [line.rstrip() for line in page if line.strip()]
        if numbered:
            while kept and (_NUMBERED.fullmatch(kept[0]) or _bare(kept[0]) in heads):
                kept.pop(0)
            while kept and (_NUMBERED.fullmatch(kept[-1]) or _bare(kept[-1]) in heads):
                kept.pop()
        else:
            kept = [line for place, line in enumerate(kept) if not _stray(line, kept[place + 1] if place + 1 < len(kept) else "")]
        starts.append((length, number))
        for line in kept:
            lines.append(line)
            length += len(line) + 1
    return Text("\n".join(lines), tuple(starts) if numbered else ())


def _stray(line: str, following: str) -> bool:
    """Whether a line is a page number that came with the text: a number alone, no unit on the next line."""
    return bool(_NUMBERED.fullmatch(line)) and not (line.strip().isdigit() and following.strip()[:1] in set(_UNITS))


def _bare(line: str) -> str:
    return re.sub(r"[\d\s]", "", line)


def _running(pages: list[list[str]]) -> set[str]:
    """What stands at the head or foot of most pages."""
    seen: dict[str, int] = {}
    for page in pages:
        kept = [line for line in page if line.strip()]
        for line in {_bare(line) for line in (kept[:1] + kept[-1:])}:
            seen[line] = seen.get(line, 0) + 1
    return {line for line, count in seen.items() if line and count >= max(3, len(pages) // 2)}
