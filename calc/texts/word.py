"""The text of a Word file (docx): its paragraphs, with the numbers that Word writes before them by itself."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring

from calc.texts.numbers import chinese

LARGEST = 30 * 2**20  # bytes of a part, unpacked
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CHINESE = frozenset(
    ("chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand")
)
_RINGS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
Level = tuple[str, str, int]  # the form of its numbers, how they are written (%1、), the first of them


class BadWord(ValueError):
    """A file that is no sound Word file."""


class TooLarge(BadWord):
    """A part that unpacks to more than ``LARGEST`` bytes."""


def paragraphs(raw: bytes) -> list[str]:
    """The lines of a Word file. Raises ``BadWord``."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            body = _part(archive, "word/document.xml")
            names = set(archive.namelist())
            numbering = _part(archive, "word/numbering.xml") if "word/numbering.xml" in names else None
            styles = _part(archive, "word/styles.xml") if "word/styles.xml" in names else None
    except BadWord:
        raise
    except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as bad:
        raise BadWord(str(bad)[:200]) from None
    numbers = _Numbers(numbering, styles)
    lines: list[str] = []
    for paragraph in body.iter(f"{_W}p"):
        said = "".join(_said(paragraph))
        lines.extend((numbers.before(paragraph) + said if said.strip() else said).split("\n"))
    return lines


def _part(archive: zipfile.ZipFile, name: str) -> Element:
    with archive.open(name) as inside:
        content = inside.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooLarge(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:  # no Word file has one; it is how a small file grows without end
        raise BadWord("DOCTYPE")
    try:
        return fromstring(content)
    except ParseError as bad:
        raise BadWord(str(bad)) from None


def _said(node: Element) -> Iterator[str]:
    """The words of a paragraph; text boxes within it are paragraphs of their own."""
    for inner in node:
        if inner.tag == f"{_W}t":
            yield inner.text or ""
        elif inner.tag == f"{_W}tab":
            yield " "
        elif inner.tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif inner.tag not in (f"{_W}p", f"{_W}txbxContent", _FALLBACK):
            yield from _said(inner)


def _val(node: Element | None, name: str, otherwise: str = "") -> str:
    found = node.find(f"{_W}{name}") if node is not None else None
    return found.get(f"{_W}val", otherwise) if found is not None else otherwise


class _Numbers:
    """The numbers that Word counts by itself, list by list."""

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        self.levels: dict[str, dict[int, Level]] = {}  # by list
        self.list_of: dict[str, str] = {}  # by the id that paragraphs use
        self.style: dict[str, tuple[str, int]] = {}
        self.counts: dict[str, dict[int, int]] = {}
        for one in numbering.iter(f"{_W}abstractNum") if numbering is not None else ():
            self.levels[one.get(f"{_W}abstractNumId", "")] = {
                _whole(level.get(f"{_W}ilvl", "0")): (_val(level, "numFmt"), _val(level, "lvlText"), _whole(_val(level, "start", "1")))
                for level in one.iter(f"{_W}lvl")
            }
        for one in numbering.iter(f"{_W}num") if numbering is not None else ():
            self.list_of[one.get(f"{_W}numId", "")] = _val(one, "abstractNumId")
        for one in styles.iter(f"{_W}style") if styles is not None else ():
            told = one.find(f"{_W}pPr/{_W}numPr")
            if told is not None:
                self.style[one.get(f"{_W}styleId", "")] = _val(told, "numId"), _whole(_val(told, "ilvl", "0"))

    def before(self, paragraph: Element) -> str:
        """What Word writes before a paragraph."""
        about = paragraph.find(f"{_W}pPr")
        told = about.find(f"{_W}numPr") if about is not None else None
        id, depth = self.style.get(_val(about, "pStyle"), ("", 0))
        if told is not None:
            id, depth = _val(told, "numId", id), _whole(_val(told, "ilvl", str(depth)))
        list_ = self.list_of.get(id, "")
        levels = self.levels.get(list_, {})
        if depth not in levels:
            return ""
        counts = self.counts.setdefault(list_, {})
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        counts[depth] = counts.get(depth, levels[depth][2] - 1) + 1
        said = levels[depth][1]
        for place, (form, _, start) in levels.items():
            said = said.replace(f"%{place + 1}", _number(form, counts.get(place, start)))
        return said if levels[depth][0] not in ("bullet", "none") else ""


def _number(form: str, count: int) -> str:
    if form in _CHINESE:
        return chinese(count)
    if form.startswith("decimalEnclosedCircle") and 0 < count <= len(_RINGS):
        return _RINGS[count - 1]
    return str(count)


def _whole(said: str) -> int:
    return int(said) if said.lstrip("-").isdigit() and len(said) < 9 else 0
