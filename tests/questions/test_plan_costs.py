"""What can be paid: costs record by record, caps that cross, rules and assumptions together, against brute force."""

import datetime as dt
import itertools
import random
from decimal import Decimal
from pathlib import Path

import pytest

from calc import Catalog, load_catalog
from calc.language.masks import bits
from calc.questions.plan import optimum
from calc.questions.plan.caps import Cap, Piece, Under, largest
from calc.questions.plan.costs import measured
from calc.questions.plan.optimum import best
from calc.questions.plan.problem import Problem
from calc.rates.interest import DayCount
from tests.command import ROOT

DAY = dt.date(2023, 4, 1)


# ---------------------------------------------------------------- flows, an oracle of its own


def flow(edges: dict[tuple[object, object], int], source: object, sink: object) -> int:
    """The largest flow, by shortest augmenting paths."""
    left = dict(edges)
    nexts: dict[object, set[object]] = {}
    for a, b in edges:
        nexts.setdefault(a, set()).add(b)
        nexts.setdefault(b, set()).add(a)
    total = 0
    while True:
        came: dict[object, object] = {source: None}
        queue = [source]
        for node in queue:
            for other in sorted(nexts.get(node, ()), key=repr):
                if other not in came and left.get((node, other), 0) > 0:
                    came[other] = node
                    queue.append(other)
        if sink not in came:
            return total
        path = [sink]
        while came[path[-1]] is not None:
            path.append(came[path[-1]])
        steps = list(itertools.pairwise(reversed(path)))
        most = min(left[step] for step in steps)
        for a, b in steps:
            left[a, b] -= most
            left[b, a] = left.get((b, a), 0) + most
        total += most


def crossing(rnd: random.Random, count: int, most: int) -> tuple[Problem, list[int], list[tuple[int, list[int]]], list[list[int]], list[int], int]:
    """A random problem of benefits under group caps that draw on the records of one cost; and what it was made of."""
    amounts = [rnd.randrange(1, most) for _ in range(count)]
    clashes = [0] * count
    for i, j in itertools.combinations(range(count), 2):
        if rnd.random() < 0.25:
            clashes[i] |= 1 << j
            clashes[j] |= 1 << i
    records = [rnd.randrange(1, most) for _ in range(rnd.randrange(1, 4))]
    draws = []
    for amount in amounts:
        own = [rnd.randrange(0, amount + 1) if rnd.random() < 0.7 else 0 for _ in records]
        own[rnd.randrange(len(own))] += max(0, amount - sum(own))
        draws.append(own)
    groups = []
    places = list(range(count))
    while places and rnd.random() < 0.7:
        inside = [places.pop(rnd.randrange(len(places))) for _ in range(min(len(places), rnd.randrange(2, 4)))]
        groups.append((sum(amounts[i] for i in inside) * rnd.randrange(3, 11) // 10, inside))
    whole = sum(records) * rnd.randrange(6, 11) // 10
    pieces = [Piece(i, amount) for i, amount in enumerate(amounts)]
    caps = [Cap(limit, tuple(inside)) for limit, inside in groups]
    drawn: list[list[int]] = [[] for _ in records]
    for i, own in enumerate(draws):
        for r, part in enumerate(own):
            if part:
                drawn[r].append(len(pieces))
                pieces.append(Piece(i, part, "records"))
    caps += [Cap(limit, tuple(parts)) for limit, parts in zip(records, drawn, strict=True)]
    caps.append(Cap(whole, tuple(p for parts in drawn for p in parts)))
    return Problem(amounts, clashes, pieces, caps), amounts, groups, draws, records, whole


def paid(chosen: int, amounts: list[int], groups: list[tuple[int, list[int]]], draws: list[list[int]], records: list[int], whole: int) -> int:
    """What a set of benefits comes to: money flows from groups to benefits to the records they draw on."""
    edges: dict[tuple[object, object], int] = {("cost", "sink"): whole}
    edges.update({(("record", r), "cost"): limit for r, limit in enumerate(records)})
    for i in bits(chosen):
        group = next((g for g, (_, inside) in enumerate(groups) if i in inside), None)
        if group is None:
            edges["source", ("benefit", i)] = amounts[i]
        else:
            edges["source", ("group", group)] = groups[group][0]
            edges[("group", group), ("benefit", i)] = amounts[i]
        for r, part in enumerate(draws[i]):
            edges[("benefit", i), ("record", r)] = part
    return flow(edges, "source", "sink")


def test_caps_that_cross_are_exact() -> None:
    """Groups of benefits and the records they draw on cross; what sets come to is the largest flow."""
    for seed in range(100):
        rnd = random.Random(seed)
        problem, *made = crossing(rnd, rnd.randrange(2, 6), rnd.choice((10, 10**6, 10**13)))
        for chosen in range(1 << len(problem.amounts)):
            assert problem.value(chosen) == paid(chosen, *made), (seed, chosen)


@pytest.mark.parametrize("small", [optimum.SMALL, 0], ids=["search", "HiGHS"])
def test_the_best_under_caps_that_cross(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimum, "SMALL", small)
    for seed in range(50):
        rnd = random.Random(f"{seed} {small}")
        problem, *made = crossing(rnd, rnd.randrange(2, 8), rnd.choice((10, 10**9, 10**13)))
        legal = [s for s in range(1 << len(problem.amounts)) if not any(problem.clashes[i] & s for i in bits(s))]
        found = best(problem)
        assert found and found.proved, seed
        assert found.value == max(paid(s, *made) for s in legal), seed


def test_a_cap_that_crosses_another_takes_nothing_from_what_is_not_under_it() -> None:
    """60 and 60 under 100, the second and a third of 60 under 80: the first 60 and 80 of the others fit, 140 in all."""
    pieces = [Piece(0, 60), Piece(1, 60), Piece(2, 60)]
    assert Under([60, 60, 60], pieces, [Cap(100, (0, 1)), Cap(80, (1, 2))]).cut(0b111) == 40


def test_the_simplex_method() -> None:
    """3x + 2y with x + y ≤ 4, x + 3y ≤ 6, x ≤ 3: 11 at (3, 1)."""
    assert largest({0: 3, 1: 2}, [({0: 1, 1: 1}, 4), ({0: 1, 1: 3}, 6), ({0: 1}, 3)]) == 11
    assert largest({}, []) == 0


# ---------------------------------------------------------------- the catalogue shipped


def loan(principal: str, rate: str, **more: object) -> dict[str, object]:
    return {"principal": principal, "rate": rate, "start": "2023-03-01", "end": "2026-03-01", "contract_date": "2023-03-01", **more}


def like(*cards: str, **given: object) -> dict[str, object]:
    import tomli

    facts: dict[str, object] = {}
    for card in cards:
        path = next(p for p in sorted((ROOT / "tests" / "cases").glob(f"{card}-*.toml")) if "@" not in p.stem)
        facts.update(tomli.loads(path.read_text(encoding="utf-8")).get("base", {}))
    return {**facts, **given}


def test_the_subsidies_of_a_loan_are_limited_by_its_own_interest(catalog: Catalog) -> None:
    """8000万元 over 1,096 days at 1%: 2,435,555.55 of interest, which 5.04 (2%, at most the actual rate) pays in full; at 6% both pay
    far less than the interest. So 1.21 adds what it pays on the second loan only, though the interest of both leaves room."""
    low, high = loan("8000万元", "1.0%"), loan("8000万元", "6.0%")
    alone = {}
    for name, loans in (("low", [low]), ("high", [high]), ("both", [low, high])):
        answer = catalog.plan(like("1.21", "5.04", loans=loans), schemes=["1.21", "5.04"], as_of=DAY)
        alone[name] = Decimal(answer["total"])
        assert answer["proved"]
    assert alone["low"] == Decimal("2435555.55")
    assert alone["high"] == Decimal("4061111.11") + Decimal("4871111.11")
    assert abs(alone["both"] - alone["low"] - alone["high"]) <= Decimal("0.03")  # each amount is cut to the fen once


def test_what_a_loan_cannot_bear_is_said(catalog: Catalog) -> None:
    """At 0.5%, below what either scheme pays at most, 5.04 pays all interest of the term: what 1.21 pays of the same interest has no room."""
    answer = catalog.plan(like("1.21", "5.04", loans=[loan("8000万元", "0.5%")]), schemes=["1.21", "5.04"], as_of=DAY)
    assert [(e["because"], e["blocked_by"]) for e in answer["left_out"]] == [
        (["cost:loans-interest"], ["5.04-new-infra-financing/fixed-asset-loan-interest"])
    ]


def test_benefits_on_different_loans_are_both_prudent(catalog: Catalog) -> None:
    """Each loan is supported once: 1.21 (what is told to be for equipment) and 5.04 (fixed-asset loans) do not meet on one of them."""
    loans = [loan("8000万元", "4%", kind="working_capital"), loan("8000万元", "4%", kind="fixed_asset", contract_date="2021-01-01")]
    answer = catalog.plan(like("1.21", "5.04", loans=loans), schemes=["1.21", "5.04"], as_of=DAY)
    assert answer["prudent"]["total"] == answer["total"]
    assert len(answer["prudent"]["chosen"]) == 2


@pytest.mark.parametrize(
    ("cost", "benefits"),
    [
        ("challenge-investment", ["1.09/challenge-and-prototype", "3.06/key-technology-tackling", "3.13/platform-company-tackling"]),
        ("product-certification", ["4.72/product-certification", "4.86/product-certification"]),
    ],
)
def test_one_spending_is_one_cost(catalog: Catalog, cost: str, benefits: list[str]) -> None:
    """One research spend is no longer paid by four schemes at once: they draw on one cost."""
    held = {f"{name.partition('-')[0]}/{name.partition('/')[2]}" for name in catalog.rules.costs[cost].benefits}
    assert held.issuperset(benefits)


# ---------------------------------------------------------------- rules, costs and assumptions, all together

FACTS = """
[kind]
type = "enum"
label = "类别"
values = { a = "甲", b = "乙", c = "丙" }
[flag]
type = "bool"
label = "标志"
[size]
type = "count"
label = "人数"
[site]
type = "money"
label = "场地投资"
[bills]
type = "list"
label = "票据"
[bills.fields.value]
type = "money"
label = "金额"
[bills.fields.own]
type = "bool"
label = "自用"
"""
WORLDS = {"kind": ["a", "b", "c"], "flag": [True, False], "size": [3, 5, 6, 7, 12]}
GATES = {
    "": lambda w: True,
    "kind == a": lambda w: w["kind"] == "a",
    "kind in [a, b]": lambda w: w["kind"] in "ab",
    "kind != a": lambda w: w["kind"] != "a",
    "flag": lambda w: w["flag"],
    "not flag": lambda w: not w["flag"],
    "size >= 10": lambda w: w["size"] >= 10,
    "size < 5": lambda w: w["size"] < 5,
    "size >= 5": lambda w: w["size"] >= 5,
    # each two of these can hold, all three never: a value is one of three, a number is not outside its own ends
    "kind in [b, c]": lambda w: w["kind"] in "bc",
    "kind in [a, c]": lambda w: w["kind"] in "ac",
    "size <= 7": lambda w: w["size"] <= 7,
    "size < 5 or size > 7": lambda w: w["size"] < 5 or w["size"] > 7,
    "size != 7": lambda w: w["size"] != 7,
    # over several facts
    "flag or size >= 10": lambda w: w["flag"] or w["size"] >= 10,
    "not flag or kind == a": lambda w: not w["flag"] or w["kind"] == "a",
    "kind == b or size < 5": lambda w: w["kind"] == "b" or w["size"] < 5,
    "flag and kind != a or size >= 10": lambda w: (w["flag"] and w["kind"] != "a") or w["size"] >= 10,
}


class Town:
    """A small catalogue of random schemes, rules and costs, and what it means, told apart from the program."""

    def __init__(self, rnd: random.Random, folder: Path) -> None:
        self.benefits: list[dict] = []
        lines = [f'[objects]\nproject = {[f"1.0{n}-s" for n in range(1, 5)]}'.replace("'", '"')]
        (folder / "facts.toml").write_text(FACTS, encoding="utf-8")
        self.groups: list[tuple[int, list[int]]] = []
        for n in range(1, 5):
            combine = rnd.choice(("sum", "sum", "one-of"))
            said = [f'id = "1.0{n}-s"\ntitle = "s{n}"\ncombine = "{combine}"']
            own = []
            for k in range(rnd.choice((1, 2, 2))):
                b = {"scheme": n, "one-of": combine == "one-of", "gate": rnd.choice(list(GATES)), "id": f"1.0{n}-s/b{k}"}
                b.update(paid=rnd.choice(("site", "bills", "own", "award")), share=rnd.randrange(20, 101))
                own.append(len(self.benefits))
                self.benefits.append(b)
            if combine == "sum" and len(own) > 1 and rnd.random() < 0.6:
                self.groups.append((rnd.randrange(40, 150) * 100, own))
                capped = [self.benefits[i]["id"].partition("/")[2] for i in own]
                said.append(f'[[group_caps]]\nbenefits = {capped}\nat_most = "{self.groups[-1][0] // 100}元"\nper = "project"')
            said.append('[source]\ncard = "1.01"\ndocument = "文"\nauthority = "局"')
            for i in own:
                b = self.benefits[i]
                where = ', where = "own"' if b["paid"] == "own" else ""
                bills = f'{{ each = "bills"{where}, percent = "{b["share"]}%", of = "value" }}'
                amount = {"site": f'{{ percent = "{b["share"]}%", of = "site" }}', "award": f'"{b["share"]}元"'}.get(b["paid"], bills)
                when = f'when = ["{b["gate"]}"]\n' if b["gate"] else ""
                head = 'label = "b"\nclause = "一"\nnature = "fixed"\nsupport = "grant"'
                said.append(f'[[benefits]]\nid = "{b["id"].partition("/")[2]}"\n{head}\n{when}amount = {amount}')
            text = "\n".join(said).replace("'", '"')
            (folder / f"1.0{n}-s.toml").write_text(text, encoding="utf-8")
        self.rules: list[tuple[str, set]] = []
        for n, kind in enumerate(rnd.choices(("exclusive", "same_measure"), k=3)):
            if kind == "exclusive":
                two = rnd.sample(range(1, 5), 2)
                self.rules.append((kind, set(two)))
                body = f'schemes = ["1.0{two[0]}-s", "1.0{two[1]}-s"]\nper = "project"'
            else:
                same = rnd.sample(range(len(self.benefits)), 2)
                if self.benefits[same[0]]["scheme"] == self.benefits[same[1]]["scheme"]:
                    continue
                self.rules.append((kind, set(same)))
                body = "benefits = " + str([self.benefits[i]["id"] for i in same]).replace("'", '"')
            lines.append(f'[[{kind}]]\nid = "r{n}"\nsource = "卡"\nsays = "话"\n{body}')
        for name, facts in (("site", '["site"]'), ("bills", '["bills.value"]')):
            drawing = [b["id"] for b in self.benefits if b["paid"] in (name, "own" if name == "bills" else name)]
            lines.append(f'[costs.{name}]\nlabel = "{name}"\nfacts = {facts}\nbenefits = {drawing}'.replace("'", '"'))
        (folder / "rules.toml").write_text("\n".join(lines), encoding="utf-8")
        self.catalog = load_catalog(folder)
        assert self.catalog.check() == []

    def best(self, site: int, bills: list[tuple[int, bool]], known: dict[str, object]) -> tuple[int, int]:
        """Total and prudent total in fen, by trying all sets in all worlds that agree with what is known."""
        worlds = [dict(zip(WORLDS, w, strict=True)) for w in itertools.product(*WORLDS.values())]
        worlds = [w for w in worlds if all(w[fact] == value for fact, value in known.items())]
        count = len(self.benefits)
        draws, amounts = [], []
        for b in self.benefits:
            own = [value * b["share"] * 100 // 100 if b["paid"] == "bills" or (b["paid"] == "own" and mine) else 0 for value, mine in bills]
            draws.append(own)
            amounts.append({"site": site * b["share"], "award": b["share"] * 100}.get(b["paid"], sum(own)))
        fits = [[GATES[b["gate"]](w) for w in worlds] for b in self.benefits]
        apart = set()
        for i, j in itertools.combinations(range(count), 2):
            a, b = self.benefits[i], self.benefits[j]
            if a["scheme"] == b["scheme"] and a["one-of"]:
                apart.add((i, j))
            for kind, who in self.rules:
                if (kind == "exclusive" and {a["scheme"], b["scheme"]} == who) or (kind == "same_measure" and {i, j} == who):
                    apart.add((i, j))
        total = prudent = 0
        paying = [i for i in range(count) if amounts[i]]
        sets = [chosen for size in range(1, len(paying) + 1) for chosen in itertools.combinations(paying, size)]
        for chosen in sorted(sets, key=lambda chosen: -sum(amounts[i] for i in chosen)):
            if sum(amounts[i] for i in chosen) <= min(total, prudent):
                break
            if any(pair in apart for pair in itertools.combinations(chosen, 2)):
                continue
            if not any(all(fits[i][w] for i in chosen) for w in range(len(worlds))):
                continue
            once = sum(self.benefits[i]["paid"] == "site" for i in chosen) <= 1
            once = once and all(sum(draws[i][r] > 0 for i in chosen) <= 1 for r in range(len(bills)))
            if sum(amounts[i] for i in chosen) > (min(total, prudent) if once else total):
                value = self.paid(chosen, amounts, draws, site, bills)
                total, prudent = max(total, value), max(prudent, value) if once else prudent
        return total, prudent

    def paid(self, chosen: tuple[int, ...], amounts: list[int], draws: list[list[int]], site: int, bills: list[tuple[int, bool]]) -> int:
        edges: dict[tuple[object, object], int] = {("site", "sink"): site * 100}
        edges.update({(("bill", r), "sink"): value * 100 for r, (value, _) in enumerate(bills)})
        for i in chosen:
            into = next((("group", g) for g, (_, own) in enumerate(self.groups) if i in own), "source")
            if into != "source":
                edges["source", into] = self.groups[into[1]][0]
            edges[into, ("benefit", i)] = amounts[i]
            kind = self.benefits[i]["paid"]
            if kind in ("site", "award"):
                edges[("benefit", i), "site" if kind == "site" else "sink"] = amounts[i]
            else:
                edges.update({(("benefit", i), ("bill", r)): part for r, part in enumerate(draws[i])})
        return flow(edges, "source", "sink")


@pytest.mark.parametrize("seed", range(10))
def test_rules_costs_and_assumptions_against_brute_force(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 random instances between the two ways of solving: both totals are the most that any set comes to, all of whose
    conditions can hold at once."""
    monkeypatch.setattr(optimum, "SMALL", 0 if seed % 2 else optimum.SMALL)
    compare(seed, tmp_path, 40 if seed % 2 else 360)


def compare(seed: int, folder: Path, count: int) -> None:
    """``count`` random projects in a random catalogue."""
    rnd = random.Random(seed)
    town = Town(rnd, folder)
    for _ in range(count):
        known = {fact: rnd.choice(values) for fact, values in WORLDS.items() if rnd.random() < 0.3}
        site, bills = rnd.randrange(1, 150), [(rnd.randrange(1, 99), rnd.random() < 0.5) for _ in range(rnd.randrange(0, 4))]
        facts = {**known, "site": site, "bills": [{"value": value, "own": own} for value, own in bills]}
        answer = town.catalog.plan(facts, allow_conditional=True, as_of=DAY)
        total, prudent = (int(Decimal(said) * 100) for said in (answer["total"], answer["prudent"]["total"]))
        assert (total, prudent) == town.best(site, bills, known), (seed, facts)
        assert answer["proved"] and answer["prudent"]["proved"] and prudent <= total
        assert sum(Decimal(part["amount"]) for part in answer["cash"]) == Decimal(answer["total"])


# ---------------------------------------------------------------- when the money comes


BIG = ROOT / "examples" / "big-plant.toml"


def test_cash_comes_in_the_years_in_which_loans_begin(catalog: Catalog) -> None:
    """g07: three support years of 3000万元 from 2022, and in the first the two others, 1000万元 together under their cap."""
    import tomli

    document = tomli.loads(BIG.read_text(encoding="utf-8"))
    years = [("2022", "40000000.00"), ("2023", "30000000.00"), ("2024", "30000000.00")]
    assert [(part.period, part.amount) for part in catalog.estimate(document["facts"], scheme="g07").cash] == years
    answer = catalog.plan(document, schemes=["g07"], as_of=DAY)
    assert [(part["period"], part["amount"]) for part in answer["cash"]] == years


def test_loans_that_begin_in_different_years_share_a_support_year(catalog: Catalog) -> None:
    """5.04 pays two loans of the same kind for their whole terms; the one that begins a year later is paid a year later. All parts add
    up to the amount, to the fen."""
    loans = [loan("3000万元", "1.9%"), loan("3000万元", "1.9%", start="2024-03-01", end="2027-03-01")]
    result = catalog.estimate(like("5.04", loans=loans), scheme="5.04")
    assert [part.period for part in result.cash] == ["2023", "2024", "2025", "2026"]
    assert sum(Decimal(part.amount) for part in result.cash) == Decimal(result.total or 0)
    # 30,000,000 × 1.9% × 366 / 360, the year from 2023-03-01 has 366 days
    assert abs(Decimal(result.cash[0].amount) - Decimal("579500.00")) <= Decimal("0.01")


def test_without_dates_cash_has_numbered_years(catalog: Catalog) -> None:
    answer = catalog.plan(like("g09", eligible_investment="1000万元"), schemes=["g09"], as_of=DAY)
    assert answer["cash"] == [{"period": "year 1", "amount": "2000000.00"}]


def test_the_command_and_the_pages_tell_cash_by_year(tmp_path: Path) -> None:
    from command import run

    said = run("estimate examples/big-plant.toml -s g07 --as-of 2023-03-01").out
    assert "逐年到账" in said and "2024年" in said and "40,000,000.00" in said
    page = tmp_path / "a.html"
    assert run(f"estimate examples/big-plant.toml -s g07 --as-of 2023-03-01 -o {page}").code == 0
    assert "逐年到账" in page.read_text(encoding="utf-8")


def test_a_batch_draws_on_each_loan_as_a_plan_does(catalog: Catalog, tmp_path: Path) -> None:
    """Three projects with two loans each: best and prudent total of a row are those of its plan."""
    import csv

    base = like("1.21", "5.04")
    plain = {key: value for key, value in base.items() if not isinstance(value, list)}
    rows, records, expected = [], [], {}
    for number, (low, high, kind) in enumerate((("1.0%", "6.0%", "fixed_asset"), ("0.5%", "0.6%", "fixed_asset"), ("4%", "4%", "working_capital")), 1):
        loans = [loan("8000万元", low, kind=kind, contract_date="2023-03-01"), loan("5000万元", high, kind="fixed_asset", contract_date="2021-01-01")]
        rows.append({"id": f"p{number}", **plain})
        records += [{"id": f"p{number}", **one} for one in loans]
        answer = catalog.plan({**base, "loans": loans}, schemes=["1.21", "5.04"], as_of=DAY)
        expected[f"p{number}"] = (answer["total"], answer["prudent"]["total"])
    for name, found in (("projects", rows), ("loans", records)):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(found[0]))
            table.writeheader()
            table.writerows(found)
    items = {"loans": str(tmp_path / "loans.csv")}
    catalog.batch(tmp_path / "projects.csv", tmp_path / "out.csv", schemes=["1.21", "5.04"], shape="wide", plan=True, items=items, as_of=DAY)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["id"]: (row["best_total"], row["prudent_total"]) for row in csv.DictReader(file)} == expected
    assert expected["p3"][0] == expected["p3"][1]  # on different loans both are prudent


def test_no_cost_of_the_catalogue_is_overdrawn(catalog: Catalog) -> None:
    """Random projects on many schemes at once: what is paid of each cost is within it, in both totals; prudent pays each once."""
    rnd = random.Random(7)
    cards = ("1.01", "1.02", "1.18", "1.21", "2.01", "3.02", "3.06", "3.13", "4.85", "5.04", "g07", "g09", "g10", "g15", "g16")
    felt = 0
    for _ in range(25):
        some = rnd.sample(cards, 6)
        money = f"{rnd.randrange(100, 20000)}万元"
        spent = ("total_investment", "fixed_asset_investment", "eligible_investment", "approved_investment", "challenge_project_investment")
        same = dict.fromkeys(spent, money)
        loans = [loan(f"{rnd.randrange(100, 20000)}万元", f"{rnd.randrange(5, 50) / 10}%", kind="fixed_asset") for _ in range(rnd.randrange(1, 4))]
        facts = like(*some, **same, loans=loans)
        answer = catalog.plan(facts, schemes=some, allow_conditional=True, as_of=DAY)
        values = catalog.read(facts, catalog.ids)
        for part in (answer, answer["prudent"]):
            amounts = {f"{e['scheme']}/{e['benefit']}": Decimal(e["amount"]) for e in part["chosen"]}
            cut = sum(amounts.values()) - Decimal(part["total"])
            for cost in catalog.rules.costs.values():
                limit = measured(cost, values, DayCount(catalog.about.basis)).limit
                drawing = [amount for key, amount in amounts.items() if cost.covers(key)]
                if limit is not None and drawing:
                    assert sum(drawing) - cut <= Decimal(limit) / 100, (cost.id, facts)
                    felt += sum(drawing) > Decimal(limit) / 100
                    assert part is answer or cost.interest or len(drawing) == 1
        assert Decimal(answer["prudent"]["total"]) <= Decimal(answer["total"])
        assert answer["proved"] and answer["prudent"]["proved"]
    assert felt > 0
