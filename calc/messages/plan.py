"""Texts of the room: plan."""

MESSAGES: dict[str, tuple[str, str]] = {}
