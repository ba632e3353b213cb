"""Find a patient from anywhere: a line in the top bar and the best matches below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from desktop.widgets.cells import paint_text
from desktop.widgets.fields import SearchField
from desktop.widgets.labels import shown
from desktop.widgets.ui import Ui, row

_NARROWEST, _WIDEST, _LIST = 180, 360, 480  # at 100 %


@dataclass(frozen=True, slots=True)
class Found:
    """One match: whom to open, and two texts to know them by."""

    person_id: str
    name: str
    detail: str


class _Matches(QWidget):
    """The list under the line; never takes the focus from it."""

    picked = Signal(int)
    moved = Signal()  # another one is chosen

    def __init__(self, ui: Ui) -> None:
        super().__init__(None, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._ui = ui
        self.found: Sequence[Found] = ()
        self.at = 0
        self.setMouseTracking(True)

    def show_found(self, found: Sequence[Found], width: int) -> None:
        """Show these."""
        self.found, self.at = found, 0
        height = self._ui.px(38) * max(1, len(found)) + self._ui.px(8)
        self.setFixedSize(QSize(width, height))
        self.update()

    def move_by(self, step: int) -> None:
        """Choose another."""
        if self.found:
            self.at = (self.at + step) % len(self.found)
            self.update()
            self.moved.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Choose the one pointed at."""
        at = self._line_at(event)
        if 0 <= at < len(self.found) and at != self.at:
            self.move_by(at - self.at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the one pointed at."""
        at = self._line_at(event)
        if 0 <= at < len(self.found):
            self.picked.emit(at)

    def _line_at(self, event: QMouseEvent) -> int:
        return int((event.position().y() - self._ui.px(4)) // self._ui.px(38))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the matches."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("surface"))
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        high, pad = self._ui.px(38), self._ui.px(12)
        if not self.found:
            painter.setPen(theme.color("text_2"))
            painter.setFont(theme.font(13))
            paint_text(painter, self.rect().adjusted(pad, 0, -pad, 0), self._ui.texts("find.nobody"))
        for at, each in enumerate(self.found):
            box = QRectF(self._ui.px(4), self._ui.px(4) + at * high, self.width() - self._ui.px(8), high)
            if at == self.at:
                painter.setPen(QPen(theme.color("primary"), 2))
                painter.setBrush(theme.color("tint"))
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), self._ui.px(4), self._ui.px(4))
            self._draw_one(painter, box.adjusted(pad, 0, -pad, 0), each)

    def _draw_one(self, painter: QPainter, box: QRectF, each: Found) -> None:
        theme, cell = self._ui.theme, box.toRect()
        painter.setFont(theme.bold(13))
        painter.setPen(theme.color("text"))
        used = paint_text(painter, cell.adjusted(0, 0, -int(cell.width() * 0.45), 0), shown(each.name))
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("text_2"))  # as dark as the tint of the chosen line asks for
        paint_text(painter, cell.adjusted(used + self._ui.px(12), 0, 0, 0), shown(each.detail))


class Finder(QWidget):
    """The line and its list. Arrows choose, Enter opens, Esc leaves."""

    opened = Signal(str)

    def __init__(self, ui: Ui, find: Callable[[str], Sequence[Found]]) -> None:
        super().__init__()
        self._ui = ui
        self._find = find
        self._before: QWidget | None = None  # where the cursor was before
        self._field = SearchField(ui, ui.texts("find.hint"), "Ctrl+K")
        self._matches = _Matches(ui)
        self._matches.setParent(self, self._matches.windowFlags())
        self._matches.picked.connect(self._open)
        self._matches.moved.connect(self._tell)
        self.setLayout(row(ui, self._field))
        self.setMinimumWidth(ui.px(_NARROWEST))
        self.setMaximumWidth(ui.px(_WIDEST))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._field.edited.connect(self._look)
        self._field.edit.installEventFilter(self)
        self.setFocusProxy(self._field)

    def sizeHint(self) -> QSize:
        """Return the width that shows the whole hint."""
        return QSize(self._ui.px(_WIDEST), self._field.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hint in fewer words where the whole hint has no room."""
        super().resizeEvent(event)
        edit, texts = self._field.edit, self._ui.texts
        margins = edit.textMargins()
        room = event.size().width() - margins.left() - margins.right() - self._ui.px(22)
        fits = edit.fontMetrics().horizontalAdvance(texts("find.hint")) <= room
        edit.setPlaceholderText(texts("find.hint" if fits else "find.hint_short"))

    def start(self) -> None:
        """Put the cursor into the line."""
        before = self.window().focusWidget()
        if before is not self._field.edit:
            self._before = before
        self._field.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.edit.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter act on the list."""
        if event.type() is QEvent.Type.FocusOut:
            self._matches.hide()
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(Qt.Key(event.key()))
        return False

    def _key(self, key: Qt.Key) -> bool:
        if key is Qt.Key.Key_Escape:
            self._leave()
            return True
        if not self._matches.isVisible():
            return False
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._matches.move_by(1 if key is Qt.Key.Key_Down else -1)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self._matches.at)
            return True
        return False

    def _look(self, text: str) -> None:
        if not text.strip():
            self._matches.hide()
            return
        wide = min(max(self.width(), self._ui.px(_LIST)), self.window().width() - self._ui.px(16))
        self._matches.show_found(self._find(text), wide)
        self._matches.move(self._field.mapToGlobal(QPoint(0, self._field.height() + 2)))
        self._matches.show()
        self._matches.raise_()
        self._tell()

    def _tell(self) -> None:
        """Let a screen reader say which match is chosen, while the cursor stays in the line."""
        found, at = self._matches.found, self._matches.at
        words = f"{found[at].name} · {found[at].detail}" if found else self._ui.texts("find.nobody")
        self._field.edit.setAccessibleDescription(shown(words))
        QAccessible.updateAccessibility(QAccessibleEvent(self._field.edit, QAccessible.Event.DescriptionChanged))

    def _open(self, at: int) -> None:
        if at < len(self._matches.found):
            person = self._matches.found[at].person_id
            self._leave()
            self.opened.emit(person)

    def _leave(self) -> None:
        self._matches.hide()
        self._field.set_text("")
        self._field.edit.setAccessibleDescription("")
        self._field.edit.clearFocus()
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
