"""Texts of the room: report."""

MESSAGES: dict[str, tuple[str, str]] = {}
