"""The first page: the models that are there, each with what comes next, and the question of a new one."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from desktop.studio.answers import PATIENTS
from desktop.studio.beside import Beside
from desktop.studio.model_list import ModelListCard
from desktop.studio.page import StudioPage
from desktop.studio.predictors_card import PredictorsCard
from desktop.studio.presenter import StudioPresenter
from desktop.studio.question_card import QuestionCard
from desktop.widgets.buttons import Button
from desktop.widgets.ui import Ui, column, held

_BESIDE = 900
_LIST = 296


class OutcomePage(StudioPage):
    """What is there, and what is asked."""

    step: ClassVar[str] = "outcome"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self._anew = Button(ui, ui.texts("studio.ask.anew"))
        self._anew.clicked.connect(presenter.put_down)
        self._check = Button(ui, ui.texts("studio.ask.check"), kind="filled", key="Ctrl+Enter")
        self._check.setObjectName("check")
        self._check.clicked.connect(presenter.check)
        self.footer.right.addWidget(self._anew)
        self.footer.right.addWidget(self._check)

    def show_state(self) -> None:
        """Show the models and the question."""
        ui, presenter = self.ui, self.presenter
        asking = presenter.asking
        parts: list[tuple[QWidget, int]] = [
            (self._top(ModelListCard(ui, presenter)), 0),
            (self._top(QuestionCard(ui, presenter)), 6),
        ]
        if asking.answers.source == PATIENTS and asking.predictors and presenter.sees_records:
            parts.append((self._top(PredictorsCard(ui, presenter)), 5))
        self.show_cards(Beside(ui, parts, _BESIDE, _LIST))
        self._check.setEnabled(asking.answers.whole and not presenter.busy and not asking.busy)
        self._anew.setVisible(asking.answers.whole or presenter.in_hand is not None)
        self.footer.facts.setText(ui.texts("studio.ask.fact"))

    def _top(self, card: QWidget) -> QWidget:
        """Return a card that is no higher than it needs to be, beside higher ones."""
        return held(column(self.ui, card, 1, gap=0))
