"""The workbook of a payment list: A4 landscape, the header on every page, live subtotals by district and scheme, signature lines."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from calc.batch.payments import Payment, clause_name
from calc.characters import visible
from calc.engines.formulas.formula import letters
from calc.estimate.benefit import scheme_name
from calc.files import Patient, beside, put, telling
from calc.messages import text
from calc.units import capital, fen_text, grouped

if TYPE_CHECKING:
    from calc.batch.payments import Payments

FONT = "宋体"
MONEY = "#,##0.00_ "
DIGITS = 15  # that a spreadsheet keeps of a number
HEAD_ROW = 2
SIGNED = ("by", "checked", "finance", "head")
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"},
    "note": {"font_size": 9, "valign": "vcenter"},
    "head": {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1, "bg_color": "#EDEDED"},
    "text": {"text_wrap": True, "valign": "vcenter", "border": 1},
    "middle": {"text_wrap": True, "valign": "vcenter", "align": "center", "border": 1},
    "money": {"num_format": MONEY, "valign": "vcenter", "border": 1},
    "right": {"align": "right", "text_wrap": True, "valign": "vcenter", "border": 1},
    "sum": {"bold": True, "valign": "vcenter", "border": 1, "bg_color": "#F5F5F5", "text_wrap": True},
    "sum.money": {"bold": True, "num_format": MONEY, "valign": "vcenter", "border": 1, "bg_color": "#F5F5F5"},
    "sign": {"valign": "bottom"},
}


class PaymentSheet:
    """A list being written beside its place; ``keep`` moves it there, leaving without it leaves nothing."""

    def __init__(self, path: str, gathered: Payments, as_of: dt.date, sources: Sequence[tuple[str, str]], folder: Path) -> None:
        """``folder`` is for what is there while it is written."""
        import xlsxwriter

        self.path = path
        handle, self.temporary = beside(path)
        file = Patient(os.fdopen(handle, "wb"))
        try:
            self.book = xlsxwriter.Workbook(file, {"tmpdir": str(folder)})
            self.book.set_size(2400, 1600)
            self.styles = {key: self.book.add_format({"font_name": FONT, "font_size": 10, **form}) for key, form in STYLES.items()}
            self.gathered = gathered
            self.payments = gathered.sorted()
            self.sheet = self.book.add_worksheet(text("payments.sheet"))
            sums = self.book.add_worksheet(text("payments.sheet.sums"))
            self._columns()
            self._list(as_of)
            self._sums(sums)
            self._sources(self.book.add_worksheet(text("xlsx.sheet.sources")), sources)
            self.book.close()
            with telling(path):
                file.close()
            with open(self.temporary, "rb+") as done:
                os.fsync(done.fileno())
        except BaseException:
            self.temporary.unlink(missing_ok=True)
            raise

    def __enter__(self) -> PaymentSheet:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.temporary.unlink(missing_ok=True)

    def keep(self) -> None:
        """Moves the finished list to its place."""
        put(self.temporary, self.path)

    # ------------------------------------------------------------ the list

    def _columns(self) -> None:
        """The columns, in order: their heads, and how wide each must be (in characters) to show what it holds."""
        widest = max([_width(grouped(fen_text(sum(one.amount for one in self.payments)))), 12.0])
        wide_base = max([10.0, *(_width(grouped(one.base)) for one in self.payments if _is_money(one.base))])
        self.names = ["number", *(["applicant"] if self.gathered.applicant else []), "project", *(["district"] if self.gathered.district else [])]
        self.names += ["scheme", "clause", "base", "rate", "limit", "amount", "words"]
        widths = {
            "number": 5.0, "applicant": 16.0, "project": 16.0, "district": 8.0, "scheme": 20.0, "clause": 17.0, "base": wide_base + 2, "rate": 8.0,
            "limit": 11.0, "amount": widest + 3, "words": 22.0,
        }  # fmt: skip
        heads = [(text(f"payments.head.{name}"), widths[name]) for name in self.names]
        if self.gathered.district:
            place = self.names.index("district")
            heads[place] = (self.gathered.district, widths["district"])
        for place, name in enumerate(self.gathered.carried):
            longest = max([_width(name), *(_width(one.carried[place]) for one in self.payments)], default=0.0)
            heads.append((name, min(max(longest + 2, 8.0), 24.0)))
        if any(one.note for one in self.payments):
            heads.append((text("payments.head.note"), 18.0))
        self.heads = heads
        self.amount = self.names.index("amount")

    def _list(self, as_of: dt.date) -> None:
        page, last = self.sheet, len(self.heads) - 1
        page.set_landscape()
        page.set_paper(9)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEAD_ROW)
        page.set_footer("&C" + text("payments.page"))
        page.freeze_panes(HEAD_ROW + 1, 0)
        for column, (_, width) in enumerate(self.heads):
            page.set_column(column, column, width)
        page.set_row(0, 30)
        page.merge_range(0, 0, 0, last, text("payments.title"), self.styles["title"])
        count = len({one.row for one in self.payments})
        said = text("payments.lead", day=as_of.isoformat(), projects=f"{count:,}", lines=f"{len(self.payments):,}")
        page.merge_range(1, 0, 1, last, said, self.styles["note"])
        page.set_row(HEAD_ROW, 30)
        for column, (head, _) in enumerate(self.heads):
            page.write_string(HEAD_ROW, column, visible(head), self.styles["head"])
        self.row = self.first = HEAD_ROW + 1
        number = 0
        for district, inside in groupby(self.payments, lambda one: one.district):
            begun, of_district = self.row, 0
            for _, same in groupby(inside, lambda one: one.slot.scheme.id):
                top, of_scheme = self.row, 0
                for one in same:
                    number += 1
                    self._line(number, one)
                    of_scheme += one.amount
                self._sum(text("payments.sum.scheme", scheme=scheme_name(one.slot.scheme)), top, of_scheme)
                of_district += of_scheme
            if self.gathered.district:
                self._sum(text("payments.sum.district", district=district or "—"), begun, of_district)
        self._sum(text("payments.sum.all"), self.first, sum(one.amount for one in self.payments))
        page.print_area(0, 0, self._signatures(last), last)

    def _line(self, number: int, one: Payment) -> None:
        """One payment."""
        page, styles = self.sheet, self.styles
        said = {
            "applicant": one.applicant, "project": one.project, "district": one.district, "scheme": scheme_name(one.slot.scheme),
            "clause": clause_name(one.slot), "rate": one.rate, "limit": one.limit, "words": capital(fen_text(one.amount)),
        }  # fmt: skip
        for column, name in enumerate(self.names):
            if name == "number":
                page.write_number(self.row, column, number, styles["middle"])
            elif name == "amount":
                self._money(column, one.amount, "money")
            elif name == "base" and _is_money(one.base):
                self._money(column, int(one.base.replace(".", "")), "money")
            elif name in ("base", "rate", "limit"):
                page.write_string(self.row, column, one.base if name == "base" else said[name], styles["right"])
            else:
                page.write_string(self.row, column, visible(said[name]), styles["text"])
        column = len(self.names)
        for value in one.carried:
            page.write_string(self.row, column, visible(value), styles["text"])
            column += 1
        if column < len(self.heads):
            page.write_string(self.row, column, visible(one.note), styles["text"])
        page.set_row(self.row, self._height({**said, "base": one.base}, one))
        self.row += 1

    def _height(self, said: dict[str, str], one: Payment) -> float:
        """How high a row must be for its longest text (points): not every program finds that by itself."""
        texts = [(said.get(name, ""), width) for name, (_, width) in zip(self.names, self.heads, strict=False)]
        texts += [(value, width) for value, (_, width) in zip([*one.carried, one.note], self.heads[len(self.names) :], strict=False)]
        lines = max(-(-_width(value) // max(1.0, width - 1.5)) for value, width in texts if value)
        return max(20.0, 13.5 * lines + 4)

    def _money(self, column: int, fen: int, style: str) -> None:
        """An amount: a number where a spreadsheet keeps all its digits, else a text."""
        if len(str(fen)) <= DIGITS:
            self.sheet.write_number(self.row, column, fen / 100, self.styles[style])
        else:
            self.sheet.write_string(self.row, column, grouped(fen_text(fen)), self.styles["right"])

    def _sum(self, label: str, top: int, fen: int) -> None:
        """A subtotal of the lines from ``top`` on (subtotals among them are passed over by the function itself)."""
        page, column = self.sheet, letters(self.amount)
        for place in range(len(self.heads)):
            page.write_blank(self.row, place, None, self.styles["sum"])
        page.merge_range(self.row, 0, self.row, self.amount - 1, visible(label), self.styles["sum"])
        if self.row > top:
            page.write_formula(self.row, self.amount, f"=SUBTOTAL(9,{column}{top + 1}:{column}{self.row})", self.styles["sum.money"], fen / 100)
        else:
            page.write_number(self.row, self.amount, 0, self.styles["sum.money"])
        page.write_string(self.row, self.amount + 1, capital(fen_text(fen)), self.styles["sum"])
        page.set_row(self.row, max(20.0, 13.5 * -(-_width(capital(fen_text(fen))) // 20) + 4))
        self.row += 1

    def _signatures(self, last: int) -> int:
        """The lines to sign on, and the last row of all."""
        self.sheet.merge_range(self.row, 0, self.row, last, text("payments.words.fixed"), self.styles["note"])
        row = self.row + 2
        self.sheet.set_row(row, 30)
        signs = "        ".join(text(f"payments.sign.{who}") + "＿＿＿＿＿＿＿＿" for who in SIGNED)
        self.sheet.merge_range(row, 0, row, last, signs, self.styles["sign"])
        self.sheet.set_row(row + 1, 30)
        self.sheet.merge_range(row + 1, 0, row + 1, last, text("payments.sign.date"), self.styles["sign"])
        return row + 1

    # ------------------------------------------------------------ beside it

    def _sums(self, page: Any) -> None:
        """Lines and amounts by district and scheme, as formulas over the list."""
        found: dict[tuple[str, str], list[int]] = {}
        for one in self.payments:
            sums = found.setdefault((one.district, scheme_name(one.slot.scheme)), [0, 0])
            sums[0] += 1
            sums[1] += one.amount
        heads = [*([self.gathered.district] if self.gathered.district else []), *(text(f"payments.head.{name}") for name in ("scheme", "lines", "amount"))]
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        for column, head in enumerate(heads):
            page.write_string(0, column, visible(head), self.styles["head"])
            page.set_column(column, column, (14, 44, 10, 24)[column + 4 - len(heads)])
        sheet, last = f"'{text('payments.sheet')}'", self.row
        span = {name: f"{sheet}!${letters(place)}${self.first + 1}:${letters(place)}${last}" for place, name in enumerate(self.names)}
        for row, ((district, scheme), (count, fen)) in enumerate(found.items(), 1):
            tests = f"{span['scheme']},{letters(len(heads) - 3)}{row + 1}"
            if self.gathered.district:
                page.write_string(row, 0, visible(district), self.styles["text"])
                tests += f',{span["district"]},' + (f"A{row + 1}" if district else '""')
            page.write_string(row, len(heads) - 3, scheme, self.styles["text"])
            page.write_formula(row, len(heads) - 2, f"=COUNTIFS({tests})", self.styles["middle"], count)
            page.write_formula(row, len(heads) - 1, f"=SUMIFS({span['amount']},{tests})", self.styles["money"], fen / 100)
        end = len(found) + 1
        for column in range(len(heads) - 2):
            page.write_string(end, column, text("payments.sum.all") if not column else "", self.styles["sum"])
        for column, (total, style) in enumerate(((len(self.payments), "sum"), (sum(one.amount for one in self.payments) / 100, "sum.money")), len(heads) - 2):
            page.write_formula(end, column, f"=SUM({letters(column)}2:{letters(column)}{end})" if found else "=0", self.styles[style], total)

    def _sources(self, page: Any, sources: Sequence[tuple[str, str]]) -> None:
        """What the list rests on."""
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_column(0, 0, 34)
        page.set_column(1, 1, 90)
        for row, (name, said) in enumerate(sources):
            page.write_string(row, 0, visible(name), self.styles["text"])
            page.write_string(row, 1, visible(said), self.styles["text"])


def _is_money(said: str) -> bool:
    whole, point, cents = said.partition(".")
    return bool(point) and whole.isdecimal() and len(cents) == 2


def _width(said: str) -> float:
    """How wide a text is, in characters of a figure's width."""
    return sum(2.0 if ord(sign) > 0x2E80 else 1.0 for sign in said)
