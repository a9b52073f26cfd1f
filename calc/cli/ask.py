"""``subsidy ask``: an interview in the terminal that ends in a project file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from calc import stopping
from calc.characters import visible
from calc.language.names import short
from calc.messages import listed, text

if TYPE_CHECKING:
    from calc.questions.ask import Interview, Question, Standing

HELP = ("?", "help", "帮助")
BACK = ("<", "back", "返回")
SKIP = "不知道"
DONE = ("完", "完成", "结束", "q", "quit", "done")
SHOWN = 4  # so many schemes are told one by one


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help=text("ask.help"))
    def ask(
        names: list[str] = typer.Argument(None, metavar="SCHEME…", help=text("ask.schemes.help")),
        project: str = typer.Option(None, "--project", metavar="PROJECT", help=text("ask.project.help")),
        output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help=text("ask.output.help")),
        name: str = typer.Option(None, "--name", metavar="NAME", help=text("ask.name.help")),
        force: bool = typer.Option(False, "--force", help=text("template.force.help")),
        lpr: Path = typer.Option(None, "--lpr", metavar="FILE", help=text("cli.lpr.help")),
        schemes: Path = typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help")),
    ) -> None:
        import signal
        from tempfile import gettempdir

        from calc.cli.common import WRONG, Refusal, catalog, complain, emit, lines_of_input, pasted, read_project
        from calc.errors import system_error
        from calc.estimate.plausible import odd_in, told
        from calc.files import write_whole
        from calc.questions.fill.template import project_toml

        def taken(file: Path) -> bool:
            return file.exists() and not force and (project is None or not Path(project).exists() or not file.samefile(project))

        if output is not None and output.suffix.lower() != ".toml":
            raise Refusal(text("ask.suffix", file=output))
        if output is not None and taken(output):
            raise Refusal(text("template.exists", file=output))
        loaded = catalog(schemes, lpr)
        document = read_project(project, loaded.facts) if project is not None else {"facts": {}}
        interview = loaded.ask(document["facts"], names or ())
        for warning in told(odd_in(loaded.read(document["facts"]), loaded.facts)):
            complain(warning)
        lines = lines_of_input()

        def save(file: Path) -> None:
            """Writes what was said so far. Raises ``OSError``."""
            title = name or str(document.get("name") or "") or visible(file.stem)
            write_whole(file, project_toml(title, interview.given, loaded.facts).encode())

        if output is not None and not output.exists():
            try:
                save(output)  # a place that takes no file is told before the first question
            except OSError as error:
                raise Refusal(text("ask.place", file=output, error=system_error(error))) from None
        full = False

        def keep() -> None:
            """Saves what was said so far; where that fails it is told once, and the interview goes on."""
            nonlocal full
            try:
                if output is not None:
                    save(output)
                full = False
            except OSError as error:
                if not full:
                    complain(text("ask.unsaved", file=output, error=system_error(error)))
                full = True

        def settled(file: Path | None) -> Path | None:
            """The file in which all is kept, ``file`` if that takes it, else one asked for; ``None`` where none is wanted."""
            while True:
                if file is not None:
                    try:
                        save(file)
                        return file
                    except OSError as error:
                        complain(text("ask.place", file=file, error=system_error(error)))
                complain(text("ask.save"))
                wanted = next(lines, "").strip()
                if not wanted:
                    return None
                file = Path(wanted if Path(wanted).suffix else f"{wanted}.toml")
                said = "ask.suffix" if file.suffix.lower() != ".toml" else "ask.taken" if taken(file) else ""
                if said:
                    complain(text(said, file=file))
                    file = None

        def spared() -> Path | None:
            """The file in which all is kept where nobody can be asked: the one told, else one here, else one among temporary files."""
            here = (next(file for n in count(1) if not (file := folder / text("ask.spare", number=n)).exists()) for folder in (Path(), Path(gettempdir())))
            for file in ([output] if output is not None else []) + list(here):
                with suppress(OSError):
                    save(file)
                    return file
            return None

        ended: int | None = None
        failed = False
        place: Path | None = output
        try:
            try:
                hold(interview, lines, complain, keep)
            except KeyboardInterrupt as stop:  # what was answered is not lost
                stopping.listen()
                ended = next(iter(stop.args), None)
                lines = lines_of_input()  # Ctrl-C: enough was said, where shall it go?
            place = spared() if ended is not None else settled(place)
            if place is None:
                emit(project_toml(name or str(document.get("name") or ""), interview.given, loaded.facts), None)
                return
        except (KeyboardInterrupt, OSError) as stop:  # a window that is closed ends the lines first, or takes no more
            stopping.deaf()
            place = spared() if interview.given else None
            if place is None:
                raise
            failed = isinstance(stop, OSError)
            ended = None if failed else next(iter(stop.args), signal.SIGINT)
            if isinstance(stop, OSError):
                complain(text("system.of", file=text("system.stream"), error=system_error(stop)))
        where = ["--schemes", schemes] if schemes is not None else []
        chosen = [word for id in interview.chosen for word in ("-s", id)]
        complain(text("ask.saved", file=place, command=pasted("estimate" if chosen else "match", place, *chosen, *where)))
        if interview.question() is not None:
            complain(text("ask.go.on", command=pasted("ask", *interview.chosen, "--project", place, "-o", place, *where)))
        if failed or ended is not None:
            raise typer.Exit(WRONG if ended is None else 128 + ended)


def hold(interview: Interview, lines: Iterator[str], say: Callable[[str], None], save: Callable[[], None] = lambda: None) -> None:
    """Asks and takes answers from ``lines`` until nothing is left to ask, the user has enough, or the lines end.

    ``save`` is called after every answer, and after one is taken back.
    """
    from calc.errors import InputError
    from calc.estimate.plausible import told
    from calc.units import is_blank

    say(text("ask.intro"))
    shown = ""
    known = {one.said for one in interview.odd}
    number = 1
    while True:
        standing = so_far(interview)
        if standing != shown:
            say(standing)
            shown = standing
        question = interview.question()
        if question is None:
            say(text("ask.nothing"))
            return
        say("\n" + asked(interview, question, number))
        while True:
            line = next(lines, None)
            word = (line or "").strip().replace("？", "?").replace("＜", "<").replace("－", "-")
            if line is None or word.lower() in DONE:
                return
            if word.lower() in HELP:
                say(explained(interview, question))
                continue
            if word.lower() in BACK:
                if interview.back():
                    number -= 1
                    save()
                    break
                say(text("ask.first"))
                continue
            number += 1
            if word == SKIP or is_blank(word):
                interview.skip(question)
                break
            try:
                answer = chosen(question, word)
                interview.answer(question, answer)
            except InputError as bad:
                number -= 1
                say(f"    {bad}")
                continue
            doubts = told(one for one in interview.odd if one.said not in known)
            known = {one.said for one in interview.odd}
            for said in filter(None, (echo(question, answer), *(f"    {one}" for one in doubts))):
                say(said)
            save()
            break


def echo(question: Question, answer: str) -> str:
    """An amount as it was read; one so small that its unit may be missing, with the question whether it is."""
    from calc.facts import read_value
    from calc.questions.ask import path_text
    from calc.units import decimal_text, grouped, money_words

    if question.definition.type != "money" or question.is_record:
        return ""
    value = read_value(question.definition, answer, path_text(question.place))
    if value and abs(value) < 10_000:
        return text("ask.read.small", amount=grouped(decimal_text(value)))
    return text("ask.read", amount=money_words(value))


def chosen(question: Question, word: str) -> str:
    """An answer, where it is the number of a choice (of a set: the numbers of several), as that choice."""
    values = list(question.definition.values) if question.definition.type in ("enum", "set") and not question.is_record else []
    if question.definition.type == "set":
        numbers = word.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        if values and all(n.isdecimal() and 0 < int(n) <= len(values) for n in numbers):
            return "；".join(values[int(n) - 1] for n in numbers)
        return word
    if word in values or not word.isdecimal() or not 0 < int(word) <= len(values):
        return word
    return values[int(word) - 1]


def asked(interview: Interview, question: Question, number: int) -> str:
    """A question as it is put: what is asked, its unit or choices, what turns on it."""
    from calc.questions.ask import place_name
    from calc.questions.fill.template import unit
    from calc.units import wan

    definition = question.definition
    if question.is_record:
        key = "ask.any" if question.place[-1] == 0 else "ask.more"
        first = text(key, list=place_name(question.place[:-1], interview.catalog), number=int(question.place[-1]) + 1)
    else:
        first = text("ask.value", name=place_name(question.place, interview.catalog), unit=unit(definition))
    rows = [f"{number}. {first}{text('ask.left', count=interview.left())}"]
    if definition.type in ("enum", "set") and not question.is_record:
        depth = {slug: len(definition.wider(slug)) - 1 for slug in definition.values} if definition.type == "set" else {}
        rows += [f"     {'  ' * depth.get(slug, 0)}{place}) {definition.value_name(slug)}" for place, slug in enumerate(definition.values, 1)]
        if definition.type == "set":
            rows.append("     " + text("ask.tick"))
    if question.schemes:
        ids = listed(map(short, question.schemes[:3])) + (text("ask.others", count=len(question.schemes)) if len(question.schemes) > 3 else "")
        opens = text("ask.unbounded") if question.opens is None else wan(question.opens)
        rows.append("   " + text("ask.opens", opens=opens, schemes=ids))
    return "\n".join(rows)


def explained(interview: Interview, question: Question) -> str:
    """Help on a question: how the fact is meant, what is accepted, where it matters."""
    from calc.estimate.benefit import title

    rows = [question.definition.hint] if question.definition.hint else []
    rows.append(text("ask.accepted", accepted=question.accepted))
    rows += [f"{id}  {title(interview.catalog.scheme(id))}" for id in question.schemes[:5]]
    rows.append(text("ask.intro"))
    return "\n".join(f"    {row}" for row in rows)


def so_far(interview: Interview) -> str:
    """What the project comes to so far: each scheme chosen; of all schemes the number, and the largest amount."""
    from calc.units import fen_text, grouped

    def yuan(amount: int) -> str:
        return grouped(fen_text(amount)) + text("word.yuan")

    def one(standing: Standing) -> str:
        amount = text("ask.open") if standing.total is None else yuan(standing.total)
        if standing.total_if is not None and standing.total_if != standing.total:
            amount += text("ask.if", amount=yuan(standing.total_if))
        return text("ask.standing", scheme=short(standing.scheme), amount=amount, status=text(f"status.{standing.status}"))

    standings = interview.standings()
    if len(standings) <= SHOWN:
        return text("ask.so.far", standing=text("word.semicolon").join(map(one, standings)))
    sure = [s for s in standings if s.total]
    likely = [s for s in standings if s.total_if and not s.total]
    best = max(sure, key=lambda s: s.total or 0, default=None)
    said = text("ask.all", sure=len(sure), likely=len(likely))
    return said + (text("ask.best", scheme=short(best.scheme), amount=yuan(best.total or 0)) if best is not None else "")
