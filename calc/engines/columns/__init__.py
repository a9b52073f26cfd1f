"""The column engine: the core on a table of projects, as one exact DuckDB query.

``compile_scheme`` makes the SQL of every benefit over one relation with a column per given fact, named by its id, in base
units; nothing but decimals, whole numbers, days, yes/no and texts takes part. A fact without a column is not given. Rows
whose ``error`` holds, and benefits with a ``fallback``, belong to the explainer.
"""

from __future__ import annotations

from calc.engines.columns import choices, loans, nodes, records, series
from calc.engines.columns.benefit import BenefitColumns, compile_scheme, scheme_columns
from calc.engines.columns.machine import ColumnType
from calc.engines.columns.sql import Let, select

READERS = (choices, loans, nodes, records, series)  # each fills the table of readings with its nodes

__all__ = ["READERS", "BenefitColumns", "ColumnType", "Let", "compile_scheme", "scheme_columns", "select"]
