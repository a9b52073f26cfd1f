"""``subsidy new``: a scheme file begun from a few answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc.messages import listed, text

if TYPE_CHECKING:
    from calc.catalog import Catalog
    from calc.cli.kept import Kept

Check = Callable[[str], str]
LAST = "another"  # the question after which all may be said


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("new.help"))
    def new(
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("new.output.help")),
        force: bool = typer.Option(False, "--force", help=text("template.force.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        from calc.cli.common import Refusal, catalog, complain, emit, lines_of_input, pasted
        from calc.cli.kept import Kept
        from calc.errors import SchemeErrors
        from calc.files import check_place
        from calc.questions.draft import cases
        from calc.store.store import CASES, OTHERS

        def free(id: str = "") -> Path:
            """The file, where the scheme can be written there. Raises ``FileProblem``, ``Refusal``."""
            file = output or Path(f"{id}.toml")
            if file.suffix.lower() != ".toml":
                raise Refusal(text("file.suffix", file=file, suffix=file.suffix, known=".toml"))
            check_place(file, [loaded.folder / name for name in OTHERS])
            if file.exists() and not force:
                raise Refusal(text("template.exists", file=file))
            kept.at(file, ("id", id) if output is None else None)
            return file

        def command() -> str:
            """What goes on with a conversation that was broken off."""
            where = ["--schemes", schemes] if schemes is not None else []
            return pasted("new", "-o", kept.file, *(["--force"] if force else []), *where)

        loaded = catalog(schemes)
        kept = Kept(complain)
        if output is not None:
            free()  # told before the first question
        complain(text("new.intro"))
        talk = Talk(loaded, lines_of_input(), complain, kept)
        try:
            id = talk.id(free)
            answers = talk.scheme(id)
            file = free(id)
            emit(loaded.draft(answers), file)
        except (KeyboardInterrupt, OSError, Refusal, SchemeErrors):
            kept.tell(command)
            raise
        kept.done()
        complain(text("new.wrote", file=file, command=pasted("check", file)))
        beside = file.parent / CASES / f"{answers['id']}.toml"
        if any(benefit["way"] != "none" for benefit in answers["benefits"]) and not beside.exists():
            beside.parent.mkdir(exist_ok=True)
            emit(cases(loaded, answers), beside)
            complain(text("new.wrote.cases", file=beside))


class Talk:
    """The questions, answers taken from ``lines``; an answer that cannot be used is asked again, one that can is ``kept``."""

    def __init__(self, catalog: Catalog, lines: Iterator[str], say: Callable[[str], None], kept: Kept) -> None:
        self.kept = kept
        self.catalog = catalog
        self.lines = lines
        self.say = say

    def ask(self, key: str, check: Check | None = None, optional: bool = False, default: str = "", keep: bool = True) -> str:
        """One answer; not kept yet, where ``keep`` is false. Raises ``Refusal`` where the lines end before the last question: nobody has
        left blank what was not asked."""
        from calc.cli.common import Refusal
        from calc.errors import InputError

        while True:
            before = self.kept.again(key)
            self.say(text(f"new.{key}") + (f" [{default}]" if default else "") + (f" {before}" if before else ""))
            line = next(self.lines, None) if before is None else before
            if line is None and key != LAST:
                raise Refusal(text("new.ended", question=text(f"new.{key}")))
            said = (line or "").strip() or default
            try:
                if said or optional:
                    found = check(said) if said and check is not None else said
                    if keep:
                        self.kept.add(key, said)
                    return found
            except InputError as bad:
                self.say(f"    {bad}")
            self.kept.drop()

    def choose(self, key: str, values: Sequence[str], name: Callable[[str], str], default: str) -> str:
        """One of ``values``, by itself, its name or its number."""
        from calc.errors import InputError

        self.say("\n".join(f"     {place}) {name(value)}" for place, value in enumerate(values, 1)))

        def check(said: str) -> str:
            if said.isdecimal() and 0 < int(said) <= len(values):
                return values[int(said) - 1]
            found = next((value for value in values if said in (value, name(value))), None)
            if found is None:
                raise InputError(text(f"new.{key}"), said, listed(map(name, values)))
            return found

        return self.ask(key, check, default=name(default))

    def id(self, free: Callable[[str], object]) -> str:
        """The id of the scheme, for which there is a place: what ``free`` raises is said, and asked again."""
        from calc.cli.common import Refusal
        from calc.errors import FileProblem
        from calc.questions.draft import new_id

        while True:
            said = self.ask("id", lambda said: new_id(self.catalog, said), keep=False)
            try:
                free(said)
                self.kept.add("id", said)
                return said
            except (FileProblem, Refusal) as bad:
                self.say(f"    {bad}")

    def scheme(self, id: str) -> dict[str, Any]:
        """All answers on the scheme ``id``, as ``calc.questions.draft`` takes them."""
        from calc.questions.draft import date

        found: dict[str, Any] = {"id": id}
        found |= {"title": self.ask("title"), "title_en": self.ask("title_en", optional=True)}
        found |= {key: self.ask(key) for key in ("document", "authority")}
        found |= {key: self.ask(key, date, optional=True) for key in ("published", "valid_from", "valid_to")}
        found["benefits"] = [self.benefit()]
        while self.yes("another"):
            found["benefits"].append(self.benefit())
        return found

    def typed(self, kind: str) -> Check:
        """Takes an expression of a type."""
        from calc.questions.draft import expression

        return lambda said: expression(self.catalog, said, kind)

    def within(self, list: str, kind: str) -> Check:
        """Takes an expression of a type over the records of a list."""
        from calc.questions.draft import expression

        return lambda said: expression(self.catalog, said, kind, list)

    def tiers(self) -> list[tuple[str, str]]:
        """The tiers of a table: from which figure on which amount is paid."""
        from calc.errors import InputError

        def check(said: str) -> str:
            parts = said.split()
            if len(parts) != 2:
                raise InputError(text("new.tier"), said, text("new.tier.accepted"))
            self.typed("money")(parts[1])
            return said

        found = [self.ask("tier", check)]
        while more := self.ask("tier", check, optional=True):
            found.append(more)
        return [(start, amount) for start, amount in (one.split() for one in found)]

    def fact(self, *kinds: str) -> Check:
        """Takes a fact of one of some types, by any of its names."""
        from calc.questions.draft import fact

        return lambda said: fact(self.catalog, said, kinds)

    def yes(self, key: str) -> bool:
        """A yes or no; no where nothing is said."""
        from calc.errors import InputError
        from calc.units import BadValue, parse_bool

        def check(said: str) -> str:
            try:
                return "y" if parse_bool(said) else "n"
            except BadValue as bad:
                raise InputError(text(f"new.{key}"), said, bad.accepted) from None

        return self.ask(key, check, optional=True) == "y"

    def benefit(self) -> dict[str, Any]:
        """The answers on one benefit."""
        from calc.language.lower import SCOPES
        from calc.language.surface import Support
        from calc.questions.draft import WAYS

        supports = list(Support.__args__)  # type: ignore[attr-defined]
        found: dict[str, Any] = {"label": self.ask("label"), "clause": self.ask("clause")}
        found["support"] = self.choose("support", supports, lambda one: text(f"support.{one}"), "grant")
        found["way"] = self.choose("way", WAYS, lambda one: text(f"new.way.{one}"), "percent")
        if found["way"] == "percent":
            found["percent"] = self.ask("percent", self.typed("percent"))
            found["of"] = self.ask("of", self.fact("money"))
        elif found["way"] == "amount":
            found["amount"] = self.ask("amount", self.typed("money"))
        elif found["way"] == "per_unit":
            found["per_unit"] = self.ask("per_unit", self.typed("money"))
            found["quantity"] = self.ask("quantity", self.fact("count", "number"))
        elif found["way"] == "interest":
            found["list"] = self.ask("list", self.fact("list"))
            found["rate"] = self.ask("rate", self.within(found["list"], "percent"), default="min(LPR, actual)")
            found["years"] = self.ask("years", optional=True)
        elif found["way"] == "tiers":
            found["by"] = self.ask("by", self.fact("money", "count", "number", "area"))
            found["tiers"] = self.tiers()
        elif found["way"] == "each":
            found["list"] = self.ask("list", self.fact("list"))
            found["percent"] = self.ask("percent", self.typed("percent"))
            found["of"] = self.ask("field", self.within(found["list"], "money"))
            found["item_at_most"] = self.ask("item_at_most", self.typed("money"), optional=True)
            found["where"] = self.ask("where", self.within(found["list"], "bool"), optional=True)
        else:
            found["reason"] = self.ask("reason")
        if found["way"] in ("percent", "per_unit", "interest", "each"):
            found["at_most"] = self.ask("at_most", self.typed("money"), optional=True)
            if found["at_most"]:
                found["per"] = self.choose("per", [s for s in SCOPES if s not in ("item", "group")], lambda one: text(f"scope.{one}"), "project")
        found["when"] = []
        while condition := self.ask("when", self.typed("bool"), optional=True):
            found["when"].append(condition)
        return found
