"""The payment list: what is paid to whom under which clause, gathered chunk by chunk and written as a workbook to hand in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from calc.batch.engine import Slot, by_scheme, rows_of
from calc.batch.excluded import Excluded
from calc.batch.output import SHEET_ROWS
from calc.errors import FileProblem, InputError
from calc.estimate.benefit import benefit_name, evaluate, label
from calc.estimate.trace import steps
from calc.messages import text
from calc.questions.fill.heads import KEYS, folded
from calc.units import fen_text, grouped

if TYPE_CHECKING:
    from calc.batch.engine import Results
    from calc.batch.reading import Reading
    from calc.batch.values import Fractional
    from calc.store.store import Store

# headers that are taken along where a table has them, by what they are
APPLICANTS = (*KEYS["enterprise"], "单位名称", "申报单位", "收款单位")
DISTRICTS = ("区", "所在区", "区县", "辖区", "所属区", "注册区", "district")
ACCOUNTS = (
    "户名", "开户名称", "账户名称", "收款人", "开户行", "开户银行", "账号", "银行账号", "收款账号", "联行号",
    "account", "bank", "account name", "account number",
)  # fmt: skip
LIMITS = "limit."


@dataclass(slots=True)
class Payment:
    """One line: what a row is paid of a benefit (fen), with what the list says beside it; ``due`` is what it would be paid in full."""

    row: int
    slot: Slot
    due: int
    amount: int
    project: str
    applicant: str
    district: str
    base: str
    rate: str
    limit: str
    own: int  # the benefit's own amount
    carried: list[str] = field(default_factory=list)
    against: dict[int, tuple[str, ...]] = field(default_factory=dict)  # benefits that rules exclude beside it, by number
    excluded: list[str] = field(default_factory=list)  # those of them that are paid too, in words

    @property
    def note(self) -> str:
        """Why less is paid than the benefit comes to, and what may not be paid beside it."""
        less = ""
        if self.amount < self.due:
            less = text("payments.cut", due=grouped(fen_text(self.due)))
        elif self.due < self.own:
            less = text("payments.joint", own=grouped(fen_text(self.own)))
        return text("word.semicolon").join([*([less] if less else []), *self.excluded])


def asked_for(district: str | None, carry: Sequence[str]) -> list[str]:
    """The columns that a list may take along."""
    return [*([district] if district else DISTRICTS), *ACCOUNTS, "收款单位", *carry]


def check_list(path: str) -> None:
    """That a payment list can have a name. Raises ``FileProblem``."""
    if Path(path).suffix.lower() != ".xlsx":
        raise FileProblem([text("payments.format", file=path)])


class Payments:
    """Gathers payments; ``budgeted`` tells what is paid of the claims, by row and place of the scheme, where there is a budget."""

    def __init__(self, store: Store, slots: Sequence[Slot], reading: Reading, district: str | None, carry: Sequence[str]) -> None:
        self.store = store
        self.slots = slots
        self.reading = reading
        self.payments: list[Payment] = []
        self.rows = 0
        self.rules = Excluded(store)
        self.compiled = {s.number: c for scheme, inside in by_scheme(slots) for s, c in zip(inside, store.compiled(scheme.id), strict=True)}
        names = [name for name in reading.columns if reading.shown(name)]
        by_name = {folded(name): name for name in names}
        self.district = reading.name_of(district, "--by") if district else next((by_name[folded(n)] for n in DISTRICTS if folded(n) in by_name), None)
        self.applicant = reading.enterprise_name or next((by_name[folded(n)] for n in APPLICANTS if folded(n) in by_name), None)
        asked = [reading.name_of(name, "--carry") for name in carry]
        self.carried = list(dict.fromkeys([*(by_name[folded(n)] for n in ACCOUNTS if folded(n) in by_name), *asked]))

    def add(
        self,
        chunk: pa.Table,
        results: Results,
        fractional: dict[int, list[Fractional]],
        counted: Mapping[int, pa.Array],
        beyond: Mapping[str, pa.Array],
        column: Callable[[pa.Table, str], pa.Array],
    ) -> None:
        """What the rows of a chunk are paid: ``counted`` (fen) by number of the benefit, less what caps over rows take off totals."""
        found: dict[int, list[tuple[Slot, int, int]]] = {}
        for slot in self.slots:
            amounts = counted[slot.number]
            places = pc.indices_nonzero(pc.greater(amounts, 0)).to_pylist()
            if not places:
                continue
            own = results.columns[f"a{slot.number}"].take(pa.array(places, pa.int64())).to_pylist()
            for place, amount, whole in zip(places, amounts.take(pa.array(places, pa.int64())).to_pylist(), own, strict=True):
                found.setdefault(place, []).append((slot, amount, whole))
        for id, taken in beyond.items():
            for place in pc.indices_nonzero(pc.greater(taken, 0)).to_pylist():
                found[place] = _less(found.get(place, []), id, taken[place].as_py())
        places = sorted(found)
        if len(self.payments) + len(places) > SHEET_ROWS // 2:
            raise FileProblem([text("payments.rows", most=f"{SHEET_ROWS // 2:,}")])
        facts = rows_of(chunk, self.store, places, fractional)
        names = [name for name in (self.applicant, self.district, *self.carried) if name]
        columns = {name: column(chunk, name) for name in names}
        for place, given in zip(places, facts, strict=True):
            said = {name: columns[name][place].as_py() or "" for name in names}
            project = chunk["_id"][place].as_py() or str(chunk["_row"][place].as_py())
            paid = [one for one in found[place] if one[1]]
            against: list[dict[int, tuple[str, ...]]] = [{} for _ in paid]
            for one, other, rules in self.rules.pairs([slot for slot, _, _ in paid], given):
                against[one][paid[other][0].number] = against[other][paid[one][0].number] = rules
            for (slot, amount, own_amount), excluded in zip(paid, against, strict=True):
                base, rate, limit = self._figures(slot, given)
                self.payments.append(Payment(
                    self.rows + place, slot, amount, amount, project, said.get(self.applicant or "", ""), said.get(self.district or "", ""),
                    base, rate, limit, own_amount, [said[name] for name in self.carried], excluded,
                ))  # fmt: skip
        self.rows += chunk.num_rows

    def _figures(self, slot: Slot, facts: dict[str, Any]) -> tuple[str, str, str]:
        """Base, rate and limit of a benefit; ``—`` where it has none, in words where there are several."""
        try:
            outcome = evaluate(self.compiled[slot.number], facts, self.store.lpr, traced=True)
        except InputError:
            return "—", "—", "—"
        found = steps(outcome.env.trace or (), slot.benefit.clause)
        bases = [step.value for step in found if step.step == "base"]
        rates = list(dict.fromkeys(step.value for step in found if step.step in ("rate", "interest-rate")))
        limits = list(dict.fromkeys(step.expression.partition(text("word.semicolon"))[0] for step in found if step.step.startswith(LIMITS)))
        several = text("payments.several")
        base = bases[0] if len(bases) == 1 else several if bases or any(step.step in ("item", "items", "interest") for step in found) else "—"
        rate = rates[0] if len(rates) == 1 else several if rates else "—"
        return base, rate, text("word.semicolon").join(limits) or "—"

    def pay(self, paid: Mapping[tuple[int, int], int], schemes: Sequence[str]) -> None:
        """What a budget pays, by row and place of the scheme: what is not paid comes off the last benefits of a scheme."""
        left: dict[tuple[int, int], int] = {}
        places = {id: place for place, id in enumerate(schemes)}
        for one in self.payments:
            key = (one.row, places[one.slot.scheme.id])
            room = left.get(key, paid.get(key, 0))
            one.amount = min(one.due, room)
            left[key] = room - one.amount

    def sorted(self) -> list[Payment]:
        """The payments above nothing: by district as they come, then scheme, then row; each says what a rule excludes beside it."""
        paid = {(one.row, one.slot.number) for one in self.payments if one.amount}
        for one in self.payments:
            beside = [(self.slots[number], rules) for number, rules in one.against.items() if (one.row, number) in paid]
            one.excluded = [
                text("payments.excluded", other=benefit_name(slot.scheme, slot.benefit), rules=self.rules.words(rules, False))
                for slot, rules in beside
            ]  # fmt: skip
        order = {name: place for place, name in enumerate(dict.fromkeys(one.district for one in self.payments))}
        return sorted((one for one in self.payments if one.amount), key=lambda one: (order[one.district], one.slot.number, one.row))

    def told(self, file: str) -> dict[str, Any]:
        """What the list in ``file`` comes to, for the summary."""
        paid = self.sorted()
        total = fen_text(sum(one.amount for one in paid))
        return {"file": file, "payments": len(paid), "total": total, "excluded": sum(bool(one.excluded) for one in paid)}


def _less(found: list[tuple[Slot, int, int]], scheme: str, taken: int) -> list[tuple[Slot, int, int]]:
    """The payments of a row with ``taken`` off a scheme's last benefits."""
    kept: list[tuple[Slot, int, int]] = []
    for slot, amount, own in reversed(found):
        off = min(taken, amount) if slot.scheme.id == scheme else 0
        taken -= off
        kept.append((slot, amount - off, own))
    return kept[::-1]


def clause_name(slot: Slot) -> str:
    """A benefit and its clause."""
    return f"{label(slot.benefit)} {slot.benefit.clause}".strip()
