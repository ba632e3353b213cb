"""All visits, newest first: put right in the form, moved to another day or person, removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

from desktop.record.devices_card import DevicesCard
from desktop.record.presenter import RecordPresenter
from desktop.visit_words import source_words, visit_parts
from desktop.widgets.buttons import Button
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, EmptyState, scrolled
from desktop.widgets.traced_line import TracedLine
from desktop.widgets.ui import Ui, clear, column, frame, held, row
from engine.domain.record import Visit

_AT_FIRST, _MORE = 30, 100


class VisitsTab(QWidget):
    """One card with a line per visit."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter, self._visits = ui, presenter, presenter.visits
        self._shown = _AT_FIRST
        self._empty = EmptyState(ui, ui.texts("record.visits.none"), icon="calendar")
        self._card = Card(ui, ui.texts("record.visits.title"), " ", gap=0)
        self._rows = column(ui, gap=0)
        self._card.body.addWidget(held(self._rows))
        self._more = Button(ui, ui.texts("record.visits.more"), kind="link")
        self._more.clicked.connect(self._show_more)
        self.devices = DevicesCard(ui, presenter)
        inside = column(ui, self.devices, self._card, row(ui, self._more, 1), 1, gap=16, margins=(16,))
        self._area = scrolled(inside)
        self.setLayout(column(ui, self._empty, self._area, gap=0))
        presenter.reset.connect(self.refresh)
        presenter.record_changed.connect(self.refresh)
        self._visits.changed.connect(self.refresh)
        self.devices.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the visits as they are stored."""
        visits = self._visits.newest_first()
        self._empty.setVisible(not visits and not self.devices.held)
        self._area.setVisible(bool(visits or self.devices.held))
        self._card.setVisible(bool(visits))
        clear(self._rows)
        shown = visits[: self._shown]
        for visit in shown:
            self._rows.addWidget(self._row(visit, last=visit is shown[-1]))
        self._more.setVisible(len(visits) > self._shown)
        self._card.set_caption(self._ui.texts("record.visits.count", count=len(visits)))

    def _show_more(self) -> None:
        self._shown += _MORE
        self.refresh()

    def _row(self, visit: Visit, *, last: bool) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        form = self._presenter.form
        made = frame("clear" if last else "row")
        day = Label(ui, texts.date(visit.visit_date), 13, bold=True, wrap=False)
        day.setFixedWidth(ui.px(112))
        above = ui.margins(0, 6, 0, 0)  # day and words begin at the height of the words of the buttons
        day.setContentsMargins(above)
        words = column(ui, gap=2, margins=(0, 6, 0, 0))
        if form is not None:
            values = visit_parts(visit, form.dictionary, self._presenter.desk.unit_of, texts)
            words.addWidget(self._values(visit, values) if values else Label(ui, texts("record.visits.nothing"), 13))
            words.addWidget(Label(ui, source_words(visit, form.in_hand, texts), 12, tone="3"))
        line = row(ui, gap=8, margins=(0, 8))
        line.addWidget(day, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(held(words), 1)
        for key, call in (
            ("correct", lambda: self._presenter.correct_visit(visit.id)),
            ("move", lambda: self._visits.ask(visit.id, "move")),
            ("remove", lambda: self._visits.ask(visit.id, "remove")),
        ):
            button = Button(ui, texts(f"record.visits.{key}"), kind="link", size="small")
            button.setAccessibleName(f"{texts(f'record.visits.{key}')}: {texts.date(visit.visit_date)}")
            button.clicked.connect(call)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        whole = column(ui, gap=4)
        whole.addWidget(held(line))
        if self._visits.open_panel == (visit.id, "remove"):
            whole.addWidget(self._removing(visit))
        elif self._visits.open_panel == (visit.id, "move"):
            whole.addWidget(MovePanel(ui, self._presenter, visit))
        made.setLayout(whole)
        return made

    def _values(self, visit: Visit, values: Sequence[tuple[str, tuple[str, ...]]]) -> TracedLine:
        """Return what was measured; each value leads to where it came from."""
        line = TracedLine(self._ui)
        line.show_parts(values)

        def asked(fields: tuple[str, ...], place: QRect) -> None:
            self._presenter.inspect(tuple((field, visit.id) for field in fields), line, place)

        line.asked.connect(asked)
        return line

    def _removing(self, visit: Visit) -> QWidget:
        ui, texts = self._ui, self._ui.texts
        made = frame("notice", "danger")
        day = texts.date(visit.visit_date)
        remove = Button(ui, texts("record.visits.remove_now"), kind="danger", size="small")
        remove.clicked.connect(lambda: self._visits.remove(visit.id))
        keep = Button(ui, texts("record.visits.keep"), size="small")
        keep.clicked.connect(self._visits.let_be)
        words = Label(ui, texts("record.visits.remove_question", day=day), 13)
        line = row(ui, words, keep, remove, gap=8, margins=(12, 8))
        line.setStretch(0, 1)
        made.setLayout(line)
        return made


class MovePanel(QWidget):
    """Where a visit is moved to: another day, or another person found while typing."""

    def __init__(self, ui: Ui, presenter: RecordPresenter, visit: Visit) -> None:
        super().__init__()
        self._ui, self._visits, self._visit = ui, presenter.visits, visit
        texts = ui.texts
        self.day = TextField(ui, texts("record.visits.to_day"), visit.visit_date.isoformat())
        self.day.entered.connect(self._to_day)
        to_day = Button(ui, texts("record.visits.move_to_day"), size="small")
        to_day.clicked.connect(self._to_day)
        self.person = TextField(ui, texts("record.visits.to_person"))
        self.person.edited.connect(self._find)
        self._found = column(ui, gap=2)
        keep = Button(ui, texts("record.visits.keep"), kind="link", size="small")
        keep.clicked.connect(self._visits.let_be)
        inner = frame("sunken")
        left = column(ui, self.day, row(ui, to_day, 1))
        left.addStretch(1)
        right = column(ui, self.person, held(self._found))
        right.addStretch(1)
        line = row(ui, gap=24, margins=(12,))
        line.addWidget(held(left), 1)
        line.addWidget(held(right), 1)
        line.addWidget(keep)
        inner.setLayout(line)
        self.setLayout(column(ui, inner, margins=(0, 0, 0, 8)))

    def _to_day(self) -> None:
        day = self._visits.read_day(self.day.text())
        if day is None:
            self.day.say(self._ui.texts("record.problem.unreadable_date"))
        else:
            self._visits.move_to_day(self._visit.id, day)

    def _find(self, query: str) -> None:
        clear(self._found)
        for person in self._visits.find_people(query):
            name = " · ".join(part for part in (person.name, person.patient_id, person.village) if part)
            words = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, self._ui.px(220))
            button = Button(self._ui, self._ui.texts("record.visits.move_to_person", name=words), size="small")
            button.clicked.connect(lambda _=False, to=person.person_id: self._visits.move_to_person(self._visit.id, to))
            self._found.addWidget(button)
