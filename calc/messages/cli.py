"""Texts of the room: cli."""

MESSAGES: dict[str, tuple[str, str]] = {}
