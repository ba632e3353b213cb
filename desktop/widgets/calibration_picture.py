"""The picture of told against observed risk by tenths of people: before the change and after it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui
from engine.domain.recalibration import CalibrationGroup, Recalibration

_STEPS = (1, 2, 5, 10, 20, 25)  # percent between two lines
_MOST_LINES = 6
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class CalibrationPicture(QWidget):
    """Told risk to the right, observed risk upwards. On the dashed line they agree.

    Hollow squares are before the change, filled circles after it, so that it reads without colour; upright lines are
    the 95 % intervals of what was observed. What it shows stands in words in its accessible name too.
    """

    def __init__(self, ui: Ui, found: Recalibration, words: str) -> None:
        super().__init__()
        self._ui = ui
        self.groups = tuple(group for group in found.groups if group.observed is not None)
        self._changed = any(group.after is not None for group in self.groups)  # else there is nothing to tell apart
        self.step, self.top = _lines(self.groups)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a square with room for the words around it."""
        return QSize(self._ui.px(320), self._ui.px(330))

    def minimumSizeHint(self) -> QSize:
        """Return the same: a picture that is cut tells something else."""
        return self.sizeHint()

    @property
    def plot(self) -> QRectF:
        """Where the marks stand."""
        px = self._ui.px
        key = px(26) if self._changed else 0
        return QRectF(px(34), key + px(26), self.width() - px(46), self.height() - key - px(68))

    def place(self, told: float, seen: float) -> QPointF:
        """Return where a pair of risks (fractions) stands."""
        plot = self.plot
        return QPointF(
            plot.left() + plot.width() * 100 * told / self.top, plot.bottom() - plot.height() * 100 * seen / self.top
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame, key and marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._ui.theme.font(11))
        self._draw_key(painter)
        self._draw_frame(painter)
        for group in self.groups:
            self._draw_group(painter, group)

    def _draw_key(self, painter: QPainter) -> None:
        texts, px = self._ui.texts, self._ui.px
        painter.setPen(self._ui.theme.color("text_2"))
        above = px(26) if self._changed else 0
        painter.drawText(QRectF(0, above, self.width(), px(18)), _LEFT, texts("models.picture.observed"))
        x = 0.0
        keys = [("before", False), ("after", True)] if self._changed else []
        for name, filled in keys:
            self._draw_mark(painter, QPointF(x + px(7), px(12)), filled=filled)
            words = texts(f"models.picture.{name}")
            painter.setPen(self._ui.theme.color("text_2"))
            painter.drawText(QRectF(x + px(18), 0, self.width(), px(24)), _LEFT, words)
            x += px(18) + painter.fontMetrics().horizontalAdvance(words) + px(16)

    def _draw_frame(self, painter: QPainter) -> None:
        theme, plot, px = self._ui.theme, self.plot, self._ui.px
        for percent in range(0, self.top + 1, self.step):
            point = self.place(percent / 100, percent / 100)
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(plot.left(), point.y()), QPointF(plot.right(), point.y()))
            painter.setPen(theme.color("text_3"))
            painter.drawText(QRectF(0, point.y() - px(9), plot.left() - px(6), px(18)), _RIGHT, str(percent))
            painter.drawText(QRectF(point.x() - px(20), plot.bottom() + px(3), px(40), px(18)), _CENTRE, str(percent))
        painter.setPen(QPen(theme.color("edge"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(plot.bottomLeft(), plot.topRight())
        painter.setPen(theme.color("text_2"))
        under = QRectF(plot.left(), plot.bottom() + px(20), plot.width(), px(18))
        painter.drawText(under, _CENTRE, self._ui.texts("models.picture.told"))

    def _draw_group(self, painter: QPainter, group: CalibrationGroup) -> None:
        seen = group.observed
        if seen is None:
            return
        marks = [(group.before, False)] + ([] if group.after is None else [(group.after, True)])
        for told, filled in marks:
            painter.setPen(QPen(self._ui.theme.color("primary" if filled else "edge"), self._ui.px(1.5)))
            painter.drawLine(self.place(told, seen.low), self.place(told, seen.high))
        for told, filled in marks:
            self._draw_mark(painter, self.place(told, seen.value), filled=filled)

    def _draw_mark(self, painter: QPainter, centre: QPointF, *, filled: bool) -> None:
        theme, half = self._ui.theme, self._ui.px(4.5)
        painter.setPen(QPen(theme.color("primary" if filled else "text_2"), self._ui.px(1.5)))
        painter.setBrush(theme.color("primary" if filled else "surface"))
        if filled:
            painter.drawEllipse(centre, half, half)
        else:
            painter.drawRect(QRectF(centre.x() - half, centre.y() - half, 2 * half, 2 * half))


def _lines(groups: tuple[CalibrationGroup, ...]) -> tuple[int, int]:
    """Return the percent between two lines and the highest line."""
    told = [number for group in groups for number in (group.before, group.after or 0.0)]
    seen = [group.observed.high for group in groups if group.observed is not None]
    highest = 100 * max([*told, *seen, 0.05])
    step = next((step for step in _STEPS if highest / step <= _MOST_LINES), _STEPS[-1])
    return step, step * math.ceil(highest / step)
