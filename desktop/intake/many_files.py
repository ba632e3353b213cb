"""Several files, or those of a folder: listed, brought in one after the other, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Task
from engine.errors import BugError, EngineError, WorldError
from engine.intake.importing import printable_name
from engine.workflows.clinics import OpenClinic
from engine.workflows.import_any import as_file_outcome
from engine.workflows.import_files import ImportRequest
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.import_records import Ended, RecordOutcome, files_of, import_each

LISTED, STORED, ASKS, REFUSED = "listed", "stored", "asks", "refused"


@dataclass(frozen=True, slots=True)
class ManyFile:
    """One file of the list and how it ended; ``error`` where it could not even be opened or stored."""

    path: Path
    state: str = LISTED
    outcome: FileOutcome | None = None
    error: EngineError | None = None

    @property
    def name(self) -> str:
        """Its name, as text."""
        return printable_name(self.path)


class ManyFiles(QObject):
    """The files in hand. What leaves nothing open is stored; the others stay in the list for a person to open."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.files: tuple[ManyFile, ...] = ()

    def take(self, paths: Sequence[Path]) -> None:
        """List files; a folder stands for the files in it."""
        found = dict.fromkeys(path for place in paths for path in files_of([place], "any"))
        self.files = tuple(ManyFile(path) for path in found)
        self.changed.emit()

    def count(self, *states: str) -> int:
        """Return how many files are in these states."""
        return sum(file.state in states for file in self.files)

    def work(self, clinic: OpenClinic) -> Callable[[Task], None]:
        """Return the work that brings in what is only listed so far, on the store's lane."""
        wanted = {file.path: at for at, file in enumerate(self.files) if file.state == LISTED}

        def run(task: Task) -> None:
            ended = import_each(clinic, list(wanted), ImportRequest(other_answers=True))
            for done, (path, one) in enumerate(ended, 1):
                self._put(wanted[path], _ended(path, one))
                task.progress(done, len(wanted))
                task.give_way()

        return run

    def was_stored(self, path: Path) -> None:
        """Hear that a file was stored by itself."""
        for at, file in enumerate(self.files):
            if file.path == path:
                self._put(at, replace(file, state=STORED))
        self.changed.emit()

    def _put(self, at: int, file: ManyFile) -> None:
        # One assignment, for the window reads the list while the store's lane fills it.
        self.files = (*self.files[:at], file, *self.files[at + 1 :])


def _ended(path: Path, ended: Ended) -> ManyFile:
    if isinstance(ended, (WorldError, BugError)):
        return ManyFile(path, REFUSED, error=ended)
    outcome = as_file_outcome(ended) if isinstance(ended, RecordOutcome) else ended
    if outcome.stored:
        return ManyFile(path, STORED, outcome)
    if outcome.rejected:
        return ManyFile(path, REFUSED, outcome)
    return ManyFile(path, ASKS, outcome)
