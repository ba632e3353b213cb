"""The form in hand while it is typed: boxes, what is wrong with them, and what they say at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.jobs import Latest, Task
from desktop.record.form import Form
from desktop.record.layout import VISIT_DAY, Place, key_of
from desktop.record.problems import problems_by_box
from desktop.units import first_unit
from desktop.widgets.measurement_edit import Said
from engine.domain.problems import Problem, Reason
from engine.domain.report import Paper
from engine.fields import Field
from engine.intake.typed import TypedValue, read_typed
from engine.workflows.live import Live, RecordInHand, live_risk


class FormDesk(QObject):
    """Takes what is typed and tells what it means. Knows no store."""

    touched = Signal()  # something was typed
    rows_changed = Signal()  # other boxes are shown
    box_changed = Signal(str)
    live_changed = Signal()
    focus_asked = Signal(str)
    inspect_asked = Signal(tuple, object)  # what stands behind fields, and beside which widget to say it

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self.context = context
        self.form: Form | None = None
        self.live: Live | None = None
        self.problems: dict[str, list[Said]] = {}
        self.focus = ""
        self.left_out: set[str] = set()  # changes of the what-if that somebody took away
        self._tried = False  # to save: who is not named yet has only then to be
        self._asked: set[str] = set()  # boxes in which Enter was pressed on an unusual value
        self._turn = 0
        self._rows: list[list[Place]] = []
        self._latest: Latest[tuple[int, Live]] = Latest(context.jobs, self, self._take_live)

    # --- which form -------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Hold no form."""
        self._turn += 1
        self._latest.drop()
        self.form, self.live, self.problems, self.focus = None, None, {}, ""
        self._rows, self._tried = [], False
        self._asked.clear()
        self.left_out.clear()

    def take(self, form: Form, focus: str) -> None:
        """Take another form."""
        self.clear()
        self.form, self.focus = form, focus
        self._rows = form.rows()
        self.ask_live()

    def take_record(self, in_hand: RecordInHand) -> None:
        """Take the same person's record read anew; what is typed stays."""
        form = self.form
        if form is None:
            return
        form.in_hand = in_hand
        known = {visit.id for visit in in_hand.record.visits} if in_hand.record else set()
        if form.visit_id is not None and form.visit_id not in known:
            form.visit_id, form.day = None, self.context.clock.today()
        form.load()
        self._refresh()
        self.ask_live()

    def inspect(self, key: str, near: QObject) -> None:
        """Ask what stands behind the values of a box."""
        if self.form is not None and key in self.form.boxes:
            self.inspect_asked.emit(tuple(field.name for field in self.form.boxes[key].fields), near)

    def unit_of(self, field: Field) -> str | None:
        """Return the unit with which a field opens."""
        return first_unit(field, self.context.settings)

    def take_units(self) -> None:
        """Show every field in the unit of the settings as they are now."""
        if self.form is not None:
            for box in self.form.boxes.values():
                box.unit = self.unit_of(box.fields[0])
            self._refresh()

    def _refresh(self) -> None:
        self._emit_rows()
        for key in self.form.boxes if self.form else ():
            self.box_changed.emit(key)

    # --- typing -----------------------------------------------------------------------------------------------------

    def type(self, key: str, text: str) -> None:
        """Take what stands in a box now."""
        if self.form is not None:
            box = self.form.boxes[key]
            box.type(text)
            self.form.confirmed -= {one.name for one in box.fields}
            self._asked.discard(key)
            self._typed(key)

    def say_unknown(self, key: str) -> None:
        """Take that a value is not known."""
        if self.form is not None:
            self.form.boxes[key].say_unknown()
            self._typed(key)

    def choose_unit(self, key: str, unit: str) -> None:
        """Show a field in another unit, now and whenever it is opened; what was typed keeps its own."""
        if self.form is None:
            return
        name = self.form.boxes[key].fields[0].name
        for box in self.form.boxes.values():
            if box.fields[0].name == name:
                box.unit = unit
        self.context.change(unit_choices={**self.context.settings.unit_choices, name: unit})
        self._tell_problems()
        for box in self.form.boxes.values():
            if box.fields[0].name == name:
                self.box_changed.emit(box.key)

    def set_day(self, text: str) -> None:
        """Take another day of the visit, as typed; what is stored for it comes into the boxes."""
        form = self.form
        if form is None:
            return
        found = self.read_day(text)
        form.day_typed = text if found is None else None
        if found is not None and found != form.day:
            form.day = found
            if form.visit_id is None:
                form.load()
                self._refresh()
        self._typed(key_of(VISIT_DAY))

    def read_day(self, text: str) -> date | None:
        """Return a day of a visit as intake reads it; None where it cannot be one."""
        read = read_typed([TypedValue(VISIT_DAY, text)], self.context.clock)
        values = [str(column.values[0]) for column in read.entries.columns if column.field == VISIT_DAY]
        return date.fromisoformat(values[0]) if values and not read.problems else None

    def add_field(self, name: str) -> None:
        """Show another field of the dictionary and go there."""
        if self.form is not None:
            if name not in self.form.extra:
                self.form.extra.append(name)
            self._emit_rows()
            self.focus_asked.emit(key_of(name))

    def enter(self, key: str) -> bool:
        """Take Enter in a box; return whether to go on. An unusual value asks once more, then it is kept."""
        form = self.form
        if form is None or key not in form.boxes:
            return True
        odd = self._unusual(key)
        if not odd:
            return True
        if key not in self._asked:
            self._asked.add(key)
            self.box_changed.emit(key)
            return False
        form.confirmed |= odd
        self._asked.discard(key)
        self._typed(key)
        return True

    def _unusual(self, key: str) -> set[str]:
        """Return the fields of a box whose value is unusual and nothing worse; read at once, not on the lane."""
        form = self.form
        if form is None:
            return set()
        values = list(form.boxes[key].values())
        confirmed = frozenset(form.confirmed)
        read = read_typed(values, self.context.clock, needs_visit_date=False, confirmed=confirmed)
        if any(not problem.can_confirm for problem in read.problems):
            return set()
        return {name for problem in read.problems for name in problem.fields}

    def entered(self, key: str) -> None:
        """Remember where the cursor is."""
        before, self.focus = self.focus, key
        for each in {before, key} - {""}:
            self.box_changed.emit(each)

    def is_asked(self, key: str) -> bool:
        """Whether Enter was pressed once on an unusual value here."""
        return key in self._asked

    def _typed(self, key: str) -> None:
        self._emit_rows()
        self.box_changed.emit(key)
        self.ask_live()
        self.touched.emit()

    def _emit_rows(self) -> None:
        if self.form is not None and (rows := self.form.rows()) != self._rows:
            self._rows = rows
            self.rows_changed.emit()

    # --- what it says -----------------------------------------------------------------------------------------------

    def ask_live(self) -> None:
        """Ask for problems and risk of the form as it stands."""
        form = self.form
        if form is None:
            return
        turn, clinic, settings = self._turn, self.context.clinic, self.context.settings
        values, removed = form.values(), form.removed()
        in_hand, day, confirmed = form.in_hand, form.day, frozenset(form.confirmed)

        def work(task: Task) -> tuple[int, Live]:
            paper = Paper(settings.paper)
            return turn, live_risk(clinic, in_hand, values, day, settings.language, confirmed, paper, removed)

        self._latest.ask(work)

    def show_problems(self, problems: Sequence[Problem]) -> str:
        """Show what kept the form from being saved, and return the first box that has something."""
        if self.form is None:
            return ""
        before, self.focus, self._tried = self.focus, "", True
        self._set_problems(problems_by_box(self.form, tuple(problems), self.context.texts))
        if before:
            self.box_changed.emit(before)  # what was known of it while it was typed is said only now
        keys = [key for row in self.form.rows() for key, _ in row if key in self.problems]
        return keys[0] if keys else next(iter(self.problems), "")

    def _take_live(self, found: tuple[int, Live]) -> None:
        turn, live = found
        if turn == self._turn and self.form is not None:
            self.live = live
            self._tell_problems()
            self.live_changed.emit()

    def _tell_problems(self) -> None:
        if self.form is not None and self.live is not None:
            told = [one for one in self.live.problems if self._tried or one.reason is not Reason.MISSING_IDENTITY]
            self._set_problems(problems_by_box(self.form, tuple(told), self.context.texts))

    def _set_problems(self, found: dict[str, list[Said]]) -> None:
        before, self.problems = self.problems, found
        for key in {*before, *found}:
            if before.get(key) != found.get(key):
                self.box_changed.emit(key)
