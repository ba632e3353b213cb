"""What the pictures of the studio share: a frame with lines and words, and places in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui

_STEPS = (0.2, 0.5, 1, 2, 5, 10, 20, 25)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where, with a line each ``step``."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, low: float, high: float, most_lines: int = 6) -> Axis:
        """Return an axis that holds these numbers, with round lines."""
        step = next((each for each in _STEPS if (high - low) / each <= most_lines), _STEPS[-1])
        return cls(step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9), step)

    def lines(self) -> Sequence[float]:
        """Return where its lines are."""
        count = round((self.high - self.low) / self.step)
        return [round(self.low + at * self.step, 6) for at in range(count + 1)]


class Plot(QWidget):
    """Numbers to the right, numbers upwards. What it shows stands in words in its accessible name too."""

    def __init__(self, ui: Ui, words: str, across: Axis, up: Axis, under: str) -> None:
        super().__init__()
        self.ui, self.across, self.up, self._under = ui, across, up, under
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for a picture that can be read."""
        return QSize(self.ui.px(380), self.ui.px(204))

    def minimumSizeHint(self) -> QSize:
        """Return the least in which its words do not touch."""
        return QSize(self.ui.px(260), self.ui.px(204))

    @property
    def plot(self) -> QRectF:
        """Where the marks stand."""
        px = self.ui.px
        return QRectF(px(34), px(8), self.width() - px(44), self.height() - px(52))

    def place(self, x: float, y: float) -> QPointF:
        """Return where a pair of numbers stands."""
        plot = self.plot
        across = (x - self.across.low) / (self.across.high - self.across.low)
        up = (y - self.up.low) / (self.up.high - self.up.low)
        return QPointF(plot.left() + plot.width() * across, plot.bottom() - plot.height() * up)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, then the marks inside it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.ui.theme.font(11))
        self.draw_behind(painter)
        self._draw_frame(painter)
        painter.setClipRect(self.plot.adjusted(-self.ui.px(5), -self.ui.px(5), self.ui.px(5), self.ui.px(5)))
        self.draw_marks(painter)
        painter.setClipping(False)
        self.draw_words(painter)

    def draw_behind(self, painter: QPainter) -> None:
        """Draw what lies behind the lines of the frame."""

    def draw_marks(self, painter: QPainter) -> None:
        """Draw the marks."""
        raise NotImplementedError

    def draw_words(self, painter: QPainter) -> None:
        """Write beside the marks what they are."""

    def draw_line(
        self,
        painter: QPainter,
        points: Sequence[tuple[float, float]],
        ink: QColor,
        *,
        wide: float = 2,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> None:
        """Draw a line through points."""
        painter.setPen(QPen(ink, self.ui.px(wide), style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.place(x, y) for x, y in points]))

    def _draw_frame(self, painter: QPainter) -> None:
        theme, plot, px = self.ui.theme, self.plot, self.ui.px
        for line in self.up.lines():
            y = self.place(self.across.low, line).y()
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(theme.color("text_3"))
            painter.drawText(QRectF(0, y - px(9), plot.left() - px(6), px(18)), RIGHT, _shown(line))
        for line in self.across.lines():
            x = self.place(line, self.up.low).x()
            painter.setPen(theme.color("text_3"))
            painter.drawText(QRectF(x - px(20), plot.bottom() + px(3), px(40), px(18)), CENTRE, _shown(line))
        painter.setPen(theme.color("text_2"))
        below = QRectF(plot.left(), plot.bottom() + px(20), plot.width(), px(18))
        painter.drawText(below, CENTRE, self._under)


def _shown(number: float) -> str:
    return f"{number:g}".replace("-", "−")
