"""A project, or a record, as a library hands it over: a row of a data frame, of a table, of an array with names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calc.errors import InputError
from calc.messages import text
from calc.units import is_blank, native


def record(raw: Any) -> Any:
    """A row of a data frame (pandas), of a table (Arrow) or of an array with names (NumPy), or a tuple with names, as a mapping; what
    is a mapping already, or no row, as it is. Raises ``InputError`` for a name that stands there twice."""
    library = type(raw).__module__.partition(".")[0]
    if library == "pandas" and hasattr(raw, "to_dict") and not hasattr(raw, "columns"):
        pairs = list(raw.items())
    elif library == "numpy" and not getattr(raw, "ndim", 1) and raw.dtype.names:
        pairs = [(name, raw[name]) for name in raw.dtype.names]
    elif hasattr(raw, "_asdict"):
        pairs = list(raw._asdict().items())
    else:
        return native(raw) if library == "pyarrow" else raw
    found: dict[Any, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InputError(str(name), value, text("accepted.once", other=name))
        found[name] = value
    return found


def project(raw: Any) -> tuple[str, Any]:
    """What a project is called (nothing, where that is not said) and its facts, which may stand by themselves. Raises ``InputError``."""
    whole = record(raw)
    if not isinstance(whole, Mapping) or "facts" not in whole:
        return "", whole
    name = native(whole.get("name"))
    return "" if is_blank(name) else str(name), record(whole["facts"])


def projects(raw: Any) -> tuple[list[Any], bool]:
    """The projects in what is one, or a list, a data frame or a table of them, and whether it is the latter. Raises ``InputError``."""
    rows = native(raw)
    several = not isinstance(record(raw), Mapping) and not isinstance(rows, str | bytes) and hasattr(rows, "__iter__")
    return (list(rows) if several else [raw]), several
