"""Runs a command as a user types it, in this process."""

import contextlib
import io
import os
import shlex
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from calc.cli import main

ROOT = Path(__file__).parent.parent


@dataclass
class Done:
    code: int
    out: str
    err: str


def run(command: str | list[str], stdin: bytes = b"", width: int = 80, cwd: Path = ROOT, **environment: str) -> Done:
    """``subsidy estimate …`` (the word subsidy may be left out) in ``cwd``, ``width`` columns wide."""
    words = shlex.split(command) if isinstance(command, str) else command
    words = words[1:] if words[:1] == ["subsidy"] else words
    # a table in bytes goes past the text, straight to the buffer
    raw, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
    kept = sys.stdin, dict(os.environ), Path.cwd()
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    os.environ.update({"COLUMNS": str(width), "SUBSIDY_TRACEBACK": "1", **environment})
    os.chdir(cwd)
    code: object = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(words)
            except SystemExit as done:
                code = done.code
    finally:
        sys.stdin = kept[0]
        os.environ.clear()
        os.environ.update(kept[1])
        os.chdir(kept[2])
        for number, handler in signals.items():  # a command is told to stop, not the tests after it
            signal.signal(number, handler)
        from calc.messages import use

        use("zh")
    return Done(int(str(code or 0)), raw.getvalue().decode("utf-8"), err.getvalue())
