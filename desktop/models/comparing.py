"""Holding a tool against what happened in the clinic: read on the store's lane, worked out beside the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Task
from engine.domain.recalibration import Recalibration
from engine.errors import EngineError
from engine.workflows.recalibrate import Recorded, read_recorded, recalibrate


class Comparing(QObject):
    """The last look at each tool. Looking changes nothing."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._turn = 0  # what was asked before the clinic changed is not told any more
        self.running = ""  # the id of the tool that is looked at now
        self.found: dict[str, Recalibration] = {}
        self.problems: dict[str, str] = {}

    def start(self, pack_id: str) -> None:
        """Look at one tool; one look at a time."""
        if self.running:
            return
        self._turn += 1
        turn = self._turn
        self.running = pack_id
        self.problems.pop(pack_id, None)
        self.changed.emit()

        def failed(error: EngineError) -> None:
            self._failed(turn, pack_id, error)

        self._context.on_store(
            self, read_recorded, lambda recorded: self._compare(turn, pack_id, recorded), failed=failed
        )

    def _compare(self, turn: int, pack_id: str, recorded: Recorded) -> None:
        if turn != self._turn or not self._context.has_clinic:
            return
        clinic = self._context.clinic

        def work(task: Task) -> Recalibration:
            return recalibrate(clinic, pack_id, recorded=recorded)  # the store is not touched

        def done(found: Recalibration) -> None:
            self._done(turn, pack_id, found)

        def failed(error: EngineError) -> None:
            self._failed(turn, pack_id, error)

        self._context.jobs.compute(self, work, done, failed)

    def keep(self, pack_id: str, found: Recalibration) -> None:
        """Show this look: it was just taken into use."""
        self.found[pack_id] = found

    def forget(self) -> None:
        """Let all looks go: the clinic is another now."""
        self._turn += 1
        self.running = ""
        self.found.clear()
        self.problems.clear()

    def _done(self, turn: int, pack_id: str, found: Recalibration) -> None:
        if turn == self._turn:
            self.running = ""
            self.found[pack_id] = found
            self.changed.emit()

    def _failed(self, turn: int, pack_id: str, error: EngineError) -> None:
        if turn == self._turn:
            self.running = ""
            self.problems[pack_id] = self._context.texts.error(error)
            self.changed.emit()
