"""What opens in the place of the cards: a heading with the way back, and cards of its own below it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.security.presenter import SecurityPresenter
from desktop.widgets.buttons import icon_button
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, row

_WIDEST = 680


class Panel(QWidget):
    """A page of its own with cards; Esc goes back."""

    def __init__(self, ui: Ui, presenter: SecurityPresenter, title: str, words: str = "") -> None:
        super().__init__()
        self.ui, self.presenter = ui, presenter
        self.setMaximumWidth(ui.px(_WIDEST))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        back = icon_button(ui, "back", ui.texts("security.panel.back"), key="Esc")
        back.setObjectName("back")
        back.clicked.connect(self.leave)
        self.cards = column(ui, row(ui, back, Label(ui, title, 16, bold=True), gap=8), gap=16)
        if words:
            self.cards.addWidget(Label(ui, words, 13, tone="2"))
        self.setLayout(self.cards)

    def card(self, title: str = "", words: str = "") -> Card:
        """Add a card."""
        made = Card(self.ui, title)
        if words:
            made.body.addWidget(Label(self.ui, words, 13, tone="2"))
        self.cards.addWidget(made)
        return made

    def begin(self, field: QWidget) -> None:
        """Put the cursor where typing begins, once the panel is shown."""
        QTimer.singleShot(0, field, field.setFocus)

    def leave(self) -> None:
        """Go back to the cards."""
        self.presenter.close_panel()
