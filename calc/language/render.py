"""Core nodes as text: with labels for people, or as written for messages and comparisons."""

from __future__ import annotations

from typing import TypeGuard

from calc.facts import FactDef, Facts
from calc.language import core, model
from calc.language.names import short
from calc.messages import language, text
from calc.units import value_text

_BINDING: dict[str, float] = {"+": 1, "-": 1, "*": 2, "/": 2}
# how closely words hold together, below the signs: what binds less than its place asks for stands in brackets
_LOOSE, _TEST, _PHRASE = 0, 0.3, 0.5
_NAMED = ("rate", "interest-rate", "base", "unit-rate", "quantity", "count", "product", "units", "items")
_TURNED = {">": "<", ">=": "<="}  # as read from the other side
_SIGNS = {"*": "×", "/": "÷", "-": "−", ">=": "≥", "<=": "≤", "!=": "≠", "==": "="}


def source_of(node: core.Node) -> str:
    """A node as it would be written in a scheme file; equal nodes read equal."""
    return _Renderer(None).text(node)


def wording(condition: model.Condition, facts: Facts) -> str:
    """A gate in words: as the scheme puts it (in Chinese), else from the labels of its facts."""
    return condition.text if condition.text and language() == "zh" else render(condition.node, facts)


def warnings_of(benefit: model.Benefit) -> tuple[str, ...]:
    """What a benefit warns of whenever it may be paid: the scheme's own words, and a supplement whose original was not seen."""
    extra = benefit.supplement
    probable = extra is not None and extra.sure == "probable" and benefit.amount is not None
    unseen = text("warn.supplement", document=extra.document) if extra is not None and probable else ""
    return tuple(filter(None, (benefit.warning, unseen)))


def supplement_words(benefit: model.Benefit, source: str) -> str:
    """The document that gives a figure the card leaves open, with its date and whether it was seen; empty where there is none beside the source."""
    extra = benefit.supplement
    if extra is None or extra.document == source:
        return ""
    notes = [text("supplement.published", day=extra.published)] if extra.published else []
    notes += [text("supplement.unseen")] if extra.sure == "probable" else []
    return extra.document + (text("word.brackets", said=text("word.semicolon").join(notes)) if notes else "")


def applying(scheme: model.Scheme) -> dict[str, str]:
    """When to apply (``apply``) and where (``contact``: the office and its telephone), as the text prints them; nothing where it is silent."""
    told: list[model.Benefit | model.Scheme] = [*scheme.benefits] or [scheme]
    windows = dict.fromkeys(one.window.words for one in told if one.window is not None)
    offices = dict.fromkeys(" ".join(filter(None, (one.contact.office, one.contact.phone))) for one in told if one.contact is not None)
    found = {"apply": text("word.semicolon").join(windows), "contact": text("word.semicolon").join(offices)}
    return {key: said for key, said in found.items() if said}


def later_words(scheme: model.Scheme, as_of: str) -> list[str]:
    """What is told of the later documents that bear on a scheme, of those published by a day (ISO)."""
    return [text("warn.replaced", document=one.document, published=one.published, note=one.note) for one in scheme.later if one.published <= as_of]


def see_words(benefit: model.Benefit) -> str:
    """Where money that this entry only mentions is computed, or stands once more; empty where it stands nowhere else."""
    schemes = dict.fromkeys(short(one.partition("/")[0]) for one in benefit.see)
    return text("supplement.see" if benefit.amount is None else "supplement.same", schemes=text("word.comma").join(schemes)) if schemes else ""


def index_name(index: str, term: str) -> str:
    """What an index rate of a term is called."""
    return text(f"render.lpr.{term}") if index == "LPR" else f"{index} {term}"


def item_notes(node: core.Items, facts: Facts, brief: bool = False, named: dict[str, core.Node] | None = None) -> str:
    """Which items of a list count (unless ``brief``), how they are merged, grouped, picked and repeated; empty where all are added up.

    ``named`` is told the values with names of their own that occur in it.
    """
    notes = _Renderer(facts, brief, named).notes(node)
    return text("word.brackets", said=text("word.semicolon").join(notes)) if notes else ""


def excess(node: core.Extreme) -> core.Arith | None:
    """Of ``max(0, a - b)``, which is what ``a`` is above ``b``, the ``a - b``; nothing of any other."""
    floored = _floored(node)
    inner = core.bare(floored) if floored is not None else None
    return inner if isinstance(inner, core.Arith) and inner.op == "-" else None


def render(node: core.Node, facts: Facts, brief: bool = False, named: dict[str, core.Node] | None = None) -> str:
    """A node as people read it: labels of facts and values, figures as the scheme writes them.

    ``brief`` names the steps within it by their labels and leaves out which items count, for use beside those steps.
    ``named``, where given, is told the values with names of their own, to be explained elsewhere; else they are explained here.
    """
    renderer = _Renderer(facts, brief, named)
    said = renderer.text(node)
    told: list[str] = []
    while not brief and named is None and len(told) < len(renderer.named):  # what names stand for follows, each once
        name, what = list(renderer.named.items())[len(told)]
        told.append(text("render.named", name=name, value=renderer.text(what)))
    return said + (text("word.brackets", said=text("word.semicolon").join(told)) if told else "")


def years_words(node: core.Node, facts: Facts) -> str:
    """How an amount is paid over the years: by figures, or by shares of it."""
    return _Renderer(facts).shares(node) or render(node, facts)


def _floored(node: core.Extreme) -> core.Node | None:
    """What ``max(0, …)`` keeps from falling below nothing; ``None`` for any other comparison."""
    floors = [a for a in node.args if isinstance(core.bare(a), core.Lit) and not core.bare(a).value]  # type: ignore[attr-defined]
    if node.op != "max" or len(node.args) != 2 or len(floors) != 1:
        return None
    return next(a for a in node.args if a is not floors[0])


class _Renderer:
    def __init__(self, facts: Facts | None, brief: bool = False, named: dict[str, core.Node] | None = None) -> None:
        self.facts = facts
        self.brief = brief
        self.named: dict[str, core.Node] = {} if named is None else named

    def sign(self, op: str) -> str:
        return _SIGNS.get(op, op) if self.facts else op

    def word(self, key: str, plain: str) -> str:
        return text(f"render.{key}") if self.facts else plain

    def text(self, node: core.Node, binding: float = 0) -> str:
        method = getattr(self, "_" + type(node).__name__.lower())
        said: str
        said, own = method(node)
        if own >= binding:
            return said
        return text("word.brackets", said=said).strip() if self.facts else f"({said})"

    def _lit(self, node: core.Lit) -> tuple[str, float]:
        if node.type.kind == "bool":
            return (text("word.yes") if node.value else text("word.no")) if self.facts else node.source, 9
        return node.source or str(value_text(node.type.kind, node.value)), 9

    def _fact(self, node: core.Fact) -> tuple[str, float]:
        return (self.named_fact(self.facts[node.id]) if self.facts else node.id), 9

    def _field(self, node: core.Field) -> tuple[str, float]:
        return (self.named_fact(self.facts[node.list].fields[node.id]) if self.facts else node.id), 9

    def named_fact(self, fact: FactDef) -> str:
        """The label of a fact; of a question, ``是否新设``, what holds where the answer is yes."""
        return fact.name.removeprefix("是否") or fact.name if fact.type == "bool" else fact.name

    def _position(self, _: core.Position) -> tuple[str, float]:
        return self.word("position", "position"), 9

    def _lprrate(self, node: core.LprRate) -> tuple[str, float]:
        plain = node.index if node.term is None else f"{node.index}_{node.term}"
        return plain if not self.facts or node.term is None else index_name(node.index, node.term), 9

    def _given(self, node: core.Given) -> tuple[str, float]:
        said = self.text(node.arg)
        return (text("render.given", name=said) if self.facts else f"given({said})"), 9

    def _arith(self, node: core.Arith) -> tuple[str, float]:
        own = _BINDING[node.op]
        right = self.text(node.right, own + (node.op in "-/"))
        return f"{self.text(node.left, own)} {self.sign(node.op)} {right}", own

    def _extreme(self, node: core.Extreme) -> tuple[str, float]:
        if not self.facts:
            said = ", ".join(self.text(a) for a in node.args)
            return f"{'best' if node.fitting else node.op}({said})", 9
        if node.fitting:
            return text("render.best", args=text("word.semicolon").join(self.text(a, _TEST) for a in node.args)), _LOOSE
        over = excess(node)
        if over is not None:
            return self.above(over), _PHRASE
        floored = _floored(node)
        if floored is not None:
            return text("render.max.zero", value=self.text(floored, 9)), 9
        args = sorted(node.args, key=lambda a: isinstance(core.bare(a), core.Lit))  # people name the figure last
        parts = [self.text(a, 0.6) for a in args]
        key = f"render.{node.op}" + (".date" if node.type.kind == "date" else "") + (".two" if len(parts) == 2 else "")
        return text(key, first=parts[0], last=parts[-1], args=text("word.comma").join(parts)), _PHRASE

    def above(self, over: core.Arith) -> str:
        """What one value is above another, of a ``max(0, a - b)``; of a slice, up to what."""
        top = core.bare(over.left)
        if isinstance(top, core.Extreme) and top.op == "min" and len(top.args) == 2 and not top.fitting:
            value, most = self.lesser(top)
            return text("render.slice", value=value, least=self.text(over.right, 1.5), most=most)
        return text("render.over", left=self.text(over.left, 0.6), right=self.text(over.right, 1.5))

    def is_part(self, node: core.Node) -> TypeGuard[core.Extreme]:
        """Whether a node is a value up to a figure, so that what is paid for is a part of it."""
        pair = isinstance(node, core.Extreme) and node.op == "min" and len(node.args) == 2 and not node.fitting
        return pair and any(isinstance(core.bare(one), core.Lit) for one in core.children(node))

    def lesser(self, node: core.Extreme) -> tuple[str, str]:
        """The two of which the lesser counts, the figure last."""
        first, last = sorted(node.args, key=lambda a: isinstance(core.bare(a), core.Lit))
        return self.text(first, 0.6), self.text(last, 0.6)

    def _threshold(self, node: core.Threshold) -> tuple[str, float]:
        value, least = self.text(node.value, _PHRASE), self.text(node.least, _PHRASE)
        return (text("render.pays.from", value=value, least=least) if self.facts else f"pays_from({value}, {least})"), 0 if self.facts else 9

    def _round(self, node: core.Round) -> tuple[str, float]:
        value = self.text(node.value, _PHRASE)
        if not self.facts:
            return f"round({value}, {node.step.source}, {node.way})", 9
        return text(f"render.round.{node.way}", value=value, step=node.step.source), 0

    def _stepmonths(self, node: core.StepMonths) -> tuple[str, float]:
        name = "months_after" if node.sign > 0 else "months_before"
        date, months = self.text(node.date, 0.6), self.text(node.months, 0.6)
        return (text(f"render.{name}", date=date, months=months) if self.facts else f"{name}({date}, {months})"), 9

    def _between(self, node: core.Between) -> tuple[str, float]:
        start, end = self.text(node.start, 0.6), self.text(node.end, 0.6)
        return (text(f"render.{node.unit}", start=start, end=end) if self.facts else f"{node.unit}({start}, {end})"), 9

    def _compare(self, node: core.Compare) -> tuple[str, float]:
        left, right = self.text(node.left, _PHRASE), self.text(node.right, _PHRASE)
        if self.facts and node.op == "==" and isinstance(core.bare(node.left), core.YearOf):
            return text("render.in.one", item=left, values=right), 0.4
        return f"{left} {self.sign(node.op)} {right}", 0.4

    def _member(self, node: core.Member) -> tuple[str, float]:
        if not self.facts:
            return f"{self.text(node.item, _PHRASE)} {'not ' if node.negated else ''}in [{', '.join(node.values)}]", 0.4
        names = [self._value(node.item, v) for v in node.values]
        one = "one" if len(names) == 1 else "many"
        return text(f"render.{'not.' if node.negated else ''}in.{one}", item=self.text(node.item, _PHRASE), values=text("word.comma").join(names)), 0.4

    def _has(self, node: core.Has) -> tuple[str, float]:
        if not self.facts:
            return f"{self.text(node.item)} has_any [{', '.join(node.values)}]", 0.4
        names = [self._value(node.item, v) for v in node.values]
        one = "one" if len(names) == 1 else "many"
        return text(f"render.has.{one}", item=self.text(node.item, _PHRASE), values=text("word.comma").join(names)), 0.4

    def _value(self, item: core.Node, slug: str) -> str:
        assert self.facts
        if isinstance(item, core.Fact):
            return self.facts[item.id].value_name(slug)
        if isinstance(item, core.Field):
            return self.facts[item.list].fields[item.id].value_name(slug)
        return slug

    def _not(self, node: core.Not) -> tuple[str, float]:
        if self.facts and isinstance(node.arg, (core.Fact, core.Field)):
            found = self.facts[node.arg.id] if isinstance(node.arg, core.Fact) else self.facts[node.arg.list].fields[node.arg.id]
            if found.denial:
                return found.denial, 9
        if self.facts and isinstance(node.arg, core.Given):
            return text("render.not.given", name=self.text(node.arg.arg)), 9
        if self.facts and isinstance(node.arg, core.AllOf) and len(node.arg.args) == 2:
            one, other = node.arg.args
            if self.stated(one, other):
                return text("render.not.stated", name=self.text(other)), 9
        said = self.text(node.arg, _LOOSE if self.facts else 1)  # in words it stands in quotation marks
        return (text("render.not", arg=said) if self.facts else f"not {said}"), 0.4

    def _allof(self, node: core.AllOf) -> tuple[str, float]:
        parts = [self.text(a, _TEST) for a in node.args]
        for place in range(len(parts) - 1 if self.facts else 0):
            one, other = node.args[place : place + 2]
            span = self.between(one, other)
            if span:
                parts[place : place + 2] = ["", span]
            if self.stated(one, other):  # stated, and true: said once
                parts[place : place + 2] = ["", text("render.stated", name=self.text(other))]
        parts = [part for part in parts if part]
        return self.word("and", " and ").join(parts), 0.2 if len(parts) > 1 else 0.4

    def stated(self, one: core.Node, other: core.Node) -> bool:
        """Whether two conditions are that something is given, and that it holds or is such."""
        if not isinstance(one, core.Given):
            return False
        subject = other.left if isinstance(other, core.Compare) else other.item if isinstance(other, core.Member) else other
        return self.text(one.arg) == self.text(subject)

    def between(self, one: core.Node, other: core.Node) -> str:
        """Two bounds of the same value, ``a >= 1 and a < 5``, as ``1 ≤ a < 5``; nothing where they are not."""
        if not (isinstance(one, core.Compare) and isinstance(other, core.Compare) and one.op in _TURNED and other.op in ("<", "<=")):
            return ""
        value = self.text(one.left, _PHRASE)
        if self.text(other.left, _PHRASE) != value:
            return ""
        return f"{self.text(one.right, _PHRASE)} {self.sign(_TURNED[one.op])} {value} {self.sign(other.op)} {self.text(other.right, _PHRASE)}"

    def _anyof(self, node: core.AnyOf) -> tuple[str, float]:
        return self.word("or", " or ").join(self.text(a, _TEST) for a in node.args), 0.1

    def _stepyears(self, node: core.StepYears) -> tuple[str, float]:
        back = self.facts and isinstance(node.years, core.Lit) and node.years.value < 0  # a year after is one before
        name = "years_after" if (node.sign > 0) is not bool(back) else "years_before"
        date, years = self.text(node.date, 0.6), self.text(node.years, 0.6).removeprefix("-" if back else "")
        if self.facts:
            years = text("render.years", years=years.removesuffix("年"))
        return (text(f"render.{name}", date=date, years=years) if self.facts else f"{name}({date}, {years})"), 9

    def _yearof(self, node: core.YearOf) -> tuple[str, float]:
        said = self.text(node.date, 0.6)
        return (text("render.year", date=said) if self.facts else f"year({said})"), 9

    def _fold(self, node: core.Fold) -> tuple[str, float]:
        where = f" where {self.text(node.where)}" if node.where is not None else ""
        if not self.facts:
            return f"{node.op}({node.list}.{self.text(node.value) if node.value is not None else ''}{where})", 9
        condition = text("render.where", where=self.text(node.where)) if node.where is not None else ""
        value = self.text(node.value) if node.value is not None else ""
        return text(f"render.{node.op}", list=self.facts[node.list].name, where=condition, value=value), 0.1 if node.op in ("any", "all") else 9

    def _choose(self, node: core.Choose) -> tuple[str, float]:
        key = "render.case"
        parts = [text(key, when=self.text(c), value=self.text(v, _TEST)) if self.facts else f"{self.text(c)}: {self.text(v)}" for c, v in node.branches]
        if node.otherwise is not None:
            parts.append(text("render.otherwise", value=self.text(node.otherwise, _TEST)) if self.facts else f"otherwise: {self.text(node.otherwise)}")
        return (text("word.semicolon").join(parts) if self.facts else "{" + "; ".join(parts) + "}"), 0 if self.facts else 9

    def _interest(self, node: core.Interest) -> tuple[str, float]:
        rate = self.text(node.rate, _PHRASE)
        if not self.facts:
            more = f"{node.basis}, {node.accrual}, {'own' if node.own else ''}, {'repriced' if node.repriced else ''}"
            return f"interest({node.list}, {rate}, {self.text(node.years) if node.years is not None else ''}, {more})", 9
        if node.years is None:
            return text("render.interest.term", rate=rate, count=self.day_count(node)), _PHRASE
        return text("render.interest", rate=rate, count=self.day_count(node), span=self.span(node.years)), _PHRASE

    def day_count(self, node: core.Interest) -> str:
        """How time is counted, in words."""
        said = text(f"count.{node.basis}")
        said = said if node.accrual == "day" else text(f"count.{node.accrual}", days=said)
        said = text("count.own", count=said) if node.own else said
        return text("count.repriced", count=said) if node.repriced else said

    def span(self, span: core.Node) -> str:
        """A number of years, or of months, in words."""
        said = self.text(span, 0.6)
        return said if span.type.kind == "months" else text("render.years", years=said.removesuffix("年").strip())

    def repeat(self, years: core.Node) -> str:
        """For how many years an item is paid; the lesser of a term and a figure as that term, with the figure as the most."""
        bare = core.bare(years)
        if isinstance(bare, core.Extreme) and bare.op == "min" and len(bare.args) == 2:
            most, term = sorted(bare.args, key=lambda a: not isinstance(core.bare(a), core.Lit))
            if isinstance(core.bare(most), core.Lit):
                return text("render.repeat.most", years=self.text(term, 0.6), most=self.span(most))
        return text("render.repeat", years=self.span(years))

    def _items(self, node: core.Items) -> tuple[str, float]:
        value = self.text(node.value)
        if not self.facts:
            where = self.text(node.where) if node.where is not None else ""
            return f"each({node.list}, {value}, {where})", 9
        name = self.facts[node.list].name
        counting = node.type.kind == "count"
        said = text("render.items.count", list=name) if counting else text("render.each", list=name, value=value)
        notes = self.notes(node)
        return said + (text("word.brackets", said=text("word.semicolon").join(notes)) if notes else ""), 9 if counting else 0

    def notes(self, node: core.Items) -> list[str]:
        """What is said of a list's items beside their value."""
        assert self.facts
        notes = []
        if node.merge_by:
            notes.append(text("render.merge", by=self.facts[node.list].fields[node.merge_by].name))
        if node.where is not None and not self.brief:
            notes.append(text("render.where.items", where=self.text(node.where)))
        if node.top is not None:
            notes.append(text("render.top", top=node.top))
        if node.top_each is not None:
            by = self.text(node.group_by) if node.group_by is not None else text("word.year")
            notes.append(text("render.top.each", top=node.top_each, by=by))
        if node.group_by is not None:
            notes.append(text(f"render.group.{node.take}", by=self.text(node.group_by)))
        if node.group_year_cap is not None:
            notes.append(text("render.group.year.cap", cap=self.text(node.group_year_cap)))
        if node.group_cap is not None:
            notes.append(text("render.group.cap", cap=self.text(node.group_cap)))
        if node.years is not None and not self.brief:
            notes.append(self.repeat(node.years))
        if node.first_years is not None:
            notes.append(text("render.first.years", years=node.first_years))
        return notes

    def _total(self, node: core.Total) -> tuple[str, float]:
        return " + ".join(self.text(p, 2) for p in node.parts), 1

    def _years(self, node: core.Years) -> tuple[str, float]:
        if not self.facts:
            return "[" + ", ".join(self.text(v) for v in node.values) + "]", 9
        whole = core.shared_amount(node)
        if whole is not None:
            return text("render.fill", value=self.text(whole, _TEST), years=self.shares(node)), 0
        said = [text("render.period", period=p, value=self.text(v)) for p, v in zip(node.periods, node.values, strict=True)]
        plain = all(isinstance(core.bare(value), core.Lit) for value in node.values)
        return text("word.comma" if plain else "word.semicolon").join(said), 9

    def shares(self, node: core.Node) -> str:
        """The share of each year, where a node pays shares of one amount."""
        if not isinstance(node, core.Years) or core.shared_amount(node) is None:
            return ""
        shares = [self.text(value.left) for value in node.values if isinstance(value, core.Arith)]
        return text("word.comma").join(text("render.share", period=p, share=share) for p, share in zip(node.periods, shares, strict=True))

    def _fill(self, node: core.Fill) -> tuple[str, float]:
        if not self.facts:
            return f"fill({self.text(node.value)}, {self.text(node.years)})", 9
        return text("render.fill", value=self.text(node.value), years=self.text(node.years)), 0

    def _cap(self, node: core.Cap) -> tuple[str, float]:
        value, limit = self.text(node.value, _PHRASE), self.text(node.limit, _PHRASE)
        if not self.facts:
            return f"cap({value}, {limit}, {node.scope})", 9
        return text("render.cap", value=value, limit=limit, scope=text(f"scope.{node.scope}")), 0

    def _step(self, node: core.Step) -> tuple[str, float]:
        if node.label == "named" and self.facts:
            name = node.names[language() == "en"]
            self.named.setdefault(name, node.node)
            return name, 9
        if self.brief and self.facts and node.label in _NAMED and not isinstance(node.node, (core.Lit, core.Fact, core.Field)):
            return text(f"step.{node.label}"), 9
        if self.facts and node.label in ("base", "quantity") and self.is_part(node.node):
            value, most = self.lesser(node.node)
            return text("render.upto", value=value, most=most), _PHRASE
        said: tuple[str, float] = getattr(self, "_" + type(node.node).__name__.lower())(node.node)
        return said
