"""The folder a run works in, and what the query engine refuses there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from calc import stopping
from calc.errors import FileProblem
from calc.files import scratch
from calc.messages import text

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # for want of room: the query engine tells it in the words of the system only
T = TypeVar("T")


def in_scratch(work: Callable[[Path], T]) -> T:
    """What ``work`` gives in a folder that is there as long as it takes; what the query engine refuses becomes a message."""
    try:
        with scratch() as folder:
            return work(folder)
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except RuntimeError:
        stopping.check()  # as the query engine says it
        raise
    except duckdb.Error as bad:
        stopping.check(bad)
        said = str(bad)
        for number in FULL:
            if os.strerror(number) in said:
                raise OSError(number, os.strerror(number), tempfile.gettempdir()) from None
        raise FileProblem([text("batch.failed", error=said.splitlines()[0])]) from None
