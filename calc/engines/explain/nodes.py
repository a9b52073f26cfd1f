"""Leaves, arithmetic, days and yes/no."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from calc.engines.explain.machine import _TESTS, READINGS, Compiler
from calc.engines.explain.values import NO_MATCH, Env, Run, Unknown, merge, total, whole
from calc.errors import InputError
from calc.language import core
from calc.language.bounds import rounded
from calc.messages import text
from calc.rates.interest import step_months, whole_months
from calc.units import Number, simple


@READINGS.of(core.Lit)
def _lit(compiler: Compiler, node: core.Lit) -> Run:
    value = node.value
    return lambda env: value


@READINGS.of(core.Fact)
def _fact(compiler: Compiler, node: core.Fact) -> Run:
    id = node.id
    unknown = Unknown((id,))
    return lambda env: env.facts.get(id, unknown)


@READINGS.of(core.Field)
def _field(compiler: Compiler, node: core.Field) -> Run:
    id = node.id
    unknown = Unknown((f"{node.list}.{id}",))
    return lambda env: env.record.get(id, unknown)


@READINGS.of(core.Position)
def _position(compiler: Compiler, node: core.Position) -> Run:
    return lambda env: env.rank


@READINGS.of(core.Given)
def _given(compiler: Compiler, node: core.Given) -> Run:
    id = node.arg.id
    if isinstance(node.arg, core.Fact):
        return lambda env: id in env.facts
    return lambda env: id in env.record


@READINGS.of(core.Arith)
def _arith(compiler: Compiler, node: core.Arith) -> Run:
    left, right, op = compiler.run(node.left), compiler.run(node.right), node.op
    divisor = (core.facts_in(node.right) or ["?"])[0]

    def one(a: Number, b: Number, place: int) -> Number:
        if op == "*":
            return a * b
        if op == "+":
            return a + b
        if op == "-":
            return a - b
        if not b:
            list, dot, field = divisor.partition(".")
            raise InputError(f"{list}[{place}].{field}" if dot and place else divisor, "0", text("accepted.nonzero"))
        return simple(a * (Fraction(1) / b))

    def run(env: Env) -> Any:
        a, b = left(env), right(env)
        if type(a) is Unknown or type(b) is Unknown:
            return NO_MATCH if a is NO_MATCH or b is NO_MATCH else merge(a, b)
        if a is NO_MATCH or b is NO_MATCH:
            return NO_MATCH
        if type(a) is dict:
            return {period: one(value, b, env.place) for period, value in a.items()}
        if type(b) is dict:
            return {period: one(a, value, env.place) for period, value in b.items()}
        return one(a, b, env.place)

    return run


@READINGS.of(core.Extreme)
def _extreme(compiler: Compiler, node: core.Extreme) -> Run:
    args = tuple(compiler.run(a) for a in node.args)
    pick, fitting = min if node.op == "min" else max, node.fitting

    def run(env: Env) -> Any:
        values = [total(a(env)) for a in args]
        if fitting:
            values = [value for value in values if value is not NO_MATCH]
            if not values:
                return NO_MATCH
        for value in values:
            if value is NO_MATCH:
                return NO_MATCH
        for value in values:
            if type(value) is Unknown:
                return merge(*values)
        return pick(values)

    return run


@READINGS.of(core.Round)
def _round(compiler: Compiler, node: core.Round) -> Run:
    value, step, way = compiler.run(node.value), node.step.value, node.way

    def run(env: Env) -> Any:
        found = value(env)
        return found if type(found) is Unknown or found is NO_MATCH else rounded(found, step, way)

    return run


@READINGS.of(core.Compare)
def _compare(compiler: Compiler, node: core.Compare) -> Run:
    left, right = compiler.run(node.left), compiler.run(node.right)
    test = _TESTS[node.op]

    def run(env: Env) -> Any:
        a, b = left(env), right(env)
        if type(a) is Unknown or type(b) is Unknown:
            return merge(a, b)
        if a is NO_MATCH or b is NO_MATCH:
            return False
        return test(total(a), total(b))

    return run


@READINGS.of(core.Member)
def _member(compiler: Compiler, node: core.Member) -> Run:
    item, values, negated = compiler.run(node.item), frozenset(node.values), node.negated

    def run(env: Env) -> Any:
        value = item(env)
        if value is NO_MATCH:
            return False
        return value if type(value) is Unknown else (value in values) is not negated

    return run


@READINGS.of(core.Has)
def _has(compiler: Compiler, node: core.Has) -> Run:
    item, counting = compiler.run(node.item), frozenset(node.counting)

    def run(env: Env) -> Any:
        value = item(env)
        return value if type(value) is Unknown else not counting.isdisjoint(value)

    return run


@READINGS.of(core.Not)
def _not(compiler: Compiler, node: core.Not) -> Run:
    arg = compiler.run(node.arg)

    def run(env: Env) -> Any:
        value = arg(env)
        return value if type(value) is Unknown else not value

    return run


@READINGS.of(core.AllOf)
def _allof(compiler: Compiler, node: core.AllOf) -> Run:
    return compiler._kleene(node.args, False)


@READINGS.of(core.AnyOf)
def _anyof(compiler: Compiler, node: core.AnyOf) -> Run:
    return compiler._kleene(node.args, True)


@READINGS.of(core.StepYears)
def _stepyears(compiler: Compiler, node: core.StepYears) -> Run:
    date, years, sign, span = compiler.run(node.date), compiler.run(node.years), node.sign, node.years

    def run(env: Env) -> Any:
        day, count = date(env), years(env)
        if day is NO_MATCH or count is NO_MATCH:
            return NO_MATCH
        if type(day) is Unknown or type(count) is Unknown:
            return merge(day, count)
        try:
            return step_months(day, sign * whole(count, span, env.place, 12))
        except (ValueError, OverflowError) as bad:
            if isinstance(bad, InputError):
                raise
            return dt.date.max if sign > 0 else dt.date.min

    return run


@READINGS.of(core.StepMonths)
def _stepmonths(compiler: Compiler, node: core.StepMonths) -> Run:
    date, months, sign, span = compiler.run(node.date), compiler.run(node.months), node.sign, node.months

    def run(env: Env) -> Any:
        day, count = date(env), months(env)
        if day is NO_MATCH or count is NO_MATCH:
            return NO_MATCH
        if type(day) is Unknown or type(count) is Unknown:
            return merge(day, count)
        try:
            return step_months(day, sign * whole(count, span, env.place))
        except (ValueError, OverflowError) as bad:
            if isinstance(bad, InputError):
                raise
            return dt.date.max if sign > 0 else dt.date.min

    return run


@READINGS.of(core.Between)
def _between(compiler: Compiler, node: core.Between) -> Run:
    start, end, months = compiler.run(node.start), compiler.run(node.end), node.unit == "months"

    def run(env: Env) -> Any:
        first, last = start(env), end(env)
        if first is NO_MATCH or last is NO_MATCH:
            return NO_MATCH
        if type(first) is Unknown or type(last) is Unknown:
            return merge(first, last)
        return whole_months(first, last) if months else max(0, (last - first).days)

    return run


@READINGS.of(core.Threshold)
def _threshold(compiler: Compiler, node: core.Threshold) -> Run:
    value, least = compiler.run(node.value), compiler.run(node.least)

    def run(env: Env) -> Any:
        whole, floor = value(env), total(least(env))
        if whole is NO_MATCH or floor is NO_MATCH:
            return NO_MATCH
        if type(whole) is Unknown or type(floor) is Unknown:
            return merge(whole, floor)
        return whole if total(whole) >= floor else NO_MATCH

    return run


@READINGS.of(core.YearOf)
def _yearof(compiler: Compiler, node: core.YearOf) -> Run:
    date = compiler.run(node.date)

    def run(env: Env) -> Any:
        day = date(env)
        return day if type(day) is Unknown or day is NO_MATCH else day.year

    return run
