"""Chips: a filter with its count, on or off; and a menu whose ticks are set one after the other."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy

from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui

_LONGEST_WORDS = 220  # at 100 %


class Chip(QAbstractButton):
    """A filter in words with the number of people for whom it holds.

    Chosen it is tint, with a 2-px edge, bold and with a tick, so that it reads without colour.
    """

    def __init__(self, ui: Ui, text: str, *, menu: bool = False) -> None:
        """Make a chip.

        Args:
            ui: look and language.
            text: what holds.
            menu: it opens a menu; an arrow says so.
        """
        super().__init__()
        self._ui = ui
        self._count = ""
        self._wide = 0
        self._menu = menu
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._measure()
        self._tell()

    def show_words(self, text: str, count: str) -> None:
        """Show other words or another count; an empty count is not known yet."""
        text = shown(text)
        if (text, count) == (self.text(), self._count):
            return
        before = self._wide
        self.setText(text)
        self._count = count
        self._measure()
        self._tell()
        if self._wide != before:  # or all chips would be placed anew with every key
            self.updateGeometry()
        self.update()

    def nextCheckState(self) -> None:
        """Leave the state to whoever hears the click: it is shown only when it holds."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it as Space does; Down opens a menu."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter or (self._menu and event.key() == Qt.Key.Key_Down):
            self.click()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Return the size when chosen, so that the row never moves."""
        width = self._wide
        if self.isChecked() and not self._menu:
            width += self._ui.px(18)
        if self._menu:
            width += self._ui.px(20)
        return QSize(width, self._ui.px(28))

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        theme, painter, on = self._ui.theme, QPainter(self), self.isChecked()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_edge(painter)
        x = self._ui.px(12)
        ink = "primary" if on else "text" if self.isEnabled() else "text_3"
        if on and not self._menu:
            side = self._ui.px(12)
            painter.drawPixmap(x, (self.height() - side) // 2, theme.pixmap("check", ink, 12))
            x += self._ui.px(18)
        painter.setPen(theme.color(ink))
        painter.setFont(theme.bold(13) if on else theme.font(13))
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self._words_width())
        painter.drawText(QRectF(x, 0, self._words_width() + 2, self.height()), middle, words)
        x += painter.fontMetrics().horizontalAdvance(words) + self._ui.px(6)
        if self._count:
            painter.setPen(theme.color(ink if on else "text_3"))
            painter.drawText(QRectF(x, 0, self.width() - x, self.height()), middle, self._count)
        if self._menu:
            side = self._ui.px(14)
            place = self.width() - self._ui.px(10) - side
            painter.drawPixmap(place, (self.height() - side) // 2, theme.pixmap("down", ink, 14))

    def checkStateSet(self) -> None:
        """Take the room that the tick needs."""
        super().checkStateSet()
        self._tell()
        self.updateGeometry()

    def _draw_edge(self, painter: QPainter) -> None:
        theme, on = self._ui.theme, self.isChecked()
        width = 2 if on or self.hasFocus() else 1
        inset = width / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        edge = "primary" if on or self.hasFocus() else "edge" if self.isEnabled() else "line"
        painter.setPen(QPen(theme.color(edge), width))
        painter.setBrush(theme.color("tint" if on or (self.underMouse() and self.isEnabled()) else "surface"))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        if on and self.hasFocus():
            inner = box.adjusted(3, 3, -3, -3)
            painter.setPen(QPen(theme.color("primary"), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(inner, inner.height() / 2, inner.height() / 2)

    def _measure(self) -> None:
        """Keep the room of words and count: a row of chips asks for it dozens of times."""
        self._wide = 2 * self._ui.px(12) + self._words_width()
        if self._count:
            self._wide += self._ui.px(6) + QFontMetrics(self._ui.theme.bold(13)).horizontalAdvance(self._count)

    def _words_width(self) -> int:
        wide = QFontMetrics(self._ui.theme.bold(13)).horizontalAdvance(self.text())
        return min(wide + 2, self._ui.px(_LONGEST_WORDS))

    def _tell(self) -> None:
        self.setAccessibleName(f"{self.text()} {self._count}".strip())


class CheckMenu(QMenu):
    """A menu that stays open while its ticks are set; Enter or Esc closes it."""

    def add_tick(self, text: str, on: bool) -> QAction:
        """Add a line with a tick; words from outside are shown as they are."""
        action = self.addAction(shown(text)[:80].replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(on)
        return action

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Set a tick without closing."""
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space sets a tick without closing."""
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None and action.isCheckable():
            action.trigger()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Begin with the first line chosen, so that Space has something to set."""
        if event.type() is QEvent.Type.Show and self.activeAction() is None and self.actions():
            self.setActiveAction(self.actions()[0])
        return super().event(event)
