"""What is chosen among: benefits of projects with the amounts they pay."""

from __future__ import annotations

from dataclasses import dataclass

from calc.estimate.benefit import Outcome, periods
from calc.language import model


@dataclass(frozen=True, slots=True)
class Paid:
    """A benefit that pays one project (its place) something: ``amount`` in fen, before caps shared with others."""

    project: int
    scheme: model.Scheme
    benefit: model.Benefit
    amount: int

    @property
    def key(self) -> str:
        """The benefit as ``scheme/benefit``."""
        return f"{self.scheme.id}/{self.benefit.id}"


@dataclass(frozen=True, slots=True)
class Candidate(Paid):
    """The same with all that its computation found."""

    outcome: Outcome

    @property
    def years(self) -> list[tuple[str, int]] | None:
        """What it pays by period, where it pays over time."""
        return periods(self.outcome.value)
