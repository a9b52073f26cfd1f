"""A reform: a table under today's schemes and under changed ones, in one reading, chunk by chunk.

Each side is an engine of its own over the same rows; what is paid of a benefit is what ``combine`` and the group caps count of
its amount, so that benefits add up to the totals of a batch.
"""

from __future__ import annotations

import contextlib
import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc import stopping
from calc.batch.decimals import added, sum_of
from calc.batch.engine import Columns, Explainer, Refused, Slot, slots
from calc.batch.figures import COUNTED, Figures
from calc.batch.options import Options
from calc.batch.ordered import all_but
from calc.batch.output import Output
from calc.batch.result import AMOUNT, yuan
from calc.batch.run import SMALL, Run
from calc.batch.work import in_scratch
from calc.engines.statuses import ORDER
from calc.errors import InputError
from calc.estimate.benefit import benefit_name, label, lapse_said, scheme_name, validity
from calc.messages import listed, text
from calc.units import fen, fen_text, grouped

if TYPE_CHECKING:
    from calc.batch.values import Fractional
    from calc.language import model
    from calc.store.changed import Changed, Reformed
    from calc.store.store import Store

SIZES = tuple(fen(wan * 10_000) for wan in (10, 50, 100, 500, 1_000, 5_000, 10_000))  # where one size of projects ends and the next begins
TALLIED = ("rows", "winners", "losers", "enter", "leave", "paid_before", "paid_after")
TABLES = 2_000  # groups that a split may have: a column with more is a mistake


def reform(store: Store, source: str, changed: Changed, options: Options, by: str | None = None, size: str | None = None) -> dict[str, Any]:
    """The answer of ``Catalog.reform``. Raises ``InputError``, ``FileProblem`` or ``OSError``; then nothing is written."""
    return in_scratch(lambda folder: _Reform(store, source, changed, options, by, size, folder).answer())


def merged(answers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer for a table from those for its parts, the first of which may have no rows; their files and notes are left out."""
    first, *others = answers
    found = {**copy.deepcopy(dict(first)), "rows": None, "rejects": None, "reasons": [], "notes": []}
    for one in others:
        _add(found, one, ("before", "after", "difference"), ())
        _add(found["projects"], one["projects"], (), TALLIED)
        for mine, theirs in zip(found["schemes"], one["schemes"], strict=True):
            _add(mine, theirs, ("before", "after", "difference"), TALLIED)
        for mine, theirs in zip(found["changes"], one["changes"], strict=True):
            _add(mine, theirs, ("first", "last"), ())
        for name, key in (("by", ("value",)), ("sizes", ("from", "below"))):
            if found[name] is None:
                continue
            groups = {tuple(g[k] for k in key): g for g in found[name]["groups"]}
            for group in one[name]["groups"]:
                mine = groups.setdefault(tuple(group[k] for k in key), {})
                if mine:
                    _add(mine, group, ("before", "after", "difference"), TALLIED)
                else:
                    mine.update(group)
            order = (lambda g: g["value"]) if name == "by" else (lambda g: fen(Fraction(g["from"] or 0)))
            found[name]["groups"] = sorted(groups.values(), key=order)
        found["rejected"] += one["rejected"]
        found["seconds"] = max(found["seconds"], one["seconds"])
    return found


def _add(mine: dict[str, Any], theirs: Mapping[str, Any], amounts: Sequence[str], counts: Sequence[str]) -> None:
    """Adds amounts (``None`` stays so) and counts."""
    for name in amounts:
        if mine[name] is not None:
            mine[name] = fen_text(int(mine[name].replace(".", "")) + int(theirs[name].replace(".", "")))
    for name in counts:
        mine[name] += theirs[name]


class Side:
    """Some schemes over the chunks: what each row is paid of each benefit (fen), and the rows that cannot be computed."""

    def __init__(self, store: Store, schemes: Sequence[model.Scheme], by_row: bool, details: bool) -> None:
        self.store = store
        self.schemes = schemes
        self.slots = slots(schemes)
        self.engine = (Explainer if by_row else Columns)(store, self.slots, details)
        self.figures = Figures(store, schemes, self.slots)
        self.columns: dict[str, pa.Array] = {}

    def paid(self, chunk: pa.Table, fractional: dict[int, list[Fractional]]) -> tuple[dict[int, pa.Array], list[Refused]]:
        """What is paid by slot, for all rows of a chunk."""
        results = self.engine.run(chunk, fractional, self.figures.asked([COUNTED]))
        self.columns = results.columns
        found = self.figures.of(chunk, results, [COUNTED])
        return {slot.number: found[f"{COUNTED} {slot.number}"] for slot in self.slots}, results.refused


@dataclass(slots=True)
class Tally:
    """What a group of rows is paid on both sides, and how many gain, lose, enter (were paid nothing), leave (are paid nothing)."""

    before: int = 0
    after: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, before: pa.Array, after: pa.Array) -> None:
        """More rows."""
        self.before += sum_of(before)
        self.after += sum_of(after)
        paid, still = pc.greater(before, 0), pc.greater(after, 0)
        found = {
            "rows": len(before),
            "winners": pc.sum(pc.greater(after, before)).as_py() or 0,
            "losers": pc.sum(pc.less(after, before)).as_py() or 0,
            "enter": pc.sum(pc.and_not(still, paid)).as_py() or 0,
            "leave": pc.sum(pc.and_not(paid, still)).as_py() or 0,
            "paid_before": pc.sum(paid).as_py() or 0,
            "paid_after": pc.sum(still).as_py() or 0,
        }
        self.counts.update(found)

    def told(self) -> dict[str, Any]:
        """As plain data: amounts in yuan, counts of rows."""
        sums = {"before": fen_text(self.before), "after": fen_text(self.after), "difference": fen_text(self.after - self.before)}
        return {**sums, **{key: self.counts[key] for key in TALLIED}}


class _Reform(Run):
    def __init__(self, store: Store, source: str, changed: Changed, options: Options, by: str | None, size: str | None, folder: Path) -> None:
        self.changed = changed
        self.by = by
        self.size = size
        whole = changed.with_schemes([])  # today's schemes, by the facts of both
        options.asked = [name for name in (by, size) if name is not None]
        options.amounts = [size] if size is not None else []
        options.schemes = [one.before.id for one in changed.schemes if one.before is not None]
        super().__init__(whole, source, options, folder)
        self.schemes = [s for one in changed.schemes for s in (one.before, one.after) if s is not None]
        self.total = Tally()
        self.tallies: dict[tuple[str, str], Tally] = {}
        self.groups: dict[str, Tally] = {}
        self.sizes = [Tally() for _ in range(len(SIZES) + 1)]
        self.single: list[tuple[Reformed, int, str, Side | None]] = []  # a change alone, or all without it
        self.sums: Counter[tuple[str, int, str]] = Counter()

    def keeps(self) -> bool:
        return self.by is not None

    def answer(self) -> dict[str, Any]:
        """Runs, and tells."""
        self.run()
        told = self.total.told()
        return {
            **{key: told.pop(key) for key in ("before", "after", "difference")},
            "projects": told,
            "schemes": self.told_schemes(),
            "changes": self.told_changes(),
            "by": None if self.by is None else {"column": self.by_name(), "groups": [{"value": v, **t.told()} for v, t in self.groups.items()]},
            "sizes": self.told_sizes(),
            "rows": self.options.output,
            "rejected": self.summary.rejected,
            "rejects": self.summary.rejects,
            "reasons": self.summary.reasons,
            "notes": self.summary.notes,
            "out_of_force": out_of_force(self.changed),
            "seconds": round(self.summary.seconds, 1),
        }

    def lay_out(self) -> None:
        """The two sides, and where several changes meet in one scheme, each of them by itself."""
        by_row = self.options.engine == "explainer" or (self.options.engine == "auto" and self.stage.count <= SMALL)
        details = self.options.output is not None
        self.before = Side(self.catalog, [one.before for one in self.changed.schemes if one.before is not None], by_row, details)
        after = [one.after for one in self.changed.schemes]
        self.after = Side(self.changed.with_schemes(after), after, by_row, details)
        for one in self.changed.schemes:
            if len(one.changes) < 2:
                continue
            for number, change in enumerate(one.changes):
                rest = [other for other in one.changes if other is not change]
                for kind, made in (("alone", [change]), ("without", rest)):
                    self.single.append((one, number, kind, self.part(one, made, by_row)))
        if self.by is not None:
            self.by_name()
        if self.size is not None:
            self.amount_of(self.size, "--size")

    def part(self, one: Reformed, made: Sequence[Any], by_row: bool) -> Side | None:
        """A scheme with some of its changes; ``None`` where those cannot be made without the others."""
        if one.before is None and all(change.file is None for change in made):
            return None
        try:
            scheme = self.changed.scheme(one.before, made)
        except InputError:
            return None
        return Side(self.changed.with_schemes([scheme]), [scheme], by_row, False)

    def by_name(self) -> str:
        """The column that the answer is split by. Raises ``InputError``."""
        assert self.by is not None
        return self.reading.name_of(self.by, "--by")

    def compute(self) -> None:
        """Both sides of every chunk, what differs, and the file of rows."""
        with contextlib.ExitStack() as stack:
            asked = self.options.output
            out = stack.enter_context(Output(asked, self.format, self.con, self.folder, title="projects")) if asked else None
            if out is not None:
                fields = [("project", pa.string())] + ([(self.by_name(), pa.string())] if self.by is not None else [])
                out.start(pa.schema([*fields, *((name, AMOUNT) for name in ("before", "after", "difference")), ("reason", pa.string())]))
            for chunk, fractional in self.chunks():
                self.one(chunk, fractional, out)
                self.summary.written += chunk.num_rows
                self.tell("compute", self.summary.written / max(1, self.stage.count), self.summary.written)
            if out is not None:
                out.finish()
            self.summary.rejected = len(self.rejects.rows)
            self.summary.rejects = self.rejects_path()
            self.summary.reasons = self.rejects.first
            with self.rejects_output() as rejected, stopping.whole():
                if rejected is not None:
                    rejected.keep()
                if out is not None:
                    out.keep()
            if out is None and rejected is None:
                stopping.resume()  # nothing stands in its place yet, and the answer is still to be told

    def one(self, chunk: pa.Table, fractional: dict[int, list[Fractional]], out: Output | None) -> None:
        """A chunk."""
        before, wrong = self.before.paid(chunk, fractional)
        after, also = self.after.paid(chunk, fractional)
        refused = {one.place: one for one in (*also, *wrong)}
        self.refuse(chunk, refused.values())
        keep = all_but(chunk.num_rows, refused)

        def kept(paid: dict[int, pa.Array]) -> dict[int, pa.Array]:
            return {number: column.filter(keep) for number, column in paid.items()} if refused else paid

        count = chunk.num_rows - len(refused)
        nothing = pa.array([0] * count, pa.int64())
        old, new = kept(before), kept(after)
        was, now = added(old.values(), count), added(new.values(), count)
        self.total.add(was, now)
        for key, left, right in self.pairs():
            tally = self.tallies.setdefault(key, Tally())
            tally.add(old[left.number] if left is not None else nothing, new[right.number] if right is not None else nothing)
        for one, number, kind, side in self.single:
            if side is not None:
                paid, _ = side.paid(chunk, fractional)
                self.sums[one.id, number, kind] += sum_of(added(kept(paid).values(), count))
        self.by_size(chunk.filter(keep) if refused else chunk, was, now)
        values = self.split(chunk.filter(keep) if refused else chunk, was, now) if self.by is not None else None
        if out is not None:
            left = chunk.filter(keep) if refused else chunk
            project = pc.coalesce(left["_id"], left["_row"].cast(pa.string()))
            reasons = self.reasons(old, new, keep, was, now)
            out.write(pa.table([project, *([values] if values is not None else []), *map(yuan, (was, now, pc.subtract(now, was))), reasons], schema=out.schema))

    def pairs(self) -> list[tuple[tuple[str, str], Slot | None, Slot | None]]:
        """The benefits of both sides: those of one id in one scheme are one, whatever edition."""
        found: dict[tuple[str, str], list[Slot | None]] = {}
        names = {one.after.id: one.id for one in self.changed.schemes}
        for slot in self.before.slots:
            found[slot.scheme.id, slot.benefit.id] = [slot, None]
        for slot in self.after.slots:
            found.setdefault((names[slot.scheme.id], slot.benefit.id), [None, None])[1] = slot
        order = [one.id for one in self.changed.schemes]
        return sorted(((key, old, new) for key, (old, new) in found.items()), key=lambda one: order.index(one[0][0]))

    def split(self, chunk: pa.Table, was: pa.Array, now: pa.Array) -> pa.Array:
        """The values of the column that the answer is split by, told to the groups. Raises ``InputError`` for too many."""
        name = self.by_name()
        values = pc.fill_null(self.column_of(chunk, name), "")
        for value in sorted(pc.unique(values).to_pylist()):
            mask = pc.equal(values, value)
            self.groups.setdefault(value, Tally()).add(was.filter(mask), now.filter(mask))
        if len(self.groups) > TABLES:
            raise InputError("--by", name, text("reform.by.many", most=f"{TABLES:,}"))
        self.groups = dict(sorted(self.groups.items()))
        return values

    def by_size(self, chunk: pa.Table, was: pa.Array, now: pa.Array) -> None:
        """The rows by the size of the project: the column told, else the larger of what is paid before and after."""
        if self.size is None:
            sizes = pc.max_element_wise(was, now)
        else:
            column = chunk[self.amount_of(self.size, "--size")].combine_chunks()
            sizes = pc.multiply(column.cast(pa.decimal128(30, 6)), pa.scalar(100, pa.decimal128(3, 0)))
        known = pc.fill_null(pc.greater_equal(sizes, 1), False)
        places = pa.array([0] * len(was), pa.int64())
        for end in SIZES:
            places = pc.add(places, pc.fill_null(pc.greater_equal(sizes, end), False).cast(pa.int64()))
        for place, tally in enumerate(self.sizes):
            mask = pc.and_(known, pc.equal(places, place))
            if pc.any(mask, min_count=0).as_py():
                tally.add(was.filter(mask), now.filter(mask))

    # ------------------------------------------------------------ telling

    def told_sizes(self) -> dict[str, Any]:
        """Who gains and who loses by the size of the project; ends in yuan, ``null`` where there is none."""
        ends = [None, *(fen_text(end) for end in SIZES), None]
        groups = [{"from": ends[n], "below": ends[n + 1], **tally.told()} for n, tally in enumerate(self.sizes) if tally.counts["rows"]]
        return {"column": self.size, "groups": groups}

    def reasons(self, old: dict[int, pa.Array], new: dict[int, pa.Array], keep: pa.Array, was: pa.Array, now: pa.Array) -> pa.Array:
        """For each row whose benefits come to something else, which do and why."""
        said: list[list[str]] = [[] for _ in range(len(was))]
        for _, left, right in self.pairs():
            before = old[left.number] if left is not None else pa.array([0] * len(was), pa.int64())
            after = new[right.number] if right is not None else pa.array([0] * len(was), pa.int64())
            places = pc.indices_nonzero(pc.not_equal(before, after)).to_pylist()
            if not places:
                continue
            slot = right or left
            assert slot is not None
            cells = [_cells(side, slot, keep) for side, slot in ((self.before, left), (self.after, right))]
            for place in places:
                one, other = ({letter: column[place].as_py() for letter, column in cell.items()} for cell in cells)
                amounts = [grouped(fen_text(side[place].as_py())) for side in (before, after)]
                why = _why(one, other)
                said[place].append(text("reform.reason", benefit=benefit_name(slot.scheme, slot.benefit), before=amounts[0], after=amounts[1], why=why))
        return pa.array([text("whatif.then").join(one) or None for one in said], pa.string())

    def told_schemes(self) -> list[dict[str, Any]]:
        found = []
        for (scheme, benefit), left, right in self.pairs():
            slot = right or left
            assert slot is not None
            tally = self.tallies.get((scheme, benefit), Tally()).told()
            told = {"scheme": scheme, "benefit": benefit, "label": label(slot.benefit), "clause": slot.benefit.clause, **tally}
            states = [validity(side.scheme, self.changed.as_of) if side is not None else None for side in (left, right)]
            found.append({**told, "validity_before": states[0], "validity_after": states[1]})
        return found

    def told_changes(self) -> list[dict[str, Any]]:
        """What each single change comes to: made alone, and made last of all that its scheme has."""
        found = []
        for one in self.changed.schemes:
            before = sum(t.before for (scheme, _), t in self.tallies.items() if scheme == one.id)
            after = sum(t.after for (scheme, _), t in self.tallies.items() if scheme == one.id)
            for number, change in enumerate(one.changes):
                sides = {kind: side for o, n, kind, side in self.single if o is one and n == number}
                alone = last = after - before
                if sides:
                    alone = self.sums[one.id, number, "alone"] - before
                    last = after - self.sums[one.id, number, "without"]
                found.append({
                    "change": change.said,
                    "scheme": one.id,
                    "first": None if sides and sides["alone"] is None else fen_text(alone),
                    "last": None if sides and sides["without"] is None else fen_text(last),
                })  # fmt: skip
        return found


def out_of_force(changed: Changed) -> list[str]:
    """Which of the schemes compared are not in force on the day asked, today's and changed ones, in words."""
    found: dict[str, list[str]] = {}
    for one in changed.schemes:
        for side, scheme in (("before", one.before), ("after", one.after)):
            late = lapse_said(scheme, changed.as_of) if scheme is not None else ""
            if scheme is not None and late:
                found.setdefault(text("plan.said", what=scheme_name(scheme), said=late), []).append(text(f"reform.head.{side}"))
    return [text("plan.said", what=listed(sides), said=said) for said, sides in found.items()]


def _cells(side: Side, slot: Slot | None, keep: pa.Array) -> dict[str, pa.Array]:
    """Status, amount and binding limit of a benefit; nothing where a side does not have it."""
    if slot is None:
        return {}
    return {letter: side.columns[f"{letter}{slot.number}"].filter(keep) for letter in "sab"}


def _why(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Why a benefit comes to something else: another status, another limit that cuts it, another amount, or another choice."""
    if not one or not other:
        return text("reform.why.new" if other else "reform.why.gone")
    if one["s"] != other["s"]:
        return text("reform.why.status", before=text(f"status.{ORDER[one['s']]}"), after=text(f"status.{ORDER[other['s']]}"))
    if one["a"] == other["a"]:
        return text("reform.why.choice")
    if one["b"] != other["b"]:
        return text("reform.why.limit", before=one["b"] or text("reform.why.none"), after=other["b"] or text("reform.why.none"))
    return text("reform.why.amount")
