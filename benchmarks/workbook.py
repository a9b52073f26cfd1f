"""Cents of a workbook against whole-number arithmetic: python benchmarks/workbook.py [cases].

Loans are random, up to 1000亿元; of each three, one draws interest of whole fen and one of a whole number less the least part of a
fen its denominator allows. LibreOffice computes all formulas from nothing; every figure must be the same fen.
"""

import csv
import datetime as dt
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from calc import load_catalog
from calc.engines.formulas import formula as f
from calc.engines.formulas.machine import Translator
from calc.language import core
from calc.rates.interest import step_years
from calc.report.xlsx.book import Book
from calc.report.xlsx.estimate import fields_used, save
from calc.report.xlsx.lists import ListSheet
from calc.store.store import Store

MOST = 10**13  # fen
SHARES = ("100%", "50%", "30%", "70%", "12.5%")
OFFICE = shutil.which("soffice") or shutil.which("libreoffice") or "soffice"
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


def interest_in(node: Any) -> core.Interest | None:
    """The first interest within a formula."""
    if isinstance(node, core.Interest):
        return node
    return next((found for child in core.children(node) if (found := interest_in(child)) is not None), None)


def loan(catalog: Store, chance: random.Random, kind: int, share: Fraction) -> tuple[dict[str, Any], int]:
    """A loan and the fen its interest of two years comes to, days over 360, at the lower of its rate and the LPR."""
    start = dt.date(2021, 1, 1) + dt.timedelta(chance.randrange(1200))
    end = start + dt.timedelta(chance.randrange(30, 3000))
    rate = Fraction(chance.randrange(10**4, 8 * 10**4), 10**6) if chance.random() < 0.5 else Fraction(chance.randrange(100, 800), 10**4)
    lpr = catalog.lpr.at(start, "5Y" if end >= step_years(start, 5) else "1Y")
    assert lpr is not None
    per_fen = min(rate, Fraction(lpr)) * (min(end, step_years(start, 2)) - start).days * share / 360
    principal = chance.randrange(10**6, 10 ** chance.randrange(7, 14))
    if kind:
        least = -pow(per_fen.numerator, -1, per_fen.denominator) % per_fen.denominator if kind == 1 and per_fen.denominator > 1 else 0
        principal = principal // per_fen.denominator * per_fen.denominator + least or per_fen.denominator
        principal = min(principal, MOST)
    amount = principal * per_fen
    return {"principal": f"{principal // 100}.{principal % 100:02d}", "rate": f"{float(rate * 100):.4f}%", "start": start, "end": end}, amount.__floor__()


def table(path: Path, catalog: Store, loans: list[dict[str, Any]], share: Fraction) -> tuple[str, int]:
    """A workbook with the subsidy of each loan, without values beside its formulas; gives the sheet and column of the fen."""
    values = catalog.read({"loans": loans})
    scheme = catalog.scheme("1.01-old-factory-renovation")
    node = next(found for b in scheme.benefits if b.amount is not None and (found := interest_in(b.amount)) is not None)
    amount = core.Arith("*", core.Lit(share, core.PERCENT), node, core.MONEY)
    told: list[Any] = []

    def fill(file: Any) -> None:
        book = Book(file, catalog.facts, catalog.lpr, values)
        fields = fields_used(catalog.facts["loans"], scheme.facts, values["loans"])
        book.lists["loans"] = ListSheet(book, catalog.facts["loans"], values["loans"], fields)
        cents = book.table("loans", "")
        made = Translator(book)
        vals = [line.put("", "", made.loose_value(amount, line, line)) for line in cents.lines()]
        at = cents.used
        cents.column("", lambda i: f.floor_over(vals[i].ex, f.number(vals[i].scale // 100)))
        told.extend((cents.sheet.name, at))

    save(path.with_suffix(".whole"), fill)
    with zipfile.ZipFile(path.with_suffix(".whole")) as book, zipfile.ZipFile(path, "w") as out:
        for name in book.namelist():
            part = book.read(name)
            out.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f>", part) if name.startswith("xl/worksheets/sheet") else part)
    return told[0], told[1]


def apart(cases: int, seed: int = 1, shares: tuple[str, ...] = SHARES) -> list[tuple[dict[str, Any], int, str]]:
    """The loans whose fen differ between LibreOffice and whole numbers: loan, fen by whole numbers, what the sheet says."""
    catalog = load_catalog()
    chance = random.Random(seed)
    wrong = []
    with tempfile.TemporaryDirectory() as place:
        for number, said in enumerate(shares):
            share = Fraction(said.rstrip("%")) / 100
            wanted = [loan(catalog, chance, k % 3, share) for k in range(-(-cases // len(shares)))]
            path = Path(place) / f"part{number}.xlsx"
            sheet, column = table(path, catalog, [one for one, _ in wanted], share)
            command = [OFFICE, f"-env:UserInstallation={(Path(place) / 'profile').as_uri()}", "--headless", "--convert-to", ALL_SHEETS]
            subprocess.run([*command, "--outdir", place, str(path)], capture_output=True, check=True)
            rows = list(csv.reader((Path(place) / f"{path.stem}-{sheet}.csv").read_text(encoding="utf-8").splitlines()))[4:]
            told = {row[0]: row[column] for row in rows if len(row) > column}
            wrong += [(one, fen, told[str(k)]) for k, (one, fen) in enumerate(wanted, 1) if told[str(k)] != str(fen)]
    return wrong


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    started = time.perf_counter()
    wrong = apart(cases)
    for one, fen, told in wrong[:10]:
        print(one, fen, told)
    print(f"{cases:,} loans recalculated, {len(wrong)} apart, in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
