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


WRITERS = [
    "estimate {} -s 1.01 -o a.json", "estimate {} -s 1.01 -o a.xlsx", f"whatif {{}} -s 1.01 {VARY} --chart a.svg", "batch {} -s 1.01 -o a.csv",
    "batch {} -s 1.01 -o a.xlsx", "batch {} -s 1.01 -o a.parquet", "batch {} -s 1.01 --list a.xlsx", "batch {} -s 1.01 --duplicates a.csv",
    "reform {} --change 1.01/investment-grant:percent=25% --rows a.csv", "template 1.01 --force -o a.csv", "ask 1.01 --force -o a.toml",
]  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    place = tmp_path / "in.csv"
    place.write_text("项目,occupancy_rate_one_year,fixed_asset_investment\n甲,85%,1亿元\n", "utf-8")
    return place


@pytest.mark.parametrize("command", WRITERS)
def test_a_file_protected_against_writing_stays(tmp_path: Path, table: Path, command: str) -> None:
    place = tmp_path / command.rpartition(" ")[2]
    place.write_text("kept")
    place.chmod(0o444)
    done = run(command.format(table), b"85%\n", cwd=tmp_path)
    assert done.code == 2 and f"{place.name} 是只读文件" in done.err
    assert place.read_text() == "kept" and place.stat().st_mode & 0o777 == 0o444
    assert sorted(os.listdir(tmp_path)) == sorted(["in.csv", place.name])


@pytest.mark.parametrize("command", WRITERS[:-1])  # an interview goes on, and is asked for another place
def test_no_room_is_told_of_the_file_and_leaves_what_was_there(tmp_path: Path, table: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a full disk does it: the file takes its first bytes, then no more, and says so again to whoever clears up."""
    from calc import files

    place = tmp_path / command.rpartition(" ")[2]
    place.write_text("kept")
    beside = files.beside

    def full(path: str | Path | None) -> tuple[int, Path]:
        handle, name = beside(path)
        if path is not None and Path(path).name == place.name:
            os.close(handle)
            name.unlink()
            name.symlink_to("/dev/full")
            handle = os.open(name, os.O_RDWR)
        return handle, name

    for module in ("calc.files", "calc.batch.output", "calc.batch.payment_sheet"):
        monkeypatch.setattr(f"{module}.beside", full)
    done = run(command.format(table), b"85%\n", cwd=tmp_path)
    assert done.code == 2 and f"{place.name}：磁盘已满" in done.err, done.err
    assert "Traceback" not in done.err and place.read_text() == "kept"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".subsidy")]


def test_the_dash_is_the_screen_and_no_file(tmp_path: Path, table: Path) -> None:
    for command in ("list --part g", f"estimate {PROJECT} -s 1.01 --format csv", "lpr", "schema project", f"batch {table} -s 1.01"):
        assert run(f"{command} -o -", cwd=tmp_path).out == run(command, cwd=tmp_path).out != ""
    for command in (f"batch {table} -s 1.01 --rejects -", f"batch {table} -s 1.01 --duplicates -", "ask 1.01 -o -", "template 1.01 -o -"):
        done = run(command, cwd=tmp_path)
        assert (done.code, done.out) == (2, "") and "“-”是屏幕" in done.err
    assert os.listdir(tmp_path) == ["in.csv"]


def test_an_interview_goes_to_a_file_of_any_name(tmp_path: Path) -> None:
    name = os.fsdecode("项目.toml".encode("gbk"))
    assert run(["ask", "1.01", "-o", name], b"85%\n", cwd=tmp_path).code == 0
    assert run(["estimate", name, "-s", "1.01"], cwd=tmp_path).code == 0


@pytest.mark.parametrize("command", ["estimate /dev/zero -s 1.01", "plan /dev/zero", "lpr --lpr /dev/zero", f"whatif {PROJECT} -s 1.01 --scenarios /dev/zero"])
def test_what_has_no_end_is_not_read(command: str) -> None:
    done = run(command)
    assert done.code == 2 and "/dev/zero" in done.err
