"""Totals and statuses that come with the benefits are those computed from them; where a row is the explainer's they are computed afterwards."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

from calc import Catalog
from calc.batch.decimals import fitted
from calc.batch.engine import Columns, Results, slots, statuses
from calc.batch.figures import CHOSEN, COUNTED, STATUS, TOTAL, Figures
from calc.batch.ordered import AT
from calc.batch.values import Fractional
from calc.engines.statuses import CODE, ORDER

PARTS = (TOTAL, STATUS, CHOSEN, COUNTED)
MONEY = pa.decimal128(12, 2)
SUPPLIERS = pa.list_(pa.struct([("fulfilled_amount", MONEY), ("first_contract_date", pa.date32())]))
DAY = dt.date(2022, 3, 1)


def typed(catalog: Catalog, rows: int = 50) -> pa.Table:
    """Projects that differ, with facts of both schemes."""
    share = pa.decimal128(5, 4)
    return pa.table(
        {
            "fixed_asset_investment": pa.array([None if n % 11 == 0 else 1_000_000 * n for n in range(rows)], pa.int64()).cast(pa.decimal128(38, 0)),
            "introduced_industry": [next(iter(catalog.facts["introduced_industry"].values))] * rows,
            "occupancy_rate_one_year": pa.array(["0.69" if n % 5 == 0 else "0.85" for n in range(rows)]).cast(share),
            "energy_saving_rate": pa.array(["0.18"] * rows).cast(share),
            "renewable_capable": pa.array([n % 2 == 0 for n in range(rows)]),
            "suppliers": pa.array([[{"fulfilled_amount": Decimal(3_000_000 + n), "first_contract_date": DAY}] * (n % 3) for n in range(rows)], SUPPLIERS),
            "is_chain_leader": [True] * rows,
            "registered_in_beijing": [True] * rows,
            "_row": pa.array(range(1, rows + 1), pa.int64()),
        }
    )


@pytest.mark.parametrize("names", [("1.01", "g13"), ("1.02", "1.01"), ("1.01", "4.77", "g13")])
def test_what_comes_with_the_benefits_is_what_is_computed_from_them(catalog: Catalog, names: tuple[str, ...]) -> None:
    schemes = [catalog.scheme(catalog.find(name)) for name in names]
    chunk, all_ = typed(catalog), slots(schemes)
    figures = Figures(catalog, schemes, all_)
    told = Columns(catalog, all_, False).run(chunk, {}, figures.asked(PARTS))
    assert set(told.figures) >= {f"{TOTAL} {schemes[-1].id}", f"{STATUS} {schemes[-1].id}"}
    with_them, without_them = figures.of(chunk, told, PARTS), figures.of(chunk, Results(told.columns, same=told.same), PARTS)
    assert {name: column.to_pylist() for name, column in with_them.items()} == {name: column.to_pylist() for name, column in without_them.items()}
    assert len(set(with_them[f"{TOTAL} {schemes[-1].id}"].to_pylist())) > 2


def test_a_row_of_the_explainers_changes_its_scheme_only(catalog: Catalog) -> None:
    schemes = [catalog.scheme(catalog.find(name)) for name in ("1.01", "g13")]
    chunk, all_ = typed(catalog), slots(schemes)
    figures = Figures(catalog, schemes, all_)
    third = Fraction(10_000_000, 3)  # no decimal
    told = Columns(catalog, all_, False).run(chunk, {4: [Fractional(4, "fixed_asset_investment", third)]}, figures.asked(PARTS))
    assert f"{TOTAL} {schemes[0].id}" not in told.figures
    assert f"{TOTAL} {schemes[1].id}" in told.figures
    assert figures.of(chunk, told, PARTS)[f"{TOTAL} {schemes[0].id}"].to_pylist()[3] == 90_000_000  # fen: 30% of 3 million yuan
    odd = Columns(catalog, all_, False).run(chunk, {3: [Fractional(3, "fixed_asset_investment", third)]}, figures.asked(PARTS))
    assert figures.of(chunk, odd, PARTS)[f"{TOTAL} {schemes[0].id}"].to_pylist()[3] == 100_000_000  # 30% of a third of 10 million, in fen


def test_statuses_have_their_names_back() -> None:
    assert statuses(pa.array([4, 0, None, 3], pa.uint8())).to_pylist() == ["no-figure", "eligible", None, "ineligible"]
    assert [ORDER[code] for code in CODE.values()] == list(CODE)


@pytest.mark.parametrize("kind", [MONEY, pa.decimal128(38, 2), pa.decimal128(38, 4), pa.list_(pa.decimal128(38, 2))])
def test_a_column_keeps_its_values_in_another_type(kind: pa.DataType) -> None:
    values = ["-1.25", None, "9999999999.99", "0.00", "3.50"]
    column = pa.array(values).cast(MONEY).slice(1)
    wanted = column.to_pylist()
    if pa.types.is_list(kind):
        column, wanted = pa.array([wanted, None], pa.list_(MONEY)), [wanted, None]
    found = fitted(column, kind)
    assert found.type == kind
    found.validate(full=True)
    assert found.to_pylist() == wanted
    assert fitted(pa.chunked_array([column, column]), kind).to_pylist() == wanted * 2


def test_a_query_that_is_not_taken_is_told_as_such(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """And computed row by row, as is one in which a number overflows."""
    schemes = [catalog.scheme(catalog.find("g13"))]
    chunk, all_ = typed(catalog), slots(schemes)
    wanted = Columns(catalog, all_, False).run(chunk, {}).columns["a0"].to_pylist()
    for query, said in ((f"SELECT nothing, {AT} FROM {{}}", "nothing"), (f"SELECT CAST(10::HUGEINT ** 30 AS INTEGER) AS s0, {AT} FROM {{}}", "溢出")):
        engine = Columns(catalog, all_, False)
        monkeypatch.setattr(engine, "sql", lambda table, *_, query=query: query.format(table))
        assert engine.run(chunk, {}).columns["a0"].to_pylist() == wanted
        assert said in engine.reasons[0]
