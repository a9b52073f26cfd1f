"""The words of the text beside a benefit: the card that a scheme comes from, the sentences of its clause, the figures in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from calc.texts.citation import Cited, cited, located
from calc.texts.figures import COUNT, DATE, PLAIN, Figure, Stated, figures
from calc.texts.pages import squeezed
from calc.texts.structure import NUMBER, Card, Clause, paragraphs

_ATLEAST = re.compile(r"(?:不低于|不少于|不小于|达到|高于)$")
_UPWARDS = re.compile(r"(?:（不?含）)?(?:及|\(含\))?以上")
_TITLE = 30  # characters of a heading that says no more than what the piece is about
_MOST = 6  # sentences of one quote
_BATCH = re.compile("第[一二三四五六七八九十]批")
_LONG = 260  # characters of a sentence that is worth cutting at a semicolon


@dataclass(frozen=True)
class Passage:
    """A literal piece of the text on one line, its page (where the file has pages), and the places of the figures in it."""

    text: str
    page: int | None
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Quote:
    """What the text says of a benefit. ``passages`` is empty where the clause was not found, and ``why`` says so."""

    clause: str
    document: str
    file: str
    passages: tuple[Passage, ...] = ()
    why: str = ""

    def dump(self) -> dict[str, Any]:
        """As it stands in an answer."""
        told = [{"text": p.text, "page": p.page, "marks": [list(m) for m in p.marks]} for p in self.passages]
        return {"clause": self.clause, "document": self.document, "file": self.file, "passages": told, "reason": self.why or None}


@dataclass
class Kept:
    """A card of the library, with the file it stands in."""

    card: Card
    file: str
    id: int = 0
    _figures: list[Figure] | None = field(default=None, repr=False)

    @property
    def figures(self) -> list[Figure]:
        """All figures of the card that have a unit."""
        if self._figures is None:
            tops = [(c.first, c.heading) for c in self.card.clauses]  # the numbers of headings are no figures
            self._figures = [f for f in figures(self.card.text.s) if f.kind != PLAIN and not any(a <= f.first < b for a, b in tops)]
        return self._figures


@lru_cache(maxsize=4096)
def pairs(said: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a wording, signs left out."""
    plain = re.sub(r"[^\w]", "", squeezed(said))
    return frozenset(plain[n : n + 2] for n in range(len(plain) - 1))


def likeness(wanted: str, there: str) -> float:
    """Which share of ``wanted`` is also in ``there``, 0 to 1."""
    want = pairs(wanted)
    return len(want & pairs(there)) / len(want) if want else 0.0


def numbers_of(said: str) -> set[str]:
    """The document numbers in a wording, however their brackets are written and wherever the year stands."""
    found = set()
    for number in NUMBER.findall(squeezed(said)):
        year = re.search(r"\d{4}", number)
        found.add(re.sub(r"[〔〕第年]|\d{4}", "", number) + (year[0] if year else ""))
    return found


def _alike(ours: set[str], theirs: set[str]) -> bool:
    """Whether one number is the end of another, as where a line break has cut off the name of the place."""
    return any(a.endswith(b) or b.endswith(a) for a in ours for b in theirs)


def candidates(scheme: Mapping[str, Any], kept: Sequence[Kept]) -> list[tuple[float, Kept]]:
    """The cards that ``scheme`` (its file as a table) may come from, the likeliest first."""
    source = scheme.get("source", {})
    document = str(source.get("document", ""))
    title, numbers = str(scheme.get("title", "")), numbers_of(document)
    published = str(source.get("published", ""))
    cites = [str(b.get("clause", "")) for b in scheme.get("benefits", ())][:3]
    directed = any("方向" in clause for clause in cites)
    batches = set(_BATCH.findall(document))
    found: list[tuple[float, Kept]] = []
    for one in kept:
        card = one.card
        theirs = {n for number in card.numbers for n in numbers_of(number)}
        named = max((likeness(part, f"{card.head}{card.title}") for part in _names(document)), default=0.0)
        called = likeness(title, card.title)
        dated = bool(published) and card.published == published
        same = bool(numbers & theirs) or (named >= 0.5 and _alike(numbers, theirs))
        if numbers and theirs:
            if not same:
                continue
        elif not (named >= 0.8 or (called >= 0.8 and dated and not scheme.get("edition_of"))):
            continue
        score = 3.0 * same + 2 * named + 4 * called + dated
        theirs_batch = set(_BATCH.findall(f"{card.head}{card.title}"))
        if batches and theirs_batch and not batches & theirs_batch:
            continue
        if not any(spans(card, cited(clause), strict=True) for clause in cites):
            score -= 4
        if not (card.whole or directed or called >= 0.5 or not title):  # another card of the same document
            continue
        found.append((score, one))
    return sorted(found, key=lambda pair: -pair[0])


def _names(document: str) -> list[str]:
    """The titles in a reference: those in 《》, else all of it."""
    inside = re.findall(r"《(.+?)》(?!的)", document) or [re.sub(r"^关于|的通知$", "", document)]
    return [re.sub(r"^(?:20\d\d)?年度?", "", name) for name in inside]


def card_of(scheme: Mapping[str, Any], kept: Sequence[Kept], twins: Callable[[], Sequence[str]] = tuple) -> Kept | None:
    """The card that ``scheme`` comes from. ``twins`` gives the ids of the schemes with the same title and document, in order;
    cards alike go to them in the order of the file; of several files with the same card the one added last counts."""
    found = candidates(scheme, kept)
    if not found:
        return None
    best = [one for score, one in found if score >= found[0][0] - 1e-9]
    best.sort(key=lambda one: one.id)
    best = [one for one in best if one.file == best[-1].file]
    if len(best) == 1:
        return best[0]
    id, ids = str(scheme.get("id", "")).partition("@")[0], list(twins())
    place = ids.index(id) if id in ids else 0
    return best[min(place, len(best) - 1)]


def spans(card: Card, places: Iterable[Cited], strict: bool = False) -> list[tuple[Clause, Cited]]:
    """The pieces of ``card`` that are cited and there; a heading not found gives the piece above it, unless ``strict``."""
    found: list[tuple[Clause, Cited]] = []
    for one in places:
        path = one.path
        while True:
            clause = located(card, Cited(path, one.paragraph, one.sentence))
            if clause is not None and clause.path:
                found.append((clause, one))
                break
            if len(path) <= 1 or strict:
                break
            path = path[:-1]
    return found


def sentences(card: Card, clause: Clause) -> list[tuple[int, int]]:
    """The sentences of a piece, as places in the searched text."""
    said = card.text.s
    cuts = {clause.first, clause.last}
    cuts.update(c.first for c in card.clauses if clause.first < c.first < clause.last)
    for hit in re.finditer(r"[。！？]+[”」）]?(?=.)", said[clause.first : clause.last]):
        cuts.add(clause.first + hit.end())
    ordered = sorted(cuts)
    found: list[tuple[int, int]] = []
    for first, last in pairwise(ordered):
        if last - first > _LONG:
            inner = [first, *(first + h.end() for h in re.finditer("；", said[first:last]) if h.end() < last - first), last]
            found.extend(pairwise(inner))
        else:
            found.append((first, last))
    return [(a, b) for a, b in found if b - a > 1]


def quote(one: Kept, clause: str, label: str, told: Sequence[Stated], missing: str) -> Quote:
    """The sentences of ``clause`` that hold the figures ``told`` of a benefit called ``label``, literally, from the card ``one``.

    ``missing`` is what is said where the clause is not there.
    """
    card = one.card
    pieces = spans(card, cited(clause))
    if not pieces:
        return Quote(clause, card.title, one.file, (), missing)
    chosen = _chosen(one, pieces, label, told)
    passages = []
    for first, last in chosen:
        marks = [(f.first, f.last) for f in _inside(one, first, last) if any(f.fits(t.figure) for t in told)]
        shown, places = card.text.literal(first, last, _apart(marks))
        passages.append(Passage(shown, card.text.page(first), tuple(places)))
    return Quote(clause, card.title, one.file, tuple(passages))


def _apart(marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Marks in order, none within another."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(set(marks), key=lambda m: (m[0], -m[1])):
        if not found or first >= found[-1][1]:
            found.append((first, last))
    return found


def _inside(one: Kept, first: int, last: int) -> list[Figure]:
    return [f for f in one.figures if first <= f.first and f.last <= last]


def _chosen(one: Kept, pieces: list[tuple[Clause, Cited]], label: str, told: Sequence[Stated]) -> list[tuple[int, int]]:
    """The fewest sentences that hold the most figures of the amount; those that name the benefit first."""
    offered: dict[tuple[int, int], float] = {}
    told_so: set[tuple[int, int]] = set()  # in the paragraph cited
    said = one.card.text.s
    starts = sorted(p for p in paragraphs(one.card.text) if p and said[p - 1] in "。；！）")
    for rank, (clause, place) in enumerate(pieces):
        listed = sentences(one.card, clause)
        last = _paragraph(starts, clause, clause.last - 1)
        for number, span in enumerate(listed, 1):
            bonus = likeness(label, said[span[0] : span[1]]) - rank * 0.01
            if len(listed) > 1 and span[0] == clause.first and span[1] - span[0] <= _TITLE:
                bonus -= 1  # the heading alone
            elif place.paragraph and _paragraph(starts, clause, span[0]) == (place.paragraph if place.paragraph > 0 else last):
                told_so.add(span)
                bonus += 0.6
            if place.sentence and number in (place.sentence, place.sentence + 1):
                bonus += 0.3
            if clause.path[-1][0] == "section" and clause.path[-1][1] == "条件要求":
                bonus -= 0.5
            offered[span] = max(bonus, offered.get(span, -9.0))
    counting = [t for t in told if t.counts] or list(told)
    wanted = {(t.figure.kind, t.figure.value): _weight(t) for t in counting}
    bounds = {(t.figure.kind, t.figure.value) for t in counting if t.threshold}
    chosen: list[tuple[int, int]] = []
    open_ = dict(wanted)
    while offered and len(chosen) < _MOST:
        gains = {span: sum(w * _holds(one, span, key, key in bounds) for key, w in open_.items()) for span in offered if span not in chosen}
        if not gains:
            break
        best = max(gains, key=lambda span: (gains[span] + offered[span], -span[0]))
        if gains[best] < (2 if chosen else 1):
            best = max(gains, key=lambda span: (gains[span], offered[span], -span[0]))
            if gains[best] < (2 if chosen else 1):
                break
        chosen.append(best)
        open_ = {key: w for key, w in open_.items() if not _holds(one, best, key, key in bounds)}
    own = {(t.figure.kind, t.figure.value) for t in counting if t.path[0] != "group_caps"}
    unheld = not any(_holds(one, span, key, True) for span in chosen for key in own)
    if offered and (unheld or (told_so and not told_so & set(chosen))):  # what it is for, where that sentence has no figure
        chosen.append(max(offered, key=lambda span: (offered[span], -span[0])))
    return sorted(set(chosen))


def _weight(told: Stated) -> float:
    if told.figure.kind in (PLAIN, DATE):
        return 1
    return 2 if told.figure.kind == COUNT else 4


def _holds(one: Kept, span: tuple[int, int], key: tuple[str, Any], bound: bool) -> float:
    """How well a sentence states a figure: 1, or ½ where it only says from where on something counts and the figure is no such bound."""
    wanted, said = Figure(key[0], key[1], 0, 0), one.card.text.s
    hits = [f for f in _inside(one, *span) if f.fits(wanted)]
    if not hits:
        return 0
    plainly = bound or any(not _ATLEAST.search(said[max(f.first - 4, 0) : f.first]) and not _UPWARDS.match(said, f.last) for f in hits)
    return 1 if plainly else 0.5


def _paragraph(starts: Sequence[int], clause: Clause, place: int) -> int:
    """Which paragraph of a piece a place is in, from 1."""
    return 1 + sum(clause.first < start <= place for start in starts)
