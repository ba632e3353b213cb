"""The visits of the person in hand, and what was done to the record: moved, removed, told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.domain.history import HistoryEntry
from engine.domain.record import Visit
from engine.workflows.clinics import OpenClinic
from engine.workflows.panel import PanelRow
from engine.workflows.record import move_visit, remove_visit, visit_history

if TYPE_CHECKING:
    from desktop.record.presenter import RecordPresenter

_MOST_FOUND = 6


class Visits(QObject):
    """``open_panel`` is the visit whose moving or removing is being asked about, and which of the two."""

    history_changed = Signal()
    changed = Signal()

    def __init__(self, owner: RecordPresenter) -> None:
        super().__init__(owner)
        self._owner = owner
        self.history: tuple[HistoryEntry, ...] | None = None
        self.open_panel: tuple[str, str] | None = None
        self._loading = False

    def clear(self) -> None:
        """Forget what belonged to somebody else."""
        self.history, self.open_panel, self._loading = None, None, False

    def newest_first(self) -> tuple[Visit, ...]:
        """Return all visits, the newest first."""
        form = self._owner.form
        record = None if form is None else form.in_hand.record
        return () if record is None else tuple(reversed(record.visits))

    def ask(self, visit_id: str, what: str) -> None:
        """Ask about moving (``move``) or removing (``remove``) a visit; the same again lets it be."""
        self.open_panel = None if self.open_panel == (visit_id, what) else (visit_id, what)
        self.changed.emit()

    def let_be(self) -> None:
        """Change nothing after all."""
        self.open_panel = None
        self.changed.emit()

    def find_people(self, query: str) -> list[PanelRow]:
        """Return other people to whom a visit may be moved."""
        found = self._owner.people.find(query, _MOST_FOUND + 1) if query.strip() else []
        return [one for one in found if one.person_id != self._owner.person_id][:_MOST_FOUND]

    def read_day(self, text: str) -> date | None:
        """Return the day a visit is moved to, as typed."""
        return self._owner.desk.read_day(text)

    def move_to_day(self, visit_id: str, day: date) -> None:
        """Move a visit to another day."""
        self._change(lambda clinic: move_visit(clinic, visit_id, to_day=day))

    def move_to_person(self, visit_id: str, person_id: str) -> None:
        """Move a visit to another person, whose number is then brought up to date too."""
        owner = self._owner
        self._change(lambda clinic: move_visit(clinic, visit_id, to_person=person_id), lambda: owner.assess(person_id))

    def remove(self, visit_id: str) -> None:
        """Take a visit out of the record; it stays in the history."""
        self._change(lambda clinic: remove_visit(clinic, visit_id))

    def load_history(self) -> None:
        """Read what was done to the record, once."""
        person = self._owner.person_id
        if person is None or self.history is not None or self._loading:
            return
        self._loading = True

        def done(history: tuple[HistoryEntry, ...]) -> None:
            if self._owner.person_id == person and self._loading:
                self._loading, self.history = False, history
                self.history_changed.emit()

        self._owner.context.on_store(self, lambda clinic: visit_history(clinic, person), done)

    def forget_history(self) -> None:
        """Read it anew the next time it is shown, or now when it is."""
        self.history, self._loading = None, False
        if self._owner.tab == "history":
            self.load_history()

    def _change(self, work: Callable[[OpenClinic], object], then: Callable[[], None] = lambda: None) -> None:
        def done(_: object) -> None:
            self.open_panel = None
            self._owner.reload()
            then()

        self._owner.context.on_store(self, work, done)
