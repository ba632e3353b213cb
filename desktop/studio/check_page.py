"""The second page: what the data allow, and which columns take part."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt

from desktop.studio.allow_card import LEFT, AllowCard
from desktop.studio.beside import Beside
from desktop.studio.check_cards import FindingsCard, MissingCard, PeopleCard
from desktop.studio.page import StudioPage
from desktop.studio.presenter import StudioPresenter
from desktop.studio.run_card import RunCard, WrongCard
from desktop.studio.words import label_of
from desktop.widgets.buttons import Button
from desktop.widgets.labels import Label
from desktop.widgets.ui import Ui, column, held

_BESIDE = 820


class CheckPage(StudioPage):
    """What the last look found; it changes nothing."""

    step: ClassVar[str] = "check"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        self._again = Button(ui, ui.texts("studio.check.again"), key="Ctrl+R")
        self._again.setObjectName("again")
        self._again.clicked.connect(presenter.check)
        self._on = Button(ui, ui.texts("studio.check.on"), kind="filled", key="Ctrl+Enter")
        self._on.clicked.connect(lambda: presenter.go("fit"))
        self.footer.right.addWidget(self._again)
        self.footer.right.addWidget(self._on)

    def show_state(self) -> None:
        """Show the last look, or what runs."""
        ui, presenter = self.ui, self.presenter
        checking = presenter.checking
        stale = checking.seen is not None and not checking.fresh
        self._again.setVisible(not checking.running and (stale or bool(checking.problem)))
        self._on.setEnabled(presenter.is_open("fit") and not checking.running)
        self.footer.facts.setText(ui.texts("studio.check.stale" if stale else "studio.check.fact"))
        if checking.running:
            self.show_cards(RunCard(ui, presenter, ui.texts("studio.busy.look")))
            return
        if checking.problem or checking.seen is None:
            self.show_cards(WrongCard(ui, checking.problem or ui.texts("studio.check.nothing")))
            return
        card = AllowCard(ui, presenter)
        if checking.seen.fewer and checking.fresh:
            self._suggest(card, checking.seen.fewer)
        allow = held(column(ui, card, 1, gap=0))
        found = column(ui, FindingsCard(ui, presenter, checking.seen), gap=16)
        found.addWidget(MissingCard(ui, presenter, checking.seen))
        if checking.seen.follow is not None:
            found.addWidget(PeopleCard(ui, checking.seen.follow))
        found.addStretch(1)
        self.show_cards(Beside(ui, [(allow, 0), (held(found), 1)], _BESIDE, LEFT))

    def _suggest(self, card: AllowCard, fewer: tuple[str, ...]) -> None:
        """Offer a model of few predictors in the place of one of too many."""
        ui, texts, label = self.ui, self.ui.texts, label_of(self.presenter)
        names = texts("studio.comma").join(label(name) for name in fewer)
        card.doing.addWidget(Label(ui, texts("studio.fewer.words", names=names), 12, tone="2"))
        button = Button(ui, texts("studio.fewer.try"), key="Alt+F")
        button.setObjectName("fewer")
        button.clicked.connect(lambda: self.presenter.try_fewer(fewer))
        card.doing.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
