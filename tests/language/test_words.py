"""Formulas in words: no two formulas read alike, and each as a person would say it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from calc import load_catalog
from calc.language import core, lower
from calc.language.render import render, source_of
from calc.messages import use
from tests.three import folder_of, scheme_of

SAID = {
    "max(0元, a - b) * 2": "（甲 超过 乙 的部分） × 2",
    "max(0元, a - b * 2)": "甲 超过 乙 × 2 的部分",
    "max(0元, a - (b + 100元))": "甲 超过（乙 + 100元）的部分",
    "max(0元, a) * 2": "甲（为负的按零计） × 2",
    "max(a + b, 0元)": "（甲 + 乙）（为负的按零计）",
    "min(100元, a)": "甲 与 100元 中较低者",
    "min(a, b) * 50%": "（甲 与 乙 中较低者） × 50%",
    "max(a, b, 100元)": "甲、乙、100元 中最高者",
    "a - min(b, 100元)": "甲 − （乙 与 100元 中较低者）",
    "min(max(a, b), 100元)": "（甲 与 乙 中较高者） 与 100元 中较低者",
    "given(kind) and kind == x": "注明“类别为子”",
    "not (given(a) and a > 100元)": "没有注明“甲 > 100元”",
    "a >= 100元 and a < 500元": "100元 ≤ 甲 < 500元",
    "b > 1元 and a > 100元 and a <= 500元": "乙 > 1元 且 100元 < 甲 ≤ 500元",
    "a >= 100元 and b <= 500元": "甲 ≥ 100元 且 乙 ≤ 500元",
    "a <= 500元 and a >= 100元": "甲 ≤ 500元 且 甲 ≥ 100元",
    "max(0元, min(a, b) - 100元)": "甲 超过 100元、不超过 乙 的部分",
    "year(day) == 2024": "日期所在年份为2024",
    "day >= years_after(until, -1)": "日期 ≥ 截止前1年之日",
    "p and not p": "是否 且 非“是否”",
    "months(max(day, until), until) * 1元": "（日期 与 截止 中较晚者）至截止的整月数 × 1元",
}


def close(said: str) -> str:
    """Without the blanks that only part words from signs."""
    return said.replace(" ", "")


@pytest.mark.parametrize(("source", "said"), SAID.items())
def test_as_people_say_it(tmp_path: Path, source: str, said: str) -> None:
    facts = folder_of(tmp_path).facts
    assert close(render(lower.expression(source, lower.Scope(facts)), facts)) == close(said)


def _any(rng: random.Random, depth: int) -> str:
    if not depth or rng.random() < 0.15:
        return rng.choice(["a", "b", "100元"])
    one, other = _any(rng, depth - 1), _any(rng, depth - 1)
    plain = [f"({one} + {other})", f"({one} - {other})", f"({one} * 2)", f"({one} / 2)"]
    return rng.choice([*plain, f"min({one}, {other})", f"max(0元, {one} - {other})", f"max({one}, {other})"])


def _test(rng: random.Random, depth: int) -> str:
    if not depth:
        return rng.choice(["p", "kind == x", "kind in [x, y]", "fields has ic", "a > b", f"{_any(rng, 1)} <= {_any(rng, 1)}", "any(rows.open)"])
    one, other = _test(rng, depth - 1), _test(rng, depth - 1)
    return rng.choice([f"({one} and {other})", f"({one} or {other})", f"not ({one})", f"any(rows where {_test(rng, 0)})", one])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("make", [_any, _test])
def test_no_two_formulas_read_alike(tmp_path: Path, language: str, make: object) -> None:
    facts = folder_of(tmp_path).facts
    rng = random.Random(7)
    told: dict[str, str] = {}
    use(language)
    try:
        for _ in range(1500):
            source = make(rng, rng.choice((1, 2, 3)))  # type: ignore[operator]
            try:
                node = lower.expression(source, lower.Scope(facts))
            except lower.LowerProblem:
                continue
            said, means = close(render(node, facts)), _meaning(node)
            assert told.setdefault(said, means) == means, said
    finally:
        use("zh")
    assert len(told) > 100


def _meaning(node: core.Node) -> str:
    """A node with its structure; the order of what ``min`` and ``max`` compare has none."""
    parts = [_meaning(below) for below in (_summands(node) if isinstance(node, core.Arith) and node.op == "+" else core.children(node))]
    if isinstance(node, core.Extreme):
        parts.sort()
    if not parts:
        return source_of(node)
    own = getattr(node, "op", "")
    return f"{type(node).__name__}{own}({','.join(parts)})"


def _summands(node: core.Node) -> list[core.Node]:
    if isinstance(node, core.Arith) and node.op == "+":
        return _summands(node.left) + _summands(node.right)
    return [node]


def test_a_base_that_is_a_formula_is_named_where_the_rate_is_a_table(tmp_path: Path) -> None:
    amounts = [f'amount = {{ percent = {{ by = "kind", x = "10%", y = "20%", z = "30%" }}, of = "{base}" }}\n' for base in ("a + b", "a + 2 * b")]
    shown = [folder_of(tmp_path / str(n), scheme_of(amount)).show("t1")["benefits"][0]["formula"] for n, amount in enumerate(amounts)]
    assert shown[0] != shown[1]
    assert any("甲 + 乙" in line for line in shown[0])


def test_formulas_of_all_schemes_are_told_apart() -> None:
    """Within one scheme, benefits whose formulas differ do not read alike."""
    catalog = load_catalog()
    for scheme in catalog.schemes():
        told: dict[tuple, str] = {}
        shown = catalog.show(scheme.id)["benefits"]
        for benefit, words in zip(scheme.benefits, shown, strict=True):
            if benefit.amount is None:
                continue
            said = (*words["formula"], str(words["limits"]), str(words["schedule"]))
            assert told.setdefault(said, source_of(benefit.amount)) == source_of(benefit.amount), (scheme.id, benefit.id)



def test_a_no_is_said_in_the_words_of_the_fact() -> None:
    """“近3年没有不良信用记录 ✓”, in both languages; no fact that a scheme denies alone is put in quotation marks."""
    catalog = load_catalog()
    said = {}
    for tongue in ("en", "zh"):
        use(tongue)
        conditions = catalog.estimate({"has_bad_credit_record": False}, "4.26").benefits[0].conditions
        said[tongue] = [(one.text, one.result) for one in conditions if one.given]
    assert said["zh"] == [(catalog.facts["has_bad_credit_record"].denied, "met")]
    assert said["en"] == [(catalog.facts["has_bad_credit_record"].denied_en, "met")]
    for scheme in catalog.schemes():
        told = catalog.show(scheme.id)
        for words in (told["conditions"], *(benefit["conditions"] for benefit in told["benefits"])):
            assert [one for one in words if one.startswith("非“")] == [], scheme.id


SHOWN = {
    # a table of slices is told by its slices
    'amount = { by = "a", marginal = true, tiers = [{ up_to = "10万元", percent = "10%" }, { over = "10万元", up_to = "b", percent = "5%" }, '
    '{ over = "b", percent = "1%" }] }': [
        "以下各部分相加：", "　10% × （甲 不超过 10万元 的部分）", "　5% × （甲 超过 10万元、不超过 乙 的部分）", "　1% × （甲 超过 乙 的部分）"
    ],
    'amount = { percent = "20%", of = "min(a, 5万元)" }': ["20% × （甲 不超过 5万元 的部分）"],
    'amount = { percent = "20%", of = "min(a, b)" }': ["20% × （甲 与 乙 中较低者）"],
    # an amount paid in shares, with a limit under a condition: each told once
    'amount = { percent = "20%", of = "a" }\nlimits = [{ at_most = "9万元", per = "project" }, { at_most = "5万元", per = "project", when = "kind == x" }]\n'
    'schedule = { shares = ["1/2", "1/2"] }': ["20% × 甲", "上限 9万元", "上限 类别为子时，5万元", "第1年 1/2、第2年 1/2"],
}  # fmt: skip


@pytest.mark.parametrize("body", SHOWN)
def test_what_show_says(tmp_path: Path, body: str) -> None:
    [told] = folder_of(tmp_path, scheme_of(body + "\n")).show("t1")["benefits"]
    schedule = [told["schedule"]] if told["schedule"] else []
    assert [*told["formula"], *(f"上限 {limit['limit']}" for limit in told["limits"]), *schedule] == SHOWN[body]


def test_a_question_is_told_by_its_answer(tmp_path: Path) -> None:
    folder_of(tmp_path, scheme_of('when = ["p"]\namount = "1元"\n'))
    (tmp_path / "facts.toml").write_text((tmp_path / "facts.toml").read_text(encoding="utf-8").replace('"是否"', '"是否新设"'), encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert catalog.show("t1")["benefits"][0]["conditions"] == ["新设"]
