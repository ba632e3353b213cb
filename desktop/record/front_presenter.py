"""A person's page for who may not read records: who they are and when they come, kept while it is typed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.context import Context
from desktop.emergency import EmergencyDesk
from engine.domain.plain import Plain
from engine.domain.problems import Problem
from engine.errors import EngineError
from engine.workflows.clinics import OpenClinic
from engine.workflows.drafts import Draft, drop_draft, front_drafts, save_front_draft
from engine.workflows.front_desk import FRONT_FIELDS, PersonFront, open_front, read_again, save_front
from engine.workflows.users import Permission, may

_DRAFT_MS = 1_000  # after the last key


class FrontPresenter(QObject):
    """Holds the page in hand, so that a view can be made anew at any time."""

    back_asked = Signal()
    stored = Signal(str)
    reset = Signal()  # another person, or what is stored of the same one
    state_changed = Signal()  # busy, or something is wrong

    def __init__(self, context: Context, emergency: EmergencyDesk) -> None:
        super().__init__(context)
        self.context, self.emergency = context, emergency
        self.front: PersonFront | None = None
        self.person_id: str | None = None
        self.typed: dict[str, str] = {}
        self.problems: tuple[Problem, ...] = ()
        self.busy = False
        self._draft = ""
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DRAFT_MS)
        self._timer.timeout.connect(self.save_draft)
        emergency.began.connect(lambda _: self._read_again())
        emergency.ended.connect(self._emergency_ended)

    @property
    def may_write(self) -> bool:
        """Whether who is here may change who somebody is."""
        return may(self.context.clinic, Permission.PEOPLE_WRITE)

    @property
    def changed(self) -> bool:
        """Whether something was typed that is not stored."""
        stored: Mapping[str, str] = {} if self.front is None else self.front.values
        return any(text.strip() != stored.get(name, "") for name, text in self.typed.items())

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        stored: Mapping[str, str] = {} if self.front is None else self.front.values
        return self.typed.get(name, stored.get(name, ""))

    def title(self) -> str:
        """Return who this is: the name, else the number, else that it is somebody new."""
        named = (self.value(name).strip() for name in ("name", "patient_id"))
        return next((text for text in named if text), self.context.texts("record.new_person"))

    # --- opening ----------------------------------------------------------------------------------------------------

    def open(self, person_id: str | None) -> None:
        """Open somebody's page, or an empty one, with what was typed and not saved."""
        self.save_draft()
        self._clear()
        turn, writes = self._turn, self.may_write

        def work(clinic: OpenClinic) -> tuple[PersonFront, Draft | None]:
            drafts = front_drafts(clinic) if writes else ()
            return open_front(clinic, person_id), next((one for one in drafts if one.person_id == person_id), None)

        def done(found: tuple[PersonFront, Draft | None]) -> None:
            if turn == self._turn:
                self._take(person_id, *found)

        def failed(error: EngineError) -> None:
            self.context.tell(error)
            self.back_asked.emit()

        self.context.on_store(self, work, done, failed=failed)

    def _take(self, person_id: str | None, front: PersonFront, draft: Draft | None) -> None:
        self.front = front
        self.person_id = person_id if front.patient is None else front.patient.id
        self._draft = "" if draft is None else draft.id
        content = {} if draft is None or not isinstance(draft.content, dict) else draft.content
        self.typed = {name: str(content[name]) for name in FRONT_FIELDS if name in content}
        self.reset.emit()

    def _clear(self) -> None:
        self._turn += 1
        self._timer.stop()
        self.front, self.person_id, self.typed, self.problems, self._draft = None, None, {}, (), ""
        self.emergency.forget_problems()
        self.reset.emit()

    def _read_again(self) -> None:
        """Show the same person with the record that an emergency opens or has closed; what is typed stays."""
        person, turn = self.person_id, self._turn
        if person is None:
            return

        def done(front: PersonFront) -> None:
            if turn == self._turn:
                self.front = front
                self.reset.emit()

        def failed(error: EngineError) -> None:
            self._clear()
            self.back_asked.emit()  # who sees people in an emergency only has nothing to see any more

        self.context.on_store(self, lambda clinic: read_again(clinic, person), done, failed=failed)

    def _emergency_ended(self, person_id: str) -> None:
        self.context.good_news.emit(self.context.texts("emergency.over"))
        self._read_again()

    # --- typing and saving ------------------------------------------------------------------------------------------

    def type(self, name: str, text: str) -> None:
        """Take what stands in a field now."""
        self.typed[name] = text
        self.problems = tuple(problem for problem in self.problems if name not in problem.fields)
        self._timer.start()
        self.state_changed.emit()

    def save_draft(self) -> None:
        """Keep what is typed in the store, on its lane."""
        self._timer.stop()
        if not self.changed:
            return
        content: Plain = {**self.typed}
        person = self.person_id
        draft = self._draft = self._draft or self.context.clinic.new_id()
        self.context.on_store(self, lambda clinic: save_front_draft(clinic, person, content, draft))

    def save(self) -> None:
        """Store what was typed."""
        if self.busy or self.front is None:
            return
        person, values, draft, turn = self.person_id, dict(self.typed), self._draft, self._turn
        self._timer.stop()
        self.busy = True
        self.state_changed.emit()

        def work(clinic: OpenClinic) -> tuple[str | None, tuple[Problem, ...], PersonFront | None]:
            stored, problems = save_front(clinic, person, values)
            if problems or stored is None:
                return stored, problems, None
            if draft:
                drop_draft(clinic, draft)
            return stored, (), read_again(clinic, stored)

        def done(found: tuple[str | None, tuple[Problem, ...], PersonFront | None]) -> None:
            self.busy = False
            if turn == self._turn:
                self._saved(*found)

        def failed(error: EngineError) -> None:
            self.busy = False
            self.context.tell(error)
            self.state_changed.emit()

        self.context.on_store(self, work, done, failed=failed)

    def _saved(self, person: str | None, problems: tuple[Problem, ...], front: PersonFront | None) -> None:
        self.problems = problems
        if front is None or person is None:
            self.state_changed.emit()
            return
        self._take(person, front, None)
        self.context.good_news.emit(self.context.texts("front.saved", name=self.title()))
        self.stored.emit(person)

    def back(self) -> None:
        """Go back to the list; what is typed is kept and said so."""
        if self.changed:
            self.save_draft()
            self.context.good_news.emit(self.context.texts("record.kept_not_saved", name=self.title()))
        self.back_asked.emit()
