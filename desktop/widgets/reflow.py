"""A line of words and a control that stand beside each other while there is room, and below each other otherwise."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column, row

_WORDS = 200  # the least that words get beside a control


class SettingRow(QFrame):
    """One line of a settings card: what it is, what it does, and the control."""

    def __init__(self, ui: Ui, title: str, caption: str, control: QWidget, *, last: bool = False) -> None:
        super().__init__()
        self._ui = ui
        self.setProperty("role", "" if last else "row")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.caption = Label(ui, caption, 12, tone="3")
        if not caption:  # shown by what it stands in: without a parent it would be a window of its own
            self.caption.hide()
        self._control = control
        self._line = row(ui, gap=24, margins=(16, 12))
        self._line.addLayout(column(ui, 1, Label(ui, title, 13, bold=True), self.caption, 1, gap=2), 1)
        self._line.addWidget(control)
        self.setLayout(self._line)

    def minimumSizeHint(self) -> QSize:
        """Return what the row needs when the control stands below."""
        return QSize(self._ui.px(120), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the control where it has room."""
        super().resizeEvent(event)
        needed = self._control.sizeHint().width() + self._ui.px(_WORDS + 24 + 32)
        beside = event.size().width() >= needed
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._line.direction() is not wanted:
            self._line.setDirection(wanted)
            self._line.setSpacing(self._ui.px(24 if beside else 8))
