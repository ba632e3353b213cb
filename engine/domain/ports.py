"""What the engine asks of its caller: the time, a place to report progress, a way to be stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol

from engine.errors import Cancelled


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        ...

    def today(self) -> date:
        """Return the present calendar day where the clinic is."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the present calendar day of the machine's time zone."""
        return datetime.now().astimezone().date()


class FixedClock:
    """A clock that stands still: tests, and reports that must come out the same twice."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the fixed moment."""
        return self._moment

    def today(self) -> date:
        """Return the day of the fixed moment."""
        return self._moment.date()


class Progress(Protocol):
    """Hears how far a long task is. Called often; must be quick."""

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` steps are finished."""
        ...


def no_progress(done: int, total: int) -> None:
    """Hear nothing."""


class CancelToken:
    """Set by the person who waits, looked at by the work."""

    def __init__(self) -> None:
        self._cancelled = False

    def cancel(self) -> None:
        """Ask the work to stop at its next safe place."""
        self._cancelled = True

    def check(self) -> None:
        """Raise Cancelled when a stop was asked for."""
        if self._cancelled:
            raise Cancelled
