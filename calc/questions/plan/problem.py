"""A choice to be made: items with amounts, clashes, caps, needs and musts; sets of items are bits of a whole number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``limit`` for ``parts``, pairs of item and the amount of it that counts here, and for the earlier caps ``inside``."""

    limit: int
    parts: tuple[tuple[int, int], ...]
    inside: tuple[int, ...] = ()


@dataclass(slots=True)
class Problem:
    """``clashes[i]``: the items that cannot stand beside i. ``needs``: item and mask, one of which it needs. ``musts``: masks,
    one item of each must be chosen. A cap stands after those inside it, and inside one other at the most. ``late``: the items to
    avoid where sets are worth the same."""

    amounts: list[int]
    clashes: list[int]
    caps: list[Cap] = field(default_factory=list)
    needs: list[tuple[int, int]] = field(default_factory=list)
    musts: list[int] = field(default_factory=list)
    late: int = 0

    def cuts(self, chosen: int) -> list[int]:
        """What each cap takes off a set of items."""
        left: list[int] = []
        found: list[int] = []
        for cap in self.caps:
            whole = sum(left[c] for c in cap.inside) + sum(amount for item, amount in cap.parts if chosen >> item & 1)
            left.append(min(whole, cap.limit))
            found.append(whole - left[-1])
        return found

    def value(self, chosen: int) -> int:
        """What a set of items comes to, caps applied."""
        return sum(self.amounts[i] for i in bits(chosen)) - sum(self.cuts(chosen))


@dataclass(frozen=True, slots=True)
class Best:
    """The best set found, what it comes to, and the ``bound`` that no set exceeds; ``proved`` where the two are equal."""

    chosen: int
    value: int
    bound: int

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.bound == self.value


def bits(mask: int) -> Iterator[int]:
    """The items of a set, in order."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def cap_masks(problem: Problem) -> list[int]:
    """The items under each cap, directly or in one inside it."""
    found: list[int] = []
    for cap in problem.caps:
        mask = sum(1 << i for i, _ in cap.parts)
        for c in cap.inside:
            mask |= found[c]
        found.append(mask)
    return found
