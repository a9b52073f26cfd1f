"""``subsidy texts``: the user's own policy texts, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc.messages import listed, text

if TYPE_CHECKING:
    from calc.texts.desk import Texts

FORMATS = ("table", "json")


def register(app: typer.Typer) -> None:
    """Adds the command and those below it."""
    from calc.cli.help import Command, Group

    texts = typer.Typer(cls=Group, help=text("texts.help"), no_args_is_help=True, rich_markup_mode=None)
    @texts.command("add", cls=Command, help=text("texts.add.help"))
    def add(
        files: list[Path] = typer.Argument(..., metavar="FILE…", help=text("texts.file.help")),
        format: str = _format_option(),
        output: Path = _output_option(),
    ) -> None:
        from calc.cli.common import require_format

        require_format(format, FORMATS, output)  # before anything is kept
        answer = []
        desk = _desk(None)
        for file in files:
            answer += desk.add(file)
        _told(answer, [_added(one) for one in answer], format, output)

    @texts.command("list", cls=Command, help=text("texts.list.help"))
    def list_(format: str = _format_option(), output: Path = _output_option()) -> None:
        answer = _desk(None).list()
        _told(answer, [_listed(one) for one in answer] or [text("texts.none")], format, output)

    @texts.command("search", cls=Command, help=text("texts.search.help"))
    def search(
        words: list[str] = typer.Argument(..., metavar="WORD…", help=text("texts.words.help")),
        limit: int = typer.Option(10, "--limit", min=1, max=1000, help=text("texts.limit.help")),
        format: str = _format_option(),
        output: Path = _output_option(),
    ) -> None:
        from calc.cli.common import screen
        from calc.report.quotes import hits_table

        desk = _desk(None)
        answer = desk.search(*words, limit=limit)
        said = hits_table(answer, *screen(output)) if answer else text("texts.nothing.found" if desk.list() else "texts.none")
        _told(answer, [said], format, output)

    @texts.command("remove", cls=Command, help=text("texts.remove.help"))
    def remove(names: list[str] = typer.Argument(..., metavar="NAME…", help=text("texts.name.help"))) -> None:
        for name in _desk(None).remove(*names):
            print(text("texts.removed", file=name))

    @texts.command("check", cls=Command, help=text("texts.check.help"))
    def check(
        schemes: list[str] = typer.Argument(None, metavar="SCHEME|FILE…", help=text("texts.scheme.help")),
        folder: Path = _schemes_option(),
        all_: bool = typer.Option(False, "--all", help=text("texts.all.help")),
        format: str = _format_option(),
        output: Path = _output_option(),
    ) -> None:
        from calc.cli.common import DONE, PROBLEMS, Refusal, screen

        desk = _desk(folder)
        if not desk:
            raise Refusal(text("texts.none"))
        answer = desk.check(*(schemes or ()))
        _told(answer, _checked(answer, all_ or len(schemes or ()) == 1, screen(output)[0]), format, output)
        raise typer.Exit(PROBLEMS if any(one["result"] == "absent" for one in answer) else DONE)

    @texts.command("diff", cls=Command, help=text("texts.diff.help"))
    def diff(
        old: Path = typer.Argument(..., metavar="OLD", help=text("texts.old.help")),
        new: Path = typer.Argument(..., metavar="NEW", help=text("texts.new.help")),
        folder: Path = _schemes_option(),
        format: str = _format_option(),
        output: Path = _output_option(),
    ) -> None:
        answer = _desk(folder).diff(old, new)
        from calc.cli.common import screen

        _told(answer, _compared(answer, screen(output)[0]), format, output)

    app.add_typer(texts, name="texts")


def _schemes_option() -> Any:
    return typer.Option(None, "--schemes", metavar="DIR", help=text("cli.schemes.help"))


def _format_option() -> Any:
    return typer.Option(None, "--format", metavar="|".join(FORMATS), help=text("cli.format.help"))


def _output_option() -> Any:
    return typer.Option(None, "--output", "-o", metavar="FILE", help=text("cli.output.help"))


def _desk(schemes: Path | None) -> Texts:
    from calc.cli.common import catalog

    return catalog(schemes).texts


def _told(answer: Any, lines: list[str], format: str | None, output: Path | None) -> None:
    from calc.cli.common import dump, emit, require_format

    form = require_format(format, FORMATS, output)
    emit(dump(answer) if form == "json" else "\n".join(lines), output)


def _added(one: dict[str, Any]) -> str:
    said = text("texts.added", file=one["file"], title=one["title"] or text("texts.unnamed"), clauses=one["clauses"])
    return said + (text("texts.added.pages", pages=one["pages"]) if one["pages"] else "")


def _listed(one: dict[str, Any]) -> str:
    pages = text("texts.added.pages", pages=one["pages"]) if one["pages"] else ""
    return f"{one['file']}  {one['title'] or text('texts.unnamed')}{pages}  {one['added']}"


def _checked(answer: list[dict[str, Any]], every: bool, width: int) -> list[str]:
    from calc.report.screen import WIDEST, wrap

    lines = []  # each figure on one line, as editors and terminals follow them
    for one in answer:
        if one["result"] == "no-text" or not (every or one["result"] == "absent"):
            continue
        at = text("word.brackets", said=text("texts.page", page=one["page"])) if one["page"] else ""
        kind = "shared" if one["result"] == "found" and not one["clause"] else one["result"]
        told = text(f"texts.check.{kind}", where=one["where"] or "", remark=one["remark"] or "")
        lines.append(f"{_near(one['file'])}:{one['line']}: {one['figure']}  {told}{at}")
    counts = {result: sum(one["result"] == result for one in answer) for result in ("found", "elsewhere", "supplement", "remarked", "absent")}
    tail = [text("texts.check.sum", figures=sum(counts.values()), **counts)]
    lacking = list(dict.fromkeys(one["scheme"] for one in answer if one["result"] == "no-text"))
    if lacking:
        tail.append(text("texts.check.lacking", count=len(lacking), schemes=listed(lacking[:5]) + ("…" if len(lacking) > 5 else "")))
    return [*lines, *(wrap(said, min(width, WIDEST)) for said in tail)]


def _near(file: str) -> str:
    """A file as it is called from here."""
    here, path = Path.cwd(), Path(file).absolute()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def _compared(answer: dict[str, Any], width: int) -> list[str]:
    from calc.report.screen import WIDEST, wrap

    def set_(said: str, before: str = "") -> list[str]:
        """A text in lines that fit, ``before`` at the left of the first."""
        told = wrap(said, min(width, WIDEST) - len(before)).split("\n")
        return [(before if not place else " " * len(before)) + line for place, line in enumerate(told)]

    lines: list[str] = []
    for card in answer["changed"]:
        lines += set_(card["title"] or text("texts.unnamed"))
        for piece in card["clauses"]:
            page = piece["pages"][1] or piece["pages"][0]
            at = text("word.brackets", said=text("texts.page", page=page)) if page else ""
            lines.append(f"  {text('texts.diff.' + piece['kind'])} {piece['clause'] or text('texts.diff.head')}{at}")
            old, new = piece["figures"]["old"], piece["figures"]["new"]
            if old or new:
                lines += set_(text("texts.diff.figures", old=listed(old) or "—", new=listed(new) or "—"), "    ")
            for sign, words in (("-", piece["old"]), ("+", piece["new"])):
                lines += set_(words, f"    {sign} ") if words else []
    lines += [f"{text('texts.diff.added')} {title}" for title in answer["added"]]
    lines += [f"{text('texts.diff.removed')} {title}" for title in answer["removed"]]
    if not lines:
        return [text("texts.diff.same")]
    told = text("texts.diff.schemes", schemes=listed(answer["schemes"])) if answer["schemes"] else text("texts.diff.noschemes")
    return [*lines, *set_(told)]
