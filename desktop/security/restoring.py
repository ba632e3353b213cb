"""State of a restore: which backup, who opens it, where it goes, how far it is. Works with a clinic open or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Job, Task
from engine.errors import AccessError, EngineError

if TYPE_CHECKING:
    from engine.workflows.backup_facts import BackupFront
    from engine.workflows.backups import Restored
    from engine.workflows.users import User


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed on the page, read once when it is used."""

    secret: str
    second_who: str = ""
    second: str = ""
    reason: str = ""


class Restoring(QObject):
    """One restore at a time, never over a clinic that is there."""

    changed = Signal()
    chosen_changed = Signal()
    open_asked = Signal(object)  # the folder of the restored clinic
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.folder: Path | None = None
        self.fronts: tuple[BackupFront, ...] = ()
        self.chosen: BackupFront | None = None
        self.by_recovery = False
        self.who: str | None = None
        self.target = self._free_target(context.paths.clinic)
        self.progress: tuple[int, int] | None = None
        self.problem = ""
        self.restored: Restored | None = None
        self._job: Job[Any] | None = None

    def begin(self, folder: Path | None = None) -> None:
        """Begin anew, in the folder where backups lie as far as that is known."""
        self.fronts, self.chosen, self.restored, self.problem = (), None, None, ""
        self.by_recovery, self.who = False, None
        self.target = self._free_target(self.context.paths.clinic)
        self.changed.emit()
        if folder is not None:
            self.look_in(folder)

    # --- which ------------------------------------------------------------------------------------------------------

    def look_in(self, folder: Path) -> None:
        """Look which backups lie in a folder."""

        def work(task: Task) -> tuple[BackupFront, ...]:
            from engine.workflows.backup_facts import backup_fronts  # noqa: PLC0415 - the front page loads no engine

            return backup_fronts(folder)

        def done(fronts: tuple[BackupFront, ...]) -> None:
            self.folder, self.fronts = folder, fronts
            self.problem = "" if fronts else self.context.texts("restore.none_here")
            self._take(fronts[0] if fronts else None)

        self.context.jobs.paper(self, work, done, self._failed)

    def choose(self, at: int) -> None:
        """Take one of them."""
        if 0 <= at < len(self.fronts):
            self._take(self.fronts[at])

    def _take(self, front: BackupFront | None) -> None:
        self.chosen = front
        self.who = front.openers[0].id if front and front.openers else None
        self.chosen_changed.emit()
        self.changed.emit()

    # --- who --------------------------------------------------------------------------------------------------------

    @property
    def openers(self) -> Sequence[User]:
        """Who could open it by passphrase."""
        return self.chosen.openers if self.chosen else ()

    @property
    def others(self) -> Sequence[User]:
        """Of whom one has to agree; nobody where the recovery sheet is used or there is one administrator."""
        return () if self.by_recovery else [user for user in self.openers if user.id != self.who]

    def turn_to_recovery(self, on: bool) -> None:
        """Use the recovery sheet instead of a passphrase, or the other way round."""
        self.by_recovery, self.problem = on, ""
        self.chosen_changed.emit()
        self.changed.emit()

    def choose_who(self, user_id: str) -> None:
        """Say whose passphrase is typed."""
        self.who = user_id
        self.chosen_changed.emit()

    # --- where ------------------------------------------------------------------------------------------------------

    def choose_target(self, folder: Path) -> None:
        """Restore into this folder where it is empty, else into a new one in it."""
        empty = folder.is_dir() and not any(folder.iterdir())
        self.target = folder if empty else self._free_target(folder / "clinic")
        self.changed.emit()

    @staticmethod
    def _free_target(wanted: Path) -> Path:
        place, number = wanted, 2
        while place.exists():
            place = wanted.with_name(f"{wanted.name}-{number}")
            number += 1
        return place

    # --- doing it ---------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> bool:
        """Whether it is being restored."""
        return self._job is not None

    def restore(self, typed: Typed) -> None:
        """Restore the chosen backup."""
        front, target, clock, texts = self.chosen, self.target, self.context.clock, self.context.texts
        if self.runs or front is None:
            return
        if not typed.secret:
            self._say(texts("restore.type_key" if self.by_recovery else "restore.type_passphrase"))
            return
        if self.others and not typed.second:
            self._say(texts("restore.type_second"))
            return
        if not self.others and not typed.reason.strip():
            self._say(texts("restore.type_reason"))
            return
        who, second = (None, None) if self.by_recovery else (self.who, typed if self.others else None)

        def work(task: Task) -> Restored:
            from desktop.giving_way import GivingWay  # noqa: PLC0415 - the front page loads no engine
            from engine.workflows.backups import Second, restore  # noqa: PLC0415 - as above

            agrees = None if second is None else Second(second.second_who, second.second)
            target.parent.mkdir(parents=True, exist_ok=True)
            return restore(
                front.file,
                target,
                typed.secret,
                clock,
                who=who,
                second=agrees,
                reason=typed.reason.strip(),
                meanwhile=GivingWay(task),
            )

        self.progress, self.problem = (0, 0), ""
        self._job = self.context.jobs.paper(
            self, work, self._done, self._failed, cancelled=self._stopped, progress=self._tell
        )
        self.changed.emit()

    def stop(self) -> None:
        """Stop at the next safe place; nothing is left."""
        if self._job is not None:
            self._job.cancel()

    def open_restored(self) -> None:
        """Go on with the restored clinic."""
        if self.restored is not None:
            self.open_asked.emit(self.target)

    def leave(self) -> None:
        """Go back to where this was asked for."""
        if not self.runs:
            self.left.emit()

    def _tell(self, done: int, total: int) -> None:
        if self.runs:
            self.progress = (done, total)
            self.changed.emit()

    def _done(self, restored: Restored) -> None:
        self._job, self.progress, self.restored = None, None, restored
        self.changed.emit()

    def _failed(self, error: EngineError) -> None:
        self._job, self.progress = None, None
        texts = self.context.texts
        second = isinstance(error, AccessError) and error.code == "access_two_people"
        self._say(texts("restore.second_wrong") if second else texts.error(error))

    def _stopped(self) -> None:
        self._job, self.progress = None, None
        self._say(self.context.texts("restore.stopped"))

    def _say(self, text: str) -> None:
        self.problem = text
        self.changed.emit()
