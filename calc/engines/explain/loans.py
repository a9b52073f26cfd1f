"""Interest by support year, and the prime rate on the first drawdown."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from calc.engines.explain.machine import READINGS, Compiler
from calc.engines.explain.values import NO_MATCH, Entry, Env, Run, Unknown, merge
from calc.language import core
from calc.messages import text
from calc.rates.interest import DAYS_A_YEAR, first_day, segments, step_years
from calc.units import Number, decimal_text, grouped, simple, value_text


@READINGS.of(core.LprRate)
def _lprrate(compiler: Compiler, node: core.LprRate) -> Run:
    rows_id, fixed = node.list, node.term
    unknown = Unknown(("LPR",))

    def run(env: Env) -> Any:
        record = env.record
        if "start" not in record and not record.get("drawdowns"):
            return Unknown((f"{rows_id}.start",))
        start = first_day(record, f"{rows_id}[{env.place}]")
        term = fixed or record.get("lpr_term")
        if term is None:
            end = record.get("end")
            if end is None:
                return Unknown((f"{rows_id}.end",))
            term = "5Y" if end >= step_years(start, 5) else "1Y"
        rate = env.lpr.at(start, term)
        if rate is None:
            env.warnings[text("warn.lpr.before", day=start, first=env.lpr.days[0])] = None
            return unknown
        if start > env.lpr.verified:
            env.warnings[text("warn.lpr.after", day=start, verified=env.lpr.verified, rate=value_text("percent", rate))] = None
        if env.trace is not None:
            env.trace.append(Entry("step.lpr", text("trace.lpr", term=text(f"render.lpr.{term}"), day=start), rate, "percent"))
        return rate

    return run


@READINGS.of(core.Interest)
def _interest(compiler: Compiler, node: core.Interest) -> Run:
    rate, years = compiler.run(node.rate), compiler.run(node.years) if node.years is not None else None
    rows_id = node.list
    unit = 1 if node.years is not None and node.years.type.kind == "months" else 12

    def run(env: Env) -> Any:
        record = env.record
        needs = ["principal", "end"] + ([] if record.get("drawdowns") else ["start"])
        lacking = Unknown(tuple(f"{rows_id}.{f}" for f in needs if f not in record))
        share = rate(env)
        span = years(env) if years is not None else None
        if lacking.missing or type(share) is Unknown or type(span) is Unknown:
            return merge(lacking, share, span)
        if share is NO_MATCH or span is NO_MATCH:
            return NO_MATCH
        path = f"{rows_id}[{env.place}]"
        lent: dict[int, Number] = {}  # principal times days, by support year
        for part in segments(record, None if span is None else int(span) * unit, path):
            owed = part.principal * part.days
            lent[part.year] = lent.get(part.year, 0) + owed
            if env.trace is not None:
                said = text(
                    "trace.interest",
                    start=part.start,
                    end=part.end,
                    principal=grouped(decimal_text(part.principal)),
                    rate=value_text("percent", share),
                    days=part.days,
                )
                env.trace.append(Entry("step.interest", said, simple(Fraction(owed * share) / DAYS_A_YEAR), more=str(part.year)))
        a_day = share * Fraction(1, DAYS_A_YEAR)
        return {year: simple(lent.get(year, 0) * a_day) for year in range(1, max(lent, default=0) + 1)}

    return run
