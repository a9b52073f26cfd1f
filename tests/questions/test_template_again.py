"""A template written over an older one: what goes with it is told, and all places are looked at before the first is written."""

import os
from pathlib import Path

import pytest

from tests.command import run

LISTS = ["x.loans.csv", "x.loans.drawdowns.csv", "x.loans.repayments.csv"]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture
def older(tmp_path: Path) -> Path:
    assert run(["template", "1.01", "-o", "x.csv"], cwd=tmp_path).code == 0
    assert names(tmp_path) == ["x.csv", *LISTS]
    return tmp_path


def test_lists_that_go_are_named(older: Path) -> None:
    refused = run(["template", "6.01", "-o", "x.csv"], cwd=older)
    assert refused.code == 2 and all(name in refused.err for name in LISTS)
    done = run(["template", "6.01", "-o", "x.csv", "--force"], cwd=older)
    assert done.code == 0 and all(f"已删 {name}（旧模板的明细表" in done.err for name in LISTS), done.err
    assert names(older) == ["x.csv", "x.plots.csv"] and "已删 x." not in done.err.replace("已删 x.loans", "")
    assert "已删" not in run(["template", "6.01", "-o", "x.csv", "--force"], cwd=older).err


@pytest.mark.parametrize("kind", ["folder", "pipe", "protected"])
@pytest.mark.parametrize("scheme", ["1.01", "6.01"])
def test_a_list_that_cannot_be_written_or_removed_is_told_before_anything_is(older: Path, kind: str, scheme: str) -> None:
    place = older / LISTS[1]
    if kind == "protected":
        place.chmod(0o444)
    else:
        place.unlink()
        place.mkdir() if kind == "folder" else os.mkfifo(place)
    (older / "x.csv").write_text("filled in")
    done = run(["template", scheme, "-o", "x.csv", "--force"], cwd=older)
    assert done.code == 2 and LISTS[1] in done.err and done.err.count("\n") == 1
    assert (older / "x.csv").read_text() == "filled in" and names(older) == ["x.csv", *LISTS]


def test_a_link_is_written_through_and_only_itself_removed(older: Path) -> None:
    place, other = older / LISTS[0], older / "other.txt"
    place.rename(other)
    place.symlink_to(other)
    assert run(["template", "1.01", "-o", "x.csv", "--force"], cwd=older).code == 0
    assert place.is_symlink() and "贷款本金" in other.read_text(encoding="utf-8-sig")
    assert "已删 x.loans.csv" in run(["template", "6.01", "-o", "x.csv", "--force"], cwd=older).err
    assert not place.is_symlink() and "贷款本金" in other.read_text(encoding="utf-8-sig")
