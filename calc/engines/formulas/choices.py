"""Tiers, cases and categories in cells."""

from __future__ import annotations

from dataclasses import replace
from math import lcm

from calc.engines.formulas import formula as f
from calc.engines.formulas.cells import (
    Place,
    Val,
    atom,
    chosen,
    joined_of,
    joint,
    padded,
)
from calc.engines.formulas.formula import Ex
from calc.engines.formulas.machine import READINGS, Translator
from calc.language import core
from calc.language.render import render
from calc.messages import text


@READINGS.of(core.Choose)
def _choose(made: Translator, node: core.Choose, at: Place | None, steps: Place) -> Val:
    place = at or steps
    verdicts: list[Ex] = []
    vals: list[Val] = []
    asked: list[Ex] = []  # what is undecided in the conditions so far
    undecided: list[Ex] = []
    for condition, value in node.branches:
        holds = made.run(condition, at, steps)
        verdicts.append(atom(place.case(render(condition, made.book.names), holds.ex), place))
        vals.append(_branch(made, value, at, steps))
        asked.append(holds.undecided)
        undecided.append(joint([*asked, vals[-1].undecided]))
    if node.otherwise is not None:
        if not isinstance(node.otherwise, core.Lit):
            place.case(text("render.other"), f.least(*(f.opposite(v) for v in verdicts)))
        vals.append(_branch(made, node.otherwise, at, steps))
        undecided.append(joint([*asked, vals[-1].undecided]))
    joined = joined_of(node.type, lcm(*(v.scale for v in vals)), *vals)
    otherwise = node.otherwise is not None
    joined.none = joined.none or not otherwise
    joined.undecided = chosen(verdicts, undecided, otherwise, f.ZERO, f.ZERO, place)
    if node.type.kind == "bool":
        return replace(joined, none=False, ex=chosen(verdicts, [v.ex for v in vals], otherwise, f.ZERO, f.UNKNOWN, place))
    joined.ex = chosen(verdicts, [v.at(joined.scale) for v in vals], otherwise, f.NONE, f.OPEN, place)
    if any(v.den != f.ONE for v in vals):
        joined.den = place.hold(chosen(verdicts, [v.den for v in vals], otherwise, f.ONE, f.ONE, place))
    if all(v.years is None for v in vals):
        return joined
    length = max(len(v.years_at(1)) if v.years is not None else 1 for v in vals)
    columns = [padded(v.years_at(joined.scale), length, f.ZERO) for v in vals]
    named = [padded(v.periods if v.years is not None else (f.word("1"),), length, f.word("")) for v in vals]
    years = tuple(chosen(verdicts, [c[k] for c in columns], otherwise, f.ZERO, f.ZERO, place) for k in range(length))
    periods = tuple(chosen(verdicts, [n[k] for n in named], otherwise, f.word(""), f.word(""), place) for k in range(length))
    return replace(joined, years=years, periods=periods, loose=True)


def _branch(made: Translator, node: core.Node, at: Place | None, steps: Place) -> Val:
    """What a branch comes to; one that is no amount may keep what it is to be divided by."""
    return made.run(node, at, steps) if node.type.kind == "money" else made.undivided(node, at, steps)
