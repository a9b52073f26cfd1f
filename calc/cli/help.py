"""Commands as typer makes them, but for two things: help is in the language in use and wrapped by the width that characters take
on a screen (a Chinese one takes two), and plain values are read without setting up pydantic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from calc.messages import text


class _Plain:
    """Reads texts, paths and values that have their type already; all else as typer does, which takes long to set up."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value of a parameter."""
        many = param.multiple or param.nargs != 1
        if value is None:
            return () if many else None
        kind = param.type_descriptor.annotation
        if not many and kind is str and isinstance(value, str):
            return value
        if kind == list[str] and many:
            return list(value)
        if kind is Path and isinstance(value, str):
            return Path(value)
        if kind == list[Path] and many:
            return [Path(one) for one in value]
        if isinstance(kind, type) and type(value) is kind:
            return value
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param, ctx)


class _Ours:
    """What our commands do their own way: lay out help by ``page``, read plain parameters without pydantic."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments."""
        for param in self.get_params(ctx):  # type: ignore[attr-defined]
            if getattr(param, "_runtime_param", _Plain) is None:
                param._runtime_param = _Plain()
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))  # type: ignore[attr-defined]
        require_each(values, order)
        return super().parse_args(ctx, args)  # type: ignore[misc, no-any-return]

    def invoke(self, ctx: Any) -> Any:
        """Runs the command, when its outputs are seen to stand over none of its inputs."""
        to_screen(ctx.info_name, ctx.params)
        guard(ctx.info_name, ctx.params)
        try:
            return super().invoke(ctx)  # type: ignore[misc]
        except BrokenPipeError:  # the reader has seen enough, as in `subsidy list | head`
            return None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the page."""
        formatter.write(page(self, ctx))


class Command(_Ours, TyperCommand):
    """One command."""


class Group(_Ours, TyperGroup):
    """The group of all commands."""


def require_each(values: dict[str, Any], order: Sequence[Any]) -> None:
    """That nothing on the command line is dropped: no option that takes one value stands twice, nothing given is blank. ``order``: what
    was given, as often as it was. Raises ``Refusal``."""
    from calc.cli.common import Refusal

    for param in dict.fromkeys(order):
        option = param.param_type_name == "option"
        if option and not param.multiple and not param.is_flag and order.count(param) > 1:
            raise Refusal(text("cli.option.twice", option=" / ".join(param.opts)))
        found = values.get(param.name)
        if any(isinstance(one, str) and not one.strip() for one in (found if isinstance(found, list | tuple) else [found])):
            raise Refusal(text("cli.option.value", option=" / ".join(param.opts)) if option else text("cli.argument.blank", name=_argument(param)))


NEED_A_FILE = ("ask", "new", "template")


def to_screen(command: str, params: dict[str, Any]) -> None:
    """``-o -`` is the screen, as where no file is told; nothing else a command writes may go there. Raises ``FileProblem``."""
    from calc.errors import FileProblem

    if any(str(params.get(name)) == "-" for name in OUTPUTS if name != "output" or command in NEED_A_FILE):
        raise FileProblem([text("file.dash")])
    if params.get("output") == Path("-"):
        params["output"] = None


OUTPUTS = ("output", "rejects", "chart", "rows", "duplicates", "list_")
REPLACED = {"ask": "project", "new": "schemes"}  # what a command may write over: the project it goes on with, a scheme of the folder


def guard(command: str, params: dict[str, Any]) -> None:
    """That each file a command is to write can be written, and is neither one it reads nor another it writes. Whatever else a
    command is given and is a file counts as read, and the record lists beside a table. Raises ``FileProblem``."""
    wanted = [params[name] for name in OUTPUTS if params.get(name) is not None and str(params[name]) != "-"]
    if not wanted:
        return
    from calc.errors import FileProblem
    from calc.files import check_place, same

    for number, place in enumerate(wanted):
        if any(same(place, other) for other in wanted[:number]):
            raise FileProblem([text("file.twice", file=place)])
    inputs: list[str | Path] = []
    for name, value in params.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if name not in OUTPUTS and name != REPLACED.get(command) and isinstance(one, str | Path) and str(one):
                inputs += [one, *filter(None, [str(one).partition("=")[2].partition("#")[0]])]
    if any(Path(place).exists() for place in wanted):
        from calc.store.store import scheme_folder

        folder = next((Path(one) for one in inputs if (Path(one) / "facts.toml").is_file()), None)
        inputs += [list for one in inputs for list in _lists_among(wanted, Path(one), folder)]
        if command not in REPLACED:
            inputs.append(scheme_folder(folder))
    for place in wanted:
        check_place(place, inputs)


def _lists_among(wanted: Sequence[str | Path], table: Path, folder: Path | None) -> Iterable[Path]:
    """The record lists beside a CSV file, where one of them is to be written."""
    from calc.files import same

    if not table.is_file() or not any(same(place, one) for place in wanted for one in table.parent.glob(f"*.*{table.suffix}")):
        return ()
    from calc.catalog import load_catalog
    from calc.questions.fill.sheets import lists_beside

    return lists_beside(table, load_catalog(folder).facts)


def page(command: Any, ctx: Any) -> str:
    """Usage, help text, arguments, options and subcommands of a command."""
    from calc.report.screen import WIDEST, columns, screen, wrap

    width = min(screen(None)[0], WIDEST)
    params = command.get_params(ctx)
    arguments = [p for p in params if p.param_type_name == "argument"]
    options = [p for p in params if p.param_type_name == "option" and not p.hidden]
    commands = [(name, command.get_command(ctx, name).help.split("\n")[0]) for name in getattr(command, "commands", ())]
    words = [ctx.command_path, f"[{text('cli.options')}]", *([f"{text('cli.command')} …"] if commands else []), *map(_argument, arguments)]
    lines = [wrap(f"{text('cli.usage')}{' '.join(words)}", width), "", *_set_in(wrap(command.help or "", width - 2))]
    sections = {
        "cli.commands": commands,
        "cli.arguments": [(_argument(p), p.help or "") for p in arguments],
        "cli.options": [(_option(p), _about(p)) for p in options],
    }
    for title, rows in sections.items():
        if not rows:
            continue
        name_width = min(max(columns(name) for name, _ in rows), width // 2)
        lines += ["", text(title)]
        for name, said in rows:
            first, *rest = wrap(said, width - name_width - 4).split("\n")
            wide = columns(name) > name_width
            lines += [f"  {name}"] if wide else []
            lines.append(f"  {'' if wide else name}{' ' * (name_width - (0 if wide else columns(name)))}  {first}".rstrip())
            lines += [" " * (name_width + 4) + line for line in rest]
    return "\n".join(lines) + "\n"


def _set_in(said: str) -> list[str]:
    return [f"  {line}".rstrip() for line in said.split("\n")]


def _about(param: Any) -> str:
    """What an option does; those that the parser brings along in the words of the program."""
    own = {"help": "cli.help.option", "install_completion": "completion.install", "show_completion": "completion.show"}
    return text(own[param.name]) if param.name in own else param.help or ""


def _argument(param: Any) -> str:
    name = param.metavar or param.name.upper()
    return name if param.required else f"[{name}]"


def _option(param: Any) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"
