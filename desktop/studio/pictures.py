"""The pictures of a trained model: told against seen risk with its band, net benefit, and the interval of a group."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.studio.plot import CENTRE, LEFT, Axis, Plot
from desktop.widgets.ui import Ui
from engine.workflows.studio import Benefit, Curve

_WIDEST_RATIO = 3.0
_HIGHEST_THRESHOLD = 0.95


class CurvePicture(Plot):
    """Told risk to the right, seen risk upwards, of 100. On the dashed line they agree; the band is the interval."""

    def __init__(self, ui: Ui, curve: Curve, words: str) -> None:
        highest = 100 * max(0.05, *curve.told, *curve.observed)
        axis = Axis.over(0, min(100.0, highest))
        super().__init__(ui, words, axis, axis, ui.texts("studio.picture.told"))
        self.curve = curve

    def draw_marks(self, painter: QPainter) -> None:
        """Draw band, diagonal and curve."""
        theme, curve = self.ui.theme, self.curve
        top = self.up.high
        lower = [self.place(100 * x, max(0.0, 100 * y)) for x, y in zip(curve.told, curve.low, strict=True)]
        upper = [self.place(100 * x, min(top, 100 * y)) for x, y in zip(curve.told, curve.high, strict=True)]
        band = QColor(theme.color("lower"))
        band.setAlphaF(0.18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(band)
        painter.drawPolygon(QPolygonF([*lower, *reversed(upper)]))
        self.draw_line(painter, [(0, 0), (top, top)], theme.color("edge"), wide=1, style=Qt.PenStyle.DashLine)
        points = [(100 * x, 100 * y) for x, y in zip(curve.told, curve.observed, strict=True)]
        self.draw_line(painter, points, theme.color("lower"))

    def draw_words(self, painter: QPainter) -> None:
        """Say what the dashed line is."""
        px, plot = self.ui.px, self.plot
        painter.setPen(self.ui.theme.color("text_3"))
        words = self.ui.texts("studio.picture.agree")
        wide = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(QRectF(plot.left() + px(8), plot.top(), wide + px(4), px(18)), LEFT, words)


class BenefitPicture(Plot):
    """Threshold to the right, of 100; gained per 100 people upwards. The clinic's range is shaded."""

    def __init__(self, ui: Ui, benefit: Benefit, range_: tuple[float, float], words: str) -> None:
        highest = min(_HIGHEST_THRESHOLD, max(0.3, 1.5 * range_[1]))
        kept = [at for at, each in enumerate(benefit.threshold) if each <= highest]
        self.model = [(100 * benefit.threshold[at], benefit.model[at]) for at in kept]
        self.everybody = [(100 * benefit.threshold[at], benefit.everybody[at]) for at in kept]
        top = max(0.5, *(y for _, y in (*self.model, *self.everybody)))
        bottom = min(-0.15 * top, *(y for _, y in self.model))
        up = Axis.over(max(bottom, -0.3 * top), top)
        super().__init__(ui, words, Axis.over(0, 100 * highest), up, ui.texts("studio.picture.threshold"))
        self.range = range_

    def draw_behind(self, painter: QPainter) -> None:
        """Shade where the clinic would act."""
        px, theme = self.ui.px, self.ui.theme
        left, right = (self.place(100 * each, 0).x() for each in self.range)
        box = QRectF(left, self.plot.top(), right - left, self.plot.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("sunken"))
        painter.drawRect(box)
        painter.setPen(theme.color("text_2"))
        words = self.ui.texts("studio.picture.range")
        wide = max(box.width(), painter.fontMetrics().horizontalAdvance(words) + px(8))
        painter.drawText(QRectF(box.center().x() - wide / 2, box.top() + px(2), wide, px(18)), CENTRE, words)

    def draw_marks(self, painter: QPainter) -> None:
        """Draw the lines: of the model solid and wide, of everybody thin, of nobody at 0."""
        theme = self.ui.theme
        self.draw_line(painter, [(self.across.low, 0), (self.across.high, 0)], theme.color("text"), wide=1.5)
        everybody = [(x, y) for x, y in self.everybody if y >= self.up.low]
        self.draw_line(painter, everybody, theme.color("text_2"), wide=1.5, style=Qt.PenStyle.DashLine)
        self.draw_line(painter, self.model, theme.color("lower"), wide=2.5)

    def draw_words(self, painter: QPainter) -> None:
        """Name the lines where there is room for it."""
        px, theme, texts = self.ui.px, self.ui.theme, self.ui.texts
        nobody = self.place(self.across.high, 0)
        painter.setPen(theme.color("text_2"))
        wide = px(160)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(
            QRectF(nobody.x() - wide, nobody.y() + px(2), wide, px(16)), right, texts("studio.picture.nobody")
        )
        falling = [(x, y) for x, y in self.everybody if y >= self.up.low]
        if len(falling) > 1:
            end = self.place(*falling[-1])
            painter.drawText(
                QRectF(end.x() + px(8), end.y() - px(20), wide, px(16)), LEFT, texts("studio.picture.everybody")
            )
        x, y = self.model[len(self.model) * 2 // 3]
        at = self.place(x, y)
        painter.setPen(theme.color("lower"))
        painter.setFont(theme.bold(11))
        painter.drawText(QRectF(at.x() + px(4), at.y() - px(20), wide, px(16)), LEFT, texts("studio.picture.model"))


class RatioLine(QWidget):
    """Seen to expected of one group with its interval; at the upright line they agree. Dashed and hollow: unsure."""

    def __init__(self, ui: Ui, value: float, low: float, high: float, *, grey: bool) -> None:
        super().__init__()
        self._ui, self._grey = ui, grey
        self._value, self._low, self._high = value, low, high
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for the line."""
        return QSize(self._ui.px(160), self._ui.px(24))

    def minimumSizeHint(self) -> QSize:
        """Return the least in which it can be read."""
        return QSize(self._ui.px(70), self._ui.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the reference, the interval and the value."""
        theme, px, painter = self._ui.theme, self._ui.px, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(QPen(theme.color("edge"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(self._x(1.0), 0), QPointF(self._x(1.0), self.height()))
        ink = theme.color("text_3" if self._grey else "text_2")
        style = Qt.PenStyle.DotLine if self._grey else Qt.PenStyle.SolidLine
        painter.setPen(QPen(ink, px(2), style))
        painter.drawLine(QPointF(self._x(self._low), middle), QPointF(self._x(self._high), middle))
        painter.setPen(QPen(ink, px(2)))
        painter.setBrush(theme.color("surface") if self._grey else ink)
        painter.drawEllipse(QPointF(self._x(self._value), middle), px(4.5), px(4.5))

    def _x(self, ratio: float) -> float:
        """Return where a ratio stands: twice as much lies as far from 1 as half as much."""
        held = min(_WIDEST_RATIO, max(1 / _WIDEST_RATIO, ratio if ratio > 0 else 1 / _WIDEST_RATIO))
        share = (math.log(held) / math.log(_WIDEST_RATIO) + 1) / 2
        edge = self._ui.px(6)
        return edge + share * (self.width() - 2 * edge)
