"""A key and what it does, quiet, at the foot of a page."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


class KeyHint(QWidget):
    """The key in a small frame, then its words."""

    def __init__(self, ui: Ui, key: str, words: str) -> None:
        super().__init__()
        self._ui, self._key, self._words = ui, key, words
        self.setAccessibleName(f"{key}: {words}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of key and words."""
        return QSize(self._key_width() + self._ui.px(6) + self._words_width() + 2, self._ui.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(0.5, 1.5, self._key_width() - 1, self.height() - 3)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("sunken"))
        painter.drawRoundedRect(frame, self._ui.px(4), self._ui.px(4))
        painter.setPen(theme.color("text_3"))
        painter.setFont(theme.font(11))
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), self._key)
        painter.setFont(theme.font(12))
        left = self._key_width() + self._ui.px(6)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(left, 0, self.width() - left, self.height()), middle, self._words)

    def _key_width(self) -> int:
        return QFontMetrics(self._ui.theme.font(11)).horizontalAdvance(self._key) + self._ui.px(12)

    def _words_width(self) -> int:
        return QFontMetrics(self._ui.theme.font(12)).horizontalAdvance(self._words)
