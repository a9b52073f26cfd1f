"""A report to hand in: one self-contained HTML file that prints to A4. No script, no network; charts are inline SVG."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.language.names import short
from calc.language.render import applying, supplement_words
from calc.messages import language, listed, text
from calc.messages.currency import CNY, currency
from calc.report.estimate import lapsed, validity_said
from calc.report.quotes import quote_html
from calc.report.waterfall import MONEY, fen_of, fen_words, figure_of, waterfall
from calc.report.words import MARKS, bound_scope, cash_words, cut_words, fact_names, given_words, standing, support_year, words_of
from calc.units import capital, grouped

if TYPE_CHECKING:
    from calc.estimate.results import BenefitResult, SchemeResult
    from calc.language import model
    from calc.store.store import Store

def render_html(
    catalog: Store, project: Mapping[str, Any], results: Sequence[SchemeResult], as_of: dt.date | None = None,
    quotes: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:  # fmt: skip
    """The report on ``results`` for ``project`` (``name``, ``facts``), as of a day (default today).

    ``quotes``: what the user's texts say, by scheme and benefit. Raises ``InputError``.
    """
    values = catalog.read(project.get("facts", {}), [r.id for r in results])
    name = str(project.get("name") or text("html.project.unnamed"))
    day = as_of or dt.date.today()
    parts = [
        head(text("html.kind"), name, day),
        _overview(catalog, results),
        facts_given(catalog, values),
    ]
    parts.extend(_scheme(catalog, result, (quotes or {}).get(result.id, {})) for result in results)
    parts.append(_method(catalog))
    parts.append(signatures())
    return page(f"{name} · {text('html.kind')}", parts)


def page(title: str, parts: Iterable[str]) -> str:
    """A whole self-contained page with a title and the parts of its body."""
    return (
        f"<!DOCTYPE html>\n<html lang='{'zh-CN' if language() == 'zh' else 'en'}'>\n<head>\n<meta charset='utf-8'>\n"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def head(kind: str, name: str, day: dt.date) -> str:
    """The head of a page: what it is, of whom, as of which day."""
    return (
        f"<header><p class='kind'>{escape(kind)}</p><h1>{escape(name)}</h1>"
        f"<p class='dates'>{_t('html.as_of', day=_day(day))}</p></header>"
    )


def _t(key: str, **values: object) -> str:
    return escape(text(key, **values))


def _day(day: Any) -> str:
    """A date as it is written in letters: 2026年3月5日."""
    if isinstance(day, str):
        day = dt.date.fromisoformat(day)
    return text("html.day", year=day.year, month=day.month, day=day.day) if language() == "zh" else day.isoformat()


def _yuan(amount: str | None) -> str:
    """An amount in yuan with its sign; what is open in words."""
    return _t("html.open") if amount is None else f"<b>{grouped(amount)}</b> {_t('word.yuan')}"


# ---------------------------------------------------------------- overview and facts


def _overview(catalog: Store, results: Sequence[SchemeResult]) -> str:
    rows = []
    for result in results:
        more = ""
        if result.total is not None and language() == "zh" and currency() is CNY and result.total != "0.00":
            more = f"<br><span class='capital'>{escape(text('html.capital', words=capital(result.total)))}</span>"
        if result.total_if is not None and result.total_if != result.total:
            more += f"<br><span class='soft'>{_t('html.total_if', amount=grouped(result.total_if))}</span>"
        source = result.source
        state = f"<br><b class='lapsed'>{escape(said)}</b>" if (said := lapsed(catalog.scheme(result.id), result.validity)) else ""
        rows.append(
            f"<tr><td><a href='#{escape(result.id)}'>{escape(_head(result))} {escape(result.title)}</a><br>"
            f"<span class='soft'>{escape(source.document)}　{escape(source.authority)}</span></td>"
            f"<td class='state {result.status}'>{_t(f'status.{result.status}')}{state}</td>"
            f"<td class='figure'>{_yuan(result.total)}{more}</td></tr>"
        )
    head = f"<tr><th>{_t('html.scheme')}</th><th>{_t('xlsx.head.status')}</th><th class='figure'>{_t('html.most')}</th></tr>"
    note = f"<p class='soft'>{_t('html.several')}</p>" if len(results) > 1 else ""
    return (
        f"<section class='overview'><h2>{_t('html.overview')}</h2><table class='wide'><thead>{head}</thead>"
        f"<tbody>{''.join(rows)}</tbody></table>{note}</section>"
    )


def _head(result: SchemeResult) -> str:
    said = short(result.id)
    return said.upper() if re.fullmatch(r"[a-z]\d+(@.*)?", said) else said


def facts_given(catalog: Store, values: Mapping[str, Any]) -> str:
    """The facts of a project as a section."""
    cells = []
    lists = []
    for id, value in values.items():
        definition = catalog.facts[id]
        if isinstance(value, list):
            lists.append(_records(definition, value))
        else:
            cells.append(f"<td>{escape(definition.name)}</td><td class='figure'>{escape(definition.shown(value))}</td>")
    if len(cells) > 1 and len(cells) % 2:
        cells.append("<td></td><td></td>")
    rows = [f"<tr>{''.join(cells[k : k + 2])}</tr>" for k in range(0, len(cells), 2)]
    head = f"<th>{_t('xlsx.head.fact')}</th><th class='figure'>{_t('html.value')}</th>"
    table = f"<table class='facts'><thead><tr>{head * min(2, len(cells))}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f"<section><h2>{_t('html.facts')}</h2>{table if cells else ''}{''.join(lists)}</section>"


def _records(definition: Any, rows: Sequence[Mapping[str, Any]]) -> str:
    """A record list as a table with the fields given."""
    used = [f for f in definition.fields.values() if any(f.id in row for row in rows)]
    head = "".join(f"<th class='{'figure' if f.type in _FIGURES else ''}'>{escape(f.name)}</th>" for f in used)
    body = []
    for place, row in enumerate(rows, 1):
        cells = "".join(f"<td class='{'figure' if f.type in _FIGURES else ''}'>{_field(f, row.get(f.id))}</td>" for f in used)
        body.append(f"<tr><td>{place}</td>{cells}</tr>")
    return (
        f"<h3>{escape(definition.name)}</h3><table class='wide'><thead><tr><th>{_t('xlsx.head.number')}</th>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table>"
    )


_FIGURES = frozenset(("money", "usd", "percent", "area", "mu", "tonne", "kg", "years", "months", "count", "number", "date"))


def _field(definition: Any, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, list):
        inner = definition.fields
        return "<br>".join(escape(" ".join(inner[k].shown(v) for k, v in row.items())) for row in value)
    return escape(definition.shown(value))


# ---------------------------------------------------------------- a scheme and its benefits


def _scheme(catalog: Store, result: SchemeResult, quotes: Mapping[str, Any]) -> str:
    scheme = catalog.scheme(result.id)
    source = result.source
    facts = (
        ("document", source.document), ("authority", source.authority), ("published", _day(source.published) if source.published else ""),
        ("card", _head(result)), ("validity", validity_said(scheme, result.validity)), *applying(scheme).items(),
    )  # fmt: skip
    listed = "".join(f"<dt>{_t(f'xlsx.source.{key}')}</dt><dd>{escape(said)}</dd>" for key, said in facts if said)
    warnings = "".join(f"<li>{escape(w)}</li>" for w in result.warnings)
    parts = [
        f"<section class='scheme' id='{escape(result.id)}'><h2>{escape(_head(result))} {escape(result.title)}</h2>",
        f"<dl class='source'>{listed}</dl>",
    ]
    if result.reason:
        parts.append(f"<p>{escape(result.reason)}</p>")
    if warnings:
        parts.append(f"<ul class='warnings'>{warnings}</ul>")
    if len(result.benefits) > 1:
        parts.append(_sums(result))
    parts.append(_cash(result))
    parts.extend(_benefit(catalog, one, done, result, quotes.get(done.id)) for one, done in zip(scheme.benefits, result.benefits, strict=True))
    return "\n".join(parts) + "</section>"


def _cash(result: SchemeResult) -> str:
    """When the total of a scheme comes."""
    rows = "".join(f"<tr><td>{escape(period)}</td><td class='figure'>{grouped(paid)}</td></tr>" for period, paid in cash_words(result))
    head = f"<tr><th>{_t('breakdown.cash')}</th><th class='figure'>{_t('html.amount')}</th></tr>"
    return f"<table class='small'><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""


def _sums(result: SchemeResult) -> str:
    """The benefits of a scheme and how they come to its total."""
    rows = []
    for benefit in result.benefits:
        counts = "●" if benefit.id in result.chosen else ""
        amount = "—" if benefit.status == "no-figure" else _t("html.open") if benefit.amount is None else grouped(benefit.amount)
        rows.append(
            f"<tr><td>{escape(benefit.label)}</td><td>{escape(benefit.clause)}</td>"
            f"<td class='state {benefit.status}'>{_t(f'status.{benefit.status}')}</td>"
            f"<td class='figure'>{amount}</td><td class='centre'>{counts}</td></tr>"
        )
    for cap in result.group_caps:
        names = listed(b.label for b in result.benefits if b.id in cap.benefits)
        cut = "—" if cap.cut == "0.00" else f"−{grouped(cap.cut)}"
        said = text("html.group", names=names, limit=words_of(cap.limit), scope=text(f"scope.{cap.scope}"))
        rows.append(f"<tr><td colspan='3'>{escape(said)}</td><td class='figure'>{cut}</td><td></td></tr>")
    computed = any(b.amount is not None or b.status == "incomplete" for b in result.benefits)
    foot = ""
    if computed:
        total = _t("html.open") if result.total is None else grouped(result.total)
        foot = f"<tr><td colspan='3'>{_t('html.sum', how=text(f'combine.{result.combine}'))}</td><td class='figure'>{total}</td><td></td></tr>"
        if result.total_if is not None and result.total_if != result.total:
            foot += f"<tr><td colspan='3'>{_t('html.sum_if')}</td><td class='figure'>{grouped(result.total_if)}</td><td></td></tr>"
    heads = ("xlsx.head.benefit", "xlsx.head.clause", "xlsx.head.status", "html.amount", "html.counted")
    classes = ("", "", "", "figure", "centre")
    head = "".join(f"<th class='{c}'>{_t(key)}</th>" for key, c in zip(heads, classes, strict=True))
    return f"<table class='wide sums'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody><tfoot>{foot}</tfoot></table>"


def _benefit(catalog: Store, benefit: model.Benefit, result: BenefitResult, scheme: SchemeResult, quote: Mapping[str, Any] | None) -> str:
    known = result.status in ("eligible", "conditional")
    figure = ""
    if result.amount is not None:
        figure = f"<span class='amount'>{grouped(result.amount)} {_t('word.yuan')}</span>"
    parts = [
        f"<article class='benefit'><div class='title'><h3>{escape(result.label)}</h3><span class='state {result.status}'>"
        f"{_t(f'status.{result.status}')}</span>{figure}</div>",
        f"<p class='soft'>{escape(result.clause)}　{_t(f'nature.{result.nature}')}</p>",
        quote_html(quote),
    ]
    if result.reason:
        parts.append(f"<p>{_t('html.reason')}{escape(result.reason)}</p>")
    if result.missing:
        parts.append(f"<p class='missing'>{_t('html.missing')}{escape(fact_names(result.missing, catalog.facts))}</p>")
    if result.assumed:
        parts.append(f"<p class='missing'>{_t('html.assumed')}{escape(fact_names(result.assumed, catalog.facts))}</p>")
    if result.conditions:
        items = "".join(
            f"<tr><td class='mark {standing(c)}'>{MARKS[standing(c)]}</td><td>{escape(c.text)}{_t('html.spared') if not c.applies else ''}</td>"
            f"<td class='given'>{escape(given_words(c.given, catalog.facts))}</td></tr>"
            for c in result.conditions
        )
        head = f"<tr><th></th><th>{_t('html.condition')}</th><th class='given'>{_t('html.given')}</th></tr>"
        parts.append(f"<table class='conditions'><thead>{head}</thead><tbody>{items}</tbody></table>")
    if known and result.trace:
        parts.append(_breakdown(result))
        parts.append(waterfall(result))
    if known and result.schedule and len(result.schedule) > 1:
        parts.append(_schedule(result))
    if known and result.disbursement:
        cells = "".join(
            f"<tr><td>{_t('xlsx.step.stage', place=k)}</td><td class='figure'>{grouped(a)}</td></tr>"
            for k, a in enumerate(result.disbursement, 1)
        )
        head = f"<tr><th>{_t('html.stages')}</th><th class='figure'>{_t('html.amount')}</th></tr>"
        parts.append(f"<table class='small'><thead>{head}</thead><tbody>{cells}</tbody></table>")
    basis = supplement_words(benefit, scheme.source.document)
    if basis:
        parts.append(f"<p class='note'><b>{_t('show.basis')}</b>{escape(basis)}</p>")
    if benefit.note:
        parts.append(f"<p class='note'><b>{_t('xlsx.source.note')}</b>{escape(benefit.note)}</p>")
    for warning in result.warnings:
        if warning not in scheme.warnings:
            parts.append(f"<p class='warning'>{escape(warning)}</p>")
    if result.checklist:
        items = "".join(f"<li>{escape(said)}</li>" for said in result.checklist)
        parts.append(f"<div class='check'><b>{_t('html.checklist')}</b><ul>{items}</ul></div>")
    return "\n".join(parts) + "</article>"


def _breakdown(result: BenefitResult) -> str:
    rows = []
    for step in result.trace:
        heading = step.step == "item" and not step.value
        value = grouped(step.value) if MONEY.fullmatch(step.value) else escape(step.value)
        kind = "item" if heading else "limit" if step.step.startswith("limit.") else ""
        rows.append(f"<tr class='{kind}'><td>{escape(step.label)}</td><td>{escape(step.expression)}</td><td class='figure'>{value}</td></tr>")
    amount = grouped(result.amount or "")
    foot = f"<tr><td>{_t('html.amount')}</td><td>{escape(_binding(result))}</td><td class='figure'>{amount}</td></tr>"
    head = f"<tr><th>{_t('xlsx.head.step')}</th><th>{_t('html.how')}</th><th class='figure'>{_t('html.value.yuan')}</th></tr>"
    return f"<table class='wide steps'><thead>{head}</thead><tbody>{''.join(rows)}</tbody><tfoot>{foot}</tfoot></table>"


def _binding(result: BenefitResult) -> str:
    if result.binding is None:
        return cut_words(result)
    bound = result.binding
    return text("html.binding", scope=text(f"scope.{bound_scope(result)}"), limit=words_of(bound.limit), cut=grouped(bound.cut))


def _schedule(result: BenefitResult) -> str:
    """What each year pays: columns, and the figures below them."""
    assert result.schedule
    entries = [(p.period, fen_of(p.amount) or 0) for p in result.schedule]
    most = max(v for _, v in entries) or 1
    wide = max(340, 60 * len(entries))
    step = min(110, (wide - 20) // len(entries))
    left = (wide - step * len(entries)) / 2
    tall = 120
    lines = [f"<line class='axis' x1='{left - 10:.0f}' y1='{tall + 24}' x2='{left + step * len(entries) + 10:.0f}' y2='{tall + 24}'/>"]
    for place, (period, value) in enumerate(entries):
        height = max(1.0, tall * value / most) if value else 0
        x = left + place * step + step / 2
        broad = min(52, step * 0.6)
        lines.append(f"<rect class='year' x='{x - broad / 2:.1f}' y='{tall + 24 - height:.1f}' width='{broad:.1f}' height='{height:.1f}'/>")
        lines.append(f"<text class='value' x='{x:.1f}' y='{tall + 18 - height:.1f}' text-anchor='middle'>{escape(fen_words(value))}</text>")
        lines.append(f"<text class='name' x='{x:.1f}' y='{tall + 42}' text-anchor='middle'>{escape(support_year(period))}</text>")
    said = text("word.semicolon").join(f"{support_year(p)} {fen_words(v)}" for p, v in entries)
    rows = "".join(f"<tr><td>{escape(support_year(p.period))}</td><td class='figure'>{grouped(p.amount)}</td></tr>" for p in result.schedule)
    table = (
        f"<table class='small'><thead><tr><th>{_t('html.period')}</th><th class='figure'>{_t('html.amount')}</th></tr></thead>"
        f"<tbody>{rows}</tbody><tfoot><tr><td>{_t('xlsx.total')}</td><td class='figure'>{grouped(result.amount or '')}</td></tr></tfoot></table>"
    )
    return f"<div class='beside'>{figure_of(text('html.schedule'), said, tall + 52, lines, wide)}{table}</div>"


# ---------------------------------------------------------------- method and signatures


def _method(catalog: Store) -> str:
    rules = "".join(f"<li>{_t(f'html.method.{k}', verified=_day(catalog.lpr.verified))}</li>" for k in range(1, 7))
    return f"<section class='method'><h2>{_t('html.method')}</h2><ol>{rules}</ol></section>"


def signatures() -> str:
    """Where those sign who hand a page in."""
    boxes = "".join(f"<div><span>{_t(f'html.sign.{who}')}</span></div>" for who in ("by", "checked", "date"))
    return f"<section class='signatures'>{boxes}</section>"


def _style() -> str:
    sheet = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return sheet.replace('"page of pages"', _page_of())


def _page_of() -> str:
    before, between, after = text("html.page", page="\0", pages="\0").split("\0")
    return f'"{before}" counter(page) "{between}" counter(pages) "{after}"'
