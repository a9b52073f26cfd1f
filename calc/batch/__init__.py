"""Batch: a table of projects against schemes, exact, with every row accounted for."""
