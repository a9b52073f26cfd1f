"""How a total moves with the facts, and where it turns."""
