"""Being told to stop: whenever the signal comes, it is not lost, and the last step of a run is done whole or not begun."""

from __future__ import annotations

import _thread
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
AGAIN = 0.02  # seconds after which a signal that came while a module was loaded is heard again
_told: list[int] = []
_held = False
_raised = False


def listen() -> None:
    """From here on Ctrl-C, a closed window and a request to end raise ``KeyboardInterrupt``, once; those ignored stay ignored.

    It has the number of the signal, if that was not Ctrl-C. Only for the main thread.
    """
    global _held, _raised
    _told.clear()
    _held = _raised = False
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _note)


def deaf() -> None:
    """From here on nothing stops the program: all is done."""
    for name in SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _note(number: int, frame: Any) -> None:
    _told.append(number)
    if _held or _raised:
        return
    if _loading(frame):
        _thread.start_new_thread(_again, (number,))
    else:
        check()


def _loading(frame: Any) -> bool:
    """Whether a module is being loaded: an interrupt there may leave the interpreter's lock of imports held, so that the program waits for
    itself, or end it as a fault of C++."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _again(number: int) -> None:
    time.sleep(AGAIN)
    _thread.interrupt_main(signal.Signals(number))


def told() -> bool:
    """Whether a signal came: what went wrong since went wrong because of it."""
    return bool(_told)


def check(error: Exception | None = None) -> None:
    """Stops here, if told to: where an interrupt may have been swallowed on its way, or become an ``error`` of a library that it came
    through. Raises ``KeyboardInterrupt``."""
    global _raised
    if _told:
        _raised = True
        raise KeyboardInterrupt(*(number for number in _told[:1] if number != signal.SIGINT))
    if KeyboardInterrupt.__name__ in str(error):
        raise KeyboardInterrupt


def resume() -> None:
    """From here on there is more to do: a signal stops it again. Raises ``KeyboardInterrupt`` where one came meanwhile."""
    global _held
    _held = False
    check()


@contextmanager
def whole() -> Iterator[None]:
    """What must not be torn: not begun where a signal came before, finished where one comes meanwhile. Once it is done so is the work:
    a signal that comes later is noted, and stops nothing. Raises ``KeyboardInterrupt``."""
    global _held
    begun, _held = _held, True
    try:
        if not begun:  # what belongs to a result that is in its place is finished too
            check()
        yield
    except BaseException:
        _held = begun
        raise
