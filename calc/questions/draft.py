"""The beginning of a scheme file from a few answers: whole enough to pass the check, plain enough to go on from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from calc.errors import InputError, nearest_names
from calc.estimate.benefit import CompiledBenefit, estimate
from calc.facts import today
from calc.language.scheme import load_scheme
from calc.messages import listed, text
from calc.questions.fill.template import quoted
from calc.units import BadValue, parse_date

if TYPE_CHECKING:
    from calc.store.store import Store

WAYS = ("percent", "amount", "per_unit", "none", "interest", "tiers", "each")  # how a benefit is computed
_ID = re.compile(r"[a-z0-9.]+(-[a-z0-9]+)*")


def draft(catalog: Store, answers: Mapping[str, Any]) -> str:
    """A scheme file (TOML) from ``answers``.

    ``id``, ``title``, ``document``, ``authority``, and if wanted ``title_en``, ``card``, ``published``, ``valid_from``,
    ``valid_to`` (dates); ``benefits``: each ``label``, ``clause``, ``support``, ``when`` (conditions), and ``way``: ``percent``
    (with ``percent`` and ``of``, a fact), ``amount`` (with ``amount``), ``per_unit`` (with ``per_unit`` and ``quantity``, a
    fact), ``none`` (with ``reason``), ``interest`` (with ``list``, ``rate`` and, if wanted, ``years``), ``tiers`` (with ``by``, a fact, and
    ``tiers``: each a figure from which on an amount is paid), ``each`` (with ``list``, ``percent``, ``of``, a field, and, if wanted,
    ``where`` and ``item_at_most``); ``at_most`` and ``per`` for a limit. Raises ``SchemeErrors`` where it would not pass the check.
    """
    lines = [f"id = {quoted(answers['id'])}", f"title = {quoted(answers['title'])}"]
    lines += [f"title_en = {quoted(answers['title_en'])}"] if answers.get("title_en") else []
    benefits = answers["benefits"]
    if all(benefit["way"] == "none" for benefit in benefits):
        lines += ['outcome = "none"', f"reason = {quoted(benefits[0]['reason'])}"]
    lines += [f"{key} = {parse_date(answers[key])}" for key in ("valid_from", "valid_to") if answers.get(key)]
    lines += ["", "[source]", f"card = {quoted(answers.get('card') or answers['id'].partition('-')[0])}"]
    lines += [f"{key} = {quoted(answers[key])}" for key in ("document", "authority")]
    lines += [f"published = {parse_date(answers['published'])}"] if answers.get("published") else []
    taken: list[str] = []
    for benefit in benefits:
        lines += ["", *_benefit(benefit, taken)]
    content = "\n".join(lines) + "\n"
    load_scheme(content, catalog.facts, f"{answers['id']}.toml")
    return content


def _benefit(benefit: Mapping[str, Any], taken: list[str]) -> list[str]:
    way, support = benefit["way"], benefit["support"]
    number = sum(one == support for one in taken) + 1
    taken.append(support)
    nature = {"amount": "fixed", "none": "discretionary"}.get(way, "ceiling")
    lines = ["[[benefits]]", f"id = {quoted(support if number == 1 else f'{support}-{number}')}", f"label = {quoted(benefit['label'])}"]
    lines += [f"clause = {quoted(benefit['clause'])}", f"nature = {quoted(nature)}", f"support = {quoted(support)}"]
    if benefit.get("when"):
        lines += ["when = [", *(f"  {quoted(one)}," for one in benefit["when"]), "]"]
    if way == "none":
        return [*lines, f"reason = {quoted(benefit['reason'])}"]
    if way == "amount":
        lines.append(f"amount = {quoted(benefit['amount'])}")
    elif way == "interest":
        years = f", years = {benefit['years']}" if benefit.get("years") else ""
        lines.append(f"amount = {{ interest_on = {quoted(benefit['list'])}, rate = {quoted(benefit['rate'])}{years} }}")
    elif way == "each":
        more = [f"{key} = {quoted(benefit[name])}" for key, name in (("where", "where"), ("at_most", "item_at_most")) if benefit.get(name)]
        paid = [f"each = {quoted(benefit['list'])}", *more, f"percent = {quoted(benefit['percent'])}", f"of = {quoted(benefit['of'])}"]
        lines.append(f"amount = {{ {', '.join(paid)} }}")
    elif way == "tiers":
        lines += ["", "[benefits.amount]", f"by = {quoted(benefit['by'])}", "tiers = ["]
        ends = [below for below, _ in benefit["tiers"][1:]]
        for place, (start, paid_) in enumerate(benefit["tiers"]):
            below = f", below = {quoted(ends[place])}" if place < len(ends) else ""
            lines.append(f"  {{ from = {quoted(start)}{below}, amount = {quoted(paid_)} }},")
        return [*lines, "]"]
    else:
        base = "of" if way == "percent" else "quantity"
        lines.append(f"amount = {{ {way} = {quoted(benefit[way])}, {base} = {quoted(benefit[base])} }}")
    if benefit.get("at_most"):
        lines.append(f"limits = [{{ at_most = {quoted(benefit['at_most'])}, per = {quoted(benefit.get('per') or 'project')} }}]")
    return lines


# ---------------------------------------------------------------- single answers


def new_id(catalog: Store, raw: str) -> str:
    """The id of a new scheme. Raises ``InputError``."""
    if not _ID.fullmatch(raw):
        raise InputError("id", raw, text("new.id.accepted"))
    if raw in catalog.files:
        raise InputError("id", raw, text("new.id.taken"))
    return raw


def fact(catalog: Store, raw: str, kinds: tuple[str, ...]) -> str:
    """The id of the fact (of one of ``kinds``) that a name stands for. Raises ``InputError``."""
    id = catalog.facts.resolve(raw)
    if catalog.facts[id].type not in kinds:
        near = nearest_names(raw, [i for i, d in catalog.facts.by_id.items() if d.type in kinds])
        raise InputError(raw, id, text("new.fact.accepted", kinds=listed(text(f"kind.{kind}") for kind in kinds)), near)
    return id


def cases(catalog: Store, answers: Mapping[str, Any]) -> str:
    """First cases of the scheme that ``answers`` make, as they stand in ``cases/ID.toml``: for each benefit that pays a project of which
    nothing is told and, where the way is plain, one with its base; what they give is computed, and is to be held against the text."""
    scheme = load_scheme(draft(catalog, answers), catalog.facts, f"{answers['id']}.toml")
    compiled = [CompiledBenefit(benefit, catalog.facts) for benefit in scheme.benefits]
    lines = [f"# {text('new.cases')}"]
    for place, benefit in enumerate(answers["benefits"]):
        for given in _projects(benefit) if benefit["way"] != "none" else ():
            found = estimate(scheme, compiled, catalog.read(given), catalog.facts, catalog.lpr, today()).benefits[place]
            told = ", ".join(f"{fact} = {quoted(value)}" for fact, value in given.items())
            lines += ["", "[[case]]", f"benefit = {quoted(found.id)}", f"given = {{ {told} }}" if told else "given = {}", f"status = {quoted(found.status)}"]
            lines += [f"amount = {quoted(found.amount)}"] if found.amount is not None else []
    return "\n".join(lines) + "\n"


def _projects(benefit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the first projects of a benefit tell: nothing; its base, or both sides of its first tier."""
    base = {"percent": {benefit.get("of"): "100万"}, "per_unit": {benefit.get("quantity"): "10"}}.get(benefit["way"])
    if benefit["way"] == "tiers":
        return [{}, *({benefit["by"]: start} for start, _ in benefit["tiers"])]
    return [{}, *([base] if base else [])]  # type: ignore[list-item]


def expression(catalog: Store, raw: str, kind: str, list: str | None = None) -> str:
    """An expression of type ``kind`` (``bool`` for a condition), of the records of a ``list`` where one is told. Raises ``InputError``."""
    from calc.language import lower

    try:
        node = lower.expression(raw, lower.Scope(catalog.facts, list=list))
    except lower.LowerProblem as bad:
        said = bad.problem + (text("word.brackets", said=bad.hint) if bad.hint else "")
        raise InputError("", raw, said, message="new.unusable") from None
    if node.type.kind != kind:
        raise InputError("", raw, text("lower.kind", where=raw, kind=lower.kind_name(node), wanted=text(f"kind.{kind}")), message="new.unusable")
    return raw


def date(raw: str) -> str:
    """A day in ISO form. Raises ``InputError``."""
    try:
        return parse_date(raw).isoformat()
    except BadValue as bad:
        raise InputError(text("kind.date"), raw, bad.accepted) from None

