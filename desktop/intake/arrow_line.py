"""What a text becomes: "118 jin → 59.0 kg"."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.cells import paint_text
from desktop.widgets.labels import plain_tip, shown
from desktop.widgets.ui import Ui


class ArrowLine(QWidget):
    """A text as written, an arrow, and the value in bold; where there is little room, the written text gives way."""

    def __init__(self, ui: Ui, written: str, value: str) -> None:
        super().__init__()
        self._ui = ui
        self._value = shown(value)
        self._written = "" if written == value else f"{shown(written)} → "
        whole = self._written + self._value
        self.setAccessibleName(whole)
        self.setToolTip(plain_tip(whole))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        return QSize(self._ui.px(80), QFontMetrics(self._ui.theme.bold(13)).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the two."""
        painter, theme = QPainter(self), self._ui.theme
        bold = QFontMetrics(theme.bold(13))
        room = max(self.width() // 3, self.width() - bold.horizontalAdvance(self._value) - 2)
        painter.setFont(theme.font(13))
        painter.setPen(theme.color("text_2"))
        used = paint_text(painter, QRect(0, 0, room, self.height()), self._written) if self._written else 0
        painter.setFont(theme.bold(13))
        painter.setPen(theme.color("text"))
        paint_text(painter, QRect(used, 0, self.width() - used, self.height()), self._value)
