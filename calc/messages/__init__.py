"""The one message catalogue: every text a user reads, Chinese first, English beside it.

A message is looked up by key; figures and names are put in with ``str.format``. The language is process-wide
(``use``), ``zh`` unless told otherwise. The catalogue is kept in one file a room (``PARTS``), read when first needed.
Where a word goes with a number, both forms stand there: ``{rows} row{rows:|s}``, ``{rows:row was|rows were}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module

from calc.messages import currency
from calc.messages.core import MESSAGES

LANGUAGES = ("zh", "en")
PARTS = ("cli", "report", "match", "batch", "applications", "reform", "columns", "plan", "whatif", "office", "desk", "texts", "calendar")
FORMS = re.compile(r"\{(\w+):((?:[^{}|]|\{\w+\})*)\|((?:[^{}|]|\{\w+\})*)\}")  # the form for one, the form for all other numbers
_current = 0


def use(language: str) -> None:
    """Choose the language of all later texts. Raises ``ValueError`` for one that is not in ``LANGUAGES``."""
    global _current
    _current = LANGUAGES.index(language)


def listed(words: Iterable[object], most: int | None = None) -> str:
    """Several words as a list; of more than ``most`` the first, and a sign that there are others."""
    said = list(map(str, words))
    return text("word.comma").join(said[:most]) + ("…" if most is not None and len(said) > most else "")


def language() -> str:
    """The language in use, ``zh`` or ``en``."""
    return LANGUAGES[_current]


def translations(key: str) -> tuple[str, str]:
    """The message ``key`` in every language, in the order of ``LANGUAGES``. Raises ``KeyError`` for an unknown key."""
    text(key)
    return MESSAGES[key]


def text(key: str, /, **values: object) -> str:
    """The message ``key`` in the language in use, with ``values`` put in. Raises ``KeyError`` for an unknown key."""
    for part in PARTS if key not in MESSAGES else ():
        MESSAGES.update(import_module(f"calc.messages.{part}").MESSAGES)
        if key in MESSAGES:
            break
    template = MESSAGES[key][_current]
    if currency.currency() is not currency.CNY:
        template = currency.said_in(template, currency.currency().code, bool(_current))
    if _current and values and "|" in template:
        template = FORMS.sub(lambda said: said[2 if str(values[said[1]]) == "1" else 3], template)
    return template.format(**values) if values else template
