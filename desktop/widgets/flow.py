"""Parts beside each other that go on in the next line where there is no more room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.ui import Ui


class Flow(QWidget):
    """Parts placed like the words of a text.

    A widget and no layout: Qt asks a layout for parts beyond its end, which Python cannot answer without harm.
    """

    def __init__(self, ui: Ui, *parts: QWidget, gap: float = 12) -> None:
        super().__init__()
        self._gap = ui.px(gap)
        self._parts: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for part in parts:
            self._take(part)
        self._settle()

    @property
    def parts(self) -> tuple[QWidget, ...]:
        """The parts in their order."""
        return tuple(self._parts)

    def add(self, part: QWidget) -> None:
        """Put a part at the end."""
        self._take(part)
        self._settle()

    def clear(self) -> None:
        """Let all parts go."""
        for part in self._parts:
            part.hide()
            part.deleteLater()
        self._parts = []
        self._settle()

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        return self._arrange(width, move=False)

    def sizeHint(self) -> QSize:
        """Return the size of one line, and the height of all at the present width."""
        widths = [part.sizeHint().width() for part in self._shown()]
        width = sum(widths) + self._gap * max(0, len(widths) - 1)
        return QSize(width, self._arrange(self.width() or width, move=False))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest part."""
        width = max((part.sizeHint().width() for part in self._shown()), default=0)
        return QSize(width, self._arrange(max(self.width(), width), move=False))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the parts anew."""
        super().resizeEvent(event)
        self._settle()

    def event(self, event: QEvent) -> bool:
        """Place the parts anew when one of them was hidden, shown, or needs other room."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._settle()
        return super().event(event)

    def _take(self, part: QWidget) -> None:
        part.setParent(self)
        part.show()
        self._parts.append(part)

    def _shown(self) -> list[QWidget]:
        return [part for part in self._parts if not part.isHidden()]

    def _settle(self) -> None:
        self.setMinimumHeight(self._arrange(max(self.width(), 1), move=True))
        self.updateGeometry()

    def _arrange(self, width: int, *, move: bool) -> int:
        y = 0
        for line in self._lines(width):
            high = max(size.height() for _, size in line)
            x = 0
            for part, size in line:
                if move:  # parts of one line share its middle
                    part.setGeometry(QRect(QPoint(x, y + (high - size.height()) // 2), size))
                x += size.width() + self._gap
            y += high + self._gap
        return max(0, y - self._gap)

    def _lines(self, width: int) -> list[list[tuple[QWidget, QSize]]]:
        lines: list[list[tuple[QWidget, QSize]]] = []
        used = 0
        for part in self._shown():
            size = part.sizeHint()
            if not lines or used + size.width() > width:
                lines.append([])
                used = 0
            lines[-1].append((part, size))
            used += size.width() + self._gap
        return lines
