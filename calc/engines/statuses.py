"""What can be said of a benefit or a scheme on a project."""

from __future__ import annotations

from typing import Literal

Status = Literal["eligible", "conditional", "incomplete", "ineligible", "no-figure"]
ORDER: tuple[Status, ...] = ("eligible", "conditional", "incomplete", "ineligible", "no-figure")  # a scheme has the first of those of its benefits
CODE: dict[str, int] = {status: place for place, status in enumerate(ORDER)}  # as columns have it, in a UTINYINT
