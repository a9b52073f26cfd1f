"""One scheme, written in TOML, through all three engines at once: explainer, column engine, workbook."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from calc import Catalog, InputError, load_catalog
from calc.batch import run as run_module
from calc.engines.formulas import formula as f
from calc.report.xlsx import estimate as xlsx
from calc.report.xlsx.layout import STATUSES

SOURCE = '\n[source]\ncard = "t"\ndocument = "文"\nauthority = "委"\n'
BENEFIT = '[[benefits]]\nid = "b"\nlabel = "支持"\nclause = "一"\nnature = "ceiling"\nsupport = "grant"\n'
FACTS = """
[a]
type = "money"
label = "甲"
[b]
type = "money"
label = "乙"
[p]
type = "bool"
label = "是否"
[count]
type = "count"
label = "数量"
[kind]
type = "enum"
label = "类别"
values = { x = "子", y = "丑", z = "寅" }
[day]
type = "date"
label = "日期"
[until]
type = "date"
label = "截止"
[fields]
type = "set"
label = "领域"
values = { ic = "集成电路", robots = "机器人", wide = "先进制造、高新技术（药品、器械）", art = "文化" }
within = { ic = ["wide"], robots = ["wide"] }
[rows]
type = "list"
label = "明细"
[rows.fields]
sum = { type = "money", label = "金额" }
kind = { type = "enum", label = "类", values = { x = "子", y = "丑" } }
day = { type = "date", label = "日" }
until = { type = "date", label = "止" }
open = { type = "bool", label = "公开" }
tags = { type = "set", label = "标签", values = { one = "一", two = "二" } }
"""


def folder_of(path: Path, *schemes: str) -> Catalog:
    """A catalogue of these scheme files (their text) and the facts above."""
    path.mkdir(exist_ok=True)
    (path / "facts.toml").write_text(FACTS, encoding="utf-8")
    for content in schemes:
        id = content.partition('id = "')[2].partition('"')[0]
        (path / f"{id}.toml").write_text(content, encoding="utf-8")
    return load_catalog(path)


def scheme_of(body: str, top: str = "", id: str = "t1-test") -> str:
    """A scheme file: ``body`` is its only benefit, or its benefits."""
    return f'id = "{id}"\ntitle = "试"\n{top}{SOURCE}' + (body if "[[benefits]]" in body else BENEFIT + body)


def outcomes(path: Path, body: str, projects: list[dict[str, Any]], top: str = "", *, live: bool = True) -> list[tuple[str, str | None]]:
    """Each project's status and amount for the first benefit, the three engines held together for every benefit and total.

    ``live``: the workbook must have formulas for it. A project that is refused gives ``("error", fact)``.
    """
    catalog = folder_of(path, scheme_of(body, top))
    [id] = catalog.ids
    return held(catalog, id, projects, path, live=live)


def held(
    catalog: Catalog, id: str, projects: list[dict[str, Any]], path: Path, *, live: bool | None = True, alone: bool | None = False
) -> list[tuple[str, str | None]]:
    """The same for a scheme of any catalogue, with files in ``path``; ``alone``: the column engine leaves it to the explainer.

    ``live`` and ``alone`` None: as it comes.
    """
    rows = path / "projects.jsonl"
    rows.write_text("\n".join(json.dumps({"project": str(n), **p}, default=str) for n, p in enumerate(projects)), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "SMALL", 0)
        summary = catalog.batch(rows, path / "long.csv", schemes=[id], id_column="project")
        catalog.batch(rows, path / "wide.csv", schemes=[id], id_column="project", shape="wide")
    assert alone is None or bool(summary.fallbacks) is alone, summary.fallbacks
    long: dict[tuple[str, str], dict[str, str]] = {}
    for row in csv.DictReader((path / "long.csv").read_text(encoding="utf-8-sig").splitlines()):
        long[row["project"], row["benefit"]] = row
    totals = {row["project"]: row[id] for row in csv.DictReader((path / "wide.csv").read_text(encoding="utf-8-sig").splitlines())}
    found: list[tuple[str, str | None]] = []
    for number, project in enumerate(projects):
        try:
            result = catalog.estimate(project, id)
        except InputError as bad:
            found.append(("error", bad.fact))
            continue
        with Workbook(io.BytesIO(), {"in_memory": True}) as file:
            layout = xlsx.lay_out(file, catalog, {}, [result], catalog.read(project, [id]))
        [one] = layout.schemes
        assert (project, totals[str(number)] or None) == (project, result.total)
        if live or (live is None and all(cells.live for cells in one.benefits)):
            total = None if isinstance(one.total.value, str) else one.total.value
            assert (project, total) == (project, None if result.total is None else int(result.total.replace(".", "")))
        for cells, benefit in zip(one.benefits, result.benefits, strict=True):
            row = long[str(number), benefit.id]
            assert (project, benefit.id, row["status"], row["amount"] or None) == (project, benefit.id, benefit.status, benefit.amount)
            assert (project, row["missing"], row["assumed"]) == (project, ";".join(benefit.missing), ";".join(benefit.assumed))
            if benefit.status != "no-figure" and (live or (live is None and cells.live)):
                assert cells.live, benefit.id
                fen = None if benefit.amount is None else int(benefit.amount.replace(".", ""))
                assert (project, STATUSES[cells.code.value - 1]) == (project, benefit.status)
                assert (project, None if isinstance(cells.fen.value, f.Gap) else cells.fen.value) == (project, fen)
        found.append((result.benefits[0].status, result.benefits[0].amount))
    return found
