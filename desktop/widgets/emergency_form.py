"""What is asked before one record is opened in an emergency: why, in words of one's own too, and the passphrase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.choices import Select
from desktop.widgets.confirm import Confirm
from desktop.widgets.fields import TextField
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column

_WIDEST = 420


class EmergencyForm(QWidget):
    """``asked``: number (empty where the person is known), reason, words, passphrase."""

    asked = Signal(str, str, str, str)

    def __init__(self, ui: Ui, reasons: Sequence[tuple[str, str]], *, with_number: bool = False) -> None:
        super().__init__()
        self._ui = ui
        texts = ui.texts
        self.number = TextField(ui, texts("emergency.number"), hint=texts("emergency.number_hint"))
        self.number.edit.setObjectName("emergency.number")
        self.reason = Select(ui, reasons, name=texts("emergency.reason"))
        self.reason.setObjectName("emergency.reason")
        self.reason.setMinimumContentsLength(24)
        self._reason_problem = Label(ui, "", 12, tone="danger")
        self._reason_problem.hide()
        self.words = TextField(ui, texts("emergency.words"), hint=texts("emergency.words_hint"))
        self.words.edit.setObjectName("emergency.words")
        self.confirm = Confirm(ui, texts("emergency.do"), kind="outline", icon="warning", name="emergency.do")
        reason = column(
            ui, Label(ui, texts("emergency.reason"), 12, tone="2", wrap=False), self.reason, self._reason_problem, gap=4
        )
        whole = column(ui, Label(ui, texts("emergency.intro"), 13, tone="2"), self.number, reason, gap=10)
        whole.addWidget(self.words)
        whole.addWidget(self.confirm)
        for part in (self.number, self.reason, self.words):
            part.setMaximumWidth(ui.px(_WIDEST))
        self.number.setVisible(with_number)
        self._with_number = with_number
        self.setLayout(whole)
        self.number.entered.connect(self.reason.setFocus)
        self.words.entered.connect(self.confirm.field.setFocus)
        self.confirm.confirmed.connect(self._ask)

    def show_state(self, *, busy: bool, problems: Mapping[str, str]) -> None:
        """Show that it is being done, or what is wrong."""
        self.number.say(problems.get("number", ""))
        self.words.say(problems.get("text", ""))
        self.confirm.show_state(
            busy=busy,
            working=self._ui.texts("confirm.working"),
            passphrase=problems.get("passphrase", ""),
            problem=problems.get("", ""),
        )

    def _ask(self, passphrase: str) -> None:
        texts = self._ui.texts
        missing = "" if self.reason.value else texts("emergency.reason_missing")
        self._reason_problem.setText(missing)
        self._reason_problem.setVisible(bool(missing))
        if missing:
            self.reason.setFocus()
            return
        if self._with_number and not self.number.text().strip():
            self.number.say(texts("emergency.number_missing"))
            self.number.setFocus()
            return
        self.confirm.empty()
        self.asked.emit(self.number.text(), self.reason.value, self.words.text(), passphrase)
