"""What a batch run says when it is done, and while it runs."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any

from calc.estimate.benefit import benefit_name, scheme_name, validity
from calc.language.names import short
from calc.messages import listed, text
from calc.units import grouped

if TYPE_CHECKING:
    from calc.language import model

NAMED = 3  # so many schemes are listed with their titles
QUIET = 2.0  # seconds before progress is shown
RULES = {"pro-rata": "batch.budget.pro-rata", "rank": "batch.budget.rank.rule"}
PACE = 5.0  # seconds between lines where the output is no screen


@dataclass(slots=True)
class Summary:
    """The outcome of a batch run; amounts are yuan with two decimals.

    ``rows`` = ``written`` + ``rejected``; ``orphans``: records that name no project and cost none its result. ``schemes``: per scheme
    ``{"scheme", "total", "eligible"}`` (sum of the totals, rows with one). ``best_total``: the sum of the best totals, where asked for.
    ``fallbacks``: benefits that the explainer computed, ``{"scheme", "benefit", "evaluations", "reason"}``. ``cuts``: what limits over
    all rows of an enterprise took off, ``{"scheme", "benefit", "rows", "cut"}``. ``budget``: what a budget makes of the totals,
    ``{"budget", "rule", "claimed", "paid", "cut", "projects_cut", "schemes", "most_cut"}``, where there is one. ``claimed``: claims
    beside what is computed, ``{"scheme", "rows", "claimed", "computed", "differ"}``. ``duplicates``: what is applied for twice,
    ``{"groups", "first", "file"}``, where it was looked for. ``payments``: the payment list, ``{"file", "payments", "total",
    "excluded"}`` (the last: lines that a rule lets the same project not have beside another line), where one was asked for. ``joined``:
    where rows were joined to a result, what that has now, ``{"written", "left", "known"}``: rows, rows still lacking, rows passed over
    as it had them; sums are then those of the whole result. ``audit``: the file that says what the result rests on. ``names``: how
    people read the schemes, and their benefits (``scheme/benefit``).
    """

    rows: int = 0
    written: int = 0
    rejected: int = 0
    lines: int = 0
    orphans: int = 0
    schemes: list[dict[str, Any]] = field(default_factory=list)
    best_total: str | None = None
    duplicates: dict[str, Any] | None = None
    payments: dict[str, Any] | None = None
    fallbacks: list[dict[str, Any]] = field(default_factory=list)
    cuts: list[dict[str, Any]] = field(default_factory=list)
    budget: dict[str, Any] | None = None
    claimed: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    output: str | None = None
    rejects: str | None = None
    joined: dict[str, int] | None = None
    audit: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data."""
        return asdict(self)

    @property
    def rate(self) -> int:
        """Rows a second."""
        return int(self.rows / self.seconds) if self.seconds else 0

    def said(self) -> str:
        """The summary as people read it."""
        lines = [
            text("batch.said.rows", rows=f"{self.rows:,}", written=f"{self.written:,}", rejected=f"{self.rejected:,}"),
            text("batch.said.speed", seconds=f"{self.seconds:.1f}", rate=f"{self.rate:,}"),
        ]
        lines += self.notes
        paying = [s for s in self.schemes if s["eligible"]]
        if paying:
            lines.append(text("batch.said.schemes"))
            lines += [
                text("batch.said.scheme", scheme=self.names[s["scheme"]], total=grouped(s["total"]), rows=f"{s['eligible']:,}") for s in paying
            ]
        none = len(self.schemes) - len(paying)
        if none:
            lines.append(text("batch.said.none", count=none) if paying else text("batch.said.nobody"))
        if self.best_total is not None:
            lines.append(text("batch.said.best", total=grouped(self.best_total)))
        if self.cuts:
            lines.append(text("batch.said.cuts"))
            lines += [
                text("batch.said.cut", benefit=self._benefit(c), rows=f"{c['rows']:,}", cut=grouped(c["cut"])) for c in self.cuts
            ]
        if self.budget is not None:
            lines += self._budget(self.budget)
        for one in self.claimed:
            sums = {key: grouped(one[key]) for key in ("claimed", "computed")}
            lines.append(text("batch.said.claimed", scheme=self.names[one["scheme"]], rows=f"{one['rows']:,}", differ=f"{one['differ']:,}", **sums))
        if self.duplicates is not None:
            lines.append(text("batch.said.duplicates", **{kind: f"{count:,}" for kind, count in self.duplicates["groups"].items()}))
            lines += self.duplicates["first"]
            if self.duplicates["file"]:
                lines.append(text("batch.said.duplicates.file", file=self.duplicates["file"]))
        if self.fallbacks:
            lines.append(text("batch.said.fallbacks"))
            lines += [
                text("batch.said.fallback", benefit=self._benefit(f), count=f"{f['evaluations']:,}", reason=f["reason"])
                for f in self.fallbacks
            ]
        if self.lines:
            lines.append(text("batch.said.rejects", rejected=f"{self.rejected:,}", file=self.rejects or text("batch.said.below")))
            lines += ["  " + reason for reason in self.reasons]
        if self.joined is not None:
            lines.append(text("batch.said.joined", file=self.output, **{key: f"{count:,}" for key, count in self.joined.items()}))
            if self.joined["known"]:
                lines.append(text("batch.said.known", count=f"{self.joined['known']:,}"))
        elif self.output:
            lines.append(text("batch.said.output", file=self.output))
        if self.payments is not None:
            lines.append(text("batch.said.list", file=self.payments["file"], lines=f"{self.payments['payments']:,}", total=grouped(self.payments["total"])))
            if self.payments["excluded"]:
                lines.append(text("batch.said.list.excluded", lines=f"{self.payments['excluded']:,}"))
        if self.audit:
            lines.append(text("batch.said.audit", file=self.audit))
        return "\n".join(lines)

    def _benefit(self, one: dict[str, Any]) -> str:
        """What a benefit is called."""
        return self.names[f"{one['scheme']}/{one['benefit']}"]

    def _budget(self, told: dict[str, Any]) -> list[str]:
        """What the budget comes to, by scheme, and who is cut most."""
        sums = {key: grouped(told[key]) for key in ("claimed", "paid", "cut")}
        lines = [text("batch.said.budget", rule=text(RULES[told["rule"]]), count=f"{told['projects_cut']:,}", **sums)]
        for one in told["schemes"]:
            own = text("batch.said.own", budget=grouped(one["budget"])) if one["budget"] is not None else ""
            figures = {key: grouped(one[key]) for key in ("claimed", "paid")}
            lines.append(text("batch.said.share", scheme=self.names[one["scheme"]], count=f"{one['projects_cut']:,}", own=own, **figures))
        if told["most_cut"]:
            lines.append(text("batch.said.most.cut"))
            lines += [text("batch.said.less", project=one["project"], cut=grouped(one["cut"])) for one in told["most_cut"]]
        return lines


def names_of(schemes: Sequence[model.Scheme], as_of: dt.date) -> dict[str, str]:
    """What schemes and their benefits are called, by ``scheme`` and ``scheme/benefit``; a scheme that is not in force says so."""
    found = {f"{scheme.id}/{benefit.id}": benefit_name(scheme, benefit) for scheme in schemes for benefit in scheme.benefits}
    for scheme in schemes:
        state = validity(scheme, as_of)
        found[scheme.id] = scheme_name(scheme) + ("" if state == "in-force" else text("word.brackets", said=text(f"validity.{state}")))
    return found


def out_of_force(schemes: Sequence[model.Scheme], as_of: dt.date) -> Iterator[str]:
    """Which schemes are not in force on a day: few by number and title, many by number."""
    for state in ("not-yet", "expired"):
        found = [scheme for scheme in schemes if validity(scheme, as_of) == state]
        if found:
            names = [scheme_name(scheme) if len(found) <= NAMED else short(scheme.id) for scheme in found]
            yield text(f"batch.note.{state}", as_of=as_of, schemes=listed(names))


class Progress:
    """Progress on standard error, for runs that take longer than two seconds."""

    def __init__(self, out: IO[str] | None = None) -> None:
        self.out = out if out is not None else sys.stderr
        self.begun = time.monotonic()
        self.last = 0.0
        self.open = False

    def show(self, phase: str, done: float, rows: int) -> None:
        """Shows how far a phase is: the share done (0 where unknown) and rows so far."""
        now = time.monotonic()
        screen = self.out.isatty()
        if now - self.begun < QUIET or now - self.last < (0.2 if screen else PACE):
            return
        self.last = now
        share = f"{min(done, 1):4.0%} " if done else ""
        line = text("batch.progress", phase=text(f"batch.phase.{phase}"), share=share, rows=f"{rows:,}", seconds=f"{now - self.begun:.0f}")
        print(("\r\x1b[K" + line) if screen else line, end="" if screen else "\n", file=self.out, flush=True)
        self.open = screen

    def end(self) -> None:
        """Clears the line."""
        if self.open:
            print("\r\x1b[K", end="", file=self.out, flush=True)
            self.open = False
