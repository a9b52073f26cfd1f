"""Too little money for all: what each project is paid, by each scheme's share and the whole budget.

A claim is what one project comes to under one scheme (fen). Pro rata every claim gets its exact share, cut down to the fen, and the
fen left over go to the largest remainders, ties by row; so the parts add up to the budget and nobody gets more than the claim, nor
a fen more or less than the exact share. By rank claims are paid in full, one after the other, until the money runs out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.decimals import FEN
from calc.batch.result import AMOUNT, yuan
from calc.errors import InputError, nearest_names
from calc.messages import listed, text
from calc.units import BadValue, fen, fen_text, grouped, parse_date, parse_number

if TYPE_CHECKING:
    from calc.batch.output import Output
    from calc.batch.result import Shape
    from calc.store.store import Store

CUTS = ("pro-rata", "rank")
LASTS = ("cut", "leave-out")
TOLD = 10  # projects whose cut the summary names
PAID = "paid"


class Claim(NamedTuple):
    """What a row comes to under a scheme (its place among the schemes)."""

    row: int
    scheme: int
    amount: int


@dataclass(slots=True)
class Budget:
    """The money there is (fen): for all (``None``: no such limit), and by scheme; and how it is cut.

    ``rank`` is the column that ranks projects, the smallest first, where ``down`` the largest; ``last`` what becomes of the claim
    at which the money runs out: ``cut`` to what is left, or ``leave-out``. After it nothing is paid from that money.
    """

    total: int | None
    per: dict[str, int] = field(default_factory=dict)
    cut: str = "pro-rata"
    rank: str | None = None
    down: bool = False
    last: str = "cut"

    def said(self) -> str:
        """In words: how much there is and how it is cut."""
        own = [f"{scheme} {grouped(fen_text(amount))}" for scheme, amount in self.per.items()]
        rule = text("batch.budget.pro-rata" if self.cut == "pro-rata" else "batch.budget.rank.rule")
        return text("word.semicolon").join([*([grouped(fen_text(self.total))] if self.total is not None else []), *own, rule])


def read_budget(store: Store, total: Any, per: Mapping[str, Any], cut: str | None, rank: str | None, last: str | None) -> Budget | None:
    """A budget from options; ``None`` where there is none. Raises ``InputError``."""
    if total is None and not per:
        for option, value in (("--cut", cut), ("--rank", rank), ("--last", last)):
            if value is not None:
                raise InputError(option, value, "--budget", message="batch.budget.only")
        return None
    for option, value, known in (("--cut", cut, CUTS), ("--last", last, LASTS)):
        if value is not None and value not in known:
            raise InputError(option, value, listed(known), nearest_names(value, known))
    chosen = cut or ("rank" if rank else CUTS[0])
    if (chosen == "rank") != (rank is not None):
        raise InputError("--cut", chosen, text("batch.budget.rank"))
    if last is not None and chosen != "rank":
        raise InputError("--last", last, "--cut rank", message="batch.budget.only")
    name, down = (rank[:-5], True) if rank is not None and rank.endswith(":down") else (rank, False)
    found = Budget(None if total is None else money("--budget", total), {}, chosen, name, down, last or LASTS[0])
    for scheme, amount in per.items():
        id = store.find(scheme)
        if id in found.per:
            raise InputError("--per", scheme, text("batch.per.once"))
        found.per[id] = money(f"--per {scheme}", amount)
    return found


def money(option: str, value: Any) -> int:
    """An amount that an option tells, in fen. Raises ``InputError``."""
    try:
        return fen(parse_number("money", value))
    except BadValue as bad:
        raise InputError(option, value, bad.accepted) from None


def pro_rata(claims: Sequence[int], budget: int) -> list[int]:
    """What each claim gets of a budget (fen)."""
    whole = sum(claims)
    if whole <= budget:
        return list(claims)
    shares = [divmod(claim * budget, whole) for claim in claims]
    paid = [share for share, _ in shares]
    left = budget - sum(paid)
    for place in sorted(range(len(claims)), key=lambda n: (-shares[n][1], n))[:left]:
        paid[place] += 1
    return paid


def allocate(claims: Sequence[Claim], budget: Budget, schemes: Sequence[str], order: Sequence[int] = ()) -> list[int]:
    """What each claim is paid; by rank in the ``order`` given (places of claims). Each scheme's money is cut first, then all."""
    if budget.cut == "rank":
        return _by_rank(claims, budget, schemes, order)
    paid = [claim.amount for claim in claims]
    for place, scheme in enumerate(schemes):
        if scheme in budget.per:
            own = [n for n, claim in enumerate(claims) if claim.scheme == place]
            for n, amount in zip(own, pro_rata([paid[n] for n in own], budget.per[scheme]), strict=True):
                paid[n] = amount
    return paid if budget.total is None else pro_rata(paid, budget.total)


def _by_rank(claims: Sequence[Claim], budget: Budget, schemes: Sequence[str], order: Sequence[int]) -> list[int]:
    paid = [0] * len(claims)
    left: dict[int, int] = {place: budget.per[scheme] for place, scheme in enumerate(schemes) if scheme in budget.per}
    if budget.total is not None:
        left[-1] = budget.total
    for n in order:
        claim = claims[n]
        pots = [pot for pot in (claim.scheme, -1) if pot in left]
        amount = min([claim.amount, *(left[pot] for pot in pots)])
        if amount < claim.amount and budget.last == "leave-out":
            for pot in pots:
                if left[pot] < claim.amount:
                    left[pot] = 0
            amount = 0
        for pot in pots:
            left[pot] -= amount
        paid[n] = amount
    return paid


def paid_schema(before: pa.Schema, shape: Shape) -> pa.Schema:
    """The columns of a result with those of what is paid."""
    for name in [PAID] if shape.long else [*(f"{scheme.id}.{PAID}" for scheme in shape.schemes), PAID]:
        before = before.append(pa.field(name, AMOUNT))
    return before


def claims_of(table: pa.Table, shape: Shape, base: int = 0) -> list[Claim]:
    """The claims in a result, by row and scheme, the first row being ``base``."""
    found: dict[tuple[int, int], int] = {}
    for row, scheme, _, amount in claimed_in(table, shape, base):
        found[row, scheme] = found.get((row, scheme), 0) + amount
    return [Claim(row, scheme, amount) for (row, scheme), amount in sorted(found.items())]


def require_schemes(budget: Budget, schemes: Sequence[str]) -> None:
    """That money is told only of schemes that are there. Raises ``InputError``."""
    unknown = [scheme for scheme in budget.per if scheme not in schemes]
    if unknown:
        raise InputError("--per", unknown[0], listed(schemes[:20]), nearest_names(unknown[0], schemes))


def claimed_in(table: pa.Table, shape: Shape, base: int = 0) -> list[tuple[int, int, int, int]]:
    """Row, scheme, place in the table and amount (fen) of all that is above nothing, in order."""
    if shape.long:
        places = {id: n for n, id in enumerate(one.id for one in shape.schemes)}
        schemes = [places[slot.scheme.id] for slot in shape.slots]
        each = len(schemes)
        return [(base + at // each, schemes[at % each], at, amount) for at, amount in _above(table["counted"])]
    ids = [one.id for one in shape.schemes]
    return [(base + at, number, at, amount) for number, id in enumerate(ids) for at, amount in _above(table[id])]


def with_paid(table: pa.Table, shape: Shape, paid: Mapping[tuple[int, int], int], base: int = 0) -> pa.Table:
    """A result with what is ``paid`` by row and place of the scheme, the first row being ``base``."""
    claimed = claimed_in(table, shape, base)
    if shape.long:  # what is not paid comes off the last benefits of a scheme
        left: dict[tuple[int, int], int] = {}
        column = [0] * table.num_rows
        for row, scheme, at, amount in claimed:
            room = left.get((row, scheme), paid[row, scheme])
            column[at] = min(amount, room)
            left[row, scheme] = room - column[at]
        return table.append_column(PAID, yuan(pa.array(column, FEN)))
    columns = [[0] * table.num_rows for _ in shape.schemes]
    total = [0] * table.num_rows
    for row, place, at, _ in claimed:
        columns[place][at] = paid[row, place]
        total[at] += paid[row, place]
    for one, values in zip(shape.schemes, columns, strict=True):
        table = table.append_column(f"{one.id}.{PAID}", yuan(pa.array(values, FEN)))
    return table.append_column(PAID, yuan(pa.array(total, FEN)))


def ranked(claims: Sequence[Claim], ranks: Sequence[Any], budget: Budget) -> list[int]:
    """The places of claims by their ``ranks``, then row; those without a rank come last. Raises ``InputError`` for ranks that are no
    numbers or days."""
    keys = _keys(ranks, budget)
    sign = -1 if budget.down else 1
    return sorted(range(len(claims)), key=lambda n: (keys[n] is None, (keys[n] or 0) * sign, claims[n].row, claims[n].scheme))


class Budgeted:
    """A result that waits until all claims are known; then it is written with what is paid: a column ``paid`` behind a long one,
    ``<scheme>.paid`` for each scheme and ``paid`` for all behind a wide one."""

    def __init__(self, out: Output, budget: Budget, shape: Shape, folder: Path) -> None:
        self.out = out
        self.budget = budget
        self.shape = shape
        self.folder = folder
        self.schemes = [scheme.id for scheme in shape.schemes]
        require_schemes(budget, self.schemes)
        self.parts: list[tuple[Path, int]] = []  # and the rows of the table it has
        self.claims: list[Claim] = []
        self.ranks: list[Any] = []
        self.names: dict[int, str] = {}
        self.rows = 0
        self.paid: dict[tuple[int, int], int] = {}  # by row and place of the scheme, when all are known

    def start(self, schema: pa.Schema) -> None:
        """The columns of the result."""
        self.out.start(paid_schema(schema, self.shape))

    def add(self, chunk: pa.Table, table: pa.Table, ranks: pa.Array | None) -> None:
        """The result of a chunk, and what ranks its rows."""
        path = self.folder / f"result-{len(self.parts):06d}.arrow"
        with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
            file.write_table(table)
        self.parts.append((path, self.rows))
        fresh = claims_of(table, self.shape, self.rows)
        self.claims += fresh
        rows = sorted({claim.row for claim in fresh})
        said = pc.coalesce(chunk["_id"], chunk["_row"].cast(pa.string()))
        self.names.update({row: said[row - self.rows].as_py() for row in rows})
        if ranks is not None:
            self.ranks += ranks.to_pylist()
        self.rows += chunk.num_rows

    def finish(self) -> dict[str, Any]:
        """Pays, writes, and tells who was cut by how much."""
        order = ranked(self.claims, [self.ranks[claim.row] for claim in self.claims], self.budget) if self.budget.cut == "rank" else ()
        amounts = allocate(self.claims, self.budget, self.schemes, order)
        self.paid = paid = {(claim.row, claim.scheme): amount for claim, amount in zip(self.claims, amounts, strict=True)}
        for path, base in self.parts:
            with pa.ipc.open_file(path) as file:
                table = file.read_all()
            path.unlink()
            self.out.write(with_paid(table, self.shape, paid, base))
        return self._told(amounts)

    def _told(self, amounts: Sequence[int]) -> dict[str, Any]:
        cuts: dict[int, int] = {}
        by_scheme: list[list[int]] = [[0, 0, 0] for _ in self.schemes]
        for claim, amount in zip(self.claims, amounts, strict=True):
            sums = by_scheme[claim.scheme]
            sums[0] += claim.amount
            sums[1] += amount
            sums[2] += amount < claim.amount
            if amount < claim.amount:
                cuts[claim.row] = cuts.get(claim.row, 0) + claim.amount - amount
        claimed = sum(claim.amount for claim in self.claims)
        most = sorted(cuts, key=lambda row: (-cuts[row], row))[:TOLD]
        return {
            "budget": None if self.budget.total is None else fen_text(self.budget.total),
            "rule": self.budget.cut,
            "claimed": fen_text(claimed),
            "paid": fen_text(sum(amounts)),
            "cut": fen_text(claimed - sum(amounts)),
            "projects_cut": len(cuts),
            "schemes": [
                {
                    "scheme": id,
                    "budget": fen_text(self.budget.per[id]) if id in self.budget.per else None,
                    "claimed": fen_text(sums[0]),
                    "paid": fen_text(sums[1]),
                    "projects_cut": sums[2],
                }
                for id, sums in zip(self.schemes, by_scheme, strict=True)
                if sums[0] or id in self.budget.per
            ],
            "most_cut": [{"project": self.names[row], "cut": fen_text(cuts[row])} for row in most],
        }


def _keys(ranks: Sequence[Any], budget: Budget) -> list[Any]:
    """Ranks as numbers: plain ones, or the days of dates."""
    found: list[Any] = []
    kinds = set()
    for said in ranks:
        raw = "" if said is None else str(said).strip()
        if not raw:
            found.append(None)
            continue
        try:
            found.append(Decimal(raw.replace(",", "")))
            kinds.add("number")
        except InvalidOperation:
            try:
                found.append(parse_date(raw).toordinal())
                kinds.add("date")
            except BadValue:
                raise InputError(f"--rank {budget.rank}", raw, text("batch.budget.ranks")) from None
        if len(kinds) > 1 or (isinstance(found[-1], Decimal) and not found[-1].is_finite()):
            raise InputError(f"--rank {budget.rank}", raw, text("batch.budget.ranks"))
    return found


def _above(column: pa.ChunkedArray) -> Iterator[tuple[int, int]]:
    """Places and amounts in fen of what is above nothing in a column of yuan (two decimals)."""
    above = pc.indices_nonzero(pc.greater(column, 0))
    return zip(above.to_pylist(), (int(one * 100) for one in column.take(above).to_pylist()), strict=True)
