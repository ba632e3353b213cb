"""The monthly look at trained models, by the program itself: once, when a clinic is open in a new month."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.context import Context
from desktop.giving_way import GivingWay
from desktop.jobs import Task
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_drift import Watch, is_due, watch
from engine.workflows.users import Permission, may

_FIRST_LOOK_MS = 20_000  # after unlocking: the list and the daily backup come first
_LOOK_MS = 3_600_000  # for a clinic that stays open into a new month


class Months(QObject):
    """Looks on the store's lane and gives way to everything else there; what warns waits among the reviews."""

    warned = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.runs = False
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Look soon, and then every hour whether a month has ended."""
        self._timer.start()
        QTimer.singleShot(_FIRST_LOOK_MS, self, self.look)

    def look(self) -> None:
        """Look at the month that ended, where it is due and who is here may; nobody has to wait for it."""
        if self.runs or not self._context.has_clinic or not may(self._context.clinic, Permission.RECORD_WRITE):
            return
        self.runs = True
        clinic = self._context.clinic
        self._context.jobs.store(self, lambda task: _look(clinic, task), self._looked, self._failed, self._stopped)

    def _looked(self, found: Watch | None) -> None:
        self.runs = False
        if found is not None and any(each.warnings for each in found.looks):
            self.warned.emit()

    def _failed(self, error: EngineError) -> None:
        """Nobody asked for it, so nobody is told: it is tried again, and ``lantern drift`` says why it fails."""
        self.runs = False

    def _stopped(self) -> None:
        self.runs = False


def _look(clinic: OpenClinic, task: Task) -> Watch | None:
    return watch(clinic, only_due=True, meanwhile=GivingWay(task)) if is_due(clinic) else None
