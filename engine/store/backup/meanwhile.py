"""What goes on while a backup is made or tried: other work on the open store, and a stop.

A backup of a large clinic takes many seconds, and the open store belongs to one thread. So it is copied part by part,
and between two parts whoever made the backup may let other work have its turn: what is saved meanwhile is in the copy.
What needs the copy alone, reading it back above all, may run on another thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
Check = Callable[[], None]


class Meanwhile:
    """Lets nothing else have its turn: for commands, which wait for the end anyway."""

    def pause(self, done: int, total: int) -> None:
        """Hear how much is copied, between two parts.

        Raises:
            Cancelled: to stop; nothing half is left behind.
        """

    def beside(self, work: Callable[[Check], Result]) -> Result:
        """Run work that needs nothing of the open store; it calls what it is given often, which may raise Cancelled."""
        return work(lambda: None)


NOTHING_ELSE = Meanwhile()
