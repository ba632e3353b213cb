"""One piece of work at a time: newer work stops the older, and only the newest tells how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from desktop.jobs import Job, Task
from engine.errors import EngineError

Lane = Callable[..., Job[Any]]


@dataclass(frozen=True, slots=True)
class Endings:
    """Whom to tell what."""

    done: Callable[[Any], None]
    failed: Callable[[EngineError], None]
    cancelled: Callable[[], None]
    progress: Callable[[int, int], None]


class Newest:
    """Holds the work that was started last."""

    def __init__(self) -> None:
        self._number = 0
        self._job: Job[Any] | None = None

    def start(self, owner: QObject, lane: Lane, work: Callable[[Task], Any], endings: Endings) -> None:
        """Start work on a lane; what ran before is stopped and tells nothing more."""
        self.drop()
        number = self._number

        def newest(call: Callable[..., None]) -> Callable[..., None]:
            return lambda *values: call(*values) if number == self._number else None

        parts = (endings.done, endings.failed, endings.cancelled, endings.progress)
        self._job = lane(owner, work, *(newest(part) for part in parts))

    def stop(self) -> None:
        """Ask what runs to stop at its next safe place; it tells that it was stopped."""
        if self._job is not None:
            self._job.cancel()

    def drop(self) -> None:
        """Stop what runs, and hear nothing more of it."""
        self.stop()
        self._job = None
        self._number += 1
