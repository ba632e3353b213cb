"""The ways out where a clinic does not open as it is: look, go on with a reason, restore a backup."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from desktop.unlock.presenter import UnlockPresenter
from desktop.widgets.buttons import Button
from desktop.widgets.fields import TextField
from desktop.widgets.flow import Flow
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column

_MOST_FINDINGS = 3


class StoppedBox(QFrame):
    """Hidden unless the clinic stopped; what was looked at stands above the buttons."""

    def __init__(self, ui: Ui, presenter: UnlockPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        texts = ui.texts
        self._found = Label(ui, "", 13)
        self._look = Button(ui, texts("unlock.stopped.look"), icon="search")
        self._restore = Button(ui, texts("unlock.restore"), icon="undo")
        self._reason = TextField(ui, texts("unlock.stopped.reason"), hint=texts("unlock.stopped.reason_words"))
        self._go_on = Button(ui, texts("unlock.stopped.go_on"), kind="danger")
        self._look.clicked.connect(presenter.look_closer)
        self._restore.clicked.connect(presenter.restore_asked)
        self._go_on.clicked.connect(self._ask_go_on)
        buttons = Flow(ui, self._look, self._restore, gap=8)
        self.setLayout(column(ui, self._found, buttons, self._reason, self._go_on, gap=12))
        self.refresh()

    def refresh(self) -> None:
        """Show the presenter's state."""
        presenter = self._presenter
        stopped, found = presenter.stopped == "stopped", presenter.found
        self.setVisible(bool(presenter.stopped))
        self._look.setVisible(stopped and found is None)
        self._look.setEnabled(not presenter.busy)
        self._look.setText(self._ui.texts("unlock.stopped.looking" if presenter.busy else "unlock.stopped.look"))
        self._found.setVisible(found is not None)
        for part in (self._reason, self._go_on):
            part.setVisible(stopped and found is not None)
        self._go_on.setEnabled(not presenter.busy)
        if found is not None:
            self._found.setText(self._found_words())

    def _found_words(self) -> str:
        found, texts = self._presenter.found, self._ui.texts
        if found is None:
            return ""
        number = texts.number
        lines = [texts("unlock.stopped.entries", entries=number(found.entries), missing=number(found.anchor.missing))]
        wrong = [finding for finding in found.findings if finding.flaw.counts]
        if not wrong:
            lines.append(texts("unlock.stopped.rest_sound"))
        else:
            lines.append(texts("unlock.stopped.findings", count=number(len(wrong))))
        if found.first_bad is not None:
            lines.append(texts("unlock.stopped.first_bad", seq=number(found.first_bad)))
        return "\n".join(lines)

    def _ask_go_on(self) -> None:
        self._presenter.go_on(self._reason.text())
