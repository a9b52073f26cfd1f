"""The rules between schemes (``schemes/rules.toml``): how they are read, checked, and which two benefits they keep apart.

Schemes are named by id, benefits as ``scheme/benefit``. A rule forbids pairs of benefits; some reach from one project of an
enterprise to another, some only bind what concerns the same project.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from calc.documents import BadDocument, read_shown
from calc.errors import SchemeError, SchemeErrors, nearest_names, shown, system_error
from calc.files import plain_file
from calc.language.names import short
from calc.messages import language, listed, text

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


COMMON = ("id", "source", "says", "says_en", "title", "title_en", "derived")


LISTS = ("schemes", "except", "benefits", "limited_to", "any_of", "facts")


SWITCHES = ("derived", "certain", "in_amount")


COUNTS = ("at_most", "per_years")


CHOICES = {"scope": OBJECTS, "against": ("municipal", "municipal+central")}


ENTERPRISE_WIDE = ("enterprise", "enterprise-year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``schemes`` and ``benefits``: whom it is about, benefits as ``scheme/benefit`` (none: all of the schemes). ``title``: what
    it is called in a word or two, where it says so itself."""

    kind: str
    id: str
    source: str
    says: str
    says_en: str = ""
    title: str = ""
    title_en: str = ""
    place: tuple[str, int] = ("", 0)
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


def titles(rules: Iterable[Rule]) -> list[str]:
    """What rules are called, in the language in use: by their own titles, else by their kind (those against double funding with
    their schemes, all in one), else by what they say."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        own = rule.title if language() == "zh" else rule.title_en or rule.title
        cards = found.setdefault(own or _by_kind(rule) or rule.wording, [])
        if not own and rule.kind == "no_double_funding":
            cards.append(short(rule.schemes[0]))
    return [said + (text("word.brackets", said=listed(dict.fromkeys(cards))) if cards else "") for said, cards in found.items()]


def _by_kind(rule: Rule) -> str:
    """What a rule without a title of its own is called by its kind; empty where its own words are needed."""
    if rule.kind == "no_double_funding":
        return text("rules.title.alike" if rule.limited_to is not None else f"rules.title.{rule.against}")
    return text("rules.title.same_measure") if rule.kind == "same_measure" else ""


@cache
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
    content: str = ""

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


def read_rules(folder: Path) -> Rules:
    """The rules of a scheme folder; none where it has no ``rules.toml``. Raises ``SchemeErrors``."""
    path = folder / FILE
    if not os.path.lexists(path):
        return Rules()
    try:
        return load_rules(plain_file(path).decode("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as bad:
        error = text("document.encoding") if isinstance(bad, UnicodeDecodeError) else system_error(bad)
        raise SchemeErrors([SchemeError(str(path), 0, text("facts.unreadable", error=error))]) from None


def load_rules(content: str, file: str = FILE) -> Rules:
    """The rules from the text of their file. Raises ``SchemeErrors`` with all that is wrong with its form."""
    return _Reader(content, file).read()


class _Reader:
    def __init__(self, content: str, file: str) -> None:
        self.rules = Rules(file, content=content)
        self.content = content
        self.problems: list[SchemeError] = []

    def report(self, problem: str, hint: str = "", *path: str | int) -> None:
        from calc.places import line_of  # where something is wrong only

        self.problems.append(SchemeError(self.rules.file, line_of(self.content, *path), problem, hint))

    def read(self) -> Rules:
        try:
            document = read_shown(self.content)
        except BadDocument as bad:
            raise SchemeErrors([SchemeError(self.rules.file, bad.line, text("scheme.toml", error=bad.problem))]) from None
        known = (*KINDS, "objects", "funds", "costs", "prior_funding")
        for key in document:
            if key not in known:
                self.report(text("rules.key", where=key), " / ".join(nearest_names(key, known)) or listed(known), key)
        for kind in KINDS:
            entries = document.get(kind, [])
            if not isinstance(entries, list):
                self.report(text("rules.value", where=kind, value=shown(entries), expected=f"[[{kind}]]"), "", kind)
                continue
            for place, entry in enumerate(entries):
                self.entry(kind, entry, place)
        self.rules.objects = self.inverted(document, "objects", OBJECTS)
        self.rules.funds = self.inverted(document, "funds", FUNDS)
        for id, entry in self.table(document, "costs").items():
            self.cost(str(id), entry)
        for key, value in self.table(document, "prior_funding").items():
            if expected := _unfit("prior_funding", key, value):
                self.report(text("rules.value", where=f"prior_funding.{key}", value=shown(value), expected=expected), "", "prior_funding", key)
            self.rules.prior_funding[key] = value
        if self.problems:
            raise SchemeErrors(self.problems)
        return self.rules

    def table(self, document: Mapping[str, Any], name: str) -> dict[str, Any]:
        """A table of the document; where something else stands there, that is told."""
        found = document.get(name, {})
        if isinstance(found, dict):
            return found
        self.report(text("rules.value", where=name, value=shown(found), expected=f"[{name}]"), "", name)
        return {}

    def cost(self, id: str, entry: Any) -> None:
        where, path = f"costs.{id}", ("costs", id)
        before = len(self.problems)
        if not isinstance(entry, dict):
            self.report(text("rules.value", where=where, value=shown(entry), expected=f"[{where}]"), "", *path)
            return
        for key, value in entry.items():
            if key not in COST_KEYS:
                self.report(text("rules.key", where=f"{where}: {key}"), listed(COST_KEYS), *path, key)
            elif expected := _unfit("costs", key, value):
                self.report(text("rules.value", where=f"{where}: {key}", value=shown(value), expected=expected), "", *path, key)
        for key in ("label", "benefits", *(("facts",) if "interest" not in entry else ())):
            if key not in entry:
                self.report(text("rules.lacks", where=where, key=key), f"{key} = …", *path)
        if len(self.problems) == before:
            self.rules.costs[id] = Cost(
                id, entry["label"], tuple(entry["benefits"]), tuple(entry.get("facts", ())), entry.get("interest", ""), entry.get("label_en", "")
            )

    def lists(self, document: Mapping[str, Any], table: str, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, names in self.table(document, table).items():
            if key not in known:
                self.report(text("rules.key", where=f"{table}.{key}"), listed(known), table, key)
            elif not _is_list(names):
                self.report(text("rules.value", where=f"{table}.{key}", value=shown(names), expected='["…"]'), "", table, key)
            else:
                found[key] = tuple(names)
        return found

    def inverted(self, document: Mapping[str, Any], table: str, known: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, names in self.lists(document, table, known).items():
            for name in names:
                if name in found:
                    self.report(text("rules.twice", where=table, id=name), "", table, key)
                found[name] = key
        return found

    def entry(self, kind: str, entry: Any, place: int) -> None:
        must, may = KINDS[kind]
        path = (kind, place)
        if not isinstance(entry, dict):
            self.report(text("rules.value", where=kind, value=shown(entry), expected=f"[[{kind}]]"), "", *path)
            return
        where = f"{kind} {shown(entry.get('id', ''))}".strip()
        before = len(self.problems)
        known = (*COMMON, *must, *may)
        for key, value in entry.items():
            if key not in known:
                self.report(text("rules.key", where=f"{where}: {key}"), " / ".join(nearest_names(key, known)) or listed(known), *path, key)
            elif expected := _unfit(kind, key, value):
                self.report(text("rules.value", where=f"{where}: {key}", value=shown(value), expected=expected), "", *path, key)
        for key in ("id", "source", "says", *must):
            if key not in entry:
                self.report(text("rules.lacks", where=where, key=key), f"{key} = …", *path)
        if kind == "no_double_funding" and ("scheme" in entry) == ("schemes" in entry):
            self.report(text("rules.lacks", where=where, key="scheme"), 'scheme = "…" / schemes = ["…"]', *path)
        if len(self.problems) == before:
            self.rules.rules += _made(kind, entry, path)


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


def _made(kind: str, entry: Mapping[str, Any], place: tuple[str, int]) -> Iterator[Rule]:
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
            title=entry.get("title", ""),
            title_en=entry.get("title_en", ""),
            place=place,
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

