"""Tiers, cases and categories."""

from __future__ import annotations

from typing import Any

from calc.engines.explain.machine import READINGS, Compiler
from calc.engines.explain.values import NO_MATCH, Entry, Env, Run, Unknown
from calc.language import core
from calc.language.render import render
from calc.messages import text


@READINGS.of(core.Choose)
def _choose(compiler: Compiler, node: core.Choose) -> Run:
    branches = tuple((compiler.run(c), compiler.run(v)) for c, v in node.branches)
    otherwise = compiler.run(node.otherwise) if node.otherwise is not None else None
    nothing = False if node.type.kind == "bool" else NO_MATCH
    if compiler.traced:
        return traced_choose(compiler, node, branches, otherwise, nothing)

    def run(env: Env) -> Any:
        for condition, value in branches:
            holds = condition(env)
            if type(holds) is Unknown:
                return holds
            if holds:
                return value(env)
        return nothing if otherwise is None else otherwise(env)

    return run


def traced_choose(compiler: Compiler, node: core.Choose, branches: tuple[tuple[Run, Run], ...], otherwise: Run | None, nothing: Any
) -> Run:
    """The same, keeping which branch was taken and, where no step of its own says so, what it gives."""
    kind = node.type.kind
    said = [(render(c, compiler.facts, brief=True), render(v, compiler.facts, brief=True)) for c, v in node.branches]
    only = isinstance(node.otherwise, core.Lit) and not node.otherwise.value and len(said) == 1
    other = (text("trace.not.counted", when=said[0][0]), "") if only else (text("render.other"), "")
    if node.otherwise is not None and not only:
        other = (other[0], render(node.otherwise, compiler.facts, brief=True))

    def taken(env: Env, value: Run, wording: tuple[str, str]) -> Any:
        if env.trace is None:
            return value(env)
        place = len(env.trace)
        env.trace.append(Entry("step.case", wording[0], None))
        found = value(env)
        if len(env.trace) == place + 1 and type(found) is not Unknown and found is not NO_MATCH:
            env.trace[place] = Entry("step.case", wording[0], found, kind, wording[1])
        return found

    def run(env: Env) -> Any:
        for (condition, value), wording in zip(branches, said, strict=True):
            holds = condition(env)
            if type(holds) is Unknown:
                return holds
            if holds:
                return taken(env, value, wording)
        return nothing if otherwise is None else taken(env, otherwise, other)

    return run
