"""The mark of the program, and the glow behind it on the unlock page."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRadialGradient
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.ui import Ui

_DRAWN = 0.62  # the share of its box that the lantern is wide


def logo(ui: Ui, size: float = 72) -> QLabel:
    """Return the lantern."""
    made = QLabel()
    made.setPixmap(ui.theme.pixmap("lantern", "lamp", size))
    whole = ui.theme.icon_size(size)
    made.setFixedSize(round(whole.width() * _DRAWN), whole.height())  # it stands flush with the text below it
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


class Glow(QWidget):
    """A page with the light of the lantern at its top."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui

    def minimumSizeHint(self) -> QSize:
        """It may be small."""
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the one gradient of the design."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ui.theme.color("bg"))
        light = QColor(self._ui.theme.tokens.lamp)
        gradient = QRadialGradient(QPointF(self.width() / 2, self._ui.px(90)), self._ui.px(320))
        light.setAlphaF(0.16 if self._ui.theme.tokens.dark else 0.34)
        gradient.setColorAt(0, light)
        light.setAlphaF(0)
        gradient.setColorAt(1, light)
        painter.fillRect(self.rect(), gradient)
