"""``subsidy check --cases``: an author's own cases, run without Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import ROOT, run
from tests.three import folder_of, scheme_of

GOOD = """
[base]
a = "100元"

[[case]]
why = "十分之一"
benefit = "b"
status = "eligible"
amount = "10.00"

[[case]]
given = { a = "90元" }
total = "9.00"
chosen = ["b"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder_of(tmp_path, scheme_of('amount = { percent = "10%", of = "a" }\n'))
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "t1-test.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def check(folder: Path) -> tuple[int, str]:
    done = run(["check", "--cases", "--schemes", str(folder)])
    return done.code, done.out + done.err


def test_cases_that_agree(folder: Path) -> None:
    code, said = check(folder)
    assert code == 0 and "2 个算例全部相符" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('amount = "10.00"', 'amount = "10.01"', "应为 10.01，算出 10.00"),
        ('chosen = ["b"]', "chosen = []", "算出 [b]"),
        ('benefit = "b"', 'benefit = "c"', "“c”"),
        ('amount = "10.00"', 'amoumt = "10.00"', "amount"),
        ('a = "90元"', 'a = "若干"', "若干"),
        ('a = "90元"', 'nothing = "1"', "nothing"),
        ('total = "9.00"\nchosen = ["b"]\n', "", "没有写预期结果"),
        ("[[case]]", "[[cases]]", "没有算例"),
        ("[base]", "[base", "TOML"),
    ],
)
def test_what_differs_is_told_with_its_place(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "cases" / "t1-test.toml").write_text(GOOD.replace(old, new), encoding="utf-8")
    code, found = check(folder)
    assert code == 1 and said in found and "t1-test.toml" in found


def test_cases_of_the_schemes_shipped_are_of_the_same_form() -> None:
    from calc import load_catalog

    cases = load_catalog().cases(ROOT / "tests" / "cases")
    assert cases.count > 500
