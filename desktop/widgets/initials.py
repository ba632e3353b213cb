"""Somebody's initials in a circle."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.widgets.ui import Ui


class Initials(QWidget):
    """Two letters, or the first sign of a Chinese name; beside the name, so nothing for screen readers."""

    def __init__(self, ui: Ui, name: str, side: float = 40, *, quiet: bool = False) -> None:
        """Make the circle.

        Args:
            ui: look and language.
            name: whose initials.
            side: how wide and high at 100 %.
            quiet: tinted, for a bar, instead of filled.
        """
        super().__init__()
        self._ui, self._side, self._quiet = ui, side, quiet
        words = name.split()
        chinese = any("\u4e00" <= sign <= "\u9fff" for sign in name)
        last = words[-1:] if chinese else words[-2:]  # before them may stand a title
        self._text = "".join(word[:1] for word in last).upper()
        self.setFixedSize(ui.theme.icon_size(side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the circle."""
        painter, theme = QPainter(self), self._ui.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("tint" if self._quiet else "primary"))
        painter.drawEllipse(self.rect())
        painter.setPen(theme.color("primary" if self._quiet else "on_primary"))
        painter.setFont(theme.font(11 if self._quiet else 15, QFont.Weight.DemiBold))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._text)
