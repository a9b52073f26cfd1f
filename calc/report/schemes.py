"""The list of schemes and one scheme in plain words, as tables for the terminal, as Markdown or as CSV."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from calc.characters import CsvRows, plain_markdown
from calc.language.names import short
from calc.messages import listed, text
from calc.report.blocks import MOODS, Block, Line, markdown, printed, row
from calc.report.quotes import quote_lines
from calc.report.words import kind_words, rule_words, source_words, words_of
from calc.units import grouped

HEADS = ("id", "title", "support", "most", "validity")


def number(id: str) -> str:
    """The short form of a scheme's id, as it is printed on the card: ``1.01``, ``g07``."""
    return short(id)


def _row(entry: dict[str, Any]) -> list[str]:
    most = "—" if entry["outcome"] != "money" else text("list.unbounded") if entry["most"] is None else grouped(entry["most"])
    kinds = listed(text(f"support.{kind}") for kind in entry["support"])
    id = text("list.edition", id=number(entry["id"])) if entry["edition_of"] else number(entry["id"])  # it stands below its scheme
    return [id, entry["title"], kinds or "—", most, text(f"validity.{entry['validity']}")]


def list_table(entries: list[dict[str, Any]], width: int, color: bool, name: str = "") -> str:
    """The schemes of a folder of that ``name`` as one table."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from calc.report.screen import columns, print_to_text, wrap

    rows = [_row(entry) for entry in entries]
    heads = [text(f"list.{head}") for head in HEADS]
    widths = [max(columns(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    gaps = 2 * (len(heads) - 1)
    widths[2] = min(widths[2], max(columns(heads[2]), width // 5))
    widths[1] = min(widths[1], max(columns(heads[1]), width - gaps - sum(widths) + widths[1]))
    table = Table.grid(padding=(0, 2, 0, 0))
    for place, column in enumerate(widths):
        table.add_column(width=column, justify="right" if place == 3 else "left")
    table.add_row(*(Text(head, "bold") for head in heads))
    table.add_row(*(Text("─" * column) for column in widths))
    for entry, cells in zip(entries, rows, strict=True):
        styles = ["", "", "", "", MOODS[entry["validity"]]]
        table.add_row(*(Text(wrap(cell, w), style) for cell, w, style in zip(cells, widths, styles, strict=True)))
    count = text("list.count", count=len(entries))
    return print_to_text(Group(table, Text(text("list.count.of", name=name, count=count) if name else count)), width, color)


def list_markdown(entries: list[dict[str, Any]]) -> str:
    """The schemes as a Markdown table."""
    lines = [row([text(f"list.{head}") for head in HEADS]), "|---|---|---|---:|---|", *(row(_row(entry)) for entry in entries)]
    return "\n".join(lines) + "\n"


def list_csv(entries: list[dict[str, Any]]) -> str:
    """The schemes as CSV, words as slugs, several joined by ``;``."""
    out = io.StringIO()
    rows = CsvRows(out)
    names = ("id", "title", "part", "authority", "outcome", "support", "nature", "most", "validity", "valid_from", "valid_to")
    rows.add(names)
    for entry in entries:
        rows.add([";".join(v) if isinstance(v, list) else v or "" for v in (entry[name] for name in names)])
    return out.getvalue()


# ---------------------------------------------------------------- one scheme


def show_blocks(scheme: dict[str, Any]) -> list[Block]:
    """One scheme (as ``describe`` gives it): source, what all benefits share, each benefit."""
    found = [Block(text("show.about"), state=text(f"validity.{scheme['validity']}"), mood=scheme["validity"], lines=list(_about(scheme)))]
    if scheme["conditions"]:
        lines = [Line("" if place else text("show.condition"), said) for place, said in enumerate(scheme["conditions"])]
        lines += _figures(scheme["figures"], scheme["source"]["document"])
        found.append(Block(text("show.shared"), lines=lines))
    for benefit in scheme["benefits"]:
        kind = kind_words(benefit["support"], benefit["nature"], benefit["clause"])
        found.append(Block(benefit["label"], kind, lines=list(_benefit(benefit))))
    return found


def changes_block(scheme: dict[str, Any]) -> list[Block]:
    """What changed since the edition before."""
    if scheme["changed"] is None:
        return []
    lines = []
    for change in scheme["changed"]["changes"]:
        shown = {key: _changed(change["what"], change[key]) for key in ("before", "after")}
        what = text(f"show.change.{change['what']}")
        if change["what"] in ("added", "dropped"):
            lines.append(Line(what, change["label"]))
        else:
            key = "show.change" if change["before"] and change["after"] else "show.change.new" if change["after"] else "show.change.gone"
            lines.append(Line(what, (text("show.change.of", label=change["label"]) if change["label"] else "") + text(key, **shown)))
    return [Block(text("show.changes", since=number(scheme["changed"]["since"])), lines=lines or [Line(text("show.change.none"))])]


def _changed(what: str, said: str | None) -> str:
    if what == "most" and said:
        return text("show.yuan", amount=grouped(said))
    if what == "validity" and said:
        first, _, last = said.partition("/")
        return span({"valid_from": None if first == "…" else first, "valid_to": None if last == "…" else last})
    return said or ""


def facts_block(scheme: dict[str, Any]) -> list[Block]:
    """The facts a scheme asks for: label, id, type, help, choices."""
    lines = [line for fact in scheme["facts"] for line in _fact(fact)]
    return [Block(text("show.facts"), text("show.facts.said"), lines=lines)] if lines else []


def rules_block(scheme: dict[str, Any]) -> list[Block]:
    """The rules between schemes that touch this one, those that a plan keeps to before those that are only told."""
    lines = []
    for enforced in (True, False):
        told = [rule for rule in scheme["rules"] if rule["enforced"] is enforced]
        for place, rule in enumerate(told):
            said = rule_words(rule["title"], rule["says"]) + text("plan.source", source=rule["source"])
            lines.append(Line("" if place else text("show.rules.kept" if enforced else "show.rules.told"), said))
    return [Block(text("show.rules"), text("show.rules.said"), lines=lines)] if lines else []


def _about(scheme: dict[str, Any]) -> Iterator[Line]:
    source = scheme["source"]
    said = source_words(source["document"], source["authority"], source["published"])
    yield Line(text("breakdown.source"), said)
    yield Line(text("breakdown.validity"), span(scheme))
    yield from (Line(text(f"breakdown.{key}"), said) for key, said in scheme["applying"].items())
    if scheme["most"] is not None:
        yield Line(text("show.most"), text("show.yuan", amount=grouped(scheme["most"])))
    if len([b for b in scheme["benefits"] if b["formula"]]) > 1:
        yield Line(text("show.combine"), text(f"combine.{scheme['combine']}"))
    labels = {benefit["id"]: benefit["label"] for benefit in scheme["benefits"]}
    for cap in scheme["group_caps"]:
        names = " + ".join(labels[id] for id in cap["benefits"])
        limit = cap["says"] if cap["limit"] is None else words_of(cap["limit"])
        names = text("render.case", when=cap["when"], value=names) if cap["when"] else names
        yield Line(text("breakdown.group.label"), text("breakdown.group", benefits=names, limit=limit, scope=text(f"scope.{cap['scope']}")))
    if scheme["reason"]:
        yield Line(text("breakdown.reason"), scheme["reason"])
    called = {id: text("show.called", id=number(id), title=title) for id, title in scheme["titles"].items()}
    for place, member in enumerate(scheme["members"]):
        yield Line("" if place else text("show.members"), called.get(member, member))
    if scheme["later_batch"]:
        yield Line(text("show.later"), called.get(scheme["later_batch"], scheme["later_batch"]))
    for place, one in enumerate(scheme["later"]):
        said = text("show.later.said", **one)
        yield Line("" if place else text("show.later.document"), said, "", "open")
    for place, one in enumerate(scheme["editions"]):
        said = text("show.edition", id=number(one["id"]), span=span(one))
        marks = [text(f"show.edition.{mark}") for mark, holds in (("this", one["id"] == scheme["id"]), ("current", one["current"])) if holds]
        yield Line("" if place else text("show.editions"), said + (text("word.brackets", said=listed(marks)) if marks else ""))


def span(scheme: dict[str, Any]) -> str:
    """From when to when a scheme (an entry of the list) is in force, in words."""
    first, last = scheme["valid_from"], scheme["valid_to"]
    if first and last:
        return text("validity.span", first=first, last=last)
    if first:
        return text("validity.from", first=first)
    return text("validity.until", last=last) if last else text("validity.unstated")


def _benefit(benefit: dict[str, Any]) -> Iterator[Line]:
    yield from (Line(*line) for line in quote_lines(benefit.get("quote")))
    for place, said in enumerate(benefit["formula"]):
        yield Line("" if place else text("show.formula"), said)
    for limit in benefit["limits"]:
        yield Line(text("show.limit"), text("show.limit.said", limit=limit["limit"], scope=text(f"scope.{limit['scope']}")))
    if benefit["schedule"]:
        yield Line(text("show.schedule"), benefit["schedule"])
    if benefit["disbursement"]:
        yield Line(text("show.stages"), listed(benefit["disbursement"]))
    for place, said in enumerate(benefit["conditions"]):
        yield Line("" if place else text("show.condition"), said)
    if benefit["most"] is not None:
        yield Line(text("show.most"), text("show.yuan", amount=grouped(benefit["most"])))
    yield from _figures(benefit["figures"], benefit["clause"], bool(benefit["basis"]))
    if benefit["basis"]:
        yield Line(text("show.basis"), benefit["basis"])
    if benefit["reason"]:
        yield Line(text("show.reason"), benefit["reason"])
    if benefit["elsewhere"]:
        yield Line(text("show.elsewhere"), benefit["elsewhere"])
    if benefit["checklist"]:
        yield Line(text("breakdown.checklist"), "　".join(f"□ {point}" for point in benefit["checklist"]))
    if benefit["note"]:
        yield Line(text("breakdown.note"), benefit["note"])
    if benefit["warning"]:
        yield Line(text("breakdown.warning"), benefit["warning"], "", "open")


def _figures(figures: list[str], clause: str, supplemented: bool = False) -> list[Line]:
    key = "show.figures.supplemented" if supplemented else "show.figures.said"
    return [Line(text("show.figures"), text(key, figures=listed(figures), clause=clause))] if figures else []


def _fact(fact: dict[str, Any], prefix: str = "") -> Iterator[Line]:
    name = f"{prefix}{fact['id']}"
    said = [text("show.fact", id=name, type=text(f"kind.{fact['type']}"))]
    if fact["help"] and fact["help"] != fact["label"]:
        said.append(fact["help"])
    if fact["values"]:
        said.append(text("show.choices", values=listed(fact["values"].values())))
    yield Line(("  " if prefix else "") + fact["label"], "\n".join(said))
    for field in fact.get("fields", ()):
        yield from _fact(field, f"{name}.")


def _all_blocks(scheme: dict[str, Any]) -> list[list[Block]]:
    return [show_blocks(scheme), changes_block(scheme), facts_block(scheme), rules_block(scheme)]


def show_table(scheme: dict[str, Any], width: int, color: bool) -> str:
    """One scheme as text, at most 120 columns wide."""
    from rich.console import Group
    from rich.text import Text

    from calc.report.screen import WIDEST, print_to_text, wrap

    width = min(width, WIDEST)
    title = Text(wrap(f"{number(scheme['id'])}  {scheme['title']}", width), "bold")
    parts = [part for blocks in _all_blocks(scheme) for part in printed(blocks, width)]
    return print_to_text(Group(title, *parts), width, color)


def show_markdown(scheme: dict[str, Any]) -> str:
    """One scheme as Markdown."""
    blocks = [block for blocks in _all_blocks(scheme) for block in blocks]
    return "\n".join([f"# {number(scheme['id'])} {plain_markdown(scheme['title'])}", *markdown(blocks, 2)]) + "\n"
