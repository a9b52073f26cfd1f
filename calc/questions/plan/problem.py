"""A choice to be made: items with amounts, clashes, caps, needs and musts; sets of items are bits of a whole number."""

from __future__ import annotations

from dataclasses import dataclass, field

from calc.language.masks import bits
from calc.questions.plan.caps import Cap, Piece, Under


@dataclass(slots=True)
class Problem:
    """``clashes[i]``: the items that cannot stand beside i. ``caps`` hold over ``pieces`` of items. ``needs``: item and mask, one of
    which it needs. ``musts``: masks, one item of each must be chosen. ``late``: the items to avoid where sets are worth the same.
    ``values``: items that stand for values of facts: worth nothing, needed by others, no part of an answer."""

    amounts: list[int]
    clashes: list[int]
    pieces: list[Piece] = field(default_factory=list)
    caps: list[Cap] = field(default_factory=list)
    needs: list[tuple[int, int]] = field(default_factory=list)
    musts: list[int] = field(default_factory=list)
    late: int = 0
    values: int = 0
    known: Under | None = field(default=None, repr=False)

    @property
    def held(self) -> int:
        """The items that others need, that need others, or one of which must be chosen."""
        held = 0
        for item, mask in self.needs:
            held |= mask | 1 << item
        for mask in self.musts:
            held |= mask
        return held

    @property
    def under(self) -> Under:
        """What its caps come to; problems with the same caps may share it, as ``known``."""
        if self.known is None:
            self.known = Under(self.amounts, self.pieces, self.caps)
        return self.known

    def value(self, chosen: int) -> int:
        """What a set of items comes to, caps applied."""
        return sum(self.amounts[i] for i in bits(chosen)) - self.under.cut(chosen)


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


__all__ = ["Best", "Cap", "Piece", "Problem", "bits"]
