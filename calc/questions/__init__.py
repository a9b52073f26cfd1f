"""One question each: list, match, ask, plan, what if, and the forms to fill in."""
