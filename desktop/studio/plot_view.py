"""A picture of the card on the screen: lines, a band and marks, as they are printed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column
from engine.domain.model_card import Line, Plot, Point

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class PlotView(QWidget):
    """The picture with its title above and its legend below."""

    def __init__(self, ui: Ui, plot: Plot) -> None:
        super().__init__()
        self.drawing = Drawing(ui, plot)
        parts = (Label(ui, plot.title, 13, bold=True), self.drawing, Label(ui, plot.legend, 12, tone="3"))
        self.setLayout(column(ui, *parts, gap=4))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)


class Drawing(QWidget):
    """The picture alone. What it shows stands in words in its accessible name."""

    def __init__(self, ui: Ui, plot: Plot) -> None:
        super().__init__()
        self._ui, self._plot = ui, plot
        self.setAccessibleName(f"{plot.title}; {plot.across_label}: {plot.up_label}; {plot.words}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a size at which the marks stand apart."""
        return QSize(self._ui.px(320), self._ui.px(240))

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest at which they can be read."""
        return QSize(self._ui.px(240), self._ui.px(240))

    @property
    def frame(self) -> QRectF:
        """Where the lines stand."""
        px = self._ui.px
        return QRectF(px(34), px(24), max(1, self.width() - px(46)), self.height() - px(70))

    def place(self, point: Point) -> QPointF:
        """Return where a point of the plot stands."""
        frame = self.frame
        return QPointF(frame.left() + frame.width() * point[0], frame.bottom() - frame.height() * point[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._ui.theme.font(11))
        self._draw_band(painter)
        self._draw_marks(painter)
        for line in self._plot.lines:
            self._draw_line(painter, line)

    def _draw_band(self, painter: QPainter) -> None:
        if self._plot.band:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ui.theme.color("tint"))
            painter.drawPolygon(QPolygonF([self.place(point) for point in self._plot.band]))

    def _draw_marks(self, painter: QPainter) -> None:
        theme, px, frame, plot = self._ui.theme, self._ui.px, self.frame, self._plot
        for tick in plot.up:
            at = self.place((0, tick.at))
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(at, QPointF(frame.right(), at.y()))
            painter.setPen(theme.color("text_3"))
            painter.drawText(QRectF(0, at.y() - px(9), frame.left() - px(6), px(18)), _RIGHT, tick.label)
        painter.setPen(theme.color("text_3"))
        for tick in plot.across:
            at = self.place((tick.at, 0))
            painter.drawText(QRectF(at.x() - px(20), frame.bottom() + px(3), px(40), px(18)), _CENTRE, tick.label)
        painter.setPen(theme.color("text_2"))
        under = QRectF(frame.left(), frame.bottom() + px(22), frame.width(), px(18))
        painter.drawText(under, _CENTRE, plot.across_label)
        painter.drawText(QRectF(0, 0, self.width(), px(18)), _LEFT, plot.up_label)

    def _draw_line(self, painter: QPainter, line: Line) -> None:
        pen = QPen(self._ui.theme.color("text_3" if line.dashed else "primary"), self._ui.px(2))
        pen.setStyle(Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.place(point) for point in line.points]))
