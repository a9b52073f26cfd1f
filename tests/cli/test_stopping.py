"""A run that is told to stop: always the same words, the old result, nothing left behind; a disk that is full likewise."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from calc import stopping
from calc.batch.work import in_scratch
from calc.errors import FileProblem
from calc.files import beside, clear, scratch
from tests.command import ROOT, run

SUBSIDY = [sys.executable, "-c", "from calc.start import main; main()"]
HEAD = (ROOT / "examples/old-factories.csv").read_text(encoding="utf-8-sig").splitlines()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table that takes some seconds."""
    file = tmp_path / "a.csv"
    file.write_text("\n".join([HEAD[0], *HEAD[1:3] * 60_000]), encoding="utf-8")
    return file


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_wherever_a_run_is_stopped_it_says_so_and_leaves_the_old_result(table: Path, number: signal.Signals) -> None:
    folder, output = table.parent, table.with_name("r.csv")
    output.write_text("the old result")
    rng = random.Random(int(number))
    for _ in range(3):
        command = [*SUBSIDY, "batch", str(table), "-s", "1.01", "-s", "1.02", "-s", "1.21", "-o", str(output), "--engine", "columns"]
        environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
        child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        while not list(folder.glob("subsidy-run-*")) and child.poll() is None:
            time.sleep(0.01)
        time.sleep(2 * rng.random())
        child.send_signal(number)
        time.sleep(0.05)
        child.send_signal(number)  # impatience changes nothing
        out, err = child.communicate(timeout=60)
        if child.returncode == 0:  # it was done
            break
        assert (child.returncode, out) == (130, "") and err.endswith("已中断\n"), err
        assert output.read_text() == "the old result"
        assert sorted(p.name for p in folder.iterdir()) == ["a.csv", "r.csv"]


def test_a_signal_that_is_swallowed_on_its_way_still_stops() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGHUP)
    try:
        stopping.listen()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)  # the second is not heard
        with pytest.raises(KeyboardInterrupt):
            stopping.check()
        with pytest.raises(KeyboardInterrupt), stopping.whole():
            pytest.fail("begun though it was told to stop")
        stopping.listen()
        with stopping.whole():
            os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.told()
        stopping.listen()
        with stopping.whole():
            pass
        os.kill(os.getpid(), signal.SIGTERM)  # the work is done: it says so, not that it was stopped
        stopping.listen()
        with pytest.raises(RuntimeError), stopping.whole():
            raise RuntimeError
        with pytest.raises(KeyboardInterrupt):  # it was not done
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), before, strict=True):
            signal.signal(number, handler)
        stopping._told.clear()
        stopping._held = False


def test_an_interrupt_that_a_library_passes_on_as_an_error_of_its_own_still_stops() -> None:
    """What the query engine says of one that comes while it reads what Python gives it."""
    said = "Invalid Input Error: reading the object registered as 'chunk_0' as Arrow data failed: KeyboardInterrupt: 15"

    def work(folder: Path) -> None:
        raise duckdb.InvalidInputException(said)

    with pytest.raises(KeyboardInterrupt):
        in_scratch(work)
    said = "Invalid Input Error: another"
    with pytest.raises(FileProblem, match="another"):
        in_scratch(work)


def test_a_module_that_is_being_loaded_is_loaded_whole(tmp_path: Path) -> None:
    """Stopped within it, the interpreter's lock of imports may stay held, or C++ that imports ends the program: it stops right after."""
    (tmp_path / "slow.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(0.1)\nos.kill(os.getpid(), signal.SIGINT)\n")
    script = (
        "import sys, time; from calc import stopping; stopping.listen()\n"
        "try:\n import slow\n for _ in range(100): time.sleep(0.1)\n"
        "except KeyboardInterrupt as told: print('slow' in sys.modules, told.args)\n"
        "time.sleep(0.1); print('once')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=20, check=False)
    assert done.stdout == f"True {(int(signal.SIGTERM),)}\nonce\n", done


@pytest.mark.parametrize(("suffix", "held"), [("csv", ""), ("xlsx", ""), ("jsonl", ""), ("parquet", ""), ("csv", "import calc.batch.stage as s; s.HELD = 0; ")])
def test_a_full_disk_is_one_line_and_nothing_is_left(tmp_path: Path, suffix: str, held: str) -> None:
    """Whether the result no longer fits, or (``held``) the rows that wait to be computed."""
    source = tmp_path / "a.csv"
    source.write_text("\n".join([HEAD[0], *HEAD[1:3] * (20_000 if suffix == "parquet" else 2000)]), encoding="utf-8")
    output = tmp_path / f"r.{suffix}"
    output.write_text("the old result")

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for engine in ("columns", "explainer") if suffix == "csv" else ("columns",):
        command = [*SUBSIDY[:2], held + SUBSIDY[2], "batch", str(source), "-s", "1.01", "-o", str(output), "--engine", engine]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, preexec_fn=little, check=False)
        told = [line for line in done.stderr.splitlines() if not line.startswith(("读取", "计算"))]  # how far it is, where that takes long
        assert done.returncode == 2 and len(told) == 1 and "磁盘已满" in told[0], done.stderr
        assert output.read_text() == "the old result"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", f"r.{suffix}"]


def test_an_estimate_on_a_full_disk(tmp_path: Path) -> None:
    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    for suffix in ("xlsx", "html", "json"):
        command = [*SUBSIDY, "estimate", str(ROOT / "examples/old-factory.toml"), "-s", "1.01", "-o", str(tmp_path / f"r.{suffix}")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUBSIDY_CACHE": "off"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, preexec_fn=little, check=False)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and "磁盘已满" in done.stderr, done.stderr
        assert not list(tmp_path.iterdir())


def test_what_killed_runs_left_goes_with_the_next_and_what_is_held_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    child = subprocess.run(
        [sys.executable, "-c", "import os; from calc.files import beside, scratch\nwith scratch() as f:\n beside('r.csv'); os.kill(os.getpid(), 9)"],
        cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert child.returncode == -9 and len(list(tmp_path.iterdir())) == 2
    other = tmp_path / "subsidy-run-mine"  # a folder of somebody else's making
    other.mkdir()
    monkeypatch.setattr("calc.files._AGE", 0)
    with scratch() as held:
        handle, part = beside(tmp_path / "r.csv")
        assert {p for p in tmp_path.iterdir() if p != other} == {held, part}
        clear(tmp_path.iterdir())
        assert part.exists() and held.exists() and other.exists()
        os.close(handle)
    clear(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "> /dev/full", "2> /dev/full"])
@pytest.mark.parametrize("command", ["lpr", "estimate - -s 1.01", "batch - -s 1.01", "ask 1.01"])
def test_streams_that_are_closed_or_full(command: str, closed: str, tmp_path: Path) -> None:
    script = f"{sys.executable} -c 'from calc.start import main; main()' {command} {closed}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUBSIDY_TEXTS": "/no/texts"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environment, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode in (0, 2), done
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr and "程序出错" not in done.stderr, done.stderr


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode("项目".encode("gbk"))
    for file in ("examples/old-factory.toml", "examples/old-factories.csv"):
        (tmp_path / f"{name}{Path(file).suffix}").write_bytes((ROOT / file).read_bytes())
    for command in (["estimate", f"{name}.toml", "-s", "1.01"], ["match", f"{name}.toml"], ["plan", f"{name}.toml"]):
        assert run(command, cwd=tmp_path).code == 0
    for suffix in ("csv", "xlsx", "jsonl", "parquet"):
        done = run(["batch", f"{name}.csv", "-s", "1.01", "-o", f"{name}.{suffix}.{suffix}"], cwd=tmp_path)
        assert done.code == 1, done.err
        assert run(["verify", f"{name}.{suffix}.{suffix}"], cwd=tmp_path).code == 0


def test_half_a_character_in_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"name": "x\\ud800", "facts": {}}')
    done = run(["estimate", "p.json", "-s", "1.01"], cwd=tmp_path)
    assert done.code == 2 and "半个字符" in done.err
    (tmp_path / "t.jsonl").write_text('{"id": "a\\ud800"}\n{"id": "\\ud83d\\ude00"}\n{"id": "b", "fixed_asset_investment": NaN}\n')
    done = run(["batch", "t.jsonl", "-s", "1.01"], cwd=tmp_path)
    assert done.code == 1 and "第 1 行" in done.err and "半个字符" in done.err and "第 3 行" in done.err and "NaN" in done.err and "😀" in done.out


def test_a_folder_of_applications_whose_names_are_no_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode("甲".encode("gbk"))
    (tmp_path / "in").mkdir()
    for stem in (name, "乙"):
        (tmp_path / "in" / f"{stem}.toml").write_bytes((ROOT / "examples/old-factory.toml").read_bytes())
    (tmp_path / "in" / f"{name}.xls").write_bytes(b"x")
    done = run(["batch", "in", "-s", "1.01", "-o", "r.csv"], cwd=tmp_path)
    assert done.code == 1 and "\\udcbc" in (tmp_path / "r.rejects.csv").read_text(encoding="utf-8-sig")
    assert run(["verify", "r.csv"], cwd=tmp_path).code == 0


@pytest.mark.parametrize("rows", [True, False])
def test_files_that_belong_together_are_all_new_or_all_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: bool) -> None:
    """Told to stop once the file of rows is in its place, a reform finishes its page too; before that it leaves both as they were."""
    from calc.report import reform_book

    made = reform_book.as_xlsx

    def told(answer: dict[str, object]) -> bytes:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)
        return made(answer)

    monkeypatch.setattr(reform_book, "as_xlsx", told)
    page, detail = tmp_path / "page.xlsx", tmp_path / "rows.csv"
    for file in (page, detail):
        file.write_text("old")
    words = ["reform", str(ROOT / "examples/old-factories.csv"), "--change", '1.01/investment-grant: percent = "25%"', "-o", str(page)]
    done = run([*words, *(["--rows", str(detail)] if rows else [])])
    assert done.code == (1 if rows else 130)  # a row of the example is rejected
    assert [file.read_bytes() == b"old" for file in (page, detail)] == ([False, False] if rows else [True, True])


@pytest.mark.parametrize("words", [["-o", "r.csv", "--list", "list.xlsx"], ["-o", "r.xlsx"]])
def test_a_workbook_that_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """Sheets wait in files of their own until the workbook is packed; they go too."""
    import tempfile

    from xlsxwriter.packager import Packager

    pack = Packager._create_package

    def stopped(self: Packager) -> None:
        pack(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Packager, "_create_package", stopped)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = run(["batch", str(ROOT / "examples/old-factories.csv"), "-s", "1.01", *words], cwd=tmp_path)
    assert done.code == 130 and done.err.endswith("已中断\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "name"),
    [("estimate", "r.html"), ("estimate", "r.json"), ("estimate", "r.xlsx"), ("match", "r.json"), ("plan", "r.xlsx"), ("calendar", "r.ics")],
)
def test_a_result_that_is_in_its_place_is_no_run_that_was_stopped(command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal just after the file is written: the command is done, and says nothing else."""
    import calc.files

    move = calc.files.put

    def told(temporary: Path, path: Path) -> None:
        move(temporary, path)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.05)

    monkeypatch.setattr(calc.files, "put", told)
    output = tmp_path / name
    output.write_text("old")
    done = run([command, "examples/old-factory.toml", *(["-s", "1.01"] if command == "estimate" else []), "-o", str(output)])
    assert output.read_bytes() != b"old" and done.code == 0 and "已中断" not in done.err, done
