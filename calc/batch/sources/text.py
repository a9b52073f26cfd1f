"""A text file as UTF-8, some at a time; its encoding told, marked or found out."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from calc.errors import FileProblem, nearest_names
from calc.kinds import encoding_of
from calc.messages import text

READ = 8 << 20  # bytes read at a time


def peek(stream: IO[bytes]) -> bytes:
    """The first bytes of a stream."""
    found = b""
    while len(found) < READ // 8:
        more = stream.read(READ // 8 - len(found))
        if not more:
            break
        found += more
    return found


class Decoded:
    """A text file as UTF-8 bytes, some at a time; the encoding is told, marked, or found out."""

    def __init__(self, name: str, stream: IO[bytes], start: bytes, size: int, encoding: str | None) -> None:
        self.name = name
        self.stream = stream
        self.start = start
        self.size = size
        self.read_so_far = 0
        self.broken = False
        if encoding is not None:
            try:
                self.encoding = codecs.lookup(encoding).name
                codecs.getincrementaldecoder(self.encoding)("replace").decode(b"a").encode()
            except (LookupError, ValueError, TypeError, AttributeError, AssertionError):  # there is none, or it is none of texts
                near = nearest_names(encoding, ("utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16"))
                raise FileProblem([text("batch.encoding.unknown", encoding=encoding, nearest=" / ".join(near) or "utf-8 / gb18030")]) from None
            if self.encoding == "utf-8":
                self.encoding = "utf-8-sig"
            if self.encoding in ("gbk", "gb2312"):
                self.encoding = "gb18030"
        else:
            self.encoding = encoding_of(start)
        self.decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        self.undecided = encoding is None and start.isascii()
        self.mac = b"\r" in start and b"\n" not in start
        self.plain = self.encoding == "utf-8-sig" and not self.mac  # UTF-8 so far: nothing to decode
        self.cut = b""
        if self.plain:
            self.start = start.removeprefix(codecs.BOM_UTF8)

    def content(self) -> Iterator[bytes]:
        """The content as UTF-8; ``broken`` is set once something in it was no text."""
        raw = self.start
        while raw:
            self.read_so_far += len(raw)
            yield self._decode(raw, False)
            raw = self.stream.read(READ)
        tail = self._decode(b"", True)
        if tail:
            yield tail

    def _decode(self, raw: bytes, final: bool) -> bytes:
        if self.plain:
            raw = self.cut + raw
            end = len(raw) if final else _whole_characters(raw)
            if _is_utf8(raw[:end]):
                self.cut = raw[end:]
                self.undecided = self.undecided and raw.isascii()
                return raw[:end]
            self.plain, self.cut = False, b""
        if self.undecided and not raw.isascii():
            self.encoding = encoding_of(raw)
            self.decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            self.undecided = False
        try:
            content = self.decoder.decode(raw, final)
        except UnicodeError:  # even with what is broken replaced: no mark tells the order of the bytes, or the like
            raise FileProblem([text("batch.encoding.not", file=self.name, encoding=self.encoding)]) from None
        if not self.broken and "\ufffd" in content:
            self.broken = True
        if self.mac:
            content = content.replace("\r", "\n")
        return content.encode("utf-8", "replace")

    @property
    def done(self) -> float:
        """The share read so far, 0 where the size is not known."""
        return self.read_so_far / self.size if self.size else 0.0


def _whole_characters(raw: bytes) -> int:
    """Where the last whole UTF-8 character of some bytes ends."""
    for back in range(1, min(4, len(raw) + 1)):
        byte = raw[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(raw) - back if back < length else len(raw)
    return len(raw)


def _is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 in which nothing was lost before."""
    if raw.isascii():
        return True
    try:
        pa.array([raw], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return b"\xef\xbf\xbd" not in raw
