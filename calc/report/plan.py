"""A plan as people read it: blocks for the terminal and Markdown, CSV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from calc.characters import CsvRows, plain_markdown
from calc.estimate.benefit import label, title, validity
from calc.language.masks import bits
from calc.language.names import short
from calc.messages import listed, text
from calc.questions.plan.called import EQUITY, EXCLUDED, called, meanings
from calc.questions.plan.paid import Candidate
from calc.questions.plan.plan import Plan, cash
from calc.questions.plan.problem import Best
from calc.report.blocks import Block, Line, ends, markdown, printed, row
from calc.report.estimate import lapsed
from calc.report.words import in_state, period_words, rule_words, support_year
from calc.store.rules import Rule
from calc.units import fen_text, grouped

EACH = ("enterprise", "projects", "total", "prudent_total", "proved", "chosen", "warnings")
COLUMNS = ("enterprise", "part", "project", "scheme", "benefit", "title", "label", "amount", "detail")


def blocks(plan: Plan) -> list[Block]:
    """A plan as blocks, the answer first: the totals, what is chosen, when the money comes, what is taken to hold; then the reasons."""
    return [block for block in (*answer(plan), *reasons(plan)) if block.lines]


def answer(plan: Plan) -> list[Block]:
    """The first page: totals, what is chosen, the cash by year, what is taken to hold."""
    totals = Block(text("plan.answer"))
    totals.lines.append(Line(text("plan.total"), "" if plan.chosen else text("plan.nothing"), _yuan(plan.best.value), "total"))
    totals.lines.append(Line(text("plan.prudent"), apart(plan), _yuan(plan.prudent.value), "total"))
    chosen = Block(text("plan.chosen"), "", "", "", [line for item in plan.chosen for line in _chosen(plan, item)])
    if cut := sum(item.amount for item in plan.chosen) - plan.best.value:
        chosen.lines.append(Line("", text("plan.cut"), "-" + _yuan(cut), "limit"))
    money = Block(text("plan.cash.title"))
    money.lines = [Line("", period_words(part["period"]), grouped(part["amount"])) for part in cash(plan)]
    held = Block(text("plan.assumptions"), text("plan.assumptions.said"))
    for said, on in plan.assumptions():
        cards = listed(dict.fromkeys(_card(item.scheme.id) for item in on))
        held.lines.append(Line("", text("plan.assumed", condition=said, cards=cards), "", "unknown"))
    return [totals, chosen, money, held]


def reasons(plan: Plan) -> list[Block]:
    """What is left out and why, the next best, what rules cost, what to ask and to mind."""
    left_out = plan.left_out()
    left = Block(text("plan.left"), "", "", "", [line for item, why in left_out for line in _left(plan, item, why)])
    others = Block(text("plan.alternatives"), text("plan.alternatives.said"))
    others.lines = [Line(str(n), changed(plan, other), _yuan(other.value)) for n, other in enumerate(plan.alternatives, 1)]
    costs = Block(text("plan.rules"))
    felt = dict.fromkeys([*(id for id, cost in plan.costs.items() if cost), *(id for _, why in left_out for id in why)])
    costs.lines = [Line("", rule_words(names, meaning), "" if cost is None else f"+{_yuan(cost)}") for names, meaning, cost in costly(plan, felt)]
    if idle := called(plan.catalog, (id for id in plan.costs if id not in felt)):
        costs.lines.append(Line("", text("plan.rules.idle", rules=listed(idle)), "", "faint"))
    asked = Block(text("plan.questions"), "", "", "", list(_asked(plan)))
    told = Block(text("plan.notices"))
    for rule, cards in noticed(plan):
        told.lines.append(Line("", text("plan.said", what=listed(cards), said=rule.wording) + text("plan.source", source=rule.source)))
    return [left, others, costs, asked, told]


def costly(plan: Plan, ids: Iterable[str]) -> list[tuple[str, str, int | None]]:
    """Rules, caps, costs and assumptions: what they are called, what they say, what they cost (``None``: not looked at); those that say
    and cost the same in one."""
    alike: dict[tuple[str, int | None], list[str]] = {}
    for id, meaning in meanings(plan.catalog, ids).items():
        alike.setdefault((meaning, plan.costs.get(id)), []).append(id)
    return [(listed(called(plan.catalog, same)), meaning, cost) for (meaning, cost), same in alike.items()]


def noticed(plan: Plan) -> list[tuple[Rule, list[str]]]:
    """What to mind when applying, each with the cards of the chosen benefits that it is about."""
    return [
        (rule, list(dict.fromkeys(_card(item.scheme.id) for item in plan.chosen if rule.covers(item.scheme.id, item.key)))) for rule in plan.notices()
    ]


def apart(plan: Plan) -> str:
    """What makes the difference between the total and the prudent one, in a line."""
    extra = [plan.items[i] for i in bits(plan.best.chosen & ~plan.prudent.chosen)]
    if plan.prudent.value == plan.best.value or not extra:
        return text("plan.prudent.same")
    return text("plan.prudent.apart", less=_yuan(plan.best.value - plan.prudent.value), benefits=listed(map(named, extra)))


def named(item: Candidate) -> str:
    """A benefit as people call it: card and label."""
    return f"{_card(item.scheme.id)} {label(item.benefit)}"


def particulars(plan: Plan, item: Candidate) -> tuple[str, str, str]:
    """How sure an amount is, who pays, and when to apply."""
    contact, window = item.benefit.contact, item.benefit.window
    office = (contact.office if contact is not None else "") or item.scheme.source["authority"] or ""
    return text(f"plan.basis.{plan.basis(item)}"), office, window.words if window is not None and window.words else text("calendar.silent")


def not_in_force(plan: Plan, item: Candidate) -> str:
    """That the scheme of a benefit is not in force on the day of the plan; empty where it is."""
    return lapsed(item.scheme, validity(item.scheme, plan.as_of))


def marked(plan: Plan, item: Candidate, name: str) -> str:
    """The ``name`` of a benefit, with the state of its scheme where that is not in force."""
    return in_state(name, validity(item.scheme, plan.as_of))


def proof(plan: Plan) -> str:
    """How sure it is that nothing is better, in plain words."""
    if plan.best.proved:
        return text("plan.proved", total=_yuan(plan.best.value), count=len(plan.items))
    return text("plan.unproved", total=_yuan(plan.best.value), bound=_yuan(plan.best.bound))


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
    yield Line("", text("word.semicolon").join(particulars(plan, item)), "", "open" if plan.basis(item) == "assumed" else "faint")
    if said := not_in_force(plan, item):
        yield Line("", said, "", "open")
    years = item.years or []
    if years:
        yield Line("", text("word.semicolon").join(f"{support_year(period)} {_yuan(amount)}" for period, amount in years))


def _left(plan: Plan, item: Candidate, because: Sequence[str]) -> Iterator[Line]:
    yield Line(_card(item.scheme.id), marked(plan, item, f"{_owner(plan, item)}{label(item.benefit)}"), _yuan(item.amount))
    yield Line("", why_not(plan, item, because), "", "faint")


def why_not(plan: Plan, item: Candidate, because: Sequence[str]) -> str:
    """Why a benefit is left out: the rules, the chosen ones in its way, and what it would cost to take it all the same."""
    if because in ([EQUITY], [EXCLUDED]):
        return text("plan.not", why=listed(called(plan.catalog, because)))
    by_key = {one.key: one for one in plan.chosen}
    said = text("plan.out", rules=listed(called(plan.catalog, because)))
    if blocking := [named(by_key[key]) for key in plan.blocking(item)]:
        said += text("plan.out.by", benefits=listed(blocking))
    loss = plan.loss(item)
    return said + (text("plan.out.never") if loss is None else text("plan.out.loss", loss=_yuan(loss)))


def _asked(plan: Plan) -> Iterator[Line]:
    """The questions whose answer would lift rules."""
    for question in (one for one in plan.questions if one["rules"]):
        yield Line("", question["label"], f"+{grouped(question['opens'])}", "unknown")
        yield Line("", text("plan.questions.rules", rules=listed(called(plan.catalog, question["rules"]))), "", "faint")


def changed(plan: Plan, other: Best) -> str:
    """What another combination does otherwise, and how much less it comes to."""

    def names(mask: int) -> str:
        return listed(f"{_owner(plan, plan.items[i])}{named(plan.items[i])}" for i in bits(mask)) or text("plan.nothing.else")

    chosen = plan.best.chosen
    apart = {"instead": names(other.chosen & ~chosen), "dropped": names(chosen & ~other.chosen)}
    return text("plan.alternative", less=_yuan(plan.best.value - other.value), **apart)


def results(plans: Sequence[tuple[str, Plan]]) -> list[list[str]]:
    """One row an enterprise: its name, how many projects, total, prudent total, and what is chosen."""
    found = []
    for name, plan in plans:
        chosen = listed(marked(plan, item, f"{_owner(plan, item)}{named(item)}") for item in plan.chosen)
        found.append([name, str(len(plan.names)), _yuan(plan.best.value), _yuan(plan.prudent.value), chosen])
    return found


RESULTS = ("plan.head.enterprise", "plan.head.projects", "plan.head.total", "plan.head.prudent", "plan.head.chosen")


def _results_table(plans: Sequence[tuple[str, Plan]], width: int) -> Any:
    from rich.box import SIMPLE_HEAD

    from calc.report.screen import figure_table

    return figure_table(list(map(text, RESULTS)), results(plans), width, (1, 2, 3), box=SIMPLE_HEAD, expand=True, padding=(0, 1), header_style="table.header")


def as_table(plans: Sequence[tuple[str, Plan]], width: int, color: bool) -> str:
    """Plans, each with its heading, as text of at most 120 columns."""
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, print_to_text, wrap

    width = min(width, WIDEST)
    parts: list[Any] = [_results_table(plans, width), Text("━" * width)] if len(plans) > 1 else []
    for name, plan in plans:
        parts += [ends(Text(wrap(name, width - 30), "bold"), Text(text("plan.most", total=_yuan(plan.best.value)), "bold"))]
        parts += [Text(wrap(proof(plan), width)), *printed(blocks(plan), width), Text("━" * width)]
        parts += [Text(wrap(text("breakdown.said", warning=warning), width), "yellow") for warning in plan.warnings]
    return print_to_text(Group(*parts), width, color)


def as_markdown(plans: Sequence[tuple[str, Plan]]) -> str:
    """Plans as Markdown, each under its heading."""
    lines: list[str] = []
    if len(plans) > 1:
        lines += [row(list(map(text, RESULTS))), "|---|---:|---:|---:|---|", *map(row, results(plans)), ""]
    for name, plan in plans:
        lines += [f"# {plain_markdown(name)}", "", f"**{text('plan.most', total=_yuan(plan.best.value))}**", "", plain_markdown(proof(plan))]
        lines += markdown(blocks(plan), 2)
        if plan.warnings:
            lines += ["", *(f"> {plain_markdown(text('breakdown.said', warning=warning))}" for warning in plan.warnings)]
        lines.append("")
    return "\n".join(lines)


def as_csv(plans: Sequence[tuple[str, Plan]]) -> str:
    """One row for each benefit chosen, left out or in an alternative, for each rule with its cost, and for the totals; of several
    enterprises one row each."""
    out = io.StringIO()
    rows = CsvRows(out)
    if len(plans) > 1:
        rows.add(EACH)
        for name, plan in plans:
            chosen = [(item.scheme.id, item.benefit.id, fen_text(item.amount)) for item in plan.chosen]
            said = ";".join(f"{scheme}/{benefit}={amount}" for scheme, benefit, amount in chosen)
            proved = "true" if plan.best.proved and plan.prudent.proved else "false"
            rows.add([name, str(len(plan.names)), fen_text(plan.best.value), fen_text(plan.prudent.value), proved, said, ";".join(plan.warnings)])
        return out.getvalue()
    rows.add(COLUMNS)
    for name, plan in plans:
        for line in _rows(plan):
            rows.add([name, *line])
    return out.getvalue()


def _rows(plan: Plan) -> Iterator[list[str]]:
    def cells(part: str, item: Candidate, detail: str) -> list[str]:
        place = plan.names[item.project]
        return [part, place, item.scheme.id, item.benefit.id, title(item.scheme), label(item.benefit), fen_text(item.amount), detail]

    for item in plan.chosen:
        yield cells("chosen", item, ";".join(f"{period}:{fen_text(amount)}" for period, amount in item.years or ()))
    bound = "" if plan.best.proved else f"bound:{fen_text(plan.best.bound)}"
    yield ["total", "", "", "", "", "", fen_text(plan.best.value), bound or "proved"]
    yield ["prudent_total", "", "", "", "", "", fen_text(plan.prudent.value), ";".join(plan.items[i].key for i in bits(plan.prudent.chosen))]
    for part in cash(plan):
        yield ["cash", "", "", "", "", "", part["amount"], part["period"]]
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
