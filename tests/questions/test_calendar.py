"""When to apply, as the texts print it: what is open, what comes, what the text does not say."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from icalendar import Calendar

from calc import Catalog
from calc.language.model import Window
from calc.questions.calendar import opening, state
from calc.report.screen import columns
from tests.command import run

DAY = dt.date(2023, 3, 1)
CHIPS = "examples/chip-design-house.toml"


def spelt(first: dt.date | None, last: dt.date | None) -> tuple[str | None, str | None]:
    return (None if first is None else first.isoformat(), None if last is None else last.isoformat())


@pytest.mark.parametrize(
    ("window", "as_of", "wanted", "how"),
    [
        (Window("", "yearly", (4,)), "2023-03-31", ("2023-04-01", "2023-04-30"), "later"),
        (Window("", "yearly", (4,)), "2023-04-30", ("2023-04-01", "2023-04-30"), "open"),
        (Window("", "yearly", (4,)), "2023-05-01", ("2024-04-01", "2024-04-30"), "later"),  # the next year's
        (Window("", "yearly", (2, 3), until="2023-12-31"), "2023-04-01", ("2023-02-01", "2023-03-31"), "past"),  # there is no next
        (Window("", "yearly"), "2023-04-01", (None, None), "unknown"),
        (Window("", "once", (2, 3, 4), "2023-02-17", "2023-04-15"), "2023-04-15", ("2023-02-17", "2023-04-15"), "open"),
        (Window("", "once", (2, 3, 4), "2023-02-17", "2023-04-15"), "2023-04-16", ("2023-02-17", "2023-04-15"), "past"),
        (Window("", None, (), "2023-08"), "2023-07-31", ("2023-08-01", None), "later"),
        (Window("", None, (), "2023-08"), "2023-08-01", ("2023-08-01", None), "open"),
        (None, "2023-08-01", (None, None), "unknown"),
        # months apart are windows apart
        (Window("", "yearly", (3, 9)), "2023-03-31", ("2023-03-01", "2023-03-31"), "open"),
        (Window("", "yearly", (3, 9)), "2023-04-01", ("2023-09-01", "2023-09-30"), "later"),
        (Window("", "yearly", (9, 3)), "2023-10-01", ("2024-03-01", "2024-03-31"), "later"),
        (Window("", "yearly", (9, 12), "2023-08-30", "2023-12"), "2023-10-15", ("2023-12-01", "2023-12-31"), "later"),
        (Window("", "yearly", (9, 12), "2023-08-30", "2023-12"), "2024-01-01", ("2023-12-01", "2023-12-31"), "past"),
        (Window("", "half-yearly", (1, 7)), "2023-02-01", ("2023-07-01", "2023-07-31"), "later"),
        (Window("", "quarterly", (1, 4, 7, 10)), "2023-10-31", ("2023-10-01", "2023-10-31"), "open"),
        (Window("", "quarterly"), "2023-10-31", (None, None), "unknown"),
        # over the turn of the year
        (Window("", "yearly", (11, 12, 1)), "2023-01-31", ("2022-11-01", "2023-01-31"), "open"),
        (Window("", "yearly", (11, 12, 1)), "2023-02-01", ("2023-11-01", "2024-01-31"), "later"),
        (Window("", "yearly", tuple(range(1, 13))), "2023-06-01", ("2023-01-01", "2023-12-31"), "open"),
    ],
)
def test_the_window_at_hand(catalog: Catalog, window: Window | None, as_of: str, wanted: tuple, how: str) -> None:
    day = dt.date.fromisoformat(as_of)
    found = opening(window, catalog.scheme("1.01"), day)  # which is valid without end
    assert spelt(*found) == wanted
    assert state(*found, day) == how


def test_no_window_outlasts_its_scheme(catalog: Catalog) -> None:
    scheme = catalog.scheme("1.21@2025")  # to 2027-12-31
    assert opening(Window("", None, (), "2025-06-09"), scheme, DAY)[1] == dt.date(2027, 12, 31)


def test_soonest_first_with_office_and_telephone(catalog: Catalog) -> None:
    document = json.loads(run(f"match {CHIPS} --as-of 2023-03-01 --format json").out)
    found = json.loads(run(f"calendar {CHIPS} --as-of 2023-03-01 --format json").out)
    assert len(found) == sum(len(document[section]) for section in ("now", "if", "needs"))
    order = ["open", "later", "unknown", "past"]
    assert [order.index(e["state"]) for e in found] == sorted(order.index(e["state"]) for e in found)
    first = next(e for e in found if e["scheme"] == "g01-ic-first-tapeout")
    assert first["window"]["from"] == "2023-02-17" and first["window"]["until"] == "2023-04-15" and first["amount"] == "7950000.00"
    assert first["contact"]["office"] and set(first["window"]) == {"from", "until", "words"} and set(first["contact"]) == {"office", "phone"}
    silent = [e for e in found if e["state"] == "unknown"]
    assert silent and all(e["window"]["words"] for e in silent)


def test_a_scheme_by_its_prefix_takes_the_edition_in_force(catalog: Catalog) -> None:
    facts = {"loans": [{"principal": "1000万元", "rate": "3%", "start": "2025-07-01", "end": "2028-07-01"}]}
    found = catalog.calendar(facts, schemes=["1.21"], as_of=dt.date(2026, 11, 28))
    assert {e["scheme"] for e in found} == {"1.21-equipment-loan-interest@2025"}


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_the_screen_wraps_breaks_no_date_and_cuts_no_amount(width: int) -> None:
    lines = run(f"calendar {CHIPS} --as-of 2023-03-01", width=width).out.splitlines()
    assert max(map(columns, lines)) <= min(width, 120)
    assert "正在受理，至 2023-04-15" in lines and any(line.endswith("7,950,000.00") for line in lines)
    assert any(line.startswith("3.02  “专精特新”特色园区") and "（有条件）" in line and line.endswith(" 1,000,000.00") for line in lines)


def test_every_form(tmp_path: Path) -> None:
    shown = run(f"calendar {CHIPS} --as-of 2023-03-01 -s g01", width=60)
    assert shown.code == 0 and "正在受理" in shown.out and "7,950,000.00" in shown.out
    rows = list(csv.DictReader(io.StringIO(run(f"calendar {CHIPS} --as-of 2023-03-01 -s g01 --format csv").out)))
    assert [row["until"] for row in rows] == ["2023-04-15"]
    assert "| g01 |" in run(f"calendar {CHIPS} --as-of 2023-03-01 -s g01 --format markdown").out
    done = run(["calendar", CHIPS, "--as-of", "2023-03-01", "-s", "g01", "-o", str(tmp_path / "申报.ics")])
    assert done.code == 0
    (event,) = Calendar.from_ical((tmp_path / "申报.ics").read_bytes()).walk("VEVENT")
    assert event["dtstart"].dt == dt.date(2023, 2, 17) and event["dtend"].dt == dt.date(2023, 4, 16)  # the day after the last
    assert "首轮流片奖励" in event["summary"]


def test_nothing_to_apply_for_is_said() -> None:
    done = run(f"calendar {CHIPS} --as-of 2023-03-01 -s 4.54")  # a bookshop's, and no figure of one is given
    assert done.code == 0 and not done.out and "没有要申报的" in done.err


def test_an_estimate_names_window_and_office_in_every_form(catalog: Catalog, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    said = ("从2023年9月起", "55590088")
    for form in ([], ["--format", "markdown"]):
        shown = run(["estimate", "examples/old-factory.toml", "-s", "1.01", *form], width=160).out
        assert all(word in shown for word in said)
    page, book = tmp_path / "a.html", tmp_path / "a.xlsx"
    for file in (page, book):
        assert run(["estimate", "examples/old-factory.toml", "-s", "1.01", "-o", str(file)]).code == 0
    assert all(word in page.read_text(encoding="utf-8") for word in said)
    sheets = CalamineWorkbook.from_path(str(book))
    cells = [str(cell) for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python() for cell in row]
    assert all(any(word in cell for cell in cells) for word in said)
