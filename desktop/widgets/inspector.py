"""The value inspector: what stands behind one number, in a window of its own beside it; Esc or a click closes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from desktop.widgets.labels import Label
from desktop.widgets.parts import scrolled
from desktop.widgets.ui import Ui, column, row

_WIDE, _HIGH = 460, 420  # never higher: what is longer scrolls


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
        area = scrolled(inside)
        foot = row(ui, Label(ui, ui.texts("inspecting.close"), 12, tone="3"), margins=(4, 6, 4, 0))
        self.setLayout(column(ui, area, foot, gap=0, margins=(12,)))
        self.setAccessibleName("\n".join(self.lines))
        page = area.widget()
        wide, around = ui.px(_WIDE), ui.px(24)
        needed = wide if page is None else page.heightForWidth(wide - around - ui.px(10))
        high = needed + foot.sizeHint().height() + around + ui.px(8)
        self.resize(wide, min(high, ui.px(_HIGH)))

    def show_beside(self, near: QWidget, place: QRect | None = None) -> None:
        """Show it below what it is about, above it where there is more room, and always whole in the window."""
        about = QRect(QPoint(0, 0), near.size()) if place is None else place
        corner = near.mapToGlobal(about.topLeft())
        screen = near.screen() or QGuiApplication.primaryScreen()
        window = near.window().frameGeometry().intersected(screen.availableGeometry())
        room = window.adjusted(8, 8, -8, -8)  # beside the window it would look lost
        self.resize(min(self.width(), room.width()), min(self.height(), room.height()))
        left = max(room.left(), min(corner.x(), room.right() - self.width()))
        below = corner.y() + about.height()
        fits = below + self.height() <= room.bottom() or corner.y() - self.height() < room.top()
        wanted = below if fits else corner.y() - self.height()
        top = max(room.top(), min(wanted, room.bottom() - self.height()))  # what it is about may be scrolled away
        self.move(left, top)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def event(self, event: QEvent) -> bool:
        """Take its keys before a shortcut of the page below does."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and _closes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close it with the keys that opened it, and with Esc."""
        if _closes(event):
            self.close()
        else:
            super().keyPressEvent(event)


def _closes(event: QKeyEvent) -> bool:
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    opened = event.key() == Qt.Key.Key_I and bool(event.modifiers() & held)
    return opened or event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
