"""Facts and figures in words, for every kind of report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.messages import listed, text
from calc.units import money_words, simple, value_text

if TYPE_CHECKING:
    from calc.estimate.results import BenefitResult, ConditionResult, SchemeResult
    from calc.facts import Facts

MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "spared": "–"}


def standing(condition: ConditionResult) -> str:
    """How a condition stands: its result, or ``spared`` where it does not apply."""
    return condition.result if condition.applies else "spared"


def in_state(name: str, validity: str) -> str:
    """The ``name`` of a scheme or benefit, with the state of the scheme where that is not in force."""
    return name if validity == "in-force" else name + text("word.brackets", said=text(f"validity.{validity}"))


def fact_names(ids: Iterable[str], facts: Facts) -> str:
    """Facts and record fields (``loans.rate``) by their labels."""
    return listed(map(facts.name_of, ids))


def kind_words(support: str, nature: str, clause: str) -> str:
    """How a benefit pays, and its clause; what is given in kind is no money and carries no word of it."""
    key = "breakdown.kind.in-kind" if nature == "in-kind" else "breakdown.kind"
    return text(key, support=text(f"support.{support}"), nature=text(f"nature.{nature}"), clause=clause)


def bound_scope(result: BenefitResult) -> str:
    """What kind of limit bound an amount, by its key: its scope, or ``years`` where it is what all years may pay together."""
    assert result.binding is not None
    steps = {step.step for step in result.trace}
    return "years" if result.binding.scope == "year" and "fill" in steps and "limit.year" not in steps else result.binding.scope


def cut_words(result: BenefitResult) -> str:
    """Where the last fen of an amount and of its parts come from; nothing where no interest is in it."""
    return text("breakdown.cut.once") if any(step.step == "interest" for step in result.trace) else ""


def source_words(document: str, authority: str, published: str | None) -> str:
    """Document, office and day of publication; an unknown day is said to be so."""
    key = "breakdown.source.said" if published else "breakdown.source.undated"
    return text(key, document=document, authority=authority, published=published)


def support_year(period: str) -> str:
    """A period of a schedule: 第1年; a calendar year as 2025年."""
    return text("html.calendar", year=period) if len(period) == 4 and period.isdigit() else text("breakdown.period", period=period)


def given_words(given: Mapping[str, Any], facts: Facts) -> str:
    """The facts a condition turned on (values as in results), as people write them."""
    said = []
    for id, value in given.items():
        definition = facts.definition(id)
        if definition.type == "money":
            shown = money_words(simple(Fraction(str(value))))
        elif definition.type in ("bool", "enum", "set"):
            shown = definition.shown(value)
        elif definition.type in ("date", "percent"):
            shown = str(value)
        else:
            shown = str(value) if definition.type == "list" else definition.counted(str(value))
        said.append(shown if len(given) == 1 else f"{definition.name} {shown}")
    return text("word.semicolon").join(said)


def period_words(period: str) -> str:
    """``2023`` or ``year 2`` of a result in words."""
    return text("word.period", year=period.partition(" ")[2]) if period.startswith("year ") else text("html.calendar", year=period)


def cash_words(result: SchemeResult) -> list[tuple[str, str]]:
    """When the total of a scheme comes, year by year, in words and amounts; nothing where all comes at once and no day is known."""
    if [part.period for part in result.cash] in ([], ["year 1"]):
        return []
    return [(period_words(part.period), part.amount) for part in result.cash]


def words_of(amount: str) -> str:
    """An amount in yuan as people say it: ``36000000.00`` → ``3,600万元``."""
    return money_words(simple(Fraction(amount)))


def plain_facts(values: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """A project's facts by id as they stand in results: money in yuan with two decimals, ``85%``, ISO dates, slugs."""
    found: dict[str, Any] = {}
    for id, value in values.items():
        definition = facts[id]
        if definition.type == "list":
            found[id] = [_plain_record(row, definition.fields) for row in value]
        else:
            found[id] = value_text(definition.type, value)
    return found


def _plain_record(row: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for id, value in row.items():
        kind = fields[id].type
        found[id] = [_plain_record(inner, fields[id].fields) for inner in value] if kind == "list" else value_text(kind, value)
    return found


def verified(answer: Mapping[str, Any], file: str) -> str:
    """Whether a result comes out again, and what has changed since."""
    figures = any(one["row"] is None for one in answer["first"])
    key = "verify.same" if answer["same"] else "verify.differs.figures" if figures else "verify.differs"
    lines = [text(key, file=file, rows=f"{answer['rows']:,}")]
    lines += [text(f"verify.change.{one['what']}", name=one["name"], was=one["then"], now=one["now"]) for one in answer["changes"]]
    lines += map(_parted, answer["first"])
    for one in answer["lists"]:
        lines.append(text("verify.differs" if one["rows"] else "verify.same", file=one["file"], rows=f"{one['rows']:,}"))
        lines += map(_parted, one["first"])
    return "\n".join(lines)


def _parted(one: Mapping[str, Any]) -> str:
    """Where a result and the same computed again part."""
    key = "verify.figure" if one["row"] is None else "verify.row"
    return text(key, row=one["row"], column=one["column"], was=one["result"] or "—", now=one["again"] or "—")


def rule_words(title: str, says: str) -> str:
    """What a rule is called and what it says; not twice what already stands at the head of what it says."""
    return says if says.startswith(title) else text("plan.said", what=title, said=says)
