"""How the loss fell: of the people trained on a solid line, of those who only watch a dashed one, and the place now."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.studio.inside_numbers import short
from desktop.widgets.ui import Ui

_ROOMS = 4  # between the lines of the scale
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class LossCurve(QWidget):
    """One stop for Tab; arrows go an epoch, Page keys a tenth of the way; a press goes to an epoch."""

    chosen = Signal(int)  # an epoch, from 0

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._loss: Sequence[float] = ()
        self._watched: Sequence[float] = ()
        self._epoch: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_losses(self, loss: Sequence[float], watched: Sequence[float]) -> None:
        """Show mean losses after each epoch; ``watched`` may be empty."""
        self._loss, self._watched, self._epoch = loss, watched, None
        self.update()

    def show_epoch(self, epoch: int, told: str) -> None:
        """Mark an epoch; ``told`` says the picture in words."""
        self._epoch = epoch
        self.setAccessibleName(told)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(self._ui.px(560), self._ui.px(150))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(self._ui.px(300), self._ui.px(120))

    def epoch_at(self, across: float) -> int:
        """Return the epoch at a place from the left."""
        area = self._area()
        share = (across - area.left()) / max(1.0, area.width())
        return min(max(math.ceil(share * len(self._loss)) - 1, 0), max(0, len(self._loss) - 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the epoch that is pressed."""
        if self._loss:
            self.chosen.emit(self.epoch_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while it is pressed."""
        if self._loss and event.buttons() & Qt.MouseButton.LeftButton:
            self.chosen.emit(self.epoch_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go an epoch or a tenth of the way, to the beginning or to the end."""
        last, now, tenth = len(self._loss) - 1, self._epoch or 0, max(1, len(self._loss) // 10)
        to = {
            Qt.Key.Key_Left: now - 1,
            Qt.Key.Key_Right: now + 1,
            Qt.Key.Key_PageUp: now - tenth,
            Qt.Key.Key_PageDown: now + tenth,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if to is None or not self._loss:
            super().keyPressEvent(event)
            return
        self.chosen.emit(min(max(to, 0), last))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they no longer do."""
        super().focusOutEvent(event)
        self.update()

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _top(self) -> float:
        """Return the upper end of the scale: a round number above all losses."""
        most = max((each for each in (*self._loss, *self._watched) if math.isfinite(each)), default=1.0)
        return _round_step(most / _ROOMS) * _ROOMS

    def _area(self) -> QRectF:
        metrics = QFontMetrics(self._ui.theme.font(11))
        scale = metrics.horizontalAdvance("0.00") + self._ui.px(10)
        words = max(metrics.horizontalAdvance(text) for text, *_ in self._ends()) + self._ui.px(16)
        return QRectF(
            scale, self._ui.px(8), self.width() - scale - words, self.height() - metrics.height() - self._ui.px(16)
        )

    def _point(self, epoch: int, loss: float) -> QPointF:
        """Return where a loss after an epoch stands; epoch 0 ends at 1."""
        area = self._area()
        across = area.left() + area.width() * (epoch + 1) / max(1, len(self._loss))
        return QPointF(across, area.bottom() - area.height() * min(1.0, loss / self._top()))

    def _ends(self) -> list[tuple[str, str, float]]:
        """Return what stands at the ends of the lines: words, colour, loss."""
        texts, at = self._ui.texts, self._epoch if self._epoch is not None else len(self._loss) - 1
        ends = []
        for name, color, losses in (("trained", "primary", self._loss), ("watched", "warn", self._watched)):
            if losses:
                ends.append((texts(f"inside.curve_{name}", loss=short(losses[at])), color, losses[-1]))
        return ends or [("", "text", 0.0)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the scale, both lines, and the place."""
        if not self._loss:
            return
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_scale(painter)
        for losses, color, style in (
            (self._loss, "primary", Qt.PenStyle.SolidLine),
            (self._watched, "warn", Qt.PenStyle.DashLine),
        ):
            painter.setPen(QPen(theme.color(color), 2, style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._path(losses))
        self._draw_place(painter)
        self._draw_ends(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("primary"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._ui.px(6), self._ui.px(6))

    def _draw_scale(self, painter: QPainter) -> None:
        theme, area, top = self._ui.theme, self._area(), self._top()
        painter.setFont(theme.figures(11))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        high = painter.fontMetrics().height()
        for at in range(_ROOMS + 1):
            y = round(area.bottom() - area.height() * at / _ROOMS) + 0.5
            painter.setPen(QPen(theme.color("edge" if at == 0 else "line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.color("text_3"))
            painter.drawText(
                QRectF(0, y - high / 2, area.left() - self._ui.px(6), high), right, f"{top * at / _ROOMS:.3g}"
            )
        count = len(self._loss)
        for epochs in sorted({1, count // 4, count // 2, 3 * count // 4, count} - {0}):
            x = area.left() + area.width() * epochs / count
            box = QRectF(x - 60, area.bottom() + self._ui.px(4), 120, high)
            words = self._ui.texts("inside.epoch_short", epoch=epochs) if epochs == count else str(epochs)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _path(self, losses: Sequence[float]) -> QPainterPath:
        path = QPainterPath()
        for epoch, loss in enumerate(losses):
            point = self._point(epoch, loss)
            if epoch:
                path.lineTo(point)
            else:
                path.moveTo(point)
        return path

    def _draw_place(self, painter: QPainter) -> None:
        if self._epoch is None:
            return
        theme, area = self._ui.theme, self._area()
        across = self._point(self._epoch, 0).x()
        painter.setPen(QPen(theme.color("text"), 1))
        painter.drawLine(QPointF(across, area.top()), QPointF(across, area.bottom()))
        for losses, color in ((self._loss, "primary"), (self._watched, "warn")):
            if losses:
                painter.setPen(QPen(theme.color("surface"), 2))
                painter.setBrush(theme.color(color))
                painter.drawEllipse(self._point(self._epoch, losses[self._epoch]), self._ui.px(5), self._ui.px(5))

    def _draw_ends(self, painter: QPainter) -> None:
        theme, area = self._ui.theme, self._area()
        painter.setFont(theme.font(11))
        high, last = painter.fontMetrics().height(), len(self._loss) - 1
        heights = [self._point(last, loss).y() for _, _, loss in self._ends()]
        if len(heights) == 2 and abs(heights[0] - heights[1]) < high:  # the words must not stand on each other
            middle, upper = sum(heights) / 2, 0 if heights[0] <= heights[1] else 1
            heights[upper], heights[1 - upper] = middle - high / 2, middle + high / 2
        for (text, color, _), y in zip(self._ends(), heights, strict=True):
            painter.setPen(theme.color(color))
            box = QRectF(area.right() + self._ui.px(8), y - high / 2, self.width(), high)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)


def _round_step(least: float) -> float:
    """Return the smallest round step that is not below ``least``."""
    if least <= 0:
        return 0.25
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
