"""Exact arithmetic in SQL: numbers with their bounds and scales, so that no digit is lost and no type is wider than it must be."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from calc.engines.columns.sql import Part, Pool, Sql
from calc.engines.columns.values import (
    FAST_DIGITS,
    FEN,
    LARGE,
    MOST_DIGITS,
    Decimal,
    Inexact,
    Number,
    decimals,
    digits,
    meta,
    stubborn,
)
from calc.language.bounds import rounded
from calc.units import Number as Exact


class Arithmetic:
    """Exact arithmetic; ``risk`` collects where a cut quotient leaves a comparison open."""

    def __init__(self, pool: Pool, risk: Callable[[Sql], None]) -> None:
        self.pool = pool
        self.risk = risk

    # ---------------------------------------------------------------- making

    def figure(self, value: Exact) -> Number:
        """A constant."""
        exact = Fraction(value)
        return Number(self.pool.atom("NULL"), low=exact, high=exact, figure=exact)

    def decimal(self, value: Fraction, width: int = 0, scale: int = 0) -> Decimal:
        """A decimal literal, of at least ``width`` and ``scale``."""
        places = decimals(value)
        assert places is not None
        scale = max(scale, places)
        width = max(width, digits(value) + scale, scale, 1)
        if width > MOST_DIGITS:
            raise Inexact("columns.wide")
        whole = abs(value.numerator) * 10**scale // value.denominator
        text = f"{whole:0{scale + 1}d}"
        text = f"{text[:-scale]}.{text[-scale:]}" if scale else text
        sign = "-" if value < 0 else ""
        return Decimal(self.pool.atom(f"CAST('{sign}{text}' AS DECIMAL({width},{scale}))"), width, scale)

    # ---------------------------------------------------------------- units

    def at(self, number: Number, unit: Fraction) -> Decimal:
        """A number as a decimal that counts ``unit``; their ratio must be a finite decimal."""
        if number.figure is not None:
            return self.decimal(number.figure / unit)
        found = Decimal(number.sql, number.width, number.scale)
        ratio = number.unit / unit
        if ratio == 1:
            return found
        need = self.need(number, number.unit, number.scale)
        return self.multiplied(found, need, self.decimal(ratio), number, unit)

    def need(self, number: Number, unit: Fraction, scale: int) -> int:
        """Digits a number can need in a unit."""
        return max(1, scale, digits(max(abs(number.low), abs(number.high)) / abs(unit)) + scale)

    def multiplied(self, a: Decimal, need: int, b: Decimal, bounds: Number, unit: Fraction, need_b: int = 0) -> Decimal:
        """A product of decimals that need at most so many digits; its value is within the bounds of a number."""
        scale = a.scale + b.scale
        whole = self.need(bounds, unit, scale)
        if whole > MOST_DIGITS:
            raise Inexact("columns.wide")
        need_b = need_b or b.width
        width = a.width + b.width
        if width > FAST_DIGITS and max(a.width, b.width) <= FAST_DIGITS:
            if need + need_b <= FAST_DIGITS:
                a, b = self.narrow(a, need), self.narrow(b, need_b)
                width = a.width + b.width
            else:  # two words are multiplied as words, however large: one of them is widened
                a = Decimal(self.cast(a.sql, FAST_DIGITS + 1, a.scale), FAST_DIGITS + 1, a.scale)
                width = a.width + b.width
        return Decimal(self.pool("(", a.sql, " * ", b.sql, ")"), min(width, MOST_DIGITS), scale)

    def narrow(self, found: Decimal, need: int) -> Decimal:
        """The same with no more digits than needed."""
        return found if found.width <= need else Decimal(self.cast(found.sql, need, found.scale), need, found.scale)

    def common(self, numbers: Sequence[Number], money: bool) -> Fraction:
        """A unit in which all of several numbers are decimals: one fen or one, or a fraction of that."""
        base = FEN if money else Fraction(1)
        parts = [(n.figure if n.figure is not None else n.unit) / base for n in numbers]
        return base / math.lcm(*(stubborn(p) for p in parts))

    def together(self, numbers: Sequence[Number], money: bool) -> tuple[list[Decimal], Fraction, int, int]:
        """Numbers as decimals of one unit; the unit; the width and scale of the type they meet in."""
        unit = self.common(numbers, money)
        found = [self.at(n, unit) for n in numbers]
        scale = max(d.scale for d in found)
        whole = max(d.width - d.scale for d in found)
        if whole + scale > MOST_DIGITS or whole + scale > FAST_DIGITS >= max(self.need(n, unit, scale) for n in numbers):
            whole = max(self.need(n, unit, scale) for n in numbers) - scale
            if whole + scale > MOST_DIGITS:
                raise Inexact("columns.wide")
            whole = max(whole, 1)
            found = [
                d if d.width - d.scale <= whole else Decimal(self.cast(d.sql, whole + d.scale, d.scale), whole + d.scale, d.scale)
                for d in found
            ]
        return found, unit, max(whole + scale, 1), scale

    def cast(self, sql: Sql, width: int, scale: int) -> Sql:
        """A decimal of another width."""
        return self.pool("CAST(", sql, f" AS DECIMAL({width},{scale}))")

    # ---------------------------------------------------------------- operations

    def times(self, a: Number, b: Number) -> Number:
        """A product."""
        if a.figure is not None:
            a, b = b, a
        low, high = _corners(a, b)
        about = meta(self.pool, (a, b))
        if b.figure is not None:
            factor = b.figure
            if a.figure is not None:
                return replace(self.figure(a.figure * factor), **about)
            if factor > 0:
                return replace(a, unit=a.unit * factor, low=low, high=high, slack=a.slack * factor, **about)
            if a.slack:
                raise Inexact("columns.quotient")
            unit = a.unit * abs(factor) if factor else a.unit
            if factor:
                sql, width = self.pool("(-", a.sql, ")"), a.width
            else:
                sql, width = self.pool("(", a.sql, " * CAST(0 AS DECIMAL(1,0)))"), min(a.width + 1, MOST_DIGITS)
            return Number(sql, **about, width=width, scale=a.scale, unit=unit, low=low, high=high)
        slack = a.slack * b.high + b.slack * a.high + a.slack * b.slack
        if slack and (a.low < 0 or b.low < 0):
            raise Inexact("columns.quotient")
        unit = a.unit * b.unit
        bounds = Number(a.sql, low=low, high=high)
        needs = self.need(a, a.unit, a.scale), self.need(b, b.unit, b.scale)
        found = self.multiplied(Decimal(a.sql, a.width, a.scale), needs[0], Decimal(b.sql, b.width, b.scale), bounds, unit, needs[1])
        return Number(found.sql, **about, width=found.width, scale=found.scale, unit=unit, low=low, high=high, slack=slack)

    def plus(self, numbers: Sequence[Number], money: bool) -> Number:
        """A sum."""
        figures = [n.figure for n in numbers if n.figure is not None]
        about = meta(self.pool, numbers)
        if len(figures) == len(numbers):
            return replace(self.figure(sum(figures, Fraction(0))), **about)
        found, unit, width, scale = self.together(numbers, money)
        low, high = sum(n.low for n in numbers), sum(n.high for n in numbers)
        bounds = Number(found[0].sql, low=Fraction(low), high=Fraction(high))
        need = max(self.need(n, unit, scale) for n in (bounds, *numbers)) + 1
        if need > MOST_DIGITS:
            raise Inexact("columns.wide")
        more = len(found) - 1
        if width + more > FAST_DIGITS:
            needs = [max(self.need(n, unit, d.scale), 1) for n, d in zip(numbers, found, strict=True)]
            whole = max(n - d.scale for n, d in zip(needs, found, strict=True))
            if whole + scale + more <= FAST_DIGITS:
                found = [self.narrow(d, whole + d.scale) for d in found]
                width = whole + scale
            elif width <= FAST_DIGITS:
                found = [Decimal(self.cast(d.sql, MOST_DIGITS - scale + d.scale, d.scale), MOST_DIGITS - scale + d.scale, d.scale) for d in found]
                width = MOST_DIGITS
        width = min(width + more, MOST_DIGITS)
        parts: list[Part] = ["("]
        for place, one in enumerate(found):
            parts += ([" + "] if place else []) + [one.sql]
        slack = sum((n.slack for n in numbers), Fraction(0))
        return Number(self.pool(*parts, ")"), **about, width=width, scale=scale, unit=unit, low=bounds.low, high=bounds.high, slack=slack)

    def minus(self, a: Number, b: Number, money: bool) -> Number:
        """A difference."""
        if b.slack:
            raise Inexact("columns.quotient")
        return self.plus((a, self.times(b, self.figure(-1))), money)

    def divided(self, a: Number, b: Number) -> Number:
        """A quotient; cut far below a fen where the divisor is no constant. A zero divisor is a risk."""
        about = meta(self.pool, (a, b))
        if b.figure is not None:
            if not b.figure:
                self.risk(self.pool.true)
                return replace(self.figure(0), **about)
            return replace(self.times(a, self.figure(1 / b.figure)), **about)
        if a.figure is not None and decimals(a.figure) is not None:
            whole = self.decimal(a.figure)
            a = replace(a, sql=whole.sql, width=whole.width, scale=whole.scale, figure=None)
        if a.figure is not None or a.slack or b.slack or a.low < 0 or b.low < 0:
            raise Inexact("columns.quotient")
        self.risk(self.pool("COALESCE(", b.sql, " = 0, FALSE)"))
        top, bottom = self.whole(a), self.whole(b)
        unit = a.unit / b.unit * Fraction(10) ** (b.scale - a.scale)
        least = b.unit / Fraction(10) ** b.scale
        places = min(MOST_DIGITS - 1 - self.need(a, a.unit, a.scale), 14)
        if places < 8:
            raise Inexact("columns.wide")
        sql = self.pool("CAST((", top, f" * {10**places}::HUGEINT) // NULLIF(", bottom, f", 0) AS DECIMAL({MOST_DIGITS},0))")
        unit /= 10**places
        self.risk(self.pool("COALESCE(", sql, " = 0 AND ", a.sql, " <> 0, FALSE)"))
        high = a.high / least
        if high > LARGE:
            most = self.decimal(Fraction(math.floor(LARGE / unit)), MOST_DIGITS)
            self.risk(self.pool("COALESCE(", sql, " > ", most.sql, ", FALSE)"))
            sql, high = self.pool.case([(self.pool("(", sql, " <= ", most.sql, ")"), sql)]), LARGE
        return Number(sql, **about, width=MOST_DIGITS, scale=0, unit=unit, low=Fraction(0), high=high, slack=unit)

    def whole(self, number: Number) -> Sql:
        """A decimal's digits as a whole number."""
        if not number.scale:
            return self.pool("CAST(", number.sql, " AS HUGEINT)")
        factor = self.decimal(Fraction(10**number.scale))
        wide = self.cast(number.sql, min(MOST_DIGITS, number.width + factor.width), number.scale)
        return self.pool("CAST(", wide, " * ", factor.sql, " AS HUGEINT)")

    def extreme(self, op: str, numbers: Sequence[Number], money: bool) -> Number:
        """The smallest (``min``) or largest of several; null where one is."""
        pick = min if op == "min" else max
        about = meta(self.pool, numbers)
        figures = [n.figure for n in numbers if n.figure is not None]
        if figures and len(figures) > 1:
            rest = [n for n in numbers if n.figure is None]
            numbers = [*rest, self.figure(pick(figures))]
        if len(numbers) == 1:
            return replace(numbers[0], **about)
        found, unit, width, scale = self.together(numbers, money)
        low, high, slack = pick(n.low for n in numbers), pick(n.high for n in numbers), max(n.slack for n in numbers)
        bounds: dict[str, Any] = {"width": width, "scale": scale, "unit": unit, "low": low, "high": high, "slack": slack}
        if about["nulls"] is not None and any(d.sql.free and not d.sql.plain for d in found):
            # within a list nothing is staged: each operand is written once, and what is unknown said by itself
            parts: list[Part] = ["LEAST(" if op == "min" else "GREATEST("]
            for place, one in enumerate(found):
                parts += ([", "] if place else []) + [one.sql]
            lacks = self.pool.either(*sorted(about["nulls"], key=id))
            return Number(self.pool.case([(lacks, self.pool.atom("NULL"))], self.pool(*parts, ")")), **about, **bounds)
        sign = ">" if op == "min" else "<"
        kept = found[0].sql
        for one, number in zip(found[1:], numbers[1:], strict=True):
            if number.figure is not None:
                kept = self.pool.case([(self.pool("(", kept, f" {sign} ", one.sql, ")"), one.sql)], kept)
            else:
                other = (self.pool("(", kept, f" {sign} ", one.sql, ")"), one.sql)
                kept = self.pool.case([other, (self.pool.not_null(one.sql), kept)])
        return Number(kept, **about, **bounds)

    def rounded(self, number: Number, step: Fraction, way: str) -> Number:
        """A number in whole steps, ``down``, ``up`` or to the ``nearest``; a risk where a cut quotient leaves it open which."""
        low, high = (rounded(end, step, way) for end in (number.low, number.high))
        about = meta(self.pool, (number,))
        if number.figure is not None:
            return replace(self.figure(rounded(number.figure, step, way)), **about)
        count = self.times(number, self.figure(1 / step))
        unit = self.common((count,), False)
        if unit != 1:
            raise Inexact("columns.quotient")
        found = self.at(count, unit)
        shift = {"down": Fraction(0), "up": Fraction(0), "nearest": Fraction(1, 2)}[way]
        name = "CEIL(" if way == "up" else "FLOOR("

        def whole(more: Fraction) -> Sql:
            return self.pool(name, found.sql, *((" + ", self.decimal(more).sql) if more else ()), ")")

        if number.slack:
            near = Fraction(math.ceil(count.slack * 10**found.scale), 10**found.scale)
            self.risk(self.pool("COALESCE(", whole(shift), " <> ", whole(shift + near), ", FALSE)"))
        width = max(1, self.need(count, unit, 0) + 1)
        sql = self.cast(whole(shift), width, 0)
        return Number(sql, **about, width=width, unit=step, low=Fraction(low), high=Fraction(high))

    def compare(self, op: str, a: Number, b: Number) -> Sql:
        """``a op b``, null where either is."""
        if a.figure is not None and b.figure is not None:
            return self.pool.true if TESTS[op](a.figure, b.figure) else self.pool.false
        if a.figure is not None:
            a, b, op = b, a, TURNED[op]
        if a.slack or b.slack:
            self.close(a, b)
        if b.figure is not None:
            return self.against(op, Decimal(a.sql, a.width, a.scale), b.figure / a.unit)
        unit = self.common((a, b), False)
        if stubborn(a.unit / b.unit) == 1:
            unit = b.unit
        elif stubborn(b.unit / a.unit) == 1:
            unit = a.unit
        left, right = self.at(a, unit), self.at(b, unit)
        scale = max(left.scale, right.scale)
        whole = max(left.width - left.scale, right.width - right.scale)
        if whole + scale > MOST_DIGITS:
            whole = max(self.need(n, unit, scale) for n in (a, b)) - scale
            if whole + scale > MOST_DIGITS:
                raise Inexact("columns.wide")
            left, right = (Decimal(self.cast(d.sql, min(d.width, whole + d.scale), d.scale), d.width, d.scale) for d in (left, right))
        return self.pool("(", left.sql, f" {op} ", right.sql, ")")

    def against(self, op: str, found: Decimal, figure: Fraction) -> Sql:
        """A decimal compared with a constant, which is first brought to the decimal's own scale."""
        scaled = figure * 10**found.scale
        if scaled.denominator != 1:
            if op in ("==", "!="):
                return self.pool.case([(self.pool.not_null(found.sql), self.pool.false if op == "==" else self.pool.true)])
            scaled = Fraction(math.ceil(scaled) if op in (">=", "<") else math.floor(scaled))
        literal = self.decimal(scaled / 10**found.scale, found.width, found.scale)
        return self.pool("(", found.sql, f" {op} ", literal.sql, ")")

    def close(self, a: Number, b: Number) -> None:
        """Notes where two numbers lie too close together to tell which is larger, one of them being cut."""
        (left, right), unit, _, scale = self.together((a, b), False)
        near = self.decimal(Fraction(math.ceil((a.slack + b.slack) / unit * 10**scale), 10**scale))
        gap = self.pool("ABS(", left.sql, " - ", right.sql, ")")
        self.risk(self.pool("COALESCE(", gap, " <= ", near.sql, ", FALSE)"))

    def fen(self, number: Number) -> tuple[Sql, int]:
        """An amount of yuan cut to whole fen, 0 where negative: a decimal of scale 0, and its width. A risk beyond 18 digits."""
        if number.figure is not None:
            cut = Fraction(max(0, math.floor(number.figure * 100)))
            return self.decimal(cut, FAST_DIGITS).sql, FAST_DIGITS
        unit = self.common((number,), True)
        found = self.at(number, unit)
        need = self.need(number, unit, found.scale)
        if found.scale and not number.slack and need <= FAST_DIGITS:
            found = self.narrow(found, need)  # two words are cut far more slowly than one
        if number.slack:
            near = self.decimal(Fraction(math.ceil(number.slack / unit * 10**found.scale), 10**found.scale))
            upper = self.pool("FLOOR(", found.sql, " + ", near.sql, ")")
            self.risk(self.pool("COALESCE(FLOOR(", found.sql, ") <> ", upper, ", FALSE)"))
        sql = self.pool("FLOOR(", found.sql, ")") if found.scale else found.sql
        width = found.width
        if width > FAST_DIGITS:
            need = self.need(number, unit, 0)
            if need > FAST_DIGITS:
                top = self.decimal(Fraction(10**FAST_DIGITS - 1), min(width, MOST_DIGITS))
                self.risk(self.pool("COALESCE(", sql, " > ", top.sql, ", FALSE)"))
                sql = self.pool.case([(self.pool("(", sql, " <= ", top.sql, ")"), sql)])
            sql = self.cast(sql, FAST_DIGITS, 0)
            width = FAST_DIGITS
        parts = FEN / unit
        if parts != 1:
            sql = self.pool("CAST(CAST(", sql, f" AS BIGINT) // {parts} AS DECIMAL({FAST_DIGITS},0))")
            width = FAST_DIGITS
        if number.low < 0:
            sql = self.pool.case([(self.pool("(", sql, " < 0)"), self.decimal(Fraction(0)).sql)], sql)
        return sql, width

    def yuan_text(self, number: Number) -> Sql:
        """An amount cut to fen, as text with two decimals."""
        if number.figure is not None:
            cut = math.floor(number.figure * 100)
            sign = "-" if cut < 0 else ""
            return self.pool.text(f"{sign}{abs(cut) // 100}.{abs(cut) % 100:02d}")
        if number.slack or number.low < 0:
            raise Inexact("columns.quotient")
        unit = self.common((number,), True)
        found = self.at(number, unit)
        sql = self.pool("FLOOR(", found.sql, ")") if found.scale else found.sql
        if FEN / unit != 1:
            sql = self.pool("CAST(", sql, f" AS HUGEINT) // {FEN / unit}::HUGEINT")
        cents = self.decimal(FEN)
        return self.pool("CAST(CAST(CAST(", sql, f" AS DECIMAL({MOST_DIGITS - 4},0)) * ", cents.sql, f" AS DECIMAL({MOST_DIGITS},2)) AS VARCHAR)")


def _corners(a: Number, b: Number) -> tuple[Fraction, Fraction]:
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return min(ends), max(ends)


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
TURNED = {"==": "==", "!=": "!=", ">=": "<=", "<=": ">=", ">": "<", "<": ">"}
