"""State of the backups: how old the last is, the one that runs, the daily one that is made by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.context import Context
from desktop.giving_way import GivingWay
from desktop.jobs import Job, Task
from engine.errors import EngineError
from engine.workflows.backup_facts import BackupOverview, backup_overview
from engine.workflows.backups import Made, back_up, choose_backup_folder, daily_backup
from engine.workflows.clinics import OpenClinic
from engine.workflows.users import Permission, may

_FIRST_TRY_MS = 5_000  # after unlocking: the list comes first
_LOOK_MS = 30_000  # for a stick that came, and for a new day
_AGAIN = timedelta(hours=1)  # after a daily backup that failed with its stick in


class Backups(QObject):
    """Makes backups on the store's lane, where they give way to everything that is saved meanwhile."""

    changed = Signal()
    folder_asked = Signal()  # "Back up now" needs to know where

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.overview: BackupOverview | None = None
        self.progress: tuple[int, int] | None = None  # of the copying, while one runs
        self.problem = ""
        self.quiet_problem = ""  # of the daily one: a notice on the card and a word in the bar, nothing more
        self.done = ""
        self._job: Job[Any] | None = None
        self._just_made: Made | None = None
        self._failed_at: datetime | None = None
        self._missed: Path | None = None  # the folder that was away when last looked for
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look_for_daily)

    def begin(self) -> None:
        """Look how the backups stand, and soon after it whether today's is due; then every half minute."""
        self.look()
        self._timer.start()
        QTimer.singleShot(_FIRST_TRY_MS, self, self.look_for_daily)

    @property
    def runs(self) -> bool:
        """Whether a backup is being made."""
        return self._job is not None

    @property
    def daily(self) -> bool:
        """Whether one is made every day by itself."""
        return self.overview is not None and self.overview.standing.folder is not None

    @property
    def may_choose(self) -> bool:
        """Whether who is here may say where the daily ones go."""
        return self._context.has_clinic and may(self._context.clinic, Permission.CLINIC_CHANGE)

    @property
    def folder(self) -> Path | None:
        """Where the next one goes, as far as is known."""
        place = self.overview.place if self.overview else None
        return place.folder if place else None

    def look(self) -> None:
        """Look anew."""
        if self._context.has_clinic:
            self._context.on_store(self, backup_overview, self._take)

    # --- by hand ----------------------------------------------------------------------------------------------------

    def back_up_now(self, folder: Path | None = None) -> None:
        """Make one now; where nobody has said where, ask for the folder."""
        if self.runs or not self._context.has_clinic:
            return
        where = folder or self.folder
        if where is None:
            self.folder_asked.emit()
            return
        if folder is None and not self._there():
            self._say(self._context.texts("backup.away", place=self.place_words))
            return

        def work(clinic: OpenClinic, task: Task) -> Made:
            return back_up(clinic, where, GivingWay(task))

        self._start(work, self._failed)

    def stop(self) -> None:
        """Stop at the next safe place; nothing half is left."""
        if self._job is not None:
            self._job.cancel()

    def choose_folder(self, folder: Path) -> None:
        """Take a folder: where the daily ones go from now on, or where one goes now."""
        if self.daily:
            self._keep(folder)
        else:
            self.back_up_now(folder)

    def turn_daily(self, on: bool) -> None:
        """Make one every day, in the folder that is known; or no more. Where none is known, ask for it."""
        if on and self.folder is None:
            self.folder_asked.emit()
            return
        self._keep(self.folder if on else None)

    def take_daily_folder(self, folder: Path) -> None:
        """Make one every day in this folder."""
        self._keep(folder)

    def _keep(self, folder: Path | None) -> None:
        def done(_: object) -> None:
            self.problem = ""
            self.look()

        self._failed_at = None
        self._context.on_store(self, lambda clinic: choose_backup_folder(clinic, folder), done, failed=self._refused)

    # --- by itself --------------------------------------------------------------------------------------------------

    def look_for_daily(self) -> None:
        """Make today's where it is due and its folder is there; a folder that is away is waited for."""
        if self.runs or not self._context.has_clinic or not self.daily or self.folder is None:
            return
        folder = self.folder
        self._context.jobs.compute(self, lambda task: folder.is_dir(), lambda there: self._looked(folder, there))

    def _looked(self, folder: Path, there: bool) -> None:
        came = there and self._missed == folder
        self._missed = None if there else folder
        if came or (self.overview is not None and self.overview.place is not None and self._there() != there):
            self.look()
        if not there or not self._due() or self.runs or not self._context.has_clinic:
            return
        if self._failed_at is not None and not came and self._context.clock.now() - self._failed_at < _AGAIN:
            return
        self._start(lambda clinic, task: daily_backup(clinic, GivingWay(task)), self._failed_quietly)

    def _due(self) -> bool:
        last = self.overview.last if self.overview else None
        return last is None or last.made_at.astimezone().date() < self._today()

    # --- both -------------------------------------------------------------------------------------------------------

    def _start(self, work: Any, failed: Any) -> None:
        clinic = self._context.clinic
        self.progress, self.problem, self.quiet_problem, self.done = (0, 0), "", "", ""
        self._job = self._context.jobs.store(
            self,
            lambda task: work(clinic, task),
            self._made,
            failed,
            cancelled=self._stopped,
            progress=self._tell,
        )
        self.changed.emit()

    def _tell(self, done: int, total: int) -> None:
        if self.runs:
            self.progress = (done, total)
            self.changed.emit()

    def _made(self, made: Made | None) -> None:
        self._ended()
        self._just_made = made
        self.look()

    def _failed(self, error: EngineError) -> None:
        self._ended()
        self._say(self._context.texts.error(error))
        self.look()

    def _failed_quietly(self, error: EngineError) -> None:
        self._ended()
        self._failed_at = self._context.clock.now()
        if error.code != "backup_folder_away":  # it was pulled out between two looks
            self.quiet_problem = self._context.texts.error(error)
        self.changed.emit()
        self.look()

    def _refused(self, error: EngineError) -> None:
        self._say(self._context.texts.error(error))

    def _stopped(self) -> None:
        self._ended()
        self._say(self._context.texts("backup.stopped"))

    def _ended(self) -> None:
        self._job, self.progress = None, None

    def _say(self, text: str) -> None:
        self.problem = text
        self.changed.emit()

    def _take(self, overview: BackupOverview) -> None:
        self.overview = overview
        made, self._just_made = self._just_made, None
        if made is not None:
            texts, manifest = self._context.texts, made.backup.manifest
            stick = overview.place is not None and overview.place.stick is not None
            people, size = texts.number(manifest.people), megabytes(manifest.size)
            self.done = texts("backup.done" if stick else "backup.done_folder", people=people, size=size)
        self.changed.emit()

    def _there(self) -> bool:
        return self.overview is not None and self.overview.place is not None and self.overview.place.there

    def _today(self) -> date:
        return self._context.clock.now().astimezone().date()

    # --- words ------------------------------------------------------------------------------------------------------

    @property
    def place_words(self) -> str:
        """Where backups go: the name of the stick, or the folder."""
        place, texts = (self.overview.place if self.overview else None), self._context.texts
        if place is None:
            return texts("backup.nowhere")
        return texts("backup.stick", name=place.stick) if place.stick else str(place.folder)

    def bar_words(self) -> tuple[str, str]:
        """Return the word in the bar on every page, and its tone; no word where there is nobody to lose yet."""
        texts, overview = self._context.texts, self.overview
        if self.runs:
            return texts("backup.bar.runs"), "quiet"
        if overview is None:
            return "", "quiet"
        if self.quiet_problem:
            return texts("backup.bar.failed"), "warn"
        if overview.last is None:
            practice = self._context.has_clinic and self._context.clinic.clinic.practice
            return (texts("backup.bar.never"), "warn") if overview.people and not practice else ("", "quiet")
        days = (self._today() - overview.last.made_at.astimezone().date()).days
        time = texts.time(overview.last.made_at)
        if overview.standing.age.value == "fresh" and days < 2:
            return texts("backup.bar.today" if days <= 0 else "backup.bar.yesterday", time=time), "quiet"
        return texts("backup.bar.old", count=days), "danger" if overview.standing.age.value == "very_old" else "warn"


def megabytes(size: int) -> str:
    """Return a size as people say it."""
    return f"{size / 1e6:.0f}" if size >= 10e6 else f"{size / 1e6:.1f}"
