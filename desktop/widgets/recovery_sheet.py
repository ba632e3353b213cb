"""The recovery sheet: its picture, printing it, and its key typed back row by row."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.theme.fonts import key_font
from desktop.widgets.buttons import Button
from desktop.widgets.fields import LineEdit
from desktop.widgets.labels import Label
from desktop.widgets.parts import Notice
from desktop.widgets.ui import Ui, column, frame, restyle, row

_ROWS = 4
_PICTURE = 300
_BESIDE = 600  # from this width on the picture stands beside what is to be done


class SheetState(Protocol):
    """What is shown: the picture as PNG, how printing went, and what is wrong with the key that was typed back."""

    sheet_picture: bytes
    print_state: str
    key_problem: str
    key_row: int  # from 1; 0: none


class RecoverySheetSteps(QWidget):
    """Print, keep, type back; the picture beside it."""

    entered = Signal()
    print_asked = Signal()

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        texts = ui.texts
        self._picture = QLabel()
        self._picture.setProperty("role", "paper")
        self._picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._picture.setAccessibleName(texts("first_start.recovery.picture"))
        self._shown_picture = b""
        self.print = Button(ui, texts("first_start.recovery.print"), icon="printer", key="Ctrl+P")
        self._print_state = Label(ui, "", 12, tone="3")
        self.print.clicked.connect(self.print_asked)
        self.lines: list[LineEdit] = []
        self._notice = Notice(ui, "danger")
        left = column(ui, self._picture, gap=8)
        left.addStretch(1)
        self.right = column(ui, gap=12)
        self.right.addLayout(self._step("1", texts("first_start.recovery.do_print"), self.print, self._print_state))
        self.right.addLayout(self._step("2", texts("first_start.recovery.do_keep")))
        self.right.addLayout(self._step("3", texts("first_start.recovery.do_type"), self._key_box()))
        self.right.addWidget(self._notice)
        self.right.addStretch(1)
        self._whole = row(ui, left, gap=32)
        self._whole.addLayout(self.right, 1)
        self.setLayout(self._whole)

    def set_narrow(self, narrow: bool) -> None:
        """Put the picture above, where there is little room."""
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._whole.direction() is not wanted:
            self._whole.setDirection(wanted)

    def _step(self, number: str, words: str, *parts: QWidget) -> QVBoxLayout:
        return column(self._ui, Label(self._ui, f"{number}.  {words}", 14, bold=True), *parts, gap=6)

    def _key_box(self) -> QFrame:
        ui = self._ui
        made = frame("clear")
        box = column(ui, gap=6)
        for number in range(1, _ROWS + 1):
            name = ui.texts("unlock.recovery_row", row=number)
            line = LineEdit(ui, name=name)
            line.setFont(key_font(ui.px(15)))
            line.setMaxLength(24)
            line.setMaximumWidth(ui.px(260))
            line.returnPressed.connect(lambda at=number: self._next_row(at))
            self.lines.append(line)
            label = Label(ui, name, 13, tone="2", wrap=False)
            label.setMinimumWidth(ui.px(56))
            box.addLayout(row(ui, label, line, 1))
        made.setLayout(box)
        return made

    def show_state(self, state: SheetState) -> None:
        """Show how things stand."""
        if state.sheet_picture != self._shown_picture:
            self._shown_picture = state.sheet_picture
            page = QPixmap()
            page.loadFromData(QByteArray(state.sheet_picture))
            width = self._ui.px(_PICTURE) * self.devicePixelRatioF()
            page = page.scaledToWidth(round(width), Qt.TransformationMode.SmoothTransformation)
            page.setDevicePixelRatio(self.devicePixelRatioF())
            self._picture.setPixmap(page)
        self._print_state.setText(state.print_state or self._ui.texts("first_start.recovery.no_printer"))
        self._notice.say(state.key_problem, "danger")
        for number, line in enumerate(self.lines, 1):
            restyle(line, "state", "danger" if number == state.key_row else "")

    def typed(self) -> str:
        """Return what was typed back."""
        return "\n".join(line.text() for line in self.lines)

    def _next_row(self, at: int) -> None:
        if at < _ROWS:
            self.lines[at].setFocus()
        else:
            self.entered.emit()
