"""One question about a file: what speaks for each answer, and the answers as buttons or boxes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QGridLayout, QVBoxLayout, QWidget

from desktop.intake.asking import Asked, Choice, Input
from desktop.intake.drawn import Bars
from desktop.intake.lookups import Lookups
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.fields import SearchField, TextField
from desktop.widgets.flow import Flow
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Pill
from desktop.widgets.ui import Ui, clear, column, row
from engine.intake.questions import LEAVE_OUT

_MOST_KEYS = 9


class QuestionCard(Card):
    """Shows one question at a time."""

    answered = Signal(object)
    next_asked = Signal()

    def __init__(self, ui: Ui, lookups: Lookups, *, nothing: str = "import.nothing_asked") -> None:
        super().__init__(ui, gap=10)
        self._ui = ui
        self._lookups = lookups
        self._nothing = nothing
        self.setProperty("tone", "question")
        self._place = Pill(ui, "", "warn", square=True)
        self._subject = ElidedLabel(ui, "", 13, color="text_2")
        self._next = Button(ui, ui.texts("import.next_question"), kind="link", key="Alt+Down", size="small")
        self._next.clicked.connect(self.next_asked)
        self._title = Label(ui, "", 16, bold=True)
        self._sentence = Label(ui, "", 13, tone="2")
        self._bars = Bars(ui)
        self._inputs = QVBoxLayout()
        self._inputs.setContentsMargins(0, 0, 0, 0)
        head = row(ui, self._place, gap=10)
        head.addWidget(self._subject, 1)
        head.addWidget(self._next)
        words = column(ui, self._title, self._sentence, gap=4)
        words.addSpacing(ui.px(10))
        words.addLayout(self._inputs)
        words.addStretch(1)
        middle = row(ui, gap=24)
        middle.addLayout(words, 3)
        middle.addWidget(self._bars, 2, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addLayout(middle, 1)
        self._shown_as: object = None

    def show_question(self, asked: Asked | None, place: tuple[int, int], meanings: list[tuple[str, str]]) -> None:
        """Show a question; None: nothing is asked."""
        shown = (asked, place)
        if shown == self._shown_as:
            return
        self._shown_as = shown
        focused = QApplication.focusWidget()
        here = focused is not None and self.isAncestorOf(focused)
        self._fill(asked, place, meanings)
        if here:  # what had the focus is gone with the question before
            self.focus_answer()

    def _fill(self, asked: Asked | None, place: tuple[int, int], meanings: list[tuple[str, str]]) -> None:
        texts = self._ui.texts
        self._bars.setVisible(asked is not None and bool(asked.bars))
        self._next.setVisible(place[1] > 1)
        clear(self._inputs)
        if asked is None:
            self._place.show_state(texts("import.nothing_asked_tag"), "ok")
            self._subject.setText("")
            self._title.setText(texts(self._nothing))
            self._sentence.setText(texts(f"{self._nothing}_why"))
            return
        tone = "ok" if asked.answered else "warn"
        self._place.show_state(texts("import.question_place", place=place[0], count=place[1]), tone)
        self._subject.setText(asked.subject)
        self._title.setText(asked.title)
        self._sentence.setText(asked.sentence)
        self._show_bars(asked)
        self._inputs.addWidget(self._input(asked, meanings))

    def _show_bars(self, asked: Asked) -> None:
        if asked.bars:
            ends = (asked.low, (asked.low + asked.high) / 2, asked.high)
            low, middle, high = (f"{end:.3g}" for end in ends)
            count = self._ui.texts.number(sum(asked.bars))
            self._bars.show_bars(asked.bars, (low, middle, high), self._ui.texts("import.values", count=count))

    def _input(self, asked: Asked, meanings: list[tuple[str, str]]) -> QWidget:
        holder = QWidget()
        if asked.input is Input.CODES:
            holder.setLayout(self._code_rows(asked, meanings))
        elif asked.input is Input.DATE:
            holder.setLayout(self._day_field(asked))
        elif asked.input is Input.PERSON:
            holder.setLayout(self._person_field(asked))
        else:
            return Flow(self._ui, *(self._button(asked, at) for at in range(len(asked.choices))))
        return holder

    def _button(self, asked: Asked, at: int) -> Button:
        choice: Choice = asked.choices[at]
        key = str(at + 1) if at < _MOST_KEYS else ""
        chosen = asked.answered and asked.answer == choice.code
        quiet = choice.code == LEAVE_OUT and len(asked.choices) > 1 and not chosen
        kind = "link" if quiet else "answer"
        words = choice.words if len(choice.words) <= 60 else choice.words[:59] + "…"
        button = Button(self._ui, words, kind=kind, key=key, size="large", icon="check" if chosen else "")
        button.setCheckable(True)
        button.setChecked(chosen or (choice.suggested and not asked.answered))
        if choice.suggested and not asked.answered:
            button.setAccessibleDescription(self._ui.texts("import.suggested"))
        button.clicked.connect(lambda: self._answer(button, choice.code, chosen))
        return button

    def _answer(self, button: Button, code: str, chosen: bool) -> None:
        button.setChecked(True)
        if not chosen:
            self.answered.emit(code)

    def _code_rows(self, asked: Asked, meanings: list[tuple[str, str]]) -> QVBoxLayout:
        """Return a box for the meaning of every code, and the button that takes them all."""
        grid = QGridLayout()
        grid.setSpacing(self._ui.px(8))
        selects: list[tuple[str, Select]] = []
        per_line = 1 if len(asked.codes) <= 3 else 2
        for number, code in enumerate(asked.codes):
            select = Select(self._ui, meanings, code.usual, name=code.written)
            select.setMaximumWidth(self._ui.px(300))
            selects.append((code.written, select))
            line, place = divmod(number, per_line)
            grid.addWidget(ElidedLabel(self._ui, code.written, 14, bold=True), line, 3 * place)
            grid.addWidget(
                Label(self._ui, self._ui.texts("import.means"), 13, tone="3", wrap=False), line, 3 * place + 1
            )
            grid.addWidget(select, line, 3 * place + 2)
            grid.setColumnStretch(3 * place + 2, 4)
        grid.setColumnStretch(3 * per_line, 1)
        done = Button(self._ui, self._ui.texts("import.use_meanings"), kind="answer", key="Alt+Enter")
        if asked.answered:
            done.set_icon("check")
        done.clicked.connect(lambda: self._take_codes(selects))
        return column(self._ui, grid, done, gap=12)

    def _take_codes(self, selects: list[tuple[str, Select]]) -> None:
        told: dict[str, str | bool | None] = {written: select.value or None for written, select in selects}
        self.answered.emit(told)

    def _day_field(self, asked: Asked) -> QVBoxLayout:
        texts = self._ui.texts
        given = str(asked.answer) if asked.answered else ""
        field = TextField(self._ui, texts("import.day"), given, hint=texts("import.day_hint"))
        field.setMaximumWidth(self._ui.px(260))
        use = Button(self._ui, texts("import.use_day"), kind="answer")
        today = Button(self._ui, texts("import.today"), kind="link")
        today.clicked.connect(lambda: self._take_day(field, self._lookups.today()))
        use.clicked.connect(lambda: self._take_day(field, field.text()))
        field.entered.connect(lambda: self._take_day(field, field.text()))
        field.edited.connect(lambda _: field.say(""))
        return column(self._ui, field, row(self._ui, use, today, 1), gap=10)

    def _take_day(self, field: TextField, text: str) -> None:
        day = self._lookups.read_day(text)
        if day is None:
            field.say(self._ui.texts("import.day_wrong"))
            return
        field.set_text(day)
        self.answered.emit(day)

    def _person_field(self, asked: Asked) -> QVBoxLayout:
        texts = self._ui.texts
        search = SearchField(self._ui, texts("import.person_hint"))
        search.setMaximumWidth(self._ui.px(360))
        found = Flow(self._ui, gap=8)
        told = Label(self._ui, "", 12, tone="3")
        if asked.answered:
            told.setText(texts("import.person_is", number=str(asked.answer)))
        search.edited.connect(lambda text: self._show_people(text, found, told))
        search.entered.connect(lambda: self._take_first(search.text()))
        return column(self._ui, search, found, told, gap=8)

    def _show_people(self, text: str, found: Flow, told: Label) -> None:
        found.clear()
        people = self._lookups.find_people(text) if text.strip() else []
        for number, name in people:
            button = Button(self._ui, f"{name[:40]} · {number[:24]}", kind="answer")
            button.clicked.connect(lambda _=False, who=number: self.answered.emit(who))
            found.add(button)
        told.setText(self._ui.texts("import.person_nobody") if text.strip() and not people else "")

    def _take_first(self, text: str) -> None:
        people = self._lookups.find_people(text) if text.strip() else []
        if people:
            self.answered.emit(people[0][0])

    def focus_answer(self) -> None:
        """Put the focus on the first answer."""
        holder = self._inputs.itemAt(0)
        inside = None if holder is None else holder.widget()
        stops = [] if inside is None else [part for part in inside.findChildren(QWidget) if _takes_focus(part)]
        if stops:
            stops[0].setFocus(Qt.FocusReason.OtherFocusReason)


def _takes_focus(part: QWidget) -> bool:
    return bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus) and part.isEnabled() and not part.isHidden()
