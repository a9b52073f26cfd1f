"""The sheet of sums in the workbook of a batch: formulas over its rows, so that whoever filters or corrects them sees it follow."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calc.batch.best import BEST
from calc.engines.formulas.formula import letters
from calc.messages import text

if TYPE_CHECKING:
    import pyarrow as pa

LIVE_ROWS = 100_000  # beyond, hundreds of sums over all rows would keep a spreadsheet busy on every change
COUNTED = ("eligible", "conditional")
SIDES = ("before", "after", "difference")
LONG = ("scheme", "benefit", "status", "amount")


class Sums:
    """Sums what is written row by row: by scheme and benefit where each row is a benefit, by scheme where each is a project, before
    and after where it is the rows of a reform."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.long = all(name in names for name in LONG)
        self.wide = [n for n in names if f"{n}.status" in names or n == BEST] if not self.long else []
        self.amounts: Counter[tuple[str, ...]] = Counter()
        self.rows: Counter[tuple[str, ...]] = Counter()
        self.sides = all(name in names for name in SIDES)

    def add(self, table: pa.Table) -> None:
        """More rows."""
        import pyarrow.compute as pc

        for name in SIDES if self.sides else ():
            self.amounts[name,] += pc.sum(table[name]).as_py() or 0
        if self.sides:
            self.rows[">",] += pc.sum(pc.greater(table["difference"], 0)).as_py() or 0
            self.rows["<",] += pc.sum(pc.less(table["difference"], 0)).as_py() or 0
        if self.long:
            found = table.select(LONG).group_by(["scheme", "benefit", "status"]).aggregate([("amount", "sum"), ("status", "count")])
            for row in found.to_pylist():
                key = (row["scheme"], row["benefit"], row["status"])
                self.amounts[key] += row["amount_sum"] or 0
                self.rows[key] += row["status_count"]
        for name in self.wide:
            self.amounts[name,] += pc.sum(table[name]).as_py() or 0
            if name == BEST:
                self.rows[name, ""] += table.num_rows
                continue
            for entry in pc.value_counts(table[f"{name}.status"]).to_pylist():
                self.rows[name, entry["values"]] += entry["counts"]

    def write(self, book: Any, sheet: str, last: int) -> None:
        """The sheet of sums over the rows 2 to ``last`` of ``sheet``."""
        if not self.long and not self.wide and not self.sides:
            return
        live = last <= LIVE_ROWS
        plain = {"font_name": "等线", "font_size": 11}
        head = book.add_format({**plain, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "text_wrap": True})
        words, money, count = (book.add_format({**plain, **form}) for form in ({}, {"num_format": "#,##0.00"}, {"num_format": "#,##0"}))
        page = book.add_worksheet(text("xlsx.sheet.sums"))
        page.write_string(0, 0, text("xlsx.sums.live" if live else "xlsx.sums.fixed", rows=f"{LIVE_ROWS:,}"), words)
        if self.sides:
            self._write_sides(page, sheet, max(2, last), live, (head, words, money, count))
            return
        names = ["scheme", *(["benefit"] if self.long else []), "rows", *(f"{s}.rows" for s in COUNTED)]
        names += [f"{s}.amount" for s in COUNTED] if self.long else ["total"]
        for column, name in enumerate(names):
            page.write_string(2, column, text(f"xlsx.sums.{name}"), head)
        page.set_column(0, len(names) - 3, 30)
        page.set_column(len(names) - 2, len(names) - 1, 24)
        keys = list(dict.fromkeys(key[:2] for key in self.rows)) if self.long else [(name,) for name in self.wide]

        def span(name: str) -> str:
            column = letters(self.names.index(name))
            return f"'{sheet}'!${column}$2:${column}${max(2, last)}"

        for row, key in enumerate(keys, 3):
            cells = self._long_cells(key, row, span) if self.long else self._wide_cells(key[0], span)
            for column, said in enumerate(key):
                page.write_string(row, column, said, words)
            for column, (formula, value) in enumerate(cells, len(key)):
                if not formula:
                    continue
                form = money if isinstance(value, Decimal) else count
                if live:
                    page.write_formula(row, column, formula, form, float(value))
                else:
                    page.write_number(row, column, float(value), form)
        page.freeze_panes(3, 1)

    def _write_sides(self, page: Any, sheet: str, last: int, live: bool, forms: tuple[Any, Any, Any, Any]) -> None:
        """Before, after, difference, and how many gain and lose."""
        head, _, money, count = forms
        cells: list[tuple[str, str, Any, Any]] = []
        for name in SIDES:
            column = letters(self.names.index(name))
            cells.append((text(f"reform.head.{name}"), f"=SUM('{sheet}'!${column}$2:${column}${last})", self.amounts[name,], money))
        for sign, name in ((">", "winners"), ("<", "losers")):
            column = letters(self.names.index("difference"))
            cells.append((text(f"reform.head.{name}"), f"=COUNTIF('{sheet}'!${column}$2:${column}${last},\"{sign}0\")", self.rows[sign,], count))
        page.set_column(0, len(cells) - 1, 24)
        for place, (name, formula, value, form) in enumerate(cells):
            page.write_string(2, place, name, head)
            if live:
                page.write_formula(3, place, formula, form, float(value))
            else:
                page.write_number(3, place, float(value), form)

    def _long_cells(self, key: tuple[str, ...], row: int, span: Any) -> list[tuple[str, Any]]:
        tests = f'{span("scheme")},$A${row + 1},{span("benefit")},$B${row + 1}'
        cells: list[tuple[str, Any]] = [(f"=COUNTIFS({tests})", sum(n for k, n in self.rows.items() if k[:2] == key))]
        cells += [(f'=COUNTIFS({tests},{span("status")},"{s}")', self.rows[*key, s]) for s in COUNTED]
        return cells + [(f'=SUMIFS({span("amount")},{tests},{span("status")},"{s}")', Decimal(self.amounts[*key, s])) for s in COUNTED]

    def _wide_cells(self, name: str, span: Any) -> list[tuple[str, Any]]:
        total = f"=SUM({span(name)})", Decimal(self.amounts[name,])
        if name == BEST:
            return [(f"=COUNT({span(name)})", self.rows[name, ""]), *[("", None)] * len(COUNTED), total]
        status = span(f"{name}.status")
        cells: list[tuple[str, Any]] = [(f"=COUNTA({status})", sum(n for k, n in self.rows.items() if k[0] == name))]
        cells += [(f'=COUNTIF({status},"{s}")', self.rows[name, s]) for s in COUNTED]
        return [*cells, total]
