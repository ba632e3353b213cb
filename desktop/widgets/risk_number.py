"""The number of a risk: large figures and how many people it is of. Never without the words beside it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui

_FIGURES, _ENDS = 4, 9  # signs


class RiskNumber(QWidget):
    """The figures, and how many people they are of: 16 of 100."""

    pressed = Signal()  # what stands behind it is asked

    def __init__(self, ui: Ui, color: str = "raise_", size: float = 48) -> None:
        super().__init__()
        self._ui, self._color, self._size = ui, color, size
        self._number, self._before, self._of = "", "", ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask what stands behind the number."""
        self.pressed.emit()

    @property
    def number(self) -> str:
        """The figures that are shown."""
        return self._number

    def show_number(self, number: str, of: str, before: str = "") -> None:
        """Show figures, how many they are of, and words that stand before them."""
        if (number, of, before) == (self._number, self._of, self._before):
            return
        self._number, self._of, self._before = number, of, before
        self.setAccessibleName(" ".join(part for part in (before, number, of) if part))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of figures and words."""
        width = self._wide(self._big_size(), self._number) + self._ui.px(8)
        return QSize(width + self._wide(20, self._of) + self._ui.px(4), self._ui.px(52 if self._size >= 40 else 36))

    def minimumSizeHint(self) -> QSize:
        """Return the same: a number is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw figures and words on one line."""
        painter = QPainter(self)
        theme = self._ui.theme
        base = round(self.height() * 0.82)
        x = 0
        if self._number:
            painter.setFont(theme.bold(self._big_size()))
            painter.setPen(theme.color(self._color))
            painter.drawText(0, base, self._number)
            x = self._wide(self._big_size(), self._number) + self._ui.px(8)
        painter.setFont(theme.bold(20))
        painter.setPen(theme.color("text"))
        painter.drawText(x, base, self._of)

    def _big_size(self) -> float:
        """Two ends with a word between them are set smaller, and a number told in words smaller still."""
        length = len(self._number)
        return self._size * (1 if length <= _FIGURES else 0.75 if length <= _ENDS else 0.6)

    def _wide(self, size: float, text: str) -> int:
        return QFontMetrics(self._ui.theme.bold(size)).horizontalAdvance(text) if text else 0
