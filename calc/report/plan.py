"""A plan as people read it: blocks for the terminal and Markdown, CSV."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from calc.characters import CsvRows, plain_markdown
from calc.estimate.benefit import label, title
from calc.language.names import short
from calc.messages import listed, text
from calc.questions.plan.combination import GROUP_CAP, SHARED
from calc.questions.plan.masks import bits
from calc.questions.plan.paid import Candidate
from calc.questions.plan.plan import EDITION, EQUITY, EXCLUDED, ONCE, ONE_OF, Plan, cash
from calc.questions.plan.problem import Best
from calc.report.blocks import Block, Line, ends, markdown, printed
from calc.units import fen_text, grouped

WORDS = (ONE_OF, GROUP_CAP, ONCE, SHARED, EQUITY, EXCLUDED, EDITION)
COLUMNS = ("enterprise", "part", "project", "scheme", "benefit", "title", "label", "amount", "detail")


def blocks(plan: Plan) -> list[Block]:
    """A plan as blocks: what is chosen, left out and why, the next best, what rules cost, what to ask and to mind."""
    names = {rule.id: rule.wording for rule in plan.catalog.rules.rules}
    names.update({f"cost:{cost.id}": text("plan.because.cost", cost=cost.wording) for cost in plan.catalog.rules.costs.values()})
    for id in {id for rules in plan.conflicts.pairs.values() for id in rules if id.startswith("assumption:")}:
        names[id] = text("plan.because.assumption", fact=plan.catalog.label(id.partition(":")[2]))
    left_out = plan.left_out()
    chosen = Block(text("plan.chosen"), "", "", "", [line for item in plan.chosen for line in _chosen(plan, item)])
    cut = sum(item.amount for item in plan.chosen) - plan.best.value
    if cut:
        chosen.lines.append(Line("", text("plan.cut"), "-" + _yuan(cut), "limit"))
    chosen.lines.append(Line(text("plan.total"), "" if plan.chosen else text("plan.nothing"), _yuan(plan.best.value), "total"))
    chosen.lines.append(Line(text("plan.prudent"), _apart(plan), _yuan(plan.prudent.value), "total"))
    chosen.lines += [Line("", text("plan.cash", period=_period(part["period"])), grouped(part["amount"]), "faint") for part in cash(plan)]
    left = Block(text("plan.left"), "", "", "", [line for item, why in left_out for line in _left(plan, item, why)])
    others = Block(text("plan.alternatives"), text("plan.alternatives.said"))
    others.lines = [Line(str(n), _combination(plan, other), _yuan(other.value)) for n, other in enumerate(plan.alternatives, 1)]
    costs = Block(text("plan.rules"))
    felt = dict.fromkeys([*(id for id, cost in plan.costs.items() if cost), *(id for _, why in left_out for id in why)])
    alike: dict[tuple[str, str], list[str]] = {}
    for id in felt:
        meaning = text(f"plan.because.{id}") if id in WORDS else names[id]
        alike.setdefault((meaning, f"+{_yuan(plan.costs[id])}" if id in plan.costs else ""), []).append(id)
    for (meaning, cost), ids in alike.items():
        costs.lines.append(Line("", meaning if ids[0] in WORDS else text("plan.said", what=listed(map(_word, ids)), said=meaning), cost))
    if idle := [_word(id) for id in plan.costs if id not in felt]:
        costs.lines.append(Line("", text("plan.rules.idle", rules=listed(idle)), "", "faint"))
    asked = Block(text("plan.questions"), "", "", "", list(_asked(plan.questions)))
    told = Block(text("plan.notices"))
    told.lines = [Line("", text("plan.said", what=rule.id, said=rule.wording) + text("plan.source", source=rule.source)) for rule in plan.notices()]
    return [block for block in (chosen, left, others, costs, asked, told) if block.lines]


def _apart(plan: Plan) -> str:
    """What makes the difference between the total and the prudent one."""
    extra = [plan.items[i] for i in bits(plan.best.chosen & ~plan.prudent.chosen)]
    if plan.prudent.value == plan.best.value or not extra:
        return text("plan.prudent.same")
    return text("plan.prudent.apart", benefits=listed(f"{i.scheme.id.partition('-')[0]} {label(i.benefit)}" for i in extra))


def _period(period: str) -> str:
    return text("plan.period", year=period.partition(" ")[2]) if period.startswith("year ") else period


def proof(plan: Plan) -> str:
    """How sure it is that nothing is better, in plain words."""
    if plan.best.proved:
        return text("plan.proved", total=_yuan(plan.best.value), count=len(plan.items))
    return text("plan.unproved", total=_yuan(plan.best.value), bound=_yuan(plan.best.bound))


def _word(id: str) -> str:
    if id.startswith("assumption:"):
        return text("plan.word.assumption")
    return text(f"plan.word.{id}") if id in WORDS else id


def _yuan(amount: int) -> str:
    return grouped(fen_text(amount))


def _card(id: str) -> str:
    return short(id)


def _owner(plan: Plan, item: Candidate) -> str:
    return text("plan.said", what=plan.names[item.project], said="") if plan.several else ""


def _chosen(plan: Plan, item: Candidate) -> Iterator[Line]:
    yield Line(_card(item.scheme.id), f"{_owner(plan, item)}{label(item.benefit)}", _yuan(item.amount), "sum")
    if title(item.scheme) != label(item.benefit):
        yield Line("", title(item.scheme), "", "faint")
    years = item.years or []
    if years:
        yield Line("", "；".join(f"{text('breakdown.period', period=period)} {_yuan(amount)}" for period, amount in years))
    if item.outcome.assumed:
        facts = listed(plan.catalog.facts.name_of(path) for path in item.outcome.assumed)
        yield Line("", text("plan.assumes", facts=facts), "", "open")


def _left(plan: Plan, item: Candidate, because: Sequence[str]) -> Iterator[Line]:
    yield Line(_card(item.scheme.id), f"{_owner(plan, item)}{label(item.benefit)}", _yuan(item.amount))
    yield Line("", text("plan.out", rules=listed(map(_word, because))), "", "faint")


def _asked(questions: Sequence[dict[str, Any]]) -> Iterator[Line]:
    """The questions, those that turn on the same in one."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for question in questions:
        if question["rules"]:
            about, opens = text("plan.questions.rules", ids=listed(question["rules"])), f"+{grouped(question['opens'])}"
        else:
            about, opens = text("plan.questions.assumed", ids=listed(map(_card, question["schemes"]))), grouped(question["opens"])
        alike.setdefault((about, opens, question["fact"] if question["rules"] else ""), []).append(question["label"])
    for (about, opens, _), labels in alike.items():
        yield Line("", listed(labels), opens, "unknown")
        yield Line("", about, "", "faint")


def _combination(plan: Plan, other: Best) -> str:
    items = listed(f"{_owner(plan, item)}{_card(item.scheme.id)} {label(item.benefit)}" for item in (plan.items[i] for i in bits(other.chosen)))
    return text("plan.alternative", less=_yuan(plan.best.value - other.value), items=items)


def as_table(plans: Sequence[tuple[str, Plan]], width: int, color: bool) -> str:
    """Plans, each with its heading, as text of at most 120 columns."""
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, print_to_text, wrap

    width = min(width, WIDEST)
    parts: list[Any] = []
    for name, plan in plans:
        parts += [ends(Text(wrap(name, width - 30), "bold"), Text(text("plan.most", total=_yuan(plan.best.value)), "bold"))]
        parts += [Text(wrap(proof(plan), width)), *printed(blocks(plan), width), Text("━" * width)]
        parts += [Text(wrap(text("breakdown.said", warning=warning), width), "yellow") for warning in plan.warnings]
    return print_to_text(Group(*parts), width, color)


def as_markdown(plans: Sequence[tuple[str, Plan]]) -> str:
    """Plans as Markdown, each under its heading."""
    lines: list[str] = []
    for name, plan in plans:
        lines += [f"# {plain_markdown(name)}", "", f"**{text('plan.most', total=_yuan(plan.best.value))}**", "", proof(plan)]
        lines += markdown(blocks(plan), 2)
        if plan.warnings:
            lines += ["", *(f"> {text('breakdown.said', warning=warning)}" for warning in plan.warnings)]
        lines.append("")
    return "\n".join(lines)


def as_csv(plans: Sequence[tuple[str, Plan]]) -> str:
    """One row for each benefit chosen, left out or in an alternative, for each rule with its cost, and for the total."""
    out = io.StringIO()
    rows = CsvRows(out)
    rows.add(COLUMNS)
    for name, plan in plans:
        for row in _rows(plan):
            rows.add([name, *row])
    return out.getvalue()


def _rows(plan: Plan) -> Iterator[list[str]]:
    def cells(part: str, item: Candidate, detail: str) -> list[str]:
        place = plan.names[item.project]
        return [part, place, item.scheme.id, item.benefit.id, title(item.scheme), label(item.benefit), fen_text(item.amount), detail]

    for item in plan.chosen:
        yield cells("chosen", item, ";".join(f"{period}:{fen_text(amount)}" for period, amount in item.years or ()))
    bound = "" if plan.best.proved else f"bound:{fen_text(plan.best.bound)}"
    yield ["total", "", "", "", "", "", fen_text(plan.best.value), bound or "proved"]
    for item, because in plan.left_out():
        yield cells("left_out", item, ";".join(because))
    for number, other in enumerate(plan.alternatives, 1):
        for i in bits(other.chosen):
            yield cells(f"alternative-{number}", plan.items[i], "")
        yield [f"alternative-{number}-total", "", "", "", "", "", fen_text(other.value), ""]
    for id, cost in plan.costs.items():
        yield ["rule", "", "", "", "", "", fen_text(cost), id]
    for question in plan.questions:
        yield ["question", "", ";".join(question["schemes"]), "", "", question["label"], question["opens"], question["fact"]]
