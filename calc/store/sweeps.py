"""A figure of a scheme file that takes one value after another: ``1.01/investment-grant.percent=20%..35%:1%``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from calc.errors import InputError
from calc.messages import text
from calc.store.edits import Edit, dotted, steps
from calc.units import BadValue, decimal_text, fen_text, grouped, normal, parse_number, simple

MOST = 1_000  # values of a sweep
FINEST = {"percent": Fraction(1, 10**10), "money": Fraction(1, 100), "number": Fraction(1, 10**6)}
_VARY = re.compile(r"(?:(?P<scheme>[^:：=/]+)/(?P<benefit>[^.:：=/]+)[.:：]|(?P<whole>[^:：=/]+)[:：])(?P<path>[^=：:]+)=(?P<values>.+)", re.S)
_RANGE = re.compile(r"(.+?)\.\.(.+?)[:：](.+)")
_MONEY = re.compile(r"[元万亿￥¥]")


@dataclass(frozen=True, slots=True)
class Sweep:
    """The edit, its values in order, what they are (``percent``, ``money``, ``number``), and the finest step between two."""

    edit: Edit
    values: tuple[Fraction, ...]
    kind: str
    finest: Fraction

    def edited(self, value: Fraction) -> Edit:
        """The edit with one value."""
        return replace(self.edit, value=self.written(value))

    def written(self, value: Fraction) -> str:
        """A value as it stands in a scheme file."""
        said = decimal_text(simple(value * 100 if self.kind == "percent" else value))
        return said if self.kind == "number" else f'"{said}%"' if self.kind == "percent" else f'"{said}元"'

    def shown(self, value: Fraction) -> str:
        """A value as people write it."""
        if self.kind == "money":
            return text("sweep.yuan", amount=grouped(decimal_text(simple(value)) if value.denominator == 1 else fen_text(int(value * 100))))
        return decimal_text(simple(value * 100)) + "%" if self.kind == "percent" else decimal_text(simple(value))


def read_sweep(said: str) -> Sweep:
    """A sweep as it is written, ``FIRST..LAST:STEP`` or values between commas. Raises ``InputError``."""
    found = _VARY.fullmatch(said.strip())
    path = steps(found["path"].strip()) if found is not None else ()
    if found is None or not path:
        raise InputError("--vary", said, text("sweep.form"))
    kind, values = _values(said, found["values"].strip())
    if not 2 <= len(values) <= MOST:
        raise InputError("--vary", said, text("sweep.count", most=f"{MOST:,}"))
    whole = kind == "number" and all(value.denominator == 1 for value in values)
    scheme, benefit = (found["scheme"] or found["whole"]).strip(), (found["benefit"] or "").strip()
    name = f"{scheme}/{benefit}: {dotted(path)}" if benefit else f"{scheme}: {dotted(path)}"
    swept = Sweep(Edit("", scheme, benefit, path, ""), tuple(values), kind, Fraction(1) if whole else FINEST[kind])
    value = swept.written(values[0])
    return replace(swept, edit=replace(swept.edit, said=f"{name} = {value}", value=value))


def _values(said: str, raw: str) -> tuple[str, list[Fraction]]:
    ranged = _RANGE.fullmatch(raw)
    parts: Sequence[str] = ranged.groups() if ranged else [one for one in re.split(r"[,，、]", raw) if one.strip()]
    kind = "percent" if all("%" in normal(one) for one in parts) else "money" if any(_MONEY.search(one) for one in parts) else "number"
    try:
        numbers = [Fraction(parse_number("count" if kind == "number" else kind, one.strip())) for one in parts]
    except BadValue as bad:
        raise InputError("--vary", said, bad.accepted) from None
    if not ranged:
        return kind, sorted(set(numbers))
    first, last, step = numbers
    if step <= 0 or last <= first or (last - first) / step > MOST:
        raise InputError("--vary", said, text("sweep.count", most=f"{MOST:,}"))
    return kind, [first + n * step for n in range(int((last - first) / step) + 1)]
