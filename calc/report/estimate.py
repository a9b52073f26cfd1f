"""An estimate as people read it: blocks of lines, printed as a table for the terminal, as Markdown or as CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.characters import CsvRows, plain_markdown
from calc.estimate.benefit import EQUITY
from calc.language.names import short
from calc.language.render import applying, see_words, supplement_words
from calc.messages import listed, text
from calc.report.blocks import Block, Line, ends, markdown, printed
from calc.report.quotes import quote_lines
from calc.report.words import (
    MARKS,
    bound_scope,
    cash_words,
    cut_words,
    fact_names,
    given_words,
    in_state,
    kind_words,
    source_words,
    standing,
    support_year,
    words_of,
)
from calc.units import figure

if TYPE_CHECKING:
    from calc.estimate.results import BenefitResult, ConditionResult, SchemeResult, TraceStep
    from calc.language import model
    from calc.store.store import Store

COMPUTED = ("eligible", "conditional")
MANY = 12  # from so many items on, each takes one line
BECAUSE = ("alternative", "assumed", "likely", "incomplete", "ineligible", "equity")
LONGEST_GIVEN = 18  # what was stated stands in the column of figures up to this width, else with the condition


@dataclass(slots=True)
class Estimate:
    """What one estimate answers: the project, its schemes' results, and what is said of the whole."""

    catalog: Store
    project: dict[str, Any]
    results: list[SchemeResult]
    as_of: dt.date
    warnings: list[str] = field(default_factory=list)
    quotes: dict[str, dict[str, Any]] = field(default_factory=dict)  # what the user's texts say, by scheme and benefit


def as_json(estimate: Estimate) -> dict[str, Any]:
    """The answer as the output contract has it."""
    schemes = [result.model_dump(mode="json") for result in estimate.results]
    for scheme in schemes:
        said = estimate.quotes.get(scheme["id"], {})
        for benefit in scheme["benefits"]:
            if benefit["id"] in said:
                benefit["quote"] = said[benefit["id"]]
    return {"project": estimate.project, "schemes": schemes, "warnings": estimate.warnings}


# ---------------------------------------------------------------- blocks


def blocks(estimate: Estimate, result: SchemeResult) -> list[Block]:
    """The breakdown of one scheme: each benefit with a figure, what they share, those without one, the total and its sources."""
    scheme = estimate.catalog.scheme(result.id)
    facts = estimate.catalog.facts
    pairs = list(zip(scheme.benefits, result.benefits, strict=True))
    figured = [(b, r) for b, r in pairs if r.status != "no-figure"]
    unpaid = [(b, r) for b, r in pairs if r.status == "no-figure" and (r.conditions or r.checklist)]
    shared = _shared([r.conditions for _, r in figured or unpaid])
    soft = _shared([r.checklist for _, r in figured or unpaid])
    found = []
    for benefit, one in figured:
        said = kind_words(one.support, one.nature, one.clause)
        lines = [Line(*line) for line in quote_lines(estimate.quotes.get(result.id, {}).get(one.id))]
        lines += _benefit(benefit, one, facts, shared, soft, scheme.source["document"])
        found.append(Block(one.label, said, text(f"status.{one.status}"), one.status, lines))
    common = [_condition(c, facts) for c in shared] + ([_checklist(soft)] if soft else [])
    if figured and common:
        found.append(Block(text("breakdown.shared"), lines=common))
    for benefit, one in unpaid:
        lines = list(_unpaid(benefit, one, facts, *(([], []) if figured else (shared, soft))))
        found.append(Block(one.label, kind_words(one.support, one.nature, one.clause), *_verdict(one.conditions), lines))
    if not figured and common:
        found.append(Block(text("breakdown.shared"), lines=common))
    bare = [
        Line(one.label, text("word.semicolon").join(filter(None, (one.reason, see_words(benefit)))) + text("word.brackets", said=one.clause))
        for benefit, one in pairs
        if one.status == "no-figure" and not one.conditions and not one.checklist
    ]
    if bare:
        found.append(Block(text("breakdown.no.figure"), lines=bare))
    found.append(Block(text("breakdown.total"), lines=list(_total(result, scheme))))
    return found


def _verdict(conditions: Sequence[ConditionResult]) -> tuple[str, str]:
    """Whether what has no figure (a title, a service) can be had: its word, and its colour; without conditions a person must judge."""
    if not conditions:
        return text("breakdown.judged"), "unknown"
    results = {one.result for one in conditions}
    worst = "unmet" if "unmet" in results else "unknown" if "unknown" in results else "met"
    return text(f"breakdown.{worst}"), worst


def _unpaid(benefit: model.Benefit, result: BenefitResult, facts: Any, shared: list[Any], soft: list[Any]) -> Iterator[Line]:
    """What is asked for a title, a service or money without a figure, and how far it is met."""
    yield from (_condition(condition, facts) for condition in result.conditions if condition not in shared)
    checklist = [one for one in result.checklist if one not in soft]
    if checklist:
        yield _checklist(checklist)
    if benefit.note:
        yield Line(text("breakdown.note"), benefit.note)
    if result.reason:
        yield Line(text("show.reason"), result.reason)
    elsewhere = see_words(benefit)
    if elsewhere:
        yield Line(text("show.elsewhere"), elsewhere)


def _shared(parts: list[list[Any]]) -> list[Any]:
    """What every one of several lists says; nothing where there is only one list."""
    if len(parts) < 2:
        return []
    return [one for one in parts[0] if all(one in other for other in parts[1:])]


def _benefit(benefit: model.Benefit, result: BenefitResult, facts: Any, shared: list[Any], soft: list[Any], source: str) -> Iterator[Line]:
    if result.status != "ineligible":
        yield from _steps(result.trace)
    if result.status in COMPUTED:
        bound = result.binding
        said = text("breakdown.bound", scope=text(f"step.limit.{bound_scope(result)}"), limit=words_of(bound.limit)) if bound else cut_words(result)
        yield Line(text("breakdown.amount"), said, figure(result.amount or ""), "sum")
        for place, period in enumerate(result.schedule or ()):
            yield Line("" if place else text("breakdown.schedule"), support_year(period.period), figure(period.amount))
        for place, amount in enumerate(result.disbursement or ()):
            share = _percent(benefit.disbursement[place])
            yield Line("" if place else text("breakdown.stages"), text("breakdown.stage", place=place + 1, share=share), figure(amount))
    if result.missing:
        yield Line(text("breakdown.missing"), fact_names(result.missing, facts), "", "open")
    if result.assumed:
        yield Line(text("breakdown.assumed"), fact_names(result.assumed, facts), "", "open")
    for condition in result.conditions:
        if condition not in shared:
            yield _condition(condition, facts)
    checklist = [one for one in result.checklist if one not in soft]
    if checklist:
        yield _checklist(checklist)
    basis = supplement_words(benefit, source)
    if basis:
        yield Line(text("show.basis"), basis)
    if benefit.note:
        yield Line(text("breakdown.note"), benefit.note)
    for warning in result.warnings:
        yield Line(text("breakdown.warning"), warning, "", "open")


def _percent(share: Any) -> str:
    from calc.units import value_text

    return str(value_text("percent", share))


def _condition(condition: ConditionResult, facts: Any) -> Line:
    from calc.report.screen import columns

    given = given_words(condition.given, facts)
    if len(condition.given) == 1 and condition.text == facts.definition(next(iter(condition.given))).denial:
        given = ""  # “not funded elsewhere: no” would be read the wrong way round
    state = standing(condition)
    label = f"{MARKS[state]} {text(f'breakdown.{state}')}"
    if columns(given) <= LONGEST_GIVEN:
        return Line(label, condition.text, given, state)
    return Line(label, text("breakdown.given", said=condition.text, given=given), "", state)


def _checklist(points: Sequence[str]) -> Line:
    return Line(text("breakdown.checklist"), "　".join(f"□ {point}" for point in points))


def _steps(trace: list[TraceStep]) -> Iterator[Line]:
    """The steps as lines, those of an item set in; many items take one line each."""
    items = sum(step.step == "item" for step in trace)
    inside = False
    for place, step in enumerate(trace):
        if step.step == "item":
            inside = True
            value = step.value or (_item_sum(trace[place + 1 :]) if items >= MANY else "")
            yield Line(step.label, step.expression, figure(value))
            continue
        if step.step == "items":
            inside = False
        if inside and items >= MANY:
            continue
        said, value = step.expression, figure(step.value)
        if said == step.value and step.step in ("rate", "interest-rate"):
            said = ""
        elif step.step == "unit-rate" and "." not in step.value:
            value = ""
        mood = "limit" if step.step.startswith("limit.") else ""
        yield Line(("  " if inside else "") + step.label, said, value, mood)


def _item_sum(after: list[TraceStep]) -> str:
    """What an item came to: its subtotal, or its last step."""
    last = ""
    for step in after:
        if step.step in ("item", "items"):
            break
        last = step.value
    return last


def _total(result: SchemeResult, scheme: model.Scheme) -> Iterator[Line]:
    labels = {b.id: b.label for b in result.benefits}
    for one in result.benefits:
        if one.status == "no-figure" or (one.status == "ineligible" and len(labels) == 1):
            continue
        yield _counted(one, result)
    for cap in result.group_caps:
        said = text(
            "breakdown.group",
            benefits=" + ".join(labels[id] for id in cap.benefits),
            limit=words_of(cap.limit),
            scope=text(f"scope.{cap.scope}"),
        )
        cut = cap.cut != "0.00"
        yield Line(text("breakdown.group.label"), said, f"-{figure(cap.cut)}" if cut else text("trace.uncut"), "limit")
    if result.total is not None:
        yield Line(text("breakdown.sum"), f"= {_wan(result.total)}", text("breakdown.yuan", amount=figure(result.total)), "total")
    elif result.status != "no-figure":
        yield Line(text("breakdown.sum"), text("breakdown.open"), "—", "total")
    if result.total_if is not None and result.total_if != result.total:
        yield Line(text("breakdown.if"), f"= {_wan(result.total_if)}", text("breakdown.yuan", amount=figure(result.total_if)), "sum")
    for place, (period, paid) in enumerate(cash_words(result)):
        yield Line("" if place else text("breakdown.cash"), period, figure(paid), "faint")
    if result.reason:
        yield Line(text("breakdown.reason"), result.reason)
    if scheme.members:
        yield Line(text("breakdown.members"), listed(scheme.members))
    yield from source_lines(scheme, result)
    shown = {warning for one in result.benefits for warning in one.warnings}
    for warning in result.warnings:
        if warning not in shown:
            yield Line(text("breakdown.warning"), warning, "", "open")


def source_lines(scheme: model.Scheme, result: SchemeResult) -> Iterator[Line]:
    """Where the text stands and when it is in force."""
    source = result.source
    said = source_words(source.document, source.authority, source.published)
    yield Line(text("breakdown.source"), said)
    state = text(f"validity.{result.validity}")
    yield Line(
        text("breakdown.validity"), text("breakdown.valid", state=state, span=span(scheme)), "", "" if result.validity == "in-force" else "open"
    )
    yield from (Line(text(f"breakdown.{key}"), said) for key, said in applying(scheme).items())


def validity_said(scheme: model.Scheme, state: str) -> str:
    """Whether a scheme is in force, and from when to when, in words."""
    return text(f"validity.{state}") + text("word.brackets", said=span(scheme))


def lapsed(scheme: model.Scheme, state: str) -> str:
    """That a scheme is not in force, in words; empty where it is."""
    return "" if state == "in-force" else validity_said(scheme, state)


def span(scheme: model.Scheme) -> str:
    """From when to when a scheme is in force, in words."""
    if scheme.valid_from and scheme.valid_to:
        return text("validity.span", first=scheme.valid_from, last=scheme.valid_to)
    if scheme.valid_from:
        return text("validity.from", first=scheme.valid_from)
    return text("validity.until", last=scheme.valid_to) if scheme.valid_to else text("validity.unstated")


def _wan(amount: str) -> str:
    from calc.units import wan

    return wan(int(amount.replace(".", "")))


def _counted(one: BenefitResult, result: SchemeResult) -> Line:
    """Whether and why a benefit is in the total."""
    amount = "—" if one.amount is None else figure(one.amount)
    if one.support == EQUITY and one.status in COMPUTED:
        state = "equity"
    elif one.id in result.chosen and (one.status == "eligible" or result.status == "conditional"):
        state = "counted" if one.status == "eligible" else "assumed"
    elif one.status == "eligible" and result.combine == "one-of":
        state = "alternative" if one.amount != "0.00" else "nothing"
    elif one.status == "conditional":
        state = "likely"
    else:
        state = {"eligible": "nothing", "incomplete": "incomplete", "ineligible": "ineligible"}[one.status]
    said = text("breakdown.because", label=one.label, because=text(f"breakdown.because.{state}")) if state in BECAUSE else one.label
    return Line(text(f"breakdown.state.{state}"), said, amount, "" if state == "counted" else "faint")


# ---------------------------------------------------------------- terminal


def as_table(estimate: Estimate, width: int, color: bool) -> str:
    """The breakdown as text, at most 120 columns wide."""
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, print_to_text, wrap

    width = min(width, WIDEST)
    parts: list[Any] = [ends(Text(_project(estimate), "bold"), Text(text("breakdown.as_of", day=estimate.as_of)))]
    for result in estimate.results:
        parts += [Text("━" * width), Text(wrap(in_state(f"{short(result.id)}  {result.title}", result.validity), width), "bold")]
        parts += printed(blocks(estimate, result), width)
    parts.append(Text("━" * width))
    parts += [Text(wrap(text("breakdown.said", warning=warning), width), "yellow") for warning in estimate.warnings]
    return print_to_text(Group(*parts), width, color)


def _project(estimate: Estimate) -> str:
    return str(estimate.project.get("name") or text("breakdown.unnamed"))


# ---------------------------------------------------------------- markdown and csv


def as_markdown(estimate: Estimate) -> str:
    """The breakdown as Markdown tables."""
    lines = [f"# {plain_markdown(_project(estimate))}", "", text("breakdown.as_of", day=estimate.as_of)]
    for result in estimate.results:
        lines += ["", "## " + plain_markdown(in_state(f"{short(result.id)} {result.title}", result.validity)), *markdown(blocks(estimate, result), 3)]
    if estimate.warnings:
        lines += ["", *(f"> {plain_markdown(text('breakdown.said', warning=warning))}" for warning in estimate.warnings)]
    return "\n".join(lines) + "\n"


COLUMNS = (
    "project", "scheme", "benefit", "status", "amount", "binding", "missing", "assumed", "warnings", "title", "label", "counted", "validity",
    "clause", "document",
)  # fmt: skip


def as_csv(estimate: Estimate) -> str:
    """One row a benefit, then one for the scheme (no benefit, its total); the first columns are those of a batch run."""
    import io

    out = io.StringIO()
    rows = CsvRows(out)
    rows.add(COLUMNS)
    project = str(estimate.project.get("name") or "")
    for result in estimate.results:
        tail = [result.validity]
        for one in result.benefits:
            bound = f"{one.binding.scope}:{one.binding.limit}" if one.binding else ""
            row = [project, result.id, one.id, one.status, one.amount or "", bound, ";".join(one.missing), ";".join(one.assumed), ";".join(one.warnings)]
            counted = text("word.yes" if one.id in result.chosen else "word.no")
            rows.add([*row, result.title, one.label, counted, *tail, one.clause, result.source.document])
        caps = ";".join(f"{c.scope}:{c.limit}" for c in result.group_caps if c.cut != "0.00")
        row = [project, result.id, "", result.status, result.total or "", caps, "", "", ";".join(result.warnings)]
        rows.add([*row, result.title, text("breakdown.sum"), "", *tail, result.reason or "", result.source.document])
    return out.getvalue()
