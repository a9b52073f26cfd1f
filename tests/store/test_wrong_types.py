"""A value of another type at any key of the files of a folder: told in one line with file and line, as the file has it; never run."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli

from calc import load_catalog
from calc.language.scheme import load_scheme
from calc.places import line_of
from tests.command import ROOT, run
from tests.three import FACTS, scheme_of

Place = tuple[str | int, ...]
OTHERS: list[Any] = [
    "x", "", "1亿元", 5, -1, True, 1.5, float("nan"), dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 12), dt.time(1, 2), [], {}, [1], ["x"], [[]], [{}],
    {"a": 1}, {"a": {"b": dt.date(2020, 1, 1)}}, [["x"]], 10**30, "x\ny",
]  # fmt: skip
PYTHON = re.compile(r"datetime|Decimal|\bTrue\b|\bNone\b|dict\(|\['|\{'|Traceback|使程序出错|程序出错")
SCHEME = scheme_of(
    'amount = { each = "rows", where = "open", group_by = "kind", amount = "sum", group_at_most = { by = "kind", x = "5元", y = "6元" } }\n'
    'limits = [{ at_most = "9元", per = "project", when = "p" }]\nwhen = ["p", { if = "a > 1元", text = "甲" }]\n'
    'apply = { words = "每年", months = [4] }\ncontact = { office = "委" }\nround = { to = "1元", way = "down" }\n',
    'for = { fields = ["ic"] }\nvalid_from = 2020-01-01\nlater = [{ document = "后", published = 2024-01-01, note = "注" }]\n',
)
CATALOG = 'name = "甲"\ncurrency = "CNY"\nindex = "LPR"\nbasis = "360"\n[parts]\nt = { label = "试", label_en = "Test" }\n'
RULES = """
[objects]
project = ["t1-test/b"]
[costs.all]
label = "投资"
facts = ["a", "b"]
benefits = ["t1-test/b"]
[[notice]]
id = "n"
kind = "equity"
source = "文"
says = "话"
schemes = ["t1-test"]
"""
GOOD = {"t1-test.toml": SCHEME, "facts.toml": FACTS, "catalog.toml": CATALOG, "rules.toml": RULES}


def written(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return "nan" if isinstance(value, float) and math.isnan(value) else json.dumps(value, ensure_ascii=False)


def document(value: dict[str, Any]) -> str:
    """A document as TOML, a table or a list of tables under a heading each."""
    plain = "".join(f"{key} = {written(one)}\n" for key, one in value.items() if not isinstance(one, dict) and not tables(one))
    for key, one in value.items():
        for entry in [one] if isinstance(one, dict) else one if tables(one) else []:
            plain += (f"[{key}]\n" if isinstance(one, dict) else f"[[{key}]]\n") + "".join(f"{k} = {written(v)}\n" for k, v in entry.items())
    return plain


def tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where values stand in a document."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from places(one, (*at, key))


def changed(content: str, place: Place, value: Any) -> str:
    """A file with another value at one place."""
    found = inner = tomli.loads(content)
    for key in place[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[place[-1]] = value  # type: ignore[index]
    return document(found)


def folder(path: Path, **other: str) -> Path:
    for name, content in {**GOOD, **other}.items():
        (path / name).write_text(content, encoding="utf-8")
    return path


def test_the_folder_is_good_as_it_is(tmp_path: Path) -> None:
    assert load_catalog(folder(tmp_path, **{name: document(tomli.loads(content)) for name, content in GOOD.items()})).check() == []


@pytest.mark.parametrize("file", GOOD)
def test_another_type_at_any_key(file: str, tmp_path: Path) -> None:
    rng = random.Random(file)
    kept = list(places(tomli.loads(GOOD[file])))
    (tmp_path / "p.json").write_text('{"facts": {"a": "5元", "p": true, "rows": [{"sum": 1, "open": true, "kind": "x"}]}}', encoding="utf-8")
    (tmp_path / "t.csv").write_text("a,p\n5,是\n", encoding="utf-8")
    schemes = tmp_path / "schemes"
    schemes.mkdir()
    ask = [["check"], ["estimate", str(tmp_path / "p.json"), "-s", "t1"], ["batch", str(tmp_path / "t.csv")]]
    refused = 0
    for place in rng.sample(kept, min(40, len(kept))):
        value = rng.choice(OTHERS)
        folder(schemes, **{file: changed(GOOD[file], place, value)})
        for words in ask:
            done = run([*words, "--schemes", str(schemes)])
            said = done.out + done.err
            assert done.code in (0, 1, 2) and not PYTHON.search(said), (place, value, said)
            if words == ["check"] and done.code:
                refused += 1
                assert re.search(rf"{file}:\d+: |{file}：|objects：", said), (place, value, said)
                assert "\ny" not in said, (place, value, said)
    assert refused > len(kept) / 4 or refused > 10


@pytest.mark.parametrize(
    ("file", "place", "value", "said"),
    [
        ("catalog.toml", ("parts", "t", "label"), [True, dt.date(2020, 1, 1)], "label = [true, 2020-01-01]"),
        ("catalog.toml", ("basis",), 361, "basis"),
        ("rules.toml", ("notice", 0, "source"), 1.5, "source = 1.5"),
        ("rules.toml", ("costs", "all", "facts"), ["a", 3], 'facts = ["a", 3]'),
        ("facts.toml", ("kind", "values", "x"), dt.date(2020, 1, 1), "x = 2020-01-01"),
        ("t1-test.toml", ("benefits", 0, "when", 1, "if"), dt.date(2020, 1, 1), "when[2].if"),
        ("t1-test.toml", ("for", "fields", 0), "x\ny", "没有“x y”"),
    ],
)
def test_what_is_told_of_it(file: str, place: Place, value: Any, said: str, tmp_path: Path) -> None:
    """Once, where it stands, as it is written there."""
    content = changed(GOOD[file], place, value)
    done = run(["check", "--schemes", str(folder(tmp_path, **{file: content}))])
    told = [line for line in done.out.splitlines() if f"{file}:" in line]
    line = line_of(content, *(place[:1] if file == "facts.toml" else place))  # facts by their headings
    assert done.code == 1 and len(told) == 1 and said in told[0] and f"{file}:{line}: " in told[0], done.out


@pytest.mark.parametrize("form", ["{}", '"notice" = [{}]', "notice = [\n  {{ id = 3 }},\n]"])
def test_rules_however_their_tables_are_written_are_told_with_a_line(form: str, tmp_path: Path) -> None:
    content = form.format('[["notice"]]\nid = 3' if form == "{}" else "{ id = 3 }")
    done = run(["check", "--schemes", str(folder(tmp_path, **{"rules.toml": content}))])
    assert done.code == 1 and re.search(r"rules\.toml:[12]: notice", done.out), done.out


def test_every_shipped_key_of_another_type_is_read_or_refused() -> None:
    """By the loader alone: every kind of key that a shipped file has, in the smallest that has it, with a value of another type."""
    catalog = load_catalog()
    rng = random.Random(5)
    seen: dict[str, tuple[str, Place]] = {}
    for path in sorted((ROOT / "schemes").rglob("[0-9g]*.toml"), key=lambda path: (path.stat().st_size, path)):
        content = path.read_text(encoding="utf-8")
        for place in places(tomli.loads(content)):
            seen.setdefault(".".join("#" if isinstance(one, int) or not one.isascii() else one for one in place), (content, place))
    assert len(seen) > 300
    for content, place in seen.values():
        value = rng.choice(OTHERS)
        try:
            load_scheme(changed(content, place, value), catalog.facts, "x.toml")
        except ValueError as bad:
            assert "x.toml:" in str(bad) and not PYTHON.search(str(bad)), (place, value, bad)
