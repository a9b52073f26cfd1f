"""Help pages: in the language in use, wrapped by the width characters take on a screen (a Chinese one takes two)."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from calc.messages import text


class Command(TyperCommand):
    """A command whose help is laid out by ``page``."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the page."""
        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """The group of all commands, its help laid out by ``page``."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the page."""
        formatter.write(page(self, ctx))


def page(command: Any, ctx: Any) -> str:
    """Usage, help text, arguments, options and subcommands of a command."""
    from rich.console import Group as Stack
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from calc.report.screen import print_to_text, screen

    params = command.get_params(ctx)
    arguments = [p for p in params if p.param_type_name == "argument"]
    options = [p for p in params if p.param_type_name == "option"]
    commands = [(name, command.get_command(ctx, name).help.split("\n")[0]) for name in getattr(command, "commands", ())]
    words = [ctx.command_path, f"[{text('cli.options')}]", *(["COMMAND …"] if commands else []), *map(_argument, arguments)]
    parts: list[Any] = [Text(f"{text('cli.usage')}{' '.join(words)}"), Text(), Padding(Text(command.help or ""), (0, 2)), Text()]
    sections = {
        "cli.commands": commands,
        "cli.arguments": [(_argument(p), p.help or "") for p in arguments],
        "cli.options": [(_option(p), text("cli.help.option") if p.name == "help" else p.help or "") for p in options],
    }
    for title, rows in sections.items():
        if rows:
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(no_wrap=True)
            table.add_column(overflow="fold")
            for row in rows:
                table.add_row(*map(Text, row))
            parts += [Text(text(title)), Padding(table, (0, 0, 1, 2))]
    width, color = screen(None)
    return print_to_text(Stack(*parts), width, color)


def _argument(param: Any) -> str:
    name = param.metavar or param.name.upper()
    return name if param.required else f"[{name}]"


def _option(param: Any) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"
