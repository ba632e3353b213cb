"""Light, dark or as the system: three small windows to choose from, each painted in its own colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from desktop.theme.tokens import DARK, LIGHT, Tokens
from desktop.widgets.ui import Ui, row

_PICTURE = (88, 54)


class _Look(QAbstractButton):
    def __init__(self, ui: Ui, words: str, sides: tuple[Tokens, Tokens]) -> None:
        super().__init__()
        self._ui = ui
        self._sides = sides
        self.setText(words)
        self.setAccessibleName(words)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self._ui.theme.bold(12)).horizontalAdvance(self.text()) + 4
        return QSize(max(self._ui.px(_PICTURE[0]), words), self._ui.px(_PICTURE[1] + 24))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self._ui.px(_PICTURE[0]), self._ui.px(_PICTURE[1])
        box = QRectF((self.width() - width) / 2, 0, width, height).adjusted(1.5, 1.5, -1.5, -1.5)
        half = box.width() / 2
        for at, tokens in enumerate(self._sides):
            painter.save()
            part, shape = QPainterPath(), QPainterPath()
            part.addRect(QRectF(box.left() + at * half, box.top(), half, box.height()))
            shape.addRoundedRect(box, self._ui.px(6), self._ui.px(6))
            painter.setClipPath(part & shape)
            self._draw_window(painter, box, tokens)
            painter.restore()
        chosen = self.isChecked()
        edge = theme.color("primary" if chosen else "edge")
        painter.setPen(QPen(edge, 3 if chosen else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, self._ui.px(6), self._ui.px(6))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("text"), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(box.adjusted(4, 4, -4, -4), self._ui.px(4), self._ui.px(4))
        painter.setPen(theme.color("primary" if chosen else "text_2"))
        painter.setFont(theme.bold(12) if chosen else theme.font(12))
        words = QRectF(0, height, self.width(), self.height() - height)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), self.text())

    def _draw_window(self, painter: QPainter, box: QRectF, tokens: Tokens) -> None:
        px = self._ui.px
        painter.fillRect(box, QColor(tokens.bg))
        painter.fillRect(QRectF(box.left(), box.top(), px(14), box.height()), QColor(tokens.rail))
        card_height = (box.height() - px(18)) / 2
        for at in range(2):
            top = box.top() + px(6) + at * (card_height + px(6))
            card = QRectF(box.left() + px(20), top, box.width() - px(26), card_height)
            painter.setPen(QPen(QColor(tokens.edge), 1))
            painter.setBrush(QColor(tokens.surface))
            painter.drawRoundedRect(card, px(2), px(2))
            painter.setPen(QPen(QColor(tokens.text_3), px(2)))
            for line in range(2):
                y = card.top() + card.height() * (line + 1) / 3
                painter.drawLine(int(card.left() + px(5)), int(y), int(card.right() - px(10 + 12 * line)), int(y))


class LookChoice(QWidget):
    """The three looks; arrows or pointing choose."""

    chosen = Signal(str)

    def __init__(self, ui: Ui, options: Sequence[tuple[str, str]], value: str, *, name: str) -> None:
        super().__init__()
        self._codes = [code for code, _ in options]
        self._group = QButtonGroup(self)
        sides = {"light": (LIGHT, LIGHT), "dark": (DARK, DARK)}
        line = row(ui, gap=16)
        for at, (code, words) in enumerate(options):
            look = _Look(ui, words, sides.get(code, (LIGHT, DARK)))
            look.setChecked(code == value)
            look.setAccessibleDescription(name)
            self._group.addButton(look, at)
            line.addWidget(look)
            if code == value:
                self.setFocusProxy(look)
        self.setLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group.idToggled.connect(self._toggled)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by digit."""
        if event.text().isdigit() and 1 <= int(event.text()) <= len(self._codes):
            self._group.button(int(event.text()) - 1).setChecked(True)
        else:
            super().keyPressEvent(event)

    def _toggled(self, at: int, on: bool) -> None:
        if on:
            self.chosen.emit(self._codes[at])
