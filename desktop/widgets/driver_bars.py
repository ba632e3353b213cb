"""What moves a number: a line in the middle, what raises it solid to the right, what lowers it striped to the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


@dataclass(frozen=True, slots=True)
class Driver:
    """One bar: what, by how much in words, and its share of the longest bar; below zero it lowers."""

    label: str
    text: str
    share: float


class DriverBars(QWidget):
    """Bars from a common line, the largest first. One stop for Tab; a press, or Enter, asks where a value came from."""

    asked = Signal(int, object)  # which bar, and its place

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self._rows: tuple[Driver, ...] = ()
        self._at, self._over = 0, -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
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
        self._at = min(self._at, max(0, len(rows) - 1))
        self.setAccessibleName("; ".join(f"{row.label}: {row.text}" for row in rows))
        self.setAccessibleDescription(self._ui.texts("inspecting.hint"))
        self.updateGeometry()
        self.update()

    def ask(self) -> None:
        """Ask about the bar one is on."""
        if self._rows:
            high = self._ui.px(24)
            self.asked.emit(self._at, QRect(0, self._at * high, self.width(), high))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from bar to bar, Enter asks."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and 0 <= self._at + step < len(self._rows):
            self._at += step
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.ask()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show which bar would be asked about."""
        over = int(event.position().y() // self._ui.px(24))
        if over != self._over:
            self._over = over
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at none."""
        self._over = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask about the bar that is pressed."""
        at = int(event.position().y() // self._ui.px(24))
        if 0 <= at < len(self._rows):
            self._at = at
            self.update()
            self.ask()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the bar one is on."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show none."""
        super().focusOutEvent(event)
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
            box = QRectF(0, at * high, labels, high)
            if self.hasFocus() and at == self._at:
                painter.fillRect(QRectF(0, box.top(), self.width(), high), theme.color("tint"))
            self._draw_row(painter, box, row, zero, longest)
            self._draw_dots(painter, box, row, strong=at == self._over or (self.hasFocus() and at == self._at))
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))

    def _draw_dots(self, painter: QPainter, box: QRectF, row: Driver, *, strong: bool) -> None:
        """Draw the dotted line below what can be asked about."""
        theme = self._ui.theme
        metrics = QFontMetrics(theme.font(13))
        wide = min(metrics.horizontalAdvance(row.label), box.width() - self._ui.px(8))
        foot = round(box.center().y() + metrics.height() / 2) + 0.5
        painter.setPen(QPen(theme.color("primary" if strong else "edge"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(box.left(), foot), QPointF(box.left() + wide, foot))

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
