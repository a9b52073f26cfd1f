"""The subsidy calculator: the most public support a described project can get, exact to the fen."""

from calc.catalog import Catalog, load_catalog
from calc.errors import InputError, SchemeError

__all__ = ["Catalog", "InputError", "SchemeError", "load_catalog"]
__version__ = "0.1.0"
