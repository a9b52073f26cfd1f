"""Tables as people have them (CSV, TSV, workbooks, JSON lines, Parquet, standard input) → blocks of columns, streamed.

A block has the raw columns of some rows with the line each row stands on. What cannot be read as a row (cells beyond the
header, an open quote, broken text) is a fault and counts as a row; blank rows do not count.
"""
