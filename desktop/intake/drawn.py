"""Small pictures of an import: where every row went, and where the numbers of a column lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui

_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_TILE = 8
_FILLS = {
    "new": ("primary", "solid"),
    "updated": ("lower", "stripes"),
    "repeated": ("text_3", "lines"),
    "parked": ("warn_mark", "dots"),
    "rejected": ("danger", "cross"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """So many rows ended in one way; ``code`` chooses colour and pattern."""

    code: str
    count: int
    number: str
    words: str


class ReconcileBar(QWidget):
    """Rows read = the sum of how they ended, in digits, and the same as a patterned bar."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._total = Part("", 0, "", "")
        self._parts: Sequence[Part] = ()
        self._corner: QWidget | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_parts(self, total: Part, parts: Sequence[Part], spoken: str) -> None:
        """Show how many rows were read and how they ended; ``spoken`` is the same in words."""
        self._total, self._parts = total, parts
        self.setAccessibleName(spoken)
        self.updateGeometry()
        self.update()

    def set_corner(self, part: QWidget) -> None:
        """Put something small at the right end of the digits."""
        self._corner = part
        part.setParent(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the corner at its place, and ask for the height of as many lines as this width gives."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # the height was that of the width before
        if self._corner is not None:
            size = self._corner.sizeHint()
            self._corner.setGeometry(QRect(QPoint(self.width() - size.width(), self._ui.px(2)), size))

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more lines of digits."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines and the bar."""
        lines = 1 + sum(1 for x, _ in self._places(width)[1:] if x == 0)
        return lines * self._ui.px(32) + self._ui.px(34)

    def sizeHint(self) -> QSize:
        """Return the size with one line of digits."""
        return QSize(self._ui.px(500), self.heightForWidth(max(self.width(), self._ui.px(300))))

    def minimumSizeHint(self) -> QSize:
        """Return a width at which every part still fits."""
        return QSize(self._ui.px(220), self.heightForWidth(max(self.width(), self._ui.px(220))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw digits and bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = 0
        for at, (x, width) in enumerate(self._places(self.width())):
            if x == 0 and at:
                y += self._ui.px(32)
            self._draw_part(painter, at, QRectF(x, y, width, self._ui.px(28)))
        self._draw_bar(painter, QRectF(0, y + self._ui.px(38), self.width(), self._ui.px(22)))

    def _all(self) -> list[Part]:
        return [self._total, *self._parts]

    def _places(self, width: int) -> list[tuple[int, int]]:
        """Return where each part stands in its line, and how wide it is; a new line begins at 0."""
        big, small = QFontMetrics(self._ui.theme.bold(18)), QFontMetrics(self._ui.theme.font(13))
        places: list[tuple[int, int]] = []
        if self._corner is not None and not self._corner.isHidden():
            width -= self._corner.sizeHint().width() + self._ui.px(12)
        x = 0
        for at, part in enumerate(self._all()):
            wide = big.horizontalAdvance(part.number) + small.horizontalAdvance(part.words) + self._ui.px(10)
            wide += self._ui.px(54) if at else 0
            if at and x + wide > width:
                x = 0
            places.append((x, wide))
            x += wide + self._ui.px(16)
        return places

    def _draw_part(self, painter: QPainter, at: int, box: QRectF) -> None:
        theme, px, part = self._ui.theme, self._ui.px, self._all()[at]
        x = box.left()
        if at:
            painter.setPen(theme.color("text_2"))
            painter.setFont(theme.font(16))
            painter.drawText(QRectF(x, box.top(), px(18), box.height()), _MIDDLE, "=" if at == 1 else "+")
            x += px(28)
            self._fill(painter, part.code, QRectF(x, box.top() + px(7), px(15), px(15)), px(3))
            x += px(24)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.bold(18))
        painter.drawText(QRectF(x, box.top(), box.width(), box.height()), _MIDDLE, part.number)
        x += painter.fontMetrics().horizontalAdvance(part.number) + px(8)
        painter.setPen(theme.color("text_2"))
        painter.setFont(theme.font(13))
        painter.drawText(QRectF(x, box.top() + px(1), box.width(), box.height()), _MIDDLE, part.words)

    def _draw_bar(self, painter: QPainter, box: QRectF) -> None:
        filled = [part for part in self._parts if part.count]
        if not filled or not self._total.count:
            return
        least = self._ui.px(6)  # even one row among thousands is seen
        room = box.width() - least * len(filled)
        x = box.left()
        for part in filled:
            wide = least + room * part.count / sum(each.count for each in filled)
            self._fill(painter, part.code, QRectF(x, box.top(), wide - 1, box.height()), 0)
            x += wide

    def _fill(self, painter: QPainter, code: str, box: QRectF, radius: float) -> None:
        theme = self._ui.theme
        name, pattern = _FILLS[code]
        color = theme.color(name)
        painter.setPen(QPen(color, 1))
        painter.setBrush(color if pattern == "solid" else _pattern(pattern, color, theme.color("surface"), self))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _pattern(kind: str, ink: QColor, ground: QColor, widget: QWidget) -> QBrush:
    """Return a pattern that reads without colour."""
    ratio = widget.devicePixelRatioF()
    tile = QPixmap(round(_TILE * ratio), round(_TILE * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(ground)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 2.4 if kind == "stripes" else 1.4))
    if kind == "stripes":
        for shift in (-_TILE, 0, _TILE):
            painter.drawLine(shift, _TILE, shift + _TILE, 0)
    elif kind == "cross":
        painter.drawLine(0, _TILE, _TILE, 0)
        painter.drawLine(0, 0, _TILE, _TILE)
    elif kind == "lines":
        painter.drawLine(2, 0, 2, _TILE)
        painter.drawLine(6, 0, 6, _TILE)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(QRectF(1, 1, 3, 3))
        painter.drawEllipse(QRectF(5, 5, 3, 3))
    painter.end()
    return QBrush(tile)


class Bars(QWidget):
    """Where the numbers of a column lie, from the lowest to the highest."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._bars: Sequence[int] = ()
        self._ends = ("", "", "")
        self._caption = ""
        self.setFixedHeight(ui.px(118))
        self.setMinimumWidth(ui.px(150))
        self.setMaximumWidth(ui.px(270))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: Sequence[int], ends: tuple[str, str, str], caption: str) -> None:
        """Show counts of equal parts; ``ends`` are the lowest, the middle and the highest number in view."""
        self._bars, self._ends, self._caption = bars, ends, caption
        self.setAccessibleName(f"{caption}: {', '.join(str(count) for count in bars)} ({ends[0]}-{ends[2]})")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw caption, bars, and the three numbers below."""
        painter, theme, px = QPainter(self), self._ui.theme, self._ui.px
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text_2"))
        painter.drawText(QRectF(0, 0, self.width(), px(18)), _MIDDLE, self._caption)
        most = max(self._bars, default=0)
        if not most:
            return
        wide, top, high = self.width() / len(self._bars), px(22), px(70)
        for at, count in enumerate(self._bars):
            tall = 0.0 if not count else max(2.0, high * count / most)
            painter.fillRect(QRectF(at * wide + 1, top + high - tall, wide - 2, tall), theme.color("primary"))
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.drawLine(0, top + high, self.width(), top + high)
        painter.setPen(theme.color("text_2"))
        painter.setFont(theme.font(11))
        below = QRectF(0, top + high + 2, self.width(), px(18))
        for text, place in zip(self._ends, ("AlignLeft", "AlignHCenter", "AlignRight"), strict=True):
            painter.drawText(below, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag[place]), text)
