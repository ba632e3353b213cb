"""The second step: what every column is taken for, one question a column, and one row as it would be stored."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QWidget

from desktop.intake.about import field_of
from desktop.intake.arrow_line import ArrowLine
from desktop.intake.asking import Input, meanings
from desktop.intake.column_grid import ColumnGrid, GridColumn, GridRow
from desktop.intake.presenter import ImportPresenter
from desktop.intake.question_card import QuestionCard
from desktop.intake.words import all_targets, column_caption, stored_lines, target_label
from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card, Notice, PageFooter, scrolled
from desktop.widgets.ui import Ui, clear, column, frame, row

_ROWS_FROM = ((560, 4), (440, 2), (0, 1))  # so high a page shows so many rows of the file
_BESIDE = 1000  # from this width on the row to be stored stands beside the question
_WITH_CANCEL = 620  # narrower, going back to the first step is the way to drop the file
_MOST_LINES = 40


class ColumnsPage(QWidget):
    """Columns, questions, and the row as it would be stored."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._shown_rows = _ROWS_FROM[0][1]
        texts = ui.texts
        self._name = ElidedLabel(ui, "", 13, bold=True)
        self.map = Notice(ui, "info")
        self._facts = ElidedLabel(ui, "", 13, color="text_2")
        self.grid = ColumnGrid(ui, all_targets(texts))
        self.question = QuestionCard(ui, presenter.lookups)
        self._first_rows = Label(ui, "", 12, tone="3", wrap=False)
        self._in_view = Label(ui, "", 12, tone="3", wrap=False)
        self._stored = Card(ui, " ", gap=10)
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(ui.px(12))
        self._lines.setVerticalSpacing(ui.px(8))
        self._back = Button(ui, texts("import.back"), key="Esc")
        self._drop = Button(ui, texts("import.cancel"), kind="link")
        self._check = Button(ui, texts("import.check", count=0), kind="filled", key="Ctrl+Enter")
        self._footer = PageFooter(ui, self._drop, self._check)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        ui = self._ui
        strip = frame("card")
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("file", "text_2", 18))
        line = row(ui, mark, gap=12, margins=(16, 10))
        line.addWidget(self._name)
        line.addWidget(self._facts, 1)
        strip.setLayout(line)
        table = frame("card")
        foot = row(ui, self._first_rows, 1, self._in_view, self.grid.bar, gap=12, margins=(12, 6))
        self.grid.bar.setMinimumWidth(ui.px(140))
        table.setLayout(column(ui, self.grid, foot, gap=0, margins=(1,)))
        lines = scrolled(column(ui, self._lines, 1))
        lines.setMinimumHeight(ui.px(130))
        self._stored.body.addWidget(lines, 1)
        self._low = row(ui, gap=16)
        self._low.addWidget(self.question, 7)
        self._low.addWidget(self._stored, 3)
        page = column(ui, strip, self.map, table, gap=16, margins=(16,))
        page.addLayout(self._low, 1)  # the cards below take the room that is left
        self._footer.left.insertWidget(0, self._back)
        whole = column(ui, gap=0)
        self._scroll = scrolled(page)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self._footer)
        self.setLayout(whole)

    def _connect(self) -> None:
        presenter = self._presenter
        self.grid.chosen.connect(presenter.choose_column)
        self.grid.taken_for.connect(presenter.take_for)
        self.grid.scrolled.connect(self._say_in_view)
        self.question.answered.connect(presenter.answer)
        self.question.next_asked.connect(presenter.next_question)
        self._back.clicked.connect(presenter.back)
        self._drop.clicked.connect(presenter.cancel)
        self._check.clicked.connect(self._go_on)
        before = QShortcut(QKeySequence("Alt+Up"), self)
        before.activated.connect(lambda: presenter.next_question(-1))
        presenter.question_changed.connect(self._show_question)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the row to be stored beside the question, or below it."""
        super().resizeEvent(event)
        beside = event.size().width() >= self._ui.px(_BESIDE)
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._low.setDirection(wanted)
        self._drop.setVisible(event.size().width() >= self._ui.px(_WITH_CANCEL))
        rows = next(rows for least, rows in _ROWS_FROM if event.size().height() >= self._ui.px(least))
        if rows != self._shown_rows:
            self._shown_rows = rows
            self.refresh()

    def _show_map(self) -> None:
        """Offer what was answered for the last file of this shape."""
        presenter, texts = self._presenter, self._ui.texts
        found = presenter.recalled
        if found is None:
            self.map.say("")
            return
        day = "" if found.map.saved_at is None else texts.date(found.map.saved_at.astimezone().date())
        key = "undo.map.offered" if found.answers else "undo.map.known"
        words = texts.wording.say(key, day=day, columns=found.columns, answers=len(found.answers))
        self.map.say(words, "info", texts("undo.use_map") if found.answers else "", presenter.use_map)

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter, texts = self._presenter, self._ui.texts
        outcome = presenter.outcome
        if outcome is None or outcome.preview is None:
            return
        self._name.setText(presenter.file_name)
        self._facts.setText(self._fact_line())
        self._show_map()
        self._show_table()
        self._show_stored()
        self._show_question()
        rows, shown = outcome.counts.rows_read, min(self._shown_rows, len(outcome.preview.rows))
        self._first_rows.setText(texts("import.first_rows", shown=shown, count=texts.number(rows)))
        self._check.setText(texts("import.check", count=texts.number(rows)))
        left = len(presenter.open_questions)
        key = "import.nothing_stored" if not left else "import.question_left" if left == 1 else "import.questions_left"
        self._footer.facts.setText(texts(key, count=left))

    def _fact_line(self) -> str:
        texts, outcome = self._ui.texts, self._presenter.outcome
        if outcome is None or outcome.preview is None:
            return ""
        facts, preview = outcome.facts, outcome.preview
        parts = []
        if facts is not None and facts.sheet is not None:
            parts.append(texts("import.sheet", sheet=facts.sheet[:40]))
        rows = (texts.number(row) for row in (preview.first_row, preview.last_row))
        parts.append(texts("import.rows", first=next(rows), last=next(rows)))
        parts.append(texts("import.columns", count=len(outcome.columns)))
        if facts is not None and facts.encoding is not None:
            parts.append(texts("import.encoding", encoding=facts.encoding.removesuffix("-sig").upper()))
        return " · ".join(parts)

    def _show_table(self) -> None:
        presenter, texts, outcome = self._presenter, self._ui.texts, self._presenter.outcome
        if outcome is None or outcome.preview is None:
            return
        columns = []
        for at, mapped in enumerate(outcome.columns):
            state = presenter.state_of(at)
            target = mapped.field or ""
            label = target_label(target, texts) if target else texts("import.target.skip")
            caption = column_caption(mapped, texts, asked=state == "check")
            columns.append(GridColumn(mapped.header, target, label, caption, state, texts(f"import.column.{state}")))
        rows = [GridRow(each.row, each.cells) for each in outcome.preview.rows[: self._shown_rows]]
        self.grid.show_table(columns, rows, presenter.column)

    def _show_question(self) -> None:
        presenter = self._presenter
        asked = presenter.question
        options: list[tuple[str, str]] = []
        question = presenter.asked_question()
        if asked is not None and question is not None and asked.input is Input.CODES:
            options = meanings(field_of(question, presenter.outcome) or "", question, self._ui.texts)
        self.question.show_question(asked, presenter.question_place, options)
        self.grid.show_column(presenter.column)

    def _say_in_view(self) -> None:
        first, last = self.grid.in_view
        count = len(self._presenter.columns)
        self._in_view.setText(self._ui.texts("import.in_view", first=first, last=last, count=count))

    def _show_stored(self) -> None:
        clear(self._lines)
        outcome, ui = self._presenter.outcome, self._ui
        stored = outcome.preview.stored if outcome is not None and outcome.preview is not None else None
        if stored is None:
            self._stored.set_title(ui.texts("import.no_row_stored"))
            return
        self._stored.set_title(ui.texts("import.row_stored", row=stored.row))
        lines = sorted(stored_lines(stored, ui.texts), key=lambda line: line.written == line.value)
        for number, line in enumerate(lines[:_MOST_LINES]):  # what is changed on the way comes first
            self._lines.addWidget(ElidedLabel(ui, line.label, 13, color="text_2"), number, 0)
            self._lines.addWidget(ArrowLine(ui, line.written, line.value), number, 1)
        self._lines.setColumnStretch(0, 2)
        self._lines.setColumnStretch(1, 4)

    def _go_on(self) -> None:
        self._presenter.check()
        if self._presenter.open_questions:
            self._focus_question()

    def _focus_question(self) -> None:
        self.question.focus_answer()
        # Placed once what was shown just now has its size.
        QTimer.singleShot(0, self, self._bring_question)

    def _bring_question(self) -> None:
        """Scroll so far that the question is seen, its head before its foot."""
        bar, top, gap = self._scroll.verticalScrollBar(), self.question.y(), self._ui.px(12)
        wanted = min(top - gap, top + self.question.height() + gap - self._scroll.viewport().height())
        bar.setValue(max(bar.value(), wanted))

    def focus_first(self) -> None:
        """Put the focus where the work is: the answers while something is asked, the columns otherwise."""
        if self._presenter.open_questions:
            self._focus_question()
        else:
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
