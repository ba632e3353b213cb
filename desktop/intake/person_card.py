"""The explicit step that attaches readings to a person: search, what the file says beside who was found, one button."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.i18n import Texts
from desktop.intake.asking import Asked
from desktop.intake.lookups import Lookups
from desktop.intake.whose_desk import WhoseDesk
from desktop.intake.words import date_text
from desktop.widgets.buttons import Button
from desktop.widgets.fields import SearchField
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, Pill
from desktop.widgets.ui import Ui, clear, column, row
from engine.workflows.whose import Agreement, Candidate

_TONES = {Agreement.SAME: "ok", Agreement.SILENT: "info", Agreement.OTHER: "danger"}
_ROWS = ("name", "patient_id", "birth_date", "sex")
_MOST_ALIKE = 4


class PersonCard(Card):
    """Asks for one person, or for one after the other where the file names several."""

    def __init__(self, ui: Ui, desk: WhoseDesk, lookups: Lookups) -> None:
        super().__init__(ui, gap=10)
        self._ui = ui
        self._desk = desk
        self._lookups = lookups
        texts = ui.texts
        self.setProperty("tone", "question")
        self._place = Pill(ui, "", "warn", square=True)
        self._title = Label(ui, "", 16, bold=True)
        self._sentence = Label(ui, "", 13, tone="2")
        self.names = Flow(ui, gap=8)
        self.search = SearchField(ui, texts("bring.find_person"))
        self.search.setMaximumWidth(ui.px(420))
        self.found = Flow(ui, gap=8)
        self._nobody = Label(ui, "", 12, tone="3")
        self._beside = QGridLayout()
        self._beside.setHorizontalSpacing(ui.px(16))
        self._beside.setVerticalSpacing(ui.px(6))
        self.fits = Notice(ui, "info")
        self.alike = Notice(ui, "warn")
        self.attach = Button(ui, "", kind="answer", key="Alt+Enter")
        self.leave_out = Button(ui, texts("bring.leave_out"), kind="link", key="Alt+Del")
        for part in (
            row(ui, self._place, 1, gap=10),
            column(ui, self._title, self._sentence, gap=4),
            self.names,
            self.search,
            self.found,
            self._nobody,
            self._beside,
            self.fits,
            self.alike,
            row(ui, self.attach, self.leave_out, 1, gap=12),
        ):
            self.body.addWidget(part) if isinstance(part, QWidget) else self.body.addLayout(part)
        self.body.addStretch(1)
        self.search.edited.connect(self._find)
        self.search.entered.connect(self._take_first)
        self.attach.clicked.connect(self._attach)
        self.leave_out.clicked.connect(self._leave_out)
        desk.changed.connect(self._show)
        self._clear_found()

    def show_question(self, asked: Asked, place: tuple[int, int]) -> None:
        """Show the question, with who is looked at for it."""
        tone = "ok" if asked.answered else "warn"
        self._place.show_state(self._ui.texts("import.question_place", place=place[0], count=place[1]), tone)
        self._title.setText(asked.title)
        several = self._ui.texts("bring.whose_several", count=len(self._desk.names))
        self._sentence.setText(several if self._desk.several else self._ui.texts("bring.whose"))
        self._show()

    def _show(self) -> None:
        desk, texts = self._desk, self._ui.texts
        self._show_names()
        candidate = desk.candidate
        clear(self._beside)
        self._show_beside(candidate)
        for part in (self.attach, self.fits):
            part.setVisible(candidate is not None)
        self.leave_out.setVisible(desk.several)
        self.alike.say("")
        if candidate is None:
            self.fits.say("")
            return
        who = candidate.person.name or candidate.person.patient_id or ""
        differs = candidate.agreement is Agreement.OTHER
        chosen = desk.chosen.get(desk.name) == candidate.answer
        self.attach.setText(texts("bring.attach_anyway" if differs else "bring.attach", name=who[:40]))
        self.attach.set_icon("check" if chosen else "")
        self.fits.say(texts(f"bring.fits.{candidate.agreement.value}"), _TONES[candidate.agreement])
        if candidate.alike:
            others = [_told(each.name, each.patient_id) for each in candidate.alike[:_MOST_ALIKE]]
            count = len(candidate.alike)
            self.alike.say(texts("bring.alike", names=texts("import.and").join(others), count=count), "warn")

    def _show_names(self) -> None:
        desk, texts = self._desk, self._ui.texts
        self.names.setVisible(desk.several)
        self.names.clear()
        for name in desk.names if desk.several else ():
            who = desk.of(name)
            if name not in desk.chosen:
                state = texts("bring.not_decided")
            elif desk.chosen[name] is None or who is None:
                state = texts("bring.left_out")
            else:
                state = who.person.name or who.person.patient_id or ""
            count = desk.counts.get(name, 0)
            words = texts("bring.name_in_file", name=name[:24], count=count, who=state[:24])
            button = Button(self._ui, words, kind="chip", icon="check" if name in desk.chosen else "question")
            button.setCheckable(True)
            button.setChecked(name == desk.name)
            button.clicked.connect(lambda _=False, at=name: self._choose_name(at))
            self.names.add(button)

    def _choose_name(self, name: str) -> None:
        self.search.set_text("")
        self._clear_found()
        self._desk.choose_name(name)

    def _clear_found(self) -> None:
        self.found.clear()
        for part in (self.found, self._nobody):
            part.hide()

    def _show_beside(self, candidate: Candidate | None) -> None:
        """Put what the file says beside who was found; what differs is told in words, not by colour alone."""
        texts, hints = self._ui.texts, self._desk.hints
        said = {name: [str(value) for hint in hints if (value := _hint(hint, name))] for name in _ROWS}
        if candidate is None and not any(said.values()):
            return
        heads = ["", texts("bring.in_file"), texts("bring.in_clinic") if candidate is not None else ""]
        for at, head in enumerate(heads):
            self._beside.addWidget(Label(self._ui, head, 12, tone="3", wrap=False), 0, at)
        for line, name in enumerate(_ROWS, 1):
            in_file = texts("import.and").join(dict.fromkeys(_shown(name, each, texts) for each in said[name]))
            here = getattr(candidate.person, name) if candidate is not None else None
            self._beside.addWidget(Label(self._ui, texts(f"bring.who.{name}"), 13, tone="2", wrap=False), line, 0)
            self._beside.addWidget(ElidedLabel(self._ui, in_file or texts("bring.not_said"), 13), line, 1)
            known = _shown(name, here, texts) if here else texts("bring.not_said") if candidate is not None else ""
            self._beside.addWidget(ElidedLabel(self._ui, known, 13, bold=True), line, 2)
        self._beside.setColumnStretch(1, 2)
        self._beside.setColumnStretch(2, 3)

    def _find(self, text: str) -> None:
        self.found.clear()
        people = self._lookups.find_anybody(text) if text.strip() else []
        for one in people:
            born = "" if one.birth_date is None else str(one.birth_date)
            words = " · ".join(part for part in ((one.name or "")[:40], (one.patient_id or "")[:24], born) if part)
            button = Button(self._ui, words or one.person_id[:8], kind="answer")
            button.clicked.connect(lambda _=False, who=one.person_id: self._look_up(who))
            self.found.add(button)
        self._nobody.setText(self._ui.texts("bring.nobody") if text.strip() and not people else "")
        self._nobody.setVisible(bool(text.strip()) and not people)
        self.found.setVisible(bool(people))

    def _take_first(self) -> None:
        people = self._lookups.find_anybody(self.search.text()) if self.search.text().strip() else []
        if people:
            self._look_up(people[0].person_id)

    def _look_up(self, person_id: str) -> None:
        self._clear_found()
        self._desk.look_up(person_id)
        self.attach.show()
        self.attach.setFocus(Qt.FocusReason.OtherFocusReason)

    def _attach(self) -> None:
        self.search.set_text("")
        self._desk.attach()

    def _leave_out(self) -> None:
        self.search.set_text("")
        self._desk.leave_out()

    def focus_answer(self) -> None:
        """Put the focus where the answer is given."""
        (self.attach if self._desk.candidate is not None else self.search).setFocus(Qt.FocusReason.OtherFocusReason)


def _hint(hint: object, name: str) -> str | None:
    found = getattr(hint, name)
    return found if isinstance(found, str) else None


def _shown(name: str, value: str, texts: Texts) -> str:
    if name == "sex":
        return texts(f"bring.sex.{value}") if f"bring.sex.{value}" in texts else value
    if name == "birth_date":
        try:
            return date_text(value, texts)
        except ValueError:  # as the file writes it
            return value
    return value


def _told(name: str | None, number: str | None) -> str:
    return " ".join(part for part in ((name or "")[:40], f"({number[:24]})" if number else "") if part)
