"""Where a number stands among the bands of its tool: five steps from pale to deep, real edges, the person's mark."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


class BandBar(QWidget):
    """Bands drawn to scale, the one beyond the last edge as wide as a third of the rest."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._edges: tuple[float, ...] = ()
        self._ticks: tuple[str, ...] = ()
        self._value: float | None = None
        self._span: tuple[float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def value(self) -> float | None:
        """Where the person's mark stands."""
        return self._value

    @property
    def span(self) -> tuple[float, float] | None:
        """Between what the person's value lies, where it is not known."""
        return self._span

    def show_bands(
        self,
        edges: Sequence[float],
        ticks: Sequence[str],
        value: float | None,
        words: str,
        span: tuple[float, float] | None = None,
    ) -> None:
        """Show bands.

        Args:
            edges: between the bands, rising.
            ticks: how each edge is written.
            value: where the person is.
            words: what the bar says, for people who cannot see it.
            span: between what the value lies, where it is not known.
        """
        self._edges, self._ticks, self._value, self._span = tuple(edges), tuple(ticks), value, span
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(self._ui.px(240), self._ui.px(36))

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size in which ticks do not meet."""
        return QSize(self._ui.px(150), self._ui.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bands, ticks and mark."""
        if not self._edges:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, top, high = self._ui.theme, self._ui.px(8), self._ui.px(8)
        places = [0.0, *(self._place(edge) for edge in self._edges), float(self.width())]
        for at, (left, right) in enumerate(pairwise(places)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._step(at, len(places) - 1)))
            painter.drawRect(QRectF(left + (1 if at else 0), top, right - left - (1 if at else 0), high))
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("text_3"))
        metrics = QFontMetrics(painter.font())
        free_from = 0.0
        for edge, words in zip(self._edges, self._ticks, strict=True):
            wide = metrics.horizontalAdvance(words)
            left = self._place(edge) - wide / 2
            if left >= free_from:  # edges that lie close share their room: the first one is written
                painter.drawText(QPointF(left, top + high + metrics.ascent() + self._ui.px(4)), words)
                free_from = left + wide + self._ui.px(4)
        if self._span is not None:
            self._draw_span(painter, *self._span)
        if self._value is not None:
            x = min(max(self._place(self._value), 1.5), self.width() - 1.5)
            painter.setPen(QPen(theme.color("surface"), self._ui.px(6)))
            painter.drawLine(QPointF(x, top - self._ui.px(2)), QPointF(x, top + high + self._ui.px(2)))
            painter.setPen(QPen(theme.color("text"), self._ui.px(3)))
            painter.drawLine(QPointF(x, top - self._ui.px(4)), QPointF(x, top + high + self._ui.px(4)))

    def _draw_span(self, painter: QPainter, low: float, high: float) -> None:
        """Draw from where to where: a line over the bands, with an end that reaches down into them at each side."""
        ends = [min(max(self._place(value), 1.5), self.width() - 1.5) for value in (low, high)]
        line, foot, thick = self._ui.px(3), self._ui.px(17), self._ui.px(3)
        for color, wide in (("surface", self._ui.px(6)), ("text", thick)):
            painter.setPen(QPen(self._ui.theme.color(color), wide))
            for x in ends:
                painter.drawLine(QPointF(x, line), QPointF(x, foot))
        painter.drawLine(QPointF(ends[0], line), QPointF(ends[1], line))

    def _place(self, value: float) -> float:
        low = min(0.0, self._edges[0])
        whole = (self._edges[-1] - low) * 4 / 3 or 1.0
        return (value - low) / whole * self.width()

    def _step(self, at: int, count: int) -> str:
        steps = self._ui.theme.tokens.steps
        return steps[round(at * (len(steps) - 1) / max(1, count - 1))]
