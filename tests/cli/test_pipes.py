"""Whatever is read may come from a pipe; one into which nobody writes is told in one line, by every option that names a file."""

import os
import threading
from pathlib import Path

import pytest

from calc import files
from tests.command import ROOT, run

CITY = ["--schemes", str(ROOT / "tests" / "other_city")]
TABLE = "项目,设备购置费,行业,新增就业\n甲,1000万元,芯片,30\n"
LOANS = "项目,本金,利率,放款日,到期日\n甲,100万元,3%,2024-01-01,2025-01-01\n"
CHANGE = ["--change", 'n1/grant: limits[0].at_most = "700万元"', *CITY]
READ = [
    ["ask", "n1", "--project", "pipe", *CITY], ["ask", "n1", "--lpr", "pipe", *CITY], ["batch", "pipe", *CITY],
    ["batch", "t.csv", "--items", "loans=pipe", *CITY],
    ["batch", "t.csv", "--lpr", "pipe", *CITY], ["calendar", "pipe", *CITY], ["estimate", "pipe", "-s", "n1", *CITY], ["match", "pipe", *CITY],
    ["lpr", "--lpr", "pipe"], ["plan", "pipe", *CITY], ["reform", "pipe", *CHANGE], ["reform", "t.csv", "--items", "loans=pipe", *CHANGE],
    ["template", "n1", "-o", "o.xlsx", "--project", "pipe", *CITY], ["whatif", "pipe", "-s", "n1", "--vary", "new_jobs=1|2", *CITY],
    ["whatif", "p.toml", "-s", "n1", "--scenarios", "pipe", *CITY], ["texts", "add", "pipe"],
]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "p.toml").write_text('name = "甲"\n[facts]\nequipment_cost = "1000万元"\n', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("words", READ, ids=lambda words: " ".join(words[:4]))
def test_a_pipe_into_which_nobody_writes_is_not_waited_for(place: Path, words: list[str]) -> None:
    done = run(words, cwd=place, XDG_DATA_HOME=str(place / "data"))
    assert done.code in (1, 2) and "是管道，没有程序往里写" in done.out + done.err, done.err
    assert not (place / "o.xlsx").exists()


def test_tables_and_lists_come_through_pipes(place: Path) -> None:
    """Slowly, too; what came out of a pipe has no SHA-256 and is not waited for again."""
    os.mkfifo(place / "loans.csv")

    def feed(name: str, content: str) -> None:
        with (place / name).open("w", encoding="utf-8") as pipe:
            for line in content.splitlines(keepends=True):
                pipe.write(line)
                pipe.flush()

    for name, content in (("pipe", TABLE), ("loans.csv", LOANS)):
        threading.Thread(target=feed, args=(name, content), daemon=True).start()
    done = run(["batch", "pipe", "--items", "loans=loans.csv", "-s", "n1", "-o", "out.csv", *CITY], cwd=place)
    assert done.code == 0, done.err
    # half of min(3.45%, 3%) of 100万元 over 366 days by 360
    assert "interest,eligible,15250.00" in (place / "out.csv").read_text(encoding="utf-8-sig")
    assert '"sha256": null' in (place / "out.csv.audit.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "said"), [("-", "这一样结果要写到文件"), ("pipe", "设备或管道"), ("", "要写值"), (".", "是目录|没有写文件名"), ("x.csv", "后缀可用 .toml")]
)
def test_rates_are_added_to_files_only(place: Path, name: str, said: str) -> None:
    done = run(["lpr", "--add", "2026-10-20", "3%", "3.5%", "--lpr", name], cwd=place)
    assert done.code == 2 and any(one in done.err for one in said.split("|")), done.err
    assert sorted(one.name for one in place.iterdir()) == ["p.toml", "pipe", "t.csv"]
