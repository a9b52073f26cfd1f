"""Units of money as tables in English, and in other currencies, state them: applied, or refused; never a thousand times too little."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from calc import InputError, load_catalog
from calc.errors import FileProblem
from calc.facts.scales import money_unit
from calc.questions.fill.formats import form_of
from tests.command import run
from tests.three import scheme_of

FACTS = '[investment]\ntype = "money"\nlabel = "投资额"\nlabel_en = "Investment"\n'


def folder(path: Path, currency: str) -> Path:
    (path / "facts.toml").write_text(FACTS, encoding="utf-8")
    (path / "t1-test.toml").write_text(scheme_of('amount = { percent = "50%", of = "investment" }\n'), encoding="utf-8")
    (path / "catalog.toml").write_text(f'name = "某地补助"\nname_en = "Grants of a place"\ncurrency = "{currency}"\n', encoding="utf-8")
    return path


def paid(path: Path, currency: str, table: str) -> str:
    catalog = load_catalog(folder(path, currency))
    (path / "in.csv").write_text(table, encoding="utf-8")
    catalog.batch(path / "in.csv", path / "out.csv")
    with (path / "out.csv").open(encoding="utf-8-sig") as file:
        return next(csv.DictReader(file))["amount"]


# 12 of the unit, half of which is paid
@pytest.mark.parametrize(
    ("currency", "unit", "amount"),
    [
        ("SGD", "SGD", "6.00"),
        ("SGD", "SGD thousand", "6000.00"),
        ("SGD", "thousands of SGD", "6000.00"),
        ("SGD", "S$'000", "6000.00"),
        ("SGD", "S$ million", "6000000.00"),
        ("SGD", "SGD 10,000", "60000.00"),
        ("SGD", "万新加坡元", "60000.00"),
        ("SGD", "SGD, net of GST", "6.00"),
        ("EUR", "k€", "6000.00"),
        ("EUR", "€ million", "6000000.00"),
        ("EUR", "EUR bn", "6000000000.00"),
        ("INR", "₹ crore", "60000000.00"),
        ("JPY", "million yen", "6000000.00"),
        ("CNY", "RMB million", "6000000.00"),
        ("CNY", "thousand yuan", "6000.00"),
        ("CNY", "million", "6000000.00"),
        ("CNY", "百万元", "6000000.00"),
    ],
)
def test_a_unit_in_a_header_or_title_is_applied(tmp_path: Path, currency: str, unit: str, amount: str) -> None:
    assert paid(tmp_path, currency, f'"Investment ({unit})"\n12\n') == amount
    assert paid(tmp_path, currency, f'"Unit: {unit}"\nInvestment\n12\n') == amount
    assert paid(tmp_path, currency, f'"investment ({unit})"\n12\n') == amount, "an id before the brackets"


@pytest.mark.parametrize(
    ("currency", "unit"), [("SGD", "USD"), ("SGD", "万元"), ("SGD", "THB million"), ("SGD", "SGD dozen"), ("CNY", "S$ million"), ("EUR", "£")]
)
def test_a_unit_of_another_currency_is_refused_by_name(tmp_path: Path, currency: str, unit: str) -> None:
    with pytest.raises((InputError, FileProblem), match="单位") as refused:
        paid(tmp_path, currency, f"Investment ({unit})\n12\n")
    assert unit.rsplit(maxsplit=1)[-1] in str(refused.value) or money_unit(unit) in str(refused.value)
    with pytest.raises((InputError, FileProblem), match="单位"):
        paid(tmp_path, currency, f"Unit: {unit}\nInvestment\n12\n")


def test_formats_of_cells_in_any_currency() -> None:
    said = {code: form_of(code, 12).unit for code in ('"S$"#,##0', '[$₹-409]#,##0', '#,##0"万新加坡元"', '"NT$"0', '"￥"#,##0', '"CHF"0')}
    assert list(said.values()) == ["新加坡元", "印度卢比", "万新加坡元", "新台币", "", "瑞士法郎"]


def test_the_folder_is_named(tmp_path: Path) -> None:
    where = ["--schemes", str(folder(tmp_path, "SGD"))]
    for language, name in (("zh", "某地补助"), ("en", "Grants of a place")):
        for command in ("doctor", "list"):
            assert name in run([command, *where, "--lang", language]).out, (command, language)
    load_catalog()
