"""What an engine makes of each node: a table by the node's class, filled where the reading is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Reading = TypeVar("Reading", bound=Callable[..., Any])


class Readings:
    """The readings of one engine. A class that is not in the table is not defined there; the engine says so in its own way."""

    def __init__(self) -> None:
        self.by_class: dict[type, Callable[..., Any]] = {}

    def of(self, kind: type) -> Callable[[Reading], Reading]:
        """Makes the function below it the reading of nodes of class ``kind``."""

        def keep(reading: Reading) -> Reading:
            self.by_class[kind] = reading
            return reading

        return keep
