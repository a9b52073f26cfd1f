"""A plan and a match as pages to hand in: one self-contained HTML file each that prints to A4, the answer first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from calc.estimate.benefit import label
from calc.language.names import short
from calc.messages import language, listed, text
from calc.questions.plan.plan import Plan, cash
from calc.report import match as matched
from calc.report import plan as planned
from calc.report.html import facts_given, head, page, signatures
from calc.report.words import period_words
from calc.units import capital, fen_text, grouped

if TYPE_CHECKING:
    from calc.facts import Facts
    from calc.questions.plan.paid import Candidate
    from calc.report.blocks import Block
    from calc.store.store import Store

Cell = tuple[str, str]  # what a cell says, and its class


def _t(key: str, **values: object) -> str:
    return escape(text(key, **values))


def _table(heads: Sequence[Cell], rows: Iterable[Sequence[Cell]], foot: Sequence[Cell] = (), kind: str = "wide") -> str:
    """A table of cells that are HTML already."""

    def line(cells: Sequence[Cell], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag} class='{look}'>{said}</{tag}>" for said, look in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    last = f"<tfoot>{line(foot, 'td')}</tfoot>" if foot else ""
    return f"<table class='{kind}'><thead>{line(heads, 'th')}</thead><tbody>{body}</tbody>{last}</table>"


def _section(title: str, *parts: str, look: str = "") -> str:
    return f"<section class='{look}'><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _warned(warnings: Sequence[str]) -> list[str]:
    """What is to be minded, as a section; nothing where that is nothing."""
    said = (f"<li>{escape(one)}</li>" for one in warnings)
    return [_section(text("pages.warnings"), "<ul class='warnings'>", *said, "</ul>")] if warnings else []


# ---------------------------------------------------------------- plan


def plan_page(plans: Sequence[tuple[str, Plan]], as_of: dt.date) -> str:
    """Plans as a page; of several enterprises first the table of their totals."""
    kind = text("pages.plan")
    parts: list[str] = []
    if len(plans) > 1:
        parts.append(head(kind, text("pages.enterprises", count=len(plans)), as_of))
        looks = ("", "figure", "figure", "figure", "")
        heads = [(_t(key), look) for key, look in zip(planned.RESULTS, looks, strict=True)]
        rows = [[(escape(cell), look) for cell, look in zip(row, looks, strict=True)] for row in planned.results(plans)]
        parts.append(_section(text("pages.results"), _table(heads, rows)))
    for name, plan in plans:
        parts.append(head(kind, name, as_of) if len(plans) == 1 else f"<h1 class='next'>{escape(name)}</h1>")
        parts += [_answer(plan), _chosen(plan), _cash(plan), _assumed(plan), *_reasons(plan)]
        parts += _warned(plan.warnings)
        for name_, values in zip(plan.names, plan.facts, strict=True):
            given = facts_given(plan.catalog, values)
            parts.append(given if not plan.several else f"<h2 class='project'>{escape(name_)}</h2>{given}")
    parts.append(signatures())
    return page(f"{listed(name for name, _ in plans)} · {kind}", parts)


def _answer(plan: Plan) -> str:
    cells = []
    for key, best, said in (("plan.total", plan.best, text("plan.most.said")), ("plan.prudent", plan.prudent, planned.apart(plan))):
        amount = fen_text(best.value)
        words = f"<span class='capital'>{escape(text('html.capital', words=capital(amount)))}</span>" if language() == "zh" and best.value else ""
        cells.append(f"<div><p>{_t(key)}</p><b>{grouped(amount)}</b> {_t('word.yuan')}{words}<p class='soft'>{escape(said)}</p></div>")
    return f"<section class='answer'><div class='totals'>{''.join(cells)}</div><p class='soft'>{escape(planned.proof(plan))}</p></section>"


def _chosen(plan: Plan) -> str:
    keys = (("html.scheme", ""), ("xlsx.head.benefit", ""), ("html.amount", "figure"), ("pages.basis", ""), ("pages.payer", ""), ("xlsx.source.apply", ""))
    rows = []
    for item in plan.chosen:
        basis, payer, window = planned.particulars(plan, item)
        project = f"<br><span class='soft'>{escape(plan.names[item.project])}</span>" if plan.several else ""
        rows.append([
            (escape(short(item.scheme.id)), "card"),
            (_called(plan, item) + project, ""),
            (grouped(fen_text(item.amount)), "figure"),
            (escape(basis), f"basis {plan.basis(item)}"),
            (escape(payer), ""),
            (escape(window), ""),
        ])  # fmt: skip
    if cut := sum(item.amount for item in plan.chosen) - plan.best.value:
        rows.append([("", ""), (_t("plan.cut"), ""), (f"−{grouped(fen_text(cut))}", "figure"), ("", ""), ("", ""), ("", "")])
    if not rows:
        return _section(text("plan.chosen"), f"<p>{_t('plan.nothing')}</p>")
    foot = [(_t("plan.total"), ""), ("", ""), (grouped(fen_text(plan.best.value)), "figure"), ("", ""), ("", ""), ("", "")]
    return _section(text("plan.chosen"), _table([(_t(key), look) for key, look in keys], rows, foot, "wide chosen"))


def _called(plan: Plan, item: Candidate) -> str:
    """A benefit, and that its scheme is not in force."""
    said = planned.not_in_force(plan, item)
    return escape(label(item.benefit)) + (f"<br><b class='lapsed'>{escape(said)}</b>" if said else "")


def _cash(plan: Plan) -> str:
    parts = cash(plan)
    if not parts:
        return ""
    rows = [[(escape(period_words(part["period"])), ""), (grouped(part["amount"]), "figure")] for part in parts]
    foot = [(_t("plan.total"), ""), (grouped(fen_text(plan.best.value)), "figure")]
    return _section(text("plan.cash.title"), _table([(_t("html.period"), ""), (_t("html.amount"), "figure")], rows, foot, "small"))


def _assumed(plan: Plan) -> str:
    rows = [
        [(escape(said), ""), (escape(listed(dict.fromkeys(short(item.scheme.id) for item in on))), "")] for said, on in plan.assumptions()
    ]
    if not rows:
        return ""
    return _section(text("plan.assumptions"), _table([(_t("html.condition"), ""), (_t("html.scheme"), "")], rows))


def _reasons(plan: Plan) -> list[str]:
    """What is left out, in a table of its own, then the other reasons as they stand on the screen."""
    left, *others = planned.reasons(plan)
    found = []
    if left.lines:
        heads = [(_t("html.scheme"), ""), (_t("xlsx.head.benefit"), ""), (_t("html.amount"), "figure"), (_t("xlsx.head.because"), "")]
        rows = []
        for item, because in plan.left_out():
            project = f"<br><span class='soft'>{escape(plan.names[item.project])}</span>" if plan.several else ""
            called = _called(plan, item) + project
            rows.append([
                (escape(short(item.scheme.id)), "card"), (called, ""), (grouped(fen_text(item.amount)), "figure"),
                (escape(planned.why_not(plan, item, because)), ""),
            ])  # fmt: skip
        found.append(_section(left.title, _table(heads, rows, (), "wide left")))
    return found + [_block(block) for block in others if block.lines]


def _block(block: Block) -> str:
    rows = []
    for line in block.lines:
        said = escape(f"{line.label} {line.said}".strip())
        rows.append(f"<tr class='{line.mood}'><td>{said}</td><td class='figure'>{escape(line.value)}</td></tr>")
    note = f"<p class='soft'>{escape(block.said)}</p>" if block.said else ""
    return _section(block.title, note, f"<table class='wide lines'><tbody>{''.join(rows)}</tbody></table>")


# ---------------------------------------------------------------- match


def match_page(answer: dict[str, Any], name: str, facts: Facts, values: dict[str, Any], catalog: Store, top: int, as_of: dt.date) -> str:
    """A match as a page: how many entries of each kind, then each section, ``top`` entries (0: all)."""
    kind = text("pages.match")
    title = name or text("html.project.unnamed")
    parts = [head(kind, title, as_of), f"<section class='answer'><p><b class='line'>{escape(matched.summary(answer))}</b></p></section>"]
    for section in matched.SECTIONS:
        heads = [(_t(key), "figure" if key in FIGURES else "") for key in matched.HEADS[section]]
        found = matched.rows(answer, section, facts)
        shown = found[: top or None]
        rows = []
        for place, row in enumerate(shown):
            cells = [(escape(cell), look) for cell, (_, look) in zip(row, heads, strict=False)]
            if section != "questions":
                entry = answer[section][place]
                more = "<br>".join(escape(said) for said in (entry["title"], matched.whom(entry, facts)) if said)
                cells[1] = (f"{cells[1][0]}<br><span class='soft'>{more}</span>", "")
            rows.append(cells)
        rest = f"<p class='soft'>{_t('match.more', count=len(found) - len(shown))}</p>" if len(found) > len(shown) else ""
        table = _table(heads, rows) if rows else f"<p>{_t('match.none')}</p>"
        parts.append(_section(text(f"match.{section}") + text("word.brackets", said=len(found)), table, rest))
    parts.append(f"<p class='soft'>{escape(matched.outside(answer, facts))}</p><p class='soft'>{_t('match.alone')}</p>")
    parts += [*_warned(answer["warnings"]), facts_given(catalog, values), signatures()]
    return page(f"{title} · {kind}", parts)


FIGURES = ("match.amount", "match.most", "match.opens", "match.decides")
