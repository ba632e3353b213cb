"""When the window locks: the same setting as in the settings, at hand where people look for it."""

from __future__ import annotations

from desktop.security.presenter import SecurityPresenter
from desktop.settings import IDLE_MINUTES
from desktop.widgets.choices import Select
from desktop.widgets.parts import Card
from desktop.widgets.reflow import SettingRow
from desktop.widgets.ui import Ui


class LockCard(Card):
    """After how many minutes without a key or a pointer the clinic is locked."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter) -> None:
        super().__init__(ui, gap=0, pad=0)
        texts = ui.texts
        options = [(str(each), texts("security.lock.minutes", minutes=each)) for each in IDLE_MINUTES]
        after = Select(ui, options, str(presenter.context.settings.idle_minutes), name=texts("security.lock.after"))
        after.setObjectName("idle_minutes")
        after.chosen.connect(lambda code: presenter.context.change(idle_minutes=int(code)))
        self.body.addWidget(
            SettingRow(ui, texts("security.lock.after"), texts("security.lock.after_words"), after, last=True)
        )
