"""The rail at the left: the places of the program in the order of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy

from desktop.widgets.ui import Ui, column


@dataclass(frozen=True, slots=True)
class Place:
    """One place: its code, its icon, and whether it stands at the foot."""

    code: str
    icon: str
    at_foot: bool = False


class RailItem(QAbstractButton):
    """One place in the rail, with a badge while something runs there."""

    def __init__(self, ui: Ui, place: Place, words: str, key: str) -> None:
        super().__init__()
        self._ui = ui
        self._place = place
        self._badge = ""
        self.setText(words)
        self.setCheckable(True)
        self.setShortcut(QKeySequence(key))
        self.setToolTip(f"{words}  {key}")
        self.setAccessibleName(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_badge(self, text: str) -> None:
        """Show a short text beside the icon; empty for none."""
        self._badge = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of a place."""
        return QSize(self._ui.px(72), self._ui.px(60))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon and word; the present place has a bar at its edge and is bold."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        if here or self.underMouse():
            painter.setBrush(theme.color("rail_chosen"))
            painter.drawRoundedRect(QRectF(self.rect()), self._ui.px(6), self._ui.px(6))
        if here:
            painter.setBrush(theme.color("lamp"))
            painter.drawRoundedRect(
                QRectF(0, self.height() / 2 - self._ui.px(9), self._ui.px(3), self._ui.px(18)), 1, 1
            )
        if self.hasFocus():
            painter.setPen(theme.color("lamp"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._ui.px(6), self._ui.px(6))
        side = self._ui.px(20)
        x = (self.width() - side) // 2
        painter.drawPixmap(x, self._ui.px(10), theme.pixmap(self._place.icon, "on_rail" if here else "rail_text"))
        painter.setPen(theme.color("on_rail" if here else "rail_text"))
        painter.setFont(theme.bold(12) if here else theme.font(12))
        box = QRectF(0, self._ui.px(34), self.width(), self._ui.px(18))
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 4)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
        if self._badge:
            self._draw_badge(painter)

    def badge_box(self) -> QRectF:
        """Return where the badge lies: over the corner of the icon, and further left where it would not fit."""
        width = QFontMetricsF(self._ui.theme.bold(11)).horizontalAdvance(self._badge) + self._ui.px(8)
        beside = (self.width() + self._ui.px(20)) // 2 - self._ui.px(4)
        return QRectF(max(0.0, min(beside, self.width() - width)), self._ui.px(5), width, self._ui.px(15))

    def _draw_badge(self, painter: QPainter) -> None:
        theme, box = self._ui.theme, self.badge_box()
        painter.setFont(theme.bold(11))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("lamp"))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(theme.color("rail"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._badge)


class Rail(QFrame):
    """All places."""

    asked = Signal(str)

    def __init__(self, ui: Ui, places: Sequence[Place]) -> None:
        super().__init__()
        self.setFixedWidth(ui.px(80))
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(self.backgroundRole(), ui.theme.color("rail"))
        self.setPalette(palette)
        self._items: dict[str, RailItem] = {}
        box = column(ui, gap=0, margins=(4, 8))
        foot = False
        for number, place in enumerate(places, 1):
            if place.at_foot and not foot:
                foot = True
                box.addStretch(1)
            item = RailItem(ui, place, ui.texts(f"place.{place.code}"), f"Ctrl+{number}")
            item.clicked.connect(lambda _=False, code=place.code: self.asked.emit(code))
            self._items[place.code] = item
            box.addWidget(item)
        if not foot:
            box.addStretch(1)
        self.setLayout(box)

    def show_place(self, code: str) -> None:
        """Mark where one is."""
        for name, item in self._items.items():
            item.setChecked(name == code)

    def set_badge(self, code: str, text: str) -> None:
        """Show that something runs at a place."""
        if code in self._items:
            self._items[code].set_badge(text)
