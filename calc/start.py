"""Where the program starts: it can be told to stop before anything else of it is loaded."""

from __future__ import annotations

import sys

from calc import stopping


def main() -> None:
    """Entry point of ``subsidy``; see ``calc.cli.main``."""
    stopping.listen()
    try:
        from calc.cli import main as run

        try:
            run()
        finally:
            stopping.deaf()
    except KeyboardInterrupt:
        from calc.messages import text

        print(text("cli.interrupted"), file=sys.stderr)
        sys.exit(130)
