"""What a workbook shows of a number: a cell's format may multiply it by 100, divide it, and write a unit behind it.

Read as the file format defines them: ``0.00%`` shows 0.85 as 85%, ``0.00"%"`` shows 85 as 85%; ``#,##0.00"万元"`` says that 12000
are 万元, and ``0!.0,"万元"`` shows 120000000 as 12000.0万元.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from calc.facts import FactDef
from calc.messages import text
from calc.messages.currency import CNY, KNOWN
from calc.units import MULTIPLIERS, NUMERIC, SCALES, UNITS, BadValue, decimal_text, normal, parse_number, simple

_TOKEN = re.compile(r'"([^"]*)"|[\\!](.)|[_*].|\[([^\]]*)\]|(G/通用格式|General)|(.)', re.DOTALL | re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9.]+)")
_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_CURRENCIES = {sign: one.name for one in KNOWN.values() if one is not CNY for sign in one.signs if sign not in "¥￥"}  # ¥ is the folder's
_SCALED = {scale + one.name for one in KNOWN.values() for scale in SCALES}
_UNITS = {multiplier + unit for units in (*UNITS.values(), [one.name for one in KNOWN.values()]) for unit in units for multiplier in MULTIPLIERS}
_UNITS |= _SCALED | {"万", "亿"}
BUILT_IN = {9: "0%", 10: "0.00%"}  # of the formats that files number without writing them, those that say more than digits


@dataclass(frozen=True, slots=True)
class Form:
    """One section of a format: the times its number is multiplied by 100, what it is divided by, the unit written behind it,
    and when it holds (``None``: by sign, or else)."""

    percents: int = 0
    divided: int = 1
    unit: str = ""
    when: tuple[str, Fraction] | None = None

    @property
    def plain(self) -> bool:
        """Whether it shows the number itself, without a unit."""
        return not self.percents and self.divided == 1 and not self.unit


@cache
def sections(code: str) -> tuple[Form, ...]:
    """The sections of a number format."""
    return tuple(_form(part) for part in _split(code))


def says(code: str) -> bool:
    """Whether a format says anything beyond digits and colours."""
    return any(not form.plain for form in sections(code))


def form_of(code: str, number: Fraction) -> Form:
    """The section that shows a number: the first whose condition holds, else by sign as files define it."""
    forms = sections(code)
    if any(form.when for form in forms):
        held = (form for form in forms if form.when is None or _COMPARE[form.when[0]](number, form.when[1]))
        return next(held, forms[-1])
    place = 1 if number < 0 and len(forms) > 1 else 2 if not number and len(forms) > 2 else 0
    return forms[place]


def as_shown(number: Decimal, code: str, definition: FactDef, unit: str) -> Decimal | str:
    """A number of a cell as it is to be read where ``unit`` is what its column states (empty: nothing): with the unit or percent
    sign that its format shows, else as it is. Raises ``BadValue`` where format and column contradict each other, or where a
    number up to 1 stands under a % and may be either."""
    if definition.type not in NUMERIC or not number.is_finite():
        return number
    form = form_of(code, Fraction(number)) if code else Form()
    if form.percents:
        return decimal_text(simple(Fraction(number) * 100**form.percents)) + "%"
    if form.unit:
        if unit and _worth(definition, form.unit) not in (None, _worth(definition, unit)):
            raise BadValue(text("cell.unit.two", shown=form.unit, column=unit))
        return decimal_text(simple(Fraction(number) / form.divided)) + form.unit
    if form.divided != 1 and unit:
        if _worth(definition, unit) != form.divided:
            raise BadValue(text("cell.unit.divided", divided=f"{form.divided:,}", column=unit))
        return decimal_text(simple(Fraction(number) / form.divided)) + unit
    if unit == "%" and 0 < abs(number) <= 1:
        raise BadValue(text("cell.percent"))
    return number


def _worth(definition: FactDef, unit: str) -> Fraction | None:
    try:
        return Fraction(parse_number(definition.type, "1" + unit))
    except BadValue:
        return None


def _split(code: str) -> list[str]:
    """The sections of a format, which semicolons outside quotes and brackets separate; the fourth is for texts."""
    parts, start = [], 0
    for found in _TOKEN.finditer(code):
        if found[0] == ";":
            parts.append(code[start : found.start()])
            start = found.end()
    return [*parts, code[start:]][:3]


def _form(section: str) -> Form:
    """What one section does: figures are 0, # and ?; a comma behind the last of them divides by a thousand, and a written point
    between them moves the point of what is shown."""
    percents, thousands, moved = 0, 0, 0
    before, behind = "", ""
    figures = point = written = False
    commas = 0
    when = None
    for quoted, escaped, bracket, general, sign in (found.groups(default="") for found in _TOKEN.finditer(section)):
        if bracket:
            condition = _CONDITION.fullmatch(bracket)
            when = (condition[1], Fraction(condition[2])) if condition else when
            quoted = bracket[1:].partition("-")[0] if bracket.startswith("$") else ""
        if general:
            figures = True
        elif sign and sign in "0#?":
            figures, commas = True, 0
            moved += written
            behind = ""
        elif sign == ",":
            commas += figures
            thousands = max(thousands, 0)
        elif sign == "." and not point:
            point = True
            thousands, commas = thousands + commas, 0
        elif sign == "%":
            percents += 1
        else:
            said = quoted or escaped or ("" if sign.isascii() and (sign.isalnum() or sign in "@/") else sign)
            if said == "." and figures and not point:
                written = True
            if figures:
                behind += said
            else:
                before += said
    unit = re.sub("^人民币", "", normal(behind))
    money = _CURRENCIES.get(normal(before).upper()) or _CURRENCIES.get(unit.upper(), "")
    return Form(percents, 1000 ** (thousands + commas) * 10**moved, unit if unit in _UNITS else money, when)
