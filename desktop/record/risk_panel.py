"""The right side: what the form says at once. Cards are there only while the engine has something for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.record.cards import MovesCard, RemarksCard, ToolsCard
from desktop.record.presenter import RecordPresenter
from desktop.record.risk_card import RiskCard
from desktop.record.what_if_card import WhatIfCard
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, held, row, take_out


class RiskPanel(QWidget):
    """Two columns of cards where there is room, else one."""

    field_asked = Signal(str)  # a field of the dictionary to go to

    def __init__(self, ui: Ui, presenter: RecordPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.risk = RiskCard(ui, presenter.tools)
        self.moves = MovesCard(ui)
        self.what_if = WhatIfCard(ui, presenter.desk)
        self.remarks = RemarksCard(ui)
        self.tools = ToolsCard(ui, presenter.tools)
        self.risk.field_asked.connect(self.field_asked)
        self.tools.field_asked.connect(self.field_asked)
        self.moves.inspect_asked.connect(presenter.inspect)
        self.risk.used_asked.connect(presenter.inspect_used)
        self.tools.used_asked.connect(presenter.inspect_used)
        self._left, self._right = column(ui, gap=16), column(ui, gap=16)
        whole = row(ui, gap=16)
        self._right_side = held(self._right)
        whole.addWidget(held(self._left), 1)
        whole.addWidget(self._right_side, 1)
        self.setLayout(whole)
        self._columns = 0
        self.arrange(2)
        presenter.desk.live_changed.connect(self.refresh)
        self.refresh()

    def cards(self) -> Sequence[Card]:
        """Return all cards, the most important one first."""
        return (self.risk, self.what_if, self.moves, self.remarks, self.tools)

    def arrange(self, columns: int) -> None:
        """Put the cards into two columns or one."""
        if columns == self._columns:
            return
        self._columns = columns
        for box in (self._left, self._right):
            take_out(box)
        beside = (self.what_if, self.tools) if columns == 2 else ()
        for card in self.cards():
            (self._right if card in beside else self._left).addWidget(card)
        self._left.addStretch(1)
        self._right.addStretch(1)
        self._right_side.setVisible(columns == 2)

    def refresh(self) -> None:
        """Show what the form says now."""
        live = self._presenter.desk.live
        self.setVisible(live is not None)
        if live is None:
            return
        self.risk.show_live(live)
        self.moves.show_moves(live.report.clinician.moves, live.lead.moved_by if live.lead is not None else ())
        self.what_if.show_live(live)
        self.remarks.show_remarks(live.report.clinician.remarks)
        self.tools.show_tools(live.report.clinician.tools)
