"""Keys and what they do, quiet, at the foot of a page: as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


class KeyHints(QWidget):
    """Each key in a small frame, then its words."""

    def __init__(self, ui: Ui, hints: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._ui, self._hints = ui, list(hints)
        self.setAccessibleName("; ".join(f"{key}: {words}" for key, words in hints))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of all hints."""
        return QSize(sum(self._wide(*hint) for hint in self._hints), self._ui.px(22))

    def minimumSizeHint(self) -> QSize:
        """Return no width at all: what has no room is left out."""
        return QSize(0, self._ui.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0
        for key, words in self._hints:
            wide = self._wide(key, words)
            if left + wide - self._ui.px(18) > self.width():
                return
            self._draw(painter, left, key, words)
            left += wide

    def _draw(self, painter: QPainter, left: int, key: str, words: str) -> None:
        theme = self._ui.theme
        frame = QRectF(left + 0.5, 1.5, self._key_width(key) - 1, self.height() - 3)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("sunken"))
        painter.drawRoundedRect(frame, self._ui.px(4), self._ui.px(4))
        painter.setPen(theme.color("text_3"))
        painter.setFont(theme.font(11))
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), key)
        painter.setFont(theme.font(12))
        x = left + self._key_width(key) + self._ui.px(6)
        painter.drawText(QRectF(x, 0, self.width() - x, self.height()), int(Qt.AlignmentFlag.AlignVCenter), words)

    def _wide(self, key: str, words: str) -> int:
        words_width = QFontMetrics(self._ui.theme.font(12)).horizontalAdvance(words)
        return self._key_width(key) + self._ui.px(6) + words_width + self._ui.px(18)

    def _key_width(self, key: str) -> int:
        return QFontMetrics(self._ui.theme.font(11)).horizontalAdvance(key) + self._ui.px(12)
