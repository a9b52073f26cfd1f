"""The core as spreadsheet formulas: every node has its formula, no scheme has its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from calc.engines.formulas.cells import (
    LONG,
    Book,
    NoFormula,
    Place,
    Val,
)
from calc.engines.formulas.division import settled
from calc.engines.formulas.formula import Ex
from calc.engines.table import Readings
from calc.language import core
from calc.messages import text


@dataclass(slots=True)
class Cut:
    """A limit and what it took off, both in fen, for the line that names the limit which binds."""

    scope: str
    limit: Ex
    cut: Ex


READINGS = Readings()


@dataclass(slots=True)
class Translator:
    """Translates the nodes of one benefit; what it meets on the way is kept for the benefit's result."""

    book: Book
    cuts: list[Cut] = field(default_factory=list)
    broken: list[Ex] = field(default_factory=list)
    counted: list[tuple[core.Items, Ex, Ex, Ex]] = field(default_factory=list)
    checks: list[Ex] = field(default_factory=list)
    _known: dict[int, Val] = field(default_factory=dict)
    priced: Ex | None = None  # the day index rates are looked up on, where it is not that of the first drawdown
    _starts: dict[str, Ex] = field(default_factory=dict)

    def run(self, node: core.Node, at: Place | None, steps: Place) -> Val:
        """A node as a value. ``at`` is the record at hand, None outside of records; ``steps`` takes the benefit's steps."""
        return settled(self.undivided(node, at, steps), at or steps)

    def undivided(self, node: core.Node, at: Place | None, steps: Place) -> Val:
        """The same, which may keep what it is yet to be divided by."""
        val = self.loose_value(node, at, steps)
        return (at or steps).put(text("xlsx.step.years"), "", val) if val.loose else val

    def loose_value(self, node: core.Node, at: Place | None, steps: Place) -> Val:
        """The same, not yet in one cell a period where it is a series."""
        reading = READINGS.by_class.get(type(node))
        if reading is None:
            raise NoFormula
        val: Val = reading(self, node, at, steps)
        if max(len(val.ex.text), len(val.ex.parts.text)) > LONG:
            val = replace(val, ex=(at or steps).hold(val.ex))
        return val

    def verdict(self, node: core.Node, at: Place | None, steps: Place) -> Ex:
        """A yes/no node as a verdict."""
        return self.run(node, at, steps).ex
