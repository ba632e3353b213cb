"""Saving many sheets as one PDF: set one by one, so that others get at the store in between."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.batch.urgent import Urgent
from desktop.context import Context
from engine.errors import EngineError, UsageError
from engine.workflows.batch import SheetFile
from engine.workflows.clinics import OpenClinic
from engine.workflows.reports import PreparedReport, ReportOptions, prepare_report
from engine.workflows.urgent import UrgentPerson, urgent_of

Wanted = tuple[str, ReportOptions]  # whose sheet, and in which form


class Saving(QObject):
    """One file being written."""

    changed = Signal()
    saved = Signal(str, int, int)  # name of the file, sheets, people without a visit

    def __init__(self, context: Context, urgent: Urgent) -> None:
        super().__init__(context)
        self._context = context
        self._urgent = urgent
        self._left: list[Wanted] = []
        self._file: SheetFile | None = None
        self._path = Path()
        self._without_visit = 0
        self.total = 0
        self.done = 0

    @property
    def runs(self) -> bool:
        """Whether a file is being written."""
        return self._file is not None

    def start(self, sheets: Sequence[Wanted], path: str) -> None:
        """Write these sheets into one file."""
        if self.runs or not sheets:
            return
        self._path = Path(path)
        self._left, self.total, self.done, self._without_visit = list(sheets), len(sheets), 0, 0
        try:
            self._file = SheetFile(self._path, sheets[0][1].language)
        except EngineError as error:
            self._context.tell(error)
            return
        self._next()

    def stop(self) -> None:
        """Stop; no file is left."""
        if self._file is not None:
            self._left = []
            self._drop()

    def _next(self) -> None:
        if not self._left:
            self._finish()
            return
        person_id, options = self._left.pop(0)
        file = self._file

        def work(clinic: OpenClinic) -> tuple[PreparedReport, UrgentPerson | None] | None:
            try:
                prepared = prepare_report(clinic, person_id, options)
            except UsageError as error:
                if error.code == "report_no_visit":
                    return None
                raise
            return prepared, urgent_of(clinic, prepared.assessment)

        def done(found: tuple[PreparedReport, UrgentPerson | None] | None) -> None:
            if self._file is not file or file is None:
                return  # stopped meanwhile
            self.done += 1
            if found is None:
                self._without_visit += 1
                self._next()
                return
            prepared, urgent = found
            if urgent is None or self._urgent.is_seen(urgent):
                self._add(file, prepared)
            else:  # came up since everybody was looked through
                self._urgent.hold(urgent, lambda: self._add(file, prepared))

        self._context.on_store(self, work, done, failed=self._failed)
        self.changed.emit()

    def _add(self, file: SheetFile, prepared: PreparedReport) -> None:
        def added(_: None) -> None:
            if self._file is file:
                self._next()

        if self._file is not file:
            return  # stopped while it was held
        self._context.jobs.paper(self, lambda task: file.add(prepared), added, self._failed)

    def _finish(self) -> None:
        file = self._file
        if file is None:
            return
        if not file.sheets:
            self._failed(UsageError("report_no_visit"))
            return

        def done(_: None) -> None:
            self._file = None
            self.changed.emit()
            self.saved.emit(self._path.name, file.sheets, self._without_visit)

        self._context.jobs.paper(self, lambda task: file.finish(), done, self._failed)

    def _failed(self, error: EngineError) -> None:
        self._context.tell(error)
        self._drop()

    def _drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            self._context.jobs.paper(self, lambda task: file.drop(), lambda _: None)
        self.changed.emit()
