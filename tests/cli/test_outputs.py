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


VARY = "--vary fixed_asset_investment=1亿元..2亿元:5000万元"
LISTS = [
    "estimate {} -s 1.01 --format csv -o {}", "match {} --format csv -o {}", "plan {} --format csv -o {}", "calendar {} --format csv -o {}",
    f"whatif {{}} -s 1.01 {VARY} --format csv -o {{}}", "batch {} -s 1.01 -o {}", "batch {} -s 1.01 -o out.csv --rejects {}",
    "reform {} --change 1.01/investment-grant:percent=25% --format csv -o {}", "template 1.01 --project {} --force -o {}",
]  # fmt: skip


@pytest.mark.parametrize("command", LISTS)
@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_no_record_list_beside_a_table_is_written_over(tmp_path: Path, command: str, link: object) -> None:
    table, loans, place = tmp_path / "q.csv", tmp_path / "q.loans.csv", tmp_path / "q.loans.csv"
    table.write_text("项目,occupancy_rate_one_year,fixed_asset_investment\n甲,85%,1亿元\n", "utf-8")
    loans.write_text("项目,principal,rate,start,end\n甲,8000万元,3.8%,2023-03-01,2026-03-01\n", "utf-8")
    if callable(link):
        place = tmp_path / "z.csv"
        link(loans, place)
    before = loans.read_bytes()
    done = run(command.format(table, place), cwd=tmp_path)
    assert done.code == 2 and "不能覆盖" in done.err
    assert loans.read_bytes() == before


FOLDER = [
    "list --schemes {city} --format json -o {}", "facts --schemes {city} --format json -o {}", "show n1 --schemes {city} --format json -o {}",
    "check --schemes {city} --format json -o {}", "check {city} --format json -o {}", "check {city}/n1-equipment-grant.toml --format json -o {}",
    "schema --schemes {city} -o {}", "template n1 --schemes {city} --force -o {}", "new --schemes {city} --force -o {}",
    "ask n1 --schemes {city} --force -o {}", "batch p.csv -s n1 --schemes {city} --format csv -o {}",
    "reform p.csv --against {city} --format csv -o {}", "match p.csv --schemes {city} --format json -o {}",
]  # fmt: skip


@pytest.mark.parametrize("command", FOLDER)
@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_no_file_of_a_folder_of_schemes_is_written_over(tmp_path: Path, command: str, link: object) -> None:
    city = tmp_path / "city"
    shutil.copytree(ROOT / "tests" / "other_city", city)
    facts = place = city / "facts.toml"
    (tmp_path / "p.csv").write_text("项目,fixed_asset_investment\n甲,1亿元\n", "utf-8")
    if callable(link):
        place = tmp_path / "z.toml"
        link(facts, place)
    before = facts.read_bytes()
    done = run(command.format(place, city=city), cwd=tmp_path)
    assert done.code == 2 and "不能覆盖" in done.err
    assert facts.read_bytes() == before


def test_what_goes_beside_the_applications_stays_out_of_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "apps"
    folder.mkdir()
    shutil.copy(PROJECT, folder / "p.toml")
    for place in ("-o {}/x.csv", "--chart {}/x.svg", "--rows {}/x.csv", "--rejects {}/x.csv"):
        assert run(f"reform {folder} --change 1.01/investment-grant:percent=25% {place.format(folder)}").code == 2, place
    assert [file.name for file in folder.iterdir()] == ["p.toml"]


def test_a_place_that_is_taken_is_told_before_a_scheme_is_described(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("kept")
    done = run("new", b"a\nb\n", cwd=tmp_path)
    assert "a.toml 已存在" in done.err and done.err.count("编号（如") == 2
    assert "政策名称" in done.err  # the second id goes on
    for place in ("a.toml", "x.pdf"):
        done = run(f"new -o {place}", cwd=tmp_path)
        assert done.code == 2 and place in done.err and "编号" not in done.err
    assert (tmp_path / "a.toml").read_text() == "kept" and not (tmp_path / "b.toml").exists()
