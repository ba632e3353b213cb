"""A tick with its words."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy

from desktop.widgets.cells import LEFT, paint_text, paint_tick
from desktop.widgets.ui import Ui

_GAP = 28  # from the left of the box to the words


class Tick(QCheckBox):
    """On or off, as one of several that may hold at once."""

    def __init__(self, ui: Ui, text: str, on: bool = False, *, bold: bool = True) -> None:
        super().__init__(text)
        self._ui = ui
        self.setFont(ui.theme.bold(13) if bold else ui.theme.font(13))
        self.setChecked(on)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of box and words."""
        words = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(self._ui.px(_GAP) + words + self._ui.px(8), self._ui.px(28))

    def minimumSizeHint(self) -> QSize:
        """Return the same: words are never cut."""
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:
        """The whole of it may be pressed."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box and words; the focus is an edge around both."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(self._ui.px(2), 0, self._ui.px(18), self.height())
        paint_tick(painter, box, theme, Qt.CheckState.Checked if self.isChecked() else Qt.CheckState.Unchecked)
        painter.setFont(self.font())
        painter.setPen(theme.color("text" if self.isEnabled() else "text_3"))
        paint_text(painter, self.rect().adjusted(self._ui.px(_GAP), 0, 0, 0), self.text(), LEFT)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("primary"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), self._ui.px(6), self._ui.px(6))
