"""Texts of the room: office."""

MESSAGES: dict[str, tuple[str, str]] = {}
