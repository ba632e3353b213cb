"""Everybody in the clinic as the screens see them: loaded once after unlocking, mended after each change."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Task
from engine.workflows.panel import Panel, PanelRow, first_people, load_panel, load_panel_rows


class People(QObject):
    """Holds the panel. ``changed`` says that rows are new; ``loaded`` that everybody is there."""

    changed = Signal()
    loaded = Signal()
    counted = Signal(int, int)  # so many of so many read

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.panel: Panel | None = None
        self.first: tuple[PanelRow, ...] = ()

    def load(self) -> None:
        """Read the first people at once, then everybody."""
        self._context.on_store(self, first_people, self._take_first)
        self._load_all()

    def refresh(self, person_ids: Sequence[str] | None = None) -> None:
        """Read these people again (None: everybody): something of theirs was changed."""
        if self.panel is None or person_ids is None or len(person_ids) > 500:
            self._load_all()
            return
        wanted = list(person_ids)
        self._context.on_store(self, lambda clinic: load_panel_rows(clinic, wanted), self._take_rows)

    def find(self, query: str, limit: int) -> list[PanelRow]:
        """Return who fits a query, best match first; only the first people until everybody is there."""
        if self.panel is None:
            return []
        return [self.panel.row(int(at)) for at in self.panel.find(query)[:limit]]

    def _load_all(self) -> None:
        clinic = self._context.clinic

        def work(task: Task) -> Panel:
            return load_panel(clinic, task.progress, task.cancel)

        self._context.jobs.store(self, work, self._take_all, progress=self.counted.emit)

    def _take_first(self, rows: tuple[PanelRow, ...]) -> None:
        self.first = rows
        if self.panel is None:
            self.changed.emit()

    def _take_all(self, panel: Panel) -> None:
        self.panel = panel
        self.loaded.emit()
        self.changed.emit()

    def _take_rows(self, rows: tuple[PanelRow, ...]) -> None:
        if self.panel is not None:
            self.panel = self.panel.with_people(rows)
            self.changed.emit()
