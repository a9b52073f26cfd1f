"""Every figure of a scheme file against the clause it cites, and a new edition of a text against the old."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, read_toml
from calc.errors import FileProblem, system_error
from calc.messages import text
from calc.places import Places
from calc.texts.citation import cited
from calc.texts.figures import PLAIN, Figure, Stated, figures, stated
from calc.texts.library import named
from calc.texts.quotes import Kept, candidates, card_of, likeness, numbers_of, spans
from calc.texts.structure import Card

FOUND, ELSEWHERE, SUPPLEMENT, REMARKED, ABSENT, NO_TEXT = "found", "elsewhere", "supplement", "remarked", "absent", "no-text"


@dataclass
class SchemeFile:
    """A scheme file as it is written: its table and where everything in it stands."""

    file: str
    table: dict[str, Any]
    places: Places

    @property
    def id(self) -> str:
        """The scheme's id."""
        return str(self.table.get("id", Path(self.file).stem))

    @property
    def benefits(self) -> list[dict[str, Any]]:
        """The tables of the benefits."""
        return list(self.table.get("benefits", []))

    def told(self, place: int) -> list[Stated]:
        """The figures of a benefit, and those of the scheme that hold for it: shared conditions, caps over several benefits."""
        found = stated(self.table, self.places, ("benefits", place))
        id = self.benefits[place].get("id")
        for number, cap in enumerate(self.table.get("group_caps", [])):
            if id in cap.get("benefits", ()):
                found += stated(self.table, self.places, ("group_caps", number))
        return found


def read_scheme_file(path: Path) -> SchemeFile:
    """A scheme file. Raises ``FileProblem`` where it cannot be read."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
        table = read_toml(content)
        if not all(_tables(table.get(key, [])) for key in ("benefits", "group_caps")) or not isinstance(table.get("source", {}), dict):
            raise FileProblem([text("texts.scheme", file=path)])
        return SchemeFile(str(path), table, Places(content))
    except OSError as bad:
        raise FileProblem([text("texts.unreadable", file=path, error=system_error(bad))]) from None
    except UnicodeDecodeError:
        raise FileProblem([text("texts.encoding", file=path)]) from None
    except BadDocument as bad:
        raise FileProblem([f"{bad.at(str(path))}: {bad.problem}"]) from None


def _tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def check(scheme: SchemeFile, kept: Sequence[Kept], twins: Callable[[], Sequence[str]] = tuple) -> list[dict[str, Any]]:
    """Each figure of ``scheme`` with what the text says: ``file, line, scheme, benefit, figure, clause, result, page, where, remark``.

    ``result``: ``found`` in the clause cited, ``elsewhere`` on the card (``where`` says at which heading), in the ``supplement``
    named, ``remarked`` (not in the text; the file says in a remark whence it comes), ``absent``, or ``no-text``.
    """
    home = card_of(scheme.table, kept, twins)
    found: list[dict[str, Any]] = []
    shared = [s for key in ("when", "let") if key in scheme.table for s in stated(scheme.table, scheme.places, (key,))]
    found += [_looked_up(scheme, "", "", one, home, (), kept) for one in shared]
    seen: set[tuple[Any, ...]] = set()
    for place, benefit in enumerate(scheme.benefits):
        clause = str(benefit.get("clause", ""))
        aids = _supplements(benefit, kept)
        for one in scheme.told(place):
            if one.path[0] == "group_caps":
                if one.path in seen:
                    continue
                seen.add(one.path)
            found.append(_looked_up(scheme, str(benefit.get("id", "")), clause, one, home, aids, kept))
    return found


def _supplements(benefit: Mapping[str, Any], kept: Sequence[Kept]) -> list[Kept]:
    """The texts that a benefit names as its supplement."""
    told = benefit.get("supplement")
    document = str(told.get("document", "")) if isinstance(told, Mapping) else str(told or "")
    if not document:
        return []
    numbers = numbers_of(document)
    by_number = [one for one in kept if numbers & {n for number in one.card.numbers for n in numbers_of(number)}]
    return by_number or [one for _, one in candidates({"source": {"document": document}, "benefits": []}, kept)]


def _looked_up(
    scheme: SchemeFile, benefit: str, clause: str, one: Stated, home: Kept | None, aids: Sequence[Kept], kept: Sequence[Kept]
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "file": scheme.file, "line": one.line, "scheme": scheme.id, "benefit": benefit, "figure": one.said, "clause": clause,
        "result": NO_TEXT, "page": None, "where": None, "text": None, "remark": one.remark or None,
    }  # fmt: skip
    if home is not None:
        pieces = [c for c, _ in spans(home.card, cited(clause))] if clause else []
        hits = [f for f in _all(home, one.figure) if f.fits(one.figure)]
        inside = [f for f in hits if any(c.first <= f.first < c.last for c in pieces)]
        if inside or hits:
            at = (inside or hits)[0]
            answer |= {"result": FOUND if inside or not clause else ELSEWHERE, **_place(home, at)}
            return answer
    for aid in aids:
        for hit in _all(aid, one.figure):
            if hit.fits(one.figure):
                return answer | {"result": SUPPLEMENT, **_place(aid, hit)}
    if home is None:
        return answer
    return answer | {"result": REMARKED if one.remark else ABSENT}


def _all(one: Kept, wanted: Figure) -> list[Figure]:
    return figures(one.card.text.s) if wanted.kind == PLAIN else one.figures


def _place(one: Kept, at: Figure) -> dict[str, Any]:
    """Where a figure stands: page, heading, file and the words around it."""
    inner = max((c for c in one.card.clauses if c.first <= at.first < c.last), key=lambda c: len(c.path), default=None)
    around, _ = one.card.text.literal(max(at.first - 12, 0), min(at.last + 12, len(one.card.text.s)))
    return {"page": one.card.text.page(at.first), "where": named(inner.path) if inner else "", "text": around}


# ---------------------------------------------------------------- a new edition


def diff(old: Sequence[Card], new: Sequence[Card], schemes: Iterable[SchemeFile] = ()) -> dict[str, Any]:
    """Which cards and clauses of a text changed, and which figures: ``{"changed", "added", "removed", "schemes"}``.

    ``schemes`` in the answer: the ids of the scheme files that come from a card that changed or went.
    """
    pairs = _paired(old, new)
    changed = []
    for before, after in pairs:
        pieces = _changes(before, after)
        if pieces:
            changed.append({"title": after.title, "numbers": list(after.numbers), "clauses": pieces})
    kept_old = {id(before) for before, _ in pairs}
    kept_new = {id(after) for _, after in pairs}
    gone = [card for card in old if id(card) not in kept_old]
    touched = [before for before, after in pairs if _changes(before, after)] + gone
    library = [Kept(card, "", place) for place, card in enumerate(old, 1)]
    wanted = {id(card) for card in touched}
    concerned = []
    files = list(schemes)
    for one in files:
        home = card_of(one.table, library, partial(twins, one, files))
        if home is not None and id(home.card) in wanted:
            concerned.append(one.id)
    return {
        "changed": changed,
        "added": [card.title for card in new if id(card) not in kept_new],
        "removed": [card.title for card in gone],
        "schemes": concerned,
    }


def twins(one: SchemeFile, files: Sequence[SchemeFile]) -> list[str]:
    """The ids of the schemes that share title and document with ``one``, itself included, in order."""
    key = one.table.get("title"), one.table.get("source", {}).get("document")
    return [f.id for f in files if "@" not in f.id and (f.table.get("title"), f.table.get("source", {}).get("document")) == key]


def _paired(old: Sequence[Card], new: Sequence[Card]) -> list[tuple[Card, Card]]:
    """Cards of both editions that are the same measure: by title, then by number; a single document with a single one."""
    if len(old) == len(new) == 1:
        return [(old[0], new[0])]
    free = list(new)
    found: list[tuple[Card, Card]] = []
    left: list[Card] = []
    for card in old:
        same = next((one for one in free if one.title == card.title and one.numbers == card.numbers), None) or next(
            (one for one in free if one.title == card.title), None
        )
        if same is None:
            left.append(card)
        else:
            free.remove(same)
            found.append((card, same))
    for card in left:
        close = max(free, key=lambda one: likeness(card.title, one.title), default=None)
        if close is not None and likeness(card.title, close.title) >= 0.7:
            free.remove(close)
            found.append((card, close))
    return found


def _parts(card: Card) -> dict[str, tuple[str, int]]:
    """The words under each heading (without those of headings below it), by the heading's place; as compared, and where they begin."""
    found: dict[str, tuple[str, int]] = {}
    tops = [(0, 0, "")] + [(c.first, c.heading, named(c.path)) for c in card.clauses]
    for number, (_, heading, name) in enumerate(tops):
        last = tops[number + 1][0] if number + 1 < len(tops) else len(card.text.s)
        key = name
        while key in found:
            key += "′"
        found[key] = (card.text.s[heading:last], heading)
    return found


def _changes(before: Card, after: Card) -> list[dict[str, Any]]:
    ours, theirs = _parts(before), _parts(after)
    found = []
    for name in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(name), theirs.get(name)
        if a is not None and b is not None and _plain(a[0]) == _plain(b[0]):
            continue
        one = before.text.literal(a[1], a[1] + len(a[0]))[0] if a else None
        two = after.text.literal(b[1], b[1] + len(b[0]))[0] if b else None
        gone, come = _swapped(a[0] if a else "", b[0] if b else "")
        found.append({
            "clause": name, "kind": "changed" if a and b else "added" if b else "removed", "old": one, "new": two,
            "figures": {"old": gone, "new": come}, "pages": [before.text.page(a[1]) if a else None, after.text.page(b[1]) if b else None],
        })  # fmt: skip
    return found


def _plain(said: str) -> str:
    return said.replace(" ", "").rstrip("0123456789")  # a page number stuck to the end is no change


def _swapped(before: str, after: str) -> tuple[list[str], list[str]]:
    """The figures that stand only in one of two wordings, as written there."""
    ours, theirs = _figures(before), _figures(after)
    matcher = difflib.SequenceMatcher(None, [key for key, _ in ours], [key for key, _ in theirs], autojunk=False)
    gone: list[str] = []
    come: list[str] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            gone += [said for _, said in ours[a:b]]
            come += [said for _, said in theirs[c:d]]
    return gone, come


def _figures(said: str) -> list[tuple[tuple[str, Any], str]]:
    found = []
    last = -1
    for f in figures(said):
        if f.first >= last and f.kind != PLAIN:
            found.append(((f.kind, f.value), said[f.first : f.last]))
            last = f.last
    return found
