"""Lowered schemes kept between runs, one entry a file, each keyed by what it was made from.

An entry is used only where the content of the scheme file, of ``facts.toml`` and of the program are what they were, so a
changed file is always seen. A cache that is damaged, foreign or cannot be written is as good as none: its folder and its file are
the user's own, and nobody else can write there.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from calc.files import beside, plain_file

OFF = ("0", "off", "no")
_PROGRAM = ("units.py", "folder.py", "facts", "twins.py", "language")


def folder() -> Path | None:
    """Where the cache stands (``SUBSIDY_CACHE``, else the user's cache folder); ``None`` when switched off."""
    told = os.environ.get("SUBSIDY_CACHE", "")
    if told.lower() in OFF and told:
        return None
    if told:
        return Path(told) if os.path.isabs(told) else None
    base = os.environ.get("XDG_CACHE_HOME", "")
    base = base if os.path.isabs(base) else os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "subsidy-calc" if os.path.isabs(base) else None


def digest(*parts: bytes) -> str:
    """A fingerprint of several contents."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def program() -> bytes:
    """A fingerprint of the code that makes entries, and of the Python that runs it."""
    here = Path(__file__).parents[1]
    files = [f for name in _PROGRAM for f in ([here / name] if name.endswith(".py") else sorted((here / name).rglob("*.py")))]
    stamps = [f"{f.relative_to(here)}:{s.st_size}:{s.st_mtime_ns}" for f in files for s in (f.stat(),)]
    return "\n".join((sys.version, *stamps)).encode()


_PLAIN = {("decimal", "Decimal"), ("fractions", "Fraction"), ("datetime", "date"), ("builtins", "frozenset"), ("builtins", "set")}


class _Reader(pickle.Unpickler):
    """Reads data of the language's own classes and plain values; a file that names anything else is no cache of ours."""

    def find_class(self, module: str, name: str) -> Any:
        """A class that an entry may hold. Raises ``UnpicklingError`` for all else."""
        if (module, name) in _PLAIN or (module.startswith(("calc.language.", "calc.facts", "calc.twins", "calc.folder", "calc.units")) and name.isidentifier()):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__.startswith((module, "_")):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _own(place: Path) -> bool:
    """Whether a file or folder is the user's own, and nobody else can write there. Raises ``OSError``."""
    kept = place.stat()
    return not hasattr(os, "getuid") or (kept.st_uid == os.getuid() and not kept.st_mode & 0o022)


def _loaded(raw: bytes) -> Any:
    return _Reader(io.BytesIO(raw)).load()


class Cache:
    """The entries of one scheme folder."""

    def __init__(self, schemes: Path) -> None:
        self.program = program()
        place = folder()
        self.file = place / f"{digest(os.fsencode(os.path.realpath(schemes)))[:16]}.cache" if place is not None else None
        self.entries: dict[str, tuple[str, bytes]] = self._read()

    def _read(self) -> dict[str, tuple[str, bytes]]:
        if self.file is None:
            return {}
        try:
            if self.file.is_symlink() or not (_own(self.file.parent) and _own(self.file)):
                return {}
            raw = plain_file(self.file)
            if digest(raw[64:]).encode() != raw[:64]:
                return {}
            entries = _loaded(raw[64:])
            return {name: (str(made_from), bytes(kept)) for name, (made_from, kept) in entries.items()}
        except Exception:
            return {}

    def get(self, name: str, *content: bytes) -> Any:
        """The entry made from ``content``, or ``None``."""
        kept = self.entries.get(name)
        if kept is None or kept[0] != digest(self.program, *content):
            return None
        try:
            return _loaded(kept[1])
        except Exception:
            return None

    def put(self, name: str, value: Any, *content: bytes) -> None:
        """Keep ``value``, made from ``content``; it is on disk after ``write``."""
        self.entries[name] = (digest(self.program, *content), pickle.dumps(value, protocol=5))

    def write(self) -> None:
        """All entries to disk, whole or not at all; failure is no error."""
        if self.file is None:
            return
        try:
            body = pickle.dumps(self.entries, protocol=5)
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _own(self.file.parent):
                return
            handle, name = beside(self.file.parent / "kept")
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(digest(body).encode() + body)
                os.replace(name, self.file)
            except BaseException:
                name.unlink(missing_ok=True)
                raise
        except OSError:
            return
