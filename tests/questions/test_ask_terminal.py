"""An interview in a real terminal: whatever ends it, nothing typed is lost."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

from tests.command import ROOT

pty = pytest.importorskip("pty")  # where there are no terminals of this kind there is nothing to test

GIVEN = {"occupancy_rate_one_year": "85%", "energy_saving_rate": "18%"}
START = "import fcntl, resource, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from calc.cli import main; {limit}main()"
FULL = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (130, 130)); "


class Terminal:
    """``subsidy ask`` in a terminal of its own, in ``folder``."""

    def __init__(self, folder: Path, words: list[str], limit: str = "") -> None:
        self.terminal, theirs = pty.openpty()
        command = [sys.executable, "-c", START.format(limit=limit), "ask", "1.01", *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.run = subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.seen = self.read()

    def read(self) -> str:
        """What is shown until an answer is waited for."""
        shown, last = b"", time.monotonic() + 30
        while not shown.endswith(b"> ") and time.monotonic() < last:
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    more = os.read(self.terminal, 65536)
                except OSError:
                    break
                if not more:
                    break
                shown += more
        return shown.decode()

    def type(self, *answers: str) -> None:
        for answer in answers:
            os.write(self.terminal, answer.encode() + b"\n")
            self.seen = self.read()

    def close(self) -> None:
        """Closes the window."""
        os.close(self.terminal)
        self.terminal = -1

    def signal(self, number: int) -> None:
        self.run.send_signal(number)

    def code(self) -> int:
        """The exit code."""
        return self.run.wait(30)

    def clear(self) -> None:
        self.run.kill()
        self.run.wait()
        if self.terminal >= 0:
            os.close(self.terminal)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.clear()


def facts(file: Path) -> object:
    return tomli.loads(file.read_text(encoding="utf-8"))["facts"]


@pytest.mark.parametrize("told", [["-o", "p.toml"], []])
@pytest.mark.parametrize("how", ["close", "SIGHUP", "SIGTERM"])
def test_whatever_ends_it_what_was_typed_is_kept(tmp_path: Path, terminals: list[Terminal], told: list[str], how: str) -> None:
    terminals.append(one := Terminal(tmp_path, told))
    one.type("85%", "18%")
    if how == "close":
        one.close()
    else:
        one.signal(getattr(signal, how))
    assert one.code() in (129, 143, 130)
    (file,) = tmp_path.iterdir()
    assert facts(file) == GIVEN and file.name == ("p.toml" if told else "问答-1.toml")


def test_a_window_closed_at_the_question_for_a_place(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(one := Terminal(tmp_path, []))
    one.type("85%", "18%", "完")
    assert "存到哪个文件" in one.seen
    one.close()
    assert one.code() in (129, 130)
    (file,) = tmp_path.iterdir()
    assert facts(file) == GIVEN


def test_after_ctrl_c_the_place_is_waited_for(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(one := Terminal(tmp_path, []))
    one.type("85%", "18%")
    one.signal(signal.SIGINT)
    assert "存到哪个文件" in one.read()
    one.type("here")
    assert one.code() == 0 and facts(tmp_path / "here.toml") == GIVEN


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit of file sizes")
def test_a_disk_that_fills_up_ends_nothing(tmp_path: Path, terminals: list[Terminal]) -> None:
    """It is told once, the interview goes on, and in the end all that was typed is there to be kept elsewhere, or printed."""
    terminals.append(one := Terminal(tmp_path, ["-o", "p.toml"], FULL))
    one.type("85%")
    assert facts(tmp_path / "p.toml") == {"occupancy_rate_one_year": "85%"}
    one.type("18%")
    assert "p.toml" in one.seen and "磁盘已满" in one.seen and "3. " in one.seen
    one.type("否")
    assert "磁盘已满" not in one.seen and "4. " in one.seen
    one.type("完")
    assert "存不到这里" in one.seen and "存到哪个文件" in one.seen
    one.type("")
    assert one.code() == 0 and 'renewable_capable = "否"' in one.seen and 'energy_saving_rate = "18%"' in one.seen
    assert [file.name for file in tmp_path.iterdir()] == ["p.toml"]


def test_what_cannot_be_printed_is_kept(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'from calc.start import main; main()' ask 1.01 > /dev/full"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, input="85%\n18%\n", capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "磁盘已满" in done.stderr
    (file,) = tmp_path.iterdir()
    assert facts(file) == GIVEN
