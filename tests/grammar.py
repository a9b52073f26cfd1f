"""Random scheme files from the grammar of the language: every mechanism, at any depth, now and then with nonsense in a slot."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

FACTS = """
[units]
kwh = "千瓦时"
[saved]
type = "kwh"
label = "节电"
[rent]
type = "money"
per = "平方米/月"
label = "租金"
[area]
type = "area"
label = "面积"
[term]
type = "years"
label = "年限"
[loans]
type = "list"
label = "贷款"
[loans.fields]
principal = { type = "money", label = "本金" }
rate = { type = "percent", label = "利率" }
start = { type = "date", label = "起" }
end = { type = "date", label = "止" }
"""
NONSENSE = (
    "", "a +", "rows", "20", 5, True, [], {}, "p", "kind", "fields", "a * a", "sum", "rows.sum", "max(a)", "a / b", "LPR", {"percent": "20"},
    {"percent": "5%", "of": "kind"}, {"each": "loans"}, {"each": "nothing", "amount": "1元"}, {"sum": []}, {"best": ["1元"]}, {"by": "kind"},
    {"by": "a", "tiers": [{"up_to": "b", "amount": "1元"}]}, {"cases": [{"otherwise": "1元"}]}, {"value": "a", "round": {"to": "b"}}, "a - b",
    {"interest_on": "rows", "rate": "1%"}, {"interest_on": "loans", "rate": "actual", "years": "term", "basis": 364}, {"count": "rows"}, "(" * 70 + "a",
)  # fmt: skip


class Grammar:
    """Writes the parts of a scheme, each of its type, no deeper than ``depth``; one slot in ``odd`` gets nonsense."""

    def __init__(self, random: Random, odd: int = 60) -> None:
        self.random = random
        self.odd = odd

    def one(self, *options: Any) -> Any:
        """One of several; of functions what one gives."""
        found = self.random.choice(options)
        return found() if callable(found) else found

    def maybe(self, chance: float) -> bool:
        """Yes, that often."""
        return self.random.random() < chance

    # ------------------------------------------------------------ expressions

    def figure(self) -> str:
        """An amount."""
        return f"{self.random.choice((1, 3, 5, 20, 50))}{self.random.choice(('万元', '万元', '元', '亿元'))}"

    def share(self) -> str:
        """A percentage."""
        return self.one("10%", "2.5%", "100%", "0.5‰", "50% + 5%")

    def day(self, records: str) -> str:
        """A date."""
        fields = {"rows": ("day", "until"), "loans": ("start", "end")}.get(records, ("day", "until"))
        return self.one(*fields, "2024-03-31", f"years_after({fields[0]}, 2)", f"months_after({fields[0]}, 7)", f"min({fields[0]}, {fields[1]})")

    def number(self, records: str) -> str:
        """A count or plain number."""
        day = {"rows": "day", "loans": "start"}.get(records, "day")
        return self.one("count", "3", "0", "count(rows where open)", f"days({day}, 2024-12-31)", "position" if records else "year(day)", "count + 2")

    def test(self, records: str, depth: int = 2) -> str:
        """A condition."""
        if depth and self.maybe(0.3):
            return f"({self.test(records, depth - 1)}) {self.one('and', 'or')} ({self.test(records, depth - 1)})"
        sign = self.one(">=", ">", "<=", "<", "==", "!=")
        own = {
            "rows": ("open", "kind == x", "tags has one", "not open", "given(sum)", f"sum {sign} {self.figure()}"),
            "loans": (f"principal {sign} {self.figure()}", f"actual {sign} LPR", "rate <= 5%", "given(end)"),
        }.get(records, ("fields has_any [wide, art]", "kind in [x, z]", "any(rows where open)", f"largest(rows.sum) {sign} {self.figure()}"))
        return self.one(
            "p", "not p", f"{self.money(records, 1)} {sign} {self.money(records, 1)}", f"{self.day(records)} {sign} {self.day(records)}",
            f"{self.number(records)} {sign} {self.number(records)}", "months(day, until) >= 6个月", "not given(a)", "saved >= 2万千瓦时", *own,
        )  # fmt: skip

    def money(self, records: str, depth: int) -> str:
        """An amount as an expression."""
        fields = {"rows": ("sum",), "loans": ("principal",)}.get(records, ("a", "b", "sum(rows.sum)", "largest(rows.sum where open)", "saved * 0.3元/千瓦时"))
        if not depth or self.maybe(0.3):
            return self.one(*fields, *fields, "a", self.figure)
        left, right = self.money(records, depth - 1), self.money(records, depth - 1)
        return self.one(
            f"{self.share()} * ({left})" if self.maybe(0.5) else f"({left}) * {self.number(records)}", f"{left} + {right}", f"max(0元, ({left}) - ({right}))",
            f"min({left}, {right})", f"max({left}, {right})", "min(rent, 90元/平方米/月) * area * months(day, until)",
        )  # fmt: skip

    # ------------------------------------------------------------ forms

    def form(self, records: str = "", depth: int = 3) -> Any:
        """What may stand in the slot of an amount."""
        if self.random.randrange(self.odd) == 0:
            return self.one(*NONSENSE)
        if not depth or self.maybe(0.25):
            return self.money(records, 2)
        inner = [self.percent, self.per_unit, self.cases, self.by_kind, self.tiers, self.marginal, self.exact, self.parts, self.best]
        made = self.random.choice([*inner, *([] if records else [self.each, self.each, self.counted, self.interest])])(records, depth - 1)()
        if "interest_on" in made or self.maybe(0.6):
            return made
        way = self.one("down", "up", "nearest")
        more: dict[str, Any] = {"at_most": self.limit(records), "at_least": "100元", "pays_from": "2万元", "round": {"to": "1000元", "way": way}}
        return made | {key: more[key] for key in self.random.sample(list(more), self.random.randint(1, 2))}

    def limit(self, records: str) -> Any:
        """A limit."""
        return self.one(self.figure, f"50% * ({self.money(records, 1)})", {"by": "kind", "x": "3万元", "otherwise": "2万元"})

    def rate(self, records: str) -> Any:
        """A percentage, perhaps a table."""
        cases = [{"when": self.test(records, 1), "value": "30%"}, {"otherwise": self.share()}]
        return self.one(self.share, self.share, {"by": "kind", "x": "10%", "y": "20%"}, {"cases": cases})

    def percent(self, records: str, depth: int) -> Any:
        """A share of a base."""
        return lambda: {"percent": self.rate(records), "of": self.form(records, depth)}

    def per_unit(self, records: str, depth: int) -> Any:
        """So much a unit."""
        return lambda: self.one({"per_unit": "300元", "quantity": self.number(records)}, {"per_unit": "0.5元/千瓦时", "quantity": "saved"})

    def cases(self, records: str, depth: int) -> Any:
        """The first case that holds."""
        def made() -> Any:
            listed = [{"when": self.test(records), "amount": self.form(records, depth)} for _ in range(self.random.randint(1, 3))]
            return {"cases": [*listed, *([{"otherwise": self.form(records, depth)}] if self.maybe(0.5) else [])]}

        return made

    def by_kind(self, records: str, depth: int) -> Any:
        """By category."""
        return lambda: {"by": "kind", "x": self.form(records, depth), "y": self.figure(), **({"otherwise": self.figure()} if self.maybe(0.4) else {})}

    def tiers(self, records: str, depth: int) -> Any:
        """A bracket table."""
        rows = [{"below": "10万元", "amount": "1万元"}, {"from": "10万元", "up_to": "1亿元", "amount": self.form(records, depth)}]
        subject = self.one("a", "a + b", "sum" if records == "rows" else "b")
        return lambda: {"by": subject, "tiers": rows + ([{"over": "1亿元", "percent": "1%", "of": subject}] if self.maybe(0.5) else [])}

    def marginal(self, records: str, depth: int) -> Any:
        """Slices, each at its own rate."""
        bound = self.one("20万元", "b", "max(b, 5万元)")
        money = {"by": "a", "marginal": True, "tiers": [{"up_to": bound, "percent": "10%"}, {"over": bound, "value": "5%"}]}
        count = {"by": "count", "marginal": True, "tiers": [{"up_to": 2, "per_unit": "3万元"}, {"from": 3, "per_unit": "1万元"}]}
        return lambda: self.one(money, count)

    def exact(self, records: str, depth: int) -> Any:
        """Exact values."""
        day = {"rows": "day", "loans": "start"}.get(records, "day")
        return lambda: {"by": f"year({day})", "2023": self.figure(), "2024": self.form(records, depth), **({"otherwise": "1元"} if self.maybe(0.5) else {})}

    def parts(self, records: str, depth: int) -> Any:
        """Parts that add up."""
        def made() -> Any:
            listed = [self.form(records, depth) for _ in range(self.random.randint(1, 2))]
            return {"sum": [*listed, {"when": self.test(records), "amount": self.form(records, depth)}]}

        return made

    def best(self, records: str, depth: int) -> Any:
        """The largest that fits."""
        return lambda: {"best": [self.form(records, depth), {"when": self.test(records), "amount": self.form(records, depth)}]}

    def each(self, records: str, depth: int) -> Any:
        """Each record, added up."""
        def made() -> Any:
            value = self.form("rows", depth)
            found = {"each": "rows", **(value if isinstance(value, dict) and "each" not in value else {"amount": value})}
            more: dict[str, Any] = {
                "where": self.test("rows"), "top": self.random.randint(1, 2), "merge_by": "kind", "require": ["sum >= 0元"],
                "group": {"group_by": "kind", "take": self.one("sum", "max")},
                "grouped": {"group_by": "kind", "group_at_most": self.figure()},
                "each": {"group_by": "kind", "top_each": 1},
                "year": {"year": "year(day)", **({"first_years": 2} if self.maybe(0.4) else {})},
                "years": {"years": self.random.randint(1, 3)},
            }  # fmt: skip
            for key in self.random.sample(list(more), self.random.randint(0, 2)):
                found |= more[key] if isinstance(more[key], dict) else {key: more[key]}
            return found

        return made

    def counted(self, records: str, depth: int) -> Any:
        """How many records count."""
        def made() -> Any:
            tiers = {"tiers": [{"from": 1, "up_to": 2, "amount": "1万元"}, {"from": 3, "amount": self.form("", depth)}]}
            return {"count": "rows", "where": self.test("rows"), **self.one({"per_unit": "2万元"}, tiers)}

        return made

    def interest(self, records: str, depth: int) -> Any:
        """Interest."""
        def made() -> Any:
            found: dict[str, Any] = {"interest_on": "loans", "rate": self.one("actual", "min(LPR, actual)", "LPR_5Y / 2", "min(2%, actual)")}
            more = {
                "where": self.test("loans"), "years": self.one(2, "18个月", "1.5年", "term", 3), "basis": self.one(365, "30/360"),
                "per": self.one("month", "quarter"), "at_most": self.figure(), "repriced": "year",
            }  # fmt: skip
            return found | {key: more[key] for key in self.random.sample(list(more), self.random.randint(0, 3))}

        return made

    def benefit(self) -> dict[str, Any]:
        """All of a benefit beside its names."""
        found: dict[str, Any] = {"amount": self.form()}
        if self.maybe(0.6):
            found["when"] = [self.test("", 1) for _ in range(self.random.randint(1, 2))]
        if self.maybe(0.5):
            scopes = self.random.sample(("project", "year", "enterprise-year", "total"), self.random.randint(1, 2))
            found["limits"] = [{"at_most": self.limit(""), "per": scope, **({"when": "p"} if self.maybe(0.2) else {})} for scope in scopes]
        more = {
            "schedule": self.one({"shares": ["1/3", "1/3", "1/3"]}, {"years": ["10万元", self.figure()]}), "disbursement": ["60%", "40%"],
            "round": {"to": "100元"}, "pays_from": "1万元", "at_least": "500元",
        }  # fmt: skip
        return found | {key: more[key] for key in more if self.maybe(0.15)}

    # ------------------------------------------------------------ projects

    def project(self) -> dict[str, Any]:
        """A project: each fact given or not."""
        def amount() -> str:
            return self.one("0", "3", "5万元", "20万元", "199999.99", "1亿元", "12345678.91")

        def date() -> str:
            return (dt.date(2022, 11, 30) + dt.timedelta(self.random.randint(0, 900))).isoformat()

        def record(fields: dict[str, Any]) -> dict[str, Any]:
            return {key: self.one(value) for key, value in fields.items() if self.maybe(0.9)}

        def some(*options: Any) -> Any:
            return lambda: self.one(*options)

        rows = {"sum": amount, "kind": some("x", "y"), "day": date, "until": date, "open": some("是", "否"), "tags": some("one", "one,two")}
        loans = {"principal": amount, "rate": some("3%", "4.35%", "0.5%"), "start": date, "end": some("2025-12-31", "2026-02-28", "2030-06-15")}
        facts = {
            "a": amount, "b": amount, "p": some("是", "否"), "count": some(0, 1, 2, 3, 7), "kind": some("x", "y", "z"), "day": date, "until": date,
            "fields": some("ic", "art", "robots,art"), "saved": some("0", "3万千瓦时", "12345.6"), "rent": some("50元/平方米/月", "120"),
            "area": some("100平方米", "33.5"), "term": some("1年", "2年", "1.5年"),
            "rows": lambda: [record(rows) for _ in range(self.random.randint(0, 4))],
            "loans": lambda: [record(loans) for _ in range(self.random.randint(0, 3))],
        }  # fmt: skip
        return record(facts)


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {toml(one)}' for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'
