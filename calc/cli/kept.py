"""The answers of a conversation, kept in a file after each one: whatever ends it, nothing typed is lost, and it goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from calc.messages import text

SUFFIX = ".answers"  # behind the name of the file that is being made


class Kept:
    """``at`` tells the file that is being made, beside which answers are kept, until it is ``done``; ``again`` gives those that were
    kept before, as long as the same is asked."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.file: Path | None = None
        self.place: Path | None = None
        self._given: list[tuple[str, str]] = []
        self._before: list[tuple[str, str]] = []
        self._unsaved = False

    def at(self, file: Path, first: tuple[str, str] | None = None) -> None:
        """``first`` is the answer that names the file, if it is none told before. Raises ``Refusal`` where nothing can be kept beside
        ``file``, or what is kept there cannot be read or is of something else."""
        from calc.cli.common import Refusal
        from calc.errors import system_error
        from calc.files import plain_file, write_whole

        place = file.with_name(file.name + SUFFIX)
        if place == self.place:
            return
        try:
            if place.exists():
                lines = plain_file(place).decode("utf-8").splitlines()
                before = [(key, said) for key, said in map(json.loads, lines)]
                if first is not None and before[:1] != [first]:
                    raise ValueError
                self._before = before[0 if first is None else 1 :]
                self.say(text("new.kept.again", file=place))
            else:
                write_whole(place, b"")  # a place that takes no file is told before the questions
                place.unlink()
        except OSError as bad:
            raise Refusal(text("ask.place", file=place, error=system_error(bad))) from None
        except (ValueError, TypeError):
            raise Refusal(text("new.kept.broken", file=place)) from None
        self.file, self.place = file, place

    def again(self, key: str) -> str | None:
        """The answer given before to what is asked now; from the first that was another question on there are none."""
        if self._before and self._before[0][0] == key:
            return self._before.pop(0)[1]
        self._before = []
        return None

    def drop(self) -> None:
        """What was answered before can be used no more."""
        self._before = []

    def add(self, key: str, said: str) -> None:
        """One more answer; where it cannot be saved that is told once, and the conversation goes on."""
        from calc.errors import system_error

        self._given.append((key, said))
        if self.place is None or self._before:  # those kept before are there still
            return
        try:
            self._save(self.place)
            self._unsaved = False
        except OSError as bad:
            if not self._unsaved:
                self.say(text("ask.unsaved", file=self.place, error=system_error(bad)))
            self._unsaved = True

    def _save(self, place: Path) -> None:
        from calc.files import write_whole

        lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in [*self._given, *self._before]]
        write_whole(place, "".join(lines).encode())

    def tell(self, command: Callable[[], str]) -> None:
        """Where the answers are now that the conversation is broken off, and the ``command`` that goes on with it."""
        from tempfile import gettempdir

        if self.place is None or not self._given:
            return
        for place in (self.place, Path(gettempdir()) / self.place.name):
            with suppress(OSError):
                self._save(place)
                self.say(text("new.kept", file=place, command=command()))
                return

    def done(self) -> None:
        """All is made of them."""
        if self.place is not None:
            self.place.unlink(missing_ok=True)
