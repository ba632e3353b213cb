"""Adding a tool of another maker from a folder: checked in a worker first, added as it was checked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Task
from engine.errors import EngineError
from engine.workflows.foreign_packs import PackCheck, check_pack


class Adding(QObject):
    """A folder that was chosen, and what its check found."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._turn = 0
        self.folder: Path | None = None
        self.check: PackCheck | None = None
        self.problem = ""  # why it could not be added after all
        self.busy = False

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is wrong with it, a sentence each."""
        return tuple(self._context.texts.error(fault) for fault in self.check.faults) if self.check else ()

    @property
    def is_sound(self) -> bool:
        """Whether it may be added."""
        return self.check is not None and self.check.ref is not None and not self.busy

    def choose(self, folder: Path) -> None:
        """Check what lies in a folder."""
        self._turn += 1
        turn, clinic = self._turn, self._context.clinic
        self.folder, self.check, self.problem, self.busy = folder, None, "", True
        self.changed.emit()

        def work(task: Task) -> PackCheck:
            return check_pack(folder, clinic.dictionary, clinic.library)

        def done(check: PackCheck) -> None:
            if turn == self._turn:
                self.check, self.busy = check, False
                self.changed.emit()

        self._context.jobs.compute(self, work, done, lambda error: self.say(error, turn))

    def wait(self) -> None:
        """Nothing is pressed twice while it is added."""
        self.busy, self.problem = True, ""
        self.changed.emit()

    def say(self, error: EngineError, turn: int | None = None) -> None:
        """Say why it was not checked or not added; the folder stays chosen."""
        if turn in (None, self._turn):
            self.busy, self.problem = False, self._context.texts.error(error)
            self.changed.emit()

    def close(self) -> None:
        """Let the folder go; nothing was changed by the check."""
        self._turn += 1
        self.folder, self.check, self.problem, self.busy = None, None, "", False
        self.changed.emit()
