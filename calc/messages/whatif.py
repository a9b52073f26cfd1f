"""Texts of the room: whatif."""

MESSAGES: dict[str, tuple[str, str]] = {}
