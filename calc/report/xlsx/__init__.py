"""Workbooks an auditor can follow: inputs, every step as a live formula, totals and limits of groups, sources.

``formula`` expressions that know their value → ``cells`` what a node becomes → ``translate`` and ``gather`` the core as
formulas → ``book`` the sheets → ``estimate``, ``answers`` and ``plan`` the workbooks.
"""

from calc.report.xlsx.answers import write_whatif
from calc.report.xlsx.estimate import write_estimate
from calc.report.xlsx.plan import write_plan, write_plans

__all__ = ["write_estimate", "write_plan", "write_plans", "write_whatif"]
