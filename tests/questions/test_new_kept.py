"""A scheme being described: whatever ends it, no answer is lost, and it goes on where it was."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import ROOT, Done, run

ANSWERS = ["7.01-green", "绿色屋顶", "", "京某发〔2026〕1号", "某局", "2026-01-02", "", "", "建设补助", "第二条（1）"]
ANSWERS += ["1", "1", "30%", "固定资产投资总额", "500万元", "1", "energy_saving_rate >= 15%", "", "否"]
START = [sys.executable, "-c", "from calc.start import main; main()", "new", "-o", "a.toml"]


def told(folder: Path, answers: list[str], *words: str) -> Done:
    return run(["new", *(words or ("-o", "a.toml"))], "".join(f"{one}\n" for one in answers).encode(), cwd=folder)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    assert told(folder, ANSWERS).code == 0
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def found(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_it_it_goes_on_where_it_was(tmp_path: Path, wanted: dict[str, bytes], number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(START, cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert child.stdin is not None
    child.stdin.write("".join(f"{one}\n" for one in ANSWERS[:10]).encode())
    child.stdin.flush()
    kept, end = tmp_path / "a.toml.answers", time.monotonic() + 30
    while time.monotonic() < end and not (kept.exists() and "第二条" in kept.read_text(encoding="utf-8")):
        time.sleep(0.05)
    child.send_signal(number)
    said = child.communicate(timeout=30)[1].decode()
    if number != signal.SIGKILL:
        assert child.returncode == 130 and "已答的存在 a.toml.answers。接着答：“subsidy new -o a.toml”" in said, said
    assert list(found(tmp_path)) == ["a.toml.answers"]
    again = told(tmp_path, ANSWERS[10:])
    assert again.code == 0 and "接着上次没答完的 a.toml.answers" in again.err and found(tmp_path) == wanted


@pytest.mark.parametrize("words", [("-o", "a.toml"), ("--force",)])
def test_input_that_ends_anywhere_loses_nothing(tmp_path: Path, wanted: dict[str, bytes], words: tuple[str, ...]) -> None:
    """With the place told, or named after the id, which is asked first then."""
    id = ANSWERS[:1] if words[0] != "-o" else []
    assert told(tmp_path, ANSWERS[:1], *words).code == 2
    for count in range(1, len(ANSWERS) - 2):
        ended = told(tmp_path, [*id, ANSWERS[count]], *words)
        assert ended.code == 2 and "输入到头了" in ended.err and "已答的存在" in ended.err and not list(tmp_path.glob("*.toml"))
    assert told(tmp_path, [*id, *ANSWERS[-2:]], *words).code == 0
    name = "a.toml" if words[0] == "-o" else "7.01-green.toml"
    assert found(tmp_path) == {key.replace("a.toml", name): content for key, content in wanted.items()}


def test_an_answer_that_can_be_used_no_more_is_asked_again(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    told(tmp_path, ANSWERS[:14])
    kept = tmp_path / "a.toml.answers"
    kept.write_text(kept.read_text(encoding="utf-8").replace("固定资产投资总额", "没有的事实"), encoding="utf-8")
    assert told(tmp_path, ANSWERS[13:]).code == 0 and found(tmp_path) == wanted


def test_a_disk_that_is_full_ends_nothing_and_the_answers_are_told(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))

    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SUBSIDY_CACHE": "off"}
    answers = "".join(f"{one}\n" for one in ANSWERS).encode()
    done = subprocess.run(START, cwd=tmp_path, env=environment, input=answers, capture_output=True, preexec_fn=little, check=False)
    said = done.stderr.decode()
    assert done.returncode == 2 and said.count("暂时存不进去") == 1 and "磁盘已满" in said and not (tmp_path / "a.toml").exists()
    left = (tmp_path / "a.toml.answers").read_text(encoding="utf-8").count("\n")  # those that still fitted
    assert 5 <= left < len(ANSWERS) and told(tmp_path, ANSWERS[left:]).code == 0 and found(tmp_path) == wanted


@pytest.mark.parametrize("content", ["no json", "[1]\n", "[]\n[\"a\", 1, 2]\n"])
def test_what_is_no_file_of_answers_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.toml.answers").write_text(content)
    done = told(tmp_path, ANSWERS)
    assert done.code == 2 and "a.toml.answers 不是上次存下的回答" in done.err and (tmp_path / "a.toml.answers").read_text() == content


def test_a_place_that_takes_no_file_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "a.toml.answers").mkdir()
    done = told(tmp_path, ANSWERS)
    assert done.code == 2 and "编号（如" not in done.err and "a.toml.answers" in done.err
