"""The page in front that makes a clinic from a backup: on a new computer there is no clinic to unlock yet."""

from __future__ import annotations

from desktop.security.restore import RestorePanel
from desktop.security.restoring import Restoring
from desktop.widgets.logo import Glow, logo
from desktop.widgets.parts import scrolled
from desktop.widgets.ui import Ui, column, row


class RestorePage(Glow):
    """Built anew whenever language or look change; the presenter keeps what was chosen."""

    def __init__(self, ui: Ui, presenter: Restoring) -> None:
        super().__init__(ui)
        panel = RestorePanel(ui, presenter)
        middle = row(ui, 1, panel, 1, margins=(16, 0))
        middle.setStretch(1, 100)
        top = row(ui, 1, logo(ui, 56), 1)
        inside = column(ui, top, gap=16, margins=(0, 24, 0, 24))
        inside.addLayout(middle)
        inside.addStretch(1)
        self.setLayout(column(ui, scrolled(inside)))
