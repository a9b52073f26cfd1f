"""What reads the core: one project exactly, a table as a query, a workbook as formulas."""
