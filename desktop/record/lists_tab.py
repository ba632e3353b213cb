"""Medicines, conditions, allergies and family history: each a card with its entries and a line to add one."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.record.list_card import ListCard
from desktop.record.list_cards import AllergyCard, ConditionCard, FamilyCard, MedicineCard
from desktop.record.presenter import RecordPresenter
from desktop.widgets.parts import EmptyState, scrolled
from desktop.widgets.ui import Ui, column, held, row, take_out

_TWO_COLUMNS = 860


class ListsTab(QWidget):
    """Two columns of cards, or one; somebody who is not stored yet has no lists."""

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._ui, self._presenter = ui, presenter
        self.cards: tuple[ListCard, ...] = (
            MedicineCard(ui, presenter),
            ConditionCard(ui, presenter),
            AllergyCard(ui, presenter),
            FamilyCard(ui, presenter),
        )
        self._empty = EmptyState(ui, ui.texts("record.lists.new_person"), icon="list")
        self._left, self._right = column(ui, gap=16), column(ui, gap=16)
        columns = row(ui, gap=16, margins=(16,))
        self._right_side = held(self._right)
        columns.addWidget(held(self._left), 1)
        columns.addWidget(self._right_side, 1)
        self._area = scrolled(columns)
        self.setLayout(column(ui, self._empty, self._area, gap=0))
        self._two: bool | None = None
        self._arrange(two=True)
        presenter.reset.connect(self.refresh)
        presenter.record_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the entries as they are stored."""
        form = self._presenter.form
        stored = form is not None and form.in_hand.record is not None
        self._empty.setVisible(not stored)
        self._area.setVisible(stored)
        if stored:
            for card in self.cards:
                card.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards where they have room."""
        super().resizeEvent(event)
        self._arrange(two=event.size().width() >= self._ui.px(_TWO_COLUMNS))

    def _arrange(self, *, two: bool) -> None:
        if two is self._two:
            return
        self._two = two
        for box in (self._left, self._right):
            take_out(box)
        for at, card in enumerate(self.cards):
            (self._right if two and at % 2 else self._left).addWidget(card)
        self._left.addStretch(1)
        self._right.addStretch(1)
        self._right_side.setVisible(two)
