"""The passphrase typed again, and the button that does what needs it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.fields import PassphraseField
from desktop.widgets.labels import Label
from desktop.widgets.parts import Notice
from desktop.widgets.ui import Ui, column, row


class Confirm(QWidget):
    """The passphrase typed again, and the button that does it; Enter does the same."""

    confirmed = Signal(str)

    def __init__(self, ui: Ui, button: str, *, kind: str = "filled", icon: str = "", name: str = "confirm") -> None:
        super().__init__()
        self._ui = ui
        self.field = PassphraseField(ui, ui.texts("confirm.passphrase"))
        self.field.edit.setObjectName(f"{name}.passphrase")
        self.field.setMaximumWidth(ui.px(420))
        self._caps = Notice(ui)
        self._caps.setMaximumWidth(ui.px(420))
        self.problem = Notice(ui, "danger")
        self.button = Button(ui, button, kind=kind, icon=icon)
        self.button.setObjectName(name)
        self._working = Label(ui, "", 12, tone="3")
        line = row(ui, self.button, gap=12)
        line.addWidget(self._working, 1)
        whole = column(ui, self.field, self._caps, self.problem, gap=8)
        whole.addLayout(line)
        self.setLayout(whole)
        self.field.entered.connect(self._confirm)
        self.field.caps_lock.connect(lambda on: self._caps.say(ui.texts("unlock.caps_lock") if on else ""))
        self.button.clicked.connect(self._confirm)

    def show_state(self, *, busy: bool, working: str, passphrase: str, problem: str) -> None:
        """Show that it is being done, or what is wrong."""
        self.field.setEnabled(not busy)
        self.button.setEnabled(not busy)
        self._working.setText(working if busy else "")
        self.field.say(passphrase)
        self.problem.say(problem, "danger")

    def empty(self) -> None:
        """Forget what was typed."""
        self.field.set_text("")

    def _confirm(self) -> None:
        if not self.button.isEnabled():
            return
        if not self.field.text():
            self.field.say(self._ui.texts("confirm.passphrase_missing"))
            self.field.setFocus()
            return
        self.confirmed.emit(self.field.text())
