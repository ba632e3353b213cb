"""A picture of a hundred (or a thousand) people, filled row by row from the top left: the same on screen and paper."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui

_PITCH_OF_100, _PITCH_OF_1000 = 13.0, 6.0
_ACROSS_OF_100, _ACROSS_OF_1000 = 10, 40


class IconArray(QWidget):
    """Solid: still happens. Striped: avoided. Crossed: may happen. Empty: does not happen. Reads without colour."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._out_of, self._solid, self._striped = 100, 0, 0
        self._open = False
        self._drawn: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def shown(self) -> tuple[int, int, int]:
        """How many people there are, how many are solid, how many striped."""
        return self._out_of, self._solid, self._striped

    def show_people(self, out_of: int, solid: int, striped: int, words: str, *, may: bool = False) -> None:
        """Show so many of so many people.

        Args:
            out_of: 100 or 1000.
            solid: to whom it still happens.
            striped: for whom it is avoided.
            words: what the picture says, for people who cannot see it.
            may: it is not known whether it happens to the striped ones; they are drawn as such.
        """
        if (out_of, solid, striped, may) != (*self.shown, self._open):
            self._open = may
            resized = out_of != self._out_of
            self._out_of, self._solid, self._striped = out_of, solid, striped
            self._drawn = None
            if resized:
                self.updateGeometry()
            self.update()
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        across, pitch = self._grid()
        down = -(-self._out_of // across)
        return QSize(round(across * pitch), round(down * pitch))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the people; the picture is kept until something in it changes."""
        ratio = self.devicePixelRatioF()
        if self._drawn is None or self._drawn.devicePixelRatio() != ratio:
            self._drawn = self._draw(ratio)
        QPainter(self).drawPixmap(0, 0, self._drawn)

    def _grid(self) -> tuple[int, float]:
        if self._out_of > 100:
            return _ACROSS_OF_1000, self._ui.px(_PITCH_OF_1000 * 10) / 10
        return _ACROSS_OF_100, float(self._ui.px(_PITCH_OF_100))

    def _draw(self, ratio: float) -> QPixmap:
        across, pitch = self._grid()
        made = _blank(self.sizeHint(), ratio)
        dots = [self._dot(kind, pitch, ratio) for kind in ("solid", "may" if self._open else "striped", "empty")]
        painter = QPainter(made)
        for at in range(self._out_of):
            dot = dots[0 if at < self._solid else 1 if at < self._solid + self._striped else 2]
            painter.drawPixmap(QPointF(at % across * pitch, at // across * pitch), dot)
        painter.end()
        return made

    def _dot(self, kind: str, pitch: float, ratio: float) -> QPixmap:
        """Return one person, drawn once and then stamped."""
        made = _blank(QSize(math.ceil(pitch), math.ceil(pitch)), ratio)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0.13 * pitch, 0.13 * pitch, 0.74 * pitch, 0.74 * pitch)
        if kind == "solid":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ui.theme.color("raise_"))
            painter.drawEllipse(box)
        elif kind == "striped":
            striped_dot(painter, box, self._ui.theme.color("lower"))
        elif kind == "may":
            open_dot(painter, box, self._ui.theme.color("raise_"))
        else:
            painter.setPen(QPen(self._ui.theme.color("dot"), 1))
            painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
        return made


def _blank(size: QSize, ratio: float) -> QPixmap:
    made = QPixmap(round(size.width() * ratio), round(size.height() * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    return made


def striped_dot(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Draw one striped person."""
    painter.setPen(QPen(color, 1.2))
    pale = QColor(color)
    pale.setAlphaF(0.22)
    painter.setBrush(pale)
    painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
    third = box.width() / 3
    for step in (-0.5, 0.5):
        shift = step * third
        half = third * 0.95
        painter.drawLine(
            QPointF(box.center().x() + shift - half, box.center().y() + shift + half),
            QPointF(box.center().x() + shift + half, box.center().y() + shift - half),
        )


def open_dot(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Draw one person to whom it may happen: a thick ring, half filled."""
    painter.setPen(QPen(color, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ring = box.adjusted(0.7, 0.7, -0.7, -0.7)
    painter.drawEllipse(ring)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPie(ring, 90 * 16, 180 * 16)


class LegendMark(QWidget):
    """One person of the picture, to stand before its words."""

    def __init__(self, ui: Ui, kind: str) -> None:
        """Show a mark: ``happens``, ``spared``, ``may`` or ``not``."""
        super().__init__()
        self._ui, self._kind = ui, kind
        self.setFixedSize(ui.px(12), ui.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, side = self._ui.theme, self._ui.px(10)
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        if self._kind == "spared":
            striped_dot(painter, box, theme.color("lower"))
            return
        if self._kind == "may":
            open_dot(painter, box, theme.color("raise_"))
            return
        solid = self._kind == "happens"
        painter.setPen(Qt.PenStyle.NoPen if solid else QPen(theme.color("dot"), 1))
        painter.setBrush(theme.color("raise_") if solid else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box)
