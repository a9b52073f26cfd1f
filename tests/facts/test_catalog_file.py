"""What a folder says of itself: its currency, units of its own, compound units; nothing is tied to 元."""

from __future__ import annotations

from pathlib import Path

import pytest

from calc import Catalog, InputError, load_catalog
from calc.errors import SchemeError
from calc.messages import text, use
from tests.command import run
from tests.three import held, scheme_of

FACTS = """
[units]
kwh = "千瓦时"

[cost]
type = "money"
label = "费用"
label_en = "Cost"

[saved]
type = "kwh"
label = "节电量"
label_en = "Electricity saved"

[rent]
type = "money"
per = "平方米/月"
label = "租金单价"
label_en = "Rent"

[area]
type = "area"
label = "面积"

[term]
type = "months"
label = "租期"

[rooms]
type = "list"
label = "房间"
[rooms.fields]
saved = { type = "kwh", label = "节电" }
"""


def folder(path: Path, body: str, catalog: str = "", facts: str = FACTS) -> Catalog:
    (path / "facts.toml").write_text(facts, encoding="utf-8")
    (path / "t1-test.toml").write_text(scheme_of(body), encoding="utf-8")
    if catalog:
        (path / "catalog.toml").write_text(catalog, encoding="utf-8")
    return load_catalog(path)


def one(catalog: Catalog, **facts: object) -> tuple[str, str | None]:
    [benefit] = catalog.estimate(facts, "t1").benefits
    return benefit.status, benefit.amount


def test_amounts_in_the_currency_of_the_folder(tmp_path: Path) -> None:
    body = 'when = ["cost >= 10,000 EUR"]\namount = { percent = "20%", of = "cost" }\nlimits = [{ at_most = "5万欧元", per = "project" }]'
    catalog = folder(tmp_path, body, 'currency = "EUR"\nname = "某国补助"')
    assert catalog.check() == []
    assert one(catalog, cost="€ 12,000.50") == ("eligible", "2400.10")
    assert one(catalog, cost="100万欧元") == one(catalog, cost="1,000,000 eur") == ("eligible", "50000.00")
    assert one(catalog, cost="9999.99") == ("ineligible", "0.00")
    with pytest.raises(InputError, match="欧元"):
        one(catalog, cost="5万元")
    held(catalog, "t1-test", [{"cost": "12000 EUR"}, {"cost": "1"}, {}], tmp_path)
    use("en")
    try:
        assert text("accepted.money") == "an amount such as 50,000,000 EUR, 150,000,000 EUR or EUR 12,345.67; a plain number is EUR; not negative"
    finally:
        use("zh")
    load_catalog()
    assert text("accepted.money").startswith("金额，如 5000万元")
    assert one(catalog, cost="12000欧元")[0] == "eligible", "the folder asked is the one whose currency counts"
    load_catalog().read({})


def test_every_page_names_the_currency(tmp_path: Path) -> None:
    folder(tmp_path, 'amount = { percent = "20%", of = "cost" }\nlimits = [{ at_most = "5万欧元", per = "project" }]', 'currency = "EUR"')
    project = tmp_path / "p.toml"
    project.write_text('[facts]\ncost = "40万欧元"\n', encoding="utf-8")
    where = ["--schemes", str(tmp_path)]
    for language in ("zh", "en"):
        for command in (["list"], ["show", "t1"], ["estimate", str(project), "-s", "t1"], ["match", str(project)]):
            done = run([*command, *where, "--lang", language])
            assert done.code == 0 and "元" not in done.out.replace("欧元", ""), (command, done.out)
            assert ("欧元" if language == "zh" else "EUR") in done.out, (command, done.out)
    page = tmp_path / "p.html"
    assert run(["estimate", str(project), "-s", "t1", *where, "--format", "html", "-o", str(page)]).code == 0
    said = page.read_text(encoding="utf-8")
    assert "元" not in said.replace("欧元", "") and "50,000.00" in said
    load_catalog()


def test_units_of_ones_own(tmp_path: Path) -> None:
    body = 'when = ["saved >= 1万千瓦时"]\namount = { per_unit = "0.3元/千瓦时", quantity = "saved" }\nlimits = [{ at_most = "50万元", per = "project" }]'
    catalog = folder(tmp_path, body)
    assert catalog.check() == []
    assert one(catalog, saved="10000千瓦时") == one(catalog, saved=10000) == one(catalog, saved="1万") == ("eligible", "3000.00")
    assert one(catalog, saved="9999.9千瓦时") == ("ineligible", "0.00")
    with pytest.raises(InputError, match="千瓦时"):
        one(catalog, saved="10吨")
    held(catalog, "t1-test", [{"saved": 10000}, {"saved": "2万千瓦时"}, {"saved": 1}, {}], tmp_path)
    table = tmp_path / "in.csv"
    table.write_text("节电量（千瓦时）\n20000\n", encoding="utf-8")
    assert run(["batch", str(table), "--schemes", str(tmp_path), "-o", str(tmp_path / "out.csv")]).code == 0
    assert "6000.00" in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_compound_units(tmp_path: Path) -> None:
    catalog = folder(tmp_path, 'amount = { percent = "50%", of = "min(rent, 60元/平方米/月) * area * term" }')
    assert catalog.check() == []
    given = {"area": "100平方米", "term": "12个月"}
    assert one(catalog, rent="50元/平方米/月", **given) == one(catalog, rent=50, **given) == ("eligible", "30000.00")
    assert one(catalog, rent="80元", **given) == ("eligible", "36000.00")
    with pytest.raises(InputError):
        one(catalog, rent="50元/亩/年", **given)
    held(catalog, "t1-test", [{"rent": 50, **given}, {"rent": "80元/平方米/月", **given}, given], tmp_path)
    assert "平方米/月" in run(["show", "t1", "--schemes", str(tmp_path)]).out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('currency = "EURO"', "EUR"),
        ('curency = "EUR"', "currency"),
        ('basis = "364"', "30/360"),
        ('index = "EURIBOR"', r"rates/EURIBOR\.toml"),
        ('[units]\nkwh = "千瓦时"', r"facts\.toml"),
        ("parts = 3", "parts"),
        ('currency = "EUR', "catalog"),
    ],
)
def test_what_a_folder_may_not_say(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(SchemeError, match=said):
        folder(tmp_path, 'amount = "1元"', content)
    done = run(["check", "--schemes", str(tmp_path)])
    assert done.code != 0 and "catalog.toml" in done.out + done.err


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ('[units]\nkwh = "元"\n', "units.kwh"),
        ('[x]\ntype = "kwhh"\nlabel = "甲"\n', "kwhh"),
        ('[x]\ntype = "money"\nper = "平米年"\nlabel = "甲"\n', "per"),
        ('[x]\ntype = "date"\nper = "年"\nlabel = "甲"\n', "per"),
    ],
)
def test_units_that_cannot_be(tmp_path: Path, facts: str, said: str) -> None:
    with pytest.raises(SchemeError, match=said):
        folder(tmp_path, 'amount = "1元"', facts=facts)


def test_a_currency_that_is_not_the_folders(tmp_path: Path) -> None:
    catalog = folder(tmp_path, 'amount = "5万元"', 'currency = "SGD"')
    assert "新加坡元" in str(catalog.check()[0])
    load_catalog()


