"""The subsidy calculator: the most public support a described project can get, exact to the fen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calc.catalog import Catalog, load_catalog
    from calc.errors import InputError, SchemeError

__all__ = ["Catalog", "InputError", "SchemeError", "load_catalog"]
__version__ = "0.1.0"
_PLACES = {"Catalog": "calc.catalog", "InputError": "calc.errors", "SchemeError": "calc.errors", "load_catalog": "calc.catalog"}


def __getattr__(name: str) -> Any:
    """What is named above, loaded when it is first asked for."""
    from importlib import import_module

    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
