"""The library: the user's texts in one SQLite file beside the cache, with full-text search over their clauses.

A command that needs no text does not come here; where there is no library, asking for it costs one look at the disk.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from calc.errors import FileProblem, InputError, nearest_names, system_error
from calc.messages import listed, text
from calc.texts.numbers import chinese
from calc.texts.pages import Text, squeezed
from calc.texts.quotes import Kept
from calc.texts.reading import read_text
from calc.texts.structure import Card, Step, cards

_VERSION = 1
_TABLES = """
create table documents (id integer primary key, file text unique, path text, title text, digest text, added text, pages integer, cards integer);
create table cards (id integer primary key, document integer references documents on delete cascade, place integer, whole integer,
  title text, numbers text, authority text, published text, head text, raw text, pages text);
create table passages (id integer primary key, card integer references cards on delete cascade, first integer, last integer, clause text);
create virtual table words using fts5(said, tokenize = "unicode61 remove_diacritics 0");
"""
_SIGNS = {"num": "{}", "bracket": "（{}）", "cn": "{}、", "cn-bracket": "（{}）", "article": "第{}条", "chapter": "第{}章", "division": "第{}节",
          "direction": "方向{}", "ring": "{}", "half-bracket": "{}）", "section": "{}"}  # fmt: skip
_CHINESE = ("cn", "cn-bracket", "article", "chapter", "division")  # written in Chinese figures


def named(path: Iterable[Step]) -> str:
    """A place in a text as it is cited: 服务内容 2（1）."""
    said = ""
    for kind, number in path:
        figure = chinese(int(number)) if kind in _CHINESE else number
        said += _SIGNS[kind].format(figure)
        said += " " if kind in ("section", "direction") else ""
    return said.strip().rstrip("、")


def tokens(said: str) -> str:
    """A wording as the search sees it: every Chinese character a word of its own."""
    return " ".join(re.findall(r"[A-Za-z]+|\d+(?:\.\d+)?|[\u3400-\u9fff]", squeezed(said).lower()))


def recognised(found: Text, file: str) -> list[Card]:
    """The cards of a text. Raises ``FileProblem``, saying what was looked for, where nothing is recognised."""
    known = cards(found)
    if not known:
        raise FileProblem([text("texts.nothing", file=file)])
    return known


class Library:
    """The texts in one file. Every method raises ``FileProblem`` where that file cannot be used."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def exists(self) -> bool:
        """Whether any text was ever added."""
        return self.file.is_file()

    @contextmanager
    def _open(self, make: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if make:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file)) as base, base:
                base.execute("pragma foreign_keys = on")
                version = base.execute("pragma user_version").fetchone()[0]
                if version == 0:
                    base.executescript(_TABLES)
                    base.execute(f"pragma user_version = {_VERSION}")
                elif version != _VERSION:
                    raise FileProblem([text("texts.library.version", file=self.file)])
                yield base
        except sqlite3.Error as bad:
            raise FileProblem([text("texts.library.broken", file=self.file, error=bad)]) from None
        except OSError as bad:
            raise FileProblem([text("texts.library.broken", file=self.file, error=system_error(bad))]) from None

    def add(self, path: Path) -> dict[str, Any]:
        """Reads a file into the library, in place of one of the same name; what was recognised in it."""
        found = read_text(path)
        known = recognised(found, str(path))
        about = {
            "file": path.name,
            "title": known[0].title if len(known) == 1 else text("texts.guide", count=len(known)),
            "cards": len(known),
            "clauses": sum(len(card.clauses) for card in known),
            "pages": len(found.pages) or None,
            "numbers": list(dict.fromkeys(number for card in known for number in card.numbers)),
        }
        with self._open(make=True) as base:
            self._drop(base, path.name)
            cursor = base.execute(
                "insert into documents (file, path, title, digest, added, pages, cards) values (?, ?, ?, ?, ?, ?, ?)",
                (path.name, os.path.realpath(path), about["title"], hashlib.sha256(found.raw.encode()).hexdigest(),
                 dt.date.today().isoformat(), about["pages"], len(known)),
            )  # fmt: skip
            for place, card in enumerate(known, 1):
                self._store(base, int(cursor.lastrowid or 0), place, card)
        return about

    def _store(self, base: sqlite3.Connection, document: int, place: int, card: Card) -> None:
        cursor = base.execute(
            "insert into cards (document, place, whole, title, numbers, authority, published, head, raw, pages) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (document, place, card.whole, card.title, json.dumps(card.numbers, ensure_ascii=False), card.authority, card.published, card.head,
             card.text.raw, json.dumps(card.text.pages)),
        )  # fmt: skip
        for first, last, clause in _pieces(card):
            passage = base.execute("insert into passages (card, first, last, clause) values (?, ?, ?, ?)", (cursor.lastrowid, first, last, clause))
            base.execute("insert into words (rowid, said) values (?, ?)", (passage.lastrowid, tokens(card.text.s[first:last])))

    def _drop(self, base: sqlite3.Connection, file: str) -> None:
        base.execute(
            "delete from words where rowid in (select p.id from passages p join cards c on p.card = c.id "
            "join documents d on c.document = d.id where d.file = ?)",
            (file,),
        )
        base.execute("delete from documents where file = ?", (file,))

    def documents(self) -> list[dict[str, Any]]:
        """All texts: file, title, how many cards and pages, when added."""
        if not self.exists:
            return []
        with self._open() as base:
            rows = base.execute("select file, title, cards, pages, added, path from documents order by id").fetchall()
        return [dict(zip(("file", "title", "cards", "pages", "added", "path"), row, strict=True)) for row in rows]

    def remove(self, name: str) -> str:
        """Takes a text out; ``name`` is its file name, whole or the beginning of it. Raises ``InputError`` for one that is not there."""
        files = [one["file"] for one in self.documents()]
        fits = [file for file in files if file == name] or [file for file in files if file.startswith(name)]
        if len(fits) != 1:
            if not files:
                raise FileProblem([text("texts.none")])
            raise InputError(name, name, listed(files), nearest_names(name, files), message="texts.unknown")
        with self._open() as base:
            self._drop(base, fits[0])
        return str(fits[0])

    def search(self, words: Iterable[str], limit: int = 20) -> list[dict[str, Any]]:
        """The clauses that hold all ``words``, the best first: file, title, clause, page, the literal text and the places found in it."""
        asked = [word for word in words if tokens(word)]
        if not asked or not self.exists:
            return []
        query = " AND ".join(f'"{tokens(word)}"' for word in asked)
        with self._open() as base:
            rows = base.execute(
                "select d.file, c.title, c.raw, c.pages, p.first, p.last, p.clause from words w join passages p on p.id = w.rowid "
                "join cards c on c.id = p.card join documents d on d.id = c.document where words match ? order by bm25(words), p.id limit ?",
                (query, limit),
            ).fetchall()
        found = []
        for file, title, raw, pages, first, last, clause in rows:
            whole = _text(raw, pages)
            hits = [hit.span() for word in asked for hit in re.finditer(re.escape(squeezed(word)), whole.s[first:last], re.IGNORECASE)]
            said, marks = whole.literal(first, last, sorted({(first + a, first + b) for a, b in hits}))
            found.append({"file": file, "title": title, "clause": clause, "page": whole.page(first), "text": said, "marks": [list(m) for m in marks]})
        return found

    def kept(self) -> list[Kept]:
        """All cards of all texts, in the order in which they were added."""
        if not self.exists:
            return []
        with self._open() as base:
            rows = base.execute(
                "select c.id, d.file, c.title, c.numbers, c.authority, c.published, c.head, c.raw, c.pages, c.whole "
                "from cards c join documents d on d.id = c.document order by d.id, c.place"
            ).fetchall()
        return [
            Kept(Card(title, tuple(json.loads(numbers)), authority, published, head, _text(raw, pages), bool(whole)), file, id)
            for id, file, title, numbers, authority, published, head, raw, pages, whole in rows
        ]


def _text(raw: str, pages: str) -> Text:
    return Text(raw, tuple((start, number) for start, number in json.loads(pages)))


def _pieces(card: Card) -> Iterator[tuple[int, int, str]]:
    """The passages of a card that are searched: from each heading to the next, whatever its rank."""
    tops = [(0, "")]
    tops += [(clause.first, named(clause.path)) for clause in card.clauses]
    for (first, clause), (last, _) in zip(tops, [*tops[1:], (len(card.text.s), "")], strict=True):
        if last > first:
            yield first, last, clause
