"""A scheme file → a lowered scheme. Every problem found is reported with its file and line, all of them together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from calc.documents import BadDocument, read_toml
from calc.errors import SchemeError, SchemeErrors, nearest_names
from calc.facts import Facts
from calc.language import core, lower
from calc.language.bounds import bounds
from calc.language.check import check_benefit
from calc.language.surface import BenefitTable, SchemeTable, Table, WhenTable
from calc.messages import text

NO_FIGURE = ("discretionary", "in-kind", "gap")


class Source:
    """The text of a scheme file, to say on which line a thing stands."""

    def __init__(self, file: str, content: str) -> None:
        self.file = file
        self.lines = content.splitlines()
        self.starts = [n for n, line in enumerate(self.lines, 1) if re.match(r"\s*\[\[\s*benefits\s*\]\]", line)]

    def line(self, fragment: str = "", benefit: int | None = None) -> int:
        """The first line with ``fragment``, within the ``benefit``-th benefit if told; else where that begins."""
        first = self.starts[benefit] if benefit is not None and benefit < len(self.starts) else 1
        last = len(self.lines)
        if benefit is not None and benefit + 1 < len(self.starts):
            last = self.starts[benefit + 1] - 1
        if fragment:
            for number in range(first, last + 1):
                if fragment in self.lines[number - 1].split(" #")[0]:
                    return number
        return first if benefit is not None or not fragment else 1


def load_scheme(content: str, facts: Facts, file: str) -> core.Scheme:
    """A scheme from the text of its file. Raises ``SchemeErrors``."""
    return _Loader(content, facts, file).load()


class _Loader:
    def __init__(self, content: str, facts: Facts, file: str) -> None:
        self.content = content
        self.facts = facts
        self.source = Source(file, content)
        self.problems: list[SchemeError] = []

    def report(self, problem: str, hint: str = "", fragment: str = "", benefit: int | None = None) -> None:
        self.problems.append(SchemeError(self.source.file, self.source.line(fragment, benefit), problem, hint))

    @contextmanager
    def guard(self, where: str, benefit: int | None = None) -> Iterator[None]:
        try:
            yield
        except lower.LowerProblem as bad:
            self.report(f"{where}: {bad.problem}", bad.hint, bad.fragment, benefit)
        except RecursionError:
            self.report(f"{where}: {text('syntax.deep', most='')}", "", "", benefit)

    def load(self) -> core.Scheme:
        table = self.table()
        scope = lower.Scope(self.facts, table.let)
        for name in table.let:
            if name in self.facts:
                self.report(text("scheme.let.fact", name=name), "", name)
            with self.guard(f"let.{name}"):
                lower.form(table.let[name], scope)
        shared = tuple(self.conditions(table.when, scope, None))
        ids: set[str] = set()
        benefits = []
        for place, entry in enumerate(table.benefits):
            if entry.id in ids:
                self.report(text("scheme.twice", id=entry.id), "", f'"{entry.id}"', place)
            ids.add(entry.id)
            benefits.append(self.benefit(entry, shared, scope, place))
        group_caps = self.group_caps(table, benefits)
        self.outcome(table)
        if self.problems:
            raise SchemeErrors(self.problems)
        return core.Scheme(
            table.id,
            table.title,
            table.title_en,
            table.combine,
            table.outcome,
            table.reason,
            table.source.model_dump(mode="json"),
            table.valid_from,
            table.valid_to,
            benefits,
            group_caps,
            tuple(table.members),
            table.later_batch,
            tuple(dict.fromkeys(f for b in benefits for f in b.facts)),
            self.source.file,
        )

    def table(self) -> SchemeTable:
        file = self.source.file
        try:
            document = read_toml(self.content)
        except BadDocument as bad:
            raise SchemeErrors([SchemeError(file, bad.line, text("scheme.toml", error=bad.problem), text("scheme.toml.hint"))]) from None
        try:
            return SchemeTable.model_validate(document)
        except ValidationError as bad:
            for error in bad.errors():
                self.invalid(error)
            raise SchemeErrors(self.problems) from None

    def invalid(self, error: Any) -> None:
        """One pydantic error as a problem a scheme author understands."""
        path = error["loc"]
        benefit = path[1] if len(path) > 1 and path[0] == "benefits" and isinstance(path[1], int) else None
        words = [p for p in path if not (isinstance(p, str) and (p[:1].isupper() or "[" in p or p in ("str", "int")))]
        where = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in words).lstrip(".")
        key = next((p for p in reversed(words) if isinstance(p, str)), "")
        kind = error["type"]
        if kind == "extra_forbidden":
            known = _known_keys(path)
            self.report(text("scheme.key", where=where), " / ".join(nearest_names(key, known)) or "、".join(sorted(known)), key, benefit)
        elif kind == "missing":
            self.report(text("scheme.lacks", where=where), f"{key} = …", "", benefit)
        else:
            choices = re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
            shape = next((shape for shape in ("string_pattern", "string", "date", "list", "model", "dict", "bool", "too_short") if kind.startswith(shape)), "other")
            said = "、".join(choices) or text(f"scheme.shape.{shape}")
            hint = " / ".join(nearest_names(str(error["input"]), choices))
            self.report(text("scheme.value", where=where, value=error["input"], expected=said), hint, key, benefit)

    def conditions(self, entries: list[str | WhenTable], scope: lower.Scope, place: int | None) -> Iterator[core.Condition]:
        for entry in entries:
            with self.guard("when", place):
                if isinstance(entry, WhenTable):
                    yield core.Condition(lower.condition(entry.if_, scope), entry.text)
                else:
                    yield core.Condition(lower.condition(entry, scope))

    def benefit(self, entry: BenefitTable, shared: tuple[core.Condition, ...], scope: lower.Scope, place: int) -> core.Benefit:
        own = tuple(self.conditions(entry.when, scope, place))
        rules: tuple[core.Require, ...] = ()
        with self.guard("require", place):
            rules = lower.requires(entry.require, scope)
        amount: core.Node | None = None
        stages: tuple[Any, ...] = ()
        if entry.nature in NO_FIGURE:
            if entry.amount is not None or entry.schedule is not None or entry.limits:
                self.report(text("scheme.no.figure", nature=entry.nature), "amount", "amount", place)
            if not entry.reason:
                self.report(text("scheme.reason", id=entry.id), 'reason = "…"', "", place)
        elif entry.amount is None and entry.schedule is None:
            self.report(text("scheme.amount", id=entry.id), "amount = …", "", place)
        else:
            with self.guard("amount", place):
                amount = self.amount(entry, scope)
        with self.guard("disbursement", place):
            stages = lower.shares(entry.disbursement, scope) if entry.disbursement else ()
        most = None
        if amount is not None:

            _, most = bounds(amount)
            for problem, hint, fragment in check_benefit(amount, (*shared, *own), rules):
                self.report(problem, hint, fragment, place)
        conditions = shared + own
        nodes = [c.node for c in conditions] + ([amount] if amount is not None else []) + [r.condition for r in rules]
        return core.Benefit(
            entry.id,
            entry.label,
            entry.label_en,
            entry.clause,
            entry.nature,
            entry.support,
            conditions,
            rules,
            amount,
            stages,
            tuple(entry.checklist),
            entry.note,
            entry.warning,
            entry.reason,
            tuple(dict.fromkeys(f for n in nodes for f in core.facts_in(n))),
            most,
        )

    def amount(self, entry: BenefitTable, scope: lower.Scope) -> core.Node:
        """amount → item, group and overall limits → yearly schedule → yearly limits; on a dated amount, years come first."""
        node: core.Node | None = None
        if entry.amount is not None:
            node = lower.form(entry.amount, scope)
            if not isinstance(node, (core.Step, core.Choose)):
                node = core.Step("standard" if isinstance(node, core.Lit) else "base", node)
            if node.type.kind != "money":
                raise lower.LowerProblem(text("lower.kind", where="amount", kind=lower.kind_name(node), wanted=text("kind.money")), "", lower.fragment(entry.amount))
        limits = list(entry.limits)
        if entry.schedule is not None:
            yearly = [x for x in limits if x.per in lower.YEARLY]
            if node is not None:
                for limit in (x for x in limits if x.per not in lower.YEARLY):
                    node = lower.cap(node, limit.at_most, limit.per, scope, limit.when)
                limits = yearly
            node = lower.schedule(entry.schedule, node, scope)
        order = {scope: place for place, scope in enumerate(("item", "group", "year", "enterprise-year", "project", "enterprise", "total"))}
        places = [order[x.per] for x in limits]
        dated = node is not None and is_dated(node)
        if dated and places != sorted(places):
            limits.sort(key=lambda x: order[x.per])
        assert node is not None
        for limit in limits:
            node = lower.cap(node, limit.at_most, limit.per, scope, limit.when)
        return node

    def group_caps(self, table: SchemeTable, benefits: list[core.Benefit]) -> list[core.GroupCap]:
        found = []
        ids = {b.id: b for b in benefits}
        for entry in table.group_caps:
            for id in entry.benefits:
                if id not in ids or ids[id].amount is None:
                    self.report(text("scheme.group", id=id), " / ".join(nearest_names(id, ids)), f'"{id}"')
            with self.guard("group_caps"):
                limit = lower.expression(entry.at_most, lower.Scope(self.facts))
                if not isinstance(limit, core.Lit) or limit.type.kind != "money":
                    raise lower.LowerProblem(text("scheme.group.limit"), 'at_most = "1000万元"', entry.at_most)
                found.append(core.GroupCap(tuple(entry.benefits), limit.value, entry.per))
        return found

    def outcome(self, table: SchemeTable) -> None:
        pays = any(b.nature not in NO_FIGURE for b in table.benefits)
        if table.outcome == "money" and not pays:
            self.report(text("scheme.pays.nothing"), 'outcome = "none"')
        if table.outcome != "money":
            if pays:
                self.report(text("scheme.pays", outcome=table.outcome), 'outcome = "money"', "outcome")
            if not table.reason:
                self.report(text("scheme.reason", id=table.id), 'reason = "…"', "outcome")
        if table.outcome == "index" and not table.members:
            self.report(text("scheme.lacks", where="members"), 'members = ["g01-…"]', "outcome")
        if table.valid_from and table.valid_to and table.valid_to < table.valid_from:
            self.report(text("scheme.validity"), "", "valid_to")


def is_dated(node: core.Node) -> bool:
    """Whether an amount comes as a series of years."""
    node = core.bare(node)
    if isinstance(node, core.Items):
        return node.dated
    if isinstance(node, (core.Years, core.Fill)):
        return True
    if isinstance(node, core.Choose):
        values = [value for _, value in node.branches] + ([node.otherwise] if node.otherwise is not None else [])
        return any(is_dated(value) for value in values)
    if isinstance(node, core.Total):
        return any(is_dated(part) for part in node.parts)
    if isinstance(node, core.Arith):
        return is_dated(node.left) or is_dated(node.right)
    return False


def _known_keys(path: tuple[Any, ...]) -> set[str]:
    from calc.language import surface

    tables: dict[str, type[Table]] = {
        "benefits": surface.BenefitTable,
        "limits": surface.LimitTable,
        "group_caps": surface.GroupCapTable,
        "source": surface.SourceTable,
        "when": surface.WhenTable,
    }
    model: type[Table] = SchemeTable
    for part in path[:-1]:
        model = tables.get(str(part), model)
    return {info.alias or name for name, info in model.model_fields.items()}
