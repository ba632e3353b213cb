"""What a worker may use, and which of these limits the system really enforces."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import StrEnum

GIBIBYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a worker may use.

    ``memory_bytes`` and ``file_bytes`` (size of any file it writes) are bytes; ``cpu_seconds`` is processor time and
    is enforced by the system inside the child; ``wall_seconds`` is the time one question may take and is enforced by
    the parent; ``message_bytes`` bounds what either side accepts as one message. ``behind``: the worker runs for hours
    and gives way to whatever else wants the processor.
    """

    memory_bytes: int = 2 * GIBIBYTE
    cpu_seconds: int = 600
    file_bytes: int = 0
    wall_seconds: float = 900.0
    message_bytes: int = GIBIBYTE
    behind: bool = False

    def to_text(self) -> str:
        """Write the limits as one argument of a command line."""
        return ":".join(str(int(part) if isinstance(part, bool) else part) for part in astuple(self))

    @classmethod
    def from_text(cls, text: str) -> Limits:
        """Read what ``to_text`` wrote; raise ValueError for anything else."""
        memory, cpu, file, wall, message, behind = text.split(":")
        return cls(int(memory), int(cpu), int(file), float(wall), int(message), bool(int(behind)))


class Guard(StrEnum):
    """One kind of limit."""

    MEMORY = "memory"
    CPU = "cpu"
    FILES = "files"
    CORE = "core"
    PROCESSES = "processes"
    NETWORK = "network"
    PARENT = "parent"  # the worker ends when the program that started it ends


class Force(StrEnum):
    """How a limit is held."""

    ENFORCED = "enforced"  # by the operating system
    WATCHED = "watched"  # by a thread of the worker, or by its closed input
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class GuardReport:
    """Which limits are in force in a worker on this system."""

    states: tuple[tuple[Guard, Force], ...]

    def force(self, guard: Guard) -> Force:
        """Return how one limit is held."""
        return dict(self.states).get(guard, Force.ABSENT)
