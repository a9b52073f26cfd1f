"""Steps side by side: while one table is used the next is made, while one is written the next is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in the same order; each is made while the one before is used. What making one raises is raised here."""
    end = object()
    with ThreadPoolExecutor(1) as maker:
        waiting: Future[T | object] = maker.submit(next, items, end)
        while (one := waiting.result()) is not end:
            waiting = maker.submit(next, items, end)
            yield one  # type: ignore[misc]  # not the end


class Behind:
    """Work done one piece after the other, in the order in which it was given, while the caller goes on; at most one waits.

    What a piece raises is raised when the next is given, or at the end.
    """

    def __init__(self) -> None:
        self.worker = ThreadPoolExecutor(1)
        self.last: Future[None] | None = None

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.worker.shutdown(wait=True, cancel_futures=True)

    def do(self, work: Callable[[], None]) -> None:
        """Waits for the piece before, then begins ``work``."""
        self.wait()
        self.last = self.worker.submit(work)

    def wait(self) -> None:
        """Waits for what is being done."""
        last, self.last = self.last, None
        if last is not None:
            last.result()
