"""The core: the few typed nodes every mechanism is lowered to. Two readers give them meaning: ``explain`` and ``columns``.

A node's value is a number, date, yes/no, slug or list of records; the nodes marked *series* may also give a mapping
from period (a support or calendar year) to a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

from calc.facts import FactDef
from calc.units import BASES


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is: ``kind`` names it (money, percent, …, rate for a compound unit), ``dims`` are its base units with
    their powers, ``values`` the slugs of an enum or set."""

    kind: str
    dims: tuple[tuple[str, int], ...] = ()
    values: tuple[str, ...] = ()


BASE: dict[str, tuple[tuple[str, int], ...]] = {
    **{kind: ((base, 1),) for kind, base in BASES.items()},
    "percent": (),
    "count": (),
    "number": (),
}
BOOL = Type("bool")
DATE = Type("date")
MONTHS = Type("months", BASE["months"])
MONEY = Type("money", BASE["money"])
PERCENT = Type("percent")
NUMBER = Type("number")
COUNT = Type("count")
YEARS = Type("years", BASE["years"])
# fields of a loan that its interest reads where they are given
LOAN_EXTRAS = ("lpr_term", "basis", "drawdowns", "repayments")


def type_named(kind: str, values: tuple[str, ...] = ()) -> Type:
    """The type of a fact of ``kind``."""
    return Type(kind, BASE.get(kind, ()), values)


def type_with(dims: tuple[tuple[str, int], ...], plain: str = "number") -> Type:
    """The type that has some dimensions; ``plain`` where it has none."""
    if not dims:
        return Type(plain if plain in ("percent", "count", "number") else "number")
    return next((Type(kind, base) for kind, base in BASE.items() if base and base == dims), Type("rate", dims))


def type_of(definition: FactDef) -> Type:
    """The type of a fact or field."""
    if definition.dims is not None:
        return type_with(definition.dims, definition.type)
    return type_named(definition.type, tuple(definition.values))


T = TypeVar("T")


@dataclass_transform(eq_default=False)
def node(cls: type[T]) -> type[T]:
    """Makes a core node of a class: a plain record that is equal only to itself."""
    return dataclass(slots=True, eq=False, repr=False, match_args=False)(cls)


class Node:
    """A core expression."""

    __slots__ = ()
    type: Type


@node
class Lit(Node):
    """A literal in base units; ``source`` is how the scheme file writes it."""

    value: Any
    type: Type
    source: str = ""


@node
class Fact(Node):
    """A fact of the project; ``signed``: it may be negative."""

    id: str
    type: Type
    signed: bool = False


@node
class Field(Node):
    """A field of the record at hand, of the record list ``list``; ``signed``: it may be negative."""

    list: str
    id: str
    type: Type
    signed: bool = False


@node
class Position(Node):
    """The place of the record at hand, from 1: among those that its list's ``where`` lets pass, or in ``where`` itself, in the list."""

    type: Type = NUMBER


@node
class LprRate(Node):
    """An index rate at the first drawdown of the record at hand (where re-priced: at the beginning of each support year).

    ``term``: ``1Y``/``5Y`` or another that the table of ``index`` has, or None: by the loan's term.
    """

    list: str
    term: str | None
    index: str = "LPR"
    type: Type = PERCENT


@node
class Given(Node):
    """Whether a fact or field was stated at all; never unknown."""

    arg: Fact | Field
    type: Type = BOOL


@node
class Arith(Node):
    """``left op right`` with op ``+ - * /``; a zero divisor is an input error."""

    op: str
    left: Node
    right: Node
    type: Type


@node
class Extreme(Node):
    """The ``min`` or ``max`` of several values; ``fitting``: of those that fit (nothing only where none does)."""

    op: str
    args: tuple[Node, ...]
    type: Type
    fitting: bool = False


@node
class Threshold(Node):
    """*Series if the value is.* ``value``, where it (the total of a series) is ``least`` or more; below, nothing fits."""

    value: Node
    least: Node
    type: Type = MONEY


@node
class Round(Node):
    """``value`` in whole ``step``s: ``way`` is ``down``, ``up`` or ``nearest`` (halves up)."""

    value: Node
    step: Lit
    way: str
    type: Type


@node
class Compare(Node):
    """``left op right`` with op ``== != >= <= > <``."""

    op: str
    left: Node
    right: Node
    type: Type = BOOL


@node
class Member(Node):
    """Whether an enum value is one of ``values`` (or, ``negated``, none of them)."""

    item: Node
    values: tuple[str, ...]
    negated: bool = False
    type: Type = BOOL


@node
class Has(Node):
    """Whether a set has one of ``values``: one that is given counts as those it stands within, so any of ``counting`` will do."""

    item: Fact | Field
    values: tuple[str, ...]
    counting: tuple[str, ...]
    type: Type = BOOL


@node
class Not(Node):
    """Negation; unknown stays unknown."""

    arg: Node
    type: Type = BOOL


@node
class AllOf(Node):
    """Conjunction (Kleene): one false decides."""

    args: tuple[Node, ...]
    type: Type = BOOL


@node
class AnyOf(Node):
    """Disjunction (Kleene): one true decides."""

    args: tuple[Node, ...]
    type: Type = BOOL


@node
class StepYears(Node):
    """A date moved by whole years (``sign`` 1 or -1); 29 February steps to 28 February."""

    date: Node
    years: Node
    sign: int
    type: Type = DATE


@node
class StepMonths(Node):
    """A date moved by whole months (``sign`` 1 or -1); a day that the month does not have is its last."""

    date: Node
    months: Node
    sign: int = 1
    type: Type = DATE


@node
class Between(Node):
    """The ``days``, or the whole ``months``, from ``start`` up to ``end``; 0 where ``end`` is no later."""

    unit: str
    start: Node
    end: Node
    type: Type


@node
class YearOf(Node):
    """The calendar year of a date."""

    date: Node
    type: Type = NUMBER


@node
class Fold(Node):
    """An aggregate over a record list: ``sum count any all largest smallest`` of ``value`` over the records that pass ``where``."""

    op: str
    list: str
    value: Node | None
    where: Node | None
    type: Type


@node
class Choose(Node):
    """The value of the first branch whose condition holds, else ``otherwise``; with neither, nothing fits (no match)."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None
    type: Type


@node
class Interest(Node):
    """*Series.* Interest of the loan at hand by support year; ``years`` (or months, by its type) None: the whole term.

    ``basis`` and ``accrual``: how days are counted (``calc.rates.interest.DayCount``); ``own``: the field of a loan that names its own
    basis, and what its values stand for; ``repriced``: index rates are looked up again each support year.
    """

    list: str
    rate: Node
    years: Node | None
    basis: str = "360"
    accrual: str = "day"
    own: tuple[tuple[str, str], ...] = ()
    repriced: bool = False
    type: Type = MONEY


@node
class Items(Node):
    """*Series if dated.* One ``value`` a record, added up: merge → where → value → top (of all, or of each group, else year) → group → years.

    ``year`` dates an item (its value falls in that period); ``years`` repeats it in periods 1..n. ``group_year_cap`` and
    ``group_cap`` cap each group's year and running total (``own_caps``: they read what makes the group); ``take`` is ``sum`` or
    ``max`` within a group; ``first_years`` keeps the earliest n periods that pay, per group where grouped. Nothing passing is no match.
    """

    list: str
    value: Node
    where: Node | None = None
    merge_by: str | None = None
    merged: tuple[str, ...] = ()
    top: int | None = None
    top_each: int | None = None
    group_by: Node | None = None
    take: str = "sum"
    group_year_cap: Node | None = None
    group_cap: Node | None = None
    own_caps: bool = False
    year: Node | None = None
    years: Node | None = None
    first_years: int | None = None
    requires: tuple[Require, ...] = ()
    type: Type = MONEY

    @property
    def dated(self) -> bool:
        """Whether the result is a series."""
        return self.year is not None or self.years is not None or isinstance(bare(self.value), Interest)


@node
class Total(Node):
    """*Series if a part is.* The sum of those of several parts that fit; where none does, nothing fits."""

    parts: tuple[Node, ...]
    type: Type = MONEY


@node
class Years(Node):
    """*Series.* One value a period, in time order, under the names ``periods``."""

    values: tuple[Node, ...]
    periods: tuple[str, ...]
    type: Type = MONEY


@node
class Fill(Node):
    """*Series.* ``value`` paid out in time order, each period up to its figure in ``years``."""

    value: Node
    years: Node
    type: Type = MONEY


@node
class Cap(Node):
    """``value`` up to ``limit``; ``base``: what it cuts is not the amount itself but what that is computed from.

    On a series the scopes ``year`` and ``enterprise-year`` cap each period, others the running total in time order.
    """

    value: Node
    limit: Node
    scope: str
    type: Type = MONEY
    base: bool = False


@node
class Step(Node):
    """``node``, kept in the explanation under the message ``label``; no meaning of its own. ``names``: what a scheme calls
    it, in Chinese and English, where the label is ``named``."""

    label: str
    node: Node
    names: tuple[str, str] = ("", "")

    @property
    def type(self) -> Type:  # type: ignore[override]
        """The type of what it labels."""
        return self.node.type


@node
class Require:
    """What consistent input satisfies; a violation is an input error that names ``fact``."""

    condition: Node
    fact: str


def bare(node: Node) -> Node:
    """A node without the ``Step`` labels and caps around it."""
    while isinstance(node, (Step, Cap)):
        node = node.node if isinstance(node, Step) else node.value
    return node


def guards(node: Node) -> list[Node]:
    """Of a condition for some only, ``not a or b``, the leading parts that spare all others; none of any other condition."""
    found: list[Node] = []
    for arg in node.args[:-1] if isinstance(node, AnyOf) else ():
        spares = (isinstance(arg, Not) and not isinstance(arg.arg, Given)) or (isinstance(arg, Compare) and arg.op == "!=")
        if not spares and not (isinstance(arg, Member) and arg.negated):
            break
        found.append(arg)
    return found


def values_in(node: Step | Choose | Extreme | Cap | Threshold | Round) -> list[Node]:
    """What the node itself may come to, of the nodes below it."""
    if isinstance(node, Step):
        return [node.node]
    if isinstance(node, Choose):
        return [value for _, value in node.branches] + ([node.otherwise] if node.otherwise is not None else [])
    if isinstance(node, Extreme):
        return list(node.args)
    return [node.value, node.limit] if isinstance(node, Cap) else [node.value]


def shared_amount(node: Years) -> Node | None:
    """The amount of which the years pay exact shares, where they do."""
    first = node.values[0]
    amount = first.right if isinstance(first, Arith) and first.op == "*" else None
    shares = all(isinstance(value, Arith) and isinstance(value.left, Lit) and value.right is amount for value in node.values)
    return amount if shares else None


def mark_bases(node: Node, amount: bool = True) -> None:
    """Marks the caps below ``node`` that cut what an amount is computed from, not the amount."""
    if isinstance(node, Cap):
        node.base = not amount
    if amount and isinstance(node, Years):
        whole = shared_amount(node)
        for value in node.values if whole is None else (whole,):  # a share of an amount is limited as that amount is
            mark_bases(value, amount)
        return
    own: list[Node] = []
    if amount and isinstance(node, (Step, Choose, Extreme, Threshold, Round)):
        own = values_in(node)
    elif amount and isinstance(node, (Cap, Items, Fill)):
        own = [node.value]
    elif amount and isinstance(node, Total):
        own = list(node.parts)
    elif amount and isinstance(node, Arith) and node.op in "+-":
        own = [node.left, node.right] if node.op == "+" else [node.left]
    for below in children(node):
        mark_bases(below, any(below is one for one in own))


def children(node: Node) -> list[Node]:
    """The nodes directly below ``node``."""
    found: list[Node] = []
    for name in getattr(type(node), "__slots__", ()):
        part = getattr(node, name)
        if isinstance(part, Node):
            found.append(part)
        elif isinstance(part, tuple):
            for one in part:
                if isinstance(one, Node):
                    found.append(one)
                elif isinstance(one, tuple):
                    found.extend(inner for inner in one if isinstance(inner, Node))
                elif isinstance(one, Require):
                    found.append(one.condition)
    return found


def facts_in(node: Node) -> list[str]:
    """Ids of the facts and ``list.field`` paths a node may read, in order of reading, each once."""
    found: dict[str, None] = {}

    def visit(one: Node) -> None:
        if isinstance(one, Fact):
            found[one.id] = None
        elif isinstance(one, Field):
            found[f"{one.list}.{one.id}"] = None
        elif isinstance(one, (Items, Fold)):
            found[one.list] = None
            if isinstance(one, Items) and one.merge_by is not None:
                found[f"{one.list}.{one.merge_by}"] = None
        elif isinstance(one, LprRate):
            found.update(dict.fromkeys((f"{one.list}.start", *([f"{one.list}.end"] if one.term is None else []))))
        elif isinstance(one, Interest):
            found.update(dict.fromkeys(f"{one.list}.{f}" for f in ("principal", "start", "end")))
        for below in children(one):
            visit(below)

    visit(node)
    return list(found)
