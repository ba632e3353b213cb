"""Tabs at the head of a page: words with a line under the present one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


class Tabs(QWidget):
    """One stop for Tab, arrows inside."""

    chosen = Signal(str)

    def __init__(self, ui: Ui, tabs: Sequence[tuple[str, str]], value: str, name: str) -> None:
        super().__init__()
        self._ui, self._tabs, self._value, self._name = ui, list(tabs), value, name
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._tell()

    @property
    def value(self) -> str:
        """The code of the present tab."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show another tab as the present one."""
        if value == self._value:
            return
        self._value = value
        self._tell()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the width of all words."""
        return QSize(sum(self._wide(words) for _, words in self._tabs), self._ui.px(40))

    def minimumSizeHint(self) -> QSize:
        """Return the same: words are never cut."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the tab beside."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        codes = [code for code, _ in self._tabs]
        at = min(max(codes.index(self._value) + step, 0), len(codes) - 1)
        self._choose(codes[at])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the tab that is pointed at."""
        x = event.position().x()
        left = 0
        for code, words in self._tabs:
            left += self._wide(words)
            if x < left:
                self._choose(code)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words and the line."""
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        for code, words in self._tabs:
            box = QRectF(left, 0, self._wide(words), self.height())
            present = code == self._value
            painter.setFont(theme.bold(13) if present else theme.font(13))
            painter.setPen(theme.color("primary" if present else "text"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
            if present:
                thick = self._ui.px(3)
                painter.fillRect(QRectF(box.left(), box.bottom() - thick, box.width(), thick), theme.color("primary"))
                if self.hasFocus():
                    painter.setPen(QPen(theme.color("primary"), 2))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(box.adjusted(3, 8, -3, -10), self._ui.px(4), self._ui.px(4))
            left = box.right()

    def _choose(self, code: str) -> None:
        if code != self._value:
            self.set_value(code)
            self.chosen.emit(code)

    def _wide(self, words: str) -> int:
        return QFontMetrics(self._ui.theme.bold(13)).horizontalAdvance(words) + self._ui.px(24)

    def _tell(self) -> None:
        words = dict(self._tabs).get(self._value, "")
        self.setAccessibleName(f"{self._name}: {words}")
