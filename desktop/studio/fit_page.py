"""The third page: train or adjust, and what came out of it."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.studio.adjusted_cards import AdjustedCard, TenthsCard
from desktop.studio.allow_card import LEFT, AllowCard
from desktop.studio.beside import Beside
from desktop.studio.figure_cards import BenefitCard, CurveCard, GroupsCard, VerdictCard
from desktop.studio.fitting import ADJUSTING
from desktop.studio.page import StudioPage
from desktop.studio.presenter import StudioPresenter
from desktop.studio.run_card import RunCard, WrongCard
from desktop.widgets.buttons import Button
from desktop.widgets.choices import Select
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, held, row
from engine.workflows.studio import InHand

_BESIDE = 880
_PAIR = 620


class FitPage(StudioPage):
    """What the data allow stands at the left; what came out beside it."""

    step: ClassVar[str] = "fit"

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, presenter)
        texts = ui.texts
        self._table = Button(ui, "", icon="list", key="Alt+T")
        self._table.setObjectName("as_table")
        self._table.clicked.connect(presenter.turn_pictures)
        self._use = Button(ui, texts("studio.adjust.use"), kind="filled", key="Ctrl+Enter")
        self._use.setObjectName("use")
        self._use.clicked.connect(presenter.use_adjusted)
        self._on = Button(ui, texts("studio.fit.on"), kind="filled", key="Ctrl+Enter")
        self._on.setObjectName("on")
        self._on.clicked.connect(presenter.go_on)
        self._inside = Button(ui, texts("inside.open"), icon="search", key="Alt+L")
        self._inside.setObjectName("inside")
        self._inside.clicked.connect(presenter.look_inside)
        for button in (self._inside, self._table, self._use, self._on):
            self.footer.right.addWidget(button)

    def scroll_key(self) -> str:
        """Return what runs, and what stands beside it."""
        fitting, held_ = self.presenter.fitting, self.presenter.in_hand
        return f"{fitting.busy} {fitting.adjusted is not None} {'' if held_ is None else held_.name}"

    def show_state(self) -> None:
        """Show what came out, or what runs, or what could be done."""
        ui, presenter = self.ui, self.presenter
        fitting, texts = presenter.fitting, ui.texts
        adjusted = fitting.adjusted
        self._inside.setVisible(presenter.may_look_inside)
        self._table.setVisible(presenter.in_hand is not None)
        self._table.setText(texts("studio.fit.as_picture" if presenter.as_table else "studio.fit.as_table"))
        can_use = adjusted is not None and adjusted.changed and adjusted.made is None
        self._use.setVisible(can_use)
        self._use.setEnabled(can_use and not presenter.busy and presenter.may_change)
        self._on.setVisible(presenter.in_hand is not None)
        self._on.setEnabled(presenter.is_open("card") and not presenter.busy)
        self.footer.facts.setText(texts(self._fact(can_use=can_use)))
        parts = [(self._left(), 0), (self._right(), 1)]
        came_out = presenter.in_hand is not None or adjusted is not None or bool(fitting.busy)
        self.show_cards(Beside(ui, parts, _BESIDE, LEFT, last_on_top=came_out))

    def _fact(self, *, can_use: bool) -> str:
        if can_use:
            return "studio.adjust.fact"
        return "studio.fit.fact_kept" if self.presenter.in_hand is not None else "studio.fit.fact"

    # --- what can be done -------------------------------------------------------------------------------------------

    def _left(self) -> QWidget:
        ui, presenter = self.ui, self.presenter
        card = AllowCard(ui, presenter)
        if presenter.checking.seen is not None:
            self._add_buttons(card)
        return self._top(card)

    def _add_buttons(self, card: AllowCard) -> None:
        ui, presenter, texts = self.ui, self.presenter, self.ui.texts
        if presenter.checking.seen is None:
            return
        enough = presenter.may_train
        seen = presenter.checking.seen
        done = presenter.in_hand is not None or presenter.fitting.adjusted is not None
        train = Button(
            ui, texts("studio.fit.train"), kind="filled" if enough and not done else "outline",
            icon="" if enough else "lock", key="Alt+N",
        )  # fmt: skip
        train.setObjectName("train")
        train.setEnabled(enough and not presenter.busy)
        train.clicked.connect(presenter.train)
        buttons = row(ui, train, gap=8)
        if presenter.may_adjust:
            kind = "filled" if not enough and not done and any(each.enough for each in seen.tools) else "outline"
            adjust = Button(ui, texts("studio.fit.adjust"), kind=kind, key="Alt+A")
            adjust.setObjectName("adjust")
            adjust.setEnabled(not presenter.busy)
            adjust.clicked.connect(presenter.adjust)
            buttons.addWidget(adjust)
        buttons.addStretch(1)
        card.doing.addLayout(buttons)
        if len(presenter.tools) > 1:
            language = texts.language
            options = [(each.id, each.title.get(language)) for each in presenter.tools]
            tool = Select(ui, options, presenter.tool, name=texts("studio.adjust.which"))
            tool.setObjectName("tool")
            tool.setEnabled(not presenter.busy)
            tool.chosen.connect(presenter.choose_tool)
            card.doing.addLayout(column(ui, Label(ui, texts("studio.adjust.which"), 12, tone="2"), tool, gap=4))
        if not presenter.may_change:
            card.doing.addWidget(Label(ui, texts("studio.fit.not_yours"), 12, tone="3"))
        elif not enough and not presenter.may_adjust:
            card.doing.addWidget(Label(ui, texts("studio.fit.locked"), 12, tone="3"))

    # --- what came out ----------------------------------------------------------------------------------------------

    def _right(self) -> QWidget:
        ui, presenter, texts = self.ui, self.presenter, self.ui.texts
        fitting = presenter.fitting
        if fitting.busy:
            told = texts("studio.adjust.runs") if fitting.busy == ADJUSTING else texts("studio.fit.stop_keeps")
            return self._top(RunCard(ui, presenter, texts(f"studio.busy.{fitting.busy}"), told))
        cards = column(ui, gap=16)
        if fitting.problem:
            cards.addWidget(WrongCard(ui, fitting.problem))
        if fitting.adjusted is not None:
            cards.addWidget(AdjustedCard(ui, fitting.adjusted, presenter.tools))
            cards.addWidget(TenthsCard(ui, fitting.adjusted))
        elif presenter.in_hand is not None:
            self._add_figures(cards, presenter.in_hand)
        elif not fitting.problem:
            cards.addWidget(self._before())
        cards.addStretch(1)
        return held(cards)

    def _add_figures(self, cards: QBoxLayout, found: InHand) -> None:
        ui, as_table = self.ui, self.presenter.as_table
        training = found.training
        curves = [(CurveCard(ui, training.curve, as_table=as_table), 1), (BenefitCard(ui, found, as_table=as_table), 1)]
        cards.addWidget(Beside(ui, curves, _PAIR))
        below = [(GroupsCard(ui, training.groups), 5), (VerdictCard(ui, found), 3)]
        cards.addWidget(Beside(ui, below, _PAIR))

    def _before(self) -> QWidget:
        """Say what will be done, before anything is."""
        ui, texts, seen = self.ui, self.ui.texts, self.presenter.checking.seen
        card = Card(ui, texts("studio.fit.title"), gap=12)
        if seen is None:
            card.body.addWidget(Label(ui, texts("studio.fit.nothing"), 13, tone="2"))
            return card
        looked = seen.looked
        kind = texts.wording.say(f"learning.model.{looked.kind}")
        values = {"kind": kind, "columns": len(looked.columns), "parameters": looked.parameters}
        lines = [texts("studio.fit.what", **values)] if self.presenter.may_train else []
        models = seen.wish.folds * seen.wish.repeats + 1 + seen.wish.bootstraps
        if self.presenter.may_train:
            lines.append(texts("studio.fit.how", folds=seen.wish.folds, repeats=seen.wish.repeats, models=models))
        if self.presenter.may_adjust:
            lines.append(texts("studio.fit.adjust_words"))
        if not lines:
            lines.append(texts("studio.fit.wait_words"))
        for line in lines:
            card.body.addWidget(Label(ui, line, 13, tone="2"))
        return card

    def _top(self, card: QWidget) -> QWidget:
        return held(column(self.ui, card, 1, gap=0))
