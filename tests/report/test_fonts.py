"""The font of charts: one that is installed is found, and where there is none every chart says so in one line."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from calc.report import chart
from tests.command import run

TABLE = """项目名称,改造后引入业态,项目交付后1年内入驻率,改造后综合节能率,是否具备可再生能源利用条件,固定资产投资总额
甲,高精尖产业,85%,18%,否,1.2亿元
乙,高精尖产业,90%,20%,否,2亿元
"""
REFORM = ["--change", '1.01/investment-grant: percent = "25%"']
SWEEP = ["--vary", "1.01/investment-grant.percent=20%..30%:5%"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "projects.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("asked", [REFORM, SWEEP])
@pytest.mark.parametrize("written", [["-o", "a.html"], ["--chart", "a.html"], ["--chart", "a.svg"], ["--chart", "a.html", "-o", "b.html"]])
def test_without_a_chinese_font_pages_of_a_reform_say_so_once(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str], written: list[str], lang: str
) -> None:
    monkeypatch.setattr(chart, "chinese_font", lambda: None)
    done = run(["--lang", lang, "reform", str(table), *asked, *(w if w.startswith("-") else str(tmp_path / w) for w in written)])
    assert done.code == 0
    assert done.err.count("fonts-noto-cjk") == (lang == "zh"), done.err


def fonts_of(tmp_path: Path) -> list[Any]:
    """Fonts of matplotlib's own, none of which has Chinese characters."""
    from matplotlib import get_data_path
    from matplotlib.font_manager import FontEntry

    return [FontEntry(fname=f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", name="DejaVu Sans"), FontEntry(fname=str(tmp_path / "gone.ttc"), name="SimHei")]


def test_a_font_installed_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib import font_manager

    installed = next((f for f in sorted(font_manager.findSystemFonts()) if chart._draws(f) is not None), None)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts_of(tmp_path))
    if installed is None:
        assert chart.chinese_font() is None
        return
    copy = tmp_path / ("later" + Path(installed).suffix)
    shutil.copy(installed, copy)
    for files in ([str(copy)], []):
        monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts_of(tmp_path))
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda files=files: [*files, str(tmp_path / "gone.ttf"), __file__])
        found = chart.chinese_font()
        assert (found is None) == (not files)
        assert found is None or found in {font.name for font in font_manager.fontManager.ttflist if font.fname == str(copy)}
