"""Loan prime rates and interest: dated tables, day counts, support years."""
