"""Watches a folder while its clinic is open: what another system drops there is taken in by itself, each file once."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.context import Context
from desktop.jobs import Task
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.users import Permission, may
from engine.workflows.watched_folder import PROBLEM, Taken, WatchedFolder, take_all

LOOK_MS = 3000  # a file that did not change for so long is complete
_SETTINGS = frozenset({"watched_folder", "watched_for"})

Look = tuple[tuple[Path, ...], tuple[Path, ...]]  # what is ready, what waits for a person


class FolderWatch(QObject):
    """Looks every few seconds. Looking goes beside the window, for the folder may lie on a slow network."""

    changed = Signal()
    took = Signal()  # something was stored

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._folder: WatchedFolder | None = None
        self._busy = False
        self._told = ""
        self.problems: tuple[Path, ...] = ()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        context.settings_changed.connect(self._settings_changed)
        self._begin()

    @property
    def folder(self) -> Path | None:
        """The folder that is watched for the open clinic."""
        return None if self._folder is None else self._folder.path

    @property
    def may(self) -> bool:
        """Whether files may be taken in: by who writes records, and never into a practice clinic."""
        clinic = self._context.clinic
        return not clinic.clinic.practice and may(clinic, Permission.RECORD_WRITE)

    def choose(self, path: Path) -> None:
        """Watch a folder from now on, once it is known that files can be moved there."""
        if self.may:
            self._context.jobs.compute(self, lambda task: WatchedFolder(path).check(), lambda _: self._chosen(path))

    def _chosen(self, path: Path) -> None:
        self._context.change(watched_folder=str(path), watched_for=self._context.clinic.clinic.id)

    def leave(self) -> None:
        """Watch no folder any more; what lies in it stays there."""
        self._context.change(watched_folder="", watched_for="")

    def _settings_changed(self, names: frozenset[str]) -> None:
        if names & _SETTINGS and self._context.has_clinic:
            self._begin()

    def _begin(self) -> None:
        settings, clinic = self._context.settings, self._context.clinic.clinic
        ours = bool(settings.watched_folder) and settings.watched_for == clinic.id and self.may
        self._folder = WatchedFolder(Path(settings.watched_folder)) if ours else None
        self.problems = ()
        self._told = ""
        if ours:
            self._timer.start()
            self.look()
        else:
            self._timer.stop()
        self.changed.emit()

    def look(self) -> None:
        """Look into the folder; what is complete is taken in. While the clinic is locked everything waits."""
        folder = self._folder
        if folder is None or self._busy:
            return
        if not self._context.has_clinic:
            self._timer.stop()
            return
        self._busy = True

        def work(task: Task) -> Look:
            return folder.ready(), folder.problems()

        self._context.jobs.compute(self, work, self._take_look, self._failed, self._stopped)

    def _take_look(self, found: Look) -> None:
        ready, problems = found
        self._told = ""
        self._show_problems(problems)
        folder = self._folder
        if not ready or folder is None or not self._context.has_clinic:
            self._busy = False
            return
        clinic = self._context.clinic

        def work(task: Task) -> list[Taken]:
            return _take_in(clinic, folder, ready, task)

        self._context.jobs.store(self, work, self._taken, self._failed, self._stopped)

    def _taken(self, taken: list[Taken]) -> None:
        self._busy = False
        if any(one.stored for one in taken):
            stored = sum(one.stored for one in taken)
            self._context.good_news.emit(self._context.texts("bring.watch.taken", count=stored))
            self.took.emit()
        self._look_at_problems()

    def _look_at_problems(self) -> None:
        folder = self._folder
        if folder is not None:
            self._context.jobs.compute(self, lambda task: folder.problems(), self._show_problems)

    def _show_problems(self, problems: tuple[Path, ...]) -> None:
        if problems != self.problems:
            self.problems = problems
            self.changed.emit()

    def was_stored(self, path: Path) -> None:
        """Hear that a person brought a file in: one of those that waited is moved to those that are done."""
        folder = self._folder
        if folder is not None and path.parent == folder.path / PROBLEM:
            self._context.jobs.compute(self, lambda task: folder.settled(path), lambda _: self._look_at_problems())

    def _failed(self, error: EngineError) -> None:
        """Say what is wrong once, not every few seconds; it is tried again all the same."""
        self._busy = False
        if error.code != self._told:
            self._told = error.code
            self._context.tell(error)

    def _stopped(self) -> None:
        self._busy = False


def _take_in(clinic: OpenClinic, folder: WatchedFolder, ready: tuple[Path, ...], task: Task) -> list[Taken]:
    """Take files in one by one; between two of them whoever waits for the store has their turn."""
    taken = []
    for one in take_all(clinic, folder, ready, task.cancel):
        taken.append(one)
        task.give_way()
    return taken
