"""Emergency access for who sees no list of people: the person by their exact number."""

from __future__ import annotations

from desktop.security.panel import Panel
from desktop.security.presenter import SecurityPresenter
from desktop.widgets.emergency_form import EmergencyForm
from desktop.widgets.ui import Ui
from engine.workflows.users import EmergencyReason


class EmergencyPanel(Panel):
    """``emergency``. The record opens as soon as it is allowed."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, presenter, ui.texts("security.emergency.title"))
        self._desk = presenter.emergency
        self._desk.forget_problems()
        reasons = [(each.value, ui.texts.wording.say(each.key)) for each in EmergencyReason]
        self.form = EmergencyForm(ui, reasons, with_number=True)
        self.card().body.addWidget(self.form)
        self.form.asked.connect(lambda number, *rest: self._desk.ask("", number, *rest))
        self._desk.changed.connect(self.refresh)
        self._desk.began.connect(lambda _: presenter.close_panel())
        self.begin(self.form.number)

    def refresh(self) -> None:
        """Show that it is being done, or what is wrong."""
        self.form.show_state(busy=self._desk.busy, problems=self._desk.problems)
