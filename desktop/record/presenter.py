"""One person's record: opened with what was typed before, kept while it is typed, saved as a visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.inspecting import Inspecting
from desktop.people import People
from desktop.record.desk import FormDesk
from desktop.record.drafts import DraftKeeper
from desktop.record.files_desk import FilesDesk
from desktop.record.form import Form
from desktop.record.layout import BIRTH, NAME, NUMBER, PRESSURE, Layout, key_of, layout_of
from desktop.record.lists import Lists
from desktop.record.tools_desk import ToolsDesk
from desktop.record.visits import Visits
from engine.errors import EngineError
from engine.workflows.assess import assess_people
from engine.workflows.clinics import OpenClinic
from engine.workflows.drafts import Draft, form_drafts
from engine.workflows.live import RecordInHand, open_record
from engine.workflows.record import VisitEntered, save_visit
from engine.workflows.withdrawn_lines import WithdrawnLine, withdrawn_lines

TABS = ("today", "lists", "visits", "files", "history")
_DRAFT_MS = 1_000  # after the last key


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a record brings from the store."""

    in_hand: RecordInHand
    layout: Layout
    draft: Draft | None
    withdrawn: tuple[WithdrawnLine, ...] = ()


class RecordPresenter(QObject):
    """Holds the record in hand, so that a view can be made anew at any time."""

    back_asked = Signal()
    preview_asked = Signal(str)
    stored = Signal(str)
    reset = Signal()  # another person or visit, or nobody yet
    state_changed = Signal()  # saved mark, notice, tab, busy
    record_changed = Signal()  # lists or visits were read anew

    def __init__(self, context: Context, people: People) -> None:
        super().__init__(context)
        self.context = context
        self.people = people
        self.tab = TABS[0]
        self.busy = False
        self.saved_at: datetime | None = None
        self.from_draft: datetime | None = None
        self.withdrawn: tuple[WithdrawnLine, ...] = ()  # saved numbers that are not to be relied on
        self.desk = FormDesk(context, self)
        self.tools = ToolsDesk(context, self.desk, self)
        self.drafts = DraftKeeper(context, self)
        self.lists = Lists(self)
        self.visits = Visits(self)
        self.inspecting = Inspecting(context)
        self.desk.inspect_asked.connect(self.inspect)
        self.files = FilesDesk(self)
        self._opening = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DRAFT_MS)
        self._timer.timeout.connect(self._keep)
        self.desk.touched.connect(self._touched)
        self.drafts.kept.connect(self.state_changed)
        context.clinic_changed.connect(self._clinic_changed)
        context.settings_changed.connect(self._settings_changed)

    @property
    def form(self) -> Form | None:
        """The form in hand; None while a record is read and when none is open."""
        return self.desk.form

    @property
    def person_id(self) -> str | None:
        """Whose record is open; None for somebody new or nobody."""
        return None if self.form is None else self.form.in_hand.person_id

    def inspect(self, fields: tuple[str, ...], near: QWidget) -> None:
        """Show beside a widget what stands behind fields of the person in hand; of somebody new nothing does."""
        if self.person_id is not None:
            self.inspecting.ask(self.person_id, fields, near)

    # --- opening ----------------------------------------------------------------------------------------------------

    def open(self, person_id: str | None) -> None:
        """Open a person's record, or an empty one for somebody new, with what was typed and not saved."""
        self._leave()
        self._open(person_id, lambda clinic: _draft_for(clinic, person_id))

    def resume(self, told: Callable[[bool], None]) -> None:
        """Open the record that was open when the last session ended, at the same field; tell whether there was one."""

        def found(draft: Draft | None) -> None:
            if draft is not None:
                self._open(draft.person_id, lambda clinic: draft)
            told(draft is not None)

        self.context.on_store(self, _draft_of_last_session, found)

    def _open(
        self, person_id: str | None, find: Callable[[OpenClinic], Draft | None], saved_at: datetime | None = None
    ) -> None:
        self._clear()
        turn = self._opening
        self.reset.emit()

        def work(clinic: OpenClinic) -> Opened:
            withdrawn = () if person_id is None else withdrawn_lines(clinic, person_id)
            return Opened(open_record(clinic, person_id), layout_of(clinic), find(clinic), withdrawn)

        def done(opened: Opened) -> None:
            if turn == self._opening:
                self.saved_at = saved_at
                self._take(opened)

        def failed(error: EngineError) -> None:
            self.context.tell(error)
            self.back_asked.emit()

        self.context.on_store(self, work, done, failed=failed)

    def _clear(self) -> None:
        self._opening += 1
        self._timer.stop()
        self.desk.clear()
        self.tools.clear()
        self.tab, self.saved_at, self.from_draft = TABS[0], None, None
        self.withdrawn = ()
        self.visits.clear()
        self.lists.clear()
        self.files.clear()

    def _take(self, opened: Opened) -> None:
        content = opened.draft.content if opened.draft else None
        kept: dict[str, Any] = dict(content) if isinstance(content, dict) else {}
        known = {visit.id for visit in opened.in_hand.record.visits} if opened.in_hand.record else set()
        visit_id = kept.get("visit_id")
        day = _day(kept.get("day"), self.context.clock.today())
        form = self._form(opened, day, visit_id if visit_id in known else None)
        form.take_plain(kept)
        self.drafts.take(opened.draft)
        self.withdrawn = opened.withdrawn
        self.tab = kept["tab"] if kept.get("tab") in TABS else TABS[0]
        if opened.draft is not None and form.changed:
            self.from_draft = opened.draft.saved_at
        focus = str(kept.get("focus", ""))
        self.desk.take(form, focus if focus in form.boxes else _first(form))
        self.reset.emit()
        self.show_tab(self.tab)
        if self.drafts.here:
            self._keep()  # the place too: a crash before the first key comes back to the same record

    def read_empty(self, told: Callable[[Form], None]) -> None:
        """Tell what the form of somebody new will be like, so that the page can be made before one is asked for."""

        def work(clinic: OpenClinic) -> Opened:
            return Opened(open_record(clinic, None), layout_of(clinic), None)

        self.context.on_store(self, work, lambda opened: told(self._form(opened, self.context.clock.today())))

    def _form(self, opened: Opened, day: date, visit_id: str | None = None) -> Form:
        return Form(self.context.clinic.dictionary, opened.layout, opened.in_hand, day, self.desk.unit_of, visit_id)

    # --- keeping ----------------------------------------------------------------------------------------------------

    def save_draft(self) -> None:
        """Keep what is typed and the place, for a lock; on the store's lane."""
        if self.drafts.here:
            self._keep()

    def shown(self) -> None:
        """The page is in front."""
        self.drafts.here = True

    def hidden(self) -> None:
        """Another page is in front: what is typed stays kept, the place is given up."""
        self.drafts.here = False
        self._leave()

    def _touched(self) -> None:
        self.saved_at = None
        self._timer.start()
        self.state_changed.emit()

    def _keep(self) -> None:
        self._timer.stop()
        if self.form is not None:
            self.drafts.keep(self.form, self.tab, self.desk.focus, here=self.drafts.here)

    def _leave(self) -> None:
        self._timer.stop()
        if self.form is not None:
            self.drafts.leave(self.form, self.tab, self.desk.focus)

    def back(self) -> None:
        """Go back to the list; what is typed is kept and said so."""
        if self.form is not None and self.form.changed:
            self.context.good_news.emit(self.context.texts("record.kept_not_saved", name=self.title()))
        self.back_asked.emit()

    def give_up_draft(self) -> None:
        """Forget what was typed and show the record as it is stored."""
        if self.form is not None:
            person = self.form.in_hand.person_id
            self.drafts.drop()
            self._open(person, lambda clinic: None)

    # --- saving -----------------------------------------------------------------------------------------------------

    def save_and_next(self) -> None:
        """Store the visit and go back to the list."""
        self._save(self._go_on)

    def save_and_print(self) -> None:
        """Store the visit and go to its sheet."""
        self._save(self._go_to_sheet)

    def _go_on(self, person: str, saved: bool) -> None:
        self._clear()
        self.back_asked.emit()
        if saved:
            self.reset.emit()

    def _go_to_sheet(self, person: str, saved: bool) -> None:
        if saved:
            self._open(person, lambda clinic: None, self.context.clock.now())
        self.preview_asked.emit(person)

    def _save(self, then: Callable[[str, bool], None]) -> None:
        form = self.form
        if form is None or self.busy:
            return
        person = form.in_hand.person_id
        if person is not None and not form.changed and form.day_typed is None:
            then(person, False)
            return
        self._timer.stop()
        self._set_busy(True)
        values, removed = form.values(), form.removed()
        visit_id, confirmed = form.visit_id, frozenset(form.confirmed)

        def work(clinic: OpenClinic) -> VisitEntered:
            return save_visit(clinic, person, values, confirmed, removed, visit_id)

        def done(entered: VisitEntered) -> None:
            self._set_busy(False)
            if self.form is form:
                self._saved(entered, then)

        def failed(error: EngineError) -> None:
            self._set_busy(False)
            self._keep()
            self.context.tell(error)

        self.context.on_store(self, work, done, failed=failed)

    def _saved(self, entered: VisitEntered, then: Callable[[str, bool], None]) -> None:
        if entered.problems or entered.person_id is None:
            self._timer.start()
            self.show_tab(TABS[0])
            self.desk.focus_asked.emit(self.desk.show_problems(entered.problems))
            return
        self.context.good_news.emit(self.context.texts("record.saved_toast", name=self.title()))
        self.drafts.drop()
        self.assess(entered.person_id)
        then(entered.person_id, True)

    def assess(self, person: str) -> None:
        """Bring the number of the list up to date; what was saved is safe already, whatever comes of this."""

        def failed(error: EngineError) -> None:
            self.stored.emit(person)
            self.context.tell(error)

        self.context.on_store(
            self, lambda clinic: assess_people(clinic, [person]), lambda _: self.stored.emit(person), failed=failed
        )

    def _set_busy(self, busy: bool) -> None:
        self.busy = busy
        self.state_changed.emit()

    # --- the rest ---------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return who this is: the name, else the number, else that it is somebody new."""
        if self.form is None:
            return ""
        texts = (self.form.boxes[key_of(name)].text.strip() for name in (NAME, NUMBER))
        return next((text for text in texts if text), self.context.texts("record.new_person"))

    def show_tab(self, tab: str) -> None:
        """Show another tab."""
        self.tab = tab
        if tab == "history":
            self.visits.load_history()
        elif tab == "files" and self.files.loaded_for != self.person_id:
            self.files.load()
        self.state_changed.emit()

    def correct_visit(self, visit_id: str | None) -> None:
        """Open a stored visit in the form to put it right; None: today's visit again."""
        form = self.form
        if form is None or form.in_hand.record is None:
            return
        self._leave()
        visits = form.in_hand.record.visits
        day = next((visit.visit_date for visit in visits if visit.id == visit_id), self.context.clock.today())
        self.drafts.take(None)
        self.tab, self.saved_at, self.from_draft = TABS[0], None, None
        again = Form(form.dictionary, form.layout, form.in_hand, day, self.desk.unit_of, visit_id)
        self.desk.take(again, key_of(PRESSURE))
        self.reset.emit()

    def reload(self) -> None:
        """Read the record anew after a change of lists or visits; what is typed stays."""
        person, turn = self.person_id, self._opening
        if person is None:
            return

        def done(in_hand: RecordInHand) -> None:
            if turn == self._opening:
                self.desk.take_record(in_hand)
                self.visits.forget_history()
                self.record_changed.emit()

        self.context.on_store(self, lambda clinic: open_record(clinic, person, again=True), done)
        self.assess(person)

    def _clinic_changed(self) -> None:
        if self.context.has_clinic:
            self.desk.ask_live()

    def _settings_changed(self, names: frozenset[str]) -> None:
        if names & {"units"}:
            self.desk.take_units()
        if names & {"language", "paper"}:
            self.desk.ask_live()


def _first(form: Form) -> str:
    """Return the box in which typing begins: the name of somebody new, else what is not known of who it is."""
    if form.new_person:
        return key_of(NAME)
    return next((key_of(name) for name in (BIRTH, "sex") if not form.boxes[key_of(name)].filled), key_of(PRESSURE))


def _draft_for(clinic: OpenClinic, person_id: str | None) -> Draft | None:
    return next((draft for draft in form_drafts(clinic) if draft.person_id == person_id), None)


def _draft_of_last_session(clinic: OpenClinic) -> Draft | None:
    """Return the form that was in front when the last session ended."""
    held = (draft for draft in form_drafts(clinic) if isinstance(draft.content, dict))
    return next((draft for draft in held if isinstance(draft.content, dict) and draft.content.get("here")), None)


def _day(text: object, otherwise: date) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return otherwise
