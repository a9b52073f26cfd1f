"""The smallest value of a fact at which a scheme pays a given sum, exactly, or why none does."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from calc.errors import InputError
from calc.messages import text
from calc.questions.whatif.curve import Curve, Look, Project, amount_text, formula_of
from calc.questions.whatif.rational import CurvedError, reaches, slope, value
from calc.questions.whatif.varied import Stretch
from calc.units import BadValue, Number, fen_text, grouped, parse_number, simple

MOST_STEPS = 10_000


class Target:
    """A sum to reach along a curve."""

    def __init__(self, project: Project, curve: Curve, target: Any, span: list[Any], basis: str) -> None:
        axis = curve.axis
        try:
            wanted = parse_number("money", target)
        except BadValue as bad:
            raise InputError("target", target, bad.accepted, message="error.option") from None
        if not span and (axis.kind == "date" or axis.definition.signed):
            raise InputError(axis.path, "", text("whatif.accepted.range"))
        numbers = [axis.number(v) for v in span]
        within = Stretch(min(numbers), True, max(numbers), True) if numbers else axis.range
        self.project, self.axis, self.values, self.least = project, axis, curve.values, within.low
        self.wanted = math.ceil(wanted * 100)
        self.step = Fraction(axis.smallest)
        self.found = curve.covered(within)
        self.basis = "total_if" if any(look.open for _, look in self.found) else basis

    def answer(self) -> dict[str, Any]:
        """``at`` and what is paid there and one step below; or ``most``, where that is reached, and ``because``."""
        found: dict[str, Any] = {"fact": self.axis.path, "label": self.axis.label, "amount": fen_text(self.wanted), "basis": self.basis}
        found.update(at=None, total=None, below=None, most=None, most_at=None, because=None)
        try:
            at = self.reach(self.wanted)
            most = None if at is not None else self.most()
            top = None if most is None else self.reach(most)
        except CurvedError:
            found["because"] = text("whatif.target.curved")
            return found
        if at is not None:
            found.update(at=self._said(at), total=amount_text(self._paid(at)))
            if self.least is None or at - self.step >= self.least:
                found["below"] = amount_text(self._paid(at - self.step))
            return found
        found["most"] = amount_text(most)
        found["most_at"] = None if top is None else self._said(top)
        found["because"] = self.reason(most, top)
        return found

    def reach(self, wanted: int) -> Number | None:
        """The smallest value at which at least ``wanted`` fen are paid."""
        for stretch, look in self.found:
            formula, ends = formula_of(look.total(self.basis)), self._ends(stretch)
            if formula is None or ends is None:
                continue
            first, last = ends
            tries = {self._up(root) for root in reaches(formula, wanted)} | ({first} if first is not None else set())
            for x in sorted(tries):
                if (first is None or x >= first) and (last is None or x <= last) and (value(formula, x) or 0) >= wanted:
                    at = self._cut(x, last, wanted, look)
                    if at is not None:
                        return at
        return None

    def _cut(self, x: Fraction, last: Fraction | None, wanted: int, look: Look) -> Fraction | None:
        """The first value from ``x`` on that pays ``wanted`` once each benefit is cut to the fen; within one stretch, amounts
        that make up the total grow (or stay) together, or a step at a time is taken."""
        if (self._paid(x) or 0) >= wanted:
            return x
        formulas = [f for f in (formula_of(o.amount) for o in look.outcomes) if f is not None]
        rates = [slope(f, x) or 0 for f in formulas]
        count = 1
        if min(rates) < 0:
            while count < MOST_STEPS and (self._paid(x + count * self.step) or 0) < wanted:
                count += 1
            found = x + count * self.step
            return found if (last is None or found <= last) and (self._paid(found) or 0) >= wanted else None
        while (self._paid(x + count * self.step) or 0) < wanted:
            if last is not None and x + count * self.step > last:
                return None
            count *= 2
        low = count // 2
        while count - low > 1:
            middle = (low + count) // 2
            low, count = (low, middle) if (self._paid(x + middle * self.step) or 0) >= wanted else (middle, count)
        found = x + count * self.step
        return found if last is None or found <= last else None

    def most(self) -> int | None:
        """The most that is paid anywhere, in fen."""
        paid: list[int] = []
        for stretch, _ in self.found:
            paid += [amount for x in self._ends(stretch) or () if x is not None and (amount := self._paid(x)) is not None]
        return max(paid, default=None)

    def reason(self, most: int | None, top: Number | None) -> str:
        """Why no value reaches the target."""
        if most is None or top is None:
            return text("whatif.target.nothing", fact=self.axis.label)
        look = next((self._look(one.at) for _, one in reversed(self.found) if self._paid(one.at) == most), self._look(top))
        because = text("whatif.then").join(self.project.causes(look)) or text("whatif.target.formula")
        return text("whatif.target.most", fact=self.axis.label, most=grouped(fen_text(most)), causes=because)

    def _said(self, at: Number) -> Any:
        return self.axis.said(self.axis.value(simple(Fraction(at))))

    def _look(self, at: Number) -> Look:
        return self.project.at(self.axis.put(self.values, self.axis.value(simple(Fraction(at)))))

    def _paid(self, at: Number) -> int | None:
        amount: int | None = self._look(at).total(self.basis)
        return amount

    def _up(self, at: Number) -> Fraction:
        return math.ceil(Fraction(at) / self.step) * self.step

    def _ends(self, stretch: Stretch) -> tuple[Fraction | None, Fraction | None] | None:
        """The first and the last value of a stretch that can be written; ``None`` where it has none."""
        low, high = stretch.low, stretch.high
        first = last = None
        if low is not None:
            first = self._up(low)
            first += self.step if first == low and not stretch.low_in else 0
        if high is not None:
            last = math.floor(Fraction(high) / self.step) * self.step
            last -= self.step if last == high and not stretch.high_in else 0
        return None if first is not None and last is not None and first > last else (first, last)
