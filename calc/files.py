"""Writing files: never over an input, through links, whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from calc.errors import FileProblem
from calc.messages import text


def check_place(place: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """That a file can be written at ``place`` and is none of ``inputs``, by whatever name or link. Raises ``FileProblem``."""
    if str(place) in ("", "."):
        raise FileProblem([text("file.nameless")])
    path = Path(place)
    folder = Path(os.path.realpath(path)).parent
    if path.is_dir():
        raise FileProblem([text("batch.output.is.folder", file=place)])
    if path.exists() and not path.is_file():
        raise FileProblem([text("file.device", file=place)])
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise FileProblem([text("batch.output.folder", file=place, folder=folder)])
    if any(same(place, one) for one in inputs):
        raise FileProblem([text("batch.output.input", file=place)])


def same(one: str | Path, other: str | Path) -> bool:
    """Whether two names are one file, also through links."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def plain_file(path: str | Path) -> bytes:
    """The bytes of a file; what is no plain file (a pipe, a device) is not waited for. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.ENXIO, "no plain file", str(path))
        return file.read()


def put(temporary: str | Path, path: str | Path) -> None:
    """Moves a finished file to its place: where a link points, with the mode of the file that was there. Raises ``OSError``."""
    place = Path(os.path.realpath(path))
    if place.exists():
        if not place.is_file():
            raise FileProblem([text("file.device", file=path)])
        mode = stat.S_IMODE(place.stat().st_mode)
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    os.chmod(temporary, mode)
    os.replace(temporary, place)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all: beside its place first, then moved over it. Raises ``OSError``."""
    if "\0" in str(path):
        raise OSError(errno.EILSEQ, "no name", str(path))
    place = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        put(name, path)
    except BaseException:
        os.unlink(name)
        raise
