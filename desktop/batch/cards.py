"""The cards at the left: assess, and how sheets come out."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from desktop.batch.presenter import LANGUAGES, ORDERS, SIDES, BatchPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Segment, Select
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card, Pill
from desktop.widgets.ui import Ui, column, divider, row


class AssessCard(Card):
    """Assess: progress while it runs, what came out afterwards."""

    def __init__(self, ui: Ui, presenter: BatchPresenter) -> None:
        super().__init__(ui, ui.texts("batch.assess.title"), gap=8)
        self._ui = ui
        self._presenter = presenter
        self._state = Pill(ui, "", "ok", square=True)
        self.heading.addWidget(self._state)
        self._figure = Label(ui, "", 28, bold=True, wrap=False)
        self._of_what = Label(ui, "", 13, tone="2")
        self.body.addLayout(row(ui, self._figure, self._of_what, 1, gap=8))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(ui.texts("batch.assess.title"))
        self._progress = Label(ui, "", 12, tone="2")
        self.body.addWidget(self._bar)
        self.body.addWidget(self._progress)
        self._numbered = _Outcome(ui, "check", "ok")
        self._without = _Outcome(ui, "info", "text_3")
        self.body.addWidget(self._numbered)
        self.body.addWidget(self._without)
        self._start = Button(ui, "", key="Ctrl+R")
        self._stop = Button(ui, ui.texts("batch.stop"), icon="close", key="Esc")
        self._show = Button(ui, "", kind="link")
        self._start.clicked.connect(presenter.start_assess)
        self._stop.clicked.connect(presenter.assess.stop)
        self._show.clicked.connect(lambda: presenter.show_without(not presenter.shows_without))
        buttons = Flow(ui, self._start, self._stop, self._show, gap=8)
        self.body.addWidget(buttons)

    def focus_first(self) -> None:
        """Put the focus on the button that is there now."""
        (self._stop if self._presenter.assess.runs else self._start).setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show how it stands."""
        texts, presenter = self._ui.texts, self._presenter
        assess = presenter.assess
        count = presenter.count
        self._figure.setText(texts.number(assess.total if assess.runs else count))
        self._of_what.setText(texts("batch.assess.people" if presenter.chosen else "batch.assess.everybody"))
        here = self._start.hasFocus() or self._stop.hasFocus()
        for part in (self._bar, self._progress, self._stop):
            part.setVisible(assess.runs)
        self._start.setVisible(not assess.runs)
        self._start.setEnabled(count > 0)
        if here:  # one takes the place of the other, and the focus with it
            self.focus_first()
        self._start.setText(texts("batch.assess.again" if assess.finished else "batch.assess.start", count=count))
        self._show_outcome(told=assess.done > 0)
        if assess.runs:
            self._bar.setRange(0, assess.total)
            self._bar.setValue(assess.done)
            self._progress.setText(self._progress_words())

    def _progress_words(self) -> str:
        texts, assess = self._ui.texts, self._presenter.assess
        left = assess.seconds_left
        if left is None:
            return texts("batch.assess.of", done=assess.done, total=assess.total)
        return texts("batch.assess.of_left", done=assess.done, total=assess.total, left=time_words(self._ui, left))

    def _show_outcome(self, *, told: bool) -> None:
        texts, assess = self._ui.texts, self._presenter.assess
        without = len(assess.without)
        self._state.setVisible(assess.finished)
        if assess.stopped:
            self._state.show_state(texts("batch.assess.stopped"), "warn")
        else:
            self._state.show_state(texts("batch.assess.done_in", time=time_words(self._ui, assess.seconds)), "ok")
        self._numbered.setVisible(told)
        self._without.setVisible(told)
        self._numbered.say(texts.number(assess.with_number), texts("batch.assess.with_number"), "")
        why = texts("batch.assess.and").join(
            texts("batch.assess.reason", count=count, why=words) for words, count in assess.reasons()
        )
        self._without.say(texts.number(without), texts("batch.assess.without"), why)
        back = self._presenter.shows_without
        self._show.setVisible(assess.finished and (without > 0 or back))
        self._show.setText(texts("batch.show_list") if back else texts("batch.assess.show", count=without))


class _Outcome(QWidget):
    """One line of what came out: sign, how many, what, and why below."""

    def __init__(self, ui: Ui, icon: str, color: str) -> None:
        super().__init__()
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap(icon, color, 18))
        self._count = Label(ui, "", 14, bold=True, wrap=False)
        self._what = Label(ui, "", 13)
        self._why = Label(ui, "", 12, tone="3")
        line = row(ui, mark, self._count, gap=10)
        line.addWidget(self._what, 1)
        self.setLayout(column(ui, divider(), line, self._why, gap=5))

    def say(self, count: str, what: str, why: str) -> None:
        """Show a line."""
        self._count.setText(count)
        self._what.setText(what)
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self.setAccessibleName(f"{count} {what} {why}")


class SheetsCard(Card):
    """How sheets come out, and the button that puts them on the list."""

    def __init__(self, ui: Ui, presenter: BatchPresenter) -> None:
        super().__init__(ui, ui.texts("batch.sheets.title"), gap=8)
        self._ui = ui
        self._presenter = presenter
        texts = ui.texts
        sides = [(code, texts(f"batch.side.{code}")) for code in SIDES]
        self._sides = Segment(ui, sides, presenter.sides, name=texts("batch.sheets.sides"))
        languages = [(code, texts(f"batch.language.{code}")) for code in LANGUAGES]
        self._language = Segment(ui, languages, presenter.options.language, name=texts("batch.sheets.language"))
        orders = [(code, texts(f"batch.order.{code}")) for code in ORDERS]
        self._order = Select(ui, orders, presenter.order, name=texts("batch.sheets.order"))
        for name, control in (("sides", self._sides), ("language", self._language), ("order", self._order)):
            control.chosen.connect(lambda code, what=name: presenter.choose_form(what, code))
            words = Label(ui, texts(f"batch.sheets.{name}"), 12, tone="2")
            self.body.addLayout(column(ui, words, control, gap=4))
        self._add = Button(ui, "", icon="plus")
        self._add.clicked.connect(lambda: presenter.add(start=False))
        self.body.addLayout(row(ui, self._add, 1))
        self.body.addStretch(1)

    def refresh(self) -> None:
        """Show how it stands."""
        texts, presenter = self._ui.texts, self._presenter
        self._sides.set_value(presenter.sides)
        self._language.set_value(presenter.options.language)
        self.set_caption(texts("batch.sheets.paper", paper=texts(f"batch.paper.{presenter.options.paper}")))
        self._add.setText(texts("batch.sheets.add", count=presenter.count))
        self._add.setEnabled(presenter.count > 0)


def time_words(ui: Ui, seconds: int) -> str:
    """Return a stretch of time as people say it."""
    if seconds < 90:
        return ui.texts("batch.seconds", seconds=seconds)
    return ui.texts("batch.minutes", minutes=round(seconds / 60))
