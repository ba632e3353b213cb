"""A small network drawn: inputs left, outputs right, a line for each weight; one line or circle is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui
from engine.workflows.inside_run import Place

_MOST_SIGNED = 24  # lines that each have room for a sign
_NEAR = 7.0  # how far a press may miss a line
_THIN, _THICK = 1.0, 6.0


@dataclass(frozen=True, slots=True)
class Node:
    """One circle: its name, the number in it, a line below the name, and whether nothing comes out of it."""

    name: str
    number: str
    below: str = ""
    silent: bool = False
    true: bool = False  # the output that happened


@dataclass(frozen=True, slots=True)
class Picture:
    """Circles by layer, and the weights [layer][source][unit]; ``told`` says the whole picture in words."""

    layers: tuple[tuple[Node, ...], ...]
    weights: tuple[tuple[tuple[float, ...], ...], ...]
    told: str


class NetworkPicture(QWidget):
    """Lines are weights: thick is strong; solid with "+" raises, dashed with a minus lowers. One stop for Tab."""

    chosen = Signal(object)  # a Place
    moved = Signal(int)  # to the weight before (-1) or after (1)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._picture: Picture | None = None
        self._place: Place | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleDescription(ui.texts("inside.picture_hint"))

    def show_picture(self, picture: Picture, place: Place) -> None:
        """Show numbers and weights as they are now."""
        self._picture, self._place = picture, place
        self.setAccessibleName(picture.told)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the largest layer."""
        most = max((len(layer) for layer in self._picture.layers), default=4) if self._picture else 4
        return QSize(self._ui.px(560), self._ui.px(max(4, most) * 50))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(self._ui.px(360), self.sizeHint().height())

    # --- where things are -------------------------------------------------------------------------------------------

    def centre(self, layer: int, unit: int) -> QPointF:
        """Return the middle of a circle."""
        layers = self._picture.layers if self._picture else ()
        left, right = self._side(0) + self._radius(), self.width() - self._side(1) - self._radius()
        across = left + (right - left) * layer / max(1, len(layers) - 1)
        high = self.height() / max(1, len(layers[layer]))
        return QPointF(across, high * (unit + 0.5))

    def middle(self, place: Place) -> QPointF:
        """Return a point of a weight that is pressed to choose it."""
        to = self.centre(place.layer + 1, place.unit)
        return to if place.source is None else self._along(place, 0.5)

    def _radius(self) -> float:
        layers = self._picture.layers if self._picture else ()
        most = max((len(layer) for layer in layers), default=1)
        return min(self._ui.px(23), self.height() / most / 2 - 3)

    def _side(self, at: int) -> int:
        """Return the room for names: of inputs left, of outputs right."""
        return round(min(self._ui.px(132), self.width() * (0.24 if at == 0 else 0.22)))

    def _along(self, place: Place, share: float) -> QPointF:
        start, end = self._ends(place)
        return start + (end - start) * share

    def _ends(self, place: Place) -> tuple[QPointF, QPointF]:
        source = 0 if place.source is None else place.source
        radius = QPointF(self._radius(), 0)
        return self.centre(place.layer, source) + radius, self.centre(place.layer + 1, place.unit) - radius

    # --- choosing ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the circle or the line that is pressed."""
        found = self.place_at(event.position())
        if found is not None:
            self.chosen.emit(found)

    def place_at(self, where: QPointF) -> Place | None:
        """Return the weight, or the bias of a circle, at a point."""
        if self._picture is None:
            return None
        for layer, nodes in enumerate(self._picture.layers[1:]):
            for unit in range(len(nodes)):
                away = where - self.centre(layer + 1, unit)
                if away.x() ** 2 + away.y() ** 2 <= self._radius() ** 2:
                    return Place(layer, None, unit)
        near = [(self._away(where, place), at) for at, place in enumerate(self._lines())]
        distance, at = min(near)
        return self._lines()[at] if distance <= _NEAR else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go from weight to weight."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step:
            self.moved.emit(step)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they no longer do."""
        super().focusOutEvent(event)
        self.update()

    def _lines(self) -> list[Place]:
        weights = self._picture.weights if self._picture else ()
        return [
            Place(layer, source, unit)
            for layer, sources in enumerate(weights)
            for source, units in enumerate(sources)
            for unit in range(len(units))
        ]

    def _away(self, where: QPointF, place: Place) -> float:
        start, end = self._ends(place)
        line, to = end - start, where - start
        length = line.x() ** 2 + line.y() ** 2
        share = min(1.0, max(0.0, QPointF.dotProduct(line, to) / length)) if length else 0.0
        off = to - line * share
        return float((off.x() ** 2 + off.y() ** 2) ** 0.5)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw lines, signs and circles."""
        if self._picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = self._lines()
        most = max((abs(self._weight(place)) for place in lines), default=1.0) or 1.0
        for place in sorted(lines, key=lambda each: each == self._place):  # the chosen one lies over the others
            self._draw_line(painter, place, abs(self._weight(place)) / most)
        if len(lines) <= _MOST_SIGNED:
            for place in lines:
                self._draw_sign(painter, place)
        for layer, nodes in enumerate(self._picture.layers):
            for unit, node in enumerate(nodes):
                self._draw_node(painter, layer, unit, node)
        if self.hasFocus():
            painter.setPen(QPen(self._ui.theme.color("primary"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._ui.px(6), self._ui.px(6))

    def _weight(self, place: Place) -> float:
        return self._picture.weights[place.layer][place.source or 0][place.unit] if self._picture else 0.0

    def _color(self, weight: float) -> QColor:
        return self._ui.theme.color("lower" if weight < 0 else "raise_")

    def _draw_line(self, painter: QPainter, place: Place, share: float) -> None:
        weight = self._weight(place)
        start, end = self._ends(place)
        thick = _THIN + (_THICK - _THIN) * share
        if place == self._place:
            halo = QColor(self._ui.theme.color("lamp"))
            painter.setPen(QPen(halo, thick + self._ui.px(7), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(start, end)
        pen = QPen(self._color(weight), thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        if weight < 0:
            pen.setDashPattern([max(1.6, 9 / thick), max(1.0, 5 / thick)])
        painter.setPen(pen)
        painter.drawLine(start, end)

    def _draw_sign(self, painter: QPainter, place: Place) -> None:
        """Draw the sign near the start of a line, where lines to one circle lie apart."""
        weight, theme = self._weight(place), self._ui.theme
        layers = self._picture.layers if self._picture else ()
        sources = max(1, len(layers[place.layer]))
        share = 0.26 + 0.10 * ((place.unit + (place.source or 0) * 2) % max(2, sources)) / max(1, sources - 1)
        middle, side = self._along(place, share), self._ui.px(6)
        painter.setPen(QPen(self._color(weight), 1))
        painter.setBrush(theme.color("surface"))
        painter.drawEllipse(middle, side, side)
        painter.setPen(QPen(self._color(weight), 1.6))
        arm = side * 0.6
        painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        if weight >= 0:
            painter.drawLine(middle - QPointF(0, arm), middle + QPointF(0, arm))

    def _draw_node(self, painter: QPainter, layer: int, unit: int, node: Node) -> None:
        theme, centre, radius = self._ui.theme, self.centre(layer, unit), self._radius()
        chosen = self._place == Place(layer - 1, None, unit)
        if chosen:
            painter.setPen(QPen(theme.color("lamp"), self._ui.px(7)))
            painter.drawEllipse(centre, radius, radius)
        painter.setBrush(theme.color("sunken" if node.silent else "surface" if layer == 0 else "tint"))
        style = Qt.PenStyle.DashLine if node.silent else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.color("edge" if node.silent or layer == 0 else "primary"), 1.5, style))
        painter.drawEllipse(centre, radius, radius)
        painter.setPen(theme.color("text_3" if node.silent else "text"))
        painter.setFont(theme.figures(11))
        box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), node.number)
        self._draw_name(painter, layer, centre, node)

    def _draw_name(self, painter: QPainter, layer: int, centre: QPointF, node: Node) -> None:
        last = len(self._picture.layers) - 1 if self._picture else 0
        theme, radius, gap = self._ui.theme, self._radius(), self._ui.px(8)
        if 0 < layer < last:
            return  # the numbers of hidden units stand in their circles, their names in the working
        wide, side = self._side(0 if layer == 0 else 1) - gap, Qt.AlignmentFlag.AlignRight
        left = centre.x() - radius - gap - wide
        if layer == last:
            side, left = Qt.AlignmentFlag.AlignLeft, centre.x() + radius + gap
        lines: Sequence[tuple[str, str, bool]] = ((node.name, "text", node.true), (node.below, "text_3", False))
        high = self._ui.line(12)
        top = centre.y() - high * (1 if node.below else 0.5)
        for text, color, bold in lines:
            painter.setFont(theme.bold(12) if bold else theme.font(12))
            painter.setPen(theme.color(color))
            fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(QRectF(left, top, wide, high), int(side | Qt.AlignmentFlag.AlignVCenter), fitting)
            top += high
