"""Long tables on a screen: as wide as there is room, nothing cut, and no slower than other forms."""

import io
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc import Catalog
from calc.report import whatif as report
from calc.report.lines import Column, SheetOfLines, bar
from calc.report.screen import columns
from tests.command import ROOT

HEADS = ["金额", "Amount (元)", "条款与原因"]


def sheet(rows: list[tuple[str, str, str]]) -> SheetOfLines:
    made = []
    for place, (head, cells) in enumerate(zip(HEADS, zip(*rows, strict=True), strict=True)):
        longest = max(map(columns, (head, *(line for cell in cells for line in cell.split("\n")))))
        made.append(Column(head, cells, place == 1, longest if place == 1 else min(10, longest), longest))
    return SheetOfLines("标题", made)


CELLS = st.tuples(st.text("甲乙丙 abc，）\n"), st.integers(0, 10**12).map(lambda n: f"{n:,}.00"), st.text("服务内容1（2）、"))


@given(st.lists(CELLS, min_size=1), st.integers(40, 120))
def test_lines_fit_and_nothing_is_cut(rows: list[tuple[str, str, str]], width: int) -> None:
    made = sheet(rows)
    lines = list(made.lines(width, False))
    assert max(map(columns, lines)) <= max(width, made.least)
    said = sorted("".join(lines[lines.index(next(line for line in lines if "──" in line)) + 1 :]).replace(" ", ""))
    assert said == sorted("".join("".join(cell.split()) for row in rows for cell in row))
    assert all(any(figure in line for line in lines) for _, figure, _ in rows)


def test_what_is_too_long_folds_the_widest_first() -> None:
    lines = list(sheet([("甲" * 10, "1.00", "条款" * 30)]).lines(60, False))
    assert "甲" * 10 in lines[4] and all(columns(line) <= 60 for line in lines)
    assert "".join(line[columns("甲" * 10) :] for line in lines[4:]).replace(" ", "").count("条款") >= 25


@pytest.mark.parametrize("width", [10, 24])
def test_bars_are_as_long_as_their_sums(width: int) -> None:
    from rich.bar import Bar
    from rich.console import Console

    for most in (7, 100, 10**15 + 1):
        for value in {0, 1, most // 3, most // 2, most - 1, most}:
            out = io.StringIO()
            Console(file=out, width=width, color_system=None).print(Bar(most, 0, value, width=width))
            assert bar(value, most, width) == out.getvalue().rstrip(), (value, most)


def test_ten_thousand_points_take_a_screen_no_longer_than_a_file(catalog: Catalog) -> None:
    facts = tomllib.loads((ROOT / "examples" / "old-factory.toml").read_text("utf-8"))["facts"]
    answer = catalog.whatif(facts, "1.01", vary={"fixed_asset_investment": "1000万元..100990万元:10万元"})
    assert len(answer["points"]) == 10_000

    def taken(form: object, *more: object) -> float:
        begun = time.process_time()
        assert form(answer, *more).count("\n") > 10_000  # type: ignore[operator]
        return time.process_time() - begun

    assert taken(report.as_table, 80, False) < 5 * taken(report.as_markdown)  # it was thirty times as long
