"""Damaged scheme and project files, made at random: each is either understood or refused in words, never with a traceback."""

import json
import random
import re
from pathlib import Path

import pytest

from calc import Catalog, InputError
from calc.cli.common import Refusal, read_project
from calc.errors import FileProblem, SchemeErrors
from calc.estimate.benefit import CompiledBenefit
from calc.language.scheme import load_scheme
from tests.command import ROOT
from tests.generator import random_facts

VALUE = re.compile(r'"[^"\\\n]*"|\b\d[\d-]*\b|\[[^\[\]\n]*\]|\{[^{}\n]*\}')
JUNK = [
    '"x"', "5", "-1", "true", "2020-01-01", "[]", "{}", "[1]", "{ a = 1 }", '""', '"1亿元"', '"30%"', '"loans"', '"loans.principal"', '"min(1元)"',
    '"sum(loans.principal)"', '"LPR"', '"position"', "1.5", "nan", '["a", "b"]', '[["x"]]', '"fixed_asset_investment / total_investment"',
    '{ each = "loans", amount = "principal" }', '{ by = "introduced_industry", other = "1元" }', '{ by = "total_investment", tiers = [] }',
    '[{ otherwise = "1元" }]', "{ cases = 3 }", '{ sum = "x" }', '{ interest_on = "loans" }', '"year(2020-01-01)"', '"given(loans)"',
    '"any(loans where principal > 1元)"', '"smallest(loans.start)"', '"((((((((((1"', '"1万元 + 1平方米"', '"-5万元"', '"a.b.c"', '"!!!"', "\"'q'\"",
]  # fmt: skip


def damaged(content: str, rng: random.Random) -> str:
    """``content`` with a value replaced, a few characters lost, or a line moved."""
    for _ in range(rng.choice((1, 1, 2))):
        chance = rng.random()
        if chance < 0.75:
            found = rng.choice(list(VALUE.finditer(content)))
            content = content[: found.start()] + rng.choice(JUNK) + content[found.end() :]
        elif chance < 0.9:
            at = rng.randrange(len(content))
            content = content[:at] + content[at + rng.choice((1, 1, 5, 30)) :]
        else:
            lines = content.split("\n")
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            content = "\n".join(lines)
    return content


def test_damaged_schemes(catalog: Catalog) -> None:
    rng = random.Random(20240229)
    contents = [path.read_text(encoding="utf-8") for path in catalog.files.values()]
    refused = 0
    for _ in range(500):
        content = damaged(rng.choice(contents), rng)
        try:
            for benefit in load_scheme(content, catalog.facts, "x.toml").benefits:
                assert CompiledBenefit(benefit, catalog.facts).traced or benefit.amount is None
        except SchemeErrors as bad:
            refused += 1
            for problem in bad.problems:
                assert 1 <= problem.line <= content.count("\n") + 1, problem
                assert not re.search(r"Input|[Ee]xpected|should", str(problem)), problem
    assert refused > 200


def test_damaged_projects(catalog: Catalog, tmp_path: Path) -> None:
    rng = random.Random(20230820)
    files = sorted((ROOT / "examples").glob("*.toml"))
    refused = 0
    for number in range(400):
        content = damaged(rng.choice(files).read_text(encoding="utf-8"), rng)
        file = tmp_path / f"{number}.toml"
        file.write_text(content, encoding="utf-8")
        scheme = rng.choice(catalog.ids)
        try:
            result = catalog.estimate(read_project(str(file), catalog.facts)["facts"], scheme)
            json.dumps(result.model_dump(mode="json"))
        except (FileProblem, InputError, Refusal) as bad:
            refused += 1
            said = str(bad).split("\n")  # one fault a line, each with its file
            assert all(map(str.strip, said)) and (len(said) == 1 or all(line.startswith(f"{file}:") for line in said))
    assert refused > 100


@pytest.mark.parametrize("place", range(6))
def test_facts_of_every_wrong_shape(catalog: Catalog, place: int) -> None:
    """Whatever stands where a fact's value should: a result or an ``InputError`` that names the fact."""
    rng = random.Random(place)
    numbers = [True, -1, 0, 10**30, 10**6000, 1.5, float("nan"), float("inf")]
    odd = [None, "", [], {}, [[]], [{}], [None], {"x": 1}, *numbers, "x" * 300, b"x", object(), {1: 2}, {None: 3}, (1, 2), {"a"}]
    for scheme in rng.sample(catalog.ids, 40):
        facts = random_facts(catalog, scheme, rng)
        for id in list(facts)[:4]:
            value = rng.choice(odd)
            try:
                catalog.estimate({**facts, id: value} if not isinstance(facts[id], list) else {**facts, id: [value]}, scheme)
            except InputError as bad:
                assert bad.accepted and bad.fact


def test_odd_names(catalog: Catalog) -> None:
    for name in (None, 3, "", " ", "loans.rate", "x" * 3000, "名", True, ("a",), "facts"):
        try:
            catalog.estimate({name: 1}, "1.01")  # type: ignore[dict-item]
        except InputError as bad:
            assert bad.accepted
        else:
            pytest.fail(f"{name!r} was taken without a word")


@pytest.mark.parametrize("facts", [None, 3, "x", [], [("a", 1)], {"facts": 3}])
def test_no_facts_at_all(catalog: Catalog, facts: object) -> None:
    with pytest.raises(InputError):
        catalog.estimate(facts, "1.01")  # type: ignore[arg-type]
