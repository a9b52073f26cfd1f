"""What a command writes: never over what it reads, links and modes kept, no suffix without a form."""

import os
import shutil
from pathlib import Path

import pytest

from calc.files import write_whole
from tests.command import ROOT, run

PROJECT = ROOT / "examples" / "old-factory.toml"


@pytest.mark.parametrize("command", ["estimate {} -s 1.01", "match {}", "plan {}", "whatif {} -s 1.01 --vary fixed_asset_investment=1亿元..2亿元:5000万元"])
@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_no_input_is_written_over(tmp_path: Path, command: str, link: object) -> None:
    project = tmp_path / "a.toml"
    shutil.copy(PROJECT, project)
    place = project
    if callable(link):
        place = tmp_path / "b.json"
        link(project, place)
    done = run(f"{command.format(project)} --format json -o {place}")
    assert done.code == 2
    assert project.read_bytes() == PROJECT.read_bytes()
    assert "不能覆盖" in done.err


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".xls"])
def test_a_suffix_without_a_form_is_refused(tmp_path: Path, suffix: str) -> None:
    done = run(f"match {PROJECT} -o {tmp_path / ('a' + suffix)}")
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert suffix in done.err


def test_pipes_are_left_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "a.json"
    os.mkfifo(pipe)
    assert run(f"estimate {PROJECT} -s 1.01 -o {pipe}").code == 2
    assert pipe.is_fifo()


def test_links_stay_and_modes_are_kept(tmp_path: Path) -> None:
    file, link = tmp_path / "a.json", tmp_path / "b.json"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, b"new")
    assert link.is_symlink() and file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640


def test_rejects_never_go_over_the_table(tmp_path: Path) -> None:
    table = tmp_path / "r.rejects.csv"
    table.write_text("项目,fixed_asset_investment\n甲,1亿元\n", "utf-8")
    before = table.read_bytes()
    assert run(f"batch {table} -s 1.01 -o {tmp_path / 'r.csv'}").code == 2
    assert table.read_bytes() == before
