"""A what-if as people read it: a table with bars for the terminal, Markdown, CSV."""

from __future__ import annotations

import io
from collections.abc import Mapping
from textwrap import fill
from typing import Any

from calc.characters import CsvRows, plain_markdown
from calc.language.names import short as id_in_short
from calc.messages import text
from calc.questions.whatif.curve import money, short
from calc.questions.whatif.whatif import PLAN
from calc.report.blocks import row
from calc.report.lines import Column, SheetOfLines, bar
from calc.report.screen import columns, wrap
from calc.report.words import in_state
from calc.units import figure, grouped

Rows = tuple[list[str], list[list[str]]]
MOST_COLUMNS = 8  # of a grid laid out as one
CELL, BAR, LEAST = 18, 24, 10


def labels(answer: Mapping[str, Any]) -> dict[str, str]:
    """What the varied facts are called, by path."""
    return {fact: answer["facts"][fact]["label"] for fact in answer["facts"]}


def named(answer: Mapping[str, Any], fact: str, said: Any) -> str:
    """A given value as a cell: categories by their label, yes/no in words, sums in 万元 where that is short, what is no
    longer given as a dash."""
    if said is None:
        return "—"
    if isinstance(said, bool):
        return text("word.yes" if said else "word.no")
    definition, body = answer["facts"][fact], str(said)
    if definition["type"] == "money" and len(body.partition(".")[2]) == 2:
        return money(int(body.replace(".", "")))
    if body in definition.get("values", ()):
        return str(definition["values"][body])
    return figure(body)


def rate(said: str | None) -> str:
    """A rate as a cell."""
    return "—" if said is None else short(said)


def amount(said: str | None) -> str:
    """An amount as a cell."""
    return "—" if said is None else grouped(said)


def settings(answer: Mapping[str, Any], point: Mapping[str, Any]) -> str:
    """What a scenario changes, in one line."""
    found = labels(answer)
    return text("whatif.then").join(f"{found.get(fact, fact)} = {named(answer, fact, said)}" for fact, said in point["given"].items())


def chosen(answer: Mapping[str, Any], point: Mapping[str, Any]) -> str:
    """The benefits a point's total is made of, and its status unless they are simply to be had."""
    status = text("whatif.status.invalid" if point["status"] == "invalid" else f"status.{point['status']}")
    benefits = text("whatif.and").join(answer["labels"].get(id, id) for id in point["chosen"])
    if not benefits:
        return status
    return benefits if point["status"] == "eligible" else text("whatif.chosen", benefits=benefits, status=status)


def points(answer: Mapping[str, Any]) -> Rows:
    """One row a point (or scenario)."""
    basis = answer["basis"]
    if "base" in answer:
        heads = [text(f"whatif.col.{h}") for h in ("scenario", "set", "total", "difference", "chosen")]
        found = [{"name": text("whatif.base"), "difference": None, **answer["base"]}, *answer["points"]]
        return heads, [
            [p["name"], settings(answer, p), amount(p[basis]), amount(p["difference"]), chosen(answer, p)] for p in found
        ]
    heads = [*labels(answer).values(), *(text(f"whatif.col.{h}") for h in ("total", "chosen"))]
    return heads, [
        [*(named(answer, f, s) for f, s in p["given"].items()), amount(p[basis]), chosen(answer, p)] for p in answer["points"]
    ]


def grid(answer: Mapping[str, Any], most: int = MOST_COLUMNS) -> Rows | None:
    """Two varied facts as a grid of totals; ``None`` where it has more than ``most`` columns, or there are not two."""
    if len(answer["facts"]) != 2 or "base" in answer or not answer["points"]:
        return None
    (down, first), (across, second) = labels(answer).items()
    columns = list(dict.fromkeys(p["given"][across] for p in answer["points"]))
    if len(columns) > most:
        return None
    cells: dict[Any, list[str]] = {}
    for point in answer["points"]:
        cells.setdefault(point["given"][down], [named(answer, down, point["given"][down])]).append(amount(point[answer["basis"]]))
    return [f"{first} ↓ {second} →", *(named(answer, across, c) for c in columns)], list(cells.values())


def turning(answer: Mapping[str, Any]) -> Rows:
    """One row a turning point."""
    found = labels(answer)
    many = len(found) > 1
    heads = [text(f"whatif.col.{h}") for h in (*(["fact"] if many else []), "at", "kind", "change", "cause")]
    rows = []
    for point in answer["turning_points"]:
        at = named(answer, point["fact"], point["at"])
        at = at if point["inclusive"] else text("whatif.over", at=at)
        if point["kind"] == "threshold":
            change = f"{amount(point['before'])} → {amount(point['after'])}"
        else:
            rates = {"before": rate(point["rate_before"]), "after": rate(point["rate_after"])}
            change = text("whatif.change.rate", amount=amount(point["after"]), **rates)
        why = text("whatif.why", clause=point["clause"], cause=point["cause"]) if point["cause"] else point["clause"]
        rows.append([*([found[point["fact"]]] if many else []), at, text(f"whatif.kind.{point['kind']}"), change, why])
    return heads, rows


def comparison(answer: Mapping[str, Any]) -> Rows:
    """Two scenarios side by side with their differences."""
    compared = answer["compare"]
    heads = [text("whatif.col.item"), *compared["names"], *[text("whatif.col.apart")] * (len(compared["names"]) - 1)]
    found = labels(answer)
    rows = [[found.get(f, f), *(named(answer, f, s) for s in said), *[""] * (len(said) - 1)] for f, said in compared["given"].items()]
    for id, amounts in compared["benefits"].items():
        apart = compared["differences"]["benefits"][id]
        marks = ["✓ " if id in kept else "" for kept in compared["chosen"]]
        rows.append([answer["labels"].get(id, id), *(m + amount(a) for m, a in zip(marks, amounts, strict=True)), *map(amount, apart)])
    rows.append([text("whatif.total"), *map(amount, compared["total"]), *map(amount, compared["differences"]["total"])])
    return heads, rows


def lines(answer: Mapping[str, Any]) -> list[str]:
    """What is said besides the tables: where the project stands, and the target."""
    found = [current["text"] for current in answer["current"] if current["text"]]
    target = answer.get("target")
    if target is None:
        return found
    sums = {"amount": grouped(target["amount"])}
    if target["at"] is None:
        return [*found, text("whatif.target.none", because=target["because"], **sums)]
    sums.update(total=amount(target["total"]), below=amount(target["below"]))
    return [*found, text("whatif.target.at", fact=target["label"], at=named(answer, target["fact"], target["at"]), **sums)]


def tables(answer: Mapping[str, Any], most: int = MOST_COLUMNS) -> list[tuple[str, Rows]]:
    """All tables of an answer, each with its title; a grid has up to ``most`` columns."""
    found = [("", grid(answer, most) or points(answer))] if answer["points"] else []
    if "compare" in answer:
        found = [("", comparison(answer))]
    if answer["turning_points"]:
        found.append((text("whatif.turning"), turning(answer)))
    return found


def as_table(answer: Mapping[str, Any], width: int, color: bool) -> str:
    """Tables for the terminal; amounts with a bar each, where there is room. No figure is cut: lines are longer if they must."""
    sums = [int((p[answer["basis"]] or "0.00").replace(".", "")) for p in answer["points"]] if "base" not in answer else []
    found = [_table(title, rows, width, sums) for title, rows in tables(answer, max(1, min(MOST_COLUMNS, (width - CELL) // CELL)))]
    widest = max([width, *(table.least for table in found)])
    said = [wrap(_title(answer), widest)]
    for table in found:
        said += table.lines(widest, color)
    if answer["points"] and answer["current"] and not answer["turning_points"]:
        said.append(wrap(text("whatif.turning.none"), widest))
    told = [*lines(answer), *(text("breakdown.said", warning=warning) for warning in answer["warnings"])]
    return "\n".join([*said, *(wrap(line, widest) for line in told)]) + "\n"


def _title(answer: Mapping[str, Any]) -> str:
    """What varies: a scheme, by its short id, with its state where it is not in force; or the best combination."""
    if answer["scheme"] == PLAN:
        return str(answer["title"])
    return in_state(f"{id_in_short(answer['scheme'])} {answer['title']}", answer["validity"])


def _table(title: str, found: Rows, width: int, sums: list[int]) -> SheetOfLines:
    """A table, with bars of ``sums`` beside their column where there is room."""
    heads, rows = found
    whole = [text(f"whatif.col.{h}") for h in ("at", "kind", "change")]
    total = text("whatif.col.total")
    made: list[Column] = []
    for head, cells in zip(heads, zip(*rows, strict=True), strict=True):
        right = all(cell[-1:].isdigit() or cell[-1:] in "—元" for cell in cells)
        kept = right or head in whole  # figures keep their line, words fold
        longest = max(map(columns, cells))
        shown = head.replace(" ↓ ", " ↓\n") if " ↓ " in head else wrap(fill(head, max(longest, LEAST), break_long_words=False), 2 * LEAST)
        longest = max(longest, *map(columns, shown.split("\n")))
        made.append(Column(shown, list(cells), right, longest if kept else min(LEAST, longest), longest))
    natural = sum(min(column.longest, 2 * LEAST) + 3 for column in made)
    room = min(BAR, width - natural - 3) if total in heads and max(sums, default=0) > 0 else 0
    if room >= LEAST:
        place, most = heads.index(total) + 1, max(sums)
        made.insert(place, Column("", [bar(one, most, room) for one in sums], False, room, room))
    return SheetOfLines(title, made)


def as_markdown(answer: Mapping[str, Any]) -> str:
    """The same as Markdown."""
    said = [f"# {plain_markdown(_title(answer))}", ""]
    for title, (heads, rows) in tables(answer):
        said += [f"## {title}", ""] if title else []
        said += [row(heads), "|" + "---|" * len(heads), *map(row, rows), ""]
    said += map(plain_markdown, lines(answer))
    if answer["warnings"]:
        said += ["", *(f"> {plain_markdown(text('breakdown.said', warning=warning))}" for warning in answer["warnings"])]
    return "\n".join(said)


def as_csv(answer: Mapping[str, Any]) -> str:
    """The points as one CSV table: facts by id, amounts plain, one column a benefit."""
    out = io.StringIO()
    rows = CsvRows(out)
    named = "base" in answer
    ids = list(answer["labels"])
    heads = [*(["scenario"] if named else []), *answer["facts"], "total", "total_if", *(["difference"] if named else [])]
    rows.add([*heads, "status", "chosen", *ids])
    for p in answer["points"]:
        cells = [*([p["name"]] if named else []), *(p["given"].get(fact) for fact in answer["facts"]), p["total"], p["total_if"]]
        cells += [*([p["difference"]] if named else []), p["status"], ";".join(p["chosen"]), *(p["benefits"].get(id) for id in ids)]
        rows.add(["" if c is None else str(c).lower() if isinstance(c, bool) else c for c in cells])
    return out.getvalue()
