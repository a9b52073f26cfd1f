"""The message catalogue: every message is used, and a list in a message is joined as its language joins lists."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from calc import messages
from calc.messages import FORMS, PARTS, text, use
from tests.command import ROOT

# where a text in Chinese is taken apart, or values of a result are written
DATA = {"calc/questions/match.py", "calc/questions/near.py", "calc/questions/whatif/whatif.py", "calc/report/match.py", "calc/texts/library.py"}
SOURCES = [file for file in sorted((ROOT / "calc").rglob("*.py")) if file.parent.name != "messages"] + [ROOT / "docs" / "generate.py"]


def said() -> Iterator[tuple[str, str]]:
    """Every text in the program, and every text that begins one that is put together (then with a star)."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                first = node.values[0] if node.values else None
                if isinstance(first, ast.Constant):
                    yield str(first.value), "*"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, "*" if node.value.endswith(".") else ""


def test_every_message_is_used_and_stands_once() -> None:
    texts = set(said())
    begun = tuple(word for word, star in texts if star and "." in word)
    files = [ROOT / "calc" / "messages" / f"{part}.py" for part in ("core", *PARTS)]
    tables = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Dict)]
    keys = [key.value for table in tables for key in table.keys if isinstance(key, ast.Constant) and "." in str(key.value)]
    assert [key for key in keys if (key, "") not in texts and not key.startswith(begun)] == []
    assert len(keys) == len(set(keys))


def test_lists_for_readers_are_joined_by_the_catalogue() -> None:
    """“、” joins the words of a list in Chinese; in an English message it is a comma."""
    by_hand = []
    for file in SOURCES:
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "join" and isinstance(called.value, ast.Constant) and called.value.value == "、":
                by_hand.append(name)
    assert set(by_hand) <= DATA


# what may follow a value put in: a verb in -s, and what is never said of one
OTHERS = re.compile(
    "becomes|can|comes|costs|does|ends|exists|goes|has|holds|includes|is|lacks|lists|needs|pays|points|reaches|reads|refers|stands|starts|takes|was|times|s"
)
MANY = {"most", "suffix", "said", "budget"}


def test_words_that_go_with_a_number_have_a_form_for_one() -> None:
    """“1 rows rejected”: whatever follows a number in an English message is said of one as well as of many."""
    found = []
    for part in ("core", *PARTS):
        for key, (_, english) in import_module(f"calc.messages.{part}").MESSAGES.items():
            for name, first, second in re.findall(r"\{(\w+)\} ([a-z]+) ?([a-z]*)", FORMS.sub("·", english)):
                plural = any(re.fullmatch(r"[a-z]*[^s]s|were|are|have", word) for word in (first, second))
                if name not in MANY and plural and not any(map(OTHERS.fullmatch, (first, second))):
                    found.append((key, name, first, second))
    assert found == []


@pytest.mark.parametrize(
    ("language", "rows", "said"), [("en", "1", "1 row in = 1 out + 0 rejected"), ("en", "1,000", "1,000 rows in = 1 out"), ("zh", "1", "读入 1 行 = 输出 1 行")]
)
def test_a_word_takes_the_form_of_its_number(language: str, rows: str, said: str) -> None:
    use(language)
    try:
        assert text("batch.said.rows", rows=rows, written="1", rejected="0").startswith(said)
        assert "1 row had" not in text("batch.said.none", count=1) and "{" not in text("batch.said.none", count=2)
    finally:
        use("zh")


def test_threads_find_their_messages_while_another_reads_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(name: str) -> Any:
        time.sleep(0.004 * PARTS.index(name.rpartition(".")[2]))  # the last takes longest
        return import_module(name)

    keys = [next(iter(import_module(f"calc.messages.{part}").MESSAGES)) for part in PARTS]
    monkeypatch.setattr(messages, "MESSAGES", {})
    monkeypatch.setattr(messages, "import_module", slowly)
    with ThreadPoolExecutor(len(keys)) as pool:
        found = list(pool.map(messages.translations, reversed(keys)))
    assert found == [messages.MESSAGES[key] for key in reversed(keys)]
