"""What if on the plan: how the best combination moves with one fact, and where the choice itself changes.

What the benefits pay is followed exactly, as for one scheme (``curve``). Between two values at which none of them changes its way,
the best total is continuous and made of straight pieces; they are found from exact totals: lines from both ends, met and looked at
again where they meet, until nothing is left between. Each total rests on a proved best combination.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calc.errors import InputError
from calc.estimate.benefit import EQUITY, CompiledBenefit, Outcome, evaluate, label
from calc.language.masks import bits
from calc.messages import listed, text
from calc.questions.plan.assumed import Assumed
from calc.questions.plan.combination import Caps, clash_masks, problem_of
from calc.questions.plan.costs import drawn, once
from calc.questions.plan.optimum import best
from calc.questions.plan.paid import Candidate
from calc.questions.plan.problem import Problem
from calc.questions.whatif.axis import Axis
from calc.questions.whatif.curve import MOST_RUNS, Curve, amount_text, changes, cover, hundredfold, money
from calc.questions.whatif.pieces import Bend
from calc.questions.whatif.rational import ONE
from calc.questions.whatif.varied import Probe, Stretch, Varied
from calc.store.conflicts import Conflicts, Item, conflicts
from calc.units import Number, fen, simple

if TYPE_CHECKING:
    from calc.language import model
    from calc.store.store import Store

MOST_TOTALS = 1500  # totals looked at along one fact
FAR = 10**9  # how far a stretch without an end is looked at
NEAR = Fraction(1, 10**6)  # how far from a value its slope is taken, of the stretch it stands in


@dataclass(slots=True)
class Chosen:
    """The best combination at ``at``: its ``amount`` (fen; a formula along a curve), the ``prudent`` one, the places of what is
    ``chosen``; ``error`` where the input is refused."""

    at: Number
    outcomes: list[Outcome] = field(default_factory=list)
    amount: Any = None
    prudent: int | None = None
    chosen: tuple[int, ...] = ()
    error: str = ""

    def total(self, basis: str) -> Any:
        """What the combination comes to; nothing else is asked of a plan."""
        return self.amount

    @property
    def open(self) -> bool:
        """A plan always comes to something."""
        return False

    @property
    def combined(self) -> Chosen | None:
        """Itself, unless the input is refused."""
        return None if self.error else self


class Together:
    """All benefits of some schemes on one project of which some facts vary, and the best of them together."""

    def __init__(self, catalog: Store, ids: list[str], values: dict[str, Any], heads: set[str], conditional: bool, equity: bool) -> None:
        self.catalog, self.values = catalog, values
        self.pays: list[tuple[model.Scheme, CompiledBenefit]] = [
            (catalog.scheme(id), one) for id in ids for one in catalog.compiled(id)
            if one.amount is not None and (equity or one.benefit.support != EQUITY)
        ]  # fmt: skip
        self.keys = [f"{scheme.id}/{one.benefit.id}" for scheme, one in self.pays]
        self.counted = ("eligible", "conditional") if conditional else ("eligible",)
        self.moving = [bool(heads & {path.partition(".")[0] for path in one.benefit.facts}) for _, one in self.pays]
        self.still: dict[Any, list[Outcome | None]] = {}
        self.clashing: dict[Any, Conflicts] = {}
        self.totals: dict[Any, Chosen] = {}
        self.warnings: dict[str, None] = {}
        self.refusal: InputError | None = None

    def outcomes(self, values: dict[str, Any], cut: Callable[[Any], Any] = fen) -> list[Outcome]:
        """Every benefit on ``values``. Raises ``InputError``."""
        lpr = self.catalog.lpr
        if cut not in self.still:
            self.still[cut] = [None if moves else evaluate(one, self.values, lpr, cut=cut) for (_, one), moves in zip(self.pays, self.moving, strict=True)]
        return [fixed or evaluate(one, values, lpr, cut=cut) for (_, one), fixed in zip(self.pays, self.still[cut], strict=True)]

    def at(self, values: dict[str, Any], changes: Mapping[Axis, Any] | None = None, cut: Callable[[Any], Any] = fen, prudent: bool = True) -> Chosen:
        """The best combination on ``values``; ``cut`` makes fen of yuan (or leaves them as they are)."""
        try:
            outcomes = self.outcomes(values, cut)
            problem, drawing, items, places = self._problem(values, outcomes, cut)
        except InputError as bad:
            self.refusal = bad
            return Chosen(0, error=str(bad))
        scale = math.lcm(*(Fraction(one).denominator for one in (*problem.amounts, *(p.most for p in problem.pieces), *(c.limit for c in problem.caps))))
        found = best(_times(problem, scale))
        assert found is not None  # nothing is required
        if not found.proved:
            self.warnings[text("whatif.warn.unproved")] = None
        careful = None
        if prudent:
            apart = _times(problem, scale)
            apart.clashes = once(items, problem.clashes, drawing)
            careful = found if apart.clashes == problem.clashes else best(apart)
        chosen = tuple(places[i] for i in bits(found.chosen))
        for place in chosen:
            self.warnings.update(outcomes[place].env.warnings)
        return Chosen(0, outcomes, simple(Fraction(found.value, scale)), None if careful is None else careful.value // scale, chosen)

    def _problem(self, values: dict[str, Any], outcomes: list[Outcome], cut: Callable[[Any], Any]) -> tuple[Problem, Any, list[Candidate], list[int]]:
        places = [k for k, outcome in enumerate(outcomes) if outcome.status in self.counted and outcome.amount and outcome.amount > 0]
        items = [Candidate(0, self.pays[k][0], self.pays[k][1].benefit, outcomes[k].amount or 0, outcomes[k]) for k in places]
        lifted = tuple(rule.unless for rule in self.catalog.rules.rules if rule.unless and values.get(rule.unless) is True)
        key = tuple((k, outcomes[k].status) for k in places), lifted
        if key not in self.clashing:
            self.clashing[key] = conflicts(self.catalog, [Item(0, item.scheme.id, item.key) for item in items], [values])
        drawing = drawn(self.catalog, items, [values], cut)
        caps = Caps(items)
        caps.cut = cut
        caps.groups()
        caps.costs(drawing)
        assumed = Assumed(self.catalog, items, [values])
        problem = problem_of(self.catalog, items, clash_masks(len(items), [*self.clashing[key].pairs, *assumed.pairs]), caps)
        problem.needs += [(item, mask) for _, item, mask in assumed.ties(problem)]
        return problem, drawing, items, places

    def along(self, axis: Axis, values: dict[str, Any]) -> Callable[[Probe], Chosen]:
        """What benefits pay as functions of one axis; only where each goes its way, not yet what is best."""

        def run(probe: Probe) -> Chosen:
            try:
                outcomes = self.outcomes(axis.put(values, axis.variable(probe)), hundredfold)
            except InputError as bad:
                return Chosen(probe.at, error=str(bad))
            for outcome in outcomes:
                if outcome.amount is not None:
                    bool(outcome.amount > 0)  # where a benefit begins to pay is a place to look at
            return Chosen(probe.at, outcomes)

        return run

    def exactly(self, axis: Axis, values: dict[str, Any], x: Number) -> Chosen:
        """The best combination at a value of an axis, nothing cut off."""
        key = axis.path, x
        if key not in self.totals:
            found = self.at(axis.put(values, axis.value(x)), None, hundredfold, prudent=False)
            found.at = x
            self.totals[key] = found
        return self.totals[key]

    def point(self, given: dict[str, Any], look: Chosen) -> dict[str, Any]:
        """One point of a sweep, or one scenario."""
        if look.error:
            return {"given": given, "status": "invalid", "total": None, "total_if": None, "chosen": [], "benefits": {}, "prudent": None, "error": look.error}
        status = "conditional" if any(look.outcomes[k].status == "conditional" for k in look.chosen) else "eligible" if look.chosen else "ineligible"
        total = amount_text(look.amount)
        return {
            "given": given,
            "status": status,
            "total": total,
            "total_if": total,
            "chosen": [self.keys[k] for k in look.chosen],
            "benefits": {self.keys[k]: amount_text(look.outcomes[k].amount) for k in look.chosen},
            "prudent": amount_text(look.prudent),
        }

    def causes(self, look: Chosen) -> list[str]:
        """What keeps the total from being more: limits of what is chosen."""
        found: dict[str, None] = {}
        for place in look.chosen:
            bound = look.outcomes[place].binding
            if bound is not None:
                found[text("whatif.target.limit", benefit=self.name(place), limit=money(fen(bound[1])), scope=text(f"scope.{bound[0]}"))] = None
        return list(found)

    def labels(self, keys: list[str]) -> dict[str, str]:
        """What benefits are called, by key: card and label."""
        return {key: self.name(self.keys.index(key)) for key in keys}

    def name(self, place: int) -> str:
        """A benefit by its place, as people call it."""
        scheme, one = self.pays[place]
        return f"{scheme.id.partition('-')[0]} {label(one.benefit)}"


def _times(problem: Problem, scale: int) -> Problem:
    """A problem in whole numbers."""
    if scale == 1:
        return replace(problem)
    pieces = [replace(piece, most=int(piece.most * scale)) for piece in problem.pieces]
    caps = [replace(cap, limit=int(cap.limit * scale)) for cap in problem.caps]
    return replace(problem, amounts=[int(amount * scale) for amount in problem.amounts], pieces=pieces, caps=caps, known=None)


class PlanCurve(Curve):
    """The best total along one axis, exactly."""

    project: Any

    def __init__(self, project: Together, axis: Axis, values: dict[str, Any], span: list[Any]) -> None:
        self.spent = 0
        super().__init__(project, axis, values, span)  # type: ignore[arg-type]
        self.found = self._refined(self.found)
        self.ends = [s.high for s, _ in self.found if s.high is not None]

    def at(self, value: Any) -> Any:
        """The best combination at a value of the axis, to the fen."""
        return self.project.at(self.axis.put(self.values, value))

    def covered(self, within: Stretch) -> list[tuple[Stretch, Any]]:
        """What is best over ``within``, piece by piece."""
        return self._refined(cover(self, within, MOST_RUNS))

    def _refined(self, found: list[tuple[Stretch, Any]]) -> list[tuple[Stretch, Any]]:
        return [piece for stretch, look in found for piece in self._straight(stretch, look)]

    def _straight(self, stretch: Stretch, look: Any) -> Iterator[tuple[Stretch, Any]]:
        """A stretch in which no benefit changes its way, cut into pieces on which the best total is a straight line."""
        if look.error:
            yield stretch, look
            return
        low, high = self._inner(stretch)
        if low == high:
            yield stretch, self._line(low, low)
            return
        ends = self._pieces(low, high)
        for number, (left, right) in enumerate(ends):
            first, last = number == 0, number == len(ends) - 1
            whole = self.whole
            start = stretch.low if first else left + whole
            end = stretch.high if last else right
            within = Stretch(start, stretch.low_in if first else True, end, stretch.high_in if last else whole)
            yield within, self._line(left, right)

    def _inner(self, stretch: Stretch) -> tuple[Number, Number]:
        """The ends of a stretch, drawn in where they do not belong to it (to the next value, or a little)."""
        low: Number = 0
        if stretch.low is not None:
            low = stretch.low
        elif stretch.high is not None:
            low = min(0, 2 * stretch.high)
        high: Number = stretch.high if stretch.high is not None else 2 * max(low, -low) + FAR
        if low == high:
            return low, high
        if self.whole:
            return math.ceil(low) + (not stretch.low_in and low == math.ceil(low)), math.floor(high) - (not stretch.high_in and high == math.floor(high))
        little = NEAR * (Fraction(high) - low) / 1000
        return (low if stretch.low_in else simple(low + little)), (high if stretch.high_in else simple(high - little))

    def _value(self, x: Number) -> Number:
        self.spent += 1
        amount = self.project.exactly(self.axis, self.values, x).amount
        return 0 if amount is None else amount

    def _pieces(self, low: Number, high: Number) -> list[tuple[Number, Number]]:
        """The ends of straight pieces from ``low`` to ``high``."""
        step: Number = 1 if self.whole else simple(NEAR * (Fraction(high) - low))
        if high - low < 2 * step:
            return [(low, high)]
        if self.spent > MOST_TOTALS:
            self.project.warnings[text("whatif.warn.many", fact=self.axis.label, upto=self.axis.said(self.axis.value(low)))] = None
            return [(low, high)]
        start, end = self._value(low), self._value(high)
        rise, fall = Fraction(self._value(low + step) - start) / step, Fraction(end - self._value(high - step)) / step
        middle = (low + high) // 2 if self.whole else simple(Fraction(low + high) / 2)
        if start + rise * (high - low) == end and rise == fall:
            if self._value(middle) == start + rise * (middle - low):
                return [(low, high)]
            cut = middle
        elif rise != fall:
            meet = (end - start + rise * low - fall * high) / (rise - fall)
            cut = simple(meet) if low + step < meet < high - step else middle
            if self.whole:
                cut = min(max(math.floor(cut), int(low) + 1), int(high) - 1)
        else:
            cut = middle
        found = self._pieces(low, cut) + self._pieces(cut, high)
        joined = [found[0]]
        for left, right in found[1:]:
            before = joined[-1]
            slopes = [Fraction(self._value(b) - self._value(a)) / (b - a) for a, b in (before, (left, right))]
            if slopes[0] == slopes[1]:
                joined[-1] = before[0], right
            else:
                joined.append((left, right))
        return joined

    def _line(self, left: Number, right: Number) -> Any:
        """The best combination inside a piece, its total as a formula."""
        start = self._value(left)
        inside = self.project.exactly(self.axis, self.values, left if left == right else self._middle(left, right))
        rise = Fraction(0) if left == right else Fraction(self._value(right) - start) / (right - left)
        poly = (simple(start - rise * left), simple(rise)) if rise else ((start,) if start else ())
        amount = Varied(Probe(inside.at), poly, ONE)
        return Chosen(inside.at, inside.outcomes, amount, None, inside.chosen)

    def _middle(self, left: Number, right: Number) -> Number:
        return (left + right) // 2 if self.whole else simple(Fraction(left + right) / 2)

    def why(self, bend: Bend, basis: str) -> tuple[list[str], str, str]:
        """Which benefits bring a turning point about, their clauses, and what changes: what is chosen, else how much is paid."""
        project = self.project
        before, after = set(bend.left.chosen), set(bend.right.chosen)
        if before != after:
            come, gone = sorted(after - before), sorted(before - after)
            names = {"come": listed(map(project.name, come)) or "—", "gone": listed(map(project.name, gone)) or "—"}
            places, cause = [*come, *gone], text("whatif.cause.choice", **names)
        else:
            both = [self.axis.put(self.values, self.axis.value(look.at)) for look in (bend.left, bend.right)]
            found: dict[int, tuple[Outcome, Outcome]] = {}
            for place in sorted(after):
                if project.moving[place]:
                    one, other = (evaluate(project.pays[place][1], values, project.catalog.lpr, traced=True) for values in both)
                    found[place] = one, other
            # one that goes another way, else the only one that moves; else what several share
            places = [place for place, pair in found.items() if _moved(*pair)] or (list(found) if len(found) == 1 else [])
            causes = dict.fromkeys(said for k in places for said in changes(project.pays[k][1].benefit, *found[k], project.catalog.facts))
            cause = text("whatif.then").join(causes) or text("whatif.cause.shared")
        clauses = "；".join(dict.fromkeys(project.pays[k][1].benefit.clause for k in places))
        return [project.keys[k] for k in places], clauses, cause


def _moved(a: Outcome, b: Outcome) -> bool:
    """Whether a benefit pays in another way: other conditions, another limit, another step."""
    return (a.status, a.unfit, a.binding and a.binding[:2]) != (b.status, b.unfit, b.binding and b.binding[:2])
