"""What a reliability operation is: how it starts, what it does, and how what is left of it is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PAPER = "paper "  # begins an acknowledgement that is a checkpoint as a list on paper bears it
STICK = "stick"  # the folder that backups go to, beside the clinic
Acknowledge = Callable[[str], None]  # called after each step that a person was told is done
Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left. ``fault``: what was lost, halved or cannot be read; None when all is well.

    ``detected``: whether the system itself says so, by refusing to open or by what its checks find. ``by_paper``:
    where it does not, whether it does as soon as it is shown the checkpoint that was printed last.
    """

    fault: str | None = None
    detected: bool = True
    by_paper: bool = False

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
        stands: what a repetition may be refused with because all of it stands there already: where the very last sync
            fails, and from then on everything, nothing can be taken back either.
        unsound: whether what is left has a fault by its own verification, shown the last checkpoint if there is one;
            None for systems that have no such thing.
    """

    name: str
    system: str
    prepare: Callable[[Path], None]
    act: Callable[[Path, Acknowledge], None]
    judge: Callable[[Path, Words], Verdict]
    repeatable: bool = False
    stands: str | None = None
    unsound: Callable[[Path, str | None], bool] | None = None

    @property
    def key(self) -> str:
        """The operation and who does it."""
        return f"{self.name} / {self.system}"

    def judged(self, folder: Path, acknowledged: Words) -> Verdict:
        """Judge what is left: by what is there, by its own verification, and by the paper that was printed."""
        done = [word for word in acknowledged if not word.startswith(PAPER)]
        paper = [word.removeprefix(PAPER) for word in acknowledged if word.startswith(PAPER)]
        verdict = self.judge(folder, done)
        if self.unsound is None or (not verdict.ok and verdict.detected):
            return verdict
        shown = paper[-1] if paper else None
        unsound = self.unsound(folder, shown)
        if not verdict.ok:
            return replace(verdict, by_paper=unsound)
        if not unsound:
            return verdict
        told = shown is None or self.unsound(folder, None)
        return Verdict("verification finds a fault", detected=told, by_paper=True)
