"""Small bars: how many events there are of how many it takes, and which share of people has no value."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


class EventsBar(QWidget):
    """Events at hand of those that a model of one's own needs, with a mark where an existing one can be adjusted."""

    def __init__(self, ui: Ui, events: int, needed: int, adjust: int | None, *, enough: bool) -> None:
        super().__init__()
        self._ui, self._enough = ui, enough
        self._share = min(1.0, events / needed) if needed else 1.0
        self._mark = None if adjust is None or not needed else min(1.0, adjust / needed)
        texts = ui.texts
        self._left = "" if adjust is None else texts("studio.allow.adjust_from", events=texts.number(adjust))
        self._right = texts("studio.allow.train_from", events=texts.number(needed))
        told = texts("studio.allow.bar", events=texts.number(events), needed=texts.number(needed))
        self.setAccessibleName(told if not self._left else f"{told}; {self._left}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for the bar and the words under it."""
        return QSize(self._ui.px(200), self._ui.px(18) + self._ui.line(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track, what there is, the mark, and the two words."""
        theme, px, painter = self._ui.theme, self._ui.px, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(0.5, px(4) + 0.5, self.width() - 1, px(8))
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("surface"))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("ok" if self._enough else "warn_mark"))
        filled = QRectF(track)
        filled.setWidth(max(track.height(), track.width() * self._share))
        painter.drawRoundedRect(filled, track.height() / 2, track.height() / 2)
        if self._mark is not None:
            x = track.left() + track.width() * self._mark
            painter.setPen(QPen(theme.color("text"), px(2)))
            painter.drawLine(int(x), px(1), int(x), px(15))
        painter.setPen(theme.color("text_2"))
        painter.setFont(theme.font(12))
        under = QRectF(0, px(17), self.width(), self._ui.line(12))
        painter.drawText(under, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self._left)
        painter.drawText(under, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self._right)


class ShareBar(QWidget):
    """A share of people as a bar."""

    def __init__(self, ui: Ui, share: float, tone: str = "edge") -> None:
        super().__init__()
        self._ui, self._share, self._tone = ui, share, tone
        self.setFixedSize(ui.px(88), ui.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and share."""
        theme, px, painter = self._ui.theme, self._ui.px, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(0, (self.height() - px(6)) / 2, self.width(), px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("sunken"))
        painter.drawRoundedRect(track, px(3), px(3))
        filled = QRectF(track)
        filled.setWidth(track.width() * min(1.0, self._share))
        ink: QColor = theme.color(self._tone)
        painter.setBrush(ink)
        painter.drawRoundedRect(filled, px(3), px(3))
