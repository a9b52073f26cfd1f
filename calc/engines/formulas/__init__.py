"""The core as formulas of a workbook."""
