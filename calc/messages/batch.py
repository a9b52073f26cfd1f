"""Texts of the room: batch."""

MESSAGES: dict[str, tuple[str, str]] = {}
