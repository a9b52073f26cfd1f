"""The core on one project, exactly, every step kept. Each file fills the table of readings with its nodes."""

from calc.engines.explain import choices, loans, nodes, records, series, words

__all__ = ["choices", "loans", "nodes", "records", "series", "words"]
