"""The page of the import: its steps, the step in hand, and what runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget

from desktop.intake.about import counted_in
from desktop.intake.check_page import CheckPage
from desktop.intake.columns_page import ColumnsPage
from desktop.intake.done_page import DonePage
from desktop.intake.file_page import FilePage
from desktop.intake.found_page import FoundPage
from desktop.intake.many_page import ManyPage
from desktop.intake.presenter import FOUND, LOOKING, MANY, READING, STEPS, WAITING, ImportPresenter
from desktop.intake.waiting_page import WaitingPage
from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import PageHeader, Pill, Stepper
from desktop.widgets.ui import Ui, column, frame, row

Page = FilePage | ColumnsPage | FoundPage | CheckPage | DonePage | WaitingPage | ManyPage

_PAGES: Mapping[str, Callable[[Ui, ImportPresenter], Page]] = {
    "columns": ColumnsPage,
    FOUND: FoundPage,
    MANY: ManyPage,
    "check": CheckPage,
    "done": DonePage,
    WAITING: WaitingPage,
}
_PATIENCE_MS = 400  # what is done sooner shows no progress
_FORECAST_SECONDS = 2.0
_STEPS_FROM = 1000  # narrower, only the present step has words
_PILLS_FROM = 720  # narrower, only what is to be checked is counted in the head


class ProgressStrip(QWidget):
    """What runs, how far it is, how long it takes, and Stop."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._began = 0.0
        self.words = Label(ui, "", 13, bold=True)
        self._left = Label(ui, "", 13, tone="2", wrap=False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.stop = Button(ui, ui.texts("import.stop"), key="Esc")
        card = frame("card")
        line = row(ui, gap=16, margins=(16, 10))
        line.addWidget(self.words, 2)
        line.addWidget(self._bar, 3)
        line.addWidget(self._left)
        line.addWidget(self.stop)
        card.setLayout(line)
        self.setLayout(column(ui, card, margins=(16, 0, 16, 12)))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.show)
        self.hide()

    def begin(self, words: str) -> None:
        """Show after a moment what runs; how far is not known yet."""
        self._began = time.monotonic()
        self.words.setText(words)
        self._left.setText("")
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(words)
        self._timer.start(_PATIENCE_MS)

    def hear(self, done: int, total: int) -> None:
        """Show how far it is."""
        if total <= 0:
            return
        self._bar.setRange(0, 1000)
        self._bar.setValue(1000 * done // total)
        share, passed = done / total, time.monotonic() - self._began
        words = self._ui.texts("import.percent", percent=100 * done // total)
        if passed >= _FORECAST_SECONDS and 0 < share < 1:
            words = (
                f"{words} · {self._ui.texts('import.seconds_left', seconds=round(passed * (1 - share) / share) + 1)}"
            )
        self._left.setText(words)

    def end(self) -> None:
        """Show nothing any more."""
        self._timer.stop()
        self.hide()


class ImportView(QWidget):
    """Built anew whenever language or look change; the presenter keeps everything."""

    def __init__(self, ui: Ui, presenter: ImportPresenter) -> None:
        super().__init__()
        self._ui = ui
        self._presenter = presenter
        self._shown_busy = ""
        self.setAcceptDrops(True)
        texts = ui.texts
        self._stepper = Stepper(ui, [texts(f"import.step.{step}") for step in STEPS])
        self._shown_page = ""
        self._header = PageHeader(ui, texts("import.title"))
        self._header.setProperty("role", "bar")
        self._header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header.left.insertWidget(1, self._stepper)
        self._pills = {state: Pill(ui, "", tone) for state, tone in _PILLS}
        for pill in self._pills.values():
            self._header.right.addWidget(pill)
        self._name = ElidedLabel(ui, "", 13, color="text_2")
        self._header.right.addWidget(self._name)
        self._file = FilePage(ui, presenter)
        self._pages: dict[str, Page] = {"file": self._file}
        self._stack = QStackedWidget()
        self._stack.addWidget(self._file)
        self.strip = ProgressStrip(ui)
        whole = column(ui, self._header, gap=0)
        whole.addWidget(self._stack, 1)
        whole.addWidget(self.strip)
        self.setLayout(whole)
        self.strip.stop.clicked.connect(presenter.stop)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(presenter.back)
        presenter.changed.connect(self.refresh)
        presenter.progressed.connect(self.strip.hear)
        self.refresh()

    def page(self, step: str) -> Page:
        """Return the page of a step, made when it is first asked for: all of them together would hold a key up."""
        if step not in self._pages:
            self._pages[step] = _PAGES[step](self._ui, self._presenter)
            self._stack.addWidget(self._pages[step])
        return self._pages[step]

    def refresh(self) -> None:
        """Show the state of the presenter."""
        presenter = self._presenter
        if presenter.busy != self._shown_busy:
            self._shown_busy = presenter.busy
            if presenter.busy:
                self._begin(presenter.busy)
            else:
                self.strip.end()
        # What was asked while a look runs may be asked again; while it is stored nothing may change.
        self._stack.setEnabled(presenter.busy in {"", LOOKING})
        step, code = presenter.step, presenter.page
        page = self.page(code)
        page.refresh()
        second = "bring.step" if code == FOUND or counted_in(presenter.outcome) != "rows" else "import.step.columns"
        self._stepper.set_words(1, self._ui.texts(second))
        self._stepper.go(STEPS.index(step) if step in STEPS else 0)
        self._stepper.setVisible(step not in {WAITING, MANY})
        self._show_pills()
        if code != self._shown_page:
            self._shown_page = code
            self._stack.setCurrentWidget(page)
            if self.isVisible():
                page.focus_first()

    def _begin(self, busy: str) -> None:
        presenter, texts = self._presenter, self._ui.texts
        what = counted_in(presenter.outcome)
        if busy == MANY:
            words = texts("bring.busy.many", count=len(presenter.many.files))
        elif busy == READING or what == "rows":
            name = presenter.file_name if busy == READING else texts.number(presenter.storable)
            words = texts(f"import.busy.{busy}", what=name[:60])
        else:
            words = texts(f"bring.busy.{busy}.{what}", count=texts.number(presenter.storable))
        self.strip.begin(words)

    def _show_pills(self) -> None:
        presenter, texts = self._presenter, self._ui.texts
        on_columns = presenter.page == "columns"
        states = [presenter.state_of(at) for at in range(len(presenter.columns))] if on_columns else []
        for state, pill in self._pills.items():
            count = states.count(state)
            pill.show_state(texts(f"import.pill.{state}", count=count), dict(_PILLS)[state])
            pill.setVisible(bool(count) and (state == "check" or self.width() >= self._ui.px(_PILLS_FROM)))
        self._name.setText(presenter.file_name if presenter.step in {"check", "done"} else "")
        self._name.setVisible(bool(self._name.text()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave words out of the head where there is no room for them."""
        super().resizeEvent(event)
        self._stepper.set_compact(event.size().width() < self._ui.px(_STEPS_FROM))
        self._show_pills()

    def showEvent(self, event: QShowEvent) -> None:
        """Look what lies in the store, and put the focus where the work is."""
        super().showEvent(event)
        self._presenter.history.load()
        self.page(self._presenter.page).focus_first()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files only, and none while something runs or a file is open."""
        if self._dropped(event) and self._presenter.step in {"file", "done"} and not self._presenter.busy:
            event.acceptProposedAction()
            self._file.show_hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget it."""
        self._file.show_hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the file."""
        self._file.show_hover(False)
        paths = self._dropped(event)
        if paths:
            event.acceptProposedAction()
            self._presenter.choose(*paths)

    @staticmethod
    def _dropped(event: QDropEvent) -> list[Path]:
        """Return the local files and folders that are dragged."""
        return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


_PILLS = (("sure", "ok"), ("check", "warn"), ("skipped", "info"))
