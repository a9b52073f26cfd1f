"""The message catalogue: every message is used, and a list in a message is joined as its language joins lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from calc.messages import PARTS
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
