"""Writing files: never over an input, through links, whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

from calc.errors import FileProblem
from calc.messages import text

T = TypeVar("T")


def check_place(place: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """That a file can be written at ``place`` and is none of ``inputs``, by whatever name or link, nor read with a folder of schemes
    among them. Raises ``FileProblem``."""
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
    _require_open(path)
    if any(same(place, one) or _read_with(path, Path(one)) for one in inputs):
        raise FileProblem([text("batch.output.input", file=place)])


def _require_open(place: str | Path) -> None:
    """That a file, where there is one, is not protected against being written. Raises ``FileProblem``."""
    path = Path(place)
    if path.exists() and (not stat.S_IMODE(path.stat().st_mode) & 0o222 or not os.access(path, os.W_OK)):
        raise FileProblem([text("file.read.only", file=place)])


def check_outside(place: str | Path, folder: str | Path) -> None:
    """That ``place`` is not within a ``folder`` of applications, where it would be read as one. Raises ``FileProblem``."""
    if Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder)):
        raise FileProblem([text("batch.output.inside", file=place, folder=folder)])


def _read_with(place: Path, folder: Path) -> bool:
    """Whether a file is one of those that a folder of schemes consists of, also by another name."""
    if not place.is_file() or not folder.is_dir():
        return False
    found = Path(os.path.realpath(place))
    if found.suffix == ".toml" and found.is_relative_to(os.path.realpath(folder)):
        return True
    return found.stat().st_nlink > 1 and any(same(place, one) for one in folder.rglob("*.toml"))


def same(one: str | Path, other: str | Path) -> bool:
    """Whether two names are one file, also through links."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


PATIENCE = 3.0  # seconds in which somebody must begin to write into a pipe


class _Begun(io.RawIOBase):
    """An open pipe of which something is read already."""

    def __init__(self, first: bytes, handle: int) -> None:
        self._first = first
        self._handle = handle

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        some = self._first[: len(buffer)] or os.read(self._handle, len(buffer))
        self._first = self._first[len(some) :]
        buffer[: len(some)] = some
        return len(some)

    def close(self) -> None:
        if not self.closed:
            os.close(self._handle)
        super().close()


def opened(path: str | Path) -> IO[bytes]:
    """A file, open to be read; a pipe into which nobody writes is not waited for without end. Raises ``OSError``."""
    if not stat.S_ISFIFO(os.stat(path).st_mode):
        return open(path, "rb")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        begun = time.monotonic()
        while (first := _begun(handle)) == b"":
            if time.monotonic() - begun > PATIENCE:
                raise OSError(errno.ETIMEDOUT, "nobody writes", str(path))
            time.sleep(0.02)
        os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    return io.BufferedReader(_Begun(first or b"", handle))


def _begun(handle: int) -> bytes | None:
    """What can be read of a pipe now: nothing as long as nobody writes, ``None`` where somebody is about to."""
    try:
        return os.read(handle, 1 << 16)
    except BlockingIOError:
        return None


def whole_file(path: str | Path) -> bytes:
    """The bytes of a file or a pipe; a device, which may have no end, is not read. Raises ``OSError``."""
    kind = os.stat(path).st_mode
    if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
        raise OSError(errno.ENXIO, "no file", str(path))
    with opened(path) as file:
        return file.read()


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
        _require_open(path)
        mode = stat.S_IMODE(place.stat().st_mode)
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    os.chmod(temporary, mode)
    os.replace(temporary, place)


@contextmanager
def telling(path: str | Path) -> Iterator[None]:
    """What the system refuses while a file is made is told of that file, by the name that the user knows. Raises ``OSError``."""
    try:
        yield
    except OSError as bad:
        if bad.filename is None or Path(os.fsdecode(bad.filename)).name.startswith(".subsidy-"):
            bad.filename = str(path)
        raise


class Patient:
    """An open file for one who leaves a file unfinished where it cannot be written, and is told so again as he is cleared away: the first
    error is kept, what comes after it is dropped, and ``close`` raises it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._bad: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: Any) -> int:
        """As a file does."""
        return self._try(lambda: self._file.write(content), len(content))

    def flush(self) -> None:
        """As a file does."""
        self._try(self._file.flush, None)

    def seek(self, place: int, whence: int = 0) -> int:
        """As a file does."""
        return self._try(lambda: self._file.seek(place, whence), place)

    def _try(self, step: Callable[[], T], otherwise: T) -> T:
        if self._bad is None:
            try:
                return step()
            except OSError as bad:
                self._bad = bad
        return otherwise

    def close(self) -> None:
        """Closes the file. Raises the first ``OSError`` there was."""
        try:
            self._file.close()
        finally:
            if self._bad is not None:
                raise self._bad


def beside(path: str | Path | None) -> tuple[int, Path]:
    """A new file, open, beside ``path`` (with other temporary files, if that is none); what killed runs left there goes.

    While it is open no other run takes it for left behind. Raises ``OSError``.
    """
    folder = Path(tempfile.gettempdir()) if path is None else Path(os.path.realpath(path)).parent
    clear(folder.glob(".subsidy-*.part"))
    with telling(folder if path is None else path):
        handle, name = tempfile.mkstemp(dir=folder, prefix=".subsidy-", suffix=".part")
    with suppress(OSError):
        hold(handle)
    return handle, Path(name)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is there as long as it is used; those that killed runs left behind go. Raises ``OSError``."""
    clear(Path(tempfile.gettempdir()).glob("subsidy-run-*"))
    with tempfile.TemporaryDirectory(prefix="subsidy-run-") as folder, open(Path(folder) / _HELD, "wb") as file:
        with suppress(OSError):
            hold(file.fileno())
        yield Path(folder)


_HELD = "held"  # the file in a folder that its run holds open
_AGE = 60  # seconds: what is younger may not be held yet


def hold(handle: int) -> None:
    """Holds an open file against ``clear``, until it is closed. Raises ``OSError`` where another run holds it."""
    try:
        import fcntl
    except ImportError:
        raise OSError(errno.ENOSYS, "no locks") from None
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def clear(left: Iterable[Path]) -> None:
    """Removes files and folders of one's own that no run holds any more."""
    for one in left:
        with suppress(OSError):
            kept = one.lstat()
            if kept.st_uid != os.getuid() or time.time() - max(kept.st_mtime, kept.st_ctime) < _AGE or stat.S_ISLNK(kept.st_mode):
                continue
            handle = os.open(one / _HELD if one.is_dir() else one, os.O_RDWR)
            try:
                hold(handle)
                shutil.rmtree(one) if one.is_dir() else one.unlink()
            finally:
                os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all: beside its place first, then moved over it. Raises ``OSError``."""
    if "\0" in str(path):
        raise OSError(errno.EILSEQ, "no name", str(path))
    handle, name = beside(path)
    try:
        with telling(path):
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            put(name, path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise
