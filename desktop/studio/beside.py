"""Cards beside each other while there is room, and below each other otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.widgets.ui import Ui, row


class Beside(QWidget):
    """Parts with the share each takes of the width; 0: as wide as it wants to be."""

    def __init__(self, ui: Ui, parts: Sequence[tuple[QWidget, int]], least: float, first: float = 0) -> None:
        """Put parts together.

        Args:
            ui: look and language.
            parts: each with its share.
            least: the width, at 100 %, from which they stand beside each other.
            first: the fixed width of the first one beside others; 0: by its share.
        """
        super().__init__()
        self._ui, self._least, self._first = ui, least, first
        self._parts = [part for part, _ in parts]
        self._line = row(ui, gap=16)
        for part, share in parts:
            self._line.addWidget(part, share)
        self.setLayout(self._line)

    def minimumSizeHint(self) -> QSize:
        """Return what the widest part needs: below each other they have all the width."""
        wide = max((part.minimumSizeHint().width() for part in self._parts), default=0)
        return QSize(wide, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the parts where they have room."""
        super().resizeEvent(event)
        beside = event.size().width() >= self._ui.px(self._least)
        if self._first:
            wide = self._ui.px(self._first) if beside else 16_777_215  # that of Qt: no limit
            self._parts[0].setMaximumWidth(wide)
            self._parts[0].setMinimumWidth(wide if beside else 0)
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._line.direction() is not way:
            self._line.setDirection(way)
            self.updateGeometry()
