"""What a reliability operation is: how it starts, what it does, and how what is left of it is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

STICK = "stick"  # the folder that backups go to, beside the clinic
Acknowledge = Callable[[str], None]  # called after each step that a person was told is done
Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left. ``fault``: what was lost, halved or cannot be read; None when all is well.

    ``detected``: whether the system itself says so, by refusing to open or by what its checks find.
    """

    fault: str | None = None
    detected: bool = True

    @property
    def ok(self) -> bool:
        """Whether nothing that was acknowledged is lost, and nothing is there by half."""
        return self.fault is None


GOOD = Verdict()


@dataclass(frozen=True)
class Operation:
    """Something that can be interrupted at any moment.

    Args:
        name: what it is called in the table, the same for every system that does it.
        system: who does it: the program, or a baseline.
        prepare: makes the folder as it is before, once.
        act: does it in a folder that was prepared; runs in a process that may end at any moment.
        judge: looks at what is left, with what was acknowledged; may change the folder.
        repeatable: whether it can be done again after it failed, and must then succeed.
    """

    name: str
    system: str
    prepare: Callable[[Path], None]
    act: Callable[[Path, Acknowledge], None]
    judge: Callable[[Path, Words], Verdict]
    repeatable: bool = False

    @property
    def key(self) -> str:
        """The operation and who does it."""
        return f"{self.name} / {self.system}"
