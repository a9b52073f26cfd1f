"""The errors a user can meet. Each says what is wrong, what would be accepted, and the nearest name."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from calc.messages import text

LONG = 200  # signs; what is longer is no name, and told shortened
TOLD = 50  # problems of one file that are told


def nearest_names(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Up to ``count`` of ``names`` that look most like ``name``, best first; none like what is too long for a name."""
    if len(name) > LONG:
        return []
    pool = list(dict.fromkeys(names))
    folded = {candidate.casefold(): candidate for candidate in pool}
    hits = difflib.get_close_matches(name.casefold(), folded, count, 0.55)
    inside = [c for c in pool if name and name.casefold() in c.casefold()]
    return list(dict.fromkeys([folded[h] for h in hits] + inside))[:count]


def system_error(bad: OSError) -> str:
    """Why the system refused something, in the language in use."""
    number = bad.errno or 0
    key = _SYSTEM.get(number)
    return text(f"system.{key}") if key else text("system.other", number=number) if number else str(bad)


_SYSTEM = {  # what the system says by number → the message that says it
    errno.ENOENT: "missing", errno.EACCES: "denied", errno.EPERM: "denied", errno.EROFS: "read.only", errno.EISDIR: "folder", errno.ENOTDIR: "no.folder",
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EFBIG: "full", errno.ENAMETOOLONG: "long", errno.ELOOP: "loop", errno.EMFILE: "open",
    errno.ENFILE: "open", errno.EEXIST: "there", errno.EIO: "device", errno.ENXIO: "device", errno.ENODEV: "device", errno.EBUSY: "busy",
    errno.ETXTBSY: "busy", errno.EPIPE: "pipe", errno.EBADF: "closed", errno.EINVAL: "invalid", errno.EILSEQ: "name", errno.ENOMEM: "memory",
    errno.ETIMEDOUT: "waited",
}  # fmt: skip


class InputError(ValueError):
    """A given value or name that cannot be used.

    ``fact``: the fact (or record field, ``loans.rate``) in question; ``value``: what was given; ``accepted``: what would
    be; ``nearest``: the closest known names or values (a mapping also says how the message calls each); ``others``: what else of
    the same input cannot be used.
    """

    def __init__(
        self, fact: str, value: object, accepted: str, nearest: Sequence[str] | Mapping[str, str] = (), *, message: str = "error.fact"
    ) -> None:
        self.others: list[InputError] = []
        self.fact = fact
        self.value = value
        self.accepted = accepted
        self.nearest = list(nearest)
        self._called = nearest if isinstance(nearest, Mapping) else dict(zip(nearest, nearest, strict=True))
        self.placed = False
        self._message = message
        super().__init__(self._said(fact))

    def _said(self, fact: str) -> str:
        message = self._message
        if message == "error.fact":
            message = "error.absent" if isinstance(self.value, str) and not self.value else "error.option" if fact.startswith("--") else message
        if message == "error.option" and not fact.startswith("--"):  # as the command line has it
            fact = f"--{fact}"
        said = text(message, fact=" ".join(fact.splitlines()) if len(fact) <= LONG else shown(fact), value=shown(self.value), accepted=self.accepted)
        return said + text("error.nearest", nearest=" / ".join(self._called.values())) if self.nearest else said

    def called(self, label: str) -> InputError:
        """The same, its fact also by its label."""
        self.args = (self._said(label if label == self.fact else label + text("word.brackets", said=self.fact)),)
        return self

    def at(self, place: str) -> InputError:
        """The same, with the place where it stands before it."""
        if place and not self.placed:
            self.args, self.placed = (text("error.at", place=place, said=self.args[0]),), True
        return self

    def __str__(self) -> str:
        return "\n".join([str(self.args[0]), *map(str, self.others)])

    def __reduce__(self) -> tuple[object, ...]:
        return InputError, (self.fact, self.value, self.accepted, self.nearest), {**self.__dict__, "args": self.args}


def together(errors: Sequence[InputError]) -> InputError:
    """Several errors as one, the first of them, which tells the others too."""
    errors[0].others = [*errors[0].others, *errors[1:]]
    return errors[0]


def shown(value: object) -> str:
    """A given value as it is quoted in a message: as written in files, on one line, long ones shortened."""
    said = "".join(c if c.isprintable() else " " for c in (value if isinstance(value, str) else written(value)))
    return said if len(said) <= 60 else said[:57] + "…"


def written(value: object) -> str:
    """A value as TOML has it: texts in quotation marks, dates without, yes/no as ``true`` and ``false``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 400:
        return f"{Decimal(value):.3e}"  # str() refuses thousands of digits
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    return str(value)


class SchemeError(ValueError):
    """What is wrong in a scheme, fact or rule file: ``file``, ``line`` (1-based, 0 when unknown), ``problem``, ``hint``."""

    def __init__(self, file: str, line: int, problem: str, hint: str = "") -> None:
        self.file = file
        self.line = line
        problem = " ".join(problem.splitlines())  # what it quotes may have several
        self.problem = problem
        self.hint = hint
        super().__init__((f"{file}:{line}" if line else file) + f": {problem}" + (text("word.brackets", said=hint) if hint else ""))


class SchemeErrors(ValueError):
    """All problems of one file."""

    def __init__(self, problems: list[SchemeError]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class FileProblem(ValueError):
    """A file given, or one to be written, that cannot be used; ``problems`` are all of them, each with its place, of which the first are told."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = [text("error.more", count=TOLD)] if len(problems) > TOLD else []
        super().__init__("\n".join([*problems[:TOLD], *more]))
        self.problems = list(problems)
