"""The steps told on the way: what each was, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calc.engines.explain.machine import READINGS, Compiler
from calc.engines.explain.values import NO_MATCH, Entry, Env, Run, Unknown, total
from calc.language import core
from calc.language.render import excess, item_notes, render
from calc.messages import language, text
from calc.units import fen, fen_text, grouped, money_words, value_text


def _amount(value: Any, kind: str) -> str:
    """A value within a wording."""
    if type(value) is Unknown:
        return text("word.unknown")
    if value is NO_MATCH:
        return text("word.nothing")
    return money_words(value) if kind == "money" else str(value_text(kind, value))


def _took(node: core.Cap, env: Env, dated: bool) -> str:
    """What a limit cut, in words."""
    cut = env.cuts.get(id(node))
    if cut is None:
        return ""
    if cut.cut:
        return text("trace.cut", cut=grouped(fen_text(fen(cut.cut))))
    return text("trace.uncut.yearly" if dated and node.scope in ("year", "enterprise-year") else "trace.uncut")


@READINGS.of(core.Step)
def _step(compiler: Compiler, node: core.Step) -> Run:
    run = compiler.run(node.node)
    if not compiler.traced:
        return run
    key, kind, inner = f"step.{node.label}", node.type.kind, node.node
    chosen = isinstance(core.bare(inner.limit) if isinstance(inner, core.Cap) else inner, core.Choose)
    said, name = wording(compiler, inner), node.names[language() == "en"]

    def traced(env: Env) -> Any:
        value = run(env)
        if env.trace is not None and value is not NO_MATCH:
            took = _took(inner, env, type(value) is dict) if isinstance(inner, core.Cap) else name
            cut = env.cuts.get(id(inner))
            env.trace.append(Entry(key, said(env), value, kind, took, chosen, cut is not None and cut.cut > 0))
        return value

    return traced


def wording(compiler: Compiler, node: core.Node) -> Callable[[Env], str]:
    """How a step reads: a choice, sum or product with what its parts come to, a limit by its figure, items by how many count."""
    if isinstance(node, (core.Extreme, core.Total)) or (isinstance(node, core.Arith) and node.op == "*"):
        return parts(compiler, node)
    if isinstance(node, core.Items) and node.type.kind != "count":
        name, notes = compiler.facts[node.list].name, item_notes(node, compiler.facts, brief=True)
        each = render(node.value, compiler.facts, brief=True) if isinstance(core.bare(node.value), core.Lit) else ""

        def counted(env: Env) -> str:
            count = env.kept.get(id(node), 0)
            return text("trace.items", list=name, count=count) + (text("trace.each", value=each) if each else "") + notes

        return counted
    shown = node.limit if isinstance(node, core.Cap) else node.years if isinstance(node, core.Fill) else node
    wording = render(shown, compiler.facts, brief=True)
    if isinstance(node, core.Cap) and not isinstance(core.bare(node.limit), (core.Lit, core.Choose)):
        key, kind = id(node), node.type.kind
        return lambda env: text("trace.limit", said=wording, limit=_amount(env.cuts[key].limit, kind)) if key in env.cuts else wording
    return lambda env: wording


def parts(compiler: Compiler, node: core.Extreme | core.Total | core.Arith) -> Callable[[Env], str]:
    """How the parts of a sum, product or choice of the largest read, each with its value."""
    over = excess(node) if isinstance(node, core.Extreme) else None
    node = over or node
    nodes = node.args if isinstance(node, core.Extreme) else node.parts if isinstance(node, core.Total) else (node.left, node.right)
    product = isinstance(node, core.Arith) and not over
    fitting = isinstance(node, core.Total) or (isinstance(node, core.Extreme) and node.fitting)
    parts = []
    for part in nodes:
        plain = isinstance(core.bare(part), core.Lit) or (product and isinstance(core.bare(part), (core.Fact, core.Field)))
        parts.append((compiler.run(part), render(part, compiler.facts, brief=True), part.type.kind, plain or part.type.kind == "rate"))

    def said(env: Env) -> str:
        kept = env.trace, env.cuts
        env.trace, env.cuts = None, dict(env.cuts)  # the parts are run once more, only to say what they come to
        found = [(total(run(env)), name, kind, plain) for run, name, kind, plain in parts]
        env.trace, env.cuts = kept
        if fitting:
            found = [one for one in found if one[0] is not NO_MATCH]
        if product:
            return " × ".join(name if plain or type(value) is Unknown else _amount(value, kind) for value, name, kind, plain in found)
        if isinstance(node, core.Total):
            return " + ".join(_amount(value, kind) for value, _, kind, _ in found)
        spoken = [name if plain else f"{name} {_amount(value, kind)}" for value, name, kind, plain in found]
        if over:
            return text("render.over", left=spoken[0], right=spoken[1])
        assert isinstance(node, core.Extreme)
        key = f"render.{node.op}" + (".two" if len(spoken) == 2 else "")
        return text(key, first=spoken[0], last=spoken[-1], args=text("word.comma").join(spoken))

    return said
