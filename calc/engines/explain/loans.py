"""Interest by support year, and the prime rate on the first drawdown."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from calc.engines.explain.machine import READINGS, Compiler
from calc.engines.explain.values import NO_MATCH, Entry, Env, Run, Unknown, merge, whole
from calc.language import core
from calc.language.render import index_name
from calc.messages import text
from calc.rates.interest import DayCount, first_day, segments, step_years, whole_months
from calc.units import Number, decimal_text, grouped, simple, value_text


@READINGS.of(core.LprRate)
def _lprrate(compiler: Compiler, node: core.LprRate) -> Run:
    rows_id, fixed, index = node.list, node.term, node.index
    unknown = Unknown((index,))

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
            term = "5Y" if whole_months(start, end) >= 60 else "1Y"
        day, table = env.priced or start, env.lpr.named(index)
        rate = table.at(day, term)
        if rate is None:
            env.warnings[text("warn.lpr.before", index=index, day=day, first=table.days[0])] = None
            return unknown
        if day > table.verified:
            env.warnings[text("warn.lpr.after", index=index, day=day, verified=table.verified, rate=value_text("percent", rate))] = None
        if env.trace is not None:
            env.trace.append(Entry("step.lpr" if index == "LPR" else "step.index", text("trace.lpr", term=index_name(index, term), day=day), rate, "percent"))
        return rate

    return run


@READINGS.of(core.Interest)
def _interest(compiler: Compiler, node: core.Interest) -> Run:
    rate, years = compiler.run(node.rate), compiler.run(node.years) if node.years is not None else None
    rows_id, own, repriced = node.list, dict(node.own), node.repriced
    unit = 1 if node.years is not None and node.years.type.kind == "months" else 12
    counts = {basis: DayCount(basis, node.accrual) for basis in (node.basis, *own.values())}

    def priced(env: Env, day: dt.date) -> Any:
        env.priced = day
        try:
            return rate(env)
        finally:
            env.priced = None

    def run(env: Env) -> Any:
        record = env.record
        needs = ["principal", "end"] + ([] if record.get("drawdowns") else ["start"])
        lacking = Unknown(tuple(f"{rows_id}.{f}" for f in needs if f not in record))
        span = years(env) if years is not None else None
        share = rate(env)
        if share is NO_MATCH or span is NO_MATCH:
            return NO_MATCH
        if lacking.missing or type(share) is Unknown or type(span) is Unknown:
            return merge(lacking, share, span)
        path = f"{rows_id}[{env.place}]"
        first = first_day(record, path)
        count = counts[own.get(record.get("basis", ""), node.basis)]
        lent: dict[int, Number] = {}  # principal times the parts of a year, by support year
        shares: dict[int, Number] = {}
        for part in segments(record, None if node.years is None else whole(span, node.years, env.place, unit), path):
            if repriced and part.year > 1 and part.year not in lent:
                share = priced(env, step_years(first, part.year - 1))
                if type(share) is Unknown or share is NO_MATCH:
                    return share
            time = count.between(first, part.start, part.end)
            owed = part.principal * time
            lent[part.year] = lent.get(part.year, 0) + owed
            shares[part.year] = share
            if env.trace is not None:
                said = text(
                    "trace.interest",
                    start=part.start,
                    end=part.end,
                    principal=grouped(decimal_text(part.principal)),
                    rate=value_text("percent", share),
                    time=f"{time}/{count.year}" if count.accrual == "day" else str(Fraction(time, count.year)),
                )
                env.trace.append(Entry("step.interest", said, simple(Fraction(owed * share) / count.year), more=str(part.year)))
        unit_rate = {year: rate * Fraction(1, count.year) for year, rate in shares.items()}
        return {year: simple(lent[year] * unit_rate[year]) if year in lent else 0 for year in range(1, max(lent, default=0) + 1)}

    return run
