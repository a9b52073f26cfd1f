"""Sums, limits and payments over the years."""

from __future__ import annotations

from typing import Any

from calc.engines.explain.machine import READINGS, Compiler
from calc.engines.explain.values import NO_MATCH, Cut, Env, Run, Unknown, add_series, merge, running, total
from calc.language import core
from calc.language.bounds import least_open
from calc.messages import text


@READINGS.of(core.Total)
def _total(compiler: Compiler, node: core.Total) -> Run:
    parts = tuple(compiler.run(p) for p in node.parts)

    def run(env: Env) -> Any:
        values = [value for value in (p(env) for p in parts) if value is not NO_MATCH]
        if not values:
            return NO_MATCH
        for value in values:
            if type(value) is Unknown:
                return merge(*values)
        if any(type(v) is dict for v in values):
            return add_series([v if type(v) is dict else {1: v} for v in values])
        return sum(values)

    return run


@READINGS.of(core.Years)
def _years(compiler: Compiler, node: core.Years) -> Run:
    values = tuple(compiler.run(v) for v in node.values)
    periods = node.periods

    def told(env: Env, value: Run, period: str) -> Any:
        """The value of a period; its steps and limits say which period it is."""
        if env.trace is None or len(periods) < 2:
            return value(env)
        before = len(env.trace)
        found = value(env)
        env.trace[before:] = [one._replace(said=text("render.period", period=period, value=one.said).rstrip()) for one in env.trace[before:]]
        return found

    def run(env: Env) -> Any:
        found = [told(env, value, period) for value, period in zip(values, periods, strict=True)]
        for value in found:
            if value is NO_MATCH:
                return NO_MATCH
        for value in found:
            if type(value) is Unknown:
                return merge(*found)
        return dict(zip(periods, found, strict=True))

    return run


@READINGS.of(core.Fill)
def _fill(compiler: Compiler, node: core.Fill) -> Run:
    value, years, key = compiler.run(node.value), compiler.run(node.years), id(node)

    def run(env: Env) -> Any:
        whole, caps = total(value(env)), years(env)
        if whole is NO_MATCH or caps is NO_MATCH:
            return NO_MATCH
        if type(whole) is Unknown or type(caps) is Unknown:
            return merge(whole, caps)
        paid = running(dict(caps), whole)
        room = sum(caps.values())
        env.cuts[key] = Cut("year", room, max(0, whole - room))
        return paid

    return run


@READINGS.of(core.Cap)
def _cap(compiler: Compiler, node: core.Cap) -> Run:
    value, limit, scope, key = compiler.run(node.value), compiler.run(node.limit), node.scope, id(node)
    yearly = scope in ("year", "enterprise-year")
    money, based = node.type.kind == "money", node.base
    # a limit that is open between several figures cannot bind on what stays below the least of them
    least = least_open(node.limit)

    def run(env: Env) -> Any:
        whole = value(env)
        if whole is NO_MATCH:
            return NO_MATCH
        most = total(limit(env))
        if most is NO_MATCH:
            return NO_MATCH
        if type(most) is Unknown and least is not None and type(whole) is not Unknown and total(whole) <= least:
            return whole
        if type(whole) is Unknown or type(most) is Unknown:
            return merge(whole, most)
        if type(whole) is dict:
            kept: Any = {p: min(v, most) for p, v in whole.items()} if yearly else running(whole, most)
            cut = total(whole) - total(kept)
        else:
            kept = min(whole, most)
            cut = whole - kept
        if money:
            env.cuts[key] = Cut("base" if based else scope, most, cut)
        return kept

    return run
