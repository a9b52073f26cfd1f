"""What ``check`` passes every command can run, and the three engines agree on it: random scheme files, random projects."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from calc import load_catalog
from calc.documents import read_toml
from calc.errors import SchemeErrors
from calc.facts.load import load_facts
from calc.language.scheme import load_scheme
from tests.grammar import FACTS, Grammar, toml
from tests.three import FACTS as PLAIN
from tests.three import SOURCE, held

SEEDS = [int(one) for one in os.environ.get("GRAMMAR_SEEDS", "").split(",") if one] or range(6)
BENEFITS, PROJECTS = 10, 7


def written(id: str, benefit: dict[str, Any]) -> str:
    """A benefit as it stands in a file."""
    keys = "".join(f"{key} = {toml(value)}\n" for key, value in benefit.items())
    return f'[[benefits]]\nid = "{id}"\nlabel = "支持"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\n{keys}'


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_passed_is_run_alike(seed: int, tmp_path: Path) -> None:
    grammar = Grammar(Random(seed))
    facts = load_facts(read_toml(FACTS + PLAIN))
    head = f'id = "t1-test"\ntitle = "试"\n{SOURCE}'
    kept: list[str] = []
    refused = 0
    while len(kept) < BENEFITS:
        body = written(f"b{len(kept)}", grammar.benefit())
        try:
            load_scheme(head + body, facts, "t1-test.toml")
            kept.append(body)
        except SchemeErrors as bad:  # refused by what is wrong with it, never by a fault of the program
            refused += 1
            assert bad.problems and all("使程序出错" not in one.problem for one in bad.problems), (body, str(bad))
    assert refused < 40 * BENEFITS
    (tmp_path / "facts.toml").write_text(FACTS + PLAIN, encoding="utf-8")
    (tmp_path / "t1-test.toml").write_text(head + "".join(kept), encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert catalog.check() == []
    for benefit in catalog.show("t1")["benefits"]:
        assert benefit["formula"] and all(line.strip() and "None" not in line for line in benefit["formula"])
    held(catalog, "t1-test", [grammar.project() for _ in range(PROJECTS)], tmp_path, live=None, alone=None)
