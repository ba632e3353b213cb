"""State of a restore drill: the newest backup is opened and compared, then a person compares three records by eye."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.giving_way import GivingWay
from desktop.jobs import Job, Task
from desktop.security.backups import Backups
from engine.errors import EngineError
from engine.workflows.backup_facts import BackupFront, newest_front
from engine.workflows.backups import Drill, drill, note_drill_reading
from engine.workflows.clinics import OpenClinic
from engine.workflows.users import User

_SAMPLES = 3


class Drilling(QObject):
    """Runs on the store's lane and gives way there. Records of the clinic stay untouched."""

    changed = Signal()

    def __init__(self, context: Context, backups: Backups) -> None:
        super().__init__(context)
        self._context = context
        self._backups = backups
        self.front: BackupFront | None = None
        self.looked = False
        self.who: str | None = None
        self.progress: tuple[int, int] | None = None
        self.problem = ""
        self.done: Drill | None = None
        self.answer_given: bool | None = None
        self._job: Job[Any] | None = None

    def begin(self) -> None:
        """Begin anew, with the newest backup where backups lie."""
        self.front, self.looked, self.done, self.answer_given, self.problem = None, False, None, None, ""
        folder = self._backups.folder
        if folder is None or not self._context.has_clinic:
            self.looked = True
            self.changed.emit()
            return
        store_id = self._context.clinic.clinic.id
        self._context.jobs.paper(self, lambda task: newest_front(folder, store_id), self._looked)

    def _looked(self, front: BackupFront | None) -> None:
        self.front, self.looked = front, True
        ids = [user.id for user in self.openers]
        own = self._context.clinic.actor if self._context.has_clinic else None
        self.who = own if own in ids else (ids[0] if ids else None)
        self.changed.emit()

    @property
    def openers(self) -> tuple[User, ...]:
        """Whose passphrase opens the newest backup."""
        return self.front.openers if self.front else ()

    @property
    def runs(self) -> bool:
        """Whether the backup is being tried."""
        return self._job is not None

    def choose_who(self, user_id: str) -> None:
        """Say whose passphrase is typed."""
        self.who = user_id

    def start(self, passphrase: str) -> None:
        """Open the newest backup and compare it with the clinic."""
        if self.runs or self.front is None:
            return
        if not passphrase:
            self._say(self._context.texts("drill.type_passphrase"))
            return
        clinic, folder, who = self._context.clinic, self.front.file.parent, self.who

        def work(task: Task) -> Drill:
            return drill(clinic, passphrase, folder, who, samples=_SAMPLES, meanwhile=GivingWay(task))

        self.progress, self.problem, self.done = (0, 0), "", None
        self._job = self._context.jobs.store(
            self, work, self._done, self._failed, cancelled=self._stopped, progress=self._tell
        )
        self.changed.emit()

    def stop(self) -> None:
        """Stop at the next safe place; the trial copy is removed."""
        if self._job is not None:
            self._job.cancel()

    def answer(self, right: bool) -> None:
        """Say whether the records look right; where they do not, the drill counts as failed."""
        if self.done is None or self.answer_given is not None:
            return

        def work(clinic: OpenClinic) -> None:
            note_drill_reading(clinic, right=right)

        def done(_: object) -> None:
            self.answer_given = right
            self._backups.look()
            self.changed.emit()

        self._context.on_store(self, work, done)

    def _tell(self, done: int, total: int) -> None:
        if self.runs:
            self.progress = (done, total)
            self.changed.emit()

    def _done(self, done: Drill) -> None:
        self._job, self.progress, self.done = None, None, done
        self.changed.emit()
        self._backups.look()

    def _failed(self, error: EngineError) -> None:
        self._job, self.progress = None, None
        self._say(self._context.texts.error(error))

    def _stopped(self) -> None:
        self._job, self.progress = None, None
        self._say(self._context.texts("drill.stopped"))

    def _say(self, text: str) -> None:
        self.problem = text
        self.changed.emit()
