"""Surface mechanisms → core: names are resolved, types and units checked, each figure keeps its label and clause.

``form`` is the way in; ``amounts``, ``choices`` and ``records`` fill its table of mechanisms.
"""

from calc.language.lower import amounts, choices, records
from calc.language.lower.choices import BOUNDS
from calc.language.lower.form import cap, condition, expression, floored, form, let_problem, rounded
from calc.language.lower.keys import COMMON, ITEM_KEYS, MECHANISMS, SCOPES, SYNONYMS, YEARLY
from calc.language.lower.records import requires
from calc.language.lower.schedule import schedule, shares
from calc.language.lower.scope import LowerProblem, Scope
from calc.language.lower.types import kind_name, with_unit

__all__ = [
    "BOUNDS", "COMMON", "ITEM_KEYS", "MECHANISMS", "SCOPES", "SYNONYMS", "YEARLY", "LowerProblem", "Scope", "amounts", "cap", "choices", "condition",
    "expression", "floored", "form", "kind_name", "let_problem", "records", "requires", "rounded", "schedule", "shares", "with_unit",
]  # fmt: skip
