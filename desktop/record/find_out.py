"""What to find out, what helps most first: in place of a number that cannot be told, or beside one of a lesser tool."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, clear, column, held, row
from engine.workflows.live import LiveRange


def _go(ui: Ui, label: str) -> Button:
    """Return the link with the name of a field."""
    made = Button(ui, label[:1].upper() + label[1:], kind="link", size="small")
    made.setAccessibleName(f"{ui.texts('record.risk.go')}: {label}")
    return made


class FindOut(QWidget):
    """What was taken for what is missing, and what to find out; each name leads to its field."""

    field_asked = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._shown: LiveRange | None = None
        self.assumed = Label(ui, "", 12, tone="2")
        self._title = Label(ui, ui.texts("record.span.find"), 13, bold=True)
        self._rows = column(ui, gap=2)
        self.setLayout(column(ui, self.assumed, self._title, held(self._rows), gap=6))
        self.hide()

    def show_range(self, found: LiveRange | None) -> None:
        """Show what a range lacks; None hides it."""
        self.setVisible(found is not None)
        if found is None:
            return
        self.assumed.setText("\n".join(found.assumed))
        before = () if self._shown is None else self._shown.tests
        self._shown = found
        self._title.setVisible(bool(found.tests))
        if found.tests == before:
            return
        clear(self._rows)
        alone = len(found.tests) == 1
        for test in found.tests:
            link = _go(self._ui, test.label)
            link.clicked.connect(lambda _=False, field=test.field: self.field_asked.emit(field))
            key = "record.span.exact" if alone else "record.span.narrows"
            words = Label(self._ui, self._ui.texts(key, share=round(test.removes * 100)), 12, tone="2", wrap=False)
            self._rows.addWidget(Flow(self._ui, link, words, gap=8))


class BetterTool(QWidget):
    """One line beside a number: a better tool is at hand and lacks something; each name leads to its field."""

    field_asked = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._shown: object = None
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("info", "text_3", 16))
        self.words = Label(ui, "", 12, tone="2")
        self._links = Flow(ui, gap=4)
        line = row(ui, gap=8)
        line.addLayout(column(ui, mark, 1))
        line.addLayout(column(ui, self.words, self._links, gap=0), 1)
        self.setLayout(line)
        self.hide()

    def show_range(self, found: LiveRange | None) -> None:
        """Show which tool would speak if it knew more; None hides it."""
        self.setVisible(found is not None)
        if found is None:
            return
        self.words.setText(self._ui.texts("record.span.better", tool=found.title))
        tests = tuple((test.field, test.label) for test in found.tests)
        if tests == self._shown:
            return
        self._shown = tests
        self._links.clear()
        for field, label in tests:
            link = _go(self._ui, label)
            link.clicked.connect(lambda _=False, name=field: self.field_asked.emit(name))
            self._links.add(link)
