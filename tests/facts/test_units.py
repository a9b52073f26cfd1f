"""What people write and what it means: every type of value, both sides of what is accepted, and how values are printed."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc import Catalog, InputError
from calc.facts.load import load_facts
from calc.units import BadValue, decimal_text, fen, fen_text, figure, grouped, money_words, parse_bool, parse_date, parse_number, value_text, wan

WRITTEN = [
    ("money", "5000万元", 50_000_000),
    ("money", "5000万", 50_000_000),
    ("money", "1.5亿元", 150_000_000),
    ("money", "1亿2000万元", 120_000_000),
    ("money", "￥12,345.67", Fraction(1234567, 100)),
    ("money", "¥12,345.67", Fraction(1234567, 100)),
    ("money", "人民币500元", 500),
    ("money", "12345.67元", Fraction(1234567, 100)),
    ("money", "１２３４５．６７元", Fraction(1234567, 100)),  # full-width
    ("money", "１．５亿元", 150_000_000),
    ("money", " 5 000 万元 ", 50_000_000),
    ("money", "+3万元", 30_000),
    ("money", "0", 0),
    ("money", "0.001元", Fraction(1, 1000)),  # finer than a fen, kept
    ("money", 12345, 12345),
    ("money", 0.1, Fraction(1, 10)),  # a float by its shortest decimal
    ("money", 1e21 / 1e6, 10**15),
    ("money", Decimal("1E+3"), 1000),
    ("money", "999999999999999999", 10**18 - 1),
    ("money", "壹佰万元整", 1_000_000),
    ("money", "人民币（大写）：壹亿贰仟万元整", 120_000_000),
    ("money", "伍拾元零叁分", Fraction(5003, 100)),
    ("money", "一百二十万零五百元", 1_200_500),
    ("money", "拾伍万元", 150_000),
    ("money", "5000万元整", 50_000_000),
    ("money", "1 234 567.5元", Fraction(2469135, 2)),
    ("usd", "500万美元", 5_000_000),
    ("usd", "$1,000", 1000),
    ("usd", "US$20", 20),
    ("usd", "USD 5万", 50_000),
    ("usd", "5000000USD", 5_000_000),
    ("percent", "3.85%", Fraction(385, 10_000)),
    ("percent", "3.85％", Fraction(385, 10_000)),
    ("percent", "0.1‰", Fraction(1, 10_000)),
    ("percent", "150%", Fraction(3, 2)),
    ("percent", 1, 1),
    ("percent", "0.85", Fraction(85, 100)),
    ("percent", 0.038, Fraction(38, 1000)),
    ("area", "30000平方米", 30_000),
    ("area", "3万㎡", 30_000),
    ("area", "3万m²", 30_000),
    ("area", "3公顷", 30_000),
    ("mu", "1.5亩", Fraction(3, 2)),
    ("tonne", "12吨", 12),
    ("tonne", "500公斤", Fraction(1, 2)),
    ("kg", "500公斤", 500),
    ("kg", "1.2吨", 1200),
    ("kg", "5KG", 5),
    ("months", "12个月", 12),
    ("months", "3年", 36),
    ("years", "3年", 3),
    ("years", "18个月", Fraction(3, 2)),
    ("years", "6个季度", Fraction(3, 2)),
    ("months", "2个季度", 6),
    ("number", "45周岁", 45),
    ("count", "12家", 12),
    ("count", "3万", 30_000),
    ("count", 7, 7),
    ("count", "7.0", 7),
    ("number", "2.5", Fraction(5, 2)),
]
REFUSED = [
    ("money", "很多"),
    ("money", "5000平方米"),
    ("money", "5000美元"),
    ("money", "30%"),
    ("money", "1,23,4元"),
    ("money", "1.2.3元"),
    ("money", "1e8"),
    ("money", "①5000万元"),  # a mark before the amount, no figure of it
    ("money", "5000²万元"),
    ("money", "½亿元"),
    ("money", "⑤万元"),
    ("money", "1 5000"),  # two numbers, or one with a slip
    ("money", "100\n200"),
    ("money", "١٢"),
    ("money", "一百二"),  # 102 or 120?
    ("money", "三万五"),
    ("money", "二〇二三"),
    ("money", "百元"),
    ("money", "无"),
    ("count", "③"),
    ("money", "1万2"),  # 12000 or 10002?
    ("money", "2000万1亿元"),
    ("money", "-1元"),
    ("money", "−1元"),
    ("money", "元"),
    ("money", True),
    ("money", None),
    ("money", ["1元"]),
    ("money", {}),
    ("money", dt.date(2023, 1, 1)),
    ("money", float("nan")),
    ("money", float("inf")),
    ("money", Decimal("NaN")),
    ("money", Decimal("Infinity")),
    ("money", 10**18),
    ("money", "1000000000000000000元"),
    ("money", Decimal("1e999999999")),  # would fill memory if it were written out
    ("money", Decimal("1e-999999999")),
    ("money", "9" * 5000),
    ("usd", "500万元"),
    ("percent", "85"),
    ("percent", 1.01),
    ("percent", "85元"),
    ("percent", "-5%"),
    ("area", "3亩"),
    ("area", "3吨"),
    ("mu", "3公顷"),
    ("tonne", "3升"),
    *((kind, written) for kind in ("count", "number") for written in ("3年", "18个月", "18月", "2周", "10天", "10日")),
    *((kind, written) for kind in ("years", "months") for written in ("10天", "52周", "365日", "3家")),  # no exact number of months
    ("months", "3天"),
    ("years", "三年"),
    ("count", "1.5"),
    ("count", 0.5),
    ("count", "-1"),
    ("count", "十家"),
    ("number", "3元"),
]


@pytest.mark.parametrize(("kind", "written", "value"), WRITTEN)
def test_what_is_read(kind: str, written: object, value: object) -> None:
    read = parse_number(kind, written)
    assert read == value
    assert isinstance(read, int) == (Fraction(value).denominator == 1)  # whole numbers are ints


@pytest.mark.parametrize(("kind", "written"), REFUSED)
def test_what_is_refused(kind: str, written: object) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_number(kind, written)
    assert refusal.value.accepted


def test_only_signed_facts_may_be_negative() -> None:
    assert parse_number("money", "-300万元", signed=True) == -3_000_000
    assert parse_number("percent", "−3.5%", signed=True) == Fraction(-35, 1000)
    assert parse_number("percent", -1, signed=True) == -1
    with pytest.raises(BadValue):
        parse_number("percent", -1.01, signed=True)


@pytest.mark.parametrize(("written", "offer"), [("85", "85%"), (3.8, "3.8%"), (Decimal("101.5"), "101.5%")])
def test_a_percentage_above_one_offers_its_form(written: object, offer: str) -> None:
    with pytest.raises(BadValue, match=offer):
        parse_number("percent", written)


@pytest.mark.parametrize(
    "written",
    ["2023-03-01", "2023-3-1", "2023/3/1", "2023.03.01", "2023年3月1日", "2023年03月01日", "２０２３－０３－０１", "20230301", "2023-03-01 00:00:00",
     "2023-03-01T00:00:00", "2023-03-01 09:30", "2023/3/1 23:59:59", "2023-03-01T9:30:00.5", dt.date(2023, 3, 1), dt.datetime(2023, 3, 1, 9, 30)],
)  # fmt: skip
def test_dates(written: object) -> None:
    assert parse_date(written) == dt.date(2023, 3, 1)


@pytest.mark.parametrize(
    "written",
    ["2023-02-30", "2023-02-29", "2023-13-01", "2023-03", "23-03-01", "1 Mar 2023", "2023-03-01 24:30", "2023-03-01 9", 20230301, True, "",
     "①2023-03-01", "2023年③月1日", "无", "2023-03-0 1"],
)  # fmt: skip
def test_no_dates(written: object) -> None:
    with pytest.raises(BadValue):
        parse_date(written)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2022-08-21T16:00:00Z", 22), ("2022-08-21T15:59:59Z", 21), ("2022-08-21 16:00:00+00:00", 22), ("2022-08-22T01:00:00+09:00", 22),
        ("2022-08-22T00:59:59.5+09:00", 21), (dt.datetime(2022, 8, 21, 16, tzinfo=dt.UTC), 22), (dt.datetime(2022, 8, 21, 23, 59), 21),
    ],
)  # fmt: skip
def test_a_moment_with_a_zone_is_the_day_in_beijing(written: object, day: int) -> None:
    assert parse_date(written) == dt.date(2022, 8, day)


def test_a_moment_beyond_all_days_is_refused() -> None:
    with pytest.raises(BadValue):
        parse_date("9999-12-31T23:00:00Z")


def test_29_february_only_in_leap_years() -> None:
    assert parse_date("2024年2月29日") == dt.date(2024, 2, 29)


@pytest.mark.parametrize("written", [True, "是", "true", "TRUE", "1", 1, 1.0, "有", " 是 ", "１"])
def test_yes(written: object) -> None:
    assert parse_bool(written) is True


@pytest.mark.parametrize("written", [False, "否", "false", "0", 0, 0.0])
def test_no(written: object) -> None:
    assert parse_bool(written) is False


@pytest.mark.parametrize("written", [2, "可能", "无", "①", "", 0.5, None, [], "-1"])
def test_neither_yes_nor_no(written: object) -> None:
    with pytest.raises(BadValue):
        parse_bool(written)


# ---------------------------------------------------------------- printing


def test_amounts_are_cut_never_rounded_up() -> None:
    assert fen(Fraction(1999, 1000)) == 199
    assert fen(Fraction(2, 3)) == 66
    assert fen_text(fen(Fraction(10**20 + 1, 3))) == "33333333333333333333.66"


def test_how_values_are_printed() -> None:
    assert fen_text(3_600_000_000) == "36000000.00"
    assert fen_text(5) == "0.05"
    assert wan(3_600_000_000) == "3,600万元"
    assert grouped("1234567.80") == "1,234,567.80"
    assert money_words(150_000_000) == "1.5亿元"
    assert money_words(12_345_678) == "12,345,678元"  # in 万元 it would take more than two decimals
    assert value_text("money", Fraction(1, 1000)) == "0.001"
    assert value_text("money", 5) == "5.00"
    assert value_text("percent", Fraction(85, 100)) == "85%"
    assert value_text("percent", Fraction(1, 10_000)) == "0.01%"
    assert value_text("date", dt.date(2023, 3, 1)) == "2023-03-01"
    assert value_text("bool", True) is True
    assert decimal_text(Fraction(1, 3)) == "0.333333333333"
    assert decimal_text(Fraction(-5, 2)) == "-2.5"


@given(st.integers(0, 10**17), st.sampled_from(["", "元"]))
@settings(max_examples=200)
def test_an_amount_printed_is_read_back(amount: int, unit: str) -> None:
    assert parse_number("money", fen_text(amount) + unit) == Fraction(amount, 100)
    assert parse_number("money", wan(amount)) == Fraction(amount, 100)
    assert parse_number("money", grouped(fen_text(amount)) + unit) == Fraction(amount, 100)


@given(st.decimals(0, 1, places=6))
@settings(max_examples=200)
def test_a_percentage_printed_is_read_back(share: Decimal) -> None:
    assert parse_number("percent", value_text("percent", Fraction(share))) == Fraction(share)
    assert parse_number("percent", float(share)) == Fraction(str(float(share)))


# ---------------------------------------------------------------- facts

NAMES = load_facts(
    {
        "land": {"type": "area", "label": "面积", "aliases": ["用地"]},
        "floor": {"type": "area", "label": "面积"},
        "kind": {"type": "enum", "label": "类别", "values": {"one": "第一类", "64": "“六四”类"}},
        "loans": {"type": "list", "label": "贷款", "fields": {"rate": {"type": "percent", "label": "利率"}, "paid": {"type": "money", "label": "利息"}}},
    }
)


def test_facts_go_by_id_label_or_alias() -> None:
    assert NAMES.read({"用地": "3公顷", "类别": "第一类"}) == {"land": 30_000, "kind": "one"}
    assert NAMES.read({" 用 地 ": 1}) == {"land": 1}
    assert NAMES.read({"贷款": [{"利率": "3%", "paid": ""}]}) == {"loans": [{"rate": Fraction(3, 100)}]}


def test_blank_means_not_given() -> None:
    assert NAMES.read({"land": "", "floor": None, "kind": "  "}) == {}
    assert NAMES.read({"loans": []}) == {"loans": []}  # but an empty list is a list
    for mark in ("—", "-", "/", "N/A", "n/a", " － ", "——", "／", float("nan")):
        assert NAMES.read({"land": mark, "kind": mark, "loans": mark}) == {}


@pytest.mark.parametrize("fact", ["land", "kind"])
def test_none_at_all_or_not_known_must_be_said(fact: str) -> None:
    with pytest.raises(InputError, match="不知道就留空"):
        NAMES.read({fact: "无"})


def test_a_shared_label_is_resolved_within_the_chosen_facts() -> None:
    assert NAMES.read({"面积": 1}, within=["floor"]) == {"floor": 1}
    for within in (None, ["land", "floor"], ["kind"]):
        with pytest.raises(InputError) as refusal:
            NAMES.read({"面积": 1}, within=within)
        assert refusal.value.nearest == ["land", "floor"]
        assert "land（面积）、floor（面积）" in str(refusal.value)


def test_durations_are_converted_where_exact_and_never_relabelled(catalog: Catalog) -> None:
    def read(fact: str, written: object) -> object:
        return catalog.facts.read({fact: written}).get(fact)

    assert read("construction_years", "18个月") == Fraction(3, 2)
    assert read("subsidy_months", "1年") == 12
    assert read("certified_products", [{"months_since_registration": "3年"}]) == [{"months_since_registration": 36}]
    assert read("leases", [{"years": "3年"}]) == [{"years": 3}]
    assert read("programme_days", "10天") == read("programme_days", 10) == 10
    assert read("application_year", "2023年") == 2023
    for fact, written in [
        ("leases", [{"years": "18个月"}]), ("leases", [{"years": "36个月"}]), ("programme_days", "2周"), ("programme_days", "1年"),
        ("consecutive_clean_years", "24个月"), ("construction_years", "400天"), ("subsidy_months", "10周"), ("employees_year_end", "3年"),
    ]:  # fmt: skip
        with pytest.raises(InputError):
            read(fact, written)


def test_categories_by_slug_or_label() -> None:
    for written in ("one", "ONE", "第一类", " 第一类 "):
        assert NAMES.read({"kind": written}) == {"kind": "one"}
    for written in (64, "64", "六四类", '"六四"类'):
        assert NAMES.read({"kind": written}) == {"kind": "64"}
    with pytest.raises(InputError) as refusal:
        NAMES.read({"kind": "第二类"})
    assert refusal.value.nearest == ["第一类"]


@pytest.mark.parametrize(
    ("given", "fact", "value"),
    [
        ({"land": 1, "用地": 2}, "用地", 2),
        ({"loans": {"rate": 1}}, "loans", {"rate": 1}),
        ({"loans": ["x"]}, "loans[1]", "x"),
        ({"loans": [{}, {"rate": "3"}]}, "loans[2].rate", "3"),
        ({"loans": [{"rate": 0, "利率": 0}]}, "loans[1].利率", 0),
        ({"loans": [{"rat": 0}]}, "loans[1].rat", 0),
    ],
)
def test_errors_name_fact_value_and_what_is_accepted(given: dict, fact: str, value: object) -> None:
    with pytest.raises(InputError) as refusal:
        NAMES.read(given)
    assert (refusal.value.fact, refusal.value.value) == (fact, value)
    assert refusal.value.accepted and fact in str(refusal.value)


def test_messages_stay_on_one_line_and_short() -> None:
    for value in ("a\nb\x1b[31m", "x" * 5000, 10**6000, [["y"] * 1000]):
        with pytest.raises(InputError) as refusal:
            NAMES.read({"land": value})
        assert len(str(refusal.value)) < 200 and str(refusal.value).isprintable()


def test_every_fact_reads_what_its_type_prints(catalog: Catalog) -> None:
    samples = {"date": dt.date(2024, 2, 29), "bool": True, "count": 3, "percent": Fraction(1, 8)}
    for id, fact in catalog.facts.by_id.items():
        if fact.type not in ("enum", "list", "set"):
            value = samples.get(fact.type, 7)
            assert catalog.facts.read({id: value_text(fact.type, value)})[id] == value
        for slug, label in fact.values.items():
            held = (slug,) if fact.type == "set" else slug
            assert catalog.facts.read({id: slug})[id] == catalog.facts.read({fact.id: label})[id] == held


def test_a_year_is_never_written_like_a_sum(catalog: Catalog) -> None:
    assert catalog.facts["application_year"].shown(2023) == "2023年"
    assert [figure(value) for value in ("2023", "20230", "2023.00", "-5000.5", "2023-01-01", "85%")] == [
        "2023", "20,230", "2,023.00", "-5,000.5", "2023-01-01", "85%",
    ]  # fmt: skip


def test_no_page_or_workbook_shows_a_year_like_a_sum(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from tests.command import run

    project = tmp_path / "p.toml"
    project.write_text('name = "x"\n[facts]\napplication_year = 2023\n', encoding="utf-8")
    for name in ("p.html", "p.xlsx"):
        assert run(["estimate", str(project), "-s", "3.04", "-o", str(tmp_path / name)]).code == 0
    assert "2023年" in (tmp_path / "p.html").read_text(encoding="utf-8") and "2,023" not in (tmp_path / "p.html").read_text(encoding="utf-8")
    cells = [cell for sheet in load_workbook(tmp_path / "p.xlsx") for row in sheet for cell in row if cell.value == 2023]
    assert cells and all(cell.number_format.endswith("General") and cell.number_format.startswith("[>=10000]") for cell in cells)
