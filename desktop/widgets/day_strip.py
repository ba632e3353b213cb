"""A row of days, each with a tick or empty: which of the last two weeks have a backup."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui

_WIDE, _HIGH, _GAP = 22, 28, 4


class DayStrip(QWidget):
    """Boxes beside each other, the last day at the right; they grow narrower where there is no room."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._days: Sequence[bool] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_days(self, days: Sequence[bool], words: str) -> None:
        """Show these days; ``words`` say the same to who cannot see them."""
        self._days = list(days)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of all boxes."""
        return QSize(len(self._days) * self._ui.px(_WIDE), self._ui.px(_HIGH))

    def minimumSizeHint(self) -> QSize:
        """Return the size of all boxes at their narrowest."""
        return QSize(len(self._days) * self._ui.px(14), self._ui.px(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the boxes; the tick tells the state without colour."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = min(self._ui.px(_WIDE), self.width() // max(1, len(self._days)))
        for at, made in enumerate(self._days):
            box = QRectF(at * step + 0.5, 0.5, step - self._ui.px(_GAP) - 1, self._ui.px(_HIGH) - 1)
            painter.setPen(QPen(theme.color("ok" if made else "edge"), 1))
            painter.setBrush(theme.color("ok_tint") if made else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, self._ui.px(4), self._ui.px(4))
            if made:
                side = min(self._ui.px(14), int(box.width()) - 2)
                middle = box.center()
                mark = theme.pixmap("check", "ok", side / max(1.0, self._ui.px(100) / 100))
                painter.drawPixmap(int(middle.x() - side / 2), int(middle.y() - side / 2), mark)
