"""One record for an hour, with a reason: begun by who has no role for it, and over by itself."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.context import Context
from engine.errors import EngineError
from engine.workflows import users
from engine.workflows.clinics import OpenClinic
from engine.workflows.front_desk import numbered, sees_records
from engine.workflows.users import Emergency, EmergencyReason, Permission

_LOOK_MS = 5_000
_PLACES = {
    "passphrase_wrong": "passphrase",
    "passphrase_wait": "passphrase",
    "reason_needed": "text",
    "person_unknown": "number",
}


class EmergencyDesk(QObject):
    """State of the emergency that lasts, and of the form that asks for one."""

    began = Signal(str)  # whose record is open now
    ended = Signal(str)  # whose record is closed again
    changed = Signal()  # busy, something is wrong, or time went on

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.now: Emergency | None = None
        self.busy = False
        self.problems: dict[str, str] = {}
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def offered(self) -> bool:
        """Whether who is here may ask for one: who sees records by role need not."""
        clinic = self.context.clinic
        return users.may(clinic, Permission.EMERGENCY) and not sees_records(clinic)

    @property
    def minutes_left(self) -> int:
        """How many minutes it lasts yet, the one that has begun counted whole."""
        if self.now is None:
            return 0
        return max(0, ceil((self.now.until - self.context.clock.now()).total_seconds() / 60))

    def ask(self, person_id: str, number: str, reason: str, text: str, passphrase: str) -> None:
        """Ask for one person's record: by id, or by exactly their number where no list is shown."""
        if self.busy:
            return
        self.busy, self.problems = True, {}
        self.changed.emit()

        def work(clinic: OpenClinic) -> Emergency:
            person = person_id or numbered(clinic, number)
            return users.break_glass(clinic, passphrase, person, EmergencyReason(reason), text)

        def done(emergency: Emergency) -> None:
            self.busy, self.now = False, emergency
            self._timer.start()
            self.changed.emit()
            self.began.emit(emergency.person_id)

        def failed(error: EngineError) -> None:
            self.busy = False
            self.problems = {_PLACES.get(error.code, ""): self.context.texts.error(error)}
            self.changed.emit()

        self.context.on_store(self, work, done, failed=failed)

    def forget_problems(self) -> None:
        """Begin the form anew."""
        self.problems = {}

    def look(self) -> None:
        """See whether the time is up."""
        if self.now is None:
            return
        if self.minutes_left:
            self.changed.emit()
            return
        person, self.now = self.now.person_id, None
        self._timer.stop()
        self.changed.emit()
        self.ended.emit(person)
