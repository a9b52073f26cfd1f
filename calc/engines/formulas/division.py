"""Products divided in cells, exact to the last digit: a whole number and the rest beside it.

Spreadsheets keep 15 digits. What would need more is multiplied in two parts, each a whole number that they keep.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import NoFormula, Place, Val, atom, scaled
from calc.engines.formulas.formula import Ex

RATIO = 10**6  # the scale of a ratio that does not keep what it is divided by
LIMB = 10**7  # numbers up to its square are multiplied in two parts


def portion(a: Ex, b: Ex, d: Ex, place: Place) -> Ex:
    """a × b ÷ d, which like them is a whole number up to 10^14, with its rest; a rest of a is a part like a.

    Raises ``NoFormula`` where b or d has a rest.
    """
    if b.rest is not None or d.rest is not None:
        raise NoFormula
    whole, b, d = atom(a.main, place), atom(b, place), atom(d, place)
    if d.text.isdigit() and int(d.text) <= LIMB:
        found = share(whole, b, d)
    else:
        near = place.hold(quotient(whole, b, d))
        found = f.divided(near, place.hold(remainder(whole, b, d, near)), d)
    return found if a.rest is None else f.plus(found, replace(f.ZERO, rest=f.over(f.times(a.rest, b), d)))


def settled(val: Val, place: Place) -> Val:
    """A value divided by what it is yet to be divided by."""
    if val.den == f.ONE:
        return val
    up, down = Fraction(RATIO, val.scale).as_integer_ratio()
    ex = portion(val.ex, f.number(up), scaled(val.den, down), place)
    return replace(val, ex=place.hold(ex), scale=RATIO, den=f.ONE)


def share(a: Ex, b: Ex, d: Ex) -> Ex:
    """a × b ÷ d of whole numbers, exact where none of a, b × d and the result is above 10^14. All three stand several times in it."""
    whole = f.floor(f.over(a, d))
    left = f.times(f.minus(a, f.times(whole, d)), b)
    more = f.floor(f.over(left, d))
    return replace(f.plus(f.times(whole, b), more), rest=f.over(f.minus(left, f.times(more, d)), d))


def quotient(a: Ex, b: Ex, d: Ex) -> Ex:
    """The whole number near a × b ÷ d, which ``remainder`` puts right."""
    text = f"INT({a.operand}/{d.operand}*{b.operand})"
    return Ex(text, f.Gap.NONE) if d.value == 0 else f.strict(text, True, lambda x, y, z: x * y // z, a, b, d)


def remainder(a: Ex, b: Ex, d: Ex, q: Ex) -> Ex:
    """a × b − q × d, which is small, of whole numbers up to 10^14: multiplied in parts that a sheet keeps to the last digit."""

    def parts(x: Ex) -> tuple[str, str]:
        high = f"INT({x.operand}/{LIMB})"
        return high, f"({x.operand}-{high}*{LIMB})"

    (a1, a0), (b1, b0), (d1, d0), (q1, q0) = parts(a), parts(b), parts(d), parts(q)
    text = f"(({a1}*{b1}-{q1}*{d1})*{LIMB}+({a1}*{b0}-{q1}*{d0})+({a0}*{b1}-{q0}*{d1}))*{LIMB}+({a0}*{b0}-{q0}*{d0})"
    return f.strict(text, False, lambda x, y, z, w: x * y - w * z, a, b, d, q)
