"""Assumptions hold together: benefits whose conditions need different values of one fact are never both counted."""

import datetime as dt

import pytest

from calc import Catalog
from calc.language import core
from calc.language.core import BOOL, COUNT, Type
from calc.language.exclusive import Stretch, apart, needed
from tests.command import run

KIND = core.Fact("kind", Type("enum", (), ("a", "b", "c")))
COUNTED = core.Fact("n", COUNT)
FLAG = core.Fact("flag", BOOL)


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
        (core.AllOf((n(">=", 1), n("<=", 3))), n("==", 4), "n"),
        (core.AnyOf((one_of("a"), one_of("b"))), one_of("c"), "kind"),
        (core.AnyOf((one_of("a"), FLAG)), one_of("c"), None),  # the flag will do
        (core.Not(core.AnyOf((one_of("a"), one_of("b")))), one_of("a"), "kind"),
    ],
)
def test_conditions_that_cannot_both_hold(a: core.Node, b: core.Node, fact: str | None) -> None:
    assert apart(needed([a]), needed([b])) == apart(needed([b]), needed([a])) == fact


def test_days_are_stretches() -> None:
    before, after = Stretch(None, dt.date(2023, 9, 20)), Stretch(dt.date(2023, 9, 21))
    assert not before.meets(after) and before.meets(Stretch(dt.date(2023, 9, 20)))


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
