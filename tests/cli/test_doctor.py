"""What ``doctor`` tells of the machine is what the commands find there."""

import json

import pytest

from calc.report import chart
from calc.report.screen import columns
from tests.command import run


def test_fonts_are_told_as_charts_look_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no fontconfig to ask."""
    monkeypatch.setenv("PATH", "/no/such")
    for font, state in (("A Chinese Font", "ok"), (None, "absent")):
        monkeypatch.setattr(chart, "chinese_font", lambda font=font: font)
        told = {row["what"]: row for row in json.loads(run("doctor --format json").out)}
        assert told["中文字体"]["state"] == state
        assert [told[name]["state"] for name in ("LibreOffice", "Chromium", "Java")] == ["absent"] * 3
    said = run("doctor").out
    assert "PNG 图改用英文" in said.replace("\n  ", "")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("more", ["", "--schemes /no/such/folder/of/schemes --lpr /no/such/table/of/rates.toml"])
def test_what_it_says_fits_the_screen(lang: str, more: str) -> None:
    assert max(map(columns, run(f"doctor {more} --lang {lang}").out.splitlines())) <= 80
