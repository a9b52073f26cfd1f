"""A scheme's total along one fact: its exact pieces and turning points, what brings them about, the marginal amount."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.engines.explain.values import Env
from calc.errors import InputError
from calc.estimate.benefit import EQUITY, Combined, Outcome, combine, evaluate, label
from calc.facts import Facts
from calc.language import core, model
from calc.language.render import render, wording
from calc.messages import language, text
from calc.questions.whatif.axis import Axis
from calc.questions.whatif.pieces import Bend, Piece, bends, join, tile
from calc.questions.whatif.rational import ONE, CurvedError, Formula, TooManyError, same, slope, value
from calc.questions.whatif.varied import Probe, Stretch, Varied
from calc.units import Number, decimal_text, fen, fen_text, figure, grouped, simple, value_text, wan

if TYPE_CHECKING:
    from calc.store.store import Store

MOST_RUNS = 5000  # stretches looked at within the values asked for, and
MORE_RUNS = 300  # beyond them, for the next turning point
MORE_DAYS = 3653


@dataclass(slots=True)
class Look:
    """What the benefits come to at ``at`` (amounts in fen, or formulas of them); ``error`` where the input is refused."""

    at: Number
    outcomes: list[Outcome]
    combined: Combined | None
    error: str = ""

    def total(self, basis: str) -> Any:
        """The scheme's ``total`` or ``total_if``."""
        return None if self.combined is None else getattr(self.combined, basis)

    @property
    def open(self) -> bool:
        """Whether only conditional benefits pay."""
        return self.total("total") is None and self.total("total_if") is not None


class Project:
    """A scheme on one project of which some facts vary; benefits that do not read these are computed once."""

    def __init__(self, catalog: Store, id: str, values: dict[str, Any], heads: set[str]) -> None:
        self.catalog = catalog
        self.scheme = catalog.scheme(id)
        self.compiled = catalog.compiled(id)
        self.values = values
        self.reads = [{f.partition(".")[0] for f in c.benefit.facts} for c in self.compiled]
        self.moving = [
            bool(heads & reads) and (c.amount is not None or bool(c.rules)) for c, reads in zip(self.compiled, self.reads, strict=True)
        ]
        self.still: dict[Callable[[Any], Any], list[Outcome | None]] = {}
        self.known: dict[Any, Outcome] = {}
        self.warnings: dict[str, None] = {}
        self.refusal: InputError | None = None

    def outcomes(self, values: dict[str, Any], cut: Callable[[Any], Any] = fen) -> list[Outcome]:
        """Every benefit on ``values``. Raises ``InputError``."""
        lpr = self.catalog.lpr
        if cut not in self.still:
            self.still[cut] = [
                None if moves else evaluate(c, self.values, lpr, cut=cut) for c, moves in zip(self.compiled, self.moving, strict=True)
            ]
        return [fixed or evaluate(c, values, lpr, cut=cut) for c, fixed in zip(self.compiled, self.still[cut], strict=True)]

    def at(self, values: dict[str, Any], changes: Mapping[Axis, Any] | None = None) -> Look:
        """The benefits on ``values``, to the fen; told what ``changes`` they came about by, those that read only some of these
        are computed once for each of their values."""
        try:
            outcomes = self._warned(self.outcomes(values) if not changes else self._changed(values, changes))
        except InputError as bad:
            self.refusal = bad
            return Look(0, [], None, str(bad))
        return Look(0, outcomes, Combined(self.scheme, outcomes, Env(values, self.catalog.lpr)))

    def _changed(self, values: dict[str, Any], changes: Mapping[Axis, Any]) -> list[Outcome]:
        lpr = self.catalog.lpr
        found: list[Outcome] = []
        for place, (compiled, reads) in enumerate(zip(self.compiled, self.reads, strict=True)):
            key = (place, *((one.path, value) for one, value in changes.items() if one.heads & reads))
            if len(key) > len(changes) or any(isinstance(value, list) for value in changes.values()):
                found.append(evaluate(compiled, values, lpr))
                continue
            if key not in self.known:
                self.known[key] = evaluate(compiled, values, lpr)
            found.append(self.known[key])
        return found

    def _warned(self, outcomes: list[Outcome]) -> list[Outcome]:
        for outcome in outcomes:
            if outcome.env.warnings:
                self.warnings.update(outcome.env.warnings)
        return outcomes

    def along(self, axis: Axis, values: dict[str, Any]) -> Callable[[Probe], Look]:
        """The benefits as functions of one axis, exactly, before amounts are cut to the fen."""

        def run(probe: Probe) -> Look:
            try:
                varied = axis.put(values, axis.variable(probe))
                outcomes = self._warned(self.outcomes(varied, hundredfold))
                return Look(probe.at, outcomes, Combined(self.scheme, outcomes, Env(varied, self.catalog.lpr)))
            except InputError as bad:
                return Look(probe.at, [], None, str(bad))

        return run

    def causes(self, look: Look) -> list[str]:
        """What keeps the total from being more: conditions unmet, limits, caps over several benefits."""
        found: dict[str, None] = {}
        for benefit, outcome in zip(self.scheme.benefits, look.outcomes, strict=True):
            for condition, gate in zip(benefit.conditions, outcome.gates, strict=True):
                if gate is False and benefit.amount is not None:
                    said = wording(condition, self.catalog.facts)
                    found[text("whatif.target.unmet", benefit=label(benefit), condition=said)] = None
            if outcome.binding is not None:
                scope, limit, _ = outcome.binding
                found[text("whatif.target.limit", benefit=label(benefit), limit=money(fen(limit)), scope=text(f"scope.{scope}"))] = None
        for (cap, held), cut in look.combined.cuts if look.combined else ():
            if cut:
                found[text("whatif.cause.group", limit=money(fen(held)), scope=text(f"scope.{cap.scope}"))] = None
        return list(found)

    def point(self, given: dict[str, Any], look: Look) -> dict[str, Any]:
        """One point of a sweep, or one scenario."""
        if look.combined is None:
            return {"given": given, "status": "invalid", "total": None, "total_if": None, "chosen": [], "benefits": {}, "error": look.error}
        paid = zip(self.compiled, look.outcomes, strict=True)
        return {
            "given": given,
            "status": look.combined.status,
            "total": amount_text(look.combined.total),
            "total_if": amount_text(look.combined.total_if),
            "chosen": look.combined.chosen,
            "benefits": {c.benefit.id: amount_text(o.amount) for c, o in paid if c.amount is not None},
        }


def _settled(outcome: Outcome, x: Number) -> Outcome:
    """An outcome whose amount is a formula (or exact), at ``x`` and to the fen."""
    amount: Any = outcome.amount
    if isinstance(amount, Varied):
        amount = value(amount.formula, x)
    return Outcome(outcome.status, None if amount is None else math.floor(amount), outcome.gates, outcome.env)


def hundredfold(amount: Any) -> Any:
    """Yuan as fen, nothing cut off: how formulas are kept exact."""
    return amount * 100


def amount_text(amount: int | None) -> str | None:
    """Fen as yuan with two decimals."""
    return None if amount is None else fen_text(amount)


def formula_of(amount: Any) -> Formula | None:
    """An amount (a number, or a variable one) as a function."""
    if amount is None:
        return None
    return amount.formula if isinstance(amount, Varied) else ((amount,) if amount else (), ONE)


def _cut(amount: Number | None) -> str | None:
    """An exact number of fen as an amount."""
    return None if amount is None else fen_text(math.floor(amount))


class Curve:
    """The scheme's total along one axis, exactly."""

    def __init__(self, project: Project, axis: Axis, values: dict[str, Any], span: list[Any]) -> None:
        self.project = project
        self.axis = axis
        self.values = values
        self.given = axis.now(values)
        self.whole = axis.whole([*span, *axis.read(values)])
        self.here: Number | None = axis.number(self.given) if self.given is not None else axis.number(span[0]) if span else None
        numbers = [axis.number(v) for v in span]
        self.low = min(numbers, default=None)
        self.high = max(numbers, default=None)
        ends = [*numbers, *([self.here] if self.here is not None else [])]
        self.found: list[tuple[Stretch, Look]] = []
        if ends:
            beyond = Stretch(max(ends), False, axis.range.high, True)
            if axis.kind == "date":
                beyond.narrow(None, False, max(ends) + MORE_DAYS, True)
            self.found = cover(self, Stretch(min(ends), True, max(ends), True), MOST_RUNS)
            self.found += cover(self, beyond, MORE_RUNS, quiet=True)
        self.ends = [s.high for s, _ in self.found if s.high is not None]

    @property
    def open(self) -> bool:
        """Whether somewhere only conditional benefits pay."""
        return any(look.open for _, look in self.found)

    def at(self, value: Any) -> Look:
        """The benefits at a value of the axis, to the fen: from the formulas that hold there, else computed anew."""
        x = self.axis.number(value)
        place = bisect.bisect_left(self.ends, x)
        while place < len(self.found):
            stretch, look = self.found[place]
            if (stretch.low is not None and (x < stretch.low or (x == stretch.low and not stretch.low_in))) or look.combined is None:
                break
            if stretch.high is None or x < stretch.high or stretch.high_in:
                outcomes = [_settled(outcome, x) for outcome in look.outcomes]
                env = Env(self.axis.put(self.values, value), self.project.catalog.lpr)
                return Look(x, outcomes, Combined(self.project.scheme, outcomes, env))
            place += 1
        return self.project.at(self.axis.put(self.values, value))

    def pieces(self, basis: str) -> list[Piece]:
        """The curve, piece by piece."""
        return join(((s, formula_of(look.total(basis)), look) for s, look in self.found), self.whole)

    def bends(self, basis: str) -> Iterator[Bend]:
        """Where the curve turns; not where input begins to be refused."""
        for bend in bends(self.pieces(basis), self.whole):
            if not bend.left.error and not bend.right.error:
                yield bend

    def turning_points(self, basis: str) -> list[dict[str, Any]]:
        """The turning points within the values asked for."""
        if self.low is None or self.high is None:
            return []
        return [self.told(bend, basis) for bend in self.bends(basis) if self.low <= bend.at <= self.high]

    def told(self, bend: Bend, basis: str) -> dict[str, Any]:
        """A turning point as it stands in results."""
        benefits, clause, cause = self.why(bend, basis)
        written, exact = _grid(self, bend.at)
        return {
            "fact": self.axis.path,
            "at": self.axis.said(self.axis.value(written)),
            "inclusive": bend.inside or not exact,
            "kind": bend.kind,
            "before": _cut(bend.before),
            "after": _cut(bend.after),
            "rate_before": _rate(bend.slope_before, self.axis),
            "rate_after": _rate(bend.slope_after, self.axis),
            "benefits": benefits,
            "clause": clause,
            "cause": cause,
        }

    def covered(self, within: Stretch) -> list[tuple[Stretch, Look]]:
        """The total over ``within``, piece by piece."""
        return cover(self, within, MOST_RUNS)

    def why(self, bend: Bend, basis: str) -> tuple[list[str], str, str]:
        """Which benefits bring a turning point about, their clauses, and what changes, in words."""
        return _why(self.project, self.axis, self.values, bend, basis)

    def current(self, basis: str) -> dict[str, Any]:
        """The marginal amount where the project stands, and the next turning point."""
        axis = self.axis
        found: dict[str, Any] = {"fact": axis.path, "label": axis.label, "at": None, "given": self.given is not None}
        found.update(total=None, marginal=None, next=None, distance=None, text="")
        if self.here is None:
            return found
        here = self.here
        look = self.project.at(axis.put(self.values, axis.value(here)))
        found["at"] = axis.said(axis.value(here))
        found["total"] = amount_text(look.total(basis))
        pieces = self.pieces(basis)
        rate = _step_rate(pieces, here) if self.whole else _slope_after(pieces, here)
        found["marginal"] = _rate(rate, axis)
        following = next((b for b in self.bends(basis) if b.at > here or (b.at == here and not b.inside)), None)
        if following is not None:
            found["next"] = self.told(following, basis)
            distance = _grid(self, following.at)[0] - here
            found["distance"] = str(distance) if axis.kind == "date" else axis.said(simple(Fraction(distance)))
        found["text"] = _sentence(self, found, rate, following)
        return found


def cover(curve: Curve, within: Stretch, most: int, quiet: bool = False) -> list[tuple[Stretch, Look]]:
    """The scheme over ``within`` stretch by stretch; unless ``quiet``, the project's warnings tell where the search ended early."""
    project, axis = curve.project, curve.axis
    found: list[tuple[Stretch, Look]] = []
    try:
        for stretch, look in tile(project.along(axis, curve.values), within, curve.whole, most):
            found.append((stretch, look))
    except (CurvedError, TooManyError) as bad:
        if not quiet:
            upto = found[-1][0].high if found else within.low
            said = axis.said(axis.value(upto)) if upto is not None else ""
            key = "whatif.warn.curved" if isinstance(bad, CurvedError) else "whatif.warn.many"
            project.warnings[text(key, fact=axis.label, upto=said)] = None
    return found


def _slope_after(pieces: list[Piece], here: Number) -> Number | None:
    for piece in pieces:
        s = piece.stretch
        if (s.low is None or s.low <= here) and (s.high is None or here < s.high):
            return None if piece.formula is None else slope(piece.formula, here)
    return None


def _step_rate(pieces: list[Piece], here: Number) -> Number | None:
    now, then = _value_at(pieces, here), _value_at(pieces, here + 1)
    return None if now is None or then is None else then - now


def _value_at(pieces: list[Piece], x: Number) -> Number | None:
    for piece in pieces:
        s = piece.stretch
        if (s.low is None or s.low <= x) and (s.high is None or x <= s.high):
            return None if piece.formula is None else value(piece.formula, x)
    return None


def _grid(curve: Curve, at: Number) -> tuple[Number, bool]:
    """A place as a value can be written: itself where it can, else the next step of the type; and whether it is itself."""
    step = curve.axis.smallest
    finite = curve.axis.kind != "money" and not curve.whole and Fraction(decimal_text(at)) == at
    if finite or not Fraction(at) % step:
        return at, True
    return simple(Fraction(math.ceil(Fraction(at) / step)) * step), False


def _rate(rate: Number | None, axis: Axis) -> str | None:
    """A slope (fen per base unit) as yuan per unit: per percentage point for percentages, at least two decimals."""
    if rate is None:
        return None
    body = decimal_text(simple(Fraction(rate) / (10_000 if axis.kind == "percent" else 100)))
    whole, _, rest = body.partition(".")
    return f"{whole}.{rest:0<2}"


# ---------------------------------------------------------------- causes


def _kept(project: Project, look: Look, basis: str) -> set[str]:
    """The benefits that make up the total."""
    counted = ("eligible",) if basis == "total" else ("eligible", "conditional")
    paid = zip(project.scheme.benefits, look.outcomes, strict=True)
    amounts = {b.id: o.amount for b, o in paid if o.status in counted and o.amount is not None and b.support != EQUITY}
    apart = look.combined.apart if look.combined is not None else None
    return {id for id in combine(project.scheme, amounts, apart=apart)[1] if amounts[id] != 0}


def _why(project: Project, axis: Axis, values: dict[str, Any], bend: Bend, basis: str) -> tuple[list[str], str, str]:
    """Which benefits bring a turning point about, their clauses, and what changes, in words."""
    left, right = bend.left, bend.right
    before, after = (_kept(project, look, basis) for look in (left, right))
    chosen = before | after
    changed = [
        place
        for place, (a, b) in enumerate(zip(left.outcomes, right.outcomes, strict=True))
        if (not chosen or project.scheme.benefits[place].id in chosen or None in (a.amount, b.amount))
        and (a.status != b.status or not _alike(a.amount, b.amount))
    ]
    names = project.catalog.facts
    causes: dict[str, None] = {}
    for place in changed:
        compiled = project.compiled[place]
        a, b = (
            evaluate(compiled, axis.put(values, axis.value(look.at)), project.catalog.lpr, traced=True) for look in (left, right)
        )
        causes.update(dict.fromkeys(changes(compiled.benefit, a, b, names)))
    benefits = [project.scheme.benefits[place] for place in changed]
    if not changed and before != after:
        benefits = [b for b in project.scheme.benefits if b.id in after - before]
        causes[text("whatif.cause.switch", benefit=text("whatif.and").join(label(b) for b in benefits))] = None
    elif not changed:
        other = {id(cap): cut for (cap, _), cut in right.combined.cuts}
        caps = [held for held, cut in left.combined.cuts if id(held[0]) not in other or not _alike(cut, other[id(held[0])])]
        benefits = [b for b in project.scheme.benefits if any(b.id in cap.benefits for cap, _ in caps)]
        for cap, limit in caps:
            causes[text("whatif.cause.group", limit=money(fen(limit)), scope=text(f"scope.{cap.scope}"))] = None
    return [b.id for b in benefits], "；".join(dict.fromkeys(b.clause for b in benefits)), text("whatif.then").join(causes)


def _alike(a: Any, b: Any) -> bool:
    one, other = formula_of(a), formula_of(b)
    return one is other if one is None or other is None else same(one, other)


def changes(benefit: model.Benefit, a: Outcome, b: Outcome, names: Facts) -> list[str]:
    """What is otherwise between two outcomes of a benefit: conditions, else tiers, facts that are missing, limits, cases, rates;
    else its formula, in which another argument is the least or the largest."""
    flips = []
    for condition, before, after in zip(benefit.conditions, a.gates, b.gates, strict=True):
        if before is not after and (before is False or after is False):
            key = "whatif.cause.unmet" if after is False else "whatif.cause.met"
            flips.append(text(key, condition=wording(condition, names)))
    if flips:
        return flips
    if a.unfit is not b.unfit:
        return [text("whatif.cause.unfit" if b.unfit else "whatif.cause.fits")]
    if b.missing != a.missing:
        key, missing = ("whatif.cause.missing", b.missing) if b.missing else ("whatif.cause.known", a.missing)
        return [text(key, facts=text("whatif.and").join(names.name_of(path) for path in missing))]
    one, other = a.binding, b.binding
    binds = [] if other is None else [text("whatif.cause.binds", limit=money(fen(other[1])), scope=text(f"scope.{other[0]}"))]
    if other is not None and (one is None or one[:2] != other[:2]):
        return binds
    if one is not None and other is None:
        return [text("whatif.cause.loose", limit=money(fen(one[1])), scope=text(f"scope.{one[0]}"))]
    cases = [dict.fromkeys(step.said for step in o.env.trace or () if step.key == "step.case") for o in (a, b)]
    fresh = [text("whatif.cause.case", case=case) for case in cases[1] if case not in cases[0]]
    if fresh:
        return fresh
    rates = [[step for step in o.env.trace or () if step.kind == "percent" and isinstance(step.value, (int, Fraction))] for o in (a, b)]
    # a rate and what it is taken from move together: the first of them is told
    moved = {(x.value, y.value): y.key for x, y in reversed([*zip(*rates, strict=False)]) if x.key == y.key and x.value != y.value}
    said = []
    for (x, y), key in reversed(moved.items()):
        shown = {"before": value_text("percent", x), "after": value_text("percent", y)}
        said.append(text("whatif.cause.rate", name=text(key, place="", year=""), **shown))
    if said or binds:
        return said or binds
    assert benefit.amount is not None
    return [text("whatif.cause.formula", formula=render(core.bare(benefit.amount), names))]


# ---------------------------------------------------------------- words


def money(amount: int) -> str:
    """Fen the way people of each language read them: round sums in 万元."""
    if language() == "zh" and amount % 10**4 == 0 and abs(amount) >= 10**6:
        return wan(amount)
    return grouped(fen_text(amount)).removesuffix(".00") + text("word.yuan")


def short(rate: str) -> str:
    """A rate, a long one cut to six decimals (two from 1 up) and said to be about that."""
    cut = rate[: rate.index(".") + (7 if rate.lstrip("-").startswith("0.") else 3)]
    return grouped(rate) if cut == rate else text("whatif.about", rate=grouped(cut))


def _said(axis: Axis, value: str) -> str:
    """A value as results write it, in a sentence."""
    if axis.kind == "money" and len(value.partition(".")[2]) == 2:
        return money(int(value.replace(".", "")))
    return figure(value)


def _far(axis: Axis, distance: Number) -> str:
    """A distance along an axis; large sums in 万元, rounded up to two decimals."""
    if axis.kind == "money":
        amount = math.ceil(distance * 100)
        if language() == "zh" and amount >= 10**6:
            return text("whatif.far.wan", distance=grouped(fen_text(math.ceil(Fraction(amount, 10**4)))))
        return text("whatif.far.money", distance=grouped(fen_text(amount)))
    if axis.kind == "percent":
        distance = simple(Fraction(distance) * 100)
    return text(f"whatif.far.{axis.kind}", distance=decimal_text(simple(Fraction(distance)), 4))


def _sentence(curve: Curve, found: dict[str, Any], rate: Number | None, following: Bend | None) -> str:
    """The marginal amount and what comes next, in one sentence."""
    if rate is None:
        return ""
    axis = curve.axis
    way = ".date" if axis.kind == "date" else ""
    unit = text(f"whatif.each{way}", unit=text(f"whatif.unit.{axis.kind}"))
    said = text("whatif.now.given" if found["given"] else "whatif.now.start", fact=axis.label, at=_said(axis, found["at"]))
    key = "more" if rate > 0 else "less" if rate < 0 else "flat"
    said += text(f"whatif.now.{key}", unit=unit, rate=short((found["marginal"] or "").lstrip("-")))
    if following is None:
        return said + text("whatif.now.end")
    more = found["next"]
    assert curve.here is not None
    far = text(f"whatif.further{way}", far=_far(axis, _grid(curve, following.at)[0] - curve.here))
    if following.kind == "saturation":
        return said + text("whatif.next.saturation", far=far)
    if following.kind == "kink":
        return said + text("whatif.next.kink", far=far, unit=unit, rate=short(more["rate_after"]))
    shown = {k: text("word.unknown") if more[k] is None else grouped(more[k]) + text("word.yuan") for k in ("before", "after")}
    key = "whatif.next.threshold.at" if more["inclusive"] else "whatif.next.threshold.over"
    return said + text(key, far=far, at=_said(axis, more["at"]), **shown)


