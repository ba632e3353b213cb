"""A line of values that wraps: each one with a dotted line below shows where it came from, by a press or by Enter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.labels import LONGEST, breakable, shown
from desktop.widgets.ui import Ui

_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
_ASK = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_WIDEST = 420  # as wide it would like to be


class TracedLine(QWidget):
    """One stop for Tab, arrows inside."""

    asked = Signal(object, object)  # what the value is of, and the place beside which to answer

    def __init__(self, ui: Ui, size: float = 13, *, bold: bool = False, tone: str = "text") -> None:
        super().__init__()
        self._ui, self._tone = ui, tone
        self.setFont(ui.theme.font(size, QFont.Weight.DemiBold if bold else QFont.Weight.Normal))
        self._text = ""
        self._parts: list[tuple[int, int, object]] = []  # start, length, what it is of
        self._at, self._over = 0, -1
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)

    def text(self) -> str:
        """Return the whole line."""
        return self._text

    def show_parts(self, parts: Sequence[tuple[str, object]], between: str = " · ") -> None:
        """Show parts beside each other; one that is of None is only text."""
        self._text, self._parts = "", []
        for words, of in parts:
            line = breakable(shown(words))[:LONGEST]
            if not line:
                continue
            if self._text:
                self._text += between
            if of is not None:
                self._parts.append((len(self._text), len(line), of))
            self._text += line
        self._at, self._over = min(self._at, max(0, len(self._parts) - 1)), -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self._parts else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self._text)
        self.setAccessibleDescription(self._ui.texts("inspecting.hint") if self._parts else "")
        self.updateGeometry()
        self.update()

    def ask(self) -> None:
        """Ask about the part one is on."""
        if self._parts:
            self.asked.emit(self._parts[self._at][2], self._place(self._at))

    def sizeHint(self) -> QSize:
        """Return the size of the line, wrapped where it is long."""
        wide = min(QFontMetrics(self.font()).horizontalAdvance(self._text) + 2, self._ui.px(_WIDEST))
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """Return the least: a few signs wide."""
        return QSize(self._ui.px(48), QFontMetrics(self.font()).height() + self._ui.px(4))

    def heightForWidth(self, width: int) -> int:
        """Return how high it is where it is so wide."""
        return self._laid(width)[1]

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the part one is on."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show none."""
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from part to part, Enter asks."""
        key = Qt.Key(event.key())
        alt_i = key == Qt.Key.Key_I and event.modifiers() & Qt.KeyboardModifier.AltModifier
        if self._parts and key in _STEPS and 0 <= self._at + _STEPS[key] < len(self._parts):
            self._at += _STEPS[key]
            self.update()
        elif self._parts and (key in _ASK or alt_i):
            self.ask()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that the part pointed at can be pressed."""
        over = self._part_at(event.position())
        if over != self._over:
            self._over = over
            self.setCursor(Qt.CursorShape.PointingHandCursor if over >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._over = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask about the part that is pressed."""
        at = self._part_at(event.position())
        if at >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self._at = at
            self.update()
            self.ask()
        else:
            super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line; what can be asked about has a dotted line below."""
        theme, painter = self._ui.theme, QPainter(self)
        layout, _ = self._laid(self.width(), self._formats())
        painter.setPen(theme.color(self._tone))
        layout.draw(painter, QPointF(0, 0))

    def _formats(self) -> list[QTextLayout.FormatRange]:
        made, theme = [], self._ui.theme
        for at, (start, length, _) in enumerate(self._parts):
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            here = self.hasFocus() and at == self._at
            look.setUnderlineColor(theme.color("primary" if here or at == self._over else "edge"))
            if here or at == self._over:
                look.setForeground(theme.color("primary"))
            if here:
                look.setBackground(theme.color("tint"))
            one = QTextLayout.FormatRange()
            one.start, one.length, one.format = start, length, look
            made.append(one)
        return made

    def _laid(self, width: int, formats: Sequence[QTextLayout.FormatRange] = ()) -> tuple[QTextLayout, int]:
        layout = QTextLayout(self._text, self.font())
        layout.setFormats(list(formats))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        top = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, top))
            top += line.height() + self._ui.px(3)  # room for the dots
        layout.endLayout()
        return layout, round(top)

    def _part_at(self, where: QPointF) -> int:
        layout, _ = self._laid(self.width())
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            if line.y() <= where.y() < line.y() + line.height() + self._ui.px(3):
                if where.x() > line.naturalTextWidth():
                    return -1
                sign = line.xToCursor(where.x(), line.CursorPosition.CursorOnCharacter)
                return next((at for at, (start, long, _) in enumerate(self._parts) if start <= sign < start + long), -1)
        return -1

    def _place(self, at: int) -> QRect:
        """Return where a part begins, a line high."""
        layout, _ = self._laid(self.width())
        start = self._parts[at][0]
        line = layout.lineForTextPosition(start)
        before = QFontMetrics(self.font()).horizontalAdvance(self._text[line.textStart() : start])
        return QRect(QPoint(before, round(line.y())), QSize(self._ui.px(40), round(line.height())))
