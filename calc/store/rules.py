"""The rules between schemes (``schemes/rules.toml``): how they are read, checked, and which two benefits they keep apart.

Schemes are named by id, benefits as ``scheme/benefit``. A rule forbids pairs of benefits; some reach from one project of an
enterprise to another, some only bind what concerns the same project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.documents import BadDocument, read_toml
from calc.errors import SchemeError, SchemeErrors, nearest_names
from calc.messages import language, text

if TYPE_CHECKING:
    from calc.facts import Facts
    from calc.language import core
    from calc.store.store import Store

FILE = "rules.toml"
OBJECTS = ("project", "enterprise")
FUNDS = ("central", "tax", "district")
COST_KEYS = ("label", "label_en", "facts", "interest", "benefits")
# kind → the keys it must have, the keys it may have; all have id, says, source
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "exclusive": (("schemes", "per"), ("except", "unless")),
    "no_double_funding": (("scope", "against"), ("scheme", "schemes", "benefits", "limited_to", "unless")),
    "same_measure": (("benefits",), ("certain",)),
    "one_of": (("scheme",), ("benefits", "per")),
    "prerequisite": (("scheme",), ("benefits", "any_of")),
    "frequency": (("scheme", "at_most", "per"), ("benefits", "per_years", "unit", "in_amount")),
    "notice": (("kind", "schemes"), ("benefits",)),
}
COMMON = ("id", "source", "says", "says_en", "derived")
LISTS = ("schemes", "except", "benefits", "limited_to", "any_of", "facts")
SWITCHES = ("derived", "certain", "in_amount")
COUNTS = ("at_most", "per_years")
CHOICES = {"scope": OBJECTS, "against": ("municipal", "municipal+central")}
ENTERPRISE_WIDE = ("enterprise", "enterprise-year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``schemes`` and ``benefits``: whom it is about, benefits as ``scheme/benefit`` (none: all of the schemes)."""

    kind: str
    id: str
    source: str
    says: str
    says_en: str = ""
    line: int = 0
    schemes: tuple[str, ...] = ()
    benefits: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    per: str = "project"
    unless: str = ""
    scope: str = "project"
    against: str = "municipal"
    limited_to: tuple[str, ...] | None = None
    any_of: tuple[str, ...] = ()
    certain: bool = True
    topic: str = ""

    @property
    def wording(self) -> str:
        """What it says, in the language in use."""
        return self.says if language() == "zh" or not self.says_en else self.says_en

    @property
    def enforced(self) -> bool:
        """Whether a plan keeps to it; other rules are told only."""
        return self.kind in ("exclusive", "no_double_funding", "one_of") or (self.kind == "same_measure" and self.certain) or bool(self.any_of)

    def covers(self, scheme: str, benefit: str) -> bool:
        """Whether it is about a benefit (``scheme/benefit``)."""
        if self.benefits:
            return benefit in self.benefits or printed(benefit) in self.benefits
        return (scheme in self.schemes or printed(scheme) in self.schemes) and not {scheme, printed(scheme)} & set(self.excepted)

    def names(self) -> Iterator[str]:
        """Every scheme and benefit it names."""
        yield from (*self.schemes, *self.benefits, *self.excepted, *(self.limited_to or ()), *self.any_of)


@dataclass(frozen=True, slots=True)
class Cost:
    """Spending that ``benefits`` (``scheme/benefit``) reimburse: the largest of plain ``facts``, the sum of a list's field (the
    first given one of each record), or the whole ``interest`` of a list of loans."""

    id: str
    label: str
    benefits: tuple[str, ...]
    facts: tuple[str, ...] = ()
    interest: str = ""
    label_en: str = ""

    @property
    def wording(self) -> str:
        """Its name, in the language in use."""
        return self.label if language() == "zh" or not self.label_en else self.label_en

    def covers(self, benefit: str) -> bool:
        """Whether a benefit (``scheme/benefit``), or the printed edition of it, draws on it."""
        return benefit in self.benefits or printed(benefit) in self.benefits


def printed(name: str) -> str:
    """The name of a scheme or benefit without its edition: what holds for the printed entry holds for its editions."""
    scheme, slash, benefit = name.partition("/")
    return scheme.partition("@")[0] + slash + benefit


@dataclass(slots=True)
class Rules:
    """All rules of a catalogue, and what they turn on: whom a benefit supports, whose money it is, what a project costs."""

    file: str = ""
    rules: list[Rule] = field(default_factory=list)
    objects: dict[str, str] = field(default_factory=dict)
    funds: dict[str, str] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)
    prior_funding: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Rule]:
        """The rules of some kinds, in the order of the file."""
        return [rule for rule in self.rules if rule.kind in kinds]

    def object(self, scheme: str, benefit: str) -> str:
        """What a benefit supports, ``project`` or ``enterprise``."""
        return _told(self.objects, scheme, benefit) or "project"

    def fund(self, scheme: str, benefit: str) -> str:
        """Whose money a benefit is: ``municipal``, ``central``, ``district``, or ``tax`` relief."""
        return _told(self.funds, scheme, benefit) or "municipal"


def _told(table: Mapping[str, str], scheme: str, benefit: str) -> str:
    """What a table says of a benefit, its scheme, or their printed edition; nothing where it says nothing."""
    return next((table[name] for name in (benefit, scheme, printed(benefit), printed(scheme)) if name in table), "")


# ---------------------------------------------------------------- reading


def read_rules(folder: Path) -> Rules:
    """The rules of a scheme folder; none where it has no ``rules.toml``. Raises ``SchemeErrors``."""
    path = folder / FILE
    if not path.is_file():
        return Rules()
    try:
        return load_rules(path.read_bytes().decode("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as bad:
        error = text("document.encoding") if isinstance(bad, UnicodeDecodeError) else bad.strerror or bad
        raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=error))]) from None


def load_rules(content: str, file: str = FILE) -> Rules:
    """The rules from the text of their file. Raises ``SchemeErrors`` with all that is wrong with its form."""
    return _Reader(content, file).read()


class _Reader:
    def __init__(self, content: str, file: str) -> None:
        self.rules = Rules(file, lines=content.splitlines())
        self.content = content
        self.problems: list[SchemeError] = []

    def report(self, problem: str, hint: str = "", line: int = 0) -> None:
        self.problems.append(SchemeError(self.rules.file, line, problem, hint))

    def read(self) -> Rules:
        try:
            document = read_toml(self.content)
        except BadDocument as bad:
            raise SchemeErrors([SchemeError(self.rules.file, bad.line, text("scheme.toml", error=bad.problem))]) from None
        known = (*KINDS, "objects", "funds", "costs", "prior_funding")
        for key in document:
            if key not in known:
                self.report(text("rules.key", where=key), " / ".join(nearest_names(key, known)) or "、".join(known), _line(self.rules.lines, key))
        for kind in KINDS:
            entries = document.get(kind, [])
            starts = [n for n, line in enumerate(self.rules.lines, 1) if re.match(rf"\s*\[\[\s*{kind}\s*\]\]", line)]
            if not isinstance(entries, list):
                self.report(text("rules.value", where=kind, value=entries, expected=f"[[{kind}]]"), "", _line(self.rules.lines, kind))
                continue
            for place, entry in enumerate(entries):
                self.entry(kind, entry, starts[place] if place < len(starts) else 0)
        self.rules.objects = self.inverted(document, "objects", OBJECTS)
        self.rules.funds = self.inverted(document, "funds", FUNDS)
        for id, entry in dict(document.get("costs", {})).items():
            self.cost(str(id), entry)
        prior = document.get("prior_funding", {})
        self.rules.prior_funding = {str(k): str(v) for k, v in prior.items()} if isinstance(prior, dict) else {}
        if self.problems:
            raise SchemeErrors(self.problems)
        return self.rules

    def cost(self, id: str, entry: Any) -> None:
        where, line = f"costs.{id}", _line(self.rules.lines, f"[costs.{id}]")
        before = len(self.problems)
        if not isinstance(entry, dict):
            self.report(text("rules.value", where=where, value=entry, expected=f"[{where}]"), "", line)
            return
        for key, value in entry.items():
            if key not in COST_KEYS:
                self.report(text("rules.key", where=f"{where}: {key}"), "、".join(COST_KEYS), line)
            elif expected := _unfit("costs", key, value):
                self.report(text("rules.value", where=f"{where}: {key}", value=value, expected=expected), "", line)
        for key in ("label", "benefits", *(("facts",) if "interest" not in entry else ())):
            if key not in entry:
                self.report(text("rules.lacks", where=where, key=key), f"{key} = …", line)
        if len(self.problems) == before:
            self.rules.costs[id] = Cost(
                id, entry["label"], tuple(entry["benefits"]), tuple(entry.get("facts", ())), entry.get("interest", ""), entry.get("label_en", "")
            )

    def lists(self, document: Mapping[str, Any], table: str, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, names in dict(document.get(table, {})).items():
            line = _line(self.rules.lines, key)
            if key not in known:
                self.report(text("rules.key", where=f"{table}.{key}"), "、".join(known), line)
            elif not _is_list(names):
                self.report(text("rules.value", where=f"{table}.{key}", value=names, expected='["…"]'), "", line)
            else:
                found[key] = tuple(names)
        return found

    def inverted(self, document: Mapping[str, Any], table: str, known: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, names in self.lists(document, table, known).items():
            for name in names:
                if name in found:
                    self.report(text("rules.twice", where=table, id=name), "", _line(self.rules.lines, f'"{name}"'))
                found[name] = key
        return found

    def entry(self, kind: str, entry: Any, line: int) -> None:
        must, may = KINDS[kind]
        if not isinstance(entry, dict):
            self.report(text("rules.value", where=kind, value=entry, expected=f"[[{kind}]]"), "", line)
            return
        where = f"{kind} {entry.get('id', '')}".strip()
        before = len(self.problems)
        known = (*COMMON, *must, *may)
        for key, value in entry.items():
            if key not in known:
                self.report(text("rules.key", where=f"{where}: {key}"), " / ".join(nearest_names(key, known)) or "、".join(known), line)
            elif expected := _unfit(kind, key, value):
                self.report(text("rules.value", where=f"{where}: {key}", value=value, expected=expected), "", line)
        for key in ("id", "source", "says", *must):
            if key not in entry:
                self.report(text("rules.lacks", where=where, key=key), f"{key} = …", line)
        if kind == "no_double_funding" and ("scheme" in entry) == ("schemes" in entry):
            self.report(text("rules.lacks", where=where, key="scheme"), 'scheme = "…" / schemes = ["…"]', line)
        if len(self.problems) == before:
            self.rules.rules += _made(kind, entry, line)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _unfit(kind: str, key: str, value: Any) -> str:
    """What would be accepted, where a value is not; else nothing."""
    choices = OBJECTS if key == "per" and kind in ("exclusive", "one_of") else CHOICES.get(key)
    if choices is not None:
        return "" if value in choices else " / ".join(choices)
    if key in LISTS:
        return "" if _is_list(value) else '["…"]'
    if key in SWITCHES:
        return "" if isinstance(value, bool) else "true / false"
    if key in COUNTS:
        return "" if isinstance(value, int) and not isinstance(value, bool) and value > 0 else "1, 2, 3, …"
    return "" if isinstance(value, str) and value.strip() else '"…"'


def _made(kind: str, entry: Mapping[str, Any], line: int) -> Iterator[Rule]:
    """The rules of one entry: one, or one for each of its ``schemes`` where it stands for several alike."""
    several = kind == "no_double_funding" and "schemes" in entry
    schemes = tuple(entry.get("schemes", ())) or ((entry["scheme"],) if "scheme" in entry else ())
    for one in [(s,) for s in schemes] if several else [schemes]:
        own = entry.get("benefits", ())
        benefits = tuple(own) if kind in ("same_measure", "notice") else tuple(f"{one[0]}/{b}" for b in own)
        yield Rule(
            kind=kind,
            id=f"{entry['id']}-{one[0].partition('-')[0]}" if several else entry["id"],
            source=entry["source"],
            says=entry["says"],
            says_en=entry.get("says_en", ""),
            line=line,
            schemes=one or tuple(dict.fromkeys(b.partition("/")[0] for b in benefits)),
            benefits=benefits,
            excepted=tuple(entry.get("except", ())),
            per=entry.get("per", "project"),
            unless=entry.get("unless", ""),
            scope=entry.get("scope", "project"),
            against=entry.get("against", "municipal"),
            limited_to=tuple(entry["limited_to"]) if "limited_to" in entry else None,
            any_of=tuple(entry.get("any_of", ())),
            certain=entry.get("certain", True),
            topic=entry.get("kind", ""),
        )


def _line(lines: Sequence[str], fragment: str) -> int:
    return next((n for n, line in enumerate(lines, 1) if fragment in line and not line.lstrip().startswith("#")), 0)


# ---------------------------------------------------------------- checking


def check_rules(catalog: Store) -> list[SchemeError]:
    """What is wrong with the rules of a catalogue: their form, and what they say of its schemes, benefits and facts."""
    return rule_problems(catalog.folder, catalog.schemes(), catalog.facts)


def rule_problems(folder: Path, schemes: Iterable[core.Scheme], facts: Facts, broken: Iterable[str] = ()) -> list[SchemeError]:
    """What is wrong with the rules in ``folder``, by its schemes and facts; ``broken`` are ids of schemes that cannot be read."""
    try:
        rules = read_rules(folder)
    except SchemeErrors as bad:
        return bad.problems
    return list(_problems(rules, {s.id: s for s in schemes}, facts, set(broken))) if rules.file else []


def _problems(rules: Rules, schemes: Mapping[str, core.Scheme], facts: Facts, broken: set[str]) -> Iterator[SchemeError]:
    def problem(said: str, line: int, hint: str = "") -> SchemeError:
        return SchemeError(rules.file, line, said, hint)

    benefits = {f"{s.id}/{b.id}": b for s in schemes.values() for b in s.benefits}

    def unknown(names: Iterable[str], where: str, line: int) -> Iterator[SchemeError]:
        for name in names:
            pool: Iterable[str] = benefits if "/" in name else schemes
            if name not in pool and name.partition("/")[0] not in broken:
                at = _line(rules.lines[line:], f'"{name.partition("/")[2] or name}"')
                yield problem(text("rules.unknown", where=where, id=name), line + at if at else line, " / ".join(nearest_names(name, pool)))

    def wrong_fact(fact: str, where: str, line: int, types: Sequence[str]) -> Iterator[SchemeError]:
        head, _, part = fact.partition(".")
        if head not in facts or (part and part not in facts[head].fields):
            yield problem(text("rules.fact", where=where, fact=fact), line, " / ".join(facts.nearest(fact)))
            return
        kind = facts[head].fields[part].type if part else facts[head].type
        if kind not in types:
            yield problem(text("rules.fact.type", where=where, fact=fact, type=kind, types=" / ".join(types)), line)

    seen: set[str] = set()
    for rule in rules.rules:
        if rule.id in seen:
            yield problem(text("rules.twice", where=rule.kind, id=rule.id), rule.line)
        seen.add(rule.id)
        yield from unknown(rule.names(), rule.id, rule.line)
        if rule.unless:
            yield from wrong_fact(rule.unless, rule.id, rule.line, ("bool",))
        few = {"exclusive": len(set(rule.schemes)), "same_measure": len({b.partition("/")[0] for b in rule.benefits})}.get(rule.kind, 2)
        if few < 2 or (rule.kind == "one_of" and len(rule.benefits) == 1):
            yield problem(text("rules.few", where=rule.id), rule.line)
        for name in set(rule.excepted) - set(rule.schemes):
            yield problem(text("rules.except", where=rule.id, id=name), rule.line)
        if rule.kind == "one_of" and not rule.benefits and rule.schemes[0] in schemes and schemes[rule.schemes[0]].combine != "one-of":
            yield problem(text("rules.combine", where=rule.id, id=rule.schemes[0]), rule.line, 'combine = "one-of"')
        if rule.topic == "equity":
            for name in rule.benefits:
                if name in benefits and benefits[name].support != "equity":
                    yield problem(text("rules.equity", where=rule.id, id=name), rule.line, 'support = "equity"')
    yield from (problem(text("rules.cycle", path=" → ".join(path)), rules_line(rules, path[0])) for path in _cycles(rules))
    for table, names in (("objects", rules.objects), ("funds", rules.funds)):
        yield from unknown(names, table, _line(rules.lines, f"[{table}]"))
    for key, benefit in benefits.items():
        entries = [name for name in (key, key.partition("/")[0]) if name in rules.objects] or [
            name for name in (printed(key), printed(key.partition("/")[0])) if name in rules.objects
        ][:1]
        at = _line(rules.lines, "[objects]")
        if benefit.amount is not None and not entries:
            yield problem(text("rules.object", id=key), at, 'project = ["…"] / enterprise = ["…"]')
        elif len(entries) == 2:
            yield problem(text("rules.twice", where="objects", id=key), at)
        elif entries == [key] and benefit.amount is None:
            yield problem(text("rules.object.pays", id=key), at)
    for cost in rules.costs.values():
        at = _line(rules.lines, f"[costs.{cost.id}]")
        yield from unknown(cost.benefits, f"costs.{cost.id}", at)
        for fact in cost.facts:
            yield from wrong_fact(fact, f"costs.{cost.id}", at, ("money",))
        if cost.interest:
            yield from wrong_fact(cost.interest, f"costs.{cost.id}", at, ("list",))
    yield from unknown(rules.prior_funding, "prior_funding", _line(rules.lines, "[prior_funding]"))
    for fact in rules.prior_funding.values():
        yield from wrong_fact(fact, "prior_funding", _line(rules.lines, f'"{fact}"'), ("bool",))


def rules_line(rules: Rules, benefit: str) -> int:
    """The line of the prerequisite a benefit has."""
    return next((r.line for r in rules.of("prerequisite") if r.any_of and r.covers(benefit.partition("/")[0], benefit)), 0)


def _cycles(rules: Rules) -> Iterator[list[str]]:
    """Benefits that, by their prerequisites, in the end need themselves; each cycle once, as a path that closes."""
    needs: dict[str, list[str]] = {}
    for rule in rules.of("prerequisite"):
        for benefit in rule.benefits if rule.any_of else ():
            needs.setdefault(benefit, []).extend(rule.any_of)
    done: set[str] = set()

    def walk(benefit: str, path: list[str]) -> Iterator[list[str]]:
        if benefit in path:
            yield [*path[path.index(benefit) :], benefit]
        elif benefit not in done:
            for needed in needs.get(benefit, ()):
                yield from walk(needed, [*path, benefit])
            done.add(benefit)

    for benefit in needs:
        yield from walk(benefit, [])


def rules_touching(catalog: Store, scheme: str) -> list[Rule]:
    """The rules that name a scheme (by id) or one of its benefits, in the order of the file."""
    return [rule for rule in catalog.rules.rules if any(name.partition("/")[0] == scheme for name in rule.names())]


# ---------------------------------------------------------------- conflicts


@dataclass(frozen=True, slots=True)
class Item:
    """A benefit of a project: the project's place, the scheme's id, the benefit as ``scheme/benefit``."""

    project: int
    scheme: str
    benefit: str


@dataclass(slots=True)
class Conflicts:
    """``pairs``: items that cannot both be had (i < j) and the ids of the rules that say so; ``open``: rules that might fall
    away, by the fact that decides it, and the projects for which it is not given."""

    pairs: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    open: dict[str, dict[str, set[int]]] = field(default_factory=dict)


def conflicts(catalog: Store, items: Sequence[Item], facts: Sequence[Mapping[str, Any]]) -> Conflicts:
    """What keeps items apart, by the projects' facts (plain values by id).

    The ids are those of rules, and ``one-of`` (the scheme pays one of its benefits) and ``once`` (what supports the enterprise
    itself is had for one of its projects).
    """
    rules = catalog.rules
    found = Conflicts()
    enterprise = [rules.object(item.scheme, item.benefit) == "enterprise" for item in items]

    def forbid(id: str, i: int, j: int, unless: str = "") -> None:
        if unless:
            projects = {items[i].project, items[j].project}
            if any(facts[p].get(unless) is True for p in projects):
                return
            if unknown := {p for p in projects if unless not in facts[p]}:
                found.open.setdefault(unless, {}).setdefault(id, set()).update(unknown)
        said = found.pairs.setdefault((min(i, j), max(i, j)), [])
        if id not in said:
            said.append(id)

    schemes: dict[str, list[int]] = {}
    families: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        schemes.setdefault(item.scheme, []).append(place)
        families.setdefault(printed(item.scheme), []).append(place)
    for places in families.values():
        for i in places:
            for j in places:
                if i < j and items[i].scheme != items[j].scheme and items[i].project == items[j].project:
                    forbid("edition", i, j)
    every = range(len(items))
    for rule in rules.of("exclusive", "same_measure", "no_double_funding"):
        if not rule.enforced or not any(printed(scheme) in families for scheme in rule.schemes):
            continue
        own = [i for scheme in dict.fromkeys(map(printed, rule.schemes)) for i in families.get(scheme, ()) if rule.covers(items[i].scheme, items[i].benefit)]
        double = rule.kind == "no_double_funding"
        for i in own:
            for j in every if double else own:
                if printed(items[i].scheme) == printed(items[j].scheme) or (not double and j < i):
                    continue
                across = items[i].project != items[j].project
                if rule.kind == "exclusive":
                    applies = not across or rule.per == "enterprise"
                elif rule.kind == "same_measure":
                    applies = not across or (enterprise[i] and enterprise[j])
                else:
                    same = not (across or enterprise[i] or enterprise[j])
                    applies = (same or rule.scope == "enterprise") and _against(rules, rule, items[j])
                if applies:
                    forbid(rule.id, i, j, rule.unless)
    inside = rules.of("one_of")
    for scheme, places in schemes.items():
        whole = catalog.scheme(scheme).combine == "one-of"
        mine = [rule for rule in inside if rule.schemes[0] in (scheme, printed(scheme))]
        for i in places:
            for j in places:
                if j <= i:
                    continue
                across, same = items[i].project != items[j].project, items[i].benefit == items[j].benefit
                both = [r for r in mine if r.covers(scheme, items[i].benefit) and r.covers(scheme, items[j].benefit)]
                if same and enterprise[i]:
                    forbid("once", i, j)
                elif not same and (whole or both):
                    wide = any(rule.per == "enterprise" for rule in both) or (enterprise[i] and enterprise[j])
                    if not across or wide:
                        forbid("one-of", i, j)
    return found


def _against(rules: Rules, rule: Rule, other: Item) -> bool:
    """Whether a rule against double funding minds another scheme's benefit."""
    fund = rules.fund(other.scheme, other.benefit)
    if fund in ("tax", "district") or (fund == "central" and rule.against == "municipal"):
        return False
    names = {other.scheme, other.benefit, printed(other.scheme), printed(other.benefit)}
    return rule.limited_to is None or not names.isdisjoint(rule.limited_to)
