"""The steps in the head of the studio: finished ones keep their tick when one goes back, and each can be gone to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from desktop.widgets.parts import Stepper
from desktop.widgets.ui import Ui


class WalkStepper(Stepper):
    """A row of steps to go to: by pointing, or by the arrows while it has the focus. What is not open stays."""

    asked = Signal(int)

    def __init__(self, ui: Ui, steps: Sequence[str]) -> None:
        self._open: frozenset[int] = frozenset({0})
        self._done: frozenset[int] = frozenset()
        super().__init__(ui, steps)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def show_steps(self, now: int, open_: Collection[int], done: Collection[int]) -> None:
        """Show where one is, which steps can be gone to and which are finished."""
        self._open, self._done = frozenset(open_), frozenset(done)
        self.go(now)

    def is_done(self, at: int) -> bool:
        """Whether a step has its tick."""
        return at in self._done

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step that is pointed at."""
        at = self._at(event.position().x())
        if at in self._open and at != self._now:
            self.asked.emit(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what can be pointed at."""
        can = self._at(event.position().x()) in self._open
        self.setCursor(Qt.CursorShape.PointingHandCursor if can else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the open step before or after."""
        before = [at for at in sorted(self._open) if at < self._now]
        after = [at for at in sorted(self._open) if at > self._now]
        if event.key() == Qt.Key.Key_Left and before:
            self.asked.emit(before[-1])
        elif event.key() == Qt.Key.Key_Right and after:
            self.asked.emit(after[0])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the steps; the focus is a line under the present one."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self._ui.theme.color("primary"), 2))
            left = sum(self._width(at) for at in range(self._now))
            painter.drawLine(left, self.height() - 1, left + self._words_end(self._now), self.height() - 1)

    def _at(self, x: float) -> int:
        left = 0
        for at in range(len(self._steps)):
            if QRectF(left, 0, self._words_end(at), self.height()).contains(x, self.height() / 2):
                return at
            left += self._width(at)
        return -1

    def _words_end(self, at: int) -> int:
        last = at + 1 == len(self._steps)
        gap = 0 if last else self._ui.px(36 if self._compact else 56)
        return self._width(at) - gap
