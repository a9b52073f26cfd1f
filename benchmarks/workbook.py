"""Cents of a workbook against whole-number arithmetic: python benchmarks/workbook.py [cases [seed]].

Loans are random, up to 1000亿元; of each three, one draws interest of whole fen and one of a whole number less the least part of a
fen its denominator allows. As many cases are percentages, shares, averages, parts by days and other day counts. LibreOffice computes
all formulas from nothing; every figure must be the same fen.
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
from calc.engines.explain.machine import compile_node
from calc.engines.explain.values import Env, total
from calc.engines.formulas import formula as f
from calc.engines.formulas.division import settled
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


def repaid_early(chance: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    """A loan of which a part is repaid on some day before its end."""
    owed = int(row["principal"].replace(".", ""))
    part, days = chance.randrange(1, owed), chance.randrange(1, (row["end"] - row["start"]).days)
    moves = ((row["start"] + dt.timedelta(days), part), (row["end"], owed - part))
    return {**row, "repayments": [{"date": day, "amount": f"{fen // 100}.{fen % 100:02d}"} for day, fen in moves]}


def table(path: Path, catalog: Store, id: str, rows: list[dict[str, Any]], node: core.Node, used: set[str]) -> tuple[str, int]:
    """A workbook with what ``node`` comes to for each record of a list, cut to the fen, without values beside its formulas.

    Gives the sheet and column of the fen.
    """
    values = catalog.read({id: rows})
    told: list[Any] = []

    def fill(file: Any) -> None:
        book = Book(file, catalog.facts, catalog.lpr, values)
        book.lists[id] = ListSheet(book, catalog.facts[id], values[id], fields_used(catalog.facts[id], used, values[id]))
        cents = book.table(id, "")
        made = Translator(book)
        vals = [line.put("", "", settled(made.loose_value(node, line, line), line)) for line in cents.lines()]
        at = cents.used
        cents.column("", lambda i: f.floor_over(vals[i].ex, f.number(vals[i].scale // 100)))
        told.extend((cents.sheet.name, at))

    save(path.with_suffix(".whole"), fill)
    with zipfile.ZipFile(path.with_suffix(".whole")) as book, zipfile.ZipFile(path, "w") as out:
        for name in book.namelist():
            part = book.read(name)
            out.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f>", part) if name.startswith("xl/worksheets/sheet") else part)
    return told[0], told[1]


def recalculated(place: Path, books: dict[Path, tuple[str, int]]) -> list[dict[str, str]]:
    """What LibreOffice computes in a column of a sheet of each workbook, by the number of the record."""
    command = [OFFICE, f"-env:UserInstallation={(place / 'profile').as_uri()}", "--headless", "--convert-to", ALL_SHEETS]
    subprocess.run([*command, "--outdir", str(place), *map(str, books)], capture_output=True, check=True)
    found = []
    for path, (sheet, column) in books.items():
        rows = list(csv.reader((place / f"{path.stem}-{sheet}.csv").read_text(encoding="utf-8").splitlines()))[4:]
        found.append({row[0]: row[column] for row in rows if len(row) > column})
    return found


Apart = tuple[str, dict[str, Any], int, str]  # what is computed, of which record, its fen, what the sheet says


def apart(cases: int, seed: int = 1, shares: tuple[str, ...] = SHARES) -> list[Apart]:
    """Shares of the interest of loans whose fen differ between LibreOffice and whole numbers."""
    catalog = load_catalog()
    scheme = catalog.scheme("1.01-old-factory-renovation")
    node = next(found for b in scheme.benefits if b.amount is not None and (found := interest_in(b.amount)) is not None)
    chance = random.Random(seed)
    wanted, books = [], {}
    with tempfile.TemporaryDirectory() as place:
        for number, said in enumerate(shares):
            share = Fraction(said.rstrip("%")) / 100
            amount = core.Arith("*", core.Lit(share, core.PERCENT), node, core.MONEY)
            rows = [loan(catalog, chance, k % 3, share) for k in range(-(-cases // len(shares)))]
            run = compile_node(amount, catalog.facts)
            for k in range(0, len(rows), 4):  # every fourth is repaid in two parts
                repaid = repaid_early(chance, rows[k][0])
                (given,) = catalog.read({"loans": [repaid]})["loans"]
                rows[k] = repaid, fen_of(run, given, catalog)
            wanted.append(rows)
            path = Path(place) / f"part{number}.xlsx"
            books[path] = table(path, catalog, "loans", [one for one, _ in wanted[-1]], amount, set(scheme.facts))
        return [one for said, rows, told in zip(shares, wanted, recalculated(Path(place), books), strict=True) for one in different(said, rows, told)]


def different(said: str, wanted: list[tuple[dict[str, Any], int]], told: dict[str, str]) -> list[Apart]:
    """The records whose fen are not what a sheet says."""
    return [(said, row, fen, told[str(k)]) for k, (row, fen) in enumerate(wanted, 1) if told[str(k)] != str(fen)]


def parts_apart(cases: int, seed: int = 1, forms: tuple[str, ...] | None = None) -> list[Apart]:
    """The same for ``forms`` (all of ``FORMS``), against the explainer: percentages, shares, averages, parts by days, other day counts."""
    chance, forms = random.Random(seed), forms or FORMS
    wanted, books = [], {}
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "facts.toml").write_text(FACTS, encoding="utf-8")
        for number, said in enumerate(forms):
            (Path(place) / f"9.{number:02d}-form.toml").write_text(FORM.format(number=f"9.{number:02d}", said=said), encoding="utf-8")
        catalog = load_catalog(Path(place))
        for number in range(len(forms)):
            (benefit,) = catalog.scheme(f"9.{number:02d}-form").benefits
            assert benefit.amount is not None
            items = next(one for one in (benefit.amount, *core.children(benefit.amount)) if isinstance(one, core.Items))
            rows = [RECORDS[items.list](chance, k) for k in range(-(-cases // len(forms)))]
            run, read = compile_node(items.value, catalog.facts), catalog.read({items.list: rows})[items.list]
            wanted.append([(row, fen_of(run, given, catalog)) for row, given in zip(rows, read, strict=True)])
            path = Path(place) / f"form{number}.xlsx"
            books[path] = table(path, catalog, items.list, rows, items.value, {items.list, *core.facts_in(items)})
        return [one for said, rows, told in zip(forms, wanted, recalculated(Path(place), books), strict=True) for one in different(said, rows, told)]


def fen_of(run: Any, given: dict[str, Any], catalog: Store) -> int:
    """What a formula comes to for a record, cut to the fen."""
    env = Env({}, catalog.lpr)
    env.record = given
    return (Fraction(total(run(env))) * 100).__floor__()


def record(chance: random.Random, kind: int) -> dict[str, Any]:
    """A record of ``FACTS``; of each three one has round figures, so that parts of it are whole fen."""
    step = 10 ** chance.randrange(4, 9) if kind % 3 == 0 else 1
    amounts = [max(step, chance.randrange(1, 10 ** chance.randrange(5, 13)) // step * step) for _ in range(3)]
    first = dt.date(2021, 1, 1) + dt.timedelta(chance.randrange(1200))
    amounts[2] = max(amounts[1:])  # the whole, of which the company's own is a part
    return {
        **{name: f"{amount // 100}.{amount % 100:02d}" for name, amount in zip(("cost", "own", "whole"), amounts, strict=True)},
        "rate": f"{chance.randrange(1, 10**6) / 10**4:.4f}%" if kind % 2 else f"{chance.randrange(1, 100)}%",
        "area": str(Fraction(chance.randrange(1, 10**6), 100).__float__()),
        "persons": chance.randrange(1, 1000),
        "first": first,
        "last": first + dt.timedelta(chance.randrange(1, 1000)),
        "months_held": chance.randrange(1, 36),
    }


def lent(chance: random.Random, kind: int) -> dict[str, Any]:
    """A loan, every other one repaid in two parts."""
    start, fen = dt.date(2021, 1, 1) + dt.timedelta(chance.randrange(1500)), chance.randrange(10**6, 10 ** chance.randrange(7, 13))
    row: dict[str, Any] = {"principal": f"{fen // 100}.{fen % 100:02d}", "rate": f"{chance.randrange(10**4, 8 * 10**4) / 10**4:.4f}%"}
    row.update(start=start, end=start + dt.timedelta(chance.randrange(30, 1500)))
    return repaid_early(chance, row) if kind % 2 else row


AMOUNTS = (
    "rate * cost",
    "33.33% * cost + 12.345% * own",
    "1/3 * cost + 1/7 * own",
    "(cost + own + whole) / 3",
    "cost / persons",
    "cost * days(first, last) / 365天",
    "rate * cost * days(first, last) / 360天",
    "cost * min(months_held, 12个月) / 12个月",
    "cost * (500平方米 / area)",
    "cost * min(500平方米 / area, 1)",
    "cost * (own / whole)",
    "cost * rate * (own / whole)",
    "min(rate * cost, own / 3, whole)",
    "max(0元, rate * cost - own / 7)",
)
CHOICES = (
    """cases = [
        { when = "own / whole >= 50%", amount = "cost * (own / whole)" },
        { when = "min(own / cost, 50%) < rate", percent = "rate", of = "cost" },
        { otherwise = "cost * max(1 - own / whole, 10%)" } ]""",
    """percent = { cases = [{ when = "months_held >= 12个月", value = "rate" }, { otherwise = "rate / 3" }] },
        of = "min(cost / 7, own)", at_most = "whole / 11" """,
)
COUNTS = ("basis = 365", 'basis = "30/360"', 'per = "month"', 'per = "quarter"', 'per = "quarter", basis = 365')
REQUIRE = '["persons > 0", "area > 0平方米", "whole > 0元", "cost > 0元", "own <= whole"]'
FORMS = (
    *(f'{{ each = "works", require = {REQUIRE}, amount = "{one}" }}' for one in AMOUNTS),
    *(f'{{ each = "works", require = {REQUIRE}, {one} }}' for one in CHOICES),
    *(f'{{ interest_on = "loans", rate = "actual", years = 3, {one} }}' for one in COUNTS),
    '{ interest_on = "loans", rate = "max(0%, min(LPR, actual) - actual / 7)", years = 3, repriced = "year" }',
)
TYPES = {"money": "cost own whole", "percent": "rate", "area": "area", "count": "persons", "date": "first last", "months": "months_held"}
FACTS = '[works]\ntype = "list"\nlabel = "例"\n' + "".join(
    f'[works.fields.{name}]\ntype = "{kind}"\nlabel = "{name}"\n' for kind, names in TYPES.items() for name in names.split()
) + """
[loans]
type = "list"
label = "贷款"
[loans.fields]
principal = { type = "money", label = "本金" }
rate = { type = "percent", label = "利率" }
start = { type = "date", label = "放款日" }
end = { type = "date", label = "到期日" }
[loans.fields.repayments]
type = "list"
label = "还款"
[loans.fields.repayments.fields]
date = { type = "date", label = "日期" }
amount = { type = "money", label = "金额" }
"""
RECORDS = {"works": record, "loans": lent}
FORM = """id = "{number}-form"
title = "例"
[source]
card = "{number}"
document = "例"
authority = "例"
[[benefits]]
id = "amount"
label = "例"
clause = "一"
nature = "ceiling"
support = "grant"
amount = {said}
"""


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for what, found in (("loans", apart), ("parts of amounts", parts_apart)):
        started = time.perf_counter()
        wrong = found(cases // 2, seed)
        for one in wrong[:10]:
            print(*one)
        print(f"{cases // 2:,} {what} recalculated, {len(wrong)} apart, in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
