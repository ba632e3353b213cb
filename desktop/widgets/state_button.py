"""A short state in a bar that can be pressed: it leads to where more is said of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from desktop.widgets.ui import Ui

_TONES = {
    "quiet": ("text_3", "surface"),
    "warn": ("warn", "warn_tint"),
    "danger": ("danger", "danger_tint"),
}


class StateButton(QAbstractButton):
    """Drawn like a pill; quiet on the bar's own ground while nothing is to be done."""

    def __init__(self, ui: Ui, icon: str, tip: str) -> None:
        super().__init__()
        self._ui, self._icon, self._tip = ui, icon, tip
        self._tone = "quiet"
        self.setFont(ui.theme.font(12))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(tip)

    def show_state(self, text: str, tone: str) -> None:
        """Show another state."""
        self._tone = tone
        self.setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(self._tip)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of sign and words."""
        words = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(words + self._ui.px(40), self._ui.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        ink, fill = _TONES[self._tone]
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("primary"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("tint" if self.underMouse() and self._tone == "quiet" else fill))
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        side, x = self._ui.px(14), self._ui.px(10)
        painter.drawPixmap(x, (self.height() - side) // 2, theme.pixmap(self._icon, ink, 14))
        painter.setPen(theme.color(ink))
        painter.setFont(self.font())
        words = QRectF(x + side + self._ui.px(6), 0, self.width(), self.height())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
