"""The four steps of a drill: done with a tick, or to come with their number."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column, row

STEPS = ("open", "count", "remove", "read")


class _Mark(QWidget):
    """A circle with the number of a step, or its tick."""

    def __init__(self, ui: Ui, number: int) -> None:
        super().__init__()
        self._ui, self._number, self._done = ui, number, False
        self.setFixedSize(ui.px(24), ui.px(24))

    def show_done(self, done: bool) -> None:
        """Show whether the step is done."""
        self._done = done
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it; the tick tells the state without colour."""
        theme, painter = self._ui.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen if self._done else QPen(theme.color("edge"), 1.4))
        painter.setBrush(theme.color("ok_tint" if self._done else "surface"))
        painter.drawEllipse(circle)
        if self._done:
            side = self._ui.px(14)
            place = (self.width() - side) // 2
            painter.drawPixmap(place, place, theme.pixmap("check", "ok", 14))
            return
        painter.setPen(theme.color("text_2"))
        painter.setFont(theme.bold(12))
        painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), str(self._number))


class DrillStep(QWidget):
    """One step: what it is, and what came of it."""

    def __init__(self, ui: Ui, number: int, code: str) -> None:
        super().__init__()
        self._ui, self._code = ui, code
        self._mark = _Mark(ui, number)
        self._words = Label(ui, "", 12, tone="3")
        line = row(ui, gap=10)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(column(ui, Label(ui, ui.texts(f"drill.step.{code}"), 13), self._words, gap=2), 1)
        self.setLayout(line)
        self.show_state(False, "")

    def show_state(self, done: bool, words: str) -> None:
        """Show whether it is done, and what is said of it."""
        self._mark.show_done(done)
        said = words or self._ui.texts(f"drill.step.{self._code}_words")
        self._words.setText(said)
        state = self._ui.texts("drill.step_done" if done else "drill.step_to_come")
        self.setAccessibleName(f"{self._ui.texts(f'drill.step.{self._code}')}. {state}. {said}")
