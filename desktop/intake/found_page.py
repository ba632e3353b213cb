"""The second step of a file that is no table: what is in it, and what must be said before it can be stored."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.intake.about import counted_in
from desktop.intake.other_words import all_rows, fact_line
from desktop.intake.person_card import PersonCard
from desktop.intake.plain_table import PlainTable
from desktop.intake.presenter import ImportPresenter
from desktop.intake.question_card import QuestionCard
from desktop.intake.whose_desk import KINDS
from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Notice, PageFooter, Pill, scrolled
from desktop.widgets.ui import Ui, column, frame, row

_WITH_CANCEL = 620  # narrower, going back to the first step is the way to drop the file
_QUESTION_ROOM, _PERSON_ROOM = 420, 600  # what stands above and below the table
_MOST_LINES = 10
_LEAST_LINES = 2


class FoundPage(QWidget):
    """The first readings or the kinds of entries, and one question at a time."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        self._name = ElidedLabel(ui, "", 13, bold=True)
        self._facts = ElidedLabel(ui, "", 13, color="text_2")
        self.described = Pill(ui, texts("bring.described_tag"), "warn", square=True)
        self._caption = Label(ui, "", 12, tone="3", wrap=False)
        self.table = PlainTable(ui, texts("bring.first_readings"))
        self.described_note = Notice(ui, "warn")
        self.question = QuestionCard(ui, presenter.lookups, nothing="bring.nothing_asked")
        self.person = PersonCard(ui, presenter.whose, presenter.lookups)
        self._back = Button(ui, texts("import.back"), key="Esc")
        self._drop = Button(ui, texts("import.cancel"), kind="link")
        self._check = Button(ui, "", kind="filled", key="Ctrl+Enter")
        self._footer = PageFooter(ui, self._drop, self._check)
        self._lay_out()
        self.question.answered.connect(presenter.answer)
        self.question.next_asked.connect(presenter.next_question)
        self._back.clicked.connect(presenter.back)
        self._drop.clicked.connect(presenter.cancel)
        self._check.clicked.connect(self._go_on)
        for key, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            move = QShortcut(QKeySequence(key), self.person)
            move.activated.connect(lambda by=step: presenter.next_question(by))
        before = QShortcut(QKeySequence("Alt+Up"), self.question)
        before.activated.connect(lambda: presenter.next_question(-1))
        presenter.question_changed.connect(self._show_question)

    def _lay_out(self) -> None:
        ui = self._ui
        strip = frame("card")
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("file", "text_2", 18))
        line = row(ui, mark, gap=12, margins=(16, 10))
        line.addWidget(self._name)
        line.addWidget(self._facts, 1)
        line.addWidget(self.described)
        strip.setLayout(line)
        shown = frame("card")
        shown.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)  # never higher than its table
        foot = row(ui, self._caption, 1, margins=(16, 6))
        shown.setLayout(column(ui, self.table, foot, gap=0, margins=(1,)))
        page = column(ui, strip, self.described_note, shown, gap=16, margins=(16,))
        page.addWidget(self.question, 1)
        page.addWidget(self.person, 1)
        self._scroll = scrolled(page)
        self._footer.left.insertWidget(0, self._back)
        whole = column(ui, gap=0)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self._footer)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room, and give the table what is left."""
        super().resizeEvent(event)
        self._drop.setVisible(event.size().width() >= self._ui.px(_WITH_CANCEL))
        self._fit_table()

    def _fit_table(self) -> None:
        """Show every line of the table where there is room beside what is asked, and a few that scroll elsewhere."""
        line = self._ui.px(32)
        asked = _PERSON_ROOM if self.person.isVisibleTo(self) else _QUESTION_ROOM
        room = (self.height() - self._ui.px(asked)) // line
        lines = max(_LEAST_LINES, min(len(self.table.rows), _MOST_LINES, room))
        bar = self.table.horizontalScrollBar()
        below = bar.sizeHint().height() if self.table.is_wide else 0
        self.table.setFixedHeight((lines + 1) * line + below + 2)

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter, texts, outcome = self._presenter, self._ui.texts, self._presenter.outcome
        if outcome is None or counted_in(outcome) == "rows":
            return
        what = counted_in(outcome)
        self._name.setText(presenter.file_name)
        self._facts.setText(fact_line(outcome, texts))
        self.table.show_rows(*all_rows(outcome, texts))
        described = outcome.device is not None and outcome.device.described
        self.described.setVisible(described)
        self.described_note.say(texts("bring.described") if described else "", "warn")
        read, shown = outcome.counts.rows_read, len(self.table.rows)
        words = {"shown": texts.number(shown), "count": texts.number(read)}
        self._caption.setText(texts(f"bring.shown.{what}", **words))
        self._check.setText(texts(f"bring.check.{what}", count=texts.number(read)))
        left = len(presenter.open_questions)
        key = "import.nothing_stored" if not left else "import.question_left" if left == 1 else "import.questions_left"
        self._footer.facts.setText(texts(key, count=left))
        self._show_question()

    def _show_question(self) -> None:
        presenter = self._presenter
        question, asked = presenter.asked_question(), presenter.question
        of_person = question is not None and question.kind in KINDS
        if question is not None and asked is not None and of_person and presenter.outcome is not None:
            presenter.whose.take(question, presenter.outcome)
            self.person.show_question(asked, presenter.question_place)
        else:
            self.question.show_question(asked, presenter.question_place, [])
        self.person.setVisible(of_person)
        self.question.setVisible(not of_person)
        self._fit_table()

    def _go_on(self) -> None:
        self._presenter.check()
        if self._presenter.open_questions:
            self._focus_question()

    def _focus_question(self) -> None:
        card = self.question if self.person.isHidden() else self.person
        card.focus_answer()
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(card, 0, self._ui.px(12)))

    def focus_first(self) -> None:
        """Put the focus on the answers while something is asked, on the table otherwise."""
        if self._presenter.open_questions:
            self._focus_question()
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
