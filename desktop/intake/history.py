"""The files imported before, and the rows that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.intake.causes import why_parked
from desktop.intake.undo_card import UndoDesk
from desktop.jobs import Task
from engine.domain.entries import ParkedRow
from engine.workflows.clinics import OpenClinic
from engine.workflows.waiting_rows import (
    ImportSummary,
    WaitingRow,
    recent_imports,
    rows_waiting,
    save_rows,
    throw_out,
)


class ImportHistory(QObject):
    """What lies in the store of earlier imports."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.recents: tuple[ImportSummary, ...] = ()
        self.waiting: tuple[WaitingRow, ...] = ()
        self.undoing = UndoDesk(context, self)
        self.undoing.undone.connect(self.load)

    def load(self) -> None:
        """Read which files were imported, and which rows wait."""
        self._context.on_store(self, _look, self._take)

    def throw_out(self, ids: Sequence[int]) -> None:
        """Throw rows that wait out for good."""
        wanted = list(ids)
        if wanted:
            self._context.on_store(self, lambda clinic: throw_out(clinic, wanted), self._thrown_out)

    def save_list(self, path: Path, rows: Sequence[ParkedRow]) -> None:
        """Write parked rows as a table that can be put right and imported."""
        texts = self._context.texts
        heads = (texts("import.row_head"), texts("import.why_head"))

        def work(task: Task) -> int:
            return save_rows(path, heads, ((row, why_parked(row, texts)) for row in rows))

        self._context.jobs.compute(self, work, self._saved)

    def _saved(self, count: int) -> None:
        self._context.good_news.emit(self._context.texts("import.list_saved", count=count))

    def _thrown_out(self, count: int) -> None:
        self._context.good_news.emit(self._context.texts("import.thrown_out", count=count))
        self.load()

    def _take(self, found: tuple[tuple[ImportSummary, ...], tuple[WaitingRow, ...]]) -> None:
        self.recents, self.waiting = found
        self.changed.emit()


def _look(clinic: OpenClinic) -> tuple[tuple[ImportSummary, ...], tuple[WaitingRow, ...]]:
    """Return the files imported before and the rows that wait, the latest import first."""
    recents = recent_imports(clinic)
    order = {summary.id: place for place, summary in enumerate(recents)}
    waiting = sorted(rows_waiting(clinic), key=lambda each: (order.get(each.import_id, len(order)), each.parked.row))
    return recents, tuple(waiting)
