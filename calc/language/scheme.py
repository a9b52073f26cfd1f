"""A scheme file → a lowered scheme. Every problem found is reported with its file and line, all of them together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from calc.documents import BadDocument, read_shown
from calc.errors import SchemeError, SchemeErrors, nearest_names, shown
from calc.facts import Facts
from calc.language import core, exclusive, lower, model
from calc.language.bounds import bounds, is_dated
from calc.language.check import check_benefit, check_condition
from calc.language.covered import keeping_to
from calc.language.surface import BenefitTable, ForTable, LimitTable, SchemeTable, Table, WhenTable
from calc.messages import listed, text, translations
from calc.places import Path, Places

NO_FIGURE = ("discretionary", "in-kind", "gap")
ORDER = ("item", "group", "year", "enterprise-year", "project", "enterprise", "total")  # in which limits cap what comes by the year


BESIDE = ("status", "chosen")  # what tables say beside the total of a scheme: no benefit is called so
SHAPES = ("string_pattern", "string", "date", "list", "model", "dict", "bool", "too_short")  # how the names of pydantic's errors begin


def load_scheme(content: str, facts: Facts, file: str) -> model.Scheme:
    """A scheme from the text of its file. Raises ``SchemeErrors``."""
    try:
        return _Loader(content, facts, file).load()
    except SchemeErrors:
        raise
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as fault:
        # a fault of the program that one file brings out leaves the others usable
        raise SchemeErrors([SchemeError(file, 0, text("scheme.fault", error=f"{type(fault).__name__}: {fault}"))]) from fault


class _Loader:
    def __init__(self, content: str, facts: Facts, file: str) -> None:
        self.content = content
        self.facts = facts
        self.file = file
        self.problems: list[SchemeError] = []
        self.told: set[tuple[str | int, ...]] = set()  # problems of what several benefits share, each told once

    @cached_property
    def places(self) -> Places:
        """Where things stand in the file; only asked for when there is a problem."""
        return Places(self.content)

    def report(self, problem: str, hint: str = "", path: Path = (), fragment: str = "") -> None:
        found = SchemeError(self.file, self.places.line(path, fragment), problem, hint)
        if str(found) not in map(str, self.problems):  # what several benefits share is told once
            self.problems.append(found)

    @contextmanager
    def guard(self, where: str, path: Path) -> Iterator[None]:
        """Reports what is wrong in the form at ``path``; a problem of a ``let`` name is told once, where that stands."""
        try:
            yield
        except lower.LowerProblem as bad:
            if bad.let:
                if ("let", bad.let) in self.told:
                    return
                self.told.add(("let", bad.let))
                where, path = f"let.{bad.let}", ("let", bad.let)
            self.report(f"{where}: {bad.problem}", bad.hint, (*path, *bad.path), bad.fragment)
        except RecursionError:
            self.report(f"{where}: {text('document.deep')}", "", path)

    def load(self) -> model.Scheme:
        table = self.table()
        scope = lower.Scope(self.facts, table.let)
        for name in table.let:
            if name in self.facts:
                self.report(text("scheme.let.fact", name=name), "", ("let", name))
            with self.guard(f"let.{name}", ("let", name)):
                bad = lower.let_problem(name, scope)
                if bad is not None:
                    raise bad
        shared = tuple(self.conditions(table.when, scope, ("when",)))
        ids: set[str] = set()
        benefits = []
        for place, entry in enumerate(table.benefits):
            if entry.id in ids:
                self.report(text("scheme.twice", id=entry.id), "", ("benefits", place, "id"))
            if entry.id in BESIDE:
                self.report(text("scheme.taken", id=entry.id), "", ("benefits", place, "id"))
            ids.add(entry.id)
            benefits.append(self.benefit(entry, shared, scope, ("benefits", place), table))
        group_caps = self.group_caps(table, benefits, scope)
        benefits = [keeping_to(benefit, group_caps) for benefit in benefits]
        self.outcome(table)
        self.edition(table)
        if self.problems:
            raise SchemeErrors(self.problems)
        return model.Scheme(
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
            tuple(dict.fromkeys([*(f for b in benefits for f in b.facts), *(f for cap in group_caps for f in model.facts_of_cap(cap))])),
            self.file,
            table.edition_of,
            self.audience(table.for_, ("for",)),
            later=tuple(model.Later(one.document, str(_iso(one.published)), one.note) for one in table.later),
            apart=tuple(some for some in exclusive.sets_apart(benefits) if len(some) > 1),
            narrows=exclusive.narrows(benefits),
            **_about(table),
        )

    def audience(self, table: ForTable, path: Path) -> dict[str, tuple[str, ...]]:
        """Who and what for, checked by the values of the facts of the profile."""
        found: dict[str, tuple[str, ...]] = {}
        for key, values in table.model_dump(exclude_none=True).items():
            found[key] = tuple(values)
            known = self.facts[key].values if key in self.facts else values
            for place, value in enumerate(values):
                if value not in known:
                    said = text("lower.slug", slug=value, values=listed(known))
                    self.report(said, " / ".join(nearest_names(value, known)), (*path, key, place))
        return found

    def table(self) -> SchemeTable:
        try:
            document = read_shown(self.content)
        except BadDocument as bad:
            raise SchemeErrors([SchemeError(self.file, bad.line, text("scheme.toml", error=bad.problem), text("scheme.toml.hint"))]) from None
        try:
            return SchemeTable.model_validate(document)
        except ValidationError as bad:
            found = [(_real_path(document, error), error) for error in bad.errors()]
            for place, (path, error) in enumerate(found):
                # where one of several shapes will do, each shape complains: the one that went deepest fits best
                if all(path != other[: len(path)] for other, _ in [*found[:place], *(f for f in found[place + 1 :] if f[0] != path)]):
                    self.invalid(path, error)
            raise SchemeErrors(self.problems) from None

    def invalid(self, path: Path, error: Any) -> None:
        """One pydantic error as a problem a scheme author understands."""
        where = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
        key = str(path[-1]) if path else ""
        if error["type"] == "extra_forbidden":
            known = _known_keys(path)
            near = [lower.SYNONYMS[key]] if lower.SYNONYMS.get(key) in known else nearest_names(key, known)
            elsewhere = text("scheme.key.benefit", key=key) if key in _known_keys(("benefits", "")) - known else ""
            self.report(text("scheme.key", where=where), elsewhere or " / ".join(near) or listed(sorted(known)), path)
        elif error["type"] == "missing":
            examples = {"per": 'per = "project"（' + listed(lower.SCOPES) + "）", "at_most": 'at_most = "100' + text("word.wan") + '"'}
            self.report(text("scheme.lacks", where=where), examples.get(key, f"{key} = …"), path)
        else:
            choices = re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
            said = listed(choices) or text(f"scheme.shape.{next((s for s in SHAPES if error['type'].startswith(s)), 'other')}")
            hint = " / ".join(_called(key, str(error["input"]), choices) or nearest_names(str(error["input"]), choices))
            self.report(text("scheme.value", where=where, value=shown(error["input"]), expected=said), hint, path)

    def conditions(self, entries: list[str | WhenTable], scope: lower.Scope, path: Path) -> Iterator[model.Condition]:
        for place, entry in enumerate(entries):
            with self.guard("when", (*path, place)):
                if isinstance(entry, WhenTable):
                    yield model.Condition(lower.condition(entry.if_, scope), entry.text)
                else:
                    yield model.Condition(lower.condition(entry, scope))

    def benefit(
        self, entry: BenefitTable, shared: tuple[model.Condition, ...], scope: lower.Scope, path: Path, table: SchemeTable
    ) -> model.Benefit:
        own = tuple(self.conditions(entry.when, scope, (*path, "when")))
        rules: tuple[core.Require, ...] = ()
        with self.guard("require", (*path, "require")):
            rules = lower.requires(entry.require, scope)
        amount: core.Node | None = None
        stages: tuple[Any, ...] = ()
        if entry.nature in NO_FIGURE:
            if entry.amount is not None or entry.schedule is not None or entry.limits:
                self.report(text("scheme.no.figure", nature=entry.nature), "amount", (*path, "amount"))
            if not entry.reason:
                self.report(text("scheme.reason", id=entry.id), 'reason = "…"', path)
        elif entry.amount is None and entry.schedule is None:
            self.report(text("scheme.amount", id=entry.id), "amount = …", path)
        else:
            amount = self.amount(entry, scope, path)
        with self.guard("disbursement", (*path, "disbursement")):
            stages = lower.shares(entry.disbursement, scope) if entry.disbursement else ()
        conditions = shared + own
        for place, condition in enumerate(conditions):
            at = ("when", place) if place < len(shared) else (*path, "when", place - len(shared))
            for problem, hint, fragment in check_condition(condition.node, rules):
                if (problem, *at) not in self.told:
                    self.told.add((problem, *at))
                    self.report(problem, hint, at, fragment)
        most = None
        if amount is not None:
            core.mark_bases(amount)
            _, most = bounds(amount)
            for problem, hint, fragment in check_benefit(amount, conditions, rules):
                keys = [(*path, "amount"), *((*path, "limits", n) for n in range(len(entry.limits))), (*path, "schedule"), ("let",)]
                self.report(problem, hint, next((k for k in keys if fragment and self.places.has(k, fragment)), (*path, "amount")), fragment)
        nodes = [c.node for c in conditions] + ([amount] if amount is not None else []) + [r.condition for r in rules]
        return model.Benefit(
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
            {**self.audience(table.for_, ("for",)), **self.audience(entry.for_, (*path, "for"))},
            see=tuple(entry.see),
            **{key: own or general for (key, own), general in zip(_about(entry).items(), _about(table).values(), strict=True)},
        )

    def amount(self, entry: BenefitTable, scope: lower.Scope, path: Path) -> core.Node | None:
        """amount → item, group and overall limits → yearly schedule → yearly limits; on a dated amount, years come first."""
        node: core.Node | None = None
        known = len(self.problems)
        if entry.amount is not None:
            with self.guard("amount", (*path, "amount")):
                node = lower.form(entry.amount, scope)
                if not isinstance(node, (core.Step, core.Choose)):
                    node = core.Step("standard" if isinstance(node, core.Lit) else "base", node)
                if node.type.kind != "money":
                    hint = lower.with_unit(node, "money")
                    raise lower.LowerProblem(text("lower.kind", where="amount", kind=lower.kind_name(node), wanted=text("kind.money")), hint)
                shaped = entry.model_dump(include={"pays_from", "at_least", "round"})
                node = lower.rounded(lower.floored(node, shaped, scope), shaped, scope)
            if node is None:
                return None
        limits = list(enumerate(entry.limits))
        if entry.schedule is not None:
            if node is not None:
                for place, limit in (x for x in limits if x[1].per not in lower.YEARLY):
                    node = self.cap(node, limit, scope, (*path, "limits", place))
                limits = [x for x in limits if x[1].per in lower.YEARLY]
            with self.guard("schedule", (*path, "schedule")):
                node = lower.schedule(entry.schedule, node, scope)
        if node is None:
            return None
        if is_dated(node):
            limits.sort(key=lambda x: ORDER.index(x[1].per))
        for place, limit in limits:
            node = self.cap(node, limit, scope, (*path, "limits", place))
        if limits and entry.schedule is None and len(self.problems) == known:
            node = lower.rounded(node, entry.model_dump(include={"round"}), scope, again=True)
        return node if len(self.problems) == known else None

    def cap(self, node: core.Node, limit: LimitTable, scope: lower.Scope, path: Path) -> core.Node:
        with self.guard("limits", path):
            return lower.cap(node, limit.at_most, limit.per, scope, limit.when)
        return node

    def group_caps(self, table: SchemeTable, benefits: list[model.Benefit], scope: lower.Scope) -> list[model.GroupCap]:
        found: list[model.GroupCap] = []
        ids = {b.id: b for b in benefits}
        for place, entry in enumerate(table.group_caps):
            path = ("group_caps", place)
            for number, id in enumerate(entry.benefits):
                if id not in ids or (ids[id].amount is None and ids[id].nature in NO_FIGURE):
                    self.report(text("scheme.group", id=id), " / ".join(nearest_names(id, ids)), (*path, "benefits", number))
            when: core.Node | None = None
            if entry.when is not None:
                with self.guard("group_caps", (*path, "when")):
                    when = lower.condition(entry.when, scope)
            with self.guard("group_caps", (*path, "at_most")):
                node = lower.form(entry.at_most, scope)
                if node.type.kind != "money" or is_dated(node):
                    raise lower.LowerProblem(text("scheme.group.limit"), 'at_most = "1000万元"')
                fixed = isinstance(node, core.Lit) and when is None
                known = model.GroupCap(tuple(entry.benefits), node.value if fixed else None, entry.per, node, when, entry.derived)  # type: ignore[attr-defined]
                found.append(known)
                if known.limit is None or entry.derived:
                    continue
                most = [ids[id].most for id in entry.benefits if id in ids]
                together = (max if table.combine == "one-of" else sum)([m for m in most if m is not None] or [0])
                if None not in most and together <= known.limit and not entry.per.startswith("enterprise") and not self.problems:
                    raise lower.LowerProblem(text("check.dead", limit=entry.at_most, scope=entry.per), text("check.dead.hint"))
        return found

    def edition(self, table: SchemeTable) -> None:
        printed, at, _ = table.id.partition("@")
        if at and not table.edition_of:
            self.report(text("scheme.lacks", where="edition_of"), f'edition_of = "{printed}"', ("id",))
        elif table.edition_of and table.edition_of != printed:
            self.report(text("scheme.edition", id=table.id, printed=table.edition_of), f'id = "{table.edition_of}@2025"', ("edition_of",))

    def outcome(self, table: SchemeTable) -> None:
        pays = any(b.nature not in NO_FIGURE for b in table.benefits)
        if table.outcome == "money" and not pays:
            self.report(text("scheme.pays.nothing"), 'outcome = "none"')
        if table.outcome != "money":
            if pays:
                self.report(text("scheme.pays", outcome=table.outcome), 'outcome = "money"', ("outcome",))
            if not table.reason:
                self.report(text("scheme.reason", id=table.id), 'reason = "…"', ("outcome",))
        if table.outcome == "index" and not table.members:
            self.report(text("scheme.lacks", where="members"), 'members = ["g01-…"]', ("outcome",))
        if table.valid_from and table.valid_to and table.valid_to < table.valid_from:
            self.report(text("scheme.validity"), "", ("valid_to",))


def _about(table: SchemeTable | BenefitTable) -> dict[str, Any]:
    """What a scheme or benefit says of its supplement, of when to apply and whom to ask."""
    extra, when, office = table.supplement, table.apply, table.contact
    return {
        "supplement": extra and model.Supplement(extra.document, _iso(extra.published), extra.sure, extra.text),
        "window": when and model.Window(when.words, when.frequency, tuple(when.months), _iso(when.from_), _iso(when.until)),
        "contact": office and model.Contact(office.office, office.phone),
    }


def _iso(day: dt.date | str | None) -> str | None:
    return day.isoformat() if isinstance(day, dt.date) else day


def _real_path(document: Any, error: Any) -> Path:
    """The path of a pydantic error without the names of the shapes it tried; of a key that is missing, where it should stand."""
    found: Path = ()
    for place, part in enumerate(error["loc"]):
        if part in document if isinstance(document, dict) else isinstance(document, list) and isinstance(part, int):
            document = document[part]
        elif error["type"] != "missing" or place < len(error["loc"]) - 1:
            continue
        found += (part,)
    return found


def _called(key: str, said: str, choices: list[str]) -> list[str]:
    """The choices of a key that a Chinese word may mean: ``per = "年"`` is ``year``."""
    family = {"per": "scope"}.get(key, key)
    if said.isascii() or family not in ("scope", "nature", "support", "outcome", "combine"):
        return []
    labels = {choice: translations(f"{family}.{choice}")[0] for choice in choices}
    return [choice for choice, label in labels.items() if said in label or label in said]


def _known_keys(path: tuple[Any, ...]) -> set[str]:
    from calc.language import surface

    tables: dict[str, type[Table]] = {
        "benefits": surface.BenefitTable,
        "limits": surface.LimitTable,
        "group_caps": surface.GroupCapTable,
        "source": surface.SourceTable,
        "when": surface.WhenTable,
        "for": surface.ForTable,
        "supplement": surface.SupplementTable,
        "apply": surface.ApplyTable,
        "contact": surface.ContactTable,
    }
    model: type[Table] = SchemeTable
    for part in path[:-1]:
        model = tables.get(str(part), model)
    return {info.alias or name for name, info in model.model_fields.items()}
