"""Texts of the room: match."""

MESSAGES: dict[str, tuple[str, str]] = {}
