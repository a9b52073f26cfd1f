"""The core as formulas of a workbook. Each file fills the table of readings with its nodes."""

from calc.engines.formulas import choices, loans, nodes, records, series

__all__ = ["choices", "loans", "nodes", "records", "series"]
