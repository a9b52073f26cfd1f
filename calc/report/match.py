"""A match as people read it: a table for the terminal, Markdown, CSV."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from calc.characters import CsvRows, plain_markdown
from calc.facts import FactDef, Facts
from calc.language.names import short
from calc.messages import listed, text
from calc.report.blocks import row
from calc.report.words import fact_names, in_state
from calc.units import figure, grouped

if TYPE_CHECKING:
    from calc.report.screen import Entry

NAMED = 4  # kinds of applicants, or fields, told one by one
SECTIONS = ("now", "if", "missed", "needs", "discretionary", "recognition", "expired", "questions")
VERDICT = ("discretionary", "recognition")  # sections that pay no figure: what counts is whether their conditions are met


def rows(answer: dict[str, Any], section: str, facts: Facts) -> list[list[str]]:
    """The rows of one section: scheme, benefit, amount, detail; for questions: fact, what it opens, schemes."""
    if section == "questions":
        return [
            [q["label"], str(q["decides"]), text("match.unbounded") if q["opens"] is None else grouped(q["opens"]), _cards(q["schemes"])]
            for q in answer[section]
        ]
    found = []
    for entry in answer[section]:
        amount = entry["amount"] or entry.get("most")
        shown = text("match.unbounded") if amount is None else grouped(amount)
        if section in VERDICT:
            shown = text(f"match.verdict.{entry['verdict']}")
        found.append([short(entry["scheme"]), in_state(entry["label"], entry["validity"]), shown, detail(entry, section, facts)])
    return found


def _cards(ids: list[str], most: int = 6) -> str:
    cards = [short(id) for id in ids]
    return " ".join(cards[:most]) + (f" … ({len(cards)})" if len(cards) > most else "")


def detail(entry: dict[str, Any], section: str, facts: Facts) -> str:
    """What an entry turns on, in words."""
    if section == "if":
        return text("word.semicolon").join(one["words"] for one in entry["assuming"])
    if section == "needs":
        return fact_names((*entry["missing"], *entry["assumed"]), facts)
    if section == "outside":
        return facts.name_of(entry["why"])
    if section in VERDICT:
        open_ = [one["text"] for one in entry["conditions"] if one["result"] == entry["verdict"] != "met"]
        return text("word.semicolon").join(open_) or "　".join(f"□ {point}" for point in entry["checklist"])
    if section == "missed":
        return text("word.semicolon").join(distance(by, facts) for by in entry["by"])
    return ""


def distance(by: dict[str, Any], facts: Facts) -> str:
    """One failed condition with its distance: ``固定资产投资还差 123,456.79``."""
    if by["distance"] is None:
        needed = by["needed"]
        head, _, field = by["fact"].partition(".")
        definition = facts[head].fields[field] if field else facts[head]
        said = text("word.yes" if needed else "word.no") if isinstance(needed, bool) else _values(definition, str(needed))
        return text("match.wrong", label=by["label"], needed=said)
    given, needed = str(by["given"]), str(by["needed"])
    if "-" in needed[1:]:
        return text("match.late" if given > needed else "match.early", label=by["label"], distance=by["distance"], given=given, needed=needed)
    short = _comparable(given) <= _comparable(needed)
    shown = {key: figure(str(by[key])) for key in ("distance", "given", "needed")}
    return text("match.short" if short else "match.over", label=by["label"], **shown)


def _values(definition: FactDef, slugs: str) -> str:
    return text("match.or").join(definition.value_name(slug) for slug in slugs.split("、"))


def _comparable(value: str) -> tuple[int, int]:
    """A decimal string as something that compares exactly."""
    whole, _, rest = value.rstrip("%").partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole or 0), sign * int((rest + "0" * 12)[:12])


HEADS = {
    "now": ("match.scheme", "match.benefit", "match.amount"),
    "if": ("match.scheme", "match.benefit", "match.amount", "match.assumed"),
    "missed": ("match.scheme", "match.benefit", "match.amount", "match.by"),
    "needs": ("match.scheme", "match.benefit", "match.most", "match.missing"),
    "discretionary": ("match.scheme", "match.benefit", "match.verdict", "match.turns"),
    "recognition": ("match.scheme", "match.benefit", "match.verdict", "match.turns"),
    "expired": ("match.scheme", "match.benefit", "match.amount"),
    "questions": ("match.fact", "match.decides", "match.opens", "match.schemes"),
}


def as_table(answer: dict[str, Any], facts: Facts, top: int, width: int, color: bool, all_: bool = False) -> str:
    """The sections, ranked, ``top`` entries each (0 for all), in ``width`` columns (at most ``WIDEST``).

    ``all_``: every entry, those outside the profile, too.
    """
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, entry_table, print_to_text, wrap

    width = min(width, WIDEST)
    content: list[Any] = [Text(wrap(summary(answer), width))]
    for section in (*SECTIONS[:-1], "outside", SECTIONS[-1]) if all_ and answer["outside"] else SECTIONS:
        found = _entries(answer, section, facts)
        kept = found if all_ or not top else found[:top]
        head = text("match.section.outside" if section == "outside" else f"match.{section}")
        content += [Text(), Text(head + text("word.brackets", said=len(found)), "bold")]
        if not kept:
            content.append(Text(text("match.none")))
            continue
        content.append(entry_table([*map(text, FIGURES[section])], kept, width))
        if len(found) > len(kept):
            content.append(Text(text("match.more", count=len(found) - len(kept))))
    content += [Text(), Text(wrap(outside(answer, facts), width)), Text(wrap(text("match.alone"), width))]
    content += [Text(wrap(text("breakdown.said", warning=warning), width), "yellow") for warning in answer["warnings"]]
    return print_to_text(Group(*content), width, color)


FIGURES = {
    "now": ("match.amount",),
    "if": ("match.amount",),
    "missed": ("match.amount",),
    "needs": ("match.most",),
    "discretionary": ("match.verdict",),
    "recognition": ("match.verdict",),
    "expired": ("match.amount",),
    "outside": (),
    "questions": ("match.decides", "match.opens"),
}


def _entries(answer: dict[str, Any], section: str, facts: Facts) -> list[Entry]:
    """The entries of a section for the screen: number, lines of text, figures."""
    if section == "questions":
        return [("", [label, schemes], [decides, opens]) for label, decides, opens, schemes in rows(answer, section, facts)]
    found = []
    for entry, (number, label, amount, said) in zip(answer[section], rows(answer, section, facts), strict=True):
        if said:
            key = f"match.line.verdict.{entry['verdict'] if entry['conditions'] else 'judged'}" if section in VERDICT else f"match.line.{section}"
            said = text(key, said=said)
        found.append((number, [*dict.fromkeys((label, entry["title"])), whom(entry, facts), said], [amount] if FIGURES[section] else []))
    return found


def whom(entry: dict[str, Any], facts: Facts) -> str:
    """For whom a benefit is meant: kinds of applicants, fields; empty where it is for all."""
    meant = {path: entry["for"][path] for path in ("applicant_kinds", "fields") if entry["for"].get(path)}
    named = []
    for path, slugs in meant.items():
        said = text("word.comma").join(facts[path].value_name(slug) for slug in slugs[:NAMED])
        named.append(text("match.others", said=said, count=len(slugs)) if len(slugs) > NAMED else said)
    return text("match.whom", whom=text("word.semicolon").join(named)) if named else ""


def summary(answer: dict[str, Any]) -> str:
    """How many entries each section has, in one line."""
    return text("match.summary", now=len(answer["now"]), likely=len(answer["if"]), missed=len(answer["missed"]), needs=len(answer["needs"]))


def outside(answer: dict[str, Any], facts: Facts) -> str:
    """How many benefits the profile rules out, and by which of its facts."""
    if not answer["outside"]:
        return text("match.outside.none")
    by = Counter(entry["why"] for entry in answer["outside"])
    return text("match.outside", count=len(answer["outside"]), by=listed(f"{facts.name_of(path)} {count}" for path, count in by.items()))


def as_markdown(answer: dict[str, Any], facts: Facts, top: int) -> str:
    """The sections as Markdown tables."""
    lines = [summary(answer), ""]
    for section in SECTIONS:
        found = rows(answer, section, facts)
        heads = HEADS[section]
        lines += [f"## {text('match.' + section)}", "", "| " + " | ".join(map(text, heads)) + " |", "|" + "---|" * len(heads)]
        lines += [row(cells[: len(heads)]) for cells in found[: top or None]]
        if top and len(found) > top:
            lines += ["", text("match.more", count=len(found) - top)]
        lines.append("")
    lines.append(outside(answer, facts))
    if answer["warnings"]:
        lines += ["", *(f"> {plain_markdown(text('breakdown.said', warning=warning))}" for warning in answer["warnings"])]
    return "\n".join([*lines, ""])


def as_csv(answer: dict[str, Any], facts: Facts) -> str:
    """All entries as one CSV table: section, scheme, benefit, label, status, amount, detail."""
    out = io.StringIO()
    rows = CsvRows(out)
    rows.add(["section", "scheme", "benefit", "label", "status", "amount", "detail"])
    for section in (*SECTIONS[:-1], "outside"):
        for entry in answer[section]:
            amount = entry["amount"] or entry.get("most")
            status = entry["verdict"] if section in VERDICT else entry["status"]
            rows.add([section, entry["scheme"], entry["benefit"] or "", entry["label"], status, amount or "", detail(entry, section, facts)])
    for question in answer["questions"]:
        rows.add(["questions", ";".join(question["schemes"]), question["fact"], question["label"], "", question["opens"] or "", ""])
    return out.getvalue()
