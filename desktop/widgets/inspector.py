"""The value inspector: what stands behind one number, in a window of its own beside it; Esc or a click closes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from desktop.widgets.labels import Label
from desktop.widgets.parts import scrolled
from desktop.widgets.ui import Ui, column

_WIDE, _HIGH = 460, 420


class Inspector(QFrame):
    """Sections of a heading and sentences; read by a screen reader as one text."""

    def __init__(self, ui: Ui, sections: Sequence[tuple[str, Sequence[str]]], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        inside = column(ui, gap=4, margins=(4,))
        self.lines: list[str] = []
        for title, sentences in sections:
            inside.addWidget(Label(ui, title, 13, bold=True))
            self.lines.append(title)
            for sentence in sentences:
                inside.addWidget(Label(ui, sentence, 13, tone="2"))
                self.lines.append(sentence)
            inside.addSpacing(ui.px(6))
        inside.addStretch(1)
        self.setLayout(column(ui, scrolled(inside), margins=(12,)))
        self.setAccessibleName("\n".join(self.lines))
        self.resize(ui.px(_WIDE), ui.px(_HIGH))

    def show_beside(self, near: QWidget) -> None:
        """Show it below what it is about, as far as the screen has room."""
        place = near.mapToGlobal(QPoint(0, near.height()))
        screen = near.screen() or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        left = max(room.left(), min(place.x(), room.right() - self.width()))
        top = max(room.top(), min(place.y(), room.bottom() - self.height()))
        self.move(left, top)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close it with the keys that opened it, and with Esc."""
        opened = event.key() == Qt.Key.Key_I and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter) or opened:
            self.close()
        else:
            super().keyPressEvent(event)
