"""What commands share: reading a project, choosing schemes, writing results, turning errors into messages and exit codes."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from calc.errors import InputError, SchemeError
from calc.messages import text

if TYPE_CHECKING:
    from calc.catalog import Catalog

DONE, PROBLEMS, WRONG = 0, 1, 2


class Refusal(Exception):
    """Wrong usage or input, in the user's words; exit code 2 unless told otherwise."""

    def __init__(self, message: str, code: int = WRONG) -> None:
        super().__init__(message)
        self.code = code


def run(app: typer.Typer, argv: list[str]) -> int:
    """Run the application; every error becomes a message on standard error and an exit code, never a traceback."""
    import click

    from calc.errors import SchemeErrors

    command = typer.main.get_command(app)
    try:
        code = command.main(args=argv, prog_name="subsidy", standalone_mode=False)
        return code if isinstance(code, int) else DONE
    except (click.exceptions.Exit, typer.Exit) as done:
        return done.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        complain(text("cli.interrupted"))
        return WRONG
    except click.ClickException as bad:
        complain(bad.format_message())
        if isinstance(bad, click.UsageError) and bad.ctx is not None:
            complain(text("cli.try", command=bad.ctx.command_path))
        return WRONG
    except Refusal as bad:
        complain(str(bad))
        return bad.code
    except (InputError, SchemeError, SchemeErrors) as bad:
        complain(str(bad))
        return WRONG
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as bad:
        complain(f"{bad.filename or ''}: {bad.strerror or bad}")
        return WRONG


def complain(message: str) -> None:
    """A message to the user, on standard error."""
    print(message, file=sys.stderr)


def catalog(schemes: Path | None = None, lpr: Path | None = None) -> Catalog:
    """The catalogue a command works on."""
    from calc.catalog import load_catalog

    return load_catalog(schemes, lpr)


def read_project(source: str) -> dict[str, Any]:
    """A project file (TOML or JSON; ``-`` standard input): ``{"name": …, "facts": {…}}``. Raises ``Refusal``."""
    import tomli

    name = text("cli.stdin") if source == "-" else source
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as bad:
        raise Refusal(text("cli.unreadable", file=name, error=bad.strerror or bad)) from None
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            content = raw.decode("gb18030")
        except UnicodeDecodeError:
            raise Refusal(text("cli.encoding", file=name)) from None
    try:
        looks_json = source.endswith(".json") or content.lstrip()[:1] == "{"
        document = json.loads(content, parse_float=_decimal) if looks_json else tomli.loads(content, parse_float=_decimal)
    except json.JSONDecodeError as bad:
        raise Refusal(text("cli.json", file=name, line=bad.lineno, column=bad.colno, error=bad.msg)) from None
    except tomli.TOMLDecodeError as bad:
        raise Refusal(text("cli.toml", file=name, error=bad)) from None
    if not isinstance(document, dict):
        raise Refusal(text("cli.project", file=name))
    if "facts" not in document:
        document = {"facts": document}
    extra = [key for key in document if key not in ("name", "facts", "id", "enterprise", "note")]
    if extra or not isinstance(document["facts"], dict):
        raise Refusal(text("cli.project.keys", file=name, keys="、".join(extra) or "facts"))
    return document


def _decimal(digits: str) -> Any:
    from decimal import Decimal

    return Decimal(digits)


def override(facts: dict[str, Any], settings: list[str] | None) -> dict[str, Any]:
    """``facts`` with each ``fact=value`` of ``--set`` put in. Raises ``Refusal``."""
    found = dict(facts)
    for setting in settings or ():
        name, sign, value = setting.partition("=")
        if not sign or not name.strip():
            raise Refusal(text("cli.set", setting=setting))
        found[name.strip()] = value.strip()
    return found


def day(raw: str | None) -> dt.date | None:
    """A date option. Raises ``Refusal``."""
    from calc.units import BadValue, parse_date

    if raw is None:
        return None
    try:
        return parse_date(raw)
    except BadValue as bad:
        raise Refusal(text("cli.as_of", value=raw, accepted=bad.accepted)) from None


def dump(value: Any) -> str:
    """A result as JSON text, Chinese kept readable."""
    return json.dumps(value, ensure_ascii=False, indent=1)
