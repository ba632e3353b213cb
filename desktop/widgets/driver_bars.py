"""What moves a number: a line in the middle, what raises it solid to the right, what lowers it striped to the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


@dataclass(frozen=True, slots=True)
class Driver:
    """One bar: what, by how much in words, and its share of the longest bar; below zero it lowers."""

    label: str
    text: str
    share: float


class DriverBars(QWidget):
    """Bars from a common line, the largest first."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._rows: tuple[Driver, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def rows(self) -> tuple[Driver, ...]:
        """The bars shown."""
        return self._rows

    def show_rows(self, rows: Sequence[Driver]) -> None:
        """Show these bars."""
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        self.setAccessibleName("; ".join(f"{row.label}: {row.text}" for row in rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return QSize(self._ui.px(320), self._ui.px(24) * len(self._rows))

    def minimumSizeHint(self) -> QSize:
        """Return the least width for labels and bars."""
        return QSize(self._ui.px(200), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw labels, bars and what each adds."""
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, high = self._ui.theme, self._ui.px(24)
        painter.setFont(theme.font(13))
        metrics = QFontMetrics(theme.font(13))
        widest = max(metrics.horizontalAdvance(row.label) for row in self._rows)
        labels = min(widest + self._ui.px(12), round(self.width() * 0.5))
        figures = max(QFontMetrics(theme.bold(12)).horizontalAdvance(row.text) for row in self._rows) + self._ui.px(8)
        lowers = any(row.share < 0 for row in self._rows)
        room = max(8.0, self.width() - labels - figures * (2 if lowers else 1) - 2)
        zero = labels + (figures + room / 2 if lowers else 0)
        longest = room / 2 if lowers else room
        for at, row in enumerate(self._rows):
            self._draw_row(painter, QRectF(0, at * high, labels, high), row, zero, longest)
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))

    def _draw_row(self, painter: QPainter, box: QRectF, row: Driver, zero: float, longest: float) -> None:
        theme, thick = self._ui.theme, self._ui.px(12)
        painter.setFont(theme.font(13))
        painter.setPen(theme.color("text"))
        metrics = painter.fontMetrics()
        fitting = metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, int(box.width()) - self._ui.px(8))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), fitting)
        wide = abs(row.share) * longest
        top = box.top() + (box.height() - thick) / 2
        bar = QRectF(zero - wide if row.share < 0 else zero, top, wide, thick)
        color = theme.color("lower" if row.share < 0 else "raise_")
        if row.share < 0:
            striped_bar(painter, bar, color)
        else:
            painter.fillRect(bar, color)
        painter.setFont(theme.bold(12))
        painter.setPen(color)
        side = Qt.AlignmentFlag.AlignRight if row.share < 0 else Qt.AlignmentFlag.AlignLeft
        x = bar.left() - 206 if row.share < 0 else bar.right() + 6
        painter.drawText(QRectF(x, box.top(), 200, box.height()), int(Qt.AlignmentFlag.AlignVCenter | side), row.text)


def striped_bar(painter: QPainter, bar: QRectF, color: QColor) -> None:
    """Draw a striped bar with an edge."""
    pale = QColor(color)
    pale.setAlphaF(0.18)
    painter.fillRect(bar, pale)
    painter.save()
    painter.setClipRect(bar)
    painter.setPen(QPen(color, 1.4))
    x = bar.left() - bar.height()
    while x < bar.right():
        painter.drawLine(QPointF(x, bar.bottom()), QPointF(x + bar.height(), bar.top()))
        x += 5
    painter.restore()
    painter.setPen(QPen(color, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))


@dataclass(frozen=True, slots=True)
class CountBar:
    """One bar of people: ``solid`` of ``full`` still happens, the rest is avoided; ``text`` says how many."""

    label: str
    text: str
    solid: int
    full: int
    strong: bool


class CountBars(QWidget):
    """How many people it would happen to if one thing were different."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._rows: tuple[CountBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: Sequence[CountBar]) -> None:
        """Show these bars."""
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        self.setAccessibleName("; ".join(f"{row.label}: {row.text}" for row in rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        return QSize(self._ui.px(240), self._ui.px(22) * len(self._rows))

    def minimumSizeHint(self) -> QSize:
        """Return the least width for labels and bars."""
        return QSize(self._ui.px(170), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw labels, counts and bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, high, thick = self._ui.theme, self._ui.px(22), self._ui.px(10)
        metrics = QFontMetrics(theme.bold(12))
        widest = max((metrics.horizontalAdvance(row.label) for row in self._rows), default=0) + self._ui.px(10)
        labels = min(widest, round(self.width() * 0.55))
        counts = max((metrics.horizontalAdvance(row.text) for row in self._rows), default=0) + self._ui.px(8)
        room = max(8.0, self.width() - labels - counts)
        for at, row in enumerate(self._rows):
            top = at * high
            painter.setFont(theme.bold(12) if row.strong else theme.font(12))
            painter.setPen(theme.color("text"))
            fitting = painter.fontMetrics().elidedText(row.label, Qt.TextElideMode.ElideRight, labels - self._ui.px(6))
            left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(QRectF(0, top, labels, high), left, fitting)
            right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
            painter.drawText(QRectF(labels, top, counts - self._ui.px(6), high), right, row.text)
            full = max(1, row.full)
            bar = QRectF(labels + counts, top + (high - thick) / 2, room - 1, thick)
            solid = bar.width() * min(row.solid, full) / full
            striped = QRectF(bar.left() + solid, bar.top(), bar.width() - solid, thick)
            if striped.width() > 1:
                striped_bar(painter, striped, theme.color("lower"))
            painter.fillRect(QRectF(bar.left(), bar.top(), solid, thick), theme.color("raise_"))
