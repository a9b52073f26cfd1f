"""Assumptions hold together: benefits whose conditions cannot all hold at once are never counted together."""

import csv
import datetime as dt
import io
import itertools
import operator
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from calc import Catalog, load_catalog
from calc.language import core
from calc.language.core import BOOL, COUNT, DATE, MONEY, Type
from calc.language.exclusive import Joint, claims
from calc.report.xlsx.estimate import lay_out
from tests.command import run

KIND = core.Fact("kind", Type("enum", (), ("a", "b", "c")))
COUNTED = core.Fact("n", COUNT)
FLAG = core.Fact("flag", BOOL)
ADDED = core.Compare(">=", core.Arith("+", core.Fact("x", MONEY), core.Fact("y", MONEY), MONEY), core.Lit(5, MONEY))


def n(op: str, value: int) -> core.Node:
    return core.Compare(op, COUNTED, core.Lit(value, COUNT))


def one_of(*values: str, negated: bool = False) -> core.Node:
    return core.Member(KIND, values, negated)


@pytest.mark.parametrize(
    ("a", "b", "fact"),
    [
        (FLAG, core.Not(FLAG), "flag"),
        (FLAG, FLAG, None),
        (one_of("a"), one_of("b", "c"), "kind"),
        (one_of("a", "b"), one_of("b", "c"), None),
        (one_of("a"), one_of("a", negated=True), "kind"),
        (n(">=", 5), n("<", 5), "n"),
        (n(">=", 5), n("<=", 5), None),  # five itself
        (n(">", 5), n("<=", 5), "n"),
        (n(">", 5), n("<", 6), "n"),  # no whole number between them
        (core.AllOf((n(">=", 1), n("<=", 3))), n("==", 4), "n"),
        (core.AnyOf((n("<", 3), n(">", 8))), core.AllOf((n(">=", 3), n("<", 8))), "n"),
        (core.AnyOf((one_of("a"), one_of("b"))), one_of("c"), "kind"),
        (core.AnyOf((one_of("a"), FLAG)), one_of("c"), None),  # the flag will do
        (core.AnyOf((one_of("a"), FLAG)), core.AllOf((one_of("c"), core.Not(FLAG))), "kind"),
        (core.Not(core.AnyOf((one_of("a"), one_of("b")))), one_of("a"), "kind"),
        (ADDED, core.Not(ADDED), "x"),  # what is computed, as one fact
    ],
)
def test_conditions_that_cannot_both_hold(a: core.Node, b: core.Node, fact: str | None) -> None:
    for two in ([a, b], [b, a]):
        joint = Joint([claims([one]) for one in two])
        assert list(joint.pairs()) == ([] if fact is None else [(0, 1)])
        assert fact is None or fact in joint.facts([0, 1])


def test_days_that_follow_one_another_leave_none_between() -> None:
    day, last = core.Fact("day", DATE), dt.date(2023, 9, 20)
    after, before = core.Compare(">", day, core.Lit(last, DATE)), core.Compare("<", day, core.Lit(last + dt.timedelta(1), DATE))
    assert list(Joint([claims([after]), claims([before])]).pairs()) == [(0, 1)]
    same = core.Compare("<=", day, core.Lit(last + dt.timedelta(1), DATE))
    assert not list(Joint([claims([after]), claims([same])]).pairs())


def drawn(rnd: random.Random, depth: int) -> tuple[core.Node, Callable[[dict], bool]]:
    """A random condition, and what it means of a world."""
    kind = rnd.randrange(3) if depth and rnd.random() < 0.6 else 3 + rnd.randrange(4)
    if kind == 0:
        node, holds = drawn(rnd, depth - 1)
        return core.Not(node), lambda w: not holds(w)
    if kind < 3:
        parts = [drawn(rnd, depth - 1) for _ in range(rnd.randrange(2, 4))]
        nodes, tests = tuple(node for node, _ in parts), [test for _, test in parts]
        return (core.AllOf(nodes), lambda w: all(t(w) for t in tests)) if kind == 1 else (core.AnyOf(nodes), lambda w: any(t(w) for t in tests))
    if kind == 3:
        values, negated = tuple(rnd.sample("abc", rnd.randrange(1, 3))), rnd.random() < 0.5
        return one_of(*values, negated=negated), lambda w: (w["kind"] in values) is not negated
    if kind == 4:
        sign, value = rnd.choice(list(SIGNS.items())), rnd.randrange(6)
        return n(sign[0], value), lambda w: sign[1](w["n"], value)
    if kind == 5:
        return FLAG, lambda w: w["flag"]
    some = tuple(rnd.sample("xy", rnd.randrange(1, 3)))
    return core.Has(SET, some, some), lambda w: not w["set"].isdisjoint(some)


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}
SET = core.Fact("set", Type("set", (), ("x", "y")))
WORLDS = [
    {"kind": kind, "n": number, "flag": flag, "set": some}
    for kind in "abc" for number in range(8) for flag in (True, False) for some in (set(), {"x"}, {"y"}, {"x", "y"})
]  # fmt: skip


def test_what_can_hold_at_once_is_found_exactly() -> None:
    """Against all worlds: whether each set of up to five random conditions can hold, and which are the smallest that cannot."""
    larger = 0
    for seed in range(600):
        rnd = random.Random(seed)
        found = [drawn(rnd, 2) for _ in range(rnd.randrange(2, 6))]
        fits = [frozenset(k for k, w in enumerate(WORLDS) if test(w)) for _, test in found]
        joint = Joint([claims([node]) for node, _ in found])
        never: list[tuple[int, ...]] = []
        for size in range(1, len(found) + 1):
            for some in itertools.combinations(range(len(found)), size):
                fit = bool(frozenset.intersection(*(fits[i] for i in some)))
                assert joint.possible(some) is fit, (seed, some)
                if not fit and not any(set(known) <= set(some) for known in never):
                    never.append(some)
        assert sorted(joint.apart()) == sorted(some for some in never if len(some) > 1), seed
        larger += sum(len(some) > 2 for some in never)
    assert larger > 5


def test_three_assumptions_that_only_together_contradict(tmp_path: Path) -> None:
    """甲 or 乙, 乙 or 丙, 甲 or 丙: each two have a kind in common, all three none; two are paid, the smallest is left out."""
    (tmp_path / "facts.toml").write_text('[kind]\ntype = "enum"\nlabel = "类别"\nvalues = { a = "甲", b = "乙", c = "丙" }', encoding="utf-8")
    (tmp_path / "rules.toml").write_text('[objects]\nproject = ["1.01-s"]', encoding="utf-8")
    head = 'id = "1.01-s"\ntitle = "s"\ncombine = "sum"\n[source]\ncard = "1.01"\ndocument = "文"\nauthority = "局"\n'
    for id, kinds, amount in (("x", "a, b", 3), ("y", "b, c", 2), ("z", "a, c", 4)):
        head += f'[[benefits]]\nid = "{id}"\nlabel = "{id}"\nclause = "一"\nnature = "fixed"\nsupport = "grant"\n'
        head += f'when = ["kind in [{kinds}]"]\namount = "{amount}元"\n'
    (tmp_path / "1.01-s.toml").write_text(head, encoding="utf-8")
    found = load_catalog(tmp_path)
    assert found.check() == []
    answer = found.plan({}, allow_conditional=True)
    assert (answer["total"], answer["proved"]) == ("7.00", True)
    assert answer["assumptions"] == [{"says": "类别为甲", "benefits": ["1.01-s/x", "1.01-s/z"]}]  # each fact once: what both need together
    (out,) = answer["left_out"]
    assert (out["because"], out["blocked_by"], out["loss"]) == (["assumption:kind"], ["1.01-s/x", "1.01-s/z"], "1.00")
    assert found.estimate({}, "1.01").total_if == "7.00"  # anywhere conditional amounts are added
    (entry,) = found.listing()
    assert entry["most"] == "7.00"
    shown = run(["plan", "-", "--allow-conditional", "--schemes", str(tmp_path)], stdin=b"{}")
    assert "类别为甲（1.01）" in shown.out and "“类别”只能是一个值" in shown.out


@pytest.mark.parametrize(
    ("scheme", "most"),
    [
        ("4.65", "3000000.00"),  # one direction a project: 300万元, not 300 + 200
        ("4.55", "5000000.00"),  # one kind of promotion: the dearest, 500万元
        ("4.39", "14000000.00"),  # a research centre or an open platform
        ("4.90", "8000000.00"),  # a new street 500万元 and the national award 300万元; not the upgrade too
        ("4.36", "27500000.00"),
        ("4.09", "1300000.00"),
        ("g14", "6000000.00"),  # industry or software
        ("3.16", None),  # “不低于1000万” is no maximum
    ],
)
def test_the_most_a_scheme_can_pay(catalog: Catalog, scheme: str, most: str | None) -> None:
    (entry,) = [e for e in catalog.listing() if e["id"] == catalog.find(scheme)]
    assert entry["most"] == most


STREET = {
    "registered_in_beijing": True,
    "street_score": 100,
    "occupancy_rate": "95%",
    "has_unified_management_body": True,
    "fields": ["commerce"],
    "upgrade_completed": True,
    "opening_date": "2022-05-01",
}
DAY = dt.date(2023, 10, 1)


def test_an_estimate_adds_no_two_assumptions_that_contradict(catalog: Catalog) -> None:
    found = catalog.estimate(STREET, "4.90", DAY)
    assert {b.id: b.amount for b in found.benefits if b.status == "conditional"} == {
        "street-upgrade-award": "2000000.00", "street-new-award": "5000000.00", "national-demo-street-award": "3000000.00",
    }  # fmt: skip
    assert found.total_if == "8000000.00"  # 500 + 300, where the kind of street is one of the two


def test_a_plan_on_assumptions_makes_each_once(catalog: Catalog) -> None:
    found = catalog.plan(STREET, schemes=["4.90"], allow_conditional=True, as_of=DAY)
    assert found["total"] == "8000000.00" and found["proved"]
    (out,) = found["left_out"]
    assert out["benefit"] == "street-upgrade-award" and out["because"] == ["assumption:street_project_kind"]
    assert out["blocked_by"] == ["4.90-pedestrian-street/street-new-award"]
    shown = run(["plan", "-", "-s", "4.90", "--allow-conditional", "--as-of", "2023-10-01"], stdin=b'{"street_score": 100}')
    assert shown.code == 0 and "假设互相矛盾：“步行街项目类型”只能是一个" in shown.out


def test_many_that_contradict_by_threes_are_found_at_once(tmp_path: Path) -> None:
    """Each is for a kind of its own or for special firms; with one for firms that are not special only one kind holds."""
    count = 20
    kinds = ", ".join(f'v{k} = "类{k}"' for k in range(count))
    facts = '[cost]\ntype = "money"\nlabel = "费用"\n[special]\ntype = "bool"\nlabel = "特殊"\n[kind]\ntype = "enum"\nlabel = "类"\n'
    (tmp_path / "facts.toml").write_text(f"{facts}values = {{ {kinds} }}\n", encoding="utf-8")
    head = 'id = "9.01-many"\ntitle = "一"\ncombine = "sum"\n[source]\ncard = "9.01"\ndocument = "文"\nauthority = "局"\n'
    each = [(f"b{k}", f"kind == v{k} or special") for k in range(count)] + [("z", "not special")]
    body = "".join(
        f'[[benefits]]\nid = "{id}"\nlabel = "{id}"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\nwhen = ["{when}"]\n'
        'amount = { percent = "10%", of = "cost" }\n'
        for id, when in each
    )
    (tmp_path / "9.01-many.toml").write_text(head + body, encoding="utf-8")
    catalog = load_catalog(tmp_path)
    names = [id for id, _ in each[:-1]]
    assert set(catalog.scheme("9.01-many").apart) == {(*two, "z") for two in itertools.combinations(names, 2)}
    assert catalog.estimate({"cost": "100万元"}, "9.01").total_if == "2000000.00"  # all but z


def narrowed(folder: Path, benefits: list[tuple[str, str, str]]) -> Catalog:
    """A catalog of one scheme: benefits by id, ``when`` and amount; kinds 甲, 乙, 丙, and two yes/no facts."""
    facts = '[kind]\ntype = "enum"\nlabel = "类别"\nvalues = { a = "甲", b = "乙", c = "丙" }\n'
    facts += "".join(f'[{id}]\ntype = "bool"\nlabel = "{label}"\n' for id, label in (("special", "特殊"), ("listed", "上市")))
    (folder / "facts.toml").write_text(facts, encoding="utf-8")
    (folder / "rules.toml").write_text('[objects]\nproject = ["1.01-s"]', encoding="utf-8")
    head = 'id = "1.01-s"\ntitle = "s"\ncombine = "sum"\n[source]\ncard = "1.01"\ndocument = "文"\nauthority = "局"\n'
    for id, when, amount in benefits:
        head += f'[[benefits]]\nid = "{id}"\nlabel = "{id}"\nclause = "一"\nnature = "fixed"\nsupport = "grant"\nwhen = ["{when}"]\namount = "{amount}"\n'
    (folder / "1.01-s.toml").write_text(head, encoding="utf-8")
    return load_catalog(folder)


TWO = [("x", "kind == a or special", "3元"), ("y", "kind == b", "4元")]
THREE = [("x", "kind in [a, b] or special", "3元"), ("y", "kind in [b, c] or listed", "2元"), ("z", "kind in [a, c]", "4元")]
ALONE = [("x", "(kind == a or special) and kind == b", "3元"), ("y", "kind in [a, b]", "2元")]


@pytest.mark.parametrize(
    ("benefits", "given", "total", "chosen"),
    [
        (TWO, {}, "7.00", "x;y"),  # 特殊 may be so
        (TWO, {"special": True}, "4.00", "y"),  # x is sure: 3.00, and y as if it held
        (TWO, {"special": False}, "4.00", "y"),
        (THREE, {}, "9.00", "x;y;z"),
        (THREE, {"special": False}, "9.00", "x;y;z"),
        (THREE, {"special": False, "listed": False}, "7.00", "x;z"),  # each two have a kind in common, all three none
        (ALONE, {}, "5.00", "x;y"),
        (ALONE, {"special": False}, "2.00", "y"),  # x holds for no kind any more
    ],
)
def test_what_facts_leave_open_is_counted_as_it_can_hold_together(
    tmp_path: Path, benefits: list[tuple[str, str, str]], given: dict[str, bool], total: str, chosen: str
) -> None:
    """The estimate, the plan, the interview, what-if, a table and the workbook count the same."""
    catalog = narrowed(tmp_path, benefits)
    if given == {"special": True}:
        total, chosen = "7.00", "x"  # what is sure is what is chosen
    result = catalog.estimate(given, "1.01")
    assert (result.total_if, ";".join(result.chosen)) == (total, chosen)
    fen = int(total.replace(".", ""))
    assert [s.total_if for s in catalog.ask(given, ["1.01"]).standings()] == [fen]
    values = "special" if "special" in given else "listed"
    (point,) = catalog.whatif(given, "1.01", {values: {"values": [given.get(values)]}})["points"] if given else [{"total_if": total}]
    assert point["total_if"] == total
    if benefits is not ALONE:
        assert catalog.plan(given, allow_conditional=True)["total"] == total
    heads, row = ["编号", "类别", *given], ["1", "", *("是" if v else "否" for v in given.values())]
    (tmp_path / "in.csv").write_text(f"{','.join(heads)}\n{','.join(row)}\n", encoding="utf-8")
    catalog.batch(tmp_path / "in.csv", tmp_path / "out.csv", schemes=["1.01"], shape="wide", benefits=True, id_column="编号")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as file:
        assert [row["1.01-s.chosen"] for row in csv.DictReader(file)] == [chosen]
    layout = lay_out(Workbook(io.BytesIO(), {"in_memory": True}), catalog, {}, [result], catalog.read(given, ["1.01"]))
    assert layout.schemes[0].total_if.value == fen
